"""What decides whether a database has the snapshot's schema, and what a restore does about it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest
from conftest import ROOT
from equality import content, differences
from psycopg import sql
from spoil import reseal

from snapshot.create import CreateOptions, create_snapshot
from snapshot.errors import Refused, SchemaDiffers
from snapshot.planning.restore_plan import PlanOptions
from snapshot.planning.selection import Selection
from snapshot.postgres.schema_dump import LEFT_ASIDE, PRIVILEGES, PUBLICATIONS
from snapshot.restore import RestoreOptions, plan_restore, restore_snapshot
from snapshot.safety.backups import BackupOptions
from snapshot.status import database_status
from snapshot.store.manifest import dump_manifest, load_manifest
from snapshot.verify import verify_snapshot

Database = Callable[..., str]
NONE = BackupOptions(keep=False)

SCHEMA = """
    CREATE TABLE parent (id int PRIMARY KEY, name text NOT NULL);
    CREATE TABLE child (id int PRIMARY KEY, parent int REFERENCES parent,
        other int REFERENCES parent DEFERRABLE INITIALLY DEFERRED,
        soon int REFERENCES parent DEFERRABLE);
    CREATE VIEW named AS SELECT id, name FROM parent WHERE name <> '';
    INSERT INTO parent VALUES (1, 'a'); INSERT INTO child VALUES (1, 1, 1, 1)
