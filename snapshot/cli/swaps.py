"""restore --strategy swap and warm, rollback and warm."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from snapshot.cli import output, reports
from snapshot.cli.options import (
    DEFAULT_DIRECTORY,
    Allow,
    Confirm,
    DatabaseUrl,
    Directory,
    Jobs,
    Json,
    default_jobs,
)

if TYPE_CHECKING:
    from snapshot.cli.settings import Target
    from snapshot.store.location import Directory as Place
    from snapshot.swap import SwapOptions, SwapPlan


def swap(options: SwapOptions, target: Target, *, plan: bool, keep_warm: bool, json: bool) -> None:
    """What restore does with --strategy swap or warm."""
    from snapshot.swap import plan_swap, swap_snapshot

    if plan:
        planned = plan_swap(options)
        if json:
            output.json_document(reports.swap_planned(planned, target))
        else:
            reports.print_swap_plan(planned, steps=True)
        return

    def approve(planned: SwapPlan) -> bool:
        if json:
            return False
        output.pause(progress)
        reports.print_swap_plan(planned)
        name = planned.database.name
        return output.ask(f"Type the database's name ({name}) to go on:", name)

    with output.progress(quiet=json) as progress:
        report = swap_snapshot(options, approve, progress)
    if keep_warm or options.warm:
        make_spare(options.directory, target.url)
    if json:
        output.json_document(reports.swapped(report, target))
    else:
        reports.print_swapped(report, target)


def make_spare(directory: Place, url: str) -> None:
    """Build the next clone in the background: this command does not wait for it."""
    subprocess.Popen(  # noqa: S603
        [sys.executable, "-m", "snapshot", "warm", str(directory), "-d", url],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def rollback(
    database_url: DatabaseUrl = None,
    confirm: Confirm = False,
    allow: Allow = None,
    json: Json = False,
) -> None:
    """Exchange a database with what it was before the last swap; again, and it is undone."""
    from snapshot.cli.settings import find_target, guard_for
    from snapshot.swap import roll_back

    target = find_target(database_url)
    reports.announce(target)

    def approve(database: str) -> bool:
        if json:
            return False
        output.say(f"{database}: it is exchanged with what it was before", style="bold")
        name = database.split(" on ")[0]
        return output.ask(f"Type the database's name ({name}) to go on:", name)

    database, away = roll_back(target.url, confirm, guard_for(allow, target), approve)
    if json:
        output.json_document({"database": database, "seconds_away": round(away, 3)})
    else:
        output.say(f"{database} is what it was before the last swap", style="bold green")
        output.note(f"nobody could connect for {away * 1000:.0f} ms")


def warm(
    directory: Directory = DEFAULT_DIRECTORY,
    database_url: DatabaseUrl = None,
    list_: Annotated[bool, typer.Option("--list", help="Show the ready clones.")] = False,
    drop: Annotated[bool, typer.Option("--drop", help="Drop them.")] = False,
    jobs: Jobs = None,
    allow: Allow = None,
    json: Json = False,
) -> None:
    """Keep a ready clone of the snapshot, so that the next restore of it is only a renaming."""
    from snapshot.cli.settings import find_target, guard_for
    from snapshot.store.location import directory_of
    from snapshot.swap import SwapOptions, drop_clones, list_clones, warm_clone

    target = find_target(database_url)
    reports.announce(target)
    guard = guard_for(allow, target)
    if list_:
        database, clones = list_clones(target.url)
        if json:
            output.json_document({"database": database, "clones": dict(clones)})
        else:
            output.table(["clone", "of the snapshot with the digest"], clones)
    elif drop:
        dropped = drop_clones(target.url, guard)
        if json:
            output.json_document({"dropped": dropped})
        else:
            output.say(f"dropped: {', '.join(dropped) or 'there was none'}")
    else:
        place, sessions = directory_of(directory), jobs or default_jobs()
        options = SwapOptions(target.url, place, jobs=sessions, guard=guard)
        with output.progress(quiet=json) as progress:
            clone = warm_clone(options, progress)
        if json:
            output.json_document({"clone": clone})
        else:
            output.say(f"ready: {clone}", style="bold green")
            output.note("take it with: snapshot restore --strategy warm")
