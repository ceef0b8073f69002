"""Where sequences stand."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from psycopg import sql

from snapshot.catalog import Name
from snapshot.postgres.connection import Connection, fetch
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


def not_below_the_rows(
    connection: Connection,
    values: Sequence[SequenceValue],
    rows: Mapping[Name, sql.Composable] | None = None,
    without: Collection[tuple[Name, str]] = (),
) -> tuple[SequenceValue, ...]:
    """The sequences, each moved on to the largest value that its columns hold, if it is behind.

    In the direction of its increment, and within its bounds. One that cycles stays where it is.
    `rows` stand in place of tables after FROM; columns of `without` (table, column) do not count.
    """
    by_name = {value.name: value for value in values}
    for row in fetch(connection, "sequence_columns"):
        name, down = Name(row["schema"], row["name"]), row["descending"]
        value = by_name.get(name)
        table = Name(row["table_schema"], row["table_name"])
        if value is None or row["cycles"] or (table, row["column"]) in without:
            continue
        column = sql.Identifier(row["column"])
        [(reached,)] = connection.execute(
            sql.SQL("SELECT {}({})::bigint FROM {} WHERE {} BETWEEN {} AND {}").format(
                sql.SQL("pg_catalog.min" if down else "pg_catalog.max"),
                column,
                (rows or {}).get(table, sql.Identifier(*table)),
                column,
                sql.Literal(row["least"]),
                sql.Literal(row["most"]),
            )
        ).fetchall()
        if reached is not None and _behind(value, reached, down):
            by_name[name] = replace(value, last_value=reached, is_called=True)
    return tuple(by_name[value.name] for value in values)


def furthest(
    connection: Connection, values: Sequence[SequenceValue], others: Sequence[SequenceValue]
) -> tuple[SequenceValue, ...]:
    """The sequences, each as it stands where it has come further, in the direction it goes."""
    down = {Name(r["schema"], r["name"]) for r in fetch(connection, "sequences") if r["descending"]}
    by_name = {value.name: value for value in others}

    def reached(value: SequenceValue) -> tuple[int, bool]:
        return value.last_value * (-1 if value.name in down else 1), value.is_called

    return tuple(max(value, by_name.get(value.name, value), key=reached) for value in values)


def _behind(value: SequenceValue, reached: int, down: bool) -> bool:
    ahead = reached < value.last_value if down else reached > value.last_value
    return ahead or (reached == value.last_value and not value.is_called)


class SequenceColumn(NamedTuple):
    """A column that takes its values from a sequence, and the bounds of that."""

    sequence: Name
    table: Name
    column: str
    descending: bool
    least: int
    most: int


def sequence_columns(connection: Connection) -> list[SequenceColumn]:
    """Every column that takes its values from a sequence."""
    return [
        SequenceColumn(
            Name(row["schema"], row["name"]),
            Name(row["table_schema"], row["table_name"]),
            row["column"],
            row["descending"],
            row["least"],
            row["most"],
        )
        for row in fetch(connection, "sequence_columns")
    ]


def reset(connection: Connection, values: Sequence[SequenceValue]) -> tuple[SequenceValue, ...]:
    """The sequences as if none had been used."""
    first = {
        Name(row["schema"], row["name"]): row["start"] for row in fetch(connection, "sequences")
    }
    return tuple(
        replace(value, last_value=first.get(value.name, value.last_value), is_called=False)
        for value in values
    )
