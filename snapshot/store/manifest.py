"""The manifest: a snapshot's table of contents.

It is written last, so its presence means "complete".
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, NamedTuple

import orjson

from snapshot.catalog import Column, ForeignKey, Name, SchemaObject
from snapshot.errors import SnapshotDamaged, UsageError
from snapshot.store.location import Directory, Remote

FILE_NAME = "manifest.json"
FORMAT = 1
FORMATS = ("sql", "json", "archive")
MOST_BYTES = 200_000_000  # some 200 bytes for each object: a million of them
_SEAL = b',\n  "sha256": "'

# Large objects travel as rows of a temporary table: one row for every CHUNK bytes.
LARGE_OBJECTS = Name("pg_temp", "snapshot_large_objects")
LARGE_OBJECT_COLUMNS = (
    Column("loid", "oid"),
    Column("position", "bigint", json="native"),
    Column("data", "bytea"),
)


class Chunk(NamedTuple):
    """What a file in archive/ holds: rows, and bytes before compression."""

    rows: int
    size: int


@dataclass(frozen=True)
class TableEntry:
    """A table of the snapshot, in load order."""

    name: Name
    columns: tuple[Column, ...]  # the stored ones
    rows: int = 0
    checksum: str | None = None  # order-independent, computed by the server (postgres/checksums.py)
    partitioned: bool = False
    configuration: str | None = None
    chunks: tuple[Chunk, ...] = ()  # its files in archive/: none for a table without rows
    binary: bool = False  # those files hold COPY's binary format


@dataclass(frozen=True)
class SequenceValue:
    """Where a sequence stands: both halves of its state."""

    name: Name
    last_value: int
    is_called: bool


class DeferredKey(NamedTuple):
    """A foreign key that is checked after all rows are in."""

    table: Name
    name: str
    reason: str


@dataclass(frozen=True)
class FileEntry:
    """A file of the snapshot: SHA-256 (hexadecimal) and size in bytes."""

    sha256: str
    size: int


@dataclass(frozen=True)
class Source:
    """Where the snapshot comes from, without secrets."""

    database: str
    server_version: int
    encoding: str
    fingerprint: str  # of cluster and database


@dataclass(frozen=True)
class Manifest:
    """Everything that is known of a snapshot without reading its rows."""

    tool: str
    created_at: str
    source: Source
    formats: tuple[str, ...]
    schemas: tuple[str, ...]
    complete: bool  # whole database: no schema and no table was left out
    tables: tuple[TableEntry, ...]
    cycles: tuple[tuple[Name, ...], ...]
    foreign_keys: tuple[ForeignKey, ...]  # names and columns only
    deferred: tuple[DeferredKey, ...]
    sequences: tuple[SequenceValue, ...]
    materialized_views: tuple[Name, ...]
    extensions: Mapping[str, str]
    large_objects: int | None  # None: left out
    post_data: int  # byte of schema.sql at which indexes, keys and triggers begin
    relations: int  # tables, indexes, views, TOAST: as many locks does replacing them all take
    objects: Mapping[SchemaObject, str]  # → hash of the definition
    files: Mapping[str, FileEntry] = field(default_factory=dict)
    folder: str = ""  # in which the files lie, in an object store

    @property
    def rows(self) -> int:
        """Rows of all tables together."""
        return sum(table.rows for table in self.tables if table.name != LARGE_OBJECTS)

    def same_state(self, other: Manifest) -> bool:
        """Whether the two are of the same state, made at whatever time."""
        mine = replace(self, created_at=other.created_at, folder=other.folder)
        return manifest_document(mine) == manifest_document(other)


def dump_manifest(manifest: Manifest) -> bytes:
    """The manifest as JSON, made for `git diff`: one fact a line."""
    lines = []
    for key, value in manifest_document(manifest).items():
        if isinstance(value, list) and value:
            items = b",\n".join(b"    " + orjson.dumps(item) for item in value)
            text = b"[\n" + items + b"\n  ]"
        elif isinstance(value, dict) and value:
            pairs = (b"    " + orjson.dumps(k) + b": " + orjson.dumps(v) for k, v in value.items())
            text = b"{\n" + b",\n".join(pairs) + b"\n  }"
        else:
            text = orjson.dumps(value)
        lines.append(b"  " + orjson.dumps(key) + b": " + text)
    body = b"{\n" + b",\n".join(lines)
    return body + _SEAL + hashlib.sha256(body).hexdigest().encode() + b'"\n}\n'


def _sealed(content: bytes) -> bool:
    """Whether the manifest's last line is the SHA-256 of what stands before it."""
    body, _, seal = content.rpartition(_SEAL)
    return seal == hashlib.sha256(body).hexdigest().encode() + b'"\n}\n'


