"""What must not happen, although everybody did what they may: names that are taken, two at once,
a clock that was ahead, two servers behind one URL, an interrupt that comes too late.
"""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest
from arena import NAME, Arena, running_arena
from psycopg import sql
from race_model import NEW, Content, State, allowed

from snapshot.change import ChangeOptions
from snapshot.clear import ClearOptions, clear_database
from snapshot.errors import SnapshotError
from snapshot.progress import NO_PROGRESS, Progress
from snapshot.restore import RestoreOptions, restore_snapshot
from snapshot.safety.guard import Guard, mark
from snapshot.seeding.loading import load_blueprint
from snapshot.seeding.run import SeedOptions, seed_database
from snapshot.swap import SwapOptions, roll_back, swap_snapshot, warm_clone
from snapshot.undo import UndoOptions, undo_restore

pytestmark = pytest.mark.xdist_group("accidents")

WAIT = 5.0  # seconds after which a command counts as waiting for the other
F_SETPIPE_SZ = 1031


@pytest.fixture(scope="module")
def arena() -> Iterator[Arena]:
    with running_arena() as arena:
        yield arena


@pytest.fixture
def start(arena: Arena, tmp_path: Path) -> State:
    """A database with a previous one, a safety snapshot, and no clone."""
    return arena.begin(tmp_path, seeded=False, clone=False)


def execute(arena: Arena, statement: str, database: str = "postgres") -> list[tuple[Any, ...]]:
    with psycopg.connect(arena.url(database), autocommit=True) as connection:
        cursor = connection.execute(sql.SQL(statement))
        return cursor.fetchall() if cursor.description else []


# --- two at once, one of them held where it hurts


class Held:
    """Progress that stops at a step, or at the first table, until it is let go."""

    def __init__(self, title: str, skipped: int = 0) -> None:
        self._title, self._left = title, skipped
        self.there, self.go_on = threading.Event(), threading.Event()

    def step(self, title: str) -> None:
        if self._title in (title, "a step"):
            self._stop()

    def table(self, name: str) -> None:
        if self._title == "a table":
            self._stop()

    def _stop(self) -> None:
        if self._left == 0:
            self.there.set()
            self.go_on.wait(30)
        self._left -= 1

    def __getattr__(self, name: str) -> Any:
        return getattr(NO_PROGRESS, name)


class Side:
    """A command that runs in a thread of its own."""

    def __init__(self, call: Callable[[], object]) -> None:
        self.failure: BaseException | None = None
        self.ended = threading.Event()
        self._call = call
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self) -> None:
        try:
            self._call()
        except BaseException as error:  # noqa: BLE001  # it is looked at later
            self.failure = error
        self.ended.set()

    @property
    def how(self) -> str:
        assert self.ended.wait(60)
        assert self.failure is None or isinstance(self.failure, SnapshotError), repr(self.failure)
        return "not done" if self.failure else "done"


def by_library(
    arena: Arena, operation: str, progress: Progress = NO_PROGRESS
) -> Callable[[], object]:
    url, new = arena.url(), arena.folder / "new"
    swap = SwapOptions(url, new, confirm=True)
    return {
        "swap": lambda: swap_snapshot(swap, progress=progress),
        "restore warm": lambda: swap_snapshot(replace(swap, warm=True), progress=progress),
        "warm": lambda: warm_clone(swap, progress),
        "rollback": lambda: roll_back(ChangeOptions(url, confirm=True)),
        "restore": lambda: restore_snapshot(
            RestoreOptions(url, new, confirm=True), progress=progress
        ),
        "clear": lambda: clear_database(ClearOptions(url, confirm=True), progress=progress),
        "undo": lambda: undo_restore(UndoOptions(url, confirm=True), progress=progress),
        "seed run": lambda: seed_database(
            SeedOptions(
                url,
                load_blueprint(str(arena.folder / "tags.py")),
                now=datetime(2026, 1, 1, tzinfo=UTC),
            )
        ),
    }[operation]


