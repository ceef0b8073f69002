"""Personal data: recognised in texts, and made by Faker so that it belongs to nobody."""

from __future__ import annotations

import random
import re
from collections.abc import Iterable, Iterator
from typing import Any

from snapshot.errors import UsageError, how_to_install

SENSITIVE = frozenset(
    {"ssn", "social_security", "social_security_number", "real_email", "real_name", "real_phone"}
)

# A text without these cannot be personal data, so the server need not send it.
SUSPICIOUS = r"@|[0-9][0-9 .()/+-]{5,}[0-9]"

_EMAIL = re.compile(r"[\w.+%-]+@((?:[\w-]+\.)+[a-z][\w-]+)", re.I)
# RFC 2606 and RFC 6761
_RESERVED_DOMAIN = re.compile(
    r"(^|\.)(example\.(com|org|net)|local|localhost|test|example|invalid)$", re.I
)
_CARD = re.compile(r"(?<![\w.-])\d[\d -]{11,21}\d(?![\w-])")
_SOCIAL_SECURITY = re.compile(
    r"(?<![\w.-])(?!000|666|9)\d{3}-(?!00)\d\d-(?!0000)\d{4}(?![\w-])"
    r"|(?:\bssn|social security)[^\d\n]{0,12}\d{3}[ -]?\d\d[ -]?\d{4}(?!\d)",
    re.I,
)
# As they are written: with a country code, in North America, after a trunk 0; bare digits count
# only after a word that announces a number.
_PHONE = re.compile(
    r"""(?<![\w./\#-])(?<!\d[ ])(?:
        (?:\+|00(?=\d{1,3}[ .(/-]))\d(?:[ .()/-]{0,2}\d){7,14}
      | (?:1[ .-]?)?(?:\([2-9]\d\d\)[ ]?|[2-9]\d\d[ .-])[2-9]\d\d[ .-]\d{4}
      | \(0\d{2,4}\)[ ]?\d{2,8}(?:[ -]?\d{2,8}){0,4}
      | 0\d{2,4}[ /-]\d{3,8}(?:[ -]?\d{2,8}){0,4}
      | 0\d(?:[ .]\d\d){4}
      )(?:\s?(?:x|ext\.?)\s?\d{1,6})?(?![\w-])
      | \b(?:tele)?(?:phone|mobile|cell|fax|tel|call|ring|dial|text|sms|whatsapp|reach)
        [^\d\n]{0,20}(?<![\w.\#-])\d{9,13}(?![\w-])
    """,
    re.I | re.X,
)
_EXTENSION = re.compile(r"\s?(x|ext\.?)\s?\d{1,6}$", re.I)
# The North American numbering plan reserves 555-0100 to 555-0199 for fiction, Ofcom 07700 900xxx
_FICTIONAL_PHONE = re.compile(r"(55501\d\d|(44|0)?7700900\d{3})$")
_PHONE_COLUMN = re.compile(r"phone|mobile|(^|_)(fax|tel(efon)?)(_|$)", re.I)


def findings(text: str, column: str = "") -> Iterator[str]:
    """The kinds of personal data that a text seems to hold. The text itself is never returned.

    In a column called phone, fax or similar every number must be a fictional one.
    """
    if _PHONE_COLUMN.search(column) and len(_digits(text)) >= 7 and not _is_fictional(text):
        yield "phone number"
        return
    yield from _addresses(text)
    if _SOCIAL_SECURITY.search(text):
        yield "social security number"
    for found in _CARD.finditer(text):
        digits = _digits(found[0])
        if 13 <= len(digits) <= 19 and digits[0] in "23456" and _luhn(digits):
            yield "card number"
    for found in _PHONE.finditer(text):
        if len(_digits(found[0])) >= 8 and not _is_fictional(found[0]):
            yield "phone number"


def _addresses(text: str) -> Iterator[str]:
    if "@" in text:
        for found in _EMAIL.finditer(text):
            if not _RESERVED_DOMAIN.search(found[1]):
                yield "e-mail address"


def is_phone_column(column: str) -> bool:
    """Whether every number in a column of this name is taken for a phone number."""
    return bool(_PHONE_COLUMN.search(column))


def _is_fictional(number: str) -> bool:
    return bool(_FICTIONAL_PHONE.search(_digits(_EXTENSION.sub("", number))))


def _digits(text: str) -> str:
    return re.sub(r"\D", "", text)


def _luhn(digits: str) -> bool:
    """The check digit of card numbers: ISO/IEC 7812-1, annex B."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (1 + place % 2)
        total += value - 9 * (value > 9)
    return total % 10 == 0


def faker_for(locale: str, providers: Iterable[Any], stream: random.Random) -> Any:
    """A Faker that draws from a stream."""
    try:
        from faker.factory import Factory
    except ImportError as error:
        raise UsageError("Faker is not installed", hint=how_to_install("seeding")) from error
    fake = Factory.create(locale, use_weighting=False)
    fake.random = stream
    for provider in providers:
        fake.add_provider(provider)
    return fake


def faker_version() -> str:
    """The version of Faker that is installed, which decides what names and texts look like."""
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("faker")
    except PackageNotFoundError:
        return "none"
