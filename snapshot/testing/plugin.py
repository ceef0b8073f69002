"""The pytest plugin: each test gets a database of its own, restored from a snapshot.

The fixtures import what they need, so that pytest starts as fast as without the plugin.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, contextmanager
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

if TYPE_CHECKING:
    from sqlalchemy import Engine
    from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession
    from sqlalchemy.orm import Session

_numbers = count(1)
_OPEN = pytest.StashKey[ExitStack]()  # what is closed when the run ends


class SnapshotDatabase(NamedTuple):
    """The server of a run, and the template database on it that is cloned."""

    server: str
    template: str


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add options for the server, and `snapshot_directory` in pytest's configuration."""
    group = parser.getgroup("snapshot")
    group.addoption(
        "--snapshot-server",
        metavar="URL",
        help="make the tests' databases on this server instead of the embedded one",
    )
    group.addoption(
        "--snapshot-image",
        metavar="IMAGE",
        help="make them in a container of this image (postgres:16), one for all xdist workers",
    )
    group.addoption(
        "--snapshot-require-masked",
        action="store_true",
        help="fail unless the snapshot is masked",
    )
    parser.addini("snapshot_directory", "the snapshot that tests start from", default="seed_data")
    parser.addini("snapshot_require_masked", "the snapshot must be masked", "bool", default=False)
    parser.addini("snapshot_policy", "the policy that the snapshot must be masked by", default="")


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker."""
    config.stash[_OPEN] = ExitStack()
    config.addinivalue_line(
        "markers",
        "seeded(blueprint, profile=None, **parameters): snapshot_db holds a blueprint's rows",
    )


@pytest.hookimpl(trylast=True)  # after the fixtures of the session
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Stop the container of this run. It waits for other workers, and so is no test's time."""
    session.config.stash[_OPEN].close()


@pytest.fixture(scope="session")
def snapshot_server(request: pytest.FixtureRequest) -> str:
    """URL of the server for the tests' databases."""
    with short_failures():
        from snapshot.testing.servers import server_for_tests

        server = server_for_tests(*_wanted(request.config), _shared(request))
        return request.config.stash[_OPEN].enter_context(server)


def _wanted(config: pytest.Config) -> tuple[str | None, str | None]:
    """The URL and the image that are asked for. Options go before the environment."""
    given = config.getoption("--snapshot-server"), config.getoption("--snapshot-image")
    if any(given):
        return given
    return os.environ.get("SNAPSHOT_TEST_SERVER"), os.environ.get("SNAPSHOT_TEST_IMAGE")


def _shared(request: pytest.FixtureRequest) -> Path | None:
    """The folder that all xdist workers of a run share."""
    if not hasattr(request.config, "workerinput"):
        return None
    folder: Path = request.getfixturevalue("tmp_path_factory").getbasetemp().parent
    return folder


@pytest.fixture(scope="session")
def snapshot_database(
    request: pytest.FixtureRequest, snapshot_server: str, snapshot_run: int
) -> SnapshotDatabase:
    """The snapshot, restored as a template database once for the whole run (all xdist workers)."""
    from snapshot.testing import restored_template

    directory = request.config.rootpath / request.config.getini("snapshot_directory")
    with short_failures():
        template = restored_template(snapshot_server, directory, **_demands(request.config))
        return SnapshotDatabase(snapshot_server, template)


def _demands(config: pytest.Config) -> dict[str, Any]:
    """What the snapshot must be: as the options, pytest's configuration or [tool.snapshot] say."""
    from snapshot.configuration import read_configuration

    policy = config.getini("snapshot_policy")
    return {
        "require_masked": config.getoption("--snapshot-require-masked")
        or config.getini("snapshot_require_masked")
        or read_configuration(config.rootpath).require_masked,
        "policy": config.rootpath / policy if policy else None,
    }


@pytest.fixture(scope="session")
def snapshot_run(snapshot_server: str) -> Iterator[int]:
    """The number of this process's run; until it ends, nobody drops its clones and templates."""
    from snapshot.postgres.clones import new_run

    with ExitStack() as stack:
        with short_failures():
            number = stack.enter_context(new_run(snapshot_server))
        yield number


