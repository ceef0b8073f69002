"""The app stands still while its database is replaced: on real containers, with real signals."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg
import pytest
from compose_project import Stack, wait_for

HERE = Path(__file__).parent
DOCKER_SOCKET = "unix:///var/run/docker.sock"

pytestmark = [pytest.mark.docker, pytest.mark.xdist_group("docker")]

# loading takes some seconds: each row waits a little
SLOW = """
    CREATE FUNCTION slow() RETURNS bool LANGUAGE plpgsql AS
        'BEGIN PERFORM pg_sleep(0.02); RETURN true; END';
    CREATE TABLE t (id int PRIMARY KEY, v text CHECK (slow()));
    INSERT INTO t SELECT g, 'kept' FROM generate_series(1, 150) g;
"""


@pytest.fixture(scope="module")
def project(docker_client: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    name = f"snapshot-test-{os.getpid()}"
    folder = tmp_path_factory.mktemp("compose")
    shutil.copy(HERE / "docker" / "compose.yml", folder)
    compose = ["docker", "compose", "-f", str(folder / "compose.yml"), "-p", name]
    environment = {**os.environ, "PORT": str(port)}
    subprocess.run(
        [*compose, "up", "-d", "--wait"], env=environment, check=True, capture_output=True
    )
    url = f"postgresql://postgres:secret@127.0.0.1:{port}/postgres"
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(SLOW)
    state = tmp_path_factory.mktemp("state")
    stack = Stack(name, url, docker_client, state)
    done = stack.run("create", state / "seed", "-d", url)
    assert done.returncode == 0, done.stderr
    yield stack
    subprocess.run(
        [*compose, "down", "-v", "-t", "0"], env=environment, check=True, capture_output=True
    )


@pytest.fixture
def stack(project: Stack) -> Stack:
    """Everything up but `idle`, and other rows in the database than the snapshot's."""
    for service in ("app", "worker"):
        container = project.container(service)
        if container.status == "paused":
            container.unpause()
        container.start()
    project.container("idle").stop(timeout=0)
    with psycopg.connect(project.url, autocommit=True) as connection:
        connection.execute("DELETE FROM t WHERE id > 1; UPDATE t SET v = 'changed'")
    wait_for(lambda: project.status("app") == "healthy")
    return project


def rows(stack: Stack) -> tuple[int, str]:
    with psycopg.connect(stack.url) as connection:
        return connection.execute("SELECT count(*), min(v) FROM t").fetchone()  # type: ignore[return-value]


def restore(stack: Stack) -> list[object]:
    return ["restore", stack.state / "seed", "-d", stack.url, "--confirm"]


def all_up(stack: Stack) -> bool:
    worker = stack.container("worker").attrs["State"]
    return stack.status("app") == "healthy" and worker["Status"] == "running"


def test_the_plan_says_what_is_stopped_and_why_not(stack: Stack) -> None:
    done = stack.run(*restore(stack), "--plan", "--json")
    containers = json.loads(done.stdout)["containers"]
    assert [name.split("-")[-2] for name in containers["stopped"]] == ["app", "worker"]
    reasons = dict(containers["left_alone"])
    assert reasons == {"db": "it is the database", "idle": "it is not running"}
    assert rows(stack) == (1, "changed")
    assert all_up(stack)


def test_the_app_is_stopped_and_started_again(stack: Stack) -> None:
    before = {s: stack.container(s).attrs["State"]["StartedAt"] for s in ("db", "app", "worker")}
    done = stack.run(*restore(stack))
    assert done.returncode == 0, done.stderr
    assert rows(stack) == (150, "kept")
    assert all_up(stack)
    assert stack.status("idle") == "exited"
    after = {s: stack.container(s).attrs["State"]["StartedAt"] for s in ("db", "app", "worker")}
    assert after["db"] == before["db"]
    assert after["app"] > before["app"]
    assert after["worker"] > after["app"]  # it depends on the app


def test_paused_containers_are_paused_again(stack: Stack) -> None:
    stack.container("worker").pause()
    done = stack.run(*restore(stack), "--service", "worker", "--project", stack.project)
    # the app still holds its sessions, but no lock
    assert done.returncode == 0, done.stderr
    assert stack.container("worker").attrs["State"]["Paused"] is True
    stack.container("worker").unpause()


def test_left_alone_when_asked(stack: Stack) -> None:
    before = stack.container("app").attrs["State"]["StartedAt"]
    assert stack.run(*restore(stack), "--no-containers").returncode == 0
    assert stack.container("app").attrs["State"]["StartedAt"] == before


def stopping(stack: Stack) -> bool:
    return stack.container("worker").attrs["State"]["Status"] == "exited"


