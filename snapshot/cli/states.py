"""What the arguments of diff and report mean: snapshots, git revisions, databases."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from snapshot.cli import reports
from snapshot.cli.options import DEFAULT_DIRECTORY
from snapshot.errors import UsageError

if TYPE_CHECKING:
    from snapshot.diff import State

UNDO = "undo:"


def find_states(a: str | None, b: str | None, database_url: str | None) -> tuple[State, State]:
    """Both sides; else the snapshot in seed_data, and the database."""
    return find_state(DEFAULT_DIRECTORY if a is None else a, database_url), (
        find_database(database_url) if b is None else find_state(b, database_url)
    )


def find_state(text: str, database_url: str | None) -> State:
    """A folder, REVISION:FOLDER, an address in an object store, undo:NAME or a database's URL.

    A safety snapshot is one of the database that is used without a word.
    """
    from snapshot.diff import SnapshotAt
    from snapshot.store.location import directory_of

    if not text.strip():
        raise UsageError("a side of the comparison is empty", hint="give a folder or a URL")
    if text.startswith(UNDO):
        return _safety_snapshot(text, database_url)
    if _is_database(text):
        return find_database(text)
    place = directory_of(text)
    if isinstance(place, Path) and ":" in text and "://" not in text and not place.exists():
        raise UsageError(
            f"there is no folder {text}, and git knows no revision {text.partition(':')[0]} here",
            hint="give a folder, REVISION:FOLDER, undo:NAME or a URL",
        )
    return SnapshotAt(place, text.partition("?")[0] if "://" in text else text)


def find_database(url: str | None) -> State:
    """The database of a URL, or the one that is used without a word."""
    from snapshot.cli.settings import find_target
    from snapshot.diff import DatabaseAt

    target = find_target(url)
    reports.announce(target)
    return DatabaseAt(target.url)


def _is_database(text: str) -> bool:
    from snapshot.store.location import SCHEMES

    scheme, separator, _ = text.partition("://")
    if separator:
        return scheme not in (*SCHEMES, "file")
    # a URL with one slash is one, too: its password is not shown as a folder's name
    meant = re.match(r"postgres(ql)?:|\s*\w+\s*=", text) or text == "embedded"
    return bool(meant) and not Path(text).exists()


def _safety_snapshot(text: str, database_url: str | None) -> State:
    from snapshot.cli.settings import find_target
    from snapshot.diff import SnapshotAt
    from snapshot.undo import backups_of

    database, backups = backups_of(find_target(database_url).url)
    name = text.removeprefix(UNDO)
    for backup in backups:
        if name in (backup.name, ""):
            return SnapshotAt(backup.path, f"{UNDO}{backup.name}")
    raise UsageError(
        f"there is no safety snapshot {name} of {database} on this machine",
        hint="snapshot undo --list shows them",
    )
