"""Faults of masked creates: the old snapshot stays whole, and no original is left on a disk."""

from __future__ import annotations

import os
import shutil
import signal
import stat
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import faults
import psycopg
import pytest
import servers as postgres_servers
from faults import FaultAt, masked
from test_faults import VERSION, Place, points_of, strike, wait_until_idle
from test_masked_create import KEY, MAIL, RULES, SCHEMA, SECRET, leaks, policy, run

from snapshot.catalog import Name
from snapshot.changes import lines
from snapshot.create import CreateOptions, create_snapshot
from snapshot.errors import DatabaseFailed, SnapshotError
from snapshot.masking import rows
from snapshot.masking.inspecting import preview_rows, scan_again
from snapshot.masking.policy import read_policy
from snapshot.postgres import embedded, psql
from snapshot.postgres.connection import connected, consistent_read
from snapshot.store.manifest import FORMATS, digest
from snapshot.store.reader import open_snapshot
from snapshot.subset.asking import subset_plan
from snapshot.subset.model import Root, SubsetRules
from snapshot.verify import verify_snapshot

Database = Callable[..., str]


class MaskedPlace(Place):
    """A server of its own with people, and a masked snapshot of some of them."""

    def __init__(self, folder: Path, work: Path) -> None:
        self.folder, self.work, self._killed = folder, work, None
        admin = postgres_servers.start(VERSION, folder)
        run(admin, "CREATE DATABASE source")
        run(self.url("source"), SCHEMA + f"COMMENT ON TABLE visit IS 'ask {MAIL}'")
        policy(work, RULES + '[schema]\ncomments = "drop"\n')
        self.temporary = work / "tmp"
        masked(self.url("source"), work / "old", FaultAt())
        run(self.url("source"), "INSERT INTO visit (person_id, remark) VALUES (1, 'new')")


