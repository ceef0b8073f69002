"""Python that makes texts of a simple regular expression: classes, letters and their numbers."""

from __future__ import annotations

import re
import string
from collections.abc import Iterator
from typing import NamedTuple

_LETTERS = string.ascii_lowercase
_CLASSES = {"d": string.digits, "w": _LETTERS + string.digits, "s": " "}
_CLASSES |= {"D": _LETTERS, "W": "-", "S": _LETTERS + string.digits}
_POSIX = {
    "alpha": _LETTERS,
    "alnum": _LETTERS + string.digits,
    "digit": string.digits,
    "lower": _LETTERS,
    "upper": string.ascii_uppercase,
    "xdigit": string.digits + "abcdef",
    "space": " ",
}
_MORE = 7  # what + and * add to the least number
_PIECE = re.compile(
    r"""(?:(?P<set>\[(?P<not>\^)?(?P<in>\]?(?:\[:\w+:\]|\\.|[^\]\\])*)\])
      |\\(?P<class>[dwsDWS]) |\\(?P<escaped>[^\w]) |(?P<any>\.) |(?P<letter>[^\\\[\](){}|.*+?^$]))
      (?P<times>\{(?P<least>\d+)(?P<comma>,)?(?P<most>\d+)?\}|[*+?])?\??""",
    re.X,
)


class _Piece(NamedTuple):
    letters: str
    least: int
    most: int


def texts_of(pattern: str, shortest: int = 0) -> str | None:
    """An expression whose values match the pattern. None if the pattern is not that simple.

    Groups must not be repeated, and of alternatives the first is taken.
    """
    pieces = _pieces(pattern)
    if pieces is None:
        return None
    missing = shortest - sum(p.least for p in pieces)
    parts: list[str] = []
    constant = ""
    for piece in pieces:
        extra = min(max(0, missing), piece.most - piece.least)
        missing -= extra
        least = piece.least + extra
        most = min(piece.most, max(least, piece.least + _MORE))
        if len(piece.letters) == 1:
            constant += piece.letters * max(least, 0)
            continue
        if constant:
            parts.append(repr(constant))
            constant = ""
        if most:
            size = str(least) if least == most else f"r.between({max(least, 1)}, {most})"
            parts.append(f"r.code({size}, {piece.letters!r})")
    if constant or not parts:
        parts.append(repr(constant))
    return " + ".join(parts)


def _pieces(pattern: str) -> list[_Piece] | None:
    body = _without_groups(pattern.removeprefix("^").removesuffix("$"))
    if body is None:
        return None
    pieces: list[_Piece] = []
    place = 0
    while place < len(body):
        found = _PIECE.match(body, place)
        if found is None:
            return None
        place = found.end()
        letters = _letters(found)
        if not letters:
            return None
        pieces.append(_Piece(letters, *_times(found)))
    return pieces


def _without_groups(body: str) -> str | None:
    """The first of each group's alternatives; optional groups are left out."""
    group = re.compile(r"(?<!\\)\((?:\?:)?((?:[^()\\]|\\.)*)\)([*+?]|\{\d+(?:,\d*)?\})?")
    for _ in range(10):
        found = group.search(body)
        if found is None:
            break
        if found[2] in ("?", "*"):
            inner = ""
        elif found[2] and found[2].startswith("{"):
            inner = found[1].split("|")[0] * int(re.findall(r"\d+", found[2])[0])
        else:
            inner = found[1].split("|")[0]
        body = body[: found.start()] + inner + body[found.end() :]
    first = re.split(r"(?<!\\)\|", body)[0]
    return first.removeprefix("^").removesuffix("$")


def _letters(found: re.Match[str]) -> str:
    if found["class"]:
        return _CLASSES[found["class"]]
    if found["any"]:
        return _LETTERS
    if found["set"]:
        within = "".join(dict.fromkeys(_set(found["in"])))
        if not found["not"]:
            return within
        return "".join(c for c in _LETTERS + string.digits if c not in within)
    return found["escaped"] or found["letter"] or ""


def _set(inside: str) -> Iterator[str]:
    for token in re.finditer(r"\[:(\w+):\]|\\([dwsDWS])|\\(.)|(.)-([^\]])|(.)", inside):
        posix, class_, escaped, low, high, one = token.groups()
        if posix:
            yield from _POSIX.get(posix, "")
        elif class_:
            yield from _CLASSES[class_]
        elif low:
            yield from map(chr, range(ord(low), min(ord(high), ord(low) + 256) + 1))
        else:
            yield escaped or one


def _times(found: re.Match[str]) -> tuple[int, int]:
    times = found["times"]
    if not times:
        return 1, 1
    if times in "*+":
        return int(times == "+"), _MORE + 1
    if times == "?":
        return 0, 1
    least = int(found["least"])
    if not found["comma"]:
        return least, least
    return least, int(found["most"]) if found["most"] else least + _MORE
