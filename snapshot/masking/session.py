"""One masked create: the policy and the key, the masks of every pass, and what is sealed of it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from contextlib import ExitStack, suppress
from dataclasses import replace
from typing import Protocol

import pyarrow as pa
from psycopg import sql

from snapshot.catalog import Catalog, Name
from snapshot.errors import Refused, SnapshotError, UsageError
from snapshot.exporters.base import Structure
from snapshot.exporters.description import source_fingerprint
from snapshot.exporters.sums import CHECKSUMS_UP_TO
from snapshot.masking.audit import Groups, audited
from snapshot.masking.constraints import check_plan, retyped
from snapshot.masking.model import Rule, Target
from snapshot.masking.naming import knowing_names, vocabulary
from snapshot.masking.plan import MaskPlan, Problem, Step, TablePlan, mask_plan, rows_left_out
from snapshot.masking.policy import Policy
from snapshot.masking.prf import MaskKey
from snapshot.masking.proving import prove
from snapshot.masking.recompute import recomputing
from snapshot.masking.searching import scan_snapshot
from snapshot.masking.secret import ephemeral_key, read_key
from snapshot.masking.tables import Masks
from snapshot.masking.trial import try_masks
from snapshot.postgres.connection import Connection
from snapshot.postgres.copying import large_objects_table
from snapshot.postgres.masking_facts import (
    TableFacts,
    as_written,
    kept_values,
    known_words,
    read_masking_facts,
)
from snapshot.postgres.sequences import (
    not_below_the_rows,
    reset,
    sequence_columns,
)
from snapshot.progress import Progress
from snapshot.store.location import Directory
from snapshot.store.manifest import (
    LARGE_OBJECTS,
    Manifest,
    SequenceValue,
    TableEntry,
    load_manifest,
)
from snapshot.store.masked import Masked
from snapshot.store.reader import SnapshotFiles
from snapshot.store.writer import NewSnapshot
from snapshot.subset.choosing import Chosen, choose_rows

_DATA = "data"  # of large objects
_SHOWN = 30  # problems


class Wanted(Protocol):
    """What of a create's options concerns a policy."""

    @property
    def mask(self) -> str | None: ...
    @property
    def subset(self) -> str | None: ...
    @property
    def ephemeral_key(self) -> bool: ...
    @property
    def new_key(self) -> bool: ...
    @property
    def prove(self) -> bool: ...
    @property
    def scan(self) -> bool: ...
    @property
    def checksums(self) -> bool: ...
    @property
    def scheduler(self) -> str | None: ...
    @property
    def place(self) -> Directory: ...


class AppliedPolicy:
    """A policy that is applied to the rows of one create. Made by apply_policy()."""

    def __init__(
        self,
        policy: Policy,
        structure: Structure,
        masks: Masks | None,
        chosen: Chosen | None,
        wanted: Wanted,
    ) -> None:
        self.policy = policy
        self.structure = structure  # the rows and texts that are to be written
        self._masks = masks
        self._chosen = chosen
        self._wanted = wanted
        self.notes: list[str] = []
        if chosen:
            self.notes.append(f"a subset: {chosen.report.rows:,} rows, see snapshot subset plan")

    def for_pass(self, number: int) -> Structure:
        """The structure with the masks of a pass over the rows; the first pass counts."""
        if self._masks is None:
            return self.structure
        return replace(self.structure, rewriters=self._masks.rewriters(first=number == 0))

    def settled(self, entries: Iterable[TableEntry]) -> tuple[TableEntry, ...]:
        """The entries of masked tables with their checksums.

        Raises Refused if values that were different became equal, or a mask changed nothing.
        """
        if self._masks is None:
            return tuple(entries)
        settled = self._masks.settled(entries)
        self.notes += [*self._masks.unchanged(), *self._masks.audit_notes(self.policy.audit.k)]
        return settled

    def sequences(
        self, connection: Connection, values: tuple[SequenceValue, ...]
    ) -> tuple[SequenceValue, ...]:
        """The sequences, not behind masked values, and as the policy wants them."""
        columns = sequence_columns(connection)
        if self.policy.schema.sequences == "from_rows":
            values = not_below_the_rows(
                connection,
                reset(connection, values),
                self.structure.sources,
                {(c.table, c.column) for c in columns if self._tells(c.table, c.column)},
            )
        return self._masks.sequences(values, columns) if self._masks else values

    def _tells(self, table: Name, column: str) -> bool:
        """Whether the source's values of a column are not those that are written."""
        found = self.structure.catalog.by_name.get(table)
        plan = self._masks.plan.tables.get(table) if self._masks else None
        masked = plan is not None and any(step.column == column for step in plan.steps)
        return masked or (found is not None and found.empty)

    def marked(self, manifest: Manifest, target: NewSnapshot, progress: Progress) -> Manifest:
        """The manifest with its mark, once the files were scanned and, if wanted, restored.

        Raises Refused if an original is in the files, and what a restore raises.
        """
        subset = self._chosen.digest if self._chosen else None
        manifest = replace(manifest, subset=subset)
        if self._masks is None:
            return manifest
        keyed = f"{self._masks.key.fingerprint} {manifest.source.fingerprint}"
        fingerprint = source_fingerprint(keyed)
        source = replace(manifest.source, database="", fingerprint=fingerprint)
        scan = None
        manifest = replace(manifest, source=source)
        if self._wanted.scan:
            progress.step("Looking for originals")
            scan, notes = scan_snapshot(
                target, manifest, self._masks.originals, self._masks.columns
            )
            self.notes += notes
        if self._wanted.prove:
            progress.step("Restoring it to prove it")
            prove(SnapshotFiles(target.files, manifest))
        mark = Masked(
            version=self.policy.version,
            policy=self.policy.digest,
            key=self._masks.key.fingerprint,
            columns=self._masks.plan.counts,
            scan=scan,
            proved=self._wanted.prove,
            subset=subset,
        )
        return replace(manifest, masked=mark)


