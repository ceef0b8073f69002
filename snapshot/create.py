"""Create: a consistent, ordered copy of a database goes into a directory."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import KW_ONLY, dataclass, replace
from datetime import UTC, datetime
from typing import Any

from snapshot.catalog import Catalog, Table
from snapshot.exporters.archive import ArchiveExporter, Workers
from snapshot.exporters.base import Exporter, Structure
from snapshot.exporters.json import JsonExporter
from snapshot.exporters.sql import SqlExporter, write_file, write_schema
from snapshot.planning.ordering import load_order
from snapshot.planning.selection import EVERYTHING, Selection, excluded_schemas, select
from snapshot.planning.steps import Rows
from snapshot.postgres.checksums import NO_ROWS, content_checksum
from snapshot.postgres.connection import (
    Connection,
    connected,
    consistent_read,
    plan_for_order,
    pooled,
)
from snapshot.postgres.copying import large_objects_table
from snapshot.postgres.identity import pinned_url, read_identity
from snapshot.postgres.introspect import (
    count_relations,
    lock_tables,
    read_catalog,
    read_internal_options,
    read_leading_out,
    read_left_out,
    read_publications,
    read_secrets,
)
from snapshot.postgres.migrations import read_revisions
from snapshot.postgres.psql import SharedRead
from snapshot.postgres.schema_dump import SchemaText, schema_dump
from snapshot.postgres.sequences import read_sequences
from snapshot.postgres.urls import AnyUrl, url_text
from snapshot.progress import NO_PROGRESS, Progress
from snapshot.store import VERSION
from snapshot.store.layout import SCHEMA_JSON, SCHEMA_SQL
from snapshot.store.location import Directory, directory_of
from snapshot.store.manifest import (
    FORMATS,
    LARGE_OBJECTS,
    DeferredKey,
    FileEntry,
    Manifest,
    Source,
    TableEntry,
    manifest_document,
)
from snapshot.store.reader import SnapshotFiles
from snapshot.store.states import states_in
from snapshot.store.writer import NewSnapshot, new_snapshot

DEFAULT_FORMATS = ("sql", "json")
DEFAULT_LEVEL = 1
NEEDS_SHOWN = 5  # of what a schema that is left out is needed for
CHECKSUMS_UP_TO = 1_000_000  # rows in all; beyond that they cost a full scan worth asking for


@dataclass(frozen=True)
class CreateOptions:
    """What to read, and how to write it.

    `formats` are some of sql, json and archive. `selection` says which schemas and tables.
    `checksums` are computed beyond a million rows too. `readable` lets others read the files; else
    those with rows are the user's alone (0600). `jobs` sessions read large tables side by side,
    into an archive; the workers of a Dask cluster do, if its URL is the `scheduler`. `level` is the
    archive's compression: zstd's -7 to 19.
    """

    url: AnyUrl
    directory: str | Directory
    _: KW_ONLY
    formats: Sequence[str] = DEFAULT_FORMATS
    selection: Selection = EVERYTHING
    checksums: bool = False
    with_privileges: bool = False
    readable: bool = False
    jobs: int = 2
    level: int = DEFAULT_LEVEL
    scheduler: str | None = None
    with_publications: bool = False
    origin: Source | None = None  # the database that the manifest names, if not the one of `url`

    @property
    def conninfo(self) -> str:
        """The URL as text."""
        return url_text(self.url)

    @property
    def place(self) -> Directory:
        """The directory, if it was given as text too."""
        return directory_of(self.directory)


@dataclass(frozen=True)
class CreateReport:
    """What was made. `changed` is False if the directory held the same state already."""

    directory: Directory
    manifest: Manifest
    changed: bool
    left_out: tuple[
        str, ...
    ] = ()  # objects that snapshots do not take: publications, subscriptions
    notes: tuple[str, ...] = ()  # what did not work and does no harm, and what a restore needs

    def to_dict(self) -> dict[str, Any]:
        """What --json prints, but for the database's URL: values that json.dumps takes."""
        return {
            "directory": str(self.directory),
            "changed": self.changed,
            "rows": self.manifest.rows,
            "left_out": list(self.left_out),
            "notes": list(self.notes),
            "manifest": manifest_document(self.manifest),
        }


