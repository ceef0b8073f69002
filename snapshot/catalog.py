"""The structure of a database as frozen dataclasses, without SQL and connections."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Literal, NamedTuple

_PLAIN_NAME = re.compile(r"[a-z_][a-z0-9_$]*")


class Name(NamedTuple):
    """A schema-qualified name, as the catalog spells it (unquoted)."""

    schema: str
    name: str

    def __str__(self) -> str:
        """Text to read: quoted only where SQL needs it, without `public`."""
        parts = (self.name,) if self.schema == "public" else self
        return ".".join(quoted(part) for part in parts)


# Where seeding records what it wrote. Others may have a schema of that name too.
LEDGER = tuple(Name("snapshot", name) for name in ("seeded", "seed_rule", "seed_run"))


def quoted(identifier: str) -> str:
    """The identifier in quotes, unless it is plain lower case."""
    if _PLAIN_NAME.fullmatch(identifier):
        return identifier
    return '"' + identifier.replace('"', '""') + '"'


@dataclass(frozen=True)
class Column:
    """A column of a table."""

    name: str
    type: str
    generated: bool = False
    required: bool = False  # NOT NULL, and nothing fills it in
    collatable: bool = False
    # How a value is written as JSON: "native" is exact as it is, the others are PostgreSQL's text
    # unless they can be shown to be exact ("bigint", "float", "jsonb"). "output" types have a cast
    # to text that is not their output function (char(n), inet, …), so the cast must not be used.
    json: Literal["native", "bigint", "float", "jsonb", "cast", "output"] = "cast"
    # Its binary form is the same on every server that has the type.
    binary: bool = False
    base: str | None = None  # the type as SQL, without domain and length, if it is the server's own


@dataclass(frozen=True)
class Table:
    """A table whose rows a snapshot may hold: ordinary, or the root of a partition tree."""

    name: Name
    columns: tuple[Column, ...]
    key: tuple[str, ...] = ()  # columns of the primary key, or of a NOT NULL unique index
    partitioned: bool = False
    owned: bool = True  # the connected role may alter it
    forced_row_security: bool = False
    configuration: str | None = None  # condition on an extension's configuration table
    estimated_rows: int = 0
    empty: bool = False  # certainly; False says nothing
    pages: int = 0  # of 8 KiB, without TOAST; of a partitioned table those of its largest partition
    size: int = 0  # bytes, TOAST included
    # a query would run functions that are not the server's own: see postgres/unplanned.py
    foreign_code: bool = False
    foreign_partitions: bool = False  # rows of some partitions are on another server
    leaves: tuple[Name, ...] = ()  # of a partitioned table: the tables that hold its rows

    @cached_property
    def stored(self) -> tuple[Column, ...]:
        """The columns whose values are stored, so not computed from others."""
        return tuple(column for column in self.columns if not column.generated)


@dataclass(frozen=True)
class ForeignKey:
    """A foreign key. `table` and `referenced` are the tables it stands on (partitions too)."""

    name: str
    table: Name
    columns: tuple[str, ...]
    referenced: Name
    referenced_columns: tuple[str, ...]
    root: Name  # `table`, or the root of its partition tree: what the load order knows
    referenced_root: Name
    deferrable: bool = False
    deferred: bool = False  # initially
    validated: bool = True
    enforced: bool = True
    match_full: bool = False
    definition: str = ""  # as pg_get_constraintdef() gives it
    comment: str | None = None

    def __str__(self) -> str:
        return f"{self.table}.{quoted(self.name)}"


@dataclass(frozen=True)
class Check:
    """A constraint of a table or a domain that is NOT VALID: rows loaded again might break it."""

    name: str
    owner: Name  # table, partition or domain
    of_domain: bool
    roots: tuple[Name, ...]  # tables whose rows it concerns, or the roots of their partition trees
    definition: str
    comment: str | None = None
    valid_in: tuple[Name, ...] = ()  # what inherits it and was found to hold it


@dataclass(frozen=True)
class Index:
    """An index, or a constraint with one, that can be dropped and built again as it was."""

    name: str
    table: Name
    definition: str  # CREATE INDEX …, or of a constraint as pg_get_constraintdef() gives it
    is_constraint: bool
    index_comment: str | None = None
    constraint_comment: str | None = None
    clustered: bool = False
    replica_identity: bool = False


@dataclass(frozen=True)
class Trigger:
    """A user's trigger."""

    name: str
    table: Name
    root: Name  # `table`, or the root of its partition tree
    enabled: str  # pg_trigger.tgenabled: O(rigin), D(isabled), R(eplica), A(lways)


@dataclass(frozen=True)
class Rule:
    """A user's rule on a table."""

    name: str
    table: Name
    root: Name
    enabled: str  # as of a trigger


@dataclass(frozen=True)
class EventTrigger:
    """A user's event trigger that DDL fires."""

    name: str
    enabled: str  # as of a trigger
    owned: bool = True  # the connected role may switch it off


@dataclass(frozen=True)
class Sequence:
    """A sequence; `owner` is the table whose column owns it, `used_by` have a default of it."""

    name: Name
    owner: Name | None = None
    used_by: tuple[Name, ...] = ()
    descending: bool = False

    @property
    def tables(self) -> set[Name]:
        """The tables that get values of it."""
        return {*self.used_by, *([self.owner] if self.owner else [])}


@dataclass(frozen=True)
class Extension:
    """An installed extension."""

    name: str
    schema: str
    version: str


class Revision(NamedTuple):
    """How far a migration tool has come, as one of its bookkeeping tables says it.

    `at` is the newest migration by name or version, of Django that of each app; "" if there is
    none. `applied` counts the rows: two databases may have the same newest one and not the same
    migrations.
    """

    tool: str
    table: Name
    at: str
    applied: int


class SchemaObject(NamedTuple):
    """An object in pg_dump's words: its kind ("fk constraint"), its schema if any, its name."""

    kind: str
    schema: str
    name: str


class Definition(NamedTuple):
    """What pg_dump writes of an object."""

    text: str
    parent: SchemaObject | None = None  # the table of a trigger, what a comment is on
    access_method: str = ""
    owner: str = ""  # only with privileges


Definitions = Mapping[SchemaObject, Definition]


@dataclass(frozen=True)
class Catalog:
    """The structure of one database, read in one transaction."""

    server_version: int  # as PQserverVersion() gives it: 180004
    encoding: str
    tables: tuple[Table, ...]
    foreign_keys: tuple[ForeignKey, ...]
    unvalidated_checks: tuple[Check, ...]
    triggers: tuple[Trigger, ...]
    sequences: tuple[Sequence, ...]
    materialized_views: tuple[
        Name, ...
    ]  # the populated ones, in the order they depend on each other
    extensions: tuple[Extension, ...]
    large_objects: int
    schemas: tuple[str, ...]  # of users, those that hold at least one object
    rules: tuple[Rule, ...] = ()
    event_triggers: tuple[EventTrigger, ...] = ()
    disabled_keys: frozenset[tuple[Name, str]] = frozenset()  # foreign keys that check nothing
    large_object_comments: Mapping[int, str] = field(default_factory=dict)

    @property
    def structure(self) -> Catalog:
        """The same without what changes while rows are written: two of one schema are equal."""
        tables = (replace(t, estimated_rows=0, empty=False, pages=0, size=0) for t in self.tables)
        return replace(
            self,
            tables=tuple(tables),
            materialized_views=(),
            large_objects=0,
            large_object_comments={},
        )

    @cached_property
    def by_name(self) -> dict[Name, Table]:
        """The tables, by name."""
        return {table.name: table for table in self.tables}
