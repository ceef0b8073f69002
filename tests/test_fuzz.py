"""Arbitrary bytes in place of manifest, rows and URLs: an error of ours, or none; never a hang."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from snapshot.catalog import Column, Name
from snapshot.cli.settings import shown_url
from snapshot.errors import SnapshotDamaged, SnapshotError
from snapshot.postgres.urls import libpq_conninfo
from snapshot.restorers.json_rows import copy_text
from snapshot.restorers.rows import _copy_block, parts
from snapshot.store.definitions import dump_definitions, parse_definitions
from snapshot.store.folders import state_folder
from snapshot.store.history import Restored, last_restore, remember_restore
from snapshot.store.layout import COPY_END
from snapshot.store.manifest import (
    Manifest,
    TableEntry,
    dump_manifest,
    load_manifest,
    manifest_document,
    parse_manifest,
)
from snapshot.store.reader import SnapshotFiles, check_files, open_snapshot

ROOT = Path(__file__).parent.parent
SEED = (ROOT / "seed_data" / "manifest.json").read_bytes()
MANIFEST = parse_manifest(SEED, "seed_data")
MANY = settings(max_examples=400, deadline=None, suppress_health_check=list(HealthCheck))
SOME = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))

scalars = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=9)
)
documents = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3)
    ),
    max_leaves=8,
)


def sealed(document: object) -> bytes:
    """A manifest of any content with the right checksum, so that its content is looked at."""
    import hashlib

    import orjson

    lines = [
        b"  " + orjson.dumps(key) + b": " + orjson.dumps(value)
        for key, value in document.items()  # type: ignore[attr-defined]
    ]
    body = b"{\n" + b",\n".join(lines)
    return body + b',\n  "sha256": "' + hashlib.sha256(body).hexdigest().encode() + b'"\n}\n'


def parsed(content: bytes) -> Manifest | None:
    try:
        return parse_manifest(content, "manifest.json")
    except SnapshotError as error:
        assert error.message  # noqa: PT017
        assert error.hint  # noqa: PT017
        return None


@MANY
@given(st.binary(max_size=2000))
def test_any_bytes_as_manifest(content: bytes) -> None:
    assert parsed(content) is None


@MANY
@given(position=st.integers(0, len(SEED) - 1), replacement=st.binary(min_size=1, max_size=4))
def test_a_manifest_with_other_bytes(position: int, replacement: bytes) -> None:
    changed = SEED[:position] + replacement + SEED[position + len(replacement) :]
    found = parsed(changed)
    assert (found is None) == (changed != SEED)


@st.composite
def mutations(draw: st.DrawFn, original: dict[str, object]) -> dict[str, object]:
    """A document with anything in place of one of its values, at any depth."""
    import copy

    document = copy.deepcopy(original)
    place: object = document
    while True:
        keys = list(place) if isinstance(place, dict) else range(len(place))  # type: ignore[arg-type]
        key = draw(st.sampled_from(list(keys)))
        inner = place[key]  # type: ignore[index]
        if not (isinstance(inner, dict | list) and inner) or draw(st.integers(0, 3)) == 0:
            place[key] = draw(documents)  # type: ignore[index]
            return document
        place = inner


# with an item in every list, so that there is something to replace
DOCUMENT: dict[str, Any] = {
    **manifest_document(MANIFEST),
    "large_object_comments": [[1, "a"]],
    "publications": ["p"],
    "states": {
        "triggers": [["public", "t", "x", "D"]],
        "rules": [["public", "t", "x", "R"]],
        "foreign_keys": [["public", "t", "x", "deferred"]],
        "event_triggers": [["x", "O"]],
        "disabled_keys": [["public", "t", "x"]],
    },
}


@example({**DOCUMENT, "states": {**DOCUMENT["states"], "triggers": [[]]}})
@MANY
@given(mutations(DOCUMENT))
def test_a_sealed_manifest_that_says_anything(document: dict[str, object]) -> None:
    try:
        content = sealed(document)
    except (TypeError, ValueError):  # an integer that JSON cannot hold
        return
    manifest = parsed(content)
    if manifest is None:
        return
    dump_manifest(manifest)
    problems = check_files(ROOT / "seed_data", manifest)
    if not problems:
        files = SnapshotFiles(ROOT / "seed_data", manifest)
        for source_format in manifest.formats:
            try:
                files.schema()
                for part in parts(files, source_format):
                    assert all(isinstance(block, bytes) for block in part.blocks), part.entry
            except SnapshotError as error:
                assert error.exit_code in (2, 4)  # noqa: PT017


@MANY
@given(mutations(json.loads((ROOT / "seed_data" / "schema.json").read_bytes())))
def test_definitions_that_say_anything(document: dict[str, object]) -> None:
    try:
        found = parse_definitions(json.dumps(document).encode(), "schema.json")
    except SnapshotError as error:
        assert error.hint  # noqa: PT017
    else:
        assert parse_definitions(dump_definitions(found), "schema.json") == found


@MANY
@given(
    document=documents
    | mutations(
        {
            "directory": "d",
            "at": "",
            "digest": "0",
            "manifest": dump_manifest(MANIFEST).decode(),
            "schema": (ROOT / "seed_data" / "schema.json").read_text(),
        }
    )
)
def test_a_record_that_says_anything(document: object, record: Callable[[object], None]) -> None:
    record(document)
    found = last_restore("fuzz")
    assert found is None or found.manifest == MANIFEST


@pytest.fixture
def record() -> Callable[[object], None]:
    """Write any document as this machine's record of a restore."""
    remember_restore("fuzz", Restored(ROOT / "seed_data", "0", MANIFEST, None))
    (path,) = (state_folder() / "restored").iterdir()
    return lambda document: path.write_text(json.dumps(document)) and None


