"""The primitives under the masks equal their standards, and permutations are permutations."""

from __future__ import annotations

import os
from base64 import b64decode

import numpy as np
import pytest
from cryptography.hazmat.primitives.ciphers import algorithms
from cryptography.hazmat.primitives.cmac import CMAC
from hypothesis import given, settings
from hypothesis import strategies as st

from snapshot.errors import UsageError
from snapshot.masking.ff1 import Ff1, Permutation, Places, halves_fit
from snapshot.masking.prf import EXAMPLE_KEY, Cmac, MaskKey, check_secret

K128 = bytes.fromhex("2b7e151628aed2a6abf7158809cf4f3c")
K192 = bytes.fromhex("2b7e151628aed2a6abf7158809cf4f3cef4359d8d580aa4f")
K256 = bytes.fromhex("2b7e151628aed2a6abf7158809cf4f3cef4359d8d580aa4f7f036d6f04fc6a94")


def columns(messages: list[bytes]) -> tuple[np.ndarray, np.ndarray]:
    offsets = np.cumsum([0, *map(len, messages)])
    return offsets, np.frombuffer(b"".join(messages), np.uint8)


def library(key: bytes, message: bytes) -> bytes:
    code = CMAC(algorithms.AES(key))
    code.update(message)
    return code.finalize()


# --- AES-CMAC


def test_the_vectors_of_rfc_4493() -> None:
    text = bytes.fromhex(
        "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51"
        "30c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710"
    )
    codes = Cmac(K128)(*columns([text[:n] for n in (0, 16, 40, 64)]))
    assert [code.tobytes().hex() for code in codes] == [
        "bb1d6929e95937287fa37d129b756746",
        "070a16b46b4d4144f79bdd9dd04a287c",
        "dfa66747de9ae63030ca32611497c827",
        "51f0bebf7e3b9d92fc49741779363cfe",
    ]


def test_cmac_is_the_librarys() -> None:
    random = np.random.default_rng(1)
    messages = [random.bytes(int(n)) for n in random.integers(0, 301, 10_000)]
    codes = Cmac(K256)(*columns(messages))
    assert [code.tobytes() for code in codes] == [library(K256, m) for m in messages]


def test_cmac_of_long_and_short_messages_together() -> None:
    lengths = (0, 5, 100_000, 16, 1024, 1025, 1040, 3_000_000, 0, 0)
    messages = [os.urandom(n) for n in lengths]
    codes = Cmac(K128)(*columns(messages))
    assert [code.tobytes() for code in codes] == [library(K128, m) for m in messages]


def test_cmac_of_no_message() -> None:
    assert Cmac(K128)(*columns([])).shape == (0, 16)


# --- FF1

TWEAK10 = "39383736353433323130"
TWEAK11 = "3737373770717273373737"
# NIST's samples for SP 800-38G (FF1samples.pdf), all nine
SAMPLES = [
    (K128, 10, "", "0123456789", "2433477484"),
    (K128, 10, TWEAK10, "0123456789", "6124200773"),
    (K128, 36, TWEAK11, "0123456789abcdefghi", "a9tv40mll9kdu509eum"),
    (K192, 10, "", "0123456789", "2830668132"),
    (K192, 10, TWEAK10, "0123456789", "2496655549"),
    (K192, 36, TWEAK11, "0123456789abcdefghi", "xbj3kv35jrawxv32ysr"),
    (K256, 10, "", "0123456789", "6657667009"),
    (K256, 10, TWEAK10, "0123456789", "1001623463"),
    (K256, 36, TWEAK11, "0123456789abcdefghi", "xs8a0azh2avyalyzuwd"),
]
ALPHABET = "0123456789abcdefghijklmnopqrstuvwxyz"


def number(text: str, radix: int) -> np.ndarray:
    return np.array([int(text, radix)], np.uint64)


