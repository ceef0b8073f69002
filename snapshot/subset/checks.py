"""What is looked at once the rows of a subset are known: cut keys, tenants, dangling keys."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple, Protocol

import numpy as np

from snapshot.catalog import Catalog, Name
from snapshot.errors import Refused
from snapshot.planning.references import Reference
from snapshot.subset.closure import Addresses, Batch, Closure, Plan, Rows
from snapshot.subset.planning import Nullable, columns_to_null


class MoreRows(Rows, Protocol):
    """What the checks ask besides."""

    def dangling(self, reference: Reference, relation: Name, addresses: Addresses | None) -> int:
        """How many rows have a whole key that leads nowhere."""

    def values(self, relation: Name, column: str, addresses: Addresses | None) -> set[str]:
        """The different values of a column as text, without NULL."""


class Nulled(NamedTuple):
    """Rows of a relation that are written with NULL in some columns."""

    reference: Reference
    relation: Name
    columns: tuple[str, ...]
    addresses: Addresses


def find_nulled(rows: Rows, plan: Plan, closure: Closure, nullable: Nullable) -> list[Nulled]:
    """The rows whose reference is written as NULL: the row that it names was not chosen.

    Raises Refused for a foreign key that cannot be NULL. A link that cannot stays as it is.
    """
    found = []
    for reference in plan.references:
        if reference not in plan.nulled:
            continue
        columns = columns_to_null(reference, plan.references, nullable)
        for relation, addresses in _without_target(rows, closure, reference):
            if columns:
                found.append(Nulled(reference, relation, columns, addresses))
            elif reference.constraint is not None:
                raise Refused(
                    f"{reference} needs rows of {reference.referenced_root}, of which none come, "
                    "and cannot be NULL",
                    hint='remove the rows = "none" of that table, or choose other rows',
                )
    return found


def count_dangling(rows: MoreRows, plan: Plan, closure: Closure) -> dict[Reference, int]:
    """Chosen rows that refer to nothing in the source either, where nothing forbids it."""
    found = {
        reference: sum(
            rows.dangling(reference, relation, closure.of(relation))
            for relation in _chosen(rows, closure, reference)
        )
        for reference in plan.references
        if reference.may_dangle
    }
    return {reference: number for reference, number in found.items() if number}


def check_tenant(
    rows: MoreRows, catalog: Catalog, plan: Plan, closure: Closure, tenant: str
) -> None:
    """Raise Refused if rows of more than one tenant were chosen; NULL is everybody's.

    The tenant of a row is its column of that name, or the column that such columns refer to.
    """
    columns = tenant_columns(rows, catalog, plan.references, tenant)
    value: str | None = None
    for batch in sorted(closure.batches, key=lambda batch: batch.reason.kind == "whole"):
        column = columns.get(batch.relation)
        if column is None:
            continue
        found = rows.values(batch.relation, column, batch.addresses)
        if value is None and len(found) == 1:
            (value,) = found
        if found - {value}:
            raise Refused(
                f"the subset takes rows of more than one tenant: {_by(batch)} brings rows of "
                f"{batch.relation} that carry another {tenant}",
                hint="cut that key, or correct the rows in the source",
            )


def tenant_columns(
    rows: Rows, catalog: Catalog, references: Sequence[Reference], tenant: str
) -> dict[Name, str]:
    """By relation, the column that says whose a row is. Raises Refused if no table has one."""
    columns = {
        leaf: tenant
        for table in catalog.tables
        if any(column.name == tenant for column in table.columns)
        for leaf in rows.leaves(table.name)
    }
    if not columns:
        raise Refused(f"no table has a column {tenant}", hint="correct tenant in the policy")
    for reference in references:
        if reference.columns == (tenant,) and not reference.has_sql:
            for leaf in rows.leaves(reference.referenced):
                columns.setdefault(leaf, reference.referenced_columns[0])
    return columns


def _without_target(
    rows: Rows, closure: Closure, reference: Reference
) -> Iterator[tuple[Name, Addresses]]:
    """Chosen rows that refer to a row that was not chosen."""
    for relation in _chosen(rows, closure, reference):
        found = [
            referring[closure.missing(target, targets)]
            for referring, target, targets in rows.pairs(reference, relation, closure.of(relation))
        ]
        addresses = np.unique(np.concatenate([np.zeros(0, np.uint64), *found]))
        if len(addresses):
            yield relation, addresses


def _chosen(rows: Rows, closure: Closure, reference: Reference) -> list[Name]:
    filled = set(closure.filled)
    return [leaf for leaf in rows.leaves(reference.table) if leaf in filled]


def _by(batch: Batch) -> str:
    return str(batch.reason.reference or batch.reason)
