"""data.sql as text to read: each row on its line says the table and names its values."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

_NAME = re.compile(rb'"((?:[^"]|"")*)"')
_END = b" FROM stdin;"


def readable_rows(lines: Iterable[bytes]) -> Iterator[bytes]:
    """The lines of data.sql; those of rows as `table column=value column=value`."""
    source = (line.rstrip(b"\n") for line in lines)
    for line in source:
        if not line.startswith(b'COPY "'):
            yield line
            continue
        header = line
        while not header.endswith(_END):  # a name may hold a newline
            more = next(source, None)
            if more is None:
                return
            header += b" " + more
        yield from _rows(header, source)


def _rows(header: bytes, source: Iterator[bytes]) -> Iterator[bytes]:
    schema, table, *columns = (name.replace(b'""', b'"') for name in _NAME.findall(header))
    shown = table if schema == b"public" else schema + b"." + table
    yield b""
    yield shown + b" (" + b", ".join(columns) + b")"
    for line in source:
        if line == b"\\.":
            return
        pairs = zip(columns, line.split(b"\t"), strict=False)
        yield b" ".join([shown, *(name + b"=" + value for name, value in pairs)])
