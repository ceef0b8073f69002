"""Which table is filled when, and which foreign key makes a row the child of another."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from snapshot.catalog import ForeignKey, Name
from snapshot.planning.ordering import load_order
from snapshot.seeding.drafts.facts import Facts
from snapshot.seeding.drafts.names import singular
from snapshot.seeding.tables import SeedTable, UniqueIndex


def filling_order(facts: Facts) -> list[Name]:
    """Referenced tables first. In a cycle, those come first whose references may be null."""
    keys = [fk for table in facts.tables.by_name.values() for fk in table.foreign_keys]
    order = load_order(facts.chosen, keys)
    cycle_of = {name: cycle for cycle in order.cycles for name in cycle}
    placed: list[Name] = []
    for table in order.tables:
        if table not in placed:
            placed += _broken(facts, cycle_of.get(table, (table,)))
    return placed


def _broken(facts: Facts, cycle: Sequence[Name]) -> list[Name]:
    """The tables of a cycle, so that few references that must not be null lead forward."""
    waiting = list(cycle)
    placed = []
    while waiting:
        best = min(waiting, key=lambda name: _forward(facts, name, waiting))
        waiting.remove(best)
        placed.append(best)
    return placed


def _forward(facts: Facts, name: Name, waiting: Collection[Name]) -> tuple[int, int]:
    table = facts.tables.by_name[name]
    keys = [fk for fk in table.foreign_keys if fk.referenced_root in waiting and not _own(fk)]
    return sum(required(table, fk) for fk in keys), len(keys)


def _own(fk: ForeignKey) -> bool:
    return fk.referenced_root == fk.root


def required(table: SeedTable, fk: ForeignKey) -> bool:
    """The reference cannot be null."""
    return all(table.columns[c].not_null for c in fk.columns)


@dataclass
class Links:
    """The foreign keys of a table, by what a body does with them."""

    parent: ForeignKey | None = None  # its rows are the children of this one's
    picked: list[ForeignKey] = field(default_factory=list)  # of rows that exist by then
    own: list[ForeignKey] = field(default_factory=list)  # to the table itself
    reserved: list[ForeignKey] = field(default_factory=list)  # not null, of rows that come later
    left_out: list[ForeignKey] = field(default_factory=list)  # null: of rows that come later
    spread: list[ForeignKey] = field(default_factory=list)  # each row takes another one's


def links_of(
    facts: Facts, table: SeedTable, filled: Collection[Name], depth: dict[Name, int]
) -> Links:
    """Sort a table's foreign keys. `filled` are the tables that have rows by then."""
    links = Links()
    for fk in _distinct(table.foreign_keys):
        if fk.referenced_root == table.name:
            links.own.append(fk)
        elif fk.referenced_root in filled:
            links.picked.append(fk)
        elif required(table, fk):
            links.reserved.append(fk)
        else:
            links.left_out.append(fk)
    candidates = [fk for fk in links.picked if required(table, fk)]
    exclusions = facts.exclusions.get(table.name, ())
    candidates = [fk for fk in candidates if all(set(fk.columns) <= x for x in exclusions)]
    if not candidates:
        return links
    links.parent = max(candidates, key=lambda fk: _strength(table, fk, depth))
    for fk in candidates:
        both = {*fk.columns, *links.parent.columns}
        apart = not set(fk.columns) & set(links.parent.columns)
        if apart and any(
            u.columns and set(u.columns) in (both, {*fk.columns}) for u in table.uniques
        ):
            links.spread.append(fk)
    return links


def _distinct(keys: Sequence[ForeignKey]) -> list[ForeignKey]:
    """Without a key that another one on the same columns repeats; wide ones first."""
    by_columns = {(fk.columns, fk.referenced_root): fk for fk in keys}
    return sorted(by_columns.values(), key=lambda fk: -len(fk.columns))


def _strength(table: SeedTable, fk: ForeignKey, depth: dict[Name, int]) -> tuple[int, ...]:
    """How much a row belongs to that parent: by the names, by what deletes it, by depth."""
    ours, theirs = table.name.name.lower(), singular(fk.referenced_root.name.lower())
    cascades = "ON DELETE CASCADE" in fk.definition
    place = min(list(table.columns).index(c) for c in fk.columns)
    return (
        len(fk.columns),
        ours.startswith(theirs),
        cascades,
        depth.get(fk.referenced_root, 0),
        -place,
    )


def covered(unique: UniqueIndex, columns: Collection[str]) -> bool:
    """The index has no other columns than these, so that few rows fit into it."""
    return unique.columns is not None and set(unique.columns) <= set(columns)
