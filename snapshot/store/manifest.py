"""The manifest: a snapshot's table of contents.

It is written last, so its presence means "complete".
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any, NamedTuple

import orjson

from snapshot.catalog import Column, ForeignKey, Name, Revision
from snapshot.errors import SnapshotDamaged, UsageError
from snapshot.store.conflicts import (
    Conflict,
    conflicts_document,
    read_conflicts,
    refuse_conflicts,
)
from snapshot.store.fields import Fields, typed, whole_number
from snapshot.store.foreign_keys import foreign_key, foreign_key_document
from snapshot.store.location import Directory, Location, location_of
from snapshot.store.masked import Masked, masked_document, read_masked, sha256_text
from snapshot.store.revisions import read_revisions, revisions_document
from snapshot.store.sealing import is_sealed, sealed_text
from snapshot.store.source import Source, read_source
from snapshot.store.states import States, read_states, states_document

FILE_NAME = "manifest.json"
FORMAT = 2  # 1 had hashes of definitions where schema.json now has their text
WITH_CONFLICTS = 3  # a version that does not know of them must not restore it
FORMATS = ("sql", "json", "archive")
MOST_BYTES = 200_000_000  # some 200 bytes for each object: a million of them
_HINT = "bring it back from version control, or make the snapshot again"

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
    key: tuple[str, ...] | None = None  # None: an older version did not record it
    ordered: bool = True  # in SQL and JSON the rows have the order of the key


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
    states: States | None = None  # None: made by a version that did not record them
    large_object_comments: Mapping[int, str] = field(default_factory=dict)
    publications: tuple[str, ...] = ()  # those that schema.sql holds
    migrations: tuple[Revision, ...] = ()  # where their tools stood; older versions said nothing
    files: Mapping[str, FileEntry] = field(default_factory=dict)
    folder: str = ""  # in which the files lie, in an object store
    conflicts: tuple[Conflict, ...] = ()  # of a merge, that are not settled
    masked: Masked | None = None  # None: the rows are as the source had them
    subset: str | None = None  # SHA-256 of the rules that chose the rows

    @property
    def rows(self) -> int:
        """Rows of all tables together."""
        return sum(table.rows for table in self.tables if table.name != LARGE_OBJECTS)

    @property
    def lists_schema(self) -> bool:
        """There is a schema.json; snapshots of older versions have none."""
        return "schema.json" in self.files

    def same_state(self, other: Manifest) -> bool:
        """Whether both are of the same state. When they were made does not count."""
        mine = replace(self, created_at=other.created_at, folder=other.folder)
        return manifest_document(mine) == manifest_document(other)


def dump_manifest(manifest: Manifest) -> bytes:
    """The manifest as JSON, made for `git diff`: one fact a line."""
    return sealed_text(manifest_document(manifest))


def manifest_document(manifest: Manifest) -> dict[str, Any]:
    """The manifest as plain lists and dictionaries."""
    return {
        "format": WITH_CONFLICTS if manifest.conflicts else FORMAT,
        "tool": manifest.tool,
        "created_at": manifest.created_at,
        "source": asdict(manifest.source),
        "formats": list(manifest.formats),
        "schemas": list(manifest.schemas),
        "complete": manifest.complete,
        "tables": [_table_document(table) for table in manifest.tables],
        "cycles": [[name._asdict() for name in cycle] for cycle in manifest.cycles],
        "foreign_keys": [foreign_key_document(fk) for fk in manifest.foreign_keys],
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
        **(
            {"large_object_comments": [[*item] for item in manifest.large_object_comments.items()]}
            if manifest.large_object_comments
            else {}
        ),
        **({"publications": list(manifest.publications)} if manifest.publications else {}),
        **revisions_document(manifest.migrations),
        "post_data": manifest.post_data,
        "relations": manifest.relations,
        **({"states": states_document(manifest.states)} if manifest.states else {}),
        **({"masked": masked_document(manifest.masked)} if manifest.masked else {}),
        **({"subset": manifest.subset} if manifest.subset else {}),
        "files": {name: asdict(entry) for name, entry in manifest.files.items()},
        **({"folder": manifest.folder} if manifest.folder else {}),
        **conflicts_document(manifest.conflicts),
    }


def _table_document(table: TableEntry) -> dict[str, Any]:
    document: dict[str, Any] = {
        **table.name._asdict(),
        "rows": table.rows,
        "checksum": table.checksum,
        "columns": [{"name": c.name, "type": c.type} for c in table.columns],
    }
    if table.key is not None:
        document["key"] = list(table.key)
    document |= {} if table.ordered else {"ordered": False}
    if table.partitioned:
        document["partitioned"] = True
    if table.configuration is not None:
        document["configuration"] = table.configuration
    if table.chunks:
        document["archive"] = {"binary": table.binary, "chunks": [*map(list, table.chunks)]}
    return document


def load_manifest(directory: Directory | Location) -> Manifest:
    """Read the manifest of a snapshot, also of one with conflicts.

    Raises UsageError where there is no snapshot, SnapshotDamaged where there is half of one.
    """
    return _load(directory)[0]


def digest(directory: Directory | Location) -> str:
    """SHA-256 of the manifest, and so, as it holds those of all files, of the snapshot."""
    return hashlib.sha256(_read(location_of(directory))).hexdigest()


def read_manifest(directory: Directory | Location) -> tuple[Manifest, str]:
    """The manifest of a snapshot that is to be used, and the SHA-256 of the bytes that were read.

    Raises what load_manifest() does, and SnapshotDamaged if a merge left conflicts.
    """
    manifest, sha256 = _load(directory)
    refuse_conflicts(str(directory), manifest.conflicts)
    return manifest, sha256


def _load(directory: Directory | Location) -> tuple[Manifest, str]:
    location = location_of(directory)
    content = _read(location)
    manifest = parse_manifest(content, str(location.folder(FILE_NAME)))
    return manifest, hashlib.sha256(content).hexdigest()


def _read(location: Location) -> bytes:
    path = location.folder(FILE_NAME)
    try:
        return location.read(FILE_NAME, MOST_BYTES)
    except FileNotFoundError:
        if location.path is None or not location.path.is_dir():
            raise UsageError(
                f"there is no snapshot in {location}", hint="make one with: snapshot create"
            ) from None
        raise SnapshotDamaged(
            f"{location} has no {FILE_NAME}: it is not a snapshot, or not a whole one",
            hint="make one with: snapshot create",
        ) from None
    except NotADirectoryError:
        raise UsageError(
            f"there is no snapshot in {location}: it is a file", hint="name a snapshot's folder"
        ) from None
    except OverflowError:
        raise SnapshotDamaged(
            f"{path} is larger than {MOST_BYTES // 1_000_000} MB: that is no manifest", hint=_HINT
        ) from None
    except OSError as error:
        raise SnapshotDamaged(
            f"{path} cannot be read: {error.strerror or error}", hint=_HINT
        ) from error


def parse_manifest(content: bytes, path: str) -> Manifest:
    """The manifest in a file's bytes; SnapshotDamaged if that is not what they are."""
    try:
        document = Fields(typed(dict, orjson.loads(content)))
        version = document.get("format")
        if not is_sealed(content):
            raise ValueError("its last line is not the checksum of the others")
        if isinstance(version, int) and version > WITH_CONFLICTS:
            raise UsageError(
                f"{path} has format {version}; this version reads up to {WITH_CONFLICTS}",
                hint="upgrade snapshot",
            )
        if version not in (1, FORMAT, WITH_CONFLICTS) or version is True:
            raise ValueError("no format version")
        if version == WITH_CONFLICTS and not document.get("conflicts"):
            raise ValueError("it lists no conflicts")
        return _checked(_manifest(document))
    except (KeyError, TypeError, ValueError) as error:
        raise SnapshotDamaged(f"{path} is not a manifest: {error}", hint=_HINT) from error


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


