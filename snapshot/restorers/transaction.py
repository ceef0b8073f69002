"""The transaction: everything is replayed in it, or nothing is."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator

import psycopg
from psycopg import sql

from snapshot.errors import ContentDiffers, DatabaseFailed, ForeignKeysViolated
from snapshot.planning.preflight import Finding
from snapshot.planning.restore_plan import MANY_ROWS, RestorePlan, Road
from snapshot.planning.script import without_foreign_keys
from snapshot.planning.steps import Rows, Step, copy_from
from snapshot.postgres.checksums import content_checksum
from snapshot.postgres.connection import (
    Connection,
    exact_text,
    lock_out_restores,
    room_for_indexes,
    scalar,
)
from snapshot.postgres.copying import copy_in
from snapshot.postgres.introspect import read_objects
from snapshot.postgres.outcome import known_outcome
from snapshot.postgres.read_ahead import ahead
from snapshot.postgres.violations import find_violations
from snapshot.progress import NO_PROGRESS, Progress
from snapshot.restorers.rows import Part, parts
from snapshot.store.manifest import LARGE_OBJECTS, Manifest, TableEntry
from snapshot.store.reader import SnapshotFiles


def replay(
    target: Connection,
    plan: RestorePlan,
    source: SnapshotFiles,
    verify: bool,
    progress: Progress,
    before_commit: Callable[[], None] = lambda: None,
) -> None:
    """Bring the database to the snapshot's state in one transaction, or change nothing.

    Raises ForeignKeysViolated (all of them listed), ContentDiffers (what arrived is not what the
    manifest says) or DatabaseFailed; the transaction is then rolled back, sequences included.
    """
    with known_outcome(target):
        begin(target)
        try:
            with target.transaction():  # a savepoint: a violation can be explained after it
                _replay_script(target, plan, source, verify, progress)
        except psycopg.errors.ForeignKeyViolation as error:
            progress.step("Looking for all violations")
            raise _explain(target, plan, source, error) from error
        before_commit()
        progress.step("Committing")


def understood_by_an_older_server(target: Connection, plan: RestorePlan) -> Finding:
    """Let the target create the snapshot's schema, and roll that back."""
    subject, version = "version", plan.catalog.server_version // 10000
    try:
        with target.transaction(force_rollback=True):
            begin(target)
            run_steps(target, (*plan.script.before, *plan.script.after[:1]), NO_PROGRESS)
    except (psycopg.Error, DatabaseFailed) as error:
        message = error.message if isinstance(error, DatabaseFailed) else str(error).splitlines()[0]
        return Finding(
            subject,
            f"PostgreSQL {version} does not understand the schema: {message}",
            f"restore into PostgreSQL {plan.manifest.source.server_version // 10000} or later",
        )
    return Finding(subject, f"PostgreSQL {version} understands the schema: it was tried")


def begin(target: Connection) -> None:
    """Start what replaces rows: exact text, bounded waiting, no other restore beside it."""
    # COPY … FREEZE is refused at a stricter level
    target.execute("SET TRANSACTION ISOLATION LEVEL READ COMMITTED READ WRITE")
    exact_text(target)
    room_for_indexes(target)
    lock_out_restores(target)


def _replay_script(
    target: Connection, plan: RestorePlan, source: SnapshotFiles, verify: bool, progress: Progress
) -> None:
    run_steps(target, plan.script.before, progress)
    if plan.road is Road.REPLACE_SCHEMA:
        _check_nothing_else_dropped(target, plan)
    _load(target, plan, source, progress)
    run_steps(target, plan.script.loaded, progress)
    if verify:
        progress.step("Comparing checksums")
        compare_content(target, plan.manifest)
    run_steps(target, plan.script.after, progress)


def run_steps(target: Connection, steps: Iterable[Step], progress: Progress) -> None:
    """Execute the statements of the steps, each step as one message to the server."""
    for step in steps:
        progress.step(step.title)
        if step.statements:
            text = sql.SQL(";\n").join(step.statements).as_string(target)
            try:
                target.execute(text)
            except psycopg.errors.ForeignKeyViolation:
                raise
            except psycopg.Error as error:
                raise _located(error, step, text) from error


