"""The record of what was seeded, in tables of the same database, so that snapshots contain it."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from psycopg import sql

from snapshot.catalog import Name
from snapshot.errors import Refused, SnapshotError
from snapshot.planning.ledger import CREATE_LEDGER
from snapshot.postgres.connection import Connection, fetch, scalar
from snapshot.seeding import ledger_queries
from snapshot.seeding.binding import BoundRule
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
    """A rule that has seeded rows."""

    id: int
    blueprint: str
    rule: str
    table: Name


def has_ledger(connection: Connection) -> bool:
    """Whether anything was ever seeded here.

    Raises Refused if the ledger's names belong to something else: a view, or a table with rules,
    triggers, policies, checks, defaults or expressions, which would run their owner's code.
    """
    rows = fetch(connection, "ledger")
    if odd := [row["relname"] for row in rows if not row["plain"]]:
        raise Refused(
            f"snapshot.{odd[0]} is not a table of the ledger",
            hint="rename or drop what bears the ledger's names in schema snapshot",
        )
    return "seeded" in [row["relname"] for row in rows]


def create_ledger(connection: Connection) -> None:
    """Create the ledger's tables, unless they exist."""
    connection.execute(CREATE_LEDGER)


def read_recipe(connection: Connection, blueprint: str) -> Recipe | None:
    """The recipe of a blueprint's last run. Raises SnapshotError if it makes no sense."""
    if not has_ledger(connection):
        return None
    row = connection.execute(
        "SELECT profile, parameters, seed, anchor, faker FROM snapshot.seed_run"
        " WHERE blueprint = %s",
        [blueprint],
    ).fetchone()
    if row is None:
        return None
    types = (str | None, dict, str, datetime, str)
    if not all(isinstance(value, kind) for value, kind in zip(row, types, strict=True)):
        raise damaged(blueprint, "its parameters are no JSON object, or it lacks a value")
    return Recipe(*row)


def damaged(blueprint: str, why: str) -> SnapshotError:
    """The error for a recipe that cannot be used."""
    return SnapshotError(
        f"the ledger's line for {blueprint} cannot be used: {why}",
        hint="correct it in snapshot.seed_run, or delete the line: the next run then starts with "
        "the blueprint's defaults",
    )


def write_recipe(connection: Connection, blueprint: str, recipe: Recipe) -> None:
    """Record the recipe of this run."""
    values = dataclasses.asdict(recipe)
    values["parameters"] = orjson.dumps(values["parameters"]).decode()
    connection.execute(
        "INSERT INTO snapshot.seed_run (blueprint, profile, parameters, seed, anchor, faker)"
        " VALUES (%(blueprint)s, %(profile)s, %(parameters)s, %(seed)s, %(anchor)s, %(faker)s)"
        " ON CONFLICT (blueprint) DO UPDATE SET (profile, parameters, seed, anchor, faker) ="
        " (excluded.profile, excluded.parameters, excluded.seed, excluded.anchor, excluded.faker)",
        {"blueprint": blueprint, **values},
    )


def forget_recipes(connection: Connection, blueprint: str | None) -> None:
    """Forget how a blueprint was run, or all, where none of its rows is left: it begins anew."""
    connection.execute(
        "DELETE FROM snapshot.seed_run r WHERE (%(only)s::text IS NULL OR blueprint = %(only)s)"
        " AND NOT EXISTS (SELECT FROM snapshot.seed_rule JOIN snapshot.seeded s ON s.rule = id"
        " WHERE blueprint = r.blueprint)",
        {"only": blueprint},
    )


def read_rules(connection: Connection, blueprint: str | None = None) -> list[LedgerRule]:
    """The rules that have seeded rows, of one blueprint or of all."""
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
    """The rules' numbers in the ledger. A rule without one gets one."""
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
    """Delete the lines of a rule whose rows are gone."""
    connection.execute(ledger_queries.delete_lines_of_missing_rows(number, table))


def numbers_of(rules: Iterable[LedgerRule], table: Name) -> list[int]:
    """The numbers of rules that have seeded rows of a table."""
    return [rule.id for rule in rules if rule.table == table]


def lines_of(rules: Iterable[LedgerRule], table: SeedTable) -> sql.Composable | None:
    """The ledger's lines of a table, as a subquery. None if no rule has seeded it."""
    numbers = numbers_of(rules, table.name)
    return ledger_queries.ledger_lines(numbers, table) if numbers else None


def count_seeded(
    connection: Connection, tables: Iterable[SeedTable], rules: Sequence[LedgerRule]
) -> dict[Name, int]:
    """How many rows these rules have seeded that are still there, by table.

    The transaction must have the settings of exact_text(), as keys are compared as text.
    """
    return {
        table.name: scalar(connection, ledger_queries.count_seeded(numbers, table))
        for table in tables
        if table.key and (numbers := numbers_of(rules, table.name))
    }
