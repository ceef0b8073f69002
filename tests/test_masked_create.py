"""Masked creates from the policy to the restored database: what the files hold, and say."""

from __future__ import annotations

import base64
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import psycopg
import pytest
from backports import zstd
from conftest import PG_CONTRIB

from snapshot.catalog import Name
from snapshot.create import CreateOptions, CreateReport, create_snapshot
from snapshot.errors import Refused
from snapshot.masking.naming import knowing_names, vocabulary
from snapshot.masking.policy import read_policy
from snapshot.masking.secret import read_key
from snapshot.masking.session import plan_masking
from snapshot.masking.tables import Masks
from snapshot.planning.restore_plan import PlanOptions
from snapshot.postgres.connection import connected
from snapshot.postgres.copying import copy_out, select_text
from snapshot.postgres.introspect import read_catalog
from snapshot.restore import RestoreOptions, restore_snapshot
from snapshot.safety.backups import BackupOptions
from snapshot.store.manifest import FORMATS, digest, load_manifest

Database = Callable[..., str]
PERSON = Name("public", "person")

KEY = "b3BlbiBzZXNhbWUsIG9wZW4gc2VzYW1lLCBvcGVuIQ=="
SECRET = re.compile(rb"quartz|falconer|49 ?3055\d{5}", re.IGNORECASE)
HEAD = 'version = 1\nkey = "env:SNAPSHOT_MASK_KEY"\n'
SCHEMA = """
CREATE TABLE person (id int PRIMARY KEY, email text NOT NULL UNIQUE, name text, phone text,
    note text, born date, city text);
CREATE TABLE visit (id serial PRIMARY KEY, person_id int NOT NULL REFERENCES person, remark text);
INSERT INTO person SELECT i, 'quartz' || i || '@falconer.io', 'Quartz' || i || ' Falconer' || i,
    '+49 3055' || 10000 + i, 'Quartz' || i || ' Falconer' || i || ' writes to quartz' || i
    || '@falconer.io, sometimes', date '1950-01-01' + i * 37, (ARRAY['Ulm', 'Bonn'])[1 + i % 2]
    FROM generate_series(1, 50) i;
INSERT INTO visit (person_id, remark) SELECT 1 + i % 50, 'fine' FROM generate_series(1, 120) i;
"""
RULES = """
[columns."public.person"]
id = "integer"
email = "email"
name = "name"
phone = "phone"
note = "redact"
born = "year"
city = "keep"
[columns."public.visit"]
id = "keep"
person_id = "integer"
remark = "keep"
"""


@pytest.fixture(autouse=True)
def _key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SNAPSHOT_MASK_KEY", KEY)


