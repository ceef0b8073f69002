"""Restore: a database is brought to a snapshot's state, or nothing changes."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack, suppress
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

from snapshot.catalog import Catalog, Definitions, Name
from snapshot.change import Approve, Change, ChangeOptions, change, protection
from snapshot.changes.databases import side_of
from snapshot.containers.discovery import find_applications
from snapshot.errors import Refused, SnapshotError, UsageError
from snapshot.planning.change_plan import Finding
from snapshot.planning.incremental import Fates, skipped
from snapshot.planning.migrations import recorded, told
from snapshot.planning.preflight import examine
from snapshot.planning.restore_plan import (
    NO_DROPS,
    Drops,
    PlanOptions,
    RestoreMode,
    RestorePlan,
    TargetState,
    build_plan,
    part_of,
)
from snapshot.planning.selection import never_back, shared_sequences
from snapshot.postgres.brought import read_moment
from snapshot.postgres.checksums import comparable
from snapshot.postgres.connection import Connection, connected, consistent_read
from snapshot.postgres.databases import made_if_missing, missing_database
from snapshot.postgres.facts import read_facts
from snapshot.postgres.identity import read_identity
from snapshot.postgres.introspect import count_rows, read_catalog, read_schemas
from snapshot.postgres.schema_dump import read_definitions, target_schema
from snapshot.postgres.sequences import read_sequences
from snapshot.postgres.sessions import end_lock_holders, lock_holders, read_endpoint
from snapshot.progress import NO_PROGRESS, Progress
from snapshot.restorers.comparing import compare_schemas, second_look
from snapshot.restorers.incremental import brought_by, look, remember
from snapshot.restorers.transaction import replay, understood_by_an_older_server
from snapshot.rewriting import write_again
from snapshot.safety.demands import refuse_unmasked
from snapshot.safety.guard import read_target, refuse_if_objected
from snapshot.store.history import Restored, known_words, last_restore
from snapshot.store.location import Directory, directory_of
from snapshot.store.manifest import LARGE_OBJECTS, Manifest, digest, load_manifest
from snapshot.store.proof import BroughtTable
from snapshot.store.reader import SnapshotFiles, open_edited, open_snapshot
from snapshot.store.writer import new_snapshot
from snapshot.target_state import emptied, read_state, read_what_drops, with_changes
from snapshot.verify import database_differences


@dataclass(frozen=True)
class RestoreOptions(ChangeOptions):
    """Which snapshot goes where, and how.

    `plan` says what becomes of the schema that is there. `verify` compares checksums before
    COMMIT. `allow_other_source` lets a snapshot replace another application's tables.
    `accept_edits` takes rows that were edited by hand as the snapshot's. `unasked` asks nobody
    where the database is empty, or holds only what the last restore brought. `end_sessions` ends
    other sessions that hold locks on what the restore replaces. `create` makes the database if the
    server has none of its name, and drops it again if the restore fails. `require_masked` demands
    a snapshot that is masked, `policy` one that was by the policy in this file. `full` replaces the
    rows of all tables, also of those that hold the snapshot's already.
    """

    directory: str | Directory
    plan: PlanOptions = field(default_factory=PlanOptions, kw_only=True)
    verify: bool = field(default=True, kw_only=True)
    allow_other_source: bool = field(default=False, kw_only=True)
    accept_edits: bool = field(default=False, kw_only=True)
    unasked: bool = field(default=False, kw_only=True)
    end_sessions: bool = field(default=False, kw_only=True)
    create: bool = field(default=False, kw_only=True)
    require_masked: bool = field(default=False, kw_only=True)
    policy: str | Path | None = field(default=None, kw_only=True)
    full: bool = field(default=False, kw_only=True)

    @property
    def place(self) -> Directory:
        """The directory, if it was given as text too."""
        return directory_of(self.directory)


@dataclass(frozen=True)
class RestoreReport:
    """A restore that happened. `backup` is the safety snapshot of what was there before."""

    target: str
    mode: RestoreMode
    source_format: str
    manifest: Manifest
    deleted: int
    seconds: float
    backup: Path | None
    fates: Fates = field(default_factory=dict)  # of tables; none where all were replaced

    @property
    def skipped(self) -> frozenset[Name]:
        """The tables that held the snapshot's rows already."""
        return skipped(self.fates)

    def to_dict(self) -> dict[str, Any]:
        """What --json prints, but for the database's URL: values that json.dumps takes."""
        return {
            "target": self.target,
            "mode": str(self.mode),
            "from": self.source_format,
            "deleted": self.deleted,
            "rows": self.manifest.rows,
            "seconds": round(self.seconds, 3),
            "backup": str(self.backup) if self.backup else None,
            "tables": [
                {**entry.name._asdict(), "rows": entry.rows}
                for entry in self.manifest.tables
                if entry.name != LARGE_OBJECTS
            ],
            "skipped": [name._asdict() for name in sorted(self.skipped)],
        }


