"""Randomness that depends on a row alone: its seed, rule, parent and place, not earlier draws."""

from __future__ import annotations

import random
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property, lru_cache
from hashlib import blake2b
from itertools import accumulate
from math import gcd, sqrt
from typing import TYPE_CHECKING, Any, Protocol, TypeVar
from uuid import UUID

from snapshot.seeding import moments
from snapshot.seeding.people import Person, make_person, plain
from snapshot.seeding.texts import Texts

if TYPE_CHECKING:
    from snapshot.seeding.blueprint import Blueprint
    from snapshot.seeding.tables import SeedTable

T = TypeVar("T")

_MASK = (1 << 64) - 1
_GAMMA = 0x9E3779B97F4A7C15
# Square roots of primes: numbers that they spread are independent of one another (H. Weyl, 1916).
_STEPS = ((sqrt(5) - 1) / 2, *(sqrt(p) % 1 for p in (2, 3, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41)))
_OWN_COUNTS = 8  # weights at one place of a body that are counted each by itself
_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"  # none that looks like another


def digest(*parts: object) -> int:
    """64 bits that stand for these parts, on every machine."""
    text = "\x1f".join(map(str, parts)).encode()
    return int.from_bytes(blake2b(text, digest_size=8).digest(), "big")


def mix(state: int) -> int:
    """64 bits that look unlike those of the next number.

    splitmix64: G. Steele, D. Lea, C. Flood, Fast Splittable Pseudorandom Number Generators (2014).
    """
    z = (state + _GAMMA) & _MASK
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & _MASK
    return z ^ (z >> 31)


