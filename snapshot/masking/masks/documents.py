"""Numbers of cards, accounts and insurances, with right check digits and nobody's."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from math import log2
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from snapshot.masking.columns import as_bytes, from_bytes
from snapshot.masking.ff1 import Places
from snapshot.masking.making import Key
from snapshot.masking.masks.places import (
    PlaceCipher,
    Positions,
    from_halves,
    is_digit,
    is_letter,
    shifted,
    to_halves,
)
from snapshot.masking.masks.values import (
    ValueMask,
    Work,
    blanks,
    derived,
    fallback,
    where_read,
)
from snapshot.masking.model import Mask, Search, Target
from snapshot.masking.prf import Cmac, derive

_CARD = r"^(?:[0-9][ -]?){12,18}[0-9]$"
_SSN = r"^(?:[0-9][ .-]?){8}[0-9]$"
_IBAN = r"^[A-Za-z]{2} ?[0-9] ?[0-9](?: ?[0-9A-Za-z]){11,30}$"
_SSNS = 100 * 49 * 10_000  # areas from 900, groups 01 to 49, serial numbers

# ISO 3166 leaves XA to XZ to whoever wants them; XK is used for Kosovo
_OWN = "XYZABCDEFGHIJLMNOPQRSTUVW"


def make_card(target: Target, options: Mapping[str, Any], key: Key) -> Mask:
    """The mask `card`."""
    work = Cards(derived(target, options, key, "card"), fallback(target, key))
    # of 16 places 13 are free
    return ValueMask(work, target.unique, 13 * log2(10), Search.SUBSTRING, blanks(target))


class Cards:
    """Card numbers under 99, which no country has (ISO/IEC 7812), with Luhn's digit right."""

    def __init__(self, key: bytes, token: Work) -> None:
        self._key, self._token = derive(key, "places"), token
        self._places: dict[int, Places] = {}
        numbers = np.frombuffer(b"".join(b"%03d" % i for i in range(1000)), np.uint8)
        codes = Cmac(derive(key, "lost"))(np.arange(1001, dtype=np.int64) * 3, numbers)
        self._shifts = codes.view(">u8")[:, 0].astype(np.uint64)

    def __call__(self, values: pa.StringArray) -> pa.StringArray:
        """Numbers of the same length and punctuation; tokens for what is none."""
        return where_read(values, pc.match_substring_regex(values, _CARD), self._moved, self._token)

    def _moved(self, values: pa.StringArray) -> pa.StringArray:
        offsets, data = as_bytes(values)
        out = np.array(data)
        digits = Positions(is_digit(data), offsets)
        for count, rows in digits.groups():
            places = digits.matrix(rows, count)
            out[places] = self._numbers(data[places] - np.uint8(48)) + np.uint8(48)
        return from_bytes(offsets, out, values)

    def _numbers(self, digits: np.ndarray) -> np.ndarray:
        radices = [10] * (digits.shape[1] - 3)
        free = self._places.setdefault(len(radices), Places(self._key, radices))
        # the two first digits are lost, and the check digit of a number where it is wrong
        wrong = (digits[:, -1] + 10 - _luhn(digits[:, :-1])) % 10
        lost = digits[:, 0].astype(np.int64) * 100 + digits[:, 1] * np.int64(10) + wrong
        a, b = to_halves(digits[:, 2:-1], radices)
        a, b = shifted(free, a, b, self._shifts[lost])
        out = np.empty_like(digits)
        out[:, :2] = 9
        out[:, 2:-1] = from_halves(*free(a, b), radices)
        out[:, -1] = _luhn(out[:, :-1])
        return out


def _luhn(digits: np.ndarray) -> np.ndarray:
    """The check digit behind these."""
    doubled = digits[:, ::-2] * 2
    doubled -= (doubled > 9) * np.uint8(9)
    total = doubled.sum(axis=1) + digits[:, -2::-2].sum(axis=1)
    result: np.ndarray = ((10 - total % 10) % 10).astype(np.uint8)
    return result


def make_ssn(target: Target, options: Mapping[str, Any], key: Key) -> Mask:
    """The mask `ssn`."""
    work = SocialSecurityNumbers(derived(target, options, key, "ssn"), fallback(target, key))
    return ValueMask(work, target.unique, log2(_SSNS), Search.SUBSTRING, blanks(target))


class SocialSecurityNumbers:
    """Numbers from 900-01 to 999-49: areas that are not issued, in groups that are no ITIN's."""

    def __init__(self, key: bytes, token: Work) -> None:
        self._prf, self._token = Cmac(key), token

    def __call__(self, values: pa.StringArray) -> pa.StringArray:
        """Numbers of the same punctuation; tokens for what is none."""
        return where_read(values, pc.match_substring_regex(values, _SSN), self._moved, self._token)

    def _moved(self, values: pa.StringArray) -> pa.StringArray:
        offsets, data = as_bytes(values)
        places = Positions(is_digit(data), offsets).matrix(np.arange(len(values)), 9)
        starts = np.arange(len(values) + 1, dtype=np.int64) * 9
        code = self._prf(starts, data[places].reshape(-1)).view(">u8")[:, 0].astype(np.uint64)
        number = (code % np.uint64(_SSNS)).astype(np.int64)
        text = _ssn_text(number)
        same = (text == data[places]).all(axis=1)
        if same.any():
            text[same] = _ssn_text((number[same] + 1) % _SSNS)
        out = np.array(data)
        out[places] = text
        return from_bytes(offsets, out, values)


