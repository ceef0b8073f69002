"""The difference of two ordered streams of rows: one walk through both, a row of each in memory."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from snapshot.changes.keys import KeyOf, Line, values_of
from snapshot.changes.model import Change, Counts, Operation
from snapshot.errors import SnapshotDamaged

Pair = tuple[Line | None, Line | None]


def differing_lines(a: Iterable[Line], b: Iterable[Line], key: KeyOf) -> Iterator[Pair]:
    """The rows that are in one stream only, and those of one key whose lines differ.

    Both streams rise by `key`. Rows of equal text are passed over as bytes, one for one: so
    streams without a key, whose whole line is the key, are compared as multisets. Raises
    SnapshotDamaged where a stream steps back; nothing that follows could be trusted.
    """
    left, right = _Stream(a, key), _Stream(b, key)
    while left.line is not None and right.line is not None:
        if left.line == right.line:
            left.step()
            right.step()
            continue
        key_left, key_right = left.key(), right.key()
        if key_left == key_right:
            yield left.line, right.line
            left.step()
            right.step()
        elif key_left < key_right:
            yield left.line, None
            left.step()
        else:
            yield None, right.line
            right.step()
    while left.line is not None:
        left.key()
        yield left.line, None
        left.step()
    while right.line is not None:
        right.key()
        yield None, right.line
        right.step()


class _Stream:
    """The row at which a stream stands, and the last key that was looked at."""

    def __init__(self, lines: Iterable[Line], key: KeyOf) -> None:
        self._lines = iter(lines)
        self._key = key
        self._last: Any = None
        self.step()

    def step(self) -> None:
        """Go on to the next row."""
        self.line = next(self._lines, None)

    def key(self) -> Any:
        """The row's key; SnapshotDamaged if it lies before the last one."""
        assert self.line is not None
        found = self._key(self.line)
        if self._last is not None and found < self._last:
            raise SnapshotDamaged(
                "the rows are not in the order of their key",
                hint="make the snapshot again with: snapshot create",
            )
        self._last = found
        return found


def as_change(pair: Pair, columns: int) -> Change:
    """The two lines as values."""
    return Change(*(None if line is None else values_of(line, columns) for line in pair))


def counted(changes: Iterable[Change]) -> Counts:
    """How many rows were added, deleted and changed."""
    numbers: dict[Operation, int] = {"added": 0, "deleted": 0, "changed": 0}
    for change in changes:
        numbers[change.operation] += 1
    return Counts(**numbers)
