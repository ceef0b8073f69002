"""A sealed snapshot, opened for reading: every byte that is used is one that was checked."""

from __future__ import annotations

import hashlib
import io
import os
import stat
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, BinaryIO

from snapshot.catalog import Definitions, Name
from snapshot.errors import SnapshotDamaged, UsageError
from snapshot.store.definitions import parse_definitions
from snapshot.store.git_tree import POINTER, refuse_pointer
from snapshot.store.layout import (
    ARCHIVE,
    DATA_SQL,
    RANGES_JSON,
    SCHEMA_JSON,
    SCHEMA_SQL,
    SEED_DATA_JSON,
    archive_files,
    is_ours,
)
from snapshot.store.location import NOT_PLAIN, Directory, Location, location_of, unfinished
from snapshot.store.manifest import FILE_NAME, FileEntry, Manifest, read_manifest
from snapshot.store.masked import Masked, edited_by_hand
from snapshot.store.ranges import RangeSums, parse_ranges

BLOCK_SIZE = 256 * 1024  # bytes
EDITABLE = {DATA_SQL: "sql", SEED_DATA_JSON: "json"}
_HINT = "bring it back from version control, or make it again with: snapshot create"

_AGAIN = "nothing was loaded; run the command again when nobody writes there"


@dataclass(frozen=True)
class SnapshotFiles:
    """A snapshot that can be read. What is not as its manifest says is refused while it is read."""

    directory: Directory
    manifest: Manifest
    digest: str = ""  # SHA-256 of the manifest's bytes, as they were parsed
    edited: bool = False  # by hand: its rows are neither counted nor compared
    only: tuple[str, ...] = ()  # formats that can be read, if not all
    edits: Mapping[str, FileEntry] = field(default_factory=dict)  # what was found, not sealed

    @property
    def masked(self) -> Masked | None:
        """The mark of the rows that are there: it says so if they were edited by hand."""
        mark = self.manifest.masked
        return edited_by_hand(mark) if self.edited else mark

    def schema(self) -> tuple[str, str]:
        """DDL before the rows and after them."""
        content = self.read(SCHEMA_SQL)
        split = self.manifest.post_data
        try:
            if split > len(content):
                raise ValueError("post_data lies behind its end")
            return content[:split].decode(), content[split:].decode()
        except ValueError as error:
            raise SnapshotDamaged(
                f"{self.directory}/{SCHEMA_SQL} is not what the manifest says: {error}", hint=_HINT
            ) from error

    @cached_property
    def definitions(self) -> Definitions | None:
        """Every object of the schema; None if an older version made the snapshot."""
        if not self.manifest.lists_schema:
            return None
        return parse_definitions(self.read(SCHEMA_JSON), f"{self.directory}/{SCHEMA_JSON}")

    def default_format(self) -> str:
        """The fastest of the formats that the snapshot holds."""
        formats = self.only or self.manifest.formats
        return next(f for f in ("archive", "sql", "json") if f in formats)

    @cached_property
    def ranges(self) -> dict[Name, RangeSums]:
        """The sums of large tables' ranges; none if an older version made the snapshot."""
        if RANGES_JSON not in self.manifest.files or self.edited:
            return {}
        found = parse_ranges(self.read(RANGES_JSON), f"{self.directory}/{RANGES_JSON}")
        entries = {entry.name: entry for entry in self.manifest.tables}
        for name, sums in found.items():
            if (entry := entries.get(name)) is None or sums.checksum != entry.checksum:
                raise SnapshotDamaged(
                    f"{self.directory}/{RANGES_JSON}: the sums of {name} are not its checksum",
                    hint=_HINT,
                )
        return found

    def place(self) -> Location:
        """Where its files lie."""
        return _place(self.directory, self.manifest)

    def text_format(self) -> str:
        """The format whose rows are the server's text, in the order of their keys if it can be."""
        formats = self.only or self.manifest.formats
        return next(f for f in ("sql", "archive", "json") if f in formats)

    def check_format(self, source_format: str) -> None:
        """UsageError if the snapshot was made without the format."""
        if source_format not in self.manifest.formats:
            raise UsageError(
                f"{self.directory} holds no {source_format}, "
                f"only {', '.join(self.manifest.formats)}",
                hint=f"make it again with: snapshot create --format {source_format}",
            )

    def readable_by_others(self) -> bool:
        """Whether others may read the files with rows; of an object store that is not known."""
        place = _place(self.directory, self.manifest)
        rows = self.manifest.files.keys() - {SCHEMA_SQL, SCHEMA_JSON}
        if place.path is None or not rows:
            return False
        with _opened(place, min(rows)) as file:
            return bool(os.fstat(file.fileno()).st_mode & stat.S_IROTH)

    def read(self, name: str) -> bytes:
        """The content of a file."""
        with self.open(name) as file:
            return file.read()

    @contextmanager
    def open(self, name: str) -> Iterator[io.BufferedReader[Any]]:
        """A file, which is hashed while it is read.

        Raises SnapshotDamaged at the end, after the last byte of it, if it is not the one that was
        checked. Whoever uses the bytes does so in a transaction that is not committed yet.
        """
        entry = self.edits.get(name) or self.manifest.files.get(name)
        if entry is None:
            raise SnapshotDamaged(f"{name}: not in the manifest", hint=_HINT)
        place = _place(self.directory, self.manifest)
        with _opened(place, name) as plain:
            hashed = _Hashed(plain, f"{place}/{name}", entry.size)
            file = io.BufferedReader(hashed, BLOCK_SIZE)
            yield file
            while file.read(BLOCK_SIZE):
                continue
        if hashed.entry() != entry:
            raise SnapshotDamaged(
                f"{place}/{name}: its content has changed since it was checked",
                hint=_AGAIN,
            )

    @contextmanager
    def loading(self) -> Iterator[None]:
        """What fails inside may fail because of the files: SnapshotDamaged if they have changed."""
        try:
            yield
        except SnapshotDamaged:
            raise
        except Exception as error:
            expected = replace(self.manifest, files={**self.manifest.files, **self.edits})
            if damaged := check_files(self.directory, expected):
                raise SnapshotDamaged(
                    f"{self.directory} has changed since it was checked", _AGAIN, damaged
                ) from error
            raise


