"""restore --strategy swap and warm, rollback and warm."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from snapshot.cli import container_reports, output, reports
from snapshot.cli.confirmation import allowed, question
from snapshot.cli.options import (
    DEFAULT_DIRECTORY,
    Allow,
    Confirm,
    DatabaseUrl,
    Directory,
    Jobs,
    Json,
    Policy,
    RequireMasked,
    default_jobs,
)

if TYPE_CHECKING:
    from pathlib import Path as FilePath

    from snapshot.cli.settings import Target
    from snapshot.store.location import Directory as Place


def swap(
    fields: dict[str, Any],
    target: Target,
    plan: bool,
    keep_warm: bool,
    allow: str | None,
    json: bool,
) -> None:
    """What restore does with --strategy swap or warm; `fields` are those of SwapOptions."""
    from snapshot.swap import SwapOptions, plan_swap, swap_snapshot

    options = SwapOptions(target.url, **fields)
    if plan:
        planned = plan_swap(options)
        if json:
            output.json_document(reports.swap_planned(planned, target))
        else:
            reports.print_swap_plan(planned, steps=True)
        return
    with output.progress(quiet=json) as progress:
        approve = question(reports.print_swap_plan, json, progress)
        report = swap_snapshot(options, approve, progress)
    if keep_warm or options.warm:
        make_spare(options.place, target, allow, options.require_masked, options.policy)
    if json:
        output.json_document(reports.swapped(report, target))
    else:
        reports.print_swapped(report, target)


def make_spare(
    directory: Place,
    target: Target,
    allow: str | None,
    require_masked: bool = False,
    policy: str | FilePath | None = None,
) -> None:
    """Build the next clone in the background: this command does not wait for it.

    The URL goes by the environment, as command lines are seen by everybody. With -P no module of
    the current folder is taken for ours.
    """
    from snapshot.store.folders import private_folder, state_folder

    command = [sys.executable, "-P", "-m", "snapshot", "warm", str(directory)]
    command += ["--allow", allow] if allow else []
    command += ["--require-masked"] if require_masked else []
    command += ["--policy", str(policy)] if policy is not None else []
    environment = {**os.environ, "DATABASE_URL": target.url} if target.url else dict(os.environ)
    log = state_folder() / "warm.log"
    private_folder(log.parent)
    with log.open("wb") as said:
        subprocess.Popen(  # noqa: S603
            command,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=said,
            start_new_session=True,
        )
    output.note(f"the next clone is being made in the background; what it says is in {log}")


def rollback(
    database_url: DatabaseUrl = None,
    confirm: Confirm = False,
    allow: Allow = None,
    json: Json = False,
) -> None:
    """Exchange a database with the one before the last swap. A second rollback undoes the first."""
    from snapshot.change import ChangeOptions
    from snapshot.cli.settings import find_target
    from snapshot.swap import roll_back

    target = find_target(database_url)
    reports.announce(target)
    options = ChangeOptions(target.url, **allowed(target, confirm=confirm, allow=allow))
    report = roll_back(options, question(reports.print_rollback_plan, json))
    if json:
        output.json_document(report.to_dict())
    else:
        output.say(f"{report.target} is what it was before the last swap", style="bold green")
        output.note(f"nobody could connect for {report.away * 1000:.0f} ms")
        container_reports.print_ended(report.ended)


def warm(
    directory: Directory = DEFAULT_DIRECTORY,
    database_url: DatabaseUrl = None,
    list_: Annotated[bool, typer.Option("--list", help="Show the ready clones.")] = False,
    drop: Annotated[bool, typer.Option("--drop", help="Drop them.")] = False,
    jobs: Jobs = None,
    allow: Allow = None,
    require_masked: RequireMasked = False,
    policy: Policy = None,
    json: Json = False,
) -> None:
    """Keep a clone ready, so that a restore is only a renaming."""
    from snapshot.change import ChangeOptions
    from snapshot.cli.settings import demands, find_target
    from snapshot.store.location import directory_of
    from snapshot.swap import SwapOptions, drop_clones, list_clones, warm_clone

    target = find_target(database_url)
    reports.announce(target)
    permission = allowed(target, allow=allow)
    if list_:
        database, clones = list_clones(target.url)
        if json:
            output.json_document({"database": database, "clones": dict(clones)})
        else:
            output.table(["clone", "of the snapshot with the digest"], clones)
    elif drop:
        dropped = drop_clones(ChangeOptions(target.url, **permission))
        if json:
            output.json_document({"dropped": dropped})
        else:
            output.say(f"dropped: {', '.join(dropped) or 'there was none'}")
    else:
        place, sessions = directory_of(directory), jobs or default_jobs()
        masked = demands(require_masked, policy)
        options = SwapOptions(target.url, place, jobs=sessions, **masked, **permission)
        with output.progress(quiet=json) as progress:
            clone = warm_clone(options, progress)
        if json:
            output.json_document({"clone": clone})
        else:
            output.say(f"ready: {clone}", style="bold green")
            output.note("take it with: snapshot restore --strategy warm")
