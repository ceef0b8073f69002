"""What a first draft of a blueprint asks the server: types, checks, rows that are there, trials."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import psycopg
from psycopg import sql

from snapshot.catalog import Name
from snapshot.postgres.connection import Connection, fetch, role_search_path

SAMPLE = 20_000  # rows of a table that are looked at
_MANY = 1_000_000  # rows that are not counted by parent
_COMMON = 12  # values of a column that are counted


def read_types(connection: Connection) -> list[dict[str, Any]]:
    """All types of users' columns, as queries/draft_types.sql gives them."""
    return fetch(connection, "draft_types")


def read_draft_tables(connection: Connection) -> list[dict[str, Any]]:
    """Tables with their columns' types, checks and exclusions, as the server prints them."""
    return fetch(connection, "draft_tables")


def read_partitions(connection: Connection) -> list[dict[str, Any]]:
    """Partitions with their bounds, as the server prints them."""
    return fetch(connection, "draft_partitions")


class Learnt(NamedTuple):
    """What a column's rows say."""

    nulls: float  # share of the rows
    low: str | None
    high: str | None
    common: Mapping[str, int]  # values with their numbers of rows, if there are few values


def learn(
    connection: Connection, table: Name, columns: Sequence[str], listed: Sequence[str]
) -> tuple[int, dict[str, Learnt]]:
    """The number of rows in a sample of a table, and what they say of the columns.

    Values are returned of the `listed` columns alone.
    """
    facts = sql.SQL("").join(
        sql.SQL(
            ", pg_catalog.count({0}), pg_catalog.count(DISTINCT {0}::text),"
            " pg_catalog.min({0})::text, pg_catalog.max({0})::text"
        ).format(sql.Identifier(name))
        for name in columns
    )
    sample = sql.SQL("(SELECT * FROM {} LIMIT {}) s").format(
        sql.Identifier(*table), sql.Literal(SAMPLE)
    )
    row = _first(connection, sql.SQL("SELECT pg_catalog.count(*){} FROM {}").format(facts, sample))
    if row is None or not row[0]:
        return 0, {}
    learnt = {}
    for place, name in enumerate(columns):
        present, distinct, low, high = row[1 + 4 * place : 5 + 4 * place]
        common = {}
        if name in listed and 0 < distinct <= _COMMON and present >= 5 * distinct:
            common = _common(connection, sample, name)
        known: tuple[str | None, str | None] = (low, high) if name in listed else (None, None)
        learnt[name] = Learnt(1 - present / row[0], *known, common)
    return row[0], learnt


def _common(connection: Connection, sample: sql.Composed, name: str) -> dict[str, int]:
    query = sql.SQL(
        "SELECT {0}::text, pg_catalog.count(*) FROM {1} WHERE {0} IS NOT NULL"
        " GROUP BY 1 ORDER BY 2 DESC, 1"
    ).format(sql.Identifier(name), sample)
    return dict(_rows(connection, query))


class ChildCounts(NamedTuple):
    """How many children the parents have that have any, and how many have none."""

    low: int  # a tenth has no more
    high: int  # a tenth has more
    average: float
    childless: int


def count_children(
    connection: Connection, child: Name, columns: Sequence[str], parent: Name, estimate: int
) -> ChildCounts | None:
    """How many rows of `child` reference a row of `parent`. None if there are none, or too many."""
    if estimate > _MANY:
        return None
    names = sql.SQL(", ").join(map(sql.Identifier, columns))
    present = sql.SQL(" AND ").join(
        sql.SQL("{} IS NOT NULL").format(sql.Identifier(c)) for c in columns
    )
    row = _first(
        connection,
        sql.SQL(
            "SELECT pg_catalog.percentile_disc(0.1) WITHIN GROUP (ORDER BY n),"
            " pg_catalog.percentile_disc(0.9) WITHIN GROUP (ORDER BY n),"
            " pg_catalog.avg(n)::float8, pg_catalog.count(*),"
            " (SELECT pg_catalog.count(*) FROM {parent})"
            " FROM (SELECT pg_catalog.count(*) AS n FROM {child} WHERE {present} GROUP BY {names})"
            " c"
        ).format(
            parent=sql.Identifier(*parent),
            child=sql.Identifier(*child),
            present=present,
            names=names,
        ),
    )
    if row is None or not row[3]:
        return None
    low, high, average, groups, parents = row
    return ChildCounts(low, high, average, parents - groups)


def castable(connection: Connection, type_: str, texts: Sequence[str]) -> list[str]:
    """Those of the texts that the type (a domain with checks too) takes, as the server writes them.

    Each is tried in a savepoint, which is rolled back.
    """
    cast = sql.SQL("SELECT ({}::{})::text")
    taken = []
    for text in texts:
        row = _first(connection, cast.format(sql.Literal(text), sql.SQL(type_)))
        if row is not None and row[0] is not None:
            taken.append(row[0])
    return list(dict.fromkeys(taken))


def satisfying(
    connection: Connection,
    columns: Sequence[tuple[str, str]],
    candidates: Sequence[Sequence[str | None]],
    conditions: Sequence[str],
    most: int,
) -> list[tuple[str | None, ...]]:
    """Combinations of values for which the conditions hold, as their CHECKs would find.

    `columns` are names with their types, `candidates` the values of each that are tried. The
    conditions are the server's own text of the CHECKs. What fails holds for none.
    """
    sources = sql.SQL(" CROSS JOIN ").join(
        sql.SQL(
            "(SELECT v::{} AS {}, n AS {} FROM ROWS FROM (pg_catalog.unnest({}::text[]))"
            " WITH ORDINALITY u (v, n)) {}"
        ).format(
            sql.SQL(type_),  # as format_type() printed it
            sql.Identifier(name),
            sql.Identifier(f"~n{place}"),
            sql.Literal(list(values)),
            sql.Identifier(f"~s{place}"),
        )
        for place, ((name, type_), values) in enumerate(zip(columns, candidates, strict=True))
    )
    wanted = sql.SQL(", ").join(sql.SQL("{}::text").format(sql.Identifier(n)) for n, _ in columns)
    nulls = sql.SQL(", ").join(sql.Identifier(name) for name, _ in columns)
    order = sql.SQL(", ").join(sql.Identifier(f"~n{place}") for place in range(len(columns)))
    holds = sql.SQL(" AND ").join(
        sql.SQL("coalesce(({}), true)").format(sql.SQL(text)) for text in conditions
    )
    query = sql.SQL(
        "SELECT {} FROM {} WHERE {} ORDER BY pg_catalog.num_nulls({}), {} LIMIT {}"
    ).format(wanted, sources, holds, nulls, order, sql.Literal(most))
    return _rows(connection, query)


def _first(connection: Connection, query: sql.Composed) -> Any:
    rows = _rows(connection, query)
    return rows[0] if rows else None


def _rows(connection: Connection, query: sql.Composed) -> list[Any]:
    """The rows of a query, in a savepoint that is rolled back; none if the server refuses it."""
    try:
        with connection.transaction(force_rollback=True), role_search_path(connection):
            return connection.execute(query).fetchall()
    except psycopg.errors.OperationalError:
        raise
    except psycopg.Error:
        return []