def _opened(place: Location, name: str) -> BinaryIO:
    try:
        return place.open(name)
    except OSError as error:
        raise _unreadable(f"{place}/{name}", error) from error


def _unreadable(path: str, error: OSError) -> SnapshotDamaged:
    missing = isinstance(error, FileNotFoundError)
    problem = "missing" if missing else f"cannot be read: {error.strerror or error}"
    return SnapshotDamaged(f"{path}: {problem}", hint=_HINT)


class _Hashed(io.RawIOBase):
    """A file that is hashed while it is read, and not read beyond the size that it should have."""

    def __init__(self, file: BinaryIO, path: str, most: int) -> None:
        self._file = file
        self._path = path
        self._most = most
        self._sha256 = hashlib.sha256()
        self._size = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        if self._size > self._most:
            return 0
        try:
            length: int = self._file.readinto(buffer)  # type: ignore[attr-defined]
        except OSError as error:
            raise _unreadable(self._path, error) from error
        self._sha256.update(buffer[:length])
        self._size += length
        return length

    def entry(self) -> FileEntry:
        """What was read."""
        return FileEntry(self._sha256.hexdigest(), self._size)


def open_snapshot(directory: Directory) -> SnapshotFiles:
    """Open a snapshot and check size and SHA-256 of all its files.

    Raises UsageError where there is none, SnapshotDamaged naming every file that is not as it was.
    """
    manifest, digest = read_manifest(directory)
    if damaged := check_files(directory, manifest):
        raise SnapshotDamaged(
            f"{directory} is damaged: {len(damaged)} of {len(manifest.files)} files are not "
            "what the manifest says",
            hint=_HINT,
            details=damaged,
        )
    return SnapshotFiles(directory, manifest, digest)


def open_rows(directory: Directory) -> SnapshotFiles:
    """Open a snapshot to read its schema and its rows as text, whether data.sql is edited or not.

    Only these files are checked. Raises UsageError where there is none, SnapshotDamaged if another
    of them is not as it was.
    """
    manifest, digest = read_manifest(directory)
    files = SnapshotFiles(directory, manifest, digest)
    wanted = {SCHEMA_SQL, SCHEMA_JSON, RANGES_JSON}
    wanted |= {DATA_SQL} if files.text_format() == "sql" else set()
    sizes = _place(directory, manifest).sizes()
    entries = {name: entry for name, entry in manifest.files.items() if name in wanted}
    place = _place(directory, manifest)
    damaged = [
        problem
        for name, entry in entries.items()
        if (problem := _check_size(sizes, name, entry) or _check_content(place, name, entry))
    ]
    if _names(damaged) == {DATA_SQL} and sizes.get(DATA_SQL) is not None:
        with _opened(place, DATA_SQL) as rows:
            refuse_pointer(rows.read(len(POINTER)), f"{place}/{DATA_SQL}")
        edits = {DATA_SQL: _entry(place, DATA_SQL, sizes[DATA_SQL] or 0)}
        return SnapshotFiles(directory, manifest, digest, True, ("sql",), edits)
    if damaged:
        raise SnapshotDamaged(f"{directory} is damaged", hint=_HINT, details=damaged)
    return files


