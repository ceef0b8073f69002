"""What `snapshot mask …` prints."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from snapshot.cli import output

if TYPE_CHECKING:
    from snapshot.masking.inspecting import Checked, PlannedColumn, Preview
    from snapshot.masking.scan import ScanResult


def print_proposed(file: Path, existing: str | None, text: str) -> None:
    """Say what `mask init` wrote, and what is left to decide."""
    from snapshot.masking.policy_text import open_rules, rule_count

    if text == existing:
        output.say(f"{file} has a rule for every column: nothing was added")
    else:
        added = rule_count(text) - rule_count(existing or "")
        verb = "written" if existing is None else "extended"
        output.say(f"{file} {verb}: {output.counted(added, 'new rule')}", style="bold green")
    undecided = open_rules(text)
    if undecided:
        output.say(f'{output.counted(len(undecided), "rule")} "?" for you to decide:')
        for name in undecided[: output.DETAILS_SHOWN]:
            output.say(f"  · {name}")
        if len(undecided) > output.DETAILS_SHOWN:
            output.say(f"  … and {len(undecided) - output.DETAILS_SHOWN:,} more in the file")


def print_checked(checked: Checked) -> None:
    """What is wrong with a policy, with lines to paste; or that it fits."""
    path = checked.policy.path
    if not checked.problems:
        masks = ", ".join(f"{mask} {number:,}" for mask, number in checked.counts.items())
        output.say(f"{path} fits: {output.counted(checked.columns, 'column')}", style="bold green")
        output.say(masks)
        return
    output.say(f"{path} does not fit:", style="bold red")
    for problem in checked.problems:
        output.say(problem.text if problem.paste else f"  · {problem}")


def print_plan(columns: Sequence[PlannedColumn]) -> None:
    """A table: a line for each column."""
    output.table(("table", "column", "type", "mask", "follows", "unique"), columns)


def print_preview(found: Preview) -> None:
    """The masked columns of some rows: each row before and after."""
    output.say(found.table, style="bold")
    for before, after in zip(found.before, found.after, strict=True):
        cells = (map(_cell, values) for values in (before, after))
        output.table(("column", "before", "after"), zip(found.columns, *cells, strict=True))


def print_scan(result: ScanResult) -> None:
    """What was found, and what was not looked for."""
    from snapshot.masking.searching import hit_lines

    for line in hit_lines((*result.hits, *result.shape_hits)):
        output.say(f"  · {line}")
    passed_over = ", ".join(f"{number:,} {why}" for why, number in result.not_searched.items())
    if passed_over:
        output.say(f"not searched for: {passed_over}")
    where = f"{output.counted(result.originals, 'original')} in {output.size(result.size)}"
    if result.clean:
        output.say(f"none of {where} was found", style="bold green")
    else:
        places = f"{output.counted(result.found, 'place')} with an original, "
        places += f"{output.counted(result.found_shapes, 'place')} with what looks like one"
        output.say(f"{places}: searched for {where}", style="bold red")


def scan_document(result: ScanResult) -> dict[str, Any]:
    """What `mask scan --json` prints."""
    return {
        "clean": result.clean,
        "originals": result.originals,
        "found": result.found,
        "suspicious": result.found_shapes,
        "allowed": result.allowed,
        "bytes": result.size,
        "not_searched": dict(result.not_searched),
        "hits": [
            {
                "file": hit.file,
                "kind": hit.kind,
                "line": hit.line,
                "offset": hit.offset,
                "table": str(hit.table) if hit.table else None,
                "column": hit.column,
                "source": hit.source,
            }
            for hit in (*result.hits, *result.shape_hits)
        ],
    }


_WIDEST = 40  # characters of a value in a preview


def _cell(value: str | None) -> str:
    if value is None:
        return "NULL"
    return value if len(value) <= _WIDEST else value[: _WIDEST - 1] + "…"
