"""Keeps a seeded state as a snapshot: the rows are made once, and restored after that."""

from __future__ import annotations

import hashlib
import shutil
import sys
import sysconfig
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

import orjson
from psycopg import sql

import snapshot
from snapshot.catalog import LEDGER, Catalog, Name, Table
from snapshot.create import CreateOptions, create_snapshot
from snapshot.errors import SnapshotError
from snapshot.planning.preflight import examine, refuse_if_blocked
from snapshot.planning.restore_plan import PlanOptions, TargetState, build_plan
from snapshot.postgres.connection import Connection, describe, scalar
from snapshot.postgres.facts import read_facts
from snapshot.postgres.introspect import count_relations, count_rows, read_catalog, read_indexes
from snapshot.postgres.outcome import known_outcome
from snapshot.progress import NO_PROGRESS, Progress
from snapshot.restorers.transaction import begin, replay
from snapshot.safety.guard import connected_for_writing
from snapshot.safety.history import state_folder
from snapshot.seeding import ledger_queries
from snapshot.seeding.blueprint import parameters_of
from snapshot.seeding.ledger import read_recipe
from snapshot.seeding.options import SeedOptions, SeedReport, Watch
from snapshot.seeding.personal_data import faker_version
from snapshot.seeding.preparing import reading
from snapshot.seeding.run import may_clear, seed_database
from snapshot.store.manifest import Manifest, load_manifest
from snapshot.store.reader import open_snapshot

KEPT = 10  # states, of all blueprints
_LARGEST_BEFORE = 100_000  # rows that exist before; more are not worth comparing


def seed_cached(
    options: SeedOptions,
    watch: Watch | None = None,
    approve: Callable[[str, Mapping[Name, int]], bool] | None = None,
    progress: Progress = NO_PROGRESS,
) -> SeedReport:
    """Like seed_database(), but a state that was made before from the same is restored.

    The same are the blueprint and the modules it imports, parameters, seed, schema, Faker, and the
    rows that existed. Modules of the standard library and of installed packages do not count.
    """
    began = time.monotonic()
    with connected_for_writing(options.url, options.guard) as connection:
        with reading(connection), _qualified_names(connection):
            key, rows = _look(connection, options)
        folder = state_folder() / "states" / key if key else None
        if folder is not None and _is_complete(folder):
            if options.clear_first:
                may_clear(connection, options, approve, progress)
            restored = _restore(connection, options, folder, progress)
            if restored is not None:
                return _report(options, describe(connection), restored, rows, began)
    report = seed_database(options, watch, approve, progress)
    if folder is not None and not options.dry:
        _keep(options.url, folder, progress)
    return report


def _look(connection: Connection, options: SeedOptions) -> tuple[str | None, dict[Name, int]]:
    """What decides the state that seeding makes, and the rows of each table."""
    catalog = read_catalog(connection)
    rows = count_rows(connection, _tables(catalog))
    return _key(connection, catalog, rows, options), rows


@contextmanager
def _qualified_names(connection: Connection) -> Iterator[None]:
    """Read the catalog as restores do: every name with its schema."""
    with connection.transaction(force_rollback=True):
        connection.execute("SELECT pg_catalog.set_config('search_path', '', true)")
        yield


def _restore(
    connection: Connection, options: SeedOptions, folder: Path, progress: Progress
) -> Manifest | None:
    """Restore a state. None if rows were written since the look: they must not be lost.

    The last look, at locked tables, and the restore are one transaction.
    """
    with known_outcome(connection):
        begin(connection)
        tables = _tables(read_catalog(connection, with_objects=False))
        if tables:
            connection.execute(ledger_queries.lock_tables(table.name for table in tables))
        with _qualified_names(connection):
            key, rows = _look(connection, options)
            if key != folder.name:
                return None
            source = open_snapshot(folder)
            state = TargetState(
                connection.info.dbname,
                describe(connection),
                read_catalog(connection),
                count_relations(connection),
                rows,
                read_indexes(connection),
            )
        plan = build_plan(source, state, PlanOptions())
        refuse_if_blocked(plan.target, examine(plan, read_facts(connection), True))
        replay(connection, plan, source, verify=True, progress=progress)
        return source.manifest


def _report(
    options: SeedOptions, database: str, restored: Manifest, rows: Mapping[Name, int], began: float
) -> SeedReport:
    before = {} if options.clear_first else rows
    added = {
        str(entry.name): entry.rows - before.get(entry.name, 0)
        for entry in restored.tables
        if entry.name not in LEDGER
    }
    return SeedReport(
        database,
        options.blueprint.name,
        options.profile,
        sum(rows.values()),
        {name: count for name, count in added.items() if count},
        time.monotonic() - began,
        from_cache=True,
    )


def _tables(catalog: Catalog) -> list[Table]:
    return [t for t in catalog.tables if t.name not in LEDGER and t.configuration is None]


def _key(
    connection: Connection, catalog: Catalog, rows: Mapping[Name, int], options: SeedOptions
) -> str | None:
    """What decides the state that seeding makes. None if too many rows exist to compare them."""
    before = {} if options.clear_first else {n: c for n, c in rows.items() if c}
    if sum(before.values()) > _LARGEST_BEFORE:
        return None
    blueprint = options.blueprint
    contents = {str(name): _content(connection, name) for name in before}
    files = sorted({str(path) for path in (blueprint.file, blueprint.schema) if path} | _modules())
    document = {
        "blueprint": [hashlib.sha256(Path(file).read_bytes()).hexdigest() for file in files],
        "parameters": asdict(parameters_of(blueprint, options.profile, options.parameters)),
        "seed": options.seed,
        "now": options.now,
        "schema": {str(o): d for o, d in catalog.objects.items() if o.schema != LEDGER[0].schema},
        "server": catalog.server_version // 10000,
        "before": contents,
        "last": asdict(last) if (last := read_recipe(connection, blueprint.name)) else None,
        "faker": faker_version(),
        "snapshot": snapshot.__version__,
    }
    data = orjson.dumps(document, option=orjson.OPT_SORT_KEYS)
    return hashlib.sha256(data).hexdigest()[:24]


def _modules() -> set[str]:
    """The files of all modules that are loaded and not installed: a blueprint may use any."""
    installed = tuple(sysconfig.get_path(name) for name in ("stdlib", "platstdlib"))
    ours = str(Path(snapshot.__file__).parent)
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
    folder.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    create_snapshot(CreateOptions(url, folder, ("archive",), checksums=True), progress)
    states = sorted(folder.parent.iterdir(), key=lambda path: path.stat().st_mtime, reverse=True)
    for path in states[KEPT:]:
        shutil.rmtree(path, ignore_errors=True)
