"""A command in a terminal of its own, and somebody who answers its question."""

from __future__ import annotations

import os
import pty
import select
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

INTERRUPT = "\x03"  # Ctrl-C
SECONDS = 90

# the terminal is the process's own, so that Ctrl-C reaches it
_WITH_A_TERMINAL = (
    "import fcntl, os, sys, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0);"
    "os.execv(sys.argv[1], sys.argv[1:])"
)


def in_terminal(
    words: list[str],
    answer: str,
    *,
    meanwhile: Callable[[], None] = lambda: None,
    cwd: Path | None = None,
    environment: dict[str, str] | None = None,
) -> tuple[int, str]:
    """Run a command in a terminal, and type the answer when it asks its question.

    Returns the exit code and what was shown. `meanwhile` is called before the answer is typed.
    """
    try:
        ours, theirs = pty.openpty()
    except OSError as error:
        pytest.skip(f"this machine gives no terminals: {error}")
    process = subprocess.Popen(
        [sys.executable, "-c", _WITH_A_TERMINAL, *words],
        cwd=cwd,
        env={**os.environ, **(environment or {})},
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
    )
    os.close(theirs)
    said, asked, deadline = b"", False, time.monotonic() + SECONDS
    try:
        while time.monotonic() < deadline:
            if not select.select([ours], [], [], 1)[0]:
                # a signal between the question and the read that follows it is seen after
                # the read only; people press the key again
                if asked and answer == INTERRUPT:
                    os.write(ours, answer.encode())
                continue
            try:
                chunk = os.read(ours, 4096)
            except OSError:  # the other end was closed
                return process.wait(timeout=30), said.decode()
            said += chunk
            if b"to go on:" in said and not asked:
                asked = True
                meanwhile()
                os.write(ours, answer.encode())
        raise AssertionError(f"the command did not end: {said.decode()}")
    finally:
        process.kill()
        process.wait()
        os.close(ours)
