"""Rows that break foreign keys, unique keys and checks: all of them, not only the first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from psycopg import sql

from snapshot.catalog import ForeignKey, Name
from snapshot.postgres.connection import Connection, fetch
from snapshot.postgres.messages import is_discreet

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
    rows = connection.execute(
        sql.SQL("SELECT pg_catalog.count(*) OVER (), {} {} LIMIT {}").format(
            sql.SQL(", ").join(key + sql.SQL("::text") for key in keys),
            _without_parent(connection, fk),
            sql.Literal(_SAMPLES),
        )
    ).fetchall()
    if not rows:
        return None
    samples = ", ".join("(" + ", ".join(map(str, row[1:])) + ")" for row in rows)
    if is_discreet():
        samples = "keys not shown"
    more = ", …" if rows[0][0] > len(rows) else ""
    columns = ", ".join(fk.columns)
    are = "row" if rows[0][0] == 1 else "rows"
    return (
        f"{fk}: {rows[0][0]:,} {are} whose ({columns}) is not in {fk.referenced}: {samples}{more}"
    )


def _without_parent(connection: Connection, fk: ForeignKey) -> sql.Composed:
    """FROM and WHERE of the rows that break the key."""
    keys = [sql.SQL("r.{}").format(sql.Identifier(column)) for column in fk.columns]
    matches = sql.SQL(" AND ").join(
        sql.SQL("p.{} {} r.{}").format(
            sql.Identifier(there), _equality(connection, fk, there), sql.Identifier(here)
        )
        for here, there in zip(fk.columns, fk.referenced_columns, strict=True)
    )
    return sql.SQL(
        "FROM {table} r WHERE pg_catalog.num_nulls({keys}) {nulls} "
        "AND NOT EXISTS (SELECT FROM {referenced} p WHERE {matches})"
    ).format(
        keys=sql.SQL(", ").join(keys),
        # MATCH FULL forbids a key of which only a part is NULL (documentation: CREATE TABLE)
        nulls=sql.SQL("< {}" if fk.match_full else "= {}").format(
            sql.Literal(len(keys) if fk.match_full else 0)
        ),
        table=sql.Identifier(*fk.table),
        referenced=sql.Identifier(*fk.referenced),
        matches=matches,
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


# --- row by row, each by its key


class UniqueKey(NamedTuple):
    """A unique index; `keys` are its columns and expressions as SQL."""

    table: Name
    name: str
    keys: tuple[str, ...]
    predicate: str | None
    nulls_equal: bool
    partitioned: bool


class CheckOf(NamedTuple):
    """A check of a table; `expression` as SQL."""

    table: Name
    name: str
    expression: str


Values = tuple[str | None, ...]


def read_unique_keys(connection: Connection) -> list[UniqueKey]:
    """The unique indexes of tables; those of partitions are their root's."""
    return [
        UniqueKey(
            Name(row["schema"], row["name"]),
            row["index"],
            tuple(row["keys"]),
            row["predicate"],
            row["nulls_equal"],
            row["partitioned"],
        )
        for row in fetch(connection, "unique_indexes")
    ]


def read_checks(connection: Connection) -> list[CheckOf]:
    """The checks of tables that hold for all rows; inherited ones once."""
    return [
        CheckOf(Name(row["schema"], row["name"]), row["check"], row["expression"])
        for row in fetch(connection, "checks_of_tables")
    ]


def rows_without_parent(
    connection: Connection, fk: ForeignKey, key: Sequence[str]
) -> Iterator[tuple[Values, Values]]:
    """The rows that break a foreign key: their own key, and the values that lead nowhere."""
    if fk.validated and fk.enforced:
        query = sql.SQL("SELECT {}, {} {} ORDER BY 1").format(
            _texts(key), _texts(fk.columns), _without_parent(connection, fk)
        )
        for own, values in connection.execute(query).fetchall():
            yield tuple(own), tuple(values)


def rows_of_one_key(
    connection: Connection, unique: UniqueKey, key: Sequence[str]
) -> Iterator[list[Values]]:
    """The rows that have the same value of a unique key, by their own keys, in groups."""
    columns = sql.SQL(", ").join(sql.SQL(text) for text in unique.keys)
    conditions: list[sql.Composable] = (
        [] if unique.predicate is None else [sql.SQL(unique.predicate)]
    )
    if not unique.nulls_equal:
        conditions.append(sql.SQL("pg_catalog.num_nulls({}) = 0").format(columns))
    query = sql.SQL(
        "SELECT pg_catalog.array_agg({own} ORDER BY {own}) FROM {table} r WHERE {conditions} "
        "GROUP BY {columns} HAVING pg_catalog.count(*) > 1 ORDER BY 1"
    ).format(
        own=_texts(key),
        # ONLY: an index does not know the rows of tables that inherit
        table=sql.SQL("{}" if unique.partitioned else "ONLY {}").format(
            sql.Identifier(*unique.table)
        ),
        conditions=sql.SQL(" AND ").join(
            sql.SQL("({})").format(c) for c in conditions or [sql.SQL("true")]
        ),
        columns=columns,
    )
    for (group,) in connection.execute(query).fetchall():
        yield [tuple(own) for own in group]


def rows_failing(connection: Connection, check: CheckOf, key: Sequence[str]) -> list[Values]:
    """The rows that a check refuses, by their keys."""
    query = sql.SQL("SELECT {} FROM {} r WHERE NOT ({}) ORDER BY 1").format(
        _texts(key), sql.Identifier(*check.table), sql.SQL(check.expression)
    )
    return [tuple(own) for (own,) in connection.execute(query).fetchall()]


def _texts(columns: Sequence[str]) -> sql.Composed:
    """The columns of `r` as an array of texts: those of COPY, so not always those of a cast."""
    return sql.SQL("ARRAY[{}]::text[]").format(
        sql.SQL(", ").join(
            sql.SQL(
                "CASE WHEN pg_catalog.num_nulls(r.{0}) = 0 THEN pg_catalog.format('%s', r.{0}) END"
            ).format(sql.Identifier(column))
            for column in columns
        )
    )
