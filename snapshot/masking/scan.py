"""The leak scan: the bytes that are about to be sealed are searched for originals and for shapes.

It shares nothing with the masks and does not read the policy: it does not know what they should
have written, only what must not be there.
"""

from __future__ import annotations

import io
import sys
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import NamedTuple, Protocol

import numpy as np

from snapshot.catalog import Name
from snapshot.masking.digit_runs import digit_runs
from snapshot.masking.forms import Form, fold, forms
from snapshot.masking.originals import Needles, Originals
from snapshot.masking.places import Sections, column_at, column_with
from snapshot.masking.shapes import shapes_in
from snapshot.masking.threads import in_threads
from snapshot.masking.windows import Array, Strings, WindowSearch, padded
from snapshot.store.layout import COPY_END
from snapshot.store.location import Location
from snapshot.store.manifest import TableEntry

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

BLOCK = 1 << 20  # bytes
MOST_HITS = 1000  # that are listed; all are counted
ORIGINAL = "original"
_ESCAPED = 8  # bytes that one byte of a value takes at most: \\u00e9 in COPY text, for two of them
_EDGE = 128  # bytes at a block's edges in which something may be cut
_COPY_HEADER_END = b" FROM stdin;\n"
_SHAPE = 512  # bytes of the longest shape, with what is read beside it

MayBeReal = Collection[tuple[Name | None, str | None]]


@dataclass(frozen=True)
class Hit:
    """Something that must not be there. It never holds the value."""

    file: str
    kind: str  # original, or the kind of a shape
    offset: int  # byte of the file, decompressed; of an escaped or encoded value that of its line
    line: int  # from 1; in a binary file it says little
    table: Name | None = None
    column: str | None = None
    source: str | None = None  # the column whose original it is


@dataclass(frozen=True)
class ScanResult:
    """What a scan found. `hits` and `shape_hits` list at most MOST_HITS each."""

    originals: int  # that were looked for
    hits: tuple[Hit, ...] = ()
    shape_hits: tuple[Hit, ...] = ()
    found: int = 0  # originals, all of them
    found_shapes: int = 0
    allowed: int = 0  # hits that `allow` has
    used: frozenset[int] = frozenset()  # places in `allow` of literals that were found
    not_searched: Mapping[str, int] = field(default_factory=dict)  # why → distinct values
    size: int = 0  # bytes that were read, decompressed, and of names

    @property
    def clean(self) -> bool:
        """Nothing was found that must not be there."""
        return not self.found and not self.found_shapes

    def unused(self, originals: Originals) -> tuple[int, ...]:
        """Places in `allow` of literals that were not found."""
        return tuple(sorted(set(range(originals.literals.count)) - self.used))

    def __add__(self, other: ScanResult) -> ScanResult:
        return replace(
            self,
            hits=(self.hits + other.hits)[:MOST_HITS],
            shape_hits=(self.shape_hits + other.shape_hits)[:MOST_HITS],
            found=self.found + other.found,
            found_shapes=self.found_shapes + other.found_shapes,
            allowed=self.allowed + other.allowed,
            used=self.used | other.used,
            size=self.size + other.size,
        )


def scan_files(
    location: Location,
    names: Iterable[str],
    originals: Originals | Needles,
    tables: Iterable[TableEntry] = (),
    may_be_real: MayBeReal = (),
) -> ScanResult:
    """Search files of a snapshot, and their names. The manifest need not be there.

    `tables` tell which table an archive's file holds, and its columns. In columns of `may_be_real`
    (table, column) shapes do not count. Raises OSError if a file cannot be read.
    """
    scanner = _Scanner(originals, may_be_real)
    tables = tuple(tables)
    for name in names:
        scanner.scan(name, io.BytesIO(name.encode("utf-8", "surrogateescape") + b"\n"), ())
        with _opened(location, name) as file:
            scanner.scan(name, file, tables)
    return scanner.result()


