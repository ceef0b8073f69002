"""The heart: a parent's ideal children, first to last; those that are missing are written."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import chain, count, groupby, islice
from operator import itemgetter
from typing import Any

from psycopg import sql

from snapshot.catalog import Name
from snapshot.errors import BlueprintError, NeedNotMet, SnapshotError
from snapshot.postgres.connection import scalar
from snapshot.progress import Progress
from snapshot.seeding.binding import BoundRule, matching, row_text
from snapshot.seeding.gaps import (
    SHORT,
    Context,
    Parent,
    parent_from,
    plain_parent,
    read_short,
    row_type,
)
from snapshot.seeding.keys import Keys
from snapshot.seeding.ledger import lines_of
from snapshot.seeding.lookups import Shelves
from snapshot.seeding.randomness import digest, mix
from snapshot.seeding.uniques import Local, Uniques, rejected_rows
from snapshot.seeding.workers import WORTH_IT, Copied, forked
from snapshot.seeding.writing import LINES, Writer, send

PARENTS = 2000  # that are looked at together
BLOCK = 10_000  # rows that a worker makes at a time
PATIENCE = 10_000  # yields in a row that are no new row
_BITS = (1 << 63) - 1
_PROBED = 2  # rows of which a rule's first parent is asked twice

Send = Callable[[Copied], None]
NewRow = tuple[dict[str, Any], int]  # and its path


class Made:
    """A row that was just made, as `yield` hands it back: its columns are attributes."""

    __slots__ = ("_row",)

    def __init__(self, row: Mapping[str, Any]) -> None:
        self._row = row

    def __getattr__(self, name: str) -> Any:
        try:
            return self._row[name]
        except KeyError:
            raise AttributeError(f"the row just made has no {name} that is known yet") from None


@dataclass
class Siblings:
    """The children that a parent has already."""

    alive: dict[int, Any] = field(default_factory=dict)  # those of this rule, by path
    taken: Local = field(default_factory=dict)


_NONE = Siblings()
Family = tuple[Parent, Siblings]


@dataclass(frozen=True)
class Tools:
    """What a run's rules share in writing."""

    context: Context
    shelves: Shelves
    keys: Keys
    numbers: Mapping[str, int] | None  # of the rules in the ledger
    tell: Callable[[BoundRule, Parent], None]
    triggered: frozenset[Name]  # tables with triggers, which may change others
    progress: Progress
    jobs: int = 1  # processes that make rows


def reconcile(tools: Tools, bound: BoundRule, missing: int) -> int:
    """Write the rows that the parents in keep_short()'s table lack; returns their number.

    Raises NeedNotMet when a body ends before a parent has what it needs, and BlueprintError for a
    body that fails, is not repeatable, or yields rows that do not fit the table.
    """
    context = tools.context
    empty = not scalar(
        context.connection,
        sql.SQL("SELECT EXISTS (SELECT FROM {})").format(sql.Identifier(*bound.table.name)),
    )
    uniques = Uniques(context.connection, bound, empty)
    tools.keys.expect(bound.table, missing)
    childless = empty or not _any_children(context, bound)
    families = _families(context, bound, uniques, childless)
    first = next(families, None)
    if first is None:
        return 0
    _prove_repeatable(tools, bound, first[0])
    families = chain([first], families)
    to_server = partial(send, context.connection, bound.rule, tools.progress)
    alone = tools.jobs == 1 or missing < WORTH_IT or not childless or uniques.needs_all
    added = (_make if alone else _make_by_workers)(tools, bound, families, uniques, to_server)
    tools.shelves.forget(bound.table.name, bound.table.name in tools.triggered)
    return added


def _make(
    tools: Tools, bound: BoundRule, families: Iterator[Family], uniques: Uniques, to_server: Send
) -> int:
    context = tools.context
    writer = Writer(context.connection, to_server, context.blueprint.sensitive, tools.numbers)
    added = 0
    while batch := list(islice(families, PARENTS)):
        added += writer.write(bound, _accepted(tools, bound, batch, uniques))
    writer.flush()
    return added


def _make_by_workers(
    tools: Tools, bound: BoundRule, families: Iterator[Family], uniques: Uniques, to_server: Send
) -> int:
    """As _make(), for parents that have no children and do not care for each other's."""
    for name in bound.rule.reads:
        tools.shelves.get(name, bound, None)  # read once, before there are several processes
    silent = replace(tools, tell=lambda bound, parent: None)  # this process tells
    copied: list[Copied] = []
    context = tools.context
    writer = Writer(context.connection, copied.append, context.blueprint.sensitive, tools.numbers)

    def make(block: tuple[dict[str, list[int]], list[tuple[Any, ...]]]) -> list[Copied]:
        tools.keys.give(block[0])
        batch = [(parent_from(bound, plain), _NONE) for plain in block[1]]
        writer.write(bound, _new_rows(silent, bound, batch, uniques))
        writer.flush()
        made, copied[:] = list(copied), []
        return made

    added = 0
    with forked(tools.jobs, make) as dealt:
        for answer in dealt(_blocks(tools, bound, families)):
            for rows in answer:
                to_server(rows)
                added += rows.number if rows.table != LINES else 0
    return added


