"""Constraints that no order of statements satisfies: which are deferred or dropped for a while."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from psycopg import sql

from snapshot.catalog import ForeignKey, Name
from snapshot.changes.graph import (
    DEFERRED,
    DROPPED,
    Constraint,
    Edge,
    Graph,
    Levels,
    active_edges,
    knot,
)
from snapshot.changes.operations import Operation
from snapshot.errors import SnapshotError
from snapshot.planning import steps
from snapshot.planning.steps import DroppedConstraint, Step, identifier
from snapshot.postgres.script_facts import ScriptFacts, UniqueKey

_CYCLE = "rows change places, so no order of statements would do"


@dataclass(frozen=True)
class Trick:
    """Something that is altered before the rows and put back after them; it needs ownership."""

    kind: str  # "defer key", "drop key", "drop unique key", "drop check", "identity"
    tables: tuple[Name, ...]  # which must be owned
    before: Step
    after: Step


def levels_for(graph: Graph, facts: ScriptFacts) -> Levels:
    """What must be done about each constraint, and no more than that.

    The cheapest is tried first; what turns out not to be needed is taken back.
    """
    users = _users(graph, facts)
    levels = {constraint: constraint.floor for constraint in graph.constraints}
    tied = knot(active_edges(graph.edges, _effective(levels, users)))
    raised = []
    while tied:
        constraint, level, cost = _cheapest(tied, _effective(levels, users), users)
        raised.append((cost, levels[constraint], constraint))
        levels[constraint] = level
        tied = knot(active_edges(tied, _effective(levels, users)))
    for _, lower, constraint in sorted(raised, key=lambda r: r[0], reverse=True):
        kept, levels[constraint] = levels[constraint], lower
        if knot(active_edges(graph.edges, _effective(levels, users))):
            levels[constraint] = kept
    return _effective(levels, users)


Users = Mapping[Constraint, Sequence[Constraint]]


def _users(graph: Graph, facts: ScriptFacts) -> Users:
    """The foreign keys that need a unique key: they go with it."""
    unique = {c.subject.id: c for c in graph.constraints if isinstance(c.subject, UniqueKey)}
    users: dict[Constraint, list[Constraint]] = defaultdict(list)
    for constraint in graph.constraints:
        fk = constraint.subject
        if isinstance(fk, ForeignKey):
            needed = unique.get((fk.referenced, facts.actions[fk.table, fk.name].needs))
            if needed:
                users[needed].append(constraint)
    return users


def _effective(levels: Levels, users: Users) -> Levels:
    found = dict(levels)
    for unique, keys in users.items():
        if levels[unique] == DROPPED:
            found |= dict.fromkeys(keys, DROPPED)
    return found


def _cheapest(tied: Sequence[Edge], levels: Levels, users: Users) -> tuple[Constraint, int, int]:
    """The constraint to do something about, what, and what it costs."""
    found: dict[tuple[int, str], tuple[Constraint, int]] = {}
    for edge in tied:
        constraint = edge.constraint
        if isinstance(constraint.subject, UniqueKey):
            if constraint.subject.replaceable:
                cost = 3 if users.get(constraint) else 1
                found[cost, constraint.name] = constraint, DROPPED
        elif edge.until == DEFERRED:
            found[0, constraint.name] = constraint, DEFERRED
        elif levels[constraint] < DROPPED:
            found[2, constraint.name] = constraint, DROPPED
    if not found:
        names = sorted({edge.constraint.name for edge in tied})
        raise SnapshotError(
            f"rows change places, and {names[0]} cannot be dropped and made again as it was",
            hint="change these rows by hand, or restore the snapshot",
        )
    (cost, _), (constraint, level) = min(found.items(), key=lambda item: item[0])
    return constraint, level, cost


# --- the statements, before and after


def tricks_for(levels: Levels, operations: Sequence[Operation], facts: ScriptFacts) -> list[Trick]:
    """What is altered: foreign keys go first, and come back after the unique keys they need."""
    dropped = [c for c, level in levels.items() if level == DROPPED]
    return [
        *(_foreign_key_dropped(c) for c in dropped if isinstance(c.subject, ForeignKey)),
        *(_unique_key_dropped(c, c.subject) for c in dropped if isinstance(c.subject, UniqueKey)),
        *_checks_dropped(operations, facts),
        *(
            _foreign_key_deferred(c, c.subject)
            for c, level in levels.items()
            if level == DEFERRED and isinstance(c.subject, ForeignKey) and not c.subject.deferrable
        ),
        *_identities(operations, facts),
    ]


def _why(constraint: Constraint, level: int) -> str:
    return constraint.why if constraint.floor >= level and constraint.why else _CYCLE


def _titled(step: Step, title: str, why: str) -> Step:
    return replace(step, title=title, why=why)


def _foreign_key_dropped(constraint: Constraint) -> Trick:
    fk = constraint.subject
    assert isinstance(fk, ForeignKey)
    dropped = [DroppedConstraint(fk.name, fk.table, fk.definition, fk.comment)]
    (before,), (after,) = steps.constraints_dropped(dropped), steps.constraints_added_back(dropped)
    why = _why(constraint, DROPPED)
    return Trick(
        "drop key",
        (fk.table, fk.referenced),
        _titled(before, f"Drop the foreign key {constraint.name} for a while", why),
        _titled(after, f"Add the foreign key {constraint.name} again", "as it was"),
    )


def _unique_key_dropped(constraint: Constraint, key: UniqueKey) -> Trick:
    why = _why(constraint, DROPPED)
    return Trick(
        "drop unique key",
        (key.index.table,),
        Step(
            f"Drop the unique key {constraint.name} for a while",
            why,
            (steps.index_dropped(key.index),),
        ),
        Step(
            f"Make the unique key {constraint.name} again",
            "as it was",
            tuple(steps.index_built(key.index)),
        ),
    )


def _checks_dropped(operations: Sequence[Operation], facts: ScriptFacts) -> Iterator[Trick]:
    written = {o.group[0] for o in operations if o.kind != "delete"}
    for check in facts.catalog.unvalidated_checks:
        if written.isdisjoint(check.roots):
            continue
        kind = "DOMAIN" if check.of_domain else "TABLE"
        dropped = [
            DroppedConstraint(
                check.name, check.owner, check.definition, check.comment, kind, check.valid_in
            )
        ]
        (before,) = steps.constraints_dropped(dropped)
        (after,) = steps.constraints_added_back(dropped)
        name = f"{check.owner}.{check.name}"
        yield Trick(
            "drop check",
            (check.owner,),
            _titled(
                before, f"Drop the check {name} for a while", "it is NOT VALID: rows may break it"
            ),
            _titled(after, f"Add the check {name} again", "as it was"),
        )


def _foreign_key_deferred(constraint: Constraint, fk: ForeignKey) -> Trick:
    why = _why(constraint, DEFERRED)
    deferrable = steps.key_altered(fk, "DEFERRABLE INITIALLY DEFERRED")
    (after,) = steps.keys_as_they_were([fk])
    return Trick(
        "defer key",
        (fk.table,),
        Step(f"Let the foreign key {constraint.name} be checked at the end", why, (deferrable,)),
        _titled(after, f"Make the foreign key {constraint.name} what it was", "not deferrable"),
    )


def _identities(operations: Sequence[Operation], facts: ScriptFacts) -> Iterator[Trick]:
    updated = {o.group for o in operations if o.kind == "update"}
    for table, column in sorted({(g[0], c) for g in updated for c in g[2]}):
        if (table, column) not in facts.identities:
            continue
        before, after = (
            Step(title, why, (_generated(table, column, mode),))
            for title, why, mode in (
                ("Let an identity be updated", "it is GENERATED ALWAYS", "BY DEFAULT"),
                ("Make the identity what it was", "GENERATED ALWAYS", "ALWAYS"),
            )
        )
        yield Trick("identity", (table,), before, after)


def _generated(table: Name, column: str, mode: str) -> sql.Composed:
    return sql.SQL("ALTER TABLE {} ALTER COLUMN {} SET GENERATED " + mode).format(
        identifier(table), sql.Identifier(column)
    )
