"""The transaction, as a list of steps.

One list serves three readers: restore executes it, `--plan` prints it, and the .sql files are
written from it. The order is forced: constraints can be altered only while no trigger events are
pending, so before the rows come and after SET CONSTRAINTS … IMMEDIATE.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from psycopg import sql

from snapshot.catalog import Catalog, Check, Column, ForeignKey, Name, Table, Trigger
from snapshot.manifest import LARGE_OBJECTS, SequenceValue, TableEntry
from snapshot.ordering import Deferral

LOCK_TIMEOUT = "10s"
ADVISORY_LOCK = 0x736E6170  # "snap": two restores into one database never interleave


@dataclass(frozen=True)
class Step:
    """Statements that belong together, under a title; `why` is the reason for doing it here."""

    title: str
    why: str
    statements: tuple[sql.Composable, ...]


@dataclass(frozen=True)
class Script:
    """The steps before the rows, the tables in load order, and the steps after them."""

    before: tuple[Step, ...]
    tables: tuple[TableEntry, ...]
    loaded: tuple[Step, ...]  # what completes the rows; their content can be compared then
    after: tuple[Step, ...]

    def steps(self) -> Iterator[Step]:
        """All steps but the moving of rows."""
        yield from self.before
        yield from self.loaded
        yield from self.after


@dataclass(frozen=True)
class Rows:
    """What is put into the tables: the snapshot's side of a script."""

    tables: tuple[TableEntry, ...]
    sequences: tuple[SequenceValue, ...]
    materialized_views: tuple[Name, ...]
    large_objects: bool


def identifier(name: Name) -> sql.Identifier:
    """The table as SQL, always quoted."""
    return sql.Identifier(*name)


def copy_from(entry: TableEntry, frozen: bool = False) -> sql.Composed:
    """`COPY table (columns) FROM stdin`; a table without columns is named without a list."""
    statement = sql.SQL("COPY {}").format(identifier(entry.name))
    if entry.columns:
        statement += sql.SQL(" ({})").format(column_list(entry.columns))
    return statement + sql.SQL(" FROM stdin WITH (FREEZE)" if frozen else " FROM stdin")


def column_list(columns: Iterable[Column]) -> sql.Composed:
    """The columns' names, quoted, with commas between."""
    return sql.SQL(", ").join(sql.Identifier(column.name) for column in columns)


def replace_rows(
    rows: Rows, catalog: Catalog, deferrals: Sequence[Deferral], keep_deferrable: bool = False
) -> Script:
    """Into an existing schema: all rows of the snapshot's tables are replaced."""
    return _into_schema(rows, catalog, deferrals, empty_first=True, keep_deferrable=keep_deferrable)


def add_rows(rows: Rows, catalog: Catalog, deferrals: Sequence[Deferral]) -> Script:
    """Into an existing schema whose tables are empty."""
    return _into_schema(rows, catalog, deferrals, empty_first=False, keep_deferrable=False)


def _into_schema(
    rows: Rows,
    catalog: Catalog,
    deferrals: Sequence[Deferral],
    *,
    empty_first: bool,
    keep_deferrable: bool,
) -> Script:
    targets = {entry.name for entry in rows.tables}
    triggers = [t for t in catalog.triggers if t.root in targets and t.enabled != "D"]
    forced = [t for t in catalog.tables if t.name in targets and t.forced_row_security]
    aside = _set_aside(catalog, targets)
    keys = [d.foreign_key for d in deferrals if _needs_altering(d.foreign_key, aside)]
    emptied = [
        Step("Delete all rows", "one statement, so that no foreign key is in the way", s)
        for s in [tuple(_truncate(rows, catalog))]
        if empty_first and s
    ]
    before = (
        *_triggers_off(triggers, forced),
        *_dropped(aside),
        *emptied,
        *_deferrable(keys, deferrals),
        *_large_objects_table(rows),
    )
    after = (
        *([] if keep_deferrable else _as_they_were(keys)),
        *_added_back(aside),
        *_triggers_on(triggers, forced),
        *_sequences(rows.sequences),
        *_refresh(rows.materialized_views),
    )
    check = Step(
        "Check the deferred constraints",
        "nothing can be altered while checks are pending",
        (sql.SQL("SET CONSTRAINTS ALL IMMEDIATE"),),
    )
    return Script(before, rows.tables, (check, *_large_objects_created(rows)), after)


