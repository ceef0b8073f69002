"""Swap: a snapshot is restored into a new database, which takes the old one's place at once."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

from snapshot.change import Approve, Change, ChangeOptions, change, protection
from snapshot.containers.control import ended
from snapshot.containers.discovery import find_applications, find_connected
from snapshot.errors import Refused, UsageError
from snapshot.planning.applications import NO_APPLICATIONS, Applications
from snapshot.planning.change_plan import ChangePlan
from snapshot.planning.migrations import recorded, told
from snapshot.planning.preflight import examine_source
from snapshot.planning.selection import EVERYTHING
from snapshot.planning.swap_plan import (
    WARM,
    Database,
    RollbackPlan,
    SwapPlan,
    beside,
    clone_name,
    clones_of,
    examine_swap,
    kept_comment,
    kept_findings,
    leftovers,
    unique_beside,
    without_kept,
)
from snapshot.postgres.connection import (
    Connection,
    connected,
    consistent_read,
    describe,
    pooled,
)
from snapshot.postgres.databases import (
    Switch,
    carry_over,
    comment_on,
    drop_database,
    drop_if_possible,
    maintenance,
    new_database,
    read_databases,
    url_of,
)
from snapshot.postgres.environment import environment_in, with_environment
from snapshot.postgres.facts import read_facts
from snapshot.postgres.identity import refuse_another_server
from snapshot.postgres.introspect import read_catalog
from snapshot.postgres.locks import lock_name
from snapshot.postgres.migrations import read_revisions
from snapshot.postgres.sessions import read_endpoint
from snapshot.progress import NO_PROGRESS, Progress
from snapshot.restorers.parallel import fill
from snapshot.safety.demands import refuse_unmasked
from snapshot.safety.guard import Guard, read_target, refuse_if_objected
from snapshot.store.history import Restored, remember_switch
from snapshot.store.location import Directory, directory_of
from snapshot.store.manifest import Manifest, read_manifest
from snapshot.store.reader import SnapshotFiles, open_snapshot


@dataclass(frozen=True)
class SwapOptions(ChangeOptions):
    """Which snapshot takes the place of which database, and how.

    `jobs` sessions fill the new database. `verify` compares checksums. `keep_previous` keeps the
    old database. `warm` takes a ready clone if there is one. `allow_other_source` lets a
    snapshot replace another application's tables. `require_masked` demands a snapshot that is
    masked, `policy` one that was by the policy in this file.
    """

    directory: str | Directory
    jobs: int = field(default=2, kw_only=True)
    verify: bool = field(default=True, kw_only=True)
    keep_previous: bool = field(default=True, kw_only=True)
    warm: bool = field(default=False, kw_only=True)
    allow_other_source: bool = field(default=False, kw_only=True)
    require_masked: bool = field(default=False, kw_only=True)
    policy: str | Path | None = field(default=None, kw_only=True)

    @property
    def place(self) -> Directory:
        """The directory, if it was given as text too."""
        return directory_of(self.directory)


@dataclass(frozen=True)
class SwapReport:
    """A swap that happened. `away` is for how many seconds nobody could connect.

    `ended` names the containers that run no more since their sessions were cut, and their states.
    """

    target: str
    manifest: Manifest
    cloned: bool  # a clone was ready
    previous: str | None
    seconds: float
    away: float
    backup: Path | None = None
    ended: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """What --json prints, but for the database's URL: values that json.dumps takes."""
        return {
            "target": self.target,
            "strategy": "warm" if self.cloned else "swap",
            "rows": self.manifest.rows,
            "previous": self.previous,
            "seconds": round(self.seconds, 3),
            "seconds_away": round(self.away, 3),
            "backup": str(self.backup) if self.backup else None,
            "ended": list(self.ended),
        }


@dataclass(frozen=True)
class RollbackReport:
    """An exchange that happened: `away` and `ended` as in SwapReport."""

    target: str
    away: float
    ended: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """What --json prints: values that json.dumps takes."""
        away, ended = round(self.away, 3), list(self.ended)
        return {"database": self.target, "seconds_away": away, "ended": ended}


def swap_snapshot(
    options: SwapOptions, approve: Approve | None = None, progress: Progress = NO_PROGRESS
) -> SwapReport:
    """Put a database that is built from the snapshot in the place of the one that is there.

    The old one is kept until the next swap. Raises what restore_snapshot() raises; the
    database is then as it was.
    """
    prepare = partial(_beside, options, progress)
    with change(options, partial(_plan, options), approve, progress, prepare) as session:
        plan = session.plan
        server, ready = session.prepared
        progress.step("Switching")
        away = _switch(server, session, ready, options.guard)
        remember_switch(session.identity.fingerprint)  # for rollback
        definitions = SnapshotFiles(options.place, plan.manifest).definitions
        session.restored = Restored(options.place, plan.digest, plan.manifest, definitions)
    return SwapReport(
        plan.target,
        plan.manifest,
        plan.clone is not None,
        plan.kept_as if options.keep_previous else None,
        time.monotonic() - session.started,
        away,
        session.backup,
        tuple(ended(plan.applications.connected)),
    )


