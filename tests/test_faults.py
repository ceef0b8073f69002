"""Faults at every point of create and restore: the old state or the new one, never between.

Progress reports are the points: each step, each table, each block of rows. A run without faults
counts them; then there is a run for each, in which the process is killed, its session terminated,
the server crashed or the network cut right there.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import faults
import psycopg
import pytest
import servers as postgres_servers
from databases import build
from equality import content
from faults import FaultAt, create, restore, restore_the_rest, swap
from proxy import Proxy
from psycopg import sql

from snapshot.create import CreateOptions, create_snapshot
from snapshot.errors import ConnectionFailed, SnapshotError
from snapshot.postgres.connection import Connection, connect
from snapshot.postgres.outcome import known_outcome
from snapshot.store.manifest import FORMATS, digest
from snapshot.verify import verify_snapshot

VERSION = 18
Work = Callable[[str, Path, FaultAt], None]


class Place:
    """A server of its own, with a database to restore into and one that the snapshot comes from."""

    def __init__(self, folder: Path, work: Path) -> None:
        self.folder = folder
        self.work = work
        admin = postgres_servers.start(VERSION, folder)
        with psycopg.connect(admin, autocommit=True) as connection:
            for name in ("source", "target", "empty"):
                connection.execute(sql.SQL(f"CREATE DATABASE {name}"))
        for name in ("source", "target"):
            build(self.url(name), "cuebe")
        with psycopg.connect(self.url("target"), autocommit=True) as connection:
            connection.execute("DELETE FROM script_shares")
            connection.execute("REFRESH MATERIALIZED VIEW show_overview")
        self.snapshot = work / "s"
        create_snapshot(CreateOptions(self.url("source"), self.snapshot, formats=FORMATS))
        self.old = content(self.url("target"))
        self.new = content(self.url("source"))
        self.nothing = content(self.url("empty"))
        self._killed: subprocess.Popen[str] | None = None

    def killed_at(self, point: int, work: Work, name: str, directory: Path) -> int:
        """Let a process do it that kills itself at the point; return its exit code."""
        if self._killed is None:
            self._killed = subprocess.Popen(
                [sys.executable, faults.__file__],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
        assert self._killed.stdin
        assert self._killed.stdout
        order = {"work": work.__name__, "url": self.url(name), "directory": str(directory)}
        self._killed.stdin.write(json.dumps({**order, "point": point}) + "\n")
        self._killed.stdin.flush()
        return int(self._killed.stdout.readline())

    def close(self) -> None:
        if self._killed is not None:
            self._killed.communicate()
        postgres_servers.stop(VERSION, self.folder)
        shutil.rmtree(self.folder, ignore_errors=True)

    def url(self, name: str) -> str:
        return f"postgresql://postgres@/{name}?host={self.folder}"

    def connect(self) -> socket.socket:
        """A link to the server, as a client opens it."""
        link = socket.socket(socket.AF_UNIX)
        link.connect(str(self.folder / ".s.PGSQL.5432"))
        return link

    def terminate(self) -> None:
        """End all sessions but this one."""
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
                " WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'"
            )

    def crash(self) -> None:
        """Kill the server and start it again, as a supervisor would."""
        pid = int((self.folder / "data" / "postmaster.pid").read_text().split("\n")[0])
        children = [
            int(p.name) for p in Path("/proc").iterdir() if p.name.isdigit() and _parent(p) == pid
        ]
        os.kill(pid, signal.SIGKILL)
        for child in children:
            with suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)
        while any(Path(f"/proc/{p}").exists() and not _zombie(p) for p in (pid, *children)):
            time.sleep(0.005)
        # where nobody reaps the dead, its number looks taken
        (self.folder / "data" / "postmaster.pid").unlink(missing_ok=True)
        (self.folder / ".s.PGSQL.5432.lock").unlink(missing_ok=True)
        postgres_servers.start(VERSION, self.folder)

    def reset(self) -> None:
        """Bring the target back to the old state."""
        with psycopg.connect(self.url("target"), autocommit=True) as connection:
            if content(self.url("target")) == self.old:
                return
            connection.execute("DELETE FROM script_shares")
            connection.execute("REFRESH MATERIALIZED VIEW show_overview")
        assert content(self.url("target")) == self.old


def _parent(process: Path) -> int:
    try:
        return int((process / "stat").read_text().rsplit(")", 1)[1].split()[1])
    except (OSError, IndexError):
        return 0


def _zombie(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z"
    except OSError:
        return True


@pytest.fixture
def place(run_folder: Path, tmp_path: Path) -> Iterator[Place]:
    place = Place(run_folder / f"faults-{os.getpid()}", tmp_path)
    yield place
    place.close()


def points_of(work: Work, url: str, directory: Path) -> list[str]:
    progress = FaultAt()
    work(url, directory, progress)
    return progress.reports


def wait_until_idle(place: Place) -> None:
    """A session whose client has gone goes on until it notices."""
    for _ in range(2000):
        with suppress(psycopg.OperationalError), psycopg.connect(place.url("postgres")) as link:
            (busy,) = link.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
                " AND backend_type = 'client backend'"
            ).fetchone() or (1,)
            if not busy:
                return
        time.sleep(0.005)
    raise AssertionError("sessions do not end")


FAULTS = ["kill the process", "terminate the session", "crash the server", "cut the network"]


def strike(  # each is something else
    fault: str, place: Place, name: str, work: Work, directory: Path, n: int
) -> bool:
    """One run with the fault at the n-th point; True if it reported success."""
    if fault == "kill the process":
        ended = place.killed_at(n, work, name, directory)
        assert ended in (0, -signal.SIGKILL)
        return ended == 0
    if fault == "cut the network":
        proxy = Proxy(place.connect)
        url, happens = f"postgresql://postgres@127.0.0.1:{proxy.port}/{name}", proxy.cut
    else:
        url = place.url(name)
        happens = place.terminate if fault == "terminate the session" else place.crash
    try:
        work(url, directory, FaultAt(n, happens))
    except ConnectionFailed:
        return False
    finally:
        if fault == "cut the network":
            proxy.close()
    return True


@pytest.mark.parametrize("fault", FAULTS)
def test_restore(fault: str, place: Place, record_property: Callable[[str, object], None]) -> None:
    """Into a schema with other rows, at every point."""
    points = points_of(restore, place.url("target"), place.snapshot)
    assert len(points) > 25
    place.reset()
    outcomes = []
    for n, point in enumerate(points):
        succeeded = strike(fault, place, "target", restore, place.snapshot, n)
        wait_until_idle(place)
        found = content(place.url("target"))
        assert found == (place.new if succeeded else place.old), (n, point)
        outcomes.append(succeeded)
        if found != place.old:
            place.reset()
    assert not all(outcomes)
    restore(place.url("target"), place.snapshot, FaultAt())
    assert content(place.url("target")) == place.new
    record_property("points", len(points))


def test_restore_of_what_differs(place: Place) -> None:
    """Tables that are skipped, beside those that are replaced: all or nothing here, too."""
    points = points_of(restore_the_rest, place.url("target"), place.snapshot)
    place.reset()
    for n, point in enumerate(points):
        succeeded = strike("kill the process", place, "target", restore_the_rest, place.snapshot, n)
        wait_until_idle(place)
        found = content(place.url("target"))
        assert found == (place.new if succeeded else place.old), (n, point)
        if found != place.old:
            place.reset()
    restore_the_rest(place.url("target"), place.snapshot, FaultAt())
    assert content(place.url("target")) == place.new


@pytest.mark.parametrize("fault", FAULTS)
def test_restore_into_nothing(fault: str, place: Place) -> None:
    """With the schema, into an empty database: afterwards it is empty, or all is there."""
    with psycopg.connect(place.url("postgres"), autocommit=True) as link:
        link.execute("CREATE DATABASE trial")
    points = points_of(restore, place.url("trial"), place.snapshot)
    for n, point in enumerate(points):
        with psycopg.connect(place.url("postgres"), autocommit=True) as link:
            link.execute("DROP DATABASE trial WITH (FORCE)")
            link.execute("CREATE DATABASE trial")
        succeeded = strike(fault, place, "trial", restore, place.snapshot, n)
        wait_until_idle(place)
        assert content(place.url("trial")) == (place.new if succeeded else place.nothing), (
            n,
            point,
        )


@pytest.mark.parametrize("fault", FAULTS)
def test_swap(fault: str, place: Place) -> None:
    """A database that takes the place of another: it is the old one or the new one."""

    def old_one() -> None:
        with psycopg.connect(place.url("postgres"), autocommit=True) as link:
            found = link.execute("SELECT datname FROM pg_database WHERE datname ~ '^trial'")
            for (name,) in found.fetchall():
                link.execute(sql.SQL(f"DROP DATABASE {name} WITH (FORCE)"))
            link.execute("CREATE DATABASE trial TEMPLATE target")

    old_one()
    points = points_of(swap, place.url("trial"), place.snapshot)
    assert points[-1] == "Switching"
    old_one()
    for n, point in enumerate(points):
        succeeded = strike(fault, place, "trial", swap, place.snapshot, n)
        wait_until_idle(place)
        found = content(place.url("trial"))
        assert found == (place.new if succeeded else place.old), (n, point)
        if succeeded:
            assert content(place.url("trial__previous")) == place.old
            old_one()
    swap(place.url("trial"), place.snapshot, FaultAt())
    assert content(place.url("trial")) == place.new


@pytest.mark.parametrize("fault", FAULTS)
def test_create(fault: str, place: Place) -> None:
    """Over an older snapshot: it is the old one or the new one, and nothing lies beside it."""
    directory = place.work / "again"

    create_snapshot(CreateOptions(place.url("target"), place.work / "old", formats=FORMATS))
    old = digest(place.work / "old")

    def put_old_back() -> None:
        shutil.rmtree(directory, ignore_errors=True)
        shutil.copytree(place.work / "old", directory)

    put_old_back()
    points = points_of(create, place.url("source"), directory)
    assert len(points) > 25
    for n, point in enumerate(points):
        put_old_back()
        succeeded = strike(fault, place, "source", create, directory, n)
        assert verify_snapshot(directory).passed, (n, point)
        assert (digest(directory) != old) == succeeded, (n, point)
        if not succeeded:
            wait_until_idle(place)
    create(place.url("source"), directory, FaultAt())
    assert verify_snapshot(directory, place.url("source")).passed
    assert sorted(p.name for p in directory.parent.iterdir()) == ["again", "s", "state"][
        :2
    ] or not [p for p in directory.parent.iterdir() if p.name.startswith(".again")]


def test_a_connection_lost_in_commit(place: Place) -> None:
    """COMMIT goes out, and no answer comes back: the server is asked what became of it."""
    proxy = Proxy(place.connect)
    link = connect(place.url("target"))
    link.execute("CREATE TABLE public.witness (id int)")
    # a deferred trigger makes COMMIT take a while, during which the connection goes
    link.execute(
        "CREATE FUNCTION public.slow() RETURNS trigger LANGUAGE plpgsql AS"
        " 'BEGIN PERFORM pg_sleep(0.5); RETURN NULL; END'"
    )
    link.execute(
        "CREATE CONSTRAINT TRIGGER slow AFTER INSERT ON public.witness"
        " DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION public.slow()"
    )
    link.close()
    for number, happens in enumerate((proxy.cut_once, place.terminate)):
        link = connect(f"postgresql://postgres@127.0.0.1:{proxy.port}/target")
        timer = threading.Timer(0.3, happens)
        timer.start()
        if happens == place.terminate:
            with pytest.raises(psycopg.OperationalError):
                insert(link, number)
        else:
            insert(link, number)
        timer.join()
        link.close()
    proxy.close()
    with psycopg.connect(place.url("target")) as other:
        assert other.execute("SELECT id FROM witness").fetchall() == [(0,)]


def insert(link: Connection, number: int) -> None:
    with known_outcome(link):
        link.execute(sql.SQL("INSERT INTO public.witness VALUES ({})").format(number))


def test_two_restores_at_once(place: Place) -> None:
    failures: list[BaseException] = []

    def run() -> None:
        try:
            restore(place.url("target"), place.snapshot, FaultAt())
        except SnapshotError as error:
            failures.append(error)

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert content(place.url("target")) == place.new
