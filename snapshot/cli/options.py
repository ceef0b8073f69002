"""Options that several commands share."""

from __future__ import annotations

import os
from enum import StrEnum
from typing import Annotated

import typer

from snapshot.cli import output

DEFAULT_DIRECTORY = "seed_data"

Directory = Annotated[
    str,
    typer.Argument(
        metavar="DIRECTORY",
        help="A snapshot: a folder, or s3://…, gs://…, az://…",
        show_default=True,
    ),
]
DatabaseUrl = Annotated[
    str | None,
    typer.Option(
        "-d",
        "--database-url",
        metavar="URL",
        help="postgresql://… or key=value pairs. Default: DATABASE_URL, .env, PG* variables, "
        "[tool.snapshot] in pyproject.toml, or the embedded server.",
        show_default=False,
    ),
]
Allow = Annotated[
    str | None,
    typer.Option(
        "--allow",
        metavar="HOST/DATABASE",
        help="Allow changes of this database although it is protected.",
        show_default=False,
    ),
]
NoBackup = Annotated[
    bool, typer.Option("--no-backup", help="Keep no safety snapshot of the deleted rows.")
]
Json = Annotated[
    bool,
    typer.Option(
        "--json",
        is_eager=True,  # before options that may be refused: errors are JSON too
        callback=output.as_json,
        help="Print one JSON document on stdout.",
    ),
]
Confirm = Annotated[bool, typer.Option("--confirm", help="Do not ask.")]


Jobs = Annotated[
    int | None,
    typer.Option(
        "-j",
        "--jobs",
        min=1,
        help="How many sessions or processes work in parallel.",
        show_default="processors",
    ),
]


def default_jobs() -> int:
    """One per processor, at most four."""
    return min(4, os.cpu_count() or 1)


class Strategy(StrEnum):
    """How a restore replaces what is in the database."""

    transaction = "transaction"
    swap = "swap"
    warm = "warm"


class Format(StrEnum):
    """The formats of a snapshot."""

    sql = "sql"
    json = "json"
    archive = "archive"
