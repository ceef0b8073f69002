"""What came back wrong, or not at all, from databases that nobody here had thought of."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest
from conftest import PG_CONTRIB
from databases import build, disturb
from equality import content, differences, run_psql
from psycopg import sql
from typer.testing import CliRunner

from snapshot.clear import ClearOptions, clear_database
from snapshot.cli import app
from snapshot.create import CreateOptions, create_snapshot
from snapshot.errors import DatabaseFailed, ForeignKeysViolated
from snapshot.planning.restore_plan import PlanOptions
from snapshot.planning.selection import Selection
from snapshot.postgres.connection import connected, consistent_read
from snapshot.postgres.introspect import read_catalog, read_leading_out
from snapshot.restore import RestoreOptions, plan_restore, restore_snapshot
from snapshot.safety.backups import BackupOptions
from snapshot.store.layout import ADVANCED_SEED_SQL, SEED_SQL
from snapshot.store.manifest import FILE_NAME, dump_manifest, load_manifest
from snapshot.swap import SwapOptions, swap_snapshot
from snapshot.verify import verify_snapshot

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


def replace_schema(url: str, directory: Path) -> None:
    restore(url, directory, plan=PlanOptions(replace_schema=True))


def psql_over(url: str, directory: Path) -> None:
    run_psql(url, directory / ADVANCED_SEED_SQL)


OVER = {"restore": restore, "swap": swap, "psql": psql_over}


@contextmanager
def owner_of(url: str) -> Iterator[str]:
    """A plain role that owns the database; yields its URL, and removes it afterwards."""
    with psycopg.connect(url, autocommit=True) as connection:
        name = connection.info.dbname
        database, role = sql.Identifier(name), sql.Identifier(f"plain_{name}")
        for statement in ("CREATE ROLE {1} LOGIN CREATEDB", "ALTER DATABASE {0} OWNER TO {1}"):
            connection.execute(sql.SQL(statement).format(database, role))
        yield url.replace("//postgres:", f"//plain_{name}:")
        for statement in (
            "ALTER DATABASE {0} OWNER TO postgres",
            "DROP OWNED BY {1} CASCADE",
            "DROP ROLE {1}",
        ):
            connection.execute(sql.SQL(statement).format(database, role))


def round_trip(
    database: Database, directory: Path, version: int, *statements: str, after: str = ""
) -> None:
    """Into an empty database, then over other rows on every road: it is always the same again.

    `after` spoils the state of the target before each restore over it.
    """
    source = database(version)
    execute(source, *statements)
    create_snapshot(CreateOptions(source, directory, formats=FORMATS))
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


# --- event triggers

WRITES = """
    CREATE TABLE ddl_log (n serial PRIMARY KEY, tag text);
    CREATE TABLE t (id int PRIMARY KEY, up int REFERENCES t);
    CREATE MATERIALIZED VIEW mv AS SELECT id FROM t; CREATE INDEX ON mv (id);
    CREATE FUNCTION quiet() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
    CREATE TRIGGER quiet BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION quiet();
    CREATE FUNCTION ev() RETURNS event_trigger LANGUAGE plpgsql AS
        $$ BEGIN INSERT INTO public.ddl_log (tag) VALUES (tg_tag); END $$;
    CREATE FUNCTION no() RETURNS event_trigger LANGUAGE plpgsql AS
        $$ BEGIN RAISE EXCEPTION 'no DDL here: %', tg_tag; END $$;
    INSERT INTO t VALUES (1, 1); REFRESH MATERIALIZED VIEW mv;
    INSERT INTO ddl_log (tag) VALUES ('mine');
    CREATE EVENT TRIGGER "a Log" ON ddl_command_end EXECUTE FUNCTION ev();
    CREATE EVENT TRIGGER b_log ON ddl_command_end EXECUTE FUNCTION ev();
    COMMENT ON EVENT TRIGGER "a Log" IS 'all DDL';
    CREATE EVENT TRIGGER off ON ddl_command_end EXECUTE FUNCTION ev();
    ALTER EVENT TRIGGER b_log ENABLE ALWAYS; ALTER EVENT TRIGGER off DISABLE
