"""The library as a user's program calls it."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import psycopg
import pytest
from databases import build
from equality import differences

import snapshot
from snapshot import (
    BackupOptions,
    ClearOptions,
    CreateOptions,
    RestoreOptions,
    SnapshotError,
    SwapOptions,
    clear_database,
    create_snapshot,
    database_status,
    restore_snapshot,
    swap_snapshot,
    verify_snapshot,
)
from snapshot.postgres.urls import make_url, parameters_of

ROOT = Path(__file__).parent.parent
NONE = BackupOptions(keep=False)

SCRIPT = """
from __future__ import annotations

import threading

from sqlalchemy import create_engine

from snapshot import (
    BackupOptions, ContainerOptions, CreateOptions, Progress, RestoreOptions, SnapshotError,
    create_snapshot, restore_snapshot, verify_snapshot,
)

cancelled = threading.Event()


class Cancelled(Exception):
    pass


class Watching:
    def expect(self, rows: int) -> None: ...
    def step(self, title: str) -> None: ...
    def table(self, name: str) -> None: ...
    def advance(self, rows: int, size: int) -> None:
        if cancelled.is_set():
            raise Cancelled


def main(url: str) -> dict[str, object]:
    engine = create_engine(url.replace("postgresql", "postgresql+psycopg", 1))
    watching: Progress = Watching()
    report = create_snapshot(CreateOptions(engine, "seed", formats=("sql",)), watching)
    backup = BackupOptions(keep=False)
    options = RestoreOptions(
        engine.url, "seed", confirm=True, backup=backup, containers=ContainerOptions(leave_alone=True)
    )
    try:
        restored = restore_snapshot(options, progress=watching)
    except SnapshotError as error:
        raise SystemExit(f"{error.message}: {error.hint}: {error.exit_code}")
    assert verify_snapshot("seed", engine).passed
    print(report.manifest.rows, restored.to_dict()["rows"])
    return restored.to_dict()


if __name__ == "__main__":
    import sys

    main(sys.argv[1])
