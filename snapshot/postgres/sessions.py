"""Other sessions on the database that is about to be replaced."""

from __future__ import annotations

import time

from snapshot.postgres.connection import Connection, scalar

_GONE_WITHIN = 5.0  # seconds

_OTHERS = """
    FROM pg_catalog.pg_stat_activity
    WHERE datname = pg_catalog.current_database() AND pid <> pg_catalog.pg_backend_pid()
      AND backend_type = 'client backend' AND pg_catalog.pg_has_role(usesysid, 'MEMBER')
"""


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
