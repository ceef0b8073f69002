"""Other sessions on the database that is about to be replaced, and where they come from."""

from __future__ import annotations

import os
import socket
import time
from contextlib import closing

from snapshot.planning.applications import Endpoint
from snapshot.postgres.connection import Connection, pooled, scalar

_GONE_WITHIN = 5.0  # seconds

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
