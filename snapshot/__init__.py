"""Save a known-good state of a PostgreSQL database, and restore it with one command."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from snapshot.store import VERSION as __version__

if TYPE_CHECKING:
    from snapshot.change import ChangeOptions
    from snapshot.changes.comparing import DiffOptions
    from snapshot.clear import ClearOptions, clear_database
    from snapshot.create import CreateOptions, CreateReport, create_snapshot
    from snapshot.diff import DatabaseAt, SnapshotAt, compare_states
    from snapshot.errors import SnapshotError
    from snapshot.planning.applications import ContainerOptions
    from snapshot.planning.restore_plan import PlanOptions, RestorePlan
    from snapshot.planning.selection import Selection
    from snapshot.progress import Progress
    from snapshot.restore import RestoreOptions, RestoreReport, plan_restore, restore_snapshot
    from snapshot.safety.backups import BackupOptions
    from snapshot.safety.guard import Guard
    from snapshot.seeding.audit import audit_database, validate_database
    from snapshot.seeding.loading import load_blueprint
    from snapshot.seeding.options import SeedOptions, SeedReport
    from snapshot.seeding.run import seed_database
    from snapshot.status import StatusReport, database_status
    from snapshot.store.location import directory_of
    from snapshot.swap import (
        RollbackReport,
        SwapOptions,
        SwapReport,
        roll_back,
        swap_snapshot,
        warm_clone,
    )
    from snapshot.undo import UndoOptions, undo_restore
    from snapshot.upgrade import UpgradeOptions, UpgradeReport, upgrade_snapshot
    from snapshot.verify import VerifyReport, verify_snapshot

_HOMES = {
    "ChangeOptions": "change",
    "ContainerOptions": "planning.applications",
    "Progress": "progress",
    "CreateOptions": "create",
    "DatabaseAt": "diff",
    "DiffOptions": "changes.comparing",
    "SnapshotAt": "diff",
    "compare_states": "diff",
    "CreateReport": "create",
    "create_snapshot": "create",
    "SnapshotError": "errors",
    "RestoreOptions": "restore",
    "RestoreReport": "restore",
    "plan_restore": "restore",
    "restore_snapshot": "restore",
    "PlanOptions": "planning.restore_plan",
    "RestorePlan": "planning.restore_plan",
    "Selection": "planning.selection",
    "load_blueprint": "seeding.loading",
    "SeedOptions": "seeding.options",
    "SeedReport": "seeding.options",
    "audit_database": "seeding.audit",
    "seed_database": "seeding.run",
    "validate_database": "seeding.audit",
    "BackupOptions": "safety.backups",
    "Guard": "safety.guard",
    "ClearOptions": "clear",
    "clear_database": "clear",
    "StatusReport": "status",
    "database_status": "status",
    "directory_of": "store.location",
    "SwapOptions": "swap",
    "SwapReport": "swap",
    "RollbackReport": "swap",
    "roll_back": "swap",
    "swap_snapshot": "swap",
    "warm_clone": "swap",
    "UndoOptions": "undo",
    "undo_restore": "undo",
    "UpgradeOptions": "upgrade",
    "UpgradeReport": "upgrade",
    "upgrade_snapshot": "upgrade",
    "VerifyReport": "verify",
    "verify_snapshot": "verify",
}

__all__ = [
    "BackupOptions",
    "ChangeOptions",
    "ClearOptions",
    "ContainerOptions",
    "CreateOptions",
    "CreateReport",
    "DatabaseAt",
    "DiffOptions",
    "Guard",
    "PlanOptions",
    "Progress",
    "RestoreOptions",
    "RestorePlan",
    "RestoreReport",
    "RollbackReport",
    "SeedOptions",
    "SeedReport",
    "Selection",
    "SnapshotAt",
    "SnapshotError",
    "StatusReport",
    "SwapOptions",
    "SwapReport",
    "UndoOptions",
    "UpgradeOptions",
    "UpgradeReport",
    "VerifyReport",
    "__version__",
    "audit_database",
    "clear_database",
    "compare_states",
    "create_snapshot",
    "database_status",
    "directory_of",
    "load_blueprint",
    "plan_restore",
    "restore_snapshot",
    "roll_back",
    "seed_database",
    "swap_snapshot",
    "undo_restore",
    "upgrade_snapshot",
    "validate_database",
    "verify_snapshot",
    "warm_clone",
]


def __getattr__(name: str) -> Any:
    """Import a flow when it is first used, so that `snapshot --help` loads no driver."""
    if name not in _HOMES:
        raise AttributeError(f"module 'snapshot' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"snapshot.{_HOMES[name]}"), name)
