"""The rows that a create takes: chosen in its transaction, once the tables are locked."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property

from psycopg import sql

from snapshot.catalog import Catalog, Name
from snapshot.planning.references import Reference
from snapshot.postgres.connection import Connection
from snapshot.postgres.subset_rows import SubsetRows, planned_for_addresses
from snapshot.postgres.subset_sources import Group, chosen_parts, chosen_source, grouped
from snapshot.progress import NO_PROGRESS, Progress
from snapshot.subset.checks import Nulled, check_tenant, count_dangling, find_nulled
from snapshot.subset.closure import Closure, Plan, close
from snapshot.subset.model import Link, SubsetRules
from snapshot.subset.planning import digest_of, plan_subset, references_of
from snapshot.subset.report import SubsetReport, report_of

PART = 200_000  # rows in a source: a literal of 3 MB


@dataclass(frozen=True)
class Chosen:
    """The rows of a subset, as addresses that hold in the transaction that chose them."""

    catalog: Catalog
    closure: Closure
    report: SubsetReport
    digest: str  # SHA-256 of the rules
    complete: frozenset[Name]  # tables that are read as ever: all rows, none with another NULL
    leaves: dict[Name, tuple[Name, ...]]  # the relations that hold the rows of a table
    nulled: tuple[Nulled, ...] = ()

    def rows(self, table: Name) -> int:
        """How many rows of a table were chosen."""
        return self._rows[table]

    def source(self, table: Name) -> sql.Composable | None:
        """What stands after FROM to read exactly the chosen rows. None: all rows, as ever."""
        if table in self.complete:
            return None
        return chosen_source(self.catalog.by_name[table], self._groups(table))

    def parts(self, table: Name, size: int = PART) -> list[sql.Composable] | None:
        """The same in several sources of at most `size` rows, for readers side by side."""
        if table in self.complete:
            return None
        return list(chosen_parts(self.catalog.by_name[table], self._groups(table), size))

    @cached_property
    def _rows(self) -> dict[Name, int]:
        return {table.name: table.rows for table in self.report.tables}

    def _groups(self, table: Name) -> list[Group]:
        leaves = self.leaves[table]
        have = {leaf: self.closure.have[leaf] for leaf in leaves if leaf in self.closure.have}
        return grouped(have, [(n.relation, n.columns, n.addresses) for n in self.nulled])


@dataclass(frozen=True)
class Choosing:
    """What `subset plan` and `why` need besides the chosen rows."""

    chosen: Chosen
    rows: SubsetRows
    plan: Plan


def choose_rows(
    connection: Connection,
    catalog: Catalog,
    rules: SubsetRules,
    links: Sequence[Link] = (),
    none: Collection[Name] = (),
    progress: Progress = NO_PROGRESS,
) -> Chosen:
    """Choose the rows of a subset in the open REPEATABLE READ transaction; the tables are locked.

    `none` are tables whose rows do not come. Raises UsageError for rules that do not fit the
    database, and Refused for what cannot be taken: see `close`, `find_nulled` and `check_tenant`.
    """
    with choosing_rows(connection, catalog, rules, links, none, progress) as choosing:
        return choosing.chosen


@contextmanager
def choosing_rows(
    connection: Connection,
    catalog: Catalog,
    rules: SubsetRules,
    links: Sequence[Link] = (),
    none: Collection[Name] = (),
    progress: Progress = NO_PROGRESS,
) -> Iterator[Choosing]:
    """The same, with what more can be asked about the rows while the context lasts."""
    progress.step("Choosing rows")
    with planned_for_addresses(connection):
        rows = SubsetRows(connection, catalog)
        references = references_of(catalog, links)
        plan = plan_subset(catalog, rules, references, none, rows.nullable)
        _check_links(rows, references)
        plan = replace(plan, whole=rows.count(list(plan.whole)))
        closure = close(rows, plan, progress)
        if rules.tenant is not None:
            check_tenant(rows, catalog, plan, closure, rules.tenant)
        nulled = find_nulled(rows, plan, closure, rows.nullable)
        leaves = {table.name: rows.leaves(table.name) for table in catalog.tables}
        report = report_of(
            catalog, plan, closure, leaves, nulled, count_dangling(rows, plan, closure)
        )
        closure = _with_addresses(rows, closure, plan, nulled)
        digest = digest_of(rules, links, none)
        complete = _complete(rows, closure, leaves, nulled)
        chosen = Chosen(catalog, closure, report, digest, complete, leaves, tuple(nulled))
        yield Choosing(chosen, rows, plan)


def _check_links(rows: SubsetRows, references: Sequence[Reference]) -> None:
    for reference in references:
        if reference.constraint is None:
            rows.check_link(reference)


def _complete(
    rows: SubsetRows,
    closure: Closure,
    leaves: Mapping[Name, Sequence[Name]],
    nulled: Sequence[Nulled],
) -> frozenset[Name]:
    changed = {some.relation for some in nulled}

    def all_of(leaf: Name) -> bool:
        addresses = closure.of(leaf)
        return addresses is None or (len(addresses) > 0 and rows.complete(leaf, addresses))

    return frozenset(
        table
        for table, some in leaves.items()
        if some and not changed.intersection(some) and all(map(all_of, some))
    )


def _with_addresses(
    rows: SubsetRows, closure: Closure, plan: Plan, nulled: Sequence[Nulled]
) -> Closure:
    """With the addresses of whole tables of which some rows are written with NULL."""
    relations = {some.relation for some in nulled}
    split = [table for table in plan.whole if relations.intersection(rows.leaves(table))]
    all_rows = {leaf: rows.everything(leaf) for table in split for leaf in rows.leaves(table)}
    return replace(closure, have={**closure.have, **all_rows})
