"""The pytest plugin: each test gets a database of its own, restored from a snapshot.

What it needs is imported by the fixtures, so that having it installed costs other projects nothing.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest

if TYPE_CHECKING:
    from contextlib import ExitStack

_numbers = count(1)


class SnapshotDatabase(NamedTuple):
    """The server of a run, and the database on it that clones are made of."""

    server: str
    template: str


def pytest_addoption(parser: pytest.Parser) -> None:
    """Options on the command line, and the snapshot's directory in the configuration."""
    group = parser.getgroup("snapshot")
    group.addoption(
        "--snapshot-image",
        help="restore into a container of this image (postgres:16) instead of the embedded server",
    )
    parser.addini("snapshot_directory", "the snapshot that tests start from", default="seed_data")


def pytest_configure(config: pytest.Config) -> None:
    """Make the marker known."""
    config.addinivalue_line(
        "markers",
        "seeded(blueprint, profile=None, **parameters): snapshot_db holds a blueprint's rows",
    )


@pytest.fixture(scope="session")
def snapshot_server(request: pytest.FixtureRequest) -> Iterator[str]:
    """URL of the server that the tests' databases lie on."""
    from contextlib import ExitStack

    image = request.config.getoption("--snapshot-image") or os.environ.get("SNAPSHOT_TEST_IMAGE")
    with ExitStack() as stack:
        yield _server(stack, image)


@pytest.fixture(scope="session")
def snapshot_database(request: pytest.FixtureRequest, snapshot_server: str) -> SnapshotDatabase:
    """The snapshot, restored once for the whole run (all xdist workers) as a template database."""
    from snapshot.testing import restored_template

    directory = request.config.rootpath / request.config.getini("snapshot_directory")
    return SnapshotDatabase(snapshot_server, restored_template(snapshot_server, Path(directory)))


@pytest.fixture
def snapshot_db(request: pytest.FixtureRequest) -> Iterator[str]:
    """URL of a database that is this test's own, and as the snapshot says.

    With @pytest.mark.seeded("pilates", profile="light") it holds what that blueprint makes: in its
    own schema, or in the snapshot if it has none.
    """
    from snapshot.testing import clone_database, drop_database

    marker = request.node.get_closest_marker("seeded")
    found = _seeded(request, marker) if marker else request.getfixturevalue("snapshot_database")
    name = f"snapshot_test_{os.getpid()}_{next(_numbers)}"
    yield clone_database(found.server, found.template, name)
    drop_database(found.server, name)


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


def _server(stack: ExitStack, image: str | None) -> str:
    if image:
        from snapshot.testing import running_postgres

        return stack.enter_context(running_postgres(image))
    from snapshot.postgres.embedded import running_database

    return running_database("postgres")
