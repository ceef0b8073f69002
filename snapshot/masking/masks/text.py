"""Masks of texts that identify: e-mail addresses, tokens, names of accounts and machines, URLs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from snapshot.errors import Refused, UsageError
from snapshot.masking.columns import from_matrix
from snapshot.masking.making import ANY, TEXT, Key, Maker
from snapshot.masking.masks.values import (
    TOKEN,
    ValueMask,
    blanks,
    characters,
    derived,
    digests,
    one_of,
    room,
    sure,
    too_narrow,
    where_read,
)
from snapshot.masking.model import Mask, Search, Target
from snapshot.masking.prf import Cmac

_LEAST = 8  # characters of a pseudonym that has something before or behind it
_DOMAIN = "example.com"  # RFC 2606: it will never be anybody's


@dataclass(frozen=True)
class Form:
    """How the results of a mask look: `before`, so many characters, `behind`."""

    before: str = ""
    behind: str = ""
    letter: bool = False  # the first character is a letter
    spelling: bool = False  # capitals count for nothing, as in addresses and citext


FORMS: Mapping[str, Form] = {
    "email": Form(behind="@" + _DOMAIN, spelling=True),
    "token": Form(),
    "username": Form(letter=True, spelling=True),
    "slug": Form(letter=True),
    "hostname": Form(behind="." + _DOMAIN, letter=True, spelling=True),
    "url": Form(before=f"https://{_DOMAIN}/"),
    "path": Form(before="/"),
}


@dataclass(frozen=True)
class Pseudonyms:
    """Keyed pseudonyms. Values that differ in capitals only get ones that differ in them only."""

    prf: Cmac = field(repr=False)
    form: Form
    count: int

    def __call__(self, values: pa.StringArray) -> pa.StringArray:
        """The pseudonyms; none is its value."""
        plain = lowered(values) if self.form.spelling else values
        codes = digests(self.prf, plain)
        made = self._written(codes, values, plain)
        same = pc.equal(made, values).to_numpy(zero_copy_only=False)
        if same.any():
            codes[np.flatnonzero(same)] ^= np.uint64(1) << np.uint64(59)  # of the first character
            made = self._written(codes, values, plain)
        return made

    def _written(
        self, codes: np.ndarray, values: pa.StringArray, plain: pa.StringArray
    ) -> pa.StringArray:
        text = characters(codes, self.count)
        if self.form.letter:
            text[:, 0] = ord("a") + (codes[:, 0] >> np.uint64(59) & np.uint64(7))
        sides = [np.frombuffer(s.encode(), np.uint8) for s in (self.form.before, self.form.behind)]
        before, behind = (np.broadcast_to(side, (len(text), len(side))) for side in sides)
        text = np.hstack([before, text, behind])
        if self.form.spelling:
            self._spell(text[:, before.shape[1] :], values, plain)
        return from_matrix(text, values)

    def _spell(self, text: np.ndarray, values: pa.StringArray, plain: pa.StringArray) -> None:
        """Capitals where the value has some: all, or some that its spelling chooses."""
        other = pc.not_equal(values, plain)
        if not pc.any(other).as_py():
            return
        rows = np.flatnonzero(other.to_numpy(zero_copy_only=False))
        spelt = values.filter(other)
        bits = digests(self.prf, spelt).astype(">u8").view(np.uint8).reshape(-1, 16)
        chosen = np.unpackbits(bits, axis=1)[:, : text.shape[1]].astype(bool)
        letter = text[rows] >= ord("a")
        first = letter.argmax(axis=1)
        none = ~(chosen & letter).any(axis=1)
        chosen[none, first[none]] = True
        chosen[pc.equal(spelt, _changed(spelt, "upper")).to_numpy(zero_copy_only=False)] = True
        text[rows] -= (chosen & letter) * np.uint8(32)


def lowered(values: pa.StringArray) -> pa.StringArray:
    """Values in lower case. Bytes that are no UTF-8 stay."""
    return _changed(values, "lower")


def _changed(values: pa.StringArray, case: str) -> pa.StringArray:
    ascii_only = pc.string_is_ascii(values)
    changed = pc.ascii_lower(values) if case == "lower" else pc.ascii_upper(values)
    if pc.all(ascii_only).as_py():
        return changed
    rest = pc.invert(ascii_only)
    texts = values.filter(rest).cast(pa.binary()).to_pylist()
    made = pa.array([_changed_text(text, case) for text in texts], pa.binary())
    whole = pa.StringArray.from_buffers(len(made), *made.buffers()[1:3])
    return pc.replace_with_mask(changed, rest, whole)


def _changed_text(text: bytes, case: str) -> bytes:
    """By the character: the server knows no rules for the ends of words."""
    try:
        characters = text.decode()
    except UnicodeDecodeError:
        return text.lower() if case == "lower" else text.upper()
    changed = (c.lower() if case == "lower" else c.upper() for c in characters)
    return "".join(changed).encode()


@dataclass(frozen=True)
class Folded:
    """A mask of citext: what differs in capitals only becomes the same."""

    mask: Mask

    @property
    def injective(self) -> bool:
        """Of values that citext tells apart."""
        return self.mask.injective

    @property
    def bits(self) -> float | None:
        """As the mask's."""
        return self.mask.bits

    @property
    def search(self) -> Search:
        """As the mask's."""
        return self.mask.search

    def __call__(self, values: pa.StringArray, row: Mapping[str, pa.StringArray]) -> pa.StringArray:
        """The masked values."""
        return self.mask(lowered(values), row)


