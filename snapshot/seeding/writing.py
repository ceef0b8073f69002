"""Rows on their way into tables: checked, gathered by shape, and sent by COPY."""

from __future__ import annotations

import re
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from psycopg import Error, OperationalError, sql
from psycopg.types.json import Jsonb

from snapshot.errors import DatabaseFailed
from snapshot.postgres.connection import Connection
from snapshot.progress import Progress
from snapshot.seeding.binding import BoundRule, identifiers, key_text, known_column
from snapshot.seeding.people import SENSITIVE, SUSPICIOUS, findings

BATCH = 20_000  # rows that are sent together
_REMEMBERED = 10_000  # texts that were found harmless

# Types whose binary form psycopg makes from the Python value that belongs to them: bool, int8,
# int2, int4, text, float8, date, timestamp, timestamptz, numeric, uuid, jsonb.
_BINARY = frozenset({16, 20, 21, 23, 25, 701, 1082, 1114, 1184, 1700, 2950, 3802})
_JSON = (114, 3802)
_BOOL, _TEXT = 16, 25
_TRUTHS = (None, True, False)
_STRINGS = (1042, 1043, 25)


@dataclass
class _Shape:
    """Rows of one rule that give the same columns in the same order."""

    bound: BoundRule
    columns: tuple[str, ...]
    oids: tuple[int, ...]
    texts: tuple[int, ...]  # places of columns that may hold what belongs to a person
    rows: list[tuple[Any, ...]] = field(default_factory=list)


class Writer:
    """Gathers rows and sends them; `numbers` are the rules' in the ledger, None keeps none."""

    def __init__(
        self,
        connection: Connection,
        sensitive: frozenset[str],
        numbers: Mapping[str, int] | None,
        progress: Progress,
    ) -> None:
        self._connection = connection
        self._sensitive = SENSITIVE | sensitive
        self._numbers = numbers
        self._progress = progress
        self._shapes: dict[tuple[str, ...], _Shape] = {}
        self._lines: list[tuple[int, int, str]] = []
        self._waiting = 0
        self._harmless: set[str] = set()

    def write(self, bound: BoundRule, row: Mapping[str, Any], path: int) -> None:
        """Take a row; it is sent with others."""
        columns = tuple(row)
        shape = self._shapes.get(columns)
        if shape is None or shape.bound is not bound:
            self.flush()
            shape = self._shapes[columns] = self._shape(bound, columns)
        values = tuple(row.values())
        for place in shape.texts:
            value = values[place]
            if value is not None and not (type(value) is str and value in self._harmless):
                self._look_at(shape, place, value)
        shape.rows.append(values)
        if self._numbers is not None:
            key = key_text(row, bound.table.key)
            self._lines.append((self._numbers[bound.key], path, key))
        self._waiting += 1
        if self._waiting >= BATCH:
            self.flush()

    def flush(self) -> None:
        """Send what has gathered."""
        for shape in self._shapes.values():
            table = sql.Identifier(*shape.bound.table.name)
            try:
                copy_rows(self._connection, table, shape.columns, shape.oids, shape.rows)
            except OperationalError:
                raise  # the connection, not the rows
            except Error as error:
                raise _refused(shape, error) from error
            self._progress.advance(len(shape.rows), 0)
            shape.rows.clear()
        self._shapes.clear()
        if self._lines:
            ledger = sql.Identifier("snapshot", "seeded")
            names = ("rule", "path", "key")
            copy_rows(self._connection, ledger, names, (23, 20, 25), self._lines)
            self._lines.clear()
        self._waiting = 0

    def _shape(self, bound: BoundRule, columns: tuple[str, ...]) -> _Shape:
        """Raises BlueprintError if rows with these columns cannot be in the table."""
        rule, table = bound.rule, bound.table
        for name in columns:
            known_column(rule, table, name)
            if name.lower() in self._sensitive:
                raise rule.mistake(
                    f"it fills the sensitive column {table.name}.{name}",
                    "leave it out: seeded rows must not look like real people's",
                )
            if table.columns[name].generated:
                raise rule.mistake(f"{table.name}.{name} is computed by the server", "leave it out")
        for column in table.columns.values():
            if (
                column.not_null
                and column.default is None
                and not column.generated
                and column.name not in columns
            ):
                raise rule.mistake(
                    f"{table.name}.{column.name} is NOT NULL and has no default",
                    f"yield a value for {column.name}",
                )
        kinds = [table.columns[name] for name in columns]
        texts = [place for place, c in enumerate(kinds) if c.oid in (*_STRINGS, *_JSON)]
        return _Shape(bound, columns, tuple(_sent_as(c) for c in kinds), tuple(texts))

    def _look_at(self, shape: _Shape, place: int, value: Any) -> None:
        """Raises BlueprintError if a value could belong to a person."""
        column = shape.columns[place]
        for text in _texts(value):
            for kind in findings(text, column):
                raise shape.bound.rule.mistake(
                    f"{shape.bound.table.name}.{column} would hold what looks like a real {kind}",
                    "use r.email() and r.phone(), whose domains and numbers belong to nobody",
                )
        if isinstance(value, str):
            if len(self._harmless) >= _REMEMBERED:
                self._harmless.clear()
            self._harmless.add(value)


