"""The leak scan finds planted originals wherever they are, and nothing else."""

from __future__ import annotations

import base64
import json
import random
import string
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from pathlib import Path

import psycopg
import pyarrow as pa
import pytest
from psycopg import sql

from snapshot.catalog import Name
from snapshot.create import CreateOptions, create_snapshot
from snapshot.masking import scan
from snapshot.masking.model import Search
from snapshot.masking.originals import DATE, KEPT, LIST_WORD, SHORT, Originals
from snapshot.masking.scan import BLOCK, ScanResult, scan_bytes, scan_files
from snapshot.shapes import findings
from snapshot.store.location import Folder
from snapshot.store.manifest import FILE_NAME, FORMATS, load_manifest
from snapshot.store.new_files import zstd

Database = Callable[..., str]


def originals(*values: str, search: Search = Search.SUBSTRING, **more: str) -> Originals:
    """Values of people.v, and of columns that are named by keyword."""
    found = Originals()
    found.add("people.v", pa.array(values, pa.string()), search)
    for source, value in more.items():
        found.add(source, pa.array([value]), search)
    return found


def sources(result: ScanResult, file: str | None = None) -> set[str | None]:
    return {hit.source for hit in result.hits if file in (None, hit.file)}


def found(value: str, text: bytes | str, search: Search = Search.SUBSTRING) -> bool:
    data = text.encode() if isinstance(text, str) else text
    return scan_bytes("x", data, originals(value, search=search)).found > 0


# --- in what create writes: every place of a row, every format

PLACES = {  # what the column is, the original, and the expression that plants it
    "whole": ("text", "whole.field@firma.test", "{}"),
    "capitals": ("text", "other.case@firma.test", "upper({})"),
    "accents": ("text", "Éloïse Çağrı-Müller", "upper({})"),
    "sharp": ("text", "Weißstraße 17 b", "'WEISSSTRASSE 17 B'"),
    "decomposed": ("text", "Zoé Brontë, Genève", "normalize({}, NFD)"),
    "inside": ("text", "innermost.value", "'abc' || {} || 'xyz'"),
    "json_text": ("json", "json text value", "json_build_object('a', {})"),
    "jsonb_text": ("jsonb", 'quote " and \\ back é', "jsonb_build_object('a', jsonb_build_array({}))"),
    "json_key": ("jsonb", "key-of-an-object", "jsonb_build_object({}, 1)"),
    "json_in_text": ("text", "tab\there and é", "json_build_object('a', json_build_object('b', {})::text)::text"),
    "json_escaped": ("text", "Zoë in escapes", "replace(to_json({})::text, 'ë', '\\u00eb')"),
    "list": ("text[]", 'array, "quoted" {} value', "array['x', {}]"),
    "tab": ("text", "with\ttab and \\ back\nline", "{}"),
    "hex": ("bytea", "hex of a value é", "convert_to('..' || {}, 'UTF8')"),
    "base64": ("text", "base64 of a value", "encode(convert_to('y' || {}, 'UTF8'), 'base64')"),
    "base64_long": ("text", "base64 with breaks of lines", "encode(convert_to(repeat('-', 50) || {}, 'UTF8'), 'base64')"),
    "base64_bytea": ("bytea", "base64 in bytea", "encode(convert_to('zz' || {}, 'UTF8'), 'base64')::bytea"),
    "phone": ("text", "+49 (0)30 901820-44", "'0049 30/90 18 20 44'"),
    "short": ("text", "Ottkär", "'x' || {} || 'y'"),
    "long": ("text", "much text; " * 900 + "end", "'before ' || {}"),
}  # fmt: skip
ODD = {  # types of which an archive has text
    "composite": ("pair", 'composite "v" (1,2)', "row(1, {})::pair"),
    "lexeme": ("tsvector", "lexeme of a text", "array_to_tsvector(array[{}])"),
    "range": ("textrange", "lower-bound-value", "textrange({}, 'zz')"),
}
CONTRIB = {
    "citext": ("citext", "citext.value@firma.test", "{}"),
    "hstore": ("hstore", "hstore => value", "hstore('a', {})"),
    "ltree": ("ltree", "label_of_a_tree", "('a.' || {})::ltree"),
}


