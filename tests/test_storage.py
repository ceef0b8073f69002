"""Snapshots in an object store: a real S3 protocol, and connections that break."""

from __future__ import annotations

import itertools
import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest
from databases import build, disturb
from equality import PROGRAMS, content, differences
from proxy import Proxy

from snapshot.create import CreateOptions, create_snapshot
from snapshot.errors import DatabaseFailed, SnapshotDamaged, SnapshotError, UsageError
from snapshot.planning.restore_plan import PlanOptions
from snapshot.planning.selection import Selection
from snapshot.restore import RestoreOptions, restore_snapshot
from snapshot.safety.backups import BackupOptions
from snapshot.store.location import Remote, directory_of
from snapshot.store.manifest import FORMATS, load_manifest
from snapshot.upgrade import UpgradeOptions, upgrade_snapshot
from snapshot.verify import verify_snapshot

NONE = BackupOptions(keep=False)
Database = Callable[..., str]
_numbers = itertools.count()


@pytest.fixture(scope="module")
def server() -> Iterator[int]:
    """moto's server: the S3 protocol over HTTP."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, "-m", "moto.server", "-p", str(port)],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    deadline = time.monotonic() + 60
    while True:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            break
        assert time.monotonic() < deadline
        time.sleep(0.05)
    yield port
    process.kill()
    process.wait()


@pytest.fixture
def store(server: int, monkeypatch: pytest.MonkeyPatch) -> Iterator[Proxy]:
    """The server behind a proxy that can break connections."""
    proxy = Proxy(lambda: socket.create_connection(("127.0.0.1", server)))
    for name, value in (
        ("AWS_ENDPOINT_URL", f"http://127.0.0.1:{proxy.port}"), ("AWS_ACCESS_KEY_ID", "a"),
        ("AWS_SECRET_ACCESS_KEY", "b"), ("AWS_REGION", "us-east-1"),
    ):  # fmt: skip
        monkeypatch.setenv(name, value)
    urllib.request.urlopen(
        urllib.request.Request(f"http://127.0.0.1:{server}/bucket", method="PUT")
    ).close()
    import snapshot.store.location

    snapshot.store.location._store.cache_clear()
    yield proxy
    snapshot.store.location._store.cache_clear()
    proxy.close()


def place() -> Remote:
    found = directory_of(f"s3://bucket/test-{os.getpid()}-{next(_numbers)}/seed/")
    assert isinstance(found, Remote)
    return found


@pytest.mark.parametrize("source_format", FORMATS)
def test_there_and_back(source_format: str, store: Proxy, database: Database) -> None:
    source, target = database(), database()
    build(source, "cuebe")
    remote = place()
    assert create_snapshot(CreateOptions(source, remote, formats=FORMATS)).changed
    assert not create_snapshot(CreateOptions(source, remote, formats=FORMATS)).changed
    plan = PlanOptions(source_format=source_format)
    restore_snapshot(RestoreOptions(target, remote, confirm=True, plan=plan, backup=NONE))
    assert differences(source, target) == []
    assert verify_snapshot(remote, source).passed


def test_a_new_snapshot_replaces_the_old_one_at_once(store: Proxy, database: Database) -> None:
    source = database()
    build(source, "cuebe")
    remote = place()
    create_snapshot(CreateOptions(source, remote, formats=("archive",)))
    first = load_manifest(remote).folder
    disturb(source)
    create_snapshot(CreateOptions(source, remote, formats=("archive",)))
    second = load_manifest(remote).folder
    assert first != second
    folders = {name.split("/")[0] for name in remote.sizes()}
    assert folders == {"manifest.json", second}


def test_a_create_that_fails_leaves_nothing(
    store: Proxy, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = database()
    build(source, "cuebe")
    remote = place()
    with pytest.raises(UsageError):
        create_snapshot(CreateOptions(source, remote, selection=Selection(tables=("nothing",))))
    import snapshot.create

    monkeypatch.setattr(snapshot.create, "read_left_out", lambda _: psycopg.connect("port=1"))
    with pytest.raises((SnapshotError, psycopg.Error)):
        create_snapshot(CreateOptions(source, remote, formats=FORMATS))
    assert remote.sizes() == {}
    with pytest.raises(UsageError, match="no snapshot"):
        load_manifest(remote)


@pytest.mark.parametrize("every", [100_000, 3_000_000])
def test_broken_connections(every: int, store: Proxy, database: Database) -> None:
    """Rows that do not compress, in several parts: what breaks off is sent or asked for again."""
    source, target = database(), database()
    with psycopg.connect(source, autocommit=True) as connection:
        connection.execute("CREATE TABLE t (id int, v bytea)")
        connection.execute(
            "INSERT INTO t SELECT g, decode(string_agg(md5(g || '/' || i), ''), 'hex')"
            " FROM generate_series(1, 20) g, generate_series(1, 65536) i GROUP BY g"
        )
    remote = place()
    store.budget = every
    create_snapshot(CreateOptions(source, remote, formats=("archive",)))
    store.budget = every
    restore_snapshot(RestoreOptions(target, remote, confirm=True, backup=NONE))
    store.budget = 0
    assert max(remote.sizes().values()) > 2 * (8 << 20)  # more than one part
    assert differences(source, target) == []


@pytest.mark.parametrize("name", ["schema.sql", "archive"])
def test_damage(name: str, store: Proxy, database: Database) -> None:
    source, target = database(), database()
    build(source, "cuebe")
    remote = place()
    create_snapshot(CreateOptions(source, remote, formats=("archive",)))
    damaged = next(n for n in sorted(remote.sizes()) if f"/{name}" in n)
    data = bytearray((remote / damaged).read_bytes())
    data[-3] ^= 1
    (remote / damaged).write_bytes(bytes(data))
    before = content(target)
    with pytest.raises((SnapshotDamaged, DatabaseFailed)):
        restore_snapshot(RestoreOptions(target, remote, confirm=True, backup=NONE))
    assert content(target) == before
    assert not verify_snapshot(remote).passed
    remote.delete([damaged])
    with pytest.raises(SnapshotDamaged, match="damaged"):
        restore_snapshot(RestoreOptions(target, remote, confirm=True, backup=NONE))


@pytest.mark.xdist_group("upgrade")
def test_upgrade(store: Proxy, database: Database) -> None:
    source = database()
    build(source, "cuebe")
    remote = place()
    create_snapshot(CreateOptions(source, remote, formats=("archive",)))
    rename = "ALTER TABLE script_shares RENAME TO shares"
    command = f"{PROGRAMS / 'psql'} -X -c '{rename}'"
    assert upgrade_snapshot(UpgradeOptions(source, remote, command)).written
    with psycopg.connect(source) as connection:
        connection.execute(rename)
    assert verify_snapshot(remote, source).passed


def test_the_command_line(store: Proxy, database: Database) -> None:
    source, target = database(), database()
    build(source, "cuebe")
    url = str(place())

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "snapshot", *words], capture_output=True, text=True, check=False
        )

    done = run("create", url, "-d", source, "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["directory"] == url
    done = run("restore", url, "-d", target, "--confirm")
    assert done.returncode == 0, done.stderr
    assert differences(source, target) == []
    assert run("show", url).returncode == 0
    done = run("restore", "ftp://somewhere/else", "-d", target)
    assert done.returncode == 2
    assert "s3://" in done.stderr
    done = run("show", "s3://bucket/nothing")
    assert done.returncode == 2
    assert "no snapshot in s3://bucket/nothing" in done.stderr


def test_file_urls_are_folders() -> None:
    assert directory_of("file:///some/where") == Path("/some/where")
