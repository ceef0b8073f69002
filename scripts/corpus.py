"""Round trips of whole databases: every way, several servers, and docs/fidelity.md made of it.

    scripts/corpus.py FOLDER [--versions 13,15,18] [--write]

FOLDER holds databases, each a folder with a script `load.sh URL` or a file NAME.sql. Each is
loaded, a snapshot is created in each format, and restored in every way there is, mostly twice: see
`ways()`. After each, the database is compared with the source by tests/equality.py, and by `verify`
with the snapshot. "exact" means that neither found a difference, in all ways. --write puts the
tables into docs/.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
import servers
from psycopg import sql

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "tests"))

from databases import LATER, SCHEMAS, build, disturb  # noqa: E402
from equality import PROGRAMS, differences, run_psql  # noqa: E402

from snapshot.create import CreateOptions, create_snapshot  # noqa: E402
from snapshot.errors import SnapshotError  # noqa: E402
from snapshot.planning.restore_plan import PlanOptions  # noqa: E402
from snapshot.restore import RestoreOptions, restore_snapshot  # noqa: E402
from snapshot.safety.backups import BackupOptions  # noqa: E402
from snapshot.store.manifest import FORMATS  # noqa: E402
from snapshot.swap import SwapOptions, swap_snapshot  # noqa: E402
from snapshot.verify import verify_snapshot  # noqa: E402

MARK = "<!-- made by scripts/corpus.py: do not edit below -->\n"
EXACT = "exact"
NONE = BackupOptions(keep=False)
INTRODUCTION = (
    "Each database is restored in every way: from each of the three formats into an empty "
    "database, over the same rows, over changed rows, twice with `--replace-schema` and twice with "
    "`--strategy swap`; by `psql` with `seed.sql` into an empty database, and with "
    "`advanced_seed.sql` over the same rows and over changed ones. After each, the database is "
    "compared with the source, and `verify` compares it with the snapshot. “exact” means no "
    "difference after any of them; else the first that failed is named.\n"
)


@dataclass
class Result:
    """One database on one server."""

    name: str
    version: int
    tables: int = 0
    rows: int = 0
    foreign_keys: int = 0
    seconds: float = 0.0
    outcome: dict[str, str] = field(default_factory=dict)  # by way: exact, or what was found


def databases(folder: Path) -> Iterator[tuple[str, Path]]:
    """Names, and what loads each."""
    for script in sorted(folder.glob("*/load.sh")):
        yield script.parent.name, script
    for file in sorted(folder.glob("*.sql")):
        yield file.stem, file


def load(url: str, source: Path) -> None:
    """Fill an empty database."""
    psql = PROGRAMS / "psql"
    command: list[object] = ["bash", source, url]
    if source.suffix == ".sql":
        command = [psql, "-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", url, "-f", source]
    subprocess.run(
        [str(word) for word in command], check=True, capture_output=True,
        env={**os.environ, "PSQL": str(psql)},
    )  # fmt: skip


def new_database(admin: str, name: str) -> str:
    with psycopg.connect(admin, autocommit=True) as connection:
        connection.execute(
            sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
        )
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    return admin.replace("/postgres?", f"/{name}?")


def try_one(name: str, version: int, admin: str, source: Path | None) -> Result:
    """Every way; what differs, or what went wrong."""
    result = Result(name, version)
    here = new_database(admin, "corpus_source")
    started = time.monotonic()
    if source:
        load(here, source)
    else:
        build(here, name)
    for source_format in FORMATS:
        with tempfile.TemporaryDirectory() as folder:
            directory = Path(folder, "s")
            try:
                report = create_snapshot(CreateOptions(here, directory, formats=(source_format,)))
            except SnapshotError as error:
                result.outcome[f"create {source_format}"] = f"failed: {error.message}"
                continue
            manifest = report.manifest
            result.tables, result.rows = len(manifest.tables), manifest.rows
            result.foreign_keys = len(manifest.foreign_keys)
            for way, restore, changed in ways(directory, source_format):
                result.outcome[way] = round_trip(admin, here, directory, restore, changed)
    result.seconds = time.monotonic() - started
    return result


Way = tuple[str, Callable[[str], object], bool | None]


def ways(directory: Path, source_format: str) -> Iterator[Way]:
    """What each is called, what it does with a URL, and whether the rows are changed before it.

    None stands for an empty database; the others find what the one before has left.
    """

    def restore(url: str, replace_schema: bool = False) -> None:
        plan = PlanOptions(source_format=source_format, replace_schema=replace_schema)
        restore_snapshot(  # all tables: this is about loading them
            RestoreOptions(url, directory, confirm=True, plan=plan, backup=NONE, full=True)
        )

    def replace(url: str) -> None:
        restore(url, replace_schema=True)

    def swap(url: str) -> None:
        options = SwapOptions(url, directory, confirm=True, backup=NONE, keep_previous=False)
        swap_snapshot(options)

    def replace_rows(url: str) -> None:
        run_psql(url, directory / "advanced_seed.sql")

    for word, changed in (("into empty", None), ("over the same", False), ("over others", True)):
        yield f"{source_format} {word}", restore, changed
    for word, act in (("--replace-schema", replace), ("swap", swap)):
        yield f"{source_format} {word}", act, True
        yield f"{source_format} {word} again", act, False
    if source_format == "sql":
        yield "seed.sql", lambda url: run_psql(url, directory / "seed.sql"), None
        for word, changed in (("over the same", False), ("over others", True)):
            yield f"advanced_seed.sql {word}", replace_rows, changed


def round_trip(
    admin: str, here: str, directory: Path, restore: Callable[[str], object], changed: bool | None
) -> str:
    """What is different after it, or went wrong."""
    there = admin.replace("/postgres?", "/corpus_target?")
    try:
        if changed is None:
            new_database(admin, "corpus_target")
        if changed:
            disturb(there)
        restore(there)
        found = differences(here, there)
        report = verify_snapshot(directory, there)
    except SnapshotError as error:
        return f"failed: {' '.join((error.message, *map(str, error.details)))}"
    except (AssertionError, psycopg.Error, subprocess.CalledProcessError) as error:
        return f"failed: {error}"
    found += [f"verify: {line}" for line in (*report.damaged, *report.differences)]
    return EXACT if not found else f"{found[0]} ({len(found)} differences)"


def table(results: list[Result], versions: list[int]) -> str:
    """Markdown: a row a database, a column a server."""
    lines = [
        "| database | tables | rows | foreign keys | "
        + " | ".join(f"PostgreSQL {v}" for v in versions) + " |",
        "|---|--:|--:|--:|" + "---|" * len(versions),
    ]  # fmt: skip
    for name in dict.fromkeys(result.name for result in results):
        of_name = {result.version: result for result in results if result.name == name}
        first = next(iter(of_name.values()))
        cells = [shown(of_name[v]) if v in of_name else "–" for v in versions]
        lines.append(
            f"| {name} | {first.tables:,} | {first.rows:,} | {first.foreign_keys:,} | "
            + " | ".join(cells) + " |"
        )  # fmt: skip
    return "\n".join(lines) + "\n"


def shown(result: Result) -> str:
    """The cell: exact, or the first way that is not."""
    wrong = {way: found for way, found in result.outcome.items() if found != EXACT}
    if not wrong:
        return EXACT
    way, found = next(iter(wrong.items()))
    cell = re.sub(r"\s+", " ", found)
    cell = cell if len(cell) <= 120 else f"{cell[:120]}…"
    others = f", and {len(wrong) - 1} other ways" if len(wrong) > 1 else ""
    return f"**{way}**: {cell}{others}".replace("|", "\\|")


def odd_names(version: int, admin: str) -> list[str]:
    """The small databases that this server can hold."""
    with psycopg.connect(admin) as connection:
        contributed = connection.execute(
            "SELECT count(*) = 2 FROM pg_available_extensions WHERE name IN ('hstore', 'uuid-ossp')"
        ).fetchone()
    later = [name for name, (first, _) in LATER.items() if first <= version]
    return ["cuebe", *SCHEMAS, *later, *(["extensions"] if contributed == (True,) else [])]


def tell(result: Result) -> None:
    """A line, and one for each way that is not exact."""
    exact = sum(found == EXACT for found in result.outcome.values())
    counted = f"{exact} of {len(result.outcome)} exact, {result.seconds:.1f} s"
    print(result.version, f"{result.name}: {counted}", flush=True)
    for way, found in result.outcome.items():
        if found != EXACT:
            print(f"    {way}: {found[:500]}", flush=True)


def main() -> None:
    """Run everything and print the table; exit 1 if anything is not exact."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, nargs="?")
    parser.add_argument("--versions", default="13,15,18")
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    versions = [int(version) for version in options.versions.split(",")]
    real, odd = [], []
    for version in versions:
        with (
            tempfile.TemporaryDirectory(prefix="corpus-") as folder,
            servers.running(version, Path(folder)) as admin,
        ):
            os.environ["XDG_STATE_HOME"] = f"{folder}/state"  # no record of these on this machine
            for name, source in databases(options.folder) if options.folder else ():
                real.append(try_one(name, version, admin, source))
                tell(real[-1])
            for name in odd_names(version, admin):
                odd.append(try_one(name, version, admin, None))
                tell(odd[-1])
    page = ROOT / "docs" / "fidelity.md"
    report = f"## Round trips\n\n{INTRODUCTION}\n"
    report += f"### Real databases\n\n{table(real, versions)}\n" if real else ""
    report += "### Small databases, each odd in a way of its own\n\n" + table(odd, versions)
    if options.write:
        head = page.read_text().split(MARK)[0]
        page.write_text(head + MARK + "\n" + report)
    else:
        print(report)
    wrong = [r for r in (*real, *odd) if set(r.outcome.values()) != {EXACT}]
    tried = sum(len(result.outcome) for result in (*real, *odd))
    print(f"{len(real) + len(odd)} databases, {tried} restores, {len(wrong)} databases not exact")
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
