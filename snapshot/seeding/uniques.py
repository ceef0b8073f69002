"""Unique keys hold by construction: a row that would repeat one is passed over."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from enum import Enum
from typing import Any
from uuid import UUID

from psycopg import sql

from snapshot.postgres.connection import Connection
from snapshot.seeding.binding import BoundRule, identifiers
from snapshot.seeding.tables import SeedTable, UniqueIndex
from snapshot.seeding.writing import copy_rows


class Unique:
    """Columns whose values differ; of an unordered one (1, 2) is (2, 1)."""

    def __init__(
        self, table: SeedTable, columns: tuple[str, ...], ordered: bool, nulls_distinct: bool = True
    ) -> None:
        self.columns = columns
        self.ordered = ordered
        self._nulls_distinct = nulls_distinct
        self._as_is = all(table.columns[c].type in _AS_IS for c in columns)

    def key(self, row: Mapping[str, Any]) -> Any:
        """What is compared; None if the row has none (a NULL, or a default)."""
        values: Any = tuple(map(row.get, self.columns))
        if not self._as_is:
            values = tuple(map(plain, values))
        if None in values and self._nulls_distinct:
            return None
        return values if self.ordered else frozenset(values)


_AS_IS = frozenset({"smallint", "integer", "bigint", "text", "boolean", "date"})

Local = dict[Unique, dict[Any, Any]]  # → rows of one parent, by key


class Uniques:
    """The unique keys of a rule's table, and what they hold.

    Those that contain the link to the parent are looked up among its children, all others are held
    as hashes of 64 bits, for the whole table. What Python cannot compare as the server does
    (expressions, conditions, other types) is left to rejected_rows().
    """

    def __init__(self, connection: Connection, bound: BoundRule, empty: bool) -> None:
        table = bound.table
        link = {child for child, _ in bound.link}
        plain_ones = [
            Unique(table, u.columns, ordered=True, nulls_distinct=u.nulls_distinct)
            for u in table.uniques
            if u.columns and _comparable(table, u) and not set(u.columns) & table.made_keys
        ]
        plain_ones += [
            Unique(table, tuple(columns), ordered=isinstance(columns, tuple))
            for columns in bound.rule.distinct
        ]
        self.local = [u for u in plain_ones if link and u.ordered and link <= set(u.columns)]
        self._shared = [(u, set[int]()) for u in plain_ones if u not in self.local]
        self.exotic = [
            u
            for u in table.uniques
            if not (u.columns and _comparable(table, u))
            and not (u.columns and set(u.columns) & table.made_keys)
        ]
        self.rejected: set[int] = set()  # paths
        self._fresh: list[tuple[set[int], int]] = []
        if not empty:
            for unique, held in self._shared:
                held.update(_existing(connection, table, unique))
        self.any = bool(self.local or self._shared or self.exotic)  # rows are told apart
        self.needs_all = bool(self._shared or self.exotic)  # across parents

    def clash(self, row: Mapping[str, Any], path: int, local: Local) -> tuple[bool, Any]:
        """Whether the row may not be, and the row that is in its way, if it is known."""
        if path in self.rejected:
            return True, None
        for unique in self.local:
            key = unique.key(row)
            if key is not None and key in local.get(unique, ()):
                return True, local[unique][key]
        for unique, held in self._shared:
            key = unique.key(row)
            if key is not None and hash(key) in held:
                return True, None
        return False, None

    def take(self, row: Mapping[str, Any], handed: Any, local: Local) -> None:
        """The row will be there."""
        for unique in self.local:
            if (key := unique.key(row)) is not None:
                local.setdefault(unique, {})[key] = handed
        for unique, held in self._shared:
            if (key := unique.key(row)) is not None:
                held.add(hash(key))
                if self.exotic:
                    self._fresh.append((held, hash(key)))

    def keep(self) -> None:
        """What was taken was written."""
        self._fresh.clear()

    def give_back(self) -> None:
        """What was taken will be made again."""
        for held, key in self._fresh:
            held.discard(key)
        self._fresh.clear()


def plain(value: Any) -> Any:
    """A value in the form that is compared."""
    if isinstance(value, datetime) and value.tzinfo is not None:
        return value.astimezone(UTC)
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, Enum):
        return value.value
    return value


def _comparable(table: SeedTable, unique: UniqueIndex) -> bool:
    return unique.predicate is None and all(
        table.columns[column].exact for column in unique.columns or ()
    )


def _existing(connection: Connection, table: SeedTable, unique: Unique) -> Iterable[int]:
    query = sql.SQL("SELECT {} FROM {}").format(
        identifiers(unique.columns), sql.Identifier(*table.name)
    )
    with connection.cursor(name="held") as cursor:
        cursor.itersize = 20_000
        for values in cursor.execute(query):
            key = unique.key(dict(zip(unique.columns, values, strict=True)))
            if key is not None:
                yield hash(key)


def rejected_rows(
    connection: Connection,
    table: SeedTable,
    indexes: Sequence[UniqueIndex],
    rows: Sequence[Mapping[str, Any]],
) -> set[int]:
    """Which of the rows, by position, break a unique index; the server evaluates it.

    They are copied into a temporary table, where expressions and predicates mean the same.
    """
    staged = sql.Identifier("snapshot_staged")
    connection.execute(
        sql.SQL("CREATE TEMPORARY TABLE {} (LIKE {} INCLUDING GENERATED) ON COMMIT DROP").format(
            staged, sql.Identifier(*table.name)
        )
    )
    for name, column in table.columns.items():
        if column.not_null and not column.generated:
            connection.execute(
                sql.SQL("ALTER TABLE {} ALTER {} DROP NOT NULL").format(
                    staged, sql.Identifier(name)
                )
            )
    connection.execute(sql.SQL('ALTER TABLE {} ADD "~n" int').format(staged))
    shapes: dict[tuple[str, ...], list[tuple[Any, ...]]] = {}
    for position, row in enumerate(rows):
        shapes.setdefault(tuple(row), []).append((*row.values(), position))
    for columns, some in shapes.items():
        oids = [table.columns[column].oid for column in columns]
        copy_rows(connection, staged, (*columns, "~n"), [*oids, 23], some)
    rejected: set[int] = set()
    for index in indexes:
        rejected |= _rejected(connection, table, index, staged)
    connection.execute(sql.SQL("DROP TABLE {}").format(staged))
    return rejected


def _rejected(
    connection: Connection, table: SeedTable, index: UniqueIndex, staged: sql.Identifier
) -> set[int]:
    names = [f"e{place}" for place in range(len(index.expressions))]
    expressions = sql.SQL(", ").join(
        sql.SQL("({}) AS {}").format(sql.SQL(text), sql.Identifier(name))  # the server's own
        for name, text in zip(names, index.expressions, strict=True)
    )
    predicate = sql.SQL(index.predicate or "true")
    compare = "=" if index.nulls_distinct else "IS NOT DISTINCT FROM"
    nulls = sql.SQL("s.* IS NOT NULL" if index.nulls_distinct else "true")
    query = sql.SQL(
        'SELECT "~n" FROM (SELECT s.*, pg_catalog.row_number() OVER (PARTITION BY {names}'
        ' ORDER BY "~n") AS "~k" FROM (SELECT "~n", {expressions} FROM {staged}'
        " WHERE {predicate}) s WHERE {nulls}) s"
        ' WHERE "~k" > 1 OR EXISTS (SELECT FROM (SELECT {expressions} FROM {table}'
        " WHERE {predicate}) t WHERE {same})"
    ).format(
        names=identifiers(names),
        nulls=nulls,
        expressions=expressions,
        staged=staged,
        predicate=predicate,
        table=sql.Identifier(*table.name),
        same=_same(names, "t", compare),
    )
    return {position for (position,) in connection.execute(query)}


def _same(names: Sequence[str], other: str, compare: str) -> sql.Composed:
    return sql.SQL(" AND ").join(
        sql.SQL("{}.{} " + compare + " s.{}").format(
            sql.Identifier(other), sql.Identifier(name), sql.Identifier(name)
        )
        for name in names
    )
