"""Samples of columns' values, and what the catalog says that decides how they can be masked.

Only pages that a sample needs are read. Values come as the server's output functions write them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import ceil

from psycopg import sql

from snapshot.catalog import Name, Table
from snapshot.postgres.connection import Connection, fetch
from snapshot.postgres.copying import copy_out
from snapshot.postgres.unplanned import plain_copies, unescaped

SAMPLE = 10_000  # values of a column
SEPARATOR = "\x1f"  # between the elements of an array
_FEW_PAGES = 128  # of 8 KiB: a table of so many is read from its start
_ROWS_A_PAGE = 120  # of a table that was never analysed: narrow rows, so rather too few pages
_LONGEST = 2_000  # characters of a value that are looked at; JSON is taken whole
_HEAVIEST = 1 << 20  # bytes on disk: a larger value is not looked at
_BUDGET = 64 << 20  # characters of a table


@dataclass(frozen=True)
class ColumnFacts:
    """What is known of a column without its values. The type is without domain and modifier."""

    name: str
    type: str  # as format_type() names it; of an array that of its elements
    kind: str = "b"  # pg_type.typtype: base, composite, enum, range, multirange
    array: bool = False
    known: bool = True  # the server's own, or an enum
    extension_type: str | None = None  # its name without a schema: citext, hstore, …
    not_null: bool = False
    generated: bool = False
    comment: str | None = None
    unique_index: str | None = None  # that holds the column, alone or with others
    excluded: bool = False  # in an exclusion constraint
    partition_key: bool = False
    inherited_from: Name | None = None  # the parent that has the column too


@dataclass(frozen=True)
class TableFacts:
    """The columns of a table in its order, and its comment."""

    columns: Mapping[str, ColumnFacts]
    comment: str | None = None


Sample = Mapping[str, Sequence[str]]  # by column; NULLs are left out


def read_column_facts(connection: Connection) -> dict[Name, TableFacts]:
    """The facts of all users' columns, with one query."""
    columns: dict[Name, dict[str, ColumnFacts]] = {}
    comments: dict[Name, str | None] = {}
    for row in fetch(connection, "discovery"):
        table = Name(row.pop("schema"), row.pop("table_name"))
        comments[table] = row.pop("table_comment")
        parent = row.pop("inherited_from")
        facts = ColumnFacts(**row, inherited_from=Name(*parent) if parent else None)
        columns.setdefault(table, {})[facts.name] = facts
    return {table: TableFacts(found, comments[table]) for table, found in columns.items()}


def read_sample(connection: Connection, table: Table, facts: Sequence[ColumnFacts]) -> Sample:
    """Up to SAMPLE rows of a table: the values of these columns that are not NULL.

    Needs an open transaction. Large tables are sampled by pages (documentation: SELECT,
    TABLESAMPLE), with the same pages in each run. A table that must not be planned (see
    unplanned.py) is read by COPY if it is small, and not at all if it is large.
    """
    if table.empty or not facts:
        return {}
    read = _unplanned if table.foreign_code else _planned
    found: dict[str, list[str]] = {column.name: [] for column in facts}
    size = 0
    for row in read(connection, table, facts):
        for column, value in zip(facts, row, strict=True):
            if value is not None:
                found[column.name].append(value)
                size += len(value)
        if size > _BUDGET:
            break
    return found


def pages_to_read(table: Table) -> float | None:
    """The share of a table's pages that a sample takes, in percent; None: read from its start."""
    pages = table.size // 8192 if table.partitioned else table.pages
    if pages <= _FEW_PAGES:
        return None
    a_page = table.estimated_rows / pages if table.estimated_rows else _ROWS_A_PAGE
    wanted = max(_FEW_PAGES / 2, ceil(1.05 * SAMPLE / max(a_page, 0.1)))
    return min(100.0, 100 * wanted / pages)


