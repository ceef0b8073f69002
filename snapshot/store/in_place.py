"""A folder's snapshot is exchanged in place: nothing else in the folder is touched.

New files are written into a hidden folder inside it. When that is whole, it is renamed: from then
on readers look there first, so the new snapshot has taken the place of the old one in one step. Its
files are then moved to their places, the manifest last. If that is interrupted, the next create
goes on with it.
"""

from __future__ import annotations

import errno
import os
import shutil
import stat
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from tempfile import mkdtemp

from snapshot.errors import Refused, SnapshotError
from snapshot.store.layout import ARCHIVE, FIXED_NAMES, is_ours
from snapshot.store.location import COMPLETE, Folder, is_own_folder
from snapshot.store.manifest import FILE_NAME, MOST_BYTES, Manifest, parse_manifest

INCOMING = ".snapshot-incoming-"
LOCK = ".snapshot-lock"
_PATIENCE = 30.0  # seconds for which another create may hold the lock


@contextmanager
def incoming_folder(destination: Path) -> Iterator[Path]:
    """A hidden folder inside the destination, for new files; what was made for it goes again.

    Raises Refused if what stands at the destination is not a snapshot, or holds other files.
    """
    if os.path.lexists(destination) and not destination.is_dir():
        raise Refused(f"{destination} is not a directory", hint="choose another name")
    with ExitStack() as undo:
        if not destination.exists():
            _make(destination, undo)
            destination.chmod(0o755)
        with locked(destination):
            _remove_abandoned(destination)
            finish(destination)
            _check_replaceable(destination)
            path = Path(mkdtemp(prefix=INCOMING, dir=destination))
            undo.callback(shutil.rmtree, path, ignore_errors=True)
            lock = os.open(path, os.O_RDONLY)
            undo.callback(os.close, lock)
            try_lock(lock)  # while it is held, the folder is in use
        yield path


def publish(incoming: Path, destination: Path) -> None:
    """Let a whole new snapshot take the place of the one that is there."""
    for folder, _, _ in os.walk(incoming):
        _sync(Path(folder))
    with locked(destination):
        finish(destination)
        _check_replaceable(destination)
        incoming.chmod(0o755)
        incoming.rename(destination / COMPLETE)
        _sync(destination)
        finish(destination)


def finish(destination: Path) -> None:
    """Move the files of a complete snapshot to their places, if there are any left."""
    complete = destination / COMPLETE
    if not os.path.lexists(complete):
        return
    if not is_own_folder(complete):
        raise SnapshotError(
            f"{complete} belongs to another user, or is no folder",
            hint="let that user run snapshot create, or remove it",
        )
    if (complete / FILE_NAME).exists():
        content = Folder(complete).read(FILE_NAME, MOST_BYTES)
        try:
            _move(complete, destination, parse_manifest(content, str(complete / FILE_NAME)))
        except OSError as error:
            raise SnapshotError(
                f"the snapshot is complete, but not all of its files could be moved from {complete}"
                f" to their places: {error.strerror or error}",
                hint="restore reads them from there; the next create goes on with it",
            ) from error
    shutil.rmtree(complete, ignore_errors=True)


def _move(complete: Path, destination: Path, manifest: Manifest) -> None:
    there = Folder(destination)
    there.delete(n for n in there.sizes() if is_ours(n) and n not in {*manifest.files, FILE_NAME})
    for name in [*manifest.files, FILE_NAME]:
        place = destination / name
        with suppress(FileNotFoundError):  # it is there already
            if not place.parent.exists():
                place.parent.mkdir()
                place.parent.chmod(0o755)
            if place.is_dir() and not place.is_symlink():
                place.rmdir()  # it is empty, or else the snapshot would have been refused
            (complete / name).replace(place)
    for folder in {(destination / name).parent for name in manifest.files}:
        _sync(folder)
    _sync(destination)
    _remove_if_empty(destination / ARCHIVE)


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold the folder's lock, a file that other users cannot open. It is removed afterwards.

    Raises SnapshotError if somebody else holds it for too long.
    """
    path = folder / LOCK
    deadline = time.monotonic() + _PATIENCE
    while (descriptor := _lock(path)) is None:
        if time.monotonic() > deadline:
            raise SnapshotError(
                f"another process holds {path}",
                hint="wait until the other snapshot create has ended, then run it again",
            )
        time.sleep(0.02)
    try:
        yield
    finally:
        path.unlink(missing_ok=True)
        os.close(descriptor)


def _lock(path: Path) -> int | None:
    flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    try:
        descriptor = os.open(path, flags, 0o600)
    except PermissionError:
        if not os.path.lexists(path):
            raise
        raise SnapshotError(
            f"{path} belongs to another user",
            hint="wait until that user's snapshot create has ended, or remove the file",
        ) from None
    with ExitStack() as closed_unless_held:
        closed_unless_held.callback(os.close, descriptor)
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode):
            raise OSError(errno.EINVAL, f"{path} is no plain file")
        if not try_lock(descriptor):
            return None
        with suppress(FileNotFoundError):  # removed by the one that held it until now
            if os.path.samestat(path.lstat(), found):
                closed_unless_held.pop_all()
                return descriptor
    return None


def try_lock(descriptor: int) -> bool:
    """Whether nobody else held the lock of a file; it is held until the descriptor is closed."""
    try:
        import fcntl
    except ImportError:  # Windows: creates at the same time are not kept apart
        return True
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _make(folder: Path, undo: ExitStack) -> None:
    """Make a folder and those above it."""
    if not os.path.lexists(folder):
        _make(folder.parent, undo)
        folder.mkdir(mode=0o755, exist_ok=True)  # less what the umask takes away
        undo.callback(_remove_if_empty, folder)


def _remove_if_empty(folder: Path) -> None:
    with suppress(OSError):
        folder.rmdir()


def _remove_abandoned(destination: Path) -> None:
    """Remove what creates of this user have left that were killed."""
    for abandoned in destination.glob(INCOMING + "*"):
        if is_own_folder(abandoned):
            descriptor = os.open(abandoned, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0))
            if try_lock(descriptor):
                shutil.rmtree(abandoned, ignore_errors=True)
            os.close(descriptor)


def _check_replaceable(destination: Path) -> None:
    sizes = Folder(destination).sizes()
    others = sorted(name for name in sizes if FILE_NAME not in sizes or not is_ours(name))
    if others:
        raise Refused(
            f"{destination} holds files that are not part of a snapshot: {', '.join(others[:5])}",
            hint="move them away, or choose another directory",
        )
    for name in FIXED_NAMES:
        if (destination / name).is_dir() and any((destination / name).iterdir()):
            raise Refused(
                f"{destination / name} is a folder, where a snapshot has a file",
                hint="move it away, or choose another directory",
            )


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
