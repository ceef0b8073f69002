"""SQL that a policy's author wrote: checked by the server, its errors told without values."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import psycopg
from psycopg import sql

from snapshot.errors import Refused, SnapshotError, UsageError
from snapshot.postgres.connection import Connection, role_search_path

# What the server says of these is about names, syntax and rights, never about a value
# (documentation: appendix A): class 42, what is not supported, a read-only transaction.
_WITHOUT_VALUES = ("42", "0A", "25")
_NOT_OURS = ("08", "57", "40", "53")  # a lost connection, a stop, a conflict, no memory


def in_parentheses(text: str) -> sql.Composed:
    """The author's SQL as one expression; a comment at its end does not reach what follows."""
    return sql.SQL("(\n{}\n)").format(sql.SQL(text))


def checked(connection: Connection, query: sql.Composable, what: str, texts: Sequence[str]) -> None:
    """Let the server parse and plan a query with the author's texts in it; it gives no row.

    Raises UsageError (names, syntax) or Refused, with the place in the text.
    """
    statement = sql.SQL("SELECT FROM ({}) q LIMIT 0").format(query)
    try:
        # binary: the extended protocol, which takes no second statement (documentation: 54.2.3)
        connection.execute(statement, binary=True)
    except psycopg.Error as error:
        place = _place(error, statement.as_string(connection), texts)
        raise _told(error, what, place) from None


@contextmanager
def authors_sql(connection: Connection, what: str) -> Iterator[None]:
    """Run statements with the author's SQL in them, with the role's own search_path.

    An error becomes UsageError or Refused, and holds no value of the data.
    """
    try:
        with role_search_path(connection):
            yield
    except psycopg.Error as error:
        if not error.sqlstate or error.sqlstate.startswith(_NOT_OURS):
            raise
        raise _told(error, what, "") from None


def _told(error: psycopg.Error, what: str, place: str) -> SnapshotError:
    state = error.sqlstate or ""
    said = error.diag.message_primary if state.startswith(_WITHOUT_VALUES) else None
    kind = UsageError if state.startswith("42") else Refused
    return kind(
        f"the server refuses {what}: {said or f'{type(error).__name__} ({state})'}{place}",
        hint="correct it, and run it by hand to see more",
    )


def _place(error: psycopg.Error, statement: str, texts: Sequence[str]) -> str:
    """The server's position, as that in the text of the author in which it lies."""
    if error.diag.statement_position is None or error.diag.internal_query is not None:
        return ""
    position = int(error.diag.statement_position)
    for text in texts:
        start = statement.find(in_parentheses(text).as_string(None)) + len("(\n")
        end = start + len(text)
        if start < position <= end + len("\n)"):
            return f", at character {min(position, end + 1) - start}"
    return ""
