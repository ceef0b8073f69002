"""Masks inside values: the rule of a part becomes a mask, as if the part were a column."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from snapshot.errors import Refused, UsageError
from snapshot.masking.making import Key, make_mask, makers
from snapshot.masking.model import Mask, Rule, Search, Target, watching
from snapshot.masking.spans import Repeated, cut, from_texts, texts

_BATCH = 1 << 16  # parts that are masked at once


class Parts(NamedTuple):
    """Parts of a column's values: spans of its bytes, quotes included, and the row of each."""

    starts: np.ndarray
    ends: np.ndarray
    rows: np.ndarray

    def where(self, chosen: Any) -> Parts:
        """Some of them."""
        return Parts(self.starts[chosen], self.ends[chosen], self.rows[chosen])


class Column(NamedTuple):
    """A column whose values have parts: its bytes, and how a part is written in it."""

    target: Target
    row: Mapping[str, pa.StringArray]
    data: np.ndarray
    read: Callable[[pa.StringArray], pa.StringArray]  # what a part says
    write: Callable[[pa.StringArray], pa.StringArray]  # and back; gives no nulls


def as_rule(given: Any, line: int = 0) -> Rule:
    """A rule as an option gives it: "email", { mask = "email", … } or a Rule."""
    if isinstance(given, Rule):
        return given
    if isinstance(given, str):
        return Rule(given, {}, line)
    if isinstance(given, Mapping) and isinstance(given.get("mask"), str):
        return Rule(given["mask"], {k: v for k, v in given.items() if k != "mask"}, line)
    raise UsageError(
        f"line {line}: the rule of a part is no mask",
        hint='"email", or { mask = "shift", days = 30, by = "id" }',
    )


def inner_mask(rule: Rule, target: Target, key: Key, kind: str) -> Mask | None:
    """The mask of a part whose type is `kind`; None means that the part stays as it is.

    `as` says the part's meaning; without it that is the mask's name, as for any column, so that
    an address has one pseudonym in a column and inside a value.
    """
    if rule.mask == "keep":
        return None
    maker = makers().get(rule.mask)
    options = dict(rule.options)
    if maker is None or "as" not in maker.options:
        options.pop("as", None)
    meaning = str(rule.options.get("as", rule.mask))
    part = replace(target, type=kind, meaning=meaning, unique=False)
    if kind != target.type:
        part = replace(part, labels=(), length=None, padded=None, precision=None, scale=None)
    return make_mask(replace(rule, options=options), part, key)


def check_subjects(rules: Iterable[Rule], target: Target) -> None:
    """All rules inside one column are `by` the same column: only that one's meaning is known."""
    if len({rule.options["by"] for rule in rules if "by" in rule.options}) > 1:
        raise UsageError(
            f"the rules inside {target.table}.{target.column} are by different columns",
            hint="use one column as by",
        )


def searched(masks: Iterable[Mask | None]) -> Search:
    """How originals of a column are looked for whose parts have these masks."""
    found = {mask.search for mask in masks if mask is not None}
    return Search.OFF if found <= {Search.OFF} else Search.INNER


def masked(mask: Mask, parts: Parts, column: Column) -> pa.StringArray:
    """The masked parts, as they are to be written. Not all are in memory at once.

    Who watches is shown the parts and the results.
    """
    watch = watching.get() if mask.search is not Search.INNER else None
    found = [pa.array([], pa.string())]
    for start in range(0, len(parts.starts), _BATCH):
        batch = parts.where(np.s_[start : start + _BATCH])
        old = column.read(cut(column.data, batch.starts, batch.ends))
        result = mask(old, Repeated(column.row, batch.rows))
        if isinstance(result, pa.ChunkedArray):
            result = result.combine_chunks()
        if len(result) != len(old):
            raise Refused(
                f"a mask inside {column.target.table}.{column.target.column} gave "
                f"{len(result)} values for {len(old)}",
                hint="a mask must give one value for each",
            )
        if watch:
            watch(old, result, mask.search)
        found.append(column.write(result))
    return pa.concat_arrays(found)


def each_once(values: pa.StringArray, change: Any) -> pa.StringArray:
    """`change` of every distinct text."""
    distinct = values.dictionary_encode()
    changed = [None if v is None else change(v) for v in texts(distinct.dictionary)]
    return from_texts(changed).take(distinct.indices)
