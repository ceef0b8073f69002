"""Unique keys: a row that would repeat one is not written."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from enum import Enum
from hashlib import blake2b
from types import MappingProxyType, NoneType
from typing import Any, NamedTuple
from uuid import UUID

from snapshot.postgres.connection import Connection, scalar
from snapshot.seeding import ledger_queries, queries
from snapshot.seeding.binding import BoundRule, known_column
from snapshot.seeding.encoding import (
    DATE,
    INT2,
    INT4,
    INT8,
    NUMERIC,
    TIMESTAMP,
    TIMESTAMPTZ,
    UUID_,
    CopyBatch,
    encoded,
    send_rows,
    sent_as,
)
from snapshot.seeding.tables import SeedColumn, SeedTable, UniqueIndex
from snapshot.seeding.writing import errors_of


class UniqueKey:
    """Columns whose values must differ. Without an order (1, 2) is the same as (2, 1).

    The columns of a `link` to the parent are left out where rows of one parent are compared.
    """

    def __init__(
        self,
        table: SeedTable,
        columns: tuple[str, ...],
        ordered: bool,
        nulls_distinct: bool = True,
        link: Collection[str] = (),
        defaults: Mapping[str, Any] = MappingProxyType({}),
    ) -> None:
        self.columns = tuple(name for name in columns if name not in link)
        self._defaults = tuple(map(defaults.get, self.columns))
        self.ordered = ordered
        self._nulls_distinct = nulls_distinct
        self._readers = [_reader(table.columns[name]) for name in self.columns]
        self._as_they_are: set[tuple[type, ...]] = set()  # types whose values need no reader

    def key(self, row: Mapping[str, Any]) -> Any:
        """What is compared. None if the key does not count: a value is NULL or not known yet."""
        values = tuple(map(row.get, self.columns, self._defaults))
        types = tuple(map(type, values))
        if types not in self._as_they_are:
            if all(kind in _SAME.get(r, ()) for r, kind in zip(self._readers, types, strict=True)):
                self._as_they_are.add(types)
            values = tuple(read(v) for read, v in zip(self._readers, values, strict=True))
        if None in values and self._nulls_distinct:
            return None
        return values if self.ordered else tuple(sorted(values, key=repr))


class Clash(NamedTuple):
    """A row that has the key already, if it is known, and whether it is the same parent's."""

    row: Any
    same_parent: bool


_REJECTED = Clash(None, False)

ChildrenByKey = dict[UniqueKey, dict[Any, Any]]  # the rows of one parent


def fingerprint(key: Any) -> int:
    """64 bits that stand for a key. Python's hash() gives -1 and -2 the same number."""
    text = repr(key).encode("utf-8", "backslashreplace")
    return int.from_bytes(blake2b(text, digest_size=8).digest(), "big")


class Uniques:
    """The unique keys of a rule's table, and the values that they have.

    Keys that contain the link to the parent are compared among the parent's children. All others
    are kept for the whole table, as 64 bits each. What Python cannot compare as the server does
    (expressions, conditions, some types) the server compares: see rejected_rows().
    """

    def __init__(self, connection: Connection, bound: BoundRule, empty: bool) -> None:
        table = bound.table
        link = {child for child, _ in bound.link}
        checked = [u for u in table.uniques if not set(u.columns or ()) & table.made_keys]
        found = [
            (u.columns, True, u.nulls_distinct)
            for u in checked
            if u.columns and _comparable(table, u)
        ]
        found += [(tuple(c), isinstance(c, tuple), True) for c in bound.rule.distinct]
        defaults = _defaults(connection, table, {name for columns, *_ in found for name in columns})
        self.local: list[UniqueKey] = []
        self._shared: list[tuple[UniqueKey, set[int]]] = []
        for columns, ordered, nulls_distinct in found:
            local = bool(link) and ordered and link <= set(columns)
            left_out = link if local else ()
            key = UniqueKey(table, columns, ordered, nulls_distinct, left_out, defaults)
            if local:
                self.local.append(key)
            else:
                self._shared.append((key, set()))
        self.by_server = [u for u in checked if not (u.columns and _comparable(table, u))]
        self._in_table = Clash(None, not link)
        self.rejected: set[int] = set()  # paths of rows that the server found to repeat a key
        self._fresh: list[tuple[set[int], int]] = []
        if not empty:
            for unique, held in self._shared:
                held.update(_existing(connection, table, unique))
        self.any = bool(found or self.by_server)
        self._keys: list[Any] = []  # of the row that clash() looked at
        self.across_parents = bool(self._shared or self.by_server)

    def clash(self, row: Mapping[str, Any], path: int, children: ChildrenByKey) -> Clash | None:
        """What is in the way of a row, if it repeats a key."""
        if path in self.rejected:
            return _REJECTED
        self._keys = keys = []
        for unique in self.local:
            keys.append(key := unique.key(row))
            if key is not None and (held := children.get(unique)) and key in held:
                return Clash(held[key], True)
        for unique, fingerprints in self._shared:
            key = unique.key(row)
            keys.append(bits := None if key is None else fingerprint(key))
            if bits in fingerprints:
                return self._in_table
        return None

    def take(self, handed: Any, children: ChildrenByKey) -> None:
        """Remember the keys of the row that clash() has let pass: it will be written."""
        keys = iter(self._keys)
        for unique in self.local:
            if (key := next(keys)) is not None:
                children.setdefault(unique, {})[key] = handed
        for _, held in self._shared:
            if (bits := next(keys)) is not None:
                held.add(bits)
                if self.by_server:
                    self._fresh.append((held, bits))

    def keep(self) -> None:
        """The rows that were taken are written."""
        self._fresh.clear()

    def give_back(self) -> None:
        """The rows that were taken are not written: they will be made again."""
        for held, bits in self._fresh:
            held.discard(bits)
        self._fresh.clear()


