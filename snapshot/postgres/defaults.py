"""What a new row gets in a column for which it brings no value."""

from __future__ import annotations

import psycopg
from psycopg import sql

from snapshot.catalog import Name
from snapshot.postgres.connection import Connection

_DEFAULT = """
    SELECT a.attidentity <> '', pg_catalog.pg_get_expr(d.adbin, d.adrelid),
           pg_catalog.format_type(a.atttypid, a.atttypmod)
    FROM pg_catalog.pg_attribute a
    LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
    WHERE a.attrelid = %s::pg_catalog.regclass AND a.attname = %s
"""


def default_is_fixed(connection: Connection, table: Name, column: str) -> bool:
    """Whether the column's default is the same each time. The server judges: only such an
    expression may compute a stored column.
    """
    row = connection.execute(
        _DEFAULT, [sql.Identifier(*table).as_string(connection), column]
    ).fetchone()
    if row is None or row[1] is None:
        return row is None or not row[0]
    try:
        with connection.transaction(force_rollback=True):
            connection.execute(
                sql.SQL(
                    "CREATE TEMPORARY TABLE snapshot_default (v {} GENERATED ALWAYS AS ({}) STORED)"
                ).format(sql.SQL(row[2]), sql.SQL(row[1]))
            )
    except psycopg.errors.InvalidObjectDefinition:
        return False
    return True
