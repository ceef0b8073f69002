"""Round trips as properties: random schemas with cycles, random values of every built-in type."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest
from equality import differences
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg import sql

from snapshot.create import CreateOptions, create_snapshot
from snapshot.planning.restore_plan import PlanOptions
from snapshot.restore import RestoreOptions, restore_snapshot
from snapshot.safety.backups import BackupOptions
from snapshot.store.manifest import FORMATS

Database = Callable[..., str]
NONE = BackupOptions(keep=False)

text = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=12)
awkward = st.sampled_from(
    ["", "\\", "\\.", "\\N", "\n", "\t", "\r\n", "'", '"', "$$", "NULL", " a "]
)
words = text | awkward
small = st.integers(-(2**31), 2**31 - 1)

# PostgreSQL's own spelling of values; what the server refuses is not tried.
VALUES: dict[str, st.SearchStrategy[str]] = {
    "smallint": st.integers(-(2**15), 2**15 - 1).map(str),
    "integer": small.map(str),
    "bigint": st.integers(-(2**63), 2**63 - 1).map(str),
    "numeric": st.sampled_from(["NaN", "1.10", "-0.000", "1e400", "1e-300", "12345678901234567890.5"])
    | st.decimals(allow_nan=False, allow_infinity=False).map(str),
    "real": st.sampled_from(["NaN", "Infinity", "-Infinity", "-0", "1e-45", "3.4028235e38"])
    | st.floats(width=32).map(repr),
    "double precision": st.sampled_from(["NaN", "Infinity", "-Infinity", "-0", "5e-324", "1e308"])
    | st.floats().map(repr),
    "money": st.integers(-(10**15), 10**15).map(lambda cents: f"{cents / 100:.2f}"),
    "boolean": st.sampled_from(["t", "f"]),
    "text": words,
    "varchar(20)": words,
    "char(13)": words,
    "bpchar": words,
    '"char"': st.sampled_from(["a", "", "\\", "'"]),
    "name": words,
    "bytea": st.binary(max_size=20).map(lambda data: "\\x" + data.hex()),
    "date": st.sampled_from(["infinity", "-infinity", "4713-01-01 BC", "5874897-12-31", "0001-01-01"])
    | st.dates().map(str),
    "time": st.times().map(str) | st.just("24:00"),
    "timetz": st.times().map(lambda t: f"{t}+05:30"),
    "timestamp": st.sampled_from(["infinity", "-infinity", "294276-12-31 23:59:59.999999", "4713-01-01 BC"])
    | st.datetimes().map(str),
    "timestamptz": st.sampled_from(["infinity", "-infinity", "294276-01-01 00:00+14", "44-03-15 12:00+00 BC"])
    | st.datetimes().map(lambda moment: f"{moment}-03:30"),
    "interval": st.tuples(small, st.integers(-9999, 9999), st.integers(-(10**9), 10**9)).map(
        lambda p: f"{p[0] // 20} months {p[1]} days {p[2]} microseconds"
    ),
    "uuid": st.uuids().map(str),
    "json": st.sampled_from(['{ "a" : 1,"a":2 }', "[1.10 , 1e400]", " null ", '"\\u00e9\\n"', '{"x":\n[]}']),
    "jsonb": st.sampled_from(
        ['{"a": 1.10}', '{"n": 12345678901234567890}', '"text"', "null", "1e400", "[]", "{}",
         '{"a": [1, 2.5, "x\\\\y", null, true], "é": {"b": "\\"q\\""}}', '[0.1, -0.0, 1.0, 100]']
    ),
    "int[]": st.sampled_from(["{}", "{1,NULL,3}", "{{1,2},{3,4}}", "[2:3]={7,8}", "[-1:0][0:0]={{1},{2}}"]),
    "text[]": st.lists(words, max_size=3).map(
        lambda items: "{" + ",".join(f'"{i.translate({92: chr(92) * 2, 34: chr(92) + chr(34)})}"' for i in items) + "}"
    ),
    "int4range": st.sampled_from(["empty", "[1,5)", "(,)", "[3,]", "(,7]"]),
    "tstzrange": st.sampled_from(["empty", "[2020-01-01,infinity)", "(,)"]),
    "bit(3)": st.sampled_from(["000", "101"]),
    "varbit": st.sampled_from(["", "1", "0101"]),
    "inet": st.sampled_from(["1.2.3.4", "1.2.3.4/8", "::1", "fe80::/10"]),
    "cidr": st.sampled_from(["10.0.0.0/8", "::/0", "1.2.3.4/32"]),
    "macaddr": st.sampled_from(["08:00:2b:01:02:03"]),
    "macaddr8": st.sampled_from(["08:00:2b:01:02:03:04:05"]),
    "point": st.sampled_from(["(1,2)", "(1e300,-0)", "(NaN,Infinity)"]),
    "box": st.sampled_from(["(1,2),(3,4)"]),
    "path": st.sampled_from(["[(1,2),(3,4)]", "((1,2),(3,4))"]),
    "polygon": st.sampled_from(["((0,0),(1,1),(1,0))"]),
    "circle": st.sampled_from(["<(1,2),3.5>"]),
    "lseg": st.sampled_from(["[(1,2),(3,4)]"]),
    "line": st.sampled_from(["{1,2,3}"]),
    "tsvector": st.sampled_from(["", "'a':1A 'it''s':2", "b c"]),
    "tsquery": st.sampled_from(["'a' & !'b'", ""]),
    "oid": st.sampled_from(["0", "4294967295"]),
    "pg_lsn": st.sampled_from(["16/B374D848"]),
    "regclass": st.sampled_from(["pg_class", "-"]),
    "txid_snapshot": st.sampled_from(["10:20:10,14"]),
    "mood": st.sampled_from(["sad", 'it\'s "fine"']),
    "mood[]": st.sampled_from(["{sad,NULL}", '{"it\'s \\"fine\\""}']),
    "pair": st.sampled_from(["(1,)", '(,"a,b\\\\")', "(,)"]),
    "pair[]": st.sampled_from(['{"(1,x)",NULL}', "{}"]),
    "mail": st.sampled_from(["a@b", "@\\"]),
}  # fmt: skip

TYPES = """
    CREATE TYPE mood AS ENUM ('sad', 'it''s "fine"'); CREATE TYPE pair AS (x int, y text);
    CREATE DOMAIN mail AS text CHECK (VALUE ~ '@');
