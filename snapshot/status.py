"""Status: rows and sizes of tables, and differences from the snapshot restored last."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from psycopg import sql

from snapshot.catalog import Name
from snapshot.planning.migrations import shown
from snapshot.postgres.connection import Connection, connected, consistent_read, describe
from snapshot.postgres.identity import read_identity
from snapshot.postgres.introspect import count_rows, read_catalog
from snapshot.postgres.migrations import read_revisions
from snapshot.postgres.urls import AnyUrl, url_text
from snapshot.progress import NO_PROGRESS, Progress
from snapshot.safety.history import Restored, last_restore
from snapshot.verify import database_differences


@dataclass(frozen=True)
class TableStatus:
    """Rows of a table, and its size on the server's disk in bytes, indexes included."""

    name: Name
    rows: int
    size: int


@dataclass(frozen=True)
class StatusReport:
    """Tables of a database, and the snapshot that this machine restored into it last."""

    database: str
    tables: tuple[TableStatus, ...]
    restored: Restored | None
    differences: tuple[str, ...]  # from what it was restored from
    remedy: str  # for them
    migrations: tuple[str, ...] = ()  # where their tools stand

    def to_dict(self) -> dict[str, Any]:
        """What --json prints, but for the database's URL: values that json.dumps takes."""
        restored = self.restored
        return {
            "target": self.database,
            "tables": [{**t.name._asdict(), "rows": t.rows, "size": t.size} for t in self.tables],
            "rows": sum(t.rows for t in self.tables),
            "migrations": list(self.migrations),
            "restored": None
            if restored is None
            else {
                "directory": str(restored.directory),
                "at": str(restored.at),
                "digest": restored.digest,
                "equal": not self.differences,
                "differences": list(self.differences),
                "remedy": self.remedy,
            },
        }


def database_status(url: AnyUrl, progress: Progress = NO_PROGRESS) -> StatusReport:
    """Count and measure the tables, and compare them with the snapshot they were restored from."""
    conninfo = url_text(url)
    with connected(conninfo) as connection:
        with consistent_read(connection):
            tables = read_catalog(connection).tables
            revisions = read_revisions(connection, tables)
            counts = count_rows(connection, tables)
            sizes = _sizes(connection, list(counts))
            restored = last_restore(read_identity(connection).fingerprint)
        differences, hint = list[str](), ""
        if restored and restored.definitions is None:
            differences = ["not compared: an older version made the snapshot"]
            hint = "make it again with: snapshot create"
        elif restored:
            differences, hint = database_differences(
                connection, conninfo, restored.manifest, restored.definitions, progress=progress
            )
        status = tuple(TableStatus(name, counts[name], sizes[name]) for name in counts)
        stand = tuple(f"{shown(revision)} ({revision.tool})" for revision in revisions)
        return StatusReport(describe(connection), status, restored, tuple(differences), hint, stand)


def _sizes(connection: Connection, names: list[Name]) -> dict[Name, int]:
    """Bytes on disk; a partitioned table includes its partitions."""
    relations = [sql.Identifier(*name).as_string(None) for name in names]
    rows = connection.execute(
        "SELECT (SELECT coalesce(pg_catalog.sum(pg_catalog.pg_total_relation_size(part.oid)), 0)"
        " FROM (SELECT relid AS oid FROM pg_catalog.pg_partition_tree(relation::regclass)"
        "       UNION SELECT relation::regclass) part)::bigint"
        " FROM pg_catalog.unnest(%s::text[]) WITH ORDINALITY r (relation, position)"
        " ORDER BY position",
        [relations],
    )
    return {name: size for name, (size,) in zip(names, rows, strict=True)}
