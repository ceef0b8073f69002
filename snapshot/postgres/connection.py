"""Connections and consistent reads."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import Future, wait
from contextlib import contextmanager, suppress
from functools import cache
from importlib import resources
from typing import Any
from weakref import WeakSet

import psycopg
from psycopg import pq, sql
from psycopg.conninfo import make_conninfo

from snapshot.errors import ConnectionFailed, DatabaseFailed
from snapshot.planning.script import ADVISORY_LOCK, LOCK_TIMEOUT
from snapshot.postgres.dates import read_odd_dates_as_text
from snapshot.postgres.messages import server_errors
from snapshot.postgres.statements import log_statements
from snapshot.postgres.unreachable import cannot_connect
from snapshot.postgres.urls import libpq_conninfo

Connection = psycopg.Connection[tuple[Any, ...]]

OLDEST_SERVER = 130000
# libpq does not mark the file as secret, but it says where the passwords are
_ALWAYS_SECRET = {"password", "sslpassword", "oauth_client_secret", "passfile"}
_TIMEOUTS = (
    "statement_timeout",
    "lock_timeout",
    "idle_session_timeout",  # since PostgreSQL 14
    "idle_in_transaction_session_timeout",
    "transaction_timeout",  # since PostgreSQL 17
)

_NO_SEARCH_PATH = "SELECT pg_catalog.set_config('search_path', '', true)"
_ROLE_SEARCH_PATH = (
    "SELECT pg_catalog.set_config(name, reset_val, true) FROM pg_catalog.pg_settings"
    " WHERE name = 'search_path'"
)
# a view that takes a table's place in the meantime is not read (minor releases since August 2024)
_ONLY_TABLES = (
    "SELECT pg_catalog.set_config(name, 'view, foreign-table', true) FROM pg_catalog.pg_settings"
    " WHERE name = 'restrict_nonsystem_relation_kind'"
)
_with_role_search_path: WeakSet[Connection] = WeakSet()


@cache
def query(name: str) -> sql.SQL:
    """The text of `queries/<name>.sql`."""
    text = (
        resources.files("snapshot.postgres").joinpath("queries", f"{name}.sql").read_text("utf-8")
    )
    return sql.SQL(text)  # our own file, not a literal


def secret_parameters() -> frozenset[str]:
    """The connection parameters that nobody may see: libpq marks what a program should not show."""
    marked = {
        default.keyword.decode()
        for default in pq.Conninfo.get_defaults()
        if default.dispchar == b"*"
    }
    return frozenset(marked | _ALWAYS_SECRET)


def connect(conninfo: str) -> Connection:
    """Connect in autocommit mode; the session does not depend on settings of role and server.

    Raises ConnectionFailed, whose message names the server but never the password.
    """
    try:
        connection = psycopg.connect(
            make_conninfo(
                libpq_conninfo(conninfo), client_encoding="UTF8", application_name="snapshot"
            ),
            autocommit=True,
            prepare_threshold=None,  # poolers in transaction mode lose prepared statements
        )
        _make_ours(connection)
    except psycopg.OperationalError as error:
        raise cannot_connect(error) from error
    if connection.info.server_version < OLDEST_SERVER:
        version = connection.info.server_version // 10000
        connection.close()
        raise ConnectionFailed(
            f"the server is PostgreSQL {version}; 13 is the oldest supported",
            hint="upgrade the server, or use pg_dump",
        )
    read_odd_dates_as_text(connection)
    log_statements(connection)
    return connection


def _make_ours(connection: Connection) -> None:
    """Empty the search_path before anything else, and switch the timeouts off.

    Whoever may create objects in a schema of the path can plant functions and operators there that
    would run with our rights (CVE-2018-1058). A pooler lends its sessions to others, who must not
    find our settings; it gives itself away by another process number. There the transactions
    set them (see queries/settings.sql).
    """
    local = pooled(connection)
    # no operator in the first statement: the path could still choose it
    connection.execute(
        sql.SQL("SELECT pg_catalog.set_config('search_path', '', {local}); {timeouts}").format(
            local=sql.Literal(local),
            timeouts=sql.SQL(
                "SELECT pg_catalog.set_config(name, '0', {local}) FROM pg_catalog.pg_settings"
                " WHERE name = ANY ({names})"
            ).format(local=sql.Literal(local), names=sql.Literal(list(_TIMEOUTS))),
        )
    )


def pooled(connection: Connection) -> bool:
    """Whether a pooler stands between: it gives out process numbers of its own.

    In transaction mode each transaction may run in another session of the server.
    """
    number = scalar(connection, "SELECT pg_catalog.pg_backend_pid()")
    return bool(number != connection.info.backend_pid)


@contextmanager
def connected(conninfo: str) -> Iterator[Connection]:
    """A connection that is closed afterwards; errors of the server become ours."""
    connection = connect(conninfo)
    try:
        with server_errors():
            yield connection
    finally:
        connection.close()


def end_work(running: Future[Any], sessions: Sequence[Connection]) -> None:
    """Cancel what sessions do, until the thread that uses them has ended.

    One cancel may come between two statements, where it ends nothing.
    """
    while wait((running,), timeout=0.1).not_done:
        for session in sessions:
            with suppress(psycopg.Error):  # the session has ended meanwhile
                session.cancel()


@contextmanager
def consistent_read(connection: Connection) -> Iterator[str]:
    """One REPEATABLE READ READ ONLY transaction; yields the name of its exported snapshot.

    No restore runs beside it: what a TRUNCATE empties looks empty to older transactions too
    (documentation: 13.6, Caveats), and locks taken in another order would deadlock.
    """
    for _ in range(10):
        with connection.transaction():
            _lock_out_restores(connection, "pg_advisory_xact_lock_shared")
        with connection.transaction():
            connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            exact_text(connection)
            connection.execute(_ONLY_TABLES)
            if _lock_out_restores(connection, "pg_try_advisory_xact_lock_shared") is not False:
                yield scalar(connection, "SELECT pg_catalog.pg_export_snapshot()")
                return
    raise DatabaseFailed("one restore after another is running", hint="wait until they are done")


@contextmanager
def read_shared(connection: Connection, exported: str) -> Iterator[None]:
    """Take part in the consistent read of another session, which goes on at least as long.

    No lock is waited for: who waits for a lock of the other session's would stand before this one.
    """
    with connection.transaction():
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        connection.execute(sql.SQL("SET TRANSACTION SNAPSHOT {}").format(sql.Literal(exported)))
        connection.execute("SET LOCAL lock_timeout = '50ms'")
        exact_text(connection)
        connection.execute(_ONLY_TABLES)
        yield


def lock_out_restores(connection: Connection) -> None:
    """Be the only restore until this transaction ends; wait for others for a bounded time."""
    _lock_out_restores(connection, "pg_advisory_xact_lock")


def _lock_out_restores(connection: Connection, function: str) -> Any:
    connection.execute(sql.SQL("SET LOCAL lock_timeout = {}").format(sql.Literal(LOCK_TIMEOUT)))
    return scalar(
        connection,
        sql.SQL("SELECT pg_catalog.{}({})").format(
            sql.Identifier(function), sql.Literal(ADVISORY_LOCK)
        ),
    )


def exact_text(connection: Connection) -> None:
    """Make this transaction's text exact and independent of who is connected.

    Every name outside pg_catalog is printed with its schema.
    """
    connection.execute(query("settings"))


def room_for_indexes(connection: Connection) -> None:
    """Give index builds and foreign key checks of this transaction memory and helpers.

    Any role may; settings that are higher already stay.
    """
    connection.execute(
        "SELECT pg_catalog.set_config(name, wanted, true) FROM (VALUES"
        " ('maintenance_work_mem', '512MB', 524288),"
        " ('max_parallel_maintenance_workers', '4', 4)"
        ") better (name, wanted, number) JOIN pg_catalog.pg_settings s USING (name)"
        " WHERE s.setting::bigint < number"
    )


def plan_for_order(connection: Connection) -> None:
    """Let the planner of this transaction sort, rather than follow an index to and fro.

    Rows that lie in the order of their key are still read by its index; those of a random key
    (uuid) are sorted, which takes half the time even if all of the table is in memory.
    """
    connection.execute("SET LOCAL effective_cache_size = '1MB'")
    connection.execute(
        "SELECT pg_catalog.set_config('work_mem', '64MB', true) FROM pg_catalog.pg_settings"
        " WHERE name = 'work_mem' AND setting::bigint < 65536"
    )


@contextmanager
def role_search_path(connection: Connection) -> Iterator[None]:
    """In the open transaction, let names be found as the role's own sessions find them.

    Only for SQL that the user wrote, and for writes whose triggers the user wrote.
    """
    connection.execute(_ROLE_SEARCH_PATH)
    _with_role_search_path.add(connection)
    try:
        yield
    finally:
        _with_role_search_path.discard(connection)
        if connection.info.transaction_status == pq.TransactionStatus.INTRANS:
            connection.execute(_NO_SEARCH_PATH)


@contextmanager
def no_search_path(connection: Connection) -> Iterator[None]:
    """For our own SQL inside role_search_path(): everywhere else the path is empty already."""
    if connection not in _with_role_search_path:
        yield
        return
    connection.execute(_NO_SEARCH_PATH)
    try:
        yield
    finally:
        if connection.info.transaction_status == pq.TransactionStatus.INTRANS:
            connection.execute(_ROLE_SEARCH_PATH)


def fetch(connection: Connection, name: str) -> list[dict[str, Any]]:
    """The rows of `queries/<name>.sql`."""
    with (
        no_search_path(connection),
        connection.cursor(row_factory=psycopg.rows.dict_row) as cursor,
    ):
        return cursor.execute(query(name)).fetchall()


def scalar(connection: Connection, statement: sql.Composable | str) -> Any:
    """The only value of the only row of a query."""
    row = connection.execute(statement).fetchone()  # type: ignore[arg-type]
    assert row is not None
    return row[0]


def host_of(connection: Connection) -> str:
    """The host at the other end, or the folder of the socket.

    With `hostaddr`, libpq connects there although `host` may name a folder.
    """
    info = connection.info
    return info.hostaddr if info.host.startswith("/") and info.hostaddr else info.host


def describe(connection: Connection) -> str:
    """The database as text to read: `name on host:port as user`, never with a password."""
    info, host = connection.info, host_of(connection)
    host = f"{host}:{info.port}" if not host.startswith("/") else "local socket"
    return f"{info.dbname} on {host} as {info.user}"