def _blocks(tools: Tools, bound: BoundRule, families: Iterator[Family]) -> Iterator[Any]:
    """Parents in blocks of some thousand rows, with the keys that their rows will take."""
    block: list[tuple[Any, ...]] = []
    rows = 0
    for parent, _ in families:
        tools.tell(bound, parent)
        block.append(plain_parent(parent))
        rows += parent.missing
        if rows >= BLOCK:
            yield tools.keys.taken(bound.table, rows), block
            block, rows = [], 0
    if block:
        yield tools.keys.taken(bound.table, rows), block


def _accepted(
    tools: Tools, bound: BoundRule, batch: Sequence[Family], uniques: Uniques
) -> Iterator[NewRow]:
    """The new rows of some parents, after the server has seen those that only it can compare."""
    while uniques.exotic:
        uniques.give_back()
        rows = list(_new_rows(tools, bound, batch, uniques))
        refused = rejected_rows(
            tools.context.connection, bound.table, uniques.exotic, [row for row, _ in rows]
        )
        if not refused:
            uniques.keep()
            yield from rows
            return
        uniques.rejected.update(rows[position][1] for position in refused)
    yield from _new_rows(tools, bound, batch, uniques)


def _new_rows(
    tools: Tools, bound: BoundRule, batch: Sequence[Family], uniques: Uniques
) -> Iterator[NewRow]:
    for parent, own in batch:
        tools.tell(bound, parent)
        made = 0
        for new in missing_children(tools, bound, parent, own, uniques):
            yield new
            made += 1
        if made < parent.missing and bound.rule.limited:
            raise _unmet(bound, parent, made)


def missing_children(
    tools: Tools, bound: BoundRule, parent: Parent, own: Siblings, uniques: Uniques
) -> Iterator[NewRow]:
    """The rows to write for one parent.

    The body is asked for the ideal children one after another. One that is there already, by its
    path in the ledger, is handed back to the body as the database has it; one that would repeat a
    unique key is passed over; all others are new, until the parent has enough.
    """
    table, rand, keys = bound.table, tools.context.rand, tools.keys
    fixed = _fixed(tools.context, bound, parent)
    base = digest(bound.seed, bound.key, parent.identity)
    local = {unique: dict(rows) for unique, rows in own.taken.items()} if own.taken else {}
    # rows that nothing tells apart: those that are there stand for the first ones
    passed = parent.have if parent.have and not own.alive and not uniques.any else 0
    rand.made_up_key = partial(keys.made_up, table)
    body = _body(tools, bound, parent)
    handed: Any = None
    made = idle = 0
    for ordinal in count():
        if made == parent.missing or idle == PATIENCE:
            return
        bits = mix(base + ordinal)
        path = bits & _BITS
        rand.rekey(bits, parent.start + ordinal)
        values = _next_child(bound, body, handed)
        if values is None:
            return
        if own.alive and path in own.alive:
            handed = own.alive[path]
            continue
        if passed:
            passed -= 1
            handed = None
            continue
        row = {**values, **fixed}
        if uniques.any:
            clashes, handed = uniques.clash(row, path, local)
            if clashes:
                idle += 1
                continue
        keys.fill(table, row, bits)
        handed = Made(row)
        if uniques.any:
            uniques.take(row, handed, local)
        idle = 0
        made += 1
        yield row, path


def _body(tools: Tools, bound: BoundRule, parent: Parent) -> Generator[Any, Any, None]:
    rule = bound.rule
    shelves = [tools.shelves.get(name, bound, parent.row) for name in rule.reads]
    lead = (parent.row,) if rule.each else ()
    try:
        body = rule.body(*lead, tools.context.rand, *shelves)
        body.send  # noqa: B018
    except (AttributeError, TypeError) as error:
        raise rule.mistake(
            "its body is no generator", "yield rows: yield dict(column=value)"
        ) from error
    return body


def _next_child(
    bound: BoundRule, body: Generator[Any, Any, None], handed: Any
) -> Mapping[str, Any] | None:
    """The next ideal child; None is the end. Raises BlueprintError for whatever a body raises."""
    try:
        values = body.send(handed)
    except StopIteration:
        return None
    except SnapshotError:
        raise
    except Exception as error:
        raise _failed(bound, error) from error
    if type(values) is not dict and not isinstance(values, Mapping):
        raise bound.rule.mistake(f"its body yields {values!r}", "yield a dict: column → value")
    return values


def _links(bound: BoundRule, parent: Parent) -> dict[str, Any]:
    if bound.names is not None:
        return {bound.link[0][0]: parent.row}
    return {child: getattr(parent.row, column) for child, column in bound.link}


def _fixed(context: Context, bound: BoundRule, parent: Parent) -> dict[str, Any]:
    """The columns that the rule itself fills: the link, its kind, and the tenant."""
    fixed = {**_links(bound, parent), **bound.rule.kind}
    tenant = context.blueprint.tenant
    if tenant and tenant in bound.table.columns and tenant not in fixed:
        whose = getattr(parent.row, tenant, None)
        if whose is not None:
            fixed[tenant] = whose
    return fixed


