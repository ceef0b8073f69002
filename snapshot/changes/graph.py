"""Which change must come before which: a graph over the changed rows.

An edge is there because of a constraint, and only as long as that is checked: a foreign key that is
deferred no longer wants the parent first, one that is dropped wants nothing.
"""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise, product
from typing import NamedTuple

from snapshot.catalog import ForeignKey, Name
from snapshot.changes.model import Values
from snapshot.changes.operations import ChangedTable, Group, Operation, membership
from snapshot.postgres.script_facts import KeyActions, ScriptFacts, UniqueKey

KEPT, DEFERRED, DROPPED = 0, 1, 2
_MANY = 10_000  # pairs of rows of one value: more are not told apart

Tables = Mapping[Name, ChangedTable]


@dataclass(eq=False)
class Constraint:
    """A constraint that orders changes, and the least that must be done about it anyway."""

    subject: ForeignKey | UniqueKey
    floor: int = KEPT
    why: str = ""  # the reason for the floor

    def at_least(self, floor: int, why: str) -> None:
        """Raise the floor."""
        if floor > self.floor:
            self.floor, self.why = floor, why

    @property
    def name(self) -> str:
        """Text to read."""
        subject = self.subject
        if isinstance(subject, ForeignKey):
            return str(subject)
        return f"{subject.index.table}.{subject.index.name}"


Levels = dict[Constraint, int]


class Edge(NamedTuple):
    """`first` must come before `then`, until the constraint is deferred or dropped."""

    first: int
    then: int
    constraint: Constraint
    until: int
    strict: bool = True  # False: they may be rows of one statement


@dataclass
class Graph:
    """The constraints and the edges that they make. Nodes past the operations only join edges."""

    constraints: list[Constraint]
    edges: list[Edge]
    nodes: int


def graph_of(tables: Tables, operations: int, facts: ScriptFacts) -> Graph:
    """All the edges, of every constraint on the tables."""
    graph = Graph([], [], operations)
    for key in facts.unique_keys:
        if key.root in tables:
            constraint = Constraint(key, DEFERRED if key.deferrable else KEPT)
            graph.constraints.append(constraint)
            _add_unique_key(graph, constraint, key, tables[key.root])
    for fk in facts.catalog.foreign_keys:
        if not fk.enforced or (fk.table, fk.name) in facts.catalog.disabled_keys:
            continue
        if fk.root in tables or fk.referenced_root in tables:
            constraint = Constraint(fk, DEFERRED if fk.deferrable else KEPT)
            graph.constraints.append(constraint)
            _ForeignKeyEdges(constraint, fk, facts.actions[fk.table, fk.name], tables).add(graph)
    return graph


# --- unique keys: a value must be free before another row takes it


def _add_unique_key(
    graph: Graph, constraint: Constraint, key: UniqueKey, table: ChangedTable
) -> None:
    if key.opaque or not table.knows(key.columns):
        _add_opaque(graph, constraint, key, table)
        return
    freed: dict[Values, list[int]] = defaultdict(list)
    taken: dict[Values, list[int]] = defaultdict(list)
    for operation in table.operations:
        frees, takes = _held(key, table)(operation)
        if frees is not None:
            freed[frees].append(operation.number)
        if takes is not None:
            taken[takes].append(operation.number)
    until = DEFERRED if key.deferrable else DROPPED
    for value in freed.keys() & taken.keys():
        if len(freed[value]) * len(taken[value]) > _MANY:
            constraint.at_least(until, "many rows share a value of it")
            continue
        graph.edges += (
            Edge(first, then, constraint, until)
            for first, then in product(freed[value], taken[value])
            if first != then
        )


Held = Callable[[Operation], tuple[Values | None, Values | None]]


def _held(key: UniqueKey, table: ChangedTable) -> Held:
    """Tells which value of the key an operation frees, and which it takes."""
    read = table.reader(key.columns)
    decisive = table.reader(sorted(key.involved & set(table.position)))
    inside = membership(key.predicate, table) if key.predicate else None

    def value_of(row: Values | None) -> Values | None:
        if row is None or (inside and not inside(row)):
            return None
        value = read(row)
        return value if key.nulls_equal or None not in value else None

    def held(operation: Operation) -> tuple[Values | None, Values | None]:
        before, after = operation.change
        frees, takes = value_of(before), value_of(after)
        if frees != takes:
            return frees, takes
        # only a predicate that cannot be read here can still make a difference
        unread = key.predicate is not None and inside is None
        if before and after and unread and decisive(before) != decisive(after):
            return frees, takes
        return None, None

    return held


