"""The proof that a snapshot restores: it is restored into a scratch database, and forgotten."""

from __future__ import annotations

from snapshot.planning.steps import Rows, copy_from
from snapshot.postgres.copying import copy_in
from snapshot.progress import NO_PROGRESS
from snapshot.restorers.rows import parts
from snapshot.restorers.scratch import schema_made
from snapshot.restorers.transaction import compare_content, run_steps
from snapshot.store.reader import SnapshotFiles


def prove(files: SnapshotFiles) -> None:
    """Restore files that are not sealed yet into the embedded server, in one transaction.

    Types, domains, CHECKs, unique indexes and foreign keys look at every row, and checksums are
    compared. Nothing is committed. Raises what a restore raises, and SnapshotError if the embedded
    server is not installed.
    """
    manifest = files.manifest
    large_objects = bool(manifest.large_objects)
    rows = Rows(manifest.tables, manifest.sequences, manifest.materialized_views, large_objects)
    with schema_made(*files.schema(), rows) as (server, rest):
        for part in parts(files, manifest.formats[0]):
            copy_in(server, copy_from(part.entry, binary=part.binary), part.blocks)
        run_steps(server, rest, NO_PROGRESS)
        compare_content(server, manifest)