"""
REFUSES = "CREATE EVENT TRIGGER no ON ddl_command_start EXECUTE FUNCTION no()"
EVENT_TRIGGERS = "SELECT evtname, evtenabled FROM pg_event_trigger ORDER BY 1"


@pytest.mark.parametrize("version", [13, 15, 18])
def test_event_triggers_neither_see_a_restore_nor_stop_it(
    database: Database, tmp_path: Path, version: int
) -> None:
    round_trip(database, tmp_path / "seed", version, WRITES, REFUSES)


def test_event_triggers_of_a_target_do_not_see_what_is_created(
    database: Database, tmp_path: Path
) -> None:
    source, target, seed = database(18), database(18), tmp_path / "seed"
    execute(source, "CREATE TABLE t (id int)", "INSERT INTO t VALUES (1)")
    execute(
        target,
        "CREATE SCHEMA app",
        "CREATE FUNCTION app.no() RETURNS event_trigger LANGUAGE plpgsql AS"
        " $$ BEGIN RAISE EXCEPTION 'no DDL here: %', tg_tag; END $$",
        "CREATE EVENT TRIGGER no ON ddl_command_start EXECUTE FUNCTION app.no()",
        "ALTER EVENT TRIGGER no ENABLE ALWAYS",
    )
    create_snapshot(CreateOptions(source, seed))
    restore(target, seed)
    assert fetch(target, "SELECT id FROM t") == [(1,)]
    assert fetch(target, EVENT_TRIGGERS) == [("no", "A")]


def test_all_rows_can_be_deleted_beside_event_triggers(database: Database) -> None:
    url = database(18)
    execute(url, WRITES, REFUSES)
    before = fetch(url, EVENT_TRIGGERS)
    clear_database(ClearOptions(url, confirm=True, backup=NONE))
    assert fetch(url, "SELECT (SELECT count(*) FROM t), (SELECT count(*) FROM ddl_log)") == [(0, 0)]
    assert fetch(url, EVENT_TRIGGERS) == before


def test_violations_are_listed_beside_event_triggers(database: Database, tmp_path: Path) -> None:
    url, seed = database(18), tmp_path / "seed"
    execute(url, "CREATE TABLE p (id int PRIMARY KEY); CREATE TABLE c (p int)")
    execute(url, "INSERT INTO p VALUES (1); INSERT INTO c VALUES (1), (7)")
    create_snapshot(CreateOptions(url, seed))
    execute(url, "DELETE FROM c; ALTER TABLE c ADD FOREIGN KEY (p) REFERENCES p", WRITES, REFUSES)
    with pytest.raises(ForeignKeysViolated) as caught:
        restore(url, seed, plan=PlanOptions(data_only=True))
    assert "c.c_p_fkey: 1 row whose (p) is not in p: (7)" in caught.value.details


def test_a_plain_owner_is_told_which_event_trigger_is_in_the_way(
    database: Database, tmp_path: Path
) -> None:
    url, seed = database(18), tmp_path / "seed"
    with owner_of(url) as plain:
        execute(plain, "CREATE TABLE t (id int PRIMARY KEY, up int REFERENCES t)")
        execute(plain, "INSERT INTO t VALUES (1, 1)")
        execute(
            url,
            "CREATE FUNCTION no() RETURNS event_trigger LANGUAGE plpgsql AS"
            " $$ BEGIN RAISE EXCEPTION 'no DDL here: %', tg_tag; END $$",
            'CREATE EVENT TRIGGER "No" ON ddl_command_start EXECUTE FUNCTION no()',
        )
        create_snapshot(CreateOptions(plain, seed))
        execute(plain, "TRUNCATE t")
        _, findings = plan_restore(RestoreOptions(plain, seed))
        remedy = 'ALTER EVENT TRIGGER "No" DISABLE'
        assert [remedy in f.text for f in findings if f.subject == "event triggers"] == [True]
        with pytest.raises(DatabaseFailed, match="no DDL here") as caught:
            restore(plain, seed)
        assert remedy in caught.value.hint
        execute(url, remedy)
        restore(plain, seed)
        assert fetch(plain, "SELECT * FROM t") == [(1, 1)]


# --- large objects

LARGE_OBJECTS = """
    SELECT lo_from_bytea(6000, '\\x01'), lo_from_bytea(6001, ''), lo_from_bytea(4000000000, '\\x02');
    COMMENT ON LARGE OBJECT 6000 IS 'a scan; of %s {0} it''s';
    COMMENT ON LARGE OBJECT 4000000000 IS 'another'
"""
READ_LARGE_OBJECTS = """
    SELECT oid::bigint, lo_get(oid), obj_description(oid, 'pg_largeobject')
    FROM pg_largeobject_metadata ORDER BY 1
