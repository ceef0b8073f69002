"""Seeding where it is easily wrong: shares, other parents, odd values, changed rows, parameters."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from ipaddress import ip_interface
from pathlib import Path
from uuid import UUID

import psycopg
import pytest
from faker import Faker
from psycopg import sql
from psycopg.conninfo import make_conninfo
from psycopg.types.json import Jsonb
from test_examples import NOW

from snapshot.catalog import Name
from snapshot.create import CreateOptions, create_snapshot
from snapshot.errors import (
    BlueprintError,
    DatabaseFailed,
    Interrupted,
    NeedNotMet,
    Refused,
    SnapshotError,
    UsageError,
)
from snapshot.restore import RestoreOptions, restore_snapshot
from snapshot.safety.backups import BackupOptions
from snapshot.seeding import Blueprint, parameter, up_to
from snapshot.seeding.audit import validate_database
from snapshot.seeding.cached import seed_cached
from snapshot.seeding.cleaning import CleanOptions, clean_database
from snapshot.seeding.encoding import CopyBatch, encoded, send_rows, sent_as
from snapshot.seeding.options import SeedOptions, SeedReport
from snapshot.seeding.run import seed_database
from snapshot.seeding.tables import read_tables
from snapshot.shapes import findings
from snapshot.swap import SwapOptions, swap_snapshot

Database = Callable[..., str]

SCHEMA = """
    CREATE TABLE people (id serial PRIMARY KEY, name text NOT NULL UNIQUE, since timestamptz);
    CREATE TABLE notes (id serial PRIMARY KEY, person_id int NOT NULL REFERENCES people ON DELETE CASCADE, first text, second text, number float8, word text);
