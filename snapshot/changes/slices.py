"""Rows of data.sql whose keys lie in some ranges, found by halving: the rows are in order."""

from __future__ import annotations

import mmap
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from snapshot.changes.keys import KeyOf, Line

Range = tuple[int, int]  # first and last value


def slices(
    file: Path, span: tuple[int, int], key: KeyOf, ranges: Sequence[Range]
) -> Iterator[Line]:
    """The rows between two bytes of the file that lie in the ranges, which rise."""
    begin, end = span
    if begin == end:
        return
    with file.open("rb") as opened, mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ) as data:
        for first, last in ranges:
            begin = _at_least(data, begin, end, key, first)
            while begin < end:
                line_end = data.find(b"\n", begin, end)
                line = data[begin:line_end]
                if key(line) > last:
                    break
                yield line
                begin = line_end + 1


def _at_least(data: mmap.mmap, begin: int, end: int, key: KeyOf, first: int) -> int:
    """Where the first row begins whose key is not less."""
    while begin < end:
        start = data.rfind(b"\n", begin, (begin + end) // 2) + 1 or begin
        line_end = data.find(b"\n", start, end)
        if key(data[start:line_end]) < first:
            begin = line_end + 1
        else:
            end = start
    return begin


def chosen(lines: Iterable[Line], key: KeyOf, ranges: Sequence[Range]) -> Iterator[Line]:
    """Of all rows those whose keys lie in the ranges, which rise."""
    firsts = [first for first, _ in ranges]
    for line in lines:
        value = key(line)
        place = bisect_right(firsts, value) - 1
        if place >= 0 and value <= ranges[place][1]:
            yield line
