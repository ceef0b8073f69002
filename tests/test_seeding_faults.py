"""Seeding writes what a blueprint yields, deletes what was seeded, and says so when it cannot."""

from __future__ import annotations

import ast
import itertools
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import pytest
from psycopg import sql
from test_examples import NOW

from snapshot.errors import (
    BlueprintError,
    NeedNotMet,
    Refused,
    SnapshotError,
    UsageError,
    ValidationFailed,
)
from snapshot.safety.backups import BackupOptions
from snapshot.seeding import Blueprint, parameter, up_to
from snapshot.seeding.audit import audit_database, count_tables, validate_database
from snapshot.seeding.cached import seed_cached
from snapshot.seeding.cleaning import CleanOptions, clean_database
from snapshot.seeding.drafts.draft import write_draft
from snapshot.seeding.loading import load_blueprint
from snapshot.seeding.options import SeedOptions, SeedReport
from snapshot.seeding.run import seed_database

Database = Callable[..., str]
NO_BACKUP = BackupOptions(keep=False)


@dataclass(frozen=True)
class Size:
    rows: int = parameter(3, "rows")
    names: tuple[str, ...] = ("a", "b")


def create(url: str, text: str) -> None:
    with psycopg.connect(url) as connection:
        connection.execute(text)  # type: ignore[arg-type]


def rows(url: str, query: str) -> list[Any]:
    with psycopg.connect(url) as connection:
        return connection.execute(query).fetchall()  # type: ignore[arg-type]


def seed(url: str, blueprint: Blueprint, **options: Any) -> SeedReport:
    return seed_database(SeedOptions(url, blueprint, now=NOW, backup=NO_BACKUP, **options))


def clean(url: str, **options: Any) -> int:
    report = clean_database(CleanOptions(url, confirm=True, backup=NO_BACKUP, **options))
    return sum(report.deleted.values())


def filling(table: str, *values: dict[str, Any], **options: Any) -> Blueprint:
    """A blueprint that fills a table with these rows."""
    blueprint = Blueprint("facts", Size)

    @blueprint.fill(table, total=len(values), **options)
    def given(r: Any) -> Iterator[dict[str, Any]]:
        for value in values:  # noqa: UP028  # a run sends rows back into the generator
            yield value

    return blueprint


# --- values


@pytest.mark.parametrize("jobs", [1, 2])
@pytest.mark.parametrize(
    ("type_", "value"),
    [
        ("integer", 3_000_000_000),
        ("integer", -(2**31) - 1),
        ("smallint", 70_000),
        ("smallint", -32_769),
        ("bigint", 2**63),
        ("bigint", -(2**63) - 1),
        ("integer", True),
        ("integer", 1.5),
        ("bigint", "one"),
        ("numeric", True),
        ("double precision", True),
        ("double precision", 10**400),
        ("timestamptz", date(2026, 1, 1).toordinal()),
        ("boolean", 2),
        ("uuid", 5),
        ("positive", 3_000_000_000),
        ("integer[]", [3_000_000_000]),
    ],
)
def test_a_value_that_a_column_cannot_hold_is_refused(
    database: Database, monkeypatch: pytest.MonkeyPatch, type_: str, value: Any, jobs: int
) -> None:
    from snapshot.seeding import children

    monkeypatch.setattr(children, "WORTH_IT", 0)
    create(
        url := database(18),
        f"CREATE DOMAIN positive AS integer; CREATE TABLE t (id serial PRIMARY KEY, v {type_})",
    )
    with pytest.raises(SnapshotError, match="rule given: "):
        seed(url, filling("t", {"v": None}, {"v": value}), jobs=jobs)
    assert rows(url, "SELECT * FROM t") == []


@pytest.mark.parametrize(
    ("type_", "value", "text"),
    [
        ("integer", 2**31 - 1, "2147483647"),
        ("integer", -(2**31), "-2147483648"),
        ("smallint", -32_768, "-32768"),
        ("bigint", 2**63 - 1, "9223372036854775807"),
        ("integer", "12", "12"),
        ("numeric", 1.5, "1.5"),
        ("numeric", 3, "3"),
        ("numeric(6,2)", Decimal("7.125"), "7.13"),
        ("double precision", 2, "2"),
        ("boolean", "yes", "true"),
        ("uuid", "00000000-0000-4000-8000-00000000000A", "00000000-0000-4000-8000-00000000000a"),
        ("date", 20260203, "2026-02-03"),
        ("date", datetime(2026, 2, 3, 23, 30), "2026-02-03"),
        ("timestamp", date(2026, 2, 3), "2026-02-03 00:00:00"),
        ("text", 5, "5"),
    ],
)
def test_a_value_of_another_type_is_read_by_the_server(
    database: Database, type_: str, value: Any, text: str
) -> None:
    create(url := database(18), f"CREATE TABLE t (id serial PRIMARY KEY, v {type_})")
    seed(url, filling("t", {"v": value}))
    assert rows(url, "SELECT v::text FROM t") == [(text,)]


class Mood(Enum):
    GOOD = "good"


