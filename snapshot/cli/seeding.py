"""The commands seed and validate."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from snapshot.cli import output, reports
from snapshot.cli.confirmation import allowed, question
from snapshot.cli.options import Allow, Confirm, DatabaseUrl, Jobs, Json, NoBackup, default_jobs
from snapshot.cli.parameters import Verbs, switched_on, takes_parameters

if TYPE_CHECKING:
    from snapshot.seeding.blueprint import Blueprint
    from snapshot.seeding.options import SeedOptions

app = typer.Typer(
    cls=Verbs,
    help="Fill a database with believable rows. Only missing rows are added.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

BlueprintName = Annotated[
    str,
    typer.Argument(
        metavar="BLUEPRINT", help="A file, module:name, or a bundled example (see: seed list)."
    ),
]
MaybeBlueprint = Annotated[
    str | None,
    typer.Argument(metavar="BLUEPRINT", help="A file, module:name, or a bundled example.",
                   show_default=False),
]  # fmt: skip
Profile = Annotated[
    str | None,
    typer.Option("-p", "--profile", metavar="NAME", show_default=False,
                 help="Parameters under a name; else those of the last run."),
]  # fmt: skip
Seed = Annotated[
    str | None,
    typer.Option("--seed", metavar="TEXT", show_default=False,
                 help="Another text gives other rows; else that of the last run."),
]  # fmt: skip
Now = Annotated[
    datetime | None,
    typer.Option("--now", metavar="DATE", show_default=False,
                 formats=["%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"],
                 help="The day (or time, UTC) that counts as now; else that of the first run."),
]  # fmt: skip
NoLedger = Annotated[
    bool, typer.Option("--no-ledger", help="Do not record what was seeded (load tests).")
]
Verbose = Annotated[
    int, typer.Option("-v", "--verbose", count=True,
                      help="Name each parent that is short; -vv also shows each statement.")
]  # fmt: skip
Quiet = Annotated[bool, typer.Option("-q", "--quiet", help="Say nothing but errors.")]
AuditOnly = Annotated[
    bool, typer.Option("--audit", envvar="SEED_AUDIT", show_envvar=False, help="As seed audit.")
]
Cached = Annotated[
    bool,
    typer.Option("--cached", help="Keep the seeded state as a snapshot; next time restore it."),
]


@app.command("list")
def list_(json: Json = False) -> None:
    """Show blueprints and their profiles. Each has a summary, its rows and its time."""
    from snapshot.cli import seed_reports
    from snapshot.seeding.history import last_times
    from snapshot.seeding.loading import bundled, load_blueprint, project_blueprints

    paths = [*project_blueprints(Path.cwd()), *bundled().values()]
    blueprints = [(path, load_blueprint(str(path))) for path in paths]
    seed_reports.print_blueprints(blueprints, last_times(), json)


@takes_parameters
def plan(
    blueprint: BlueprintName,
    profile: Profile = None,
    database_url: DatabaseUrl = None,
    seed: Seed = None,
    now: Now = None,
    allow: Allow = None,
    json: Json = False,
    *,
    parameters: Mapping[str, Any],
) -> None:
    """Check a blueprint, and show what it would add. Tiers, order and parameters are shown, too.

    The rows are written in a transaction that is rolled back.
    """
    from snapshot.cli import seed_reports
    from snapshot.seeding.run import seed_database

    options = _options(blueprint, database_url, profile, parameters, seed, now, allow, dry=True)
    watch = seed_reports.Collect()
    with output.progress(quiet=json) as progress:
        report = seed_database(options, watch, progress=progress)
    seed_reports.print_plan(options.blueprint, report, watch, json)


@takes_parameters
def run(
    blueprint: BlueprintName,
    profile: Profile = None,
    database_url: DatabaseUrl = None,
    clear_first: Annotated[
        bool, typer.Option("--clear-first", help="Delete all rows first, whoever made them.")
    ] = False,
    confirm: Confirm = False,
    seed: Seed = None,
    now: Now = None,
    cached: Cached = False,
    no_ledger: NoLedger = False,
    jobs: Jobs = None,
    audit_only: AuditOnly = False,
    verbose: Verbose = 0,
    quiet: Quiet = False,
    allow: Allow = None,
    no_backup: NoBackup = False,
    json: Json = False,
    *,
    parameters: Mapping[str, Any],
) -> None:
    """Write the rows that are missing, in one transaction. Existing rows are never changed."""
    if audit_only:
        return _audit(
            _options(blueprint, database_url, profile, parameters, seed, now, allow), json
        )
    options = _options(
        blueprint, database_url, profile, parameters, seed, now, allow,
        clear_first=clear_first, confirm=confirm, keep_ledger=not no_ledger,
        jobs=jobs or default_jobs(), no_backup=no_backup, quiet=quiet,
    )  # fmt: skip
    _seed(options, cached, verbose, quiet, json)


@takes_parameters
def audit(
    blueprint: BlueprintName,
    profile: Profile = None,
    database_url: DatabaseUrl = None,
    seed: Seed = None,
    now: Now = None,
    allow: Allow = None,
    json: Json = False,
    *,
    parameters: Mapping[str, Any],
) -> None:
    """Show the gaps and write nothing. Exit code 4 if there are any."""
    _audit(_options(blueprint, database_url, profile, parameters, seed, now, allow), json)


@takes_parameters
def reset(
    blueprint: BlueprintName,
    profile: Profile = None,
    database_url: DatabaseUrl = None,
    confirm: Confirm = False,
    seed: Seed = None,
    now: Now = None,
    cached: Cached = False,
    audit_only: AuditOnly = False,
    verbose: Verbose = 0,
    quiet: Quiet = False,
    allow: Allow = None,
    no_backup: NoBackup = False,
    json: Json = False,
    *,
    parameters: Mapping[str, Any],
) -> None:
    """Delete all rows and seed again, in one transaction. The same command, the same rows."""
    if audit_only:
        return _audit(
            _options(blueprint, database_url, profile, parameters, seed, now, allow), json
        )
    options = _options(
        blueprint, database_url, profile, parameters, seed, now, allow,
        clear_first=True, confirm=confirm, no_backup=no_backup, quiet=quiet,
    )  # fmt: skip
    _seed(options, cached, verbose, quiet, json)


@takes_parameters
def status(
    blueprint: MaybeBlueprint = None,
    profile: Profile = None,
    database_url: DatabaseUrl = None,
    json: Json = False,
    *,
    parameters: Mapping[str, Any],
) -> None:
    """Show every requirement: have, need, gap. The rows of each table follow."""
    from snapshot.cli import seed_reports
    from snapshot.seeding.audit import audit_database, count_tables

    url, options = _maybe_options(blueprint, database_url, profile, parameters)
    found = audit_database(options) if options else None
    seed_reports.print_status(found, count_tables(url), json)


@app.command()
def clean(
    blueprint: MaybeBlueprint = None,
    only: Annotated[
        str | None,
        typer.Option("--only", metavar="TABLE,…", help="Rows of these tables only.",
                     show_default=False),
    ] = None,
    changed: Annotated[
        bool, typer.Option("--changed", help="Also those that were changed since.")
    ] = False,
    database_url: DatabaseUrl = None,
    confirm: Confirm = False,
    allow: Allow = None,
    no_backup: NoBackup = False,
    json: Json = False,
) -> None:  # fmt: skip
    """Delete exactly the rows that were seeded. Refused if other rows depend on them."""
    from snapshot.cli import seed_reports
    from snapshot.cli.settings import find_target
    from snapshot.errors import Refused
    from snapshot.seeding.cleaning import CleanOptions, clean_database
    from snapshot.seeding.loading import load_blueprint

    if switched_on("SEED_AUDIT"):
        raise Refused("SEED_AUDIT is set: nothing is to be written", hint="unset it to clean")
    target = find_target(database_url)
    reports.announce(target)
    options = CleanOptions(
        target.url,
        load_blueprint(blueprint).name if blueprint else None,
        only=tuple(name.strip() for name in only.split(",")) if only else (),
        changed=changed,
        **allowed(target, confirm=confirm, allow=allow, no_backup=no_backup),
    )
    report = clean_database(options, question(partial(_show_deleted, "seeded rows"), json))
    seed_reports.print_cleaned(report, target, json)


@app.command()
def init(
    tables: Annotated[
        list[str] | None,
        typer.Argument(metavar="[TABLE]…", help="Tables to fill; else all.", show_default=False),
    ] = None,
    output_file: Annotated[
        Path | None,
        typer.Option("-o", "--output", metavar="FILE", help="Else it goes to stdout.",
                     show_default=False),
    ] = None,
    rows: Annotated[
        int, typer.Option("--rows", min=1, help="Rows of each table that has no parent.")
    ] = 10,
    database_url: DatabaseUrl = None,
) -> None:  # fmt: skip
    """Write a first blueprint from the schema, and try it."""
    from snapshot.cli import seed_reports
    from snapshot.cli.settings import find_target
    from snapshot.errors import UsageError
    from snapshot.seeding.drafts.draft import write_draft

    if output_file is not None and output_file.exists():
        raise UsageError(f"{output_file} exists already", hint="choose another name")
    target = find_target(database_url)
    reports.announce(target)
    name = output_file.stem if output_file else "app"
    options = allowed(target, no_backup=True)
    with output.progress() as progress:
        draft = write_draft(target.url, tables or [], rows, name, progress, **options)
    if output_file is None:
        for line in draft.text.removesuffix("\n").split("\n"):
            output.say(line)
    else:
        output_file.parent.mkdir(parents=True, exist_ok=True)
        output_file.write_text(draft.text, "utf-8")
    seed_reports.print_draft(draft, output_file)


for _command in (plan, run, audit, status, reset):
    app.command()(_command)


@takes_parameters
def validate(
    blueprint: MaybeBlueprint = None,
    profile: Profile = None,
    database_url: DatabaseUrl = None,
    json: Json = False,
    *,
    parameters: Mapping[str, Any],
) -> None:
    """Check references, personal data and a blueprint's rules. Exit code 4 on faults."""
    from snapshot.cli import seed_reports
    from snapshot.seeding.audit import validate_database

    url, options = _maybe_options(blueprint, database_url, profile, parameters)
    if not seed_reports.print_verdicts(validate_database(options or url), json):
        raise typer.Exit(4)


