"""Which server and which database a session is on, and a URL that leads there again."""

from __future__ import annotations

from dataclasses import dataclass

from psycopg.conninfo import conninfo_to_dict, make_conninfo

from snapshot.errors import Refused
from snapshot.postgres.connection import Connection
from snapshot.postgres.urls import libpq_conninfo


@dataclass(frozen=True)
class Identity:
    """A database of a server: which cluster, which name, and which running server."""

    system: str  # of the cluster (documentation: pg_control_system)
    name: str
    started: str  # when the server process started: equal only on the same server
    address: str  # host address and port, or the folder of the socket and port

    @property
    def fingerprint(self) -> str:
        """The cluster and the database's name: what this machine's records are kept by."""
        return f"{self.system}/{self.name}"


def read_identity(connection: Connection) -> Identity:
    """Ask the server at the other end."""
    found = connection.execute(
        "SELECT system_identifier::text, pg_catalog.current_database(),"
        " pg_catalog.pg_postmaster_start_time()::text FROM pg_catalog.pg_control_system()"
    ).fetchone()
    assert found is not None
    system, name, started = found
    info = connection.info
    return Identity(system, name, started, f"{info.hostaddr or info.host}:{info.port}")


def pinned_url(connection: Connection, url: str) -> str:
    """The URL, leading to the server that this connection is on, and to no other.

    A URL may name several hosts, and a host may have several addresses; each new connection
    chooses among them (documentation: 34.1.1.3, Specifying Multiple Hosts).
    """
    info = connection.info
    parameters = conninfo_to_dict(libpq_conninfo(url))
    for chooses in ("load_balance_hosts", "target_session_attrs"):
        parameters.pop(chooses, None)
    parameters |= {"host": info.host, "port": info.port, "dbname": info.dbname, "user": info.user}
    if info.hostaddr:
        parameters["hostaddr"] = info.hostaddr
    if info.password:
        parameters["password"] = info.password
    return make_conninfo("", **parameters)


def refuse_another_server(connection: Connection, identity: Identity) -> None:
    """Raise Refused if a session that was meant for the same server is on another one."""
    if read_identity(connection).system != identity.system:
        raise another_server(identity)


def another_server(identity: Identity) -> Refused:
    """The error for an address that led to one server, and now leads to another one."""
    return Refused(
        f"{identity.address} leads to another server than before",
        hint="give the address of one server, not of a pooler or a load balancer",
    )