"""


def test_a_typed_script_runs_and_passes_mypy(database: Callable[..., str], tmp_path: Path) -> None:
    (tmp_path / "script.py").write_text(SCRIPT)
    url = make_url(parameters_of(database()))
    build(url, "cuebe")
    done = subprocess.run(
        [sys.executable, "script.py", url], cwd=tmp_path, capture_output=True, text=True, check=False
    )  # fmt: skip
    assert (done.stdout, done.returncode) == ("405 405\n", 0), done.stderr
    if find_spec("mypy") is None:
        pytest.skip("it ran; mypy is not installed")
    done = subprocess.run(  # with the configuration and so the cache of scripts/check.sh
        [sys.executable, "-m", "mypy", "--strict", str(tmp_path / "script.py")],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr


def test_sqlalchemy_stands_for_a_url(database: Callable[..., str], tmp_path: Path) -> None:
    sqlalchemy = pytest.importorskip("sqlalchemy")
    url = make_url(parameters_of(database()))
    build(url, "cuebe")
    secret = url.replace("postgres:@", "postgres@").replace("postgres@", "postgres:p%40ss@", 1)
    engine = sqlalchemy.create_engine(secret.replace("postgresql", "postgresql+psycopg", 1))
    assert CreateOptions(engine, tmp_path).conninfo.count("p%40ss") == 1  # and not ***
    create_snapshot(CreateOptions(engine, str(tmp_path / "s")))
    assert verify_snapshot(str(tmp_path / "s"), engine.url).passed
    assert database_status(engine).tables
    clear_database(ClearOptions(engine.url, confirm=True, backup=NONE))
    restore_snapshot(RestoreOptions(engine, str(tmp_path / "s"), confirm=True, backup=NONE))
    assert verify_snapshot(tmp_path / "s", url).passed


def test_results_are_what_json_prints(database: Callable[..., str], tmp_path: Path) -> None:
    url = database()
    build(url, "cuebe")
    made = create_snapshot(CreateOptions(url, tmp_path / "s")).to_dict()
    options = RestoreOptions(url, tmp_path / "s", confirm=True)
    restored = restore_snapshot(options).to_dict()
    swapped = swap_snapshot(SwapOptions(url, tmp_path / "s", confirm=True)).to_dict()
    cleared = clear_database(ClearOptions(url, confirm=True)).to_dict()
    verified = verify_snapshot(tmp_path / "s", url).to_dict()
    status = database_status(url).to_dict()
    for document in (made, restored, swapped, cleared, verified, status):
        assert json.loads(json.dumps(document)) == document
    assert made["rows"] == restored["rows"] == swapped["rows"] == cleared["rows"] == 405
    assert {"schema": "public", "name": "script_shares", "rows": 40} in restored["tables"]
    assert (verified["passed"], status["rows"]) == (False, 0)
    for words, document in ((["verify", str(tmp_path / "s"), "-d", url], verified),
                            (["status", "-d", url], status)):  # fmt: skip
        done = subprocess.run(
            [sys.executable, "-m", "snapshot", *words, "--json"],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        printed = json.loads(done.stdout)
        assert {name: printed.get(name) for name in document} == document


class Cancelled(Exception):
    pass


class Watching:
    """Waits for another thread at the first rows, and does what it is told."""

    def __init__(self) -> None:
        self.cancelled = threading.Event()
        self.moving = threading.Event()

    def expect(self, rows: int) -> None:
        pass

    def step(self, title: str) -> None:
        pass

    def table(self, name: str) -> None:
        pass

    def advance(self, rows: int, size: int) -> None:
        self.moving.set()
        self.cancelled.wait()
        raise Cancelled


@pytest.mark.parametrize("strategy", ["transaction", "swap", "create"])
def test_another_thread_cancels(
    strategy: str, database: Callable[..., str], tmp_path: Path
) -> None:
    url, same = database(), database()
    for each in (url, same):
        build(each, "cuebe")
    create_snapshot(CreateOptions(url, tmp_path / "s"))
    for each in (url, same):
        with psycopg.connect(each) as connection:
            connection.execute("DELETE FROM script_shares")
    watching = Watching()
    run: Callable[[], object] = {
        "create": lambda: create_snapshot(CreateOptions(url, tmp_path / "new"), watching),
        "swap": lambda: swap_snapshot(
            SwapOptions(url, tmp_path / "s", confirm=True), progress=watching
        ),
        "transaction": lambda: restore_snapshot(
            RestoreOptions(url, tmp_path / "s", confirm=True), progress=watching
        ),
    }[strategy]

    def cancel() -> None:
        watching.moving.wait()
        watching.cancelled.set()

    thread = threading.Thread(target=cancel)
    thread.start()
    with pytest.raises(Cancelled):
        run()
    thread.join()
    assert differences(url, same) == []
    assert not (tmp_path / "new").exists()
    with psycopg.connect(url) as connection:
        name = f"{connection.info.dbname}\\_\\_%"
        query = "SELECT datname FROM pg_database WHERE datname LIKE %s"
        assert connection.execute(query, [name]).fetchall() == []


def test_the_text_of_an_error_carries_its_hint(tmp_path: Path) -> None:
    with pytest.raises(SnapshotError) as caught:
        verify_snapshot(tmp_path / "none")
    error = caught.value
    assert str(error) == f"{error.message} (hint: {error.hint})"
    assert error.hint
    assert str(SnapshotError("just this")) == "just this"


def test_options_are_keywords() -> None:
    for name in dir(snapshot):
        options = getattr(snapshot, name)
        if name.endswith("Options") or name in ("Guard", "Selection"):
            fields = [f.name for f in options.__dataclass_fields__.values() if not f.kw_only]
            assert set(fields) <= {"url", "directory", "blueprint", "name"}, name
            assert len(fields) <= 2


def test_hints_name_the_distribution_that_is_ours() -> None:
    text = "\n".join(
        path.read_text()
        for path in [*(ROOT / "docs").glob("*.md"), ROOT / "README.md", ROOT / "action.yml",
                     *(ROOT / "snapshot").rglob("*.py")]
    )  # fmt: skip
    assert "pip install 'snapshot[" not in text
    assert "pip install snapshot" not in text.replace("pip install snapshot-postgres", "")
    assert 'name = "snapshot-postgres"' in (ROOT / "pyproject.toml").read_text()
