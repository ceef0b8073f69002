"""A record on disk of the containers that a restore has stopped, in case it is killed."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import mkstemp

import orjson

from snapshot.errors import SnapshotError
from snapshot.planning.applications import Container
from snapshot.store.folders import private_folder, state_folder

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

_LOCKED_BYTE = 1 << 30  # on Windows a locked byte cannot be read, so it is beyond the content


@dataclass(frozen=True)
class Journal:
    """The record of one restore."""

    path: Path
    containers: tuple[Container, ...]

    def remove(self) -> None:
        """Forget it: all containers are up again, or the user wants them as they are."""
        self.path.unlink(missing_ok=True)

    def keep(self, containers: Sequence[Container]) -> None:
        """Forget all but these."""
        shorter = self.path.with_suffix(".new")
        with shorter.open("wb") as file:
            file.write(_encoded(containers))
            file.flush()
            os.fsync(file.fileno())
        os.replace(shorter, self.path)


@contextmanager
def journal_of(containers: Sequence[Container]) -> Iterator[Journal]:
    """Record what will be stopped, before the first stop; locked while this process runs.

    The caller removes the journal when all containers are up again. What remains after a crash, or
    because a container did not start, is found by left_behind().
    """
    folder = _folder()
    try:
        private_folder(folder)
        descriptor, name = mkstemp(prefix="stopped-", suffix=".json", dir=folder)
    except OSError as error:
        raise SnapshotError(
            f"cannot record which containers are stopped: {error.strerror}",
            hint=f"make {folder} writable, or use --no-containers",
        ) from error
    try:
        _lock(descriptor)
        os.write(descriptor, _encoded(containers))
        os.fsync(descriptor)
        yield Journal(Path(name), tuple(containers))
    finally:
        os.close(descriptor)


def left_behind() -> list[Journal]:
    """Find the journals of processes that have ended: the system has released their locks."""
    found = []
    for path in sorted(_folder().glob("stopped-*.json")):
        try:
            with path.open("r+b") as file:
                _lock(file.fileno())
                containers = [Container(**facts) for facts in orjson.loads(file.read())]
        except OSError:  # its process still runs, or has just removed it
            continue
        except (ValueError, TypeError):  # killed while writing it, so before the first stop
            path.unlink(missing_ok=True)
            continue
        found.append(Journal(path, tuple(containers)))
    return found


def _encoded(containers: Sequence[Container]) -> bytes:
    return orjson.dumps([asdict(container) for container in containers])


def _lock(descriptor: int) -> None:
    """Lock a file until it is closed. Raises OSError if another process has locked it."""
    if fcntl:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return
    import msvcrt

    os.lseek(descriptor, _LOCKED_BYTE, os.SEEK_SET)
    msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined]
    os.lseek(descriptor, 0, os.SEEK_SET)


def _folder() -> Path:
    return state_folder() / "containers"
