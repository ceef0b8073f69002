"""Columns that must be masked alike: those that foreign keys and links join."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from snapshot.catalog import Catalog, Name, quoted
from snapshot.subset.model import Link

ColumnName = tuple[Name, str]


@dataclass(frozen=True)
class Classes:
    """Which class a column is in. A class is named by its root, which refers to no other."""

    roots: Mapping[ColumnName, ColumnName]
    members: Mapping[ColumnName, tuple[ColumnName, ...]]  # by root; only classes of two and more

    def root(self, column: ColumnName) -> ColumnName:
        """The root of the column's class: the column itself if nothing joins it."""
        return self.roots.get(column, column)


def read_classes(
    catalog: Catalog, links: Iterable[Link], parents: Iterable[tuple[Name, Name]]
) -> Classes:
    """The classes of all columns; `parents` are tables with those that they inherit from."""
    pairs = [
        ((key.root, column), (key.referenced_root, referenced))
        for key in catalog.foreign_keys
        for column, referenced in zip(key.columns, key.referenced_columns, strict=True)
    ]
    pairs += [
        ((link.table, column), (link.referenced, referenced))
        for link in links
        if not link.expression
        for column, referenced in zip(link.columns, link.referenced_columns, strict=True)
    ]
    for child, parent in parents:
        inherited = {c.name for c in catalog.by_name[parent].columns}
        pairs += [
            ((child, c.name), (parent, c.name))
            for c in catalog.by_name[child].columns
            if c.name in inherited
        ]
    return _joined([pair for pair in pairs if pair[0] != pair[1]])


def _joined(pairs: list[tuple[ColumnName, ColumnName]]) -> Classes:
    above: dict[ColumnName, ColumnName] = {}

    def top(column: ColumnName) -> ColumnName:
        while (higher := above.get(column, column)) != column:
            above[column] = above.get(higher, higher)
            column = higher
        return column

    for referring, referenced in pairs:
        above[top(referring)] = top(referenced)
    groups: dict[ColumnName, set[ColumnName]] = {}
    for column in {column for pair in pairs for column in pair}:
        groups.setdefault(top(column), set()).add(column)
    that_refer = {first for first, _ in pairs}
    roots: dict[ColumnName, ColumnName] = {}
    members: dict[ColumnName, tuple[ColumnName, ...]] = {}
    for group in groups.values():
        root = min(group - that_refer or group)  # in a ring each refers to another
        members[root] = tuple(sorted(group))
        roots |= dict.fromkeys(group, root)
    return Classes(roots, members)


def column_text(column: ColumnName) -> str:
    """The column as the policy writes it: public.users.email."""
    (schema, table), name = column
    return ".".join(quoted(part) for part in (schema, table, name))
