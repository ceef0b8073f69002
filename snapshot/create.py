"""Create: a consistent, ordered copy of a database goes into a directory."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack, nullcontext, suppress
from dataclasses import KW_ONLY, dataclass, replace
from typing import TYPE_CHECKING, Any

from snapshot.catalog import Catalog
from snapshot.changes.model import ChangesSince
from snapshot.errors import Refused, SnapshotError
from snapshot.exporters.archive import ArchiveExporter, Workers
from snapshot.exporters.base import Exporter, Structure
from snapshot.exporters.description import describe, describe_source
from snapshot.exporters.json import JsonExporter
from snapshot.exporters.sql import SqlExporter, write_schema
from snapshot.exporters.sums import (
    CHECKSUMS_UP_TO,
    Sums,
    summed_beside,
    with_checksums,
    write_ranges,
)
from snapshot.planning.ordering import load_order
from snapshot.planning.selection import EVERYTHING, Selection, excluded_schemas, select
from snapshot.planning.steps import Rows
from snapshot.postgres.connection import (
    Connection,
    connected,
    consistent_read,
    plan_for_order,
)
from snapshot.postgres.copying import large_objects_table
from snapshot.postgres.environment import is_production, read_environment
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
from snapshot.postgres.messages import discreet, is_discreet
from snapshot.postgres.migrations import read_revisions
from snapshot.postgres.psql import SharedRead
from snapshot.postgres.schema_dump import schema_dump
from snapshot.postgres.sequences import read_sequences
from snapshot.postgres.urls import AnyUrl, url_text
from snapshot.progress import NO_PROGRESS, Progress
from snapshot.store.history import Restored, remember_create
from snapshot.store.location import Directory, directory_of
from snapshot.store.manifest import (
    FileEntry,
    Manifest,
    TableEntry,
    manifest_document,
    read_manifest,
)
from snapshot.store.ranges import RangeSums
from snapshot.store.reader import SnapshotFiles, open_rows
from snapshot.store.writer import NewSnapshot, new_snapshot

if TYPE_CHECKING:
    from snapshot.masking.policy import Policy
    from snapshot.masking.session import AppliedPolicy

DEFAULT_FORMATS = ("sql", "json")
DEFAULT_LEVEL = 1
NEEDS_SHOWN = 5  # of what a schema that is left out is needed for


@dataclass(frozen=True)
class CreateOptions:
    """What to read, and how to write it.

    `formats` are some of sql, json and archive. `selection` says which schemas and tables.
    `checksums` are computed beyond a million rows too. `readable` lets others read the files; else
    those with rows are the user's alone (0600). `jobs` sessions read large tables side by side,
    into an archive; the workers of a Dask cluster do, if its URL is the `scheduler`. `level` is the
    archive's compression: zstd's -7 to 19.

    `mask` is the path of a policy by which the rows are masked; by the one of `subset` only rows
    are chosen. With `ephemeral_key` the key is one
    that is forgotten afterwards; `new_key` allows another one than the directory's snapshot has;
    `prove` restores the result before it is sealed; without `scan` nobody looks for originals in
    it. `unmasked` permits an unmasked snapshot of a database that is marked as production.
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
    origin: Manifest | None = None  # of what the database was restored from: source and mark stay
    mask: str | None = None
    subset: str | None = None
    unmasked: bool = False
    ephemeral_key: bool = False
    new_key: bool = False
    prove: bool = False
    scan: bool = True

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
    fingerprint: str  # of the database
    left_out: tuple[
        str, ...
    ] = ()  # objects that snapshots do not take: publications, subscriptions
    notes: tuple[str, ...] = ()  # what did not work and does no harm, and what a restore needs
    changes: ChangesSince | None = None  # from the snapshot that it replaces

    def to_dict(self) -> dict[str, Any]:
        """What --json prints, but for the database's URL: values that json.dumps takes."""
        return {
            "directory": str(self.directory),
            "changed": self.changed,
            "rows": self.manifest.rows,
            "left_out": list(self.left_out),
            "notes": list(self.notes),
            "changes": self.changes.to_dict() if self.changes else None,
            "manifest": manifest_document(self.manifest),
        }


