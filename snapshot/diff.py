"""Diff: two states side by side, each a snapshot or a database."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from snapshot.catalog import Definitions
from snapshot.changes.comparing import Comparison, DiffOptions, compare
from snapshot.changes.databases import DatabaseSide, database_side
from snapshot.changes.sources import Side, SnapshotSide, snapshot_side
from snapshot.postgres.identity import read_identity
from snapshot.postgres.urls import AnyUrl
from snapshot.progress import NO_PROGRESS, Progress
from snapshot.store.history import known_words
from snapshot.store.location import Directory


@dataclass(frozen=True)
class SnapshotAt:
    """A snapshot, and what to call it if not by its place."""

    directory: str | Directory
    name: str | None = None


@dataclass(frozen=True)
class DatabaseAt:
    """A database, and what to call it if not by its address."""

    url: AnyUrl
    name: str | None = None


State = SnapshotAt | DatabaseAt
EVERYTHING = DiffOptions()


@contextmanager
def compare_states(
    a: State, b: State, options: DiffOptions = EVERYTHING, progress: Progress = NO_PROGRESS
) -> Iterator[Comparison]:
    """Compare two states; the rows that differ come from the comparison's tables().

    Each database is read in one transaction of its own, so the two are not of one moment. Nothing
    is written. Raises UsageError (no snapshot there, a pattern that matches nothing),
    SnapshotDamaged, ConnectionFailed and DatabaseFailed.
    """
    with ExitStack() as stack:
        here, there = (stack.enter_context(_opened(state)) for state in (a, b))
        yield compare(here, there, options, _known(here, there), progress)


@contextmanager
def _opened(state: State) -> Iterator[Side]:
    if isinstance(state, SnapshotAt):
        with snapshot_side(state.directory, state.name) as snapshot:
            yield snapshot
    else:
        with database_side(state.url, state.name) as database:
            yield database


def _known(a: Side, b: Side) -> Definitions | None:
    for snapshot, database in ((a, b), (b, a)):
        if isinstance(snapshot, SnapshotSide) and isinstance(database, DatabaseSide):
            identity = read_identity(database.connection)
            return known_words(identity.fingerprint, snapshot.files.digest)
    return None
