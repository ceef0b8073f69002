"""Databases for tests: templates that are filled once, and clones of them.

snapshot_template_1a2b3c4d5e6f7a8b  a snapshot's or blueprint's rows, named after their digest
snapshot_test_1a2b3c4d_7            the seventh clone of the run 1a2b3c4d

A run is a session that holds an advisory lock on its number: when it is killed, the server ends
the session, and so everybody knows that its clones belong to nobody.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import errors, sql

from snapshot.errors import DatabaseFailed
from snapshot.postgres.connection import Connection, connected, fetch
from snapshot.postgres.urls import libpq_conninfo, make_url, parameters_of
from snapshot.store.manifest import digest

# Every database made here bears this connection limit from the statement that makes it, so that
# no other is taken for one (the query test_databases.sql repeats it): "test" as a number.
_OURS = 0x74657374
_FILLING = 0x74656D70  # "temp": the advisory lock of the process that makes a template
_PATIENCE = 600  # seconds for a statement, or until another process has filled a template
_RUN = 0x72756E  # "run": the advisory locks of runs, beside their numbers


@dataclass(frozen=True)
class TestDatabase:
    """A template or a clone; `run` is the clone's, `origin` what a template was filled from."""

    __test__ = False  # for pytest, which would collect it by its name

    name: str
    oid: int
    origin: str | None
    size: int | None  # bytes; None if this role may not know
    run: int | None
    in_use: bool  # a clone whose run goes on, or a template while any run goes on


def make_template(
    server: str, name: str, origin: str, fill: Callable[[str], object], base: str | None = None
) -> str:
    """Make a template database once: the first process makes it, the others wait.

    `fill` gets the URL of a copy of the database `base`, or of an empty one. Raises DatabaseFailed
    if another process does not come to an end.
    """
    with _administrator(server) as admin:
        admin.execute("SELECT pg_catalog.pg_advisory_lock(%s)", [_FILLING])
        found = admin.execute(
            "SELECT datistemplate FROM pg_catalog.pg_database WHERE datname = %s", [name]
        ).fetchone()
        if found == (True,):
            return name
        if found:  # a killed process left it incomplete
            _drop(admin, name)
        _create(admin, name, base)
        fill(database_url(server, name))
        database = sql.Identifier(name)
        admin.execute(sql.SQL("COMMENT ON DATABASE {} IS {}").format(database, sql.Literal(origin)))
        # last: only a complete database is marked as a template
        admin.execute(
            sql.SQL("ALTER DATABASE {} IS_TEMPLATE true ALLOW_CONNECTIONS false").format(database)
        )
    return name


def clone_database(server: str, template: str, name: str) -> str:
    """Make a database that is a copy of the template; return its URL."""
    with _administrator(server) as admin:
        _create(admin, name, template)
    return database_url(server, name)


def drop_database(server: str, name: str) -> None:
    """Drop a database, and end the sessions that still use it."""
    with _administrator(server) as admin:
        _drop(admin, name)


def database_url(server: str, name: str = "") -> str:
    """The URL of another database on the same server; without a name, of the same one."""
    parameters = parameters_of(libpq_conninfo(server))
    return make_url({**parameters, "dbname": name} if name else parameters)


@contextmanager
def _administrator(server: str) -> Iterator[Connection]:
    """A session that makes databases. A server or process that hangs is not waited for."""
    with connected(server) as admin:
        admin.execute(
            "SELECT pg_catalog.set_config('statement_timeout', %s::text || 's', false)", [_PATIENCE]
        )
        try:
            yield admin
        except errors.QueryCanceled:
            raise DatabaseFailed(
                f"a database for tests could not be made or dropped for {_PATIENCE} seconds",
                hint="look at the server's log, and for another process that fills a template",
            ) from None


def _create(admin: Connection, name: str, template: str | None) -> None:
    copied = sql.SQL("TEMPLATE {}").format(sql.Identifier(template)) if template else sql.SQL("")
    admin.execute(
        sql.SQL("CREATE DATABASE {} {} CONNECTION LIMIT {}").format(
            sql.Identifier(name), copied, sql.Literal(_OURS)
        )
    )


