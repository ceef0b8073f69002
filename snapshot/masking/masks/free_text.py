"""The mask of free text: what identifies goes, the rest stays byte for byte."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from string import ascii_letters, digits
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from snapshot.errors import Refused
from snapshot.masking.columns import as_bytes
from snapshot.masking.making import TEXT, Key, Maker, makers
from snapshot.masking.masks.inner import Column, Parts, inner_mask, masked
from snapshot.masking.model import Mask, Rule, Search, Target
from snapshot.masking.spans import filled, from_texts, rows_of, spliced, texts

# What stands for an address until the end, so that no other pattern finds anything in it. No value
# of PostgreSQL's text holds this byte.
_HELD = "\x00"


def _table(characters: str, others: bool) -> np.ndarray:
    table = np.zeros(256, bool)
    table[[ord(c) for c in characters]] = True
    table[128:] = others  # letters that are not ASCII
    return table


_LETTERS = ascii_letters + digits
_LOCAL = _table(_LETTERS + "._%+'-!#$&*^~", others=True)  # no = and /, which stand before one
_NO_FIRST = _table(".%'", others=False)
_LABEL = _table(_LETTERS + "_-", others=True)
_LONGEST_LOCAL, _LONGEST_DOMAIN = 64, 255  # RFC 5321, 4.5.3.1

# In RE2, over bytes. IBANs before cards, cards before numbers: a longer form would be cut up.
_SPACED = r" ?[A-Z0-9]{4}(?: ?\d[A-Z0-9]{1,3}){2,7}(?: \d{1,2})?"
_LONG = (
    (rf"\b[A-Za-z]{{2}}\d{{2}}(?:{_SPACED}|[A-Z0-9]{{11,30}})\b", "[iban]"),
    (
        r"\b(?:\d{4}[ -]?\d{4}[ -]?\d{4}[ -]?\d{1,7}|3[47]\d{2}[ -]?\d{6}[ -]?\d{5})\b",
        "[card]",
    ),
)
# also no-break and thin spaces, dashes, the minus sign and the middle dot, as their bytes
_BETWEEN = r"(?:[ ./()_\-]|\xc2[\xa0\xb7]|\xe2\x80[\x89\xaf\x90-\x95]|\xe2\x88\x92)"
_NUMBERS = ((rf"\+?\(?\d(?:(?:{_BETWEEN}{{0,3}}|,)\d){{5,}}", "[number]"),)
# of networks: v4, v6, machines
_ADDRESSES = (
    (r"\b\d{1,3}(?:\.\d{1,3}){3}\b", "[number]"),
    (r"\b[0-9A-Fa-f]{2}(?:[:-][0-9A-Fa-f]{2}){5,7}\b", "[number]"),
    (
        r"\b(?:[0-9A-Fa-f]{1,4}:){7}[0-9A-Fa-f]{1,4}\b"
        r"|(?:\b[0-9A-Fa-f]{1,4}(?::[0-9A-Fa-f]{1,4}){0,6})?::(?:[0-9A-Fa-f]{1,4}:){0,6}[0-9A-Fa-f]{1,4}\b",
        "[number]",
    ),
)
_MAYBE_ADDRESS = r"\d\.\d|[0-9A-Fa-f]{1,4}[:-][0-9A-Fa-f:]"
_TWELVE_DIGITS = r"(?:\d[^\d]*){12}"

_OWN = "[redacted]"
_SHORTEST = 3  # letters of a word, or characters of a value, that is looked for
_INSIDE = 5  # letters from which on a word is also looked for inside of others


class Redact:
    """Addresses, numbers, cards and IBANs, and the row's own other originals, out of text."""

    injective = False
    bits: float | None = None
    search = Search.PARTS

    def __init__(self, target: Target, own: Sequence[str], email: Mask | None) -> None:
        self._target, self._own, self._email = target, own, email

    def __call__(self, values: pa.StringArray, row: Mapping[str, pa.StringArray]) -> pa.StringArray:
        """The texts without them. Raises Refused for a column in `own` that the row lacks."""
        plain = filled(values)
        offsets, data = as_bytes(plain)
        starts, ends = _addresses(offsets, data)
        parts = Parts(starts, ends, rows_of(offsets, starts))
        held = pa.array([_HELD] * len(starts), pa.string())
        result = _without_numbers(spliced(plain, starts, ends, held))
        result = self._without_own(result, row)
        if self._target.names:
            result = self._target.names.without(result)
        result = self._with_addresses(result, parts, data, row)
        result = _shortened(result, self._target.length)
        return pc.if_else(values.is_valid(), result, None) if values.null_count else result

    def _with_addresses(
        self,
        values: pa.StringArray,
        parts: Parts,
        data: np.ndarray,
        row: Mapping[str, pa.StringArray],
    ) -> pa.StringArray:
        if len(parts.starts) == 0:
            return values
        _, held = as_bytes(values)
        at = np.flatnonzero(held == 0)
        if self._email is None or len(at) != len(parts.starts):
            return pc.replace_substring(values, _HELD, "[email]")
        column = Column(self._target, row, data, filled, filled)
        return spliced(values, at, at + 1, masked(self._email, parts, column))

    def _without_own(
        self, values: pa.StringArray, row: Mapping[str, pa.StringArray]
    ) -> pa.StringArray:
        missing = [name for name in self._own if name not in row]
        if missing:
            raise Refused(
                f"redact of {self._target.table}.{self._target.column} needs the column "
                f"{missing[0]}, which the table does not have",
                hint="correct own",
            )
        if not self._own:
            return values
        needles = texts(_needles([row[name] for name in self._own]))
        old = texts(values)
        new = [
            _without(text, lower, needle)
            for text, lower, needle in zip(old, texts(_lower(values)), needles, strict=True)
        ]
        changed = [i for i, (a, b) in enumerate(zip(old, new, strict=True)) if a is not b]
        if not changed:
            return values
        where = np.zeros(len(values), bool)
        where[changed] = True
        return pc.replace_with_mask(values, pa.array(where), from_texts([new[i] for i in changed]))


