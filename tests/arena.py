"""Two commands on one database at the same moment, perhaps killed, and what they left.

A round starts two commands at random offsets and may kill them. What is found afterwards must be
what some order of the commands gives (race_model.py), each of them done completely or not at all,
as its exit code says.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
import pytest
import servers
from psycopg import sql
from race_model import (
    COMMAND,
    EMPTY,
    LABELS,
    NEW,
    OPERATIONS,
    PAIRS,
    SIGNALS,
    Content,
    Run,
    State,
    allowed,
    run_together,
)

from snapshot.create import CreateOptions, create_snapshot
from snapshot.restore import RestoreOptions, restore_snapshot
from snapshot.store.manifest import Manifest, digest
from snapshot.swap import SwapOptions, swap_snapshot, warm_clone
from snapshot.undo import backups_of
from snapshot.verify import verify_snapshot

NAME = "race"
NEW_ROWS = "new"  # the snapshot that is restored
USUAL = 0.5  # seconds that a command takes on a machine that is not busy
PATIENCE = 10.0  # seconds for a server to notice that a client has gone


_SCHEMA = """
    CREATE TABLE author (id serial PRIMARY KEY, name text NOT NULL UNIQUE);
    CREATE TABLE book (id int PRIMARY KEY, author int NOT NULL REFERENCES author, title text);
    CREATE INDEX ON book (title);
    CREATE TABLE tag (code text PRIMARY KEY, weight int NOT NULL);
"""

_ROWS = """
    INSERT INTO author (name) SELECT {label} || g FROM generate_series(1, {number}) g;
    INSERT INTO book SELECT g, 1 + g % {number}, {label} || md5(g::text)
    FROM generate_series(1, {number} * 100) g;
"""

BLUEPRINT = '''
"""Tags."""
from dataclasses import dataclass
from snapshot.seeding import Blueprint

@dataclass(frozen=True)
class Size:
    pass

bp = Blueprint("tags", Size)

@bp.fill("tag", total=3)
def tags(r):
    for number in range(1000):
        yield dict(code=f"tag {number}", weight=number)
'''

_TAGS = [f"tag {number}" for number in range(3)]

_DIGEST = """
    SELECT md5(concat_ws('|',
        (SELECT string_agg(t::text, ',' ORDER BY id) FROM author t),
        (SELECT string_agg(t::text, ',' ORDER BY id) FROM book t),
        (SELECT concat(last_value, is_called) FROM author_id_seq)))
"""

_OBJECTS = """
    SELECT md5(string_agg(what, ',' ORDER BY what)) FROM (
        SELECT pg_get_constraintdef(c.oid) || conname || conrelid::regclass || convalidated
        FROM pg_constraint c WHERE connamespace = 'public'::regnamespace AND contype <> 'n'
        UNION ALL SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'
        UNION ALL SELECT concat(attrelid::regclass, attname, atttypid::regtype, attnotnull)
        FROM pg_attribute a JOIN pg_class c ON c.oid = attrelid
        WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'S', 'v') AND attnum > 0
    ) objects (what)