def scan_bytes(
    name: str, data: bytes, originals: Originals | Needles, may_be_real: MayBeReal = ()
) -> ScanResult:
    """Search what is to become a file of this name: the manifest, the schema's text."""
    scanner = _Scanner(originals, may_be_real)
    scanner.scan(name, io.BytesIO(data), ())
    return scanner.result()


@contextmanager
def _opened(location: Location, name: str) -> Iterator[_Readable]:
    with location.open(name) as raw:
        file = io.BufferedReader(raw) if isinstance(raw, io.RawIOBase) else raw
        if name.endswith(".zst"):
            with zstd.ZstdFile(file) as plain:
                yield plain
        else:
            yield file


class _Readable(Protocol):
    def read(self, size: int, /) -> bytes: ...


def _pieces(file: _Readable, sql: bool) -> Iterator[bytes]:
    """Blocks of a file; of rows that go on behind a block, one begins with the first.

    So the same rows lie in the same blocks, whatever stands before them in a file.
    """
    rest = b""
    while fresh := rest + file.read(BLOCK - len(rest)):
        rest = b""
        if sql:
            header = fresh.rfind(_COPY_HEADER_END) + 1
            begin = header and header - 1 + len(_COPY_HEADER_END)
            if begin and fresh.find(COPY_END, begin) < 0:
                fresh, rest = fresh[:begin], fresh[begin:]
        yield fresh


class _Found(NamedTuple):
    kind: str
    start: int  # in the form's text
    end: int
    number: int  # of the original; of a shape 0
    source: str | None
    allowed: int | None  # place in `allow`


class _Block(NamedTuple):
    file: str
    data: bytes
    offset: int  # in the file
    line: int  # the first one's number
    sections: Sections
    last: bool

    def cuts(self, form: Form, found: _Found) -> bool:
        """Whether an edge of the block may have cut what was found; it is whole in another one."""
        if not form.is_block and found.kind == ORIGINAL:
            return False
        front, end = self.offset > 0, not self.last
        if not form.is_block:
            front &= form.offsets[0] == 0
            end &= self.data.find(b"\n", int(form.offsets[-1])) < 0
        size = len(form.text if found.kind == ORIGINAL else form.written)
        return (front and found.start < _EDGE) or (end and found.end > size - _EDGE)


_Key = tuple[str, int, int, str | None]


