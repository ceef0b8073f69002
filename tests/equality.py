"""Whether two databases are equal: schema, every row, sequences, flags, large objects."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import psycopg
from psycopg import sql
from servers import programs

PROGRAMS = programs(18) or Path("no-PostgreSQL-18")

_USER = "n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'"

_FACTS = {
    "constraint": f"""
        SELECT concat_ws(' / ', n.nspname, c.relname,
                   CASE WHEN k.conparentid = 0 THEN k.conname ELSE pg_get_constraintdef(k.oid) END),
               concat_ws(' ', k.contype, k.condeferrable, k.condeferred, k.convalidated,
                   k.confmatchtype, k.confupdtype, k.confdeltype, pg_get_constraintdef(k.oid),
                   obj_description(k.oid, 'pg_constraint'))
        FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid
        JOIN pg_namespace n ON n.oid = c.relnamespace WHERE {_USER}""",
    "trigger": f"""
        SELECT concat_ws(' / ', n.nspname, c.relname, g.tgname), g.tgenabled::text
        FROM pg_trigger g JOIN pg_class c ON c.oid = g.tgrelid
        JOIN pg_namespace n ON n.oid = c.relnamespace WHERE {_USER} AND NOT g.tgisinternal""",
    "relation": f"""
        SELECT concat_ws(' / ', n.nspname, c.relname),
               concat_ws(' ', c.relrowsecurity, c.relforcerowsecurity, c.relispopulated)
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE c.relkind IN ('r', 'p', 'v', 'm') AND {_USER}""",
    "large object": "SELECT oid::text, md5(lo_get(oid)) FROM pg_largeobject_metadata",
}


def differences(one: str, other: str) -> list[str]:
    """What differs between two databases, a line each; empty if they are equal."""
    found = []
    for kind, here, there in zip(*[iter(_sides(one, other))] * 3, strict=True):
        for key in sorted(set(here) | set(there)):
            if here.get(key) != there.get(key):
                found.append(f"{kind} {key}: {here.get(key)!r} != {there.get(key)!r}")
    return found


def content(url: str) -> dict[str, object]:
    """All rows of all tables as sorted COPY text, and where the sequences stand."""
    with psycopg.connect(url) as connection:
        return {**_rows(connection), **_sequences(connection)}


def flags(url: str) -> dict[str, dict[str, str]]:
    """Constraints, triggers and row security, each as the catalog has it."""
    with psycopg.connect(url) as connection:
        return {kind: dict(connection.execute(query)) for kind, query in _FACTS.items()}


def run_psql(url: str, *files: Path) -> None:
    """Run the files as a user would."""
    options = [word for file in files for word in ("-f", str(file))]
    done = subprocess.run(
        [PROGRAMS / "psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", url, *options],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def schema(url: str) -> dict[str, str]:
    """What pg_dump says of the schema, an entry an object."""
    text = subprocess.run(
        [PROGRAMS / "pg_dump", "--schema-only", "--no-owner", "--no-privileges", "-d", url],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    entries: dict[str, str] = {}
    for part in re.split(r"\n--\n(?=-- Name: )", text)[1:]:
        head, _, body = part.partition("\n")
        body = re.sub(r"^(\\(un)?restrict .*|SET default_\w+ = .*|--.*)?\n", "", body, flags=re.M)
        body = without_internal_options(body)
        entries[head] = entries.get(head, "") + body.strip()
    return entries


def without_internal_options(text: str) -> str:
    """The text less the column options that newer minor releases (15.20, 17.12) keep."""
    alone = (
        r"ALTER (?:FOREIGN )?TABLE ONLY [^;\n]* ALTER COLUMN [^;\n]* SET \(pg_attver=[^,()]*\);\n?"
    )
    text = re.sub(rf"^{alone}", "", text, flags=re.M)
    return re.sub(r"(?<=SET \()pg_attver=[^,()]*, |, pg_attver=[^,()]*(?=[,)])", "", text)


def _sides(one: str, other: str) -> list[object]:
    sides: list[object] = ["schema", schema(one), schema(other)]
    with psycopg.connect(one) as here, psycopg.connect(other) as there:
        sides += ["rows of", _rows(here), _rows(there)]
        sides += ["sequence", _sequences(here), _sequences(there)]
        for kind, query in _FACTS.items():
            sides += [kind, dict(here.execute(query)), dict(there.execute(query))]
    return sides


def _rows(connection: psycopg.Connection) -> dict[str, object]:
    connection.execute(
        "SET search_path = ''; SET TimeZone = 'UTC'; SET IntervalStyle = 'postgres';"
        "SET extra_float_digits = 3; SET lc_monetary = 'C'"
    )
    tables = connection.execute(
        "SELECT n.nspname, c.relname, array(SELECT attname::text FROM pg_attribute"
        " WHERE attrelid = c.oid AND attnum > 0 AND NOT attisdropped ORDER BY attnum)"
        " FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
        f" WHERE (c.relkind = 'r' OR (c.relkind = 'm' AND c.relispopulated)) AND {_USER}"
    ).fetchall()
    rows = {}
    for schema_name, name, columns in tables:
        query = sql.SQL("COPY (SELECT {} FROM ONLY {}) TO STDOUT").format(
            sql.SQL(", ").join(map(sql.Identifier, columns)), sql.Identifier(schema_name, name)
        )
        with connection.cursor().copy(query) as copy:
            rows[repr((schema_name, name))] = sorted(bytes(row) for row in copy)
    return rows


def _sequences(connection: psycopg.Connection) -> dict[str, object]:
    names = connection.execute(
        "SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
        f" WHERE c.relkind = 'S' AND {_USER}"
    ).fetchall()
    return {
        f"sequence {name!r}": connection.execute(
            sql.SQL("SELECT last_value, is_called FROM {}").format(sql.Identifier(*name))
        ).fetchone()
        for name in names
    }
