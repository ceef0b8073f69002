"""Where sequences stand."""

from __future__ import annotations

from collections.abc import Sequence

from psycopg import sql

from snapshot.catalog import Name
from snapshot.postgres.connection import Connection
from snapshot.store.manifest import SequenceValue

_PER_QUERY = 500


def read_sequences(connection: Connection, names: Sequence[Name]) -> tuple[SequenceValue, ...]:
    """Read last_value and is_called of the sequences, from the sequences themselves.

    Not from pg_sequences: since PostgreSQL 18 that shows NULL, without an error, to a role that may
    not read a sequence; reading the sequence fails as it should.
    """
    values: list[SequenceValue] = []
    for start in range(0, len(names), _PER_QUERY):
        some = names[start : start + _PER_QUERY]
        union = sql.SQL(" UNION ALL ").join(
            sql.SQL("SELECT {}::int, last_value, is_called FROM {}").format(
                sql.Literal(position), sql.Identifier(*name)
            )
            for position, name in enumerate(some)
        )
        values += (
            SequenceValue(some[position], last_value, is_called)
            for position, last_value, is_called in connection.execute(union)
        )
    return tuple(values)
