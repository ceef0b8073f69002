"""The heart of seeding: a parent's ideal children, first to last. Those that lack are written."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import chain, count, groupby, islice
from operator import itemgetter
from typing import Any, NamedTuple

from snapshot.catalog import Name
from snapshot.errors import NeedNotMet
from snapshot.postgres.connection import scalar
from snapshot.progress import Progress
from snapshot.seeding import queries
from snapshot.seeding.binding import BoundRule
from snapshot.seeding.bodies import (
    NewRowView,
    begin_parent,
    next_child,
    prove_repeatable,
    start_body,
)
from snapshot.seeding.encoding import EncodedBatch
from snapshot.seeding.gaps import (
    Context,
    Parent,
    parent_from,
    plain_parent,
    read_short,
)
from snapshot.seeding.keys import Keys
from snapshot.seeding.ledger import lines_of
from snapshot.seeding.lookups import Lookups
from snapshot.seeding.randomness import mix
from snapshot.seeding.uniques import ChildrenByKey, Uniques, rejected_rows
from snapshot.seeding.workers import WORTH_IT, forked, made_while_sent
from snapshot.seeding.writing import NewRow, Writer, send

PARENTS = 2000  # that are filled together
BLOCK = 10_000  # rows that a worker makes at a time
PATIENCE = 10_000  # yields in a row that are no new row: then the body has no more to give
ROUNDS = 16  # in a row in which the server rejects all that a parent tries
_PATH_BITS = (1 << 63) - 1

Send = Callable[[EncodedBatch], None]


@dataclass
class Children:
    """The children that a parent has already."""

    seeded: dict[int, Any] = field(default_factory=dict)  # those of this rule, by path
    by_key: ChildrenByKey = field(default_factory=dict)


_NO_CHILDREN = Children()


class ParentWithChildren(NamedTuple):
    """A parent that is short, and the children that it has."""

    parent: Parent
    children: Children


@dataclass(frozen=True)
class Tools:
    """What all rules of a run use for writing."""

    context: Context
    lookups: Lookups
    keys: Keys
    numbers: Mapping[str, int] | None  # of the rules in the ledger
    tell: Callable[[BoundRule, Parent], None]
    triggered: frozenset[Name]  # tables with triggers, which may change others
    progress: Progress
    jobs: int = 1  # processes that make rows


def write_missing(tools: Tools, bound: BoundRule, missing: int) -> int:
    """Write the rows that the parents of keep_short() lack. Returns their number.

    Raises NeedNotMet if a body ends before a parent has what it needs, and BlueprintError for a
    body that fails, that is not repeatable, or whose rows do not fit the table.
    """
    context = tools.context
    empty = not scalar(context.connection, queries.any_rows(bound.table))
    uniques = Uniques(context.connection, bound, empty)
    tools.keys.expect(bound.table, missing)
    childless = empty or not scalar(context.connection, queries.count_their_children(bound))
    parents = _read_parents(context, bound, uniques, childless)
    first = next(parents, None)
    if first is None:
        return 0
    context.draft.reserves = False
    fixed = _fixed_columns(context, bound, first.parent)
    prove_repeatable(context, bound, first.parent, tools.lookups, fixed)
    parents = chain([first], parents)
    to_server = partial(send, context.connection, bound, tools.progress)
    alone = missing >= WORTH_IT and childless and not context.draft.reserves
    write = _write_blocks if alone and not uniques.across_parents else _write_together
    added = write(tools, bound, parents, uniques, to_server)
    tools.lookups.forget(bound.table.name, bound.table.name in tools.triggered)
    return added


def _write_together(
    tools: Tools,
    bound: BoundRule,
    parents: Iterator[ParentWithChildren],
    uniques: Uniques,
    to_server: Send,
) -> int:
    context = tools.context
    writer = Writer(context.connection, to_server, context.blueprint, tools.numbers)
    added = 0
    while batch := list(islice(parents, PARENTS)):
        for parent, _ in batch:
            tools.tell(bound, parent)
        added += writer.write(bound, _new_rows(tools, bound, batch, uniques))
    writer.flush()
    return added


def _write_blocks(
    tools: Tools,
    bound: BoundRule,
    parents: Iterator[ParentWithChildren],
    uniques: Uniques,
    to_server: Send,
) -> int:
    """Like _write_together(), for parents without children whose rows do not depend on each other.

    Each block has its keys before it is made, so they are the same for any number of processes.
    """
    for name in bound.rule.reads:
        tools.lookups.get(name, bound, None)  # read once, before there are several processes
    batches: list[EncodedBatch] = []
    context = tools.context
    writer = Writer(context.connection, batches.append, context.blueprint, tools.numbers)

    def make(block: _Block) -> list[EncodedBatch]:
        batch = block.parents
        if tools.jobs > 1:
            parents = (parent_from(bound, plain) for plain in batch)
            batch = [ParentWithChildren(parent, _NO_CHILDREN) for parent in parents]
        with tools.keys.only(block.keys):
            writer.write(bound, _new_rows(tools, bound, batch, uniques))
            writer.flush()
        made, batches[:] = list(batches), []
        return made

    def deliver(made: list[EncodedBatch]) -> int:
        for rows in made:
            to_server(rows)
        return sum(rows.number for rows in made if rows.table == bound.table.name)

    blocks = _blocks(tools, bound, parents)
    if tools.jobs == 1:
        return made_while_sent(blocks, make, deliver, context.connection)
    with forked(tools.jobs, make) as made_from:
        return sum(map(deliver, made_from(blocks)))


class _Block(NamedTuple):
    """Parents for some thousand rows, and the keys that these rows get."""

    keys: Mapping[Any, Sequence[Any]]
    parents: Sequence[Any]  # for another process what plain_parent() makes of them


def _blocks(
    tools: Tools, bound: BoundRule, parents: Iterator[ParentWithChildren]
) -> Iterator[_Block]:
    block: list[Any] = []
    rows = 0
    for short in parents:
        tools.tell(bound, short.parent)
        block.append(short if tools.jobs == 1 else plain_parent(short.parent))
        rows += short.parent.missing
        if rows >= BLOCK:
            yield _Block(tools.keys.taken(bound.table, rows), block)
            block, rows = [], 0
    if block:
        yield _Block(tools.keys.taken(bound.table, rows), block)


def _new_rows(
    tools: Tools, bound: BoundRule, batch: Sequence[ParentWithChildren], uniques: Uniques
) -> Iterator[NewRow]:
    """The rows that some parents lack."""
    if uniques.by_server:
        with tools.keys.again() as give_back:
            accepted = _accepted_rows(tools, bound, batch, uniques, give_back)
        yield from accepted
        return
    for short in batch:
        parent = short.parent
        made = yield from missing_children(tools, bound, short, uniques, parent.missing)
        if made < parent.missing and bound.rule.limited:
            raise _unmet(bound, parent, made)


@dataclass
class _Search:
    """The rows of one parent, while the server rejects some of them."""

    short: ParentWithChildren
    lacking: int
    extra: int = 0  # rows to try beyond those that the parent lacks
    most: int = 0  # rows that the server took in one round
    in_vain: int = 0  # rounds in a row that brought nothing new
    made: list[NewRow] = field(default_factory=list)


def _accepted_rows(
    tools: Tools,
    bound: BoundRule,
    batch: Sequence[ParentWithChildren],
    uniques: Uniques,
    give_back_keys: Callable[[], None],
) -> list[NewRow]:
    """The rows that some parents lack, after the server has compared their keys.

    While it rejects rows, all are made again without them. A parent whose rows are rejected again
    and again tries more each time, until PATIENCE or ROUNDS end its search.
    """
    searches = [_Search(short, short.parent.missing) for short in batch]
    while True:
        uniques.give_back()
        give_back_keys()
        for search in searches:
            wanted = search.lacking + search.extra
            search.made = list(missing_children(tools, bound, search.short, uniques, wanted))
            parent = search.short.parent
            if min(len(search.made), search.lacking) < parent.missing and bound.rule.limited:
                raise _unmet(bound, parent, min(len(search.made), search.lacking))
        needed = [(s, new) for s in searches for new in s.made[: s.lacking]]
        tried = [*needed, *((s, new) for s in searches for new in s.made[s.lacking :])]
        rows = [row for _, (row, _) in tried]
        rejected = rejected_rows(tools.context.connection, bound, uniques.by_server, rows)
        if not rejected and len(tried) == len(needed):
            uniques.keep()
            return [new for _, new in needed]
        uniques.rejected.update(tried[position][1][1] for position in rejected)
        _try_more(searches, Counter(id(tried[position][0]) for position in rejected))


def _try_more(searches: Sequence[_Search], rejected: Mapping[int, int]) -> None:
    """Let each search with rejected rows try twice as many, or end if that brings nothing new."""
    most = max(1, BLOCK // max(1, len(rejected)))
    for search in searches:
        refused = rejected.get(id(search), 0)
        taken = len(search.made) - refused
        search.in_vain = search.in_vain + 1 if refused and taken <= search.most else 0
        search.most = max(search.most, taken)
        lacking = refused and taken < search.lacking
        search.extra = min(most, 2 * search.extra or 1) if lacking else 0
        if search.in_vain == ROUNDS:
            search.lacking, search.extra = min(search.lacking, search.most), 0


def missing_children(
    tools: Tools, bound: BoundRule, short: ParentWithChildren, uniques: Uniques, wanted: int
) -> Generator[NewRow, None, int]:
    """The next rows for one parent, as many as are wanted. Returns their number.

    The body gives the ideal children. One whose path the ledger knows is handed back to the body as
    the database has it; one that repeats a unique key is left out; all others are new.
    """
    parent, children = short
    rand, fill, unique = tools.context.rand, tools.keys.filler(bound.table), uniques.any
    fixed = _fixed_columns(tools.context, bound, parent)
    base = begin_parent(bound, parent, rand)
    by_key = {key: dict(rows) for key, rows in children.by_key.items()}
    seeded = children.seeded
    # without unique keys and ledger, the rows that exist stand for the first ones
    standing = parent.have if parent.have and not seeded and not unique else 0
    body = start_body(bound, parent, rand, tools.lookups)
    handed, made, idle = None, 0, 0
    for ordinal in count():
        if made == wanted or idle == PATIENCE:
            break
        bits = mix(base + ordinal)
        path = bits & _PATH_BITS
        rand.rekey(bits, ordinal)
        values = next_child(bound, body, handed)
        if values is None:
            break
        if path in seeded:
            handed = seeded[path]
            continue
        if standing:
            standing -= 1
            handed = None
            continue
        row = {**values, **fixed}
        if unique and (clash := uniques.clash(row, path, by_key)):
            handed = clash.row
            idle += 1
            if clash.same_parent:  # others' rows may be gone next time: shares must not notice
                rand.take_back()
            continue
        fill(row, bits)
        handed = NewRowView(row)
        if unique:
            uniques.take(handed, by_key)
        idle = 0
        made += 1
        yield row, path
    return made


def _fixed_columns(context: Context, bound: BoundRule, parent: Parent) -> dict[str, Any]:
    """The columns that the rule itself fills: the link, its kind, and the tenant."""
    fixed: dict[str, Any] = {}
    if bound.names is not None:
        fixed = {bound.link[0][0]: parent.row}
    elif bound.parent is not None:
        places = bound.parent.places
        fixed = {child: parent.row[places[column]] for child, column in bound.link}
    fixed.update(bound.rule.kind)
    tenant = context.blueprint.tenant
    if tenant and tenant in bound.table.columns and tenant not in fixed:
        whose = getattr(parent.row, tenant, None)
        if whose is not None:
            fixed[tenant] = whose
    return fixed


def _read_parents(
    context: Context, bound: BoundRule, uniques: Uniques, childless: bool
) -> Iterator[ParentWithChildren]:
    """The parents that are short, each with its children. Both are read once, side by side."""
    parents = read_short(context, bound)
    if childless:
        yield from (ParentWithChildren(parent, _NO_CHILDREN) for parent in parents)
        return
    groups = groupby(_read_children(context, bound), key=itemgetter(0))
    place, rows = next(groups, (None, iter(())))
    for parent in parents:
        while place is not None and place < parent.place:
            place, rows = next(groups, (None, iter(())))
        own = _children(bound, rows, uniques) if place == parent.place else _NO_CHILDREN
        yield ParentWithChildren(parent, own)


def _read_children(context: Context, bound: BoundRule) -> Iterator[Any]:
    query = queries.their_children(bound, lines_of(context.ledger, bound.table))
    with context.connection.cursor(name="children") as cursor:
        cursor.itersize = 5000
        yield from cursor.execute(query)


def _children(bound: BoundRule, rows: Iterable[Any], uniques: Uniques) -> Children:
    own = Children()
    for _, path, *values in rows:
        row = bound.table.row_type._make(values)
        if path is not None:
            own.seeded[path] = row
        if uniques.local:
            columns = dict(zip(bound.table.columns, values, strict=True))
            for unique in uniques.local:
                if (key := unique.key(columns)) is not None:
                    own.by_key.setdefault(unique, {})[key] = row
    return own


def describe_parent(bound: BoundRule, parent: Parent) -> str:
    """A parent in a message: its table, and its natural key or its key."""
    if parent.row is None:  # several rules may fill the table
        return bound.rule.name.replace("_", " ")
    if bound.parent is None:
        return str(parent.row)
    columns = bound.parent.natural_key or bound.parent.key
    values = ", ".join(str(parent.row[bound.parent.places[column]]) for column in columns)
    return f"{bound.rule.each} {values}"


def _unmet(bound: BoundRule, parent: Parent, made: int) -> NeedNotMet:
    have = parent.have + made
    return NeedNotMet(
        f"{bound.rule.place}: rule {bound.rule.name}: {describe_parent(bound, parent)} needs "
        f"{parent.need:,} rows of {bound.table.name}, only {have:,} are possible",
        hint="lower the need, give the body more candidates, or say need=up_to(…)",
    )
