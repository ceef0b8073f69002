"""What came back wrong, or not at all, from databases that nobody here had thought of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest
from databases import disturb
from equality import content, differences, run_psql

from snapshot.create import CreateOptions, create_snapshot
from snapshot.restore import RestoreOptions, restore_snapshot
from snapshot.safety.backups import BackupOptions
from snapshot.store.layout import ADVANCED_SEED_SQL, SEED_SQL
from snapshot.store.manifest import FILE_NAME, dump_manifest, load_manifest
from snapshot.swap import SwapOptions, swap_snapshot

Database = Callable[..., str]
NONE = BackupOptions(keep=False)
FORMATS = ("sql", "json", "archive")


def execute(url: str, *statements: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement)


def fetch(url: str, query: str) -> list[tuple[object, ...]]:
    with psycopg.connect(url) as connection:
        return connection.execute(query).fetchall()


def restore(url: str, directory: Path, **options: object) -> None:
    restore_snapshot(RestoreOptions(url, directory, confirm=True, backup=NONE, **options))


def swap(url: str, directory: Path) -> None:
    options = SwapOptions(url, directory, confirm=True, backup=NONE, keep_previous=False)
    swap_snapshot(options)


def psql_over(url: str, directory: Path) -> None:
    run_psql(url, directory / ADVANCED_SEED_SQL)


OVER = {"restore": restore, "swap": swap, "psql": psql_over}


def round_trip(
    database: Database, directory: Path, version: int, *statements: str, after: str = ""
) -> None:
    """Into an empty database, then over other rows on every road: it is always the same again.

    `after` spoils the state of the target before each restore over it.
    """
    source = database(version)
    execute(source, *statements)
    create_snapshot(CreateOptions(source, directory, FORMATS))
    empty = database(version)
    run_psql(empty, directory / SEED_SQL)
    assert differences(source, empty) == []
    target = database(version)
    restore(target, directory)
    assert differences(source, target) == []
    for road in OVER.values():
        disturb(target)
        if after:
            execute(target, after)
        road(target, directory)
        assert differences(source, target) == []


# --- the states of triggers and rules

STATES = """
    CREATE TABLE p (id int, k int) PARTITION BY LIST (k);
    CREATE TABLE z PARTITION OF p FOR VALUES IN (1, 2, 3) PARTITION BY LIST (k);
    CREATE TABLE z1 PARTITION OF z FOR VALUES IN (1);
    CREATE TABLE z2 PARTITION OF z FOR VALUES IN (2);
    CREATE TABLE z3 PARTITION OF z FOR VALUES IN (3);
    CREATE TABLE t (id int);
    CREATE FUNCTION spoils() RETURNS trigger LANGUAGE plpgsql AS
        'BEGIN NEW.id := NEW.id + 1; RETURN NEW; END';
    CREATE FUNCTION states() RETURNS TABLE (name text, state "char") LANGUAGE sql AS $$
        SELECT g.tgrelid::regclass || '.' || g.tgname, g.tgenabled FROM pg_trigger g
        WHERE g.tgname IN ('tr', 'off')
        UNION ALL SELECT w.ev_class::regclass || '.' || w.rulename, w.ev_enabled FROM pg_rewrite w
        WHERE w.rulename = 'ru' ORDER BY 1 $$;
    CREATE TRIGGER tr BEFORE INSERT ON p FOR EACH ROW EXECUTE FUNCTION spoils();
    CREATE TRIGGER tr BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION spoils();
    CREATE TRIGGER off BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION spoils();
    CREATE RULE ru AS ON INSERT TO t DO ALSO NOTHING;
    CREATE RULE ru AS ON INSERT TO z1 DO ALSO NOTHING;
    INSERT INTO p VALUES (1, 1), (2, 2), (3, 3); INSERT INTO t VALUES (1);
    ALTER TABLE z DISABLE TRIGGER tr; ALTER TABLE z1 ENABLE ALWAYS TRIGGER tr;
    ALTER TABLE z2 ENABLE REPLICA TRIGGER tr; ALTER TABLE z3 ENABLE TRIGGER tr;
    ALTER TABLE t ENABLE ALWAYS TRIGGER tr; ALTER TABLE t DISABLE TRIGGER off;
    ALTER TABLE t DISABLE RULE ru; ALTER TABLE z1 ENABLE REPLICA RULE ru
"""
OTHER_STATES = """
    ALTER TABLE p ENABLE REPLICA TRIGGER tr; ALTER TABLE z1 DISABLE TRIGGER tr;
    ALTER TABLE t DISABLE TRIGGER tr; ALTER TABLE t ENABLE ALWAYS TRIGGER off;
    ALTER TABLE t ENABLE RULE ru; ALTER TABLE z1 ENABLE RULE ru
