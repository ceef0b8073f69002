"""A snapshot in an object store that refuses, loses or holds more than ours."""

from __future__ import annotations

import http.client
import re
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from pathlib import Path

import psycopg
import pytest
from databases import build, disturb
from equality import content

import snapshot.store.location
from snapshot.create import CreateOptions, create_snapshot
from snapshot.errors import SnapshotDamaged
from snapshot.planning.restore_plan import PlanOptions, RestorePlan
from snapshot.restore import RestoreOptions, restore_snapshot
from snapshot.safety.backups import BackupOptions
from snapshot.store.location import Remote
from snapshot.store.manifest import FORMATS, dump_manifest, load_manifest
from snapshot.verify import verify_snapshot

NONE = BackupOptions(keep=False)
Database = Callable[..., str]
Refuse = Callable[..., None]
_numbers = count()


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
    urllib.request.urlopen(
        urllib.request.Request(f"http://127.0.0.1:{port}/bucket", method="PUT")
    ).close()
    yield port
    process.kill()
    process.wait()


@pytest.fixture
def refuse(server: int, monkeypatch: pytest.MonkeyPatch) -> Iterator[Refuse]:
    """A gate in front of the server that answers 403 to the requests that are named."""
    refused: set[str] = set()

    class Gate(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            kind = "DELETE" if self.command == "POST" and "delete" in self.path else self.command
            if kind in refused:
                self.send(403, {}, b"<Error><Code>AccessDenied</Code></Error>")
                return
            link = http.client.HTTPConnection("127.0.0.1", server)
            link.request(self.command, self.path, body, dict(self.headers))
            found = link.getresponse()
            self.send(found.status, dict(found.getheaders()), found.read())
            link.close()

        def send(self, status: int, headers: dict[str, str], body: bytes) -> None:
            self.send_response_only(status)
            for name, value in headers.items():
                if name.lower() not in ("content-length", "connection", "transfer-encoding"):
                    self.send_header(name, value)
            length = headers.get("Content-Length", "0") if self.command == "HEAD" else len(body)
            self.send_header("Content-Length", str(length))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = answer

        def log_message(self, *_: object) -> None:
            pass

    gate = ThreadingHTTPServer(("127.0.0.1", 0), Gate)
    gate.daemon_threads = True
    thread = threading.Thread(target=gate.serve_forever)
    thread.start()
    for name, value in (
        ("AWS_ENDPOINT_URL", f"http://127.0.0.1:{gate.server_address[1]}"),
        ("AWS_ACCESS_KEY_ID", "a"), ("AWS_SECRET_ACCESS_KEY", "b"), ("AWS_REGION", "us-east-1"),
    ):  # fmt: skip
        monkeypatch.setenv(name, value)
    snapshot.store.location._store.cache_clear()

    def set_refused(*methods: str) -> None:
        refused.clear()
        refused.update(methods)

    yield set_refused
    snapshot.store.location._store.cache_clear()
    gate.shutdown()
    thread.join()
    gate.server_close()


@pytest.fixture
def place(refuse: Refuse) -> Remote:
    return Remote(f"s3://bucket/remote-{next(_numbers)}/seed")


@pytest.fixture
def source(database: Database) -> str:
    url = database()
    build(url, "cuebe")
    return url


def run(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "snapshot", *words], capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize("name", ["data.sql", "schema.sql", "archive/"])
def test_a_flipped_byte_is_repaired(name: str, place: Remote, source: str) -> None:
    create_snapshot(CreateOptions(source, place, formats=FORMATS))
    damaged = next(n for n in sorted(place.sizes()) if f"/{name}" in n)
    data = bytearray((place / damaged).read_bytes())
    data[40] ^= 1
    (place / damaged).write_bytes(bytes(data))
    assert create_snapshot(CreateOptions(source, place, formats=FORMATS)).changed
    assert verify_snapshot(place, source).passed
    assert not create_snapshot(CreateOptions(source, place, formats=FORMATS)).changed


@pytest.mark.parametrize("source_format", FORMATS)
def test_files_that_vanish_after_the_check(
    source_format: str, place: Remote, source: str, database: Database
) -> None:
    """Somebody else makes the snapshot again while the plan is looked at."""
    create_snapshot(CreateOptions(source, place, formats=FORMATS))
    target = database()
    before = content(target)

    def approve(plan: RestorePlan) -> bool:
        disturb(source)
        create_snapshot(CreateOptions(source, place, formats=FORMATS))
        return True

    options = RestoreOptions(
        target, place, plan=PlanOptions(source_format=source_format), backup=NONE
    )
    with pytest.raises(SnapshotDamaged, match="missing"):
        restore_snapshot(options, approve)
    assert content(target) == before


def test_removing_that_is_refused_is_no_failure(
    place: Remote, source: str, refuse: Refuse, database: Database
) -> None:
    create_snapshot(CreateOptions(source, place, formats=("sql",)))
    old = load_manifest(place).folder
    disturb(source)
    refuse("DELETE")
    done = run("create", str(place), "-d", source, "--format", "sql")
    assert done.returncode == 0, done.stderr
    assert "could not be removed" in done.stdout + done.stderr
    target = database()
    restore_snapshot(RestoreOptions(target, place, confirm=True, backup=NONE))
    assert verify_snapshot(place, target).passed
    assert old in {name.split("/")[0] for name in place.sizes()}


def test_writing_that_is_refused_is_one_clear_error(
    place: Remote, source: str, refuse: Refuse
) -> None:
    create_snapshot(CreateOptions(source, place, formats=("sql",)))
    before = place.sizes()
    disturb(source)
    refuse("PUT", "POST")
    done = run("create", str(place), "-d", source)
    assert done.returncode == 1
    assert "bug" not in done.stderr
    assert str(place) in done.stderr
    refuse()
    assert place.sizes() == before


def test_what_differs_from_a_snapshot_in_a_store(
    place: Remote, source: str, tmp_path: Path
) -> None:
    create_snapshot(CreateOptions(source, place, formats=("sql",)))
    create_snapshot(CreateOptions(source, tmp_path / "here", formats=("archive",)))
    assert run("diff", str(place), source).returncode == 0
    with psycopg.connect(source, autocommit=True) as connection:
        connection.execute("DELETE FROM script_shares WHERE share_id IN "
                           "(SELECT share_id FROM script_shares LIMIT 2)")  # fmt: skip
    for sides in ((str(place), source), (str(tmp_path / "here"), source)):
        done = run("diff", *sides)
        assert done.returncode == 4, done.stderr
        assert re.search(r"^  script_shares  −2$", done.stdout, re.M)
    again = create_snapshot(CreateOptions(source, place, formats=("sql",)))
    assert str(again.changes) == "script_shares −2"
    assert run("diff", str(tmp_path / "here"), str(place)).returncode == 4


def test_folders_that_nobody_needs_are_removed_after_a_day(place: Remote, source: str) -> None:
    today = datetime.now(UTC)
    kept = [
        f"{today:%Y%m%d}-00000000/data.sql",  # somebody may be writing it
        f"{today - timedelta(days=1):%Y%m%d}-00000000/data.sql",
        "20200101-deadbeef/holiday.jpg",  # not ours
        "20200101/data.sql",
        "photos/data.sql",
        "data.sql",
    ]
    gone = ["20200101-deadbeef/data.sql", "20200101-deadbeef/archive/a.1.copy.zst"]
    for name in (*kept, *gone):
        (place / name).write_bytes(b"x")
    create_snapshot(CreateOptions(source, place, formats=("sql",)))
    own = load_manifest(place).folder
    assert {n for n in place.sizes() if not n.startswith(own)} == {*kept, "manifest.json"}


def test_a_folder_that_is_not_of_our_form_is_not_removed(place: Remote, source: str) -> None:
    create_snapshot(CreateOptions(source, place, formats=("sql",)))
    for name in ("photos/a.jpg", "photos/data.sql"):
        (place / name).write_bytes(b"x")
    lie = replace(load_manifest(place), folder="photos")
    (place / "manifest.json").write_bytes(dump_manifest(lie))
    create_snapshot(CreateOptions(source, place, formats=("sql",)))
    assert {"photos/a.jpg", "photos/data.sql"} <= set(place.sizes())
    assert verify_snapshot(place, source).passed


def test_an_object_that_is_too_large_for_a_manifest(
    place: Remote, source: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (place / "manifest.json").write_bytes(b"x" * 2000)
    monkeypatch.setattr("snapshot.store.manifest.MOST_BYTES", 1000)
    with pytest.raises(SnapshotDamaged, match="larger than"):
        load_manifest(place)


def test_without_the_library(source: str) -> None:
    for words in (["create", "-d", source], ["restore", "-d", source], ["show"]):
        code = (
            "import sys; sys.modules['obstore'] = None; from snapshot.cli import main;"
            f"sys.argv = ['snapshot', *{words!r}, 's3://bucket/x']; main()"
        )
        done = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=False
        )
        assert done.returncode == 2, done.stderr
        assert "pip install 'snapshot-postgres[storage]'" in done.stderr
