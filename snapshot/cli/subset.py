"""The commands `snapshot subset …`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from snapshot.cli import output, reports
from snapshot.cli.options import DatabaseUrl, Json
from snapshot.errors import UsageError

if TYPE_CHECKING:
    from snapshot.cli.settings import Target
    from snapshot.masking.policy import Policy
    from snapshot.subset.model import SubsetRules
    from snapshot.subset.report import Step, SubsetReport

app = typer.Typer(
    help="A part of a database that holds together. The commands show which rows, and why.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

PolicyFile = Annotated[
    str | None,
    typer.Option(
        "--mask",
        "--policy",
        metavar="FILE",
        help="The policy with [subset]. Default: mask in [tool.snapshot].",
        show_default=False,
    ),
]


@app.command()
def plan(database_url: DatabaseUrl = None, policy: PolicyFile = None, json: Json = False) -> None:
    """Show how many rows of each table the subset takes, and why. Nothing is written."""
    from snapshot.masking import require_extra

    require_extra()
    from snapshot.subset.asking import subset_plan

    target, rules, options = _asked(database_url, policy)
    with output.progress(quiet=json) as progress:
        report = subset_plan(target.url, rules, progress=progress, **options)
    if json:
        output.json_document({"database": reports.database_document(target), **report.to_dict()})
    else:
        print_plan(report)


@app.command()
def why(
    table: Annotated[str, typer.Argument(metavar="TABLE", help="As in public.users.")],
    key: Annotated[
        list[str], typer.Argument(metavar="KEY…", help="A value for each column of its key.")
    ],
    database_url: DatabaseUrl = None,
    policy: PolicyFile = None,
    json: Json = False,
) -> None:
    """Show why a row is in the subset. It came because of the next one, and so on to a root."""
    from snapshot.catalog import Name
    from snapshot.masking import require_extra

    require_extra()
    from snapshot.masking.policy import parse_name
    from snapshot.subset.asking import subset_why

    try:
        name = Name(*parse_name(table, 2))
    except ValueError as error:
        raise UsageError(str(error), hint="give the table as in public.users") from error
    target, rules, options = _asked(database_url, policy)
    with output.progress(quiet=json) as progress:
        steps = subset_why(target.url, (name, key), rules, progress=progress, **options)
    if json:
        output.json_document({"database": reports.database_document(target), **why_document(steps)})
    else:
        print_why(steps)


def _asked(
    database_url: str | None, file: str | None
) -> tuple[Target, SubsetRules, dict[str, Any]]:
    """The database, the rules of the policy, and what else of it decides which rows come."""
    from snapshot.cli.settings import find_target, masking_policy
    from snapshot.masking.plan import rows_left_out

    policy = _policy(masking_policy(file, unmasked=False))
    if policy.subset is None:
        raise UsageError(f"{policy.path} has no [subset]", hint="name the roots there")
    target = find_target(database_url)
    reports.announce(target)
    links = policy.links
    return (
        target,
        policy.subset,
        {"links": links, "without": lambda catalog: rows_left_out(policy, catalog)},
    )


def _policy(path: str | None) -> Policy:
    from snapshot.masking.policy import read_policy

    if path is None:
        raise UsageError(
            "no policy is named", hint="give --mask FILE, or mask under [tool.snapshot]"
        )
    return read_policy(path)


def print_plan(report: SubsetReport) -> None:
    """Print rows and reasons of each table, and the keys that brought most."""
    output.table(
        ["table", ">rows", ">of about", ">size about", "why"],
        [
            (*(described if number == 0 else ("", "", "", "")), reason)
            for t in report.tables
            for described in [(str(t.name), t.rows, t.of, output.size(t.size))]
            for number, reason in enumerate(_reasons(t.reasons) or [""])
        ],
    )
    filled = sum(1 for table in report.tables if table.rows)
    what = f"{output.counted(report.rows, 'row')} of {output.counted(filled, 'table')}"
    output.say(f"the subset takes {what}", style="bold green")
    if report.keys:
        output.say("most rows came by:")
        output.lines([f"{reason}: {output.counted(rows, 'row')}" for reason, rows in report.keys])
    for key, rows in report.nulled.items():
        output.say(f"  · {key} is written as NULL in {output.counted(rows, 'row')}")
    for key, rows in report.dangling.items():
        output.say(f"  · {key} leads nowhere in the source in {output.counted(rows, 'row')}")


def _reasons(reasons: Any) -> list[str]:
    return [f"{reason}: {rows:,}" for reason, rows in reasons.items()]


def why_document(steps: list[Step]) -> dict[str, Any]:
    """The JSON document of why, but for the database."""
    return {
        "steps": [
            {
                "table": str(step.table),
                "key": dict(zip(step.columns, step.key, strict=True)),
                "reason": str(step.reason),
            }
            for step in steps
        ]
    }


def print_why(steps: list[Step]) -> None:
    """Print a row, and below it the row because of which it was chosen, up to a root."""
    for step in steps:
        pairs = zip(step.columns, step.key, strict=True)
        key = ", ".join(f"{column} = {value}" for column, value in pairs)
        output.say(f"{step.table} ({key}): {step.reason}")