def plant(
    connection: psycopg.Connection, table: str, places: dict[str, tuple[str, str, str]]
) -> None:
    """A table with a column for each place, and a row each in which only that column is filled."""
    columns = ", ".join(f"{name} {kind}" for name, (kind, _, _) in places.items())
    connection.execute(f"CREATE TABLE {table} (id int PRIMARY KEY, {columns})")  # type: ignore[arg-type]
    for number, (name, (_, value, expression)) in enumerate(places.items()):
        written = sql.SQL(expression).format(sql.Literal(value) + sql.SQL("::text"))
        connection.execute(
            sql.SQL("INSERT INTO {} (id, {}) VALUES ({}, {})").format(
                sql.Identifier(table), sql.Identifier(name), number, written
            )
        )


def test_every_place_of_a_row_in_every_format(database: Database, tmp_path: Path) -> None:
    url = database(18)
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TYPE pair AS (a int, b text)")
        connection.execute("CREATE TYPE textrange AS RANGE (subtype = text)")
        plant(connection, "people", PLACES)
        plant(connection, "odd", ODD)
    check_places(url, tmp_path / "s", {"people": PLACES, "odd": ODD})
    archived = {
        path.name.split(".")[1]: path.name.split(".")[3] for path in tmp_path.glob("s/archive/*")
    }
    assert archived == {"people": "binary", "odd": "copy"}


def test_columns_of_types_that_masks_do_not_know(database: Database, tmp_path: Path) -> None:
    url = database(15)
    with psycopg.connect(url) as connection:
        for extension in CONTRIB:
            connection.execute(f"CREATE EXTENSION {extension}")  # type: ignore[arg-type]
        plant(connection, "people", CONTRIB)
    check_places(url, tmp_path / "s", {"people": CONTRIB})


def check_places(
    url: str, folder: Path, tables: dict[str, dict[str, tuple[str, str, str]]]
) -> None:
    create_snapshot(CreateOptions(url, folder, formats=FORMATS))
    looked = Originals()
    for table, places in tables.items():
        for name, (_, value, _) in places.items():
            looked.add(f"{table}.{name}", pa.array([value]), Search.SUBSTRING)
    manifest = load_manifest(folder)
    result = scan_files(Folder(folder), manifest.files, looked, manifest.tables)
    everything = {f"{table}.{name}" for table, places in tables.items() for name in places}
    for file in ("data.sql", "seed.sql", "advanced_seed.sql", "seed_data.json"):
        assert sources(result, file) == everything, file
    for hit in result.hits:
        assert hit.table == Name("public", str(hit.source).split(".")[0]), hit
    assert {
        s for f in manifest.files if f.startswith("archive/") for s in sources(result, f)
    } == everything
    for hit in result.hits:  # what was not encoded has its column
        if hit.file == "data.sql" and not any(w in str(hit.source) for w in ("hex", "base64")):
            assert f"{hit.table}.{hit.column}" == hit.source


