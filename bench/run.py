"""This tool and its peers, side by side in one run: times, ratios, sizes, memory.

    python bench/run.py --write     # makes docs/performance.md and its plot

Every round runs everything once, each time in another order, and ratios are taken within a round.
In the first round each restored database is compared with the source. The server has its defaults
but for max_wal_size; a checkpoint precedes each run, so that nobody pays for another's writes.
Programs are taken from PATH: put a pg_dump built with lz4 and zstd first.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
from psycopg import sql

HERE = Path(__file__).parent
ROOT = HERE.parent
sys.path[:0] = [str(HERE), str(ROOT / "scripts")]
import database as bench_database  # noqa: E402
import report  # noqa: E402
import servers  # noqa: E402

SNAPSHOT = Path(sys.executable).with_name("snapshot")
SETTINGS = ("max_wal_size=4GB",)
SMALL = 0.01  # scale of the small database: some 12 MB
MANY = 1_000  # tables of 8 columns
FORMATS = ("archive", "sql", "json")


@dataclass
class Bench:
    """Where things are, and what was measured."""

    folder: Path
    server: str
    compared: bool = False
    seconds: dict[str, list[float]] = field(default_factory=dict)  # by title, a round each
    memory: dict[str, float] = field(default_factory=dict)  # by title, peak in megabytes
    sizes: dict[str, int] = field(default_factory=dict)  # by title, bytes written

    def url(self, name: str) -> str:
        return self.server.replace("/postgres?", f"/{name}?")

    def new(self, name: str) -> str:
        """An empty database of that name, and nothing left beside it."""
        with psycopg.connect(self.server, autocommit=True) as connection:
            found = connection.execute(
                "SELECT datname FROM pg_database WHERE datname = %s OR starts_with(datname, %s)",
                [name, f"{name}__"],
            ).fetchall()
            for (other,) in found:
                drop = sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(other))
                connection.execute(drop)
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        return self.url(name)

    def run(self, title: str, *words: object, output: Path | None = None) -> None:
        """Run a command; keep its time, its own peak memory, and the size of what it wrote."""
        with psycopg.connect(self.server, autocommit=True) as connection:
            connection.execute("CHECKPOINT")
        if output:
            shutil.rmtree(output, ignore_errors=True)
            output.unlink(missing_ok=True)
        environment = {**os.environ, "XDG_STATE_HOME": str(self.folder / "state")}
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        with tempfile.TemporaryFile("w+") as said:
            started = time.monotonic()
            process = subprocess.Popen(
                [str(word) for word in words], env=environment,
                stdin=subprocess.DEVNULL, stdout=said, stderr=said,
            )  # fmt: skip
            _, status, usage = os.wait4(process.pid, 0)
            seconds = time.monotonic() - started
            process.returncode = os.waitstatus_to_exitcode(status)
            said.seek(0)
            if process.returncode:
                sys.exit(f"{title} failed: {said.read()[-500:]}")
        self.seconds.setdefault(title, []).append(seconds)
        self.memory[title] = max(self.memory.get(title, 0.0), usage.ru_maxrss / 1024)
        if output:
            files = [output] if output.is_file() else [p for p in output.rglob("*") if p.is_file()]
            self.sizes[title] = sum(file.stat().st_size for file in files)
        print(f"  {seconds:7.2f} s  {usage.ru_maxrss / 1024:5.0f} MB  {title}", flush=True)

    def restore(self, title: str, *words: object, into: str) -> None:
        """Run a command that fills a database, and see in the first round that it is equal."""
        self.run(title, *words)
        if not self.compared and self.content(into) != self.content("big"):
            sys.exit(f"{title}: {into} is not equal to the source")

    def content(self, name: str) -> object:
        """Rows and a hash of each table, and whether all indexes and keys are there and valid."""
        with psycopg.connect(self.url(name)) as connection:
            tables = connection.execute(
                "SELECT relname FROM pg_class WHERE relkind = 'r'"
                " AND relnamespace = 'public'::regnamespace ORDER BY 1"
            ).fetchall()
            hashed = "SELECT count(*), sum(hashtextextended(t::text, 0)) FROM {} t"
            rows = [
                connection.execute(sql.SQL(hashed).format(sql.Identifier(table))).fetchone()
                for (table,) in tables
            ]
            schema = connection.execute(
                "SELECT pg_get_indexdef(indexrelid), indisvalid FROM pg_index i JOIN pg_class c"
                " ON c.oid = indrelid WHERE relnamespace = 'public'::regnamespace UNION ALL"
                " SELECT conname || pg_get_constraintdef(oid), convalidated FROM pg_constraint"
                " WHERE connamespace = 'public'::regnamespace ORDER BY 1"
            ).fetchall()
            return rows, schema


def main() -> None:
    """Make the databases, run the rounds, write the page."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--scale", type=float, default=1.0, help="1 is some 1.1 GB")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--version", type=int, default=17, help="of PostgreSQL")
    parser.add_argument(
        "--folder", type=Path, default=Path(tempfile.gettempdir(), "snapshot-bench")
    )
    parser.add_argument("--write", action="store_true", help="write docs/performance.md")
    options = parser.parse_args()
    with served(options.version, options.folder) as server:
        bench = Bench(options.folder, server)
        fill(bench, options.scale)
        for number in range(options.rounds):
            print(f"round {number + 1} of {options.rounds}", flush=True)
            one_round(bench, options.jobs, random.Random(number))
            bench.compared = True
        for ours, theirs, goal, ratio in report.ratios(bench, options.jobs):
            print(f"{ratio:7.2f} × (goal {goal})  {ours} / {theirs}")
        if options.write:
            report.write(bench, options, ROOT / "docs")


