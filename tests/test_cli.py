"""The command line as a contract: exit codes, JSON, where the database comes from, no secrets."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest
from databases import build, disturb
from equality import content, differences
from terminals import in_terminal

from snapshot.cli import app
from snapshot.create import CreateOptions, create_snapshot

Database = Callable[..., str]
SNAPSHOT = [sys.executable, "-c", "from snapshot.cli import main; main()"]


def run(
    *words: object, env: dict[str, str] | None = None, cwd: Path | None = None
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*SNAPSHOT, *map(str, words)],
        env={**os.environ, **(env or {})},
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def cuebe(database: Database, tmp_path: Path) -> tuple[str, Path]:
    url = database()
    build(url, "cuebe")
    directory = tmp_path / "seed_data"
    create_snapshot(CreateOptions(url, directory, formats=("sql", "json")))
    return url, directory


def test_the_story(cuebe: tuple[str, Path], database: Database) -> None:
    source, directory = cuebe
    target = database()
    assert run("create", directory, "-d", source).returncode == 0
    assert run("verify", directory).returncode == 0
    plan = run("restore", directory, "-d", target, "--plan")
    assert plan.returncode == 0
    assert "create the schema" in plan.stdout
    assert content(target) == {}
    done = run("restore", directory, "-d", target, "--confirm")
    assert done.returncode == 0, done.stderr
    assert "restored 405 rows" in done.stdout
    assert differences(source, target) == []
    status = run("status", "-d", target)
    assert f"equals {directory}" in status.stdout
    assert run("verify", directory, "-d", target).returncode == 0
    with psycopg.connect(target, autocommit=True) as connection:
        connection.execute(
            "UPDATE script_shares SET created_at = 'epoch' WHERE expires_at = 'infinity'"
        )
    status = run("status", "-d", target)
    assert f"differs from {directory}: script_shares ~10" in status.stdout
    verify = run("verify", directory, "-d", target)
    assert verify.returncode == 4
    assert re.search(r"script_shares ~10: (share_id [0-9a-f-]{36}(; )?){10}", verify.stderr)
    cleared = run("clear", "-d", target, "--confirm", "--json")
    assert json.loads(cleared.stdout)["rows"] == 405
    assert set(map(len, (v for v in content(target).values() if isinstance(v, list)))) <= {0}
    assert run("restore", directory, "-d", target, "--confirm").returncode == 0
    assert differences(source, target) == []


def test_json_is_one_document_and_nothing_else(cuebe: tuple[str, Path], database: Database) -> None:
    source, directory = cuebe
    target = database()
    commands = [
        ["create", directory, "-d", source],
        ["show", directory],
        ["order", directory],
        ["order", "-d", source],
        ["verify", directory],
        ["restore", directory, "-d", target, "--plan"],
        ["restore", directory, "-d", target, "--confirm"],
        ["verify", directory, "-d", target],
        ["status", "-d", target],
        ["clear", "-d", target, "--confirm"],
    ]
    documents = {}
    for words in commands:
        done = run(*words, "--json")
        assert done.returncode == 0, (words, done.stderr)
        documents[words[0]] = json.loads(done.stdout)
    assert [t["name"] for t in documents["show"]["tables"]] == [
        "userTable", "venuesTable", "departmentsTable", "showsTable", "scriptsTable",
        "scriptElementsTable", "crewRelationshipsTable", "crewAssignmentsTable", "script_shares",
    ]  # fmt: skip
    assert documents["show"]["tables"][0]["rows"] == 24
    assert [d["constraint"] for d in documents["order"]["deferred"]] == [
        "userTable_created_by_fkey",
        "scriptElementsTable_parent_element_id_fkey",
    ]
    assert documents["status"]["compared"]["equal"] is True


@pytest.mark.parametrize("as_json", [False, True])
@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["restore", "{directory}", "-d", "{url}"], 3),
        (["clear", "-d", "{url}"], 3),
        (["restore", "{directory}/nothing", "-d", "{url}", "--confirm"], 2),
        (["restore", "{directory}", "-d", "{url}", "--confirm", "--from", "archive"], 2),
        (["restore", "{directory}", "-d", "{url}", "--data-only", "--replace-schema"], 2),
        (["restore", "{directory}", "-d", "mysql://x/y", "--confirm"], 2),
        (["restore", "{directory}", "-d", "", "--confirm"], 2),
        (["restore", "{directory}", "-d", "host=127.0.0.1 port=1 dbname=x", "--confirm"], 1),
        (["restore", "{directory}", "-d", "{url}_missing", "--confirm"], 1),
        (["create", "{directory}", "-d", "{url}", "-t", "no_such_table"], 2),
        (["create", "{directory}", "-d", "{url}", "-n", "no_such_schema"], 2),
        (["verify", "{directory}/manifest.json"], 2),
        (["show", "{directory}/nothing"], 2),
    ],
)
def test_exit_codes(words: list[str], code: int, as_json: bool, cuebe: tuple[str, Path]) -> None:
    url, directory = cuebe
    before = content(url)
    words = [w.format(directory=directory, url=url.replace("?", "?", 1)) for w in words]
    if words[3:4] and words[3].endswith("_missing"):
        words[3] = url.replace("?", "_missing?")
    done = run(*words, *(["--json"] if as_json else []))
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr + done.stdout
    if as_json:
        error = json.loads(done.stdout)["error"]
        assert error["exit_code"] == code
        assert error["message"]
        assert error["hint"]
    else:
        assert "error: " in done.stderr
        assert "hint: " in done.stderr
    assert content(url) == before


@pytest.mark.parametrize(
    "words", [["restore", "--no-such-option"], ["nonsense"], ["create", "--format", "csv"]]
)
def test_usage(words: list[str]) -> None:
    done = run(*words)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr


def test_damage_has_its_exit_code(cuebe: tuple[str, Path]) -> None:
    url, directory = cuebe
    (directory / "data.sql").write_text("")
    for words in (["verify", directory], ["restore", directory, "-d", url, "--confirm"]):
        done = run(*words)
        assert done.returncode == 4
        assert "data.sql: 0 bytes" in done.stderr
    done = run("verify", directory, "--json")
    assert done.returncode == 4
    assert json.loads(done.stdout)["passed"] is False


@pytest.mark.parametrize(
    "command", ["create", "restore", "verify", "show", "order", "status", "clear"]
)
def test_help_names_the_exit_codes(command: str) -> None:
    done = run(command, "--help")
    assert done.returncode == 0
    assert "Exit codes" in done.stdout


def test_where_the_database_comes_from(cuebe: tuple[str, Path], tmp_path: Path) -> None:
    url, _ = cuebe
    parts = psycopg.conninfo.conninfo_to_dict(url)
    folder = tmp_path / "project"
    folder.mkdir()
    wrong = "postgresql://nowhere.invalid/x"
    (folder / "pyproject.toml").write_text(f'[tool.snapshot]\ndatabase-url = "{url}"\n')
    assert from_("status", cwd=folder) == "[tool.snapshot] in pyproject.toml"
    environment = {
        "PGHOST": str(parts["host"]),
        "PGUSER": "postgres",
        "PGDATABASE": str(parts["dbname"]),
    }
    (folder / "pyproject.toml").write_text(f'[tool.snapshot]\ndatabase-url = "{wrong}"\n')
    assert from_("status", cwd=folder, env=environment) == "PG* variables"
    (folder / ".env").write_text(
        f"POSTGRES_USER=postgres\nPOSTGRES_DB={parts['dbname']}\nPOSTGRES_HOST={parts['host']}\n"
    )
    assert from_("status", cwd=folder, env={"PGHOST": "nowhere.invalid"}) == ".env"
    (folder / ".env").write_text(f"DATABASE_URL={url}\nPOSTGRES_DB=x\n")
    assert from_("status", cwd=folder) == ".env"
    (folder / ".env").write_text(f"DATABASE_URL={wrong}\n")
    sqlalchemy = url.replace("postgresql://", "postgresql+psycopg://")
    assert from_("status", cwd=folder, env={"DATABASE_URL": sqlalchemy}) == "DATABASE_URL"
    keywords = psycopg.conninfo.make_conninfo(**parts)
    assert from_("status", "-d", keywords, cwd=folder, env={"DATABASE_URL": wrong}) == "-d"


def from_(*words: str, cwd: Path, env: dict[str, str] | None = None) -> str:
    done = run(*words, "--json", cwd=cwd, env=env)
    assert done.returncode == 0, done.stdout + done.stderr
    document = json.loads(done.stdout)
    assert document["rows"] == 405
    return str(document["database"]["from"])


def test_a_password_is_shown_nowhere(cuebe: tuple[str, Path], tmp_path: Path) -> None:
    url, directory = cuebe
    secret = url.replace("postgres:@", "postgres:s3cret@")
    for words in (
        ["create", tmp_path / "again"],
        ["restore", directory, "--confirm"],
        ["restore", directory, "--plan", "--json"],
        ["status"],
        ["restore", tmp_path / "nothing", "--confirm"],
    ):
        done = run(*words, "-d", secret)
        assert "s3cret" not in done.stdout + done.stderr
    for file in (tmp_path / "again").iterdir():
        assert b"s3cret" not in file.read_bytes()


def typed(words: list[str], answer: str) -> tuple[int, str]:
    return in_terminal([*SNAPSHOT, *words], f"{answer}\n", environment={"NO_COLOR": "1"})


def test_the_question_in_a_terminal(cuebe: tuple[str, Path]) -> None:
    url, directory = cuebe
    name = str(psycopg.conninfo.conninfo_to_dict(url)["dbname"])
    before = content(url)
    disturb(url)
    disturbed = content(url)
    code, output = typed(["restore", str(directory), "-d", url], "yes")
    assert code == 3
    assert "rows deleted" in output
    assert content(url) == disturbed
    code, output = typed(["restore", str(directory), "-d", url], name)
    assert code == 0, output
    assert content(url) == before
    code, output = typed(["clear", "-d", url], "no")
    assert code == 3
    assert content(url) == before


def test_selection(cuebe: tuple[str, Path], tmp_path: Path, database: Database) -> None:
    url, _ = cuebe
    directory = tmp_path / "some"
    done = run("create", directory, "-d", url, "-T", "script*", "-T", "public.crewA*", "--json")
    assert done.returncode == 0, done.stderr
    names = [table["name"] for table in json.loads(done.stdout)["manifest"]["tables"]]
    assert names == [
        "userTable",
        "crewRelationshipsTable",
        "venuesTable",
        "departmentsTable",
        "showsTable",
    ]
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute('UPDATE "crewRelationshipsTable" SET first_shared_element_id = NULL')
        connection.execute("CREATE SCHEMA extra; CREATE TABLE extra.t (id int)")
    assert run("create", directory, "-d", url, "-T", "script*", "-T", "crewA*").returncode == 0
    target = database()
    done = run("restore", directory, "-d", target, "--confirm")
    assert done.returncode == 0, done.stderr
    rows = content(target)
    assert len(rows["('public', 'userTable')"]) == 24
    assert rows["('public', 'script_shares')"] == []
    done = run("create", directory, "-d", url, "-N", "extra")
    assert done.returncode == 0, done.stderr
    assert "extra" not in (directory / "schema.sql").read_text()
    only = run("create", tmp_path / "only", "-d", url, "-n", "extra", "--json")
    assert [t["name"] for t in json.loads(only.stdout)["manifest"]["tables"]] == ["t"]


def test_of_very_many_tables_the_largest_are_listed(database: Database, tmp_path: Path) -> None:
    url = database()
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(
            "DO $$ BEGIN FOR n IN 1..120 LOOP EXECUTE format('CREATE TABLE t%s ()', n);"
            " EXECUTE format('INSERT INTO t%s SELECT FROM generate_series(1, %s)', n, n - 1);"
            " END LOOP; END $$"
        )
    done = run("create", str(tmp_path / "s"), "-d", url)
    assert done.returncode == 0
    listed = re.findall(r"^ t(\d+) ", done.stdout, re.M)
    assert sorted(map(int, listed)) == list(range(21, 121))
    assert "and 20 tables with fewer" in done.stdout
    assert json.loads(run("show", str(tmp_path / "s"), "--json").stdout)["tables"][0]["rows"] == 0


@pytest.mark.parametrize("group", [[], *([str(group.name)] for group in app.registered_groups)])
def test_summaries_fit_into_80_columns(group: list[str]) -> None:
    done = subprocess.run(
        [*SNAPSHOT, *group, "--help"],
        env={**os.environ, "COLUMNS": "80"}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert "Commands:" in done.stdout
    assert [line for line in done.stdout.splitlines()[1:] if line.endswith("...")] == []


@pytest.mark.parametrize(
    ("shell", "asked"),
    [
        ("bash", {"COMP_WORDS": "snapshot re", "COMP_CWORD": "1"}),
        ("zsh", {"_TYPER_COMPLETE_ARGS": "snapshot re"}),
        (
            "fish",
            {"_TYPER_COMPLETE_ARGS": "snapshot re", "_TYPER_COMPLETE_FISH_ACTION": "get-args"},
        ),
    ],
)
def test_words_are_completed(shell: str, asked: dict[str, str]) -> None:
    program = str(Path(sys.executable).with_name("snapshot"))
    done = subprocess.run(
        [program],
        env={**os.environ, "_SNAPSHOT_COMPLETE": f"complete_{shell}", **asked},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert {"restore", "report"} <= set(re.findall(r"\w+", done.stdout))
    assert "create" not in done.stdout
