"""Status: the tables of a database, and whether it is in the state of its snapshot."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from snapshot.catalog import Name
from snapshot.changes.model import in_short
from snapshot.errors import SnapshotDamaged, UsageError
from snapshot.planning.migrations import shown
from snapshot.postgres.connection import Connection, connected, consistent_read, describe
from snapshot.postgres.identity import read_identity
from snapshot.postgres.introspect import count_rows, read_catalog, read_sizes
from snapshot.postgres.migrations import read_revisions
from snapshot.postgres.urls import AnyUrl, url_text
from snapshot.progress import NO_PROGRESS, Progress
from snapshot.store.history import Restored, known_words, last_restore, last_state, safety_snapshot
from snapshot.store.location import Directory, directory_of
from snapshot.store.reader import SnapshotFiles, open_rows
from snapshot.verify import Differences, database_differences


@dataclass(frozen=True)
class TableStatus:
    """Rows of a table, and its size on the server's disk in bytes, indexes included."""

    name: Name
    rows: int
    size: int


@dataclass(frozen=True)
class Compared:
    """A database beside a snapshot; `note` says what could not be used of it."""

    directory: str  # to read
    differences: Differences
    note: str = ""

    def __str__(self) -> str:
        """`equals seed_data`, `differs from seed_data: category +1, customer ~3`."""
        if not self.differences.lines:
            return f"equals {self.directory}"
        tables = in_short(self.differences.tables)
        return f"differs from {self.directory}" + (f": {tables}" if tables else "")

    @property
    def lines(self) -> list[str]:
        """What the text does not say: everything but the rows of tables that were read."""
        read = {table.name for table in self.differences.tables}
        return self.differences.lines if not read else self.differences.others

    def to_dict(self) -> dict[str, Any]:
        """For --json."""
        return {
            "directory": self.directory,
            "equal": not self.differences.lines,
            "tables": [table.to_dict() for table in self.differences.tables],
            "differences": self.differences.lines,
            "remedy": self.differences.remedy,
            "note": self.note,
        }


@dataclass(frozen=True)
class StatusReport:
    """Tables of a database, where it came from, and the snapshot with which it was compared."""

    database: str
    tables: tuple[TableStatus, ...]
    restored: Restored | None  # what this machine restored into it last
    compared: Compared | None = None
    migrations: tuple[str, ...] = ()  # where their tools stand

    @property
    def differences(self) -> tuple[str, ...]:
        """From the snapshot, a line each."""
        return tuple(self.compared.differences.lines) if self.compared else ()

    @property
    def remedy(self) -> str:
        """What to do about them."""
        return self.compared.differences.remedy if self.compared else ""

    def to_dict(self) -> dict[str, Any]:
        """What --json prints, but for the database's URL: values that json.dumps takes."""
        restored = self.restored
        return {
            "target": self.database,
            "tables": [{**t.name._asdict(), "rows": t.rows, "size": t.size} for t in self.tables],
            "rows": sum(t.rows for t in self.tables),
            "migrations": list(self.migrations),
            "restored": None
            if restored is None
            else {
                "directory": place_text(restored.directory),
                "at": str(restored.at),
                "digest": restored.digest,
            },
            "compared": self.compared.to_dict() if self.compared else None,
        }


def database_status(
    url: AnyUrl, directory: str | Directory | None = None, progress: Progress = NO_PROGRESS
) -> StatusReport:
    """Count and measure the tables, and compare them with a snapshot.

    That is the one in `directory`, else the one that this machine created of the database or
    restored into it last. Raises UsageError if there is none in `directory`.
    """
    conninfo = url_text(url)
    with connected(conninfo) as connection:
        with consistent_read(connection):
            tables = read_catalog(connection).tables
            revisions = read_revisions(connection, tables)
            counts = count_rows(connection, tables)
            sizes = read_sizes(connection, list(counts))
            fingerprint = read_identity(connection).fingerprint
        return StatusReport(
            describe(connection),
            tuple(TableStatus(name, counts[name], sizes[name]) for name in counts),
            last_restore(fingerprint),
            _compared(connection, conninfo, fingerprint, directory, progress),
            tuple(f"{shown(revision)} ({revision.tool})" for revision in revisions),
        )


def _compared(
    connection: Connection,
    url: str,
    fingerprint: str,
    directory: str | Directory | None,
    progress: Progress,
) -> Compared | None:
    known = last_state(fingerprint)
    if directory is None and known is None:
        return None
    if directory is not None:
        place = directory_of(directory)
    else:
        assert known
        place = known.of or known.directory
    files, note = _opened(place, given=directory is not None)
    if files is None:
        if known is None or known.definitions is None:
            return Compared(place_text(place), _UNKNOWN, note)
        found = database_differences(
            connection, url, known.manifest, known.definitions, progress=progress
        )
        return Compared(place_text(place), found, f"{note}: compared with what is remembered of it")
    definitions = known_words(fingerprint, files.digest) or files.definitions
    if definitions is None:
        return Compared(place_text(place), _UNKNOWN, note)
    found = database_differences(
        connection, url, files.manifest, definitions, files, progress=progress
    )
    return Compared(place_text(place), found, note)


_UNKNOWN = Differences(
    ["not compared: an older version made the snapshot"], "make it again with: snapshot create"
)


def _opened(place: Directory, *, given: bool) -> tuple[SnapshotFiles | None, str]:
    try:
        files = open_rows(place)
    except UsageError:
        if given:
            raise
        return None, f"{place_text(place)} is not there any more"
    except SnapshotDamaged:
        if given:
            raise
        return None, f"{place_text(place)} is damaged"
    return files, f"the rows of {place_text(place)} were edited by hand" if files.edited else ""


def place_text(place: Directory) -> str:
    """A snapshot's place as the commands take it: undo:NAME for a safety snapshot."""
    name = safety_snapshot(place)
    return f"undo:{name}" if name else str(place)
