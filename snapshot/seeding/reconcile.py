"""The heart: a parent's ideal children, first to last; those that are missing are written."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from typing import Any

from psycopg import sql

from snapshot.errors import BlueprintError, NeedNotMet, SnapshotError
from snapshot.postgres.connection import scalar
from snapshot.seeding.binding import BoundRule, row_text
from snapshot.seeding.gaps import Context, Parent, read_parents, row_type
from snapshot.seeding.keys import Keys
from snapshot.seeding.ledger import lines_of
from snapshot.seeding.randomness import digest, mix
from snapshot.seeding.shelves import Shelves
from snapshot.seeding.tables import SeedTable
from snapshot.seeding.uniques import Local, Uniques, rejected_rows
from snapshot.seeding.writing import Writer

PARENTS = 2000  # that are looked at together
PATIENCE = 10_000  # yields in a row that are no new row
_BITS = (1 << 63) - 1
_PROBED = 2  # rows of which a rule's first parent is asked twice

Links = tuple[Any, ...]  # the values that link a child to its parent
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


@dataclass(frozen=True)
class Tools:
    """What a run's rules share in writing."""

    context: Context
    shelves: Shelves
    writer: Writer
    keys: Keys
    tell: Callable[[BoundRule, Parent], None]


def reconcile(tools: Tools, bound: BoundRule) -> int:
    """Write the rows that a rule is short of; returns their number.

    Raises NeedNotMet when a body ends before a parent has what it needs, and BlueprintError for a
    body that fails, is not repeatable, or yields rows that do not fit the table.
    """
    context = tools.context
    empty = not scalar(
        context.connection,
        sql.SQL("SELECT EXISTS (SELECT FROM {})").format(sql.Identifier(*bound.table.name)),
    )
    uniques = Uniques(context.connection, bound, empty)
    added = 0
    parents = read_parents(context, bound, batch=PARENTS)
    while batch := list(islice(parents, PARENTS)):
        siblings = {} if empty else _siblings(context, bound, batch, uniques)
        if added == 0:
            _prove_repeatable(tools, bound, batch[0])
        for row, path in _accepted(tools, bound, batch, siblings, uniques):
            tools.writer.write(bound, row, path)
            added += 1
    tools.writer.flush()
    tools.shelves.forget(bound.table.name)
    return added


def _accepted(
    tools: Tools,
    bound: BoundRule,
    batch: Sequence[Parent],
    siblings: Mapping[Links, Siblings],
    uniques: Uniques,
) -> Iterator[NewRow]:
    """The new rows of some parents, after the server has seen those that only it can compare."""
    while uniques.exotic:
        uniques.give_back()
        rows = list(_new_rows(tools, bound, batch, siblings, uniques))
        refused = rejected_rows(
            tools.context.connection, bound.table, uniques.exotic, [row for row, _ in rows]
        )
        if not refused:
            uniques.keep()
            yield from rows
            return
        uniques.rejected.update(rows[position][1] for position in refused)
    yield from _new_rows(tools, bound, batch, siblings, uniques)
    uniques.keep()


def _new_rows(
    tools: Tools,
    bound: BoundRule,
    batch: Sequence[Parent],
    siblings: Mapping[Links, Siblings],
    uniques: Uniques,
) -> Iterator[NewRow]:
    tools.keys.expect(bound.table, sum(parent.missing for parent in batch))
    for parent in batch:
        tools.tell(bound, parent)
        own = siblings.get(tuple(_links(bound, parent).values()), _NONE)
        made = 0
        for new in missing_children(tools, bound, parent, own, uniques):
            yield new
            made += 1
        if made < parent.missing and bound.rule.limited:
            raise _unmet(bound, parent, made)


_NONE = Siblings()


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
    local = {unique: dict(rows) for unique, rows in own.taken.items()}
    # rows that nothing tells apart: those that are there stand for the first ones
    passed = parent.have if parent.have and not own.alive and not uniques.any else 0
    body = _body(tools, bound, parent)
    handed: Any = None
    made = idle = ordinal = 0
    while made < parent.missing and idle < PATIENCE:
        bits = mix(base + ordinal)
        path = bits & _BITS
        rand.rekey(bits, parent.start + ordinal)
        rand.next_key = partial(_first_key, keys, table, bits)
        values = _next_child(bound, body, handed if ordinal else None)
        if values is None:
            return
        ordinal += 1
        if path in own.alive:
            handed = own.alive[path]
            continue
        if passed:
            passed -= 1
            continue
        row = {**values, **fixed}
        clashes, handed = uniques.clash(row, path, local)
        if clashes:
            idle += 1
            continue
        if not table.made_keys <= row.keys():
            row = keys.fill(table, row, bits)
        handed = Made(row)
        uniques.take(row, handed, local)
        idle = 0
        made += 1
        yield row, path


def _first_key(keys: Keys, table: SeedTable, bits: int) -> Any:
    return next(iter(keys.made_up(table, bits).values()), None)


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
    if not isinstance(values, Mapping):
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


def _siblings(
    context: Context, bound: BoundRule, batch: Sequence[Parent], uniques: Uniques
) -> dict[Links, Siblings]:
    """The children that these parents have, also those that do not count."""
    table = bound.table
    path: sql.Composable = sql.SQL("NULL::bigint")
    join: sql.Composable = sql.SQL("")
    if table.key and any(rule.table == table.name for rule in context.ledger):
        path = sql.SQL("l.path")
        join = sql.SQL(" LEFT JOIN {} l ON l.key = {}").format(
            lines_of(context.ledger, table), row_text(table.key, "c")
        )
    link = [child for child, _ in bound.link]
    query = sql.SQL("SELECT c.*, {} FROM {} c{} WHERE {}").format(
        path, sql.Identifier(*table.name), join, _of_parents(bound, batch)
    )
    found: dict[Links, Siblings] = {}
    kind = row_type(table)
    for *values, at in context.connection.execute(query):
        row = kind._make(values)
        columns = dict(zip(table.columns, values, strict=True))
        own = found.setdefault(tuple(columns[name] for name in link), Siblings())
        if at is not None:
            own.alive[at] = row
        for unique in uniques.local:
            if (key := unique.key(columns)) is not None:
                own.taken.setdefault(unique, {})[key] = row
    return found


def _of_parents(bound: BoundRule, batch: Sequence[Parent]) -> sql.Composable:
    if not bound.link:
        return sql.SQL("true")
    columns = [child for child, _ in bound.link]
    wanted = [list(values) for values in zip(*(_links(bound, p).values() for p in batch))]  # noqa: B905
    lists = sql.SQL(", ").join(
        sql.SQL("{}::{}[]").format(sql.Literal(values), sql.SQL(bound.table.columns[c].type))
        for c, values in zip(columns, wanted, strict=True)
    )
    return sql.SQL("({}) IN (SELECT * FROM unnest({}))").format(
        sql.SQL(", ").join(sql.Identifier("c", name) for name in columns), lists
    )


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
