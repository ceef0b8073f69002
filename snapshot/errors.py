"""All errors, as one tree. Each class has its exit code.

SnapshotError             1  failed, the database is as it was
├── ConnectionFailed      1
├── DatabaseFailed        1  the server refused a statement
├── ForeignKeysViolated   1
├── CommandFailed         1  a command of the user's own project
├── NeedNotMet            1  a seeding rule has too few candidates
├── DockerUnavailable     1
├── ContainersNotStarted  1  the database may have been restored: the message says so
├── UsageError            2
│   └── BlueprintError    2  a blueprint does not fit itself or the schema
├── Refused               3  not confirmed, or the target is not acceptable
│   ├── NotConfirmed      3
│   ├── TargetProtected   3
│   ├── NotReady          3
│   └── SchemaDiffers     3
├── SnapshotDamaged       4
├── ContentDiffers        4  database and snapshot differ
├── ValidationFailed      4  rows break what a blueprint or the schema demands
└── Interrupted         130  stopped by a signal; the message says what had happened
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar


class SnapshotError(Exception):
    """A failure with a one-line message, a hint how to fix it, and details.

    As text it is the message with the hint: `no Docker (hint: start it)`.
    """

    exit_code: ClassVar[int] = 1

    def __init__(self, message: str, hint: str = "", details: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.details = tuple(details)

    def __str__(self) -> str:
        return f"{self.message} (hint: {self.hint})" if self.hint else self.message


class ConnectionFailed(SnapshotError):
    """The server could not be reached, refused the login, or the connection was lost."""


class DatabaseFailed(SnapshotError):
    """The server refused a statement; the transaction was rolled back."""


class ForeignKeysViolated(SnapshotError):
    """The rows break foreign keys; `details` names every one of them."""


class CommandFailed(SnapshotError):
    """A command of the user's project failed; `details` are the last lines that it printed."""


class UsageError(SnapshotError):
    """The command is wrong, or names something that does not exist."""

    exit_code = 2


class BlueprintError(UsageError):
    """A blueprint contradicts itself or the schema; the message names file, line and rule."""


class NeedNotMet(SnapshotError):
    """A parent needs more rows than a rule's body can give; nothing was written."""


class DockerUnavailable(SnapshotError):
    """Docker does not answer. `absent` means that there is none, so no container can be running."""

    def __init__(self, message: str, hint: str, absent: bool = False) -> None:
        super().__init__(message, hint)
        self.absent = absent


class ContainersNotStarted(SnapshotError):
    """Stopped containers are not up again; `details` says which, why, and shows their logs."""


class Refused(SnapshotError):
    """The command may not be run on this target."""

    exit_code = 3


class NotConfirmed(Refused):
    """Rows would be deleted, and nobody confirmed it."""


class TargetProtected(Refused):
    """The target is protected; `details` lists the reasons."""


class NotReady(Refused):
    """Server or role cannot do what is needed; `details` lists the problems and remedies."""


class SchemaDiffers(Refused):
    """The target's schema is not the snapshot's; `details` lists the differences."""


class SnapshotDamaged(SnapshotError):
    """The files differ from the manifest."""

    exit_code = 4


class ContentDiffers(SnapshotError):
    """The database's rows differ from the snapshot's; `details` lists the tables."""

    exit_code = 4


class ValidationFailed(SnapshotError):
    """Rows break a rule of the schema or the blueprint; `details` lists them."""

    exit_code = 4


class Interrupted(SnapshotError):
    """A signal stopped the command; the message says whether the database had been changed."""

    exit_code = 130  # 128 + SIGINT, as shells count


def how_to_install(extra: str) -> str:
    """The hint where a package is missing that an extra of this one brings.

    The distribution has another name than the package: `snapshot` is somebody else's there.
    """
    return f"pip install 'snapshot-postgres[{extra}]'"
