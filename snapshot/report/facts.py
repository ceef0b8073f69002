"""What a report shows, read from a snapshot or a database. No value of a row, unless asked for."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from snapshot.catalog import Catalog, Column, Definitions, ForeignKey, Name, SchemaObject
from snapshot.planning.migrations import shown
from snapshot.planning.ordering import LoadOrder, load_order, recorded_order
from snapshot.postgres.connection import connected, consistent_read, describe
from snapshot.postgres.introspect import (
    count_rows,
    read_catalog,
    read_internal_options,
    read_sizes,
)
from snapshot.postgres.psql import shared_read
from snapshot.postgres.schema_dump import schema_dump
from snapshot.postgres.urls import AnyUrl, url_text
from snapshot.progress import NO_PROGRESS, Progress
from snapshot.report.samples import Row, first_rows, stored_content
from snapshot.store.location import Directory, directory_of
from snapshot.store.manifest import LARGE_OBJECTS, Manifest, read_manifest
from snapshot.store.masked import masked_text
from snapshot.store.reader import SnapshotFiles

# the kinds of objects that belong to a table, in pg_dump's words, and their heading on the page
PARTS = {
    "constraint": "Keys and constraints",
    "check constraint": "Keys and constraints",
    "index": "Indexes",
    "trigger": "Triggers",
    "rule": "Rules and policies",
    "policy": "Rules and policies",
    "row security": "Rules and policies",
}


@dataclass(frozen=True)
class TablePart:
    """An index, a constraint, a trigger: the text that pg_dump writes of it, which names it."""

    heading: str
    text: str


@dataclass(frozen=True)
class TableFacts:
    """A table."""

    name: Name
    columns: tuple[Column, ...]
    rows: int
    size: int | None  # bytes
    key: tuple[str, ...] = ()  # a snapshot says it in its parts
    partitioned: bool = False
    parts: tuple[TablePart, ...] = ()
    text: str = ""  # what pg_dump writes of the table itself and its comments
    first: tuple[Row, ...] | None = ()  # None: asked for, but they cannot be read as text


@dataclass(frozen=True)
class Facts:
    """All that a page is made from."""

    title: str
    provenance: tuple[tuple[str, str], ...]  # what, and how it is
    tables: tuple[TableFacts, ...]  # in load order
    order: LoadOrder
    foreign_keys: tuple[ForeignKey, ...]
    sizes_of: str  # what the tables' sizes measure
    sampled: int = 0  # rows of each table that are shown at most


def facts_of_snapshot(
    directory: str | Directory, rows: int = 0, progress: Progress = NO_PROGRESS
) -> Facts:
    """Read a snapshot's manifest, schema and sizes, and up to `rows` rows of each table.

    Raises UsageError where there is no snapshot, SnapshotDamaged if a file was changed.
    """
    place = directory_of(directory)
    manifest, digest = read_manifest(place)
    files = SnapshotFiles(place, manifest, digest)
    progress.step("Reading the snapshot")
    contents = stored_content(files, rows)
    owned = _by_table(files.definitions or {})
    tables = tuple(
        TableFacts(
            entry.name,
            entry.columns,
            entry.rows,
            contents[entry.name].size,
            partitioned=entry.partitioned,
            parts=owned.parts(entry.name),
            text=owned.text(entry.name),
            first=contents[entry.name].first,
        )
        for entry in manifest.tables
        if entry.name != LARGE_OBJECTS
    )
    names = {table.name for table in tables}
    order = recorded_order(manifest)
    return Facts(
        f"{manifest.source.title}: a snapshot",
        tuple(_provenance(manifest, digest)),
        tables,
        LoadOrder(tuple(t.name for t in tables), order.cycles, order.deferred),
        _known(manifest.foreign_keys, names),
        "bytes of the rows as text",
        rows,
    )


def facts_of_database(url: AnyUrl, rows: int = 0, progress: Progress = NO_PROGRESS) -> Facts:
    """Read the catalog of a database, and count and measure its tables, in one transaction."""
    conninfo = url_text(url)
    with connected(conninfo) as connection, consistent_read(connection) as exported:
        progress.step("Reading the catalog")
        read = shared_read(connection, conninfo, exported)
        with schema_dump(connection, read) as dump:
            catalog = read_catalog(connection)
            order = load_order(catalog.by_name, catalog.foreign_keys)
            counts = count_rows(connection, catalog.tables)
            sizes = read_sizes(connection, list(counts))
            owned = _by_table(dump.definitions(False, read_internal_options(connection)))
        tables = []
        for table in map(catalog.by_name.__getitem__, order.tables):
            tables.append(
                TableFacts(
                    table.name,
                    table.columns,
                    counts[table.name],
                    sizes[table.name],
                    table.key,
                    table.partitioned,
                    owned.parts(table.name),
                    owned.text(table.name),
                    first_rows(connection, table, rows) if rows else (),
                )
            )
        return Facts(
            connection.info.dbname,
            (("Database", describe(connection)), *_of_catalog(catalog)),
            tuple(tables),
            order,
            _known(catalog.foreign_keys, set(order.tables)),
            "bytes on the server's disk, with indexes",
            rows,
        )


def _known(foreign_keys: Iterable[ForeignKey], tables: Collection[Name]) -> tuple[ForeignKey, ...]:
    """The keys of these tables, in a fixed order."""
    return tuple(
        sorted((fk for fk in foreign_keys if fk.root in tables), key=lambda fk: (fk.table, fk.name))
    )


def _provenance(manifest: Manifest, digest: str) -> Iterable[tuple[str, str]]:
    source = manifest.source
    yield "Source database", source.title
    yield "PostgreSQL", version_text(source.server_version)
    yield "Encoding", source.encoding
    yield "Snapshot made", manifest.created_at
    yield "Made by", manifest.tool
    yield "SHA-256 of the manifest", digest
    yield "Formats", ", ".join(manifest.formats)
    yield "Schemas", ", ".join(manifest.schemas)
    if manifest.masked:
        yield "Masked", masked_text(manifest.masked)
    if not manifest.complete:
        yield "Left out", "some schemas or tables: this is not the whole database"
    if manifest.large_objects:
        yield "Large objects", f"{manifest.large_objects:,}"
    if manifest.migrations:
        yield "Migrations", ", ".join(f"{shown(r)} ({r.tool})" for r in manifest.migrations)
    if manifest.extensions:
        yield "Extensions", ", ".join(f"{n} {v}" for n, v in sorted(manifest.extensions.items()))
    if not manifest.lists_schema:
        yield "Indexes and triggers", "not known: an older version made the snapshot"


def _of_catalog(catalog: Catalog) -> Iterable[tuple[str, str]]:
    yield "PostgreSQL", version_text(catalog.server_version)
    yield "Encoding", catalog.encoding
    yield "Schemas", ", ".join(catalog.schemas)
    if catalog.large_objects:
        yield "Large objects", f"{catalog.large_objects:,}"
    if catalog.extensions:
        yield "Extensions", ", ".join(f"{e.name} {e.version}" for e in catalog.extensions)


def version_text(server_version: int) -> str:
    """`18.4` of 180004."""
    return f"{server_version // 10000}.{server_version % 10000}"


@dataclass(frozen=True)
class _Owned:
    """The objects of a schema by the table that they belong to."""

    definitions: Definitions
    children: Mapping[SchemaObject, Sequence[SchemaObject]]

    def parts(self, table: Name) -> tuple[TablePart, ...]:
        return tuple(
            TablePart(PARTS[child.kind], self.definitions[child].text.strip())
            for child in self._of(table)
            if child.kind in PARTS
        )

    def text(self, table: Name) -> str:
        own = self.definitions.get(_object(table))
        others = [self.definitions[c] for c in self._of(table) if c.kind in ("default", "comment")]
        return "".join(d.text for d in (own, *others) if d).strip()

    def _of(self, table: Name) -> Sequence[SchemaObject]:
        return self.children.get(_object(table), ())


def _object(table: Name) -> SchemaObject:
    return SchemaObject("table", *table)


def _by_table(definitions: Definitions) -> _Owned:
    children: dict[SchemaObject, list[SchemaObject]] = {}
    for key, definition in definitions.items():
        if definition.parent and definition.parent.kind == "table":
            children.setdefault(definition.parent, []).append(key)
    for found in children.values():
        found.sort()
    return _Owned(definitions, children)
