"""What the commands that change a database print: plans and results, as text and as JSON."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from snapshot.cli import container_reports, output

if TYPE_CHECKING:
    from snapshot.catalog import Name
    from snapshot.clear import ClearPlan, ClearReport
    from snapshot.cli.settings import Target
    from snapshot.planning.change_plan import Finding
    from snapshot.planning.restore_plan import RestorePlan
    from snapshot.planning.swap_plan import RollbackPlan, SwapPlan
    from snapshot.restore import RestoreReport
    from snapshot.safety.backups import Backup
    from snapshot.safety.guard import TargetFacts
    from snapshot.store.manifest import Manifest
    from snapshot.swap import SwapReport


TABLES_SHOWN = 100


def announce(target: Target) -> None:
    """Say which database is used, and where its URL was found."""
    from snapshot.cli.settings import shown_url

    if target.service:
        output.note(str(target.service))
    output.note(f"database: {shown_url(target.url)} (from {target.origin})")


# --- restore


def planned(plan: RestorePlan, findings: Sequence[Finding], target: Target) -> dict[str, Any]:
    """The JSON document of restore --plan."""
    from snapshot.changes.model import Counts
    from snapshot.store.manifest import LARGE_OBJECTS

    return {
        "database": database_document(target),
        "target": plan.target,
        "strategy": "transaction",
        "mode": str(plan.mode),
        "from": plan.source_format,
        "deleted": [{**name._asdict(), "rows": rows} for name, rows in plan.deleted.items()],
        "loaded": [{**e.name._asdict(), "rows": e.rows} for e in tables_of(plan.loads)],
        "tables": [
            {**name._asdict(), "action": fate.action, "why": fate.why}
            for name, fate in plan.fates.items()
            if name != LARGE_OBJECTS
        ],
        "changes": [
            {**name._asdict(), **dict(zip(Counts._fields, counts or (None,) * 3, strict=True))}
            for name, counts in plan.changes.items()
        ],
        "deferred": [
            {**d.foreign_key.table._asdict(), "constraint": d.foreign_key.name, "reason": d.reason}
            for d in plan.deferred
        ],
        "migrations": list(plan.migrations),
        "kept": list(plan.kept),
        "set_right": list(plan.set_right),
        "preflight": _findings(findings),
        "containers": container_reports.document(plan.applications),
        "steps": [
            {
                "title": step.title,
                "why": step.why,
                "statements": [statement.as_string(None) for statement in step.statements],
            }
            for step in plan.script.all_steps()
        ],
    }


def _findings(findings: Sequence[Finding]) -> list[dict[str, Any]]:
    return [
        {"subject": f.subject, "finding": f.text, "remedy": f.remedy, "blocking": f.blocking}
        for f in findings
    ]


def print_plan(plan: RestorePlan) -> None:
    """Print what is deleted and loaded, which keys are deferred, which containers are stopped."""
    output.say(f"{plan.target}: {plan.mode}, from {plan.source_format}", style="bold")
    output.say("Strategy: transaction (default): replace in place, in one transaction")
    for line in plan.migrations:
        output.say(f"Migrations: {line}")
    _print_tables_of(plan)
    deleted, rows = sum(plan.deleted.values()), plan.loads.rows
    output.say(f"{output.counted(deleted, 'row')} will be deleted, {rows:,} loaded", style="bold")
    if plan.catalog.large_objects and plan.manifest.large_objects is not None:
        output.say(f"{output.counted(plan.catalog.large_objects, 'large object')} will be deleted")
    if plan.deferred:
        output.say("Foreign keys that are checked after all rows are loaded:")
        output.lines([f"{d.foreign_key}: {d.reason}" for d in plan.deferred])
    if plan.set_right:
        output.say("Made as the snapshot says:")
        output.lines(plan.set_right)
    if plan.kept:
        output.say("Kept as it is:")
        output.lines(plan.kept)
    if sessions := [finding.text for finding in plan.findings if finding.subject == "sessions"]:
        output.say("Sessions of others that hold locks:")
        output.lines(sessions)
    container_reports.print_applications(plan.applications)


def _print_tables_of(plan: RestorePlan) -> None:
    """Print the tables that change, with how much; those that do not in a line."""
    loaded = {entry.name: entry.rows for entry in tables_of(plan.manifest)}
    names = dict.fromkeys([*loaded, *plan.deleted])
    if not plan.changes:
        rows = [(name, plan.deleted.get(name, 0), loaded.get(name, 0)) for name in names]
        _print_largest(["table", ">rows deleted", ">rows loaded"], rows)
        return
    equal = [name for name in names if plan.changes.get(name) == (0, 0, 0)]
    differing = [name for name in names if name not in equal]
    if differing:
        _print_largest(
            ["table", "changes", ">rows deleted", ">rows loaded"],
            [(n, _changes(plan, n), plan.deleted.get(n, 0), loaded.get(n, 0)) for n in differing],
        )
    if equal:
        are = "table is" if len(equal) == 1 else "tables are"
        rows_ = output.counted(sum(loaded.get(name, 0) for name in equal), "row")
        output.say(f"{len(equal):,} {are} equal already ({rows_})")


def _changes(plan: RestorePlan, name: Name) -> str:
    from snapshot.changes.model import Counts

    if name not in plan.changes:
        return "not compared"
    counts = plan.changes[name]
    return "differs" if counts is None else str(Counts(*counts))


def print_undo_plan(plan: RestorePlan) -> None:
    """Print which safety snapshot is restored, and what a restore prints."""
    output.say(f"Safety snapshot: {plan.files.directory}", style="bold")
    print_plan(plan)


def print_steps(plan: RestorePlan, findings: Sequence[Finding]) -> None:
    """Print what the pre-flight found, what becomes of each table, and the transaction's steps."""
    _print_findings(findings)
    fates = sorted((fate.action, name, fate.why) for name, fate in plan.fates.items())
    if fates:
        shown = [(name, action, why) for action, name, why in fates[:TABLES_SHOWN]]
        output.table(["table", "rows", "why"], shown)
    if len(fates) > TABLES_SHOWN:
        output.say(f"  … and {len(fates) - TABLES_SHOWN:,} tables (--json lists all)")
    output.say("In one transaction:")
    for number, (title, why) in enumerate(_steps(plan), 1):
        output.say(f"  {number:2}. {title}: {why}")


