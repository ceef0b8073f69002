"""Names of the databases that a swap makes, how they are recognised, and the plan of a swap.

app                      the database, in use all the time
app__incoming_1a2b3c4d   being filled by several sessions
app__warm_1a2b3c4d       a ready clone of the snapshot whose digest begins with 1a2b3c4d
app__previous            what the database was before the last switch
app__discarded_1a2b3c4d  what app__previous is called until it is dropped
"""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from snapshot.planning.change_plan import ChangePlan, Finding
from snapshot.planning.preflight import ServerFacts, writable
from snapshot.store.manifest import Manifest

WARM = "snapshot warm "  # and the digest: the comment of a clone that is whole
_LONGEST_NAME = 63  # bytes (documentation: 4.1.1, NAMEDATALEN)

# A database that is being built bears this connection limit from the statement that makes it, so
# what an interrupted build leaves is known for certain. Nobody sets it: it is far beyond any limit.
BUILDING = 0x736E6170


@dataclass(frozen=True)
class Database:
    """What a database is, apart from what is in it."""

    name: str
    oid: int
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
    is_template: bool
    connection_limit: int
    comment: str | None
    privileges: list[tuple[str | None, str, bool]] | None  # role or PUBLIC; None: the default ones
    settings: list[tuple[str | None, str, str]]  # of a role in it, or of all
    sessions: int
    foreign_sessions: int  # of those, the ones that the connected role may not end
    bound: list[str]  # what keeps it from being renamed: slots, subscriptions, …


@dataclass(frozen=True, kw_only=True)
class SwapPlan(ChangePlan):
    """A swap that has not happened yet."""

    current: Database
    manifest: Manifest
    digest: str
    clone: Database | None  # a ready one
    previous: Database | None
    migrations: tuple[str, ...] = ()  # where snapshot and target stand, a line for each tool

    @property
    def kept_as(self) -> str:
        """What the database is called afterwards."""
        return beside(self.database, "previous")


@dataclass(frozen=True, kw_only=True)
class RollbackPlan(ChangePlan):
    """A database and what it was before the last swap."""

    current: Database
    previous: Database


def beside(name: str, suffix: str) -> str:
    """`name__suffix`, shortened where a name may not be so long."""
    full = f"{name}__{suffix}"
    if len(full.encode()) <= _LONGEST_NAME:
        return full
    short = hashlib.sha256(name.encode()).hexdigest()[:8]
    room = _LONGEST_NAME - len(f"_{short}__{suffix}".encode())
    return f"{name.encode()[:room].decode(errors='ignore')}_{short}__{suffix}"


def unique_beside(name: str, purpose: str) -> str:
    """`name__purpose_1a2b3c4d`, which no other database bears."""
    return beside(name, f"{purpose}_{secrets.token_hex(4)}")


def kept_comment(comment: str | None, name: str) -> str:
    """The comment of a database that is kept because another took its place under this name."""
    return "\n".join([*filter(None, [without_kept(comment, name)]), _kept_line(name)])


def without_kept(comment: str | None, name: str) -> str | None:
    """The comment without the line that kept_comment() adds."""
    lines = [line for line in (comment or "").splitlines() if line != _kept_line(name)]
    return "\n".join(lines) or None


def is_kept(database: Database, name: str) -> bool:
    """Whether this is what a database of this name was before a switch."""
    return _kept_line(name) in (database.comment or "").splitlines()


def _kept_line(name: str) -> str:
    return f"snapshot: what {' '.join(name.split())} was before the last swap"


def leftovers(databases: Mapping[str, Database], name: str) -> list[str]:
    """Databases that interrupted commands left; none that belongs to somebody else."""

    def form(purpose: str) -> re.Pattern[str]:
        return re.compile(re.escape(beside(name, f"{purpose}_00000000"))[:-8] + "[0-9a-f]{8}")

    building, discarded = form("incoming"), form("discarded")
    return [
        other.name
        for other in databases.values()
        if (building.fullmatch(other.name) and other.connection_limit == BUILDING)
        or (discarded.fullmatch(other.name) and is_kept(other, name))
    ]


def clone_name(database: str, sealed: str) -> str:
    """What the ready clone of a snapshot is called; `sealed` is the snapshot's digest."""
    return beside(database, f"warm_{sealed[:8]}")


def clones_of(database: str, databases: Mapping[str, Database]) -> dict[str, tuple[Database, str]]:
    """Those that are whole, by name, and of which snapshot."""
    found = {}
    for name, other in databases.items():
        if (other.comment or "").startswith(WARM):
            sealed = (other.comment or "").removeprefix(WARM)
            if name == clone_name(database, sealed):
                found[name] = (other, sealed)
    return found


def examine_swap(
    plan: SwapPlan,
    facts: ServerFacts,
    databases: Mapping[str, Database],
    *,
    pooled: bool,
) -> Iterator[Finding]:
    """Everything that was looked at. Pure: facts in, findings out."""
    current = plan.current
    yield from writable(facts)
    if pooled:
        yield Finding(
            "server",
            "a pooler stands between, which keeps sessions of databases that are renamed",
            "give the address of the server itself",
        )
    if not plan.manifest.complete:
        yield Finding(
            "snapshot",
            "it is of some schemas or tables only: the others would be gone",
            "use --strategy transaction",
        )
    if not current.owned or not current.may_create_databases:
        yield Finding(
            "privileges",
            f"this role may not create databases, or does not own {current.name}",
            "let a superuser do it once: ALTER ROLE … CREATEDB; ALTER DATABASE … OWNER TO …",
        )
    else:
        yield Finding("privileges", "this role owns the database and may create others")
    for what in current.bound:
        yield Finding("replication", f"{what} is bound to this database", f"drop the {what}")
    for name in leftovers(databases, current.name):
        yield Finding("builds", f"{name} was left by an interrupted command: it is dropped")
    if plan.previous:
        yield from kept_findings(current.name, plan.previous)
        for what in plan.previous.bound:
            yield Finding(
                "replication", f"{what} is bound to {plan.previous.name}", f"drop the {what}"
            )
        yield Finding("previous", f"{plan.previous.name} gives way to what is there now")


def kept_findings(name: str, previous: Database) -> Iterator[Finding]:
    """Whether what bears the name of the previous database is that one, and can be renamed."""
    if not is_kept(previous, name):
        yield Finding(
            "previous",
            f"{previous.name} was not made by a swap of {name}",
            "rename it, or drop it if nobody needs it",
        )
    elif previous.foreign_sessions:
        yield Finding(
            "previous",
            f"sessions on {previous.name} belong to a role whose sessions this one may not end",
            "end them, or connect as a role that may",
        )
