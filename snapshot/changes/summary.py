"""The tables that differ, in short: for create, restore, verify and status."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import islice

from snapshot.changes.comparing import Comparison, Look
from snapshot.changes.differ import counted
from snapshot.changes.model import ChangesSince, ComparedTable, TableSummary, key_text

MOST_ROWS = 1_000_000  # of a table that is read only to say how much of it differs
KEYS = 10


def summaries(comparison: Comparison) -> Iterator[TableSummary]:
    """The tables whose rows differ, in load order.

    A large one that cannot be narrowed is not read, nor one whose rows only a server can print.
    """
    for table in comparison.compared:
        if (look := comparison.look(table)) is None:
            continue
        if not _cheap(comparison, table, look):
            yield TableSummary(table.name, None)
            continue
        changes = comparison.changes(table, look)
        first = list(islice(changes, KEYS))
        if not first:  # no sums said so, but all rows are equal
            continue
        counts = counted(first).plus(counted(changes))
        keys = tuple(key_text(table, change) for change in first) if table.key else ()
        yield TableSummary(table.name, counts, keys)


def _cheap(comparison: Comparison, table: ComparedTable, look: Look) -> bool:
    sides = (comparison.a, comparison.b)
    if not all(side.readable(table.name) for side in sides):
        return False
    known = [side.tables[table.name].rows for side in sides]
    return look.differing is not None or max((n for n in known if n), default=0) <= MOST_ROWS


def changes_since(comparison: Comparison, at: str) -> ChangesSince:
    """A comparison with the snapshot before, in short.

    Rows are compared where both have checksums; else only their numbers are.
    """
    both = (comparison.a, comparison.b)
    summed = [
        table for table in comparison.compared if all(side.summed_up(table.name) for side in both)
    ]
    found = list(summaries(replace(comparison, compared=tuple(summed))))
    others = []
    for table in comparison.compared:
        here, there = (side.tables[table.name].rows for side in both)
        if table not in summed and here != there:
            others.append(f"{table.name}: {here or 0:,} → {there or 0:,} rows")
    listed = {f"table {table.name}" for table in (*comparison.only_in_a, *comparison.only_in_b)}
    if number := sum(found.what not in listed for found in comparison.schema.found):
        others.append(f"schema: {number} {'difference' if number == 1 else 'differences'}")
    others += [f"new table {table.name}" for table in comparison.only_in_b]
    others += [f"without table {table.name}" for table in comparison.only_in_a]
    if number := len(comparison.sequences):
        others.append(f"{number} {'sequence' if number == 1 else 'sequences'} went on")
    others += comparison.others
    return ChangesSince(at, tuple(found), tuple(others))
