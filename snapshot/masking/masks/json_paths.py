"""The paths of a policy into JSON documents, as a tree."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from snapshot.errors import UsageError
from snapshot.masking.masks.json_tokens import members
from snapshot.masking.model import Rule

# What becomes of a value, besides the number of a rule.
KEEP, DROP, REDACT, REFUSE = -1, -2, -3, -4

_STEP = re.compile(r'("(?:[^"\\]|\\.)*")|(\*)|([^.\[\]{}"*]+)')
_UNNAMED = {"keep": KEEP, "drop": DROP, "redact": REDACT}


@dataclass(slots=True)
class Node:
    """A place in documents. `action` is for what stands there and has no node of its own."""

    path: str
    action: int = REDACT
    members: dict[bytes, Node] = field(default_factory=dict)  # by the key as JSON, with quotes
    other: Node | None = None  # "*": keys that are not named
    items: Node | None = None  # "[]"
    keys: int | None = None  # "{}": the rule of the keys themselves
    kept: re.Pattern[bytes] | None = None  # members that stay as they are, one after the other

    @property
    def opens_objects(self) -> bool:
        """It says something of an object's members."""
        return bool(self.members) or self.other is not None or self.keys is not None


@dataclass(frozen=True)
class Paths:
    """All paths of a column: the tree, and the rules that its nodes number."""

    root: Node
    unnamed: int  # KEEP, DROP, REDACT or REFUSE
    rules: tuple[Rule, ...]
    changing: bool  # anything but keep


def compiled(paths: Mapping[str, Rule]) -> Paths:
    """The tree. Raises UsageError for a path that cannot be read."""
    root, unnamed = Node(""), REFUSE
    rules: list[Rule] = []
    actions: set[int] = set()
    for path, rule in paths.items():
        if path == "*":
            unnamed = _UNNAMED.get(rule.mask, REFUSE)
            actions.add(unnamed)
            if unnamed == REFUSE:
                raise UsageError(
                    f'line {rule.line}: "*" is {rule.mask}', hint="drop, redact or keep"
                )
            continue
        node, of_keys = _place(root, path, rule.line)
        action = _UNNAMED.get(rule.mask, 0) if rule.mask != "redact" else 0
        if action == DROP and (of_keys or path.endswith("]")):
            raise UsageError(
                f"line {rule.line}: {path} cannot be dropped", hint="only a named key can"
            )
        if action == 0:
            action = len(rules)
            rules.append(rule)
        actions.add(action)
        if of_keys:
            node.keys = action
        else:
            node.action = action
    if not root.opens_objects and root.items is None:
        root.action = REDACT if unnamed == REFUSE else unnamed
        root.other = Node("*", unnamed)
    _find_kept(root, unnamed)
    return Paths(root, unnamed, tuple(rules), actions != {KEEP})


def enters(node: Node, bracket: bytes) -> bool:
    """Rules say something of what lies in such a container there."""
    return node.opens_objects if bracket == b"{" else node.items is not None


def _find_kept(root: Node, unnamed: int) -> None:
    """So that the walk need not look at members that stay, each by itself."""
    nodes = [root]
    while nodes:
        node = nodes.pop()
        nodes += [n for n in (*node.members.values(), node.other, node.items) if n is not None]
        if node.keys is not None and node.keys >= 0:
            continue
        kept = {key for key, child in node.members.items() if _stays(child)}
        if _stays(node.other) if node.other else unnamed == KEEP:
            others = b"|".join(re.escape(key) for key in node.members.keys() - kept)
            plain = rb'"[^"\\\x00-\x1f]*+"'
            node.kept = members(b"(?!" + others + b")" + plain if others else plain)
        elif kept:
            node.kept = members(b"(?:" + b"|".join(map(re.escape, sorted(kept))) + b")")


def _stays(node: Node) -> bool:
    return node.action == KEEP and not node.opens_objects and node.items is None


def _place(root: Node, path: str, line: int) -> tuple[Node, bool]:
    """The node of a path, and whether the path means the keys there."""
    node, at = root, 0
    while at < len(path):
        if path.startswith("[]", at):
            node.items = node.items or Node(f"{node.path}[]")
            node, at = node.items, at + 2
            continue
        if path[at:] == "{}":
            return node, True
        if path.startswith("{}.*", at):  # people{}.*.age says the same as people.*.age
            at += 2
            continue
        if at and path[at] == ".":
            at += 1
        elif at:
            break
        step = _STEP.match(path, at)
        if step is None:
            break
        node, at = _member(node, step), step.end()
    if at < len(path) or not path or path.endswith("."):
        raise UsageError(
            f"line {line}: the path {path} cannot be read",
            hint='such as contact.email, devices[].ip, people{}, people.*.age or "a.b".c',
        )
    return node, False


def _member(node: Node, step: re.Match[str]) -> Node:
    name = step[0]
    path = f"{node.path}.{name}" if node.path else name
    if step[2]:
        node.other = node.other or Node(path)
        return node.other
    plain = json.loads(name, strict=False) if step[1] else name
    key = b'"' + plain.encode() + b'"'
    return node.members.setdefault(key, Node(path))
