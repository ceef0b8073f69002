"""Temporary folders that do not outlive a killed process for long: the next one removes them."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import gettempdir, mkdtemp

from snapshot.store.in_place import try_lock
from snapshot.store.location import is_own_folder

PREFIX = "snapshot-run-"


@contextmanager
def temporary_folder() -> Iterator[Path]:
    """A folder for this user alone (0700), removed when the block ends.

    What it holds may be secret: the folders of processes that were killed are removed first.
    """
    _remove_abandoned()
    path, lock = _locked_folder()
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)
        os.close(lock)


def _locked_folder() -> tuple[Path, int]:
    """A new folder, and the descriptor that holds its lock for as long as the process lives."""
    while True:
        path = Path(mkdtemp(prefix=PREFIX))
        with suppress(FileNotFoundError):  # another process took it for abandoned
            lock = os.open(path, os.O_RDONLY)
            if try_lock(lock) and path.exists():
                return path, lock
            os.close(lock)


def _remove_abandoned() -> None:
    for path in Path(gettempdir()).glob(f"{PREFIX}*"):
        with suppress(OSError):
            if not is_own_folder(path):
                continue
            lock = os.open(path, os.O_RDONLY)
            try:
                if try_lock(lock):
                    shutil.rmtree(path, ignore_errors=True)
            finally:
                os.close(lock)
