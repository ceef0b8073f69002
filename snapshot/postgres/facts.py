"""Facts about server, role and sessions, for the checks that come before a restore."""

from __future__ import annotations

import shutil
from pathlib import Path

from snapshot.planning.preflight import ServerFacts
from snapshot.postgres.connection import Connection, fetch


def read_facts(connection: Connection) -> ServerFacts:
    """Read them in one query."""
    (row,) = fetch(connection, "preflight")
    for name in ("subscriptions", "publications", "event_triggers", "slots"):
        row[name] = tuple(row[name])
    return ServerFacts(free_bytes=_free_bytes(row.pop("data_directory")), **row)


def _free_bytes(data_directory: str | None) -> int | None:
    """Free space for the server's files, if they lie on this machine and may be looked at."""
    try:
        if data_directory and Path(data_directory, "PG_VERSION").exists():
            return shutil.disk_usage(data_directory).free
    except OSError:
        pass  # somebody else's folder: not known
    return None
