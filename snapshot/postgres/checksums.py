"""Content checksums: computed by the server, the same whatever the order of rows."""

from __future__ import annotations

from psycopg import sql

from snapshot.manifest import TableEntry
from snapshot.postgres.connection import Connection
from snapshot.postgres.copying import rows_of


def content_checksum(connection: Connection, table: TableEntry) -> tuple[int, str]:
    """Rows of a table, and the sum of the 64-bit hashes of its rows' text, modulo 2^64.

    The text of a row is its type's output, so exact_text() and qualified_names() must be in force.
    hashtextextended() is what hash partitioning uses, and so is the same on every server version.
    Equal sums come from equal rows in any order; a changed, lost or doubled row changes the sum.
    """
    row = connection.execute(
        sql.SQL(
            "SELECT pg_catalog.count(*), pg_catalog.mod(coalesce(pg_catalog.sum("
            'pg_catalog.hashtextextended(ROW({})::text COLLATE "C", 0)), 0), 18446744073709551616)'
            " FROM {}"
        ).format(
            sql.SQL(", ").join(sql.Identifier(column.name) for column in table.columns),
            rows_of(table),
        )
    ).fetchone()
    assert row is not None
    return row[0], f"{int(row[1]) % 2**64:016x}"
