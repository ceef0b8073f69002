"""Deletes exactly what was seeded, children first."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from psycopg import sql

from snapshot.catalog import Catalog, ForeignKey, Name
from snapshot.errors import NotConfirmed, Refused
from snapshot.planning.ordering import load_order
from snapshot.planning.steps import keys_as_they_were, keys_deferred
from snapshot.postgres.connection import Connection, describe, role_search_path
from snapshot.postgres.introspect import read_catalog
from snapshot.postgres.outcome import known_outcome
from snapshot.progress import NO_PROGRESS
from snapshot.restorers.transaction import begin, run_steps
from snapshot.safety.backups import BackupOptions, keep_backup
from snapshot.safety.guard import Guard, connected_for_writing
from snapshot.seeding.binding import row_text
from snapshot.seeding.ledger import LedgerRule, count_seeded, read_rules
from snapshot.seeding.tables import Schema, SeedTable, read_schema
from snapshot.selection import EVERYTHING


@dataclass(frozen=True)
class CleanOptions:
    """Which seeded rows are deleted: of one blueprint or all, of some tables or all."""

    url: str
    blueprint: str | None = None
    only: tuple[str, ...] = ()
    confirm: bool = False
    guard: Guard = field(default_factory=Guard)
    backup: BackupOptions = field(default_factory=BackupOptions)


@dataclass(frozen=True)
class CleanReport:
    """What was deleted."""

    database: str
    deleted: Mapping[Name, int]
    backup: Path | None


def clean_database(
    options: CleanOptions,
    approve: Callable[[str, Mapping[Name, int]], bool] | None = None,
) -> CleanReport:
    """Delete the rows that the ledger names, in one transaction, and their lines in it.

    Raises Refused, naming them, if rows that are not deleted reference such rows; NotConfirmed and
    TargetProtected before anything is touched.
    """
    with connected_for_writing(options.url, options.guard) as connection:
        catalog = read_catalog(connection)
        schema = read_schema(connection, catalog.foreign_keys)
        rules = _chosen(connection, schema, options)
        tables = [schema.tables[name] for name in {rule.table for rule in rules}]
        counts = count_seeded(connection, tables)
        database = describe(connection)
        if not any(counts.values()):
            return CleanReport(database, {}, None)
        if not (options.confirm or (approve is not None and approve(database, counts))):
            raise NotConfirmed(
                f"{database} was not touched: nobody confirmed",
                hint="add --confirm, or run it in a terminal and type the database's name",
            )
        backup = keep_backup(connection, options.url, EVERYTHING, options.backup, NO_PROGRESS)
        with known_outcome(connection):
            begin(connection)
            with role_search_path(connection):  # the triggers are the user's
                _refuse_if_needed(connection, catalog, schema, rules)
                deleted = _delete(connection, catalog, tables, rules)
        return CleanReport(database, deleted, backup)


def _chosen(connection: Connection, schema: Schema, options: CleanOptions) -> list[LedgerRule]:
    rules = [r for r in read_rules(connection, options.blueprint) if r.table in schema.tables]
    if options.only:
        wanted = {schema.named(name).name for name in options.only}
        rules = [rule for rule in rules if rule.table in wanted]
    return rules


def _doomed(rules: Sequence[LedgerRule], table: Name) -> sql.Composed:
    """The keys of a table's rows that will be deleted."""
    return sql.SQL("(SELECT key FROM snapshot.seeded WHERE rule = ANY ({}::int[]))").format(
        sql.Literal([rule.id for rule in rules if rule.table == table])
    )


def _refuse_if_needed(
    connection: Connection, catalog: Catalog, schema: Schema, rules: Sequence[LedgerRule]
) -> None:
    tables = {rule.table for rule in rules}
    lines = []
    for fk in catalog.foreign_keys:
        if fk.referenced_root in tables and fk.table == fk.root and fk.root in schema.tables:
            lines += _dependents(connection, schema, rules, fk)
    if lines:
        raise Refused(
            "other rows depend on what was seeded",
            hint="nothing was deleted; delete those first, or leave the seeded rows",
            details=lines,
        )


def _dependents(
    connection: Connection, schema: Schema, rules: Sequence[LedgerRule], fk: ForeignKey
) -> list[str]:
    """Rows that stay and reference one that goes."""
    table, referenced = schema.tables[fk.root], schema.tables[fk.referenced_root]
    shown = table.key or tuple(table.columns)[:1]
    query = sql.SQL(
        "SELECT pg_catalog.count(*), pg_catalog.min({shown}) FROM {table} c JOIN {referenced} p"
        " ON {on} WHERE {parent} IN {doomed} AND {child} NOT IN {also}"
    ).format(
        shown=row_text(shown, "c"),
        table=sql.Identifier(*table.name),
        referenced=sql.Identifier(*referenced.name),
        on=sql.SQL(" AND ").join(
            sql.SQL("c.{} = p.{}").format(sql.Identifier(a), sql.Identifier(b))
            for a, b in zip(fk.columns, fk.referenced_columns, strict=True)
        ),
        parent=row_text(referenced.key, "p"),
        doomed=_doomed(rules, referenced.name),
        child=row_text(shown, "c"),
        also=_doomed(rules, table.name),
    )
    row = connection.execute(query).fetchone()
    if not row or not row[0]:
        return []
    return [f"{fk}: {row[0]:,} rows of {table.name} stay and need them, one is {row[1]}"]


def _delete(
    connection: Connection,
    catalog: Catalog,
    tables: Sequence[SeedTable],
    rules: Sequence[LedgerRule],
) -> dict[Name, int]:
    by_name = {table.name: table for table in tables}
    order = load_order(by_name, catalog.foreign_keys)
    deferred = [d for d in order.deferred if d.foreign_key.root != d.foreign_key.referenced_root]
    keys = [d.foreign_key for d in deferred if not d.foreign_key.deferrable]
    run_steps(connection, keys_deferred(keys, deferred), NO_PROGRESS)
    deleted = {}
    for name in reversed(order.tables):
        cursor = connection.execute(
            sql.SQL("DELETE FROM {} c WHERE {} IN {}").format(
                sql.Identifier(*name), row_text(by_name[name].key, "c"), _doomed(rules, name)
            )
        )
        deleted[name] = cursor.rowcount
    if deferred:
        connection.execute("SET CONSTRAINTS ALL IMMEDIATE")
    run_steps(connection, keys_as_they_were(keys), NO_PROGRESS)
    connection.execute(
        "DELETE FROM snapshot.seeded WHERE rule = ANY (%s)", [[rule.id for rule in rules]]
    )
    return {name: count for name, count in deleted.items() if count}
