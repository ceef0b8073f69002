"""Fill an empty database with several sessions. Nobody uses it before it is complete."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass, replace

from psycopg import sql

from snapshot.catalog import LEDGER, Catalog, Index, Name
from snapshot.errors import DatabaseFailed
from snapshot.planning import steps, switches
from snapshot.planning.restore_plan import MANY_ROWS
from snapshot.planning.script import create_schema
from snapshot.planning.steps import DroppedConstraint, Rows, Step, identifier, rows_in
from snapshot.postgres.connection import (
    Connection,
    connected,
    exact_text,
    room_for_indexes,
)
from snapshot.postgres.introspect import read_catalog, read_indexes
from snapshot.postgres.messages import is_discreet, keep_discretion, server_errors
from snapshot.postgres.violations import find_violations
from snapshot.progress import NO_PROGRESS, Progress
from snapshot.restorers.rows import Part, chunks, parts
from snapshot.restorers.transaction import compare_content, load_part, run_steps, violated
from snapshot.store.manifest import LARGE_OBJECTS, TableEntry
from snapshot.store.reader import SnapshotFiles


@dataclass(frozen=True)
class _Incoming:
    """A database with the snapshot's schema; constraints and indexes are dropped for a while."""

    url: str
    rows: Rows
    catalog: Catalog
    dropped: Sequence[DroppedConstraint]
    indexes: Sequence[Index]
    last: Sequence[Step]  # what follows when all is in


def fill(url: str, source: SnapshotFiles, jobs: int, verify: bool, progress: Progress) -> None:
    """Create the snapshot's schema in an empty database and load its rows, over `jobs` sessions.

    Each table is loaded and indexed in a transaction of its own, the largest first; foreign keys
    are checked last, side by side. Raises ContentDiffers, ForeignKeysViolated (all of them listed)
    or DatabaseFailed; the database is then not whole, and to be dropped.
    """
    with connected(url) as database, _pool(jobs) as pool:
        incoming = _create_schema(database, url, source, progress)
        progress.expect(source.manifest.rows)
        load = _load_side_by_side if "archive" in source.manifest.formats else _load_one_file
        with source.loading():
            load(database, pool, incoming, source, progress)
        progress.step("Checking the foreign keys")
        try:
            with server_errors():
                _add_constraints(database, pool, incoming)
        except DatabaseFailed as error:
            with _transaction(database):
                violations = find_violations(database, incoming.catalog.foreign_keys)
            if violations:
                raise violated(violations, error.message) from error
            raise
        with _transaction(database):
            run_steps(database, incoming.last, progress)
            if verify:
                progress.step("Comparing checksums")
                compare_content(database, source.manifest)


@contextmanager
def _pool(jobs: int) -> Iterator[Executor]:
    """A pool of threads. If the block fails, jobs that have not begun are cancelled."""
    pool = ThreadPoolExecutor(jobs, initializer=keep_discretion, initargs=(is_discreet(),))
    try:
        yield pool
    except BaseException:
        pool.shutdown(cancel_futures=True)
        raise
    pool.shutdown()


def _create_schema(
    database: Connection, url: str, source: SnapshotFiles, progress: Progress
) -> _Incoming:
    manifest = source.manifest
    rows = rows_in(manifest)
    script = create_schema(rows, *source.schema())
    with _transaction(database):
        schema = [step for step in script.all_steps() if step.verbatim]
        run_steps(database, schema, progress)
        catalog = read_catalog(database)
        large = {entry.name for entry in manifest.tables if entry.rows >= MANY_ROWS}
        indexes = [index for index in read_indexes(database) if index.table in large]
        names = [entry.name for entry in manifest.tables]
        dropped = steps.constraints_to_drop(catalog, names, names, indexes)
        triggers = [t for t in catalog.triggers if t.root in names]
        forced = [table for table in catalog.tables if table.forced_row_security]
        states = {e.name: e.enabled for e in catalog.event_triggers}
        run_steps(
            database,
            [
                *switches.event_triggers_off([*states]),
                *switches.triggers_off(triggers, forced),
                *steps.constraints_dropped(dropped),
                *steps.indexes_dropped(indexes),
            ],
            progress,
        )
    rest = [step for step in script.after if not step.verbatim]
    last = [
        *switches.triggers_on(triggers, forced),
        *rest,
        *switches.event_triggers_on(states),
    ]
    return _Incoming(url, rows, catalog, dropped, indexes, last)


