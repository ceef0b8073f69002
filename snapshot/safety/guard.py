"""Which databases may be changed. Every command that changes one asks here, through change()."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from psycopg import sql

from snapshot.containers.addresses import is_container_here, is_this_machine
from snapshot.errors import TargetProtected, UsageError
from snapshot.postgres.connection import Connection, connected, describe, host_of
from snapshot.postgres.environment import (
    is_production,
    read_comment,
    read_environment,
    with_environment,
)
from snapshot.postgres.sessions import ends

PROTECTED = ("*prod*",)
ENVIRONMENT_VARIABLES = ("APP_ENV", "ENVIRONMENT", "NODE_ENV")


@dataclass(frozen=True, kw_only=True)
class Guard:
    """What the user says about targets.

    `protected` are patterns for hosts and databases that must not be written to; `allowed` are
    patterns for hosts, databases, or host/database, that may be although they match one of those
    or are not on this machine. `allow` is the one target, as host/database, that may be written to
    although other rules forbid it.
    """

    protected: tuple[str, ...] = PROTECTED
    allowed: tuple[str, ...] = ()
    allow: str | None = None


@dataclass(frozen=True)
class TargetFacts:
    """What is known of a database before anything is done to it."""

    host: str
    database: str
    local: bool
    environment: str | None  # what it says of itself: see mark()

    @property
    def marked_production(self) -> bool:
        """The database says that it must not be changed."""
        return is_production(self.environment)

    @property
    def name(self) -> str:
        """How --allow names it."""
        return f"{self.host}/{self.database}"


def refuse_if_protected(connection: Connection, guard: Guard) -> None:
    """Raise TargetProtected, with every reason that speaks against writing to a database."""
    refuse_if_objected(read_target(connection), guard, describe(connection))


def refuse_if_objected(facts: TargetFacts, guard: Guard, described: str) -> None:
    """The same for a database whose facts are read already."""
    if reasons := objections(facts, guard, os.environ):
        raise TargetProtected(
            f"{described} is protected",
            hint=f"if this is the one you mean, add: --allow {facts.name}",
            details=reasons,
        )


def objections_to(connection: Connection, guard: Guard) -> list[tuple[str, str]]:
    """What speaks against writing to a database: how --allow names it, and a reason."""
    facts = read_target(connection)
    return [(facts.name, reason) for reason in objections(facts, guard, os.environ)]


def objections(facts: TargetFacts, guard: Guard, environ: Mapping[str, str]) -> list[str]:
    """What speaks against writing to a database, a line each. Pure."""
    if guard.allow == facts.name:
        return []
    reasons = []
    if facts.marked_production:
        reasons.append(f"it says of itself: environment: {facts.environment}")
    reasons += [
        f"{variable}={environ[variable]} is set"
        for variable in ENVIRONMENT_VARIABLES
        if is_production(environ.get(variable, "").strip(" \t\r\n'\""))
    ]
    if _matching((facts.name, facts.host, facts.database), guard.allowed):
        return reasons
    if pattern := _matching((facts.host, facts.database), guard.protected):
        reasons.append(f"its host or name matches the protected pattern {pattern}")
    if not facts.local:
        reasons.append(
            f"{facts.host} is not this machine; [tool.snapshot] allowed = [{facts.host!r}] "
            "in pyproject.toml permits it for good"
        )
    return reasons


def read_target(connection: Connection) -> TargetFacts:
    """The facts about the database at the other end."""
    info, host = connection.info, host_of(connection)
    return TargetFacts(
        host="localhost" if host.startswith("/") else host,
        database=info.dbname,
        local=_on_this_machine(connection),
        environment=read_environment(connection),
    )


def mark(url: str, environment: str | None) -> TargetFacts:
    """Write into the database's comment which environment it is; "" removes that, None only looks.

    The comment needs no superuser, survives restores, and does not travel with dumps.
    An empty one removes the mark. Raises UsageError if it is more than one word.
    """
    if environment and not re.fullmatch(r"[^'\"\s]+", environment):
        raise UsageError(
            f"an environment is one word, not {environment!r}", hint="production, staging, ci, …"
        )
    with connected(url) as connection:
        if environment is not None:
            comment = with_environment(read_comment(connection), environment)
            connection.execute(
                sql.SQL("COMMENT ON DATABASE {} IS {}").format(
                    sql.Identifier(connection.info.dbname), sql.Literal(comment)
                )
            )
        return read_target(connection)


def _on_this_machine(connection: Connection) -> bool:
    """Both ends of the connection are this machine's, or the server runs in our Docker."""
    if host_of(connection).startswith("/"):
        return True
    here, there = ends(connection)
    return here == there or is_this_machine(there) or is_container_here(there)


def _matching(names: Sequence[str], patterns: Sequence[str]) -> str | None:
    return next(
        (p for p in patterns for name in names if fnmatchcase(name.lower(), p.lower())), None
    )