_SUSPICIOUS = re.compile(SUSPICIOUS)


def _texts(value: Any) -> list[str]:
    """The texts in a value, keys of objects included, that need a closer look."""
    if isinstance(value, str):
        return [value] if _SUSPICIOUS.search(value) else []
    if isinstance(value, Mapping):
        return [text for pair in value.items() for part in pair for text in _texts(part)]
    if isinstance(value, list | tuple):
        return [text for part in value for text in _texts(part)]
    return []


def copy_rows(
    connection: Connection,
    table: sql.Composable,
    columns: Sequence[str],
    oids: Sequence[int],
    rows: Sequence[tuple[Any, ...]],
) -> None:
    """COPY rows into a table: in binary if all of the types allow it, else as text."""
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(table, identifiers(columns))
    truths = [place for place, oid in enumerate(oids) if oid == _BOOL]
    if all(oid in _BINARY for oid in oids) and all(
        row[place] in _TRUTHS
        for place in truths
        for row in rows  # any value has a truth
    ):
        try:
            binary = statement + sql.SQL(" (FORMAT binary)")
            with (
                connection.transaction(),  # a savepoint
                connection.cursor() as cursor,
                cursor.copy(binary) as copy,
            ):
                copy.set_types(oids)
                for row in rows:
                    copy.write_row(row)
            return
        except (TypeError, AttributeError, ValueError, ArithmeticError, struct.error):
            pass  # a value is not of its column's Python type: the server may still read its text
    documents = [place for place, oid in enumerate(oids) if oid in _JSON]
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row(_wrapped(row, documents) if documents else row)


def _wrapped(row: tuple[Any, ...], documents: Sequence[int]) -> list[Any]:
    values = list(row)
    for place in documents:
        if values[place] is not None:
            values[place] = Jsonb(values[place])
    return values


def _sent_as(column: Any) -> int:
    """The type a value is sent as: text and enums have the same binary form as text."""
    return _TEXT if column.oid in _STRINGS or column.category == "E" else int(column.oid)


def _refused(shape: _Shape, error: Error) -> DatabaseFailed:
    """Say which rule's rows the server did not take."""
    place = (error.diag.context or "").partition("\n")[0]
    rule = shape.bound.rule
    return DatabaseFailed(
        f"{rule.place}: rule {rule.name}: {error.diag.message_primary or error}"
        + (f" · {error.diag.message_detail}" if error.diag.message_detail else "")
        + (f" · {place[:120]}" if place else ""),
        hint="nothing was written; mend the rule's body",
    )
