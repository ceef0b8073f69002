"""Numbers in texts, whatever punctuation stands between their digits.

A run is digits with at most five separators between two of them: blanks, brackets, points, dashes,
slashes, plus. Its digits fall into groups. A number is found where it is one group or several in a
row, whole ones: "+49 (0)30 123-4567" holds 49301234567.

Chance decides how short a number may be. A number of d digits that stands for itself equals one of
n originals with a chance of n / 10^d. Inside longer digits it has as many chances as there are
places: 1 M originals of 12 digits would be found 5 times by chance in 1 M random numbers of 16
digits, those of 15 digits in one of 200 snapshots. So:

* Groups that touch no letter, or a word of three and more letters: from 7 digits.
* Groups that touch a letter, as in random tokens and hexadecimal: from 12.
* Inside longer digits: from 15, which is how long the shortest card is; accounts are longer.

Dates, times and decimal fractions are numbers of another kind. Their groups are not joined with
others, since they would equal seven to ten digits by chance in every large table.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from snapshot.masking.windows import PADDING, Array, KeyTable, Secret, classes, counted, wide_runs

FEWEST = 7  # digits of a number that is looked for
FEWEST_IN_WORDS = 12
FEWEST_INSIDE = 15
MOST = 40
_BETWEEN = 5  # separators
_GROUPS = 24  # of one number, at most
_SEPARATOR, _DIGIT = 1, 2
_KIND = np.zeros(256, np.uint8)
_KIND[list(b" ().-/+_")] = _SEPARATOR
# no-break and thin spaces, dashes, the minus sign, the middle dot
_WIDE = [c.encode() for c in "\u00a0\u202f\u2009\u2010\u2011\u2012\u2013\u2014\u2015\u2212\u00b7"]
_LEADS = np.zeros(256, bool)
_LEADS[[wide[0] for wide in _WIDE]] = True
_KIND[48:58] = _DIGIT
_KIND_TABLE = _KIND.tobytes()
_LETTER = np.zeros(256, bool)
_LETTER[65:91] = _LETTER[97:123] = True


class Powers:
    """Keyed hashes of digits: the sum of (digit + 1) · r^place, modulo 2^64, r random and odd."""

    def __init__(self, secret: Secret) -> None:
        self._base = int(secret.digit)
        self._length = secret.length
        self._tables = np.zeros((2, 0), np.uint64)

    def sums(self, digits: Array) -> Array:
        """What keys of spans of these digits (uint8, 0 to 9) are computed from."""
        powers, _ = self._up_to(len(digits))
        sums = np.zeros(len(digits) + 1, np.uint64)
        np.cumsum((digits + np.uint8(1)) * powers, out=sums[1:])
        return sums

    def keys(self, sums: Array, starts: Array, ends: Array) -> Array:
        """A key (uint64) of each span of the digits, its length included."""
        _, inverse = self._up_to(len(sums))
        hashes = (sums[ends] - sums[starts]) * inverse[starts]
        hashes += (ends - starts).astype(np.uint64) * self._length
        hashes ^= hashes >> np.uint64(32)
        keys: Array = hashes * self._length
        return keys

    def _up_to(self, size: int) -> tuple[Array, Array]:
        tables = self._tables
        if size >= tables.shape[1]:
            factors = np.ones((2, max(1 << 16, 2 * size)), np.uint64)
            factors[0, 1:] = self._base
            factors[1, 1:] = pow(self._base, -1, 1 << 64)
            tables = self._tables = np.multiply.accumulate(factors, axis=1)
        return tables[0, :size], tables[1, :size]


class Runs(NamedTuple):
    """The digits of all runs of at least FEWEST, one after the other."""

    digits: Array  # uint8, 0 to 9
    at: Array  # where in the text each stands
    run: Array  # the number of its run; not all numbers occur
    groups: Array  # place among the digits at which each group begins


def digit_runs(text: Array) -> Runs:
    """All runs of a padded text."""
    kind = _kinds(text)
    begins, ends = wide_runs(kind > 0, FEWEST)
    at = np.repeat(begins, ends - begins) + counted(ends - begins)
    at = at[kind[at] == _DIGIT]
    gap = np.diff(at, prepend=-9)
    apart = gap > _BETWEEN + 1
    for step in range(1, _BETWEEN + 1):
        apart |= (gap > step) & (kind[np.maximum(at - step, 0)] != _SEPARATOR)
    run = np.cumsum(apart)
    long = np.flatnonzero(np.bincount(run, minlength=1)[run] >= FEWEST)
    at, run, new = at[long], run[long], (gap > 1)[long]
    return Runs(text[at] - np.uint8(48), at, run, np.flatnonzero(new))


def _kinds(text: Array) -> Array:
    written = text.tobytes()
    kind = np.array(classes(written, _KIND_TABLE))
    if b"(0)" in written:  # +49 (0)30
        trunk = (text[1:-1] == 48) & (text[:-2] == 40) & (text[2:] == 41)
        kind[1:-1][trunk] = _SEPARATOR
    if not written.isascii():
        leads = np.flatnonzero(_LEADS[text[:-PADDING]])
        for wide in _WIDE:
            places = leads[:, None] + np.arange(len(wide))
            found = (text[places] == np.frombuffer(wide, np.uint8)).all(axis=1)
            kind[places[found]] = _SEPARATOR
    if b"\0" in written[:-PADDING]:  # the length of a binary field is no digit of its text
        nul = text == 0
        kind[3:][nul[:-3] & nul[1:-2] & (text[2:-1] < 48)] = 0
    dash = text == 45
    dates = _dates(kind == _DIGIT, dash)
    kind[dates[:, None] + np.arange(10)] = 0
    return kind


def _dates(digit: Array, dash: Array) -> Array:
    """Where 2026-11-20 stands, and no digit before or after it."""
    found = np.flatnonzero(dash[4:-6] & dash[7:-3])
    for place in (0, 1, 2, 3, 5, 6, 8, 9):
        found = found[digit[found + place]]
    found = found[~digit[found + 10]]
    alone: Array = found[(found == 0) | ~digit[found - 1]]
    return alone


class NumberSearch:
    """Numbers by their keys."""

    def __init__(self, keys: Array, counts: Array, powers: Powers) -> None:
        """`keys` are sorted; `counts` has how many digits each of them has."""
        self._table = KeyTable(keys)
        self._powers = powers
        self._inside = [int(n) for n in np.unique(counts) if n >= FEWEST_INSIDE]

    def find(self, text: Array, runs: Runs) -> tuple[Array, Array]:
        """Which numbers occur among the runs of a padded text, and where each begins."""
        none = np.zeros(0, np.int64)
        if len(self._table.keys) == 0 or len(runs.digits) == 0:
            return none, none
        sums = self._powers.sums(runs.digits)
        spans = [*_whole_groups(runs, text), *self._windows(runs)]
        found = [(none, none), *(self._known(runs, sums, *span) for span in spans)]
        which, places = (np.concatenate(part) for part in zip(*found, strict=True))
        return which, places

    def _known(self, runs: Runs, sums: Array, starts: Array, ends: Array) -> tuple[Array, Array]:
        keys = self._powers.keys(sums, starts, ends)
        some = self._table.candidates(keys)
        first, count = self._table.ranges(keys[some])
        return first[count > 0], runs.at[starts[some[count > 0]]]

    def _windows(self, runs: Runs) -> list[tuple[Array, Array]]:
        found: list[tuple[Array, Array]] = []
        if not self._inside:
            return found
        size = np.bincount(runs.run)[runs.run]
        long = np.flatnonzero((size >= FEWEST_INSIDE) & (runs.digits > 0))
        for length in self._inside:
            starts = long[long + length <= len(runs.digits)]
            starts = starts[runs.run[starts] == runs.run[starts + length - 1]]
            found.append((starts, starts + length))
        return found


def _whole_groups(runs: Runs, text: Array) -> list[tuple[Array, Array]]:
    """Spans of digits that may be a number: groups in a row, without the zeros in front."""
    if len(runs.groups) == 0:
        return []
    begins = runs.groups
    ends = np.append(begins[1:], len(runs.digits))
    run, first, last = runs.run[begins], runs.at[begins], runs.at[ends - 1]
    left, right = _is_apart(text, first, -1), _is_apart(text, last, 1)
    nonzero = np.where(runs.digits > 0, np.arange(len(runs.digits)), len(runs.digits))
    starts = np.minimum.accumulate(nonzero[::-1])[::-1][begins]
    fraction = _are_fractions(text, run, first, last)
    joined = ~fraction | (starts < ends)  # 0.0123 is no number of this kind, 30.1234567 may be
    time = (first >= 2) & (text[first - 1] == 58) & (_KIND[text[first - 2]] == _DIGIT)
    spans = []
    group = np.flatnonzero(~time & ~_are_nobodys(runs, text, run, first))
    for more in range(_GROUPS):
        group = group[group + more < len(begins)]
        group = group[run[group] == run[group + more]]
        if len(group) == 0:
            break
        count = ends[group + more] - starts[group]
        free = left[group] & right[group + more]
        good = (count >= np.where(free, FEWEST, FEWEST_IN_WORDS)) & (count <= MOST)
        good &= joined[group] if more == 1 else ~fraction[group]
        spans.append((starts[group[good]], ends[group[good] + more]))
    return spans


def _are_nobodys(runs: Runs, text: Array, run: Array, first: Array) -> Array:
    """The groups within 15 digits behind +999, which is no country's code (ITU-T E.164)."""
    begin = np.flatnonzero(np.diff(run, prepend=-1) != 0)  # the first group of each run
    digit = runs.groups[begin]
    nines = (text[first[begin] - 1] == 43) & (first[begin] > 0)
    for place in range(3):
        nines &= runs.digits[np.minimum(digit + place, len(runs.digits) - 1)] == 9
    of_run = np.repeat(np.arange(len(begin)), np.diff(np.append(begin, len(run))))
    found: Array = (
        nines[of_run] & (runs.groups - digit[of_run] < 15) & (runs.groups > digit[of_run])
    )
    return found


def _is_apart(text: Array, places: Array, step: int) -> Array:
    """Whether the digits beside which `step` leads touch no letter, or three letters in a row."""
    beside = places + step * np.arange(1, 4)[:, None]
    letters = _LETTER[text[np.maximum(beside, 0)]] & (beside >= 0)
    apart: Array = ~letters[0] | (letters[1] & letters[2])
    return apart


def _are_fractions(text: Array, run: Array, first: Array, last: Array) -> Array:
    """The groups of runs that are two groups with a point between them."""
    two = np.flatnonzero(run[1:] == run[:-1])
    alone = two[(np.bincount(run, minlength=1) == 2)[run[two]]]
    alone = alone[(first[alone + 1] - last[alone] == 2) & (text[last[alone] + 1] == 46)]
    found = np.zeros(len(run), bool)
    found[alone] = found[alone + 1] = True
    return found
