"""Create: a consistent, ordered copy of a database goes into a directory."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import snapshot
from snapshot.catalog import Catalog, Table
from snapshot.exporters.archive import SMALL, Workers, export_archive
from snapshot.exporters.base import Exporter, Structure
from snapshot.exporters.executors import executor_of
from snapshot.exporters.json import JsonExporter
from snapshot.exporters.sql import SqlExporter, copy_schema, write_schema
from snapshot.planning.ordering import LoadOrder, load_order
from snapshot.planning.steps import Rows
from snapshot.postgres.checksums import NO_ROWS, content_checksum
from snapshot.postgres.connection import (
    Connection,
    connected,
    consistent_read,
    plan_for_order,
)
from snapshot.postgres.copying import Block, large_objects_table
from snapshot.postgres.introspect import (
    count_relations,
    lock_tables,
    read_catalog,
    read_fingerprint,
    read_internal_options,
    read_left_out,
)
from snapshot.postgres.psql import SharedRead
from snapshot.postgres.read_ahead import ahead
from snapshot.postgres.schema_dump import SchemaText, schema_dump
from snapshot.postgres.sequences import read_sequences
from snapshot.postgres.unplanned import copy_rows
from snapshot.progress import NO_PROGRESS, Progress
from snapshot.selection import EVERYTHING, Selection, excluded_schemas, select
from snapshot.store.layout import SCHEMA_SQL
from snapshot.store.location import Directory
from snapshot.store.manifest import (
    FORMATS,
    LARGE_OBJECTS,
    DeferredKey,
    FileEntry,
    Manifest,
    Source,
    TableEntry,
)
from snapshot.store.reader import SnapshotFiles
from snapshot.store.writer import NewSnapshot, new_snapshot

DEFAULT_FORMATS = ("sql", "json")
DEFAULT_LEVEL = 1
CHECKSUMS_UP_TO = 1_000_000  # rows in all; beyond that they cost a full scan worth asking for


@dataclass(frozen=True)
class CreateOptions:
    """What to read, and how to write it."""

    url: str
    directory: Directory
    formats: Sequence[str] = DEFAULT_FORMATS
    selection: Selection = EVERYTHING
    checksums: bool = False
    with_privileges: bool = False
    readable: bool = False  # by others; else files with rows are the user's alone (0600)
    jobs: int = 2  # sessions that read large tables side by side, into an archive
    level: int = DEFAULT_LEVEL  # of the archive's compression: zstd's -7 to 19
    scheduler: str | None = None  # a Dask cluster, whose workers read large tables instead


@dataclass(frozen=True)
class CreateReport:
    """What was made. `changed` is False if the directory held the same state already."""

    directory: Directory
    manifest: Manifest
    changed: bool
    left_out: tuple[
        str, ...
    ] = ()  # objects that snapshots do not take: publications, subscriptions


def create_snapshot(options: CreateOptions, progress: Progress = NO_PROGRESS) -> CreateReport:
    """Write a consistent, ordered copy of a database into a directory.

    Raises ConnectionFailed, DatabaseFailed, UsageError (a pattern that matches nothing) and Refused
    (the directory holds something else); the directory is then as it was.
    """
    with (
        connected(options.url) as source,
        new_snapshot(options.directory, options.readable) as target,
    ):
        manifest = _write(options, source, target, progress)
        progress.step("Sealing the snapshot")
        left_out = read_left_out(source)
        return CreateReport(options.directory, manifest, target.seal(manifest), left_out)


def _write(
    options: CreateOptions, source: Connection, target: NewSnapshot, progress: Progress
) -> Manifest:
    """Write all files but the manifest, which says what they hold."""
    with consistent_read(source) as exported:
        progress.step("Reading the catalog")
        whole = read_catalog(source)
        catalog = select(whole, options.selection)
        left_out = excluded_schemas(whole, options.selection)
        version = source.info.server_version
        with schema_dump(options.url, exported, version, left_out) as dump:
            order = load_order(catalog.by_name, catalog.foreign_keys)
            lock_tables(source, catalog.tables)
            progress.step("Reading the schema")
            schema = dump.result(options.with_privileges, read_internal_options(source))
        tables = _tables_to_export(catalog, order)
        structure = Structure(catalog, order, schema, tuple(_entry(table) for table in tables))
        schema_entry, post_data = write_schema(target, structure)
        exporters = _exporters(options.formats, target)
        for exporter in exporters:
            exporter.begin(structure)
        plan_for_order(source)
        progress.expect(len(options.formats) * sum(table.estimated_rows for table in tables))
        entries = _export_all(source, tables, exporters, progress)
        files = {SCHEMA_SQL: schema_entry}
        if "archive" in options.formats:
            read = SharedRead(options.url, exported, version)
            with executor_of(options.scheduler, options.jobs) as executor:
                archive = export_archive(
                    source,
                    Workers(executor, read),
                    list(zip(tables, entries, strict=True)),
                    target,
                    options.level,
                    progress,
                )
            entries, files = archive.tables, {**files, **archive.files}
        if options.checksums or sum(entry.rows for entry in entries) <= CHECKSUMS_UP_TO:
            progress.step("Computing checksums")
            entries = tuple(
                _with_checksum(source, table, entry, catalog.encoding)
                for table, entry in zip(tables, entries, strict=True)
            )
        # after the rows: a sequence does not stand still, and must not lag behind them
        sequences = read_sequences(source, [sequence.name for sequence in catalog.sequences])
        rows = Rows(entries, sequences, catalog.materialized_views, catalog.large_objects > 0)
        files |= _finish(exporters, rows)
        return replace(
            _manifest(options, catalog, order, rows, _source(source, catalog)),
            post_data=post_data,
            relations=count_relations(source),
            files=dict(sorted(files.items())),
        )


def write_again(
    database: Connection, old: SnapshotFiles, target: NewSnapshot, progress: Progress
) -> Manifest:
    """Write the rows that a database now holds, in the open transaction, over those of a snapshot.

    Schema, sequences and everything else stay the snapshot's.
    """
    catalog = read_catalog(database)
    order = load_order([entry.name for entry in old.manifest.tables], catalog.foreign_keys)
    by_name = {**catalog.by_name, LARGE_OBJECTS: large_objects_table()}
    tables = [by_name[entry.name] for entry in old.manifest.tables]
    structure = Structure(
        catalog, order, SchemaText(*old.schema()), tuple(_entry(table) for table in tables)
    )
    files = {SCHEMA_SQL: copy_schema((old.directory / SCHEMA_SQL).read_bytes(), target)}
    exporters = _exporters(old.manifest.formats, target)
    for exporter in exporters:
        exporter.begin(structure)
    entries = _export_all(database, tables, exporters, progress)
    if "archive" in old.manifest.formats:  # these rows are not committed: only we see them
        pairs = list(zip(tables, entries, strict=True))
        archive = export_archive(database, None, pairs, target, DEFAULT_LEVEL, progress)
        entries, files = archive.tables, {**files, **archive.files}
    entries = tuple(
        _with_checksum(database, table, entry, old.manifest.source.encoding)
        for table, entry in zip(tables, entries, strict=True)
    )
    manifest = replace(old.manifest, tables=entries)
    rows = Rows(
        entries,
        manifest.sequences,
        manifest.materialized_views,
        bool(manifest.large_objects),
    )
    files |= _finish(exporters, rows)
    return replace(manifest, created_at=_now(), files=dict(sorted(files.items())))


def _tables_to_export(catalog: Catalog, order: LoadOrder) -> list[Table]:
    tables = [catalog.by_name[name] for name in order.tables]
    return [*tables, large_objects_table()] if catalog.large_objects else tables


def _entry(table: Table) -> TableEntry:
    return TableEntry(
        table.name,
        table.stored,
        partitioned=table.partitioned,
        configuration=table.configuration,
    )


def _exporters(formats: Sequence[str], target: NewSnapshot) -> list[Exporter]:
    makers: dict[str, Callable[[NewSnapshot], Exporter]] = {
        "sql": SqlExporter,
        "json": JsonExporter,
    }
    return [maker(target) for name, maker in makers.items() if name in formats]


def _export_all(
    source: Connection, tables: Sequence[Table], exporters: Sequence[Exporter], progress: Progress
) -> tuple[TableEntry, ...]:
    return tuple(_export(source, table, exporters, progress) for table in tables)


def _export(
    source: Connection, table: Table, exporters: Sequence[Exporter], progress: Progress
) -> TableEntry:
    """Write the rows of one table in every format, and count them."""
    entry = _entry(table)
    for exporter in exporters:
        counted = _Counted()
        progress.table(str(table.name))
        # a round trip for each empty table is most of the time of a large schema with few rows
        rows = iter(()) if table.empty else copy_rows(source, table, exporter.rows_query)
        if table.size >= SMALL:  # while the next block is read, the last one is written
            rows = ahead(rows)
        exporter.write_table(entry, counted.through(rows, progress))
        entry = replace(entry, rows=counted.rows)
    return entry


class _Counted:
    rows = 0

    def through(self, blocks: Iterator[Block], progress: Progress) -> Iterator[Block]:
        for block in blocks:
            self.rows += block.rows
            progress.advance(block.rows, len(block.data))
            yield block


def _with_checksum(
    source: Connection, table: Table, entry: TableEntry, encoding: str
) -> TableEntry:
    if entry.rows == 0:
        return replace(entry, checksum=NO_ROWS)
    return replace(entry, checksum=content_checksum(source, table, entry.columns, encoding)[1])


def _finish(exporters: Sequence[Exporter], rows: Rows) -> dict[str, FileEntry]:
    files: dict[str, FileEntry] = {}
    for exporter in exporters:
        files |= exporter.finish(rows)
    return files


def _source(connection: Connection, catalog: Catalog) -> Source:
    return Source(
        database=connection.info.dbname,
        server_version=catalog.server_version,
        encoding=catalog.encoding,
        fingerprint=hashlib.sha256(read_fingerprint(connection).encode()).hexdigest()[:16],
    )


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _manifest(
    options: CreateOptions, catalog: Catalog, order: LoadOrder, rows: Rows, source: Source
) -> Manifest:
    return Manifest(
        tool=f"snapshot {snapshot.__version__}",
        created_at=_now(),
        source=source,
        formats=tuple(name for name in FORMATS if name in options.formats),
        schemas=catalog.schemas,
        complete=options.selection.everything,
        tables=rows.tables,
        cycles=order.cycles,
        foreign_keys=tuple(fk for fk in catalog.foreign_keys if fk.root in catalog.by_name),
        deferred=tuple(
            DeferredKey(d.foreign_key.table, d.foreign_key.name, d.reason) for d in order.deferred
        ),
        sequences=rows.sequences,
        materialized_views=catalog.materialized_views,
        extensions={extension.name: extension.version for extension in catalog.extensions},
        large_objects=catalog.large_objects if options.selection.everything else None,
        post_data=0,
        relations=0,
        objects=catalog.objects,
    )
