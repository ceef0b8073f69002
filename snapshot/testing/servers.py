"""The server of a test run: one that runs already, a container, or the embedded one."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from snapshot.errors import UsageError
from snapshot.postgres.clones import database_url, without_durability
from snapshot.postgres.embedded import running_database
from snapshot.testing.postgres import running_postgres


@contextmanager
def server_for_tests(
    url: str | None = None, image: str | None = None, shared: Path | None = None
) -> Iterator[str]:
    """The URL of a server for tests' databases, while the block runs.

    It is the one at `url`, or a container of `image`, one for all processes that give the same
    folder `shared`, or the embedded server for tests, which keeps running.
    Raises UsageError, ConnectionFailed, and what running_postgres() raises.
    """
    if url and image:
        raise UsageError(
            "tests need one server: a URL and an image were given",
            hint="give --snapshot-server or --snapshot-image",
        )
    with ExitStack() as stack:
        if url:
            yield database_url(url)
        elif image and shared:
            yield stack.enter_context(_shared(image, shared))
        elif image:
            yield stack.enter_context(_fast(image))
        else:
            server = running_database("postgres", for_tests=True)
            without_durability(server)
            yield server


@contextmanager
def _fast(image: str) -> Iterator[str]:
    with running_postgres(image) as url:
        without_durability(url)
        yield url


@contextmanager
def _shared(image: str, folder: Path) -> Iterator[str]:
    """One container for all processes. The one that started it waits for the others, and stops it.

    Each process holds a lock on a file while it uses the container; when a process dies, the
    system releases its lock.
    """
    import fcntl

    where = folder / "snapshot-server"
    with ExitStack() as stack:
        use = stack.enter_context((folder / "snapshot-server.use").open("a"))
        with (folder / "snapshot-server.start").open("a") as start:
            fcntl.flock(start, fcntl.LOCK_EX)
            fcntl.flock(use, fcntl.LOCK_SH)
            if not where.exists():
                url = stack.enter_context(_fast(image))
                where.touch(mode=0o600)
                where.write_text(url)
                stack.callback(os.unlink, where)
                stack.callback(fcntl.flock, use, fcntl.LOCK_EX)
        yield where.read_text()
