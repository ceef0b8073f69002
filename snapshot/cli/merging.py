"""merge and git: the commands, and what they print."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from snapshot.cli import output
from snapshot.cli.options import Json
from snapshot.errors import SnapshotError, UsageError

if TYPE_CHECKING:
    from snapshot.catalog import Name
    from snapshot.merge import MergeReport
    from snapshot.progress import Progress

    Settled = tuple[Sequence[tuple["Side", str | None]], Mapping[Name, "Side"]]

SHOWN = 20  # conflicts
OPEN = 4  # the exit code while there are conflicts

app = typer.Typer(help="Snapshots in git: merged by rows, shown by rows.", no_args_is_help=True)


Words = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[BASE OURS THEIRS] [TABLE[:KEY[.COLUMN]]]",
        help="Three snapshots (without them: what git left unmerged), and what --take is for.",
        show_default=False,
    ),
]
Output = Annotated[
    str | None,
    typer.Option(
        "-o", "--output", metavar="DIRECTORY", help="Where the result goes.", show_default=False
    ),
]
Takes = Annotated[
    list[str] | None,
    typer.Option(
        "--take",
        metavar="ours|theirs",
        help="Settle conflicts: this side counts. ours=TABLE:KEY is for one of them.",
        show_default=False,
    ),
]
NewIds = Annotated[
    tuple[str, str] | None,
    typer.Option(
        metavar="ours|theirs TABLE",
        help="New ids for that side's rows, where both added one id; foreign keys follow.",
        show_default=False,
    ),
]
Finish = Annotated[
    bool, typer.Option("--continue", help="Stage the result, if nothing is open any more.")
]
Server = Annotated[
    str | None,
    typer.Option(
        "-d",
        "--database-url",
        metavar="URL",
        help="The server that checks the result, in a new database. Default: the embedded one.",
        show_default=False,
    ),
]


def merge(
    words: Words = None,
    directory: Output = None,
    take: Takes = None,
    renumber: NewIds = None,
    finish: Finish = False,
    database_url: Server = None,
    json: Json = False,
) -> None:
    """Merge snapshots by rows. Give three of them, or take what git left unmerged."""
    from snapshot.cli.settings import find_target

    names = list(words or ())
    label = names.pop() if take and len(names) in (1, 4) else None
    takes = [_take(text, label) for text in take or ()]
    new_ids = _renumbered(renumber)
    url = find_target(database_url).url if database_url is not None else None
    if len(names) not in (0, 3) or bool(names) != (directory is not None) or (names and finish):
        raise UsageError(
            "give BASE, OURS, THEIRS and -o DIRECTORY, or none of them in a repository",
            hint="snapshot merge BASE OURS THEIRS -o DIRECTORY",
        )
    if finish and not _is_open():
        output.say("no snapshot is unmerged: go on with git commit")
        return
    with output.progress(quiet=json) as progress:
        if directory is not None:
            report = _merge_three(names, directory, (takes, new_ids), url, progress)
        else:
            report = _merge_unmerged((takes, new_ids), url, progress)
    if json:
        output.json_document(report.to_dict())
    else:
        _print(report, in_git=directory is None)
    if report.conflicts:
        raise typer.Exit(OPEN)


Side = Literal["ours", "theirs"]


_SIDES: dict[str, Side] = {"ours": "ours", "theirs": "theirs"}


def _take(text: str, label: str | None) -> tuple[Side, str | None]:
    side, _, of = text.partition("=")
    if side in _SIDES:
        return _SIDES[side], of or label
    raise UsageError(f"--take {text}: there are ours and theirs", hint="--take theirs=TABLE:KEY")


def _is_open() -> bool:
    from snapshot.git.unmerged import is_open

    return is_open()


def _renumbered(given: tuple[str, str] | None) -> dict[Name, Side]:
    from snapshot.catalog import Name

    if given is None:
        return {}
    side, table = _take(given[0], None)[0], given[1]
    schema, _, name = table.rpartition(".")
    return {Name(schema or "public", name): side}


def _merge_three(
    names: Sequence[str],
    directory: str,
    settled: Settled,
    url: str | None,
    progress: Progress,
) -> MergeReport:
    from dataclasses import replace

    from snapshot.changes.settling import chosen
    from snapshot.cli.settings import demands
    from snapshot.merge import MergeOptions, merge_snapshots
    from snapshot.store.location import directory_of

    base, ours, theirs = map(directory_of, names)
    options = MergeOptions(
        base=base, ours=ours, theirs=theirs, directory=directory_of(directory), url=url,
        renumber=settled[1], require_masked=demands()["require_masked"],
    )  # fmt: skip
    report = merge_snapshots(options, progress)
    for side, label in settled[0]:
        choices = chosen(report.conflicts, options.choices, side, label)
        options = replace(options, choices=choices)
        report = merge_snapshots(options, progress)
    return report


def _merge_unmerged(settled: Settled, url: str | None, progress: Progress) -> MergeReport:
    from snapshot.git.unmerged import Take, merge_unmerged

    takes, renumber = settled
    if not takes:
        return merge_unmerged(None, url, progress, renumber)
    for side, label in takes:
        report = merge_unmerged(Take(side, label), url, progress, renumber)
    return report


def _print(report: MergeReport, in_git: bool) -> None:
    for note in report.notes:
        output.note(note)
    if report.conflicts:
        for line in _conflict_lines(report, in_git):
            output.say(line)
        return
    output.say(f"{_merged(report)} into {report.directory}", style="bold green")
    if in_git:
        output.say("It is staged. Go on with git commit, or git rebase --continue.")


def _merged(report: MergeReport) -> str:
    """`merged 2 tables by rows: category +1, film ~4; loaded and checked`."""
    if not report.came:
        return "merged: no row of theirs was new"
    counts = ", ".join(f"{name} {counts}" for name, counts in report.came.items())
    tables = output.counted(len(report.came), "table")
    return f"merged {tables} by rows: {counts}; loaded and checked"


def _conflict_lines(report: MergeReport, in_git: bool) -> list[str]:
    from snapshot.store.conflicts import ADDED

    number = len(report.conflicts)
    lines = [f"{output.counted(number, 'conflict')} in {report.directory}"]
    lines += [f"  {conflict}" for conflict in report.conflicts[:SHOWN]]
    if number > SHOWN:
        lines.append(f"  … and {number - SHOWN:,} more, in manifest.json")
    lines.append("Settle them: snapshot merge --take ours|theirs [TABLE[:KEY[.COLUMN]]]")
    if any(conflict.kind == ADDED for conflict in report.conflicts):
        lines.append("or:          snapshot merge --renumber ours|theirs TABLE")
    if in_git:
        lines.append("Then:        snapshot merge --continue && git commit")
    return lines


# --- in git


@app.command()
def install(
    undo: Annotated[bool, typer.Option("--undo", help="Take the settings away again.")] = False,
) -> None:
    """Set the merge driver and the diff driver. Only this repository's configuration changes."""
    from snapshot.git import installing

    if undo:
        for key in installing.undo():
            output.say(f"removed {key}")
        return
    for key, value in installing.install().items():
        output.say(f"{key} = {value}")
    output.note("in .git/config; every clone needs it. Take it away: snapshot git install --undo")


@app.command("merge-driver", hidden=True)
def merge_driver(base: Path, ours: Path, theirs: Path, path: str) -> None:
    """Merge one file for git, as a part of its snapshot."""
    from snapshot.git.driver import Asked, drive

    def said(line: str) -> None:
        output.note(f"snapshot: {line}")

    def merged(report: MergeReport) -> None:
        lines = _conflict_lines(report, in_git=True) if report.conflicts else [_merged(report)]
        lines[0] = lines[0].replace(str(report.directory), path.rpartition("/")[0] or ".")
        output.note(f"snapshot: {lines[0]}")
        for line in lines[1:]:
            output.note(line)

    try:
        clean = drive(Asked(base, ours, theirs, path), merged, said)
    except SnapshotError as error:  # the manifest cannot be read either
        said(f"{path}: {error}")
        clean = False
    if not clean:  # 1, and no other: git takes some codes for signals
        raise typer.Exit(1)


@app.command(hidden=True)
def textconv(file: Path) -> None:
    """Print a data.sql for `git diff`: each row on its line, with the names of its values."""
    from snapshot.git.text import readable_rows

    with file.open("rb") as lines:
        for line in readable_rows(lines):
            output.say(line.decode(errors="replace"))
