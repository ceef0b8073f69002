"""Masks: what they write, that equal stays equal and different different, and that nothing passes."""

from __future__ import annotations

import hashlib
import json
import re
import uuid
from collections.abc import Sequence
from ipaddress import ip_interface, ip_network
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from snapshot.catalog import Name
from snapshot.errors import Refused, SnapshotError, UsageError
from snapshot.masking.masks import lists, network, numbers, text
from snapshot.masking.model import Mask, Search, Target
from snapshot.masking.prf import MaskKey

MAKERS = {**text.MAKERS, **lists.MAKERS, **numbers.MAKERS, **network.MAKERS}
KEY = MaskKey(bytes.fromhex("8f1d7a30c95be2644ab7d01ef8359c62"))
OTHER = MaskKey(bytes.fromhex("8f1d7a30c95be2644ab7d01ef8359c63"))
GOLDEN = Path(__file__).parent / "golden_masks.json"
TEXTS = ("email", "token", "username", "slug", "hostname", "url", "path")
SHAPES = ("digits", "code", "phone", "card", "iban", "ssn", "uuid", "ip", "mac")
NAMES = tuple(lists.MAKERS)


def made(
    name: str,
    kind: str = "text",
    options: dict[str, Any] | None = None,
    key: MaskKey = KEY,
    **target: Any,
) -> Mask:
    return MAKERS[name].make(Target(Name("public", "t"), "c", kind, **target), options or {}, key)


def masked(
    name: str,
    values: Sequence[str | None],
    kind: str = "text",
    options: dict[str, Any] | None = None,
    **target: Any,
) -> list[Any]:
    out = made(name, kind, options, **target)(pa.array(values, pa.string()), {})
    out.validate(full=True)
    assert len(out) == len(values)
    return out.to_pylist()


def iban(country: str, account: str) -> str:
    worth = "".join(str(int(c, 36)) for c in f"{account}{country}00")
    return f"{country}{98 - int(worth) % 97:02}{account}"


def is_iban(value: str) -> bool:
    value = value.replace(" ", "").upper()
    return int("".join(str(int(c, 36)) for c in value[4:] + value[:4])) % 97 == 1


def luhn(value: str) -> bool:
    digits = [int(c) for c in value if c.isdigit()][::-1]
    return sum(d if i % 2 == 0 else sum(divmod(2 * d, 10)) for i, d in enumerate(digits)) % 10 == 0


IBANS = [
    iban("DE", "370400440532013000"),
    iban("GB", "WEST12345698765432"),
    iban("FR", "20041010050500013M02606"),
    iban("NL", "ABNA0417164300"),
    iban("CH", "00762011623852957"),
    iban("AT", "1904300234573201"),
    iban("ES", "21000418450200051332"),
    iban("IT", "X0542811101000000123456"),
    iban("BE", "539007547034"),
    iban("PL", "109010140000071219812874"),
    iban("NO", "86011117947"),
    iban("MT", "MALT011000012345MTLCAST001S"),
]
CARDS = [
    "4111 1111 1111 1111",
    "5500-0000-0000-0004",
    "378282246310005",
    "4222222222222",
    "6304000000000000000",
]
PHONES = [
    "+49 (0)30/123-45",
    "0049301234567",
    "5551234",
    "+1 212 555 0100 ext. 12",
    "(+49) 30 1234",
    "110",
    "030 1234567",
    "+49 30 1 / +49 30 2",
    "1" * 20,
    "+49.30.123x9",
    "tel:+49301234567",
    "[030] 12,34;5#6*7",
]
SAMPLES: dict[str, list[str]] = {
    **{name: ["anna@mail.de", "Bob", "bob", "Müller@x.de", "a" * 400] for name in TEXTS},
    **{name: ["Anna Schmidt", "Bob", "Zoë", "李"] for name in NAMES},
    "constant": ["a", "b"],
    "null": ["a"],
    "blank": ["\\xdeadbeef", "\\x00"],
    "integer": ["1", "2", "0", "-5", "32767", "-32768"],
    "digits": ["12345", "12-34", "7", "0" * 36, "1" * 50],
    "code": ["AB-1234-x9", "A1", "Z", "KUNDE-000001", "A" * 24, "B" * 30 + "7"],
    "phone": PHONES,
    "card": CARDS,
    "iban": IBANS,
    "ssn": ["123-45-6789", "123456789", "987 65 4321"],
    "uuid": [
        "7d444840-9dc0-11d1-b245-5ffdce74fad2",
        "7d4448409dc011d1b2455ffdce74fad2",
        "00000000-0000-0000-0000-000000000000",
    ],
    "ip": ["1.2.3.4", "10.0.0.1", "2001:db8::1", "fe80::1", "::1", "10.0.0.0/24", "fe80::/64"],
    "mac": ["08:00:2b:01:02:03", "08-00-2B-01-02-03", "0800.2b01.0203", "08:00:2b:ff:fe:01:02:03"],
}
OPTIONS: dict[str, dict[str, Any]] = {"constant": {"value": "!"}}
KINDS = {"integer": "smallint", "blank": "bytea"}


