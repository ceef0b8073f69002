"""Undo: a database is brought back to what it was before the last restore or clear."""

from __future__ import annotations

from dataclasses import dataclass, field

from snapshot.errors import UsageError
from snapshot.planning.applications import ContainerOptions
from snapshot.planning.restore_plan import PlanOptions, schema_differences
from snapshot.postgres.connection import connected, consistent_read, describe
from snapshot.postgres.introspect import read_catalog, read_fingerprint
from snapshot.progress import NO_PROGRESS, Progress
from snapshot.restore import Approve, RestoreOptions, RestoreReport, restore_snapshot
from snapshot.safety.backups import Backup, BackupOptions, find_backups
from snapshot.safety.guard import Guard
from snapshot.safety.history import last_restore


@dataclass(frozen=True)
class UndoOptions:
    """Which database goes back, and to which of its safety snapshots: by name, or the newest."""

    url: str
    name: str | None = None
    confirm: bool = False
    containers: ContainerOptions = field(default_factory=ContainerOptions)
    guard: Guard = field(default_factory=Guard)
    backup: BackupOptions = field(default_factory=BackupOptions)


def backups_of(url: str) -> tuple[str, list[Backup]]:
    """The database for people, and its safety snapshots on this machine, newest first."""
    with connected(url) as connection:
        return describe(connection), find_backups(read_fingerprint(connection))


def undo_restore(
    options: UndoOptions, approve: Approve | None = None, progress: Progress = NO_PROGRESS
) -> RestoreReport:
    """Restore a safety snapshot; what is there now is kept in turn, so that undo undoes itself.

    Raises UsageError if there is none, and whatever restore_snapshot() raises.
    """
    database, backups = backups_of(options.url)
    chosen = [b for b in backups if options.name in (None, b.name)]
    if not chosen:
        raise UsageError(
            f"there is no safety snapshot {options.name or ''} of {database} on this machine",
            hint="one is kept whenever restore or clear delete rows; see: snapshot undo --list",
        )
    backup = chosen[0]
    with connected(options.url) as connection, consistent_read(connection):
        catalog = read_catalog(connection)
        restored = last_restore(read_fingerprint(connection))
    # what a complete safety snapshot does not have was not there; of one of some schemas only those
    # are known not to have been there that the restore brought
    known = catalog.schemas if backup.manifest.complete else ()
    brought = restored.manifest.schemas if restored else ()
    extra = {*known, *brought} & set(catalog.schemas) - set(backup.manifest.schemas)
    changed = bool(extra or schema_differences(backup.manifest, catalog))
    return restore_snapshot(
        RestoreOptions(
            options.url,
            backup.path,
            options.confirm,
            PlanOptions(replace_schema=changed, also_drop=tuple(sorted(extra))),
            containers=options.containers,
            guard=options.guard,
            allow_other_source=True,
            backup=options.backup,
        ),
        approve,
        progress,
    )
