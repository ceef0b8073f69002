"""The manifest's checksum of rows, computed here as the server would compute it.

hashtextextended(ROW(…)::text COLLATE "C", 0) is hash_bytes_extended() with seed 0 (source:
src/common/hashfn.c, Bob Jenkins' lookup3), here for whole columns at a time.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from snapshot.masking.columns import as_bytes

_U = np.uint32
_START = _U(0x9E3779B9)
_SEED = _U(3923095)
_STEP = 12  # bytes that one round takes
_MOST = 8 << 20  # bytes that are gathered at a time
_QUOTED = r'^$|["\\(), \t\n\r\v\f]'  # source: rowtypes.c, record_out()
_BYTEWISE = ("UTF8", "SQL_ASCII")


def row_hashes(columns: Sequence[pa.StringArray], encoding: str) -> np.ndarray:
    """The hash of each row (uint64), for a database in this encoding."""
    texts = row_texts(columns)
    if encoding in _BYTEWISE:
        return hashes(*as_bytes(texts))
    digests = (hashlib.md5(text.as_buffer(), usedforsecurity=False).digest() for text in texts)
    joined = b"".join(digest[:8] for digest in digests)
    return np.frombuffer(joined, ">u8").astype(np.uint64)


def row_texts(columns: Sequence[pa.StringArray]) -> pa.StringArray:
    """ROW(…)::text of values in their output form."""
    parts = [_quoted(column) for column in columns]
    inner = pc.binary_join_element_wise(*parts, ",") if len(parts) > 1 else parts[0]
    return pc.binary_join_element_wise("(", inner, ")", "")


def _quoted(values: pa.StringArray) -> pa.StringArray:
    needed = pc.match_substring_regex(values, _QUOTED)
    if pc.any(needed).as_py():
        doubled = pc.replace_substring(pc.replace_substring(values, "\\", "\\\\"), '"', '""')
        quoted = pc.binary_join_element_wise('"', doubled, '"', "")
        values = pc.if_else(needed, quoted, values)
    return pc.fill_null(values, "")


def sorted_once(values: np.ndarray) -> np.ndarray:
    """The different values, sorted. np.unique() hashes integers since numpy 2.3: twice as slow."""
    ordered = np.sort(values)
    first = np.ones(len(ordered), bool)
    np.not_equal(ordered[1:], ordered[:-1], out=first[1:])
    return ordered[first]


def hashes(offsets: np.ndarray, data: np.ndarray) -> np.ndarray:
    """The 64-bit hash of each text: offsets are int64 [n + 1] into bytes, the result uint64 [n]."""
    lengths = np.diff(offsets)
    out = np.empty(len(lengths), np.uint64)
    data = np.concatenate([data, np.zeros(_STEP, np.uint8)])
    rounds = lengths // _STEP
    order = np.argsort(rounds, kind="stable")
    cuts = np.flatnonzero(np.diff(rounds[order])) + 1
    for rows in np.split(order, cuts):
        if not len(rows):
            continue
        width = int(rounds[rows[0]] + 1) * _STEP
        portion = max(1, _MOST // width)
        for start in range(0, len(rows), portion):
            some = rows[start : start + portion]
            out[some] = _equally_long(offsets[some], lengths[some], width, data)
    return out


def _equally_long(
    starts: np.ndarray, lengths: np.ndarray, width: int, data: np.ndarray
) -> np.ndarray:
    """Hashes of texts that take the same number of rounds."""
    places = np.arange(width, dtype=np.int64)
    if len(starts) == 1:
        characters = data[starts[0] : starts[0] + width][None, :].copy()
    else:
        characters = data[np.minimum(starts[:, None] + places, len(data) - 1)]
    tail = characters[:, -_STEP:]
    tail[places[None, -_STEP:] >= lengths[:, None]] = 0
    words = np.ascontiguousarray(characters).view("<u4")
    a = _START + lengths.astype(_U) + _SEED
    b, c = a.copy(), a.copy()
    for i in range(0, words.shape[1] - 3, 3):
        a, b, c = _mix(a + words[:, i], b + words[:, i + 1], c + words[:, i + 2])
    a = a + words[:, -3]
    b = b + words[:, -2]
    c = c + (words[:, -1] << _U(8))  # the lowest byte of c is left to the length
    b, c = _final(a, b, c)
    return b.astype(np.uint64) << np.uint64(32) | c


def _rotated(x: np.ndarray, bits: int) -> np.ndarray:
    return (x << _U(bits)) | (x >> _U(32 - bits))


def _mix(a: np.ndarray, b: np.ndarray, c: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    for first, second in ((4, 6), (16, 19)):
        a = (a - c) ^ _rotated(c, first)
        c = c + b
        b = (b - a) ^ _rotated(a, second)
        a = a + c
        third = 8 if first == 4 else 4
        c = (c - b) ^ _rotated(b, third)
        b = b + a
    return a, b, c


def _final(a: np.ndarray, b: np.ndarray, c: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    c = (c ^ b) - _rotated(b, 14)
    a = (a ^ c) - _rotated(c, 11)
    b = (b ^ a) - _rotated(a, 25)
    c = (c ^ b) - _rotated(b, 16)
    a = (a ^ c) - _rotated(c, 4)
    b = (b ^ a) - _rotated(a, 14)
    return b, (c ^ b) - _rotated(b, 24)
