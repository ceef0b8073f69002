"""Processes that make rows while this one sends them.

Workers are forked: bodies, and the rows that they read, cannot be sent elsewhere. Only this process
speaks to the server. A body depends on nothing but its parent and `r`, so the rows are the same
with any number of workers.
"""

from __future__ import annotations

import os
import signal
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing import get_context
from typing import Any, TypeVar

from snapshot.errors import SnapshotError
from snapshot.postgres.connection import Connection, end_work

WORTH_IT = 50_000  # rows: for fewer, starting workers takes longer than they save
_IN_FLIGHT = 2  # blocks for each worker: one that is made, and one that waits

Block = TypeVar("Block")
Made = TypeVar("Made")

_make: Callable[[Any], Any]  # in a worker: what it was forked for


def available() -> bool:
    """Whether this system can fork processes."""
    return hasattr(os, "fork")


@contextmanager
def forked(
    number: int, make: Callable[[Any], Made]
) -> Iterator[Callable[[Iterable[Any]], Iterator[Made]]]:
    """Yield a function that makes something of blocks in `number` workers, in the blocks' order.

    What `make` raises in a worker is raised here. SnapshotError says that a worker died.
    """
    executor = ProcessPoolExecutor(
        number, mp_context=get_context("fork"), initializer=_begin, initargs=(make,)
    )
    try:
        yield lambda blocks: _in_order(executor, _IN_FLIGHT * number, blocks)
    except BrokenProcessPool as error:
        raise SnapshotError(
            "a process that makes rows died", hint="nothing was written; try --jobs 1"
        ) from error
    finally:
        executor.shutdown(cancel_futures=True)


def made_while_sent(
    blocks: Iterable[Block],
    make: Callable[[Block], Made],
    send: Callable[[Made], int],
    connection: Connection,
) -> int:
    """Send what was made of a block while the next one is made. Returns what was sent altogether.

    `make` must not use the connection. Nothing is on its way while the next block is taken. If this
    is interrupted, what the server does is ended.
    """
    sent = 0
    waiting: Made | None = None
    with ThreadPoolExecutor(1) as sender:
        for block in blocks:
            under_way = None if waiting is None else sender.submit(send, waiting)
            try:
                waiting = make(block)
                sent += under_way.result() if under_way else 0
            except BaseException:
                if under_way:
                    end_work(under_way, [connection])
                raise
    return sent + (0 if waiting is None else send(waiting))


def _in_order(executor: ProcessPoolExecutor, most: int, blocks: Iterable[Any]) -> Iterator[Any]:
    waiting = deque[Any]()
    for block in blocks:
        waiting.append(executor.submit(_work, block))
        if len(waiting) == most:
            yield waiting.popleft().result()
    while waiting:
        yield waiting.popleft().result()


def _begin(make: Callable[[Any], Any]) -> None:
    global _make
    _make = make
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent process ends its workers


def _work(block: Any) -> Any:
    return _make(block)
