"""Masks of dates and times: shifted with their subject, or cut to the year or the month."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from snapshot.errors import Refused, UsageError
from snapshot.masking.columns import as_bytes, from_bytes
from snapshot.masking.making import TEXT, Key, Maker, make_mask
from snapshot.masking.masks import amounts
from snapshot.masking.model import Mask, Rule, Search, Target
from snapshot.masking.prf import Cmac
from snapshot.masking.spans import filled, rows_of

_TIMESTAMPS = frozenset({"timestamp without time zone", "timestamp with time zone"})
_RANGES = frozenset(
    {"daterange", "tsrange", "tstzrange", "datemultirange", "tsmultirange", "tstzmultirange"}
)
_LONGEST = 100_000  # days of a shift: of a range of timestamps it must leave one end inside

_PLAIN = rb"(\d{4,7})-(\d\d)-(\d\d)([^\"\[\](){},]*?)( BC)?(?=[\"\[\](){},]|$)"
_DATE = re.compile(_PLAIN)
_WITHOUT_DATES = re.compile(rb"(?:-?infinity|empty|[\[\](){},\"])*")
_CLOCK = r"[T ]\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?(?: ?(?:Z|[+-]\d\d(?::?\d\d){0,2}))?"
_ISO_TEXT = rf"^\d{{4}}-\d\d-\d\d(?:{_CLOCK})? *$"

Numbers = Any  # int, or an int64 array: the calendar's arithmetic is the same for both


def day_number(year: Numbers, month: Numbers, day: Numbers) -> Numbers:
    """Days since 1970-01-01 in the proleptic Gregorian calendar; year 0 is 1 BC.

    https://howardhinnant.github.io/date_algorithms.html, days_from_civil.
    """
    year = year - (month <= 2)
    era = year // 400
    of_era = year - era * 400
    of_year = (153 * ((month + 9) % 12) + 2) // 5 + day - 1
    return era * 146097 + of_era * 365 + of_era // 4 - of_era // 100 + of_year - 719468


def civil(days: Numbers) -> tuple[Numbers, Numbers, Numbers]:
    """Year, month and day of a day number."""
    days = days + 719468
    era = days // 146097
    doe = days - era * 146097
    yoe = (doe - doe // 1460 + doe // 36524 - doe // 146096) // 365
    doy = doe - (365 * yoe + yoe // 4 - yoe // 100)
    mp = (5 * doy + 2) // 153
    month = (mp + 2) % 12 + 1
    return yoe + era * 400 + (month <= 2), month, doy - (153 * mp + 2) // 5 + 1


def _limits(kind: str) -> tuple[int, int]:
    """First and last day of a type (documentation, Date/Time Types), both inclusive.

    Of timestamps a day less at each end, since the offset may move them by one.
    """
    first, last = day_number(-4713, 11, 24), day_number(5874897, 12, 31)
    if kind in TEXT:
        return day_number(1, 1, 1), day_number(9999, 12, 31)
    if kind.startswith("date"):
        return first, last
    return first + 1, day_number(294276, 12, 31) - 1


class Shift:
    """Every date moves by the days of its subject; time of day and offset stay as written."""

    injective = False
    bits: float | None = None
    search = Search.OFF

    def __init__(self, target: Target, days: int, by: str, key: Key) -> None:
        self._target, self._days, self._by, self._key = target, days, by, key
        self._cmac = Cmac(key.derive("shift", target.subject))
        self._alone = Cmac(key.derive("shift", f"{target.subject} without subject"))
        self._first, self._last = _limits(target.type)
        self.unread = 0

    def __call__(self, values: pa.StringArray, row: Mapping[str, pa.StringArray]) -> pa.StringArray:
        """The shifted values."""
        days = self._shifts(values, row)
        plain = filled(values)
        offsets, data = as_bytes(plain)
        starts = self._starts(offsets, data)
        rows = rows_of(offsets, starts)
        parts, plainly = _parsed(data, starts)
        moved = day_number(*parts) + days[rows]
        limits = max(self._first, day_number(1, 1, 1)), min(self._last, day_number(9999, 12, 31))
        plainly &= (moved >= limits[0]) & (moved <= limits[1])
        slow = np.ones(len(values), bool)
        slow[rows] = False
        slow[rows[~plainly]] = True
        slow |= _true(pc.match_substring(plain, " BC"))
        if self._target.type in TEXT:
            slow |= ~_true(pc.match_substring_regex(plain.view(pa.binary()), _ISO_TEXT))
        slow[np.diff(offsets) == 0] = False
        fast = ~slow[rows]
        out = _written(data, starts[fast], moved[fast])
        result = from_bytes(offsets, out, values)
        return self._slowly(result, plain, np.flatnonzero(slow), days) if slow.any() else result

    def _shifts(self, values: pa.StringArray, row: Mapping[str, pa.StringArray]) -> np.ndarray:
        """Days for every row, from -n to n without 0. A row without a subject has its value's."""
        by = row[self._by]
        digests = self._cmac(*as_bytes(filled(by)))
        if by.null_count:
            alone = np.flatnonzero(_true(by.is_null()))
            digests[alone] = self._alone(*as_bytes(filled(values.take(pa.array(alone)))))
        number = digests.view(">u8")[:, 0].astype(np.uint64) % np.uint64(2 * self._days)
        days = number.astype(np.int64) - self._days
        return days + (days >= 0)

    def _starts(self, offsets: np.ndarray, data: np.ndarray) -> np.ndarray:
        """Where dates of the usual form may begin."""
        if self._target.type not in _RANGES:
            return offsets[:-1][np.diff(offsets) > 0]
        table = np.zeros(256, bool)
        table[list(b"[(,")] = True
        starts = np.flatnonzero(table[data]) + 1
        padded = np.concatenate([data, np.zeros(2, np.uint8)])
        starts += padded[starts] == ord('"')
        return starts[(padded[starts] >= 48) & (padded[starts] <= 57)]

    def _slowly(
        self, result: pa.StringArray, values: pa.StringArray, rows: np.ndarray, days: np.ndarray
    ) -> pa.StringArray:
        """The rows that are written in an unusual way, one at a time."""
        old = values.view(pa.binary()).take(pa.array(rows)).to_pylist()
        new = [self._moved(v, int(d)) for v, d in zip(old, days[rows], strict=True)]
        unread = np.array([v is None for v in new], bool)
        masked = pa.array(new, pa.binary()).view(pa.string())
        if unread.any():
            self.unread += int(unread.sum())
            where = pa.array(unread)
            hidden = unreadable(values.take(pa.array(rows)).filter(where), self._target, self._key)
            masked = pc.replace_with_mask(masked, where, hidden)
        where = np.zeros(len(result), bool)
        where[rows] = True
        return pc.replace_with_mask(result, pa.array(where), masked)

    def _moved(self, value: bytes, days: int) -> bytes | None:
        """One value; None if it holds no date that can be read."""
        if self._target.type in TEXT and not re.match(_ISO_TEXT.encode(), value):
            return None
        if not _WITHOUT_DATES.fullmatch(_DATE.sub(b"", value)):
            return None
        found = [_day(match) for match in _DATE.finditer(value)]
        known = [day for day in found if day is not None]
        if len(known) < len(found):
            return None
        if any(not self._first <= day + days <= self._last for day in known):
            days = -days
        bound = iter(known)
        return _DATE.sub(lambda match: _dated(next(bound) + days, match), value)


