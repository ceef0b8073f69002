"""New files of a snapshot: they are hashed while they are written."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

from snapshot.store.location import Location
from snapshot.store.manifest import FileEntry

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

PRIVATE = 0o600  # files with rows
PUBLIC = 0o644
_BUFFER = 1 << 18  # bytes


class Place(NamedTuple):
    """Where a file of a new snapshot goes. A worker on another machine can open it too."""

    location: Location
    name: str
    mode: int
    level: int  # of zstd


class HashedFile:
    """A new file that is hashed while it is written."""

    def __init__(self, location: Location, name: str, mode: int) -> None:
        self._file = location.create(name, mode)
        self._open = True
        self._hash = hashlib.sha256()
        self._size = 0
        self._pending: list[bytes] = []
        self._pending_size = 0

    @property
    def position(self) -> int:
        """How many bytes were written."""
        return self._size + self._pending_size

    def write(self, data: bytes) -> None:
        """Append the bytes."""
        self._pending.append(data)
        self._pending_size += len(data)
        if self._pending_size >= _BUFFER:
            self._flush()

    def close(self) -> FileEntry:
        """Bring everything to where it stays and return checksum and size."""
        self._flush()
        self._file.finish()
        self._open = False
        return FileEntry(self._hash.hexdigest(), self._size)

    def discard(self) -> None:
        """Close the file if it is still open; in an object store it does not appear then."""
        if self._open:
            self._file.discard()

    def _flush(self) -> None:
        data = b"".join(self._pending)
        self._pending, self._pending_size = [], 0
        view = memoryview(data)
        while view:
            view = view[self._file.write(view) :]
        self._hash.update(data)
        self._size += len(data)


class CompressedFile:
    """A new file of zstd. Its entry is that of the compressed bytes."""

    def __init__(self, file: HashedFile, level: int) -> None:
        self._file = file
        self._compressor = zstd.ZstdCompressor(level=level)
        self._entry: FileEntry | None = None
        self.size = 0  # bytes before compression

    def write(self, data: bytes) -> None:
        """Append the bytes, compressed."""
        self.size += len(data)
        self._file.write(self._compressor.compress(data))

    def finish(self) -> None:
        """Bring everything to the disk."""
        self._file.write(self._compressor.flush())
        self._entry = self._file.close()

    def entry(self) -> FileEntry:
        """Checksum and size of the finished file."""
        assert self._entry is not None
        return self._entry


@contextmanager
def compressed(place: Place) -> Iterator[CompressedFile]:
    """Write a file of zstd, in the place of what an earlier attempt left there."""
    file = HashedFile(place.location, place.name, place.mode)
    try:
        new = CompressedFile(file, place.level)
        yield new
        new.finish()
    finally:
        file.discard()