def sample(name: str, **target: Any) -> list[Any]:
    return masked(name, SAMPLES[name], KINDS.get(name, "text"), OPTIONS.get(name), **target)


LISTS = {
    "cities_de": "106cabb34486f220",
    "cities_en": "ef3ff4afb83ea5f3",
    "companies_de": "6a9353fe1e93239f",
    "companies_en": "48b5f5434b076c17",
    "first_names_de": "4917848a1df7c445",
    "first_names_en": "4a488288a5a8682c",
    "ibans": "cfd59d2ab26773da",
    "last_names_de": "a4fa369aa8367a1c",
    "last_names_en": "e9619b8ecde9ee6a",
    "streets_de": "eec582f482cca7d3",
    "streets_en": "a0e58adb610eb158",
}


def test_every_mask_has_a_sample() -> None:
    assert set(SAMPLES) == set(MAKERS)


# --- version 1


def golden() -> dict[str, dict[str, Any]]:
    out = {name: dict(zip(SAMPLES[name], sample(name), strict=True)) for name in MAKERS}
    more: dict[str, tuple[str, str, dict[str, Any], list[str]]] = {
        "integer of bigint": (
            "integer",
            "bigint",
            {},
            ["1", "-9223372036854775808", "9223372036854775807"],
        ),
        "integer of a range": ("integer", "integer", {"range": [1, 1000]}, ["1", "1000", "5000"]),
        "phone in its country": ("phone", "text", {"country": "keep"}, PHONES),
        "ip by network": ("ip", "inet", {"networks": True}, ["1.2.3.4/24", "fe80::1"]),
        "ip of cidr": ("ip", "cidr", {}, ["1.2.0.0/16", "2a00:1450::/33"]),
        "token with a prefix": ("token", "text", {"prefix": "cus_", "as": "customer"}, ["a"]),
    }
    for title, (name, kind, options, values) in more.items():
        out[title] = dict(zip(values, masked(name, values, kind, options), strict=True))
    for name in ("iban", "ip"):
        out[f"{name}, unique"] = dict(zip(SAMPLES[name], sample(name, unique=True), strict=True))
    for name in NAMES:
        out[f"{name}, German"] = dict(zip(SAMPLES[name], sample(name, locale="de"), strict=True))
    out["phone of 13"] = dict(zip(PHONES, sample("phone", length=13), strict=True))
    return out


def test_version_one_yields_what_it_yielded() -> None:
    """The file is written once. A value that changes breaks whoever relies on version 1."""
    assert golden() == json.loads(GOLDEN.read_text())


def test_the_lists_of_version_one_stay() -> None:
    folder = Path(lists.__file__).parent / "data"
    found = {p.stem: hashlib.sha256(p.read_bytes()).hexdigest()[:16] for p in folder.glob("*.txt")}
    assert found == LISTS


# --- equal stays equal


@pytest.mark.parametrize("name", MAKERS)
def test_order_and_blocks_do_not_matter(name: str) -> None:
    mask = made(name, KINDS.get(name, "text"), OPTIONS.get(name))
    values = SAMPLES[name] * 7 + [None, ""]
    whole = dict(zip(values, mask(pa.array(values), {}).to_pylist(), strict=True))
    again = made(name, KINDS.get(name, "text"), OPTIONS.get(name))
    column = pa.array(values[::-1], pa.string())
    for size in (1, 3, 1000):
        blocks = [again(column.slice(i, size), {}) for i in range(0, len(values), size)]
        got = pa.chunked_array(blocks).to_pylist()
        assert got == [whole[value] for value in values[::-1]]


@pytest.mark.parametrize("name", [*TEXTS, *SHAPES, "integer"])
def test_another_key_changes_every_value(name: str) -> None:
    kind = KINDS.get(name, "text")
    values = [v for v in SAMPLES[name] if sum(c.isalnum() for c in v) > 4]
    if name == "integer":
        kind, values = "bigint", [str(n) for n in range(1, 1000)]
    one = made(name, kind)(pa.array(values), {}).to_pylist()
    two = made(name, kind, key=OTHER)(pa.array(values), {}).to_pylist()
    assert all(a != b for a, b in zip(one, two, strict=True))


