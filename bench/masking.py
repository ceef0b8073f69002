"""Masked creates beside unmasked ones: seconds and memory; and the speed of each mask.

    python bench/masking.py --write       # makes docs/masking-speed.md
    python bench/masking.py --masks       # only the masks

Everything in one run, one after the other. Processor seconds are those of the client with its psql,
and those of the server; other work on the machine changes them less than it changes the time.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import psycopg

ROOT = Path(__file__).parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "scripts")]
import servers  # noqa: E402

FORMATS = ("archive", "sql", "json")
GOAL = 500_000  # values a second and core, of each mask but json
ORIGINAL = 31  # bytes that are kept of each original
BLOCK = 1 << 13  # values: about as many rows as create masks at once
CUSTOMER = (
    "CREATE TABLE customer (id bigint PRIMARY KEY, email text NOT NULL UNIQUE, first_name text,"
    " phone varchar(24), born date, balance numeric(12,2), profile jsonb, note text, ip inet,"
    " card varchar(19), iban varchar(34), ref uuid NOT NULL UNIQUE)"
)
# cards and accounts have their check digits
CUSTOMERS = """
INSERT INTO customer SELECT i,
 (array['anna','Ben','carla','dmitri','elif','farid','greta','hugo','ines','jan'])[1 + i % 10]
  || '.' || left(md5(i::text), 8) || i || '@' || (array['gmail.com','web.de','acme.io'])[1 + i % 3],
 (array['Anna','Ben','Carla','Dmitri','Elif','Farid','Greta','Hugo','Ines','Jan'])[1 + i % 10],
 CASE i % 3 WHEN 0 THEN '+49 30 ' || (1000000 + i) WHEN 1 THEN '(030) 55-' || (1000000 + i)
  ELSE '+1-212-555-' || lpad((i % 10000)::text, 4, '0') END,
 date '1940-01-01' + (i * 7919 % 25000)::int, (i * 31337 % 10000000) / 100.0,
 jsonb_build_object('contact', jsonb_build_object('email', 'j' || i || '@gmail.com', 'phone',
  '+49 171 ' || (1000000 + i)), 'tags', jsonb_build_array('a', 'b'), 'n', i),
 CASE WHEN i % 4 = 0 THEN 'Called on Monday, mail to k' || i || '@gmail.com or +49 171 '
  || (1000000 + i) || ' please' ELSE 'no remarks, order ' || i || ' was fine and came in time' END,
 (130 + i % 50 || '.' || 100 + i / 50 % 150 || '.' || 100 + i / 7500 % 150 || '.'
  || 100 + i % 97)::inet,
 card || (10 - (SELECT sum(CASE WHEN p % 2 = 1 THEN (array[0,2,4,6,8,1,3,5,7,9])[
   1 + substr(card, p, 1)::int] ELSE substr(card, p, 1)::int END)
  FROM generate_series(1, 15) p) % 10) % 10,
 'DE' || lpad((98 - (account || '131400')::numeric % 97)::text, 2, '0') || account, md5(i::text)::uuid
FROM generate_series(1::bigint, {}) i, LATERAL (SELECT
 '4' || lpad((i * 73939133777 % 100000000000000)::text, 14, '0') AS card,
 '1' || lpad((i * 15485863 % 10000000)::text, 7, '0') || lpad(i::text, 10, '0') AS account) made
