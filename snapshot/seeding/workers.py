"""Processes that make rows, while this one sends them: bodies are pure, so it makes no difference.

Workers are forked, as bodies and the rows they read cannot be sent elsewhere; each gets the parents
of every n-th block and gives back what is to be copied. Only this process speaks to the server.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple

from snapshot.errors import SnapshotError

if TYPE_CHECKING:
    from multiprocessing.connection import Connection as Pipe

WORTH_IT = 50_000  # rows: below that, starting them takes longer
_AHEAD = 1  # blocks that a worker has: with more, both sides could wait for the other to read


class Copied(NamedTuple):
    """Rows for one COPY: as they are, or in the server's binary."""

    table: tuple[str, str]
    columns: tuple[str, ...]
    oids: Sequence[int]
    rows: Sequence[tuple[Any, ...]]
    number: int = 0  # of rows
    data: bytes | None = None


def available() -> bool:
    """Processes can be forked here."""
    return hasattr(os, "fork")


@contextmanager
def forked(
    number: int, make: Callable[[Any], list[Copied]]
) -> Iterator[Callable[[Iterable[Any]], Iterator[list[Copied]]]]:
    """Yields a function that lets `number` workers make something of blocks, in their order.

    `make` runs in the workers. What it raises is raised here.
    """
    import multiprocessing

    context = multiprocessing.get_context("fork")
    pipes: list[Pipe] = []
    workers = []
    for _ in range(number):
        ours, theirs = context.Pipe()
        worker = context.Process(target=_work, args=(theirs, make, [*pipes, ours]), daemon=True)
        worker.start()
        theirs.close()
        pipes.append(ours)
        workers.append(worker)
    try:
        yield lambda blocks: _dealt(pipes, iter(blocks))
    finally:
        for pipe in pipes:
            pipe.close()
        for worker in workers:
            worker.join(timeout=5)
            if worker.is_alive():
                worker.terminate()
                worker.join()


def _dealt(pipes: Sequence[Pipe], blocks: Iterator[Any]) -> Iterator[list[Copied]]:
    """Give out blocks in turn, and take back what became of them in the same turn."""
    given = 0
    for block in islice(blocks, _AHEAD * len(pipes)):
        pipes[given % len(pipes)].send(block)
        given += 1
    taken = 0
    while taken < given:
        pipe = pipes[taken % len(pipes)]
        try:
            answer = pipe.recv()
        except EOFError:
            raise SnapshotError(
                "a process that makes rows has ended", hint="nothing was written; try --jobs 1"
            ) from None
        taken += 1
        if isinstance(answer, tuple):
            kind, message, hint, details = answer
            raise kind(message, hint, details)
        block = next(blocks, None)
        if block is not None:
            pipe.send(block)  # to the one that is free now: its turn is the next that is not given
            given += 1
        yield answer


def _work(pipe: Pipe, make: Callable[[Any], list[Copied]], others: Sequence[Pipe]) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the one that speaks to the server ends us
    for other in others:
        other.close()
    while True:
        try:
            block = pipe.recv()
        except EOFError:
            return
        try:
            answer: Any = make(block)
        except SnapshotError as error:
            answer = (type(error), error.message, error.hint, error.details)
        pipe.send(answer)