def create_snapshot(options: CreateOptions, progress: Progress = NO_PROGRESS) -> CreateReport:
    """Write a consistent, ordered copy of a database into a directory, and remember that it is it.

    Raises ConnectionFailed, DatabaseFailed, UsageError (a pattern that matches nothing) and Refused
    (the directory holds something else, or the database is marked as production and it was not said
    whether the rows are masked); the directory is then as it was.
    """
    report = write_snapshot(options, progress)
    if options.selection.everything:
        with suppress(SnapshotError, OSError):  # the snapshot stands
            manifest, sealed = read_manifest(options.place)
            definitions = SnapshotFiles(options.place, manifest).definitions
            created = Restored(options.place, sealed, manifest, definitions)
            remember_create(report.fingerprint, created)
    return report


def _refuse_production(source: Connection) -> None:
    environment = read_environment(source)
    if is_production(environment):
        raise Refused(
            f"the database says of itself: environment: {environment}; its rows are not written "
            "without a word on masking",
            hint="mask them with --mask FILE, or write them as they are with --unmasked",
        )


def write_snapshot(options: CreateOptions, progress: Progress = NO_PROGRESS) -> CreateReport:
    """The same, of which nothing is remembered: raises what create_snapshot() raises."""
    wanted = _policy(options)
    with (
        discreet() if options.mask else nullcontext(),
        connected(options.conninfo) as source,
        new_snapshot(options.place, options.readable) as target,
        ExitStack() as stack,
    ):
        if options.mask is None and not options.unmasked:
            _refuse_production(source)
        with consistent_read(source) as exported:
            # a URL may lead to several servers; workers of a cluster find theirs by the URL itself
            url = options.conninfo if options.scheduler else pinned_url(source, options.conninfo)
            read = SharedRead(url, exported, source.info.server_version, is_discreet())
            structure = _read_structure(options, source, read, progress, wanted)
            policy = _applied(wanted, options, source, structure, progress, stack)
            structure = policy.structure if policy else structure
            schema, post_data = write_schema(target, structure.schema)
            workers = Workers(read, options.jobs, options.scheduler)
            exporters = make_exporters(options.formats, target, options.level, workers)
            with summed_beside(read, structure, options.checksums) as known:
                entries = write_rows(source, structure, exporters, progress, policy)
                entries, ranges = _sums(options, source, structure, entries, known, progress)
            rows = _rows(source, structure.catalog, entries, policy)
            files = schema | finish(exporters, rows) | write_ranges(target, ranges, exporters)
            manifest = replace(
                _described(options, source, structure, rows),
                post_data=post_data,
                relations=count_relations(source),
                publications=read_publications(source) if options.with_publications else (),
                migrations=read_revisions(source, structure.tables),
                files=dict(sorted(files.items())),
            )
            if policy:
                manifest = policy.marked(manifest, target, progress)
            notes = (*_notes(source, structure), *(policy.notes if policy else ()))
            taken = {f"publication {name}" for name in manifest.publications}
            left_out = tuple(name for name in read_left_out(source) if name not in taken)
            fingerprint = read_identity(source).fingerprint
        # from here on nothing is asked of the server: a lost connection leaves the old snapshot
        progress.step("Sealing the snapshot")
        changes = _changes_since(options, target, manifest)
        changed = target.seal(manifest)
        notes = (*notes, *target.notes)
        return CreateReport(options.place, manifest, changed, fingerprint, left_out, notes, changes)


def _policy(options: CreateOptions) -> Policy | None:
    """The policy of --mask or --subset. Raises UsageError if it cannot be read, or applied."""
    path = options.mask or options.subset
    if path is None:
        return None
    from snapshot.masking import require_extra

    require_extra()
    from snapshot.masking.policy import read_policy

    return read_policy(path)


def _applied(
    policy: Policy | None,
    options: CreateOptions,
    source: Connection,
    structure: Structure,
    progress: Progress,
    stack: ExitStack,
) -> AppliedPolicy | None:
    """What masks and subset make of the structure; None without a policy."""
    if policy is None:
        return None
    from snapshot.masking.session import apply_policy

    return apply_policy(policy, options, source, structure, progress, stack)


def _sums(
    options: CreateOptions,
    source: Connection,
    structure: Structure,
    entries: tuple[TableEntry, ...],
    known: Callable[[], Sums],
    progress: Progress,
) -> tuple[tuple[TableEntry, ...], Sequence[RangeSums]]:
    if not options.checksums and sum(entry.rows for entry in entries) > CHECKSUMS_UP_TO:
        return entries, ()
    progress.step("Computing checksums")
    # of rewritten rows the server knows nothing: who made them computed their checksums
    made = {entry.name: entry.checksum for entry in entries if entry.name in structure.rewriters}
    encoding, rows = structure.catalog.encoding, structure.sources
    return with_checksums(source, structure.tables, entries, encoding, rows, {**known(), **made})


