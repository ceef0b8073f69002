"""Rows that only a server can print: those of binary archives, and of JSON."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from types import TracebackType

from snapshot.catalog import Table
from snapshot.errors import DatabaseFailed
from snapshot.planning.script import create_schema
from snapshot.planning.steps import Rows, copy_from
from snapshot.postgres import embedded
from snapshot.postgres.connection import Connection, connected
from snapshot.postgres.copying import copy_in, copy_out, select_pages
from snapshot.postgres.scratch import scratch_database
from snapshot.postgres.unplanned import plain_copies
from snapshot.progress import NO_PROGRESS
from snapshot.restorers.rows import Part, chunks, parts
from snapshot.restorers.transaction import begin, run_steps
from snapshot.store.manifest import LARGE_OBJECTS, TableEntry
from snapshot.store.reader import SnapshotFiles


class Printer:
    """A scratch database on the embedded server, made when it is first needed.

    It holds the tables of one snapshot, without keys and indexes, in a transaction that is never
    committed.
    """

    def __init__(self) -> None:
        self._stack = ExitStack()
        self._server: Connection | None = None

    def __enter__(self) -> Printer:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stack.close()

    def rows(self, files: SnapshotFiles, entry: TableEntry, source: str) -> Iterator[bytes]:
        """The rows of a table as blocks of COPY text, in no order.

        Raises SnapshotError if the embedded server is not installed, and DatabaseFailed if it
        cannot make the tables: it may lack an extension.
        """
        server = self._server = self._server or self._made(files)
        table = Table(entry.name, entry.columns, partitioned=entry.partitioned)
        with server.transaction(force_rollback=True):
            for part in _parts(files, entry, source):
                copy_in(server, copy_from(entry, binary=part.binary), part.blocks)
            printed = plain_copies(table) if not table.partitioned else [select_pages(table, _ALL)]
            for statement in printed:
                yield from (block.data for block in copy_out(server, statement))

    def _made(self, files: SnapshotFiles) -> Connection:
        scratch = self._stack.enter_context(scratch_database(embedded.running_database("postgres")))
        server = self._stack.enter_context(connected(scratch.url))
        self._stack.enter_context(server.transaction(force_rollback=True))
        large = tuple(entry for entry in files.manifest.tables if entry.name == LARGE_OBJECTS)
        rows = Rows(large, (), (), large_objects=False)
        try:
            begin(server)
            run_steps(server, create_schema(rows, files.schema()[0], "").before, NO_PROGRESS)
        except DatabaseFailed as error:
            raise DatabaseFailed(
                f"only a server can print the rows of {files.directory}, and the embedded one "
                f"does not understand its schema: {error.message}",
                hint="make the snapshot with --format sql too",
            ) from error
        return server


_ALL = (0, None)  # pages


def _parts(files: SnapshotFiles, entry: TableEntry, source: str) -> Iterator[Part]:
    if source == "archive":
        return chunks(files, entry)
    return (part for part in parts(files, source) if part.entry.name == entry.name)
