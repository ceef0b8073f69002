"""The transaction of a restore: it commits everything, or nothing."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

import psycopg
from psycopg import sql

from snapshot.catalog import Name, SchemaObject, Table, quoted
from snapshot.errors import ContentDiffers, DatabaseFailed, ForeignKeysViolated
from snapshot.planning.change_plan import Finding
from snapshot.planning.incremental import loaded
from snapshot.planning.migrations import bookkeeping
from snapshot.planning.restore_plan import MANY_ROWS, RestoreMode, RestorePlan
from snapshot.planning.script import unseen_by, without_foreign_keys
from snapshot.planning.steps import Rows, Step, copy_from
from snapshot.postgres.checksums import content_checksum
from snapshot.postgres.connection import (
    Connection,
    exact_text,
    lock_out_restores,
    no_search_path,
    room_for_indexes,
)
from snapshot.postgres.copying import copy_in, large_objects_table
from snapshot.postgres.introspect import DROPPED_FIRST, read_identities, read_tables
from snapshot.postgres.messages import detail_of, hint_of, message_of
from snapshot.postgres.outcome import known_outcome
from snapshot.postgres.read_ahead import read_ahead
from snapshot.postgres.violations import find_violations
from snapshot.progress import NO_PROGRESS, Progress
from snapshot.restorers.incremental import check_skipped, settled, without
from snapshot.restorers.rows import Part, parts
from snapshot.store.manifest import LARGE_OBJECTS, Manifest, TableEntry
from snapshot.store.reader import SnapshotFiles


def replay(
    target: Connection,
    plan: RestorePlan,
    source: SnapshotFiles,
    verify: bool,
    progress: Progress,
    before_commit: Callable[[RestorePlan], None] = lambda _: None,
) -> RestorePlan:
    """Bring the database to the snapshot's state in one transaction, or change nothing.

    Returns the plan as it was carried out: tables that were to be skipped may not have been.

    Raises ForeignKeysViolated (all of them listed), ContentDiffers (what arrived is not what the
    manifest says) or DatabaseFailed; the transaction is then rolled back, sequences included.
    """
    with known_outcome(target):
        begin(target)
        plan = settled(target, plan)
        try:
            if not _skipping(target, plan, source, verify, progress):
                plan = without(plan, plan.skipped, "a restore that skipped it had failed")
                with target.transaction():  # a savepoint: a violation can be explained after it
                    _replay_script(target, plan, source, verify, progress)
        except psycopg.errors.ForeignKeyViolation as error:
            progress.step("Looking for all violations")
            raise _explain(target, plan, source, error) from error
        except psycopg.Error as error:
            if refusal := _refused_by_event_triggers(error, plan):
                raise refusal from error
            raise
        before_commit(plan)
        progress.step("Committing")
    return plan


def _skipping(
    target: Connection, plan: RestorePlan, source: SnapshotFiles, verify: bool, progress: Progress
) -> bool:
    """Try to skip tables. What fails then may succeed, or be explained, if all are replaced."""
    if not plan.skipped:
        return False
    try:
        with target.transaction():
            _replay_script(target, plan, source, verify, progress)
    except psycopg.OperationalError:  # a lock, a lost connection: no other plan would help
        raise
    except (psycopg.DatabaseError, ContentDiffers):
        progress.step("Starting again, to replace all tables")
        return False
    return True


def understood_by_an_older_server(target: Connection, plan: RestorePlan) -> Finding:
    """Create the snapshot's schema on the target and roll it back."""
    subject, version = "version", plan.catalog.server_version // 10000
    try:
        with target.transaction(force_rollback=True):
            begin(target)
            run_steps(
                target, [step for step in plan.script.all_steps() if step.verbatim], NO_PROGRESS
            )
    except (psycopg.Error, DatabaseFailed) as error:
        message = error.message if isinstance(error, DatabaseFailed) else message_of(error)
        return Finding(
            subject,
            f"PostgreSQL {version} does not understand the schema: {message}",
            f"restore into PostgreSQL {plan.manifest.source.server_version // 10000} or later",
        )
    return Finding(subject, f"PostgreSQL {version} understands the schema: it was tried")


def begin(target: Connection) -> None:
    """Prepare a transaction that replaces rows: exact text, bounded waiting, no other restore."""
    # COPY … FREEZE is refused at a stricter level
    target.execute("SET TRANSACTION ISOLATION LEVEL READ COMMITTED READ WRITE")
    exact_text(target)
    room_for_indexes(target)
    lock_out_restores(target)


def _replay_script(
    target: Connection, plan: RestorePlan, source: SnapshotFiles, verify: bool, progress: Progress
) -> None:
    if plan.mode is RestoreMode.REPLACE_SCHEMA:
        there = read_identities(target)
        run_steps(target, plan.script.before, progress)
        _check_nothing_else_dropped(target, plan, there)
    else:
        run_steps(target, plan.script.before, progress)
    _load(target, plan, source, progress)
    run_steps(target, plan.script.loaded, progress)
    run_steps(target, plan.script.after, progress)
    if verify:  # last: an event trigger may write rows whenever something is altered
        progress.step("Comparing checksums")
        compare_content(target, plan.loads)
        check_skipped(target, plan)