def run(url: str, statements: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(url, autocommit=True) as connection:
        cursor = connection.execute(statements)  # type: ignore[arg-type]
        return cursor.fetchall() if cursor.description else []


def made(database: Database, statements: str = SCHEMA, version: int = 18) -> str:
    url = database(version)
    run(url, statements)
    return url


def policy(folder: Path, rules: str) -> str:
    file = folder / "masking.toml"
    file.write_text(HEAD + rules)
    return str(file)


def create(
    url: str, folder: Path, rules: str = RULES, formats: Sequence[str] = FORMATS, **more: Any
) -> CreateReport:
    """A masked snapshot in folder/seed."""
    options = CreateOptions(
        url, folder / "seed", formats=formats, mask=policy(folder, rules), **more
    )
    return create_snapshot(options)


def restore(folder: Path, target: str, source_format: str, **more: Any) -> None:
    restore_snapshot(
        RestoreOptions(
            target,
            folder / "seed",
            confirm=True,
            plan=PlanOptions(source_format=source_format, **more),
            backup=BackupOptions(keep=False),
            require_masked=True,
        )
    )


def texts(folder: Path) -> Iterator[tuple[Path, bytes]]:
    """Every file below a folder, decompressed."""
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            data = path.read_bytes()
            yield path, zstd.decompress(data) if path.suffix == ".zst" else data


def leaks(folder: Path) -> list[str]:
    """The files below a folder that hold an original, or are called by one."""
    return [
        str(path.relative_to(folder))
        for path, data in texts(folder)
        if path.name != "masking.toml"
        and (SECRET.search(data) or SECRET.search(str(path.relative_to(folder)).encode()))
    ]


def rows_in(folder: Path, table: str, source_format: str) -> list[list[Any]]:
    """The rows of a table in the order in which a format has them."""
    directory = folder / "seed"
    if source_format == "json":
        document = json.loads((directory / "seed_data.json").read_text())
        (found,) = (t for t in document["tables"] if t["name"] == table)
        return [list(row.values()) for row in found["rows"]]
    if source_format == "sql":
        text = (directory / "data.sql").read_text()
        block = text.split(f'COPY "public"."{table}" ')[1].split("\n", 1)[1].split("\n\\.\n")[0]
    else:
        entry = next(t for t in load_manifest(directory).tables if t.name.name == table)
        assert not entry.binary
        block = "".join(
            data.decode()
            for path, data in texts(directory / "archive")
            if path.name.startswith(f"public.{table}.")
        ).rstrip("\n")
    return [line.split("\t") for line in block.split("\n")]


# --- the order of rows (91)


def correlation(numbers: Sequence[int]) -> float:
    """Spearman's rank correlation of different numbers with the order in which they stand."""
    ranks = {number: rank for rank, number in enumerate(sorted(numbers))}
    n = len(numbers)
    squares = sum((ranks[number] - place) ** 2 for place, number in enumerate(numbers))
    return 1 - 6 * squares / (n * (n * n - 1))


def test_the_order_of_rows_tells_nothing_of_their_keys(database: Database, tmp_path: Path) -> None:
    """Row 91. `was` says where a row stood: its original key, that the policy keeps."""
    url = made(
        database,
        """CREATE TABLE by_id (id int PRIMARY KEY, was int);
        CREATE TABLE by_mail (mail text PRIMARY KEY, was int);
        CREATE TABLE by_two (part int, mail text, was int, PRIMARY KEY (part, mail));
        CREATE TABLE by_nothing (mail text, was int);
        CREATE TABLE by_computed (mail text, was int,
            low text GENERATED ALWAYS AS (lower(mail)) STORED PRIMARY KEY);
        CREATE TABLE split (id int, was int, PRIMARY KEY (id)) PARTITION BY HASH (id);
        CREATE TABLE split_0 PARTITION OF split FOR VALUES WITH (MODULUS 2, REMAINDER 0);
        CREATE TABLE split_1 PARTITION OF split FOR VALUES WITH (MODULUS 2, REMAINDER 1);
        INSERT INTO by_id SELECT i, i FROM generate_series(1, 10000) i;
        INSERT INTO by_mail SELECT lpad(i::text, 6, '0') || '@quartz.io', i FROM by_id t(i, w);
        INSERT INTO by_two SELECT 1, mail, was FROM by_mail;
        INSERT INTO by_nothing SELECT * FROM by_mail;
        INSERT INTO by_computed SELECT * FROM by_mail;
        INSERT INTO split SELECT * FROM by_id""",
    )
    tables = {
        "by_id": "id = 'integer'",
        "by_mail": "mail = 'email'",
        "by_two": "part = 'keep'\nmail = 'email'",
        "by_nothing": "mail = 'email'",
        "by_computed": "mail = 'email'",
        "split": "id = 'integer'",
    }
    rules = "".join(f'[columns."public.{t}"]\n{rule}\nwas = "keep"\n' for t, rule in tables.items())
    create(url, tmp_path, rules)
    for source_format in FORMATS:
        for table in tables:
            place = 2 if table == "by_two" else 1
            found = [int(row[place]) for row in rows_in(tmp_path, table, source_format)]
            assert sorted(found) == list(range(1, 10_001))
            assert abs(correlation(found)) < 0.05, (table, source_format)


# --- the leak scan of a create (102, 103, 105, 107, 108, 110, 111, 112)

MAIL = "quartz7@falconer.io"
# what is planted, how, how it is taken away again, and where it is found
PLANTS = {
    "kept column": ("UPDATE visit SET remark = '{0}' WHERE id = 3", "visit.remark"),
    "other case": ("UPDATE visit SET remark = upper('{0}') WHERE id = 3", "visit.remark"),
    "inside": ("UPDATE visit SET remark = 'abc{0}xyz' WHERE id = 3", "visit.remark"),
    "own name": ("UPDATE visit SET remark = 'QUARTZ7 falconer7'", "visit.remark"),
    "number": ("UPDATE visit SET remark = '0049 (30) 55-10.007' WHERE id = 3", "visit.remark"),
    "json text": (
        "ALTER TABLE visit ADD x jsonb; UPDATE visit SET x = jsonb_build_object('a', '{0}'::text)",
        "visit.x",
    ),
    "json key": (
        "ALTER TABLE visit ADD x jsonb; UPDATE visit SET x = jsonb_build_object('{0}', 1)",
        "visit.x",
    ),
    "array": ("ALTER TABLE visit ADD x text[]; UPDATE visit SET x = ARRAY['a', '{0}']", "visit.x"),
    "composite": (
        "CREATE TYPE pair AS (a int, b text); ALTER TABLE visit ADD x pair;"
        "UPDATE visit SET x = (1, 'a, {0}')",
        "visit.x",
    ),
    "after a tab": ("UPDATE visit SET remark = E'a\\t{0}\\nb'", "visit.remark"),
    "bytea": ("ALTER TABLE visit ADD x bytea; UPDATE visit SET x = '{0}'", "visit.x"),
    "base64 in bytea": (
        "ALTER TABLE visit ADD x bytea; UPDATE visit SET x = encode('{0}', 'base64')::bytea",
        "visit.x",
    ),
    "base64": ("UPDATE visit SET remark = encode('{0}', 'base64')", "visit.remark"),
    "comment": ("COMMENT ON TABLE visit IS 'ask {0}'", "schema.sql"),
    "default": ("ALTER TABLE visit ALTER remark SET DEFAULT '{0}'", "schema.sql"),
    "check": ("ALTER TABLE visit ADD CHECK (remark <> '{0}')", "schema.sql"),
    "index predicate": ("CREATE INDEX ON visit (id) WHERE remark = '{0}'", "schema.sql"),
    "view": ("CREATE VIEW v AS SELECT * FROM person WHERE email = '{0}'", "schema.sql"),
    "function": (
        "CREATE FUNCTION f() RETURNS text LANGUAGE sql AS $$SELECT '{0}'$$", "schema.sql",
    ),
    "partition's bound": (
        "CREATE TABLE p (a text) PARTITION BY LIST (a);"
        "CREATE TABLE p_1 PARTITION OF p FOR VALUES IN ('{0}')",
        "schema.sql",
    ),
    "partition's name": (
        "CREATE TABLE p (a int) PARTITION BY LIST (a);"
        'CREATE TABLE "of {0}" PARTITION OF p FOR VALUES IN (1)',
        "schema.sql",
    ),
    "enum": ("CREATE TYPE mood AS ENUM ('good', '{0}')", "schema.sql"),
    "constraint's name": ('ALTER TABLE visit ADD CONSTRAINT "{0}" CHECK (id > 0)', "schema.sql"),
    "table's name": ('CREATE TABLE "{0}" (a int)', "manifest.json"),
    "sequence's name": ('CREATE SEQUENCE "{0}"', "manifest.json"),
    "somebody else's address": ("UPDATE visit SET remark = 'jo@private.dev'", "visit.remark"),
}  # fmt: skip


def planted(url: str, name: str) -> tuple[str, str]:
    """Plant it in a copy of a database; returns the rules, and where it is found."""
    statements, place = PLANTS[name]
    run(url, statements.format(MAIL))
    columns = run(
        url,
        "SELECT c.relname, a.attname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid"
        " WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')"
        " AND NOT c.relispartition AND attnum > 0 AND attname IN ('x', 'a')",
    )
    rules = RULES
    for table, column in columns:
        if table == "visit":
            rules += f'{column} = "keep"\n'
        else:
            rules += f'[columns.\'public."{table}"\']\n{column} = "keep"\n'
    return rules, place


@pytest.fixture(scope="module")
def old_snapshot(
    servers: Callable[[int], str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Path, str]]:
    """A masked snapshot, and the name of a database like that of which it is."""
    name, folder = f"planted{os.getpid()}", tmp_path_factory.mktemp("old")
    run(servers(18), f"CREATE DATABASE {name}")
    url = servers(18).replace("/postgres?", f"/{name}?")
    run(url, SCHEMA)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SNAPSHOT_MASK_KEY", KEY)
        create(url, folder)
    yield folder / "seed", name
    run(servers(18), f"DROP DATABASE {name}")


@pytest.mark.parametrize("name", PLANTS)
def test_a_planted_original_is_refused(
    name: str, database: Database, old_snapshot: tuple[Path, str], tmp_path: Path
) -> None:
    """Rows 102, 103 and 105: nothing is kept, the old snapshot stands, the place is named."""
    url = database(18, f"TEMPLATE {old_snapshot[1]}")
    shutil.copytree(old_snapshot[0], tmp_path / "seed")
    old = digest(tmp_path / "seed")
    rules, place = planted(url, name)
    with pytest.raises(Refused, match="in the masked files") as raised:
        create(url, tmp_path, rules, ("sql", "archive"))
    error = raised.value
    said = "\n".join([error.message, error.hint or "", *error.details])
    assert place in said.replace(MAIL, "quartz7")
    if place != "manifest.json":  # there a table is called by it
        assert not SECRET.search(said.encode()), said
    assert digest(tmp_path / "seed") == old
    assert sorted(path.name for path in tmp_path.iterdir()) == ["masking.toml", "seed"]
    assert leaks(tmp_path) == []


def test_what_was_looked_at_is_allowed(database: Database, tmp_path: Path) -> None:
    """Rows 93 and 110: `allow` and `comments = "drop"` settle it; what is not needed is told."""
    url = made(database)
    run(url, f"COMMENT ON TABLE visit IS 'ask {MAIL}'")
    dropped = create(url, tmp_path, RULES + '[schema]\ncomments = "drop"\n')
    assert leaks(tmp_path) == []
    assert not any("allow" in note for note in dropped.notes)
    allow = f'[schema]\nallow = ["{MAIL}", "nobody@falconer.io"]\n'
    report = create(url, tmp_path, RULES + allow)
    assert report.manifest.masked
    assert report.manifest.masked.scan
    assert report.manifest.masked.scan.allowed > 0
    assert [note for note in report.notes if "allow" in note] == [
        "allow: literal 2 below [schema] was not found: remove it"
    ]
    assert not SECRET.search("".join(report.notes).encode())


def test_what_was_not_searched_for_is_counted(database: Database, tmp_path: Path) -> None:
    """Row 108: short originals and words of lists do not fail a create."""
    url = made(
        database,
        """CREATE TABLE t (id int PRIMARY KEY, code text, town text, kept text);
        INSERT INTO t SELECT i, 'a' || i, 'Springfield', 'a' || i || ' of Springfield'
            FROM generate_series(1, 30) i""",
    )
    rules = """[columns."public.t"]
        id = "keep"
        code = "token"
        town = "first_name"
        kept = "keep"
        """
    report = create(url, tmp_path, rules)
    (note,) = [note for note in report.notes if "scan" in note]
    assert "30 short" in note
    assert "1 word of a list" in note


def own_mask(folder: Path, name: str, body: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """A module with a mask; what the policy calls it."""
    (folder / f"{name}.py").write_text(
        "import pyarrow as pa\ndef mask(values):\n"
        f"    return pa.array([{body} for v in values.to_pylist()], pa.string())\n"
    )
    monkeypatch.syspath_prepend(str(folder))
    return f"{name}:mask"


@pytest.mark.parametrize("unique", [True, False])
def test_values_that_come_back_as_they_were(
    unique: bool, database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Row 107: one row in 10,000."""
    url = made(
        database,
        "CREATE TABLE t (id int PRIMARY KEY, word text);"
        "INSERT INTO t SELECT i, 'word' || lpad(i::text, 5, '0') FROM generate_series(1, 10000) i",
    )
    name = f"leaky_{unique}"
    function = own_mask(tmp_path, name, "v if v == 'word00777' else 'x' + v[::-1]", monkeypatch)
    rules = f"""[columns."public.t"]
        id = "keep"
        word = {{ mask = "own", function = "{function}", unique = {str(unique).lower()} }}
        """
    with pytest.raises(Refused) as raised:
        create(url, tmp_path, rules)
    said = "\n".join([raised.value.message, *raised.value.details])
    assert "t.word" in said
    assert "word00777" not in said
    if unique:
        assert "t.word: the mask left 1 values as they were" in said
    else:
        allowed = create(url, tmp_path, rules + '[schema]\nallow = ["word00777"]\n')
        assert "t.word: the mask left 1 values as they were" in allowed.notes


def test_the_scan_by_itself_finds_the_same(database: Database, tmp_path: Path) -> None:
    """Rows 106, 111 and 112: of a snapshot that was not scanned, and of one that is not masked."""
    url = made(database, version=PG_CONTRIB)
    run(
        url,
        f"""CREATE EXTENSION citext; CREATE TABLE odd (a citext, b text[], c public.citext[]);
        INSERT INTO odd VALUES ('{MAIL}', ARRAY['{MAIL}'], ARRAY['{MAIL}'::citext]);
        COMMENT ON TABLE odd IS '{MAIL}'""",
    )
    rules = RULES + '[columns."public.odd"]\na = "keep"\nb = "keep"\nc = "keep"\n'
    with pytest.raises(Refused) as raised:
        create(url, tmp_path, rules)
    create(url, tmp_path, rules, scan=False)
    mark = load_manifest(tmp_path / "seed").masked
    assert mark
    assert mark.scan is None
    with pytest.raises(Refused, match="not scanned"):
        restore(tmp_path, url, "sql")
    words = ["mask", "scan", str(tmp_path / "seed"), "-d", url]
    asked = ["--mask", str(tmp_path / "masking.toml")]
    done = snapshot(*words, *asked, "--json")
    found = json.loads(done.stdout)
    assert done.returncode == 3
    assert f"{found['found']:,} places with an original" in raised.value.message
    assert {hit["column"] for hit in found["hits"]} >= {"a", "b", "c"}
    assert not SECRET.search((done.stdout + done.stderr).encode())
    create_snapshot(CreateOptions(url, tmp_path / "plain", unmasked=True))
    again = snapshot("mask", "scan", str(tmp_path / "plain"), "-d", url, *asked, "--json")
    columns = {(hit["table"], hit["column"]) for hit in json.loads(again.stdout)["hits"]}
    assert {("person", "email"), ("person", "note"), ("odd", "a")} <= columns


def test_rows_that_are_excepted_are_no_finding(database: Database, tmp_path: Path) -> None:
    """Row 111: not in a create, and not in a scan by itself; also where keys carry them."""
    url = made(
        database,
        """CREATE TABLE account (id text PRIMARY KEY, kind text);
        CREATE TABLE login (account text REFERENCES account);
        INSERT INTO account SELECT 'quartz-' || i * 7919, CASE WHEN i = 3 THEN 'system' END
            FROM generate_series(1, 20) i;
        INSERT INTO login SELECT id FROM account""",
    )
    rules = """[columns."public.account"]
        id = "token"
        kind = "keep"
        [columns."public.login"]
        account = "token"
        """
    excepted = (
        '[[except]]\ntable = "public.account"\ncolumn = "kind"\nis = "system"\nleave = ["id"]\n'
    )
    create(url, tmp_path, rules + excepted)
    assert (tmp_path / "seed" / "data.sql").read_text().count("quartz-23757") == 2
    policy_file = str(tmp_path / "masking.toml")
    words = ["mask", "scan", str(tmp_path / "seed"), "-d", url, "--mask", policy_file, "--json"]
    found = json.loads(snapshot(*words).stdout)
    assert found["found"] == 0, found
    assert found["originals"] >= 19


# --- what is printed, and what the manifest says (95, 97, 99, 100, 115)


def snapshot(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "snapshot", *words], capture_output=True, text=True, check=False,
        env={**os.environ, **environment},
    )  # fmt: skip


class Told:
    """Everything that progress is told."""

    def __init__(self) -> None:
        self.words: list[str] = []

    def expect(self, rows: int) -> None:
        self.words.append(str(rows))

    def step(self, title: str) -> None:
        self.words.append(title)

    def table(self, name: str) -> None:
        self.words.append(name)

    def advance(self, rows: int, size: int) -> None:
        self.words.append(f"{rows} {size}")


KEYS = (KEY, base64.b64decode(KEY).decode(), base64.b64decode(KEY).hex())


def test_no_original_and_no_key_is_told(database: Database, tmp_path: Path) -> None:
    """Row 97: by progress, reports, reprs of what a create works with, and the command line."""
    url = made(database)
    told = Told()
    options = CreateOptions(url, tmp_path / "seed", mask=policy(tmp_path, RULES), formats=FORMATS)
    report = create_snapshot(options, told)
    words = [*told.words, repr(options), repr(report), json.dumps(report.to_dict())]
    with connected(url) as connection:
        found = read_policy(tmp_path / "masking.toml")
        key = read_key(found.key)
        plan, facts = plan_masking(connection, read_catalog(connection), found, key)
        plan = knowing_names(plan, vocabulary(connection, plan))
        masks = Masks(key, plan, "UTF8", {}, (), checksums=True)
        rewriters = masks.rewriters(first=True)
        copied = [b.data for b in copy_out(connection, select_text(plan.tables[PERSON].table))]
        assert SECRET.search(b"".join(copied))
        masked = list(rewriters[PERSON].copy_text(copied))
        words += [repr(found), repr(key), repr(plan), repr(masks), repr(rewriters), repr(facts)]
        words += [repr(masked), repr(masks.originals), repr(masks.originals.needles())]
        words += [repr(step.mask(key)) for step in plan.tables[PERSON].steps]
        words += [repr(vars(step.mask(key))) for step in plan.tables[PERSON].steps]
    for more in (["--no-scan"], ["--json", "--prove"]):
        done = snapshot("create", str(tmp_path / "seed"), "-d", url, "--mask", found.path, *more)
        assert done.returncode == 0, done.stderr
        words += [done.stdout, done.stderr]
    for text in words:
        assert not SECRET.search(text.encode()), text
        assert not any(key in text for key in KEYS), text
    assert leaks(tmp_path) == []
    everything = b"".join(data for _, data in texts(tmp_path / "seed"))
    assert not any(key.encode() in everything for key in KEYS)


def test_the_manifest_names_no_database_no_user_and_no_host(
    database: Database, tmp_path: Path
) -> None:
    """Row 95, and nothing else that is sealed does."""
    url = made(database)
    name = run(url, "SELECT current_database()")[0][0]
    role = f"quartz_{name}"
    run(url, f"CREATE ROLE {role} SUPERUSER LOGIN")
    run(url, f"ALTER TABLE person OWNER TO {role}; ALTER DATABASE {name} OWNER TO {role}")
    try:
        plain = create_snapshot(CreateOptions(url, tmp_path / "plain"))
        masked = create(url.replace("postgres@", f"{role}@"), tmp_path)
    finally:
        run(url, f"ALTER TABLE person OWNER TO postgres; DROP OWNED BY {role}")
        run(url, f"ALTER DATABASE {name} OWNER TO postgres; DROP ROLE {role}")
    host = url.split("host=")[1].split("&")[0]
    for path, data in texts(tmp_path / "seed"):
        for secret in (name, role, host, os.uname().nodename):
            assert secret.encode() not in data, (path, secret)
    source = masked.manifest.source
    assert source.database == ""
    assert source.fingerprint != plain.manifest.source.fingerprint
    assert create(url, tmp_path).manifest.source == source


def test_a_preview_is_for_a_terminal(database: Database, tmp_path: Path) -> None:
    """Row 99."""
    url = made(database)
    words = ["mask", "preview", "-d", url, "--mask", policy(tmp_path, RULES)]
    done = snapshot(*words)
    assert done.returncode == 3
    assert "no terminal" in done.stderr
    assert not SECRET.search((done.stdout + done.stderr).encode())
    shown = snapshot(*words, "--show-originals")
    assert shown.returncode == 0
    assert SECRET.search(shown.stdout.encode())


def test_what_show_and_verify_say(database: Database, tmp_path: Path) -> None:
    """Row 115."""
    url = made(database)
    roots = '[subset]\nroots = [ { table = "public.person", limit = 5 } ]\n'
    report = create(url, tmp_path, RULES + roots, prove=True)
    mark = report.manifest.masked
    assert mark
    assert mark.subset
    seed = str(tmp_path / "seed")
    for command in ("show", "verify"):
        document = json.loads(snapshot(command, seed, "--json").stdout)
        found = (document.get("manifest") or document)["masked"]
        assert (found["policy"], found["key"], found["subset"]) == (
            mark.policy, mark.key, mark.subset,
        )  # fmt: skip
        assert found["proved"] is True
        assert found["scan"]["hits"] == 0
    text = snapshot("show", seed).stdout
    for part in (f"policy {mark.policy[:12]}", f"key {mark.key[:12]}", "scanned for",
                 "restored to prove it", f"subset {mark.subset[:12]}"):  # fmt: skip
        assert part in text


def test_sequences_from_rows(database: Database, tmp_path: Path) -> None:
    """Row 101: nothing is left of where the source's sequences stand; they start where they did."""
    url = made(
        database,
        SCHEMA
        + """CREATE SEQUENCE free START 500 MINVALUE 100;
        CREATE TABLE dropped (id serial); INSERT INTO dropped VALUES (765432);
        CREATE TABLE small (id smallserial PRIMARY KEY); INSERT INTO small VALUES (31234);
        SELECT setval('visit_id_seq', 987654), setval('free', 876543),
            setval('dropped_id_seq', 765432), setval('small_id_seq', 31234)""",
    )
    rules = (
        RULES
        + """
        [columns."public.dropped"]
        id = "keep"
        [columns."public.small"]
        id = { mask = "integer", range = [1, 99] }
        [rows]
        "public.dropped" = "none"
        [schema]
        sequences = "from_rows"
        """
    )
    create(url, tmp_path, rules)
    for path, data in texts(tmp_path / "seed"):
        assert not re.search(rb"987654|876543|765432|31234", data), path
    target = database()
    restore(tmp_path, target, "sql")
    assert run(
        target, "SELECT nextval('visit_id_seq'), nextval('free'), nextval('dropped_id_seq')"
    ) == [(121, 500, 1)]
    assert run(target, "SELECT nextval('small_id_seq') = max(id) + 1 FROM small") == [(True,)]
