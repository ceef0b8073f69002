"""Undo: a database is brought back to what it was before the last restore or clear."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from snapshot.change import Approve, ChangeOptions
from snapshot.errors import UsageError
from snapshot.planning.restore_plan import PlanOptions, RestorePlan
from snapshot.postgres.connection import Connection, connected, consistent_read, describe
from snapshot.postgres.identity import read_identity
from snapshot.postgres.introspect import read_catalog
from snapshot.postgres.schema_dump import target_schema
from snapshot.progress import NO_PROGRESS, Progress
from snapshot.restore import RestoreOptions, RestoreReport, plan_from, restore_as_planned
from snapshot.restorers.comparing import compare_schemas
from snapshot.safety.backups import Backup, find_backups
from snapshot.store.history import last_restore
from snapshot.store.reader import SnapshotFiles, open_snapshot


@dataclass(frozen=True)
class UndoOptions(ChangeOptions):
    """Which database goes back, and to which of its safety snapshots: by name, or the newest."""

    name: str | None = None


def backups_of(url: str) -> tuple[str, list[Backup]]:
    """The database, described, and its safety snapshots on this machine, newest first."""
    with connected(url) as connection:
        return describe(connection), find_backups(read_identity(connection))


def undo_restore(
    options: UndoOptions, approve: Approve | None = None, progress: Progress = NO_PROGRESS
) -> RestoreReport:
    """Restore a safety snapshot; what is there now is kept in turn, so that undo undoes itself.

    Raises UsageError if there is none, and everything that restore_snapshot() raises.
    """
    restore = RestoreOptions(
        options.conninfo,
        Path(),
        confirm=options.confirm,
        guard=options.guard,
        backup=options.backup,
        containers=options.containers,
        allow_other_source=True,
    )
    return restore_as_planned(restore, partial(_plan, restore, options.name), approve, progress)


def _plan(restore: RestoreOptions, name: str | None, connection: Connection) -> RestorePlan:
    """Choose the safety snapshot when nobody makes another one, and plan its restore."""
    backup = _chosen(connection, name)
    files = open_snapshot(backup.path)
    options = _plan_options(connection, restore.conninfo, files)
    chosen = replace(restore, directory=backup.path, plan=options)
    return plan_from(files, chosen, connection)


def _chosen(connection: Connection, name: str | None) -> Backup:
    """The one that was named, else the newest of this server."""
    backups = find_backups(read_identity(connection))
    chosen = [b for b in backups if b.name == name or (name is None and b.of_this_server)]
    if not chosen:
        other = next((b.name for b in backups), None)
        raise UsageError(
            f"there is no safety snapshot {f'{name} ' if name else ''}of {describe(connection)} "
            "on this machine",
            hint=f"of a server that looks like this one there is: snapshot undo {other}"
            if other and name is None
            else "a command that deletes rows keeps one; see: snapshot undo --list",
        )
    return chosen[0]


def _plan_options(connection: Connection, url: str, backup: SnapshotFiles) -> PlanOptions:
    """Replace the schema if it is another; drop the schemas that were not there.

    A complete safety snapshot has all that were there. Of one of some schemas it is only known
    that those were not there which the restore brought.
    """
    manifest, definitions = backup.manifest, backup.definitions
    if definitions is None:  # an older version made it: what the schema was cannot be compared
        return PlanOptions(replace_schema=True)
    with (
        consistent_read(connection) as exported,
        target_schema(connection, url, exported, manifest) as dump,
    ):
        catalog = read_catalog(connection)
        schemas = compare_schemas(connection, dump, manifest, definitions, catalog)
    restored = last_restore(read_identity(connection).fingerprint)
    known = catalog.schemas if manifest.complete else ()
    brought = restored.manifest.schemas if restored else ()
    extra = {*known, *brought} & set(catalog.schemas) - set(manifest.schemas)
    another = bool(extra or schemas.refused)
    return PlanOptions(replace_schema=another, also_drop=tuple(sorted(extra)))
