"""Primary keys that are made up: from their sequence, or a UUID that belongs to the row."""

from __future__ import annotations

from collections import deque
from typing import Any
from uuid import UUID

from psycopg import sql

from snapshot.postgres.connection import Connection
from snapshot.seeding.randomness import mix
from snapshot.seeding.tables import SeedTable


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

    def made_up(self, table: SeedTable, bits: int) -> dict[str, Any]:
        """The key that a row with these 64 bits will have, unless its body says otherwise."""
        return {
            name: self._peek(sequence)
            if (sequence := table.columns[name].sequence)
            else UUID(int=mix(bits + 1) << 64 | mix(bits + 2), version=4)
            for name in table.made_keys
        }

    def fill(self, table: SeedTable, row: dict[str, Any], bits: int) -> dict[str, Any]:
        """The row with its key; the values of sequences that it took are spent."""
        key = self.made_up(table, bits)
        for name in key.keys() - row.keys():
            if sequence := table.columns[name].sequence:
                self._values[sequence].popleft()
        return {**key, **row}

    def reserve(self, table: SeedTable) -> Any:
        """A key for a row that another rule will make."""
        for name in table.made_keys:
            if sequence := table.columns[name].sequence:
                value = self._peek(sequence)
                self._values[sequence].popleft()
                return value
        return None

    def _peek(self, sequence: str) -> int:
        values = self._values.setdefault(sequence, deque())
        if not values:
            values.extend(self._take(sequence, self._wanted.pop(sequence, 1)))
        return values[0]

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
