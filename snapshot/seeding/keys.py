"""Primary keys that are made up: from their sequence, or a UUID that belongs to the row."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from psycopg import sql

from snapshot.postgres.connection import Connection
from snapshot.seeding.randomness import mix
from snapshot.seeding.tables import SeedTable

_AT_ONCE = 20_000


def _uuid(bits: int) -> UUID:
    return UUID(int=mix(bits + 1) << 64 | mix(bits + 2), version=4)


class Keys:
    """Takes values from sequences, many at a time, so that no sequence ever lags.

    A `dry` one only says what they would be.
    """

    def __init__(self, connection: Connection, dry: bool) -> None:
        self._connection = connection
        self._dry = dry
        self._values: dict[str, deque[int]] = {}
        self._wanted: dict[str, int] = {}
        self._next: dict[str, int] = {}

    def expect(self, table: SeedTable, count: int) -> None:
        """So many rows are about to be made; values left over from before are used first."""
        for name in table.made_keys:
            if sequence := table.columns[name].sequence:
                left = len(self._values.get(sequence, ()))
                self._wanted[sequence] = max(1, count - left)

    def made_up(self, table: SeedTable, bits: int) -> Any:
        """The key that a row with these 64 bits will have, unless its body says otherwise."""
        for name in table.made_keys:
            if sequence := table.columns[name].sequence:
                return self._waiting(sequence)[0]
            return _uuid(bits)
        return None

    def fill(self, table: SeedTable, row: dict[str, Any], bits: int) -> None:
        """Give the row what it lacks of its key; the values of sequences are spent."""
        for name, sequence in table.makers:
            if name not in row:
                row[name] = self._waiting(sequence).popleft() if sequence else _uuid(bits)

    def taken(self, table: SeedTable, count: int) -> dict[str, list[int]]:
        """Values of the table's sequences, for a process that must not ask for them."""
        return {
            sequence: [self._waiting(sequence).popleft() for _ in range(count)]
            for _, sequence in table.makers
            if sequence
        }

    def give(self, values: Mapping[str, Sequence[int]]) -> None:
        """Values that another process has taken, in place of those that are left."""
        self._values = {sequence: deque(numbers) for sequence, numbers in values.items()}

    def reserve(self, table: SeedTable) -> Any:
        """A key for a row that another rule will make."""
        for name in table.made_keys:
            if sequence := table.columns[name].sequence:
                return self._waiting(sequence).popleft()
        return None

    def _waiting(self, sequence: str) -> deque[int]:
        """Values that were taken and are not spent, at least one."""
        values = self._values.get(sequence)
        if not values:
            values = deque(self._take(sequence, min(_AT_ONCE, self._wanted.get(sequence, 1))))
            self._values[sequence] = values
            self._wanted[sequence] = max(1, self._wanted.get(sequence, 1) - len(values))
        return values

    def _take(self, sequence: str, count: int) -> list[int]:
        if not self._dry:
            query = sql.SQL(
                "SELECT pg_catalog.nextval({}) FROM pg_catalog.generate_series(1, {})"
            ).format(sql.Literal(sequence), sql.Literal(count))
            return [value for (value,) in self._connection.execute(query)]
        if sequence not in self._next:
            query = sql.SQL("SELECT last_value + is_called::int FROM {}").format(
                sql.SQL(sequence)
            )  # quoted by the server
            row = self._connection.execute(query).fetchone()
            self._next[sequence] = int(row[0]) if row else 1
        first = self._next[sequence]
        self._next[sequence] = first + count
        return list(range(first, first + count))
