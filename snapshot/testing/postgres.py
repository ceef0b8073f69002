"""A PostgreSQL container with a snapshot in it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from socket import gethostname
from typing import Any

from snapshot.configuration import read_configuration
from snapshot.errors import SnapshotError, how_to_install
from snapshot.planning.applications import ContainerOptions
from snapshot.postgres.urls import make_url
from snapshot.restore import RestoreOptions, restore_snapshot
from snapshot.safety.demands import refuse_unmasked
from snapshot.store.location import directory_of
from snapshot.store.manifest import load_manifest

DEFAULT_IMAGE = "postgres:18"
_STARTED_BY = "snapshot.started-by"  # a container's label: process@machine


@contextmanager
def restored_postgres(
    directory: str | Path = "seed_data",
    image: str = DEFAULT_IMAGE,
    *,
    require_masked: bool = False,
    policy: str | Path | None = None,
) -> Iterator[str]:
    """Start a PostgreSQL container, restore the snapshot into it, and yield its URL.

    The container is removed afterwards. `require_masked` demands that the snapshot is masked, as
    `require-masked` of [tool.snapshot] does; `policy` that it is by the policy in this file. Raises
    what restore_snapshot() raises.
    """
    required = require_masked or read_configuration().require_masked
    if required or policy is not None:  # before a container is started
        place = directory_of(str(directory))
        refuse_unmasked(place, load_manifest(place), required, policy)
    with running_postgres(image) as url:
        alone = ContainerOptions(leave_alone=True)
        options = RestoreOptions(url, Path(directory), confirm=True, containers=alone)
        restore_snapshot(replace(options, require_masked=required, policy=policy))
        yield url


@contextmanager
def running_postgres(image: str = DEFAULT_IMAGE) -> Iterator[str]:
    """Start an empty PostgreSQL container that only this machine can reach, and yield its URL.

    It is removed afterwards, or by the next call if this process is killed.
    Raises SnapshotError if testcontainers is not installed, or the container does not start.
    """
    try:
        from testcontainers.community.postgres import PostgresContainer
    except ImportError:
        raise SnapshotError(
            "testcontainers is not installed", how_to_install("testcontainers")
        ) from None
    with ExitStack() as stack:
        with _start_errors(image):
            container = PostgresContainer(image, driver=None)
            container.ports = {"5432": ("127.0.0.1", None)}  # type: ignore[dict-item]  # passed on to Docker
            container.with_kwargs(labels={_STARTED_BY: f"{os.getpid()}@{_processes()}"})
            _remove_abandoned(container.get_docker_client().client)
            stack.callback(container.stop)
            _wait(container, image)
        yield make_url(
            {
                "host": "127.0.0.1",
                "port": container.get_exposed_port(5432),
                "user": container.username,
                "password": container.password,
                "dbname": container.dbname,
            }
        )


def _wait(container: Any, image: str) -> None:
    try:
        container.start()
    except TimeoutError:
        said = "\n".join(part.decode(errors="replace") for part in container.get_logs())
        last = next((line for line in reversed(said.splitlines()) if line.strip()), "nothing")
        raise SnapshotError(
            f"the container of {image} did not get ready; the last line of its log: {last}",
            "give an image of PostgreSQL, like postgres:18; TC_MAX_TRIES is how many seconds it may"
            " take",
        ) from None


@contextmanager
def _start_errors(image: str) -> Iterator[None]:
    from docker.errors import DockerException

    try:
        yield
    except DockerException as error:
        raise SnapshotError(
            f"no container of {image} was started: {error}",
            "start Docker and check the image's name; tests can use the embedded server instead",
        ) from error


def _remove_abandoned(client: Any) -> None:
    """Remove the containers of processes of this machine that were killed.

    Ryuk does it too, but not everybody lets it run.
    """
    from docker.errors import DockerException

    for container in client.containers.list(all=True, filters={"label": _STARTED_BY}):
        number, _, host = container.labels[_STARTED_BY].partition("@")
        if host == _processes() and not _runs(int(number)):
            with suppress(DockerException):  # another process removes it
                container.remove(force=True, v=True)


def _processes() -> str:
    """Where a process number means this process: a machine since its start, and a PID namespace."""
    known = [gethostname()]
    with suppress(OSError):
        known.append(Path("/proc/sys/kernel/random/boot_id").read_text().strip())
        known.append(os.readlink("/proc/self/ns/pid"))
    return " ".join(known)


def _runs(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass  # it is another user's
    return True
