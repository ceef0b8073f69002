"""Large tables are read by the workers of a cluster: real processes, one killed in the middle."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import psycopg
import pytest
from equality import differences

from snapshot.create import CreateOptions, create_snapshot
from snapshot.errors import SnapshotError
from snapshot.exporters import archive
from snapshot.restore import RestoreOptions, restore_snapshot
from snapshot.safety.backups import BackupOptions
from snapshot.store.manifest import load_manifest

NONE = BackupOptions(keep=False)

pytestmark = pytest.mark.filterwarnings("ignore")  # the cluster's own, about its processes


class Cluster(NamedTuple):
    address: str
    workers: list[subprocess.Popen[bytes]]


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A scheduler and three workers, as a user starts them."""
    folder = tmp_path_factory.mktemp("cluster")
    file = folder / "scheduler.json"
    common = ["--scheduler-file", str(file), "--no-dashboard"]

    def start(*words: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, "-m", "dask", *words, *common], cwd=folder,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip

    scheduler = start("scheduler", "--host", "127.0.0.1", "--port", "0")
    while not (file.exists() and file.read_text().endswith("}")):
        assert scheduler.poll() is None
        time.sleep(0.05)
    workers = [start("worker", "--nthreads", "1", "--no-nanny") for _ in range(3)]
    yield Cluster(json.loads(file.read_text())["address"], workers)
    for process in (*workers, scheduler):
        process.kill()
        process.wait()


@pytest.mark.parametrize("kill", [False, True])
def test_a_cluster_reads_the_chunks(
    kill: bool, cluster: Cluster, database: Callable[..., str], tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(archive, "SMALL", 0)
    monkeypatch.setattr(archive, "CHUNK", 1 << 20)
    source, target = database(), database()
    with psycopg.connect(source, autocommit=True) as connection:
        connection.execute("CREATE TABLE t (id int PRIMARY KEY, v text)")
        connection.execute("INSERT INTO t SELECT g, md5(g::text) FROM generate_series(1, 300000) g")
    killed = threading.Event()

    def kill_one() -> None:
        while not list(tmp_path.glob("s/.snapshot-incoming-*/archive/*")):
            time.sleep(0.01)
        cluster.workers[0].kill()
        killed.set()

    if kill:
        threading.Thread(target=kill_one, daemon=True).start()
    options = CreateOptions(source, tmp_path / "s", formats=("archive",), scheduler=cluster.address)
    create_snapshot(options)
    assert killed.is_set() == kill
    (entry,) = load_manifest(tmp_path / "s").tables
    assert len(entry.chunks) > 15
    restore_snapshot(RestoreOptions(target, tmp_path / "s", confirm=True, backup=NONE))
    assert differences(source, target) == []


def test_no_scheduler_there(database: Callable[..., str], tmp_path: Path) -> None:
    options = CreateOptions(
        database(), tmp_path / "s", formats=("archive",), scheduler="tcp://127.0.0.1:1"
    )
    with pytest.raises(SnapshotError, match="does not answer"):
        create_snapshot(options)
    assert list(tmp_path.iterdir()) == []