def _changes_since(
    options: CreateOptions, target: NewSnapshot, manifest: Manifest
) -> ChangesSince | None:
    """What differs from the snapshot that is replaced; None if there is none that can be read."""
    with suppress(SnapshotError, OSError):
        old = open_rows(options.place)
        if not old.edited and old.manifest.same_state(manifest):
            return ChangesSince(old.manifest.created_at)
        from snapshot.changes.comparing import compare
        from snapshot.changes.printing import Printer
        from snapshot.changes.sources import side_of_files
        from snapshot.changes.summary import changes_since

        new = SnapshotFiles(target.files, manifest)
        with Printer() as printer:
            a, b = side_of_files(old, printer, "before"), side_of_files(new, printer, "now")
            return changes_since(compare(a, b), old.manifest.created_at)
    return None


def _notes(source: Connection, structure: Structure) -> list[str]:
    left_out = [
        f"options of the {mapping} are left out: they may hold a password; "
        "set them where you restore it"
        for mapping in read_secrets(source)
    ]
    return left_out + [
        f"schema {schema} is left out, but {'; '.join(needs[:NEEDS_SHOWN])}"
        + (f"; and {len(needs) - NEEDS_SHOWN} more" if len(needs) > NEEDS_SHOWN else "")
        + ": restore into a database that has it, or take it along"
        for schema, needs in read_leading_out(source, structure.left_out).items()
    ]


def _read_structure(
    options: CreateOptions,
    source: Connection,
    read: SharedRead,
    progress: Progress,
    policy: Policy | None,
) -> Structure:
    """Read catalog and schema, and lock the tables."""
    progress.step("Reading the catalog")
    whole = read_catalog(source)
    catalog = select(whole, options.selection)
    left_out = excluded_schemas(whole, options.selection)
    with schema_dump(source, read, left_out) as dump:
        order = load_order(catalog.by_name, catalog.foreign_keys)
        lock_tables(source, catalog.tables)
        progress.step("Reading the schema")
        schema = dump.result(
            options.with_privileges,
            read_internal_options(source),
            options.with_publications,
            with_comments=policy is None or policy.schema.comments == "keep",
        )
    plan_for_order(source)
    tables = [catalog.by_name[name] for name in order.tables]
    if catalog.large_objects:
        tables.append(large_objects_table())
    return Structure(catalog, order, schema, tuple(tables), left_out)


def make_exporters(
    formats: Sequence[str], target: NewSnapshot, level: int, workers: Workers | None
) -> list[Exporter]:
    """One for each format. The archive is the last: its entries say most about the tables."""
    makers: dict[str, Callable[[], Exporter]] = {
        "sql": lambda: SqlExporter(target),
        "json": lambda: JsonExporter(target),
        "archive": lambda: ArchiveExporter(target, level, workers),
    }
    return [maker() for name, maker in makers.items() if name in formats]


def write_rows(
    source: Connection,
    structure: Structure,
    exporters: Sequence[Exporter],
    progress: Progress,
    policy: AppliedPolicy | None = None,
) -> tuple[TableEntry, ...]:
    """Write the rows of all tables in every format; returns the tables' entries."""
    progress.expect(len(exporters) * sum(table.estimated_rows for table in structure.tables))
    entries: tuple[TableEntry, ...] = ()
    for number, exporter in enumerate(exporters):
        exporter.begin(policy.for_pass(number) if policy else structure)
        entries = exporter.write_rows(source, progress)
    return policy.settled(entries) if policy else entries


def _rows(
    source: Connection,
    catalog: Catalog,
    entries: tuple[TableEntry, ...],
    policy: AppliedPolicy | None = None,
) -> Rows:
    # after the rows: sequences go on, and must not be behind the rows
    sequences = read_sequences(source, [sequence.name for sequence in catalog.sequences])
    if policy:
        sequences = policy.sequences(source, sequences)
    return Rows(entries, sequences, catalog.materialized_views, catalog.large_objects > 0)


def finish(exporters: Sequence[Exporter], rows: Rows) -> dict[str, FileEntry]:
    files: dict[str, FileEntry] = {}
    for exporter in exporters:
        files |= exporter.finish(rows)
    return files


def _described(
    options: CreateOptions, source: Connection, structure: Structure, rows: Rows
) -> Manifest:
    origin = options.origin
    where = describe_source(source, structure.catalog, origin.source if origin else None)
    manifest = describe(structure, rows, where, options.formats, options.selection.everything)
    return replace(manifest, masked=origin.masked, subset=origin.subset) if origin else manifest
