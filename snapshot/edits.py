"""Edits: rows that were changed by hand become the snapshot's, once a database has taken them."""

from __future__ import annotations

from snapshot.create import write_again
from snapshot.directory import new_snapshot
from snapshot.manifest import Manifest
from snapshot.postgres.connection import Connection
from snapshot.progress import Progress
from snapshot.restorers.plan import RestorePlan
from snapshot.restorers.snapshot_files import SnapshotFiles
from snapshot.restorers.transaction import replay


def replay_edited(
    target: Connection, plan: RestorePlan, source: SnapshotFiles, progress: Progress
) -> Manifest:
    """Replay the edited rows, and write the snapshot again in all its formats from what arrived.

    The new files are complete before the transaction commits and take their place right after it:
    if the rows are refused, database and snapshot are as they were.
    """
    manifests: list[Manifest] = []
    with new_snapshot(source.directory) as written:

        def write() -> None:
            manifests.append(write_again(target, source, written, progress))

        replay(target, plan, source, False, progress, write)
        written.seal(manifests[0])
    return manifests[0]
