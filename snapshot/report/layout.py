"""Where the tables of a graph are drawn: in layers of the load order, from left to right.

K. Sugiyama, S. Tagawa, M. Toda, Methods for Visual Understanding of Hierarchical System Structures,
IEEE Trans. SMC 11 (1981). Layers need no search here, as the load order has them; a cycle is broken
where the load order breaks it. page.js does the same for the neighbourhood of a table.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

WRAP = 24  # boxes of a layer in one column; the next ones go into another column
SWEEPS = 8
BOX = 40  # height
GAP = 22  # between boxes
LANE = 12  # height of what a line takes that passes a column
BETWEEN = 96  # columns
MARGIN = 24
ASIDE = 12  # lines to the right keep below the middle of boxes, clear of those to the left


class Link(NamedTuple):
    """An arrow from a table to the one that it references; numbers of tables in load order."""

    source: int
    target: int
    dashed: bool = False


class Box(NamedTuple):
    """Where a table is drawn."""

    x: float
    y: float
    width: float
    height: float = BOX


@dataclass(frozen=True)
class Drawing:
    """Boxes by table, and the points that the line of each link goes through."""

    width: float
    height: float
    boxes: Mapping[int, Box]
    lines: Mapping[Link, tuple[tuple[float, float], ...]]


@dataclass(eq=False)
class _Slot:
    """A place in a column: a table's, or a lane for lines that pass to one table."""

    table: int | None
    height: float
    y: float = 0.0


def layers(count: int, links: Iterable[Link]) -> list[int]:
    """The layer of each table: one more than the highest that it is joined with and loaded after.

    So a link leads to a lower layer, but for one to a table that is loaded later: only a cycle has
    such links.
    """
    before: list[list[int]] = [[] for _ in range(count)]
    for link in links:
        if link.source != link.target:
            before[max(link[:2])].append(min(link[:2]))
    found: list[int] = []
    for tables in before:
        found.append(1 + max((found[table] for table in tables), default=-1))
    return found


def arrange(widths: Sequence[float], links: Sequence[Link]) -> Drawing:
    """Lay out tables of these widths, given in load order."""
    columns = _columns(layers(len(widths), links))
    place = {table: c for c, tables in enumerate(columns) for table in tables}
    slots = [[_Slot(table, BOX) for table in tables] for tables in columns]
    own = {slot.table: slot for column in slots for slot in column if slot.table is not None}
    routes = _routes(links, place, own, slots)
    joined = _joined(routes, slots)
    _order(slots, joined)
    _align(slots, joined)
    return _drawing(widths, columns, own, routes, slots)


