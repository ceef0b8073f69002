"""Keeps a seeded state as a snapshot: the rows are made once, and restored after that."""

from __future__ import annotations

import hashlib
import shutil
import sys
import sysconfig
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

import orjson
from psycopg import sql

from snapshot.catalog import LEDGER, Catalog, Name, Table
from snapshot.change import Approve, Change, change
from snapshot.create import CreateOptions, create_snapshot
from snapshot.errors import Refused, SnapshotError
from snapshot.planning.applications import ContainerOptions
from snapshot.planning.change_plan import refuse_if_blocked
from snapshot.planning.migrations import bookkeeping
from snapshot.planning.spelling import settled
from snapshot.postgres.connection import Connection, scalar
from snapshot.postgres.introspect import (
    count_rows,
    lock_out_writers,
    read_catalog,
    read_internal_options,
    read_schemas,
    read_tables,
)
from snapshot.postgres.outcome import known_outcome
from snapshot.postgres.psql import shared_read
from snapshot.postgres.schema_dump import schema_dump
from snapshot.progress import NO_PROGRESS, Progress
from snapshot.restore import RestoreOptions, plan_from
from snapshot.restorers.transaction import begin, replay
from snapshot.seeding.blueprint import parameters_of
from snapshot.seeding.ledger import read_recipe
from snapshot.seeding.options import SeedOptions, SeedReport, Watch
from snapshot.seeding.personal_data import faker_version
from snapshot.seeding.preparing import reading
from snapshot.seeding.run import SeedPlan, plan_seeding, seed_within
from snapshot.store import VERSION
from snapshot.store.folders import private_folder, state_folder
from snapshot.store.manifest import load_manifest
from snapshot.store.reader import open_snapshot

KEPT = 10  # states, of all blueprints
_LARGEST_BEFORE = 100_000  # rows that exist before; more are not worth comparing


@dataclass(frozen=True, kw_only=True)
class CachedPlan(SeedPlan):
    """A seeding whose result `folder` may hold already. None if the result is not kept."""

    folder: Path | None
    found: Mapping[Name, int]  # rows that exist
    schema: str  # a digest of all definitions


def seed_cached(
    options: SeedOptions,
    watch: Watch | None = None,
    approve: Approve | None = None,
    progress: Progress = NO_PROGRESS,
) -> SeedReport:
    """Like seed_database(), but a state that was made before from the same is restored.

    The same are the blueprint and all loaded modules that are not installed, parameters, seed,
    schema, Faker, and the rows that existed.
    """
    began = time.monotonic()
    with change(options, partial(_plan, options), approve, progress) as session:
        folder = session.plan.folder
        if folder is None or not _is_complete(folder):
            report = seed_within(session.connection, options, watch, progress)
            session.done = not options.dry
            if folder is not None and not options.dry:
                _keep(session.url, folder, progress)
            return report
        added = _restore(session, folder, options, progress)
    found = sum(session.plan.found.values())
    return SeedReport(
        session.plan.target,
        options.blueprint.name,
        options.profile,
        found,
        added,
        time.monotonic() - began,
        from_cache=True,
    )


def _plan(options: SeedOptions, connection: Connection) -> CachedPlan:
    with reading(connection) as exported:
        schema = _schema(connection, options.conninfo, exported)
        catalog = read_catalog(connection)
        rows = count_rows(connection, _tables(catalog))
        key = _key(connection, schema, rows, options)
    plan = plan_seeding(options, connection)
    return CachedPlan(
        database=plan.database,
        target=plan.target,
        harmless=plan.harmless,
        lost=plan.lost,
        decision=key,
        deleted=plan.deleted,
        folder=state_folder() / "states" / key if key else None,
        found=rows,
        schema=schema,
    )


