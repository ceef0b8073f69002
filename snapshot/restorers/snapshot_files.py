"""A sealed snapshot, opened for reading: every file is checked before one byte of it is used."""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import BinaryIO, NamedTuple

from snapshot.errors import SnapshotDamaged, UsageError
from snapshot.files import (
    ARCHIVE,
    COPY_END,
    DATA_SQL,
    JSON_ROWS_END,
    SCHEMA_SQL,
    SEED_DATA_JSON,
    archive_files,
    copy_header,
    json_header,
)
from snapshot.manifest import FILE_NAME, FileEntry, Manifest, TableEntry, load_manifest
from snapshot.restorers.json_rows import copy_text
from snapshot.storage import Directory, Remote

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

BLOCK_SIZE = 256 * 1024  # bytes
EDITABLE = {DATA_SQL: "sql", SEED_DATA_JSON: "json"}


class Part(NamedTuple):
    """Rows of a table, all of them or those of one file, as one COPY takes them."""

    entry: TableEntry
    rows: int
    blocks: Iterator[bytes]
    binary: bool = False
    size: int | None = None  # bytes of the blocks, where the snapshot says it


@dataclass(frozen=True)
class SnapshotFiles:
    """A snapshot whose files are what its manifest says."""

    directory: Directory
    manifest: Manifest
    edited: bool = False  # by hand: its rows are neither counted nor compared
    only: tuple[str, ...] = ()  # formats that can be read, if not all

    def schema(self) -> tuple[str, str]:
        """DDL before the rows and after them."""
        content = self._at(SCHEMA_SQL).read_bytes()
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

    def parts(self, source_format: str) -> Iterator[Part]:
        """The rows of the tables in load order."""
        readers = {
            "sql": self._rows_of_sql,
            "json": self._rows_of_json,
            "archive": self._rows_of_archive,
        }
        return readers[source_format]()

    def check_format(self, source_format: str) -> None:
        """UsageError if the snapshot was made without the format."""
        if source_format not in self.manifest.formats:
            raise UsageError(
                f"{self.directory} holds no {source_format}, "
                f"only {', '.join(self.manifest.formats)}",
                hint=f"make it again with: snapshot create --format {source_format}",
            )

    def _rows_of_sql(self) -> Iterator[Part]:
        with self._at(DATA_SQL).open("rb") as file:
            for entry in self.manifest.tables:
                _skip_to(file, copy_header(entry))
                yield Part(entry, entry.rows, _copy_block(file))

    def _rows_of_json(self) -> Iterator[Part]:
        with self._at(SEED_DATA_JSON).open("rb") as file:
            for entry in self.manifest.tables:
                _skip_to(file, json_header(entry) + b"\n")
                yield Part(entry, entry.rows, copy_text(entry, _json_lines(file)))

    def _rows_of_archive(self) -> Iterator[Part]:
        for entry in self.manifest.tables:
            yield from self.chunks(entry)

    def chunks(self, entry: TableEntry) -> Iterator[Part]:
        """The rows of one table, from the archive."""
        for (rows, size), name in zip(entry.chunks, archive_files(entry), strict=True):
            known = self.manifest.files[name]
            blocks = _decompressed(self._at(name), known.sha256 if self.remote else None)
            yield Part(entry, rows, blocks, entry.binary, size)

    @property
    def remote(self) -> bool:
        """The files lie in an object store: an archive's are checked while they are read."""
        return isinstance(self.directory, Remote)

    def _at(self, name: str) -> Directory:
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


def _skip_to(file: BinaryIO, header: bytes) -> None:
    """Read on to the line, or run of lines, that opens a table's rows."""
    wanted = header.splitlines(keepends=True)
    matched = 0
    while line := file.readline():
        matched = matched + 1 if line == wanted[matched] else int(line == wanted[0])
        if matched == len(wanted):
            return
    raise SnapshotDamaged(
        f"{file.name}: a table is missing: {header.decode().strip()}",
        hint="make the snapshot again with: snapshot create",
    )


def _copy_block(file: BinaryIO) -> Iterator[bytes]:
    """The lines up to the one that ends the rows: a backslash and a dot, which no row can be."""
    first = file.read(len(COPY_END))
    if first == COPY_END:
        return
    file.seek(-len(first), os.SEEK_CUR)
    end = b"\n" + COPY_END
    carry = b""
    while block := file.read(BLOCK_SIZE):
        data = carry + block
        position = data.find(end)
        if position >= 0:
            file.seek(position + len(end) - len(data), os.SEEK_CUR)
            yield data[: position + 1]
            return
        carry = data[-len(end) :]
        yield data[: -len(end)]
    raise SnapshotDamaged(f"{file.name}: the rows of a table do not end", hint="make it again")


def _json_lines(file: BinaryIO) -> Iterator[bytes]:
    """The lines of a table's rows, each an object, with the comma and newline after it."""
    while line := file.readline():
        if line.startswith(JSON_ROWS_END):
            return
        yield line
    raise SnapshotDamaged(f"{file.name}: the rows of a table do not end", hint="make it again")


class _Hashed:
    """A file that is hashed while it is read."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.sha256 = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        data = self._file.read(size)
        self.sha256.update(data)
        return data


def _decompressed(path: Directory, expected: str | None) -> Iterator[bytes]:
    """The content of a file of zstd; with an `expected` SHA-256 it is compared at the end."""
    try:
        with path.open("rb") as plain:
            hashed = _Hashed(plain)
            with zstd.open(hashed if expected else plain, "rb") as file:  # type: ignore[call-overload]
                while block := file.read(BLOCK_SIZE):
                    yield block
            if expected and hashed.sha256.hexdigest() != expected:
                raise SnapshotDamaged(
                    f"{path}: its content has changed", hint="make the snapshot again"
                )
    except (zstd.ZstdError, EOFError) as error:
        raise SnapshotDamaged(f"{path}: {error}", hint="make the snapshot again") from error
