"""Parts of values: cut out of a column, masked as a column of their own, and put back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from snapshot.masking.columns import as_bytes, from_bytes


def filled(values: pa.StringArray) -> pa.StringArray:
    """The column with '' for NULL, so that NULL has no bytes in its buffer."""
    values = values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values
    return pc.fill_null(values, "") if values.null_count else values


def texts(values: pa.StringArray) -> list[str | None]:
    """The values as Python strings; bytes that are no UTF-8 become surrogates."""
    try:
        found: list[str | None] = values.to_pylist()
    except UnicodeDecodeError:  # of a database in SQL_ASCII
        raw = values.view(pa.binary()).to_pylist()
        found = [None if v is None else v.decode("utf-8", "surrogateescape") for v in raw]
    return found


def from_texts(found: list[str | None]) -> pa.StringArray:
    """The opposite of `texts`."""
    try:
        return pa.array(found, pa.string())
    except UnicodeEncodeError:
        raw = [None if v is None else v.encode("utf-8", "surrogateescape") for v in found]
        return pa.array(raw, pa.binary()).view(pa.string())


def cut(data: np.ndarray, starts: np.ndarray, ends: np.ndarray) -> pa.StringArray:
    """The bytes data[start:end] of every span. Spans are sorted and do not overlap."""
    pieces = _pieces(data, starts, ends)
    return pieces.take(pa.array(np.arange(1, 2 * len(starts), 2)))


def spliced(
    values: pa.StringArray, starts: np.ndarray, ends: np.ndarray, new: pa.StringArray
) -> pa.StringArray:
    """The column with `new` in the place of the spans of its bytes.

    Spans are positions in the bytes of the whole column (as as_bytes() counts them), sorted, and
    none crosses the edge of a value. `new` has no nulls.
    """
    if len(starts) == 0:
        return values
    offsets, data = as_bytes(filled(values))
    kept = _pieces(data, starts, ends).take(pa.array(np.arange(0, 2 * len(starts) + 1, 2)))
    closed = pa.concat_arrays([new.cast(pa.string()), pa.array([""], pa.string())])
    joined = pc.binary_join_element_wise(kept, closed, "")
    lengths = np.diff(as_bytes(new)[0])
    grown = np.concatenate([[0], np.cumsum(lengths - (ends - starts))])
    moved = offsets + grown[np.searchsorted(starts, offsets, side="left")]
    return from_bytes(moved, as_bytes(joined)[1], values)


def rows_of(offsets: np.ndarray, positions: np.ndarray) -> np.ndarray:
    """The row in which each position of the bytes lies."""
    return np.searchsorted(offsets, positions, side="right") - 1


class Repeated(Mapping[str, pa.StringArray]):
    """The originals of the rows to which parts belong, once for each part."""

    def __init__(self, row: Mapping[str, pa.StringArray], rows: np.ndarray) -> None:
        self._row, self._rows = row, pa.array(rows)

    def __getitem__(self, name: str) -> pa.StringArray:
        return self._row[name].take(self._rows)

    def __iter__(self) -> Iterator[str]:
        return iter(self._row)

    def __len__(self) -> int:
        return len(self._row)


def _pieces(data: np.ndarray, starts: np.ndarray, ends: np.ndarray) -> pa.StringArray:
    """What lies between and in the spans, in turn, from the first byte to the last."""
    edges = np.empty(2 * len(starts) + 2, np.int64)
    edges[0], edges[-1] = 0, len(data)
    edges[1:-1:2], edges[2:-1:2] = starts, ends
    none = pa.array(np.zeros(len(edges) - 1, np.int8))
    return from_bytes(edges, data, none)
