"""The URL of a database, as other programs and libraries read it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol
from urllib.parse import quote, urlencode


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
    from psycopg.conninfo import conninfo_to_dict

    found = conninfo_to_dict(url)
    return {name: str(value) for name, value in found.items() if value is not None}
