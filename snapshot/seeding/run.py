"""Seeding as a story: audit, fill what is missing, validate, all in one transaction."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, NamedTuple

from psycopg.errors import ForeignKeyViolation

from snapshot.catalog import LEDGER, Catalog, Name
from snapshot.errors import (
    ForeignKeysViolated,
    NotConfirmed,
    UsageError,
    ValidationFailed,
)
from snapshot.planning.script import empty_tables
from snapshot.postgres.connection import (
    Connection,
    connected,
    consistent_read,
    describe,
    exact_text,
    role_search_path,
    scalar,
)
from snapshot.postgres.introspect import count_rows, read_catalog
from snapshot.postgres.outcome import known_outcome
from snapshot.progress import NO_PROGRESS, Progress
from snapshot.restorers.transaction import begin, run_steps
from snapshot.safety.backups import BackupOptions, keep_backup
from snapshot.safety.guard import Guard, connected_for_writing
from snapshot.seeding import ledger
from snapshot.seeding.binding import BoundRule, bind, virtual_keys
from snapshot.seeding.blueprint import Blueprint, parameters_of
from snapshot.seeding.children import Tools, reconcile
from snapshot.seeding.constraints import Asides
from snapshot.seeding.gaps import Context, Gap, Parent, count_gap, keep_short
from snapshot.seeding.keys import Keys
from snapshot.seeding.lookups import Shelves
from snapshot.seeding.personal_data import faker_version
from snapshot.seeding.randomness import Rand
from snapshot.seeding.tables import Schema, read_schema
from snapshot.seeding.validators import (
    Verdict,
    consistency,
    failed_checks,
    personal_data,
    relationships,
    tenant_isolation,
)
from snapshot.seeding.workers import available
from snapshot.selection import EVERYTHING

DEFAULT_SEED = "snapshot"


@dataclass(frozen=True)
class SeedOptions:
    """Which database is seeded with what.

    `parameters` are those that were given by name; the others are the profile's, else those of the
    last run, else the blueprint's defaults. So are `seed` and `now`, a day that stands for today.
    A `dry` run ends with a rollback. `jobs` processes make the rows of large rules.
    """

    url: str
    blueprint: Blueprint
    profile: str | None = None
    parameters: Mapping[str, Any] = field(default_factory=dict)
    seed: str | None = None
    now: datetime | None = None
    clear_first: bool = False
    confirm: bool = False
    keep_ledger: bool = True
    dry: bool = False
    jobs: int = 1
    guard: Guard = field(default_factory=Guard)
    backup: BackupOptions = field(default_factory=BackupOptions)


@dataclass(frozen=True)
class SeedReport:
    """What a run did."""

    database: str
    blueprint: str
    profile: str | None
    found: int  # rows that were there
    added: Mapping[str, int]  # by table
    seconds: float
    created_schema: bool = False
    from_cache: bool = False
    by_rule: Mapping[str, int] = field(default_factory=dict)
    parameters: Mapping[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    @property
    def rows(self) -> int:
        """Rows that were written."""
        return sum(self.added.values())


class Watch:
    """What a run tells as it goes; the command line shows it."""

    def started(self, found: int, gaps: Sequence[Gap]) -> None:
        """The audit is done; so many rows were found."""

    def short(self, bound: BoundRule, parent: Parent) -> None:
        """The children of a parent that is short are about to be made."""

    def line(self, number: int | None, of: int, title: str, added: int) -> None:
        """The rules under a title are done; without a number they are the base data."""


def seed_database(
    options: SeedOptions,
    watch: Watch | None = None,
    approve: Callable[[str, Mapping[Name, int]], bool] | None = None,
    progress: Progress = NO_PROGRESS,
) -> SeedReport:
    """Write the rows that the blueprint asks for and the database does not have.

    Everything happens in one transaction, with checks at its end; on any error nothing has changed.
    Raises TargetProtected, NotConfirmed (only if rows are to be deleted first), BlueprintError,
    NeedNotMet, ValidationFailed, DatabaseFailed.
    """
    began = time.monotonic()
    with connected_for_writing(options.url, options.guard) as connection:
        if options.clear_first:
            may_clear(connection, options, approve, progress)
        with known_outcome(connection), connection.transaction(force_rollback=options.dry):
            begin(connection)
            created = _create_schema(connection, options.blueprint)
            catalog = read_catalog(connection, with_objects=False)
            if options.clear_first:
                _clear(connection, catalog, options.blueprint)
            run = _prepare(connection, catalog, options)
            with role_search_path(connection):  # the rules' SQL and the triggers are the user's
                by_rule = _fill(run, catalog, watch or Watch(), progress)
                if any(by_rule.values()):
                    progress.step("Validating")
                    _validate(run, catalog)
        return SeedReport(
            describe(connection),
            options.blueprint.name,
            run.profile,
            run.found,
            _by_table(run.rules, by_rule),
            time.monotonic() - began,
            created,
            by_rule=by_rule,
            parameters=run.recipe.parameters,
            notes=run.notes,
        )


def _by_table(rules: Sequence[BoundRule], by_rule: Mapping[str, int]) -> dict[str, int]:
    added: dict[str, int] = {}
    for bound in rules:
        if rows := by_rule.get(bound.rule.name, 0):
            name = str(bound.table.name)
            added[name] = added.get(name, 0) + rows
    return added


@dataclass
class Run:
    """A blueprint that is bound to a database, with the parameters it is run with."""

    context: Context
    rules: list[BoundRule]
    options: SeedOptions
    profile: str | None
    recipe: ledger.Recipe
    found: int
    notes: tuple[str, ...]


def _prepare(connection: Connection, catalog: Catalog, options: SeedOptions) -> Run:
    """Bind the rules; what was not given comes from the last run's recipe."""
    blueprint = options.blueprint
    last = ledger.read_recipe(connection, blueprint.name)
    stored = _stored_parameters(blueprint, last)
    parameters = parameters_of(blueprint, options.profile, options.parameters, stored)
    today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    recipe = ledger.Recipe(
        options.profile or (last.profile if last else None),
        dataclasses.asdict(parameters),
        options.seed or (last.seed if last else DEFAULT_SEED),
        options.now or (last.anchor if last else today),
        faker_version(),
    )
    notes: tuple[str, ...] = ()
    if last and last.faker != recipe.faker:
        notes = (
            f"Faker is {recipe.faker} now and was {last.faker}: new rows may differ from what they "
            "were",
        )
    plan_for_all(connection)
    connection.execute(  # for the author's SQL
        "SELECT pg_catalog.set_config('snapshot.now', %s, true)", [recipe.anchor.isoformat()]
    )
    schema = read_schema(connection, catalog.foreign_keys)
    rand = Rand(blueprint, parameters, recipe.seed, recipe.anchor)
    context = Context(
        connection, blueprint, schema, parameters, rand, tuple(ledger.read_rules(connection))
    )
    rules = _bind(blueprint, parameters, recipe.seed, schema)
    counts = count_rows(connection, [t for t in catalog.tables if t.name not in LEDGER])
    for table, hint in blueprint.requirements:
        if not counts.get(schema.named(table).name):
            raise UsageError(f"{table} is empty, and {blueprint.name} needs its rows", hint=hint)
    return Run(context, rules, options, recipe.profile, recipe, sum(counts.values()), notes)


