"""What a restore will do to a database: decided before anything is touched, and done as printed."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from psycopg import sql

from snapshot.catalog import LEDGER, Catalog, ForeignKey, Index, Name, Revision
from snapshot.errors import SchemaDiffers, UsageError
from snapshot.planning.change_plan import ChangePlan
from snapshot.planning.incremental import Fates, loaded, skipped
from snapshot.planning.ledger import ledger_steps
from snapshot.planning.migrations import (
    bookkeeping,
    older,
    recorded,
    remedy_by_age,
    told_apart,
    without_tables,
)
from snapshot.planning.ordering import Deferral, load_order, out_of_order
from snapshot.planning.other_schema import check_binary, missing_columns
from snapshot.planning.schema_comparison import Comparison, Difference, Weight, remedy
from snapshot.planning.script import Large, Script, create_schema, replace_rows, unseen_by
from snapshot.planning.selection import EVERYTHING, Selection, select_rows
from snapshot.planning.steps import Step, rows_in
from snapshot.store.manifest import Manifest
from snapshot.store.reader import SnapshotFiles

MANY_ROWS = 20_000  # of a table: from here on its foreign keys and indexes come after its rows


# Rows that a restore adds, deletes and changes; None: the table differs, it was not read where.
RowChanges = Mapping[Name, tuple[int, int, int] | None]


class RestoreMode(StrEnum):
    """How the snapshot gets into the database."""

    CREATE = "create the schema, load the rows"
    REPLACE_ROWS = "keep the schema, replace the rows"
    REPLACE_SCHEMA = "drop the schema, create the snapshot's, load the rows"
    DATA_ONLY = "keep the schema, which differs, and replace the rows"


CREATING = (RestoreMode.CREATE, RestoreMode.REPLACE_SCHEMA)


@dataclass(frozen=True, kw_only=True)
class RestorePlan(ChangePlan):
    """A restore that has not happened yet."""

    mode: RestoreMode
    source_format: str
    files: SnapshotFiles  # the snapshot's
    manifest: Manifest
    script: Script
    deferred: tuple[Deferral, ...]
    deleted: Mapping[Name, int]  # rows in the target's tables that go; about, if nobody looks
    foreign_keys: tuple[ForeignKey, ...]  # those the rows must satisfy
    catalog: Catalog  # the target's
    relations: int  # the target's
    dropped_schemas: tuple[str, ...] = ()
    ledger: tuple[Step, ...] = ()  # the steps of the script that are for the ledger
    kept: tuple[str, ...] = ()  # what the snapshot does not know, and stays
    set_right: tuple[str, ...] = ()  # what is made as the snapshot says, besides the rows
    comparison: Comparison | None = None  # with the snapshot's schema, if that could be kept
    migrations: tuple[str, ...] = ()  # where snapshot and target stand, a line for each tool
    changes: RowChanges = field(default_factory=dict)  # of those tables that were compared
    fates: Fates = field(default_factory=dict)  # none where all tables are replaced
    moment: str = ""  # which transactions were visible when the fates were decided
    keeps_backup: bool = True  # of what is lost
    # the same plan with other fates
    again: Callable[[Fates], RestorePlan] | None = field(default=None, compare=False, repr=False)

    @property
    def skipped(self) -> frozenset[Name]:
        """The tables that hold the snapshot's rows already."""
        return skipped(self.fates)

    @property
    def loads(self) -> Manifest:
        """The part of the snapshot whose rows are loaded."""
        return loaded(self.manifest, self.fates)

    @property
    def locked(self) -> set[Name]:
        """Relations of the target that nobody else may use while the restore runs."""
        here = self.catalog
        if self.mode is RestoreMode.REPLACE_SCHEMA:
            every = (*here.by_name, *(s.name for s in here.sequences), *here.materialized_views)
            return {name for name in every if name.schema in self.dropped_schemas}
        tables = {entry.name for entry in self.manifest.tables}
        keys = {fk.root for fk in self.foreign_keys if fk.referenced_root in tables}
        others = (*(s.name for s in self.manifest.sequences), *self.manifest.materialized_views)
        return tables | keys | set(others)

    @property
    def creates_schema(self) -> bool:
        """The schema comes from the snapshot too, not only the rows."""
        return self.mode in CREATING