def _drop(admin: Connection, name: str) -> None:
    admin.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


@contextmanager
def new_run(server: str) -> Iterator[int]:
    """A run's number, for the names of its clones. What killed runs left is dropped first."""
    with connected(server) as session:
        number = secrets.randbits(31)
        session.execute("SELECT pg_catalog.pg_advisory_lock(%s, %s)", [_RUN, number])
        with suppress(psycopg.Error):  # another run drops them, or they belong to another role
            drop_unused(session, [d for d in _read(session) if d.run is not None])
        yield number


def clone_name(run: int, number: int) -> str:
    """What a clone is called."""
    return f"snapshot_test_{run:08x}_{number}"


def read_test_databases(server: str) -> list[TestDatabase]:
    """All templates and clones on a server, by name."""
    with connected(server) as session:
        return _read(session)


def _read(session: Connection) -> list[TestDatabase]:
    rows = session.execute(
        "SELECT objid::bigint FROM pg_catalog.pg_locks WHERE locktype = 'advisory'"
        " AND classid = %s AND objsubid = 2 AND granted",
        [_RUN],
    ).fetchall()
    running = {number for (number,) in rows}
    found = []
    for row in fetch(session, "test_databases"):
        is_clone = row["name"].startswith("snapshot_test_")
        run = int(row["name"].split("_")[2], 16) if is_clone else None
        in_use = run in running if is_clone else bool(running)
        found.append(TestDatabase(row["name"], row["oid"], row["origin"], row["size"], run, in_use))
    return found


def drop_test_databases(server: str, databases: Sequence[TestDatabase]) -> list[str]:
    """Drop those that no run uses, and return their names. Raises DatabaseFailed."""
    with connected(server) as session:
        return drop_unused(session, databases)


def drop_unused(session: Connection, databases: Sequence[TestDatabase]) -> list[str]:
    """The same on a connection."""
    by_name = {database.name: database for database in _read(session)}
    dropped = []
    for database in databases:
        now = by_name.get(database.name)
        if now is None or now.oid != database.oid or now.in_use:
            continue
        if now.run is None:
            session.execute(
                sql.SQL("ALTER DATABASE {} IS_TEMPLATE false").format(sql.Identifier(now.name))
            )
        _drop(session, now.name)
        dropped.append(now.name)
    return dropped


def without_durability(server: str) -> None:
    """Let a server that holds nothing but tests' databases not wait for its disk.

    CREATE and DROP DATABASE force files to disk. After a power cut the server may be damaged.
    """
    with connected(server) as admin:
        if admin.execute("SHOW fsync").fetchone() == ("off",):
            return
        for setting in ("fsync", "full_page_writes", "synchronous_commit"):
            admin.execute(sql.SQL("ALTER SYSTEM SET {} = off").format(sql.Identifier(setting)))
        admin.execute("SELECT pg_catalog.pg_reload_conf()")


def template_name(recipe: str) -> str:
    """What the template is called that is made by this recipe: a digest."""
    return f"snapshot_template_{recipe[:16]}"


def is_current(database: TestDatabase) -> bool:
    """Whether a template still equals the snapshot in the folder that it was restored from."""
    folder = Path(database.origin or "")
    return (folder / "manifest.json").is_file() and database.name == template_name(digest(folder))


def list_test_databases(server: str) -> list[tuple[TestDatabase, str]]:
    """All templates and clones on a server, each with why it is kept, or "" if nobody needs it."""
    return [(database, _needed(database)) for database in read_test_databases(server)]


def _needed(database: TestDatabase) -> str:
    if database.in_use:
        return "a run uses it" if database.run is not None else "a run may use it"
    if database.run is None and is_current(database):
        return "the next run uses it"
    return ""


def prune_test_databases(server: str) -> list[str]:
    """Drop what nobody needs: clones whose run has ended, templates of older states.

    Templates stay while any run goes on. Returns the names. Raises ConnectionFailed and
    DatabaseFailed.
    """
    unused = [database for database, needed in list_test_databases(server) if not needed]
    return drop_test_databases(server, unused)
