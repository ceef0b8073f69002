"""The example applications as projects: their migrations, their own tests, their logins."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable

import psycopg
import pytest
from test_examples import EXAMPLES

Database = Callable[..., str]

COLUMNS = """
    SELECT table_name, column_name, data_type, character_maximum_length, is_nullable, is_identity,
        coalesce(column_default, '')
    FROM information_schema.columns
    WHERE table_schema = 'public' AND table_name <> 'alembic_version' ORDER BY 1, ordinal_position"""
CONSTRAINTS = """
    SELECT conrelid::regclass::text, pg_get_constraintdef(oid) FROM pg_constraint
    WHERE contype <> 'n' AND connamespace = 'public'::regnamespace
        AND conrelid <> coalesce(to_regclass('alembic_version'), 0) ORDER BY 1, 2"""
INDEXES = """
    SELECT indexdef FROM pg_indexes
    WHERE schemaname = 'public' AND tablename <> 'alembic_version' ORDER BY 1"""


def work(example: str, *words: str, url: str = "") -> str:
    """Run a command in an example's folder."""
    done = subprocess.run(
        [sys.executable, *words], cwd=EXAMPLES / example, check=False, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
        env={**os.environ, "DATABASE_URL": url, "PYTHONDONTWRITEBYTECODE": "1"},
    )  # fmt: skip
    assert done.returncode == 0, done.stdout
    return done.stdout


def test_the_chat_migrations_make_the_schema(database: Database) -> None:
    migrated, written = database(18), database(18)
    work("chat", "-m", "alembic", "upgrade", "head", url=migrated)
    with psycopg.connect(written) as connection:
        connection.execute((EXAMPLES / "chat" / "schema.sql").read_text())  # type: ignore[arg-type]
    found = []
    for url in (migrated, written):
        with psycopg.connect(url) as connection:
            found.append(
                [connection.execute(query).fetchall() for query in (COLUMNS, CONSTRAINTS, INDEXES)]
            )
    assert found[0] == found[1]
    work("chat", "scripts/seed_reactions.py", url=migrated)
    assert "Added" in work("chat", "scripts/seed_data.py", url=migrated)
    work("chat", "-m", "alembic", "downgrade", "base", url=migrated)


@pytest.mark.parametrize("example", ["chat", "pilates"])
def test_the_examples_own_tests_pass(servers: Callable[[int], str], example: str) -> None:
    shown = work(
        example, "-m", "pytest", "-q", "-n", "0", "-p", "no:cacheprovider",
        "--snapshot-server", servers(18), "tests",
    )  # fmt: skip
    assert " passed" in shown


def test_the_studios_make_targets(database: Database) -> None:
    url = database(18)
    folder = str(EXAMPLES / "pilates")
    lines = subprocess.run(
        ["make", "-n", "-C", folder, "up", "down", "reset-db", "seed-light", "seed-heavy"],
        capture_output=True, text=True, check=True, env={**os.environ, "DATABASE_URL": url},
    ).stdout  # fmt: skip
    commands = [line.split() for line in lines.splitlines() if line.startswith("snapshot ")]
    assert len(commands) == 3
    for _, *words in commands[:2]:
        main = f"import sys; sys.argv[1:] = {words!r}; from snapshot.cli import main; main()"
        work("pilates", "-c", main, url=url)
    with psycopg.connect(url) as connection:
        assert connection.execute("SELECT count(*) FROM users").fetchone() == (8,)
