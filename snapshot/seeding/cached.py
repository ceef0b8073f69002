"""A seeded state, kept as a snapshot: generating happens once, after that it is restored."""

from __future__ import annotations

import hashlib
import shutil
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path

import orjson
from psycopg import sql

import snapshot
from snapshot.catalog import LEDGER, Catalog, Name, Table
from snapshot.create import CreateOptions, create_snapshot
from snapshot.errors import SnapshotError
from snapshot.planning.applications import ContainerOptions
from snapshot.postgres.connection import Connection, describe, scalar
from snapshot.postgres.introspect import count_rows, read_catalog
from snapshot.progress import NO_PROGRESS, Progress
from snapshot.restore import RestoreOptions, restore_snapshot
from snapshot.safety.backups import BackupOptions
from snapshot.safety.guard import connected_for_writing
from snapshot.safety.history import state_folder
from snapshot.seeding.blueprint import parameters_of
from snapshot.seeding.ledger import read_recipe
from snapshot.seeding.personal_data import faker_version
from snapshot.seeding.run import (
    SeedOptions,
    SeedReport,
    Watch,
    may_clear,
    reading,
    seed_database,
)
from snapshot.store.manifest import load_manifest

KEPT = 10  # states, of all blueprints
_LARGEST_BEFORE = 100_000  # rows that are there before; more are not worth comparing


def seed_cached(
    options: SeedOptions,
    watch: Watch | None = None,
    approve: Callable[[str, Mapping[Name, int]], bool] | None = None,
    progress: Progress = NO_PROGRESS,
) -> SeedReport:
    """As seed_database(), but a state that was made before, from the same, is restored.

    The same are blueprint, parameters, seed, schema, Faker, and the rows that were there.
    """
    began = time.monotonic()
    with connected_for_writing(options.url, options.guard) as connection:
        with reading(connection):
            catalog = read_catalog(connection)
            rows = count_rows(connection, _tables(catalog))
            key = _key(connection, catalog, rows, options)
        folder = state_folder() / "states" / key if key else None
        known = folder is not None and _whole(folder)
        if known and options.clear_first:
            may_clear(connection, options, approve, progress)
        database = describe(connection)
    if folder is None or not known:
        report = seed_database(options, watch, approve, progress)
        if folder is not None:
            _keep(options.url, folder, progress)
        return report
    restored = restore_snapshot(
        RestoreOptions(
            options.url,
            folder,
            confirm=True,
            containers=ContainerOptions(leave_alone=True),
            guard=options.guard,
            allow_other_source=True,
            backup=BackupOptions(keep=False),  # nothing is lost, or it was kept above
        ),
        progress=progress,
    )
    added = {
        str(entry.name): entry.rows - (0 if options.clear_first else rows.get(entry.name, 0))
        for entry in restored.manifest.tables
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
    """What decides the state; None if too much is there already."""
    before = {} if options.clear_first else {n: c for n, c in rows.items() if c}
    if sum(before.values()) > _LARGEST_BEFORE:
        return None
    blueprint = options.blueprint
    contents = {str(name): _content(connection, name) for name in before}
    files = [path.read_bytes() for path in (blueprint.file, blueprint.schema) if path]
    document = {
        "blueprint": [hashlib.sha256(data).hexdigest() for data in files],
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


def _content(connection: Connection, name: Name) -> str:
    """What a table holds, in a few letters."""
    query = sql.SQL(
        "SELECT pg_catalog.md5(coalesce(pg_catalog.string_agg(t::text, E'\\n' ORDER BY t::text),"
        " '')) FROM {} t"
    ).format(sql.Identifier(*name))
    return str(scalar(connection, query))


def _whole(folder: Path) -> bool:
    try:
        load_manifest(folder)
    except SnapshotError:
        return False
    return True


def _keep(url: str, folder: Path, progress: Progress) -> None:
    """Keep the state that was just made, and no more than a few of them."""
    folder.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    create_snapshot(CreateOptions(url, folder, ("archive",), checksums=True), progress)
    states = sorted(folder.parent.iterdir(), key=lambda path: path.stat().st_mtime, reverse=True)
    for path in states[KEPT:]:
        shutil.rmtree(path, ignore_errors=True)