def manifest_document(manifest: Manifest) -> dict[str, Any]:
    """The manifest as plain lists and dictionaries."""
    return {
        "format": FORMAT,
        "tool": manifest.tool,
        "created_at": manifest.created_at,
        "source": asdict(manifest.source),
        "formats": list(manifest.formats),
        "schemas": list(manifest.schemas),
        "complete": manifest.complete,
        "tables": [_table_document(table) for table in manifest.tables],
        "cycles": [[name._asdict() for name in cycle] for cycle in manifest.cycles],
        "foreign_keys": [_foreign_key_document(fk) for fk in manifest.foreign_keys],
        "deferred": [
            {**key.table._asdict(), "constraint": key.name, "reason": key.reason}
            for key in manifest.deferred
        ],
        "sequences": [
            {**s.name._asdict(), "last_value": s.last_value, "is_called": s.is_called}
            for s in manifest.sequences
        ],
        "materialized_views": [view._asdict() for view in manifest.materialized_views],
        "extensions": dict(manifest.extensions),
        "large_objects": manifest.large_objects,
        "post_data": manifest.post_data,
        "relations": manifest.relations,
        "objects": [[*key, definition] for key, definition in manifest.objects.items()],
        "files": {name: asdict(entry) for name, entry in manifest.files.items()},
        **({"folder": manifest.folder} if manifest.folder else {}),
    }


def _table_document(table: TableEntry) -> dict[str, Any]:
    document: dict[str, Any] = {
        **table.name._asdict(),
        "rows": table.rows,
        "checksum": table.checksum,
        "columns": [{"name": c.name, "type": c.type} for c in table.columns],
    }
    if table.partitioned:
        document["partitioned"] = True
    if table.configuration is not None:
        document["configuration"] = table.configuration
    if table.chunks:
        document["archive"] = {"binary": table.binary, "chunks": [*map(list, table.chunks)]}
    return document


def _foreign_key_document(fk: ForeignKey) -> dict[str, Any]:
    document: dict[str, Any] = {
        **fk.table._asdict(),
        "constraint": fk.name,
        "columns": list(fk.columns),
        "references": {**fk.referenced._asdict(), "columns": list(fk.referenced_columns)},
    }
    if fk.match_full:
        document["match_full"] = True
    if not (fk.validated and fk.enforced):
        document["unchecked"] = True
    return document


def load_manifest(directory: Directory) -> Manifest:
    """Read the manifest of a snapshot.

    Raises UsageError where there is no snapshot, SnapshotDamaged where there is half a one.
    """
    if isinstance(directory, Remote):
        try:
            return parse_manifest((directory / FILE_NAME).read_bytes(), str(directory / FILE_NAME))
        except FileNotFoundError:
            raise UsageError(
                f"there is no snapshot in {directory}", hint="make one with: snapshot create"
            ) from None
    if not directory.is_dir():
        raise UsageError(
            f"there is no snapshot in {directory}", hint="make one with: snapshot create"
        )
    path = directory / FILE_NAME
    try:
        if path.stat().st_size > MOST_BYTES:
            raise SnapshotDamaged(
                f"{path} is larger than {MOST_BYTES // 1_000_000} MB: that is no manifest",
                hint="bring it back from version control, or make the snapshot again",
            )
        content = path.read_bytes()
    except FileNotFoundError:
        raise SnapshotDamaged(
            f"{directory} has no {FILE_NAME}: it is not a snapshot, or not a whole one",
            hint="make one with: snapshot create",
        ) from None
    return parse_manifest(content, str(directory / FILE_NAME))


def digest(directory: Directory) -> str:
    """SHA-256 of the manifest, and so, as it holds those of all files, of the snapshot."""
    return hashlib.sha256((directory / FILE_NAME).read_bytes()).hexdigest()


def parse_manifest(content: bytes, path: str) -> Manifest:
    """The manifest in a file's bytes; SnapshotDamaged if that is not what they are."""
    try:
        document = orjson.loads(content)
        if not isinstance(document, dict):
            raise TypeError("not an object")
        version = document.pop("format", None)
        if not _sealed(content):
            raise ValueError("its last line is not the checksum of the others")
        if isinstance(version, int) and version > FORMAT:
            raise UsageError(
                f"{path} has format {version}; this version reads up to {FORMAT}",
                hint="upgrade snapshot",
            )
        if version != FORMAT or version is True:
            raise ValueError("no format version")
        return _checked(_manifest(document))
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        raise SnapshotDamaged(
            f"{path} is not a manifest: {error}",
            hint="bring it back from version control, or make the snapshot again",
        ) from error


