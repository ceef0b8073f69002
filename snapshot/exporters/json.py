"""seed_data.json: valid JSON, one row a line, so that it streams both ways and diffs well."""

from __future__ import annotations

from collections.abc import Iterable

import orjson

from snapshot.exporters.base import JSON, Structure, write_tables
from snapshot.planning.steps import Rows
from snapshot.postgres.connection import Connection
from snapshot.postgres.copying import Block
from snapshot.progress import Progress
from snapshot.store.layout import JSON_FORMAT, JSON_ROWS_END, SEED_DATA_JSON, json_header
from snapshot.store.manifest import FileEntry, TableEntry
from snapshot.store.writer import NewSnapshot


class JsonExporter:
    """Rows as JSON objects that the server makes."""

    def __init__(self, target: NewSnapshot) -> None:
        self._file = target.new_file(SEED_DATA_JSON)
        self._between = b"\n"
        self._structure: Structure | None = None

    def begin(self, structure: Structure) -> None:
        """Open the document."""
        self._structure = structure
        self._file.write(b'{"format":' + orjson.dumps(JSON_FORMAT) + b',"tables":[')

    def write_rows(self, source: Connection, progress: Progress) -> tuple[TableEntry, ...]:
        """JSON objects, one a line, in the order of the key."""
        assert self._structure
        return write_tables(source, self._structure, JSON, self._write_table, progress)

    def finish(self, rows: Rows) -> dict[str, FileEntry]:
        """Close the document."""
        self._file.write(b"\n]}\n")
        return {SEED_DATA_JSON: self._file.close()}

    def _write_table(self, entry: TableEntry, blocks: Iterable[Block]) -> None:
        """Write a table: its head on one line, then a line a row."""
        self._file.write(self._between + json_header(entry))
        self._between = b",\n"
        lead = b"\n"
        for block in blocks:
            # COPY text doubles backslashes, which in JSON stand alone in front of what they escape
            text = block.data.replace(b"\\\\", b"\\")
            lines = text.removesuffix(b"\n")
            self._file.write(lead + lines.replace(b"\n", b",\n"))
            lead = b",\n" if len(lines) < len(text) else b""
        self._file.write(b"\n" + JSON_ROWS_END)
