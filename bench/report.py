"""docs/performance.md and its plot, from the numbers of one run."""

from __future__ import annotations

import argparse
import os
import platform
import subprocess
from datetime import UTC, datetime
from html import escape
from pathlib import Path
from statistics import median
from typing import Any

import psycopg

PAGE = "performance.md"
PLOT = "performance.svg"


def write(bench: Any, options: argparse.Namespace, docs: Path) -> None:
    """Write both."""
    medians = {title: median(times) for title, times in bench.seconds.items()}
    (docs / PLOT).write_text(plot(medians, options.jobs))
    (docs / PAGE).write_text(page(bench, options, medians))


def ratios(bench: Any, jobs: int) -> list[tuple[str, str, str, float]]:
    """What is compared with what: ours, theirs, the goal, and the median of the rounds' ratios."""
    create, restore = "create archive", "restore archive"
    fastest = min(
        (t for t in bench.seconds if t.startswith(f"pg_dump -Fd -j{jobs} -Z")),
        key=lambda title: median(bench.seconds[title]),
        default=f"pg_dump -Fd -j{jobs}",
    )
    pairs = [
        (create, f"pg_dump -Fd -j{jobs}", "0.4"),
        *([(create, fastest, "1.0")] if "-Z" in fastest else []),
        (restore, "pg_restore -1", "0.8"),
        (restore, f"pg_restore -j{jobs}", "1.0"),
        (f"restore swap -j{jobs}", f"pg_restore -j{jobs}", "0.75"),
        ("restore archive over rows", restore, "1.2"),
        ("restore warm", "drop, CREATE DATABASE … TEMPLATE (DSLR)", "0.15"),
        ("create sql", "pg_dump plain", "2.0"),
        ("create json", "pg_dump plain", "2.0"),
        ("restore sql", "psql -1", "1.3"),
        ("restore json", "psql -1", "2.5"),
        ("create, 1,000 tables", "pg_dump -s, 1,000 tables", "2.0"),
        ("verify -d, 519 tables", "pg_dump -s, 519 tables", "2.0"),
        ("restore over, 519 tables", "pg_dump -s, 519 tables", "4.0"),
    ]
    found = []
    for ours, theirs, goal in pairs:
        rounds = zip(bench.seconds[ours], bench.seconds[theirs], strict=True)
        found.append((ours, theirs, goal, median(one / other for one, other in rounds)))
    return found


def page(bench: Any, options: argparse.Namespace, medians: dict[str, float]) -> str:
    """The page, in Markdown."""
    with psycopg.connect(bench.url("big")) as connection:
        size, rows = connection.execute(
            "SELECT pg_database_size('big'), (SELECT sum(reltuples)::bigint FROM pg_class"
            " WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace)"
        ).fetchone() or (0, 0)
        version = connection.info.parameter_status("server_version")
    tool = subprocess.run(["pg_dump", "--version"], capture_output=True, text=True, check=True)
    lines = [
        "# Performance",
        "",
        "Made by `python bench/run.py --write`; nothing here is written by hand.",
        "",
        f"{datetime.now(UTC):%Y-%m-%d} · {os.cpu_count()} processors ({platform.machine()}) · "
        f"PostgreSQL {version} · {tool.stdout.strip()} · Python {platform.python_version()} · "
        f"{size / 1e9:.2f} GB, {rows:,} rows · {options.rounds} rounds, medians, alternating order",
        "",
        f"![Times of create and restore]({PLOT})",
        "",
        "## Side by side",
        "",
        "| | against | goal | measured |",
        "|---|---|---|---|",
        *(
            f"| `{ours}` | `{theirs}` | ≤ {goal} × | "
            + (f"{ratio:.2f} ×" if ratio <= float(goal) else f"**{ratio:.2f} ×**")
            + " |"
            for ours, theirs, goal, ratio in ratios(bench, options.jobs)
        ),
        "",
        "What is bold missed its goal; [why](scale.md#where-the-limits-are).",
        "",
        "## All times",
        "",
        "Whole commands, from the first byte of Python to the last. Memory is the peak of the "
        "command's own process; sizes are what it wrote.",
        "",
        "| | seconds (median, all rounds) | peak MB | MB written |",
        "|---|---|---|---|",
    ]
    for title, seconds in sorted(medians.items(), key=lambda item: _group(item[0])):
        rounds = " ".join(f"{one:.2f}" for one in bench.seconds[title])
        written = f"{bench.sizes[title] / 1e6:,.1f}" if title in bench.sizes else ""
        lines.append(
            f"| `{title}` | **{seconds:.2f}** ({rounds}) | {bench.memory[title]:.0f} | {written} |"
        )
    lines += [
        "",
        *per_terabyte(size, medians, options.jobs),
        "## Equality",
        "",
        "Every restored database was compared with its source: rows, indexes, constraints. "
        "`restore` is one transaction with all constraints checked; `pg_restore -j` and `swap` "
        "are not one transaction, but `swap` is as atomic: the two renames are.",
        "",
    ]
    return "\n".join(lines)


