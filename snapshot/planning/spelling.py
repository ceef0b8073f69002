"""How the server spells a definition: the same one in the same words.

A dump and restore changes the words of some expressions, once. Where `x IN ('a', 'b')` was typed
for a varchar, the server prints `(ARRAY['a'::varchar, …])::text[]`; after a restore it prints
`ARRAY[('a'::varchar)::text, …]`. And `(a AND b) AND c` becomes `a AND b AND c`. Both sides of a
comparison are brought to the second form. Texts are only joined if they mean the same: AND and OR
are associative and keep their order, and the cast is the one that the parser makes itself. A
constant without a name in a subquery gets one, its type's (`'x'::text AS text`); NULL as a default
gets a type; the field of EXTRACT gets small letters; and where a default name of a NOT NULL
constraint is taken, it gets a number (PostgreSQL 18).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

# strings, quoted names and bodies are single tokens, and never touched
_TOKEN = re.compile(
    r"""\s+|[eE]?'(?:[^']|'')*'|\$(\w*)\$.*?\$\1\$|"(?:[^"]|"")*"|[\w.$]+|::|.""", re.S
)
_AFFECTED = re.compile(r"\b(AND|OR)\b|\]\)?::")
_PLAIN = re.compile(r'"([a-z_][a-z0-9_]*)"')
_NAMED = re.compile(r"\w+_not_null\d*")
_TYPE_NAMES = frozenset((
    "text", "varchar", "bpchar", "bool", "int2", "int4", "int8", "numeric", "float4", "float8",
    "date", "time", "timetz", "timestamp", "timestamptz", "interval", "uuid", "json", "jsonb",
    "bytea", "unknown",
))  # fmt: skip
_TYPE = re.compile(r'[\w.$]+|"(?:[^"]|"")*"|\s')
_CLOSING = {"(": ")", "[": "]"}

Node = Any  # a token, or a list of nodes in brackets, brackets included


def settled(definition: str) -> str:
    """The definition as it is printed after any number of dumps and restores."""
    definition = "".join(_plain(unquoted(definition))).rstrip()
    if not _AFFECTED.search(definition):
        return definition
    before, text = None, definition
    try:
        while before != text:
            before, text = text, text_of(_rewritten(tree(text)))
    except RecursionError:  # a thousand brackets in one another
        return definition
    return text


def _plain(text: str) -> list[str]:
    """The words without what a dump and restore, or another pg_dump, adds or takes away."""
    words = [" " if word.isspace() else word for word in tokens(text)]
    plain: list[str] = []
    place = 0
    while place < len(words):
        skipped = _added(words, place)
        if skipped:
            place += skipped
        elif words[place] == " " and (not plain or plain[-1] in (" ", "(", "[")):
            place += 1  # blanks beside brackets mean nothing
        else:
            if words[place] in (")", "]", ",", ";") and plain[-1:] == [" "]:
                plain.pop()
            word = words[place]
            plain.append(word.lower() if plain[-2:] == ["EXTRACT", "("] else word)
            place += 1
    return plain


def _added(words: list[str], place: int) -> int:
    """How many words from here on another generation or another pg_dump does not write."""
    word, following = words[place], words[place + 1 : place + 6]
    if word == "DEFAULT":
        return _null_default(words[place:])
    if word == "CONSTRAINT" and following[2:] == [" ", "NOT", " "]:
        return 4 if _NAMED.fullmatch(following[1]) else 0
    if word == "AS" and following[1:2] and following[1] in _TYPE_NAMES:
        return 3 if _constant(words[:place]) else 0
    if word == "ONLY" and words[:place][-4:] == ["FOREIGN", " ", "TABLE", " "]:
        return 2
    return 0


def _null_default(words: list[str]) -> int:
    """How many words `DEFAULT NULL::type` has; a domain may have a default of its own."""
    if words[2:3] != ["NULL"]:
        return 0
    if words[3:4] != ["::"]:
        return 3
    end = 4
    while end < len(words) and (words[end] == " " or words[end].isalpha()):
        end += 1
    if words[end : end + 1] == ["("]:
        end = words.index(")", end) + 1
    return 0 if "." in "".join(words[4 : end + 1]) else end


def _constant(words: list[str]) -> bool:
    """Whether they end with a constant."""
    before = [word for word in words[-8:] if word != " "]
    return bool(before) and (
        before[-1].isdigit() or before[-1] in ("true", "false") or "::" in before[-4:]
    )


def tokens(text: str) -> list[str]:
    """The words of SQL; a string, a quoted name and a body are one each."""
    return [match[0] for match in _TOKEN.finditer(text)]


def unquoted(text: str) -> str:
    """The text without the quotes that only a keyword needs: which words are, changes."""
    return "".join(p[1] if (p := _PLAIN.fullmatch(t)) else t for t in tokens(text))


