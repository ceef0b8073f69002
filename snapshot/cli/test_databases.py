"""test-databases list and prune: the databases that tests made, and that killed runs left."""

from __future__ import annotations

import os

import typer

from snapshot.cli import output
from snapshot.cli.options import Json, TestServer

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Databases that the pytest plugin made. They are templates and clones.",
)


@app.command("list")
def list_(server: TestServer = None, json: Json = False) -> None:
    """Show templates and clones, and which of them nobody needs."""
    from snapshot.postgres.clones import list_test_databases

    found = list_test_databases(_server(server))
    if json:
        rows = [
            {"name": d.name, "origin": d.origin, "size": d.size, "needed": needed or None}
            for d, needed in found
        ]
        output.json_document({"databases": rows})
    elif found:
        output.table(
            ["database", "of", ">size", "needed"],
            [
                (d.name, d.origin or "", "" if d.size is None else output.size(d.size), n or "no")
                for d, n in found
            ],
        )
    else:
        output.say("tests have left no database")


@app.command()
def prune(server: TestServer = None, json: Json = False) -> None:
    """Drop databases that nobody needs. These are clones of killed runs, and old templates."""
    from snapshot.postgres.clones import prune_test_databases

    dropped = prune_test_databases(_server(server))
    if json:
        output.json_document({"dropped": dropped})
    else:
        output.lines(dropped)
        output.say(f"dropped {output.counted(len(dropped), 'database')}", style="bold green")


def _server(url: str | None) -> str:
    from snapshot.postgres.clones import database_url
    from snapshot.postgres.embedded import running_database

    if named := url or os.environ.get("SNAPSHOT_TEST_SERVER"):
        return database_url(named)
    return running_database("postgres", for_tests=True)
