"""Snapshots that were tampered with so that their checksums still agree."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

from snapshot.store.manifest import FileEntry, dump_manifest, load_manifest


def reseal(directory: Path, keep_checksums: bool = False) -> None:
    """Make the manifest agree with edited files; by default forget the tables' checksums."""
    manifest = load_manifest(directory)
    files = {
        name: FileEntry(
            hashlib.sha256((directory / name).read_bytes()).hexdigest(),
            (directory / name).stat().st_size,
        )
        for name in manifest.files
    }
    tables = manifest.tables
    if not keep_checksums:
        tables = tuple(replace(entry, checksum=None) for entry in tables)
    sealed = replace(manifest, files=files, tables=tables)
    (directory / "manifest.json").write_bytes(dump_manifest(sealed))
