"""What masking must know of a database beyond its catalog, and what it asks the server of rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import psycopg
from psycopg import sql

from snapshot.catalog import Catalog, Name, Table
from snapshot.errors import UsageError
from snapshot.postgres.connection import Connection, fetch

_HEADER = 4  # bytes that a length modifier counts too (source: varchar.c, VARHDRSZ)


@dataclass(frozen=True)
class ColumnFacts:
    """A column's type without domain, array and modifier, and what is demanded of its values."""

    name: str
    type: str  # as format_type() names it
    kind: str  # pg_type.typtype: b, e(num), c(omposite), r(ange), m(ultirange); x: an extension's
    array: bool
    modifier: int
    not_null: bool
    identity: bool
    labels: tuple[str, ...]
    fields: tuple[tuple[str, str], ...]  # of a composite type: names and types

    @property
    def length(self) -> int | None:
        """Characters or bits at most."""
        if self.modifier < 0:
            return None
        if self.type in ("character varying", "character"):
            return self.modifier - _HEADER
        return self.modifier if self.type in ("bit", "bit varying") else None

    @property
    def precision(self) -> int | None:
        """Digits of numeric(p, s)."""
        numeric = self.type == "numeric" and self.modifier >= 0
        return (self.modifier - _HEADER) >> 16 & 0xFFFF if numeric else None

    @property
    def scale(self) -> int | None:
        """Digits behind the point (source: numeric.c, numeric_typmod_scale(): below zero too)."""
        if self.precision is None:
            return None
        return (((self.modifier - _HEADER) & 0x7FF) ^ 1024) - 1024


class Unique(NamedTuple):
    """A unique index.

    `columns` are those that are no expression, `reads` all that it reads. In those that are
    `folded` capitals count for nothing. `predicate` is None too if it calls others' functions.
    """

    name: str
    columns: tuple[str, ...]
    expressions: bool
    reads: tuple[str, ...]
    folded: tuple[str, ...]
    predicate: str | None
    nulls_distinct: bool


class Exclusion(NamedTuple):
    """An exclusion constraint: its columns and their operators."""

    name: str
    columns: tuple[str, ...]
    operators: tuple[str, ...]


class RowCheck(NamedTuple):
    """A CHECK that calls no function but the server's own."""

    name: str
    expression: str
    columns: tuple[str, ...]


@dataclass(frozen=True)
class TableFacts:
    """A table, as far as masking is concerned."""

    name: Name
    parents: tuple[Name, ...]  # that it inherits from
    columns: Mapping[str, ColumnFacts]
    uniques: tuple[Unique, ...]
    exclusions: tuple[Exclusion, ...]
    checks: tuple[RowCheck, ...]
    bound_columns: tuple[str, ...]  # of partition keys whose rows must stay within bounds


def read_masking_facts(connection: Connection) -> dict[Name, TableFacts]:
    """The facts of all tables that users made."""
    return {facts.name: facts for facts in map(_facts, fetch(connection, "masking_tables"))}


def _facts(row: dict[str, Any]) -> TableFacts:
    columns = [_column(column) for column in row["columns"] or []]
    return TableFacts(
        Name(row["schema"], row["name"]),
        tuple(Name(*parent) for parent in row["parents"] or []),
        {column.name: column for column in columns},
        tuple(Unique(**_tuples(unique)) for unique in row["uniques"] or []),
        tuple(Exclusion(**_tuples(exclusion)) for exclusion in row["exclusions"] or []),
        tuple(RowCheck(**_tuples(check)) for check in row["checks"] or []),
        tuple(row["bound_columns"]),
    )


def _column(entry: dict[str, Any]) -> ColumnFacts:
    labels = tuple(entry.pop("labels") or ())
    fields = tuple((name, type_) for name, type_ in entry.pop("fields") or ())
    return ColumnFacts(**entry, labels=labels, fields=fields)


def _tuples(entry: dict[str, Any]) -> dict[str, Any]:
    return {k: tuple(v) if isinstance(v, list) else v for k, v in entry.items()}


def broken_checks(
    connection: Connection,
    table: TableFacts,
    types: Mapping[str, str],
    rows: Mapping[str, list[Any]],
) -> list[str]:
    """The CHECKs that some of these rows break, evaluated by the server on a list of values.

    `types` are the columns' types as SQL, domains included; `rows` the values' texts by column. A
    value that its type does not take is a server error.
    """
    checks = [check for check in table.checks if set(check.columns) <= rows.keys()]
    wanted = [
        sql.SQL("pg_catalog.count(*) FILTER (WHERE NOT ({}))").format(sql.SQL(check.expression))
        for check in checks
    ]
    (found,) = _of_rows(connection, types, rows, wanted) or [()]
    return [check.name for check, number in zip(checks, found, strict=False) if number]


