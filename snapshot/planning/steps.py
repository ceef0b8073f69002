"""The steps that make up scripts, each with its statements and its reason."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from psycopg import sql

from snapshot.catalog import Catalog, Column, ForeignKey, Index, Name, Table
from snapshot.planning.ordering import Deferral
from snapshot.store.manifest import LARGE_OBJECTS, Manifest, SequenceValue, TableEntry
from snapshot.store.states import States, time_of_check


@dataclass(frozen=True)
class Step:
    """Statements that belong together, with a title; `why` is the reason for their place."""

    title: str
    why: str
    statements: tuple[sql.Composable, ...]
    verbatim: bool = False  # the text is the snapshot's, so it must not end the transaction


@dataclass(frozen=True)
class Rows:
    """The data of a snapshot: tables, sequences, views to refresh, and large objects."""

    tables: tuple[TableEntry, ...]
    sequences: tuple[SequenceValue, ...]
    materialized_views: tuple[Name, ...]
    large_objects: bool
    schemas: tuple[str, ...] = ()
    states: States | None = None  # None: triggers and rules keep theirs
    large_object_comments: Mapping[int, str] = field(default_factory=dict)


def rows_in(manifest: Manifest) -> Rows:
    """The data of a snapshot."""
    return Rows(
        manifest.tables,
        manifest.sequences,
        manifest.materialized_views,
        large_objects=manifest.large_objects is not None,
        schemas=manifest.schemas,
        states=manifest.states,
        large_object_comments=manifest.large_object_comments,
    )


def identifier(name: Name) -> sql.Identifier:
    """The name as a quoted SQL identifier."""
    return sql.Identifier(*name)


def copy_from(entry: TableEntry, frozen: bool = False, binary: bool = False) -> sql.Composed:
    """`COPY table (columns) FROM stdin`; a table without columns is named without a list."""
    statement = sql.SQL("COPY {}").format(identifier(entry.name))
    if entry.columns:
        statement += sql.SQL(" ({})").format(column_list(entry.columns))
    options = ["FREEZE"] * frozen + ["FORMAT binary"] * binary
    return statement + sql.SQL(
        f" FROM stdin WITH ({', '.join(options)})" if options else " FROM stdin"
    )


def copy_header(entry: TableEntry) -> bytes:
    """The line before a table's rows in SQL; several lines if a name holds newlines."""
    return copy_from(entry).as_string(None).encode() + b";\n"


def column_list(columns: Iterable[Column]) -> sql.Composed:
    """The quoted names of the columns, separated by commas."""
    return sql.SQL(", ").join(sql.Identifier(column.name) for column in columns)


def verbatim(text: str) -> tuple[sql.Composable, ...]:
    return (sql.SQL(text),) if text.strip() else ()  # pg_dump's own


# --- constraints that are dropped for a while: no rows could pass them on their way in


@dataclass(frozen=True)
class DroppedConstraint:
    """A constraint that is dropped and later added again without a change."""

    name: str
    table: Name  # or domain
    definition: str
    comment: str | None
    kind: str = "TABLE"
    valid_in: tuple[Name, ...] = ()  # tables that inherit it, where it is not NOT VALID


def constraints_to_drop(
    catalog: Catalog,
    targets: Collection[Name],
    large: Collection[Name],
    indexes: Sequence[Index] = (),
) -> list[DroppedConstraint]:
    """The constraints that must be dropped before the rows and added again after them.

    NOT VALID ones, as existing rows need not satisfy them and new ones must; foreign keys from
    tables outside the snapshot, as a referenced table cannot be truncated alone; those of large
    tables, as they are checked faster all at once; and those that need an index that is dropped.
    """
    rebuilt = {index.table for index in indexes}
    keys = [
        fk
        for fk in catalog.foreign_keys
        if fk.referenced_root in rebuilt
        or (
            fk.enforced
            and (
                (fk.root in targets and (not fk.validated or fk.root in large))
                or (fk.referenced_root in targets and fk.root not in targets)
            )
        )
    ]
    checks = [c for c in catalog.unvalidated_checks if not set(c.roots).isdisjoint(targets)]
    return [DroppedConstraint(key.name, key.table, key.definition, key.comment) for key in keys] + [
        DroppedConstraint(
            c.name,
            c.owner,
            c.definition,
            c.comment,
            "DOMAIN" if c.of_domain else "TABLE",
            c.valid_in,
        )
        for c in checks
    ]


def constraints_dropped(dropped: Sequence[DroppedConstraint]) -> Iterator[Step]:
    if dropped:
        yield Step(
            "Drop constraints for a while",
            "they are cheaper to check all at once, or would refuse rows they need not hold for",
            tuple(
                sql.SQL("ALTER {} {} DROP CONSTRAINT {}").format(
                    sql.SQL(c.kind), identifier(c.table), sql.Identifier(c.name)
                )
                for c in dropped
            ),
        )


