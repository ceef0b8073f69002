"""What is done while faults strike; as a program, it does it in processes that kill themselves.

    python tests/faults.py < ORDERS

Each order is a line of JSON: work, url, directory, and the point at which the process is killed.
The answer is its exit code. Every process is a copy of this one, which has one thread only: a copy
of a process with several threads may wait for a lock that nobody holds any more.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import traceback
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from snapshot.create import CreateOptions, create_snapshot
from snapshot.planning.applications import ContainerOptions
from snapshot.planning.restore_plan import PlanOptions
from snapshot.restore import RestoreOptions, restore_snapshot
from snapshot.safety.backups import BackupOptions
from snapshot.store.manifest import FORMATS
from snapshot.swap import SwapOptions, swap_snapshot

Fault = Callable[[], None]


class FaultAt:
    """Progress that lets something happen at the n-th report, and counts them."""

    def __init__(self, point: int = -1, fault: Fault | None = None) -> None:
        self.reports: list[str] = []
        self._point = point
        self._fault = fault

    @property
    def kills(self) -> bool:
        """Whether something is to happen."""
        return self._fault is not None

    def expect(self, rows: int) -> None:
        pass

    def step(self, title: str) -> None:
        self._report(title)

    def table(self, name: str) -> None:
        self._report(f"table {name}")

    def advance(self, rows: int, size: int) -> None:
        self._report("rows")

    def _report(self, what: str) -> None:
        self.reports.append(what)
        if len(self.reports) - 1 == self._point and self._fault:
            self._fault()


def restore(url: str, directory: Path, progress: FaultAt, full: bool = True) -> None:
    """Without a safety snapshot, so that every point is one of the restore."""
    options = RestoreOptions(
        url,
        directory,
        confirm=True,
        plan=PlanOptions(source_format="sql"),
        containers=ContainerOptions(leave_alone=True),
        backup=BackupOptions(keep=False),
        full=full,
    )
    restore_snapshot(options, progress=progress)


def restore_the_rest(url: str, directory: Path, progress: FaultAt) -> None:
    """Only of the tables that differ."""
    restore(url, directory, progress, full=False)


def swap(url: str, directory: Path, progress: FaultAt) -> None:
    """The database built beside it takes its place."""
    swap_snapshot(SwapOptions(url, directory, confirm=True), progress=progress)


def create(url: str, directory: Path, progress: FaultAt) -> None:
    """In every format."""
    create_snapshot(CreateOptions(url, directory, formats=FORMATS), progress)


def masked(url: str, directory: Path, progress: FaultAt) -> None:
    """Masked by the policy beside it, in every format; rows are sorted on disk."""
    from snapshot.changes import lines

    lines.RUN = 4096
    policy = directory.parent / "masking.toml"
    create_snapshot(CreateOptions(url, directory, formats=FORMATS, mask=str(policy)), progress)


def proved(url: str, directory: Path, progress: FaultAt) -> None:
    """Masked, and restored beside the source to prove it: killed while that goes on."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("snapshot.postgres.embedded.running_database", lambda name: url)
        if progress.kills:
            kill = partial(os.kill, os.getpid(), signal.SIGKILL)
            patch.setattr("snapshot.restorers.scratch.begin", lambda server: kill())
        policy = directory.parent / "masking.toml"
        create_snapshot(CreateOptions(url, directory, mask=str(policy), prove=True))


WORKS = {work.__name__: work for work in (restore, restore_the_rest, swap, create, masked, proved)}


def _killed_at(point: int, work: str, url: str, directory: str) -> int:
    child = os.fork()
    if child == 0:
        kill = FaultAt(point, lambda: os.kill(os.getpid(), signal.SIGKILL))
        try:
            WORKS[work](url, Path(directory), kill)
        except BaseException:  # noqa: BLE001  # the copy must not go on as this program
            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


if __name__ == "__main__":
    for order in sys.stdin:
        sys.stdout.write(f"{_killed_at(**json.loads(order))}\n")
        sys.stdout.flush()
