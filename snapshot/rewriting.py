"""A snapshot whose rows are written again, from a database that holds them by now."""

from __future__ import annotations

from dataclasses import replace

from snapshot.create import DEFAULT_LEVEL, finish, make_exporters, write_rows
from snapshot.exporters.base import Structure
from snapshot.exporters.description import now
from snapshot.exporters.sql import write_file
from snapshot.exporters.sums import with_checksums, write_ranges
from snapshot.planning.ordering import load_order
from snapshot.planning.steps import Rows
from snapshot.postgres.connection import Connection
from snapshot.postgres.copying import large_objects_table
from snapshot.postgres.introspect import read_catalog
from snapshot.postgres.migrations import read_revisions
from snapshot.postgres.schema_dump import SchemaText
from snapshot.progress import Progress
from snapshot.store.layout import SCHEMA_JSON, SCHEMA_SQL
from snapshot.store.manifest import LARGE_OBJECTS, Manifest
from snapshot.store.reader import SnapshotFiles
from snapshot.store.writer import NewSnapshot


def write_again(
    database: Connection, old: SnapshotFiles, target: NewSnapshot, progress: Progress
) -> Manifest:
    """Write the rows that a database now holds, in the open transaction, over those of a snapshot.

    Schema, sequences and everything else stay the snapshot's; the mark says that rows were edited.
    """
    catalog = read_catalog(database)
    order = load_order([entry.name for entry in old.manifest.tables], catalog.foreign_keys)
    by_name = {**catalog.by_name, LARGE_OBJECTS: large_objects_table()}
    tables = tuple(by_name[entry.name] for entry in old.manifest.tables)
    structure = Structure(catalog, order, SchemaText(*old.schema(), {}), tables)
    names = [name for name in (SCHEMA_SQL, SCHEMA_JSON) if name in old.manifest.files]
    schema = {name: write_file(target, name, old.read(name)) for name in names}
    # these rows are not committed: no other session sees them
    exporters = make_exporters(old.manifest.formats, target, DEFAULT_LEVEL, None)
    entries = write_rows(database, structure, exporters, progress)
    entries, ranges = with_checksums(database, tables, entries, old.manifest.source.encoding)
    manifest = replace(
        old.manifest,
        tables=entries,
        migrations=read_revisions(database, catalog.tables),
        masked=old.masked,
    )
    large_objects = bool(manifest.large_objects)
    rows = Rows(entries, manifest.sequences, manifest.materialized_views, large_objects)
    files = schema | finish(exporters, rows) | write_ranges(target, ranges, exporters)
    return replace(manifest, created_at=now(), files=dict(sorted(files.items())))
