"""Whole databases of a server: created, renamed, dropped."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

import psycopg
from psycopg import pq, sql
from psycopg.conninfo import make_conninfo

from snapshot.errors import ConnectionFailed, DatabaseFailed, Refused, SnapshotError, UsageError
from snapshot.planning.swap_plan import BUILDING, Database
from snapshot.postgres.connection import Connection, connect, connected, fetch
from snapshot.postgres.introspect import read_schemas
from snapshot.postgres.messages import detail_of, message_of, server_errors
from snapshot.postgres.outcome import CommittedInterrupt, known_outcome
from snapshot.postgres.urls import libpq_conninfo, parameters_of

_PROVIDERS = {"c": "libc", "i": "icu", "b": "builtin"}

# Settings that are lists of names, each to be quoted by itself (source: pg_dump,
# variable_is_guc_list_quote).
_LISTS = (
    "local_preload_libraries",
    "search_path",
    "session_preload_libraries",
    "shared_preload_libraries",
    "temp_tablespaces",
    "unix_socket_directories",
)
_ELEMENT = re.compile(r'"((?:[^"]|"")*)"|([^",\s]+)')


def url_of(url: str, database: str) -> str:
    """The same server, another database."""
    return make_conninfo(libpq_conninfo(url), dbname=database)


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
        ("CONNECTION LIMIT", sql.Literal(BUILDING)),
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
    """Give a database the settings, privileges, limits and comment of another one."""
    database = sql.Identifier(name)
    connection.execute(
        sql.SQL("ALTER DATABASE {} CONNECTION LIMIT {} IS_TEMPLATE {}").format(
            database, sql.Literal(model.connection_limit), sql.Literal(model.is_template)
        )
    )
    for role, setting, value in model.settings:
        whose = sql.SQL("ALTER DATABASE {}").format(database)
        if role is not None:
            whose = sql.SQL("ALTER ROLE {} IN DATABASE {}").format(sql.Identifier(role), database)
        change = sql.SQL(" SET {} TO ").format(sql.Identifier(*setting.split(".")))
        values = sql.SQL(", ").join(map(sql.Literal, _elements(setting, value)))
        try:
            connection.execute(whose + change + values)
        except psycopg.errors.InsufficientPrivilege as error:
            raise DatabaseFailed(
                f"this role may not carry the setting {setting} over: {message_of(error)}",
                hint="nothing was changed; let a superuser do it, or use --strategy transaction",
            ) from error
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


def _elements(setting: str, value: str) -> list[str]:
    """What is to be quoted: a value as a whole, or each element of a list of names.

    A database's setting is never set in this session: it could make it read-only.
    """
    if setting.lower() not in _LISTS:
        return [value]
    return [(a.replace('""', '"') if a else b) for a, b in _ELEMENT.findall(value)] or [""]


def comment_on(connection: Connection, name: str, comment: str | None) -> None:
    """Set or remove the comment of a database."""
    connection.execute(
        sql.SQL("COMMENT ON DATABASE {} IS {}").format(sql.Identifier(name), sql.Literal(comment))
    )


def drop_database(connection: Connection, database: Database) -> None:
    """Drop a database that is ours, and end the sessions on it.

    The oid is compared first: nothing that took its name is dropped.
    """
    row = connection.execute(
        "SELECT oid::bigint, datistemplate FROM pg_catalog.pg_database WHERE datname = %s",
        [database.name],
    ).fetchone()
    if row is None or row[0] != database.oid:
        return
    if row[1]:
        name = sql.Identifier(database.name)
        connection.execute(sql.SQL("ALTER DATABASE {} IS_TEMPLATE false").format(name))
    _drop(connection, database.name)


def _drop(connection: Connection, name: str) -> None:
    """The server waits five seconds for the sessions to end, which a busy machine exceeds."""
    drop = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
    for _ in range(3):
        with suppress(psycopg.errors.ObjectInUse):
            connection.execute(drop)
            return
    connection.execute(drop)


def drop_if_possible(connection: Connection, database: Database) -> None:
    """Drop a database that nobody needs any more; if the server refuses, it stays.

    Whatever needed it gone is done. The next command that switches tries again.
    """
    with suppress(psycopg.Error):
        drop_database(connection, database)


@contextmanager
def new_database(connection: Connection, model: Database, name: str) -> Iterator[Database]:
    """A new database like another one, which is dropped again if the block fails.

    What cannot be dropped then, as the server has gone, is left for the next run to find.
    """
    try:
        create_like(connection, model, name)
        yield read_databases(connection)[name]
    except BaseException:
        with suppress(psycopg.Error):  # what failed first is what matters
            _drop(connection, name)
        raise


def missing_database(url: str) -> str | None:
    """The name of the URL's database, if the server has none of that name."""
    with suppress(ConnectionFailed), connected(url):
        return None
    named = parameters_of(libpq_conninfo(url))
    if "service" in named and "dbname" not in named:
        raise UsageError(
            "the database to make stands in a service file",
            hint="give its name beside the service: 'service=… dbname=…'",
        )
    defaults = {d.keyword.decode(): d.val.decode() for d in pq.Conninfo.get_defaults() if d.val}
    # libpq's order (documentation: 34.1.2, dbname): the user's name comes last
    name = next((n for k in ("dbname", "user") for p in (named, defaults) if (n := p.get(k))), "")
    with maintenance(url, name) as server:
        return None if name in read_databases(server) else name


