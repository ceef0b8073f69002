"""Two databases of one schema, what differs between them by a small model, and a script applied."""

from __future__ import annotations

import subprocess
from collections import Counter
from collections.abc import Sequence

import psycopg
from equality import PROGRAMS
from hypothesis import strategies as st
from psycopg import sql

from snapshot.catalog import Name
from snapshot.changes.model import Change, ComparedTable, Values
from snapshot.changes.script import change_script
from snapshot.postgres.checksums import content_checksum
from snapshot.postgres.connection import exact_text
from snapshot.postgres.script_facts import ScriptFacts, read_script_facts
from snapshot.store.manifest import SequenceValue

Differences = list[tuple[ComparedTable, Sequence[Change]]]


def execute(url: str, *statements: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement)  # type: ignore[call-overload]


def facts_of(url: str) -> ScriptFacts:
    with psycopg.connect(url) as connection:
        exact_text(connection)
        return read_script_facts(connection)


def compared(a: str, b: str, facts: ScriptFacts) -> tuple[Differences, list[SequenceValue]]:
    """What differs, as a dictionary of rows would tell it."""
    found: Differences = []
    with psycopg.connect(a) as here, psycopg.connect(b) as there:
        exact_text(here)
        exact_text(there)
        for table in facts.catalog.tables:
            columns = tuple(column.name for column in table.stored)
            query = sql.SQL("COPY (SELECT {} FROM {} {}) TO STDOUT").format(
                sql.SQL(", ").join(map(sql.Identifier, columns)),
                sql.SQL("" if table.partitioned else "ONLY"),
                sql.Identifier(*table.name),
            )
            sides = []
            for connection in (here, there):
                with connection.cursor().copy(query) as copy:
                    # a table without columns has empty lines
                    sides.append([tuple(row) if columns else () for row in copy.rows()])
            changes = row_changes(*sides, [columns.index(name) for name in table.key])
            if changes:
                found.append((ComparedTable(table.name, columns, table.key), changes))
        sequences = [
            SequenceValue(sequence.name, *stand)
            for sequence in facts.catalog.sequences
            if (stand := standing(there, sequence.name)) != standing(here, sequence.name)
        ]
    return found, sequences


def standing(connection: psycopg.Connection, name: tuple[str, str]) -> tuple[int, bool]:
    query = sql.SQL("SELECT last_value, is_called FROM {}").format(sql.Identifier(*name))
    row = connection.execute(query).fetchone()
    assert row is not None
    return row


def row_changes(here: list[Values], there: list[Values], key: list[int]) -> list[Change]:
    if not key:
        before, after = Counter(here), Counter(there)
        gone, come = (before - after).elements(), (after - before).elements()
        return [Change(row, None) for row in gone] + [Change(None, row) for row in come]
    sides = [{tuple(row[at] for at in key): row for row in side} for side in (here, there)]
    keys = sorted({*sides[0], *sides[1]}, key=str)
    pairs = (Change(sides[0].get(k), sides[1].get(k)) for k in keys)
    return [pair for pair in pairs if pair.before != pair.after]


def contents_of(url: str, facts: ScriptFacts) -> dict[Name, tuple[int, str]]:
    with psycopg.connect(url) as connection:
        exact_text(connection)
        return {
            table.name: content_checksum(connection, table, table.stored, facts.catalog.encoding)
            for table in facts.catalog.tables
        }


def script_between(a: str, b: str) -> str:
    facts = facts_of(a)
    return "".join(change_script(*compared(a, b, facts), facts, contents_of(a, facts)))


def apply(url: str, script: str) -> str:
    """Run it as a user would; returns what went wrong."""
    done = subprocess.run(
        [PROGRAMS / "psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", url, "-f", "-"],
        input=script,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode == 0) == ("ERROR" not in done.stderr), done.stderr
    return done.stderr


# --- random pairs

ACTIONS = ["", " ON DELETE CASCADE", " ON DELETE RESTRICT", " ON DELETE SET NULL"]
ACTIONS += [" ON DELETE SET DEFAULT", " ON DELETE CASCADE ON UPDATE CASCADE", " ON UPDATE SET NULL"]
TIMES = ["", "", " DEFERRABLE", " DEFERRABLE INITIALLY DEFERRED"]
UNIQUE = [
    "ALTER TABLE {t} ADD CONSTRAINT {t}_code UNIQUE (code)",
    "ALTER TABLE {t} ADD CONSTRAINT {t}_code UNIQUE (code) DEFERRABLE",
    "CREATE UNIQUE INDEX {t}_code ON {t} (code)",
    "CREATE UNIQUE INDEX {t}_code ON {t} (code) WHERE alive",
    "CREATE UNIQUE INDEX {t}_code ON {t} (code) WHERE length(code) > 0 AND alive",
    "CREATE UNIQUE INDEX {t}_code ON {t} (upper(code)) INCLUDE (n)",
    "ALTER TABLE {t} ADD CONSTRAINT {t}_code EXCLUDE (code WITH =)",
    "ALTER TABLE {t} ADD CONSTRAINT {t}_code UNIQUE (code, alive)",
]
KEYS = ["int", "int GENERATED ALWAYS AS IDENTITY", "int GENERATED BY DEFAULT AS IDENTITY", "serial"]

