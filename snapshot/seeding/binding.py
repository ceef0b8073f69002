"""Rules bound to the tables of a database: links, needs, and the order in which they run."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from snapshot.catalog import ForeignKey
from snapshot.seeding.blueprint import Between, Blueprint, Chance, Need, Rule, UpTo, stable_order
from snapshot.seeding.tables import SeedTable, Tables


@dataclass(frozen=True)
class BoundRule:
    """A rule with its tables, and the columns that link child and parent."""

    rule: Rule
    table: SeedTable
    parent: SeedTable | None  # None if the whole table is one parent, or names are the parents
    names: tuple[str, ...] | None  # the parents, if a parameter lists them
    link: tuple[tuple[str, str], ...]  # column of the child, column of the parent
    need: Any  # int, Chance, Between or a function
    total: int | None
    seed: str
    later: frozenset[str] = frozenset()  # keys of the rules that fill the same table after it

    @property
    def key(self) -> str:
        """The rule's name in the ledger, and in what decides its random values."""
        return f"{self.rule.table}/{self.rule.name}"

    @property
    def called(self) -> bool:
        """The need is a Python function of the parent."""
        return callable(self.need)


def bind(blueprint: Blueprint, parameters: Any, seed: str, tables: Tables) -> list[BoundRule]:
    """Bind the rules that are switched on, in the order in which they run.

    Raises BlueprintError for a rule that does not fit the tables, and for rules that wait for each
    other.
    """
    bound = [
        _bind(rule, blueprint, parameters, seed, tables)
        for rule in blueprint.rules
        if rule.when is None or _parameter(rule, parameters, rule.when)
    ]
    by_rule = {b.rule.name: b for b in bound}
    if len(by_rule) < len(bound):
        names = [b.rule.name for b in bound]
        twice = next(b.rule for b in bound if names.count(b.rule.name) > 1)
        raise twice.mistake("there are two rules of this name", "rename one of the functions")
    depends = _dependency(blueprint, tables, by_rule)
    ordered = [by_rule[rule.name] for rule in stable_order([b.rule for b in bound], depends)]
    return [
        replace(b, later=frozenset(o.key for o in ordered[place:] if o.table is b.table))
        for place, b in enumerate(ordered, 1)
    ]


def _dependency(
    blueprint: Blueprint, tables: Tables, by_rule: Mapping[str, BoundRule]
) -> Callable[[Rule, Rule], bool]:
    """A function that says whether a rule must run after another one."""
    position = {rule.name: place for place, rule in enumerate(blueprint.rules)}
    fills = {name: bound.table.name for name, bound in by_rule.items()}
    wants = {
        rule.name: {_base(name, tables, blueprint) for name in (*rule.reads, rule.each)}
        for rule in blueprint.rules
    }

    def reads(rule: Rule, other: Rule) -> bool:
        """The rule reads a table that the other fills. In its own table it reads earlier rows."""
        filled = fills[other.name]
        if filled == fills[rule.name]:
            return position[other.name] < position[rule.name]
        return filled in wants[rule.name]

    def depends(rule: Rule, other: Rule) -> bool:
        """The rule reads what the other fills, or its rows must reference the other's rows."""
        if reads(rule, other):
            return True
        if position[other.name] > position[rule.name] and reads(other, rule):
            return False
        table, target = by_rule[rule.name].table, by_rule[other.name].table
        return table.name != target.name and any(
            fk.referenced_root == target.name
            and all(table.columns[column].not_null for column in fk.columns)
            and not _reference_back(target, table)
            for fk in table.foreign_keys
        )

    return depends


def _reference_back(table: SeedTable, to: SeedTable) -> bool:
    return any(fk.referenced_root == to.name for fk in table.foreign_keys)


def _base(name: str | None, tables: Tables, blueprint: Blueprint) -> Any:
    """The table behind the name of a table or view. None if there is none."""
    if name is None:
        return None
    view = blueprint.views.get(name)
    table = tables.find(view.table if view else name)
    return table.name if table else None


def _bind(
    rule: Rule, blueprint: Blueprint, parameters: Any, seed: str, tables: Tables
) -> BoundRule:
    table = _find(rule, rule.table, tables)
    for name in rule.reads:
        _find(rule, _behind(name, blueprint), tables)
    for name in (*rule.kind, *(rule.on or ()), *(c for d in rule.distinct for c in d)):
        known_column(rule, table, name)
    names = None
    parent = None
    if rule.each is not None:
        listed = getattr(parameters, rule.each, None)
        if isinstance(listed, tuple | list):
            names = tuple(map(str, listed))
        else:
            parent = _find(rule, _behind(rule.each, blueprint), tables)
    link = _link(rule, table, parent, names, blueprint)
    need = rule.need.need if isinstance(rule.need, UpTo) else rule.need
    total = None if rule.total is None else int(_number(rule, parameters, rule.total))
    if rule.each is None and total is None:
        total = int(_number(rule, parameters, need)) if isinstance(need, int | str) else None
    return BoundRule(
        rule, table, parent, names, link, _resolved(rule, parameters, need), total, seed
    )