def plan_swap(options: SwapOptions) -> SwapPlan:
    """What swap_snapshot() would do, and what it would find in its way. Nothing is touched."""
    with connected(options.conninfo) as target:
        plan = _plan(options, target)
        protected = protection(target, options.guard)
    return replace(plan, findings=(*protected, *plan.findings))


def roll_back(options: ChangeOptions, approve: Approve | None = None) -> RollbackReport:
    """Exchange a database with what it was before the last swap; doing it again undoes it.

    Raises what change() raises, and UsageError if nothing was swapped.
    """
    plan = partial(_plan_rollback, options)
    with change(options, plan, approve, prepare=_maintenance) as session:
        away = _exchange(session.prepared, session, options.guard)
        remember_switch(session.identity.fingerprint)
    return RollbackReport(
        session.plan.target, away, tuple(ended(session.plan.applications.connected))
    )


def warm_clone(options: SwapOptions, progress: Progress = NO_PROGRESS) -> str:
    """Keep a ready clone of the snapshot on the same server; returns its name.

    One that is there already is left as it is. Raises what change() raises.
    """
    options = replace(options, warm=True)
    plan, prepare = partial(_plan_clone, options), partial(_beside, options, progress)
    with change(options, plan, progress=progress, prepare=prepare) as session:
        server, ready = session.prepared
        clone = clone_name(session.plan.database, session.plan.digest)
        if ready.name != clone:
            Switch(
                [(ready.name, clone)],
                {clone: ready.oid},
                lambda connection: comment_on(connection, ready.name, WARM + session.plan.digest),
            ).run(server)
    return clone


def list_clones(url: str) -> tuple[str, list[tuple[str, str]]]:
    """The database, described, and its ready clones: name, and digest of the snapshot."""
    with connected(url) as connection:
        clones = clones_of(connection.info.dbname, read_databases(connection))
        return describe(connection), [(name, clones[name][1]) for name in sorted(clones)]


def drop_clones(options: ChangeOptions) -> list[str]:
    """Drop the ready clones of a database; returns their names."""

    def plan(target: Connection) -> ChangePlan:
        return ChangePlan(database=target.info.dbname, target=describe(target), harmless=True)

    with change(options, plan, prepare=_maintenance) as session:
        server = session.prepared
        clones = clones_of(session.plan.database, read_databases(server))
        for clone, _ in clones.values():
            drop_database(server, clone)
    return sorted(clones)


def _plan(options: SwapOptions, target: Connection) -> SwapPlan:
    manifest, sealed = read_manifest(options.place)
    refuse_unmasked(options.place, manifest, options.require_masked, options.policy)
    with consistent_read(target):
        databases = read_databases(target)
        catalog = read_catalog(target)
        revisions = read_revisions(target, catalog.tables)
    current = databases[target.info.dbname]
    clones = clones_of(current.name, databases)
    clone = clones.get(clone_name(current.name, sealed)) if options.warm else None
    plan = SwapPlan(
        database=current.name,
        target=describe(target),
        lost=None if options.keep_previous else EVERYTHING,
        decision=(sealed, current.oid, current.owner),
        applications=_applications(options, target),
        current=current,
        manifest=manifest,
        digest=sealed,
        clone=clone[0] if clone else None,
        previous=databases.get(beside(current.name, "previous")),
        migrations=tuple(told(recorded(manifest), revisions)),
    )
    findings = (
        *examine_swap(plan, read_facts(target), databases, pooled=pooled(target)),
        *examine_source(manifest, catalog, options.allow_other_source),
    )
    return replace(plan, findings=findings)


def _applications(options: ChangeOptions, target: Connection) -> Applications:
    """Sessions are cut for an instant only: containers stay up unless some are named."""
    endpoint = read_endpoint(target)
    if options.containers.named or options.containers.leave_alone:
        return find_applications(options.containers, endpoint)
    return find_connected(endpoint)


def _plan_clone(options: SwapOptions, target: Connection) -> SwapPlan:
    """A clone replaces nothing yet, so nothing is lost and nobody is asked."""
    plan = _plan(options, target)
    return replace(plan, harmless=True, lost=None, previous=None, applications=NO_APPLICATIONS)


