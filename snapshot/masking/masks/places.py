"""Letters and digits of texts, permuted where they stand."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from snapshot.masking.ff1 import Places, halves_fit
from snapshot.masking.prf import Aes, Cmac, derive

_PART = 1 << 20  # places at a time
_CASE = np.uint8(0x20)  # the bit by which small letters differ from capitals

# what hexadecimal digits are worth, 255 for others; and how octets are written with them
NIBBLES = np.full(256, 255, np.uint8)
for _digit, _character in enumerate(b"0123456789abcdef"):
    NIBBLES[_character] = NIBBLES[ord(chr(_character).upper())] = _digit
HEX = np.array([[ord(c) for c in f"{byte:02x}"] for byte in range(256)], np.uint8)


def is_digit(data: np.ndarray) -> np.ndarray:
    """Where ASCII digits stand."""
    return (data >= 48) & (data <= 57)


def is_letter(data: np.ndarray) -> np.ndarray:
    """Where ASCII letters stand."""
    small = data | _CASE
    return (small >= 97) & (small <= 122)


class Positions:
    """Where in a column's bytes something stands, by row.

    `places` are indices of bytes, `counts` how many a row has, `starts` where a row's begin.
    """

    def __init__(self, flags: np.ndarray, offsets: np.ndarray) -> None:
        before = np.concatenate([[0], np.cumsum(flags)])
        self.places = np.flatnonzero(flags)
        self.starts = before[offsets[:-1]]
        self.counts = before[offsets[1:]] - self.starts

    def matrix(self, rows: np.ndarray, count: int) -> np.ndarray:
        """The places of rows that have `count` each, int64 [rows, count]."""
        result: np.ndarray = self.places[self.starts[rows][:, None] + np.arange(count)]
        return result

    def ranks(self) -> np.ndarray:
        """For each place how many come before it in its row."""
        result: np.ndarray = np.arange(len(self.places)) - np.repeat(self.starts, self.counts)
        return result

    def groups(self) -> Iterator[tuple[int, np.ndarray]]:
        """Each count that occurs, with its rows."""
        for count in np.unique(self.counts):
            yield int(count), np.flatnonzero(self.counts == count)


def to_halves(columns: np.ndarray, radices: Sequence[int]) -> tuple[np.ndarray, np.ndarray]:
    """Numbers of the places' values, uint8 [rows, places], as the halves that Places takes."""
    split = len(radices) // 2
    halves = []
    for part in (range(split), range(split, len(radices))):
        number = np.zeros(len(columns), np.uint64)
        for i in part:
            number = number * np.uint64(radices[i]) + columns[:, i]
        halves.append(number)
    return halves[0], halves[1]


def from_halves(a: np.ndarray, b: np.ndarray, radices: Sequence[int]) -> np.ndarray:
    """The places' values again."""
    split = len(radices) // 2
    out = np.empty((len(a), len(radices)), np.uint8)
    for number, part in ((b, range(split, len(radices))), (a, range(split))):
        for i in reversed(part):
            rest = number // np.uint64(radices[i])
            out[:, i] = number - rest * np.uint64(radices[i])
            number = rest
    return out


def shifted(
    places: Places, a: np.ndarray, b: np.ndarray, shift: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Halves that were moved by `shift` (uint64 a row), each by other bits of it."""
    first, second, half = np.uint64(places.first), np.uint64(places.second), np.uint64(32)
    high, low = shift >> half, shift & np.uint64(0xFFFFFFFF)
    return (a + high % first) % first, (b + low % second) % second


class PlaceCipher:
    """A keyed permutation of the texts of one layout: letters become letters, digits digits.

    Capitals stay capitals. Up to 24 letters or 36 digits are permuted by FF1; more are replaced by
    a stream that the value chooses, which two values share once in 2^60 of them.
    """

    def __init__(self, key: bytes, moves: bool = True) -> None:
        self._key, self._moves = key, moves
        self._made: dict[tuple[int, int], Places] = {}
        self._prf = Cmac(derive(key, "stream's start"))
        self._aes = Aes(derive(key, "stream"))

    def __call__(
        self,
        offsets: np.ndarray,
        data: np.ndarray,
        free: np.ndarray,
        shifts: np.ndarray | None = None,
    ) -> np.ndarray:
        """The bytes with the `free` letters and digits permuted.

        `shifts` (uint64, one a row) are added before: rows that differ in them differ after.
        """
        letters = Positions(free & is_letter(data), offsets)
        digits = Positions(free & is_digit(data), offsets)
        out = np.array(data)
        kinds = letters.counts << 32 | digits.counts
        for kind in np.unique(kinds):
            count = (int(kind) >> 32, int(kind) & 0xFFFFFFFF)
            if count == (0, 0):
                continue
            rows = np.flatnonzero(kinds == kind)
            step = max(1, _PART // sum(count))
            for i in range(0, len(rows), step):
                part = rows[i : i + step]
                places = np.hstack([letters.matrix(part, count[0]), digits.matrix(part, count[1])])
                text = data[places]
                shift = None if shifts is None else shifts[part]
                if self._permutes(count):
                    new = self._permuted(text, count, shift)
                else:
                    new = self._streamed(text, count, offsets, data, part)
                out[places] = new
        return out

    def _permutes(self, count: tuple[int, int]) -> bool:
        return sum(count) == 1 or (sum(count) <= 36 and halves_fit(_radices(count)))

    def _permuted(
        self, text: np.ndarray, count: tuple[int, int], shift: np.ndarray | None
    ) -> np.ndarray:
        radices = _radices(count)
        if count not in self._made:
            self._made[count] = Places(self._key, radices, self._moves)
        places, base = self._made[count], _bases(text, count)
        a, b = to_halves(text - base, radices)
        if shift is not None:
            a, b = shifted(places, a, b, shift)
        result: np.ndarray = from_halves(*places(a, b), radices) + base
        return result

    def _streamed(
        self,
        text: np.ndarray,
        count: tuple[int, int],
        offsets: np.ndarray,
        data: np.ndarray,
        rows: np.ndarray,
    ) -> np.ndarray:
        width = sum(count)
        starts = np.arange(len(rows) + 1, dtype=np.int64) * width
        seeds = self._prf(starts, np.ascontiguousarray(text).reshape(-1)).view(">u8")
        blocks = np.repeat(seeds.astype(np.uint64)[:, None, :], -(-width // 8), axis=1)
        blocks[:, :, 1] ^= np.arange(blocks.shape[1], dtype=np.uint64)
        stream = self._aes(np.ascontiguousarray(blocks.astype(">u8"))).view(">u2")
        stream = stream.reshape(len(rows), -1)[:, :width]
        radices = np.array(_radices(count), np.uint16)
        result: np.ndarray = (stream % radices).astype(np.uint8) + _bases(text, count)
        return result


def _radices(count: tuple[int, int]) -> list[int]:
    return [26] * count[0] + [10] * count[1]


def _bases(text: np.ndarray, count: tuple[int, int]) -> np.ndarray:
    """What the values of places are counted from: A, a or 0."""
    base = np.full_like(text, 48)
    base[:, : count[0]] = text[:, : count[0]] & _CASE | np.uint8(65)
    return base
