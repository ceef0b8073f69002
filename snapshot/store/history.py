"""What this machine remembers of a database: the snapshot it was restored from, or is in."""

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
    """A restore that happened: from where, and what was there. Or a create, the other way round.

    `of` is the user's own snapshot that was restored or created last: safety snapshots are not.
    """

    directory: Directory
    digest: str
    manifest: Manifest
    definitions: Definitions | None  # of the snapshot's schema, in the words of this server
    at: str = ""
    of: Directory | None = None


def remember_restore(fingerprint: str, restored: Restored) -> None:
    """Record what was restored into a database. A home that cannot be written is no failure."""
    of: Directory | None = restored.directory
    if safety_snapshot(restored.directory):
        before = last_state(fingerprint)
        of = before.of if before else None
    _remember(_path(fingerprint), restored, of)
    with contextlib.suppress(OSError):
        _created(fingerprint).unlink(missing_ok=True)


def remember_create(fingerprint: str, created: Restored) -> None:
    """Record the snapshot in which a database is now."""
    _remember(_created(fingerprint), created, created.directory)


def _remember(path: Path, restored: Restored, of: Directory | None) -> None:
    schema = restored.definitions
    record = {
        "directory": _whole(restored.directory),
        "of": None if of is None else _whole(of),
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "digest": restored.digest,
        "manifest": dump_manifest(restored.manifest).decode(),
        "schema": None if schema is None else dump_definitions(schema).decode(),
    }
    with contextlib.suppress(OSError, orjson.JSONEncodeError):  # a folder's name that is no UTF-8
        private_folder(path.parent)
        path.write_bytes(orjson.dumps(record))


def _whole(place: Directory) -> str:
    return str(place.resolve() if isinstance(place, Path) else place)


def remember_switch(fingerprint: str) -> None:
    """Exchange the record of a database with that of the one it changed places with."""
    path = _path(fingerprint)
    other, free = path.with_suffix(".previous"), path.with_suffix(".exchanged")
    for old, new in ((path, free), (other, path), (free, other)):
        with contextlib.suppress(OSError):
            old.replace(new)
    with contextlib.suppress(OSError):
        _created(fingerprint).unlink(missing_ok=True)


def last_restore(fingerprint: str) -> Restored | None:
    """What a database was last restored from on this machine, if anything."""
    return _read(_path(fingerprint))


def last_state(fingerprint: str) -> Restored | None:
    """The snapshot in which a database was last: it was created of it since, or restored."""
    return _read(_created(fingerprint)) or last_restore(fingerprint)


def _read(path: Path) -> Restored | None:
    try:
        record = Fields(typed(dict, orjson.loads(path.read_bytes())))
        manifest = parse_manifest(record.text("manifest").encode(), "manifest")
        definitions = None
        if record.get("schema") is not None:
            definitions = parse_definitions(record.text("schema").encode(), "schema")
        place, sealed = directory_of(record.text("directory")), record.text("digest")
        of = directory_of(record.text("of")) if record.get("of") else None
        return Restored(place, sealed, manifest, definitions, record.text("at"), of)
    except (OSError, KeyError, TypeError, ValueError, SnapshotError):
        return None


def safety_snapshot(place: Directory) -> str | None:
    """The name of a safety snapshot, as `undo --list` shows it; None of other snapshots."""
    if not isinstance(place, Path):
        return None
    whole, home = place.resolve(), backups_folder()
    return whole.name if home.resolve() in whole.parents else None


def known_words(fingerprint: str, sealed: str) -> Definitions | None:
    """How a database's server writes the schema of the snapshot with this digest, if known."""
    for known in (last_restore(fingerprint), last_state(fingerprint)):
        if known and known.digest == sealed:
            return known.definitions
    return None


def backups_folder() -> Path:
    """Where safety snapshots lie, in a folder for each database."""
    return state_folder() / "backups"


def _created(fingerprint: str) -> Path:
    return _path(fingerprint).with_suffix(".created")


def _path(fingerprint: str) -> Path:
    name = hashlib.sha256(fingerprint.encode()).hexdigest()[:16]
    return state_folder() / "restored" / f"{name}.json"
