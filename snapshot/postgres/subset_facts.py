"""What the catalog says for a subset beyond `Catalog`: leaves, comparisons, NULLs."""

from __future__ import annotations

from typing import NamedTuple

from psycopg import sql

from snapshot.catalog import Catalog, Name, Table
from snapshot.planning.references import Reference
from snapshot.postgres.connection import Connection, fetch


class Relation(NamedTuple):
    """A table or a partition, and the relations that hold its rows."""

    partitioned: bool
    leaves: tuple[Name, ...]


class Comparison(NamedTuple):
    """`p.referenced OPERATOR f.referencing`, as the server's own check compares."""

    operator: sql.Composable
    collation: sql.Composable | None = None


class SubsetFacts:
    """What is known of tables, partitions and keys."""

    def __init__(self, connection: Connection, catalog: Catalog) -> None:
        self.relations: dict[Name, Relation] = {}
        self.names: dict[int, Name] = {}  # of the relations that hold rows, by oid
        self.sizes: dict[Name, int] = {}  # their rows, about
        for row in fetch(connection, "subset_relations"):
            name, leaf = (
                Name(row["schema"], row["name"]),
                Name(row["leaf_schema"], row["leaf_name"]),
            )
            known = self.relations.get(name, Relation(row["partitioned"], ()))
            self.relations[name] = known._replace(leaves=(*known.leaves, leaf))
            self.names[row["oid"]], self.sizes[leaf] = leaf, row["rows"]
        self._comparisons = _comparisons(connection)
        self._not_null = {
            (Name(row["schema"], row["name"]), row["column"])
            for row in fetch(connection, "subset_not_null")
        }
        self.tables: dict[Name, Table] = {  # those that the leaves, and all partitions, belong to
            leaf: table for table in catalog.tables for leaf in self.leaves(table.name)
        }
        for name, relation in self.relations.items():
            if relation.leaves and relation.leaves[0] in self.tables:
                self.tables[name] = self.tables[relation.leaves[0]]
        self.tables |= catalog.by_name

    def leaves(self, table: Name) -> tuple[Name, ...]:
        """The relations that hold the rows of a table or a partition."""
        relation = self.relations.get(table)
        return relation.leaves if relation else ()

    def nullable(self, table: Name, column: str) -> bool:
        """Whether NULL may be written in place of the column's values."""
        relations = {table, *self.leaves(table)}
        if table in self.tables:
            relations.add(self.tables[table].name)
        return not any((relation, column) in self._not_null for relation in relations)

    def comparisons(self, reference: Reference) -> list[Comparison]:
        """How the columns of a reference compare; of a link as its author's role finds it."""
        plain = [Comparison(sql.SQL("="))] * len(reference.referenced_columns)
        return self._comparisons.get((reference.table, reference.constraint), plain)


def _comparisons(connection: Connection) -> dict[tuple[Name, str | None], list[Comparison]]:
    """How foreign keys compare, by table and name."""
    found: dict[tuple[Name, str | None], list[Comparison]] = {}
    for row in fetch(connection, "subset_keys"):
        comparisons = [
            Comparison(
                sql.SQL("OPERATOR({}.{})").format(sql.Identifier(schema), sql.SQL(operator)),
                sql.Identifier(*collation) if collation[1] else None,
            )
            for schema, operator, *collation in row["comparisons"]
        ]
        if row["period"]:  # every referenced row that covers a part of the range is needed
            comparisons[-1] = Comparison(sql.SQL("OPERATOR(pg_catalog.&&)"))
        found[Name(row["schema"], row["name"]), row["key"]] = comparisons
    return found
