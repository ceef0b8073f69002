"""The pytest plugin as a user's project would have it, and the containers."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg
import pytest
from equality import content, differences
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from snapshot import CreateOptions, create_snapshot
from snapshot.errors import SnapshotError
from snapshot.postgres import embedded
from snapshot.postgres.clones import clone_name, new_run, template_name
from snapshot.postgres.urls import make_url
from snapshot.store.manifest import digest
from snapshot.testing import (
    clone_database,
    drop_database,
    list_test_databases,
    prune_test_databases,
    restored_template,
    running_postgres,
)

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
    (folder / "pytest.ini").write_text(
        f"[pytest]\nsnapshot_directory = {directory}\ntimeout = 100\nfaulthandler_timeout = 90\n"
    )
    try:
        return subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *options],
            cwd=folder,
            env={**os.environ, **environment},
            capture_output=True,
            text=True,
            check=False,
            timeout=240,
        )
    except subprocess.TimeoutExpired as error:
        said = b"\n".join(s for s in (error.stdout, error.stderr) if isinstance(s, bytes))
        pytest.fail(f"pytest does not end: {said.decode(errors='replace')}")


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


def test_a_server_that_runs_already(database: Callable[..., str], tmp_path: Path) -> None:
    (tmp_path / "test_app.py").write_text(
        "import os, psycopg\n"
        "def test_it(snapshot_db, snapshot_server):\n"
        "    assert snapshot_server == os.environ['WANTED']\n"
        "    with psycopg.connect(snapshot_db) as connection:\n"
        "        assert connection.info.server_version // 10000 == 13\n"
    )
    url = make_url(conninfo_to_dict(database(13)))
    other = database()
    for options, environment in (
        (["--snapshot-server", url], {"SNAPSHOT_TEST_SERVER": other}),
        (["--snapshot-server", url], {"SNAPSHOT_TEST_IMAGE": "busybox"}),
        ([], {"SNAPSHOT_TEST_SERVER": make_conninfo(url)}),
    ):
        done = run_pytest(tmp_path, *options, **environment, WANTED=url)
        assert "1 passed" in done.stdout, done.stdout


@pytest.mark.parametrize(
    ("options", "wanted"),
    [
        (["--snapshot-server", "postgresql://x@127.0.0.1:9/x"],
         "Connection refused (hint: no server runs there: start it, or check host and port)"),
        (["--snapshot-server", "mysql://h/x"],
         "mysql:// is not a PostgreSQL URL (hint: give postgresql://user@host/database or "
         "key=value pairs)"),
        (["--snapshot-server", "postgresql:///x", "--snapshot-image", "postgres"],
         "tests need one server: a URL and an image were given (hint: give --snapshot-server or "
         "--snapshot-image)"),
    ],
)  # fmt: skip
def test_a_server_that_cannot_be_used_is_one_line(
    options: list[str], wanted: str, tmp_path: Path
) -> None:
    (tmp_path / "test_app.py").write_text("def test_it(snapshot_db): pass\n")
    done = run_pytest(tmp_path, *options)
    assert done.returncode == 1
    assert any(line.endswith(wanted) for line in done.stdout.splitlines()), done.stdout
    assert not re.search(r"\.py:\d", done.stdout)


KILLED = """
import os, pathlib, signal
def test_it(snapshot_db):
    pathlib.Path(__file__).with_name("url").write_text(snapshot_db)
    os.kill(os.getpid(), signal.SIGKILL)
