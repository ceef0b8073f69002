"""Round trips of whole databases: every format, several servers, and docs/fidelity.md made of it.

    scripts/corpus.py FOLDER [--versions 13,15,18] [--write]

FOLDER holds databases, each a folder with a script `load.sh URL` or a file NAME.sql. Each is
loaded, a snapshot is created in all formats, and restored from each into an empty database, over
other rows, and with the schema replaced. "exact" means: the schema as pg_dump says it, every row of
every table, sequences, flags of constraints and triggers, large objects. --write puts the table
into docs/.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
import servers
from psycopg import sql

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "tests"))

from databases import LATER, SCHEMAS, build, disturb  # noqa: E402
from equality import PROGRAMS, differences  # noqa: E402

from snapshot.create import FORMATS, CreateOptions, create_snapshot  # noqa: E402
from snapshot.errors import SnapshotError  # noqa: E402
from snapshot.planning.restore_plan import PlanOptions  # noqa: E402
from snapshot.restore import RestoreOptions, restore_snapshot  # noqa: E402
from snapshot.safety.backups import BackupOptions  # noqa: E402

MARK = "<!-- made by scripts/corpus.py: do not edit below -->\n"


@dataclass
class Result:
    """One database on one server."""

    name: str
    version: int
    tables: int = 0
    rows: int = 0
    foreign_keys: int = 0
    seconds: float = 0.0
    outcome: dict[str, str] = field(default_factory=dict)  # by format


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
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(name)))
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    return admin.replace("/postgres?", f"/{name}?")


def try_one(name: str, version: int, admin: str, source: Path | None) -> Result:
    """Every format and mode; what differs, or what went wrong."""
    result = Result(name, version)
    here = new_database(admin, "corpus_source")
    started = time.monotonic()
    if source:
        load(here, source)
    else:
        build(here, name)
    with tempfile.TemporaryDirectory() as folder:
        directory = Path(folder, "s")
        manifest = create_snapshot(CreateOptions(here, directory, FORMATS)).manifest
        result.tables, result.rows = len(manifest.tables), manifest.rows
        result.foreign_keys = len(manifest.foreign_keys)
        for source_format in FORMATS:
            result.outcome[source_format] = round_trip(admin, here, directory, source_format)
    result.seconds = time.monotonic() - started
    return result


def round_trip(admin: str, here: str, directory: Path, source_format: str) -> str:
    there = new_database(admin, "corpus_target")
    none = BackupOptions(keep=False)
    for replace in (False, False, True):
        plan = PlanOptions(source_format, replace_schema=replace)
        try:
            restore_snapshot(RestoreOptions(there, directory, confirm=True, plan=plan, backup=none))
        except SnapshotError as error:
            return f"failed: {error.message}"
        if found := differences(here, there):
            print("\n".join(found[:10]))
            return f"{len(found)} differences"
        disturb(there)
    return "exact"


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
    if set(result.outcome.values()) == {"exact"}:
        return f"{', '.join(result.outcome)}: exact"
    return "; ".join(f"{name}: {outcome}" for name, outcome in result.outcome.items())


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
            for name, source in databases(options.folder) if options.folder else ():
                real.append(try_one(name, version, admin, source))
                print(version, name, shown(real[-1]), f"{real[-1].seconds:.1f} s", flush=True)
            for name in ("cuebe", *SCHEMAS, *(n for n, (v, _) in LATER.items() if v <= version)):
                odd.append(try_one(name, version, admin, None))
                print(version, name, shown(odd[-1]), f"{odd[-1].seconds:.1f} s", flush=True)
    page = ROOT / "docs" / "fidelity.md"
    report = "## Real databases\n\n" + table(real, versions) if real else ""
    report += "\n## Small databases, each odd in a way of its own\n\n" + table(odd, versions)
    if options.write:
        head = page.read_text().split(MARK)[0]
        page.write_text(head + MARK + "\n" + report)
    else:
        print(report)
    wrong = [r for r in (*real, *odd) if set(r.outcome.values()) != {"exact"}]
    print(f"{len(real) + len(odd)} databases, {len(wrong)} not exact")
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
