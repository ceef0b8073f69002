"""Columns in the form in which values are compared: folded texts, digits of numbers."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from snapshot.masking.columns import as_bytes
from snapshot.masking.digit_runs import FEWEST, Powers
from snapshot.masking.forms import fold, unescape
from snapshot.masking.windows import PADDING, Array, counted

_PART = 1 << 19  # bytes of a column at once
_LOWER = np.arange(256, dtype=np.uint8)
_LOWER[65:91] += 32
_IN_NUMBER = np.zeros(256, bool)
_IN_NUMBER[list(b"0123456789 ().-/+_")] = True
_IN_NUMBER[list("\u00a0\u202f\u2009\u2010\u2015\u2212\u00b7".encode())] = True
_IN_NUMBER[0x90:0x96] = True  # the last byte of dashes


_DIGIT = np.zeros(256, bool)
_DIGIT[48:58] = True
_BREAK = np.zeros(256, bool)  # what ends an address: white space, quotes
_BREAK[list(b' \t\n\r\f\v"')] = True
_BRACKET = np.zeros(256, bool)
_BRACKET[list(b"[{(")] = True

_UNCHECKED = pc.CastOptions(target_type=pa.string(), allow_invalid_utf8=True)


class Spans(NamedTuple):
    """Values as parts of padded data."""

    data: Array  # uint8
    starts: Array
    lengths: Array


class Allowed:
    """Literals that may be found, or "sha256:" and the hexadecimal digest of one.

    Digests are of UTF-8 in lower case, those of numbers of their digits without zeros in front.
    """

    def __init__(self, allow: Iterable[str]) -> None:
        self.literals: dict[int, str] = {}
        self._digests: dict[str, int] = {}
        self._normal: dict[bytes, int] = {}
        self.count = 0
        for place, text in enumerate(allow):
            self.count = place + 1
            if text.startswith("sha256:"):
                self._digests[text.removeprefix("sha256:").lower()] = place
            else:
                self.literals[place] = text
                self._normal[_normal(fold(text.strip().encode()))] = place

    @property
    def has_digests(self) -> bool:
        """Some of them are digests."""
        return bool(self._digests)

    def place(self, value: bytes) -> int | None:
        """Which of them a value is; the value is folded."""
        value = _normal(value)
        found = self._normal.get(value)
        if found is None and self._digests:
            found = self._digests.get(hashlib.sha256(value).hexdigest())
        return found


_NUMBER = re.compile(rb"[0-9 ().+/-]+")


def _normal(value: bytes) -> bytes:
    if not _NUMBER.fullmatch(value):
        return value
    return re.sub(rb"\(0\)|[^0-9]", b"", value).lstrip(b"0")


def column_parts(values: pa.Array) -> Iterator[pa.BinaryArray]:
    """Distinct values, not null, without blanks around them, in parts of some 512 KiB."""
    if len(values) == 0:
        return
    rows = max(1, len(values) * _PART // max(1, values.nbytes))
    for start in range(0, len(values), rows):
        part = values.slice(start, rows).drop_null().cast(options=_UNCHECKED)
        yield pc.unique(pc.ascii_trim_whitespace(part))


def folded_column(values: pa.Array) -> Spans:
    """The values, folded (see forms.fold)."""
    offsets, data = as_bytes(values)
    if len(data) and int(data.max()) >= 128:
        # PostgreSQL's text has no zero bytes
        texts = fold(b"\0".join(values.cast(pa.binary()).to_pylist()))
        data = np.frombuffer(texts, np.uint8)
        ends = np.append(np.flatnonzero(data == 0), len(data))
        starts = np.append(0, ends[:-1] + 1)
    else:
        data, starts, ends = _LOWER[data], offsets[:-1], offsets[1:]
    return Spans(np.append(data, np.zeros(PADDING, np.uint8)), starts, ends - starts)


def count_where(which: Array, starts: Array, lengths: Array) -> Array:
    """How many bytes of each span are among those."""
    sums = np.zeros(len(which) + 1, np.int32)
    np.cumsum(which, out=sums[1:])
    counts: Array = sums[starts + lengths] - sums[starts]
    return counts


def split_numbers(values: Spans) -> tuple[Spans, Spans]:
    """Texts, and values that consist of digits and the punctuation of numbers.

    An address such as 10.1.2.3 has too few digits for a number, and is a text.
    """
    data, starts, lengths = values
    digits = count_where((data >= 48) & (data < 58), starts, lengths)
    is_number = (digits > 0) & (count_where(_IN_NUMBER[data], starts, lengths) == lengths)
    is_number &= (digits >= FEWEST) | (count_where(data == 46, starts, lengths) != 3)
    return (
        Spans(data, starts[~is_number], lengths[~is_number]),
        Spans(data, starts[is_number], lengths[is_number]),
    )


def number_keys(values: Spans, powers: Powers) -> tuple[Array, Array, Array]:
    """Of numbers: keys, how many digits there are without zeros in front, which may be dates."""
    data, starts, lengths = values
    places = np.repeat(starts, lengths) + counted(lengths)
    row = np.repeat(np.arange(len(starts)), lengths)
    found = data[places]
    trunk = (found == 48) & (data[places - 1] == 40) & (data[places + 1] == 41)  # +49 (0)30
    digit = (found >= 48) & (found < 58) & ~trunk
    digits, row = found[digit] - np.uint8(48), row[digit]
    ends = np.searchsorted(row, np.arange(len(starts)), "right")
    begins = np.append(0, ends[:-1])[: len(ends)]
    nonzero = np.append(np.flatnonzero(digits), len(digits))
    first = np.minimum(nonzero[np.searchsorted(nonzero, begins)], ends)
    keys = powers.keys(powers.sums(digits), first, ends)
    return keys, ends - first, _may_be_dates(digits, first, ends)


def _may_be_dates(digits: Array, starts: Array, ends: Array) -> Array:
    """Eight digits that read as a day of 1900 to 2099, the year first or last."""
    eight = ends - starts == 8
    at = np.where(eight, starts, 0)[:, None] + np.arange(8)
    each = np.append(digits, np.zeros(8, np.uint8))[at].astype(np.int64)
    a, b, c, d = (each[:, i] * 10 + each[:, i + 1] for i in (0, 2, 4, 6))

    def is_day(century: Array, month: Array, day: Array) -> Array:
        in_month = (month >= 1) & (month <= 12) & (day >= 1) & (day <= 31)
        found: Array = in_month & ((century == 19) | (century == 20))
        return found

    found: Array = eight & (is_day(a, c, d) | is_day(c, b, a) | is_day(c, a, b))
    return found


# --- what is in longer values

_HAS_PIECES = r"@|(?:^|[^0-9A-Za-z])[0-9](?:[ ().+/-]{0,3}[0-9]){6,}(?:$|[^0-9A-Za-z])|^[\[{(]"
# groups of a UUID that hold digits only are no number: among a million there are thousands, and of
# eight digits one in a hundred equals some other number of a million
_IS_WHOLE = (
    r"^(?:[^@\s\"]+@[^@\s\"]+|[0-9 ().+/-]+|[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})$"
)
_PIECES = re.compile(
    rb"""[^\s"'<>(),;:@\\{}\[\]=]+@[\w-]+(?:\.[\w-]+)+
       | (?<![0-9A-Za-z])\d(?:[ ().+/-]{0,3}\d){6,}(?![0-9A-Za-z])""",
    re.X,
)
_QUOTED = re.compile(rb'"((?:[^"\\]|\\.){8,})"(?!\s*:)')


def pieces_of(values: pa.Array) -> list[bytes]:
    """E-mail addresses and numbers in values that hold more, and strings of JSON and the like."""
    texts = values.cast(pa.binary()).filter(pa.array(_may_have_pieces(values)))
    texts = texts.filter(pc.match_substring_regex(texts, _HAS_PIECES))
    texts = texts.filter(pc.invert(pc.match_substring_regex(texts, _IS_WHOLE)))
    found: list[bytes] = []
    for text in texts.to_pylist():
        found += (piece[0] for piece in _PIECES.finditer(text))
        if text[:1] in (b"{", b"[", b"("):
            found += (unescape(piece[1]) for piece in _QUOTED.finditer(text))
    return found


def _may_have_pieces(values: pa.Array) -> Array:
    """Where the expressions are worth their time: most values are an address or a number."""
    offsets, data = as_bytes(values)
    starts, lengths = offsets[:-1], np.diff(offsets)
    addresses = count_where(data == 64, starts, lengths)
    digits = count_where(_DIGIT[data], starts, lengths)
    whole = count_where(_IN_NUMBER[data], starts, lengths) == lengths
    whole |= (addresses == 1) & (count_where(_BREAK[data], starts, lengths) == 0)
    first = np.append(data, np.uint8(0))[starts]
    found: Array = (((addresses > 0) | (digits >= 7)) & ~whole) | _BRACKET[first]
    return found