def open_edited(directory: Directory, source_format: str | None) -> SnapshotFiles:
    """Open a snapshot of which data.sql or seed_data.json was edited by hand.

    Raises UsageError if it cannot be told which of the two is meant, SnapshotDamaged if anything
    else has changed.
    """
    location = location_of(directory)
    if location.path is None:
        raise UsageError(f"{directory} cannot be edited by hand", hint="edit a folder's copy")
    manifest, digest = read_manifest(directory)
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
    sizes = location.sizes()
    edits = {name: _entry(location, name, sizes.get(name) or 0) for name in chosen}
    return SnapshotFiles(directory, manifest, digest, True, formats, edits)


def _names(problems: Iterable[str]) -> set[str]:
    return {problem.split(":", 1)[0] for problem in problems}


def check_files(
    directory: Directory | Location, manifest: Manifest, whole: bool = False
) -> list[str]:
    """What is wrong with the files, a line each: missing, extra, of another size or content.

    The archive of an object store is not read for this, unless the `whole` is asked for.
    """
    place = _place(directory, manifest)
    try:
        sizes = place.sizes()
    except OSError as error:
        return [f"{place} cannot be read: {error.strerror or error}"]
    unread = f"{ARCHIVE}/" if place.path is None and not whole else None

    def problem(item: tuple[str, FileEntry]) -> str | None:
        name, entry = item
        wrong = _check_size(sizes, name, entry)
        if wrong or (unread and name.startswith(unread)):
            return wrong
        return _check_content(place, name, entry)

    with ThreadPoolExecutor(max_workers=min(4, os.cpu_count() or 1)) as pool:
        damaged = [found for found in pool.map(problem, manifest.files.items()) if found]
    missing = sorted(_needed(manifest) - set(manifest.files))
    damaged += [f"{name}: not in the manifest" for name in missing]
    if place.path is None:
        return damaged
    extra = sorted(set(sizes) - set(manifest.files) - {FILE_NAME})
    if unfinished(place.path):  # the next create removes the files of the snapshot before
        extra = [name for name in extra if not is_ours(name)]
    return damaged + [f"{name}: not part of the snapshot" for name in extra]


def _needed(manifest: Manifest) -> set[str]:
    needed = {SCHEMA_SQL, SCHEMA_JSON} if manifest.lists_schema else {SCHEMA_SQL}
    needed |= {DATA_SQL} if "sql" in manifest.formats else set()
    needed |= {SEED_DATA_JSON} if "json" in manifest.formats else set()
    if "archive" in manifest.formats:
        needed |= {name for entry in manifest.tables for name in archive_files(entry)}
    return needed


def _place(directory: Directory | Location, manifest: Manifest) -> Location:
    location = location_of(directory)
    return location.folder(manifest.folder) if manifest.folder else location


def _check_size(sizes: Mapping[str, int | None], name: str, entry: FileEntry) -> str | None:
    if name not in sizes:
        return f"{name}: missing"
    size = sizes[name]
    if size is None:
        return f"{name}: {NOT_PLAIN}"
    return None if size == entry.size else f"{name}: {size} bytes, should be {entry.size}"


def _check_content(place: Location, name: str, entry: FileEntry) -> str | None:
    try:
        found = _entry(place, name, entry.size)
    except SnapshotDamaged as error:
        return error.message.removeprefix(f"{place}/")
    return None if found == entry else f"{name}: its content has changed"


def _entry(place: Location, name: str, most: int) -> FileEntry:
    """What a file holds, of which hardly more than `most` bytes are read."""
    with _opened(place, name) as plain:
        hashed = _Hashed(plain, f"{place}/{name}", most)
        file = io.BufferedReader(hashed, BLOCK_SIZE)
        while file.read(BLOCK_SIZE):
            continue
        return hashed.entry()
