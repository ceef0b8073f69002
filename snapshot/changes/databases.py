"""A database as a side of a comparison."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import NamedTuple

from snapshot.catalog import Catalog, Name, Table
from snapshot.changes.keys import Line, sorted_alike
from snapshot.changes.lines import lines_of
from snapshot.changes.narrowing import Differing, Summed
from snapshot.changes.sources import LARGE_OBJECTS_TABLE, SideTable
from snapshot.errors import DatabaseFailed
from snapshot.planning.ordering import load_order
from snapshot.postgres.checksums import NO_ROWS, content_checksum
from snapshot.postgres.connection import (
    Connection,
    connected,
    consistent_read,
    describe,
    plan_for_order,
)
from snapshot.postgres.copying import large_objects_table, select_text
from snapshot.postgres.introspect import read_catalog, read_unreadable
from snapshot.postgres.row_sums import (
    LARGE_SIZE,
    Extent,
    KeyRanges,
    Parts,
    extent,
    integer_key,
    rows_of_parts,
    sums_of_parts,
    sums_of_ranges,
)
from snapshot.postgres.sequences import read_sequences
from snapshot.postgres.unplanned import copy_rows
from snapshot.postgres.urls import AnyUrl, url_text
from snapshot.store.manifest import LARGE_OBJECTS, SequenceValue
from snapshot.store.ranges import Sums

_HEAVY = 32 << 20  # bytes of a table whose rows may be very long
_LONG_ROW = 100_000  # bytes, on average


class Computed(NamedTuple):
    """A table whose sums the server computes."""

    connection: Connection
    table: Table
    encoding: str
    counted: dict[Name, int]

    def whole(self, parts: Parts, ends: tuple[int, int]) -> Sums:
        """The sums of all parts; of ranges by several processes of the server."""
        if isinstance(parts, KeyRanges):
            sums = sums_of_ranges(self.connection, self.table, self.encoding, parts, *ends)
        else:
            sums = sums_of_parts(self.connection, self.table, self.encoding, parts)
        self.counted[self.table.name] = sum(rows for rows, _ in sums.values())
        return sums

    def inside(self, parts: Parts, wide: Parts, numbers: Sequence[int]) -> Sums:
        """The sums of those that lie in some wide parts."""
        return sums_of_parts(self.connection, self.table, self.encoding, parts, (wide, numbers))


@dataclass(frozen=True)
class DatabaseSide:
    """A database, read in one transaction."""

    name: str
    connection: Connection
    url: str
    exported: str  # the transaction's snapshot, for pg_dump
    catalog: Catalog
    tables: Mapping[Name, SideTable]
    moment: str
    whole: bool = True
    counted: dict[Name, int] = field(default_factory=dict)  # rows, where a checksum was computed

    @property
    def sequence_names(self) -> Collection[Name]:
        """Those in the catalog."""
        return [sequence.name for sequence in self.catalog.sequences]

    def stand(self, names: Collection[Name]) -> Mapping[Name, SequenceValue]:
        """Asked of the server."""
        wanted = [name for name in self.sequence_names if name in names]
        return {value.name: value for value in read_sequences(self.connection, wanted)}

    @property
    def populated(self) -> Sequence[Name]:
        """The materialized views that hold rows."""
        return self.catalog.materialized_views

    @property
    def comments(self) -> Mapping[int, str]:
        """Of large objects."""
        return self.catalog.large_object_comments

    @property
    def encoding(self) -> str:
        """The database's."""
        return self.catalog.encoding

    def checksum(
        self, table: Name, columns: Sequence[str], encoding: str
    ) -> tuple[int, str] | None:
        """Computed by the server, in one scan."""
        there = self._table(table, columns)
        if there.empty:
            found = 0, NO_ROWS
        else:
            found = content_checksum(self.connection, there, there.columns, encoding)
        self.counted[table] = found[0]
        return found

    def rows(
        self,
        table: Name,
        columns: Sequence[str],
        key: Sequence[str],
        abridged: bool = False,
    ) -> Iterator[Line]:
        """COPY text, sorted by the server."""
        there = replace(self._table(table, columns), key=tuple(key))
        if there.empty:
            return iter(())
        blocks = copy_rows(self.connection, there, select_text)
        return lines_of((block.data for block in blocks), abridged)

    def summed_up(self, table: Name) -> bool:
        """The server can compute it."""
        return True

    def readable(self, table: Name) -> bool:
        """The server prints them. Very long rows are not read only to say how many differ."""
        there = self._table(table)
        return there.size < _HEAVY or there.size / max(there.estimated_rows, 1) < _LONG_ROW

    def summed(self, table: Name, columns: Sequence[str], encoding: str) -> Summed:
        """Computed by the server."""
        return Computed(self.connection, self._table(table, columns), encoding, self.counted)

    def part(
        self, table: Name, columns: Sequence[str], key: Sequence[str], differing: Differing
    ) -> Iterator[Line]:
        """COPY text of some parts, sorted by the server."""
        if not differing.numbers:
            return iter(())
        there = replace(self._table(table, columns), key=tuple(key))
        blocks = rows_of_parts(self.connection, there, differing.parts, differing.numbers)
        return lines_of((block.data for block in blocks), abridged=True)

    def sorted(self, table: Name, key: Sequence[str]) -> bool:
        """The server sorts as the key compares, where it may sort at all."""
        there = self._table(table)
        types = {column.name: column.base or column.type for column in there.columns}
        return (
            bool(key)
            and not there.foreign_code
            and sorted_alike([types[name] for name in key], self.encoding)
        )

    def is_large(self, table: Name) -> bool:
        """Whether it pays to look for the places that differ: by its size, as no scan is needed."""
        there = self._table(table)
        return not there.foreign_code and there.size >= LARGE_SIZE

    def extent(self, table: Name, key: Sequence[str]) -> Extent | None:
        """The ends of a key that begins with an integer; None if it does not."""
        there = self._table(table)
        column = integer_key(there.stored, key)
        rows = max(there.estimated_rows, there.size // 100)
        return extent(self.connection, there, column, rows) if column else None

    def check_readable(self, names: Collection[Name]) -> None:
        """Raise DatabaseFailed, naming all tables that the role may not read."""
        tables = [table for table in self.catalog.tables if table.name in names]
        if unreadable := read_unreadable(self.connection, tables):
            raise DatabaseFailed(
                f"{self.connection.info.user} may not read {len(unreadable)} of the tables",
                hint="GRANT SELECT, or leave them out with -T",
                details=[str(name) for name in unreadable],
            )

    def _table(self, name: Name, columns: Sequence[str] | None = None) -> Table:
        table = large_objects_table() if name == LARGE_OBJECTS else self.catalog.by_name[name]
        if columns is None:
            return table
        by_name = {column.name: column for column in table.columns}
        return replace(table, columns=tuple(by_name[name] for name in columns))


@contextmanager
def database_side(url: AnyUrl, name: str | None = None) -> Iterator[DatabaseSide]:
    """Open a database in one transaction that only reads."""
    conninfo = url_text(url)
    with connected(conninfo) as connection, consistent_read(connection) as exported:
        plan_for_order(connection)
        catalog = read_catalog(connection)
        yield side_of(connection, conninfo, exported, catalog, name)


def side_of(
    connection: Connection, url: str, exported: str, catalog: Catalog, name: str | None = None
) -> DatabaseSide:
    """The database of a connection, whose transaction has begun."""
    order = load_order(catalog.by_name, catalog.foreign_keys).tables
    tables = {
        table.name: SideTable(table.name, table.stored, _stored_key(table))
        for table in (catalog.by_name[name] for name in order)
    }
    return DatabaseSide(
        name or describe(connection),
        connection,
        url,
        exported,
        catalog,
        {**tables, LARGE_OBJECTS: LARGE_OBJECTS_TABLE},
        datetime.now(UTC).isoformat(timespec="seconds"),
    )


def _stored_key(table: Table) -> tuple[str, ...]:
    stored = {column.name for column in table.stored}
    return table.key if stored.issuperset(table.key) else ()