def restore_snapshot(
    options: RestoreOptions, approve: Approve | None = None, progress: Progress = NO_PROGRESS
) -> RestoreReport:
    """Bring a database to a snapshot's state in one transaction, or change nothing.

    `approve` is shown the RestorePlan and says yes or no; without it, `options.confirm` decides.
    Raises what change() raises, UsageError, SnapshotDamaged and SchemaDiffers before anything is
    touched; ForeignKeysViolated, ContentDiffers, SnapshotDamaged and DatabaseFailed after the
    transaction was rolled back.
    """
    progress.step("Checking the files")
    files = _open(options)
    with ExitStack() as stack:
        if options.create and stack.enter_context(_made_if_missing(options, files.manifest)):
            options = replace(options, unasked=True)  # it is empty
        return restore_as_planned(options, partial(plan_from, files, options), approve, progress)


def _made_if_missing(options: RestoreOptions, manifest: Manifest) -> AbstractContextManager[bool]:
    def check(server: Connection, name: str) -> None:
        facts = replace(read_target(server), database=name, environment=None)
        refuse_if_objected(facts, options.guard, name)

    return made_if_missing(options.conninfo, manifest.source.encoding, check)


def restore_as_planned(
    options: RestoreOptions,
    make_plan: Callable[[Connection], RestorePlan],
    approve: Approve | None,
    progress: Progress,
) -> RestoreReport:
    """Carry a plan out that is made when the database is locked; its files say what is restored."""
    with change(options, make_plan, approve, progress) as session:
        plan, started = session.plan, time.monotonic()
        source, manifest = plan.files, plan.manifest
        if options.end_sessions:
            end_lock_holders(session.connection, plan.locked)
        definitions, whole, sealed = source.definitions, source.manifest, source.digest
        if options.accept_edits:
            whole = manifest = _replay_edited(session, progress)
            sealed = digest(options.place)
        else:
            part = replace(source, manifest=manifest)
            plan = _replay_and_remember(session, part, options, progress)
        seconds = time.monotonic() - started
        if definitions:
            definitions = _as_restored(session, definitions)
        if options.plan.selection.everything:  # else the database is not what the snapshot says
            session.restored = Restored(source.directory, sealed, whole, definitions)
    return RestoreReport(
        plan.target,
        plan.mode,
        plan.source_format,
        manifest,
        _deleted(plan, session.backup),
        seconds,
        session.backup,
        plan.fates,
    )


def _replay_and_remember(
    session: Change[RestorePlan], part: SnapshotFiles, options: RestoreOptions, progress: Progress
) -> RestorePlan:
    """Carry the plan out, and record by whom the rows were written, so that they are known again.

    What cannot be recorded is restored in full the next time.
    """
    target, brought = session.connection, dict[Name, BroughtTable]()
    remembered = options.verify and options.plan.selection.everything

    def note(plan: RestorePlan) -> None:
        if remembered and plan.loads.tables:
            brought.update(brought_by(target, plan, part.digest))

    plan = replay(target, session.plan, part, options.verify, progress, note)
    session.done = True
    if brought:
        remember(target, brought)
    return plan


def _deleted(plan: RestorePlan, backup: Path | None) -> int:
    """How many rows went: the safety snapshot has counted them under the lock."""
    if backup is None:
        return sum(plan.deleted.values())
    kept = {entry.name: entry.rows for entry in load_manifest(backup).tables}
    return sum(kept.get(name, 0) for name in plan.deleted)


def plan_restore(options: RestoreOptions) -> tuple[RestorePlan, list[Finding]]:
    """What restore_snapshot() would do, and what it would find in its way. Nothing is touched."""
    source = _open(options)
    conninfo = options.conninfo
    if options.create and (name := missing_database(conninfo)):
        raise UsageError(
            f"there is no database {name} yet, so there is no plan: --create makes it, and all "
            f"{source.manifest.rows:,} rows are loaded",
            hint="leave --plan out, or create it first",
        )
    with connected(conninfo) as target:
        plan = plan_from(source, options, target, look_only=True)
        return plan, [*protection(target, options.guard), *plan.findings]


def _open(options: RestoreOptions) -> SnapshotFiles:
    if options.accept_edits:
        if options.plan.data_only or not options.plan.selection.everything:
            raise UsageError(
                "--accept-edits takes all rows of the snapshot: --data-only, -n, -N, -t and -T do "
                "not go with it",
                hint="leave them out",
            )
        files = open_edited(options.place, options.plan.source_format)
    else:
        files = open_snapshot(options.place)
    as_it_is = replace(files.manifest, masked=files.masked)
    refuse_unmasked(options.place, as_it_is, options.require_masked, options.policy)
    return files


