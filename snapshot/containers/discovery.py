"""Find the containers that use the database: by compose's labels, never by name."""

from __future__ import annotations

import os
from collections.abc import Sequence
from graphlib import TopologicalSorter
from typing import TYPE_CHECKING, Any

from snapshot.containers.client import docker_client
from snapshot.containers.journal import left_behind
from snapshot.errors import DockerUnavailable, UsageError
from snapshot.planning.applications import (
    NO_APPLICATIONS,
    Applications,
    Container,
    ContainerOptions,
)

if TYPE_CHECKING:
    from docker import DockerClient

LABEL = "com.docker.compose."
LOCAL = ("", "localhost", "127.0.0.1", "::1")
ACTIVE = ("running", "restarting", "paused")


def find_applications(options: ContainerOptions, host: str, port: int) -> Applications:
    """Decide which containers are stopped for a restore into the database at host and port.

    Raises DockerUnavailable if Docker does not answer although containers are named or may run;
    UsageError if a named container does not exist, or if the database's container is unknown.
    """
    if options.leave_alone or (host.startswith("/") and not options.named):
        return NO_APPLICATIONS
    try:
        with docker_client() as docker:
            containers = _all(docker)
    except DockerUnavailable as error:
        if error.absent and not options.named:
            return NO_APPLICATIONS
        raise
    databases = {c.id for c in containers if _publishes(c, host, port)}
    chosen = _chosen(options, containers, databases)
    stopped, left_alone = [], []
    for container in chosen:
        reason = _reason_to_leave(container, databases)
        if reason:
            left_alone.append((str(_facts(container)), reason))
        else:
            stopped.append(container)
    order = [_facts(container) for container in _in_start_order(stopped)]
    notes = [
        f"a killed restore left containers stopped: {', '.join(map(str, journal.containers))}"
        " (start them with: snapshot containers recover)"
        for journal in left_behind()
    ]
    return Applications(tuple(order), tuple(left_alone), tuple(notes))


def _all(docker: DockerClient) -> list[Any]:
    """All containers, without those that are removed during the call."""
    return list(docker.containers.list(all=True, ignore_removed=True))


def _chosen(options: ContainerOptions, containers: Sequence[Any], databases: set[str]) -> list[Any]:
    if options.containers:
        return _named(containers, options.containers)
    project = options.project
    if project is None:
        projects = {_label(c, "project") for c in containers if c.id in databases} - {""}
        if len(projects) != 1:
            return _no_project(options, projects)
        (project,) = projects
    members = [c for c in containers if _label(c, "project") == project]
    if not members:
        if options.named:
            known = sorted({_label(c, "project") for c in containers} - {""})
            raise UsageError(
                f"no container belongs to a compose project {project}",
                hint=f"known are: {', '.join(known) or 'none'}",
            )
        return []
    if options.services:
        return _of_services(members, project, options.services)
    if not any(c.id in databases for c in members):
        if not options.named:
            return []  # the project in the environment uses another database
        raise UsageError(
            f"no service of {project} publishes the target's port, so the database's container "
            "is unknown",
            hint="name the services to stop with --service, or use --no-containers",
        )
    return members


def _no_project(options: ContainerOptions, projects: set[str]) -> list[Any]:
    if options.services:
        raise UsageError(
            "the compose project of the services is unknown",
            hint="add --project" + (f": {', '.join(sorted(projects))}" if projects else ""),
        )
    return []


def _named(containers: Sequence[Any], names: Sequence[str]) -> list[Any]:
    found = {c.name: c for c in containers} | {c.id: c for c in containers}
    found |= {c.short_id: c for c in containers}
    for name in names:
        if name not in found:
            raise UsageError(f"there is no container {name}", hint="see: docker ps -a")
    return [found[name] for name in names]


def _of_services(members: Sequence[Any], project: str, services: Sequence[str]) -> list[Any]:
    known = {_label(c, "service") for c in members}
    for service in services:
        if service not in known:
            raise UsageError(
                f"{project} has no service {service}", hint=f"known are: {', '.join(sorted(known))}"
            )
    return [c for c in members if _label(c, "service") in services]


def _reason_to_leave(container: Any, databases: set[str]) -> str | None:
    state = container.attrs["State"]
    if container.id in databases:
        return "it is the database"
    if state["Status"] not in ACTIVE:
        return "it is not running"
    if _label(container, "oneoff").lower() == "true":
        return "it is a one-off (compose run)"
    if container.attrs["HostConfig"].get("AutoRemove"):
        return "stopping would remove it (--rm)"
    return None


def _publishes(container: Any, host: str, port: int) -> bool:
    remote = os.environ.get("DOCKER_HOST", "")
    if host not in LOCAL and host not in remote:
        return False
    ports = container.attrs["NetworkSettings"].get("Ports") or {}
    return any(
        binding.get("HostPort") == str(port)
        for bindings in ports.values()
        for binding in bindings or ()
    )


def _in_start_order(containers: Sequence[Any]) -> list[Any]:
    """Sort by the dependencies in compose's labels (version 2 has them), then by name."""
    services = {_label(c, "service") or c.name for c in containers}
    sorter: TopologicalSorter[str] = TopologicalSorter()
    for container in sorted(containers, key=lambda c: str(c.name)):
        needed = (d.split(":")[0] for d in _label(container, "depends_on").split(",") if d)
        service = _label(container, "service") or container.name
        sorter.add(service, *sorted(n for n in needed if n in services))
    sorter.prepare()
    position: dict[str, int] = {}
    while sorter.is_active():
        for service in sorted(ready := sorter.get_ready()):
            position[service] = len(position)
        sorter.done(*ready)
    return sorted(containers, key=lambda c: (position[_label(c, "service") or c.name], str(c.name)))


def _facts(container: Any) -> Container:
    state = container.attrs["State"]
    return Container(
        id=container.id,
        name=container.name,
        project=_label(container, "project"),
        service=_label(container, "service"),
        number=_label(container, "container-number"),
        started_at=state["StartedAt"],
        paused=state["Status"] == "paused",
    )


def _label(container: Any, name: str) -> str:
    return str(container.labels.get(LABEL + name, ""))
