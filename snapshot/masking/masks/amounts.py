"""Masks of amounts: noise, rounding to a unit, the lower bound of a range."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Mapping
from decimal import ROUND_HALF_UP, Context, Decimal, DecimalException
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from snapshot.errors import UsageError
from snapshot.masking.columns import as_bytes
from snapshot.masking.making import INTEGERS, Key, Maker
from snapshot.masking.model import Mask, Search, Target
from snapshot.masking.prf import Cmac
from snapshot.masking.spans import filled, from_texts, spliced, texts

AMOUNTS = INTEGERS | {"numeric", "real", "double precision"}
_DATES = frozenset({"date", "timestamp without time zone", "timestamp with time zone"})

# numeric has up to 131072 digits before the point and 16383 after it (documentation, Numeric Types)
_EXACT = Context(prec=150_000, rounding=ROUND_HALF_UP)
_LARGEST = {
    "smallint": Decimal(2**15 - 1),
    "integer": Decimal(2**31 - 1),
    "bigint": Decimal(2**63 - 1),
    "real": Decimal("3.4028e38"),
    "double precision": Decimal("1.797e308"),
}
_SPECIAL = re.compile(r"NaN|[+-]?Infinity")
_UNREAD = "0"
_SHORT = 18  # characters of a number whose digits fit into 64 bits


class Noise:
    """Each number times a factor from 1 - part to 1 + part, the same for all of a subject."""

    injective = False
    bits: float | None = None
    search = Search.OFF

    def __init__(self, target: Target, part: float, by: str | None, key: Key) -> None:
        self._target, self._part, self._by = target, part, by
        self._cmac = Cmac(key.derive("noise", target.subject if by else target.meaning))
        self._alone = Cmac(key.derive("noise", f"{target.subject} without subject"))
        self.unread = 0

    def __call__(self, values: pa.StringArray, row: Mapping[str, pa.StringArray]) -> pa.StringArray:
        """The numbers with noise, of the same scale and sign."""
        changes = self._changes(values, row)
        plain = filled(values)
        usual = _usual(plain)
        where = pa.array(usual)
        fast = self._quickly(plain.filter(where), changes[usual])
        if usual.all():
            return fast
        rest = texts(values.filter(pc.invert(where)))
        slow = [self._slowly(v, float(c)) for v, c in zip(rest, changes[~usual], strict=True)]
        result = pc.replace_with_mask(values, where, fast)
        return pc.replace_with_mask(result, pc.invert(where), from_texts(slow))

    def _changes(self, values: pa.StringArray, row: Mapping[str, pa.StringArray]) -> np.ndarray:
        """From -part to part for every row; a row without a subject has its value's."""
        by = row[self._by] if self._by else values
        digests = self._cmac(*as_bytes(filled(by)))
        if self._by and by.null_count:
            alone = np.flatnonzero(np.asarray(by.is_null()))
            digests[alone] = self._alone(*as_bytes(filled(values.take(pa.array(alone)))))
        number = digests.view(">u8")[:, 0].astype(np.uint64) >> np.uint64(11)
        changes: np.ndarray = (number.astype(np.float64) / 2.0**52 - 1.0) * self._part
        return changes

    def _quickly(self, values: pa.StringArray, changes: np.ndarray) -> pa.StringArray:
        """Usual numbers, as integers of their last place."""
        number, scale = _integers(values)
        amount = np.abs(number).astype(np.float64)
        most = self._most(scale)
        new = np.rint(amount * (1.0 + changes))
        new = np.where(new > most, np.rint(amount * (1.0 - changes)), new)
        new = np.clip(new, np.minimum(1.0, amount), most).astype(np.int64)
        written = _with_scale(new, scale)
        sign = pc.if_else(pc.starts_with(values, "-"), "-", "")
        return pc.binary_join_element_wise(sign, written, "")

    def _most(self, scale: np.ndarray) -> np.ndarray:
        """The largest integers of the last place that the column can hold."""
        at_most = np.full(len(scale), 2.0**62)
        if self._target.type in INTEGERS:
            at_most = np.minimum(at_most, float(_LARGEST[self._target.type]))
        elif self._target.precision is not None:
            room = self._target.precision - (self._target.scale or 0) + scale
            at_most = np.where(room <= _SHORT, 10.0 ** np.minimum(room, _SHORT) - 1, at_most)
        return at_most

    def _slowly(self, value: str | None, change: float) -> str | None:
        if value is None or value == "" or _SPECIAL.fullmatch(value):
            return value
        number = decimal(value)
        if number is None:
            self.unread += 1
            return _UNREAD
        unit = Decimal((0, (1,), int(number.as_tuple().exponent)))
        if "e" in value.lower():  # one digit and an exponent leave no room for noise
            unit = _EXACT.scaleb(Decimal(1), number.adjusted() - 5)
        for factor in (1 + Decimal(change), 1 - Decimal(change)):
            new = _EXACT.quantize(_EXACT.multiply(number, factor), unit)
            if not new and number:
                new = unit.copy_sign(number)
            if fits(new, self._target):
                break
        return f"{new:E}" if "e" in value.lower() else f"{new:f}"


def decimal(value: str) -> Decimal | None:
    """The number, digit by digit; None if it is none."""
    try:
        number = _EXACT.create_decimal(value)
        return number if number.is_finite() else None
    except DecimalException:
        return None


def fits(number: Decimal, target: Target) -> bool:
    """The column can hold the number."""
    if target.type == "numeric" and target.precision is not None:
        return abs(number) < Decimal(10) ** (target.precision - (target.scale or 0))
    largest = _LARGEST.get(target.type)
    return largest is None or abs(number) <= largest


