"""What was stopped, on disk: so that a killed restore leaves word of what it left behind."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import mkstemp

import orjson
import platformdirs

from snapshot.errors import SnapshotError
from snapshot.planning.applications import Container


@dataclass(frozen=True)
class Journal:
    """A journal whose process is gone."""

    path: Path
    containers: tuple[Container, ...]

    def remove(self) -> None:
        """Forget it: all is up again, or as the user wants it."""
        self.path.unlink(missing_ok=True)


@contextmanager
def journal_of(containers: Sequence[Container]) -> Iterator[Journal]:
    """Write down what will be stopped, before the first stop; locked while this process lives.

    The one who opens it removes it when all is up again; what is left after a crash, or for a
    container that did not start, is found by left_behind().
    """
    folder = _folder()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        descriptor, name = mkstemp(prefix="stopped-", suffix=".json", dir=folder)
    except OSError as error:
        raise SnapshotError(
            f"cannot write down which containers are stopped: {error.strerror}",
            hint=f"make {folder} writable, or use --no-containers",
        ) from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        os.write(descriptor, orjson.dumps([asdict(container) for container in containers]))
        os.fsync(descriptor)
        yield Journal(Path(name), tuple(containers))
    finally:
        os.close(descriptor)


def left_behind() -> list[Journal]:
    """The journals whose processes are gone: a lock frees itself, no process number is guessed."""
    found = []
    for path in sorted(_folder().glob("stopped-*.json")):
        with path.open("rb") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                containers = [Container(**facts) for facts in orjson.loads(file.read())]
            except BlockingIOError:
                continue
            except (ValueError, TypeError):
                containers = []  # killed before it was written, so before the first stop
        if containers:
            found.append(Journal(path, tuple(containers)))
        else:
            path.unlink(missing_ok=True)
    return found


def _folder() -> Path:
    return platformdirs.user_state_path("snapshot") / "containers"
