"""Rows that break foreign keys: all keys at once, not only the first."""

from __future__ import annotations

from collections.abc import Iterable

from psycopg import sql

from snapshot.catalog import ForeignKey
from snapshot.postgres.connection import Connection

_SAMPLES = 3
# of a type that is not the server's own (source: transam.h, FirstNormalObjectId); 403 is btree
_EQUALITY = """
    SELECT n.nspname, o.oprname
    FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
    JOIN pg_catalog.pg_opclass c ON c.opcmethod = 403 AND c.opcdefault AND c.opcintype >= 16384
        AND c.opcintype = CASE t.typtype WHEN 'd' THEN t.typbasetype ELSE t.oid END
    JOIN pg_catalog.pg_amop m ON m.amopfamily = c.opcfamily AND m.amopstrategy = 3
        AND m.amoplefttype = c.opcintype AND m.amoprighttype = c.opcintype
    JOIN pg_catalog.pg_operator o ON o.oid = m.amopopr
    JOIN pg_catalog.pg_namespace n ON n.oid = o.oprnamespace
    WHERE a.attrelid = %s::pg_catalog.regclass AND a.attname = %s
"""


def find_violations(connection: Connection, foreign_keys: Iterable[ForeignKey]) -> list[str]:
    """A line for each foreign key that rows break: table, constraint, how many, and some keys."""
    return [line for fk in foreign_keys if (line := _violation(connection, fk))]


def _violation(connection: Connection, fk: ForeignKey) -> str | None:
    if not (fk.validated and fk.enforced):
        return None
    keys = [sql.SQL("r.{}").format(sql.Identifier(column)) for column in fk.columns]
    matches = sql.SQL(" AND ").join(
        sql.SQL("p.{} {} r.{}").format(
            sql.Identifier(there), _equality(connection, fk, there), sql.Identifier(here)
        )
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
    are = "row" if rows[0][0] == 1 else "rows"
    return (
        f"{fk}: {rows[0][0]:,} {are} whose ({columns}) is not in {fk.referenced}: {samples}{more}"
    )


def _equality(connection: Connection, fk: ForeignKey, column: str) -> sql.Composable:
    """The operator that the key compares with: that of the type, in any schema."""
    found = connection.execute(
        _EQUALITY, [sql.Identifier(*fk.referenced).as_string(connection), column]
    ).fetchone()
    if found is None:
        return sql.SQL("OPERATOR(pg_catalog.=)")
    schema, name = found
    return sql.SQL("OPERATOR({}.{})").format(sql.Identifier(schema), sql.SQL(name))
