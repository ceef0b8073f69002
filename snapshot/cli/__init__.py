"""The command line: each command is one call of the library. Errors are handled here."""

from __future__ import annotations

import logging
import os
import sys

import typer

from snapshot.cli import (
    changes,
    containers,
    databases,
    masking,
    merging,
    output,
    reporting,
    seeding,
    snapshots,
    subset,
    swaps,
    test_databases,
    upgrading,
)
from snapshot.cli.terminal import open_streams
from snapshot.errors import SnapshotError
from snapshot.store import VERSION

EXIT_CODES = (
    "Exit codes: 0 done · 1 failed, database unchanged · 2 usage · 3 refused: not confirmed, or "
    "target not acceptable · 4 snapshot damaged, or database and snapshot differ · 130 stopped."
)

INTERRUPTED = 130  # 128 + SIGINT, as shells count

app = typer.Typer(
    name="snapshot",
    help="Save a known-good state of a PostgreSQL database, and restore it with one command.",
    epilog=EXIT_CODES,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # plain help appears in half the time
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
)


def _version(value: bool) -> None:
    if value:
        output.say(f"snapshot {VERSION}")
        raise typer.Exit


@app.callback()
def root(
    version: bool = typer.Option(False, "--version", callback=_version, is_eager=True,
                                 help="Print the version."),
) -> None:  # fmt: skip
    """Save a known-good state of a PostgreSQL database, and restore it with one command."""


for command in (
    snapshots.create,
    snapshots.restore,
    snapshots.verify,
    changes.diff,
    upgrading.upgrade,
    merging.merge,
    snapshots.show,
    snapshots.order,
    reporting.report,
    databases.status,
    databases.clear,
    databases.undo,
    databases.mark,
    swaps.rollback,
    swaps.warm,
    seeding.validate,
):
    app.command(epilog=EXIT_CODES)(command)

app.add_typer(seeding.app, name="seed", epilog=EXIT_CODES)
app.add_typer(merging.app, name="git", epilog=EXIT_CODES)
app.add_typer(masking.app, name="mask", epilog=EXIT_CODES)
app.add_typer(subset.app, name="subset", epilog=EXIT_CODES)
app.add_typer(containers.app, name="containers", epilog=EXIT_CODES)
app.add_typer(test_databases.app, name="test-databases", epilog=EXIT_CODES)


def main() -> None:
    """Run the command. Every failure becomes one message, a hint and an exit code."""
    open_streams()
    logging.getLogger("psycopg").setLevel(logging.CRITICAL)  # it warns of what we report as errors
    sys.exit(output.finish(_exit_code()))


def _exit_code() -> int:
    try:
        app()
    except SnapshotError as error:
        output.fail(error)
        return error.exit_code
    except SystemExit as stop:
        if stop.code == INTERRUPTED:
            output.note(_stopped(stop))
        if isinstance(stop.code, str):
            output.note(stop.code)
        return stop.code if isinstance(stop.code, int) else int(stop.code is not None)
    except Exception as error:  # the last resort: a bug of ours
        if _interrupted(error):
            output.note(_stopped(error))
            return INTERRUPTED
        if os.environ.get("SNAPSHOT_DEBUG"):
            raise
        output.fail(
            SnapshotError(
                f"this is a bug in snapshot: {type(error).__name__}: {error}",
                hint="set SNAPSHOT_DEBUG=1 to see where, and report it",
            )
        )
        return 1
    return 0


def _interrupted(error: BaseException) -> bool:
    """Whether Ctrl-C caused this error: Python 3.11 wraps what `__set_name__` raises (gh-77757)."""
    return isinstance(error, KeyboardInterrupt) or bool(
        error.__cause__ and _interrupted(error.__cause__)
    )


def _stopped(stop: BaseException) -> str:
    """What is known of a command that Ctrl-C stopped: the notes of the KeyboardInterrupt."""
    cause: BaseException | None = stop
    while cause and not isinstance(cause, KeyboardInterrupt):
        cause = cause.__cause__ or cause.__context__
    known = getattr(cause, "__notes__", [])
    return ": ".join(["stopped", *known])