def test_as_separates_and_joins() -> None:
    one, two = (
        masked("token", ["a"], options={"as": "x"}),
        masked("token", ["a"], options={"as": "y"}),
    )
    assert one != two
    assert masked("token", ["a"]) not in (one, two)
    assert masked("token", ["a"], options={"as": "x"}) == one


def test_meanings_are_separate() -> None:
    assert masked("email", ["a"], meaning="public.a.id") != masked(
        "email", ["a"], meaning="public.b.id"
    )


def test_masks_do_not_agree() -> None:
    values = [f"value {i}" for i in range(10_000)]
    results = [masked(name, values) for name in TEXTS]
    results += [masked("token", values, options={"as": "x"}), masked("token", values, meaning="m")]
    cores = [{re.sub(r"@.*|\.example.*|.*/", "", v)[-15:] for v in r} for r in results]
    assert sum(map(len, cores)) == len(set().union(*cores)) == 10_000 * len(cores)


# --- different stays different

SIZE = 20_000


def distinct(name: str, values: Sequence[str], kind: str = "text", **target: Any) -> None:
    assert len(set(values)) == len(values)
    out = masked(name, values, kind, **target)
    assert len(set(out)) == len(values)
    assert not any(a == b for a, b in zip(out, values, strict=True))


def test_a_million_integers_stay_different() -> None:
    values = pa.array(np.arange(1, 1_000_001)).cast(pa.string())
    out = made("integer", "integer")(values, {})
    assert pc.count_distinct(out).as_py() == 1_000_000
    assert not pc.any(pc.equal(out, values)).as_py()


@pytest.mark.parametrize(
    ("name", "values", "target"),
    [
        ("integer", [str(n) for n in range(-32768, 32768)], {"kind": "smallint"}),
        ("integer", [str(n) for n in range(-SIZE, SIZE)], {"kind": "bigint"}),
        ("uuid", [str(uuid.UUID(int=n | 4 << 76 | 2 << 62)) for n in range(SIZE)], {"kind": "uuid"}),
        ("phone", [f"+49 30 {n:07}" for n in range(SIZE)], {}),
        ("phone", [f"{p}{n}" for n in range(5_000) for p in ("+", "", "(0) ", "00")], {"length": 30}),
        ("digits", [f"{n:05}" for n in range(100_000)], {}),
        ("code", [f"{a}{b}-{n:02}" for a in "ABYZ" for b in "ABCDEFG" for n in range(100)], {}),
        ("iban", [iban("DE", f"{n % 7:08}{n:010}") for n in range(SIZE)], {"unique": True}),
        ("iban", [iban(c, f"{n:018}") for n in range(2_000) for c in ("DE", "ME", "RS", "CR")], {"unique": True}),
        ("card", [f"{n:02}{12345678901230 + n % 2:014}" for n in range(100)], {"unique": True}),
        ("card", [f"4{n:015}" for n in range(SIZE)], {"unique": True}),
        ("ip", [f"10.{n % 256}.{n // 256 % 256}.{n // 65536}" for n in range(SIZE)], {"kind": "inet", "unique": True}),
        ("ip", [f"fe80::{n:x}" for n in range(1, SIZE)], {"kind": "inet", "unique": True}),
        ("mac", [f"08:00:2b:01:{n // 256:02x}:{n % 256:02x}" for n in range(SIZE)], {"kind": "macaddr"}),
        ("email", [f"anna{n}@mail.de" for n in range(SIZE)], {}),
    ],
)  # fmt: skip
def test_different_values_stay_different(
    name: str, values: list[str], target: dict[str, Any]
) -> None:
    distinct(name, values, **target)


@given(st.sets(st.integers(1, 2**31 - 1), min_size=1, max_size=300))
@settings(max_examples=40, deadline=None)
def test_any_integers_stay_different(values: set[int]) -> None:
    distinct("integer", [str(n) for n in values], "integer")


TEXT_SETS = st.sets(
    st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1), max_size=60
)


@pytest.mark.parametrize("name", ["email", "token", "username", "slug", "hostname", "url", "path"])
@given(values=TEXT_SETS)
@settings(max_examples=25, deadline=None)
def test_any_texts_stay_different(name: str, values: set[str]) -> None:
    given_values = sorted(values)
    out = masked(name, given_values)
    folded = {"".join(c.lower() for c in v) for v in given_values}
    assert len({v.lower() for v in out}) >= len(folded)
    assert not any(a == b for a, b in zip(out, given_values, strict=True))
    assert all(v.isascii() for v in out)