def _add_opaque(graph: Graph, constraint: Constraint, key: UniqueKey, table: ChangedTable) -> None:
    """Deletes, then one update, then inserts meet nobody who is not there in the end."""
    columns = sorted(key.involved & set(table.position))
    generated = any(c.generated and c.name in key.involved for c in table.table.columns)
    decisive = table.reader(table.compared.columns if generated else columns)
    by_kind: dict[str, list[int]] = defaultdict(list)
    for operation in table.operations:
        before, after = operation.change
        if before is None or after is None or decisive(before) != decisive(after):
            by_kind[operation.kind].append(operation.number)
    until = DEFERRED if key.deferrable else DROPPED
    if len(by_kind["update"]) > 1 and key.replaceable:
        constraint.at_least(
            until, "several rows of it change, and their texts do not say who is alike"
        )
    kinds = [by_kind[kind] for kind in ("delete", "update", "insert") if by_kind[kind]]
    for earlier, later in pairwise(kinds):
        between = graph.nodes
        graph.nodes += 1
        graph.edges += (Edge(number, between, constraint, until) for number in earlier)
        graph.edges += (Edge(between, number, constraint, until) for number in later)


# --- foreign keys: a parent comes before its children, and goes after them


class _ForeignKeyEdges:
    def __init__(
        self, constraint: Constraint, fk: ForeignKey, actions: KeyActions, tables: Tables
    ) -> None:
        self._constraint, self._fk, self._actions = constraint, fk, actions
        self._child, self._parent = tables.get(fk.root), tables.get(fk.referenced_root)
        self._created: dict[Values, Operation] = {}
        self._removed: dict[Values, Operation] = {}

    def add(self, graph: Graph) -> None:
        """Add the edges, and raise the floor where no order would do."""
        fk = self._fk
        known = (self._child is None or self._child.knows(fk.columns)) and (
            self._parent is None or self._parent.knows(fk.referenced_columns)
        )
        if self._actions.period or not known:
            if self._child and self._parent:
                self._constraint.at_least(DROPPED, "the rows do not say which refer to which")
            return
        self._read_parents()
        self._look_for_refilled()
        moves = list(self._moves())
        if not fk.validated and (self._removed or moves):
            self._constraint.at_least(DROPPED, "it is NOT VALID: rows may break it")
        for operation, left, arrived in moves:
            graph.edges += self._edges(operation, left, arrived)

    def action(self, operation: Operation) -> str:
        """What the key does to children if this operation takes their parent away."""
        return self._actions.on_delete if operation.kind == "delete" else self._actions.on_update

    def _read_parents(self) -> None:
        for operation, old, new in _differing(self._parent, self._fk.referenced_columns):
            if old is not None:
                self._removed[old] = operation
            if new is not None:
                self._created[new] = operation

    def _look_for_refilled(self) -> None:
        """A value goes and comes back in another row: children that do not change point at it."""
        for value in self._removed.keys() & self._created.keys():
            free = self.action(self._removed[value]) == "a"
            self._constraint.at_least(
                DEFERRED if free else DROPPED, "a value it points at moves to another row"
            )

    def _moves(self) -> Iterator[tuple[Operation, Values | None, Values | None]]:
        return _differing(self._child, self._fk.columns)

    def _edges(
        self, child: Operation, left: Values | None, arrived: Values | None
    ) -> Iterator[Edge]:
        removed = self._removed.get(left) if left else None
        if removed and removed.number != child.number:
            action = self.action(removed)
            until = DEFERRED if action == "a" else DROPPED
            # a key that changes children must find none when the statement begins: see batches.py
            strict = action not in "ar"
            yield Edge(child.number, removed.number, self._constraint, until, strict)
        created = self._created.get(arrived) if arrived else None
        if created and created.number != child.number:
            yield Edge(created.number, child.number, self._constraint, DEFERRED, strict=False)


