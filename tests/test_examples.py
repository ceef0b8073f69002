"""The example applications: what their documents promise, asked of the database."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest

from snapshot.errors import NeedNotMet
from snapshot.safety.backups import BackupOptions
from snapshot.seeding.loading import load_blueprint
from snapshot.seeding.run import SeedOptions, seed_database

EXAMPLES = Path(__file__).parent.parent / "examples"
NOW = datetime(2026, 11, 20, tzinfo=UTC)  # a Friday
# with days that a schedule or a year might stumble over
SEEDS = {
    "snapshot": NOW,
    "another": datetime(2027, 3, 1, tzinfo=UTC),
    "7": datetime(2027, 1, 3, tzinfo=UTC),
}
Database = Callable[..., str]


def acceptance(example: str, profile: str | None) -> list[tuple[str, str]]:
    """The queries that hold for a profile, each with its heading."""
    text = (EXAMPLES / example / "acceptance.sql").read_text()
    found = re.findall(r"^-- (.+?) · (.+)\n((?:.+\n?)+?)(?=\n|-- |\Z)", text, re.M)
    wanted = {"all", profile}
    return [
        (f"{names} · {title}", query)
        for names, title, query in found
        if wanted & set(names.split())
    ]


def seeded(
    database: Database,
    example: str,
    profile: str | None = None,
    seed: str = "snapshot",
    version: int = 18,
    now: datetime | None = None,
    **parameters: object,
) -> str:
    """A database with an example's schema and rows."""
    url = database(version)
    blueprint = load_blueprint(str(EXAMPLES / example / "blueprint.py"))
    assert blueprint.schema is not None
    with psycopg.connect(url) as connection:
        connection.execute(blueprint.schema.read_text())  # type: ignore[arg-type]
    seed_database(
        SeedOptions(
            url,
            blueprint,
            profile=profile,
            parameters=parameters,
            seed=seed,
            now=now or SEEDS.get(seed, NOW),
            backup=BackupOptions(keep=False),
        )
    )
    return url


def not_met(url: str, checks: list[tuple[str, str]]) -> list[str]:
    assert checks
    with psycopg.connect(url) as connection:
        return [
            title for title, query in checks if connection.execute(query).fetchall() != [(True,)]
        ]  # type: ignore[arg-type]


PROFILES = [
    *(
        ("pilates", p)
        for p in (
            "light",
            "medium",
            "heavy",
            "original",
            "balanced",
            "approval_testing",
            "social_testing",
            "booking_stress",
            "payment_testing",
            "minimal",
            "performance",
        )
    ),
    *(("chat", p) for p in ("small", "large")),
    ("mentara", None),
    ("cuebe", None),
    *(("pms", p) for p in ("local", "staging")),
]


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(("example", "profile"), PROFILES)
def test_the_documents_rows_hold(
    database: Database, example: str, profile: str | None, seed: str
) -> None:
    url = seeded(database, example, profile, seed)
    assert not_met(url, acceptance(example, profile)) == []


@pytest.mark.parametrize(
    ("example", "profile", "day", "times"),
    [
        ("chat", "large", datetime(2028, 1, 1, tzinfo=UTC), "created_at FROM messages"),
        ("pilates", "medium", datetime(2028, 1, 2, tzinfo=UTC), "booked_at FROM bookings"),
        ("mentara", None, datetime(2027, 1, 1, tzinfo=UTC), "sent_at FROM messages"),
        ("pms", "local", datetime(2027, 1, 1, tzinfo=UTC), "created_at FROM clients"),
        ("cuebe", None, datetime(2027, 1, 1, tzinfo=UTC), None),
    ],
)
def test_new_years_day_is_like_any_other(
    database: Database, example: str, profile: str | None, day: datetime, times: str | None
) -> None:
    url = seeded(database, example, profile, now=day)
    assert not_met(url, acceptance(example, profile)) == []
    if times:
        with psycopg.connect(url) as connection:
            query = f"SELECT count(DISTINCT t) > 0.9 * count(*) FROM (SELECT {times}) AS s (t)"
            assert connection.execute(query).fetchone() == (True,)  # type: ignore[arg-type]


