"""Rows as a person would make them: names, hours, long tails and texts."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from faker.config import AVAILABLE_LOCALES

from snapshot.errors import BlueprintError
from snapshot.safety.backups import BackupOptions
from snapshot.seeding import Blueprint, long_tail, parameter, up_to
from snapshot.seeding.keys import NoKeys
from snapshot.seeding.options import SeedOptions
from snapshot.seeding.randomness import Rand, mix
from snapshot.seeding.run import seed_database

Database = Callable[..., str]
NOW = datetime(2026, 11, 20, tzinfo=UTC)
HALF_YEAR = NOW - timedelta(weeks=26)


@dataclass(frozen=True)
class Size:
    people: int = parameter(500, "people")


def drawing(locale: str = "en_US", now: datetime = NOW) -> Callable[[int], Rand]:
    """Gives the `r` of a row, by its place."""
    r = Rand(Blueprint("app", Size, locale=locale), Size(), "snapshot", now, NoKeys())

    def row(place: int) -> Rand:
        r.rekey(mix(place), place)
        return r

    return row


# --- people


def test_a_person_agrees_with_itself() -> None:
    row = drawing()
    for place in range(2000):
        person = row(place).person()
        assert person.first_name in person.name
        assert person.last_name in person.name
        assert person.email == f"{person.username}@example.com"
        last = re.sub("[^a-z]", "", person.last_name.lower())
        assert last in person.username
        assert re.sub("[^a-z]", "", person.first_name.lower())[0] in person.username


def test_names_are_those_of_life() -> None:
    row = drawing()
    people = [row(place).person() for place in range(5000)]
    titled = sum(p.name != f"{p.first_name} {p.last_name}" for p in people)
    assert 0 < titled < 0.05 * len(people)
    last = Counter(p.last_name for p in people)
    assert {"Smith", "Johnson", "Williams"} <= {name for name, _ in last.most_common(10)}
    assert last["Smith"] > 20 * len(people) / 1000  # of a thousand names
    numbered = sum(p.username[-1].isdigit() for p in people[:500])
    assert numbered < 0.1 * 500


@pytest.mark.parametrize("locale", ["de_DE", "ja_JP", "ru_RU", "en_IN", "zh_CN"])
def test_names_are_the_locales_own(locale: str) -> None:
    row = drawing(locale)
    person = row(1).person("school.example")
    assert re.fullmatch(r"[a-z0-9._]+@school\.example", person.email)
    assert person.name.isascii() == (locale in ("de_DE", "en_IN"))
    if locale in ("ja_JP", "zh_CN"):
        assert person.name.startswith(person.last_name)


def test_every_locale_has_people() -> None:
    for locale in AVAILABLE_LOCALES:
        person = drawing(locale)(7).person()
        assert person.name, locale
        assert person.username, locale


def test_a_locale_that_there_is_not() -> None:
    with pytest.raises(BlueprintError, match="no locale xx_YY"):
        drawing("xx_YY")(1).person()


def seed(url: str, blueprint: Blueprint, **parameters: object) -> dict[str, int]:
    report = seed_database(
        SeedOptions(
            url, blueprint, parameters=parameters, now=NOW, backup=BackupOptions(keep=False)
        )
    )
    return dict(report.added)


def rows(url: str, query: str) -> list[tuple[object, ...]]:
    with psycopg.connect(url) as connection:
        return connection.execute(query).fetchall()  # type: ignore[arg-type]


@pytest.fixture
def club(database: Database) -> tuple[str, Blueprint]:
    """People with unique addresses, who write letters."""
    url = database(18)
    with psycopg.connect(url) as connection:
        connection.execute(
            "CREATE TABLE people (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,"
            " name text NOT NULL, email text NOT NULL UNIQUE, joined timestamptz NOT NULL);"
            "CREATE TABLE letters (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,"
            " author int NOT NULL REFERENCES people, sent timestamptz NOT NULL)"
        )
    bp = Blueprint("club", Size)

    @bp.fill("people", total="people")
    def people(r):  # type: ignore[no-untyped-def]
        joins = r.timeline(HALF_YEAR, r.now, r.parameters.people, "evening")
        while True:
            person = r.person()
            yield {"name": person.name, "email": person.email, "joined": next(joins)}

    @bp.fill("letters", each="people", need=up_to(long_tail(0, 40)))
    def letters(author, r):  # type: ignore[no-untyped-def]
        while True:
            yield {"sent": r.moment(author.joined, r.now, "office")}

    return url, bp


def test_clashes_are_passed_over_and_the_same_people_come_back(
    club: tuple[str, Blueprint],
) -> None:
    url, bp = club
    assert seed(url, bp, people=3000)["people"] == 3000
    before = rows(url, "SELECT * FROM people ORDER BY 1")
    rows(url, "DELETE FROM letters RETURNING 1")
    rows(url, "DELETE FROM people WHERE id % 3 = 0 RETURNING 1")
    assert seed(url, bp)["people"] == 1000
    assert [r[1:] for r in rows(url, "SELECT * FROM people ORDER BY joined, email")] == sorted(
        (r[1:] for r in before), key=lambda r: (r[2], r[1])
    )


def test_times_grow_with_ids(club: tuple[str, Blueprint]) -> None:
    url, bp = club
    seed(url, bp)
    [(shuffled, early, late)] = rows(
        url,
        "SELECT count(*) FILTER (WHERE joined < before), min(joined), max(joined) FROM"
        " (SELECT joined, lag(joined) OVER (ORDER BY id) AS before FROM people) p",
    )
    assert shuffled == 0
    assert HALF_YEAR <= early < HALF_YEAR + timedelta(weeks=2)  # type: ignore[operator]
    assert NOW - timedelta(weeks=2) < late <= NOW  # type: ignore[operator]


def test_a_long_tail_is_the_same_in_the_server_and_in_python(club: tuple[str, Blueprint]) -> None:
    url, bp = club
    seed(url, bp)
    counts = [
        n for (n,) in rows(url, "SELECT count(l) FROM people p LEFT JOIN letters l ON author = p.id GROUP BY p.id")
    ]  # fmt: skip
    row = drawing()
    drawn = [row(place).long_tail(0, 40) for place in range(500)]
    for values in (counts, drawn):
        assert min(values) == 0
        assert 30 <= max(values) <= 40
        assert sum(n <= 5 for n in values) in range(220, 300)  # half of them, in an eighth
        assert sum(n >= 20 for n in values) in range(70, 140)  # a fifth above the middle
    assert seed(url, bp) == {}


# --- times


WEIGHTS = {  # hour → how many of a hundred, at least and at most
    "office": {10: (9, 14), 12: (8, 13), 3: (0, 0), 22: (0, 0)},
    "evening": {20: (9, 14), 10: (1, 4), 4: (0, 0)},
    "weekend": {10: (6, 10), 4: (0, 0), 17: (6, 11)},
}
FREE_DAYS = {"office": (0, 8), "evening": (28, 40), "weekend": (50, 70)}


@pytest.mark.parametrize("rhythm", ["office", "evening", "weekend"])
def test_hours_and_days_are_those_of_the_rhythm(rhythm: str) -> None:
    row = drawing()
    times = [row(place).moment(HALF_YEAR, NOW, rhythm) for place in range(10_000)]
    assert all(HALF_YEAR <= time <= NOW for time in times)
    hours = Counter(time.hour for time in times)
    for hour, (least, most) in WEIGHTS[rhythm].items():
        assert least <= hours[hour] / 100 <= most, hour
    least, most = FREE_DAYS[rhythm]
    assert least <= sum(time.weekday() >= 5 for time in times) / 100 <= most


def test_a_span_in_which_nobody_is_awake() -> None:
    row = drawing()
    low = datetime(2026, 5, 5, 2, tzinfo=UTC)
    times = {row(place).moment(low, low + timedelta(hours=1), "office") for place in range(500)}
    assert len(times) > 400
    assert all(low <= time <= low + timedelta(hours=1) for time in times)
    assert row(1).moment(low, low, "office") == low


def test_a_timeline_goes_on_when_more_is_asked_for() -> None:
    times = drawing()(1).timeline(HALF_YEAR, NOW, 10)
    drawn = [next(times) for _ in range(30)]
    assert drawn == sorted(drawn)
    assert drawn[-1] <= NOW
    assert drawn[4] < NOW - timedelta(weeks=4)


@pytest.mark.parametrize("day", [(1, 1), (1, 2), (2, 29), (12, 31)])
def test_no_day_of_the_year_is_special(day: tuple[int, int]) -> None:
    now = datetime(2028, *day, tzinfo=UTC)
    row = drawing(now=now)
    times = [row(place).this_year() for place in range(500)]
    assert len(set(times)) > 490
    assert max(times) <= now
    if day > (1, 2):
        assert min(times) >= datetime(2028, 1, 1, 12, tzinfo=UTC)  # anywhere in the world
    else:
        assert min(times) < now - timedelta(days=350)


# --- texts


def pool(folder: Path, text: str) -> Blueprint:
    (folder / "lines.txt").write_text(text, "utf-8")
    blueprint = Blueprint("app", Size)
    blueprint.file = folder / "app.py"
    return blueprint


def test_sections_fill_slots_and_values_go_first(tmp_path: Path) -> None:
    texts = pool(
        tmp_path,
        "# a remark\n[message]\n{opener} {body}\n\n[opener]\nHi {name}!\nMoin {name}!\n"
        "[body]\nBack at {time}.\n{{no slot}}\n[time]\nnoon\n3 pm\n",
    ).texts("lines.txt")
    row = drawing()
    drawn = Counter(row(place).text(texts, "message", name="Ana") for place in range(1000))
    assert set(drawn) == {
        f"{opener} Ana! {body}"
        for opener in ("Hi", "Moin")
        for body in ("Back at noon.", "Back at 3 pm.", "{no slot}")
    }
    assert min(drawn.values()) > 80
    assert row(1).text(texts, "body", time="ten") in ("Back at ten.", "{no slot}")
    assert row(1).text(texts, "message", name="Ana") == row(1).text(texts, "message", name="Ana")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Hello\n", "lines.txt:1: a text before the first section"),
        ("[a]\nHello {\n", "lines.txt:2: "),
        ("[a]\nHello {}\n", "lines.txt:2: a slot without a name"),
        ("[a]\n{b}\n[b]\n{a}\n", "a section contains itself: "),
    ],
)
def test_mistakes_in_texts_are_found_when_they_are_read(
    tmp_path: Path, text: str, said: str
) -> None:
    with pytest.raises(BlueprintError) as caught:
        pool(tmp_path, text).texts("lines.txt")
    assert said in str(caught.value)
    assert caught.value.hint


def test_a_section_that_there_is_not(tmp_path: Path) -> None:
    blueprint = pool(tmp_path, "[a]\nHello {b}\n")
    with pytest.raises(BlueprintError, match=r"lines\.txt has no text for b"):
        drawing()(1).text(blueprint.texts("lines.txt"), "a")
    with pytest.raises(BlueprintError, match=r"other\.txt"):
        blueprint.texts("other.txt")
