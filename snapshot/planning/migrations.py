"""Bookkeeping tables of migration tools: which are they, and what revision do they tell?

Their rows say what was done to the schema. They belong to the schema, not to the data.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from typing import NamedTuple

from snapshot.catalog import Catalog, Name, Revision, Table
from snapshot.store.manifest import Manifest, TableEntry


class Bookkeeping(NamedTuple):
    """A table in which a tool keeps what was applied, known by its name and its columns.

    A type follows a column's name where the name alone would not do. `exact`: further columns make
    it another table, as users have tables of that name too. `at` is the column that names a
    migration ("": the table says nothing of it), `within` what it is one of (Django's apps),
    `order` the column that sorts them where their names do not, `applied` the column that is
    neither null nor false once a migration was.
    """

    tool: str
    name: str
    columns: tuple[str, ...]
    at: str = ""
    within: str = ""
    order: str = ""
    applied: str = ""
    dirty: str = ""
    exact: bool = False


def _columns(text: str) -> tuple[str, ...]:
    return tuple(text.split(", "))


# As the tools themselves create them.
KNOWN = (
    Bookkeeping("alembic", "alembic_version", ("version_num",), "version_num", exact=True),
    Bookkeeping(
        "django", "django_migrations", _columns("id, app, name, applied"), "name", within="app"
    ),
    Bookkeeping("golang-migrate", "schema_migrations", ("version bigint", "dirty boolean"),
                "version", dirty="dirty", exact=True),
    Bookkeeping("ecto", "schema_migrations", ("version bigint", "inserted_at"),
                "version", exact=True),
    Bookkeeping("rails", "schema_migrations", ("version character varying",),
                "version", exact=True),  # dbmate's is the same
    Bookkeeping("rails", "ar_internal_metadata", _columns("key, value, created_at, updated_at")),
    Bookkeeping("flyway", "flyway_schema_history",
                _columns("installed_rank, version, description, script, checksum, success"),
                "version", order="installed_rank", applied="success"),
    Bookkeeping("liquibase", "databasechangelog",
                _columns("id, author, filename, dateexecuted, orderexecuted, md5sum"),
                "id", order="orderexecuted"),
    Bookkeeping("liquibase", "databasechangeloglock",
                _columns("id, locked, lockgranted, lockedby")),
    Bookkeeping("prisma", "_prisma_migrations",
                _columns("id, checksum, finished_at, migration_name, rolled_back_at, started_at"),
                "migration_name", applied="finished_at"),
    Bookkeeping("knex", "knex_migrations", _columns("id, name, batch, migration_time"),
                "name", order="id"),
    Bookkeeping("knex", "knex_migrations_lock", _columns("index, is_locked")),
    Bookkeeping("sequelize", "SequelizeMeta", ("name",), "name"),
    Bookkeeping("typeorm", "migrations",
                ("id", "timestamp bigint", "name character varying"),
                "name", order="timestamp", exact=True),
    Bookkeeping("goose", "goose_db_version", _columns("id, version_id, is_applied, tstamp"),
                "version_id", applied="is_applied"),
    Bookkeeping("sqlx", "_sqlx_migrations",
                _columns("version, description, installed_on, success, checksum"),
                "version", applied="success"),
    Bookkeeping("ef core", "__EFMigrationsHistory", _columns("MigrationId, ProductVersion"),
                "MigrationId"),
    Bookkeeping("ef core", "__EFMigrationsHistory", _columns("migration_id, product_version"),
                "migration_id"),
    Bookkeeping("drizzle", "__drizzle_migrations",
                _columns("id, hash, created_at"), "created_at"),
)  # fmt: skip


_SHOWN = 2  # parts of a revision
_DJANGO = ("admin", "auth", "contenttypes", "sessions", "sites")  # less telling than one's own


def bookkeeping(tables: Iterable[Table | TableEntry]) -> dict[Name, Bookkeeping]:
    """Those of the tables, of a catalog or a manifest, in which a migration tool keeps its own."""
    by_name: dict[str, list[Bookkeeping]] = {}
    for known in KNOWN:
        by_name.setdefault(known.name, []).append(known)
    return {
        table.name: known
        for table in tables
        for known in by_name.get(table.name.name, ())
        if _is(known, table)
    }


def _is(known: Bookkeeping, table: Table | TableEntry) -> bool:
    types = {column.name: column.type for column in table.columns}
    if known.exact and len(types) != len(known.columns):
        return False
    wanted = (column.partition(" ") for column in known.columns)
    return all(name in types and types[name].startswith(type_) for name, _, type_ in wanted)


def revision(
    known: Bookkeeping, table: Name, rows: Sequence[tuple[str, str | None, bool]]
) -> Revision:
    """What the rows tell: what each is within, its name, and whether it is in doubt ("dirty").

    They stand in the order of `known.order` if it says one.
    """
    named: dict[str, list[str]] = {}
    for within, name, dirty in rows:
        if name is not None:
            named.setdefault(within, []).append(name + (" (dirty)" if dirty else ""))
    if known.tool == "alembic":  # a row for each head
        return Revision(known.tool, table, " + ".join(sorted(named.get("", []))), len(rows))
    newest = (
        (f"{within}." if within else "")
        + (names[-1] if known.order else max(names, key=_by_number))
        for within, names in sorted(named.items(), key=lambda item: (item[0] in _DJANGO, item[0]))
    )
    return Revision(known.tool, table, ", ".join(newest), len(rows))


def _by_number(name: str) -> list[tuple[int, str]]:
    """Sorts 9 before 10, in 1.9 and 1.10 too."""
    parts = re.split(r"([0-9]+)", name)
    return [(int(part), "") if n % 2 else (0, part) for n, part in enumerate(parts)]


def recorded(manifest: Manifest) -> tuple[Revision, ...] | None:
    """What a snapshot says of its migrations; None if it does not, as an older version made it."""
    silent = not manifest.migrations and any(b.at for b in bookkeeping(manifest.tables).values())
    return None if silent else manifest.migrations


def without_tables(manifest: Manifest, names: Collection[Name], catalog: Catalog) -> Manifest:
    """The snapshot without the rows of these tables, and without their sequences."""
    owners = {sequence.name: sequence.owner for sequence in catalog.sequences}

    def owned(sequence: Name) -> bool:
        if sequence in owners:
            return owners[sequence] in names
        # the manifest does not say whose it is: serial and identity columns name it so
        return any(
            sequence.schema == name.schema and sequence.name.startswith(f"{name.name}_")
            for name in names
        )

    return replace(
        manifest,
        tables=tuple(entry for entry in manifest.tables if entry.name not in names),
        sequences=tuple(s for s in manifest.sequences if not owned(s.name)),
    )


def told(ours: Sequence[Revision] | None, theirs: Sequence[Revision]) -> list[str]:
    """Where snapshot and database stand, a line for each tool.

    `ours` is None if the snapshot does not say: an older version made it.
    """
    lines = []
    for mine, other in _pairs(ours or (), theirs):
        if mine and other and not differ(mine, other):
            lines.append(f"snapshot and database at {shown(mine)} ({mine.tool})")
        elif mine and other:
            left, right = _parted(mine, other)
            lines.append(f"snapshot at {left}, database at {right} ({mine.tool})")
        elif mine:
            lines.append(f"snapshot at {shown(mine)}, database without {mine.table} ({mine.tool})")
        elif other:
            ours_is = "not known" if ours is None else f"without {other.table}"
            lines.append(f"snapshot {ours_is}, database at {shown(other)} ({other.tool})")
    return lines


def told_apart(ours: Sequence[Revision] | None, theirs: Sequence[Revision]) -> list[str]:
    """The lines of those tools only that do not stand where they stood."""
    apart = [
        (mine, other) for mine, other in _pairs(ours or (), theirs)
        if mine and other and differ(mine, other)
    ]  # fmt: skip
    return told([mine for mine, _ in apart], [other for _, other in apart])


def differ(mine: Revision, other: Revision) -> bool:
    """Whether two revisions of one table are different ones."""
    return (mine.at, mine.applied) != (other.at, other.applied)


def older(ours: Sequence[Revision] | None, theirs: Sequence[Revision]) -> bool | None:
    """Whether the snapshot is older than the database; None where the tables do not say it.

    They do where they list all that was applied, or count up. Alembic's names a revision only.
    """
    for mine, other in _pairs(ours or (), theirs):
        if mine and other and mine.tool != "alembic" and differ(mine, other):
            if mine.tool == "golang-migrate":  # one row: a number
                left, right = _by_number(mine.at), _by_number(other.at)
                return left < right
            if mine.applied != other.applied:
                return mine.applied < other.applied
    return None


OLDER = (
    "the snapshot is older than the target, whose migrations have run: restore --replace-schema "
    "creates the snapshot's schema; run the migrations after it, and create the snapshot again "
    "(or: snapshot upgrade)"
)
NEWER = (
    "the target is older than the snapshot: run its migrations and restore again, or use "
    "--replace-schema, which drops its schema and creates the snapshot's"
)
UNKNOWN = (
    "if the target's migrations have not run, run them and restore again; if they have, the "
    "snapshot is older: restore --replace-schema, run them after it, and create the snapshot "
    "again (or: snapshot upgrade)"
)


def remedy_by_age(is_older: bool | None) -> str:
    """What to do about a target that lacks what the snapshot has."""
    return {True: OLDER, False: NEWER, None: UNKNOWN}[is_older]


def shown(revision: Revision) -> str:
    """The revision as text to read, cut short if it has many parts."""
    return _short(revision.at.split(", ")) if revision.at else "none"


def _pairs(
    ours: Iterable[Revision], theirs: Iterable[Revision]
) -> list[tuple[Revision | None, Revision | None]]:
    """The revisions of the same tables."""
    left, right = ({r.table: r for r in side} for side in (ours, theirs))
    return [(left.get(name), right.get(name)) for name in sorted({*left, *right})]


def _parted(mine: Revision, other: Revision) -> tuple[str, str]:
    """Both as text, without what they have in common."""
    if mine.at == other.at:
        return f"{shown(mine)} ({mine.applied} applied)", f"{shown(other)} ({other.applied})"
    left, right = mine.at.split(", "), other.at.split(", ")
    return (
        _short([part for part in left if part not in right]),
        _short([part for part in right if part not in left]),
    )


def _short(parts: Sequence[str]) -> str:
    some = [part for part in parts if part]
    more = f", +{len(some) - _SHOWN} more" if len(some) > _SHOWN else ""
    return (", ".join(some[:_SHOWN]) or "none") + more
