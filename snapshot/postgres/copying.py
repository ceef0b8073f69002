"""Rows move as COPY data that servers write and read; Python never decodes a value."""

from __future__ import annotations

import selectors
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from psycopg import pq, sql
from psycopg.errors import error_from_result

from snapshot.catalog import Column, Table
from snapshot.errors import ConnectionFailed
from snapshot.postgres.connection import Connection
from snapshot.store.manifest import LARGE_OBJECT_COLUMNS, LARGE_OBJECTS

BLOCK_SIZE = 256 * 1024  # bytes
LARGE_OBJECT_CHUNK = 256 * 1024  # bytes

# poll() takes file descriptors beyond 1023, and needs none of its own
_Selector = getattr(selectors, "PollSelector", selectors.SelectSelector)

# Pieces of all large objects. A piece shorter than a chunk is the last one.
_LARGE_OBJECTS = sql.SQL(
    """(WITH RECURSIVE piece (loid, position, data) AS (
        SELECT oid, 0::bigint, pg_catalog.lo_get(oid, 0, {chunk})
        FROM pg_catalog.pg_largeobject_metadata
      UNION ALL
        SELECT loid, position + {chunk}, pg_catalog.lo_get(loid, position + {chunk}, {chunk})
        FROM piece WHERE pg_catalog.length(data) = {chunk}
    ) SELECT * FROM piece) AS piece"""
).format(chunk=sql.Literal(LARGE_OBJECT_CHUNK))


class Block(NamedTuple):
    """Whole rows of COPY text, or a piece of one that is larger than a block.

    `rows` counts those that end in it. A piece ends between characters as COPY text writes them: a
    backslash stays with what it escapes.
    """

    data: bytes
    rows: int


def large_objects_table() -> Table:
    """The large objects, seen as a table of pieces."""
    return Table(LARGE_OBJECTS, LARGE_OBJECT_COLUMNS, key=("loid", "position"))


def rows_of(table: Table) -> sql.Composed:
    """The FROM clause that reads a table's own rows, with the condition on them."""
    if table.name == LARGE_OBJECTS:
        return sql.Composed([_LARGE_OBJECTS])
    # ONLY: rows of a child that inherits belong to the child; a partition has none of its own
    source = sql.SQL("{}" if table.partitioned else "ONLY {}").format(sql.Identifier(*table.name))
    if table.configuration:
        source += sql.SQL(" " + table.configuration)  # the extension's own
    return source


def select_text(table: Table, source: sql.Composable | None = None) -> sql.Composed:
    """The rows as COPY text, in the order of the key."""
    return _copy_to(_in_order(table, source))


def select_first(table: Table, rows: int, source: sql.Composable | None = None) -> sql.Composed:
    """The first rows as COPY text, in the order of the key."""
    return _copy_to(_in_order(table, source) + sql.SQL(" LIMIT {}").format(sql.Literal(rows)))


def select_pages(table: Table, pages: tuple[int, int | None], binary: bool = False) -> sql.Composed:
    """The rows that lie in a range of pages, [first, last), in the order in which they lie.

    None is the end of the table. Of a partitioned table the range is taken of each partition.
    """
    first, last = pages
    columns = sql.SQL(", ").join(sql.Identifier(c.name) for c in table.stored)
    options = sql.SQL(" (FORMAT binary)" if binary else "")
    plain = not (table.partitioned or table.configuration or table.name == LARGE_OBJECTS)
    if plain and columns.as_string(None) and (first, last) == (0, None):
        # without a query the server saves the executor's way round
        return (
            sql.SQL("COPY {} ({}) TO STDOUT").format(sql.Identifier(*table.name), columns) + options
        )
    conditions = []
    if first:
        conditions.append(sql.SQL("ctid >= {}").format(sql.Literal(f"({first},0)")))
    if last is not None:
        conditions.append(sql.SQL("ctid < {}").format(sql.Literal(f"({last},0)")))
    query = sql.SQL("SELECT {} FROM {}").format(columns, rows_of(table))
    if conditions:
        query += sql.SQL(" WHERE ") + sql.SQL(" AND ").join(conditions)
    return _copy_to(query) + options


def select_rows(table: Table, source: sql.Composable, binary: bool = False) -> sql.Composed:
    """The rows of what stands in place of the table after FROM, in no order."""
    columns = sql.SQL(", ").join(sql.Identifier(c.name) for c in table.stored)
    options = sql.SQL(" (FORMAT binary)" if binary else "")
    return _copy_to(sql.SQL("SELECT {} FROM {}").format(columns, source)) + options


def select_json(table: Table, source: sql.Composable | None = None) -> sql.Composed:
    """The rows as JSON objects, in the order of the key, each in a line of COPY text."""
    return _copy_to(
        sql.SQL("SELECT pg_catalog.row_to_json(r.*) FROM (SELECT {} FROM ({}) s) r").format(
            sql.SQL(", ").join(_as_json(column) for column in table.stored),
            _in_order(table, source),
        )
    )