def loading(stack: Stack) -> bool:
    # from another database: sessions on the target are ended
    with psycopg.connect(stack.url.removesuffix("postgres") + "template1") as connection:
        found = connection.execute(
            "SELECT FROM pg_stat_activity WHERE application_name = 'snapshot' AND query ~ '^COPY'"
        )
        return found.fetchone() is not None


def starting(stack: Stack) -> bool:
    state = stack.container("app").attrs["State"]
    try:
        return rows(stack) == (150, "kept") and state["Status"] == "running"
    except psycopg.OperationalError:
        return False  # our session was one of those that are ended


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("stage", [stopping, loading, starting])
def test_two_signals_leave_the_app_running_and_the_database_whole(
    stage: Callable[[Stack], bool], number: signal.Signals, stack: Stack
) -> None:
    process = stack.start(*restore(stack))
    wait_for(lambda: stage(stack))
    process.send_signal(number)
    time.sleep(0.05)
    process.send_signal(number)
    _, errors = process.communicate(timeout=60)
    assert "Traceback" not in errors
    assert all_up(stack)
    if stage is starting:
        assert process.returncode == 0
        assert rows(stack) == (150, "kept")
    else:
        assert process.returncode == 130
        assert rows(stack) == (1, "changed")
    assert "no container was left stopped" in stack.run("containers", "list").stdout


@pytest.mark.parametrize("stage", [stopping, loading])
def test_what_a_killed_restore_left_stopped_is_recovered(
    stage: Callable[[Stack], bool], stack: Stack
) -> None:
    process = stack.start(*restore(stack))
    wait_for(lambda: stage(stack))
    process.kill()
    process.communicate()
    wait_for(lambda: rows(stack) == (1, "changed"))
    wait_for(lambda: not loading(stack))
    assert stack.status("worker") == "exited"
    plan = stack.run(*restore(stack), "--plan")
    assert "a killed restore left containers stopped: app, worker" in plan.stdout
    assert_nobody_else_recovers(stack)
    done = stack.run("containers", "recover")
    assert done.returncode == 0, done.stderr
    assert all_up(stack)
    assert "no container was left stopped" in stack.run("containers", "list").stdout


def assert_nobody_else_recovers(stack: Stack) -> None:
    """The record says on which daemon; to another one the containers would seem to be removed."""
    (record,) = (stack.state / "snapshot" / "containers").iterdir()
    written = record.read_bytes()
    containers = json.loads(written)
    assert len({c["daemon"] for c in containers}) == 1
    record.write_text(json.dumps([{**c, "daemon": "tcp://10.0.0.1:2375"} for c in containers]))
    done = stack.run("containers", "recover")
    assert done.returncode == 1
    assert "2 containers were stopped at another Docker daemon" in done.stderr
    assert "worker: is at tcp://10.0.0.1:2375" in done.stderr
    record.write_bytes(written)


def test_what_was_stopped_on_purpose_since_is_not_revived(stack: Stack) -> None:
    process = stack.start(*restore(stack))
    wait_for(lambda: loading(stack))
    process.kill()
    process.communicate()
    worker = stack.container("worker")
    worker.start()
    worker.stop(timeout=1)
    done = stack.run("containers", "recover", "--json")
    lines = json.loads(done.stdout)["containers"]
    assert lines == ["app: started", "worker: left stopped"]
    assert stack.container("worker").attrs["State"]["Status"] == "exited"


def test_a_recreated_container_is_found_again(stack: Stack) -> None:
    """Its number is new (404 for the old one); compose's labels are the same."""
    process = stack.start(*restore(stack))
    wait_for(lambda: loading(stack))
    old = stack.container("worker")
    old.remove(force=True)
    new = stack.docker.containers.create(
        "busybox", ["sleep", "3600"], labels=old.labels, name=old.name, stop_signal="SIGKILL"
    )
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 0, errors
    assert stack.container("worker").id == new.id != old.id
    assert all_up(stack)


def test_a_removed_container_is_reported_and_not_waited_for(stack: Stack) -> None:
    process = stack.start(*restore(stack))
    wait_for(lambda: loading(stack))
    worker = stack.container("worker")
    worker.remove(force=True)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "worker: has been removed" in errors
    assert rows(stack) == (150, "kept")
    done = stack.run("containers", "recover", "--json")
    lines = json.loads(done.stdout)["containers"]
    assert lines == ["worker: has been removed since; left alone"]  # the app is up
    stack.docker.containers.create(
        "busybox", ["sleep", "3600"], labels=worker.labels, name=worker.name, stop_signal="SIGKILL"
    )