"""


@pytest.mark.parametrize("version", [13, 15, 18])
@pytest.mark.parametrize("road", OVER)
def test_triggers_and_rules_come_back_in_their_state(
    database: Database, tmp_path: Path, version: int, road: str
) -> None:
    source, target, seed = database(version), database(version), tmp_path / "seed"
    execute(source, STATES)
    expected = fetch(source, "SELECT * FROM states()")
    assert {state for _, state in expected} == set("ODRA")
    create_snapshot(CreateOptions(source, seed))
    restore(target, seed)
    assert fetch(target, "SELECT * FROM states()") == expected
    for after in ("SELECT", OTHER_STATES):
        execute(target, after, "TRUNCATE p, t")
        OVER[road](target, seed)
        assert fetch(target, "SELECT * FROM states()") == expected
        assert content(target) == content(source)


@pytest.mark.parametrize("version", [13, 18])
def test_without_recorded_states_the_targets_stay(
    database: Database, tmp_path: Path, version: int
) -> None:
    """An older version made the manifest."""
    source, seed = database(version), tmp_path / "seed"
    execute(source, STATES)
    create_snapshot(CreateOptions(source, seed))
    manifest = replace(load_manifest(seed), states=None)
    assert b'"states"' not in dump_manifest(manifest)
    (seed / FILE_NAME).write_bytes(dump_manifest(manifest))
    before = content(source)
    execute(source, OTHER_STATES)
    expected = fetch(source, "SELECT * FROM states()")
    restore(source, seed)
    assert fetch(source, "SELECT * FROM states()") == expected
    assert content(source) == before


# --- rows that a NOT VALID constraint does not hold for

NOT_VALID = """
    CREATE DOMAIN d AS int; CREATE DOMAIN dd AS d; CREATE TYPE pair AS (a dd, b int);
    CREATE TYPE span AS RANGE (subtype = d);
    CREATE TABLE t (id int PRIMARY KEY, x d, y dd[], z pair[], s span);
    INSERT INTO t VALUES (1, -5, '{-6}', '{"(-7,1)"}', '[-9,-1)');
    ALTER DOMAIN d ADD CONSTRAINT pos CHECK (value > 0) NOT VALID;
    COMMENT ON CONSTRAINT pos ON DOMAIN d IS 'since 2024';
    CREATE DOMAIN unused AS int;
    ALTER DOMAIN unused ADD CONSTRAINT pos CHECK (value > 0) NOT VALID;

    CREATE TABLE p (id int, k int) PARTITION BY LIST (k);
    CREATE TABLE p1 PARTITION OF p FOR VALUES IN (1); CREATE TABLE p2 PARTITION OF p DEFAULT;
    CREATE TABLE p3 (id int, k int); INSERT INTO p VALUES (-1, 1), (-1, 2);
    ALTER TABLE p1 ADD CONSTRAINT leaf_only CHECK (id > 10) NOT VALID;
    ALTER TABLE p1 ADD CONSTRAINT of_both CHECK (id > 20) NOT VALID;
    ALTER TABLE p ADD CONSTRAINT of_both CHECK (id > 20) NOT VALID;
    COMMENT ON CONSTRAINT leaf_only ON p1 IS 'only there';

    CREATE TABLE parent (id int); CREATE TABLE child () INHERITS (parent);
    INSERT INTO parent VALUES (-1); INSERT INTO child VALUES (-2);
    ALTER TABLE child ADD CONSTRAINT of_both CHECK (id > 20) NOT VALID;
    ALTER TABLE parent ADD CONSTRAINT of_both CHECK (id > 20) NOT VALID
"""
NOT_NULL_NOT_VALID = """
    CREATE TABLE n (id int PRIMARY KEY, v int); INSERT INTO n VALUES (1, NULL);
    ALTER TABLE n ADD CONSTRAINT v_nn NOT NULL v NOT VALID;
    COMMENT ON CONSTRAINT v_nn ON n IS 'later';
    CREATE TABLE q (id int, v int, w int) PARTITION BY LIST (id);
    CREATE TABLE q1 PARTITION OF q FOR VALUES IN (1); INSERT INTO q VALUES (1, NULL, NULL);
    ALTER TABLE q1 ADD CONSTRAINT w_nn NOT NULL w NOT VALID;
    ALTER TABLE q ADD CONSTRAINT v_nn NOT NULL v NOT VALID;
    CREATE TABLE up (id int, v int); CREATE TABLE down () INHERITS (up);
    INSERT INTO up VALUES (1, NULL); INSERT INTO down VALUES (1, NULL);
    ALTER TABLE down ADD CONSTRAINT v_nn NOT NULL v NOT VALID;
    ALTER TABLE up ADD CONSTRAINT v_nn NOT NULL v NOT VALID
"""


@pytest.mark.parametrize("version", [13, 15, 18])
def test_rows_that_an_unchecked_constraint_does_not_hold_for(
    database: Database, tmp_path: Path, version: int
) -> None:
    later = [NOT_NULL_NOT_VALID] if version >= 18 else []
    round_trip(database, tmp_path / "seed", version, NOT_VALID, *later)
