"""A first draft of a blueprint: made from a schema, tried, and corrected until it runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from snapshot.catalog import ForeignKey, Name
from snapshot.errors import Refused, SnapshotError
from snapshot.planning.migrations import bookkeeping
from snapshot.postgres.connection import Connection, connected
from snapshot.postgres.drafting import ChildCounts, count_children
from snapshot.postgres.introspect import read_catalog
from snapshot.progress import NO_PROGRESS, Progress
from snapshot.seeding.drafts.checks import Understood, understand
from snapshot.seeding.drafts.corrections import correct
from snapshot.seeding.drafts.facts import Check, read_facts
from snapshot.seeding.drafts.layout import text_of
from snapshot.seeding.drafts.names import Names
from snapshot.seeding.drafts.parents import filling_order, links_of
from snapshot.seeding.drafts.partitions import limit_to_partitions
from snapshot.seeding.drafts.parts import Corrections, RuleDraft, Workshop
from snapshot.seeding.drafts.rules import rule_maker
from snapshot.seeding.drafts.trials import tried_values
from snapshot.seeding.loading import load_blueprint
from snapshot.seeding.options import SeedOptions, SeedReport
from snapshot.seeding.preparing import reading
from snapshot.seeding.run import seed_database
from snapshot.seeding.tables import SeedTable, read_tables


@dataclass(frozen=True)
class Draft:
    """A draft, and what is to be said of it."""

    text: str
    tables: int  # that have a rule
    rows: int | None  # that a run would add; None if it was not tried
    left_out: tuple[tuple[str, str], ...]  # tables without a rule, and why
    todo: tuple[tuple[str, str], ...]  # tables, and what their author should look at
    untried: str | None = None  # why it was not tried


def write_draft(
    url: str,
    names: Sequence[str],
    rows: int,
    name: str,
    progress: Progress = NO_PROGRESS,
    **allowed: Any,
) -> Draft:
    """Draft rules for these tables, or all; try them in a transaction that is rolled back.

    What a trial shows not to work is corrected: values are tried on the server, columns left out,
    and at last whole rules, with a comment that says why. `allowed` are options of ChangeOptions.
    Raises UsageError for a table that is not there, ConnectionFailed and DatabaseFailed.
    """
    corrections = Corrections()
    with connected(url) as connection, reading(connection):
        progress.step("Reading the schema")
        drafting = _Drafting(connection, names, rows, name)
        for attempt in count(1):
            progress.step(f"Trying the draft, version {attempt}")
            rules, text = drafting.attempt(corrections)
            try:
                report = _tried(url, text, allowed)
            except Refused as error:
                return _draft(rules, text, None, str(error))
            except SnapshotError as error:
                if not correct(error, rules, drafting.facts, corrections):
                    return _draft(rules, text, None, str(error))
            else:
                return _draft(rules, text, report.rows, None)
    raise AssertionError("every attempt corrects something")


class _Drafting:
    """What all attempts share: what is known of the database, and what was found by trying."""

    def __init__(self, connection: Connection, names: Sequence[str], rows: int, name: str) -> None:
        catalog = read_catalog(connection)
        self._connection = connection
        self._rows, self._name = rows, name
        tables = read_tables(connection, catalog.foreign_keys)
        self.facts = read_facts(connection, catalog, tables, names)
        self._estimates = {t.name: t.estimated_rows for t in catalog.tables}
        self._kept = sorted(map(str, bookkeeping(catalog.tables))) if not names else []
        self._bare = sorted(str(t.name) for t in catalog.tables if t.name not in tables.by_name)
        self._order = filling_order(self.facts)
        self._counted: dict[Any, ChildCounts | None] = {}
        self._values: dict[Any, list[tuple[str | None, ...]]] = {}

    def attempt(self, corrections: Corrections) -> tuple[list[RuleDraft], str]:
        """All rules and their text, with what is known by now."""
        facts = self.facts
        names = Names(facts.tables)
        shop = Workshop(
            facts, names, corrections, self._rows,
            filled={
                name
                for name, table in facts.tables.by_name.items()
                if facts.rows(name)
                and (name not in facts.chosen or name in corrections.left_out or not table.key)
            },
            depth={}, expected={}, pending={}, tried=self._try, counts=self._count,
            understood=lambda table: self._understood(table, corrections),
        )  # fmt: skip
        rules: list[RuleDraft] = []
        for table in self._order:
            made = _rules_of(shop, facts.tables.by_name[table])
            rules += made
            if any(rule.left_out is None for rule in made):
                shop.filled.add(table)
        return rules, text_of(self._name, rules, names.views, self._remarks(), self._rows)

    def _remarks(self) -> list[str]:
        remarks = []
        if self._kept:
            remarks.append(f"Migration tools keep these tables themselves: {', '.join(self._kept)}")
        if self._bare:
            remarks.append(f"These tables have no columns: {', '.join(self._bare)}")
        return remarks

    def _understood(self, table: SeedTable, corrections: Corrections) -> Understood:
        doubted = {name for of, name in corrections.tried if of == table.name}
        understood = understand(self._checks(table), doubted)
        limit_to_partitions(self.facts, table, understood)
        return understood

    def _checks(self, table: SeedTable) -> list[Check]:
        """The CHECKs of the table, and of its columns' domains."""
        checks = list(self.facts.checks.get(table.name, ()))
        for column in table.columns:
            for name, text in self.facts.of(table.name, column).checks:
                checks.append(Check(name, text, (column,), of_domain=True))
        return checks

    def _try(self, table: SeedTable, columns: Sequence[str]) -> list[tuple[str | None, ...]]:
        key = table.name, tuple(columns)
        if key not in self._values:
            checks = self._checks(table)
            self._values[key] = tried_values(self._connection, self.facts, table, checks, columns)
        return self._values[key]

    def _count(self, table: SeedTable, fk: ForeignKey) -> ChildCounts | None:
        key = table.name, fk.columns
        if key not in self._counted and self.facts.rows(table.name):
            estimate = self._estimates.get(table.name, 0)
            self._counted[key] = count_children(
                self._connection, table.name, fk.columns, fk.referenced_root, estimate
            )
        return self._counted.get(key)