"""


class Half(Exception):
    """A database holds what no command leaves."""


@dataclass
class Arena:
    """A server with the contents that rounds begin with. Needs a server of its own."""

    server: str  # URL of its maintenance database
    folder: Path
    contents: dict[str, str] = field(default_factory=dict)  # digest → label
    objects: str = ""
    pace: float = 1.0  # how slow this machine is at the moment

    def prepare(self) -> None:
        """Make a database and a snapshot of each content."""
        if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:  # as in a shell's background
            signal.signal(signal.SIGINT, signal.default_int_handler)
        (self.folder / "tags.py").write_text(BLUEPRINT)
        for label, number in LABELS.items():
            self._sql(f"CREATE DATABASE start_{label}")
            with psycopg.connect(self.url(f"start_{label}"), autocommit=True) as connection:
                connection.execute(sql.SQL(_SCHEMA))
                if label == "kept":
                    self.contents[_value(connection, _DIGEST)] = EMPTY.label
                    self.objects = _value(connection, _OBJECTS)
                connection.execute(sql.SQL(_ROWS).format(label=label, number=number))
                self.contents[_value(connection, _DIGEST)] = label
            self._snapshot(label)
        self._sql("CREATE DATABASE start_seeded TEMPLATE start_old")
        began = time.monotonic()
        subprocess.run(
            [*COMMAND, *self.words("seed run", self.folder), "-d", self.url("start_seeded")],
            check=True,
            capture_output=True,
            env={**os.environ, "XDG_STATE_HOME": str(self.folder / "state")},
        )
        self.pace = (time.monotonic() - began) / USUAL
        self._snapshot("seeded")

    def _snapshot(self, name: str) -> None:
        create_snapshot(
            CreateOptions(self.url(f"start_{name}"), self.folder / name, formats=("archive",))
        )

    def url(self, name: str = NAME) -> str:
        """The URL of a database."""
        return self.server.replace("/postgres?", f"/{name}?")

    def words(self, operation: str, place: Path) -> list[str]:
        known = {
            "new": str(self.folder / NEW_ROWS),
            "blueprint": str(self.folder / "tags.py"),
            "made": str(place / "made"),
        }
        return [word.format(**known) for word in OPERATIONS[operation]]

    def _sql(self, statement: str) -> list[tuple[object, ...]]:
        with psycopg.connect(self.server, autocommit=True) as connection:
            cursor = connection.execute(sql.SQL(statement))
            return cursor.fetchall() if cursor.description else []

    def beside(self) -> list[str]:
        """The databases whose names begin as that of the target."""
        found = self._sql(
            f"SELECT datname FROM pg_database WHERE datname ~ '^{NAME}(__|$)' ORDER BY 1"
        )
        return [str(name) for (name,) in found]

    def begin(self, place: Path, seeded: bool, clone: bool) -> State:
        """Bring about the state that a round starts from, by the product's own commands."""
        for name in self.beside():
            self._sql(f"DROP DATABASE {name} WITH (FORCE)")
        self._sql(f"CREATE DATABASE {NAME} TEMPLATE start_kept")
        self._sql(f"COMMENT ON DATABASE {NAME} IS 'environment: staging'")
        self._sql(f"ALTER DATABASE {NAME} SET work_mem = '5MB'")
        restore_snapshot(RestoreOptions(self.url(), self.folder / "before", confirm=True))
        current = "seeded" if seeded else "old"
        swap_snapshot(SwapOptions(self.url(), self.folder / current, confirm=True))
        if clone:
            warm_clone(SwapOptions(self.url(), self.folder / NEW_ROWS))
        shutil.copytree(self.folder / "before", place / "made")
        return State(
            Content("old", seeded), Content("before"), (Content("kept"),), clone, Content("before")
        )

    def read(self, name: str) -> Content | None:
        """What a database holds. Raises Half if no command leaves that."""
        if name not in self.beside():
            return None
        with psycopg.connect(self.url(name)) as connection:
            if _value(connection, "SELECT to_regclass('public.book') IS NULL"):
                raise Half(f"{name} has no tables")
            label = self.contents.get(_value(connection, _DIGEST))
            tags = _value(connection, "SELECT array_agg(code ORDER BY code) FROM tag") or []
            seeded: list[str] = []
            if _value(connection, "SELECT to_regclass('snapshot.seeded') IS NOT NULL"):
                keys = connection.execute("SELECT key FROM snapshot.seeded ORDER BY 1").fetchall()
                seeded = [key.removeprefix("(").removesuffix(")").strip('"') for (key,) in keys]
            if label is None or tags not in ([], _TAGS) or seeded != tags:
                raise Half(f"{name} is half: {label}, tags {tags}, in the ledger {seeded}")
            if _value(connection, _OBJECTS) != self.objects:
                raise Half(f"the schema of {name} is not what it was")
        return Content(label, bool(tags))

    def observe(self, place: Path) -> State:
        """The state that a round has left."""
        clone = self.read(self.clone_name())
        if clone not in (None, NEW):
            raise Half(f"{self.clone_name()} holds {clone}")
        made = place / "made"
        if not verify_snapshot(made).passed:
            raise Half("what create made is damaged")
        safety = tuple(_content_of(backup.manifest) for backup in backups_of(self.url())[1])
        return State(
            self.read(NAME),
            self.read(f"{NAME}__previous"),
            safety,
            clone is not None,
            _content_of(verify_snapshot(made).manifest),
        )

    def clone_name(self) -> str:
        return f"{NAME}__warm_{digest(self.folder / NEW_ROWS)[:8]}"

    # --- a round

    def round(self, number: int, seed: int, pair: tuple[str, str] | None = None) -> Round:
        """Run two commands at once, and judge what they left."""
        chance = random.Random(f"{seed}/{number}")
        operations = list(pair or _shuffled(seed)[number % len(PAIRS)])
        chance.shuffle(operations)
        place = self.folder / f"round-{number}"
        place.mkdir()
        os.environ["XDG_STATE_HOME"] = str(place / "state")
        seeded = chance.random() < (0.9 if "seed clean" in operations else 0.2)
        start = self.begin(place, seeded, chance.random() < 0.5)
        runs = [_random_run(operation, chance, self.pace) for operation in operations]
        words = {o: [*self.words(o, place), "-d", self.url()] for o in operations}
        run_together(runs, words, dict(os.environ))
        done = Round(number, seed, start, runs)
        done.faults += [fault for run in runs for fault in run.faults()]
        done.faults += self.wait_until_quiet(place)
        try:
            done.end = self.observe(place)
            if done.end not in allowed(start, [(run.operation, run.how) for run in runs]):
                done.faults.append(f"no order of the commands gives {done.end}")
            done.faults += self._look_changed()
            done.faults += self._one_more(place, operations)
        except Exception as error:  # noqa: BLE001  # what cannot be read or restored is a fault
            done.faults.append(f"{type(error).__name__}: {error}")
        shutil.rmtree(place)
        return done

    def _look_changed(self) -> Iterator[str]:
        [(comment, settings)] = self._sql(
            "SELECT shobj_description(d.oid, 'pg_database'), setconfig::text FROM pg_database d"
            f" LEFT JOIN pg_db_role_setting s ON s.setdatabase = d.oid WHERE datname = '{NAME}'"
        )
        if "environment: staging" not in str(comment) or "work_mem=5MB" not in str(settings):
            yield f"the database's comment is {comment!r}, its settings are {settings}"

    def wait_until_quiet(self, place: Path) -> Iterator[str]:
        """No process of the round and no session of one is there any more."""
        deadline = time.monotonic() + PATIENCE
        while (processes := _processes_of(place)) and time.monotonic() < deadline:
            time.sleep(0.02)
        while (sessions := self._sessions()) and time.monotonic() < deadline:
            time.sleep(0.02)
        if processes or sessions:
            yield f"still there: processes {processes}, sessions {sessions}"

    def _sessions(self) -> list[tuple[object, ...]]:
        return self._sql(
            "SELECT datname, state, query FROM pg_stat_activity"
            " WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
        )

    def _one_more(self, place: Path, operations: list[str]) -> Iterator[str]:
        """Nothing is left of what was interrupted after one more swap and one more restore."""
        new = self.folder / NEW_ROWS
        swap_snapshot(SwapOptions(self.url(), new, confirm=True))
        restore_snapshot(RestoreOptions(self.url(), new, confirm=True))
        if "create" in operations:
            create_snapshot(CreateOptions(self.url(), place / "made", formats=("archive",)))
        if self.read(NAME) != NEW:
            yield f"after one more restore the database holds {self.read(NAME)}"
        if left := sorted({*self.beside()} - {NAME, f"{NAME}__previous", self.clone_name()}):
            yield f"databases are left: {left}"
        if left := sorted({path.name for path in place.iterdir()} - {"made", "state"}):
            yield f"left beside the snapshot: {left}"
        if left := _unknown(place / "state" / "snapshot"):
            yield f"left in the state folder: {left}"
        if locks := self._sql("SELECT * FROM pg_locks WHERE locktype = 'advisory'"):
            yield f"advisory locks are held: {locks}"
        yield from self.wait_until_quiet(place)


