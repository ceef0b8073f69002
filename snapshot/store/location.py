"""Where a snapshot lies: in a folder here, or in an object store (s3://, gs://, az://).

Credentials and endpoints of object stores come from the environment, as every tool for that store
reads them. Files stream through memory in both directions.
"""

from __future__ import annotations

import io
import os
import re
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, BinaryIO, Protocol

from snapshot.errors import SnapshotError, UsageError, how_to_install
from snapshot.store.git_tree import GitTree, tree_at

if TYPE_CHECKING:
    from obstore.store import ObjectStore

SCHEMES = ("s3", "gs", "az", "abfs")
COMPLETE = ".snapshot-complete"  # a whole new snapshot, whose files are being moved to their places
NOT_PLAIN = "is a link or a special file, not a plain file"
_ROOT = 0
_PART = 8 << 20  # bytes of one request
_READ = (
    os.O_RDONLY
    | getattr(os, "O_NOFOLLOW", 0)
    | getattr(os, "O_NONBLOCK", 0)  # opening a FIFO does not wait for its other end
    | getattr(os, "O_BINARY", 0)
)


class Writer(Protocol):
    """A new file."""

    def write(self, data: memoryview) -> int:
        """Append some of the bytes; returns how many."""

    def finish(self) -> None:
        """Bring the file to where it stays."""

    def discard(self) -> None:
        """Close the file without finishing it."""


class Location(Protocol):
    """A folder of files, here or elsewhere. It can be sent to other processes."""

    @property
    def path(self) -> Path | None:
        """Where it is in the file system; None in an object store."""

    def folder(self, name: str) -> Location:
        """A folder inside it."""

    def sizes(self) -> dict[str, int | None]:
        """Its visible files and their bytes; None for what is no plain file: a link, a FIFO."""

    def open(self, name: str) -> BinaryIO:
        """A plain file, unbuffered; FileNotFoundError if there is none."""

    def read(self, name: str, most: int) -> bytes:
        """What a plain file holds, up to `most` bytes; OverflowError if that is not all."""

    def create(self, name: str, mode: int) -> Writer:
        """A new file, in the place of one that is there."""

    def delete(self, names: Iterable[str]) -> None:
        """Remove files."""


@dataclass(frozen=True)
class Folder:
    """A folder in the file system."""

    path: Path

    def __str__(self) -> str:
        return str(self.path)

    def folder(self, name: str) -> Folder:
        """A folder inside it."""
        return Folder(self.path / name)

    def sizes(self) -> dict[str, int | None]:
        """Its visible files and their bytes; None for what is no plain file."""
        found: dict[str, int | None] = {}
        for root in self._roots():
            found = dict(_walk(root, "")) | found
        return found

    def open(self, name: str) -> BinaryIO:
        """A plain file, unbuffered; FileNotFoundError if there is none."""
        *first, last = self._roots()
        for root in first:
            with suppress(FileNotFoundError):
                return _open_plain(root / name)
        return _open_plain(last / name)

    def read(self, name: str, most: int) -> bytes:
        """What a plain file holds, up to `most` bytes; OverflowError if that is not all."""
        content = bytearray()
        with self.open(name) as file:
            while block := file.read(1 << 20):
                content += block
                if len(content) > most:
                    raise OverflowError
        return bytes(content)

    def create(self, name: str, mode: int) -> Writer:
        """A new file of exactly this mode, in the place of one that is there."""
        path = self.path / name
        path.parent.mkdir(mode=0o755, exist_ok=True)
        path.unlink(missing_ok=True)
        return _NewFile(path, mode)

    def delete(self, names: Iterable[str]) -> None:
        """Remove files."""
        for name in names:
            (self.path / name).unlink(missing_ok=True)

    def _roots(self) -> list[Path]:
        """Where to look for a file, in turn: what is on its way to its place counts first."""
        return [self.path / COMPLETE, self.path] if unfinished(self.path) else [self.path]


def unfinished(path: Path) -> bool:
    """Whether files of a complete snapshot are still on their way to their places."""
    with suppress(OSError):
        return is_own_folder(path / COMPLETE, path.stat().st_uid, _ROOT)
    return False


def is_own_folder(path: Path, *others: int) -> bool:
    """Whether there is a folder, no link to one, of this user (or of one of the `others`)."""
    try:
        found = path.lstat()
    except OSError:
        return False
    user = os.geteuid() if hasattr(os, "geteuid") else found.st_uid
    return stat.S_ISDIR(found.st_mode) and found.st_uid in (user, *others)


def _walk(root: Path, prefix: str) -> Iterator[tuple[str, int | None]]:
    with os.scandir(root) as entries:
        for entry in entries:
            name = prefix + entry.name
            if name.startswith("."):
                continue
            if entry.is_dir(follow_symlinks=False):
                yield from _walk(root / entry.name, f"{name}/")
                continue
            with suppress(FileNotFoundError):  # it was moved or removed meanwhile
                found = entry.stat(follow_symlinks=False)
                yield name, found.st_size if stat.S_ISREG(found.st_mode) else None


def _open_plain(path: Path) -> BinaryIO:
    _check_plain(path, path.lstat())  # a device is not even opened
    descriptor = os.open(path, _READ)
    try:
        _check_plain(path, os.fstat(descriptor))
    except OSError:
        os.close(descriptor)
        raise
    return os.fdopen(descriptor, "rb", 0)


def _check_plain(path: Path, found: os.stat_result) -> None:
    if not stat.S_ISREG(found.st_mode):
        raise OSError(f"{path} {NOT_PLAIN}")