@pytest.mark.parametrize("jobs", [1, 2])
@pytest.mark.parametrize(
    ("type_", "value"),
    [
        ("text", "a\udc80b"),
        ("text", "a\x00b"),
        ("jsonb", {"a": "\udc80"}),
        ("jsonb", {"a": b"bytes"}),
        ("jsonb", [{1, 2}]),
        ("jsonb", {"a": Decimal("1.5")}),
        ("json", {"a": Decimal("1.5")}),
        ("jsonb", {(1, 2): 3}),
        ("jsonb", float("nan")),
        ("text", {"a": 1}),
        ("text[]", ["\udc80"]),
        ("integer", object()),
    ],
)
def test_a_value_that_cannot_be_sent_is_a_mistake_of_the_rule(
    database: Database, monkeypatch: pytest.MonkeyPatch, type_: str, value: Any, jobs: int
) -> None:
    from snapshot.seeding import children

    monkeypatch.setattr(children, "WORTH_IT", 0)
    create(url := database(18), f"CREATE TABLE t (id serial PRIMARY KEY, v {type_})")
    with pytest.raises(SnapshotError, match="rule given: ") as caught:
        seed(url, filling("t", {"v": None}, {"v": value}), jobs=jobs)
    assert caught.value.exit_code != 0
    assert "\n" not in caught.value.message
    assert rows(url, "SELECT * FROM t") == []


def test_a_nested_document_without_end_is_a_mistake_of_the_rule(database: Database) -> None:
    create(url := database(18), "CREATE TABLE t (id serial PRIMARY KEY, v jsonb)")
    endless: list[Any] = []
    endless.append(endless)
    with pytest.raises(SnapshotError, match="rule given: "):
        seed(url, filling("t", {"v": endless}))
    assert rows(url, "SELECT * FROM t") == []


# --- unique keys


def test_keys_whose_hashes_are_equal_are_different_keys(database: Database) -> None:
    create(url := database(18), "CREATE TABLE t (x int, y int, PRIMARY KEY (x, y))")
    span = range(-2, 3)
    blueprint = filling("t", *({"x": x, "y": y} for x in span for y in span))
    assert seed(url, blueprint).rows == 25
    assert rows(url, "SELECT x, y FROM t ORDER BY 1, 2") == [(x, y) for x in span for y in span]


def test_keys_that_are_there_and_keys_that_differ_by_hash_only(database: Database) -> None:
    create(url := database(18), "CREATE TABLE t (x bigint PRIMARY KEY); INSERT INTO t VALUES (-1)")
    modulus = sys.hash_info.modulus
    wanted = [-1, -2, 0, modulus, 1, modulus + 1]
    seed(url, filling("t", *({"x": x} for x in wanted)))
    assert sorted(x for (x,) in rows(url, "SELECT x FROM t")) == sorted(wanted)


@pytest.mark.parametrize(
    ("type_", "there", "same", "other"),
    [
        ("integer", "7", "7", 8),
        ("numeric", "1.50", 1.5, Decimal("1.51")),
        ("numeric", "100", Decimal("1E+2"), 101),
        ("uuid", "'00000000-0000-4000-8000-00000000000a'",
         "00000000-0000-4000-8000-00000000000A", UUID(int=5)),
        ("timestamptz", "'2026-01-01 00:00+00'", NOW.replace(2026, 1, 1), NOW),
        ("timestamp", "'2026-01-01 00:00'", datetime(2026, 1, 1), datetime(2026, 1, 2)),
        ("date", "'2026-01-01'", datetime(2026, 1, 1, 5), date(2026, 1, 2)),
        ("text[]", "'{a,b}'", ["a", "b"], ["a"]),
        ("mood", "'GOOD'", Mood.GOOD, "BAD"),
    ],
)  # fmt: skip
def test_a_key_is_told_from_others_as_the_server_does(
    database: Database, type_: str, there: str, same: Any, other: Any
) -> None:
    """The row that is there stays one; a body's other spelling of its key is passed over."""
    create(
        url := database(18),
        f"""CREATE TYPE mood AS ENUM ('GOOD', 'BAD');
        CREATE TABLE t (id serial PRIMARY KEY, v {type_} UNIQUE); INSERT INTO t (v) VALUES ({there})""",
    )
    blueprint = Blueprint("facts", Size)

    @blueprint.fill("t", total=2)
    def given(r: Any) -> Iterator[dict[str, Any]]:
        yield {"v": same}
        yield {"v": other}
        yield {"v": other}

    assert seed(url, blueprint).rows == 1
    assert len(rows(url, "SELECT DISTINCT v FROM t")) == 2


def test_sets_of_columns_without_an_order(database: Database) -> None:
    create(url := database(18), "CREATE TABLE t (id serial PRIMARY KEY, x int, y int)")
    pairs = [(-1, -2), (-2, -1), (-2, -2), (1, 2), (2, 1), (-1, -1)]
    blueprint = Blueprint("facts", Size)

    @blueprint.fill("t", total=4, distinct=[{"x", "y"}])
    def given(r: Any) -> Iterator[dict[str, Any]]:
        for x, y in pairs:
            yield {"x": x, "y": y}

    seed(url, blueprint)
    assert rows(url, "SELECT x, y FROM t ORDER BY id") == [(-1, -2), (-2, -2), (1, 2), (-1, -1)]


