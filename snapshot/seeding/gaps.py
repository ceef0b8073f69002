"""Which parents are short of children: one grouped query a rule."""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from typing import Any

from psycopg import sql

from snapshot.catalog import Name
from snapshot.postgres.connection import Connection, scalar
from snapshot.seeding.binding import (
    BoundRule,
    children_source,
    matching,
    need_sql,
    needs_dice,
    parent_source,
    row_text,
    views_sql,
)
from snapshot.seeding.blueprint import Blueprint
from snapshot.seeding.ledger import LedgerRule, lines_of
from snapshot.seeding.randomness import Rand, digest
from snapshot.seeding.tables import Schema, SeedTable


@dataclass
class Context:
    """What all rules of a run share."""

    connection: Connection
    blueprint: Blueprint
    schema: Schema
    parameters: Any
    rand: Rand
    ledger: tuple[LedgerRule, ...] = ()


@dataclass(frozen=True)
class Gap:
    """What a rule asks for, over all parents."""

    bound: BoundRule
    parents: int
    short: int  # parents with too few children
    have: int  # children that count, up to what is needed
    need: int

    @property
    def missing(self) -> int:
        """Rows to write."""
        return self.need - self.have


@dataclass(frozen=True)
class Parent:
    """A parent, who it is on every server, and what it is short of."""

    row: Any  # a named tuple, a name, or None
    identity: str
    need: int
    have: int
    start: int  # ideal rows of the parents before it
    place: int  # among all parents, from 1

    @property
    def missing(self) -> int:
        return self.need - self.have


def identity_sql(table: SeedTable, alias: str, ledger: Sequence[LedgerRule]) -> tuple[Any, Any]:
    """Who a row is on every server, and the join that says so: natural key, path, or key."""
    nothing = sql.SQL("")
    if table.natural_key:
        return row_text(table.natural_key, alias), nothing
    if not table.key:
        row = sql.SQL("({}.*)::text").format(sql.Identifier(alias))
        return row, nothing
    key = row_text(table.key, alias)
    if not any(rule.table == table.name for rule in ledger):
        return key, nothing
    join = sql.SQL(" LEFT JOIN {} path ON path.key = {}").format(lines_of(ledger, table), key)
    return sql.SQL("coalesce(path.path::text, {})").format(key), join


def count_gap(context: Context, bound: BoundRule) -> Gap:
    """How many parents are short, and of how much."""
    if bound.called:
        parents = list(read_parents(context, bound, everyone=True))
        short = [p for p in parents if p.missing > 0]
        return Gap(
            bound,
            len(parents),
            len(short),
            sum(min(p.have, p.need) for p in parents),
            sum(p.need for p in parents),
        )
    query = sql.SQL(
        '{views}SELECT pg_catalog.count(*), pg_catalog.count(*) FILTER (WHERE "~have" < "~need"),'
        ' coalesce(pg_catalog.sum(least("~have", "~need")), 0)::bigint,'
        ' coalesce(pg_catalog.sum("~need"), 0)::bigint FROM ({parents}) q'
    ).format(
        views=views_sql(context.blueprint, context.schema),
        parents=_parents_sql(context, bound, whole=False),
    )
    row = context.connection.execute(query).fetchone()
    assert row is not None
    return Gap(bound, *row)


def read_parents(context: Context, bound: BoundRule, everyone: bool = False) -> Iterator[Parent]:
    """The parents that are short, by who they are; `everyone` are all of them."""
    query = _short_sql(context, bound, everyone) + sql.SQL(' ORDER BY "~place"')
    return _parents(context, bound, query, everyone)


def keep_short(context: Context, bound: BoundRule) -> int:
    """Keep the parents that are short in a temporary table; returns how many rows are missing."""
    missing = None
    if not needs_dice(bound.need):  # those are cheaper to count at once
        missing = count_gap(context, bound).missing
        if not missing:
            return 0
    connection = context.connection
    connection.execute(sql.SQL("DROP TABLE IF EXISTS {}").format(SHORT))
    connection.execute(
        sql.SQL("CREATE TEMPORARY TABLE {} ON COMMIT DROP AS ").format(_SHORT_NAME)
        + _short_sql(context, bound, everyone=False)
    )
    if missing is None:
        query = sql.SQL('SELECT coalesce(pg_catalog.sum("~need" - "~have"), 0)::bigint FROM {}')
        missing = int(scalar(connection, query.format(SHORT)))
    return missing


def read_short(context: Context, bound: BoundRule) -> Iterator[Parent]:
    """The parents that keep_short() has kept, by who they are.

    They come through a cursor of the server's, so others may use the connection meanwhile.
    """
    query = sql.SQL('SELECT * FROM {} ORDER BY "~place"').format(SHORT)
    return _parents(context, bound, query, everyone=False)


_SHORT_NAME = sql.Identifier("snapshot_short")
SHORT = sql.Identifier("pg_temp", "snapshot_short")


