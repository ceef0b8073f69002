"""Template databases: a snapshot is restored, or a blueprint seeded, once for all tests."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from snapshot.planning.applications import ContainerOptions
from snapshot.postgres.clones import make_template, template_name
from snapshot.restore import RestoreOptions, restore_snapshot
from snapshot.safety.demands import refuse_unmasked
from snapshot.safety.guard import Guard
from snapshot.store import VERSION
from snapshot.store.location import directory_of
from snapshot.store.manifest import digest, load_manifest

# The database is new, and the user has named the server: it need not be this machine.
_ANYWHERE = Guard(allowed=("*",))
_ALONE = ContainerOptions(leave_alone=True)


def restored_template(
    server: str,
    directory: str | Path,
    *,
    require_masked: bool = False,
    policy: str | Path | None = None,
) -> str:
    """Restore the snapshot into a database of its own, once; return the database's name.

    The name contains the snapshot's digest. Other processes (pytest-xdist) and later runs use the
    same database again. Raises UsageError if there is no snapshot, Refused if it is not masked
    although `require_masked` demands it, or not by the policy in this file.
    """
    place = directory_of(str(directory))
    manifest = load_manifest(place)  # says so if there is no snapshot
    # also where the database is there already
    refuse_unmasked(place, manifest, require_masked, policy)

    def restore(url: str) -> None:
        restore_snapshot(
            RestoreOptions(
                url,
                place,
                confirm=True,
                guard=_ANYWHERE,
                containers=_ALONE,
                require_masked=require_masked,
                policy=policy,
            )
        )

    origin = str(place.absolute() if isinstance(place, Path) else place)
    return make_template(server, template_name(digest(place)), origin, restore)


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

    name = template_name(hashlib.sha256(recipe.encode()).hexdigest())
    return make_template(server, name, f"blueprint {blueprint.name}", seed, base)
