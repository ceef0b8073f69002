"""Real servers, shared by all workers of a run; each test makes databases of its own."""

from __future__ import annotations

import fcntl
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from itertools import count
from pathlib import Path
from typing import NoReturn

import psycopg
import pytest
from psycopg import sql

sys.path.insert(0, str(Path(__file__).parent))

ROOT = Path(__file__).parent.parent
SHARED = ROOT.parent / "shared"
sys.path.insert(0, str(ROOT / "scripts"))
import servers as postgres_servers  # noqa: E402
from shop import Shop  # noqa: E402

VERSIONS = (13, 15, 16, 18)
PG_CONTRIB = 15  # Debian's package has the contributed extensions

UNWANTED = ("DATABASE_URL", "APP_ENV", "ENVIRONMENT", "NODE_ENV")

_numbers = count(1)


def pytest_report_header() -> str:
    here = [str(version) for version in VERSIONS if postgres_servers.programs(version)]
    return f"PostgreSQL servers: {', '.join(here)}"


@pytest.fixture(scope="session")
def run_folder() -> Iterator[Path]:
    """A folder that all workers of this run share, with a short name (sockets lie in it)."""
    name = os.environ.get("PYTEST_XDIST_TESTRUNUID", str(os.getpid()))[:8]
    folder = Path(postgres_servers.fast_folder(), f"snapshot-tests-{name}")
    folder.mkdir(exist_ok=True)
    folder.chmod(0o755)
    users = folder / "users"
    _count(users, 1)
    yield folder
    if _count(users, -1) == 0:
        for version in VERSIONS:
            if (folder / str(version) / "data" / "postmaster.pid").exists():
                postgres_servers.stop(version, folder / str(version))
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def servers(run_folder: Path) -> Callable[[int], str]:
    """URL of the maintenance database of an embedded server, started when first asked for."""
    started: dict[int, str] = {}

    def url(version: int) -> str:
        if version not in started:
            if postgres_servers.programs(version) is None:
                missing("SNAPSHOT_REQUIRE_SERVERS", f"no PostgreSQL {version} is installed")
            folder = run_folder / str(version)
            with _locked(run_folder / f"start-{version}"):
                if (folder / "data" / "postmaster.pid").exists():
                    started[version] = postgres_servers.url(folder)
                else:
                    started[version] = postgres_servers.start(version, folder)
        return started[version]

    return url


@pytest.fixture
def database(servers: Callable[[int], str]) -> Iterator[Callable[..., str]]:
    """Makes an empty database and returns its URL; it is dropped after the test."""
    made: list[tuple[str, str]] = []

    def create(version: int = 18, options: str = "") -> str:
        server = servers(version)
        name = f"t{os.getpid()}_{next(_numbers)}"
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(sql.SQL(f"CREATE DATABASE {name} {options}"))
        made.append((server, name))
        return server.replace("/postgres?", f"/{name}?")

    yield create
    for server, name in made:
        with psycopg.connect(server, autocommit=True) as connection:
            beside = connection.execute(
                "SELECT datname FROM pg_database WHERE starts_with(datname, %s)", [f"{name}__"]
            )
            for other in [name, *(datname for (datname,) in beside.fetchall())]:
                connection.execute(sql.SQL(f"DROP DATABASE IF EXISTS {other} WITH (FORCE)"))


@pytest.fixture(scope="session")
def shop(servers: Callable[[int], str], tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """Makes snapshots to merge."""
    return Shop(servers, tmp_path_factory.mktemp("shop"))


@pytest.fixture(scope="session")
def docker_client() -> Iterator[object]:
    """A connection to Docker. Without it the test is skipped, or fails if Docker is required."""
    from snapshot.containers.client import docker_client as connect
    from snapshot.errors import DockerUnavailable

    with ExitStack() as stack:
        try:
            client = stack.enter_context(connect())
        except DockerUnavailable as error:
            _no_docker(f"no Docker: {error}")
        for image in IMAGES:
            if not _available(client, image):
                _no_docker(f"no image {image}, and none can be pulled")
        if not _available(client, REAPER):
            os.environ["TESTCONTAINERS_RYUK_DISABLED"] = "true"  # it only cleans up after kill -9
        os.environ.setdefault("TESTCONTAINERS_CONNECTION_MODE", "docker_host")
        yield client


IMAGES = ("busybox", "postgres:15", "postgres:16", "postgres:17", "postgres:18")
REAPER = "testcontainers/ryuk:0.8.1"


def _available(client: object, image: str) -> bool:
    from docker.errors import DockerException

    try:
        client.images.get(image)  # type: ignore[attr-defined]
    except DockerException:
        try:
            client.images.pull(image)  # type: ignore[attr-defined]
        except DockerException:
            return False
    return True


def _no_docker(reason: str) -> NoReturn:
    missing("SNAPSHOT_REQUIRE_DOCKER", reason)


def missing(required: str, reason: str) -> NoReturn:
    """Skip, or fail where it must not be missing."""
    if os.environ.get(required):
        pytest.fail(f"{required} is set: {reason}")
    pytest.skip(reason)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--skipped-to", type=Path, help="write the names of skipped tests to this file, one a line"
    )


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say what was not tried, and why."""
    if file := terminalreporter.config.getoption("--skipped-to"):
        names = (f"{report.nodeid}\n" for report in terminalreporter.stats.get("skipped", []))
        file.write_text("".join(names))
    skipped = [r for r in terminalreporter.stats.get("skipped", []) if "docker" in r.keywords]
    if skipped:
        reason = skipped[0].longrepr[2] if isinstance(skipped[0].longrepr, tuple) else ""
        terminalreporter.write_line(f"{len(skipped)} tests that need Docker were skipped: {reason}")


@pytest.fixture(autouse=True)
def _isolated(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No test reads or writes what belongs to the user."""
    beside = tmp_path.with_name(f"{tmp_path.name}-home")  # tmp_path may be a snapshot's folder
    monkeypatch.setenv("XDG_STATE_HOME", str(beside / "state"))
    monkeypatch.setenv("XDG_DATA_HOME", str(beside / "data"))
    for name in list(os.environ):
        if name.startswith(("PG", "POSTGRES_")) or name in UNWANTED:
            monkeypatch.delenv(name)


class _locked:
    def __init__(self, path: Path) -> None:
        self._file = path.open("a")

    def __enter__(self) -> None:
        fcntl.flock(self._file, fcntl.LOCK_EX)

    def __exit__(self, *_: object) -> None:
        self._file.close()


def _count(path: Path, change: int) -> int:
    with _locked(path.with_name("lock")):
        value = int(path.read_text() if path.exists() else "0") + change
        path.write_text(str(value))
        return value
