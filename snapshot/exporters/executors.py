"""Who runs the jobs of a create: threads here, or the workers of a Dask cluster."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager

from snapshot.errors import SnapshotError, UsageError, how_to_install
from snapshot.postgres.messages import is_discreet, keep_discretion


@contextmanager
def executor_of(scheduler: str | None, jobs: int) -> Iterator[Executor]:
    """An executor: threads, or the cluster at `scheduler` (tcp://host:8786).

    The workers need the same Python packages, PostgreSQL's client programs, and a way to the
    database and to the snapshot's directory. Raises SnapshotError if the cluster does not answer.
    """
    if scheduler is None:
        with ThreadPoolExecutor(
            jobs, initializer=keep_discretion, initargs=(is_discreet(),)
        ) as threads:
            yield threads
        return
    try:
        from distributed import Client
    except ImportError as error:
        raise UsageError(
            "a scheduler needs a library that is not installed",
            hint=how_to_install("scheduler"),
        ) from error
    try:
        client = Client(scheduler, timeout=10, set_as_default=False)  # type: ignore[no-untyped-call]
    except (OSError, ValueError) as error:
        raise SnapshotError(
            f"the scheduler at {scheduler} does not answer",
            hint="start it with: dask scheduler, and workers with: dask worker ADDRESS",
        ) from error
    with client, client.get_executor() as cluster:  # type: ignore[no-untyped-call]
        yield cluster
