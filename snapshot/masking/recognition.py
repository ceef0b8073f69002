"""What sampled values say of a column: how many are e-mail addresses, cards, dates of birth, …

Values are looked at and forgotten: an Evidence holds shares and counts, never a value.
"""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from ipaddress import ip_address

_EMAIL = re.compile(r"(?:[^<>@\s]+\s)*<?[\w.+%'-]+@(?:[\w-]+\.)+[\w-]{2,}>?")
_EMAIL_INSIDE = re.compile(r"[\w.+%-]+@(?:[\w-]+\.)+[a-z]{2,}", re.I)
_PHONE = re.compile(r"(?:\+|00|\(?0|\()[\d() ./-]{6,22}\d(?:\s?(?:x|ext\.?)\s?\d{1,6})?", re.I)
_PHONE_GROUPS = re.compile(r"\d{3}[ .-]\d{3,4}[ .-]\d{3,4}|\d{2}(?:[ .]\d{2}){4}|\d{3}[.-]\d{4}")
_PHONE_INSIDE = re.compile(r"(?<![\w.-])(?:\+|00)\d(?:[ ()/-]{0,2}\d){7,14}(?![\w-])")
_CARD = re.compile(r"[2-6]\d{3}(?:[ -]?\d{2,7}){2,4}")
_IBAN = re.compile(r"[A-Z]{2}\d\d(?: ?[A-Z0-9]){11,30}", re.I)
_UUID = re.compile(r"\{?[0-9a-f]{8}(?:-?[0-9a-f]{4}){3}-?[0-9a-f]{12}\}?", re.I)
_MAC = re.compile(r"[0-9a-f]{2}([:-])[0-9a-f]{2}(?:\1[0-9a-f]{2}){4}(?:\1[0-9a-f]{2}){0,2}", re.I)
_SSN = re.compile(r"(?!000|666|9)\d{3}-(?!00)\d\d-(?!0000)\d{4}")
_URL = re.compile(r"[a-z][a-z0-9+.-]*://\S+", re.I)
_DAY = re.compile(r"(\d{4})-(\d\d)-(\d\d)(?:[ T]\d\d:\d\d.*)?")
_LONG_DIGITS = re.compile(r"\d{6}")
_WORD = re.compile(r"[^\W\d_]+(?:['’.-][^\W\d_]*)*")
_SMALL_WORDS = re.compile(
    r"[a-z][a-z0-9]*(?:[_ /:.-][a-z0-9]+){0,4}|[A-Z][A-Z0-9]{0,9}(?:_[A-Z0-9]+)*"
)
_LOOKED_AT = 2_000  # values that are tried: shares need no more


@dataclass(frozen=True)
class Evidence:
    """What the values of a column are like. Shares are of the values that are not empty."""

    values: int = 0  # that were looked at: not NULL, not empty
    distinct: int = 0
    shares: Mapping[str, float] = field(default_factory=dict)  # of each kind in KINDS
    words: float = 0.0  # a value, on average
    longest: int = 0  # characters
    lower: float = 0.0  # share of values that are plain words as programs have them

    @property
    def few(self) -> bool:
        """There are few different values, and each occurs often."""
        return self.values >= 12 and self.distinct <= 50 and self.distinct * 3 <= self.values


def evidence_of(values: Sequence[str]) -> Evidence:
    """Look at values, as text. Empty ones count for nothing."""
    present = [value.strip() for value in values if value.strip()]
    if not present:
        return Evidence()
    step = math.ceil(len(present) / _LOOKED_AT)
    tried = present[::step]
    shares = {kind: sum(map(holds, tried)) / len(tried) for kind, holds in KINDS.items()}
    shares["birth"] = _births(tried)
    shares["secret"] = _secrets(tried)
    return Evidence(
        len(present),
        len(set(present)),
        {kind: share for kind, share in shares.items() if share},
        sum(len(value.split()) for value in tried) / len(tried),
        max(map(len, present)),
        sum(bool(_SMALL_WORDS.fullmatch(value)) for value in tried) / len(tried),
    )


