"""Facts about server, role and sessions, for the checks that come before a restore."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from snapshot.postgres.connection import Connection, fetch


@dataclass(frozen=True)
class ServerFacts:
    """What a role may know of its server. `free_bytes` is None where that cannot be known."""

    standby: bool
    read_only: bool
    superuser: bool
    may_create: bool  # schemas in this database
    locks_per_transaction: int
    backends: int
    extensions: Mapping[str, bool]  # available ones; True: only a superuser may create it
    schemas: Mapping[str, bool]  # True: this role may create objects in it
    sessions: Mapping[str, int]  # of others on this database, by application
    subscriptions: tuple[str, ...]  # enabled ones that write into this database
    publications: tuple[str, ...]
    slots: tuple[str, ...]
    free_bytes: int | None

    @property
    def locks(self) -> int:
        """How many locks the server can hold (documentation: max_locks_per_transaction)."""
        return self.locks_per_transaction * self.backends


def read_facts(connection: Connection) -> ServerFacts:
    """Read them in one query."""
    (row,) = fetch(connection, "preflight")
    for name in ("subscriptions", "publications", "slots"):
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
