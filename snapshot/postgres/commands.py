"""A command of the user's project, run on one database."""

from __future__ import annotations

import os
import subprocess
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import suppress

from snapshot.errors import CommandFailed
from snapshot.postgres.urls import make_url

LINES_SHOWN = 15  # of what a failed command printed
_ELSEWHERE = ("PGHOSTADDR", "PGSERVICE", "PGSERVICEFILE")  # lead libpq to another server
_SECONDS = 5.0  # for a command to end when it is told to


def run_command(
    command: str, parameters: Mapping[str, str], scheme: str, said: Callable[[str], None]
) -> None:
    """Run a line of the user's shell in the current folder, with a database in its environment.

    The shell reads it, as the one of make, npm and tox does: `migrate && loaddata` is two commands.
    `parameters` are libpq's; they are in DATABASE_URL (with this `scheme`), and in the PG* and
    POSTGRES_* variables. There is nothing to read on stdin. `said` gets each line that is printed,
    on stdout or stderr. Raises CommandFailed.
    """
    last: deque[str] = deque(maxlen=LINES_SHOWN)
    with subprocess.Popen(  # noqa: S602  # the line is the user's own, not put together by us
        command,
        shell=True,
        env=environment(parameters, scheme),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    ) as process:
        assert process.stdout is not None
        try:
            for line in process.stdout:
                last.append(line.rstrip("\n"))
                said(last[-1])
        except BaseException:
            _end(process)
            raise
    if process.returncode:
        ended = (
            f"with exit code {process.returncode}"
            if process.returncode > 0
            else f"by signal {-process.returncode}"
        )
        raise CommandFailed(
            f"{command} ended {ended}",
            hint="the snapshot is as it was; the command's last lines say why",
            details=last,
        )


def environment(parameters: Mapping[str, str], scheme: str) -> dict[str, str]:
    """The variables of this process, with a database in all those that may name one."""
    named = {
        "HOST": parameters.get("host"),
        "PORT": parameters.get("port"),
        "USER": parameters.get("user"),
        "PASSWORD": parameters.get("password"),
    }
    database = {"PGDATABASE": parameters["dbname"], "POSTGRES_DB": parameters["dbname"]}
    for name, value in named.items():
        if value:
            database |= {f"PG{name}": value, f"POSTGRES_{name}": value}
    url = make_url(parameters)
    database["DATABASE_URL"] = scheme + url.removeprefix("postgresql")
    inherited = {name: value for name, value in os.environ.items() if name not in _ELSEWHERE}
    return inherited | database


def _end(process: subprocess.Popen[str]) -> None:
    """Nobody waits for its work any more. Ctrl-C has reached it too, from the terminal."""
    process.terminate()
    with suppress(subprocess.TimeoutExpired):
        process.wait(_SECONDS)
    process.kill()
