"""Dates and times of a row that agree: created before updated, begun before ended."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from snapshot.postgres.drafting import Learnt
from snapshot.seeding.drafts.checks import Limits
from snapshot.seeding.drafts.values import GUESS, Value

TYPES = frozenset({"date", "timestamp", "timestamptz"})

_RANKS = (  # the order in which things happen; the first match counts
    (r"birth|(^|_)dob", "birth"),
    (r"creat|insert|added|regist|join|order(ed)?_?(at|date|on)|placed|booked|purchased", "first"),
    (r"issued|hire|open(ed)?_", "first"),
    (r"delet|remov|archiv|cancel|revok|banned|block|lock|suspend|reject|fail|discard", "rare"),
    (r"expir|until|(^|_)due|deadline|required", "future"),
    (r"(^|_)end|finish|clos|_to$|^to$|check_?out|return|stop|complet|last_", "end"),
    (r"start|begin|began|from|check_?in|effective|schedul|since", "start"),
    (r"updat|modif|chang|edit|ship|paid|publish|sent|read|seen|deliver|confirm|verif", "later"),
)
_PLACE = {"birth": 0, "first": 1, "start": 2, "": 3, "later": 4, "end": 5, "future": 6, "rare": 7}


_MADE = re.compile(r"(created|inserted)_?(at|on|date|time)?", re.I)  # when the row itself was made


@dataclass(frozen=True)
class Moment:
    """A column that holds a date or a time."""

    name: str
    type: str
    limits: Limits
    not_null: bool
    learnt: Learnt | None

    @property
    def rank(self) -> str:
        """When it happens, as far as its name says."""
        snake = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", self.name).lower()
        return next((rank for p, rank in _RANKS if re.search(p, snake)), "")


def values_of_moments(
    moments: Sequence[Moment],
    orders: Sequence[tuple[str, str, bool]],
    name_of: Callable[[str], str],
) -> dict[str, Value]:
    """The expressions of a row's dates and times. `name_of` gives a column's variable."""
    values: dict[str, Value] = {}
    variables: dict[str, str] = {}
    first = None
    for moment in _sorted(moments, orders):
        variable = name_of(moment.name)
        before = next((a for a, b, _ in orders if b == moment.name and a in variables), None)
        code = _bounded(moment)
        note = "its CHECK" if code else GUESS
        if code is None and before is not None:
            code, note = _after(variables[before], moment), f"after {before}: its CHECK"
        if code is None:
            code, note = _guessed(moment, variables[first] if first else None)
        if first is None and moment.rank != "birth":
            first = moment.name
        variables[moment.name] = variable
        value = variable + {"date": ".date()", "timestamp": ".replace(tzinfo=None)"}.get(
            moment.type, ""
        )
        rare = moment.rank == "rare" and not moment.not_null
        values[moment.name] = Value(
            f"{value} if r.chance(0.1) else None" if rare else value,
            note,
            (f"{variable} = {code}",),
        )
    return values


def _sorted(moments: Sequence[Moment], orders: Sequence[tuple[str, str, bool]]) -> list[Moment]:
    """In the order in which things happen, and after what CHECKs put before them."""
    waiting = sorted(moments, key=lambda m: (_PLACE[m.rank], not _MADE.fullmatch(m.name)))
    done: list[Moment] = []
    while waiting:
        names = {m.name for m in waiting}
        ready = next(
            (m for m in waiting if not any(b == m.name and a in names for a, b, _ in orders)),
            waiting[0],
        )
        waiting.remove(ready)
        done.append(ready)
    return done


def _after(variable: str, moment: Moment) -> str:
    if moment.type == "date":
        return f"{variable} + timedelta(days=r.between(1, 14))"
    return f"{variable} + timedelta(hours=r.between(1, 72))"


def _guessed(moment: Moment, first: str | None) -> tuple[str, str]:
    low, high = (
        _instant(moment.learnt and moment.learnt.low),
        _instant(moment.learnt and moment.learnt.high),
    )
    if moment.rank == "birth":
        return (
            "r.moment(datetime(1950, 1, 1, tzinfo=UTC), datetime(2006, 12, 31, tzinfo=UTC))",
            GUESS,
        )
    if first is None and low and high and low < high:
        return f"r.moment({_python(low)}, {_python(high)})", "from first to last of the rows"
    if moment.rank == "future":
        return f"{first or 'r.now'} + timedelta(days=r.between(7, 60))", GUESS
    if first is None:
        return "r.this_year()", GUESS
    if moment.rank == "start":
        return f"{first} + timedelta(days=r.between(0, 14))", GUESS
    if moment.rank == "end":
        return _after(first, moment), GUESS
    return f"r.between({first}, max({first}, r.now))", GUESS


def _bounded(moment: Moment) -> str | None:
    """An expression within the bounds of its CHECKs or partitions. None without bounds."""
    limits = moment.limits
    if limits.low is None and limits.high is None:
        return None
    if limits.low == "now":
        return "r.now + timedelta(days=r.between(2, 60))"
    low, high = _instant(limits.low), _instant(limits.high)
    if (low is None and limits.low is not None) or (
        high is None and limits.high not in (None, "now")
    ):
        return None
    if low is None and high is None:
        return "r.this_year()"
    day = "timedelta(days=1)"
    top = _python(high) + f" - {day}" * limits.below if high else ""
    bottom = _python(low) + f" + {day}" * limits.above if low else f"{top} - 300 * {day}"
    if not high:
        top = "r.now" if limits.high == "now" else f"max(r.now, {bottom} + 300 * {day})"
    return f"r.between({bottom}, {top})"


def _instant(text: str | None) -> datetime | None:
    """A date or time as the server prints it. None for what Python cannot hold."""
    try:
        return datetime.fromisoformat(text) if text else None
    except ValueError:
        return None


def _python(instant: datetime) -> str:
    return f"datetime({instant.year}, {instant.month}, {instant.day}, tzinfo=UTC)"