def create_schema(
    rows: Rows, pre_data: str, post_data: str, drops: Sequence[sql.Composable] = ()
) -> Script:
    """Into a database without the snapshot's tables: indexes, keys and triggers after the rows.

    `drops` removes what is there first.
    """
    unlinked = [_UNLINK_LARGE_OBJECTS] if rows.large_objects else []
    dropped = Step("Drop the schema that is there", "its place is needed", (*drops, *unlinked))
    before = (
        *([dropped] if drops else []),
        Step("Create types, functions and tables", "as pg_dump wrote them", _verbatim(pre_data)),
        *_large_objects_table(rows),
    )
    after = (
        Step(
            "Create indexes, keys and triggers",
            "after the rows: faster, and no order of rows can break a foreign key",
            _verbatim(post_data),
        ),
        *_sequences(rows.sequences),
        *_refresh(rows.materialized_views),
    )
    return Script(before, rows.tables, tuple(_large_objects_created(rows)), after)


def without_foreign_keys(rows: Rows, catalog: Catalog) -> Script:
    """Like replace_rows(), with no foreign key left, so that all violations can be found."""
    targets = {entry.name for entry in rows.tables}
    dropped = Step(
        "Drop the foreign keys",
        "only to see all that the rows break; it is rolled back",
        tuple(
            sql.SQL("ALTER TABLE {} DROP CONSTRAINT {}").format(
                identifier(fk.table), sql.Identifier(fk.name)
            )
            for fk in catalog.foreign_keys
            if fk.root in targets or fk.referenced_root in targets
        ),
    )
    script = replace_rows(rows, replace(catalog, foreign_keys=()), ())
    return replace(script, before=(dropped, *script.before))


def count_check(rows: Rows) -> Step:
    """For psql: fail, and so roll back, if a table has not received all its rows."""
    body = sql.SQL("").join(
        sql.SQL(
            "IF (SELECT pg_catalog.count(*) FROM {} {}) <> {} THEN RAISE EXCEPTION {}; END IF;\n"
        ).format(
            sql.SQL("{}" if entry.partitioned else "ONLY {}").format(identifier(entry.name)),
            sql.SQL(entry.configuration or ""),
            sql.Literal(entry.rows),
            sql.Literal(f"{entry.name} has not received {entry.rows} rows".replace("%", "%%")),
        )
        for entry in rows.tables
    )
    block = sql.SQL("BEGIN\n{}END").format(body).as_string(None)
    return Step(
        "Compare the row counts",
        "a difference rolls everything back",
        (sql.SQL("DO {}").format(sql.Literal(block)),),
    )


def empty_tables(tables: Sequence[Table], catalog: Catalog) -> tuple[Step, ...]:
    """Delete all rows of the tables and keep the schema."""
    rows = Rows(
        tuple(TableEntry(t.name, t.stored, partitioned=t.partitioned) for t in tables),
        (),
        (),
        False,
    )
    names = {table.name for table in tables}
    triggers = [t for t in catalog.triggers if t.root in names and t.enabled != "D"]
    return (
        *_triggers_off(triggers, []),
        Step(
            "Delete all rows",
            "one statement, so that no foreign key is in the way",
            tuple(_truncate(rows, catalog)),
        ),
        *_triggers_on(triggers, []),
        *_refresh(catalog.materialized_views),
    )


def _verbatim(text: str) -> tuple[sql.Composable, ...]:
    return (sql.SQL(text),) if text.strip() else ()  # pg_dump's own


# --- constraints that are set aside: no rows could pass them on their way in


