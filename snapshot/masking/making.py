"""Masks by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from importlib import import_module
from typing import Any, NamedTuple, Protocol

from snapshot.errors import Refused, UsageError
from snapshot.masking.model import Mask, Rule, Target

MODULES = ("text", "lists", "numbers", "network", "times", "structures", "free_text", "own")


class Key(Protocol):
    """The secret that all masks of a create share."""

    def derive(self, mask: str, meaning: str) -> bytes:
        """16 bytes for a mask and a meaning (see Target.meaning)."""


class Maker(NamedTuple):
    """How a mask is made of the rule's options; `types` are those that it can write."""

    make: Callable[[Target, Mapping[str, Any], Key], Mask]
    types: frozenset[str]
    options: Mapping[str, type | tuple[type, ...]]


TEXT = frozenset({"text", "character varying", "character", "citext", "name", '"char"'})
INTEGERS_BY_WIDTH = ("smallint", "integer", "bigint")
INTEGERS = frozenset(INTEGERS_BY_WIDTH)
ANY = frozenset({"*"})
# masks to which a capital is another letter, and which citext must not see
_BY_LETTERS = (
    "code",
    "digits",
    "phone",
    "card",
    "iban",
    "ssn",
    "uuid",
    "ip",
    "mac",
    "slug",
    "url",
    "path",
)


@cache
def makers() -> Mapping[str, Maker]:
    """All masks that can be named in a policy, but for keep, which is none."""
    found: dict[str, Maker] = {}
    for name in MODULES:
        found |= import_module(f"snapshot.masking.masks.{name}").MAKERS
    return found | import_module("snapshot.masking.recompute").MAKERS


def make_mask(rule: Rule, target: Target, key: Key) -> Mask:
    """The mask of a rule, for a column.

    Raises UsageError for a mask or an option that does not exist, Refused where it does not fit
    the column.
    """
    maker = makers().get(rule.mask)
    if maker is None:
        raise UsageError(
            f"line {rule.line}: there is no mask {rule.mask}",
            hint=f"one of: keep, {', '.join(sorted(makers()))}",
        )
    for option, value in rule.options.items():
        kind = maker.options.get(option)
        if kind is None:
            raise UsageError(
                f"line {rule.line}: {rule.mask} has no option {option}",
                hint=f"it has: {', '.join(sorted(maker.options)) or 'none'}",
            )
        kinds = kind if isinstance(kind, tuple) else (kind,)
        if not isinstance(value, kinds) or (isinstance(value, bool) and bool not in kinds):
            raise UsageError(
                f"line {rule.line}: {option} of {rule.mask} has a value of the wrong type",
                hint="docs/masking.md lists the options",
            )
    if maker.types != ANY and target.type not in maker.types:
        raise Refused(
            f"line {rule.line}: {rule.mask} cannot write {target.type}, the type of "
            f"{target.table}.{target.column}",
            hint="choose another mask: constant and null fit every type",
        )
    mask = maker.make(target, rule.options, key)
    if target.type == "citext" and rule.mask in _BY_LETTERS:
        return import_module("snapshot.masking.masks.text").Folded(mask)
    return mask
