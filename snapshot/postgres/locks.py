"""Locks of commands that change a database: one at a time, each waits for a bounded time."""

from __future__ import annotations

from psycopg import errors, sql

from snapshot.errors import Refused
from snapshot.planning.script import LOCK_TIMEOUT
from snapshot.postgres.connection import Connection, scalar

CHANGE_LOCK = 0x63686E67  # "chng", in the database that changes
NAME_LOCK = 0x6E616D65  # "name", in a maintenance database, beside a hash of the name


def lock_changes(connection: Connection) -> None:
    """Be the only command that changes this database, until the session ends.

    Raises Refused if another one does not finish in time.
    """
    key = sql.SQL("{}").format(sql.Literal(CHANGE_LOCK))
    _lock(connection, key, connection.info.dbname)


def lock_name(connection: Connection, database: str) -> None:
    """Be the only command that makes, renames or drops databases on behalf of one of this name.

    It is held in a maintenance database: the one of that name is another after a switch.
    """
    _lock(connection, _of_name(database), database)


def name_is_free(connection: Connection, database: str) -> bool:
    """Whether no other session holds the lock that lock_name() takes; then this one has it."""
    attempt = sql.SQL("SELECT pg_catalog.pg_try_advisory_lock({})").format(_of_name(database))
    return bool(scalar(connection, attempt))


def _of_name(database: str) -> sql.Composable:
    return sql.SQL("{}, pg_catalog.hashtext({})").format(
        sql.Literal(NAME_LOCK), sql.Literal(database)
    )


def _lock(connection: Connection, key: sql.Composable, database: str) -> None:
    try:
        with connection.transaction():
            connection.execute(
                sql.SQL("SET LOCAL lock_timeout = {}").format(sql.Literal(LOCK_TIMEOUT))
            )
            connection.execute(sql.SQL("SELECT pg_catalog.pg_advisory_lock({})").format(key))
    except errors.LockNotAvailable as error:
        raise Refused(
            f"another command is changing {database}",
            hint="nothing was changed; wait until that one is done, and run this one again",
        ) from error
