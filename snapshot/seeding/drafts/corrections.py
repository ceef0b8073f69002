"""What to change in a draft after a trial: the least that may help, and a rule is left out last."""

from __future__ import annotations

import re
from collections.abc import Sequence

from snapshot.catalog import Name
from snapshot.errors import NeedNotMet, SnapshotError
from snapshot.seeding.drafts.facts import Facts
from snapshot.seeding.drafts.rules import Corrections, RuleDraft
from snapshot.seeding.tables import SeedTable

_RULE = re.compile(r": rule (\w+): (.*)", re.S)
_COPIED = re.compile(r", column (.+?)(?::|$)")  # of the context that COPY gives an error


def correct(
    error: SnapshotError, rules: Sequence[RuleDraft], facts: Facts, corrections: Corrections
) -> bool:
    """Note what the error asks for. False if it says nothing of a rule."""
    found = _RULE.search(str(error))
    by_name = {rule.name: rule for rule in rules}
    diagnosis = getattr(error.__cause__, "diag", None)
    if found is not None and found[1] in by_name:
        rule, said = by_name[found[1]], found[2]
    else:
        table = Name(
            getattr(diagnosis, "schema_name", None) or "",
            getattr(diagnosis, "table_name", None) or "",
        )
        of_table = [rule for rule in rules if rule.table.name == table and rule.left_out is None]
        if not of_table:
            return False
        rule, said = of_table[-1], str(error)
    said = " ".join(said.split())
    if isinstance(error, NeedNotMet):
        return _fewer(rule, said, corrections)
    constraint = getattr(diagnosis, "constraint_name", None)
    if constraint and _constraint(rule, constraint, said, facts, corrections):
        return True
    column = _column(rule, diagnosis, said)
    if column is not None and _other_value(rule.table, column, said, corrections):
        return True
    return _leave_out(rule, said, corrections)


def _fewer(rule: RuleDraft, said: str, corrections: Corrections) -> bool:
    if rule.up_to:
        return _leave_out(rule, said, corrections)
    corrections.up_to.add(rule.table.name)
    return True


def _constraint(
    rule: RuleDraft, constraint: str, said: str, facts: Facts, corrections: Corrections
) -> bool:
    """Meet a CHECK by trying; leave out what a CHECK or a foreign key is about."""
    table = rule.table
    columns: tuple[str, ...] = ()
    text = said
    for check in facts.checks.get(table.name, ()):
        if check.name == constraint:
            columns, text = check.columns, f"CHECK {check.text} is not met"
    for column in table.columns:
        for name, expression in facts.of(table.name, column).checks:
            if name == constraint:
                columns, text = (*columns, column), f"CHECK {expression} is not met"
    for fk in table.foreign_keys:
        if fk.name == constraint:
            columns, text = fk.columns, f"foreign key {constraint} is not met"
    if text.startswith("CHECK") and (table.name, constraint) not in corrections.tried:
        corrections.tried.add((table.name, constraint))
        return True
    changed = False
    for name in columns:
        if _may_be_left_out(table, name) and (table.name, name) not in corrections.null:
            corrections.null[table.name, name] = text
            changed = True
    return changed


def _column(rule: RuleDraft, diagnosis: object, said: str) -> str | None:
    """The column that an error is about."""
    named = getattr(diagnosis, "column_name", None)
    copied = _COPIED.search(getattr(diagnosis, "context", None) or "")
    names = [named] if named else [copied[1].strip('"')] if copied else []
    names += [c for c in rule.table.columns if f"{rule.table.name}.{c} " in f"{said} "]
    return next((name for name in names if name in rule.table.columns), None)


def _other_value(table: SeedTable, column: str, said: str, corrections: Corrections) -> bool:
    key = table.name, column
    if key not in corrections.plain:
        corrections.plain.add(key)
        return True
    if key not in corrections.null:
        corrections.null[key] = said
        return True
    return False


def _may_be_left_out(table: SeedTable, column: str) -> bool:
    found = table.columns[column]
    return not found.not_null or found.default is not None


def _leave_out(rule: RuleDraft, said: str, corrections: Corrections) -> bool:
    """Leave out the rule, but first only its parent."""
    name = rule.table.name
    if name in corrections.left_out:
        return False
    corrections.left_out[name] = said
    return True
