"""Masks inside JSON: of json, jsonb, and text that holds JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from snapshot.errors import Refused, UsageError
from snapshot.masking.columns import as_bytes
from snapshot.masking.making import TEXT, Key, Maker, make_mask
from snapshot.masking.masks.inner import (
    Column,
    Parts,
    as_rule,
    check_subjects,
    each_once,
    inner_mask,
    masked,
    searched,
)
from snapshot.masking.masks.json_layouts import Found, scan_documents
from snapshot.masking.masks.json_paths import Paths, compiled
from snapshot.masking.masks.json_scan import FIXED, KEY, NUMBER, Edits, Scanner, unescaped
from snapshot.masking.model import Mask, Rule, Target
from snapshot.masking.spans import filled, rows_of, spliced

_NUMBER = r"^-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?$"
_NAME = re.compile(rb'"[A-Za-z_][A-Za-z_-]{0,39}[0-9]{0,2}"')
_MOST_SHOWN = 20


class JsonMask:
    """A mask for every path; what has no path is dropped, redacted, kept or refused."""

    injective = False
    bits: float | None = None

    def __init__(self, target: Target, paths: Paths, key: Key) -> None:
        self._target, self._paths, self._key = target, paths, key
        self._masks = [_kinds(rule, target, key) for rule in paths.rules]
        self.search = searched(mask for pair in self._masks for mask in pair)
        self.unread = 0

    def __call__(self, values: pa.StringArray, row: Mapping[str, pa.StringArray]) -> pa.StringArray:
        """The documents with masked values. Raises Refused for a key without a rule."""
        if not self._paths.changing:
            return values
        plain = filled(values)
        offsets, data = as_bytes(plain)
        scanner = Scanner(data.tobytes(), self._paths.root, self._paths.unnamed)
        found = scan_documents(scanner, data, offsets)
        self._check_names(scanner.edits)
        result = self._edited(values, data, offsets, found, row)
        return self._hidden(result, plain, found.unread) if found.unread else result

    def _edited(
        self,
        values: pa.StringArray,
        data: np.ndarray,
        offsets: np.ndarray,
        found_spans: Found,
        row: Mapping[str, pa.StringArray],
    ) -> pa.StringArray:
        starts, ends, codes, _ = found_spans
        fixed = codes < 0
        found = [pa.array(FIXED, pa.binary()).view(pa.string()).take(pa.array(-1 - codes[fixed]))]
        places = [np.flatnonzero(fixed)]
        for code in np.unique(codes[~fixed]).tolist():
            chosen = np.flatnonzero(codes == code)
            parts = Parts(starts[chosen], ends[chosen], rows_of(offsets, starts[chosen]))
            number, kind = divmod(code, 3)
            column = Column(self._target, row, data, _read, _written)
            if kind == NUMBER:
                column = column._replace(read=_same, write=self._numbers)
            elif kind == KEY:
                column = column._replace(write=_keys_written)
            found.append(masked(self._masks[number][kind == NUMBER], parts, column))
            places.append(chosen)
        order = np.argsort(np.concatenate(places), kind="stable")
        return spliced(values, starts, ends, pa.concat_arrays(found).take(pa.array(order)))

    def _numbers(self, values: pa.StringArray) -> pa.StringArray:
        """What a mask made of numbers; where that is none, 0."""
        numbers = pc.match_substring_regex(values.view(pa.binary()), _NUMBER)
        self.unread += len(values) - int(pc.sum(pc.fill_null(numbers, True)).as_py() or 0)
        return pc.fill_null(pc.if_else(numbers, values, "0"), "null")

    def _check_names(self, edits: Edits) -> None:
        """Names of keys are shown if they look like names, and not where keys are data."""
        for parent, keys in edits.unnamed.items():
            where = f"{self._target.table}.{self._target.column}"
            place = f"{where}: {parent}" if parent else where
            plain = len(keys) <= _MOST_SHOWN and all(_NAME.fullmatch(key) for key in keys)
            other = 'add "*" = "drop" (or redact, or keep)'
            if parent in edits.data_keys or not plain:
                some = f'give "{parent}.*" a rule, or {other}' if parent else other
                raise Refused(f"{place}: {len(keys)} keys have no rule", hint=some)
            names = sorted(key[1:-1].decode() for key in keys)
            paths = [f"{parent}.{name}" if parent else name for name in names]
            raise Refused(
                f"{where}: no rule for {', '.join(paths)}",
                hint=f"give each a line under [json], or {other}",
            )

    def _hidden(
        self, result: pa.StringArray, plain: pa.StringArray, unread: list[int]
    ) -> pa.StringArray:
        """Values that are not JSON: tokens in text, null elsewhere."""
        self.unread += len(unread)
        where = np.zeros(len(result), bool)
        where[unread] = True
        if self._target.type in TEXT:
            hidden = make_mask(Rule("token"), self._target, self._key)(
                plain.filter(pa.array(where)), {}
            )
        else:
            hidden = pa.array(["null"] * len(unread), pa.string())
        return pc.replace_with_mask(result, pa.array(where), hidden)


def _kinds(rule: Rule, target: Target, key: Key) -> tuple[Mask, Mask]:
    """The masks of strings and of numbers. What the rule's mask cannot write gets a token, or 0."""
    of: dict[str, Mask | None] = {}
    refusal: Refused | None = None
    for kind in ("text", "numeric"):
        try:
            of[kind] = inner_mask(rule, target, key, kind)
        except Refused as error:
            of[kind], refusal = None, error
    strings, numbers = of["text"], of["numeric"]
    if strings is None and numbers is None and refusal is not None:
        raise refusal
    token = strings or inner_mask(Rule("token"), target, key, "text")
    assert token is not None
    return token, numbers or token


def _read(tokens: pa.StringArray) -> pa.StringArray:
    """The texts of JSON strings."""
    escaped = pc.match_substring(tokens, "\\")
    plain = pc.replace_substring_regex(tokens.view(pa.binary()), '^"|"$', "").view(pa.string())
    if not pc.any(escaped).as_py():
        return plain
    read = each_once(
        tokens.filter(escaped), lambda t: unescaped(t.encode("utf-8", "surrogateescape"))
    )
    return pc.replace_with_mask(plain, escaped, read)


def _written(values: pa.StringArray) -> pa.StringArray:
    """JSON strings of texts."""
    escaped = pc.replace_substring(pc.replace_substring(values, "\\", "\\\\"), '"', '\\"')
    written = pc.fill_null(pc.binary_join_element_wise('"', escaped, '"', ""), "null")
    control = pc.match_substring_regex(values.view(pa.binary()), r"[\x00-\x1f]")
    if not pc.any(control).as_py():
        return written
    control = pc.fill_null(control, False)
    by_hand = each_once(values.filter(control), lambda t: json.dumps(t, ensure_ascii=False))
    return pc.replace_with_mask(written, control, by_hand)


def _keys_written(values: pa.StringArray) -> pa.StringArray:
    return _written(filled(values))


def _same(values: pa.StringArray) -> pa.StringArray:
    return values


def _json(target: Target, options: Mapping[str, Any], key: Key) -> Mask:
    rules = {path: as_rule(rule) for path, rule in options.get("paths", {}).items()}
    if not rules:
        raise UsageError(
            f"json of {target.table}.{target.column} has no paths",
            hint=f'[json."{target.table}".{target.column}] with a line for every key',
        )
    check_subjects(rules.values(), target)
    return JsonMask(target, compiled(rules), key)


MAKERS = {"json": Maker(_json, TEXT | {"json", "jsonb"}, {"paths": dict})}
