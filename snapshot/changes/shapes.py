"""The three sides of a merge: whose schema it takes, and what its tables are made of."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from snapshot.catalog import Definitions, Name
from snapshot.changes.keys import KeyOf, Line, key_reader
from snapshot.changes.lines import in_order
from snapshot.changes.merging import Choices, Shape, SideName, Streams
from snapshot.changes.sources import SnapshotSide
from snapshot.errors import UsageError
from snapshot.planning.schema_comparison import Difference, compare
from snapshot.store.conflicts import DROPPED, KEYS, LARGE, SCHEMA, Conflict
from snapshot.store.layout import SCHEMA_SQL
from snapshot.store.manifest import LARGE_OBJECTS, Manifest, TableEntry

WHOLE_SCHEMA = (Name("", ""), (), None)  # in choices
Respelled = Callable[[SnapshotSide], Definitions | None]


@dataclass(frozen=True)
class Sides:
    """Three snapshots."""

    base: SnapshotSide
    ours: SnapshotSide
    theirs: SnapshotSide

    @property
    def three(self) -> tuple[SnapshotSide, SnapshotSide, SnapshotSide]:
        """In the order of base, ours and theirs."""
        return self.base, self.ours, self.theirs

    def of(self, name: SideName) -> SnapshotSide:
        """One of the two."""
        return self.ours if name == "ours" else self.theirs


def check_sides(sides: Sides) -> None:
    """Raise UsageError if the three cannot be merged at all."""
    for side in sides.three:
        if side.files.edited:
            raise UsageError(
                f"{side.name}: its rows were edited by hand",
                hint="restore it with --accept-edits and create it again; then merge",
            )
    if len({side.encoding for side in sides.three}) > 1:
        raise UsageError(
            "the snapshots are of databases in different encodings",
            hint="create them from databases of one encoding",
        )
    tables = {frozenset(_entries(side.manifest)) - {LARGE_OBJECTS} for side in sides.three}
    if not all(side.whole for side in sides.three) and len(tables) > 1:
        raise UsageError(
            "the snapshots hold the rows of different tables, and not all are of whole databases: "
            "what a side lacks may have been left out",
            hint="create them with the same tables",
        )


# --- the schema


def schema_side(
    sides: Sides, choices: Choices, respelled: Respelled
) -> tuple[SideName, tuple[Conflict, ...]]:
    """Whose schema the result has: that of the side that changed it; conflicts if both did.

    `respelled` gives the definitions in the words of one server, where versions differ.
    """
    chosen = choices.get(WHOLE_SCHEMA)
    if chosen is not None:
        return chosen, ()
    base, ours, theirs = sides.three
    if _same_file(ours, theirs) or _same_file(theirs, base):
        return "ours", ()
    if _same_file(ours, base):
        return "theirs", ()
    versions = {side.manifest.source.server_version // 10000 for side in sides.three}
    read = respelled if len(versions) > 1 else lambda side: side.files.definitions
    words = [read(side) for side in sides.three]
    if any(word is None for word in words):
        what = "and an older version made a snapshot: it does not say of what objects"
        return "ours", (Conflict(SCHEMA, what=what),)
    b, o, t = (_plain(word or {}) for word in words)
    if not _differences(o, t) or not _differences(b, t):
        return "ours", ()
    if not _differences(b, o):
        return "theirs", ()
    return "ours", tuple(_both_changed(_differences(b, o), _differences(b, t)))


def _same_file(one: SnapshotSide, other: SnapshotSide) -> bool:
    return one.manifest.files.get(SCHEMA_SQL) == other.manifest.files.get(SCHEMA_SQL)


def _plain(definitions: Definitions) -> Definitions:
    """Without owners and privileges, which not every snapshot keeps."""
    return {
        o: d._replace(owner="")
        for o, d in definitions.items()
        if o.kind not in ("acl", "default acl")
    }


def _differences(one: Definitions, other: Definitions) -> Sequence[Difference]:
    schemas = {o.schema for side in (one, other) for o in side}
    schemas |= {o.name for side in (one, other) for o in side if o.kind == "schema"}
    return compare(one, other, schemas, complete=True)


def _both_changed(ours: Sequence[Difference], theirs: Sequence[Difference]) -> Iterator[Conflict]:
    """A conflict for each object that the sides do not have alike."""
    here, there = ({d.what: d for d in side} for side in (ours, theirs))
    for what in dict.fromkeys([*here, *there]):
        one, other = here.get(what), there.get(what)
        if one == other:
            continue
        before = next(d.snapshot for d in (one, other) if d is not None)
        yield Conflict(
            SCHEMA,
            what=what,
            base=before,
            ours=one.target if one else before,
            theirs=other.target if other else before,
        )


# --- the tables


@dataclass(frozen=True)
class TablePlan:
    """A table of the result. `only`: its rows are taken from one side, as they are."""

    entry: TableEntry
    shape: Shape
    only: SideName | None = None


def table_plans(
    sides: Sides, schema: SideName, choices: Choices
) -> tuple[list[TablePlan], list[Conflict]]:
    """The tables of the result in load order, and the conflicts of tables as wholes."""
    plans: list[TablePlan] = []
    conflicts: list[Conflict] = []
    for entry in sides.of(schema).manifest.tables:
        if entry.name != LARGE_OBJECTS:
            plan, found = _table_plan(sides, entry, choices)
            plans.append(plan)
            conflicts += found
    large, found = _large_objects(sides, choices)
    plans += large
    return plans, [*conflicts, *found, *_dropped_tables(sides, schema, choices)]


def _table_plan(
    sides: Sides, entry: TableEntry, choices: Choices
) -> tuple[TablePlan, list[Conflict]]:
    name = entry.name
    entries = [_entries(side.manifest).get(name) for side in sides.three]
    names = [None if e is None else {column.name for column in e.columns} for e in entries]
    columns = tuple(column.name for column in entry.columns)
    before = _entries(sides.base.manifest).get(name)
    dropped = tuple(
        c.name
        for c in (before.columns if before else ())
        if c.name not in columns and any(c.name in (side or ()) for side in names[1:])
    )
    keys = {e.key for e in entries if e is not None and e.key is not None}
    key = keys.pop() if len(keys) == 1 else ()
    if not set(key) <= set(columns):
        key = ()
    b, o, t = (
        None if side is None else tuple(c for c in columns + dropped if c in side) for side in names
    )
    shape = Shape(name, columns, dropped, key, b, o, t)
    if not keys and (key or shape.alike):  # the one key that there was is taken out
        return TablePlan(entry, shape), []
    only = choices.get((name, (), None)) or _unchanged(entries)
    if only is not None:
        return TablePlan(entry, shape, only), []
    what = "" if keys else "it has no key, and other columns than before"
    return TablePlan(entry, shape, "ours"), [Conflict(KEYS, name, what=what)]


def _unchanged(entries: Sequence[TableEntry | None]) -> SideName | None:
    """The side whose rows count, if the other did not change any."""
    base, ours, theirs = entries
    if theirs is None or _same_rows(base, theirs):
        return "ours"
    return "theirs" if ours is None or _same_rows(base, ours) else None


def _same_rows(one: TableEntry | None, other: TableEntry | None) -> bool:
    """The same rows, in the same columns. False if it is not known."""
    if one is None or other is None:
        return (one or other) is None or (one or other).rows == 0  # type: ignore[union-attr]
    return (
        one.checksum is not None
        and [c.name for c in one.columns] == [c.name for c in other.columns]
        and (one.rows, one.checksum) == (other.rows, other.checksum)
    )


def _large_objects(sides: Sides, choices: Choices) -> tuple[list[TablePlan], list[Conflict]]:
    """Large objects are one whole: pieces of two versions must not be mixed."""
    entries = [_entries(side.manifest).get(LARGE_OBJECTS) for side in sides.three]
    base, ours, theirs = entries
    only: SideName | None = choices.get((LARGE_OBJECTS, (), None))
    conflicts = []
    if only is None:
        only = "ours" if _same_rows(ours, theirs) else _unchanged_large(base, ours, theirs)
    if only is None:
        only = "ours"
        conflicts.append(Conflict(LARGE, LARGE_OBJECTS, what="large objects"))
    entry = ours if only == "ours" else theirs
    if entry is None:
        return [], conflicts
    columns = tuple(column.name for column in entry.columns)
    shape = Shape(LARGE_OBJECTS, columns, (), (), columns, columns, columns)
    return [TablePlan(entry, shape, only)], conflicts


def _unchanged_large(
    base: TableEntry | None, ours: TableEntry | None, theirs: TableEntry | None
) -> SideName | None:
    if _same_rows(base, theirs):
        return "ours"
    return "theirs" if _same_rows(base, ours) else None


def _dropped_tables(sides: Sides, schema: SideName, choices: Choices) -> Iterator[Conflict]:
    """Tables that one side dropped and in which the other changed rows."""
    other = sides.theirs if schema == "ours" else sides.ours
    kept, before = _entries(sides.of(schema).manifest), _entries(sides.base.manifest)
    for name, entry in _entries(other.manifest).items():
        gone = name in before and name not in kept and name != LARGE_OBJECTS
        if gone and not _same_rows(before[name], entry) and (name, (), None) not in choices:
            yield Conflict(DROPPED, name)


def _entries(manifest: Manifest) -> Mapping[Name, TableEntry]:
    return {entry.name: entry for entry in manifest.tables}


# --- their rows


def streams(sides: Sides, plan: TablePlan) -> tuple[Streams, list[KeyOf]]:
    """The rows of base, ours and theirs in the order of the key, and what reads it."""
    shape = plan.shape
    asked = list(zip(sides.three, (shape.base, shape.ours, shape.theirs), strict=True))
    types = [
        {c.name: c.base or c.type for c in side.tables[shape.table].columns}
        for side, columns in asked
        if columns is not None
    ]
    alike = all(len({by_name[name] for by_name in types}) == 1 for name in shape.key)
    of_key = [types[0][name] if alike else "text" for name in shape.key]
    keys = [
        key_reader([(columns or shape.key).index(name) for name in shape.key], of_key)
        for _, columns in asked
    ]
    found = [
        _stream(side, shape, columns, key, alike)
        for (side, columns), key in zip(asked, keys, strict=True)
    ]
    return (found[0], found[1], found[2]), keys


def _stream(
    side: SnapshotSide, shape: Shape, columns: tuple[str, ...] | None, key: KeyOf, alike: bool
) -> Iterator[Line]:
    if columns is None:
        return iter(())
    rows = side.rows(shape.table, columns, shape.key)
    return rows if alike and side.sorted(shape.table, shape.key) else in_order(rows, key)
