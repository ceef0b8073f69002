"""Deletes the rows that were seeded, and no others: children first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass
from functools import partial
from pathlib import Path
from typing import Any

from snapshot.catalog import LEDGER, ForeignKey, Name
from snapshot.change import Approve, ChangeOptions, change
from snapshot.errors import Refused
from snapshot.planning.change_plan import ChangePlan
from snapshot.planning.ordering import load_order
from snapshot.planning.selection import EVERYTHING
from snapshot.planning.steps import keys_as_they_were, keys_deferred
from snapshot.postgres.connection import Connection, describe, role_search_path
from snapshot.postgres.introspect import read_catalog
from snapshot.postgres.outcome import known_outcome
from snapshot.progress import NO_PROGRESS
from snapshot.restorers.transaction import begin, run_steps
from snapshot.seeding import ledger_queries
from snapshot.seeding.ledger import (
    count_seeded,
    forget_recipes,
    has_ledger,
    numbers_of,
    read_rules,
)
from snapshot.seeding.preparing import reading
from snapshot.seeding.queries import SEPARATOR
from snapshot.seeding.tables import read_tables


@dataclass(frozen=True)
class CleanOptions(ChangeOptions):
    """Which seeded rows are deleted: of one blueprint or all, of some tables or all.

    With `changed` also those that were written again since: somebody may have changed them, or
    deleted them and made others with their keys.
    """

    blueprint: str | None = None
    _: KW_ONLY
    only: tuple[str, ...] = ()
    changed: bool = False


@dataclass(frozen=True, kw_only=True)
class CleanPlan(ChangePlan):
    """Seeded rows that are to be deleted, by table."""

    deleted: Mapping[Name, int]


@dataclass(frozen=True)
class CleanReport:
    """What was deleted."""

    database: str
    deleted: Mapping[Name, int]
    backup: Path | None

    def to_dict(self) -> dict[str, Any]:
        """What --json prints: values that json.dumps takes."""
        return {
            "database": self.database,
            "rows": sum(self.deleted.values()),
            "deleted": [{**name._asdict(), "rows": rows} for name, rows in self.deleted.items()],
        }


def clean_database(options: CleanOptions, approve: Approve | None = None) -> CleanReport:
    """Delete the rows that the ledger names, and their lines in it, in one transaction.

    From the last look to the commit nobody else can write into the tables, or reference their rows.
    `approve` is shown the CleanPlan. Raises what change() raises, and Refused if rows that stay
    reference rows to delete (it names them), or if rows were seeded since the user agreed. Nothing
    is deleted then.
    """
    with change(options, partial(plan_cleaning, options), approve) as session:
        plan, connection, deleted = session.plan, session.connection, dict[Name, int]()
        if has_ledger(connection):
            with known_outcome(connection):
                begin(connection)
                seeded = _Seeded(connection, options, lock=True)
                if seeded.counts != plan.deleted:
                    raise Refused(
                        "what was seeded has changed since it was counted",
                        hint="nothing was deleted; run the command again",
                    )
                if not options.changed:
                    _refuse_if_changed(connection, seeded)
                with role_search_path(connection):  # the triggers are the user's
                    _refuse_if_needed(connection, seeded)
                    deleted = _delete(connection, seeded)
                forget_recipes(connection, options.blueprint)
    return CleanReport(plan.target, deleted, session.backup)


def plan_cleaning(options: CleanOptions, connection: Connection) -> CleanPlan:
    """The rows that the ledger names. If there are none, cleaning is harmless."""
    with reading(connection):
        seeded = _Seeded(connection, options)
    loses = any(seeded.counts.values())
    return CleanPlan(
        database=connection.info.dbname,
        target=describe(connection),
        harmless=not loses,
        lost=EVERYTHING if loses else None,
        decision=(tuple(seeded.rules), seeded.counts),
        deleted=seeded.counts,
    )


class _Seeded:
    """The rules whose rows are deleted, their tables, and how many rows each table has of them."""

    def __init__(self, connection: Connection, options: CleanOptions, lock: bool = False) -> None:
        self.catalog = read_catalog(connection)
        self.known = read_tables(connection, self.catalog.foreign_keys)
        usable = {t.name for t in self.known.by_name.values() if t.key and t.name not in LEDGER}
        rules = read_rules(connection, options.blueprint)
        self.rules = [rule for rule in rules if rule.table in usable]
        if options.only:
            wanted = {self.known.named(name).name for name in options.only}
            self.rules = [rule for rule in self.rules if rule.table in wanted]
        names = sorted({rule.table for rule in self.rules})
        self.tables = {name: self.known.by_name[name] for name in names}
        if lock and self.tables:
            connection.execute(ledger_queries.lock_tables(self.tables))
        self.counts = count_seeded(connection, self.tables.values(), self.rules)

    def numbers(self, table: Name) -> list[int]:
        """The ledger's numbers of the rules of a table."""
        return numbers_of(self.rules, table)


