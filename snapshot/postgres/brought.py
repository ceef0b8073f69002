"""Which rows a restore brought: known again by the transactions that wrote them.

PostgreSQL never changes a row in place: an UPDATE writes another version, with another `xmin`
(documentation: 5.6, System Columns). docs/incremental.md says what follows, and what does not.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from psycopg import sql

from snapshot.catalog import Name, Table
from snapshot.postgres.connection import Connection, query, scalar
from snapshot.postgres.copying import rows_of
from snapshot.store.proof import BroughtTable, Nonce

NONCE_BITS = 64
_PER_QUERY = 500
_EPOCH = 2**32  # transaction IDs in rows have 32 bits
_OLDEST = 2**31 - 2**24  # transactions ago: older IDs could be those of newer ones


class Relation(NamedTuple):
    """A table as it lies on disk."""

    digest: str  # of its files, columns and types
    hindrance: str | None  # why its rows cannot be known by their transactions


class Counted(NamedTuple):
    """Rows of a table, and those of them that others wrote."""

    rows: int
    strangers: int


def read_relations(connection: Connection, names: Sequence[Name]) -> dict[Name, Relation]:
    """The tables as they lie; those that are not there are left out."""
    rows = connection.execute(
        query("brought"),
        {"schemas": [name.schema for name in names], "names": [name.name for name in names]},
    )
    return {Name(schema, name): Relation(text, why) for schema, name, text, why in rows}


def read_database(connection: Connection) -> tuple[int, str]:
    """The database's OID, and what the same bytes mean depends on: program, locale, extensions."""
    locale = sql.SQL("NULL")
    if connection.info.server_version >= 150000:
        locale = sql.SQL("pg_catalog.pg_database_collation_actual_version(oid)")
    row = connection.execute(
        sql.SQL(
            "SELECT oid::bigint, pg_catalog.concat_ws('; ', pg_catalog.version(), {}, ("
            "SELECT pg_catalog.string_agg(extname || ' ' || extversion, ', ' ORDER BY extname)"
            " FROM pg_catalog.pg_extension)) FROM pg_catalog.pg_database"
            " WHERE datname = pg_catalog.current_database()"
        ).format(locale)
    ).fetchone()
    assert row is not None
    return row[0], row[1]


def read_moment(connection: Connection) -> str:
    """Which transactions are visible. Equal texts of one server: nothing was committed between."""
    return str(scalar(connection, "SELECT pg_catalog.pg_current_snapshot()::text"))


# --- the nonce


def write_nonce(connection: Connection) -> Nonce:
    """Commit or roll back, at random, transactions that do nothing: the commit log keeps that.

    They write no row, and nobody waits for the disk. The connection must not be in a transaction.
    """
    committed = tuple(bool(secrets.randbits(1)) for _ in range(NONCE_BITS))
    asked = "BEGIN; SELECT pg_catalog.pg_current_xact_id()::text; "
    statement = sql.SQL("; ").join(
        sql.SQL(asked) + sql.SQL("COMMIT" if flag else "ROLLBACK") for flag in committed
    )
    numbers = []
    with connection.cursor() as cursor:
        cursor.execute(statement)
        more: bool | None = True
        while more:
            if cursor.description:
                numbers += [int(text) for (text,) in cursor]
            more = cursor.nextset()
    return Nonce(tuple(numbers), committed)


def same_history(connection: Connection, nonce: Nonce) -> bool:
    """Whether this server's commit log has the nonce.

    Not if it was set back to before, runs beside the one that wrote it, or has forgotten it.
    """
    if not len(nonce.transactions) == len(nonce.committed) == NONCE_BITS:
        return False
    row = connection.execute(
        "SELECT pg_catalog.count(*) FROM ROWS FROM (pg_catalog.unnest(%s::text[]::xid8[]),"
        " pg_catalog.unnest(%s::bool[])) nonce (id, committed)"
        # asked only of what is no ID of the future, for which that is an error
        " WHERE CASE WHEN id < pg_catalog.pg_snapshot_xmax(pg_catalog.pg_current_snapshot())"
        " THEN pg_catalog.pg_xact_status(id) END"
        " = CASE WHEN committed THEN 'committed' ELSE 'aborted' END",
        [list(map(str, nonce.transactions)), list(nonce.committed)],
    ).fetchone()
    return row == (NONCE_BITS,)


def young(connection: Connection, tables: Iterable[BroughtTable]) -> set[int]:
    """Those of the writers whose 32-bit IDs no other transaction has had or will soon have."""
    now = int(
        scalar(
            connection,
            "SELECT pg_catalog.pg_snapshot_xmax(pg_catalog.pg_current_snapshot())::text",
        )
    )
    writers = {writer for table in tables for writer in table.writers}
    return {writer for writer in writers if 0 <= now - writer < _OLDEST}


# --- the rows


def count_brought(
    connection: Connection, tables: Sequence[tuple[Table, Sequence[int]]]
) -> dict[Name, Counted]:
    """The rows of each table, and how many of them none of the writers beside it wrote."""
    found: dict[Name, Counted] = {}
    for start in range(0, len(tables), _PER_QUERY):
        some = tables[start : start + _PER_QUERY]
        union = sql.SQL(" UNION ALL ").join(
            sql.SQL("SELECT {}::int, pg_catalog.count(*), {} FROM {}").format(
                sql.Literal(position), _strangers(writers), rows_of(table)
            )
            for position, (table, writers) in enumerate(some)
        )
        for position, rows, strangers in connection.execute(union):
            found[some[position][0].name] = Counted(rows, strangers)
    return found


def _strangers(writers: Sequence[int]) -> sql.Composable:
    if not writers:
        return sql.SQL("pg_catalog.count(*)")
    return sql.SQL("pg_catalog.count(*) FILTER (WHERE {})").format(
        sql.SQL(" AND ").join(
            sql.SQL("xmin <> {}::xid").format(sql.Literal(str(writer % _EPOCH)))
            for writer in writers
        )
    )


def written_now(
    connection: Connection, tables: Sequence[Table], expected: Mapping[Name, int]
) -> dict[Name, tuple[int, ...]]:
    """Who wrote the rows of tables that this open transaction has filled from nothing.

    Tables are left out that do not hold the expected number of rows, all written by one and the
    same of its (sub)transactions.
    """
    top = int(scalar(connection, "SELECT pg_catalog.pg_current_xact_id()::text"))
    first: dict[Name, tuple[int, ...]] = {}
    for start in range(0, len(tables), _PER_QUERY):
        some = tables[start : start + _PER_QUERY]
        union = sql.SQL(" UNION ALL ").join(
            sql.SQL("(SELECT {}::int, xmin::text FROM {} LIMIT 1)").format(
                sql.Literal(position), rows_of(table)
            )
            for position, table in enumerate(some)
        )
        for position, low in connection.execute(union):
            after = (int(low) - top) % _EPOCH  # its own IDs follow that of the whole
            first[some[position].name] = (top + after,) if after < _OLDEST else ()
    counted = count_brought(connection, [(t, first.get(t.name, ())) for t in tables])
    return {
        table.name: first.get(table.name, ())
        for table in tables
        if counted[table.name] == (expected[table.name], 0)
    }
