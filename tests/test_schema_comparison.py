"""What decides whether a database has the snapshot's schema, and what a restore does about it."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import orjson
import psycopg
import pytest
from conftest import PG_CONTRIB, ROOT
from equality import content, differences
from psycopg import sql
from spoil import reseal

from snapshot.clear import ClearOptions, clear_database
from snapshot.create import CreateOptions, create_snapshot
from snapshot.errors import NotReady, Refused, SchemaDiffers, SnapshotDamaged
from snapshot.planning.restore_plan import PlanOptions
from snapshot.planning.selection import Selection
from snapshot.postgres.schema_dump import LEFT_ASIDE, PRIVILEGES, PUBLICATIONS
from snapshot.restore import RestoreOptions, plan_restore, restore_snapshot
from snapshot.safety.backups import BackupOptions
from snapshot.status import database_status
from snapshot.store.manifest import dump_manifest, load_manifest
from snapshot.undo import UndoOptions, undo_restore
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
    "older": (
        "ALTER TABLE parent DROP COLUMN name CASCADE",
        "if the target's migrations have not run",
    ),
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
    verified = verify_snapshot(tmp_path / "seed", url)
    assert verified.differences == plan.kept[1:]
    assert verified.remedy.startswith("a restore keeps these as they are")
    execute(url, "COMMENT ON TABLE parent IS 'yours'")
    create_snapshot(CreateOptions(url, tmp_path / "other"))
    execute(url, "COMMENT ON TABLE parent IS 'mine'")
    assert verify_snapshot(tmp_path / "other", url).differences == (
        "differs: comment on table parent: 'yours' in the snapshot, 'mine' in the target",
    )
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


def test_options_of_user_mappings_are_the_targets_own(database: Database, tmp_path: Path) -> None:
    schema = SCHEMA + (
        "; CREATE FOREIGN DATA WRAPPER w; CREATE SERVER far FOREIGN DATA WRAPPER w;"
        "CREATE USER MAPPING FOR public SERVER far OPTIONS (password 'first-secret')"
    )
    url = made(database, tmp_path / "seed", schema=schema)
    execute(url, "ALTER USER MAPPING FOR public SERVER far OPTIONS (SET password 'other-secret')")
    assert verify_snapshot(tmp_path / "seed", url).differences == ()
    restore(url, tmp_path / "seed")
    with psycopg.connect(url) as connection:
        kept = connection.execute("SELECT umoptions FROM pg_user_mappings").fetchall()
    assert kept == [(["password=other-secret"],)]
    execute(url, "DROP USER MAPPING FOR public SERVER far")
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
    make_older(seed)
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


def make_older(seed: Path) -> None:
    """What the version before schema.json would have written."""
    manifest = load_manifest(seed)
    (seed / "schema.json").unlink()
    files = {name: entry for name, entry in manifest.files.items() if name != "schema.json"}
    older = dump_manifest(replace(manifest, files=files, states=None))
    (seed / "manifest.json").write_bytes(older.replace(b'"format": 2', b'"format": 1', 1))
    seal_again(seed / "manifest.json")


def seal_again(manifest: Path) -> None:
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
    assert verify_snapshot(tmp_path / "seed", typed).differences == ()
    execute(typed, "CREATE OR REPLACE VIEW one AS SELECT id, name FROM parent WHERE name = 'c'")
    found = verify_snapshot(tmp_path / "seed", typed).differences
    assert [line.split(":")[1].strip() for line in found] == ["view one"]
    with psycopg.connect(typed) as connection:
        left = connection.execute(
            "SELECT datname FROM pg_database WHERE starts_with(datname, current_database() || '__')"
        )
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
        "only in the target: privileges of table parent",
    )


NOTICED = {
    "not null of an inherited column": (
        "CREATE TABLE a (x int, y int); CREATE TABLE b () INHERITS (a);"
        "ALTER TABLE b ALTER x SET NOT NULL, ALTER y SET NOT NULL",
        "ALTER TABLE b ALTER x DROP NOT NULL",
        ["missing in the target: not null of column x of table b"],
    ),
    "the end of a long body": (
        f"CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql AS 'BEGIN {'NULL; ' * 80} RETURN 1; END'",
        "CREATE OR REPLACE FUNCTION f() RETURNS int LANGUAGE plpgsql AS"
        f" 'BEGIN {'NULL; ' * 80} RETURN 2; END'",
        ["differs: function f(): RETURN 1 in the snapshot, RETURN 2 in the target"],
    ),
    "blanks": (
        "CREATE TABLE a (x text DEFAULT 'a  b')",
        "ALTER TABLE a ALTER x SET DEFAULT 'a b'",
        ["differs: column x of table a: text DEFAULT 'a  b'::text in the snapshot, "
         "text DEFAULT 'a b'::text in the target"],
    ),
    "names in the other order": (
        "CREATE TABLE a (ab int, c int)",
        "ALTER TABLE a RENAME ab TO ba",
        ["missing in the target: column ab of table a", "only in the target: column ba of table a"],
    ),
    "a state of what is not loaded": (
        "CREATE FOREIGN DATA WRAPPER w; CREATE SERVER s FOREIGN DATA WRAPPER w;"
        "CREATE FOREIGN TABLE a (x int) SERVER s; CREATE FUNCTION f() RETURNS trigger LANGUAGE"
        " plpgsql AS 'BEGIN END'; CREATE TRIGGER t AFTER INSERT ON a FOR EACH ROW"
        " EXECUTE FUNCTION f()",
        "ALTER FOREIGN TABLE a DISABLE TRIGGER t",
        ["differs: state of trigger t on foreign table a: enabled in the snapshot, "
         "disabled in the target"],
    ),
    "options of a server": (
        "CREATE FOREIGN DATA WRAPPER w; CREATE SERVER s FOREIGN DATA WRAPPER w OPTIONS (p 'x')",
        "ALTER SERVER s OPTIONS (SET p 'geheim')",
        ["differs: options of server s: some (not shown) in the snapshot, others in the target"],
    ),
    "a comment in another schema": (
        'CREATE SCHEMA s CREATE TABLE "TABLE x" (c int)',
        """COMMENT ON COLUMN s."TABLE x".c IS 'mine'; COMMENT ON TABLE s."TABLE x" IS 'too'""",
        ['only in the target: comment on table s."TABLE x"',
         'only in the target: comment on column s."TABLE x".c'],
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", NOTICED)
def test_a_change_is_told_as_it_was_made(database: Database, tmp_path: Path, what: str) -> None:
    schema, change, lines = NOTICED[what]
    url = made(database, tmp_path / "seed", schema=schema)
    execute(url, change)
    assert sorted(verify_snapshot(tmp_path / "seed", url).differences) == sorted(lines)


SAME = {
    "a keyword as a parent": 'CREATE TABLE "order" (a int); CREATE TABLE kid (z int, b int)'
    ' INHERITS ("order"); ALTER TABLE "order" ADD b int',
    "arrays in arrays": "CREATE TABLE t (s varchar(9), CONSTRAINT k CHECK"
    " (s = ANY (ARRAY[ARRAY['a'::varchar], ARRAY['b'::varchar]])))",
    "constants without a name": "CREATE TABLE t (a int, b text); CREATE VIEW v AS SELECT a FROM t"
    " WHERE b IN (SELECT 'x') AND EXISTS (SELECT 1::int8 UNION SELECT true::int)",
    "a partition without its parent's default": "CREATE TABLE r (id int, ts timestamp(3) DEFAULT"
    " now(), c varchar(3) DEFAULT 'x') PARTITION BY RANGE (id); CREATE TABLE p (id int,"
    " ts timestamp(3), c varchar(3)); ALTER TABLE r ATTACH PARTITION p DEFAULT",
    "blanks beside brackets": "CREATE TABLE t (a int); CREATE VIEW v AS SELECT a FROM t UNION"
    " (VALUES (1)); CREATE VIEW w AS SELECT * FROM (VALUES (1)) x",
    "the field of extract": "CREATE TABLE t (d date); CREATE VIEW v AS"
    " SELECT extract('YEAR' FROM d) AS y FROM t",
    "default names that are taken": "CREATE TABLE d4 (audit_revision_id int NOT NULL);"
    "CREATE TABLE d4_audit (revision_id int NOT NULL);"
    f"CREATE TABLE {'l' * 60} ({'m' * 60} int NOT NULL)",
    "a row type that grew": "CREATE TABLE a (id int, x int); CREATE FUNCTION f() RETURNS SETOF a"
    " LANGUAGE sql AS 'SELECT * FROM a'; CREATE VIEW z AS SELECT * FROM f(); ALTER TABLE a ADD zz int",
}


@pytest.mark.parametrize("version", [13, 18])
@pytest.mark.parametrize("what", SAME)
def test_what_was_restored_equals_its_snapshot(
    database: Database, tmp_path: Path, what: str, version: int
) -> None:
    seed = tmp_path / "seed"
    made(database, seed, version, SAME[what])
    url = database(version)
    restore(url, seed)
    assert verify_snapshot(seed, url).differences == ()
    assert database_status(url).differences == ()
    restore(url, seed)
    assert verify_snapshot(seed, url).differences == ()
    if what == "a row type that grew":
        return  # its names of columns are only known again where it was restored
    source = database(version)
    execute(source, SAME[what])
    assert verify_snapshot(seed, source).differences == ()
    create_snapshot(CreateOptions(url, tmp_path / "second"))
    assert verify_snapshot(tmp_path / "second", source).differences == ()


def test_an_extension_of_somebody_else(database: Database, tmp_path: Path) -> None:
    """Its comment is its own: only its owner may make it."""
    seed, role = tmp_path / "seed", f"plain_{os.getpid()}"
    made(database, seed, PG_CONTRIB, SCHEMA + "; CREATE EXTENSION pgstattuple")
    target = database(PG_CONTRIB)
    with psycopg.connect(target, autocommit=True) as connection:
        name, owner = sql.Identifier(connection.info.dbname), sql.Identifier(role)
        connection.execute(sql.SQL("CREATE ROLE {} LOGIN").format(owner))
        connection.execute(sql.SQL("ALTER DATABASE {} OWNER TO {}").format(name, owner))
        connection.execute("CREATE EXTENSION pgstattuple")
    restore(target.replace("postgres:@", f"{role}@"), seed)
    assert verify_snapshot(seed, target).differences == ()
    with psycopg.connect(target, autocommit=True) as connection:
        connection.execute(sql.SQL("REASSIGN OWNED BY {} TO postgres").format(owner))
        connection.execute(sql.SQL("DROP ROLE {}").format(owner))


def test_privileges_are_compared_across_versions(database: Database, tmp_path: Path) -> None:
    source, target, seed = database(13), database(18), tmp_path / "seed"
    execute(source, SPELLED, "GRANT SELECT ON parent TO pg_monitor")
    create_snapshot(CreateOptions(source, seed, with_privileges=True))
    restore(target, seed)
    assert verify_snapshot(seed, target).differences == ()
    restore(target, seed)
    execute(target, "REVOKE SELECT ON parent FROM pg_monitor")
    assert verify_snapshot(seed, target).differences == (
        "missing in the target: privileges of table parent",
    )


def test_rows_alone_make_no_schema_known(database: Database, tmp_path: Path) -> None:
    """After --data-only over another schema, another version does not take that for its own."""
    seed = tmp_path / "seed"
    made(database, seed, 13, "CREATE TABLE t (a int)")
    target = database(18)
    execute(target, "CREATE TABLE t (a bigint, extra int DEFAULT 7)")
    restore(target, seed, data_only=True)
    assert len(verify_snapshot(seed, target).differences) == 2
    with pytest.raises(SchemaDiffers):
        restore(target, seed)


def test_a_look_never_runs_the_snapshots_schema(database: Database, tmp_path: Path) -> None:
    """verify and a plan, also where another version would have to be asked."""
    seed, target = tmp_path / "seed", database(18)
    made(database, seed, 13)
    role = f"planted_{os.getpid()}"
    with (seed / "schema.sql").open("a") as file:
        file.write(f"\nDO $x$ BEGIN CREATE ROLE {role}; END $x$;\n")
    reseal(seed, keep_checksums=True)
    execute(target, SCHEMA, "ALTER TABLE child ADD more int")
    assert verify_snapshot(seed, target).differences
    with pytest.raises(SchemaDiffers):
        plan_restore(RestoreOptions(target, seed))
    with psycopg.connect(target) as connection:
        made_it = connection.execute("SELECT FROM pg_roles WHERE rolname = %s", [role]).fetchall()
    assert made_it == []


def test_a_key_that_was_switched_off_before_is_no_difference(
    database: Database, tmp_path: Path
) -> None:
    url = database(18)
    execute(url, SCHEMA, "ALTER TABLE child DISABLE TRIGGER ALL")
    create_snapshot(CreateOptions(url, tmp_path / "seed"))
    assert verify_snapshot(tmp_path / "seed", url).differences == ()
    with pytest.raises(NotReady) as caught:  # it would let any row pass
        restore(url, tmp_path / "seed")
    assert "ALTER TABLE child ENABLE TRIGGER ALL" in "".join(caught.value.details)
    execute(url, "ALTER TABLE child ENABLE TRIGGER ALL")
    restore(url, tmp_path / "seed")


@pytest.mark.parametrize("version", [13, 18])
def test_a_key_of_a_partition_that_is_switched_off_is_noticed(
    database: Database, tmp_path: Path, version: int
) -> None:
    schema = """
        CREATE TABLE p (id int PRIMARY KEY); CREATE TABLE c (id int REFERENCES p)
            PARTITION BY RANGE (id); CREATE TABLE c1 PARTITION OF c DEFAULT
    """
    url = made(database, tmp_path / "seed", version, schema)
    execute(url, "ALTER TABLE c1 DISABLE TRIGGER ALL")
    (line,) = verify_snapshot(tmp_path / "seed", url).differences
    assert re.fullmatch(r"differs: state of foreign key c\w+ on table c1: enabled .*", line)
    create_snapshot(CreateOptions(url, tmp_path / "off"))
    target = database(version)
    restore(target, tmp_path / "off")
    assert verify_snapshot(tmp_path / "seed", target).differences == ()


def test_a_database_in_another_encoding(database: Database, tmp_path: Path) -> None:
    seed = tmp_path / "seed"
    url = database(18, "TEMPLATE template0 ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C'")
    execute(url, SCHEMA, "COMMENT ON TABLE parent IS 'Ä'")
    create_snapshot(CreateOptions(url, seed))
    execute(url, "ALTER TABLE parent ADD ö int")
    assert verify_snapshot(seed, url).differences == (
        'only in the target: column "ö" of table parent',
    )
    restore(url, seed, replace_schema=True)
    restore(url, seed)
    assert verify_snapshot(seed, url).differences == ()


def test_queries_are_plain_ascii() -> None:
    """A server in another encoding may have no such character, not even in a comment."""
    for file in (ROOT / "snapshot" / "postgres" / "queries").glob("*.sql"):
        assert file.read_text().isascii(), file


@pytest.mark.parametrize("there", ["VIEW x AS SELECT 1 AS a", "TYPE x AS (a int)", "SEQUENCE x"])
def test_another_kind_of_object_under_a_name_is_in_the_way(
    database: Database, tmp_path: Path, there: str
) -> None:
    made(database, tmp_path / "seed", schema="CREATE TABLE x (a int)")
    target = database(18)
    execute(target, f"CREATE {there}")
    with pytest.raises(SchemaDiffers):
        restore(target, tmp_path / "seed")


def test_an_undo_of_what_an_older_version_kept(database: Database, tmp_path: Path) -> None:
    seed = tmp_path / "seed"
    url = made(database, seed)
    execute(url, "UPDATE parent SET name = 'mine'")
    before = content(url)
    report = restore_snapshot(RestoreOptions(url, seed, confirm=True))
    assert report.backup
    make_older(report.backup)
    undo_restore(UndoOptions(url, confirm=True))
    assert content(url) == before


TAMPERED = {
    "its own parent": '{"kind":"table","schema":"public","name":"t","definition":"CREATE TABLE",'
    '"of":["table","public","t"]}',
    "twice": '{"kind":"table","schema":"public","name":"t","definition":""},'
    '{"kind":"table","schema":"public","name":"t","definition":""}',
}


@pytest.mark.parametrize("what", TAMPERED)
def test_objects_that_contradict_themselves_are_refused(
    database: Database, tmp_path: Path, what: str
) -> None:
    url = made(database, tmp_path / "seed", schema="CREATE TABLE t (a int)")
    text = '{"format":"snapshot-schema/1","objects":[' + TAMPERED[what] + "]}"
    (tmp_path / "seed" / "schema.json").write_text(text)
    reseal(tmp_path / "seed")
    with pytest.raises(SnapshotDamaged, match="comes twice, or before what it is of"):
        verify_snapshot(tmp_path / "seed", url)


@pytest.mark.parametrize("text", ["ALTER TABLE t; CLUSTER;", "CREATE TABLE t (CONSTRAINT, a int",
    "CREATE TABLE public.t \nINHERITS (", "CREATE TABLE t (\n    ,)\nINHERITS ();", ""])  # fmt: skip
def test_a_text_that_pg_dump_did_not_write_is_a_difference(
    database: Database, tmp_path: Path, text: str
) -> None:
    url = made(database, tmp_path / "seed", schema="CREATE TABLE t (a int)")
    object_ = {"kind": "table", "schema": "public", "name": "t", "definition": text}
    document = {"format": "snapshot-schema/1", "objects": [object_]}
    (tmp_path / "seed" / "schema.json").write_bytes(orjson.dumps(document))
    reseal(tmp_path / "seed")
    assert verify_snapshot(tmp_path / "seed", url).differences


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


ASKED = {
    "restore --data-only": lambda url, seed, yes: restore_snapshot(
        RestoreOptions(url, seed, backup=NONE, plan=PlanOptions(data_only=True)), yes
    ),
    "restore --replace-schema": lambda url, seed, yes: restore_snapshot(
        RestoreOptions(url, seed, backup=NONE, plan=PlanOptions(replace_schema=True)), yes
    ),
    "restore": lambda url, seed, yes: restore_snapshot(RestoreOptions(url, seed, backup=NONE), yes),
    "clear": lambda url, _, yes: clear_database(ClearOptions(url, backup=NONE), yes),
}


@pytest.mark.parametrize("command", ASKED)
def test_a_schema_that_is_altered_while_the_question_is_open_is_refused(
    database: Database, tmp_path: Path, command: str
) -> None:
    url = made(database, tmp_path / "seed")
    before = content(url)

    def alter_and_agree(_: object) -> bool:
        execute(
            url,
            "CREATE FUNCTION late() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
            "CREATE TRIGGER late BEFORE INSERT ON parent FOR EACH ROW EXECUTE FUNCTION late()",
        )
        return True

    with pytest.raises(Refused):
        ASKED[command](url, tmp_path / "seed", alter_and_agree)
    assert content(url) == before