def until_it_waits(arena: Arena, *events: threading.Event) -> None:
    """Until one of these comes, or a session waits for a lock."""
    deadline = time.monotonic() + WAIT
    while not any(event.is_set() for event in events) and time.monotonic() < deadline:
        if execute(arena, "SELECT 1 FROM pg_locks WHERE NOT granted"):
            return
        time.sleep(0.02)


HELD = [
    ("swap", "Checking the files", 0, "swap", "restore warm", "warm", "rollback", "restore"),
    ("swap", "a step", 4, "swap", "restore warm", "warm", "rollback", "restore", "clear", "undo"),
    ("swap", "Switching", 0, "swap", "restore warm", "warm", "rollback", "restore", "clear"),
    ("warm", "a step", 4, "swap", "warm", "rollback"),
    ("restore", "a step", 1, "restore", "clear", "undo", "seed run", "swap", "rollback"),
    ("restore", "a table", 0, "restore", "clear", "undo", "seed run", "swap", "rollback"),
    ("clear", "a step", 0, "restore", "clear", "undo", "seed run", "swap", "rollback"),
    ("clear", "a table", 0, "restore", "clear", "undo", "seed run", "swap", "rollback"),
]


@pytest.mark.parametrize(
    ("first", "title", "skipped", "second"),
    [(*held[:3], second) for held in HELD for second in held[3:]],
)
def test_a_command_that_is_held_and_one_that_passes_it(
    first: str,
    title: str,
    skipped: int,
    second: str,
    arena: Arena,
    start: State,
    tmp_path: Path,
) -> None:
    held = Held(title, skipped)
    one = Side(by_library(arena, first, held))
    while not held.there.wait(0.01) and not one.ended.is_set():
        pass
    other = Side(by_library(arena, second))
    until_it_waits(arena, other.ended)
    held.go_on.set()
    ended = [(first, one.how), (second, other.how)]
    assert "done" in (one.how, other.how), (one.failure, other.failure)
    found = arena.observe(tmp_path)
    assert found in allowed(start, ended), (ended, one.failure, other.failure)


def test_the_loser_of_two_swaps_does_not_take_the_winners_database(
    arena: Arena, start: State, tmp_path: Path
) -> None:
    """The second stands between CREATE DATABASE and its first session there; the first switches."""
    held, waiting, go_on = Held("Switching"), threading.Event(), threading.Event()
    known = {"postgres", *arena.beside()}
    real = psycopg.connect
    seconds: list[threading.Thread] = []

    def connect(conninfo: str = "", **options: Any) -> Any:
        name = psycopg.conninfo.conninfo_to_dict(conninfo, **options).get("dbname")
        if threading.current_thread() in seconds and name not in known:
            waiting.set()
            go_on.wait(30)
        return real(conninfo, **options)

    def second_swap() -> None:
        seconds.append(threading.current_thread())
        by_library(arena, "swap")()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(psycopg, "connect", connect)
        first = Side(by_library(arena, "swap", held))
        assert held.there.wait(30)
        second = Side(second_swap)
        until_it_waits(arena, second.ended, waiting)
        held.go_on.set()
        assert first.ended.wait(30)
        go_on.set()
        ended = [("swap", first.how), ("swap", second.how)]
    assert arena.read(NAME) == NEW
    assert arena.observe(tmp_path) in allowed(start, ended), (ended, first.failure, second.failure)


# --- databases that are not ours


IN_THE_WAY = {
    "swap": ("incoming", "previous", "discarded"),
    "restore warm": ("incoming", "previous", "discarded", "warm"),
    "warm": ("incoming", "discarded", "warm"),
    "rollback": ("previous", "exchanged"),
}


@pytest.mark.parametrize("marked", [False, True], ids=["plain", "marked production"])
@pytest.mark.parametrize(
    ("operation", "suffix"), [(o, suffix) for o, names in IN_THE_WAY.items() for suffix in names]
)
def test_a_database_of_the_user_is_left_alone(
    operation: str, suffix: str, marked: bool, arena: Arena, tmp_path: Path
) -> None:
    start = arena.begin(tmp_path, seeded=False, clone=False)
    name = arena.clone_name() if suffix == "warm" else f"{NAME}__{suffix}"
    if name in arena.beside():
        execute(arena, f"DROP DATABASE {name}")
        start = start._replace(previous=None)
    execute(arena, f"CREATE DATABASE {name}")
    execute(arena, "CREATE TABLE mine AS SELECT 'precious' AS what", name)
    comment = "environment: production" if marked else "mine"
    execute(arena, f"COMMENT ON DATABASE {name} IS '{comment}'")
    query = f"SELECT oid FROM pg_database WHERE datname = '{name}'"
    before = execute(arena, query)
    with suppress(SnapshotError):
        by_library(arena, operation)()
    assert execute(arena, query) == before
    assert execute(arena, "SELECT what FROM mine", name) == [("precious",)]
    assert arena.read(NAME) in (start.current, start.previous, NEW)


