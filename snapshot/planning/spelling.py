"""How the server spells a definition: the same one in the same words.

A dump and restore changes the words of some expressions, once. Where `x IN ('a', 'b')` was typed
for a varchar, the server prints `(ARRAY['a'::varchar, …])::text[]`; after a restore it prints
`ARRAY[('a'::varchar)::text, …]`. And `(a AND b) AND c` becomes `a AND b AND c`. Both sides of a
comparison are brought to the second form. Texts are only joined if they mean the same: AND and OR
are associative and keep their order, and the cast is the one that the parser makes itself.
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
_TYPE = re.compile(r'[\w.$]+|"(?:[^"]|"")*"|\s')
_CLOSING = {"(": ")", "[": "]"}

Node = Any  # a token, or a list of nodes in brackets, brackets included


def settled(definition: str) -> str:
    """The definition as it is printed after any number of dumps and restores."""
    # which words are quoted depends on the version of pg_dump
    definition = "".join(p[1] if (p := _PLAIN.fullmatch(t)) else t for t in tokens(definition))
    if not _AFFECTED.search(definition):
        return definition
    before, text = None, definition
    try:
        while before != text:
            before, text = text, text_of(_rewritten(tree(text)))
    except RecursionError:  # a thousand brackets in one another
        return definition
    return text


def tokens(text: str) -> list[str]:
    """The words of SQL; a string, a quoted name and a body are one each."""
    return [match[0] for match in _TOKEN.finditer(text)]


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
        yield ["[", *_joined([[*e, "::", *type_] for e in elements], ", "), "]"]


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
