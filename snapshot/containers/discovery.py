"""Find the containers that use the database: by sessions and by compose's labels, never by name."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from graphlib import CycleError, TopologicalSorter
from typing import Any

from snapshot.containers.addresses import at_daemon, databases_at, is_this_machine, networks
from snapshot.containers.client import all_containers
from snapshot.containers.journal import left_behind
from snapshot.errors import DockerUnavailable, UsageError
from snapshot.planning.applications import (
    NO_APPLICATIONS,
    Applications,
    Container,
    ContainerOptions,
    Endpoint,
)

LABEL = "com.docker.compose."
ACTIVE = ("running", "restarting", "paused")
GRACE = 10  # seconds that Docker gives a container to end, if it asks for no others
_SUCCESS = timedelta(seconds=10)
_UNLIMITED = 24 * 60 * 60  # seconds, for a container that is never to be killed


def find_applications(options: ContainerOptions, endpoint: Endpoint) -> Applications:
    """Decide which containers are stopped for a change of the database at an endpoint.

    Raises DockerUnavailable if Docker does not answer although containers are named or may run;
    UsageError if a named container does not exist, or if the database's container is unknown.
    """
    if options.leave_alone or not (options.named or _may_be_in_docker(endpoint)):
        return NO_APPLICATIONS
    try:
        containers, daemon = all_containers()
    except DockerUnavailable as error:
        if error.absent and not options.named:
            return Applications(notes=tuple(_unknown_sessions(endpoint)))
        hint = f"{error.hint}, or use --no-containers"
        raise DockerUnavailable(error.message, hint, error.absent) from error
    databases = databases_at(endpoint, containers, daemon)
    connected = _connected(endpoint, containers, daemon)
    chosen, unused = _chosen(options, containers, databases, set(connected))
    reasons = {c.id: _reason_to_leave(c, databases, unused) for c in chosen}
    facts = _facts(containers, [id_ for id_, reason in reasons.items() if not reason])
    stopped = [facts[c.id] for c in chosen if not reasons[c.id]]
    alone = [(str(facts[c.id]), reason) for c in chosen if (reason := reasons[c.id])]
    goes_on = [c for c in connected if c not in databases and facts[c] not in stopped]
    return Applications(
        tuple(sorted(stopped, key=lambda c: (c.level, c.name))),
        tuple(alone),
        (*_notes(stopped), *(_still_connected(facts[c], connected[c]) for c in goes_on)),
        tuple(facts[c] for c in goes_on),
    )


def find_connected(endpoint: Endpoint) -> Applications:
    """The containers with sessions on the database, for a change that stops none of them."""
    if not endpoint.sessions:
        return NO_APPLICATIONS
    try:
        containers, daemon = all_containers()
    except DockerUnavailable:
        return NO_APPLICATIONS  # none is needed
    databases = databases_at(endpoint, containers, daemon)
    facts, connected = _facts(containers), _connected(endpoint, containers, daemon)
    return Applications(connected=tuple(facts[c] for c in connected if c not in databases))


def label(container: Any, name: str) -> str:
    """A label of compose; "" if the container has none."""
    return str(container.labels.get(LABEL + name, ""))


def _may_be_in_docker(endpoint: Endpoint) -> bool:
    """Not a server behind a socket, unless others come to it by the network."""
    return not endpoint.host.startswith(("/", "@")) or bool(endpoint.sessions)


def _connected(endpoint: Endpoint, containers: Sequence[Any], daemon: str | None) -> dict[str, int]:
    """The ids of the containers with sessions on the database, and how many each has.

    Addresses of containers mean something only to a server on the daemon's machine.
    """
    socket = endpoint.host.startswith(("/", "@")) and daemon is None
    if not (socket or at_daemon(endpoint.host, containers, daemon)):
        return {}
    found = {}
    for container in containers:
        count = sum(endpoint.sessions.get(address, 0) for address in set(networks(container)))
        if count:
            found[container.id] = count
    return found


def _notes(stopped: Iterable[Container]) -> list[str]:
    notes = [
        f"a killed restore left containers stopped: {', '.join(map(str, journal.containers))}"
        " (start them with: snapshot containers recover)"
        for journal in left_behind()
    ]
    crashing = (container for container in stopped if container.restarting)
    return notes + [
        f"{container} crashes again and again; it may do so later" for container in crashing
    ]


def _unknown_sessions(endpoint: Endpoint) -> list[str]:
    """A note if others come by the network, perhaps from containers, and there is no Docker."""
    if others := sorted(a for a in endpoint.sessions if not is_this_machine(a)):
        return [
            f"no Docker is reached from here: sessions from {', '.join(others)} are not stopped"
        ]
    return []


def _still_connected(container: Container, sessions: int) -> str:
    project = f" of compose project {container.project}" if container.project else ""
    counted = f"{sessions} session{'' if sessions == 1 else 's'}"
    return (
        f"{container}{project} has {counted} on the database and is not stopped "
        f"(to stop it: --container {container.name})"
    )


def _chosen(
    options: ContainerOptions, containers: Sequence[Any], databases: set[str], connected: set[str]
) -> tuple[list[Any], set[str]]:
    """The containers to show in the plan, and the ids of those that do not use the database."""
    if options.containers:
        return _named(containers, options.containers), set()
    project = options.project if options.chosen else None
    if project is None:
        projects = {label(c, "project") for c in containers if c.id in databases} - {""}
        if len(projects) > 1 and options.project in projects:
            projects = {options.project}
        if len(projects) != 1:
            return _no_project(options, projects), set()
        (project,) = projects
    members = [c for c in containers if label(c, "project") == project]
    if not members:
        known = sorted({label(c, "project") for c in containers} - {""})
        raise UsageError(
            f"no container belongs to a compose project {project}",
            hint=f"known are: {', '.join(known) or 'none'}",
        )
    if options.services:
        return _of_services(members, project, options.services), set()
    if not any(c.id in databases for c in members):
        raise UsageError(
            f"no service of {project} is at the target's address, so the database's container "
            "is unknown",
            hint="name the services to stop with --service, or use --no-containers",
        )
    if options.all_services:
        return members, set()
    users = _users(members, databases, connected)
    return members, {c.id for c in members if _service(c) not in users}


def _users(members: Sequence[Any], databases: set[str], connected: set[str]) -> set[str]:
    """The services that use the database: they have sessions on it, or need one that uses it."""
    users = {_service(c) for c in members if c.id in databases or c.id in connected}
    while more := {_service(c) for c in members if _needed(c) & users} - users:
        users |= more
    return users


def _no_project(options: ContainerOptions, projects: set[str]) -> list[Any]:
    if options.services or options.all_services:
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
    known = {label(c, "service") for c in members}
    for service in services:
        if service not in known:
            raise UsageError(
                f"{project} has no service {service}", hint=f"known are: {', '.join(sorted(known))}"
            )
    return [c for c in members if label(c, "service") in services]


def _reason_to_leave(container: Any, databases: set[str], unused: set[str]) -> str | None:
    state = container.attrs["State"]
    if container.id in databases:
        return "it is the database"
    if any(map(is_this_machine, networks(container))):
        return "this command runs in it"
    if state["Status"] not in ACTIVE:
        return "it is not running"
    if container.id in unused:
        return "it has no session on the database and needs no service that has (--all-services)"
    if label(container, "oneoff").lower() == "true":
        return "it is a one-off (compose run)"
    if container.attrs["HostConfig"].get("AutoRemove"):
        return "stopping would remove it (--rm)"
    return None


def _service(container: Any) -> str:
    return label(container, "service") or str(container.name)


def _needed(container: Any) -> set[str]:
    """The services that compose starts before it (labels of version 2)."""
    return {word.split(":")[0] for word in label(container, "depends_on").split(",") if word}


def _levels(containers: Sequence[Any], counted: Collection[str]) -> dict[tuple[str, str], int]:
    """By project and service: how many services must start, one after another, before it does.

    Only services of the containers with the ids that are `counted` make others wait.
    """
    needs: dict[tuple[str, str], set[tuple[str, str]]] = {}
    waited_for = set()
    for container in containers:
        project = label(container, "project")
        service = (project, _service(container))
        needs.setdefault(service, set()).update((project, name) for name in _needed(container))
        if container.id in counted:
            waited_for.add(service)
    levels: dict[tuple[str, str], int] = {}
    with suppress(CycleError):  # compose refuses that, but anybody can write labels
        for service in TopologicalSorter(needs).static_order():
            before = [levels[n] + (n in waited_for) for n in needs.get(service, ())]
            levels[service] = max(before, default=0)
    return levels


def _crashes(attrs: Mapping[str, Any]) -> bool:
    """Whether the daemon restarts a container again and again: between two runs, or in a short one.

    Docker counts a run of ten seconds as a success (documentation: Start containers automatically).
    """
    state = attrs["State"]
    if state["Status"] == "restarting":
        return True
    with suppress(ValueError, TypeError):  # another engine may write the time in another way
        runs = datetime.now(UTC) - datetime.fromisoformat(state["StartedAt"])
        return state["Status"] == "running" and attrs.get("RestartCount", 0) > 0 and runs < _SUCCESS
    return False


def _facts(containers: Sequence[Any], stopped: Collection[str] = ()) -> dict[str, Container]:
    """What a plan, the journal and a restart need to know of each container."""
    levels = _levels(containers, stopped)
    services = [(label(c, "project"), label(c, "service")) for c in containers]
    facts = {}
    for container in containers:
        state, project = container.attrs["State"], label(container, "project")
        grace = container.attrs["Config"].get("StopTimeout")
        grace = GRACE if grace is None else grace if grace >= 0 else _UNLIMITED
        facts[container.id] = Container(
            id=container.id,
            name=container.name,
            project=project,
            service=label(container, "service"),
            number=label(container, "container-number"),
            started_at=state["StartedAt"],
            paused=state["Status"] == "paused",
            level=levels.get((project, _service(container)), 0),
            grace=grace,
            restarting=_crashes(container.attrs),
            copies=bool(project) and services.count((project, label(container, "service"))) > 1,
        )
    return facts