def _manifest(document: Fields) -> Manifest:
    return Manifest(
        tool=document.text("tool"),
        created_at=document.text("created_at"),
        source=read_source(document.map("source")),
        formats=document.texts("formats"),
        schemas=document.texts("schemas"),
        complete=document.flag("complete"),
        tables=tuple(map(_table, document.each("tables"))),
        cycles=tuple(
            tuple(Fields(typed(dict, name)).name() for name in typed(list, cycle))
            for cycle in typed(list, document["cycles"])
        ),
        foreign_keys=tuple(map(foreign_key, document.each("foreign_keys"))),
        deferred=tuple(
            DeferredKey(key.name(), key.text("constraint"), key.text("reason"))
            for key in document.each("deferred")
        ),
        sequences=tuple(
            SequenceValue(s.name(), s.whole("last_value"), s.flag("is_called"))
            for s in document.each("sequences")
        ),
        materialized_views=tuple(view.name() for view in document.each("materialized_views")),
        extensions={n: typed(str, version) for n, version in document.map("extensions").items()},
        large_objects=None
        if document["large_objects"] is None
        else document.whole("large_objects"),
        large_object_comments=dict(
            map(_comment, typed(list, document.get("large_object_comments", [])))
        ),
        publications=document.texts("publications") if "publications" in document else (),
        migrations=read_revisions(document),
        post_data=document.whole("post_data"),
        relations=document.whole("relations"),
        states=read_states(document.map("states")) if "states" in document else None,
        files=_files(document.map("files")),
        folder=_folder(document.get("folder", "")),
        conflicts=read_conflicts(document),
        masked=read_masked(document.map("masked")) if "masked" in document else None,
        subset=sha256_text(document.text("subset")) if "subset" in document else None,
    )


def _files(document: Fields) -> dict[str, FileEntry]:
    for name in document:
        # a path of plain names, so that it does not leave the directory
        if "\0" in name or "\\" in name or not {"", ".", ".."}.isdisjoint(name.split("/")):
            raise ValueError(f"file name {name!r} leaves the directory")
    fields = {name: document.map(name) for name in document}
    return {name: FileEntry(f.text("sha256"), f.whole("size")) for name, f in fields.items()}


def _comment(item: Any) -> tuple[int, str]:
    number, text = typed(list, item)
    return whole_number(number), typed(str, text)


def _folder(name: Any) -> str:
    if not re.fullmatch(r"[0-9A-Za-z-]*", typed(str, name)):
        raise ValueError(f"folder {name!r} leaves the directory")
    return str(name)


def _table(document: Fields) -> TableEntry:
    archive = document.map("archive") if "archive" in document else _NO_ARCHIVE
    return TableEntry(
        name=document.name(),
        columns=tuple(Column(c.text("name"), c.text("type")) for c in document.each("columns")),
        rows=document.whole("rows"),
        checksum=None if document["checksum"] is None else document.text("checksum"),
        partitioned=document.flag("partitioned", False),
        configuration=document.text("configuration") if "configuration" in document else None,
        key=document.texts("key") if "key" in document else None,
        ordered=document.flag("ordered", True),
        chunks=tuple(map(_chunk, typed(list, archive["chunks"]))),
        binary=archive.flag("binary"),
    )


_NO_ARCHIVE = Fields(chunks=[], binary=False)


def _chunk(item: Any) -> Chunk:
    rows, size = typed(list, item)
    return Chunk(whole_number(rows), whole_number(size))
