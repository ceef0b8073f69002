"""How far migration tools have come, as a database's bookkeeping tables say it."""

from __future__ import annotations

from collections.abc import Iterable

from psycopg import sql

from snapshot.catalog import Revision, Table
from snapshot.planning.migrations import Bookkeeping, bookkeeping, revision
from snapshot.postgres.connection import Connection
from snapshot.postgres.copying import rows_of


def read_revisions(connection: Connection, tables: Iterable[Table]) -> tuple[Revision, ...]:
    """The revision of each bookkeeping table that this role may read, in the open transaction."""
    by_name = {table.name: table for table in tables if not table.foreign_code}
    known = {name: b for name, b in bookkeeping(by_name.values()).items() if b.at}
    if not known:
        return ()
    readable = connection.execute(
        "SELECT pg_catalog.has_table_privilege(relation, 'SELECT')"
        " FROM pg_catalog.unnest(%s::text[]) WITH ORDINALITY r (relation, position)"
        " ORDER BY position",
        [[sql.Identifier(*name).as_string(None) for name in known]],
    ).fetchall()
    return tuple(
        _read(connection, found, by_name[name])
        for (name, found), (may,) in zip(known.items(), readable, strict=True)
        if may
    )


def _read(connection: Connection, known: Bookkeeping, table: Table) -> Revision:
    rows = connection.execute(
        sql.SQL(
            "SELECT within, at, dirty = 'true' FROM (SELECT {within}::text, {at}::text,"
            " {dirty}::text, {applied}::text, {order} FROM {table})"
            " r (within, at, dirty, applied, position) WHERE applied <> 'false' ORDER BY position"
        ).format(
            within=_column(known.within, "''"),
            at=_column(known.at),
            dirty=_column(known.dirty, "'false'"),
            applied=_column(known.applied, "'true'"),
            order=_column(known.order, "1"),
            table=rows_of(table),
        )
    )
    return revision(known, table.name, rows.fetchall())


def _column(name: str, otherwise: str = "NULL") -> sql.Composable:
    return sql.Identifier(name) if name else sql.SQL(otherwise)
