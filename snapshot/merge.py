"""Merge: two snapshots that were made of one become one again, row by row."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from typing import Any

from snapshot.catalog import Definitions, Name
from snapshot.changes.checking import Result, TableRows, load
from snapshot.changes.merging import Choices, MergedRow, SideName, TableMerge
from snapshot.changes.model import Counts
from snapshot.changes.renumber import renumbered
from snapshot.changes.settling import with_origins
from snapshot.changes.shapes import (
    Sides,
    TablePlan,
    check_sides,
    schema_side,
    streams,
    table_plans,
)
from snapshot.changes.sources import SnapshotSide, snapshot_side
from snapshot.errors import SnapshotError
from snapshot.planning.steps import Rows, rows_in
from snapshot.postgres import embedded
from snapshot.postgres.connection import Connection, connected
from snapshot.postgres.scratch import scratch_database
from snapshot.postgres.urls import AnyUrl, url_text
from snapshot.progress import NO_PROGRESS, Progress
from snapshot.restorers.scratch import spelled_by_server
from snapshot.rewriting import write_again
from snapshot.safety.demands import refuse_unmasked
from snapshot.store.conflicts import Conflict
from snapshot.store.location import Directory, directory_of
from snapshot.store.manifest import LARGE_OBJECTS, Manifest
from snapshot.store.masked import Masked, of_both
from snapshot.store.reader import BLOCK_SIZE, SnapshotFiles
from snapshot.store.writer import NewSnapshot, new_snapshot


@dataclass(frozen=True, kw_only=True)
class MergeOptions:
    """Which three snapshots are merged, and where the result goes.

    `url` names a database of the server on which the result is checked: a new database is made
    there and dropped again. Without it that is the embedded server. `choices` settle conflicts.
    `renumber` names tables and the side whose new rows get other ids, where both added one id.
    `require_masked` demands that the result is masked: both sides are, by one policy and key.
    """

    base: str | Directory
    ours: str | Directory
    theirs: str | Directory
    directory: str | Directory
    url: AnyUrl | None = None
    choices: Choices = field(default_factory=dict)
    readable: bool | None = None  # None: as ours
    renumber: Mapping[Name, SideName] = field(default_factory=dict)
    require_masked: bool = False


@dataclass(frozen=True)
class MergeReport:
    """What came of a merge. With `conflicts` the directory holds ours, and cannot be restored."""

    directory: Directory
    manifest: Manifest
    conflicts: tuple[Conflict, ...]
    came: Mapping[Name, Counts]  # from theirs, by table
    notes: tuple[str, ...] = ()  # columns that may refer to what was renumbered

    def to_dict(self) -> dict[str, Any]:
        """What --json prints: values that json.dumps takes."""
        return {
            "directory": str(self.directory),
            "merged": not self.conflicts,
            "tables": [{**name._asdict(), **n._asdict()} for name, n in self.came.items()],
            "conflicts": [conflict.to_dict() for conflict in self.conflicts],
            "notes": list(self.notes),
        }


def merge_snapshots(options: MergeOptions, progress: Progress = NO_PROGRESS) -> MergeReport:
    """Merge what two snapshots made of a third, and write the result into a directory.

    Nothing is written that was not loaded into a server with all its constraints. Where the two
    contradict each other, ours is written with the conflicts in its manifest, and no command uses
    it. Raises UsageError (no snapshot there, or three that cannot be merged), SnapshotDamaged,
    DatabaseFailed if the server does not understand the schema, and SnapshotError without one.
    """
    with ExitStack() as stack:
        base, ours, theirs = (
            stack.enter_context(snapshot_side(place))
            for place in (options.base, options.ours, options.theirs)
        )
        sides = Sides(base, ours, theirs)
        check_sides(sides)
        mark = _mark(sides)
        place = directory_of(options.directory)
        as_it_will_be = replace(ours.manifest, masked=mark)
        refuse_unmasked(place, as_it_will_be, options.require_masked)
        readable = options.readable
        if readable is None:
            readable = ours.files.readable_by_others()
        target = stack.enter_context(new_snapshot(place, readable))
        same = None if options.choices or options.renumber else _same_as_one(sides)
        if same is not None:
            manifest = replace(same.manifest, created_at=_created_at(sides))
            return MergeReport(place, _copied(same.files, manifest, target), (), {})
        manifest, came, notes = _merged(sides, options, target, progress)
        return MergeReport(place, manifest, manifest.conflicts, came, notes)


def _same_as_one(sides: Sides) -> SnapshotSide | None:
    """The side that is the result, if the other changed nothing."""
    base, ours, theirs = (side.manifest for side in sides.three)
    if theirs.same_state(base) or theirs.same_state(ours):
        return sides.ours
    return sides.theirs if ours.same_state(base) else None


def _mark(sides: Sides) -> Masked | None:
    """What can be said of rows that come from both sides."""
    return of_both(sides.ours.files.masked, sides.theirs.files.masked)


def _subset(sides: Sides) -> str | None:
    ours, theirs = (side.manifest.subset for side in (sides.ours, sides.theirs))
    return ours if ours == theirs else None


def _created_at(sides: Sides) -> str:
    """Of the later one: so the result is the same whenever it is made."""
    return max(sides.ours.manifest.created_at, sides.theirs.manifest.created_at)


def _copied(files: SnapshotFiles, manifest: Manifest, target: NewSnapshot) -> Manifest:
    """Write a snapshot's files as they are, under another manifest."""
    for name in manifest.files:
        new = target.new_file(name)
        with files.open(name) as file:
            while block := file.read(BLOCK_SIZE):
                new.write(block)
        new.close()
    manifest = replace(manifest, folder="")
    target.seal(manifest)
    return manifest


