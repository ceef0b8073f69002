"""create, restore, verify, show and order.

The flows are imported when a command runs, so that --help answers at once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from snapshot.cli import output, reports, snapshot_reports, swaps
from snapshot.cli.confirmation import allowed, question
from snapshot.cli.options import (
    DEFAULT_DIRECTORY,
    AcceptEdits,
    Allow,
    AllowOtherSource,
    AllServices,
    Checksums,
    Confirm,
    Containers,
    CreateDatabase,
    DatabaseUrl,
    DataOnly,
    Directory,
    EndSessions,
    EphemeralKey,
    ExcludedSchemas,
    ExcludedTables,
    Formats,
    Full,
    Jobs,
    Json,
    KeepDeferrable,
    KeepWarm,
    Level,
    Mask,
    NewKey,
    NoBackup,
    NoContainers,
    NoKeep,
    NoScan,
    NotSchemas,
    NotTables,
    NoVerify,
    OnlyPlan,
    OnlySchemas,
    OnlyTables,
    Policy,
    Project,
    Prove,
    Readable,
    ReplaceSchema,
    RequireMasked,
    Scheduler,
    Schemas,
    Services,
    SourceFormat,
    Strategy,
    StrategyOption,
    Subset,
    Tables,
    Unmasked,
    WithPrivileges,
    WithPublications,
    default_jobs,
)
from snapshot.errors import ContentDiffers, SnapshotDamaged, UsageError

if TYPE_CHECKING:
    from snapshot.cli.settings import Target
    from snapshot.planning.selection import Selection


def create(
    directory: Directory = DEFAULT_DIRECTORY,
    database_url: DatabaseUrl = None,
    formats: Formats = None,
    schema: Schemas = None,
    exclude_schema: ExcludedSchemas = None,
    table: Tables = None,
    exclude_table: ExcludedTables = None,
    checksums: Checksums = False,
    with_privileges: WithPrivileges = False,
    with_publications: WithPublications = False,
    readable: Readable = False,
    jobs: Jobs = None,
    scheduler: Scheduler = None,
    level: Level = 1,
    mask: Mask = None,
    subset: Subset = None,
    unmasked: Unmasked = False,
    ephemeral_key: EphemeralKey = False,
    new_key: NewKey = False,
    prove: Prove = False,
    no_scan: NoScan = False,
    json: Json = False,
) -> None:
    """Write schema and rows of a database into a directory."""
    from snapshot.create import DEFAULT_FORMATS, CreateOptions, create_snapshot

    policy = _policy(mask, subset, unmasked, ephemeral_key or new_key or prove or no_scan)
    target = _announced(database_url)
    options = CreateOptions(
        target.url,
        directory,
        formats=tuple(formats or DEFAULT_FORMATS),
        selection=_selection(schema, exclude_schema, table, exclude_table),
        checksums=checksums,
        with_privileges=with_privileges,
        readable=readable,
        jobs=jobs or default_jobs(),
        level=level,
        scheduler=scheduler,
        with_publications=with_publications,
        mask=policy,
        subset=subset,
        unmasked=unmasked,
        ephemeral_key=ephemeral_key,
        new_key=new_key,
        prove=prove,
        scan=not no_scan,
    )
    with output.progress(quiet=json) as progress:
        report = create_snapshot(options, progress)
    if json:
        output.json_document(snapshot_reports.created(report, target))
    else:
        snapshot_reports.print_created(report)


def _policy(mask: str | None, subset: str | None, unmasked: bool, about_masks: bool) -> str | None:
    """The policy that create masks by. Raises UsageError where options contradict each other."""
    from snapshot.cli.settings import masking_policy

    policy = masking_policy(mask, unmasked)
    if policy and subset:
        raise UsageError(
            f"the rows are masked by {policy}, which may have a [subset] itself",
            hint="leave --subset out; or say --unmasked, and the rows come as they are",
        )
    if policy is None and about_masks:
        raise UsageError(
            "--ephemeral-key, --new-key, --prove and --no-scan are about masking",
            hint="name a policy with --mask FILE",
        )
    return policy


def restore(
    directory: Directory = DEFAULT_DIRECTORY,
    database_url: DatabaseUrl = None,
    confirm: Confirm = False,
    source_format: SourceFormat = None,
    data_only: DataOnly = False,
    replace_schema: ReplaceSchema = False,
    plan: OnlyPlan = False,
    keep_deferrable: KeepDeferrable = False,
    no_verify: NoVerify = False,
    full: Full = False,
    accept_edits: AcceptEdits = False,
    require_masked: RequireMasked = False,
    policy: Policy = None,
    schema: OnlySchemas = None,
    exclude_schema: NotSchemas = None,
    table: OnlyTables = None,
    exclude_table: NotTables = None,
    create: CreateDatabase = False,
    end_sessions: EndSessions = False,
    allow: Allow = None,
    allow_other_source: AllowOtherSource = False,
    no_backup: NoBackup = False,
    project: Project = None,
    service: Services = None,
    container: Containers = None,
    all_services: AllServices = False,
    no_containers: NoContainers = False,
    strategy: StrategyOption = Strategy.transaction,
    jobs: Jobs = None,
    no_keep: NoKeep = False,
    keep_warm: KeepWarm = False,
    json: Json = False,
) -> None:
    """Bring a database to a snapshot's state, or change nothing. It is one transaction."""
    from snapshot.cli.settings import demands
    from snapshot.planning.restore_plan import PlanOptions

    how = PlanOptions(
        source_format=source_format, data_only=data_only, replace_schema=replace_schema,
        keep_deferrable=keep_deferrable,
        selection=_selection(schema, exclude_schema, table, exclude_table),
    )  # fmt: skip
    more = {"accept_edits": accept_edits, "create": create, "end_sessions": end_sessions}
    _check_strategy(strategy, how != PlanOptions() or full or any(more.values()))
    target = _announced(database_url)
    chosen = (project, service, container, no_containers, all_services)
    common = {
        "directory": directory, "verify": not no_verify,
        "allow_other_source": allow_other_source,
        **demands(require_masked, policy),
        **allowed(target, confirm=confirm, allow=allow, no_backup=no_backup, containers=chosen),
    }  # fmt: skip
    if strategy is Strategy.transaction:
        _restore({**common, **more, "plan": how, "full": full}, target, plan, json)
        if keep_warm and not plan:
            swaps.make_spare(common["directory"], target, allow, require_masked, policy)
    else:
        common |= {"keep_previous": not no_keep, "warm": strategy is Strategy.warm}
        swaps.swap(common | {"jobs": jobs or default_jobs()}, target, plan, keep_warm, allow, json)