def covered_rows(
    connection: Connection,
    types: Mapping[str, str],
    rows: Mapping[str, list[Any]],
    predicate: str,
) -> list[bool]:
    """Which of these rows the predicate of an index is true for; see broken_checks()."""
    wanted = [
        sql.SQL("pg_catalog.array_agg(({}) IS TRUE ORDER BY place)").format(sql.SQL(predicate))
    ]
    (found,) = _of_rows(connection, types, rows, wanted) or [([],)]
    return list(found[0] or [])


def _of_rows(
    connection: Connection,
    types: Mapping[str, str],
    rows: Mapping[str, list[Any]],
    wanted: list[sql.Composed],
) -> list[tuple[Any, ...]]:
    """What the server aggregates over a list of values, one row; nothing if there is no column."""
    names = [name for name in types if name in rows]
    if not names:
        return []
    columns = [
        sql.SQL("r.{0}::{1} AS {0}").format(sql.Identifier(name), sql.SQL(types[name]))
        for name in names
    ]
    # literals and no parameters: names and expressions may hold a %
    arrays = [sql.SQL("pg_catalog.unnest({}::text[])").format(sql.Literal(rows[n])) for n in names]
    query = sql.SQL(
        "SELECT {wanted} FROM (SELECT place, {columns} FROM ROWS FROM ({arrays}) WITH ORDINALITY"
        " AS r ({names}, place)) AS typed"
    ).format(
        wanted=sql.SQL(", ").join(
            [*wanted, sql.SQL("pg_catalog.count(ROW({}))").format(_listed(names))]
        ),
        columns=sql.SQL(", ").join(columns),
        arrays=sql.SQL(", ").join(arrays),
        names=_listed(names),
    )
    return connection.execute(query).fetchall()


def refused_columns(
    connection: Connection, types: Mapping[str, str], rows: Mapping[str, list[Any]]
) -> list[str]:
    """The columns with a value that their type does not take. Needs an open transaction."""
    refused = []
    for name in types:
        if name not in rows:
            continue
        query = sql.SQL("SELECT pg_catalog.count(v::{}) FROM pg_catalog.unnest({}::text[]) v")
        try:
            with connection.transaction():
                connection.execute(query.format(sql.SQL(types[name]), sql.Literal(rows[name])))
        except (psycopg.DataError, psycopg.IntegrityError):
            refused.append(name)
    return refused


def _listed(names: list[str]) -> sql.Composed:
    return sql.SQL(", ").join(map(sql.Identifier, names))


def as_written(connection: Connection, type_: str, text: str) -> str:
    """The text as the server writes it as a value of a type: of boolean `t` for `true`.

    Raises UsageError if it is none.
    """
    query = sql.SQL("SELECT pg_catalog.format('%s', {}::text::{})")
    try:
        with connection.transaction():
            ((written,),) = connection.execute(query.format(sql.Literal(text), sql.SQL(type_)))
            return str(written)
    except psycopg.DataError:
        raise UsageError(f"a text is no value of {type_}", hint="write it as in SQL") from None


def kept_values(
    connection: Connection, table: Name, column: str, where: str, value: str
) -> list[str]:
    """The values of a column in the rows in which another column is written as this text."""
    rows = connection.execute(
        sql.SQL(
            "SELECT DISTINCT pg_catalog.format('%s', {0}) FROM {1}"
            " WHERE {0} IS NOT NULL AND {2} IS NOT NULL AND pg_catalog.format('%s', {2}) = {3}"
        ).format(
            sql.Identifier(column),
            sql.Identifier(*table),
            sql.Identifier(where),
            sql.Literal(value),
        )
    )
    return [text for (text,) in rows]


def distinct_texts(
    connection: Connection, table: Name, column: str, most: int, unlike: str = ""
) -> list[str]:
    """The different values of a column as text, at most so many; only those `unlike` a pattern."""
    condition: sql.Composable = sql.SQL("")
    if unlike:
        condition = sql.SQL(" AND {}::text !~ {}").format(
            sql.Identifier(column), sql.Literal(unlike)
        )
    rows = connection.execute(
        sql.SQL("SELECT DISTINCT {0}::text FROM {1} WHERE {0} IS NOT NULL{2} LIMIT {3}").format(
            sql.Identifier(column), sql.Identifier(*table), condition, sql.Literal(most)
        )
    )
    return [text for (text,) in rows if isinstance(text, str)]  # not the bytes of SQL_ASCII


def known_words(connection: Connection, catalog: Catalog) -> list[str]:
    """Words that stand in a schema's text by right: SQL's, those of types, and the users' names."""
    rows = connection.execute(
        "SELECT word FROM pg_catalog.pg_get_keywords()"
        " UNION SELECT typname FROM pg_catalog.pg_type WHERE oid < 16384"
        " UNION SELECT nspname FROM pg_catalog.pg_namespace"
    )
    names = [name for table in catalog.tables for name in (*table.name, *_columns(table))]
    names += [name for sequence in catalog.sequences for name in sequence.name]
    names += [key.name for key in catalog.foreign_keys]
    words = {word for (word,) in rows} | set(names)
    return sorted(words | {part for name in names for part in name.split("_")})


def _columns(table: Table) -> list[str]:
    return [column.name for column in table.columns]
