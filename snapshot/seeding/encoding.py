"""Rows in the form that COPY takes: binary where values are exactly their columns', else text."""

from __future__ import annotations

import struct
from collections.abc import Callable, Collection, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from ipaddress import (
    IPv4Interface,
    IPv4Network,
    IPv6Interface,
    IPv6Network,
    ip_interface,
    ip_network,
)
from operator import itemgetter
from types import NoneType
from typing import Any, NamedTuple
from uuid import UUID

from psycopg import Error, sql
from psycopg.copy import Copy
from psycopg.copy import Writer as CopyWriter
from psycopg.types.json import Jsonb

from snapshot.postgres.connection import Connection

BOOL, INT8, INT2, INT4, TEXT, FLOAT8 = 16, 20, 21, 23, 25, 701
DATE, TIMESTAMP, TIMESTAMPTZ, NUMERIC, UUID_, JSON, JSONB = 1082, 1114, 1184, 1700, 2950, 114, 3802
BYTEA, FLOAT4, TIME, INTERVAL, CIDR, INET = 17, 700, 1083, 1186, 650, 869
_STRINGS = (1042, 1043, TEXT)  # bpchar, varchar
_ARRAYS = {1000: BOOL, 1005: INT2, 1007: INT4, 1016: INT8, 1009: TEXT, 1022: FLOAT8, 2951: UUID_}
# What bodies write as text although its binary form is another. ValueError: the server decides.
_READ: dict[int, Callable[[str], Any]] = {INET: ip_interface, CIDR: ip_network}

# The Python types whose values psycopg encodes for a type of the server, and loses nothing. Any
# other value is sent as text: the server reads it, or refuses it with a message of its own.
_EXACT: dict[int, frozenset[type]] = {
    BOOL: frozenset({bool}),
    INT2: frozenset({int}),
    INT4: frozenset({int}),
    INT8: frozenset({int}),
    TEXT: frozenset({str}),
    FLOAT8: frozenset({float, int}),
    DATE: frozenset({date}),
    TIMESTAMP: frozenset({datetime}),
    TIMESTAMPTZ: frozenset({datetime}),
    NUMERIC: frozenset({int, Decimal}),
    UUID_: frozenset({UUID}),
    BYTEA: frozenset({bytes}),
    FLOAT4: frozenset({float}),
    TIME: frozenset({time}),
    INTERVAL: frozenset({timedelta}),
    INET: frozenset({IPv4Interface, IPv6Interface}),
    CIDR: frozenset({IPv4Network, IPv6Network}),
}
# psycopg's encoders cut off the bits that do not fit.
_LIMITS = {INT2: 1 << 15, INT4: 1 << 31, INT8: 1 << 63}

# What encoders raise for values that they do not take. A deep document is a RecursionError.
NOT_ENCODABLE = (
    Error, TypeError, AttributeError, ValueError, ArithmeticError, RecursionError, struct.error
)  # fmt: skip


class CopyBatch(NamedTuple):
    """Rows for one COPY."""

    table: tuple[str, str]
    columns: tuple[str, ...]
    oids: Sequence[int]
    rows: Sequence[tuple[Any, ...]]


class EncodedBatch(NamedTuple):
    """The same rows as the bytes that COPY sends."""

    table: tuple[str, str]
    columns: tuple[str, ...]
    number: int  # of rows
    binary: bool
    data: bytes


def sent_as(column: Any) -> int:
    """The type that a column's values are sent as. Enums and citext look like text in binary."""
    alike = column.oid in _STRINGS or column.category == "E" or column.type.endswith("citext")
    return TEXT if alike else int(column.oid)


def encoded(connection: Connection, batch: CopyBatch) -> EncodedBatch:
    """Encode rows. The connection says only how; nothing is sent.

    Raises one of NOT_ENCODABLE for a value that has no form at all.
    """
    data = None
    columns = [list(map(itemgetter(place), batch.rows)) for place in range(len(batch.oids))]
    read = [_read(oid, values) for oid, values in zip(batch.oids, columns, strict=True)]
    if all(map(is_exact, batch.oids, read)):
        changed = any(new is not old for new, old in zip(read, columns, strict=True))
        rows = list(zip(*read, strict=True)) if changed else batch.rows
        data = _binary(connection, batch._replace(rows=rows))
    binary = data is not None
    if data is None:
        data = _text(connection, batch)
    return EncodedBatch(batch.table, batch.columns, len(batch.rows), binary, data)


def _read(oid: int, values: list[Any]) -> list[Any]:
    """The values, with texts as the Python values that have a binary form, where there is one."""
    if (read := _READ.get(oid)) and str in set(map(type, values)):
        try:
            return [read(value) if type(value) is str else value for value in values]
        except ValueError:
            pass
    return values


def is_exact(oid: int, values: Collection[Any]) -> bool:
    """Whether the binary form of all these values is what the server would read from their text."""
    if oid in (JSON, JSONB):
        return True
    if oid in _ARRAYS:
        lists = [v for v in values if v is not None]
        plain = all(type(v) is list for v in lists)
        return plain and is_exact(_ARRAYS[oid], [item for v in lists for item in v])
    types = set(map(type, values)) - {NoneType}
    if oid not in _EXACT or not types <= _EXACT[oid]:
        return False
    if oid in _LIMITS and types:
        numbers = [v for v in values if v is not None] if None in values else values
        return bool(-_LIMITS[oid] <= min(numbers) and max(numbers) < _LIMITS[oid])
    return oid != TIME or not any(v is not None and v.tzinfo for v in values)


def _binary(connection: Connection, batch: CopyBatch) -> bytes | None:
    try:
        return _written(connection, batch.rows, lambda copy: copy.set_types(batch.oids), True)
    except NOT_ENCODABLE:
        return None  # a date with a time zone for a column without one, for example


def _text(connection: Connection, batch: CopyBatch) -> bytes:
    documents = [place for place, oid in enumerate(batch.oids) if oid in (JSON, JSONB)]
    rows = [_wrapped(row, documents) for row in batch.rows] if documents else batch.rows
    return _written(connection, rows, lambda copy: None, False)


def _written(
    connection: Connection,
    rows: Sequence[Sequence[Any]],
    prepare: Callable[[Copy], None],
    binary: bool,
) -> bytes:
    pieces = _Pieces()
    with connection.cursor() as cursor:
        copy = Copy(cursor, binary=binary, writer=pieces)
        prepare(copy)
        for row in rows:
            copy.write_row(row)
        copy.finish(None)
    return b"".join(pieces.all)


class _Pieces(CopyWriter):
    """Keeps what it is given."""

    def __init__(self) -> None:
        self.all: list[bytes] = []

    def write(self, data: Any) -> None:
        self.all.append(bytes(data))


def _wrapped(row: tuple[Any, ...], documents: Sequence[int]) -> list[Any]:
    values = list(row)
    for place in documents:
        if values[place] is not None:
            values[place] = Jsonb(values[place])
    return values


def send_rows(connection: Connection, table: sql.Composable, rows: EncodedBatch) -> int:
    """COPY rows into a table. Returns how many the server kept."""
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(
        table, sql.SQL(", ").join(map(sql.Identifier, rows.columns))
    )
    if rows.binary:
        statement += sql.SQL(" (FORMAT binary)")
    with connection.cursor() as cursor:
        with cursor.copy(statement) as copy:
            copy.write(rows.data)
        return cursor.rowcount
