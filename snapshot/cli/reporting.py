"""report: a snapshot or a database as one HTML page."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from snapshot.cli import output
from snapshot.cli.options import DEFAULT_DIRECTORY, DatabaseUrl, Json

if TYPE_CHECKING:
    from snapshot.diff import State
    from snapshot.progress import Progress
    from snapshot.report.facts import Facts
    from snapshot.report.page import Differences, Written


def report(
    a: Annotated[
        str | None,
        typer.Argument(
            help="A folder, REVISION:FOLDER, s3://…, undo:NAME, a database's URL.",
            show_default=False,
        ),
    ] = None,
    b: Annotated[
        str | None,
        typer.Argument(help="The page is of B, and shows what differs from A.", show_default=False),
    ] = None,
    database_url: DatabaseUrl = None,
    to: Annotated[
        Path, typer.Option("-o", "--output", metavar="FILE", help="The file to write.")
    ] = Path("report.html"),
    rows: Annotated[
        int,
        typer.Option(
            "--rows", min=0, metavar="N", help="Show the first N rows of each table, with values."
        ),
    ] = 0,
    open_: Annotated[bool, typer.Option("--open", help="Open the page in a browser.")] = False,
    json: Json = False,
) -> None:
    """Write one HTML page: tables, foreign keys, load order.

    Of a snapshot, or with -d of a database; with two sides, as diff takes them, of the second, with
    what differs. It needs no network, and holds no values of rows.
    """
    from snapshot.cli.states import find_database, find_state, find_states
    from snapshot.report.page import check_ready, write_report

    check_ready(to)
    alone = b is None and (a is None or database_url is None)
    if alone and database_url is not None:
        first = last = find_database(database_url)
    elif alone:
        first = last = find_state(a or DEFAULT_DIRECTORY, None)
    else:
        first, last = find_states(a, b, database_url)
    with output.progress(quiet=json) as progress:
        differences = None if alone else _differences(first, last, progress)
        written = write_report(_facts(last, rows, progress), to, differences)
    _finish(written, open_, json)


def _facts(state: State, rows: int, progress: Progress) -> Facts:
    from snapshot.diff import SnapshotAt
    from snapshot.report.facts import facts_of_database, facts_of_snapshot

    if isinstance(state, SnapshotAt):
        return facts_of_snapshot(state.directory, rows, progress)
    return facts_of_database(state.url, rows, progress)


def _differences(a: State, b: State, progress: Progress) -> Differences:
    from snapshot.cli.diff_reports import head_lines
    from snapshot.diff import compare_states
    from snapshot.report.page import Differences

    with compare_states(a, b, progress=progress) as comparison:
        counts = comparison.counts()
        _, _, *others = head_lines(comparison)
        return Differences(comparison.a.name, counts, [line.strip() for line in others])


def _finish(written: Written, open_: bool, json: bool) -> None:
    if json:
        output.json_document(written.to_dict())
    else:
        tables, size = output.counted(written.tables, "table"), output.size(written.size)
        output.say(f"wrote {written.path}: {tables}, {size}", style="bold green")
        if written.sampled:
            shown = output.counted(written.sampled, "row")
            output.say(f"  · it shows up to {shown} of each table; only you can read the file")
    if open_:
        import webbrowser

        webbrowser.open(written.path.as_uri())
