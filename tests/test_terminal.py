"""What reaches a terminal: no control characters, and no success that nobody could read."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from equality import content
from psycopg import sql
from terminals import in_terminal

from snapshot.cli import output
from snapshot.cli.terminal import visible, visible_json, visible_lines

Database = Callable[..., str]
SNAPSHOT = [sys.executable, "-c", "from snapshot.cli import main; main()"]

# erase the screen, set the title, an 8-bit CSI, text from right to left, a line of its own
HOSTILE = "x\x1b[2J\x1b]0;owned\x07\x9b31m\u202eteef\u2066\r\nhint: type yes"
SHOWN = r"x\x1b[2J\x1b]0;owned\x07\x9b31m\u202eteef\u2066\r\nhint: type yes"
FORBIDDEN = [chr(n) for n in [*range(10), *range(11, 32), *range(127, 160)]]
FORBIDDEN += ["\u200e", "\u200f", "\u2028", "\u2029", *map(chr, range(0x202A, 0x202F))]
FORBIDDEN += map(chr, range(0x2066, 0x206A))


def run(*words: object, **options: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*SNAPSHOT, *map(str, words)],
        **{"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE,
           "text": True, "check": False, **options},
    )  # fmt: skip


def shell(line: str, *words: object) -> subprocess.CompletedProcess[str]:
    """Run `line` by the shell, in which "$@" is snapshot with these words."""
    return subprocess.run(
        ["bash", "-c", line, "bash", *SNAPSHOT, *map(str, words)],
        stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip


def assert_harmless(said: str) -> None:
    assert [c for c in FORBIDDEN if c in said] == []
    assert not any(line.startswith("hint: type yes") for line in said.splitlines())


@pytest.fixture
def hostile(database: Database) -> Iterator[str]:
    """A database with a hostile name, and a table, column and key with one."""
    server = database()
    with psycopg.connect(server, autocommit=True) as connection:
        name = f"{HOSTILE}{connection.info.dbname}"
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        host, user = connection.info.host, connection.info.user
    renamed = psycopg.conninfo.make_conninfo("", host=host, user=user, dbname=name)
    with psycopg.connect(renamed, autocommit=True) as connection:
        table = sql.Identifier(HOSTILE)
        connection.execute(
            sql.SQL(
                "CREATE TABLE {0} (id int PRIMARY KEY, {0} int CONSTRAINT {2} CHECK ({0} > 0));"
                "CREATE TABLE child (id int PRIMARY KEY, up int CONSTRAINT {1} REFERENCES {0});"
                "INSERT INTO {0} VALUES (1, 1); INSERT INTO child VALUES (1, 1)"
            ).format(table, sql.Identifier(f"fk {HOSTILE}"), sql.Identifier(f"c{HOSTILE}"))
        )
    yield renamed
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def test_hostile_names_are_shown_harmless(hostile: str, database: Database, tmp_path: Path) -> None:
    folder = tmp_path / f"s {HOSTILE.replace('/', '')}"
    target = database()
    created = run("create", folder, "-d", hostile)
    assert created.returncode == 0, created.stderr
    assert SHOWN in created.stdout
    said = [created]
    for words in (
        ["show", folder],
        ["order", folder],
        ["status", "-d", hostile],
        ["verify", folder, "-d", hostile],
        ["restore", folder, "-d", target, "--plan"],
        ["restore", folder, "-d", target, "--confirm"],
        ["clear", "-d", hostile],
        ["undo", "--list", "-d", hostile],
        ["restore", tmp_path / HOSTILE, "-d", target],
        ["create", folder, "-d", hostile, "-t", HOSTILE + "x"],
        ["status", "-d", hostile.replace("dbname='", "dbname='no")],
    ):
        said.append(run(*words))
    for done in said:
        assert "this is a bug" not in done.stderr
        assert_harmless(done.stdout)
        assert_harmless(done.stderr)
    assert [done.returncode for done in said] == [0, 0, 0, 0, 0, 0, 0, 3, 0, 2, 2, 1]
    assert r"\x1b[2J" in said[1].stdout  # the source's name, from the manifest
    assert SHOWN in said[2].stdout, ascii(said[2].stdout)
    assert SHOWN in said[5].stdout


def test_a_hostile_message_of_the_server_is_shown_harmless(
    hostile: str, database: Database, tmp_path: Path
) -> None:
    assert run("create", tmp_path / "s", "-d", hostile, "--format", "sql").returncode == 0
    data = tmp_path / "s" / "data.sql"
    data.write_bytes(data.read_bytes().replace(b"1\t1\n", b"1\t-1\n", 1))
    done = run("restore", tmp_path / "s", "-d", database(), "--accept-edits", "--confirm")
    assert done.returncode == 1
    assert f'"c{SHOWN}"' in done.stderr
    assert_harmless(done.stderr)


def test_json_keeps_its_meaning_and_holds_no_control_characters(
    hostile: str, tmp_path: Path
) -> None:
    folder = tmp_path / os.fsdecode(b"not utf-8 \xff")
    done = run("create", folder, "-d", hostile, "--json")
    assert done.returncode == 0, done.stdout + done.stderr
    assert_harmless(done.stdout)
    document = json.loads(done.stdout)
    assert document["manifest"]["tables"][0]["name"] == HOSTILE
    assert os.fsencode(document["directory"]).endswith(b"not utf-8 \xff")
    people = run("show", folder)
    assert people.returncode == 0
    assert r"not utf-8 \udcff" in people.stdout


@pytest.mark.parametrize("as_shown", [True, False])
def test_the_question_shows_a_hostile_name_and_takes_it_as_shown(
    as_shown: bool, hostile: str
) -> None:
    name = psycopg.conninfo.conninfo_to_dict(hostile)["dbname"]
    before = content(hostile)
    answer = visible(name) if as_shown else "yes"
    code, said = in_terminal(
        [*SNAPSHOT, "clear", "-d", hostile], f"{answer}\n", environment={"TERM": "dumb"}
    )
    assert f"Type the database's name ({visible(name)}) to go on:" in said.replace("\r\n", "")
    assert_harmless(said.replace("\r\n", "\n"))
    assert code == (0 if as_shown else 3), said
    assert (content(hostile) == before) is not as_shown
    assert as_shown or f"'yes' is not '{visible(name)}'" in said


@pytest.mark.parametrize(("key", "code"), [("\x04", 3), ("\x03", 130)])
def test_the_question_may_be_left(key: str, code: int, database: Database) -> None:
    url = database()
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE TABLE t AS SELECT 1")
    before = content(url)
    found, said = in_terminal([*SNAPSHOT, "clear", "-d", url], key, environment={"TERM": "dumb"})
    assert found == code, said
    assert content(url) == before
    assert said.splitlines()[-1].startswith(("hint: ", "stopped"))
    assert "changed" not in said.splitlines()[-1] or code == 3


def filled(url: str) -> str:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE TABLE t AS SELECT generate_series(1, 9) AS id")
    return url


@pytest.mark.parametrize(("where", "why"), [(">/dev/full", "No space"), (">&-", "Bad file")])
@pytest.mark.parametrize("options", [[], ["--json"]])
def test_a_result_that_cannot_be_printed_is_a_failure_after_the_work(
    where: str, why: str, options: list[str], database: Database, tmp_path: Path
) -> None:
    source, target = filled(database()), database()
    done = shell(f'"$@" {where}', "create", tmp_path / "s", "-d", source, *options)
    assert done.returncode == 1
    assert "bug" not in done.stderr
    assert f"the result could not be printed: {why}" in done.stderr
    assert "the command itself was carried out" in done.stderr
    assert run("verify", tmp_path / "s", "-d", source).returncode == 0
    words = ["restore", tmp_path / "s", "-d", target, "--confirm", *options]
    done = shell(f'"$@" {where}', *words)
    assert done.returncode == 1
    assert "carried out" in done.stderr
    assert content(target) == content(source)
    done = shell(f'"$@" {where}', "restore", tmp_path / "none", "-d", target, *options)
    assert done.returncode == 2  # an error stays what it is, and is told
    assert "error: there is no snapshot" in done.stderr
    done = shell(f'"$@" {where}', "--help")
    assert done.returncode == 1
    assert "bug" not in done.stderr


@pytest.mark.parametrize("where", ["2>&-", "2>/dev/full", ">&- 2>&-", "<&- >&- 2>&-"])
def test_without_stderr_the_work_is_done(where: str, database: Database, tmp_path: Path) -> None:
    source, target = filled(database()), database()
    assert run("create", tmp_path / "s", "-d", source).returncode == 0
    done = shell(f'"$@" {where}', "restore", tmp_path / "s", "-d", target, "--confirm")
    assert done.returncode == (1 if ">&- 2" in where else 0)
    assert content(target) == content(source)
    done = shell(f'"$@" {where}', "restore", tmp_path / "none", "-d", target, "--confirm")
    assert done.returncode == 2
    done = shell(f'"$@" {where}', "clear", "-d", target)
    assert done.returncode == 3
    assert content(target) == content(source)


def test_a_pipe_that_nobody_reads_is_no_failure(database: Database, tmp_path: Path) -> None:
    url = database()
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(
            "DO $$ BEGIN FOR n IN 1..99 LOOP EXECUTE format('CREATE TABLE %s%s (id int)',"
            " repeat('t', 50), n); END LOOP; END $$"
        )
    for line in ('"$@" | head -1; exit ${PIPESTATUS[0]}', '"$@" | true; exit ${PIPESTATUS[0]}'):
        done = shell(line, "create", tmp_path / "s", "-d", url, "--json")
        assert (done.returncode, done.stderr.count("\n")) == (0, 1), done.stderr
    assert run("verify", tmp_path / "s").returncode == 0


def test_a_pipe_gets_whole_names(database: Database, tmp_path: Path) -> None:
    url = database()
    with psycopg.connect(url, autocommit=True) as connection:
        name = "a" * 63
        connection.execute(f"CREATE SCHEMA {name}; CREATE TABLE {name}.{name} (id int)")
    done = run("create", tmp_path / "s", "-d", url)
    assert f"{name}.{name}" in done.stdout


def test_an_option_named_json_is_not_looked_for_in_values(tmp_path: Path) -> None:
    done = run("show", tmp_path / "none")
    assert "error: " in done.stderr
    done = run("restore", tmp_path / "none", "-d", "dbname=x", "--project", "--json")
    assert done.stdout == ""
    assert "error: " in done.stderr
    done = run("restore", tmp_path / "none", "-d", "mysql://x", "--json")
    assert json.loads(done.stdout)["error"]["exit_code"] == 2


def test_an_interrupt_says_what_is_known(database: Database, tmp_path: Path) -> None:
    command = (
        "from snapshot.cli import app, main\n"
        "@app.command()\n"
        "def wait(done: bool = False):\n"
        "    import os, signal\n"
        "    try:\n"
        "        os.kill(os.getpid(), signal.SIGINT)\n"
        "    except KeyboardInterrupt as stop:\n"
        "        if done:\n"
        "            stop.add_note('the database was restored before')\n"
        "        raise\n"
        "main()"
    )
    for words, said in (([], "stopped"), (["--done"], "stopped: the database was restored before")):
        done = subprocess.run(
            [sys.executable, "-c", command, "wait", *words],
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert (done.returncode, done.stdout, done.stderr) == (130, "", f"{said}\n")


def test_an_interrupt_while_a_class_is_made() -> None:
    """Python 3.11 makes a RuntimeError of it; an import is full of such moments."""
    command = (
        "from snapshot.cli import app, main\n"
        "@app.command()\n"
        "def wait():\n"
        "    import os, signal\n"
        "    class Stop:\n"
        "        def __set_name__(self, owner, name):\n"
        "            os.kill(os.getpid(), signal.SIGINT)\n"
        "    class Late:\n"
        "        field = Stop()\n"
        "main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", command, "wait"],
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "stopped\n")


@pytest.mark.parametrize("module", ["snapshot.cli", "typer", "snapshot.create"])
def test_an_interrupt_while_modules_are_imported(module: str) -> None:
    command = (
        "import os, signal, sys\n"
        "class Stop:\n"
        "    def find_spec(self, name, path, target=None):\n"
        f"        if name == {module!r}:\n"
        "            os.kill(os.getpid(), signal.SIGINT)\n"
        "sys.meta_path.insert(0, Stop())\n"
        "import runpy\n"
        "runpy.run_module('snapshot', run_name='__main__')"
    )
    done = subprocess.run(
        [sys.executable, "-c", command, "create", "-d", "nowhere"],
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "stopped\n")


def test_progress_is_told_by_many_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    bars = output._Bars()
    switch = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:

        def work() -> None:
            for _ in range(2_000):
                bars.step("t")
                bars.advance(1, 3)

        threads = [threading.Thread(target=work) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(switch)
        bars.close()
    assert (bars._rows, bars._bytes) == (16_000, 48_000)
    assert [t for t in threading.enumerate() if isinstance(t, threading.Timer)] == []


def test_a_title_of_progress_is_shown_harmless(
    hostile: str, database: Database, tmp_path: Path
) -> None:
    bars = output._Bars()
    bars.step(HOSTILE)
    assert bars._title == SHOWN
    bars.close()


def test_visible() -> None:
    assert visible("日本 ü – ✓ naïve") == "日本 ü – ✓ naïve"
    assert visible(HOSTILE) == SHOWN
    assert visible(Path("a\tb")) == r"a\tb"
    assert visible_lines("a\n\tb\x1b") == "a\n\tb\\x1b"
    assert json.loads(visible_json('{"a": "\x7f\x9b\u202e"}')) == {"a": "\x7f\x9b\u202e"}
