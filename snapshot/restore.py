"""Restore: a database is brought to a snapshot's state, or nothing changes."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

from snapshot.catalog import Catalog
from snapshot.containers.control import applications_stopped
from snapshot.containers.discovery import find_applications
from snapshot.create import write_again
from snapshot.errors import NotConfirmed, Refused
from snapshot.planning.applications import ContainerOptions
from snapshot.planning.preflight import Finding, examine, refuse_if_blocked
from snapshot.planning.restore_plan import (
    NO_DROPS,
    Drops,
    PlanOptions,
    RestorePlan,
    Road,
    TargetState,
    build_plan,
    choose_road,
)
from snapshot.postgres.checksums import comparable
from snapshot.postgres.connection import (
    Connection,
    connected,
    consistent_read,
    describe,
    server_errors,
)
from snapshot.postgres.facts import read_facts
from snapshot.postgres.introspect import (
    count_relations,
    count_rows,
    read_catalog,
    read_drops,
    read_fingerprint,
    read_indexes,
)
from snapshot.postgres.sessions import end_other_sessions
from snapshot.progress import NO_PROGRESS, Progress
from snapshot.restorers.transaction import replay, understood_by_an_older_server
from snapshot.safety.backups import BackupOptions, keep_backup
from snapshot.safety.guard import Guard, connected_for_writing, objections_to
from snapshot.safety.history import remember_restore
from snapshot.selection import EVERYTHING, Selection
from snapshot.store.location import Directory
from snapshot.store.manifest import Manifest, digest
from snapshot.store.reader import SnapshotFiles, open_edited, open_snapshot
from snapshot.store.writer import new_snapshot


@dataclass(frozen=True)
class RestoreOptions:
    """Which snapshot goes where, and how."""

    url: str
    directory: Directory
    confirm: bool = False
    plan: PlanOptions = field(default_factory=PlanOptions)
    verify: bool = True
    containers: ContainerOptions = field(default_factory=ContainerOptions)
    guard: Guard = field(default_factory=Guard)
    allow_other_source: bool = False
    backup: BackupOptions = field(default_factory=BackupOptions)
    accept_edits: bool = False


@dataclass(frozen=True)
class RestoreReport:
    """A restore that happened. `backup` is the safety snapshot of what was there before."""

    target: str
    road: Road
    source_format: str
    manifest: Manifest
    deleted: int
    seconds: float
    backup: Path | None


Approve = Callable[[RestorePlan], bool]


def restore_snapshot(
    options: RestoreOptions, approve: Approve | None = None, progress: Progress = NO_PROGRESS
) -> RestoreReport:
    """Bring a database to a snapshot's state in one transaction, or change nothing.

    `approve` is shown the plan and says yes or no; without it, `options.confirm` decides.
    Raises SnapshotDamaged, SchemaDiffers, TargetProtected, NotReady and NotConfirmed before
    anything is touched; ForeignKeysViolated, ContentDiffers and DatabaseFailed after the
    transaction was rolled back. Containers that use the database are stopped meanwhile and started
    again in every case; ContainersNotStarted says if one does not come up, also when the restore
    itself worked.
    """
    progress.step("Checking the files")
    source = _open(options)
    with connected_for_writing(options.url, options.guard) as target:
        plan = _plan(source, target, options)
        refuse_if_blocked(plan.target, _findings(plan, target, options))
        if not (options.confirm or (approve is not None and approve(plan))):
            raise NotConfirmed(
                f"{plan.target} was not touched: nobody confirmed",
                hint="add --confirm, or run it in a terminal and type the database's name",
            )
        fingerprint = read_fingerprint(target)
        with applications_stopped(plan.applications, progress), server_errors():
            if plan.applications.stopped:
                # a query goes on when its client has gone, and keeps its locks
                end_other_sessions(target)
            backup = None
            if plan.loses_something:
                selection = _touched(plan)
                backup = keep_backup(target, options.url, selection, options.backup, progress)
            started = time.monotonic()
            manifest, sealed = source.manifest, source.digest
            if options.accept_edits:
                manifest = _replay_edited(target, plan, source, progress)
                sealed = digest(options.directory)
            else:
                replay(target, plan, source, options.verify, progress)
            seconds = time.monotonic() - started
    remember_restore(fingerprint, options.directory, sealed, manifest)
    return RestoreReport(
        plan.target,
        plan.road,
        plan.source_format,
        manifest,
        sum(plan.deleted.values()),
        seconds,
        backup,
    )


def plan_restore(options: RestoreOptions) -> tuple[RestorePlan, list[Finding]]:
    """What restore_snapshot() would do, and what it would find in its way. Nothing is touched."""
    source = _open(options)
    with connected(options.url) as target:
        plan = _plan(source, target, options)
        protected = [
            Finding("target", reason, f"if this is the one you mean: --allow {name}")
            for name, reason in objections_to(target, options.guard)
        ]
        return plan, [*protected, *_findings(plan, target, options)]


def _open(options: RestoreOptions) -> SnapshotFiles:
    if options.accept_edits:
        return open_edited(options.directory, options.plan.source_format)
    return open_snapshot(options.directory)


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
        drops = NO_DROPS
        if choose_road(manifest, catalog, options.plan) is Road.REPLACE_SCHEMA:
            drops = _drops(target, manifest, catalog, options.plan.also_drop)
            doomed = [t for t in catalog.tables if t.name.schema in drops.schemas]
        else:
            doomed = [catalog.by_name[e.name] for e in manifest.tables if e.name in catalog.by_name]
        state = TargetState(
            target.info.dbname,
            describe(target),
            catalog,
            count_relations(target),
            count_rows(target, doomed),
            read_indexes(target),
        )
        plan = build_plan(source, state, options.plan, drops)
        return replace(plan, applications=applications)


def _drops(
    target: Connection, manifest: Manifest, catalog: Catalog, also: tuple[str, ...]
) -> Drops:
    schemas, extensions = manifest.schemas, list[str]()
    if also:
        schemas = tuple(sorted({*schemas, *also}))
        extensions = [e.name for e in catalog.extensions if e.name not in manifest.extensions]
    return Drops(schemas, tuple(read_drops(target, schemas, extensions)))


def _touched(plan: RestorePlan) -> Selection:
    """What a safety snapshot must hold: all, or the schemas of a snapshot that is of some only.

    The others may be a provider's, whose tables this role cannot even read.
    """
    there = {table.name.schema for table in plan.catalog.tables}
    schemas = tuple(s for s in {*plan.manifest.schemas, *plan.dropped_schemas} if s in there)
    plain = all(re.fullmatch(r"\w+", schema) for schema in schemas)
    if plan.manifest.complete or not schemas or not plain:
        return EVERYTHING
    return Selection(schemas=tuple(sorted(schemas)))


def _findings(plan: RestorePlan, target: Connection, options: RestoreOptions) -> list[Finding]:
    findings = examine(plan, read_facts(target), options.allow_other_source)
    older = plan.manifest.source.server_version // 10000 > plan.catalog.server_version // 10000
    if older and plan.road is Road.CREATE and not any(finding.blocking for finding in findings):
        findings.append(understood_by_an_older_server(target, plan))
    return findings


def _replay_edited(
    target: Connection, plan: RestorePlan, source: SnapshotFiles, progress: Progress
) -> Manifest:
    """Replay the edited rows, and write the snapshot again in all its formats from what arrived.

    The new files are complete before the transaction commits and take their place right after it:
    if the rows are refused, database and snapshot are as they were.
    """
    manifests: list[Manifest] = []
    with new_snapshot(source.directory) as written:

        def write() -> None:
            manifests.append(write_again(target, source, written, progress))

        replay(target, plan, source, False, progress, write)
        written.seal(manifests[0])
    return manifests[0]