@dataclass(frozen=True)
class _Aside:
    name: str
    table: Name
    definition: str
    comment: str | None


def _set_aside(catalog: Catalog, targets: set[Name]) -> list[_Aside]:
    """Constraints that must be dropped and added again as they were.

    NOT VALID ones, as existing rows need not satisfy them and new ones must; and foreign keys from
    tables outside the snapshot, as a referenced table cannot be truncated alone.
    """
    keys: list[ForeignKey | Check] = [
        fk
        for fk in catalog.foreign_keys
        if fk.enforced
        and (
            (fk.root in targets and not fk.validated)
            or (fk.referenced_root in targets and fk.root not in targets)
        )
    ]
    keys += [check for check in catalog.unvalidated_checks if check.table in targets]
    return [_Aside(key.name, key.table, key.definition, key.comment) for key in keys]


def _dropped(aside: Sequence[_Aside]) -> Iterator[Step]:
    if aside:
        yield Step(
            "Set constraints aside",
            "NOT VALID ones would refuse rows they had; keys from other tables forbid the emptying",
            tuple(
                sql.SQL("ALTER TABLE {} DROP CONSTRAINT {}").format(
                    identifier(c.table), sql.Identifier(c.name)
                )
                for c in aside
            ),
        )


def _added_back(aside: Sequence[_Aside]) -> Iterator[Step]:
    if aside:
        statements = []
        for c in aside:
            statements.append(
                sql.SQL("ALTER TABLE {} ADD CONSTRAINT {} ").format(
                    identifier(c.table), sql.Identifier(c.name)
                )
                + sql.SQL(c.definition)  # the server's own words
            )
            if c.comment is not None:
                statements.append(
                    sql.SQL("COMMENT ON CONSTRAINT {} ON {} IS {}").format(
                        sql.Identifier(c.name), identifier(c.table), sql.Literal(c.comment)
                    )
                )
        yield Step("Put constraints back that were set aside", "as they were", tuple(statements))


# --- foreign keys on cycles


def _needs_altering(fk: ForeignKey, aside: Sequence[_Aside]) -> bool:
    if fk.deferrable or not fk.enforced:
        return False
    return not any((c.table, c.name) == (fk.table, fk.name) for c in aside)


def _deferrable(keys: Sequence[ForeignKey], deferrals: Sequence[Deferral]) -> Iterator[Step]:
    if deferrals:
        yield Step(
            "Defer the foreign keys that no order of tables satisfies",
            "only these, only where they are not deferrable already",
            (
                *(_alter_constraint(fk, "DEFERRABLE INITIALLY DEFERRED") for fk in keys),
                sql.SQL("SET CONSTRAINTS ALL DEFERRED"),
            ),
        )


def _as_they_were(keys: Sequence[ForeignKey]) -> Iterator[Step]:
    if keys:
        yield Step(
            "Make the foreign keys what they were",
            "only those that were altered above",
            tuple(_alter_constraint(fk, "NOT DEFERRABLE") for fk in keys),
        )


def _alter_constraint(fk: ForeignKey, mode: str) -> sql.Composed:
    return sql.SQL("ALTER TABLE {} ALTER CONSTRAINT {} " + mode).format(
        identifier(fk.table), sql.Identifier(fk.name)
    )


# --- triggers and row security

_ENABLE = {"O": "ENABLE TRIGGER", "R": "ENABLE REPLICA TRIGGER", "A": "ENABLE ALWAYS TRIGGER"}


def _triggers_off(triggers: Sequence[Trigger], forced: Sequence[Table]) -> Iterator[Step]:
    if triggers or forced:
        yield Step(
            "Switch users' triggers off",
            "the rows already hold what triggers once did",
            (
                *(_alter_trigger(t, "DISABLE TRIGGER") for t in triggers),
                *(_alter_table(t, "NO FORCE ROW LEVEL SECURITY") for t in forced),
            ),
        )


