"""What stands after FROM to read the chosen rows of a table, some columns of some as NULL."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

import numpy as np
from psycopg import sql

from snapshot.catalog import Name, Table
from snapshot.postgres.addresses import Addresses, parts_of, tid_array

Group = tuple[Name, Addresses, frozenset[str]]  # a relation, rows, columns that are NULL in them


def grouped(
    chosen: Mapping[Name, Addresses], nulled: Iterable[tuple[Name, Sequence[str], Addresses]]
) -> list[Group]:
    """The chosen rows by relation and by the columns that are written as NULL; each row once."""
    groups: list[Group] = [(name, rows, frozenset()) for name, rows in chosen.items() if len(rows)]
    for relation, columns, addresses in nulled:
        split: list[Group] = []
        for name, rows, already in groups:
            here = np.isin(rows, addresses) if name == relation else np.zeros(len(rows), bool)
            split += [(name, rows[~here], already), (name, rows[here], already.union(columns))]
        groups = [group for group in split if len(group[1])]
    return groups


def chosen_source(table: Table, groups: Sequence[Group]) -> sql.Composed:
    """A subquery, under the table's name, that gives exactly these rows."""
    selects = [
        sql.SQL("SELECT {} FROM ONLY {} WHERE ctid OPERATOR(pg_catalog.=) ANY ({})").format(
            _columns(table, nulls), sql.Identifier(*relation), tid_array(rows)
        )
        for relation, rows, nulls in groups
    ]
    if not selects:
        selects = [
            sql.SQL("SELECT {} FROM {} WHERE false").format(
                _columns(table, frozenset()), sql.Identifier(*table.name)
            )
        ]
    return sql.SQL("({}) AS {}").format(
        sql.SQL(" UNION ALL ").join(selects), sql.Identifier(table.name.name)
    )


def chosen_parts(table: Table, groups: Sequence[Group], size: int) -> Iterator[sql.Composed]:
    """The same in several subqueries of at most `size` rows each, in the order of addresses."""
    for relation, rows, nulls in groups:
        for part in parts_of(rows, size):
            yield chosen_source(table, [(relation, part, nulls)])


def _columns(table: Table, nulls: frozenset[str]) -> sql.Composable:
    # a CASE keeps the column's type, which a bare NULL has not
    null = sql.SQL("CASE WHEN true THEN NULL ELSE {0} END AS {0}")
    return sql.SQL(", ").join(
        null.format(sql.Identifier(column.name))
        if column.name in nulls
        else sql.Identifier(column.name)
        for column in table.stored
    )
