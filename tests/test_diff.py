"""Diff: exactly what was edited, between any two of snapshots and databases."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from test_properties import TYPES, VALUES

from snapshot.changes.comparing import Comparison, DiffOptions
from snapshot.create import CreateOptions, create_snapshot
from snapshot.diff import DatabaseAt, SnapshotAt, State, compare_states
from snapshot.planning.selection import Selection

Database = Callable[..., str]
EXAMPLES = int(os.environ.get("SNAPSHOT_DIFF_EXAMPLES", "6"))

# --- the model: rows by their key, read by other queries than the product's

KEYS = [
    "smallint", "integer", "bigint", "uuid", "text", "varchar(20)", "char(13)", "date",
    "timestamptz", "timestamp", "numeric", "bytea", "boolean", "mood", "mail", "oid", "interval",
    "double precision", "name", "inet",
]  # fmt: skip
TEXTS = ["a", "A", "Z", "z", "ä", "Ä", "_", "é", "😀", "a\tb", "a\\", "a\nb", "ab", " ", "-", "a b"]
Edit = tuple[str, int, int]


def key_values(type_: str) -> st.SearchStrategy[str]:
    odd = st.sampled_from(TEXTS) if type_ in ("text", "varchar(20)") else st.nothing()
    return odd | VALUES[type_]


@st.composite
def tables(draw: st.DrawFn) -> tuple[list[str], list[str], list[tuple[Any, ...]], list[Edit]]:
    """Types of key columns and of others, rows, and edits of them."""
    keys = draw(st.lists(st.sampled_from(KEYS), max_size=3))
    others = draw(st.lists(st.sampled_from(sorted(VALUES)), max_size=3))
    row = st.tuples(*map(key_values, keys), *(st.none() | VALUES[t] for t in others))
    rows = draw(st.lists(row, max_size=12))
    edits = draw(
        st.lists(
            st.tuples(st.sampled_from(["delete", "add", "change"]), st.integers(0, 99), st.integers(0, 99)),
            max_size=8,
        )
    )  # fmt: skip
    return keys, others, rows, edits


def fill(url: str, number: int, keys: list[str], others: list[str], rows: list[Any]) -> None:
    """Make the table and insert what the server takes."""
    columns = [f"k{n} {t}" + " NOT NULL" for n, t in enumerate(keys)]
    columns += [f"v{n} {t}" for n, t in enumerate(others)]
    primary = [f"PRIMARY KEY ({', '.join(f'k{n}' for n in range(len(keys)))})"] if keys else []
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"CREATE TABLE t{number} ({', '.join(columns + primary)})")
        for row in rows:
            casts = ", ".join(f"%s::{t}" for t in (*keys, *others))
            insert = f"INSERT INTO t{number} SELECT {casts} ON CONFLICT DO NOTHING" if casts else (
                f"INSERT INTO t{number} DEFAULT VALUES")  # fmt: skip
            try:
                connection.execute(insert, row)
            except psycopg.Error as error:
                if (error.sqlstate or "")[:2] not in ("22", "23", "54"):
                    raise


def edited(rows: list[Any], edits: list[Edit], keys: int) -> list[Any]:
    found = list(rows)
    for what, one, other in edits:
        if what == "add" or not found:
            found.insert(0, rows[one % len(rows)]) if rows else None
        elif what == "delete":
            del found[one % len(found)]
        else:
            row, donor = found[one % len(found)], rows[other % len(rows)]
            found[one % len(found)] = (*row[:keys], *donor[keys:])
    return found


def identity(type_: str, text: str) -> object:
    """What makes two values of a key one: their text, but for types that say otherwise."""
    if type_ == "numeric":
        number = Decimal(text)
        return "NaN" if number.is_nan() else number
    if type_ == "double precision":
        return "nan" if text == "NaN" else float(text)
    return text


def model(url: str, number: int, keys: list[str], others: list[str]) -> Any:
    """The rows by key, or how often each occurs."""
    columns = [f"k{n}" for n in range(len(keys))] + [f"v{n}" for n in range(len(others))]
    with psycopg.connect(url) as connection:
        connection.execute(
            "SET TimeZone = 'UTC'; SET IntervalStyle = 'postgres'; SET extra_float_digits = 3;"
            "SET lc_monetary = 'C'; SET bytea_output = 'hex'; SET search_path = ''"
        )
        # format() is the output function; a cast to text is not, for some types
        texts = ", ".join(
            f"CASE WHEN num_nulls({c}) = 0 THEN format('%s', {c}) END" for c in columns
        )
        rows = connection.execute(f"SELECT {texts} FROM public.t{number}").fetchall()
    if not keys:
        return Counter(rows)
    return {tuple(identity(t, row[n]) for n, t in enumerate(keys)): row for row in rows}


def expected(here: Any, there: Any) -> Counter[Any]:
    if isinstance(here, Counter):
        found = Counter({(row, None): n for row, n in (here - there).items()})
        return found + Counter({(None, row): n for row, n in (there - here).items()})
    pairs = ((here.get(key), there.get(key)) for key in {*here, *there})
    return Counter((x, y) for x, y in pairs if x != y)


def found_in(comparison: Comparison) -> dict[str, Counter[Any]]:
    return {
        table.name.name: Counter((c.before, c.after) for c in changes)
        for table, changes in comparison.tables()
    }


def exchanged(found: dict[str, Counter[Any]]) -> dict[str, Counter[Any]]:
    return {name: Counter({(y, x): n for (x, y), n in c.items()}) for name, c in found.items()}


def compared(a: State, b: State, **options: Any) -> dict[str, Counter[Any]]:
    with compare_states(a, b, DiffOptions(**options)) as comparison:
        assert not comparison.schema.found
        assert comparison.same_beside_rows
        return found_in(comparison)


@pytest.fixture
def pair(database: Database) -> tuple[str, str]:
    return database(), database()


relaxed = settings(
    deadline=None, max_examples=EXAMPLES,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow,
                           HealthCheck.data_too_large, HealthCheck.large_base_example],
)  # fmt: skip


@pytest.fixture
def small_is_large(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tables of a few rows are narrowed as those of millions are."""
    monkeypatch.setattr("snapshot.postgres.row_sums.VERY_MANY", 1)
    monkeypatch.setattr("snapshot.postgres.row_sums._ROWS", 1)
    monkeypatch.setattr("snapshot.changes.databases.LARGE_SIZE", 1)
    monkeypatch.setattr("snapshot.changes.narrowing.WIDE_BITS", 2)
    monkeypatch.setattr("snapshot.changes.narrowing._HASH_BITS", (1, 4))


