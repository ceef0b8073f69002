"""Which schemas and tables go into a snapshot."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from typing import Protocol, TypeVar

from snapshot.catalog import Catalog, Name
from snapshot.errors import UsageError
from snapshot.store.manifest import LARGE_OBJECTS, Manifest, SequenceValue

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Selection:
    """Patterns with * and ?, as on the command line; empty means everything.

    Schemas are left out whole. Of tables only the rows are: the structure of a schema is never cut
    in half, so that what is left out comes back as an empty table and not as a missing one.
    """

    schemas: tuple[str, ...] = ()
    exclude_schemas: tuple[str, ...] = ()
    tables: tuple[str, ...] = ()
    exclude_tables: tuple[str, ...] = ()

    @classmethod
    def of(cls, *patterns: Sequence[str] | None) -> Selection:
        """The patterns of -n, -N, -t and -T, in this order."""
        return cls(**dict(zip(_FIELDS, (tuple(some or ()) for some in patterns), strict=True)))

    @property
    def everything(self) -> bool:
        """Nothing is left out."""
        return self == EVERYTHING

    @property
    def every_table(self) -> bool:
        """No table is left out, unless its schema is."""
        return not self.tables and not self.exclude_tables


_FIELDS = ("schemas", "exclude_schemas", "tables", "exclude_tables")
EVERYTHING = Selection()


class Named(Protocol):
    """A table of any kind."""

    @property
    def name(self) -> Name:
        """Its name."""


class Listed(Protocol):
    """What has schemas and tables: a catalog, a manifest."""

    @property
    def schemas(self) -> tuple[str, ...]:
        """Names of schemas."""

    @property
    def tables(self) -> Sequence[Named]:
        """Its tables."""


def exactly(name: str) -> str:
    """The pattern that stands for a schema or a table of this name, and hardly for another one."""
    return re.sub(r"[*?\[]", r"[\g<0>]", name).replace('"', "?")  # patterns know no quotes


def excluded_schemas(of: Listed, selection: Selection) -> tuple[str, ...]:
    """The schemas of a database or snapshot that the selection leaves out.

    Raises UsageError for a pattern that matches no schema.
    """
    schemas = of.schemas
    _all_match("schema", (*selection.schemas, *selection.exclude_schemas), schemas, _schema_matches)
    return tuple(
        schema
        for schema in schemas
        if (selection.schemas and not _any(schema, selection.schemas, _schema_matches))
        or _any(schema, selection.exclude_schemas, _schema_matches)
    )


def chosen_tables(of: Listed, selection: Selection) -> set[Name]:
    """The tables that the selection names. Raises UsageError for a pattern that matches nothing."""
    left_out = set(excluded_schemas(of, selection))
    names = [table.name for table in of.tables if table.name.schema not in left_out]
    names = [name for name in names if name != LARGE_OBJECTS]
    _all_match("table", (*selection.tables, *selection.exclude_tables), names, _table_matches)
    return {
        name
        for name in names
        if (not selection.tables or _any(name, selection.tables, _table_matches))
        and not _any(name, selection.exclude_tables, _table_matches)
    }


def select_rows(manifest: Manifest, selection: Selection, catalog: Catalog) -> Manifest:
    """The part of a snapshot whose rows go into a database that has its schema.

    Sequences come with the tables that use them in that database, the others only with every
    table. Raises UsageError for a pattern that matches nothing.
    """
    if selection.everything:
        return manifest
    left_out = set(excluded_schemas(manifest, selection))
    chosen = chosen_tables(manifest, selection)
    come = {s.name for s in catalog.sequences if selection.every_table or s.tables & chosen}
    return replace(
        manifest,
        complete=False,
        schemas=tuple(schema for schema in manifest.schemas if schema not in left_out),
        tables=tuple(entry for entry in manifest.tables if entry.name in chosen),
        sequences=tuple(
            s for s in manifest.sequences if s.name.schema not in left_out and s.name in come
        ),
        materialized_views=tuple(
            view for view in manifest.materialized_views if view.schema not in left_out
        ),
        large_objects=None,
        large_object_comments={},
    )


def shared_sequences(manifest: Manifest, catalog: Catalog) -> list[Name]:
    """Those that a restore sets, and from which tables that keep their rows get values too."""
    kept = set(catalog.by_name) - {entry.name for entry in manifest.tables}
    are_set = {value.name for value in manifest.sequences}
    return [s.name for s in catalog.sequences if s.name in are_set and s.tables & kept]


def never_back(manifest: Manifest, here: Iterable[SequenceValue], catalog: Catalog) -> Manifest:
    """The snapshot with these sequences at the target's values, where those are further."""
    descending = {sequence.name for sequence in catalog.sequences if sequence.descending}
    stand = {value.name: value for value in here}

    def further(value: SequenceValue) -> SequenceValue:
        sign = -1 if value.name in descending else 1
        both = (value, stand.get(value.name, value))
        return max(both, key=lambda v: (sign * v.last_value, v.is_called))

    return replace(manifest, sequences=tuple(map(further, manifest.sequences)))


def select(catalog: Catalog, selection: Selection) -> Catalog:
    """The part of the catalog that the selection names.

    Raises UsageError for a pattern that matches nothing.
    """
    left_out = set(excluded_schemas(catalog, selection))
    chosen = chosen_tables(catalog, selection)
    return replace(
        catalog,
        tables=tuple(table for table in catalog.tables if table.name in chosen),
        sequences=tuple(
            sequence
            for sequence in catalog.sequences
            if sequence.name.schema not in left_out
            and (selection.every_table or sequence.tables & chosen)
        ),
        materialized_views=tuple(v for v in catalog.materialized_views if v.schema not in left_out),
        schemas=tuple(schema for schema in catalog.schemas if schema not in left_out),
        large_objects=catalog.large_objects if selection.everything else 0,
        large_object_comments=catalog.large_object_comments if selection.everything else {},
    )


def _any(candidate: T, patterns: Iterable[str], matches: Callable[[T, str], bool]) -> bool:
    return any(matches(candidate, pattern) for pattern in patterns)


def _schema_matches(schema: str, pattern: str) -> bool:
    return fnmatchcase(schema, pattern.replace('"', ""))


def _table_matches(name: Name, pattern: str) -> bool:
    plain = pattern.replace('"', "")
    return fnmatchcase(name.name, plain) or fnmatchcase(".".join(name), plain)


def _all_match(
    kind: str, patterns: Iterable[str], known: Sequence[T], matches: Callable[[T, str], bool]
) -> None:
    for pattern in patterns:
        if not any(matches(candidate, pattern) for candidate in known):
            raise UsageError(
                f"no {kind} matches {pattern}",
                hint=f"there are: {', '.join(map(str, known)) or 'none'}",
            )
