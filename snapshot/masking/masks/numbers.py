"""Masks of numbers that identify: integers, codes, telephone numbers and UUIDs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from snapshot.errors import UsageError
from snapshot.masking.columns import as_bytes, from_bytes, from_matrix, windows
from snapshot.masking.ff1 import Ff1, Permutation
from snapshot.masking.making import INTEGERS, TEXT, Key, Maker
from snapshot.masking.masks import documents, phones
from snapshot.masking.masks.places import HEX, NIBBLES, PlaceCipher
from snapshot.masking.masks.values import (
    LONGEST,
    ValueMask,
    Work,
    blanks,
    derived,
    fallback,
    where_read,
)
from snapshot.masking.model import Mask, Search, Target
from snapshot.masking.prf import derive

_BITS = {"smallint": 16, "integer": 32, "bigint": 64}
_DIGITS = rf"^[ -@\[-`{{-~]{{1,{LONGEST}}}$"  # ASCII without letters
_CODE = rf"^[ -~]{{1,{LONGEST}}}$"


class Integers:
    """Integers of a type: positive ones among themselves, and the others among themselves.

    `bits` are those of the type; before it those of narrower ones, whose values become such again.
    """

    def __init__(self, key: bytes, *bits: int) -> None:
        ends = [0, *(1 << (n - 1) for n in bits)]
        self._parts = [_IntegerPart(key, first, last) for first, last in pairwise(ends)]

    def __call__(self, values: pa.StringArray) -> pa.StringArray:
        """Others, each a value of the type."""
        x = values.cast(pa.int64()).to_numpy()
        y = np.empty_like(x)
        for part in self._parts:
            part(x, y)
        return pa.array(y).cast(pa.string())


class _IntegerPart:
    """Integers with first <= x < last, but for 0, or -last <= x < -first; 0 is with these."""

    def __init__(self, key: bytes, first: int, last: int) -> None:
        places = last - first
        self._first, self._last = first, last
        name = "" if first == 0 else f"{first} "
        self._positive = Permutation(
            derive(key, f"{name}positive"), places if first else places - 1, moves=True
        )
        self._other = Permutation(
            derive(key, f"{name}other"), places if first else places + 1, moves=True
        )

    def __call__(self, x: np.ndarray, y: np.ndarray) -> None:
        """Write those of x that lie here into y."""
        start = np.uint64(max(self._first, 1))
        positive = (x >= start.view(np.int64)) & (x <= self._last - 1)
        y[positive] = (self._positive(x[positive].view(np.uint64) - start) + start).view(np.int64)
        other = (x <= 0) & (x >= -self._last)
        start = np.uint64(0)
        if self._first:
            other &= x < -self._first
            start = np.uint64(self._first + 1)
        if other.any():
            # two's complement: the smallest bigint has no positive counterpart but as unsigned
            place = (-x[other]).view(np.uint64) - start
            y[other] = -(self._other(place) + start).view(np.int64)


class IntegersOfRange:
    """Integers from `first` to `last` among themselves; others become some of these."""

    def __init__(self, key: bytes, first: int, last: int) -> None:
        self._first, self._last = first, last
        self._permutation = Permutation(key, last - first + 1, moves=True)

    def __call__(self, values: pa.StringArray) -> pa.StringArray:
        """Integers of the range."""
        x = values.cast(pa.int64()).to_numpy()
        start = np.int64(self._first).view(np.uint64)
        place = (x.view(np.uint64) - start) % np.uint64(self._permutation.size)
        return pa.array((self._permutation(place) + start).view(np.int64)).cast(pa.string())


def _integer(target: Target, options: Mapping[str, Any], key: Key) -> Mask:
    bits = [_BITS[name] for name in (*target.narrow, target.type)]
    mask_key = derived(target, options, key, "integer")
    work: Work = Integers(mask_key, *bits)
    if "range" in options:
        work = IntegersOfRange(mask_key, *_range(options["range"], bits[0]))
    if target.in_text:
        work = partial(_in_text, (1 << (bits[-1] - 1)) - 1, work, fallback(target, key))
    # results are other rows' originals: to look for originals would find them
    return ValueMask(work, injective=True, bits=None, search=Search.OFF)


def _in_text(most: int, work: Work, token: Work, values: pa.StringArray) -> pa.StringArray:
    """Texts that refer to integers up to `most`; others get a token."""
    plain = pc.match_substring_regex(values, r"^(?:0|-?[1-9][0-9]{0,17})$")
    numbers = pc.if_else(plain, values, "0").cast(pa.int64())
    readable = pc.and_(plain, pc.less_equal(pc.abs(numbers), most))
    return where_read(values, readable, work, token)


def _range(value: object, bits: int) -> tuple[int, int]:
    ends = value if isinstance(value, list) and len(value) == 2 else []
    numbers = [end for end in ends if isinstance(end, int) and not isinstance(end, bool)]
    least = -(1 << (bits - 1))
    if len(numbers) != 2 or not least <= numbers[0] < numbers[1] < -least:
        raise UsageError(
            "range of integer is not two growing numbers of the column's type",
            hint='{ mask = "integer", range = [1, 1000000] }',
        )
    return numbers[0], numbers[1]


@dataclass(frozen=True)
class Codes:
    """Texts whose letters and digits are permuted; what cannot be read gets a token."""

    cipher: PlaceCipher = field(repr=False)
    token: Work
    form: str  # of the values that can be read, a regular expression

    def __call__(self, values: pa.StringArray) -> pa.StringArray:
        """Texts of the same layout."""
        readable = pc.and_(
            pc.match_substring_regex(values, self.form),
            pc.match_substring_regex(values, "[0-9A-Za-z]"),
        )
        return where_read(values, readable, self._permuted, self.token)

    def _permuted(self, values: pa.StringArray) -> pa.StringArray:
        offsets, data = as_bytes(values)
        return from_bytes(offsets, self.cipher(offsets, data, np.ones(len(data), bool)), values)


def _code(target: Target, options: Mapping[str, Any], key: Key) -> Mask:
    return _codes("code", _CODE, target, options, key)


def _digits(target: Target, options: Mapping[str, Any], key: Key) -> Mask:
    return _codes("digits", _DIGITS, target, options, key)


def _codes(name: str, form: str, target: Target, options: Mapping[str, Any], key: Key) -> Mask:
    cipher = PlaceCipher(derived(target, options, key, name))
    work = Codes(cipher, fallback(target, key), form)
    return ValueMask(work, True, None, Search.SHARED, blanks(target))


_DASHES = (8, 13, 18, 23)
_UUID = r"^[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$"
_BARE_UUID = r"^[0-9A-Fa-f]{32}$"


@dataclass(frozen=True)
class Uuids:
    """UUIDs with 122 bits permuted; version and variant (RFC 9562) stay."""

    ff1: Ff1 = field(repr=False)
    token: Work

    def __call__(self, values: pa.StringArray) -> pa.StringArray:
        """UUIDs in small letters, with dashes where they were."""
        dashed = pc.match_substring_regex(values, _UUID)
        bare = pc.match_substring_regex(values, _BARE_UUID)

        def others(rest: pa.StringArray) -> pa.StringArray:
            return where_read(rest, bare.filter(pc.invert(dashed)), self._bare, self.token)

        return where_read(values, dashed, self._dashed, others)

    def _dashed(self, values: pa.StringArray) -> pa.StringArray:
        offsets, data = as_bytes(values)
        places = np.delete(np.arange(36), _DASHES)
        text = windows(offsets[:-1], data, 36)
        text[:, places] = self._permuted(text[:, places])
        return from_matrix(text, values)

    def _bare(self, values: pa.StringArray) -> pa.StringArray:
        offsets, data = as_bytes(values)
        return from_matrix(self._permuted(windows(offsets[:-1], data, 32)), values)

    def _permuted(self, text: np.ndarray) -> np.ndarray:
        nibbles = NIBBLES[text]
        octets = np.ascontiguousarray(nibbles[:, 0::2] << 4 | nibbles[:, 1::2])
        words = octets.view(">u8").astype(np.uint64)
        high, low = words[:, 0], words[:, 1]
        # high: 48 bits, 4 of the version, 12 bits; low: 2 of the variant, 62 bits
        twelve, four, one = np.uint64(12), np.uint64(4), np.uint64(1)
        mask61 = np.uint64((1 << 61) - 1)
        version, variant = np.uint64(0xF000), np.uint64(3 << 62)
        top = high >> np.uint64(16) << twelve | high & np.uint64(0xFFF)
        a, b = top << one | low >> np.uint64(61) & one, low & mask61
        a, b = self.ff1.encrypt(a, b)
        top = a >> one
        high = top >> twelve << twelve << four | high & version | top & np.uint64(0xFFF)
        low = low & variant | (a & one) << np.uint64(61) | b
        octets = np.stack([high, low], axis=1).astype(">u8").view(np.uint8)
        result: np.ndarray = HEX[octets].reshape(len(text), 32)
        return result


def _uuid(target: Target, options: Mapping[str, Any], key: Key) -> Mask:
    ff1 = Ff1(derived(target, options, key, "uuid"), [2] * 122)
    work = Uuids(ff1, fallback(target, key))
    return ValueMask(work, True, None, Search.SUBSTRING, blanks(target))


_AS: Mapping[str, type | tuple[type, ...]] = {"as": str}
MAKERS: dict[str, Maker] = {
    "integer": Maker(_integer, INTEGERS, {**_AS, "range": list}),
    "digits": Maker(_digits, TEXT, _AS),
    "code": Maker(_code, TEXT, _AS),
    "phone": Maker(phones.make, TEXT, {**_AS, "country": str}),
    "card": Maker(documents.make_card, TEXT, _AS),
    "iban": Maker(documents.make_iban, TEXT, _AS),
    "ssn": Maker(documents.make_ssn, TEXT, _AS),
    "uuid": Maker(_uuid, TEXT | {"uuid"}, _AS),
}
