"""What every plan says, so that one protocol can ask, refuse and keep what is lost."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from snapshot.errors import NotReady
from snapshot.planning.applications import NO_APPLICATIONS, Applications
from snapshot.planning.selection import Selection


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at. `remedy` is given where it is in the way."""

    subject: str
    text: str
    remedy: str = ""

    @property
    def blocking(self) -> bool:
        """The change would fail."""
        return bool(self.remedy)

    def __str__(self) -> str:
        return f"{self.subject}: {self.text}" + (f" → {self.remedy}" if self.remedy else "")


def refuse_if_blocked(target: str, findings: Iterable[Finding]) -> None:
    """Raise NotReady with all findings that block the change, each with its remedy."""
    if blocking := [str(finding) for finding in findings if finding.blocking]:
        things = "1 thing is" if len(blocking) == 1 else f"{len(blocking)} things are"
        raise NotReady(
            f"{target} is not ready for this: {things} in the way",
            hint="nothing was touched; remove what is in the way, and run the command again",
            details=blocking,
        )


@dataclass(frozen=True, kw_only=True)
class ChangePlan:
    """A change that has not happened yet; each command adds what it knows.

    `database` is the name that a user types to confirm, `target` describes name, server and user.
    `lost` selects what a safety snapshot must hold; None means that nothing is lost. Nobody is
    asked about a `harmless` change. Two plans with the same `decision` do the same thing.
    """

    database: str
    target: str
    findings: tuple[Finding, ...] = ()
    applications: Applications = NO_APPLICATIONS  # stopped while the database changes
    lost: Selection | None = None
    harmless: bool = False
    decision: object = field(default=None, compare=False)
