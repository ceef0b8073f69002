"""Real public databases, where they lie beside the project: every format, both modes, 16 and 18."""

from __future__ import annotations

import os
import subprocess
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import SHARED
from databases import disturb
from equality import PROGRAMS, differences, run_psql

from snapshot.catalog import Catalog, Name
from snapshot.create import CreateOptions, create_snapshot
from snapshot.planning.restore_plan import PlanOptions
from snapshot.postgres.connection import connected, consistent_read
from snapshot.postgres.copying import copy_out, select_text
from snapshot.postgres.introspect import read_catalog
from snapshot.restore import RestoreOptions, restore_snapshot
from snapshot.safety.backups import BackupOptions
from snapshot.store.manifest import FORMATS

NONE = BackupOptions(keep=False)
DATA = SHARED / "data"
NAMES = ["chinook", "chinook_mixedcase", "happiness", "northwind", "pagila", "periodic_table"]

pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason="the real databases are not here")


@pytest.mark.parametrize("version", [13, 15, 18])
@pytest.mark.parametrize("name", NAMES)
def test_real_database(
    name: str, version: int, database: Callable[..., str], tmp_path: Path
) -> None:
    source, target = database(version), database(version)
    subprocess.run(
        ["bash", DATA / name / "load.sh", source],
        env=dict(os.environ, PSQL=str(PROGRAMS / "psql")),
        check=True,
        capture_output=True,
    )
    create_snapshot(CreateOptions(source, tmp_path / "s", formats=FORMATS))
    for source_format in FORMATS:
        plan = PlanOptions(source_format=source_format)
        restore_snapshot(
            RestoreOptions(target, tmp_path / "s", confirm=True, plan=plan, backup=NONE)
        )
        assert differences(source, target) == []
        disturb(target)
        restore_snapshot(
            RestoreOptions(target, tmp_path / "s", confirm=True, plan=plan, backup=NONE)
        )
        assert differences(source, target) == []
        with_schema = PlanOptions(source_format=source_format, replace_schema=True)
        restore_snapshot(
            RestoreOptions(target, tmp_path / "s", confirm=True, plan=with_schema, backup=NONE)
        )
        assert differences(source, target) == []
    disturb(target)
    run_psql(target, tmp_path / "s" / "advanced_seed.sql")
    assert differences(source, target) == []
    seeded = database(version)
    run_psql(seeded, tmp_path / "s" / "seed.sql")
    assert differences(source, seeded) == []


@pytest.mark.parametrize("name", ["chinook", "northwind", "pagila"])
def test_a_part_of_a_real_database(name: str, database: Callable[..., str], tmp_path: Path) -> None:
    """Row 129: it restores with every foreign key, and each of its rows is one of the source's."""
    pytest.importorskip("pyarrow")
    source, target = database(18), database(18)
    subprocess.run(
        ["bash", DATA / name / "load.sh", source],
        env=dict(os.environ, PSQL=str(PROGRAMS / "psql")),
        check=True,
        capture_output=True,
    )
    with connected(source) as connection, consistent_read(connection):
        catalog = read_catalog(connection)
    referring = {key.root for key in catalog.foreign_keys}
    roots = [
        f'{{ table = "{table.name}", percent = 5, allow_empty = true }}'
        for table in catalog.tables
        if table.key and table.name in referring
    ]
    policy = tmp_path / "part.toml"
    policy.write_text(f"version = 1\n[subset]\nroots = [{', '.join(roots)}]\n")
    part = create_snapshot(CreateOptions(source, tmp_path / "s", subset=str(policy))).manifest
    restore_snapshot(RestoreOptions(target, tmp_path / "s", confirm=True, backup=NONE))
    whole, found = lines_of(source, catalog), lines_of(target, catalog)
    assert 0 < part.rows < sum(map(len, whole.values())) / 2
    assert sum(map(len, found.values())) == part.rows
    for table, lines in found.items():
        assert Counter(lines) <= Counter(whole[table]), table


def lines_of(url: str, catalog: Catalog) -> dict[Name, list[bytes]]:
    """The rows of all tables as COPY text."""
    with connected(url) as connection, consistent_read(connection):
        return {
            table.name: [
                line
                for block in copy_out(connection, select_text(table))
                for line in block.data.splitlines()
            ]
            for table in catalog.tables
        }
