"""Checksums of what was written: of each table, and of the ranges of large ones."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

from psycopg import sql

from snapshot.catalog import Name, Table
from snapshot.exporters.base import Exporter
from snapshot.exporters.sql import SqlExporter, write_file
from snapshot.postgres.checksums import NO_ROWS, content_checksum
from snapshot.postgres.connection import Connection
from snapshot.postgres.row_sums import range_sums
from snapshot.store.layout import RANGES_JSON
from snapshot.store.manifest import FileEntry, TableEntry
from snapshot.store.ranges import RangeSums, dump_ranges
from snapshot.store.writer import NewSnapshot

CHECKSUMS_UP_TO = 1_000_000  # rows in all; beyond that they cost a full scan worth asking for
_ALL: Mapping[Name, sql.Composable] = MappingProxyType({})


def with_checksums(
    source: Connection,
    tables: Sequence[Table],
    entries: Sequence[TableEntry],
    encoding: str,
    rows: Mapping[Name, sql.Composable] = _ALL,
    rewritten: Collection[Name] = (),
) -> tuple[tuple[TableEntry, ...], list[RangeSums]]:
    """The entries of tables with the checksums of what the tables hold; of large ones by ranges.

    `rows` stand in place of tables after FROM. Of `rewritten` rows the server knows nothing: who
    made them computed their checksums.
    """
    ranges: list[RangeSums] = []

    def checksum(table: Table, entry: TableEntry) -> str | None:
        if entry.rows == 0:
            return NO_ROWS
        if table.name in rewritten:
            return entry.checksum
        some = rows.get(table.name)
        if some is None and (
            sums := range_sums(source, table, entry.columns, encoding, entry.rows)
        ):
            ranges.append(sums)
            return sums.checksum
        return content_checksum(source, table, entry.columns, encoding, some)[1]

    pairs = zip(tables, entries, strict=True)
    return tuple(replace(e, checksum=checksum(t, e)) for t, e in pairs), ranges


def write_ranges(
    target: NewSnapshot, ranges: Sequence[RangeSums], exporters: Sequence[Exporter]
) -> dict[str, FileEntry]:
    """ranges.json, if there are large tables."""
    if not ranges:
        return {}
    spans = next((e.spans for e in exporters if isinstance(e, SqlExporter)), {})
    found = [sums._replace(span=spans.get(sums.table)) for sums in ranges]
    return {RANGES_JSON: write_file(target, RANGES_JSON, dump_ranges(found))}
