"""Every change of a database goes through here: one protocol, in one order, for all commands.

pin the server → guard → plan → refuse → question → lock → guard and plan again → prepare →
guard again → stop applications → safety snapshot → change → record → start applications

With `confirm` nobody is asked: the lock is taken before the only plan.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import KW_ONLY, dataclass, field, replace
from pathlib import Path
from typing import Any, Generic, TypeVar

from snapshot.containers.control import applications_stopped
from snapshot.errors import ConnectionFailed, Interrupted, NotConfirmed, Refused
from snapshot.planning.applications import ContainerOptions
from snapshot.planning.change_plan import ChangePlan, Finding, refuse_if_blocked
from snapshot.planning.preflight import writable
from snapshot.postgres.connection import Connection, connected, pooled
from snapshot.postgres.facts import read_facts
from snapshot.postgres.identity import Identity, pinned_url, read_identity
from snapshot.postgres.locks import lock_changes
from snapshot.postgres.messages import server_errors
from snapshot.postgres.outcome import CommittedInterrupt
from snapshot.postgres.sessions import end_other_sessions, lock_holders_named
from snapshot.postgres.urls import AnyUrl, url_text
from snapshot.progress import NO_PROGRESS, Progress
from snapshot.safety.backups import (
    BackupOptions,
    discard_backup,
    forget_old_backups,
    keep_backup,
)
from snapshot.safety.guard import Guard, objections_to, refuse_if_protected
from snapshot.store.history import Restored, remember_restore

P = TypeVar("P", bound=ChangePlan)


@dataclass(frozen=True)
class ChangeOptions:
    """Which database changes, and what the user allows; every command adds its own options.

    `confirm` answers the question with yes. `guard` says which targets may be changed. `backup`
    says whether a safety snapshot is kept. `containers` says which applications are stopped.
    """

    url: AnyUrl
    _: KW_ONLY
    confirm: bool = False
    guard: Guard = field(default_factory=Guard)
    backup: BackupOptions = field(default_factory=BackupOptions)
    containers: ContainerOptions = field(default_factory=ContainerOptions)

    @property
    def conninfo(self) -> str:
        """The URL as text."""
        return url_text(self.url)


# Shown the plan, says yes or no.
Approve = Callable[[Any], bool]


@dataclass
class Change(Generic[P]):
    """A change that is under way.

    `url` leads to the server that was asked, and to no other. `backup` is the safety snapshot, and
    `started` the time when nothing was left to ask (of time.monotonic()).
    A restore says in `restored` what it brought, and the record of that is kept. `done` is set when
    the block ends; a block that goes on after its commit sets it there.
    """

    connection: Connection
    url: str
    identity: Identity
    plan: P
    prepared: Any = None
    backup: Path | None = None
    restored: Restored | None = None
    started: float = field(default_factory=time.monotonic)  # when it was agreed on
    done: bool = False  # the database was changed: set after COMMIT


@contextmanager
def change(
    options: ChangeOptions,
    make_plan: Callable[[Connection], P],
    approve: Approve | None = None,
    progress: Progress = NO_PROGRESS,
    prepare: Callable[[Change[P]], AbstractContextManager[Any]] = lambda _: nullcontext(),
) -> Iterator[Change[P]]:
    """Yield when everything is as it must be; the block then changes the database.

    `make_plan` only looks. `prepare` does what is needed before applications are stopped, such as
    building the database that replaces this one.

    Raises TargetProtected, NotReady, NotConfirmed and Refused before anything is touched, and
    Interrupted, which says whether the change had happened. Containers that were stopped are
    started again in every case; ContainersNotStarted says if one does not come up.
    """
    with connected(options.conninfo) as connection, lock_holders_named(connection):
        identity, url = read_identity(connection), pinned_url(connection, options.conninfo)
        plan = _agreed_plan(connection, options, make_plan, approve)
        session = Change(connection, url, identity, plan)
        with _interrupts_explained(session), prepare(session) as session.prepared:
            refuse_if_protected(connection, options.guard)
            with (
                applications_stopped(plan.applications, progress),
                _backup_while_needed(session, options.backup),
                server_errors(),
                lock_holders_named(connection),
            ):
                if plan.applications.stopped:
                    # a query goes on when its client has gone, and keeps its locks
                    end_other_sessions(connection)
                if (lost := plan.lost) is not None:
                    session.backup = keep_backup(connection, url, lost, options.backup, progress)
                    refuse_if_protected(connection, options.guard)
                yield session
                session.done = True
                if session.restored:
                    remember_restore(identity.fingerprint, session.restored)


@contextmanager
def _backup_while_needed(session: Change[Any], options: BackupOptions) -> Iterator[None]:
    """Remove the safety snapshot of a change that did not happen, else those that are too old."""
    try:
        yield
    except (ConnectionFailed, CommittedInterrupt):
        raise  # it happened, or that is not known
    except BaseException:
        if session.backup and not session.done:
            discard_backup(session.backup)
        raise
    if session.backup:
        forget_old_backups(session.backup, options)


def protection(connection: Connection, guard: Guard) -> list[Finding]:
    """What the guard says, as findings for those who only look."""
    return [
        Finding("target", reason, f"if this is the one you mean: --allow {name}")
        for name, reason in objections_to(connection, guard)
    ]


def _agreed_plan(
    connection: Connection,
    options: ChangeOptions,
    make_plan: Callable[[Connection], P],
    approve: Approve | None,
) -> P:
    """The plan that nothing speaks against and somebody wants, with the lock to carry it out."""
    refuse_if_protected(connection, options.guard)
    if options.confirm:
        _lock(connection)
    plan = _checked_plan(connection, make_plan)
    if options.confirm:
        return plan
    if not plan.harmless and not (approve is not None and approve(plan)):
        raise NotConfirmed(
            f"{plan.target} was not touched: nobody confirmed",
            hint="add --confirm, or run it in a terminal and type the database's name",
        )
    _lock(connection)
    refuse_if_protected(connection, options.guard)
    now = _checked_plan(connection, make_plan)
    if now.decision != plan.decision:
        raise Refused(
            f"{plan.target} or the snapshot is not what it was when you were asked",
            hint="nothing was changed; run the command again and look at the new plan",
        )
    return replace(now, applications=plan.applications)  # those that were shown, and no others


def _checked_plan(connection: Connection, make_plan: Callable[[Connection], P]) -> P:
    refuse_if_blocked(connection.info.dbname, writable(read_facts(connection)))
    plan = make_plan(connection)
    refuse_if_blocked(plan.target, plan.findings)
    return plan


def _lock(connection: Connection) -> None:
    """Behind a pooler a session's lock would outlive the command; the transaction's own must do."""
    if not pooled(connection):
        lock_changes(connection)


@contextmanager
def _interrupts_explained(session: Change[Any]) -> Iterator[None]:
    try:
        yield
    except CommittedInterrupt:
        raise Interrupted(f"stopped, after {session.plan.target} had been changed") from None
    except KeyboardInterrupt:
        state = "after {} had been changed" if session.done else "{} was not changed"
        raise Interrupted(f"stopped, {state.format(session.plan.target)}") from None
