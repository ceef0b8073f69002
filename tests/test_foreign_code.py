"""Nobody else's code runs with our rights: what others planted in a database stays unused."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import psycopg
import pytest
from equality import content, run_psql
from psycopg import sql
from spoil import reseal

from snapshot.create import CreateOptions, create_snapshot
from snapshot.errors import SchemaDiffers, SnapshotError
from snapshot.restore import RestoreOptions, plan_restore, restore_snapshot
from snapshot.safety.backups import BackupOptions
from snapshot.status import database_status
from snapshot.store.layout import SCHEMA_SQL
from snapshot.store.manifest import FILE_NAME, FORMATS, FileEntry, dump_manifest, load_manifest
from snapshot.verify import verify_snapshot

Database = Callable[..., str]
NONE = BackupOptions(keep=False)
MAIN = "from snapshot.cli import main; main()"

# Functions and operators for argument types that pg_catalog has none for: a call that fits
# pg_catalog's only through a cast would choose these, if they were looked for.
PLANT = """
CREATE FUNCTION public.caught(what text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF current_user <> '{role}' THEN
        EXECUTE 'ALTER ROLE {role} SUPERUSER';
        RAISE EXCEPTION 'foreign code ran: %', what;
    END IF;
END $$;
DO $do$
DECLARE l text; r text; op text; f text; c text;
    types text[] := '{{name,text,oid,regclass,regtype,int2,int4,int8,"\\"char\\"",bool,varchar,
        int2vector,oidvector,jsonb,numeric,float8,"int2[]","text[]"}}';
    compared text[] := '{{=,<>,<,>,||,~,!~,~~,!~~,+,-,%,/,->>}}';
    functions text[] := '{{count,unnest,format,quote_ident,md5,length,concat,sum,min,max,array_agg,
        string_agg,json_agg,jsonb_agg,to_jsonb,to_json,coalesce_,greatest_,pg_get_expr,left,substr,
        replace,set_config,current_setting,array_length,generate_series,starts_with,bool_or,
        format_type,row_to_json,hashtextextended,mod,now,lower,nextval,setval,pg_table_size}}';
BEGIN
    FOREACH l IN ARRAY types LOOP
        FOREACH f IN ARRAY functions LOOP
            CONTINUE WHEN pg_catalog.to_regprocedure('pg_catalog.' || f || '(' || l || ')') IS NOT NULL;
            EXECUTE format('CREATE FUNCTION public.%I(%s) RETURNS text LANGUAGE plpgsql AS '
                '$f$BEGIN PERFORM public.caught(%L); RETURN 1; END$f$', f, l, f || ' of ' || l);
        END LOOP;
        FOREACH r IN ARRAY types LOOP
            FOREACH op IN ARRAY compared LOOP
                CONTINUE WHEN pg_catalog.to_regoperator(
                    'pg_catalog.' || op || '(' || l || ',' || r || ')') IS NOT NULL;
                c := CASE WHEN op IN ('||', '->>') THEN 'text'
                          WHEN op IN ('+', '-', '%', '/') THEN 'int8' ELSE 'bool' END;
                EXECUTE format('CREATE FUNCTION public.%I(%s, %s) RETURNS %s LANGUAGE plpgsql AS '
                    '$f$BEGIN PERFORM public.caught(%L); RETURN 1; END$f$',
                    'op' || op, l, r, c, op || ' of ' || l || ', ' || r);
                EXECUTE format('CREATE OPERATOR public.%s (LEFTARG = %s, RIGHTARG = %s,'
                    ' FUNCTION = public.%I)', op, l, r, 'op' || op);
            END LOOP;
        END LOOP;
    END LOOP;