def _rules_of(shop: Workshop, table: SeedTable) -> list[RuleDraft]:
    """The rule of a table; one for each table whose rows have reserved keys of it."""
    name = table.name
    links = links_of(shop.facts, table, shop.filled, shop.depth)
    shop.depth[name] = 1 + max(
        (shop.depth.get(fk.referenced_root, 0) for fk in links.picked), default=0
    )
    origins: Sequence[tuple[Name, ForeignKey] | None] = shop.pending.get(name) or [None]
    rules = [rule_maker(shop, table, links).make(origin) for origin in origins]
    if len(rules) > 1:
        _after_all(shop, rules, [origin[0] for origin in origins if origin])
    for rule in rules:
        if name in shop.corrections.left_out:
            rule.left_out = shop.corrections.left_out[name]
        elif not table.key:
            rule.left_out = (
                "it has no primary key (nor a unique one of NOT NULL columns), so its rows "
                "cannot be recorded; give it one, or "
                "take the rule and run with --no-ledger"
            )
    lacking = [fk.referenced_root for fk in links.reserved if not _comes(shop, fk.referenced_root)]
    for rule in rules:
        if lacking and rule.left_out is None:
            rule.left_out = f"its rows need rows of {lacking[0]}, which has none and no rule"
    if any(rule.left_out for rule in rules):
        for reserved in shop.pending.values():
            reserved[:] = [origin for origin in reserved if origin[0] != name]
    shop.expected[name] = sum(rule.expected for rule in rules)
    return rules


def _after_all(shop: Workshop, rules: Sequence[RuleDraft], sources: Sequence[Name]) -> None:
    """Let each of the rules read all tables that have reserved keys, so that it runs after them."""
    for rule, own in zip(rules, sources, strict=True):
        others = {shop.names.argument(source) for source in sources if source != own}
        wanted = sorted(name for name in others if name and name not in rule.arguments)
        rule.arguments += wanted
        if wanted:
            rule.notes.append(f"it reads {', '.join(wanted)} only to come after")


def _comes(shop: Workshop, table: Name) -> bool:
    """The table will have a rule, as far as is known."""
    return (
        table in shop.facts.chosen
        and table not in shop.corrections.left_out
        and bool(shop.facts.tables.by_name[table].key)
        and table not in shop.depth  # otherwise its turn has passed, and it was left out
    )


def _tried(url: str, text: str, allowed: dict[str, Any]) -> SeedReport:
    """Run the draft and roll back. Raises what seed_database() raises."""
    with TemporaryDirectory(prefix="snapshot-draft-") as folder:
        path = Path(folder, "draft.py")
        path.write_text(text, "utf-8")
        blueprint = load_blueprint(str(path))
        return seed_database(SeedOptions(url, blueprint, dry=True, **allowed))


def _draft(rules: Sequence[RuleDraft], text: str, rows: int | None, untried: str | None) -> Draft:
    return Draft(
        text,
        len({rule.target for rule in rules if rule.left_out is None}),
        rows,
        tuple((rule.target, rule.left_out) for rule in rules if rule.left_out is not None),
        tuple((r.target, todo) for r in rules if r.left_out is None for todo in r.todo),
        untried,
    )