def written(x: int, radix: int, places: int) -> str:
    return "".join(ALPHABET[x // radix**i % radix] for i in range(places - 1, -1, -1))


@pytest.mark.parametrize(("key", "radix", "tweak", "plain", "cipher"), SAMPLES)
def test_ff1_is_nists(key: bytes, radix: int, tweak: str, plain: str, cipher: str) -> None:
    ff1 = Ff1(key, [radix] * len(plain), bytes.fromhex(tweak))
    half = len(plain) // 2
    a, b = ff1.encrypt(number(plain[:half], radix), number(plain[half:], radix))
    assert written(int(a[0]), radix, half) + written(int(b[0]), radix, len(plain) - half) == cipher
    a, b = ff1.decrypt(a, b)
    assert (a[0], b[0]) == (int(plain[:half], radix), int(plain[half:], radix))


@pytest.mark.parametrize("radices", [[10] * 36, [2] * 122, [26] * 5 + [10] * 12, [2] * 61])
def test_ff1_is_undone_on_wide_halves(radices: list[int]) -> None:
    assert halves_fit(radices)
    ff1 = Ff1(K128, radices)
    random = np.random.default_rng(2)
    a = random.integers(0, ff1.first, 20_000, np.uint64)
    b = random.integers(0, ff1.second, 20_000, np.uint64)
    x, y = ff1.encrypt(a, b)
    assert x.max() < ff1.first
    assert y.max() < ff1.second
    assert not ((x == a) & (y == b)).any()
    back = ff1.decrypt(x, y)
    assert (back[0] == a).all()
    assert (back[1] == b).all()


def reference(key: bytes, radices: list[int], a: int, b: int) -> tuple[int, int]:
    """FF1 by the standard's letter, in Python's own integers, for one radix."""
    radix, n = radices[0], len(radices)
    u, v = n // 2, n - n // 2
    size = ((radix**v - 1).bit_length() + 7) // 8
    d = 4 * -(-size // 4) + 4
    aes = Cmac(key)._aes
    p = bytes([1, 2, 1]) + radix.to_bytes(3, "big") + bytes([10, u % 256]) + n.to_bytes(4, "big")
    p += bytes(4)
    for i in range(10):
        q = bytes((-size - 1) % 16) + bytes([i]) + b.to_bytes(size, "big")
        r = bytes(16)
        for block in (p, *(q[j : j + 16] for j in range(0, len(q), 16))):
            r = aes(
                np.frombuffer(bytes(x ^ y for x, y in zip(r, block, strict=True)), np.uint8)
            ).tobytes()
        a, b = b, (a + int.from_bytes(r[:d], "big")) % radix ** (u if i % 2 == 0 else v)
    return a, b


@pytest.mark.parametrize(
    ("radix", "places"),
    [
        (10, 6),
        (10, 19),
        (10, 20),
        (10, 36),
        (2, 20),
        (2, 64),
        (2, 122),
        (26, 11),
        (26, 24),
        (65536, 4),
        (36, 7),
    ],
)
def test_ff1_by_the_letter(radix: int, places: int) -> None:
    radices = [radix] * places
    ff1 = Ff1(K192, radices)
    random = np.random.default_rng(places)
    a = random.integers(0, ff1.first, 50, np.uint64)
    b = random.integers(0, ff1.second, 50, np.uint64)
    x, y = ff1.encrypt(a, b)
    want = [reference(K192, radices, int(i), int(j)) for i, j in zip(a, b, strict=True)]
    assert list(zip(x.tolist(), y.tolist(), strict=True)) == want


# --- permutations


@pytest.mark.parametrize("moves", [False, True])
def test_every_small_permutation_is_one(moves: bool) -> None:
    every = range(2, 601, 1 if moves else 13)
    for size in [*every, 997, 1024, 1025, 2047, 3000, 4096, 4097, 5000]:
        numbers = np.arange(size, dtype=np.uint64)
        permutation = Permutation(K128, size, moves)
        images = permutation(numbers)
        assert (np.sort(images) == numbers).all()
        assert (permutation.inverse(images) == numbers).all()
        assert not (moves and (images == numbers).any())


@given(size=st.integers(70_000, 1 << 64), seed=st.integers(0, 1000), moves=st.booleans())
@settings(max_examples=60, deadline=None)
def test_large_permutations_are_undone(size: int, seed: int, moves: bool) -> None:
    numbers = np.random.default_rng(seed).integers(0, size - 1, 2_000, np.uint64, endpoint=True)
    numbers[:2] = 0, size - 1
    permutation = Permutation(K128, size, moves)
    images = permutation(numbers)
    assert int(images.max()) < size
    assert len(np.unique(images)) == len(np.unique(numbers))
    assert (permutation.inverse(images) == numbers).all()
    if moves:
        assert not (images == numbers).any()


def test_a_large_range_is_covered_once() -> None:
    numbers = np.arange(100_003, dtype=np.uint64)
    images = Permutation(K128, len(numbers), moves=True)(numbers)
    assert (np.sort(images) == numbers).all()
    assert not (images == numbers).any()


@pytest.mark.parametrize(
    "radices", [[10], [26], [10] * 4, [10] * 5, [26, 10, 10], [26] * 3 + [10] * 2]
)
def test_places_are_permuted(radices: list[int]) -> None:
    places = Places(K128, radices, moves=True)
    numbers = np.arange(places.first * places.second, dtype=np.uint64)
    a, b = places(numbers // np.uint64(places.second), numbers % np.uint64(places.second))
    images = a * np.uint64(places.second) + b
    assert (np.sort(images) == numbers).all()
    assert not (images == numbers).any()


def test_sizes_and_keys_separate_permutations() -> None:
    numbers = np.arange(1_000, dtype=np.uint64)
    images = [
        Permutation(key, size)(numbers)
        for key, size in ((K128, 10**9), (K128, 10**9 + 1), (K192, 10**9))
    ]
    assert all((a != b).mean() > 0.99 for i, a in enumerate(images) for b in images[:i])


@pytest.mark.parametrize("size", [-1, 0, 1, (1 << 64) + 1])
def test_sizes_that_have_no_permutation(size: int) -> None:
    with pytest.raises(ValueError, match=r"2 to 2\^64"):
        Permutation(K128, size)


# --- the secret


def test_keys_are_separate() -> None:
    key = MaskKey(K256)
    names = [
        ("a", ""),
        ("", "a"),
        ("a", "b"),
        ("ab", ""),
        ("", "ab"),
        ("1:a", ""),
        ("email", "public.users.id"),
    ]
    keys = {key.derive(*name) for name in names}
    assert len(keys) == len(names)
    assert {len(k) for k in keys} == {16}
    assert key.derive("a", "b") == MaskKey(K256).derive("a", "b")
    assert key.derive("a", "b") != MaskKey(K192).derive("a", "b")


def test_version_one_of_the_keys_stays() -> None:
    key = MaskKey(K256)
    assert key.derive("email", "public.users.id").hex() == "d6f15e636a767452e6ba14ef11e8b89f"
    assert key.fingerprint == "3a149aac7b2e3894"


@pytest.mark.parametrize("length", [16, 17, 24, 31, 32, 33, 64, 1000])
def test_secrets_of_every_length(length: int) -> None:
    secret = os.urandom(length)
    key = MaskKey(secret)
    other = MaskKey(secret[:-1] + bytes([secret[-1] ^ 1]))
    assert key.fingerprint == MaskKey(secret).fingerprint
    assert key.fingerprint != other.fingerprint
    assert key.derive("a", "b") != other.derive("a", "b")
    assert len(key.fingerprint) == 16
    assert secret.hex()[:8] not in repr(key) + key.fingerprint


def test_the_repr_shows_no_key() -> None:
    assert repr(MaskKey(b"Zq8!vN2#xK5&pT7*")) == "MaskKey(…)"


WEAK = {
    "none": b"",
    "short": os.urandom(15),
    "zeros": bytes(32),
    "one byte": b"\xa7" * 32,
    "counting": bytes(range(7, 39)),
    "counting down": bytes(range(39, 7, -1)),
    "the example": bytes(range(32)),
    "the example as text": EXAMPLE_KEY.encode(),
    "a word repeated": b"changeme" * 8,
    "random bytes repeated": os.urandom(15) * 4,
    "few characters": b"abababbabaabbababbaabbabababaabab",
    "a phrase": b"correct horse battery",
    "digits": b"314159265358979323846264338327950288"[:32],
    "hexadecimal": b"0f1e2d3c4b5a69788796a5b4c3d2e1f",
}


@pytest.mark.parametrize("name", WEAK)
def test_secrets_that_can_be_guessed_are_refused(name: str) -> None:
    with pytest.raises(UsageError) as caught:
        check_secret(WEAK[name])
    text = str(caught.value)
    assert caught.value.exit_code == 2
    assert "snapshot mask key" in text
    assert WEAK[name] == b"" or WEAK[name].decode("latin-1") not in text


@pytest.mark.parametrize("length", [16, 24, 32, 48])
def test_random_secrets_pass(length: int) -> None:
    for _ in range(200):
        check_secret(os.urandom(length) + b"\xff")
        check_secret(os.urandom(length).hex().encode())


def test_the_example_is_what_the_documentation_shows() -> None:
    assert b64decode(EXAMPLE_KEY) == bytes(range(32))


def test_a_short_secret_makes_no_key() -> None:
    with pytest.raises(UsageError, match="fewer than 16 bytes"):
        MaskKey(b"tooshort")
