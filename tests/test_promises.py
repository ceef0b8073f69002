"""Every command that changes a database, and every reason why it must not."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
import pytest
from arena import NAME, Arena, running_arena
from equality import content
from psycopg import sql
from race_model import EMPTY, NEW, Content, State
from terminals import in_terminal

pytestmark = pytest.mark.xdist_group("promises")

COMMANDS = {
    "restore": ["restore", "{new}"],
    "swap": ["restore", "{new}", "--strategy", "swap"],
    "restore warm": ["restore", "{new}", "--strategy", "warm"],
    "rollback": ["rollback"],
    "undo": ["undo"],
    "clear": ["clear"],
    "seed run": ["seed", "run", "{blueprint}", "--now", "2026-01-01"],
    "seed clean": ["seed", "clean"],
    "seed reset": ["seed", "reset", "{blueprint}", "--now", "2026-01-01"],
    "warm": ["warm", "{new}"],
    "warm --drop": ["warm", "--drop"],
}
UNASKED = ("seed run", "warm", "warm --drop")  # they delete no rows, so they do not ask
ASKING = [name for name in COMMANDS if name not in UNASKED]
OTHER_ADDRESS = "127.0.0.2"  # the other end of such a connection is 127.0.0.1
# It is this machine's like all of 127/8; to this program it is another's.
FROM_ELSEWHERE = f"""
from snapshot.safety import guard
guard.is_this_machine = lambda address: address != {OTHER_ADDRESS!r}
from snapshot.cli import main
main()
"""

EFFECTS: dict[str, Callable[[State], State]] = {
    "restore": lambda s: s._replace(current=NEW, safety=(Content("old", True), *s.safety)),
    "swap": lambda s: s._replace(current=NEW, previous=s.current),
    "restore warm": lambda s: s._replace(current=NEW, previous=s.current),
    "rollback": lambda s: s._replace(current=s.previous, previous=s.current),
    "undo": lambda s: s._replace(current=s.safety[0], safety=(Content("old", True), *s.safety)),
    "clear": lambda s: s._replace(current=EMPTY, safety=(Content("old", True), *s.safety)),
    "seed run": lambda s: s._replace(current=Content("old", True)),
    "seed clean": lambda s: s._replace(
        current=Content("old"), safety=(Content("old", True), *s.safety)
    ),
    "seed reset": lambda s: s._replace(
        current=Content("empty", True), safety=(Content("old", True), *s.safety)
    ),
    "warm": lambda s: s._replace(clone=True),
    "warm --drop": lambda s: s._replace(clone=False),
}


@dataclass
class Scene:
    """A database with all that a command could change; made again only where one did."""

    arena: Arena
    place: Path
    before: dict[str, object] = field(default_factory=dict)
    start: State | None = None
    kind: tuple[bool, bool] | None = None

    def ready(self, command: str, monkeypatch: pytest.MonkeyPatch) -> State:
        """Bring about the state from which the command would change something."""
        monkeypatch.setenv("XDG_STATE_HOME", str(self.place / "state"))
        (self.place / "work" / "pyproject.toml").unlink(missing_ok=True)
        assert list(self.arena.wait_until_quiet(self.place)) == []  # of the test before
        kind = command != "seed run", command != "warm"
        if self.start is None or self.kind != kind or self.before != self.everything():
            for folder in ("state", "made", "new"):
                shutil.rmtree(self.place / folder, ignore_errors=True)
            shutil.copytree(self.arena.folder / "new", self.place / "new")
            self.start, self.kind = self.arena.begin(self.place, *kind), kind
            self.before = self.everything()
        return self.start

    def everything(self) -> dict[str, object]:
        """All databases of the server with rows, comment and settings; all files."""
        with psycopg.connect(self.arena.server) as connection:
            databases = connection.execute(
                "SELECT datname, d.oid, datconnlimit, shobj_description(d.oid, 'pg_database'),"
                " (SELECT array_agg(setconfig::text) FROM pg_db_role_setting s"
                " WHERE setdatabase = d.oid)"
                f" FROM pg_database d WHERE datname ~ '^{NAME}'"
            ).fetchall()
        found: dict[str, object] = {
            f"database {row[0]}": (row[1:], content(self.arena.url(row[0]))) for row in databases
        }
        for path in self.place.rglob("*"):
            if path.is_file() and path.suffix != ".lock" and path.name != "pyproject.toml":
                found[str(path)] = path.read_bytes()
        return found

    def words(self, command: str, url: str) -> list[str]:
        """The command's words, without --confirm."""
        known = {"new": str(self.place / "new"), "blueprint": str(self.arena.folder / "tags.py")}
        words = [word.format(**known) for word in COMMANDS[command]]
        return [sys.executable, "-m", "snapshot", *words, "-d", url]

    def run(self, words: list[str], environment: dict[str, str]) -> tuple[int, str]:
        """Run without a terminal."""
        done = subprocess.run(
            words,
            cwd=self.place / "work",
            env={**os.environ, **environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        return done.returncode, done.stdout

    def typed(
        self,
        words: list[str],
        answer: str,
        meanwhile: Callable[[], None] = lambda: None,
        environment: dict[str, str] | None = None,
    ) -> tuple[int, str]:
        """Run in a terminal, and answer when asked; something may happen before the answer."""
        return in_terminal(
            words,
            f"{answer}\n",
            meanwhile=meanwhile,
            cwd=self.place / "work",
            environment={"NO_COLOR": "1", **(environment or {})},
        )


@pytest.fixture(scope="module")
def arena() -> Iterator[Arena]:
    with running_arena((f"listen_addresses={OTHER_ADDRESS}", f"port={_free_port()}")) as arena:
        yield arena


@pytest.fixture(scope="module")
def scene(arena: Arena) -> Scene:
    place = arena.folder / "scene"
    (place / "work").mkdir(parents=True)
    return Scene(arena, place)


def _free_port() -> int:
    import socket

    with socket.socket() as found:
        found.bind((OTHER_ADDRESS, 0))
        return int(found.getsockname()[1])


# --- a reason why not


def _marked(scene: Scene) -> None:
    _execute(scene, f"COMMENT ON DATABASE {NAME} IS 'ours\nenvironment: production'")


def _read_only(scene: Scene) -> None:
    _execute(scene, f"ALTER DATABASE {NAME} SET default_transaction_read_only = on")


def _protected(scene: Scene) -> None:
    text = f'[tool.snapshot]\nprotected = ["{NAME[:2]}*"]\n'
    (scene.place / "work" / "pyproject.toml").write_text(text)


def _as_it_was(scene: Scene) -> None:
    _execute(scene, f"COMMENT ON DATABASE {NAME} IS 'environment: staging'")
    _execute(scene, f"ALTER DATABASE {NAME} RESET default_transaction_read_only")


def _execute(scene: Scene, statement: str) -> None:
    with psycopg.connect(scene.arena.server, autocommit=True) as connection:
        connection.execute(sql.SQL(statement))


def _elsewhere(url: str) -> str:
    """The database through an address that is not the one at the other end."""
    port = url.rpartition("port=")[2]
    found = f"postgresql://postgres@{OTHER_ADDRESS}:{port}/{NAME}"
    with psycopg.connect(found) as connection:
        seen = connection.execute("SELECT host(inet_client_addr())").fetchone()
    if seen == (OTHER_ADDRESS,):
        pytest.skip(f"a connection to {OTHER_ADDRESS} begins there too: there is no other machine")
    return found


REASONS: dict[str, Callable[[Scene], None]] = {
    "marked production": _marked,
    "APP_ENV=production": lambda scene: None,
    "a protected name": _protected,
    "another machine": lambda scene: None,
    "read-only": _read_only,
}


@pytest.mark.parametrize("reason", REASONS)
@pytest.mark.parametrize("command", COMMANDS)
def test_a_reason_against_it_stops_it(
    command: str, reason: str, scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene.ready(command, monkeypatch)
    name, url = NAME, scene.arena.url()
    if reason == "another machine":
        url = _elsewhere(url)
    environment = {"APP_ENV": "production"} if reason == "APP_ENV=production" else {}
    REASONS[reason](scene)
    before = scene.everything()
    words = scene.words(command, url)
    if reason == "another machine":
        words[1:3] = ["-c", FROM_ELSEWHERE]
    try:
        tried = {"without a terminal": scene.run(words, environment)}
        if command in ASKING:
            tried["confirmed"] = scene.run([*words, "--confirm"], environment)
            tried["asked"] = scene.typed(words, name, environment=environment)
        assert {way: code for way, (code, _) in tried.items()} == dict.fromkeys(tried, 3), tried
        assert not any("Traceback" in said for _, said in tried.values())
        assert changes(before, scene.everything()) == []
    finally:
        _as_it_was(scene)


@pytest.mark.parametrize("way", ["confirmed", "asked"])
@pytest.mark.parametrize("command", COMMANDS)
def test_with_no_reason_against_it_it_is_done(
    command: str, way: str, scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    if way == "asked" and command in UNASKED:
        pytest.skip("it does not ask")
    start = scene.ready(command, monkeypatch)
    words = scene.words(command, scene.arena.url())
    if way == "asked":
        code, said = scene.typed(words, NAME)
    else:
        code, said = scene.run([*words, *(["--confirm"] if command in ASKING else [])], {})
    assert code == 0, said
    assert list(scene.arena.wait_until_quiet(scene.place)) == []
    assert scene.arena.observe(scene.place) == EFFECTS[command](start)


@pytest.mark.parametrize("way", ["nobody to ask", "another word", "no word"])
@pytest.mark.parametrize("command", ASKING)
def test_without_the_right_answer_nothing_changes(
    command: str, way: str, scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene.ready(command, monkeypatch)
    words = scene.words(command, scene.arena.url())
    if way == "nobody to ask":
        code, said = scene.run(words, {})
    else:
        code, said = scene.typed(words, "yes" if way == "another word" else "")
    assert code == 3, said
    assert changes(scene.before, scene.everything()) == []


# --- what changes while the question is open


@pytest.mark.parametrize("command", ASKING)
def test_a_mark_that_is_set_while_the_question_is_open_counts(
    command: str, scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene.ready(command, monkeypatch)
    _marked(scene)
    before = scene.everything()
    _as_it_was(scene)
    words = scene.words(command, scene.arena.url())
    try:
        code, said = scene.typed(words, NAME, lambda: _marked(scene))
        assert code == 3, said
        assert changes(before, scene.everything()) == []
    finally:
        _as_it_was(scene)


@pytest.mark.parametrize("command", ["restore", "swap", "restore warm"])
def test_a_snapshot_that_is_replaced_while_the_question_is_open_is_refused(
    command: str, scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene.ready(command, monkeypatch)

    def replace() -> None:
        shutil.rmtree(scene.place / "new")
        shutil.copytree(scene.arena.folder / "before", scene.place / "new")

    code, said = scene.typed(scene.words(command, scene.arena.url()), NAME, replace)
    assert code in (3, 4), said
    assert "Traceback" not in said
    found = changes(scene.before, scene.everything())
    assert [name for name in found if name.startswith("database ")] == []


@pytest.mark.parametrize("command", ASKING)
def test_another_database_under_the_name_is_not_the_one_that_was_asked_about(
    command: str, scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The command's own session may have to be ended for that: it then ends with 1."""
    scene.ready(command, monkeypatch)
    there: dict[str, object] = {}

    def exchange() -> None:
        _execute(
            scene,
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
            f" WHERE datname = '{NAME}'",
        )
        _execute(scene, f"ALTER DATABASE {NAME} RENAME TO {NAME}_away")
        _execute(scene, f"CREATE DATABASE {NAME} TEMPLATE start_before")
        there.update(scene.everything())

    try:
        code, said = scene.typed(scene.words(command, scene.arena.url()), NAME, exchange)
        assert code in (1, 3, 4), said
        assert "Traceback" not in said
        assert changes(there, scene.everything()) == []
    finally:
        _execute(scene, f"DROP DATABASE IF EXISTS {NAME}_away WITH (FORCE)")


def changes(before: dict[str, object], now: dict[str, object]) -> list[str]:
    """What is not as it was, by name."""
    return sorted(key for key in {*before, *now} if before.get(key) != now.get(key))
