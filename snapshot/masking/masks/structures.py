"""Masks of values that have parts: arrays, rows, hstore; and a choice among values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa

from snapshot.errors import Refused, UsageError
from snapshot.masking.columns import as_bytes
from snapshot.masking.making import ANY, Key, Maker
from snapshot.masking.masks import json_documents, literals, markup
from snapshot.masking.masks.inner import (
    Column,
    as_rule,
    check_subjects,
    inner_mask,
    masked,
    searched,
)
from snapshot.masking.model import Mask, Rule, Search, Target
from snapshot.masking.prf import Cmac
from snapshot.masking.spans import filled, spliced


class Choose:
    """One of the given values, chosen by the original under the key."""

    injective = False
    bits: float | None = None
    search = Search.OFF

    def __init__(self, target: Target, choices: list[str], key: Key) -> None:
        self._cmac = Cmac(key.derive("choose", target.meaning))
        self._choices = pa.array(choices, pa.string())

    def __call__(self, values: pa.StringArray, row: Mapping[str, pa.StringArray]) -> pa.StringArray:
        """The chosen values; NULL stays, '' too."""
        distinct = values.dictionary_encode()
        old = distinct.dictionary
        number = self._cmac(*as_bytes(old)).view(">u8")[:, 0].astype(np.uint64)
        at = (number % np.uint64(len(self._choices))).astype(np.int64)
        empty = np.asarray(pa.compute.equal(old, ""))
        at[empty] = len(self._choices)
        choices = pa.concat_arrays([self._choices, pa.array([""], pa.string())])
        return choices.take(pa.array(at)).take(distinct.indices)


class ArrayMask:
    """A mask of every element of arrays; bounds, dimensions and NULL elements stay."""

    def __init__(self, inner: Mask | None, target: Target) -> None:
        self._inner, self._target = inner, target
        self.injective = inner is None or inner.injective
        self.bits = None if inner is None else inner.bits
        self.search = searched([inner])
        self.unread = 0

    def __call__(self, values: pa.StringArray, row: Mapping[str, pa.StringArray]) -> pa.StringArray:
        """The arrays with masked elements."""
        if self._inner is None:
            return values
        values = self._arrays(values)
        parts = literals.array_elements(values, b";" if self._target.type == "box" else b",")
        if len(parts.starts) == 0:
            return values
        _, data = as_bytes(filled(values))
        column = Column(self._target, row, data, literals.read, literals.array_written)
        return spliced(values, parts.starts, parts.ends, masked(self._inner, parts, column))

    def _arrays(self, values: pa.StringArray) -> pa.StringArray:
        """What is no array becomes an empty one."""
        offsets, data = as_bytes(filled(values))
        here = np.flatnonzero(np.diff(offsets))
        first, last = data[offsets[here]], data[offsets[here + 1] - 1]
        wrong = here[((first != ord("{")) & (first != ord("["))) | (last != ord("}"))]
        self.unread += len(wrong)
        return _replaced(values, wrong, "{}")


class CompositeMask:
    """A mask for each field of a row, by its place."""

    injective = False
    bits: float | None = None

    def __init__(self, target: Target, masks: Mapping[int, Mask | None]) -> None:
        self._target, self._masks = target, masks
        self.search = searched(masks.values())

    def __call__(self, values: pa.StringArray, row: Mapping[str, pa.StringArray]) -> pa.StringArray:
        """The rows with masked fields. Raises Refused if they have a field without a rule."""
        parts, places = literals.row_fields(values)
        unnamed = sorted(set(np.unique(places).tolist()) - set(self._masks))
        if unnamed:
            raise Refused(
                f"field {unnamed[0] + 1} of {self._target.table}.{self._target.column} has no rule",
                hint="name every field, or give it keep",
            )
        present = parts.ends > parts.starts
        for place, mask in self._masks.items():
            chosen = parts.where(present & (places == place))
            if mask is None or len(chosen.starts) == 0:
                continue
            _, data = as_bytes(filled(values))
            column = Column(self._target, row, data, literals.row_read, literals.row_written)
            values = spliced(values, chosen.starts, chosen.ends, masked(mask, chosen, column))
            parts, places = literals.row_fields(values)
            present = parts.ends > parts.starts
        return values


class HstoreMask:
    """A mask for the keys and one for the values of hstore."""

    injective = False
    bits: float | None = None

    def __init__(self, target: Target, keys: Mask | None, values: Mask | None) -> None:
        self._target, self._keys, self._values = target, keys, values
        self.search = searched([keys, values])

    def __call__(self, values: pa.StringArray, row: Mapping[str, pa.StringArray]) -> pa.StringArray:
        """The masked pairs."""
        for mask, place in ((self._keys, 0), (self._values, 1)):
            parts = literals.hstore_pairs(values)[place]
            if mask is None or len(parts.starts) == 0:
                continue
            _, data = as_bytes(filled(values))
            write = literals.hstore_key_written if place == 0 else literals.hstore_written
            column = Column(self._target, row, data, literals.read, write)
            values = spliced(values, parts.starts, parts.ends, masked(mask, parts, column))
        return values


def _replaced(values: pa.StringArray, rows: np.ndarray, new: str) -> pa.StringArray:
    if len(rows) == 0:
        return values
    where = np.zeros(len(values), bool)
    where[rows] = True
    return pa.compute.if_else(pa.array(where), new, values)


def part_mask(rule: Rule, target: Target, key: Key, kind: str) -> Mask | None:
    """The mask of a part that may be an array: `kind` then ends in []."""
    if not kind.endswith("[]"):
        return inner_mask(rule, target, key, kind)
    inner = inner_mask(rule, target, key, kind.removesuffix("[]"))
    return None if inner is None else ArrayMask(inner, target)


def _choose(target: Target, options: Mapping[str, Any], key: Key) -> Mask:
    given = options.get("values", target.labels)
    choices = [str(value).lower() if isinstance(value, bool) else str(value) for value in given]
    if not choices:
        raise UsageError(
            f"choose of {target.table}.{target.column} has nothing to choose from",
            hint='{ mask = "choose", values = ["a", "b"] }',
        )
    wrong = set(choices) - set(target.labels) if target.labels else set()
    if wrong:
        raise UsageError(
            f"choose of {target.table}.{target.column} names {len(wrong)} values that are no "
            f"labels of {target.type}",
            hint=f"one of: {', '.join(target.labels)}",
        )
    return Choose(target, choices, key)


def _array(target: Target, options: Mapping[str, Any], key: Key) -> Mask:
    rule = as_rule(options.get("each"))
    return ArrayMask(inner_mask(rule, target, key, target.type), target)


def _composite(target: Target, options: Mapping[str, Any], key: Key) -> Mask:
    """`attributes` are names and types of the fields in their order, from the catalog."""
    attributes: dict[str, str] = options.get("attributes", {})
    rules = {name: as_rule(rule) for name, rule in options.get("fields", {}).items()}
    check_subjects(rules.values(), target)
    names = list(attributes)
    masks: dict[int, Mask | None] = {}
    for name, rule in rules.items():
        if name not in attributes and not (name.isdecimal() and int(name) > 0):
            raise UsageError(
                f"{target.type}, the type of {target.table}.{target.column}, has no field {name}",
                hint=f"it has: {', '.join(names)}" if names else "fields go by number: 1, 2, …",
            )
        place = names.index(name) if name in attributes else int(name) - 1
        kind = attributes[names[place]] if place < len(names) else "text"
        masks[place] = part_mask(rule, target, key, kind)
    missing = [name for place, name in enumerate(names) if place not in masks]
    if missing:
        raise Refused(
            f"{target.table}.{target.column}: field {missing[0]} of {target.type} has no rule",
            hint=f'add to fields: "{missing[0]}" = "keep"',
        )
    return CompositeMask(target, masks)


def _hstore(target: Target, options: Mapping[str, Any], key: Key) -> Mask:
    if "keys" not in options or "values" not in options:
        raise UsageError(
            f"hstore of {target.table}.{target.column} needs a rule for keys and one for values",
            hint='{ mask = "hstore", keys = "keep", values = "token" }',
        )
    rules = [as_rule(options[name]) for name in ("keys", "values")]
    check_subjects(rules, target)
    keys, values = (inner_mask(rule, target, key, "text") for rule in rules)
    return HstoreMask(target, keys, values)


_RULE = (str, dict, Rule)
MAKERS = (
    {
        "choose": Maker(_choose, ANY, {"values": (list, tuple)}),
        "array": Maker(_array, ANY, {"each": _RULE}),
        "composite": Maker(_composite, ANY, {"fields": dict, "attributes": dict}),
        "hstore": Maker(_hstore, frozenset({"hstore"}), {"keys": _RULE, "values": _RULE}),
    }
    | json_documents.MAKERS
    | markup.MAKERS
)