def _bind(blueprint: Blueprint, parameters: Any, seed: str, schema: Schema) -> list[BoundRule]:
    """As bind(); where no table of the blueprint is there, say where they come from."""
    names = {rule.table for rule in blueprint.rules}
    if blueprint.schema is not None and not any(schema.find(name) for name in names):
        raise UsageError(
            f"the database has none of {blueprint.name}'s tables",
            hint="seed run creates them where there are no tables at all; elsewhere: "
            f"psql -f {blueprint.schema}",
        )
    return bind(blueprint, parameters, seed, schema)


def plan_for_all(connection: Connection) -> None:
    """Let the planner of this transaction sort in memory, and expect cursors to be read to their
    end."""
    connection.execute(
        "SELECT pg_catalog.set_config(name, wanted, true) FROM (VALUES"
        " ('cursor_tuple_fraction', '1', 1.0), ('work_mem', '128MB', 131072)"
        ") better (name, wanted, number) JOIN pg_catalog.pg_settings s USING (name)"
        " WHERE s.setting::numeric < number"
    )


def _stored_parameters(blueprint: Blueprint, last: ledger.Recipe | None) -> Any:
    if last is None:
        return None
    known = {f.name for f in dataclasses.fields(blueprint.parameters)}
    values = {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in last.parameters.items()
        if name in known
    }
    return blueprint.parameters(**values)


