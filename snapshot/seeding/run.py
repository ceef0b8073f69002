"""Seeding as a story: audit, fill what is missing, validate, all in one transaction."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial

from psycopg.errors import DeadlockDetected, ForeignKeyViolation, SerializationFailure

from snapshot.catalog import Catalog, Name
from snapshot.change import Approve, change
from snapshot.errors import ForeignKeysViolated, NeedNotMet, ValidationFailed
from snapshot.planning.change_plan import ChangePlan
from snapshot.planning.script import empty_tables, tables_to_empty
from snapshot.planning.selection import EVERYTHING
from snapshot.postgres.connection import (
    Connection,
    consistent_read,
    describe,
    role_search_path,
    scalar,
)
from snapshot.postgres.introspect import count_rows, read_catalog
from snapshot.postgres.outcome import known_outcome
from snapshot.progress import NO_PROGRESS, Progress
from snapshot.restorers.transaction import begin, run_steps
from snapshot.seeding import ledger
from snapshot.seeding.binding import BoundRule, virtual_keys
from snapshot.seeding.blueprint import Blueprint
from snapshot.seeding.children import Tools, write_missing
from snapshot.seeding.constraints import DroppedConstraints
from snapshot.seeding.gaps import count_gap, count_gaps, keep_short
from snapshot.seeding.lookups import Lookups
from snapshot.seeding.options import SeedOptions, SeedReport, Watch
from snapshot.seeding.preparing import Run, prepare, valid_text
from snapshot.seeding.validators import (
    Verdict,
    failed_checks,
    relationships,
    tenant_isolation,
)
from snapshot.seeding.workers import available

_RETRIES = 3  # after a deadlock, or a serialization failure that a trigger brings


def seed_database(
    options: SeedOptions,
    watch: Watch | None = None,
    approve: Approve | None = None,
    progress: Progress = NO_PROGRESS,
) -> SeedReport:
    """Write the rows that the blueprint asks for and the database does not have.

    Everything happens in one transaction, with checks at its end. After an error nothing has
    changed. `approve` is shown the SeedPlan, only if rows are to be deleted first. Raises what
    change() raises, BlueprintError, NeedNotMet, ForeignKeysViolated, ValidationFailed and
    DatabaseFailed.
    """
    with change(options, partial(plan_seeding, options), approve, progress) as session:
        for _ in range(_RETRIES):
            with suppress(SerializationFailure, DeadlockDetected):
                return seed_within(session.connection, options, watch, progress)
            progress.step("Another transaction was in the way: trying again")
        return seed_within(session.connection, options, watch, progress)


@dataclass(frozen=True, kw_only=True)
class SeedPlan(ChangePlan):
    """A seeding that has not happened yet: the rows that are deleted first, by table."""

    deleted: Mapping[Name, int]


def plan_seeding(options: SeedOptions, connection: Connection) -> SeedPlan:
    """What is deleted before rows are written. A run that only adds rows is harmless."""
    counts: dict[Name, int] = {}
    if options.clear_first:
        with consistent_read(connection):
            counts = count_rows(connection, tables_to_empty(read_catalog(connection)))
    loses = any(counts.values())
    return SeedPlan(
        database=connection.info.dbname,
        target=describe(connection),
        harmless=not loses,
        lost=EVERYTHING if loses else None,
        deleted=counts,
    )


def seed_within(
    connection: Connection, options: SeedOptions, watch: Watch | None, progress: Progress
) -> SeedReport:
    """Seed in one transaction of a session that may change the database."""
    began = time.monotonic()
    with valid_text(options.blueprint), known_outcome(connection):
        begin(connection)
        with connection.transaction(force_rollback=options.dry):
            created = _create_schema(connection, options.blueprint)
            catalog = read_catalog(connection)
            if options.clear_first:
                _clear(connection, catalog, options.blueprint)
            run = prepare(connection, catalog, options)
            with role_search_path(connection):  # the rules' SQL and the triggers are the user's
                by_rule = _fill(run, catalog, watch or Watch(), progress)
                fewer = _fewer(run) if by_rule else {}
                if any(by_rule.values()):
                    progress.step("Validating")
                    _validate(run, catalog)
    return SeedReport(
        describe(connection),
        options.blueprint.name,
        run.recipe.profile,
        run.found,
        _by_table(run.rules, by_rule),
        time.monotonic() - began,
        created,
        by_rule=by_rule,
        parameters=run.recipe.parameters,
        notes=run.notes,
        fewer=fewer,
    )


def _by_table(rules: Sequence[BoundRule], by_rule: Mapping[str, int]) -> dict[str, int]:
    added: dict[str, int] = {}
    for bound in rules:
        if rows := by_rule.get(bound.rule.name, 0):
            name = str(bound.table.name)
            added[name] = added.get(name, 0) + rows
    return added


def _fill(run: Run, catalog: Catalog, watch: Watch, progress: Progress) -> dict[str, int]:
    """Fill the gaps rule by rule. Returns the rows that each rule added."""
    connection = run.context.connection
    gaps = count_gaps(run.context, run.rules)
    watch.started(run.found, gaps)
    if not any(gap.missing for gap in gaps):
        return {}
    numbers = _open_ledger(run) if run.options.keep_ledger else None
    jobs = run.options.jobs if available() else 1
    triggered = frozenset(trigger.root for trigger in catalog.triggers)
    lookups = Lookups(run.context)
    tools = Tools(run.context, lookups, run.keys, numbers, watch.short, triggered, progress, jobs)
    dropped = DroppedConstraints(connection, catalog, [bound.table.name for bound in run.rules])
    added: dict[str, int] = {}
    lines = _OutputLines(run.rules, watch)
    for bound in run.rules:
        progress.table(bound.rule.title)
        rows = 0
        if missing := keep_short(run.context, bound):  # earlier rules may have made parents
            if numbers is not None:
                ledger.forget_missing(connection, numbers[bound.key], bound.table)
            progress.expect(sum(added.values()) + missing)
            dropped.prepare(bound.table.name, missing)
            rows = write_missing(tools, bound, missing)
        added[bound.rule.name] = rows
        lines.done(bound, rows)
    progress.step("Checking foreign keys")
    _check_keys(dropped)
    _check_gaps_closed(run, added, triggered)
    return added


def _check_keys(dropped: DroppedConstraints) -> None:
    try:
        dropped.restore()
    except ForeignKeyViolation as error:
        raise ForeignKeysViolated(
            f"the rows break a foreign key: {error.diag.message_primary}",
            hint="nothing was written; let bodies reference rows that exist",
            details=[error.diag.message_detail or ""],
        ) from error


def _check_gaps_closed(run: Run, added: Mapping[str, int], triggered: frozenset[Name]) -> None:
    """Raise NeedNotMet if parents are short although their rules ran.

    A trigger may change or delete rows, and a body may yield rows that do not count. Parents that
    came after a rule had run get their children in the next run.
    """
    for place, bound in enumerate(run.rules):
        if not bound.rule.limited:
            continue
        grown = {o.table.name for o in run.rules[place:] if added[o.rule.name]}
        later = {o.table.name for o in run.rules[place + 1 :] if added[o.rule.name]}
        if bound.parent is not None and (bound.parent.name in grown or later & triggered):
            continue
        gap = count_gap(run.context, bound)
        if gap.missing:
            raise NeedNotMet(
                f"{bound.rule.place}: rule {bound.rule.name}: {gap.short:,} of {gap.parents:,} "
                f"parents would still be short of {gap.missing:,} rows of {bound.table.name}",
                hint="nothing was written; yield rows that match counting=…, and see whether a "
                "trigger changes or deletes them",
            )


def _fewer(run: Run) -> dict[str, int]:
    """How many rows are missing by rules that take fewer if no more are possible."""
    wishes = count_gaps(run.context, [bound for bound in run.rules if not bound.rule.limited])
    return {gap.bound.rule.name: gap.missing for gap in wishes if gap.missing}


def _open_ledger(run: Run) -> dict[str, int]:
    """Create the ledger if there is none. Returns the rules' numbers in it."""
    connection, name = run.context.connection, run.context.blueprint.name
    ledger.create_ledger(connection)
    ledger.write_recipe(connection, name, run.recipe)
    numbers = ledger.open_rules(connection, name, run.rules)
    run.context.ledger = tuple(ledger.read_rules(connection))
    for bound in run.rules:
        if not bound.table.key:
            raise bound.rule.mistake(
                f"{bound.table.name} has no primary key (nor a unique one of NOT NULL columns), so "
                "its rows cannot be recorded",
                "give the table a primary key, or run with --no-ledger",
            )
    return numbers


