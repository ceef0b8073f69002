"""A script for psql that takes a database's rows from one state to another, or changes nothing.

The order of its statements comes from a graph over the changed rows (graph.py). What no order can
do is done by altering a constraint for a while (tricks.py): only then must tables be owned.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from psycopg import sql

from snapshot.catalog import ForeignKey, Name
from snapshot.changes.batches import Batches
from snapshot.changes.graph import DROPPED, Levels, active_edges, arranged, graph_of
from snapshot.changes.guards import contents_compared
from snapshot.changes.model import Change, ComparedTable, Counts
from snapshot.changes.operations import ChangedTable, Group, Operation, operations_of
from snapshot.changes.tricks import Trick, levels_for, tricks_for
from snapshot.planning import switches
from snapshot.planning.ordering import load_order
from snapshot.planning.script import CHECK, LOCK_TIMEOUT
from snapshot.planning.steps import Step, identifier
from snapshot.postgres.script_facts import ScriptFacts
from snapshot.store.manifest import SequenceValue

# The text of values is read under the settings under which it was written; and nothing that the
# user or the role has set may decide where an index is built or how a statement is read.
_PREAMBLE = """\
BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE;
SET LOCAL search_path = '';
SET LOCAL client_encoding = 'UTF8';
SET LOCAL standard_conforming_strings = on;
SET LOCAL client_min_messages = warning;
SET LOCAL row_security = off;
SET LOCAL xmloption = content;
SET LOCAL DateStyle = 'ISO, YMD';
SET LOCAL IntervalStyle = 'postgres';
SET LOCAL TimeZone = 'UTC';
SET LOCAL extra_float_digits = 3;
SET LOCAL bytea_output = 'hex';
SET LOCAL lc_monetary = 'C';
SET LOCAL array_nulls = on;
SET LOCAL default_tablespace = '';
SET LOCAL statement_timeout = 0;
SET LOCAL idle_in_transaction_session_timeout = 0;
"""


@dataclass(frozen=True)
class ChangePlan:
    """How the rows will be changed: what is altered for a while, and the batches in their order."""

    tables: dict[Name, ChangedTable]
    operations: Sequence[Operation]
    levels: Levels
    tricks: Sequence[Trick]
    batches: Sequence[tuple[Group, list[Operation]]]


def change_script(
    tables: Sequence[tuple[ComparedTable, Sequence[Change]]],
    sequences: Sequence[SequenceValue],
    facts: ScriptFacts,
    contents: Mapping[Name, tuple[int, str]] = MappingProxyType({}),
) -> Iterator[str]:
    """The script, in pieces of text, for `psql -v ON_ERROR_STOP=1 -f FILE`.

    `facts` are those of the database that it will be applied to, `contents` the rows and the
    checksum of its tables (as in a manifest): a table without a key that differs should be there,
    as nothing else tells that its rows have changed since. Raises SnapshotError, before any text
    comes, if a constraint is in the way that could not be made again as it was.
    """
    plan = plan_changes(tables, facts)
    before, after = _switches(plan, facts)
    needed = _ownership(plan, before, facts)
    before = [*_locks(plan, facts), *contents_compared(plan.tables, contents, facts), *before]
    return _written(plan, (before, after), sequences, needed, facts)


def plan_changes(
    tables: Sequence[tuple[ComparedTable, Sequence[Change]]], facts: ScriptFacts
) -> ChangePlan:
    """Find the order of the changes, and the fewest tricks that it needs."""
    changed, operations = operations_of(tables, facts.catalog.by_name)
    by_name = {table.compared.name: table for table in changed if table.operations}
    graph = graph_of(by_name, len(operations), facts)
    levels = levels_for(graph, facts)
    order = load_order(by_name, facts.catalog.foreign_keys).tables
    position = {name: at for at, name in enumerate(order)}

    def rank(group: Group) -> tuple[int, int]:
        """Deletes with children first, then updates, then inserts with parents first."""
        table, kind, _ = group
        if kind == "delete":
            return 0, -position[table]
        return 1 + (kind == "insert"), position[table]

    batches = tuple(arranged(operations, graph.nodes, active_edges(graph.edges, levels), rank))
    return ChangePlan(by_name, operations, levels, tricks_for(levels, operations, facts), batches)


def _written(
    plan: ChangePlan,
    around: tuple[list[Step], list[Step]],
    sequences: Sequence[SequenceValue],
    needed: Sequence[Name],
    facts: ScriptFacts,
) -> Iterator[str]:
    before, after = around
    yield _head(plan, sequences, needed)
    yield _PREAMBLE
    yield f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT}';\n"
    for step in (*before, *(trick.before for trick in plan.tricks)):
        yield _text(step)
    if plan.operations:
        yield "\nSET CONSTRAINTS ALL DEFERRED;\n"
        yield "\n-- The rows. Each statement must find all of its rows as they were.\n"
        yield from Batches(plan.tables, facts, plan.levels).blocks(plan.batches)
        yield _text(CHECK)
    for step in (*(t.after for t in reversed(plan.tricks)), *after, *_sequences(sequences)):
        yield _text(step)
    yield "\nCOMMIT;\n"


def _switches(plan: ChangePlan, facts: ScriptFacts) -> tuple[list[Step], list[Step]]:
    """What would act on the rows or hide them is off for a while."""
    catalog = facts.catalog
    acting = {t.root for t in catalog.triggers if t.root in plan.tables and t.enabled in "OA"}
    triggers = [t for t in catalog.triggers if t.root in acting]
    rules = [r for r in catalog.rules if r.root in plan.tables]
    forced = [t for t in catalog.tables if t.name in plan.tables and t.forced_row_security]
    before = [*switches.triggers_off(triggers, forced), *switches.rules_off(rules)]
    after = [*switches.rules_on(rules), *switches.triggers_on(triggers, forced)]
    states = {e.name: e.enabled for e in catalog.event_triggers if e.owned}
    if before or plan.tricks:
        before = [*switches.event_triggers_off(states), *before]
        after = [*after, *switches.event_triggers_on(states)]
    return before, after


def _ownership(plan: ChangePlan, switched: Sequence[Step], facts: ScriptFacts) -> list[Name]:
    """The tables and domains that the role must own, as something of them is altered."""
    needed = {name for trick in plan.tricks for name in trick.tables}
    if switched:
        catalog = facts.catalog
        acting = {t.root for t in catalog.triggers if t.enabled in "OA"}
        acting |= {r.root for r in catalog.rules if r.enabled in "OA"}
        acting |= {t.name for t in catalog.tables if t.forced_row_security}
        needed |= acting & set(plan.tables)
    return sorted(needed)


def _head(plan: ChangePlan, sequences: Sequence[SequenceValue], needed: Sequence[Name]) -> str:
    kinds = [operation.kind for operation in plan.operations]
    counts = Counts(*(kinds.count(kind) for kind in ("insert", "delete", "update")))
    parts = [f"rows {counts} in {_number(len(plan.tables), 'table')}"] if plan.operations else []
    parts += [_number(len(sequences), "sequence")] if sequences else []
    what = f"Changes, all in one transaction or nothing: {', '.join(parts) or 'none'}"
    rights = "SELECT, INSERT, UPDATE and DELETE on the tables that it locks"
    if sequences:
        rights += ", UPDATE on the sequences"
    if needed:
        names = ", ".join(map(str, needed))
        rights = f"ownership of {names}, as something of them is altered for a while; {rights}"
    return (
        _comment(f"{what}.")
        + _comment(f"Rights that it needs: {rights}.")
        + _comment("Run with: psql -v ON_ERROR_STOP=1 -f FILE")
        + "\n"
    )


def _number(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'s' if count != 1 else ''}"


def _locks(plan: ChangePlan, facts: ScriptFacts) -> Iterator[Step]:
    """Others may read. Children that a cascade would reach are locked too: none may come."""
    reached = {
        fk.root
        for constraint, level in plan.levels.items()
        if isinstance(fk := constraint.subject, ForeignKey)
        and level < DROPPED
        and fk.referenced_root in plan.tables
        and not set(facts.actions[fk.table, fk.name][:2]) <= {"a", "r"}
    }
    names = sorted({*plan.tables, *reached} & set(facts.catalog.by_name))
    if names:
        partitioned = {t.name for t in facts.catalog.tables if t.partitioned}
        relations = sql.SQL(", ").join(
            sql.SQL("{}" if name in partitioned else "ONLY {}").format(identifier(name))
            for name in names
        )
        yield Step(
            "Keep writers out",
            "the rows must stay as they are found",
            (sql.SQL("LOCK TABLE {} IN SHARE ROW EXCLUSIVE MODE").format(relations),),
        )


def _sequences(values: Iterable[SequenceValue]) -> Iterator[Step]:
    statements = tuple(
        sql.SQL("SELECT pg_catalog.setval({}, {}, {})").format(
            sql.Literal(identifier(value.name).as_string(None)),
            sql.Literal(value.last_value),
            sql.Literal(value.is_called),
        )
        for value in values
    )
    if statements:
        yield Step("Set the sequences", "last, as no rollback would undo it", statements)


def _text(step: Step) -> str:
    lines = ["\n" + _comment(f"{step.title}: {step.why}")]
    for statement in step.statements:
        text = statement.as_string(None).rstrip()
        lines.append(text if text.endswith(";") else text + ";\n")
    return "".join(lines)


def _comment(text: str) -> str:
    """One line, whatever names hold: what follows a line feed would be a statement."""
    return "-- " + " ".join(text.splitlines()) + "\n"
