"""All that is printed: text through Rich, or one JSON document."""

from __future__ import annotations

import json
import logging
import os
import shutil
import sys
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TextIO

import orjson

from snapshot.cli.terminal import lost_output, visible, visible_json, visible_lines
from snapshot.errors import SnapshotError
from snapshot.progress import NO_PROGRESS, Progress

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress as Bars

DETAILS_SHOWN = 20
QUIET_SECONDS = 1.0  # work shorter than this shows no bar
UNFOLDED = 10_000  # columns of a table that no terminal shows: programs read whole names


class _Mode:
    as_json = False  # --json was given


def as_json(value: bool) -> bool:
    """Remember that the command prints a JSON document; errors are then one too."""
    _Mode.as_json = value
    return value


def say(text: str = "", style: str = "") -> None:
    """Print a line on stdout."""
    _print(sys.stdout, text, style)


def note(text: str) -> None:
    """Print a line on stderr, which is not part of the result."""
    _print(sys.stderr, text, "dim")


def passed_on(text: str) -> None:
    """Print a line of another program's on stderr, as it is but for control characters."""
    _print(sys.stderr, text)


def _print(stream: TextIO, text: str, style: str = "") -> None:
    text = visible(text)
    if not (stream.isatty() or os.environ.get("FORCE_COLOR")):
        stream.write(f"{text}\n")  # there is no style to show, and Rich takes time to load
        return
    console = _console(stderr=stream is sys.stderr)
    console.print(text, style=style or None, markup=False, highlight=False, soft_wrap=True)


def json_document(document: dict[str, Any]) -> None:
    """Print the one JSON document of a command."""
    try:
        text = orjson.dumps(document, option=orjson.OPT_INDENT_2, default=str).decode()
    except orjson.JSONEncodeError:  # a file name that is not UTF-8
        text = json.dumps(document, indent=2, default=str)
    sys.stdout.buffer.write(visible_json(text).encode() + b"\n")
    sys.stdout.buffer.flush()


def json_piece(text: str) -> None:
    """Print a piece of the one JSON document of a command, which is too long to be held whole."""
    sys.stdout.buffer.write(visible_json(text).encode())


def text(document: str) -> None:
    """Print text of several lines on stdout as it is, but for control characters."""
    sys.stdout.write(visible_lines(document))


def script(piece: str) -> None:
    """Print a piece of a script as it is; on a terminal without control characters."""
    sys.stdout.write(visible_lines(piece) if sys.stdout.isatty() else piece)


def columns() -> int | None:
    """The width of the terminal; None if nobody looks."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else None


def table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print a table; columns whose name starts with `>` are numbers."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    grid = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for column in columns:
        grid.add_column(column.lstrip(">"), justify="right" if column.startswith(">") else "left",
                        overflow="fold")  # fmt: skip
    for row in rows:
        grid.add_row(*(Text(f"{v:,}" if type(v) is int else visible(v)) for v in row))
    _console().print(grid)


def lines(items: Sequence[str]) -> None:
    """Print a list; only the head of a long one."""
    for item in items[:DETAILS_SHOWN]:
        say(f"  · {item}")
    if len(items) > DETAILS_SHOWN:
        say(f"  … and {len(items) - DETAILS_SHOWN:,} more (--json lists all)")


def fail(error: SnapshotError) -> None:
    """Print an error: as JSON on stdout, or as text on stderr with its details and its hint."""
    if _Mode.as_json:
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
        if lost_output() is None:
            return
    _print(sys.stderr, f"error: {error.message}", "bold red")
    for detail in error.details[:DETAILS_SHOWN]:
        first, *more = detail.splitlines() or [""]
        _print(sys.stderr, f"  · {first}")
        for line in more:
            _print(sys.stderr, f"    {line}")
    if len(error.details) > DETAILS_SHOWN:
        left_out = len(error.details) - DETAILS_SHOWN
        _print(sys.stderr, f"  … and {left_out:,} more (--json lists all)")
    if error.hint:
        _print(sys.stderr, f"hint: {error.hint}")


def finish(code: int) -> int:
    """The exit code of a command that ends with `code`: a result that was not printed is a failure.

    The user learns on stderr that the work itself was done.
    """
    lost = lost_output()
    if lost is None or code:
        return code
    _print(sys.stderr, f"error: the result could not be printed: {lost.strerror}", "bold red")
    _print(sys.stderr, "hint: the command itself was carried out")
    return 1


def pause(bars: Progress) -> None:
    """Take the bar away, so that a question can be asked."""
    if isinstance(bars, _Bars):
        bars.close()


def counted(number: int, noun: str) -> str:
    """A number with its noun: `1 row`, `2,000 rows`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def size(count: int) -> str:
    """A number of bytes as text to read."""
    value = float(count)
    for unit in ("B", "kB", "MB", "GB"):
        if value < 1000 or unit == "GB":
            return f"{value:.0f} {unit}" if unit == "B" or value >= 100 else f"{value:.1f} {unit}"
        value /= 1000
    raise AssertionError


