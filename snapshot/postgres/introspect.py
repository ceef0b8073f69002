"""Reads the catalog of a database, with the same number of queries for any number of tables."""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Sequence as ListOf
from typing import Any

from psycopg import sql

from snapshot.catalog import (
    Catalog,
    Check,
    Column,
    EventTrigger,
    Extension,
    ForeignKey,
    Index,
    Name,
    Rule,
    SchemaObject,
    Sequence,
    Table,
    Trigger,
)
from snapshot.planning.ordering import tie_broken_order
from snapshot.postgres.connection import Connection, fetch, no_search_path, query, scalar
from snapshot.postgres.copying import rows_of
from snapshot.postgres.unplanned import count_stored


def read_catalog(connection: Connection) -> Catalog:
    """Read the structure of all the users' schemas, in the transaction that is open."""
    return Catalog(
        server_version=connection.info.server_version,
        encoding=scalar(connection, "SHOW server_encoding"),
        tables=read_tables(connection),
        foreign_keys=tuple(_foreign_key(row) for row in fetch(connection, "foreign_keys")),
        unvalidated_checks=tuple(_check(row) for row in fetch(connection, "unvalidated_checks")),
        triggers=tuple(Trigger(**_switched(row)) for row in fetch(connection, "triggers")),
        rules=tuple(Rule(**_switched(row)) for row in fetch(connection, "rules")),
        disabled_keys=read_disabled_keys(connection),
        event_triggers=tuple(EventTrigger(**row) for row in fetch(connection, "event_triggers")),
        sequences=tuple(_sequence(row) for row in fetch(connection, "sequences")),
        materialized_views=_materialized_views(fetch(connection, "views")),
        extensions=tuple(Extension(**row) for row in fetch(connection, "extensions")),
        large_objects=scalar(
            connection, "SELECT pg_catalog.count(*) FROM pg_catalog.pg_largeobject_metadata"
        ),
        large_object_comments=_large_object_comments(connection),
        schemas=read_schemas(connection),
    )


def read_schemas(connection: Connection) -> tuple[str, ...]:
    """The schemas of users that hold at least one object; none if the database is empty."""
    with no_search_path(connection):
        return tuple(name for (name,) in connection.execute(query("schemas")))


def _large_object_comments(connection: Connection) -> dict[int, str]:
    rows = connection.execute(
        "SELECT oid::bigint, pg_catalog.obj_description(oid, 'pg_largeobject')"
        " FROM pg_catalog.pg_largeobject_metadata WHERE EXISTS (SELECT FROM"
        " pg_catalog.pg_description WHERE objoid = oid AND classoid ="
        " 'pg_catalog.pg_largeobject'::regclass) ORDER BY oid"
    )
    return dict(rows.fetchall())


def read_tables(connection: Connection) -> tuple[Table, ...]:
    """The tables whose rows a snapshot may hold."""
    return tuple(_table(row) for row in fetch(connection, "tables"))


def _table(row: dict[str, Any]) -> Table:
    name = Name(row.pop("schema"), row.pop("name"))
    columns = tuple(Column(**column) for column in row.pop("columns"))
    leaves = tuple(Name(*leaf) for leaf in row.pop("leaves"))
    return Table(name, columns, key=tuple(row.pop("key")), leaves=leaves, **row)


def _foreign_key(row: dict[str, Any]) -> ForeignKey:
    return ForeignKey(
        table=Name(row.pop("table_schema"), row.pop("table_name")),
        referenced=Name(row.pop("referenced_schema"), row.pop("referenced_name")),
        root=Name(row.pop("root_schema"), row.pop("root_name")),
        referenced_root=Name(row.pop("referenced_root_schema"), row.pop("referenced_root_name")),
        columns=tuple(row.pop("columns")),
        referenced_columns=tuple(row.pop("referenced_columns")),
        **row,
    )


def _check(row: dict[str, Any]) -> Check:
    roots, valid_in = (tuple(Name(*n) for n in row.pop(key)) for key in ("roots", "valid_in"))
    owner = Name(row.pop("schema"), row.pop("owner_name"))
    return Check(owner=owner, roots=roots, valid_in=valid_in, **row)


