"""archive/: the rows of each table as COPY text in a file of its own, compressed with zstd."""

from __future__ import annotations

import sys
from collections.abc import Iterable

from psycopg import sql

from snapshot.catalog import Table
from snapshot.directory import NewSnapshot
from snapshot.exporters.base import Structure
from snapshot.files import ARCHIVE, archive_file
from snapshot.manifest import FileEntry, TableEntry
from snapshot.postgres.copying import Block, select_unordered
from snapshot.steps import Rows

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd


class ArchiveExporter:
    """One compressed file a table, rows in the order in which they lie."""

    def __init__(self, target: NewSnapshot) -> None:
        self._target = target
        self._entries: dict[str, FileEntry] = {}

    def begin(self, structure: Structure) -> None:
        """Make the folder."""
        (self._target.path / ARCHIVE).mkdir()

    def rows_query(self, table: Table) -> sql.Composable:
        """COPY text, unordered."""
        return select_unordered(table)

    def write_table(self, entry: TableEntry, blocks: Iterable[Block]) -> None:
        """Compress the rows into the table's file."""
        name = archive_file(entry.name)
        file = self._target.new_file(name)
        compressor = zstd.ZstdCompressor(level=3)
        for block in blocks:
            file.write(compressor.compress(block.data))
        file.write(compressor.flush())
        self._entries[name] = file.close()

    def finish(self, rows: Rows) -> dict[str, FileEntry]:
        """Nothing follows the rows."""
        return self._entries
