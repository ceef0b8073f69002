"""What an exporter is, and how most of them read: one table after the other."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import NamedTuple, Protocol

from psycopg import sql

from snapshot.catalog import Catalog, Name, Table
from snapshot.planning.ordering import LoadOrder
from snapshot.planning.steps import Rows
from snapshot.postgres.connection import Connection
from snapshot.postgres.copying import Block, select_json, select_text
from snapshot.postgres.read_ahead import read_ahead
from snapshot.postgres.schema_dump import SchemaText
from snapshot.postgres.unplanned import Query, copy_rows
from snapshot.progress import Progress
from snapshot.store.manifest import FileEntry, TableEntry

_LARGE = 4 << 20  # bytes: a thread of its own that reads ahead pays from there


class Rewriter(Protocol):
    """Who changes the rows of a table on their way: pieces of COPY text in, blocks out."""

    reorders: bool  # they come in another order

    def copy_text(self, blocks: Iterable[bytes]) -> Iterator[Block]:
        """The rows as COPY text."""

    def json(self, blocks: Iterable[bytes]) -> Iterator[Block]:
        """The rows as JSON objects, each in a line of COPY text."""


class Form(NamedTuple):
    """How rows are asked for, and how they are written if they are rewritten on the way."""

    query: Query
    rewrite: Callable[[Rewriter, Iterable[bytes]], Iterator[Block]]


TEXT = Form(select_text, lambda rewriter, blocks: rewriter.copy_text(blocks))
JSON = Form(select_json, lambda rewriter, blocks: rewriter.json(blocks))


@dataclass(frozen=True)
class Structure:
    """All that is known before the first row is read."""

    catalog: Catalog
    order: LoadOrder
    schema: SchemaText
    tables: tuple[Table, ...]  # in load order
    left_out: tuple[str, ...] = ()  # schemas
    sources: Mapping[Name, sql.Composable] = field(default_factory=dict)  # in place of whole tables
    rewriters: Mapping[Name, Rewriter] = field(default_factory=dict)

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
        key=table.key,
        ordered=not table.foreign_code,  # see postgres/unplanned.py
    )


def write_tables(
    source: Connection,
    structure: Structure,
    form: Form,
    write: Callable[[TableEntry, Iterable[Block]], None],
    progress: Progress,
) -> tuple[TableEntry, ...]:
    """Read each table with its COPY … TO STDOUT and write what comes; returns them, counted."""
    entries = []
    for table in structure.tables:
        counted = _Counted()
        progress.table(str(table.name))
        blocks = _blocks(source, structure, table, form)
        write(entry_of(table), counted.through(blocks, progress))
        entries.append(replace(entry_of(table), rows=counted.rows))
    return tuple(entries)


def _blocks(source: Connection, structure: Structure, table: Table, form: Form) -> Iterator[Block]:
    if table.empty:  # a round trip for each is most of the time of a large schema with few rows
        return iter(())
    rewriter = structure.rewriters.get(table.name)
    query = TEXT.query if rewriter else form.query
    rows = structure.sources.get(table.name)
    blocks = copy_rows(source, table, query, rows)
    if table.size >= _LARGE:  # while the next block is read, the last one is written
        blocks = read_ahead(blocks)
    if rewriter:
        return form.rewrite(rewriter, (block.data for block in blocks))
    return blocks


class _Counted:
    rows = 0

    def through(self, blocks: Iterator[Block], progress: Progress) -> Iterator[Block]:
        for block in blocks:
            self.rows += block.rows
            progress.advance(block.rows, len(block.data))
            yield block
