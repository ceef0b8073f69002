"""The applications that use a database: which are stopped for a restore, and which are not."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ContainerOptions:
    """Which containers the user means; nothing named means: find them.

    `chosen` is False for a project that is only the environment's default: where no container of
    it runs, none has to.
    """

    project: str | None = None
    services: tuple[str, ...] = ()
    containers: tuple[str, ...] = ()
    leave_alone: bool = False
    chosen: bool = True

    @property
    def named(self) -> bool:
        """The user has said which."""
        return self.chosen and bool(self.project or self.services or self.containers)


@dataclass(frozen=True)
class Container:
    """A container as it was found. `number` tells copies of one service apart."""

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
    """Containers to stop, in the order of starting, and those left alone with the reason."""

    stopped: tuple[Container, ...] = ()
    left_alone: tuple[tuple[str, str], ...] = ()
    notes: tuple[str, ...] = ()


NO_APPLICATIONS = Applications()
