"""What an exporter is, and files that know their checksum."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from psycopg import sql

from snapshot.catalog import Catalog, Table
from snapshot.manifest import FileEntry, TableEntry
from snapshot.ordering import LoadOrder
from snapshot.postgres.copying import Block
from snapshot.postgres.schema_dump import SchemaText
from snapshot.script import Rows


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

    def rows_query(self, table: Table) -> sql.Composable:
        """The COPY … TO STDOUT whose output write_table() takes."""

    def write_table(self, entry: TableEntry, blocks: Iterable[Block]) -> None:
        """Write the rows of a table."""

    def finish(self, rows: Rows) -> dict[str, FileEntry]:
        """Write what follows the rows, close the files and return them by name."""


class HashedFile:
    """A new file that is hashed while it is written."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file = path.open("xb", buffering=0)
        self._hash = hashlib.sha256()
        self._size = 0
        self._pending: list[bytes] = []
        self._pending_size = 0

    def write(self, data: bytes) -> None:
        """Append the bytes."""
        self._pending.append(data)
        self._pending_size += len(data)
        if self._pending_size >= 1 << 18:
            self._flush()

    def close(self) -> FileEntry:
        """Bring everything to the disk and return checksum and size."""
        self._flush()
        os.fsync(self._file.fileno())
        self._file.close()
        return FileEntry(self._hash.hexdigest(), self._size)

    def _flush(self) -> None:
        data = b"".join(self._pending)
        self._pending, self._pending_size = [], 0
        view = memoryview(data)
        while view:
            view = view[self._file.write(view) :]
        self._hash.update(data)
        self._size += len(data)
