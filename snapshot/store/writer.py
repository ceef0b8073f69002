"""A snapshot appears under its name whole, or not at all."""

from __future__ import annotations

import os
import re
import secrets
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from snapshot.errors import SnapshotError
from snapshot.store.attributes import write_attributes
from snapshot.store.in_place import incoming_folder, publish
from snapshot.store.layout import SCHEMA_JSON, SCHEMA_SQL, is_ours
from snapshot.store.location import Directory, Folder, Location, Remote, location_of
from snapshot.store.manifest import (
    FILE_NAME,
    Manifest,
    dump_manifest,
    load_manifest,
)
from snapshot.store.new_files import PRIVATE, PUBLIC, HashedFile, Place
from snapshot.store.reader import check_files

_FOLDER = r"\d{8}-[0-9a-f]{8}"  # of one snapshot in an object store: the day, and a random number
_ABANDONED = timedelta(days=1)


class NewSnapshot(ABC):
    """A snapshot that is being written."""

    def __init__(self, location: Location, readable: bool) -> None:
        self._location = location
        self._readable = readable
        self._files: list[HashedFile] = []
        self.notes: list[str] = []  # what did not work, and does no harm

    def new_file(self, name: str) -> HashedFile:
        """Open a file of the snapshot for writing."""
        file = HashedFile(self._location, name, self._mode(name))
        self._files.append(file)
        return file

    @property
    def files(self) -> Directory:
        """Where they lie until the snapshot is sealed."""
        if self._location.path:
            return self._location.path
        assert isinstance(self._location, Remote)
        return self._location

    def place(self, name: str, level: int) -> Place:
        """Where a file goes that others write."""
        return Place(self._location, name, self._mode(name), level)

    @abstractmethod
    def seal(self, manifest: Manifest) -> bool:
        """Write the manifest, and with it make the snapshot appear.

        A snapshot of the same state that is there already stays untouched; returns False then.
        """

    def discard(self) -> None:
        """Close what is still open."""
        for file in self._files:
            file.discard()

    def _mode(self, name: str) -> int:
        """Who may read a file: nobody else may read one with rows, unless the user wants that."""
        public = self._readable or name in (SCHEMA_SQL, SCHEMA_JSON, FILE_NAME)
        return PUBLIC if public else PRIVATE


class _InFolder(NewSnapshot):
    """In a hidden folder inside the place where it will stand."""

    def __init__(self, incoming: Path, destination: Path, readable: bool) -> None:
        super().__init__(Folder(incoming), readable)
        self._incoming = incoming
        self._destination = destination

    def seal(self, manifest: Manifest) -> bool:
        """Write the manifest and move the files to their places."""
        if _holds(Folder(self._destination), manifest) and self._modes_set(manifest):
            self.notes += write_attributes(self._destination, manifest.formats)
            return False
        file = self.new_file(FILE_NAME)
        file.write(dump_manifest(manifest))
        file.close()
        publish(self._incoming, self._destination)
        self.notes += write_attributes(self._destination, manifest.formats)
        return True

    def _modes_set(self, manifest: Manifest) -> bool:
        """Let the files that stay be readable by whom new ones would be; False if that fails."""
        try:
            for name in manifest.files:
                path = self._destination / name
                if path.stat().st_mode & 0o777 != self._mode(name):
                    path.chmod(self._mode(name))
        except OSError:  # another user's: they are replaced
            return False
        return True


class _InStore(NewSnapshot):
    """In an object store: files in a new folder each time, and the manifest that names it."""

    def __init__(self, destination: Location, readable: bool) -> None:
        self._destination = destination
        self._folder = f"{datetime.now(UTC):%Y%m%d}-{secrets.token_hex(4)}"
        self._sealed = False
        super().__init__(destination.folder(self._folder), readable)

    def seal(self, manifest: Manifest) -> bool:
        """Write the manifest, and remove the files of the snapshot before."""
        if _holds(self._destination, manifest):
            return False
        old = ""
        with suppress(SnapshotError):
            old = load_manifest(self._destination).folder
        if lost := set(manifest.files) - set(self._location.sizes()):
            files = "1 file" if len(lost) == 1 else f"{len(lost)} files"
            raise SnapshotError(
                f"of the new snapshot, {files} went missing in {self._location}",
                hint="nothing was changed; run the command again",
            )
        file = HashedFile(self._destination, FILE_NAME, PUBLIC)
        file.write(dump_manifest(replace(manifest, folder=self._folder)))
        file.close()
        self._sealed = True
        self._tidy(old)
        return True

    def discard(self) -> None:
        """Remove what was written, if it was not sealed."""
        super().discard()
        if not self._sealed:
            with suppress(SnapshotError):
                self._remove({self._folder})

    def _tidy(self, old: str) -> None:
        """Remove the snapshot before, and what creates have left that were killed."""
        try:
            needed = {self._folder, load_manifest(self._destination).folder}
            heads = {name.split("/")[0] for name in self._destination.sizes()}
            self._remove({f for f in heads if f == old or _is_abandoned(f)} - needed)
        except (SnapshotError, OSError) as error:
            self.notes.append(f"files of older snapshots could not be removed: {error}")

    def _remove(self, folders: set[str]) -> None:
        """Remove files of snapshots, and no others, in folders of snapshots."""
        self._destination.delete(
            name
            for name in self._destination.sizes()
            for folder, _, file in [name.partition("/")]
            if folder in folders and re.fullmatch(_FOLDER, folder) and is_ours(file)
        )


def _is_abandoned(folder: str) -> bool:
    """Whether a folder without a manifest is too old for a create that is still running."""
    limit = datetime.now(UTC) - _ABANDONED
    return re.fullmatch(_FOLDER, folder) is not None and folder[:8] < f"{limit:%Y%m%d}"


def _holds(destination: Location, manifest: Manifest) -> bool:
    """Whether a snapshot of the same state is there, and whole."""
    try:
        existing = load_manifest(destination)
        return existing.same_state(manifest) and not check_files(destination, existing, whole=True)
    except SnapshotError:
        return False


@contextmanager
def new_snapshot(destination: Directory | str, readable: bool = False) -> Iterator[NewSnapshot]:
    """A place to write into; what was not sealed is removed.

    Files with rows are made for the user alone (0600) unless they are to be `readable` (0644); who
    reads them in an object store is the store's business.

    Raises Refused if what stands at the destination is not a snapshot, or holds other files.
    """
    location = location_of(destination)
    with ExitStack() as folder:
        snapshot: NewSnapshot
        if location.path is None:
            snapshot = _InStore(location, readable)
        else:
            target = Path(os.path.realpath(location.path))  # behind a link, if it is one
            with _written(f"cannot write {target}", "choose another directory"):
                incoming = folder.enter_context(incoming_folder(target))
            snapshot = _InFolder(incoming, target, readable)
        hint = "nothing was kept; free space or choose another directory"
        with _written("cannot write the snapshot", hint):
            try:
                yield snapshot
            finally:
                snapshot.discard()


@contextmanager
def _written(problem: str, hint: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise SnapshotError(f"{problem}: {error.strerror or error}", hint=hint) from error
