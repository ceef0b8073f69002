"""What a row of a table needs: columns, defaults, keys and unique indexes. Reads the catalog."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from snapshot.catalog import ForeignKey, Name
from snapshot.errors import UsageError
from snapshot.postgres.connection import Connection, fetch


@dataclass(frozen=True)
class SeedColumn:
    """A column, as one needs to know it to fill it."""

    name: str
    type: str
    oid: int  # of the type, of a domain's base type
    category: str  # pg_type.typcategory
    labels: tuple[str, ...] | None  # of an enum
    length: int | None  # characters
    exact: bool  # Python's == is the server's
    not_null: bool
    default: str | None
    generated: bool
    sequence: str | None  # its default's, quoted and qualified
    primary: bool


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
        """The columns of the primary key."""
        return next((u.columns for u in self.uniques if u.primary and u.columns), ())

    @cached_property
    def made_keys(self) -> frozenset[str]:
        """The columns of the primary key that the server or this program makes up."""
        columns = (self.columns[name] for name in self.key)
        return frozenset(
            c.name for c in columns if c.sequence or (c.type == "uuid" and c.default is not None)
        )

    @cached_property
    def makers(self) -> tuple[tuple[str, str | None], ...]:
        """Those columns, each with its sequence; None is a UUID."""
        return tuple((name, self.columns[name].sequence) for name in sorted(self.made_keys))

    @cached_property
    def natural_key(self) -> tuple[str, ...]:
        """Columns that tell a row from others on every server: NOT NULL, unique, no references."""
        references = {column for fk in self.foreign_keys for column in fk.columns}
        for unique in sorted(self.uniques, key=lambda u: (u.primary, u.name)):
            if unique.columns is None or unique.predicate is not None:
                continue
            columns = [self.columns[name] for name in unique.columns]
            if all(
                c.not_null
                and not c.sequence
                and c.name not in references
                and not (c.type == "uuid" and c.default is not None)
                for c in columns
            ):
                return unique.columns
        return ()


class Schema:
    """The tables of a database, found by the names that a blueprint uses."""

    def __init__(self, tables: Iterable[SeedTable]) -> None:
        self.tables = {table.name: table for table in tables}

    def find(self, name: str) -> SeedTable | None:
        """A table by `name` or `schema.name`; `public` comes first."""
        schema, dot, bare = name.rpartition(".")
        if dot and Name(schema, bare) in self.tables:
            return self.tables[Name(schema, bare)]
        if Name("public", name) in self.tables:
            return self.tables[Name("public", name)]
        found = [table for key, table in self.tables.items() if key.name == name]
        return found[0] if len(found) == 1 else None

    def named(self, name: str) -> SeedTable:
        """As find(); raises UsageError with the nearest name."""
        table = self.find(name)
        if table is None:
            near = difflib.get_close_matches(name, [key.name for key in self.tables], 1)
            raise UsageError(
                f"there is no table {name}",
                hint=f"did you mean {near[0]}?" if near else "create the schema first",
            )
        return table


def read_schema(connection: Connection, foreign_keys: Iterable[ForeignKey]) -> Schema:
    """Read what is needed to fill tables; partitions are left to their roots."""
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
    return Schema(tables)
