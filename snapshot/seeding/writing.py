"""Rows on their way into tables: checked, gathered by shape, and sent by COPY."""

from __future__ import annotations

import re
import struct
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from psycopg import Error, OperationalError, sql
from psycopg.copy import Copy
from psycopg.copy import Writer as CopyWriter
from psycopg.types.json import Jsonb

from snapshot.catalog import LEDGER
from snapshot.errors import DatabaseFailed
from snapshot.postgres.connection import Connection
from snapshot.progress import Progress
from snapshot.seeding.binding import (
    SEPARATOR,
    BoundRule,
    identifiers,
    known_column,
    text_of,
)
from snapshot.seeding.blueprint import Rule
from snapshot.seeding.personal_data import SENSITIVE, SUSPICIOUS, findings
from snapshot.seeding.workers import Copied

LINES = LEDGER[0]  # of the ledger, one a row
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
    number: int  # of the rule in the ledger
    key: Callable[[tuple[Any, ...]], str]  # the primary key of a row, as text
    rows: list[tuple[Any, ...]] = field(default_factory=list)


class Writer:
    """Checks rows, gathers them and sends them many at a time.

    `numbers` are the rules' in the ledger, None keeps none.
    """

    def __init__(
        self,
        connection: Connection,
        send: Callable[[Copied], None],
        sensitive: frozenset[str],
        numbers: Mapping[str, int] | None,
    ) -> None:
        self._connection = connection  # only to know how values are encoded
        self._send = send
        self._sensitive = SENSITIVE | sensitive
        self._numbers = numbers
        self._shapes: dict[tuple[str, ...], _Shape] = {}
        self._lines: list[tuple[int, int, str]] = []
        self._harmless: set[str] = set()

    def write(self, bound: BoundRule, rows: Iterable[tuple[dict[str, Any], int]]) -> int:
        """Take rows, each with its path; they are sent many at a time. Returns their number."""
        harmless, shapes = self._harmless, self._shapes
        written = 0
        for row, path in rows:
            columns = tuple(row)
            shape = shapes.get(columns)
            if shape is None or shape.bound is not bound:
                shape = shapes[columns] = self._shape(bound, columns)
            values = tuple(row.values())
            for place in shape.texts:
                value = values[place]
                if value is not None and not (type(value) is str and value in harmless):
                    self._look_at(shape, place, value)
            shape.rows.append(values)
            if self._numbers is not None:
                self._lines.append((shape.number, path, shape.key(values)))
            written += 1
            if written % BATCH == 0:
                self.flush()
        return written

    def flush(self) -> None:
        """Send what has gathered."""
        for shape in self._shapes.values():
            if shape.rows:
                table = shape.bound.table.name
                self._give(Copied(table, shape.columns, shape.oids, shape.rows, len(shape.rows)))
                shape.rows = []
        if self._lines:
            names = ("rule", "path", "key")
            self._give(Copied(LINES, names, (23, 20, 25), self._lines, len(self._lines)))
            self._lines = []

    def _give(self, rows: Copied) -> None:
        self._send(encoded(self._connection, rows))

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
        texts = [p for p, c in enumerate(kinds) if c.category in "SA" or c.oid in _JSON]
        number = self._numbers[bound.key] if self._numbers is not None else 0
        key = _key_of(columns, table.key) if set(table.key) <= set(columns) else _no_key
        return _Shape(bound, columns, tuple(map(_sent_as, kinds)), tuple(texts), number, key)

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


def _key_of(columns: Sequence[str], key: Sequence[str]) -> Callable[[tuple[Any, ...]], str]:
    places = [columns.index(name) for name in key]
    if len(places) == 1:
        [place] = places
        return lambda row: str(v) if type(v := row[place]) is int else text_of(v)
    return lambda row: SEPARATOR.join(text_of(row[place]) for place in places)


def _no_key(row: tuple[Any, ...]) -> str:
    raise AssertionError("a row without its key cannot be recorded")


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
    send_rows(connection, table, encoded(connection, Copied(("", ""), tuple(columns), oids, rows)))


def encoded(connection: Connection, rows: Copied) -> Copied:
    """The rows with the server's binary in `data`, where they have one; the server is not asked.

    They have none if a value is not of its column's Python type: the server may still read its
    text. So a boolean must be one, as any value has a truth.
    """
    truths = [place for place, oid in enumerate(rows.oids) if oid == _BOOL]
    if not all(oid in _BINARY for oid in rows.oids) or not all(
        row[place] in _TRUTHS for place in truths for row in rows.rows
    ):
        return rows
    pieces = _Pieces()
    with connection.cursor() as cursor:
        copy = Copy(cursor, binary=True, writer=pieces)
        try:
            copy.set_types(rows.oids)
            for row in rows.rows:
                copy.write_row(row)
            copy.finish(None)
        except (TypeError, AttributeError, ValueError, ArithmeticError, struct.error):
            return rows
    return rows._replace(rows=(), number=len(rows.rows), data=b"".join(pieces.all))


class _Pieces(CopyWriter):
    """Keeps what it is given."""

    def __init__(self) -> None:
        self.all: list[bytes] = []

    def write(self, data: Any) -> None:
        self.all.append(bytes(data))


def send_rows(connection: Connection, table: sql.Composable, rows: Copied) -> None:
    """COPY rows, as encoded() has left them, into a table."""
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(table, identifiers(rows.columns))
    if rows.data is not None:
        binary = statement + sql.SQL(" (FORMAT binary)")
        with connection.cursor() as cursor, cursor.copy(binary) as copy:
            copy.write(rows.data)
        return
    documents = [place for place, oid in enumerate(rows.oids) if oid in _JSON]
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        for row in rows.rows:
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


def send(connection: Connection, rule: Rule, progress: Progress, rows: Copied) -> None:
    """Copy rows that a rule made into their table; a refusal of the server names the rule."""
    try:
        send_rows(connection, sql.Identifier(*rows.table), rows)
    except OperationalError:
        raise  # the connection, not the rows
    except Error as error:
        raise _refused(rule, error) from error
    if rows.table != LINES:
        progress.advance(rows.number, 0)


def _refused(rule: Rule, error: Error) -> DatabaseFailed:
    """Say which rule's rows the server did not take."""
    place = (error.diag.context or "").partition("\n")[0]
    return DatabaseFailed(
        f"{rule.place}: rule {rule.name}: {error.diag.message_primary or error}"
        + (f" · {error.diag.message_detail}" if error.diag.message_detail else "")
        + (f" · {place[:120]}" if place else ""),
        hint="nothing was written; mend the rule's body",
    )
