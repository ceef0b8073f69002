"""Streams of rows, a line of COPY text each: cut from blocks, rearranged, sorted."""

from __future__ import annotations

import heapq
import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from hashlib import sha256
from tempfile import TemporaryFile, gettempdir
from typing import IO

from snapshot.changes.keys import KeyOf, Line
from snapshot.errors import SnapshotError

RUN = 64 << 20  # bytes of rows that are sorted at once, in memory
LONG = 1 << 20  # bytes of a row whose long values are abridged
SHOWN = 1 << 16  # bytes of a value that is not abridged
_ROW = 100  # bytes that a line takes in memory besides its text
_SPARE = 100 << 20  # bytes of the temporary folder that are left to others


def lines_of(blocks: Iterable[bytes], abridged: bool = False) -> Iterator[Line]:
    """The rows in blocks of COPY text. A row may lie in several blocks.

    In a row of more than LONG bytes, long values can be `abridged`: their size and digest stand for
    them, and no such row is ever held as a whole. Equal values have equal digests.
    """
    begun: list[bytes] = []
    size = 0
    long: _Abridged | None = None
    for block in blocks:
        first, *more = block.split(b"\n")
        if long is None:
            begun.append(first)
            size += len(first)
            if abridged and size > LONG:
                long = _Abridged()
                for piece in begun:
                    long.add(piece)
                begun = []
        else:
            long.add(first)
        if more:
            yield long.line() if long else _abridged(b"".join(begun), abridged)
            begun, long = [more.pop()], None
            size = len(begun[0])
            yield from more if len(block) <= LONG else (_abridged(m, abridged) for m in more)
    if long:
        yield long.line()
    elif any(begun):
        yield _abridged(b"".join(begun), abridged)


def _abridged(line: Line, wanted: bool) -> Line:
    """By its length alone, so that it does not matter how a row was cut into blocks."""
    if not wanted or len(line) <= LONG:
        return line
    long = _Abridged()
    long.add(line)
    return long.line()


ABRIDGED = b"\0"  # begins a value that is abridged; no text of PostgreSQL holds it


class _Abridged:
    """A long row that is put together field by field."""

    def __init__(self) -> None:
        self._fields: list[bytes] = []
        self._begin()

    def _begin(self) -> None:
        self._parts: list[bytes] = []
        self._size = 0
        self._hash = sha256()

    def add(self, piece: bytes) -> None:
        """The next piece of the row."""
        first, *more = piece.split(b"\t")
        self._more(first)
        for field in more:
            self._end()
            self._more(field)

    def _more(self, part: bytes) -> None:
        self._size += len(part)
        self._hash.update(part)
        self._parts = [] if self._size > SHOWN else [*self._parts, part]

    def _end(self) -> None:
        if self._size > SHOWN:
            digest = self._hash.hexdigest()[:16]
            text = f"({self._size:,} bytes, SHA-256 {digest}…)"
            self._fields.append(ABRIDGED + text.encode())
        else:
            self._fields.append(b"".join(self._parts))
        self._begin()

    def line(self) -> Line:
        """The row, when all pieces have come."""
        self._end()
        return b"\t".join(self._fields)


def rearranged(
    lines: Iterator[Line], there: Sequence[str], wanted: Sequence[str]
) -> Iterator[Line]:
    """The rows with only the `wanted` columns of those that are `there`, in that order."""
    if list(there) == list(wanted):
        return lines
    positions = [there.index(name) for name in wanted]
    return (b"\t".join([f[p] for p in positions]) for f in (line.split(b"\t") for line in lines))


def in_order(lines: Iterable[Line], key: KeyOf) -> Iterator[Line]:
    """The rows in the order of their keys, in memory of RUN bytes and in the temporary folder.

    Raises SnapshotError before the folder's disk is full. Nothing stays there.
    """
    with ExitStack() as files:
        runs: list[IO[bytes]] = []
        rest: list[Line] = []
        for run in _portions(lines):
            run.sort(key=key)
            if rest:
                runs.append(files.enter_context(_written(rest)))
            rest = run
        if not runs:
            yield from rest
            return
        stored = [(line.removesuffix(b"\n") for line in run) for run in runs]
        yield from heapq.merge(*stored, rest, key=key)


def _portions(lines: Iterable[Line]) -> Iterator[list[Line]]:
    portion: list[Line] = []
    size = 0
    for line in lines:
        portion.append(line)
        size += len(line) + _ROW
        if size >= RUN:
            yield portion
            portion, size = [], 0
    if portion:
        yield portion


def _written(run: list[Line], free: Callable[[], int] | None = None) -> IO[bytes]:
    size = sum(map(len, run)) + len(run)
    left = free() if free else shutil.disk_usage(gettempdir()).free
    if left < size + _SPARE:
        raise SnapshotError(
            f"sorting the rows needs more room than {gettempdir()} has",
            hint="free space there, or let TMPDIR name another folder",
        )
    file = TemporaryFile()  # noqa: SIM115  # the caller closes it
    file.writelines(line + b"\n" for line in run)
    file.seek(0)
    return file
