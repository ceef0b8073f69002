"""The script of a comparison: what takes A to B."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from snapshot.changes.comparing import Comparison
from snapshot.changes.databases import DatabaseSide
from snapshot.changes.lines import ABRIDGED
from snapshot.changes.model import Change, ComparedTable
from snapshot.changes.script import change_script
from snapshot.changes.sources import Side, SnapshotSide
from snapshot.errors import ContentDiffers
from snapshot.planning.schema_comparison import Weight
from snapshot.planning.script import create_schema
from snapshot.planning.steps import Rows
from snapshot.postgres import embedded
from snapshot.postgres.connection import connected
from snapshot.postgres.scratch import scratch_database
from snapshot.postgres.script_facts import ScriptFacts, read_script_facts
from snapshot.progress import NO_PROGRESS
from snapshot.restorers.transaction import begin, run_steps
from snapshot.store.manifest import LARGE_OBJECTS


class Script(NamedTuple):
    """A script for psql, in pieces of text; an `empty` one changes nothing."""

    empty: bool
    pieces: Iterator[str]


def script_of(comparison: Comparison) -> Script:
    """What takes A to B. The rows that differ are all held in memory.

    Raises ContentDiffers before any text comes where more than rows and sequences differs, and
    SnapshotError if two snapshots are compared and the embedded server is not installed.
    """
    _refuse_other_schema(comparison)
    tables = [(found.table, list(found.changes)) for found in comparison.tables()]
    if any(table.name == LARGE_OBJECTS for table, _ in tables):
        raise ContentDiffers(
            "large objects differ, which no script of rows can change",
            hint="leave them out with -t, or restore the snapshot",
        )
    for table, changes in tables:
        if any(_abridged(change) for change in changes):
            raise ContentDiffers(
                f"rows of {table.name} hold values that are too long for a script",
                hint="restore the snapshot, or leave the table out with -T",
            )
    sequences = [change.after for change in comparison.sequences if change.after]
    keyless = [table for table, _ in tables if not table.key]
    contents = {table.name: _content(comparison.a, table) for table in keyless}
    known = {name: content for name, content in contents.items() if content}
    pieces = change_script(tables, sequences, _facts(comparison), known)
    return Script(not tables and not sequences, pieces)


def _refuse_other_schema(comparison: Comparison) -> None:
    lines = [str(d.what) for d in comparison.schema.found if d.weight is Weight.REFUSED]
    lines += [f"table {t.name}" for t in (*comparison.only_in_a, *comparison.only_in_b)]
    for table in comparison.compared:
        here, there = (side.tables[table.name] for side in (comparison.a, comparison.b))
        columns = [{(c.name, c.type) for c in side.columns} for side in (here, there)]
        if columns[0] != columns[1] or (here.key and there.key and here.key != there.key):
            lines.append(f"columns or key of table {table.name}")
    if lines:
        raise ContentDiffers(
            "the schemas differ: a script of rows does not take one to the other",
            hint="bring them to one schema first: by migrations, or by restoring the snapshot",
            details=list(dict.fromkeys(lines)),
        )


def _abridged(change: Change) -> bool:
    values = (*(change.before or ()), *(change.after or ()))
    return any(value is not None and value.startswith(ABRIDGED.decode()) for value in values)


def _content(side: Side, table: ComparedTable) -> tuple[int, str] | None:
    columns = [column.name for column in side.tables[table.name].columns]
    return side.checksum(table.name, columns, side.encoding)


def _facts(comparison: Comparison) -> ScriptFacts:
    """Of the structure, which is that of both sides."""
    for side in (comparison.a, comparison.b):
        if isinstance(side, DatabaseSide):
            return read_script_facts(side.connection, side.catalog)
    assert isinstance(comparison.a, SnapshotSide)
    rows = Rows((), (), (), large_objects=False)
    script = create_schema(rows, *comparison.a.files.schema())
    with (
        scratch_database(embedded.running_database("postgres")) as scratch,
        connected(scratch.url) as server,
        server.transaction(force_rollback=True),
    ):
        begin(server)
        run_steps(server, script.all_steps(), NO_PROGRESS)
        return read_script_facts(server)
