"""The transaction, as a list of steps.

One list serves three readers: restore executes it, `--plan` prints it, and the .sql files are
written from it. The order is forced: constraints can be altered only while no trigger events are
pending, so before the rows come and after SET CONSTRAINTS … IMMEDIATE.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from psycopg import sql

from snapshot.catalog import Catalog, EventTrigger, Index, Name, Table
from snapshot.planning import refresh, steps, switches
from snapshot.planning.migrations import bookkeeping
from snapshot.planning.ordering import Deferral
from snapshot.planning.steps import Rows, Step, identifier
from snapshot.store.manifest import TableEntry

LOCK_TIMEOUT = "10s"
ADVISORY_LOCK = 0x736E6170  # "snap": two restores into one database never interleave


@dataclass(frozen=True)
class Script:
    """The steps before the rows, the tables in load order, and the steps after them."""

    before: tuple[Step, ...]
    tables: tuple[TableEntry, ...]
    loaded: tuple[Step, ...]  # what completes the rows; their content can be compared then
    after: tuple[Step, ...]

    def all_steps(self) -> Iterator[Step]:
        """All steps except the loading of rows."""
        yield from self.before
        yield from self.loaded
        yield from self.after


class Large(NamedTuple):
    """Large tables: their foreign keys are checked, and these indexes built, after the rows."""

    tables: tuple[Name, ...] = ()
    indexes: tuple[Index, ...] = ()


NONE_LARGE = Large()
CHECK = Step(
    "Check the deferred constraints",
    "nothing can be altered while checks are pending",
    (sql.SQL("SET CONSTRAINTS ALL IMMEDIATE"),),
)


def replace_rows(
    rows: Rows,
    catalog: Catalog,
    deferrals: Sequence[Deferral],
    *,
    large: Large = NONE_LARGE,
    keep_deferrable: bool = False,
    empty_first: bool = True,
) -> Script:
    """Replace all rows of the snapshot's tables in a schema that exists.

    Triggers and rules are left in the rows' states, or triggers in those that the catalog says.
    Foreign keys and indexes of large tables are dropped, and added again after the rows: checking
    and building them all at once takes a fraction of doing so row by row (a third, measured on a
    million rows).
    """
    targets = {entry.name for entry in rows.tables}
    triggers = [t for t in catalog.triggers if t.root in targets]
    forced = [t for t in catalog.tables if t.name in targets and t.forced_row_security]
    filled = [v for v in catalog.materialized_views if v.schema in rows.schemas]
    owned = [fk for fk in catalog.foreign_keys if fk.root in targets]
    dropped = steps.constraints_to_drop(catalog, targets, large.tables, large.indexes)
    keys = [d.foreign_key for d in deferrals if steps.needs_altering(d.foreign_key, dropped)]
    emptied = [
        Step("Delete all rows", "one statement, so that no foreign key is in the way", s)
        for s in [tuple(steps.emptying(rows, catalog))]
        if empty_first and s
    ]
    before = (
        *switches.triggers_off(triggers, forced),
        *steps.constraints_dropped(dropped),
        *steps.indexes_dropped(large.indexes),
        *emptied,
        *steps.keys_deferred(keys, deferrals),
        *steps.large_objects_table(rows),
    )
    after = (
        *steps.indexes_built(large.indexes),
        *steps.constraints_added_back(dropped),
        *([] if keep_deferrable else steps.keys_as_they_were(keys, owned, rows.states)),
        *switches.triggers_on(triggers, forced, rows.states),
        *switches.rules_switched(catalog.rules, targets, rows.states),
        *steps.sequences_set(rows.sequences),
        *refresh.views_refreshed(rows.materialized_views, filled),
    )
    return Script(before, rows.tables, (CHECK, *steps.large_objects_created(rows)), after)


def create_schema(
    rows: Rows,
    pre_data: str,
    post_data: str,
    drops: Sequence[sql.Composable] = (),
    large_objects: int = 0,
) -> Script:
    """Create the schema in a database without it: indexes, keys and triggers after the rows.

    `drops` removes what is there first; `large_objects` says how many there are.
    """
    dropped = Step("Drop the schema that is there", "its place is needed", tuple(drops))
    before = (
        *([dropped] if drops else []),
        *steps.large_objects_deleted(rows, large_objects),
        Step(
            "Create types, functions and tables",
            "as pg_dump wrote them",
            steps.verbatim(pre_data),
            verbatim=True,
        ),
        *steps.large_objects_table(rows),
    )
    came = rows.states.event_triggers if rows.states and rows.materialized_views else {}
    after = (
        *steps.sequences_set(rows.sequences),  # before there are event triggers
        Step(
            "Create indexes, keys and triggers",
            "after the rows: faster, and no order of rows can break a foreign key",
            steps.verbatim(post_data),
            verbatim=True,
        ),
        *switches.event_triggers_off(came),
        *refresh.views_refreshed(rows.materialized_views),
        *switches.event_triggers_on(came),
    )
    return Script(before, rows.tables, tuple(steps.large_objects_created(rows)), after)


def unseen_by(event_triggers: Sequence[EventTrigger], script: Script) -> Script:
    """The script, all of whose steps run while these event triggers are off."""
    states = {e.name: e.enabled for e in event_triggers if e.owned}
    return replace(
        script,
        before=(*switches.event_triggers_off(states), *script.before),
        after=(*script.after, *switches.event_triggers_on(states)),
    )


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


def count_check(rows: Rows, catalog: Catalog) -> Step:
    """For psql: fail, and so roll back, if a table did not receive all its rows.

    Tables with foreign partitions are left out: those have rows of their own.
    """
    elsewhere = {table.name for table in catalog.tables if table.foreign_partitions}
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
        if entry.name not in elsewhere
    )
    block = sql.SQL("BEGIN\n{}END").format(body).as_string(None)
    return Step(
        "Compare the row counts",
        "a difference rolls everything back",
        (sql.SQL("DO {}").format(sql.Literal(block)),),
    )


def tables_to_empty(catalog: Catalog) -> tuple[Table, ...]:
    """All tables, but those of extensions, and those that say which migrations have run.

    The schema stays, so what a tool has done to it stays true.
    """
    kept = bookkeeping(catalog.tables)
    return tuple(t for t in catalog.tables if t.configuration is None and t.name not in kept)


def empty_tables(tables: Sequence[Table], catalog: Catalog) -> tuple[Step, ...]:
    """Delete all rows of the tables and keep the schema."""
    rows = Rows(
        tuple(TableEntry(t.name, t.stored, partitioned=t.partitioned) for t in tables),
        (),
        (),
        False,
    )
    names = {table.name for table in tables}
    triggers = [t for t in catalog.triggers if t.root in names]
    states = {e.name: e.enabled for e in catalog.event_triggers}
    return (
        *switches.event_triggers_off(states),
        *switches.triggers_off(triggers, []),
        Step(
            "Delete all rows",
            "one statement, so that no foreign key is in the way",
            tuple(steps.emptying(rows, catalog)),
        ),
        *switches.triggers_on(triggers, []),
        *refresh.views_refreshed(catalog.materialized_views, catalog.materialized_views),
        *switches.event_triggers_on(states),
    )
