"""The connection to Docker, and its errors in plain words."""

from __future__ import annotations

import errno
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from typing import TYPE_CHECKING

from snapshot.errors import DockerUnavailable, how_to_install

if TYPE_CHECKING:
    from docker import DockerClient

TIMEOUT = 30  # seconds for an answer of the daemon


@contextmanager
def docker_client() -> Iterator[DockerClient]:
    """Connect to the daemon that the `docker` command would use.

    Raises DockerUnavailable with a hint.
    """
    if find_spec("docker") is None:
        raise DockerUnavailable(
            "containers cannot be stopped: Docker's Python package is not installed",
            f"{how_to_install('docker')}, or --no-containers",
            absent=True,
        )
    import docker
    from docker.constants import DEFAULT_UNIX_SOCKET
    from docker.errors import DockerException

    address = _address()
    try:
        _reach(address or DEFAULT_UNIX_SOCKET)
        client = docker.DockerClient(base_url=address, timeout=TIMEOUT, version="auto")
    except (DockerException, OSError) as error:
        raise _explained(error) from error
    try:
        yield client
    finally:
        client.close()


def _address() -> str | None:
    """DOCKER_HOST, else the current context, which docker.from_env() ignores."""
    if host := os.environ.get("DOCKER_HOST"):
        return host
    from docker.context import ContextAPI

    context = ContextAPI.get_current_context()
    return str(context.Host) if context and context.Host else None


def _reach(address: str) -> None:
    """Connect to a local socket once, for Docker's package leaves one open that it cannot connect.

    Raises OSError. See https://github.com/docker/docker-py/pull/3356.
    """
    scheme, _, path = address.partition("://")
    if scheme in ("unix", "http+unix"):
        with socket.socket(socket.AF_UNIX) as link:
            link.settimeout(TIMEOUT)
            link.connect(path)


def _explained(error: Exception) -> DockerUnavailable:
    causes = list(_chain(error))
    numbers = {cause.errno for cause in causes if isinstance(cause, OSError)}
    text = " ".join(map(str, causes))
    where = os.environ.get("DOCKER_HOST", "the local socket")
    if errno.EACCES in numbers or "Permission denied" in text:
        return DockerUnavailable(
            "this user may not use Docker",
            "add it to the group docker (sudo usermod -aG docker $USER), or --no-containers",
        )
    if errno.ENOENT in numbers or "No such file" in text:
        return DockerUnavailable(
            "Docker is not running here", "start it, or use --no-containers", absent=True
        )
    if errno.ECONNREFUSED in numbers or "refused" in text:
        return DockerUnavailable(
            f"no Docker daemon answers at {where}",
            "start it (sudo systemctl start docker), or --no-containers",
            absent="DOCKER_HOST" not in os.environ,
        )
    if "paramiko" in text:
        return DockerUnavailable(
            "DOCKER_HOST needs ssh, for which a package is missing",
            "pip install 'docker[ssh]', or --no-containers",
        )
    return DockerUnavailable(
        f"Docker does not answer at {where}: {error}", "check DOCKER_HOST, or use --no-containers"
    )


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    seen: set[int] = set()
    stack = [error]
    while stack:
        current = stack.pop()
        if not isinstance(current, BaseException) or id(current) in seen:
            continue
        seen.add(id(current))
        yield current
        stack += [current.__cause__, current.__context__, *current.args]
        stack.append(getattr(current, "reason", None))