def _planned(
    connection: Connection, table: Table, facts: Sequence[ColumnFacts]
) -> Iterator[Sequence[str | None]]:
    query = sql.SQL("SELECT {} FROM {} LIMIT {}").format(
        sql.SQL(", ").join(_text_of(column) for column in facts),
        _sampled(table),
        sql.Literal(SAMPLE),
    )
    with connection.cursor(name="snapshot_sample", binary=True) as cursor:
        cursor.itersize = 500
        for row in cursor.execute(query):
            yield [None if value is None else value.decode(errors="replace") for value in row]


def _sampled(table: Table) -> sql.Composed:
    source = sql.SQL("{}" if table.partitioned else "ONLY {}").format(sql.Identifier(*table.name))
    share = pages_to_read(table)
    if share is not None:
        source += sql.SQL(" TABLESAMPLE SYSTEM ({}) REPEATABLE (0)").format(sql.Literal(share))
    if table.configuration:
        source += sql.SQL(" " + table.configuration)  # the extension's own
    return source


def _text_of(column: ColumnFacts) -> sql.Composed:
    """The value's text as bytes: a database in SQL_ASCII holds texts that no encoding can read."""
    if column.array:
        text = "pg_catalog.array_to_string({0}, {1})"
    else:
        text = "pg_catalog.format('%s', {0})"  # calls the output function; a cast may not
    if column.type not in ("json", "jsonb"):
        text = "pg_catalog.left(" + text + ", {2})"
    return sql.SQL(
        "CASE WHEN {0} IS DISTINCT FROM NULL AND pg_catalog.pg_column_size({0}) <= {3}"
        " THEN pg_catalog.convert_to(" + text + ", CASE pg_catalog.getdatabaseencoding()"
        " WHEN 'SQL_ASCII' THEN 'SQL_ASCII'::name ELSE 'UTF8'::name END) END"
    ).format(
        sql.Identifier(column.name),
        sql.Literal(SEPARATOR),
        sql.Literal(_LONGEST),
        sql.Literal(_HEAVIEST),
    )


def _unplanned(
    connection: Connection, table: Table, facts: Sequence[ColumnFacts]
) -> Iterator[Sequence[str | None]]:
    pages = table.size // 8192
    if pages > 16 * _FEW_PAGES:
        return
    names = {column.name for column in facts}
    columns = tuple(column for column in table.stored if column.name in names)
    order = [[column.name for column in columns].index(column.name) for column in facts]
    left = SAMPLE
    for statement in plain_copies(table, columns=columns):
        for block in copy_out(connection, statement):
            for line in block.data.decode(errors="replace").split("\n")[:-1]:
                values = line.split("\t")
                if left > 0 and len(values) == len(columns):  # else a piece of a long row
                    yield [_value(values[place], facts[i]) for i, place in enumerate(order)]
                left -= 1


def _value(text: str, column: ColumnFacts) -> str | None:
    """A value of COPY text."""
    if text == r"\N":
        return None
    plain = unescaped(text)
    if column.array:
        return SEPARATOR.join(array_elements(plain))
    return plain if column.type in ("json", "jsonb") else plain[:_LONGEST]


def array_elements(text: str) -> list[str]:
    """The elements of an array's text that are not NULL (documentation: 8.15.6)."""
    body = text.partition("=")[2] if text.startswith("[") else text
    found = re.findall(r'"((?:[^"\\]|\\.)*)"|([^\s{},"][^{},"]*)', body, re.S)
    return [
        plain or re.sub(r"\\(.)", r"\1", quoted, flags=re.S)
        for quoted, plain in found
        if plain.upper() != "NULL"
    ]


def sampled_columns(facts: TableFacts) -> list[ColumnFacts]:
    """The columns whose values tell something: not those that are masked by their type alone."""
    return [
        column
        for column in facts.columns.values()
        if not column.generated and column.kind != "e" and column.type not in _BY_TYPE
    ]


_BY_TYPE = frozenset(
    ("bytea", "tsvector", "tsquery", "boolean", "macaddr", "macaddr8", "inet", "cidr", "oid")
)
