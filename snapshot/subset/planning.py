"""The rules of a subset against the catalog: what is named must be there, and must fit."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import asdict

from snapshot.catalog import Catalog, Name
from snapshot.errors import UsageError
from snapshot.planning.references import Reference, reference_of_key
from snapshot.subset.closure import Plan
from snapshot.subset.model import Edge, Link, Root, SubsetRules

Nullable = Callable[[Name, str], bool]


def references_of(catalog: Catalog, links: Sequence[Link]) -> tuple[Reference, ...]:
    """The foreign keys that are enforced, and the links. Raises UsageError for a wrong link."""
    keys = [
        reference_of_key(key, (key.table, key.name) not in catalog.disabled_keys)
        for key in catalog.foreign_keys
        if key.enforced and key.root in catalog.by_name
    ]
    return (*keys, *(_reference_of_link(catalog, link) for link in links))


def plan_subset(
    catalog: Catalog,
    rules: SubsetRules,
    references: Sequence[Reference],
    none: Collection[Name],
    nullable: Nullable,
) -> Plan:
    """What the rules mean in this database, without the number of rows of whole tables.

    `none` are tables whose rows do not come; those that the catalog does not have never come.
    Raises UsageError where the rules name what is not there or contradict one another.
    """
    _check_tables(catalog, rules, none)
    children = {
        reference: limit
        for edge, limit in rules.children.items()
        for reference in _named(references, edge, "children")
    }
    for reference in children:
        if reference.root in none or reference.referenced_root in none:
            raise UsageError(
                f"children names {reference}, and one of its tables has no rows",
                hint='remove it from children, or the rows = "none" of the table',
            )
    cut = _cut(rules, references, nullable)
    # an extension's configuration: what of it is the user's is few rows, and taken as always
    settings = [t.name for t in catalog.tables if t.configuration and t.name not in none]
    return Plan(
        rules.roots,
        tuple(references),
        dict.fromkeys((*rules.whole, *settings), 0),
        children,
        frozenset(cut)
        | {r for r in references if r.referenced_root in none}
        | {r for r in references if r.referenced_root not in catalog.by_name},
        frozenset(none),
        rules.follow,
        rules.max_rows,
    )


def columns_to_null(
    reference: Reference, references: Sequence[Reference], nullable: Nullable
) -> tuple[str, ...]:
    """The columns of a reference that are NULL where its row is not chosen; none if it cannot be.

    Those that no other reference needs, if there are such. One of them is enough, unless the key is
    MATCH FULL (documentation: CREATE TABLE).
    """
    if reference.expression is not None:
        return ()
    columns = tuple(c for c in reference.columns if nullable(reference.table, c))
    if reference.match_full:
        return columns if columns == reference.columns else ()
    shared = {
        column
        for other in references
        if other.root == reference.root and other.columns != reference.columns
        for column in other.columns
    }
    return tuple(column for column in columns if column not in shared) or columns


def digest_of(rules: SubsetRules, links: Sequence[Link], none: Collection[Name]) -> str:
    """SHA-256 of the rules that choose rows. The order of their lines does not count."""
    edges = {f"{'.'.join(table)}: {', '.join(c)}": n for (table, c), n in rules.children.items()}
    document = {
        "roots": sorted(json.dumps(asdict(root)) for root in rules.roots),
        "whole": sorted(rules.whole),
        "children": edges,
        "cut": sorted(rules.cut),
        "follow": rules.follow,
        "tenant": rules.tenant,
        "links": sorted(json.dumps(asdict(link)) for link in links),
        "none": sorted(none),
    }
    return hashlib.sha256(json.dumps(document, sort_keys=True).encode()).hexdigest()


def _reference_of_link(catalog: Catalog, link: Link) -> Reference:
    table, referenced = _known(catalog, link.table), _known(catalog, link.referenced)
    label = f"{link} → {link.referenced}"
    width = 1 if link.expression is not None else len(link.columns)
    if width != len(link.referenced_columns) or not width:
        raise UsageError(
            f"the link {label} has another number of columns on each side",
            hint="name as many columns on both sides",
        )
    _check_columns(catalog, table, link.columns)
    _check_columns(catalog, referenced, link.referenced_columns)
    return Reference(
        label,
        table,
        link.columns,
        referenced,
        link.referenced_columns,
        table,
        referenced,
        may_dangle=True,
        where=link.where,
        expression=link.expression,
    )


def _cut(
    rules: SubsetRules, references: Sequence[Reference], nullable: Nullable
) -> list[Reference]:
    cut = [reference for edge in rules.cut for reference in _named(references, edge, "cut")]
    for reference in cut:
        if not columns_to_null(reference, references, nullable):
            raise UsageError(
                f"{reference} cannot be cut: it has no column that may be NULL",
                hint="remove it from cut",
            )
    return cut


def _check_tables(catalog: Catalog, rules: SubsetRules, none: Collection[Name]) -> None:
    for root in rules.roots:
        _check_root(catalog, root)
    if not rules.roots and not rules.whole:
        raise UsageError("the subset has no roots", hint="name a table in roots")
    for name in (*rules.whole, *none):
        _known(catalog, name)
    for name in (*rules.whole, *(root.table for root in rules.roots)):
        if name in none:
            raise UsageError(
                f"rows of {name} are asked for, and left out by its rule",
                hint='remove it from the subset, or its rows = "none"',
            )


def _check_root(catalog: Catalog, root: Root) -> None:
    _known(catalog, root.table)
    if root.percent is not None and root.limit is not None:
        raise UsageError(
            f"the root {root.table} has both percent and limit", hint="choose one of them"
        )
    if root.percent is not None and not 0 < root.percent <= 100:
        raise UsageError(
            f"the percent of the root {root.table} is {root.percent:g}",
            hint="give a number above 0, 100 at most",
        )
    if root.limit is not None and root.limit < 1:
        raise UsageError(
            f"the limit of the root {root.table} is {root.limit}", hint="give 1 or more"
        )


def _known(catalog: Catalog, name: Name) -> Name:
    if name not in catalog.by_name:
        raise UsageError(
            f"there is no table {name}",
            hint="name a table of the database with its schema; of a partition name its root",
        )
    return name


def _check_columns(catalog: Catalog, table: Name, columns: Iterable[str]) -> None:
    there = {column.name for column in catalog.by_name[table].columns}
    for column in columns:
        if column not in there:
            raise UsageError(f"{table} has no column {column}", hint="correct the link")


def _named(references: Sequence[Reference], edge: Edge, where: str) -> list[Reference]:
    """The references that have these columns: more than one if links share them."""
    table, columns = edge
    ours = [r for r in references if table in (r.table, r.root)]
    found = [r for r in ours if sorted(r.columns) == sorted(columns)]
    if not found:
        known = ", ".join(", ".join(r.columns) for r in ours)
        raise UsageError(
            f"{where} names {table}.{', '.join(columns)}, which is no foreign key and no link",
            hint=f"{table} has: {known}" if known else f"{table} refers to nothing",
        )
    return found
