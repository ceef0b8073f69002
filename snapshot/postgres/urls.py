"""The URL of a database, as other programs and libraries read it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Protocol
from urllib.parse import quote, unquote, urlencode

import psycopg
from psycopg import pq
from psycopg.conninfo import conninfo_to_dict

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
        unknown = name not in known and name not in _OF_OTHERS and re.fullmatch(r"\w+", name)
        if unknown and not _may_be_of_a_secret(query):
            raise UsageError(
                f"the database URL has the parameter {name}, which PostgreSQL does not know",
                hint=f"leave {name} out",
            )
        if name not in _OF_OTHERS:
            kept.append(parameter)
    return login + at + before + (mark + "&".join(kept) if kept else "")


def _may_be_of_a_secret(query: str) -> bool:
    """A password with an unescaped & in it ends in what looks like another parameter."""
    return bool(re.search(r"(?i)(^|&)\w*(password|secret|token|key)\w*=", query))


def libpq_conninfo(url: str) -> str:
    """A connection string for libpq, from any spelling of a PostgreSQL URL or `key=value`.

    SQLAlchemy's `postgresql+driver://` means the same database. No message repeats the string, as
    it may hold a password.
    """
    plain = re.sub(r"^(postgres(ql)?\+\w+|postgis)://", "postgresql://", url.strip())
    if plain.startswith("jdbc:"):
        raise UsageError(
            "jdbc: is Java's spelling of a URL",
            hint="leave jdbc: out, and give postgresql://user@host/database",
        )
    scheme = re.match(r"([a-z][a-z0-9+.-]*)://", plain)
    if scheme and scheme[1] not in ("postgresql", "postgres"):
        raise UsageError(
            f"{scheme[1]}:// is not a PostgreSQL URL",
            hint="give postgresql://user@host/database or key=value pairs",
        )
    if scheme:
        plain = without_other_tools(plain)
    try:
        understood = not (scheme and _has_stray_at(plain[scheme.end() :]))
        conninfo_to_dict(plain)
    except (psycopg.ProgrammingError, UnicodeError):  # percent-encoded bytes that are not UTF-8
        understood = False
    if not understood:
        raise UsageError(
            "the database URL cannot be understood",
            hint="give postgresql://user@host/database or key=value pairs; "
            "percent-encode special characters in user and password (@ is %40, / is %2F)",
        )
    return plain


def _has_stray_at(rest: str) -> bool:
    """Whether host, port or database hold an `@`: then a part of the password is among them.

    libpq takes a user only if `@` comes before the first `/`, and ends the password at that `@`.
    """
    user, at, after = rest.partition("@")
    if not at or "/" in user:
        after = rest
    return "@" in after.split("?", 1)[0]


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


def address_of(url: str) -> tuple[str, int]:
    """Host and port that a URL leads to, with what libpq adds from its variables.

    The host is "" if there are several, if an address is given beside it, or for a socket.
    """
    parameters = {d.keyword.decode(): d.val.decode() for d in pq.Conninfo.get_defaults() if d.val}
    parameters |= parameters_of(libpq_conninfo(url))
    host, port = parameters.get("host", ""), parameters.get("port", "5432")
    if "," in host or host.startswith(("/", "@")) or parameters.get("hostaddr"):
        return "", 0
    return host, int(port) if port.isdecimal() else 0


def at_address(url: str, host: str, port: int) -> str:
    """The URL with another host and port."""
    return make_url({**parameters_of(libpq_conninfo(url)), "host": host, "port": port})


class _RenderedUrl(Protocol):
    def render_as_string(self, hide_password: bool = ...) -> str: ...


class _Engine(Protocol):
    @property
    def url(self) -> _RenderedUrl: ...


# A URL or `key=value` pairs; SQLAlchemy's URL or Engine, which is not imported for that.
AnyUrl = str | _RenderedUrl | _Engine


def url_text(url: AnyUrl) -> str:
    """The URL as text, with its password."""
    if isinstance(url, str):
        return url
    rendered = url.url if hasattr(url, "url") else url
    return rendered.render_as_string(hide_password=False)


def parameters_of(url: str) -> dict[str, str]:
    """libpq's parameters, from a URL or `key=value` pairs: the opposite of make_url()."""
    found = conninfo_to_dict(url)
    return {name: str(value) for name, value in found.items() if value is not None}
