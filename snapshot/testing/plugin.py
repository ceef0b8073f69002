"""The pytest plugin: each test gets a database of its own, restored from a snapshot.

The fixtures import what they need, so that pytest starts as fast as without the plugin.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from itertools import count
from typing import NamedTuple

import pytest

_numbers = count(1)


class SnapshotDatabase(NamedTuple):
    """The server of a run, and the template database on it that is cloned."""

    server: str
    template: str


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add --snapshot-image, and `snapshot_directory` in pytest's configuration."""
    group = parser.getgroup("snapshot")
    group.addoption(
        "--snapshot-image",
        help="restore into a container of this image (postgres:16) instead of the embedded server",
    )
    parser.addini("snapshot_directory", "the snapshot that tests start from", default="seed_data")


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker."""
    config.addinivalue_line(
        "markers",
        "seeded(blueprint, profile=None, **parameters): snapshot_db holds a blueprint's rows",
    )


@pytest.fixture(scope="session")
def snapshot_server(request: pytest.FixtureRequest) -> Iterator[str]:
    """URL of the server for the tests' databases."""
    image = request.config.getoption("--snapshot-image") or os.environ.get("SNAPSHOT_TEST_IMAGE")
    with ExitStack() as stack:
        with _short_failures():
            server = _server(stack, image)
        yield server


@pytest.fixture(scope="session")
def snapshot_database(request: pytest.FixtureRequest, snapshot_server: str) -> SnapshotDatabase:
    """The snapshot, restored as a template database once for the whole run (all xdist workers)."""
    from snapshot.testing import restored_template

    directory = request.config.rootpath / request.config.getini("snapshot_directory")
    with _short_failures():
        return SnapshotDatabase(snapshot_server, restored_template(snapshot_server, directory))


@pytest.fixture
def snapshot_db(request: pytest.FixtureRequest) -> Iterator[str]:
    """URL of a database that belongs to this test alone and equals the snapshot.

    With @pytest.mark.seeded("pilates", profile="light") it contains that blueprint's rows: in its
    own schema, or in a copy of the snapshot if the blueprint has no schema.
    """
    from snapshot.testing import clone_database, drop_database

    marker = request.node.get_closest_marker("seeded")
    name = f"snapshot_test_{os.getpid()}_{next(_numbers)}"
    with _short_failures():
        found = _seeded(request, marker) if marker else request.getfixturevalue("snapshot_database")
        url = clone_database(found.server, found.template, name)
    yield url
    with _short_failures():
        drop_database(found.server, name)


@contextmanager
def _short_failures() -> Iterator[None]:
    """Show our errors as one line with the hint, without a traceback."""
    from snapshot.errors import SnapshotError

    try:
        yield
    except SnapshotError as error:
        hint = f" (hint: {error.hint})" if error.hint else ""
        text = "\n".join([f"{error.message}{hint}", *error.details])
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


def _server(stack: ExitStack, image: str | None) -> str:
    if image:
        from snapshot.testing import running_postgres

        return stack.enter_context(running_postgres(image))
    from snapshot.postgres.embedded import running_database

    return running_database("postgres")
