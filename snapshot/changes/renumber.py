"""New ids for rows that two sides added under the same one, and for what points at them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace

from snapshot.catalog import Name, quoted
from snapshot.changes.keys import Line
from snapshot.changes.merging import SideName, TableMerge
from snapshot.changes.shapes import Sides, TablePlan, streams
from snapshot.changes.sources import SnapshotSide
from snapshot.errors import UsageError
from snapshot.store.conflicts import ADDED
from snapshot.store.manifest import SequenceValue

Numbers = Mapping[bytes, bytes]  # ids as they were, and as they will be
_WHOLE = ("smallint", "integer", "bigint")


@dataclass(frozen=True)
class Renumbered(SnapshotSide):
    """A side some of whose ids are others."""

    columns: Mapping[Name, Mapping[str, Numbers]]

    def rows(
        self,
        table: Name,
        columns: Sequence[str],
        key: Sequence[str],
        abridged: bool = False,
    ) -> Iterator[Line]:
        """The rows with the new ids, in no order where there are any."""
        found = super().rows(table, columns, key, abridged)
        changes = self.columns.get(table, {})
        places = [(i, changes[name]) for i, name in enumerate(columns) if name in changes]
        return _rewritten(found, places) if places else found

    def sorted(self, table: Name, key: Sequence[str]) -> bool:
        """Not where ids are others."""
        return table not in self.columns and super().sorted(table, key)


def _rewritten(lines: Iterable[Line], places: Sequence[tuple[int, Numbers]]) -> Iterator[Line]:
    for line in lines:
        values = line.split(b"\t")
        for place, numbers in places:
            values[place] = numbers.get(values[place], values[place])
        yield b"\t".join(values)


def renumbered(
    sides: Sides, plans: Sequence[TablePlan], which: Mapping[Name, SideName]
) -> tuple[Sides, tuple[str, ...]]:
    """The sides, with new ids for the rows of one that both added under the same one.

    Foreign keys of that side's rows follow, through any number of tables. Also returns the columns
    that look like references to such a table and have no foreign key; they stay as they are.
    Raises UsageError if a table's key is not one whole number with a sequence behind it.
    """
    notes: list[str] = []
    by_name = {plan.entry.name: plan for plan in plans}
    for table, name in which.items():
        if table not in by_name:
            raise UsageError(f"the result has no table {table}", hint="give a table of both sides")
        side = sides.of(name)
        _check(side, by_name[table])
        numbers = _numbers(sides, by_name[table], name)
        columns = _columns(side, table, by_name[table].shape.key[0])
        notes += _look_alikes(side, table, columns)
        changes = dict(side.columns) if isinstance(side, Renumbered) else {}
        for of, column in columns:
            changes[of] = {**changes.get(of, {}), column: numbers}
        values = {f.name: getattr(side, f.name) for f in fields(SnapshotSide)}
        new = Renumbered(**values, columns=changes)
        sides = replace(sides, ours=new) if name == "ours" else replace(sides, theirs=new)
    return sides, tuple(notes)


def _check(side: SnapshotSide, plan: TablePlan) -> None:
    table, key = plan.entry.name, plan.shape.key
    types = {column.name: column.base or column.type for column in plan.entry.columns}
    if len(key) != 1 or types[key[0]] not in _WHOLE:
        raise UsageError(
            f"{table} cannot be renumbered: its key is not one whole number",
            hint=f"settle it: snapshot merge --take ours|theirs {table}",
        )
    names = ".".join(map(quoted, (*table, key[0])))
    only = ".".join(map(quoted, table))
    wanted = re.compile(
        rf"OWNED BY {re.escape(names)};|ALTER TABLE (ONLY )?{re.escape(only)} ALTER COLUMN "
        rf"{re.escape(quoted(key[0]))} ADD GENERATED .* AS IDENTITY"
    )
    definitions = side.files.definitions or {}
    if not any(wanted.search(definition.text) for definition in definitions.values()):
        raise UsageError(
            f"{table} cannot be renumbered: no sequence gives its ids",
            hint=f"settle it: snapshot merge --take ours|theirs {table}",
        )


def _numbers(sides: Sides, plan: TablePlan, side: SideName) -> Numbers:
    """The next free ids, for rows that both sides added under one id with different content."""
    merge = TableMerge(plan.shape)
    found, keys = streams(sides, plan)
    values = [v.last_value for s in sides.three for v in _own_sequences(s, plan)]
    largest = max(values, default=0)
    place = plan.shape.columns.index(plan.shape.key[0])
    for row in merge.rows(found, keys):
        largest = max(largest, int(row.line.split(b"\t")[place]))
    for other in sides.three:  # also what the result does not have
        lines = other.rows(plan.entry.name, plan.shape.key, ()) if _has(other, plan) else ()
        largest = max([largest, *map(int, lines)])
    taken = [dict(c.key)[plan.shape.key[0]] for c in merge.conflicts if c.kind == ADDED]
    return {
        str(old).encode(): str(largest + number).encode() for number, old in enumerate(taken, 1)
    }


def _has(side: SnapshotSide, plan: TablePlan) -> bool:
    return plan.entry.name in side.tables


def _own_sequences(side: SnapshotSide, plan: TablePlan) -> list[SequenceValue]:
    name = plan.entry.name
    return [
        value
        for value in side.manifest.sequences
        if value.name == Name(name.schema, f"{name.name}_{plan.shape.key[0]}_seq")
    ]


def _columns(side: SnapshotSide, table: Name, key: str) -> set[tuple[Name, str]]:
    """The key, and all columns that hold its values: of foreign keys, and of theirs in turn."""
    found = {(table, key)}
    while True:
        more = {
            (fk.root, here)
            for fk in side.manifest.foreign_keys
            for here, there in zip(fk.columns, fk.referenced_columns, strict=True)
            if (fk.referenced_root, there) in found
        }
        if more <= found:
            return found
        found |= more


def _look_alikes(side: SnapshotSide, table: Name, columns: set[tuple[Name, str]]) -> Iterator[str]:
    """Columns named as those that refer to the table, of whole numbers, without a foreign key."""
    names = {column for of, column in columns if of != table} | {f"{table.name}_id", table.name}
    for entry in side.manifest.tables:
        for column in entry.columns:
            if (
                column.name in names
                and column.type in _WHOLE
                and (entry.name, column.name) not in columns
            ):
                yield (
                    f"{entry.name}.{column.name} may refer to {table}: it has no foreign key, "
                    "and was not renumbered"
                )
