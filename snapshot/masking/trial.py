"""The masks tried on some rows, before anything is written."""

from __future__ import annotations

from collections.abc import Mapping

from snapshot.catalog import Name, Table
from snapshot.errors import Refused
from snapshot.masking.columns import parse_rows
from snapshot.masking.plan import TablePlan
from snapshot.masking.policy import Policy
from snapshot.masking.rows import TableMasking
from snapshot.masking.tables import Masks
from snapshot.postgres.connection import Connection
from snapshot.postgres.copying import copy_out, select_first
from snapshot.postgres.masking_facts import (
    TableFacts,
    broken_checks,
    covered_rows,
    refused_columns,
)
from snapshot.store.manifest import LARGE_OBJECTS

_SAMPLE = 2_000  # rows of a table that are masked and shown to its CHECKs
_FEWEST = 20
_BYTES = 16 << 20  # of a table, from which on there are fewer rows

Values = dict[str, list[str | None]]  # by column


def try_masks(
    connection: Connection, policy: Policy, masks: Masks, facts: Mapping[Name, TableFacts]
) -> None:
    """Mask some rows of each table and let the server look at them: types, domains, CHECKs.

    Raises Refused naming the mask, and the type or constraint that it breaks.
    """
    rewriters = masks.rewriters(first=False)
    problems: list[str] = []
    for name, plan in masks.plan.tables.items():
        if name == LARGE_OBJECTS or plan.table.empty or plan.table.foreign_code:
            continue
        before, after = _sample(connection, plan.table, rewriters[name])
        problems += _problems(connection, plan, facts[name], before, after)
    if problems:
        raise Refused(
            f"{policy.path} does not fit the database",
            hint="choose masks whose values these constraints allow",
            details=problems,
        )


def _problems(
    connection: Connection, plan: TablePlan, facts: TableFacts, before: Values, after: Values
) -> list[str]:
    """What the server says of masked rows."""
    name = plan.table.name
    types = {column.name: column.type for column in plan.table.stored}
    masked = {step.column: f"{step.column} ({step.rule.mask})" for step in plan.steps}
    refused = refused_columns(connection, {column: types[column] for column in masked}, after)
    if refused:
        return [f"{name}: {types[c]} does not take values of {masked[c]}" for c in refused]
    problems = []
    for check in broken_checks(connection, facts, types, after):
        columns = {c for k in facts.checks if k.name == check for c in k.columns}
        used = ", ".join(text for column, text in masked.items() if column in columns)
        problems.append(f"{name}: masked rows break {check}: {used}")
    for unique in plan.uniques:
        if unique.predicate is None:
            continue
        covered = [covered_rows(connection, types, v, unique.predicate) for v in (before, after)]
        if covered[0] != covered[1]:
            used = ", ".join(text for column, text in masked.items() if column in unique.reads)
            problems.append(f"{name}: other rows than before are in {unique.name}: {used}")
    return problems


def _sample(connection: Connection, table: Table, masks: TableMasking) -> tuple[Values, Values]:
    """Some rows before and after, in the same order."""
    a_row = table.size // max(table.estimated_rows, 1)
    rows = min(_SAMPLE, max(_FEWEST, _BYTES // max(a_row, 1)))
    data = b"".join(block.data for block in copy_out(connection, select_first(table, rows)))
    if not data:
        return {}, {}
    return tuple(  # type: ignore[return-value]
        {
            column.name: values.to_pylist()
            for column, values in zip(
                table.stored, parse_rows(part, len(table.stored)), strict=True
            )
        }
        for part in (data, b"".join(block.data for block in masks.in_place(data)))
    )
