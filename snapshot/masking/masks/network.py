"""Addresses of networks and machines."""

from __future__ import annotations

import socket
from collections.abc import Mapping
from functools import cache
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from snapshot.masking.columns import as_bytes, from_bytes, windows
from snapshot.masking.ff1 import Permutation, Places
from snapshot.masking.making import TEXT, Key, Maker
from snapshot.masking.masks.places import HEX, NIBBLES, Positions
from snapshot.masking.masks.values import (
    ValueMask,
    Work,
    blanks,
    derived,
    fallback,
    room,
    too_narrow,
    where_read,
)
from snapshot.masking.model import Mask, Search, Target
from snapshot.masking.prf import Cmac, derive

_OCTET = r"(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
_V4 = rf"^(?:{_OCTET}\.){{3}}{_OCTET}(?:/(?:3[0-2]|[12]?[0-9]))?$"
_V6 = r"^[0-9a-f:.]{2,45}(?:/(?:12[0-8]|1[01][0-9]|[1-9]?[0-9]))?$"
_TEN = np.uint64(10 << 24)  # 10.0.0.0/8, RFC 1918
_DOCUMENTATION = np.uint64(0x20010DB8 << 32)  # 2001:db8::/32, RFC 3849
_LEAST = 15  # characters of an address of v4; longer results become tokens
_NUMBERS = pa.array([str(number) for number in range(256)])
_MAC = (
    r"^(?:(?:[0-9a-f][:.-]?){11}[0-9a-f]|(?:[0-9A-F][:.-]?){11}[0-9A-F]|"
    r"(?:[0-9a-f][:.-]?){15}[0-9a-f]|(?:[0-9A-F][:.-]?){15}[0-9A-F])$"
)
_LOW32, _32 = np.uint64(0xFFFFFFFF), np.uint64(32)


class Addresses:
    """IP addresses of ranges that are nobody's; a netmask stays.

    v4 becomes one of 10.0.0.0/8, which is smaller; with `wide` (unique columns) it is permuted
    within 2001:db8::/96 instead. v6 becomes 2001:db8::/32, the 96 bits behind that permuted.
    """

    def __init__(self, key: bytes, target: Target, networks: bool, token: Work) -> None:
        self._key, self._token = key, token
        self._cidr, self._wide, self._networks = target.type == "cidr", target.unique, networks
        self._prf = Cmac(derive(key, "prf"))
        self._made: dict[tuple[str, int], Places] = {}
        self._text = target.type in TEXT
        self.space = room(target) if self._text else None

    def __call__(self, values: pa.StringArray) -> pa.StringArray:
        """Addresses; tokens for what is none, or is written another way than the server does."""
        v4 = pc.match_substring_regex(values, _V4)

        def others(rest: pa.StringArray) -> pa.StringArray:
            return where_read(rest, pc.match_substring_regex(rest, _V6), self._six, self._token)

        made = where_read(values, v4, self._four, others)
        if self.space is None:
            return made
        long = pc.greater(pc.binary_length(made), self.space)
        return pc.if_else(long, self._token(values), made) if pc.any(long).as_py() else made

    # --- v4

    def _four(self, values: pa.StringArray) -> pa.StringArray:
        address, mask, slash = _parsed(values)
        if self._wide:
            top, _ = self._permuted(address << _32, np.zeros_like(address), mask, address * 0, "4")
            words = np.stack([np.full_like(top, _DOCUMENTATION), top >> _32], axis=1)
            return _written6(words, np.where(slash, mask + 96, -1))
        number = self._ten(address)
        if self._cidr:
            beyond = np.minimum(32 - mask, 24).astype(np.uint64)
            number = number >> beyond << beyond
            mask = np.maximum(mask, 8)
            one = np.uint64(1) << beyond
        else:
            one = np.ones_like(number)
        result = _TEN | number
        same = result == address
        large = same & (mask == 8) & self._cidr
        result[same & ~large] ^= one[same & ~large]
        result[large] |= np.uint64(1 << 23)
        mask[large] = 9
        octets = [result >> np.uint64(shift) & np.uint64(255) for shift in (24, 16, 8, 0)]
        parts = [_NUMBERS.take(pa.array(octet)) for octet in octets]
        text = pc.binary_join_element_wise(*parts, ".")
        return _with_mask(text, np.where(slash, mask, -1))

    def _ten(self, address: np.ndarray) -> np.ndarray:
        """24 bits for each address."""
        if not self._networks:
            return self._codes(address) & np.uint64(0xFFFFFF)
        code = self._codes(address >> np.uint64(8) | np.uint64(1) << _32)
        host = self._places("host", 8)
        start = (address + (code >> np.uint64(16))) & np.uint64(255)
        a, b = host(start >> np.uint64(4), start & np.uint64(15))
        result: np.ndarray = code & np.uint64(0xFFFF) << np.uint64(8) | a << np.uint64(4) | b
        return result

    # --- v6

    def _six(self, values: pa.StringArray) -> pa.StringArray:
        packed = [_packed(text, self._text) for text in values.to_pylist()]
        if None in packed:
            read = pa.array([address is not None for address in packed])
            return where_read(values, read, self._six, self._token)
        words = np.frombuffer(b"".join(p for p in packed if p), ">u8").astype(np.uint64)
        high, low = words.reshape(-1, 2).T
        slash, mask = _netmasks(values)
        if self._networks and not self._cidr:
            top, _ = self._permuted(high << _32, low * 0, mask * 0 + 64, high >> _32, "net")
            start = low + self._codes(high)
            a, b = self._places("interface", 64)(start >> _32, start & _LOW32)
            words = np.stack([_DOCUMENTATION | top >> _32, a << _32 | b], axis=1)
        else:
            given = mask if self._cidr else mask * 0 + 128
            behind = (high & _LOW32) << _32 | low >> _32
            top, rest = self._permuted(behind, low & _LOW32, given - 32, high >> _32, "6")
            words = np.stack([_DOCUMENTATION | top >> _32, (top & _LOW32) << _32 | rest], axis=1)
        if self._cidr:
            mask = np.maximum(mask, 32)
            mask[(mask == 32) & (high == _DOCUMENTATION)] = 33
        return _written6(words, np.where(slash, mask, -1))

    # --- both

    def _permuted(
        self, top: np.ndarray, rest: np.ndarray, bits: np.ndarray, lost: np.ndarray, name: str
    ) -> tuple[np.ndarray, np.ndarray]:
        """Numbers of 96 bits (64 and 32), of which the first `bits` are permuted, others zero."""
        used = bits if self._cidr else np.full_like(bits, 32 if name in ("4", "net") else 96)
        out_top, out_rest = np.zeros_like(top), np.zeros_like(rest)
        for count in np.unique(used[used > 0]):
            rows = np.flatnonzero(used == count)
            places = self._places(name, int(count))
            a, b = _bits(top[rows], rest[rows], int(count))
            second = np.uint64(places.second - 1)
            a, b = places(a, (b + self._codes(lost[rows])) & second)
            out_top[rows], out_rest[rows] = _from_bits(a, b, int(count))
        return out_top, out_rest

    def _places(self, name: str, bits: int) -> Places:
        if (name, bits) not in self._made:
            key = derive(self._key, name)
            self._made[name, bits] = Places(key, [2] * bits, moves=True)
        return self._made[name, bits]

    def _codes(self, numbers: np.ndarray) -> np.ndarray:
        data = np.ascontiguousarray(numbers.astype(">u8")).view(np.uint8)
        offsets = np.arange(len(numbers) + 1, dtype=np.int64) * 8
        return self._prf(offsets, data).view(">u8")[:, 0].astype(np.uint64)


