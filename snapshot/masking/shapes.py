"""Shapes of personal data in the bytes that are written: whoever's they are."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from snapshot.masking.digit_runs import Runs
from snapshot.masking.windows import PADDING, Array, classes
from snapshot.shapes import find_shapes

_BEFORE, _BEHIND = 80, 120  # bytes that are read beside what may be one
_WORD = np.zeros(256, bool)
_WORD[list(b"0123456789_-.+%")] = _WORD[65:91] = _WORD[97:123] = _WORD[128:] = True
_CAPITAL, _DIGIT = 1, 2
_KIND = np.zeros(256, np.uint8)
_KIND[65:91], _KIND[48:58] = _CAPITAL, _DIGIT
_KIND[97:123] = _KIND[95] = 3
_ACCOUNT = _KIND.tobytes()
_JOINED = np.array(_WORD)  # in front of a number these make it a part of something else
_JOINED[list(b"+%")] = False
_JOINED[list(b"/#")] = True
_JOINED[128:] = False
_IS_DIGIT = np.zeros(256, bool)
_IS_DIGIT[48:58] = True
_INSIDE = np.array(_WORD)  # in front of a number, these make it a part of a word or a longer number
_INSIDE[list(b"+%")] = _INSIDE[128:] = False
_PLUS, _OPEN, _BLANK = 43, 40, 32
_AFTER_TRUNK = np.frombuffer(b" /-", np.uint8)
_RESERVED = (b"example.com", b"example.org", b"example.net")
_ANNOUNCED = re.compile(
    rb"phone|mobile|cell|fax|tel|call|ring|dial|text|sms|whatsapp|reach|ssn|social", re.I
)


class Shape(NamedTuple):
    """What seems to be personal data, and where in the text it begins and ends."""

    kind: str
    start: int
    end: int


def shapes_in(data: Array, runs: Runs) -> Iterator[Shape]:
    """The shapes in a padded text, each once, given its digits.

    What masks write, which is most of what a snapshot has, is passed over quickly.
    """
    text = data[:-PADDING].tobytes()
    seen: set[Shape] = set()
    for place in sorted({*_addresses(data), *_numbers(data, text, runs), *_accounts(text)}):
        for shape in _around(text, place):
            if shape not in seen:
                seen.add(shape)
                yield shape


def _around(text: bytes, place: int) -> Iterator[Shape]:
    begin = max(0, place - _BEFORE)
    before = text[begin:place].decode("utf-8", "replace")
    whole = before + text[place : place + _BEHIND].decode("utf-8", "replace")
    for found in find_shapes(whole):
        if found.start <= len(before) < found.end:
            start = place - len(whole[found.start : len(before)].encode())
            end = start + len(whole[found.start : found.end].encode())
            yield Shape(found.kind, start, end)


def _addresses(data: Array) -> list[int]:
    """Every @ between words, but for those before a reserved domain."""
    at = np.flatnonzero(data[:-PADDING] == 64)
    at = at[(at > 0) & _WORD[data[at - 1]] & _WORD[data[at + 1]]]
    if len(at) == 0:
        return []
    whole = np.append(data, np.zeros(16, np.uint8))
    behind = whole[at[:, None] + np.arange(1, 12)] | 32
    ends = ~_WORD[whole[at + 12]]
    for domain in _RESERVED:
        same = (behind == np.frombuffer(domain, np.uint8) | 32).all(axis=1) & ends
        at, behind, ends = at[~same], behind[~same], ends[~same]
    return [int(place) for place in at]


class _Groups(NamedTuple):
    """Groups of digits, with empty ones behind the last: arrays of one length."""

    size: Array
    first: Array  # digit
    run: Array
    before: Array  # the byte in front of it
    behind: Array
    free: Array  # whether a number may begin there, or with the bracket or plus in front of it


def _groups(data: Array, runs: Runs) -> tuple[_Groups, Array]:
    begins = runs.groups
    ends = np.append(begins[1:], len(runs.digits))
    at, last = runs.at[begins], runs.at[ends - 1]
    before = np.where(at > 0, data[at - 1], 0)
    outside = np.where(at > 1, data[at - 2], 0)
    opened = (before == _PLUS) | (before == _OPEN)
    free = ~_JOINED[np.where(opened, outside, before)]
    groups = _Groups(
        ends - begins, runs.digits[begins], runs.run[begins], before, data[last + 1], free
    )
    return _Groups(*(np.append(part, np.zeros(2, part.dtype)) for part in groups)), at


def _numbers(data: Array, text: bytes, runs: Runs) -> list[int]:
    """The groups of digits with which a phone, card or social security number may begin."""
    if len(runs.digits) == 0:
        return []
    groups, at = _groups(data, runs)
    size, first, free = groups.size[:-2], groups.first[:-2], groups.free[:-2]
    before, behind = groups.before[:-2], groups.behind[:-2]
    same = groups.run[:-2] == groups.run[1:-1]
    size1 = np.where(same, groups.size[1:-1], 0)
    size2 = np.where(same & (groups.run[:-2] == groups.run[2:]), groups.size[2:], 0)
    digits = np.bincount(runs.run)[groups.run[:-2]]
    begins_run = np.diff(groups.run[:-2], prepend=-1) != 0
    trunk = (first == 0) & (size >= 3) & (size <= 5)
    likely = free & (before == _PLUS)
    # a phone number does not begin behind a digit and a blank
    alone = free & ~((before == _BLANK) & _IS_DIGIT[data[np.maximum(at - 2, 0)]])
    likely |= alone & trunk & (((before == _OPEN) & (behind == 41)) | np.isin(behind, _AFTER_TRUNK))
    likely |= alone & (first == 0) & (size >= 3) & (data[at + 1] == 48)
    likely |= alone & (first == 0) & (size == 2) & (size1 == 2) & (size2 == 2)
    parts = (size == 3) & (size2 == 4) & ((size1 == 3) | (size1 == 2))  # 212-555-1234, 123-45-6789
    after_one = np.append(False, (first == 1)[:-1] & (size == 1)[:-1] & same[:-1])
    likely |= parts & (after_one | ~_INSIDE[before])
    likely &= ~(_nines(runs, groups) & (digits >= 11))  # what masks write
    card = free & begins_run & (digits >= 13) & (digits <= 19) & (first >= 2) & (first <= 6)
    likely |= card & ((size < digits) | _have_check_digit(runs, size))
    found: list[int] = at[likely].tolist()
    # bare digits are a number where a word says so
    for place in at[~likely & free & (size >= 9) & (size <= 13)].tolist():
        if _ANNOUNCED.search(text, max(0, place - 40), place):
            found.append(place)
    return found


def _nines(runs: Runs, groups: _Groups) -> Array:
    """Groups that begin with 999, which is no country's code, with the plus in front of it."""
    digits = np.append(runs.digits, np.zeros(3, np.uint8))
    found: Array = (digits[runs.groups[:, None] + np.arange(3)] == 9).all(axis=1)
    return found & (groups.size[:-2] >= 3)


def _have_check_digit(runs: Runs, size: Array) -> Array:
    """Whether groups of 13 to 19 digits have the check digit of cards (ISO/IEC 7812-1, annex B)."""
    found = np.zeros(len(size), bool)
    some = np.flatnonzero((size >= 13) & (size <= 19))
    ends = runs.groups[some] + size[some]
    place = np.arange(19)
    digit = runs.digits[np.maximum(ends[:, None] - 1 - place, 0)] * (place < size[some][:, None])
    value = digit * (1 + place % 2)
    found[some] = (value - 9 * (value > 9)).sum(axis=1) % 10 == 0
    return found


def _accounts(text: bytes) -> list[int]:
    """Two capitals before two digits, which an IBAN begins with, and more than zeros behind."""
    kind = classes(text, _ACCOUNT)
    upper, digit = kind == _CAPITAL, kind == _DIGIT
    found = np.flatnonzero(upper[:-3] & upper[1:-2] & digit[2:-1] & digit[3:])
    found = found[(found == 0) | (kind[found - 1] == 0)]
    return [place for place in found.tolist() if text[place + 4 : place + 8] != b"0000"]
