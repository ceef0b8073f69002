"""Databases for tests, filled from a snapshot: in a container, or as clones of a template."""

from snapshot.testing.clones import (
    clone_database,
    drop_database,
    restored_template,
    seeded_template,
)
from snapshot.testing.postgres import restored_postgres, running_postgres

__all__ = [
    "clone_database",
    "drop_database",
    "restored_postgres",
    "restored_template",
    "running_postgres",
    "seeded_template",
]
