"""Databases for tests, filled from a snapshot: in a container, or as clones of a template.

What a name needs is imported when it is first used: pytest imports this package at every start.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
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

_IN_POSTGRES = ("restored_postgres", "running_postgres")


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__} has no attribute {name}")
    module = "postgres" if name in _IN_POSTGRES else "clones"
    return getattr(import_module(f"{__name__}.{module}"), name)