def test_a_minimum_that_cannot_be_met_is_refused(database: Database) -> None:
    with pytest.raises(
        NeedNotMet, match=r"therapist \S+@mentara\.local needs 2 rows of relationsh"
    ):
        seeded(database, "mentara", clients=3)


@pytest.mark.parametrize(
    ("example", "profiles"),
    [
        ("pilates", ["light", "medium", "social_testing", "payment_testing", "balanced"]),
        ("pms", ["test", "local", "staging"]),
        ("chat", ["small", "large"]),
    ],
)
def test_a_database_grows_from_profile_to_profile(
    database: Database, example: str, profiles: list[str]
) -> None:
    url = database(18)
    blueprint = load_blueprint(str(EXAMPLES / example / "blueprint.py"))
    for profile in profiles:
        options = SeedOptions(url, blueprint, profile=profile, now=NOW)
        assert seed_database(replace(options, backup=BackupOptions(keep=False))).rows > 0
        assert seed_database(replace(options, profile=None)).rows == 0


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("students", [20, 24])  # with the 25th there is a circle of friends more
def test_a_student_more_changes_few_rows_of_the_others(
    database: Database, students: int, seed: str
) -> None:
    found = []
    for number in (students, students + 1):
        url = seeded(database, "pilates", "balanced", seed, students=number)
        with psycopg.connect(url) as connection:
            found.append(
                [
                    set(connection.execute(query).fetchall())
                    for query in (
                        "SELECT email, package_id, p.status, payment_status, purchased_at,"
                        " approved_at, expires_at"
                        " FROM user_packages p JOIN users u ON u.id = p.user_id",
                        "SELECT a.email, b.email, f.status, f.created_at FROM friendships f"
                        " JOIN users a ON a.id = requester_id JOIN users b ON b.id = addressee_id",
                    )
                ]
            )
    for before, after in zip(*found, strict=True):
        assert len(before) == 2 * students
        assert len(before - after) <= 0.3 * len(before)


@pytest.mark.parametrize(
    ("example", "own"),
    [
        ("pilates", "INSERT INTO users (email, name, password_hash) VALUES ('a@x.example', 'A', 'x')"),
        ("chat", "INSERT INTO users (auth0_id, name, email, picture) VALUES ('a', 'A', 'a@x.example', '')"),
        ("chat", "INSERT INTO channels (owner_id, name, is_private, is_dm) VALUES (1, 'c', false, false)"),
    ],
)  # fmt: skip
def test_rows_that_the_application_made_today_are_filled_too(
    database: Database, example: str, own: str
) -> None:
    url = seeded(database, example, {"pilates": "medium"}.get(example))
    with psycopg.connect(url) as connection:
        connection.execute(own)  # type: ignore[arg-type]  # created_at is now(), after the day that is seeded
    blueprint = load_blueprint(str(EXAMPLES / example / "blueprint.py"))
    assert seed_database(SeedOptions(url, blueprint)).rows > 0
    assert seed_database(SeedOptions(url, blueprint)).rows == 0


def test_visits_have_one_follow_up(database: Database) -> None:
    url = seeded(database, "pms", "staging")
    texts = (EXAMPLES / "pms" / "clinic.txt").read_text()
    follows = texts.partition("[follow]\n")[2].partition("\n\n")[0].splitlines()
    with psycopg.connect(url) as connection:
        visits = connection.execute(
            "SELECT array_agg(content) FROM notes GROUP BY appointment_id"
        ).fetchall()
    said = [{f for f in follows for note in notes if note.endswith(f)} for (notes,) in visits]
    assert max(map(len, said)) == 1


def test_a_booking_rate_is_kept(database: Database) -> None:
    for profile in ("medium", "heavy"):
        url = seeded(database, "pilates", profile, booking_rate=0.8)
        with psycopg.connect(url) as connection:
            found = connection.execute(
                "SELECT avg(n::float / capacity) FROM (SELECT c.capacity, (SELECT count(*)"
                " FROM bookings b WHERE b.class_id = c.id AND status <> 'CANCELLED') AS n"
                " FROM class_instances c) s"
            ).fetchone()
        assert found is not None
        assert 0.75 <= found[0] <= 0.85
