"""Tables that are read without a plan: a plan would run code that is not the server's own.

The planner evaluates what the expressions of indexes and statistics call, with our rights, although
pg_dump never does. And it fails where a function is not found without the session's search_path.
COPY of a table makes no plan. What needs a query (order, JSON, checksums) is asked of the rows that
have come back: they are sent to the server again, as a list of values.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from tempfile import TemporaryFile
from typing import IO

from psycopg import sql

from snapshot.catalog import Column, Table
from snapshot.postgres.connection import Connection
from snapshot.postgres.copying import Block, copy_out

_IN_ORDER_UP_TO = 16 << 20  # bytes of COPY text: a larger table comes as it lies
_BATCH = 1 << 20  # bytes
_ESCAPED = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}

Query = Callable[[Table, sql.Composable | None], sql.Composable]


def copy_rows(
    connection: Connection, table: Table, query: Query, rows: sql.Composable | None = None
) -> Iterator[Block]:
    """What `query` makes of a table's rows: of the table itself, or of rows that were read.

    `rows` stands in place of the table after FROM, to read some of its rows.
    """
    if not table.foreign_code or rows is not None:
        yield from copy_out(connection, query(table, rows))
        return
    for source in batches(connection, table):
        yield from copy_out(connection, query(table, source))


def batches(connection: Connection, table: Table) -> Iterator[sql.Composed]:
    """What stands after FROM to read the table's rows, in one batch if they are few."""
    with TemporaryFile() as file:
        for statement in plain_copies(table):
            for block in copy_out(connection, statement):
                file.write(block.data)
        size = _IN_ORDER_UP_TO if file.tell() <= _IN_ORDER_UP_TO else _BATCH
        file.seek(0)
        for lines in _portions(file, size):
            yield _as_rows(table, lines)


def count_stored(connection: Connection, table: Table) -> int:
    """The rows of the table, exactly."""
    return sum(
        block.rows
        for statement in plain_copies(table, columns=table.stored[:1])
        for block in copy_out(connection, statement)
    )


def plain_copies(
    table: Table, binary: bool = False, columns: tuple[Column, ...] | None = None
) -> list[sql.Composed]:
    """A COPY for each relation that holds rows of the table; none of them is planned."""
    names = [sql.Identifier(column.name) for column in columns or table.stored]
    listed = sql.SQL(" ({})").format(sql.SQL(", ").join(names)) if names else sql.SQL("")
    options = sql.SQL(" (FORMAT binary)" if binary else "")
    return [
        sql.SQL("COPY {}{} TO STDOUT{}").format(sql.Identifier(*name), listed, options)
        for name in (table.leaves if table.partitioned else (table.name,))
    ]


def _portions(file: IO[bytes], size: int) -> Iterator[list[bytes]]:
    while lines := file.readlines(size):
        yield lines


def _as_rows(table: Table, lines: list[bytes]) -> sql.Composed:
    """The rows as a subquery, typed as far as order and JSON need it: text is the same in all."""
    rows = [line.removesuffix(b"\n").decode().split("\t") for line in lines]
    if not table.stored:
        return sql.SQL("pg_catalog.generate_series(1, {}) AS r").format(sql.Literal(len(rows)))
    names = [sql.Identifier(column.name) for column in table.stored]
    return sql.SQL("(SELECT {} FROM ROWS FROM ({}) AS r ({})) AS r").format(
        sql.SQL(", ").join(
            sql.SQL("r.{0}::{1} AS {0}").format(name, sql.SQL(_type(table, column)))
            for name, column in zip(names, table.stored, strict=True)
        ),
        sql.SQL(", ").join(
            sql.SQL("pg_catalog.unnest({}::text[])").format(sql.Literal(_array(values)))
            for values in zip(*rows, strict=True)
        ),
        sql.SQL(", ").join(names),
    )


def _type(table: Table, column: Column) -> str:
    typed = column.name in table.key or column.json not in ("cast", "output")
    return column.base if typed and column.base else "text"  # the server's own word


def _array(values: tuple[str, ...]) -> str:
    """Values of COPY text as an array's text."""
    return "{" + ",".join("NULL" if v == r"\N" else _element(v) for v in values) + "}"


def unescaped(value: str) -> str:
    """A value of COPY text (documentation: COPY, text format), which is not NULL."""
    return re.sub(r"\\(.)", lambda match: _ESCAPED.get(match[1], match[1]), value, flags=re.S)


def _element(value: str) -> str:
    text = unescaped(value)
    return '"' + re.sub(r'(["\\])', r"\\\1", text) + '"'
