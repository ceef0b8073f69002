"""Which parents are short of children: one grouped query for each rule."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from psycopg import sql

from snapshot.errors import SnapshotError
from snapshot.postgres.connection import Connection, scalar
from snapshot.seeding import queries
from snapshot.seeding.binding import BoundRule
from snapshot.seeding.blueprint import Blueprint
from snapshot.seeding.ledger import LedgerRule, lines_of
from snapshot.seeding.randomness import Rand, digest
from snapshot.seeding.tables import Tables


@dataclass
class Context:
    """What all rules of a run share. `draft` draws like `rand`, for rows that are not written."""

    connection: Connection
    blueprint: Blueprint
    tables: Tables
    parameters: Any
    rand: Rand
    draft: Rand
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

    def to_dict(self) -> dict[str, Any]:
        """What --json prints: values that json.dumps takes."""
        return {
            "rule": self.bound.rule.name,
            "table": str(self.bound.table.name),
            "title": self.bound.rule.title,
            "tier": self.bound.rule.tier,
            "parents": self.parents,
            "short": self.short,
            "have": self.have,
            "need": self.need,
            "gap": self.missing,
            "at_most": not self.bound.rule.limited,
        }


class Parent(NamedTuple):
    """A parent, what identifies it on every server, and what it needs and has."""

    row: Any  # a named tuple, a name, or None
    identity: str
    need: int
    have: int
    place: int  # among all parents, from 1

    @property
    def missing(self) -> int:
        return self.need - self.have


def count_gap(context: Context, bound: BoundRule) -> Gap:
    """How many parents are short, and how many rows they lack."""
    return count_gaps(context, [bound])[0]


def count_gaps(context: Context, rules: Sequence[BoundRule]) -> list[Gap]:
    """The gaps of some rules, in one query, but for needs that Python says."""
    counted = [bound for bound in rules if not bound.called]
    found: dict[str, Gap] = {}
    if counted:
        query = _views(context) + queries.gaps_of(
            [_parents_sql(context, bound, whole=False) for bound in counted]
        )
        for place, *numbers in context.connection.execute(query):
            found[counted[place].key] = Gap(counted[place], *numbers)
    return [found[b.key] if b.key in found else _called_gap(context, b) for b in rules]


def _called_gap(context: Context, bound: BoundRule) -> Gap:
    parents = list(read_parents(context, bound, everyone=True))
    return Gap(
        bound,
        len(parents),
        sum(p.missing > 0 for p in parents),
        sum(min(p.have, p.need) for p in parents),
        sum(p.need for p in parents),
    )


def read_parents(context: Context, bound: BoundRule, everyone: bool = False) -> Iterator[Parent]:
    """The parents that are short, or all of them, in the order of their identity."""
    query = _in_order(context, bound, everyone) + sql.SQL(' ORDER BY "~place"')
    return _parents(context, bound, query, everyone)


def keep_short(context: Context, bound: BoundRule) -> int:
    """Keep the parents that are short in a temporary table. Returns how many rows they lack."""
    missing = None
    if not queries.is_drawn(bound.need):  # those are cheaper to count in the table
        missing = count_gap(context, bound).missing
        if not missing:
            return 0
    short = _in_order(context, bound, everyone=False)
    context.connection.execute(queries.create_short(short))
    if missing is None:
        missing = int(scalar(context.connection, queries.rows_missing()))
    return missing


def read_short(context: Context, bound: BoundRule) -> Iterator[Parent]:
    """The parents that keep_short() kept, in the order of their identity.

    A cursor of the server gives them, so the connection can be used for other things meanwhile.
    """
    return _parents(context, bound, queries.short_parents(), everyone=False)


def _views(context: Context) -> sql.Composed:
    return queries.views(context.blueprint, context.tables)


def _in_order(context: Context, bound: BoundRule, everyone: bool) -> sql.Composed:
    """The query for parents that are short. All, if Python says how many rows they need."""
    parents = _parents_sql(context, bound, whole=True)
    return _views(context) + queries.in_order(parents, not (everyone or bound.called))


def _parents_sql(context: Context, bound: BoundRule, whole: bool) -> sql.Composed:
    lines = lines_of(context.ledger, bound.parent) if bound.parent else None
    return queries.parents(bound, context.blueprint, lines, _later(context, bound), whole)


def _later(context: Context, bound: BoundRule) -> Sequence[int]:
    """The ledger's numbers of rules that fill the same table later."""
    return [
        rule.id
        for rule in context.ledger
        if rule.blueprint == context.blueprint.name and rule.rule in bound.later
    ]


def _parents(
    context: Context, bound: BoundRule, query: sql.Composed, everyone: bool
) -> Iterator[Parent]:
    with context.connection.cursor(name="parents") as cursor:
        cursor.execute(query)
        while rows := cursor.fetchmany(2000):
            for row in rows:
                parent = _parent(context, bound, row)
                if everyone or parent.missing > 0:
                    yield parent


def _parent(context: Context, bound: BoundRule, values: Any) -> Parent:
    *columns, identity, need, have, place = values
    if bound.names is not None:
        row: Any = columns[0]
    elif bound.parent is None:
        row = None
    else:
        row = bound.parent.row_type._make(columns)
    if bound.called:
        bits = digest(bound.seed, bound.key, identity, "need")
        context.draft.begin(None, bits)
        context.draft.rekey(bits)
        need = _called_need(context, bound, row)
    return Parent(row, identity, need, have, place)


def _called_need(context: Context, bound: BoundRule, row: Any) -> int:
    """Raises BlueprintError if the author's function fails or gives no number."""
    try:
        arguments = (row, context.draft)[: bound.need.__code__.co_argcount]
        return int(bound.need(*arguments))
    except (SnapshotError, KeyboardInterrupt):
        raise
    except BaseException as error:  # sys.exit() and the like too
        raise bound.rule.mistake(
            f"its need failed: {type(error).__name__}: {error}", "return a whole number"
        ) from error


def plain_parent(parent: Parent) -> tuple[Any, ...]:
    """A parent as it can be sent to another process."""
    row = tuple(parent.row) if isinstance(parent.row, tuple) else parent.row
    return (row, *parent[1:])


def parent_from(bound: BoundRule, plain: tuple[Any, ...]) -> Parent:
    """The parent that plain_parent() was made of."""
    row, *facts = plain
    return Parent(bound.parent.row_type._make(row) if bound.parent else row, *facts)
