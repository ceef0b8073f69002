"""Three-way merge by rows: what both sides made of a base, row by row and column by column.

Pure rules over ordered streams of COPY text; they know neither server nor file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

from snapshot.catalog import Name
from snapshot.changes.keys import KeyOf, Line, values_of
from snapshot.errors import SnapshotDamaged
from snapshot.store.conflicts import (
    ADDED,
    CHANGED,
    CHANGED_AND_DELETED,
    COUNTS,
    DELETED_AND_CHANGED,
    DROPPED,
    Conflict,
    Key,
    Value,
)

SideName = Literal["ours", "theirs"]
Choices = Mapping[tuple[Name, Key, str | None], SideName]  # None: the whole row
Fields = list[bytes | None]  # in the order of the shape's columns; None: the side has no such one
_NO_CHOICES: Choices = {}


@dataclass(frozen=True)
class Shape:
    """The columns of a table: those of the result, and after them those that were dropped.

    `base`, `ours` and `theirs` are the columns that the lines of each side have, in this order;
    None where the side has no such table.
    """

    table: Name
    columns: tuple[str, ...]
    dropped: tuple[str, ...]  # in the base and on one side; the result does not have them
    key: tuple[str, ...]
    base: tuple[str, ...] | None
    ours: tuple[str, ...] | None
    theirs: tuple[str, ...] | None

    @property
    def alike(self) -> bool:
        """Every side has just the columns of the result."""
        sides = (self.base, self.ours, self.theirs)
        return not self.dropped and all(side in (None, self.columns) for side in sides)


class MergedRow(NamedTuple):
    """A row of the result. Its line lacks the columns that are `missing`: they get defaults."""

    line: Line
    missing: tuple[str, ...] = ()


Streams = tuple[Iterable[Line], Iterable[Line], Iterable[Line]]  # base, ours, theirs
_Group = tuple[list[Line], list[Line], list[Line]]


@dataclass
class TableMerge:
    """The merge of one table: an iterator of its rows, which finds the conflicts on its way.

    Where there is a conflict, the row is ours, but for what theirs changed in other columns.
    """

    shape: Shape
    choices: Choices = field(default_factory=dict)
    conflicts: list[Conflict] = field(default_factory=list)
    came: dict[str, int] = field(default_factory=dict)  # from theirs: added, deleted, changed rows

    def rows(self, streams: Streams, keys: Sequence[KeyOf]) -> Iterator[MergedRow]:
        """The rows of the result. `keys` read the key of a line of base, ours and theirs.

        Raises SnapshotDamaged if a stream is not in the order of its key.
        """
        if not self.shape.key:
            for group in _groups(streams, keys):
                yield from self._counted(group)
            return
        alike = self.shape.alike
        for group in _groups(streams, keys, unique=True):
            base, ours, theirs = (lines[0] if lines else None for lines in group)
            if alike and ours == theirs:
                merged = None if ours is None else MergedRow(ours)
            else:
                merged = self._merged(base, ours, theirs)
            self._count(ours, merged)
            if merged:
                yield merged

    def _count(self, ours: Line | None, merged: MergedRow | None) -> None:
        line = merged.line if merged else None
        if line != ours and not (merged and merged.missing):
            what = "added" if ours is None else "deleted" if line is None else "changed"
            if what != "changed" or self.shape.ours == self.shape.columns:
                self.came[what] = self.came.get(what, 0) + 1

    # --- a row with a key

    def _merged(
        self, base: Line | None, ours: Line | None, theirs: Line | None
    ) -> MergedRow | None:
        shape = self.shape
        all_columns = shape.columns + shape.dropped
        b, o, t = (
            None if line is None else _fields(line, columns or (), all_columns)
            for line, columns in ((base, shape.base), (ours, shape.ours), (theirs, shape.theirs))
        )
        known = next(row for row in (o, t, b) if row is not None)
        key = tuple((name, _text(known[all_columns.index(name)])) for name in shape.key)
        chosen = self.choices.get((shape.table, key, None))
        if chosen is not None:
            return self._row(o if chosen == "ours" else t)
        return self._row(self._decided(key, b, o, t))

    def _decided(
        self, key: Key, b: Fields | None, o: Fields | None, t: Fields | None
    ) -> Fields | None:
        if o is not None and t is not None:
            if b is None and not _agree(o, t):
                self._conflict(ADDED, key, None, b, o, t)
                return o
            return self._by_column(key, b, o, t)
        if b is None or (o is None and t is None):
            return o or t  # added by one side; deleted by both
        if o is None:
            if t is None or _agree(b, t):
                return None
            self._conflict(DELETED_AND_CHANGED, key, None, b, o, t)
            return None
        if not _agree(b, o):
            self._conflict(CHANGED_AND_DELETED, key, None, b, o, t)
            return o
        return None

    def _by_column(self, key: Key, b: Fields | None, o: Fields, t: Fields) -> Fields:
        names = self.shape.columns + self.shape.dropped
        return [self._value(key, name, position, b, o, t) for position, name in enumerate(names)]

    def _value(
        self, key: Key, name: str, at: int, b: Fields | None, o: Fields, t: Fields
    ) -> bytes | None:
        before, ours, theirs = None if b is None else b[at], o[at], t[at]
        if name in self.shape.dropped:
            kept = next((value for value in (ours, theirs) if value is not None), before)
            if kept != before:
                self._conflict(DROPPED, key, name, b, o, t)
            return None
        if ours is None or theirs is None:  # only one side has the column
            return theirs if ours is None else ours
        if ours == theirs or theirs == before:
            return ours
        if ours == before:
            return theirs
        chosen = self.choices.get((self.shape.table, key, name))
        if chosen is None:
            self._conflict(CHANGED, key, name, b, o, t)
        return theirs if chosen == "theirs" else ours

    def _row(self, row: Fields | None) -> MergedRow | None:
        if row is None:
            return None
        pairs = list(zip(self.shape.columns, row, strict=False))
        missing = tuple(name for name, value in pairs if value is None)
        return MergedRow(b"\t".join(value for _, value in pairs if value is not None), missing)

    def _conflict(
        self,
        kind: str,
        key: Key,
        column: str | None,
        base: Fields | None,
        ours: Fields | None,
        theirs: Fields | None,
    ) -> None:
        names = self.shape.columns + self.shape.dropped

        def shown(row: Fields | None) -> Value:
            if row is None:
                return None
            if column is not None:
                return _text(row[names.index(column)])
            return {n: _text(v) for n, v in zip(names, row, strict=True) if v is not None}

        before, here, there = (shown(row) for row in (base, ours, theirs))
        if kind == DROPPED and (self.shape.table, key, column) in self.choices:
            return
        self.conflicts.append(Conflict(kind, self.shape.table, key, column, before, here, there))

    # --- rows without a key: equal ones are counted

    def _counted(self, group: _Group) -> Iterator[MergedRow]:
        base, ours, theirs = (len(lines) for lines in group)
        line = next(lines[0] for lines in group if lines)
        number = max(0, ours + theirs - base)
        if (ours - base) * (theirs - base) < 0:
            names = self.shape.columns
            key = tuple(zip(names, values_of(line, len(names)), strict=True))
            chosen = self.choices.get((self.shape.table, key, None))
            number = theirs if chosen == "theirs" else ours
            if chosen is None:
                b, o, t = (f"{count} times" for count in (base, ours, theirs))
                self.conflicts.append(Conflict(COUNTS, self.shape.table, key, None, b, o, t))
        what = "added" if number > ours else "deleted"
        if number != ours:
            self.came[what] = self.came.get(what, 0) + abs(number - ours)
        yield from (MergedRow(line) for _ in range(number))


def _groups(streams: Streams, keys: Sequence[KeyOf], unique: bool = False) -> Iterator[_Group]:
    """The lines of each key, of base, ours and theirs, in the order of the keys."""
    sides = [_Stream(iter(lines), key) for lines, key in zip(streams, keys, strict=True)]
    while True:
        heads = [side.key for side in sides if side.line is not None]
        if not heads:
            return
        least = min(heads)
        base, ours, theirs = (side.take(least) for side in sides)
        if unique and max(len(base), len(ours), len(theirs)) > 1:
            raise SnapshotDamaged(
                "two rows have the same key", hint="make the snapshot again with: snapshot create"
            )
        yield base, ours, theirs


class _Stream:
    """A side's lines, with the key of the next one."""

    def __init__(self, lines: Iterator[Line], key_of: Callable[[Line], Any]) -> None:
        self._lines = lines
        self._key_of = key_of
        self.line: Line | None = None
        self.key: Any = None
        self._next()

    def _next(self) -> None:
        before, first = self.key, self.line is None
        self.line = next(self._lines, None)
        if self.line is not None:
            self.key = self._key_of(self.line)
            if not first and self.key < before:
                raise SnapshotDamaged(
                    "the rows are not in the order of their key",
                    hint="make the snapshot again with: snapshot create",
                )

    def take(self, key: Any) -> list[Line]:
        """The next lines, if they have this key."""
        taken = []
        while self.line is not None and self.key == key:
            taken.append(self.line)
            self._next()
        return taken


def _fields(line: Line, columns: Sequence[str], wanted: Sequence[str]) -> Fields:
    if tuple(columns) == tuple(wanted):
        return list(line.split(b"\t"))
    by_name = dict(zip(columns, line.split(b"\t"), strict=True))
    return [by_name.get(name) for name in wanted]


def _agree(one: Fields, other: Fields) -> bool:
    """Equal in every column that both have."""
    pairs = zip(one, other, strict=True)
    return all(a == b for a, b in pairs if a is not None and b is not None)


def _text(value: bytes | None) -> str | None:
    return None if value is None else values_of(value, 1)[0]
