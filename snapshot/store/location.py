"""Object stores: a snapshot's directory may be s3://bucket/prefix, gs://…, az://….

Credentials and endpoints come from the environment, as every tool for that store reads them. Files
stream through memory in both directions; what breaks off is asked for again by the library.
"""

from __future__ import annotations

import io
import os
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from snapshot.errors import SnapshotError, UsageError

if TYPE_CHECKING:
    from obstore.store import ObjectStore

SCHEMES = ("s3", "gs", "az", "abfs")
_PART = 8 << 20  # bytes that are sent, or asked for, at a time


@dataclass(frozen=True)
class Remote:
    """A folder in an object store. It names the folder only, so any process may have it."""

    url: str

    def __str__(self) -> str:
        """The address for people: without a key or a signature that was written into it."""
        return re.sub(r"^(\w+://)[^/]*@", r"\1", self.url.partition("?")[0])

    def __truediv__(self, name: str) -> Remote:
        return Remote(f"{self.url}/{name}")

    def read_bytes(self) -> bytes:
        """The whole content of an object; FileNotFoundError if there is none."""
        import obstore

        with store_errors(self):
            return bytes(obstore.get(*_at(self)).bytes())

    def write_bytes(self, data: bytes) -> None:
        """Put an object whole, in the place of what is there."""
        import obstore

        with store_errors(self):
            obstore.put(*_at(self), data)

    def open(self, mode: str = "rb") -> BinaryIO:
        """An object, to be read in parts; FileNotFoundError if there is none."""
        return io.BufferedReader(_Object(self), _PART)

    def writer(self) -> Any:
        """A new object, sent in parts; it appears when it is closed."""
        import obstore

        with store_errors(self):
            return obstore.open_writer(*_at(self), buffer_size=_PART, max_concurrency=2)

    def sizes(self) -> dict[str, int]:
        """What lies in the folder: names relative to it, and bytes."""
        import obstore

        with store_errors(self):
            found = [item for page in obstore.list(_store(self.url)) for item in page]
        return {str(item["path"]): int(item["size"]) for item in found}

    def delete(self, names: Iterable[str]) -> None:
        """Remove objects of the folder."""
        import obstore

        if paths := list(names):
            with store_errors(self):
                obstore.delete(_store(self.url), paths)


class _Object(io.RawIOBase):
    """An object that is read in parts, each a request of its own: a lost one is repeated."""

    def __init__(self, place: Remote) -> None:
        import obstore

        self.name = str(place)
        self._place = place
        self._position = 0
        with store_errors(place):
            self._size = int(obstore.head(*_at(place))["size"])

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._position, os.SEEK_END: self._size}[whence]
        self._position = base + offset
        return self._position

    def readinto(self, buffer: Any) -> int:
        import obstore

        length = min(len(buffer), self._size - self._position)
        if length <= 0:
            return 0
        with store_errors(self._place):
            data = obstore.get_range(*_at(self._place), start=self._position, length=length)
        buffer[:length] = data
        self._position += length
        return length


Directory = Path | Remote


def directory_of(text: str | Path) -> Directory:
    """What the user means: a URL of an object store, or a folder here (file:// too)."""
    scheme, separator, rest = str(text).partition("://")
    if not separator:
        return Path(text)
    if scheme == "file":
        return Path(rest)
    if scheme not in SCHEMES:
        raise UsageError(
            f"{scheme}:// is no place for a snapshot",
            hint=f"use a folder, or one of: {', '.join(f'{s}://' for s in SCHEMES)}",
        )
    return Remote(str(text).rstrip("/"))


def _at(place: Remote) -> tuple[ObjectStore, str]:
    folder, _, name = place.url.rpartition("/")
    return _store(folder), name


@cache
def _store(url: str) -> ObjectStore:
    try:
        from obstore.store import from_url
    except ImportError as error:
        raise UsageError(
            "object stores need a library that is not installed",
            hint="pip install 'snapshot[storage]'",
        ) from error
    plain = os.environ.get("AWS_ENDPOINT_URL", "").startswith("http:")
    with store_errors(Remote(url)):
        return from_url(url, client_options={"allow_http": plain})


@contextmanager
def store_errors(place: Remote) -> Iterator[None]:
    """Turn what an object store says into ours; an object that is not there: FileNotFoundError."""
    try:
        from obstore.exceptions import BaseError, NotFoundError
    except ImportError:
        _store(place.url)
        raise
    try:
        yield
    except NotFoundError:
        raise FileNotFoundError(str(place)) from None
    except BaseError as error:
        first = re.sub(r"\s+", " ", str(error).split("Debug source")[0]).strip()
        raise SnapshotError(
            f"{place}: {first.replace(place.url, str(place))[:300]}",
            hint="check the address, and the credentials in the environment",
        ) from error
