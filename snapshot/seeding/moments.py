"""Times as people make them: at some hours and on some days more than at others. All are UTC."""

from __future__ import annotations

import random
from bisect import bisect
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import accumulate
from typing import Literal, NamedTuple

Rhythm = Literal["office", "evening", "weekend"]

_MONDAY = datetime(1970, 1, 5, tzinfo=UTC)
_WEEK = 168 * 3600.0
# the weights of the hours 0 to 23, of a working day and of a day at the weekend
_HOURS: dict[Rhythm, tuple[str, str]] = {
    "office": ("000000013689745889631100", "000000000011100111000000"),
    "evening": ("100000012111222223578974", "100000001246654445566653"),
    "weekend": ("000000001222211223443210", "100000002689988789865321"),
}


class _Week(NamedTuple):
    """What happened by each hour of a week, and in all of it."""

    weights: tuple[float, ...]
    by: tuple[float, ...]  # by the beginning of each hour
    total: float


def new_year(now: datetime) -> datetime:
    """Noon of New Year's Day: by then it is this year everywhere.

    In the year's first hours it is the time 365 days ago, so that a span to now has a length.
    """
    noon = now.astimezone(UTC).replace(month=1, day=1, hour=12, minute=0, second=0, microsecond=0)
    return noon if now - noon >= timedelta(days=1) else now - timedelta(days=365)


def times_between(
    low: datetime, high: datetime, rhythm: Rhythm | None
) -> Callable[[float], datetime]:
    """Gives the time at a point of [0, 1), where hours get as much of it as their weight.

    The times grow with the points. They are whole seconds after `low`. A span in which nothing ever
    happens is divided evenly. If `high` is before `low`, all are `low`.
    """
    span = max(0.0, float(int((high - low).total_seconds())))
    if rhythm is None or not span:
        return lambda point: low + timedelta(0, int(point * (span + 1)))
    week = _week(rhythm)
    begins = (low - _MONDAY).total_seconds()
    before = _happened(week, begins)
    happens = _happened(week, begins + span) - before
    if happens <= 0:
        return lambda point: low + timedelta(0, int(point * (span + 1)))

    def at(point: float) -> datetime:
        weeks, rest = divmod(before + point * happens, week.total)
        hour = bisect(week.by, rest) - 1
        inside = (rest - week.by[hour]) / week.weights[hour]
        second = weeks * _WEEK + (hour + inside) * 3600 - begins
        return low + timedelta(0, int(min(max(second, 0.0), span)))

    return at


def timeline(
    low: datetime, high: datetime, count: int, rhythm: Rhythm | None, stream: random.Random
) -> Iterator[datetime]:
    """Times that grow: `count` of them are spread over the span; more crowd at its end.

    The points are those of `count` sorted random numbers, each made of the one before it.
    """
    at = times_between(low, high, rhythm)
    point = 0.0
    left = count
    while True:
        point += (1 - point) * (1 - (1 - stream.random()) ** (1 / max(left, 1)))
        left -= 1
        yield at(min(point, 1 - 2**-53))


@lru_cache
def _week(rhythm: Rhythm) -> _Week:
    if rhythm not in _HOURS:
        raise ValueError(f"there is no rhythm {rhythm!r}, but: {', '.join(_HOURS)}")
    workday, free = ([float(digit) for digit in hours] for hours in _HOURS[rhythm])
    weights = tuple(5 * workday + 2 * free)
    *by, total = accumulate(weights, initial=0.0)
    return _Week(weights, tuple(by), total)


def _happened(week: _Week, second: float) -> float:
    """How much happened by a second since the first Monday."""
    weeks, rest = divmod(second, _WEEK)
    hour = int(rest / 3600)
    return weeks * week.total + week.by[hour] + week.weights[hour] * (rest / 3600 - hour)
