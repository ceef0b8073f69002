"""JSON's tokens as regular expressions over bytes (RFC 8259)."""

from __future__ import annotations

import re

WS = rb"[ \t\n\r]*+"
STRING = rb'"[^"\\\x00-\x1f]*+(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})[^"\\\x00-\x1f]*+)*+"'
SCALAR = STRING + rb"|-?(?:0|[1-9][0-9]*+)(?:\.[0-9]++)?(?:[eE][+-]?[0-9]++)?|true|false|null"
_OPEN = rb"([\[{])"
_PLAIN = rb'[^"{}\[\]]*+'
_ANY_STRING = rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"'
_INNER = _PLAIN + rb"(?:" + _ANY_STRING + _PLAIN + rb")*+"

ROOT = re.compile(WS + rb"(?:(" + SCALAR + rb")" + WS + rb"|" + _OPEN + rb")")
MEMBER = re.compile(
    WS + rb"(" + STRING + rb")" + WS + rb":" + WS
    + rb"(?:(" + SCALAR + rb")" + WS + rb"([,}])|" + _OPEN + rb")"
)  # fmt: skip
ITEM = re.compile(WS + rb"()(?:(" + SCALAR + rb")" + WS + rb"([,\]])|" + _OPEN + rb")")
DELIMITER = re.compile(WS + rb"[,}\]]")
EMPTY = {b"{": re.compile(WS + rb"\}"), b"[": re.compile(WS + rb"\]")}
END = re.compile(WS)
BRACKET = re.compile(_INNER + rb"([{}\[\]])", re.DOTALL)


def members(keys: bytes) -> re.Pattern[bytes]:
    """Members with such keys, as many as follow one another, each with its comma.

    Their values are scalars, or hold no further brackets.
    """
    value = rb"(?:" + SCALAR + rb"|\[" + _INNER + rb"\]|\{" + _INNER + rb"\})"
    member = WS + keys + WS + rb":" + WS + value + WS + rb","
    return re.compile(rb"(?:" + member + rb")*+", re.DOTALL)