def per_terabyte(size: int, medians: dict[str, float], jobs: int) -> list[str]:
    """What the rates above come to for a database of 1 TB."""
    create, swap = medians["create archive"], medians[f"restore swap -j{jobs}"]
    transaction = medians["restore archive"]
    lines = [
        "## A terabyte at these rates",
        "",
        f"Computed from the times above: {size / 1e6 / create / jobs:,.0f} MB of database a second "
        f"and session for create, {size / 1e6 / transaction:,.0f} MB/s for a restore in one "
        f"transaction, {size / 1e6 / swap / jobs:,.0f} MB/s a session for swap; with as many "
        "processors as sessions for the server and its clients together, and disks and network "
        "that keep up. [scale.md](scale.md) says what the limits are then.",
        "",
        "| sessions | create | restore, one transaction | restore, swap |",
        "|--:|--:|--:|--:|",
    ]
    for sessions in (2, 8, 32):
        hours = [1e12 / size * t * jobs / sessions / 3600 for t in (create, swap)]
        one = 1e12 / size * transaction / 3600
        lines.append(f"| {sessions} | {hours[0]:.2f} h | {one:.2f} h | {hours[1]:.2f} h |")
    return [*lines, ""]


def _group(title: str) -> tuple[int, float]:
    kinds = ("create", "pg_dump", "restore", "pg_restore", "psql", "drop", "snapshot", "verify")
    small = "cuebe" in title or "tables" in title or title.startswith("snapshot")
    order = next(i for i, kind in enumerate(kinds) if title.startswith(kind))
    return (order // 2 + (10 if small else 0), 0.0)


def plot(medians: dict[str, float], jobs: int) -> str:
    """Bars: ours dark, the others light."""
    groups = [
        ("Writing a snapshot", ["create archive", *sorted(
            t for t in medians if t.startswith("pg_dump -F") or t == "pg_dump plain")]),
        ("Restoring", ["restore warm", f"restore swap -j{jobs}", "restore archive",
                       "restore archive over rows", f"pg_restore -j{jobs}", "pg_restore -1",
                       "psql -1"]),
    ]  # fmt: skip
    widest = max(medians[t] for _, titles in groups for t in titles)
    parts, y = [], 30
    for heading, titles in groups:
        parts.append(f'<text x="10" y="{y}" font-weight="bold">{heading}, seconds</text>')
        y += 14
        for title in titles:
            width = 420 * medians[title] / widest
            ours = title.startswith(("create", "restore"))
            parts.append(
                f'<text x="230" y="{y + 13}" text-anchor="end">{escape(title)}</text>'
                f'<rect x="240" y="{y}" width="{width:.0f}" height="17" '
                f'fill="{"#2f6f4f" if ours else "#b9c4bd"}"/>'
                f'<text x="{246 + width:.0f}" y="{y + 13}">{medians[title]:.2f}</text>'
            )
            y += 23
        y += 26
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 740 {y}" '
        'font-family="sans-serif" font-size="13">'
        f'<rect width="740" height="{y}" fill="white"/>' + "".join(parts) + "</svg>\n"
    )