def test_a_container_that_does_not_come_up_is_reported(stack: Stack) -> None:
    worker = stack.container("worker")
    labels = {**worker.labels, "com.docker.compose.service": "broken"}
    broken = stack.docker.containers.run(
        "busybox",
        ["sh", "-c", "test -e /once && { echo no second time; exit 3; }; touch /once; sleep 3600"],
        labels=labels, detach=True, name=f"{stack.project}-broken-1", stop_signal="SIGKILL",
    )  # fmt: skip
    try:
        done = stack.run(*restore(stack))
        assert done.returncode == 1
        assert "1 of 3 containers did not come up; the database was restored" in done.stderr
        assert "exited with 3" in done.stderr
        assert "no second time" in done.stderr
        assert rows(stack) == (150, "kept")
        assert all_up(stack)
    finally:
        broken.remove(force=True)
        for journal in (stack.state / "snapshot" / "containers").glob("*"):
            journal.unlink()


def test_both_failures_are_shown(stack: Stack) -> None:
    broken = stack.docker.containers.run(
        "busybox",
        ["sh", "-c", "test -e /once && exit 3; touch /once; sleep 3600"],
        detach=True, name=f"{stack.project}-broken", stop_signal="SIGKILL",
    )  # fmt: skip
    try:
        with psycopg.connect(stack.url, autocommit=True) as connection:
            connection.execute("ALTER TABLE t ADD CONSTRAINT few CHECK (id < 100)")
        done = stack.run(*restore(stack), "--data-only", "--container", broken.name)
        assert done.returncode == 1
        assert "1 of 1 container did not come up; the command failed before that" in done.stderr
        assert 'violates check constraint "few"' in done.stderr
        assert "exited with 3" in done.stderr
        assert rows(stack) == (1, "changed")
    finally:
        broken.remove(force=True)
        with psycopg.connect(stack.url, autocommit=True) as connection:
            connection.execute("ALTER TABLE t DROP CONSTRAINT few")
        for journal in (stack.state / "snapshot" / "containers").glob("*"):
            journal.unlink()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--project", "no-such-project"], "no container belongs to a compose project"),
        (["--container", "no-such-container"], "there is no container no-such-container"),
        (["--service", "no-such-service"], "has no service no-such-service"),
    ],
)
def test_what_is_named_must_be_there(words: list[str], message: str, stack: Stack) -> None:
    done = stack.run(*restore(stack), *words)
    assert done.returncode == 2
    assert message in done.stderr
    assert rows(stack) == (1, "changed")
    assert all_up(stack)


# --- a container is known by its daemon and its address


def test_a_service_is_found_at_its_published_port(stack: Stack) -> None:
    (folder,) = {
        c.labels["com.docker.compose.project.working_dir"] for c in [stack.container("db")]
    }
    inside = replace(stack, folder=Path(folder))
    url = stack.url.replace("127.0.0.1", "db").replace(port_of(stack), "5432")
    done = inside.run("status", "-d", url)
    assert done.returncode == 0, done.stderr
    line = f"db is a service of compose project {stack.project}: 127.0.0.1:{port_of(stack)}"
    assert line in done.stderr


def port_of(stack: Stack) -> str:
    return stack.url.split(":")[-1].split("/")[0]


def stopped(stack: Stack, url: str, **environment: str) -> list[str]:
    """The services that a restore would stop."""
    done = stack.run("restore", stack.state / "seed", "-d", url, "--plan", "--json", **environment)
    assert done.returncode == 0, done.stderr
    return [name.split("-")[-2] for name in json.loads(done.stdout)["containers"]["stopped"]]


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST", "0.0.0.0", "127.1"])
def test_the_spelling_of_the_host_does_not_matter(host: str, stack: Stack) -> None:
    assert stopped(stack, stack.url.replace("127.0.0.1", host)) == ["app", "worker"]


def test_a_container_is_found_at_its_own_address(stack: Stack) -> None:
    """And its database is on this machine: nothing has to be allowed."""
    (network,) = stack.container("db").attrs["NetworkSettings"]["Networks"].values()
    url = stack.url.replace(f"127.0.0.1:{port_of(stack)}", network["IPAddress"])
    assert stopped(stack, url) == ["app", "worker"]
    done = stack.run("restore", stack.state / "seed", "-d", url, "--confirm", "--no-containers")
    assert done.returncode == 0, done.stderr


PROXY = """
import socket, threading
def copy(a, b):
    while data := a.recv(65536): b.sendall(data)
    b.shutdown(socket.SHUT_WR)
server = socket.create_server(("0.0.0.0", 2375))
while True:
    a, b = server.accept()[0], socket.socket(socket.AF_UNIX)
    b.connect("/var/run/docker.sock")
    for pair in ((a, b), (b, a)): threading.Thread(target=copy, args=pair, daemon=True).start()
"""


