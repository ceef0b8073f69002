"""The result of a merge in a scratch database: every constraint of the schema judges it.

It is loaded as a restore into an empty database would load it. If the server refuses it, it is
loaded again without indexes, keys and checks, and the rows that break them are looked for, all of
them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from psycopg import sql

from snapshot.catalog import ForeignKey, Name
from snapshot.changes.merging import MergedRow
from snapshot.errors import DatabaseFailed
from snapshot.planning.script import create_schema
from snapshot.planning.steps import Rows, Step, copy_from, identifier
from snapshot.postgres.connection import Connection
from snapshot.postgres.copying import copy_in
from snapshot.postgres.defaults import default_is_fixed
from snapshot.postgres.introspect import read_catalog
from snapshot.postgres.messages import server_errors
from snapshot.postgres.sequences import furthest, not_below_the_rows
from snapshot.postgres.violations import (
    CheckOf,
    UniqueKey,
    Values,
    read_checks,
    read_unique_keys,
    rows_failing,
    rows_of_one_key,
    rows_without_parent,
)
from snapshot.progress import NO_PROGRESS, Progress
from snapshot.restorers.transaction import begin, run_steps
from snapshot.store.conflicts import (
    CHECK,
    DEFAULT,
    FOREIGN_KEY,
    REFUSED,
    UNIQUE,
    Conflict,
    Key,
    RowAt,
)
from snapshot.store.manifest import SequenceValue, TableEntry

TableRows = Iterable[tuple[TableEntry, Iterable[MergedRow]]]
_BLOCK = 1 << 18  # bytes


@dataclass(frozen=True)
class Result:
    """What is to be loaded: schema, and rows that can be asked for again and again."""

    schema: tuple[str, str]
    rows: Rows  # with the sequences of the side whose schema it is
    sequences: Sequence[SequenceValue]  # of the other side
    tables: Callable[[], TableRows]
    keys: Mapping[Name, tuple[str, ...]]  # by which rows are named
    fixed: Callable[[Name, str], bool]  # this column's default may be used, whatever it is


@dataclass(frozen=True)
class Loaded:
    """What became of it. Without conflicts the database of the connection holds the result."""

    rows: Rows
    conflicts: tuple[Conflict, ...]


def load(database: Connection, result: Result, progress: Progress) -> Loaded:
    """Load the result in the open transaction, or say what is wrong with it.

    Raises DatabaseFailed if the server does not understand the schema.
    """
    begin(database)
    conflicts: list[Conflict] = []
    try:
        with server_errors(), database.transaction():
            rows = _load(database, result, conflicts, progress)
    except DatabaseFailed as error:
        progress.step("Looking for all violations")
        found = [*conflicts, *_violations(database, result)]
        return Loaded(result.rows, tuple(found) or (Conflict(REFUSED, what=error.message),))
    return Loaded(rows, tuple(conflicts))


def _load(
    database: Connection, result: Result, conflicts: list[Conflict], progress: Progress
) -> Rows:
    progress.step("Loading the result")
    run_steps(database, create_schema(result.rows, result.schema[0], "").before, progress)
    conflicts += _copy(database, result, progress)
    sequences = furthest(database, result.rows.sequences, result.sequences)
    sequences = not_below_the_rows(database, sequences)
    rows = replace(result.rows, sequences=sequences)
    script = create_schema(rows, *result.schema)
    progress.step("Checking the result")
    run_steps(database, (*script.loaded, *script.after), progress)
    return rows


def _copy(database: Connection, result: Result, progress: Progress) -> Iterator[Conflict]:
    """Copy the rows in; yields columns for which some bring no value, and no default is fixed."""
    for entry, rows in result.tables():
        progress.table(str(entry.name))
        lacking: dict[tuple[str, ...], list[bytes]] = defaultdict(list)
        copy_in(database, copy_from(entry), _blocks(_whole(rows, lacking)))
        for missing, lines in lacking.items():
            there = tuple(c for c in entry.columns if c.name not in missing)
            copy_in(database, copy_from(replace(entry, columns=there)), _blocks(lines))
        for column in dict.fromkeys(name for missing in lacking for name in missing):
            count = sum(len(lines) for names, lines in lacking.items() if column in names)
            if not result.fixed(entry.name, column) and not default_is_fixed(
                database, entry.name, column
            ):
                yield Conflict(DEFAULT, entry.name, column=column, what=f"{count:,} of its rows")


def _whole(
    rows: Iterable[MergedRow], lacking: dict[tuple[str, ...], list[bytes]]
) -> Iterator[bytes]:
    for row in rows:
        if row.missing:
            lacking[row.missing].append(row.line)
        else:
            yield row.line


def _blocks(lines: Iterable[bytes]) -> Iterator[bytes]:
    block = bytearray()
    for line in lines:
        block += line + b"\n"
        if len(block) >= _BLOCK:
            yield bytes(block)
            block.clear()
    yield bytes(block)


# --- what is wrong with it


@dataclass(frozen=True)
class _Rules:
    foreign_keys: Sequence[ForeignKey]
    unique_keys: Sequence[UniqueKey]
    checks: Sequence[CheckOf]


def _violations(database: Connection, result: Result) -> list[Conflict]:
    with database.transaction(force_rollback=True):
        rules = _rules(database, result)
    try:
        with server_errors(), database.transaction(force_rollback=True):
            run_steps(
                database, create_schema(result.rows, result.schema[0], "").before, NO_PROGRESS
            )
            run_steps(database, [_without_checks(rules.checks)], NO_PROGRESS)
            list(_copy(database, result, NO_PROGRESS))
            return list(_broken(database, rules, result.keys))
    except DatabaseFailed as error:  # a column or a domain refuses a value
        return [Conflict(REFUSED, what=error.message)]


def _rules(database: Connection, result: Result) -> _Rules:
    """The constraints of the schema, which is made without rows for this."""
    empty = replace(result.rows, tables=(), sequences=(), large_objects=False)
    try:
        with server_errors():
            run_steps(database, create_schema(empty, *result.schema).all_steps(), NO_PROGRESS)
    except DatabaseFailed as error:
        raise DatabaseFailed(
            f"the server that checks the result does not understand the schema: {error.message}",
            hint="nothing was written; give a server that has the project's extensions and roles "
            "with -d: a new database is made there and dropped again, no other is touched",
            details=error.details,
        ) from error
    catalog = read_catalog(database)
    return _Rules(catalog.foreign_keys, read_unique_keys(database), read_checks(database))


def _without_checks(checks: Sequence[CheckOf]) -> Step:
    return Step(
        "Drop the checks",
        "only to see all that the rows break; it is rolled back",
        tuple(
            sql.SQL("ALTER TABLE {} DROP CONSTRAINT {}").format(
                identifier(check.table), sql.Identifier(check.name)
            )
            for check in checks
        ),
    )


def _broken(
    database: Connection, rules: _Rules, keys: Mapping[Name, tuple[str, ...]]
) -> Iterator[Conflict]:
    for fk in rules.foreign_keys:
        if fk.root == fk.table and fk.table in keys:
            for own, values in rows_without_parent(database, fk, keys[fk.table]):
                yield _orphan(fk, _key(keys[fk.table], own), values, keys.get(fk.referenced))
    for unique in rules.unique_keys:
        if unique.table in keys:
            for group in rows_of_one_key(database, unique, keys[unique.table]):
                first, *others = (RowAt(unique.table, _key(keys[unique.table], o)) for o in group)
                yield Conflict(
                    UNIQUE, unique.table, first.key, what=unique.name, others=tuple(others)
                )
    for check in rules.checks:
        if check.table in keys:
            for own in rows_failing(database, check, keys[check.table]):
                key = _key(keys[check.table], own)
                yield Conflict(CHECK, check.table, key, what=f"{check.name}, {check.expression}")


def _orphan(fk: ForeignKey, key: Key, values: Values, parents: tuple[str, ...] | None) -> Conflict:
    """The child and the parent that it lacks, by the parent's own key if that is referenced."""
    there = dict(zip(fk.referenced_columns, values, strict=True))
    order = parents if parents is not None and set(parents) == set(there) else tuple(there)
    parent = RowAt(fk.referenced, tuple((name, there[name]) for name in order))
    return Conflict(FOREIGN_KEY, fk.table, key, what=fk.name, others=(parent,))


def _key(names: Sequence[str], values: Values) -> Key:
    return tuple(zip(names, values, strict=True))
