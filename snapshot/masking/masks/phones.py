"""Telephone numbers, moved under the country code +999, which is nobody's (ITU-T E.164)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from snapshot.masking.columns import as_bytes, from_bytes, windows
from snapshot.masking.making import Key
from snapshot.masking.masks.places import PlaceCipher, Positions, is_digit
from snapshot.masking.masks.values import (
    ValueMask,
    Work,
    blanks,
    derived,
    fallback,
    one_of,
    room,
    where_read,
)
from snapshot.masking.model import Mask, Search, Target
from snapshot.masking.prf import Cmac, derive

NOBODYS = "+999"
_FORM = (
    r"(?i)^(?:tel:\+)?[0-9+()\[\] ./,;:#*-]{1,60}"
    r"(?:(?:ext\.?|extension|x)[0-9 .:-]{1,20})?$"
)
_ABROAD = r"^[(\[ ]*(?:\+|00)[(\[ ]*[1-9]"
_LOST = 3  # digits that give way
# ITU-T E.164: the country codes of one and two digits; all others have three
_ONE, _TWO = "17", "20 27 30 31 32 33 34 36 39 40 41 43 44 45 46 47 48 49 51 52 53 54 55 56 57 58"
_MORE = "60 61 62 63 64 65 66 81 82 84 86 90 91 92 93 94 95 98"
_CODE_LENGTHS = np.full(100, 3)
_CODE_LENGTHS[[int(code) for code in (*_TWO.split(), *_MORE.split())]] = 2
for _code in _ONE:
    _CODE_LENGTHS[int(_code) * 10 : int(_code) * 10 + 10] = 1


class Phones:
    """Numbers with +999 before all their digits, which are permuted.

    A number without a plus gets `+999-`, so that it stays another than the same with one. Where
    the column has no room for that, the first three digits give way.
    """

    def __init__(self, key: bytes, space: int | None, token: Work) -> None:
        self._space, self._token = space, token
        self._long = PlaceCipher(derive(key, "long"), moves=False)
        self._short = PlaceCipher(derive(key, "short"))
        self._lost = Cmac(derive(key, "lost"))

    def __call__(self, values: pa.StringArray) -> pa.StringArray:
        """Numbers of the same layout; tokens for what is none."""
        return where_read(values, _readable(values), self._moved, self._token)

    def _moved(self, values: pa.StringArray) -> pa.StringArray:
        if self._space is None:
            return self._longer(values)
        plus = pc.count_substring(values, "+")
        more = pc.if_else(pc.greater(plus, 0), pc.multiply(plus, 3), len(NOBODYS) + 1)
        fits = pc.less_equal(pc.add(pc.binary_length(values), more), self._space)
        return where_read(values, fits, self._longer, self._same_length)

    def _longer(self, values: pa.StringArray) -> pa.StringArray:
        offsets, data = as_bytes(values)
        permuted = self._long(offsets, data, is_digit(data))
        values = from_bytes(offsets, permuted, values)
        moved = pc.replace_substring(values, "+", NOBODYS)
        bare = pc.binary_join_element_wise(NOBODYS, values, "-")
        return pc.if_else(pc.match_substring(values, "+"), moved, bare)

    def _same_length(self, values: pa.StringArray) -> pa.StringArray:
        offsets, data = as_bytes(values)
        enough = pa.array(Positions(is_digit(data), offsets).counts > _LOST)
        # of two numbers in one value the second would stay in its country
        alone = pc.less(pc.count_substring(values, "+"), 2)
        return where_read(values, pc.and_(enough, alone), self._shortened, self._token)

    def _shortened(self, values: pa.StringArray) -> pa.StringArray:
        offsets, data = as_bytes(values)
        digits = Positions(is_digit(data), offsets)
        first = digits.matrix(np.arange(len(values)), _LOST)
        starts = np.arange(len(values) + 1, dtype=np.int64) * _LOST
        shifts = self._lost(starts, data[first].reshape(-1)).view(">u8")[:, 0].astype(np.uint64)
        free = is_digit(data)
        free[first] = False
        out = self._short(offsets, data, free, shifts)
        out[first] = ord("9")
        made = from_bytes(offsets, out, values)
        same = pc.equal(made, values)
        if not pc.any(same).as_py():
            return made
        # those that come out as they were take the next
        shifts += same.to_numpy(zero_copy_only=False)
        out = self._short(offsets, data, free, shifts)
        out[first] = ord("9")
        return from_bytes(offsets, out, values)


@dataclass(frozen=True)
class InCountry:
    """Numbers that keep their country's code. They may be somebody's."""

    cipher: PlaceCipher = field(repr=False)
    token: Work

    def __call__(self, values: pa.StringArray) -> pa.StringArray:
        """Numbers of the same layout; tokens for what is none."""
        return where_read(values, _readable(values), self._permuted, self.token)

    def _permuted(self, values: pa.StringArray) -> pa.StringArray:
        offsets, data = as_bytes(values)
        digits = Positions(is_digit(data), offsets)
        kept = self._kept(values, data, digits)
        free = np.zeros(len(data), bool)
        free[digits.places] = digits.ranks() >= np.repeat(kept, digits.counts)
        made = from_bytes(offsets, self.cipher(offsets, data, free), values)
        return where_read(made, pa.array(digits.counts > kept), _same, self.token)

    def _kept(self, values: pa.StringArray, data: np.ndarray, digits: Positions) -> np.ndarray:
        """How many of the digits are the country's, with the 00 before it."""
        abroad = pc.match_substring_regex(values, _ABROAD).to_numpy(zero_copy_only=False)
        plus = pc.match_substring_regex(values, r"^[(\[ ]*\+").to_numpy(zero_copy_only=False)
        start = np.where(plus, 0, 2)
        # all digits after one another, so that a code's two lie side by side
        ends = windows(digits.starts + start, data[digits.places] - np.uint8(48), 2)
        code = np.minimum(ends[:, 0].astype(np.int64) * 10 + ends[:, 1], 99)
        return np.where(abroad, start + _CODE_LENGTHS[code], 0)


def _same(values: pa.StringArray) -> pa.StringArray:
    return values


def _readable(values: pa.StringArray) -> pa.BooleanArray:
    form = pc.match_substring_regex(values, _FORM)
    # a plus and a dash would look like what a number without a plus gets
    glued = pc.match_substring(values, "+-")
    return pc.and_(pc.and_(form, pc.match_substring_regex(values, "[0-9]")), pc.invert(glued))


def make(target: Target, options: Mapping[str, Any], key: Key) -> Mask:
    """The mask `phone`."""
    mask_key = derived(target, options, key, "phone")
    token = fallback(target, key)
    if one_of(options, "country", "keep"):
        work: Work = InCountry(PlaceCipher(mask_key), token)
        return ValueMask(work, True, None, Search.SHARED, blanks(target))
    space = room(target)
    # where digits give way, duplicates are possible: only a unique column must have none
    injective = space is None or target.unique
    work = Phones(mask_key, space, token)
    return ValueMask(work, injective, None, Search.SHARED, blanks(target))