def _fill(run: Run, catalog: Catalog, watch: Watch, progress: Progress) -> dict[str, int]:
    """Fill the gaps rule by rule; returns the rows that each added."""
    connection = run.context.connection
    gaps = {bound.key: count_gap(run.context, bound) for bound in run.rules}
    watch.started(run.found, list(gaps.values()))
    if not any(gap.missing for gap in gaps.values()):
        return {}
    numbers = _open_ledger(run) if run.options.keep_ledger else None
    keys = Keys(connection, run.options.dry)
    jobs = run.options.jobs if available() else 1
    triggered = frozenset(trigger.root for trigger in catalog.triggers)
    tools = Tools(
        run.context, Shelves(run.context), keys, numbers, watch.short, triggered, progress, jobs
    )
    run.context.rand.reserve_key = lambda table: keys.reserve(run.context.schema.named(table))
    asides = Asides(connection, catalog, [bound.table.name for bound in run.rules])
    added: dict[str, int] = {}
    lines = _Lines(run.rules, watch)
    for bound in run.rules:
        progress.table(bound.rule.title)
        rows = 0
        if missing := keep_short(run.context, bound):  # earlier rules may have made parents
            if numbers is not None:
                ledger.forget_missing(connection, numbers[bound.key], bound.table)
            progress.expect(sum(added.values()) + missing)
            asides.before(bound.table.name, missing)
            rows = reconcile(tools, bound, missing)
        added[bound.rule.name] = rows
        lines.done(bound, rows)
    progress.step("Checking foreign keys")
    _checked_keys(asides)
    return added


def _checked_keys(asides: Asides) -> None:
    try:
        asides.back()
    except ForeignKeyViolation as error:
        raise ForeignKeysViolated(
            f"the rows break a foreign key: {error.diag.message_primary}",
            hint="nothing was written; let bodies reference rows that are there",
            details=[error.diag.message_detail or ""],
        ) from error


def _open_ledger(run: Run) -> dict[str, int]:
    """Create what is missing of the ledger; returns the rules' numbers."""
    connection, name = run.context.connection, run.context.blueprint.name
    ledger.create_ledger(connection)
    ledger.write_recipe(connection, name, run.recipe)
    numbers = ledger.open_rules(connection, name, run.rules)
    run.context.ledger = tuple(ledger.read_rules(connection))
    for bound in run.rules:
        if not bound.table.key:
            raise bound.rule.mistake(
                f"{bound.table.name} has no primary key, so its rows cannot be recorded",
                "give the table a primary key, or run with --no-ledger",
            )
    return numbers


class _Lines:
    """Which rules share a line, and when one is complete."""

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
    """What the server does not check by itself; personal data was looked for in each row."""
    context = run.context
    unchecked = [fk for fk in catalog.foreign_keys if not (fk.validated and fk.enforced)]
    verdicts = [
        relationships(
            context.connection, [*unchecked, *virtual_keys(context.blueprint, context.schema)]
        )
    ]
    if context.blueprint.tenant:
        verdicts.append(
            tenant_isolation(context.connection, context.schema, context.blueprint.tenant)
        )
    verdicts.append(Verdict("Data Consistency", tuple(failed_checks(context))))
    lines = [f"{v.title}: {line}" for v in verdicts for line in v.violations]
    if lines:
        raise ValidationFailed(
            f"{context.blueprint.name} would break what must hold",
            hint="nothing was written; mend the rule, or the rows that were there before",
            details=lines,
        )


def _create_schema(connection: Connection, blueprint: Blueprint) -> bool:
    """Create the blueprint's own tables in a database that has none at all."""
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


def may_clear(
    connection: Connection,
    options: SeedOptions,
    approve: Callable[[str, Mapping[Name, int]], bool] | None,
    progress: Progress,
) -> None:
    """Ask, and keep a safety snapshot of what will be deleted."""
    with consistent_read(connection):
        tables = [t for t in read_catalog(connection).tables if t.configuration is None]
        counts = count_rows(connection, tables)
    if not any(counts.values()):
        return
    database = describe(connection)
    if not (options.confirm or (approve is not None and approve(database, counts))):
        raise NotConfirmed(
            f"{database} was not touched: nobody confirmed that its rows may be deleted",
            hint="add --confirm, or run it in a terminal and type the database's name",
        )
    keep_backup(connection, options.url, EVERYTHING, options.backup, progress)