class _Scanner:
    """Searches one file after the other."""

    def __init__(self, originals: Originals | Needles, may_be_real: MayBeReal) -> None:
        self._needles = originals.needles() if isinstance(originals, Originals) else originals
        self._may_be_real = may_be_real
        self._overlap = max(_ESCAPED * self._needles.longest, _SHAPE) + 2 * _EDGE
        self._listed: dict[bool, list[Hit]] = {True: [], False: []}  # originals; shapes
        self._counted: Counter[bool] = Counter()
        self._allowed: Counter[int] = Counter()
        self._size = 0
        self._clean: set[bytes] = set()  # SHA-256 of blocks in which nothing was found

    def result(self) -> ScanResult:
        """What was found so far."""
        return ScanResult(
            self._needles.count,
            tuple(self._listed[True]),
            tuple(self._listed[False]),
            self._counted[True],
            self._counted[False],
            self._allowed.total(),
            frozenset(self._allowed),
            self._needles.not_searched,
            self._size,
        )

    def scan(self, name: str, file: _Readable, tables: tuple[TableEntry, ...]) -> None:
        """Search a file, opened, and decompressed where it is compressed."""
        seen: set[_Key] = set()
        blocks = self._blocks(name, file, Sections(name, tables))
        for block, found in in_threads(self._searched, blocks):
            # what lies in the part that two blocks share may be found in both
            seen = self._told(block, found, seen)

    def _blocks(self, name: str, file: _Readable, sections: Sections) -> Iterator[_Block]:
        offset, line, kept = 0, 1, b""
        pieces = _pieces(file, name.endswith(".sql"))
        fresh = next(pieces, b"")
        while fresh:
            self._size += len(fresh)
            data, fresh = kept + fresh, next(pieces, b"")
            sections.feed(offset, data)
            yield _Block(name, data, offset, line, sections, not fresh)
            done = max(0, len(data) - self._overlap)
            line += data.count(b"\n", 0, done)
            offset += done
            kept = data[done:]

    def _searched(self, block: _Block) -> tuple[_Block, list[tuple[Form, _Found]]]:
        """What is in a block, whoever's and wherever. Several threads call this."""
        digest = sha256(block.data).digest()
        if digest in self._clean:  # the files of SQL hold the same rows
            return block, []
        found = [
            (form, found)
            for form in forms(block.data, self._needles.ascii_only)
            for found in self._in_form(form)
        ]
        if not found:
            self._clean.add(digest)
        return block, found

    def _told(
        self, block: _Block, everything: list[tuple[Form, _Found]], before: set[_Key]
    ) -> set[_Key]:
        seen: set[_Key] = set()
        if not everything:
            return seen
        feeds = np.flatnonzero(np.frombuffer(block.data, np.uint8) == 10)
        for form, found in everything:
            if block.cuts(form, found):
                continue
            hit = self._hit(block, form, found, feeds)
            column = None if found.kind == ORIGINAL else hit.column
            key = (found.kind, found.number, hit.line, column)
            if key not in seen and key not in before:
                self._count(hit, found)
            seen.add(key)
        return seen

    def _in_form(self, form: Form) -> Iterator[_Found]:
        needles, data = self._needles, padded(form.text)
        for search in self._searches():
            for number, start in zip(*search.find(data), strict=True):
                yield self._found(search.strings, int(number), int(start), 1)
        if not form.written and not len(needles.known_numbers.window):
            return
        runs = digit_runs(data)
        for number, start in zip(*needles.numbers.find(data, runs), strict=True):
            yield self._found(needles.known_numbers, int(number), int(start), -1)
        if form.written:
            written = padded(form.written)
            if len(written) != len(data):  # folded to another length
                runs = digit_runs(written)
            for kind, begin, end in shapes_in(written, runs):
                allowed = needles.literals.place(fold(form.written[begin:end]))
                yield _Found(kind, begin, end, 0, None, allowed)

    def _searches(self) -> Iterator[WindowSearch]:
        return (search for search in (self._needles.long, self._needles.short) if search)

    def _found(self, known: Strings, number: int, start: int, sign: int) -> _Found:
        key = int(known.window[number] if sign < 0 else known.hashes[number, 0])
        source = self._needles.sources[known.source[number]]
        end = start + int(known.length[number])
        return _Found(ORIGINAL, start, end, key, source, self._needles.allowed.get(key))

    def _hit(self, block: _Block, form: Form, found: _Found, feeds: Array) -> Hit:
        data, kind = block.data, found.kind
        same_places = len(form.text) == len(data) or kind != ORIGINAL
        exact = form.is_block and same_places
        if exact:
            place = found.start
        elif form.is_block:  # folded to another length
            number = form.text.count(b"\n", 0, found.start)
            place = int(feeds[number - 1]) + 1 if number else 0
        else:
            place = int(form.offsets[np.searchsorted(form.starts, found.start, "right") - 1])
        line = block.line + int(np.searchsorted(feeds, place))
        rows = block.sections.rows_at(block.offset + place)
        hit = Hit(block.file, kind, block.offset + place, line, rows.table, None, found.source)
        if rows.table is None or self._counted[kind == ORIGINAL] >= MOST_HITS:
            return hit
        begin, end = data.rfind(b"\n", 0, place) + 1, data.find(b"\n", place)
        whole = data[begin : len(data) if end < 0 else end]
        if exact:
            return replace(hit, column=column_at(rows, whole, place - begin))
        return replace(
            hit, column=column_with(rows, whole, fold(form.text[found.start : found.end]))
        )

    def _count(self, hit: Hit, found: _Found) -> None:
        if found.allowed is not None:
            self._allowed[found.allowed] += 1
            return
        is_original = hit.kind == ORIGINAL
        if not is_original and (hit.table, hit.column) in self._may_be_real:
            return
        self._counted[is_original] += 1
        if len(self._listed[is_original]) < MOST_HITS:
            self._listed[is_original].append(hit)