def _maybe_options(
    reference: str | Blueprint | None,
    database_url: str | None,
    profile: str | None,
    parameters: Mapping[str, Any],
) -> tuple[str, SeedOptions | None]:
    """The database, and the options for seeding it if a blueprint was named."""
    from snapshot.cli.settings import find_target

    if reference is not None:
        options = _options(reference, database_url, profile, parameters, None, None, None)
        return options.conninfo, options
    target = find_target(database_url)
    reports.announce(target)
    return target.url, None


def _options(
    reference: str | Blueprint,
    database_url: str | None,
    profile: str | None,
    parameters: Mapping[str, Any],
    seed: str | None,
    now: datetime | None,
    allow: str | None,
    quiet: bool = False,
    confirm: bool = False,
    no_backup: bool = False,
    **more: Any,
) -> SeedOptions:
    from snapshot.cli.settings import find_target
    from snapshot.seeding.loading import load_blueprint
    from snapshot.seeding.options import SeedOptions

    blueprint = load_blueprint(reference) if isinstance(reference, str) else reference
    target = find_target(database_url)
    if not quiet:
        reports.announce(target)
    return SeedOptions(
        target.url,
        blueprint,
        profile=profile,
        parameters=parameters,
        seed=seed,
        now=now.replace(tzinfo=UTC) if now else None,
        **allowed(target, confirm=confirm, allow=allow, no_backup=no_backup),
        **more,
    )