@contextmanager
def served(version: int, folder: Path) -> Iterator[str]:
    """A server of that version; its databases stay in the folder for the next run."""
    server = servers.start(version, folder, SETTINGS)
    try:
        yield server
    finally:
        servers.stop(version, folder, "fast")


def fill(bench: Bench, scale: float) -> None:
    """The large, the small, and those with many tables, unless they are there already."""
    done = bench.folder / f"made-{scale}-2"
    if done.exists():
        return
    print(f"making the databases (scale {scale})", flush=True)
    bench_database.make(bench.new("big"), scale)
    bench_database.make(bench.new("small"), SMALL)
    with psycopg.connect(bench.new("many"), autocommit=True) as connection:
        for number in range(MANY):
            connection.execute(
                sql.SQL(
                    "CREATE TABLE {} (id int PRIMARY KEY, parent int REFERENCES {}, a text,"
                    " b text NOT NULL, c numeric, d timestamptz, e jsonb, f bool)"
                ).format(
                    sql.Identifier(f"table_{number:04}"),
                    sql.Identifier(f"table_{max(0, number - 1):04}"),
                )
            )
    bench_database.make_schema(bench.new("known"))
    with psycopg.connect(bench.new("cuebe"), autocommit=True) as connection:
        for name in ("examples/cuebe/schema.sql", "tests/cuebe_rows.sql"):
            connection.execute(sql.SQL((ROOT / name).read_text()))
    done.touch()


def one_round(bench: Bench, jobs: int, order: random.Random) -> None:
    """Everything once: what writes first, as the others read it."""
    for group in (creating(bench, jobs), restoring(bench, jobs), small(bench), known(bench)):
        order.shuffle(group)
        for case in group:
            case()


