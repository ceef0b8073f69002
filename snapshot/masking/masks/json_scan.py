"""Walks through JSON text without reading values: says which spans of it become what.

Numbers, spaces and the order of keys are never written anew, so they stay as they are. Documents
may be nested as deep as memory allows.
"""

from __future__ import annotations

import json
import re
from array import array
from dataclasses import dataclass, field
from itertools import islice

from snapshot.masking.masks import json_tokens as tokens
from snapshot.masking.masks.json_paths import DROP, KEEP, REFUSE, Node, enters

# What a span becomes: the number of a rule times three plus its kind, or one of these.
STRING, NUMBER, KEY = 0, 1, 2
FIXED = (b'"[redacted]"', b"0", b"false", b"{}", b"[]", b"")
_NOTHING = -6
_FIXED_OF = {ord('"'): -1, ord("t"): -3, ord("f"): -3, ord("{"): -4, ord("["): -5}
_LETTERS = frozenset(b"tf")
_MOST_NAMES = 100
_COMMA = ord(",")


@dataclass
class Edits:
    """Spans of the bytes, in order, and what each becomes (-1 is FIXED[0], and so on)."""

    starts: array[int] = field(default_factory=lambda: array("q"))
    ends: array[int] = field(default_factory=lambda: array("q"))
    codes: array[int] = field(default_factory=lambda: array("q"))
    unnamed: dict[str, set[bytes]] = field(default_factory=dict)  # keys without a rule, by parent
    data_keys: set[str] = field(default_factory=set)  # parents whose keys are data

    def add(self, start: int, end: int, code: int) -> None:
        """One more span."""
        self.starts.append(start)
        self.ends.append(end)
        self.codes.append(code)

    def note(self, unnamed: dict[str, set[bytes]]) -> None:
        """Keys without a rule, by their parents; not many are needed to say so."""
        for path, keys in unnamed.items():
            names = self.unnamed.setdefault(path, set())
            names |= set(islice(keys, _MOST_NAMES))

    def cut_to(self, count: int) -> None:
        """Forgets all but the first."""
        del self.starts[count:], self.ends[count:], self.codes[count:]

    def drop(self, start: int, end: int) -> None:
        """The span goes, and what was to become of parts of it with it."""
        while self.starts and self.starts[-1] >= start:
            self.cut_to(len(self.starts) - 1)
        self.add(start, end, _NOTHING)

    def value(self, start: int, end: int, first: int, action: int) -> None:
        """A value that has no node of its own: a scalar, or a container that no path enters."""
        empty = action < 0 and first == ord('"') and end - start == 2
        if action == KEEP or first == ord("n") or empty:
            return
        if action < 0 or first in b"{[" or first in _LETTERS:
            self.add(start, end, _FIXED_OF.get(first, -2))
        else:
            self.add(start, end, action * 3 + (STRING if first == ord('"') else NUMBER))


class _Level:
    """An object or array that the walk is in."""

    __slots__ = ("closing", "comma", "node", "pattern")

    def __init__(self, node: Node, bracket: bytes) -> None:
        self.node = node
        self.pattern = tokens.MEMBER if bracket == b"{" else tokens.ITEM
        self.closing = ord("}") if bracket == b"{" else ord("]")
        self.comma = -1  # before the next member, if one before it stays


