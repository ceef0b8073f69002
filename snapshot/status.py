"""Status and clear: what a database holds, and how to empty it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from psycopg import sql

from snapshot.catalog import Name
from snapshot.errors import NotConfirmed
from snapshot.planning.script import empty_tables
from snapshot.postgres.connection import Connection, connected, consistent_read, describe
from snapshot.postgres.introspect import count_rows, read_catalog, read_fingerprint
from snapshot.postgres.outcome import known_outcome
from snapshot.progress import NO_PROGRESS, Progress
from snapshot.restorers.transaction import begin, run_steps
from snapshot.safety.backups import BackupOptions, keep_backup
from snapshot.safety.guard import Guard, connected_for_writing
from snapshot.safety.history import Restored, last_restore
from snapshot.selection import EVERYTHING
from snapshot.verify import database_differences


@dataclass(frozen=True)
class TableStatus:
    """Rows of a table, and its size on the server's disk in bytes, indexes included."""

    name: Name
    rows: int
    size: int


@dataclass(frozen=True)
class StatusReport:
    """What a database holds, and what it was last restored from on this machine."""

    database: str
    tables: tuple[TableStatus, ...]
    restored: Restored | None
    differences: tuple[str, ...]  # from what it was restored from


@dataclass(frozen=True)
class ClearReport:
    """What was deleted."""

    database: str
    deleted: Mapping[Name, int]
    backup: Path | None  # the safety snapshot of what was there


def database_status(url: str, progress: Progress = NO_PROGRESS) -> StatusReport:
    """Count and measure the tables, and compare them with the snapshot they were restored from."""
    with connected(url) as connection:
        with consistent_read(connection):
            tables = read_catalog(connection).tables
            counts = count_rows(connection, tables)
            sizes = _sizes(connection, list(counts))
            restored = last_restore(read_fingerprint(connection))
        differences: list[str] = []
        if restored:
            differences = database_differences(connection, restored.manifest, progress)
        status = tuple(TableStatus(name, counts[name], sizes[name]) for name in counts)
        return StatusReport(describe(connection), status, restored, tuple(differences))


@dataclass(frozen=True)
class ClearOptions:
    """Which database is emptied, and what is kept of it."""

    url: str
    confirm: bool = False
    guard: Guard = field(default_factory=Guard)
    backup: BackupOptions = field(default_factory=BackupOptions)


def clear_database(
    options: ClearOptions,
    approve: Callable[[str, Mapping[Name, int]], bool] | None = None,
    progress: Progress = NO_PROGRESS,
) -> ClearReport:
    """Delete all rows of all tables in one transaction, and keep the schema.

    `approve` is shown the database and its rows and says yes or no; without it, `options.confirm`
    decides. Raises TargetProtected and NotConfirmed before anything is touched.
    """
    with connected_for_writing(options.url, options.guard) as connection:
        with consistent_read(connection):
            catalog = read_catalog(connection)
            tables = [table for table in catalog.tables if table.configuration is None]
            counts = count_rows(connection, tables)
        database = describe(connection)
        if not (options.confirm or (approve is not None and approve(database, counts))):
            raise NotConfirmed(
                f"{database} was not touched: nobody confirmed",
                hint="add --confirm, or run it in a terminal and type the database's name",
            )
        backup = None
        if any(counts.values()):
            backup = keep_backup(connection, options.url, EVERYTHING, options.backup, progress)
        with known_outcome(connection):
            begin(connection)
            if tables:
                run_steps(connection, empty_tables(tables, catalog), progress)
        return ClearReport(database, counts, backup)


def _sizes(connection: Connection, names: list[Name]) -> dict[Name, int]:
    """Bytes on disk, the partitions of a partitioned table together."""
    relations = [sql.Identifier(*name).as_string(None) for name in names]
    rows = connection.execute(
        "SELECT (SELECT coalesce(pg_catalog.sum(pg_catalog.pg_total_relation_size(part.oid)), 0)"
        " FROM (SELECT relid AS oid FROM pg_catalog.pg_partition_tree(relation::regclass)"
        "       UNION SELECT relation::regclass) part)::bigint"
        " FROM unnest(%s::text[]) WITH ORDINALITY r (relation, position) ORDER BY position",
        [relations],
    )
    return {name: size for name, (size,) in zip(names, rows, strict=True)}
