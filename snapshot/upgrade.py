"""Upgrade: the project's own migrations bring a snapshot to the newest schema.

It is restored into a scratch database, migrated there by the command that migrates every other
database of the project, and created again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, NamedTuple

from snapshot.catalog import Catalog, Definitions, Name, Revision
from snapshot.create import CreateOptions, CreateReport, write_snapshot
from snapshot.errors import CommandFailed, DatabaseFailed, Refused
from snapshot.exporters.sums import with_checksums
from snapshot.planning.migrations import bookkeeping
from snapshot.planning.schema_comparison import Difference
from snapshot.planning.selection import EVERYTHING, Selection, exactly
from snapshot.postgres.commands import run_command
from snapshot.postgres.connection import Connection, connected, consistent_read, describe
from snapshot.postgres.copying import large_objects_table
from snapshot.postgres.introspect import count_rows, read_catalog
from snapshot.postgres.migrations import read_revisions
from snapshot.postgres.schema_dump import read_definitions, target_schema
from snapshot.postgres.scratch import Scratch, scratch_database
from snapshot.postgres.urls import AnyUrl, scheme_of, url_text
from snapshot.progress import NO_PROGRESS, Progress
from snapshot.restorers.comparing import compare_schemas
from snapshot.restorers.parallel import fill
from snapshot.restorers.transaction import content_differences
from snapshot.safety.demands import refuse_unmasked
from snapshot.safety.guard import Guard, read_target, refuse_if_objected
from snapshot.store.location import Directory, directory_of
from snapshot.store.manifest import LARGE_OBJECTS, Manifest, digest
from snapshot.store.reader import SnapshotFiles, open_snapshot
from snapshot.verify import differences_of_content


@dataclass(frozen=True)
class UpgradeOptions:
    """Which snapshot, and the command that migrates a database.

    `url` names a database of the server on which the scratch database is made; that one is not
    changed, but the command gets its server and login, so the `guard` must not object to it. With
    `check` nothing is written. `jobs` is the number of sessions. `require_masked` demands a
    snapshot that is masked, `policy` one that was by the policy in this file.
    """

    url: AnyUrl
    directory: str | Directory
    command: str
    check: bool = field(default=False, kw_only=True)
    jobs: int = field(default=2, kw_only=True)
    guard: Guard = field(default_factory=Guard, kw_only=True)
    require_masked: bool = field(default=False, kw_only=True)
    policy: str | Path | None = field(default=None, kw_only=True)

    @property
    def conninfo(self) -> str:
        """The URL as text."""
        return url_text(self.url)

    @property
    def place(self) -> Directory:
        """The directory, if it was given as text too."""
        return directory_of(self.directory)


class TableChange(NamedTuple):
    """A table with other rows than before. None: there is no such table."""

    name: Name
    before: int | None
    after: int | None

    def __str__(self) -> str:
        before, after = self.before or 0, self.after or 0
        if self.before is None:
            return f"{self.name}: {after:,} rows, in a new table"
        if self.after is None:
            return f"{self.name}: {before:,} rows lost with the table"
        if before == after:
            return f"{self.name}: {after:,} rows, of which some have another content"
        lost = f", {before - after:,} of them lost" if self.lost else ""
        return f"{self.name}: {before:,} → {after:,} rows{lost}"

    @property
    def lost(self) -> bool:
        """It is gone, or has fewer rows."""
        return self.before is not None and (self.after is None or self.after < self.before)


@dataclass(frozen=True)
class UpgradeReport:
    """What the migrations changed; without `differences` the snapshot was up to date."""

    directory: Directory
    manifest: Manifest  # of the snapshot that is there now
    before: tuple[Revision, ...]
    after: tuple[Revision, ...]
    differences: tuple[str, ...]  # between the snapshot and the migrated database, a line each
    tables: tuple[TableChange, ...]
    written: bool
    notes: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """What --json prints, but for the command: values that json.dumps takes."""
        now = {revision.table: revision for revision in self.after}
        was = {revision.table: revision for revision in self.before}
        return {
            "directory": str(self.directory),
            "up_to_date": not self.differences,
            "written": self.written,
            "revisions": [
                {
                    "tool": (now.get(table) or was[table]).tool,
                    "before": was[table].at if table in was else None,
                    "after": now[table].at if table in now else None,
                }
                for table in sorted({*was, *now})
            ],
            "differences": list(self.differences),
            "tables": [
                {**t.name._asdict(), "rows_before": t.before, "rows_after": t.after, "lost": t.lost}
                for t in self.tables
            ],
            "notes": list(self.notes),
        }


def upgrade_snapshot(
    options: UpgradeOptions,
    progress: Progress = NO_PROGRESS,
    said: Callable[[str], None] = lambda line: None,
) -> UpgradeReport:
    """Restore a snapshot into a scratch database, run a command on it, and create it again.

    The command finds the database in DATABASE_URL and in libpq's variables; `said` gets the lines
    that it prints. The snapshot is replaced at once, or not at all, and stays as it is if the
    command changed nothing. Raises CommandFailed if the command failed, left no rows, or worked on
    another database; TargetProtected; Refused if the snapshot would become another one by the way;
    and what opening, restoring and creating a snapshot raise.
    """
    progress.step("Checking the files")
    source = open_snapshot(options.place)
    refuse_unmasked(options.place, source.manifest, options.require_masked, options.policy)
    with connected(options.conninfo) as beside:
        refuse_if_objected(read_target(beside), options.guard, describe(beside))
    with scratch_database(options.conninfo) as scratch:
        _refuse_another_kind(source.manifest, scratch, options)
        _restore(scratch, source, options, progress)
        before = _look(scratch, source, progress)
        _migrate(scratch, options, progress, said)
        changes = _compare(scratch, before, progress)
        _refuse_if_empty(before, changes, options)
        created = None
        if changes.differences and not options.check:
            created = _create_again(scratch, source, before, changes, options, progress)
    return UpgradeReport(
        options.place,
        created.manifest if created else source.manifest,
        before.revisions,
        changes.revisions,
        tuple(changes.differences),
        tuple(changes.tables),
        created is not None,
        tuple(_notes(source, changes, created)) if created else (),
    )


class _Before(NamedTuple):
    """The restored snapshot, as this server sees it. `manifest` has all checksums."""

    manifest: Manifest
    definitions: Definitions
    revisions: tuple[Revision, ...]
    left_out: frozenset[Name]  # tables whose rows the snapshot does not take


class _Changes(NamedTuple):
    """What the command made of it."""

    catalog: Catalog
    rows: Mapping[Name, int]
    revisions: tuple[Revision, ...]
    differences: Sequence[str]
    tables: Sequence[TableChange]


def _refuse_another_kind(manifest: Manifest, scratch: Scratch, options: UpgradeOptions) -> None:
    """A new version, or another encoding, is not something that happens by the way."""
    made, here = manifest.source.server_version // 10000, scratch.server_version // 10000
    if made != here and not options.check:
        raise Refused(
            f"{options.place} is of PostgreSQL {made}, and would become one of {here}",
            hint=f"give a server of version {made} with -d: a new database is made there and "
            "dropped again, no other is touched",
        )
    if manifest.source.encoding != scratch.encoding:
        raise Refused(
            f"{options.place} is in {manifest.source.encoding}, and a new database on "
            f"{scratch.server} would be in {scratch.encoding}",
            hint="give a database of that encoding with -d: a new one is made like it",
        )


def _restore(
    scratch: Scratch, source: SnapshotFiles, options: UpgradeOptions, progress: Progress
) -> None:
    try:
        fill(scratch.url, source, options.jobs, verify=True, progress=progress)
    except DatabaseFailed as error:
        raise DatabaseFailed(
            f"the snapshot cannot be restored on this server: {error.message}",
            hint="nothing was changed; give a server that has the project's extensions and roles "
            "with -d: a new database is made there and dropped again, no other is touched",
            details=error.details,
        ) from error
    scratch.take_settings()


def _look(scratch: Scratch, source: SnapshotFiles, progress: Progress) -> _Before:
    """What the scratch database holds before the command: all of it is the snapshot's."""
    progress.step("Reading the schema")
    manifest = source.manifest
    with connected(scratch.url) as connection, consistent_read(connection) as exported:
        catalog = read_catalog(connection)
        entries = manifest.tables
        if any(entry.checksum is None for entry in entries):
            by_name = {**catalog.by_name, LARGE_OBJECTS: large_objects_table()}
            tables = [by_name[entry.name] for entry in entries]
            entries, _ = with_checksums(connection, tables, entries, manifest.source.encoding)
        schemas = tuple(sorted({*manifest.schemas, *catalog.schemas}))
        whole = replace(manifest, complete=True, schemas=schemas, tables=entries)
        like = source.definitions or {}
        definitions = read_definitions(connection, scratch.url, exported, whole, like)
        left_out = catalog.by_name.keys() - {entry.name for entry in entries}
        revisions = read_revisions(connection, catalog.tables)
    unknown = bookkeeping(catalog.by_name[name] for name in left_out)
    if unknown:
        names = ", ".join(map(str, sorted(unknown)))
        raise Refused(
            f"{source.directory} was made without the rows of {names}: which migrations it has "
            "is not known",
            hint="make it again with them: snapshot create",
        )
    return _Before(whole, definitions, revisions, frozenset(left_out))


