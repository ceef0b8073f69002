"""Large tables are read by psql: libpq hands over a row at a time, and in C that is cheap."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from psycopg import sql

from snapshot.errors import DatabaseFailed, SnapshotError, how_to_install
from snapshot.planning.script import LOCK_TIMEOUT
from snapshot.postgres.connection import Connection, query
from snapshot.postgres.identity import pinned_url
from snapshot.postgres.programs import called_with, find_pg_dump

_PIPE = 1 << 20  # bytes


class SharedRead(NamedTuple):
    """A consistent read that other sessions, also on other machines, take part in."""

    url: str
    exported_snapshot: str
    server_version: int


def shared_read(connection: Connection, url: str, exported_snapshot: str) -> SharedRead:
    """The read of this connection, on the server that it is on."""
    return SharedRead(
        pinned_url(connection, url), exported_snapshot, connection.info.server_version
    )


def copy_out_by_psql(read: SharedRead, statement: str, write: Callable[[bytes], None]) -> int:
    """Run COPY … TO STDOUT in a session of its own, hand its output on, return the number of rows.

    Raises DatabaseFailed with the server's words, SnapshotError if there is no psql.
    """
    with called_with(read.url) as (conninfo, environment):
        returncode, said = _run(_psql(read), conninfo, environment, _script(read, statement), write)
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
    write: Callable[[bytes], None],
) -> tuple[int, str]:
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
                write(block)
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
    if not wanted:
        return "psql gave no reason"
    return wanted[0].split("ERROR:", 1)[-1].split("error:", 1)[-1].strip()