def _any_children(context: Context, bound: BoundRule) -> bool:
    """Some of the parents that are short have children, if only ones that do not count."""
    # counted, not EXISTS: the planner would expect to find one soon, and try each pair
    query = sql.SQL("SELECT pg_catalog.count(*) FROM {} s JOIN {} c ON {}").format(
        SHORT, sql.Identifier(*bound.table.name), matching(bound.link, "c", "s")
    )
    return bool(scalar(context.connection, query))


def _families(
    context: Context, bound: BoundRule, uniques: Uniques, childless: bool
) -> Iterator[Family]:
    """The parents that are short, with the children they have: both read once, side by side."""
    parents = read_short(context, bound)
    if childless:
        yield from ((parent, _NONE) for parent in parents)
        return
    groups = groupby(_read_children(context, bound), key=itemgetter(0))
    place, rows = next(groups, (None, iter(())))
    for parent in parents:
        while place is not None and place < parent.place:
            place, rows = next(groups, (None, iter(())))
        own = _siblings(bound, rows, uniques) if place == parent.place else _NONE
        yield parent, own


def _read_children(context: Context, bound: BoundRule) -> Iterator[Any]:
    """The children of the parents that are short, those that do not count too: the parent's place,
    their path in the ledger, and their columns."""
    table = bound.table
    path: sql.Composable = sql.SQL("NULL::bigint")
    join: sql.Composable = sql.SQL("")
    if table.key and any(rule.table == table.name for rule in context.ledger):
        path = sql.SQL("l.path")
        join = sql.SQL(" LEFT JOIN {} l ON l.key = {}").format(
            lines_of(context.ledger, table), row_text(table.key, "c")
        )
    query = sql.SQL(
        'SELECT s."~place", {}, c.* FROM {} s JOIN {} c ON {}{} ORDER BY s."~place"'
    ).format(path, SHORT, sql.Identifier(*table.name), matching(bound.link, "c", "s"), join)
    with context.connection.cursor(name="children") as cursor:
        cursor.itersize = 5000
        yield from cursor.execute(query)


def _siblings(bound: BoundRule, rows: Iterable[Any], uniques: Uniques) -> Siblings:
    own = Siblings()
    kind = row_type(bound.table)
    for _, path, *values in rows:
        row = kind._make(values)
        if path is not None:
            own.alive[path] = row
        if uniques.local:
            columns = dict(zip(bound.table.columns, values, strict=True))
            for unique in uniques.local:
                if (key := unique.key(columns)) is not None:
                    own.taken.setdefault(unique, {})[key] = row
    return own


def _prove_repeatable(tools: Tools, bound: BoundRule, parent: Parent) -> None:
    """Ask the body twice for a parent's first rows; raises BlueprintError if they differ."""
    first, second = (_probe(tools, bound, parent) for _ in range(2))
    for one, other in zip(first, second, strict=False):
        differing = [name for name in one if one[name] != other.get(name)]
        if differing or one.keys() != other.keys():
            raise bound.rule.mistake(
                f"its body gives another {differing[0] if differing else 'row'} each time",
                "draw from r only, and look at no clock but r.now",
            )


def _probe(tools: Tools, bound: BoundRule, parent: Parent) -> list[Mapping[str, Any]]:
    rand = tools.context.rand
    base = digest(bound.seed, bound.key, parent.identity)
    body = _body(tools, bound, parent)
    rows: list[Mapping[str, Any]] = []
    handed: Any = None
    rand.probing = True
    try:
        for ordinal in range(_PROBED):
            rand.rekey(mix(base + ordinal), parent.start + ordinal)
            values = _next_child(bound, body, handed)
            if values is None:
                break
            rows.append(dict(values))
            handed = Made({**dict.fromkeys(bound.table.made_keys, 0), **values})
    finally:
        rand.probing = False
        body.close()
    return rows


def _failed(bound: BoundRule, error: Exception) -> BlueprintError:
    """Name the line of the author's at which a body failed."""
    line = bound.rule.place
    trace = error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == bound.rule.body.__code__.co_filename:
            line = f"line {trace.tb_lineno}"
        trace = trace.tb_next
    return bound.rule.mistake(
        f"its body failed: {type(error).__name__}: {error}", f"mend it: {line}"
    )


def describe_parent(bound: BoundRule, parent: Parent) -> str:
    """A parent for people: its table, and its natural key or its key."""
    if parent.row is None:
        return str(bound.table.name)
    if bound.parent is None:
        return str(parent.row)
    columns = bound.parent.natural_key or bound.parent.key
    values = ", ".join(str(getattr(parent.row, column, "")) for column in columns)
    return f"{bound.rule.each} {values}"


def _unmet(bound: BoundRule, parent: Parent, made: int) -> NeedNotMet:
    have = parent.have + made
    return NeedNotMet(
        f"{bound.rule.place}: rule {bound.rule.name}: {describe_parent(bound, parent)} needs "
        f"{parent.need:,} rows of {bound.table.name}, only {have:,} are possible",
        hint="lower the need, give the body more candidates, or say need=up_to(…)",
    )