def constraints_added_back(dropped: Sequence[DroppedConstraint]) -> Iterator[Step]:
    if dropped:
        statements = []
        for c in reversed(dropped):  # that of a parent is merged with what its children have
            statements.append(
                sql.SQL("ALTER {} {} ADD CONSTRAINT {} ").format(
                    sql.SQL(c.kind), identifier(c.table), sql.Identifier(c.name)
                )
                + sql.SQL(c.definition)  # the server's own words
            )
            if c.comment is not None:
                statements.append(
                    sql.SQL("COMMENT ON CONSTRAINT {} ON {} {} IS {}").format(
                        sql.Identifier(c.name),
                        sql.SQL("DOMAIN" if c.kind == "DOMAIN" else ""),
                        identifier(c.table),
                        sql.Literal(c.comment),
                    )
                )
        statements += [
            sql.SQL("ALTER TABLE {} VALIDATE CONSTRAINT {}").format(
                identifier(table), sql.Identifier(c.name)
            )
            for c in dropped
            for table in c.valid_in
        ]
        yield Step("Add the constraints again", "as they were", tuple(statements))


# --- indexes of large tables: built at once, they take a fraction of what each row would


def indexes_dropped(indexes: Sequence[Index]) -> Iterator[Step]:
    if indexes:
        yield Step(
            "Drop the indexes of large tables",
            "they are built faster all at once",
            tuple(index_dropped(index) for index in indexes),
        )


def index_dropped(index: Index) -> sql.Composed:
    """Drop an index, or the constraint that it belongs to."""
    if index.is_constraint:
        return sql.SQL("ALTER TABLE {} DROP CONSTRAINT {}").format(
            identifier(index.table), sql.Identifier(index.name)
        )
    return sql.SQL("DROP INDEX {}").format(sql.Identifier(index.table.schema, index.name))


def indexes_built(indexes: Sequence[Index]) -> Iterator[Step]:
    if indexes:
        yield Step(
            "Build the indexes of large tables again",
            "as they were",
            tuple(statement for index in indexes for statement in index_built(index)),
        )


def index_built(index: Index) -> Iterator[sql.Composable]:
    """Build it again, with all that is said about it."""
    table, name = identifier(index.table), sql.Identifier(index.name)
    qualified = sql.Identifier(index.table.schema, index.name)
    if index.is_constraint:
        yield sql.SQL("ALTER TABLE {} ADD CONSTRAINT {} ").format(table, name) + sql.SQL(
            index.definition
        )
    else:
        yield sql.SQL(index.definition)  # the server's own words
    if index.index_comment is not None:
        comment = sql.Literal(index.index_comment)
        yield sql.SQL("COMMENT ON INDEX {} IS {}").format(qualified, comment)
    if index.constraint_comment is not None:
        comment = sql.Literal(index.constraint_comment)
        yield sql.SQL("COMMENT ON CONSTRAINT {} ON {} IS {}").format(name, table, comment)
    if index.clustered:
        yield sql.SQL("ALTER TABLE {} CLUSTER ON {}").format(table, name)
    if index.replica_identity:
        yield sql.SQL("ALTER TABLE {} REPLICA IDENTITY USING INDEX {}").format(table, name)


# --- foreign keys on cycles


def needs_altering(fk: ForeignKey, dropped: Sequence[DroppedConstraint]) -> bool:
    if fk.deferrable or not fk.enforced:
        return False
    return not any((c.table, c.name) == (fk.table, fk.name) for c in dropped)


def keys_deferred(keys: Sequence[ForeignKey], deferrals: Sequence[Deferral]) -> Iterator[Step]:
    if deferrals:
        yield Step(
            "Defer the foreign keys that no order of tables satisfies",
            "only these, only where they are not deferrable already",
            (
                *(key_altered(fk, "DEFERRABLE INITIALLY DEFERRED") for fk in keys),
                sql.SQL("SET CONSTRAINTS ALL DEFERRED"),
            ),
        )


_MODES = {
    None: "NOT DEFERRABLE",
    "immediate": "DEFERRABLE INITIALLY IMMEDIATE",
    "deferred": "DEFERRABLE INITIALLY DEFERRED",
}


