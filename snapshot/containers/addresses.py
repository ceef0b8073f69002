"""Which containers are at the other end of a session: by daemon and address, not by port alone."""

from __future__ import annotations

import socket
from collections.abc import Iterator, Sequence
from contextlib import suppress
from ipaddress import ip_address
from typing import Any

from snapshot.containers.client import all_containers
from snapshot.errors import DockerUnavailable
from snapshot.planning.applications import Endpoint

ANY = ("", "0.0.0.0", "::")  # noqa: S104  # a port published there is on every address


def resolved(host: str) -> frozenset[str]:
    """The addresses of a host; none if its name is not known here."""
    with suppress(OSError, UnicodeError):
        return frozenset(str(found[4][0]) for found in socket.getaddrinfo(host, None))
    return frozenset()


def is_this_machine(address: str) -> bool:
    """Whether packets to the address stay on this machine: they come from it, too."""
    try:
        ip = ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if ip.is_loopback or ip.is_unspecified:
        return True
    family = socket.AF_INET6 if ip.version == 6 else socket.AF_INET
    with suppress(OSError), socket.socket(family, socket.SOCK_DGRAM) as link:
        link.connect((address, 9))  # sends nothing
        return bool(ip_address(link.getsockname()[0].partition("%")[0]) == ip)
    return False


def is_local(daemon: str | None) -> bool:
    """Whether the daemon at this host (None: a socket) is on this machine."""
    return daemon is None or any(map(is_this_machine, resolved(daemon)))


def is_container_here(address: str) -> bool:
    """Whether the address is a container's of this machine's Docker."""
    if not ip_address(address.partition("%")[0]).is_private:
        return False
    try:
        containers, daemon = all_containers()
    except DockerUnavailable:
        return False
    return is_local(daemon) and any(address in networks(c) for c in containers)


def at_daemon(host: str, containers: Sequence[Any], daemon: str | None) -> bool:
    """Whether an address is the daemon's machine, or one of its containers."""
    if not is_local(daemon):
        return daemon is not None and host in resolved(daemon)
    known = {address for c in containers for address in (*networks(c), *_gateways(c))}
    return host in known or is_this_machine(host)


def databases_at(endpoint: Endpoint, containers: Sequence[Any], daemon: str | None) -> set[str]:
    """The ids of the containers that a session leads to or through.

    The address and the daemon must fit, and the server itself must say that it has the address of
    one of the containers: behind a tunnel, all daemons and all databases look local.
    """
    if not at_daemon(endpoint.host, containers, daemon):
        return set()
    reached = {
        c.id
        for c in containers
        if _publishes(c, endpoint.host, endpoint.port)
        or (is_local(daemon) and endpoint.host in networks(c))
    }
    if endpoint.own_address is not None:
        servers = {c.id for c in containers if endpoint.own_address in networks(c)}
        hidden = {c.id for c in containers if not list(networks(c))}  # as rootless Podman's
        reached = reached | servers if reached and servers else reached & hidden
    shared = {f"container:{number}" for number in reached}  # these have the same address
    return reached | {c.id for c in containers if c.attrs["HostConfig"]["NetworkMode"] in shared}


def networks(container: Any) -> Iterator[str]:
    """The addresses of a container in its networks; one that is not running has none."""
    settings = container.attrs["NetworkSettings"]
    for network in (settings, *(settings.get("Networks") or {}).values()):
        for key in ("IPAddress", "GlobalIPv6Address"):
            if address := network.get(key):
                yield str(address)


def published(container: Any) -> Iterator[tuple[str, str, int]]:
    """What a container publishes: its own port as `5432/tcp`, and address and port outside."""
    for port, bindings in (container.attrs["NetworkSettings"].get("Ports") or {}).items():
        for binding in bindings or ():
            yield port, binding.get("HostIp") or "", int(binding.get("HostPort") or 0)


def _publishes(container: Any, host: str, port: int) -> bool:
    return any(
        outside == port and (address in ANY or address == host)
        for _, address, outside in published(container)
    )


def _gateways(container: Any) -> Iterator[str]:
    """The addresses of the daemon's machine as containers see them (host.docker.internal)."""
    for network in (container.attrs["NetworkSettings"].get("Networks") or {}).values():
        if gateway := network.get("Gateway"):
            yield str(gateway)
