"""What a draft is made of before it is text: rules, and what their makers share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from snapshot.catalog import ForeignKey, Name
from snapshot.postgres.drafting import ChildCounts
from snapshot.seeding.drafts.checks import Counted, Understood
from snapshot.seeding.drafts.facts import Facts
from snapshot.seeding.drafts.names import Names, Scope
from snapshot.seeding.drafts.parents import Links
from snapshot.seeding.drafts.values import Value
from snapshot.seeding.tables import SeedTable

Tried = Callable[[SeedTable, Sequence[str]], list[tuple[str | None, ...]]]


@dataclass
class Corrections:
    """What trials of the draft have shown not to work."""

    tried: set[tuple[Name, str]] = field(default_factory=set)  # CHECKs that are met by trying
    plain: set[tuple[Name, str]] = field(default_factory=set)  # columns whose names mislead
    null: dict[tuple[Name, str], str] = field(default_factory=dict)  # columns left out, and why
    up_to: set[Name] = field(default_factory=set)
    flat: set[Name] = field(default_factory=set)  # tables whose rule has no parent
    left_out: dict[Name, str] = field(default_factory=dict)


@dataclass
class RuleDraft:
    """The parts of a rule, before they are text."""

    table: SeedTable
    name: str
    target: str  # the table's name, as the blueprint spells it
    each: str | None = None
    on: dict[str, str] | None = None
    need: str | None = None
    total: str | None = None
    up_to: bool = False
    arguments: list[str] = field(default_factory=list)
    loop: str = "while True:"
    spread: list[tuple[str, str]] = field(
        default_factory=list
    )  # variables of the loop, and of what
    lines: list[str] = field(default_factory=list)  # before a row
    row: dict[str, Value] = field(default_factory=dict)
    remembered: bool = False  # later rows of the rule reference earlier ones
    notes: list[str] = field(default_factory=list)  # comments above the rule
    todo: list[str] = field(default_factory=list)
    left_out: str | None = None
    expected: int = 0  # rows, about


@dataclass
class Workshop:
    """What the rules of a draft have in common."""

    facts: Facts
    names: Names
    corrections: Corrections
    rows: int
    filled: set[Name]  # tables that have rows by then
    depth: dict[Name, int]
    expected: dict[Name, int]
    understood: Callable[[SeedTable], Understood]
    tried: Tried
    counts: Callable[[SeedTable, ForeignKey], ChildCounts | None]
    pending: dict[Name, list[tuple[Name, ForeignKey]]]  # keys that were reserved for rows


@dataclass
class Making:
    """A rule while it is made."""

    shop: Workshop
    table: SeedTable
    links: Links
    rule: RuleDraft
    understood: Understood
    scope: Scope = field(default_factory=Scope)
    known: dict[str, str] = field(default_factory=dict)  # columns with a value: its expression

    @property
    def exactly(self) -> Counted | None:
        """The columns of which a CHECK wants a number to be filled."""
        return next((c for c in self.understood.counted if c.exactly), None)
