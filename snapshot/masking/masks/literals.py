"""Arrays, rows and hstore as the server writes them: where their parts lie, and how to quote.

array_out, record_out (documentation, Arrays: Array Input and Output Syntax; Composite Types:
Composite Type Input and Output Syntax) and hstore_out.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from snapshot.masking.columns import as_bytes
from snapshot.masking.masks.inner import Parts
from snapshot.masking.spans import filled, rows_of

_ESCAPED = r'\\["\\]'
_HIDDEN = "\x01\x01"  # as long as an escaped character, and neither quote nor backslash


def array_elements(values: pa.StringArray, delimiter: bytes = b",") -> Parts:
    """The elements of arrays that are not NULL, of any dimension."""
    offsets, data = as_bytes(_without_escapes(values))
    marks = _outside_quotes(data, b"{}" + delimiter)
    starts, ends = marks[:-1] + 1, marks[1:]
    # before an opening brace stand bounds ([0:1]=) or nothing
    found = (ends > starts) & (data[ends] != ord("{"))
    parts = Parts(starts, ends, rows_of(offsets, starts)).where(found)
    return parts.where(~_is_null(data, parts))


def row_fields(values: pa.StringArray) -> tuple[Parts, np.ndarray]:
    """The fields of rows, also empty ones (NULL), and the number of each in its row, from 0."""
    offsets, data = as_bytes(filled(values))
    marks = _outside_quotes(data, b"(,)")
    starts, ends = marks[:-1] + 1, marks[1:]
    inside = data[marks[:-1]] != ord(")")
    parts = Parts(starts, ends, rows_of(offsets, marks[:-1])).where(inside)
    first = np.searchsorted(parts.rows, parts.rows, side="left")
    return parts, np.arange(len(parts.rows)) - first


def hstore_pairs(values: pa.StringArray) -> tuple[Parts, Parts]:
    """Keys, and values that are not NULL."""
    offsets, data = as_bytes(_without_escapes(values))
    quotes = np.flatnonzero(data == ord('"'))
    starts, ends = quotes[::2], quotes[1::2] + 1
    parts = Parts(starts, ends, rows_of(offsets, starts))
    padded = np.concatenate([data, np.zeros(1, np.uint8)])
    keys = padded[ends] == ord("=")
    return parts.where(keys), parts.where(~keys)


def read(parts: pa.StringArray) -> pa.StringArray:
    """What elements of arrays, or keys and values of hstore say: without quotes and escapes."""
    found = _unquoted(parts)
    if not pc.any(pc.match_substring(found, "\\")).as_py():
        return found
    raw = pc.replace_substring_regex(found.view(pa.binary()), r"(?s)\\(.)", r"\1")
    return raw.view(pa.string())


def row_read(parts: pa.StringArray) -> pa.StringArray:
    """What fields of rows say: in them, quotes and backslashes are doubled."""
    found = pc.replace_substring(_unquoted(parts), '""', '"')
    return pc.replace_substring(found, "\\\\", "\\")


def _unquoted(parts: pa.StringArray) -> pa.StringArray:
    raw = pc.replace_substring_regex(parts.view(pa.binary()), r'(?s)^"(.*)"$', r"\1")
    return raw.view(pa.string())


def array_written(values: pa.StringArray) -> pa.StringArray:
    """Elements of an array; NULL is NULL."""
    quoted = _backslashed(values)
    needs = pc.match_substring_regex(
        values.view(pa.binary()), r'(?i)^$|^null$|["\\{},; \t\n\r\x0b\x0c]'
    )
    return pc.fill_null(pc.if_else(needs, quoted, values), "NULL")


def row_written(values: pa.StringArray) -> pa.StringArray:
    """Fields of a row; NULL is empty."""
    doubled = pc.replace_substring(pc.replace_substring(values, "\\", "\\\\"), '"', '""')
    needs = pc.match_substring_regex(values.view(pa.binary()), r'^$|["\\(), \t\n\r\x0b\x0c]')
    return pc.fill_null(pc.if_else(needs, _in_quotes(doubled), values), "")


def hstore_written(values: pa.StringArray) -> pa.StringArray:
    """Values of an hstore; NULL is NULL."""
    return pc.fill_null(_backslashed(values), "NULL")


def hstore_key_written(values: pa.StringArray) -> pa.StringArray:
    """Keys of an hstore, which are never NULL."""
    return _backslashed(filled(values))


def _backslashed(values: pa.StringArray) -> pa.StringArray:
    escaped = pc.replace_substring(pc.replace_substring(values, "\\", "\\\\"), '"', '\\"')
    return _in_quotes(escaped)


def _in_quotes(values: pa.StringArray) -> pa.StringArray:
    return pc.binary_join_element_wise('"', values, '"', "")


def _without_escapes(values: pa.StringArray) -> pa.StringArray:
    """As many bytes, in which every quote opens or closes."""
    values = filled(values)
    if not pc.any(pc.match_substring(values, "\\")).as_py():
        return values
    raw = pc.replace_substring_regex(values.view(pa.binary()), _ESCAPED, _HIDDEN)
    return raw.view(pa.string())


def _outside_quotes(data: np.ndarray, marks: bytes) -> np.ndarray:
    """Where these characters stand outside of quotes.

    A doubled quote closes and opens again, so counting modulo 2 is right for rows as well.
    """
    table = np.zeros(256, bool)
    table[list(marks)] = True
    quote = data == ord('"')
    if not quote.any():
        return np.flatnonzero(table[data])
    inside = np.cumsum(quote, dtype=np.uint8) & 1
    return np.flatnonzero(table[data] & (inside == 0))


def _is_null(data: np.ndarray, parts: Parts) -> np.ndarray:
    null: np.ndarray = parts.ends - parts.starts == 4
    for i, letter in enumerate(b"NULL"):
        null[null] &= data[parts.starts[null] + i] == letter
    return null