def _ssn_text(number: np.ndarray) -> np.ndarray:
    whole = (number // 490_000 + 900) * 1_000_000
    whole += (number // 10_000 % 49 + 1) * 10_000 + number % 10_000
    return (whole[:, None] // 10 ** np.arange(8, -1, -1) % 10 + 48).astype(np.uint8)


def make_iban(target: Target, options: Mapping[str, Any], key: Key) -> Mask:
    """The mask `iban`."""
    work = Ibans(derived(target, options, key, "iban"), target.unique, fallback(target, key))
    bits = None if target.unique else 10 * log2(10)  # an account of Germany
    return ValueMask(work, target.unique, bits, Search.SUBSTRING, blanks(target))


class Ibans:
    """IBANs of a bank 0 with their account permuted, and right check digits.

    With `own` they keep nothing but the layout: the country becomes XX, or for the second country
    with IBANs of one length XY, and so on, and all places after it are permuted. Then different
    ones stay different.
    """

    def __init__(self, key: bytes, own: bool, token: Work) -> None:
        self._own, self._token = own, token
        self._cipher = PlaceCipher(derive(key, "places"))
        self._banks = Cmac(derive(key, "bank"))

    def __call__(self, values: pa.StringArray) -> pa.StringArray:
        """IBANs of the same length and punctuation; tokens for what is none."""
        form = pc.match_substring_regex(values, _IBAN)
        readable = np.array(form.to_numpy(zero_copy_only=False))
        readable[readable] = _valid(values.filter(form))
        return where_read(values, pa.array(readable), self._moved, self._token)

    def _moved(self, values: pa.StringArray) -> pa.StringArray:
        offsets, data = as_bytes(values)
        data = np.array(data)
        filled = Positions(is_digit(data) | is_letter(data), offsets)
        free = np.zeros(len(data), bool)
        shifts = np.zeros(len(values), np.uint64)
        for count, group in filled.groups():
            places = filled.matrix(group, count)
            countries = _country(data[places[:, :2]])
            for country in np.unique(countries):
                bank, second = _countries()[count][int(country)]
                rows, here = group[countries == country], places[countries == country]
                free[here[:, 4 if self._own else 4 + bank :]] = True
                if self._own:
                    data[here[:, :2]] = _in_case_of(data[here[:, :2]], "X" + second)
                else:
                    shifts[rows] = self._blank_bank(data, here[:, 4 : 4 + bank])
        out = self._cipher(offsets, data, free, None if self._own else shifts)
        for count, group in filled.groups():
            places = filled.matrix(group, count)
            check = _check(out[places])
            out[places[:, 2]], out[places[:, 3]] = check // 10 + 48, check % 10 + 48
        return from_bytes(offsets, out, values)

    def _blank_bank(self, data: np.ndarray, places: np.ndarray) -> np.ndarray:
        """Nothing is left of the bank; what is returned stands for it, a number a row."""
        bank = data[places]
        starts = np.arange(len(bank) + 1, dtype=np.int64) * bank.shape[1]
        codes = self._banks(starts, np.ascontiguousarray(bank).reshape(-1))
        data[places] = np.where(is_digit(bank), np.uint8(48), bank & 0x20 | np.uint8(ord("X")))
        return codes.view(">u8")[:, 0].astype(np.uint64)


@cache
def _countries() -> Mapping[int, Mapping[int, tuple[int, str]]]:
    """By an IBAN's length and the number of its country: places of the bank, a letter of its own.

    data/ibans.txt has country, length, and the length of bank and branch, by the registry of
    ISO 13616. The order of those of one length decides on the letter.
    """
    found: dict[int, dict[int, tuple[int, str]]] = {}
    path = files("snapshot.masking.masks") / "data" / "ibans.txt"
    for line in path.read_text(encoding="ascii").splitlines():
        country, length, bank = line.split()
        same = found.setdefault(int(length), {})
        number = ord(country[0]) << 8 | ord(country[1])
        same[number] = int(bank), _OWN[len(same)]
    return found


def _country(text: np.ndarray) -> np.ndarray:
    """The first two letters as a number."""
    letters = (text[:, :2] & ~np.uint8(0x20)).astype(np.int64)
    return letters[:, 0] << 8 | letters[:, 1]


def _in_case_of(text: np.ndarray, letters: str) -> np.ndarray:
    return np.array([ord(c) for c in letters], np.uint8) | text & np.uint8(0x20)


def _valid(values: pa.StringArray) -> np.ndarray:
    """Which have a known country, its length and the right check digits."""
    offsets, data = as_bytes(values)
    filled = Positions(is_digit(data) | is_letter(data), offsets)
    out = np.zeros(len(values), bool)
    for count, rows in filled.groups():
        text = data[filled.matrix(rows, count)]
        known = np.isin(_country(text), list(_countries().get(count, ())))
        check = (text[:, 2] - np.uint8(48)) * np.uint8(10) + text[:, 3] - np.uint8(48)
        out[rows] = known & (check == _check(text))
    return out


def _check(text: np.ndarray) -> np.ndarray:
    """The check digits of IBANs, uint8 [rows, length]: ISO 7064, MOD 97-10."""
    rest = np.zeros(len(text), np.int64)
    order = [*range(4, text.shape[1]), 0, 1]
    for i, place in enumerate(np.ascontiguousarray(text[:, order].T)):
        letter = place > 57
        if letter.any():
            digit = np.where(letter, (place & ~np.uint8(0x20)) - np.uint8(55), place - np.uint8(48))
            rest = rest * np.where(letter, 100, 10) + digit
        else:
            rest = rest * 10 + (place - np.uint8(48))
        if i % 6 == 5:  # 97 and six letters are below 2^63
            rest %= 97
    return 98 - rest % 97 * 100 % 97
