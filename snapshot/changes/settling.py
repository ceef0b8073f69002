"""Conflicts: who made the rows what they are, and what the user's choice means for them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from snapshot.catalog import Name
from snapshot.changes.keys import values_of
from snapshot.changes.merging import Choices, SideName
from snapshot.changes.shapes import WHOLE_SCHEMA, Sides, TablePlan, streams
from snapshot.errors import UsageError
from snapshot.store.conflicts import (
    CHANGED,
    CHECK,
    DEFAULT,
    DROPPED,
    FOREIGN_KEY,
    REFUSED,
    SCHEMA,
    UNIQUE,
    Conflict,
    Key,
    RowAt,
    Value,
)

OF_THE_RESULT = (FOREIGN_KEY, UNIQUE, CHECK)  # which only the merge breaks
_Row = Mapping[str, str | None]
_SHOWN = 20


def chosen(
    conflicts: Sequence[Conflict], choices: Choices, side: SideName, label: str | None
) -> Choices:
    """The choices, and with them what a side is taken for: all conflicts, or those of a label.

    Raises UsageError if none has this label, or if the server's own refusal is the conflict.
    """
    meant = [c for c in conflicts if label is None or label in c.labels]
    if not meant:
        labels = dict.fromkeys(name for c in conflicts for name in c.labels)
        raise UsageError(
            f"no conflict is called {label}" if label else "there is no conflict",
            hint=f"there are: {', '.join([*labels][:_SHOWN])}" if labels else "nothing is open",
        )
    new = dict(choices)
    for conflict in meant:
        if conflict.kind == REFUSED:
            raise UsageError(
                f"this does not settle it: {conflict}",
                hint="change one of the two sides, and merge again",
            )
        for key in _decided(conflict):
            new[key] = side
    return new


def _decided(conflict: Conflict) -> Iterable[tuple[Name, Key, str | None]]:
    if conflict.kind == SCHEMA or conflict.table is None:
        return [WHOLE_SCHEMA]
    if conflict.kind in OF_THE_RESULT:
        return [(row.table, row.key, None) for row in conflict.rows]
    by_column = conflict.kind in (CHANGED, DROPPED, DEFAULT)
    return [(conflict.table, conflict.key, conflict.column if by_column else None)]


# --- who made the rows what they are


def with_origins(
    sides: Sides, plans: Sequence[TablePlan], conflicts: Sequence[Conflict]
) -> tuple[Conflict, ...]:
    """The conflicts that only the merge makes, with the three versions of their rows."""
    wanted: dict[Name, set[Key]] = defaultdict(set)
    for conflict in conflicts:
        if conflict.kind in OF_THE_RESULT:
            for row in conflict.rows:
                wanted[row.table].add(row.key)
    found: dict[tuple[Name, Key], list[_Row | None]] = {}
    for plan in plans:
        if plan.entry.name in wanted:
            found |= _versions(sides, plan, wanted[plan.entry.name])
    return tuple(_told(c, found) if c.kind in OF_THE_RESULT else c for c in conflicts)


def _versions(
    sides: Sides, plan: TablePlan, wanted: set[Key]
) -> dict[tuple[Name, Key], list[_Row | None]]:
    shape = plan.shape
    found: dict[tuple[Name, Key], list[_Row | None]] = {}
    columns = (shape.base, shape.ours, shape.theirs)
    for number, (lines, names) in enumerate(zip(streams(sides, plan)[0], columns, strict=True)):
        for line in lines:
            row = dict(zip(names or (), values_of(line, len(names or ())), strict=True))
            key = tuple((name, row.get(name)) for name in shape.key or shape.columns)
            if key in wanted:
                found.setdefault((shape.table, key), [None, None, None])[number] = row
    return found


def _told(conflict: Conflict, found: Mapping[tuple[Name, Key], list[_Row | None]]) -> Conflict:
    def origin(row: RowAt) -> str:
        versions = found.get((row.table, row.key))
        return _origin(*versions) if versions else ""

    first, *others = conflict.rows
    base, ours, theirs = found.get((first.table, first.key), [None, None, None])
    return replace(
        conflict,
        base=_value(base),
        ours=_value(ours),
        theirs=_value(theirs),
        origin=origin(first),
        others=tuple(replace(row, origin=origin(row)) for row in others),
    )


def _value(row: _Row | None) -> Value:
    return None if row is None else dict(row)


def _origin(base: _Row | None, ours: _Row | None, theirs: _Row | None) -> str:
    here, there = _did(base, ours), _did(base, theirs)
    if here and there:
        return f"{here} by us, {there} by them" if here != there else f"{here} on both sides"
    if here or there:
        return f"{here} by us" if here else f"{there} by them"
    return "unchanged"


def _did(before: _Row | None, after: _Row | None) -> str:
    if before == after:
        return ""
    return "added" if before is None else "deleted" if after is None else "changed"
