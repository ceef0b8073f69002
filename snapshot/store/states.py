"""How triggers and rules are switched, as the manifest says it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from snapshot.catalog import Catalog, Name, Rule, Trigger
from snapshot.store.fields import Fields, typed

_LETTERS = ("O", "D", "R", "A")


class States(NamedTuple):
    """Triggers and rules, by table and name, whose state is not "origin".

    States are the catalog's letters: D(isabled), R(eplica), A(lways).
    """

    triggers: Mapping[tuple[Name, str], str]
    rules: Mapping[tuple[Name, str], str]


def states_in(catalog: Catalog) -> States:
    """What a manifest records of a database."""
    return States(
        _states(t for t in catalog.triggers if t.root in catalog.by_name),
        _states(r for r in catalog.rules if r.root in catalog.by_name),
    )


def _states(all_: Iterable[Trigger | Rule]) -> dict[tuple[Name, str], str]:
    return {(one.table, one.name): one.enabled for one in all_ if one.enabled != "O"}


def states_document(states: States) -> dict[str, Any]:
    """The states as plain lists."""
    return {
        kind: [[*table, name, state] for (table, name), state in those.items()]
        for kind, those in states._asdict().items()
    }


def read_states(document: Fields) -> States:
    """What states_document() wrote."""
    return States(*(dict(map(_state, typed(list, document[kind]))) for kind in States._fields))


def _state(item: Any) -> tuple[tuple[Name, str], str]:
    schema, table, name, state = (typed(str, part) for part in typed(list, item))
    if state not in _LETTERS:
        raise ValueError(f"{state!r} is no state of a trigger")
    return (Name(schema, table), name), state