@dataclass(frozen=True)
class TargetState:
    """The target as it was found."""

    database: str
    description: str  # name, server and user, as text to read
    catalog: Catalog
    relations: int
    deleted: Mapping[Name, int]  # rows that will be gone
    indexes: tuple[Index, ...] = ()  # those that can be dropped and built again
    comparison: Comparison | None = None  # with the snapshot, if the schema could be kept
    revisions: tuple[Revision, ...] = ()  # of migration tools
    changes: RowChanges = field(default_factory=dict)
    fates: Fates = field(default_factory=dict)
    moment: str = ""  # which transactions were visible

    @property
    def skipped(self) -> frozenset[Name]:
        """The tables that hold the snapshot's rows already."""
        return skipped(self.fates)

    def going(self, fates: Fates) -> dict[Name, int]:
        """How many rows go, by table."""
        left = skipped(fates)
        return {name: count for name, count in self.deleted.items() if name not in left}

    @property
    def differences(self) -> Sequence[Difference]:
        """From the snapshot, if the schema could be kept."""
        return self.comparison.differences if self.comparison else ()


@dataclass(frozen=True)
class Drops:
    """What makes room for a schema that is replaced."""

    schemas: tuple[str, ...] = ()
    statements: tuple[sql.Composable, ...] = ()


NO_DROPS = Drops()


@dataclass(frozen=True, kw_only=True)
class PlanOptions:
    """What the user asks of a restore."""

    source_format: str | None = None
    data_only: bool = False
    replace_schema: bool = False
    keep_deferrable: bool = False
    selection: Selection = EVERYTHING  # of the rows, where the schema stays
    also_drop: tuple[str, ...] = ()  # with replace_schema: schemas that the snapshot does not have

    @property
    def keeps_schema(self) -> bool:
        """Rows are replaced only where the target has the snapshot's schema."""
        return not self.data_only and not self.replace_schema


def part_of(manifest: Manifest, catalog: Catalog, options: PlanOptions) -> Manifest:
    """What of the snapshot is restored: what was chosen; --data-only leaves the tools theirs."""
    manifest = select_rows(manifest, options.selection, catalog)
    if not options.data_only:
        return manifest
    aside = {*bookkeeping(manifest.tables), *bookkeeping(catalog.tables)}
    return without_tables(manifest, aside, catalog)


def choose_mode(manifest: Manifest, target: TargetState, options: PlanOptions) -> RestoreMode:
    """Find the mode that fits the target. There is no comparison with one that holds nothing.

    Raises SchemaDiffers if the target has another schema and the user has not said what to do.
    """
    comparison = target.comparison
    is_older = older(recorded(manifest), target.revisions)
    if options.data_only and options.replace_schema:
        raise UsageError("--data-only and --replace-schema exclude each other", hint="give one")
    empty = comparison is None or not comparison.clash
    if not options.selection.everything and (
        options.replace_schema or (empty and not options.data_only)
    ):
        raise UsageError(
            "-n, -N, -t and -T choose rows for a schema that stays: here it would be created",
            hint="restore without them first, or make a smaller snapshot: snapshot create -t",
        )
    if options.replace_schema:
        return RestoreMode.REPLACE_SCHEMA
    if options.data_only:
        if missing := missing_columns(manifest, target.catalog):
            raise SchemaDiffers(
                "the target lacks what the snapshot's rows need",
                hint=remedy_by_age(is_older),
                details=missing,
            )
        return RestoreMode.DATA_ONLY
    if comparison is None or empty:
        return RestoreMode.CREATE
    if refused := comparison.refused:
        some = "1 difference" if len(refused) == 1 else f"{len(refused)} differences"
        raise SchemaDiffers(
            f"the target has another schema: {some}",
            hint=remedy(comparison, is_older),
            details=[str(difference) for difference in refused],
        )
    if apart := _migrated_elsewhere(manifest, target):
        raise SchemaDiffers(
            "the migrations differ, and the target has schemas that the snapshot does not hold",
            hint="--data-only leaves the tools' tables as they are; or " + remedy_by_age(is_older),
            details=apart,
        )
    return RestoreMode.REPLACE_ROWS