def _triggers_on(triggers: Sequence[Trigger], forced: Sequence[Table]) -> Iterator[Step]:
    if triggers or forced:
        yield Step(
            "Switch them on again",
            "each as it was: origin, replica or always",
            (
                *(_alter_trigger(t, _ENABLE[t.enabled]) for t in triggers),
                *(_alter_table(t, "FORCE ROW LEVEL SECURITY") for t in forced),
            ),
        )


def _alter_trigger(trigger: Trigger, action: str) -> sql.Composed:
    return sql.SQL("ALTER TABLE {} " + action + " {}").format(
        identifier(trigger.table), sql.Identifier(trigger.name)
    )


def _alter_table(table: Table, action: str) -> sql.Composed:
    return sql.SQL("ALTER TABLE {} " + action).format(identifier(table.name))


# --- rows, sequences, large objects, materialised views


_UNLINK_LARGE_OBJECTS = sql.SQL(
    "SELECT pg_catalog.count(pg_catalog.lo_unlink(oid)) FROM pg_catalog.pg_largeobject_metadata"
)


def _truncate(rows: Rows, catalog: Catalog) -> Iterator[sql.Composable]:
    plain = [e for e in rows.tables if e.configuration is None and e.name != LARGE_OBJECTS]
    if plain:
        # ONLY: a child that inherits is a table of its own; a partition is not
        targets = [
            sql.SQL("{}" if entry.partitioned else "ONLY {}").format(identifier(entry.name))
            for entry in plain
        ]
        yield sql.SQL("TRUNCATE {} RESTART IDENTITY").format(sql.SQL(", ").join(targets))
    for entry in rows.tables:
        if entry.configuration is not None:
            yield sql.SQL("DELETE FROM {} ").format(identifier(entry.name)) + sql.SQL(
                entry.configuration  # the extension's own condition
            )
    if rows.large_objects and catalog.large_objects:
        yield _UNLINK_LARGE_OBJECTS


def _large_objects_table(rows: Rows) -> Iterator[Step]:
    if any(entry.name == LARGE_OBJECTS for entry in rows.tables):
        yield Step(
            "Make room for large objects",
            "their pieces arrive as rows",
            (
                sql.SQL(
                    "CREATE TEMPORARY TABLE {} (loid oid, position bigint, data bytea) "
                    "ON COMMIT DROP"
                ).format(sql.Identifier(LARGE_OBJECTS.name)),
            ),
        )


def _large_objects_created(rows: Rows) -> Iterator[Step]:
    if any(entry.name == LARGE_OBJECTS for entry in rows.tables):
        pieces = identifier(LARGE_OBJECTS)
        yield Step(
            "Create the large objects",
            "under the same numbers",
            (
                sql.SQL(
                    "SELECT pg_catalog.count(pg_catalog.lo_create(loid)) FROM {} WHERE position = 0"
                ).format(pieces),
                sql.SQL(
                    "SELECT pg_catalog.count(*) "
                    "FROM (SELECT pg_catalog.lo_put(loid, position, data) FROM {}) put"
                ).format(pieces),
            ),
        )


def _sequences(values: Sequence[SequenceValue]) -> Iterator[Step]:
    if values:
        statements: list[sql.Composable] = []
        for value in values:
            statements.append(
                sql.SQL("ALTER SEQUENCE {} RESTART WITH {}").format(
                    identifier(value.name), sql.Literal(value.last_value)
                )
            )
            if value.is_called:
                statements.append(
                    sql.SQL("SELECT pg_catalog.setval({}, {})").format(
                        sql.Literal(identifier(value.name).as_string(None)),
                        sql.Literal(value.last_value),
                    )
                )
        yield Step(
            "Set the sequences",
            "RESTART first: what setval() alone does would survive a rollback",
            tuple(statements),
        )


def _refresh(views: Sequence[Name]) -> Iterator[Step]:
    if views:
        yield Step(
            "Refresh the materialised views",
            "those that held rows, in the order they read each other",
            tuple(
                sql.SQL("REFRESH MATERIALIZED VIEW {}").format(identifier(view)) for view in views
            ),
        )