def apply_policy(
    policy: Policy,
    wanted: Wanted,
    connection: Connection,
    structure: Structure,
    progress: Progress,
    stack: ExitStack,
) -> AppliedPolicy:
    """Read the key, settle the policy for the database, and try the masks on a sample.

    What the masks need until the rows are written is left to the stack. Raises UsageError and
    Refused; nothing was written then.
    """
    if wanted.mask is None and policy.subset is None:
        raise UsageError(
            f"{policy.path} has no [subset]", hint="write one, or give the policy to --mask"
        )
    if wanted.mask is None:
        without_rows = rows_left_out(policy, structure.catalog)
        masks = None
    else:
        progress.step("Trying the masks")
        masks = _begin(wanted, connection, structure, policy, stack)
        without_rows = masks.plan.without_rows
    chosen = None
    if policy.subset:
        chosen = choose_rows(
            connection, structure.catalog, policy.subset, policy.links, without_rows, progress
        )
    structure = _reduced(structure, policy, without_rows, chosen)
    rewriters = masks.rewriters(first=False) if masks else {}
    structure = replace(structure, rewriters=rewriters)
    return AppliedPolicy(policy, structure, masks, chosen, wanted)


def _begin(
    wanted: Wanted, connection: Connection, structure: Structure, policy: Policy, stack: ExitStack
) -> Masks:
    if wanted.scheduler:
        raise UsageError(
            "masks run on this machine: the workers of a cluster do not have the key",
            hint="leave --scheduler out",
        )
    catalog = structure.catalog
    key = ephemeral_key() if wanted.ephemeral_key else read_key(policy.key)
    before = _masked_before(wanted.place)
    if before and before.masked and not (wanted.new_key or wanted.ephemeral_key):
        _refuse_another_key(before.masked, wanted.place, key)
    plan, facts = plan_masking(connection, catalog, policy, key)
    if before and (problems := retyped(plan, catalog, facts, before.tables)):
        raise _does_not_fit(policy, problems)
    plan = knowing_names(plan, vocabulary(connection, plan))
    groups = audited(policy.audit, catalog, plan.without_rows)
    plan = _with_audited(plan, groups)
    few = sum(table.estimated_rows for table in structure.tables) <= CHECKSUMS_UP_TO
    masks = Masks(
        key,
        plan,
        catalog.encoding,
        left_values(connection, plan),
        policy.schema.allow,
        checksums=wanted.checksums or few,
    )
    masks.groups = groups
    masks.searched = wanted.scan
    masks.originals.add_kept(pa.array([*_words_of_results(), *known_words(connection, catalog)]))
    masks.recompute = stack.enter_context(recomputing(plan, structure.schema))
    try_masks(connection, policy, masks, facts)
    return masks


def _words_of_results() -> tuple[str, ...]:
    """Parts of results that do not depend on the original."""
    return ("example.com", "https://example.com", "https://example.com/", "[redacted]")


def _masked_before(place: Directory) -> Manifest | None:
    """The manifest of the masked snapshot that is replaced."""
    with suppress(SnapshotError):
        manifest = load_manifest(place)
        return manifest if manifest.masked else None
    return None


def _refuse_another_key(old: Masked, place: Directory, key: MaskKey) -> None:
    """Another key than that of the snapshot that is replaced would change every masked value."""
    if old.key != key.fingerprint:
        raise Refused(
            f"the snapshot in {place} was masked under another key: all values would change",
            hint="set the key that it was made with, or say --new-key",
        )


