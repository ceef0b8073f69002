"""Ten changed rows among millions: seconds, bytes and memory, beside reladiff and plain dumps.

    python bench/differences.py --reladiff PATH --write     # makes docs/diff-speed.md

Everything in one run, one after the other, over TCP on this machine; the bytes are what the
loopback interface counts, so nothing else may use it. reladiff has a program of its own, from
`pip install 'reladiff[postgresql]'` in another environment.
"""

from __future__ import annotations

import argparse
import os
import platform
import shlex
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

import psycopg

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "scripts"))
import servers  # noqa: E402

SNAPSHOT = Path(sys.executable).with_name("snapshot")
SCHEMA = (
    "CREATE TABLE orders (id bigint PRIMARY KEY, customer int NOT NULL, total numeric(10,2) NOT NULL,"
    " note text, placed timestamptz NOT NULL)"
)
ROWS = (
    "INSERT INTO orders SELECT g, g % 100000, (g % 10000) / 7.0, 'order ' || md5(g::text),"
    " '2020-01-01'::timestamptz + g * interval '7 seconds' FROM generate_series(1, {}) g"
)
# six changed, two deleted, two added
EDITS = (
    "UPDATE orders SET note = 'changed' WHERE id IN (5, {0} / 10, {0} / 4, {0} / 3, {0} / 2, {0} - 9)",
    "DELETE FROM orders WHERE id IN ({0} / 5, {0} - 1)",
    "INSERT INTO orders VALUES ({0} + 1, 1, 1, 'new', now()), (-5, 1, 1, 'low', now())",
)


class Measured(NamedTuple):
    """A command: its seconds, the bytes that came from servers, and its peak memory."""

    title: str
    seconds: float
    moved: int
    memory: int  # megabytes


def received() -> int:
    """Bytes that the loopback interface has received."""
    for line in Path("/proc/net/dev").read_text().splitlines():
        name, _, counters = line.partition(":")
        if name.strip() == "lo":
            return int(counters.split()[0])
    raise RuntimeError("no loopback interface")


def measured(title: str, *words: object, allowed: tuple[int, ...] = (0, 4)) -> Measured:
    """Run a command."""
    before, started = received(), time.monotonic()
    with tempfile.TemporaryFile("w+") as said:
        process = subprocess.Popen([str(w) for w in words], stdout=said, stderr=said)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.monotonic() - started
        said.seek(0)
        text = said.read()
    if os.waitstatus_to_exitcode(status) not in allowed:
        raise RuntimeError(f"{words}: {text}")
    found = Measured(title, seconds, received() - before, usage.ru_maxrss // 1024)
    print(f"{found.title}: {found.seconds:.1f} s, {found.moved:,} bytes, {found.memory} MB")
    print("   ", text.strip().splitlines()[-1][:100] if text.strip() else "")
    return found


def prepared(server: str, rows: int) -> tuple[str, str]:
    """Two databases that differ in ten rows."""
    one, other = (server.removesuffix("postgres") + name for name in ("one", "other"))
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute("CREATE DATABASE one")
        with psycopg.connect(one, autocommit=True) as first:
            first.execute(SCHEMA)
            first.execute(ROWS.format(rows))
            first.execute("VACUUM ANALYZE orders")
        connection.execute("CREATE DATABASE other TEMPLATE one")
    with psycopg.connect(other, autocommit=True) as second:
        for edit in EDITS:
            second.execute(edit.format(rows))
        second.execute("CHECKPOINT")
    return one, other


def compared(one: str, other: str, folder: Path, options: argparse.Namespace) -> list[Measured]:
    """Every way to find the ten rows."""
    pg_dump = servers.programs(options.version)
    assert pg_dump
    found = [
        measured("`create --checksums`", SNAPSHOT, "create", folder / "sql", "--format", "sql",
                 "--checksums", "-d", one),
        measured("**snapshot and database**", SNAPSHOT, "diff", folder / "sql", other),
    ]  # fmt: skip
    found.append(measured("**database and database**", SNAPSHOT, "diff", one, other))
    if options.reladiff:
        urls = [url.replace("postgres:@", "postgres:x@") for url in (one, other)]
        columns = [w for name in ("customer", "total", "note", "placed") for w in ("-c", name)]
        found.append(measured("reladiff, the same two", options.reladiff, urls[0], "orders",
                              urls[1], "orders", "-k", "id", *columns))  # fmt: skip
    found.append(
        measured("database and database, `--exact`", SNAPSHOT, "diff", one, other, "--exact")
    )
    plain = folder / "dump"
    dumps = " && ".join(
        shlex.join([str(pg_dump / "pg_dump"), "-d", url, "-f", f"{plain}{n}"])
        for n, url in enumerate((one, other))
    )
    script = f"{dumps} && diff {shlex.quote(f'{plain}0')} {shlex.quote(f'{plain}1')} | head -40"
    found.append(measured("`pg_dump` twice, and `diff`", "bash", "-c", script))
    return found


def main() -> None:
    """Measure, print, and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--version", type=int, default=18)
    parser.add_argument("--reladiff", type=Path, help="its program")
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    base = Path(servers.fast_folder())
    with tempfile.TemporaryDirectory(dir=base) as folder:
        Path(folder).chmod(0o755)
        place = Path(folder, "server")
        settings = (*servers.SETTINGS, "listen_addresses=127.0.0.1", f"port={port}")
        servers.start(options.version, place, settings)
        try:
            server = f"postgresql://postgres:@127.0.0.1:{port}/postgres"
            pair = prepared(server, options.rows)
            found = compared(*pair, Path(folder), options)
        finally:
            servers.stop(options.version, place)
    if options.write:
        write(found, options)


def write(found: list[Measured], options: argparse.Namespace) -> None:
    """docs/diff-speed.md."""
    lines = "".join(
        f"| {m.title} | {m.seconds:.1f} s | {m.moved / 1e6:,.2f} MB | {m.memory} MB |\n"
        for m in found
    )
    (ROOT / "docs" / "diff-speed.md").write_text(
        "# Differences: speed\n\n"
        f"Made by `python bench/differences.py --write` on {os.cpu_count()} processors, PostgreSQL "
        f"{options.version}, Python {platform.python_version()}, in one run. A table of {options.rows:,} "
        "rows with five columns; in the other database ten of them are changed, deleted or added. Whole "
        "commands; both databases are on one server, so a comparison of two of them scans twice on the "
        "same processors. The bytes are those on the network.\n\n"
        "| | seconds | moved | memory |\n|---|---|---|---|\n" + lines +
        "\n`create` is measured to show what the sums cost it. `--exact` reads all rows of both sides, "
        "as every table is read that cannot be narrowed.\n"
    )  # fmt: skip


if __name__ == "__main__":
    main()