@pytest.mark.parametrize("name", ["digits", "code", "phone"])
@given(values=st.sets(st.text("0123456789+-() /AZaz.x", min_size=1, max_size=40), max_size=80))
@settings(max_examples=60, deadline=None)
def test_any_layouts_stay_different(name: str, values: set[str]) -> None:
    distinct(name, sorted(values))


# --- nothing passes

HOSTILE = [
    "tab\there", "line\nfeed", "back\\slash", "\\N", "'\"", "\\x00\\000", "😀👩‍👩‍👧", "مرحبا", "e\u0301a\u0308", "\u202eabc",
    " ", "  lead", "\x01\x7f", "٠١٢٣٤٥٦", "+４９３０", "ＡＢ", "%s{}$1", "a" * 3000, "9" * 3000, "NaN", "infinity",
]  # fmt: skip


@pytest.mark.parametrize("name", [*TEXTS, *NAMES, *SHAPES])
@pytest.mark.parametrize("kind", ["text", "character varying", "citext", "character"])
def test_hostile_texts_are_masked(name: str, kind: str) -> None:
    length = 40 if kind.startswith("character") else None
    values = [v[:length] for v in HOSTILE if length is None or v[:length].strip(" ")]
    out = masked(name, values, kind, length=length)
    assert all(v.isascii() for v in out)
    assert not any(a.rstrip() == b.rstrip() for a, b in zip(out, values, strict=True))
    if length:
        assert max(map(len, out)) <= length


@pytest.mark.parametrize("name", [*TEXTS, *NAMES, *SHAPES])
def test_bytes_that_are_no_utf8_are_masked(name: str) -> None:
    raw = pa.array([b"caf\xe9", b"\xff\xfe", b"A\xc0\xaf", b"M\xfcller@x.de"], pa.binary())
    values = pa.StringArray.from_buffers(len(raw), *raw.buffers()[1:3])
    out = made(name)(values, {}).to_pylist()
    assert all(v.isascii() for v in out)
    assert len(set(out)) == 4 or name in NAMES


UNREAD = {
    "digits": ["abc", "--", "12a"],
    "code": ["--", "é12", "A" * 300],
    "phone": ["no", "1-800-FLOWERS", "+", "+-49", "+49 30 Anna", "٠١٢٣"],
    "card": ["12", "4111 1111 1111 111x", "4" * 20, "4111  1111 1111 1111"],
    "iban": ["DE88370400440532013000", "QQ" + "1" * 20, "DE89 3704", iban("DE", "1" * 17)],
    "ssn": ["12", "123-45-678", "123-45-67890"],
    "uuid": ["x", "7d444840-9dc0-11d1-b245-5ffdce74fad", "{7d444840-9dc0-11d1-b245-5ffdce74fad2}"],
    "ip": [
        "1.2.3",
        "01.2.3.4",
        "1.2.3.400",
        "1.2.3.4/33",
        "FE80::1",
        "0:0:0:0:0:0:0:1",
        "::1/129",
        "fe80::1%eth0",
    ],
    "mac": ["08:00:2b:01:02", "08:00:2B:01:02:0a", "g8:00:2b:01:02:03", "08::00:2b:01:02:03"],
}


@pytest.mark.parametrize("name", UNREAD)
def test_what_cannot_be_read_becomes_a_token(name: str) -> None:
    out = masked(name, UNREAD[name])
    assert out == masked("token", UNREAD[name])
    assert all(re.fullmatch("[a-km-z2-9]{16}", v) for v in out)
    assert max(len(v) for v in masked(name, UNREAD[name], length=20)) <= 20


def test_a_very_long_value_takes_no_matrix() -> None:
    values = pa.array(["7" * 30_000_000, "short"])
    for name in ("token", "email", "code", "digits", "phone", "uuid", "ip"):
        before = pa.total_allocated_bytes()
        out = made(name)(values, {})
        assert pc.max(pc.binary_length(out)).as_py() < 40
        assert pa.total_allocated_bytes() - before < 1_000_000


# --- NULL and ''


@pytest.mark.parametrize("name", [n for n in MAKERS if n != "null"])
def test_null_and_empty_stay(name: str) -> None:
    kind = KINDS.get(name, "text")
    values = (
        [None, SAMPLES[name][0], None] if name == "integer" else [None, "", SAMPLES[name][0], ""]
    )
    out = masked(name, values, kind, OPTIONS.get(name))
    assert [v if not v else "x" for v in out] == [v if not v else "x" for v in values]
    assert masked(name, [None, None], kind, OPTIONS.get(name)) == [None, None]
    assert masked(name, [], kind, OPTIONS.get(name)) == []


