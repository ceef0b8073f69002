"""The rows of a snapshot, as COPY takes them: from SQL, JSON or an archive."""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

from snapshot.errors import SnapshotDamaged
from snapshot.planning.steps import copy_header
from snapshot.restorers.json_rows import copy_text
from snapshot.store.layout import (
    COPY_END,
    DATA_SQL,
    JSON_ROWS_END,
    SEED_DATA_JSON,
    archive_files,
    json_header,
)
from snapshot.store.location import Directory
from snapshot.store.manifest import TableEntry
from snapshot.store.reader import BLOCK_SIZE, SnapshotFiles

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd


class Part(NamedTuple):
    """Rows of a table, all of them or those of one file, as one COPY takes them."""

    entry: TableEntry
    rows: int
    blocks: Iterator[bytes]
    binary: bool = False
    size: int | None = None  # bytes of the blocks, where the snapshot says it


def parts(files: SnapshotFiles, source_format: str) -> Iterator[Part]:
    """The rows of the tables in load order."""
    readers = {"sql": _rows_of_sql, "json": _rows_of_json, "archive": _rows_of_archive}
    return readers[source_format](files)


def chunks(files: SnapshotFiles, entry: TableEntry) -> Iterator[Part]:
    """The rows of one table, from the archive."""
    for (rows, size), name in zip(entry.chunks, archive_files(entry), strict=True):
        known = files.manifest.files[name]
        blocks = _decompressed(files.at(name), known.sha256 if files.remote else None)
        yield Part(entry, rows, blocks, entry.binary, size)


def _rows_of_sql(files: SnapshotFiles) -> Iterator[Part]:
    with files.at(DATA_SQL).open("rb") as file:
        for entry in files.manifest.tables:
            _skip_to(file, copy_header(entry))
            yield Part(entry, entry.rows, _copy_block(file))


def _rows_of_json(files: SnapshotFiles) -> Iterator[Part]:
    with files.at(SEED_DATA_JSON).open("rb") as file:
        for entry in files.manifest.tables:
            _skip_to(file, json_header(entry) + b"\n")
            yield Part(entry, entry.rows, copy_text(entry, _json_lines(file)))


def _rows_of_archive(files: SnapshotFiles) -> Iterator[Part]:
    for entry in files.manifest.tables:
        yield from chunks(files, entry)


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
