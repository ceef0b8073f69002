"""Rows on their way into tables: checked, gathered by their columns, and sent by COPY."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import repeat
from operator import itemgetter
from typing import Any
from uuid import UUID

from psycopg import Error, OperationalError, sql

from snapshot.catalog import LEDGER
from snapshot.errors import DatabaseFailed
from snapshot.postgres.connection import Connection
from snapshot.progress import Progress
from snapshot.seeding import ledger_queries, queries
from snapshot.seeding.binding import BoundRule, known_column
from snapshot.seeding.blueprint import Blueprint
from snapshot.seeding.encoding import (
    INT2,
    INT4,
    INT8,
    JSON,
    JSONB,
    NOT_ENCODABLE,
    TEXT,
    CopyBatch,
    EncodedBatch,
    encoded,
    send_rows,
    sent_as,
)
from snapshot.seeding.tables import SeedColumn
from snapshot.shapes import SUSPICIOUS, findings, is_phone_column

LINES = LEDGER[0]  # the ledger's table with a line for each row
STAGED_KEYS = ledger_queries.STAGED_KEYS  # the lines whose keys the server is to write as text
BATCH = 20_000  # rows that are sent together
_REMEMBERED = 10_000  # texts that were found harmless


# A row to write, and the path that names it in the ledger.
NewRow = tuple[dict[str, Any], int]


@dataclass
class _RowsAlike:
    """Rows of one rule that give the same columns in the same order."""

    bound: BoundRule
    columns: tuple[str, ...]
    oids: tuple[int, ...]
    texts: tuple[tuple[int, set[str]], ...]  # places to look at, and texts found harmless there
    rows: list[tuple[Any, ...]] = field(default_factory=list)
    paths: list[int] = field(default_factory=list)


class Writer:
    """Checks the rows of a rule, gathers them, and sends many at a time.

    `numbers` are the numbers of rules in the ledger. None keeps no ledger.
    """

    def __init__(
        self,
        connection: Connection,
        send: Callable[[EncodedBatch], None],
        blueprint: Blueprint,
        numbers: Mapping[str, int] | None,
    ) -> None:
        self._connection = connection  # only to know how values are encoded
        self._send = send
        self._blueprint = blueprint
        self._numbers = numbers
        self._gathered: dict[tuple[str, ...], _RowsAlike] = {}
        self._harmless: tuple[set[str], set[str]] = (set(), set())  # elsewhere, in phone columns

    def write(self, bound: BoundRule, rows: Iterable[NewRow]) -> int:
        """Take rows, and send them when there are many. Returns their number."""
        gathered = self._gathered
        written = 0
        for row, path in rows:
            columns = tuple(row)
            alike = gathered.get(columns)
            if alike is None or alike.bound is not bound:
                alike = gathered[columns] = self._alike(bound, columns)
            values = tuple(row.values())
            for place, harmless in alike.texts:
                value = values[place]
                if value is not None and not (type(value) is str and value in harmless):
                    self._check_personal_data(alike, place, value, harmless)
            alike.rows.append(values)
            alike.paths.append(path)
            written += 1
            if written % BATCH == 0:
                self.flush()
        return written

    def flush(self) -> None:
        """Send what was gathered."""
        for alike in self._gathered.values():
            if alike.rows:
                name = alike.bound.table.name
                self._give(alike, CopyBatch(name, alike.columns, alike.oids, alike.rows))
                if self._numbers is not None:
                    self._give(alike, self._ledger_lines(alike, self._numbers))
                alike.rows, alike.paths = [], []

    def _give(self, alike: _RowsAlike, batch: CopyBatch) -> None:
        with errors_of(alike.bound):
            rows = encoded(self._connection, batch)
        self._send(rows)

    def _ledger_lines(self, alike: _RowsAlike, numbers: Mapping[str, int]) -> CopyBatch:
        """The rows' lines in the ledger. The server writes the keys that Python cannot."""
        table, number = alike.bound.table, repeat(numbers[alike.bound.key])
        columns = [table.columns[name] for name in table.key]
        places = [alike.columns.index(name) for name in table.key]
        keys = [list(map(itemgetter(place), alike.rows)) for place in places]
        texts = key_texts(columns, keys)
        if texts is not None:
            lines = list(zip(number, alike.paths, texts, strict=False))
            return CopyBatch(LINES, ("rule", "path", "key"), (INT4, INT8, TEXT), lines)
        staged = list(zip(number, alike.paths, *keys, strict=False))
        names = tuple(f"key{place}" for place in range(len(columns)))
        oids = (INT4, INT8, *map(sent_as, columns))
        return CopyBatch(STAGED_KEYS, ("rule", "path", *names), oids, staged)

    def _alike(self, bound: BoundRule, columns: tuple[str, ...]) -> _RowsAlike:
        """Raises BlueprintError if rows with these columns do not fit the table."""
        self._check_columns(bound, columns)
        rule, table = bound.rule, bound.table
        kinds = [table.columns[name] for name in columns]
        texts = [
            (place, self._harmless[is_phone_column(column.name)])
            for place, column in enumerate(kinds)
            if (column.category in "SA" or column.oid in (JSON, JSONB))
            and not self._blueprint.allows(table.name, column.name)
        ]
        missing = [name for name in table.key if name not in columns]
        if missing and self._numbers is not None:
            raise rule.mistake(
                f"its rows have no {table.name}.{missing[0]}, so they cannot be recorded",
                f"yield a value for {missing[0]}, or run with --no-ledger",
            )
        return _RowsAlike(bound, columns, tuple(map(sent_as, kinds)), tuple(texts))

    def _check_columns(self, bound: BoundRule, columns: tuple[str, ...]) -> None:
        rule, table = bound.rule, bound.table
        for name in columns:
            known_column(rule, table, name)
            sensitive = name.lower() in self._blueprint.sensitive
            if sensitive and not self._blueprint.allows(table.name, name):
                raise rule.mistake(
                    f"it fills the sensitive column {table.name}.{name}",
                    "leave it out: seeded rows must not look like real people's; or allow= it",
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

    def _check_personal_data(
        self, alike: _RowsAlike, place: int, value: Any, harmless: set[str]
    ) -> None:
        """Raises BlueprintError if a value could belong to a real person."""
        column = alike.columns[place]
        for text in _texts(value):
            for kind in findings(text, column):
                raise alike.bound.rule.mistake(
                    f"{alike.bound.table.name}.{column} would hold what looks like a real {kind}",
                    "use r.email() and r.phone(), whose domains and numbers belong to nobody; if "
                    f'it is none: Blueprint(…, allow=["{alike.bound.table.name}.{column}"])',
                )
        if isinstance(value, str):
            if len(harmless) >= _REMEMBERED:
                harmless.clear()
            harmless.add(value)


def key_texts(columns: Sequence[SeedColumn], keys: Sequence[Sequence[Any]]) -> list[str] | None:
    """Keys as the server's cast to text writes them. None if only the server knows.

    `keys` are the values of each column of the key.
    """
    if not all(map(_python_knows, columns, keys)):
        return None
    texts = [list(map(str, values)) for values in keys]
    return (
        texts[0] if len(texts) == 1 else list(map(queries.SEPARATOR.join, zip(*texts, strict=True)))
    )


def _python_knows(column: SeedColumn, values: Sequence[Any]) -> bool:
    types = set(map(type, values))
    if types == {str}:
        if column.type.startswith("character varying"):  # spaces beyond its length are cut off
            return column.length is None or max(map(len, values)) <= column.length
        return column.type == "text"
    if types == {int}:
        return column.oid in (INT2, INT4, INT8)
    return types == {UUID} and column.type == "uuid"


_SUSPICIOUS = re.compile(SUSPICIOUS)


def _texts(value: Any, depth: int = 0) -> Iterable[str]:
    """The texts in a value that need a closer look, with the keys of objects."""
    if isinstance(value, str):
        if _SUSPICIOUS.search(value):
            yield value
    elif depth > _DEEPEST:
        return  # no document that deep can be sent
    elif isinstance(value, Mapping):
        for pair in value.items():
            yield from _texts(pair, depth + 1)
    elif isinstance(value, list | tuple):
        for part in value:
            yield from _texts(part, depth + 1)


_DEEPEST = 200


def send(connection: Connection, bound: BoundRule, progress: Progress, rows: EncodedBatch) -> None:
    """Copy rows that a rule made into their table. Errors name the rule.

    Raises DatabaseFailed if the server refuses a row, or leaves one out.
    """
    staged = rows.table == STAGED_KEYS
    with errors_of(bound):
        if staged:
            connection.execute(ledger_queries.create_staged_keys(bound.table))
        kept = send_rows(connection, sql.Identifier(*rows.table), rows)
        if staged:
            connection.execute(ledger_queries.record_staged_keys(bound.table))
    if kept != rows.number:
        raise DatabaseFailed(
            f"{bound.rule.place}: rule {bound.rule.name}: {bound.table.name} kept {kept:,} of "
            f"{rows.number:,} rows",
            hint="nothing was written; a BEFORE INSERT trigger leaves rows out: yield rows that "
            "it accepts",
        )
    if rows.table == bound.table.name:
        progress.advance(rows.number, 0)


@contextmanager
def errors_of(bound: BoundRule) -> Iterator[None]:
    """Name the rule whose rows cannot be sent, or are refused by the server."""
    try:
        yield
    except OperationalError:
        raise  # the connection, not the rows
    except Error as error:
        parts = [error.diag.message_primary or str(error), error.diag.message_detail or ""]
        parts.append((error.diag.context or "").partition("\n")[0][:120])
        said = " · ".join(_one_line(part) for part in parts if part)
        raise DatabaseFailed(
            f"{bound.rule.place}: rule {bound.rule.name}: {said}",
            hint="nothing was written; fix the rule's body",
        ) from error
    except NOT_ENCODABLE as error:
        raise bound.rule.mistake(
            f"a value for {bound.table.name} cannot be sent: "
            f"{type(error).__name__}: {_one_line(str(error))}",
            "yield values that the columns' types can hold",
        ) from error


def _one_line(text: str) -> str:
    return " ".join(text.split())
