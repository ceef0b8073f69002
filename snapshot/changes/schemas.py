"""The schemas of two sides, object by object."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from snapshot.catalog import Definitions
from snapshot.changes.databases import DatabaseSide
from snapshot.changes.sources import Side, SnapshotSide
from snapshot.planning.schema_comparison import Difference, compare
from snapshot.postgres.introspect import read_internal_options
from snapshot.postgres.psql import shared_read
from snapshot.postgres.schema_dump import schema_dump, target_schema
from snapshot.restorers.comparing import compare_schemas, second_look


class SchemaDifferences(NamedTuple):
    """Differences whose `snapshot` is A and whose `target` is B."""

    found: Sequence[Difference]
    undecided: bool = False  # the servers' versions differ, and maybe only their words do


NOT_COMPARED = SchemaDifferences(())


def schema_differences(a: Side, b: Side, known: Definitions | None = None) -> SchemaDifferences:
    """Compare the schemas as pg_dump writes them.

    Of a database and a snapshot, `known` is the latter's schema in the words of that server.
    """
    if isinstance(a, SnapshotSide) and isinstance(b, DatabaseSide):
        return _with_database(a, b, known)
    if isinstance(a, DatabaseSide) and isinstance(b, SnapshotSide):
        found, undecided = _with_database(b, a, known)
        swapped = [d._replace(snapshot=d.target, target=d.snapshot) for d in found]
        return SchemaDifferences(swapped, undecided)
    here, there = _definitions(a), _definitions(b)
    if here is None or there is None:
        return SchemaDifferences((), undecided=True)
    if not all(any(d.owner for d in side.values()) for side in (here, there)):
        here, there = _without_owners(here), _without_owners(there)
    schemas = {table.schema for side in (a, b) for table in side.tables}
    schemas |= {o.schema for side in (here, there) for o in side}
    schemas |= {o.name for side in (here, there) for o in side if o.kind == "schema"}
    found = compare(here, there, schemas, complete=a.whole and b.whole)
    return SchemaDifferences(found, bool(found) and _version(a) != _version(b))


def _with_database(
    a: SnapshotSide, b: DatabaseSide, known: Definitions | None
) -> SchemaDifferences:
    definitions = a.files.definitions
    if definitions is None:
        return SchemaDifferences((), undecided=True)
    with target_schema(b.connection, b.url, b.exported, a.manifest) as dump:
        comparison = compare_schemas(b.connection, dump, a.manifest, definitions, b.catalog)
    if comparison.refused:
        comparison = second_look(
            b.connection, b.url, comparison, a.files, b.catalog, known, may_make=False
        )
    return SchemaDifferences(comparison.differences, comparison.undecided)


def _definitions(side: Side) -> Definitions | None:
    if isinstance(side, SnapshotSide):
        return side.files.definitions
    assert isinstance(side, DatabaseSide)
    read = shared_read(side.connection, side.url, side.exported)
    with schema_dump(side.connection, read) as dump:
        return dump.definitions(False, read_internal_options(side.connection))


def _without_owners(definitions: Definitions) -> Definitions:
    return {
        o: definition._replace(owner="")
        for o, definition in definitions.items()
        if o.kind not in ("acl", "default acl")
    }


def _version(side: Side) -> int:
    if isinstance(side, SnapshotSide):
        return side.manifest.source.server_version // 10000
    assert isinstance(side, DatabaseSide)
    return side.catalog.server_version // 10000
