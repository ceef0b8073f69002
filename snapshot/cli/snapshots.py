"""create, restore, verify, show and order.

The flows are imported when a command runs, so that --help answers at once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from snapshot.cli import output, reports, snapshot_reports, swaps
from snapshot.cli.confirmation import allowed, question
from snapshot.cli.options import (
    DEFAULT_DIRECTORY,
    Allow,
    Confirm,
    DatabaseUrl,
    Directory,
    Format,
    Jobs,
    Json,
    NoBackup,
    Strategy,
    default_jobs,
)
from snapshot.errors import ContentDiffers, SnapshotDamaged, UsageError
from snapshot.store.location import directory_of
from snapshot.store.manifest import load_manifest, manifest_document

if TYPE_CHECKING:
    from snapshot.cli.settings import Target
    from snapshot.restore import RestoreOptions


def create(
    directory: Directory = DEFAULT_DIRECTORY,
    database_url: DatabaseUrl = None,
    formats: Annotated[
        list[Format] | None,
        typer.Option("--format", help="May be repeated.  [default: sql, json]", show_default=False),
    ] = None,
    schema: Annotated[
        list[str] | None, typer.Option("-n", "--schema", help="Only these schemas (* and ? match).")
    ] = None,
    exclude_schema: Annotated[
        list[str] | None, typer.Option("-N", "--exclude-schema", help="Not these schemas.")
    ] = None,
    table: Annotated[
        list[str] | None, typer.Option("-t", "--table", help="Rows of these tables only.")
    ] = None,
    exclude_table: Annotated[
        list[str] | None,
        typer.Option(
            "-T", "--exclude-table", help="No rows of these tables; they come back empty."
        ),
    ] = None,
    checksums: Annotated[
        bool, typer.Option("--checksums", help="Content checksums also beyond a million rows.")
    ] = False,
    with_privileges: Annotated[
        bool, typer.Option("--with-privileges", help="Keep owners and privileges.")
    ] = False,
    readable: Annotated[
        bool, typer.Option("--readable", help="Let others read the files; else rows are 0600.")
    ] = False,
    jobs: Jobs = None,
    scheduler: Annotated[
        str | None,
        typer.Option(
            metavar="URL",
            help="Dask cluster whose workers read large tables: tcp://host:8786.",
            show_default=False,
        ),
    ] = None,
    level: Annotated[
        int, typer.Option("--level", min=-7, max=19, help="Compression of an archive (zstd).")
    ] = 1,
    json: Json = False,
) -> None:
    """Write schema and rows of a database into a directory."""
    from snapshot.cli.settings import find_target
    from snapshot.create import DEFAULT_FORMATS, CreateOptions, create_snapshot
    from snapshot.planning.selection import Selection

    target = find_target(database_url)
    reports.announce(target)
    options = CreateOptions(
        target.url,
        directory_of(directory),
        tuple(formats or DEFAULT_FORMATS),
        Selection(
            tuple(schema or ()),
            tuple(exclude_schema or ()),
            tuple(table or ()),
            tuple(exclude_table or ()),
        ),
        checksums,
        with_privileges,
        readable,
        jobs or default_jobs(),
        level,
        scheduler,
    )
    with output.progress(quiet=json) as progress:
        report = create_snapshot(options, progress)
    if json:
        output.json_document(snapshot_reports.created(report, target))
    else:
        snapshot_reports.print_created(report)


def restore(
    directory: Directory = DEFAULT_DIRECTORY,
    database_url: DatabaseUrl = None,
    confirm: Confirm = False,
    source_format: Annotated[
        Format | None,
        typer.Option("--from", help="Which files to read.", show_default=False),
    ] = None,
    data_only: Annotated[
        bool, typer.Option("--data-only", help="Keep a schema that differs; replace the rows.")
    ] = False,
    replace_schema: Annotated[
        bool,
        typer.Option("--replace-schema", help="Drop the target's schema, create the snapshot's."),
    ] = False,
    plan: Annotated[bool, typer.Option("--plan", help="Say what would be done, and stop.")] = False,
    keep_deferrable: Annotated[
        bool,
        typer.Option("--keep-deferrable", help="Leave foreign keys deferrable that were made so."),
    ] = False,
    no_verify: Annotated[
        bool, typer.Option("--no-verify", help="Do not compare checksums before COMMIT.")
    ] = False,
    accept_edits: Annotated[
        bool,
        typer.Option(
            "--accept-edits", help="Take a data.sql or seed_data.json edited by hand as the truth."
        ),
    ] = False,
    allow: Allow = None,
    allow_other_source: Annotated[
        bool,
        typer.Option("--allow-other-source", help="Replace the tables of another application."),
    ] = False,
    no_backup: NoBackup = False,
    project: Annotated[
        str | None,
        typer.Option("--project", help="Compose project whose services use the database."),
    ] = None,
    service: Annotated[
        list[str] | None, typer.Option("--service", help="Stop only these services of it.")
    ] = None,
    container: Annotated[
        list[str] | None, typer.Option("--container", help="Stop these containers.")
    ] = None,
    no_containers: Annotated[
        bool, typer.Option("--no-containers", help="Leave all containers alone.")
    ] = False,
    strategy: Annotated[
        Strategy,
        typer.Option(
            help="transaction: replace what is there. swap: build beside it, then rename. "
            "warm: rename a ready clone."
        ),
    ] = Strategy.transaction,
    jobs: Jobs = None,
    no_keep: Annotated[
        bool, typer.Option("--no-keep", help="Drop what was there after a swap.")
    ] = False,
    keep_warm: Annotated[
        bool, typer.Option("--keep-warm", help="Make a ready clone for the next restore.")
    ] = False,
    json: Json = False,
) -> None:
    """Bring a database to a snapshot's state in one transaction, or change nothing."""
    from snapshot.cli.settings import find_target
    from snapshot.planning.restore_plan import PlanOptions
    from snapshot.restore import RestoreOptions

    if accept_edits and data_only:
        raise UsageError("--accept-edits and --data-only exclude each other", hint="give one")
    target = find_target(database_url)
    reports.announce(target)
    place = directory_of(directory)
    chosen = (project, service, container, no_containers)
    permission = allowed(
        target, confirm=confirm, allow=allow, no_backup=no_backup, containers=chosen
    )
    if strategy is not Strategy.transaction:
        from snapshot.swap import SwapOptions

        if source_format or data_only or replace_schema or keep_deferrable or accept_edits:
            raise UsageError(
                f"--strategy {strategy} builds the whole database anew: --from, --data-only, "
                "--replace-schema, --keep-deferrable and --accept-edits do not go with it",
                hint="leave them out, or use --strategy transaction",
            )
        swap = SwapOptions(
            target.url,
            place,
            jobs=jobs or default_jobs(),
            verify=not no_verify,
            keep_previous=not no_keep,
            warm=strategy is Strategy.warm,
            allow_other_source=allow_other_source,
            **permission,
        )
        swaps.swap(swap, target, plan=plan, keep_warm=keep_warm, allow=allow, json=json)
        return
    options = RestoreOptions(
        target.url,
        place,
        plan=PlanOptions(source_format, data_only, replace_schema, keep_deferrable),
        verify=not no_verify,
        allow_other_source=allow_other_source,
        accept_edits=accept_edits,
        unasked=target.embedded,
        **permission,
    )
    if plan:
        _print_plan(options, target, json)
        return
    _restore(options, target, json)
    if keep_warm:
        swaps.make_spare(options.directory, target, allow)