def _located(error: psycopg.Error, step: Step, text: str) -> psycopg.Error | DatabaseFailed:
    """Name the object at which a long text of DDL failed."""
    position = error.diag.statement_position
    names = (
        re.findall(r"^-- Name: (.+?); Type: ([A-Z ]+);", text[: int(position)], re.M)
        if position
        else []
    )
    if not names or isinstance(error, psycopg.OperationalError):
        return error
    name, kind = names[-1]
    return DatabaseFailed(
        f"{step.title}: {kind.lower()} {name}: {error.diag.message_primary}",
        hint=error.diag.message_hint or "nothing was changed",
    )


def _load(target: Connection, plan: RestorePlan, source: SnapshotFiles, progress: Progress) -> None:
    progress.expect(plan.manifest.rows)
    with source.loading():
        for part in parts(source, plan.source_format):
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
        blocks = ahead(blocks)
    loaded = copy_in(target, copy_from(entry, frozen, part.binary), blocks)
    if loaded != part.rows and counted:
        raise ContentDiffers(
            f"{entry.name} received {loaded:,} rows, the snapshot has {part.rows:,}",
            hint="nothing was changed; make the snapshot again",
        )


def _measured(part: Part, progress: Progress) -> Iterator[bytes]:
    """The blocks, as long as they are no more than the snapshot says."""
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
    """The blocks, as long as they hold no more rows than the snapshot says."""
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
    path = scalar(target, "SELECT pg_catalog.current_setting('search_path')")
    target.execute("SELECT pg_catalog.set_config('search_path', '', true)")
    encoding = manifest.source.encoding
    differing = [d for e in manifest.tables if (d := content_difference(target, e, encoding))]
    target.execute("SELECT pg_catalog.set_config('search_path', %s, true)", [path])
    if differing:
        raise ContentDiffers(
            f"{len(differing)} tables are not what the snapshot says after loading",
            hint="nothing was changed; a trigger or default of the target may alter rows; "
            "--no-verify keeps them",
            details=differing,
        )


def content_difference(connection: Connection, entry: TableEntry, encoding: str) -> str | None:
    """How a table's content differs from its entry; None if it does not, or has no checksum."""
    if entry.checksum is None:
        return None
    rows, checksum = content_checksum(connection, entry, encoding)
    if rows != entry.rows:
        return f"{entry.name}: {rows:,} rows, the snapshot has {entry.rows:,}"
    if checksum != entry.checksum:
        return f"{entry.name}: {rows:,} rows, of which some have another content"
    return None


def _check_nothing_else_dropped(target: Connection, plan: RestorePlan) -> None:
    left = read_objects(target)
    lost = [
        f"would be {'changed' if o in left else 'dropped'}: {o}"
        for o, definition in plan.catalog.objects.items()
        if o.schema not in plan.dropped_schemas and left.get(o) != definition
    ]
    if lost:
        raise DatabaseFailed(
            f"{len(lost)} objects outside the snapshot's schemas depend on what would be dropped",
            hint="nothing was changed; drop them yourself, or use --data-only",
            details=lost,
        )


def _explain(
    target: Connection, plan: RestorePlan, source: SnapshotFiles, error: psycopg.Error
) -> ForeignKeysViolated:
    """Load the rows once more without foreign keys, and look at each. All of it is rolled back."""
    script = plan.script
    if not plan.creates_schema:
        rows = Rows(plan.manifest.tables, (), (), plan.manifest.large_objects is not None)
        script = without_foreign_keys(rows, plan.catalog)
    for step in script.before:
        if step.statements:
            target.execute(sql.SQL(";\n").join(step.statements))
    for part in parts(source, plan.source_format):
        copy_in(target, copy_from(part.entry, binary=part.binary), part.blocks)
    violations = find_violations(target, plan.foreign_keys)
    return ForeignKeysViolated(
        f"the rows violate {len(violations) or 'some'} foreign keys",
        hint="nothing was changed; mend the rows where they come from and make the snapshot again",
        details=violations or [str(error.diag.message_detail)],
    )