def _parsed(values: pa.StringArray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Addresses of v4 as numbers, their netmasks (32 where none is written), whether one is."""
    offsets, data = as_bytes(values)
    lengths = np.diff(offsets)
    text = windows(offsets[:-1], data, 18)
    address, number = np.zeros(len(text), np.uint64), np.zeros(len(text), np.uint64)
    slash = np.zeros(len(text), bool)
    for i in range(18):
        character, inside = text[:, i], i < lengths
        digit = (character >= 48) & inside
        ends = inside & ~digit
        address = np.where(ends, address << np.uint64(8) | number, address)
        number = np.where(digit, number * np.uint64(10) + (character - np.uint8(48)), number)
        number = np.where(ends, np.uint64(0), number)
        slash |= ends & (character == ord("/"))
    mask = np.where(slash, number, np.uint64(32)).astype(np.int64)
    return np.where(slash, address, address << np.uint64(8) | number), mask, slash


def _netmasks(values: pa.StringArray) -> tuple[np.ndarray, np.ndarray]:
    """Whether a netmask is written, and which one, else 128."""
    slash = pc.match_substring(values, "/").to_numpy(zero_copy_only=False)
    mask = np.full(len(values), 128)
    if slash.any():
        bits = pc.replace_substring_regex(values.filter(pa.array(slash)), "^.*/", "")
        mask[slash] = bits.cast(pa.int64()).to_numpy()
    return slash, mask


def _packed(text: str, strict: bool) -> bytes | None:
    """The 16 bytes of a v6 address; None where the server would write it another way."""
    address = text.partition("/")[0]
    try:
        packed = socket.inet_pton(socket.AF_INET6, address)
    except OSError:
        return None
    same = not strict or socket.inet_ntop(socket.AF_INET6, packed) == address
    return packed if same else None


@cache
def _groups() -> pa.StringArray:
    return pa.array([f"{number:x}" for number in range(1 << 16)])


def _written6(words: np.ndarray, mask: np.ndarray) -> pa.StringArray:
    data = np.ascontiguousarray(words.astype(">u8"))
    groups = data.view(">u2").astype(np.uint16)
    parts = [_groups().take(pa.array(group)) for group in np.ascontiguousarray(groups.T)]
    text = pc.binary_join_element_wise(*parts, ":")
    # two zeros next to each other are written as ::
    short = ((groups[:, 1:] == 0) & (groups[:, :-1] == 0)).any(axis=1)
    if short.any():
        octets = data[short].tobytes()
        made = [
            socket.inet_ntop(socket.AF_INET6, octets[i : i + 16]) for i in range(0, len(octets), 16)
        ]
        text = pc.replace_with_mask(text, pa.array(short), pa.array(made, pa.string()))
    return _with_mask(text, mask)


def _with_mask(text: pa.StringArray, mask: np.ndarray) -> pa.StringArray:
    """The addresses with their netmasks; -1 is none."""
    if (mask < 0).all():
        return text
    with_it = pc.binary_join_element_wise(text, _NUMBERS.take(pa.array(np.maximum(mask, 0))), "/")
    return pc.if_else(pa.array(mask < 0), text, with_it)


def _bits(top: np.ndarray, rest: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    """The first `count` bits of 96 as the halves that Places takes."""
    split = count // 2
    if split == 0:
        return np.zeros_like(top), top >> np.uint64(63)
    after = top << np.uint64(split) | rest << _32 >> np.uint64(64 - split)
    return top >> np.uint64(64 - split), after >> np.uint64(64 - (count - split))


def _from_bits(a: np.ndarray, b: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    split = count // 2
    after = b << np.uint64(64 - (count - split))
    if split == 0:
        return after, np.zeros_like(after)
    top = a << np.uint64(64 - split) | after >> np.uint64(split)
    return top, after << np.uint64(64 - split) >> _32


def _ip(target: Target, options: Mapping[str, Any], key: Key) -> Mask:
    networks = bool(options.get("networks", False))
    work = Addresses(derived(target, options, key, "ip"), target, networks, fallback(target, key))
    if work.space is not None and work.space < _LEAST:
        raise too_narrow(target, "ip", _LEAST)
    return ValueMask(work, target.unique, None, Search.SHARED, blanks(target))


class Machines:
    """MAC addresses that are locally administered and of one machine (IEEE 802), 48 or 64 bits."""

    def __init__(self, key: bytes, token: Work) -> None:
        self._token = token
        self._permutations = {
            bits: Permutation(derive(key, str(bits)), 1 << (bits - 2)) for bits in (48, 64)
        }
        codes = Cmac(derive(key, "lost"))(
            np.arange(9, dtype=np.int64), np.arange(8, dtype=np.uint8)
        )
        self._shifts = codes.view(">u8")[:, 0].astype(np.uint64)

    def __call__(self, values: pa.StringArray) -> pa.StringArray:
        """Addresses in the same form; tokens for what is none."""
        return where_read(values, pc.match_substring_regex(values, _MAC), self._moved, self._token)

    def _moved(self, values: pa.StringArray) -> pa.StringArray:
        offsets, data = as_bytes(values)
        out = np.array(data)
        capitals = pc.match_substring_regex(values, "[A-F]").to_numpy(zero_copy_only=False)
        digits = Positions(NIBBLES[data] < 16, offsets)
        for count, rows in digits.groups():
            places = digits.matrix(rows, count)
            nibbles = NIBBLES[data[places]].astype(np.uint64)
            number = np.zeros(len(rows), np.uint64)
            for column in nibbles.T:
                number = number << np.uint64(4) | column
            text = self._text(number, count, capitals[rows])
            text -= (capitals[rows][:, None] & (text > 96)) * np.uint8(32)
            out[places] = text
        return from_bytes(offsets, out, values)

    def _text(self, number: np.ndarray, count: int, capitals: np.ndarray) -> np.ndarray:
        rest, two = np.uint64(4 * count - 8), np.uint64(2)
        octet = number >> rest
        # two bits of the first octet are lost, and they tell the spelling apart
        lost = octet & np.uint64(3) | capitals.astype(np.uint64) << two
        behind = number & (np.uint64(1) << rest) - np.uint64(1)
        start = octet >> two << rest | behind
        limit = np.uint64((1 << (4 * count - 2)) - 1)
        number = self._permutations[4 * count]((start + self._shifts[lost]) & limit)
        octet = (number >> rest) << two | two
        number = octet << rest | number & (np.uint64(1) << rest) - np.uint64(1)
        octets = number.astype(">u8").view(np.uint8).reshape(-1, 8)[:, 8 - count // 2 :]
        return HEX[octets].reshape(len(number), count)


def _mac(target: Target, options: Mapping[str, Any], key: Key) -> Mask:
    work = Machines(derived(target, options, key, "mac"), fallback(target, key))
    return ValueMask(work, True, None, Search.SUBSTRING, blanks(target))


MAKERS: dict[str, Maker] = {
    "ip": Maker(_ip, TEXT | {"inet", "cidr"}, {"as": str, "networks": bool}),
    "mac": Maker(_mac, TEXT | {"macaddr", "macaddr8"}, {"as": str}),
}