def read_indexes(connection: Connection) -> tuple[Index, ...]:
    """The indexes that can be dropped and built again as they were."""
    return tuple(
        Index(table=Name(row.pop("schema"), row.pop("table_name")), **row)
        for row in fetch(connection, "indexes")
    )


def _switched(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": row["name"],
        "table": Name(row["schema"], row["table_name"]),
        "root": Name(row["root_schema"], row["root_name"]),
        "enabled": row["enabled"],
    }


def _sequence(row: dict[str, Any]) -> Sequence:
    owner = Name(row["owner_schema"], row["owner_name"]) if row["owner_name"] else None
    used_by = tuple(Name(*name) for name in row["used_by"])
    return Sequence(Name(row["schema"], row["name"]), owner, used_by, row["descending"])


def _materialized_views(rows: list[dict[str, Any]]) -> tuple[Name, ...]:
    reads = {
        Name(row["schema"], row["name"]): {Name(*read) for read in row["reads"]} for row in rows
    }
    refreshed = {Name(row["schema"], row["name"]) for row in rows if row["refreshed"]}
    return tuple(view for view in tie_broken_order(reads) if view in refreshed)


def lock_tables(connection: Connection, tables: Iterable[Table]) -> None:
    """Keep others from altering or truncating the tables until this transaction ends."""
    names = [sql.Identifier(*table.name) for table in tables]
    if names:
        connection.execute(
            sql.SQL("LOCK TABLE {} IN ACCESS SHARE MODE").format(sql.SQL(", ").join(names))
        )


def lock_out_writers(connection: Connection, tables: Iterable[Table]) -> None:
    """Keep others from writing to the tables until this transaction ends; they may read."""
    names = [sql.Identifier(*table.name) for table in tables]
    if names:
        connection.execute(
            sql.SQL("LOCK TABLE {} IN SHARE ROW EXCLUSIVE MODE").format(sql.SQL(", ").join(names))
        )


def read_identities(connection: Connection) -> set[SchemaObject]:
    """Every object that users made, columns and defaults too, as the server names it."""
    return {SchemaObject(**row) for row in fetch(connection, "identities")}


def read_disabled_keys(connection: Connection) -> frozenset[tuple[Name, str]]:
    """Foreign keys whose own triggers are switched off: their tables and names."""
    rows = fetch(connection, "disabled_keys")
    return frozenset((Name(row["schema"], row["table_name"]), row["name"]) for row in rows)


def read_unreadable(connection: Connection, tables: ListOf[Table]) -> list[Name]:
    """Those of the tables of which the role may read no column."""
    rows = connection.execute(
        "SELECT position FROM pg_catalog.unnest(%s::text[]) WITH ORDINALITY r (relation, position)"
        " WHERE NOT pg_catalog.has_any_column_privilege(relation, 'SELECT') ORDER BY position",
        [[sql.Identifier(*table.name).as_string(None) for table in tables]],
    )
    return [tables[position - 1].name for (position,) in rows]


def count_rows(connection: Connection, tables: ListOf[Table]) -> dict[Name, int]:
    """The rows of each table, exactly."""
    counts = {t.name: count_stored(connection, t) for t in tables if t.foreign_code}
    planned = [table for table in tables if not table.foreign_code]
    for start in range(0, len(planned), 500):
        some = planned[start : start + 500]
        union = sql.SQL(" UNION ALL ").join(
            sql.SQL("SELECT {}::int, pg_catalog.count(*) FROM {}").format(
                sql.Literal(position), rows_of(table)
            )
            for position, table in enumerate(some)
        )
        counts |= {some[position].name: count for position, count in connection.execute(union)}
    return {table.name: counts[table.name] for table in tables}


def read_filled(connection: Connection, tables: ListOf[Table]) -> set[Name]:
    """The tables that have rows. Of one that must not be planned, that has pages."""
    asked = [table for table in tables if not table.empty and not table.foreign_code]
    filled = {table.name for table in tables if table.foreign_code and not table.empty}
    for start in range(0, len(asked), 500):
        some = asked[start : start + 500]
        union = sql.SQL(" UNION ALL ").join(
            sql.SQL("SELECT {}::int WHERE EXISTS (SELECT FROM {})").format(
                sql.Literal(position), rows_of(table)
            )
            for position, table in enumerate(some)
        )
        filled |= {some[position].name for (position,) in connection.execute(union)}
    return filled


