"""No Docker, or one that does not answer: each case in its own words."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from databases import build
from equality import content

from snapshot.containers import client, control, discovery
from snapshot.containers.addresses import databases_at
from snapshot.containers.discovery import find_applications
from snapshot.containers.journal import journal_of, left_behind
from snapshot.create import CreateOptions, create_snapshot
from snapshot.errors import DockerUnavailable
from snapshot.planning.applications import NO_APPLICATIONS, Container, ContainerOptions, Endpoint
from snapshot.restore import RestoreOptions, restore_snapshot
from snapshot.store.folders import state_folder

NAMED = ContainerOptions(project="x")
UNNAMED = ContainerOptions()
HERE = Endpoint("127.0.0.1", 5432)

CASES = {
    "there is no socket": ("unix:///nowhere/docker.sock", "Docker is not running here"),
    "nobody listens": ("tcp://127.0.0.1:1", "no Docker daemon answers at tcp://127.0.0.1:1"),
    "no such host": (
        "tcp://nowhere.invalid:1",
        "Docker does not answer at tcp://nowhere.invalid:1",
    ),
    "nonsense": ("nonsense://x", "Docker does not answer at nonsense://x"),
}


@pytest.mark.parametrize("case", CASES)
def test_named_containers_need_docker(case: str, monkeypatch: pytest.MonkeyPatch) -> None:
    address, message = CASES[case]
    monkeypatch.setenv("DOCKER_HOST", address)
    with pytest.raises(DockerUnavailable) as caught:
        find_applications(NAMED, HERE)
    assert caught.value.message.startswith(message)
    assert "--no-containers" in caught.value.hint
    assert caught.value.exit_code == 1
    del caught
    gc.collect()  # pytest fails on the warning about a socket that was left open


def test_without_permission(tmp_path: Path) -> None:
    """As another user, at a socket that only root may use."""
    if os.geteuid() != 0:
        pytest.skip("only root can become another user")
    import socket

    path = f"/tmp/snapshot-{os.getpid()}.sock"
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(path)
        os.chmod(path, 0o600)
        server.listen()
        code = (
            "import os, sys; from snapshot.containers.discovery import find_applications;"
            "from snapshot.planning.applications import ContainerOptions, Endpoint; import docker;"
            "os.setuid(65534)\n"
            "try: find_applications(ContainerOptions(), Endpoint('127.0.0.1', 5432))\n"
            "except Exception as e: print(e); print(e.hint)"
        )
        done = subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "DOCKER_HOST": f"unix://{path}", "HOME": "/"},
            capture_output=True,
            text=True,
            check=False,
        )
    os.unlink(path)
    assert "this user may not use Docker" in done.stdout, done.stderr
    assert "usermod -aG docker" in done.stdout


def test_nothing_to_stop_needs_no_docker(
    database: Callable[..., str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCKER_HOST", "unix:///nowhere/docker.sock")
    assert find_applications(UNNAMED, HERE) == NO_APPLICATIONS
    busy = replace(HERE, sessions={"203.0.113.9": 2, "127.0.0.1": 1})
    (note,) = find_applications(UNNAMED, busy).notes
    assert note.endswith("sessions from 203.0.113.9 are not stopped")
    assert find_applications(ContainerOptions(leave_alone=True), HERE) == NO_APPLICATIONS
    url = database()
    build(url, "cuebe")
    before = content(url)
    create_snapshot(CreateOptions(url, tmp_path / "s"))
    restore_snapshot(RestoreOptions(url, tmp_path / "s", confirm=True))
    assert content(url) == before


def test_a_context_is_honoured(tmp_path: Path) -> None:
    """`docker context use` writes to the configuration, which the SDK's default does not read."""
    import json
    from hashlib import sha256

    name = sha256(b"remote").hexdigest()
    meta = tmp_path / "contexts" / "meta" / name
    meta.mkdir(parents=True)
    (meta / "meta.json").write_text(
        json.dumps({
            "Name": "remote", "Metadata": {},
            "Endpoints": {"docker": {"Host": "tcp://127.0.0.1:2", "SkipTLSVerify": False}},
        })
    )  # fmt: skip
    (tmp_path / "config.json").write_text(json.dumps({"currentContext": "remote"}))
    environment = {k: v for k, v in os.environ.items() if k != "DOCKER_HOST"}
    done = subprocess.run(
        [sys.executable, "-c", "import snapshot.containers.client as c; print(c._parameters()['base_url'])"],
        env={**environment, "DOCKER_CONFIG": str(tmp_path)},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout.strip() == "tcp://127.0.0.1:2"


def test_without_fcntl_everything_about_containers_is_importable() -> None:
    """As on Windows."""
    code = (
        "import sys; sys.modules['fcntl'] = None\n"
        "import snapshot.containers.control, snapshot.containers.discovery\n"
        "from snapshot.containers.journal import left_behind\n"
        "print(left_behind())"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stdout == "[]\n", done.stderr


WEB = Container("id", "app-web-1", "app", "web", "1", "2026-01-01T00:00:00Z")


def test_a_journal_is_left_behind_when_its_process_is_gone(tmp_path: Path) -> None:
    with journal_of([WEB]) as journal:
        assert left_behind() == []  # this process still runs
        assert journal.path.is_relative_to(state_folder())
        (journal.path.with_name("stopped-broken.json")).write_text("[{")
    (found,) = left_behind()
    assert found.containers == (WEB,)
    assert not found.path.with_name("stopped-broken.json").exists()
    found.path.with_name("stopped-folder.json").mkdir()  # not ours, and no reason to fail
    assert left_behind() == [found]
    found.remove()
    assert left_behind() == []


def found(
    name: str, address: str = "", bindings: tuple[tuple[str, str], ...] = (), mode: str = "shop"
) -> Any:
    """A container as Docker describes it; it publishes its port 5432."""
    ports = {"5432/tcp": [{"HostIp": ip, "HostPort": port} for ip, port in bindings]}
    network = {"IPAddress": address, "GlobalIPv6Address": "", "Gateway": "172.18.0.1"}
    return SimpleNamespace(
        id=name,
        attrs={
            "NetworkSettings": {"Ports": ports, "Networks": {"shop": network}},
            "HostConfig": {"NetworkMode": mode},
        },
    )


EVERYWHERE, ONLY_LOOPBACK = (("0.0.0.0", "5432"),), (("127.0.0.1", "5432"),)
DB = found("db", "172.18.0.2", EVERYWHERE)
PROXY = found("proxy", "172.18.0.9", (("", "6432"),))


@pytest.mark.parametrize(
    ("endpoint", "containers", "daemon", "expected"),
    [
        (Endpoint("127.0.0.1", 5432, "172.18.0.2"), [DB], None, {"db"}),
        (Endpoint("::1", 5432, "172.18.0.2"), [DB], None, {"db"}),
        (Endpoint("172.18.0.2", 5432, "172.18.0.2"), [DB], None, {"db"}),
        (Endpoint("172.18.0.1", 5432, "172.18.0.2"), [DB], None, {"db"}),  # host.docker.internal
        (Endpoint("127.0.0.1", 5432, "172.18.0.2"), [DB], "localhost", {"db"}),
        (Endpoint("127.0.0.1", 5433, "172.18.0.2"), [DB], None, set()),
        (Endpoint("203.0.113.9", 5432, "172.18.0.2"), [DB], None, set()),
        # a daemon elsewhere
        (Endpoint("127.0.0.1", 5432, "127.0.0.1"), [DB], "203.0.113.9", set()),
        (Endpoint("172.18.0.2", 5432, "172.18.0.2"), [DB], "203.0.113.9", set()),
        (Endpoint("203.0.113.9", 5432, "172.18.0.2"), [DB], "203.0.113.9", {"db"}),
        (Endpoint("127.0.0.1", 5432, "172.18.0.2"), [DB], "nowhere.invalid", set()),
        # it looks like this machine's, through a tunnel
        (Endpoint("127.0.0.1", 5432, "127.0.0.1"), [DB], "localhost", set()),
        (Endpoint("127.0.0.1", 5432, ""), [DB], "localhost", set()),
        # published at one address
        (Endpoint("127.0.0.1", 5432, "172.18.0.2"),
         [found("db", "172.18.0.2", ONLY_LOOPBACK)], None, {"db"}),
        (Endpoint("127.0.0.2", 5432, "127.0.0.2"),
         [found("db", "172.18.0.2", ONLY_LOOPBACK)], None, set()),
        # a proxy in between, and one that pools
        (Endpoint("127.0.0.1", 6432, "172.18.0.2"), [DB, PROXY], None, {"db", "proxy"}),
        (Endpoint("127.0.0.1", 6432, None), [DB, PROXY], None, {"proxy"}),
        # the network of another container, and a rootless engine that tells no address
        (Endpoint("127.0.0.1", 5432, "172.18.0.2"),
         [DB, found("beside", "", (), "container:db")], None, {"db", "beside"}),
        (Endpoint("127.0.0.1", 5432, "10.0.2.100"), [found("db", "", EVERYWHERE)], None, {"db"}),
    ],
)  # fmt: skip
def test_a_container_is_matched_by_daemon_address_and_port(
    endpoint: Endpoint, containers: list[Any], daemon: str | None, expected: set[str]
) -> None:
    assert databases_at(endpoint, containers, daemon) == expected


def test_a_podman_container_without_a_health_check_is_up() -> None:
    state = {"Status": "running", "Running": True, "Health": {"Status": "", "FailingStreak": 0}}
    container = SimpleNamespace(reload=lambda: None, attrs={"State": state})
    assert control._wait_until_up(container, was_crashing=False) is None


def test_the_context_of_the_environment_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DOCKER_HOST", raising=False)
    monkeypatch.setenv("DOCKER_CONTEXT", "no-such-context")
    with pytest.raises(DockerUnavailable, match="there is no Docker context no-such-context") as it:
        find_applications(UNNAMED, HERE)
    assert "docker context ls" in it.value.hint


def test_a_rootless_socket_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DOCKER_HOST", raising=False)
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    monkeypatch.delenv("DOCKER_CONTEXT", raising=False)
    usual = tmp_path / "usual.sock"
    monkeypatch.setattr("docker.constants.DEFAULT_UNIX_SOCKET", f"http+unix://{usual}")
    (tmp_path / "podman").mkdir()
    (tmp_path / "podman" / "podman.sock").touch()
    assert client._parameters()["base_url"] == f"unix://{tmp_path}/podman/podman.sock"
    usual.touch()
    assert "podman" not in client._parameters()["base_url"]


SSH = {
    "ssh://127.0.0.1:1": "Docker does not answer at ssh://127.0.0.1:1",
    "ssh://nowhere.invalid": "Docker does not answer at ssh://nowhere.invalid",
}


@pytest.mark.parametrize("address", SSH)
def test_an_ssh_host_that_does_not_answer(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("paramiko")
    monkeypatch.setenv("DOCKER_HOST", address)
    with pytest.raises(DockerUnavailable) as caught:
        find_applications(UNNAMED, HERE)
    assert caught.value.message.startswith(SSH[address])
    assert "ssh" in caught.value.hint


def test_the_journal_forgets_those_that_are_up(tmp_path: Path) -> None:
    with journal_of([WEB, replace(WEB, id="2", number="2")]) as journal:
        journal.keep([WEB])
    (found,) = left_behind()
    assert found.containers == (WEB,)
    found.remove()


@pytest.mark.parametrize(
    ("status", "restarts", "seconds", "crashes"),
    [
        ("restarting", 0, 1, True),
        ("running", 3, 0.1, True),  # between two crashes
        ("running", 3, 60, False),  # it has recovered
        ("running", 0, 0.1, False),  # somebody has just started it
        ("exited", 3, 0.1, False),
    ],
)
def test_what_crashes_again_and_again(
    status: str, restarts: int, seconds: float, crashes: bool
) -> None:
    started = (datetime.now(UTC) - timedelta(seconds=seconds)).isoformat().replace("+00:00", "000Z")
    state = {"Status": status, "StartedAt": started}
    assert discovery._crashes({"State": state, "RestartCount": restarts}) is crashes
    assert not discovery._crashes({"State": {"Status": "running", "StartedAt": "yesterday"}})
