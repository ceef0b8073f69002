"""The commands `snapshot mask …`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from snapshot.cli import masking_reports, output, reports
from snapshot.cli.options import DEFAULT_DIRECTORY, DatabaseUrl, Json, Mask
from snapshot.errors import Refused, UsageError

if TYPE_CHECKING:
    from snapshot.masking.policy import Policy
    from snapshot.postgres.connection import Connection

DEFAULT_POLICY = "masking.toml"

app = typer.Typer(
    help="Snapshots of production without its people. A policy says what becomes of each column.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

PolicyFile = Annotated[
    Path,
    typer.Option(
        "-o", "--output", metavar="FILE", help="The policy; what is in it stays.", show_default=True
    ),
]


@app.command()
def init(database_url: DatabaseUrl = None, file: PolicyFile = Path(DEFAULT_POLICY)) -> None:
    """Propose a policy, a rule for every column. It uses names, types and sampled values.

    A file that is there keeps every rule and comment; only what is missing is added.
    """
    from snapshot.cli.settings import find_target
    from snapshot.masking.proposal import discover
    from snapshot.postgres.connection import connected, consistent_read

    existing = _read(file)
    target = find_target(database_url)
    reports.announce(target)
    with connected(target.url) as connection, consistent_read(connection):
        text = discover(connection, existing)
    if text != existing:
        _write(file, text)
    masking_reports.print_proposed(file, existing, text)


@app.command()
def key() -> None:
    """Print a new key. It is 32 random bytes in base64, for SNAPSHOT_MASK_KEY."""
    import base64
    import secrets

    output.say(base64.b64encode(secrets.token_bytes(32)).decode())


@app.command()
def check(
    directory: Annotated[
        str | None,
        typer.Argument(help="A snapshot: its schema instead of a database's.", show_default=False),
    ] = None,
    database_url: DatabaseUrl = None,
    mask: Mask = None,
    json: Json = False,
) -> None:
    """Compare the policy with a schema: rules, keys, constraints, room. Reads no row."""
    from snapshot.store.location import directory_of

    _require_extra()
    from snapshot.masking.inspecting import check_against, check_policy
    from snapshot.store.reader import open_snapshot

    policy = _policy(mask)
    if directory is not None:
        checked = check_against(open_snapshot(directory_of(directory)), policy)
    else:
        with _reading(database_url) as connection:
            checked = check_policy(connection, policy)
    if json:
        output.json_document(checked.to_dict())
    else:
        masking_reports.print_checked(checked)
    if checked.problems:
        raise typer.Exit(3)


@app.command()
def plan(database_url: DatabaseUrl = None, mask: Mask = None, json: Json = False) -> None:
    """Show what becomes of every column. And how unique values stay unique. Reads no row."""
    _require_extra()
    from snapshot.masking.inspecting import plan_columns

    policy = _policy(mask)
    with _reading(database_url) as connection:
        columns = plan_columns(connection, policy)
    if json:
        output.json_document({"policy": policy.path, "columns": [c._asdict() for c in columns]})
    else:
        masking_reports.print_plan(columns)


@app.command()
def preview(
    database_url: DatabaseUrl = None,
    mask: Mask = None,
    table: Annotated[
        list[str] | None,
        typer.Option("-t", "--table", metavar="TABLE", help="Only these.", show_default=False),
    ] = None,
    rows: Annotated[int, typer.Option(min=1, max=1000, help="Rows of each table.")] = 5,
    show_originals: Annotated[
        bool, typer.Option("--show-originals", help="Also where the output is no terminal.")
    ] = False,
) -> None:
    """Show some rows before and after. They are originals: use a terminal only."""
    _require_extra()
    from snapshot.masking.inspecting import preview_rows

    if output.columns() is None and not show_originals:  # no terminal
        raise Refused(
            "the output is no terminal, and a preview shows originals",
            hint="--show-originals, if they may go where the output goes",
        )
    policy = _policy(mask)
    with _reading(database_url) as connection:
        for found in preview_rows(connection, policy, table or [], rows):
            masking_reports.print_preview(found)


@app.command()
def scan(
    directory: Annotated[str, typer.Argument(help="The snapshot.")] = DEFAULT_DIRECTORY,
    database_url: DatabaseUrl = None,
    mask: Mask = None,
    json: Json = False,
) -> None:
    """Search a snapshot for originals. They are what a database now holds in masked columns."""
    from snapshot.store.location import directory_of

    _require_extra()
    from snapshot.masking.inspecting import scan_again
    from snapshot.store.reader import open_snapshot

    policy = _policy(mask)
    files = open_snapshot(directory_of(directory))
    with _reading(database_url) as connection, output.progress(quiet=json) as progress:
        result = scan_again(connection, policy, files, progress)
    if json:
        output.json_document(masking_reports.scan_document(result))
    else:
        masking_reports.print_scan(result)
    if not result.clean:
        raise typer.Exit(3)


def _require_extra() -> None:
    from snapshot.masking import require_extra

    require_extra()


def _policy(mask: str | None) -> Policy:
    """The policy: --mask, else that of [tool.snapshot], else masking.toml."""
    from snapshot.cli.settings import masking_policy
    from snapshot.masking.policy import read_policy

    return read_policy(masking_policy(mask, unmasked=False) or DEFAULT_POLICY)


@contextmanager
def _reading(database_url: str | None) -> Iterator[Connection]:
    """A consistent read of the database, whose errors quote no value."""
    from snapshot.cli.settings import find_target
    from snapshot.postgres.connection import connected, consistent_read
    from snapshot.postgres.messages import discreet

    target = find_target(database_url)
    reports.announce(target)
    with discreet(), connected(target.url) as connection, consistent_read(connection):
        yield connection


def _read(file: Path) -> str | None:
    """The text of a policy with its line ends; None if there is no file."""
    try:
        return file.read_bytes().decode()
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(
            f"{file} cannot be read: {_why(error)}", hint="give a file in UTF-8, or a new one"
        ) from error


def _write(file: Path, text: str) -> None:
    try:
        file.write_bytes(text.encode())
    except OSError as error:
        raise UsageError(
            f"{file} cannot be written: {_why(error)}", hint="choose another place with -o"
        ) from error


def _why(error: OSError | UnicodeDecodeError) -> str:
    """The reason, without what the file holds."""
    return (error.strerror or "no reason") if isinstance(error, OSError) else "it is no UTF-8"
