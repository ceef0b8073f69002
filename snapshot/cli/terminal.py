"""What reaches the terminal: control characters are escaped, failures to write are remembered."""

from __future__ import annotations

import errno
import io
import os
import re
import select
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Buffer  # type: ignore[attr-defined]  # Python 3.12

# Characters that move the cursor, change colours, or turn the direction of the text. Names, server
# messages and manifests may hold them; printed raw, they could repaint what the user is asked.
# Lone surrogates are here because they cannot be encoded.
_CONTROLS = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]"
)


def visible(text: object) -> str:
    """The text with control characters as escapes: ESC becomes `\\x1b`, a newline `\\n`."""
    return _CONTROLS.sub(_escaped, str(text))


def visible_lines(text: str) -> str:
    """The same for a text of several lines, whose newlines and tabs stay."""
    return _CONTROLS.sub(lambda found: found[0] if found[0] in "\n\t" else _escaped(found), text)


def visible_json(document: str) -> str:
    """The same for a JSON text. It means what it did before."""
    return _CONTROLS.sub(
        lambda found: found[0] if found[0] == "\n" else f"\\u{ord(found[0]):04x}", document
    )


def _escaped(found: re.Match[str]) -> str:
    return found[0].encode("unicode_escape", "surrogatepass").decode()


class _Stream(io.FileIO):
    """A standard stream. It remembers the first failure to write and drops what follows.

    So a full disk or a closed pipe does not stop the work half way.
    """

    failure: OSError | None = None

    def write(self, data: Buffer, /) -> int:
        size = memoryview(data).nbytes
        if self.failure is None:
            try:
                while (written := super().write(data)) is None:  # not blocking, and full
                    select.select([], [self], [])
                return written
            except OSError as error:
                self.failure = error
        return size


_streams: dict[str, _Stream] = {}


def open_streams() -> None:
    """Make stdout and stderr safe to write to: closed, full, or without a reader.

    The numbers of closed streams are taken, so that no socket gets them.
    """
    closed = [number for number in range(3) if _is_closed(number)]
    for _ in closed:
        os.open(os.devnull, os.O_RDWR)
    for number, name in ((1, "stdout"), (2, "stderr")):
        before = getattr(sys, name)
        if before is not getattr(sys, f"__{name}__"):
            continue  # a test or a notebook collects what is printed
        if os.name == "nt" and number not in closed and before.isatty():
            continue  # Windows' console has a stream class of its own
        stream = _streams[name] = _Stream(number, "wb", closefd=False)
        if number in closed:
            stream.failure = OSError(errno.EBADF, os.strerror(errno.EBADF))
        if before is not None:
            before.flush()
        wrapper = io.TextIOWrapper(
            io.BufferedWriter(stream),
            encoding=before.encoding if before is not None else "utf-8",
            errors="backslashreplace",
            line_buffering=number == 2 or stream.isatty(),
        )
        setattr(sys, name, wrapper)


def lost_output() -> OSError | None:
    """Why stdout could not be written, if so. That nobody reads a pipe any more is no failure."""
    sys.stdout.flush()
    stream = _streams.get("stdout")
    if stream is None or stream.failure is None or stream.failure.errno == errno.EPIPE:
        return None
    return stream.failure


def _is_closed(number: int) -> bool:
    try:
        os.fstat(number)
    except OSError:
        return True
    return False
