"""Where a snapshot comes from, as its manifest says it."""

from __future__ import annotations

from dataclasses import dataclass

from snapshot.store.fields import Fields


@dataclass(frozen=True)
class Source:
    """Where the snapshot comes from, without secrets. A masked one does not name the database."""

    database: str  # "" if it is not to be told
    server_version: int
    encoding: str
    fingerprint: str  # of cluster and database

    @property
    def title(self) -> str:
        """The database as text to read."""
        return self.database or "a database that is not named"


def read_source(document: Fields) -> Source:
    """What asdict() of a Source gave. Raises KeyError, TypeError or ValueError."""
    return Source(
        document.text("database"),
        document.whole("server_version"),
        document.text("encoding"),
        document.text("fingerprint"),
    )