def test_a_swap_after_a_refusal_works_when_the_name_is_free(
    arena: Arena, start: State, tmp_path: Path
) -> None:
    name = f"{NAME}__previous"
    execute(arena, f"DROP DATABASE {name}")
    execute(arena, f"CREATE DATABASE {name}")
    with suppress(SnapshotError):
        by_library(arena, "swap")()
    assert arena.read(NAME) == start.current
    execute(arena, f"DROP DATABASE {name}")
    by_library(arena, "swap")()
    assert (arena.read(NAME), arena.read(name)) == (NEW, start.current)
    assert arena.beside() == [NAME, name]


# --- safety snapshots


def clock_was_ahead(arena: Arena) -> None:
    """Five safety snapshots that say they were made in years to come."""
    for year in range(2081, 2086):
        report = restore_snapshot(
            RestoreOptions(arena.url(), arena.folder / "before", confirm=True, full=True)
        )
        assert report.backup is not None
        report.backup.rename(report.backup.with_name(f"{year}0101-000000-000000"))


def test_the_newest_safety_snapshot_is_kept_although_others_seem_newer(
    arena: Arena, start: State
) -> None:
    clock_was_ahead(arena)
    execute(arena, "UPDATE author SET name = 'precious ' || id", NAME)
    report = restore_snapshot(RestoreOptions(arena.url(), arena.folder / "new", confirm=True))
    assert report.backup is not None
    assert (report.backup / "manifest.json").exists()


def test_undo_takes_the_newest_safety_snapshot_although_others_seem_newer(
    arena: Arena, start: State
) -> None:
    clock_was_ahead(arena)
    execute(arena, "UPDATE author SET name = 'precious ' || id", NAME)
    restore_snapshot(RestoreOptions(arena.url(), arena.folder / "new", confirm=True))
    undo_restore(UndoOptions(arena.url(), confirm=True))
    names = execute(arena, "SELECT name FROM author ORDER BY id", NAME)
    assert names[0] == ("precious 1",)


def test_half_a_safety_snapshot_of_a_killed_command_is_removed_by_the_next(
    arena: Arena, start: State, tmp_path: Path
) -> None:
    folder = Path(os.environ["XDG_STATE_HOME"]) / "snapshot" / "backups"
    words = [*arena.words("restore", tmp_path), "-d", arena.url()]
    before = set(folder.glob("*/*"))
    process = subprocess.Popen(
        [sys.executable, "-m", "snapshot", *words],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    while set(folder.glob("*/*")) == before:
        assert process.poll() is None
        time.sleep(0.002)
    process.kill()
    process.wait()
    assert list(arena.wait_until_quiet(tmp_path)) == []
    by_library(arena, "restore")()
    assert [path for path in folder.glob("*/*") if not (path / "manifest.json").exists()] == []


# --- the mark


@pytest.mark.parametrize("operation", ["swap", "restore warm", "rollback", "restore", "undo",
                                       "clear"])  # fmt: skip
def test_a_mark_stays_with_the_name(operation: str, arena: Arena, tmp_path: Path) -> None:
    arena.begin(tmp_path, seeded=False, clone=True)
    mark(arena.url(), "production")
    words = ["--allow", f"localhost/{NAME}", "-d", arena.url()]
    done = snapshot(*arena.words(operation, tmp_path), *words)
    assert done.returncode == 0, done.stderr
    assert list(arena.wait_until_quiet(tmp_path)) == []
    assert mark(arena.url(), None).environment == "production"


def test_a_marked_name_stays_protected_after_every_rollback(arena: Arena, start: State) -> None:
    mark(arena.url(), "production")
    for _ in range(2):
        roll_back(ChangeOptions(arena.url(), confirm=True, guard=Guard(allow=f"localhost/{NAME}")))
        with pytest.raises(SnapshotError, match="protected"):
            roll_back(ChangeOptions(arena.url(), confirm=True))


def snapshot(*words: str, **options: Any) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "snapshot", *words],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        **options,
    )


