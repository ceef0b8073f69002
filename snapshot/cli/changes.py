"""diff: what differs between two snapshots or databases."""

from __future__ import annotations

from tempfile import SpooledTemporaryFile
from typing import TYPE_CHECKING, Annotated

import typer

from snapshot.cli import output
from snapshot.cli.options import (
    DatabaseUrl,
    ExcludedSchemas,
    Json,
    NotTables,
    OnlySchemas,
    OnlyTables,
)
from snapshot.errors import ContentDiffers, UsageError

if TYPE_CHECKING:
    from snapshot.changes.comparing import Comparison
    from snapshot.progress import Progress

_IN_MEMORY = 16 << 20  # bytes of a JSON document; a longer one waits in a file
LIMIT = 20  # rows of a table, on a terminal

Side = Annotated[
    str | None,
    typer.Argument(
        help="A folder, REVISION:FOLDER, s3://…, undo:NAME or a database's URL.",
        show_default=False,
    ),
]


Rows = Annotated[bool, typer.Option("--rows", help="Show the rows that differ.")]
Stat = Annotated[bool, typer.Option("--stat", help="Show a bar for each table.")]
Markdown = Annotated[bool, typer.Option("--markdown", help="Print Markdown, for a pull request.")]
Sql = Annotated[bool, typer.Option("--sql", help="Print a script for psql that takes A to B.")]
Ignore = Annotated[
    list[str] | None,
    typer.Option("--ignore", metavar="[TABLE.]COLUMN", help="Leave this column out."),
]
Limit = Annotated[
    int | None,
    typer.Option(
        min=0, help="Rows shown of each table.  [default: 20 on a terminal]", show_default=False
    ),
]
Full = Annotated[bool, typer.Option("--full", help="Do not cut long lines.")]
NoValues = Annotated[bool, typer.Option("--no-values", help="Print no values, only counts.")]
Exact = Annotated[bool, typer.Option("--exact", help="Read all rows, even if checksums are equal.")]


def diff(
    a: Side = None,
    b: Side = None,
    database_url: DatabaseUrl = None,
    rows: Rows = False,
    stat: Stat = False,
    markdown: Markdown = False,
    sql: Sql = False,
    schema: OnlySchemas = None,
    exclude_schema: ExcludedSchemas = None,
    table: OnlyTables = None,
    exclude_table: NotTables = None,
    ignore: Ignore = None,
    limit: Limit = None,
    full: Full = False,
    no_values: NoValues = False,
    exact: Exact = False,
    json: Json = False,
) -> None:
    """Show what differs between two states: from A to B.

    Without B, A is compared with the database; without both, the snapshot in seed_data is. Exit
    code 0: equal, 4: different.
    """
    from snapshot.changes.comparing import DiffOptions
    from snapshot.cli.states import find_states
    from snapshot.diff import compare_states
    from snapshot.planning.selection import Selection

    _check(rows, stat, markdown, sql, json, no_values)
    chosen = (schema, exclude_schema, table, exclude_table)
    options = DiffOptions(selection=Selection.of(*chosen), ignore=tuple(ignore or ()), exact=exact)
    states = find_states(a, b, database_url)
    shown = limit if limit is not None else LIMIT if output.columns() else None
    with (
        output.progress(quiet=json or rows) as progress,
        compare_states(*states, options, progress) as comparison,
    ):
        if json:
            equal = _print_json(comparison, not no_values)
        elif sql:
            equal = _print_script(comparison, progress)
        else:
            how = "markdown" if markdown else "rows" if rows else "stat" if stat else "summary"
            equal = _print_text(comparison, how, (shown, full, not no_values), progress)
    if not equal:
        raise typer.Exit(ContentDiffers.exit_code)


def _check(*given: bool) -> None:
    *ways, no_values = given
    rows, _, _, sql, _ = ways
    if sum(ways) > 1:
        raise UsageError(
            "--rows, --stat, --markdown, --sql and --json exclude each other", "give one"
        )
    if (rows or sql) and no_values:
        raise UsageError("--rows and --sql show values, --no-values none", "leave one out")


def _print_json(comparison: Comparison, values: bool) -> bool:
    from snapshot.cli.diff_documents import json_pieces

    last = ""
    with SpooledTemporaryFile(
        _IN_MEMORY
    ) as document:  # if reading fails, only the error is printed
        for last in json_pieces(comparison, values):
            document.write(last.encode())
        document.seek(0)
        for line in document:
            output.json_piece(line.decode())
    return "true" in last


def _print_script(comparison: Comparison, progress: Progress) -> bool:
    from snapshot.changes.applying import script_of

    script = script_of(comparison)
    output.pause(progress)
    for piece in script.pieces:
        output.script(piece)
    return script.empty


def _print_text(
    comparison: Comparison, how: str, shown: tuple[int | None, bool, bool], progress: Progress
) -> bool:
    from snapshot.cli import diff_reports
    from snapshot.cli.diff_documents import markdown

    limit, full, values = shown
    if how == "markdown":
        text, found = markdown(comparison, values)
        output.pause(progress)
        output.text(text)
    elif how == "rows":
        found = diff_reports.print_rows(comparison, diff_reports.Shown(limit, full))
    else:
        found = diff_reports.all_tables(comparison)
        output.pause(progress)
        (diff_reports.print_stat if how == "stat" else diff_reports.print_summary)(
            comparison, found
        )
    return not found and comparison.same_beside_rows
