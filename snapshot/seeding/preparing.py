"""A blueprint is bound to a database, with the parameters of this run and of the last one."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from snapshot.catalog import LEDGER, Catalog
from snapshot.errors import BlueprintError, UsageError
from snapshot.postgres.connection import Connection, exact_text, scalar
from snapshot.postgres.introspect import count_rows
from snapshot.seeding import ledger
from snapshot.seeding.binding import BoundRule, bind
from snapshot.seeding.blueprint import Blueprint, parameters_of
from snapshot.seeding.gaps import Context
from snapshot.seeding.keys import Keys, NoKeys
from snapshot.seeding.options import SeedOptions
from snapshot.seeding.parameters import check_text, checked_parameter
from snapshot.seeding.personal_data import faker_version
from snapshot.seeding.randomness import Rand
from snapshot.seeding.tables import Tables, read_tables

DEFAULT_SEED = "snapshot"


@dataclass
class Run:
    """A blueprint that is bound to a database, with the parameters that it runs with."""

    context: Context
    keys: Keys
    rules: list[BoundRule]
    options: SeedOptions
    recipe: ledger.Recipe
    found: int
    notes: tuple[str, ...]


@contextmanager
def reading(connection: Connection) -> Iterator[str]:
    """One state of the database, read only; yields the name of its exported snapshot."""
    with connection.transaction():
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        exact_text(connection)
        yield str(scalar(connection, "SELECT pg_catalog.pg_export_snapshot()"))


@contextmanager
def valid_text(blueprint: Blueprint) -> Iterator[None]:
    """Name the blueprint if one of its texts cannot be sent to the server."""
    try:
        yield
    except UnicodeEncodeError as error:
        raise BlueprintError(
            f"{blueprint.file.name}: a text is no valid Unicode: {error}",
            hint="remove lone surrogates, \\ud800 to \\udfff",
        ) from error


def prepare(connection: Connection, catalog: Catalog, options: SeedOptions) -> Run:
    """Bind the rules. What the options leave out comes from the recipe of the last run."""
    blueprint = options.blueprint
    last = ledger.read_recipe(connection, blueprint.name)
    recipe, parameters = _recipe(options, last)
    notes: tuple[str, ...] = ()
    if last and last.faker != recipe.faker:
        notes = (
            f"Faker is {recipe.faker} now and was {last.faker}: new rows may differ from what they "
            "were",
        )
    _plan_for_all_rows(connection)
    connection.execute(  # for the author's SQL
        "SELECT pg_catalog.set_config('snapshot.now', %s, true)", [recipe.anchor.isoformat()]
    )
    tables = read_tables(connection, catalog.foreign_keys)
    keys = Keys(connection, tables, options.dry)
    rand, draft = (
        Rand(blueprint, parameters, recipe.seed, recipe.anchor, source)
        for source in (keys, NoKeys())
    )
    rules_known = tuple(ledger.read_rules(connection))
    context = Context(connection, blueprint, tables, parameters, rand, draft, rules_known)
    rules = _bind(blueprint, parameters, recipe.seed, tables)
    counts = count_rows(connection, [t for t in catalog.tables if t.name not in LEDGER])
    for table, hint in blueprint.requirements:
        if not counts.get(tables.named(table).name):
            raise UsageError(f"{table} is empty, and {blueprint.name} needs its rows", hint=hint)
    return Run(context, keys, rules, options, recipe, sum(counts.values()), notes)


def _recipe(options: SeedOptions, last: ledger.Recipe | None) -> tuple[ledger.Recipe, Any]:
    """The recipe of this run, and its parameters as the blueprint's class.

    Where all rows go first, the last run's parameters go too: a command then means the same again.
    """
    kept = None if options.clear_first else last
    stored = _stored_parameters(options, kept) if kept else None
    parameters = parameters_of(options.blueprint, options.profile, options.parameters, stored)
    today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    if options.seed == "":
        raise UsageError("the seed is empty", hint="give any text, or leave --seed out")
    seed = options.seed or (last.seed if last else DEFAULT_SEED)
    check_text("the seed", seed)
    recipe = ledger.Recipe(
        options.profile or (kept.profile if kept else None),
        dataclasses.asdict(parameters),
        seed,
        options.now or (last.anchor if last else today),
        faker_version(),
    )
    return recipe, parameters


def _stored_parameters(options: SeedOptions, last: ledger.Recipe) -> Any:
    """The parameters of the last run. Raises SnapshotError if they are none of the blueprint's."""
    blueprint = options.blueprint
    values = {}
    for field in dataclasses.fields(blueprint.parameters):
        if field.name in last.parameters and field.name not in options.parameters:
            try:
                values[field.name] = checked_parameter(field, last.parameters[field.name])
            except UsageError as error:
                raise ledger.damaged(blueprint.name, f"its parameters: {error}") from error
    return blueprint.parameters(**values)


def _bind(blueprint: Blueprint, parameters: Any, seed: str, tables: Tables) -> list[BoundRule]:
    """Bind the rules. If none of the blueprint's tables exists, say how they are created."""
    names = {rule.table for rule in blueprint.rules}
    if blueprint.schema is not None and not any(tables.find(name) for name in names):
        raise UsageError(
            f"the database has none of {blueprint.name}'s tables",
            hint="seed run creates them in a database that has no tables at all; elsewhere: "
            f"psql -f {blueprint.schema}",
        )
    for name in sorted(blueprint.allow):
        table, _, column = name.rpartition(".")
        if (found := tables.find(table)) is None or column not in found.columns:
            raise BlueprintError(
                f"{blueprint.file.name}: allow= names {name}, which is no column",
                hint='name columns as "table.column"',
            )
    return bind(blueprint, parameters, seed, tables)


def _plan_for_all_rows(connection: Connection) -> None:
    """Let the planner sort in memory, and expect that cursors are read to their end.

    The settings hold for this transaction. Those that are higher already stay.
    """
    connection.execute(
        "SELECT pg_catalog.set_config(name, wanted, true) FROM (VALUES"
        " ('cursor_tuple_fraction', '1', 1.0), ('work_mem', '128MB', 131072)"
        ") better (name, wanted, number) JOIN pg_catalog.pg_settings s USING (name)"
        " WHERE s.setting::numeric < number"
    )
