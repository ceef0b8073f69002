"""The table of contents of pg_dump's custom format: one entry for each object.

Read as bytes and not from the text of a dump, where the body of a function may hold any line.
Source of the format: pg_backup_archiver.c, ReadHead() and ReadToc().
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

from snapshot.errors import SnapshotError

_KNOWN = range(12, 17)  # 1.12 to 1.16: the formats of pg_dump 9 to 18


class ArchiveEntry(NamedTuple):
    """An object as pg_dump wrote it: `kind` in its words (TABLE, FK CONSTRAINT, …)."""

    number: int
    kind: str
    schema: str
    name: str
    text: str
    owner: str
    access_method: str
    depends_on: tuple[int, ...]  # numbers of other entries


def read_entries(file: BinaryIO) -> Iterator[ArchiveEntry]:
    """The entries in the order in which a restore would make them.

    Raises SnapshotError for a format that is not known.
    """
    read = _Reader(file)
    if file.read(5) != b"PGDMP" or read.byte() != 1 or (minor := read.byte()) not in _KNOWN:
        raise SnapshotError(
            "pg_dump wrote a format that this version does not know", hint="upgrade snapshot"
        )
    read.byte()  # revision
    read.int_size, offset_size = read.byte(), read.byte()
    read.byte()  # the format: custom
    if minor >= 15:
        read.byte()  # compression
    else:
        read.number()
    for _ in range(7):
        read.number()  # the time of the dump
    for _ in range(3):
        read.string()  # database, version of the server, version of pg_dump
    for _ in range(read.number()):
        yield _entry(read, minor, offset_size)


def _entry(read: _Reader, minor: int, offset_size: int) -> ArchiveEntry:
    number = read.number()
    read.number()  # whether it has data
    read.string(), read.string()  # table and row of the catalog
    name, kind = read.string(), read.string()
    read.number()  # section
    text = read.string()
    read.string(), read.string()  # the statements DROP and COPY
    schema = read.string()
    read.string()  # tablespace
    access_method = read.string() if minor >= 14 else ""
    if minor >= 16:
        read.number()  # relkind
    owner = read.string()
    read.string()  # WITH OIDS
    depends_on = []
    while other := read.string():
        depends_on.append(int(other))
    read.skip(1 + offset_size)  # where its data are
    return ArchiveEntry(number, kind, schema, name, text, owner, access_method, tuple(depends_on))


class _Reader:
    """Numbers and strings as pg_dump writes them."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.int_size = 4

    def byte(self) -> int:
        return self._exactly(1)[0]

    def number(self) -> int:
        negative = self.byte()
        value = int.from_bytes(self._exactly(self.int_size), "little")
        return -value if negative else value

    def string(self) -> str:
        """A string; none is as good as an empty one."""
        length = self.number()
        return self._exactly(length).decode() if length > 0 else ""

    def skip(self, size: int) -> None:
        self._exactly(size)

    def _exactly(self, size: int) -> bytes:
        content = self._file.read(size)
        if len(content) < size:
            raise SnapshotError("pg_dump's file ends too early", hint="run the command again")
        return content
