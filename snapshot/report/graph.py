"""The graph of a report: tables as boxes, foreign keys as lines, with the words on them."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from snapshot.catalog import Name
from snapshot.report.facts import Facts, TableFacts
from snapshot.report.layout import Drawing, Link, arrange

ALL_UP_TO = 60  # tables: more are not drawn at once
_NAME, _BELOW = 7.4, 6.3  # pixels a character: the fonts of page.css
_SIDES = 22

Counts = Mapping[Name, tuple[int, int, int]]  # rows added, deleted, changed


@dataclass(frozen=True)
class Node:
    """A box."""

    name: Name
    rows: str
    below: str  # the second line
    changes: str  # `+2 −1`
    marks: str  # words that are also shown: cycle, references itself
    label: str  # for those who hear the page
    width: int
    target: str  # where it leads to


@dataclass(frozen=True)
class Edge:
    """A line. Foreign keys between the same tables are one line, but deferred ones their own."""

    link: Link
    keys: int
    label: str  # the names of the keys, and why they are deferred
    path: str = ""  # of SVG, where it is drawn
    word: tuple[float, float] | None = None  # where `deferred` stands


@dataclass(frozen=True)
class Graph:
    """What is drawn."""

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    drawing: Drawing | None
    qualified: bool = False  # the boxes name the schema


def graph_of(facts: Facts, counts: Counts | None) -> Graph:
    """The tables and their foreign keys, laid out if they are few enough to be drawn at once."""
    labels = _links(facts)
    qualified = {table.name.schema for table in facts.tables} != {"public"}
    nodes = _nodes(facts, counts or {}, qualified)
    few = len(nodes) <= ALL_UP_TO
    drawing = arrange([node.width for node in nodes], list(labels)) if few else None
    edges = (
        Edge(
            link,
            len(keys),
            "\n".join(keys),
            path_of(drawing, link) if drawing else "",
            word_of(drawing, link) if drawing else None,
        )
        for link, keys in labels.items()
    )
    return Graph(nodes, tuple(edges), drawing, qualified)


def schemas_of(facts: Facts, graph: Graph) -> Graph:
    """Schemas as boxes, with how many tables they have and how many keys join them."""
    schemas = list(dict.fromkeys(table.name.schema for table in facts.tables))
    number = {schema: position for position, schema in enumerate(schemas)}
    nodes = []
    for schema in schemas:
        tables = [table for table in facts.tables if table.name.schema == schema]
        below = f"{counted(len(tables), 'table')} · {counted(sum(t.rows for t in tables), 'row')}"
        label, target = f"{schema} {below}", f"#s{number[schema]}"
        nodes.append(
            Node(Name("", schema), "", below, "", "", label, _width(schema, below), target)
        )
    between: dict[Link, int] = {}
    for edge in graph.edges:
        source, target_ = (facts.tables[t].name.schema for t in edge.link[:2])
        if source != target_:
            link = Link(number[source], number[target_])
            between[link] = between.get(link, 0) + edge.keys
    drawing = arrange([node.width for node in nodes], list(between))
    edges = (
        Edge(link, keys, counted(keys, "foreign key"), path_of(drawing, link))
        for link, keys in between.items()
    )
    return Graph(tuple(nodes), tuple(edges), drawing)


def _links(facts: Facts) -> dict[Link, list[str]]:
    """The lines, each with what is said of its keys."""
    place = {table.name: number for number, table in enumerate(facts.tables)}
    reasons = {(d.foreign_key.table, d.foreign_key.name): d.reason for d in facts.order.deferred}
    found: dict[Link, list[str]] = {}
    for fk in facts.foreign_keys:
        if fk.root in place and fk.referenced_root in place:
            reason = reasons.get((fk.table, fk.name))
            link = Link(place[fk.root], place[fk.referenced_root], reason is not None)
            text = f"{isolated(fk.name)} ({', '.join(map(isolated, fk.columns))})"
            found.setdefault(link, []).append(f"{text}, deferred: {reason}" if reason else text)
    return {link: found[link] for link in sorted(found)}


def _nodes(facts: Facts, counts: Counts, qualified: bool) -> tuple[Node, ...]:
    in_cycle = {name for cycle in facts.order.cycles for name in cycle}
    to_itself = {fk.root for fk in facts.foreign_keys if fk.root == fk.referenced_root}
    return tuple(
        _node(
            table,
            f"#t{number}",
            changes_text(counts.get(table.name)),
            [
                *(["in a cycle"] if table.name in in_cycle else []),
                *(["references itself"] if table.name in to_itself else []),
            ],
            qualified,
        )
        for number, table in enumerate(facts.tables)
    )


def _node(
    table: TableFacts, target: str, changes: str, marks: Sequence[str], qualified: bool
) -> Node:
    rows = counted(table.rows, "row")
    below = " · ".join([*([table.name.schema] if qualified else []), rows])
    words = " · ".join(marks)
    line = "  ".join(filter(None, [below, words, changes]))
    # what is seen, in the same words: who speaks to the page says what is on the box
    label = " ".join(filter(None, [table.name.name, below, words, changes]))
    width = _width(table.name.name, line)
    return Node(table.name, rows, below, changes, words, label, width, target)


def path_of(drawing: Drawing, link: Link) -> str:
    """The line of a link as SVG. It bends between columns and is straight where it passes one."""
    if link.source == link.target:
        box = drawing.boxes[link.source]
        right = box.x + box.width
        return f"M{right - 44:g} {box.y:g}c0 -18 30 -18 30 0"
    points = drawing.lines[link]
    text = f"M{points[0][0]:g} {points[0][1]:g}"
    for number, (x, y) in enumerate(points[1:]):
        if number % 2:
            text += f"H{x:g}"
        else:
            before_x, before_y = points[number]
            middle = (before_x + x) / 2
            text += f"C{middle:g} {before_y:g} {middle:g} {y:g} {x:g} {y:g}"
    return text


def word_of(drawing: Drawing, link: Link) -> tuple[float, float] | None:
    """Where the word stands on a dashed line: near its beginning, off the line back."""
    if not link.dashed or link.source == link.target:
        return None
    (x, y), (next_x, next_y) = drawing.lines[link][:2]
    off = 12 if next_x > x else -5
    return round(x + 0.25 * (next_x - x), 1), round(y + 0.12 * (next_y - y) + off, 1)


def isolated(text: str) -> str:
    """The text with marks around it, so that one from right to left turns no other."""
    return f"\u2068{text}\u2069"


def counted(number: int, noun: str) -> str:
    """A number with its noun."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def changes_text(counts: tuple[int, int, int] | None) -> str:
    """`+2 −1 ~3`: rows added, deleted and changed; what is none is left out."""
    pairs = zip("+−~", counts or (), strict=False)
    return " ".join(f"{sign}{number:,}" for sign, number in pairs if number)


def _width(name: str, below: str) -> int:
    return round(max(_cells(name) * _NAME, _cells(below) * _BELOW, 90) + _SIDES)


def _cells(text: str) -> int:
    """How many narrow characters of a fixed-width font a text takes, about."""
    wide = sum(unicodedata.east_asian_width(c) in "WF" for c in text)
    none = sum(unicodedata.category(c) in ("Mn", "Me", "Cf") for c in text)
    return len(text) + wide - none