class _OutputLines:
    """Which rules share a line of output, and when that line is complete."""

    def __init__(self, rules: Sequence[BoundRule], watch: Watch) -> None:
        tiers = any(bound.rule.tier for bound in rules)
        self._watch = watch
        self._base = {b.key for b in rules if tiers and b.rule.tier is None}
        titles = dict.fromkeys(b.rule.title for b in rules if b.key not in self._base)
        self._numbers = {title: number for number, title in enumerate(titles, 1)}
        self._left: dict[str | None, int] = {}
        self._added: dict[str | None, int] = {}
        for bound in rules:
            title = self._title(bound)
            self._left[title] = self._left.get(title, 0) + 1

    def done(self, bound: BoundRule, rows: int) -> None:
        title = self._title(bound)
        self._left[title] -= 1
        self._added[title] = self._added.get(title, 0) + rows
        if not self._left[title]:
            number = self._numbers[title] if title is not None else None
            self._watch.line(number, len(self._numbers), title or "Base data", self._added[title])

    def _title(self, bound: BoundRule) -> str | None:
        return None if bound.key in self._base else bound.rule.title


def _validate(run: Run, catalog: Catalog) -> None:
    """Check what the server does not. Personal data was looked for in each row."""
    context = run.context
    unchecked = [fk for fk in catalog.foreign_keys if not (fk.validated and fk.enforced)]
    verdicts = [
        relationships(
            context.connection, [*unchecked, *virtual_keys(context.blueprint, context.tables)]
        )
    ]
    if context.blueprint.tenant:
        verdicts.append(
            tenant_isolation(context.connection, context.tables, context.blueprint.tenant)
        )
    verdicts.append(Verdict("Data Consistency", tuple(failed_checks(context))))
    lines = [f"{v.title}: {line}" for v in verdicts for line in v.violations]
    if lines:
        raise ValidationFailed(
            f"{context.blueprint.name} would break what must hold",
            hint="nothing was written; fix the rule, or the rows that existed before",
            details=lines,
        )


def _create_schema(connection: Connection, blueprint: Blueprint) -> bool:
    """Create the blueprint's own tables in a database that has no tables at all."""
    if blueprint.schema is None or not blueprint.schema.is_file():
        return False
    if scalar(
        connection,
        "SELECT EXISTS (SELECT FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n"
        " ON n.oid = c.relnamespace WHERE c.relkind IN ('r', 'p') AND n.nspname <> 'snapshot'"
        " AND n.nspname <> 'information_schema' AND n.nspname NOT LIKE 'pg\\_%')",
    ):
        return False
    with role_search_path(connection):
        connection.execute(blueprint.schema.read_text("utf-8"))  # type: ignore[arg-type, unused-ignore]
    return True


def _clear(connection: Connection, catalog: Catalog, blueprint: Blueprint) -> None:
    """Delete all rows. The blueprint's recipe stays, so that the same rows come back."""
    recipe = ledger.read_recipe(connection, blueprint.name)
    if tables := tables_to_empty(catalog):
        run_steps(connection, empty_tables(tables, catalog), NO_PROGRESS)
    if recipe:
        ledger.write_recipe(connection, blueprint.name, recipe)