def test_the_structure_is_searched(database: Database, tmp_path: Path) -> None:
    url = database(18)
    with psycopg.connect(url) as connection:
        connection.execute(
            "CREATE TABLE t (id int, v text DEFAULT 'Default Person', CHECK (v <> 'Checked Person'))"
        )
        connection.execute("COMMENT ON TABLE t IS 'ask commented.person@firma.test'")
        connection.execute("CREATE TABLE parts (tenant text) PARTITION BY LIST (tenant)")
        connection.execute(
            "CREATE TABLE part PARTITION OF parts FOR VALUES IN ('Bounded ''Person')"
        )
        connection.execute("CREATE TABLE named_person ()")
        connection.execute("CREATE VIEW w AS SELECT 'Viewed Person' AS v")
        connection.execute(
            "CREATE FUNCTION f() RETURNS text LANGUAGE sql AS $$ SELECT 'Coded Person' $$"
        )
        connection.execute("CREATE INDEX ON t (id) WHERE v = 'Indexed Person'")
    create_snapshot(CreateOptions(url, tmp_path / "s", formats=FORMATS))
    values = {
        "default": "Default Person", "check": "checked person", "bound": "Bounded 'Person",
        "view": "Viewed Person", "code": "Coded Person", "predicate": "Indexed Person",
        "comment": "commented.person@firma.test", "name": "named_person",
    }  # fmt: skip
    looked = originals(**values)
    files = load_manifest(tmp_path / "s").files
    result = scan_files(Folder(tmp_path / "s"), files, looked)
    for file in ("schema.sql", "schema.json", "seed.sql"):
        assert sources(result, file) == set(values), file
    manifest = (tmp_path / "s" / FILE_NAME).read_bytes()
    assert sources(scan_bytes(FILE_NAME, manifest, looked)) == {"name"}  # of a table


def test_a_name_of_a_file_is_searched(tmp_path: Path) -> None:
    (tmp_path / "archive").mkdir()
    name = "archive/public.anna_schmidt.1.copy.zst"
    (tmp_path / name).write_bytes(zstd.compress(b"1\n"))
    result = scan_files(Folder(tmp_path), [name], originals("Anna_Schmidt"))
    assert [(hit.file, hit.offset) for hit in result.hits] == [(name, len("archive/public."))]


def test_a_hit_says_where_and_never_what(tmp_path: Path) -> None:
    (tmp_path / "data.sql").write_bytes(
        b'BEGIN;\n\nCOPY "public"."a ""b""" ("id", "v, w") FROM stdin;\n1\tx\n2\thello secret value\n\\.\n'
        b'\nCOPY "public"."c" ("id") FROM stdin;\nCOPY x (y) FROM stdin;\n\\.\nCOMMIT; -- other secret\n'
    )
    looked = originals("Secret Value", other="other secret")
    result = scan_files(Folder(tmp_path), ["data.sql"], looked)
    assert [
        (h.table, h.column, h.line, h.source) for h in sorted(result.hits, key=lambda h: h.line)
    ] == [
        (Name("public", 'a "b"'), "v, w", 5, "people.v"),
        (None, None, 11, "other"),
    ]
    assert "secret value" not in f"{result!r}{looked!r}{looked.needles()!r}".lower()


# --- 200 plants in places that chance chooses


def _letters(stream: random.Random, size: int) -> str:
    return "".join(stream.choices(string.ascii_letters + string.digits + "éßøЖя@. '", k=size))


ENCODINGS: tuple[Callable[[str], bytes], ...] = (
    lambda v: v.encode(),
    lambda v: v.upper().encode(),
    lambda v: v.lower().encode(),
    lambda v: v.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n").encode(),
    lambda v: json.dumps(v).encode(),
    lambda v: json.dumps(v, ensure_ascii=False).encode(),
    lambda v: json.dumps({v: 1}).replace("\\", "\\\\").encode(),
    lambda v: json.dumps(json.dumps([v])).encode(),
    lambda v: json.dumps(v).replace("/", "\\/").encode(),
    lambda v: b"\\\\x" + v.encode().hex().encode(),
    lambda v: v.encode().hex().upper().encode(),
    lambda v: b"a" + v.encode().hex().encode(),
    lambda v: base64.b64encode(v.encode()),
    lambda v: base64.b64encode(b"." + v.encode() + b"."),
    lambda v: base64.urlsafe_b64encode(b".." + v.encode() + b".."),
    lambda v: b"abc/" + base64.b64encode(v.encode()),
    lambda v: b"\x00\x00\x00" + bytes([len(v.encode()) % 256]) + v.encode() + b"\x00\x00\x00\x04",
)  # fmt: skip


