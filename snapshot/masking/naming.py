"""The names that `redact` takes out of texts: those of all columns that hold people's names."""

from __future__ import annotations

from dataclasses import replace

from snapshot.masking.plan import MaskPlan, Step
from snapshot.masking.vocabulary import Vocabulary
from snapshot.postgres.connection import Connection
from snapshot.postgres.masking_facts import distinct_texts

_PEOPLE = ("name", "first_name", "last_name")
_OTHERS = ("company", "street", "city", "username", "slug")
_PATTERNED = ("email", "phone")
# of which patterns find these in texts
_FOUND = (
    r"^([A-Za-z0-9_.%+'!#$&*^~-]+@[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)+"
    r"|[+(]?[0-9]([ ./()_-]{0,3}[0-9]){5,})$"
)
_MOST = 1_000_000  # different values of a column


def vocabulary(connection: Connection, plan: MaskPlan) -> Vocabulary:
    """Read the names of all masked columns of names, if a text is to be redacted."""
    names = Vocabulary()
    if not any(_redacts(step) for table in plan.tables.values() for step in table.steps):
        return names
    for table in plan.tables.values():
        for step in table.steps:
            if step.rule.mask not in (*_PEOPLE, *_OTHERS, *_PATTERNED) or table.table.foreign_code:
                continue
            unlike = _FOUND if step.rule.mask in _PATTERNED else ""
            values = distinct_texts(connection, table.table.name, step.column, _MOST, unlike)
            if step.rule.mask in _PEOPLE:
                names.add_names(values)
            else:
                names.add_values(values)
    return names


def knowing_names(plan: MaskPlan, names: Vocabulary) -> MaskPlan:
    """The plan whose masks know these names."""
    if not names:
        return plan
    tables = {}
    for name, table in plan.tables.items():
        steps = tuple(
            replace(step, target=replace(step.target, names=names)) for step in table.steps
        )
        tables[name] = replace(table, steps=steps)
    return replace(plan, tables=tables)


def _redacts(step: Step) -> bool:
    if step.rule.mask == "json":
        rules = step.rule.options.get("paths", {}).values()
        return any(rule.mask in ("redact", "json") for rule in rules)
    return step.rule.mask in ("redact", "composite", "array", "hstore")
