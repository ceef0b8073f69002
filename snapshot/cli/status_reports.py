"""What status prints, as text and as JSON."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from snapshot.cli import output
from snapshot.cli.reports import database_document

if TYPE_CHECKING:
    from snapshot.cli.settings import Target
    from snapshot.status import StatusReport


def status(report: StatusReport, target: Target) -> dict[str, Any]:
    """The JSON document of status."""
    return {"database": database_document(target), **report.to_dict()}


def print_status(report: StatusReport) -> None:
    """Print rows and sizes, and whether the database equals its snapshot."""
    from snapshot.status import place_text

    output.table(
        ["table", ">rows", ">size"],
        [(t.name, t.rows, output.size(t.size)) for t in report.tables],
    )
    rows = sum(t.rows for t in report.tables)
    size = output.size(sum(t.size for t in report.tables))
    what = f"{output.counted(rows, 'row')} in {output.counted(len(report.tables), 'table')}"
    output.say(f"{report.database}: {what}, {size}", "bold")
    for line in report.migrations:
        output.say(f"migrations: {line}")
    if report.restored:
        restored = report.restored
        output.say(f"restored from {relative(place_text(restored.directory))} at {restored.at}")
    compared = report.compared
    if compared is None:
        output.say("no snapshot of it is known on this machine: snapshot create makes one")
        return
    shorter = replace(compared, directory=relative(compared.directory))
    output.say(str(shorter), "green" if not compared.differences.lines else "yellow")
    output.lines(compared.lines)
    if compared.note:
        output.say(f"  · {compared.note}")
    if compared.differences.lines:
        output.say(f"hint: {compared.differences.remedy}")


def relative(place: str) -> str:
    """A folder as seen from the current one, if it lies below."""
    path = Path(place)
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else place
