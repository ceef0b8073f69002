"""What an exporter is."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from psycopg import sql

from snapshot.catalog import Catalog, Table
from snapshot.planning.ordering import LoadOrder
from snapshot.planning.steps import Rows
from snapshot.postgres.copying import Block
from snapshot.postgres.schema_dump import SchemaText
from snapshot.store.manifest import FileEntry, TableEntry


@dataclass(frozen=True)
class Structure:
    """All that is known before the first row is read."""

    catalog: Catalog
    order: LoadOrder
    schema: SchemaText
    tables: tuple[TableEntry, ...]  # in load order; not counted yet


class Exporter(Protocol):
    """One format. begin(), write_table() for each table in load order, finish()."""

    def begin(self, structure: Structure) -> None:
        """Open the files and write what precedes the rows."""

    def rows_query(self, table: Table, source: sql.Composable | None) -> sql.Composable:
        """The COPY … TO STDOUT whose output write_table() takes; `source` replaces the table."""

    def write_table(self, entry: TableEntry, blocks: Iterable[Block]) -> None:
        """Write the rows of a table."""

    def finish(self, rows: Rows) -> dict[str, FileEntry]:
        """Write what follows the rows, close the files and return them by name."""
