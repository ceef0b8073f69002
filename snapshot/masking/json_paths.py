"""The key paths that occur in JSON documents, with the values that lie there.

`contact.email`, `devices[].ip`; keys that are data themselves are one path: of
`{"a@example.org": {"seen": 1}}` below `logins`, `logins{}` stands for the keys, `logins{}.*` for
what lies below each, and so `logins{}.*.seen`. A key with other
characters than letters, digits, `_`, `-` and `$` stands in double quotes, as in JSON.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

MOST_KEYS = 50  # an object with more different keys is a table, and its keys are data
_PLAIN = re.compile(r"[\w$-]+")
# a key that a programmer chose: no long number, no address, no sentence, no UUID
_CHOSEN = re.compile(r"(?=.{0,63}$)[^\W\d][\w$:/-]*(?:[ .][\w$:/-]+){0,3}")
_DATA = re.compile(r"\d{5}|[0-9a-f]{8}-[0-9a-f]{4}-|[0-9a-f]{24}", re.I)


class _Number(str):
    """A number as it is written: Python's own would change 1.10 and fail on 1e400."""


@dataclass
class Place:
    """What lies at a path: the kinds of its values, and those that are texts or numbers."""

    kinds: set[str] = field(default_factory=set)  # string, number, boolean, null, key, empty
    values: list[str] = field(default_factory=list)


@dataclass
class _Node:
    place: Place = field(default_factory=Place)
    keys: dict[str, _Node] = field(default_factory=dict)
    items: _Node | None = None


def places_of(documents: Iterable[str]) -> dict[str, Place]:
    """All paths of the documents at which something lies that is no object and no array.

    The path of a document that is neither is "".
    """
    root = _Node()
    for document in documents:
        try:
            _add(root, json.loads(document, object_pairs_hook=_Pairs, parse_float=_Number,
                                  parse_int=_Number, parse_constant=_Number))  # fmt: skip
        except (ValueError, RecursionError):
            continue  # no JSON, or one that nests deeper than Python reads
    return dict(sorted(_places(root, "")))


class _Pairs(list[tuple[str, Any]]):
    """An object with its keys as they come: json may hold one twice."""


def _add(node: _Node, value: Any) -> None:
    if isinstance(value, _Pairs):
        for key, inner in value:
            _add(node.keys.setdefault(key, _Node()), inner)
        if not value:
            node.place.kinds.add("empty")
    elif isinstance(value, list):
        for inner in value:
            node.items = node.items or _Node()
            _add(node.items, inner)
        if not value:
            node.place.kinds.add("empty")
    elif value is None or isinstance(value, bool):
        node.place.kinds.add("null" if value is None else "boolean")
    else:
        node.place.kinds.add("number" if isinstance(value, _Number) else "string")
        node.place.values.append(str(value))


def _places(node: _Node, path: str) -> Iterator[tuple[str, Place]]:
    below = bool(node.keys or node.items)
    if node.place.kinds - ({"empty", "null"} if below else set()):
        yield path, node.place
    if node.items:
        yield from _places(node.items, f"{path}[]")
    if _are_data(node.keys):
        yield f"{path}{{}}", Place({"key"}, list(node.keys))
        yield from _places(_merged(node.keys.values()), f"{path}{{}}.*")
        return
    for key, child in node.keys.items():
        yield from _places(child, f"{path}.{segment(key)}" if path else segment(key))


def _are_data(keys: dict[str, _Node]) -> bool:
    return len(keys) > MOST_KEYS or any(
        not _CHOSEN.fullmatch(key) or _DATA.search(key) for key in keys
    )


def _merged(nodes: Iterable[_Node]) -> _Node:
    """What lies below several keys, as if it lay below one."""
    one = _Node()
    for node in nodes:
        one.place.kinds |= node.place.kinds
        one.place.values += node.place.values
        for key, child in node.keys.items():
            one.keys[key] = _merged([one.keys[key], child]) if key in one.keys else child
        if node.items:
            one.items = _merged([one.items, node.items]) if one.items else node.items
    return one


def segment(key: str) -> str:
    """A key as it stands in a path."""
    return key if _PLAIN.fullmatch(key) else json.dumps(key, ensure_ascii=False)


def names_in(path: str) -> list[str]:
    """The keys of a path, in order: what names its values."""
    found = re.findall(r'"((?:[^"\\]|\\.)*)"|([\w$-]+)', path)
    return [quoted or plain for quoted, plain in found]


def covers(rule: str, path: str) -> bool:
    """Whether a rule for a path says what becomes of another one: the same, or one below it."""
    rule, path = (text.replace("{}.*", ".*").removeprefix(".") for text in (rule, path))
    return path == rule or path.startswith((f"{rule}.", f"{rule}[", f"{rule}{{"))