def _announced(database_url: str | None) -> Target:
    """The database to work on; where it was found is said."""
    from snapshot.cli.settings import find_target

    target = find_target(database_url)
    reports.announce(target)
    return target


def _selection(*patterns: list[str] | None) -> Selection:
    """Of the options -n, -N, -t and -T."""
    from snapshot.planning.selection import Selection

    return Selection.of(*patterns)


def _check_strategy(strategy: Strategy, transaction_only: bool) -> None:
    if transaction_only and strategy is not Strategy.transaction:
        raise UsageError(
            f"--strategy {strategy} builds the whole database anew, and ends all sessions: --from, "
            "--data-only, --replace-schema, --keep-deferrable, --accept-edits, -n, -N, -t, -T, "
            "--create, --full and --end-sessions do not go with it",
            hint="leave them out, or use --strategy transaction",
        )


def _restore(fields: dict[str, Any], target: Target, plan: bool, json: bool) -> None:
    from snapshot.restore import RestoreOptions, plan_restore, restore_snapshot

    options = RestoreOptions(target.url, unasked=target.embedded, **fields)
    if plan:
        planned, findings = plan_restore(options)
        if json:
            output.json_document(reports.planned(planned, findings, target))
        else:
            reports.print_plan(planned)
            reports.print_steps(planned, findings)
        return
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
    require_masked: RequireMasked = False,
    policy: Policy = None,
    json: Json = False,
) -> None:
    """Check files against checksums; with -d, a database too."""
    from snapshot.cli.settings import demands
    from snapshot.store.location import directory_of
    from snapshot.verify import verify_snapshot

    place = directory_of(directory)
    target = _announced(database_url) if database_url is not None else None
    with output.progress(quiet=json) as progress:
        url = target.url if target else None
        masked = demands(require_masked, policy)
        report = verify_snapshot(place, url, progress, expect_sha256, **masked)
    if json:
        output.json_document(report.to_dict())
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
            report.remedy,
            report.differences,
        )


def show(directory: Directory = DEFAULT_DIRECTORY, json: Json = False) -> None:
    """Show what a snapshot holds. The rows are not read."""
    from snapshot.store.location import directory_of
    from snapshot.store.manifest import load_manifest, manifest_document

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
    """Show the load order, and which foreign keys are deferred.

    Of a snapshot, or with -d of a database.
    """
    from snapshot.planning.ordering import load_order, recorded_order
    from snapshot.store.location import directory_of
    from snapshot.store.manifest import load_manifest

    if directory is not None or database_url is None:
        manifest = load_manifest(directory_of(directory or DEFAULT_DIRECTORY))
        found, keys = recorded_order(manifest), manifest.foreign_keys
    else:
        from snapshot.postgres.connection import connected, consistent_read
        from snapshot.postgres.introspect import read_catalog

        target = _announced(database_url)
        with connected(target.url) as connection, consistent_read(connection):
            catalog = read_catalog(connection)
        found, keys = load_order(catalog.by_name, catalog.foreign_keys), catalog.foreign_keys
    if json:
        output.json_document(snapshot_reports.ordered(found, keys))
    else:
        snapshot_reports.print_order(found, keys)