# --- two servers behind one URL


@pytest.fixture(scope="module")
def twins() -> Iterator[tuple[Arena, Arena]]:
    """Two servers that write down who connects."""
    logged = ("log_connections=on", "log_line_prefix='%q %a '")
    with running_arena(logged) as one, running_arena(logged) as other:
        yield one, other


@pytest.mark.skipif(psycopg.pq.version() < 160000, reason="libpq 16 chooses hosts at random")
@pytest.mark.parametrize("operation", ["create", "restore", "swap", "warm", "rollback", "clear",
                                       "undo"])  # fmt: skip
def test_all_sessions_of_a_command_go_to_one_server(
    operation: str, twins: tuple[Arena, Arena], tmp_path: Path
) -> None:
    for twin in twins:
        place = tmp_path / twin.folder.name
        place.mkdir()
        twin.begin(place, seeded=False, clone=False)
    logs = [twin.folder / "server" / "log" for twin in twins]
    hosts = ",".join(str(twin.folder / "server") for twin in twins)
    url = f"postgresql://postgres@/{NAME}?host={hosts}&port=5432,5432&load_balance_hosts=random"
    words = [*twins[0].words(operation, tmp_path), "-d", url]
    for _ in range(5):
        before = [sessions(log) for log in logs]
        done = snapshot(*words)
        assert done.returncode == 0, done.stderr
        time.sleep(0.1)
        new = [sessions(log)[len(old) :] for log, old in zip(logs, before, strict=True)]
        assert [] in new, f"both servers were asked: {[len(lines) for lines in new]}"


def sessions(log: Path) -> list[str]:
    lines = log.read_text(errors="replace").splitlines()
    return [line for line in lines if "connection authorized" in line]


# --- an interrupt that comes too late


@pytest.mark.parametrize("operation", ["restore", "swap", "restore warm", "rollback", "undo",
                                       "clear", "seed run", "seed clean"])  # fmt: skip
def test_an_interrupt_after_the_commit_does_not_say_that_nothing_changed(
    operation: str, arena: Arena, tmp_path: Path
) -> None:
    """The command hangs after its commit: nobody reads what it prints."""
    start = arena.begin(tmp_path, operation == "seed clean", clone=False)
    words = [*arena.words(operation, tmp_path), "-d", arena.url(), "--json"]
    reader, writer = os.pipe()
    fcntl.fcntl(writer, F_SETPIPE_SZ, 4096)
    os.set_blocking(writer, False)
    with suppress(BlockingIOError):
        while True:
            os.write(writer, b" ")
    os.set_blocking(writer, True)
    process = subprocess.Popen(
        [sys.executable, "-m", "snapshot", *words],
        stdin=subprocess.DEVNULL,
        stdout=writer,
        stderr=subprocess.PIPE,
        text=True,
    )
    os.close(writer)
    wait_for_change(arena, start.current, process)
    time.sleep(0.1)
    process.send_signal(signal.SIGINT)
    time.sleep(0.1)
    threading.Thread(target=drain, args=(reader,), daemon=True).start()
    _, said = process.communicate(timeout=30)
    assert list(arena.wait_until_quiet(tmp_path)) == []
    assert arena.read(NAME) != start.current
    assert "nothing was" not in said
    assert "not touched" not in said
    assert "Traceback" not in said


def wait_for_change(arena: Arena, before: Content | None, process: subprocess.Popen[str]) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and process.poll() is None:
        with suppress(Exception):  # nobody can connect while databases are exchanged
            if arena.read(NAME) not in (before, None):
                return
        time.sleep(0.005)


def drain(reader: int) -> None:
    while os.read(reader, 4096):
        pass
    os.close(reader)
