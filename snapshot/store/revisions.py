"""How far migration tools had come, as the manifest says it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from snapshot.catalog import Revision
from snapshot.store.fields import Fields


def revisions_document(revisions: Sequence[Revision]) -> dict[str, Any]:
    """The revisions as a field of the manifest; none if no tool was found."""
    documents = [
        {"tool": r.tool, **r.table._asdict(), "at": r.at, "applied": r.applied} for r in revisions
    ]
    return {"migrations": documents} if documents else {}


def read_revisions(manifest: Fields) -> tuple[Revision, ...]:
    """The revisions in a manifest's fields."""
    if "migrations" not in manifest:
        return ()
    return tuple(
        Revision(r.text("tool"), r.name(), r.text("at"), r.whole("applied"))
        for r in manifest.each("migrations")
    )
