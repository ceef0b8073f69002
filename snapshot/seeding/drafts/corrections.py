"""What to change in a draft after a trial: the least that may help, and a rule is left out last."""

from __future__ import annotations

import re
from collections.abc import Sequence

from snapshot.catalog import Name
from snapshot.errors import NeedNotMet, SnapshotError
from snapshot.seeding.drafts.facts import Facts
from snapshot.seeding.drafts.parts import Corrections, RuleDraft
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
    said = " ".join(said.split()).partition(" (hint: ")[0].partition(" · COPY ")[0]
    if isinstance(error, NeedNotMet):
        return _fewer(rule, said, corrections)
    constraint = getattr(diagnosis, "constraint_name", None)
    if constraint:
        columns, text = _constraint(rule.table, constraint, facts)
        if text is not None:
            return _meet(rule, constraint, columns, text, corrections)
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
    table: SeedTable, constraint: str, facts: Facts
) -> tuple[Sequence[str], str | None]:
    """The columns of a CHECK or a foreign key, and what it says."""
    for check in facts.checks.get(table.name, ()):
        if check.name == constraint:
            return check.columns, f"CHECK {check.text}"
    for column in table.columns:
        for name, expression in facts.of(table.name, column).checks:
            if name == constraint:
                return (column,), f"CHECK {expression}"
    for fk in table.foreign_keys:
        if fk.name == constraint:
            return fk.columns, f"foreign key {constraint}"
    return (), None


def _meet(
    rule: RuleDraft, constraint: str, columns: Sequence[str], text: str, corrections: Corrections
) -> bool:
    """Meet a CHECK by trying; else leave out the columns that it is about, else the rule."""
    table = rule.table.name
    if text.startswith("CHECK") and (table, constraint) not in corrections.tried:
        corrections.tried.add((table, constraint))
        return True
    may = [c for c in columns if _may_be_left_out(rule.table, c)]
    new = [c for c in may if (table, c) not in corrections.null]
    for name in new:
        corrections.null[table, name] = f"no value was found for {text}"
    return bool(new) or _leave_out(rule, f"its rows do not meet {text}", corrections)


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