def _day(match: re.Match[bytes]) -> int | None:
    year, month, day = (int(match[i]) for i in (1, 2, 3))
    year = 1 - year if match[5] else year
    number: int = day_number(year, month, day)
    return number if civil(number) == (year, month, day) else None


def _dated(day: int, match: re.Match[bytes]) -> bytes:
    year, month, of_month = civil(day)
    shown, era = (year, b"") if year > 0 else (1 - year, b" BC")
    return b"%04d-%02d-%02d%b%b" % (shown, month, of_month, match[4], era)


def _parsed(data: np.ndarray, starts: np.ndarray) -> tuple[list[np.ndarray], np.ndarray]:
    """Year, month, day of YYYY-MM-DD at the starts, and where there is such a date."""
    padded = np.concatenate([data, np.zeros(10, np.uint8)])
    digit = [padded[starts + i].astype(np.int16) - 48 for i in range(10)]
    good = (digit[4] == -3) & (digit[7] == -3)
    for i in (0, 1, 2, 3, 5, 6, 8, 9):
        good &= (digit[i] >= 0) & (digit[i] <= 9)
    year = digit[0] * 1000 + digit[1] * 100 + digit[2] * 10 + digit[3]
    parts = [
        np.where(good, part, 1).astype(np.int64)
        for part in (year, digit[5] * 10 + digit[6], digit[8] * 10 + digit[9])
    ]
    for part, again in zip(parts, civil(day_number(*parts)), strict=True):
        good &= part == again
    return parts, good


