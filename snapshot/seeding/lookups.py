"""Rows that bodies read: whole tables or views, in an order that is the same on every server."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, overload

from snapshot.catalog import ForeignKey, Name
from snapshot.seeding import queries
from snapshot.seeding.binding import BoundRule
from snapshot.seeding.gaps import Context
from snapshot.seeding.ledger import lines_of
from snapshot.seeding.tables import SeedTable


class Lookup(Sequence[Any]):
    """The rows of a table or view, as named tuples."""

    def __init__(self, name: str, table: SeedTable, rows: Sequence[Any]) -> None:
        self.name = name
        self.table = table
        self._rows = rows
        self._groups: dict[tuple[str, ...], dict[Any, list[Any]]] = {}

    def __len__(self) -> int:
        return len(self._rows)

    @overload
    def __getitem__(self, index: int) -> Any: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Any]: ...
    def __getitem__(self, index: int | slice) -> Any:
        return self._rows[index]

    def __iter__(self) -> Iterator[Any]:
        return iter(self._rows)

    def of(self, parent: Any = None, **columns: Any) -> Sequence[Any]:
        """The rows that reference a row of another table, or have these values. May be empty."""
        if parent is not None:
            columns = {**self._linked(parent), **columns}
        names = tuple(columns)
        if names not in self._groups:
            groups: dict[Any, list[Any]] = {}
            places = [list(self.table.columns).index(self._known(name)) for name in names]
            for row in self._rows:
                groups.setdefault(tuple(row[place] for place in places), []).append(row)
            self._groups[names] = groups
        return self._groups[names].get(tuple(columns.values()), ())

    def one(self, **columns: Any) -> Any:
        """The row with these values. Raises LookupError unless there is exactly one."""
        found = self.of(**columns)
        if len(found) != 1:
            raise LookupError(f"{self.name} has {len(found)} rows with {columns}")
        return found[0]

    def _linked(self, parent: Any) -> dict[str, Any]:
        """Our columns with the values that link them to a row of another table."""
        source: SeedTable | None = getattr(type(parent), "_source", None)
        theirs = source.foreign_keys if source else ()
        keys = [
            fk
            for fk in self.table.foreign_keys
            if source is not None and fk.referenced_root == source.name
        ]
        if len(keys) == 1:
            pairs = zip(keys[0].columns, keys[0].referenced_columns, strict=True)
            assert source is not None
            return {here: parent[source.places[there]] for here, there in pairs}
        shared = self._shared(theirs)
        if len(shared) != 1:
            raise LookupError(
                f"{len(keys) or len(shared)} foreign keys link {self.name} with "
                f"{source.name if source else type(parent).__name__}: say which column"
            )
        ours, other = shared[0]
        assert source is not None
        return {
            here: parent[source.places[there]]
            for here, there in zip(ours.columns, other.columns, strict=True)
        }

    def _shared(self, theirs: Sequence[ForeignKey]) -> list[tuple[ForeignKey, ForeignKey]]:
        """Foreign keys of both tables that lead to the same table."""
        return [
            (ours, other)
            for ours in self.table.foreign_keys
            for other in theirs
            if ours.referenced_root == other.referenced_root and len(ours.columns) == 1
        ]

    def _known(self, column: str) -> str:
        if column not in self.table.columns:
            raise LookupError(f"{self.name} has no column {column}")
        return column


class Lookups:
    """The lookups of a run. One is read when a body asks for it, and again after a change."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._lookups: dict[str, Lookup] = {}
        self._by_tenant: dict[tuple[str, Any], Lookup] = {}

    def get(self, name: str, bound: BoundRule, parent: Any) -> Lookup:
        """The rows of a table or view: of the parent's tenant, if the blueprint has tenants."""
        if name not in self._lookups:
            self._lookups[name] = self._read(name)
        lookup = self._lookups[name]
        tenant = self._context.blueprint.tenant
        if tenant is None or tenant not in lookup.table.columns:
            return lookup
        whose = parent if bound.names is not None else getattr(parent, tenant, None)
        if whose is None:
            return lookup
        if (name, whose) not in self._by_tenant:
            rows = lookup.of(**{tenant: whose})
            self._by_tenant[name, whose] = Lookup(name, lookup.table, rows)
        return self._by_tenant[name, whose]

    def forget(self, table: Name, others: bool) -> None:
        """Read a table again that has changed. With `others`, its triggers may change any table."""
        if others:
            self._lookups.clear()
        for name in [n for n, lookup in self._lookups.items() if lookup.table.name == table]:
            del self._lookups[name]
        self._by_tenant.clear()

    def _read(self, name: str) -> Lookup:
        context = self._context
        view = context.blueprint.views.get(name)
        table = context.tables.named(view.table if view else name)
        query = queries.views(context.blueprint, context.tables) + queries.lookup(
            table, view.name if view else None, lines_of(context.ledger, table)
        )
        rows = map(table.row_type._make, context.connection.execute(query))
        return Lookup(name, table, list(rows))
