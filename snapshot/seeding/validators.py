"""What must hold of a database: references, tenants, no real people, and what a blueprint says."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from psycopg import sql

from snapshot.catalog import LEDGER, ForeignKey
from snapshot.postgres.connection import Connection
from snapshot.postgres.violations import find_violations
from snapshot.seeding.binding import BoundRule, views_sql
from snapshot.seeding.gaps import Context, count_gap
from snapshot.seeding.personal_data import SUSPICIOUS, findings
from snapshot.seeding.tables import Schema, SeedTable

_SHOWN = 10  # rows of a check
_PER_COLUMN = 3  # keys of rows with personal data


class Verdict(NamedTuple):
    """What a validator found; nothing is a pass."""

    title: str
    violations: tuple[str, ...]


def relationships(connection: Connection, keys: Sequence[ForeignKey]) -> Verdict:
    """Rows whose foreign key leads nowhere, those not validated and not declared included."""
    every = [dataclasses.replace(fk, validated=True, enforced=True) for fk in keys]
    return Verdict("Relationships", tuple(find_violations(connection, every)))


def tenant_isolation(connection: Connection, schema: Schema, tenant: str) -> Verdict:
    """Rows that reference a row of another tenant."""
    lines = []
    for table in schema.tables.values():
        for fk in table.foreign_keys:
            other = schema.tables.get(fk.referenced_root)
            if other is None or not {tenant} <= table.columns.keys() & other.columns.keys():
                continue
            query = sql.SQL(
                "SELECT pg_catalog.count(*), pg_catalog.min(({key})::text) FROM {table} c"
                " JOIN {other} p ON {on} WHERE c.{tenant} IS DISTINCT FROM p.{tenant}"
            ).format(
                key=_key(table, "c"),
                table=sql.Identifier(*table.name),
                other=sql.Identifier(*other.name),
                on=sql.SQL(" AND ").join(
                    sql.SQL("c.{} = p.{}").format(sql.Identifier(a), sql.Identifier(b))
                    for a, b in zip(fk.columns, fk.referenced_columns, strict=True)
                ),
                tenant=sql.Identifier(tenant),
            )
            row = connection.execute(query).fetchone()
            if row and row[0]:
                lines.append(
                    f"{fk}: {row[0]:,} rows of another {tenant} than the {other.name} they "
                    f"reference, one is {row[1]}"
                )
    return Verdict("Tenant Isolation", tuple(lines))


def personal_data(connection: Connection, schema: Schema) -> Verdict:
    """Texts that could be a real person's, in all text and json columns; never shown."""
    lines = [
        line
        for table in schema.tables.values()
        if table.name not in LEDGER
        for line in _personal_data(connection, table)
    ]
    return Verdict("Personal Data", tuple(lines))


def _personal_data(connection: Connection, table: SeedTable) -> Iterator[str]:
    columns = [
        c
        for c in table.columns.values()
        if c.category in "SA" or c.oid in (114, 3802)  # text, arrays, json
    ]
    if not columns:
        return
    # what the server finds harmless at a glance does not come here
    query = sql.SQL("SELECT ({key})::text, {columns} FROM {table} c WHERE {suspicious}").format(
        key=_key(table, "c"),
        columns=sql.SQL(", ").join(
            sql.SQL("c.{}::text").format(sql.Identifier(c.name)) for c in columns
        ),
        table=sql.Identifier(*table.name),
        suspicious=sql.SQL(" OR ").join(
            sql.SQL("c.{}::text ~ {}").format(sql.Identifier(c.name), sql.Literal(SUSPICIOUS))
            for c in columns
        ),
    )
    found: dict[tuple[str, str], list[str]] = {}
    with connection.cursor(name="texts") as cursor:
        cursor.itersize = 5000
        for key, *texts in cursor.execute(query):
            for column, text in zip(columns, texts, strict=True):
                for kind in set(
                    findings(text or "", column.name if column.category == "S" else "")
                ):
                    found.setdefault((column.name, kind), []).append(str(key))
    for (name, kind), keys in found.items():
        some = ", ".join(keys[:_PER_COLUMN]) + (", …" if len(keys) > _PER_COLUMN else "")
        yield f"{table.name}.{name}: {len(keys):,} rows with what looks like a real {kind}: {some}"


def consistency(context: Context, rules: Sequence[BoundRule]) -> Verdict:
    """Needs that are not met, and rows that a blueprint's checks find."""
    lines = []
    for bound in rules:
        gap = count_gap(context, bound)
        if gap.short and bound.rule.limited:
            lines.append(f"{bound.rule.name}: {gap.short:,} of {gap.parents:,} parents are short "
                         f"of {gap.missing:,} rows of {bound.table.name}")  # fmt: skip
    return Verdict("Data Consistency", (*lines, *failed_checks(context)))


def failed_checks(context: Context) -> Iterator[str]:
    """A line for each check of the blueprint that finds rows."""
    for check in context.blueprint.checks:
        query = sql.SQL("{}SELECT * FROM ({}) found").format(
            views_sql(context.blueprint, context.schema),
            sql.SQL(check.query.strip().rstrip(";")),  # the author's own
        )
        rows = context.connection.execute(query).fetchmany(_SHOWN + 1)
        if rows:
            some = ", ".join("(" + ", ".join(map(str, row[:3])) + ")" for row in rows[:_SHOWN])
            yield f"{check.title}: {some}{', …' if len(rows) > _SHOWN else ''}"


def _key(table: SeedTable, alias: str) -> sql.Composable:
    """What names a row to people: its key, or where it lies."""
    if not table.key:
        return sql.SQL("{}.ctid").format(sql.Identifier(alias))
    if len(table.key) == 1:
        return sql.SQL("{}.{}").format(sql.Identifier(alias), sql.Identifier(table.key[0]))
    return sql.SQL("ROW({})").format(
        sql.SQL(", ").join(
            sql.SQL("{}.{}").format(sql.Identifier(alias), sql.Identifier(c)) for c in table.key
        )
    )
