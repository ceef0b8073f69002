"""Looks at a database and writes nothing: gaps, seeded rows, and faults."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any, NamedTuple

from snapshot.catalog import LEDGER, Name
from snapshot.postgres.connection import connected, describe, role_search_path
from snapshot.postgres.introspect import count_rows, read_catalog
from snapshot.seeding import ledger
from snapshot.seeding.binding import virtual_keys
from snapshot.seeding.children import describe_parent
from snapshot.seeding.gaps import Gap, count_gaps, read_parents
from snapshot.seeding.options import SeedOptions
from snapshot.seeding.preparing import Run, prepare, reading, valid_text
from snapshot.seeding.tables import read_tables
from snapshot.seeding.validators import (
    Verdict,
    consistency,
    personal_data,
    relationships,
    tenant_isolation,
)


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

        Rules with `up_to` are not counted.
        """
        return sum(gap.missing for gap in self.gaps if gap.bound.rule.limited)

    def to_dict(self) -> dict[str, Any]:
        """What --json prints: values that json.dumps takes."""
        return {
            "database": self.database,
            "blueprint": self.blueprint,
            "profile": self.profile,
            "found": self.found,
            "missing": self.missing,
            "gaps": [gap.to_dict() for gap in self.gaps],
            "short": list(self.short),
        }


def audit_database(options: SeedOptions, shown: int = 20) -> AuditReport:
    """Count the gaps and write nothing, so any database may be looked at.

    Raises BlueprintError if the blueprint does not fit the tables.
    """
    with (
        connected(options.conninfo) as connection,
        reading(connection),
        valid_text(options.blueprint),
    ):
        run = prepare(connection, read_catalog(connection), options)
        with role_search_path(connection):  # the rules' SQL is the user's
            gaps = count_gaps(run.context, run.rules)
            short = tuple(islice(_short_parents(run, gaps), shown))
        return AuditReport(
            describe(connection),
            options.blueprint.name,
            run.recipe.profile,
            run.found,
            tuple(gaps),
            short,
            run.notes,
        )


def _short_parents(run: Run, gaps: list[Gap]) -> Iterator[str]:
    for gap in gaps:
        if gap.short:
            for parent in read_parents(run.context, gap.bound):
                who, title = describe_parent(gap.bound, parent), gap.bound.rule.title.lower()
                yield f"{who} needs {parent.missing:,} {title}"


class TableCount(NamedTuple):
    """Rows of a table, and how many of them were seeded."""

    name: Name
    rows: int
    seeded: int


def count_tables(url: str) -> list[TableCount]:
    """Count the rows of all tables but the ledger's."""
    with connected(url) as connection, reading(connection):
        catalog = read_catalog(connection)
        tables = read_tables(connection, catalog.foreign_keys)
        rules = ledger.read_rules(connection)
        seeded = ledger.count_seeded(connection, tables.by_name.values(), rules)
        rows = count_rows(connection, [t for t in catalog.tables if t.name not in LEDGER])
        return [TableCount(name, count, seeded.get(name, 0)) for name, count in rows.items()]


def validate_database(target: str | SeedOptions) -> list[Verdict]:
    """Run the validators on a database. Those that need a blueprint run only if it is given."""
    options = None if isinstance(target, str) else target
    url = target if isinstance(target, str) else target.conninfo
    with connected(url) as connection, reading(connection):
        catalog = read_catalog(connection)
        tables = read_tables(connection, catalog.foreign_keys)
        keys = [fk for fk in catalog.foreign_keys if fk.table == fk.root]
        if options is None:
            return [relationships(connection, keys), personal_data(connection, tables)]
        with valid_text(options.blueprint):
            run = prepare(connection, catalog, options)
            blueprint = options.blueprint
            keys += virtual_keys(blueprint, tables)
            verdicts = [
                relationships(connection, keys),
                personal_data(connection, tables, blueprint),
            ]
            with role_search_path(connection):
                if blueprint.tenant:
                    verdicts.insert(0, tenant_isolation(connection, tables, blueprint.tenant))
                return [*verdicts, consistency(run.context, run.rules)]
