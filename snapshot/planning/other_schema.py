"""--data-only: whether the snapshot's rows fit a schema that is not theirs."""

from __future__ import annotations

from snapshot.catalog import LEDGER, Catalog
from snapshot.errors import UsageError
from snapshot.planning.ledger import brings_ledger
from snapshot.store.manifest import LARGE_OBJECTS, Manifest


def check_binary(manifest: Manifest, catalog: Catalog) -> None:
    """Binary rows fit their own types only: those of another would fail, or mean something else."""
    changed = [
        f"column {entry.name}.{column.name}: {column.type} in the snapshot, {type_} in the target"
        for entry in manifest.tables
        if entry.binary and entry.name in catalog.by_name
        for column in entry.columns
        for there in catalog.by_name[entry.name].stored
        if there.name == column.name and (type_ := there.type) != column.type
    ]
    if changed:
        raise UsageError(
            "the archive's rows are binary, and the target has other types",
            hint="restore from another format (--from sql), or make the snapshot with one",
            details=changed,
        )


def missing_columns(manifest: Manifest, catalog: Catalog) -> list[str]:
    """What the target lacks, a line each."""
    lines = []
    ours = LEDGER[0].schema if brings_ledger(manifest, catalog) else None
    for entry in manifest.tables:
        if entry.name == LARGE_OBJECTS or entry.name.schema == ours:
            continue
        if entry.name not in catalog.by_name:
            lines.append(f"missing in the target: table {entry.name}")
            continue
        there = {column.name for column in catalog.by_name[entry.name].stored}
        lines += [
            f"missing in the target: column {entry.name}.{column.name}"
            for column in entry.columns
            if column.name not in there
        ]
    present = {sequence.name for sequence in catalog.sequences}
    lines += [
        f"missing in the target: sequence {s.name}"
        for s in manifest.sequences
        if s.name not in present and s.name.schema != ours
    ]
    return lines
