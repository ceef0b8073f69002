"""Checks of a whole database: references, tenants, personal data, and a blueprint's own checks."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from snapshot.catalog import LEDGER, ForeignKey
from snapshot.postgres.connection import Connection
from snapshot.postgres.violations import find_violations
from snapshot.seeding import queries
from snapshot.seeding.binding import BoundRule
from snapshot.seeding.blueprint import Blueprint
from snapshot.seeding.encoding import JSON, JSONB
from snapshot.seeding.gaps import Context, count_gaps
from snapshot.seeding.personal_data import SENSITIVE
from snapshot.seeding.tables import SeedColumn, SeedTable, Tables
from snapshot.shapes import findings

_SHOWN = 10  # rows of a check
_PER_COLUMN = 3  # keys of rows with personal data


class Verdict(NamedTuple):
    """What a validator found. It passes if there are no violations."""

    title: str
    violations: tuple[str, ...]


def relationships(connection: Connection, keys: Sequence[ForeignKey]) -> Verdict:
    """Rows whose foreign key leads nowhere. Keys that the server does not check are checked too."""
    every = [dataclasses.replace(fk, validated=True, enforced=True) for fk in keys]
    return Verdict("Relationships", tuple(find_violations(connection, every)))


def tenant_isolation(connection: Connection, tables: Tables, tenant: str) -> Verdict:
    """Rows that reference a row of another tenant."""
    lines = []
    for table in tables.by_name.values():
        for fk in table.foreign_keys:
            other = tables.by_name.get(fk.referenced_root)
            if other is None or not {tenant} <= table.columns.keys() & other.columns.keys():
                continue
            query = queries.other_tenants(fk, table, other, tenant)
            row = connection.execute(query).fetchone()
            if row and row[0]:
                lines.append(
                    f"{fk}: {row[0]:,} rows of another {tenant} than the {other.name} they "
                    f"reference, one is {row[1]}"
                )
    return Verdict("Tenant Isolation", tuple(lines))


def personal_data(
    connection: Connection, tables: Tables, blueprint: Blueprint | None = None
) -> Verdict:
    """Values that could be a real person's: texts, and columns that are named so.

    They are never shown. A blueprint says which columns it knows better (`sensitive`, `allow`).
    """
    lines: list[str] = []
    for table in tables.by_name.values():
        if table.name in LEDGER:
            continue
        columns = [
            column
            for column in table.columns.values()
            if not (blueprint and blueprint.allows(table.name, column.name))
        ]
        lines += _filled(connection, table, columns, blueprint)
        lines += _suspicious(connection, table, columns)
    return Verdict("Personal Data", tuple(lines))


def _filled(
    connection: Connection,
    table: SeedTable,
    columns: Sequence[SeedColumn],
    blueprint: Blueprint | None,
) -> Iterator[str]:
    names = blueprint.sensitive if blueprint else SENSITIVE
    for column in columns:
        if column.name.lower() in names:
            number, key = connection.execute(queries.filled(table, column)).fetchone() or (0, None)
            if number:
                yield f"{table.name}.{column.name}: {number:,} rows have a value, one is {key}"


def _suspicious(
    connection: Connection, table: SeedTable, every: Sequence[SeedColumn]
) -> Iterator[str]:
    # text, arrays, json
    columns = [c for c in every if c.category in "SA" or c.oid in (JSON, JSONB)]
    if not columns:
        return
    found: dict[tuple[str, str], list[str]] = {}
    with connection.cursor(name="texts") as cursor:
        cursor.itersize = 5000
        for key, *texts in cursor.execute(queries.suspicious_texts(table, columns)):
            for column, text in zip(columns, texts, strict=True):
                for kind in set(
                    findings(text or "", column.name if column.category == "S" else "")
                ):
                    found.setdefault((column.name, kind), []).append(str(key))
    for (name, kind), keys in found.items():
        some = ", ".join(keys[:_PER_COLUMN]) + (", …" if len(keys) > _PER_COLUMN else "")
        yield f"{table.name}.{name}: {len(keys):,} rows with what looks like a real {kind}: {some}"


def consistency(context: Context, rules: Sequence[BoundRule]) -> Verdict:
    """Needs that are not met, and faulty rows that the blueprint's checks find."""
    lines = []
    for gap in count_gaps(context, rules):
        bound = gap.bound
        if gap.short and bound.rule.limited:
            lines.append(f"{bound.rule.name}: {gap.short:,} of {gap.parents:,} parents are short "
                         f"of {gap.missing:,} rows of {bound.table.name}")  # fmt: skip
    return Verdict("Data Consistency", (*lines, *failed_checks(context)))


def failed_checks(context: Context) -> Iterator[str]:
    """A line for each check of the blueprint that finds rows."""
    for check in context.blueprint.checks:
        query = queries.views(context.blueprint, context.tables) + queries.check(check)
        rows = context.connection.execute(query).fetchmany(_SHOWN + 1)
        if rows:
            some = ", ".join("(" + ", ".join(map(str, row[:3])) + ")" for row in rows[:_SHOWN])
            yield f"{check.title}: {some}{', …' if len(rows) > _SHOWN else ''}"
