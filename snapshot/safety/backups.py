"""Safety snapshots: what a database held before rows were deleted, kept for `snapshot undo`."""

from __future__ import annotations

import hashlib
import shutil
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from snapshot.create import CreateOptions, write_snapshot
from snapshot.errors import Refused, SnapshotError
from snapshot.exporters.description import source_fingerprint
from snapshot.planning.selection import Selection
from snapshot.postgres.connection import Connection, scalar
from snapshot.postgres.identity import Identity, another_server, read_identity
from snapshot.progress import Progress
from snapshot.store.folders import private_folder
from snapshot.store.history import backups_folder, last_restore
from snapshot.store.manifest import FILE_NAME, Manifest, dump_manifest, load_manifest

KEPT = 5  # of each database
LIMIT = 2000  # megabytes, of all together, and of a database that is kept
_NAME = "%Y%m%d-%H%M%S-%f"
_ORIGIN = ".origin"  # the server it is of: address, and when it started


@dataclass(frozen=True, kw_only=True)
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
    of_this_server: bool  # False: of one that only looks the same, such as a copied volume

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
    _refuse_if_large(database, options)
    progress.step("Keeping a safety snapshot of what is there")
    identity = read_identity(database)
    folder = _folder(identity.fingerprint)
    try:
        private_folder(folder.parent)
        private_folder(folder)
        _forget_halves(folder)
        path = folder / _next_name(folder)
        made = CreateOptions(
            url,
            path,
            formats=("archive",),
            selection=selection,
            checksums=True,
            with_privileges=True,
            unmasked=True,  # it goes back to where it came from
        )
        manifest = write_snapshot(made, progress).manifest
        _keep_mark(path, manifest, identity.fingerprint)
        (path / _ORIGIN).write_text(f"{identity.address}\n{identity.started}\n", "utf-8")
    except (SnapshotError, OSError) as error:
        raise SnapshotError(
            f"no safety snapshot could be kept: {error}",
            hint="nothing was deleted; fix that, or go on without one with --no-backup",
        ) from error
    if manifest.source.fingerprint != source_fingerprint(identity.fingerprint):
        discard_backup(path)
        raise another_server(identity)
    return path


def _keep_mark(path: Path, kept: Manifest, fingerprint: str) -> None:
    """Mark a safety snapshot as masked if it holds the rows of the masked one restored before.

    A single row that differs may be somebody's.
    """
    restored = last_restore(fingerprint)
    if restored is None or restored.manifest.masked is None:
        return
    before = {table.name: table.checksum for table in restored.manifest.tables}
    if any(before.get(table.name) != table.checksum for table in kept.tables):
        return
    marked = replace(kept, masked=restored.manifest.masked, subset=restored.manifest.subset)
    written = path / f"{FILE_NAME}.marked"
    written.write_bytes(dump_manifest(marked))
    written.replace(path / FILE_NAME)


def find_backups(identity: Identity) -> list[Backup]:
    """The safety snapshots of a database, newest first."""
    found = []
    for path in sorted(_folder(identity.fingerprint).glob("[0-9]*"), reverse=True):
        try:
            manifest = load_manifest(path)
        except SnapshotError:
            continue  # one that is being made or removed
        found.append(Backup(path, manifest, _size(path), _same_server(path, identity)))
    return found


def _refuse_if_large(database: Connection, options: BackupOptions) -> None:
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


def _next_name(folder: Path) -> str:
    """When it is made, in UTC; later than all that are there, also if the clock went back."""
    now = datetime.now(UTC)
    last = max((path.name for path in folder.glob("[0-9]*")), default="")
    with suppress(ValueError):
        now = max(now, datetime.strptime(last + "+0000", _NAME + "%z") + timedelta(microseconds=1))
    return now.strftime(_NAME)


def _same_server(path: Path, identity: Identity) -> bool:
    """By its address, or by when it started: a copied volume or a standby has neither."""
    try:
        address, started = (path / _ORIGIN).read_text("utf-8").splitlines()
    except (OSError, ValueError):
        return True  # kept before this was recorded
    return identity.address == address or identity.started == started


def _forget_halves(folder: Path) -> None:
    """Remove what killed commands left: nobody else makes one of this database meanwhile."""
    for path in folder.glob("[0-9]*"):
        if not (path / FILE_NAME).exists():
            shutil.rmtree(path, ignore_errors=True)


def discard_backup(path: Path) -> None:
    """Remove a safety snapshot."""
    shutil.rmtree(path, ignore_errors=True)


def forget_old_backups(newest: Path, options: BackupOptions) -> None:
    """Remove what is too many or too much, the oldest first, never the newest.

    Newer ones of other databases stay: changes that are under way may need them.
    """
    of_database = sorted(newest.parent.glob("[0-9]*"), reverse=True)
    for path in of_database[KEPT:]:
        if path != newest:
            shutil.rmtree(path, ignore_errors=True)
    everything = sorted(
        newest.parent.parent.glob("*/[0-9]*"), key=lambda path: path.name, reverse=True
    )
    total = _size(newest)
    for path in everything:
        if path == newest:
            continue
        total += _size(path)
        if total > options.megabytes * 1_000_000 and path.name < newest.name:
            shutil.rmtree(path, ignore_errors=True)


def _size(path: Path) -> int:
    total = 0
    for file in path.rglob("*"):
        with suppress(FileNotFoundError):  # another process removes it
            total += file.stat().st_size
    return total


def _folder(fingerprint: str) -> Path:
    return backups_folder() / hashlib.sha256(fingerprint.encode()).hexdigest()[:16]
