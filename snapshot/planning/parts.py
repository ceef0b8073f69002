"""A definition in parts: the columns of a table, the settings that follow it, and what is left."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import takewhile
from typing import NamedTuple

from snapshot.planning.spelling import Node, split_at, stripped, text_of, tree

_WORD = re.compile(r"\s+|\w+|.")
_LISTED = ("column ", "constraint ", "not null ")
_LONGEST = 160  # characters of a value that is shown
_WORDS_BEFORE = 2
_SHORT = 100  # characters of a value that is shown whole, and not only where it differs
_WITH_COLUMNS = ("table", "foreign table")
# a function's body may hold semicolons of its own (BEGIN ATOMIC)
_ONE_STATEMENT = ("function", "procedure", "aggregate", "acl", "default acl")
_WITH_STATE = ("trigger", "rule", "event trigger")
_WITH_STORAGE = ("table", "materialized view", "index", "constraint")


class Part(NamedTuple):
    """A part of a definition; `name` is empty for its main part."""

    name: str
    is_storage: bool = False  # how rows are stored and estimated, not what they are
    is_state: bool = False  # of a trigger or rule: enabled or not; of a foreign key: deferrable


MAIN = Part("")
STORAGE = Part("storage parameters", is_storage=True)
DEFERRABLE = Part("time of check", is_state=True)
STATE = Part("state", is_state=True)


def parts_of(kind: str, text: str) -> dict[Part, str]:
    """The parts of an object's definition, in order."""
    try:
        return _parts(kind, text)
    except (RecursionError, LookupError, ValueError):  # a thousand brackets, or no text of pg_dump
        return {MAIN: text.strip()}


def _parts(kind: str, text: str) -> dict[Part, str]:
    if kind in _ONE_STATEMENT:
        return {MAIN: text.strip()}
    main, *others = _statements(text) or [[]]
    if kind == "comment":
        return {MAIN: text_of(stripped(main[main.index("IS") + 1 :]))}
    if kind == "trigger" and main[:1] == ["ALTER"]:  # of a partition: its root's, and a state
        return dict([_setting(main)])
    parts: dict[Part, str] = {STATE: "enabled"} if kind in _WITH_STATE else {}
    if kind in _WITH_STORAGE:
        main, parameters = _without_storage(main)
        if parameters:
            parts[STORAGE] = parameters
    if kind == "fk constraint":
        main, parts[DEFERRABLE] = _without_deferrable(main)
    if kind in _WITH_COLUMNS:
        main, columns = _without_columns(main)
        parts |= columns
        names = (part.name for part in columns if part.name.startswith("column "))
        parts[Part("order of columns")] = ", ".join(names)
    parts[MAIN] = text_of(main).strip()
    for statement in others:
        part, value = _setting(statement)
        parts[part] = value if part == STATE else "; ".join(filter(None, [parts.get(part), value]))
    return parts


def changed_parts(
    ours: Mapping[Part, str], theirs: Mapping[Part, str]
) -> Iterator[tuple[Part, str | None, str | None]]:
    """The parts that differ, with what each side says; None where it has no such part."""
    order = Part("order of columns")
    names = [sorted(side.get(order, "").split(", ")) for side in (ours, theirs)]
    same_columns = names[0] == names[1]
    for part in dict.fromkeys((*ours, *theirs)):
        one, other = ours.get(part), theirs.get(part)
        if one == other or (part == order and not same_columns):
            continue
        if part.name.startswith(_LISTED) and (one is None or other is None):
            yield part, one and _short(one), other and _short(other)
        else:
            yield part, *told_apart(one or "", other or "")


def _statements(text: str) -> list[list[Node]]:
    return [part for part in (split_at(tree(text), ";")) if part]


def _without_storage(nodes: list[Node]) -> tuple[list[Node], str]:
    """The statement without `WITH (fillfactor='70')`, and what stood in the brackets, sorted."""
    for place, node in enumerate(nodes):
        after = [n for n in nodes[place + 1 : place + 3] if not _blank(n)]
        if node == "WITH" and after and isinstance(after[0], list):
            options = sorted(text_of(option) for option in split_at(after[0][1:-1], ","))
            rest = nodes[nodes.index(after[0], place) + 1 :]
            return [*stripped(nodes[:place]), *rest], ", ".join(options)
    return nodes, ""


