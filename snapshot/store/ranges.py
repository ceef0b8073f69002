"""ranges.json: of large tables, how many rows each range of keys has, and the sum of their hashes.

By it a comparison finds the few ranges that differ, without reading the others.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import orjson

from snapshot.catalog import Name
from snapshot.errors import SnapshotDamaged
from snapshot.store.fields import Fields, typed, whole_number

FORMAT = "snapshot-ranges/1"

Sums = Mapping[int, tuple[int, int]]  # by range: rows, and the sum of their 64-bit hashes


class RangeSums(NamedTuple):
    """The ranges of a table: range n holds the keys from n * 2^bits on, up to the next."""

    table: Name
    column: str  # the first of the key, an integer
    bits: int
    sums: Sums
    span: tuple[int, int] | None = None  # bytes of data.sql: where the table's rows begin and end

    @property
    def rows(self) -> int:
        """Rows of all ranges."""
        return sum(rows for rows, _ in self.sums.values())

    @property
    def checksum(self) -> str:
        """Content checksum of all ranges."""
        return f"{sum(total for _, total in self.sums.values()) % 2**64:016x}"


def dump_ranges(ranges: Iterable[RangeSums]) -> bytes:
    """The ranges as JSON, made for `git diff`: one a line."""
    tables = []
    for of_table in ranges:
        document = {
            **of_table.table._asdict(),
            "column": of_table.column,
            "bits": of_table.bits,
            "span": of_table.span,
        }
        sums = (
            orjson.dumps([number, rows, f"{total % 2**64:016x}"])
            for number, (rows, total) in sorted(of_table.sums.items())
        )
        head = orjson.dumps(document)[:-1] + b',"ranges":['
        tables.append(head + b",".join(b"\n" + line for line in sums) + b"\n]}")
    head = b'{"format":' + orjson.dumps(FORMAT) + b',"tables":['
    return head + b",".join(b"\n" + table for table in tables) + b"\n]}\n"


def parse_ranges(content: bytes, path: str) -> dict[Name, RangeSums]:
    """The ranges in a file's bytes; SnapshotDamaged if that is not what they are."""
    try:
        document = Fields(typed(dict, orjson.loads(content)))
        if document.text("format") != FORMAT:
            raise ValueError(f"its format is {document.text('format')}")
        found = (_range_sums(fields) for fields in document.each("tables"))
        return {of_table.table: of_table for of_table in found}
    except (KeyError, TypeError, ValueError) as error:
        raise SnapshotDamaged(
            f"{path} does not hold ranges: {error}",
            hint="bring it back from version control, or make the snapshot again",
        ) from error


def _range_sums(fields: Fields) -> RangeSums:
    bits = fields.whole("bits")
    if not 0 <= bits < 63:
        raise ValueError(f"ranges of {bits} bits")
    sums = dict(_sum(item) for item in typed(list, fields["ranges"]))
    return RangeSums(fields.name(), fields.text("column"), bits, sums, _span(fields["span"]))


def _span(item: Any) -> tuple[int, int] | None:
    if item is None:
        return None
    start, end = (whole_number(position) for position in typed(list, item))
    if not 0 <= start <= end:
        raise ValueError(f"rows from {start} to {end}")
    return start, end


def _sum(item: Any) -> tuple[int, tuple[int, int]]:
    number, rows, total = typed(list, item)
    return whole_number(number), (whole_number(rows), int(typed(str, total), 16))