"""


@pytest.mark.parametrize("version", [13, 15, 18])
@pytest.mark.parametrize(
    "table", ["SELECT", "CREATE TABLE t (id int)"], ids=["alone", "and tables"]
)
def test_large_objects_are_replaced_with_their_comments(
    database: Database, tmp_path: Path, version: int, table: str
) -> None:
    source, target, seed = database(version), database(version), tmp_path / "seed"
    execute(source, table, LARGE_OBJECTS)
    expected = fetch(source, READ_LARGE_OBJECTS)
    create_snapshot(CreateOptions(source, seed))
    execute(target, "SELECT lo_from_bytea(6000, 'x'), lo_from_bytea(5, 'y')")
    state = "SELECT lo_unlink(6001), lo_put(6000, 0, 'x'), lo_from_bytea(7, 'y')"
    for road in (restore, *OVER.values(), replace_schema):
        road(target, seed)
        assert fetch(target, READ_LARGE_OBJECTS) == expected
        execute(target, state, "COMMENT ON LARGE OBJECT 6000 IS 'changed'")
    empty = database(version)
    run_psql(empty, seed / SEED_SQL)
    assert fetch(empty, READ_LARGE_OBJECTS) == expected


def test_large_objects_that_a_restore_deletes_are_kept(database: Database, tmp_path: Path) -> None:
    source, target, seed = database(18), database(18), tmp_path / "seed"
    execute(source, LARGE_OBJECTS)
    create_snapshot(CreateOptions(source, seed))
    execute(target, "SELECT lo_from_bytea(7, 'y')")
    options = RestoreOptions(target, seed, confirm=True, unasked=True)
    plan, _ = plan_restore(options)
    assert not plan.harmless
    backup = restore_snapshot(options).backup
    assert backup is not None
    restore(target, backup)
    assert fetch(target, READ_LARGE_OBJECTS) == [(7, b"y", None)]


# --- what --replace-schema drops

ALL_KINDS = """
    CREATE TRANSFORM FOR int LANGUAGE sql (FROM SQL WITH FUNCTION prsd_lextype(internal),
        TO SQL WITH FUNCTION int4recv(internal));
    CREATE ACCESS METHOD "My am" TYPE INDEX HANDLER bthandler;
    CREATE FUNCTION {0}.handler() RETURNS language_handler LANGUAGE c
        AS '$libdir/plpgsql', 'plpgsql_call_handler';
    CREATE LANGUAGE "my sql" HANDLER {0}.handler;
    CREATE FUNCTION {0}.asked() RETURNS int LANGUAGE "my sql" AS 'begin return 1; end';
    CREATE FOREIGN DATA WRAPPER w; CREATE SERVER s FOREIGN DATA WRAPPER w;
    CREATE FOREIGN TABLE {0}.ft (id int) SERVER s;
    CREATE USER MAPPING FOR public SERVER s;
    CREATE DEFAULT CONVERSION {0}.conv FOR 'LATIN1' TO 'UTF8' FROM iso8859_1_to_utf8;
    CREATE TEXT SEARCH PARSER {0}.pa (START = prsd_start, GETTOKEN = prsd_nexttoken,
        END = prsd_end, LEXTYPES = prsd_lextype);
    CREATE TEXT SEARCH TEMPLATE {0}.te (LEXIZE = dsimple_lexize, INIT = dsimple_init);
    CREATE TEXT SEARCH DICTIONARY {0}.di (TEMPLATE = {0}.te);
    CREATE TEXT SEARCH CONFIGURATION {0}.co (PARSER = {0}.pa);
    CREATE COLLATION {0}.cc FROM "C";
    CREATE OPERATOR FAMILY {0}.fa USING btree;
    CREATE OPERATOR CLASS {0}.cl FOR TYPE int USING btree FAMILY {0}.fa AS OPERATOR 1 <;
    CREATE OPERATOR CLASS {0}.cl2 FOR TYPE bigint USING btree AS OPERATOR 1 <;
    CREATE TYPE {0}.shell;
    CREATE TYPE {0}.base;
    CREATE FUNCTION {0}.base_in(cstring) RETURNS {0}.base LANGUAGE internal STRICT IMMUTABLE AS 'int4in';
    CREATE FUNCTION {0}.base_out({0}.base) RETURNS cstring LANGUAGE internal STRICT IMMUTABLE AS 'int4out';
    CREATE TYPE {0}.base (INPUT = {0}.base_in, OUTPUT = {0}.base_out, LIKE = int);
    CREATE CAST ({0}.base AS int) WITHOUT FUNCTION;
    CREATE TABLE {0}.t (id int, x {0}.base);
    CREATE TABLE other.u (a int, b int); CREATE STATISTICS {0}.st ON a, b FROM other.u;
    CREATE PROCEDURE {0}.pr() LANGUAGE sql AS '';
    CREATE AGGREGATE {0}.ag(int) (SFUNC = int4pl, STYPE = int);
    INSERT INTO {0}.t VALUES (1, '2')
