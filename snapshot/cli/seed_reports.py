"""The output of seed and validate, as text and as JSON."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from snapshot.cli import output
from snapshot.progress import NO_PROGRESS, Progress
from snapshot.seeding.options import Watch

if TYPE_CHECKING:
    from snapshot.cli.settings import Target
    from snapshot.seeding.audit import AuditReport, TableCount
    from snapshot.seeding.binding import BoundRule
    from snapshot.seeding.blueprint import Blueprint
    from snapshot.seeding.cleaning import CleanReport
    from snapshot.seeding.drafts.draft import Draft
    from snapshot.seeding.gaps import Gap, Parent
    from snapshot.seeding.history import LastTime
    from snapshot.seeding.options import SeedReport
    from snapshot.seeding.validators import Verdict

_SHORT_SHOWN = 5  # parents that are named without -v
_WIDTH = 24


class Tell(Watch):
    """Prints what a run does while it does it."""

    def __init__(self, blueprint: Blueprint, verbose: int, quiet: bool) -> None:
        self.bars: Progress = NO_PROGRESS  # hidden while a line is printed
        self._blueprint = blueprint
        self._verbose = verbose
        self._quiet = quiet
        self._found = 0
        self._named = 0
        self._satisfied = True

    def started(self, found: int, gaps: Sequence[Gap]) -> None:
        """Print what was found."""
        self._found = found
        missing = sum(gap.missing for gap in gaps if gap.bound.rule.limited)
        self._satisfied = not any(gap.missing for gap in gaps)
        if self._quiet:
            return
        if found:
            output.say(f"Found {found:,} rows")
        else:
            output.say("Database is empty")
        if missing:
            output.say(f"Seeding {self._blueprint.name}: {_steps(gaps)}")

    def short(self, bound: BoundRule, parent: Parent) -> None:
        """Print parents that are short, if there were rows before."""
        from snapshot.seeding.children import describe_parent

        if not (bound.rule.limited or self._verbose):
            return
        self._named += 1
        if self._quiet or not (self._verbose or (self._found and self._named <= _SHORT_SHOWN)):
            return
        who = describe_parent(bound, parent)
        output.pause(self.bars)
        output.say(f"  {who} needs {parent.missing:,} {bound.rule.title.lower()}")

    def line(self, number: int | None, of: int, title: str, added: int) -> None:
        """Print what the rules of a title added."""
        if self._quiet or self._satisfied or (self._found and not added and not self._verbose):
            return
        output.pause(self.bars)
        dots = "…" * max(1, _WIDTH - len(title))
        place = f"[{number:>{len(str(of))}}/{of}]" if number is not None else "      "
        output.say(f"  {place} {title} {dots} +{added:,}")


def _steps(gaps: Sequence[Gap]) -> str:
    rules = [gap.bound.rule for gap in gaps]
    tiers = dict.fromkeys(rule.tier for rule in rules if rule.tier)
    titles = {rule.title for rule in rules if rule.tier or not tiers}
    return f"{len(titles)} steps" + (f" in {len(tiers)} tiers" if tiers else "")


class Collect(Watch):
    """Keeps what a dry run tells, for the plan."""

    def __init__(self) -> None:
        self.gaps: list[Gap] = []
        self.lines: list[tuple[int | None, str, int]] = []

    def started(self, found: int, gaps: Sequence[Gap]) -> None:
        """Keep the rules."""
        self.gaps = list(gaps)

    def line(self, number: int | None, of: int, title: str, added: int) -> None:
        """Keep the rows."""
        self.lines.append((number, title, added))


# --- run


def print_seeded(report: SeedReport) -> None:
    """Print the last lines of a run."""
    for line in report.notes:
        output.say(f"  · {line}")
    seconds = f"({report.seconds:.1f} s)"
    if report.created_schema:
        output.say("created the blueprint's own schema: the database had no tables")
    if report.from_cache:
        output.say(
            f"Restored {report.rows:,} rows as they were seeded before {seconds}",
            style="bold green",
        )
    elif not report.rows:
        satisfied = (
            "Satisfied as far as possible." if report.fewer else "All requirements satisfied!"
        )
        output.say(f"{satisfied} {seconds}", style="bold green")
    elif report.found:
        output.say(f"Added {report.rows:,} rows to {report.database} {seconds}", style="bold green")
    else:
        output.say(f"Created {report.rows:,} rows in {report.database} {seconds}",
                   style="bold green")  # fmt: skip
    _print_fewer(report.fewer)


def _print_fewer(fewer: Mapping[str, int]) -> None:
    if fewer:
        rules = ", ".join(f"{name.replace('_', ' ')} {count:,}" for name, count in fewer.items())
        output.say(f"  fewer rows than wished, as no more are possible: {rules}")


# --- audit, plan, status, list


def print_audit(report: AuditReport, json: bool) -> None:
    """Print the gaps."""
    if json:
        output.json_document(report.to_dict())
        return
    for note in report.notes:
        output.say(f"  · {note}")
    fewer = {g.bound.rule.name: g.missing for g in report.gaps if g.missing}
    if not report.missing:
        satisfied = "Satisfied as far as possible" if fewer else "All requirements satisfied"
        output.say(f"{satisfied}: {report.found:,} rows", style="bold green")
        _print_fewer(fewer)
        return
    _print_gaps([gap for gap in report.gaps if gap.missing])
    output.lines(report.short)
    output.say(f"at least {_rows_are(report.missing)} missing; nothing was written", style="bold")


def _rows_are(count: int) -> str:
    return "1 row is" if count == 1 else f"{count:,} rows are"


def _print_gaps(gaps: Sequence[Gap]) -> None:
    output.table(
        ["requirement", "table", "for each", ">parents", ">have", ">need", ">gap"],
        [
            (g.bound.rule.name, g.bound.table.name, g.bound.rule.each or "–", g.parents, g.have,
             g.need, g.missing if g.bound.rule.limited else f"≤ {g.missing:,}")
            for g in gaps
        ],
    )  # fmt: skip


def print_plan(blueprint: Blueprint, report: SeedReport, watch: Collect, json: bool) -> None:
    """Print tiers, order, parameters, and what a run would add."""
    added = report.by_rule
    if json:
        output.json_document(
            {
                **report.to_dict(),
                "parameters": report.parameters,
                "rules": [
                    {**g.to_dict(), "added": added.get(g.bound.rule.name, 0)} for g in watch.gaps
                ],
            }
        )
        return
    output.say(f"{blueprint.name}: {blueprint.about}", style="bold")
    shown = (f"{name} = {value}" for name, value in report.parameters.items())
    output.say(f"parameters: {', '.join(shown) or 'none'}")
    rows = []
    tiers: dict[str, int] = {}
    for number, gap in enumerate(watch.gaps, 1):
        rule = gap.bound.rule
        tier = rule.tier or "–"
        if rule.tier:
            tier = f"{tiers.setdefault(rule.tier, len(tiers) + 1)} {rule.tier}"
        rows.append((number, tier, rule.title, rule.name, rule.each or "–", _need(gap),
                     added.get(rule.name, 0)))  # fmt: skip
    output.table([">", "tier", "step", "rule", "for each", "need", ">would add"], rows)
    output.say(
        f"{report.rows:,} rows would be added to {report.database}; nothing was changed",
        style="bold green",
    )


def _need(gap: Gap) -> str:
    rule = gap.bound.rule
    if rule.total is not None or (rule.each is None and gap.bound.total is not None):
        return f"{gap.bound.total:,} in all"
    need = rule.need
    names = {"Chance": "chance", "Between": "between", "UpTo": "up to"}
    if callable(need):
        return "as the rule computes"
    if dataclasses.is_dataclass(need):
        return _phrase(need, names)
    return str(need)


def _phrase(need: Any, names: Mapping[str, str]) -> str:
    if not dataclasses.is_dataclass(need) or callable(need):
        return "computed" if callable(need) else str(need)
    values = [getattr(need, f.name) for f in dataclasses.fields(need)]
    parts = ", ".join(_phrase(value, names) for value in values if not isinstance(value, bool))
    return f"{names[type(need).__name__]}({parts})"


def print_status(report: AuditReport | None, tables: Sequence[TableCount], json: bool) -> None:
    """Print requirements, and the rows of each table."""
    if json:
        output.json_document(
            {
                "requirements": [gap.to_dict() for gap in report.gaps] if report else [],
                "tables": [
                    {**t.name._asdict(), "rows": t.rows, "seeded": t.seeded} for t in tables
                ],
            }
        )
        return
    if report:
        _print_gaps(report.gaps)
    output.table(
        ["table", ">rows", ">of them seeded"], [(t.name, t.rows, t.seeded) for t in tables]
    )
    rows, seeded_rows = sum(t.rows for t in tables), sum(t.seeded for t in tables)
    output.say(f"{rows:,} rows, {seeded_rows:,} of them seeded", style="bold")


def print_blueprints(
    blueprints: Sequence[tuple[Path, Blueprint]], times: Mapping[str, LastTime], json: bool
) -> None:
    """Print blueprints and their profiles."""
    rows: list[tuple[Any, ...]] = []
    documents = []
    for path, blueprint in blueprints:
        profiles = [
            ("", blueprint.about),
            *((p.name, p.about) for p in blueprint.profiles.values()),
        ]
        for name, about in profiles:
            last = times.get(f"{blueprint.name}/{name}")
            documents.append(
                {"blueprint": blueprint.name, "profile": name or None, "about": about,
                 "file": str(path), "rows": last.rows if last else None,
                 "seconds": last.seconds if last else None}
            )  # fmt: skip
            rows.append(
                (blueprint.name if not name else "", name or "(defaults)", about,
                 last.rows if last else "–", f"{last.seconds:.1f} s" if last else "–")
            )  # fmt: skip
    if json:
        output.json_document({"blueprints": documents})
        return
    output.table(["blueprint", "profile", "what it makes", ">rows", ">last took"], rows)
    output.say("snapshot seed run BLUEPRINT --profile NAME; --help shows its parameters")


# --- clean, validate


def print_cleaned(report: CleanReport, target: Target, json: bool) -> None:
    """Print what was deleted."""
    from snapshot.cli import reports

    if json:
        output.json_document(report.to_dict())
        return
    output.table(["table", ">rows deleted"], report.deleted.items())
    total = sum(report.deleted.values())
    output.say(f"deleted {total:,} seeded rows in {report.database}", style="bold green")
    if report.backup:
        output.say(reports.undo_line(target))


def print_verdicts(verdicts: Sequence[Verdict], json: bool) -> bool:
    """Print PASS or FAIL of each validator. Returns whether all passed."""
    passed = not any(verdict.violations for verdict in verdicts)
    if json:
        output.json_document(
            {
                "passed": passed,
                "validators": [
                    {"title": v.title, "passed": not v.violations, "violations": list(v.violations)}
                    for v in verdicts
                ],
            }
        )
        return passed
    output.say("=== VALIDATION RESULTS ===")
    for verdict in verdicts:
        if verdict.violations:
            output.say(f"{verdict.title}: ✗ FAIL", style="bold red")
            output.lines(verdict.violations)
        else:
            output.say(f"{verdict.title}: ✓ PASS")
    output.say()
    if passed:
        output.say("✅ All validations passed!", style="bold green")
    return passed


def print_draft(draft: Draft, file: Path | None) -> None:
    """Say what a first draft does and does not do, beside the text itself."""
    if draft.rows is not None:
        output.note(
            f"tried and rolled back: rules for {output.counted(draft.tables, 'table')}, "
            f"{output.counted(draft.rows, 'row')}"
        )
    else:
        output.note(f"not tried: {draft.untried}")
    for table, why in draft.left_out:
        output.note(f"no rule for {table}: {why}")
    for table, todo in draft.todo:
        output.note(f"TODO in {table}: {todo}")
    if file is None:
        return
    output.say(f"wrote {file}", style="bold green")
    output.say("Edit it (every guess says so), then:")
    output.say(f"  snapshot seed plan {file}   # what it would add; nothing is written")
    output.say(f"  snapshot seed run {file}    # again later: only what is missing")
