"""Rows that break foreign keys: all keys at once, not only the first."""

from __future__ import annotations

from collections.abc import Iterable

from psycopg import sql

from snapshot.catalog import ForeignKey
from snapshot.postgres.connection import Connection

_SAMPLES = 3


def find_violations(connection: Connection, foreign_keys: Iterable[ForeignKey]) -> list[str]:
    """A line for each foreign key that rows break: table, constraint, how many, and some keys."""
    return [line for fk in foreign_keys if (line := _violation(connection, fk))]


def _violation(connection: Connection, fk: ForeignKey) -> str | None:
    if not (fk.validated and fk.enforced):
        return None
    keys = [sql.SQL("r.{}").format(sql.Identifier(column)) for column in fk.columns]
    matches = sql.SQL(" AND ").join(
        sql.SQL("p.{} = r.{}").format(sql.Identifier(there), sql.Identifier(here))
        for here, there in zip(fk.columns, fk.referenced_columns, strict=True)
    )
    rows = connection.execute(
        sql.SQL(
            "SELECT pg_catalog.count(*) OVER (), {values} FROM {table} r "
            "WHERE pg_catalog.num_nulls({keys}) {nulls} "
            "AND NOT EXISTS (SELECT FROM {referenced} p WHERE {matches}) LIMIT {limit}"
        ).format(
            values=sql.SQL(", ").join(key + sql.SQL("::text") for key in keys),
            keys=sql.SQL(", ").join(keys),
            # MATCH FULL forbids a key of which only a part is NULL (documentation: CREATE TABLE)
            nulls=sql.SQL("< {}" if fk.match_full else "= {}").format(
                sql.Literal(len(keys) if fk.match_full else 0)
            ),
            table=sql.Identifier(*fk.table),
            referenced=sql.Identifier(*fk.referenced),
            matches=matches,
            limit=sql.Literal(_SAMPLES),
        )
    ).fetchall()
    if not rows:
        return None
    samples = ", ".join("(" + ", ".join(map(str, row[1:])) + ")" for row in rows)
    more = ", …" if rows[0][0] > len(rows) else ""
    columns = ", ".join(fk.columns)
    return f"{fk}: {rows[0][0]:,} rows whose ({columns}) is not in {fk.referenced}: {samples}{more}"
