"""The first rows of tables as text to read, and how many bytes all of them take."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from snapshot.catalog import Name, Table
from snapshot.postgres.connection import Connection
from snapshot.postgres.copying import select_first
from snapshot.postgres.unplanned import copy_rows
from snapshot.restorers.rows import Part, chunks, parts
from snapshot.store.reader import SnapshotFiles

Row = tuple[str | None, ...]  # None is NULL

MOST = 200  # characters of a value; the rest is cut, and that is said
_MOST_BYTES = 4 << 20  # of a table's first rows: no page should be larger
_ESCAPES = re.compile(rb"\\(.)", re.S)
_ESCAPED = {b"b": b"\b", b"f": b"\f", b"n": b"\n", b"r": b"\r", b"t": b"\t", b"v": b"\v"}


class Content(NamedTuple):
    """Bytes of a table's rows (None: not known) and the first of them (None: not readable)."""

    size: int | None
    first: tuple[Row, ...] | None


def stored_content(files: SnapshotFiles, rows: int) -> dict[Name, Content]:
    """Sizes of the rows of a snapshot's tables as COPY text, and the first rows of each.

    An archive says its sizes; else all rows are read, and with that the file is checked.
    """
    formats = files.manifest.formats
    readable = next((f for f in ("sql", "json") if f in formats), None)
    found: dict[Name, Content] = {}
    if "archive" in formats:
        for entry in files.manifest.tables:
            size = sum(chunk.size for chunk in entry.chunks)
            first = _of_archive(chunks(files, entry), rows) if rows and not readable else ()
            found[entry.name] = Content(size, first)
        if not rows or not readable:
            return found
    for part in parts(files, str(readable)):
        beginning, size = _read(part.blocks, rows)
        known = found.get(part.entry.name)
        found[part.entry.name] = Content(known.size if known else size, _rows(beginning, rows))
    return found


def first_rows(connection: Connection, table: Table, rows: int) -> tuple[Row, ...]:
    """The first rows of a table, in the order of its key."""
    if not table.stored:
        return ()
    blocks = copy_rows(connection, table, lambda t, source: select_first(t, rows, source))
    return _rows(_read((block.data for block in blocks), rows)[0], rows)


def _of_archive(found: Iterator[Part], rows: int) -> tuple[Row, ...] | None:
    for part in found:
        return None if part.binary else _rows(_read(part.blocks, rows)[0], rows)
    return ()


def _read(blocks: Iterable[bytes], rows: int) -> tuple[bytes, int]:
    """The bytes that the first rows lie in, and how many there are at all."""
    beginning, lines, size = bytearray(), 0, 0
    for block in blocks:
        size += len(block)
        if lines < rows and len(beginning) < _MOST_BYTES:
            beginning += block
            lines += block.count(b"\n")
    return bytes(beginning), size


def _rows(text: bytes, rows: int) -> tuple[Row, ...]:
    lines = text.split(b"\n")[:-1]  # COPY escapes newlines in values
    return tuple(tuple(map(_value, line.split(b"\t"))) for line in lines[:rows])


def _value(field: bytes) -> str | None:
    if field == b"\\N":
        return None
    text = _ESCAPES.sub(lambda found: _ESCAPED.get(found[1], found[1]), field[: 16 * MOST])
    value = text.decode(errors="replace")
    return value if len(value) <= MOST else value[:MOST] + "…"
