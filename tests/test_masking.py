"""Masked snapshots, created and restored: what is refused, what is the same, what comes out."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from types import SimpleNamespace

import psycopg
import pytest
from arena import running_arena
from masked import (
    HEAD,
    KEY,
    OTHER_KEY,
    Rows,
    ask,
    create,
    masked,
    new_database,
    policy,
    refused,
    restore,
    run,
    value,
)

from snapshot.create import CreateOptions, create_snapshot
from snapshot.errors import Refused, UsageError
from snapshot.masking.policy import policy_hash, read_policy
from snapshot.store.manifest import FORMATS, load_manifest

Database = Callable[..., str]
COMMAND = [sys.executable, "-m", "snapshot"]


@pytest.fixture(autouse=True)
def _key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SNAPSHOT_MASK_KEY", KEY)


def command(*words: object, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *map(str, words)], capture_output=True, text=True, check=False,
        env={**os.environ, **environment},
    )  # fmt: skip


def rules(**columns: str) -> str:
    lines = [f"{name} = {rule}" for name, rule in {"id": '"keep"', **columns}.items()]
    return '[columns."public.t"]\n' + "\n".join(lines) + "\n"


TABLE = """
CREATE TABLE t (id int PRIMARY KEY, v text);
INSERT INTO t SELECT n, 'person' || n || '@firma.test' FROM generate_series(1, 20) n;
"""

# --- the file


WRONG = {
    "a top-level key": ("columsn = 1", "line 3", "columsn"),
    "a table": ('[columns."public.nobody"]\nid = "keep"', "line 7", "no table nobody"),
    "a column": ('w = "email"', "line 6", "no column w"),
    "a mask": ('v = "emial"', "line 5", "no mask emial"),
    "a parameter": ('v = { mask = "email", sise = 1 }', "line 5", "no option sise"),
    "a parameter of keep": ('v = { mask = "keep", as = "x" }', "line 5", "no option as"),
    "a table without rows": (
        '[rows]\n"public.nobody" = "none"',
        "line 8",
        "no table matches public.nobody",
    ),
    "a pattern without tables": ('[rows]\n"nobody_*" = "none"', "line 8", "nobody_*"),
    "what becomes of rows": ('[rows]\n"t" = "keep"', "line 8", "none"),
    "a pattern that keeps": ('[columns."public.*"]\nid = "keep"', "line 7", "one table"),
    "JSON of a column": ('[json."public.t".w]\n"a" = "keep"', "line 7", "t.w"),
    "a link": ('[links]\n"public.t.w" = "public.t.id"', "line 7", "t.w"),
}


@pytest.mark.parametrize("what", WRONG)
def test_rules_that_match_nothing_are_refused(
    what: str, database: Database, tmp_path: Path
) -> None:
    wrong, line, said = WRONG[what]
    url = database()
    run(url, TABLE)
    columns = {"v": '"email"'}
    text = rules(**columns)
    if wrong.startswith("v ="):
        text = rules(v=wrong.removeprefix("v = "))
    elif wrong.startswith("columsn"):
        text = wrong + "\n" + text
    elif wrong.startswith("w ="):
        text += wrong + "\n"
    else:
        text += "\n" + wrong + "\n"
    with pytest.raises((Refused, UsageError)) as raised:
        create(url, tmp_path, text)
    message = "\n".join([raised.value.message, raised.value.hint, *raised.value.details])
    assert line in message
    assert said in message
    assert "masking.toml" in message
    assert not (tmp_path / "seed").exists()


@pytest.mark.parametrize("pattern", ["log_*", "public.log_*", "*.log_*"])
def test_patterns_leave_rows_out(pattern: str, database: Database, tmp_path: Path) -> None:
    logs = "CREATE TABLE log_a AS SELECT 1 AS n; CREATE TABLE log_b AS SELECT 'secret' AS s;"
    left_out = f'[rows]\n"{pattern}" = "none"\n'
    _, copy = masked(database, tmp_path, TABLE + logs, rules(v='"email"') + left_out)
    assert ask(copy, "SELECT FROM log_a UNION ALL SELECT FROM log_b") == []
    assert value(copy, "SELECT count(*) FROM t") == 20


@pytest.mark.parametrize("key", ["c2VjcmV0c2VjcmV0c2VjcmV0", "plain:abc", "env:", "env:A B"])
def test_a_key_in_the_file_is_refused(key: str, tmp_path: Path) -> None:
    file = policy(tmp_path, f'version = 1\nkey = "{key}"\n')
    with pytest.raises(UsageError, match="line 2: key must say where") as raised:
        read_policy(file)
    assert key not in str(raised.value).replace("env:SNAPSHOT_MASK_KEY", "")


def test_the_hash_is_that_of_the_meaning(tmp_path: Path) -> None:
    one = rules(v='{ mask = "token", prefix = "a" }') + '[schema]\ncomments = "drop"\n'
    same = (
        "# a comment\n[schema]\ncomments='drop' # another\n\n"
        "[columns.'public.t']\nv.prefix = \"a\"\nv.mask = 'token'\n\tid   =   'keep'\n"
    )
    first = policy_hash(policy(tmp_path, one))
    assert policy_hash(policy(tmp_path, same)) == first
    for other in (one.replace('"a"', '"b"'), one.replace("drop", "keep"), one.replace("id", "ID")):
        assert policy_hash(policy(tmp_path, other)) != first


def test_a_syntax_error_shows_no_other_line(tmp_path: Path) -> None:
    file = policy(tmp_path, 'locale = "hunter2"\nv = "s3cret\n')
    done = command(
        "create", tmp_path / "seed", "-d", "postgresql://localhost:1/none", "--mask", file
    )
    assert done.returncode == 2
    assert "line 4" in done.stderr
    assert "hunter2" not in done.stderr
    assert "s3cret" not in done.stderr


def test_check_lists_all_problems(database: Database, tmp_path: Path) -> None:
    url = database()
    run(url, TABLE + "CREATE TABLE u (id int UNIQUE, a text, b text UNIQUE NOT NULL);")
    create(
        url, tmp_path, rules(v='"email"') + '[columns."public.u"]\nid="keep"\na="keep"\nb="keep"'
    )
    wrong = rules(v='"nothing"', w='"keep"') + '[columns."public.u"]\nb = "null"\n'
    file = policy(tmp_path, wrong, "wrong.toml")
    for where in (["-d", url], [tmp_path / "seed"]):  # a server, and a snapshot's schema
        done = command("mask", "check", *where, "--mask", file, "--json")
        assert done.returncode == 3, done.stderr
        found = json.loads(done.stdout)
        assert set(found) == {"policy", "sha256", "passed", "columns", "masks", "problems"}
        assert found["passed"] is False
        assert found["sha256"] == policy_hash(file)
        assert all(set(p) == {"text", "line", "paste"} for p in found["problems"])
        text = "\n".join(p["text"] for p in found["problems"])
        for said in ("no mask nothing", "no column w", "b is NOT NULL", 'id = "keep"', 'a = "?"'):
            assert said in text, said
    right = command("mask", "check", tmp_path / "seed", "--mask", tmp_path / "masking.toml")
    assert right.returncode == 0, right.stderr


# --- nothing is copied without a rule

TABLES = """
CREATE TABLE t (id int PRIMARY KEY, v text);
CREATE TABLE parent (id int PRIMARY KEY, name text);
CREATE TABLE mixin (tag text);
CREATE TABLE child (extra int) INHERITS (parent, mixin);
CREATE TABLE parts (id int, name text) PARTITION BY LIST (id);
CREATE TABLE part_1 PARTITION OF parts FOR VALUES IN (1);
CREATE TABLE "Odd.Name" ("a ""b"" c" text, "ü" text);
CREATE VIEW v AS SELECT * FROM t;
CREATE MATERIALIZED VIEW mv AS SELECT * FROM t;
INSERT INTO t VALUES (1, 'otto.mustermann@firma.test');
INSERT INTO child VALUES (1, 'Otto Mustermann', 'Mustermann-tag', 7);
INSERT INTO parts VALUES (1, 'Otto Mustermann');
INSERT INTO "Odd.Name" VALUES ('Otto Mustermann', 'Otto Mustermann');
REFRESH MATERIALIZED VIEW mv;
"""
RULES = """
[columns."public.t"]
id = "keep"
v = "email"
[columns."public.parent"]
id = "keep"
name = "name"
[columns."public.mixin"]
tag = "token"
[columns."public.child"]
extra = "keep"
[columns."public.parts"]
id = "keep"
name = "name"
[columns."public.\\"Odd.Name\\""]
'a "b" c' = "token"
"ü" = "name"
"""

CHANGES = {
    "a column": ("ALTER TABLE t ADD w text", ['[columns."public.t"]', "w = "]),
    "columns in their order": (
        "ALTER TABLE t ADD first_name text, ADD birthday date",
        ["first_name = ", "birthday = "],
    ),
    "a table": (
        "CREATE TABLE u (id int PRIMARY KEY, email text)",
        ['[columns."public.u"]', "id = ", "email = "],
    ),
    "a column of a child": ("ALTER TABLE child ADD w text", ['[columns."public.child"]', "w = "]),
    "a column of partitions": (
        "ALTER TABLE parts ADD w text",
        ['[columns."public.parts"]', "w = "],
    ),
    "a dropped column": ("ALTER TABLE t DROP v CASCADE", ["line 6", "t has no column v"]),
    "large objects": ("SELECT lo_from_bytea(0, '\\x00')", ["large objects", "[schema]"]),
    "a table in a new schema": (
        "CREATE SCHEMA s; CREATE TABLE s.u (x citizen)",
        ['[columns."s.u"]', 'x = "?"'],
    ),
}


@pytest.fixture(scope="module")
def tables(servers: Callable[[int], str]) -> str:
    """Databases are made of it as their template."""
    with new_database(servers(18), TABLES + "CREATE TYPE citizen AS (name text)") as url:
        yield url


@pytest.mark.parametrize("change", CHANGES)
def test_what_has_no_rule_is_refused(
    change: str, servers: Callable[[int], str], tables: str, tmp_path: Path
) -> None:
    statement, wanted = CHANGES[change]
    template = tables.split("/")[3].split("?")[0]
    with new_database(servers(18), statement, f"TEMPLATE {template}") as url:
        said = refused(url, tmp_path, RULES)
        assert "Mustermann" not in said
        places = [said.find(text) for text in wanted]
        assert -1 not in places, said
        assert places == sorted(places)


def test_lines_that_are_pasted_are_enough(database: Database, tmp_path: Path) -> None:
    url = database()
    run(url, TABLE + "CREATE TABLE u (id int PRIMARY KEY, email text);"
             "ALTER TABLE t ADD birthday date, ADD \"e mail\" text")  # fmt: skip
    said = refused(url, tmp_path, HEAD).splitlines()
    lines = [line.removesuffix(" needs:") for line in said if line.startswith("[") or " = " in line]
    assert "public.t.v is not decided" in refused(url, tmp_path, "\n".join(lines))
    create(url, tmp_path, "\n".join(lines).replace('"?"', '"null"'))


def test_a_column_that_is_kept_has_the_type_it_had(database: Database, tmp_path: Path) -> None:
    url = database()
    run(url, TABLE + "ALTER TABLE t ADD w text, ADD x varchar(10), ADD y text")
    kept = rules(v='"email"', w='"keep"', x='"keep"', y='"token"')
    create(url, tmp_path, kept)
    before = data_files(tmp_path)
    run(url, "ALTER TABLE t ALTER w TYPE jsonb USING to_jsonb(w), ALTER x TYPE varchar(20),"
             "ALTER y TYPE varchar(40)")  # fmt: skip
    with pytest.raises(Refused) as raised:
        create(url, tmp_path, kept)
    assert raised.value.details == (
        'line 6: t.w was text and is jsonb; if it may stay: w = { mask = "keep", type = "jsonb" }',
    )
    assert data_files(tmp_path) == before
    create(url, tmp_path, kept.replace('w = "keep"', 'w = { mask = "keep", type = "jsonb" }'))
    run(url, "ALTER TABLE t ALTER w TYPE text")
    with pytest.raises(Refused) as raised:  # the confirmation was of another type
        create(url, tmp_path, kept.replace('w = "keep"', 'w = { mask = "keep", type = "jsonb" }'))
    assert raised.value.details == ("line 6: t.w is text by now",)


@pytest.mark.parametrize("formats", [FORMATS])
def test_children_partitions_views_and_odd_names(
    formats: tuple[str, ...], tables: str, database: Database, tmp_path: Path
) -> None:
    create(tables, tmp_path, RULES, formats)
    for form in formats:
        copy = restore(tmp_path, database(), form)
        assert value(copy, "SELECT v FROM mv") == value(copy, "SELECT v FROM t")
        assert value(copy, "SELECT name FROM parent") != "Otto Mustermann"
        assert value(copy, "SELECT extra FROM child") == 7
        assert value(copy, "SELECT name FROM parts") == value(copy, "SELECT name FROM parent")
        ((one, two),) = ask(copy, 'SELECT * FROM "Odd.Name"')
        assert two == value(copy, "SELECT name FROM parent")
        assert "Mustermann" not in one


# --- types

VALUES = {
    "bool": "true", "bytea": r"'\xdeadbeef'", '"char"': "'x'", "name": "'a name'", "int8": "42",
    "int2": "42", "int4": "42", "text": r"E'tab\t, \\N, \n, quote \" ü 😀'", "oid": "42", "json": """'{"b": 1.10, "a":  "x"}'""",
    "jsonb": """'{"b": 1.10, "a": "x"}'""", "point": "'(1,2)'", "float4": "1.5", "float8": "'NaN'",
    "money": "12.34", "macaddr": "'08:00:2b:01:02:03'", "inet": "'10.0.0.1/24'", "cidr": "'10.0.0.0/8'",
    "bpchar": "'x  '", "varchar": "'x'", "date": "'infinity'", "time": "'24:00'", "timestamp": "'0044-03-15 BC'",
    "timestamptz": "'2024-02-29 12:00+02'", "interval": "'1 year -3 days'", "timetz": "'12:00+02'", "bit": "B'1'",
    "varbit": "B'101'", "numeric": "1e400", "uuid": "'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'", "tsvector": "'a:1 b:2'",
    "int4range": "'[1,5)'", "numrange": "'empty'", "daterange": "'[2024-01-01,)'", "pg_lsn": "'0/16B3748'",
    "box": "'(1,2),(3,4)'", "circle": "'<(1,2),3>'", "tid": "'(1,2)'", "xid": "'42'", "jsonpath": "'$.a'",
    "tsquery": "'a & b'", "path": "'[(1,2),(3,4)]'", "polygon": "'((1,2),(3,4))'", "line": "'{1,2,3}'",
}  # fmt: skip
WITHOUT_VALUES = (
    "('pg_node_tree', 'pg_ndistinct', 'pg_dependencies', 'pg_mcv_list',"
    " 'pg_brin_bloom_summary', 'pg_brin_minmax_multi_summary', 'pg_ddl_command', 'gtsvector')"
)
TYPES = f"""
    SELECT format_type(oid, NULL), typname FROM pg_type
    WHERE typtype IN ('b', 'r', 'm') AND typnamespace = 'pg_catalog'::regnamespace
      AND (typelem = 0 OR typcategory <> 'A' OR typelem IN (
          SELECT oid FROM pg_type WHERE typtype IN ('b', 'r', 'm')
             AND typnamespace = 'pg_catalog'::regnamespace))
      AND typname NOT IN {WITHOUT_VALUES} ORDER BY typname COLLATE "C"
