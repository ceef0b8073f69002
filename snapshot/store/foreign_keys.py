"""Foreign keys as the manifest lists them."""

from __future__ import annotations

from typing import Any

from snapshot.catalog import ForeignKey
from snapshot.store.fields import Fields


def foreign_key_document(fk: ForeignKey) -> dict[str, Any]:
    """Names and columns of a foreign key."""
    document: dict[str, Any] = {
        **fk.table._asdict(),
        "constraint": fk.name,
        "columns": list(fk.columns),
        "references": {**fk.referenced._asdict(), "columns": list(fk.referenced_columns)},
    }
    if fk.root != fk.table:
        document["root"] = fk.root._asdict()
    if fk.referenced_root != fk.referenced:
        document["references"]["root"] = fk.referenced_root._asdict()
    if fk.match_full:
        document["match_full"] = True
    if not (fk.validated and fk.enforced):
        document["unchecked"] = True
    return document


def foreign_key(document: Fields) -> ForeignKey:
    """What foreign_key_document() wrote."""
    table, references = document.name(), document.map("references")
    referenced = references.name()
    return ForeignKey(
        name=document.text("constraint"),
        table=table,
        root=document.map("root").name() if "root" in document else table,
        columns=document.texts("columns"),
        referenced=referenced,
        referenced_root=references.map("root").name() if "root" in references else referenced,
        referenced_columns=references.texts("columns"),
        match_full=document.flag("match_full", False),
        validated=not document.flag("unchecked", False),
    )
