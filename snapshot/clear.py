"""Clear: all rows are deleted, the schema stays."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from snapshot.catalog import Catalog, Name, Table
from snapshot.change import Approve, ChangeOptions, change
from snapshot.planning.change_plan import ChangePlan
from snapshot.planning.script import empty_tables, tables_to_empty
from snapshot.planning.selection import EVERYTHING
from snapshot.postgres.connection import Connection, consistent_read, describe
from snapshot.postgres.introspect import count_rows, read_catalog
from snapshot.postgres.outcome import known_outcome
from snapshot.progress import NO_PROGRESS, Progress
from snapshot.restorers.transaction import begin, run_steps


@dataclass(frozen=True)
class ClearOptions(ChangeOptions):
    """Which database is emptied."""


@dataclass(frozen=True, kw_only=True)
class ClearPlan(ChangePlan):
    """Rows that are to be deleted, by table."""

    deleted: Mapping[Name, int]
    tables: tuple[Table, ...]
    catalog: Catalog


@dataclass(frozen=True)
class ClearReport:
    """What was deleted. `backup` is the safety snapshot of what was there."""

    database: str
    deleted: Mapping[Name, int]
    backup: Path | None

    def to_dict(self) -> dict[str, Any]:
        """What --json prints, but for the database's URL: values that json.dumps takes."""
        return {
            "target": self.database,
            "deleted": [{**name._asdict(), "rows": rows} for name, rows in self.deleted.items()],
            "rows": sum(self.deleted.values()),
            "backup": str(self.backup) if self.backup else None,
        }


def clear_database(
    options: ClearOptions, approve: Approve | None = None, progress: Progress = NO_PROGRESS
) -> ClearReport:
    """Delete all rows of all tables in one transaction, and keep the schema.

    `approve` is shown the ClearPlan and says yes or no; without it, `options.confirm` decides.
    Raises what change() raises, and DatabaseFailed; nothing is deleted then.
    """
    with change(options, plan_clear, approve, progress) as session:
        plan = session.plan
        with known_outcome(session.connection):
            begin(session.connection)
            if plan.tables:
                run_steps(session.connection, empty_tables(plan.tables, plan.catalog), progress)
    return ClearReport(plan.target, plan.deleted, session.backup)


def plan_clear(connection: Connection) -> ClearPlan:
    """All rows of all tables, but those of extensions and of migration tools."""
    with consistent_read(connection):
        catalog = read_catalog(connection)
        tables = tables_to_empty(catalog)
        counts = count_rows(connection, tables)
    return ClearPlan(
        database=connection.info.dbname,
        target=describe(connection),
        lost=EVERYTHING if any(counts.values()) else None,
        decision=catalog.structure,
        deleted=counts,
        tables=tables,
        catalog=catalog,
    )