def _without_deferrable(nodes: list[Node]) -> tuple[list[Node], str]:
    if "DEFERRABLE" not in nodes:
        return nodes, "NOT DEFERRABLE"
    place = nodes.index("DEFERRABLE")
    end = place + 1
    words = [n for n in nodes[end : end + 4] if not _blank(n)]
    if words[:1] == ["INITIALLY"]:
        end += 4
    return [*stripped(nodes[:place]), *nodes[end:]], text_of(nodes[place:end])


def _without_columns(nodes: list[Node]) -> tuple[list[Node], dict[Part, str]]:
    """The statement with an empty list of columns, and the columns and constraints in it."""
    place = next((i for i, node in enumerate(nodes) if isinstance(node, list)), None)
    if place is None:
        return nodes, {}
    columns = {}
    for item in split_at(nodes[place][1:-1], ","):
        if not item:
            continue
        head, rest = item[0], item[1:]
        if head == "CONSTRAINT":
            rest = stripped(rest)
            head, rest = f"constraint {text_of(rest[0])}", rest[1:]
        elif head == "NOT":  # NULL and a column: a constraint of an inherited one (PostgreSQL 18)
            head = f"not null of column {text_of(rest[-1])}"
        else:
            head = f"column {text_of(head)}"
        columns[Part(head)] = text_of(stripped(rest))
    return [*nodes[:place], "()", *nodes[place + 1 :]], columns


def _setting(nodes: list[Node]) -> tuple[Part, str]:
    """What a statement after the main one is about, and what it sets."""
    words = [n for n in nodes if isinstance(n, str) and not n.isspace() and not n.startswith('"')]
    column = f" of column {text_of(_after(nodes, 'COLUMN'))}" if "COLUMN" in words else ""
    if {"ENABLE", "DISABLE"} & set(words) and {"TRIGGER", "RULE"} & set(words):
        mode = next((w for w in ("DISABLE", "ALWAYS", "REPLICA") if w in words), "ENABLE")
        return STATE, {"DISABLE": "disabled", "ENABLE": "enabled"}.get(mode, mode.lower())
    for word in ("STATISTICS", "STORAGE", "COMPRESSION"):
        if word in words[1:] and "SET" in words:
            return Part(f"{word.lower()}{column}", is_storage=True), words[-1]
    if "CLUSTER" in words:
        return Part("cluster", is_storage=True), text_of(_after(nodes, "ON"))
    if column and words[-1:] == ["SET"]:  # and a list in brackets
        return Part(f"options{column}", is_storage=True), text_of(nodes[-1])
    if "IDENTITY" in words:
        value = text_of(stripped(nodes[nodes.index("IDENTITY") + 1 :]))
        return Part("replica identity"), value
    return Part(f"setting{column}"), text_of(nodes).strip()


def _after(nodes: list[Node], word: str) -> list[Node]:
    rest = stripped(nodes[nodes.index(word) + 1 :])
    return list(takewhile(lambda node: not _blank(node), rest))


def told_apart(one: str, other: str) -> tuple[str, str]:
    """Both texts, or if they are long what is between their common beginning and end."""
    if max(len(one), len(other)) > _SHORT:
        one, other = _middle(one, other)
    shown = _short(one), _short(other)
    return shown if shown[0] != shown[1] else (_escaped(one), _escaped(other))


def _middle(one: str, other: str) -> tuple[str, str]:
    """Where two texts differ: without the words that they begin and end with in common."""
    a, b = _WORD.findall(one), _WORD.findall(other)
    start = 0
    while start < min(len(a), len(b)) and a[start] == b[start]:
        start += 1
    end = 0
    while end < min(len(a), len(b)) - start and a[-1 - end] == b[-1 - end]:
        end += 1
    if len(a) - end > start and len(b) - end > start:  # with the words that stand before
        start = max(0, start - 2 * _WORDS_BEFORE)
    return "".join(a[start : len(a) - end]), "".join(b[start : len(b) - end])


def _short(text: str) -> str:
    return _cut(" ".join(text.split()).strip(",; "))


def _escaped(text: str) -> str:
    """With the white space as it is: it is all that differs."""
    return _cut(text.replace("\n", "\\n").replace("\t", "\\t"))


def _cut(line: str) -> str:
    return line if len(line) <= _LONGEST else f"{line[:_LONGEST]}…"


def _blank(node: Node) -> bool:
    return isinstance(node, str) and node.isspace()
