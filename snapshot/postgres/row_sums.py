"""Sums of row hashes by parts of the key: how the few rows that differ are found among many."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple, Protocol

from psycopg import sql

from snapshot.catalog import Column, Table
from snapshot.postgres.checksums import row_hash
from snapshot.postgres.connection import Connection
from snapshot.postgres.copying import Block, copy_out, rows_of, select_text
from snapshot.store.ranges import RangeSums, Sums

VERY_MANY = 1_000_000  # rows: the sums of fewer are not worth being computed by create
LARGE_SIZE = 8 << 20  # bytes of about 100,000 rows: fewer are read faster than they are summed
_ROWS = 256  # that a range holds on average, at most twice as many
_RANGES = 32_768  # of a table, about
_SIGN = 63  # the bit
INTEGERS = ("smallint", "integer", "bigint")


class Parts(Protocol):
    """A table cut into numbered parts."""

    def number(self) -> sql.Composable:
        """The number of the part in which a row is."""

    def within(self, numbers: Sequence[int]) -> sql.Composable:
        """The condition that a row is in one of these parts."""


@dataclass(frozen=True)
class KeyRanges:
    """Ranges of an integer: part n holds the 2^bits values that begin with n * 2^bits."""

    column: str
    bits: int

    def number(self) -> sql.Composable:
        """The value without its lower bits."""
        return sql.SQL("{}::bigint >> {}").format(
            sql.Identifier(self.column), sql.Literal(self.bits)
        )

    def within(self, numbers: Sequence[int]) -> sql.Composable:
        """Ranges that an index can find; neighbours are one range."""
        return sql.SQL(" OR ").join(
            sql.SQL("{} BETWEEN {} AND {}").format(
                sql.Identifier(self.column), sql.Literal(first), sql.Literal(last)
            )
            for first, last in self.ranges(numbers)
        )

    def ranges(self, numbers: Iterable[int]) -> list[tuple[int, int]]:
        """The first and the last value of the parts, in order, neighbours together."""
        found: list[tuple[int, int]] = []
        for number in sorted(numbers):
            first = number << self.bits
            last = first + (1 << self.bits) - 1
            if found and found[-1][1] + 1 == first:
                first = found.pop()[0]
            found.append((first, last))
        return found

    def flags(self, number: int) -> list[sql.Composable]:
        """The lowest bits of the part's number, each as a condition; the highest is the sign."""
        column = sql.Identifier(self.column)
        return [
            sql.SQL("({}::bigint & {}) <> 0").format(column, sql.Literal(1 << bit))
            if bit < _SIGN
            else sql.SQL("{} < 0").format(column)
            for bit in range(self.bits, self.bits + number)
        ]


@dataclass(frozen=True)
class KeyHashes:
    """Parts by the lower bits of the hash of the key's text: for keys of any type."""

    columns: tuple[str, ...]
    bits: int

    def number(self) -> sql.Composable:
        """The lower bits."""
        names = sql.SQL(", ").join(map(sql.Identifier, self.columns))
        return sql.SQL('(pg_catalog.hashtextextended(ROW({})::text COLLATE "C", 0) & {})').format(
            names, sql.Literal(2**self.bits - 1)
        )

    def within(self, numbers: Sequence[int]) -> sql.Composable:
        """The bits are one of these."""
        return sql.SQL("{} = ANY ({}::bigint[])").format(self.number(), sql.Literal(list(numbers)))


def sums_of_parts(
    connection: Connection,
    table: Table,
    encoding: str,
    parts: Parts,
    inside: tuple[Parts, Sequence[int]] | None = None,
) -> Sums:
    """Rows and sum of hashes of each part that has rows; `inside` some other parts, or of all.

    The hashes are those of content_checksum() for a snapshot of this encoding.
    """
    statement = sql.SQL(
        "SELECT {number}, pg_catalog.count(*), pg_catalog.sum({hash}) FROM {source} GROUP BY 1"
    ).format(
        number=parts.number(),
        hash=row_hash(table.stored, encoding),
        source=_rows_in(table, inside),
    )
    return {number: (rows, int(total)) for number, rows, total in connection.execute(statement)}


def sums_of_ranges(
    connection: Connection, table: Table, encoding: str, parts: KeyRanges, least: int, most: int
) -> Sums:
    """The same of all rows, whose keys lie between two values.

    The planner expects two groups of each condition, and a group for each row of an expression: so
    this is computed by several processes, and that is not (source: estimate_num_groups).
    """
    first, last = least >> parts.bits, most >> parts.bits
    flags = parts.flags((last - first).bit_length())
    statement = sql.SQL("SELECT {}pg_catalog.count(*), pg_catalog.sum({}) FROM {}{}").format(
        sql.SQL("").join(flag + sql.SQL(", ") for flag in flags),
        row_hash(table.stored, encoding),
        rows_of(table),
        sql.SQL(" GROUP BY {}" if flags else "").format(
            *([sql.SQL(", ").join(flags)] if flags else [])
        ),
    )
    found = {}
    for *bits, rows, total in connection.execute(statement):
        if rows:
            number = sum(1 << position for position, bit in enumerate(bits) if bit)
            found[first + (number - first) % (1 << len(flags))] = rows, int(total)
    return found


def rows_of_parts(
    connection: Connection, table: Table, parts: Parts, numbers: Sequence[int]
) -> Iterator[Block]:
    """The rows of these parts as COPY text, in the order of the key."""
    return copy_out(connection, select_text(table, _rows_in(table, (parts, numbers))))


def _rows_in(table: Table, inside: tuple[Parts, Sequence[int]] | None) -> sql.Composable:
    if inside is None:
        return rows_of(table)
    parts, numbers = inside
    own = sql.SQL("(SELECT * FROM {}) AS own").format(rows_of(table))
    return sql.SQL("(SELECT * FROM {} WHERE {}) AS part").format(own, parts.within(numbers))


def integer_key(columns: Sequence[Column], key: Sequence[str]) -> str | None:
    """The first column of a key, if ranges of it can be told."""
    types = {column.name: column.type for column in columns}
    return key[0] if key and types.get(key[0]) in INTEGERS else None


class Extent(NamedTuple):
    """The ends of an integer key, and how many bits make ranges of some hundred rows."""

    least: int
    most: int
    bits: int  # whole ones, so that it stays when some rows come


def extent(connection: Connection, table: Table, column: str, rows: int) -> Extent:
    """Ask for the ends, which an index knows; `rows` are how many there are, about."""
    name = sql.Identifier(column)
    row = connection.execute(
        sql.SQL("SELECT pg_catalog.min({0})::bigint, pg_catalog.max({0})::bigint FROM {1}").format(
            name, rows_of(table)
        )
    ).fetchone()
    assert row is not None
    least, most = (value or 0 for value in row)
    number = max(1, min(rows // _ROWS, _RANGES))
    return Extent(least, most, min(((most - least) // number).bit_length(), 62))


def range_sums(
    connection: Connection, table: Table, columns: Sequence[Column], encoding: str, rows: int
) -> RangeSums | None:
    """The sums of a table's ranges; None if it has not very many rows, or no integer key."""
    column = integer_key(table.stored, table.key)
    if rows < VERY_MANY or column is None or table.foreign_code:
        return None
    compared = replace(table, columns=tuple(columns))
    ends = extent(connection, table, column, rows)
    parts = KeyRanges(column, ends.bits)
    sums = sums_of_ranges(connection, compared, encoding, parts, ends.least, ends.most)
    return RangeSums(table.name, column, ends.bits, sums)
