"""What a policy would do: checked, planned, shown on some rows; and the leak scan by itself."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from snapshot.catalog import Catalog, Column, Name, Table
from snapshot.errors import UsageError
from snapshot.masking.classes import column_text
from snapshot.masking.columns import parse_rows
from snapshot.masking.constraints import check_plan
from snapshot.masking.naming import knowing_names, vocabulary
from snapshot.masking.plan import MaskPlan, Problem, mask_plan
from snapshot.masking.policy import Policy
from snapshot.masking.prf import MaskKey
from snapshot.masking.rows import TableMasking
from snapshot.masking.scan import ScanResult
from snapshot.masking.searching import search_snapshot
from snapshot.masking.secret import ephemeral_key, read_key
from snapshot.masking.session import left_values, plan_masking
from snapshot.masking.tables import Masks
from snapshot.postgres.connection import Connection
from snapshot.postgres.copying import copy_out, select_first, select_pages
from snapshot.postgres.introspect import read_catalog
from snapshot.postgres.masking_facts import TableFacts, read_masking_facts
from snapshot.progress import NO_PROGRESS, Progress
from snapshot.restorers.scratch import schema_made
from snapshot.restorers.transaction import run_steps
from snapshot.store.manifest import LARGE_OBJECTS
from snapshot.store.reader import SnapshotFiles


@dataclass(frozen=True)
class Checked:
    """A policy beside a schema."""

    policy: Policy
    problems: tuple[Problem, ...]
    columns: int  # that are stored
    counts: dict[str, int]  # of columns by mask

    def to_dict(self) -> dict[str, Any]:
        """What --json prints: see docs/masking.md."""
        return {
            "policy": self.policy.path,
            "sha256": self.policy.digest,
            "passed": not self.problems,
            "columns": self.columns,
            "masks": self.counts,
            "problems": [p._asdict() for p in self.problems],
        }


class PlannedColumn(NamedTuple):
    """What becomes of a column, and why that is safe."""

    table: str
    column: str
    type: str
    mask: str
    follows: str  # the column whose rule it has, by a key or a link
    unique: str  # how values stay different, if they have to


def check_policy(connection: Connection, policy: Policy) -> Checked:
    """Compare a policy with the schema of a database: rules, keys, constraints, room. Reads no row.

    A key is not needed.
    """
    return _checked(policy, read_catalog(connection), read_masking_facts(connection))


def check_against(files: SnapshotFiles, policy: Policy) -> Checked:
    """The same with the schema of a snapshot, which the embedded server makes and forgets.

    Raises SnapshotError if the embedded server is not installed.
    """
    with schema_made(*files.schema()) as (server, rest):
        run_steps(server, rest, NO_PROGRESS)
        return check_policy(server, policy)


def _checked(policy: Policy, catalog: Catalog, facts: dict[Name, TableFacts]) -> Checked:
    plan, problems = mask_plan(policy, catalog, facts)
    stored = sum(len(table.stored) for table in catalog.tables)
    # lines to paste may be alike in several tables
    problems += [p for p in check_plan(plan, catalog, facts, ephemeral_key()) if p not in problems]
    return Checked(policy, tuple(problems), stored, plan.counts)


def plan_columns(connection: Connection, policy: Policy) -> list[PlannedColumn]:
    """What becomes of every stored column. Raises Refused if the policy does not fit."""
    catalog = read_catalog(connection)
    key = ephemeral_key()
    plan, facts = plan_masking(connection, catalog, policy, key)
    return [
        _planned(plan, facts[table.name], table, column, key)
        for table in catalog.tables
        for column in table.stored
        if table.name in facts
    ]


def _planned(
    plan: MaskPlan, facts: TableFacts, table: Table, column: Column, key: MaskKey
) -> PlannedColumn:
    name, here = column.name, (table.name, column.name)
    if table.name in plan.without_rows:
        return PlannedColumn(str(table.name), name, column.type, "(no rows)", "", "")
    root = plan.classes.root(here)
    indexes = [u.name for u in facts.uniques if name in (*u.columns, *u.reads)]
    steps = plan.tables[table.name].steps if table.name in plan.tables else ()
    step = next((step for step in steps if step.column == name), None)
    unique = ""
    if indexes and step:
        mask = step.mask(key)
        how = "by construction" if mask.bits is None else f"one of 2^{mask.bits:.0f}, counted"
        unique = f"{', '.join(indexes)}: {how if mask.injective else 'counted'}"
    follows = column_text(root) if root != here else ""
    mask_name = plan.rules[here].mask
    return PlannedColumn(str(table.name), name, column.type, mask_name, follows, unique)


class Preview(NamedTuple):
    """Some rows of a table, as they are and as they would be written."""

    table: str
    columns: tuple[str, ...]  # those that are masked
    before: list[list[str | None]]
    after: list[list[str | None]]


def preview_rows(
    connection: Connection, policy: Policy, tables: Sequence[str], rows: int
) -> Iterator[Preview]:
    """The first rows of masked tables, before and after. Originals: for the eyes of their keeper.

    Raises UsageError for a table that has no mask, and what a masked create raises.
    """
    catalog = read_catalog(connection)
    key = read_key(policy.key)
    plan, _ = plan_masking(connection, catalog, policy, key)
    plan = knowing_names(plan, vocabulary(connection, plan))
    names = {str(name): name for name in plan.tables} | {
        f"{name.schema}.{name.name}": name for name in plan.tables
    }
    for wanted in tables:
        if wanted not in names:
            raise UsageError(f"{wanted} has no masked column", hint="see: snapshot mask plan")
    chosen = [names[wanted] for wanted in tables] or [n for n in plan.tables if n != LARGE_OBJECTS]
    left = left_values(connection, plan)
    masks = Masks(key, plan, catalog.encoding, left, (), checksums=False).rewriters(first=False)
    for name in chosen:
        yield _preview(connection, plan.tables[name].table, masks[name], rows)


def _preview(connection: Connection, table: Table, masks: TableMasking, rows: int) -> Preview:
    masked = [step.column for step in masks.plan.steps]
    data = b"".join(block.data for block in copy_out(connection, select_first(table, rows)))
    after = b"".join(block.data for block in masks.in_place(data)) if data else b""
    names = [column.name for column in table.stored]
    wanted = [names.index(name) for name in masked]

    def texts(block: bytes) -> list[list[str | None]]:
        if not block:
            return []
        values = parse_rows(block, len(names))
        return [list(row) for row in zip(*(values[i].to_pylist() for i in wanted), strict=True)]

    return Preview(str(table.name), tuple(masked), texts(data), texts(after))


def scan_again(
    connection: Connection, policy: Policy, files: SnapshotFiles, progress: Progress
) -> ScanResult:
    """Search a snapshot's files for the originals that a database has, in the open transaction.

    Whatever made the snapshot, and whatever it says of itself.
    """
    catalog = read_catalog(connection)
    key = ephemeral_key()
    plan, _ = plan_masking(connection, catalog, policy, key)
    left = left_values(connection, plan)
    masks = Masks(key, plan, catalog.encoding, left, policy.schema.allow, checksums=False)
    for name, masking in masks.rewriters(first=True).items():
        table = plan.tables[name].table
        if table.empty:
            continue
        progress.table(str(name))
        statement = select_pages(table, (0, None))
        for _ in masking.copy_text(block.data for block in copy_out(connection, statement)):
            pass
    progress.step("Looking for originals")
    return search_snapshot(files.directory, files.manifest, masks.originals, masks.columns)