def _differing(
    table: ChangedTable | None, columns: Sequence[str]
) -> Iterator[tuple[Operation, Values | None, Values | None]]:
    """The operations that change these columns, with what was and what will be there.

    A value that holds a NULL refers to nothing, and nothing refers to it.
    """
    if table is None:
        return
    read = table.reader(columns)
    for operation in table.operations:
        before, after = operation.change
        old = read(before) if before is not None else None
        new = read(after) if after is not None else None
        if old != new:
            yield (
                operation,
                old if old is not None and None not in old else None,
                new if new is not None and None not in new else None,
            )


# --- an order


def knot(edges: Iterable[Edge]) -> list[Edge]:
    """The edges that are on cycles, or between them; none if there is an order."""
    left = list(edges)
    for forwards in (True, False):  # without those that nothing precedes, or follows
        waiting: dict[int, int] = defaultdict(int)
        after: dict[int, list[int]] = defaultdict(list)
        for edge in left:
            start, end = (edge.first, edge.then) if forwards else (edge.then, edge.first)
            waiting[end] += 1
            after[start].append(end)
        free = [node for node in after if node not in waiting]
        for node in free:  # which grows
            for then in after[node]:
                waiting[then] -= 1
                if not waiting[then]:
                    free.append(then)
        gone = set(free)
        left = [edge for edge in left if edge.first not in gone and edge.then not in gone]
    return left


def active_edges(edges: Iterable[Edge], levels: Levels) -> Iterator[Edge]:
    """The edges that remain when this has been done about the constraints."""
    return (edge for edge in edges if levels[edge.constraint] < edge.until)


Rank = Callable[[Group], tuple[int, int]]


def arranged(
    operations: Sequence[Operation], nodes: int, edges: Iterable[Edge], rank: Rank
) -> Iterator[tuple[Group, list[Operation]]]:
    """Batches of operations of one group, in an order that all edges allow.

    Those of a lower rank come first where there is a choice. In a batch, what is joined by an edge
    stands in that order, too, so that a batch can be cut.
    """
    arrangement = _Arrangement(operations, nodes, edges, rank)
    while batch := arrangement.next_batch():
        yield operations[batch[0]].group, [operations[number] for number in batch]


class _Arrangement:
    """Nodes whose predecessors have all come are ready, by group."""

    def __init__(
        self, operations: Sequence[Operation], nodes: int, edges: Iterable[Edge], rank: Rank
    ) -> None:
        self._operations, self._rank = operations, rank
        self._waiting = [0] * nodes
        self._after: dict[int, list[Edge]] = defaultdict(list)
        for edge in edges:
            self._waiting[edge.then] += 1
            self._after[edge.first].append(edge)
        self._ready: dict[Group, list[int]] = defaultdict(list)
        self._heap: list[tuple[tuple[int, int], Group]] = []
        for operation in operations:
            if not self._waiting[operation.number]:
                self._release(operation.number)

    def next_batch(self) -> list[int]:
        """All that is ready of the first group, and what it makes ready of the same group."""
        if not self._heap:
            return []
        _, group = heapq.heappop(self._heap)
        batch = self._ready.pop(group)
        blocked: set[int] = set()
        for number in batch:  # which grows
            for edge, then in self._made_ready(number, blocked):
                same = self._operations[then].group == group and edge.then == then
                if same and then not in blocked:
                    batch.append(then)
                else:
                    self._release(then)
        return batch

    def _release(self, number: int) -> None:
        group = self._operations[number].group
        if group not in self._ready:
            heapq.heappush(self._heap, (self._rank(group), group))
        self._ready[group].append(number)

    def _made_ready(self, number: int, blocked: set[int]) -> Iterator[tuple[Edge, int]]:
        """The operations that waited for this one alone, also behind a node that only joins."""
        for edge in self._after[number]:
            self._waiting[edge.then] -= 1
            if edge.strict:
                blocked.add(edge.then)
            if self._waiting[edge.then]:
                continue
            if edge.then < len(self._operations):
                yield edge, edge.then
            else:
                for _, then in self._made_ready(edge.then, blocked):
                    yield edge, then
