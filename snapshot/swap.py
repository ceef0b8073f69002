"""Swap: a snapshot is restored beside the database, and takes its place in one transaction.

app             the database, in use all the time
app__incoming   being filled by several sessions
app__warm_1a2b  a ready clone of the snapshot whose digest begins with 1a2b
app__previous   what the database was before the last switch
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from snapshot.catalog import Catalog
from snapshot.containers.control import applications_stopped
from snapshot.containers.discovery import find_applications
from snapshot.errors import NotConfirmed, UsageError
from snapshot.planning.applications import NO_APPLICATIONS, Applications, ContainerOptions
from snapshot.planning.preflight import Finding, examine_source, refuse_if_blocked
from snapshot.postgres.connection import (
    Connection,
    connected,
    consistent_read,
    describe,
)
from snapshot.postgres.databases import (
    Database,
    beside,
    carry_over,
    comment_on,
    drop_database,
    maintenance,
    new_database,
    read_databases,
    rename,
    url_of,
)
from snapshot.postgres.introspect import read_catalog, read_fingerprint
from snapshot.progress import NO_PROGRESS, Progress
from snapshot.restorers.parallel import fill
from snapshot.safety.backups import BackupOptions, keep_backup
from snapshot.safety.guard import Guard, connected_for_writing, objections_to
from snapshot.safety.history import remember_restore
from snapshot.selection import EVERYTHING
from snapshot.store.location import Directory
from snapshot.store.manifest import Manifest, digest, load_manifest
from snapshot.store.reader import open_snapshot

_WARM = "snapshot warm "  # and the digest: the comment of a clone that is whole


@dataclass(frozen=True)
class SwapOptions:
    """Which snapshot takes the place of which database, and how."""

    url: str
    directory: Directory
    confirm: bool = False
    jobs: int = 2
    verify: bool = True
    keep_previous: bool = True
    warm: bool = False  # take a ready clone, if there is one
    containers: ContainerOptions = field(default_factory=ContainerOptions)
    guard: Guard = field(default_factory=Guard)
    allow_other_source: bool = False
    backup: BackupOptions = field(default_factory=BackupOptions)


@dataclass(frozen=True)
class SwapPlan:
    """A swap that has not happened yet."""

    target: str  # name, server and user, for people
    database: Database
    manifest: Manifest
    digest: str
    clone: str | None  # a ready one
    previous: Database | None
    findings: tuple[Finding, ...]
    applications: Applications = NO_APPLICATIONS

    @property
    def incoming(self) -> str:
        """The database that is built."""
        return beside(self.database.name, "incoming")

    @property
    def discarded(self) -> str:
        """What the previous database is called until it is dropped."""
        return beside(self.database.name, "discarded")

    @property
    def kept_as(self) -> str:
        """What the database is called afterwards."""
        return beside(self.database.name, "previous")


@dataclass(frozen=True)
class SwapReport:
    """A swap that happened. `away` is for how many seconds nobody could connect."""

    target: str
    manifest: Manifest
    cloned: bool  # a clone was ready
    previous: str | None
    seconds: float
    away: float
    backup: Path | None = None


def swap_snapshot(
    options: SwapOptions,
    approve: Callable[[SwapPlan], bool] | None = None,
    progress: Progress = NO_PROGRESS,
) -> SwapReport:
    """Put a database that is built from the snapshot in the place of the one that is there.

    The old one stays beside it until the next swap. Raises what restore_snapshot() raises; the
    database is then as it was.
    """
    with connected_for_writing(options.url, options.guard) as target:
        plan = _plan(target, options)
        fingerprint = read_fingerprint(target)
        refuse_if_blocked(plan.target, plan.findings)
        if not (options.confirm or (approve is not None and approve(plan))):
            raise NotConfirmed(
                f"{plan.target} was not touched: nobody confirmed",
                hint="add --confirm, or run it in a terminal and type the database's name",
            )
        backup = None
        if not options.keep_previous:
            backup = keep_backup(target, options.url, EVERYTHING, options.backup, progress)
    started = time.monotonic()
    with maintenance(options.url, plan.database.name) as server:
        drop_database(server, plan.discarded)
        ready = plan.clone or _build(server, plan, options, progress)
        carry_over(server, plan.database, ready)
        with applications_stopped(plan.applications, progress):
            progress.step("Switching")
            away = rename(server, _switch(plan, ready), cut_off=plan.database.name)
        if not options.keep_previous:
            drop_database(server, plan.kept_as)
        if not plan.clone:  # dropping takes longer than renaming: after those, warm_clone() does it
            drop_database(server, plan.discarded)
    remember_restore(fingerprint, options.directory, plan.digest, plan.manifest)
    return SwapReport(
        plan.target,
        plan.manifest,
        plan.clone is not None,
        plan.kept_as if options.keep_previous else None,
        time.monotonic() - started,
        away,
        backup,
    )


def plan_swap(options: SwapOptions) -> SwapPlan:
    """What swap_snapshot() would do, and what it would find in its way. Nothing is touched."""
    with connected(options.url) as target:
        plan = _plan(target, options)
        protected = [
            Finding("target", reason, f"if this is the one you mean: --allow {name}")
            for name, reason in objections_to(target, options.guard)
        ]
    return replace(plan, findings=(*protected, *plan.findings))


def roll_back(
    url: str, confirm: bool, guard: Guard, approve: Callable[[str], bool] | None = None
) -> tuple[str, float]:
    """Exchange a database with what it was before the last swap; doing it again undoes it.

    Returns the database for people, and for how many seconds nobody could connect.
    """
    with connected_for_writing(url, guard) as target:
        name, described = target.info.dbname, describe(target)
        previous, aside = beside(name, "previous"), beside(name, "exchanged")
        databases = read_databases(target)
        if previous not in databases:
            raise UsageError(
                f"there is no {previous}: nothing has been swapped",
                hint="it is there after: snapshot restore --strategy swap",
            )
        if not (confirm or (approve is not None and approve(described))):
            raise NotConfirmed(
                f"{described} was not touched: nobody confirmed", hint="add --confirm"
            )
    with maintenance(url, name) as server:
        renames = [(name, aside), (previous, name), (aside, previous)]
        return described, rename(server, renames, cut_off=name)


def warm_clone(options: SwapOptions, progress: Progress = NO_PROGRESS) -> str:
    """Keep a ready clone of the snapshot beside the database; returns its name.

    One that is there already is left as it is.
    """
    with connected_for_writing(options.url, options.guard) as target:
        plan = _plan(target, replace(options, warm=True))
        refuse_if_blocked(plan.target, plan.findings)
    with maintenance(options.url, plan.database.name) as server:
        drop_database(server, plan.discarded)
    if plan.clone:
        return plan.clone
    clone = _clone_name(plan.database.name, plan.digest)
    with maintenance(options.url, plan.database.name) as server:
        built = _build(server, plan, options, progress)
        comment_on(server, built, _WARM + plan.digest)
        rename(server, [(built, clone)], cut_off=built)
    return clone


def list_clones(url: str) -> tuple[str, list[tuple[str, str]]]:
    """The database for people, and its ready clones: name, and digest of the snapshot."""
    with connected(url) as connection:
        databases = read_databases(connection)
        return describe(connection), sorted(_clones(connection.info.dbname, databases).items())


def drop_clones(url: str, guard: Guard) -> list[str]:
    """Drop the ready clones of a database; returns their names."""
    with connected_for_writing(url, guard) as target:
        name = target.info.dbname
        clones = _clones(name, read_databases(target))
    with maintenance(url, name) as server:
        for clone in clones:
            drop_database(server, clone)
    return sorted(clones)


def _plan(target: Connection, options: SwapOptions) -> SwapPlan:
    manifest, sealed = load_manifest(options.directory), digest(options.directory)
    with consistent_read(target):
        databases = read_databases(target)
        catalog = read_catalog(target)
    database = databases[target.info.dbname]
    clone = _clone_name(database.name, sealed)
    ready = options.warm and clone in _clones(database.name, databases)
    plan = SwapPlan(
        describe(target),
        database,
        manifest,
        sealed,
        clone if ready else None,
        databases.get(beside(database.name, "previous")),
        (),
        # sessions are cut for an instant only: containers stay up unless some are named
        find_applications(options.containers, target.info.host, target.info.port)
        if options.containers.named
        else NO_APPLICATIONS,
    )
    return replace(plan, findings=tuple(_findings(plan, databases, catalog, options)))


def _findings(
    plan: SwapPlan, databases: dict[str, Database], catalog: Catalog, options: SwapOptions
) -> Iterator[Finding]:
    database, incoming = plan.database, databases.get(plan.incoming)
    if not plan.manifest.complete:
        yield Finding(
            "snapshot",
            "it is of some schemas or tables only: the others would be gone",
            "use --strategy transaction",
        )
    if not database.owned or not database.may_create_databases:
        yield Finding(
            "privileges",
            f"this role may not create databases, or does not own {database.name}",
            "let a superuser do it once: ALTER ROLE … CREATEDB; ALTER DATABASE … OWNER TO …",
        )
    else:
        yield Finding("privileges", "this role owns the database and may create others")
    for what in database.bound:
        yield Finding("replication", f"{what} is bound to this database", f"drop the {what}")
    if incoming and incoming.sessions:
        yield Finding("builds", f"{incoming.name} is being built now", "wait until that is done")
    elif incoming:
        yield Finding("builds", f"{incoming.name} is left of an interrupted build: it is dropped")
    if plan.previous and options.keep_previous:
        yield Finding("previous", f"{plan.previous.name} gives way to what is there now")
    yield from examine_source(plan.manifest, catalog, options.allow_other_source)


def _switch(plan: SwapPlan, ready: str) -> list[tuple[str, str]]:
    name, discarded = plan.database.name, [(plan.kept_as, plan.discarded)]
    return [*(discarded if plan.previous else []), (name, plan.kept_as), (ready, name)]


def _build(server: Connection, plan: SwapPlan, options: SwapOptions, progress: Progress) -> str:
    """Fill a new database beside the target; it is dropped again if that fails."""
    progress.step("Checking the files")
    source = open_snapshot(options.directory)
    drop_database(server, plan.incoming)  # of an interrupted build; refused if one is going on
    with new_database(server, plan.database, plan.incoming) as name:
        fill(url_of(options.url, name), source, options.jobs, options.verify, progress)
    return name


def _clone_name(database: str, sealed: str) -> str:
    return beside(database, f"warm_{sealed[:8]}")


def _clones(database: str, databases: dict[str, Database]) -> dict[str, str]:
    """Those that are whole, and of which snapshot."""
    found = {}
    for name, other in databases.items():
        if (other.comment or "").startswith(_WARM):
            sealed = (other.comment or "").removeprefix(_WARM)
            if name == _clone_name(database, sealed):
                found[name] = sealed
    return found
