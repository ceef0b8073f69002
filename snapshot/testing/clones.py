"""Template databases: a snapshot is restored, or a blueprint seeded, once for all tests."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from snapshot.planning.applications import ContainerOptions
from snapshot.postgres.clones import (
    TestDatabase,
    drop_test_databases,
    make_template,
    read_test_databases,
)
from snapshot.restore import RestoreOptions, restore_snapshot
from snapshot.safety.guard import Guard
from snapshot.store import VERSION
from snapshot.store.location import directory_of
from snapshot.store.manifest import digest, load_manifest

# The database is new, and the user has named the server: it need not be this machine.
_ANYWHERE = Guard(allowed=("*",))
_ALONE = ContainerOptions(leave_alone=True)


def restored_template(server: str, directory: str | Path) -> str:
    """Restore the snapshot into a database of its own, once; return the database's name.

    The name contains the snapshot's digest. Other processes (pytest-xdist) and later runs use the
    same database again. Raises UsageError if there is no snapshot.
    """
    place = directory_of(str(directory))

    def restore(url: str) -> None:
        restore_snapshot(
            RestoreOptions(url, place, confirm=True, guard=_ANYWHERE, containers=_ALONE)
        )

    load_manifest(place)  # says so if there is no snapshot
    origin = str(place.absolute() if isinstance(place, Path) else place)
    return make_template(server, _name(digest(place)), origin, restore)


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

    def seed(url: str) -> None:
        seed_database(
            SeedOptions(url, blueprint, profile=profile, parameters=parameters, guard=_ANYWHERE)
        )

    name = _name(hashlib.sha256(recipe.encode()).hexdigest())
    return make_template(server, name, f"blueprint {blueprint.name}", seed, base)


def _name(recipe: str) -> str:
    return f"snapshot_template_{recipe[:16]}"


def is_current(database: TestDatabase) -> bool:
    """Whether a template still equals the snapshot in the folder that it was restored from."""
    folder = Path(database.origin or "")
    return (folder / "manifest.json").is_file() and database.name == _name(digest(folder))


def list_test_databases(server: str) -> list[tuple[TestDatabase, str]]:
    """All templates and clones on a server, each with why it is kept, or "" if nobody needs it."""
    return [(database, _needed(database)) for database in read_test_databases(server)]


def _needed(database: TestDatabase) -> str:
    if database.in_use:
        return "a run uses it" if database.run is not None else "a run may use it"
    if database.run is None and is_current(database):
        return "the next run uses it"
    return ""


def prune_test_databases(server: str) -> list[str]:
    """Drop what nobody needs: clones whose run has ended, templates of older states.

    Templates stay while any run goes on. Returns the names. Raises ConnectionFailed and
    DatabaseFailed.
    """
    unused = [database for database, needed in list_test_databases(server) if not needed]
    return drop_test_databases(server, unused)
