"""Statements as they are sent, for those who want to see them; rows are never among them."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg

LOGGER = logging.getLogger("snapshot.statements")


def log_statements(connection: psycopg.Connection[Any]) -> None:
    """Let a connection write each statement to LOGGER, if anybody listens."""
    if LOGGER.isEnabledFor(logging.DEBUG):
        connection.cursor_factory = _Cursor
        connection.server_cursor_factory = _ServerCursor


def _log(cursor: psycopg.Cursor[Any], query: Any) -> None:
    text = query if isinstance(query, str) else query.as_string(cursor)
    LOGGER.debug(" ".join(text.split()))


class _Cursor(psycopg.Cursor[Any]):
    def execute(self, query: Any, *args: Any, **kwargs: Any) -> Any:
        _log(self, query)
        return super().execute(query, *args, **kwargs)

    @contextmanager
    def copy(self, statement: Any, *args: Any, **kwargs: Any) -> Iterator[psycopg.Copy]:
        _log(self, statement)
        with super().copy(statement, *args, **kwargs) as copy:
            yield copy


class _ServerCursor(psycopg.ServerCursor[Any]):
    def execute(self, query: Any, *args: Any, **kwargs: Any) -> Any:
        _log(self, query)
        return super().execute(query, *args, **kwargs)
