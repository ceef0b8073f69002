"""Create, restore, equal: every odd database, every format, every road."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from databases import SCHEMAS, build, disturb
from equality import content, differences, run_psql

from snapshot.backup import BackupOptions
from snapshot.create import FORMATS, CreateOptions, create_snapshot
from snapshot.restore import RestoreOptions, restore_snapshot
from snapshot.restorers.plan import PlanOptions, Road

NAMES = ["cuebe", *SCHEMAS]
Database = Callable[..., str]
NONE = BackupOptions(keep=False)


def snapshot_of(url: str, directory: Path) -> Path:
    create_snapshot(CreateOptions(url, directory, FORMATS))
    return directory


def restore(url: str, directory: Path, **plan: object) -> Road:
    options = RestoreOptions(url, directory, True, PlanOptions(**plan), backup=NONE)  # type: ignore[arg-type]
    return restore_snapshot(options).road


@pytest.mark.parametrize("version", [13, 15, 18])
@pytest.mark.parametrize("name", NAMES)
def test_every_format_and_road(name: str, version: int, database: Database, tmp_path: Path) -> None:
    source = database(version)
    build(source, name)
    directory = snapshot_of(source, tmp_path / "s")
    for source_format in FORMATS:
        target = database(version)
        assert restore(target, directory, source_format=source_format) is Road.CREATE
        assert differences(source, target) == []
        disturb(target)
        road = restore(target, directory, source_format=source_format)
        assert road is Road.REPLACE_ROWS
        assert differences(source, target) == []
    disturb(target)
    assert restore(target, directory, replace_schema=True) is Road.REPLACE_SCHEMA
    assert differences(source, target) == []
    disturb(target)
    assert restore(target, directory, data_only=True) is Road.DATA_ONLY
    assert differences(source, target) == []


@pytest.mark.parametrize("name", NAMES)
def test_psql_alone(name: str, database: Database, tmp_path: Path) -> None:
    source = database()
    build(source, name)
    directory = snapshot_of(source, tmp_path / "s")
    seeded = database()
    run_psql(seeded, directory / "seed.sql")
    assert differences(source, seeded) == []
    disturb(seeded)
    run_psql(seeded, directory / "advanced_seed.sql")
    assert differences(source, seeded) == []
    twofold = database()
    run_psql(twofold, directory / "schema.sql", directory / "data.sql")
    assert differences(source, twofold) == []


@pytest.mark.parametrize("name", NAMES)
def test_creating_twice_gives_the_same_bytes(name: str, database: Database, tmp_path: Path) -> None:
    source = database()
    build(source, name)
    one, two = snapshot_of(source, tmp_path / "one"), snapshot_of(source, tmp_path / "two")
    files = {str(p.relative_to(one)) for p in one.rglob("*") if p.is_file()}
    assert files == {str(p.relative_to(two)) for p in two.rglob("*") if p.is_file()}
    for file in files - {"manifest.json"}:
        assert (one / file).read_bytes() == (two / file).read_bytes(), file
    assert create_snapshot(CreateOptions(source, one, FORMATS)).changed is False


@pytest.mark.parametrize("name", NAMES)
def test_foreign_keys_of_large_tables_come_back_as_they_were(
    name: str, database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("snapshot.restorers.plan.MANY_ROWS", 1)
    source, target = database(), database()
    build(source, name)
    build(target, name)
    directory = snapshot_of(source, tmp_path / "s")
    disturb(target)
    assert restore(target, directory) is Road.REPLACE_ROWS
    assert differences(source, target) == []


def test_restored_database_makes_the_same_snapshot(database: Database, tmp_path: Path) -> None:
    source, target = database(16), database(18)
    build(source, "cuebe")
    one = snapshot_of(source, tmp_path / "one")
    restore(target, one)
    two = snapshot_of(target, tmp_path / "two")
    for file in ("data.sql", "seed_data.json", "advanced_seed.sql"):
        assert (one / file).read_bytes() == (two / file).read_bytes(), file


def test_older_to_newer(database: Database, tmp_path: Path) -> None:
    for name in NAMES:
        source, target = database(16), database(18)
        build(source, name)
        directory = snapshot_of(source, tmp_path / name)
        restore(target, directory)
        assert content(source) == content(target), name
        disturb(target)
        assert restore(target, directory) is Road.REPLACE_ROWS
        assert content(source) == content(target), name
