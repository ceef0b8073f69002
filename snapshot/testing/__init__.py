"""Databases for tests, filled from a snapshot: in a container, or as clones of a template.

What a name needs is imported when it is first used: pytest imports this package at every start.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from snapshot.postgres.clones import (
        clone_database,
        drop_database,
        list_test_databases,
        prune_test_databases,
    )
    from snapshot.testing.clones import restored_template, seeded_template
    from snapshot.testing.postgres import restored_postgres, running_postgres

_HOMES = {
    "clone_database": "postgres.clones",
    "drop_database": "postgres.clones",
    "list_test_databases": "postgres.clones",
    "prune_test_databases": "postgres.clones",
    "restored_postgres": "testing.postgres",
    "restored_template": "testing.clones",
    "running_postgres": "testing.postgres",
    "seeded_template": "testing.clones",
}

__all__ = [
    "clone_database",
    "drop_database",
    "list_test_databases",
    "prune_test_databases",
    "restored_postgres",
    "restored_template",
    "running_postgres",
    "seeded_template",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__} has no attribute {name}")
    return getattr(import_module(f"snapshot.{_HOMES[name]}"), name)