"""
ORDERS = (
    "CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint NOT NULL REFERENCES customer,"
    " article int NOT NULL, items int NOT NULL, total numeric(10,2) NOT NULL, status text NOT NULL)",
    "INSERT INTO orders SELECT i, 1 + i * 7919 % {0}, i * 104729 % 50000, 1 + i % 9,"
    " (i * 31337 % 100000) / 100.0, (array['new','paid','sent','done'])[1 + i % 4]"
    " FROM generate_series(1::bigint, 3 * {0}) i",
)


class Measured(NamedTuple):
    """A command: seconds of the clock, of processors, and its peak memory."""

    seconds: float
    client: float
    server: float
    memory: int  # megabytes

    @property
    def processors(self) -> float:
        """Of the client and the server."""
        return self.client + self.server


class Bench:
    """A server with the database, and a policy as `mask init` proposes it."""

    def __init__(self, version: int, rows: int, folder: Path) -> None:
        self.folder, self._version, self._rows = folder, version, rows
        self._server = folder / "server"
        settings = (*servers.SETTINGS, "max_wal_size=256MB", "autovacuum=off")
        self.url = servers.start(version, self._server, settings)
        lines = (self._server / "data" / "postmaster.pid").read_text().splitlines()
        self._stat = Path("/proc", lines[0], "stat")

    def stop(self) -> None:
        """Stop the server."""
        servers.stop(self._version, self._server)

    def prepare(self) -> None:
        """Make the rows and the policy. What init leaves open, a count in JSON, is kept."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            for statement in (CUSTOMER, CUSTOMERS, *ORDERS, "VACUUM ANALYZE", "CHECKPOINT"):
                connection.execute(statement.format(self._rows))
        key = self.run("mask", "key")[1].strip()
        os.environ["SNAPSHOT_MASK_KEY"] = key
        self.run("mask", "init", "-d", self.url, "-o", self.policy)
        text = self.policy.read_text().replace('n = "?"', 'n = "keep"')
        self.policy.write_text(text)
        sections = text.split("\n[")
        self.kept.write_text(
            "\n[".join(s for s in sections if "public.customer" not in s.split("\n")[0])
        )

    @property
    def policy(self) -> Path:
        """Where the policy is."""
        return self.folder / "masking.toml"

    @property
    def kept(self) -> Path:
        """The policy of the other table, which has no masks."""
        return self.folder / "orders.toml"

    def run(self, *words: object) -> tuple[Measured, str]:
        """Run snapshot; returns what it took and what it said."""
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "XDG_STATE_HOME": str(self.folder)}
        command = [sys.executable, "-m", "snapshot", *map(str, words)]
        served, started = self._served(), time.monotonic()
        with tempfile.TemporaryFile("w+") as said, tempfile.TemporaryFile("w+") as errors:
            process = subprocess.Popen(
                command, stdout=said, stderr=errors, env=environment, cwd=self.folder
            )
            _, status, usage = os.wait4(process.pid, 0)
            seconds = time.monotonic() - started
            for file in (said, errors):
                file.seek(0)
            text = said.read()
            if status:
                raise RuntimeError(f"{words}: {text}{errors.read()}")
        time.sleep(0.5)  # until the sessions have ended, whose seconds are counted then
        client = usage.ru_utime + usage.ru_stime
        found = Measured(seconds, client, self._served() - served, usage.ru_maxrss // 1024)
        return found, text

    def _served(self) -> float:
        """Processor seconds of the server and of its sessions that have ended."""
        fields = self._stat.read_text().rpartition(")")[2].split()
        return sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")

    def create(self, *words: object) -> tuple[Measured, int]:
        """A snapshot, thrown away: what it took, and how many originals were looked for."""
        place = self.folder / "snapshot"
        found, said = self.run("create", place, "-d", self.url, "--json", *words)
        shutil.rmtree(place)
        masked: Mapping[str, Any] = json.loads(said)["manifest"].get("masked") or {}
        return found, (masked.get("scan") or {}).get("originals", 0)


class Row(NamedTuple):
    """A line of the first table."""

    title: str
    measured: Measured
    plain: Measured
    originals: int = 0


def creates(bench: Bench) -> Iterator[Row]:
    """Each format unmasked, masked, and masked without the scan; the unmasked table alone."""
    for name in FORMATS:
        plain, _ = bench.create("--format", name)
        yield _told(Row(f"{name}, unmasked", plain, plain))
        masked, originals = bench.create("--format", name, "--mask", bench.policy)
        yield _told(Row(f"**{name}, masked**", masked, plain, originals))
        unsearched, _ = bench.create("--format", name, "--mask", bench.policy, "--no-scan")
        yield _told(Row(f"{name}, masked, `--no-scan`", unsearched, plain))
        other = ("--format", name, "-T", "customer")
        plain, _ = bench.create(*other)
        yield _told(Row(f"{name}, rows of orders only, unmasked", plain, plain))
        kept, _ = bench.create(*other, "--mask", bench.kept, "--no-scan")
        yield _told(Row(f"{name}, rows of orders only, with the policy, `--no-scan`", kept, plain))


def _told(row: Row) -> Row:
    m = row.measured
    share = row.plain.processors / m.processors
    print(
        f"{row.title}: {m.seconds:.1f} s, client {m.client:.1f}, server {m.server:.1f}, "
        f"{share:.0%}, {m.memory} MB, {row.originals:,} originals",
        flush=True,
    )
    return row


# --- masks


class _Key:
    def derive(self, mask: str, meaning: str) -> bytes:
        return f"{mask} {meaning}".encode().ljust(16)[:16]


WORDS = ("Anna", "Ben", "Carla", "Dmitri", "Elif", "Farid", "Greta", "Hugo", "Ines", "Jan")
Sample = Callable[[int], str]
# mask: type, options, the i-th value
MASKS: dict[str, tuple[str, dict[str, Any], Sample]] = {
    "email": ("text", {}, lambda i: f"{WORDS[i % 10]}.{i * 7919:x}@gmail.com"),
    "token": ("text", {}, lambda i: f"k{i * 7919:x}"),
    "username": ("text", {}, lambda i: f"{WORDS[i % 10]}{i}"),
    "slug": ("text", {}, lambda i: f"{WORDS[i % 10]}-{i}"),
    "hostname": ("text", {}, lambda i: f"host{i}.acme.io"),
    "url": ("text", {}, lambda i: f"https://acme.io/users/{i}?tab=1"),
    "path": ("text", {}, lambda i: f"/home/{WORDS[i % 10]}/file{i}.txt"),
    "constant": ("text", {"value": "!"}, lambda i: f"secret {i}"),
    "null": ("text", {}, lambda i: f"secret {i}"),
    "blank": ("bytea", {}, lambda i: f"\\x{i:016x}"),
    "name": ("text", {}, lambda i: f"{WORDS[i % 10]} {WORDS[i // 10 % 10]}son{i % 1000}"),
    "first_name": ("text", {}, lambda i: WORDS[i % 10]),
    "last_name": ("text", {}, lambda i: f"{WORDS[i % 10]}son{i % 1000}"),
    "company": ("text", {}, lambda i: f"{WORDS[i % 10]} & {i % 5000} Ltd"),
    "street": ("text", {}, lambda i: f"{WORDS[i % 10]} Street {i % 5000}"),
    "city": ("text", {}, lambda i: f"{WORDS[i % 10]}ville {i % 500}"),
    "integer": ("integer", {}, lambda i: str(i * 7919 % 2**31)),
    "digits": ("text", {}, lambda i: f"{i * 7919:010}"),
    "code": ("text", {}, lambda i: f"AB-{i:06}-X"),
    "phone": ("text", {}, lambda i: f"+49 30 {1000000 + i}"),
    "card": ("text", {}, lambda i: f"4{i * 73939133777 % 10**14:014}0"),
    "iban": ("text", {}, lambda i: f"DE89{i * 15485863 % 10**8:08}{i:010}"),
    "ssn": ("text", {}, lambda i: f"{100 + i % 500}-{10 + i % 89}-{1000 + i % 8999}"),
    "uuid": ("uuid", {}, lambda i: str(uuid.UUID(int=i * 0x9E3779B97F4A7C15F39CC0605CEDC834 % 2**128))),
    "ip": ("inet", {}, lambda i: f"130.{i // 62500 % 250}.{i // 250 % 250}.{i % 250}"),
    "mac": ("macaddr", {}, lambda i: f"08:00:2b:{i >> 16 & 255:02x}:{i >> 8 & 255:02x}:{i & 255:02x}"),
    "shift": ("date", {"days": 30, "by": "id"}, lambda i: f"{1940 + i % 70}-{1 + i % 12:02}-{1 + i % 28:02}"),
    "year": ("date", {}, lambda i: f"{1940 + i % 70}-{1 + i % 12:02}-{1 + i % 28:02}"),
    "month": ("date", {}, lambda i: f"{1940 + i % 70}-{1 + i % 12:02}-{1 + i % 28:02}"),
    "noise": ("numeric", {"part": 0.1, "by": "id"}, lambda i: f"{i * 31337 % 10**7 / 100:.2f}"),
    "round": ("numeric", {"unit": 100}, lambda i: f"{i * 31337 % 10**7 / 100:.2f}"),
    "bucket": ("integer", {"bounds": [0, 18, 40, 65]}, lambda i: str(i % 100)),
    "choose": ("text", {"values": ["a", "b", "c"]}, lambda i: WORDS[i % 10]),
    "array": ("text", {"each": "email"}, lambda i: f"{{a{i}@gmail.com}}"),
    "redact": ("text", {}, lambda i: f"mail to k{i}@gmail.com please" if i % 4 == 0 else f"order {i} was fine"),
    "json": ("jsonb", {"paths": {"contact.email": "email", "contact.phone": "phone", "*": "keep"}},
             lambda i: f'{{"n": {i}, "contact": {{"email": "j{i}@gmail.com", "phone": "+49 171 {1000000 + i}"}}}}'),
}  # fmt: skip


def masks(values: int) -> Iterator[tuple[str, float]]:
    """Each mask, and how many values it masks in a second of one processor."""
    # here, since what this process holds counts into the memory of those that it starts
    import pyarrow as pa

    from snapshot.catalog import Name
    from snapshot.masking.making import make_mask
    from snapshot.masking.model import Rule, Target

    table = Name("public", "customer")
    ids = pa.array([str(i) for i in range(values)])
    for name, (type_name, options, sample) in MASKS.items():
        target = Target(table, "value", type_name, meaning=name, subject="id")
        mask = make_mask(Rule(name, options), target, _Key())
        column = pa.array([sample(i) for i in range(values)], pa.string())
        mask(column.slice(0, 100), {"id": ids.slice(0, 100), "value": column.slice(0, 100)})
        started = time.process_time()
        for place in range(0, values, BLOCK):
            block = column.slice(place, BLOCK)
            mask(block, {"id": ids.slice(place, BLOCK), "value": block})
        speed = values / (time.process_time() - started)
        short = "  < goal" if speed < GOAL and name != "json" else ""
        print(f"{name:12} {speed:>12,.0f} values/s{short}", flush=True)
        yield name, speed


def main() -> None:
    """Measure, print, and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000, help="customers; three orders each")
    parser.add_argument("--values", type=int, default=262_144, help="for each mask")
    parser.add_argument("--version", type=int, default=18)
    parser.add_argument("--masks", action="store_true", help="only the masks")
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    if options.masks:
        list(masks(options.values))
        return
    with tempfile.TemporaryDirectory(dir=servers.fast_folder()) as name:
        folder = Path(name)
        folder.chmod(0o755)
        bench = Bench(options.version, options.rows, folder)
        try:
            bench.prepare()
            rows = list(creates(bench))
        finally:
            bench.stop()
    speeds = list(masks(options.values))
    if options.write:
        write(rows, speeds, options)


def write(
    rows: Iterable[Row], speeds: Iterable[tuple[str, float]], options: argparse.Namespace
) -> None:
    """docs/masking-speed.md."""
    total = 4 * options.rows
    lines = "".join(
        f"| {r.title} | {total * (1 if 'only' not in r.title else 0.75) / r.measured.seconds / 1e3:,.0f} "
        f"| {r.plain.seconds / r.measured.seconds:.0%} | {r.measured.client:.1f} s "
        f"| {r.measured.server:.1f} s | {r.plain.processors / r.measured.processors:.0%} "
        f"| {r.measured.memory} MB{_beyond(r)} |\n"
        for r in rows
    )
    table = "".join(f"| `{name}` | {speed / 1e3:,.0f} |\n" for name, speed in speeds)
    (ROOT / "docs" / "masking-speed.md").write_text(
        "# Masking: speed\n\n"
        f"Made by `python bench/masking.py --write` on {os.cpu_count()} processors, PostgreSQL "
        f"{options.version}, Python {platform.python_version()}, in one run. {options.rows:,} customers "
        "of twelve columns, nine of which are masked by the policy that `mask init` proposes, and "
        f"{3 * options.rows:,} orders, which are not. Whole commands; the server is on the same "
        "processors. The shares are of the unmasked create: of its rows a second, and of its processor "
        "seconds, client and server together, which other work on the machine changes less.\n\n"
        "| | 1,000 rows/s | of unmasked | client | server | of unmasked, by processor seconds | memory |\n"
        "|---|--:|--:|--:|--:|--:|--:|\n" + lines +
        f"\nBehind the memory stands what is left without {ORIGINAL} bytes for each original that the "
        "scan looks for.\n\n"
        "Each mask, in thousands of values a second of one processor, distinct values as above, in "
        f"blocks of {BLOCK:,}:\n\n"
        "| mask | 1,000 values/s |\n|---|--:|\n" + table
    )  # fmt: skip


def _beyond(row: Row) -> str:
    if not row.originals:
        return ""
    rest = row.measured.memory - row.originals * ORIGINAL / (1 << 20)
    return f" ({rest:.0f} MB beside {row.originals / 1e6:.1f} M originals)"


if __name__ == "__main__":
    main()
