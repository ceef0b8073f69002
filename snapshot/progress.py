"""What a running flow tells the outside. No terminal code here."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """Told about steps, and about rows as they move."""

    def step(self, title: str) -> None:
        """A named step begins."""

    def table(self, name: str, rows: int) -> None:
        """The rows of a table begin to move; `rows` is how many to expect, 0 if unknown."""

    def advance(self, rows: int, size: int) -> None:
        """So many more rows of the current table, in so many bytes, have moved."""


class _Silent:
    def step(self, title: str) -> None:
        pass

    def table(self, name: str, rows: int) -> None:
        pass

    def advance(self, rows: int, size: int) -> None:
        pass


NO_PROGRESS: Progress = _Silent()
