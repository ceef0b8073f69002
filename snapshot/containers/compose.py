"""A folder's compose project: where its services are reached, and whether one is PostgreSQL."""

from __future__ import annotations

import os
import re
import socket
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

from snapshot.containers.addresses import ANY, is_local, networks, published, resolved
from snapshot.containers.client import all_containers
from snapshot.containers.discovery import label
from snapshot.errors import ConnectionFailed, DockerUnavailable, UsageError

_WITHIN = 2.0  # seconds that a container of this machine has to accept a connection
_FILES = re.compile(r"(docker-)?compose([.-][\w.-]+)?\.ya?ml")
_IMAGE = re.compile(r"\bimage\s*:\s*[\"']?(?:[^\s\"'@]*/)?([^\s\"'@:,}]+)")
_POSTGRES = re.compile(r"(.*[-_])?(postgres(ql)?|postgis|timescaledb(-ha)?|pgvector|citus)")
# as a port, not as the value of a variable
_PORT = re.compile(
    r"(^\s*-|\b(ports|expose|target|published)\s*:).*?[\s:\"'\[,]5432(/tcp)?[\"'\],}\s]*$"
)


class Service(NamedTuple):
    """A service of a compose project, and where it is reached from this machine."""

    name: str
    project: str
    host: str
    port: int

    def __str__(self) -> str:
        where = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.name} is a service of compose project {self.project}: {where}:{self.port}"


def find_service(
    host: str, port: int, folders: Sequence[Path], project: str | None
) -> Service | None:
    """Find a host that is not known here in the compose project of this name, or of the folders.

    Returns None if there is no project. Raises ConnectionFailed if the service is not reached from
    this machine, UsageError if two projects have it.
    """
    try:
        containers, daemon = all_containers()
    except DockerUnavailable as error:
        if "." in host or not any(_files(folders)):
            return None  # an ordinary name, whose server is not known now
        raise ConnectionFailed(
            f"the name {host} is not known here, and Docker cannot be asked: {error.message}",
            hint=error.hint,
        ) from error
    members = _members(containers, folders, project)
    found = [c for c in members if host in _names(c)]
    if not found and "." in host:
        return None  # an ordinary name, whose server is not known now
    projects = sorted({label(c, "project") for c in found or members})
    if not projects:
        if file := next(_files(folders), None):
            raise ConnectionFailed(
                f"the name {host} is not known here, and the project of "
                f"{os.path.relpath(file)} has no containers",
                hint=f"start it (docker compose up -d {host}), or give -d URL",
            )
        return None
    if len(projects) > 1:
        raise UsageError(
            f"{host} may be a service of compose project {' or '.join(projects)}",
            hint="set COMPOSE_PROJECT_NAME to the one you mean",
        )
    running = [c for c in found if c.attrs["State"]["Running"]]
    if not running:
        raise ConnectionFailed(
            f"the name {host} is not known here, and no container of compose project "
            f"{projects[0]} runs by it",
            hint=f"start it (docker compose up -d {host}), or give -d URL",
        )
    for container in running:
        for address, outside in _ways(container, port, daemon):
            return Service(host, projects[0], address, outside)
    raise ConnectionFailed(
        f"{host} runs in compose project {projects[0]}, but its port {port} is not reached",
        hint=f'publish it (ports: ["{port}"]), or run this command in a container of the project',
    )


def postgres_service(folders: Sequence[Path]) -> tuple[Path, str] | None:
    """A compose file of the folders that has a PostgreSQL service, and the service's name.

    It is looked for in the lines, for there may be no Docker, and a file that needs variables.
    """
    for path in _files(folders):
        with suppress(OSError, UnicodeDecodeError):
            for service, line in _services(path.read_text("utf-8").splitlines()):
                image = _IMAGE.search(line)
                if (image and _POSTGRES.fullmatch(image[1])) or _PORT.search(line):
                    return path, service
    return None


def _files(folders: Sequence[Path]) -> Iterator[Path]:
    for folder in folders:
        with suppress(OSError):
            yield from sorted(
                (path for path in folder.iterdir() if _FILES.fullmatch(path.name)),
                key=lambda path: (len(path.name), path.name),  # overrides last
            )


def _services(lines: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Each line under `services:`, with the service's name: the least indented key above it."""
    inside, indent, service = False, None, ""
    for line in lines:
        text = re.sub(r"(^|\s)#.*", "", line).rstrip()
        if not text:
            continue
        depth = len(text) - len(text.lstrip())
        if depth == 0:
            inside, indent = text.startswith("services:"), None
        elif inside:
            indent = depth if indent is None else indent
            if depth == indent:
                service = text.strip().partition(":")[0].strip("\"'")
            yield service, text


def _members(containers: Sequence[Any], folders: Sequence[Path], project: str | None) -> list[Any]:
    """The containers of the project of this name, else of the nearest folder that has any."""
    if project:
        return [c for c in containers if label(c, "project") == project]
    for folder in folders:
        at = os.path.realpath(folder)
        members = [
            c for c in containers if os.path.realpath(label(c, "project.working_dir") or "/") == at
        ]
        if members and at != "/":
            return members
    return []


def _names(container: Any) -> set[str]:
    """What the containers of its project call it."""
    names = {label(container, "service"), str(container.name)}
    for network in (container.attrs["NetworkSettings"].get("Networks") or {}).values():
        names |= set(network.get("Aliases") or ())
    return names


def _ways(container: Any, port: int, daemon: str | None) -> Iterator[tuple[str, int]]:
    """Where a port of a container is reached: as published, else at its own address."""
    local = is_local(daemon)
    for inside, address, outside in published(container):
        if inside != f"{port}/tcp":
            continue
        if address in ANY:
            yield "127.0.0.1" if local else str(daemon), outside
        elif local or address in resolved(str(daemon)):
            yield address, outside
    if local:
        for address in networks(container):
            with suppress(OSError), socket.create_connection((address, port), _WITHIN):
                yield address, port
