"""What a subset is asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from snapshot.catalog import Name


@dataclass(frozen=True)
class Root:
    """Rows that were asked for. One of `percent` and `limit` at most; all rows without."""

    table: Name
    where: str | None = None  # an SQL condition of the policy's author, on the table alone
    percent: float | None = None
    limit: int | None = None
    allow_empty: bool = False


@dataclass(frozen=True)
class Link:
    """A reference that the database does not know as a foreign key."""

    table: Name
    columns: tuple[str, ...]
    referenced: Name
    referenced_columns: tuple[str, ...]
    where: str | None = None  # a condition on the referencing row: subject_type = 'post'
    expression: str | None = None  # in place of the columns: (payload->>'order_id')::bigint

    def __str__(self) -> str:
        return f"{self.table}.{', '.join(self.columns) or self.expression}"


Edge = tuple[Name, tuple[str, ...]]  # a key or link, by the table and the columns that refer


@dataclass(frozen=True)
class SubsetRules:
    """[subset] of a policy. Keys and links are named by their referencing columns."""

    roots: tuple[Root, ...]
    whole: tuple[Name, ...] = ()
    children: Mapping[Edge, int | None] = field(default_factory=dict)  # most a parent; None: all
    cut: tuple[Edge, ...] = ()
    follow: bool = False  # rows that came as parents bring children too
    tenant: str | None = None  # a column: rows of one value only
    max_rows: int | None = None