@pytest.mark.parametrize("varying", [False, True])
@pytest.mark.parametrize("total", [2, 40])
def test_a_body_that_repeats_a_unique_expression_for_ever_comes_to_an_end(
    database: Database, total: int, varying: bool
) -> None:
    create(
        url := database(18),
        """CREATE TABLE t (id serial PRIMARY KEY, title text, n int);
        CREATE UNIQUE INDEX ON t (lower(title))""",
    )
    blueprint = Blueprint("facts", Size)

    @blueprint.fill("t", total=total)
    def given(r: Any) -> Iterator[dict[str, Any]]:
        for n in itertools.count():
            letters = f"{n:020b}".replace("1", "A").replace("0", "a")
            yield {"title": letters if varying else "same", "n": n}

    with pytest.raises(NeedNotMet, match=f"needs {total} rows of t, only 1 are possible"):
        seed(url, blueprint)
    assert rows(url, "SELECT * FROM t") == []


def test_many_parents_whose_bodies_repeat_a_unique_expression_are_content(
    database: Database,
) -> None:
    create(
        url := database(18),
        """CREATE TABLE p (id serial PRIMARY KEY); INSERT INTO p SELECT FROM generate_series(1, 5);
        CREATE TABLE c (id serial PRIMARY KEY, p_id int REFERENCES p, name text);
        CREATE UNIQUE INDEX ON c (lower(name))""",
    )
    blueprint = Blueprint("facts", Size)

    @blueprint.fill("c", each="p", need=up_to(3))
    def given(parent: Any, r: Any) -> Iterator[dict[str, Any]]:
        while True:
            yield {"name": "same"}

    assert seed(url, blueprint).rows == 1
    assert rows(url, "SELECT name FROM c") == [("same",)]


def test_the_last_free_value_of_a_unique_expression_is_found(database: Database) -> None:
    create(
        url := database(18),
        """CREATE TABLE t (id serial PRIMARY KEY, title text);
        CREATE UNIQUE INDEX ON t (lower(title));
        INSERT INTO t (title) SELECT 'T' || n FROM generate_series(0, 999) n WHERE n <> 700""",
    )
    blueprint = Blueprint("facts", Size)

    @blueprint.fill("t", total=1000)
    def given(r: Any) -> Iterator[dict[str, Any]]:
        for n in itertools.count():
            yield {"title": f"t{n % 1000}"}

    seed(url, blueprint)
    assert rows(url, "SELECT count(DISTINCT lower(title)) FROM t") == [(1000,)]
    assert rows(url, "SELECT title FROM t WHERE title ~ '^t'") == [("t700",)]


# --- keys


def test_keys_come_from_the_sequence_that_the_default_names(database: Database) -> None:
    create(
        url := database(18),
        """CREATE TABLE books (id serial PRIMARY KEY, title text);
        CREATE SEQUENCE other START 500; ALTER TABLE books ALTER id SET DEFAULT nextval('other')""",
    )
    blueprint = filling("books", {"title": "x"}, {"title": "y"})
    assert seed(url, blueprint, dry=True).rows == 2
    seed(url, blueprint)
    create(url, "INSERT INTO books (title) VALUES ('of the application')")
    assert rows(url, "SELECT id FROM books ORDER BY 1") == [(500,), (501,), (502,)]
    assert rows(url, "SELECT is_called FROM books_id_seq") == [(False,)]


@pytest.mark.parametrize(
    ("type_", "default", "expected"),
    [
        ("bigint", "nextval('s'::text)", ["1", "2"]),
        ("text", "'ORD-' || lpad(nextval('s')::text, 4, '0')", ["ORD-0001", "ORD-0002"]),
        ("integer", "nextval('s') * 10", ["10", "20"]),
        ("integer", "nextval('odd')", ["-7", "-10"]),
    ],
)
def test_keys_are_what_the_default_computes(
    database: Database, type_: str, default: str, expected: list[str]
) -> None:
    create(
        url := database(18),
        f"""CREATE SEQUENCE s; CREATE SEQUENCE odd INCREMENT -3 START -7;
        CREATE TABLE orders (id {type_} PRIMARY KEY DEFAULT {default}, title text);
        CREATE TABLE items (order_id {type_} REFERENCES orders, n int, PRIMARY KEY (order_id, n))""",
    )
    blueprint = filling("orders", {"title": "x"}, {"title": "y"})

    @blueprint.fill("items", each="orders")
    def items(order: Any, r: Any) -> Iterator[dict[str, Any]]:
        yield {"n": 1}

    seed(url, blueprint)
    assert [key for (key,) in rows(url, "SELECT order_id::text FROM items ORDER BY order_id")] == (
        sorted(expected, key=lambda k: (len(k), k)) if type_ != "integer" else
        sorted(expected, key=int)
    )  # fmt: skip
    create(url, "INSERT INTO orders (title) VALUES ('of the application')")
    assert seed(url, blueprint, dry=True).rows == 1  # its item
    assert clean(url) == 4
    assert rows(url, "SELECT title FROM orders") == [("of the application",)]


def test_a_dry_run_foresees_keys_of_a_sequence_with_another_step(database: Database) -> None:
    create(
        url := database(18),
        """CREATE SEQUENCE odd INCREMENT -3 START -7;
        CREATE TABLE t (id int PRIMARY KEY DEFAULT nextval('odd'), v text);
        INSERT INTO t (v) SELECT 'x' FROM generate_series(1, 4)""",
    )
    blueprint = Blueprint("facts", Size)

    @blueprint.fill("t", total=20)
    def given(r: Any) -> Iterator[dict[str, Any]]:
        while True:
            yield {"v": "y"}

    before = rows(url, "SELECT last_value FROM odd")
    assert seed(url, blueprint, dry=True).rows == 16
    assert rows(url, "SELECT last_value FROM odd") == before
    assert seed(url, blueprint).rows == 16


