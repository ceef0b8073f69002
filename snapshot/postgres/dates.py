"""Dates and times that Python cannot hold are read as the server's text."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import psycopg
from psycopg.adapt import Buffer, Loader
from psycopg.pq import Format

_TYPES = ("date", "timestamp", "timestamptz", "time", "timetz", "interval")


def read_odd_dates_as_text(connection: psycopg.Connection[Any]) -> None:
    """Let infinity, years before 1 and after 9999, and 24:00 be text, in ranges and arrays too.

    psycopg raises DataError for them (its documentation: Date/time types adaptation).
    """
    adapters = connection.adapters
    for name in _TYPES:
        oid = adapters.types[name].oid
        known = adapters.get_loader(oid, Format.TEXT)
        assert known is not None
        adapters.register_loader(oid, _lenient(known))


def _lenient(known: Any) -> type[Loader]:
    class LenientLoader(Loader):
        def __init__(self, oid: int, context: Any = None) -> None:
            super().__init__(oid, context)
            self._load: Callable[[Buffer], Any] = known(oid, context).load

        def load(self, data: Buffer) -> Any:
            try:
                return self._load(data)
            except psycopg.DataError:
                return bytes(data).decode()

    return LenientLoader