def _migrate(
    scratch: Scratch, options: UpgradeOptions, progress: Progress, said: Callable[[str], None]
) -> None:
    """Run the command. One that never connects works on another database, or on none."""
    counted = scratch.sessions()
    progress.step(f"Running {options.command}")
    run_command(options.command, scratch.parameters, scheme_of(options.conninfo), said)
    if counted is not None and scratch.sessions() == counted:
        raise CommandFailed(
            f"{options.command} did not connect to the database that it was given",
            hint="let it take its database from DATABASE_URL, or from PGHOST, PGPORT, PGUSER, "
            "PGPASSWORD and PGDATABASE; it may have changed the one that it took instead",
        )


def _compare(scratch: Scratch, before: _Before, progress: Progress) -> _Changes:
    progress.step("Comparing the schema")
    manifest, own = before.manifest, bookkeeping(before.manifest.tables)
    with connected(scratch.url) as connection, consistent_read(connection) as exported:
        with target_schema(connection, scratch.url, exported, manifest) as dump:
            catalog = read_catalog(connection)
            schema = compare_schemas(connection, dump, manifest, before.definitions, catalog)
        progress.step("Comparing the rows")
        rows = count_rows(connection, catalog.tables)
        tables = _tables(connection, before, catalog, rows)
        differences = [_told(difference) for difference in schema.differences]
        differences += [str(table) for table in tables]
        if not schema.refused:
            rest = tuple(e for e in manifest.tables if e.name in own or e.name == LARGE_OBJECTS)
            rest_of_it = replace(manifest, tables=rest)
            differences += differences_of_content(connection, rest_of_it, catalog)
        revisions = read_revisions(connection, catalog.tables)
    return _Changes(catalog, rows, revisions, differences, tables)


