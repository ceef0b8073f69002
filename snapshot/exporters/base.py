"""What an exporter is, and how most of them read: one table after the other."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Protocol

from snapshot.catalog import Catalog, Table
from snapshot.planning.ordering import LoadOrder
from snapshot.planning.steps import Rows
from snapshot.postgres.connection import Connection
from snapshot.postgres.copying import Block
from snapshot.postgres.read_ahead import read_ahead
from snapshot.postgres.schema_dump import SchemaText
from snapshot.postgres.unplanned import Query, copy_rows
from snapshot.progress import Progress
from snapshot.store.manifest import FileEntry, TableEntry

_LARGE = 4 << 20  # bytes: a thread of its own that reads ahead pays from there


@dataclass(frozen=True)
class Structure:
    """All that is known before the first row is read."""

    catalog: Catalog
    order: LoadOrder
    schema: SchemaText
    tables: tuple[Table, ...]  # in load order
    left_out: tuple[str, ...] = ()  # schemas

    @property
    def entries(self) -> tuple[TableEntry, ...]:
        """The tables as the manifest lists them, without their rows."""
        return tuple(entry_of(table) for table in self.tables)


class Exporter(Protocol):
    """One format: begin(), write_rows(), finish()."""

    def begin(self, structure: Structure) -> None:
        """Open the files and write what precedes the rows."""

    def write_rows(self, source: Connection, progress: Progress) -> tuple[TableEntry, ...]:
        """Write the rows of all tables; returns their entries, in load order."""

    def finish(self, rows: Rows) -> dict[str, FileEntry]:
        """Write what follows the rows, close the files and return them by name."""


def entry_of(table: Table) -> TableEntry:
    """A table as the manifest lists it, without its rows."""
    return TableEntry(
        table.name,
        table.stored,
        partitioned=table.partitioned,
        configuration=table.configuration,
    )


def write_tables(
    source: Connection,
    tables: Iterable[Table],
    query: Query,
    write: Callable[[TableEntry, Iterable[Block]], None],
    progress: Progress,
) -> tuple[TableEntry, ...]:
    """Read each table with its COPY … TO STDOUT and write what comes; returns them, counted."""
    entries = []
    for table in tables:
        counted = _Counted()
        progress.table(str(table.name))
        # a round trip for each empty table is most of the time of a large schema with few rows
        blocks = iter(()) if table.empty else copy_rows(source, table, query)
        if table.size >= _LARGE:  # while the next block is read, the last one is written
            blocks = read_ahead(blocks)
        write(entry_of(table), counted.through(blocks, progress))
        entries.append(replace(entry_of(table), rows=counted.rows))
    return tuple(entries)


class _Counted:
    rows = 0

    def through(self, blocks: Iterator[Block], progress: Progress) -> Iterator[Block]:
        for block in blocks:
            self.rows += block.rows
            progress.advance(block.rows, len(block.data))
            yield block
