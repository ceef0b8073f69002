"""Everything that can go wrong, as one tree. Each class owns its exit code.

SnapshotError             1  failed, the database is as it was
├── ConnectionFailed      1
├── DatabaseFailed        1  the server refused a statement
├── ForeignKeysViolated   1
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
    """A failure with a one-line message, a remedy, and details worth listing."""

    exit_code: ClassVar[int] = 1

    def __init__(self, message: str, hint: str = "", details: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.details = tuple(details)


class ConnectionFailed(SnapshotError):
    """The server could not be reached, or would not let us in."""


class DatabaseFailed(SnapshotError):
    """The server refused a statement; the transaction was rolled back."""


class ForeignKeysViolated(SnapshotError):
    """The rows break foreign keys; `details` names every one of them."""


class UsageError(SnapshotError):
    """The command was not understood, or names something that is not there."""

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
    """The target is not one this may be done to."""

    exit_code = 3


class NotConfirmed(Refused):
    """Rows would be deleted and nobody has said yes."""


class TargetProtected(Refused):
    """The target looks like one that must not be overwritten; `details` says why."""


class NotReady(Refused):
    """Server or role cannot do what the restore needs; `details` lists what, and the remedies."""


class SchemaDiffers(Refused):
    """The target's schema is not the snapshot's; `details` lists the differences."""


class SnapshotDamaged(SnapshotError):
    """The files are not what the manifest says they are."""

    exit_code = 4


class ContentDiffers(SnapshotError):
    """The database's rows are not the snapshot's; `details` lists the tables."""

    exit_code = 4


class ValidationFailed(SnapshotError):
    """Rows break what must hold; `details` lists where."""

    exit_code = 4


class Interrupted(SnapshotError):
    """A signal stopped the command; the message says whether the database had been changed."""

    exit_code = 130  # 128 + SIGINT, as shells count