def _plan_rollback(options: ChangeOptions, target: Connection) -> RollbackPlan:
    databases = read_databases(target)
    current = databases[target.info.dbname]
    previous = databases.get(beside(current.name, "previous"))
    if previous is None:
        raise UsageError(
            f"there is no {beside(current.name, 'previous')}: nothing has been swapped",
            hint="it is there after: snapshot restore --strategy swap",
        )
    return RollbackPlan(
        database=current.name,
        target=describe(target),
        findings=tuple(kept_findings(current.name, previous)),
        decision=(current.oid, previous.oid),
        applications=_applications(options, target),
        current=current,
        previous=previous,
    )


@contextmanager
def _maintenance(session: Change[Any]) -> Iterator[Connection]:
    """A maintenance session; no other command makes, renames or drops databases of this name."""
    name = session.plan.database
    with maintenance(session.url, name) as server:
        refuse_another_server(server, session.identity)
        lock_name(server, name)
        _drop_leftovers(server, name)
        yield server


def _drop_leftovers(server: Connection, name: str) -> None:
    databases = read_databases(server)
    for left in leftovers(databases, name):
        drop_if_possible(server, databases[left])


@contextmanager
def _beside(
    options: SwapOptions, progress: Progress, session: Change[SwapPlan]
) -> Iterator[tuple[Connection, Database]]:
    """What is to take the database's place: a clone that is ready, or one that is built now."""
    plan = session.plan
    with _maintenance(session) as server:
        if plan.clone:
            yield server, plan.clone
        else:
            with _built(server, options, progress, session) as ready:
                yield server, ready
            # dropping takes longer than renaming: after a clone warm_clone() does it
            _drop_leftovers(server, plan.database)
        if not options.keep_previous:
            drop_if_possible(server, replace(plan.current, name=plan.kept_as))


@contextmanager
def _built(
    server: Connection, options: SwapOptions, progress: Progress, session: Change[SwapPlan]
) -> Iterator[Database]:
    plan = session.plan
    progress.step("Checking the files")
    source = open_snapshot(options.place)
    if source.digest != plan.digest:
        raise Refused(
            f"{options.place} holds another snapshot than when this command began",
            hint="nothing was changed; run the command again",
        )
    incoming = unique_beside(plan.database, "incoming")
    with new_database(server, plan.current, incoming) as ready:
        fill(url_of(session.url, incoming), source, options.jobs, options.verify, progress)
        yield ready


def _switch(server: Connection, session: Change[SwapPlan], ready: Database, guard: Guard) -> float:
    plan, facts = session.plan, read_target(session.connection)
    name, discarded = plan.database, unique_beside(plan.database, "discarded")
    renames = [(name, plan.kept_as), (ready.name, name)]
    expected = {name: ready.oid, plan.kept_as: plan.current.oid}
    if plan.previous:
        renames.insert(0, (plan.kept_as, discarded))
        expected[discarded] = plan.previous.oid

    def settle(connection: Connection) -> None:
        now = read_databases(connection)[name]
        _refuse_if_marked(facts, now, guard, plan)
        carry_over(connection, replace(now, comment=without_kept(now.comment, name)), ready.name)
        comment_on(connection, name, kept_comment(now.comment, name))

    session.connection.close()  # a database with sessions is not renamed
    return Switch(renames, expected, settle, watched=name).run(server)


def _exchange(server: Connection, session: Change[RollbackPlan], guard: Guard) -> float:
    plan, facts = session.plan, read_target(session.connection)
    name, other = plan.database, plan.previous.name
    free = unique_beside(name, "exchanged")

    def settle(connection: Connection) -> None:
        databases = read_databases(connection)
        now, before = databases[name], databases[other]
        _refuse_if_marked(facts, now, guard, plan)
        # the mark belongs to the name, and the stricter one counts
        environment = environment_in(f"{now.comment or ''}\n{before.comment or ''}")
        comment = with_environment(without_kept(before.comment, name), environment)
        comment_on(connection, other, comment)
        comment_on(connection, name, kept_comment(now.comment, name))

    session.connection.close()
    renames = [(other, free), (name, other), (free, name)]
    expected = {name: plan.previous.oid, other: plan.current.oid}
    return Switch(renames, expected, settle, watched=name).run(server)


def _refuse_if_marked(facts: Any, now: Database, guard: Guard, plan: ChangePlan) -> None:
    """The guard's last word: the database may have been marked while another one was built."""
    facts = replace(facts, environment=environment_in(now.comment))
    refuse_if_objected(facts, guard, plan.target)
