"""The environment that a database says it is: a line in its comment, `environment: production`."""

from __future__ import annotations

import re

from snapshot.postgres.connection import Connection, scalar

_PRODUCTION = re.compile(r"prod.*|prd.*|live", re.I)
_MARK = re.compile(
    r"^[ \t]*environment[ \t]*[:=][ \t]*['\"]?([^'\"\s]+)['\"]?[ \t\r]*$", re.M | re.I
)
_COMMENT = """
    SELECT pg_catalog.shobj_description(oid, 'pg_database')
    FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database()
"""


def is_production(environment: str | None) -> bool:
    """Whether a word names production."""
    return bool(environment and _PRODUCTION.fullmatch(environment))


def read_comment(connection: Connection) -> str | None:
    """The comment of the database."""
    comment: str | None = scalar(connection, _COMMENT)
    return comment


def read_environment(connection: Connection) -> str | None:
    """The environment that the database's comment names."""
    return environment_in(read_comment(connection))


def environment_in(comment: str | None) -> str | None:
    """The environment that a database's comment names; of several the one that protects it."""
    found = [match[1] for match in _MARK.finditer(comment or "")]
    return next((word for word in found if is_production(word)), found[0] if found else None)


def with_environment(comment: str | None, environment: str | None) -> str | None:
    """The comment, with this environment in place of the one it names."""
    rest = _MARK.sub("", comment or "").strip()
    line = f"environment: {environment}" if environment else ""
    return f"{rest}\n{line}".strip() or None