"""


@pytest.mark.parametrize("version", [13, 15, 18])
@pytest.mark.parametrize("schema", ["public", "app"])
def test_a_schema_with_every_kind_of_object_is_replaced(
    database: Database, tmp_path: Path, version: int, schema: str
) -> None:
    source, target, seed = database(version), database(version), tmp_path / "seed"
    statements = ALL_KINDS.replace("{0}", schema)
    execute(source, "CREATE SCHEMA app", "CREATE SCHEMA other", statements)
    create_snapshot(CreateOptions(source, seed))
    for _ in range(2):
        replace_schema(target, seed)
        assert differences(source, target) == []


# --- what a selection leaves out, and what functions do not find

LEADS_OUT = """
    CREATE SCHEMA a; CREATE SCHEMA b; CREATE SCHEMA ext;
    CREATE TABLE b.p (id int PRIMARY KEY); INSERT INTO b.p VALUES (1);
    CREATE TYPE b.mood AS ENUM ('ok'); CREATE DOMAIN a.m AS b.mood;
    CREATE FUNCTION b.f() RETURNS int LANGUAGE sql AS 'SELECT 1';
    CREATE FUNCTION b.tf() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
    CREATE TABLE a.c (id int PRIMARY KEY DEFAULT b.f(), p int REFERENCES b.p, x b.mood);
    CREATE TRIGGER tr BEFORE INSERT ON a.c FOR EACH ROW EXECUTE FUNCTION b.tf();
    CREATE VIEW a.v AS SELECT * FROM b.p; INSERT INTO a.c VALUES (1, 1, 'ok')