def _link(
    rule: Rule,
    table: SeedTable,
    parent: SeedTable | None,
    names: tuple[str, ...] | None,
    blueprint: Blueprint,
) -> tuple[tuple[str, str], ...]:
    if rule.each is None:
        return ()
    if names is not None:
        column = next(iter(rule.on), None) if rule.on else blueprint.tenant
        if column is None or column not in table.columns:
            raise rule.mistake(
                f"{table.name} has no column for the names in {rule.each}",
                'say which with on={"column": "value"}',
            )
        return ((column, "value"),)
    assert parent is not None
    if rule.on:
        for there in rule.on.values():
            known_column(rule, parent, there)
        return tuple(rule.on.items())
    candidates = _candidates(table, parent, blueprint)
    if len(candidates) != 1:
        found = " or ".join(
            "on={" + ", ".join(f'"{a}": "{b}"' for a, b in c) + "}" for c in candidates
        )
        raise rule.mistake(
            f"{len(candidates) or 'no'} foreign keys link {table.name} with {parent.name}",
            f"choose {found}" if found else 'say how with on={"child column": "parent column"}',
        )
    return candidates[0]


def _candidates(
    table: SeedTable, parent: SeedTable, blueprint: Blueprint
) -> list[tuple[tuple[str, str], ...]]:
    """Ways from child to parent: its own foreign keys, else those that both have to one table."""
    direct = [
        tuple(zip(fk.columns, fk.referenced_columns, strict=True))
        for fk in table.foreign_keys
        if fk.referenced_root == parent.name
    ]
    direct += [
        tuple(zip(link.columns, link.referenced_columns, strict=True))
        for link in blueprint.links
        if link.table in _spellings(table) and link.referenced in _spellings(parent)
    ]
    if direct:
        return list(dict.fromkeys(direct))
    shared = [
        tuple(zip(ours.columns, theirs.columns, strict=True))
        for ours in table.foreign_keys
        for theirs in parent.foreign_keys
        if (ours.referenced_root, ours.referenced_columns)
        == (theirs.referenced_root, theirs.referenced_columns)
        and ours.columns != (blueprint.tenant,)
    ]
    return list(dict.fromkeys(shared))


def _spellings(table: SeedTable) -> tuple[str, ...]:
    return (table.name.name, f"{table.name.schema}.{table.name.name}")


def _behind(name: str, blueprint: Blueprint) -> str:
    view = blueprint.views.get(name)
    return view.table if view else name


def _find(rule: Rule, name: str, tables: Tables) -> SeedTable:
    table = tables.find(name)
    if table is None:
        near = difflib.get_close_matches(name, [key.name for key in tables.by_name], 1)
        raise rule.mistake(
            f"there is no table or view {name}",
            f"did you mean {near[0]}?" if near else "create the schema first",
        )
    return table


def known_column(rule: Rule, table: SeedTable, name: str) -> None:
    """Raise BlueprintError if the table has no such column."""
    if name in table.columns:
        return
    near = difflib.get_close_matches(str(name), table.columns, 1)
    raise rule.mistake(
        f"{table.name} has no column {name}",
        f"did you mean {near[0]}?" if near else f"its columns: {', '.join(table.columns)}",
    )


def _parameter(rule: Rule, parameters: Any, name: str) -> Any:
    try:
        return getattr(parameters, name)
    except AttributeError:
        raise rule.mistake(
            f"there is no parameter {name}", "add it to the parameters class"
        ) from None


def _number(rule: Rule, parameters: Any, value: Any) -> Any:
    return _parameter(rule, parameters, value) if isinstance(value, str) else value


def _resolved(rule: Rule, parameters: Any, need: Need) -> Any:
    """The need with the names of parameters replaced by their values."""
    if isinstance(need, Chance):
        probability = _number(rule, parameters, need.probability)
        return Chance(probability, _resolved(rule, parameters, need.then))
    if isinstance(need, Between):
        low, high = (_number(rule, parameters, n) for n in (need.low, need.high))
        return Between(low, high, need.skewed)
    if isinstance(need, UpTo):
        return _resolved(rule, parameters, need.need)
    return _number(rule, parameters, need)


def virtual_keys(blueprint: Blueprint, tables: Tables) -> list[ForeignKey]:
    """The foreign keys that the blueprint declares and the schema does not."""
    keys = []
    for link in blueprint.links:
        table, referenced = tables.named(link.table), tables.named(link.referenced)
        keys.append(
            ForeignKey(
                name="link " + ", ".join(link.columns),
                table=table.name,
                columns=link.columns,
                referenced=referenced.name,
                referenced_columns=link.referenced_columns,
                root=table.name,
                referenced_root=referenced.name,
            )
        )
    return keys