def _print_findings(findings: Sequence[Finding]) -> None:
    output.say("Pre-flight:")
    for finding in findings:
        output.say(f"  {'✗' if finding.blocking else '✓'} {finding}",
                   style="red" if finding.blocking else "")  # fmt: skip


def _steps(plan: RestorePlan) -> list[tuple[str, str]]:
    script = plan.script
    steps = [("Begin", "wait at most 10 s for a lock; one restore at a time")]
    steps += [(step.title, step.why) for step in script.before]
    steps.append((f"Load {plan.loads.rows:,} rows", "in dependency order, by COPY"))
    steps += [(step.title, step.why) for step in script.loaded]
    steps.append(
        ("Compare with the manifest", "row counts, and checksums of the tables that have one")
    )
    steps += [(step.title, step.why) for step in script.after]
    return [*steps, ("Commit", "nothing is visible to others before this")]


def restored(report: RestoreReport, target: Target) -> dict[str, Any]:
    """The JSON document of restore."""
    return {"database": database_document(target), **report.to_dict()}


def print_restored(report: RestoreReport, target: Target) -> None:
    """Print rows per table, the URL, and the next commands."""
    from snapshot.cli.settings import shown_url

    print_tables(report.manifest)
    output.say(
        f"restored {output.counted(report.manifest.rows, 'row')} into {report.target} "
        f"in {report.seconds:.2f} s",
        style="bold green",
    )
    if report.skipped:
        left = sum(e.rows for e in report.manifest.tables if e.name in report.skipped)
        output.say(
            f"{len(report.skipped):,} of {output.counted(len(tables_of(report.manifest)), 'table')}"
            f" ({output.counted(left, 'row')}) had these rows already, and stayed as they were"
        )
    output.say(f"connect: {shown_url(target.url)}")
    if report.backup:
        output.say(undo_line(target))
    output.say(f"next:    {program()} status{_chosen(target)}")


# --- restore --strategy swap


def swap_planned(plan: SwapPlan, target: Target) -> dict[str, Any]:
    """The JSON document of restore --plan with --strategy swap or warm."""
    return {
        "strategy": "warm" if plan.clone else "swap",
        "target": plan.target,
        "database": database_document(target),
        "clone": plan.clone.name if plan.clone else None,
        "previous": plan.kept_as,
        "sha256": plan.digest,
        "rows": plan.manifest.rows,
        "migrations": list(plan.migrations),
        "preflight": _findings(plan.findings),
        "containers": container_reports.document(plan.applications),
    }


def print_swap_plan(plan: SwapPlan, steps: bool = False) -> None:
    """Print which database replaces which; with `steps` also what the pre-flight found."""
    name, sessions = plan.database, plan.current.sessions
    output.say(f"{plan.target}: will be replaced by another database", style="bold")
    built = plan.clone.name if plan.clone else "the new one"
    lines = []
    if plan.clone:
        lines.append(("strategy", f"warm: {built} is a ready clone of this snapshot"))
    else:
        lines.append(("strategy", "swap: build the snapshot in a new database, in parallel"))
        lines.append(("build", f"{output.counted(plan.manifest.rows, 'row')}, checked there"))
    they = f"{sessions} on {name}; they can reconnect at once" if sessions else f"none on {name}"
    lines.append(("end sessions", they))
    lines.append(("rename", f"{name} → {plan.kept_as}, {built} → {name}"))
    lines.append(("", "both in one transaction; undo: snapshot rollback"))
    output.table(["step", "what"], lines)
    output.lines([f"migrations: {line}" for line in plan.migrations])
    _print_containers(plan)
    if steps:
        _print_findings(plan.findings)


