"""The mask of XML: texts and attributes become tokens, elements stay."""

from __future__ import annotations

import re
from array import array
from collections.abc import Mapping, MutableSequence
from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from snapshot.masking.columns import as_bytes
from snapshot.masking.making import TEXT, Key, Maker
from snapshot.masking.masks.inner import Column, Parts, inner_mask, masked, searched
from snapshot.masking.model import Mask, Rule, Target
from snapshot.masking.spans import filled, rows_of, spliced

_NAME = rb"[A-Za-z_:\x80-\xff][A-Za-z0-9_:.\x80-\xff-]*+"
_DECLARATION = rb"<\?xml(?=\s)(?:(?!\?>)[^<])*+\?>"
_OTHER = (
    rb"<!--(?:(?!-->).)*+-->|<\?(?:(?!\?>).)*+\?>|<!DOCTYPE(?:[^\[\]<>\"']|\"[^\"]*\"|'[^']*')*+>"
)
_CDATA = rb"<!\[CDATA\[(?:(?!\]\]>).)*+\]\]>"
_VALUE = rb"\"[^\"<]*+\"|'[^'<]*+'"
_TAG = rb"<" + _NAME + rb"(?:\s+" + _NAME + rb"\s*=\s*(?:" + _VALUE + rb"))*+\s*/?>"
_CLOSING = rb"</" + _NAME + rb"\s*>"
_ATTRIBUTES = re.compile(rb"\s+(" + _NAME + rb")\s*=\s*(" + _VALUE + rb")")
_TOKEN = re.compile(
    rb"(?P<declaration>" + _DECLARATION + rb")|(?P<other>" + _OTHER + rb")|(?P<cdata>" + _CDATA
    + rb")|(?P<tag>" + _TAG + rb")|(?P<closing>" + _CLOSING + rb")|(?P<text>[^<]++)",
    re.DOTALL,
)  # fmt: skip
_TEXT = re.compile(rb"\S(?:.*\S)?", re.DOTALL)
_ENTITIES = (("&lt;", "<"), ("&gt;", ">"), ("&quot;", '"'), ("&apos;", "'"), ("&amp;", "&"))


Spans = tuple[MutableSequence[int], MutableSequence[int], MutableSequence[int]]


class XmlMask:
    """Texts and attribute values become tokens; comments, instructions and DOCTYPE go."""

    injective = False
    bits: float | None = None

    def __init__(self, target: Target, token: Mask) -> None:
        self._target, self._token = target, token
        self.search = searched([token])
        self.unread = 0

    def __call__(self, values: pa.StringArray, row: Mapping[str, pa.StringArray]) -> pa.StringArray:
        """The documents with tokens; a value that is no XML becomes one token."""
        plain = filled(values)
        offsets, data = as_bytes(plain)
        text = data.tobytes()
        starts, ends, kept = array("q"), array("q"), array("b")
        for start, end in pairwise(offsets.tolist()):
            found = _spans(text, start, end)
            if found is None:
                self.unread += 1
                found = ([start], [end], [True])
            for whole, part in zip((starts, ends, kept), found, strict=True):
                whole.extend(part)
        spans = np.array(starts, np.int64), np.array(ends, np.int64)
        stays = np.array(kept, bool)
        tokens = Parts(*spans, rows_of(offsets, spans[0])).where(stays)
        column = Column(self._target, row, data, _read, filled)
        new = masked(self._token, tokens, column)
        order = np.cumsum(stays)
        order[~stays] = 0
        new = pa.concat_arrays([pa.array([""], pa.string()), new]).take(pa.array(order))
        return spliced(values, *spans, new)


def _read(values: pa.StringArray) -> pa.StringArray:
    for entity, character in _ENTITIES:
        values = pc.replace_substring(values, entity, character)
    return values


def _spans(text: bytes, start: int, end: int) -> Spans | None:
    """Spans of a document: True for those that become tokens, False for those that go.

    None if it is not well formed: then nothing of it is to be trusted.
    """
    spans: Spans = (array("q"), array("q"), array("b"))
    opened: list[bytes] = []
    at = start
    while at < end:
        token = _TOKEN.match(text, at, end)
        if token is None:
            return None
        at = token.end()
        if token.lastgroup == "closing":
            if not opened or opened.pop() != token[0][2:-1].strip():
                return None
        elif token.lastgroup == "tag" and not token[0].endswith(b"/>"):
            opened.append(re.split(rb"[\s>]", token[0][1:], maxsplit=1)[0])
        for begin, stop, stays in _content(text, token):
            if begin < stop:
                spans[0].append(begin)
                spans[1].append(stop)
                spans[2].append(stays)
    return None if opened else spans


def _content(text: bytes, token: re.Match[bytes]) -> list[tuple[int, int, bool]]:
    """The spans of one token."""
    if token.lastgroup == "tag":
        return _attributes(text, token)
    if token.lastgroup == "other":
        return [(*token.span(), False)]
    if token.lastgroup == "cdata":
        return [(token.start() + len("<![CDATA["), token.end() - len("]]>"), True)]
    inner = _TEXT.search(text, *token.span()) if token.lastgroup == "text" else None
    return [(*inner.span(), True)] if inner else []


def _attributes(text: bytes, token: re.Match[bytes]) -> list[tuple[int, int, bool]]:
    """Values of attributes; namespaces are names, and stay."""
    return [
        (found.start(2) + 1, found.end(2) - 1, True)
        for found in _ATTRIBUTES.finditer(text, token.start(), token.end())
        if found[1] != b"xmlns" and not found[1].startswith(b"xmlns:")
    ]


def _xml(target: Target, options: Mapping[str, Any], key: Key) -> Mask:
    token = inner_mask(Rule("token"), target, key, "text")
    assert token is not None
    return XmlMask(target, token)


MAKERS = {"xml": Maker(_xml, TEXT | {"xml"}, {})}
