"""Other sessions on the database that is about to be replaced, and where they come from."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Collection, Iterator
from contextlib import closing, contextmanager
from typing import NamedTuple

from psycopg import errors

from snapshot.catalog import Name
from snapshot.errors import DatabaseFailed
from snapshot.planning.applications import Endpoint
from snapshot.postgres.connection import Connection, fetch, pooled, scalar
from snapshot.postgres.messages import message_of

_GONE_WITHIN = 5.0  # seconds
_SHOWN = 5  # relations of a session

_OTHERS = """
    FROM pg_catalog.pg_stat_activity
    WHERE datname = pg_catalog.current_database() AND pid <> pg_catalog.pg_backend_pid()
      AND backend_type = 'client backend' AND pg_catalog.pg_has_role(usesysid, 'MEMBER')
"""


_CLIENTS = """
    SELECT pg_catalog.host(client_addr), pg_catalog.count(*)
    FROM pg_catalog.pg_stat_activity
    WHERE datname = pg_catalog.current_database() AND pid <> pg_catalog.pg_backend_pid()
      AND client_addr IS NOT NULL
    GROUP BY client_addr
"""


class LockHolder(NamedTuple):
    """A session of others that holds locks in this database."""

    pid: int
    application: str
    role: str
    client: str
    state: str
    since: str  # when its transaction began, as text
    may_end: bool  # this role may end it
    relations: tuple[Name, ...]  # none: it is a command of ours

    def __str__(self) -> str:
        more = f" and {len(self.relations) - _SHOWN} more" if len(self.relations) > _SHOWN else ""
        on = ", ".join(map(str, self.relations[:_SHOWN])) or "what keeps two commands apart"
        return (
            f"pid {self.pid}: {self.application} as {self.role} from {self.client}, "
            f"{self.state or 'state not known'}, since {self.since or 'not known'}, "
            f"holds locks on {on}{more}"
        )


def lock_holders(connection: Connection, on: Collection[Name] | None = None) -> list[LockHolder]:
    """The sessions of others that hold locks, if `on` is given on one of these relations."""
    found = [
        LockHolder(**{**row, "relations": tuple(Name(*name) for name in row["relations"])})
        for row in fetch(connection, "lock_holders")
    ]
    return [holder for holder in found if on is None or not set(on).isdisjoint(holder.relations)]


@contextmanager
def lock_holders_named(connection: Connection) -> Iterator[None]:
    """Raise DatabaseFailed, which names the sessions that hold locks, where one is not got."""
    try:
        yield
    except errors.LockNotAvailable as error:
        raise DatabaseFailed(
            f"another session holds a lock that is needed: {message_of(error)}",
            hint="nothing was changed; stop the application that uses the database, or wait; "
            "restore --end-sessions ends such sessions",
            details=[str(holder) for holder in lock_holders(connection)],
        ) from error


def end_lock_holders(connection: Connection, on: Collection[Name]) -> list[LockHolder]:
    """Terminate the sessions that hold locks on these relations, as far as this role may.

    Returns those that it ended. A lock that another role's session holds is waited for.
    """
    holders = [holder for holder in lock_holders(connection, on) if holder.may_end]
    pids = [holder.pid for holder in holders]
    if pids:
        connection.execute(
            "SELECT pg_catalog.pg_terminate_backend(pid) FROM pg_catalog.pg_stat_activity"
            " WHERE datname = pg_catalog.current_database() AND pid = ANY (%s)",
            [pids],
        )
    deadline = time.monotonic() + _GONE_WITHIN
    while pids and time.monotonic() < deadline:
        gone = connection.execute(
            "SELECT NOT EXISTS (SELECT FROM pg_catalog.pg_stat_activity WHERE pid = ANY (%s))",
            [pids],
        ).fetchone()
        if gone == (True,):
            break
        time.sleep(0.02)
    return holders


def ends(connection: Connection) -> tuple[str, str]:
    """The addresses of this end and of the other end of a session over the network."""
    with closing(socket.socket(fileno=os.dup(connection.pgconn.socket))) as link:
        return str(link.getsockname()[0]), str(link.getpeername()[0])


def read_endpoint(connection: Connection) -> Endpoint:
    """Where a session leads, and where the other sessions on its database come from.

    Of other roles' sessions that is known to members of pg_read_all_stats only.
    """
    info = connection.info
    host = info.host if info.host.startswith(("/", "@")) else ends(connection)[1]
    own = scalar(connection, "SELECT pg_catalog.host(pg_catalog.inet_server_addr())")
    return Endpoint(
        host,
        info.port,
        None if pooled(connection) else own or "",
        dict(connection.execute(_CLIENTS).fetchall()),
    )


def end_other_sessions(connection: Connection) -> None:
    """Terminate the sessions on this database that this role may, and wait until they are gone.

    Those of other roles are left: if they hold a lock that is needed, the restore says so.
    """
    ended = connection.execute(f"SELECT pg_catalog.pg_terminate_backend(pid) {_OTHERS}").fetchall()
    deadline = time.monotonic() + _GONE_WITHIN
    while ended and time.monotonic() < deadline:
        if not scalar(connection, f"SELECT pg_catalog.count(*) {_OTHERS}"):
            break
        time.sleep(0.02)