def _columns(layer_of: Sequence[int]) -> list[list[int]]:
    """The tables of each column: a layer, or a part of one that has too many."""
    rows: dict[int, list[int]] = {}
    for table, layer in enumerate(layer_of):
        rows.setdefault(layer, []).append(table)
    columns = []
    for layer in sorted(rows):
        tables = rows[layer]
        parts = -(-len(tables) // WRAP)
        size = -(-len(tables) // parts)
        columns += [tables[start : start + size] for start in range(0, len(tables), size)]
    return columns


def _routes(
    links: Sequence[Link],
    place: Mapping[int, int],
    own: Mapping[int, _Slot],
    slots: list[list[_Slot]],
) -> dict[Link, list[_Slot]]:
    """The slots that each link goes through; links to the same table share their lanes."""
    lanes: dict[tuple[int, bool, bool, int], _Slot] = {}
    routes = {}
    for link in links:
        first, last = place[link.source], place[link.target]
        if first == last:
            continue  # to itself
        step = 1 if last > first else -1
        route = [own[link.source]]
        for column in range(first + step, last, step):
            key = (link.target, link.dashed, step > 0, column)
            if key not in lanes:
                lanes[key] = _Slot(None, LANE)
                slots[column].append(lanes[key])
            route.append(lanes[key])
        routes[link] = [*route, own[link.target]]
    return routes


def _joined(
    routes: Mapping[Link, list[_Slot]], slots: Sequence[Sequence[_Slot]]
) -> dict[_Slot, tuple[list[_Slot], list[_Slot]]]:
    """The slots that lines join each slot with: on its left, on its right."""
    column_of = {slot: c for c, column in enumerate(slots) for slot in column}
    joined: dict[_Slot, tuple[list[_Slot], list[_Slot]]] = {s: ([], []) for s in column_of}
    pairs = dict.fromkeys(
        (a, b) if column_of[a] < column_of[b] else (b, a)
        for route in routes.values()
        for a, b in pairwise(route)
    )
    for left, right in pairs:
        joined[left][1].append(right)
        joined[right][0].append(left)
    return joined


def _order(
    slots: Sequence[list[_Slot]], joined: Mapping[_Slot, tuple[list[_Slot], list[_Slot]]]
) -> None:
    """Sort each column by the mean place of what it is joined with, to and fro."""
    for column in slots:
        _number(column)
    for sweep in range(SWEEPS):
        side = sweep % 2
        for column in slots[:: -1 if side else 1]:
            means = {s: _mean(joined[s][side], s.y) for s in column}
            column.sort(key=means.__getitem__)
            _number(column)


def _number(column: Iterable[_Slot]) -> None:
    for position, slot in enumerate(column):
        slot.y = position


def _mean(others: Sequence[_Slot], own: float) -> float:
    return sum(slot.y for slot in others) / len(others) if others else own


def _align(
    slots: Sequence[list[_Slot]], joined: Mapping[_Slot, tuple[list[_Slot], list[_Slot]]]
) -> None:
    """Give each slot the height of its middle: near what it is joined with, in its order."""
    for column in slots:
        _spread(column, [0.0] * len(column))
    for sweep in range(SWEEPS):
        for column in slots[:: -1 if sweep % 2 else 1]:
            _spread(column, [_mean([*joined[s][0], *joined[s][1]], s.y) for s in column])
    top = min((s.y - s.height / 2 for column in slots for s in column), default=0)
    for column in slots:
        for slot in column:
            slot.y += MARGIN - top


def _spread(column: Sequence[_Slot], wanted: Sequence[float]) -> None:
    """The places nearest to those wanted at which nothing overlaps, in the order given.

    Neighbours that would overlap become a block, whose place is the mean of what they want.
    """
    offsets, offset = [], 0.0
    for slot, after in zip(column, [*column[1:], None], strict=True):
        offsets.append(offset)
        offset += (slot.height + after.height) / 2 + GAP if after else 0
    blocks: list[tuple[float, int]] = []  # sum of what its slots want less their offsets, how many
    for slot_wanted, own in zip(wanted, offsets, strict=True):
        total, size = slot_wanted - own, 1
        while blocks and blocks[-1][0] / blocks[-1][1] >= total / size:
            before = blocks.pop()
            total, size = total + before[0], size + before[1]
        blocks.append((total, size))
    starts = [total / size for total, size in blocks for _ in range(size)]
    for slot, start, own in zip(column, starts, offsets, strict=True):
        slot.y = start + own


def _drawing(
    widths: Sequence[float],
    columns: Sequence[Sequence[int]],
    own: Mapping[int, _Slot],
    routes: Mapping[Link, list[_Slot]],
    slots: Sequence[Sequence[_Slot]],
) -> Drawing:
    boxes, spans = {}, []
    x = float(MARGIN)
    for tables in columns:
        width = max(widths[table] for table in tables)
        for table in tables:
            boxes[table] = Box(x, round(own[table].y - BOX / 2, 1), width)
        spans.append((x, x + width))
        x += width + BETWEEN
    span_of = {slot: spans[c] for c, column in enumerate(slots) for slot in column}
    lines = {}
    for link, route in routes.items():
        leftwards = span_of[route[0]] > span_of[route[-1]]
        points = []
        for slot in route:
            sides = span_of[slot][::-1] if leftwards else span_of[slot]
            aside = ASIDE if slot.table is not None and not leftwards else 0
            ends = [(side, round(slot.y + aside, 1)) for side in sides]
            # it leaves the first box on its far side and enters the last one on its near side
            points += ends[1:] if slot is route[0] else ends[:1] if slot is route[-1] else ends
        lines[link] = tuple(points)
    bottom = max((s.y + s.height / 2 for column in slots for s in column), default=0)
    return Drawing(x - BETWEEN + MARGIN, round(bottom + MARGIN, 1), boxes, lines)
