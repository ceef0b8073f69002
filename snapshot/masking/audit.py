"""Groups of rows that are so small that they may tell whose they are: counted in masked rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from threading import Lock

import pyarrow.compute as pc

from snapshot.catalog import Catalog, Name, Table
from snapshot.errors import Refused
from snapshot.masking.columns import as_bytes, parse_rows
from snapshot.masking.policy import Audit
from snapshot.masking.row_hash import hashes
from snapshot.masking.rows import TableMasking
from snapshot.postgres.copying import Block

_BETWEEN, _NULL = "\x00", "\x00N"  # no text of PostgreSQL holds them


class Groups:
    """How many masked rows of a table share their values of some columns. NULL is a value."""

    def __init__(self, table: Table, columns: Sequence[str]) -> None:
        self.table = table
        self.columns = tuple(columns)
        names = [column.name for column in table.stored]
        self._width = len(names)
        self._places = [names.index(column) for column in columns]
        self._counts: Counter[int] = Counter()
        self._lock = Lock()

    def add(self, rows: bytes) -> None:
        """Count whole rows of COPY text."""
        values = parse_rows(rows, self._width)
        wanted = (values[place] for place in self._places)
        joined = pc.binary_join_element_wise(
            *wanted, _BETWEEN, null_handling="replace", null_replacement=_NULL
        )
        found = Counter(hashes(*as_bytes(joined)).tolist())
        with self._lock:
            self._counts.update(found)

    def below(self, k: int) -> tuple[int, int]:
        """How many groups have fewer than k rows, and how many rows these have."""
        small = [count for count in self._counts.values() if count < k]
        return len(small), sum(small)

    def note(self, k: int) -> str | None:
        """What create says of them; None if no group is small."""
        groups, rows = self.below(k)
        if not groups:
            return None
        what = f"{groups:,} groups of ({', '.join(self.columns)})"
        return f"audit: {self.table.name}: {what} have fewer than {k} rows, {rows:,} rows in all"


class AuditedMasking(TableMasking):
    """The masks of a table whose masked rows are counted by group."""

    groups: Groups

    def copy_text(self, blocks: Iterable[bytes]) -> Iterator[Block]:
        """The masked rows."""
        for block in super().copy_text(blocks):
            self.groups.add(block.data)
            yield block


def audited(audit: Audit, catalog: Catalog, without_rows: Collection[Name]) -> dict[Name, Groups]:
    """What is to be counted: every table that has all the columns of [audit].

    Raises Refused if none has them.
    """
    if not audit.quasi:
        return {}
    found = {
        table.name: Groups(table, audit.quasi)
        for table in catalog.tables
        if table.name not in without_rows
        and {column.name for column in table.stored}.issuperset(audit.quasi)
    }
    if not found:
        raise Refused(
            f"[audit] matches nothing: no table has the columns {', '.join(audit.quasi)}",
            hint="quasi names columns that one table has, without the table",
        )
    return found
