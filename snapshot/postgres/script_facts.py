"""What a script that changes rows must know of a database, besides its catalog."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from snapshot.catalog import Catalog, Index, Name
from snapshot.postgres.connection import Connection, fetch
from snapshot.postgres.introspect import read_catalog, read_indexes

Operator = tuple[str, str]  # schema and name
KeyName = tuple[Name, str]  # of a constraint: its table and its name


@dataclass(frozen=True)
class UniqueKey:
    """A unique constraint or index, or an exclusion constraint."""

    index: Index  # how it is built again
    root: Name  # its table, or the root of that partition tree
    columns: tuple[str, ...]
    involved: frozenset[str]  # those of a predicate too
    predicate: str | None = None  # of a partial index
    opaque: bool = False  # who is alike cannot be seen in the rows: expressions, exclusion
    nulls_equal: bool = False
    deferrable: bool = False
    replaceable: bool = True  # it can be dropped and built again exactly as it was
    operators: tuple[Operator, ...] = ()  # `=`, one a column

    @property
    def id(self) -> KeyName:
        """Its table and its name."""
        return self.index.table, self.index.name


class KeyActions(NamedTuple):
    """What a foreign key does when a referenced row goes or gets other values.

    Letters as in pg_constraint: NO ACTION a, RESTRICT r, CASCADE c, SET NULL n, SET DEFAULT d.
    """

    on_delete: str
    on_update: str
    needs: str  # the unique index, on the referenced table
    period: bool  # ranges that must be covered, not values that must be equal
    operators: tuple[Operator, ...]  # referenced = referencing, one a column


@dataclass(frozen=True)
class ScriptFacts:
    """The structure of the database that a script will change."""

    catalog: Catalog
    unique_keys: tuple[UniqueKey, ...]
    actions: Mapping[KeyName, KeyActions]  # of every foreign key
    identities: frozenset[tuple[Name, str]]  # columns GENERATED ALWAYS AS IDENTITY


def read_script_facts(connection: Connection, catalog: Catalog | None = None) -> ScriptFacts:
    """Read what change_script() needs, in the transaction that is open."""
    replaceable = {(index.table, index.name) for index in read_indexes(connection)}
    return ScriptFacts(
        catalog or read_catalog(connection),
        tuple(_unique_key(row, replaceable) for row in fetch(connection, "unique_keys")),
        dict(_actions(row) for row in fetch(connection, "key_actions")),
        frozenset(
            (Name(row["schema"], row["table_name"]), row["name"])
            for row in fetch(connection, "identity_columns")
        ),
    )


def _unique_key(row: dict[str, Any], replaceable: set[KeyName]) -> UniqueKey:
    table = Name(row["schema"], row["table_name"])
    index = Index(
        row["name"],
        table,
        row["definition"],
        row["is_constraint"],
        row["index_comment"],
        row["constraint_comment"],
        row["clustered"],
        row["replica_identity"],
    )
    return UniqueKey(
        index,
        Name(row["root_schema"], row["root_name"]),
        tuple(row["columns"]),
        frozenset(row["involved"]),
        row["predicate"],
        row["opaque"],
        row["nulls_equal"],
        row["deferrable"],
        row["partitioned"] or (table, row["name"]) in replaceable,
        tuple((schema, name) for schema, name in row["operators"]),
    )


def _actions(row: dict[str, Any]) -> tuple[KeyName, KeyActions]:
    key = Name(row["schema"], row["table_name"]), row["name"]
    operators = tuple((schema, name) for schema, name in row["operators"])
    return key, KeyActions(
        row["on_delete"], row["on_update"], row["needs"], row["period"], operators
    )
