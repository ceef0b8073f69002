"""Portions of work in threads, in order: numpy, Arrow and AES let other threads run meanwhile."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from typing import TypeVar

from snapshot.postgres.messages import is_discreet, keep_discretion

Item = TypeVar("Item")
Result = TypeVar("Result")

_MOST = 4  # threads: beyond that the parts that are Python stand in each other's way


def in_threads(function: Callable[[Item], Result], items: Iterable[Item]) -> Iterator[Result]:
    """What the function makes of each item, in their order.

    Items are taken here, not in the threads, and no more than are being worked on and one. What
    the function raises is raised here.
    """
    threads = min(_MOST, os.cpu_count() or 1)
    waiting = iter(items)
    first = list(islice(waiting, 2))
    if threads == 1 or len(first) < 2:
        yield from map(function, _chained(first, waiting))
        return
    executor = ThreadPoolExecutor(threads, initializer=keep_discretion, initargs=(is_discreet(),))
    running: deque[Future[Result]] = deque()
    try:
        for item in _chained(first, waiting):
            running.append(executor.submit(function, item))
            if len(running) > threads:
                yield running.popleft().result()
        while running:
            yield running.popleft().result()
    finally:
        executor.shutdown(cancel_futures=True)


def _chained(first: list[Item], rest: Iterator[Item]) -> Iterator[Item]:
    while first:
        yield first.pop(0)  # and keep none of them
    yield from rest
