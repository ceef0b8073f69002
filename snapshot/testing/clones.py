"""Clones of a restored database: CREATE DATABASE … TEMPLATE copies files, not rows."""

from __future__ import annotations

from pathlib import Path

from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from snapshot.applications import ContainerOptions
from snapshot.manifest import digest
from snapshot.postgres.connection import connect, connected, libpq_conninfo, server_errors
from snapshot.restore import RestoreOptions, restore_snapshot

_LOCK = 0x74656D70  # "temp": one process restores the template, the others wait for it


def restored_template(server: str, directory: Path) -> str:
    """Restore the snapshot into a database of its own, once; returns the database's name.

    The name holds the snapshot's digest, so one that is there already is used again, by other
    processes (pytest-xdist) and by later runs.
    """
    name = f"snapshot_template_{digest(directory)[:16]}"
    with connected(server) as admin:
        admin.execute(sql.SQL("SELECT pg_catalog.pg_advisory_lock({})").format(sql.Literal(_LOCK)))
        found = admin.execute(
            "SELECT datistemplate FROM pg_catalog.pg_database WHERE datname = %s", [name]
        ).fetchone()
        if found == (True,):
            return name
        if found:  # a restore that was killed
            drop_database(server, name)
        admin.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        alone = ContainerOptions(leave_alone=True)
        restore_snapshot(
            RestoreOptions(database_url(server, name), directory, confirm=True, containers=alone)
        )
        # last: only a whole template is marked as one
        admin.execute(
            sql.SQL("ALTER DATABASE {} IS_TEMPLATE true ALLOW_CONNECTIONS false").format(
                sql.Identifier(name)
            )
        )
    return name


def clone_database(server: str, template: str, name: str) -> str:
    """Make a database that is a copy of the template; returns its URL."""
    with connected(server) as admin:
        admin.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(
                sql.Identifier(name), sql.Identifier(template)
            )
        )
    return database_url(server, name)


def drop_database(server: str, name: str) -> None:
    """Drop a database, and end the sessions that are still on it."""
    admin = connect(server)
    with server_errors():
        admin.execute(
            sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
        )
    admin.close()


def database_url(server: str, name: str) -> str:
    """The URL of another database on the same server."""
    parameters = conninfo_to_dict(libpq_conninfo(server), dbname=name)
    return make_conninfo("", **parameters)
