"""What a comparison finds, as plain data."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from snapshot.catalog import Name
from snapshot.store.manifest import LARGE_OBJECTS

Values = tuple[str | None, ...]
Operation = Literal["added", "deleted", "changed"]


class Change(NamedTuple):
    """A row before and after, in the order of the columns that are compared.

    Values are the server's text; None is NULL. A row that was added has no `before`, a deleted one
    no `after`.
    """

    before: Values | None
    after: Values | None

    @property
    def operation(self) -> Operation:
        """What happened to the row."""
        if self.before is None:
            return "added"
        return "deleted" if self.after is None else "changed"


@dataclass(frozen=True)
class ComparedTable:
    """A table, and how its rows are told apart: by the columns of `key`, or as wholes."""

    name: Name
    columns: tuple[str, ...]  # those of both sides that are stored, in the order of A
    key: tuple[str, ...] = ()


class Counts(NamedTuple):
    """Rows that were added, deleted and changed."""

    added: int = 0
    deleted: int = 0
    changed: int = 0

    def plus(self, other: Counts) -> Counts:
        """The rows of both."""
        return Counts(*(x + y for x, y in zip(self, other, strict=True)))

    def __str__(self) -> str:
        """`+2 −1 ~3`, without the zeros."""
        signs = zip("+−~", self, strict=True)
        return " ".join(f"{sign}{number:,}" for sign, number in signs if number)


class TableChanges(NamedTuple):
    """A table whose rows differ. The changes come in the order of the key, and only once."""

    table: ComparedTable
    changes: Iterator[Change]


@dataclass(frozen=True)
class TableSummary:
    """A table whose rows differ, in short."""

    name: Name
    counts: Counts | None  # None: it differs, and was not read to see where
    keys: tuple[str, ...] = ()  # of the first rows: `id 7`

    def __str__(self) -> str:
        """`customer +2 ~3`."""
        return f"{title(self.name)} {self.counts or 'differs'}"

    def to_dict(self) -> dict[str, Any]:
        """For JSON: the counts are null if the rows were not read."""
        counts = self.counts._asdict() if self.counts else dict.fromkeys(Counts._fields)
        return {**self.name._asdict(), **counts}


def title(name: Name) -> str:
    """A table's name to read."""
    return "large objects" if name == LARGE_OBJECTS else str(name)


def key_text(table: ComparedTable, change: Change) -> str:
    """The key of a row to read: `order_id 7, line 2`; nothing if the table has none."""
    row = change.after if change.after is not None else change.before
    assert row is not None
    by_name = dict(zip(table.columns, row, strict=True))
    return ", ".join(f"{name} {by_name[name]}" for name in table.key)


@dataclass(frozen=True)
class ChangesSince:
    """What differs from the snapshot before: rows by table, and lines about everything else."""

    at: str  # when the one before was made
    tables: tuple[TableSummary, ...] = ()
    others: tuple[str, ...] = ()

    def __str__(self) -> str:
        """`category +1, customer ~3; schema: 2 differences`."""
        rows = [in_short(self.tables)] if self.tables else []
        return "; ".join([*rows, *self.others]) or "nothing"

    def to_dict(self) -> dict[str, Any]:
        """What --json prints: values that json.dumps takes."""
        return {
            "since": self.at,
            "tables": [table.to_dict() for table in self.tables],
            "others": list(self.others),
        }


def in_short(found: Iterable[TableSummary]) -> str:
    """All of them in a line: `category +1, customer ~3`."""
    return ", ".join(map(str, found))