def test_plants_at_random_are_all_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    size = 20_011
    monkeypatch.setattr(scan, "BLOCK", size)
    stream = random.Random(20_261_120)
    text = bytearray(masked_output(stream, 201 * size))
    looked = Originals()
    for number in range(200):
        value = "v" + _letters(stream, stream.choice((9, 12, 30, 200))) + "w"
        looked.add(f"s{number}", pa.array([value]), Search.SUBSTRING)
        planted = b"\t" + ENCODINGS[number % len(ENCODINGS)](value) + b"\t"
        at = (number + 1) * size - stream.randrange(len(planted))  # across the edge of a block
        if number % 2:
            at -= stream.randrange(size // 2)
        text[at : at + len(planted)] = planted
    (tmp_path / "archive").mkdir()
    frames = [zstd.compress(bytes(text[i : i + size])) for i in range(0, len(text), size)]
    (tmp_path / "archive" / "a.b.1.copy.zst").write_bytes(b"".join(frames))
    (tmp_path / "data.sql").write_bytes(text)
    for file in ("data.sql", "archive/a.b.1.copy.zst"):
        hits = sources(scan_files(Folder(tmp_path), [file], looked))
        missing = {f"s{n}" for n in range(200)} - hits
        assert missing == set(), sorted((m, int(m[1:]) % len(ENCODINGS)) for m in missing)


def test_a_value_is_found_at_every_place_of_an_edge(tmp_path: Path) -> None:
    value = "Straße des 17. Juni 135"
    looked = originals(value)
    written = (b"\t" + value.upper().encode() + b"\t", b'\t"' + json.dumps(value).encode() + b'"\t')
    for planted in written:
        for back in range(0, len(planted) + 3, 7):
            text = bytearray(b"order was fine. " * (BLOCK // 16 + 64))
            text[BLOCK - back : BLOCK - back + len(planted)] = planted
            (tmp_path / "data.sql").write_bytes(text)
            assert scan_files(Folder(tmp_path), ["data.sql"], looked).found == 1, back


# --- false alarms


def masked_output(stream: random.Random, size: int) -> bytes:
    """Rows such as masks write them."""
    parts, length, number = [], 0, 0
    while length < size:
        number += 1
        bits = stream.getrandbits(256)
        text = f"{bits:064x}"
        digits = f"{bits:078d}"
        line = (
            f"{number}\t{base64.b32encode(bits.to_bytes(32, 'big'))[:16].decode().lower()}@example.com"
            f"\t+999 {digits[:2]} {digits[2:10]}\t99{digits[10:24]}\tDE{digits[24:26]}00000000{digits[26:36]}"
            f"\t{text[:8]}-{text[8:12]}-4{text[12:15]}-a{text[15:18]}-{text[18:30]}\t10.{bits % 256}.{bits // 256 % 256}.7"
            f"\t2026-0{1 + bits % 9}-1{bits % 8} 10:2{bits % 9}:31.{digits[36:42]}+00\t0.{digits[42:58]}"
            f'\t{{"n": {bits % 10**5}.{bits % 97}, "mail": "m{text[30:46]}@example.com", "text": "it was fine"}}'
            f"\t\\\\x{text[40:64]}\t\\N\t{base64.b64encode(bits.to_bytes(32, 'big')).decode()}\n"
        ).encode()
        parts.append(line)
        length += len(line)
    return b"".join(parts)[:size]


def test_masked_output_raises_no_alarm(tmp_path: Path) -> None:
    stream = random.Random(11)
    (tmp_path / "data.sql").write_bytes(masked_output(stream, 10_000_000))
    names = [f"{a} {b}" for a in ("Anna", "Ben", "Cem") for b in ("Ali", "Bauer", "Costa")]
    looked = originals(*names, search=Search.FIELD)
    number = stream.randrange
    for source, values in {
        "email": [f"{_letters(stream, 8).replace(' ', '')}{i}@gmail.com" for i in range(20_000)],
        "phone": [f"+49 {number(100, 999)} {number(10**6, 10**7)}" for _ in range(20_000)],
        "card": [f"4{number(10**14, 10**15)}" for _ in range(20_000)],
        "token": [f"{stream.getrandbits(64):016x}" for _ in range(20_000)],
        "born": [f"19{number(10, 99)}-0{number(1, 9)}-1{number(9)}" for _ in range(20_000)],
        "address": [f"{number(200)} Main Street, Springfield {i}" for i in range(20_000)],
    }.items():
        looked.add(source, pa.array(values), Search.SUBSTRING)
    result = scan_files(Folder(tmp_path), ["data.sql"], looked)
    assert (result.hits, result.shape_hits, result.size) == ((), (), 10_000_000 + len("data.sql\n"))
    assert result.originals > 100_000
    assert result.not_searched[DATE] > 5_000


# --- numbers


@pytest.mark.parametrize(
    "text",
    [
        "+49 30 1234567", "0049 30 1234567", "004930-123-4567", "+49 (0)30/123 45 67", "4930.123.4567", "(49)(30)1234567",
        "tel:493012 34567", '{"tel": 49301234567}', "tel49301234567", "\\t49301234567\\n", "order 17, +49 30 1234567, 9 pieces",
        "12 +49 30 1234567",
    ],
)  # fmt: skip
def test_digits_are_found_whatever_stands_between(text: str) -> None:
    assert found("+49 30 1234567", f"1\t{text}\t2\n")


@pytest.mark.parametrize(
    "text",
    [
        "49301234568", "949301234567", "493012345670", "4930\t1234567", "4930,1234567", '4930","1234567', "4930x1234567",
        "k49301234567z", "0.49301234567", "10:10:49.301234567", "49301        234567",
    ],
)  # fmt: skip
def test_other_digits_are_not_glued(text: str) -> None:
    assert not found("+49 30 1234567", f"1\t{text}\t2\n")


@pytest.mark.parametrize(
    ("value", "text", "expected"),
    [
        ("4111 1111 1111 1111", "9994111111111111111999", True),  # 16 digits inside others
        ("4111 1111 1111 1111", "x4111-1111-1111-1111y", True),
        ("49301234567", "00149301234567000", False),  # 11 would be chance
        ("123456789012", "k123456789012z", True),
        ("12345678901", "k12345678901z", False),
        ("DE89 3704 0044 0532 0130 00", "de89370400440532013000", True),
        ("DE89 3704 0044 0532 0130 00", "DE 89-3704-0044-0532-0130-00", True),
        ("1234567", "1234567", True),
        ("123456", "123456", False),
        ("000123456", "123456", False),  # six digits
        ("0001234567", "1234567", True),
        ("20240517", "2024-05-17", False),
        ("2024051708", "2024-05-17 08:00:00", False),
        ("12345.67", "12345.67", True),
    ],
)
def test_how_short_a_number_may_be(value: str, text: str, expected: bool) -> None:
    assert found(value, f"a\t{text}\tb\n") is expected


def test_a_number_of_a_binary_field_is_not_glued_to_its_length() -> None:
    text = b"4930123456 is what Anna can be reached under, 52"
    row = b"\x00\x01\x00\x00\x00" + bytes([len(text)]) + text
    assert len(text) == ord("0")
    assert found("+49 30 123456", b"PGCOPY\n\xff\r\n\x00" + row)


# --- kept columns, lists, short values, allow


def test_what_longer_values_hold_counts() -> None:
    looked = originals(
        "please call 0171 234 56 78 or write to a.b@firma.test soon",
        '{"k": "a value of JSON", "a value as key": 1}',
    )
    for text in ("(0171) 2345678", "A.B@firma.test", "xx a value of json xx"):
        assert scan_bytes("x", text.encode(), looked).found == 1, text
    assert not scan_bytes("x", b"a value as key, please call or write to", looked).found


def test_kept_values_do_not_count_unless_they_are_addresses() -> None:
    looked = originals(
        "Springfield", "ann@firma.test", "7654321", "+49 30 7654329", "customers", "other value"
    )
    looked.add_kept(
        pa.array(["springfield", "ann@firma.test", "7654321", "+49 30 7654329", "customers"])
    )
    text = b"SPRINGFIELD\tann@firma.test\t7654321\t+49 30 7654329\tcustomers\n"
    result = scan_bytes("x", text, looked)
    assert result.found == 2  # the address and the telephone number
    assert result.not_searched == {KEPT: 3}


def test_masked_values_in_the_range_of_originals_do_not_count() -> None:
    looked = originals("1234-5678", "2345-6789", "AB-1234-CD")
    looked.add_masked(pa.array(["2345-6789", "ab-1234-cd"]))
    assert scan_bytes("x", b"12345678", looked).found == 1
    assert not scan_bytes("x", b"2345-6789\tAB-1234-CD", looked).found


def test_what_is_not_searched_is_counted() -> None:
    looked = Originals()
    names = pa.array(["Miller", "Anna Miller", "Bo", "Cy", None, "", "Bo"])
    looked.add("people.name", names, Search.FIELD)
    looked.add("people.name", names, Search.FIELD)
    looked.add("people.code", pa.array(["12345", "abcde", "1961-08-30", "Zoë12"]), Search.SUBSTRING)
    looked.add("people.born", pa.array(["some value"]), Search.OFF)
    needles = looked.needles()
    assert needles.not_searched == {SHORT: 5, LIST_WORD: 1, DATE: 1}
    assert needles.count == 1


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (b"1\tAnna Miller\t2", True), (b'{"n": "ANNA MILLER"}', True), (b"{x,Anna Miller}", True), (b"(1,Anna Miller)", True),
        (b"\x00\x00\x00\x0bAnna Miller\x00\x00\x00\x01", True), (b"Anna Miller", True), (b"by Anna Miller yesterday", True),
        (b"1\tAnna Miller-Jones\t2", False), (b"1\tJoanna Miller\t2", False), (b"Miller\tAnna", False),
    ],
)  # fmt: skip
def test_names_of_lists_are_found_as_whole_words(text: bytes, expected: bool) -> None:
    assert found("Anna Miller", text, Search.FIELD) is expected


def test_allow_silences_one_literal_and_says_if_it_was_not_found() -> None:
    digest = "sha256:" + sha256(b"hidden@firma.test").hexdigest()
    number = "sha256:" + sha256(b"49301234567").hexdigest()
    looked = Originals(
        [
            "Support@Firma.test",
            digest,
            "nobody@firma.test",
            "+49 30 7654321",
            number,
            "info@company.de",
        ]
    )
    looked.add(
        "people.v",
        pa.array(
            [
                "support@firma.test",
                "Hidden@firma.test",
                "other@firma.test",
                "030 7654321",
                "+49 30 7654321",
                "+49 30 1234567",
            ]
        ),
        Search.SUBSTRING,
    )
    text = b"support@firma.test\tHIDDEN@firma.test\t0049307654321\tinfo@company.de\t+49301234567\n"
    result = scan_bytes("x", text, looked)
    assert (result.found, result.found_shapes) == (0, 0)
    assert result.allowed >= 5
    assert result.unused(looked) == (2,)
    assert scan_bytes("x", b"other@firma.test", looked).found == 1


def test_originals_come_from_several_threads_and_count_once() -> None:
    looked = Originals()
    parts = [
        pa.array([f"value.{n % 50_000}@firma.test" for n in range(k, k + 5_000)])
        for k in range(0, 600_000, 5_000)
    ]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda part: looked.add("people.v", part, Search.SUBSTRING), parts))
    assert looked.needles().count == 50_000
    for number in (0, 49_999, 31_415):
        assert scan_bytes("x", f"<value.{number}@firma.test>".encode(), looked).found == 1
    assert not scan_bytes("x", b"value.50000@firma.test", looked).found


