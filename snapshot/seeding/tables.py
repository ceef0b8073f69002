"""What a row of a table needs: columns, defaults, keys and unique indexes, from the catalog."""

from __future__ import annotations

import difflib
import re
from collections import namedtuple
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from operator import itemgetter
from typing import Any, NamedTuple

from snapshot.catalog import ForeignKey, Name
from snapshot.errors import UsageError
from snapshot.postgres.connection import Connection, fetch

_NEW_EACH_TIME = re.compile(r"nextval\(|uuid\w*\(|random\w*\(")


@dataclass(frozen=True)
class SeedColumn:
    """A column, and what a value for it must be."""

    name: str
    type: str
    oid: int  # of the type, of a domain's base type
    category: str  # pg_type.typcategory
    labels: tuple[str, ...] | None  # of an enum
    length: int | None  # characters
    exact: bool  # Python can tell values apart as the server does
    not_null: bool
    default: str | None
    generated: bool
    sequence: str | None  # quoted and qualified; its default is the next value and nothing else
    primary: bool

    @property
    def made_up(self) -> bool:
        """Its default is another value for each row."""
        if self.sequence:
            return True
        if self.default is None:
            return False
        return self.type == "uuid" or bool(_NEW_EACH_TIME.search(self.default))


class KeySource(NamedTuple):
    """What gives the values of a key column: a sequence, or the column's default as SQL."""

    sequence: str | None
    default: str | None = None


@dataclass(frozen=True)
class UniqueIndex:
    """A unique index; `columns` is None if it has expressions."""

    name: str
    primary: bool
    columns: tuple[str, ...] | None
    expressions: tuple[str, ...]
    predicate: str | None
    nulls_distinct: bool


@dataclass(frozen=True)
class SeedTable:
    """A table that rules fill or read."""

    name: Name
    columns: Mapping[str, SeedColumn]
    uniques: tuple[UniqueIndex, ...]
    foreign_keys: tuple[ForeignKey, ...]

    @cached_property
    def key(self) -> tuple[str, ...]:
        """The columns of the primary key, else of a unique one whose columns are NOT NULL."""
        whole = [
            u
            for u in self.uniques
            if u.columns
            and u.predicate is None
            and all(self.columns[name].not_null for name in u.columns)
        ]
        first = min(whole, key=lambda u: (not u.primary, u.name), default=None)
        return first.columns or () if first else ()

    @cached_property
    def key_sources(self) -> tuple[tuple[str, KeySource | None], ...]:
        """The columns of the primary key that a body may leave out. None is a UUID of the row."""
        columns = [self.columns[name] for name in sorted(self.key)]
        return tuple((c.name, _source(c)) for c in columns if c.made_up)

    @cached_property
    def made_keys(self) -> frozenset[str]:
        """The names of those columns."""
        return frozenset(name for name, _ in self.key_sources)

    @cached_property
    def places(self) -> Mapping[str, int]:
        """Where each column stands in a row."""
        return {name: place for place, name in enumerate(self.columns)}

    @cached_property
    def row_type(self) -> Any:
        """A named tuple with the columns as its fields. Its `_source` is the table.

        getattr() finds a column whose name is no identifier too.
        """
        make: Any = namedtuple  # the columns are known only now
        kind = make("Row", list(self.columns), rename=True)
        for name, place in self.places.items():
            if not hasattr(kind, name):
                setattr(kind, name, property(itemgetter(place)))
        kind._source = self
        return kind

    @cached_property
    def natural_key(self) -> tuple[str, ...]:
        """Columns that identify a row on every server: NOT NULL, unique, and no references."""
        references = {column for fk in self.foreign_keys for column in fk.columns}
        for unique in sorted(self.uniques, key=lambda u: (u.primary, u.name)):
            if unique.columns is None or unique.predicate is not None:
                continue
            columns = [self.columns[name] for name in unique.columns]
            if all(c.not_null and not c.made_up and c.name not in references for c in columns):
                return unique.columns
        return ()


def _source(column: SeedColumn) -> KeySource | None:
    if column.sequence:
        return KeySource(column.sequence)
    return None if column.type == "uuid" else KeySource(None, column.default)


class Tables:
    """The tables of a database, found by the names that a blueprint uses."""

    def __init__(self, tables: Iterable[SeedTable]) -> None:
        self.by_name = {table.name: table for table in tables}

    def find(self, name: str) -> SeedTable | None:
        """A table by `name` or `schema.name`; `public` comes first."""
        schema, dot, bare = name.rpartition(".")
        if dot and Name(schema, bare) in self.by_name:
            return self.by_name[Name(schema, bare)]
        if Name("public", name) in self.by_name:
            return self.by_name[Name("public", name)]
        found = [table for key, table in self.by_name.items() if key.name == name]
        return found[0] if len(found) == 1 else None

    def named(self, name: str) -> SeedTable:
        """As find(). Raises UsageError, with the nearest name, if there is none."""
        table = self.find(name)
        if table is None:
            near = difflib.get_close_matches(name, [key.name for key in self.by_name], 1)
            raise UsageError(
                f"there is no table {name}",
                hint=f"did you mean {near[0]}?" if near else "create the schema first",
            )
        return table


def read_tables(connection: Connection, foreign_keys: Iterable[ForeignKey]) -> Tables:
    """Read what is needed to fill tables. Partitions are filled through their root."""
    keys: dict[Name, list[ForeignKey]] = {}
    for fk in foreign_keys:
        if fk.table == fk.root:
            keys.setdefault(fk.root, []).append(fk)
    tables = []
    for row in fetch(connection, "columns"):
        name = Name(row["schema"], row["name"])
        columns = [
            SeedColumn(**{**c, "labels": tuple(c["labels"]) if c["labels"] else None})
            for c in row["columns"]
        ]
        uniques = tuple(
            UniqueIndex(
                **{
                    **u,
                    "columns": tuple(u["columns"]) if u["columns"] else None,
                    "expressions": tuple(u["expressions"]),
                }
            )
            for u in row["uniques"] or ()
        )
        tables.append(
            SeedTable(name, {c.name: c for c in columns}, uniques, tuple(keys.get(name, ())))
        )
    return Tables(tables)
