"""containers list and recover: the containers that a killed restore left stopped."""

from __future__ import annotations

import typer

from snapshot.cli import output
from snapshot.cli.options import Confirm, Json

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Restart containers that a killed restore left stopped.",
)


@app.command("list")
def list_(json: Json = False) -> None:
    """Show the containers that were left stopped."""
    from snapshot.containers.journal import left_behind

    containers = list({c.id: c for journal in left_behind() for c in journal.containers}.values())
    if json:
        output.json_document({"stopped": [c.name for c in containers]})
    elif containers:
        output.table(["service", "container"], [(c, c.name) for c in containers])
        output.say("start them with: snapshot containers recover")
    else:
        output.say("no container was left stopped")


@app.command()
def recover(
    confirm: Confirm = False,
    json: Json = False,
) -> None:
    """Start the containers that were left stopped. Waits until they are up."""
    from snapshot.containers.control import recover as recover_containers

    def ask(question: str) -> bool:
        return confirm or (not json and output.ask(f"{question} (yes)", "yes"))

    with output.progress(quiet=json) as progress:
        lines = recover_containers(ask, progress)
    if json:
        output.json_document({"containers": lines})
    elif lines:
        output.lines(lines)
    else:
        output.say("no container was left stopped")