"""
OWN_TYPES = """
CREATE TYPE mood AS ENUM ('calm', 'cross');
CREATE DOMAIN label AS varchar(20) CHECK (value <> '');
CREATE DOMAIN labels AS label[];
CREATE TYPE pair AS (a text, b int);
CREATE TYPE span AS RANGE (subtype = text);
"""
OWN_VALUES = {
    "mood": "'calm'", "mood[]": "'{calm,NULL}'", "label": "'x'", "labels": "'{a,b}'",
    "label[]": "'{a,\"b c\"}'", "pair": "'(\"a, b\",1)'", "pair[]": """'{"(a,1)"}'""", "span": "'[a,b]'",
    "varchar[]": "'{{a,b},{c,NULL}}'", "varchar(3)": "'abc'", "char(5)": "'ab'",
}  # fmt: skip


def every_type(url: str) -> dict[str, str]:
    """A table with a column of each type, and a row; the columns with their types."""
    run(url, OWN_TYPES)
    found = {f"c{i}": (kind, VALUES.get(name if name != "char" else '"char"', "NULL"))
             for i, (kind, name) in enumerate(ask(url, TYPES))}  # fmt: skip
    found |= {f"o{i}": item for i, item in enumerate(OWN_VALUES.items())}
    columns = ", ".join(f"{column} {kind}" for column, (kind, _) in found.items())
    run(url, f"CREATE TABLE t (id int PRIMARY KEY, {columns}, secret text)")
    values = ", ".join(v for _, v in found.values())
    run(url, f"INSERT INTO t VALUES (1, {values}, 'otto.mustermann@firma.test')")
    run(url, "INSERT INTO t (id) VALUES (2)")
    return {column: kind for column, (kind, _) in found.items()}


@pytest.mark.parametrize("version", [13, 18])
def test_columns_of_every_type(version: int, database: Database, tmp_path: Path) -> None:
    url = database(version)
    types = every_type(url)
    assert len(types) > 100
    file = policy(tmp_path, rules(secret='"email"'))
    done = command("mask", "check", "-d", url, "--mask", file, "--json")
    lines = [p["text"].split(" = ")[0] for p in json.loads(done.stdout)["problems"] if p["paste"]]
    assert lines == list(types)
    kept = {column: '"keep"' for column in types if "tsvector" not in types[column]}
    nulls = {column: '"null"' for column in types if column not in kept}
    create(url, tmp_path, rules(**kept, **nulls, secret='"email"'), FORMATS)
    listed = command("mask", "plan", "-d", url, "--mask", file, "--json")
    planned = {c["column"] for c in json.loads(listed.stdout)["columns"]}
    assert planned == {"id", "secret", *types}
    select = ", ".join(f"{column}::text" for column in kept)
    query = f"SELECT {select}, secret IS NULL FROM t ORDER BY id"
    for form in FORMATS:  # checksums of the server's are compared by the restore
        copy = restore(tmp_path, database(version), form)
        assert ask(copy, query) == ask(url, query)
    nothing = rules(secret='"email"', **dict.fromkeys(types, '"null"'))
    create(url, tmp_path / "null", nothing)
    empty = restore(tmp_path / "null", database(version))
    assert ask(empty, "SELECT count(DISTINCT to_jsonb(t) - 'id' - 'secret'), count(*) FROM t") == [
        (1, 2)
    ]


def test_types_of_extensions_are_never_kept_unasked(database: Database, tmp_path: Path) -> None:
    url = database(15)
    run(
        url,
        """
        CREATE EXTENSION citext; CREATE EXTENSION hstore; CREATE EXTENSION ltree;
        CREATE EXTENSION cube; CREATE EXTENSION seg; CREATE EXTENSION isn;
        CREATE TYPE inner_type AS (tree ltree, t text);
        CREATE DOMAIN domained AS cube;
        CREATE TABLE t (id int PRIMARY KEY, a citext, b hstore, c ltree, d cube, e seg, f isbn,
            g inner_type, h domained, i ltree[], j citext[]);
        """,
    )
    said = refused(url, tmp_path, HEAD)
    lines = dict(line.split(" = ", 1) for line in said.splitlines() if " = " in line)
    assert set(lines) == set("abcdefghij") | {"id"}
    kept = {column for column, rule in lines.items() if rule.startswith('"keep"')}
    assert kept == {"id"}


# --- the same each time

PEOPLE = """
CREATE TABLE person (id int PRIMARY KEY, email text, phone text, born date, salary numeric,
    notes text, data jsonb, tags text[], other text);