def _clear(connection: Connection, catalog: Catalog, blueprint: Blueprint) -> None:
    """Delete all rows; the recipe of the blueprint stays, so that the same rows come back."""
    recipe = ledger.read_recipe(connection, blueprint.name)
    tables = [table for table in catalog.tables if table.configuration is None]
    if tables:
        run_steps(connection, empty_tables(tables, catalog), NO_PROGRESS)
    if recipe:
        ledger.write_recipe(connection, blueprint.name, recipe)


# --- looking only


@contextmanager
def reading(connection: Connection) -> Iterator[None]:
    """One state of the database, read only."""
    with connection.transaction():
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        exact_text(connection)
        yield


@dataclass(frozen=True)
class AuditReport:
    """What a blueprint asks for, and what is missing."""

    database: str
    blueprint: str
    profile: str | None
    found: int
    gaps: tuple[Gap, ...]
    short: tuple[str, ...]  # a line for each parent that is short
    notes: tuple[str, ...]

    @property
    def missing(self) -> int:
        """Rows that are missing, at least: those that are missing may need children too.

        What a rule wants only `up_to` a number is not counted.
        """
        return sum(gap.missing for gap in self.gaps if gap.bound.rule.limited)


def audit_database(options: SeedOptions, shown: int = 20) -> AuditReport:
    """Count the gaps and write nothing. Raises BlueprintError if it does not fit the schema."""
    from snapshot.seeding.children import describe_parent
    from snapshot.seeding.gaps import read_parents

    with connected_for_writing(options.url, options.guard) as connection:
        with reading(connection), ExitStack() as stack:
            run = _prepare(connection, read_catalog(connection, with_objects=False), options)
            stack.enter_context(role_search_path(connection))  # the rules' SQL is the user's
            gaps = [count_gap(run.context, bound) for bound in run.rules]
            lines: list[str] = []
            for gap in gaps:
                if gap.short and len(lines) < shown:
                    for parent in read_parents(run.context, gap.bound):
                        lines.append(
                            f"{describe_parent(gap.bound, parent)} needs {parent.missing:,} "
                            f"{gap.bound.rule.title.lower()}"
                        )
                        if len(lines) >= shown:
                            break
        return AuditReport(
            describe(connection),
            options.blueprint.name,
            run.profile,
            run.found,
            tuple(gaps),
            tuple(lines),
            run.notes,
        )


class TableCount(NamedTuple):
    """Rows of a table, and how many of them were seeded."""

    name: Name
    rows: int
    seeded: int


def count_tables(url: str) -> list[TableCount]:
    """Count the rows of all tables but the ledger's."""
    with connected(url) as connection, reading(connection):
        catalog = read_catalog(connection, with_objects=False)
        tables = [t for t in catalog.tables if t.name not in LEDGER]
        schema = read_schema(connection, catalog.foreign_keys)
        seeded = ledger.count_seeded(connection, list(schema.tables.values()))
        rows = count_rows(connection, tables)
        return [TableCount(name, count, seeded.get(name, 0)) for name, count in rows.items()]


def validate_database(url: str, options: SeedOptions | None = None) -> list[Verdict]:
    """Run all validators; those that need a blueprint only with one."""
    with connected(url) as connection, reading(connection):
        catalog = read_catalog(connection, with_objects=False)
        schema = read_schema(connection, catalog.foreign_keys)
        keys = [fk for fk in catalog.foreign_keys if fk.table == fk.root]
        if options is None:
            return [relationships(connection, keys), personal_data(connection, schema)]
        run = _prepare(connection, catalog, options)
        blueprint = options.blueprint
        keys += virtual_keys(blueprint, schema)
        verdicts = [relationships(connection, keys), personal_data(connection, schema)]
        with role_search_path(connection):
            if blueprint.tenant:
                verdicts.insert(0, tenant_isolation(connection, schema, blueprint.tenant))
            return [*verdicts, consistency(run.context, run.rules)]
