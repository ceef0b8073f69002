"""The load order of tables, and the foreign keys that no order satisfies."""

from __future__ import annotations

import heapq
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from snapshot.catalog import ForeignKey, Name
from snapshot.store.manifest import Manifest

_SHOWN = 12  # tables of a cycle that a reason names


@dataclass(frozen=True)
class Deferral:
    """A foreign key that is checked only after all rows are in, and why."""

    foreign_key: ForeignKey
    reason: str


@dataclass(frozen=True)
class LoadOrder:
    """Tables in load order, the cycles among them, and the foreign keys that are deferred."""

    tables: tuple[Name, ...]
    cycles: tuple[tuple[Name, ...], ...]  # more than one table each, in load order
    deferred: tuple[Deferral, ...]


def load_order(tables: Iterable[Name], foreign_keys: Collection[ForeignKey]) -> LoadOrder:
    """Put referenced tables before referencing ones; ties and cycles are broken by name.

    A cycle is a strongly connected component of the graph of tables. All foreign keys inside one
    are deferred, and all that reference their own table; no others need to be.
    """
    names = sorted(tables)
    known = set(names)
    relevant = [fk for fk in foreign_keys if fk.root in known and fk.referenced_root in known]
    references: dict[Name, set[Name]] = {name: set() for name in names}
    for fk in relevant:
        if fk.root != fk.referenced_root:
            references[fk.root].add(fk.referenced_root)
    components = _components(references)
    order = _order_components(components, references)
    position = {name: index for index, name in enumerate(order)}
    cycles = sorted(
        (tuple(sorted(c, key=position.__getitem__)) for c in components if len(c) > 1),
        key=lambda cycle: position[cycle[0]],
    )
    return LoadOrder(tuple(order), tuple(cycles), _deferrals(relevant, cycles, position))


def recorded_order(manifest: Manifest) -> LoadOrder:
    """The order in which a snapshot's tables are loaded, with its cycles and deferred keys."""
    keys = {(fk.table, fk.name): fk for fk in manifest.foreign_keys}
    return LoadOrder(
        tuple(entry.name for entry in manifest.tables),
        manifest.cycles,
        tuple(
            Deferral(keys[key.table, key.name], key.reason)
            for key in manifest.deferred
            if (key.table, key.name) in keys
        ),
    )


def tie_broken_order(references: Mapping[Name, Collection[Name]]) -> list[Name]:
    """Referenced names before referencing ones; ties and cycles are broken by name."""
    known = {name: {r for r in references[name] if r in references} for name in sorted(references)}
    return _order_components(_components(known), known)


def _deferrals(
    foreign_keys: Iterable[ForeignKey],
    cycles: Sequence[tuple[Name, ...]],
    position: Mapping[Name, int],
) -> tuple[Deferral, ...]:
    reasons = [_inside(cycle) for cycle in cycles]
    cycle_of = {name: number for number, cycle in enumerate(cycles) for name in cycle}
    deferred = []
    for fk in sorted(foreign_keys, key=lambda fk: (position[fk.root], fk.name, fk.table)):
        cycle = cycle_of.get(fk.root)
        if fk.root == fk.referenced_root:
            deferred.append(Deferral(fk, "references its own table"))
        elif cycle is not None and cycle == cycle_of.get(fk.referenced_root):
            deferred.append(Deferral(fk, reasons[cycle]))
    return tuple(deferred)


def _inside(cycle: Sequence[Name]) -> str:
    shown = [str(name) for name in cycle[:_SHOWN]]
    if len(cycle) > _SHOWN:
        shown.append(f"… ({len(cycle):,} tables)")
    return "inside the cycle " + " ↔ ".join(shown)


def out_of_order(order: Iterable[Name], foreign_keys: Iterable[ForeignKey]) -> tuple[Deferral, ...]:
    """The foreign keys that this order of tables does not satisfy."""
    position = {name: index for index, name in enumerate(order)}
    return tuple(
        Deferral(fk, f"{fk.referenced_root} is loaded after {fk.root}")
        for fk in foreign_keys
        if position.get(fk.referenced_root, -1) > position.get(fk.root, len(position))
    )


def _components(references: Mapping[Name, Collection[Name]]) -> list[list[Name]]:
    """Strongly connected components, by Tarjan's algorithm without recursion.

    R. Tarjan, Depth-First Search and Linear Graph Algorithms, SIAM J. Comput. 1 (1972).
    """
    index: dict[Name, int] = {}
    low: dict[Name, int] = {}
    stack: list[Name] = []
    on_stack: set[Name] = set()
    components: list[list[Name]] = []
    for root in references:
        if root in index:
            continue
        path = [(root, iter(sorted(references[root])))]
        while path:
            node, successors = path[-1]
            if node not in index:
                index[node] = low[node] = len(index)
                stack.append(node)
                on_stack.add(node)
            for successor in successors:
                if successor not in index:
                    path.append((successor, iter(sorted(references[successor]))))
                    break
                if successor in on_stack:
                    low[node] = min(low[node], index[successor])
            else:
                path.pop()
                if path:
                    parent = path[-1][0]
                    low[parent] = min(low[parent], low[node])
                if low[node] == index[node]:
                    components.append(_pop_component(stack, on_stack, node))
    return components


def _pop_component(stack: list[Name], on_stack: set[Name], root: Name) -> list[Name]:
    component = []
    while True:
        node = stack.pop()
        on_stack.discard(node)
        component.append(node)
        if node == root:
            return component


def _order_components(
    components: list[list[Name]], references: Mapping[Name, Collection[Name]]
) -> list[Name]:
    """Kahn's algorithm over the components; of those that are ready, the smallest name first."""
    members = {min(c): sorted(c) for c in components}
    component_of = {name: head for head, names in members.items() for name in names}
    waits_for: dict[Name, set[Name]] = {head: set() for head in members}
    releases: dict[Name, set[Name]] = {head: set() for head in members}
    for name, targets in references.items():
        for target in targets:
            head, needed = component_of[name], component_of[target]
            if head != needed:
                waits_for[head].add(needed)
                releases[needed].add(head)
    ready = [head for head, needed in waits_for.items() if not needed]
    heapq.heapify(ready)
    order: list[Name] = []
    while ready:
        head = heapq.heappop(ready)
        order.extend(members[head])
        for waiting in releases[head]:
            waits_for[waiting].discard(head)
            if not waits_for[waiting]:
                heapq.heappush(ready, waiting)
    return order