@pytest.mark.parametrize("name", ["email", "token"])
def test_empty_and_null_can_be_masked(name: str) -> None:
    values = pa.array(["", None, "a", None])
    mask = made(name, options={"empty": "mask", "nulls": "fill"})
    out = mask(values, {"id": pa.array(["1", "2", "3", "4"]), "c": values}).to_pylist()
    assert len(set(out)) == 4
    assert all(out)
    again = mask(values.slice(3), {"id": pa.array(["4"]), "c": values.slice(3)}).to_pylist()
    assert again == out[3:]
    assert all(mask(values, {}).to_pylist())


# --- what fits


@pytest.mark.parametrize("kind", ["character varying", "character", "name", '"char"'])
@pytest.mark.parametrize("name", [*TEXTS, *NAMES, *SHAPES])
def test_no_result_is_longer_than_the_column(name: str, kind: str) -> None:
    refused = []
    for length in (
        [1, 2, 3, 5, 8, 11, 12, 16, 19, 20, 23, 28, 30, 60, 100] if "character" in kind else [None]
    ):
        space = length or (63 if kind == "name" else 1)
        values = [v[:space].strip() for v in [*SAMPLES[name], *HOSTILE] if v[:space].strip()]
        try:
            out = masked(name, values, kind, length=length)
        except Refused as error:
            refused.append((space, error.message))
            continue
        assert max(map(len, out)) <= space
        if kind == "character":
            assert {len(v) for v in out} == {space}
        assert all(v.strip() != w for v, w in zip(out, values, strict=True))
    least = {"email": 20, "hostname": 20, "url": 28, "path": 9, "ip": 15}
    limit = 13 if name in NAMES else least.get(name, 1)
    assert all(space < limit for space, _ in refused)
    assert all("t.c is too short" in message for _, message in refused)


def test_blanks_of_char_are_no_part_of_the_value() -> None:
    assert masked("token", ["ab   ", "ab", "     "], "character", length=5) == [
        *masked("token", ["ab", "ab"], length=5),
        "     ",
    ]


def test_how_many_results_there_are() -> None:
    assert made("token").bits == 80
    assert made("email").bits == 80
    assert made("token", length=12, unique=True).bits == 60
    assert made("email", length=20).bits == 40
    assert made("username").bits == 78
    assert made("ssn", unique=True).bits == pytest.approx(25.5, abs=0.1)
    assert made("card", unique=True).bits == pytest.approx(43.2, abs=0.1)
    for name in ("integer", "uuid", "code", "digits", "phone", "mac"):
        assert made(name, "integer" if name == "integer" else "text", unique=True).bits is None
    # of 12 characters 48,000 rows are sure but for one chance in a thousand million
    assert 48_000**2 / 2 / 2 ** (made("token", length=12).bits or 0) < 1e-9


def test_what_is_promised() -> None:
    assert not any(made(name, unique=True).injective for name in NAMES)
    assert not made("constant", options={"value": "x"}, unique=True).injective
    assert not made("null", unique=True).injective
    assert all(made(name, unique=True).injective for name in (*TEXTS, *SHAPES))
    assert not made("token", length=4).injective
    assert not made("phone", length=12).injective
    assert {n for n in NAMES if made(n).search == Search.FIELD} == {*NAMES} - {"city"}
    assert made("city").search == Search.OFF
    found = {name: made(name).search for name in (*TEXTS, *SHAPES)}
    shared = {"digits", "code", "phone", "ip"} & found.keys()
    assert {name for name, search in found.items() if search == Search.SHARED} == shared
    assert {found[name] for name in found.keys() - shared} == {Search.SUBSTRING}
    assert made("integer", "integer").search == Search.OFF


# --- texts


def test_email_is_nobodys() -> None:
    for value in sample("email"):
        assert re.fullmatch(r"[a-km-z2-9]{16}@example\.com", value.lower())


@given(
    st.lists(st.sampled_from("abcÄéжZQ@.1"), min_size=1, max_size=12).map("".join),
    st.integers(0, 2**12 - 1),
)
@settings(max_examples=200, deadline=None)
def test_capitals_change_capitals_only(value: str, capitals: int) -> None:
    spelt = "".join(c.upper() if capitals >> i & 1 else c.lower() for i, c in enumerate(value))
    lower = value.lower()
    for name, kind in (("email", "text"), ("username", "text"), ("token", "citext")):
        one, two = masked(name, [spelt, lower], kind)
        assert one.lower() == two
        assert (one == two) == (spelt == lower)