@pytest.mark.parametrize("narrowing", [False, True])
@relaxed
@given(found=st.lists(tables(), min_size=1, max_size=3), sides=st.sampled_from(["sql", "archive", "json", "databases"]))  # fmt: skip
def test_exactly_the_edits_are_found(
    found: list[Any],
    sides: str,
    narrowing: bool,
    pair: tuple[str, str],
    tmp_path_factory: pytest.TempPathFactory,
    request: pytest.FixtureRequest,
) -> None:
    if narrowing:
        request.getfixturevalue("small_is_large")
    for url in pair:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(f"DROP SCHEMA public CASCADE; CREATE SCHEMA public; {TYPES}")
    wanted = {}
    for number, (keys, others, rows, edits) in enumerate(found):
        fill(pair[0], number, keys, others, rows)
        fill(pair[1], number, keys, others, edited(rows, edits, len(keys)))
        changes = expected(*(model(url, number, keys, others) for url in pair))
        if changes:
            wanted[f"t{number}"] = changes
    a, b = DatabaseAt(pair[0]), DatabaseAt(pair[1])
    assert compared(a, b) == wanted
    assert compared(b, a, exact=True) == exchanged(wanted)
    if sides != "databases":
        folder = tmp_path_factory.mktemp("pair")
        for name, url in zip("ab", pair, strict=True):
            create_snapshot(CreateOptions(url, folder / name, formats=(sides,)))
        here, there = SnapshotAt(folder / "a"), SnapshotAt(folder / "b")
        assert compared(here, b) == wanted
        assert compared(b, here, exact=True) == exchanged(wanted)
        assert compared(here, there) == wanted
        assert compared(there, here, exact=True) == exchanged(wanted)


# --- one kind of difference at a time, by the command


def run(
    *words: object, cwd: Path | None = None, **environment: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", "from snapshot.cli import main; main()", *map(str, words)],
        stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, cwd=cwd,
        env=os.environ | environment,
    )  # fmt: skip


def diff(*words: object, code: int, cwd: Path | None = None) -> str:
    done = run("diff", *words, cwd=cwd)
    assert done.returncode == code, done.stderr + done.stdout
    return done.stdout


def execute(url: str, *statements: str) -> None:
    with psycopg.connect(url, autocommit=True, client_encoding="utf8") as connection:
        for statement in statements:
            connection.execute(statement)


