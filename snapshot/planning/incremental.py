"""What becomes of each table in a restore over a database that is partly in the snapshot's state.

docs/incremental.md says why a table may be left as it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from enum import StrEnum
from typing import NamedTuple

from snapshot.catalog import LEDGER, Catalog, Name, Rule, Table, Trigger
from snapshot.store.manifest import LARGE_OBJECTS, Manifest, TableEntry
from snapshot.store.states import States, time_of_check


class Action(StrEnum):
    """What a restore does to the rows of a table."""

    SKIP = "skip"
    REPLACE = "replace"


class Fate(NamedTuple):
    """What is done to a table, and why.

    What is skipped has its `relation`, a digest of how it lies on disk; `writers` are the
    transactions that wrote its rows, None if it is known by its checksum.
    """

    action: Action
    why: str
    relation: str = ""
    writers: tuple[int, ...] | None = None


Fates = Mapping[Name, Fate]


def skipped(fates: Fates) -> frozenset[Name]:
    """The tables that keep their rows."""
    return frozenset(name for name, fate in fates.items() if fate.action is Action.SKIP)


def loaded(manifest: Manifest, fates: Fates) -> Manifest:
    """The part of the snapshot whose rows are loaded."""
    left = skipped(fates)
    return replace(manifest, tables=tuple(e for e in manifest.tables if e.name not in left))


def always_replaced(manifest: Manifest, catalog: Catalog) -> dict[Name, Fate]:
    """The tables of which it is not even asked whether they hold the snapshot's rows, and why."""
    elsewhere = _in_another_state(manifest.states, catalog)
    reasons = {e.name: _reason(e, catalog, elsewhere) for e in manifest.tables}
    return {name: Fate(Action.REPLACE, why) for name, why in reasons.items() if why}


def _reason(entry: TableEntry, catalog: Catalog, elsewhere: set[Name]) -> str | None:
    table = catalog.by_name.get(entry.name)
    if entry.name == LARGE_OBJECTS:
        return "large objects are always replaced"
    if table is None:
        return "the database does not have it"
    if entry.name in LEDGER:
        return "the ledger comes and goes with seeded rows"
    if table.configuration is not None or entry.configuration is not None:
        return "only some of its rows are the user's"
    if table.foreign_code:
        return "a query of it would run functions of this database"
    if table.forced_row_security:
        return "row security is forced on its owner"
    if not table.owned:
        return "it belongs to another role"
    if entry.name in elsewhere:
        return "a trigger, a rule or a foreign key of it is in another state"
    if entry.partitioned != table.partitioned or {c.name for c in entry.columns} != {
        column.name for column in table.stored
    }:
        return "it has other columns"
    return None


def may_be_summed(entry: TableEntry, table: Table) -> bool:
    """Whether an equal checksum says that all is equal: it is not over what is computed."""
    return entry.checksum is not None and not any(column.generated for column in table.columns)


def runs_code(loads: Manifest, catalog: Catalog) -> bool:
    """Whether what is loaded may run functions of the database, which could write anywhere."""
    return bool(
        loads.tables
        or loads.materialized_views
        or any(not trigger.owned for trigger in catalog.event_triggers)
    )


def _in_another_state(states: States | None, catalog: Catalog) -> set[Name]:
    """Tables on which a restore sets right a trigger, a rule or when a foreign key is checked."""
    if states is None:
        return set()
    found = {t.root for t in catalog.triggers if t.enabled != _state(states.triggers, t)}
    found |= {r.root for r in catalog.rules if r.enabled != _state(states.rules, r)}
    return found | {
        fk.root
        for fk in catalog.foreign_keys
        if fk.enforced and time_of_check(fk) != states.foreign_keys.get((fk.table, fk.name))
    }


def _state(states: Mapping[tuple[Name, str], str], switched: Trigger | Rule) -> str:
    return states.get((switched.table, switched.name), "O")