TABLE = TableEntry(Name("public", "t"), (Column("id", "integer"), Column("v", "text")))


@MANY
@given(
    st.lists(
        st.binary(max_size=200)
        | documents.map(lambda d: __import__("orjson").dumps(d, option=64) if _fits(d) else b""),
        max_size=5,
    )
)
def test_any_lines_as_json_rows(lines: list[bytes]) -> None:
    try:
        text = b"".join(copy_text(TABLE, lines))
    except SnapshotDamaged as error:
        assert "row" in error.message  # noqa: PT017
    else:
        assert text.count(b"\n") == len(lines)
        assert all(line.count(b"\t") == 1 for line in text.splitlines() if text.isascii())


def _fits(document: object) -> bool:
    import orjson

    try:
        orjson.dumps(document, option=64)
    except (TypeError, ValueError):
        return False
    return True


@MANY
@given(
    st.text(
        alphabet=st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=300
    ),
    st.sampled_from([1, 3, 100, 1 << 20]),
)
def test_text_in_json_and_back(value: str, large: int) -> None:
    """However a row is cut into pieces, its COPY text is the same."""
    import orjson

    from snapshot.restorers import json_rows

    line = orjson.dumps({"id": 1, "v": value})
    whole = b"".join(copy_text(TABLE, [line + b",\n"]))
    original, json_rows._LARGE = json_rows._LARGE, large
    try:
        assert b"".join(copy_text(TABLE, [line + b",\n"])) == whole
    finally:
        json_rows._LARGE = original
    fields = whole.decode().removesuffix("\n").split("\t")
    unescaped = fields[1].replace("\\\\", "\0").replace("\\n", "\n").replace("\\r", "\r")
    assert unescaped.replace("\\t", "\t").replace("\0", "\\") == value


@MANY
@given(st.binary(max_size=3000), st.integers(1, 64))
def test_any_bytes_as_copy_block(content: bytes, size: int) -> None:
    file = io.BufferedReader(io.BytesIO(content + b"\n" + COPY_END + b"rest"), size)
    read = b"".join(_copy_block(file))
    lines = (content + b"\n").split(b"\n" + COPY_END)[0]
    if content.startswith(COPY_END):
        assert read == b""
    else:
        assert read.rstrip(b"\n") == lines.rstrip(b"\n")


@SOME
@given(
    st.binary(max_size=300), st.integers(0, 10_000), st.sampled_from(["data.sql", "seed_data.json"])
)
def test_files_that_are_spoiled_anywhere(tmp_path_factory: pytest.TempPathFactory, data: bytes,
                                         position: int, name: str) -> None:  # fmt: skip
    """The readers alone, without the checksums that would have noticed before."""
    directory = tmp_path_factory.mktemp("fuzz")
    for path in (ROOT / "seed_data").iterdir():
        (directory / path.name).write_bytes(path.read_bytes())
    content = (directory / name).read_bytes()
    at = position * len(content) // 10_000
    (directory / name).write_bytes(content[:at] + data + content[at + len(data) // 2 :])
    files = SnapshotFiles(directory, load_manifest(directory))
    try:
        for part in parts(files, "sql" if name == "data.sql" else "json"):
            for block in part.blocks:
                assert block
    except SnapshotDamaged as error:
        assert error.hint  # noqa: PT017
    if (directory / name).read_bytes() != content:
        with pytest.raises(SnapshotDamaged):
            open_snapshot(directory)


@example("postgresql://user:%E9@host/db")
@MANY
@given(st.text(max_size=60) | st.text(max_size=30).map(lambda t: f"postgresql://user:{t}@host/db"))
def test_any_text_as_url(url: str) -> None:
    try:
        libpq_conninfo(url)
    except SnapshotError as error:
        assert error.exit_code == 2  # noqa: PT017
    else:
        shown_url(url)
