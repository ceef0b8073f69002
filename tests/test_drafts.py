"""`seed init`: drafts of blueprints for any schema, which run unchanged, and twice."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest
from conftest import PG_CONTRIB, SHARED
from equality import PROGRAMS
from hypothesis import HealthCheck, Phase, given, settings
from one_feature import schemas
from random_schemas import random_schema
from typer.testing import CliRunner

from snapshot.cli import app
from snapshot.safety.backups import BackupOptions
from snapshot.seeding.audit import validate_database
from snapshot.seeding.drafts.draft import Draft, write_draft
from snapshot.seeding.loading import load_blueprint
from snapshot.seeding.options import SeedOptions
from snapshot.seeding.run import seed_database

Database = Callable[..., str]

EVERY = int(os.environ.get("SNAPSHOT_DRAFTS_EVERY", "12"))  # 1: all schemas of one feature
EXAMPLES = int(os.environ.get("SNAPSHOT_DRAFTS_EXAMPLES", "6"))  # random schemas; 300 for a release

# nothing can be seeded there, and the draft says so
HOPELESS = {
    "type_xml": "xml",  # of a server built without it
    "without_partition": "no partition of relation",
    "no_primary_key": "no primary key",
    "inheritance_no_key": "no primary key",
    "ssn": "fills no column of that name",
    "trigger_that_refuses": "no",
    "check_that_nothing_meets": "CHECK ((n > 5) AND (n < 3))",
}


def execute(url: str, text: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(text)  # type: ignore[call-overload]


def rows(url: str, query: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(url) as connection:
        return connection.execute(query).fetchall()  # type: ignore[call-overload, no-any-return]


def empty(url: str) -> None:
    """Make the database as it was created: a new one for each schema takes longer."""
    with psycopg.connect(url, autocommit=True) as connection:
        for (name,) in connection.execute(
            "SELECT nspname FROM pg_namespace WHERE nspname NOT LIKE 'pg\\_%'"
            " AND nspname <> 'information_schema'"
        ).fetchall():
            connection.execute(
                psycopg.sql.SQL("DROP SCHEMA {} CASCADE").format(psycopg.sql.Identifier(name))
            )
        connection.execute("CREATE SCHEMA public")


def drafted(url: str, folder: Path, count: int = 10) -> tuple[Draft, int]:
    """A draft that was run twice and validated, and the rows that the first run added."""
    draft = write_draft(url, [], count, "draft")
    assert draft.untried is None, draft.text
    path = folder / "draft.py"
    path.write_text(draft.text, "utf-8")
    blueprint = load_blueprint(str(path))
    options = SeedOptions(url, blueprint)
    added = seed_database(options).rows
    assert seed_database(options).rows == 0, draft.text
    return draft, added


def test_a_draft_runs_on_schemas_of_one_feature(database: Database, tmp_path: Path) -> None:
    wanted = schemas(18, extensions=False)
    assert len(wanted) >= 200
    url = database(18)
    faults = []
    for name, text in list(wanted.items())[::EVERY] + [
        (name, wanted[name]) for name in ("cycle", "tenants", "digit_first", "by_range", "spaces")
    ]:
        empty(url)
        execute(url, text)
        draft, added = drafted(url, tmp_path)
        reasons = dict(draft.left_out)
        expected = HOPELESS.get(name)
        if expected is not None and (reasons or added == 0):
            assert expected in " ".join(reasons.values()), draft.text
        elif reasons or draft.todo or (added == 0 and "PRIMARY" in text):
            faults.append((name, reasons, draft.todo, added))
        for verdict in validate_database(url):
            assert not verdict.violations, (name, verdict)
    assert faults == []


@pytest.mark.parametrize("version", [PG_CONTRIB])
def test_a_draft_knows_types_of_extensions(
    version: int, database: Database, tmp_path: Path
) -> None:
    from one_feature import EXTENSIONS

    url = database(version)
    for name in ("hstore", "ltree", "citext", "exclusion_of_two"):
        empty(url)
        execute(url, EXTENSIONS[name])
        draft, added = drafted(url, tmp_path)
        assert draft.left_out == (), (name, draft.text)
        assert added >= 10, (name, draft.text)


@pytest.mark.skipif(not (SHARED / "data").is_dir(), reason="the real databases are not here")
@pytest.mark.parametrize(
    ("name", "count", "left_out"),
    [
        ("chinook", 10, set()),
        ("chinook_mixedcase", 10, set()),
        ("periodic_table", 10, set()),
        ("northwind", 200, set()),
        ("pagila", 10, {"payment"}),  # partitions without a primary key
        ("happiness", 10, set()),
    ],
)
@pytest.mark.parametrize("version", [18])
def test_a_draft_runs_on_a_real_database(
    name: str, count: int, left_out: set[str], version: int, database: Database, tmp_path: Path
) -> None:
    url = database(version)
    subprocess.run(
        ["bash", SHARED / "data" / name / "load.sh", url],
        env=dict(os.environ, PSQL=str(PROGRAMS / "psql")),
        check=True,
        capture_output=True,
    )
    draft, _ = drafted(url, tmp_path, count)
    assert {table for table, _ in draft.left_out} == left_out
    assert draft.todo == ()


@settings(
    max_examples=EXAMPLES,
    deadline=None,
    database=None,
    derandomize=EXAMPLES < 100,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
@given(text=random_schema())
def test_a_draft_of_a_random_schema_runs_twice(
    text: str, random_database: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    empty(random_database)
    execute(random_database, text)
    draft, _ = drafted(random_database, tmp_path_factory.mktemp("draft"), 4)
    assert draft.left_out == (), f"{text}\n{draft.text}"
    for verdict in validate_database(random_database):
        assert not verdict.violations, (text, draft.text, verdict)


@pytest.fixture
def random_database(database: Database) -> str:
    return database(18)


def test_a_draft_learns_from_rows_but_shows_nothing_personal(
    database: Database, tmp_path: Path
) -> None:
    url = database(18)
    execute(
        url,
        "CREATE TABLE client (id serial PRIMARY KEY, email text NOT NULL, name text NOT NULL,"
        " plan text NOT NULL, weight int NOT NULL, religion text NOT NULL, contact_via text,"
        " emergency_contact text, nick text, source text);"
        "CREATE TABLE visit (id serial PRIMARY KEY, client_id int NOT NULL REFERENCES client,"
        " rating smallint NOT NULL);"
        "INSERT INTO client (email, name, plan, weight, religion, contact_via, emergency_contact,"
        " nick, source) SELECT 'ann@firm.de', 'Ann Lee', CASE WHEN g % 4 = 0 THEN 'gold' ELSE"
        " 'basic' END, 50 + g, 'jedi', 'ann@home.de', 'Bob Lee', 'bobby', 'ann@work.de'"
        " FROM generate_series(1, 40) g;"
        "INSERT INTO visit (client_id, rating) SELECT g % 40 + 1, g % 3 + 2"
        " FROM generate_series(0, 79) g",
    )
    draft, _ = drafted(url, tmp_path)
    assert '"plan": r.share({"basic": 30, "gold": 10})' in draft.text
    assert '"weight": r.between(51, 90)' in draft.text
    assert "today 2 of each client on average" in draft.text
    for secret in ("ann@", "Lee", "jedi", "bobby"):
        assert secret not in draft.text


def test_what_could_not_be_done_is_said(database: Database, tmp_path: Path) -> None:
    url = database(18)
    execute(
        url,
        "CREATE TABLE note (id serial PRIMARY KEY, body text NOT NULL);"
        "CREATE TABLE log (what text NOT NULL);"
        "CREATE TABLE odd (id serial PRIMARY KEY, n int NOT NULL CHECK (n > 5 AND n < 3))",
    )
    path = tmp_path / "seeds" / "app.py"
    result = CliRunner().invoke(app, ["seed", "init", "-o", str(path), "-d", url])
    assert result.exit_code == 0, result.output
    assert "tried and rolled back: rules for 1 table, 10 rows" in result.output
    assert "no rule for log: it has no primary key" in result.output
    assert "no rule for odd: its rows do not meet CHECK ((n > 5) AND (n < 3))" in result.output
    assert '# @bp.fill("log"' in path.read_text("utf-8")
    printed = CliRunner().invoke(app, ["seed", "init", "-d", url])
    assert printed.stdout.replace("app", "x") == path.read_text("utf-8").replace("app", "x")
    assert rows(url, "SELECT count(*) FROM note") == [(0,)]
    assert rows(url, "SELECT to_regnamespace('snapshot')") == [(None,)]


def test_the_ledger_is_no_table_to_fill(database: Database, tmp_path: Path) -> None:
    url = database(18)
    execute(url, "CREATE TABLE note (id serial PRIMARY KEY, body text NOT NULL)")
    draft, _ = drafted(url, tmp_path)
    path = tmp_path / "first.py"
    path.write_text(draft.text, "utf-8")
    seed_database(SeedOptions(url, load_blueprint(str(path)), backup=BackupOptions(keep=False)))
    again, _ = drafted(url, tmp_path)
    assert "seed_run" not in again.text
    assert "seed_rule" not in again.text