INSERT INTO person SELECT n, 'person' || n || '@firma.test', '+49 30 ' || 4000000 + n * 7919,
    '1970-01-01'::date + n, n * 10.5, 'Call person' || n || '@firma.test now',
    jsonb_build_object('mail', 'person' || n || '@firma.test', 'n', n),
    ARRAY['person' || n || '@firma.test', NULL], 'person' || n || '@firma.test'
    FROM generate_series(1, 3000) n;
CREATE INDEX by_phone ON person (phone);
"""
PEOPLE_RULES = """
[columns."public.person"]
id = "integer"
email = "email"
phone = "phone"
born = { mask = "shift", days = 30, by = "id" }
salary = { mask = "noise", part = 0.1, by = "id" }
notes = "redact"
data = "json"
tags = { mask = "array", each = "email" }
other = { mask = "email", as = "other" }
[json."public.person".data]
mail = "email"
n = "keep"
"""


def data_files(folder: Path) -> dict[str, str]:
    """Digests of the files with rows; of SQL those of the rows."""
    found = {}
    for name in load_manifest(folder / "seed").files:
        content = (folder / "seed" / name).read_bytes()
        if name.endswith(".sql"):
            content = b"".join(re.findall(rb"^COPY .*?^\\\.$", content, re.M | re.S))
        if content and "schema" not in name and "ranges" not in name:
            found[name] = sha256(content).hexdigest()
    assert found
    return found


@pytest.fixture(scope="module")
def people(servers: Callable[[int], str]) -> Callable[..., str]:
    with new_database(servers(18), PEOPLE) as url:
        yield url


def test_the_same_bytes_each_time(
    people: str, database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another time, other sessions, other blocks, another order on disk, another server."""
    create(people, tmp_path / "a", PEOPLE_RULES, FORMATS, jobs=1)
    first = data_files(tmp_path / "a")
    assert len(first) >= 3
    create(people, tmp_path / "b", PEOPLE_RULES, FORMATS, jobs=8)
    assert data_files(tmp_path / "b") == first
    with monkeypatch.context() as patch:
        patch.setattr("snapshot.masking.rows.BLOCK", 1 << 16)
        create(people, tmp_path / "c", PEOPLE_RULES, FORMATS)
    assert data_files(tmp_path / "c") == first
    run(people, "CLUSTER person USING by_phone")
    run(people, "ALTER TABLE person SET WITHOUT CLUSTER")
    create(people, tmp_path / "d", PEOPLE_RULES, FORMATS)
    assert data_files(tmp_path / "d") == first
    old = database(13)
    run(old, PEOPLE)
    create(old, tmp_path / "e", PEOPLE_RULES, FORMATS)
    assert data_files(tmp_path / "e") == first


