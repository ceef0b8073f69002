"""Names, companies, streets and cities, from lists of this package.

The lists belong to version 1 of the masks' outputs: a change of a line changes what masks yield.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, partial
from importlib.resources import files
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from snapshot.errors import UsageError
from snapshot.masking.making import TEXT, Key, Maker
from snapshot.masking.masks.values import ValueMask, blanks, derived, digests, room, too_narrow
from snapshot.masking.model import Mask, Search, Target
from snapshot.masking.prf import Cmac

LOCALES = ("de", "en")
_NUMBERS = tuple(str(number) for number in range(1, 200))  # of houses
_FEW = 20  # entries; with fewer of them two lists are not combined


@cache
def entries(name: str, locale: str) -> tuple[str, ...]:
    """A list of the package. Raises UsageError for a locale that it has no lists of."""
    if locale not in LOCALES:
        raise UsageError("there are no lists for the locale", hint=f"one of: {', '.join(LOCALES)}")
    path = files("snapshot.masking.masks") / "data" / f"{name}_{locale}.txt"
    return tuple(path.read_text(encoding="ascii").split("\n")[:-1])


@dataclass(frozen=True)
class FromLists:
    """An entry of each list, chosen by key and value, with a blank between."""

    prf: Cmac = field(repr=False)
    lists: Sequence[Sequence[str]] = field(repr=False)  # one or two

    def __call__(self, values: pa.StringArray) -> pa.StringArray:
        """Each different value is masked once."""
        encoded = values.dictionary_encode()
        originals = encoded.dictionary
        codes = digests(self.prf, originals)
        made = self._chosen(codes)
        same = pc.equal(made, originals)
        if pc.any(same).as_py():
            codes[np.flatnonzero(same.to_numpy(zero_copy_only=False)), 0] += np.uint64(1)
            made = self._chosen(codes)
        return made.take(encoded.indices)

    def _chosen(self, codes: np.ndarray) -> pa.StringArray:
        parts = [
            pa.array(entries, pa.string()).take(pa.array(codes[:, i] % np.uint64(len(entries))))
            for i, entries in enumerate(self.lists)
        ]
        return parts[0] if len(parts) == 1 else pc.binary_join_element_wise(*parts, " ")


def _fitting(words: Sequence[str], space: int | None) -> list[str]:
    return [word for word in words if space is None or len(word) <= space]


def _name(space: int | None, locale: str) -> list[list[str]]:
    first, last = entries("first_names", locale), entries("last_names", locale)
    half = None if space is None else (space - 1) // 2
    pair = [_fitting(first, half), _fitting(last, half)]
    return pair if min(map(len, pair)) >= _FEW else [_fitting(last, space)]


def _street(space: int | None, locale: str) -> list[list[str]]:
    streets = _fitting(entries("streets", locale), None if space is None else space - 4)
    if len(streets) < _FEW:
        return [_fitting(entries("streets", locale), space)]
    return [streets, list(_NUMBERS)] if locale == "de" else [list(_NUMBERS), streets]


def _listed(name: str, target: Target, options: Mapping[str, Any], key: Key) -> Mask:
    space = room(target)
    if name == "name":
        lists = _name(space, target.locale)
    elif name == "street":
        lists = _street(space, target.locale)
    else:
        words = entries(FILES[name], target.locale)
        lists = [_fitting(words, space)]
    if not lists[0]:
        shortest = min(map(len, entries(FILES[name], target.locale)))
        raise too_narrow(target, name, shortest)
    work = FromLists(Cmac(derived(target, options, key, name)), lists)
    # a place alone is nobody's, and stands in many other columns
    search = Search.OFF if name == "city" else Search.FIELD
    return ValueMask(work, False, None, search, blanks(target))


FILES: Mapping[str, str] = {
    "name": "last_names",
    "first_name": "first_names",
    "last_name": "last_names",
    "company": "companies",
    "street": "streets",
    "city": "cities",
}

MAKERS: dict[str, Maker] = {
    name: Maker(partial(_listed, name), TEXT, {"as": str}) for name in FILES
}
