"""Clones of a restored database: CREATE DATABASE … TEMPLATE copies files, not rows."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from snapshot import __version__
from snapshot.planning.applications import ContainerOptions
from snapshot.postgres.connection import connect, connected, libpq_conninfo, server_errors
from snapshot.restore import RestoreOptions, restore_snapshot
from snapshot.store.manifest import digest

_LOCK = 0x74656D70  # "temp": one process restores the template, the others wait for it


def restored_template(server: str, directory: Path) -> str:
    """Restore the snapshot into a database of its own, once; returns the database's name.

    The name holds the snapshot's digest, so one that is there already is used again, by other
    processes (pytest-xdist) and by later runs.
    """

    def restore(url: str) -> None:
        alone = ContainerOptions(leave_alone=True)
        restore_snapshot(RestoreOptions(url, directory, confirm=True, containers=alone))

    return _template(server, f"snapshot_template_{digest(directory)[:16]}", restore)


def seeded_template(
    server: str,
    reference: str,
    profile: str | None,
    parameters: Mapping[str, Any],
    base: str | None,
) -> str:
    """Seed a database of its own from a blueprint, once; returns the database's name.

    It begins as a copy of the database `base`, else empty, with the blueprint's own schema.
    """
    from snapshot.seeding.loading import load_blueprint
    from snapshot.seeding.options import SeedOptions
    from snapshot.seeding.run import seed_database

    blueprint = load_blueprint(reference)
    files = [path.read_bytes() for path in (blueprint.file, blueprint.schema) if path]
    recipe = repr((files, profile, sorted(parameters.items()), base, __version__))
    name = f"snapshot_template_{hashlib.sha256(recipe.encode()).hexdigest()[:16]}"

    def seed(url: str) -> None:
        seed_database(SeedOptions(url, blueprint, profile, parameters))

    return _template(server, name, seed, base)


def _template(
    server: str, name: str, fill: Callable[[str], object], base: str | None = None
) -> str:
    """Make a template database once, by whoever comes first; the others wait for it."""
    with connected(server) as admin:
        admin.execute(sql.SQL("SELECT pg_catalog.pg_advisory_lock({})").format(sql.Literal(_LOCK)))
        found = admin.execute(
            "SELECT datistemplate FROM pg_catalog.pg_database WHERE datname = %s", [name]
        ).fetchone()
        if found == (True,):
            return name
        if found:  # by one that was killed
            drop_database(server, name)
        copied = sql.SQL(" TEMPLATE {}").format(sql.Identifier(base)) if base else sql.SQL("")
        admin.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)) + copied)
        fill(database_url(server, name))
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