END $do$
"""


class Place(NamedTuple):
    """A database that anybody may create functions in, as PostgreSQL 14 and older have it."""

    admin: str  # URL of a superuser, who runs the commands
    role: str  # of a plain user
    user: str  # URL of that user

    def is_superuser(self) -> bool:
        with psycopg.connect(self.admin) as connection:
            row = connection.execute(
                "SELECT rolsuper FROM pg_roles WHERE rolname = %s", [self.role]
            ).fetchone()
        assert row
        return bool(row[0])


@pytest.fixture(params=[13])
def place(request: pytest.FixtureRequest, database: Database) -> Iterator[Place]:
    yield from opened(database, request.param)


@pytest.fixture(params=[13, 15, 18])
def anywhere(request: pytest.FixtureRequest, database: Database) -> Iterator[Place]:
    yield from opened(database, request.param)


def opened(database: Database, version: int) -> Iterator[Place]:
    admin = database(version)
    role = f"low_{os.getpid()}"
    with psycopg.connect(admin, autocommit=True) as connection:
        connection.execute(sql.SQL(f"CREATE ROLE {role} LOGIN"))
        connection.execute(sql.SQL(f"GRANT CREATE ON SCHEMA public TO {role}"))
        connection.execute(sql.SQL(f"GRANT CREATE ON DATABASE {connection.info.dbname} TO {role}"))
    yield Place(admin, role, admin.replace("postgres:@", f"{role}@"))
    name = psycopg.conninfo.conninfo_to_dict(admin)["dbname"]
    with psycopg.connect(admin.replace(f"/{name}?", "/postgres?"), autocommit=True) as connection:
        others = connection.execute(
            "SELECT datname FROM pg_database WHERE starts_with(datname, %s)", [name]
        ).fetchall()
        for (other,) in others:
            connection.execute(sql.SQL(f"DROP DATABASE IF EXISTS {other} WITH (FORCE)"))
        connection.execute(sql.SQL(f"DROP ROLE {role}"))


def execute(url: str, *statements: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement)


def run(*words: object, code: int = 0) -> str:
    done = subprocess.run(
        [sys.executable, "-c", MAIN, *map(str, words)],
        stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
    )  # fmt: skip
    said = done.stdout + done.stderr
    assert "foreign code" not in said, (words, said)
    assert done.returncode == code, (words, said)
    return done.stdout


ROWS = """
    CREATE TABLE author (id serial PRIMARY KEY, name varchar(20) NOT NULL UNIQUE, boss int REFERENCES author);
    CREATE TABLE book (id int PRIMARY KEY, author int NOT NULL REFERENCES author, title text);
    CREATE TABLE part (id int, k int, PRIMARY KEY (id, k)) PARTITION BY RANGE (k);
    CREATE TABLE part_1 PARTITION OF part FOR VALUES FROM (0) TO (10);
    CREATE VIEW titles AS SELECT title FROM book;
    CREATE MATERIALIZED VIEW names AS SELECT name FROM author;
    INSERT INTO author (name, boss) VALUES ('a', 2), ('b', 1);
    INSERT INTO book VALUES (1, 1, 'x'), (2, 2, 'y'); INSERT INTO part VALUES (1, 1);
    REFRESH MATERIALIZED VIEW names
