"""Rows that bodies read: whole tables or views, in an order that is the same on every server."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, overload

from psycopg import sql

from snapshot.catalog import Name
from snapshot.seeding.binding import BoundRule, views_sql
from snapshot.seeding.gaps import Context, identity_sql, row_type
from snapshot.seeding.tables import SeedTable


class Shelf(Sequence[Any]):
    """The rows of a table as named tuples."""

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
        """The rows that reference a row of another table, or have these values; may be none."""
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
        source: SeedTable | None = getattr(type(parent), "_source", None)
        keys = [
            fk
            for fk in self.table.foreign_keys
            if source is not None and fk.referenced_root == source.name
        ]
        if len(keys) == 1:
            pairs = zip(keys[0].columns, keys[0].referenced_columns, strict=True)
        else:
            shared = [
                (ours, theirs)
                for ours in self.table.foreign_keys
                for theirs in (source.foreign_keys if source else ())
                if ours.referenced_root == theirs.referenced_root and len(ours.columns) == 1
            ]
            if len(shared) != 1:
                raise LookupError(
                    f"{len(keys) or len(shared)} foreign keys link {self.name} with "
                    f"{source.name if source else type(parent).__name__}: say which column"
                )
            pairs = zip(shared[0][0].columns, shared[0][1].columns, strict=True)
        return {here: getattr(parent, there) for here, there in pairs}

    def _known(self, column: str) -> str:
        if column not in self.table.columns:
            raise LookupError(f"{self.name} has no column {column}")
        return column


class Shelves:
    """The shelves of a run; one is read when a body asks for it, and again after a change."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._shelves: dict[str, Shelf] = {}
        self._tenants: dict[tuple[str, Any], Shelf] = {}

    def get(self, name: str, bound: BoundRule, parent: Any) -> Shelf:
        """The rows behind a name; of the parent's tenant only, where the blueprint has tenants."""
        if name not in self._shelves:
            self._shelves[name] = self._read(name)
        shelf = self._shelves[name]
        tenant = self._context.blueprint.tenant
        if tenant is None or tenant not in shelf.table.columns:
            return shelf
        whose = parent if bound.names is not None else getattr(parent, tenant, None)
        if whose is None:
            return shelf
        if (name, whose) not in self._tenants:
            rows = shelf.of(**{tenant: whose})
            self._tenants[name, whose] = Shelf(name, shelf.table, rows)
        return self._tenants[name, whose]

    def forget(self, table: Name, others: bool) -> None:
        """A table has changed; `others` may have too, by its triggers."""
        if others:
            self._shelves.clear()
        for name in [n for n, shelf in self._shelves.items() if shelf.table.name == table]:
            del self._shelves[name]
        self._tenants.clear()

    def _read(self, name: str) -> Shelf:
        context = self._context
        view = context.blueprint.views.get(name)
        table = context.schema.named(view.table if view else name)
        identity, join = identity_sql(table, "p", context.ledger)
        query = sql.SQL('{}SELECT p.* FROM {} p{} ORDER BY ({}) COLLATE "C"').format(
            views_sql(context.blueprint, context.schema),
            sql.Identifier(view.name) if view else sql.Identifier(*table.name),
            join,
            identity,
        )
        kind = row_type(table)
        return Shelf(name, table, [kind._make(row) for row in context.connection.execute(query)])