"""

rows_of_values = st.lists(
    st.tuples(*(st.none() | strategy for strategy in VALUES.values())), min_size=1, max_size=6
)

relaxed = settings(
    deadline=None,
    max_examples=20,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large,
                           HealthCheck.large_base_example],
)  # fmt: skip


@pytest.fixture
def pair_of_databases(database: Database) -> tuple[str, str]:
    """Two databases that the examples of a test share, each example emptying them."""
    return database(), database()


def empty(url: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")


def check_round_trip(source: str, target: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        directory = Path(folder, "s")
        create_snapshot(CreateOptions(source, directory, formats=FORMATS))
        for source_format in FORMATS:
            empty(target)
            for _ in ("into the empty database", "into the schema that is there now"):
                plan = PlanOptions(source_format=source_format)
                restore_snapshot(
                    RestoreOptions(
                        target, directory, confirm=True, plan=plan, backup=NONE, full=True
                    )
                )
                assert differences(source, target) == [], source_format


@relaxed
@given(rows=rows_of_values, keyed=st.booleans())
def test_values_of_every_type(
    rows: list[tuple[str | None, ...]], keyed: bool, pair_of_databases: tuple[str, str]
) -> None:
    source, target = pair_of_databases
    empty(source)
    with psycopg.connect(source, autocommit=True) as connection:
        connection.execute(TYPES)
        columns = sql.SQL(", ").join(
            sql.SQL("{} " + type_).format(sql.Identifier(f"a {type_}")) for type_ in VALUES
        )
        key = sql.SQL("id serial PRIMARY KEY, " if keyed else "id serial, ")
        connection.execute(sql.SQL("CREATE TABLE v ({}{})").format(key, columns))
        insert = sql.SQL("INSERT INTO v ({}) VALUES ({})").format(
            sql.SQL(", ").join(sql.Identifier(f"a {type_}") for type_ in VALUES),
            sql.SQL(", ").join(sql.SQL("%s::" + type_) for type_ in VALUES),
        )
        for row in rows:
            try:
                connection.execute(insert, row)
            except psycopg.DataError:
                insert_one_by_one(connection, row)
    check_round_trip(source, target)


def insert_one_by_one(connection: psycopg.Connection, row: tuple[str | None, ...]) -> None:
    """Keep of a row what the server takes."""
    for type_, value in zip(VALUES, row, strict=True):
        insert = sql.SQL("INSERT INTO v ({}) VALUES (%s::" + type_ + ")")
        try:
            connection.execute(insert.format(sql.Identifier(f"a {type_}")), [value])
        except psycopg.DataError:
            continue


@st.composite
def schemas(draw: st.DrawFn) -> list[str]:
    """DDL and rows of a few tables with any graph of foreign keys between them."""
    count = draw(st.integers(1, 5))
    wide = [draw(st.booleans()) for _ in range(count)]  # has a key of two columns
    rows = draw(st.integers(1, 4))
    tables: list[list[str]] = []
    keys: list[str] = []
    values: list[list[str]] = []
    for t in range(count):
        columns = ["id int", "id2 int"] if wide[t] else ["id int"]
        columns.append(f"PRIMARY KEY ({', '.join(c.split()[0] for c in columns)})")
        tables.append(columns)
        values.append([f"{r}, {-r}" if wide[t] else f"{r}" for r in range(rows)])
    for k in range(draw(st.integers(0, 7))):
        child, parent = draw(st.integers(0, count - 1)), draw(st.integers(0, count - 1))
        nullable = draw(st.booleans())
        mode = draw(st.sampled_from(["", "DEFERRABLE", "DEFERRABLE INITIALLY DEFERRED"]))
        match = draw(
            st.sampled_from(["", "MATCH FULL", "ON DELETE SET NULL", "ON DELETE RESTRICT"])
        )
        names = [f"f{k}a", f"f{k}b"][: 2 if wide[parent] else 1]
        tables[child][-1:-1] = [f"{n} int{'' if nullable else ' NOT NULL'}" for n in names]
        for r in range(rows):
            to = draw(st.integers(0, rows - 1))
            null = nullable and draw(st.booleans())
            reference = ["NULL", "NULL"] if null else [str(to), str(-to)]
            values[child][r] += "".join(f", {v}" for v in reference[: len(names)])
        keys.append(
            f"ALTER TABLE t{child} ADD CONSTRAINT fk{k} FOREIGN KEY ({', '.join(names)}) "
            f"REFERENCES t{parent} {match} {mode}"
        )
    statements = [f"CREATE TABLE t{t} ({', '.join(columns)})" for t, columns in enumerate(tables)]
    statements += [f"INSERT INTO t{t} VALUES ({row})" for t in range(count) for row in values[t]]
    return statements + keys


@relaxed
@given(statements=schemas())
def test_any_graph_of_foreign_keys(
    statements: list[str], pair_of_databases: tuple[str, str]
) -> None:
    source, target = pair_of_databases
    empty(source)
    with psycopg.connect(source, autocommit=True) as connection:
        for statement in statements:
            connection.execute(sql.SQL(statement))
    check_round_trip(source, target)
