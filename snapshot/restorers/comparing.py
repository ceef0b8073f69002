"""A database's schema beside that of a snapshot."""

from __future__ import annotations

from snapshot.catalog import LEDGER, Catalog, Definitions, quoted
from snapshot.errors import Refused
from snapshot.planning.ledger import brings_ledger
from snapshot.planning.schema_comparison import (
    Comparison,
    Difference,
    clashing,
    compare,
    configuration_differences,
    extra_schemas,
    without_rows,
)
from snapshot.postgres.connection import Connection
from snapshot.postgres.schema_dump import SchemaDump, definitions_like
from snapshot.restorers.scratch import spelled_by_server
from snapshot.store.manifest import Manifest
from snapshot.store.reader import SnapshotFiles


def compare_schemas(
    connection: Connection,
    dump: SchemaDump,
    manifest: Manifest,
    definitions: Definitions | None,
    catalog: Catalog,
) -> Comparison:
    """Wait for pg_dump and compare the target's schema with the snapshot's.

    Raises Refused if the snapshot does not say what its schema is made of.
    """
    if definitions is None:
        raise Refused(
            "an older version made the snapshot: it does not say what its schema is made of",
            hint="restore it into an empty database and create it again, "
            "or use --replace-schema or --data-only",
        )
    theirs = definitions_like(connection, dump, manifest, definitions)
    return _comparison(manifest, definitions, theirs, catalog)


def second_look(  # noqa: PLR0913  # each is something else
    connection: Connection,
    url: str,
    comparison: Comparison,
    files: SnapshotFiles,
    catalog: Catalog,
    known: Definitions | None,
    *,
    may_make: bool,
) -> Comparison:
    """Compare again in the words of the target's server, as the first look found differences.

    They are `known` from the last restore of this snapshot. Servers of other major versions spell
    one definition differently; then its schema is made in a database beside the target, which is
    dropped again, if `may_make`: that runs the snapshot's schema.sql, so only a restore does it.
    """
    manifest = files.manifest
    if known:
        again = _comparison(manifest, known, comparison.target, catalog)
        if len(again.refused) < len(comparison.refused):
            return again
    if manifest.source.server_version // 10000 == catalog.server_version // 10000:
        return comparison
    spelled = spelled_by_server(connection, url, files) if may_make else None
    if spelled is None:
        return comparison._replace(undecided=True)
    return _comparison(manifest, spelled, comparison.target, catalog)


def _comparison(
    manifest: Manifest,
    ours: Definitions,
    theirs: Definitions,
    catalog: Catalog,
) -> Comparison:
    differences = compare(
        ours,
        theirs,
        manifest.schemas,
        complete=manifest.complete,
        ignored=LEDGER[0].schema if brings_ledger(manifest, catalog) else None,
        untouched=without_rows(ours, {entry.name for entry in manifest.tables}),
    )
    differences += extra_schemas(manifest, catalog)
    differences += configuration_differences(manifest, catalog)
    disabled = manifest.states.disabled_keys if manifest.states else frozenset()
    differences += [
        Difference(f"state of foreign key {quoted(name)} on table {table}", "enabled", "disabled")
        for table, name in sorted(catalog.disabled_keys - disabled)
        if table.schema in manifest.schemas
    ]
    return Comparison(clashing(ours, theirs), differences, theirs)
