"""Addresses of rows: ctids as sorted arrays of uint64, block << 16 | item.

They are stable while a transaction's snapshot and a lock on the table are held (documentation: 5.5,
System Columns).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import psycopg
from psycopg import sql

from snapshot.postgres.connection import Connection

Addresses: TypeAlias = npt.NDArray[np.uint64]

NO_ADDRESSES: Addresses = np.zeros(0, np.uint64)
_ITEM = np.uint64(16)  # bits


def tid_array(addresses: Addresses) -> sql.Composed:
    """The addresses as a literal of type tid[]."""
    blocks, items = (addresses >> _ITEM).tolist(), (addresses & np.uint64(0xFFFF)).tolist()
    text = ",".join([f'"({block},{item})"' for block, item in zip(blocks, items, strict=True)])
    return sql.SQL("{}::pg_catalog.tid[]").format(sql.Literal("{" + text + "}"))


def tid(address: int) -> sql.Composed:
    """An address as a literal of type tid."""
    return sql.SQL("{}::pg_catalog.tid").format(sql.Literal(f"({address >> 16},{address & 65535})"))


def parts_of(addresses: Addresses, size: int) -> Iterator[Addresses]:
    """The addresses in parts of at most `size`."""
    for start in range(0, len(addresses), size):
        yield addresses[start : start + size]


def fetch_all(connection: Connection, query: sql.Composed) -> list[tuple[Any, ...]]:
    """The rows of a query, which is not logged: its literals may be megabytes."""
    return psycopg.Cursor(connection).execute(query, binary=True).fetchall()


def fetch_addresses(
    connection: Connection, query: sql.Composable, columns: int = 1
) -> Iterator[tuple[int, list[Addresses]]]:
    """The rows of a query of an oid and of so many tids: by oid, an array for each tid.

    An oid may come several times. The server joins the tids to a few long strings: a message a row
    would take most of the time. They are grouped by the lowest byte of the block's number, so that
    none becomes too long.
    """
    names = [sql.Identifier(f"a{i}") for i in range(columns)]
    tids = [sql.SQL("pg_catalog.tidsend({})").format(name) for name in names]
    grouped = sql.SQL(
        "SELECT relation, pg_catalog.string_agg({}, ''::pg_catalog.bytea)"
        " FROM ({}) q (relation, {}) GROUP BY relation, pg_catalog.get_byte({}, 3)"
    ).format(
        sql.SQL(" OPERATOR(pg_catalog.||) ").join(tids), query, sql.SQL(", ").join(names), tids[-1]
    )
    row = np.dtype([("block", ">u4"), ("item", ">u2")])  # (source: tidsend() in tid.c)
    for oid, data in fetch_all(connection, grouped):
        pieces = np.frombuffer(data, row)
        found = pieces["block"].astype(np.uint64) << _ITEM | pieces["item"]
        yield oid, [found[i::columns] for i in range(columns)]
