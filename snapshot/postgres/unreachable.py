"""Why there is no connection, and what helps: each cause has its own remedy."""

from __future__ import annotations

import re

import psycopg

from snapshot.errors import ConnectionFailed

# libpq has no SQLSTATE for a connection that failed, only the words. They are the server's in its
# language (lc_messages): in another one than English nothing is recognised, and the last hint is
# given.
_REMEDIES = (
    (r"could not translate host name|Name or service not known|resolve", "check the host's name"),
    (r"Connection refused|No such file", "no server runs there: start it, or check host and port"),
    (r"timeout expired|timed out|unreachable", "check host, port, and firewalls on the way"),
    (r"invalid port number", "a port is a number from 1 to 65535"),
    (r'database ".*" does not exist', "check its name, or make it: createdb, restore --create"),
    (r'role ".*" does not exist', "check the user's name"),
    (r"not permitted to log in", "use another role, or ALTER ROLE … LOGIN"),
    (r"password", "check user and password: in the URL, PGPASSWORD or ~/.pgpass"),
    (r"pg_hba\.conf", "the server's pg_hba.conf does not let this user in from here, or not so"),
    (r"SSL|certificate", "check sslmode, and the certificates of verify-ca and verify-full"),
    (r"too many|connection slots", "end other sessions, or wait until they end"),
    (
        r"starting up|shutting down|recovery|not (yet )?accepting",
        "wait a moment, and run the command again",
    ),
    (r"not currently accepting", "let it: ALTER DATABASE … ALLOW_CONNECTIONS true"),
    (r"permission denied for database", "let the role in: GRANT CONNECT ON DATABASE … TO …"),
)
_ANY_CAUSE = "check that the server runs and that host, port, user and password are right"


def cannot_connect(error: psycopg.Error) -> ConnectionFailed:
    """What is raised when a connection fails. Its message names the server, never the password."""
    reason = _reason(error)
    hint = next((hint for words, hint in _REMEDIES if re.search(words, reason)), _ANY_CAUSE)
    return ConnectionFailed(f"cannot connect: {reason}", hint=hint)


def _reason(error: psycopg.Error) -> str:
    """Of the addresses that were tried, what the last one said."""
    lines = [line.strip(" \t-") for line in str(error).splitlines()]
    remarks = ("Is the server running", "DETAIL:", "HINT:")
    reasons = [line for line in lines if line and not line.startswith(remarks)]
    return re.sub(r"^(connection failed|.*? failed): ", "", reasons[-1]) if reasons else "no reason"
