"""Where two large tables differ, found by sums of hashes: first of wide parts, then of narrow ones.

So ten changed rows among millions cost a scan on each server and some kilobytes, not all the rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple, Protocol

from snapshot.postgres.row_sums import KeyHashes, KeyRanges, Parts
from snapshot.store.ranges import Sums

WIDE_BITS = 8  # so many bits number the parts of the first look
_MANY = 10  # one of so many wide parts differs: the whole is read faster
_FEW = 40  # wide parts of which any number may differ
_HASH_BITS = 10, 16  # of wide and of narrow parts by hashes


class Cut(NamedTuple):
    """How a table is cut: wide parts, each made of narrow ones; and the ends of an integer key."""

    wide: Parts
    narrow: Parts
    ends: tuple[int, int] = (0, 0)


class Differing(NamedTuple):
    """The parts in which rows differ; none if the tables are equal."""

    parts: Parts
    numbers: Sequence[int]


class Summed(Protocol):
    """A table of one side."""

    def whole(self, parts: Parts, ends: tuple[int, int]) -> Sums:
        """The sums of all parts."""

    def inside(self, parts: Parts, wide: Parts, numbers: Sequence[int]) -> Sums:
        """The sums of those parts that lie in some wide ones."""


def cut_by_ranges(column: str, bits: int, least: int, most: int) -> Cut:
    """Parts by ranges of an integer between two values; narrow ones have so many bits."""
    wide = max(bits, (most - least).bit_length() - WIDE_BITS)
    return Cut(KeyRanges(column, wide), KeyRanges(column, bits), (least, most))


def cut_by_hashes(key: Sequence[str]) -> Cut:
    """Parts by hashes of a key of any type."""
    wide, narrow = (KeyHashes(tuple(key), bits) for bits in _HASH_BITS)
    return Cut(wide, narrow)


def differing_parts(cut: Cut, a: Summed, b: Summed) -> Differing | None:
    """The parts whose sums differ; None if they are too many to be worth it.

    Both sides compute at the same time.
    """
    with ThreadPoolExecutor(1) as other:
        later = other.submit(b.whole, cut.wide, cut.ends)
        here, there = a.whole(cut.wide, cut.ends), later.result()
        wide = _apart(here, there)
        if not wide:
            return Differing(cut.narrow, ())
        if len(wide) > _FEW and len(wide) * _MANY > max(len(here), len(there)):
            return None
        later = other.submit(b.inside, cut.narrow, cut.wide, wide)
        here, there = a.inside(cut.narrow, cut.wide, wide), later.result()
    return Differing(cut.narrow, _apart(here, there))


def _apart(here: Sums, there: Sums) -> list[int]:
    def modulo(sums: Sums, number: int) -> tuple[int, int]:
        rows, total = sums.get(number, (0, 0))
        return rows, total % 2**64

    return sorted(n for n in {*here, *there} if modulo(here, n) != modulo(there, n))


def summed_up(sums: Sums, bits: int) -> dict[int, tuple[int, int]]:
    """The sums of wider ranges, which have so many bits more."""
    found: dict[int, tuple[int, int]] = {}
    for number, (rows, total) in sums.items():
        before = found.get(number >> bits, (0, 0))
        found[number >> bits] = before[0] + rows, before[1] + total
    return found


def only_inside(sums: Sums, bits: int, numbers: Sequence[int]) -> Sums:
    """The sums of those ranges that lie in some wider ones, which have so many bits more."""
    wanted = set(numbers)
    return {number: total for number, total in sums.items() if number >> bits in wanted}