def test_the_same_values_in_every_encoding(database: Database, tmp_path: Path) -> None:
    found = []
    statements = """
        CREATE TABLE t (id int PRIMARY KEY, v text, w text);
        INSERT INTO t VALUES (1, 'jürgen.weiß@firma.test', 'Jürgen Weiß'),
            (2, 'ÉTIENNE@firma.test', 'Étienne'), (3, 'plain@firma.test', 'plain');
    """
    for encoding in ("UTF8", "LATIN1"):
        options = f"ENCODING '{encoding}' LOCALE 'C' TEMPLATE template0"
        url = database(18, options)
        run(url, statements)
        create(url, tmp_path / encoding, rules(v='"email"', w='"name"'), FORMATS)
        copy = restore(tmp_path / encoding, database(18, options), "archive")
        found.append(ask(copy, "SELECT v, w FROM t ORDER BY id"))
    assert found[0] == found[1]
    assert all(v.isascii() for v, _ in found[0])


def people_masked(people: str, folder: Path, target: str) -> Rows:
    create(people, folder, PEOPLE_RULES)
    return ask(restore(folder, target), "SELECT * FROM person ORDER BY id")


def test_one_address_has_one_pseudonym(people: str, database: Database, tmp_path: Path) -> None:
    create(people, tmp_path, PEOPLE_RULES, ("archive",))
    copy = restore(tmp_path, database())
    assert value(copy, "SELECT count(*) FROM person WHERE email = data ->> 'mail'"
                       " AND email = tags[1] AND tags[2] IS NULL") == 3000  # fmt: skip
    assert value(copy, "SELECT count(*) FROM person WHERE other <> email") == 3000
    assert value(copy, "SELECT count(*) FROM person WHERE notes LIKE '%' || email || '%'") == 3000