BASE = """
    CREATE TABLE category (id int PRIMARY KEY, name text UNIQUE);
    INSERT INTO category SELECT g, 'c' || g FROM generate_series(1, 5) g;
    CREATE TABLE film (id serial PRIMARY KEY, title text, rate numeric, category int REFERENCES category,
        double numeric GENERATED ALWAYS AS (rate * 2) STORED);
    INSERT INTO film (title, rate, category) SELECT 'film ' || g, g, 1 + g % 5 FROM generate_series(1, 30) g;
    CREATE TABLE loose (word text); INSERT INTO loose VALUES ('a'), ('a'), ('a'), (NULL), ('');
    CREATE TABLE unique_only (code text NOT NULL UNIQUE, maybe int UNIQUE, n int);
    INSERT INTO unique_only VALUES ('x', 1, 1), ('y', NULL, 2);
    CREATE TABLE sale (id int, region text, v int, PRIMARY KEY (id, region)) PARTITION BY LIST (region);
    CREATE TABLE sale_a PARTITION OF sale FOR VALUES IN ('a', 'b');
    CREATE TABLE sale_c PARTITION OF sale FOR VALUES IN ('c');
    INSERT INTO sale VALUES (1, 'a', 1), (2, 'b', 2), (3, 'c', 3);
    CREATE MATERIALIZED VIEW totals AS SELECT count(*) FROM film;
    CREATE TABLE alembic_version (version_num varchar(32) PRIMARY KEY); INSERT INTO alembic_version VALUES ('a1');
    CREATE SEQUENCE alembic_version_audit_id_seq;
    CREATE TABLE docs (id int PRIMARY KEY, b jsonb, j json); INSERT INTO docs VALUES (1, '{"a": 1, "b": 2}', '{"a": 1}');
"""


@pytest.fixture
def two(database: Database, tmp_path: Path) -> tuple[str, Path]:
    """A database, and the snapshot of it."""
    url = database()
    execute(url, BASE)
    create_snapshot(CreateOptions(url, tmp_path / "seed", formats=("sql",)))
    return url, tmp_path / "seed"