@contextmanager
def made_if_missing(
    url: str, encoding: str, check: Callable[[Connection, str], None]
) -> Iterator[bool]:
    """Make the URL's database if there is none of its name; whether it was made.

    This role owns it. If the block fails, it is dropped again, unless something is in it.
    `check` may refuse the name on this server. Raises Refused if the role may not create it.
    """
    name = missing_database(url)
    if name is None:
        yield False
        return
    with maintenance(url, name) as server:
        check(server, name)
        try:
            server.execute(
                sql.SQL("CREATE DATABASE {} TEMPLATE template0 ENCODING {}").format(
                    sql.Identifier(name), sql.Literal(encoding)
                )
            )
        except psycopg.errors.InsufficientPrivilege as error:
            raise Refused(
                f"this role may not create {name}: {message_of(error)}",
                hint="let a role do it that may create databases (CREATEDB)",
            ) from error
        made = read_databases(server)[name]
    try:
        yield True
    except BaseException:
        with suppress(SnapshotError, psycopg.Error):  # what failed first is what matters
            with connected(url) as database:
                empty = not read_schemas(database)
            if empty:
                with maintenance(url, name) as server:
                    drop_database(server, made)
        raise


@dataclass
class Switch:
    """Renames of databases in one transaction, old name and new, in this order.

    `expected` are the oids that the names must have afterwards. `also` is done in the same
    transaction, before the renames. Sessions on a database are ended when its turn comes.
    """

    renames: Sequence[tuple[str, str]]
    expected: Mapping[str, int]
    also: Callable[[Connection], None] = lambda _: None
    watched: str = ""  # the name whose absence counts
    _turn: str | None = field(default=None, init=False)
    _away_since: float | None = field(default=None, init=False)

    def run(self, connection: Connection) -> float:
        """Do it; returns for how many seconds nobody could connect to the watched name.

        The first rename of a database locks its name, so that no new session gets in, and waits
        for those that are there (source: dbcommands.c, RenameDatabase). Raises DatabaseFailed if
        one of them is not ours to end; all names are then as they were.
        """
        same = make_conninfo(connection.info.dsn, password=connection.info.password or None)
        with connected(same) as killer, ThreadPoolExecutor(1) as pool:
            future = pool.submit(self._rename, connection)
            try:
                while not future.done():
                    self._end_sessions(killer)
                    time.sleep(0.005)
                future.result()
            except KeyboardInterrupt:  # the renames go on meanwhile
                while not future.done():
                    self._end_sessions(killer)
                future.result()
                raise CommittedInterrupt from None
        return time.monotonic() - (self._away_since or time.monotonic())

    def _end_sessions(self, killer: Connection) -> None:
        if self._turn is None:
            return
        # what becomes of this session does not matter: the other one says what happened
        with suppress(psycopg.Error):
            killer.execute(
                "SELECT pg_catalog.pg_terminate_backend(pid) FROM pg_catalog.pg_stat_activity"
                " WHERE datname = %s AND pg_catalog.pg_has_role(usesysid, 'MEMBER')",
                [self._turn],
            )

    def _rename(self, connection: Connection) -> None:
        try:
            with known_outcome(connection):
                self.also(connection)
                for old, new in self.renames:
                    if old == self.watched:
                        self._away_since = time.monotonic()
                    self._turn = old
                    connection.execute(
                        sql.SQL("ALTER DATABASE {} RENAME TO {}").format(
                            sql.Identifier(old), sql.Identifier(new)
                        )
                    )
                self._turn = None
                self._compare(connection)
        except psycopg.errors.ObjectInUse as error:
            raise DatabaseFailed(
                ": ".join(filter(None, (message_of(error), detail_of(error)))),
                hint="nothing was renamed; end those sessions, or connect as a role that may "
                "end them",
            ) from error

    def _compare(self, connection: Connection) -> None:
        rows = connection.execute(
            "SELECT datname, oid::bigint FROM pg_catalog.pg_database WHERE datname = ANY (%s)",
            [list(self.expected)],
        ).fetchall()
        if dict(rows) != dict(self.expected):
            raise DatabaseFailed(
                f"{self.watched} is not the database that it was when this command began",
                hint="nothing was renamed; run the command again",
            )