# --- values as Python compares them; one that cannot be read stays as it is


def _reader(column: SeedColumn) -> Callable[[Any], Any]:
    """Gives values of a column one form, in which equal values of the server are equal."""
    if column.category == "E":
        return _label
    return _READERS.get(column.oid, _text)


def _integer(value: Any) -> Any:
    if type(value) is not str:
        return value
    try:
        return int(value)
    except ValueError:
        return value


def _number(value: Any) -> Any:
    if value is None:
        return None
    try:
        digits = f"{Decimal(repr(value) if isinstance(value, float) else value):f}"
    except (TypeError, ValueError, InvalidOperation):
        return _text(value)
    if "." in digits:
        digits = digits.rstrip("0").rstrip(".")
    return "0" if digits == "-0" else digits


def _uuid(value: Any) -> Any:
    if type(value) is UUID or value is None:
        return value and str(value)
    try:
        return str(UUID(str(value)))
    except ValueError:
        return str(value)


def _day(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.date().isoformat()
    return value.isoformat() if isinstance(value, date) else _text(value)


def _moment(value: Any) -> Any:
    if not isinstance(value, datetime):
        return _text(value)
    aware = value if value.tzinfo else value.replace(tzinfo=UTC)
    return aware.astimezone(UTC).isoformat()


def _local_time(value: Any) -> Any:
    if not isinstance(value, datetime):
        return _text(value)
    return value.replace(tzinfo=None).isoformat()


def _label(value: Any) -> Any:
    """Of a member of an Enum what psycopg sends: the value of one that is a str, else the name."""
    if isinstance(value, Enum) and not isinstance(value, str):
        return value.name
    return _text(value)


def _text(value: Any) -> Any:
    if value is None or type(value) is str:
        return value
    if isinstance(value, Enum):
        value = value.value if isinstance(value, str | int) else value.name
    return str.__str__(value) if isinstance(value, str) else str(value)


_READERS: dict[int, Callable[[Any], Any]] = {
    **dict.fromkeys((INT2, INT4, INT8), _integer),
    NUMERIC: _number,
    UUID_: _uuid,
    DATE: _day,
    TIMESTAMPTZ: _moment,
    TIMESTAMP: _local_time,
}


# the types whose values have that form already
_SAME: dict[Callable[[Any], Any], frozenset[type]] = {
    _integer: frozenset({int, NoneType}),
    _text: frozenset({str, NoneType}),
    _label: frozenset({str, NoneType}),
}


def _comparable(table: SeedTable, unique: UniqueIndex) -> bool:
    columns = [table.columns[name] for name in unique.columns or ()]
    return unique.predicate is None and all(
        column.exact and not column.generated and not _rounds(column) for column in columns
    )


def _rounds(column: SeedColumn) -> bool:
    """Whether the server may store another value than it is sent: numeric(3,1), timestamp(0)."""
    return column.oid in _PLAIN and column.type != _PLAIN[column.oid]


_PLAIN = {
    NUMERIC: "numeric",
    TIMESTAMP: "timestamp without time zone",
    TIMESTAMPTZ: "timestamp with time zone",
}


def _defaults(connection: Connection, table: SeedTable, names: Iterable[str]) -> dict[str, Any]:
    """What columns get that a row leaves out. Left out are those that differ from row to row."""
    found = {}
    for column in (table.columns[name] for name in sorted(names)):
        if column.default and not column.made_up:
            values = [scalar(connection, queries.default_of(column)) for _ in range(2)]
            if values[0] == values[1]:
                found[column.name] = values[0]
    return found


def _existing(connection: Connection, table: SeedTable, unique: UniqueKey) -> Iterable[int]:
    with connection.cursor(name="held") as cursor:
        cursor.itersize = 20_000
        for values in cursor.execute(queries.columns_of(table, unique.columns)):
            key = unique.key(dict(zip(unique.columns, values, strict=True)))
            if key is not None:
                yield fingerprint(key)


def rejected_rows(
    connection: Connection,
    bound: BoundRule,
    indexes: Sequence[UniqueIndex],
    rows: Sequence[Mapping[str, Any]],
) -> set[int]:
    """Which of the rows, by position, break a unique index: the server evaluates it.

    The rows are copied into a temporary table, where expressions and conditions mean the same. Of
    rows that repeat each other's keys the first is not rejected.
    """
    table = bound.table
    connection.execute(ledger_queries.create_staged_rows(table))
    alike: dict[tuple[str, ...], list[tuple[Any, ...]]] = {}
    for position, row in enumerate(rows):
        alike.setdefault(tuple(row), []).append((*row.values(), position))
    for columns, some in alike.items():
        for column in columns:
            known_column(bound.rule, table, column)
        oids = [*(sent_as(table.columns[column]) for column in columns), INT4]
        batch = CopyBatch(("", ""), (*columns, ledger_queries.POSITION), oids, some)
        with errors_of(bound):
            send_rows(connection, ledger_queries.STAGED_ROWS, encoded(connection, batch))
    rejected: set[int] = set()
    for index in indexes:
        rejected.update(n for (n,) in connection.execute(ledger_queries.rejected(table, index)))
    connection.execute(ledger_queries.drop_staged_rows())
    return rejected