@pytest.fixture(autouse=True)
def _key(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SNAPSHOT_MASK_KEY", KEY)
    (tmp_path / "tmp").mkdir()
    monkeypatch.setenv("TMPDIR", str(tmp_path / "tmp"))
    monkeypatch.setattr("tempfile.tempdir", None)


@pytest.fixture
def place(
    run_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[MaskedPlace]:
    monkeypatch.setattr(lines, "RUN", 4096)
    place = MaskedPlace(run_folder / f"masked-{os.getpid()}", tmp_path)
    yield place
    place.close()


def left(place: MaskedPlace) -> list[str]:
    """Files that hold an original, wherever a create may write."""
    home = place.work.with_name(f"{place.work.name}-home")
    return leaks(place.work) + (leaks(home) if home.exists() else [])


@pytest.mark.parametrize(
    ("fault", "every"),
    [
        ("kill the process", 2),
        ("terminate the session", 2),
        ("cut the network", 2),
        ("crash the server", 6),
    ],
)
def test_faults_at_every_point(fault: str, every: int, place: MaskedPlace) -> None:
    """Rows 98 and 156: with every format, and rows that are sorted in the temporary folder."""
    directory = place.work / "again"
    old = digest(place.work / "old")

    def put_old_back() -> None:
        shutil.rmtree(directory, ignore_errors=True)
        shutil.copytree(place.work / "old", directory)

    put_old_back()
    points = points_of(masked, place.url("source"), directory)
    assert {"Trying the masks", "Looking for originals", "Sealing the snapshot"} <= set(points)
    for n in range(0, len(points), every):
        put_old_back()
        succeeded = strike(fault, place, "source", masked, directory, n)
        assert verify_snapshot(directory).passed, (n, points[n])
        assert (digest(directory) != old) == succeeded, (n, points[n])
        assert left(place) == [], (n, points[n])
        assert leaks(place.temporary) == []
        if not succeeded:
            wait_until_idle(place)
    masked(place.url("source"), directory, FaultAt())
    assert verify_snapshot(directory).passed
    assert list(place.temporary.iterdir()) == []
    assert sorted(p.name for p in place.work.iterdir()) == ["again", "masking.toml", "old", "tmp"]


class Watching(FaultAt):
    """Reads every file that this process has open in a folder."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.found: list[tuple[int, bytes]] = []
        self._folder = str(folder)

    def _report(self, what: str) -> None:
        for link in Path("/proc/self/fd").iterdir():
            try:
                if os.readlink(link).startswith(self._folder):
                    mode = stat.S_IMODE(link.stat().st_mode)
                    self.found.append((mode, link.read_bytes()))
            except OSError:
                continue


def test_what_is_sorted_on_disk_is_masked(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Row 98: only masked rows, for the user alone."""
    monkeypatch.setattr(lines, "RUN", 4096)
    monkeypatch.setattr(rows, "BLOCK", 1024)
    url = database()
    run(url, SCHEMA)
    watching = Watching(tmp_path / "tmp")
    options = CreateOptions(url, tmp_path / "seed", formats=FORMATS, mask=policy(tmp_path, RULES))
    create_snapshot(options, watching)
    spilled = [content for _, content in watching.found if b"@example.com" in content]
    assert spilled
    assert {mode for mode, _ in watching.found} == {0o600}
    assert not any(SECRET.search(content) for _, content in watching.found)


@pytest.mark.parametrize("size", ["40k", "90k", "130k", "200k"])
def test_a_full_disk(size: str, database: Database, tmp_path: Path) -> None:
    """Row 156: wherever it ends."""
    url = database()
    run(url, SCHEMA)
    few = RULES + '[rows]\n"public.person" = "none"\n"public.visit" = "none"\n'
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(disk)]
    if subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("only root may mount a small disk")
    try:
        options = CreateOptions(url, disk / "s", mask=policy(tmp_path, few))
        create_snapshot(options)
        before = {p: p.read_bytes() for p in disk.rglob("*") if p.is_file()}
        run(url, "INSERT INTO visit (person_id, remark) SELECT 1, repeat('x', 300)"
            " FROM generate_series(1, 900)")  # fmt: skip
        policy(tmp_path, RULES)
        with pytest.raises(SnapshotError, match="No space left on device"):
            create_snapshot(options)
        assert {p: p.read_bytes() for p in disk.rglob("*") if p.is_file()} == before
        assert leaks(tmp_path) == []
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def test_a_worker_that_dies(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Row 157: large tables are read by psql, which is killed."""
    url = database()
    run(url, SCHEMA + "INSERT INTO person SELECT i, 'quartz' || i || '@falconer.io', 'Quartz',"
        " NULL, repeat('x', 200) FROM generate_series(1000, 30000) i; ANALYZE")  # fmt: skip
    options = CreateOptions(
        url, tmp_path / "seed", formats=("archive",), mask=policy(tmp_path, RULES)
    )
    create_snapshot(options)
    old = digest(tmp_path / "seed")
    run(url, "DELETE FROM visit")
    real = psql._psql
    (tmp_path / "bin").mkdir()
    program = tmp_path / "bin" / "psql"

    def dying(read: psql.SharedRead) -> Path:
        program.write_text(f'#!/bin/sh\n"{real(read)}" "$@" | head -c 100000\nkill -9 $$\n')
        program.chmod(0o755)
        return program

    monkeypatch.setattr(psql, "_psql", dying)
    with pytest.raises(DatabaseFailed, match="the rows could not be read") as raised:
        create_snapshot(options)
    assert program.exists()
    assert not SECRET.search(str(raised.value).encode())
    assert digest(tmp_path / "seed") == old
    assert leaks(tmp_path) == []


def test_an_interrupt_leaves_no_trace(database: Database, tmp_path: Path) -> None:
    """Row 159: in preview, scan and subset plan."""
    url = database()
    run(url, SCHEMA)
    rules = read_policy(policy(tmp_path, RULES))
    options = CreateOptions(url, tmp_path / "seed", mask=rules.path)
    create_snapshot(options)
    files = open_snapshot(tmp_path / "seed")
    before = {p: p.read_bytes() for p in tmp_path.rglob("*") if p.is_file()}

    def interrupt() -> None:
        raise KeyboardInterrupt

    def scan(progress: FaultAt) -> None:
        with connected(url) as connection, consistent_read(connection):
            scan_again(connection, rules, files, progress)

    def plan(progress: FaultAt) -> None:
        subset_plan(url, SubsetRules((Root(Name("public", "person")),)), progress=progress)

    for work in (scan, plan):
        counting = FaultAt()
        work(counting)
        assert counting.reports
        for point in range(len(counting.reports)):
            with pytest.raises(KeyboardInterrupt):
                work(FaultAt(point, interrupt))
    with connected(url) as connection, consistent_read(connection):
        shown = preview_rows(connection, rules, [], 5)
        next(shown)
        with pytest.raises(KeyboardInterrupt):
            shown.throw(KeyboardInterrupt)
    assert {p: p.read_bytes() for p in tmp_path.rglob("*") if p.is_file()} == before
    sessions = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
    assert run(url, sessions) == [(1,)]


# --- the proof (160)

RARE = """
CREATE TABLE called (id int PRIMARY KEY, phone text CHECK (length(phone) < 18));
INSERT INTO called SELECT i, '+49 305' || 1000 + i FROM generate_series(1, 5000) i;
UPDATE called SET phone = '+49 30 5544 33221' WHERE id = 4990;
"""
RARE_RULES = '[columns."public.called"]\nid = "keep"\nphone = "phone"\n'


def scratch_databases(url: str) -> list[tuple[str]]:
    return run(url, "SELECT datname FROM pg_database WHERE datname LIKE 'snapshot_scratch_%'")


def test_a_rare_row_that_breaks_a_check(
    place: MaskedPlace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Row 160: the trial before reads some rows, the proof all."""
    url, seed = place.url("source"), place.work / "seed"
    run(url, "DROP TABLE visit, person;" + RARE)
    file = policy(place.work, RARE_RULES)
    monkeypatch.setattr(embedded, "running_database", lambda name: url)
    create_snapshot(CreateOptions(url, seed, mask=file))
    old = digest(seed)
    run(url, "DELETE FROM called WHERE id = 1")
    with pytest.raises(DatabaseFailed, match="check_violation") as raised:
        create_snapshot(CreateOptions(url, seed, mask=file, prove=True))
    assert "called_phone_check" in str(raised.value)
    assert "5544" not in f"{raised.value} {raised.value.hint} {raised.value.__cause__}"
    assert digest(seed) == old
    assert scratch_databases(url) == []
    run(url, "DELETE FROM called WHERE id = 4990")
    report = create_snapshot(CreateOptions(url, seed, mask=file, prove=True))
    assert report.manifest.masked
    assert report.manifest.masked.proved
    assert scratch_databases(url) == []


def test_a_proof_that_is_killed(place: MaskedPlace, monkeypatch: pytest.MonkeyPatch) -> None:
    """Row 160: the scratch database is gone after the next one."""
    directory = place.work / "old"
    before = digest(directory)
    assert place.killed_at(0, faults.proved, "source", directory) == -signal.SIGKILL
    assert len(scratch_databases(place.url("source"))) == 1
    assert digest(directory) == before
    assert left(place) == []
    wait_until_idle(place)
    faults.proved(place.url("source"), directory, FaultAt())
    assert scratch_databases(place.url("source")) == []
    assert digest(directory) != before
    with psycopg.connect(place.url("source")) as connection:
        assert MAIL in str(connection.execute("SELECT email FROM person WHERE id = 7").fetchone())