def _print_plan(options: RestoreOptions, target: Target, json: bool) -> None:
    from snapshot.restore import plan_restore

    planned, findings = plan_restore(options)
    if json:
        output.json_document(reports.planned(planned, findings, target))
    else:
        reports.print_plan(planned)
        reports.print_steps(planned, findings)


def _restore(options: RestoreOptions, target: Target, json: bool) -> None:
    from snapshot.restore import restore_snapshot

    with output.progress(quiet=json) as progress:
        approve = question(reports.print_plan, json, progress)
        report = restore_snapshot(options, approve, progress)
    if json:
        output.json_document(reports.restored(report, target))
    else:
        reports.print_restored(report, target)


def verify(
    directory: Directory = DEFAULT_DIRECTORY,
    database_url: DatabaseUrl = None,
    expect_sha256: Annotated[
        str | None,
        typer.Option(
            "--expect-sha256", metavar="HEX", help="The digest it must have, as show prints it."
        ),
    ] = None,
    json: Json = False,
) -> None:
    """Check files against their checksums; with -d also a database against the snapshot."""
    from snapshot.cli.settings import find_target
    from snapshot.verify import verify_snapshot

    place = directory_of(directory)
    target = find_target(database_url) if database_url is not None else None
    if target:
        reports.announce(target)
    with output.progress(quiet=json) as progress:
        report = verify_snapshot(place, target.url if target else None, progress, expect_sha256)
    if json:
        output.json_document(snapshot_reports.verified(report))
    elif report.passed:
        snapshot_reports.print_verified(report)
    if not report.passed and json:
        raise typer.Exit(SnapshotDamaged.exit_code)
    if report.damaged:
        raise SnapshotDamaged(
            f"{place} is damaged", "bring it back from version control", report.damaged
        )
    if report.differences:
        raise ContentDiffers(
            f"{report.database} differs from {place}",
            "snapshot restore brings it there; snapshot create takes it as the new state",
            report.differences,
        )


def show(directory: Directory = DEFAULT_DIRECTORY, json: Json = False) -> None:
    """Show what a snapshot holds. The rows are not read."""
    place = directory_of(directory)
    manifest = load_manifest(place)
    if json:
        output.json_document(manifest_document(manifest))
    else:
        snapshot_reports.print_manifest(place, manifest)


def order(
    directory: Annotated[
        str | None, typer.Argument(metavar="DIRECTORY", help="A snapshot.", show_default=False)
    ] = None,
    database_url: DatabaseUrl = None,
    json: Json = False,
) -> None:
    """Show the load order, the cycles, and which foreign keys are deferred, and why.

    Of a snapshot, or with -d of a database.
    """
    from snapshot.planning.ordering import load_order

    if directory is not None or database_url is None:
        manifest = load_manifest(directory_of(directory or DEFAULT_DIRECTORY))
        found = load_order([t.name for t in manifest.tables], manifest.foreign_keys)
        keys = manifest.foreign_keys
    else:
        from snapshot.cli.settings import find_target
        from snapshot.postgres.connection import connected, consistent_read
        from snapshot.postgres.introspect import read_catalog

        target = find_target(database_url)
        reports.announce(target)
        with connected(target.url) as connection, consistent_read(connection):
            catalog = read_catalog(connection)
        found, keys = load_order(catalog.by_name, catalog.foreign_keys), catalog.foreign_keys
    if json:
        output.json_document(snapshot_reports.ordered(found, keys))
    else:
        snapshot_reports.print_order(found, keys)