def test_capitals_only_stay_capitals_only() -> None:
    assert masked("email", ["ANNA@MAIL.DE"])[0].isupper()
    assert (
        masked("email", ["Anna@mail.de", "aNNa@mail.de"])[0] != masked("email", ["aNNa@mail.de"])[0]
    )
    one, two = masked("token", ["Ab", "aB"])
    assert one.lower() != two.lower()


def test_texts_look_like_what_they_are() -> None:
    shapes = {
        "token": r"[a-km-z2-9]{16}", "username": r"[a-h][a-km-z2-9]{15}", "slug": r"[a-h][a-km-z2-9]{15}",
        "hostname": r"[a-h][a-km-z2-9]{15}\.example\.com", "url": r"https://example\.com/[a-km-z2-9]{16}",
        "path": r"/[a-km-z2-9]{16}",
    }  # fmt: skip
    for name, shape in shapes.items():
        assert re.fullmatch(shape, masked(name, ["anna"])[0]), name
    assert re.fullmatch(
        "cus_[a-km-z2-9]{16}", masked("token", ["a"], options={"prefix": "cus_"})[0]
    )


def test_constant_null_blank() -> None:
    assert masked("constant", ["a", "b", None, ""], options={"value": "!"}) == ["!", "!", None, ""]
    assert masked("constant", ["f"], "boolean", {"value": True}) == ["t"]
    assert masked("constant", ["1"], "integer", {"value": 7}) == ["7"]
    assert masked("null", ["a", "", None]) == [None] * 3
    assert masked("blank", ["\\xdeadbeef", "ab\\000\\\\c", "\\x", None], "bytea") == [
        "\\x00000000",
        "\\x0000000000",
        "\\x",
        None,
    ]


# --- lists


def test_names_are_of_the_lists() -> None:
    for locale in ("en", "de"):
        first, last = lists.entries("first_names", locale), lists.entries("last_names", locale)
        assert len(set(first)) >= 200
        assert len(set(last)) >= 400
        for value in masked("name", [f"n{i}" for i in range(500)], locale=locale):
            one, two = value.split()
            assert one in first
            assert two in last


def test_names_are_never_their_own() -> None:
    for name in ("first_name", "last_name", "city", "company"):
        words = list(lists.entries(lists.FILES[name], "en"))
        assert not any(a == b for a, b in zip(masked(name, words), words, strict=True))


def test_an_unknown_locale() -> None:
    with pytest.raises(UsageError, match="de, en"):
        made("name", locale="xx")


# --- numbers


@pytest.mark.parametrize(("kind", "bits"), [("smallint", 16), ("integer", 32), ("bigint", 64)])
def test_integers_stay_in_their_type(kind: str, bits: int) -> None:
    most = 2 ** (bits - 1)
    values = [1, 2, 3, most - 1, most - 2, 0, -1, -2, -most, 1 - most]
    out = [int(v) for v in masked("integer", [str(v) for v in values], kind)]
    assert all(-most <= v < most for v in out)
    assert [v > 0 for v in out] == [v > 0 for v in values]
    assert all(a != b for a, b in zip(out, values, strict=True))


def test_integers_of_a_range() -> None:
    values = [str(v) for v in range(-5, 6)]
    out = masked("integer", values, "integer", {"range": [-5, 5]})
    assert sorted(map(int, out)) == list(range(-5, 6))
    assert not any(a == b for a, b in zip(out, values, strict=True))
    assert all(
        1 <= int(v) <= 9
        for v in masked("integer", ["50", "-70", "0"], "integer", {"range": [1, 9]})
    )


def same_layout(value: str, result: str) -> bool:
    kinds = [
        ["A" if c.isupper() else "a" if c.isalpha() else "0" if c.isdigit() else c for c in text]
        for text in (value, result)
    ]
    return kinds[0] == kinds[1]


def test_codes_keep_their_layout() -> None:
    for name in ("code", "digits"):
        assert all(same_layout(v, r) for v, r in zip(SAMPLES[name], sample(name), strict=True))


def test_phones_are_under_no_country() -> None:
    for value, result in zip(PHONES, sample("phone"), strict=True):
        if "+" in value:
            assert same_layout(value, result.replace("+999", "+"))
        else:
            assert result.startswith("+999-")
            assert same_layout(value, result.removeprefix("+999-"))
        assert result.count("+999") == result.count("+")


