"""Databases of a server as wholes: made beside one another, renamed, dropped."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

from snapshot.errors import ConnectionFailed, DatabaseFailed
from snapshot.postgres.connection import (
    Connection,
    connect,
    connected,
    fetch,
    libpq_conninfo,
    server_errors,
)
from snapshot.postgres.outcome import known_outcome

_LONGEST_NAME = 63  # bytes (documentation: 4.1.1, NAMEDATALEN)
_PROVIDERS = {"c": "libc", "i": "icu", "b": "builtin"}


@dataclass(frozen=True)
class Database:
    """What a database is, apart from what is in it."""

    name: str
    owner: str
    owned: bool  # the connected role is its owner, or acts for it
    may_create_databases: bool  # the connected role
    encoding: str
    lc_collate: str
    lc_ctype: str
    provider: str
    locale: str | None
    icu_rules: str | None
    tablespace: str
    connection_limit: int
    comment: str | None
    privileges: list[tuple[str | None, str, bool]] | None  # role or PUBLIC; None: the default ones
    settings: list[tuple[str | None, str, str]]  # of a role in it, or of all
    sessions: int
    bound: list[str]  # what keeps it from being renamed: slots, subscriptions, …


def url_of(url: str, database: str) -> str:
    """The same server, another database."""
    return make_conninfo(libpq_conninfo(url), dbname=database)


def beside(name: str, suffix: str) -> str:
    """`name__suffix`, shortened where a name may not be so long."""
    full = f"{name}__{suffix}"
    if len(full.encode()) <= _LONGEST_NAME:
        return full
    short = hashlib.sha256(name.encode()).hexdigest()[:8]
    room = _LONGEST_NAME - len(f"_{short}__{suffix}".encode())
    return f"{name.encode()[:room].decode(errors='ignore')}_{short}__{suffix}"


@contextmanager
def maintenance(url: str, renamed: str) -> Iterator[Connection]:
    """A connection to another database than the one that is to be renamed.

    Raises ConnectionFailed if neither postgres nor template1 lets us in.
    """
    names = [name for name in ("postgres", "template1") if name != renamed]
    with _first_of(names, url) as connection, server_errors():
        yield connection


def _first_of(names: list[str], url: str) -> Connection:
    failures = []
    for name in names:
        try:
            return connect(url_of(url, name))
        except ConnectionFailed as error:
            failures.append(error)
    raise failures[0]


def read_databases(connection: Connection) -> dict[str, Database]:
    """All databases of the server, by name."""
    rows = fetch(connection, "database")
    for row in rows:
        if row["privileges"] is not None:
            row["privileges"] = [tuple(privilege) for privilege in row["privileges"]]
        row["settings"] = [tuple(setting) for setting in row["settings"]]
    return {row["name"]: Database(**row) for row in rows}


def create_like(connection: Connection, model: Database, name: str) -> None:
    """An empty database with the owner, encoding and locale of another one."""
    options = [
        ("OWNER", sql.Identifier(model.owner)),
        ("TEMPLATE", sql.Identifier("template0")),
        ("ENCODING", sql.Literal(model.encoding)),
        ("LC_COLLATE", sql.Literal(model.lc_collate)),
        ("LC_CTYPE", sql.Literal(model.lc_ctype)),
    ]
    if model.tablespace != "pg_default":  # template0's own; to name it takes a privilege
        options.append(("TABLESPACE", sql.Identifier(model.tablespace)))
    if model.locale is not None:
        kind = "ICU_LOCALE" if model.provider == "i" else "BUILTIN_LOCALE"
        options.append(("LOCALE_PROVIDER", sql.Identifier(_PROVIDERS[model.provider])))
        options.append((kind, sql.Literal(model.locale)))
    if model.icu_rules is not None:
        options.append(("ICU_RULES", sql.Literal(model.icu_rules)))
    connection.execute(
        sql.SQL("CREATE DATABASE {} WITH {}").format(
            sql.Identifier(name),
            sql.SQL(" ").join(sql.SQL(f"{key} {{}}").format(value) for key, value in options),
        )
    )


def carry_over(connection: Connection, model: Database, name: str) -> None:
    """Give a database the settings, privileges, connection limit and comment of another one."""
    database = sql.Identifier(name)
    connection.execute(
        sql.SQL("ALTER DATABASE {} CONNECTION LIMIT {}").format(
            database, sql.Literal(model.connection_limit)
        )
    )
    for role, setting, value in model.settings:
        # set_config() takes a list such as search_path in the catalog's own spelling; SET does not
        connection.execute("SELECT pg_catalog.set_config(%s, %s, false)", [setting, value])
        whose = sql.SQL("ALTER DATABASE {}").format(database)
        if role is not None:
            whose = sql.SQL("ALTER ROLE {} IN DATABASE {}").format(sql.Identifier(role), database)
        connection.execute(
            whose + sql.SQL(" SET {} FROM CURRENT").format(sql.Identifier(*setting.split(".")))
        )
        connection.execute(sql.SQL("RESET {}").format(sql.Identifier(*setting.split("."))))
    if model.privileges is not None:
        for holder in (sql.SQL("PUBLIC"), sql.Identifier(model.owner)):
            connection.execute(
                sql.SQL("REVOKE ALL ON DATABASE {} FROM {}").format(database, holder)
            )
        for grantee, privilege, grantable in model.privileges:
            connection.execute(
                sql.SQL("GRANT {} ON DATABASE {} TO {} {}").format(
                    sql.SQL(privilege),
                    database,
                    sql.SQL("PUBLIC") if grantee is None else sql.Identifier(grantee),
                    sql.SQL("WITH GRANT OPTION" if grantable else ""),
                )
            )
    comment_on(connection, name, model.comment)


def comment_on(connection: Connection, name: str, comment: str | None) -> None:
    """Set or remove the comment of a database."""
    connection.execute(
        sql.SQL("COMMENT ON DATABASE {} IS {}").format(sql.Identifier(name), sql.Literal(comment))
    )


def drop_database(connection: Connection, name: str) -> None:
    """Drop a database, if there is one of that name and nobody is connected to it."""
    connection.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(name)))


@contextmanager
def new_database(connection: Connection, model: Database, name: str) -> Iterator[str]:
    """A new database like another one, which is dropped again if the block fails.

    What cannot be dropped then, as the server has gone, is left for the next run to find.
    """
    try:
        create_like(connection, model, name)
        yield name
    except BaseException:
        with suppress(psycopg.Error):  # what failed first is what matters
            connection.execute(
                sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
            )
        raise


def rename(connection: Connection, renames: list[tuple[str, str]], cut_off: str) -> float:
    """Rename databases in one transaction; returns for how many seconds nobody could connect.

    The sessions on `cut_off` are ended meanwhile: the first rename locks that name, so that no new
    session gets in, and waits for those that are there (source: dbcommands.c, RenameDatabase).
    Raises DatabaseFailed if one of them is not ours to end; all names are then as they were.
    """
    same = make_conninfo(connection.info.dsn, password=connection.info.password or None)
    with connected(same) as killer, ThreadPoolExecutor(1) as pool:
        started = time.monotonic()
        future = pool.submit(_rename, connection, renames)
        # whatever becomes of this session, it is the other one that says what happened
        with suppress(psycopg.Error):
            while not future.done():
                killer.execute(
                    "SELECT pg_catalog.pg_terminate_backend(pid) FROM pg_catalog.pg_stat_activity"
                    " WHERE datname = %s AND pg_catalog.pg_has_role(usesysid, 'MEMBER')",
                    [cut_off],
                )
                time.sleep(0.005)
        future.result()
        return time.monotonic() - started


def _rename(connection: Connection, renames: list[tuple[str, str]]) -> None:
    try:
        with known_outcome(connection):
            for old, new in renames:
                connection.execute(
                    sql.SQL("ALTER DATABASE {} RENAME TO {}").format(
                        sql.Identifier(old), sql.Identifier(new)
                    )
                )
    except psycopg.errors.ObjectInUse as error:
        raise DatabaseFailed(
            f"{error.diag.message_primary}: {error.diag.message_detail}",
            hint="nothing was renamed; end those sessions, or connect as a role that may end them",
        ) from error
