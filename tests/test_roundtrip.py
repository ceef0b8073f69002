"""Create, restore, equal: every odd database, every format, every mode."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest
from databases import LATER, SCHEMAS, build, disturb
from equality import content, differences, run_psql

from snapshot.create import CreateOptions, create_snapshot
from snapshot.planning.restore_plan import PlanOptions, RestoreMode
from snapshot.restore import RestoreOptions, plan_restore, restore_snapshot
from snapshot.safety.backups import BackupOptions
from snapshot.store.manifest import FORMATS
from snapshot.verify import verify_snapshot

NAMES = ["cuebe", *SCHEMAS]
Database = Callable[..., str]
NONE = BackupOptions(keep=False)


def snapshot_of(url: str, directory: Path) -> Path:
    create_snapshot(CreateOptions(url, directory, formats=FORMATS))
    return directory


def restore(url: str, directory: Path, **plan: object) -> RestoreMode:
    options = RestoreOptions(url, directory, confirm=True, plan=PlanOptions(**plan), backup=NONE)  # type: ignore[arg-type]
    return restore_snapshot(options).mode


EVERYWHERE = [
    *((name, version) for name in NAMES for version in (13, 15, 18)),
    *(
        (name, version)
        for name, (first, _) in LATER.items()
        for version in (15, 18)
        if version >= first
    ),
    *(("extensions", version) for version in (13, 15)),
]


@pytest.mark.parametrize(("name", "version"), EVERYWHERE)
def test_every_format_and_road(name: str, version: int, database: Database, tmp_path: Path) -> None:
    source = database(version)
    build(source, name)
    directory = snapshot_of(source, tmp_path / "s")
    for source_format in FORMATS:
        target = database(version)
        assert restore(target, directory, source_format=source_format) is RestoreMode.CREATE
        assert differences(source, target) == []
        assert verify_snapshot(directory, target).differences == ()
        disturb(target)
        mode = restore(target, directory, source_format=source_format)
        assert mode is RestoreMode.REPLACE_ROWS
        assert differences(source, target) == []
    # what was restored is the snapshot: it is taken again, and it makes an equal one
    assert restore(target, directory) is RestoreMode.REPLACE_ROWS
    assert verify_snapshot(directory, target).differences == ()
    create_snapshot(CreateOptions(target, tmp_path / "second", formats=("sql",)))
    assert verify_snapshot(tmp_path / "second", source).differences == ()
    disturb(target)
    assert restore(target, directory, replace_schema=True) is RestoreMode.REPLACE_SCHEMA
    assert differences(source, target) == []
    disturb(target)
    assert restore(target, directory, data_only=True) is RestoreMode.DATA_ONLY
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
    assert create_snapshot(CreateOptions(source, one, formats=FORMATS)).changed is False


@pytest.mark.parametrize("name", NAMES)
def test_foreign_keys_of_large_tables_come_back_as_they_were(
    name: str, database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("snapshot.planning.restore_plan.MANY_ROWS", 1)
    source, target = database(), database()
    build(source, name)
    build(target, name)
    directory = snapshot_of(source, tmp_path / "s")
    disturb(target)
    assert restore(target, directory) is RestoreMode.REPLACE_ROWS
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
        assert restore(target, directory) is RestoreMode.REPLACE_ROWS
        assert content(source) == content(target), name


def test_rows_find_their_partition_in_a_tree_of_another_shape(
    database: Database, tmp_path: Path
) -> None:
    source, target = database(), database()
    build(source, "ranges")
    with psycopg.connect(target, autocommit=True) as connection:
        for statement in (
            "CREATE TABLE rng (a int, b text, c int) PARTITION BY HASH (a)",
            "CREATE TABLE rng_0 PARTITION OF rng FOR VALUES WITH (MODULUS 2, REMAINDER 0)",
            "CREATE TABLE rng_1 PARTITION OF rng FOR VALUES WITH (MODULUS 2, REMAINDER 1)",
            "CREATE TABLE rng_gone (a int, b text, c int)",
            "CREATE TABLE sub (a int, b int)",
        ):
            connection.execute(statement)
    directory = snapshot_of(source, tmp_path / "s")
    for source_format in FORMATS:
        restore(target, directory, source_format=source_format, data_only=True)
        with psycopg.connect(source) as here, psycopg.connect(target) as there:
            query = "SELECT a, b, c FROM rng ORDER BY a"
            assert here.execute(query).fetchall() == there.execute(query).fetchall()
            spread = there.execute("SELECT count(DISTINCT tableoid) FROM rng").fetchone()
            assert spread == (2,)


def test_publications_are_left_out_with_a_word(database: Database, tmp_path: Path) -> None:
    source, target = database(), database()
    build(source, "cuebe")
    with psycopg.connect(source, autocommit=True) as connection:
        connection.execute("CREATE PUBLICATION passed_on FOR ALL TABLES")
    report = create_snapshot(CreateOptions(source, tmp_path / "s"))
    assert report.left_out == ("publication passed_on",)
    restore(target, tmp_path / "s")
    with psycopg.connect(target) as connection:
        assert connection.execute("SELECT count(*) FROM pg_publication").fetchone() == (0,)
    notes = plan_restore(RestoreOptions(source, tmp_path / "s"))[1]
    assert any("subscribers: passed_on" in finding.text for finding in notes)


def test_thousands_of_tables(database: Database, tmp_path: Path) -> None:
    source, target = database(), database()
    with psycopg.connect(source, autocommit=True) as connection:
        connection.execute(
            "DO $$ BEGIN FOR n IN 1..1500 LOOP EXECUTE format("
            "'CREATE TABLE t%s (id int PRIMARY KEY, p int%s)', n,"
            " CASE WHEN n > 1 THEN format(' REFERENCES t%s', n / 2) END);"
            " EXECUTE format('INSERT INTO t%s VALUES (1, 1)', n); END LOOP; END $$"
        )
    directory = snapshot_of(source, tmp_path / "s")
    restore(target, directory)
    restore(target, directory)
    assert content(source) == content(target)
