"""A project of real life: no published port, replicas, a worker at work, one that crashes, a cache."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from compose_project import Stack, wait_for

HERE = Path(__file__).parent
URL = "postgresql://postgres:secret@db:5432/shop"

pytestmark = [pytest.mark.docker, pytest.mark.xdist_group("docker")]


@pytest.fixture(scope="module")
def shop(docker_client: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    folder = tmp_path_factory.mktemp("shop")
    shutil.copy(HERE / "docker" / "shop.yml", folder / "compose.yml")
    name = f"snapshot-shop-{os.getpid()}"
    compose = ["docker", "compose", "-p", name]
    subprocess.run([*compose, "up", "-d"], cwd=folder, check=True, capture_output=True)
    stack = Stack(name, "", docker_client, tmp_path_factory.mktemp("state"), folder)
    networks = stack.container("db").attrs["NetworkSettings"]["Networks"]
    (address,) = (network["IPAddress"] for network in networks.values())
    stack.url = URL.replace("@db", f"@{address}")
    with psycopg.connect(stack.url, autocommit=True) as connection:
        connection.execute("CREATE TABLE t AS SELECT * FROM generate_series(1, 50) id")
    wait_for(lambda: clients(stack) == 2)
    done = stack.run("create", "seed", "-d", URL)
    assert done.returncode == 0, done.stderr
    yield stack
    down = [*compose, "down", "-v", "-t", "0"]
    subprocess.run(down, cwd=folder, check=True, capture_output=True)


@pytest.fixture
def changed(shop: Stack) -> Stack:
    with psycopg.connect(shop.url, autocommit=True) as connection:
        connection.execute("DELETE FROM t WHERE id > 1")
    return shop


def clients(stack: Stack) -> int:
    query = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'psql'"
    with psycopg.connect(stack.url) as connection:
        return connection.execute(query).fetchone()[0]  # type: ignore[index]


def rows(stack: Stack) -> int:
    with psycopg.connect(stack.url) as connection:
        return connection.execute("SELECT count(*) FROM t").fetchone()[0]  # type: ignore[index]


def states(stack: Stack) -> dict[str, dict[str, Any]]:
    """By service and number."""
    found = stack.docker.containers.list(
        all=True, filters={"label": f"com.docker.compose.project={stack.project}"}
    )
    return {c.name.removeprefix(f"{stack.project}-"): c.attrs["State"] for c in found}


def test_only_what_uses_the_database_is_stopped(changed: Stack) -> None:
    plan = ["restore", "seed", "-d", URL, "--plan"]
    done = changed.run(*plan, "--json")
    assert done.returncode == 0, done.stderr
    address = changed.url.split("@")[1].split("/")[0]
    assert f"db is a service of compose project {changed.project}: {address}" in done.stderr
    containers = json.loads(done.stdout)["containers"]
    assert [name.removeprefix(f"{changed.project}-") for name in containers["stopped"]] == [
        "app-1", "flaky-1", "reports-1", "worker-1", "web-1", "web-2", "web-3",
    ]  # fmt: skip
    left = dict(containers["left_alone"])
    assert left.keys() == {"cache", "db"}
    assert left["db"] == "it is the database"
    assert left["cache"].startswith("it has no session on the database")
    assert containers["notes"] == ["flaky crashes again and again; it may do so later"]
    text = changed.run(*plan, DATABASE_URL=URL).stdout
    for name in ("web-1", "web-2", "web-3", "worker"):
        assert f"· {name}\n" in text
    everything = changed.run(*plan, "--json", "--all-services").stdout
    assert f"{changed.project}-cache-1" in json.loads(everything)["containers"]["stopped"]
    assert rows(changed) == 1


def test_everybody_comes_back_and_the_job_was_done(changed: Stack) -> None:
    before = states(changed)
    done = changed.run("restore", "seed", "-d", URL, "--confirm")
    assert done.returncode == 0, done.stderr
    assert rows(changed) == 50
    after = states(changed)
    assert b"the job is done" in changed.container("worker").logs()  # it took more than 10 s
    assert after["app-1"]["Health"]["Status"] == "healthy"
    for name in ("web-1", "web-2", "web-3", "worker-1", "reports-1", "app-1"):
        assert after[name]["Status"] == "running", name
        assert after[name]["StartedAt"] > before[name]["StartedAt"], name
    for name in ("cache-1", "db-1"):
        assert after[name]["StartedAt"] == before[name]["StartedAt"], name
    assert after["web-3"]["StartedAt"] > after["app-1"]["StartedAt"]
    assert "no container was left stopped" in changed.run("containers", "list").stdout


def test_after_a_swap_those_that_did_not_survive_it_are_named(changed: Stack) -> None:
    wait_for(lambda: clients(changed) == 2)
    done = changed.run("restore", "seed", "-d", URL, "--strategy", "swap", "--confirm", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["ended"] == ["reports: exited (0)"]
    assert rows(changed) == 50
    assert states(changed)["app-1"]["Status"] == "running"
    changed.container("reports").start()


def test_a_service_that_is_not_reached(shop: Stack) -> None:
    done = shop.run("status", "-d", "postgresql://nowhere/shop")
    assert done.returncode == 1
    assert f"no container of compose project {shop.project} runs by it" in done.stderr
    assert "docker compose up -d nowhere" in done.stderr
    done = shop.run("status", "-d", "postgresql://cache/shop")
    assert done.returncode == 1
    assert "its port 5432 is not reached" in done.stderr
    done = shop.run("status")
    assert done.returncode == 2
    assert "compose.yml has a PostgreSQL service: db" in done.stderr
