"""Many byte strings are looked for at once: each by one window of its bytes, then by its hash.

A string is known by eight of its bytes (six, of a short one), its length and a hash of 128 bits.
Every window of a text is an integer; a table lets few of them through, and those are compared.
All numbers are keyed with random ones that are forgotten with the process.
"""

from __future__ import annotations

import os
from typing import Any, NamedTuple, TypeAlias

import numpy as np

LONGEST = 4096  # bytes: of a longer string only so much of its beginning is looked for
PADDING = 8  # bytes behind a text, so that a word can be read at its last byte
_BITS_OF_KEY = 5  # a table lets one in 32 to 64 through, and a second one of these as many
_TABLE_BITS = 28  # at most: 32 MiB, for 8 M strings
_BIT = np.uint8(1) << np.arange(8, dtype=np.uint8)
_PAIRS = 1 << 18  # compared at once

Array: TypeAlias = np.ndarray[Any, np.dtype[Any]]


class Secret:
    """The random numbers of one run. Hashes of different runs have nothing in common."""

    def __init__(self) -> None:
        words = -(-LONGEST // 8)
        self.weights = np.frombuffer(os.urandom(words * 24), "<u8").reshape(3, words)
        odd = np.frombuffer(os.urandom(32), "<u8") | np.uint64(1)
        self.window, self.mix, self.length, self.digit = odd


def padded(data: bytes) -> Array:
    """The bytes as uint8, with PADDING zeros behind them."""
    return np.frombuffer(data + bytes(PADDING), np.uint8)


def words_at(data: Array, starts: Array) -> Array:
    """The eight bytes at each start, as integers (uint64). The data is padded."""
    every = np.ndarray((len(data) - 7,), "<u8", np.ascontiguousarray(data), 0, (1,))
    words: Array = every[starts]
    return words


_TAIL = np.array([(1 << 8 * n) - 1 for n in range(9)], np.uint64)


def span_hashes(data: Array, starts: Array, lengths: Array, secret: Secret) -> Array:
    """A keyed hash of 128 bits of each span of padded data: uint64 [spans, 2].

    Of each word a keyed mix is weighted with two random numbers and added, modulo 2^64: two spans
    that differ are equal in both sums with a chance of about 2^-64 at worst.
    """
    hashes = np.empty((len(starts), 2), np.uint64)
    hashes[:] = (lengths.astype(np.uint64) * secret.length)[:, None]
    rows = np.arange(len(starts))
    for word in range(-(-int(lengths.max(initial=0)) // 8)):
        rows = rows[lengths[rows] > 8 * word]
        left = np.minimum(lengths[rows] - 8 * word, 8)
        mixed = words_at(data, starts[rows] + 8 * word) & _TAIL[left]
        mixed = (mixed ^ secret.weights[2, word]) * secret.mix
        mixed ^= mixed >> np.uint64(32)
        hashes[rows, 0] += mixed * secret.weights[0, word]
        hashes[rows, 1] += mixed * secret.weights[1, word]
    return hashes


class KeyTable:
    """Sorted keys (uint64, uniformly distributed), to be asked for many at once."""

    def __init__(self, keys: Array) -> None:
        self.keys = keys
        bits = min(_TABLE_BITS, len(keys).bit_length() + _BITS_OF_KEY)
        self._shift = np.uint64(64 - bits)
        self._first = _bitmap(keys >> self._shift, bits)
        self._second = _bitmap(np.sort(self._other(keys)), bits)

    def candidates(self, keys: Array) -> Array:
        """Places of those that may be among the table's; a few in a thousand are not."""
        some = np.flatnonzero(_bits_at(self._first, keys >> self._shift))
        found: Array = some[_bits_at(self._second, self._other(keys[some])) > 0]
        return found

    def ranges(self, keys: Array) -> tuple[Array, Array]:
        """For each, where equal ones begin among the table's, and how many there are."""
        first = np.searchsorted(self.keys, keys, "left")
        return first, np.searchsorted(self.keys, keys, "right") - first

    def _other(self, keys: Array) -> Array:
        slots: Array = (keys * np.uint64(0x9E3779B97F4A7C15)) >> self._shift
        return slots


def _bitmap(slots: Array, bits: int) -> Array:
    """A bit for each of 2^bits slots, set for these, which are sorted."""
    table = np.zeros(1 << (bits - 3), np.uint8)
    if len(slots):
        places = slots >> np.uint64(3)
        begins = np.flatnonzero(np.append(True, places[1:] != places[:-1]))
        table[places[begins]] = np.bitwise_or.reduceat(_BIT[slots & np.uint64(7)], begins)
    return table


def _bits_at(table: Array, slots: Array) -> Array:
    # mode=wrap: numpy does not check the indices first, which takes longer than the look-up
    places = (slots >> np.uint64(3)).view(np.int64)
    found: Array = np.take(table, places, mode="wrap") & np.take(
        _BIT, (slots & np.uint64(7)).view(np.int64), mode="wrap"
    )
    return found


class Strings(NamedTuple):
    """What is known of strings, sorted by window: arrays of one length."""

    window: Array  # uint64
    hashes: Array  # uint64 [strings, 2]; of numbers [numbers, 0]
    length: Array  # uint16, bytes
    at: Array  # uint16: where the window begins
    source: Array  # uint16
    field: Array  # bool: only whole words count

    def take(self, places: Array) -> Strings:
        """Some of them, in this order."""
        return Strings(*(column[places] for column in self))


def strings_of(
    window: Array, hashes: Array, lengths: Array, at: Array, source: int, field: Array | bool
) -> Strings:
    """Strings of one column."""
    size = len(window)
    return Strings(
        window,
        hashes,
        lengths.astype(np.uint16),
        at.astype(np.uint16),
        np.full(size, source, np.uint16),
        np.zeros(size, bool) | field,
    )


def distinct(parts: list[Strings]) -> Strings:
    """All of them, each once: of those whose hashes (of numbers, windows) are equal the first."""
    none = np.zeros(0, np.uint64)
    parts = parts or [strings_of(none, none.reshape(0, 2), none, none, 0, False)]
    # the same string may have got another window at another time
    hashed = any(part.hashes.any() for part in parts)
    keys = np.concatenate([part.hashes[:, 0] if hashed else part.window for part in parts])
    _, first = np.unique(keys, return_index=True)
    columns = [list(column) for column in zip(*parts, strict=True)]
    return Strings(*(_joined(column, first, len(keys)) for column in columns))


def _joined(column: list[Array], places: Array, size: int) -> Array:
    """One column at a time, so that it does not take twice the memory."""
    whole: Array = np.concatenate(column)
    return whole if len(places) == size else whole[places]


class WindowSearch:
    """Strings whose windows are `width` bytes (8 or 6) long."""

    def __init__(self, strings: Strings, width: int, secret: Secret) -> None:
        self.strings = strings.take(np.argsort(strings.window, kind="stable"))
        self._width = width
        self._secret = secret
        self._table = KeyTable(self.strings.window)

    def find(self, data: Array) -> tuple[Array, Array]:
        """Which strings occur in padded data, and where each occurrence begins."""
        size = len(data) - PADDING
        found = []
        for offset in range(8):
            words = np.frombuffer(data, "<u8", max(0, (size - offset + 7) // 8), offset)
            keys = window_keys(words, self._width, self._secret)
            some = self._table.candidates(keys)
            found.append((keys[some], some * 8 + offset))
        keys, places = (np.concatenate(part) for part in zip(*found, strict=True))
        first, count = self._table.ranges(keys)
        some = np.flatnonzero(count)
        keys, places, first, count = keys[some], places[some], first[some], count[some]
        parts = max(1, int(count.sum()) // _PAIRS)
        pairs = [
            self._compared(data, places[part], first[part], count[part])
            for part in np.array_split(np.arange(len(places)), parts)
        ]
        which, starts = (np.concatenate(part) for part in zip(*pairs, strict=True))
        return which, starts

    def _compared(
        self, data: Array, places: Array, first: Array, count: Array
    ) -> tuple[Array, Array]:
        known = self.strings
        which = np.repeat(first, count) + counted(count)
        starts = np.repeat(places, count) - known.at[which]
        lengths = known.length[which].astype(np.int64)
        inside = np.flatnonzero((starts >= 0) & (starts + lengths <= len(data) - PADDING))
        which, starts, lengths = which[inside], starts[inside], lengths[inside]
        same = (span_hashes(data, starts, lengths, self._secret) == known.hashes[which]).all(axis=1)
        same &= ~known.field[which] | are_words(data, starts, lengths)
        return which[same], starts[same]


def window_keys(words: Array, width: int, secret: Secret) -> Array:
    """The keys of windows, given the eight bytes at each."""
    if width < 8:
        words = words & np.uint64((1 << 8 * width) - 1)
    keys: Array = words * secret.window
    return keys


def counted(counts: Array) -> Array:
    """0, 1, … count - 1 for each count, one after the other."""
    places: Array = np.arange(int(counts.sum())) - np.repeat(np.cumsum(counts) - counts, counts)
    return places


def classes(text: bytes, table: bytes) -> Array:
    """The class (uint8) of each byte; the table has one for each of the 256."""
    return np.frombuffer(text.translate(table), np.uint8)


def wide_runs(which: Array, width: int) -> tuple[Array, Array]:
    """Where at least `width` true values in a row begin, and where they end."""
    runs, done = which, 1
    while done < width and len(runs):
        step = min(done, width - done)
        runs = runs[:-step] & runs[step:]
        done += step
    edges = np.flatnonzero(runs[1:] != runs[:-1]) + 1
    if len(runs) and runs[0]:
        edges = np.append(0, edges)
    if len(edges) % 2:
        edges = np.append(edges, len(runs))
    return edges[::2], edges[1::2] + width - 1


_IN_WORD = np.zeros(256, bool)
_IN_WORD[45] = _IN_WORD[48:58] = _IN_WORD[65:91] = _IN_WORD[97:123] = _IN_WORD[128:] = True


def are_words(data: Array, starts: Array, lengths: Array) -> Array:
    """Whether the spans of padded data begin and end where words do.

    In COPY's binary format a field follows its length, four bytes (PostgreSQL's documentation,
    COPY, file formats), of which the last may look like a letter.
    """
    before = (starts == 0) | ~_IN_WORD[data[starts - 1]]
    lead = np.maximum(starts, 4)
    sizes = sum(data[lead - 4 + i].astype(np.int64) << 8 * (3 - i) for i in range(4))
    before |= (starts >= 4) & (sizes == lengths)
    after: Array = ~_IN_WORD[data[starts + lengths]]  # behind the last byte there is padding: 0
    whole: Array = before & after
    return whole
