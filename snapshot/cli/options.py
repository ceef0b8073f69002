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
        "[tool.snapshot] in pyproject.toml, or the embedded server (`embedded`).",
        show_default=False,
    ),
]
TestServer = Annotated[
    str | None,
    typer.Option(
        "-d",
        "--database-url",
        metavar="URL",
        help="A server. Default: SNAPSHOT_TEST_SERVER, or the embedded server for tests.",
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
Confirm = Annotated[bool, typer.Option("-y", "--yes", "--confirm", help="Do not ask.")]


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


# --- create

Formats = Annotated[
    list[Format] | None,
    typer.Option("--format", help="May be repeated.  [default: sql, json]", show_default=False),
]
Schemas = Annotated[
    list[str] | None, typer.Option("-n", "--schema", help="Only these schemas (* and ? match).")
]
ExcludedSchemas = Annotated[
    list[str] | None, typer.Option("-N", "--exclude-schema", help="Not these schemas.")
]
Tables = Annotated[
    list[str] | None, typer.Option("-t", "--table", help="Rows of these tables only.")
]
ExcludedTables = Annotated[
    list[str] | None,
    typer.Option("-T", "--exclude-table", help="No rows of these tables; they come back empty."),
]
Checksums = Annotated[
    bool, typer.Option("--checksums", help="Content checksums also beyond a million rows.")
]
WithPrivileges = Annotated[
    bool, typer.Option("--with-privileges", help="Keep owners and privileges.")
]
WithPublications = Annotated[
    bool, typer.Option("--with-publications", help="Take publications along, in schema.sql.")
]
Readable = Annotated[
    bool, typer.Option("--readable", help="Let others read the files; else rows are 0600.")
]
Scheduler = Annotated[
    str | None,
    typer.Option(
        metavar="URL",
        help="Dask cluster whose workers read large tables: tcp://host:8786.",
        show_default=False,
    ),
]
Level = Annotated[
    int, typer.Option("--level", min=-7, max=19, help="Compression of an archive (zstd).")
]

Subset = Annotated[
    str | None,
    typer.Option(
        "--subset",
        metavar="FILE",
        help="Take only the rows that [subset] of this policy chooses, as they are.",
        show_default=False,
    ),
]
Mask = Annotated[
    str | None,
    typer.Option(
        "--mask",
        metavar="FILE",
        help="Mask the rows by this policy. Default: mask in [tool.snapshot].",
        show_default=False,
    ),
]
Unmasked = Annotated[
    bool, typer.Option("--unmasked", help="Write the rows as they are, also of production.")
]
EphemeralKey = Annotated[
    bool, typer.Option("--ephemeral-key", help="Mask under a key that is forgotten afterwards.")
]
NewKey = Annotated[
    bool, typer.Option("--new-key", help="Mask under another key than the snapshot that is there.")
]
Prove = Annotated[
    bool, typer.Option("--prove", help="Restore what was masked, before it is sealed.")
]
NoScan = Annotated[
    bool, typer.Option("--no-scan", help="Do not look for originals in what was masked.")
]

# --- restore

SourceFormat = Annotated[
    Format | None,
    typer.Option("--from", help="Which files to read.", show_default=False),
]
DataOnly = Annotated[
    bool, typer.Option("--data-only", help="Keep a schema that differs; replace the rows.")
]
ReplaceSchema = Annotated[
    bool,
    typer.Option("--replace-schema", help="Drop the target's schema, create the snapshot's."),
]
OnlyPlan = Annotated[bool, typer.Option("--plan", help="Say what would be done, and stop.")]
KeepDeferrable = Annotated[
    bool,
    typer.Option("--keep-deferrable", help="Leave foreign keys deferrable that were made so."),
]
NoVerify = Annotated[
    bool, typer.Option("--no-verify", help="Do not compare checksums before COMMIT.")
]
Full = Annotated[
    bool, typer.Option("--full", help="Replace also the tables that hold the rows already.")
]
AcceptEdits = Annotated[
    bool,
    typer.Option(
        "--accept-edits", help="Take a data.sql or seed_data.json edited by hand as the truth."
    ),
]
AllowOtherSource = Annotated[
    bool,
    typer.Option("--allow-other-source", help="Replace the tables of another application."),
]
RequireMasked = Annotated[
    bool,
    typer.Option("--require-masked", help="Refuse a snapshot that is not masked and scanned."),
]
Policy = Annotated[
    str | None,
    typer.Option(
        "--policy",
        metavar="FILE",
        help="Refuse a snapshot that is not masked by this policy.",
        show_default=False,
    ),
]
OnlySchemas = Annotated[
    list[str] | None, typer.Option("-n", "--schema", help="Rows of these schemas only.")
]
NotSchemas = Annotated[
    list[str] | None, typer.Option("-N", "--exclude-schema", help="Leave these schemas alone.")
]
OnlyTables = Annotated[
    list[str] | None, typer.Option("-t", "--table", help="Rows of these tables only.")
]
NotTables = Annotated[
    list[str] | None, typer.Option("-T", "--exclude-table", help="Leave these tables alone.")
]
CreateDatabase = Annotated[
    bool, typer.Option("--create", help="Make the database if there is none of its name.")
]
EndSessions = Annotated[
    bool,
    typer.Option("--end-sessions", help="End other sessions that hold locks on the tables."),
]
Project = Annotated[
    str | None,
    typer.Option("--project", help="Compose project whose services use the database."),
]
Services = Annotated[
    list[str] | None, typer.Option("--service", help="Stop only these services of it.")
]
Containers = Annotated[list[str] | None, typer.Option("--container", help="Stop these containers.")]
AllServices = Annotated[
    bool,
    typer.Option("--all-services", help="Stop also services that do not use the database."),
]
NoContainers = Annotated[bool, typer.Option("--no-containers", help="Leave all containers alone.")]
StrategyOption = Annotated[
    Strategy,
    typer.Option(
        help="transaction: replace what is there. swap: build beside it, then rename. "
        "warm: rename a ready clone."
    ),
]
NoKeep = Annotated[bool, typer.Option("--no-keep", help="Drop what was there after a swap.")]
KeepWarm = Annotated[
    bool, typer.Option("--keep-warm", help="Make a ready clone for the next restore.")
]
