"""Triggers, rules and row security: switched off for the rows, and then as they are to be."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

from psycopg import sql

from snapshot.catalog import Name, Rule, Table, Trigger
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


def rules_switched(
    all_rules: Sequence[Rule], targets: Collection[Name], states: States | None
) -> Iterator[Step]:
    rules = [rule for rule in all_rules if rule.root in targets]
    if rules and states:
        yield Step(
            "Switch the rules",
            "as they were in the snapshot's database",
            tuple(_switched(r, "RULE", states.rules.get((r.table, r.name), "O")) for r in rules),
        )


def rules_off(rules: Sequence[Rule]) -> Iterator[Step]:
    """Switch rules off, those that would act."""
    acting = [rule for rule in rules if rule.enabled in "OA"]
    if acting:
        yield Step(
            "Switch the rules off",
            "the rows already hold what rules once did",
            tuple(_switched(rule, "RULE", "D") for rule in acting),
        )


def rules_on(rules: Sequence[Rule]) -> Iterator[Step]:
    """Switch on again what rules_off() switched off."""
    acting = [rule for rule in rules if rule.enabled in "OA"]
    if acting:
        yield Step(
            "Switch the rules on again",
            "each as it was",
            tuple(_switched(rule, "RULE", rule.enabled) for rule in acting),
        )


def event_triggers_off(names: Collection[str]) -> Iterator[Step]:
    if names:
        yield Step(
            "Switch event triggers off",
            "they would see what is altered only for a while; those of others stay on",
            (
                _each_event_trigger(
                    sql.SQL(
                        "SELECT pg_catalog.format('ALTER EVENT TRIGGER %I DISABLE', evtname) "
                        "FROM pg_catalog.pg_event_trigger WHERE evtname = ANY ({})"
                    ).format(sql.Literal(list(names)))
                ),
            ),
        )


def event_triggers_on(states: Mapping[str, str]) -> Iterator[Step]:
    if states:
        wanted = [
            sql.SQL("({}, {})").format(sql.Literal(name), sql.Literal(_SWITCH[state]))
            for name, state in states.items()
        ]
        yield Step(
            "Switch event triggers on again",
            "each as it was: origin, replica or always",
            (
                _each_event_trigger(
                    sql.SQL(
                        "SELECT pg_catalog.format('ALTER EVENT TRIGGER %I %s', evtname, action) "
                        "FROM pg_catalog.pg_event_trigger "
                        "JOIN (VALUES {}) wanted (name, action) ON name = evtname WHERE true"
                    ).format(sql.SQL(", ").join(wanted))
                ),
            ),
        )


def _each_event_trigger(query: sql.Composed) -> sql.Composed:
    """Execute what the query says for those that the role may alter: psql's may be another one."""
    body = sql.SQL(
        "DECLARE statement text; BEGIN FOR statement IN {} "
        "AND pg_catalog.pg_has_role(evtowner, 'USAGE') LOOP EXECUTE statement; END LOOP; END"
    ).format(query)
    return sql.SQL("DO LANGUAGE plpgsql {}").format(sql.Literal(body.as_string(None)))


def _switched(what: Trigger | Rule, kind: str, state: str) -> sql.Composed:
    action = sql.SQL(_SWITCH[state] + " " + kind)
    return sql.SQL("ALTER TABLE {} {} {}").format(
        identifier(what.table), action, sql.Identifier(what.name)
    )


def _alter_table(table: Table, action: str) -> sql.Composed:
    return sql.SQL("ALTER TABLE {} " + action).format(identifier(table.name))