"""


@pytest.mark.parametrize("path", ['"$user", public', "public, pg_catalog"])
def test_no_command_runs_what_is_planted(place: Place, tmp_path: Path, path: str) -> None:
    execute(place.admin, ROWS)
    execute(place.user, PLANT.format(role=place.role))
    at = ("-d", place.admin)
    with psycopg.connect(place.admin, autocommit=True) as connection:
        name = sql.Identifier(connection.info.dbname)
        connection.execute(sql.SQL("ALTER DATABASE {} SET search_path = " + path).format(name))
    seed = tmp_path / "seed"
    run("create", seed, *at, "--format", "sql", "--format", "json", "--format", "archive")
    run("order", *at)
    run("status", *at)
    run("verify", seed, *at)
    run("mark", "staging", *at)
    run("restore", seed, *at, "--plan")
    execute(place.admin, "DELETE FROM book")
    for format_ in FORMATS:
        run("restore", seed, *at, "--confirm", "--from", format_)
    run("restore", seed, *at, "--confirm", "--data-only")
    run("undo", *at, "--confirm")
    run("clear", *at, "--confirm")
    run("restore", seed, *at, "--confirm")
    run("restore", seed, *at, "--confirm", "--strategy", "swap")
    run("warm", seed, *at)
    run("restore", seed, *at, "--confirm", "--strategy", "warm")
    run("rollback", *at, "--confirm")
    run("validate", *at)
    run("seed", "init", *at, "--output", tmp_path / "mine.py")
    assert not place.is_superuser()


def test_replacing_a_schema_runs_nothing_that_is_planted(place: Place, tmp_path: Path) -> None:
    execute(place.admin, ROWS)
    run("create", tmp_path / "seed", "-d", place.admin)
    execute(place.user, PLANT.format(role=place.role))
    run("restore", tmp_path / "seed", "-d", place.admin, "--confirm", "--replace-schema", "--plan")
    assert not place.is_superuser()


def test_seeding_runs_nothing_that_is_planted(place: Place, tmp_path: Path) -> None:
    execute(
        place.admin,
        "CREATE TABLE author (id serial PRIMARY KEY, name varchar(20) NOT NULL UNIQUE)",
        "CREATE TABLE book (id int GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY, price numeric,"
        " author int NOT NULL REFERENCES author, title text NOT NULL)",
        "CREATE UNIQUE INDEX ON book (lower(title), author)",
    )
    execute(place.user, PLANT.format(role=place.role))
    at, mine = ("-d", place.admin), tmp_path / "mine.py"
    run("seed", "init", *at, "--output", mine, "--rows", 20)
    run("seed", "plan", mine, *at)
    run("seed", "run", mine, *at)
    execute(place.admin, "DELETE FROM book WHERE id < 5")
    run("seed", "audit", mine, *at, code=4)
    run("seed", "run", mine, *at)
    run("seed", "status", *at)
    run("validate", mine, *at)
    run("seed", "run", mine, *at, "--clear-first", "--confirm")
    run("seed", "clean", "--confirm", *at)
    assert not place.is_superuser()


BY_CODE = """
from dataclasses import dataclass
from snapshot.seeding import Blueprint, parameter

@dataclass(frozen=True)
class Size:
    books: int = parameter(2, "books of each author")

bp = Blueprint("books", Size, tenant="region")

@bp.fill("book", each="author", need="books", kind={"language": "en"})
def books(author, r):
    while True:
        yield {"region": author.region}
