"""Which tables hold the snapshot's rows already: looked at first, and again under the lock."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace

from snapshot.catalog import Catalog, Name
from snapshot.errors import ContentDiffers, Refused, SnapshotError
from snapshot.planning.incremental import (
    Action,
    Fate,
    always_replaced,
    may_be_summed,
    runs_code,
    skipped,
)
from snapshot.planning.restore_plan import RestorePlan
from snapshot.postgres.brought import (
    Relation,
    count_brought,
    read_database,
    read_moment,
    read_relations,
    same_history,
    write_nonce,
    written_now,
    young,
)
from snapshot.postgres.checksums import content_checksum
from snapshot.postgres.connection import Connection
from snapshot.postgres.identity import read_identity
from snapshot.postgres.introspect import count_rows, lock_out_writers, read_tables
from snapshot.postgres.messages import server_errors
from snapshot.store.manifest import Manifest, TableEntry
from snapshot.store.proof import BroughtTable, Proof, content_of, last_proof, remember_proof
from snapshot.store.reader import SnapshotFiles


def look(target: Connection, files: SnapshotFiles, catalog: Catalog) -> dict[Name, Fate]:
    """What is to be done with each table of the snapshot, by what is visible now."""
    manifest = files.manifest
    fates = always_replaced(manifest, catalog)
    asked = [entry for entry in manifest.tables if entry.name not in fates]
    if not asked:
        return fates
    relations = read_relations(target, [entry.name for entry in asked])
    proof = _usable_proof(target)
    old = _too_old(target, proof)
    brought: dict[Name, BroughtTable] = {}
    others: list[tuple[TableEntry, str]] = []
    for entry in asked:
        content = content_of(entry, files.digest, manifest.source.encoding)
        there = relations.get(entry.name)
        if there is None:
            fates[entry.name] = Fate(Action.REPLACE, "the database does not have it")
        elif isinstance(proof, str):
            others.append((entry, proof))
        elif (known := proof.tables.get(entry.name)) is None or known.content != content:
            others.append((entry, "the restore on record did not bring these rows"))
        elif known.relation != there.digest:
            others.append((entry, "its files, columns or types are not those that were filled"))
        elif there.hindrance or entry.name in old:
            others.append((entry, there.hindrance or "it was filled too many transactions ago"))
        else:
            brought[entry.name] = known
    digests = {name: relation.digest for name, relation in relations.items()}
    at = "" if isinstance(proof, str) else proof.at
    fates |= _proven(target, catalog, brought, at)
    empty = {table.name: 0 for table in catalog.tables if table.empty}  # no file has a page
    return fates | _summed(target, manifest, catalog, others, digests, empty)


def _usable_proof(target: Connection) -> Proof | str:
    """The record of the last restore, or why it does not count."""
    proof = last_proof(read_identity(target).fingerprint)
    if proof is None:
        return "no restore of it is on record here"
    if (proof.database, proof.server) != read_database(target):
        return "the restore on record was of another database, program or extension"
    if not same_history(target, proof.nonce):
        return "the commit log does not show the restore on record"
    return proof


def _too_old(target: Connection, proof: Proof | str) -> set[Name]:
    if isinstance(proof, str):
        return set()
    recent = young(target, proof.tables.values())
    return {name for name, table in proof.tables.items() if not recent.issuperset(table.writers)}


def _proven(
    target: Connection, catalog: Catalog, brought: Mapping[Name, BroughtTable], at: str
) -> dict[Name, Fate]:
    counted = count_brought(
        target, [(catalog.by_name[name], table.writers) for name, table in brought.items()]
    )
    fates = {}
    for name, (rows, strangers) in counted.items():
        table = brought[name]
        gone = table.rows - (rows - strangers)
        if strangers or gone:
            why = f"{strangers:,} rows came or were changed, {gone:,} of the restored ones are gone"
            fates[name] = Fate(Action.REPLACE, why)
        else:
            why = f"no row was written since the restore of {at}"
            fates[name] = Fate(Action.SKIP, why, table.relation, table.writers)
    return fates


def _summed(
    target: Connection,
    manifest: Manifest,
    catalog: Catalog,
    entries: Sequence[tuple[TableEntry, str]],
    digests: Mapping[Name, str],
    counted: Mapping[Name, int],
) -> dict[Name, Fate]:
    """Of tables whose rows are not proven: compare the checksum, where the numbers are equal."""
    fates = {entry.name: Fate(Action.REPLACE, why) for entry, why in entries}
    asked = [entry.name for entry, _ in entries if entry.name not in counted]
    counts = {**counted, **count_rows(target, [catalog.by_name[name] for name in asked])}
    for entry, _ in entries:
        table, encoding = catalog.by_name[entry.name], manifest.source.encoding
        if counts[entry.name] != entry.rows:
            continue
        if entry.rows == 0:
            fates[entry.name] = Fate(Action.SKIP, "it is empty", digests[entry.name])
        elif may_be_summed(entry, table) and (
            content_checksum(target, table, entry.columns, encoding) == (entry.rows, entry.checksum)
        ):
            why = "its checksum is the snapshot's"
            fates[entry.name] = Fate(Action.SKIP, why, digests[entry.name])
    return fates


# --- in the transaction


def settled(target: Connection, plan: RestorePlan) -> RestorePlan:
    """Lock the tables that are to be skipped, and plan again without those that were written.

    Nothing was committed on this server if the same transactions are visible as when it was
    planned; then nothing need be counted twice.
    """
    if not plan.skipped:
        return plan
    lock_out_writers(target, [plan.catalog.by_name[name] for name in sorted(plan.skipped)])
    if read_moment(target) == plan.moment:
        return plan
    written = plan.skipped - _unchanged(target, plan)
    return without(plan, written, "it was written when the restore had begun")


def without(plan: RestorePlan, names: Collection[Name], why: str) -> RestorePlan:
    """The plan in which these tables are replaced, too.

    Raises Refused if rows would be lost of which no safety snapshot was kept.
    """
    if not names or plan.again is None:
        return plan
    fates = {**plan.fates, **dict.fromkeys(names, Fate(Action.REPLACE, why))}
    again = plan.again(fates)
    if plan.keeps_backup and plan.lost is None and again.lost is not None:
        raise Refused(
            f"{plan.target} was written when the restore had begun, and there is no safety "
            "snapshot of that",
            hint="nothing was changed; run the command again",
        )
    return replace(
        plan, fates=fates, script=again.script, deferred=again.deferred, deleted=again.deleted
    )


def check_skipped(target: Connection, plan: RestorePlan) -> None:
    """Raise ContentDiffers if this transaction has changed a table that it was to skip.

    Keys with ON DELETE CASCADE, event triggers and functions of others may write anywhere.
    """
    if not plan.skipped or not runs_code(plan.loads, plan.catalog):
        return
    if touched := sorted(plan.skipped - _unchanged(target, plan)):
        raise ContentDiffers(
            f"what was loaded has changed {touched[0]}, too",
            hint="nothing was changed; --full replaces all tables",
        )


def _unchanged(target: Connection, plan: RestorePlan) -> set[Name]:
    """Of the tables that are to be skipped, those that hold the snapshot's rows now."""
    relations = read_relations(target, sorted(plan.skipped))
    brought: dict[Name, BroughtTable] = {}
    others: list[tuple[TableEntry, str]] = []
    for entry in plan.manifest.tables:
        fate, there = plan.fates.get(entry.name), relations.get(entry.name)
        if fate is None or there is None or there.digest != fate.relation:
            continue
        if fate.writers is None:
            others.append((entry, fate.why))
        else:
            brought[entry.name] = BroughtTable("", there.digest, entry.rows, fate.writers)
    digests = {name: relation.digest for name, relation in relations.items()}
    fates = _proven(target, plan.catalog, brought, "")
    fates |= _summed(target, plan.manifest, plan.catalog, others, digests, {})
    return set(skipped(fates))