def _usual(values: pa.StringArray) -> np.ndarray:
    """Which values are numbers of at most 18 characters, without exponent."""
    short = pc.less_equal(pc.binary_length(values), _SHORT)
    plain = pc.match_substring_regex(values.view(pa.binary()), r"^-?\d+(?:\.\d+)?$")
    usual: np.ndarray = np.asarray(pc.and_(short, plain))
    return usual


def _integers(values: pa.StringArray) -> tuple[np.ndarray, np.ndarray]:
    """Usual numbers as integers of their last place (int64), and how many places they have."""
    point = np.asarray(pc.find_substring(values, "."))
    scale = np.where(point < 0, 0, np.diff(as_bytes(values)[0]) - point - 1)
    digits = pc.replace_substring(values, ".", "", max_replacements=1)
    return np.asarray(pc.cast(digits, pa.int64())), scale


def _with_scale(numbers: np.ndarray, scale: np.ndarray) -> pa.StringArray:
    """Integers, not negative, with a point before their last `scale` digits."""
    written = pc.cast(pa.array(numbers), pa.string())
    for places in np.unique(scale):
        padded = pc.utf8_lpad(written, int(places) + 1, "0")
        written = (
            padded if (scale == places).all() else pc.if_else(scale == places, padded, written)
        )
    ends = as_bytes(written)[0][1:]
    at = (ends - scale)[scale > 0]
    return spliced(written, at, at, pa.array(["."] * len(at), pa.string()))


class Coarse:
    """Numbers or dates that are replaced one by one: rounded, or the bound below them."""

    injective = False
    bits: float | None = None
    search = Search.OFF

    def __init__(self, change: Callable[[str], str | None], unread: str) -> None:
        self._change, self._unread = change, unread
        self.unread = 0

    def __call__(self, values: pa.StringArray, row: Mapping[str, pa.StringArray]) -> pa.StringArray:
        """The coarser values; each distinct one is looked at once."""
        distinct = values.dictionary_encode()
        old = texts(distinct.dictionary)
        new = [v if v is None or v == "" else self._change(v) for v in old]
        unread = pa.array([i for i, v in enumerate(new) if v is None], pa.int32())
        self.unread += int(pc.sum(pc.is_in(distinct.indices, unread)).as_py() or 0)
        found = from_texts([self._unread if v is None else v for v in new])
        return found.take(distinct.indices)


def _round(target: Target, options: Mapping[str, Any], key: Key) -> Mask:
    unit = decimal(str(options.get("unit", "")))
    if unit is None or unit <= 0:
        raise _wrong("round", target, "needs a unit above 0", "unit = 100")
    if target.type in INTEGERS and unit != unit.to_integral_value():
        raise _wrong("round", target, "has a unit that is no integer", "unit = 100")
    scale = max(0, -int(unit.as_tuple().exponent))

    def rounded(value: str) -> str | None:
        if _SPECIAL.fullmatch(value):
            return value
        number = decimal(value)
        if number is None or abs(number.adjusted()) > 140_000:
            return None
        new = _EXACT.multiply(_EXACT.to_integral_value(_quotient(number, unit)), unit)
        if not fits(new, target):
            new = _EXACT.subtract(new, unit.copy_sign(new))
        if "e" in value.lower():
            return f"{new:E}"
        places = max(scale, -int(number.as_tuple().exponent))
        return f"{_EXACT.quantize(new, Decimal((0, (1,), -places))):f}"

    return Coarse(rounded, _UNREAD)


def _quotient(number: Decimal, unit: Decimal) -> Decimal:
    """Enough places to round the quotient."""
    return Context(prec=max(30, number.adjusted() - unit.adjusted() + 30)).divide(number, unit)


def _bucket(target: Target, options: Mapping[str, Any], key: Key) -> Mask:
    bounds = [str(bound) for bound in options.get("bounds", ())]
    if target.type in _DATES:
        order: Callable[[str], Any] = _date_order
    else:
        order = _number_order
    known = [order(bound) for bound in bounds]
    if not known or None in known or known != sorted(known):
        raise _wrong("bucket", target, "needs bounds that ascend", "bounds = [0, 18, 30, 65]")

    def bound_below(value: str) -> str | None:
        found = order(value)
        if found is None:
            return value if value == "NaN" else None
        return bounds[max(0, bisect_right(known, found) - 1)]

    return Coarse(bound_below, bounds[0])


def _number_order(value: str) -> Decimal | None:
    if value in ("Infinity", "-Infinity"):
        return Decimal(value)
    return decimal(value)


def _date_order(value: str) -> tuple[int, str] | None:
    """BC sorts below all bounds, years of five digits and infinity above."""
    if value == "-infinity" or value.endswith(" BC"):
        return -1, ""
    if value == "infinity" or re.match(r"\d{5,}-", value):
        return 1, ""
    return (0, value) if re.match(r"\d{4}-\d\d-\d\d", value) else None


def _noise(target: Target, options: Mapping[str, Any], key: Key) -> Mask:
    part = float(options.get("part", 0))
    if not 0 < part < 1:
        raise _wrong("noise", target, "needs a part between 0 and 1", "part = 0.1")
    return Noise(target, part, options.get("by"), key)


def _wrong(mask: str, target: Target, what: str, example: str) -> UsageError:
    return UsageError(f"{mask} of {target.table}.{target.column} {what}", hint=f"such as {example}")


MAKERS = {
    "noise": Maker(_noise, AMOUNTS, {"part": (int, float), "by": str}),
    "round": Maker(_round, AMOUNTS, {"unit": (int, float, str)}),
    "bucket": Maker(_bucket, AMOUNTS | _DATES, {"bounds": list}),
}