PAIR_OF = """
CREATE TABLE a (id {key} PRIMARY KEY, code text, alive bool NOT NULL, n int, doubled int GENERATED
    ALWAYS AS (n * 2) STORED, up int DEFAULT 1, bx int DEFAULT 1, by int DEFAULT 1, b_code text,
    c_id int, c_region text DEFAULT 'one');
CREATE TABLE b (x int, y int, code text, alive bool NOT NULL, n numeric, a_id int DEFAULT 1{required},
    PRIMARY KEY (x, y));
CREATE TABLE c (id int, region text, a_id int DEFAULT 1, n int, PRIMARY KEY (id, region))
    PARTITION BY LIST (region);
CREATE TABLE c_one PARTITION OF c FOR VALUES IN ('one');
CREATE TABLE c_rest PARTITION OF c DEFAULT;
CREATE TABLE d (a_id int DEFAULT 1, note json);
"""
LINKS = {
    "up": "ALTER TABLE a ADD CONSTRAINT a_up FOREIGN KEY (up) REFERENCES a",
    "b": "ALTER TABLE a ADD CONSTRAINT a_b FOREIGN KEY (bx, by) REFERENCES b",
    "a": "ALTER TABLE b ADD CONSTRAINT b_a FOREIGN KEY (a_id) REFERENCES a",
    "c": "ALTER TABLE c ADD CONSTRAINT c_a FOREIGN KEY (a_id) REFERENCES a",
    "to_c": "ALTER TABLE a ADD CONSTRAINT a_c FOREIGN KEY (c_id, c_region) REFERENCES c",
    "d": "ALTER TABLE d ADD CONSTRAINT d_a FOREIGN KEY (a_id) REFERENCES a",
}
B_CODE = "ALTER TABLE a ADD CONSTRAINT a_b_code FOREIGN KEY (b_code) REFERENCES b (code)"


@st.composite
def pairs(draw: st.DrawFn) -> tuple[str, list[str]]:
    """A schema, and the rows of two states of it as statements."""
    required = draw(st.booleans())
    parts = [PAIR_OF.format(key=draw(st.sampled_from(KEYS)), required=" NOT NULL" * required)]
    unique = draw(st.sampled_from(UNIQUE))
    parts.append(unique.format(t="a"))
    links = dict(LINKS)
    plain = draw(st.booleans())
    parts.append((UNIQUE[0] if plain else draw(st.sampled_from(UNIQUE))).format(t="b"))
    if plain:
        links["b_code"] = B_CODE
    for name, text in links.items():
        action, time = draw(st.sampled_from(ACTIONS)), draw(st.sampled_from(TIMES))
        kept = name not in ("b_code", "up") or draw(st.booleans())
        parts += [text + action + time] * kept
    partial = "WHERE" in unique
    first = draw(states(required, partial, plain))
    second = draw(states(required, partial, plain))
    return ";\n".join(parts), [rows_as_sql(first), rows_as_sql(second)]


State = dict[str, list[tuple[object, ...]]]


@st.composite
def states(draw: st.DrawFn, required: bool, partial: bool, plain: bool) -> State:
    least = draw(st.sampled_from([0, 3]))
    ids = draw(st.lists(st.integers(1, 5), min_size=least, max_size=5, unique=True))
    pairs_of = st.tuples(st.integers(1, 2), st.integers(1, 3))
    xy = (
        draw(st.lists(pairs_of, min_size=least, max_size=5, unique=True))
        if ids or not required
        else []
    )
    some = st.sampled_from
    a_ids = some(ids) if required and ids else some([None, *ids])
    codes = draw(st.permutations(["p", "q", "r", "s", "t", None]))
    b_codes = draw(st.permutations(["p", "q", "r", "s", "t", None]))
    places = st.tuples(st.integers(1, 3), some(["one", "two", "three"]))
    c_keys = draw(st.lists(places, max_size=4, unique=True))
    a = []
    for at, number in enumerate(ids):
        x, y = draw(some([(None, None), *xy]))
        b_code = draw(some([None, *b_codes[: len(xy)]])) if plain else None
        n, alive = draw(st.integers(0, 2)), draw(st.booleans())
        code = "p" if partial and not alive else codes[at]
        c_id, region = draw(some([(None, None), *c_keys]))
        a.append((number, code, alive, n, draw(some([None, *ids])), x, y, b_code, c_id, region))
    b = [
        (*k, b_codes[at], draw(st.booleans()), draw(some(["1.0", "1.00", None])), draw(a_ids))
        for at, k in enumerate(xy)
    ]
    c = [(*k, draw(some([None, *ids])), draw(st.integers(0, 2))) for k in c_keys]
    d = [
        (draw(some([None, *ids])), draw(some(['{"a": 1}', '{"a":1}', None])))
        for _ in range(draw(st.integers(0, 4)))
    ]
    return {"a": a, "b": b, "c": c, "d": d}


COLUMNS = {
    "a": "id, code, alive, n, up, bx, by, b_code, c_id, c_region",
    "b": "x, y, code, alive, n, a_id",
}
COLUMNS |= {"c": "id, region, a_id, n", "d": "a_id, note"}


def rows_as_sql(state: State) -> str:
    """Rows that refer to one another in every direction."""
    parts = ["SET session_replication_role = replica"]
    for table, rows in state.items():
        for row in rows:
            values = sql.SQL(", ").join(map(sql.Literal, row)).as_string(None)
            parts.append(
                f"INSERT INTO {table} ({COLUMNS[table]}) OVERRIDING SYSTEM VALUE VALUES ({values})"
            )
    return ";".join([*parts, "RESET session_replication_role"])
