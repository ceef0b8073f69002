"""References between tables, as a subset follows them: foreign keys, and declared links."""

from __future__ import annotations

from dataclasses import dataclass

from snapshot.catalog import ForeignKey, Name


@dataclass(frozen=True)
class Reference:
    """Rows of `table` refer to rows of `referenced`. Both may be partitions, or their roots."""

    label: str
    table: Name
    columns: tuple[str, ...]
    referenced: Name
    referenced_columns: tuple[str, ...]
    root: Name  # `table`, or the root of its partition tree
    referenced_root: Name
    constraint: str | None = None  # the foreign key's name; None: a link
    match_full: bool = False
    may_dangle: bool = False  # the server does not promise that the referenced row is there
    where: str | None = None  # of a link: the author's SQL, on the referencing row
    expression: str | None = None  # of a link: the author's SQL in place of the columns

    def __str__(self) -> str:
        return self.label

    @property
    def has_sql(self) -> bool:
        """Whether the author of a policy wrote a part of it as SQL."""
        return self.where is not None or self.expression is not None


def reference_of_key(key: ForeignKey, checked: bool) -> Reference:
    """A foreign key as a reference. `checked`: its triggers are not switched off."""
    return Reference(
        str(key),
        key.table,
        key.columns,
        key.referenced,
        key.referenced_columns,
        key.root,
        key.referenced_root,
        constraint=key.name,
        match_full=key.match_full,
        may_dangle=not (key.validated and checked),
    )
