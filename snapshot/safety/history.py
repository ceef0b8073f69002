"""What this machine remembers: which snapshot a database was last restored from."""

from __future__ import annotations

import contextlib
import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import orjson

from snapshot.catalog import Definitions
from snapshot.errors import SnapshotError
from snapshot.store.definitions import dump_definitions, parse_definitions
from snapshot.store.fields import Fields, typed
from snapshot.store.folders import private_folder, state_folder
from snapshot.store.location import Directory, directory_of
from snapshot.store.manifest import Manifest, dump_manifest, parse_manifest


@dataclass(frozen=True)
class Restored:
    """A restore that happened: from where, and what was there."""

    directory: Directory
    digest: str
    manifest: Manifest
    definitions: Definitions | None  # of the snapshot's schema, in the words of this server
    at: str = ""


def remember_restore(fingerprint: str, restored: Restored) -> None:
    """Record what was restored into a database. A home that cannot be written is no failure."""
    place, schema = restored.directory, restored.definitions
    record = {
        "directory": str(place.resolve() if isinstance(place, Path) else place),
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "digest": restored.digest,
        "manifest": dump_manifest(restored.manifest).decode(),
        "schema": None if schema is None else dump_definitions(schema).decode(),
    }
    path = _path(fingerprint)
    with contextlib.suppress(OSError):
        private_folder(path.parent)
        path.write_bytes(orjson.dumps(record))


def remember_switch(fingerprint: str) -> None:
    """Exchange the record of a database with that of the one it changed places with."""
    path = _path(fingerprint)
    other, free = path.with_suffix(".previous"), path.with_suffix(".exchanged")
    for old, new in ((path, free), (other, path), (free, other)):
        with contextlib.suppress(OSError):
            old.replace(new)


def last_restore(fingerprint: str) -> Restored | None:
    """What a database was last restored from on this machine, if anything."""
    try:
        record = Fields(typed(dict, orjson.loads(_path(fingerprint).read_bytes())))
        manifest = parse_manifest(record.text("manifest").encode(), "manifest")
        definitions = None
        if record.get("schema") is not None:
            definitions = parse_definitions(record.text("schema").encode(), "schema")
        place, sealed = directory_of(record.text("directory")), record.text("digest")
        return Restored(place, sealed, manifest, definitions, record.text("at"))
    except (OSError, KeyError, TypeError, ValueError, SnapshotError):
        return None


def known_words(fingerprint: str, sealed: str) -> Definitions | None:
    """How a database's server writes the schema of the snapshot with this digest, if known."""
    restored = last_restore(fingerprint)
    return restored.definitions if restored and restored.digest == sealed else None


def _path(fingerprint: str) -> Path:
    name = hashlib.sha256(fingerprint.encode()).hexdigest()[:16]
    return state_folder() / "restored" / f"{name}.json"