def _addresses(offsets: np.ndarray, data: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Spans of e-mail addresses in the bytes of a column: all of them grow at once."""
    at = np.flatnonzero(data == ord("@"))
    rows = rows_of(offsets, at)
    text = np.concatenate([data, np.zeros(2, np.uint8)])
    starts, ends = at.copy(), at + 1
    going = np.arange(len(at))
    for _ in range(_LONGEST_LOCAL):
        before = starts[going] - 1
        going = going[(before >= offsets[rows[going]]) & _LOCAL[text[before]]]
        starts[going] -= 1
    dots = np.zeros(len(at), bool)
    going = np.arange(len(at))
    for _ in range(_LONGEST_DOMAIN):
        if len(going) == 0:
            break
        here, last = ends[going], offsets[rows[going] + 1]
        dot = (text[here] == ord(".")) & _LABEL[text[here + 1]] & (here + 1 < last)
        dot &= here > at[going] + 1
        dots[going] |= dot
        going = going[(here < last) & (_LABEL[text[here]] | dot)]
        ends[going] += 1
    starts, ends, at = starts[dots], ends[dots], at[dots]
    starts = np.maximum(starts, np.concatenate([[0], ends])[: len(ends)])
    for _ in range(_LONGEST_LOCAL):
        wrong = _NO_FIRST[text[starts]] & (starts < at)
        if not wrong.any():
            break
        starts += wrong
    return starts[starts < at], ends[starts < at]


def _without_numbers(values: pa.StringArray) -> pa.StringArray:
    raw = values.view(pa.binary())
    many = pc.match_substring_regex(raw, _TWELVE_DIGITS)
    if pc.any(many).as_py():
        raw = pc.replace_with_mask(raw, many, _patterned(raw.filter(many), _LONG))
    some = pc.match_substring_regex(raw, _MAYBE_ADDRESS)
    if pc.any(some).as_py():
        raw = pc.replace_with_mask(raw, some, _patterned(raw.filter(some), _ADDRESSES))
    return _patterned(raw, _NUMBERS).view(pa.string())


def _patterned(values: pa.Array, patterns: Sequence[tuple[str, str]]) -> pa.Array:
    for pattern, shown in patterns:
        values = pc.replace_substring_regex(values, pattern, shown)
    return values


def _needles(columns: Sequence[pa.StringArray]) -> pa.StringArray:
    """What is looked for in each row: the columns' values and their words, in lower case."""
    whole = pc.binary_join_element_wise(
        *map(_lower, columns), _HELD, null_handling="replace", null_replacement=""
    )
    words = pc.replace_substring_regex(whole, r"[^\pL]+", _HELD)
    return pc.binary_join_element_wise(whole, words, _HELD)


def _without(text: str | None, lower: str | None, needles: str | None) -> str | None:
    """The text without the needles; the same object if none is in.

    Needles and the second text are in lower case, of which no character has another length.
    """
    if not text or not lower or not needles:
        return text
    spans: list[tuple[int, int]] = []
    for needle in needles.split(_HELD):
        if len(needle) >= _SHORTEST and needle in lower:
            spans += _found(lower, needle, inside=len(needle) >= _INSIDE)
    return _spliced_text(text, spans) if spans else text


def _found(text: str, needle: str, inside: bool) -> list[tuple[int, int]]:
    found, at = [], text.find(needle)
    while at >= 0:
        end = at + len(needle)
        if inside or not (text[at - 1 : at].isalnum() or text[end : end + 1].isalnum()):
            found.append((at, end))
        at = text.find(needle, end if inside else at + 1)
    return found


def _spliced_text(text: str, spans: list[tuple[int, int]]) -> str:
    pieces, end = [], 0
    for start, stop in sorted(spans):
        if start >= end:
            pieces += [text[end:start], _OWN]
        end = max(end, stop)
    return "".join([*pieces, text[end:]])


def _lower(values: pa.StringArray) -> pa.StringArray:
    """Lower case, character by character: str.lower() makes two of one (İ)."""
    try:
        return pc.utf8_lower(values)
    except pa.ArrowInvalid:  # not UTF-8
        return pc.ascii_lower(values)


def _shortened(values: pa.StringArray, length: int | None) -> pa.StringArray:
    """At most `length` characters: what stands for a number may be longer than it was."""
    if length is None or not pc.any(pc.greater(pc.binary_length(values), length)).as_py():
        return values
    return from_texts([text and text[:length] for text in texts(values)])


def _redact(target: Target, options: Mapping[str, Any], key: Key) -> Mask:
    email = inner_mask(Rule("email"), target, key, "text") if "email" in makers() else None
    return Redact(target, options.get("own", ()), email)


MAKERS = {"redact": Maker(_redact, TEXT, {"own": (list, tuple)})}