def _load_side_by_side(
    database: Connection,
    pool: Executor,
    incoming: _Incoming,
    source: SnapshotFiles,
    progress: Progress,
) -> None:
    """Load an archive: one job for each table, the largest first."""
    entries = sorted(incoming.rows.tables, key=lambda e: -sum(chunk.size for chunk in e.chunks))

    def load(entry: TableEntry) -> None:
        with connected(incoming.url) as session, _transaction(session):
            _load_table(session, incoming, chunks(source, entry), entry, progress)

    ledger = [entry for entry in entries if entry.name in LEDGER]
    plain = [entry for entry in entries if not _special(entry) and entry not in ledger]
    with _transaction(database):
        run_steps(database, steps.large_objects_table(incoming.rows), progress)
        jobs = [pool.submit(load, entry) for entry in plain if entry.rows >= MANY_ROWS]
        for entry in plain:
            if entry.rows < MANY_ROWS:
                _load_table(database, incoming, chunks(source, entry), entry, progress)
        for entry in entries:
            if _special(entry):
                for part in chunks(source, entry):
                    load_part(database, part, progress)
        run_steps(database, steps.large_objects_created(incoming.rows), progress)
        _wait_for(jobs)
    with _transaction(database):  # later than its rows: see ledger_queries.changed_rows()
        for entry in ledger:
            _load_table(database, incoming, chunks(source, entry), entry, progress)


def _load_one_file(
    database: Connection,
    pool: Executor,
    incoming: _Incoming,
    source: SnapshotFiles,
    progress: Progress,
) -> None:
    """Load SQL or JSON: one file is read from its beginning to its end."""
    with _transaction(database):
        run_steps(database, steps.large_objects_table(incoming.rows), progress)
        for part in parts(source, source.default_format()):
            if not _special(part.entry):
                _empty(database, part.entry)
            load_part(database, part, progress)
        run_steps(database, steps.large_objects_created(incoming.rows), progress)

    def build(table: Name) -> None:
        with connected(incoming.url) as session, _transaction(session):
            _build_indexes(session, incoming, table)

    _wait_for([pool.submit(build, table) for table in {i.table for i in incoming.indexes}])


def _load_table(
    session: Connection,
    incoming: _Incoming,
    parts: Iterable[Part],
    entry: TableEntry,
    progress: Progress,
) -> None:
    _empty(session, entry)
    for part in parts:
        load_part(session, part, progress)
    _build_indexes(session, incoming, entry.name)


def _empty(session: Connection, entry: TableEntry) -> None:
    """Truncate the table, so that it can be loaded with FREEZE (documentation: COPY).

    A partitioned one cannot, and may have partitions on another server.
    """
    if not entry.partitioned:
        # ONLY: a child that inherits is a table of its own
        session.execute(sql.SQL("TRUNCATE ONLY {}").format(identifier(entry.name)))


def _build_indexes(session: Connection, incoming: _Incoming, table: Name) -> None:
    own = [index for index in incoming.indexes if index.table == table]
    run_steps(session, steps.indexes_built(own), NO_PROGRESS)


def _add_constraints(database: Connection, pool: Executor, incoming: _Incoming) -> None:
    """Add all constraints unchecked, then check those of each table in a session of its own.

    Adding a checked one locks both tables against every other; VALIDATE does not. Partitioned
    tables take no unchecked ones before PostgreSQL 18, or leave those of partitions unchecked.
    """
    partitioned = {table.name for table in incoming.catalog.tables if table.partitioned}
    checked = {
        (fk.table, fk.name)
        for fk in incoming.catalog.foreign_keys
        if fk.validated and fk.enforced and not {fk.root, fk.referenced_root} & partitioned
    }
    added = [
        replace(a, definition=a.definition + " NOT VALID") if (a.table, a.name) in checked else a
        for a in incoming.dropped
    ]
    with _transaction(database):
        run_steps(database, steps.constraints_added_back(added), NO_PROGRESS)
    by_table = defaultdict(list)
    for table, name in sorted(checked & {(a.table, a.name) for a in added}):
        by_table[table].append(name)

    def validate(table: Name) -> None:
        with connected(incoming.url) as session, _transaction(session):
            for name in by_table[table]:
                session.execute(
                    sql.SQL("ALTER TABLE {} VALIDATE CONSTRAINT {}").format(
                        identifier(table), sql.Identifier(name)
                    )
                )

    _wait_for([pool.submit(validate, table) for table in by_table])


def _special(entry: TableEntry) -> bool:
    """Large objects arrive in a temporary table, and an extension's table keeps its own rows."""
    return entry.configuration is not None or entry.name == LARGE_OBJECTS


@contextmanager
def _transaction(session: Connection) -> Iterator[None]:
    with session.transaction():
        exact_text(session)
        room_for_indexes(session)
        # what makes the database visible is committed for certain, and all before it with it
        session.execute("SET LOCAL synchronous_commit = off")
        yield


def _wait_for(jobs: Sequence[Future[None]]) -> None:
    for job in as_completed(jobs):
        job.result()
