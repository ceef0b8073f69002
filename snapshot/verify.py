"""Verify: compare files with their manifest, and a database with a snapshot."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

from snapshot.catalog import Catalog, Definitions, Name
from snapshot.changes.comparing import compare_rows
from snapshot.changes.databases import DatabaseSide, side_of
from snapshot.changes.model import TableSummary
from snapshot.changes.printing import Printer
from snapshot.changes.sources import side_of_files
from snapshot.changes.summary import summaries
from snapshot.errors import SnapshotError
from snapshot.planning.migrations import (
    bookkeeping,
    older,
    recorded,
    told_apart,
    without_tables,
)
from snapshot.planning.schema_comparison import remedy
from snapshot.postgres.checksums import comparable
from snapshot.postgres.connection import Connection, connected, consistent_read, describe
from snapshot.postgres.identity import read_identity
from snapshot.postgres.introspect import count_rows, read_catalog
from snapshot.postgres.migrations import read_revisions
from snapshot.postgres.schema_dump import target_schema
from snapshot.postgres.sequences import read_sequences
from snapshot.postgres.urls import AnyUrl, url_text
from snapshot.progress import NO_PROGRESS, Progress
from snapshot.restorers.comparing import compare_schemas, second_look
from snapshot.restorers.transaction import content_differences
from snapshot.safety.demands import refuse_unmasked
from snapshot.store.history import known_words
from snapshot.store.layout import SCHEMA_JSON
from snapshot.store.location import Directory, directory_of
from snapshot.store.manifest import FILE_NAME, LARGE_OBJECTS, Manifest, read_manifest
from snapshot.store.masked import masked_document
from snapshot.store.reader import SnapshotFiles, check_files


@dataclass(frozen=True)
class VerifyReport:
    """Damaged files and differences of the database; both are empty if all is well."""

    directory: Directory
    manifest: Manifest
    damaged: tuple[str, ...]  # files
    database: str | None = None
    differences: tuple[str, ...] = ()  # of the database
    remedy: str = ""  # for them
    uncounted: int = 0  # tables of which only the rows could be counted: no checksum was kept

    @property
    def passed(self) -> bool:
        """No file is damaged, and the database equals the snapshot."""
        return not self.damaged and not self.differences

    def to_dict(self) -> dict[str, Any]:
        """What --json prints: values that json.dumps takes."""
        return {
            "directory": str(self.directory),
            "passed": self.passed,
            "files": len(self.manifest.files),
            "damaged": list(self.damaged),
            "target": self.database,
            "differences": list(self.differences),
            "remedy": self.remedy,
            "masked": masked_document(self.manifest.masked) if self.manifest.masked else None,
            "subset": self.manifest.subset,
        }


def verify_snapshot(
    directory: str | Directory,
    url: AnyUrl | None = None,
    progress: Progress = NO_PROGRESS,
    expected_digest: str | None = None,
    *,
    require_masked: bool = False,
    policy: str | Path | None = None,
) -> VerifyReport:
    """Compare a snapshot's files with its manifest, and with `url` a database with the snapshot.

    `expected_digest` is the SHA-256 that the manifest must have, and with it the whole snapshot.
    `require_masked` demands that it is masked, `policy` that it was by the policy in this file.
    Raises UsageError where there is no snapshot, SnapshotDamaged if its manifest cannot be read,
    Refused if it is not masked as demanded.
    """
    place = directory_of(directory)
    manifest, found = read_manifest(place)
    refuse_unmasked(place, manifest, require_masked, policy)
    progress.step("Checking the files")
    damaged = tuple(check_files(place, manifest, whole=True))
    if expected_digest is not None and found != expected_digest.lower():
        damaged = (*damaged, f"{FILE_NAME}: its SHA-256 is {found}, not the one expected")
    if url is None or any(line.startswith(SCHEMA_JSON) for line in damaged):
        return VerifyReport(place, manifest, damaged)
    files = SnapshotFiles(place, manifest, found)
    conninfo = url_text(url)
    with connected(conninfo) as connection:
        found_there = database_differences(
            connection, conninfo, manifest, files.definitions, files, progress
        )
        return VerifyReport(
            place,
            manifest,
            damaged,
            describe(connection),
            tuple(found_there.lines),
            found_there.remedy,
            sum(entry.checksum is None for entry in manifest.tables),
        )


class Differences(NamedTuple):
    """What differs: everything but the rows in lines, the rows in short; what to do about it."""

    others: list[str]
    remedy: str
    tables: Sequence[TableSummary] = ()
    rows: Sequence[str] = ()  # a line for each table

    @property
    def lines(self) -> list[str]:
        """All of it, a line each."""
        return [*self.others, *self.rows]


_KEPT = "a restore keeps these as they are; with --replace-schema it makes them the snapshot's"
_REMEDY = "snapshot restore brings it there; snapshot create takes it as the new state"


def database_differences(
    connection: Connection,
    url: str,
    manifest: Manifest,
    definitions: Definitions | None,
    files: SnapshotFiles | None = None,
    progress: Progress = NO_PROGRESS,
) -> Differences:
    """Differences between a database and a snapshot, one line each: schema, rows, sequences.

    Without `files`, servers of another major version may spell the same schema differently.
    """
    with consistent_read(connection) as exported:
        progress.step("Comparing the schema")
        with target_schema(connection, url, exported, manifest) as dump:
            catalog = read_catalog(connection)
            schemas = compare_schemas(connection, dump, manifest, definitions, catalog)
        if files and schemas.refused:
            known = known_words(read_identity(connection).fingerprint, files.digest)
            schemas = second_look(connection, url, schemas, files, catalog, known, may_make=False)
        stood, stands = recorded(manifest), read_revisions(connection, catalog.tables)
        lines = told_apart(stood, stands)
        lines += [str(difference) for difference in schemas.differences]
        if schemas.refused:
            return Differences(lines, remedy(schemas, older(stood, stands)))
        progress.step("Comparing the rows")
        if stood is not None:  # when a migration was applied is another time in each database
            manifest = without_tables(manifest, bookkeeping(manifest.tables), catalog)
        lines += _other_differences(connection, manifest, catalog)
        tables, rows = list[TableSummary](), row_differences(connection, manifest, catalog)
        if rows and files:
            found = replace(files, manifest=manifest)
            database = side_of(connection, url, exported, catalog)
            with suppress(SnapshotError):  # damaged files are named elsewhere
                tables = differing_tables(found, database, rows.keys(), progress)
            rows |= {table.name: described(table) for table in tables if table.counts}
        hint = _KEPT if len(lines) + len(rows) == len(schemas.kept) else _REMEDY
        return Differences(lines, hint if lines or rows else "", tables, [*rows.values()])


def differing_tables(
    files: SnapshotFiles,
    database: DatabaseSide,
    names: Collection[Name],
    progress: Progress = NO_PROGRESS,
) -> list[TableSummary]:
    """Those of the tables whose rows differ in a database from what a snapshot has."""
    with Printer() as printer:
        snapshot = side_of_files(files, printer, str(files.directory))
        comparison = compare_rows(snapshot, database, progress=progress)
        wanted = tuple(table for table in comparison.compared if table.name in names)
        return list(summaries(replace(comparison, compared=wanted)))


def described(table: TableSummary) -> str:
    """`customer ~3: customer_id 7; customer_id 9; customer_id 11`."""
    left = sum(table.counts or ()) - len(table.keys)
    more = f"; and {left:,} more" if table.keys and left > 0 else ""
    return str(table) + (": " + "; ".join(table.keys) + more if table.keys else "")


def differences_of_content(
    connection: Connection, manifest: Manifest, catalog: Catalog
) -> list[str]:
    """Differences of rows, sequences and materialized views, where the schema is the same."""
    rows = row_differences(connection, manifest, catalog)
    return [*rows.values(), *_other_differences(connection, manifest, catalog)]


def row_differences(
    connection: Connection, manifest: Manifest, catalog: Catalog
) -> dict[Name, str]:
    """The tables whose rows differ, each with a line; without checksums rows are only counted."""
    if not comparable(manifest.source.encoding, catalog.encoding):
        return {}
    found = content_differences(connection, manifest, catalog.by_name)
    counted = [e for e in manifest.tables if e.checksum is None and e.name != LARGE_OBJECTS]
    present = [entry for entry in counted if entry.name in catalog.by_name]
    found |= {e.name: f"{e.name}: there is no such table" for e in counted if e not in present}
    counts = count_rows(connection, [catalog.by_name[entry.name] for entry in present])
    return found | {
        entry.name: f"{entry.name}: {counts[entry.name]:,} rows, the snapshot has {entry.rows:,}"
        for entry in present
        if counts[entry.name] != entry.rows
    }


def _other_differences(connection: Connection, manifest: Manifest, catalog: Catalog) -> list[str]:
    lines = []
    encoding = manifest.source.encoding
    if not comparable(encoding, catalog.encoding):
        lines = [f"the encoding is {catalog.encoding}, the snapshot's {encoding}: not comparable"]
    elif manifest.large_object_comments != catalog.large_object_comments and manifest.complete:
        lines.append("comments of large objects are others")
    if manifest.large_objects not in (None, catalog.large_objects):
        lines.append(
            f"{catalog.large_objects:,} large objects, the snapshot has {manifest.large_objects:,}"
        )
    return [
        *lines,
        *_sequence_differences(connection, manifest, catalog),
        *_view_differences(manifest, catalog),
    ]


def _view_differences(manifest: Manifest, catalog: Catalog) -> list[str]:
    here, there = set(manifest.materialized_views), set(catalog.materialized_views)
    return [
        f"materialized view {view} is populated, the snapshot's is not"
        for view in sorted(there - here)
        if view.schema in manifest.schemas
    ] + [
        f"materialized view {view} is not populated, the snapshot's is"
        for view in sorted(here - there)
    ]


def _sequence_differences(
    connection: Connection, manifest: Manifest, catalog: Catalog
) -> list[str]:
    names = {sequence.name for sequence in catalog.sequences}
    # nothing else is read under the name of one: a view could have it
    present = [sequence for sequence in manifest.sequences if sequence.name in names]
    missing = [sequence for sequence in manifest.sequences if sequence.name not in names]
    current = read_sequences(connection, [sequence.name for sequence in present])
    return [f"missing in the target: sequence {sequence.name}" for sequence in missing] + [
        f"sequence {there.name} stands at {there.last_value}"
        f"{'' if there.is_called else ' (not called)'}, the snapshot has {here.last_value}"
        f"{'' if here.is_called else ' (not called)'}"
        for here, there in zip(present, current, strict=True)
        if here != there
    ]
