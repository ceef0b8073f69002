"""Foreign keys and indexes that seeding defers or drops, with the steps that restore uses."""

from __future__ import annotations

from collections.abc import Sequence

from snapshot.catalog import Catalog, ForeignKey, Index, Name
from snapshot.planning.ordering import Deferral, load_order
from snapshot.planning.restore_plan import MANY_ROWS
from snapshot.planning.steps import (
    DroppedConstraint,
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


class DroppedConstraints:
    """Defers foreign keys on cycles, and drops those of tables that get many rows.

    Keys of tables that the role does not own stay as they are: that is slower, but works.
    """

    def __init__(self, connection: Connection, catalog: Catalog, tables: Sequence[Name]) -> None:
        self._connection = connection
        self._catalog = catalog
        order = load_order(set(tables), catalog.foreign_keys)
        self._in_cycles = {name for cycle in order.cycles for name in cycle}
        self._deferrals = [d for d in order.deferred if self._may_alter(d)]
        self._deferred: list[Deferral] = []
        self._constraints: list[DroppedConstraint] = []
        self._seen: set[Name] = set()
        self._indexes = read_indexes(connection)
        self._rebuilt: list[Index] = []
        self._dropped: set[Name] = set()

    def prepare(self, table: Name, rows: int) -> None:
        """Defer or drop what stands in the way of this many new rows."""
        if not self._catalog.by_name[table].owned:
            return
        if rows >= MANY_ROWS and table not in self._in_cycles:
            self._drop(table, rows)
        if table not in self._seen:
            self._seen.add(table)
            new = [d for d in self._deferrals if d.foreign_key.root == table]
            gone = {(a.table, a.name) for a in self._constraints}
            new = [d for d in new if (d.foreign_key.table, d.foreign_key.name) not in gone]
            keys = [d.foreign_key for d in new if not d.foreign_key.deferrable]
            run_steps(self._connection, keys_deferred(keys, new), NO_PROGRESS)
            self._deferred += new

    def restore(self) -> None:
        """Check the deferred keys, and make all keys and indexes as they were."""
        if not (self._deferred or self._constraints or self._rebuilt):
            return
        self._connection.execute("SET CONSTRAINTS ALL IMMEDIATE")
        keys = [d.foreign_key for d in self._deferred if not d.foreign_key.deferrable]
        run_steps(self._connection, keys_as_they_were(keys), NO_PROGRESS)
        run_steps(self._connection, indexes_built(self._rebuilt), NO_PROGRESS)
        run_steps(self._connection, constraints_added_back(self._constraints), NO_PROGRESS)

    def _drop(self, table: Name, rows: int) -> None:
        """Drop a table's foreign keys if one check of all rows is cheaper than one for each row.

        Drop its indexes too if it is nearly empty, with the foreign keys that need these indexes.
        """
        there = self._catalog.by_name[table].estimated_rows
        if rows * 10 < there:
            return
        indexes = [i for i in self._indexes if i.table == table and self._droppable(table)]
        if rows < 10 * there or self._dropped & {table}:
            indexes = []
        gone = {(a.table, a.name) for a in self._constraints}
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
        constraints = [
            DroppedConstraint(fk.name, fk.table, fk.definition, fk.comment) for fk in keys
        ]
        run_steps(self._connection, constraints_dropped(constraints), NO_PROGRESS)
        run_steps(self._connection, indexes_dropped(indexes), NO_PROGRESS)
        if indexes:
            self._dropped.add(table)
            self._rebuilt += indexes
        self._constraints += constraints
        self._deferred = [d for d in self._deferred if d.foreign_key not in keys]

    def _owned(self, fk: ForeignKey) -> bool:
        return (
            self._catalog.by_name[fk.root].owned and self._catalog.by_name[fk.referenced_root].owned
        )

    def _droppable(self, table: Name) -> bool:
        """Its indexes may be dropped: so may every foreign key that needs them."""
        return all(
            self._owned(fk) and fk.table == fk.root
            for fk in self._catalog.foreign_keys
            if fk.referenced_root == table
        )

    def _may_alter(self, deferral: Deferral) -> bool:
        fk = deferral.foreign_key
        table = self._catalog.by_name.get(fk.root)
        return fk.enforced and table is not None and table.owned
