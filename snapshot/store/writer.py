"""A snapshot appears under its name whole, or not at all."""

from __future__ import annotations

import fcntl
import hashlib
import os
import secrets
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from tempfile import mkdtemp
from typing import Any, NamedTuple, Protocol

from snapshot.errors import Refused, SnapshotError
from snapshot.store.layout import is_ours
from snapshot.store.location import Directory, Remote, store_errors
from snapshot.store.manifest import FILE_NAME, FileEntry, Manifest, dump_manifest, load_manifest

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd


class Place(NamedTuple):
    """Where a file of a new snapshot goes; a worker elsewhere can open it too."""

    path: Directory
    mode: int
    level: int  # of zstd


class HashedFile:
    """A new file that is hashed while it is written."""

    def __init__(self, path: Directory, mode: int) -> None:
        self.path = path
        self._local = isinstance(path, Path)
        self._file: Any = (
            path.writer()
            if isinstance(path, Remote)
            else os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb", 0)
        )
        self._open = True
        self._hash = hashlib.sha256()
        self._size = 0
        self._pending: list[bytes] = []
        self._pending_size = 0

    def write(self, data: bytes) -> None:
        """Append the bytes."""
        self._pending.append(data)
        self._pending_size += len(data)
        if self._pending_size >= 1 << 18:
            self._flush()

    def close(self) -> FileEntry:
        """Bring everything to where it stays and return checksum and size."""
        self._flush()
        if self._local:
            os.fsync(self._file.fileno())
        with _stored(self.path):
            self._file.close()
        self._open = False
        return FileEntry(self._hash.hexdigest(), self._size)

    def discard(self) -> None:
        """Close the file if it is still open; in an object store it does not appear then."""
        if self._open and self._local:
            self._file.close()
        self._file = None

    def _flush(self) -> None:
        data = b"".join(self._pending)
        self._pending, self._pending_size = [], 0
        view = memoryview(data)
        with _stored(self.path):
            while view:
                view = view[self._file.write(view) :]
        self._hash.update(data)
        self._size += len(data)


class CompressedFile:
    """A new file of zstd; its entry is that of what lies on the disk."""

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
    """Write a file of zstd; what an earlier attempt left there is replaced."""
    if isinstance(place.path, Path):
        place.path.unlink(missing_ok=True)
    file = HashedFile(place.path, place.mode)
    try:
        new = CompressedFile(file, place.level)
        yield new
        new.finish()
    finally:
        file.discard()


class NewSnapshot(Protocol):
    """A snapshot that is being written."""

    def new_file(self, name: str, rows: bool = True) -> HashedFile:
        """Open a file of the snapshot for writing; one with rows is nobody else's to read."""

    def place(self, name: str, level: int) -> Place:
        """Where a file with rows goes that others write."""

    def seal(self, manifest: Manifest) -> bool:
        """Write the manifest, and with it make the snapshot appear.

        A snapshot of the same state that is there already stays untouched; returns False then.
        """


class _RemoteSnapshot:
    """In an object store: files under a new name each time, and the manifest that names them."""

    def __init__(self, destination: Remote) -> None:
        self._destination = destination
        self._folder = f"{datetime.now(UTC):%Y%m%d}-{secrets.token_hex(4)}"
        self._sealed = False

    def new_file(self, name: str, rows: bool = True) -> HashedFile:
        return HashedFile(self._destination / self._folder / name, 0)

    def place(self, name: str, level: int) -> Place:
        return Place(self._destination / self._folder / name, 0, level)

    def discard(self) -> None:
        if not self._sealed:
            self._delete([self._folder])

    def seal(self, manifest: Manifest) -> bool:
        existing = None
        with suppress(SnapshotError):
            existing = load_manifest(self._destination)
        if existing and existing.same_state(manifest):
            return False
        content = dump_manifest(replace(manifest, folder=self._folder))
        (self._destination / FILE_NAME).write_bytes(content)
        self._sealed = True
        self._delete([existing.folder] if existing else [])
        return True

    def _delete(self, folders: list[str]) -> None:
        names = self._destination.sizes()
        self._destination.delete(n for n in names if n.split("/")[0] in folders and "/" in n)


