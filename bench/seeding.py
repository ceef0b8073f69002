"""Seeding, side by side with its peers at 200,000 rows, and alone at ten million.

    python bench/seeding.py --write      # makes the tables in docs/seeding-speed.md

All write the same rows: 200,000 messages of 1,000 people in 100 channels, six columns, two foreign
keys. Peers get what makes them fast: factory_boy and SQLAlchemy one transaction, drizzle-seed its
own batches. Needs factory_boy and SQLAlchemy here, node and npm for drizzle-seed.
"""

from __future__ import annotations

import argparse
import os
import platform
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

import psycopg

HERE = Path(__file__).parent
ROOT = HERE.parent
sys.path[:0] = [str(HERE), str(ROOT / "scripts")]
import servers  # noqa: E402

SNAPSHOT = Path(sys.executable).with_name("snapshot")
PEERS = HERE / "peers"
SCHEMA = """
    CREATE TABLE users (id serial PRIMARY KEY, name text NOT NULL, email text NOT NULL UNIQUE);
    CREATE TABLE channels (id serial PRIMARY KEY, name text NOT NULL);
    CREATE TABLE messages (
        id serial PRIMARY KEY,
        channel_id integer NOT NULL REFERENCES channels,
        user_id integer NOT NULL REFERENCES users,
        content text NOT NULL,
        created_at timestamptz NOT NULL,
        updated_at timestamptz NOT NULL
    );
"""


def new(server: str, schema: str) -> str:
    """An empty database with these tables."""
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute("DROP DATABASE IF EXISTS seeded WITH (FORCE)")
        connection.execute("CREATE DATABASE seeded")
        connection.execute("CHECKPOINT")
    url = server.replace("/postgres?", "/seeded?")
    with psycopg.connect(url) as connection:
        connection.execute(schema)  # type: ignore[arg-type]
    return url


def measured(
    url: str, expected: int, *words: object, folder: Path | None = None
) -> tuple[float, float]:
    """Seconds of a command, and its peak memory in megabytes."""
    environment = {**os.environ, "DATABASE_URL": url}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    with tempfile.TemporaryFile("w+") as said:
        started = time.monotonic()
        process = subprocess.Popen(
            [str(word) for word in words], env=environment, cwd=folder,
            stdin=subprocess.DEVNULL, stdout=said, stderr=said,
        )  # fmt: skip
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.monotonic() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        said.seek(0)
        if process.returncode:
            sys.exit(f"{words} failed: {said.read()[-1500:]}")
    with psycopg.connect(url) as connection:
        row = connection.execute("SELECT count(*) FROM messages").fetchone()
    if expected is not None and row != (expected,):
        sys.exit(f"{words[0]} wrote {row} messages, not {expected}")
    return seconds, usage.ru_maxrss / 1024


def peers(server: str, rounds: int, rows: int, drizzle: Path | None) -> dict[str, list[float]]:
    """Seconds of each, a round each."""
    python = sys.executable
    each = rows // 100
    commands: dict[str, tuple[list[object], Path | None]] = {
        "snapshot": ([SNAPSHOT, "seed", "run", PEERS / "blueprint.py", "--messages", each], None),
        "Faker + SQLAlchemy bulk insert": ([python, PEERS / "bulk.py", rows], None),
        "factory_boy create_batch": ([python, PEERS / "factories.py", rows], None),
    }
    if drizzle:
        commands["drizzle-seed"] = (["node", drizzle / "seed.mjs", rows], drizzle)
    seconds: dict[str, list[float]] = {title: [] for title in commands}
    for number in range(rounds):
        for title, (words, folder) in commands.items():
            if title.startswith("factory_boy") and number:
                continue  # minutes, and far from any goal
            took, memory = measured(new(server, SCHEMA), rows, *words, folder=folder)
            seconds[title].append(took)
            print(
                f"  {took:7.2f} s  {memory:5.0f} MB  {rows / took:9,.0f} rows/s  {title}",
                flush=True,
            )
    return seconds


