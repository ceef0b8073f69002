"""A PostgreSQL container with a snapshot in it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from snapshot.errors import SnapshotError
from snapshot.planning.applications import ContainerOptions
from snapshot.postgres.urls import make_url
from snapshot.restore import RestoreOptions, restore_snapshot

DEFAULT_IMAGE = "postgres:18"


@contextmanager
def restored_postgres(
    directory: str | Path = "seed_data", image: str = DEFAULT_IMAGE
) -> Iterator[str]:
    """Start a PostgreSQL container, restore the snapshot into it, and yield its URL.

    The container is removed afterwards. Raises what restore_snapshot() raises.
    """
    with running_postgres(image) as url:
        alone = ContainerOptions(leave_alone=True)
        restore_snapshot(RestoreOptions(url, Path(directory), confirm=True, containers=alone))
        yield url


@contextmanager
def running_postgres(image: str = DEFAULT_IMAGE) -> Iterator[str]:
    """Start an empty PostgreSQL container that only this machine can reach, and yield its URL.

    Raises SnapshotError if testcontainers is not installed, or the container does not start.
    """
    try:
        from docker.errors import DockerException
        from testcontainers.community.postgres import PostgresContainer
    except ImportError:
        raise SnapshotError(
            "testcontainers is not installed", "pip install 'snapshot[testcontainers]'"
        ) from None
    try:
        container = PostgresContainer(image, driver=None)
        container.ports = {"5432": ("127.0.0.1", None)}  # type: ignore[dict-item]  # passed on to Docker
        container.start()
    except (DockerException, TimeoutError) as error:
        raise SnapshotError(
            f"no container of {image} was started: {error}",
            "start Docker and check the image's name; tests can use the embedded server instead",
        ) from error
    try:
        yield make_url(
            {
                "host": "127.0.0.1",
                "port": container.get_exposed_port(5432),
                "user": container.username,
                "password": container.password,
                "dbname": container.dbname,
            }
        )
    finally:
        container.stop()