def _reduced(
    structure: Structure, policy: Policy, without_rows: Collection[Name], chosen: Chosen | None
) -> Structure:
    """The structure without what the policy leaves out: rows, comments and large objects."""
    catalog = structure.catalog
    if policy.schema.large_objects == "none":
        catalog = replace(catalog, large_objects=0, large_object_comments={})
    if policy.schema.comments == "drop":
        catalog = replace(catalog, large_object_comments={})
    sources: dict[Name, sql.Composable] = {}
    tables = []
    for table in structure.tables:
        if table.name == LARGE_OBJECTS and not catalog.large_objects:
            continue
        if table.name in without_rows:
            table = replace(table, empty=True)
        elif chosen and table.name != LARGE_OBJECTS:
            rows = chosen.rows(table.name)
            if (source := chosen.source(table.name)) is not None:
                sources[table.name] = source
                share = rows / max(rows, table.estimated_rows, 1)
                size = int(table.size * share)
                table = replace(table, estimated_rows=rows, empty=rows == 0, size=size)
        tables.append(table)
    by_name = {table.name: table for table in tables}
    catalog = replace(catalog, tables=tuple(by_name.get(t.name, t) for t in catalog.tables))
    return replace(structure, catalog=catalog, tables=tuple(tables), sources=sources)


def plan_masking(
    connection: Connection, catalog: Catalog, policy: Policy, key: MaskKey
) -> tuple[MaskPlan, dict[Name, TableFacts]]:
    """The plan of a policy for a database, checked against its schema; no row is read.

    Raises Refused with the problems, lines to paste among them.
    """
    facts = read_masking_facts(connection)
    plan, problems = mask_plan(policy, catalog, facts)
    problems = problems or check_plan(plan, catalog, facts, key)
    if problems:
        raise _does_not_fit(policy, problems)
    plan = _with_exceptions(connection, plan, policy)
    return _with_large_objects(plan, policy, catalog), facts


def _does_not_fit(policy: Policy, problems: list[Problem]) -> Refused:
    more = [f"and {len(problems) - _SHOWN:,} more"] if len(problems) > _SHOWN else []
    return Refused(
        f"{policy.path} does not fit the database",
        hint="snapshot mask check lists everything; mask init proposes what is missing",
        details=[*map(str, problems[:_SHOWN]), *more],
    )


def _with_exceptions(connection: Connection, plan: MaskPlan, policy: Policy) -> MaskPlan:
    """The plan whose exceptions have their values as the server writes them."""
    tables = dict(plan.tables)
    for name, table in plan.tables.items():
        types = {column.name: column.type for column in table.table.columns}
        exceptions = []
        for entry in table.exceptions:
            try:
                value = as_written(connection, types[entry.column], entry.value)
            except UsageError as error:
                where = policy.at("except")
                raise Refused(f"{where}: is of {name}: {error.message}", hint=error.hint) from None
            exceptions.append(replace(entry, value=value))
        tables[name] = replace(table, exceptions=tuple(exceptions))
    return replace(plan, tables=tables)


def _with_large_objects(plan: MaskPlan, policy: Policy, catalog: Catalog) -> MaskPlan:
    if not catalog.large_objects or policy.schema.large_objects != "blank":
        return plan
    table = large_objects_table()
    step = Step(_DATA, Rule("blank"), Target(LARGE_OBJECTS, _DATA, "bytea"))
    return replace(plan, tables={**plan.tables, LARGE_OBJECTS: TablePlan(table, (step,))})


def _with_audited(plan: MaskPlan, groups: Mapping[Name, Groups]) -> MaskPlan:
    """With the tables that are counted although no column of theirs is masked."""
    counted = {name: TablePlan(found.table, ()) for name, found in groups.items()}
    return replace(plan, tables={**counted, **plan.tables})


def left_values(connection: Connection, plan: MaskPlan) -> dict[Name, dict[str, pa.Array]]:
    """Values that stay as they are wherever keys carry them, by table and column."""
    found: dict[Name, dict[str, pa.Array]] = {}
    for entry in (entry for table in plan.tables.values() for entry in table.exceptions):
        for column in entry.leave:
            root = plan.classes.root((entry.table, column))
            members = plan.classes.members.get(root)
            if members is None:
                continue
            values = pa.array(
                kept_values(connection, entry.table, column, entry.column, entry.value), pa.string()
            )
            for table, name in members:
                here = found.setdefault(table, {})
                here[name] = pa.concat_arrays([here[name], values]) if name in here else values
    return found
