"""status and clear."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from snapshot.cli import output, reports
from snapshot.cli.options import Confirm, DatabaseUrl, Json

if TYPE_CHECKING:
    from snapshot.catalog import Name


def status(database_url: DatabaseUrl = None, json: Json = False) -> None:
    """Show rows and size per table, and whether the database still equals its snapshot."""
    from snapshot.settings import find_target
    from snapshot.status import database_status

    target = find_target(database_url)
    reports.announce(target)
    with output.progress(quiet=json) as progress:
        report = database_status(target.url, progress)
    if json:
        output.json_document(reports.status(report, target))
    else:
        reports.print_status(report)


def clear(database_url: DatabaseUrl = None, confirm: Confirm = False, json: Json = False) -> None:
    """Delete all rows and keep the schema, in one transaction, whatever the foreign keys."""
    from snapshot.settings import find_target
    from snapshot.status import clear_database

    target = find_target(database_url)
    reports.announce(target)

    def approve(database: str, rows: Mapping[Name, int]) -> bool:
        if json:
            return False
        output.say(f"{database}: all rows will be deleted", style="bold")
        output.table(["table", ">rows deleted"], rows.items())
        name = database.split(" on ")[0]
        return output.ask(f"Type the database's name ({name}) to go on:", name)

    report = clear_database(target.url, confirm, approve)
    if json:
        output.json_document(reports.cleared(report, target))
    else:
        total = sum(report.deleted.values())
        output.say(
            f"deleted {total:,} rows of {len(report.deleted)} tables in {report.database}",
            style="bold green",
        )
