"""Safety snapshots: what a database held before rows were deleted, kept for `snapshot undo`."""

from __future__ import annotations

import hashlib
import shutil
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from snapshot.create import CreateOptions, create_snapshot
from snapshot.errors import Refused, SnapshotError
from snapshot.postgres.connection import Connection, scalar
from snapshot.postgres.introspect import read_fingerprint
from snapshot.progress import Progress
from snapshot.safety.history import state_folder
from snapshot.selection import Selection
from snapshot.store.manifest import Manifest, load_manifest

KEPT = 5  # of each database
LIMIT = 2000  # megabytes, of all together, and of a database that is kept


@dataclass(frozen=True)
class BackupOptions:
    """Whether to keep a safety snapshot, and how many megabytes they may take in all."""

    keep: bool = True
    megabytes: int = LIMIT


@dataclass(frozen=True)
class Backup:
    """A safety snapshot."""

    path: Path
    manifest: Manifest
    size: int  # bytes

    @property
    def name(self) -> str:
        """When it was made: 20260131-235959-123456, UTC."""
        return self.path.name


def keep_backup(
    database: Connection,
    url: str,
    selection: Selection,
    options: BackupOptions,
    progress: Progress,
) -> Path | None:
    """Keep what a database holds, owners and privileges included; returns where.

    Raises Refused if it is larger than what may be kept, SnapshotError if it cannot be read.
    """
    if not options.keep:
        return None
    size = scalar(
        database, "SELECT pg_catalog.pg_database_size(pg_catalog.current_database())"
    )  # with indexes, so more than the snapshot will take
    if size > options.megabytes * 1_000_000:
        raise Refused(
            f"{database.info.dbname} takes {size / 1e6:,.0f} MB, "
            f"more than the {options.megabytes:,} MB that are kept for undo",
            hint="go on without a safety snapshot with --no-backup, or raise "
            "backup-megabytes in [tool.snapshot] of pyproject.toml",
        )
    progress.step("Keeping a safety snapshot of what is there")
    folder = _folder(read_fingerprint(database))
    path = folder / datetime.now(UTC).strftime("%Y%m%d-%H%M%S-%f")
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        create_snapshot(
            CreateOptions(url, path, ("archive",), selection, checksums=True, with_privileges=True),
            progress,
        )
    except (SnapshotError, OSError) as error:
        raise SnapshotError(
            f"no safety snapshot could be kept: {error}",
            hint="nothing was deleted; mend that, or go on without one with --no-backup",
        ) from error
    _forget_old(path, options.megabytes)
    return path


def find_backups(fingerprint: str) -> list[Backup]:
    """The safety snapshots of a database, newest first."""
    found = []
    for path in sorted(_folder(fingerprint).glob("[0-9]*"), reverse=True):
        try:
            manifest = load_manifest(path)
        except SnapshotError:
            continue  # one that is being made or removed
        found.append(Backup(path, manifest, _size(path)))
    return found


def _forget_old(newest: Path, megabytes: int) -> None:
    """Remove what is too many or too much, the oldest first, never the newest."""
    of_database = sorted(newest.parent.glob("[0-9]*"), reverse=True)
    for path in of_database[KEPT:]:
        shutil.rmtree(path, ignore_errors=True)
    everything = sorted(
        newest.parent.parent.glob("*/[0-9]*"), key=lambda path: path.name, reverse=True
    )
    total = 0
    for path in everything:
        total += _size(path)
        if total > megabytes * 1_000_000 and path != newest:
            shutil.rmtree(path, ignore_errors=True)


def _size(path: Path) -> int:
    return sum(file.stat().st_size for file in path.rglob("*") if file.is_file())


def _folder(fingerprint: str) -> Path:
    return state_folder() / "backups" / hashlib.sha256(fingerprint.encode()).hexdigest()[:16]