"""  # fmt: skip


@dataclass(frozen=True)
class Size:
    people: int = parameter(10, "people", most=1_000)
    notes: int = parameter(20, "notes of each", most=1_000)


def seed(url: str, blueprint: Blueprint, **options: object) -> SeedReport:
    options.setdefault("now", NOW)
    return seed_database(
        SeedOptions(url, blueprint, backup=BackupOptions(keep=False), **options)  # type: ignore[arg-type]
    )


def rows(url: str, query: str) -> list[tuple[object, ...]]:
    with psycopg.connect(url) as connection:
        return connection.execute(query).fetchall()  # type: ignore[arg-type]


def execute(url: str, statements: str) -> None:
    with psycopg.connect(url) as connection:
        connection.execute(statements)  # type: ignore[arg-type]


@pytest.fixture
def url(database: Database) -> str:
    url = database(18)
    execute(url, SCHEMA)
    return url


def people(bp: Blueprint) -> None:
    @bp.fill("people", total="people")
    def people(r):  # type: ignore[no-untyped-def]
        number = 0
        while True:
            number += 1
            yield dict(name=f"person {number:04}")


# --- shares


def half_of_the_rows(person, r):  # type: ignore[no-untyped-def]
    while True:
        yield dict(word="no share")
        yield dict(first=r.share({"a": 1, "b": 1}))


def a_quarter_by_chance(person, r):  # type: ignore[no-untyped-def]
    while True:
        yield dict(first=r.share({"a": 1, "b": 1})) if r.chance(0.25) else dict(word="none")


def other_weights_first(person, r):  # type: ignore[no-untyped-def]
    while True:
        if r.chance(0.5):
            yield dict(second=r.share({"x": 1, "y": 3}))
        else:
            yield dict(first=r.share({"a": 1, "b": 1}))


def in_a_function(person, r):  # type: ignore[no-untyped-def]
    def drawn():  # type: ignore[no-untyped-def]
        return r.share({"a": 1, "b": 1})

    while True:
        yield dict(first=drawn(), second=drawn())


def by_kind(person, r):  # type: ignore[no-untyped-def]
    while True:
        word = r.pick(["p", "q"])
        yield dict(word=word, first=r.share({"a": 1, "b": 1} if word == "p" else {"a": 1, "b": 3}))


def rejected_rows_between(person, r):  # type: ignore[no-untyped-def]
    word = 0
    while True:
        yield dict(word=str(word // 2), first=r.share({"a": 1, "b": 1}))
        word += 1


@pytest.mark.parametrize(
    "body", [half_of_the_rows, a_quarter_by_chance, other_weights_first, in_a_function, by_kind]
)
def test_a_share_counts_how_often_it_is_drawn(url: str, body: Callable[..., object]) -> None:
    bp = Blueprint("shares", Size)
    people(bp)
    bp.fill("notes", each="people", need="notes")(body)  # type: ignore[arg-type]
    seed(url, bp, parameters={"notes": 100})
    wanted = {"a": 1, "b": 1}
    for person in range(1, 11):
        drawn = rows(url, f"SELECT first, word FROM notes WHERE person_id = {person}")
        for word in {word for _, word in drawn}:
            weights = {"a": 1, "b": 3} if word == "q" else wanted
            found = Counter(first for first, w in drawn if first and w == word)
            number, total = sum(found.values()), sum(weights.values())
            for value, weight in weights.items():
                assert abs(found[value] - number * weight / total) <= 1.5
    if body is in_a_function:
        assert len(rows(url, "SELECT DISTINCT first, second FROM notes")) == 4


def test_a_row_that_is_left_out_takes_no_share(url: str) -> None:
    bp = Blueprint("shares", Size)
    people(bp)
    bp.fill("notes", each="people", need=20, distinct=[("person_id", "word")])(
        rejected_rows_between
    )
    seed(url, bp)
    assert set(rows(url, "SELECT count(*) FROM notes GROUP BY person_id, first")) == {(10,)}


def test_a_parents_rows_have_the_shares(url: str) -> None:
    bp = Blueprint("shares", Size)
    people(bp)

    @bp.fill("notes", each="people", need=20)
    def notes(person, r):  # type: ignore[no-untyped-def]
        while True:
            yield dict(first=r.share({"a": 70, "b": 20, "c": 10}), number=r.even())

    seed(url, bp)
    found = rows(url, "SELECT first, count(*) FROM notes GROUP BY person_id, first")
    assert set(found) == {("a", 14), ("b", 4), ("c", 2)}
    spread = "SELECT count(*) FROM notes GROUP BY person_id, floor(number * 4)"
    assert {n for (n,) in rows(url, spread)} <= {3, 4, 5, 6, 7}
    starts = rows(
        url, "SELECT DISTINCT ON (person_id) first, number FROM notes ORDER BY person_id, id"
    )
    assert len({first for first, _ in starts}) > 1
    assert len({number for _, number in starts}) == 10


# --- other parents


def all_methods(person, r):  # type: ignore[no-untyped-def]
    while True:
        yield dict(
            first=r.share({"a": 3, "b": 2, "c": 1}),
            second=r.share({True: 1, False: 1}),
            number=r.even(),
            word=f"{r.pick('abc')} {r.weighted({'x': 1, 'y': 2})} {r.between(1, 9)} {r.chance(0.5)}"
            f" {r.sample('abcdef', 2)} {r.this_year()} {r.uuid()} {r.hex(4)} {r.code(4)} {r.mark()}"
            f" {r.email()} {r.phone()} {r.avatar()} {r.sentence()} {r.paragraph()} {r.fake.name()}",
        )


def test_rows_do_not_depend_on_other_parents(url: str) -> None:
    bp = Blueprint("parents", Size)
    people(bp)

    @bp.fill("notes", each="people", need=lambda person, r: r.share({2: 1, 3: 1, 4: 1}))
    def notes(person, r):  # type: ignore[no-untyped-def]
        yield from all_methods(person, r)

    query = "SELECT name, first, second, number, word FROM notes JOIN people p ON p.id = person_id WHERE name LIKE 'person%' ORDER BY 1, notes.id"
    seed(url, bp)
    before = rows(url, query)
    execute(url, "DELETE FROM notes; INSERT INTO people (name) VALUES ('aaa'), ('own'), ('zzz')")
    seed(url, bp, parameters={"people": 15})
    after = [row for row in rows(url, query) if str(row[0]) <= "person 0010"]
    assert after == before
    execute(url, "DELETE FROM notes; DELETE FROM people WHERE name IN ('aaa', 'person 0003')")
    execute(url, "UPDATE people SET since = now(), id = id + 100 WHERE name = 'own'")
    seed(url, bp)
    after = [row for row in rows(url, query) if str(row[0]) <= "person 0010"]
    assert after == before


# --- values that Python cannot hold

ODD = {
    "date": ["infinity", "-infinity", "0044-03-15 BC", "20000-01-01"],
    "timestamp": ["infinity", "-infinity", "0044-03-15 12:00 BC", "20000-01-01 00:00"],
    "timestamptz": ["infinity", "-infinity", "0044-03-15 12:00 BC", "294276-12-31 23:59:59+00"],
    "time": ["24:00"],
    "timetz": ["24:00+00", "12:00:00+15:59:59"],
    "interval": ["178000000 years", "-178000000 years"],
    "daterange": ["[2020-01-01,infinity)", "[-infinity,2020-01-01)", "(,)", "empty"],
    "tstzrange": ["[2020-01-01,infinity]", "[0044-03-15 BC,2020-01-01)"],
    "tstzmultirange": ["{[2020-01-01,infinity]}"],
    "date[]": ["{infinity,2020-01-01,NULL}", "{{-infinity}}"],
    "tsrange[]": ['{"[2020-01-01,infinity]"}'],
    "numeric": ["NaN", "Infinity", "1e1000"],
    "float8": ["NaN", "-Infinity"],
    "jsonb": ['{"n": 1e1000}'],
    "money": ["$1.00"],
    "inet": ["::1/64"],
    "uuid": ["00000000-0000-0000-0000-000000000000"],
    "bytea": ["\\x00ff"],
    '"char"': ["a"],
}


def test_rows_may_hold_what_python_cannot(url: str) -> None:
    columns = [(f"c{n}", kind) for n, kind in enumerate(ODD)]
    odd = ", ".join(f"{name} {kind}" for name, kind in columns)
    execute(url, f"CREATE TABLE odd (id serial PRIMARY KEY, {odd}, UNIQUE (c0, c2)); CREATE TABLE kids (id serial PRIMARY KEY, odd_id int NOT NULL REFERENCES odd, {odd}, UNIQUE (odd_id, c0, c2), UNIQUE (c1, c5))")  # fmt: skip
    with psycopg.connect(url) as connection:
        for place in range(max(map(len, ODD.values()))):
            for table in ("odd (", "kids (odd_id, "):
                values = [some[place % len(some)] for some in ODD.values()]
                names = ", ".join(name for name, _ in columns)
                own = ["1"] if table.startswith("kids") else []
                connection.execute(
                    f"INSERT INTO {table}{names}) VALUES ({', '.join(['%s'] * len([*own, *values]))})",  # type: ignore[arg-type]
                    [*own, *values],
                )
    bp = Blueprint("odd", Size)

    @bp.fill("odd", total=6)
    def odds(r):  # type: ignore[no-untyped-def]
        while True:
            yield dict(c0=r.this_year().date(), c2=r.this_year())

    @bp.fill("kids", each="odd", need=6)
    def kids(parent, r, odd):  # type: ignore[no-untyped-def]
        for other in odd:
            yield dict(c0=other.c0, c1=r.this_year().replace(tzinfo=None), c2=parent.c2)

    bp.check("shown as they are", "SELECT c0, c2, c7 FROM odd WHERE id < 0")
    assert seed(url, bp).added == {"odd": 2, "kids": 32}
    copied = "SELECT count(*) FROM kids k JOIN odd o ON k.c0 = o.c0 WHERE k.c0 = '-infinity'"
    assert rows(url, copied) == [(7,)]
    execute(url, "DELETE FROM kids WHERE id % 3 = 0")
    assert seed(url, bp).rows > 0
    assert seed(url, bp).rows == 0


# --- settings of the server


@pytest.mark.parametrize("level", ["repeatable read", "serializable"])
def test_any_isolation_level_may_be_the_default(url: str, level: str) -> None:
    name = psycopg.conninfo.conninfo_to_dict(url)["dbname"]
    execute(url, f"ALTER DATABASE \"{name}\" SET default_transaction_isolation = '{level}'")
    execute(url, f'ALTER DATABASE "{name}" SET default_transaction_deferrable = on')
    bp = Blueprint("level", Size)
    people(bp)
    assert seed(url, bp, dry=True).rows == 10
    assert rows(url, "SELECT count(*) FROM people") == [(0,)]
    assert seed(url, bp).rows == 10
    assert seed(url, bp, clear_first=True, confirm=True).rows == 10
    assert seed_cached(SeedOptions(url, bp, now=NOW, parameters={"people": 12})).rows == 2
    assert clean_database(CleanOptions(url, "level", confirm=True)).deleted == {
        Name("public", "people"): 12
    }


@pytest.mark.parametrize(("state", "times", "rows_then"), [("40001", 2, 10), ("40P01", 3, 10)])
def test_a_transaction_that_was_in_the_way_is_tried_again(
    url: str, state: str, times: int, rows_then: int
) -> None:
    execute(url, f"CREATE SEQUENCE tries; CREATE FUNCTION busy() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF nextval('tries') <= {times} THEN RAISE SQLSTATE '{state}' USING MESSAGE = 'busy'; END IF; RETURN NEW; END $$; CREATE TRIGGER busy BEFORE INSERT ON people FOR EACH STATEMENT EXECUTE FUNCTION busy()")  # fmt: skip
    bp = Blueprint("busy", Size)
    people(bp)
    assert seed(url, bp).rows == rows_then
    assert rows(url, "SELECT count(*), (SELECT last_value FROM tries) FROM people") == [
        (10, times + 1)
    ]


def test_it_is_not_tried_for_ever(url: str) -> None:
    execute(url, "CREATE SEQUENCE tries; CREATE FUNCTION busy() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM nextval('tries'); RAISE SQLSTATE '40001' USING MESSAGE = 'busy'; END $$; CREATE TRIGGER busy BEFORE INSERT ON people FOR EACH STATEMENT EXECUTE FUNCTION busy()")  # fmt: skip
    bp = Blueprint("busy", Size)
    people(bp)
    with pytest.raises(DatabaseFailed, match="busy"):
        seed(url, bp)
    assert rows(url, "SELECT count(*), (SELECT last_value FROM tries) FROM people") == [(0, 4)]


# --- what a run remembers


def test_parameters_do_not_outlive_the_rows(url: str) -> None:
    bp = Blueprint("size", Size)
    bp.profile("heavy", Size(people=30))
    people(bp)
    seed(url, bp, profile="heavy", seed="other")
    assert seed(url, bp).rows == 0
    assert seed(url, bp, clear_first=True, confirm=True).rows == 10
    assert rows(url, "SELECT profile, seed FROM snapshot.seed_run") == [(None, "other")]
    seed(url, bp, profile="heavy")
    clean_database(CleanOptions(url, "size", confirm=True))
    assert seed(url, bp).rows == 10
    seed(url, bp, profile="heavy")
    execute(url, "TRUNCATE people CASCADE")
    clean_database(CleanOptions(url, confirm=True))
    assert seed(url, bp).rows == 10


def test_what_was_cleaned_in_part_is_remembered(url: str) -> None:
    bp = Blueprint("size", Size)
    people(bp)

    @bp.fill("notes", each="people", need="notes")
    def notes(person, r):  # type: ignore[no-untyped-def]
        while True:
            yield {}

    seed(url, bp, parameters={"notes": 3})
    clean_database(CleanOptions(url, "size", only=("notes",), confirm=True))
    assert seed(url, bp).rows == 30


# --- whose row it is


def noted(url: str) -> Blueprint:
    bp = Blueprint("noted", Size)
    people(bp)

    @bp.fill("notes", each="people", need=2)
    def notes(person, r):  # type: ignore[no-untyped-def]
        while True:
            yield dict(word=r.sentence())

    seed(url, bp)
    return bp


@pytest.mark.parametrize(
    ("statements", "named"),
    [
        ("TRUNCATE notes RESTART IDENTITY; INSERT INTO notes (person_id, word) SELECT id, 'own' FROM people", "notes: 10 (1, 10, 2, 3, 4, …)"),
        ("DELETE FROM notes WHERE id = 7; INSERT INTO notes (id, person_id) VALUES (7, 1)", "notes: 1 (7)"),
        ("UPDATE notes SET word = 'own' WHERE id IN (3, 4)", "notes: 2 (3, 4)"),
    ],
)  # fmt: skip
def test_clean_asks_about_rows_that_may_be_somebody_elses(
    url: str, statements: str, named: str
) -> None:
    noted(url)
    execute(url, statements)
    before = rows(url, "SELECT * FROM notes ORDER BY id")
    for only in ((), ("notes",)):
        with pytest.raises(Refused) as refused:
            clean_database(CleanOptions(url, "noted", only=only, confirm=True))
        assert list(refused.value.details) == [named]
        assert rows(url, "SELECT * FROM notes ORDER BY id") == before
    clean_database(CleanOptions(url, "noted", changed=True, confirm=True))
    assert rows(url, "SELECT (SELECT count(*) FROM notes), (SELECT count(*) FROM people)") == [
        (0, 0)
    ]


def test_a_row_that_a_run_makes_again_is_seeded(url: str) -> None:
    bp = noted(url)
    execute(url, "DELETE FROM notes WHERE id % 3 = 0; INSERT INTO notes (person_id) SELECT 1")
    assert seed(url, bp).rows > 0
    assert clean_database(CleanOptions(url, "noted", only=("notes",), confirm=True)).deleted
    assert rows(url, "SELECT count(*) FROM notes") == [(1,)]


@pytest.mark.parametrize("way", ["restore", "swap", "swap json", "freeze", "template"])
def test_seeded_rows_are_known_after_a_restore(
    url: str, database: Database, tmp_path: Path, way: str
) -> None:
    bp = Blueprint("many", Size)
    people(bp)

    @bp.fill("notes", each="people", need=2_500)
    def notes(person, r):  # type: ignore[no-untyped-def]
        while True:
            yield {}

    seed(url, bp)
    target = database(18)
    if way == "freeze":
        target = url
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("VACUUM FREEZE")
    elif way == "template":
        name, new = (psycopg.conninfo.conninfo_to_dict(u)["dbname"] for u in (url, target))
        maintenance = make_conninfo(url, dbname="postgres")
        with psycopg.connect(maintenance, autocommit=True) as connection:
            connection.execute(f'DROP DATABASE "{new}"')  # type: ignore[arg-type]
            connection.execute(f'CREATE DATABASE "{new}" TEMPLATE "{name}"')  # type: ignore[arg-type]
    else:
        formats = ("json",) if way.endswith("json") else ("archive",)
        create_snapshot(CreateOptions(url, tmp_path / "s", formats=formats))
        if way == "restore":
            restore_snapshot(RestoreOptions(target, tmp_path / "s", confirm=True))
        else:
            swap_snapshot(SwapOptions(target, tmp_path / "s", confirm=True))
    execute(target, "INSERT INTO notes (person_id) SELECT min(id) FROM people")
    assert seed(target, bp).rows == 0
    report = clean_database(CleanOptions(target, "many", only=("notes",), confirm=True))
    assert report.deleted == {Name("public", "notes"): 25_000}
    assert rows(target, "SELECT count(*) FROM notes") == [(1,)]


def test_columns_may_have_any_name(url: str) -> None:
    bp = Blueprint("odd", Size)
    execute(url, 'CREATE TABLE "P" ("Order Id" int PRIMARY KEY, "class" text, "1st" text, _make int, "_source" int, "count" int); CREATE TABLE "C" ("Order Id" int REFERENCES "P", n int, "a ""b" text, PRIMARY KEY ("Order Id", n)); INSERT INTO "P" VALUES (7, \'c\', \'1\', 2, 3, 4), (8, \'d\', \'2\', 2, 3, 4)')  # fmt: skip

    @bp.fill("C", each="P", need=2)
    def kids(p, r, P):  # type: ignore[no-untyped-def]
        for n in range(1, 3):
            text = "".join(str(getattr(p, name)) for name in ("Order Id", "class", "1st", "count"))
            yield dict(zip(["n", 'a "b'], [n, f"{text} {p._3} {p._4} {len(P)}"], strict=True))

    assert seed(url, bp).rows == 4
    assert rows(url, 'SELECT DISTINCT "a ""b" FROM "C" ORDER BY 1') == [
        ("7c14 2 3 2",),
        ("8d24 2 3 2",),
    ]

    bp = Blueprint("odd", Size)

    @bp.fill("C", each="P", need=3)
    def more(p, r, C):  # type: ignore[no-untyped-def]
        yield dict(n=len(C.of(p)))

    with pytest.raises(NeedNotMet, match="P 7 needs 3 rows of"):
        seed(url, bp)


def test_keys_do_not_depend_on_the_number_of_processes(database: Database) -> None:
    contents = []
    for jobs in (1, 2, 3):
        target = database(18)
        execute(target, SCHEMA)
        bp = Blueprint("jobs", Size)
        people(bp)

        @bp.fill("notes", each="people", need=up_to(lambda person, r: r.between(400, 800)))
        def notes(person, r):  # type: ignore[no-untyped-def]
            for _ in range(r.between(500, 700)):
                yield dict(word=r.mark(), first=r.share({"a": 1, "b": 2}))

        seed(target, bp, parameters={"people": 100}, jobs=jobs)
        contents.append(
            rows(target, "SELECT md5(string_agg(n::text, ',' ORDER BY id)), count(*), max(id), (SELECT last_value FROM notes_id_seq) FROM notes n")
        )  # fmt: skip
    assert contents[0] == contents[1] == contents[2]
    assert int(str(contents[0][0][1])) > 50_000


def test_fewer_rows_than_wished_are_told(url: str) -> None:
    bp = Blueprint("wishes", Size)
    people(bp)

    @bp.fill("notes", each="people", need=up_to(3))
    def notes(person, r):  # type: ignore[no-untyped-def]
        yield {}

    assert seed(url, bp).fewer == {"notes": 20}
    report = seed(url, bp)
    assert (report.rows, report.fewer) == (0, {"notes": 20})


# --- personal data


@pytest.mark.parametrize(
    "text",
    [
        "call (591)341-7776 today", "206.269.0743x9150", "reach me: +49 30 1234567.", "212.867.5309", "001-591-341-7776x123",
        "SSN 123456789", "social security no. 123 45 6789", "my cell is 2125558888", "tel. (030) 1234567", "0171/2345678", "01 23 45 67 89", "+49(0)1234 567890",
    ],
)  # fmt: skip
def test_personal_data_in_running_text_is_found(text: str) -> None:
    assert list(findings(f"Good day, {text}"))


@pytest.mark.parametrize(
    "text",
    [
        "12 345 678", "12/05/2026 14:30", "05/12/2026 14:30", "react@18.2.0", "Valid 03/2024-06/2025", "02/2026-0001", "RE 02/2026 00017", "due 3/05/2026 12:00", "#100-200-300", "01-02-2024", "01.02.2024 10:30", "order 2345678901", "0.123456789", "1732233600", "ISBN 978-3-16-148410-0",
        "DE88 3704 0044 0532 0130 00", "10 000 000", "call at 10:30 on 2026-11-20", "from 2024-01-01 to 2024-12-31", "10.0.19041.1234", "(415) 555-0100 x12", "a@example.com",
    ],
)  # fmt: skip
def test_other_numbers_are_no_personal_data(text: str) -> None:
    assert list(findings(text)) == []


@pytest.mark.parametrize("locale", ["en_US", "de_DE", "fr_FR", "en_GB"])
def test_phones_of_a_country_are_found(locale: str) -> None:
    fake = Faker(locale)
    fake.seed_instance(7)
    numbers = [fake.phone_number() for _ in range(1_000)]
    unseen = [n for n in numbers if not list(findings(f"Please call {n}, or write."))]
    assert len(unseen) < 5, unseen


def test_columns_are_personal_by_name_unless_allowed(url: str) -> None:
    execute(url, "ALTER TABLE people ADD ssn int, ADD phone text, ADD reference text")

    def blueprint(*allow: str) -> Blueprint:
        bp = Blueprint("named", Size, allow=allow)

        @bp.fill("people", total=3)
        def people(r):  # type: ignore[no-untyped-def]
            while True:
                number = f"555-267-{r.between(1000, 9999)}"
                yield dict(name=r.mark(), reference=number, phone=r.phone(), ssn=7)

        return bp

    with pytest.raises(BlueprintError, match=r"allow= names people\.nothing"):
        seed(url, blueprint("people.nothing"))
    with pytest.raises(BlueprintError, match=r"the sensitive column people.ssn \(.*allow= it"):
        seed(url, blueprint())
    with pytest.raises(
        BlueprintError, match=r'people\.reference would .*allow=."people\.reference"'
    ):
        seed(url, blueprint("people.ssn"))
    allowed = blueprint("people.ssn", "public.people.reference")
    seed(url, allowed)
    assert not any(v.violations for v in validate_database(SeedOptions(url, allowed)))
    personal = next(v for v in validate_database(url) if v.title == "Personal Data")
    assert [line.partition(" rows")[0] for line in personal.violations] == ["people.ssn: 3", "people.reference: 3"]  # fmt: skip


def test_what_is_harmless_elsewhere_is_no_fictional_number(url: str) -> None:
    execute(url, "ALTER TABLE people ADD phone text")
    bp = Blueprint("phone", Size)

    @bp.fill("people", total=1)
    def people(r):  # type: ignore[no-untyped-def]
        yield dict(name="1234567890", phone="1234567890")

    with pytest.raises(BlueprintError, match=r"people.phone would hold"):
        seed(url, bp)


@pytest.mark.parametrize(
    ("options", "message"),
    [({"seed": ""}, "the seed is empty"), ({"parameters": {"share": float("nan")}}, "share is nan"), ({"parameters": {"share": float("inf")}}, "share is inf")],
)  # fmt: skip
def test_parameters_that_mean_nothing_are_refused(
    url: str, options: dict[str, object], message: str
) -> None:
    @dataclass(frozen=True)
    class Shares:
        share: float = parameter(0.5, "a share", most=1)

    bp = Blueprint("shares", Shares)
    bp.fill("people", total=1)(lambda r: iter([]))  # type: ignore[arg-type, return-value]
    with pytest.raises(UsageError, match=message):
        seed(url, bp, **options)


# --- binary rows


def sent(url: str, kind: str, value: object) -> bool:
    """Whether a value of a column goes to the server in binary."""
    with psycopg.connect(url) as connection:
        connection.execute(f"CREATE TABLE one (id int PRIMARY KEY, v {kind})")  # type: ignore[arg-type]
        table = read_tables(connection, ()).named("one")
    column = table.columns["v"]
    with psycopg.connect(url) as connection:
        batch = CopyBatch(table.name, ("id", "v"), (23, sent_as(column)), [(1, value), (2, None)])
        rows_ = encoded(connection, batch)
        send_rows(connection, sql.Identifier(*table.name), rows_)
        connection.execute("CREATE TABLE other AS SELECT v FROM one WITH NO DATA")
        with connection.cursor().copy("COPY other FROM STDIN") as copy:
            copy.write_row([Jsonb(value) if "json" in kind else value])
        same = connection.execute(
            "SELECT one.v::text = other.v::text FROM one, other WHERE id = 1"
        ).fetchone()
    assert same == (True,)
    return rows_.binary


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("time", time(23, 59, 59, 999999)), ("time(0)", time(1)), ("interval", timedelta(days=-1, seconds=5, microseconds=7)), ("bytea", b"\x00\xff"),
        ("inet", "192.0.2.7"), ("inet", "192.0.2.7/8"), ("inet", "2001:db8::1"), ("cidr", "10.0.0.0/8"), ("inet", ip_interface("10.0.0.1/9")),
        ("json", {"a": [1, None, "x"]}), ("jsonb", {"a": 1}), ("real", 0.1), ("real", 1e-40), ("double precision", 0.1),
        ("text[]", ["a", None, 'q"', "NULL", ""]), ("int[]", [1, None, -2147483648]), ("bigint[]", []), ("uuid[]", [UUID(int=1)]), ("boolean[]", [True, False]), ("float8[]", [0.1, 1e300]),
        ("smallint[]", [32767]),
    ],
)  # fmt: skip
def test_no_column_makes_its_table_fall_back_to_text(url: str, kind: str, value: object) -> None:
    assert sent(url, kind, value)


def test_a_type_with_the_binary_form_of_text_is_sent_so(database: Database) -> None:
    url = database(15)
    execute(url, "CREATE EXTENSION citext SCHEMA public; CREATE TYPE mood AS ENUM ('glad', 'sad')")
    assert sent(url, "citext", "Ab")
    execute(url, "DROP TABLE one, other")
    assert sent(url, "mood", "sad")


@pytest.mark.parametrize(
    ("kind", "value"),
    [("time", "24:00"), ("time", "10:00"), ("interval", "1 month"), ("inet", "10.1/16"), ("text[]", "{a,b}"), ("text[]", [["a"], ["b"]]), ("int", "7"), ("bytea", "\\x00"), ("real", 7), ("numeric[]", ["1.5"]), ("int[]", ["7"])],
)  # fmt: skip
def test_what_only_the_server_can_read_goes_as_text(url: str, kind: str, value: object) -> None:
    assert not sent(url, kind, value)


def test_a_unique_key_stands_for_a_primary_one(url: str) -> None:
    execute(url, "CREATE TABLE joined (person_id int NOT NULL REFERENCES people ON DELETE CASCADE, n int NOT NULL, note text UNIQUE, UNIQUE (person_id, n))")  # fmt: skip
    bp = Blueprint("joined", Size)
    people(bp)

    @bp.fill("joined", each="people", need=2)
    def joined(person, r):  # type: ignore[no-untyped-def]
        for n in range(2):
            row = yield dict(n=n, note=f"{person.id} {n}")
            assert (row.person_id, row.n) == (person.id, n)

    assert seed(url, bp).rows == 30
    execute(url, "DELETE FROM joined WHERE n = 1; INSERT INTO joined SELECT 1, 7")
    assert seed(url, bp).rows == 9
    assert clean_database(CleanOptions(url, "joined", only=("joined",), confirm=True)).deleted == {
        Name("public", "joined"): 19
    }
    assert rows(url, "SELECT n FROM joined") == [(7,)]


# --- unique keys of values that the server makes


@pytest.mark.parametrize(
    ("columns", "row"),
    [
        ("slug text NOT NULL, version int NOT NULL DEFAULT 1, UNIQUE (slug, version)", {}),
        ("slug text NOT NULL, active bool NOT NULL DEFAULT true", {}),
        ("slug text NOT NULL, folded text GENERATED ALWAYS AS (lower(slug)) STORED UNIQUE", {}),
        ("slug text, weight numeric(3,1) UNIQUE", {"weight": lambda n: Decimal(n) / 100}),
        ("slug text, at timestamp(0) UNIQUE", {"at": lambda n: datetime(2026, 1, 1) + timedelta(seconds=n // 3, microseconds=n)}),
        ("slug text, at timestamptz NOT NULL DEFAULT now(), UNIQUE (slug, at)", {}),
    ],
)  # fmt: skip
def test_a_key_of_values_that_the_server_makes_is_not_repeated(
    url: str, columns: str, row: dict[str, Callable[[int], object]]
) -> None:
    execute(url, f"CREATE TABLE things (id serial PRIMARY KEY, {columns})")
    if "active" in columns:
        execute(url, "CREATE UNIQUE INDEX ON things (slug) WHERE active")
    bp = Blueprint("server", Size)

    @bp.fill("things", total=8)
    def things(r):  # type: ignore[no-untyped-def]
        for n in range(1, 200):
            yield dict(slug="ab"[n % 2] * (n // 3 + 1), **{k: make(n) for k, make in row.items()})

    assert seed(url, bp).rows == 8
    execute(
        url, "DELETE FROM things WHERE id IN (SELECT id FROM things ORDER BY id OFFSET 3 LIMIT 2)"
    )
    assert (seed(url, bp).rows, seed(url, bp).rows) == (2, 0)


def test_a_default_that_differs_each_time_repeats_nothing(url: str) -> None:
    execute(url, "CREATE TABLE things (id serial PRIMARY KEY, slug text, at timestamptz NOT NULL DEFAULT clock_timestamp(), UNIQUE (slug, at))")  # fmt: skip
    bp = Blueprint("clock", Size)

    @bp.fill("things", total=8)
    def things(r):  # type: ignore[no-untyped-def]
        while True:
            yield dict(slug="a")

    assert seed(url, bp).rows == 8


def test_rows_that_our_own_run_changes_by_a_trigger_stay_seeded(url: str) -> None:
    execute(url, "ALTER TABLE people ADD number int NOT NULL DEFAULT 0; CREATE FUNCTION counted() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN UPDATE people SET number = number + 1 WHERE id = NEW.person_id; RETURN NULL; END $$; CREATE TRIGGER counted AFTER INSERT ON notes FOR EACH ROW EXECUTE FUNCTION counted()")  # fmt: skip
    bp = Blueprint("counted", Size)
    people(bp)

    @bp.fill("notes", each="people", need="notes")
    def notes(person, r):  # type: ignore[no-untyped-def]
        while True:
            yield {}

    seed(url, bp, parameters={"notes": 1})
    seed(url, bp, parameters={"notes": 2})
    assert rows(url, "SELECT DISTINCT number FROM people") == [(2,)]
    report = clean_database(CleanOptions(url, "counted", confirm=True))
    assert sum(report.deleted.values()) == 30


def test_moments_and_times_stay_within_their_bounds(url: str) -> None:
    low, high = datetime(2026, 1, 1, 8, 0, 0, 900_000, tzinfo=UTC), datetime(2026, 1, 1, 8, 0, 1, tzinfo=UTC)  # fmt: skip
    bp = Blueprint("bounds", Size)

    @bp.fill("people", total=50)
    def people(r):  # type: ignore[no-untyped-def]
        while True:
            for rhythm in (None, "office", "evening", "weekend"):
                assert low <= r.moment(low, high, rhythm) <= high
            assert time(9) <= r.between(time(9), time(17, 30)) <= time(17, 30)
            yield dict(name=r.mark(12))

    assert seed(url, bp).rows == 50


def test_shares_of_weights_that_differ_in_each_row(url: str) -> None:
    bp = Blueprint("varying", Size)
    people(bp)

    @bp.fill("notes", each="people", need=100)
    def notes(person, r):  # type: ignore[no-untyped-def]
        n = 0
        while True:
            n += 1
            yield dict(first=r.share({"a": 70 + n / 10_000, "b": 30}))

    seed(url, bp)
    counts = rows(url, "SELECT count(*) FILTER (WHERE first = 'a') FROM notes GROUP BY person_id")
    assert all(65 <= int(str(count)) <= 75 for (count,) in counts)


def test_many_shares_of_a_row_are_independent(url: str) -> None:
    bp = Blueprint("many", Size)
    people(bp)

    @bp.fill("notes", each="people", need=400)
    def notes(person, r):  # type: ignore[no-untyped-def]
        while True:
            drawn = [r.share({0: 1, 1: 1}) for _ in range(10)]
            yield dict(word="".join(map(str, drawn)))

    seed(url, bp, parameters={"people": 2})
    words = [str(word) for (word,) in rows(url, "SELECT word FROM notes")]
    for one in range(10):
        for other in range(one):
            equal = sum(word[one] == word[other] for word in words) / len(words)
            assert 0.4 < equal < 0.6, (one, other)


@pytest.mark.parametrize("jobs", [1, 2])
def test_keys_that_are_reserved_late_are_refused_where_rows_are_made_aside(
    url: str, jobs: int
) -> None:
    execute(url, "ALTER TABLE people ADD note_id int")
    bp = Blueprint("reserved", Size)
    people(bp)

    @bp.fill("notes", each="people", need=6_000)
    def notes(person, r):  # type: ignore[no-untyped-def]
        for n in itertools.count():
            yield dict(word=str(r.reserve("people") if n == 1_000 else n))

    with pytest.raises(SnapshotError, match="reserves keys, but not in its first rows"):
        seed(url, bp, jobs=jobs)
    assert rows(url, "SELECT count(*) FROM notes") == [(0,)]


def test_an_interrupt_ends_what_the_server_does(url: str) -> None:
    execute(url, "CREATE SEQUENCE woken; CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(60); PERFORM nextval('woken'); PERFORM nextval('woken'); RETURN NULL; END $$; CREATE TRIGGER slow AFTER INSERT ON notes FOR EACH STATEMENT EXECUTE FUNCTION slow()")  # fmt: skip
    bp = Blueprint("slow", Size)
    people(bp)

    @bp.fill("notes", each="people", need=6_000)
    def notes(person, r):  # type: ignore[no-untyped-def]
        for n in itertools.count():
            if n == 100 and person.name == "person 0003":  # the first block is on its way
                raise KeyboardInterrupt
            yield dict(word="")

    with pytest.raises(Interrupted):
        seed(url, bp)
    [(sleeps,)] = rows(url, "SELECT last_value FROM woken")
    assert sleeps == 1  # the server was not waited for


@pytest.mark.parametrize(
    ("draw", "message"),
    [
        (lambda r: r.between(5, 3), "5 is more than 3"),
        (lambda r: r.between(2.5, 1), "2.5 is more than 1"),
        (lambda r: r.between(time(17), time(9)), "17:00:00 is more than 09:00:00"),
        (lambda r: r.long_tail(4, 2), "4 is more than 2"),
        (lambda r: r.moment(r.new_year, r.now, "nights"), "no rhythm 'nights'"),
        (lambda r: next(r.timeline(r.new_year, r.now, 3, "nights")), "no rhythm 'nights'"),
        (lambda r: r.weighted({}), "the weights have no sum"),
        (lambda r: r.weighted({"a": 0}), "the weights have no sum"),
        (lambda r: r.share({}), "the weights have no sum"),
        (lambda r: r.share({"a": 0, "b": 0}), "the weights have no sum"),
        (lambda r: r.share({"a": 2, "b": -1}), "a weight is less than 0"),
        (lambda r: r.pick([]), "nothing to pick from"),
    ],
)  # fmt: skip
def test_a_draw_without_an_answer_says_why(
    url: str, draw: Callable[[object], object], message: str
) -> None:
    bp = Blueprint("draws", Size)

    @bp.fill("people", total=1)
    def people(r):  # type: ignore[no-untyped-def]
        draw(r)
        yield dict(name="Ann")

    with pytest.raises(BlueprintError, match=message):
        seed(url, bp)


def test_what_comes_after_now_comes_when_its_parent_does(url: str) -> None:
    bp = Blueprint("late", Size)

    @bp.fill("people", total=1)
    def people(r):  # type: ignore[no-untyped-def]
        later = r.now + timedelta(hours=7)
        assert r.between(later, r.now) == later
        assert r.between(later.date(), date(2001, 1, 1)) == later.date()
        for rhythm in (None, "office", "evening", "weekend"):
            assert r.moment(later, r.now, rhythm) == later
            times = r.timeline(later, r.now, 3, rhythm)
            assert [next(times) for _ in range(5)] == [later] * 5
        yield dict(name="Ann")

    assert seed(url, bp).rows == 1


def test_keys_of_rejected_rows_are_given_again(url: str) -> None:
    execute(url, "ALTER TABLE people ADD code text; CREATE UNIQUE INDEX ON people (lower(code))")
    bp = Blueprint("codes", Size)

    @bp.fill("people", total=200)
    def people(r):  # type: ignore[no-untyped-def]
        while True:
            yield dict(name=r.mark(12), code=str(r.between(1, 400)))

    assert seed(url, bp).rows == 200
    found = rows(url, "SELECT count(*), min(id), max(id) FROM people")
    assert found == [(200, 1, 200)]
    # nor are more rows tried than one needs: each took a key
    assert int(rows(url, "SELECT nextval(pg_get_serial_sequence('people', 'id'))")[0][0]) < 1000


def test_a_dry_run_leaves_a_triggers_keys_to_it(url: str) -> None:
    execute(
        url,
        "CREATE TABLE audit (id serial PRIMARY KEY, of text);"
        "CREATE FUNCTION noted() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN INSERT INTO audit (of) VALUES (new.name); RETURN NULL; END $$;"
        "CREATE TRIGGER noted AFTER INSERT ON people FOR EACH ROW EXECUTE FUNCTION noted()",
    )
    bp = Blueprint("audited", Size)

    @bp.fill("audit", total=3)
    def audit(r):  # type: ignore[no-untyped-def]
        while True:
            yield dict(of="nobody")

    @bp.fill("people", total=3)
    def people(r):  # type: ignore[no-untyped-def]
        while True:
            yield dict(name=r.mark(12))

    assert seed(url, bp, dry=True).rows == 6
    assert seed(url, bp).rows == 6
    assert rows(url, "SELECT count(*) FROM audit") == [(6,)]
