"""What people and machines see: text through Rich, or one JSON document."""

from __future__ import annotations

import logging
import os
import sys
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import orjson

from snapshot.errors import SnapshotError
from snapshot.progress import NO_PROGRESS, Progress

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress as Bars

DETAILS_SHOWN = 20
QUIET_SECONDS = 1.0  # work shorter than this shows no bar


def say(text: str = "", style: str = "") -> None:
    """A line on stdout."""
    if not (sys.stdout.isatty() or os.environ.get("FORCE_COLOR")):
        sys.stdout.write(f"{text}\n")  # there is no style to show, and Rich takes time to load
        return
    _console().print(text, style=style or None, markup=False, highlight=False, soft_wrap=True)


def note(text: str) -> None:
    """A line beside the result, on stderr."""
    if not (sys.stderr.isatty() or os.environ.get("FORCE_COLOR")):
        sys.stderr.write(f"{text}\n")
        return
    _console(stderr=True).print(text, style="dim", markup=False, highlight=False, soft_wrap=True)


def json_document(document: dict[str, Any]) -> None:
    """The one JSON document of a command."""
    sys.stdout.buffer.write(orjson.dumps(document, option=orjson.OPT_INDENT_2, default=str) + b"\n")
    sys.stdout.buffer.flush()


def table(columns: Sequence[str], rows: Iterable[Sequence[object]], title: str = "") -> None:
    """A table; columns whose name starts with `>` are numbers."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    grid = Table(title=title or None, box=box.SIMPLE_HEAD, title_justify="left", pad_edge=False)
    for column in columns:
        grid.add_column(column.lstrip(">"), justify="right" if column.startswith(">") else "left",
                        overflow="fold")  # fmt: skip
    for row in rows:
        grid.add_row(*(Text(f"{v:,}" if type(v) is int else str(v)) for v in row))
    _console().print(grid)


def lines(items: Sequence[str], shown: int = DETAILS_SHOWN) -> None:
    """A list; of a long one the head."""
    for item in items[:shown]:
        say(f"  · {item}")
    if len(items) > shown:
        say(f"  … and {len(items) - shown:,} more (--json lists all)")


def fail(error: SnapshotError) -> None:
    """An error: for machines on stdout, for people on stderr with its details and its remedy."""
    if "--json" in sys.argv:
        json_document(
            {
                "error": {
                    "message": error.message,
                    "hint": error.hint,
                    "details": list(error.details),
                    "exit_code": error.exit_code,
                }
            }
        )
        return
    console = _console(stderr=True)
    console.print(f"error: {error.message}", style="bold red", markup=False, highlight=False,
                  soft_wrap=True)  # fmt: skip
    for detail in error.details[:DETAILS_SHOWN]:
        console.print(f"  · {detail}", markup=False, highlight=False, soft_wrap=True)
    if len(error.details) > DETAILS_SHOWN:
        console.print(f"  … and {len(error.details) - DETAILS_SHOWN:,} more (--json lists all)")
    if error.hint:
        console.print(f"hint: {error.hint}", markup=False, highlight=False, soft_wrap=True)


def pause(bars: Progress) -> None:
    """Take the bar away, so that something can be asked."""
    if isinstance(bars, _Bars):
        bars.close()


def size(count: int) -> str:
    """Bytes for people."""
    value = float(count)
    for unit in ("B", "kB", "MB", "GB"):
        if value < 1000 or unit == "GB":
            return f"{value:.0f} {unit}" if unit == "B" or value >= 100 else f"{value:.1f} {unit}"
        value /= 1000
    raise AssertionError


def ask(question: str, expected: str) -> bool:
    """Ask for a word to be typed; no terminal means no."""
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        return False
    _console(stderr=True).print(question, end=" ", markup=False, highlight=False, soft_wrap=True)
    try:
        return input().strip() == expected
    except EOFError:
        return False


@contextmanager
def statements(shown: bool) -> Iterator[None]:
    """Show each statement that is sent, without values, on stderr."""
    if not shown:
        yield
        return
    logger = logging.getLogger("snapshot.statements")
    handler = logging.StreamHandler(sys.stderr)
    logger.addHandler(handler)
    logger.setLevel(logging.DEBUG)
    try:
        yield
    finally:
        logger.removeHandler(handler)
        logger.setLevel(logging.NOTSET)


@contextmanager
def progress(quiet: bool = False) -> Iterator[Progress]:
    """Bars on a terminal, once the work has taken a second; nothing elsewhere."""
    if quiet or not sys.stderr.isatty():
        yield NO_PROGRESS
        return
    bars = _Bars()
    try:
        yield bars
    finally:
        bars.close()


class _Bars:
    """One line: the step or table, a bar, rows, rate and time left."""

    def __init__(self) -> None:
        self._started = 0.0
        self._total = 0
        self._bars: Bars | None = None
        self._timer: threading.Timer | None = None
        self._title = ""
        self._rows = 0
        self._bytes = 0
        self._before = 0  # rows that had moved when the bar began

    def expect(self, rows: int) -> None:
        self._total = rows

    def step(self, title: str) -> None:
        self._title = title
        if self._timer is None:  # a step may take long without another word
            self._started = time.monotonic()
            self._before = self._rows
            self._timer = threading.Timer(QUIET_SECONDS, self._appear)
            self._timer.daemon = True
            self._timer.start()
        self._show()

    def table(self, name: str) -> None:
        self.step(name)

    def advance(self, rows: int, size: int) -> None:
        self._rows += rows
        self._bytes += size
        self._show()

    def close(self) -> None:
        if self._timer:
            self._timer.cancel()
            self._timer.join()
            self._timer = None
        if self._bars:
            self._bars.stop()
            self._bars = None

    def _appear(self) -> None:
        bars = self._new_bars()
        bars.add_task("", total=None, rate="", rows="")
        bars.start()
        self._bars = bars
        self._show()

    def _show(self) -> None:
        if bars := self._bars:
            elapsed = time.monotonic() - self._started
            bars.update(
                bars.task_ids[0],
                description=self._title,
                total=max(self._total, self._rows) or None,
                completed=self._rows,
                rows=f"{self._rows:,} rows" if self._rows else "",
                rate=self._rate(elapsed),
            )

    def _rate(self, elapsed: float) -> str:
        if self._bytes:
            return f"{self._bytes / 1e6 / elapsed:.1f} MB/s"
        moved = self._rows - self._before
        return f"{moved / elapsed:,.0f} rows/s" if moved else ""

    def _new_bars(self) -> Bars:
        from rich import progress as rich_progress

        return rich_progress.Progress(
            rich_progress.SpinnerColumn(),
            rich_progress.TextColumn("{task.description}", markup=False),
            rich_progress.BarColumn(bar_width=24),
            rich_progress.TextColumn("{task.fields[rows]}  {task.fields[rate]}"),
            rich_progress.TimeElapsedColumn(),
            rich_progress.TimeRemainingColumn(),
            console=_console(stderr=True),
            transient=True,
        )


def _console(stderr: bool = False) -> Console:
    from rich.console import Console

    return Console(stderr=stderr)