class _LocalSnapshot:
    """In a folder beside the place where it will stand."""

    def __init__(self, path: Path, destination: Path, readable: bool) -> None:
        self.path = path
        self._destination = destination
        self._readable = readable
        self._files: list[HashedFile] = []

    def new_file(self, name: str, rows: bool = True) -> HashedFile:
        file = HashedFile(self.path / name, self._mode(rows))
        self._files.append(file)
        return file

    def place(self, name: str, level: int) -> Place:
        path = self.path / name
        path.parent.mkdir(exist_ok=True)
        return Place(path, self._mode(rows=True), level)

    def _mode(self, rows: bool) -> int:
        return 0o600 if rows and not self._readable else 0o644

    def discard(self) -> None:
        """Close what is still open, and remove everything if it was not sealed."""
        for file in self._files:
            file.discard()
        shutil.rmtree(self.path, ignore_errors=True)

    def seal(self, manifest: Manifest) -> bool:
        """Write the manifest and move the directory to its place."""
        with _locked(self._destination.parent) as parent:  # against another create at this moment
            existing = _existing(self._destination)
            if existing and existing.same_state(manifest):
                return False
            with (self.path / FILE_NAME).open("xb") as file:
                file.write(dump_manifest(manifest))
                file.flush()
                os.fsync(file.fileno())
            _keep_hidden_files(self._destination, self.path)
            replaced = _replaced(self._destination)
            if self._destination.exists():
                self._destination.rename(replaced)
            self.path.rename(self._destination)
            os.fsync(parent)
            shutil.rmtree(replaced, ignore_errors=True)
        return True


@contextmanager
def new_snapshot(destination: Directory, readable: bool = False) -> Iterator[NewSnapshot]:
    """A place to write into; what was not sealed is removed.

    Files with rows are made for the user alone (0600) unless they are to be `readable` (0644); who
    reads them in an object store is the store's business.

    Raises Refused if what stands at the destination is not a snapshot, or holds other files.
    """
    if isinstance(destination, Path):
        with _local_snapshot(destination, readable) as local:
            yield local
        return
    remote = _RemoteSnapshot(destination)
    try:
        yield remote
    finally:
        remote.discard()


@contextmanager
def _local_snapshot(destination: Path, readable: bool) -> Iterator[_LocalSnapshot]:
    destination = Path(os.path.abspath(destination))
    try:
        destination.parent.mkdir(parents=True, exist_ok=True)
        with _locked(destination.parent):
            _recover(destination)
            _check_replaceable(destination)
            path = Path(mkdtemp(prefix=_incoming(destination), dir=destination.parent))
            lock = os.open(path, os.O_RDONLY)
            fcntl.flock(lock, fcntl.LOCK_EX)  # while it is held, the directory is in use
        path.chmod(0o755)
    except OSError as error:
        raise SnapshotError(
            f"cannot write {destination}: {error.strerror}", hint="choose another directory"
        ) from error
    snapshot = _LocalSnapshot(path, destination, readable)
    try:
        yield snapshot
    except OSError as error:
        raise SnapshotError(
            f"cannot write the snapshot: {error.strerror or error}",
            hint="nothing was kept; free space or choose another directory",
        ) from error
    finally:
        snapshot.discard()
        os.close(lock)


@contextmanager
def _stored(path: Directory) -> Iterator[None]:
    if isinstance(path, Path):
        yield
        return
    with store_errors(path):
        yield


def _incoming(destination: Path) -> str:
    return f".{destination.name}.incoming-"


def _replaced(destination: Path) -> Path:
    return destination.with_name(f".{destination.name}.replaced")


@contextmanager
def _locked(folder: Path) -> Iterator[int]:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield descriptor
    finally:
        os.close(descriptor)


def _existing(destination: Path) -> Manifest | None:
    if not (destination / FILE_NAME).exists():
        return None
    try:
        manifest = load_manifest(destination)
    except SnapshotError:
        return None
    whole = all(
        (destination / name).is_file() and (destination / name).stat().st_size == entry.size
        for name, entry in manifest.files.items()
    )
    return manifest if whole else None


def _recover(destination: Path) -> None:
    """Clean up after a create that was killed: between its two renames, or before them."""
    for abandoned in destination.parent.glob(_incoming(destination) + "*"):
        descriptor = os.open(abandoned, os.O_RDONLY)
        with suppress(BlockingIOError):
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(abandoned, ignore_errors=True)
        os.close(descriptor)
    replaced = _replaced(destination)
    if replaced.exists():
        if destination.exists():
            shutil.rmtree(replaced)
        else:
            replaced.rename(destination)


def _check_replaceable(destination: Path) -> None:
    if not destination.exists():
        return
    if not destination.is_dir():
        raise Refused(f"{destination} is not a directory", hint="choose another name")
    present = {
        str(path.relative_to(destination)) for path in destination.rglob("*") if not path.is_dir()
    }
    visible = {name for name in present if not _hidden(name)}
    others = sorted(name for name in visible if FILE_NAME not in visible or not is_ours(name))
    if others:
        raise Refused(
            f"{destination} holds files that are not part of a snapshot: {', '.join(others[:5])}",
            hint="move them away, or choose another directory",
        )


def _hidden(name: str) -> bool:
    return name.startswith(".")


def _keep_hidden_files(source: Path, target: Path) -> None:
    if source.is_dir():
        for path in source.iterdir():
            if _hidden(path.name) and path.is_file():
                shutil.copy2(path, target / path.name)
