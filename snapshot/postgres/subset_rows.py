"""The questions that a subset asks of a database: addresses of rows, by SELECT alone.

Everything runs in the open read-only transaction: no temporary table, nothing that a hot standby
refuses. Rows go to the server as an array of tids.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext

import numpy as np
import psycopg
from psycopg import sql

from snapshot.catalog import Catalog, Name, Table
from snapshot.errors import DatabaseFailed, Refused, UsageError
from snapshot.planning.references import Reference
from snapshot.postgres.addresses import (
    NO_ADDRESSES,
    Addresses,
    fetch_addresses,
    fetch_all,
    parts_of,
    tid,
    tid_array,
)
from snapshot.postgres.authors_sql import authors_sql, checked, in_parentheses
from snapshot.postgres.connection import Connection
from snapshot.postgres.introspect import count_rows
from snapshot.postgres.subset_facts import SubsetFacts

PART = 50_000  # addresses in a statement: a tid scan of so many takes a fraction of a second
LARGE_PART = 1_000_000  # where a scan of the table is cheaper
SCAN_FROM = 0.1  # of the table
NEARLY_ALL = 0.9  # of the rows that the server estimates: then it is worth counting them
HASHED_ARRAYS = 140000  # before, = ANY of an array is compared one by one, except in a tid scan
_SEED = 4027  # any number; another one makes another choice
_CHOICES = 1 << 63

# A tid scan reads each page once, in order. Merge joins would sort all of the larger table.
_SETTINGS = """SELECT pg_catalog.set_config(name, value, true) FROM (VALUES
    ('random_page_cost', '1'), ('effective_cache_size', '4GB'), ('enable_mergejoin', 'off'),
    ('jit', 'off')) wanted (name, value)
    UNION ALL SELECT pg_catalog.set_config('work_mem', '64MB', true) FROM pg_catalog.pg_settings
    WHERE name = 'work_mem' AND setting::bigint < 65536"""

Found = dict[Name, Addresses]  # by the relations that hold the rows


class SubsetRows:
    """Answers about rows. Relations are those that hold rows: tables, or leaves of partitions."""

    def __init__(self, connection: Connection, catalog: Catalog) -> None:
        self._connection = connection
        self._catalog = catalog
        self._facts = SubsetFacts(connection, catalog)
        self._counts: dict[Name, int] = {}
        self._hashed = connection.info.server_version >= HASHED_ARRAYS

    def leaves(self, table: Name) -> tuple[Name, ...]:
        """The relations that hold the rows of a table or a partition."""
        return self._facts.leaves(table)

    def nullable(self, table: Name, column: str) -> bool:
        """Whether NULL may be written in place of the column's values."""
        return self._facts.nullable(table, column)

    def check_link(self, link: Reference) -> None:
        """Raise UsageError or Refused if the server does not accept the author's SQL of a link."""
        query = sql.SQL("SELECT FROM {}").format(
            self._joined(self._referencing(link, None, None), link)
        )
        texts = [text for text in (link.expression, link.where) if text is not None]
        with self._author(link):
            checked(self._connection, query, f"the link {link}", texts)

    def roots(
        self, table: Name, where: str | None, percent: float | None, limit: int | None
    ) -> Found:
        """The rows of a table that a condition, a share or a number chooses.

        A share and a number go by a hash of the key: a row of 1 % is one of 2 % too.
        """
        choice = self._choice(self._planned(table))
        conditions = [in_parentheses(where)] if where is not None else []
        if percent is not None:
            below = sql.Literal(min(int(percent / 100 * _CHOICES), _CHOICES - 1))
            conditions.append(
                sql.SQL(
                    "({} OPERATOR(pg_catalog.&) 9223372036854775807) OPERATOR(pg_catalog.<=) {}"
                ).format(choice, below)
            )
        query = sql.SQL("SELECT tableoid, ctid FROM {}").format(self._from(table))
        if conditions:
            query += sql.SQL(" WHERE ") + sql.SQL(" AND ").join(conditions)
        if limit is not None:
            query += sql.SQL(" ORDER BY {}, tableoid, ctid LIMIT {}").format(
                choice, sql.Literal(limit)
            )
        if where is None:
            return self._found([query])
        what = f"the condition on {table}"
        with authors_sql(self._connection, what):
            checked(self._connection, query, what, [where])
            return self._found([query])

    def everything(self, relation: Name) -> Addresses:
        """All rows of a relation."""
        query = sql.SQL("SELECT tableoid, ctid FROM {}").format(self._from(relation))
        return self._found([query]).get(relation, NO_ADDRESSES)

    def complete(self, relation: Name, addresses: Addresses) -> bool:
        """Whether these are all rows of a relation: then no list of them is needed."""
        if len(addresses) < NEARLY_ALL * self._facts.sizes[relation]:
            return False
        if relation not in self._counts:
            query = sql.SQL("SELECT pg_catalog.count(*) FROM {}").format(self._from(relation))
            ((self._counts[relation],),) = fetch_all(self._connection, query)
        return len(addresses) == self._counts[relation]

    def count(self, tables: Sequence[Name]) -> dict[Name, int]:
        """How many rows the tables of the catalog have, exactly."""
        return count_rows(self._connection, [self._catalog.by_name[name] for name in tables])

    def parents(self, reference: Reference, relation: Name, addresses: Addresses | None) -> Found:
        """The rows that some rows of `relation` refer to. None: all of its rows."""
        with self._author(reference):
            return self._found(
                sql.SQL("SELECT DISTINCT p.tableoid, p.ctid FROM {}").format(
                    self._joined(self._referencing(reference, relation, part), reference)
                )
                for part in self._parts(relation, addresses)
            )

    def pairs(
        self, reference: Reference, relation: Name, addresses: Addresses | None
    ) -> Iterator[tuple[Addresses, Name, Addresses]]:
        """The same with who refers: addresses, and of each the row that it refers to."""
        with self._author(reference):
            for part in self._parts(relation, addresses):
                query = sql.SQL("SELECT p.tableoid, f.address, p.ctid FROM {}").format(
                    self._joined(self._referencing(reference, relation, part), reference)
                )
                for oid, (referring, target) in fetch_addresses(self._connection, query, 2):
                    yield referring, self._facts.names[oid], target

    def children(
        self,
        reference: Reference,
        relation: Name,
        addresses: Addresses | None,
        limit: int | None = None,
    ) -> Found:
        """The rows that refer to some rows of `relation`: of each at most `limit`.

        Those with the smallest hash of their key are taken.
        """
        self._planned(reference.root)
        joined = sql.SQL("c.relation, c.address FROM {} p JOIN {} c ON {}")
        if limit is not None:
            joined = sql.SQL(
                "relation, address FROM (SELECT c.relation, c.address, pg_catalog.row_number() OVER"
                " (PARTITION BY p.parent ORDER BY c.choice, c.relation, c.address) AS place"
                " FROM {} p JOIN {} c ON {}) s WHERE place OPERATOR(pg_catalog.<=) {}"
            )
        columns = sql.SQL(", ").join(sql.Identifier(c) for c in reference.referenced_columns)
        with self._author(reference):
            return self._found(
                sql.SQL("SELECT ")
                + joined.format(
                    sql.SQL("(SELECT ctid AS parent, {} FROM {}{})").format(
                        columns, self._from(relation), _among(part)
                    ),
                    self._referencing(reference, None, None),
                    self._matches(reference, "c"),
                    sql.Literal(limit),
                )
                for part in self._parts(relation, addresses)
            )

    def dangling(self, reference: Reference, relation: Name, addresses: Addresses | None) -> int:
        """How many rows have a whole key that leads nowhere."""
        keys = sql.SQL(", ").join(sql.Identifier("f", f"k{i}") for i in range(_width(reference)))
        total = 0
        with self._author(reference):
            for part in self._parts(relation, addresses):
                query = sql.SQL(
                    "SELECT pg_catalog.count(*) FROM {} f WHERE pg_catalog.num_nulls({})"
                    " OPERATOR(pg_catalog.=) 0 AND NOT EXISTS (SELECT FROM {} WHERE {})"
                ).format(
                    self._referencing(reference, relation, part),
                    keys,
                    self._from(reference.referenced, "p"),
                    self._matches(reference, "f"),
                )
                ((count,),) = fetch_all(self._connection, query)
                total += count
        return total

    def values(self, relation: Name, column: str, addresses: Addresses | None) -> set[str]:
        """The different values of a column as text, without NULL."""
        found: set[str] = set()
        for part in self._parts(relation, addresses):
            query = sql.SQL("SELECT DISTINCT {}::text FROM {}{}").format(
                sql.Identifier(column), self._from(relation), _among(part)
            )
            rows = fetch_all(self._connection, query)
            found |= {value for (value,) in rows if value is not None}
        return found

    def key_of(self, relation: Name, address: int) -> tuple[str | None, ...]:
        """The key of a row as text; of a table without a key all columns."""
        query = sql.SQL("SELECT {} FROM {} WHERE ctid OPERATOR(pg_catalog.=) {}").format(
            sql.SQL(", ").join(
                sql.SQL("{}::text").format(sql.Identifier(column))
                for column in _key(self._facts.tables[relation])
            ),
            self._from(relation),
            tid(address),
        )
        row = self._connection.execute(query).fetchone()
        assert row is not None
        return tuple(row)

    def row_with(self, table: Name, key: Sequence[str]) -> Found:
        """The row with this key, its values as text. Raises UsageError for what is no such value.

        The number of values must be that of the key's columns.
        """
        columns = self._planned(table).key
        query = sql.SQL("SELECT tableoid, ctid FROM {} WHERE {}").format(
            self._from(table),
            sql.SQL(" AND ").join(
                sql.SQL("{} = {}").format(sql.Identifier(column), sql.Literal(value))
                for column, value in zip(columns, key, strict=True)
            ),
        )
        try:
            with authors_sql(self._connection, f"the key of {table}"):
                return self._found([query])
        except Refused as error:
            raise UsageError(error.message, hint="give values of the key's types") from None

    # --- parts of statements

    def _parts(self, relation: Name, addresses: Addresses | None) -> Iterator[Addresses | None]:
        if addresses is None or self.complete(relation, addresses):
            yield None
            return
        large = len(addresses) >= SCAN_FROM * self._facts.sizes[relation] and self._hashed
        yield from parts_of(addresses, LARGE_PART if large else PART)

    def _found(self, queries: Iterable[sql.Composable]) -> Found:
        """The rows that the queries of tableoid and ctid give, each once."""
        found: dict[Name, list[Addresses]] = {}
        for query in queries:
            for oid, (some,) in fetch_addresses(self._connection, query):
                found.setdefault(self._facts.names[oid], []).append(some)
        return {name: np.unique(np.concatenate(some)) for name, some in found.items()}

    def _from(self, relation: Name, alias: str | None = None) -> sql.Composed:
        """A relation after FROM, under its table's own name: the author's SQL may qualify by it."""
        known = self._facts.relations[relation]
        name = (
            self._planned(relation).name.name if relation in self._facts.tables else relation.name
        )
        # ONLY: rows of a child that inherits belong to the child
        return sql.SQL("{}{} AS {}").format(
            sql.SQL("" if known.partitioned else "ONLY "),
            sql.Identifier(*relation),
            sql.Identifier(alias or name),
        )

    def _planned(self, relation: Name) -> Table:
        """The table of a relation. Raises Refused if no plan of it may be made."""
        table = self._facts.tables[relation]
        if table.foreign_code:
            raise Refused(
                f"no rows of {table.name} can be chosen: an index or partition key of it calls "
                "functions that are not the server's own, and a plan would run them",
                hint='take the table whole, or leave its rows out: rows = "none"',
            )
        return table

    def _choice(self, table: Table) -> sql.Composed:
        """A number of a row by its key, the same on every server."""
        columns = sql.SQL(", ").join(sql.Identifier(column) for column in _key(table))
        return sql.SQL(
            'pg_catalog.hashtextextended((ROW({})::text) COLLATE pg_catalog."C", {})'
        ).format(columns, sql.Literal(_SEED))

    def _referencing(
        self, reference: Reference, relation: Name | None, part: Addresses | None
    ) -> sql.Composed:
        """A subquery of rows that refer: relation, address, choice, k0, k1, …"""
        relation = relation or reference.table
        keys = [sql.Identifier(column) for column in reference.columns]
        expressions: list[sql.Composable] = list(keys)
        if reference.expression is not None:
            expressions = [in_parentheses(reference.expression)]
        query = sql.SQL(
            "(SELECT tableoid AS relation, ctid AS address, {} AS choice, {} FROM {}{}"
        ).format(
            self._choice(self._planned(relation)),
            sql.SQL(", ").join(
                sql.SQL("{} AS {}").format(expression, sql.Identifier(f"k{i}"))
                for i, expression in enumerate(expressions)
            ),
            self._from(relation),
            _among(part),
        )
        if reference.where is not None:
            word = sql.SQL(" WHERE " if part is None else " AND ")
            query += word + in_parentheses(reference.where)
        return query + sql.SQL(")")

    def _joined(self, referencing: sql.Composable, reference: Reference) -> sql.Composed:
        return sql.SQL("{} f JOIN {} ON {}").format(
            referencing, self._from(reference.referenced, "p"), self._matches(reference, "f")
        )

    def _matches(self, reference: Reference, alias: str) -> sql.Composed:
        """The condition under which a row refers to a row p."""
        comparisons = self._facts.comparisons(reference)
        conditions = []
        for i, (column, comparison) in enumerate(
            zip(reference.referenced_columns, comparisons, strict=True)
        ):
            referring = sql.Composed([sql.Identifier(alias, f"k{i}")])
            if comparison.collation is not None:
                referring += sql.SQL(" COLLATE ") + comparison.collation
            conditions.append(
                sql.SQL("p.{} {} ({})").format(
                    sql.Identifier(column), comparison.operator, referring
                )
            )
        return sql.SQL(" AND ").join(conditions)

    def _author(self, reference: Reference) -> AbstractContextManager[None]:
        """For statements with the author's SQL in them: names are found as the role finds them."""
        if reference.constraint is not None:
            return nullcontext()
        return authors_sql(self._connection, f"the link {reference}")


@contextmanager
def planned_for_addresses(connection: Connection) -> Iterator[None]:
    """Let the planner of the open transaction join by addresses; afterwards it is as before."""
    try:
        with connection.transaction(force_rollback=True):
            connection.execute(_SETTINGS)
            yield
    except psycopg.errors.SerializationFailure as error:  # "canceling statement due to conflict …"
        raise DatabaseFailed(
            "the standby cancelled the query: its replay needed what the query reads",
            hint="raise max_standby_streaming_delay there, or run the command again",
        ) from error


def _among(part: Addresses | None) -> sql.Composable:
    if part is None:
        return sql.SQL("")
    return sql.SQL(" WHERE ctid OPERATOR(pg_catalog.=) ANY ({})").format(tid_array(part))


def _key(table: Table) -> tuple[str, ...]:
    return table.key or tuple(column.name for column in table.stored)


def _width(reference: Reference) -> int:
    return len(reference.referenced_columns)
