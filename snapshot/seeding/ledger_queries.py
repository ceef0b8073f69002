"""The SQL of the ledger, and of the temporary tables in which the server sees rows first."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from psycopg import sql

from snapshot.catalog import ForeignKey, Name
from snapshot.seeding.queries import identifiers, linked, row_text, table_of
from snapshot.seeding.tables import SeedTable, UniqueIndex

SHOWN = 5  # keys of changed rows
POSITION = "~n"  # of a row among those that are tried out
STAGED_ROWS = sql.Identifier("pg_temp", "snapshot_staged")
STAGED_KEYS = Name("pg_temp", "snapshot_keys")


# --- rows that are tried out


def create_staged_rows(table: SeedTable) -> sql.Composed:
    """A temporary table of the same columns, where nothing but their types is checked.

    A column that a row leaves out has its default there too, unless that is made up each time.
    """
    parts = [
        sql.SQL(
            "CREATE TEMPORARY TABLE snapshot_staged (LIKE {} INCLUDING GENERATED) ON COMMIT DROP"
        ).format(table_of(table))
    ]
    parts += [
        sql.SQL("ALTER TABLE {} ALTER {} DROP NOT NULL").format(STAGED_ROWS, sql.Identifier(name))
        for name, column in table.columns.items()
        if column.not_null and not column.generated
    ]
    parts += [
        sql.SQL("ALTER TABLE {} ALTER {} SET DEFAULT {}").format(
            STAGED_ROWS,
            sql.Identifier(name),
            sql.SQL(column.default),  # the server's own text
        )
        for name, column in table.columns.items()
        if column.default and not column.made_up
    ]
    parts.append(sql.SQL("ALTER TABLE {} ADD {} int").format(STAGED_ROWS, sql.Identifier(POSITION)))
    return sql.SQL("; ").join(parts)


def drop_staged_rows() -> sql.Composed:
    """Drop that table."""
    return sql.SQL("DROP TABLE {}").format(STAGED_ROWS)


def rejected(table: SeedTable, index: UniqueIndex) -> sql.Composed:
    """The positions of staged rows that repeat a key of the table, or of a staged row before."""
    names = [f"e{place}" for place in range(len(index.expressions))]
    expressions = sql.SQL(", ").join(
        sql.SQL("({}) AS {}").format(sql.SQL(text), sql.Identifier(name))  # the server's own
        for name, text in zip(names, index.expressions, strict=True)
    )
    compare = sql.SQL("=" if index.nulls_distinct else "IS NOT DISTINCT FROM")
    same = [
        sql.SQL("t.{} {} s.{}").format(sql.Identifier(n), compare, sql.Identifier(n)) for n in names
    ]
    return sql.SQL(
        'SELECT "~n" FROM (SELECT s.*, pg_catalog.row_number() OVER (PARTITION BY {names}'
        ' ORDER BY "~n") AS "~k" FROM (SELECT "~n", {expressions} FROM {staged}'
        " WHERE {predicate}) s WHERE {nulls}) s"
        ' WHERE "~k" > 1 OR EXISTS (SELECT FROM (SELECT {expressions} FROM {table}'
        " WHERE {predicate}) t WHERE {same})"
    ).format(
        names=identifiers(names),
        nulls=sql.SQL("s.* IS NOT NULL" if index.nulls_distinct else "true"),
        expressions=expressions,
        staged=STAGED_ROWS,
        predicate=sql.SQL(index.predicate or "true"),
        table=table_of(table),
        same=sql.SQL(" AND ").join(same),
    )


# --- the ledger


def create_staged_keys(table: SeedTable) -> sql.Composed:
    """A temporary table for lines of the ledger whose keys are values, not text yet."""
    keys = [
        sql.SQL("{} AS {}").format(sql.Identifier(name), sql.Identifier(f"key{place}"))
        for place, name in enumerate(table.key)
    ]
    return sql.SQL(
        "DROP TABLE IF EXISTS {}; CREATE TEMPORARY TABLE snapshot_keys ON COMMIT DROP AS"
        " SELECT 0 AS rule, 0::bigint AS path, {} FROM {} WITH NO DATA"
    ).format(sql.Identifier(*STAGED_KEYS), sql.SQL(", ").join(keys), table_of(table))


def record_staged_keys(table: SeedTable) -> sql.Composed:
    """Write those lines into the ledger, with the keys as the server's text."""
    names = [f"key{place}" for place in range(len(table.key))]
    return sql.SQL(
        "INSERT INTO snapshot.seeded (rule, path, key) SELECT k.rule, k.path, {} FROM {} k"
    ).format(row_text(names, "k"), sql.Identifier(*STAGED_KEYS))