def copy_out(connection: Connection, statement: sql.Composable) -> Iterator[Block]:
    """Run COPY … TO STDOUT and yield its rows in blocks. Binary has one row more: its end.

    libpq hands over one message a row; reading them here, without a Python object a row, halves the
    time of the driver's own loop.
    """
    link = connection.pgconn
    link.send_query(statement.as_string(connection).encode())
    _expect(connection, pq.ExecStatus.COPY_OUT)
    rows: list[bytes] = []
    size = 0
    while True:
        length, data = link.get_copy_data(1)
        if length > 4 * BLOCK_SIZE:
            if rows:
                yield Block(b"".join(rows), len(rows))
                rows, size = [], 0
            yield from _pieces(data)
            del data  # before the next one comes
        elif length > 0:
            rows.append(bytes(data))
            size += length
            if size >= BLOCK_SIZE:
                yield Block(b"".join(rows), len(rows))
                rows, size = [], 0
        elif length == 0:
            _wait(connection)
        else:
            break
    if rows:
        yield Block(b"".join(rows), len(rows))
    _expect(connection, pq.ExecStatus.COMMAND_OK)


def _pieces(row: memoryview) -> Iterator[Block]:
    """A large row in pieces, so that there is no second copy of all of it."""
    start = 0
    while len(row) - start > BLOCK_SIZE:
        piece = bytes(row[start : start + BLOCK_SIZE])
        backslashes = len(piece) - len(piece.rstrip(b"\\"))
        end = len(piece) - backslashes % 2
        yield Block(piece[:end], 0)
        start += end
    yield Block(bytes(row[start:]), 1)


def copy_in(connection: Connection, statement: sql.Composed, blocks: Iterable[bytes]) -> int:
    """Run COPY … FROM stdin with the blocks as its input; returns the number of rows."""
    with connection.cursor() as cursor:
        with cursor.copy(statement) as copy:
            for block in blocks:
                copy.write(block)
        return cursor.rowcount


def _copy_to(query: sql.Composed) -> sql.Composed:
    return sql.SQL("COPY ({}) TO STDOUT").format(query)


def _in_order(table: Table, source: sql.Composable | None) -> sql.Composed:
    """The query; `source` replaces the table after FROM."""
    return sql.SQL("SELECT {} FROM {} ORDER BY {}").format(
        sql.SQL(", ").join(sql.Identifier(c.name) for c in table.stored),
        source or rows_of(table),
        _by_key(table),
    )


def _by_key(table: Table) -> sql.Composed:
    """ORDER BY the key, or all columns; bytewise, so that it is equal on every machine."""
    if not table.key:
        row = sql.SQL(", ").join(sql.Identifier(c.name) for c in table.stored)
        return sql.SQL('(ROW({})::text) COLLATE "C"').format(row)
    columns = {column.name: column for column in table.columns}
    return sql.SQL(", ").join(
        sql.SQL('{} COLLATE "C"' if columns[name].collatable else "{}").format(sql.Identifier(name))
        for name in table.key
    )


def _as_json(column: Column) -> sql.Composed:
    """A value as JSON where that is exact, else PostgreSQL's text of it."""
    expression = {
        "native": "{0}",
        # beyond 2^53 many readers of JSON would round
        "bigint": "CASE WHEN {0} BETWEEN -9007199254740991 AND 9007199254740991 "
        "THEN pg_catalog.to_json({0}) ELSE pg_catalog.to_json({0}::text) END AS {0}",
        # -0 would come back as 0, and to_json() already writes NaN and infinity as text
        "float": "CASE WHEN {0} = 0 AND {0}::text = '-0' THEN pg_catalog.to_json('-0'::text) "
        "ELSE pg_catalog.to_json({0}) END AS {0}",
        # only objects and arrays, so that a string is always text; and no number of which a reader
        # would lose a digit: a trailing zero after the point, or more digits than a double holds
        "jsonb": "CASE WHEN pg_catalog.jsonb_typeof({0}) IN ('object', 'array') "
        "AND {0}::text !~ '[.][0-9]*0([^0-9]|$)|[0-9.]{{16}}' "
        "THEN {0}::jsonb ELSE pg_catalog.to_jsonb({0}::text) END AS {0}",
        "cast": "{0}::text",
        # these types' cast to text is not their output function, which format() calls
        "output": "CASE WHEN pg_catalog.num_nulls({0}) = 0 "
        "THEN pg_catalog.format('%s', {0}) END AS {0}",
    }[column.json]
    return sql.SQL(expression).format(sql.Identifier(column.name))


def _expect(connection: Connection, status: pq.ExecStatus) -> None:
    link = connection.pgconn
    while link.flush():
        _wait(connection, selectors.EVENT_WRITE)
    while link.is_busy():
        _wait(connection)
    result = link.get_result()
    if result is None or result.status != status:
        error = result
        while link.get_result():
            pass
        if error is None or error.status != pq.ExecStatus.FATAL_ERROR:
            raise ConnectionFailed("the connection was lost", hint="run the command again")
        raise error_from_result(error, encoding="utf-8")
    if status == pq.ExecStatus.COMMAND_OK:
        while link.get_result():
            pass


def _wait(connection: Connection, event: int = selectors.EVENT_READ) -> None:
    link = connection.pgconn
    with _Selector() as selector:
        selector.register(link.socket, event)
        selector.select()
    if event == selectors.EVENT_READ:
        link.consume_input()
