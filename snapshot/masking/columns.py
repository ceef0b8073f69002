"""COPY text as Arrow columns, and back. No value becomes a Python object."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv

# What COPY writes for these bytes (PostgreSQL's documentation, COPY, text format). The backslash is
# the first to be escaped.
_ESCAPES = (
    (b"\\", b"\\\\"),
    (b"\b", b"\\b"),
    (b"\f", b"\\f"),
    (b"\n", b"\\n"),
    (b"\r", b"\\r"),
    (b"\t", b"\\t"),
    (b"\v", b"\\v"),
)
_MARK = b"\xef\xbb\xbf"
_NEEDS_ESCAPE = r"[\\\x08\x0c\n\r\t\x0b]"


def parse_rows(block: bytes, columns: int) -> list[pa.StringArray]:
    """The columns of whole rows of COPY text: their values, unescaped; NULL is null.

    The text is not checked to be UTF-8: of a database in SQL_ASCII it need not be.
    """
    names = [str(i) for i in range(columns)]
    if block.startswith(_MARK):
        block = _MARK + block  # the reader takes one for the mark of an encoding, and skips it
    table = pacsv.read_csv(
        pa.BufferReader(block),
        pacsv.ReadOptions(column_names=names, block_size=len(block) + 1, use_threads=False),
        pacsv.ParseOptions(
            delimiter="\t",
            quote_char=False,
            escape_char=False,
            newlines_in_values=False,
            ignore_empty_lines=False,
        ),
        pacsv.ConvertOptions(
            check_utf8=False,
            column_types=dict.fromkeys(names, pa.string()),
            null_values=["\\N"],
            strings_can_be_null=True,
            quoted_strings_can_be_null=False,
        ),
    )
    return [_unescaped(_whole(column)) for column in table.columns]


def write_rows(columns: Sequence[pa.StringArray]) -> bytes:
    """The same as COPY text."""
    escaped = [_escaped(column) for column in columns]
    last = pc.binary_join_element_wise(
        escaped[-1], "\n", "", null_handling="replace", null_replacement="\\N"
    )
    lines = pc.binary_join_element_wise(
        *escaped[:-1], last, "\t", null_handling="replace", null_replacement="\\N"
    )
    offsets, data = as_bytes(lines)
    return data[offsets[0] : offsets[-1]].tobytes()


def as_bytes(values: pa.StringArray) -> tuple[np.ndarray, np.ndarray]:
    """Offsets (int64, one more than values) and bytes (uint8) of a column; NULL has no bytes."""
    values = _whole(values)
    _, offsets, data = values.buffers()
    if len(values) == 0 or offsets is None:
        return np.zeros(len(values) + 1, np.int64), np.zeros(0, np.uint8)
    ends = np.frombuffer(offsets, np.int32)[values.offset : values.offset + len(values) + 1]
    text = np.zeros(0, np.uint8) if data is None else np.frombuffer(data, np.uint8)
    start, end = int(ends[0]), int(ends[-1])
    return ends.astype(np.int64) - start, text[start:end]


def from_bytes(offsets: np.ndarray, data: np.ndarray, like: pa.StringArray) -> pa.StringArray:
    """A column of these values; null where `like` is."""
    valid = None
    if like.null_count:
        valid = pa.array(like.is_valid()).buffers()[1]
    return pa.StringArray.from_buffers(
        len(like),
        pa.py_buffer(offsets.astype(np.int32).tobytes()),
        pa.py_buffer(np.ascontiguousarray(data, np.uint8)),
        valid,
    )


def from_matrix(characters: np.ndarray, like: pa.StringArray) -> pa.StringArray:
    """A column of values of equal length: characters is uint8 [rows, length]."""
    rows, width = characters.shape
    return from_bytes(np.arange(rows + 1, dtype=np.int64) * width, characters.reshape(-1), like)


def _whole(column: pa.Array | pa.ChunkedArray) -> pa.StringArray:
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column


def _unescaped(values: pa.StringArray) -> pa.StringArray:
    if not pc.any(pc.match_substring(values, "\\")).as_py():
        return values
    # a double backslash first becomes a byte that COPY text cannot hold
    values = pc.replace_substring(values, "\\\\", "\x00")
    for plain, escaped in _ESCAPES[1:]:
        values = pc.replace_substring(values, escaped.decode(), plain.decode())
    return pc.replace_substring(values, "\x00", "\\")


def _escaped(values: pa.StringArray) -> pa.StringArray:
    if not pc.any(pc.match_substring_regex(values, _NEEDS_ESCAPE)).as_py():
        return values
    for plain, escaped in _ESCAPES:
        values = pc.replace_substring(values, plain.decode(), escaped.decode())
    return values


def windows(starts: np.ndarray, data: np.ndarray, width: int) -> np.ndarray:
    """`width` bytes from each start, uint8 [starts, width]; zeros after the end of the data."""
    edge = max(0, len(data) - width)
    late = starts > len(data) - width
    view = np.lib.stride_tricks.sliding_window_view
    if not late.any():
        result: np.ndarray = view(data, width)[starts]
        return result
    tail = np.concatenate([data[edge:], np.zeros(width, np.uint8)])
    out = np.empty((len(starts), width), np.uint8)
    out[late] = view(tail, width)[starts[late] - edge]
    if not late.all():
        out[~late] = view(data, width)[starts[~late]]
    return out