def keys_as_they_were(
    altered: Sequence[ForeignKey], others: Iterable[ForeignKey] = (), states: States | None = None
) -> Iterator[Step]:
    """Foreign keys as they were, or as they were in the snapshot's database if that is known."""
    wanted = {(fk.table, fk.name): (fk, time_of_check(fk)) for fk in altered}
    for fk in others:
        key = fk.table, fk.name
        if states and fk.enforced:
            time = states.foreign_keys.get(key)
            if key in wanted or time != time_of_check(fk):
                wanted[key] = fk, time
    if wanted:
        yield Step(
            "Make the foreign keys what they were",
            "only those that were altered above, or are checked at another time in the snapshot",
            tuple(key_altered(fk, _MODES[time]) for fk, time in wanted.values()),
        )


def key_altered(fk: ForeignKey, mode: str) -> sql.Composed:
    return sql.SQL("ALTER TABLE {} ALTER CONSTRAINT {} " + mode).format(
        identifier(fk.table), sql.Identifier(fk.name)
    )


# --- rows, sequences, large objects, materialised views


_UNLINK = sql.SQL(
    "SELECT pg_catalog.count(pg_catalog.lo_unlink(oid)) FROM pg_catalog.pg_largeobject_metadata"
)


def emptying(rows: Rows, catalog: Catalog) -> Iterator[sql.Composable]:
    # the target's extension says which rows are the user's, never the snapshot
    conditions = {
        name: table.configuration
        for name, table in catalog.by_name.items()
        if table.configuration is not None
    }
    plain = [e for e in rows.tables if e.name not in conditions and e.name != LARGE_OBJECTS]
    if plain:
        tables = [catalog.by_name.get(entry.name) for entry in plain]
        targets = [
            target
            for entry, table in zip(plain, tables, strict=True)
            for target in truncated(entry, table)
        ]
        if targets:
            yield sql.SQL("TRUNCATE {} RESTART IDENTITY").format(sql.SQL(", ").join(targets))
    for entry in rows.tables:
        if entry.name in conditions:
            condition = sql.SQL(conditions[entry.name] or "")
            yield sql.SQL("DELETE FROM {} {}").format(identifier(entry.name), condition)
    if rows.large_objects and catalog.large_objects:
        yield _UNLINK


def truncated(entry: TableEntry, table: Table | None) -> list[sql.Composed]:
    """What TRUNCATE names to empty a table, but no foreign partition of it.

    ONLY: a child that inherits is a table of its own; a partition is not.
    """
    if table is not None and table.foreign_partitions:
        return [sql.SQL("ONLY {}").format(identifier(leaf)) for leaf in table.leaves]
    only = sql.SQL("{}" if entry.partitioned else "ONLY {}")
    return [only.format(identifier(entry.name))]


def large_objects_deleted(rows: Rows, there: int) -> Iterator[Step]:
    if rows.large_objects and there:
        yield Step("Delete the large objects", "others come under the same numbers", (_UNLINK,))


def large_objects_table(rows: Rows) -> Iterator[Step]:
    if any(entry.name == LARGE_OBJECTS for entry in rows.tables):
        yield Step(
            "Make room for large objects",
            "their pieces arrive as rows",
            (
                sql.SQL(
                    "CREATE TEMPORARY TABLE {} (loid oid, position bigint, data bytea) "
                    "ON COMMIT DROP"
                ).format(sql.Identifier(LARGE_OBJECTS.name)),
            ),
        )


def large_objects_created(rows: Rows) -> Iterator[Step]:
    if any(entry.name == LARGE_OBJECTS for entry in rows.tables):
        pieces = identifier(LARGE_OBJECTS)
        yield Step(
            "Create the large objects",
            "under the same numbers",
            (
                sql.SQL(
                    "SELECT pg_catalog.count(pg_catalog.lo_create(loid)) FROM {} WHERE position = 0"
                ).format(pieces),
                sql.SQL(
                    "SELECT pg_catalog.count(*) "
                    "FROM (SELECT pg_catalog.lo_put(loid, position, data) FROM {}) put"
                ).format(pieces),
                *(
                    sql.SQL("COMMENT ON LARGE OBJECT {} IS {}").format(number, sql.Literal(text))
                    for number, text in rows.large_object_comments.items()
                ),
            ),
        )


def sequences_set(values: Sequence[SequenceValue]) -> Iterator[Step]:
    if values:
        statements: list[sql.Composable] = []
        for value in values:
            statements.append(
                sql.SQL("ALTER SEQUENCE {} RESTART WITH {}").format(
                    identifier(value.name), sql.Literal(value.last_value)
                )
            )
            if value.is_called:
                statements.append(
                    sql.SQL("SELECT pg_catalog.setval({}, {})").format(
                        sql.Literal(identifier(value.name).as_string(None)),
                        sql.Literal(value.last_value),
                    )
                )
        yield Step(
            "Set the sequences",
            "RESTART first: what setval() alone does would survive a rollback",
            tuple(statements),
        )
