"""What each command does to a database and to what lies beside it, and every state that an order of
commands may leave.
"""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations_with_replacement, permutations
from typing import NamedTuple

COMMAND = [sys.executable, "-m", "snapshot"]
LONGEST = 30.0  # seconds that a command may take


# --- the model


class Content(NamedTuple):
    """What a database holds: rows under a label, and whether the seeded rows are there."""

    label: str  # of LABELS, or empty
    seeded: bool = False

    def __repr__(self) -> str:
        return f"{self.label} and seeded" if self.seeded else self.label


LABELS = {"kept": 3, "before": 4, "old": 5, "new": 6}  # and how many authors each has
EMPTY, NEW = Content("empty"), Content("new")


class State(NamedTuple):
    """A database and what lies beside it."""

    current: Content | None
    previous: Content | None
    safety: tuple[Content, ...]  # newest first
    clone: bool
    made: Content | None  # the snapshot that `create` writes


def after(operation: str, state: State) -> Iterator[State]:
    """The states that a command may leave when it is done."""
    current = state.current
    assert current is not None
    kept = state.safety if current == EMPTY else (current, *state.safety)
    match operation:
        case "restore" | "clear" | "undo":
            content = {"restore": NEW, "clear": EMPTY, "undo": state.safety[0]}[operation]
            safety = state.safety if current == content else kept  # no row goes
            yield state._replace(current=content, safety=safety)
        case "swap" | "restore warm":  # the next clone is made in the background, or is not
            for clone in (state.clone,) if operation == "swap" else (False, True):
                yield state._replace(current=NEW, previous=current, clone=clone)
        case "rollback":
            yield state._replace(current=state.previous, previous=current)
        case "warm":
            yield state._replace(clone=True)
        case "seed run":
            yield state._replace(current=current._replace(seeded=True))
        case "seed clean":
            safety = kept if current.seeded else state.safety
            yield state._replace(current=current._replace(seeded=False), safety=safety)
        case "create":
            yield state._replace(made=current)


def outcomes(operation: str, how: str, state: State) -> Iterator[State]:
    """The states after a command that was done, was not, or either: it was killed.

    One that was not done may have kept its safety snapshot already.
    """
    for done in after(operation, state):
        if how != "not done":
            yield done
        if how != "done":
            yield state._replace(safety=done.safety)
    if how != "done":
        yield state


def allowed(start: State, ended: list[tuple[str, str]]) -> set[State]:
    """Every state that some order of the commands gives."""
    found: set[State] = set()
    for order in permutations(ended):
        states = {start}
        for operation, how in order:
            states = {new for state in states for new in outcomes(operation, how, state)}
        found |= states
    return found


# --- a command that runs

OPERATIONS = {
    "restore": ["restore", "{new}", "--confirm"],
    "swap": ["restore", "{new}", "--strategy", "swap", "--confirm"],
    "restore warm": ["restore", "{new}", "--strategy", "warm", "--confirm"],
    "warm": ["warm", "{new}"],
    "rollback": ["rollback", "--confirm"],
    "undo": ["undo", "--confirm"],
    "clear": ["clear", "--confirm"],
    "seed run": ["seed", "run", "{blueprint}", "--now", "2026-01-01"],
    "seed clean": ["seed", "clean", "--confirm"],
    "create": ["create", "{made}"],
}
PAIRS = list(combinations_with_replacement(OPERATIONS, 2))
SIGNALS = (signal.SIGKILL, signal.SIGTERM, signal.SIGINT)

_UNCHANGED = (
    "nothing was changed",
    "was not touched",
    "nothing was committed",
    "nothing was deleted",
    "nothing was renamed",
    "nothing was written",
)


@dataclass
class Run:
    """A command: when it starts, when which signal comes, and how it ended."""

    operation: str
    offset: float
    kill: tuple[float, signal.Signals] | None
    process: subprocess.Popen[str] | None = None
    killed: bool = False
    said: str = ""

    @property
    def code(self) -> int:
        """The exit code."""
        assert self.process is not None
        return int(self.process.returncode)

    @property
    def how(self) -> str:
        """Whether it was done, as far as its exit code and its message tell."""
        if self.code == 0:
            return "done"
        if "not known" in self.said:
            return "either"
        told = any(words in self.said for words in _UNCHANGED)
        return "either" if self.killed and not told else "not done"

    def faults(self) -> Iterator[str]:
        """What is wrong with how it ended."""
        # Python itself tells of an interrupt that comes before the command has been loaded
        loading = self.killed and "from snapshot.cli import main" in self.said
        if ("Traceback" in self.said and not loading) or "this is a bug" in self.said:
            yield f"{self.operation} fell over: {self.said}"
        if not self.killed and self.code not in (0, 1, 3):
            yield f"{self.operation} exits {self.code}: {self.said}"
        if not self.killed and self.code and "error: " not in self.said:
            yield f"{self.operation} exits {self.code} and does not say why"

    def __str__(self) -> str:
        kill = f", {self.kill[1].name} at {self.kill[0]:.2f} s" if self.kill else ""
        ended = f"{self.code}" + (" killed" if self.killed else "")
        said = "" if self.code == 0 else repr(self.said.strip())
        return f"{self.operation} at {self.offset:.2f} s{kill} → {ended} {said}"


def run_together(runs: list[Run], words: dict[str, list[str]], environment: dict[str, str]) -> None:
    """Start and kill the commands when their time comes; wait for all."""
    began = time.monotonic()
    while not all(run.process and run.process.poll() is not None for run in runs):
        now = time.monotonic() - began
        for run in runs:
            if run.process is None and now >= run.offset:
                run.process = subprocess.Popen(
                    [*COMMAND, *words[run.operation]],
                    env=environment,
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.STDOUT,
                    text=True,
                    start_new_session=True,
                )
            elif run.process and run.kill and not run.killed and now >= run.kill[0]:
                if run.process.poll() is None:
                    run.process.send_signal(run.kill[1])
                    run.killed = True
                run.kill = run.kill if run.killed else None
        if now > LONGEST:
            break
        time.sleep(0.002)
    for run in runs:
        assert run.process is not None
        if run.process.poll() is None:
            run.process.kill()
            run.killed = True
            run.said = "Traceback: it did not end. "
        run.said += run.process.communicate()[0]
