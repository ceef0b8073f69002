"""Pre-flight: what would make a restore fail, found before anything is touched."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from snapshot.catalog import Catalog, quoted
from snapshot.planning.change_plan import Finding
from snapshot.planning.restore_plan import RestoreMode, RestorePlan
from snapshot.store.manifest import LARGE_OBJECTS, Manifest

# rows need more room in tables and log than in a file; compressed ones several times as much
_ROOM = {"sql": 1.0, "json": 0.5, "archive": 4.0}


@dataclass(frozen=True)
class ServerFacts:
    """What a role may know of its server. `free_bytes` is None where that cannot be known."""

    standby: bool
    read_only: bool
    superuser: bool
    may_create: bool  # schemas in this database
    locks_per_transaction: int
    backends: int
    extensions: Mapping[str, bool]  # available ones; True: only a superuser may create it
    schemas: Mapping[str, bool]  # True: this role may create objects in it
    sessions: Mapping[str, int]  # of others on this database, by application
    subscriptions: tuple[str, ...]  # enabled ones that write into this database
    publications: tuple[str, ...]
    slots: tuple[str, ...]
    event_triggers: tuple[str, ...]  # enabled ones, which this role may not switch off
    free_bytes: int | None

    @property
    def locks(self) -> int:
        """How many locks the server can hold (documentation: max_locks_per_transaction)."""
        return self.locks_per_transaction * self.backends


def examine(plan: RestorePlan, facts: ServerFacts, other_source_allowed: bool) -> list[Finding]:
    """Everything that was looked at. Pure: facts in, findings out."""
    return [
        *writable(facts),
        *_version(plan),
        *_ownership(plan),
        *_disabled(plan),
        *_unfilled(plan),
        *_creating(plan, facts),
        *_extensions(plan, facts),
        _locks(plan, facts),
        _disk(plan, facts),
        *_others(facts),
        *examine_source(plan.manifest, plan.catalog, other_source_allowed),
    ]


def writable(facts: ServerFacts) -> Iterator[Finding]:
    """Whether the server, the database and the role allow writing at all."""
    if facts.standby:
        yield Finding("server", "it is a standby, which is read-only", "connect to the primary")
    elif facts.read_only:
        yield Finding(
            "server",
            "default_transaction_read_only is on for this role, database or server",
            "ask the person who set it; it may be there to protect this database",
        )


def _version(plan: RestorePlan) -> Iterator[Finding]:
    source, target = plan.manifest.source.server_version, plan.catalog.server_version
    there, here = source // 10000, target // 10000
    text = f"PostgreSQL {there} → {here}" if there != here else f"PostgreSQL {here} on both sides"
    if there > here and plan.creates_schema:
        text += ": an older server; it is asked whether it understands the schema"
    yield Finding("version", text)


def _ownership(plan: RestorePlan) -> Iterator[Finding]:
    touched = {entry.name for entry in plan.manifest.tables} if not plan.creates_schema else set()
    if plan.mode is RestoreMode.REPLACE_SCHEMA:
        touched = {t.name for t in plan.catalog.tables if t.name.schema in plan.dropped_schemas}
    touched |= {
        fk.root for fk in plan.foreign_keys if fk.referenced_root in touched and fk.enforced
    }
    foreign = [
        t for t in plan.catalog.tables
        if t.name in touched and not t.owned and t.configuration is None
    ]  # fmt: skip
    if not foreign:
        tables = "1 table is" if len(touched) == 1 else f"{len(touched)} tables are"
        yield Finding("ownership", f"{tables} touched, all owned by this role")
    for table in foreign:
        yield Finding(
            "ownership",
            f"{table.name} belongs to another role",
            "connect as its owner, or make the snapshot without it (create -N, -T)",
        )


def _disabled(plan: RestorePlan) -> Iterator[Finding]:
    if plan.creates_schema:
        return
    for table, name in sorted(plan.catalog.disabled_keys):
        if table.schema in plan.manifest.schemas:
            yield Finding(
                "foreign keys",
                f"{quoted(name)} of {table} is switched off, so it would let any row pass",
                f"ALTER TABLE {table} ENABLE TRIGGER ALL",
            )


def _unfilled(plan: RestorePlan) -> Iterator[Finding]:
    """Columns of the target that need a value of each row, and of which the snapshot has none."""
    if plan.mode is not RestoreMode.DATA_ONLY:
        return
    for entry in plan.manifest.tables:
        table = plan.catalog.by_name.get(entry.name)
        ours = {column.name for column in entry.columns}
        for column in table.columns if table and entry.rows else ():
            if column.required and column.name not in ours:
                yield Finding(
                    "rows",
                    f"{entry.name}.{quoted(column.name)} is NOT NULL, has no default, and is not "
                    "in the snapshot",
                    "restore --replace-schema, run the migrations, and create the snapshot again "
                    "(or: snapshot upgrade)",
                )


def _creating(plan: RestorePlan, facts: ServerFacts) -> Iterator[Finding]:
    if not plan.creates_schema:
        return
    replaced = plan.mode is RestoreMode.REPLACE_SCHEMA
    for schema in plan.manifest.schemas:
        exists = schema in facts.schemas and not (replaced and schema != "public")
        if exists and not facts.schemas[schema]:
            yield Finding(
                "privileges",
                f"this role may not create objects in schema {schema}",
                f"as its owner: GRANT CREATE ON SCHEMA {schema} TO this role",
            )
        if not exists and not facts.may_create:
            yield Finding(
                "privileges",
                f"this role may not create schema {schema} in {plan.database}",
                f"as its owner: GRANT CREATE ON DATABASE {plan.database} TO this role",
            )


def _extensions(plan: RestorePlan, facts: ServerFacts) -> Iterator[Finding]:
    present = {extension.name for extension in plan.catalog.extensions}
    for name, version in plan.manifest.extensions.items():
        if name in present or not plan.creates_schema:
            continue
        if name not in facts.extensions:
            yield Finding(
                "extensions",
                f"{name} {version} is not installed on this server",
                "install it there (its package, or the provider's list of extensions)",
            )
        elif not facts.superuser and (facts.extensions[name] or not facts.may_create):
            yield Finding(
                "extensions",
                f"this role may not create {name}",
                f"let a superuser do it once: CREATE EXTENSION {name}",
            )
        else:
            yield Finding("extensions", f"{name} will be created")


def _locks(plan: RestorePlan, facts: ServerFacts) -> Finding:
    needed = 0
    if plan.creates_schema:
        needed += plan.manifest.relations
    if plan.mode is not RestoreMode.CREATE:
        needed += plan.relations
    text = f"{needed:,} locks in one transaction, the server has room for {facts.locks:,}"
    wanted = -(-needed * 11 // 10) // facts.backends + 1  # and a tenth for the others
    remedy = f"set max_locks_per_transaction = {max(wanted, 64)} and restart the server"
    return Finding("locks", text, remedy if needed > facts.locks else "")


def _disk(plan: RestorePlan, facts: ServerFacts) -> Finding:
    names = {"sql": ("data.sql",), "json": ("seed_data.json",)}.get(plan.source_format)
    size = sum(
        entry.size
        for name, entry in plan.manifest.files.items()
        if (name in names if names else name.startswith("archive/"))
    )
    needed = int(size * _ROOM[plan.source_format])
    if facts.free_bytes is None:
        return Finding("disk", f"at least {needed / 1e6:,.1f} MB needed; what is free is not known")
    text = f"at least {needed / 1e6:,.1f} MB needed, {facts.free_bytes / 1e6:,.1f} MB free"
    return Finding("disk", text, "free space there" if facts.free_bytes < needed else "")


def _others(facts: ServerFacts) -> Iterator[Finding]:
    if facts.sessions:
        named = ", ".join(f"{count} × {name}" for name, count in sorted(facts.sessions.items()))
        yield Finding("sessions", f"connected now: {named}; their locks are waited for 10 s")
    for name in facts.subscriptions:
        yield Finding(
            "replication",
            f"subscription {name} writes into this database",
            f"ALTER SUBSCRIPTION {name} DISABLE",
        )
    if facts.publications:
        names = ", ".join(facts.publications)
        yield Finding("replication", f"publications pass the change on to subscribers: {names}")
    if facts.event_triggers:
        names = ", ".join(facts.event_triggers)
        statements = "; ".join(
            f"ALTER EVENT TRIGGER {quoted(name)} DISABLE" for name in facts.event_triggers
        )
        yield Finding(
            "event triggers",
            f"the restore's DDL fires {names}, which this role may not switch off: what they "
            "write into the snapshot's tables is found before COMMIT, and then nothing is "
            f"changed; if they are in the way, their owner can switch them off: {statements}",
        )
    if facts.slots:
        names = ", ".join(facts.slots)
        yield Finding("replication", f"logical replication slots read this database: {names}")


def examine_source(manifest: Manifest, catalog: Catalog, allowed: bool) -> Iterator[Finding]:
    """Whether the target's tables are those of another application."""
    snapshot = {e.name for e in manifest.tables if e.name != LARGE_OBJECTS}
    target = {t.name for t in catalog.tables if t.name.schema in manifest.schemas}
    common = len(snapshot & target)
    if snapshot and target and 2 * common < min(len(snapshot), len(target)) and not allowed:
        yield Finding(
            "source",
            f"the snapshot is of {manifest.source.title}, another application: "
            f"of the {len(target)} tables here it knows {common}",
            "--allow-other-source, if that is what you want",
        )
