"""What all masks share: which values they work on, and what they write where they cannot."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from snapshot.errors import Refused, UsageError
from snapshot.masking.columns import as_bytes, from_matrix
from snapshot.masking.making import Key
from snapshot.masking.model import Search, Target
from snapshot.masking.prf import Cmac

Work = Callable[[pa.StringArray], pa.StringArray]

# no l, o, 0 or 1: they are easily mistaken for one another
ALPHABET = np.frombuffer(b"abcdefghijkmnpqrstuvwxyz23456789", np.uint8)
TOKEN = 16  # characters of 5 bits
_LONGEST_NAME = 63  # bytes of a name, PostgreSQL's documentation, Character Types
LONGEST = 256  # characters; longer values are no numbers, codes or addresses
_SURE = 60  # bits from which on a million values stay different but for one chance in a million


@dataclass
class ValueMask:
    """A mask that is a function of the value. `work` gets values that are neither NULL nor ''.

    `fill` makes values for NULLs of the rows that they are in. Values of char(n) come without
    their blanks, and get them back, as the server writes them.
    """

    work: Work = field(repr=False)
    injective: bool
    bits: float | None
    search: Search
    blanks: int | None = None  # the n of char(n)
    empty: bool = False  # '' is masked too
    fill: Work | None = field(default=None, repr=False)

    def __call__(self, values: pa.StringArray, row: Mapping[str, pa.StringArray]) -> pa.StringArray:
        """The masked values."""
        if self.blanks is not None:
            values = pc.ascii_rtrim(values, " ")
        masked = self._masked(values)
        if self.fill is not None and values.null_count:
            missing = pc.is_null(values)
            made = self.fill(_rows(values, row).filter(missing))
            masked = pc.replace_with_mask(masked, missing, made)
        if self.blanks is not None:
            masked = pc.ascii_rpad(masked, self.blanks, " ")
        return masked

    def _masked(self, values: pa.StringArray) -> pa.StringArray:
        chosen = pc.is_valid(values)
        if not self.empty:
            filled = pc.greater(pc.binary_length(values), 0)
            chosen = pc.fill_null(filled, False)
        return on_rows(chosen, values, self.work)


def on_rows(chosen: pa.BooleanArray, values: pa.StringArray, work: Work) -> pa.StringArray:
    """The values, those that are chosen as `work` makes them."""
    count = pc.sum(chosen).as_py() or 0
    if count == 0:
        return values
    if count == len(values):
        return work(values)
    return pc.replace_with_mask(values, chosen, work(values.filter(chosen)))


def where_read(
    values: pa.StringArray, readable: pa.BooleanArray, work: Work, other: Work
) -> pa.StringArray:
    """The values as `work` makes them where they are readable, elsewhere as `other` does."""
    return on_rows(pc.invert(readable), on_rows(readable, values, work), other)


def _rows(values: pa.StringArray, row: Mapping[str, pa.StringArray]) -> pa.StringArray:
    """Each row as one text, by which a NULL gets a value of its own."""
    columns = [row[name] for name in sorted(row)] or [values]
    return pc.binary_join_element_wise(
        *columns, "\x1f", null_handling="replace", null_replacement="\x1e"
    )


def digests(prf: Cmac, values: pa.StringArray) -> np.ndarray:
    """Keyed codes of values, uint64 [values, 2]."""
    return prf(*as_bytes(values)).view(">u8").astype(np.uint64)


def characters(codes: np.ndarray, count: int) -> np.ndarray:
    """The first 5 · count bits of codes as letters and digits, uint8 [codes, count]; 24 at most."""
    out = np.empty((len(codes), count), np.uint8)
    for i in range(count):
        shift = np.uint64(59 - 5 * (i % 12))
        out[:, i] = ALPHABET[codes[:, i // 12] >> shift & np.uint64(31)]
    return out


@dataclass(frozen=True)
class Token:
    """Keyed tokens of texts, of so many characters."""

    prf: Cmac = field(repr=False)
    count: int

    def __call__(self, values: pa.StringArray) -> pa.StringArray:
        """A token for each value; it is not the value."""
        codes = digests(self.prf, values)
        out = from_matrix(characters(codes, self.count), values)
        same = pc.fill_null(pc.equal(out, values), False)
        if pc.any(same).as_py():
            rows = np.flatnonzero(same.to_numpy(zero_copy_only=False))
            codes[rows] ^= np.uint64(1) << np.uint64(59)  # the first character's last bit
            out = from_matrix(characters(codes, self.count), values)
        return out


def room(target: Target) -> int | None:
    """How many characters the column takes; None: any number."""
    if target.type == "name":
        return _LONGEST_NAME
    if target.type == '"char"':
        return 1
    if target.type == "character" and target.length is None:
        return 1  # as SQL has it
    return target.length


def fallback(target: Target, key: Key) -> Token:
    """What a text column gets for values that its mask cannot read."""
    space = room(target)
    count = TOKEN if space is None else min(TOKEN, space)
    return Token(Cmac(key.derive("token", target.meaning)), count)


def blanks(target: Target) -> int | None:
    """The n of char(n), else None. Of a class the shortest column says how long values are."""
    return target.padded or (room(target) if target.type == "character" else None)


def derived(target: Target, options: Mapping[str, Any], key: Key, mask: str) -> bytes:
    """The key of a mask. The option `as` joins columns and masks, or separates them."""
    return key.derive(str(options.get("as", mask)), target.meaning)


def sure(target: Target, bits: float) -> bool:
    """Whether different values can be promised to stay different.

    In a column that is not unique a short form is no failure, so nothing is promised of it.
    """
    return target.unique or bits >= _SURE


def one_of(options: Mapping[str, Any], name: str, *allowed: str) -> str | None:
    """An option that has few values. Raises UsageError for another."""
    value = options.get(name)
    if value is not None and value not in allowed:
        raise UsageError(
            f"{name} has a value that is not known", hint=f"one of: {', '.join(allowed)}"
        )
    return value


def too_narrow(target: Target, mask: str, least: int) -> Refused:
    """The error where a column has no room for a mask's results."""
    return Refused(
        f"{target.table}.{target.column} is too short for {mask}, which needs {least} characters",
        hint="use token, constant or null",
    )
