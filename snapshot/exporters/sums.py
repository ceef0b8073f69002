"""Checksums of what was written: of each table, and of the ranges of large ones."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import replace
from types import MappingProxyType

from psycopg import sql

from snapshot.catalog import Name, Table
from snapshot.errors import SnapshotError
from snapshot.exporters.base import Exporter, Structure
from snapshot.exporters.sql import SqlExporter, write_file
from snapshot.postgres.checksums import NO_ROWS, content_checksum
from snapshot.postgres.connection import Connection, connected, end_work, read_shared
from snapshot.postgres.psql import SharedRead
from snapshot.postgres.row_sums import VERY_MANY, range_sums
from snapshot.store.layout import RANGES_JSON
from snapshot.store.manifest import FileEntry, TableEntry
from snapshot.store.ranges import RangeSums, dump_ranges
from snapshot.store.writer import NewSnapshot

CHECKSUMS_UP_TO = 1_000_000  # rows in all; beyond that they cost a full scan worth asking for
_WORTH_IT = 4 << 20  # bytes of all tables: of fewer the checksums are known sooner than a session

Sums = Mapping[Name, str | None]  # the checksums of tables; None where none is wanted
_ALL: Mapping[Name, sql.Composable] = MappingProxyType({})
_NO_SUMS: Sums = MappingProxyType({})


def with_checksums(
    source: Connection,
    tables: Sequence[Table],
    entries: Sequence[TableEntry],
    encoding: str,
    rows: Mapping[Name, sql.Composable] = _ALL,
    known: Sums = _NO_SUMS,
) -> tuple[tuple[TableEntry, ...], list[RangeSums]]:
    """The entries of tables with the checksums of what the tables hold; of large ones by ranges.

    `rows` stand in place of tables after FROM. The checksums of some tables may be `known`.
    """
    ranges: list[RangeSums] = []

    def checksum(table: Table, entry: TableEntry) -> str | None:
        if entry.rows == 0:
            return NO_ROWS
        if table.name in known:
            return known[table.name]
        some = rows.get(table.name)
        if some is None and (
            sums := range_sums(source, table, entry.columns, encoding, entry.rows)
        ):
            ranges.append(sums)
            return sums.checksum
        return content_checksum(source, table, entry.columns, encoding, some)[1]

    pairs = zip(tables, entries, strict=True)
    return tuple(replace(e, checksum=checksum(t, e)) for t, e in pairs), ranges


@contextmanager
def summed_beside(
    read: SharedRead, structure: Structure, at_any_size: bool
) -> Iterator[Callable[[], Sums]]:
    """Compute checksums in another session of the read, while the block writes the rows.

    Yields a function that waits for them. Those are missing that no other session can compute, or
    all if the server has no session to give, or if there are too many rows, unless they are wanted
    `at_any_size`.
    """
    tables = [
        table
        for table in structure.tables
        if table.name not in structure.rewriters
        and table.name not in structure.sources  # they may name what only the first session sees
        and not (table.empty or table.foreign_code)
        and table.estimated_rows < VERY_MANY
    ]
    found: dict[Name, str | None] = {}
    many = sum(table.estimated_rows for table in structure.tables) > CHECKSUMS_UP_TO
    if sum(table.size for table in tables) < _WORTH_IT or (many and not at_any_size):
        yield lambda: found
        return
    encoding = structure.catalog.encoding
    sessions: list[Connection] = []

    def compute() -> None:
        with suppress(SnapshotError), connected(read.url) as session:
            sessions.append(session)
            with read_shared(session, read.exported_snapshot):
                for table in tables:
                    rows, checksum = content_checksum(session, table, table.stored, encoding)
                    if rows < VERY_MANY:  # of the others the ranges are summed up
                        found[table.name] = checksum

    with ThreadPoolExecutor(1) as executor:
        running = executor.submit(compute)
        try:
            yield lambda: running.result() or found
        except BaseException:
            end_work(running, sessions)
            raise


def write_ranges(
    target: NewSnapshot, ranges: Sequence[RangeSums], exporters: Sequence[Exporter]
) -> dict[str, FileEntry]:
    """ranges.json, if there are large tables."""
    if not ranges:
        return {}
    spans = next((e.spans for e in exporters if isinstance(e, SqlExporter)), {})
    found = [sums._replace(span=spans.get(sums.table)) for sums in ranges]
    return {RANGES_JSON: write_file(target, RANGES_JSON, dump_ranges(found))}