def ask(question: str, expected: str) -> bool:
    """Ask for a word to be typed. Without a terminal, the answer is no.

    It is no as well if what was to be read before the question could not be printed.
    """
    if sys.stdin is None or not (sys.stdin.isatty() and sys.stderr.isatty()) or lost_output():
        return False
    try:
        sys.stderr.write(f"{visible(question)} ")
        sys.stderr.flush()
        answer = input()
    except (EOFError, KeyboardInterrupt) as stop:
        sys.stderr.write("\n")  # what follows starts on a line of its own
        if isinstance(stop, KeyboardInterrupt):
            raise
        return False
    wanted = {expected, expected.strip(), visible(expected)}
    if answer in wanted or answer.strip() in wanted:
        return True
    note(f"'{answer}' is not '{expected}'")
    return False


class _Visible(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        return visible_lines(super().format(record))


@contextmanager
def statements(shown: bool) -> Iterator[None]:
    """Show each statement that is sent, without values, on stderr."""
    if not shown:
        yield
        return
    logger = logging.getLogger("snapshot.statements")
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Visible())
    logger.addHandler(handler)
    logger.setLevel(logging.DEBUG)
    try:
        yield
    finally:
        logger.removeHandler(handler)
        logger.setLevel(logging.NOTSET)


@contextmanager
def progress(quiet: bool = False) -> Iterator[Progress]:
    """Show bars on a terminal, once the work has taken a second."""
    if quiet or not sys.stderr.isatty():
        yield NO_PROGRESS
        return
    bars = _Bars()
    try:
        yield bars
    finally:
        bars.close()


class _Bars:
    """One line: the step or table, a bar, rows, rate and time left. Any thread may report."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._started = 0.0
        self._total = 0
        self._bars: Bars | None = None
        self._timer: threading.Timer | None = None
        self._title = ""
        self._rows = 0
        self._bytes = 0
        self._before = 0  # rows that had moved when the bar began

    def expect(self, rows: int) -> None:
        with self._lock:
            self._total = rows

    def step(self, title: str) -> None:
        with self._lock:
            self._title = visible(title)
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
        with self._lock:
            self._rows += rows
            self._bytes += size
            self._show()

    def close(self) -> None:
        with self._lock:
            timer, self._timer = self._timer, None
        if timer:
            timer.cancel()
            timer.join()  # without the lock, which the timer takes
        with self._lock:
            bars, self._bars = self._bars, None
        if bars:
            bars.stop()

    def _appear(self) -> None:
        bars = self._new_bars()
        bars.add_task("", total=None, rate="", rows="")
        bars.start()
        with self._lock:
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

    stream = sys.stderr if stderr else sys.stdout
    folded = stream.isatty() or os.environ.get("FORCE_COLOR")
    return Console(stderr=stderr, width=None if folded else UNFOLDED)
