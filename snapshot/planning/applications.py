"""The containers that use a database: which ones a restore stops, and which ones it does not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class ContainerOptions:
    """Which containers to stop. If none is named, those that use the database are searched for.

    `all_services` adds the services of its project that do not use it. `chosen` is False for a
    project that comes from the environment: it need not have containers.
    """

    project: str | None = None
    services: tuple[str, ...] = ()
    containers: tuple[str, ...] = ()
    leave_alone: bool = False
    chosen: bool = True
    all_services: bool = False

    @property
    def named(self) -> bool:
        """Whether the user named containers."""
        words = self.project or self.services or self.containers
        return self.all_services or (self.chosen and bool(words))


@dataclass(frozen=True)
class Endpoint:
    """A database's server as both ends of a session see it.

    `host` is the address that the session leads to, or the folder of a socket. `own_address` is
    what the server calls its own end: behind a published port it is the container's. It is "" for
    a socket, and None where a pooler stands between. `sessions` counts those of others on the
    database by the address they come from.
    """

    host: str
    port: int
    own_address: str | None = None
    sessions: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Container:
    """A container as it was found.

    `number` distinguishes the copies of one service; `copies` says that there are several. `level`
    counts the dependencies that start before it, `grace` the seconds that it has to end by itself.
    `restarting` means that it crashed again and again.
    """

    id: str
    name: str
    project: str
    service: str
    number: str
    started_at: str
    paused: bool = False
    level: int = 0
    grace: int = 10
    restarting: bool = False
    copies: bool = False
    daemon: str = ""  # the address of its daemon, when it is stopped

    def __str__(self) -> str:
        if self.copies:
            return f"{self.service}-{self.number}"
        return self.service or self.name


@dataclass(frozen=True)
class Applications:
    """Containers to stop, in the order in which they are started, and those left alone and why.

    `connected` are the containers with sessions on the database that go on running.
    """

    stopped: tuple[Container, ...] = ()
    left_alone: tuple[tuple[str, str], ...] = ()
    notes: tuple[str, ...] = ()
    connected: tuple[Container, ...] = ()


NO_APPLICATIONS = Applications()