def _short_sql(context: Context, bound: BoundRule, everyone: bool) -> sql.Composed:
    """The parents that are short (all, if Python says how many they need), with their place."""
    condition = sql.SQL("" if everyone or bound.called else ' WHERE "~have" < "~need"')
    return sql.SQL(
        '{}SELECT * FROM (SELECT q.*, (pg_catalog.sum("~need") OVER w - "~need"::numeric)::bigint'
        ' AS "~start", pg_catalog.row_number() OVER w AS "~place" FROM ({}) q'
        ' WINDOW w AS (ORDER BY "~identity" COLLATE "C" ROWS UNBOUNDED PRECEDING)) r{}'
    ).format(
        views_sql(context.blueprint, context.schema),
        _parents_sql(context, bound, whole=True),
        condition,
    )


def _parents(
    context: Context, bound: BoundRule, query: sql.Composed, everyone: bool
) -> Iterator[Parent]:
    with context.connection.cursor(name="parents") as cursor:
        cursor.itersize = 2000
        cursor.execute(query)
        start = 0
        for row in cursor:
            parent = _parent(context, bound, row, start)
            start += parent.need
            if everyone or parent.missing > 0:
                yield parent


def _parent(context: Context, bound: BoundRule, row: Any, start: int) -> Parent:
    *values, identity, need, have, begins, place = row
    if bound.names is not None:
        person: Any = values[0]
    elif bound.parent is None:
        person = None
    else:
        person = row_type(bound.parent)._make(values)
    if bound.called:
        context.rand.rekey(digest(bound.seed, bound.key, identity, "need"), place)
        arguments = (person, context.rand)[: bound.need.__code__.co_argcount]
        need, begins = int(bound.need(*arguments)), start
    return Parent(person, identity, need, have, begins, place)


def _parents_sql(context: Context, bound: BoundRule, whole: bool) -> sql.Composed:
    """Each parent with `need` and `have`; `whole` also with its columns and its identity."""
    if bound.parent is not None:
        identity, join = identity_sql(bound.parent, "p", context.ledger)
    else:
        identity = sql.SQL("p.value" if bound.names is not None else "''")
        join = sql.SQL("")
    wanted = whole or needs_dice(bound.need) or (bound.total is not None and bound.link)
    if bound.total is not None:
        need: sql.Composable = sql.SQL(
            "({t}::bigint / pg_catalog.count(*) OVER () + (pg_catalog.row_number() OVER"
            ' (ORDER BY {i} COLLATE "C") <= {t}::bigint % pg_catalog.count(*) OVER ())::int)'
        ).format(t=sql.Literal(bound.total), i=identity)
    elif bound.called:
        need = sql.SQL("0::bigint")
    else:
        need = need_sql(bound, identity)
    own = sql.SQL('p.*, {} AS "~identity", ').format(identity) if whole else sql.SQL("")
    return sql.SQL(
        'SELECT {own}{need} AS "~need", coalesce(h.n, 0) AS "~have" FROM {parents} p'
        " LEFT JOIN {children} h ON {matching}{join}"
    ).format(
        own=own,
        need=need,
        parents=parent_source(bound, context.blueprint),
        children=children_source(bound, _later_rows(context, bound)),
        matching=matching(bound.link, "h", "p"),
        join=join if wanted else sql.SQL(""),
    )


def _later_rows(context: Context, bound: BoundRule) -> sql.Composable | None:
    """The ledger's lines of rules that fill the same table later: they were not there either when
    this rule first ran, so whatever is deleted comes back by the rule that made it."""
    later = [
        rule.id
        for rule in context.ledger
        if rule.blueprint == context.blueprint.name and rule.rule in bound.later
    ]
    if not later or not bound.table.key:
        return None
    return sql.SQL(
        "SELECT FROM snapshot.seeded l WHERE l.rule = ANY ({}::int[]) AND l.key = {}"
    ).format(sql.Literal(later), row_text(bound.table.key, bound.table.name.name))


def plain_parent(parent: Parent) -> tuple[Any, ...]:
    """A parent as it can be sent to another process."""
    row = tuple(parent.row) if isinstance(parent.row, tuple) else parent.row
    return (row, *(getattr(parent, f.name) for f in fields(parent)[1:]))


def parent_from(bound: BoundRule, plain: tuple[Any, ...]) -> Parent:
    """The parent that plain_parent() was made of."""
    row, *facts = plain
    return Parent(row_type(bound.parent)._make(row) if bound.parent else row, *facts)


_row_types: dict[Name, Any] = {}


def row_type(table: SeedTable) -> Any:
    """A named tuple with the table's columns as its fields; `_source` is the table."""
    if table.name not in _row_types or _row_types[table.name]._source is not table:
        make: Any = namedtuple  # the columns are known only now
        kind = make("Row", list(table.columns), rename=True)
        kind._source = table
        _row_types[table.name] = kind
    return _row_types[table.name]