"""


def execute(url: str, *statements: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement)


def restore(url: str, seed: Path, **plan: bool) -> None:
    options = RestoreOptions(url, seed, confirm=True, backup=NONE, plan=PlanOptions(**plan))
    restore_snapshot(options)


def made(database: Database, seed: Path, version: int = 18, schema: str = SCHEMA) -> str:
    """A database with the schema, and a snapshot of it."""
    url = database(version)
    execute(url, schema)
    create_snapshot(CreateOptions(url, seed))
    return url


def test_what_is_left_aside_is_written_down() -> None:
    page = (ROOT / "docs" / "fidelity.md").read_text()
    listed = page.split("Left aside on purpose:")[1].split("Tablespaces and versions")[0]
    rows = re.findall(r"^\| (`.*?) \|", listed, re.M)
    assert set(re.findall(r"`([A-Z ]+)`", " ".join(rows))) == LEFT_ASIDE | PRIVILEGES | PUBLICATIONS


DIRECTIONS = {
    "older": ("ALTER TABLE parent DROP COLUMN name CASCADE", "the target is older: run its"),
    "newer": ("ALTER TABLE parent ADD COLUMN more int", "the target is newer: --data-only"),
    "another": (
        "ALTER TABLE parent ALTER name DROP NOT NULL",
        "--replace-schema drops the target's",
    ),
}


@pytest.mark.parametrize("direction", DIRECTIONS)
def test_all_commands_say_the_same_with_the_remedy_of_the_direction(
    database: Database, tmp_path: Path, direction: str
) -> None:
    change, remedy = DIRECTIONS[direction]
    url = made(database, tmp_path / "seed")
    restore(url, tmp_path / "seed")
    execute(url, change)
    verified, status = verify_snapshot(tmp_path / "seed", url), database_status(url)
    assert verified.differences == status.differences
    assert verified.remedy == status.remedy
    assert verified.remedy.startswith(remedy)
    with pytest.raises(SchemaDiffers) as caught:
        restore(url, tmp_path / "seed")
    assert caught.value.details == verified.differences
    assert caught.value.hint == verified.remedy


def test_a_difference_is_told_once(database: Database, tmp_path: Path) -> None:
    url = made(database, tmp_path / "seed")
    execute(url, "ALTER TABLE child ALTER soon TYPE bigint")
    assert verify_snapshot(tmp_path / "seed", url).differences == (
        "differs: column soon of table child: integer in the snapshot, bigint in the target",
    )
    execute(url, "DROP TABLE child")
    assert verify_snapshot(tmp_path / "seed", url).differences == (
        "missing in the target: table child",
    )


@pytest.mark.parametrize("version", [13, 18])
def test_a_restore_sets_right_when_foreign_keys_are_checked(
    database: Database, tmp_path: Path, version: int
) -> None:
    url = made(database, tmp_path / "seed", version)
    execute(
        url,
        "ALTER TABLE child ALTER CONSTRAINT child_parent_fkey DEFERRABLE INITIALLY DEFERRED",
        "ALTER TABLE child ALTER CONSTRAINT child_other_fkey NOT DEFERRABLE",
        "ALTER TABLE child ALTER CONSTRAINT child_soon_fkey DEFERRABLE INITIALLY DEFERRED",
    )
    found = verify_snapshot(tmp_path / "seed", url).differences
    assert [line.split(":")[1] for line in found] == [
        f" time of check of foreign key child_{name}_fkey on table child"
        for name in ("other", "parent", "soon")
    ]
    plan, _ = plan_restore(RestoreOptions(url, tmp_path / "seed"))
    assert plan.set_right == found
    restore(url, tmp_path / "seed", keep_deferrable=True)
    assert verify_snapshot(tmp_path / "seed", url).differences == found
    restore(url, tmp_path / "seed")
    assert verify_snapshot(tmp_path / "seed", url).differences == ()


def test_a_plan_names_what_it_keeps(database: Database, tmp_path: Path) -> None:
    url = made(database, tmp_path / "seed")
    execute(
        url,
        "COMMENT ON TABLE parent IS 'mine'",
        "ALTER TABLE child SET (fillfactor = 50)",
        "CREATE SCHEMA extra CREATE TABLE t (id int)",
        "INSERT INTO extra.t VALUES (1)",
        "ANALYZE extra.t",
    )
    plan, _ = plan_restore(RestoreOptions(url, tmp_path / "seed"))
    assert plan.kept == (
        "table extra.t, about 1 rows",
        "differs: storage parameters of table child: nothing in the snapshot, "
        "fillfactor='50' in the target",
        "only in the target: comment on table parent",
        "only in the target: schema extra",
    )
    restore(url, tmp_path / "seed")
    assert verify_snapshot(tmp_path / "seed", url).differences == plan.kept[1:]
    with psycopg.connect(url) as connection:
        assert connection.execute("TABLE extra.t").fetchall() == [(1,)]


def test_a_foreign_key_that_is_switched_off_is_noticed(database: Database, tmp_path: Path) -> None:
    url = made(database, tmp_path / "seed")
    execute(url, "ALTER TABLE child DISABLE TRIGGER ALL")
    names = {f"child_{name}_fkey" for name in ("parent", "other", "soon")}
    found = verify_snapshot(tmp_path / "seed", url).differences
    assert {line.split()[5] for line in found} == names
    with pytest.raises(SchemaDiffers):
        restore(url, tmp_path / "seed")


def test_a_view_that_is_filled_in_one_database_only(database: Database, tmp_path: Path) -> None:
    schema = SCHEMA + (
        "; CREATE MATERIALIZED VIEW full_ AS SELECT 1;"
        "CREATE MATERIALIZED VIEW empty_ AS SELECT 1 WITH NO DATA"
    )
    url = made(database, tmp_path / "seed", schema=schema)
    execute(url, "REFRESH MATERIALIZED VIEW empty_", "REFRESH MATERIALIZED VIEW full_ WITH NO DATA")
    assert verify_snapshot(tmp_path / "seed", url).differences == (
        "materialized view empty_ is populated, the snapshot's is not",
        "materialized view full_ is not populated, the snapshot's is",
    )
    restore(url, tmp_path / "seed")
    assert verify_snapshot(tmp_path / "seed", url).differences == ()


def test_options_of_user_mappings_are_not_shown(database: Database, tmp_path: Path) -> None:
    schema = SCHEMA + (
        "; CREATE FOREIGN DATA WRAPPER w; CREATE SERVER far FOREIGN DATA WRAPPER w;"
        "CREATE USER MAPPING FOR public SERVER far OPTIONS (password 'first-secret')"
    )
    url = made(database, tmp_path / "seed", schema=schema)
    execute(url, "ALTER USER MAPPING FOR public SERVER far OPTIONS (SET password 'other-secret')")
    (line,) = verify_snapshot(tmp_path / "seed", url).differences
    assert "user mapping" in line
    assert "secret" not in line


@pytest.mark.parametrize("settings", ["standard_conforming_strings = off",
    "quote_all_identifiers = on", "TimeZone = 'Asia/Kolkata'", "bytea_output = escape"])  # fmt: skip
def test_settings_of_a_database_do_not_change_its_schema(
    database: Database, tmp_path: Path, settings: str
) -> None:
    schema = r"""
        CREATE TABLE t (id int PRIMARY KEY, a text DEFAULT E'a\\b' CHECK (a <> E'c\\d'),
            b timestamptz DEFAULT '2026-01-01 00:00+00', c bytea DEFAULT '\x00ff', "user" text);
        COMMENT ON TABLE t IS E'x\\y'; INSERT INTO t (id) VALUES (1)
    """
    source = made(database, tmp_path / "plain", schema=schema)
    with psycopg.connect(source, autocommit=True) as connection:
        name = sql.Identifier(connection.info.dbname)
        connection.execute(sql.SQL("ALTER DATABASE {} SET " + settings).format(name))
    assert verify_snapshot(tmp_path / "plain", source).differences == ()
    create_snapshot(CreateOptions(source, tmp_path / "set"))
    for name_ in ("schema.sql", "schema.json"):
        made_of = [(tmp_path / folder / name_).read_bytes() for folder in ("plain", "set")]
        assert made_of[0] == made_of[1]
    target = database(18)
    restore(target, tmp_path / "set")
    execute_reset(source)
    assert differences(source, target) == []


def execute_reset(url: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        name = sql.Identifier(connection.info.dbname)
        connection.execute(sql.SQL("ALTER DATABASE {} RESET ALL").format(name))


def test_a_snapshot_of_the_older_format(database: Database, tmp_path: Path) -> None:
    """It does not say what its schema is made of: what needs no comparison works."""
    seed = tmp_path / "seed"
    url = made(database, seed)
    manifest = load_manifest(seed)
    (seed / "schema.json").unlink()
    files = {name: entry for name, entry in manifest.files.items() if name != "schema.json"}
    older = dump_manifest(replace(manifest, files=files, states=None))
    (seed / "manifest.json").write_bytes(older.replace(b'"format": 2', b'"format": 1', 1))
    seal_again(seed / "manifest.json")
    empty = database(18)
    restore(empty, seed)
    assert content(empty) == content(url)
    assert database_status(empty).differences == (
        "not compared: an older version made the snapshot",
    )
    with pytest.raises(Refused, match="an older version made the snapshot"):
        restore(empty, seed)
    with pytest.raises(Refused, match="an older version made the snapshot"):
        verify_snapshot(seed, empty)
    restore(empty, seed, data_only=True)
    restore(empty, seed, replace_schema=True)
    assert content(empty) == content(url)


def seal_again(manifest: Path) -> None:
    import hashlib

    body, seal, _ = manifest.read_bytes().rpartition(b',\n  "sha256": "')
    manifest.write_bytes(body + seal + hashlib.sha256(body).hexdigest().encode() + b'"\n}\n')


SPELLED = (
    SCHEMA
    + """;
    CREATE VIEW one AS SELECT p.id, p.name FROM parent p WHERE p.name IN ('a', 'b');
    CREATE PROCEDURE does(IN x int) LANGUAGE plpgsql AS 'BEGIN END';
    CREATE MATERIALIZED VIEW mv AS SELECT parent.id FROM parent
