"""Rows as JSON objects, as row_to_json() writes them of what select_json() asks for."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute as pc

from snapshot.catalog import Column

_NUMBERS = ("smallint", "integer", "bigint")  # the last one of the positions in large objects
# source: json.c, escape_json(): these and other characters below the space
_ESCAPES = {
    "\\": "\\\\",
    '"': '\\"',
    "\b": "\\b",
    "\f": "\\f",
    "\n": "\\n",
    "\r": "\\r",
    "\t": "\\t",
}
_CONTROL = {chr(i): f"\\u{i:04x}" for i in range(1, 32) if chr(i) not in _ESCAPES}
# of what a reader of JSON would lose a digit: see select_json()
_INEXACT = r"[.][0-9]*0([^0-9]|$)|[0-9.]{16}"
_SAFE = 2**53 - 1


def json_rows(columns: Sequence[Column], values: Sequence[pa.StringArray]) -> pa.StringArray:
    """One JSON object a row."""
    if not columns:
        return pa.array([], pa.string())
    parts: list[pa.StringArray | str] = []
    for column, array in zip(columns, values, strict=True):
        name = _text(pa.array([column.name]))[0].as_py()
        parts += [("," if parts else "{") + name + ":", pc.fill_null(_json(column, array), "null")]
    return pc.binary_join_element_wise(*parts, "}", "")


def _json(column: Column, values: pa.StringArray) -> pa.StringArray:
    if column.json == "native" and (column.base or column.type) in _NUMBERS:
        return values
    if column.json == "native" and column.base == "boolean":
        return pc.if_else(pc.equal(values, "t"), "true", "false")
    if column.json == "bigint":
        numbers = pc.cast(values, pa.int64())
        exact = pc.and_(pc.less_equal(numbers, _SAFE), pc.greater_equal(numbers, -_SAFE))
        return pc.if_else(exact, values, _text(values))
    if column.json == "float":
        special = pc.match_substring_regex(values, "^(-0|NaN|-?Infinity)$")
        return pc.if_else(special, _text(values), values)
    if column.json == "jsonb":
        whole = pc.match_substring_regex(values, r"^[{\[]")
        inline = pc.and_(whole, pc.invert(pc.match_substring_regex(values, _INEXACT)))
        return pc.if_else(inline, values, _text(values))
    return _text(values)


def _text(values: pa.StringArray) -> pa.StringArray:
    """A string, in quotes."""
    if pc.any(pc.match_substring_regex(values, r'["\\\x01-\x1f]')).as_py():
        for plain, escaped in (_ESCAPES | _CONTROL).items():
            values = pc.replace_substring(values, plain, escaped)
    return pc.binary_join_element_wise('"', values, '"', "")
