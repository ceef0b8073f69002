"""The connection to Docker, and its errors in plain words."""

from __future__ import annotations

import errno
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from snapshot.errors import DockerUnavailable, how_to_install

if TYPE_CHECKING:
    from docker import DockerClient

TIMEOUT = 30  # seconds for an answer of the daemon
_ROOTLESS = ("docker.sock", "podman/podman.sock")  # in $XDG_RUNTIME_DIR


@contextmanager
def docker_client() -> Iterator[DockerClient]:
    """Connect to the daemon that the `docker` command would use, else to a rootless one.

    Raises DockerUnavailable with a hint.
    """
    if find_spec("docker") is None:
        raise DockerUnavailable(
            "Docker's Python package is not installed",
            how_to_install("docker"),
            absent=True,
        )
    import docker

    parameters: dict[str, Any] = {}
    try:
        parameters = _parameters()
        _reach(parameters["base_url"])
        client = docker.DockerClient(**parameters, timeout=TIMEOUT, version="auto")
    except docker_errors() as error:
        raise _explained(error, parameters.get("base_url", "")) from error
    try:
        yield client
    finally:
        client.close()


def all_containers() -> tuple[list[Any], str | None]:
    """All containers, and the daemon's host: None for a socket of this machine.

    Raises DockerUnavailable.
    """
    with docker_client() as docker:
        address = _parameters()["base_url"]
        try:  # without those that are removed during the call
            return docker.containers.list(all=True, ignore_removed=True), _host(address)
        except docker_errors() as error:
            raise _explained(error, address) from error


def daemon_address() -> str:
    """Where docker_client() connects to."""
    return str(_parameters()["base_url"])


def docker_errors() -> tuple[type[Exception], ...]:
    """What the client raises: those of its own, of the network (OSError), and of ssh."""
    from docker.errors import DockerException

    if find_spec("paramiko") is None:
        return (DockerException, OSError)
    from paramiko import SSHException

    return (DockerException, OSError, SSHException, EOFError)


def _host(address: str) -> str | None:
    from docker.utils import parse_host

    parsed = urlsplit(parse_host(address))
    return None if parsed.scheme in ("http+unix", "npipe") else parsed.hostname or ""


def _parameters() -> dict[str, Any]:
    """DOCKER_HOST, else DOCKER_CONTEXT or the current context, as the `docker` command takes them.

    docker.from_env() ignores contexts.
    """
    from docker.constants import DEFAULT_UNIX_SOCKET
    from docker.context import ContextAPI
    from docker.utils import kwargs_from_env

    if os.environ.get("DOCKER_HOST"):
        return dict(kwargs_from_env())
    name = os.environ.get("DOCKER_CONTEXT")
    context = ContextAPI.get_context(name) if name else ContextAPI.get_current_context()
    if context is None:
        raise DockerUnavailable(
            f"there is no Docker context {name or 'of the name that is chosen'}",
            "see: docker context ls",
        )
    if context.Name == "default" or not context.Host:
        return {"base_url": _rootless() or context.Host or DEFAULT_UNIX_SOCKET}
    return {"base_url": str(context.Host), "tls": context.TLSConfig or False}


def _rootless() -> str | None:
    """The socket of a rootless daemon, if the usual one is not there."""
    from docker.constants import DEFAULT_UNIX_SOCKET

    folder = os.environ.get("XDG_RUNTIME_DIR")
    if not folder or Path(urlsplit(DEFAULT_UNIX_SOCKET).path).exists():
        return None
    sockets = (Path(folder, name) for name in _ROOTLESS)
    return next((f"unix://{path}" for path in sockets if path.exists()), None)


def _reach(address: str) -> None:
    """Connect to a local socket once, for Docker's package leaves one open that it cannot connect.

    Raises OSError. See https://github.com/docker/docker-py/pull/3356.
    """
    scheme, _, path = address.partition("://")
    if scheme in ("unix", "http+unix"):
        with socket.socket(socket.AF_UNIX) as link:
            link.settimeout(TIMEOUT)
            link.connect(path.removeprefix("//") if scheme == "http+unix" else path)


def _explained(error: Exception, address: str) -> DockerUnavailable:
    causes = list(_chain(error))
    numbers = {cause.errno for cause in causes if isinstance(cause, OSError)}
    text = " ".join(map(str, causes))
    where = os.environ.get("DOCKER_HOST") or address or "the local socket"
    if where.startswith("ssh://"):
        return _ssh_failed(where, error, text)
    if errno.EACCES in numbers or "Permission denied" in text:
        return DockerUnavailable(
            "this user may not use Docker",
            "add it to the group docker (sudo usermod -aG docker $USER)",
        )
    if errno.ENOENT in numbers or "No such file" in text:
        return DockerUnavailable("Docker is not running here", "start it", absent=True)
    if errno.ECONNREFUSED in numbers or "refused" in text:
        return DockerUnavailable(
            f"no Docker daemon answers at {where}",
            "start it (sudo systemctl start docker)",
            absent="DOCKER_HOST" not in os.environ and "unix" in where,
        )
    return DockerUnavailable(f"Docker does not answer at {where}: {error}", "check DOCKER_HOST")


def _ssh_failed(where: str, error: Exception, text: str) -> DockerUnavailable:
    if find_spec("paramiko") is None:
        return DockerUnavailable(
            f"{where} needs ssh, for which a package is missing", "pip install 'docker[ssh]'"
        )
    host = urlsplit(where).hostname
    if "known_hosts" in text:
        return DockerUnavailable(
            f"the key of the ssh host {host} is not known", f"look at it once: ssh {host}"
        )
    return DockerUnavailable(
        f"Docker does not answer at {where}: {error}",
        f"check that this works: ssh {host} docker ps",
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
