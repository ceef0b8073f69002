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


@pytest.fixture(scope="session")
def snapshot_database(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[SnapshotDatabase]:
    """The snapshot, restored once for the whole run (all xdist workers) as a template database."""
    from contextlib import ExitStack

    from snapshot.testing import restored_template

    directory = request.config.rootpath / request.config.getini("snapshot_directory")
    image = request.config.getoption("--snapshot-image") or os.environ.get("SNAPSHOT_TEST_IMAGE")
    with ExitStack() as stack:
        server = _server(stack, image)
        yield SnapshotDatabase(server, restored_template(server, Path(directory)))


@pytest.fixture
def snapshot_db(snapshot_database: SnapshotDatabase) -> Iterator[str]:
    """URL of a database that is this test's own, and as the snapshot says."""
    from snapshot.testing import clone_database, drop_database

    name = f"snapshot_test_{os.getpid()}_{next(_numbers)}"
    yield clone_database(snapshot_database.server, snapshot_database.template, name)
    drop_database(snapshot_database.server, name)


def _server(stack: ExitStack, image: str | None) -> str:
    if image:
        from snapshot.testing import running_postgres

        return stack.enter_context(running_postgres(image))
    from snapshot.postgres.embedded import running_database

    return running_database("postgres")
