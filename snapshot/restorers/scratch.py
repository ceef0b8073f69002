"""A schema in a database of its own: to see how a server spells it, or whether it takes rows."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

from snapshot.catalog import Definitions
from snapshot.errors import SnapshotError
from snapshot.planning.script import create_schema
from snapshot.planning.steps import Rows, Step
from snapshot.planning.swap_plan import unique_beside
from snapshot.postgres import embedded
from snapshot.postgres.connection import Connection, connected, consistent_read
from snapshot.postgres.databases import (
    drop_database,
    maintenance,
    new_database,
    read_databases,
    url_of,
)
from snapshot.postgres.schema_dump import read_definitions
from snapshot.postgres.scratch import scratch_database
from snapshot.progress import NO_PROGRESS
from snapshot.restorers.transaction import begin, run_steps
from snapshot.store.reader import SnapshotFiles

NO_ROWS = Rows((), (), (), large_objects=False)


class Made(NamedTuple):
    """A schema that was made without its post-data, and the steps that follow its rows."""

    server: Connection
    rest: tuple[Step, ...]


@contextmanager
def schema_made(pre_data: str, post_data: str = "", rows: Rows = NO_ROWS) -> Iterator[Made]:
    """A schema in a scratch database of the embedded server, in a transaction that is undone.

    The steps of `rows` and post-data are still to be run. Raises SnapshotError if the embedded
    server is not installed, DatabaseFailed if it cannot make the schema.
    """
    script = create_schema(rows, pre_data, post_data)
    with (
        scratch_database(embedded.running_database("postgres")) as scratch,
        connected(scratch.url) as server,
        server.transaction(force_rollback=True),
    ):
        begin(server)
        run_steps(server, script.before, NO_PROGRESS)
        yield Made(server, (*script.loaded, *script.after))


def spelled_by_server(target: Connection, url: str, files: SnapshotFiles) -> Definitions | None:
    """The snapshot's definitions as the target's server writes them; None if it cannot be tried.

    Servers of different major versions print the same definition in different words. The role must
    be allowed to create a database, which is dropped again.
    """
    name = target.info.dbname
    try:
        with maintenance(url, name) as server:
            model = read_databases(server)[name]
            if not model.may_create_databases:
                return None
            with new_database(server, model, unique_beside(name, "incoming")) as made:
                definitions = _made_there(url_of(url, made.name), files)
            drop_database(server, made)
            return definitions
    except SnapshotError:
        return None


def _made_there(url: str, files: SnapshotFiles) -> Definitions:
    script = create_schema(NO_ROWS, *files.schema())
    with connected(url) as scratch:
        with scratch.transaction():
            begin(scratch)
            run_steps(scratch, script.all_steps(), NO_PROGRESS)
        with consistent_read(scratch) as exported:
            like = files.definitions or {}
            return read_definitions(scratch, url, exported, files.manifest, like)