def _pseudonyms(name: str, target: Target, options: Mapping[str, Any], key: Key) -> Mask:
    form = FORMS[name]
    prefix = str(options.get("prefix", ""))
    if not (prefix.isascii() and prefix.isprintable()):
        raise UsageError(
            "prefix has characters that are not ASCII", hint="letters, digits, _ and -"
        )
    spelling = form.spelling or target.type == "citext"
    form = Form(form.before + prefix, form.behind, form.letter, spelling)
    taken = len(form.before) + len(form.behind)
    space = room(target)
    count = TOKEN if space is None else min(TOKEN, space - taken)
    least = _LEAST if taken else 1
    if count < least:
        raise too_narrow(target, name, taken + least)
    work = Pseudonyms(Cmac(derived(target, options, key, name)), form, count)
    bits = 5.0 * count - 2 * form.letter
    fill = one_of(options, "nulls", "fill")
    return ValueMask(
        work,
        injective=sure(target, bits),
        bits=bits,
        search=Search.SUBSTRING,
        blanks=blanks(target),
        empty=one_of(options, "empty", "mask") is not None,
        fill=work if fill else None,
    )


@dataclass(frozen=True)
class Constant:
    """One value for all."""

    text: str

    def __call__(self, values: pa.StringArray) -> pa.StringArray:
        """The value, as often as there are values."""
        return pa.repeat(pa.scalar(self.text, pa.string()), len(values))


def _constant(target: Target, options: Mapping[str, Any], key: Key) -> Mask:
    if "value" not in options:
        raise UsageError("constant has no value", hint='{ mask = "constant", value = "…" }')
    value = options["value"]
    text = str(value)
    if isinstance(value, bool):
        text = text.lower() if target.type != "boolean" else text[0].lower()
    space = room(target) if target.type in TEXT else None
    if space is not None and len(text) > space:
        raise too_narrow(target, "the constant", len(text))
    if target.labels and text not in target.labels:
        raise Refused(
            f"the constant for {target.table}.{target.column} is not a label of its type",
            hint=f"one of: {', '.join(target.labels)}",
        )
    return ValueMask(Constant(text), False, None, Search.OFF, blanks(target))


@dataclass
class Null:
    """NULL for all."""

    injective: bool = False
    bits: float | None = None
    search: Search = Search.OFF

    def __call__(self, values: pa.StringArray, row: Mapping[str, pa.StringArray]) -> pa.StringArray:
        """As many NULLs."""
        return pa.nulls(len(values), pa.string())


def _null(target: Target, options: Mapping[str, Any], key: Key) -> Mask:
    return Null()


def _zeros(values: pa.StringArray) -> pa.StringArray:
    """Zero bytes of the same length, of both of the forms of bytea_output."""
    return where_read(values, pc.starts_with(values, "\\x"), _hex_zeros, _escaped_zeros)


def _hex_zeros(values: pa.StringArray) -> pa.StringArray:
    zeros = pa.repeat(pa.scalar("0"), len(values))
    digits = pc.binary_repeat(zeros, pc.subtract(pc.binary_length(values), 2))
    return pc.binary_join_element_wise("\\x", digits, "")


def _escaped_zeros(values: pa.StringArray) -> pa.StringArray:
    plain = pc.replace_substring_regex(values, r"\\(?:\\|[0-7]{3})", "0")
    octets = pc.binary_repeat(pa.repeat(pa.scalar("00"), len(values)), pc.binary_length(plain))
    return pc.binary_join_element_wise("\\x", octets, "")


def _blank(target: Target, options: Mapping[str, Any], key: Key) -> Mask:
    return ValueMask(_zeros, False, None, Search.OFF)


def _maker(name: str, **options: type) -> Maker:
    make: Callable[[Target, Mapping[str, Any], Key], Mask] = partial(_pseudonyms, name)
    return Maker(make, TEXT, {"as": str, **options})


MAKERS: dict[str, Maker] = {
    "email": _maker("email", empty=str, nulls=str),
    "token": _maker("token", empty=str, nulls=str, prefix=str),
    **{name: _maker(name) for name in ("username", "slug", "hostname", "url", "path")},
    "constant": Maker(_constant, ANY, {"value": (str, int, float, bool)}),
    "null": Maker(_null, ANY, {}),
    "blank": Maker(_blank, frozenset({"bytea"}), {}),
}
