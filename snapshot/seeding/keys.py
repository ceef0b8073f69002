"""Primary keys that a row gets by itself: from a sequence or a default, or a UUID of the row."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from snapshot.errors import SnapshotError
from snapshot.postgres.connection import Connection
from snapshot.seeding import queries
from snapshot.seeding.randomness import mix
from snapshot.seeding.tables import KeySource, SeedTable, Tables

_AT_ONCE = 20_000  # values that are taken together
_APART = 1000  # of what triggers take from the sequence in a dry run; a column may be a smallint


def _uuid(bits: int) -> UUID:
    return UUID(int=mix(bits + 1) << 64 | mix(bits + 2), version=4)


class Keys:
    """Takes many key values from the server at a time, so no sequence lags behind its table.

    A `dry` one leaves sequences as they are: it computes what they would give later.
    """

    def __init__(self, connection: Connection, tables: Tables, dry: bool) -> None:
        self._connection = connection
        self._tables = tables
        self._dry = dry
        self._values: dict[KeySource, deque[Any]] = {}
        self._wanted: dict[KeySource, int] = {}
        self._sealed = False
        self._fetched: dict[KeySource, list[Any]] | None = None  # in again()
        self._next: dict[KeySource, tuple[int, int]] = {}  # value and increment

    def expect(self, table: SeedTable, count: int) -> None:
        """Prepare for this many new rows. Values that are left over are used first."""
        for _, source in table.key_sources:
            if source:
                left = len(self._values.get(source, ()))
                self._wanted[source] = max(1, count - left)

    def made_up(self, table: SeedTable, bits: int) -> Any:
        """The key that the row with these 64 bits gets, unless its body says otherwise."""
        for _, source in table.key_sources:
            return self._waiting(source)[0] if source else _uuid(bits)
        return None

    def filler(self, table: SeedTable) -> Callable[[dict[str, Any], int], None]:
        """A function that adds the key columns that a row of the table lacks, given its 64 bits."""
        sources, waiting = table.key_sources, self._waiting
        if len(sources) == 1 and (only := sources[0][1]):
            name, numbers = sources[0][0], self._values.setdefault(only, deque())

            def fill_one(row: dict[str, Any], bits: int) -> None:
                if name not in row:
                    row[name] = numbers.popleft() if numbers else waiting(only).popleft()

            return fill_one

        def fill(row: dict[str, Any], bits: int) -> None:
            for name, source in sources:
                if name not in row:
                    row[name] = waiting(source).popleft() if source else _uuid(bits)

        return fill

    def taken(self, table: SeedTable, count: int) -> dict[KeySource, list[Any]]:
        """Values for rows that may be made in another process, which must not ask the server."""
        return {
            source: [self._waiting(source).popleft() for _ in range(count)]
            for _, source in table.key_sources
            if source
        }

    @contextmanager
    def only(self, values: Mapping[KeySource, Sequence[Any]]) -> Iterator[None]:
        """Use these values, and ask the server for no others, while rows are made elsewhere."""
        before, self._values = self._values, {s: deque(v) for s, v in values.items()}
        self._sealed = True
        try:
            yield
        finally:
            self._values, self._sealed = before, False

    @contextmanager
    def again(self) -> Iterator[Callable[[], None]]:
        """Gives a function that takes back what was given: rows that are made again get it."""
        before = {source: list(values) for source, values in self._values.items()}
        fetched = self._fetched = {}

        def give_back() -> None:
            for source, values in self._values.items():
                values.clear()
                values.extend([*before.get(source, ()), *fetched.get(source, ())])

        try:
            yield give_back
        finally:
            self._fetched = None

    def reserve(self, name: str) -> Any:
        """A key for a row of this table that another rule will make."""
        for _, source in self._tables.named(name).key_sources:
            if source:
                return self._waiting(source).popleft()
        return None

    def _waiting(self, source: KeySource) -> deque[Any]:
        """Values that were taken and are not used yet: at least one."""
        values = self._values.setdefault(source, deque())
        if not values:
            values.extend(self._take(source, min(_AT_ONCE, self._wanted.get(source, 1))))
            if self._fetched is not None:
                self._fetched.setdefault(source, []).extend(values)
            self._wanted[source] = max(1, self._wanted.get(source, 1) - len(values))
        return values

    def _take(self, source: KeySource, count: int) -> list[Any]:
        if self._sealed:
            raise SnapshotError(
                "a body reserves keys, but not in its first rows",
                hint="let it call r.reserve() in the first row of each parent",
            )
        if not self._dry or source.sequence is None:
            return [v for (v,) in self._connection.execute(queries.key_values(source, count))]
        if source not in self._next:
            row = self._connection.execute(queries.next_value(source.sequence)).fetchone()
            assert row is not None
            value, step, most = row
            has_room = 0 < 9 * _APART * step < most - value
            apart = _APART * step if has_room else 0
            self._next[source] = value + apart, step
        first, step = self._next[source]
        self._next[source] = first + count * step, step
        return [first + place * step for place in range(count)]


class NoKeys:
    """Stands for Keys where rows are only compared or counted."""

    def made_up(self, table: SeedTable, bits: int) -> Any:
        """Any value: it is not written."""
        return 0

    def reserve(self, name: str) -> Any:
        """Any value: it is not written."""
        return 0
