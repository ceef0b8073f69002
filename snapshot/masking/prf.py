"""AES and AES-CMAC (RFC 4493) over whole columns, and the secret that the masks' keys come from."""

from __future__ import annotations

from base64 import b64encode
from itertools import pairwise
from math import inf, log2
from string import hexdigits

import numpy as np
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.cmac import CMAC

from snapshot.errors import UsageError
from snapshot.masking.columns import windows

_EXAMPLE = bytes(range(32))
EXAMPLE_KEY = b64encode(_EXAMPLE).decode()  # the documentation's; check_secret refuses it
_LABEL = "snapshot mask 1"
_FINGERPRINT = "snapshot mask key"
_LEAST = 16  # bytes
_DISTINCT = 8  # of 16 random bytes or 32 random digits there are more but once in a million
_LONG = 64  # blocks; longer messages go through the library, one at a time
_PIECE = 1 << 20  # bytes that the library takes at a time
_PART = 8192  # blocks that fit a processor's cache
_HINT = "make a key with: snapshot mask key"


class Aes:
    """AES on many blocks with one call."""

    def __init__(self, key: bytes) -> None:
        # ECB is AES itself: the modes are built here, on columns
        self._cipher = Cipher(algorithms.AES(key), modes.ECB())  # noqa: S305

    def __call__(self, blocks: np.ndarray) -> np.ndarray:
        """Contiguous blocks of any integer type, 16 bytes each; the result has their shape."""
        out = np.empty(blocks.nbytes + 16, np.uint8)
        count = self._cipher.encryptor().update_into(
            blocks.reshape(-1).view(np.uint8).data, out.data
        )
        return out[:count].view(blocks.dtype).reshape(blocks.shape)


class Cmac:
    """AES-CMAC of many messages. Long ones are read where they lie: no padded copy is made."""

    def __init__(self, key: bytes) -> None:
        self._key = key
        self._aes = Aes(key)
        first = _doubled(self._aes(np.zeros(16, np.uint8)).tobytes())
        self._whole = np.frombuffer(first, np.uint8)  # K1 of RFC 4493
        self._padded = np.frombuffer(_doubled(first), np.uint8)  # K2

    def __call__(self, offsets: np.ndarray, data: np.ndarray) -> np.ndarray:
        """The codes, uint8 [messages, 16]; `offsets` (int64, one more) into `data` (uint8)."""
        lengths = np.diff(offsets)
        out = np.empty((len(lengths), 16), np.uint8)
        blocks = np.maximum(1, (lengths + 15) // 16)
        for row in np.flatnonzero(blocks > _LONG):
            out[row] = self._one(data[offsets[row] : offsets[row + 1]])
        counts = np.flatnonzero(np.bincount(blocks[blocks <= _LONG]))
        for count in counts:
            rows = np.flatnonzero(blocks == count)
            step = max(1, _PART // int(count))
            for i in range(0, len(rows), step):
                part = rows[i : i + step]
                out[part] = self._same(offsets[part], lengths[part], int(count), data)
        return out

    def of(self, message: bytes) -> bytes:
        """The code of one message."""
        return self._one(np.frombuffer(message, np.uint8)).tobytes()

    def _one(self, message: np.ndarray) -> np.ndarray:
        code = CMAC(algorithms.AES(self._key))
        for i in range(0, len(message), _PIECE):
            code.update(message[i : i + _PIECE].tobytes())
        return np.frombuffer(code.finalize(), np.uint8)

    def _same(
        self, starts: np.ndarray, lengths: np.ndarray, count: int, data: np.ndarray
    ) -> np.ndarray:
        """Messages of `count` blocks each, so only the last block can be short."""
        text = windows(starts, data, 16 * count)
        used = (lengths - 16 * (count - 1))[:, None]
        last = text[:, -16:]
        place = np.arange(16)
        last *= place < used
        last += (place == used) * np.uint8(0x80)
        last ^= np.where(used == 16, self._whole, self._padded)
        state = self._aes(np.ascontiguousarray(text[:, :16]))
        for i in range(16, 16 * count, 16):
            state = self._aes(state ^ text[:, i : i + 16])
        return state


def derive(key: bytes, label: str, context: str = "") -> bytes:
    """16 bytes of a key for a purpose: the KDF in counter mode of NIST SP 800-108, with AES-CMAC.

    `key` has 16, 24 or 32 bytes.
    """
    fixed = label.encode() + b"\0" + context.encode() + (128).to_bytes(4, "big")
    return Cmac(key).of((1).to_bytes(4, "big") + fixed)


class MaskKey:
    """The secret that all masks of a create share. What is derived from it does not tell it."""

    def __init__(self, secret: bytes) -> None:
        """Of a secret of 16 bytes or more. Raises UsageError for fewer."""
        if len(secret) < _LEAST:
            raise UsageError(f"the key has fewer than {_LEAST} bytes", hint=_HINT)
        # RFC 4615 makes a key of any length
        self._master = secret if len(secret) in (16, 24, 32) else Cmac(bytes(16)).of(secret)

    def __repr__(self) -> str:
        return "MaskKey(…)"

    def derive(self, mask: str, meaning: str) -> bytes:
        """16 bytes for a mask and a meaning."""
        return derive(self._master, _LABEL, f"{len(mask)}:{mask}{meaning}")

    @property
    def fingerprint(self) -> str:
        """16 hexadecimal digits, equal for equal keys. They tell nothing else of the key."""
        return derive(self._master, _FINGERPRINT)[:8].hex()


def check_secret(secret: bytes) -> None:
    """Raises UsageError for a secret that can be guessed; the message does not hold it."""
    if len(secret) < _LEAST:
        raise UsageError(f"the key has fewer than {_LEAST} bytes", hint=_HINT)
    if secret in (_EXAMPLE, EXAMPLE_KEY.encode()):
        raise UsageError("the key is the documentation's example", hint=_HINT)
    steps = {(b - a) % 256 for a, b in pairwise(secret)}
    if len(steps) == 1:
        raise UsageError("the key is one byte repeated, or bytes that count", hint=_HINT)
    # a text repeated is found in itself doubled before its end
    period = (secret + secret).find(secret, 1)
    if period < len(secret) or len(set(secret)) < _DISTINCT or _bits(secret) < 128:
        raise UsageError("the key can be guessed: it needs 128 random bits", hint=_HINT)


def _bits(secret: bytes) -> float:
    """How many bits a printable text can have at most, by the kinds of characters in it."""
    text = secret.decode("latin-1")
    if not (text.isascii() and text.isprintable()):
        return inf
    if set(text) <= set(hexdigits):
        return len(text) * (4 if any(c.isalpha() for c in text) else log2(10))
    kinds = ((str.isdigit, 10), (str.islower, 26), (str.isupper, 26))
    alphabet = sum(size for kind, size in kinds if any(kind(c) for c in text))
    return len(text) * log2(alphabet + len({c for c in text if not c.isalnum()}))


def _doubled(block: bytes) -> bytes:
    """The block times x in GF(2^128), as RFC 4493 makes its subkeys."""
    number = int.from_bytes(block, "big") << 1
    if number >> 128:
        number = (number & ((1 << 128) - 1)) ^ 0x87
    return number.to_bytes(16, "big")
