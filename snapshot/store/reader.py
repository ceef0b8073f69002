"""A sealed snapshot, opened for reading: every file is checked before one byte of it is used."""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from snapshot.errors import SnapshotDamaged, UsageError
from snapshot.store.layout import (
    ARCHIVE,
    DATA_SQL,
    SCHEMA_SQL,
    SEED_DATA_JSON,
    archive_files,
)
from snapshot.store.location import Directory, Remote
from snapshot.store.manifest import FILE_NAME, FileEntry, Manifest, load_manifest

if sys.version_info >= (3, 14):
    pass
else:
    pass

BLOCK_SIZE = 256 * 1024  # bytes
EDITABLE = {DATA_SQL: "sql", SEED_DATA_JSON: "json"}


@dataclass(frozen=True)
class SnapshotFiles:
    """A snapshot whose files are what its manifest says."""

    directory: Directory
    manifest: Manifest
    edited: bool = False  # by hand: its rows are neither counted nor compared
    only: tuple[str, ...] = ()  # formats that can be read, if not all

    def schema(self) -> tuple[str, str]:
        """DDL before the rows and after them."""
        content = self.at(SCHEMA_SQL).read_bytes()
        split = self.manifest.post_data
        try:
            if split > len(content):
                raise ValueError("post_data lies behind its end")
            return content[:split].decode(), content[split:].decode()
        except ValueError as error:
            raise SnapshotDamaged(
                f"{self.directory / SCHEMA_SQL} is not what the manifest says: {error}",
                hint="bring it back from version control, or make the snapshot again",
            ) from error

    def default_format(self) -> str:
        """The fastest of the formats that the snapshot holds."""
        formats = self.only or self.manifest.formats
        return next(f for f in ("archive", "sql", "json") if f in formats)

    def check_format(self, source_format: str) -> None:
        """UsageError if the snapshot was made without the format."""
        if source_format not in self.manifest.formats:
            raise UsageError(
                f"{self.directory} holds no {source_format}, "
                f"only {', '.join(self.manifest.formats)}",
                hint=f"make it again with: snapshot create --format {source_format}",
            )

    @property
    def remote(self) -> bool:
        """The files lie in an object store: an archive's are checked while they are read."""
        return isinstance(self.directory, Remote)

    def at(self, name: str) -> Directory:
        """Where a file of the snapshot lies."""
        return _folder(self.directory, self.manifest) / name


def open_snapshot(directory: Directory) -> SnapshotFiles:
    """Open a snapshot and check size and SHA-256 of all its files.

    Raises UsageError where there is none, SnapshotDamaged naming every file that is not as it was.
    """
    manifest = load_manifest(directory)
    if damaged := check_files(directory, manifest):
        raise SnapshotDamaged(
            f"{directory} is damaged: {len(damaged)} of {len(manifest.files)} files are not "
            "what the manifest says",
            hint="bring it back from version control, or make it again with: snapshot create",
            details=damaged,
        )
    return SnapshotFiles(directory, manifest)


def open_edited(directory: Directory, source_format: str | None) -> SnapshotFiles:
    """Open a snapshot of which data.sql or seed_data.json was edited by hand.

    Raises UsageError if it cannot be told which of the two is meant, SnapshotDamaged if anything
    else has changed.
    """
    if isinstance(directory, Remote):
        raise UsageError(f"{directory} cannot be edited by hand", hint="edit a folder's copy")
    manifest = load_manifest(directory)
    problems = check_files(directory, manifest)
    edited = {name: f for name, f in EDITABLE.items() if name in _names(problems)}
    if source_format is None and len(edited) > 1:
        raise UsageError(
            f"both {' and '.join(edited)} were edited", hint="say which one counts with --from"
        )
    chosen = {name for name, f in edited.items() if source_format in (None, f)}
    others = [p for p in problems if not _names([p]) & set(edited)]
    if others or not chosen:
        raise SnapshotDamaged(
            f"{directory}: only edits of {' or '.join(EDITABLE)} can be accepted",
            hint="bring the other files back from version control"
            if others
            else "there are none: restore without --accept-edits",
            details=others,
        )
    formats = tuple(f for f in manifest.formats if f in [EDITABLE[name] for name in chosen])
    return SnapshotFiles(directory, manifest, edited=True, only=formats)


def _names(problems: Iterable[str]) -> set[str]:
    return {problem.split(":", 1)[0] for problem in problems}


def check_files(directory: Directory, manifest: Manifest, whole: bool = False) -> list[str]:
    """What is wrong with the files, a line each: missing, extra, of another size or content.

    The archive of an object store is not read for this, unless the `whole` is asked for.
    """
    place = _folder(directory, manifest)
    sizes = place.sizes() if isinstance(place, Remote) else None
    unread = {f"{ARCHIVE}/"} if sizes is not None and not whole else set()
    with ThreadPoolExecutor(max_workers=min(4, os.cpu_count() or 1)) as pool:
        checks = pool.map(
            lambda item: (
                _check_size(place, sizes, *item)
                or (None if item[0].startswith(tuple(unread)) else _check_content(place, *item))
            ),
            manifest.files.items(),
        )
        damaged = [problem for problem in checks if problem]
    needed = {SCHEMA_SQL}
    needed |= {DATA_SQL} if "sql" in manifest.formats else set()
    needed |= {SEED_DATA_JSON} if "json" in manifest.formats else set()
    if "archive" in manifest.formats:
        needed |= {name for entry in manifest.tables for name in archive_files(entry)}
    damaged += [f"{name}: not in the manifest" for name in sorted(needed - set(manifest.files))]
    if isinstance(directory, Remote):
        return damaged
    present = {str(p.relative_to(directory)) for p in directory.rglob("*") if not p.is_dir()}
    visible = {name for name in present if not name.startswith(".")}
    extra = sorted(visible - set(manifest.files) - {FILE_NAME})
    return damaged + [f"{name}: not part of the snapshot" for name in extra]


def _folder(directory: Directory, manifest: Manifest) -> Directory:
    return directory / manifest.folder if manifest.folder else directory


def _check_size(
    place: Directory, sizes: Mapping[str, int] | None, name: str, entry: FileEntry
) -> str | None:
    path = place / name
    try:
        if isinstance(path, Remote):
            size = (sizes or {}).get(name)
        else:
            if path.is_symlink():
                return f"{name}: is a link"
            size = path.stat().st_size
    except OSError:
        size = None
    if size is None:
        return f"{name}: missing"
    return None if size == entry.size else f"{name}: {size} bytes, should be {entry.size}"


def _check_content(place: Directory, name: str, entry: FileEntry) -> str | None:
    try:
        with (place / name).open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()  # type: ignore[arg-type]
    except FileNotFoundError:
        return f"{name}: missing"
    except OSError as error:
        return f"{name}: cannot be read: {error.strerror}"
    return None if found == entry.sha256 else f"{name}: its content has changed"