CASES = {
    "nothing": ([], {}, True),
    "one cell": (["UPDATE film SET title = 'x' WHERE id = 7"], {"film": (0, 0, 1)}, True),
    "three tables": (
        ["INSERT INTO category VALUES (6, 'six')", "DELETE FROM docs", "UPDATE sale SET v = 9 WHERE id = 3"],
        {"category": (1, 0, 0), "docs": (0, 1, 0), "sale": (0, 0, 1)}, True,
    ),
    "doubled rows": (["DELETE FROM loose WHERE ctid IN (SELECT ctid FROM loose WHERE word = 'a' LIMIT 2)"], {"loose": (0, 2, 0)}, True),
    "NULL is not empty": (["UPDATE loose SET word = '' WHERE word IS NULL"], {"loose": (1, 1, 0)}, True),
    "a unique key": (["UPDATE unique_only SET n = 5 WHERE code = 'x'"], {"unique_only": (0, 0, 1)}, True),
    "another partition": (["UPDATE sale SET region = 'b' WHERE id = 1", "UPDATE sale SET region = 'a' WHERE id = 1"], {}, True),
    "jsonb by value": (["UPDATE docs SET b = '{\"b\":2,\"a\":1}'"], {}, True),
    "json by text": (["UPDATE docs SET j = '{\"a\":1}'"], {"docs": (0, 0, 1)}, True),
    "a sequence": (["SELECT nextval('film_id_seq')"], {}, False),
    "a sequence not called": (["SELECT setval('film_id_seq', 30, false)"], {}, False),
    "a column": (["ALTER TABLE docs ADD more int DEFAULT 5"], {}, False),
    "an index": (["CREATE INDEX ON film (title)"], {}, False),
    "a comment": (["COMMENT ON TABLE film IS 'x'"], {}, False),
    "a table": (["CREATE TABLE other (id int)", "INSERT INTO other VALUES (1)"], {}, False),
    "a large object": (["SELECT lo_from_bytea(4711, 'abc')"], {"snapshot_large_objects": (1, 0, 0)}, True),
    "another type": (["ALTER TABLE sale ALTER v TYPE bigint"], {}, False),
    "another key": (["ALTER TABLE docs DROP CONSTRAINT docs_pkey", "UPDATE docs SET j = '[]'"], {"docs": (1, 1, 0)}, False),
    "comments of large objects": (["SELECT lo_from_bytea(4711, 'abc')", "COMMENT ON LARGE OBJECT 4711 IS 'x'"], {"snapshot_large_objects": (1, 0, 0)}, False),
    "a view without rows": (["REFRESH MATERIALIZED VIEW totals WITH NO DATA"], {}, False),
    "a sequence like that of a tool": (["SELECT nextval('alembic_version_audit_id_seq')"], {}, False),
    "numeric spelling": (["UPDATE film SET rate = 7.00 WHERE id = 7"], {"film": (0, 0, 1)}, True),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_one_kind_of_difference(two: tuple[str, Path], case: str) -> None:
    statements, counts, only_rows = CASES[case]
    url, seed = two
    execute(url, *statements)
    with compare_states(SnapshotAt(seed), DatabaseAt(url)) as comparison:
        assert {n.name: tuple(c) for n, c in comparison.counts().items()} == counts
        assert comparison.same_beside_rows is only_rows
    with compare_states(DatabaseAt(url), SnapshotAt(seed)) as comparison:
        turned = {n: (deleted, added, changed) for n, (added, deleted, changed) in counts.items()}
        assert {n.name: tuple(c) for n, c in comparison.counts().items()} == turned
    equal = not counts and only_rows
    assert ("Equal" in diff(seed, url, code=0 if equal else 4)) is equal


def test_what_is_printed(two: tuple[str, Path]) -> None:
    url, seed = two
    execute(
        url,
        "UPDATE film SET title = E'tab\\there\\x1b[31m', rate = NULL WHERE id = 7",
        "DELETE FROM film WHERE id = 8",
        "INSERT INTO loose VALUES ('<script>|`')",
        "SELECT setval('film_id_seq', 99)",
    )
    text = diff(seed, url, code=4)
    head = rf"^{re.escape(str(seed))} → t\d+_\d+ on local socket as postgres\n  20.* → 20.* UTC\n"
    assert re.search(head, text)
    assert "  sequence film_id_seq: 30 → 99\n" in text
    assert re.search(r"^  film   −1 ~1  title, rate$", text, re.M)
    assert "2 of 6 tables differ: 1 row added, 1 deleted, 1 changed." in text
    rows = diff(seed, url, "--rows", code=4)
    assert "  ~ id 7  title  film 7 → tab\\there\\x1b[31m\n" in rows
    assert re.search(r"^ +rate   7 → NULL$", rows, re.M)
    assert "  − id 8  title=film 8, rate=8, category=4\n" in rows
    assert "  +   word=<script>|`\n" in rows
    assert "\x1b" not in rows
    assert "  … 1 more (--limit 2 or --json shows all)" in diff(
        seed, url, "--rows", "--limit", 1, code=4
    )
    assert " film  | 2 −~\n" in diff(seed, url, "--stat", code=4)
    page = diff(seed, url, "--markdown", code=4)
    assert "| film | 0 | 1 | 1 | title, rate |" in page
    assert "&#60;script&#62;&#124;&#96;" in page
    hidden = diff(seed, url, "--markdown", "--no-values", code=4)
    assert "film 8" not in hidden
    assert "script" not in hidden


def test_json(two: tuple[str, Path]) -> None:
    url, seed = two
    execute(url, "UPDATE film SET rate = 1.5 WHERE id = 7", "DELETE FROM loose WHERE word = ''")
    document = json.loads(diff(seed, url, "--json", code=4))
    film = {
        "schema": "public", "name": "film", "key": ["id"],
        "columns": ["id", "title", "rate", "category"],
        "rows": [{"op": "changed", "key": {"id": "7"}, "before": {"rate": "7"}, "after": {"rate": "1.5"}}],
        "added": 0, "deleted": 0, "changed": 1,
    }  # fmt: skip
    assert film in document["tables"]
    loose = next(t for t in document["tables"] if t["name"] == "loose")
    assert loose["rows"] == [{"op": "deleted", "before": {"word": ""}}]
    assert (document["format"], document["equal"], document["compared"]) == (
        "snapshot-diff/1",
        False,
        7,
    )
    short = json.loads(diff(seed, url, "--json", "--no-values", code=4))
    assert short["tables"] == [
        {k: v for k, v in t.items() if k != "rows"} for t in document["tables"]
    ]
    assert json.loads(diff(seed, seed, "--json", code=0))["equal"] is True


def test_only_what_was_chosen(two: tuple[str, Path]) -> None:
    url, seed = two
    execute(url, "UPDATE film SET title = 'x'", "UPDATE docs SET j = '[]'", "CREATE TABLE other ()")
    assert "film" not in diff(seed, url, "-t", "docs", code=4)
    text = diff(seed, url, "-t", "docs", "--ignore", "docs.j", code=0)
    assert "column docs.j was ignored" in text
    assert "only the rows of the chosen tables were compared" in text
    assert "is in the key of film" in run("diff", seed, url, "--ignore", "film.id").stderr
    for words in (
        ["--ignore", "nope"],
        ["--ignore", "id"],
        ["-t", "nope"],
        ["--rows", "--json"],
        [""],
    ):
        assert run("diff", seed, url, *words).returncode == 2


def test_a_password_is_not_printed(two: tuple[str, Path]) -> None:
    url, seed = two
    secret = url.replace("postgres:@", "postgres:sesame@")
    once = "postgresql:/postgres:sesame@localhost/x"
    for words in ([seed, secret], [secret, secret], [seed, secret + "_none"], [seed, once], [once]):
        done = run("diff", *words)
        assert "sesame" not in done.stdout + done.stderr


def test_edited_rows_are_read_as_they_are(two: tuple[str, Path]) -> None:
    url, seed = two
    lines = (seed / "data.sql").read_text().splitlines(keepends=True)
    start = next(n for n, line in enumerate(lines) if line.startswith('COPY "public"."film"'))
    lines[start + 1], lines[start + 2] = lines[start + 2], lines[start + 1]
    lines[start + 5] = lines[start + 5].replace("film 5", "edited")
    (seed / "data.sql").write_text("".join(lines))
    text = diff(seed, url, code=4)
    assert re.search(r"^  film  ~1  title$", text, re.M)
    assert "were edited by hand" in text
    assert run("verify", seed).returncode == 4


@pytest.mark.parametrize(("old", "new", "said"), [
    ("7\tfilm 7\t", "7\t", "row 7 of film has 3 values, the table 4 columns"),
    ("7\tfilm 7\t", "seven\tfilm 7\t", "the key of a row of film is no value of its type"),
])  # fmt: skip
def test_rows_that_were_edited_to_nonsense(
    two: tuple[str, Path], old: str, new: str, said: str
) -> None:
    url, seed = two
    text = (seed / "data.sql").read_text()
    (seed / "data.sql").write_text(text.replace(old, new, 1))
    done = run("diff", seed, url)
    assert (done.returncode, said in done.stderr) == (4, True), done.stderr


def test_tables_that_are_not_in_the_snapshot_need_not_be_read(
    database: Database, tmp_path: Path
) -> None:
    url, role = database(), f"owner_{os.getpid()}"
    execute(url, f"CREATE ROLE {role} LOGIN; CREATE SCHEMA mine AUTHORIZATION {role}; CREATE SCHEMA secret",
            "CREATE TABLE mine.t (id serial PRIMARY KEY)", f"ALTER TABLE mine.t OWNER TO {role}",
            "INSERT INTO mine.t VALUES (1)", "CREATE TABLE secret.s (id serial PRIMARY KEY)")  # fmt: skip
    try:
        mine = url.replace("postgres:@", f"{role}:@")
        create_snapshot(
            CreateOptions(
                url, tmp_path / "s", formats=("sql",), selection=Selection(schemas=("mine",))
            )
        )
        execute(url, "INSERT INTO mine.t VALUES (2)")
        plan = run("restore", tmp_path / "s", "-d", mine, "--plan")
        assert re.search(r"^ mine.t +−1 +2 +1", plan.stdout, re.M), plan.stderr
        assert re.search(r"^  mine.t  \+1$", diff(tmp_path / "s", mine, code=4), re.M)
        assert "mine.t +1: id 2" in run("verify", tmp_path / "s", "-d", mine).stderr
    finally:
        execute(url, f"DROP OWNED BY {role}; DROP ROLE {role}")


def test_types_of_users_with_names_of_the_servers(database: Database, tmp_path: Path) -> None:
    url = database()
    for name in ("date", "integer", "oid", "name", "numeric"):
        execute(url, f"CREATE SCHEMA IF NOT EXISTS odd; CREATE TYPE odd.{name} AS ENUM ('z', 'b', 'a')",
                f"CREATE TABLE {name}_ (k odd.{name} PRIMARY KEY, v int)",
                f"INSERT INTO {name}_ VALUES ('z', 1), ('b', 1), ('a', 1)")  # fmt: skip
    create_snapshot(CreateOptions(url, tmp_path / "s", formats=("sql",)))
    execute(
        url,
        *(
            f"UPDATE {name}_ SET v = 2 WHERE k = 'b'"
            for name in ("date", "integer", "oid", "name", "numeric")
        ),
    )
    for exact in (False, True):
        with compare_states(
            SnapshotAt(tmp_path / "s"), DatabaseAt(url), DiffOptions(exact=exact)
        ) as comparison:
            assert {tuple(c) for c in comparison.counts().values()} == {(0, 0, 1)}
            assert len(comparison.counts()) == 5


def test_a_large_table_that_came_as_it_lay(database: Database, tmp_path: Path) -> None:
    """No query is planned where an index calls a user's function, so nothing sorts its rows."""
    url = database()
    execute(url, "CREATE FUNCTION f(text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN lower($1); END'",
            "CREATE TABLE fc (k int PRIMARY KEY, v text)",
            "INSERT INTO fc SELECT g, repeat('v', 200) || g FROM generate_series(90000, 1, -1) g",
            "CREATE INDEX ON fc (f(left(v, 5)))")  # fmt: skip
    create_snapshot(CreateOptions(url, tmp_path / "a", formats=("sql",)))
    execute(url, "DELETE FROM fc WHERE k = 5000")
    create_snapshot(CreateOptions(url, tmp_path / "b", formats=("sql",)))
    for b in (SnapshotAt(tmp_path / "b"), DatabaseAt(url)):
        with compare_states(SnapshotAt(tmp_path / "a"), b) as comparison:
            ((table, changes),) = [(t.name.name, list(c)) for t, c in comparison.tables()]
            assert [(table, c.before and c.before[0], c.after) for c in changes] == [
                ("fc", "5000", None)
            ]


def test_long_values_are_shown_as_size_and_digest(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether a row comes in one block or in many, equal rows stay equal."""
    url, other = database(), database()
    sizes = [524_100 + n * 7 for n in range(40)] + [1_000_000, 3_000_000, 12_000_000]
    for side in (url, other):
        execute(side, "CREATE TABLE big (id int PRIMARY KEY, b bytea, v text)",
                *(f"INSERT INTO big VALUES ({n}, decode(repeat('ab', {size}), 'hex'), 'x')" for n, size in enumerate(sizes)))  # fmt: skip
    create_snapshot(CreateOptions(url, tmp_path / "s", formats=("sql",)))
    for a in (SnapshotAt(tmp_path / "s"), DatabaseAt(url)):
        assert compared(a, DatabaseAt(other), exact=True) == {}
    execute(other, "UPDATE big SET b = b || 'x' WHERE id = 42", "UPDATE big SET v = 'y' WHERE id = 41",
            "UPDATE big SET v = 'z' WHERE id IN (0, 20, 39)")  # fmt: skip
    with compare_states(SnapshotAt(tmp_path / "s"), DatabaseAt(other)) as comparison:
        ((_, changes),) = [(t, list(c)) for t, c in comparison.tables()]
    assert [c.before[0] for c in changes] == ["0", "20", "39", "41", "42"]
    assert all(c.before[1] == c.after[1] for c in changes[:-1])
    text = diff(tmp_path / "s", other, "--rows", "-t", "big", code=4)
    assert re.search(
        r"^  ~ id 42  b +\(24,000,003 bytes, SHA-256 [0-9a-f]{16}…\) → \(24,000,005 bytes, SHA-256",
        text,
        re.M,
    )
    assert len(text) < 5000
    refused = run("diff", tmp_path / "s", other, "--sql")
    assert (refused.returncode, "too long for a script" in refused.stderr) == (4, True)
    assert "differs" in run("status", tmp_path / "s", "-d", other).stdout


def test_no_script_where_the_schemas_differ(two: tuple[str, Path]) -> None:
    url, seed = two
    execute(url, "ALTER TABLE docs ADD more int", "UPDATE film SET title = 'x' WHERE id = 7")
    done = run("diff", seed, url, "--sql")
    assert (done.returncode, done.stdout) == (4, "")
    assert "the schemas differ" in done.stderr


def test_the_other_commands_say_it_in_the_same_words(two: tuple[str, Path]) -> None:
    """create, restore, undo and status, in one story."""
    url, seed = two

    def said() -> str:
        status = run("status", "-d", url, cwd=seed.parent)
        assert status.returncode == 0, status.stderr
        return "".join(line + "\n" for line in status.stdout.splitlines() if "seed" in line)

    assert said() == "equals seed\n"
    execute(
        url, "UPDATE film SET title = 'x' WHERE id < 4", "INSERT INTO category VALUES (6, 'six')"
    )
    assert said() == "differs from seed: category +1, film ~3\n"
    plan = run("restore", seed, "-d", url, "--plan").stdout
    assert re.search(r"^ category +−1 +6 +5 *\n film +~3 +30 +30 *$", plan, re.M)
    assert "5 tables are equal already (12 rows)" in plan
    again = run("create", seed.parent / "copy", "-d", url)
    assert "changed since" not in again.stdout
    assert run("restore", seed, "-d", url, "--confirm").returncode == 0
    assert said().endswith("\nequals seed\n")
    assert run("undo", "-d", url, "--confirm").returncode == 0
    listed = run("undo", "--list", "-d", url).stdout
    status = said()
    assert status.endswith("differs from seed: category +1, film ~3\n")
    name = re.search(r"restored from undo:(\S+) at", run("status", "-d", url).stdout)
    assert name
    assert name[1] in listed
    assert run("undo", "-d", url, "--confirm").returncode == 0
    assert said() == "equals seed\n"
    execute(url, "UPDATE film SET title = 'x' WHERE id = 4")
    made = run("create", seed, "-d", url, "--format", "sql").stdout
    assert re.search(r"^changed since 20\S+: film ~1$", made, re.M)
    assert "already holds this state" in run("create", seed, "-d", url, "--format", "sql").stdout
    shutil.rmtree(seed)
    gone = run("status", "-d", url)
    assert (gone.returncode, "is not there any more" in gone.stdout) == (0, True)
    assert f"equals {seed}" in gone.stdout


def test_types_that_cannot_be_read_in_binary(database: Database, tmp_path: Path) -> None:
    """The server does not read the binary form of an empty tsquery that it has written."""
    url, other = database(), database()
    execute(
        url,
        "CREATE TABLE q (id int PRIMARY KEY, q tsquery)",
        "INSERT INTO q VALUES (1, ''), (2, 'a & b')",
    )
    create_snapshot(CreateOptions(url, tmp_path / "s", formats=("archive",)))
    assert run("restore", tmp_path / "s", "-d", other, "--confirm").returncode == 0
    diff(tmp_path / "s", other, "--exact", code=0)


def test_citext(servers: Callable[[int], str], database: Database, tmp_path: Path) -> None:
    url = database(15, "LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0")
    execute(url, "CREATE EXTENSION citext", "CREATE TABLE c (k citext PRIMARY KEY, v int)",
            "INSERT INTO c VALUES ('ä', 1), ('Ä', 2), ('one', 3), ('two', 4)")  # fmt: skip
    create_snapshot(CreateOptions(url, tmp_path / "s", formats=("sql",)))
    execute(url, "DELETE FROM c WHERE v = 2", "UPDATE c SET k = 'ONE' WHERE v = 3")
    with compare_states(SnapshotAt(tmp_path / "s"), DatabaseAt(url)) as comparison:
        assert found_in(comparison) == {
            "c": Counter({(("Ä", "2"), None): 1, (("one", "3"), ("ONE", "3")): 1})
        }


def test_a_revision_of_git(two: tuple[str, Path], tmp_path: Path) -> None:
    url, seed = two

    def git(*words: str) -> None:
        identity = ["-c", "user.name=a", "-c", "user.email=a@b"]
        subprocess.run(["git", *identity, *words], cwd=tmp_path, check=True, capture_output=True)

    git("init", "-q")
    git("add", "seed")
    git("commit", "-qm", "one")
    execute(url, "UPDATE film SET title = 'x' WHERE id = 7")
    create_snapshot(CreateOptions(url, seed, formats=("sql",)))
    (tmp_path / "deep").mkdir()
    for cwd, side in (
        (tmp_path, "HEAD:seed"),
        (seed, "HEAD:seed"),
        (tmp_path / "deep", "HEAD:seed"),
        (seed, "HEAD:."),
    ):
        assert re.search(r"^  film  ~1  title$", diff(side, seed, code=4, cwd=cwd), re.M)
        diff(seed, url, code=0, cwd=cwd)
    unknown = run("diff", "HEAD~9:seed", seed, cwd=tmp_path)
    assert (unknown.returncode, "git knows no revision HEAD~9" in unknown.stderr) == (2, True)
    none = run("diff", "HEAD:nowhere", seed, cwd=tmp_path)
    assert (none.returncode, "has no folder nowhere" in none.stderr) == (2, True)
    refused = run("create", "HEAD:seed", "-d", url, cwd=tmp_path)
    assert (refused.returncode, "nothing is written there" in refused.stderr) == (2, True)
    restored = run("restore", "HEAD:seed", "-d", url, "--confirm", cwd=tmp_path)
    assert restored.returncode == 0, restored.stderr
    assert re.search(r"^  film  ~1  title$", diff(url, seed, code=4), re.M)


def test_binary_archives_and_safety_snapshots(two: tuple[str, Path], tmp_path: Path) -> None:
    url, seed = two
    create_snapshot(CreateOptions(url, tmp_path / "archive", formats=("archive",)))
    execute(url, "UPDATE film SET title = 'x' WHERE id = 7", "DELETE FROM loose WHERE word = ''")
    counts = r"^  film   ~1  title\n  loose  −1$"
    assert re.search(counts, diff(tmp_path / "archive", url, code=4), re.M)
    assert re.search(counts, diff(tmp_path / "archive", url, "--exact", code=4), re.M)
    restored = run("restore", seed, "-d", url, "--confirm")
    assert restored.returncode == 0, restored.stderr
    assert re.search(counts, diff(seed, "undo:", "-d", url, code=4), re.M)
    diff("undo:", tmp_path / "archive", "-d", url, code=4)
    diff(seed, tmp_path / "archive", code=0)


def test_a_role_that_may_not_read_all(two: tuple[str, Path]) -> None:
    url, seed = two
    role = f"reader_{os.getpid()}"
    execute(url, f"CREATE ROLE {role} LOGIN; GRANT SELECT ON film, sale, docs TO {role}; "
                 f"GRANT SELECT ON ALL SEQUENCES IN SCHEMA public TO {role}; GRANT SELECT ON alembic_version TO {role}")  # fmt: skip
    try:
        done = run("diff", seed, url.replace("postgres:@", f"{role}:@"))
        assert done.returncode == 1
        assert "may not read 3 of the tables" in done.stderr
        assert all(f"· {name}\n" in done.stderr for name in ("category", "loose", "unique_only"))
        diff(seed, url.replace("postgres:@", f"{role}:@"), "-t", "film", code=0)
    finally:
        execute(url, f"DROP OWNED BY {role}; DROP ROLE {role}")


@pytest.mark.parametrize("options", ["ENCODING LATIN1 LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0",
                                     "ENCODING SQL_ASCII LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0",
                                     "ENCODING EUC_JP LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0"])  # fmt: skip
def test_other_encodings(database: Database, tmp_path: Path, options: str) -> None:
    one, other = database(), database(18, options)
    words = ["a", "é", "ü", "z"] if "LATIN1" in options else ["a", "あ", "漢", "z"]
    for url in (one, other):
        execute(url, "CREATE TABLE t (k text PRIMARY KEY, v text)",
                *(f"INSERT INTO t VALUES ('{w}', '{w}')" for w in words))  # fmt: skip
    create_snapshot(CreateOptions(one, tmp_path / "s", formats=("sql",)))
    execute(
        other,
        f"UPDATE t SET v = 'x' WHERE k = '{words[1]}'",
        f"DELETE FROM t WHERE k = '{words[2]}'",
    )
    for a in (SnapshotAt(tmp_path / "s"), DatabaseAt(one)):
        with compare_states(a, DatabaseAt(other)) as comparison:
            assert found_in(comparison) == {
                "t": Counter(
                    {((words[1], words[1]), (words[1], "x")): 1, ((words[2], words[2]), None): 1}
                )
            }


def test_keys_from_end_to_end_of_their_type(
    database: Database, tmp_path: Path, small_is_large: None
) -> None:
    """Random 64-bit numbers: the span is larger than what a bigint holds."""
    url = database()
    execute(url, "CREATE TABLE t (id bigint PRIMARY KEY, v text)",
            "INSERT INTO t SELECT hashint8extended(g, 0), 'v' FROM generate_series(1, 5000) g",
            "INSERT INTO t VALUES (-9223372036854775808, 'least'), (9223372036854775807, 'most')")  # fmt: skip
    create_snapshot(CreateOptions(url, tmp_path / "s", formats=("sql",)))
    execute(url, "UPDATE t SET v = 'x' WHERE abs(id % 1000) = 7 OR v <> 'v'")
    with psycopg.connect(url) as connection:
        changed = connection.execute("SELECT count(*) FROM t WHERE v = 'x'").fetchall()[0][0]
    with compare_states(SnapshotAt(tmp_path / "s"), DatabaseAt(url)) as comparison:
        assert {n.name: tuple(c) for n, c in comparison.counts().items()} == {"t": (0, 0, changed)}


def test_very_many_rows_are_narrowed(database: Database, tmp_path: Path) -> None:
    """The real thresholds: ranges.json is written, kilobytes come from the server."""
    url = database()
    execute(url, "CREATE TABLE t (id bigint PRIMARY KEY, v text)",
            "INSERT INTO t SELECT g * 3 - 700000, md5(g::text) FROM generate_series(1, 1000000) g", "ANALYZE t")  # fmt: skip
    create_snapshot(CreateOptions(url, tmp_path / "s", formats=("sql",)))
    assert "ranges.json" in {p.name for p in (tmp_path / "s").iterdir()}
    assert (tmp_path / "s" / "ranges.json").stat().st_mode & 0o777 == 0o600
    execute(url, "UPDATE t SET v = 'x' WHERE id IN (-699997, -1, 2000000)", "DELETE FROM t WHERE id = 2",
            "INSERT INTO t VALUES (-800000, 'low'), (9000000000000000000, 'high'), (3, 'between')")  # fmt: skip
    with compare_states(SnapshotAt(tmp_path / "s"), DatabaseAt(url)) as comparison:
        (table,) = comparison.compared[:1]
        look = comparison.look(table)
        assert look is not None
        assert look.differing is not None
        assert len(look.differing.numbers) < 10
        changed = [
            (c.before and c.before[0], c.after and c.after[0])
            for c in comparison.changes(table, look)
        ]
    assert changed == [
        (None, "-800000"), ("-699997", "-699997"), ("-1", "-1"), ("2", None), (None, "3"),
        ("2000000", "2000000"), (None, "9000000000000000000"),
    ]  # fmt: skip