def test_a_key_that_nobody_fills_is_a_mistake_of_the_rule(database: Database) -> None:
    create(
        url := database(18),
        "CREATE TABLE t (kind text DEFAULT 'new', n int, v text, PRIMARY KEY (kind, n))",
    )
    with pytest.raises(BlueprintError, match=r"rule given: .*kind"):
        seed(url, filling("t", {"n": 1}))
    assert seed(url, filling("t", {"n": 1}), keep_ledger=False).rows == 1


# --- what triggers do


REFUSING = """
    CREATE TABLE authors (id serial PRIMARY KEY, name text);
    CREATE TABLE books (id serial PRIMARY KEY, author_id int NOT NULL REFERENCES authors, title text);
    INSERT INTO authors (name) SELECT 'a' || n FROM generate_series(1, 5) n;
    CREATE FUNCTION meddle() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {} END $$;
    CREATE TRIGGER meddle {} INSERT ON books FOR EACH ROW EXECUTE FUNCTION meddle();
"""


@pytest.mark.parametrize("jobs", [1, 2])
@pytest.mark.parametrize(
    ("body", "when"),
    [
        ("IF NEW.id % 2 = 0 THEN RETURN NULL; END IF; RETURN NEW;", "BEFORE"),
        ("DELETE FROM books WHERE id = NEW.id AND id % 2 = 0; RETURN NULL;", "AFTER"),
        ("NEW.author_id := 1; RETURN NEW;", "BEFORE"),
        ("DELETE FROM authors WHERE id = 5; RETURN NEW;", "BEFORE"),
    ],
)
def test_a_trigger_that_takes_rows_away_is_seen_before_the_commit(
    database: Database, monkeypatch: pytest.MonkeyPatch, body: str, when: str, jobs: int
) -> None:
    from snapshot.seeding import children

    monkeypatch.setattr(children, "WORTH_IT", 0)
    create(url := database(18), REFUSING.format(body, when))
    blueprint = Blueprint("facts", Size)

    @blueprint.fill("books", each="authors", need=2)
    def books(author: Any, r: Any) -> Iterator[dict[str, Any]]:
        while True:
            yield {"title": r.code()}

    with pytest.raises(SnapshotError, match="books"):
        seed(url, blueprint, jobs=jobs)
    assert rows(url, "SELECT count(*) FROM books") == [(0,)]
    assert rows(url, "SELECT count(*) FROM authors") == [(5,)]


# --- mistakes in blueprints and ledgers


def leaves_in_its_body(r: Any) -> Iterator[dict[str, Any]]:
    yield {"v": "x"}
    sys.exit(0)


def leaves_at_once(r: Any) -> Any:
    sys.exit(0)


def raises_what_is_no_exception(r: Any) -> Iterator[dict[str, Any]]:
    yield {"v": "x"}
    raise GeneratorExit


def fails_at_once(r: Any) -> Any:
    raise ValueError("no generator at all")


def names_no_column(r: Any) -> Iterator[dict[Any, Any]]:
    yield {1: "x"}


def works(parent: Any, r: Any) -> Iterator[dict[str, Any]]:
    yield {"v": "x"}


@pytest.mark.parametrize(
    ("body", "options"),
    [
        (leaves_in_its_body, {"total": 2}),
        (leaves_at_once, {"total": 2}),
        (fails_at_once, {"total": 2}),
        (raises_what_is_no_exception, {"total": 2}),
        (names_no_column, {"total": 2}),
        (works, {"each": "parents", "need": lambda parent: sys.exit(0)}),
        (works, {"each": "parents", "need": lambda parent: parent.nothing}),
        (works, {"each": "parents", "need": lambda parent: "many"}),
    ],
)
def test_a_rule_that_leaves_or_fails_is_named(
    database: Database, body: Any, options: dict[str, Any]
) -> None:
    create(
        url := database(18),
        """CREATE TABLE parents (id serial PRIMARY KEY); INSERT INTO parents DEFAULT VALUES;
        CREATE TABLE t (id serial PRIMARY KEY, parent_id int REFERENCES parents, v text)""",
    )
    blueprint = Blueprint("facts", Size)
    blueprint.fill("t", **options)(body)
    with pytest.raises(BlueprintError, match=r"test_seeding_faults\.py:\d+: rule \w+: "):
        seed(url, blueprint)
    assert rows(url, "SELECT * FROM t") == []


@pytest.mark.parametrize(
    "text", ["import sys; sys.exit(0)", "raise SystemExit", "exit()", "quit(0)"]
)
def test_a_file_that_leaves_is_a_mistake(tmp_path: Path, text: str) -> None:
    (tmp_path / "leaving.py").write_text(text)
    with pytest.raises(BlueprintError, match=r"leaving\.py:1: SystemExit"):
        load_blueprint(str(tmp_path / "leaving.py"))


@pytest.mark.parametrize(
    "parameters",
    ["[]", "null", '"text"', "5", '{"rows": "three"}', '{"rows": null}', '{"rows": [1]}',
     '{"names": "abc"}', '{"names": [1, 2]}', '{"rows": -4}', '{"rows": true}'],
)  # fmt: skip
def test_a_ledger_that_makes_no_sense_is_said_so(database: Database, parameters: str) -> None:
    create(url := database(18), "CREATE TABLE t (id serial PRIMARY KEY, v text)")
    seed(url, filling("t", {"v": "x"}))
    create(url, f"UPDATE snapshot.seed_run SET parameters = '{parameters}'")
    blueprint = filling("t", {"v": "x"}, {"v": "y"})
    for attempt in (seed, lambda url, bp: audit_database(SeedOptions(url, bp))):
        with pytest.raises(SnapshotError, match="ledger"):
            attempt(url, blueprint)
    assert rows(url, "SELECT v FROM t") == [("x",)]


