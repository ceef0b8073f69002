"""Conflicts of a merge, as the manifest keeps them. A snapshot that has any cannot be restored."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from snapshot.catalog import Name
from snapshot.errors import SnapshotDamaged
from snapshot.store.fields import Fields, typed

Key = tuple[tuple[str, str | None], ...]  # columns and values, in the key's order
Value = str | dict[str, str | None] | None  # of a column, or a whole row; None: NULL, or no row
_NAMED = 3  # conflicts in an error's message

CHANGED = "changed on both sides"
ADDED = "added on both sides"
DELETED_AND_CHANGED = "deleted by us, changed by them"
CHANGED_AND_DELETED = "changed by us, deleted by them"
COUNTS = "as many rows cannot be told: added on one side, deleted on the other"
DROPPED = "in a column or table that the other side dropped"
KEYS = "the sides tell its rows apart by different keys"
LARGE = "changed on both sides, as a whole"
SCHEMA = "the schema was changed on both sides"
FOREIGN_KEY = "breaks a foreign key"
UNIQUE = "breaks a unique key"
CHECK = "breaks a check"
DEFAULT = "no value for a new column, whose default differs each time"
NOT_MERGED = "not merged yet"
REFUSED = "the server refuses the merged rows"


@dataclass(frozen=True)
class RowAt:
    """A row, by its table and its key; of a table without a key by all its columns."""

    table: Name
    key: Key
    origin: str = ""  # who made it what it is

    @property
    def label(self) -> str:
        """What the user calls it: TABLE:KEY."""
        return f"{self.table}:{shown_key(self.key)}"

    def __str__(self) -> str:
        origin = f", {self.origin}" if self.origin else ""
        return f"{self.table} {shown_key(self.key)}{origin}"


@dataclass(frozen=True)
class Conflict:
    """What a merge does not decide. `what` names the object where it is no row of a table."""

    kind: str
    table: Name | None = None
    key: Key = ()
    column: str | None = None
    base: Value = None
    ours: Value = None
    theirs: Value = None
    what: str = ""
    others: tuple[RowAt, ...] = ()  # more rows that take part in it
    origin: str = ""  # who made the row what it is

    @property
    def labels(self) -> tuple[str, ...]:
        """What the user may call it: TABLE, TABLE:KEY or TABLE:KEY.COLUMN; `schema`."""
        if self.table is None:
            return ("schema",)
        of_rows = [row.label for row in self.rows]
        columns = [f"{row}.{self.column}" for row in of_rows or [str(self.table)] if self.column]
        return (str(self.table), *of_rows, *columns)

    @property
    def rows(self) -> tuple[RowAt, ...]:
        """The rows that take part in it."""
        own = (RowAt(self.table, self.key, self.origin),) if self.table and self.key else ()
        return own + self.others

    def __str__(self) -> str:
        where = " ".join(
            part
            for part in (
                str(self.table) if self.table else "",
                shown_key(self.key) if self.key else "",
                self.column or "",
            )
            if part
        )
        if self.kind == CHANGED:
            values = (("base", self.base), ("ours", self.ours), ("theirs", self.theirs))
            return f"{where}: " + ", ".join(f"{name} {_shown(value)}" for name, value in values)
        where += f", {self.origin}" if self.origin else ""
        more = f": {self.what}" if self.what else ""
        and_rows = f" ({', '.join(map(str, self.others))})" if self.others else ""
        return f"{where or 'schema'}: {self.kind}{more}{and_rows}"

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            "kind": self.kind,
            "schema": self.table.schema if self.table else None,
            "table": self.table.name if self.table else None,
            "key": dict(self.key),
            "column": self.column,
            "base": self.base,
            "ours": self.ours,
            "theirs": self.theirs,
            **({"what": self.what} if self.what else {}),
            **({"origin": self.origin} if self.origin else {}),
            **({"rows": [_row(row) for row in self.others]} if self.others else {}),
        }


def shown_key(key: Key) -> str:
    """The values of a key, as the user writes them."""
    return ",".join("NULL" if value is None else value for _, value in key)


def _shown(value: Value) -> str:
    if value is None:
        return "NULL"
    return value if isinstance(value, str) else ", ".join(f"{k}={v}" for k, v in value.items())


def conflicts_document(conflicts: Sequence[Conflict]) -> dict[str, Any]:
    """The conflicts as a field of the manifest; none if there are none."""
    return {"conflicts": [conflict.to_dict() for conflict in conflicts]} if conflicts else {}


def read_conflicts(manifest: Fields) -> tuple[Conflict, ...]:
    """The conflicts in a manifest's fields."""
    if "conflicts" not in manifest:
        return ()
    return tuple(map(_conflict, manifest.each("conflicts")))


def refuse_conflicts(place: str, conflicts: Sequence[Conflict]) -> None:
    """Raise SnapshotDamaged, naming the first of the conflicts, if there are any."""
    if conflicts:
        named = "; ".join(map(str, conflicts[:_NAMED]))
        more = f"; and {len(conflicts) - _NAMED:,} more" if len(conflicts) > _NAMED else ""
        are = "1 conflict is" if len(conflicts) == 1 else f"{len(conflicts):,} conflicts are"
        raise SnapshotDamaged(
            f"{place} is a merge of which {are} not settled: {named}{more}",
            hint="settle them: snapshot merge --take ours|theirs [TABLE[:KEY[.COLUMN]]]; "
            "or make the snapshot again: snapshot create",
            details=[str(conflict) for conflict in conflicts],
        )


def _row(row: RowAt) -> dict[str, Any]:
    table, origin = row.table, {"origin": row.origin} if row.origin else {}
    return {"schema": table.schema, "table": table.name, "key": dict(row.key), **origin}


def _conflict(document: Fields) -> Conflict:
    return Conflict(
        document.text("kind"),
        _table(document),
        _key(document),
        _text(document["column"]),
        _value(document["base"]),
        _value(document["ours"]),
        _value(document["theirs"]),
        document.text("what") if "what" in document else "",
        tuple(map(_row_at, document.each("rows"))) if "rows" in document else (),
        _origin(document),
    )


def _row_at(document: Fields) -> RowAt:
    table = Name(document.text("schema"), document.text("table"))
    return RowAt(table, _key(document), _origin(document))


def _origin(document: Fields) -> str:
    return document.text("origin") if "origin" in document else ""


def _table(document: Fields) -> Name | None:
    if document["table"] is None:
        return None
    return Name(document.text("schema"), document.text("table"))


def _key(document: Fields) -> Key:
    return tuple((name, _text(value)) for name, value in document.map("key").items())


def _text(value: Any) -> str | None:
    return None if value is None else typed(str, value)


def _value(value: Any) -> Value:
    if isinstance(value, Mapping):
        return {typed(str, name): _text(item) for name, item in value.items()}
    return _text(value)