def install_drizzle(folder: Path) -> Path | None:
    """drizzle-seed from npm, in a folder of its own; None where there is no npm."""
    try:
        subprocess.run(["npm", "init", "-y"], cwd=folder, check=True, capture_output=True)
        subprocess.run(
            ["npm", "install", "drizzle-orm", "drizzle-seed", "pg"],
            cwd=folder,
            check=True,
            capture_output=True,
        )
    except (OSError, subprocess.CalledProcessError) as error:
        print(f"no drizzle-seed: {error}")
        return None
    (folder / "seed.mjs").write_text((PEERS / "seed.mjs").read_text())
    return folder


def large(server: str, rows: int) -> list[tuple[str, int, float, float]]:
    """What ours alone writes: title, rows in all tables, seconds, megabytes."""
    channels = 500
    each = rows * 10 // 22 // channels  # with replies and reactions 2.2 rows a message
    chat = ["chat", "--users", 2_000, "--channels", channels, "--messages", each]
    found = []
    for title, schema, words in (
        ("the messages above", SCHEMA, [PEERS / "blueprint.py", "--messages", rows // 100]),
        ("the whole chat example", (ROOT / "examples/chat/schema.sql").read_text(), chat),
    ):
        url = new(server, schema)
        seconds, memory = measured(url, None, SNAPSHOT, "seed", "run", *words)
        with psycopg.connect(url) as connection:
            names = connection.execute(
                "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
            ).fetchall()
            total = sum(
                connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]  # type: ignore[index, arg-type]
                for (table,) in names
            )
        print(
            f"  {seconds:7.1f} s  {memory:5.0f} MB  {total / seconds:9,.0f} rows/s  {title}, {total:,} rows",
            flush=True,
        )
        found.append((title, total, seconds, memory))
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--rows", type=int, default=200_000)
    parser.add_argument("--large", type=int, default=10_000_000)
    parser.add_argument("--version", type=int, default=17)
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bench-seeding-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        (folder / "node").mkdir()
        with servers.running(options.version, folder / "server") as server:
            drizzle = install_drizzle(folder / "node")
            seconds = peers(server, options.rounds, options.rows, drizzle)
            big = large(server, options.large) if options.large else []
    ours = median(seconds["snapshot"])
    lines = [
        f"| {title} | {median(times):.2f} s | {options.rows / median(times):,.0f} | {median(times) / ours:.1f} |"
        for title, times in seconds.items()
    ]
    print("\n".join(lines))
    if options.write:
        write(lines, big, options)


def write(
    lines: list[str], big: list[tuple[str, int, float, float]], options: argparse.Namespace
) -> None:
    """docs/seeding-speed.md."""
    text = (
        "# Seeding: speed\n\n"
        f"Made by `python bench/seeding.py --write` on {os.cpu_count()} processors, PostgreSQL "
        f"{options.version}, Python {platform.python_version()}; medians of {options.rounds} rounds in one run. "
        f"Whole commands, {options.rows:,} messages of 1,000 people in 100 channels, six columns and two foreign "
        "keys; ours with its ledger and its checks.\n\n"
        "| | seconds | rows a second | times ours |\n|---|---|---|---|\n" + "\n".join(lines) + "\n"
    )
    if big:
        text += (
            "\nAlone, with ledger and checks. The chat example has replies, which reference their own table, "
            "reactions by chance, nine foreign keys, and people in hundreds of channels:\n\n"
            "| | rows | seconds | rows a second | megabytes |\n|---|---|---|---|---|\n"
        )
    for title, rows, seconds, memory in big:
        text += f"| {title} | {rows:,} | {seconds:.0f} | {rows / seconds:,.0f} | {memory:.0f} |\n"
    (ROOT / "docs" / "seeding-speed.md").write_text(text)


if __name__ == "__main__":
    main()