class Stream(random.Random):
    """A random.Random that starts anew for each row, at the cost of one assignment.

    Everything uses random(): of its methods only this one gives the same sequence in all versions
    of Python (documentation: random, Notes on Reproducibility).
    """

    def __init__(self) -> None:
        self.state = 0
        super().__init__(0)

    def random(self) -> float:
        self.state = state = (self.state + _GAMMA) & _MASK
        z = ((state ^ (state >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & _MASK
        return ((z ^ (z >> 31)) >> 11) * 2.0**-53

    def gauss(self, mu: float = 0.0, sigma: float = 1.0) -> float:
        """Keep nothing for the next call, which may be another row's."""
        self.gauss_next = None
        return super().gauss(mu, sigma)

    def seed(self, *_: Any, **__: Any) -> None:
        """Do nothing: the row alone decides the state."""

    def getstate(self) -> Any:
        return self.state

    def setstate(self, state: Any) -> None:
        self.state = state


@dataclass(slots=True)
class _Dealt:
    """How often a place of a body was reached for the rows of one parent."""

    order: int  # among these places
    start: int  # 64 bits
    of_many: bool = False  # weights
    count: int = 0

    def point(self) -> float:
        """The next of numbers of [0, 1) that are spread evenly: a Kronecker sequence."""
        step = _STEPS[self.order % len(_STEPS)]
        return (self.start * 2.0**-64 + (self.count - 0.5) * step) % 1.0


class RowKeys(Protocol):
    """Gives primary keys of rows that are not written yet."""

    def made_up(self, table: SeedTable, bits: int) -> Any:
        """The key that the row with these 64 bits gets."""

    def reserve(self, name: str) -> Any:
        """A key for a row of this table that another rule will make."""


class Rand:
    """What a body draws from. Each row has a random stream of its own."""

    def __init__(
        self, blueprint: Blueprint, parameters: Any, seed: str, now: datetime, keys: RowKeys
    ) -> None:
        self.parameters = parameters
        self.now = now  # the day of the first run: bodies look at no other clock
        self.stream = Stream()
        self._random = self.stream.random
        self._keys = keys
        self._table: SeedTable | None = None
        self._blueprint = blueprint
        self._seed = seed
        self._row = 0  # this row's 64 bits
        self._place = 0
        self.reserves = False  # reserve() was asked: then the server is, while rows are made
        self._start = 0  # of this parent's shares
        self._orders: dict[Any, int] = {}  # places of the body that deal, as they come up
        self._kinds: dict[Any, int] = {}  # how many different weights came up there
        self._dealt: dict[Any, _Dealt] = {}  # what they have dealt to this parent's rows
        self._in_row: dict[Any, list[_Dealt]] = {}  # and to this row
        self._texts: dict[str, list[str | None]] = {}

    def begin(self, table: SeedTable | None, start: int = 0) -> None:
        """Begin a parent of rows of a table. Its shares begin at `start`, so parents differ."""
        self._table = table
        self._start = start
        self._orders, self._kinds, self._dealt, self._in_row = {}, {}, {}, {}

    def rekey(self, row: int, place: int = 0) -> None:
        """Begin a row: its 64 bits, and its place among the parent's ideal rows."""
        self._place = place
        self._row = self.stream.state = row
        if self._in_row:
            self._in_row = {}

    def take_back(self) -> None:
        """This row is left out: the next one gets what share() and even() gave it."""
        for some in self._in_row.values():
            for dealt in some:
                dealt.count -= 1

    @property
    def key(self) -> Any:
        """The primary key that the row gets, if the body does not say it."""
        return self._keys.made_up(self._table, self._row) if self._table else None

    def reserve(self, table: str) -> Any:
        """A key for a row that another rule will make: for tables that reference each other.

        The other rule uses it with on={"key": "column that holds it"}.
        """
        self.reserves = True
        return self._keys.reserve(table)

    # --- choices

    def chance(self, probability: float) -> bool:
        """True with this probability."""
        return self._random() < probability

    def pick(self, candidates: Sequence[T]) -> T:
        """One of the candidates."""
        if not candidates:
            raise IndexError("there is nothing to pick from")
        return candidates[int(self._random() * len(candidates))]

    def weighted(self, weights: Mapping[T, float]) -> T:
        """One of the keys: the greater its weight, the more often."""
        return _at(weights, self._random())

    def share(self, weights: Mapping[T, float]) -> T:
        """One of the keys, so that a parent's rows have exactly the shares that the weights say.

        70/20/10 of 20 rows are 14, 4 and 2, spread evenly. Only rows for which the body asks
        count. A second share in the body is independent of the first, and exact to a row or two.
        """
        dealt = self._deal(tuple(weights.items()))
        if dealt.order or dealt.of_many:
            return _at(weights, dealt.point())
        cycle = _cycle(tuple(weights.values()))
        return list(weights)[cycle[(dealt.start + dealt.count - 1) % len(cycle)]]

    def even(self) -> float:
        """A number of [0, 1). The numbers of a parent's rows are spread evenly."""
        return self._deal(None).point()

    def _deal(self, weights: Any) -> _Dealt:
        """What the calling line has dealt to this parent's rows, with one more."""
        frame = sys._getframe(2)
        site = (frame.f_code, frame.f_lasti, weights is None)
        in_row = self._in_row.setdefault(site, [])
        place = (site, len(in_row))  # a function may be called twice for a row
        order = self._orders.setdefault(place, len(self._orders))
        dealt = self._dealt.get((place, weights))
        if dealt is None:
            kinds = self._kinds[place] = self._kinds.get(place, 0) + 1
            start = mix(self._start + order) if self._start else 0
            if kinds <= _OWN_COUNTS:
                dealt = self._dealt[place, weights] = _Dealt(order, start)
            else:  # weights that differ from row to row have one count
                dealt = self._dealt.setdefault((place, "many"), _Dealt(order, start, True))
        dealt.count += 1
        in_row.append(dealt)
        return dealt

    def sample(self, candidates: Sequence[T], count: int) -> list[T]:
        """This many different candidates in random order, or all if there are fewer."""
        shuffled = self.shuffled(candidates)
        return [item for _, item in zip(range(count), shuffled, strict=False)]

    def shuffled(self, candidates: Iterable[T]) -> Iterator[T]:
        """All candidates in random order. Those that are not asked for cost nothing."""
        places = candidates if isinstance(candidates, Sequence) else list(candidates)
        moved: dict[int, int] = {}  # instead of a copy of all
        for last in range(len(places) - 1, -1, -1):
            chosen = int(self._random() * (last + 1))
            yield places[moved.get(chosen, chosen)]
            moved[chosen] = moved.get(last, last)

    def between(self, low: Any, high: Any) -> Any:
        """A whole number, number, date or time from `low` to `high`; `low` if a date is later."""
        if isinstance(low, datetime):
            return self.moment(low, high)
        if isinstance(low, date):
            high = max(low, high)
        if high < low:
            raise ValueError(f"{low} is more than {high}")
        if isinstance(low, int) and isinstance(high, int):
            return low + int(self._random() * (high - low + 1))
        if isinstance(low, time):
            day = self.now.date()
            return self.between(datetime.combine(day, low), datetime.combine(day, high)).timetz()
        if isinstance(low, date):
            return low + timedelta(days=int(self._random() * ((high - low).days + 1)))
        return low + self._random() * (high - low)

    def long_tail(self, low: int, high: int) -> int:
        """A whole number: half of them lie in the lowest eighth, few are large."""
        if high < low:
            raise ValueError(f"{low} is more than {high}")
        return low + int(self._random() ** 3 * (high - low + 1))

    # --- times

    @property
    def new_year(self) -> datetime:
        """When the year began that this_year() is of; 365 days ago on New Year's Day."""
        return moments.new_year(self.now)

    def this_year(self) -> datetime:
        """A time between New Year and now."""
        return self.moment(self.new_year, self.now)

    def moment(
        self, low: datetime, high: datetime, rhythm: moments.Rhythm | None = None
    ) -> datetime:
        """A time from `low` to `high`, at the hours and on the days of a rhythm (UTC).

        "office" is Monday to Friday, "evening" after work and at the weekend, "weekend" mostly
        Saturday and Sunday. If `high` is before `low`, it is `low`.
        """
        return moments.times_between(low, high, rhythm)(self._random())

    def timeline(
        self, low: datetime, high: datetime, count: int, rhythm: moments.Rhythm | None = None
    ) -> Iterator[datetime]:
        """Times that grow from row to row: draw one with next(). `count` fill the span."""
        return moments.timeline(low, high, count, rhythm, self.stream)

    def at(self, day: date, hour: int, minute: int = 0) -> datetime:
        """A time of a day, UTC."""
        return datetime.combine(day, time(hour, minute), UTC)

    # --- text: nothing in it belongs to a real person, or reaches one

    def uuid(self) -> UUID:
        """A random UUID (version 4)."""
        return UUID(int=self.bits(128), version=4)

    def code(self, length: int = 8, letters: str = _LETTERS) -> str:
        """Letters and digits."""
        return "".join(letters[int(self._random() * len(letters))] for _ in range(length))

    def hex(self, length: int = 32) -> str:
        """Hexadecimal digits."""
        return f"{self.bits(4 * length):0{length}x}"

    def bits(self, count: int) -> int:
        """A whole number of this many random bits."""
        value = 0
        for _ in range(-(-count // 32)):
            value = value << 32 | int(self._random() * 4294967296.0)
        return value & ((1 << count) - 1)

    def mark(self, length: int = 6) -> str:
        """Hexadecimal digits that belong to this row. They make any text unique."""
        return f"{mix(self._row):016x}"[:length]

    def person(self, domain: str = "example.com") -> Person:
        """A person: first_name, last_name, name, username and email agree with one another.

        Names are as frequent as in life, so two may be of one name. Where the address is unique,
        the row is left out and the body asked again.
        """
        return make_person(self._blueprint.locale, self.stream, self._place, domain)

    def text(self, texts: Texts, section: str, **slots: object) -> str:
        """A text of a section of bp.texts(FILE). `slots` go before sections of that name."""
        return texts.draw(self.stream, section, slots)

    def email(self, name: str | None = None, domain: str = "example.com") -> str:
        """An address that belongs to nobody: RFC 2606 and 6761 reserve the domain."""
        return f"{plain(name or self.fake.name()) or 'someone'}.{self.mark()}@{domain}"

    def phone(self) -> str:
        """A number that belongs to nobody: 555-0100 to 555-0199 are reserved for fiction."""
        return f"+1-{self.between(201, 989)}-555-01{self.between(0, 99):02}"

    def avatar(self) -> str:
        """The URL of a picture that does not exist."""
        return f"https://avatars.example.com/{self.mark(12)}.png"

    def sentence(self) -> str:
        """A sentence of a few words."""
        return self._text("sentence")

    def paragraph(self) -> str:
        """A few sentences."""
        return self._text("paragraph")

    @cached_property
    def fake(self) -> Any:
        """Faker's providers, drawing from this row's stream, without weights (ten times faster)."""
        from snapshot.seeding.personal_data import faker_for

        return faker_for(self._blueprint.locale, self._blueprint.providers, self.stream)

    def _text(self, kind: str) -> str:
        """One of 4096 texts. Each is made when it is first drawn, always the same."""
        number = int(self._random() * 4096)
        texts = self._texts.get(kind)
        if texts is None:
            texts = self._texts[kind] = [None] * 4096
        text = texts[number]
        if text is None:
            state, self.stream.state = self.stream.state, digest(self._seed, kind, number)
            text = texts[number] = str(getattr(self.fake, kind)())
            self.stream.state = state
        return text


def _at(weights: Mapping[T, float], point: float) -> T:
    """The key at a point of [0, 1) on which each key takes as much as its weight."""
    total = sum(weights.values())
    if total <= 0:
        raise ValueError("the weights have no sum")
    reached = accumulate(weights.values())
    return next(
        (k for k, end in zip(weights, reached, strict=True) if point * total < end),
        next(iter(weights)),
    )


@lru_cache(maxsize=256)
def _cycle(weights: tuple[float, ...]) -> list[int]:
    """Positions of the weights, in an order whose every beginning has the shares that they say.

    Each place goes to the weight that is furthest behind its share. Weights are rounded to
    thousandths of their sum, so the cycle has a thousand places or fewer.
    """
    total = sum(weights)
    if min(weights, default=0) < 0:
        raise ValueError("a weight is less than 0")
    if total == 0:
        raise ValueError("the weights have no sum")
    parts = [round(1000 * w / total) for w in weights]
    common = gcd(*parts)
    parts = [part // common for part in parts]
    length = sum(parts)
    given = [0] * len(parts)
    cycle = []
    for place in range(1, length + 1):
        behind = [place * part / length - n for part, n in zip(parts, given, strict=True)]
        chosen = behind.index(max(behind))
        given[chosen] += 1
        cycle.append(chosen)
    return cycle
