"""What the schema demands of masked values, looked at before a row is read."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from snapshot.catalog import Catalog, Name
from snapshot.errors import SnapshotError
from snapshot.masking.making import Key
from snapshot.masking.model import Mask
from snapshot.masking.plan import KEEP, MaskPlan, Problem, Step, TablePlan
from snapshot.postgres.masking_facts import Exclusion, TableFacts
from snapshot.store.manifest import TableEntry

CHANCE = 1e-9  # of one collision in a table, at most
# Numbers of a fixed form have too little room for that. They are counted before they are sealed.
CHANCE_OF_NUMBERS = 1e-2
_NUMBERS = ("card", "iban", "ssn")
_OF_PARTS = ("json", "hstore", "composite", "xml")
_KEEP_OPTIONS = {"type"}
_MODIFIER = re.compile(r"\([^)]*\)")


def check_plan(
    plan: MaskPlan, catalog: Catalog, facts: Mapping[Name, TableFacts], key: Key
) -> list[Problem]:
    """What cannot hold; nothing if all is well."""
    problems: list[Problem] = []
    for table in plan.tables.values():
        masks: dict[str, Mask] = {}
        for step in table.steps:
            try:
                masks[step.column] = step.mask(key)
            except SnapshotError as error:
                problems.append(Problem(f"{error.message}; {error.hint}"))
        found = facts[table.table.name]
        problems += _values(table, masks, found)
        problems += _uniques(table, masks)
        problems += _partitions(table, found)
        problems += _exclusions(table, masks, found)
        problems += _subjects(table, plan, catalog)
        problems += _collations(table, plan, facts)
    problems += _kept(plan, facts)
    problems += _without_parents(plan, catalog)
    return problems


def room(mask: str, bits: float) -> int:
    """How many values fit, so that a collision of two is unlikely enough."""
    chance = CHANCE_OF_NUMBERS if mask in _NUMBERS else CHANCE
    return int((2 * chance * 2.0**bits) ** 0.5)


def _problem(table: TablePlan, step: Step, text: str) -> Problem:
    return Problem(f"{table.table.name}.{step.column} {text}", step.rule.line)


def _values(table: TablePlan, masks: Mapping[str, Mask], facts: TableFacts) -> Iterator[Problem]:
    for step in table.steps:
        column = facts.columns[step.column]
        if step.rule.mask == "null" and column.not_null:
            yield _problem(table, step, "is NOT NULL, and null would make it NULL")
        mask = masks.get(step.column)
        if mask and step.target.unique and mask.bits is not None:
            rows = table.table.estimated_rows
            most = room(step.rule.mask, mask.bits)
            if rows > most:
                yield _problem(
                    table,
                    step,
                    f"is unique and has {rows:,} rows; {step.rule.mask} has room for "
                    f"{most:,} in it",
                )


def _uniques(table: TablePlan, masks: Mapping[str, Mask]) -> Iterator[Problem]:
    """An index on one column needs a mask that keeps values apart; of several, rows are counted."""
    for unique in table.uniques:
        read = unique.reads if unique.expressions else unique.columns
        for step in table.steps:
            mask = masks.get(step.column)
            part = unique.expressions and step.rule.mask in _OF_PARTS  # of which it reads one
            if list(read) == [step.column] and mask and not (mask.injective or part):
                yield _problem(
                    table,
                    step,
                    f"is unique ({unique.name}), and {step.rule.mask} makes different values equal",
                )


def _collations(
    table: TablePlan, plan: MaskPlan, facts: Mapping[Name, TableFacts]
) -> Iterator[Problem]:
    """A collation that takes different texts for equal: their masked values would not be."""
    for step in table.steps:
        root = plan.classes.root((table.table.name, step.column))
        members = plan.classes.members.get(root, (root,))
        folding = any(
            column in unique.folded and facts[name].columns[column].type != "citext"
            for name, column in members
            if name in facts
            for unique in facts[name].uniques
        )
        if folding and step.rule.mask not in ("null", "constant"):
            text = "is compared by a nondeterministic collation, which no mask follows"
            yield _problem(table, step, text)


def _partitions(table: TablePlan, facts: TableFacts) -> Iterator[Problem]:
    for step in table.steps:
        if step.column in facts.bound_columns:
            yield _problem(table, step, "says which partition a row is in: a mask would leave it")


def _exclusions(
    table: TablePlan, masks: Mapping[str, Mask], facts: TableFacts
) -> Iterator[Problem]:
    for exclusion in facts.exclusions:
        for step in table.steps:
            if step.column in exclusion.columns and not _holds(exclusion, step, masks):
                text = (
                    f"is part of {exclusion.name} (EXCLUDE), which {step.rule.mask} could violate"
                )
                yield _problem(table, step, text)


def _subjects(table: TablePlan, plan: MaskPlan, catalog: Catalog) -> Iterator[Problem]:
    """A mask by another column makes different values of equal ones: keys would not hold."""
    for step in table.steps:
        by = step.rule.options.get("by")
        if by is None:
            continue
        for key in catalog.foreign_keys:
            own = key.columns if key.root == table.table.name else ()
            theirs = key.referenced_columns if key.referenced_root == table.table.name else ()
            for columns in (own, theirs):
                if step.column in columns and by not in columns:
                    text = f"is part of {key}: {step.rule.mask} by {by} would break it"
                    yield _problem(table, step, text)


def _holds(exclusion: Exclusion, step: Step, masks: Mapping[str, Mask]) -> bool:
    """A shift by the same subject keeps distances; values compared by = must stay different."""
    equal = {c for c, op in zip(exclusion.columns, exclusion.operators, strict=False) if op == "="}
    if step.column in equal:
        mask = masks.get(step.column)
        return mask is not None and mask.injective
    return step.rule.mask == "shift" and step.rule.options.get("by") in equal


def _kept(plan: MaskPlan, facts: Mapping[Name, TableFacts]) -> Iterator[Problem]:
    for (table, column), rule in plan.rules.items():
        if rule.mask != KEEP:
            continue
        here = facts[table].columns[column]
        for option in rule.options.keys() - _KEEP_OPTIONS:
            yield Problem(f"keep has no option {option}", rule.line)
        if rule.options.get("type", here.type) != here.type:
            yield Problem(f"{table}.{column} is {here.type} by now", rule.line)
        if here.type == "tsvector" and table in plan.tables:
            yield Problem(
                f"{table}.{column} holds words of other columns, which are masked: give it "
                '"null", or { mask = "recompute", sql = … }',
                rule.line,
            )


def _without_parents(plan: MaskPlan, catalog: Catalog) -> Iterator[Problem]:
    for key in catalog.foreign_keys if not plan.subset else ():
        referring = catalog.by_name.get(key.root)
        if key.root in plan.without_rows or referring is None or referring.empty:
            continue
        if key.referenced_root in plan.without_rows and key.enforced:
            yield Problem(f"{key}: rows refer to {key.referenced_root}, whose rows do not come")


def retyped(
    plan: MaskPlan,
    catalog: Catalog,
    facts: Mapping[Name, TableFacts],
    before: Iterable[TableEntry],
) -> list[Problem]:
    """Columns that are kept and had another type in the last masked snapshot (`before`).

    A rule that names the type settles it. Lengths do not count.
    """
    problems = []
    for entry in before:
        table = catalog.by_name.get(entry.name)
        types = {column.name: column.type for column in table.columns} if table else {}
        for column in entry.columns:
            rule = plan.rules.get((entry.name, column.name))
            now = types.get(column.name, column.type)
            if rule is None or rule.mask != KEEP or "type" in rule.options:
                continue
            if _MODIFIER.sub("", now) != _MODIFIER.sub("", column.type):
                line = (
                    f'{{ mask = "keep", type = "{facts[entry.name].columns[column.name].type}" }}'
                )
                text = (
                    f"{entry.name}.{column.name} was {column.type} and is {now}; "
                    f"if it may stay: {column.name} = {line}"
                )
                problems.append(Problem(text, rule.line))
    return problems