@contextmanager
def running_arena(settings: tuple[str, ...] = ()) -> Iterator[Arena]:
    """An arena on a new server of PostgreSQL 18."""
    if servers.programs(18) is None:
        pytest.skip("no PostgreSQL 18 is installed")
    with tempfile.TemporaryDirectory(prefix="snapshot-", dir=servers.fast_folder()) as name:
        folder = Path(name)
        folder.chmod(0o755)
        settings = (*servers.SETTINGS, *settings)
        with servers.running(18, folder / "server", settings) as url:
            ports = [s.removeprefix("port=") for s in settings if s.startswith("port=")]
            arena = Arena("&port=".join([url, *ports]), folder)
            arena.prepare()
            yield arena


@dataclass
class Round:
    """A round that was played."""

    number: int
    seed: int
    start: State
    runs: list[Run]
    end: State | None = None
    faults: list[str] = field(default_factory=list)

    @property
    def pair(self) -> tuple[str, str]:
        """The commands, in the order of PAIRS."""
        one, other = sorted((r.operation for r in self.runs), key=list(OPERATIONS).index)
        return one, other

    @property
    def outcome(self) -> str:
        """One word for the table."""
        if self.faults:
            return "FAULT"
        if any(run.killed for run in self.runs):
            return "killed"
        return {2: "both", 1: "one", 0: "none"}[sum(run.code == 0 for run in self.runs)]

    def __str__(self) -> str:
        lines = [f"round {self.number} of seed {self.seed}", f"  began with {self.start}"]
        lines += [f"  {run}" for run in self.runs]
        lines += [f"  ended with {self.end}"]
        return "\n".join([*lines, *(f"  FAULT: {fault}" for fault in self.faults)])


