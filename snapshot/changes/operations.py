"""The changes of rows as operations, and when two of them speak of the same value."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal, NamedTuple

from snapshot.catalog import Column, Name, Table
from snapshot.changes.model import Change, ComparedTable, Values

Kind = Literal["delete", "update", "insert"]
Group = tuple[Name, Kind, tuple[str, ...]]


class Operation(NamedTuple):
    """A statement's worth of change: one row is deleted, updated or inserted."""

    number: int
    group: Group  # operations of a group fit into one statement: table, kind, columns that are set
    change: Change

    @property
    def kind(self) -> Kind:
        """What it does."""
        return self.group[1]


@dataclass(eq=False)
class ChangedTable:
    """A table with the operations on it."""

    compared: ComparedTable
    table: Table
    operations: list[Operation] = field(default_factory=list)

    def __post_init__(self) -> None:
        columns = {column.name: column for column in self.table.columns}
        self.types = tuple(columns[name] for name in self.compared.columns)
        self.position = {name: at for at, name in enumerate(self.compared.columns)}

    def knows(self, columns: Sequence[str]) -> bool:
        """All these columns were compared: what they hold is in the changes."""
        return all(name in self.position for name in columns)

    def reader(self, columns: Sequence[str]) -> Callable[[Values], Values]:
        """Takes a row's values of these columns, alike where the server calls them equal."""
        chosen = [
            (self.position[name], fold_of(self.types[self.position[name]])) for name in columns
        ]

        def read(row: Values) -> Values:
            return tuple(
                value if fold is None or value is None else fold(value)
                for value, fold in ((row[at], fold) for at, fold in chosen)
            )

        return read


def operations_of(
    tables: Sequence[tuple[ComparedTable, Sequence[Change]]], by_name: dict[Name, Table]
) -> tuple[list[ChangedTable], list[Operation]]:
    """Number all the changes; a group is what one statement can do."""
    changed: list[ChangedTable] = []
    all_: list[Operation] = []
    for compared, changes in tables:
        one = ChangedTable(compared, by_name[compared.name])
        for change in changes:
            operation = Operation(len(all_), _group(compared, change), change)
            one.operations.append(operation)
            all_.append(operation)
        changed.append(one)
    return changed, all_


def _group(compared: ComparedTable, change: Change) -> Group:
    before, after = change
    if before is None:
        return compared.name, "insert", ()
    if after is None:
        return compared.name, "delete", ()
    pairs = zip(compared.columns, before, after, strict=True)
    return compared.name, "update", tuple(name for name, old, new in pairs if old != new)


# --- values that are equal although their text is not


def fold_of(column: Column) -> Callable[[str], str] | None:
    """How values that the type calls equal become the same text; None where text decides.

    Only types that are keys in practice. Of others (interval, arrays of numeric) two spellings of
    one value count as two, and an order that this makes wrong is refused by the server.
    """
    if column.base == "numeric":
        return _number
    if column.base in ("bpchar", "character"):
        return str.rstrip
    if column.base in ("real", "double precision"):
        return _float
    if column.type.rpartition(".")[2] == "citext":
        return str.lower
    return None


def _number(text: str) -> str:
    number = Decimal(text)
    return format(number.normalize(), "f") if number.is_finite() else text


def _float(text: str) -> str:
    return "0" if text == "-0" else text


# --- the predicate of a partial index, where it is simple enough to be read


_WORD = r'(?P<column>[a-z_][a-z0-9_$]*|"(?:[^"]|"")+")'
_TRUTH = re.compile(rf"\((?P<not>NOT )?{_WORD}\)|(?P<bare>[a-z_][a-z0-9_$]*)")
_NULL = re.compile(rf"\({_WORD} IS (?P<not>NOT )?NULL\)")
_EQUAL = re.compile(rf"\(\(?{_WORD}\)?(?:::text)? = '(?P<value>(?:[^']|'')*)'::[^()']+\)")


def membership(predicate: str, table: ChangedTable) -> Callable[[Values], bool] | None:
    """Whether a row is in a partial index; None if the predicate is not one of a few forms."""
    for pattern, test in ((_TRUTH, _is_true), (_NULL, _is_null), (_EQUAL, _is_equal)):
        match = pattern.fullmatch(predicate)
        if match:
            name = match.groupdict().get("bare") or match["column"]
            if name.startswith('"'):
                name = name[1:-1].replace('""', '"')
            return test(match, table.position[name]) if name in table.position else None
    return None


def _is_true(match: re.Match[str], at: int) -> Callable[[Values], bool]:
    wanted = "f" if match["not"] else "t"
    return lambda row: row[at] == wanted


def _is_null(match: re.Match[str], at: int) -> Callable[[Values], bool]:
    wanted = match["not"] is None
    return lambda row: (row[at] is None) is wanted


def _is_equal(match: re.Match[str], at: int) -> Callable[[Values], bool]:
    wanted = match["value"].replace("''", "'")
    return lambda row: row[at] == wanted
