"""The originals of a create: what the leak scan looks for. No value is kept, only keyed hashes."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from snapshot.masking.digit_runs import FEWEST, MOST, NumberSearch, Powers
from snapshot.masking.model import Search
from snapshot.masking.normal import (
    Allowed,
    Spans,
    column_parts,
    count_where,
    folded_column,
    number_keys,
    pieces_of,
    split_numbers,
)
from snapshot.masking.row_hash import sorted_once
from snapshot.masking.windows import (
    LONGEST,
    Array,
    Secret,
    Strings,
    WindowSearch,
    distinct,
    span_hashes,
    strings_of,
    window_keys,
    words_at,
)

SHORTEST = 6  # characters
_OFFERED = 6  # windows of a string, of which the rarest is taken
_BATCH = 1 << 18  # strings: so many more, and doubles are looked for
_LISTS = 64
_NOT_PERSONAL = r"^(?:[1-9][0-9]*|[^@]*[^@0-9 ().+/-][^@]*)$"
_HIGH = np.uint64(0x8080808080808080)

# Why an original is not looked for.
SHORT = "short"
LIST_WORD = "word of a list"
KEPT = "value of a kept column"
DATE = "date"


@dataclass(frozen=True)
class Needles:
    """Originals, ready to be looked for by any number of threads."""

    long: WindowSearch | None  # of eight bytes and more
    short: WindowSearch | None  # of six and seven
    numbers: NumberSearch
    known_numbers: Strings  # window: key; length: digits
    sources: tuple[str, ...]
    literals: Allowed
    allowed: Mapping[int, int]  # key of a string or a number → place in `allow`
    count: int
    longest: int  # bytes
    ascii_only: bool  # every long one has a window of ASCII, by which it is found
    not_searched: Mapping[str, int]  # reason → how many distinct values


class Originals:
    """Collects originals while they are read, from several threads.

    Some 31 bytes are kept of each distinct value: eight of its bytes and a hash of 128 bits, both
    keyed with random numbers that end with the process, its length and its column. `allow` has
    literals that may be found, or "sha256:" and the digest of one (see Allowed).
    """

    def __init__(self, allow: Iterable[str] = ()) -> None:
        self.literals = Allowed(allow)
        self._secret = Secret()
        self._powers = Powers(self._secret)
        self._lock = threading.Lock()
        self._sources: dict[str, int] = {}
        self._strings: list[Strings] = []
        self._numbers: list[Strings] = []
        self._kept: list[Array] = []
        self._skipped: dict[str, list[Array]] = {}
        self._seen = np.zeros(1 << 20, np.uint32)  # how often each window was, by hash
        self._ascii_only = True
        self._ready: Needles | None = None
        self._allowed_keys = self._keys_of_allowed()

    def add(self, source: str, values: pa.StringArray, search: Search) -> None:
        """Look for these values of a column (`source`: table.column). NULL is none.

        Of values that hold more (and of Search.PARTS nothing else), their e-mail addresses, numbers
        of seven digits and more and, of JSON, arrays and composites, quoted strings of eight
        characters and more count as well.
        """
        if search in (Search.OFF, Search.INNER):
            return
        with self._lock:
            number = self._sources.setdefault(source, len(self._sources))
        for part in column_parts(values):
            if search is not Search.PARTS:
                self._add(number, part, search)
            if search is not Search.FIELD and (pieces := pieces_of(part)):
                for smaller in column_parts(pa.array(pieces, pa.binary())):
                    self._add(number, smaller, search)

    def add_kept(self, values: pa.StringArray) -> None:
        """Values that the snapshot holds by right: of kept columns, and names of the schema.

        An original that is one of them is counted and not looked for. That excuses no e-mail
        address, and of numbers only those that are written as an id is: a column that is kept
        although it holds people's addresses is found.
        """
        for part in column_parts(values):
            self._excuse(part.filter(pc.match_substring_regex(part, _NOT_PERSONAL)))

    def add_masked(self, values: pa.StringArray) -> None:
        """What masks wrote that write into the range of their originals: digits, codes.

        There one person's masked value is another's original by chance.
        """
        for part in column_parts(values):
            self._excuse(part)

    def _excuse(self, values: pa.StringArray) -> None:
        texts, numbers = split_numbers(folded_column(values))
        hashes = span_hashes(*texts, self._secret)[:, 0]
        keys, _, _ = number_keys(numbers, self._powers)
        with self._lock:
            self._kept += [sorted_once(hashes), sorted_once(keys)]
            if len(self._kept) > _LISTS:
                self._kept = [_unique(self._kept)]

    def needles(self) -> Needles:
        """Everything that was collected, ready to be looked for. Nothing may be added after."""
        with self._lock:
            if self._ready is None:
                self._ready = self._prepared()
            return self._ready

    def _prepared(self) -> Needles:
        kept = sorted_once(np.concatenate([*self._kept, np.zeros(0, np.uint64)]))
        strings, kept_strings = _without(distinct(self._strings), kept)
        numbers, kept_numbers = _without(distinct(self._numbers), kept)
        self._strings, self._numbers = [], []
        skipped = {why: len(_unique(found)) for why, found in self._skipped.items()}
        skipped[KEPT] = kept_strings + kept_numbers
        numbers = numbers.take(np.argsort(numbers.window))
        long = strings.length >= 8
        return Needles(
            _window_search(strings, long, 8, self._secret),
            _window_search(strings, ~long, 6, self._secret),
            NumberSearch(numbers.window, numbers.length, self._powers),
            numbers,
            tuple(self._sources),
            self.literals,
            self._allowed_keys,
            len(long) + len(numbers.window),
            max(int(p.length.max(initial=0)) for p in (strings, numbers)),
            self._ascii_only,
            {why: count for why, count in skipped.items() if count},
        )

    def _keys_of_allowed(self) -> dict[int, int]:
        keys: dict[int, int] = {}
        for place, literal in self.literals.literals.items():
            folded = folded_column(pa.array([literal.strip()]))
            texts, numbers = split_numbers(folded)
            found = [*span_hashes(*texts, self._secret)[:, 0]]
            found += [*number_keys(numbers, self._powers)[0]]
            keys |= {int(key): place for key in found}
        return keys

    def _add(self, source: int, values: pa.BinaryArray, search: Search) -> None:
        texts, numbers = split_numbers(folded_column(values))
        data, starts, lengths = texts
        letters = count_where((data & 0xC0) != 0x80, starts, lengths)
        good = letters >= SHORTEST
        reasons = {SHORT: ~good & (lengths > 0)}
        if search is Search.FIELD:
            several = count_where(data == 32, starts, lengths) > 0
            reasons[LIST_WORD] = good & ~several
            good &= several
        lengths = np.minimum(lengths, LONGEST)
        hashes = span_hashes(data, starts, lengths, self._secret)
        keys, counts, dates = number_keys(numbers, self._powers)
        few = counts < FEWEST
        by_digest = self._by_digest(texts, hashes[:, 0]) | self._by_digest(numbers, keys)
        with self._lock:
            self._allowed_keys |= by_digest
            for reason, which in reasons.items():
                self._skip(reason, hashes[which, 0])
            self._skip(SHORT, keys[few])
            self._skip(DATE, keys[dates & ~few])
            spans = Spans(data, starts[good], lengths[good])
            window, at = self._rarest(spans)
            is_field = search is Search.FIELD
            # 10.1.2.3 is not in 10.1.2.34
            digits = count_where((data >= 48) & (data < 58), starts, lengths)
            dotted = digits + count_where(data == 46, starts, lengths) >= lengths
            self._strings.append(
                strings_of(window, hashes[good], spans.lengths, at, source, is_field | dotted[good])
            )
            use = ~few & ~dates & (counts <= MOST)
            size = int(use.sum())
            none = np.zeros((size, 0), np.uint64)
            self._numbers.append(
                strings_of(keys[use], none, counts[use], np.zeros(size), source, is_field)
            )
            self._strings = _shorter(self._strings)
            self._numbers = _shorter(self._numbers)

    def _skip(self, reason: str, keys: Array) -> None:
        found = self._skipped.setdefault(reason, [])
        found.append(sorted_once(keys))
        if len(found) > _LISTS:
            self._skipped[reason] = [_unique(found)]

    def _rarest(self, spans: Spans) -> tuple[Array, Array]:
        """Of each string the key of a window that few others share, and where it begins."""
        data, starts, lengths = spans
        width = np.where(lengths >= 8, 8, 6)
        steps = np.arange(_OFFERED)
        at = np.maximum(lengths - 8, 0)[:, None] * steps // (_OFFERED - 1)
        words = words_at(data, starts[:, None] + at)
        slots = ((words * self._secret.mix) >> np.uint64(44)).astype(np.int64)
        np.add.at(self._seen, slots.ravel(), np.uint32(1))
        cost = self._seen[slots].astype(np.int64) + ((words & _HIGH) > 0) * (1 << 40)
        best = cost.argmin(axis=1)
        rows = np.arange(len(starts))
        chosen = words[rows, best]
        if ((chosen & _HIGH) > 0)[width == 8].any():
            self._ascii_only = False
        keys = np.where(
            width == 8, window_keys(chosen, 8, self._secret), window_keys(chosen, 6, self._secret)
        )
        return keys, at[rows, best]

    def _by_digest(self, values: Spans, keys: Array) -> dict[int, int]:
        if not self.literals.has_digests:
            return {}
        found = {}
        data = values.data.tobytes()
        for start, length, key in zip(values.starts, values.lengths, keys, strict=True):
            place = self.literals.place(data[start : start + length])
            if place is not None:
                found[int(key)] = place
        return found


def _shorter(lists: list[Strings]) -> list[Strings]:
    """Without doubles, once there is about as much that is new as was there."""
    if len(lists) > _LISTS:  # of many small tables
        lists = [lists[0], distinct(lists[1:])]
    size = sum(len(part.window) for part in lists[1:])
    if size < max(_BATCH, len(lists[0].window)):
        return lists
    return [distinct(lists)]


def _unique(found: list[Array]) -> Array:
    return sorted_once(np.concatenate(found))


def _without(strings: Strings, kept: Array) -> tuple[Strings, int]:
    keys = strings.hashes[:, 0] if strings.hashes.any() else strings.window
    mine = np.isin(keys, kept)
    return (strings.take(np.flatnonzero(~mine)) if mine.any() else strings), int(mine.sum())


def _window_search(
    strings: Strings, which: Array, width: int, secret: Secret
) -> WindowSearch | None:
    if not which.any():
        return None
    return WindowSearch(strings if which.all() else strings.take(which), width, secret)
