"""status, clear, undo and mark."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from snapshot.cli import output, reports, status_reports
from snapshot.cli.confirmation import allowed, question
from snapshot.cli.options import DEFAULT_DIRECTORY, Allow, Confirm, DatabaseUrl, Json, NoBackup


def status(
    directory: Annotated[
        str | None,
        typer.Argument(
            metavar="DIRECTORY",
            help="A snapshot.  [default: the one it was created to or restored from, or seed_data]",
            show_default=False,
        ),
    ] = None,
    database_url: DatabaseUrl = None,
    json: Json = False,
) -> None:
    """Show whether a database equals its snapshot. Rows and size of its tables are shown, too."""
    from snapshot.cli.settings import find_target
    from snapshot.status import database_status

    target = find_target(database_url)
    reports.announce(target)
    with output.progress(quiet=json) as progress:
        report = database_status(target.url, directory, progress)
        if report.compared is None and Path(DEFAULT_DIRECTORY).is_dir():
            report = database_status(target.url, DEFAULT_DIRECTORY, progress)
    if json:
        output.json_document(status_reports.status(report, target))
    else:
        status_reports.print_status(report)


def clear(
    database_url: DatabaseUrl = None,
    confirm: Confirm = False,
    allow: Allow = None,
    no_backup: NoBackup = False,
    json: Json = False,
) -> None:
    """Delete all rows and keep the schema. Foreign keys do not block it; it is one transaction."""
    from snapshot.clear import ClearOptions, clear_database
    from snapshot.cli.settings import find_target

    target = find_target(database_url)
    reports.announce(target)
    permission = allowed(target, confirm=confirm, allow=allow, no_backup=no_backup)
    options = ClearOptions(target.url, **permission)
    report = clear_database(options, question(reports.print_clear_plan, json))
    if json:
        output.json_document(reports.cleared(report, target))
    else:
        total = sum(report.deleted.values())
        output.say(
            f"deleted {total:,} rows of {len(report.deleted)} tables in {report.database}",
            style="bold green",
        )
        if report.backup:
            output.say(reports.undo_line(target))


def undo(
    name: Annotated[
        str | None,
        typer.Argument(
            metavar="NAME", help="A safety snapshot; else the newest.", show_default=False
        ),
    ] = None,
    database_url: DatabaseUrl = None,
    list_: Annotated[bool, typer.Option("--list", help="Show the safety snapshots.")] = False,
    confirm: Confirm = False,
    allow: Allow = None,
    no_backup: NoBackup = False,
    no_containers: Annotated[
        bool, typer.Option("--no-containers", help="Leave all containers alone.")
    ] = False,
    json: Json = False,
) -> None:
    """Bring back what was there before rows were deleted. A second undo undoes the first."""
    from snapshot.cli.settings import find_target
    from snapshot.undo import UndoOptions, backups_of, undo_restore

    target = find_target(database_url)
    reports.announce(target)
    if list_:
        database, backups = backups_of(target.url)
        if json:
            output.json_document(reports.undoable(database, backups))
        else:
            reports.print_backups(database, backups)
        return
    alone = (None, None, None, no_containers, False)
    permission = allowed(
        target, confirm=confirm, allow=allow, no_backup=no_backup, containers=alone
    )
    with output.progress(quiet=json) as progress:
        report = undo_restore(
            UndoOptions(target.url, name, **permission),
            question(reports.print_undo_plan, json, progress),
            progress,
        )
    if json:
        output.json_document(reports.restored(report, target))
    else:
        reports.print_restored(report, target)


def mark(
    environment: Annotated[
        str | None,
        typer.Argument(
            metavar="ENVIRONMENT",
            help='production, staging, …; "" removes the mark, without it the mark is shown.',
            show_default=False,
        ),
    ] = None,
    database_url: DatabaseUrl = None,
    json: Json = False,
) -> None:
    """Mark which environment a database is. One marked production is never overwritten."""
    from snapshot.cli.settings import find_target
    from snapshot.safety.guard import mark as mark_database

    target = find_target(database_url)
    reports.announce(target)
    facts = mark_database(target.url, environment)
    if json:
        output.json_document(reports.marked(facts))
    else:
        output.say(f"{facts.name}: environment: {facts.environment or 'not marked'}")
        if facts.marked_production:
            output.say("  no command changes it, unless it is named with --allow")
        elif facts.environment:
            output.say("  this protects nothing: production, prod, prd and live do")
