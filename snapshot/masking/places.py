"""Where in a snapshot's file a byte is: table, column, line."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

import orjson

from snapshot.catalog import Name
from snapshot.masking.forms import forms
from snapshot.store.layout import SEED_DATA_JSON, archive_files
from snapshot.store.manifest import TableEntry

_COPY = b"\nCOPY "
_COPY_END = b"\n\\.\n"
_ROWS = b'"rows":[\n'
_HEADER = re.compile(rb"COPY (.+?) \((.*)\) FROM stdin", re.I)
_IDENTIFIER = re.compile(r'"((?:[^"]|"")*)"|([^\s,."()]+)')


class Rows(NamedTuple):
    """Rows of a table, and where they begin."""

    table: Name | None
    columns: tuple[str, ...] = ()
    json: bool = False


NOWHERE = Rows(None)


class Sections:
    """The tables of a file, as they come by."""

    def __init__(self, file: str, tables: Iterable[TableEntry]) -> None:
        self._starts = [0]
        self._rows = [NOWHERE]
        self._end = b"" if not file.endswith(".sql") else _COPY
        self._json = file == SEED_DATA_JSON
        for entry in tables:
            if file in archive_files(entry):
                names = () if entry.binary else tuple(c.name for c in entry.columns)
                self._rows = [Rows(entry.name, names)]

    def feed(self, offset: int, block: bytes) -> None:
        """Look for tables in a block that begins at this byte of the file."""
        if self._json:
            self._feed_json(offset, block)
        elif self._end:
            self._feed_sql(offset, block)

    def rows_at(self, offset: int) -> Rows:
        """The rows among which a byte is."""
        return self._rows[bisect_right(self._starts, offset) - 1]

    def _feed_sql(self, offset: int, block: bytes) -> None:
        place = max(0, self._starts[-1] - offset)
        while (found := block.find(self._end, place)) >= 0:
            if self._end == _COPY:
                end = block.find(b"\n", found + 1)
                if end < 0:
                    return  # the next block has the whole line
                header = _HEADER.match(block, found + 1, end)
                if header:
                    self._append(offset + end, _copied(header))
                    self._end = _COPY_END
                place = end
            else:
                place = found + len(_COPY_END) - 1
                self._append(offset + place, NOWHERE)
                self._end = _COPY

    def _feed_json(self, offset: int, block: bytes) -> None:
        place = max(0, self._starts[-1] - offset)
        while (found := block.find(_ROWS, place)) >= 0:
            place = found + len(_ROWS) - 1
            begin = block.rfind(b"\n", 0, found) + 1
            if rows := _json_rows(block[begin:place]):
                self._append(offset + place, rows)

    def _append(self, offset: int, rows: Rows) -> None:
        self._starts.append(offset)
        self._rows.append(rows)


def _copied(header: re.Match[bytes]) -> Rows:
    table, columns = (_identifiers(part) for part in header.groups())
    return Rows(Name(table[0], table[-1]), tuple(columns))


def _identifiers(text: bytes) -> list[str]:
    found = _IDENTIFIER.findall(text.decode("utf-8", "replace"))
    return [quoted.replace('""', '"') or plain for quoted, plain in found]


def _json_rows(line: bytes) -> Rows | None:
    try:
        head: Mapping[str, object] = orjson.loads(line + b"]}")
    except orjson.JSONDecodeError:
        return None
    schema, name = head.get("schema"), head.get("name")
    if isinstance(schema, str) and isinstance(name, str):
        return Rows(Name(schema, name), json=True)
    return None


_TOKEN = re.compile(rb'"((?:[^"\\]|\\.)*)"(\s*:)?|[{}\[\]]')


def column_at(rows: Rows, line: bytes, before: int) -> str | None:
    """The column of the byte at `before` in a line of these rows."""
    if not rows.json:
        number = line.count(b"\t", 0, before)
        return rows.columns[number] if number < len(rows.columns) else None
    depth, column = 0, None
    for token in _TOKEN.finditer(line):
        if token.start() > before:
            break
        if token[0] in (b"{", b"["):
            depth += 1
        elif token[0] in (b"}", b"]"):
            depth -= 1
        elif token[2] and depth == 1:
            column = token[1].decode("utf-8", "replace")
    return column


def column_with(rows: Rows, line: bytes, value: bytes) -> str | None:
    """The column of a line that holds a folded value, however it is escaped or encoded."""
    for column, text in _fields(rows, line):
        if any(value in form.text for form in forms(text + b"\n", value.isascii())):
            return column
    return None


def _fields(rows: Rows, line: bytes) -> Iterator[tuple[str, bytes]]:
    if not rows.json:
        yield from zip(rows.columns, line.split(b"\t"), strict=False)
        return
    try:
        row = orjson.loads(line.rstrip(b","))
    except orjson.JSONDecodeError:
        return
    for column, value in row.items() if isinstance(row, dict) else ():
        yield column, value.encode() if isinstance(value, str) else orjson.dumps(value)
