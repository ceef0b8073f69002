"""Real public databases, where they lie beside the project: every format, both modes, 16 and 18."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import SHARED
from databases import disturb
from equality import PROGRAMS, differences, run_psql

from snapshot.create import CreateOptions, create_snapshot
from snapshot.planning.restore_plan import PlanOptions
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