"""


def make_snapshot(url: str, directory: Path) -> None:
    """A snapshot that no other test has."""
    with psycopg.connect(url) as connection:
        connection.execute(
            sql.SQL("CREATE TABLE {} (id int)").format(sql.Identifier(directory.parent.name))
        )
    create_snapshot(CreateOptions(url, directory))


def names_on(server: str) -> dict[str, str]:
    return {database.name: needed for database, needed in list_test_databases(server)}


def test_what_a_killed_run_leaves_is_known_and_dropped(
    database: Callable[..., str], tmp_path: Path
) -> None:
    server = database(16)
    snapshot = tmp_path / "seed"
    make_snapshot(server, snapshot)
    (tmp_path / "test_app.py").write_text(KILLED)
    options = ("--snapshot-server", server)
    assert run_pytest(tmp_path, *options, directory=snapshot).returncode == -9
    template = template_name(digest(snapshot))
    clone = str(conninfo_to_dict((tmp_path / "url").read_text())["dbname"])
    needed = names_on(server)
    assert (needed[template], clone[:14]) == ("the next run uses it", "snapshot_test_")
    assert needed[clone] == ""

    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute("CREATE DATABASE snapshot_test_00000001_1")  # somebody else's
    (tmp_path / "test_app.py").write_text("def test_it(snapshot_db): pass\n")
    assert run_pytest(tmp_path, *options, directory=snapshot).returncode == 0
    assert clone not in names_on(server)

    shutil.rmtree(snapshot)
    done = subprocess.run(
        [sys.executable, "-m", "snapshot", "test-databases", "prune", "--json", "-d", server],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert template in json.loads(done.stdout)["dropped"]
    with psycopg.connect(server, autocommit=True) as connection:
        left = connection.execute("SELECT datname FROM pg_database").fetchall()
        assert (template,) not in left
        assert ("snapshot_test_00000001_1",) in left
        connection.execute("DROP DATABASE snapshot_test_00000001_1")


def test_nothing_is_dropped_that_a_run_uses(database: Callable[..., str], tmp_path: Path) -> None:
    server = database(16)
    snapshot = tmp_path / "seed"
    make_snapshot(server, snapshot)
    with new_run(server) as run:
        template = restored_template(server, snapshot)
        clone = clone_name(run, 1)
        clone_database(server, template, clone)
        shutil.rmtree(snapshot)
        assert names_on(server)[clone] == "a run uses it"
        assert names_on(server)[template] == "a run may use it"
        assert {template, clone} & set(prune_test_databases(server)) == set()
        with new_run(server):  # it drops what is left, not this
            assert clone in names_on(server)
    assert {template, clone} <= set(prune_test_databases(server))
    assert {template, clone} & set(names_on(server)) == set()


def test_only_the_server_for_tests_does_not_wait_for_its_disk(tmp_path: Path) -> None:
    (tmp_path / "test_app.py").write_text(
        "import psycopg\n"
        "def test_it(snapshot_db, snapshot_server):\n"
        "    assert 'postgresql-18-tests' in snapshot_server\n"
        "    with psycopg.connect(snapshot_db) as connection:\n"
        "        assert connection.execute('SHOW fsync').fetchone() == ('off',)\n"
    )
    assert "1 passed" in run_pytest(tmp_path).stdout
    with psycopg.connect(embedded.running_database("postgres")) as connection:
        assert connection.execute("SHOW fsync").fetchone() == ("on",)


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
def test_four_workers_share_one_container(docker_client: Any, tmp_path: Path) -> None:
    (tmp_path / "test_app.py").write_text(
        "import pytest\n"
        "@pytest.mark.parametrize('number', range(8))\n"
        "def test_it(snapshot_db, snapshot_server, number, worker_id):\n"
        f"    with open({str(tmp_path / 'seen')!r}, 'a') as file:\n"
        "        file.write(f'{snapshot_server} {worker_id}\\n')\n"
    )
    done = run_pytest(tmp_path, "-n", "4", "--dist=each", "--snapshot-image", "postgres:16")
    assert "32 passed" in done.stdout, done.stdout
    seen = [line.split() for line in (tmp_path / "seen").read_text().splitlines()]
    assert len({server for server, _ in seen}) == 1
    assert {worker for _, worker in seen} == {"gw0", "gw1", "gw2", "gw3"}
    assert containers_of(docker_client, seen[0][0]) == []


def containers_of(docker: Any, server: str) -> list[str]:
    """Names of the containers that publish the port of this URL."""
    port = conninfo_to_dict(server)["port"]
    found = docker.containers.list(all=True, filters={"label": "snapshot.started-by"})
    return [c.name for c in found if f"'{port}'" in str(c.attrs["HostConfig"]["PortBindings"])
            or f"'HostPort': '{port}'" in str(c.ports)]  # fmt: skip


@pytest.mark.docker
@pytest.mark.xdist_group("docker")
def test_the_container_of_a_killed_run_is_removed(
    docker_client: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TESTCONTAINERS_RYUK_DISABLED", "true")  # which would remove it too
    (tmp_path / "test_app.py").write_text(
        KILLED.replace("(snapshot_db)", "(snapshot_server)").replace(
            "    os.kill",
            f"    open({str(tmp_path / 'seen')!r}, 'w').write(snapshot_server)\n    os.kill",
        )
    )
    assert run_pytest(tmp_path, "--snapshot-image", "postgres:16").returncode == -9
    server = (tmp_path / "seen").read_text()
    assert len(containers_of(docker_client, server)) == 1
    with running_postgres("postgres:16"):
        assert containers_of(docker_client, server) == []


@pytest.mark.docker
@pytest.mark.xdist_group("docker")
def test_a_container_that_does_not_get_ready_is_one_line(
    docker_client: Any, tmp_path: Path
) -> None:
    (tmp_path / "test_app.py").write_text("def test_it(snapshot_db): pass\n")
    done = run_pytest(tmp_path, "--snapshot-image", "busybox", TC_MAX_TRIES="2")
    assert done.returncode == 1
    (line,) = [x for x in done.stdout.splitlines() if x.startswith("the container of busybox")]
    assert "did not get ready" in line
    assert "(hint: give an image of PostgreSQL" in line
    assert not re.search(r"\.py:\d", done.stdout)


@pytest.mark.docker
@pytest.mark.xdist_group("docker")
@pytest.mark.parametrize("version", [15, 16, 17, 18])
def test_restore_into_a_container(version: int, docker_client: object) -> None:
    from snapshot.testing import restored_postgres

    with restored_postgres(ROOT / "seed_data", f"postgres:{version}") as url:
        with psycopg.connect(url) as connection:
            assert connection.info.server_version // 10000 == version
        assert sum(len(v) for v in content(url).values() if isinstance(v, list)) == 409 + 8


@pytest.mark.docker
@pytest.mark.xdist_group("docker")
def test_from_15_into_18(docker_client: object, tmp_path: Path) -> None:
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