def test_texts_that_are_no_utf8() -> None:
    values = pa.array([b"caf\xe9 latin value", b"caf\xe9 other value"]).view(pa.string())
    looked = Originals()
    looked.add("people.v", values, Search.SUBSTRING)
    assert scan_bytes("x", b"1\tCAF\xe9 LATIN VALUE\n", looked).found == 1
    assert not scan_bytes("x", b"1\tcafe latin value\n", looked).found


# --- shapes


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("1\tann@gmail.com\t2", "e-mail address"),
        ("<rené@firma.de>", "e-mail address"),
        ("a@example.com.evil.de", "e-mail address"),
        ("card 4111 1111 1111 1111.", "card number"),
        ("1\t4111111111111111\t2", "card number"),
        ("DE89 3704 0044 0532 0130 00", "bank account number"),
        ('{"iban": "GB29NWBK60161331926819"}', "bank account number"),
        ("1\t+49 30 1000000\t2", "phone number"),
        ("order 17, (030) 1234567", "phone number"),
        ("phone: 2125558888", "phone number"),
        ("123-45-6789", "social security number"),
        ("912-71-5678", "social security number"),
        ("x\\nann@gmail.com", "e-mail address"),
    ],
)
def test_shapes_are_found_whoevers_they_are(text: str, kind: str) -> None:
    result = scan_bytes("x", text.encode() + b"\n", Originals())
    assert {hit.kind for hit in result.shape_hits} == {kind}


