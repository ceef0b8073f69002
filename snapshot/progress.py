"""What a running flow tells the outside. No terminal code here."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """Told about steps, and about rows as they move."""

    def expect(self, rows: int) -> None:
        """So many rows will move in all, as far as is known."""

    def step(self, title: str) -> None:
        """A named step begins."""

    def table(self, name: str) -> None:
        """The rows of a table begin to move."""

    def advance(self, rows: int, size: int) -> None:
        """So many more rows of the current table, in so many bytes, have moved."""


class _Silent:
    def expect(self, rows: int) -> None:
        pass

    def step(self, title: str) -> None:
        pass

    def table(self, name: str) -> None:
        pass

    def advance(self, rows: int, size: int) -> None:
        pass


NO_PROGRESS: Progress = _Silent()
