"""FF1 (NIST SP 800-38G) on integer arrays, and permutations of any range made of it."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

import numpy as np

from snapshot.masking.prf import Aes

_PART = 8192  # values that fit a processor's cache
_TABLE = 1 << 16  # smaller permutations are kept as a table
_CHANCE = 1 << 50  # from here on a value that maps to itself does not occur
_HALF = np.uint64(32)
_WORD = 1 << 32


class Ff1:
    """FF1 on numbers of given places, as two halves: the first u = n // 2 places, and the rest.

    With one radix for all places it is the standard's. With more than one it is the same network
    on the halves' own moduli. A half is at most 2^32, or 2^64 if it is a power of two, or if its
    places split into two parts of at most 2^32 (`halves_fit`).
    """

    def __init__(self, key: bytes, radices: Sequence[int], tweak: bytes = b"") -> None:
        self._aes = Aes(key)
        split = len(radices) // 2
        self.first, self.second = _halves(radices)
        self._moduli = [_split(radices[:split]), _split(radices[split:])]
        radix = max(radices)
        if len(set(radices)) > 1:
            tweak += bytes([len(radices)]) + b"".join(r.to_bytes(3, "big") for r in radices)
        size = ((max(self.first, self.second) - 1).bit_length() + 7) // 8  # b of the standard
        self._narrow = size <= 4  # d of the standard is 8, else 12
        self._round, self._constant = self._prefix(radix, len(radices), tweak, size)

    def _prefix(
        self, radix: int, count: int, tweak: bytes, size: int
    ) -> tuple[tuple[int, int], np.ndarray]:
        """Where the round's number goes (word, shift), and the last block's constant part."""
        p = bytes([1, 2, 1]) + radix.to_bytes(3, "big") + bytes([10, count // 2 % 256])
        p += count.to_bytes(4, "big") + len(tweak).to_bytes(4, "big")
        q = tweak + bytes((-len(tweak) - size - 1) % 16 + 1 + size)
        state = self._aes(np.frombuffer(p, np.uint8))
        for i in range(0, len(q) - 16, 16):
            state = self._aes(state ^ np.frombuffer(q[i : i + 16], np.uint8))
        last = (state ^ np.frombuffer(q[-16:], np.uint8)).view(">u8").astype(np.uint64)
        place = 15 - size
        return (place // 8, 8 * (7 - place % 8)), last

    def encrypt(self, a: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Halves below `first` and `second` (uint64) become others."""
        return self._in_parts(a, b, forward=True)

    def decrypt(self, a: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The inverse."""
        return self._in_parts(a, b, forward=False)

    def _in_parts(
        self, a: np.ndarray, b: np.ndarray, forward: bool
    ) -> tuple[np.ndarray, np.ndarray]:
        out_a, out_b = np.empty(len(a), np.uint64), np.empty(len(b), np.uint64)
        for i in range(0, len(a), _PART):
            part = slice(i, i + _PART)
            out_a[part], out_b[part] = self._rounds(a[part], b[part], forward)
        return out_a, out_b

    def _rounds(self, a: np.ndarray, b: np.ndarray, forward: bool) -> tuple[np.ndarray, np.ndarray]:
        sizes = (self.first, self.second)
        block = np.empty((len(a), 2), ">u8")
        if not forward:
            a, b = b, a
        for i in range(10) if forward else range(9, -1, -1):
            y = self._prf(i, b, block)
            if forward:
                a, b = b, _added(a, y, sizes[i % 2])
            else:
                a, b = b, _subtracted(a, y, sizes[i % 2])
        return (a, b) if forward else (b, a)

    def _prf(self, i: int, b: np.ndarray, block: np.ndarray) -> np.ndarray:
        """The round's function of b, reduced by the modulus of the half that it is added to."""
        constant = [int(word) for word in self._constant]
        constant[self._round[0]] ^= i << self._round[1]
        block[:, 0] = constant[0]
        np.bitwise_xor(b, np.uint64(constant[1]), out=block[:, 1], casting="unsafe")
        words = self._aes(block).astype(np.uint64)
        factors = self._moduli[i % 2]
        high, low = words[:, 0], words[:, 1] >> _HALF  # 12 bytes: 64 bits, then 32
        size = factors[0] * factors[1]
        if size & (size - 1) == 0:
            return (high if self._narrow else high << _HALF | low) & np.uint64(size - 1)
        if self._narrow:
            return _modulo(high, size)
        return _long_modulo(high, low, factors)


def halves_fit(radices: Sequence[int]) -> bool:
    """Whether FF1 can be had on these places. They are two at least."""
    split = len(radices) // 2
    return split > 0 and all(max(_split(h)) <= _WORD for h in (radices[:split], radices[split:]))


def _split(radices: Sequence[int]) -> tuple[int, int]:
    """The product as two factors, of which the first is as large as 32 bits allow."""
    first, i = 1, 0
    while i < len(radices) and first * radices[i] <= _WORD:
        first, i = first * radices[i], i + 1
    return first, prod(radices[i:])


def _modulo(x: np.ndarray, size: int) -> np.ndarray:
    # numpy divides by a constant with multiplications; its remainder does not
    result: np.ndarray = x - x // np.uint64(size) * np.uint64(size)
    return result


def _long_modulo(high: np.ndarray, low: np.ndarray, factors: tuple[int, int]) -> np.ndarray:
    """A number of 96 bits modulo the factors' product, by long division in words of 32 bits."""
    first, second = factors
    rest, quotient = np.zeros(len(high), np.uint64), np.zeros(len(high), np.uint64)
    for word in (high >> _HALF, high & np.uint64(_WORD - 1), low):
        rest = rest << _HALF | word
        digit = rest // np.uint64(second)
        rest = rest - digit * np.uint64(second)
        quotient = _modulo(quotient << _HALF | digit, first)
    return quotient * np.uint64(second) + rest


def _added(a: np.ndarray, y: np.ndarray, size: int) -> np.ndarray:
    total: np.ndarray = a + y
    if size & (size - 1) == 0:
        total &= np.uint64(size - 1)
        return total
    return np.where(total >= np.uint64(size), total - np.uint64(size), total)


def _subtracted(a: np.ndarray, y: np.ndarray, size: int) -> np.ndarray:
    rest: np.ndarray = a - y
    if size & (size - 1) == 0:
        rest &= np.uint64(size - 1)
        return rest
    return np.where(a >= y, rest, rest + np.uint64(size))


class Permutation:
    """A keyed permutation of the numbers below `size` (2 to 2^64), uint64.

    It is FF1 on the next power of two, repeated until the number is in the range again. With
    `moves` no number below 2^50 is its own image: the permutation is then one cycle of all.
    """

    def __init__(self, key: bytes, size: int, moves: bool = False) -> None:
        if not 2 <= size <= 1 << 64:
            raise ValueError("permutations are of 2 to 2^64 numbers")
        bits = max(8, (size - 1).bit_length())
        self.size = size
        self._ff1 = Ff1(key, [2] * bits, b"permutation" + (size - 1).to_bytes(8, "big"))
        self._shift, self._mask = np.uint64(bits - bits // 2), np.uint64(self._ff1.second - 1)
        self._moves = moves and size < _CHANCE
        self._table = self._compute(np.arange(size, dtype=np.uint64)) if size <= _TABLE else None

    def __call__(self, x: np.ndarray) -> np.ndarray:
        """The images of x."""
        return self._compute(x) if self._table is None else self._table[x]

    def inverse(self, y: np.ndarray) -> np.ndarray:
        """The numbers that have these images."""
        if self._moves:
            y = self._walked(y, forward=True)
            y = _subtracted(y, np.ones_like(y), self.size)
        return self._walked(y, forward=False)

    def _compute(self, x: np.ndarray) -> np.ndarray:
        y = self._walked(x, forward=True)
        if self._moves:
            y = self._walked(_added(y, np.ones_like(y), self.size), forward=False)
        return y

    def _walked(self, x: np.ndarray, forward: bool) -> np.ndarray:
        y = self._once(x, forward)
        out = np.flatnonzero(y > np.uint64(self.size - 1))
        while len(out):
            y[out] = self._once(y[out], forward)
            out = out[y[out] > np.uint64(self.size - 1)]
        return y

    def _once(self, x: np.ndarray, forward: bool) -> np.ndarray:
        step = self._ff1.encrypt if forward else self._ff1.decrypt
        a, b = step(x >> self._shift, x & self._mask)
        result: np.ndarray = a << self._shift | b
        return result


class Places:
    """A keyed permutation of numbers that are written with a radix a place, as their halves.

    The halves are those of FF1: the first n // 2 places, and the rest. With `moves` no number is
    its own image, as with Permutation. Raises ValueError where `halves_fit` is false.
    """

    def __init__(self, key: bytes, radices: Sequence[int], moves: bool = False) -> None:
        size = prod(radices)
        self._table: Permutation | None = None
        if size <= _TABLE:
            self._table = Permutation(key, size, moves)
            self.first, self.second = _halves(radices)
            return
        if not halves_fit(radices):
            raise ValueError("too many places for FF1")
        self._ff1 = Ff1(key, radices, b"places")
        self.first, self.second = self._ff1.first, self._ff1.second
        self._moves = moves and size < _CHANCE

    def __call__(self, a: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The images of numbers with these halves (uint64)."""
        if self._table is not None:
            y = self._table(a * np.uint64(self.second) + b)
            return y // np.uint64(self.second), y % np.uint64(self.second)
        a, b = self._ff1.encrypt(a, b)
        if not self._moves:
            return a, b
        b = _added(b, np.ones_like(b), self.second)
        a = _added(a, (b == 0).astype(np.uint64), self.first)
        return self._ff1.decrypt(a, b)


def _halves(radices: Sequence[int]) -> tuple[int, int]:
    return prod(radices[: len(radices) // 2]), prod(radices[len(radices) // 2 :])
