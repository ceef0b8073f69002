"""What the environment, .env and pyproject.toml say: database, guard, backups, containers."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from dotenv import dotenv_values
from dotenv.parser import parse_stream
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from snapshot.configuration import project_folders, read_configuration
from snapshot.containers.addresses import resolved
from snapshot.containers.compose import Service, find_service, postgres_service
from snapshot.errors import UsageError
from snapshot.planning.applications import ContainerOptions
from snapshot.postgres import embedded
from snapshot.postgres.connection import secret_parameters
from snapshot.postgres.urls import address_of, at_address, libpq_conninfo, make_url, scheme_of
from snapshot.safety.backups import BackupOptions
from snapshot.safety.guard import PROTECTED, Guard

_LIBPQ = ("PGHOST", "PGHOSTADDR", "PGSERVICE", "PGDATABASE")

_IN_DOTENV = ("DATABASE_URL", "POSTGRES_", "COMPOSE_PROJECT_NAME")
EMBEDDED = "embedded"  # in place of a URL


class Target(NamedTuple):
    """A database to work on, where its URL was found, and the compose service that it names."""

    url: str
    origin: str
    embedded: bool = False
    service: Service | None = None


def find_target(url: str | None) -> Target:
    """Find the database to work on: the first of these places that names one.

    -d, DATABASE_URL, .env (DATABASE_URL or POSTGRES_*), POSTGRES_* and PG* variables,
    [tool.snapshot] in pyproject.toml, and last the embedded server, with a database named after
    the project's folder. `embedded` in place of a URL means that server, too. The name of a compose
    service is replaced by the address where it is reached from here.
    """
    target = _first_target(url)
    if target.url.strip() == EMBEDDED:
        name = database_name(read_configuration().folder)
        return Target(embedded.running_database(name), target.origin, True)
    try:
        libpq_conninfo(target.url)
    except UsageError as error:
        raise UsageError(f"{error.message} (from {target.origin})", error.hint) from error
    return _reached(target)


def _reached(target: Target) -> Target:
    """The target, at the address where its server is reached if it is a service of compose."""
    host, port = address_of(target.url)
    if not host or resolved(host):
        return target
    service = find_service(host, port, project_folders(), _compose_project())
    if service is None:
        return target
    url = at_address(target.url, service.host, service.port)
    return target._replace(url=url, service=service)


def _compose_project() -> str | None:
    """The compose project that the settings name."""
    section = read_configuration().values.get("containers", {})
    named = section.get("project") or os.environ.get("COMPOSE_PROJECT_NAME")
    return named or _read_dotenv()[1].get("COMPOSE_PROJECT_NAME")


def _first_target(url: str | None) -> Target:
    if url is not None:
        if not url.strip():
            raise UsageError("the database URL is empty", hint="give -d postgresql://…")
        return Target(url, "-d")
    if from_environment := os.environ.get("DATABASE_URL"):
        return Target(from_environment, "DATABASE_URL")
    path, dotenv = _read_dotenv()
    if in_file := dotenv.get("DATABASE_URL"):
        return Target(in_file, path)
    parts = {**dotenv, **{k: v for k, v in os.environ.items() if k.startswith("POSTGRES_") and v}}
    if parts.get("POSTGRES_DB") or parts.get("POSTGRES_USER"):
        is_in_file = any(name.startswith("POSTGRES_") for name in dotenv)
        return Target(_from_parts(parts), path if is_in_file else "POSTGRES_* variables")
    if any(os.environ.get(name) for name in _LIBPQ):
        return Target("", "PG* variables")
    configuration = read_configuration()
    if configured := configuration.values.get("database-url"):
        return Target(configured, configuration.origin)
    if found := postgres_service(project_folders()):
        file, service = os.path.relpath(found[0]), found[1]
        raise UsageError(
            f"no database is named, and {file} has a PostgreSQL service: {service}",
            hint=f"docker compose up -d {service}, and set DATABASE_URL or give -d "
            f"postgresql://USER:PASSWORD@{service}/NAME; for the embedded server: -d {EMBEDDED}",
        )
    return Target(EMBEDDED, "the embedded server", True)


def scratch_server(url: str | None) -> Target:
    """Where a scratch database is made: -d, else the embedded server.

    The scheme is that of the project's DATABASE_URL, if it has one: `postgresql+asyncpg://` says
    with which driver the project connects.
    """
    if url is not None:
        return find_target(url)
    here = embedded.running_database("postgres").removeprefix("postgresql")
    project = os.environ.get("DATABASE_URL") or _read_dotenv()[1].get("DATABASE_URL") or ""
    return Target(scheme_of(project) + here, "the embedded server", True)


def migration_command(given: str | None) -> str:
    """The command of --run, else `migrate` of [tool.snapshot]."""
    command = given if given is not None else read_configuration().values.get("migrate", "")
    if not command.strip():
        raise UsageError(
            "the command that migrates a database is missing",
            hint='give it with --run "alembic upgrade head", or as migrate under [tool.snapshot] '
            "in pyproject.toml",
        )
    return str(command)


def database_name(folder: Path) -> str:
    """The name of a project's database on the embedded server: its folder's, in plain letters."""
    name = re.sub(r"[^a-z0-9]+", "_", folder.resolve().name.lower()).strip("_")[:50]
    return name if name and not name.startswith(("postgres", "template")) else f"db_{name}"


def _read_dotenv() -> tuple[str, dict[str, str]]:
    """Path and values of the nearest .env that names a database or a compose project."""
    for folder in project_folders():
        values = _dotenv_values(folder / ".env")
        if any(name.startswith(_IN_DOTENV) for name in values):
            return os.path.relpath(folder / ".env"), values
    return ".env", {}


def _dotenv_values(path: Path) -> dict[str, str]:
    """What the file sets. UsageError for a line that is none: another database might be meant.

    What is wrong is not repeated: it may hold a password.
    """
    try:
        with path.open(encoding="utf-8") as file:
            bindings = list(parse_stream(file))
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{os.path.relpath(path)} cannot be read", hint="fix the file") from error
    for binding in bindings:
        if binding.error and any(name in binding.original.string for name in _IN_DOTENV):
            raise UsageError(
                f"{os.path.relpath(path)} cannot be understood at line {binding.original.line}",
                hint="fix the file: a quotation mark may be missing",
            )
    return {name: value for name, value in dotenv_values(path).items() if value}


def container_options(
    project: str | None,
    services: Sequence[str] | None,
    containers: Sequence[str] | None,
    leave_alone: bool,
    all_services: bool = False,
) -> ContainerOptions:
    """Which containers to stop: as the command line says, else [tool.snapshot.containers]."""
    section = read_configuration().values.get("containers", {})
    everything = all_services or section.get("all-services", False)
    if leave_alone or project or services or containers:
        return ContainerOptions(
            project=project,
            services=tuple(services or ()),
            containers=tuple(containers or ()),
            leave_alone=leave_alone,
            all_services=everything,
        )
    return ContainerOptions(
        project=_compose_project(),
        services=tuple(section.get("services", ())),
        containers=tuple(section.get("containers", ())),
        leave_alone=section.get("leave-alone", False),
        chosen=bool(section),
        all_services=everything,
    )


def guard_for(allow: str | None, target: Target) -> Guard:
    """Which targets may be written to: [tool.snapshot] protected and allowed, and --allow.

    The embedded server's databases are named after folders, so no name is protected by default.
    """
    values = read_configuration().values
    return Guard(
        protected=tuple(values.get("protected", () if target.embedded else PROTECTED)),
        allowed=tuple(values.get("allowed", ())),
        allow=allow,
    )


def masking_policy(mask: str | None, unmasked: bool) -> str | None:
    """The path of the policy that create masks by: --mask, else `mask` of [tool.snapshot].

    None with --unmasked, and where nothing is said. Raises UsageError if both are given.
    """
    if mask is not None and unmasked:
        raise UsageError("--mask and --unmasked contradict each other", hint="leave one out")
    if unmasked:
        return None
    return mask if mask is not None else read_configuration().mask


def demands(require_masked: bool = False, policy: str | None = None) -> dict[str, Any]:
    """What a snapshot must be: the options, and `require-masked` of [tool.snapshot]."""
    required = require_masked or read_configuration().require_masked
    return {"require_masked": required, "policy": policy}


def backup_options(no_backup: bool) -> BackupOptions:
    """Whether to keep safety snapshots, and `backup-megabytes` of [tool.snapshot]."""
    megabytes = read_configuration().values.get("backup-megabytes", BackupOptions.megabytes)
    return BackupOptions(keep=not no_backup, megabytes=megabytes)


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
    """The URL for people to read and paste: without the password and other secrets."""
    parameters = conninfo_to_dict(libpq_conninfo(url))
    return make_url({k: v for k, v in parameters.items() if k not in secret_parameters()})
