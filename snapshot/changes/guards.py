"""Checks of whole tables, where no key tells which row is which."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from psycopg import sql

from snapshot.catalog import Name
from snapshot.changes.operations import ChangedTable
from snapshot.planning.steps import Step, identifier
from snapshot.postgres.checksums import row_hash
from snapshot.postgres.script_facts import ScriptFacts

MOVED_ON = "The rows are not as they were when the script was made. It changed nothing."
_ALL_HASHES = 2**64


def contents_compared(
    tables: Mapping[Name, ChangedTable],
    contents: Mapping[Name, tuple[int, str]],
    facts: ScriptFacts,
) -> Iterator[Step]:
    """Tables without a key must hold exactly what they held: rows, and the sum of their hashes."""
    without = [t for name, t in sorted(tables.items()) if not t.compared.key and name in contents]
    if without:
        body = sql.SQL("").join(
            _comparison(table, *contents[table.compared.name], facts) for table in without
        )
        block = sql.SQL("BEGIN\n{}END").format(body).as_string(None)
        yield Step(
            "Compare the tables without a key",
            "nothing else tells that one of their rows has come or gone",
            (sql.SQL("DO LANGUAGE plpgsql {}").format(sql.Literal(block)),),
        )


def _comparison(table: ChangedTable, rows: int, checksum: str, facts: ScriptFacts) -> sql.Composed:
    name = table.compared.name
    message = f"{name} does not hold the {rows} rows that it held".replace("%", "%%")
    return sql.SQL(
        "IF NOT (SELECT pg_catalog.count(*) = {rows} AND pg_catalog.mod(pg_catalog.mod("
        "coalesce(pg_catalog.sum({hash}), 0), {all}) + {all}, {all}) = {sum}\n"
        "  FROM {table}) THEN\n"
        "  RAISE EXCEPTION {message} USING HINT = {hint};\nEND IF;\n"
    ).format(
        rows=sql.Literal(rows),
        hash=row_hash(table.table.stored, facts.catalog.encoding),
        all=sql.Literal(_ALL_HASHES),
        sum=sql.Literal(int(checksum, 16)),
        table=sql.SQL("{}" if table.table.partitioned else "ONLY {}").format(identifier(name)),
        message=sql.Literal(message),
        hint=sql.Literal(MOVED_ON),
    )