def plan_from(
    source: SnapshotFiles, options: RestoreOptions, target: Connection, *, look_only: bool = False
) -> RestorePlan:
    """The plan of a restore from opened files, with what the pre-flight found."""
    applications = find_applications(options.containers, read_endpoint(target))
    with consistent_read(target) as exported, ExitStack() as stack:
        dump = None
        if options.plan.keeps_schema and read_schemas(target):  # read beside what follows
            dump = stack.enter_context(
                target_schema(target, options.conninfo, exported, source.manifest)
            )
        catalog = read_catalog(target)
        _refuse_other_encoding(source.manifest, catalog, options)
        manifest = part_of(source.manifest, catalog, options.plan)
        if shared := shared_sequences(manifest, catalog):
            manifest = never_back(manifest, read_sequences(target, shared), catalog)
        part = replace(source, manifest=manifest)
        drops = read_what_drops(target, part.manifest, catalog, options.plan)
        state = _found(part, options, target, (exported, catalog, drops), look_only)
        if dump:
            definitions = source.definitions
            schemas = compare_schemas(target, dump, part.manifest, definitions, catalog)
            if schemas.clash and schemas.refused:
                known = known_words(read_identity(target).fingerprint, source.digest)
                schemas = second_look(
                    target,
                    options.conninfo,
                    schemas,
                    part,
                    catalog,
                    known,
                    may_make=not look_only,
                )
            state = replace(state, comparison=schemas)
        plan = build_plan(part, state, options.plan, drops)
    return replace(
        plan,
        files=source,
        keeps_backup=options.backup.keep,
        migrations=tuple(told(recorded(source.manifest), state.revisions)),
        applications=applications,
        findings=tuple(_findings(plan, target, options)),
        harmless=options.unasked and _holds_only_a_snapshot(target, options.conninfo, catalog),
    )


def _found(
    part: SnapshotFiles,
    options: RestoreOptions,
    target: Connection,
    read: tuple[str, Catalog, Drops],
    look_only: bool,
) -> TargetState:
    """What the target holds: which tables are as they are to be, and what goes."""
    exported, catalog, drops = read
    state = read_state(target, part.manifest, catalog, drops)
    if options.plan.keeps_schema and options.verify and not (options.full or part.edited):
        state = replace(state, fates=look(target, part, catalog), moment=read_moment(target))
    looked_at = look_only or not options.confirm
    if looked_at and drops is NO_DROPS:
        return with_changes(state, part, side_of(target, options.conninfo, exported, catalog))
    if looked_at or not options.backup.keep:  # else the safety snapshot counts them
        going = emptied(part.manifest, catalog, drops)
        counted = count_rows(target, [t for t in going if t.name not in state.skipped])
        return replace(state, deleted={**state.deleted, **counted})
    return state


def _refuse_other_encoding(manifest: Manifest, catalog: Catalog, options: RestoreOptions) -> None:
    if options.verify and not comparable(manifest.source.encoding, catalog.encoding):
        raise Refused(
            f"the target's encoding is {catalog.encoding}, the snapshot's "
            f"{manifest.source.encoding}: what arrives could not be compared",
            hint="create the database with that encoding, or use --no-verify",
        )


def _findings(plan: RestorePlan, target: Connection, options: RestoreOptions) -> list[Finding]:
    findings = examine(plan, read_facts(target), options.allow_other_source)
    older = plan.manifest.source.server_version // 10000 > plan.catalog.server_version // 10000
    if (
        older
        and plan.mode is RestoreMode.CREATE
        and not any(finding.blocking for finding in findings)
    ):
        findings.append(understood_by_an_older_server(target, plan))
    if options.end_sessions:
        holders = lock_holders(target, plan.locked)
        findings += [
            Finding("sessions", f"{'will be' if h.may_end else 'cannot be'} ended: {h}")
            for h in holders
        ]
    return findings


def _holds_only_a_snapshot(target: Connection, url: str, catalog: Catalog) -> bool:
    """Whether a database is empty, or holds exactly what the last restore put there."""
    if not catalog.schemas and not catalog.large_objects:
        return True
    restored = last_restore(read_identity(target).fingerprint)
    if restored is None or restored.definitions is None:
        return False
    manifest, definitions = restored.manifest, restored.definitions
    return not database_differences(target, url, manifest, definitions).lines


def _as_restored(session: Change[RestorePlan], definitions: Definitions) -> Definitions:
    """How this server writes what was restored: so it is known again, whatever its words are."""
    plan, target = session.plan, session.connection
    if plan.creates_schema:
        with suppress(SnapshotError), consistent_read(target) as exported:  # the restore is done
            return read_definitions(target, session.url, exported, plan.manifest, definitions)
        return definitions
    same = plan.comparison is not None and not plan.comparison.differences
    return plan.comparison.target if plan.comparison and same else definitions


def _replay_edited(session: Change[RestorePlan], progress: Progress) -> Manifest:
    """Replay the edited rows, and write the snapshot again in all its formats from what arrived.

    The new files are complete before the transaction commits and take their place right after it:
    if the rows are refused, database and snapshot are as they were.
    """
    target, plan, source = session.connection, session.plan, session.plan.files
    manifests: list[Manifest] = []
    with new_snapshot(source.directory) as written:

        def write(_: RestorePlan) -> None:
            manifests.append(write_again(target, source, written, progress))

        replay(target, plan, source, False, progress, write)
        session.done = True
        written.seal(manifests[0])
    return manifests[0]