def run_steps(target: Connection, steps: Iterable[Step], progress: Progress) -> None:
    """Execute the statements of the steps, each step as one message to the server."""
    for step in steps:
        progress.step(step.title)
        if step.statements:
            text = sql.SQL(";\n").join(step.statements).as_string(target)
            try:
                with no_search_path(target):
                    target.execute(_held(text, target) if step.verbatim else text)
            except psycopg.errors.ForeignKeyViolation:
                raise
            except psycopg.Error as error:
                raise _located(error, step, text) from error


def _refused_by_event_triggers(error: psycopg.Error, plan: RestorePlan) -> DatabaseFailed | None:
    """If a function failed, name the event triggers that could not be switched off."""
    names = [e.name for e in plan.catalog.event_triggers if not e.owned]
    if not names or not (error.diag.context or "").startswith("PL/pgSQL function"):
        return None
    statements = "; ".join(f"ALTER EVENT TRIGGER {quoted(name)} DISABLE" for name in names)
    return DatabaseFailed(
        message_of(error),
        hint="nothing was changed; the restore's DDL fires event triggers of another role, "
        f"who can switch them off: {statements}",
    )


def _held(text: str, target: Connection) -> str:
    """A block that runs the text and in which it cannot end the transaction.

    COMMIT, ROLLBACK and savepoints are refused inside a function (documentation: 41.8).
    """
    body = sql.SQL("BEGIN EXECUTE {}; END").format(sql.Literal(text)).as_string(target)
    return sql.SQL("DO LANGUAGE plpgsql {}").format(sql.Literal(body)).as_string(target)


def _located(error: psycopg.Error, step: Step, text: str) -> psycopg.Error | DatabaseFailed:
    """Name the object at which a long text of DDL failed."""
    # EXECUTE refuses COMMIT and the like; so do procedures (invalid_transaction_termination)
    refused = error.diag.source_function == "exec_stmt_dynexecute"
    if step.verbatim and (refused or error.sqlstate == "2D000"):
        return DatabaseFailed(
            f"the schema holds a command that is not allowed there: {message_of(error)}",
            hint="nothing was changed; it could end the transaction, and pg_dump writes no such "
            "text: do not trust this snapshot",
        )
    position = error.diag.internal_position or error.diag.statement_position
    names = (
        re.findall(r"^-- Name: (.+?); Type: ([A-Z ]+);", text[: int(position)], re.M)
        if position
        else []
    )
    if not step.verbatim or isinstance(error, psycopg.OperationalError):
        return error
    where = "".join(f"{kind.lower()} {name}: " for name, kind in names[-1:])
    return DatabaseFailed(
        f"{step.title}: {where}{message_of(error)}",
        hint=hint_of(error),
    )


def _load(target: Connection, plan: RestorePlan, source: SnapshotFiles, progress: Progress) -> None:
    loads = replace(source, manifest=loaded(source.manifest, plan.fates))
    progress.expect(loads.manifest.rows)
    with source.loading():
        for part in parts(loads, plan.source_format):
            load_part(target, part, progress, counted=not source.edited)


def load_part(target: Connection, part: Part, progress: Progress, counted: bool = True) -> None:
    """Copy rows into their table, which is new or was emptied in this transaction.

    Raises ContentDiffers if their number is not the snapshot's, unless they are not to be counted.
    """
    entry = part.entry
    progress.table(str(entry.name))
    # such rows need no later vacuum
    frozen = not entry.partitioned and entry.configuration is None and entry.name != LARGE_OBJECTS
    blocks = (
        _measured(part, progress) if part.size is not None else _counted(part, counted, progress)
    )
    if part.rows >= MANY_ROWS:  # while one block is sent, the next is read and decompressed
        blocks = read_ahead(blocks)
    loaded = copy_in(target, copy_from(entry, frozen, part.binary), blocks)
    if loaded != part.rows and counted:
        raise ContentDiffers(
            f"{entry.name} received {loaded:,} rows, the snapshot has {part.rows:,}",
            hint="nothing was changed; make the snapshot again",
        )


def _measured(part: Part, progress: Progress) -> Iterator[bytes]:
    """The blocks. Raises ContentDiffers if they hold more bytes than the manifest says."""
    size = rows = 0
    for block in part.blocks:
        size += len(block)
        if size > (part.size or 0):
            raise ContentDiffers(
                f"{part.entry.name} has more than the {part.size:,} bytes that the manifest says",
                hint="nothing was changed; make the snapshot again",
            )
        reached = part.rows * size // (part.size or 1)  # about: rows are not looked at
        progress.advance(reached - rows, len(block))
        rows = reached
        yield block