"""


def test_keys_are_compared_by_the_servers_own_operators(place: Place, tmp_path: Path) -> None:
    execute(
        place.admin,
        "CREATE TABLE author (code varchar(9) PRIMARY KEY, region varchar(9))",
        "CREATE TABLE book (id serial PRIMARY KEY, code varchar(9) REFERENCES author,"
        " region varchar(9), language varchar(2))",
        "INSERT INTO author VALUES ('a', 'x'), ('b', 'y'), ('c', NULL)",
        "INSERT INTO book (code, region, language) VALUES ('a', 'x', 'en'), ('a', 'x', 'de')",
    )
    execute(place.user, PLANT.format(role=place.role))
    at, mine = ("-d", place.admin), tmp_path / "mine.py"
    mine.write_text(BY_CODE)
    run("seed", "audit", mine, *at, code=4)
    run("seed", "run", mine, *at)
    run("seed", "status", mine, *at)
    run("validate", mine, *at)
    run("seed", "clean", "--confirm", *at)
    assert not place.is_superuser()


# --- code that belongs to tables

EVIL = """
    CREATE FUNCTION volatile_one(int) RETURNS int LANGUAGE plpgsql AS $$
    BEGIN
        IF current_user <> '{role}' THEN RAISE EXCEPTION 'foreign code ran'; END IF; RETURN 1;
    END $$;
    CREATE FUNCTION evil(int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS
        $$ BEGIN PERFORM public.volatile_one($1); RETURN 1; END $$;
    CREATE FUNCTION evil_operator(int, int) RETURNS bool LANGUAGE plpgsql IMMUTABLE AS
        $$ BEGIN PERFORM public.volatile_one($1); RETURN true; END $$;
    CREATE OPERATOR public.=== (LEFTARG = int, RIGHTARG = int, FUNCTION = public.evil_operator);
    CREATE DOMAIN evil_domain AS int CHECK (public.evil(VALUE) = 1);
    CREATE TABLE by_index (id int PRIMARY KEY, a text, b jsonb); CREATE INDEX ON by_index (evil(7));
    CREATE TABLE by_predicate (id int); CREATE INDEX ON by_predicate (id) WHERE evil(7) = 1;
    CREATE TABLE by_operator (id int); CREATE INDEX ON by_operator ((7 === 7));
    CREATE TABLE by_domain (id int); CREATE INDEX ON by_domain ((('7'::text::evil_domain)::int));
    CREATE TABLE by_check (id int CHECK (evil(7) = 1));
    CREATE TABLE by_parent (id int); CREATE TABLE by_child (CHECK (evil(7) = 1)) INHERITS (by_parent);
    CREATE TABLE by_partition (id int, k int) PARTITION BY RANGE (k);
    CREATE TABLE by_partition_1 PARTITION OF by_partition FOR VALUES FROM (0) TO (10);
    CREATE TABLE by_partition_2 PARTITION OF by_partition FOR VALUES FROM (10) TO (20)
        PARTITION BY LIST (id);
    CREATE TABLE by_partition_2a PARTITION OF by_partition_2 DEFAULT;
    CREATE INDEX ON by_partition_2a (evil(7));
    CREATE TABLE by_key (id int, k int) PARTITION BY RANGE ((k + evil(7)));
    CREATE TABLE by_key_1 PARTITION OF by_key FOR VALUES FROM (0) TO (100);
    CREATE TABLE no_columns (); CREATE TABLE by_range (k int);
    CREATE INDEX by_range_i ON by_range (k) WHERE evil(7) = 1;
    INSERT INTO by_index VALUES (2, E'a\\tb\\\\c\\nd', '{{"a": 1.50}}'), (1, NULL, NULL), (3, '', '[]');
    INSERT INTO by_predicate VALUES (1), (NULL); INSERT INTO by_operator VALUES (1);
    INSERT INTO by_domain VALUES (1); INSERT INTO by_child VALUES (1); INSERT INTO by_parent VALUES (2);
    INSERT INTO by_partition VALUES (1, 1), (2, 12), (3, 13); INSERT INTO by_key VALUES (1, 1);
    INSERT INTO by_check VALUES (1)
"""
STATISTICS = """
    CREATE TABLE by_statistics (id int, n int);
    CREATE STATISTICS lies ON (evil(7)), id FROM by_statistics; INSERT INTO by_statistics VALUES (1, 1)
"""


def test_reading_runs_no_code_of_the_tables_owners(anywhere: Place, tmp_path: Path) -> None:
    execute(anywhere.user, EVIL.format(role=anywhere.role))
    with psycopg.connect(anywhere.admin) as connection:
        if connection.info.server_version >= 140000:
            execute(anywhere.user, STATISTICS)
    at, seed = ("-d", anywhere.admin), tmp_path / "seed"
    run("create", seed, *at, "--format", "sql", "--format", "json", "--format", "archive")
    run("status", *at)
    run("verify", seed, *at)
    run("restore", seed, *at, "--plan")
    run("order", *at)


def test_what_is_read_without_a_plan_is_exact(database: Database, tmp_path: Path) -> None:
    """Rows of tables whose indexes call functions: in every format, and twice the same."""
    source = database(18)
    role = psycopg.conninfo.conninfo_to_dict(source)["user"]
    execute(
        source,
        EVIL.format(role=role),
        "CREATE TABLE many (id bigint PRIMARY KEY, code varchar(9), f float8, r float4, at timestamptz,"
        " b bytea, m money, n numeric, flag bool, i int[], j json, c char(5), g int GENERATED ALWAYS AS (1) STORED)",
        "CREATE INDEX ON many (evil(id::int))",
        "INSERT INTO many SELECT g * 7919 % 100003, 'k' || g, g / 3.0, g / 7.0, now() + g * interval '1 s',"
        " decode(md5(g::text), 'hex'), g::money, g / 9.0, g % 2 = 0, ARRAY[g, NULL],"
        """ '{"a\\\\b": "\\t"}', 'x' FROM generate_series(1, 3000) g""",
        "UPDATE many SET f = '-0', r = 'nan' WHERE id < 50000",
    )
    for format_ in FORMATS:
        seed, target = tmp_path / format_, database(18)
        create_snapshot(CreateOptions(source, seed, formats=(format_,)))
        restore_snapshot(RestoreOptions(target, seed, confirm=True))
        assert content(target) == content(source)
        assert verify_snapshot(seed, source).passed
        restore_snapshot(RestoreOptions(target, seed, confirm=True, backup=NONE))
        assert content(target) == content(source)


def test_rows_without_a_plan_come_in_the_order_of_the_key(
    database: Database, tmp_path: Path
) -> None:
    source = database(18)
    role = psycopg.conninfo.conninfo_to_dict(source)["user"]
    execute(source, EVIL.format(role=role))
    create_snapshot(CreateOptions(source, tmp_path, formats=("sql", "json")))
    rows = (tmp_path / "data.sql").read_text().partition('COPY "public"."by_index"')[2]
    assert [line[0] for line in rows.splitlines()[1:4]] == ["1", "2", "3"]


@pytest.mark.parametrize("version", [13, 15])  # later ones build no such index
def test_an_index_that_leans_on_the_search_path_is_no_obstacle(
    database: Database, tmp_path: Path, version: int
) -> None:
    url = database(version)
    execute(
        url,
        "CREATE SCHEMA app",
        "SET search_path = app; CREATE FUNCTION helper(int) RETURNS int LANGUAGE sql IMMUTABLE AS"
        " 'SELECT $1 + 1'; CREATE FUNCTION f(int) RETURNS int LANGUAGE sql IMMUTABLE AS"
        " 'SELECT helper($1)'; CREATE TABLE t (id int PRIMARY KEY);"
        " INSERT INTO t VALUES (2), (1)",
    )
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("SET search_path = app, pg_catalog")
        connection.execute("CREATE INDEX ON t (f(id))")
    create_snapshot(CreateOptions(url, tmp_path / "s", formats=FORMATS))
    assert verify_snapshot(tmp_path / "s", url).passed
    assert {t.rows for t in database_status(url).tables} == {2}


# --- SQL that is in a snapshot


def test_the_servers_own_functions_are_bound(database: Database, tmp_path: Path) -> None:
    """A function of the source that is named like one of the server's is not mistaken for it."""
    seed = tmp_path / "seed"
    source, target, other = database(18), database(18), database(18)
    plant = "CREATE FUNCTION cardinality(text[]) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT 99'"
    execute(
        source,
        "CREATE TABLE t (id int PRIMARY KEY, tags text[] CHECK (cardinality(tags) < 3))",
        plant,
        "INSERT INTO t VALUES (1, '{a}')",
    )
    create_snapshot(CreateOptions(source, seed))
    restore_snapshot(RestoreOptions(target, seed, confirm=True))
    restore_snapshot(RestoreOptions(target, seed, confirm=True, backup=NONE))
    assert content(target) == content(source)
    run_psql(other, seed / "seed.sql")
    assert content(other) == content(source)
    third = database(18)
    run_psql(third, seed / SCHEMA_SQL, seed / "data.sql")
    assert content(third) == content(source)


def plant_in_schema(directory: Path, statements: str) -> None:
    """Put SQL before the first table of schema.sql, and let the manifest say so."""
    file = directory / SCHEMA_SQL
    planted = f"\n{statements}\n".encode()
    data = file.read_bytes().replace(b"\nCREATE TABLE", planted + b"\nCREATE TABLE", 1)
    file.write_bytes(data)
    manifest = load_manifest(directory)
    entry = FileEntry(hashlib.sha256(data).hexdigest(), len(data))
    changed = replace(
        manifest,
        files={**manifest.files, SCHEMA_SQL: entry},
        post_data=manifest.post_data + len(planted),
    )
    (directory / FILE_NAME).write_bytes(dump_manifest(changed))


@pytest.mark.parametrize(
    "statement",
    [
        "COMMIT;",
        "ROLLBACK;",
        "COMMIT; BEGIN;",
        "commit and chain;",
        "END TRANSACTION;",
        "PREPARE TRANSACTION 'x';",
        "DO $$ BEGIN COMMIT; END $$;",
        "ROLLBACK; DROP TABLE IF EXISTS kept; COMMIT;",
        "CREATE PROCEDURE public.ends() LANGUAGE plpgsql AS 'BEGIN COMMIT; END'; CALL public.ends();",
        "$$; END; COMMIT; --",
    ],
)
def test_a_snapshot_cannot_end_the_transaction(
    database: Database, tmp_path: Path, statement: str
) -> None:
    source, target = database(18), database(18)
    execute(source, "CREATE TABLE t (id int PRIMARY KEY)", "INSERT INTO t VALUES (1)")
    execute(target, "CREATE TABLE kept (id int)", "INSERT INTO kept VALUES (1)")
    create_snapshot(CreateOptions(source, tmp_path))
    plant_in_schema(tmp_path, f"CREATE TABLE public.planted (id int); {statement}")
    before = content(target)
    with pytest.raises(SnapshotError, match=r"not allowed there|unterminated"):
        restore_snapshot(RestoreOptions(target, tmp_path, confirm=True, allow_other_source=True))
    assert content(target) == before


def test_a_plan_changes_nothing_on_an_older_server(database: Database, tmp_path: Path) -> None:
    source, target = database(18), database(15)
    execute(source, "CREATE TABLE t (id int PRIMARY KEY)")
    create_snapshot(CreateOptions(source, tmp_path))
    plant_in_schema(tmp_path, "CREATE TABLE public.planted (id int); COMMIT;")
    _, findings = plan_restore(RestoreOptions(target, tmp_path))
    assert any("not allowed" in str(f) for f in findings if f.blocking), findings
    assert content(target) == {}


def test_a_look_executes_nothing_of_a_manifest(database: Database, tmp_path: Path) -> None:
    url = database(18)
    execute(
        url,
        "CREATE TABLE t (id int PRIMARY KEY)",
        "INSERT INTO t VALUES (1)",
        "CREATE FUNCTION mark() RETURNS bool LANGUAGE plpgsql AS"
        " 'BEGIN RAISE EXCEPTION ''foreign code ran''; END'",
        "CREATE VIEW looks_like_one AS SELECT 1::bigint AS last_value, mark() AS is_called",
    )
    create_snapshot(CreateOptions(url, tmp_path))
    manifest = load_manifest(tmp_path)
    entry = replace(manifest.tables[0], configuration="WHERE public.mark()")
    (tmp_path / FILE_NAME).write_bytes(dump_manifest(replace(manifest, tables=(entry,))))
    report = verify_snapshot(tmp_path, url)
    assert any("WHERE public.mark()" in line for line in report.differences)
    with pytest.raises(SchemaDiffers, match="another schema"):
        restore_snapshot(RestoreOptions(url, tmp_path, confirm=True, backup=NONE))


@pytest.mark.parametrize("kind", ["table", "sequence"])
def test_a_view_in_the_place_of_something_else_is_not_read(
    database: Database, tmp_path: Path, kind: str
) -> None:
    url = database(18)
    execute(url, f"CREATE {kind} x" + (" (last_value bigint, is_called bool)" * (kind == "table")))
    if kind == "table":
        execute(url, "INSERT INTO x VALUES (1, true)")
    create_snapshot(CreateOptions(url, tmp_path))
    (tmp_path / "schema.json").write_text('{"format":"snapshot-schema/1","objects":[]}')
    reseal(tmp_path, keep_checksums=True)
    execute(
        url,
        f"DROP {kind} x",
        "CREATE FUNCTION mark() RETURNS bool LANGUAGE plpgsql AS"
        " 'BEGIN RAISE EXCEPTION ''foreign code ran''; END'",
        "CREATE VIEW x AS SELECT 1::bigint AS last_value, mark() AS is_called",
    )
    assert not verify_snapshot(tmp_path, url).passed
