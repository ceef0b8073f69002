"""Columns that a server computes of a row's other columns, in tables that nobody else sees."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import psycopg
from psycopg import sql

from snapshot.catalog import Table
from snapshot.errors import UsageError
from snapshot.postgres.connection import Connection
from snapshot.postgres.copying import copy_in, copy_out

_PLACE = "snapshot place"  # of a row among those of its block


def prepare_table(
    connection: Connection, table: Table, place: str, expressions: Mapping[str, str]
) -> None:
    """Make a temporary table with a table's stored columns; some are computed by expressions.

    The server takes only expressions that are immutable (documentation: CREATE TABLE, GENERATED).
    Raises UsageError with what it says: no row is there, so it quotes none.
    """
    columns = []
    for column in table.stored:
        definition = sql.SQL("{} {}").format(sql.Identifier(column.name), sql.SQL(column.type))
        if column.name in expressions:
            expression = sql.SQL(expressions[column.name])
            definition += sql.SQL(" GENERATED ALWAYS AS ({}) STORED").format(expression)
        columns.append(definition)
    statement = sql.SQL("CREATE TEMP TABLE {} ({} bigint GENERATED ALWAYS AS IDENTITY, {})").format(
        sql.Identifier(place), sql.Identifier(_PLACE), sql.SQL(", ").join(columns)
    )
    try:
        with connection.transaction():
            connection.execute(statement)
    except psycopg.Error as error:
        raise UsageError(
            f"the server does not take what {', '.join(expressions)} is computed by: "
            f"{error.diag.message_primary}",
            hint="sql is an expression over the row's columns whose functions are immutable: "
            "to_tsvector('english', notes), not to_tsvector(notes)",
        ) from None


def computed(
    connection: Connection,
    place: str,
    given: Iterable[str],
    wanted: Iterable[str],
    rows: bytes,
) -> bytes:
    """COPY text of the computed columns for rows (COPY text of the given ones), in their order."""
    name = sql.Identifier("pg_temp", place)
    connection.execute(sql.SQL("TRUNCATE {}").format(name))
    copy_in(connection, sql.SQL("COPY {} ({}) FROM STDIN").format(name, _listed(given)), [rows])
    query = sql.SQL("COPY (SELECT {} FROM {} ORDER BY {}) TO STDOUT").format(
        _listed(wanted), name, sql.Identifier(_PLACE)
    )
    return b"".join(block.data for block in copy_out(connection, query))


def _listed(names: Iterable[str]) -> sql.Composed:
    return sql.SQL(", ").join(map(sql.Identifier, names))