def _told(difference: Difference) -> str:
    if difference.target is None:
        return f"removed: {difference.what}"
    if difference.snapshot is None:
        return f"added: {difference.what}"
    before, after = (value or "nothing" for value in (difference.snapshot, difference.target))
    return f"changed: {difference.what}: {before} → {after}"


def _tables(
    connection: Connection, before: _Before, catalog: Catalog, rows: Mapping[Name, int]
) -> list[TableChange]:
    """The tables whose rows are others: in number, or in the columns that were there before.

    Without those of migration tools: the revisions say what is in them.
    """
    entries = {e.name: e for e in before.manifest.tables if e.name != LARGE_OBJECTS}
    own = {*bookkeeping(catalog.tables), *bookkeeping(entries.values()), *before.left_out}
    found = []
    for name in sorted({*entries, *rows} - own):
        entry = entries.get(name)
        was, now = entry.rows if entry else None, rows.get(name)
        alone = replace(before.manifest, tables=(entry,) if entry else ())
        if was != now or (was and _other_content(connection, alone, catalog)):
            found.append(TableChange(name, was, now))
    return found


def _other_content(connection: Connection, alone: Manifest, catalog: Catalog) -> bool:
    """Whether the columns that a table had are all there, and hold something else."""
    [entry] = alone.tables
    stored = {column.name for column in catalog.by_name[entry.name].stored}
    if not {column.name for column in entry.columns} <= stored:
        return False
    return bool(content_differences(connection, alone, catalog.by_name))


def _refuse_if_empty(before: _Before, changes: _Changes, options: UpgradeOptions) -> None:
    own = bookkeeping(before.manifest.tables)
    rows = sum(entry.rows for entry in before.manifest.tables if entry.name not in own)
    now = bookkeeping(changes.catalog.tables)
    if rows and not sum(count for name, count in changes.rows.items() if name not in now):
        raise CommandFailed(
            f"{options.command} left no rows, the snapshot has {rows:,}",
            hint="the snapshot is as it was; give the command that brings a database with rows to "
            "the newest schema, not one that makes it anew",
        )


def _create_again(
    scratch: Scratch,
    source: SnapshotFiles,
    before: _Before,
    changes: _Changes,
    options: UpgradeOptions,
    progress: Progress,
) -> CreateReport:
    """Write the scratch database over the snapshot, in the way in which that was written."""
    if digest(options.place) != source.digest:
        raise Refused(
            f"{options.place} holds another snapshot than when this command began",
            hint="nothing was changed; run the command again",
        )
    manifest = source.manifest
    return write_snapshot(
        CreateOptions(
            scratch.url,
            options.place,
            unmasked=True,  # the mark of the snapshot stays
            formats=manifest.formats,
            selection=_selection(manifest, before, changes.catalog),
            checksums=all(entry.checksum is not None for entry in manifest.tables),
            with_privileges=any(d.owner for d in before.definitions.values()),
            readable=source.readable_by_others(),
            jobs=options.jobs,
            with_publications=bool(manifest.publications),
            origin=manifest,
        ),
        progress,
    )


def _selection(manifest: Manifest, before: _Before, catalog: Catalog) -> Selection:
    """What is taken: all that is there, but for the tables whose rows were left out before."""
    if manifest.complete:
        return EVERYTHING
    left_out = sorted(before.left_out & catalog.by_name.keys())
    return Selection(
        schemas=tuple(map(exactly, catalog.schemas)),
        exclude_tables=tuple(exactly(".".join(name)) for name in left_out),
    )


def _notes(source: SnapshotFiles, changes: _Changes, created: CreateReport) -> list[str]:
    """What the manifest could not say, and what create has to say."""
    notes = [f"{name} is not part of a snapshot" for name in created.left_out]
    notes += created.notes
    if source.definitions is None:
        notes.append("an older version made the snapshot: owners and privileges are left out")
    if not source.manifest.complete:
        notes += [
            f"the snapshot is of a part of a database; {name} is new, and its rows are taken along"
            for name, before, _ in changes.tables
            if before is None
        ]
    return notes