def ledger_lines(numbers: Sequence[int], table: SeedTable) -> sql.Composed:
    """The lines of some rules of a table, as a subquery with `key` and `path`: one for each key."""
    # a key that is made up is never used again; another key may have lines of rows that are gone
    query = (
        "(SELECT key, path FROM snapshot.seeded WHERE rule = ANY ({}::int[]))"
        if table.made_keys == set(table.key)
        else "(SELECT key, pg_catalog.min(path) AS path FROM snapshot.seeded"
        " WHERE rule = ANY ({}::int[]) GROUP BY key)"
    )
    return sql.SQL(query).format(sql.Literal(list(numbers)))


def delete_lines_of_missing_rows(number: int, table: SeedTable) -> sql.Composed:
    """Delete the lines of a rule whose rows are gone."""
    return sql.SQL(
        "DELETE FROM snapshot.seeded l WHERE l.rule = {} AND NOT EXISTS"
        " (SELECT FROM {} c WHERE {} = l.key)"
    ).format(sql.Literal(number), table_of(table), row_text(table.key, "c"))


def count_seeded(numbers: Sequence[int], table: SeedTable) -> sql.Composed:
    """How many of a table's rows some rules made."""
    return sql.SQL("SELECT pg_catalog.count(*) FROM {} c JOIN {} l ON l.key = {}").format(
        table_of(table), ledger_lines(numbers, table), row_text(table.key, "c")
    )


def changed_rows(numbers: Sequence[int], table: SeedTable) -> sql.Composed:
    """Seeded rows that were written again since: their number, and some of their keys.

    A row is written in the same transaction as its line, or before it where a snapshot is loaded
    by several sessions. Whoever changes the row, or makes another one with its key, comes later.
    A later run may change it by a trigger: then that run's lines bear the same transaction.
    (documentation: 5.6, System Columns; 24.1.5, Preventing Transaction ID Wraparound Failures)
    """
    return sql.SQL(
        "SELECT pg_catalog.count(*), (pg_catalog.array_agg(key))[1:{some}] FROM"
        " (SELECT l.key FROM {table} c JOIN snapshot.seeded l ON l.key = {key}"
        " WHERE l.rule = ANY ({numbers}::int[]) GROUP BY l.key"
        " HAVING pg_catalog.bool_and(pg_catalog.age(c.xmin) < pg_catalog.age(l.xmin))"
        " AND pg_catalog.min(c.xmin::text) NOT IN (SELECT xmin::text FROM snapshot.seeded)"
        " ORDER BY l.key) changed"
    ).format(
        some=sql.Literal(SHOWN),
        table=table_of(table),
        key=row_text(table.key, "c"),
        numbers=sql.Literal(list(numbers)),
    )


def _keys_of(numbers: Sequence[int]) -> sql.Composed:
    return sql.SQL("(SELECT key FROM snapshot.seeded WHERE rule = ANY ({}::int[]))").format(
        sql.Literal(list(numbers))
    )


def lock_tables(names: Iterable[Name]) -> sql.Composed:
    """Let nobody write into tables, or write rows that reference theirs, until the commit."""
    return sql.SQL("LOCK TABLE {} IN EXCLUSIVE MODE").format(
        sql.SQL(", ").join(sql.Identifier(*name) for name in names)
    )


def delete_seeded(table: SeedTable, numbers: Sequence[int]) -> sql.Composed:
    """Delete the rows that some rules made."""
    return sql.SQL("DELETE FROM {} c WHERE {} IN {}").format(
        table_of(table), row_text(table.key, "c"), _keys_of(numbers)
    )


def dependents(
    fk: ForeignKey,
    table: SeedTable,
    numbers: Sequence[int],
    referenced: SeedTable,
    referenced_numbers: Sequence[int],
) -> sql.Composed:
    """Rows that stay and reference a row that is deleted: their number, and one of their keys."""
    shown = table.key or tuple(table.columns)[:1]
    return sql.SQL(
        "SELECT pg_catalog.count(*), pg_catalog.min({shown}) FROM {table} c JOIN {referenced} p"
        " ON {on} WHERE {parent} IN {deleted} AND {shown} NOT IN {also}"
    ).format(
        shown=row_text(shown, "c"),
        table=table_of(table),
        referenced=table_of(referenced),
        on=linked(fk, referenced),
        parent=row_text(referenced.key, "p"),
        deleted=_keys_of(referenced_numbers),
        also=_keys_of(numbers),
    )