@pytest.fixture
def snapshot_db(request: pytest.FixtureRequest, snapshot_run: int) -> Iterator[str]:
    """URL of a database that belongs to this test alone and equals the snapshot.

    With @pytest.mark.seeded("pilates", profile="light") it contains that blueprint's rows: in its
    own schema, or in a copy of the snapshot if the blueprint has no schema.
    """
    from snapshot.postgres.clones import clone_database, clone_name, drop_database

    marker = request.node.get_closest_marker("seeded")
    name = clone_name(snapshot_run, next(_numbers))
    with short_failures():
        found = _seeded(request, marker) if marker else request.getfixturevalue("snapshot_database")
        url = clone_database(found.server, found.template, name)
    yield url
    with short_failures():
        drop_database(found.server, name)


@pytest.fixture
def snapshot_engine(snapshot_db: str) -> Iterator[Engine]:
    """An SQLAlchemy engine for the test's database."""
    with short_failures(), _sqlalchemy():
        from sqlalchemy import create_engine

        engine = create_engine(_with_driver(snapshot_db))
    yield engine
    engine.dispose()


@pytest.fixture
def snapshot_session(snapshot_engine: Engine) -> Iterator[Session]:
    """An SQLAlchemy session for the test's database. What it commits stays in that clone."""
    from sqlalchemy.orm import Session

    with Session(snapshot_engine) as session:
        yield session


@pytest.fixture
def snapshot_async_engine(snapshot_db: str) -> AsyncEngine:
    """An asynchronous SQLAlchemy engine; it keeps no connection, so that any event loop may use it.

    The driver is psycopg.
    """
    with short_failures(), _sqlalchemy():
        import greenlet  # noqa: F401  # SQLAlchemy needs it here, and does not say so at once
        from sqlalchemy.ext.asyncio import create_async_engine
        from sqlalchemy.pool import NullPool

        return create_async_engine(_with_driver(snapshot_db), poolclass=NullPool)


async def snapshot_async_session(snapshot_async_engine: AsyncEngine) -> AsyncIterator[AsyncSession]:
    """An asynchronous SQLAlchemy session. It needs pytest-asyncio or anyio's plugin."""
    from sqlalchemy.ext.asyncio import AsyncSession

    async with AsyncSession(snapshot_async_engine) as session:
        yield session


def _async_fixture() -> Any:
    try:
        import pytest_asyncio
    except ImportError:
        return pytest.fixture  # which anyio's plugin runs
    return pytest_asyncio.fixture  # in its strict mode it runs no other


snapshot_async_session = _async_fixture()(snapshot_async_session)


def _with_driver(url: str) -> str:
    return url.replace("postgresql://", "postgresql+psycopg://", 1)


@contextmanager
def _sqlalchemy() -> Iterator[None]:
    from snapshot.errors import UsageError

    try:
        yield
    except ImportError as error:
        raise UsageError(
            f"SQLAlchemy cannot be used: {error}", hint="pip install 'sqlalchemy[asyncio]'"
        ) from None


@contextmanager
def short_failures() -> Iterator[None]:
    """Show our errors as one line with the hint, without a traceback."""
    from snapshot.errors import SnapshotError

    try:
        yield
    except SnapshotError as error:
        text = "\n".join([str(error), *error.details])
        raise pytest.fail.Exception(text, pytrace=False) from None


def _seeded(request: pytest.FixtureRequest, marker: pytest.Mark) -> SnapshotDatabase:
    from snapshot.seeding.loading import load_blueprint
    from snapshot.testing import seeded_template

    parameters = dict(marker.kwargs)
    profile = parameters.pop("profile", None)
    server = request.getfixturevalue("snapshot_server")
    base = None
    if load_blueprint(marker.args[0]).schema is None:
        base = request.getfixturevalue("snapshot_database").template
    template = seeded_template(server, marker.args[0], profile, parameters, base)
    return SnapshotDatabase(server, template)