"""
)


@pytest.mark.parametrize(("old", "new"), [(13, 18), (15, 18), (18, 15)])
def test_another_version_of_the_server_is_no_difference(
    database: Database, tmp_path: Path, old: int, new: int
) -> None:
    made(database, tmp_path / "seed", old, SPELLED)
    url = database(new)
    restore(url, tmp_path / "seed")
    assert verify_snapshot(tmp_path / "seed", url).differences == ()
    assert database_status(url).differences == ()
    restore(url, tmp_path / "seed")
    assert verify_snapshot(tmp_path / "seed", url).differences == ()
    typed = database(new)
    execute(typed, SPELLED)
    restore(typed, tmp_path / "seed")
    execute(typed, "CREATE OR REPLACE VIEW one AS SELECT id, name FROM parent WHERE name = 'c'")
    found = verify_snapshot(tmp_path / "seed", typed).differences
    assert [line.split(":")[1].strip() for line in found] == ["view one"]
    with psycopg.connect(typed) as connection:
        left = connection.execute("SELECT datname FROM pg_database WHERE datname LIKE '%incoming%'")
        assert left.fetchall() == []


def test_of_a_partial_snapshot_only_its_schemas_are_compared(
    database: Database, tmp_path: Path
) -> None:
    url = database(18)
    execute(url, SCHEMA, "CREATE SCHEMA a CREATE TABLE t (id int)", "CREATE SCHEMA b")
    selection = Selection(schemas=("a",))
    create_snapshot(CreateOptions(url, tmp_path / "seed", selection=selection))
    execute(
        url,
        "DROP TABLE child",
        "CREATE CAST (text AS date) WITH INOUT",
        "CREATE FUNCTION quiet() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END'",
        "CREATE EVENT TRIGGER quiet ON ddl_command_end EXECUTE FUNCTION quiet()",
    )
    assert verify_snapshot(tmp_path / "seed", url).differences == ()
    execute(url, "ALTER TABLE a.t ADD x int")
    assert verify_snapshot(tmp_path / "seed", url).differences == (
        "only in the target: column x of table a.t",
    )


def test_privileges_are_compared_if_the_snapshot_has_them(
    database: Database, tmp_path: Path
) -> None:
    url = made(database, tmp_path / "without")
    create_snapshot(CreateOptions(url, tmp_path / "with", with_privileges=True))
    execute(url, "GRANT SELECT ON parent TO pg_monitor", "ALTER VIEW named OWNER TO pg_monitor")
    assert verify_snapshot(tmp_path / "without", url).differences == ()
    found = verify_snapshot(tmp_path / "with", url).differences
    assert found == (
        "differs: owner of view named: postgres in the snapshot, pg_monitor in the target",
        "only in the target: privileges of TABLE parent",
    )


def test_what_schema_json_says_is_never_executed(database: Database, tmp_path: Path) -> None:
    url = made(database, tmp_path / "seed")
    file = tmp_path / "seed" / "schema.json"
    planted = file.read_text().replace("CREATE VIEW", "DROP TABLE child; CREATE VIEW")
    file.write_text(planted)
    reseal(tmp_path / "seed", keep_checksums=True)
    before = content(url)
    with pytest.raises(SchemaDiffers):
        restore(url, tmp_path / "seed")
    assert content(url) == before
    restore(database(18), tmp_path / "seed")