@pytest.mark.parametrize(
    "given",
    [
        {"parameters": {"names": ("a\udc80",)}},
        {"seed": "\udc80"},
        {"parameters": {"rows": "three"}},
        {"parameters": {"rows": True}},
        {"parameters": {"names": "abc"}},
        {"profile": "\udc80"},
    ],
)
def test_parameters_that_are_no_text_or_no_number_are_refused(
    database: Database, given: dict[str, Any]
) -> None:
    create(url := database(18), "CREATE TABLE t (id serial PRIMARY KEY, v text)")
    with pytest.raises(UsageError):
        seed(url, filling("t", {"v": "x"}), **given)
    assert rows(url, "SELECT v FROM t") == []


def test_a_parameters_class_that_cannot_be_one_is_a_mistake() -> None:
    @dataclass(frozen=True)
    class Wrong:
        when: date = date(2026, 1, 1)

    @dataclass(frozen=True)
    class Required:
        rows: int

    for parameters in (Wrong, Required, dict, Size()):
        with pytest.raises(BlueprintError, match=r"test_seeding_faults\.py"):
            Blueprint("facts", parameters)  # type: ignore[arg-type]


# --- seed clean


KEYS: list[tuple[str, list[Any]]] = [
    ("numeric(10,2)", [1, Decimal("2.5"), 3.25]),
    ("bytea", [b"\x00\xff", b"a"]),
    ("double precision", [1.0, 1e30, -0.5]),
    ("real", [1.5, 0.1]),
    ("mood", [Mood.GOOD]),
    ("text", [Mood.GOOD, "plain", "x\x1fy"]),
    ("date", [date(2026, 3, 4), "2026-05-06"]),
    ("timestamptz(0)", [NOW.replace(microsecond=600_000), "2026-01-01 12:00:00+05"]),
    ("timestamp", [datetime(2026, 1, 1, 5, 6, 7, 800)]),
    ("time", ["12:30", "05:06:07.5"]),
    ("interval", ["26 hours", "1 mon"]),
    ("boolean", [True, False]),
    ("integer", ["12", 7]),
    ("char(8)", ["ab", "c"]),
    ("varchar(3)", ["abc ", "d"]),
    ("short", ["abc ", "d"]),
    ("uuid", ["00000000-0000-4000-8000-00000000000A", UUID(int=7)]),
    ("inet", ["10.0.0.1", "10.1.0.0/16"]),
    ("int4range", ["[1,5]"]),
    ("text[]", [["a", "b"], []]),
]


@pytest.mark.parametrize(
    ("type_", "values"), KEYS, ids=[f"{t}-{n}" for n, (t, _) in enumerate(KEYS)]
)
def test_keys_of_all_types_are_found_again(
    database: Database, type_: str, values: list[Any]
) -> None:
    """A row that was deleted comes back alone, and clean deletes all of them."""
    create(
        url := database(18),
        f"""CREATE TYPE mood AS ENUM ('GOOD', 'BAD'); CREATE DOMAIN short AS varchar(3);
        CREATE TABLE t (k {type_}, n int, PRIMARY KEY (k, n)); CREATE TABLE single (k {type_} PRIMARY KEY)""",
    )
    with psycopg.connect(url) as connection:
        for setting, value in (
            ("datestyle", "German"), ("bytea_output", "escape"), ("extra_float_digits", "-5"),
            ("timezone", "Asia/Kolkata"), ("intervalstyle", "iso_8601"),
        ):  # fmt: skip
            connection.execute(
                f"ALTER DATABASE {connection.info.dbname} SET {setting} = '{value}'"  # type: ignore[arg-type]
            )
    blueprint = filling("t", *({"k": v, "n": 1} for v in values))

    @blueprint.fill("single", total=len(values))
    def single(r: Any) -> Iterator[dict[str, Any]]:
        for value in values:
            yield {"k": value}

    assert seed(url, blueprint).rows == 2 * len(values)
    before = rows(url, "SELECT k::text FROM single ORDER BY 1")
    assert {t.name.name: t.seeded for t in count_tables(url)} == {
        "t": len(values), "single": len(values)
    }  # fmt: skip
    create(url, "DELETE FROM single WHERE ctid = (SELECT max(ctid) FROM single)")
    assert seed(url, blueprint).rows == 1
    assert rows(url, "SELECT k::text FROM single ORDER BY 1") == before
    assert clean(url) == 2 * len(values)
    assert rows(url, "SELECT k FROM t UNION ALL SELECT k FROM single") == []
    assert rows(url, "SELECT * FROM snapshot.seeded") == []


CASCADE = """
    CREATE TABLE parents (id serial PRIMARY KEY, name text);
    CREATE TABLE children (id serial PRIMARY KEY, parent_id int REFERENCES parents ON DELETE CASCADE, v text);
    CREATE TABLE pets (id serial PRIMARY KEY, parent_id int REFERENCES parents ON DELETE SET NULL, v text);
"""


