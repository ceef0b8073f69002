"""Documents of one layout, which differ in strings and numbers only, are read once for all.

What becomes of a document's spans follows from its keys and the kinds of its values. So one of
those that are alike is walked through (json_scan), and what was found of it is moved to where the
same values stand in the others. All of it is array work: a hundredth of the time of a walk each.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any, NamedTuple, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from snapshot.masking.columns import from_bytes
from snapshot.masking.masks import json_tokens
from snapshot.masking.masks.json_scan import Scanner
from snapshot.masking.spans import cut

Array: TypeAlias = np.ndarray[Any, np.dtype[Any]]

_MOST = 4 << 20  # bytes of documents; more are one large document
_FEWEST = 8  # documents of a layout; fewer are walked through one by one
_QUOTE, _BACKSLASH, _COLON, _SPACE, _ZERO, _MINUS = b'"\\: 0-'
_STRING, _EMPTY, _NUMBER = 1, 2, 3  # stand for values; bytes that JSON cannot hold
_IN_NUMBER = np.zeros(256, bool)
_IN_NUMBER[list(b"0123456789+-.eE")] = True
_DIGIT = np.zeros(256, bool)
_DIGIT[48:58] = True
_OPENS = np.zeros(256, bool)
_OPENS[list(b"{[")] = True
_STRICT_STRING = f"^(?:{json_tokens.STRING.decode().replace('*+', '*')})$"
_STRICT_NUMBER = r"^-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?$"


class Found(NamedTuple):
    """Spans of the bytes, in order, what each becomes (see Edits), and documents that are none."""

    starts: Array
    ends: Array
    codes: Array
    unread: list[int]  # numbers of documents


class _Alike(NamedTuple):
    """Documents of one layout: their numbers, and where each value ends, [documents, values]."""

    rows: Array
    ends: Array


class _Values(NamedTuple):
    """The strings, but for keys, and the numbers of documents, in order."""

    starts: Array
    ends: Array
    marks: Array  # uint8


def scan_documents(scanner: Scanner, data: Array, offsets: Array) -> Found:
    """What becomes of the documents, whose bytes lie between offsets."""
    single = np.diff(offsets) > 0
    parts: list[tuple[Array, Array, Array]] = []
    for some in _alike(data, offsets, single):
        spans = _spans_of_first(scanner, offsets, some)
        if spans is not None:
            parts.append(spans)
            single[some.rows] = False
    edges, unread = offsets.tolist(), []
    for row in np.flatnonzero(single).tolist():
        if not scanner.scan(edges[row], edges[row + 1]):
            unread.append(row)
    edits = scanner.edits
    one_by_one = (edits.starts, edits.ends, edits.codes)
    starts, ends, codes = (np.array(of_edits, np.int64) for of_edits in one_by_one)
    parts.append((starts, ends, codes))
    starts, ends, codes = (np.concatenate(part) for part in zip(*parts, strict=True))
    order = np.argsort(starts, kind="stable")
    return Found(starts[order], ends[order], codes[order], unread)


def _spans_of_first(
    scanner: Scanner, offsets: Array, some: _Alike
) -> tuple[Array, Array, Array] | None:
    """What becomes of documents that are alike, as the first one shows; None if it is no JSON."""
    begins, row = offsets[some.rows], some.rows[0]
    edits = scanner.edits
    count = len(edits.starts)
    if not scanner.scan(int(offsets[row]), int(offsets[row + 1])):
        return None
    first, last = (np.array(part[count:], np.int64) for part in (edits.starts, edits.ends))
    codes = np.array(edits.codes[count:], np.int64)
    edits.cut_to(count)
    # a place lies as far behind the value in front of it in all of them
    anchors = np.concatenate([begins[:, None], some.ends], axis=1)
    moved = []
    for places in (first, last):
        which = np.searchsorted(anchors[0], places, "right") - 1
        moved.append((anchors[:, which] + (places - anchors[0, which])).ravel())
    return moved[0], moved[1], np.tile(codes, len(begins))


def _alike(data: Array, offsets: Array, wanted: Array) -> Iterator[_Alike]:
    """Documents of one layout."""
    if not 0 < len(data) <= _MOST:
        return
    odd = ~wanted | ~_OPENS[data[np.minimum(offsets[:-1], len(data) - 1)]]
    _mark(odd, offsets, np.flatnonzero(data < _SPACE))
    values = _values(data, offsets, odd)
    layouts = _layouts(data, offsets, values)
    edges = np.searchsorted(values.starts, offsets)
    usable = np.flatnonzero(~odd)
    order = usable[np.argsort(layouts[usable], kind="stable")]
    cuts = np.flatnonzero(np.diff(layouts[order])) + 1
    for begin, end in pairwise([0, *cuts.tolist(), len(order)]):
        if end - begin < _FEWEST:
            continue
        rows = order[begin:end]
        places = edges[rows][:, None] + np.arange(edges[rows[0] + 1] - edges[rows[0]])
        yield _Alike(rows, values.ends[places])


def _layouts(data: Array, offsets: Array, values: _Values) -> Array:
    """A number for each document; equal ones have the same bytes but for those of their values."""
    steps = np.zeros(len(data) + 1, np.int8)
    steps[values.starts + 1] += 1
    steps[values.ends] -= 1
    kept = np.cumsum(steps[:-1], dtype=np.int8) == 0
    marked = data.copy()
    marked[values.starts] = values.marks
    sizes = np.append(0, np.cumsum(kept))
    none = pa.array(np.zeros(len(offsets) - 1, np.int8))
    texts = from_bytes(sizes[offsets], marked[kept], none)
    codes: Array = texts.dictionary_encode().indices.to_numpy()
    return codes


def _values(data: Array, offsets: Array, odd: Array) -> _Values:
    """The values; documents that may be no JSON are marked in `odd`, and have none."""
    begins, ends = _strings(data, offsets, odd)
    steps = np.zeros(len(data) + 1, np.int8)
    steps[begins] += 1
    steps[ends] -= 1
    outside = np.cumsum(steps[:-1], dtype=np.int8) == 0
    behind = data[np.minimum(ends, len(data) - 1)]
    _mark(odd, offsets, begins[behind == _SPACE])  # what is behind it may make it a key
    plain = behind != _COLON
    begins, ends = begins[plain], ends[plain]
    first, last = _numbers(data, offsets, outside, odd)
    marks = np.where(ends - begins == 2, _EMPTY, _STRING)
    starts = np.concatenate([begins, first])
    order = np.argsort(starts, kind="stable")
    marks = np.concatenate([marks, np.full(len(first), _NUMBER)])[order].astype(np.uint8)
    return _Values(starts[order], np.concatenate([ends, last])[order], marks)


def _strings(data: Array, offsets: Array, odd: Array) -> tuple[Array, Array]:
    quotes = np.flatnonzero(data == _QUOTE)
    if (data == _BACKSLASH).any():
        places = np.arange(len(data))
        other = np.maximum.accumulate(np.where(data != _BACKSLASH, places, -1))
        backslashes = quotes - 1 - np.where(quotes > 0, other[quotes - 1], -1)
        quotes = quotes[backslashes % 2 == 0]
    counts = np.diff(np.searchsorted(quotes, offsets))
    odd |= counts % 2 == 1
    quotes = quotes[np.repeat(~odd, counts)]
    begins, ends = quotes[::2], quotes[1::2] + 1
    escaped = np.flatnonzero(data == _BACKSLASH)
    if len(escaped) and len(begins):
        which = np.unique(np.searchsorted(begins, escaped, "right") - 1)
        which = which[which >= 0]
        texts = cut(data, begins[which], ends[which])
        _mark(odd, offsets, begins[which[~_match(texts, _STRICT_STRING)]])
    return begins, ends


def _numbers(data: Array, offsets: Array, outside: Array, odd: Array) -> tuple[Array, Array]:
    edges = np.diff((_IN_NUMBER[data] & outside).view(np.int8), prepend=0, append=0)
    first, last = np.flatnonzero(edges == 1), np.flatnonzero(edges == -1)
    number = _DIGIT[data[first]] | (data[first] == _MINUS)  # not the e of true
    first, last = first[number], last[number]
    digits = np.append(0, np.cumsum(_DIGIT[data]))
    plain = digits[last] - digits[first] == last - first
    plain &= (data[first] != _ZERO) | (last - first == 1)
    other = np.flatnonzero(~plain)
    if len(other):
        texts = cut(data, first[other], last[other])
        _mark(odd, offsets, first[other[~_match(texts, _STRICT_NUMBER)]])
    return first, last


def _match(texts: Any, pattern: str) -> Array:
    found: Array = pc.match_substring_regex(texts.view(pa.binary()), pattern).to_numpy(False)
    return found


def _mark(rows: Array, offsets: Array, places: Array) -> None:
    rows[np.searchsorted(offsets, places, "right") - 1] = True