def test_phones_without_room() -> None:
    values = ["+49 30 123456", "0301234567890", "(030) 123-456"]
    for value, result in zip(
        values, masked("phone", values, "character varying", length=13), strict=True
    ):
        assert same_layout(value, result)
        assert re.sub(r"\D", "", result).startswith("999")
    roomy = masked("phone", ["+49 30 123456"], "character varying", length=16)
    assert roomy == masked("phone", ["+49 30 123456"])
    assert masked("phone", ["110"], length=3) == masked("token", ["110"], length=3)
    numbers_ = [f"+{n} 30 12345" for n in range(100, 999)]
    assert (
        len(set(masked("phone", numbers_, length=13))) > 890
    )  # 4 lost places are told apart but for chance


def test_phones_that_keep_their_country() -> None:
    values = [
        "+49 30 1234567",
        "+1 212 555 0100",
        "+353 1 123456",
        "0049301234567",
        "030 1234567",
        "(+44) 20 1234",
    ]
    out = masked("phone", values, options={"country": "keep"})
    starts = ["+49 ", "+1 ", "+353 ", "0049", "", "(+44) "]
    for value, result, start in zip(values, out, starts, strict=True):
        assert result.startswith(start)
        assert same_layout(value, result)
        assert value != result
    assert masked("phone", ["+49"], options={"country": "keep"}) == masked("token", ["+49"])


def test_cards_are_nobodys() -> None:
    values = [*CARDS, "4111111111111112", "41111111111111111"]
    for value, result in zip(values, masked("card", values), strict=True):
        assert same_layout(value, result)
        assert result.startswith("99")
        assert luhn(result)


def test_ibans_have_right_check_digits() -> None:
    spaced = [" ".join(v[i : i + 4] for i in range(0, len(v), 4)) for v in IBANS]
    values = [*IBANS, *spaced, IBANS[0].lower()]
    out = masked("iban", values)
    for value, result in zip(values, out, strict=True):
        assert is_iban(result)
        assert same_layout(value, result)
        assert result[:2] == value[:2]
        assert re.fullmatch("[0X]+", result.replace(" ", "").upper()[4:6])
    assert out[0][4:12] == "0" * 8
    assert out[1][4:14] == "XXXX000000"
    assert [v.replace(" ", "") for v in out[12:24]] == out[:12]


def test_ibans_of_unique_columns_have_no_country() -> None:
    for value, result in zip(IBANS, sample("iban", unique=True), strict=True):
        assert is_iban(result)
        assert same_layout(value, result)
        assert result[0] == "X"
        assert result[:2] != "XK"
    assert sample("iban", unique=True)[0].startswith("XX")


def test_social_security_numbers_are_not_issued() -> None:
    values = [f"{n:03}-{n % 100:02}-{n:04}" for n in range(1000)] + ["123456789", "123 45 6789"]
    for value, result in zip(values, masked("ssn", values), strict=True):
        assert same_layout(value, result)
        digits = re.sub(r"\D", "", result)
        assert digits[0] == "9"
        assert 1 <= int(digits[3:5]) <= 49


def test_uuids_keep_version_and_variant() -> None:
    values = [uuid.UUID(int=hash((n, n)) % 2**128) for n in range(200)] + [
        uuid.uuid4(),
        uuid.uuid1(),
    ]
    for value, result in zip(
        values, map(uuid.UUID, masked("uuid", [str(v) for v in values], "uuid")), strict=True
    ):
        assert result != value
        assert result.int >> 76 & 15 == value.int >> 76 & 15
        assert result.int >> 62 & 3 == value.int >> 62 & 3


def test_uuids_in_texts() -> None:
    lower, upper, bare = masked(
        "uuid",
        [
            "7d444840-9dc0-41d1-b245-5ffdce74fad2",
            "7D444840-9DC0-41D1-B245-5FFDCE74FAD2",
            "7d4448409dc041d1b2455ffdce74fad2",
        ],
    )
    assert lower == upper == str(uuid.UUID(bare))


# --- networks


@pytest.mark.parametrize("options", [{}, {"networks": True}])
@pytest.mark.parametrize("unique", [False, True])
def test_addresses_are_nobodys(options: dict[str, Any], unique: bool) -> None:
    values = ["1.2.3.4", "10.0.0.1/8", "192.168.1.5/24", "255.255.255.255", "0.0.0.0", "2001:db8::1", "fe80::1/64", "::", "::ffff:1.2.3.4", "2a00:1450:4001:82a::200e"]  # fmt: skip
    for value, result in zip(
        values, masked("ip", values, "inet", options, unique=unique), strict=True
    ):
        assert value != result
        before, after = ip_interface(value), ip_interface(result)
        assert str(after.ip) == result.partition("/")[0]
        wide = unique and before.version == 4
        assert after.ip in ip_network(
            "10.0.0.0/8" if before.version == 4 and not unique else "2001:db8::/32"
        )
        assert after.network.prefixlen == before.network.prefixlen + 96 * wide
        assert ("/" in result) == ("/" in value)


