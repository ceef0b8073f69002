"""Where the database's URL comes from, in one place."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote, urlencode

from dotenv import dotenv_values
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from snapshot.errors import UsageError
from snapshot.planning.applications import ContainerOptions
from snapshot.postgres import embedded
from snapshot.postgres.connection import libpq_conninfo, secret_parameters
from snapshot.safety.backups import BackupOptions
from snapshot.safety.guard import PROTECTED, Guard

_LIBPQ = ("PGHOST", "PGHOSTADDR", "PGSERVICE", "PGDATABASE")


class Target(NamedTuple):
    """A database to work on, and where its URL was found."""

    url: str
    origin: str
    embedded: bool = False


def find_target(url: str | None, folder: Path | None = None) -> Target:
    """The database to work on, from the first place that names one.

    -d, DATABASE_URL, .env (DATABASE_URL or POSTGRES_*), libpq's PG* variables, [tool.snapshot] in
    pyproject.toml, and last the embedded server, with a database named after the folder.
    """
    folder = folder or Path.cwd()
    if url is not None:
        if not url.strip():
            raise UsageError("the database URL is empty", hint="give -d postgresql://…")
        return Target(url, "-d")
    if from_environment := os.environ.get("DATABASE_URL"):
        return Target(from_environment, "DATABASE_URL")
    dotenv = {k: v for k, v in dotenv_values(folder / ".env").items() if v}
    if dotenv.get("DATABASE_URL"):
        return Target(dotenv["DATABASE_URL"] or "", ".env")
    parts = {**dotenv, **{k: v for k, v in os.environ.items() if k.startswith("POSTGRES_") and v}}
    if parts.get("POSTGRES_DB") or parts.get("POSTGRES_USER"):
        in_file = any(name.startswith("POSTGRES_") for name in dotenv)
        return Target(_from_parts(parts), ".env" if in_file else "POSTGRES_* variables")
    if any(os.environ.get(name) for name in _LIBPQ):
        return Target("", "PG* variables")
    if configured := read_configuration(folder).get("database-url"):
        return Target(str(configured), "[tool.snapshot] in pyproject.toml")
    return Target(embedded.running_database(database_name(folder)), "the embedded server", True)


def database_name(folder: Path) -> str:
    """The name of a project's database on the embedded server: its folder's, in plain letters."""
    name = re.sub(r"[^a-z0-9]+", "_", folder.resolve().name.lower()).strip("_")[:50]
    return name if name and not name.startswith(("postgres", "template")) else f"db_{name}"


def read_configuration(folder: Path) -> dict[str, Any]:
    """[tool.snapshot] of pyproject.toml; empty where there is none."""
    try:
        document = tomllib.loads((folder / "pyproject.toml").read_text("utf-8"))
    except FileNotFoundError:
        return {}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"pyproject.toml cannot be read: {error}", hint="mend the file") from error
    section = document.get("tool", {}).get("snapshot", {})
    return section if isinstance(section, dict) else {}


def container_options(
    project: str | None,
    services: Sequence[str] | None,
    containers: Sequence[str] | None,
    leave_alone: bool,
) -> ContainerOptions:
    """Which containers to stop: as the command line says, else [tool.snapshot.containers]."""
    if leave_alone or project or services or containers:
        return ContainerOptions(
            project, tuple(services or ()), tuple(containers or ()), leave_alone
        )
    section = read_configuration(Path.cwd()).get("containers", {})
    known = {"project", "services", "containers", "leave-alone"}
    if not isinstance(section, dict) or set(section) - known:
        raise UsageError(
            "[tool.snapshot.containers] in pyproject.toml is not understood",
            hint=f"it knows {', '.join(sorted(known))}",
        )
    dotenv = dotenv_values(Path.cwd() / ".env")
    named = section.get("project") or os.environ.get("COMPOSE_PROJECT_NAME")
    return ContainerOptions(
        named or dotenv.get("COMPOSE_PROJECT_NAME") or None,
        tuple(section.get("services", ())),
        tuple(section.get("containers", ())),
        bool(section.get("leave-alone", False)),
        chosen=bool(section),
    )


def guard_for(allow: str | None, target: Target) -> Guard:
    """Which targets may be written to: [tool.snapshot] protected and allowed, and --allow.

    The embedded server's databases are named after folders: by default any name will do.
    """
    configuration = read_configuration(Path.cwd())
    return Guard(
        _patterns(configuration, "protected", () if target.embedded else PROTECTED),
        _patterns(configuration, "allowed", ()),
        allow,
    )


def backup_options(no_backup: bool) -> BackupOptions:
    """Whether to keep safety snapshots, and `backup-megabytes` of [tool.snapshot]."""
    megabytes = read_configuration(Path.cwd()).get("backup-megabytes", BackupOptions.megabytes)
    if not isinstance(megabytes, int) or isinstance(megabytes, bool) or megabytes < 1:
        raise UsageError(
            f"backup-megabytes in pyproject.toml is {megabytes!r}", hint="give a whole number"
        )
    return BackupOptions(not no_backup, megabytes)


def _patterns(
    configuration: Mapping[str, Any], name: str, default: tuple[str, ...]
) -> tuple[str, ...]:
    patterns = configuration.get(name, default)
    if not isinstance(patterns, list | tuple) or not all(isinstance(p, str) for p in patterns):
        raise UsageError(
            f"{name} in [tool.snapshot] of pyproject.toml is {patterns!r}",
            hint=f'give a list of patterns: {name} = ["*prod*"]',
        )
    return tuple(patterns)


def _from_parts(values: Mapping[str, str | None]) -> str:
    user = values.get("POSTGRES_USER") or "postgres"
    return make_conninfo(
        host=values.get("POSTGRES_HOST") or "localhost",
        port=values.get("POSTGRES_PORT") or "5432",
        user=user,
        password=values.get("POSTGRES_PASSWORD") or None,
        dbname=values.get("POSTGRES_DB") or user,
    )


def shown_url(url: str) -> str:
    """The URL for people to read and paste: without password and without other secrets."""
    parameters = {k: str(v) for k, v in conninfo_to_dict(libpq_conninfo(url)).items() if v}
    for secret in secret_parameters():
        parameters.pop(secret, None)
    user = quote(parameters.pop("user", ""), safe="")
    host, port = parameters.pop("host", ""), parameters.pop("port", "")
    database = quote(parameters.pop("dbname", ""), safe="")
    if host.startswith("/"):
        parameters, host = {"host": host, **parameters}, ""
    at = f"{user}@" if user else ""
    tail = "?" + urlencode(parameters, safe="/") if parameters else ""
    return f"postgresql://{at}{host}{':' + port if port else ''}/{database}{tail}"
