"""No Docker, or one that does not answer: each case in its own words."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from databases import build
from equality import content

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