def _merged(
    sides: Sides, options: MergeOptions, target: NewSnapshot, progress: Progress
) -> tuple[Manifest, Mapping[Name, Counts], tuple[str, ...]]:
    url = _server(options.url)

    def respelled(side: SnapshotSide) -> Definitions | None:
        with connected(url) as beside:
            return spelled_by_server(beside, url, side.files)

    progress.step("Comparing the schemas")
    schema, conflicts = schema_side(sides, options.choices, respelled)
    if conflicts:
        return _left_open(sides, conflicts, target), {}, ()
    merging = _Merging(sides, schema, options)
    with (
        scratch_database(url) as scratch,
        connected(scratch.url) as database,
        database.transaction(force_rollback=True),
    ):
        loaded = load(database, merging.result(), progress)
        if found := merging.conflicts(loaded.conflicts):
            return _left_open(sides, found, target), merging.came(), merging.notes
        manifest = _written(database, merging, loaded.rows, target, progress)
    return manifest, merging.came(), merging.notes


def _server(url: AnyUrl | None) -> str:
    if url is not None:
        return url_text(url)
    try:
        return embedded.running_database("postgres")
    except SnapshotError as error:
        raise type(error)(
            f"the result of a merge is checked by a server, and there is none: {error.message}",
            hint="give one with -d: a new database is made there and dropped again; "
            f"or {error.hint}",
        ) from error


def _left_open(sides: Sides, conflicts: Iterable[Conflict], target: NewSnapshot) -> Manifest:
    """Ours as it was, with the conflicts."""
    manifest = replace(
        sides.ours.manifest, conflicts=tuple(conflicts), created_at=_created_at(sides)
    )
    return _copied(sides.ours.files, manifest, target)


def _written(
    database: Connection,
    merging: _Merging,
    rows: Rows,
    target: NewSnapshot,
    progress: Progress,
) -> Manifest:
    """All files made anew from what the database holds; the schema as its side has it."""
    progress.step("Writing the result")
    files = merging.like
    planned = replace(files.manifest, tables=rows.tables, sequences=rows.sequences)
    written = write_again(database, replace(files, manifest=planned), target, progress)
    manifest = replace(written, created_at=_created_at(merging.sides), folder="")
    progress.step("Sealing the snapshot")
    target.seal(manifest)
    return manifest


class _Merging:
    """The merge of the tables, which is done as often as the rows are asked for."""

    def __init__(self, sides: Sides, schema: SideName, options: MergeOptions) -> None:
        self._choices = options.choices
        self._schema = sides.of(schema)
        self._other = sides.theirs if schema == "ours" else sides.ours
        self._plans, self._found = table_plans(sides, schema, options.choices)
        self.sides, self.notes = renumbered(sides, self._plans, options.renumber)
        self._merges: dict[Name, TableMerge] = {}
        self.like = replace(self._schema.files, manifest=self._manifest())

    def _manifest(self) -> Manifest:
        """The schema's side's, with the formats of ours."""
        tables = tuple(plan.entry for plan in self._plans)
        manifest = replace(
            self._schema.manifest,
            tables=tables,
            formats=self.sides.ours.manifest.formats,
            masked=_mark(self.sides),
            subset=_subset(self.sides),
        )
        large = next((p.only for p in self._plans if p.entry.name == LARGE_OBJECTS), None)
        if large is None:
            kept = manifest.large_objects
            return replace(manifest, large_objects=kept and 0, large_object_comments={})
        side = self.sides.of(large).manifest
        return replace(
            manifest,
            large_objects=side.large_objects,
            large_object_comments=side.large_object_comments,
        )

    def result(self) -> Result:
        """What is to be loaded."""
        manifest = self.like.manifest
        return Result(
            self._schema.files.schema(),
            rows_in(manifest),
            self._other.manifest.sequences,
            self._tables,
            {
                plan.entry.name: plan.shape.key or plan.shape.columns
                for plan in self._plans
                if plan.entry.name != LARGE_OBJECTS
            },
            lambda table, column: (table, (), column) in self._choices,
        )

    def conflicts(self, loaded: Iterable[Conflict]) -> tuple[Conflict, ...]:
        """All that was found: in tables, in rows, and by the server."""
        of_rows = [c for merge in self._merges.values() for c in merge.conflicts]
        checked = with_origins(self.sides, self._plans, list(loaded))
        return (*self._found, *of_rows, *checked)

    def came(self) -> dict[Name, Counts]:
        """How many rows came from theirs."""
        return {name: Counts(**merge.came) for name, merge in self._merges.items() if merge.came}

    def _tables(self) -> TableRows:
        for plan in self._plans:
            yield plan.entry, self._rows(plan)

    def _rows(self, plan: TablePlan) -> Iterator[MergedRow]:
        if plan.only is not None:
            yield from self._of_one(plan, plan.only)
            return
        merge = TableMerge(plan.shape, self._choices)
        self._merges[plan.entry.name] = merge
        found, keys = streams(self.sides, plan)
        yield from merge.rows(found, keys)

    def _of_one(self, plan: TablePlan, side: SideName) -> Iterator[MergedRow]:
        shape = plan.shape
        there = shape.ours if side == "ours" else shape.theirs
        if there is not None:
            missing = tuple(name for name in shape.columns if name not in there)
            names = [name for name in shape.columns if name in there]
            for line in self.sides.of(side).rows(shape.table, names, ()):
                yield MergedRow(line, missing)