def _migrated_elsewhere(manifest: Manifest, target: TargetState) -> list[str]:
    """Where tools would forget what they did to schemas that stay: a line for each tool."""
    loaded = bookkeeping(manifest.tables)
    if set(target.catalog.schemas) - {*manifest.schemas, LEDGER[0].schema}:
        ours = [revision for revision in recorded(manifest) or () if revision.table in loaded]
        return told_apart(ours, target.revisions)
    return []


def build_plan(
    files: SnapshotFiles, target: TargetState, options: PlanOptions, drops: Drops = NO_DROPS
) -> RestorePlan:
    """Put the steps together. Pure: the same inputs give the same plan."""
    manifest, catalog = files.manifest, target.catalog
    mode = choose_mode(manifest, target, options)
    fates = target.fates if mode is RestoreMode.REPLACE_ROWS else {}
    loads, deleted = loaded(manifest, fates), target.going(fates)
    rows = rows_in(loads)
    deferred, ledger = tuple[Deferral, ...](), tuple[Step, ...]()
    if mode in CREATING:
        script = create_schema(rows, *files.schema(), drops.statements, catalog.large_objects)
    else:
        large = () if options.keep_deferrable else _large(loads, catalog)
        deferred, ledger = _deferrals(loads, catalog, large), ledger_steps(manifest, catalog)
        script = replace_rows(
            rows if mode is RestoreMode.REPLACE_ROWS else replace(rows, states=None),
            catalog,
            deferred,
            large=Large(large, _rebuilt(target, large)),
            keep_deferrable=options.keep_deferrable,
        )
        script = replace(script, before=(*ledger, *script.before))
    if mode is not RestoreMode.REPLACE_SCHEMA:  # which drops them, before all else
        script = unseen_by(catalog.event_triggers, script)
    return RestorePlan(
        database=target.database,
        target=target.description,
        lost=_lost(manifest, catalog, mode, deleted, drops.schemas),
        decision=(mode, manifest.files, drops, catalog.structure, target.differences),
        mode=mode,
        source_format=_format(files, catalog, mode, options),
        files=files,
        manifest=manifest,
        script=script,
        deferred=deferred,
        deleted=deleted,
        foreign_keys=_keys_of(manifest, catalog, mode),
        catalog=catalog,
        relations=target.relations,
        dropped_schemas=drops.schemas,
        ledger=ledger,
        kept=_kept(manifest, target, mode, drops),
        set_right=_set_right(target, mode),
        comparison=target.comparison,
        changes=target.changes,
        fates=fates,
        moment=target.moment,
        again=lambda other: build_plan(files, replace(target, fates=other), options, drops),
    )


def _format(files: SnapshotFiles, catalog: Catalog, mode: RestoreMode, options: PlanOptions) -> str:
    source_format = options.source_format or files.default_format()
    files.check_format(source_format)
    if mode is RestoreMode.DATA_ONLY and source_format == "archive":
        check_binary(files.manifest, catalog)
    return source_format


