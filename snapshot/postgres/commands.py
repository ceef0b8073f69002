"""A command of the user's project, run on one database."""

from __future__ import annotations

import os
import re
import signal
import subprocess
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from urllib.parse import parse_qsl, urlencode, urlsplit

from dotenv import dotenv_values

from snapshot.errors import CommandFailed
from snapshot.postgres.urls import make_url, scheme_of

LINES_SHOWN = 15  # of what a failed command printed
_ELSEWHERE = ("PGHOSTADDR", "PGSERVICE", "PGSERVICEFILE")  # lead libpq to another server
_URL = re.compile(r"(jdbc:)?postg(res|resql|is)(\+\w+)?://")
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
        start_new_session=True,  # a process group, which is ended as a whole
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
    """The variables of this process, with a database in all those that may name one.

    Those are the usual ones, and every one that holds a PostgreSQL URL, here or in .env: tools read
    a second database from a variable of their own (Prisma's DIRECT_URL).
    """
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
    database["DATABASE_URL"] = scheme + make_url(parameters).removeprefix("postgresql")
    inherited = {name: value for name, value in os.environ.items() if name not in _ELSEWHERE}
    for name, value in {**dotenv_values(".env"), **inherited}.items():
        if value and _URL.match(value):
            spelled = scheme if name == "DATABASE_URL" else scheme_of(value)
            database[name] = _in_place_of(value, parameters, spelled)
    return inherited | database


def _in_place_of(url: str, parameters: Mapping[str, str], scheme: str) -> str:
    """The database's URL as this one is spelled, with its schema, if it names one (Prisma)."""
    found = make_url(parameters)
    more = [(k, v) for k, v in parse_qsl(urlsplit(url).query) if k == "schema"]
    if url.startswith("jdbc:"):  # which has no place for a login before the host
        login = {name: parameters[name] for name in ("user", "password") if name in parameters}
        found = make_url({k: v for k, v in parameters.items() if k not in login})
        more += login.items()
    if more:
        found += ("&" if "?" in found else "?") + urlencode(more)
    java = "jdbc:" if url.startswith("jdbc:") else ""
    return java + scheme + found.removeprefix("postgresql")


def _end(process: subprocess.Popen[str]) -> None:
    """Nobody waits for its work any more: end the shell and all that it has started."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        with suppress(ProcessLookupError):
            os.killpg(process.pid, number)
        with suppress(subprocess.TimeoutExpired):
            process.wait(_SECONDS)
