"""A snapshot's schema in a database of its own, to see how the target's server spells it."""

from __future__ import annotations

from snapshot.catalog import Definitions
from snapshot.errors import SnapshotError
from snapshot.planning.script import create_schema
from snapshot.planning.steps import Rows
from snapshot.planning.swap_plan import unique_beside
from snapshot.postgres.connection import Connection, connected, consistent_read
from snapshot.postgres.databases import (
    drop_database,
    maintenance,
    new_database,
    read_databases,
    url_of,
)
from snapshot.postgres.schema_dump import read_definitions
from snapshot.progress import NO_PROGRESS
from snapshot.restorers.transaction import begin, run_steps
from snapshot.store.reader import SnapshotFiles

NO_ROWS = Rows((), (), (), large_objects=False)


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
