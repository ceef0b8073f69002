"""The columns of tables that inherit, in the order in which a restore makes them."""

from __future__ import annotations

from collections.abc import Mapping

from snapshot.catalog import Name, SchemaObject, quoted
from snapshot.planning.spelling import Node, split_at, text_of, tree, unquoted


def inherited_first(table: SchemaObject, texts: Mapping[SchemaObject, str]) -> str:
    """The definition of a table with those columns first that its parents have, in their order.

    CREATE TABLE … INHERITS merges them so, wherever they stand in the list (documentation: CREATE
    TABLE, INHERITS). The table they were added to by ALTER TABLE may have another order.
    """
    by_label = {_label(o): text for o, text in texts.items()}
    nodes = tree(texts[table])
    place = next((i for i, node in enumerate(nodes) if isinstance(node, list)), None)
    if place is None:
        return texts[table]
    items = [item for item in split_at(nodes[place][1:-1], ",") if item]
    order = _columns(_label(table), by_label, ())
    rank = {name: number for number, name in enumerate(order)}
    items.sort(key=lambda item: rank.get(_name(item), len(rank)))
    listed = ",".join(f"\n    {text_of(item)}" for item in items)
    return f"{text_of(nodes[:place])}({listed}\n){text_of(nodes[place + 1 :])}"


def _columns(label: str, texts: Mapping[str, str], seen: tuple[str, ...]) -> list[str]:
    """All columns of a table: those of its parents first."""
    if label in seen or label not in texts:
        return []
    nodes = tree(texts[label])
    lists = [node for node in nodes if isinstance(node, list)]
    if not lists:
        return []
    own = [_name(item) for item in split_at(lists[0][1:-1], ",") if item]
    parents: list[str] = []
    if "INHERITS" in nodes:
        after = [n for n in nodes[nodes.index("INHERITS") :] if isinstance(n, list)]
        parents = [unquoted(text_of(p)) for p in split_at(after[0][1:-1], ",")] if after else []
    inherited = [c for parent in parents for c in _columns(parent, texts, (*seen, label))]
    return list(dict.fromkeys([*inherited, *(c for c in own if c != "CONSTRAINT")]))


def _name(item: list[Node]) -> str:
    return unquoted(text_of(item[0]))


def _label(o: SchemaObject) -> str:
    return ".".join(map(quoted, Name(o.schema, o.name)))