def _kept(
    manifest: Manifest, target: TargetState, mode: RestoreMode, drops: Drops
) -> tuple[str, ...]:
    """Tables and objects of the target that the restore leaves as they are."""
    loaded = {entry.name for entry in manifest.tables} | set(LEDGER)
    tools = bookkeeping(target.catalog.tables)
    lines = [
        f"table {table.name}, "
        + (
            f"in which {tools[table.name].tool} keeps what it has done"
            if table.name in tools
            else f"about {table.estimated_rows:,} rows"
        )
        for table in target.catalog.tables
        if table.name not in loaded and table.name.schema not in drops.schemas
    ]
    if target.comparison and mode is RestoreMode.REPLACE_ROWS:
        lines += [str(difference) for difference in target.comparison.kept]
    return tuple(lines)


def _set_right(target: TargetState, mode: RestoreMode) -> tuple[str, ...]:
    if mode is not RestoreMode.REPLACE_ROWS:
        return ()
    return tuple(str(d) for d in target.differences if d.weight is Weight.SET_RIGHT)


def _keys_of(manifest: Manifest, catalog: Catalog, mode: RestoreMode) -> tuple[ForeignKey, ...]:
    """The foreign keys that the snapshot's rows can break: the target's, if its schema stays."""
    if mode in CREATING:
        return manifest.foreign_keys
    targets = {entry.name for entry in manifest.tables}
    return tuple(
        fk for fk in catalog.foreign_keys if fk.root in targets or fk.referenced_root in targets
    )


def _lost(
    manifest: Manifest,
    catalog: Catalog,
    mode: RestoreMode,
    deleted: Mapping[Name, int],
    dropped_schemas: tuple[str, ...],
) -> Selection | None:
    """What a safety snapshot must hold: all, or the schemas of a snapshot that is of some only.

    The others may be a provider's, whose tables this role cannot even read.
    """
    if (
        not any(deleted.values())
        and not _loses_large_objects(manifest, catalog)
        and not (mode is RestoreMode.REPLACE_SCHEMA and catalog.schemas)
    ):
        return None
    there = {table.name.schema for table in catalog.tables}
    schemas = sorted({*manifest.schemas, *dropped_schemas} & there)
    plain = all(re.fullmatch(r"\w+", schema) for schema in schemas)
    if manifest.complete or not schemas or not plain:
        return EVERYTHING
    return Selection(schemas=tuple(schemas))


def _loses_large_objects(manifest: Manifest, catalog: Catalog) -> bool:
    return manifest.large_objects is not None and catalog.large_objects > 0


def _large(manifest: Manifest, catalog: Catalog) -> tuple[Name, ...]:
    """Tables whose foreign keys are cheaper to drop and add again, where the role may add them."""
    not_owned = {
        fk.root
        for fk in catalog.foreign_keys
        if (table := catalog.by_name.get(fk.referenced_root)) is None or not table.owned
    }
    return tuple(
        entry.name
        for entry in manifest.tables
        if entry.rows >= MANY_ROWS and entry.name not in not_owned
    )


def _rebuilt(target: TargetState, large: Collection[Name]) -> tuple[Index, ...]:
    """The indexes of large tables, where this role may drop the foreign keys that need them."""
    owned = {table.name for table in target.catalog.tables if table.owned}
    leaning = {fk.referenced_root for fk in target.catalog.foreign_keys if fk.root not in owned}
    return tuple(i for i in target.indexes if i.table in large and i.table not in leaning)


def _deferrals(
    manifest: Manifest, catalog: Catalog, large: Collection[Name]
) -> tuple[Deferral, ...]:
    """The target's foreign keys that the snapshot's order does not satisfy, and all on cycles.

    Those of large tables are dropped instead.
    """
    tables = [entry.name for entry in manifest.tables if entry.name in catalog.by_name]
    on_cycles = load_order(tables, catalog.foreign_keys).deferred
    known = {d.foreign_key for d in on_cycles}
    others = out_of_order(tables, [fk for fk in catalog.foreign_keys if fk not in known])
    return tuple(d for d in (*on_cycles, *others) if d.foreign_key.root not in large)