def create_snapshot(options: CreateOptions, progress: Progress = NO_PROGRESS) -> CreateReport:
    """Write a consistent, ordered copy of a database into a directory.

    Raises ConnectionFailed, DatabaseFailed, UsageError (a pattern that matches nothing) and Refused
    (the directory holds something else); the directory is then as it was.
    """
    with (
        connected(options.conninfo) as source,
        new_snapshot(options.place, options.readable) as target,
    ):
        with consistent_read(source) as exported:
            # a URL may lead to several servers; workers of a cluster find theirs by the URL itself
            url = options.conninfo if options.scheduler else pinned_url(source, options.conninfo)
            read = SharedRead(url, exported, source.info.server_version)
            structure = _read_structure(options, source, read, progress)
            schema, post_data = write_schema(target, structure.schema)
            encoding = structure.catalog.encoding
            workers = Workers(read, options.jobs, options.scheduler)
            exporters = _exporters(options.formats, target, options.level, workers)
            entries = _write_rows(source, structure, exporters, progress)
            if options.checksums or sum(entry.rows for entry in entries) <= CHECKSUMS_UP_TO:
                progress.step("Computing checksums")
                entries = with_checksums(source, structure.tables, entries, encoding)
            rows = _rows(source, structure.catalog, entries)
            files = {**schema, **_finish(exporters, rows)}
            manifest = replace(
                _manifest(options, structure, rows, _source(source, structure.catalog, options)),
                post_data=post_data,
                relations=count_relations(source),
                publications=read_publications(source) if options.with_publications else (),
                migrations=read_revisions(source, structure.tables),
                files=dict(sorted(files.items())),
            )
        progress.step("Sealing the snapshot")
        notes = _notes(source, structure)
        taken = {f"publication {name}" for name in manifest.publications}
        left_out = tuple(name for name in read_left_out(source) if name not in taken)
        changed = target.seal(manifest)
        return CreateReport(options.place, manifest, changed, left_out, (*notes, *target.notes))


def _notes(source: Connection, structure: Structure) -> list[str]:
    secrets = [
        f"schema.sql holds options of the {m}, maybe a password" for m in read_secrets(source)
    ]
    return secrets + [
        f"schema {schema} is left out, but {'; '.join(needs[:NEEDS_SHOWN])}"
        + (f"; and {len(needs) - NEEDS_SHOWN} more" if len(needs) > NEEDS_SHOWN else "")
        + ": restore into a database that has it, or take it along"
        for schema, needs in read_leading_out(source, structure.left_out).items()
    ]


def write_again(
    database: Connection, old: SnapshotFiles, target: NewSnapshot, progress: Progress
) -> Manifest:
    """Write the rows that a database now holds, in the open transaction, over those of a snapshot.

    Schema, sequences and everything else stay the snapshot's.
    """
    catalog = read_catalog(database)
    order = load_order([entry.name for entry in old.manifest.tables], catalog.foreign_keys)
    by_name = {**catalog.by_name, LARGE_OBJECTS: large_objects_table()}
    tables = tuple(by_name[entry.name] for entry in old.manifest.tables)
    structure = Structure(catalog, order, SchemaText(*old.schema(), {}), tables)
    names = [name for name in (SCHEMA_SQL, SCHEMA_JSON) if name in old.manifest.files]
    schema = {name: write_file(target, name, old.read(name)) for name in names}
    # these rows are not committed: no other session sees them
    exporters = _exporters(old.manifest.formats, target, DEFAULT_LEVEL, None)
    entries = _write_rows(database, structure, exporters, progress)
    entries = with_checksums(database, tables, entries, old.manifest.source.encoding)
    manifest = replace(
        old.manifest, tables=entries, migrations=read_revisions(database, catalog.tables)
    )
    large_objects = bool(manifest.large_objects)
    rows = Rows(entries, manifest.sequences, manifest.materialized_views, large_objects)
    files = {**schema, **_finish(exporters, rows)}
    return replace(manifest, created_at=_now(), files=dict(sorted(files.items())))