def compressions() -> list[str]:
    """What this pg_dump can compress with, beside its default."""
    found = []
    for method in ("lz4", "zstd:1"):
        probe = subprocess.run(
            ["pg_dump", "-Fc", f"-Z{method}", "-f", os.devnull, "-d", "port=1"],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        if "compress" not in probe.stderr:  # it got as far as the connection
            found.append(method)
    return found


def creating(bench: Bench, jobs: int) -> list[Callable[[], None]]:
    """Cases that read the large database."""
    source, folder = bench.url("big"), bench.folder

    def dump(title: str, *words: object, to: str) -> Callable[[], None]:
        path = folder / to
        return lambda: bench.run(title, "pg_dump", *words, "-f", path, "-d", source, output=path)

    def create(name: str) -> Callable[[], None]:
        words = [SNAPSHOT, "create", folder / name, "-d", source, "--format", name, "-j", jobs]
        return lambda: bench.run(f"create {name}", *words, output=folder / name)

    return [
        dump("pg_dump plain", "-Fp", to="plain.sql"),
        dump("pg_dump -Fc", "-Fc", to="custom"),
        dump(f"pg_dump -Fd -j{jobs}", "-Fd", f"-j{jobs}", to="default"),
        *(
            dump(f"pg_dump -Fd -j{jobs} -Z {m}", "-Fd", f"-j{jobs}", f"-Z{m}", to=m.split(":")[0])
            for m in compressions()
        ),
        *(create(name) for name in FORMATS),
    ]


def restoring(bench: Bench, jobs: int) -> list[Callable[[], None]]:
    """Cases that fill a database from what was written."""
    folder = bench.folder
    archive = folder / next((m.split(":")[0] for m in compressions()), "default")
    common = ["--confirm", "--no-backup", "--no-containers"]

    def peer(title: str, *words: object) -> Callable[[], None]:
        return lambda: bench.restore(title, *words, "-d", bench.new("peer"), into="peer")

    def restore(title: str, name: str, *words: object) -> Callable[[], None]:
        command = [SNAPSHOT, "restore", folder / name, *words, *common]
        return lambda: bench.restore(title, *command, "-d", bench.new("ours"), into="ours")

    def over_rows() -> None:
        url = bench.new("again")
        words = [folder / "archive", *common, "-d", url]
        subprocess.run([SNAPSHOT, "restore", *words], check=True, capture_output=True)
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("VACUUM ANALYZE")  # else autovacuum, at any moment
        title = "restore archive over rows"
        bench.restore(title, SNAPSHOT, "restore", *words, "--full", into="again")

    def unchanged() -> None:
        words = [SNAPSHOT, "restore", folder / "archive", *common, "-d", bench.new("same")]
        environment = {**os.environ, "XDG_STATE_HOME": str(folder / "state")}
        subprocess.run(words, check=True, capture_output=True, env=environment)
        bench.restore("restore archive over the same rows", *words, into="same")

    def warm(title: str, name: str, into: str) -> None:
        url = bench.new(into)
        warm_up = [SNAPSHOT, "warm", folder / name, "-d", url]
        subprocess.run(warm_up, check=True, capture_output=True)
        words = [SNAPSHOT, "restore", folder / name, "--strategy", "warm", *common, "-d", url]
        bench.run(title, *words)
        while "__warm_" not in _clones(url):  # the spare that it leaves to be made
            time.sleep(0.1)

    def template() -> None:
        bench.new("copy")
        bench.run(
            "drop, CREATE DATABASE … TEMPLATE (DSLR)", "psql", "-qX", "-d", bench.server,
            "-c", "DROP DATABASE copy", "-c", "CREATE DATABASE copy TEMPLATE big",
        )  # fmt: skip

    def small_snapshot() -> None:
        words = ["create", folder / "small", "-d", bench.url("small"), "--format", "archive"]
        subprocess.run([SNAPSHOT, *words], check=True, capture_output=True)
        warm("restore warm, small", "small", "tiny")

    return [
        peer("pg_restore -1", "pg_restore", "-1", archive),
        peer(f"pg_restore -j{jobs}", "pg_restore", f"-j{jobs}", archive),
        peer("psql -1", "psql", "-qX1", "-v", "ON_ERROR_STOP=1", "-f", folder / "plain.sql"),
        *(restore(f"restore {name}", name) for name in FORMATS),
        restore(f"restore swap -j{jobs}", "archive", "--strategy", "swap", "-j", jobs),
        over_rows,
        unchanged,
        lambda: warm("restore warm", "archive", "warmed"),
        small_snapshot,
        template,
    ]


def _clones(url: str) -> str:
    done = subprocess.run(
        [SNAPSHOT, "warm", "--list", "-d", url, "--json"],
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


def small(bench: Bench) -> list[Callable[[], None]]:
    """Cases in which starting up counts."""
    folder, seed = bench.folder, ROOT / "seed_data"
    return [
        lambda: bench.run("snapshot --help", SNAPSHOT, "--help"),
        lambda: bench.run("snapshot show", SNAPSHOT, "show", seed),
        lambda: bench.run(
            "create cuebe", SNAPSHOT, "create", folder / "cuebe", "-d", bench.url("cuebe"),
            output=folder / "cuebe",
        ),
        lambda: bench.run(
            "restore cuebe", SNAPSHOT, "restore", seed, "-d", bench.new("cuebe_2"),
            "--confirm", "--no-containers",
        ),
        lambda: bench.run(
            f"create, {MANY:,} tables", SNAPSHOT, "create", folder / "many",
            "-d", bench.url("many"),
            output=folder / "many",
        ),
        lambda: bench.run(
            f"pg_dump -s, {MANY:,} tables", "pg_dump", "-s", "-f", folder / "many.sql",
            "-d", bench.url("many"), output=folder / "many.sql",
        ),
    ]  # fmt: skip


def known(bench: Bench) -> list[Callable[[], None]]:
    """Cases in which a schema is compared and no rows are there: what it costs is seen alone."""
    folder, tables = bench.folder / "known", f"{bench_database.KNOWN} tables"
    source, target = bench.url("known"), bench.new("known_2")
    options = ["--confirm", "--no-backup", "--no-containers", "-d", target]
    for words in (["create", folder, "-d", source], ["restore", folder, *options]):
        subprocess.run([SNAPSHOT, *words], check=True, capture_output=True)
    for url in (source, target):
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("VACUUM ANALYZE")  # the catalogs too
    return [
        lambda: bench.run(
            f"pg_dump -s, {tables}", "pg_dump", "-s", "-f", bench.folder / "known.sql",
            "-d", source, output=bench.folder / "known.sql",
        ),
        lambda: bench.run(f"verify -d, {tables}", SNAPSHOT, "verify", folder, "-d", source),
        lambda: bench.run(f"restore over, {tables}", SNAPSHOT, "restore", folder, *options),
    ]  # fmt: skip


if __name__ == "__main__":
    main()
