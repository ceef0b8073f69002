"""How triggers and rules are switched, as the manifest says it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from snapshot.catalog import Catalog, Name, Rule, Trigger
from snapshot.store.fields import Fields, typed

_LETTERS = ("O", "D", "R", "A")


class States(NamedTuple):
    """Triggers and rules that are not in state "origin", and the event triggers that are on.

    States are the catalog's letters: O(rigin), D(isabled), R(eplica), A(lways).
    """

    triggers: Mapping[tuple[Name, str], str]
    rules: Mapping[tuple[Name, str], str]
    event_triggers: Mapping[str, str]


def states_in(catalog: Catalog) -> States:
    """What a manifest records of a database."""
    return States(
        _states(t for t in catalog.triggers if t.root in catalog.by_name),
        _states(r for r in catalog.rules if r.root in catalog.by_name),
        {e.name: e.enabled for e in catalog.event_triggers},
    )


def _states(all_: Iterable[Trigger | Rule]) -> dict[tuple[Name, str], str]:
    return {(one.table, one.name): one.enabled for one in all_ if one.enabled != "O"}


def states_document(states: States) -> dict[str, Any]:
    """The states as plain lists."""
    return {
        "triggers": [[*table, name, state] for (table, name), state in states.triggers.items()],
        "rules": [[*table, name, state] for (table, name), state in states.rules.items()],
        "event_triggers": [[*item] for item in states.event_triggers.items()],
    }


def read_states(document: Fields) -> States:
    """What states_document() wrote."""
    triggers, rules, event_triggers = (
        [_texts(item) for item in typed(list, document[kind])] for kind in States._fields
    )
    return States(
        {(Name(schema, table), name): state for schema, table, name, state in triggers},
        {(Name(schema, table), name): state for schema, table, name, state in rules},
        dict(event_triggers),
    )


def _texts(item: Any) -> list[str]:
    texts = [typed(str, part) for part in typed(list, item)]
    if texts[-1] not in _LETTERS:
        raise ValueError(f"{texts[-1]!r} is no state of a trigger")
    return texts
