"""People whose name, login and address agree. Names are as frequent as in life, for each locale."""

from __future__ import annotations

import random
import re
import unicodedata
from bisect import bisect
from collections.abc import Iterable, Mapping
from functools import lru_cache
from importlib import import_module
from itertools import accumulate
from typing import Any, NamedTuple

from snapshot.errors import BlueprintError, UsageError, how_to_install

_TITLED = 0.02  # share of names with a title; another one per cent have a suffix
_SUFFIXED = 0.03
_FORMS = (  # how people make a login of their name, and how many of them do
    (0.45, "{first}.{last}"),
    (0.65, "{initial}{last}"),
    (0.80, "{first}{last}"),
    (0.95, "{first}_{last}"),
    (1.00, "{last}.{first}"),
)
# letters that have no form without their mark in Unicode
_PLAIN = str.maketrans({"ß": "ss", "ø": "o", "ł": "l", "æ": "ae", "œ": "oe", "đ": "d", "ð": "d",
                        "þ": "th", "ı": "i"})  # fmt: skip


class Person(NamedTuple):
    """A person who does not exist. The address's domain is reserved, so it reaches nobody."""

    first_name: str
    last_name: str
    name: str  # as the locale orders it; one in thirty has a title or a suffix
    username: str
    email: str


class _Weighted(NamedTuple):
    """Words, and where each one's part of [0, 1) ends."""

    words: tuple[str, ...]
    ends: tuple[float, ...]

    def at(self, point: float) -> str:
        return self.words[bisect(self.ends, point)]


class _Names(NamedTuple):
    """The names of a locale. Pairs are female, male."""

    first: tuple[_Weighted, _Weighted]
    last: tuple[_Weighted, _Weighted]
    titles: tuple[_Weighted | None, _Weighted | None]
    suffixes: tuple[_Weighted | None, _Weighted | None]
    form: str


def make_person(locale: str, stream: random.Random, place: int, domain: str) -> Person:
    """A person of a locale. `place` is the row's place: the later, the more logins have a number.

    Raises BlueprintError for a locale that Faker does not know, UsageError without Faker.
    """
    names = _names(locale)
    draw = stream.random
    sex = draw() < 0.5
    first, last = names.first[sex].at(draw()), names.last[sex].at(draw())
    name = names.form.format(first=first, last=last)
    titled = draw()
    if titled < _TITLED and (titles := names.titles[sex]):
        name = f"{titles.at(draw())} {name}"
    elif _TITLED <= titled < _SUFFIXED and (suffixes := names.suffixes[sex]):
        name = f"{name} {suffixes.at(draw())}"
    username = _username(_squeezed(first), _squeezed(last), stream, place)
    return Person(first, last, name, username, f"{username}@{domain}")


def _username(first: str, last: str, stream: random.Random, place: int) -> str:
    """A login. A clash is no fault: where the column is unique, the body is asked again."""
    if not (first and last):  # a script without Latin letters
        return f"user{int(stream.random() * 1e8)}"
    chosen = stream.random()
    form = next(form for end, form in _FORMS if chosen < end)
    login = form.format(first=first, last=last, initial=first[0])
    if stream.random() < min(0.9, 0.04 + place / 200_000):
        login += str(1 + int(stream.random() * (99 + place // 50)))
    return login


def plain(text: str, between: str = ".") -> str:
    """A text in the form that may stand before the @; empty if it has no Latin letters."""
    folded = unicodedata.normalize("NFKD", text.lower().translate(_PLAIN))
    return re.sub(r"[^a-z0-9]+", between, folded.encode("ascii", "ignore").decode()).strip(".")


@lru_cache(maxsize=4096)
def _squeezed(name: str) -> str:
    return plain(name, "")


@lru_cache(maxsize=8)
def _names(locale: str) -> _Names:
    """Faker's lists of a locale, with their weights added up once."""
    provider = _provider(locale)

    def lists(*attributes: str) -> tuple[Any, Any]:
        """Faker's own list of a sex, else the one of both."""
        one, other = (
            next(
                (_weighted(found) for a in attributes if (found := getattr(provider, a + s, None))),
                None,
            )
            for s in ("_female", "_male")
        )
        if one and other:
            return one, other
        both = next((_weighted(v) for a in attributes if (v := getattr(provider, a, None))), None)
        return one or both, other or both

    return _Names(
        lists("first_names"),
        lists("last_names"),
        lists("prefixes"),
        lists("suffixes"),
        _form(getattr(provider, "formats", ())),
    )


def _weighted(words: Iterable[str]) -> _Weighted:
    weights = words if isinstance(words, Mapping) else dict.fromkeys(words, 1.0)
    total = sum(weights.values())
    ends = [end / total for end in accumulate(weights.values())]
    return _Weighted(tuple(weights), (*ends[:-1], 1.0))


def _form(formats: Iterable[str]) -> str:
    """How first and last name make a name: the shortest of Faker's formats that has both."""
    whole = [text for text in formats if "first_name" in text and "last_name" in text]
    shortest = min(whole, key=len, default="{{first_name}} {{last_name}}")
    space = "" if "}}{{" in shortest else " "
    if shortest.index("last_name") < shortest.index("first_name"):
        return f"{{last}}{space}{{first}}"
    return f"{{first}}{space}{{last}}"


def _provider(locale: str) -> Any:
    try:
        from faker.config import AVAILABLE_LOCALES
    except ImportError as error:
        raise UsageError("Faker is not installed", hint=how_to_install("seeding")) from error
    module = locale.replace("-", "_")
    if module not in AVAILABLE_LOCALES:
        raise BlueprintError(
            f"Faker has no locale {locale}", hint="give Blueprint(locale=…) one such as de_DE"
        )
    try:
        return import_module(f"faker.providers.person.{module}").Provider
    except ModuleNotFoundError:  # as Faker does for a locale that has addresses but no names
        return import_module("faker.providers.person.en_US").Provider
