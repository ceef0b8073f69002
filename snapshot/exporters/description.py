"""What a manifest says of the database that was read."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from dataclasses import replace
from datetime import UTC, datetime

from snapshot.catalog import Catalog
from snapshot.exporters.base import Structure
from snapshot.planning.steps import Rows
from snapshot.postgres.connection import Connection
from snapshot.postgres.identity import read_identity
from snapshot.store import VERSION
from snapshot.store.manifest import FORMATS, DeferredKey, Manifest
from snapshot.store.source import Source
from snapshot.store.states import states_in


def describe_source(connection: Connection, catalog: Catalog, origin: Source | None) -> Source:
    """Where the rows come from: this database, or the one that it was restored from."""
    fingerprint = source_fingerprint(read_identity(connection).fingerprint)
    here = Source(connection.info.dbname, catalog.server_version, catalog.encoding, fingerprint)
    origin = origin or here
    return replace(here, database=origin.database, fingerprint=origin.fingerprint)


def source_fingerprint(fingerprint: str) -> str:
    """What a manifest says of the cluster and the database: nothing that names them."""
    return hashlib.sha256(fingerprint.encode()).hexdigest()[:16]


def describe(
    structure: Structure, rows: Rows, source: Source, formats: Collection[str], complete: bool
) -> Manifest:
    """The manifest but for what is known of the files. `complete`: nothing was left out."""
    catalog, order = structure.catalog, structure.order
    return Manifest(
        tool=f"snapshot {VERSION}",
        created_at=now(),
        source=source,
        formats=tuple(name for name in FORMATS if name in formats),
        schemas=catalog.schemas,
        complete=complete,
        tables=rows.tables,
        cycles=order.cycles,
        foreign_keys=tuple(fk for fk in catalog.foreign_keys if fk.root in catalog.by_name),
        deferred=tuple(
            DeferredKey(d.foreign_key.table, d.foreign_key.name, d.reason) for d in order.deferred
        ),
        sequences=rows.sequences,
        materialized_views=catalog.materialized_views,
        extensions={extension.name: extension.version for extension in catalog.extensions},
        large_objects=catalog.large_objects if complete else None,
        post_data=0,
        relations=0,
        states=states_in(catalog),
        large_object_comments=catalog.large_object_comments,
    )


def now() -> str:
    """The time as a manifest has it, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")