def _checked(manifest: Manifest) -> Manifest:
    """The manifest, if it does not contradict itself."""
    names = [entry.name for entry in manifest.tables]
    if len(set(names)) < len(names):
        raise ValueError("a table is listed twice")
    if not manifest.formats or not set(manifest.formats) <= set(FORMATS):
        raise ValueError(f"its formats are {', '.join(manifest.formats) or 'none'}")
    for entry in manifest.tables:
        if "archive" in manifest.formats and sum(c.rows for c in entry.chunks) != entry.rows:
            raise ValueError(f"{entry.name}: the rows of its chunks are not its rows")
    numbers = [entry.rows for entry in manifest.tables]
    numbers += [number for e in manifest.tables for chunk in e.chunks for number in chunk]
    numbers += [entry.size for entry in manifest.files.values()]
    if min([*numbers, manifest.post_data, manifest.relations, manifest.large_objects or 0]) < 0:
        raise ValueError("a number is below zero")
    return manifest


def _manifest(document: dict[str, Any]) -> Manifest:
    files = {
        str(n): FileEntry(str(f["sha256"]), _integer(f["size"]))
        for n, f in document["files"].items()
    }
    for name in files:
        if name != FILE_NAME and (Path(name).is_absolute() or ".." in Path(name).parts):
            raise ValueError(f"file name {name!r} leaves the directory")
    return Manifest(
        tool=str(document["tool"]),
        created_at=str(document["created_at"]),
        source=Source(**document["source"]),
        formats=tuple(map(str, document["formats"])),
        schemas=tuple(map(str, document["schemas"])),
        complete=bool(document["complete"]),
        tables=tuple(_table(table) for table in document["tables"]),
        cycles=tuple(tuple(_name(name) for name in cycle) for cycle in document["cycles"]),
        foreign_keys=tuple(_foreign_key(key) for key in document["foreign_keys"]),
        deferred=tuple(
            DeferredKey(_name(key), str(key["constraint"]), str(key["reason"]))
            for key in document["deferred"]
        ),
        sequences=tuple(
            SequenceValue(_name(s), _integer(s["last_value"]), bool(s["is_called"]))
            for s in document["sequences"]
        ),
        materialized_views=tuple(_name(view) for view in document["materialized_views"]),
        extensions={str(n): str(v) for n, v in document["extensions"].items()},
        large_objects=None
        if document["large_objects"] is None
        else _integer(document["large_objects"]),
        post_data=_integer(document["post_data"]),
        relations=_integer(document["relations"]),
        objects={
            SchemaObject(str(kind), str(schema), str(name)): str(hash_)
            for kind, schema, name, hash_ in document["objects"]
        },
        files=files,
        folder=_folder(document.get("folder", "")),
    )


def _folder(name: Any) -> str:
    if not re.fullmatch(r"[0-9A-Za-z-]*", str(name)):
        raise ValueError(f"folder {name!r} leaves the directory")
    return str(name)


def _table(document: dict[str, Any]) -> TableEntry:
    checksum = document["checksum"]
    configuration = document.get("configuration")
    archive = document.get("archive", {"chunks": [], "binary": False})
    return TableEntry(
        name=_name(document),
        columns=tuple(Column(str(c["name"]), str(c["type"])) for c in document["columns"]),
        rows=_integer(document["rows"]),
        checksum=None if checksum is None else str(checksum),
        partitioned=bool(document.get("partitioned", False)),
        configuration=None if configuration is None else str(configuration),
        chunks=tuple(Chunk(int(rows), int(size)) for rows, size in archive["chunks"]),
        binary=bool(archive["binary"]),
    )


def _foreign_key(document: dict[str, Any]) -> ForeignKey:
    table, references = _name(document), document["references"]
    return ForeignKey(
        name=str(document["constraint"]),
        table=table,
        root=table,
        columns=tuple(map(str, document["columns"])),
        referenced=_name(references),
        referenced_root=_name(references),
        referenced_columns=tuple(map(str, references["columns"])),
        match_full=bool(document.get("match_full", False)),
        validated=not document.get("unchecked", False),
    )


def _integer(value: object) -> int:
    """A whole number that is written as one; 1e300 is none."""
    if type(value) is not int:
        raise ValueError(f"{value!r} is no whole number")
    return value


def _name(document: Any) -> Name:
    return Name(str(document["schema"]), str(document["name"]))