@pytest.fixture
def elsewhere(stack: Stack) -> Iterator[str]:
    """A daemon at another machine's address; it has the same containers as this machine's."""
    python = os.path.realpath(sys.executable)
    proxy = stack.docker.containers.run(
        "busybox", ["chroot", "/host", python, "-c", PROXY], volumes=["/:/host"],
        environment={"LD_LIBRARY_PATH": os.environ.get("LD_LIBRARY_PATH", "")},
        detach=True, stop_signal="SIGKILL",
    )  # fmt: skip
    try:
        wait_for(lambda: bool(proxy.reload() or proxy.attrs["NetworkSettings"]["IPAddress"]))
        address = (proxy.attrs["NetworkSettings"]["IPAddress"], 2375)
        wait_for(lambda: reachable(address))
        yield "tcp://{}:{}".format(*address)
    finally:
        proxy.remove(force=True)


def reachable(address: tuple[str, int]) -> bool:
    try:
        socket.create_connection(address, 1).close()
    except OSError:
        return False
    return True


def test_a_daemon_elsewhere_has_nothing_to_do_with_this_machine(
    elsewhere: str, stack: Stack
) -> None:
    """It publishes the port of the target, too."""
    assert stopped(stack, stack.url) == ["app", "worker"]
    assert stopped(stack, stack.url, DOCKER_HOST=elsewhere) == []
    named = replace(stack, folder=HERE / "docker")
    done = named.run(*restore(stack), "--plan", "--project", stack.project, DOCKER_HOST=elsewhere)
    assert done.returncode == 2
    assert "is at the target's address" in done.stderr


def test_a_port_published_at_another_address_is_another_database(stack: Stack) -> None:
    labels = {"com.docker.compose.project": f"{stack.project}-other"}
    other = stack.docker.containers.run(
        "postgres:16", environment={"POSTGRES_PASSWORD": "secret"}, detach=True,
        ports={"5432/tcp": ("127.0.0.2", int(port_of(stack)))},
        labels={**labels, "com.docker.compose.service": "db"},
    )  # fmt: skip
    app = stack.docker.containers.run(
        "busybox", ["sleep", "3600"], detach=True, stop_signal="SIGKILL",
        name=f"{stack.project}-bystander-1",
        labels={
            **labels, "com.docker.compose.service": "bystander",
            "com.docker.compose.depends_on": "db:service_started:false",
        },
    )  # fmt: skip
    try:
        url = stack.url.replace("127.0.0.1", "127.0.0.2")
        wait_for(lambda: stack.run("status", "-d", url).returncode == 0)
        assert stopped(stack, stack.url) == ["app", "worker"]
        assert stopped(stack, url) == ["bystander"]
    finally:
        other.remove(force=True, v=True)
        app.remove(force=True)


def test_sessions_of_containers_that_are_not_stopped_are_named(stack: Stack) -> None:
    stranger = stack.docker.containers.run(
        "postgres:16", detach=True, stop_signal="SIGKILL", name=f"{stack.project}-stranger",
        network=f"{stack.project}_default",
        entrypoint=["psql", "-h", "db", "-U", "postgres", "-c", "SELECT pg_sleep(3600)"],
        environment={"PGPASSWORD": "secret", "PGAPPNAME": "stranger"},
    )  # fmt: skip
    query = "SELECT FROM pg_stat_activity WHERE application_name = 'stranger'"
    try:
        with psycopg.connect(stack.url, autocommit=True) as connection:
            wait_for(lambda: connection.execute(query).fetchone() is not None)
        done = stack.run(*restore(stack), "--plan")
        assert f"{stranger.name} has 1 session on the database and is not stopped" in done.stdout
    finally:
        stranger.remove(force=True)


def test_the_container_in_which_the_command_runs_is_not_stopped(stack: Stack) -> None:
    """A service with tools, in the project's network; this machine's files are at /host."""
    (network,) = stack.container("db").attrs["NetworkSettings"]["Networks"].values()
    address, port = network["IPAddress"], f"127.0.0.1:{port_of(stack)}"
    url = stack.url.replace(port, address)
    words = [*restore(stack), "-d", url, "--plan", "--json", "--allow", f"{address}/postgres"]
    environment = {**os.environ, "PYTHONPATH": str(HERE.parent), "DOCKER_HOST": DOCKER_SOCKET}
    said = stack.docker.containers.run(
        "busybox", ["chroot", "/host", *stack.command(*words)], volumes=["/:/host"], remove=True,
        network=f"{stack.project}_default", environment=environment,
        name=f"{stack.project}-tools-1",
        labels={
            "com.docker.compose.project": stack.project, "com.docker.compose.service": "tools",
            "com.docker.compose.depends_on": "db:service_started:false",
        },
    )  # fmt: skip
    containers = json.loads(said)["containers"]
    assert ["tools", "this command runs in it"] in containers["left_alone"]
    assert [name.split("-")[-2] for name in containers["stopped"]] == ["app", "worker"]
