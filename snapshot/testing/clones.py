"""Clones of a restored database: CREATE DATABASE … TEMPLATE copies files, not rows."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from snapshot.planning.applications import ContainerOptions
from snapshot.postgres.connection import connected
from snapshot.postgres.urls import libpq_conninfo, make_url
from snapshot.restore import RestoreOptions, restore_snapshot
from snapshot.store import VERSION
from snapshot.store.manifest import digest, load_manifest

_LOCK = 0x74656D70  # "temp": the advisory lock of the process that makes a template


def restored_template(server: str, directory: Path) -> str:
    """Restore the snapshot into a database of its own, once; return the database's name.

    The name contains the snapshot's digest. Other processes (pytest-xdist) and later runs use the
    same database again. Raises UsageError if there is no snapshot.
    """

    def restore(url: str) -> None:
        alone = ContainerOptions(leave_alone=True)
        restore_snapshot(RestoreOptions(url, directory, confirm=True, containers=alone))

    load_manifest(directory)  # says so if there is no snapshot
    return _template(server, f"snapshot_template_{digest(directory)[:16]}", restore)


def seeded_template(
    server: str,
    reference: str,
    profile: str | None,
    parameters: Mapping[str, Any],
    base: str | None,
) -> str:
    """Seed a database of its own from a blueprint, once; return the database's name.

    It starts as a copy of the database `base`. Without one it is empty, and the blueprint's own
    schema is created.
    """
    from snapshot.seeding.loading import load_blueprint
    from snapshot.seeding.options import SeedOptions
    from snapshot.seeding.run import seed_database

    blueprint = load_blueprint(reference)
    files = [path.read_bytes() for path in (blueprint.file, blueprint.schema) if path]
    recipe = repr((files, profile, sorted(parameters.items()), base, VERSION))
    name = f"snapshot_template_{hashlib.sha256(recipe.encode()).hexdigest()[:16]}"

    def seed(url: str) -> None:
        seed_database(SeedOptions(url, blueprint, profile, parameters))

    return _template(server, name, seed, base)


def _template(
    server: str, name: str, fill: Callable[[str], object], base: str | None = None
) -> str:
    """Make a template database once: the first process makes it, the others wait."""
    with connected(server) as admin:
        admin.execute(sql.SQL("SELECT pg_catalog.pg_advisory_lock({})").format(sql.Literal(_LOCK)))
        found = admin.execute(
            "SELECT datistemplate FROM pg_catalog.pg_database WHERE datname = %s", [name]
        ).fetchone()
        if found == (True,):
            return name
        if found:  # a killed process left it incomplete
            drop_database(server, name)
        copied = sql.SQL(" TEMPLATE {}").format(sql.Identifier(base)) if base else sql.SQL("")
        admin.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)) + copied)
        fill(database_url(server, name))
        # last: only a complete database is marked as a template
        admin.execute(
            sql.SQL("ALTER DATABASE {} IS_TEMPLATE true ALLOW_CONNECTIONS false").format(
                sql.Identifier(name)
            )
        )
    return name


def clone_database(server: str, template: str, name: str) -> str:
    """Make a database that is a copy of the template; return its URL."""
    with connected(server) as admin:
        admin.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(
                sql.Identifier(name), sql.Identifier(template)
            )
        )
    return database_url(server, name)


def drop_database(server: str, name: str) -> None:
    """Drop a database, and end the sessions that still use it."""
    with connected(server) as admin:
        admin.execute(
            sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
        )


def database_url(server: str, name: str) -> str:
    """The URL of another database on the same server."""
    return make_url(conninfo_to_dict(libpq_conninfo(server), dbname=name))