def _restore(
    session: Change[CachedPlan], folder: Path, options: SeedOptions, progress: Progress
) -> dict[str, int]:
    """Restore the state that was kept. Returns the rows that it added, by table.

    Raises Refused if somebody has written since the state was chosen: those rows would be lost.
    """
    connection, source = session.connection, open_snapshot(folder)
    chosen = RestoreOptions(
        session.url,
        folder,
        allow_other_source=True,
        containers=ContainerOptions(leave_alone=True),
        full=True,  # the transaction is another one than a restore's
    )
    plan = plan_from(source, chosen, connection)
    refuse_if_blocked(plan.target, plan.findings)
    with known_outcome(connection), connection.transaction():
        begin(connection)
        catalog = read_catalog(connection)
        lock_out_writers(connection, catalog.tables)
        rows = count_rows(connection, _tables(catalog))
        # the schema was compared by plan_from()
        if _key(connection, session.plan.schema, rows, options) != folder.name:
            raise Refused(
                f"somebody has written to {plan.target} meanwhile",
                hint="nothing was changed; run the command again",
            )
        replay(connection, plan, source, True, progress)
    stay = bookkeeping(catalog.tables) if options.clear_first else rows
    added = {
        str(entry.name): entry.rows - (rows.get(entry.name, 0) if entry.name in stay else 0)
        for entry in source.manifest.tables
        if entry.name not in LEDGER
    }
    return {name: count for name, count in added.items() if count}


def _tables(catalog: Catalog) -> list[Table]:
    return [t for t in catalog.tables if t.name not in LEDGER and t.configuration is None]


def _schema(connection: Connection, url: str, exported: str) -> str:
    """A digest of all definitions but the ledger's."""
    version = connection.info.server_version
    read = shared_read(connection, url, exported)
    ledger = [s for s in read_schemas(connection) if s == LEDGER[0].schema]
    with schema_dump(connection, read, ledger) as dump:
        definitions = dump.definitions(False, read_internal_options(connection))
    document = (version // 10000, sorted((o, settled(d.text)) for o, d in definitions.items()))
    return hashlib.sha256(repr(document).encode()).hexdigest()


def _key(
    connection: Connection, schema: str, rows: Mapping[Name, int], options: SeedOptions
) -> str | None:
    """What decides the state that seeding makes. None if too many rows exist to compare them."""
    stay = bookkeeping(read_tables(connection)) if options.clear_first else rows
    before = {n: c for n, c in rows.items() if c and n in stay}
    if sum(before.values()) > _LARGEST_BEFORE:
        return None
    blueprint = options.blueprint
    contents = {str(name): _content(connection, name) for name in before}
    own = (blueprint.file, blueprint.schema, *blueprint.text_files)
    files = sorted({str(path) for path in own if path} | _modules())
    document = {
        "blueprint": [hashlib.sha256(Path(file).read_bytes()).hexdigest() for file in files],
        "parameters": asdict(parameters_of(blueprint, options.profile, options.parameters)),
        "seed": options.seed,
        "now": options.now,
        "schema": schema,
        "before": contents,
        "last": asdict(last) if (last := read_recipe(connection, blueprint.name)) else None,
        "faker": faker_version(),
        "snapshot": VERSION,
    }
    data = orjson.dumps(document, option=orjson.OPT_SORT_KEYS)
    return hashlib.sha256(data).hexdigest()[:24]


def _modules() -> set[str]:
    """The files of all modules that are loaded and not installed: a blueprint may use any."""
    installed = tuple(sysconfig.get_path(name) for name in ("stdlib", "platstdlib"))
    ours = str(Path(__file__).parent.parent)
    files = {getattr(module, "__file__", None) or "" for module in list(sys.modules.values())}
    return {
        file
        for file in files
        if file.endswith(".py")
        and not file.startswith((*installed, ours))
        and not {"site-packages", "dist-packages"} & set(Path(file).parts)
        and Path(file).is_file()
    }


def _content(connection: Connection, name: Name) -> str:
    """A digest of what a table holds."""
    query = sql.SQL(
        "SELECT pg_catalog.md5(coalesce(pg_catalog.string_agg(t::text, E'\\n' ORDER BY t::text),"
        " '')) FROM {} t"
    ).format(sql.Identifier(*name))
    return str(scalar(connection, query))


def _is_complete(folder: Path) -> bool:
    try:
        load_manifest(folder)
    except SnapshotError:
        return False
    return True


def _keep(url: str, folder: Path, progress: Progress) -> None:
    """Keep the state that was just made, and delete the oldest ones."""
    private_folder(folder.parent)
    create_snapshot(CreateOptions(url, folder, formats=("archive",), checksums=True), progress)
    states = sorted(folder.parent.iterdir(), key=lambda path: path.stat().st_mtime, reverse=True)
    for path in states[KEPT:]:
        shutil.rmtree(path, ignore_errors=True)
