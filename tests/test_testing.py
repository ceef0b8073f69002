"""The pytest plugin as a user's project would have it, and the containers."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest
from equality import content, differences

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
    (folder / "pytest.ini").write_text(f"[pytest]\nsnapshot_directory = {ROOT / 'seed_data'}\n")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *options],
        cwd=folder,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.parametrize("options", [[], ["-n", "2"]])
def test_two_hundred_tests_each_with_a_database(options: list[str], tmp_path: Path) -> None:
    assert "200 passed" in run_project(tmp_path, 200, *options)


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