def print_rollback_plan(plan: RollbackPlan) -> None:
    """What is exchanged with what."""
    output.say(f"{plan.target} is exchanged with {plan.previous.name}", style="bold")
    _print_containers(plan)


def _print_containers(plan: SwapPlan | RollbackPlan) -> None:
    if plan.applications.stopped:
        container_reports.print_applications(plan.applications)
    else:
        container_reports.print_cut_off(plan.applications)


def print_clear_plan(plan: ClearPlan) -> None:
    """Rows that will be deleted, by table."""
    output.say(f"{plan.target}: all rows will be deleted", style="bold")
    output.table(["table", ">rows deleted"], plan.deleted.items())


def swapped(report: SwapReport, target: Target) -> dict[str, Any]:
    """The JSON document of restore with --strategy swap or warm."""
    return {"database": database_document(target), **report.to_dict()}


def print_swapped(report: SwapReport, target: Target) -> None:
    """Print the result of a swap, and how to undo it."""
    how = "from a ready clone" if report.cloned else "in a new database"
    output.say(
        f"restored {output.counted(report.manifest.rows, 'row')} into {report.target} {how}, "
        f"in {report.seconds:.1f} s",
        style="bold green",
    )
    output.note(f"nobody could connect for {report.away * 1000:.0f} ms")
    if report.previous:
        output.note(f"the previous database is kept as {report.previous}")
        output.note(f"undo:    {program()} rollback{_chosen(target)}")
    container_reports.print_ended(report.ended)


def undoable(database: str, backups: Sequence[Backup]) -> dict[str, Any]:
    """The JSON document of undo --list."""
    return {
        "target": database,
        "backups": [
            {
                "name": b.name,
                "path": b.path,
                "rows": b.manifest.rows,
                "size": b.size,
                "masked": b.manifest.masked is not None,
            }
            for b in backups
        ],
    }


def print_backups(database: str, backups: Sequence[Backup]) -> None:
    """Print the safety snapshots of a database, newest first."""
    if not backups:
        output.say(f"{database} has no safety snapshot on this machine")
        return
    output.table(
        ["safety snapshot", ">tables", ">rows", ">size", "holds"],
        [
            (
                b.name,
                len(tables_of(b.manifest)),
                b.manifest.rows,
                output.size(b.size),
                "masked rows" if b.manifest.masked else "",
            )
            for b in backups
        ],
    )
    output.say(f"{database}: {program()} undo [NAME] restores one, the newest by default")


def marked(facts: TargetFacts) -> dict[str, Any]:
    """The JSON document of mark."""
    return {"host": facts.host, "database": facts.database, "environment": facts.environment}


# --- status, clear


def cleared(report: ClearReport, target: Target) -> dict[str, Any]:
    """The JSON document of clear."""
    return {"database": database_document(target), **report.to_dict()}


def undo_line(target: Target) -> str:
    """The command that brings back what was deleted."""
    return f"undo:    {program()} undo{_chosen(target)}"


def _chosen(target: Target) -> str:
    """The -d option with which another command uses the same database."""
    from snapshot.cli.settings import shown_url

    return f' -d "{shown_url(target.url)}"' if target.origin == "-d" else ""


def program() -> str:
    """How the user called this program, for a line that can be pasted."""
    path = Path(sys.argv[0])
    try:
        relative = path.resolve().relative_to(Path.cwd().resolve())
    except ValueError:
        return "snapshot"
    return str(relative) if relative.name == "snapshot" else "snapshot"


def tables_of(manifest: Manifest) -> list[Any]:
    """The tables of a snapshot, without the entry of large objects."""
    from snapshot.store.manifest import LARGE_OBJECTS

    return [entry for entry in manifest.tables if entry.name != LARGE_OBJECTS]


def print_tables(manifest: Manifest) -> None:
    """Print rows and checksum of each table."""
    _print_largest(
        ["table", ">rows", "checksum"],
        [(entry.name, entry.rows, entry.checksum or "–") for entry in tables_of(manifest)],
    )


def _print_largest(columns: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> None:
    """Print a table of tables. If there are very many, only those with the most rows."""
    by_size = sorted(rows, key=lambda row: -max(v for v in row if isinstance(v, int)))
    largest = set(by_size[:TABLES_SHOWN])
    output.table(columns, [row for row in rows if row in largest])
    if len(rows) > TABLES_SHOWN:
        output.say(f"  … and {len(rows) - TABLES_SHOWN:,} tables with fewer (--json lists all)")


def database_document(target: Target) -> dict[str, str]:
    """The database in a JSON document: its URL, and where the URL was found."""
    from snapshot.cli.settings import shown_url

    return {"url": shown_url(target.url), "from": target.origin}
