"""Verify: compare files with their manifest, and a database with a snapshot; status does so too."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

from snapshot.catalog import Catalog, Definitions, Name
from snapshot.planning.migrations import (
    bookkeeping,
    older,
    recorded,
    shown,
    told_apart,
    without_tables,
)
from snapshot.planning.schema_comparison import remedy
from snapshot.postgres.checksums import comparable
from snapshot.postgres.connection import Connection, connected, consistent_read, describe
from snapshot.postgres.identity import read_identity
from snapshot.postgres.introspect import count_rows, read_catalog, read_sizes
from snapshot.postgres.migrations import read_revisions
from snapshot.postgres.schema_dump import target_schema
from snapshot.postgres.sequences import read_sequences
from snapshot.postgres.urls import AnyUrl, url_text
from snapshot.progress import NO_PROGRESS, Progress
from snapshot.restorers.comparing import compare_schemas, second_look
from snapshot.restorers.transaction import content_differences
from snapshot.safety.history import Restored, known_words, last_restore
from snapshot.store.layout import SCHEMA_JSON
from snapshot.store.location import Directory, directory_of
from snapshot.store.manifest import FILE_NAME, LARGE_OBJECTS, Manifest, read_manifest
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
        }


def verify_snapshot(
    directory: str | Directory,
    url: AnyUrl | None = None,
    progress: Progress = NO_PROGRESS,
    expected_digest: str | None = None,
) -> VerifyReport:
    """Compare a snapshot's files with its manifest, and with `url` a database with the snapshot.

    `expected_digest` is the SHA-256 that the manifest must have, and with it the whole snapshot.
    Raises UsageError where there is no snapshot, SnapshotDamaged if its manifest cannot be read.
    """
    place = directory_of(directory)
    manifest, found = read_manifest(place)
    progress.step("Checking the files")
    damaged = tuple(check_files(place, manifest, whole=True))
    if expected_digest is not None and found != expected_digest.lower():
        damaged = (*damaged, f"{FILE_NAME}: its SHA-256 is {found}, not the one expected")
    if url is None or any(line.startswith(SCHEMA_JSON) for line in damaged):
        return VerifyReport(place, manifest, damaged)
    files = SnapshotFiles(place, manifest, found)
    conninfo = url_text(url)
    with connected(conninfo) as connection:
        differences, hint = database_differences(
            connection, conninfo, manifest, files.definitions, files, progress
        )
        return VerifyReport(
            place,
            manifest,
            damaged,
            describe(connection),
            tuple(differences),
            hint,
            sum(entry.checksum is None for entry in manifest.tables),
        )


class Differences(NamedTuple):
    """What differs, a line each, and what to do about it."""

    lines: list[str]
    remedy: str


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
        lines += differences_of_content(connection, manifest, catalog)
        hint = _KEPT if len(lines) == len(schemas.kept) else _REMEDY
        return Differences(lines, hint if lines else "")


def differences_of_content(
    connection: Connection, manifest: Manifest, catalog: Catalog
) -> list[str]:
    """Differences of rows, sequences and materialized views, where the schema is the same."""
    return [
        *_row_differences(connection, manifest, catalog),
        *_sequence_differences(connection, manifest, catalog),
        *_view_differences(manifest, catalog),
    ]


def _row_differences(connection: Connection, manifest: Manifest, catalog: Catalog) -> list[str]:
    encoding = manifest.source.encoding
    if not comparable(encoding, catalog.encoding):
        return [f"the encoding is {catalog.encoding}, the snapshot's {encoding}: not comparable"]
    lines = content_differences(connection, manifest, catalog.by_name)
    counted = [e for e in manifest.tables if e.checksum is None and e.name != LARGE_OBJECTS]
    present = [entry for entry in counted if entry.name in catalog.by_name]
    lines += [f"{e.name}: there is no such table" for e in counted if e not in present]
    counts = count_rows(connection, [catalog.by_name[entry.name] for entry in present])
    lines += [
        f"{entry.name}: {counts[entry.name]:,} rows, the snapshot has {entry.rows:,}"
        for entry in present
        if counts[entry.name] != entry.rows
    ]
    if manifest.large_object_comments != catalog.large_object_comments and manifest.complete:
        lines.append("comments of large objects are others")
    if manifest.large_objects is not None and manifest.large_objects != catalog.large_objects:
        lines.append(
            f"{catalog.large_objects:,} large objects, the snapshot has {manifest.large_objects:,}"
        )
    return lines


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


@dataclass(frozen=True)
class TableStatus:
    """Rows of a table, and its size on the server's disk in bytes, indexes included."""

    name: Name
    rows: int
    size: int


@dataclass(frozen=True)
class StatusReport:
    """Tables of a database, and the snapshot that this machine restored into it last."""

    database: str
    tables: tuple[TableStatus, ...]
    restored: Restored | None
    differences: tuple[str, ...]  # from what it was restored from
    remedy: str  # for them
    migrations: tuple[str, ...] = ()  # where their tools stand

    def to_dict(self) -> dict[str, Any]:
        """What --json prints, but for the database's URL: values that json.dumps takes."""
        restored = self.restored
        return {
            "target": self.database,
            "tables": [{**t.name._asdict(), "rows": t.rows, "size": t.size} for t in self.tables],
            "rows": sum(t.rows for t in self.tables),
            "migrations": list(self.migrations),
            "restored": None
            if restored is None
            else {
                "directory": str(restored.directory),
                "at": str(restored.at),
                "digest": restored.digest,
                "equal": not self.differences,
                "differences": list(self.differences),
                "remedy": self.remedy,
            },
        }


def database_status(url: AnyUrl, progress: Progress = NO_PROGRESS) -> StatusReport:
    """Count and measure the tables, and compare them with the snapshot they were restored from."""
    conninfo = url_text(url)
    with connected(conninfo) as connection:
        with consistent_read(connection):
            tables = read_catalog(connection).tables
            revisions = read_revisions(connection, tables)
            counts = count_rows(connection, tables)
            sizes = read_sizes(connection, list(counts))
            restored = last_restore(read_identity(connection).fingerprint)
        differences, hint = list[str](), ""
        if restored and restored.definitions is None:
            differences = ["not compared: an older version made the snapshot"]
            hint = "make it again with: snapshot create"
        elif restored:
            differences, hint = database_differences(
                connection, conninfo, restored.manifest, restored.definitions, progress=progress
            )
        status = tuple(TableStatus(name, counts[name], sizes[name]) for name in counts)
        stand = tuple(f"{shown(revision)} ({revision.tool})" for revision in revisions)
        return StatusReport(describe(connection), status, restored, tuple(differences), hint, stand)
