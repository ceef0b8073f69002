"""Read the rows of a snapshot from SQL, JSON or an archive, as input of COPY."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from io import BufferedReader
from typing import Any, NamedTuple

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
from snapshot.store.manifest import TableEntry
from snapshot.store.reader import BLOCK_SIZE, SnapshotFiles

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd


class Part(NamedTuple):
    """Input of one COPY: all rows of a table, or those of one of its files."""

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
        yield Part(entry, rows, _decompressed(files, name), entry.binary, size)


def _rows_of_sql(files: SnapshotFiles) -> Iterator[Part]:
    with files.open(DATA_SQL) as file:
        for entry in files.manifest.tables:
            _skip_to(file, DATA_SQL, copy_header(entry))
            yield Part(entry, entry.rows, _copy_block(file))


def _rows_of_json(files: SnapshotFiles) -> Iterator[Part]:
    with files.open(SEED_DATA_JSON) as file:
        for entry in files.manifest.tables:
            _skip_to(file, SEED_DATA_JSON, json_header(entry) + b"\n")
            yield Part(entry, entry.rows, copy_text(entry, _json_lines(file)))


def _rows_of_archive(files: SnapshotFiles) -> Iterator[Part]:
    for entry in files.manifest.tables:
        yield from chunks(files, entry)


def _skip_to(file: BufferedReader[Any], name: str, header: bytes) -> None:
    """Read up to the line, or lines, before a table's rows."""
    wanted = header.splitlines(keepends=True)
    matched = 0
    while line := file.readline():
        matched = matched + 1 if line == wanted[matched] else int(line == wanted[0])
        if matched == len(wanted):
            return
    raise SnapshotDamaged(
        f"{name}: a table is missing: {header.decode().strip()}",
        hint="make the snapshot again with: snapshot create",
    )


def _copy_block(file: BufferedReader[Any]) -> Iterator[bytes]:
    """The rows up to the line with a backslash and a dot, which ends them."""
    carry = file.readline(len(COPY_END))
    if carry == COPY_END:
        return
    end = b"\n" + COPY_END
    while block := file.peek():
        data = carry + block
        position = data.find(end)
        if position >= 0:
            file.read(position + len(end) - len(carry))
            yield data[: position + 1]
            return
        file.read(len(block))
        carry = data[-len(end) :]
        yield data[: -len(end)]
    raise SnapshotDamaged(f"{DATA_SQL}: the rows of a table do not end", hint="make it again")


def _json_lines(file: BufferedReader[Any]) -> Iterator[bytes]:
    """The lines of a table's rows, each an object, with the comma and newline after it."""
    while line := file.readline():
        if line.startswith(JSON_ROWS_END):
            return
        yield line
    raise SnapshotDamaged(f"{SEED_DATA_JSON}: the rows of a table do not end", hint="make it again")


def _decompressed(files: SnapshotFiles, name: str) -> Iterator[bytes]:
    """The content of a zstd file."""
    try:
        with files.open(name) as plain, zstd.open(plain, "rb") as file:
            while block := file.read(BLOCK_SIZE):
                yield block
    except (zstd.ZstdError, EOFError) as error:
        raise SnapshotDamaged(f"{name}: {error}", hint="make the snapshot again") from error