def _is_phone(text: str) -> bool:
    digits = sum(map(str.isdigit, text))
    shape = _PHONE.fullmatch(text) or _PHONE_GROUPS.fullmatch(text)
    return 7 <= digits <= 17 and bool(shape) and not _DAY.fullmatch(text)


def _is_card(text: str) -> bool:
    digits = re.sub(r"[ -]", "", text)
    return 13 <= len(digits) <= 19 and bool(_CARD.fullmatch(text)) and luhn(digits)


def luhn(digits: str) -> bool:
    """Whether the check digit of a card number is right: ISO/IEC 7812-1, annex B."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (1 + place % 2)
        total += value - 9 * (value > 9)
    return total % 10 == 0


def is_iban(text: str) -> bool:
    """Whether the check digits are right: ISO 13616, by ISO 7064 MOD 97-10."""
    if not _IBAN.fullmatch(text):
        return False
    plain = text.replace(" ", "").upper()
    return int("".join(str(int(c, 36)) for c in plain[4:] + plain[:4])) % 97 == 1


def _is_ip(text: str) -> bool:
    try:
        ip_address(text.partition("/")[0])
    except ValueError:
        return False
    return True


def _is_json(text: str) -> bool:
    if text[0] not in "{[":
        return False
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def _is_person(text: str) -> bool:
    """Two to four words with a capital: `José García`. Titles of books and places are so, too."""
    words = text.split()
    return 2 <= len(words) <= 4 and all(
        _WORD.fullmatch(word) and not word[0].islower() for word in words
    )


def _holds_personal(text: str) -> bool:
    return bool(_EMAIL_INSIDE.search(text) or _PHONE_INSIDE.search(text))


def _holds(pattern: re.Pattern[str]) -> Callable[[str], bool]:
    return lambda text: pattern.fullmatch(text) is not None


KINDS: dict[str, Callable[[str], bool]] = {
    "email": _holds(_EMAIL),
    "phone": _is_phone,
    "card": _is_card,
    "iban": is_iban,
    "ip": _is_ip,
    "mac": _holds(_MAC),
    "ssn": _holds(_SSN),
    "uuid": _holds(_UUID),
    "url": _holds(_URL),
    "json": _is_json,
    "whole": lambda text: text.lstrip("-").isdecimal(),
    "at": lambda text: "@" in text,
    "number": lambda text: sum(map(str.isdigit, text)) >= 5,
    "numeral": lambda text: any(map(str.isdigit, text)),
    "character": lambda text: len(text) <= 12,
    "link": lambda text: "." in text or "/" in text,
    "day": _holds(_DAY),
    "person": _is_person,
    "personal": _holds_personal,
    "digits": lambda text: bool(_LONG_DIGITS.search(text)),
    "capital": lambda text: text[0].isupper() or not text.isascii(),
}


def _births(values: Sequence[str]) -> float:
    """The share of days, if they lie as dates of birth do: over decades, and not of late."""
    days = [match for value in values if (match := _DAY.fullmatch(value))]
    years = sorted(int(day[1]) for day in days)
    if len(years) < 8 or years[0] < date.today().year - 120 or years[-1] > date.today().year:
        return 0.0
    low, middle, high = (years[len(years) * tenth // 10] for tenth in (1, 5, 9))
    grown_up = 15 <= date.today().year - middle <= 75
    return len(days) / len(values) if high - low >= 20 and grown_up else 0.0


def _secrets(values: Sequence[str]) -> float:
    """The share of values that look drawn at random: long, of one word, with much entropy."""
    return sum(_is_secret(value) for value in values) / len(values)


def _is_secret(text: str) -> bool:
    if len(text) < 16 or not re.fullmatch(r"[\w+/=.$:-]+", text, re.ASCII) or _URL.fullmatch(text):
        return False
    digits = sum(map(str.isdigit, text))
    bits = entropy(text)
    return (
        digits > 0
        and digits < len(text)
        and bits >= (2.8 if len(text) < 24 else 3.0)
        and (len(re.split(r"[-_.:]", text)) <= 4)
    )


def entropy(text: str) -> float:
    """Bits a character, of the text's own frequencies (Shannon)."""
    return -sum(n / len(text) * math.log2(n / len(text)) for n in Counter(text).values())
