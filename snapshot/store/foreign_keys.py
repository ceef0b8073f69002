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
    if fk.match_full:
        document["match_full"] = True
    if not (fk.validated and fk.enforced):
        document["unchecked"] = True
    return document


def foreign_key(document: Fields) -> ForeignKey:
    """What foreign_key_document() wrote."""
    table, references = document.name(), document.map("references")
    return ForeignKey(
        name=document.text("constraint"),
        table=table,
        root=table,
        columns=document.texts("columns"),
        referenced=references.name(),
        referenced_root=references.name(),
        referenced_columns=references.texts("columns"),
        match_full=document.flag("match_full", False),
        validated=not document.flag("unchecked", False),
    )