def count_relations(connection: Connection) -> int:
    """How many relations the users' schemas hold, TOAST included: each takes a lock."""
    return int(scalar(connection, query("relations")))


# What queries/database_drops.sql drops: it lies in no schema, and pg_dump takes it along.
DROPPED_FIRST = frozenset(
    (
        "event trigger",
        "cast",
        "transform",
        "access method",
        "language",
        "server",
        "foreign-data wrapper",
        "user mapping",
    )
)


def read_drops(
    connection: Connection,
    schemas: Iterable[str],
    extensions: Iterable[str] = (),
    publications: Iterable[str] = (),
) -> list[sql.Composable]:
    """Statements that make room for these schemas: drop them, and empty `public`."""
    # event triggers are the first
    drops: list[sql.Composable] = [
        sql.SQL(text) for (text,) in connection.execute(query("database_drops"))
    ]
    drops += [
        sql.SQL("DROP PUBLICATION IF EXISTS {}").format(sql.Identifier(publication))
        for publication in publications
    ]
    drops += [
        sql.SQL("DROP EXTENSION IF EXISTS {} CASCADE").format(sql.Identifier(extension))
        for extension in extensions
    ]
    drops += [
        sql.SQL("DROP SCHEMA IF EXISTS {} CASCADE").format(sql.Identifier(schema))
        for schema in schemas
        if schema != "public"
    ]
    if "public" in schemas:
        drops += [sql.SQL(text) for (text,) in connection.execute(query("drops"))]
    return drops


def read_publications(connection: Connection) -> tuple[str, ...]:
    """The names of all publications."""
    rows = connection.execute("SELECT pubname FROM pg_catalog.pg_publication ORDER BY 1")
    return tuple(name for (name,) in rows)


def read_left_out(connection: Connection) -> tuple[str, ...]:
    """What belongs to this server rather than to the data: publications and subscriptions."""
    rows = connection.execute(
        "SELECT 'publication ' || pubname FROM pg_catalog.pg_publication"
        " UNION ALL SELECT 'subscription ' || s.subname FROM pg_catalog.pg_subscription s"
        " JOIN pg_catalog.pg_database d ON d.oid = s.subdbid"
        " WHERE d.datname = pg_catalog.current_database() ORDER BY 1"
    )
    return tuple(name for (name,) in rows)


def read_leading_out(connection: Connection, left_out: ListOf[str]) -> dict[str, list[str]]:
    """What the schemas that are taken need from each that is left out, as text to read."""
    needs: dict[str, list[str]] = {}
    if left_out:
        rows = connection.execute(query("leading_out"), {"left_out": list(left_out)})
        for schema, needing, needed in rows:
            needs.setdefault(schema, []).append(f"{needing} needs {needed}")
    return needs


def read_secrets(connection: Connection) -> tuple[str, ...]:
    """User mappings with options, such as passwords, which snapshots leave out."""
    rows = connection.execute(
        "SELECT 'user mapping of ' || usename || ' for server ' || srvname"
        " FROM pg_catalog.pg_user_mappings WHERE umoptions IS NOT NULL ORDER BY 1"
    )
    return tuple(name for (name,) in rows)


def read_internal_options(connection: Connection) -> list[str]:
    """Column options that are the server's own, each as name=value."""
    return [option for (option,) in connection.execute(query("internal_options"))]


def read_sizes(connection: Connection, names: list[Name]) -> dict[Name, int]:
    """Bytes on disk; a partitioned table includes its partitions."""
    relations = [sql.Identifier(*name).as_string(None) for name in names]
    rows = connection.execute(
        "SELECT (SELECT coalesce(pg_catalog.sum(pg_catalog.pg_total_relation_size(part.oid)), 0)"
        " FROM (SELECT relid AS oid FROM pg_catalog.pg_partition_tree(relation::regclass)"
        "       UNION SELECT relation::regclass) part)::bigint"
        " FROM pg_catalog.unnest(%s::text[]) WITH ORDINALITY r (relation, position)"
        " ORDER BY position",
        [relations],
    )
    return {name: size for name, (size,) in zip(names, rows, strict=True)}