# --- the record


def brought_by(target: Connection, plan: RestorePlan, sealed: str) -> dict[Name, BroughtTable]:
    """What the open transaction leaves: tables that it filled, and those that it proved.

    Tables are left out of which that cannot be said. `sealed` is the digest of the manifest.
    """
    encoding = plan.manifest.source.encoding
    # that a table is empty is known without a record
    entries = {entry.name: entry for entry in plan.manifest.tables if entry.rows}
    if not entries:
        return {}
    relations: dict[Name, Relation] = {}
    writers: dict[Name, tuple[int, ...]] = {}
    # what it may not read is no failure of the restore
    with suppress(SnapshotError), server_errors(), target.transaction():
        relations = read_relations(target, list(entries))
        known = {name for name, relation in relations.items() if relation.hindrance is None}
        tables = [
            table
            for table in read_tables(target)
            if table.name in known
            and table.name not in plan.skipped
            and table.configuration is None
            and not table.foreign_code
        ]
        expected = {name: entry.rows for name, entry in entries.items()}
        writers |= written_now(target, tables, expected)
    for name in plan.skipped & entries.keys():
        fate = plan.fates[name]
        if fate.writers is not None:
            writers[name] = fate.writers
    return {
        name: BroughtTable(
            content_of(entries[name], sealed, encoding),
            relations[name].digest,
            entries[name].rows,
            written,
        )
        for name, written in writers.items()
        if name in relations
    }


def remember(target: Connection, brought: Mapping[Name, BroughtTable]) -> None:
    """After COMMIT: write the nonce, and record what the restore left."""
    with suppress(SnapshotError), server_errors():  # the restore is done
        database, server = read_database(target)
        proof = Proof(database, server, write_nonce(target), brought)
        remember_proof(read_identity(target).fingerprint, proof)
