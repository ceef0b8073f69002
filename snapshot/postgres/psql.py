"""Large tables are read by psql: libpq hands over a row at a time, and in C that is cheap."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Callable, Generator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from psycopg import sql

from snapshot.errors import DatabaseFailed, SnapshotError, how_to_install
from snapshot.planning.script import LOCK_TIMEOUT
from snapshot.postgres.connection import Connection, query
from snapshot.postgres.identity import pinned_url
from snapshot.postgres.messages import is_discreet, meaning_of
from snapshot.postgres.programs import called_with, find_pg_dump

_PIPE = 1 << 20  # bytes


class SharedRead(NamedTuple):
    """A consistent read that other sessions, also on other machines, take part in."""

    url: str
    exported_snapshot: str
    server_version: int
    discreet: bool = False  # errors may not quote values: see postgres/messages.py


def shared_read(connection: Connection, url: str, exported_snapshot: str) -> SharedRead:
    """The read of this connection, on the server that it is on."""
    return SharedRead(
        pinned_url(connection, url),
        exported_snapshot,
        connection.info.server_version,
        is_discreet(),
    )


def copy_out_by_psql(read: SharedRead, statement: str, write: Callable[[bytes], None]) -> int:
    """Run COPY … TO STDOUT in a session of its own, hand its output on, return the number of rows.

    Raises DatabaseFailed with the server's words (in discretion with the meaning of its SQLSTATE),
    SnapshotError if there is no psql.
    """
    blocks = blocks_by_psql(read, statement)
    while True:
        try:
            write(next(blocks))
        except StopIteration as end:
            return int(end.value)


def blocks_by_psql(read: SharedRead, statement: str) -> Generator[bytes, None, int]:
    """The same as pieces of any size; the generator returns the number of rows."""
    with called_with(read.url) as (conninfo, environment):
        script = _script(read, statement)
        returncode, said = yield from _run(_psql(read), conninfo, environment, script)
    if returncode:
        raise DatabaseFailed(
            f"the rows could not be read: {_reason(said)}",
            hint="nothing was kept; the server's log may say more",
        )
    return int(said.split()[-1])


def _psql(read: SharedRead) -> Path:
    psql = find_pg_dump(read.server_version).with_name("psql")
    if not psql.exists():
        raise SnapshotError(
            f"there is no psql beside {psql.with_name('pg_dump')}",
            hint=f"install it: {how_to_install('embedded')}, or your system's postgresql-client",
        )
    return psql


def _run(
    psql: Path,
    conninfo: str,
    environment: dict[str, str],
    script: bytes,
) -> Generator[bytes, None, tuple[int, str]]:
    """Run psql with the script as its input; returns its exit code and what it said."""
    process = subprocess.Popen(  # noqa: S603
        [psql, "--no-psqlrc", "--quiet", "--tuples-only", "--no-align", "--file=-",
         "--set=ON_ERROR_STOP=1", f"--dbname={conninfo}"],
        env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    with process:
        assert process.stdin
        assert process.stdout
        assert process.stderr
        _widen(process.stdout.fileno())
        try:
            process.stdin.write(script)
            process.stdin.close()
            while block := os.read(process.stdout.fileno(), _PIPE):
                yield block
            said = process.stderr.read().decode(errors="replace")
        except BaseException:
            process.kill()
            raise
    return process.returncode, said


def _widen(pipe: int) -> None:
    """Let a pipe hold more, where the system can do that and permits it."""
    with suppress(ImportError, AttributeError, OSError):
        import fcntl

        fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, _PIPE)


def _script(read: SharedRead, statement: str) -> bytes:
    lines = [
        *(["\\set VERBOSITY sqlstate"] if read.discreet else []),
        "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;",
        f"SET TRANSACTION SNAPSHOT {sql.quote(read.exported_snapshot)};",
        f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT}';",
        "\\o /dev/null",
        query("settings").as_string(None) + ";",
        "\\o",
        # only what goes to a named file is counted in ROW_COUNT
        statement + " \\g /dev/stdout",
        "\\warn :ROW_COUNT",
    ]
    return "\n".join(lines).encode()


def _reason(said: str) -> str:
    lines = [line for line in said.splitlines() if line.strip()]
    wanted = [line for line in lines if "ERROR:" in line or "error:" in line] or lines
    if state := re.search(r"(?:ERROR|FATAL|PANIC): +([0-9A-Z]{5})$", said, re.M):
        return meaning_of(state[1])  # VERBOSITY sqlstate leaves no more
    if not wanted:
        return "psql gave no reason"
    return wanted[0].split("ERROR:", 1)[-1].split("error:", 1)[-1].strip()
