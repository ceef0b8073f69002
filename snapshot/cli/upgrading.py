"""upgrade: the command, and what it prints."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from snapshot.cli import output, reports
from snapshot.cli.options import (
    DEFAULT_DIRECTORY,
    Allow,
    Directory,
    Jobs,
    Json,
    default_jobs,
)
from snapshot.errors import ContentDiffers

if TYPE_CHECKING:
    from snapshot.catalog import Revision
    from snapshot.progress import Progress
    from snapshot.upgrade import UpgradeReport


def upgrade(
    directory: Directory = DEFAULT_DIRECTORY,
    run: Annotated[
        str | None,
        typer.Option(
            "--run",
            metavar="COMMAND",
            help='What migrates a database, as "alembic upgrade head". Default: migrate in '
            "[tool.snapshot]. It gets the database in DATABASE_URL and PG*.",
            show_default=False,
        ),
    ] = None,
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing; exit code 4 if it is behind.")
    ] = False,
    database_url: Annotated[
        str | None,
        typer.Option(
            "-d",
            "--database-url",
            metavar="URL",
            help="The server for the scratch database; this database is not changed. "
            "Default: the embedded server.",
            show_default=False,
        ),
    ] = None,
    allow: Allow = None,
    jobs: Jobs = None,
    json: Json = False,
) -> None:
    """Bring a snapshot to the newest schema. The project's own migrations are run."""
    from snapshot.cli import settings
    from snapshot.upgrade import UpgradeOptions, upgrade_snapshot

    command = settings.migration_command(run)
    target = settings.scratch_server(database_url)
    output.note(f"scratch database: beside {settings.shown_url(target.url)} (from {target.origin})")
    options = UpgradeOptions(
        target.url,
        directory,
        command,
        check=check,
        jobs=jobs or default_jobs(),
        guard=settings.guard_for(allow, target),
        **settings.demands(),
    )
    with output.progress(quiet=json) as progress:
        report = upgrade_snapshot(options, progress, partial(_said, progress))
    if json:
        output.json_document({"command": command, **report.to_dict()})
    elif not report.differences or report.written:
        _print(report)
    if report.differences and check:
        if json:
            raise typer.Exit(ContentDiffers.exit_code)
        raise ContentDiffers(
            f"{directory} is behind: {command} changes it",
            hint="the same command without --check brings it there",
            details=[*_revisions(report.before, report.after), *report.differences],
        )


def _said(progress: Progress, line: str) -> None:
    output.pause(progress)
    output.passed_on(line)


def _print(report: UpgradeReport) -> None:
    if not report.differences:
        output.say(f"{report.directory} is up to date", style="bold green")
        output.lines(_revisions(report.before, report.after))
        return
    rows = output.counted(report.manifest.rows, "row")
    tables = output.counted(len(reports.tables_of(report.manifest)), "table")
    output.say(f"upgraded {report.directory}: {rows} of {tables}", style="bold green")
    output.lines(_revisions(report.before, report.after))
    output.lines(report.differences)
    output.lines(report.notes)


def _revisions(before: Sequence[Revision], after: Sequence[Revision]) -> list[str]:
    """Where each migration tool stood and stands: `alembic: 0001 → 0003`."""
    was = {revision.table: revision for revision in before}
    lines = []
    for revision in after:
        old = was[revision.table].at.split(", ") if revision.table in was else []
        new = revision.at.split(", ")
        left = ", ".join(part for part in old if part not in new) or "none"
        right = ", ".join(part for part in new if part not in old)
        lines.append(
            f"{revision.tool}: {left} → {right}" if right else f"{revision.tool}: {revision.at}"
        )
    return lines
