"""What a subset takes, and why: per table, per key, and for one row back to a root."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple, Protocol

import numpy as np

from snapshot.catalog import Catalog, Name
from snapshot.errors import Refused, UsageError
from snapshot.planning.references import Reference
from snapshot.subset.checks import Nulled
from snapshot.subset.closure import Addresses, Batch, Closure, Found, Plan, Reason, Rows

MOST = 10  # keys


@dataclass(frozen=True)
class TableRows:
    """The chosen rows of a table. Every row has one reason: the first one."""

    name: Name
    rows: int
    of: int  # about, as the server estimates
    size: int  # bytes, about
    reasons: Mapping[str, int]


@dataclass(frozen=True)
class SubsetReport:
    """The chosen rows of all tables."""

    tables: tuple[TableRows, ...]
    keys: tuple[tuple[str, int], ...]  # those that brought most rows
    nulled: Mapping[str, int]  # rows that are written with NULL, by key
    dangling: Mapping[str, int]  # rows that refer to nothing in the source either, by key

    @property
    def rows(self) -> int:
        """All of them."""
        return sum(table.rows for table in self.tables)

    def to_dict(self) -> dict[str, Any]:
        """What --json prints: values that json.dumps takes."""
        return {
            "rows": self.rows,
            "tables": [{**asdict(t), "name": str(t.name)} for t in self.tables],
            "keys": [{"reason": name, "rows": rows} for name, rows in self.keys],
            "nulled": dict(self.nulled),
            "dangling": dict(self.dangling),
        }


class Step(NamedTuple):
    """A row on the way to a root: its key as text, and why it was chosen."""

    table: Name
    columns: tuple[str, ...]
    key: tuple[str | None, ...]
    reason: Reason


class AskedRows(Rows, Protocol):
    """What `why` asks besides."""

    def key_of(self, relation: Name, address: int) -> tuple[str | None, ...]:
        """The key of a row as text; of a table without a key all columns."""

    def row_with(self, table: Name, key: Sequence[str]) -> Found:
        """The row with this key, its values as text."""


def report_of(
    catalog: Catalog,
    plan: Plan,
    closure: Closure,
    leaves: Mapping[Name, Sequence[Name]],
    nulled: Sequence[Nulled],
    dangling: Mapping[Reference, int],
) -> SubsetReport:
    """The report of a closure, in the order of the tables' names."""
    owner = {leaf: table for table, some in leaves.items() for leaf in some}
    counts: dict[Name, Counter[str]] = {table: Counter() for table in leaves}
    for batch in closure.batches:
        if batch.addresses is not None:
            counts[owner[batch.relation]][str(batch.reason)] += len(batch.addresses)
    for name, number in plan.whole.items():
        counts[name]["whole"] = number
    keys: Counter[str] = Counter()
    for reasons in counts.values():
        keys.update({r: n for r, n in reasons.items() if r not in ("root", "whole")})
    cut: Counter[str] = Counter()
    for some_nulled in nulled:
        cut[str(some_nulled.reference)] += len(some_nulled.addresses)
    tables = []
    for table in catalog.tables:
        rows = counts[table.name].total()
        of = max(table.estimated_rows, rows)
        size = table.size * rows // of if of else 0
        tables.append(TableRows(table.name, rows, of, size, dict(counts[table.name])))
    return SubsetReport(
        tuple(tables),
        tuple(keys.most_common(MOST)),
        dict(cut),
        {str(reference): number for reference, number in dangling.items()},
    )


def why(
    catalog: Catalog, rows: AskedRows, closure: Closure, table: Name, key: Sequence[str]
) -> list[Step]:
    """From the row with this key back to a root: each row was chosen because of the next one.

    Raises UsageError if there is no such table or row, Refused if the row was not chosen.
    """
    columns = catalog.by_name[table].key if table in catalog.by_name else ()
    if not columns or len(columns) != len(key):
        raise UsageError(
            f"{table} has no key of {len(key)} columns",
            hint=f"its key is: {', '.join(columns)}" if columns else "name a table with a key",
        )
    found = rows.row_with(table, key)
    if not found:
        raise UsageError(f"{table} has no row with this key", hint="check its values")
    ((relation, addresses),) = found.items()
    place = _place(closure, relation, int(addresses[0]), len(closure.batches))
    if place is None:
        raise Refused(
            f"this row of {table} is not in the subset",
            hint="no root and no key brings it",
        )
    steps, address = [], int(addresses[0])
    owner = {leaf: t for t in catalog.tables for leaf in rows.leaves(t.name)}
    while True:
        batch = closure.batches[place]
        of = owner[relation]
        names = of.key or tuple(column.name for column in of.stored)
        steps.append(Step(of.name, names, rows.key_of(relation, address), batch.reason))
        if batch.reason.reference is None:
            return steps
        relation, address, place = _cause(rows, closure, batch, address, place)


def _cause(
    rows: Rows, closure: Closure, batch: Batch, address: int, before: int
) -> tuple[Name, int, int]:
    """A row because of which this one was chosen, which itself was chosen before."""
    reference = batch.reason.reference
    assert reference is not None
    own = np.array([address], np.uint64)
    ask = rows.children if batch.reason.kind == "up" else rows.parents
    for relation, candidates in sorted(ask(reference, batch.relation, own).items()):
        for candidate in _known(closure, relation, candidates):
            place = _place(closure, relation, int(candidate), before)
            if place is not None:
                return relation, int(candidate), place
    raise AssertionError(f"nothing brought a row by {reference}")


def _known(closure: Closure, relation: Name, candidates: Addresses) -> Addresses:
    return candidates[~closure.missing(relation, candidates)]


def _place(closure: Closure, relation: Name, address: int, before: int) -> int | None:
    """The number of the batch in which a row came, if it is below `before`."""
    for place, batch in enumerate(closure.batches[:before]):
        if batch.relation == relation and (
            batch.addresses is None or _holds(batch.addresses, address)
        ):
            return place
    return None


def _holds(addresses: Addresses, address: int) -> bool:
    at = int(np.searchsorted(addresses, np.uint64(address)))
    return at < len(addresses) and int(addresses[at]) == address