def _counted(part: Part, limited: bool, progress: Progress) -> Iterator[bytes]:
    """The blocks. Raises ContentDiffers if they hold more rows than the manifest says."""
    most = part.rows if limited else None
    rows = 0
    for block in part.blocks:
        count = block.count(b"\n")  # in COPY text a newline ends a row
        rows += count
        if most is not None and rows > most:
            raise ContentDiffers(
                f"a table has more than the {most:,} rows that the manifest says",
                hint="nothing was changed; make the snapshot again",
            )
        progress.advance(count, len(block))
        yield block


def compare_content(target: Connection, manifest: Manifest) -> None:
    """Compare the tables' checksums with the manifest's, in the transaction that loaded them."""
    tables = {table.name: table for table in read_tables(target)}
    differing = content_differences(target, manifest, tables)
    if differing:
        are = "table is" if len(differing) == 1 else "tables are"
        raise ContentDiffers(
            f"{len(differing)} {are} not what the snapshot says after loading",
            hint="nothing was changed; a trigger or default of the target may alter rows; "
            "--no-verify keeps them",
            details=[*differing.values()],
        )


def content_differences(
    connection: Connection, manifest: Manifest, tables: Mapping[Name, Table]
) -> dict[Name, str]:
    """The tables whose content is not the snapshot's, each with a line that says so."""
    tables = {**tables, LARGE_OBJECTS: large_objects_table()}
    encoding = manifest.source.encoding
    return {
        entry.name: line
        for entry in manifest.tables
        if (line := _content_difference(connection, entry, tables.get(entry.name), encoding))
    }


def _content_difference(
    connection: Connection, entry: TableEntry, table: Table | None, encoding: str
) -> str | None:
    if entry.checksum is None:
        return None
    if table is None:  # a view may have the name
        return f"{entry.name}: there is no such table"
    rows, checksum = content_checksum(connection, table, entry.columns, encoding)
    if entry.name == LARGE_OBJECTS:
        same = (rows, checksum) == (entry.rows, entry.checksum)
        return None if same else "large objects: some have another number or content"
    if rows != entry.rows:
        return f"{entry.name}: {rows:,} rows, the snapshot has {entry.rows:,}"
    if checksum != entry.checksum:
        return f"{entry.name}: {rows:,} rows, of which some have another content"
    return None


def _check_nothing_else_dropped(
    target: Connection, plan: RestorePlan, there: set[SchemaObject]
) -> None:
    def not_ours(o: SchemaObject) -> bool:
        # an extension may hold far more than what is in its schema
        if o.kind == "extension":
            return not plan.manifest.complete and o.name not in plan.manifest.extensions
        if o.kind == "schema":
            return o.name not in plan.dropped_schemas
        return o.schema not in plan.dropped_schemas and o.kind not in DROPPED_FIRST

    gone = [o for o in sorted(there - read_identities(target)) if not_ours(o)]
    whole = [o.name for o in gone if o.kind in ("table", "view", "materialized view")]
    lost = [
        f"would be dropped: {o.kind} {o.name}"
        for o in gone
        # with a table go its columns, their defaults, its rules
        if not any(
            re.search(rf"(^| ){re.escape(name)}\.| on {re.escape(name)}$", o.name) for name in whole
        )
    ]
    if lost:
        objects = "1 object depends" if len(lost) == 1 else f"{len(lost)} objects depend"
        raise DatabaseFailed(
            f"outside the snapshot's schemas, {objects} on what would be dropped",
            hint="nothing was changed; drop them yourself, or use --data-only",
            details=lost,
        )


def _explain(
    target: Connection, plan: RestorePlan, source: SnapshotFiles, error: psycopg.Error
) -> ForeignKeysViolated:
    """Load the rows again without foreign keys, to list all violations. It is rolled back."""
    script = plan.script
    if not plan.creates_schema:
        rows = Rows(plan.manifest.tables, (), (), plan.manifest.large_objects is not None)
        script = without_foreign_keys(rows, plan.catalog)
        script = replace(script, before=(*plan.ledger, *script.before))
        script = unseen_by(plan.catalog.event_triggers, script)
    run_steps(target, script.before, NO_PROGRESS)
    for part in parts(source, plan.source_format):
        copy_in(target, copy_from(part.entry, binary=part.binary), part.blocks)
    found = find_violations(target, plan.foreign_keys)
    whole = {entry.name for entry in plan.files.manifest.tables} - set(
        bookkeeping(plan.files.manifest.tables)
    )
    is_part = not whole <= {entry.name for entry in plan.manifest.tables}
    return violated(found, detail_of(error) or message_of(error), is_part=is_part)


def violated(
    violations: Sequence[str], otherwise: str, *, is_part: bool = False
) -> ForeignKeysViolated:
    """All keys that the rows break, a line each; `otherwise` is what the server said."""
    return ForeignKeysViolated(
        "the rows violate 1 foreign key"
        if len(violations) == 1
        else f"the rows violate {len(violations) or 'some'} foreign keys",
        hint="nothing was changed; restore the tables on the other side of these keys too"
        if is_part
        else "nothing was changed; fix the rows where they come from and make the snapshot again",
        details=violations or [otherwise],
    )
