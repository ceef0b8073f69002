"""What the commands about snapshots print: create, verify, show and order, as text and as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from snapshot.cli import output
from snapshot.cli.reports import database_document, print_tables, tables_of

if TYPE_CHECKING:
    from snapshot.catalog import ForeignKey, Name
    from snapshot.cli.settings import Target
    from snapshot.create import CreateReport
    from snapshot.planning.ordering import LoadOrder
    from snapshot.store.location import Directory
    from snapshot.store.manifest import Manifest
    from snapshot.verify import VerifyReport


def created(report: CreateReport, target: Target) -> dict[str, Any]:
    """The JSON document of create."""
    return {"database": database_document(target), **report.to_dict()}


def print_created(report: CreateReport) -> None:
    """Print rows and checksums of the tables, and where the files are."""
    manifest = report.manifest
    print_tables(manifest)
    size = output.size(sum(entry.size for entry in manifest.files.values()))
    rows = output.counted(manifest.rows, "row")
    what = f"{rows} of {output.counted(len(tables_of(manifest)), 'table')}, {size}"
    if report.changed:
        output.say(f"wrote {report.directory}: {what}", style="bold green")
    else:
        output.say(f"{report.directory} already holds this state: {what}", style="bold green")
    _print_mark(manifest)
    if report.changes and report.changed:
        output.say(f"changed since {report.changes.at}: {report.changes}")
    for line in _outside(manifest):
        output.say(f"  · {line}")
    for name in report.left_out:
        output.say(f"  · {name} is not part of a snapshot: create it yourself where you need it")
    for note in report.notes:
        output.say(f"  · {note}")


def _outside(manifest: Manifest) -> list[str]:
    """Foreign keys to tables whose rows are not in the snapshot."""
    inside = {entry.name for entry in manifest.tables}
    return [
        f"{fk} references {fk.referenced}, whose rows are not in this snapshot: "
        "restore it into a database that has them"
        for fk in manifest.foreign_keys
        if fk.root in inside and fk.referenced_root not in inside
    ]


def _print_mark(manifest: Manifest) -> bool:
    """Print how the rows were masked and chosen; returns whether they were masked."""
    from snapshot.store.masked import masked_text

    if manifest.masked:
        output.say(f"masked: {masked_text(manifest.masked)}")
    elif manifest.subset:
        output.say(f"a subset: rules {manifest.subset[:12]}")
    return manifest.masked is not None


def print_verified(report: VerifyReport) -> None:
    """Print that everything matches, and what was compared."""
    output.say(
        f"{report.directory}: {output.counted(len(report.manifest.files), 'file')} checked",
        style="bold green",
    )
    _print_mark(report.manifest)
    if report.database:
        tables = output.counted(len(tables_of(report.manifest)), "table")
        rows = output.counted(report.manifest.rows, "row")
        output.say(f"{report.database} equals it: {tables}, {rows}", style="bold green")
        if report.uncounted:
            output.say(
                f"  · only the rows of {output.counted(report.uncounted, 'table')} were counted: "
                "the snapshot has no checksums (create --checksums adds them)"
            )


def print_manifest(directory: Directory, manifest: Manifest) -> None:
    """Print what a snapshot holds."""
    from snapshot.planning.migrations import shown
    from snapshot.store.manifest import digest

    source = manifest.source
    output.say(
        f"{directory}: {source.title} on PostgreSQL {source.server_version // 10000}, "
        f"taken {manifest.created_at} by {manifest.tool}",
        style="bold",
    )
    print_tables(manifest)
    output.table(
        ["file", ">size"], [(name, output.size(e.size)) for name, e in manifest.files.items()]
    )
    output.say(f"SHA-256 {digest(directory)}")
    facts = [
        output.counted(len(manifest.sequences), "sequence"),
        output.counted(manifest.large_objects or 0, "large object"),
        output.counted(len(manifest.materialized_views), "materialised view"),
        f"extensions: {', '.join(manifest.extensions) or 'none'}",
    ]
    output.say(" · ".join(facts))
    if not _print_mark(manifest):
        output.say("masked: no")
    for revision in manifest.migrations:
        output.say(f"migrations: {shown(revision)} ({revision.tool})")


def ordered(order: LoadOrder, keys: Sequence[ForeignKey]) -> dict[str, Any]:
    """The JSON document of order."""
    from snapshot.store.manifest import LARGE_OBJECTS

    return {
        "tables": [name._asdict() for name in order.tables if name != LARGE_OBJECTS],
        "cycles": [[name._asdict() for name in cycle] for cycle in order.cycles],
        "deferred": [
            {**d.foreign_key.table._asdict(), "constraint": d.foreign_key.name, "reason": d.reason}
            for d in order.deferred
        ],
        "foreign_keys": len(keys),
    }


def print_order(order: LoadOrder, keys: Sequence[ForeignKey]) -> None:
    """Print the tables in load order with what they reference, cycles, and deferred keys."""
    from snapshot.store.manifest import LARGE_OBJECTS

    references: dict[Name, list[str]] = {name: [] for name in order.tables}
    for fk in keys:
        if fk.root in references and fk.referenced_root != fk.root:
            references[fk.root].append(str(fk.referenced_root))
    output.table(
        [">", "table", "references"],
        [
            (number, name, ", ".join(dict.fromkeys(references[name])))
            for number, name in enumerate(order.tables, 1)
            if name != LARGE_OBJECTS
        ],
    )
    output.say(f"Cycles: {len(order.cycles) or 'none'}")
    output.lines([" ↔ ".join(map(str, cycle)) for cycle in order.cycles])
    output.say(
        f"Deferred: {len(order.deferred) or 'none'} of {output.counted(len(keys), 'foreign key')}"
    )
    output.lines([f"{d.foreign_key}: {d.reason}" for d in order.deferred])
