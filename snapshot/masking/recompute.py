"""Columns that are computed again from the masked ones: search vectors and other derived copies."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from threading import Lock
from typing import Any

import pyarrow as pa

from snapshot.catalog import Name
from snapshot.errors import UsageError, how_to_install
from snapshot.masking.columns import parse_rows, write_rows
from snapshot.masking.making import ANY, Key, Maker
from snapshot.masking.model import Mask, Search, Target
from snapshot.masking.plan import RECOMPUTE, MaskPlan, TablePlan
from snapshot.postgres import embedded
from snapshot.postgres.connection import Connection
from snapshot.postgres.recomputing import computed, prepare_table
from snapshot.postgres.schema_dump import SchemaText
from snapshot.restorers.scratch import schema_made


class Recomputer:
    """Computes columns on a scratch server. Several threads may call it."""

    def __init__(self, connection: Connection, plan: MaskPlan) -> None:
        self._connection = connection
        self._lock = Lock()
        self._places: dict[Name, str] = {}
        for name, table in plan.tables.items():
            if expressions := recomputed(table):
                self._places[name] = f"snapshot_{len(self._places)}"
                prepare_table(connection, table.table, self._places[name], expressions)

    def __call__(
        self, plan: TablePlan, row: Mapping[str, pa.StringArray]
    ) -> dict[str, pa.StringArray]:
        """The computed columns of rows, from their masked ones."""
        wanted = list(recomputed(plan))
        given = [name for name in row if name not in wanted]
        data = write_rows([row[name] for name in given])
        with self._lock:
            text = computed(self._connection, self._places[plan.table.name], given, wanted, data)
        return dict(zip(wanted, parse_rows(text, len(wanted)), strict=True))


def recomputed(plan: TablePlan) -> dict[str, str]:
    """The columns of a table that are computed again, with their expressions."""
    return {
        step.column: str(step.rule.options.get("sql"))
        for step in plan.steps
        if step.rule.mask == RECOMPUTE
    }


@contextmanager
def recomputing(plan: MaskPlan, schema: SchemaText) -> Iterator[Recomputer | None]:
    """A scratch database with the schema's types and functions, if a column needs it.

    Raises UsageError if the embedded server is not installed or does not take an expression.
    """
    if not any(map(recomputed, plan.tables.values())):
        yield None
        return
    if next(embedded.program_folders(), None) is None:
        raise UsageError(
            "recompute needs a server that computes: the embedded PostgreSQL is not installed",
            hint=how_to_install("embedded"),
        )
    with schema_made(schema.pre_data) as (server, _):
        yield Recomputer(server, plan)


class _Recompute:
    """Stands for the mask: the values come from elsewhere, when the other columns are masked."""

    injective = False
    bits: float | None = None
    search = Search.OFF

    def __call__(self, values: pa.StringArray, row: Mapping[str, pa.StringArray]) -> pa.StringArray:
        """NULLs."""
        return pa.nulls(len(values), pa.string())


def _recompute(target: Target, options: Mapping[str, Any], key: Key) -> Mask:
    if not options.get("sql"):
        raise UsageError(
            f"recompute of {target.table}.{target.column} has no expression",
            hint='{ mask = "recompute", sql = "to_tsvector(\'english\', notes)" }',
        )
    return _Recompute()


MAKERS = {RECOMPUTE: Maker(_recompute, ANY, {"sql": str})}
