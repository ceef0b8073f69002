"""Two things at once: a producer runs ahead of its consumer by a few blocks."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterable, Iterator
from typing import TypeVar

Item = TypeVar("Item")

_AHEAD = 8  # items
_END = object()


def read_ahead(items: Iterable[Item]) -> Iterator[Item]:
    """The same items, made by a thread of its own while the last ones are used.

    What the producer raises is raised here. If the consumer leaves early, the producer ends with
    the item it is at.
    """
    made: queue.Queue[object] = queue.Queue(_AHEAD)
    left = threading.Event()

    def produce() -> None:
        try:
            for item in items:
                if left.is_set():
                    return
                made.put(item)
            made.put(_END)
        except BaseException as error:  # noqa: BLE001  # raised again by the consumer
            made.put(_Raised(error))

    thread = threading.Thread(target=produce, daemon=True)
    thread.start()
    try:
        while (item := made.get()) is not _END:
            if isinstance(item, _Raised):
                raise item.error
            yield item  # type: ignore[misc]
    finally:
        left.set()
        while thread.is_alive():
            try:
                made.get(timeout=0.01)
            except queue.Empty:
                continue
        thread.join()


class _Raised:
    def __init__(self, error: BaseException) -> None:
        self.error = error