def _random_run(operation: str, chance: random.Random, pace: float) -> Run:
    offset = chance.choice((0.0, chance.uniform(0, 0.8))) * pace
    if chance.random() < 0.65:
        return Run(operation, offset, None)
    kill = offset + chance.uniform(0.2, 1.2) * pace
    return Run(operation, offset, (kill, chance.choice(SIGNALS)))


def _shuffled(seed: int) -> list[tuple[str, str]]:
    pairs = list(PAIRS)
    random.Random(seed).shuffle(pairs)
    return pairs


def _content_of(manifest: Manifest) -> Content:
    rows = {str(entry.name): entry.rows for entry in manifest.tables}
    labels = {number: label for label, number in LABELS.items()} | {0: EMPTY.label}
    label = labels.get(rows.get("author", -1))
    if label is None or rows["book"] != rows["author"] * 100 or rows["tag"] not in (0, len(_TAGS)):
        raise Half(f"a snapshot holds {rows}")
    return Content(label, bool(rows["tag"]))


def _processes_of(place: Path) -> list[str]:
    """Processes that were started with the round's state folder, such as a spare's build."""
    mark = f"XDG_STATE_HOME={place / 'state'}\0".encode()
    found = []
    for path in Path("/proc").glob("[0-9]*/environ"):
        if int(path.parent.name) == os.getpid():
            continue
        try:
            if mark in path.read_bytes() + b"\0":
                found.append((path.parent / "cmdline").read_bytes().replace(b"\0", b" ").decode())
        except OSError:
            continue
    return found


def _unknown(state: Path) -> list[str]:
    """What lies in the state folder and is neither a whole safety snapshot nor a record."""
    left = [path for path in state.glob("backups/*/*") if not (path / "manifest.json").exists()]
    left += [path for path in state.glob("*") if path.name not in ("backups", "restored")]
    left = [path for path in left if path.suffix != ".lock" and list(path.glob("*"))]
    left += list(state.glob("backups/*/.*"))
    return sorted(str(path.relative_to(state)) for path in left)


def _value(connection: psycopg.Connection, query: str) -> object:
    row = connection.execute(sql.SQL(query)).fetchone()
    assert row is not None
    return row[0]
