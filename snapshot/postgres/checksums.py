"""Content checksums: computed by the server, independent of the order of rows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from psycopg import sql

from snapshot.catalog import Column, Table
from snapshot.postgres.connection import Connection
from snapshot.postgres.copying import rows_of
from snapshot.postgres.unplanned import batches

NO_ROWS = f"{0:016x}"  # the checksum of an empty table

# Rows of databases in these encodings are hashed as they lie; those of others as UTF-8.
_BYTEWISE = ("UTF8", "SQL_ASCII")
_AS_IT_LIES = sql.SQL('pg_catalog.hashtextextended(ROW({})::text COLLATE "C", 0)')
_AS_UTF8 = sql.SQL(
    "('x' || pg_catalog.left(pg_catalog.md5(pg_catalog.convert_to(ROW({})::text, 'UTF8')), 16))"
    "::bit(64)::bigint"
)


def comparable(source_encoding: str, target_encoding: str) -> bool:
    """Whether checksums of a snapshot can be compared in a database of the other encoding."""
    return source_encoding == target_encoding or source_encoding not in _BYTEWISE


def row_hash(columns: Sequence[Column], source_encoding: str) -> sql.Composed:
    """The hash of a row, 64 bits, in a database or for a snapshot of one of this encoding."""
    names = sql.SQL(", ").join(sql.Identifier(column.name) for column in columns)
    return (_AS_IT_LIES if source_encoding in _BYTEWISE else _AS_UTF8).format(names)


def content_checksum(
    connection: Connection,
    table: Table,
    columns: Sequence[Column],
    source_encoding: str,
    rows: sql.Composable | None = None,
) -> tuple[int, str]:
    """Rows of a table, and the sum of the 64-bit hashes of its rows' text, modulo 2^64.

    `rows` stands in place of the table after FROM.

    The text of a row is its type's output, so exact_text() must be in force. hashtextextended() is
    what hash partitioning uses, and so is the same on every server version. Equal sums come from
    equal rows in any order; a changed, lost or doubled row changes the sum.
    """
    hashed = row_hash(columns, source_encoding)
    sources: Iterable[sql.Composable] = [rows or rows_of(table)]
    if rows is None and table.foreign_code:
        sources = batches(connection, table)
    count = total = 0
    for source in sources:
        row = connection.execute(
            sql.SQL("SELECT pg_catalog.count(*), coalesce(pg_catalog.sum({}), 0) FROM {}").format(
                hashed, source
            )
        ).fetchone()
        assert row is not None
        count, total = count + row[0], total + int(row[1])
    return count, f"{total % 2**64:016x}"
