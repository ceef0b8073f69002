""".gitattributes in a snapshot's folder: git shows each row once, and lets us merge.

It is no part of the snapshot: the seal does not cover it, and an edited one is kept.
"""

from __future__ import annotations

import os
from collections.abc import Collection
from pathlib import Path

from snapshot.store.layout import (
    ADVANCED_SEED_SQL,
    ARCHIVE,
    DATA_SQL,
    RANGES_JSON,
    SCHEMA_JSON,
    SCHEMA_SQL,
    SEED_DATA_JSON,
    SEED_SQL,
)
from snapshot.store.manifest import FILE_NAME
from snapshot.store.new_files import PUBLIC

ATTRIBUTES = ".gitattributes"
DRIVER = "snapshot"  # the name of the merge driver and of the diff driver
_HEAD = """\
# Written by snapshot, and kept if you edit it. The rows are shown in one file; the others hold
# them too. `snapshot git install` makes `git merge` merge them by rows.
* -text
"""


def attributes(formats: Collection[str]) -> str:
    """The content for a snapshot of these formats: the first text of rows is the one to read."""
    shown = DATA_SQL if "sql" in formats else SEED_DATA_JSON
    hidden = "-diff linguist-generated"
    lines = [
        f"{FILE_NAME} linguist-generated merge={DRIVER}",
        f"{SCHEMA_SQL} merge={DRIVER}",
        f"{SCHEMA_JSON} linguist-generated merge={DRIVER}",
        f"{DATA_SQL} diff={DRIVER} merge={DRIVER}",
        *(f"{name} {hidden} merge={DRIVER}" for name in (SEED_SQL, ADVANCED_SEED_SQL)),
        f"{SEED_DATA_JSON} {'' if shown == SEED_DATA_JSON else hidden + ' '}merge={DRIVER}",
        f"{RANGES_JSON} {hidden} merge={DRIVER}",
        f"{ARCHIVE}/** {hidden} merge={DRIVER}",
    ]
    return _HEAD + "\n".join(lines) + "\n"


def write_attributes(folder: Path, formats: Collection[str]) -> list[str]:
    """Write the file where there is none, or one of ours; returns a note if it was edited."""
    path = folder / ATTRIBUTES
    wanted = attributes(formats)
    try:
        if os.path.lexists(path):
            there = path.read_text(errors="replace")
            if there == wanted:
                return []
            if there not in (attributes(["sql"]), attributes(["json"])):
                return [f"{path} was edited: it stays as it is"]
        new = folder / f"{ATTRIBUTES}.new"
        new.unlink(missing_ok=True)
        new.write_text(wanted)
        new.chmod(PUBLIC)
        new.replace(path)
    except OSError as error:
        return [f"{path} could not be written: {error.strerror or error}"]
    return []