def _written(data: np.ndarray, starts: np.ndarray, days: np.ndarray) -> np.ndarray:
    """The bytes with other dates at the starts, which take as many characters."""
    out = data.copy()
    year, month, day = civil(days)
    numbers = ((0, year, 1000), (1, year, 100), (2, year, 10), (3, year, 1), (5, month, 10))
    for i, number, unit in (*numbers, (6, month, 1), (8, day, 10), (9, day, 1)):
        out[starts + i] = number // unit % 10 + 48
    return out


class Cut:
    """Dates become the first day of their year or month; a time becomes midnight."""

    injective = False
    bits: float | None = None
    search = Search.OFF

    def __init__(self, target: Target, key: Key, unit: str) -> None:
        self._target, self._key = target, key
        self._date = r"\1-01-01" if unit == "year" else r"\1-\2-01"
        self.unread = 0

    def __call__(self, values: pa.StringArray, row: Mapping[str, pa.StringArray]) -> pa.StringArray:
        """The first day of each value's year or month."""
        digits, text = (r"\d{4}", True) if self._target.type in TEXT else (r"\d{4,7}", False)
        date = rf"^({digits})-(\d\d)-\d\d"
        raw = values.view(pa.binary())
        zone = r"( ?(?:Z|[+-]\d\d(?::?\d\d){0,2}))?"
        clock = rf"{date}([T ])\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?{zone}( BC)?( *)$"
        days = rf"{date}( BC)?( *)$"
        result = pc.replace_substring_regex(
            raw, clock, rf"{self._date}\g<3>00:00:00\4\5\6".replace(r"\g<3>", r"\3")
        )
        result = pc.replace_substring_regex(result, days, rf"{self._date}\3\4")
        # 4714-11-24 BC is the first day that the types know
        result = pc.replace_substring_regex(result, r"^4714-(?:01|11)-01(.* BC)$", r"4714-11-24\1")
        read = pc.match_substring_regex(raw, rf"{clock}|{days}|^$")
        if not text:
            read = pc.or_(read, pc.match_substring_regex(raw, "^-?infinity$"))
        result = result.view(pa.string())
        unread = pc.fill_null(pc.invert(read), False)
        if pc.any(unread).as_py():
            hidden = unreadable(values.filter(unread), self._target, self._key)
            self.unread += len(hidden)
            result = pc.replace_with_mask(result, unread, hidden)
        return result


def unreadable(values: pa.StringArray, target: Target, key: Key) -> pa.StringArray:
    """What stands for values that are no dates: tokens in text, elsewhere a fixed day."""
    if target.type in TEXT:
        return make_mask(Rule("token"), target, key)(values, {})
    shown = "empty" if target.type in _RANGES else "2000-01-01"
    if "multi" in target.type:
        shown = "{}"
    return pa.array([shown] * len(values), pa.string())


def _true(array: pa.Array) -> np.ndarray:
    found: np.ndarray = np.asarray(pc.fill_null(array, False))
    return found


def _shift(target: Target, options: Mapping[str, Any], key: Key) -> Mask:
    days, by = options.get("days"), options.get("by")
    if days is None or by is None:
        raise UsageError(
            f"shift of {target.table}.{target.column} needs days and by",
            hint='{ mask = "shift", days = 30, by = "the column that says whose date it is" }',
        )
    if not 1 <= days <= _LONGEST:
        raise UsageError(
            f"shift of {target.table}.{target.column} is by {days} days",
            hint=f"1 to {_LONGEST}",
        )
    if by == target.column:
        raise Refused(
            f"shift of {target.table}.{target.column} is by the column itself",
            hint="by names the column that says whose date it is, such as user_id",
        )
    return Shift(target, days, by, key)


_CUT_TYPES = TEXT | _TIMESTAMPS | {"date"}
MAKERS = {
    "shift": Maker(_shift, _CUT_TYPES | _RANGES, {"days": int, "by": str}),
    "year": Maker(lambda target, _, key: Cut(target, key, "year"), _CUT_TYPES, {}),
    "month": Maker(lambda target, _, key: Cut(target, key, "month"), _CUT_TYPES, {}),
} | amounts.MAKERS