def test_shapes_of_columns_that_may_be_real_do_not_count(tmp_path: Path) -> None:
    (tmp_path / "data.sql").write_bytes(
        b"\nCOPY public.t (id, contact, note) FROM stdin;\n1\tann@firma.de\tx\n2\ty\\tz bob@firma.de\tz\n"
        b"3\tx\tmail cy@firma.de\n4\tx\t\\tdi@firma.de\n\\.\n"
    )
    (tmp_path / "seed_data.json").write_bytes(
        b'{"format":"snapshot/1","tables":[\n{"schema":"public","name":"t","columns":[],"rows":[\n'
        b'{"id":1,"contact":"ann@firma.de","note":{"a":["x"]}},\n{"id":2,"contact":"x","note":{"contact":"cy@firma.de"}}\n]}\n]}\n'
    )
    kept = {(Name("public", "t"), "contact")}
    result = scan_files(
        Folder(tmp_path), ["data.sql", "seed_data.json"], Originals(), may_be_real=kept
    )
    assert {(hit.file, hit.line, hit.column) for hit in result.shape_hits} == {
        ("data.sql", 5, "note"), ("data.sql", 6, "note"), ("seed_data.json", 4, "note"),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("text", "column", "expected"),
    [
        ("DE89370400440532013000", "", ["bank account number"]),
        ("pay to GB29 NWBK 6016 1331 9268 19 today", "", ["bank account number"]),
        ("DE88370400440532013000", "", []),  # check digits
        ("DE8937040044053201300", "", []),  # length
        ("XX89370400440532013000", "", []),  # no country
        ("DE49000000008459806266", "", []),  # no bank
        ("+49 30 1000000", "", ["phone number"]),
        ("+49 30 1000000", "phone", ["phone number"]),
        ("0301000000", "phone", ["phone number"]),
        ("+999 30 1234567", "", []),
        ("+999 30 1234567", "phone", []),
        ("00999 30 1234567", "phone", []),
        ("999301234567", "phone", []),
        ("9991234567", "phone", ["phone number"]),  # ten digits: a national number
        ("912-34-5678", "", []),
        ("ssn 912-34-5678", "", []),
        ("912-71-5678", "", ["social security number"]),  # a taxpayer's
        ("ssn 912715678", "", ["social security number"]),
        ("123-45-6789", "", ["social security number"]),
    ],
)
def test_findings_know_what_is_nobodys(text: str, column: str, expected: list[str]) -> None:
    assert list(findings(text, column)) == expected
