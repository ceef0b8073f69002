"""The results of the commands, for people and for machines."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from snapshot.cli import output
from snapshot.store.location import Directory
from snapshot.store.manifest import LARGE_OBJECTS, Manifest, digest, manifest_document

if TYPE_CHECKING:
    from snapshot.catalog import ForeignKey, Name
    from snapshot.cli.settings import Target
    from snapshot.create import CreateReport
    from snapshot.planning.ordering import LoadOrder
    from snapshot.planning.preflight import Finding
    from snapshot.planning.restore_plan import RestorePlan
    from snapshot.restore import RestoreReport
    from snapshot.safety.backups import Backup
    from snapshot.safety.guard import TargetFacts
    from snapshot.status import ClearReport, StatusReport
    from snapshot.swap import SwapPlan, SwapReport
    from snapshot.verify import VerifyReport


TABLES_SHOWN = 100


def announce(target: Target) -> None:
    """Say which database was taken, and where its URL was found."""
    from snapshot.cli.settings import shown_url

    output.note(f"database: {shown_url(target.url)} (from {target.origin})")


# --- create


def created(report: CreateReport, target: Target) -> dict[str, Any]:
    """The JSON of create."""
    return {
        "directory": str(report.directory),
        "changed": report.changed,
        "database": _database(target),
        "rows": report.manifest.rows,
        "left_out": list(report.left_out),
        "notes": list(report.notes),
        "manifest": manifest_document(report.manifest),
    }


def print_created(report: CreateReport) -> None:
    """Rows and checksums of the tables, and where the files are."""
    manifest = report.manifest
    _print_tables(manifest)
    size = output.size(sum(entry.size for entry in manifest.files.values()))
    what = f"{manifest.rows:,} rows of {len(_tables(manifest))} tables, {size}"
    if report.changed:
        output.say(f"wrote {report.directory}: {what}", style="bold green")
    else:
        output.say(f"{report.directory} holds this state already: {what}", style="bold green")
    for line in _outside(manifest):
        output.say(f"  · {line}")
    for name in report.left_out:
        output.say(f"  · {name} is not part of a snapshot: make it again where it is needed")
    for note in report.notes:
        output.say(f"  · {note}")


def _outside(manifest: Manifest) -> list[str]:
    """Foreign keys to tables whose rows are not in the snapshot."""
    inside = {entry.name for entry in manifest.tables}
    return [
        f"{fk} references {fk.referenced}, whose rows are not in this snapshot: "
        "restore it where they are already"
        for fk in manifest.foreign_keys
        if fk.root in inside and fk.referenced_root not in inside
    ]


# --- restore


def planned(plan: RestorePlan, findings: Sequence[Finding], target: Target) -> dict[str, Any]:
    """The JSON of restore --plan."""
    return {
        "database": _database(target),
        "target": plan.target,
        "strategy": "transaction",
        "road": str(plan.road),
        "from": plan.source_format,
        "deleted": [{**name._asdict(), "rows": rows} for name, rows in plan.deleted.items()],
        "loaded": [{**e.name._asdict(), "rows": e.rows} for e in _tables(plan.manifest)],
        "deferred": [
            {**d.foreign_key.table._asdict(), "constraint": d.foreign_key.name, "reason": d.reason}
            for d in plan.deferred
        ],
        "preflight": _findings(findings),
        "containers": {
            "stopped": [c.name for c in plan.applications.stopped],
            "left_alone": [list(pair) for pair in plan.applications.left_alone],
            "notes": list(plan.applications.notes),
        },
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
    """What will be deleted and loaded, which keys are deferred, which containers stopped."""
    output.say(f"{plan.target}: {plan.road}, from {plan.source_format}", style="bold")
    output.say("Strategy: transaction, the default: in the database that is there, needs no other")
    loaded = {entry.name: entry.rows for entry in _tables(plan.manifest)}
    names = dict.fromkeys([*loaded, *plan.deleted])
    _print_largest(
        ["table", ">rows deleted", ">rows loaded"],
        [(name, plan.deleted.get(name, 0), loaded.get(name, 0)) for name in names],
    )
    deleted, rows = sum(plan.deleted.values()), plan.manifest.rows
    output.say(f"{deleted:,} rows will be deleted, {rows:,} loaded", style="bold")
    if plan.deferred:
        output.say("Foreign keys checked after all rows are in:")
        output.lines([f"{d.foreign_key}: {d.reason}" for d in plan.deferred])
    if plan.applications.stopped:
        output.say("Stopped meanwhile, and started again:")
        output.lines([str(container) for container in plan.applications.stopped])
    if plan.applications.left_alone:
        output.say("Left alone:")
        output.lines([f"{name}: {reason}" for name, reason in plan.applications.left_alone])
    output.lines(plan.applications.notes)


def print_steps(plan: RestorePlan, findings: Sequence[Finding]) -> None:
    """What the pre-flight found, and the transaction step by step."""
    _print_findings(findings)
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
    steps.append((f"Load {plan.manifest.rows:,} rows", "in dependency order, by COPY"))
    steps += [(step.title, step.why) for step in script.loaded]
    steps.append(("Compare with the manifest", "rows, and checksums where it has them"))
    steps += [(step.title, step.why) for step in script.after]
    return [*steps, ("Commit", "until here nothing has changed")]


def restored(report: RestoreReport, target: Target) -> dict[str, Any]:
    """The JSON of restore."""
    return {
        "database": _database(target),
        "target": report.target,
        "road": str(report.road),
        "from": report.source_format,
        "deleted": report.deleted,
        "rows": report.manifest.rows,
        "seconds": round(report.seconds, 3),
        "backup": report.backup,
        "tables": [{**e.name._asdict(), "rows": e.rows} for e in _tables(report.manifest)],
    }


def print_restored(report: RestoreReport, target: Target) -> None:
    """Rows per table, the URL, and what to do next."""
    from snapshot.cli.settings import shown_url

    _print_tables(report.manifest)
    output.say(
        f"restored {report.manifest.rows:,} rows into {report.target} in {report.seconds:.2f} s",
        style="bold green",
    )
    output.say(f"connect: {shown_url(target.url)}")
    chosen = "" if target.origin != "-d" else f' -d "{shown_url(target.url)}"'
    if report.backup:
        output.say(undo_line(target))
    output.say(f"next:    {program()} status{chosen}")


# --- restore --strategy swap


def swap_planned(plan: SwapPlan, target: Target) -> dict[str, Any]:
    """The JSON of restore --plan with --strategy swap or warm."""
    return {
        "strategy": "warm" if plan.clone else "swap",
        "target": plan.target,
        "database": _database(target),
        "clone": plan.clone,
        "incoming": None if plan.clone else plan.incoming,
        "previous": plan.kept_as,
        "sha256": plan.digest,
        "rows": plan.manifest.rows,
        "preflight": _findings(plan.findings),
    }


def print_swap_plan(plan: SwapPlan, steps: bool = False) -> None:
    """What takes the place of what; with `steps` also what was looked at."""
    name = plan.database.name
    output.say(f"{plan.target}: another database takes its place", style="bold")
    lines = []
    if plan.clone:
        lines.append(("strategy", f"warm: {plan.clone} is a ready clone of this snapshot"))
    else:
        lines.append(("strategy", "swap: the snapshot is built beside it by several sessions"))
        lines.append((f"build {plan.incoming}", f"{plan.manifest.rows:,} rows, checked there"))
    lines.append(("end sessions", f"{plan.database.sessions} on {name}, for an instant"))
    lines.append(("rename", f"{name} → {plan.kept_as}, {plan.clone or plan.incoming} → {name}"))
    lines.append(("", "both in one transaction; snapshot rollback renames them back"))
    output.table(["step", "what"], lines)
    if steps:
        _print_findings(plan.findings)


def swapped(report: SwapReport, target: Target) -> dict[str, Any]:
    """The JSON of restore with --strategy swap or warm."""
    return {
        "target": report.target,
        "database": _database(target),
        "strategy": "warm" if report.cloned else "swap",
        "rows": report.manifest.rows,
        "previous": report.previous,
        "seconds": round(report.seconds, 3),
        "seconds_away": round(report.away, 3),
        "backup": str(report.backup) if report.backup else None,
    }


def print_swapped(report: SwapReport) -> None:
    """What happened to which database."""
    how = "from a ready clone" if report.cloned else "built beside it"
    output.say(
        f"{report.target} now holds {report.manifest.rows:,} rows, {how}, "
        f"in {report.seconds:.1f} s",
        style="bold green",
    )
    output.note(f"nobody could connect for {report.away * 1000:.0f} ms")
    if report.previous:
        output.note(f"what was there is {report.previous}; back with: {program()} rollback")


def undoable(database: str, backups: Sequence[Backup]) -> dict[str, Any]:
    """The JSON of undo --list."""
    return {
        "target": database,
        "backups": [
            {"name": b.name, "path": b.path, "rows": b.manifest.rows, "size": b.size}
            for b in backups
        ],
    }


def print_backups(database: str, backups: Sequence[Backup]) -> None:
    """The safety snapshots of a database, newest first."""
    if not backups:
        output.say(f"{database} has no safety snapshot on this machine")
        return
    output.table(
        ["safety snapshot", ">tables", ">rows", ">size"],
        [(b.name, len(_tables(b.manifest)), b.manifest.rows, output.size(b.size)) for b in backups],
    )
    output.say(f"{database}: {program()} undo [NAME] restores one, the newest by default")


def marked(facts: TargetFacts) -> dict[str, Any]:
    """The JSON of mark."""
    return {"host": facts.host, "database": facts.database, "environment": facts.environment}


# --- verify, show, order


def verified(report: VerifyReport) -> dict[str, Any]:
    """The JSON of verify."""
    return {
        "directory": str(report.directory),
        "passed": report.passed,
        "files": len(report.manifest.files),
        "damaged": list(report.damaged),
        "target": report.database,
        "differences": list(report.differences),
    }


def print_verified(report: VerifyReport) -> None:
    """That all is well, and how well it is known."""
    output.say(
        f"{report.directory}: {len(report.manifest.files)} files are what the manifest says",
        style="bold green",
    )
    if report.database:
        tables = f"{len(_tables(report.manifest))} tables, {report.manifest.rows:,} rows"
        output.say(f"{report.database} equals it: {tables}", style="bold green")
        if report.uncounted:
            output.say(
                f"  · of {report.uncounted} tables only the rows were counted: "
                "the snapshot was made without --checksums"
            )


def print_manifest(directory: Directory, manifest: Manifest) -> None:
    """What a snapshot holds."""
    source = manifest.source
    output.say(
        f"{directory}: {source.database} on PostgreSQL {source.server_version // 10000}, "
        f"taken {manifest.created_at} by {manifest.tool}",
        style="bold",
    )
    _print_tables(manifest)
    output.table(
        ["file", ">size"], [(name, output.size(e.size)) for name, e in manifest.files.items()]
    )
    output.say(f"SHA-256 {digest(directory)}")
    facts = [
        f"{len(manifest.sequences)} sequences",
        f"{manifest.large_objects or 0} large objects",
        f"{len(manifest.materialized_views)} materialised views to refresh",
        f"extensions: {', '.join(manifest.extensions) or 'none'}",
    ]
    output.say(" · ".join(facts))


def ordered(order: LoadOrder, keys: Sequence[ForeignKey]) -> dict[str, Any]:
    """The JSON of order."""
    return {
        "tables": [name._asdict() for name in order.tables if name != LARGE_OBJECTS],
        "cycles": [[name._asdict() for name in cycle] for cycle in order.cycles],
        "deferred": [
            {**d.foreign_key.table._asdict(), "constraint": d.foreign_key.name, "reason": d.reason}
            for d in order.deferred
        ],
        "foreign_keys": len(keys),
    }


def print_order(order: LoadOrder, keys: Sequence[ForeignKey]) -> None:
    """Tables in load order with what they reference, cycles, deferred keys."""
    references: dict[Name, list[str]] = {name: [] for name in order.tables}
    for fk in keys:
        if fk.root in references and fk.referenced_root != fk.root:
            references[fk.root].append(str(fk.referenced_root))
    output.table(
        [">", "table", "references"],
        [
            (number, name, ", ".join(dict.fromkeys(references[name])))
            for number, name in enumerate(order.tables, 1)
            if name != LARGE_OBJECTS
        ],
    )
    output.say(f"Cycles: {len(order.cycles) or 'none'}")
    output.lines([" ↔ ".join(map(str, cycle)) for cycle in order.cycles])
    output.say(f"Deferred: {len(order.deferred) or 'none'} of {len(keys)} foreign keys")
    output.lines([f"{d.foreign_key}: {d.reason}" for d in order.deferred])


# --- status, clear


def status(report: StatusReport, target: Target) -> dict[str, Any]:
    """The JSON of status."""
    restored = report.restored
    return {
        "database": _database(target),
        "target": report.database,
        "tables": [{**t.name._asdict(), "rows": t.rows, "size": t.size} for t in report.tables],
        "rows": sum(t.rows for t in report.tables),
        "restored": None
        if restored is None
        else {
            "directory": restored.directory,
            "at": restored.at,
            "digest": restored.digest,
            "equal": not report.differences,
            "differences": list(report.differences),
        },
    }


def print_status(report: StatusReport) -> None:
    """Rows and sizes, and whether the database still is what was restored."""
    output.table(
        ["table", ">rows", ">size"],
        [(t.name, t.rows, output.size(t.size)) for t in report.tables],
    )
    rows = sum(t.rows for t in report.tables)
    size = output.size(sum(t.size for t in report.tables))
    output.say(f"{report.database}: {rows:,} rows in {len(report.tables)} tables, {size}", "bold")
    if report.restored is None:
        output.say("not restored from a snapshot on this machine")
    elif not report.differences:
        output.say(f"equals {report.restored.directory}, restored {report.restored.at}", "green")
    else:
        output.say(
            f"has changed since {report.restored.directory} was restored {report.restored.at}:",
            "yellow",
        )
        output.lines(report.differences)


def cleared(report: ClearReport, target: Target) -> dict[str, Any]:
    """The JSON of clear."""
    return {
        "database": _database(target),
        "target": report.database,
        "deleted": [{**name._asdict(), "rows": rows} for name, rows in report.deleted.items()],
        "rows": sum(report.deleted.values()),
        "backup": report.backup,
    }


def undo_line(target: Target) -> str:
    """The command that brings back what was deleted."""
    from snapshot.cli.settings import shown_url

    chosen = "" if target.origin != "-d" else f' -d "{shown_url(target.url)}"'
    return f"undo:    {program()} undo{chosen}"


def program() -> str:
    """How the user called us, for a line that can be pasted."""
    path = Path(sys.argv[0])
    try:
        relative = path.resolve().relative_to(Path.cwd().resolve())
    except ValueError:
        return "snapshot"
    return str(relative) if relative.name == "snapshot" else "snapshot"


def _tables(manifest: Manifest) -> list[Any]:
    return [entry for entry in manifest.tables if entry.name != LARGE_OBJECTS]


def _print_tables(manifest: Manifest) -> None:
    _print_largest(
        ["table", ">rows", "checksum"],
        [(entry.name, entry.rows, entry.checksum or "–") for entry in _tables(manifest)],
    )


def _print_largest(columns: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> None:
    """A table of tables; of very many those with the most rows, in the order they stand in."""
    by_size = sorted(rows, key=lambda row: -max(v for v in row if isinstance(v, int)))
    largest = set(by_size[:TABLES_SHOWN])
    output.table(columns, [row for row in rows if row in largest])
    if len(rows) > TABLES_SHOWN:
        output.say(f"  … and {len(rows) - TABLES_SHOWN:,} tables with fewer (--json lists all)")


def _database(target: Target) -> dict[str, str]:
    from snapshot.cli.settings import shown_url

    return {"url": shown_url(target.url), "from": target.origin}
