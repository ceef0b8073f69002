"""The URL of a database, as other programs and libraries read it."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote, urlencode

from psycopg import pq
from psycopg.conninfo import conninfo_to_dict

from snapshot.postgres.connection import libpq_conninfo


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
    parameters |= {k: str(v) for k, v in conninfo_to_dict(libpq_conninfo(url)).items()}
    host, port = parameters.get("host", ""), parameters.get("port", "5432")
    if "," in host or host.startswith(("/", "@")) or parameters.get("hostaddr"):
        return "", 0
    return host, int(port) if port.isdecimal() else 0


def at_address(url: str, host: str, port: int) -> str:
    """The URL with another host and port."""
    return make_url({**conninfo_to_dict(libpq_conninfo(url)), "host": host, "port": port})
