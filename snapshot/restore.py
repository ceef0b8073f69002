"""Restore: a database is brought to a snapshot's state, or nothing changes."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

from psycopg import sql

from snapshot.applications import ContainerOptions
from snapshot.containers.control import applications_stopped
from snapshot.containers.discovery import find_applications
from snapshot.errors import NotConfirmed, Refused
from snapshot.manifest import Manifest
from snapshot.postgres.checksums import comparable
from snapshot.postgres.connection import (
    Connection,
    connected,
    consistent_read,
    describe,
    server_errors,
)
from snapshot.postgres.introspect import (
    count_rows,
    read_catalog,
    read_drops,
    read_fingerprint,
)
from snapshot.postgres.sessions import end_other_sessions
from snapshot.progress import NO_PROGRESS, Progress
from snapshot.restorers.plan import PlanOptions, RestorePlan, Road, build_plan, choose_road
from snapshot.restorers.snapshot_files import SnapshotFiles, open_snapshot
from snapshot.restorers.transaction import replay
from snapshot.state import remember_restore


@dataclass(frozen=True)
class RestoreOptions:
    """Which snapshot goes where, and how."""

    url: str
    directory: Path
    confirm: bool = False
    plan: PlanOptions = field(default_factory=PlanOptions)
    verify: bool = True
    containers: ContainerOptions = field(default_factory=ContainerOptions)


@dataclass(frozen=True)
class RestoreReport:
    """A restore that happened."""

    target: str
    road: Road
    source_format: str
    manifest: Manifest
    deleted: int
    seconds: float


Approve = Callable[[RestorePlan], bool]


def restore_snapshot(
    options: RestoreOptions, approve: Approve | None = None, progress: Progress = NO_PROGRESS
) -> RestoreReport:
    """Bring a database to a snapshot's state in one transaction, or change nothing.

    `approve` is shown the plan and says yes or no; without it, `options.confirm` decides.
    Raises SnapshotDamaged, SchemaDiffers and NotConfirmed before anything is touched;
    ForeignKeysViolated, ContentDiffers and DatabaseFailed after the transaction was rolled back.
    Containers that use the database are stopped meanwhile and started again in every case;
    ContainersNotStarted says if one does not come up, also when the restore itself worked.
    """
    progress.step("Checking the files")
    source = open_snapshot(options.directory)
    with connected(options.url) as target:
        plan = _plan(source, target, options)
        if not (options.confirm or (approve is not None and approve(plan))):
            raise NotConfirmed(
                f"{plan.target} was not touched: nobody confirmed",
                hint="add --confirm, or run it in a terminal and type the database's name",
            )
        with applications_stopped(plan.applications, progress), server_errors():
            started = time.monotonic()
            if plan.applications.stopped:
                # a query goes on when its client has gone, and keeps its locks
                end_other_sessions(target)
            replay(target, plan, source, options.verify, progress)
            seconds = time.monotonic() - started
        remember_restore(
            read_fingerprint(target), options.directory, source.digest, source.manifest
        )
    deleted = sum(plan.deleted.values())
    return RestoreReport(
        plan.target, plan.road, plan.source_format, plan.manifest, deleted, seconds
    )


def plan_restore(options: RestoreOptions) -> RestorePlan:
    """What restore_snapshot() would do. Nothing is touched."""
    source = open_snapshot(options.directory)
    with connected(options.url) as target:
        return _plan(source, target, options)


def _plan(source: SnapshotFiles, target: Connection, options: RestoreOptions) -> RestorePlan:
    manifest = source.manifest
    applications = find_applications(options.containers, target.info.host, target.info.port)
    with consistent_read(target):
        catalog = read_catalog(target)
        if options.verify and not comparable(manifest.source.encoding, catalog.encoding):
            raise Refused(
                f"the target's encoding is {catalog.encoding}, the snapshot's "
                f"{manifest.source.encoding}: what arrives could not be compared",
                hint="create the database with that encoding, or use --no-verify",
            )
        road = choose_road(manifest, catalog, options.plan)
        drops: list[sql.Composable] = []
        if road is Road.REPLACE_SCHEMA:
            drops = read_drops(target, manifest.schemas)
            doomed = [t for t in catalog.tables if t.name.schema in manifest.schemas]
        else:
            doomed = [catalog.by_name[e.name] for e in manifest.tables if e.name in catalog.by_name]
        deleted = count_rows(target, doomed)
        names = (target.info.dbname, describe(target))
        plan = build_plan(source, catalog, options.plan, names, deleted, drops)
        return replace(plan, applications=applications)