class Scanner:
    """Documents one after the other, by the same paths."""

    def __init__(self, data: bytes, root: Node, unnamed: int) -> None:
        self.edits = Edits()
        self._data, self._root = data, root
        self._unnamed = Node("", KEEP if unnamed == REFUSE else unnamed)
        self._refuse = unnamed == REFUSE
        self._found: dict[str, set[bytes]] = {}  # keys without a rule in this document

    def scan(self, start: int, end: int) -> bool:
        """Adds the edits of one document. False, without edits, if it is not JSON."""
        count = len(self.edits.starts)
        self._found.clear()
        good = self._document(start, end)
        if good:
            self.edits.note(self._found)
        else:
            self.edits.cut_to(count)
        return good

    def _document(self, start: int, end: int) -> bool:
        data, root = self._data, self._root
        match = tokens.ROOT.match(data, start, end)
        if match is None:
            return False
        if match[2] is None:
            self.edits.value(*match.span(1), data[match.start(1)], root.action)
            return match.end() == end
        if enters(root, match[2]) and not tokens.EMPTY[match[2]].match(data, match.end(), end):
            at = self._walk(match.end(), end, _Level(root, match[2]))
        else:
            at = self._skipped(match.end(), end)
            if not enters(root, match[2]):
                self.edits.value(match.start(2), at, data[match.start(2)], root.action)
        after = tokens.END.match(data, at, end) if at > 0 else None
        return after is not None and after.end() == end

    def _walk(self, at: int, end: int, level: _Level) -> int:
        """Through an object or array and all that lies in it; returns its end, or -1."""
        data = self._data
        stack = [level]
        while True:
            at, entered = self._member(at, end, level)
            if entered:
                level = entered
                stack.append(level)
                continue
            while at > 0 and data[at - 1] != _COMMA:
                if data[at - 1] != level.closing:
                    return -1
                stack.pop()
                if not stack:
                    return at
                level = stack[-1]
                at = self._delimited(at, end)
                level.comma = at - 1
            if at < 0:
                return -1

    def _member(self, at: int, end: int, level: _Level) -> tuple[int, _Level | None]:
        """One member or item: the position after its delimiter, or the container to enter."""
        data, node = self._data, level.node
        if level.pattern is tokens.MEMBER and node.kept is not None:
            run = node.kept.match(data, at, end)
            if run is not None and run.end() > at:
                at = run.end()
                level.comma = at - 1
        match = level.pattern.match(data, at, end)
        if match is None:
            return -1, None
        child = self._child(node, match) if level.pattern is tokens.MEMBER else node.items
        assert child is not None
        opened = match[4]
        if opened is None:
            start, value_end, after = match.start(2), match.end(2), match.end()
            inside = False
        else:
            inside = enters(child, opened)
            if inside and not tokens.EMPTY[opened].match(data, match.end(), end):
                return match.end(), _Level(child, opened)
            start, value_end = match.start(4), self._skipped(match.end(), end)
            after = self._delimited(value_end, end)
        if after < 0:
            return -1, None
        if child.action == DROP:
            self._drop(at, value_end, after, level)
        else:
            level.comma = after - 1
            if not inside:
                self.edits.value(start, value_end, data[start], child.action)
        return after, None

    def _drop(self, at: int, value_end: int, after: int, level: _Level) -> None:
        """A member goes with the comma after it; the last one, with the comma before it."""
        if self._data[after - 1] == _COMMA:
            self.edits.drop(at, after)
        else:
            self.edits.drop(level.comma if level.comma >= 0 else at, value_end)

    def _child(self, node: Node, match: re.Match[bytes]) -> Node:
        """The node of a member, whose key is masked on the way."""
        key = match[1]
        child = node.members.get(key)
        if child is None and b"\\" in key:
            child = node.members.get(b'"' + unescaped(key).encode("utf-8", "replace") + b'"')
        if child is None:
            child = node.other
        if child is None:
            child = self._unnamed
            if self._refuse:
                self._note(node, key)
        if node.keys is not None and node.keys >= 0 and child.action != DROP:
            self.edits.add(*match.span(1), node.keys * 3 + KEY)
        return child

    def _note(self, node: Node, key: bytes) -> None:
        names = self._found.setdefault(node.path, set())
        if len(names) < _MOST_NAMES:
            names.add(key)
        if node.keys is not None:
            self.edits.data_keys.add(node.path)

    def _delimited(self, at: int, end: int) -> int:
        """The position after the comma or bracket that follows a value, or -1."""
        match = tokens.DELIMITER.match(self._data, at, end) if at > 0 else None
        return match.end() if match else -1

    def _skipped(self, at: int, end: int) -> int:
        """The end of the container whose content begins here, or -1."""
        depth = 1
        while depth:
            match = tokens.BRACKET.match(self._data, at, end)
            if match is None:
                return -1
            at = match.end()
            depth += 1 if match[1] in b"{[" else -1
        return at


def unescaped(token: bytes) -> str:
    """The text of a JSON string; half of a surrogate pair becomes U+FFFD."""
    text: str = json.loads(token.decode("utf-8", "surrogateescape"), strict=False)
    return re.sub("[\ud800-\udbff\udc00-\udc7f\udd00-\udfff]", "\ufffd", text)
