"""How triggers and rules are switched, as the manifest says it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from snapshot.catalog import Catalog, ForeignKey, Name, Rule, Trigger
from snapshot.store.fields import Fields, typed

_LETTERS = ("O", "D", "R", "A")
_TIMES = ("immediate", "deferred")


class States(NamedTuple):
    """Triggers and rules that are not in state "origin", and the event triggers that are on.

    States are the catalog's letters: O(rigin), D(isabled), R(eplica), A(lways). Of foreign keys
    those that are deferrable: checked at once ("immediate") or at the end ("deferred").
    """

    triggers: Mapping[tuple[Name, str], str]
    rules: Mapping[tuple[Name, str], str]
    event_triggers: Mapping[str, str]
    foreign_keys: Mapping[tuple[Name, str], str]
    disabled_keys: frozenset[tuple[Name, str]] = frozenset()  # which a restore does not keep so


def states_in(catalog: Catalog) -> States:
    """What a manifest records of a database."""
    return States(
        _states(t for t in catalog.triggers if t.root in catalog.by_name),
        _states(r for r in catalog.rules if r.root in catalog.by_name),
        {e.name: e.enabled for e in catalog.event_triggers},
        {
            (fk.table, fk.name): time
            for fk in catalog.foreign_keys
            if fk.root in catalog.by_name and (time := time_of_check(fk))
        },
        catalog.disabled_keys,
    )


def time_of_check(fk: ForeignKey) -> str | None:
    """When a deferrable foreign key is checked; None if it is not deferrable."""
    return _TIMES[fk.deferred] if fk.deferrable else None


def _states(all_: Iterable[Trigger | Rule]) -> dict[tuple[Name, str], str]:
    return {(one.table, one.name): one.enabled for one in all_ if one.enabled != "O"}


def states_document(states: States) -> dict[str, Any]:
    """The states as plain lists."""
    return {
        **{
            kind: [[*table, name, state] for (table, name), state in of_kind.items()]
            for kind, of_kind in (
                ("triggers", states.triggers),
                ("rules", states.rules),
                ("foreign_keys", states.foreign_keys),
            )
        },
        "event_triggers": [[*item] for item in states.event_triggers.items()],
        "disabled_keys": [[*table, name] for table, name in sorted(states.disabled_keys)],
    }


def read_states(document: Fields) -> States:
    """What states_document() wrote."""

    def by_name(kind: str, allowed: tuple[str, ...]) -> dict[tuple[Name, str], str]:
        items = (_texts(item, 4, allowed) for item in typed(list, document[kind]))
        return {(Name(schema, table), name): state for schema, table, name, state in items}

    events = (_texts(item, 2, _LETTERS) for item in typed(list, document["event_triggers"]))
    disabled = (_texts(item, 3) for item in typed(list, document["disabled_keys"]))
    return States(
        by_name("triggers", _LETTERS),
        by_name("rules", _LETTERS),
        dict(events),
        by_name("foreign_keys", _TIMES),
        frozenset((Name(schema, table), name) for schema, table, name in disabled),
    )


def _texts(item: Any, number: int, allowed: tuple[str, ...] = ()) -> list[str]:
    texts = [typed(str, part) for part in typed(list, item)]
    if len(texts) != number:
        raise ValueError(f"a list of {number} texts has {len(texts)}")
    if allowed and texts[-1] not in allowed:
        raise ValueError(f"{texts[-1]!r} is none of {', '.join(allowed)}")
    return texts