def tree(text: str) -> list[Node]:
    """The words of SQL, those in brackets as a list of their own."""
    stack: list[list[Node]] = [[]]
    for token in tokens(text):
        if token in _CLOSING:
            stack.append([token])
        elif len(stack) > 1 and token == _CLOSING[stack[-1][0]]:
            closed = [*stack.pop(), token]
            stack[-1].append(closed)
        else:
            stack[-1].append(token)
    while len(stack) > 1:  # brackets that do not match: not an expression
        rest = stack.pop()
        stack[-1].extend(rest)
    return stack[0]


def text_of(node: Node) -> str:
    """What tree() was made of."""
    return node if isinstance(node, str) else "".join(map(text_of, node))


def _rewritten(node: Node) -> Node:
    if isinstance(node, str):
        return node
    nodes = list(_with_cast_elements([_rewritten(child) for child in node]))
    if nodes and nodes[0] == "(":
        for word in ("AND", "OR"):
            if flat := _flattened(nodes, word):
                return flat
    return nodes


def _flattened(nodes: list[Node], word: str) -> list[Node] | None:
    """`((a AND b) AND c)` as `(a AND b AND c)`: the parser does so with the left operand only."""
    first, *others = split_at(nodes[1:-1], word)
    if not others or len(first) != 1 or isinstance(first[0], str) or first[0][0] != "(":
        return None
    inner = first[0][1:-1]
    parts = split_at(inner, word)
    if len(parts) < 2 or {"SELECT", "BETWEEN", "CASE"} & {t for t in inner if isinstance(t, str)}:
        return None
    return ["(", *_joined([*parts, *others], f" {word} "), ")"]


def _with_cast_elements(nodes: list[Node]) -> Iterator[Node]:
    """`(ARRAY[a, b])::t[]` as `ARRAY[(a)::t, (b)::t]`.

    Extended statistics are printed with fewer brackets: `ARRAY[a, b]::t[]`.
    """
    place = 0
    while place < len(nodes):
        found = _array_with_cast(nodes, place)
        if found is None:
            yield nodes[place]
            place += 1
            continue
        elements, type_, place = found
        yield "ARRAY"
        yield ["[", *_joined([_cast(e, type_) for e in elements], ", "), "]"]


def _cast(element: list[Node], type_: list[str]) -> list[Node]:
    """The cast of an element; an array in an array hands it on to its own elements."""
    inner = element[1:-1] if len(element) == 4 and element[0] == "(" else element
    if len(inner) == 2 and inner[0] == "ARRAY" and isinstance(inner[1], list):
        brackets = inner[1]
        bracketed = len(inner) < len(element)
        parts = [
            _cast(["(", *e, ")"] if bracketed else e, type_) for e in split_at(brackets[1:-1], ",")
        ]
        return ["ARRAY", ["[", *_joined(parts, ", "), "]"]]
    return [*element, "::", *type_]


def _array_with_cast(
    nodes: list[Node], place: int
) -> tuple[list[list[Node]], list[str], int] | None:
    """The elements, the type that they are cast to, and what follows the cast."""
    node = nodes[place]
    bracketed = isinstance(node, list) and len(node) == 4 and node[:2] == ["(", "ARRAY"]
    if bracketed:
        array, place = node[2], place + 1
    elif node == "ARRAY" and place + 1 < len(nodes):
        array, place = nodes[place + 1], place + 2
    else:
        return None
    if isinstance(array, str) or array[0] != "[" or nodes[place : place + 1] != ["::"]:
        return None
    end = start = place + 1
    while end < len(nodes) and isinstance(nodes[end], str) and _TYPE.fullmatch(nodes[end]):
        end += 1
    if end == start or nodes[end : end + 1] != [["[", "]"]]:
        return None
    elements = [["(", *e, ")"] if bracketed else e for e in split_at(array[1:-1], ",")]
    return elements, nodes[start:end], end + 1


def split_at(nodes: list[Node], word: str) -> list[list[Node]]:
    """The nodes between these words, without blanks around them."""
    parts: list[list[Node]] = [[]]
    for node in nodes:
        if node == word:
            parts.append([])
        else:
            parts[-1].append(node)
    return [stripped(part) for part in parts]


def stripped(nodes: list[Node]) -> list[Node]:
    """The nodes without the blanks at both ends."""
    while nodes and isinstance(nodes[0], str) and nodes[0].isspace():
        nodes = nodes[1:]
    while nodes and isinstance(nodes[-1], str) and nodes[-1].isspace():
        nodes = nodes[:-1]
    return nodes


def _joined(parts: list[list[Node]], between: str) -> list[Node]:
    joined = list(parts[0])
    for part in parts[1:]:
        joined += [between, *part]
    return joined