def test_another_key_changes_every_value(
    people: str, database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    columns = ("id", "email", "phone", "other", "data", "tags")
    found = []
    for name, key in (("a", KEY), ("b", OTHER_KEY)):
        monkeypatch.setenv("SNAPSHOT_MASK_KEY", key)
        create(people, tmp_path / name, PEOPLE_RULES)
        copy = restore(tmp_path / name, database())
        found.append([{v for (v,) in ask(copy, f"SELECT {c}::text FROM person")} for c in columns])
    for column, one, other in zip(columns, *found, strict=True):
        assert len(one) == 3000, column
        assert not one & other, column


# --- the key


def test_a_key_that_is_forgotten(people: str, database: Database, tmp_path: Path) -> None:
    addresses, fingerprints = [], set()
    for name in "ab":
        create(people, tmp_path / name, PEOPLE_RULES, ephemeral_key=True)
        fingerprints.add(load_manifest(tmp_path / name / "seed").masked.key)
        copy = restore(tmp_path / name, database())
        addresses.append({v for (v,) in ask(copy, "SELECT email FROM person")})
    assert len(fingerprints) == 2
    assert not addresses[0] & addresses[1]


WEAK = ["", "short", "a" * 40, "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="]


@pytest.mark.parametrize("key", WEAK)
def test_a_weak_key_is_refused(
    key: str, people: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SNAPSHOT_MASK_KEY", key)
    with pytest.raises(UsageError) as raised:
        create(people, tmp_path, PEOPLE_RULES)
    assert "snapshot mask key" in raised.value.hint
    if key:
        assert key not in str(raised.value)
    assert not (tmp_path / "seed").exists()


def test_another_key_needs_a_word(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = database()
    run(url, TABLE)
    create(url, tmp_path, rules(v='"email"'))
    first = load_manifest(tmp_path / "seed").masked
    create(url, tmp_path / "other", rules(v='"token"'))
    assert load_manifest(tmp_path / "other" / "seed").masked.key == first.key
    before = data_files(tmp_path)
    monkeypatch.setenv("SNAPSHOT_MASK_KEY", OTHER_KEY)
    with pytest.raises(Refused) as raised:
        create(url, tmp_path, rules(v='"email"'))
    assert "--new-key" in raised.value.hint
    assert data_files(tmp_path) == before
    create(url, tmp_path, rules(v='"email"'), new_key=True)
    assert load_manifest(tmp_path / "seed").masked.key != first.key
    assert data_files(tmp_path) != before


def test_the_key_is_nobodys_to_see(tmp_path: Path) -> None:
    """Not an argument of a process, not in SQL, not in the server's log."""
    import base64

    forms = {KEY, base64.b64decode(KEY).decode(), base64.b64decode(KEY).hex()}
    seen: list[str] = []
    queries: list[str] = []
    done = threading.Event()

    def watch(url: str) -> None:
        with psycopg.connect(url, autocommit=True) as connection:
            while not done.is_set():
                for place in Path("/proc").glob("[0-9]*/cmdline"):
                    try:
                        seen.append(place.read_bytes().decode(errors="replace"))
                    except OSError:
                        continue
                queries.extend(q for q, in connection.execute(
                    "SELECT query FROM pg_stat_activity WHERE query <> ''"))  # fmt: skip
                time.sleep(0.01)

    logged = ("log_statement=all", "log_min_messages=debug2", "log_min_duration_statement=0")
    with running_arena(logged) as arena:
        url = arena.server
        run(
            url,
            TABLE.replace("20", "20000")
            + "ALTER TABLE t ADD w text; UPDATE t SET w = repeat('x', 900)",
        )
        watching = threading.Thread(target=watch, args=(url,))
        watching.start()
        done_create = command(
            "create", tmp_path / "seed", "-d", url, "--mask", policy(tmp_path, rules(v='"email"', w='"keep"')),
            "--format", "archive", "--format", "sql", "-j", "4", SNAPSHOT_MASK_KEY=KEY,
        )  # fmt: skip
        done.set()
        watching.join()
        log = (arena.folder / "server" / "log").read_text(errors="replace")
    assert done_create.returncode == 0, done_create.stderr
    assert any("psql" in line for line in seen)
    assert any("COPY" in query for query in queries)
    assert "COPY" in log
    for text in (*seen, *queries, log, done_create.stdout, done_create.stderr):
        assert not any(form in text for form in forms)
    for file in (tmp_path / "seed").rglob("*"):
        assert not any(form.encode() in file.read_bytes() for form in forms if file.is_file())


# --- columns that are computed again

NOTES = """
CREATE TYPE mood AS ENUM ('calm', 'cross');
CREATE TABLE t (id int PRIMARY KEY, v text, feeling mood, search tsvector NOT NULL, "a b" text,
    twice text GENERATED ALWAYS AS (v || v) STORED);
INSERT INTO t SELECT n, 'mustermann' || n || '@firma.test' || E'\\n\\t\\\\', 'calm',
    to_tsvector('english', 'mustermann' || n || '@firma.test'), n FROM generate_series(1, 300) n;
INSERT INTO t VALUES (301, NULL, NULL, '', NULL);
"""
SEARCH = """{ mask = "recompute", sql = "to_tsvector('english', coalesce(v, ''))" }"""
AGAIN = '{ mask = "recompute", sql = "upper(v)" }'


def test_a_search_vector_is_that_of_the_masked_text(database: Database, tmp_path: Path) -> None:
    columns = rules(v='"email"', feeling='"keep"', search=SEARCH, **{'"a b"': AGAIN})
    source, copy = masked(database, tmp_path, NOTES, columns, FORMATS)
    right = "SELECT count(*) FROM t WHERE search = to_tsvector('english', coalesce(v, ''))"
    assert value(copy, right) == 301
    assert value(copy, 'SELECT count(*) FROM t WHERE "a b" IS NOT DISTINCT FROM upper(v)') == 301
    assert ask(copy, "SELECT FROM t WHERE search::text LIKE '%mustermann%'") == []
    first = data_files(tmp_path)
    create(source, tmp_path / "again", columns, FORMATS)
    assert data_files(tmp_path / "again") == first


def test_a_search_vector_is_not_kept_beside_masked_columns(
    database: Database, tmp_path: Path
) -> None:
    url = database()
    run(url, NOTES)
    kept = rules(v='"email"', feeling='"keep"', search='"keep"', **{'"a b"': '"keep"'})
    assert "recompute" in refused(url, tmp_path, kept)


@pytest.mark.parametrize(
    ("expression", "said"),
    [
        ("now()::text", "not immutable"),
        ("random()::text", "not immutable"),
        ("nowhere", "does not exist"),
        ("v ||", "syntax error"),
        ("twice", "does not exist"),
        ("(SELECT max(v) FROM t)", "subquery"),
        ("", "no expression"),
    ],
)
def test_expressions_that_are_refused(
    expression: str, said: str, database: Database, tmp_path: Path
) -> None:
    url = database()
    run(url, NOTES)
    rule = f'{{ mask = "recompute", sql = "{expression}" }}'
    columns = rules(v='"email"', feeling='"keep"', search='"null"', **{'"a b"': rule})
    columns = columns.replace('search = "null"', f"search = {SEARCH}")
    with pytest.raises((Refused, UsageError)) as raised:
        create(url, tmp_path, columns)
    message = "\n".join([raised.value.message, *raised.value.details])
    assert said in message
    assert not (tmp_path / "seed").exists()


def test_without_the_embedded_server(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = database()
    run(url, NOTES)
    nothing = SimpleNamespace(program_folders=lambda: iter(()))
    monkeypatch.setattr("snapshot.masking.recompute.embedded", nothing)
    columns = rules(v='"email"', feeling='"keep"', search=SEARCH, **{'"a b"': '"keep"'})
    with pytest.raises(UsageError) as raised:
        create(url, tmp_path, columns)
    assert "embedded" in raised.value.hint


# --- values that constraints demand

CHECKS = {
    "a range": ("v int CHECK (v BETWEEN 0 AND 99)", "n", '"integer"', "t_v_check: v (integer)"),
    "a pattern": ("v text CHECK (v LIKE 'A%@%')", "'Abc@d'", '"email"', "t_v_check: v (email)"),
    "a percent sign": ('v text CONSTRAINT "100%" CHECK (v LIKE \'%@%\')', "'a@b'", '"token"', '100%: v (token)'),
    "two columns": (
        "v date, w date, CHECK (v < w)", "'2024-01-01'::date + n, '2024-01-02'::date + n",
        '{ mask = "shift", days = 90, by = "id" }', "t_check: v (shift)",
    ),
    "a domain": ("v posint", "n", '{ mask = "constant", value = -5 }', "public.posint does not take values of v (constant)"),
    "a type": ("v int", "n", '{ mask = "constant", value = "x" }', "integer does not take values of v (constant)"),
}  # fmt: skip


@pytest.mark.parametrize("case", CHECKS)
def test_constraints_that_a_mask_breaks(case: str, database: Database, tmp_path: Path) -> None:
    columns, values, rule, said = CHECKS[case]
    url = database()
    run(url, "CREATE DOMAIN posint AS int CHECK (value > 0)")
    run(url, f"CREATE TABLE t (id int PRIMARY KEY, {columns})")
    run(url, f"INSERT INTO t SELECT n, {values} FROM generate_series(1, 50) n")
    others = {"w": '"keep"'} if " w " in columns else {}
    message = refused(url, tmp_path, rules(v=rule, **others))
    assert said in message
    assert "2024" not in message


def test_constraints_that_hold(database: Database, tmp_path: Path) -> None:
    schema = """
        CREATE TYPE mood AS ENUM ('calm', 'cross', 'glad');
        CREATE DOMAIN posint AS int CHECK (value > 0);
        CREATE DOMAIN short AS varchar(9);
        CREATE TABLE t (id int PRIMARY KEY, v date, w date, CHECK (v < w), m mood, ms mood[],
            p posint, s short, five char(5), many varchar(3)[],
            "100%" text CHECK ("100%" LIKE '%@%'));
        INSERT INTO t SELECT n, '2024-01-01'::date + n, '2024-01-02'::date + n, 'calm',
            ARRAY['calm', NULL, 'cross']::mood[], n, 'short' || n, 'ab', ARRAY['abc', 'x'],
            'otto' || n || '@firma.test' FROM generate_series(1, 50) n;
    """
    shift = '{ mask = "shift", days = 90, by = "id" }'
    columns = rules(v=shift, w=shift, m='"choose"', ms='"choose"', p='"integer"', s='"token"',
                    five='"code"', many='"token"', **{'"100%"': '"email"'})  # fmt: skip
    source, copy = masked(database, tmp_path, schema, columns, FORMATS)
    assert value(copy, "SELECT count(*) FROM t WHERE w - v = 1") == 50
    assert value(copy, "SELECT max(length(s)) FROM t") <= 9
    assert value(copy, "SELECT count(*) FROM t WHERE five = 'ab'") < 50
    labels = {label for (label,) in ask(copy, "SELECT DISTINCT unnest(ms)::text FROM t")}
    assert labels <= {"calm", "cross", "glad", None}
    assert None in labels
    assert value(copy, "SELECT count(*) FROM t WHERE array_length(ms, 1) = 3") == 50
    assert value(copy, "SELECT max(length(x)) FROM t, unnest(many) x") <= 3
    wrong = columns.replace('m = "choose"', 'm = { mask = "choose", values = ["mad"] }')
    with pytest.raises((Refused, UsageError)):
        create(source, tmp_path / "wrong", wrong)


def test_bytes_and_large_objects_are_blank(database: Database, tmp_path: Path) -> None:
    secret = "Mustermann-has-a-secret-in-his-file."
    schema = f"""
        CREATE TABLE t (id int PRIMARY KEY, v bytea);
        INSERT INTO t SELECT n, convert_to(repeat('{secret}', n), 'UTF8') FROM generate_series(1, 20) n;
        INSERT INTO t VALUES (0, ''), (-1, NULL);
        SELECT lo_from_bytea(4711, convert_to(repeat('{secret}', 100000), 'UTF8'));
    """
    columns = rules(v='"blank"') + '[schema]\nlarge_objects = "blank"\n'
    source, copy = masked(database, tmp_path, schema, columns, FORMATS)
    lengths = "SELECT id, octet_length(v) FROM t ORDER BY 1"
    assert ask(copy, lengths) == ask(source, lengths)
    assert (
        value(copy, "SELECT string_agg(DISTINCT encode(substr(v, 1, 20), 'hex'), '') FROM t")
        == "0" * 40
    )
    size = len(secret) * 100_000
    assert value(copy, "SELECT lo_get(4711)") == bytes(size)
    create(source, tmp_path / "none", columns.replace('objects = "blank"', 'objects = "none"'))
    nothing = restore(tmp_path / "none", database())
    assert ask(nothing, "SELECT FROM pg_largeobject_metadata") == []


PARTITIONS = """
CREATE TABLE t (id int, v text) PARTITION BY {by};
CREATE TABLE one PARTITION OF t {first};
CREATE TABLE two PARTITION OF t {second};
INSERT INTO t SELECT n, 'k' || n % 40 FROM generate_series(1, 200) n;
"""
HASH = ("FOR VALUES WITH (MODULUS 2, REMAINDER 0)", "FOR VALUES WITH (MODULUS 2, REMAINDER 1)")
LIST = ("FOR VALUES IN ('k1', 'k2')", "DEFAULT")
RANGE = ("FOR VALUES FROM ('a') TO ('k2')", "FOR VALUES FROM ('k2') TO ('z')")


@pytest.mark.parametrize(
    ("by", "parts", "kept"),
    [
        ("HASH (v)", HASH, True),
        ("LIST (v)", LIST, True),
        ("LIST (lower(v))", LIST, True),
        ("RANGE (v)", RANGE, False),
        ("RANGE (lower(v))", RANGE, False),
    ],
)
def test_partition_keys(
    by: str, parts: tuple[str, str], kept: bool, database: Database, tmp_path: Path
) -> None:
    schema = PARTITIONS.format(by=by, first=parts[0], second=parts[1])
    if not kept:
        url = database()
        run(url, schema)
        assert "partition" in refused(url, tmp_path, rules(v='"token"'))
        return
    source, copy = masked(database, tmp_path, schema, rules(v='"token"'), FORMATS)
    assert value(copy, "SELECT count(DISTINCT v) FROM t") == 40
    assert value(copy, "SELECT count(*) FROM two") > 0
    assert value(copy, "SELECT count(*) FROM t") == 200
    assert not set(ask(copy, "SELECT v FROM t")) & set(ask(source, "SELECT v FROM t"))


def test_row_security_is_as_in_any_create(
    servers: Callable[[int], str], database: Database, tmp_path: Path
) -> None:
    url = database()
    role = f"reader_{os.getpid()}"
    run(
        url,
        TABLE
        + f"""
        CREATE ROLE {role} LOGIN; GRANT SELECT ON t TO {role};
        ALTER TABLE t ENABLE ROW LEVEL SECURITY;
        CREATE POLICY few ON t USING (id < 5);
        """,
    )
    try:
        reader = url.replace("postgres:", f"{role}:", 1)
        said = []
        for mask in (None, str(policy(tmp_path, rules(v='"email"')))):
            with pytest.raises(Exception) as raised:  # noqa: PT011  # the same in both ways
                create_snapshot(CreateOptions(reader, tmp_path / "seed", mask=mask))
            said.append(type(raised.value))
            assert not (tmp_path / "seed").exists()
        assert said[0] is said[1]
        run(url, f"ALTER ROLE {role} BYPASSRLS")
        create(reader, tmp_path, rules(v='"email"'))
        copy = restore(tmp_path, database())
        assert value(copy, "SELECT count(*) FROM t") == 20
        assert value(copy, "SELECT relrowsecurity FROM pg_class WHERE relname = 't'") is True
    finally:
        run(url, f"DROP OWNED BY {role}; DROP ROLE {role}")


def test_tables_of_an_extensions_configuration(database: Database, tmp_path: Path) -> None:
    url = database(15)
    run(
        url,
        """
        CREATE EXTENSION citext; CREATE TABLE conf (k text, v text);
        INSERT INTO conf VALUES ('owner', 'mustermann@firma.test');
        ALTER EXTENSION citext ADD TABLE conf;
        UPDATE pg_extension SET extconfig = ARRAY['conf'::regclass::oid], extcondition = ARRAY['']
            WHERE extname = 'citext';
        """,
    )
    assert '[columns."public.conf"]' in refused(url, tmp_path, HEAD)
    create(url, tmp_path, '[columns."public.conf"]\nk = "keep"\nv = "email"\n')
    text = b"".join(f.read_bytes() for f in (tmp_path / "seed").rglob("*") if f.is_file())
    assert b"@example.com" in text
    assert b"mustermann" not in text


def test_the_projects_policy_masks(database: Database, tmp_path: Path) -> None:
    url = database()
    run(url, TABLE)
    file = policy(tmp_path, rules(v='"email"'))
    (tmp_path / "pyproject.toml").write_text('[tool.snapshot]\nmask = "masking.toml"\n')
    done = subprocess.run(
        [*COMMAND, "create", "seed", "-d", url], cwd=tmp_path, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert load_manifest(tmp_path / "seed").masked.policy == policy_hash(file)
    shown = command("show", tmp_path / "seed")
    assert "masked: no" not in shown.stdout
    assert policy_hash(file)[:12] in shown.stdout
    plain = subprocess.run(
        [*COMMAND, "create", "plain", "-d", url, "--unmasked"], cwd=tmp_path, capture_output=True,
        text=True, check=False,
    )  # fmt: skip
    assert plain.returncode == 0, plain.stderr
    assert load_manifest(tmp_path / "plain").masked is None
    assert "masked: no" in command("show", tmp_path / "plain").stdout


def test_no_option_lets_an_unlisted_column_pass(database: Database, tmp_path: Path) -> None:
    url = database()
    run(url, TABLE)
    file = policy(tmp_path, '[columns."public.t"]\nid = "keep"\n')
    for words in ([], ["--no-scan"], ["--ephemeral-key"], ["--new-key"], ["--format", "archive"]):
        done = command("create", tmp_path / "seed", "-d", url, "--mask", file, *words)
        assert done.returncode == 3, words
        assert "v = " in done.stderr
        assert not (tmp_path / "seed").exists()
