"""Foreign keys that seeding defers or sets aside, with the steps that restore uses."""

from __future__ import annotations

from collections.abc import Sequence

from snapshot.catalog import Catalog, ForeignKey, Index, Name
from snapshot.planning.ordering import Deferral, load_order
from snapshot.planning.restore_plan import MANY_ROWS
from snapshot.planning.steps import (
    Aside,
    constraints_added_back,
    constraints_dropped,
    indexes_built,
    indexes_dropped,
    keys_as_they_were,
    keys_deferred,
)
from snapshot.postgres.connection import Connection
from snapshot.postgres.introspect import read_indexes
from snapshot.progress import NO_PROGRESS
from snapshot.restorers.transaction import run_steps


class Asides:
    """What stands between rules and rows: keys on cycles are deferred, those of many rows dropped.

    Where the role does not own a table its keys stay as they are: right, only slower.
    """

    def __init__(self, connection: Connection, catalog: Catalog, tables: Sequence[Name]) -> None:
        self._connection = connection
        self._catalog = catalog
        order = load_order(set(tables), catalog.foreign_keys)
        self._in_cycles = {name for cycle in order.cycles for name in cycle}
        self._deferrals = [d for d in order.deferred if self._may_alter(d)]
        self._deferred: list[Deferral] = []
        self._aside: list[Aside] = []
        self._seen: set[Name] = set()
        self._indexes = read_indexes(connection)
        self._rebuilt: list[Index] = []
        self._dropped: set[Name] = set()

    def before(self, table: Name, rows: int) -> None:
        """So many rows are about to be written to a table."""
        if not self._catalog.by_name[table].owned:
            return
        if rows >= MANY_ROWS and table not in self._in_cycles:
            self._set_aside(table, rows)
        if table not in self._seen:
            self._seen.add(table)
            new = [d for d in self._deferrals if d.foreign_key.root == table]
            gone = {(a.table, a.name) for a in self._aside}
            new = [d for d in new if (d.foreign_key.table, d.foreign_key.name) not in gone]
            keys = [d.foreign_key for d in new if not d.foreign_key.deferrable]
            run_steps(self._connection, keys_deferred(keys, new), NO_PROGRESS)
            self._deferred += new

    def back(self) -> None:
        """Check what was deferred, and make all keys what they were."""
        if not (self._deferred or self._aside or self._rebuilt):
            return
        self._connection.execute("SET CONSTRAINTS ALL IMMEDIATE")
        keys = [d.foreign_key for d in self._deferred if not d.foreign_key.deferrable]
        run_steps(self._connection, keys_as_they_were(keys), NO_PROGRESS)
        run_steps(self._connection, indexes_built(self._rebuilt), NO_PROGRESS)
        run_steps(self._connection, constraints_added_back(self._aside), NO_PROGRESS)

    def _set_aside(self, table: Name, rows: int) -> None:
        """Drop a table's keys if checking all its rows at once will be cheaper than each, and its
        indexes if it is all but empty; what leans on those goes with them."""
        there = self._catalog.by_name[table].estimated_rows
        if rows * 10 < there:
            return
        indexes = [i for i in self._indexes if i.table == table and self._droppable(table)]
        if rows < 10 * there or self._dropped & {table}:
            indexes = []
        gone = {(a.table, a.name) for a in self._aside}
        keys = [
            fk
            for fk in self._catalog.foreign_keys
            if fk.table == fk.root
            and (
                (fk.root == table and fk.enforced and fk.validated)
                or (fk.referenced_root == table and indexes)
            )
            and (fk.table, fk.name) not in gone
            and self._owned(fk)
        ]
        if self._deferred:  # a table with checks that are still to come cannot be altered
            self._connection.execute("SET CONSTRAINTS ALL IMMEDIATE")
            self._connection.execute("SET CONSTRAINTS ALL DEFERRED")
        aside = [Aside(fk.name, fk.table, fk.definition, fk.comment) for fk in keys]
        run_steps(self._connection, constraints_dropped(aside), NO_PROGRESS)
        run_steps(self._connection, indexes_dropped(indexes), NO_PROGRESS)
        if indexes:
            self._dropped.add(table)
            self._rebuilt += indexes
        self._aside += aside
        self._deferred = [d for d in self._deferred if d.foreign_key not in keys]

    def _owned(self, fk: ForeignKey) -> bool:
        return (
            self._catalog.by_name[fk.root].owned and self._catalog.by_name[fk.referenced_root].owned
        )

    def _droppable(self, table: Name) -> bool:
        """Its indexes may go: every key that leans on them can be dropped and added again."""
        return all(
            self._owned(fk) and fk.table == fk.root
            for fk in self._catalog.foreign_keys
            if fk.referenced_root == table
        )

    def _may_alter(self, deferral: Deferral) -> bool:
        fk = deferral.foreign_key
        table = self._catalog.by_name.get(fk.root)
        return fk.enforced and table is not None and table.owned
