"""The URL of a database, as other programs and libraries read it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import quote, unquote, urlencode

from psycopg import pq

from snapshot.errors import UsageError

# Parameters of other tools that are for their own pools, caches and checks. `schema` is the schema
# of Prisma's tables: here every schema counts, whatever it says.
_OF_OTHERS = frozenset((
    # Prisma
    "schema", "pgbouncer", "connection_limit", "pool_timeout", "socket_timeout",
    "statement_cache_size",
    # SQLAlchemy
    "prepared_statement_cache_size", "pool_size", "max_overflow",
    # Rails
    "pool", "prepared_statements", "reaping_frequency", "checkout_timeout",
    # Django
    "conn_max_age", "conn_health_checks",
    # Doctrine; text is always UTF-8 here
    "serverVersion", "charset",
))  # fmt: skip
_SSL = {"true": "require", "1": "require", "false": "disable", "0": "disable"}
_SSL_MODES = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")


def without_other_tools(url: str) -> str:
    """The URL without parameters that mean something to other tools only.

    Raises UsageError for one that libpq does not know and that may mean something: it is named, but
    not its value.
    """
    login, at, rest = url.rpartition("@")  # a password may hold a question mark
    before, mark, query = rest.partition("?")
    if not mark:
        return url
    known = {default.keyword.decode() for default in pq.Conninfo.get_defaults()} | {"ssl"}
    kept = []
    for parameter in query.split("&"):
        name, _, value = parameter.partition("=")
        if name == "ssl" and value != "true":  # libpq takes ssl=true (documentation: 34.1.1.2)
            mode = _SSL.get(value, value)
            raise UsageError(
                "the database URL says ssl=…, as asyncpg and node write it",
                hint=f"write sslmode={mode if mode in _SSL_MODES else 'require'} instead",
            )
        if name == "host" and re.fullmatch(r"[^/:,]+:[0-9]+", unquote(value)):
            raise UsageError(
                "the database URL gives host and port in one parameter, as SQLAlchemy writes it",
                hint="write ?host=…&port=…, or put both before the database: //host:port/database",
            )
        if name not in known and name not in _OF_OTHERS and re.fullmatch(r"\w+", name):
            raise UsageError(
                f"the database URL has the parameter {name}, which PostgreSQL does not know",
                hint=f"leave {name} out",
            )
        if name not in _OF_OTHERS:
            kept.append(parameter)
    return login + at + before + (mark + "&".join(kept) if kept else "")


def scheme_of(url: str) -> str:
    """How a project spells its URLs: SQLAlchemy's `postgresql+asyncpg` or GeoDjango's `postgis`."""
    found = re.match(r"(postgres(ql)?(\+\w+)?|postgis)(?=://)", url.strip())
    return found[0] if found else "postgresql"


def make_url(parameters: Mapping[str, object]) -> str:
    """Make a URL of libpq's parameters (`host`, `user`, `dbname`, …); empty ones are left out.

    A socket's folder and a list of hosts are in the query: `?host=/run/postgresql&port=5432`.
    """
    rest = {name: str(value) for name, value in parameters.items() if value not in (None, "")}
    user, password = rest.pop("user", ""), rest.pop("password", "")
    database = quote(rest.pop("dbname", ""), safe="")
    login = quote(user, safe="") + (":" + quote(password, safe="") if password else "")
    server = ""
    host = rest.get("host", "")
    if host and not host.startswith(("/", "@")) and "," not in host:
        server = f"[{host}]" if ":" in host else quote(host, safe="")
        del rest["host"]
        if port := rest.pop("port", ""):
            server += f":{port}"
    ordered = sorted(rest.items(), key=lambda item: (item[0] != "host", item[0] != "port"))
    query = urlencode(ordered, safe="/,", quote_via=quote)
    at = "@" if login else ""
    return f"postgresql://{login}{at}{server}/{database}{'?' if query else ''}{query}"
