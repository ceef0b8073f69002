"""The containers that use a database: which ones a restore stops, and which ones it does not."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class ContainerOptions:
    """Which containers to stop. If none is named, those that use the database are searched for.

    `chosen` is False for a project that comes from the environment: it need not have containers.
    """

    project: str | None = None
    services: tuple[str, ...] = ()
    containers: tuple[str, ...] = ()
    leave_alone: bool = False
    chosen: bool = True

    @property
    def named(self) -> bool:
        """Whether the user named containers."""
        return self.chosen and bool(self.project or self.services or self.containers)


@dataclass(frozen=True)
class Container:
    """A container as it was found. `number` distinguishes the copies of one service."""

    id: str
    name: str
    project: str
    service: str
    number: str
    started_at: str
    paused: bool = False

    def __str__(self) -> str:
        return self.service or self.name


@dataclass(frozen=True)
class Applications:
    """Containers to stop, in the order in which they are started, and those left alone and why."""

    stopped: tuple[Container, ...] = ()
    left_alone: tuple[tuple[str, str], ...] = ()
    notes: tuple[str, ...] = ()


NO_APPLICATIONS = Applications()
