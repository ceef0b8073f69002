"""Seeding where it is easily wrong: shares, other parents, odd values, changed rows, parameters."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

import psycopg
import pytest
from test_examples import NOW

from snapshot.safety.backups import BackupOptions
from snapshot.seeding import Blueprint, parameter
from snapshot.seeding.options import SeedOptions, SeedReport
from snapshot.seeding.run import seed_database

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
    bp.fill("notes", each="people", need=20, distinct=[("person_id", "word")])(rejected_rows_between)
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
    assert {n for (n,) in rows(url, spread)} <= {4, 5, 6}
    starts = rows(url, "SELECT DISTINCT ON (person_id) first, number FROM notes ORDER BY person_id, id")
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
