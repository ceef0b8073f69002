"""Personal data: recognised in texts, and made by Faker so that it belongs to nobody."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from snapshot.errors import UsageError, how_to_install

if TYPE_CHECKING:
    from snapshot.seeding.blueprint import Blueprint

SENSITIVE = frozenset(
    {"ssn", "social_security", "social_security_number", "real_email", "real_name", "real_phone"}
)

# A text without these cannot be personal data, so the server need not send it.
SUSPICIOUS = r"@|[0-9][0-9 .()+-]{5,}[0-9]"

_EMAIL = re.compile(r"[\w.+%-]+@([\w-]+(?:\.[\w-]+)+)")
# RFC 2606 and RFC 6761
_RESERVED_DOMAIN = re.compile(
    r"(^|\.)(example\.(com|org|net)|local|localhost|test|example|invalid)$", re.I
)
_DIGITS = re.compile(r"(?<![\w.-])\+?\(?\d[\d ().-]{5,20}\d(?![\w-])")
_SOCIAL_SECURITY = re.compile(r"(?!000|666|9)\d{3}-(?!00)\d\d-(?!0000)\d{4}")
# The North American numbering plan reserves 555-0100 to 555-0199 for fiction, Ofcom 07700 900xxx
_FICTIONAL_PHONE = re.compile(r"(55501\d\d|(44|0)?7700900\d{3})$")
_PHONE = re.compile(r"(\+\d{1,3}[ .-]?)?(\(\d{2,5}\)|\d{2,5})([ .-]\d{2,5}){1,4}|\+\d{8,15}")
_PHONE_COLUMN = re.compile(r"phone|mobile|fax|^tel", re.I)
_NOT_A_PHONE = re.compile(r"\d{4}-\d\d-\d\d( \d\d)?|\d\d?\.\d\d?\.\d{4}|\d{4}(-\d{4})+|[\d.]+")


def findings(text: str, column: str = "") -> Iterator[str]:
    """The kinds of personal data that a text seems to hold. The text itself is never returned.

    In a column called phone, fax or similar every number must be a fictional one.
    """
    if _PHONE_COLUMN.search(column):
        digits = re.sub(r"\D", "", text)
        if len(digits) >= 7 and not _FICTIONAL_PHONE.search(digits):
            yield "phone number"
        return
    if "@" in text:
        for found in _EMAIL.finditer(text):
            if not _RESERVED_DOMAIN.search(found[1]):
                yield "e-mail address"
    for found in _DIGITS.finditer(text):
        number = found[0].strip()
        digits = re.sub(r"\D", "", number)
        if _SOCIAL_SECURITY.fullmatch(number):
            yield "social security number"
        elif 13 <= len(digits) <= 19 and digits[0] in "23456" and _luhn(digits):
            yield "card number"
        elif (
            _PHONE.fullmatch(number)
            and not _NOT_A_PHONE.fullmatch(number)
            and 7 <= len(digits) <= 15
            and not _FICTIONAL_PHONE.search(digits)
        ):
            yield "phone number"


def _luhn(digits: str) -> bool:
    """The check digit of card numbers: ISO/IEC 7812-1, annex B."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (1 + place % 2)
        total += value - 9 * (value > 9)
    return total % 10 == 0


def faker_for(blueprint: Blueprint, stream: random.Random) -> Any:
    """A Faker that draws from a stream."""
    try:
        from faker.factory import Factory
    except ImportError as error:
        raise UsageError("Faker is not installed", hint=how_to_install("seeding")) from error
    fake = Factory.create(blueprint.locale, use_weighting=False)
    fake.random = stream
    for provider in blueprint.providers:
        fake.add_provider(provider)
    return fake


def faker_version() -> str:
    """The version of Faker that is installed, which decides what names and texts look like."""
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("faker")
    except PackageNotFoundError:
        return "none"
