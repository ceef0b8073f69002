"""A database of our own on a server, for as long as a block lasts.

Its name says whose it is, and the connection limit BUILDING that no user made it. As long as its
run goes on, a session holds the lock of its name: what bears such a name and is not locked was left
by a run that was killed, and the next one drops it.
"""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from snapshot.errors import Refused
from snapshot.planning.swap_plan import BUILDING, Database
from snapshot.postgres.connection import Connection, connected, describe, host_of, pooled, scalar
from snapshot.postgres.databases import (
    carry_over,
    drop_if_possible,
    maintenance,
    new_database,
    read_databases,
    url_of,
)
from snapshot.postgres.identity import pinned_url
from snapshot.postgres.locks import lock_name, name_is_free
from snapshot.postgres.urls import libpq_conninfo

_OURS = re.compile(r"snapshot_scratch_[0-9a-f]{8}")
_CHOICES = ("hostaddr", "service", "load_balance_hosts", "target_session_attrs")  # of a server
_GONE_WITHIN = 5.0  # seconds


@dataclass(frozen=True)
class Scratch:
    """An empty database. `url` is for our own sessions, `parameters` are for other programs."""

    url: str
    name: str
    server: str  # described
    server_version: int
    encoding: str
    parameters: dict[str, str]  # libpq's, secrets included
    _maintenance: Connection
    _model: Database

    def take_settings(self) -> None:
        """Give it the settings (ALTER DATABASE … SET) of the database beside which it was made.

        But for default_transaction_read_only: the migrations write.
        """
        only = replace(
            self._model,
            connection_limit=BUILDING,
            is_template=False,
            privileges=None,
            comment=None,
        )
        carry_over(self._maintenance, only, self.name)
        self._maintenance.execute(
            sql.SQL("ALTER DATABASE {} RESET default_transaction_read_only").format(
                sql.Identifier(self.name)
            )
        )

    def sessions(self) -> int | None:
        """How many sessions it has had, when the last of them is gone.

        None if the server does not count them: before PostgreSQL 14, or with track_counts off. A
        session is counted before it leaves pg_stat_activity (source: shmem_exit, pgstat_shutdown).
        """
        deadline = time.monotonic() + _GONE_WITHIN
        while time.monotonic() < deadline and self._ask(
            "SELECT pg_catalog.count(*) FROM pg_catalog.pg_stat_activity"
            " WHERE datname = %s AND backend_type = 'client backend'"
        ):
            time.sleep(0.02)
        counted = self._ask(
            "SELECT (pg_catalog.to_jsonb(s) ->> 'sessions')::bigint"
            " FROM pg_catalog.pg_stat_database s WHERE datname = %s"
        )
        return counted or None

    def _ask(self, query: str) -> int | None:
        row = self._maintenance.execute(query, [self.name]).fetchone()
        return row[0] if row else None


@contextmanager
def scratch_database(url: str) -> Iterator[Scratch]:
    """Make an empty database beside the one that is named, and drop it when the block ends.

    It has the encoding and the locale of that one, and belongs to this role. Raises
    ConnectionFailed, and Refused if the role may not create databases or a pooler stands between.
    """
    with connected(url) as beside:
        if pooled(beside):
            raise Refused(
                "a pooler stands between: it does not know a new database",
                hint="give the address of the server itself",
            )
        model_name, described, version = (
            beside.info.dbname, describe(beside), beside.info.server_version,
        )  # fmt: skip
        pinned, parameters = pinned_url(beside, url), _for_others(beside, url)
    with maintenance(pinned, "") as server:
        databases = read_databases(server)
        model = databases[model_name]
        if not model.may_create_databases:
            raise Refused(
                f"{server.info.user} may not create a database on this server",
                hint="let a superuser do it once: ALTER ROLE … CREATEDB; or leave -d out",
            )
        _drop_leftovers(server, databases.values())
        name = f"snapshot_scratch_{secrets.token_hex(4)}"
        lock_name(server, name)
        own = replace(model, owner=scalar(server, "SELECT current_user"))
        with new_database(server, own, name) as made:
            parameters["dbname"] = name
            yield Scratch(
                url_of(pinned, name),
                name,
                described,
                version,
                own.encoding,
                parameters,
                server,
                own,
            )
            drop_if_possible(server, made)


def _for_others(connection: Connection, url: str) -> dict[str, str]:
    """What other programs need to get to this server: not all know several hosts, or services."""
    info = connection.info
    given = conninfo_to_dict(libpq_conninfo(url))
    parameters = {k: str(v) for k, v in given.items() if k not in _CHOICES}
    parameters |= {"host": host_of(connection), "port": str(info.port), "user": info.user}
    return parameters | ({"password": info.password} if info.password else {})


def _drop_leftovers(server: Connection, databases: Iterable[Database]) -> None:
    for other in databases:
        ours = _OURS.fullmatch(other.name) and other.connection_limit == BUILDING and other.owned
        if ours and name_is_free(server, other.name):
            drop_if_possible(server, other)