def _refuse_if_changed(connection: Connection, seeded: _Seeded) -> None:
    lines = []
    for name, table in seeded.tables.items():
        query = ledger_queries.changed_rows(seeded.numbers(name), table)
        number, keys = connection.execute(query).fetchone() or (0, None)
        if number:
            shown = ", ".join(key.replace(SEPARATOR, " ") for key in keys)
            more = ", …" if number > len(keys) else ""
            lines.append(f"{name}: {number:,} ({shown}{more})")
    if lines:
        raise Refused(
            "seeded rows were changed, or replaced by rows with the same keys",
            hint="nothing was deleted; --changed deletes these rows too",
            details=lines,
        )


def _refuse_if_needed(connection: Connection, seeded: _Seeded) -> None:
    lines = []
    for fk in seeded.catalog.foreign_keys:
        known = fk.table == fk.root and fk.root in seeded.known.by_name
        if known and seeded.counts.get(fk.referenced_root):
            lines += _dependents(connection, seeded, fk)
    if lines:
        raise Refused(
            "other rows depend on what was seeded",
            hint="nothing was deleted; delete those first, or leave the seeded rows",
            details=lines,
        )


def _dependents(connection: Connection, seeded: _Seeded, fk: ForeignKey) -> list[str]:
    """Rows that stay and reference a row to delete."""
    table, referenced = seeded.known.by_name[fk.root], seeded.tables[fk.referenced_root]
    query = ledger_queries.dependents(
        fk, table, seeded.numbers(table.name), referenced, seeded.numbers(referenced.name)
    )
    number, one = connection.execute(query).fetchone() or (0, None)
    if not number:
        return []
    if number == 1:
        return [f"{fk}: 1 row of {table.name} stays and needs them: {one}"]
    return [f"{fk}: {number:,} rows of {table.name} stay and need them, one is {one}"]


def _delete(connection: Connection, seeded: _Seeded) -> dict[Name, int]:
    order = load_order(seeded.tables, seeded.catalog.foreign_keys)
    deferred = [d for d in order.deferred if d.foreign_key.root != d.foreign_key.referenced_root]
    keys = [d.foreign_key for d in deferred if not d.foreign_key.deferrable]
    run_steps(connection, keys_deferred(keys, deferred), NO_PROGRESS)
    deleted = {}
    for name in reversed(order.tables):
        query = ledger_queries.delete_seeded(seeded.tables[name], seeded.numbers(name))
        deleted[name] = connection.execute(query).rowcount
    if deferred:
        connection.execute("SET CONSTRAINTS ALL IMMEDIATE")
    run_steps(connection, keys_as_they_were(keys), NO_PROGRESS)
    kept = count_seeded(connection, seeded.tables.values(), seeded.rules)
    if lines := [f"{name}: {count:,} seeded rows" for name, count in kept.items() if count]:
        raise Refused(
            "a rule or a trigger keeps seeded rows from being deleted",
            hint="nothing was deleted; disable it for the time, or delete the rows yourself",
            details=lines,
        )
    connection.execute(
        "DELETE FROM snapshot.seeded WHERE rule = ANY (%s)", [[rule.id for rule in seeded.rules]]
    )
    return {name: count for name, count in deleted.items() if count}
