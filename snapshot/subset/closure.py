"""Which rows belong to a subset: the least set that holds the roots and is closed over keys.

Up: the row that a chosen row refers to, always. Down: rows that refer to a chosen one, where the
rules ask for it. Rows are sorted arrays of addresses (postgres/addresses.py) by the relation that
holds them; this module knows no SQL.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple, Protocol, TypeAlias

import numpy as np
import numpy.typing as npt

from snapshot.catalog import Name
from snapshot.errors import Refused
from snapshot.planning.references import Reference
from snapshot.progress import Progress
from snapshot.subset.model import Root

Addresses: TypeAlias = npt.NDArray[np.uint64]
Found: TypeAlias = dict[Name, Addresses]
_SHOWN = 10  # keys that brought most
_NONE: Addresses = np.zeros(0, np.uint64)


class Rows(Protocol):
    """Answers about rows. `relation` holds rows; addresses that are None mean all of its rows."""

    def leaves(self, table: Name) -> tuple[Name, ...]:
        """The relations that hold the rows of a table."""

    def complete(self, relation: Name, addresses: Addresses) -> bool:
        """Whether these are all rows of a relation."""

    def roots(
        self, table: Name, where: str | None, percent: float | None, limit: int | None
    ) -> Found:
        """The rows of a table that a condition, a share or a number chooses."""

    def parents(self, reference: Reference, relation: Name, addresses: Addresses | None) -> Found:
        """The rows that some rows of `relation` refer to."""

    def pairs(
        self, reference: Reference, relation: Name, addresses: Addresses | None
    ) -> Iterator[tuple[Addresses, Name, Addresses]]:
        """The same with who refers: addresses, and of each the row that it refers to."""

    def children(
        self,
        reference: Reference,
        relation: Name,
        addresses: Addresses | None,
        limit: int | None = None,
    ) -> Found:
        """The rows that refer to some rows of `relation`: of each at most `limit`."""


class Reason(NamedTuple):
    """Why a row was chosen."""

    kind: Literal["root", "up", "down", "whole"]
    reference: Reference | None = None  # of up and down

    def __str__(self) -> str:
        return f"{self.kind} {self.reference}" if self.reference else self.kind


class Batch(NamedTuple):
    """Rows that were chosen at once, none of them before. None: all of the relation."""

    reason: Reason
    relation: Name
    addresses: Addresses | None


@dataclass(frozen=True)
class Plan:
    """The rules of a subset, resolved against a catalog."""

    roots: tuple[Root, ...]
    references: tuple[Reference, ...]  # all, to be followed up unless they are `nulled`
    whole: Mapping[Name, int] = field(default_factory=dict)  # tables and their rows
    children: Mapping[Reference, int | None] = field(default_factory=dict)
    nulled: frozenset[Reference] = frozenset()  # cut, or to a table of which no rows come
    none: frozenset[Name] = frozenset()  # tables of which no rows come
    follow: bool = False
    max_rows: int | None = None


@dataclass(frozen=True)
class Closure:
    """The chosen rows, and how they came. Every row is in exactly one batch."""

    have: Mapping[Name, Addresses]  # by relation, without those taken whole
    whole: frozenset[Name]  # relations
    batches: tuple[Batch, ...]  # in the order in which they came

    def of(self, relation: Name) -> Addresses | None:
        """The chosen rows of a relation. None: all of them."""
        return None if relation in self.whole else self.have.get(relation, _NONE)

    def missing(self, relation: Name, addresses: Addresses) -> npt.NDArray[np.bool_]:
        """Which of the rows were not chosen."""
        if relation in self.whole:
            return np.zeros(len(addresses), bool)
        return np.isin(addresses, self.have.get(relation, _NONE), invert=True)

    @property
    def filled(self) -> list[Name]:
        """The relations of which rows were chosen."""
        return [*sorted(self.whole), *(r for r, some in sorted(self.have.items()) if len(some))]


def close(rows: Rows, plan: Plan, progress: Progress) -> Closure:
    """The least set of rows that the plan allows.

    Raises Refused if a root finds no row, and beyond `max_rows`.
    """
    closing = _Closing(rows, plan, progress)
    for table, count in plan.whole.items():
        closing.take_whole(table, count)
    for root in plan.roots:
        closing.start(root)
    while closing.to_spread or closing.to_lift:
        # children first: what the rules ask for is known before what it needs
        if closing.to_spread:
            closing.down()
        else:
            closing.up()
    have = {relation: some for relation, some in closing.have.items() if len(some)}
    return Closure(have, frozenset(closing.whole), tuple(closing.batches))


class _Closing:
    def __init__(self, rows: Rows, plan: Plan, progress: Progress) -> None:
        self._rows, self._plan, self._progress = rows, plan, progress
        self.have: Found = {}
        self.spread: Found = {}  # rows that bring children
        self.whole: set[Name] = set()
        self.batches: list[Batch] = []
        self.to_lift: dict[Name, Addresses | None] = {}  # rows whose parents were not asked for
        self.to_spread: Found = {}
        self._brought: Counter[str] = Counter()
        self._up: dict[Name, list[Reference]] = {}
        self._down: dict[Name, list[Reference]] = {}
        for reference in plan.references:
            if reference not in plan.nulled:
                for leaf in rows.leaves(reference.table):
                    self._up.setdefault(leaf, []).append(reference)
        for reference in plan.children:
            for leaf in rows.leaves(reference.referenced):
                self._down.setdefault(leaf, []).append(reference)

    def take_whole(self, table: Name, count: int) -> None:
        for leaf in self._rows.leaves(table):
            self.whole.add(leaf)
            self.batches.append(Batch(Reason("whole"), leaf, None))
            self.to_lift[leaf] = None
        self._count(f"whole {table}", count)

    def start(self, root: Root) -> None:
        found = self._rows.roots(root.table, root.where, root.percent, root.limit)
        if not found and not root.allow_empty:
            raise Refused(
                f"a root of the subset finds no row in {root.table}",
                hint="correct its condition, or say allow_empty = true",
            )
        self._add(found, Reason("root"), spreads=True)

    def down(self) -> None:
        relation, addresses = self.to_spread.popitem()
        for reference in self._down.get(relation, ()):
            self._progress.step(f"Choosing rows: {reference}")
            limit = self._plan.children[reference]
            found = self._rows.children(reference, relation, addresses, limit)
            self._add(found, Reason("down", reference), spreads=True)

    def up(self) -> None:
        relation, addresses = self.to_lift.popitem()
        for reference in self._up.get(relation, ()):
            if all(map(self._all_of, self._rows.leaves(reference.referenced))):
                continue  # nothing could be new
            self._progress.step(f"Choosing rows: {reference}")
            found = self._rows.parents(reference, relation, addresses)
            self._add(found, Reason("up", reference), spreads=self._plan.follow)

    def _all_of(self, relation: Name) -> bool:
        if relation in self.whole:
            return True
        have = self.have.get(relation)
        return (
            have is not None
            and not self._plan.follow  # a row that is known already may still bring children
            and self._rows.complete(relation, have)
        )

    def _add(self, found: Found, reason: Reason, spreads: bool) -> None:
        for relation, addresses in sorted(found.items()):
            if spreads:
                new = _without(addresses, self.spread.get(relation, _NONE))
                _merge(self.spread, relation, new)
                if len(new) and relation in self._down:
                    _merge(self.to_spread, relation, new)
            if relation in self.whole:
                continue
            new = _without(addresses, self.have.get(relation, _NONE))
            if len(new):
                _merge(self.have, relation, new)
                self.to_lift[relation] = _union(self.to_lift.get(relation), new)
                self.batches.append(Batch(reason, relation, new))
                self._count(str(reason), len(new))

    def _count(self, reason: str, rows: int) -> None:
        self._brought[reason] += rows
        total = self._brought.total()
        if self._plan.max_rows is not None and total > self._plan.max_rows:
            most = self._brought.most_common(_SHOWN)
            raise Refused(
                f"the subset takes more than {self._plan.max_rows:,} rows",
                hint="cut a key, limit children or choose fewer roots; or raise max_rows",
                details=[f"{name}: {number:,} rows" for name, number in most],
            )


def _without(addresses: Addresses, known: Addresses) -> Addresses:
    return np.setdiff1d(addresses, known, assume_unique=True)


def _union(a: Addresses | None, b: Addresses) -> Addresses:
    return b if a is None else np.union1d(a, b)


def _merge(into: Found, relation: Name, new: Addresses) -> None:
    if len(new):
        into[relation] = _union(into.get(relation), new)