@pytest.mark.parametrize("unique", [False, True])
def test_networks_have_no_host_bits(unique: bool) -> None:
    values = [f"{n}.{n}.0.0/{m}" for n in (10, 77) for m in (16, 20, 31, 32)] + ["10.0.0.0/8", "10.0.0.0/9", "0.0.0.0/0", "128.0.0.0/1", "2001:db8::/32", "2001:db8::/33", "2a00::/16", "2a00:1450::/48", "2a00:1450::/127", "::1/128", "::/0"]  # fmt: skip
    for value, result in zip(values, masked("ip", values, "cidr", unique=unique), strict=True):
        assert value != result
        network_ = ip_network(result)  # it refuses host bits
        before = ip_network(value)
        least = 32 if before.version == 6 else 8
        if before.prefixlen > least + 1 and not (unique and before.version == 4):
            assert network_.prefixlen == before.prefixlen


def test_equal_networks_stay_equal() -> None:
    values = [f"10.1.{n}.{m}" for n in range(30) for m in range(256)]
    out = masked("ip", values, "inet", {"networks": True})
    pairs = {(v.rpartition(".")[0], r.rpartition(".")[0]) for v, r in zip(values, out, strict=True)}
    assert len(pairs) == 30
    assert len(set(out[:256])) >= 255  # one may have been moved off itself
    wide = masked(
        "ip",
        [f"fe80:0:0:{n}:1:2:3:{m}" for n in range(1, 9) for m in range(1, 9)],
        "inet",
        {"networks": True},
    )
    assert len({ip_interface(f"{v}/64").network for v in wide}) == 8
    assert len(set(wide)) == 64


def test_machines_are_local() -> None:
    values = [*SAMPLES["mac"], "08002b010203", "02:00:00:00:00:00", "FF:FF:FF:FF:FF:FF"]
    for value, result in zip(values, masked("mac", values), strict=True):
        assert re.sub(r"[0-9a-fA-F]", "0", value) == re.sub(r"[0-9a-fA-F]", "0", result)
        assert int(result[:2], 16) & 3 == 2
        assert result == (
            result.upper()
            if value.upper() == value and re.search("[A-F]", value)
            else result.lower()
        )


# --- errors


@pytest.mark.parametrize(
    ("name", "kind", "options", "target", "kind_of_error"),
    [
        ("constant", "text", {}, {}, UsageError),
        ("constant", "text", {"value": "long"}, {"length": 3}, Refused),
        ("constant", "mood", {"value": "sad"}, {"labels": ("ok", "fine")}, Refused),
        ("token", "text", {"prefix": "ü"}, {}, UsageError),
        ("token", "text", {"empty": "yes"}, {}, UsageError),
        ("token", "text", {"nulls": "keep"}, {}, UsageError),
        ("token", "text", {"prefix": "cus_"}, {"length": 10}, Refused),
        ("email", "text", {}, {"length": 19}, Refused),
        ("first_name", "text", {}, {"length": 2}, Refused),
        ("ip", "text", {}, {"length": 14}, Refused),
        ("phone", "text", {"country": "drop"}, {}, UsageError),
        ("integer", "integer", {"range": [5, 5]}, {}, UsageError),
        ("integer", "integer", {"range": [1, "a"]}, {}, UsageError),
        ("integer", "integer", {"range": [1, 2, 3]}, {}, UsageError),
        ("integer", "smallint", {"range": [1, 40000]}, {}, UsageError),
        ("integer", "integer", {"range": [False, True]}, {}, UsageError),
    ],
)
def test_options_that_do_not_fit(
    name: str,
    kind: str,
    options: dict[str, Any],
    target: dict[str, Any],
    kind_of_error: type[SnapshotError],
) -> None:
    with pytest.raises(kind_of_error) as caught:
        made(name, kind, options, **target)
    assert caught.value.hint
    assert "\n" not in caught.value.message


def test_a_mask_shows_no_key() -> None:
    for name in MAKERS:
        shown = repr(made(name, KINDS.get(name, "text"), OPTIONS.get(name)))
        assert "key" not in shown.lower()
        assert not re.search(r"\\x[0-9a-f]{2}", shown)
