"""The pytest plugin as a user's project would have it, and the containers."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

import psycopg
import pytest
from equality import content, differences
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from snapshot.errors import SnapshotError
from snapshot.postgres.urls import make_url
from snapshot.testing import clone_database, drop_database, restored_template

ROOT = Path(__file__).parent.parent

PROJECT = """
import psycopg, pytest

@pytest.mark.parametrize("number", range({tests}))
def test_own_database(snapshot_db, number):
    with psycopg.connect(snapshot_db) as connection:
        assert connection.execute('SELECT count(*) FROM script_shares').fetchone() == (40,)
        connection.execute('DELETE FROM script_shares')
        connection.execute('UPDATE "userTable" SET full_name = %s', [str(number)])
        connection.commit()
        names = connection.execute('SELECT DISTINCT full_name FROM "userTable"').fetchall()
        assert names == [(str(number),)]
"""


def run_project(folder: Path, tests: int, *options: str, **environment: str) -> str:
    (folder / "test_app.py").write_text(PROJECT.format(tests=tests))
    done = run_pytest(folder, *options, **environment)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def run_pytest(
    folder: Path, *options: str, directory: Path = ROOT / "seed_data", **environment: str
) -> subprocess.CompletedProcess[str]:
    (folder / "pytest.ini").write_text(f"[pytest]\nsnapshot_directory = {directory}\n")
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *options],
        cwd=folder,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("options", [[], ["-n", "2"]])
def test_many_tests_each_with_a_database(options: list[str], tmp_path: Path) -> None:
    assert "20 passed" in run_project(tmp_path, 20, *options)


def test_every_library_reads_the_url(tmp_path: Path) -> None:
    (tmp_path / "test_app.py").write_text(
        "import psycopg, sqlalchemy\n"
        "from urllib.parse import parse_qs, unquote, urlsplit\n"
        "def test_url(snapshot_db):\n"
        "    url = urlsplit(snapshot_db)\n"
        "    name = unquote(url.path[1:])\n"
        "    assert (url.scheme, url.username) == ('postgresql', 'postgres')\n"
        "    assert set(parse_qs(url.query)) == {'host', 'port'}\n"
        "    with psycopg.connect(snapshot_db) as connection:\n"
        "        assert connection.info.dbname == name\n"
        "    driver = snapshot_db.replace('postgresql://', 'postgresql+psycopg://')\n"
        "    engine = sqlalchemy.create_engine(driver)\n"
        "    with engine.connect() as connection:\n"
        "        found = connection.execute(sqlalchemy.text('SELECT current_database()'))\n"
        "        assert found.scalar() == name\n"
        "    engine.dispose()\n"
    )
    done = run_pytest(tmp_path, PGPORT="5999", PGHOSTADDR="127.0.0.9", PGOPTIONS="-c x=y")
    assert "1 passed" in done.stdout, done.stdout


def test_urls_of_clones_are_urls(database: Callable[..., str]) -> None:
    server = database()
    role = f"r'@:/% {os.getpid()}"
    with psycopg.connect(server, autocommit=True) as connection:
        host = connection.info.host
        connection.execute(
            sql.SQL("CREATE ROLE {} LOGIN CREATEDB PASSWORD 'x'").format(sql.Identifier(role))
        )
    try:
        conninfo = make_conninfo(host=host, user=role, password="p/@:%&=", dbname="postgres")
        template = restored_template(conninfo, ROOT / "seed_data")
        for name in (f"clone {os.getpid()}/?&=%41", f"postgresql://h/x{os.getpid()}"):
            url = clone_database(conninfo, template, name)
            assert url.startswith("postgresql://")
            with psycopg.connect(url) as connection:
                assert (connection.info.dbname, connection.info.user) == (name, role)
                assert connection.info.password == "p/@:%&="
            drop_database(url.replace(quote(name, safe=""), "postgres"), name)
    finally:
        with psycopg.connect(server, autocommit=True) as connection:
            mine = sql.Identifier(role)
            connection.execute(
                sql.SQL("ALTER DATABASE {} IS_TEMPLATE false").format(sql.Identifier(template))
            )
            connection.execute(sql.SQL("DROP DATABASE {}").format(sql.Identifier(template)))
            connection.execute(sql.SQL("DROP ROLE {}").format(mine))


@pytest.mark.parametrize(
    ("parameters", "url"),
    [
        ({"host": "h", "port": "5", "user": "u@x", "password": "a:b/c", "dbname": "d e"},
         "postgresql://u%40x:a%3Ab%2Fc@h:5/d%20e"),
        ({"host": "/run/x y", "port": 5432, "dbname": "d"},
         "postgresql:///d?host=/run/x%20y&port=5432"),
        ({"host": "::1", "port": "5", "dbname": "d"}, "postgresql://[::1]:5/d"),
        ({"host": "a,b", "port": "1,2", "dbname": "d"}, "postgresql:///d?host=a,b&port=1,2"),
        ({"sslmode": "require", "port": "5", "host": "@abstract"},
         "postgresql:///?host=%40abstract&port=5&sslmode=require"),
        ({"host": "", "options": "-c a=b c"}, "postgresql:///?options=-c%20a%3Db%20c"),
        ({}, "postgresql:///"),
    ],
)  # fmt: skip
def test_a_url_means_its_parameters(parameters: dict[str, object], url: str) -> None:
    assert make_url(parameters) == url
    wanted = {name: str(value) for name, value in parameters.items() if value != ""}
    assert conninfo_to_dict(url) == wanted


def test_a_drop_that_fails_leaves_no_session(database: Callable[..., str]) -> None:
    server = database()
    with psycopg.connect(server, autocommit=True) as connection:
        sessions = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'snapshot'"
        before = connection.execute(sessions).fetchone()
        failures = []
        for _ in range(3):
            with pytest.raises(SnapshotError) as caught:
                drop_database(server, "template1")
            failures.append(caught)  # a traceback keeps what was in its frames alive
        deadline = time.monotonic() + 10
        while connection.execute(sessions).fetchone() != before:
            assert time.monotonic() < deadline
            time.sleep(0.05)


def test_a_missing_snapshot_is_one_line_with_a_hint(tmp_path: Path) -> None:
    (tmp_path / "test_app.py").write_text("def test_it(snapshot_db): pass\n")
    done = run_pytest(tmp_path, directory=tmp_path / "none")
    assert done.returncode == 1
    wanted = f"there is no snapshot in {tmp_path / 'none'} (hint: make one with: snapshot create)"
    assert wanted in done.stdout.splitlines()
    assert "Traceback" not in done.stdout
    assert not re.search(r"\.py:\d", done.stdout)


def test_docker_that_is_absent_is_one_line_with_a_hint(tmp_path: Path) -> None:
    (tmp_path / "test_app.py").write_text("def test_it(snapshot_db): pass\n")
    done = run_pytest(
        tmp_path, "--snapshot-image", "postgres:18", DOCKER_HOST="unix:///nowhere/docker.sock"
    )
    assert done.returncode == 1
    (line,) = [x for x in done.stdout.splitlines() if x.startswith("no container of postgres:18")]
    assert "start Docker" in line
    assert not re.search(r"\.py:\d", done.stdout)


def test_pytest_starts_without_the_driver() -> None:
    code = "import sys, snapshot.testing.plugin; print('psycopg' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


def test_the_plugin_has_a_name_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "test_app.py").write_text("def test_it(snapshot_db): pass\n")
    assert "1 passed" in run_pytest(tmp_path, "-p", "no:snapshot").stdout
    without = run_pytest(tmp_path, "-p", "no:snapshot_postgres").stdout
    assert "fixture 'snapshot_db' not found" in without


@pytest.mark.docker
@pytest.mark.xdist_group("docker")
def test_the_plugin_on_a_container(docker_client: object, tmp_path: Path) -> None:
    assert "3 passed" in run_project(tmp_path, 3, "--snapshot-image", "postgres:16")
    assert "3 passed" in run_project(tmp_path, 3, SNAPSHOT_TEST_IMAGE="postgres:16")


@pytest.mark.docker
@pytest.mark.xdist_group("docker")
@pytest.mark.parametrize("version", [15, 16, 17, 18])
def test_restore_into_a_container(version: int, docker_client: object) -> None:
    from snapshot.testing import restored_postgres

    with restored_postgres(ROOT / "seed_data", f"postgres:{version}") as url:
        with psycopg.connect(url) as connection:
            assert connection.info.server_version // 10000 == version
        assert sum(len(v) for v in content(url).values() if isinstance(v, list)) == 405 + 8


@pytest.mark.docker
@pytest.mark.xdist_group("docker")
def test_from_15_into_18(docker_client: object, tmp_path: Path) -> None:
    from snapshot import CreateOptions, create_snapshot
    from snapshot.testing import restored_postgres

    with restored_postgres(ROOT / "seed_data", "postgres:15") as old:
        create_snapshot(CreateOptions(old, tmp_path / "s"))
        with restored_postgres(tmp_path / "s", "postgres:18") as new:
            assert content(old) == content(new)
            found = [d for d in differences(old, new) if not d.startswith(("schema", "constraint"))]
            assert found == []


@pytest.mark.docker
@pytest.mark.xdist_group("docker")
def test_the_committed_snapshot_in_the_image_of_this_run(docker_client: object) -> None:
    from snapshot import verify_snapshot
    from snapshot.testing import restored_postgres

    image = os.environ.get("SNAPSHOT_TEST_IMAGE", "postgres:18")
    with restored_postgres(ROOT / "seed_data", image) as url:
        assert verify_snapshot(ROOT / "seed_data", url).differences == ()