def _read_structure(
    options: CreateOptions, source: Connection, read: SharedRead, progress: Progress
) -> Structure:
    """Read catalog and schema, and lock the tables."""
    progress.step("Reading the catalog")
    whole = read_catalog(source)
    catalog = select(whole, options.selection)
    left_out = excluded_schemas(whole, options.selection)
    with schema_dump(read, left_out, pooled=pooled(source)) as dump:
        order = load_order(catalog.by_name, catalog.foreign_keys)
        lock_tables(source, catalog.tables)
        progress.step("Reading the schema")
        schema = dump.result(
            options.with_privileges, read_internal_options(source), options.with_publications
        )
    plan_for_order(source)
    tables = [catalog.by_name[name] for name in order.tables]
    if catalog.large_objects:
        tables.append(large_objects_table())
    return Structure(catalog, order, schema, tuple(tables), left_out)


def _exporters(
    formats: Sequence[str], target: NewSnapshot, level: int, workers: Workers | None
) -> list[Exporter]:
    """One for each format. The archive is the last: its entries say most about the tables."""
    makers: dict[str, Callable[[], Exporter]] = {
        "sql": lambda: SqlExporter(target),
        "json": lambda: JsonExporter(target),
        "archive": lambda: ArchiveExporter(target, level, workers),
    }
    return [maker() for name, maker in makers.items() if name in formats]


def _write_rows(
    source: Connection, structure: Structure, exporters: Sequence[Exporter], progress: Progress
) -> tuple[TableEntry, ...]:
    """Write the rows of all tables in every format; returns the tables' entries."""
    progress.expect(len(exporters) * sum(table.estimated_rows for table in structure.tables))
    entries: tuple[TableEntry, ...] = ()
    for exporter in exporters:
        exporter.begin(structure)
        entries = exporter.write_rows(source, progress)
    return entries


def with_checksums(
    source: Connection,
    tables: Sequence[Table],
    entries: Sequence[TableEntry],
    encoding: str,
) -> tuple[TableEntry, ...]:
    """The entries of tables, with the checksums of what the tables hold."""

    def checksum(table: Table, entry: TableEntry) -> str:
        if entry.rows == 0:
            return NO_ROWS
        return content_checksum(source, table, entry.columns, encoding)[1]

    return tuple(
        replace(entry, checksum=checksum(table, entry))
        for table, entry in zip(tables, entries, strict=True)
    )


def _rows(source: Connection, catalog: Catalog, entries: tuple[TableEntry, ...]) -> Rows:
    # after the rows: sequences go on, and must not be behind the rows
    sequences = read_sequences(source, [sequence.name for sequence in catalog.sequences])
    return Rows(entries, sequences, catalog.materialized_views, catalog.large_objects > 0)


def _finish(exporters: Sequence[Exporter], rows: Rows) -> dict[str, FileEntry]:
    files: dict[str, FileEntry] = {}
    for exporter in exporters:
        files |= exporter.finish(rows)
    return files


def _source(connection: Connection, catalog: Catalog, options: CreateOptions) -> Source:
    fingerprint = source_fingerprint(read_identity(connection).fingerprint)
    here = Source(connection.info.dbname, catalog.server_version, catalog.encoding, fingerprint)
    origin = options.origin or here
    return replace(here, database=origin.database, fingerprint=origin.fingerprint)


def source_fingerprint(fingerprint: str) -> str:
    """What a manifest says of the cluster and the database: nothing that names them."""
    return hashlib.sha256(fingerprint.encode()).hexdigest()[:16]


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _manifest(options: CreateOptions, structure: Structure, rows: Rows, source: Source) -> Manifest:
    catalog, order = structure.catalog, structure.order
    return Manifest(
        tool=f"snapshot {VERSION}",
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
        states=states_in(catalog),
        large_object_comments=catalog.large_object_comments,
    )