class _NewFile:
    def __init__(self, path: Path, mode: int) -> None:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
        self._file = io.FileIO(descriptor, "wb")
        path.chmod(mode)  # also what the umask takes away

    def write(self, data: memoryview) -> int:
        return self._file.write(data)

    def finish(self) -> None:
        os.fsync(self._file.fileno())
        self._file.close()

    def discard(self) -> None:
        self._file.close()


@dataclass(frozen=True)
class Remote:
    """A folder in an object store. It names the folder only, so any process may have it."""

    url: str

    def __str__(self) -> str:
        """The address as text to read: without a key or a signature that was written into it."""
        return re.sub(r"^(\w+://)[^/]*@", r"\1", self.url.partition("?")[0])

    @property
    def path(self) -> None:
        """None: it is not in the file system."""

    def __truediv__(self, name: str) -> Remote:
        return Remote(f"{self.url}/{name}")

    def folder(self, name: str) -> Remote:
        """A folder inside it."""
        return self / name

    def sizes(self) -> dict[str, int | None]:
        """What lies in the folder: names relative to it, and bytes."""
        with store_errors(self) as library:
            found = [item for page in library.list(_store(self.url)) for item in page]
        return {str(item["path"]): int(item["size"]) for item in found}

    def open(self, name: str) -> BinaryIO:
        """An object, to be read in parts; FileNotFoundError if there is none."""
        return io.BufferedReader(_Object(self / name), _PART)

    def read(self, name: str, most: int) -> bytes:
        """What an object holds, up to `most` bytes; OverflowError if that is not all."""
        with store_errors(self / name) as library:
            found = library.get(*_at(self / name))
            if found.meta["size"] > most:
                raise OverflowError
            return bytes(found.bytes())

    def read_bytes(self) -> bytes:
        """The whole content of an object; FileNotFoundError if there is none."""
        with store_errors(self) as library:
            return bytes(library.get(*_at(self)).bytes())

    def write_bytes(self, data: bytes) -> None:
        """Put an object whole, in the place of what is there."""
        with store_errors(self) as library:
            library.put(*_at(self), data)

    def create(self, name: str, mode: int) -> Writer:
        """A new object, sent in parts; it appears when it is finished."""
        return _NewObject(self / name)

    def delete(self, names: Iterable[str]) -> None:
        """Remove files."""
        if paths := list(names):
            with store_errors(self) as library:
                library.delete(_store(self.url), paths)


class _NewObject:
    def __init__(self, place: Remote) -> None:
        self._place = place
        with store_errors(place) as library:
            self._file = library.open_writer(*_at(place), buffer_size=_PART, max_concurrency=2)

    def write(self, data: memoryview) -> int:
        with store_errors(self._place):
            return int(self._file.write(data))

    def finish(self) -> None:
        with store_errors(self._place):
            self._file.close()

    def discard(self) -> None:
        self._file = None  # what was not closed does not appear


class _Object(io.RawIOBase):
    """An object that is read in parts, each a request of its own: a lost one is repeated."""

    def __init__(self, place: Remote) -> None:
        self.name = str(place)
        self._place = place
        self._position = 0
        with store_errors(place) as library:
            self._size = int(library.head(*_at(place))["size"])

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        length = min(len(buffer), self._size - self._position)
        if length <= 0:
            return 0
        with store_errors(self._place) as library:
            data = library.get_range(*_at(self._place), start=self._position, length=length)
        buffer[: len(data)] = data
        self._position += len(data)
        return len(data)


Directory = Path | Remote | GitTree


def directory_of(text: str | Directory) -> Directory:
    """What the user means: a URL of an object store, REVISION:FOLDER, or a folder (file:// too)."""
    if isinstance(text, Remote | GitTree):
        return text
    scheme, separator, rest = str(text).partition("://")
    if not separator:
        written = isinstance(text, str) and ":" in text and not Path(text).exists()
        return (written and tree_at(str(text))) or Path(text)
    if scheme == "file":
        return Path(rest)
    if scheme not in SCHEMES:
        raise UsageError(
            f"{scheme}:// is no place for a snapshot",
            hint=f"use a folder, or one of: {', '.join(f'{s}://' for s in SCHEMES)}",
        )
    return Remote(str(text).rstrip("/"))


def location_of(directory: Directory | Location | str) -> Location:
    """The place that a user's word stands for."""
    if isinstance(directory, str | Path):
        directory = directory_of(directory)
    return Folder(directory) if isinstance(directory, Path) else directory


def _at(place: Remote) -> tuple[ObjectStore, str]:
    folder, _, name = place.url.rpartition("/")
    return _store(folder), name


@cache
def _store(url: str) -> ObjectStore:
    from obstore.store import from_url

    plain = os.environ.get("AWS_ENDPOINT_URL", "").startswith("http:")
    return from_url(url, client_options={"allow_http": plain})


@contextmanager
def store_errors(place: Remote) -> Iterator[ModuleType]:
    """The library, whose errors become ours; an object that is not there: FileNotFoundError."""
    try:
        import obstore
        from obstore.exceptions import BaseError, NotFoundError
    except ImportError as error:
        raise UsageError(
            "object stores need a library that is not installed",
            hint=how_to_install("storage"),
        ) from error
    try:
        yield obstore
    except (NotFoundError, FileNotFoundError):
        raise FileNotFoundError(str(place)) from None
    except (BaseError, OSError) as error:
        first = re.sub(r"\s+", " ", str(error).split("Debug source")[0]).strip()
        raise SnapshotError(
            f"{place}: {first.replace(place.url, str(place))[:300]}",
            hint="check the address, and the credentials in the environment",
        ) from error
