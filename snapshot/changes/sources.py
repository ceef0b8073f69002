"""A side of a comparison, and a snapshot as one, wherever it lies."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from snapshot.catalog import Column, Name
from snapshot.changes.keys import Line, key_reader, sorted_alike
from snapshot.changes.lines import lines_of, rearranged
from snapshot.changes.narrowing import Differing, Summed, only_inside, summed_up
from snapshot.changes.printing import Printer
from snapshot.changes.slices import chosen, slices
from snapshot.errors import SnapshotDamaged
from snapshot.postgres.checksums import NO_ROWS
from snapshot.postgres.row_sums import (
    KeyRanges,
    Parts,
)
from snapshot.restorers.rows import Part, chunks, parts
from snapshot.store.layout import DATA_SQL
from snapshot.store.location import Directory, directory_of
from snapshot.store.manifest import (
    LARGE_OBJECT_COLUMNS,
    LARGE_OBJECTS,
    Manifest,
    SequenceValue,
    TableEntry,
)
from snapshot.store.ranges import RangeSums, Sums
from snapshot.store.reader import SnapshotFiles, open_rows


@dataclass(frozen=True)
class SideTable:
    """A table of one side."""

    name: Name
    columns: tuple[Column, ...]  # the stored ones
    key: tuple[str, ...] | None  # None: not known
    rows: int | None = None


class Side(Protocol):
    """What can be compared."""

    @property
    def name(self) -> str:
        """What to call it."""

    @property
    def moment(self) -> str:
        """Of when its state is: ISO, UTC."""

    @property
    def tables(self) -> Mapping[Name, SideTable]:
        """In load order; large objects are one of them."""

    @property
    def sequence_names(self) -> Collection[Name]:
        """The sequences, in a fixed order."""

    def stand(self, names: Collection[Name]) -> Mapping[Name, SequenceValue]:
        """Where those of the sequences stand that are there."""

    @property
    def populated(self) -> Sequence[Name]:
        """The materialized views that hold rows."""

    @property
    def comments(self) -> Mapping[int, str]:
        """Of large objects."""

    @property
    def encoding(self) -> str:
        """Of the database."""

    @property
    def whole(self) -> bool:
        """What is not there does not exist; else it may have been left out."""

    def checksum(
        self, table: Name, columns: Sequence[str], encoding: str
    ) -> tuple[int, str] | None:
        """Rows and content checksum over these columns; None if it is not known."""

    def rows(
        self,
        table: Name,
        columns: Sequence[str],
        key: Sequence[str],
        abridged: bool = False,
    ) -> Iterator[Line]:
        """The rows with these columns. In the order of the key, if sorted() says so.

        Those of a megabyte and more may be `abridged`: see lines_of().
        """

    def sorted(self, table: Name, key: Sequence[str]) -> bool:
        """Whether rows() and part() come in the order of the key, as changes.keys compares it."""

    def summed_up(self, table: Name) -> bool:
        """Whether a checksum of the table is known, or can be computed."""

    def readable(self, table: Name) -> bool:
        """Whether rows() needs no other server than that of this side."""

    def summed(self, table: Name, columns: Sequence[str], encoding: str) -> Summed:
        """Rows and sums of hashes over these columns, by parts."""

    def part(
        self, table: Name, columns: Sequence[str], key: Sequence[str], differing: Differing
    ) -> Iterator[Line]:
        """The rows of some parts, like rows(), abridged."""


class Cursor:
    """A place in data.sql, whose tables are mostly asked for in their order."""

    def __init__(self) -> None:
        self._parts: Iterator[Part] = iter(())
        self._left: set[Name] = set()  # tables that are still to come

    def rows(self, files: SnapshotFiles, table: Name) -> Iterator[bytes]:
        """The rows of a table as blocks of COPY text."""
        if table not in self._left:
            self._parts = parts(files, "sql")
            self._left = {entry.name for entry in files.manifest.tables}
        for part in self._parts:
            self._left.discard(part.entry.name)
            if part.entry.name == table:
                yield from part.blocks
                return


def complete(lines: Iterator[Line], entry: TableEntry) -> Iterator[Line]:
    """The rows; SnapshotDamaged if one has not as many values as the table has columns."""
    wanted = len(entry.columns)
    for number, line in enumerate(lines, 1):
        if wanted and (found := line.count(b"\t") + 1) != wanted:
            raise SnapshotDamaged(
                f"data.sql: row {number} of {entry.name} has {found} values, "
                f"the table {wanted} columns",
                hint="fix the line, or bring the file back from version control",
            )
        yield line


class Recorded(NamedTuple):
    """The sums in ranges.json."""

    sums: RangeSums

    def whole(self, parts: Parts, ends: tuple[int, int]) -> Sums:
        """The sums of ranges, or of wider ones."""
        assert isinstance(parts, KeyRanges)
        return summed_up(self.sums.sums, parts.bits - self.sums.bits)

    def inside(self, parts: Parts, wide: Parts, numbers: Sequence[int]) -> Sums:
        """Those that lie in some wide ones."""
        assert isinstance(parts, KeyRanges)
        assert isinstance(wide, KeyRanges)
        return only_inside(self.whole(parts, (0, 0)), wide.bits - parts.bits, numbers)


@dataclass(frozen=True)
class SnapshotSide:
    """A snapshot. What its rows are told apart by is in the manifest."""

    name: str
    files: SnapshotFiles
    tables: Mapping[Name, SideTable]
    _entries: Mapping[Name, TableEntry]
    _printer: Printer
    _cursor: Cursor

    @property
    def manifest(self) -> Manifest:
        """The snapshot's table of contents."""
        return self.files.manifest

    @property
    def moment(self) -> str:
        """When it was made."""
        return self.manifest.created_at

    @property
    def sequence_names(self) -> Collection[Name]:
        """Those in the manifest."""
        return [value.name for value in self.manifest.sequences]

    def stand(self, names: Collection[Name]) -> Mapping[Name, SequenceValue]:
        """As the manifest says."""
        return {value.name: value for value in self.manifest.sequences if value.name in names}

    @property
    def populated(self) -> Sequence[Name]:
        """The materialized views that hold rows."""
        return self.manifest.materialized_views

    @property
    def comments(self) -> Mapping[int, str]:
        """Of large objects."""
        return self.manifest.large_object_comments

    @property
    def encoding(self) -> str:
        """That of the database it was made of."""
        return self.manifest.source.encoding

    @property
    def whole(self) -> bool:
        """It is of a whole database."""
        return self.manifest.complete

    def checksum(
        self, table: Name, columns: Sequence[str], encoding: str
    ) -> tuple[int, str] | None:
        """The manifest's, if it is over just these columns and the rows are not edited."""
        entry = self._entries.get(table)
        if entry is None:
            return 0, NO_ROWS
        known = entry.checksum if encoding == self.encoding and not self.files.edited else None
        if known is None or [c.name for c in entry.columns] != list(columns):
            return None
        return entry.rows, known

    def rows(
        self,
        table: Name,
        columns: Sequence[str],
        key: Sequence[str],
        abridged: bool = False,
    ) -> Iterator[Line]:
        """Read from data.sql, else from the archive; binary and JSON as a server prints them."""
        entry = self._entries.get(table)
        if entry is None:
            return iter(())
        source = self.files.text_format()
        if not self.readable(table):
            found = self._printer.rows(self.files, entry, source)
        elif source == "archive":
            found = (block for part in chunks(self.files, entry) for block in part.blocks)
        else:
            found = self._cursor.rows(self.files, table)
        lines = lines_of(found, abridged)
        if self.files.edited:
            lines = complete(lines, entry)
        return rearranged(lines, [c.name for c in entry.columns], columns)

    def summed_up(self, table: Name) -> bool:
        """The manifest has it; older or very large snapshots have none."""
        entry = self._entries.get(table)
        return entry is None or entry.checksum is not None

    def readable(self, table: Name) -> bool:
        """Its rows are there as text."""
        entry, source = self._entries.get(table), self.files.text_format()
        return entry is None or source == "sql" or (source == "archive" and not entry.binary)

    def summed(self, table: Name, columns: Sequence[str], encoding: str) -> Summed:
        """Those that create recorded, by ranges."""
        return Recorded(self.files.ranges[table])

    def part(
        self, table: Name, columns: Sequence[str], key: Sequence[str], differing: Differing
    ) -> Iterator[Line]:
        """Slices of data.sql, which is in order; of other files the rows that are meant."""
        if not differing.numbers:
            return iter(())
        entry, recorded = self._entries[table], self.files.ranges[table]
        assert isinstance(differing.parts, KeyRanges)
        ranges = differing.parts.ranges(differing.numbers)
        names = [column.name for column in entry.columns]
        folder = self.files.place().path
        if folder and recorded.span and self.sorted(table, key):
            of = key_reader([names.index(recorded.column)], ["bigint"])
            found = slices(folder / DATA_SQL, recorded.span, of, ranges)
            return rearranged(found, names, columns)
        of = key_reader([columns.index(recorded.column)], ["bigint"])
        return chosen(self.rows(table, columns, key, abridged=True), of, ranges)

    def sorted(self, table: Name, key: Sequence[str]) -> bool:
        """data.sql has the order of the key that the table had then."""
        entry = self._entries.get(table)
        if entry is None or entry.rows == 0:
            return True
        by_name = {column.name: column.type for column in entry.columns}
        return (
            self.files.text_format() == "sql"
            and not self.files.edited
            and bool(key)
            and entry.ordered
            and entry.key == tuple(key)
            and sorted_alike([by_name[name] for name in key], self.encoding)
        )


LARGE_OBJECTS_TABLE = SideTable(LARGE_OBJECTS, LARGE_OBJECT_COLUMNS, ("loid", "position"))


@contextmanager
def snapshot_side(directory: str | Directory, name: str | None = None) -> Iterator[SnapshotSide]:
    """Open a snapshot. One whose data.sql was edited by hand is read as it is now.

    Raises UsageError where there is none, SnapshotDamaged if a file that is read was changed.
    """
    place = directory_of(directory)
    with ExitStack() as stack:
        yield side_of_files(open_rows(place), stack.enter_context(Printer()), name or str(place))


def side_of_files(files: SnapshotFiles, printer: Printer, name: str) -> SnapshotSide:
    """A snapshot that is open."""
    manifest = files.manifest
    entries = {entry.name: entry for entry in manifest.tables}
    tables = {
        entry.name: SideTable(entry.name, entry.columns, entry.key, entry.rows)
        for entry in manifest.tables
    }
    if manifest.large_objects is not None:
        tables[LARGE_OBJECTS] = LARGE_OBJECTS_TABLE
    return SnapshotSide(name, files, tables, entries, printer, Cursor())
