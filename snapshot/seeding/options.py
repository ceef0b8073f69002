"""What a run of a blueprint is told, what it tells, and what it reports."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, field
from datetime import datetime
from typing import Any

from snapshot.change import ChangeOptions
from snapshot.seeding.binding import BoundRule
from snapshot.seeding.blueprint import Blueprint
from snapshot.seeding.gaps import Gap, Parent


@dataclass(frozen=True)
class SeedOptions(ChangeOptions):
    """Which database is seeded with which blueprint.

    A parameter that is not among `parameters` is the profile's, else the last run's (unless
    `clear_first`), else the blueprint's default. `seed` and `now`, the day that counts as today,
    are the last run's too.
    A `dry` run ends with a rollback. `jobs` processes make the rows of large rules.
    """

    blueprint: Blueprint
    _: KW_ONLY
    profile: str | None = None
    parameters: Mapping[str, Any] = field(default_factory=dict)
    seed: str | None = None
    now: datetime | None = None
    clear_first: bool = False
    keep_ledger: bool = True
    dry: bool = False
    jobs: int = 1


@dataclass(frozen=True)
class SeedReport:
    """What a run did."""

    database: str
    blueprint: str
    profile: str | None
    found: int  # rows that existed before
    added: Mapping[str, int]  # by table
    seconds: float
    created_schema: bool = False
    from_cache: bool = False
    by_rule: Mapping[str, int] = field(default_factory=dict)
    parameters: Mapping[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    fewer: Mapping[str, int] = field(default_factory=dict)  # by rule: up_to(…) allows it

    @property
    def rows(self) -> int:
        """Rows that were written."""
        return sum(self.added.values())

    def to_dict(self) -> dict[str, Any]:
        """What --json prints: values that json.dumps takes."""
        return {
            "database": self.database,
            "blueprint": self.blueprint,
            "profile": self.profile,
            "found": self.found,
            "rows": self.rows,
            "added": dict(self.added),
            "fewer": dict(self.fewer),
            "seconds": round(self.seconds, 3),
            "created_schema": self.created_schema,
            "from_cache": self.from_cache,
            "notes": list(self.notes),
        }


class Watch:
    """What a run tells while it works. The command line shows it."""

    def started(self, found: int, gaps: Sequence[Gap]) -> None:
        """The audit is done. `found` rows exist."""

    def short(self, bound: BoundRule, parent: Parent) -> None:
        """The children of a parent that is short are about to be made."""

    def line(self, number: int | None, of: int, title: str, added: int) -> None:
        """The rules of a title are done. Base data has no number."""
