"""Two sides compared: schema, sequences, and the rows of each table in turn."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import NamedTuple

from snapshot.catalog import LEDGER, Definitions, Name, Revision
from snapshot.changes.databases import DatabaseSide
from snapshot.changes.differ import Pair, as_change, counted, differing_lines
from snapshot.changes.keys import checked, key_reader
from snapshot.changes.lines import in_order
from snapshot.changes.model import Change, ComparedTable, Counts, TableChanges, title
from snapshot.changes.narrowing import Differing
from snapshot.changes.schemas import NOT_COMPARED, SchemaDifferences, schema_differences
from snapshot.changes.sources import Side, SideTable, SnapshotSide
from snapshot.changes.sums import narrowed, same_checksum
from snapshot.errors import UsageError
from snapshot.planning.migrations import differ, recorded
from snapshot.planning.selection import EVERYTHING, Named, Selection, chosen_tables
from snapshot.postgres.migrations import read_revisions
from snapshot.progress import NO_PROGRESS, Progress
from snapshot.store.manifest import LARGE_OBJECTS, SequenceValue


@dataclass(frozen=True, kw_only=True)
class DiffOptions:
    """What is compared, and how.

    `ignore` are columns, as COLUMN or TABLE.COLUMN. Rows of equal checksums are taken for equal
    unless the comparison is to be `exact`.
    """

    selection: Selection = EVERYTHING
    ignore: tuple[str, ...] = ()
    exact: bool = False


class SequenceChange(NamedTuple):
    """A sequence that stands elsewhere; None where there is none."""

    name: Name
    before: SequenceValue | None
    after: SequenceValue | None


class OnlyTable(NamedTuple):
    """A table that is on one side only, and its rows if their number is known."""

    name: Name
    rows: int | None


class Look(NamedTuple):
    """A table that differs: in these parts, or it is not known where."""

    differing: Differing | None


@dataclass(frozen=True)
class Comparison:
    """Side A beside side B. What happened to a row is said from A to B."""

    a: Side
    b: Side
    only_in_a: tuple[OnlyTable, ...]
    only_in_b: tuple[OnlyTable, ...]
    compared: tuple[ComparedTable, ...]  # in load order
    ignored: tuple[str, ...]  # columns
    notes: tuple[str, ...]  # what limits the comparison
    exact: bool
    progress: Progress = field(default=NO_PROGRESS, repr=False)
    schema: SchemaDifferences = NOT_COMPARED
    revisions: tuple[tuple[Revision, Revision], ...] = ()  # of migration tools, where they differ
    sequences: tuple[SequenceChange, ...] = ()
    others: tuple[str, ...] = ()  # a line each: of materialized views and large objects

    @property
    def same_beside_rows(self) -> bool:
        """No difference was found, the rows of common tables aside."""
        return not (
            self.schema.found
            or self.revisions
            or self.only_in_a
            or self.only_in_b
            or self.sequences
            or self.others
        )

    def tables(self) -> Iterator[TableChanges]:
        """The tables whose rows differ, in turn. The changes of one are used before the next.

        Raises what reading raises; nothing may be taken for equal then.
        """
        for table in self.compared:
            if (found := self.look(table)) is not None:
                changes = self.changes(table, found)
                if (first := next(changes, None)) is not None:
                    yield TableChanges(table, chain([first], changes))

    def look(self, table: ComparedTable) -> Look | None:
        """Whether its rows have to be read, and which; None if sums of hashes are equal.

        By accident the sums of different rows are equal once in 2^64.
        """
        self.progress.table(title(table.name))
        if self.exact:
            return Look(None)
        differing = narrowed(self.a, self.b, table)
        if differing is None:
            return None if same_checksum(self.a, self.b, table) else Look(None)
        return Look(differing) if differing.numbers else None

    def changes(self, table: ComparedTable, look: Look) -> Iterator[Change]:
        """The rows that differ of one table."""
        columns = len(table.columns)
        return (as_change(pair, columns) for pair in self._pairs(table, look.differing))

    def counts(self) -> dict[Name, Counts]:
        """How many rows of each table differ."""
        return {found.table.name: counted(found.changes) for found in self.tables()}

    def _pairs(self, table: ComparedTable, differing: Differing | None) -> Iterator[Pair]:
        types, others = (_types(side.tables[table.name]) for side in (self.a, self.b))
        common = [types[n] if types[n] == others[n] else "text" for n in table.key]
        key = key_reader([table.columns.index(name) for name in table.key], common)
        if any(isinstance(s, SnapshotSide) and s.files.edited for s in (self.a, self.b)):
            key = checked(key, table.name)
        of = (table.name, table.columns, table.key)
        streams = [
            side.rows(*of, abridged=True) if differing is None else side.part(*of, differing)
            for side in (self.a, self.b)
        ]
        alike = all(types[name] == others[name] for name in table.key)
        if not alike or not all(side.sorted(table.name, table.key) for side in (self.a, self.b)):
            streams = [in_order(stream, key) for stream in streams]
        return differing_lines(streams[0], streams[1], key)


def _types(table: SideTable) -> dict[str, str]:
    return {column.name: column.base or column.type for column in table.columns}


class _Listed(NamedTuple):
    schemas: tuple[str, ...]
    tables: Sequence[Named]


def compare(
    a: Side,
    b: Side,
    options: DiffOptions = DiffOptions(),  # it is frozen
    known: Definitions | None = None,
    progress: Progress = NO_PROGRESS,
) -> Comparison:
    """Compare all but the rows; those come from the comparison's tables().

    `known` is a snapshot's schema in the words of the database's server, from its last restore.
    Raises UsageError for patterns and columns that match nothing, or a key column to be ignored.
    """
    progress.step("Comparing the schema")
    aside, revisions = _migrations(a, b) if options.selection.every_table else (set(), ())
    rows = _rows_compared(a, b, options, aside, progress)
    if not options.selection.everything:
        return replace(
            rows, notes=("only the rows of the chosen tables were compared", *rows.notes)
        )
    return replace(
        rows,
        schema=schema_differences(a, b, known),
        revisions=revisions,
        sequences=_sequence_changes(a, b, aside),
        others=tuple(_others(a, b)),
    )


def compare_rows(
    a: Side, b: Side, progress: Progress = NO_PROGRESS, *, every_table: bool = False
) -> Comparison:
    """Compare tables, and not their schema and sequences; raises what compare() raises.

    The tables of migration tools are left out, unless `every_table` is meant.
    """
    aside = set() if every_table else _migrations(a, b)[0]
    return _rows_compared(a, b, DiffOptions(), aside, progress)


def _rows_compared(
    a: Side, b: Side, options: DiffOptions, aside: Collection[Name], progress: Progress
) -> Comparison:
    chosen = _chosen(a, b, options.selection) - set(aside)
    both = [name for name in a.tables if name in b.tables and name in chosen]
    for side in (a, b):
        if isinstance(side, DatabaseSide):
            side.check_readable(both)
    compared = [_compared(a.tables[name], b.tables[name]) for name in both]
    dropped = _ignored(compared, options.ignore)
    compared = [_without(table, dropped) for table in compared]
    return Comparison(
        a,
        b,
        _only(a, b, chosen),
        _only(b, a, chosen),
        tuple(compared),
        options.ignore,
        tuple(_notes(a, b, compared)),
        options.exact,
        progress,
    )


def _chosen(a: Side, b: Side, selection: Selection) -> set[Name]:
    if selection.everything:
        return {*a.tables, *b.tables}
    tables = {**b.tables, **a.tables}
    schemas = tuple(dict.fromkeys(name.schema for name in tables if name != LARGE_OBJECTS))
    return chosen_tables(_Listed(schemas, list(tables.values())), selection)


def _migrations(a: Side, b: Side) -> tuple[set[Name], tuple[tuple[Revision, Revision], ...]]:
    """The tables in which tools keep what they did, and those that stand elsewhere.

    Their rows say when a migration was applied, which is another time in each database.
    """
    here, there = _revisions(a), _revisions(b)
    if here is None or there is None:
        return set(), ()
    by_table = {revision.table: revision for revision in there}
    pairs = [(mine, by_table[mine.table]) for mine in here if mine.table in by_table]
    aside = {mine.table for mine, _ in pairs}
    return aside, tuple((mine, other) for mine, other in pairs if differ(mine, other))


def _revisions(side: Side) -> Sequence[Revision] | None:
    if isinstance(side, SnapshotSide):
        return recorded(side.manifest)
    assert isinstance(side, DatabaseSide)
    return read_revisions(side.connection, side.catalog.tables)


def _ignored(tables: Sequence[ComparedTable], columns: Sequence[str]) -> dict[Name, set[str]]:
    """The columns to ignore, by table."""
    dropped: dict[Name, set[str]] = {}
    for text in columns:
        found = [
            (table, column)
            for table in tables
            for column in table.columns
            if text in (column, f"{table.name.name}.{column}", f"{'.'.join(table.name)}.{column}")
        ]
        if not found:
            raise UsageError(
                f"no compared table has a column {text}", hint="write COLUMN or TABLE.COLUMN"
            )
        for table, column in found:
            if column in table.key:
                raise UsageError(
                    f"{column} is in the key of {table.name}: rows are told apart by it",
                    hint="ignore it in other tables only, as TABLE.COLUMN",
                )
            dropped.setdefault(table.name, set()).add(column)
    return dropped


def _without(table: ComparedTable, dropped: Mapping[Name, set[str]]) -> ComparedTable:
    ignored = dropped.get(table.name, set())
    return replace(table, columns=tuple(c for c in table.columns if c not in ignored))


def _compared(a: SideTable, b: SideTable) -> ComparedTable:
    """The table with the columns of both sides; without a key if they do not agree on one."""
    others = {column.name for column in b.columns}
    columns = tuple(column.name for column in a.columns if column.name in others)
    keys = {key for key in (a.key, b.key) if key is not None}
    key = keys.pop() if len(keys) == 1 else ()
    return ComparedTable(a.name, columns, key if set(key) <= set(columns) else ())


def _only(here: Side, there: Side, chosen: Collection[Name]) -> tuple[OnlyTable, ...]:
    if not there.whole:  # what it lacks was left out
        return ()
    return tuple(
        OnlyTable(name, table.rows)
        for name, table in here.tables.items()
        if name in chosen and name not in there.tables and name not in (*LEDGER, LARGE_OBJECTS)
    )


def _sequence_changes(a: Side, b: Side, aside: Collection[Name]) -> tuple[SequenceChange, ...]:
    # serial and identity columns name theirs so; a manifest does not say whose they are
    own = {
        Name(name.schema, f"{name.name}_{column.name}_seq")
        for name in aside
        for column in a.tables[name].columns
    }
    names = [name for name in dict.fromkeys([*a.sequence_names, *b.sequence_names])
             if name not in own and name.schema != LEDGER[0].schema]  # fmt: skip
    for here, there in ((a, b), (b, a)):
        if not here.whole:  # what it lacks was left out
            names = [n for n in names if n in here.sequence_names or n not in there.sequence_names]
    before, after = a.stand(names), b.stand(names)
    found = (SequenceChange(name, before.get(name), after.get(name)) for name in names)
    return tuple(change for change in found if change.before != change.after)


def _others(a: Side, b: Side) -> Iterator[str]:
    for here, there in ((a, b), (b, a)):
        for view in sorted(set(here.populated) - set(there.populated)):
            if there.whole:
                yield f"materialized view {view} is populated in {here.name} only"
    if a.whole and b.whole and dict(a.comments) != dict(b.comments):
        yield "comments of large objects differ"


def _notes(a: Side, b: Side, compared: Sequence[ComparedTable]) -> Iterator[str]:
    for side in (a, b):
        if isinstance(side, SnapshotSide):
            if side.files.edited:
                yield f"the rows of {side.name} were edited by hand: they are read as they are"
            if not side.manifest.lists_schema:
                yield f"{side.name} does not say what its schema is made of: it was not compared"
            if not side.whole:
                yield f"{side.name} is of a part of its database: only that part was compared"
    for table in compared:
        here, there = ({c.name for c in s.tables[table.name].columns} for s in (a, b))
        if apart := here ^ there:
            yield (
                f"{title(table.name)}: compared without {', '.join(sorted(apart))}, "
                "which only one side has"
            )
