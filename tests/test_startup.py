"""What is loaded and asked before anything is done."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from snapshot.postgres import programs
from snapshot.postgres.connection import connect
from snapshot.postgres.introspect import read_catalog

ROOT = Path(__file__).parent.parent
HEAVY = {"psycopg", "pydantic", "docker", "sqlalchemy", "rich.progress", "distributed", "obstore"}


@pytest.mark.parametrize(
    "words", [["--help"], ["restore", "--help"], ["show", str(ROOT / "seed_data")]]
)
def test_help_and_show_load_nothing_heavy(words: list[str]) -> None:
    code = (
        "import sys, json, contextlib\n"
        "from snapshot.cli import main\n"
        "with contextlib.suppress(SystemExit):\n"
        f"    sys.argv = ['snapshot', *{words!r}]\n"
        "    main()\n"
        "print('\\n' + json.dumps(list(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(json.loads(done.stdout.splitlines()[-1]))
    assert "snapshot.cli" in loaded
    assert loaded & HEAVY == set()


def test_as_many_queries_for_a_hundred_tables_as_for_one(
    database: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    url = database()
    asked: list[int] = []
    real = psycopg.Cursor.execute

    def counted(self: psycopg.Cursor, *arguments: object, **options: object) -> psycopg.Cursor:
        asked[-1] += 1
        return real(self, *arguments, **options)  # type: ignore[arg-type]

    for tables in (1, 99):
        with psycopg.connect(url, autocommit=True) as connection:
            for number in range(tables):
                name = sql.Identifier(f"t{tables}_{number}")
                connection.execute(
                    sql.SQL("CREATE TABLE {} (id serial PRIMARY KEY, up int REFERENCES {})").format(
                        name, name
                    )
                )
        with connect(url) as connection, monkeypatch.context() as patched:
            patched.setattr(psycopg.Cursor, "execute", counted)
            asked.append(0)
            catalog = read_catalog(connection)
    assert len(catalog.tables) == 100
    assert asked[0] == asked[1] > 5


def test_debians_wrapper_is_not_run_to_find_pg_dump(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrapper, called = tmp_path / "share" / "pg_wrapper", tmp_path / "called"
    wrapper.parent.mkdir()
    wrapper.write_text(f"#!/bin/sh\ntouch {called}\necho 'pg_dump (PostgreSQL) 99.1'\n")
    wrapper.chmod(0o755)
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "pg_dump").symlink_to(wrapper)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"), prepend=":")
    assert programs.find_pg_dump(180000).resolve() != wrapper
    assert not called.exists()
    own = tmp_path / "bin" / "pg_dump"  # another program of that name is asked
    own.unlink()
    own.write_text("#!/bin/sh\necho 'pg_dump (PostgreSQL) 18.0'\n")
    own.chmod(0o755)
    programs._major.cache_clear()
    assert programs.find_pg_dump(180000) == own
    programs._major.cache_clear()
