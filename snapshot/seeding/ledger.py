"""What was seeded, in tables of its own beside the data, so that it travels with snapshots."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from psycopg import sql

from snapshot.catalog import Name
from snapshot.planning.ledger import CREATE_LEDGER
from snapshot.postgres.connection import Connection, scalar
from snapshot.seeding.binding import BoundRule, row_text
from snapshot.seeding.tables import SeedTable


@dataclass(frozen=True)
class Recipe:
    """What decides the values of rows, as the last run left it."""

    profile: str | None
    parameters: Mapping[str, Any]
    seed: str
    anchor: datetime
    faker: str


@dataclass(frozen=True)
class LedgerRule:
    """A rule that rows were seeded by."""

    id: int
    blueprint: str
    rule: str
    table: Name


def has_ledger(connection: Connection) -> bool:
    """Something was seeded here before."""
    return bool(scalar(connection, "SELECT pg_catalog.to_regclass('snapshot.seeded') IS NOT NULL"))


def create_ledger(connection: Connection) -> None:
    """Create the ledger's tables, unless they are there."""
    connection.execute(CREATE_LEDGER)


def read_recipe(connection: Connection, blueprint: str) -> Recipe | None:
    """What the last run of a blueprint was made of, if there was one."""
    if not has_ledger(connection):
        return None
    row = connection.execute(
        "SELECT profile, parameters, seed, anchor, faker FROM snapshot.seed_run"
        " WHERE blueprint = %s",
        [blueprint],
    ).fetchone()
    return Recipe(*row) if row else None


def write_recipe(connection: Connection, blueprint: str, recipe: Recipe) -> None:
    """Remember what a run was made of."""
    values = dataclasses.asdict(recipe)
    values["parameters"] = orjson.dumps(values["parameters"]).decode()
    connection.execute(
        "INSERT INTO snapshot.seed_run (blueprint, profile, parameters, seed, anchor, faker)"
        " VALUES (%(blueprint)s, %(profile)s, %(parameters)s, %(seed)s, %(anchor)s, %(faker)s)"
        " ON CONFLICT (blueprint) DO UPDATE SET (profile, parameters, seed, anchor, faker) ="
        " (excluded.profile, excluded.parameters, excluded.seed, excluded.anchor, excluded.faker)",
        {"blueprint": blueprint, **values},
    )


def read_rules(connection: Connection, blueprint: str | None = None) -> list[LedgerRule]:
    """The rules that rows were seeded by, of one blueprint or of all."""
    if not has_ledger(connection):
        return []
    rows = connection.execute(
        "SELECT id, blueprint, rule, table_schema, table_name FROM snapshot.seed_rule"
        " WHERE %(only)s::text IS NULL OR blueprint = %(only)s ORDER BY id",
        {"only": blueprint},
    )
    return [LedgerRule(id_, bp, rule, Name(schema, table)) for id_, bp, rule, schema, table in rows]


def open_rules(
    connection: Connection, blueprint: str, rules: Sequence[BoundRule]
) -> dict[str, int]:
    """The numbers of rules in the ledger; they get one if they have none."""
    known = {rule.rule: rule.id for rule in read_rules(connection, blueprint)}
    for bound in rules:
        if bound.key not in known:
            row = connection.execute(
                "INSERT INTO snapshot.seed_rule (blueprint, rule, table_schema, table_name)"
                " VALUES (%s, %s, %s, %s) RETURNING id",
                [blueprint, bound.key, *bound.table.name],
            ).fetchone()
            assert row is not None
            known[bound.key] = int(row[0])
    return known


def forget_missing(connection: Connection, number: int, table: SeedTable) -> None:
    """Drop the lines of a rule whose rows are gone."""
    connection.execute(
        sql.SQL(
            "DELETE FROM snapshot.seeded l WHERE l.rule = {} AND NOT EXISTS"
            " (SELECT FROM {} c WHERE {} = l.key)"
        ).format(sql.Literal(number), sql.Identifier(*table.name), row_text(table.key, "c"))
    )


def lines_of(rules: Iterable[LedgerRule], table: SeedTable) -> sql.Composed:
    """The ledger's lines of a table, as a subquery with `key` and `path`; one a key."""
    numbers = [rule.id for rule in rules if rule.table == table.name]
    # a key that is made up is never used again; others may have the line of a row that is gone
    query = (
        "(SELECT key, path FROM snapshot.seeded WHERE rule = ANY ({}::int[]))"
        if table.made_keys == set(table.key)
        else "(SELECT key, pg_catalog.min(path) AS path FROM snapshot.seeded"
        " WHERE rule = ANY ({}::int[]) GROUP BY key)"
    )
    return sql.SQL(query).format(sql.Literal(numbers))


def count_seeded(connection: Connection, tables: Sequence[SeedTable]) -> dict[Name, int]:
    """How many of a table's rows were seeded, and are still there."""
    rules = read_rules(connection)
    return {
        table.name: scalar(
            connection,
            sql.SQL("SELECT pg_catalog.count(*) FROM {} c JOIN {} l ON l.key = {}").format(
                sql.Identifier(*table.name), lines_of(rules, table), row_text(table.key, "c")
            ),
        )
        for table in tables
        if table.key and any(rule.table == table.name for rule in rules)
    }