@pytest.mark.parametrize("table", ["children", "pets"])
def test_clean_waits_for_rows_that_others_are_adding(database: Database, table: str) -> None:
    """They commit after clean was told to go on; it sees them, and deletes nothing."""
    create(url := database(18), CASCADE)
    seed(url, filling("parents", {"name": "x"}, {"name": "y"}))
    with psycopg.connect(url) as other:
        other.execute(f"INSERT INTO {table} (parent_id, v) VALUES (1, 'of a user')")  # type: ignore[arg-type]
        result: list[Any] = []

        def attempt() -> None:
            try:
                result.append(clean(url))
            except SnapshotError as error:
                result.append(error)

        thread = threading.Thread(target=attempt)
        thread.start()
        waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted"
        while thread.is_alive() and rows(url, waiting) == [(0,)]:
            thread.join(0.02)
        other.commit()
        thread.join()
    assert isinstance(result[0], Refused)
    assert "1 row of" in result[0].details[0]
    assert rows(url, f"SELECT parent_id, v FROM {table}") == [(1, "of a user")]
    assert rows(url, "SELECT count(*) FROM parents") == [(2,)]


def test_nobody_adds_to_what_clean_is_deleting(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the look at who depends on seeded rows and their deletion."""
    from snapshot.seeding import cleaning

    create(url := database(18), CASCADE)
    seed(url, filling("parents", {"name": "x"}, {"name": "y"}))
    delete, said = cleaning._delete, []

    def meanwhile(*arguments: Any) -> Any:
        with psycopg.connect(url, options="-c lock_timeout=300") as other:
            try:
                other.execute("INSERT INTO children (parent_id, v) VALUES (1, 'of a user')")
            except psycopg.errors.LockNotAvailable:
                said.append("locked")
        return delete(*arguments)

    monkeypatch.setattr(cleaning, "_delete", meanwhile)
    assert clean(url) == 2
    assert said == ["locked"]


def test_clean_asks_again_for_rows_that_were_seeded_since(database: Database) -> None:
    create(url := database(18), CASCADE)
    seed(url, filling("parents", {"name": "x"}))

    def meanwhile(plan: Any) -> bool:
        seed(url, filling("parents", {"name": "x"}, {"name": "y"}))
        return True

    with pytest.raises(Refused):
        clean_database(CleanOptions(url, backup=NO_BACKUP), meanwhile)
    assert rows(url, "SELECT count(*) FROM parents") == [(2,)]


def test_clean_counts_the_rows_of_the_chosen_blueprint_only(database: Database) -> None:
    create(url := database(18), "CREATE TABLE t (id serial PRIMARY KEY, v text)")
    first, second = filling("t", {"v": "x"}), Blueprint("second", Size)

    @second.fill("t", total=3)
    def more(r: Any) -> Iterator[dict[str, Any]]:
        for v in "xyz":
            yield {"v": v}

    seed(url, first)
    seed(url, second)
    asked: list[Any] = []

    def approve(plan: Any) -> bool:
        asked.append(list(plan.deleted.values()))
        return True

    report = clean_database(CleanOptions(url, blueprint="second", backup=NO_BACKUP), approve)
    assert asked == [[2]]
    assert sum(report.deleted.values()) == 2
    assert rows(url, "SELECT v FROM t") == [("x",)]


@pytest.mark.parametrize(
    "change",
    [
        "ALTER TABLE t DROP CONSTRAINT t_pkey",
        "UPDATE snapshot.seed_rule SET table_schema = 'snapshot', table_name = 'seed_run'",
        "UPDATE snapshot.seed_rule SET table_name = 'no such table'",
    ],
)
def test_clean_leaves_alone_what_the_ledger_cannot_name(database: Database, change: str) -> None:
    create(url := database(18), "CREATE TABLE t (id serial PRIMARY KEY, v text)")
    seed(url, filling("t", {"v": "x"}))
    create(url, "INSERT INTO snapshot.seeded SELECT rule, 7, 'facts' FROM snapshot.seeded")
    create(url, change)
    assert clean(url) == 0
    assert rows(url, "SELECT v FROM t") == [("x",)]
    assert rows(url, "SELECT blueprint FROM snapshot.seed_run") == [("facts",)]


# --- seed run --cached


def test_a_cached_state_is_not_put_over_rows_that_were_written_meanwhile(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    from snapshot.seeding import cached

    blueprint = filling("t", {"v": "x"}, {"v": "y"})
    for _ in range(2):
        create(url := database(18), "CREATE TABLE t (id serial PRIMARY KEY, v text)")
        if _ == 0:
            seed_cached(SeedOptions(url, blueprint, now=NOW))
    looked = cached._is_complete

    def meanwhile(folder: Path) -> bool:
        create(url, "INSERT INTO t (v) VALUES ('of the application')")
        return looked(folder)

    monkeypatch.setattr(cached, "_is_complete", meanwhile)
    with pytest.raises(Refused, match="meanwhile"):
        seed_cached(SeedOptions(url, blueprint, now=NOW))
    assert rows(url, "SELECT v FROM t") == [("of the application",)]


def test_a_cached_state_belongs_to_the_modules_that_its_blueprint_imports(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "vocabulary_of_a_test.py").write_text("WORD = 'old'\n")
    (tmp_path / "importing.py").write_text(
        """from dataclasses import dataclass
from snapshot.seeding import Blueprint
import vocabulary_of_a_test

@dataclass(frozen=True)
class Size:
    rows: int = 1

bp = Blueprint("importing", Size)

@bp.fill("t", total="rows")
def t(r):
    yield {"v": vocabulary_of_a_test.WORD}
"""
    )
    monkeypatch.syspath_prepend(tmp_path)
    seen = []
    for word in ("old", "old", "new"):
        (tmp_path / "vocabulary_of_a_test.py").write_text(f"WORD = '{word}'\n")
        sys.modules.pop("vocabulary_of_a_test", None)
        os.utime(tmp_path / "vocabulary_of_a_test.py", (len(seen), len(seen)))
        create(url := database(18), "CREATE TABLE t (id serial PRIMARY KEY, v text)")
        blueprint = load_blueprint(str(tmp_path / "importing.py"))
        report = seed_cached(SeedOptions(url, blueprint, now=NOW))
        seen.append((report.from_cache, rows(url, "SELECT v FROM t")))
    assert seen == [(False, [("old",)]), (True, [("old",)]), (False, [("new",)])]


# --- processes


def test_a_worker_that_dies_is_said_so(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    from snapshot.seeding import children

    monkeypatch.setattr(children, "WORTH_IT", 0)
    monkeypatch.setattr(children, "BLOCK", 1)
    create(url := database(18), "CREATE TABLE t (id serial PRIMARY KEY, v text)")
    blueprint = Blueprint("facts", Size)
    here = os.getpid()

    @blueprint.fill("t", each="names", on={"v": "value"}, need=2)
    def given(name: str, r: Any) -> Iterator[dict[str, Any]]:
        if os.getpid() != here:
            os.kill(os.getpid(), signal.SIGKILL)
        while True:
            yield {}

    with pytest.raises(SnapshotError, match="process"):
        seed(url, blueprint, jobs=2)
    assert rows(url, "SELECT * FROM t") == []


class NotOfOurs(Exception):
    """An error that takes two arguments, which pickle does not know."""

    def __init__(self, one: str, two: str) -> None:
        super().__init__(one + two)


@pytest.mark.parametrize("jobs", [1, 3])
@pytest.mark.parametrize(
    "raised", [ValueError("odd"), NotOfOurs("od", "d"), SystemExit("odd"), KeyError("odd")]
)
def test_an_error_in_a_worker_is_the_same_error(
    database: Database, monkeypatch: pytest.MonkeyPatch, raised: BaseException, jobs: int
) -> None:
    from snapshot.seeding import children

    monkeypatch.setattr(children, "WORTH_IT", 0)
    monkeypatch.setattr(children, "BLOCK", 1)
    create(url := database(18), "CREATE TABLE t (id serial PRIMARY KEY, v text)")
    blueprint = Blueprint("facts", Size)

    @blueprint.fill("t", each="names", on={"v": "value"})
    def given(name: str, r: Any) -> Iterator[dict[str, Any]]:
        if name == "b":
            raise raised
        yield {}

    with pytest.raises(BlueprintError, match=r"rule given: its body failed: .*odd"):
        seed(url, blueprint, jobs=jobs)
    assert rows(url, "SELECT * FROM t") == []


def test_the_order_of_rows_does_not_depend_on_who_is_faster(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    from snapshot.seeding import children

    monkeypatch.setattr(children, "WORTH_IT", 0)
    monkeypatch.setattr(children, "BLOCK", 7)
    made = []
    for jobs in (1, 2, 5):
        create(
            url := database(18),
            """CREATE TABLE parents (id serial PRIMARY KEY, name text);
            CREATE TABLE t (id serial PRIMARY KEY, parent_id int NOT NULL REFERENCES parents, v text)""",
        )
        blueprint = filling("parents", *({"name": f"p{n}"} for n in range(60)))

        @blueprint.fill("t", each="parents", need=3)
        def theirs(parent: Any, r: Any) -> Iterator[dict[str, Any]]:
            if parent.id % 9 == 0:
                sum(range(300_000))
            while True:
                yield {"v": r.code()}

        seed(url, blueprint, jobs=jobs)
        made.append(rows(url, "SELECT id, parent_id, v FROM t ORDER BY ctid"))
    assert len(made[0]) == 180
    assert made[0] == made[1] == made[2]


# --- looking only


def test_an_audit_may_look_at_a_protected_database(database: Database) -> None:
    create(url := database(18), "CREATE TABLE t (id serial PRIMARY KEY, v text)")
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(
            f"COMMENT ON DATABASE {connection.info.dbname} IS 'environment: production'"  # type: ignore[arg-type]
        )
    blueprint = filling("t", {"v": "x"}, {"v": "y"})
    assert audit_database(SeedOptions(url, blueprint)).missing == 2
    with pytest.raises(Refused):
        seed(url, blueprint)


def test_two_databases_with_tables_of_one_name_in_one_process(database: Database) -> None:
    """Rows have the columns of their own database's table."""
    create(first := database(18), "CREATE TABLE t (id serial PRIMARY KEY, v text)")
    create(second := database(16), "CREATE TABLE t (v text, w text, id serial PRIMARY KEY)")
    seen: list[str] = []
    for url in (first, second, first):
        blueprint = filling("t", {"v": "x"}, {"v": "y"}, {"v": "z"})
        seen.clear()

        @blueprint.fill("t", total=4)
        def read(r: Any, t: Any) -> Iterator[dict[str, Any]]:
            seen.extend(row.v for row in t)
            yield {"v": "last"}

        seed(url, blueprint)
        assert sorted(set(seen)) in (["x", "y", "z"], [])
        assert len(rows(url, "SELECT * FROM t")) == 4


def test_a_check_of_a_blueprint_still_fails_a_run(database: Database) -> None:
    create(url := database(18), "CREATE TABLE t (id serial PRIMARY KEY, v text)")
    blueprint = filling("t", {"v": "x"})
    blueprint.check("no x", "SELECT * FROM t WHERE v = 'x'")
    with pytest.raises(ValidationFailed):
        seed(url, blueprint)
    assert rows(url, "SELECT * FROM t") == []


@pytest.mark.parametrize(
    "keeper",
    [
        "CREATE RULE kept AS ON DELETE TO t DO INSTEAD NOTHING",
        "CREATE FUNCTION kept() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';"
        "CREATE TRIGGER kept BEFORE DELETE ON t FOR EACH ROW EXECUTE FUNCTION kept()",
    ],
)
def test_seeded_rows_that_cannot_be_deleted_stay_in_the_ledger(
    keeper: str, database: Database
) -> None:
    url = database()
    create(url, "CREATE TABLE t (id int PRIMARY KEY)")
    seed(url, filling("t", {"id": 1}, {"id": 2}))
    create(url, keeper)
    with pytest.raises(Refused, match="keeps seeded rows"):
        clean(url)
    assert rows(url, "SELECT count(*) FROM snapshot.seeded") == [(2,)]


def test_keys_are_compared_with_the_servers_operator(database: Database) -> None:
    """varchar has no operator of its own, so one in the role's search_path would be exact."""
    url = database()
    create(
        url,
        "CREATE TABLE author (code varchar(10) PRIMARY KEY);"
        "CREATE TABLE book (id serial PRIMARY KEY, author varchar(10) NOT NULL REFERENCES author,"
        " kind varchar(5) NOT NULL);"
        "INSERT INTO author VALUES ('a'), ('b');"
        "CREATE FUNCTION hit(varchar, varchar) RETURNS bool LANGUAGE plpgsql AS"
        " 'BEGIN RAISE ''foreign code''; END';"
        "CREATE OPERATOR = (LEFTARG = varchar, RIGHTARG = varchar, FUNCTION = hit)",
    )
    blueprint = Blueprint("books", Size)

    @blueprint.fill("book", each="author", need=2, kind={"kind": "new"})
    def books(author: Any, r: Any) -> Iterator[dict[str, Any]]:
        while True:
            yield {}

    for added in (4, 0):
        assert seed(url, blueprint).rows == added
    validate_database(SeedOptions(url, blueprint, now=NOW))
    assert clean(url) == 4


@pytest.mark.parametrize(
    "planted",
    [
        "ALTER SCHEMA snapshot RENAME TO s; CREATE SCHEMA snapshot;"
        "CREATE VIEW snapshot.seeded AS TABLE s.seeded;"
        "CREATE VIEW snapshot.seed_rule AS SELECT * FROM s.seed_rule WHERE public.f() > 0;"
        "CREATE VIEW snapshot.seed_run AS TABLE s.seed_run",
        "ALTER TABLE snapshot.seed_rule ENABLE ROW LEVEL SECURITY;"
        "CREATE POLICY p ON snapshot.seed_rule USING (public.f() > 0)",
        "CREATE INDEX ON snapshot.seed_rule (public.f())",
        "CREATE FUNCTION t() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';"
        "CREATE TRIGGER t BEFORE DELETE ON snapshot.seeded FOR EACH ROW EXECUTE FUNCTION t()",
    ],
)
def test_a_ledger_that_seeding_did_not_make_is_not_read(database: Database, planted: str) -> None:
    create(url := database(18), "CREATE TABLE t (id serial PRIMARY KEY, v text)")
    blueprint = filling("t", {"v": "x"})
    seed(url, blueprint)
    create(
        url,
        "CREATE FUNCTION public.f() RETURNS int LANGUAGE plpgsql IMMUTABLE AS"
        " 'BEGIN RETURN 1; END'",
    )
    create(url, planted)
    for look in (
        lambda: count_tables(url),
        lambda: clean(url),
        lambda: audit_database(SeedOptions(url, blueprint, now=NOW)),
        lambda: seed(url, blueprint),
    ):
        with pytest.raises(Refused, match="not a table of the ledger"):
            look()


@pytest.mark.parametrize(
    "name",
    [
        't", each=ran() and None) #',
        't"); ran(); ("',
        "t'\nran()\n'",
        't\\", total=ran()) #',
        "ran()",
        "é\x1b[31m",
    ],
)
def test_a_first_draft_runs_nothing_of_a_name(database: Database, name: str) -> None:
    quoted = sql.Identifier(name).as_string(None)
    create(
        url := database(18),
        f"CREATE TABLE {quoted} (id int GENERATED ALWAYS AS IDENTITY, {quoted} int PRIMARY KEY);"
        f"CREATE TABLE child (id serial PRIMARY KEY, {quoted} int NOT NULL REFERENCES {quoted})",
    )
    for tables in [], ["child"]:
        text = write_draft(url, tables, 2, "draft").text
        calls = [n.func for n in ast.walk(ast.parse(text)) if isinstance(n, ast.Call)]
        assert "ran" not in {getattr(call, "id", None) for call in calls}
        assert "\x1b" not in text
