"""Shapes of personal data: what in a text looks as if it belonged to a real person."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

EMAIL = "e-mail address"
PHONE = "phone number"
CARD = "card number"
IBAN = "bank account number"
SOCIAL_SECURITY = "social security number"

# A text without these cannot be personal data, so the server need not send it.
SUSPICIOUS = r"@|[0-9][0-9 .()/+-]{5,}[0-9]|[A-Z]{2}[0-9]{2} ?[0-9A-Z]{4}"

_EMAIL = re.compile(r"[\w.+%-]+@((?:[\w-]+\.)+[a-z][\w-]+)", re.I)
# RFC 2606 and RFC 6761
_RESERVED_DOMAIN = re.compile(
    r"(^|\.)(example\.(com|org|net)|local|localhost|test|example|invalid)$", re.I
)
_CARD = re.compile(r"(?<![\w.-])\d[\d -]{11,21}\d(?![\w-])")
# 000, 666 and 9xx are no area numbers. 9xx with these groups is a taxpayer's (ITIN); no other 9xx
# was ever given to anybody. https://www.ssa.gov/employer/randomization.html, IRS Publication 1915
_AREA = r"(?!000|666|9\d\d(?![ -]?(?:5\d|6[0-5]|7\d|8[0-8]|9[0-24-9])))"
_SOCIAL_SECURITY = re.compile(
    rf"(?<![\w.-]){_AREA}\d{{3}}-(?!00)\d\d-(?!0000)\d{{4}}(?![\w-])"
    rf"|(?:\bssn|social security)[^\d\n]{{0,12}}{_AREA}\d{{3}}[ -]?\d\d[ -]?\d{{4}}(?!\d)",
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
# The North American numbering plan reserves 555-0100 to 555-0199 for fiction, Ofcom 07700 900xxx.
# The ITU has given 999 to no country (list of assigned country codes, E.164); within a country it
# may begin a number, so without + or 00 only more digits than a national number has are nobody's.
_FICTIONAL_PHONE = re.compile(r"(55501\d\d|(44|0)?7700900\d{3})$")
_NO_COUNTRY = re.compile(r"^\D*(?:(?:\+|00)[ ()./-]*9[ ()./-]*9[ ()./-]*9|999(?:\D*\d){8})")
_PHONE_COLUMN = re.compile(r"phone|mobile|(^|_)(fax|tel(efon)?)(_|$)", re.I)
_IBAN = re.compile(r"(?<![\w-])[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?(?![\w-])")
# Length by country: SWIFT's IBAN registry.
_IBAN_LENGTHS = {
    code: length
    for length, codes in {
        15: "NO",
        16: "BE",
        18: "DK FI FK FO GL NL SD",
        19: "MK SI",
        20: "AT BA EE KZ LT LU MN XK",
        21: "CH HR LI LV",
        22: "BG BH CR DE GB GE IE ME RS VA",
        23: "AE GI IL IQ OM SO TL",
        24: "AD CZ ES MD PK RO SA SE SK TN VG",
        25: "LY PT ST",
        26: "IS TR",
        27: "BI DJ FR GR IT MC MR SM",
        28: "AL AZ BY CY DO GT HU LB NI PL SV",
        29: "BR EG PS QA UA",
        30: "JO KW MU YE",
        31: "MT SC",
        32: "LC",
        33: "RU",
    }.items()
    for code in codes.split()
}


class Found(NamedTuple):
    """A kind of personal data, and where in the text it stands."""

    kind: str
    start: int
    end: int


def findings(text: str, column: str = "") -> Iterator[str]:
    """The kinds of personal data that a text seems to hold. The text itself is never returned.

    In a column called phone, fax or similar every number must be a fictional one.
    """
    if is_phone_column(column) and len(_digits(text)) >= 7 and not _is_fictional(text):
        yield PHONE
        return
    for found in find_shapes(text):
        yield found.kind


def find_shapes(text: str) -> Iterator[Found]:
    """What in a text seems to be personal data: its kind and its place."""
    if "@" in text:
        for found in _EMAIL.finditer(text):
            if not _RESERVED_DOMAIN.search(found[1]):
                yield Found(EMAIL, *found.span())
    for kind, pattern, is_real in _NUMBERS:
        for found in pattern.finditer(text):
            if is_real(found[0]):
                yield Found(kind, *found.span())


def is_phone_column(column: str) -> bool:
    """Whether every number in a column of this name is taken for a phone number."""
    return bool(_PHONE_COLUMN.search(column))


def _is_fictional(number: str) -> bool:
    if _NO_COUNTRY.match(number):
        return True
    return bool(_FICTIONAL_PHONE.search(_digits(_EXTENSION.sub("", number))))


def _digits(text: str) -> str:
    return re.sub(r"\D", "", text)


def _is_phone(number: str) -> bool:
    return len(_digits(number)) >= 8 and not _is_fictional(number)


def _is_card(number: str) -> bool:
    """A number that a bank could have issued: ISO/IEC 7812-1, first digit and annex B."""
    digits = _digits(number)
    if not 13 <= len(digits) <= 19 or digits[0] not in "23456":
        return False
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (1 + place % 2)
        total += value - 9 * (value > 9)
    return total % 10 == 0


def _is_iban(number: str) -> bool:
    """A number of a bank that may exist: ISO 13616-1, length, check digits, bank code not 0."""
    number = number.replace(" ", "")
    if _IBAN_LENGTHS.get(number[:2]) != len(number) or number[4:8] == "0000":
        return False
    return int("".join(str(int(c, 36)) for c in number[4:] + number[:4])) % 97 == 1


_NUMBERS: tuple[tuple[str, re.Pattern[str], Callable[[str], bool]], ...] = (
    (SOCIAL_SECURITY, _SOCIAL_SECURITY, bool),
    (CARD, _CARD, _is_card),
    (IBAN, _IBAN, _is_iban),
    (PHONE, _PHONE, _is_phone),
)
