"""Triggers, rules and row security: switched off for the rows, and then as they are to be."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from psycopg import sql

from snapshot.catalog import Rule, Table, Trigger
from snapshot.planning.steps import Step, identifier
from snapshot.store.states import States

_SWITCH = {"O": "ENABLE", "D": "DISABLE", "R": "ENABLE REPLICA", "A": "ENABLE ALWAYS"}


def triggers_off(triggers: Sequence[Trigger], forced: Sequence[Table]) -> Iterator[Step]:
    if triggers or forced:
        yield Step(
            "Switch users' triggers off",
            "the rows already hold what triggers once did",
            (
                *(_switched(t, "TRIGGER", "D") for t in triggers),
                *(_alter_table(t, "NO FORCE ROW LEVEL SECURITY") for t in forced),
            ),
        )


def triggers_on(
    triggers: Sequence[Trigger], forced: Sequence[Table], states: States | None = None
) -> Iterator[Step]:
    """Roots come before their partitions, to whose copies of a trigger their state goes too."""
    if triggers or forced:
        wanted = [
            (t, states.triggers.get((t.table, t.name), "O") if states else t.enabled)
            for t in triggers
        ]
        yield Step(
            "Switch them on again",
            "each as it was: origin, replica, always or, on a partition, off",
            (
                *(
                    _switched(t, "TRIGGER", state)
                    for t, state in wanted
                    if state != "D" or t.table != t.root
                ),
                *(_alter_table(t, "FORCE ROW LEVEL SECURITY") for t in forced),
            ),
        )


def rules_switched(rules: Sequence[Rule], states: States | None) -> Iterator[Step]:
    if rules and states:
        yield Step(
            "Switch the rules",
            "as they were in the snapshot's database",
            tuple(_switched(r, "RULE", states.rules.get((r.table, r.name), "O")) for r in rules),
        )


def _switched(what: Trigger | Rule, kind: str, state: str) -> sql.Composed:
    action = sql.SQL(_SWITCH[state] + " " + kind)
    return sql.SQL("ALTER TABLE {} {} {}").format(
        identifier(what.table), action, sql.Identifier(what.name)
    )


def _alter_table(table: Table, action: str) -> sql.Composed:
    return sql.SQL("ALTER TABLE {} " + action).format(identifier(table.name))
