"""What a restore finds in its target: rows that go, rows that differ, what is in the way."""

from __future__ import annotations

from dataclasses import replace

from snapshot.catalog import Catalog, Name, Table
from snapshot.changes.comparing import compare_rows
from snapshot.changes.databases import DatabaseSide
from snapshot.changes.printing import Printer
from snapshot.changes.sources import side_of_files
from snapshot.changes.summary import summaries
from snapshot.planning.incremental import skipped
from snapshot.planning.restore_plan import NO_DROPS, Drops, PlanOptions, TargetState
from snapshot.postgres.checksums import comparable
from snapshot.postgres.connection import Connection, describe
from snapshot.postgres.introspect import (
    count_relations,
    count_rows,
    read_drops,
    read_filled,
    read_indexes,
)
from snapshot.postgres.migrations import read_revisions
from snapshot.store.manifest import Manifest
from snapshot.store.reader import SnapshotFiles


def read_state(
    target: Connection, manifest: Manifest, catalog: Catalog, drops: Drops
) -> TargetState:
    """The target as it is, without a look at its rows but whether there are any."""
    going = emptied(manifest, catalog, drops)
    filled = read_filled(target, going)
    return TargetState(
        target.info.dbname,
        describe(target),
        catalog,
        count_relations(target),
        {t.name: max(1, t.estimated_rows) if t.name in filled else 0 for t in going},
        read_indexes(target),
        revisions=read_revisions(target, catalog.tables),
    )


def emptied(manifest: Manifest, catalog: Catalog, drops: Drops) -> list[Table]:
    """The tables whose rows go."""
    if drops is NO_DROPS:
        return [catalog.by_name[e.name] for e in manifest.tables if e.name in catalog.by_name]
    return [table for table in catalog.tables if table.name.schema in drops.schemas]


def with_changes(state: TargetState, files: SnapshotFiles, database: DatabaseSide) -> TargetState:
    """Compare the rows, as somebody will look at the plan; what was summed up is counted, too."""
    equal = skipped(state.fates)
    changes: dict[Name, tuple[int, int, int] | None] = {}
    if comparable(files.manifest.source.encoding, database.encoding):
        with Printer() as printer:
            snapshot = side_of_files(files, printer, str(files.directory))
            comparison = compare_rows(database, snapshot, every_table=True)
            read = (t for t in comparison.compared if t.name not in equal)
            summed = tuple(t for t in read if snapshot.summed_up(t.name))
            found = [*summaries(replace(comparison, compared=summed))]
        changes = {table.name: (0, 0, 0) for table in summed}
        changes |= {table.name: table.counts for table in found}
    changes |= dict.fromkeys(equal, (0, 0, 0))
    counted = {n: database.counted[n] for n in state.deleted if n in database.counted}
    others = [
        state.catalog.by_name[n] for n in state.deleted if n not in counted and n not in equal
    ]
    deleted = {**state.deleted, **counted, **count_rows(database.connection, others)}
    return replace(state, deleted=deleted, changes=changes)


def read_what_drops(
    target: Connection, manifest: Manifest, catalog: Catalog, options: PlanOptions
) -> Drops:
    """What makes room for the snapshot's schema, if that replaces the target's."""
    if not options.replace_schema:
        return NO_DROPS
    schemas, extensions = manifest.schemas, list[str]()
    if options.also_drop:
        schemas = tuple(sorted({*schemas, *options.also_drop}))
        extensions = [e.name for e in catalog.extensions if e.name not in manifest.extensions]
    return Drops(schemas, tuple(read_drops(target, schemas, extensions, manifest.publications)))