"""


@pytest.mark.parametrize("version", [13, 15, 18])
def test_what_is_needed_from_schemas_that_are_left_out_is_named(
    database: Database, tmp_path: Path, version: int
) -> None:
    source, target, seed = database(version), database(version), tmp_path / "seed"
    execute(source, LEADS_OUT)
    whole = create_snapshot(CreateOptions(source, tmp_path / "whole"))
    assert whole.notes == ()
    report = create_snapshot(CreateOptions(source, seed, selection=Selection(schemas=("a",))))
    (note,) = report.notes
    assert note.startswith("schema b is left out, but ")
    assert "default value for a.c.id needs function b.f()" in note
    assert "and 1 more: restore into a database that has it, or take it along" in note
    needs = "\n".join(read_needs(source, ["b"])["b"])
    for needing in (
        "a.c.x needs type b.mood",
        "c_p_fkey on a.c needs table b.p",
        "tr on a.c needs",
        "view a.v needs table b.p",
    ):
        assert needing in needs
    with pytest.raises(DatabaseFailed, match="b") as caught:
        restore(target, seed)
    assert "schema was left out of the snapshot" in caught.value.hint
    both = Selection(schemas=("a", "b"))
    assert create_snapshot(CreateOptions(source, seed, selection=both)).notes == ()


def read_needs(url: str, left_out: list[str]) -> dict[str, list[str]]:
    with connected(url) as connection, consistent_read(connection):
        return read_leading_out(connection, left_out)


def test_an_extension_in_a_schema_that_is_left_out_is_named(
    database: Database, tmp_path: Path
) -> None:
    url = database(PG_CONTRIB)
    execute(
        url, "CREATE SCHEMA ext; CREATE EXTENSION hstore SCHEMA ext; CREATE TABLE t (h ext.hstore)"
    )
    selection = Selection(exclude_schemas=("ext",))
    report = create_snapshot(CreateOptions(url, tmp_path / "seed", selection=selection))
    (note,) = report.notes
    assert "extension hstore needs schema ext" in note
    assert "table column public.t.h needs type ext.hstore" in note


SEARCH_PATH = """
    CREATE FUNCTION point_of(int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT $1 + 1';
    CREATE FUNCTION inlined(int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT point_of($1)';
    CREATE FUNCTION called(int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS
        'BEGIN RETURN point_of($1); END';
    CREATE TABLE t (id int PRIMARY KEY, x int);
    CREATE INDEX one ON t (inlined(x)); CREATE INDEX two ON t (id) WHERE called(x) > 0;
    INSERT INTO t SELECT g, g FROM generate_series(1, 9) g
"""


@pytest.mark.parametrize("version", [13, 15])
def test_functions_of_indexes_that_need_a_search_path(
    database: Database, tmp_path: Path, version: int
) -> None:
    """They are read, as by pg_dump. To write is to call them, which is not done with any path.

    Since PostgreSQL 17 no index can be built with such a function.
    """
    source, target, seed = database(version), database(version), tmp_path / "seed"
    execute(source, SEARCH_PATH)
    create_snapshot(CreateOptions(source, seed, formats=FORMATS))
    assert verify_snapshot(seed, source).passed
    execute(source, "DELETE FROM t WHERE id = 1")
    before = fetch(source, "SELECT * FROM t ORDER BY id")
    for url in (source, target):
        with pytest.raises(DatabaseFailed, match="point_of") as caught:
            restore(url, seed)
        assert "ALTER FUNCTION … SET search_path" in caught.value.hint
    assert fetch(source, "SELECT * FROM t ORDER BY id") == before
    for function in ("inlined", "called"):
        execute(source, f"ALTER FUNCTION {function} SET search_path = public, pg_temp")
    create_snapshot(CreateOptions(source, seed, formats=FORMATS))
    restore(target, seed)
    restore(target, seed)
    assert differences(source, target) == []


# --- messages


def test_rows_hidden_from_their_owner_are_not_left_out(database: Database, tmp_path: Path) -> None:
    url = database(18)
    with owner_of(url) as plain:
        execute(
            plain,
            "CREATE TABLE t (id int PRIMARY KEY); INSERT INTO t VALUES (1)",
            "ALTER TABLE t ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY",
        )
        with pytest.raises(DatabaseFailed, match="row-level security") as caught:
            create_snapshot(CreateOptions(plain, tmp_path / "seed"))
        assert "BYPASSRLS" in caught.value.hint
        assert "connect as the owner" not in caught.value.hint


@pytest.mark.parametrize("version", [13, 15, 18])
def test_a_swap_lists_all_violated_keys(database: Database, tmp_path: Path, version: int) -> None:
    source, target, seed = database(version), database(version), tmp_path / "seed"
    execute(
        source,
        "CREATE TABLE p (id int PRIMARY KEY); CREATE TABLE c (a int REFERENCES p, b int REFERENCES p)",
        "CREATE TABLE parts (id int, p int REFERENCES p) PARTITION BY LIST (id)",
        "CREATE TABLE part PARTITION OF parts DEFAULT",
        "SET session_replication_role = replica; INSERT INTO c VALUES (7, 8); INSERT INTO parts VALUES (1, 9)",
    )
    create_snapshot(CreateOptions(source, seed))
    execute(target, "CREATE TABLE kept (id int)")
    options = SwapOptions(target, seed, confirm=True, backup=NONE, allow_other_source=True)
    with pytest.raises(ForeignKeysViolated, match="3 foreign keys") as caught:
        swap_snapshot(options)
    assert [line.split(":")[0] for line in caught.value.details] == [
        "c.c_a_fkey",
        "c.c_b_fkey",
        "parts.parts_p_fkey",
    ]
    assert fetch(target, "SELECT count(*) FROM kept") == [(0,)]


# --- publications

PUBLICATIONS = """
    SELECT p.pubname, p.puballtables, p.pubinsert, p.pubdelete,
        array(SELECT tablename::text FROM pg_publication_tables t WHERE t.pubname = p.pubname
              ORDER BY 1)
    FROM pg_publication p ORDER BY 1
"""


@pytest.mark.parametrize("version", [13, 15, 18])
def test_publications_come_along_if_asked_for(
    database: Database, tmp_path: Path, version: int
) -> None:
    source, target, seed = database(version), database(version), tmp_path / "seed"
    execute(
        source,
        "SET client_min_messages = error; CREATE TABLE t (id int PRIMARY KEY); CREATE TABLE u (id int);"
        "INSERT INTO t VALUES (1); CREATE PUBLICATION \"Some\" FOR TABLE t WITH (publish = 'insert');"
        "CREATE PUBLICATION everything FOR ALL TABLES",
    )
    expected = fetch(source, PUBLICATIONS)
    assert [name for name, *_ in expected] == ["Some", "everything"]
    report = create_snapshot(CreateOptions(source, seed))
    assert report.left_out == ("publication Some", "publication everything")
    restore(target, seed)
    assert fetch(target, PUBLICATIONS) == []
    report = create_snapshot(CreateOptions(source, seed, with_publications=True))
    assert report.left_out == ()
    for road in (replace_schema, replace_schema, *OVER.values()):
        road(target, seed)
        assert fetch(target, PUBLICATIONS) == expected
        assert fetch(target, "SELECT * FROM t") == [(1,)]


# --- the order of a snapshot


@pytest.mark.parametrize("version", [13, 18])
def test_the_order_of_a_snapshot_is_that_of_its_database(
    database: Database, tmp_path: Path, version: int
) -> None:
    source, seed = database(version), tmp_path / "seed"
    build(source, "partitions")
    # a cycle that only keys on partitions make, and a key that references a partition
    execute(
        source,
        "CREATE TABLE a (id int PRIMARY KEY) PARTITION BY LIST (id)",
        "CREATE TABLE a1 PARTITION OF a DEFAULT; CREATE TABLE b (id int PRIMARY KEY REFERENCES a1)",
        "ALTER TABLE a1 ADD CONSTRAINT back FOREIGN KEY (id) REFERENCES b",
    )
    create_snapshot(CreateOptions(source, seed))
    runner = CliRunner()
    documents = []
    for args in (["order", str(seed), "--json"], ["order", "-d", source, "--json"]):
        result = runner.invoke(app, args)
        assert result.exit_code == 0, result.output
        documents.append(json.loads(result.stdout))
    assert documents[0] == documents[1]
    assert {"back", "of_leaf"} <= {key["constraint"] for key in documents[0]["deferred"]}
    assert len(documents[0]["cycles"]) == 2
    manifest = load_manifest(seed)
    assert [t.name._asdict() for t in manifest.tables] == documents[0]["tables"]
    printed = [runner.invoke(app, ["order", *args]) for args in ([str(seed)], ["-d", source])]
    assert len({result.stdout for result in printed}) == 1
    with connected(source) as connection, consistent_read(connection):
        keys = read_catalog(connection).foreign_keys
    assert {(fk.root, fk.referenced_root) for fk in manifest.foreign_keys} == {
        (fk.root, fk.referenced_root) for fk in keys
    }


# --- materialised views that read others through functions

THROUGH = """
    CREATE TABLE t (id int); INSERT INTO t VALUES (1);
    CREATE MATERIALIZED VIEW "z 1" AS SELECT count(*) c FROM t;
    CREATE FUNCTION rd() RETURNS bigint LANGUAGE plpgsql AS
        'BEGIN RETURN (SELECT c FROM public."z 1"); END';
    CREATE MATERIALIZED VIEW m1 AS SELECT rd() + 1 AS c;
    CREATE FUNCTION rd2() RETURNS bigint LANGUAGE sql AS 'SELECT c FROM public.m1';
    CREATE MATERIALIZED VIEW a1 AS SELECT rd2() + 1 AS c; CREATE UNIQUE INDEX ON a1 (c);
    CREATE MATERIALIZED VIEW never AS SELECT 1 AS c WITH NO DATA
"""


@pytest.mark.parametrize("version", [13, 15, 18])
def test_views_that_read_each_other_through_functions(
    database: Database, tmp_path: Path, version: int
) -> None:
    refresh = "REFRESH MATERIALIZED VIEW"
    stale = f'INSERT INTO t VALUES (1), (2); {refresh} "z 1"; {refresh} m1; {refresh} a1'
    round_trip(database, tmp_path / "seed", version, THROUGH, after=stale)


def test_a_view_that_cannot_be_refreshed_is_named(database: Database, tmp_path: Path) -> None:
    source, target, seed = database(18), database(18), tmp_path / "seed"
    execute(source, THROUGH, 'REFRESH MATERIALIZED VIEW "z 1" WITH NO DATA')
    create_snapshot(CreateOptions(source, seed))
    with pytest.raises(DatabaseFailed, match="cannot be refreshed in any order") as caught:
        restore(target, seed)
    named = '"public"."a1", "public"."m1": materialized view "z 1"'
    assert named in caught.value.message
    assert "REFRESH the one" in caught.value.hint
    assert fetch(target, "SELECT count(*) FROM pg_class WHERE relname = 't'") == [(0,)]
