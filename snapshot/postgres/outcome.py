"""Whether a transaction was committed, also when the connection is lost while it commits."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import psycopg
from psycopg.conninfo import make_conninfo

from snapshot.errors import ConnectionFailed
from snapshot.postgres.connection import Connection, connect, scalar

_PATIENCE = 30.0  # seconds: a server that crashed replays its log first


class CommittedInterrupt(KeyboardInterrupt):
    """An interrupt that came after the transaction was committed."""


@contextmanager
def known_outcome(connection: Connection) -> Iterator[None]:
    """A transaction that raises only if it was rolled back.

    If the connection is lost in COMMIT, the server is asked what became of it (documentation: 9.27,
    pg_xact_status). ConnectionFailed says so where it can no longer be reached.
    """
    transaction = None
    try:
        with connection.transaction():
            yield
            transaction = scalar(connection, "SELECT pg_catalog.pg_current_xact_id()::text")
    except KeyboardInterrupt as interrupt:
        status = None
        if transaction:
            with suppress(psycopg.Error):
                status = _status(connection, transaction)
        if status == "committed":
            raise CommittedInterrupt from interrupt
        raise
    except psycopg.OperationalError as error:
        if transaction is None or not connection.broken:
            raise
        if not _was_committed(connection, transaction, error):
            raise


def _was_committed(lost: Connection, transaction: str, error: psycopg.Error) -> bool:
    conninfo = make_conninfo(lost.info.dsn, password=lost.info.password or None)
    deadline = time.monotonic() + _PATIENCE
    while time.monotonic() < deadline:
        try:
            connection = connect(conninfo)
            with connection:
                status = _status(connection, transaction)
            if status != "in progress":
                return status == "committed"
        except (ConnectionFailed, psycopg.Error):
            pass  # it may be starting again
        time.sleep(0.2)
    raise ConnectionFailed(
        "the connection was lost while the transaction was committed, and the server cannot be "
        "reached: it is not known whether it was",
        hint="when it is back: snapshot verify -d URL compares the database with the snapshot",
    ) from error


def _status(connection: Connection, transaction: str) -> str | None:
    """What became of a transaction: committed, aborted or in progress."""
    row = connection.execute("SELECT pg_catalog.pg_xact_status(%s::xid8)", [transaction]).fetchone()
    return None if row is None else row[0]
