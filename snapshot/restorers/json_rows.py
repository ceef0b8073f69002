"""Turn rows of seed_data.json into COPY text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import orjson

from snapshot.catalog import quoted
from snapshot.errors import SnapshotDamaged
from snapshot.store.manifest import TableEntry

_ROWS_A_BLOCK = 500
_LARGE = 1 << 20  # bytes of a row that is handled alone

# PostgreSQL's text cannot hold NUL, so with it the parts of a block can be told from the values
# until these are escaped, all at once.
_NULL = "\0N"
_FIELD = "\0F"
_ROW = "\0R"


def copy_text(entry: TableEntry, lines: Iterable[bytes]) -> Iterator[bytes]:
    """COPY text of the rows, in blocks.

    Raises SnapshotDamaged for a line that is not an object of the table's columns.
    """
    names = [column.name for column in entry.columns]
    rows: list[str] = []
    size = 0
    for number, line in enumerate(lines, 1):
        fields = _fields(entry, names, line, number)
        if len(line) > _LARGE:
            if rows:
                yield _escaped(_ROW.join(rows) + _ROW)
                rows, size = [], 0
            del line  # it may be as large as all of the fields
            yield from _pieces(fields)
            continue
        rows.append(_FIELD.join(fields))
        size += len(line)
        if len(rows) >= _ROWS_A_BLOCK or size > 1 << 20:
            yield _escaped(_ROW.join(rows) + _ROW)
            rows, size = [], 0
    if rows:
        yield _escaped(_ROW.join(rows) + _ROW)


def _pieces(fields: list[str]) -> Iterator[bytes]:
    """A large row in pieces, so that there is no second copy of all of it."""
    for number, value in enumerate(fields):
        if number:
            yield b"\t"
        for start in range(0, len(value), _LARGE):
            yield _escaped(value[start : start + _LARGE])
    yield b"\n"


def _fields(entry: TableEntry, names: list[str], line: bytes, number: int) -> list[str]:
    try:
        row = orjson.loads(memoryview(line)[: len(line) - (2 if line.endswith(b",\n") else 0)])
    except orjson.JSONDecodeError as error:
        raise _damaged(entry, number, f"is not JSON: {error}") from error
    if not isinstance(row, dict):
        raise _damaged(entry, number, "is not an object")
    if list(row) != names:
        _check_columns(entry, names, row, number)
    if b"\\u0000" in line and any(isinstance(v, str) and "\0" in v for v in row.values()):
        raise _damaged(entry, number, "holds a NUL character, which no text in PostgreSQL can")
    return [value if type(value) is str else _text(value) for value in map(row.__getitem__, names)]


def _text(value: Any) -> str:
    if value is None:
        return _NULL
    if value is True:
        return "t"
    if value is False:
        return "f"
    if isinstance(value, dict | list):
        return orjson.dumps(value).decode()
    return repr(value)


def _check_columns(entry: TableEntry, names: list[str], row: dict[str, Any], number: int) -> None:
    if missing := [name for name in names if name not in row]:
        raise _damaged(entry, number, f"lacks {', '.join(map(quoted, missing))}")
    unknown = [name for name in row if name not in names]
    if unknown:
        raise _damaged(entry, number, f"has {', '.join(map(quoted, unknown))}, which is no column")


def _escaped(text: str) -> bytes:
    return (
        text.replace("\\", "\\\\")
        .replace("\n", "\\n")
        .replace("\r", "\\r")
        .replace("\t", "\\t")
        .replace(_NULL, "\\N")
        .replace(_FIELD, "\t")
        .replace(_ROW, "\n")
        .encode()
    )


def _damaged(entry: TableEntry, number: int, problem: str) -> SnapshotDamaged:
    return SnapshotDamaged(
        f"seed_data.json: row {number} of {entry.name} {problem}",
        hint="fix the line, or make the snapshot again with: snapshot create",
    )