def _seed(options: SeedOptions, cached: bool, verbose: int, quiet: bool, json: bool) -> None:
    from snapshot.cli import seed_reports
    from snapshot.seeding.history import remember_time
    from snapshot.seeding.run import seed_database

    verbose = verbose or switched_on("SEED_VERBOSE")
    watch = seed_reports.Tell(options.blueprint, verbose, quiet=quiet or json)
    with output.progress(quiet=quiet or json) as progress, output.statements(verbose > 1):
        approve = question(partial(_show_deleted, "rows"), json, progress)
        watch.bars = progress
        if cached:
            from snapshot.seeding.cached import seed_cached

            report = seed_cached(options, watch, approve, progress)
        else:
            report = seed_database(options, watch, approve, progress)
    remember_time(report)
    if json:
        output.json_document(report.to_dict())
    elif not quiet:
        seed_reports.print_seeded(report)


def _audit(options: SeedOptions, json: bool) -> None:
    from snapshot.cli import seed_reports
    from snapshot.seeding.audit import audit_database

    report = audit_database(options)
    seed_reports.print_audit(report, json)
    if report.missing:
        raise typer.Exit(4)


def _show_deleted(which: str, plan: Any) -> None:
    output.say(f"{plan.target}: all {which} will be deleted", style="bold")
    output.table(["table", ">rows deleted"], [(n, c) for n, c in plan.deleted.items() if c])
