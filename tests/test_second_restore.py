"""What is the same is recognised as the same: a database that was restored can be restored again."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest
from conftest import PG_CONTRIB
from equality import content, differences

from snapshot.create import CreateOptions, create_snapshot
from snapshot.errors import DatabaseFailed, SchemaDiffers
from snapshot.planning.restore_plan import PlanOptions
from snapshot.planning.selection import Selection
from snapshot.planning.spelling import settled
from snapshot.restore import RestoreOptions, restore_snapshot
from snapshot.safety.backups import BackupOptions
from snapshot.verify import verify_snapshot

Database = Callable[..., str]
NONE = BackupOptions(keep=False)

DROPPED_COLUMN = """
    CREATE TABLE p (old int, a int, b int, id int PRIMARY KEY, UNIQUE (a, b));
    ALTER TABLE p DROP COLUMN old;
    CREATE TABLE c (id int PRIMARY KEY, old text, pid int REFERENCES p, x int, y int,
        FOREIGN KEY (y, x) REFERENCES p (b, a) ON DELETE CASCADE);
    ALTER TABLE c DROP COLUMN old;
    CREATE TABLE self (gone int, id int PRIMARY KEY, up int REFERENCES self);
    ALTER TABLE self DROP COLUMN gone;
    INSERT INTO p VALUES (1, 2, 1); INSERT INTO c VALUES (1, 1, 1, 2); INSERT INTO self VALUES (1, 1)
"""

LISTS = """
    CREATE TYPE mood AS ENUM ('happy', 'sad');
    CREATE DOMAIN code AS varchar(5) CHECK (VALUE IN ('a', 'b', 'c'));
    CREATE TABLE t (id int PRIMARY KEY, status varchar(10) CHECK (status IN ('new', 'pa''id')),
        kind char(3) CHECK (kind NOT IN ('x', 'y')), c code, m mood CHECK (m IN ('happy', 'sad')),
        a int, b int, CHECK (a BETWEEN 1 AND 5 AND b > 0 AND (a < b OR b = 7 OR a = 1)),
        CHECK ((a, b) IN ((1, 2), (3, 4))), CHECK (status <> ALL (ARRAY['z', 'w']::varchar[])),
        at cidr CHECK (at IN ('10.0.0.0/8', '192.168.0.0/16')),
        long bool GENERATED ALWAYS AS (status IN ('new', 'pa''id')) STORED,
        one varchar DEFAULT CASE WHEN 'q'::varchar IN ('q', 'r') THEN 's' END);
    CREATE INDEX picked ON t (id) WHERE status IN ('new', 'x') AND id > 1 AND a > 2;
    CREATE INDEX computed ON t ((status IN ('new', 'x')));
    CREATE VIEW v AS SELECT id FROM t WHERE status IN ('new', 'y') AND (a = 1 OR a = 2 OR a = 3);
    CREATE MATERIALIZED VIEW mv AS SELECT id FROM t WHERE status NOT IN ('v', 'w');
    ALTER TABLE t ENABLE ROW LEVEL SECURITY;
    CREATE POLICY mine ON t USING (status IN ('new', 'paid')) WITH CHECK (status IN ('new', 'z'));
    CREATE FUNCTION quiet() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
    CREATE TRIGGER watch BEFORE UPDATE ON t FOR EACH ROW
        WHEN (NEW.status IN ('new', 'paid') AND NEW.a > 0 AND NEW.b > 0) EXECUTE FUNCTION quiet();
    CREATE RULE keep AS ON DELETE TO t WHERE OLD.status IN ('new', 'x') DO INSTEAD NOTHING;
    INSERT INTO t VALUES (1, 'new', 'z', 'a', 'sad', 1, 2, '10.0.0.0/8')
"""

# Of an inheriting table, whose columns a dump does not bring into another order here.
LATER = """
    CREATE STATISTICS st ON (status IN ('new', 'x')), a FROM t;
    CREATE TABLE parts (k varchar, n int) PARTITION BY LIST (k);
    CREATE TABLE parts_1 PARTITION OF parts (CHECK (k IN ('a', 'b') AND n > 0 AND n < 9))
        FOR VALUES IN ('a', 'b');
    INSERT INTO parts VALUES ('a', 1)
"""


def execute(url: str, *statements: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement)


@pytest.mark.parametrize("version", [13, 15, 18])
@pytest.mark.parametrize("schema", [DROPPED_COLUMN, LISTS], ids=["dropped column", "lists"])
def test_a_database_can_be_restored_again(
    database: Database, tmp_path: Path, version: int, schema: str
) -> None:
    source, target, seed = database(version), database(version), tmp_path / "seed"
    execute(source, schema)
    if schema is LISTS and version >= 14:
        execute(source, LATER)
    create_snapshot(CreateOptions(source, seed))
    assert verify_snapshot(seed, source).differences == ()
    restore_snapshot(RestoreOptions(target, seed, confirm=True))
    assert verify_snapshot(seed, target).differences == ()
    for full in (True, False, True):
        restore_snapshot(RestoreOptions(target, seed, confirm=True, backup=NONE, full=full))
    assert verify_snapshot(seed, target).differences == ()
    restore_snapshot(RestoreOptions(source, seed, confirm=True, backup=NONE))
    # and the other way: made of what was restored, over what was typed
    create_snapshot(CreateOptions(target, tmp_path / "second"))
    restore_snapshot(RestoreOptions(source, tmp_path / "second", confirm=True, backup=NONE))
    assert content(source) == content(target)


CHANGES = [
    "ALTER TABLE t DROP CONSTRAINT t_status_check, ADD CONSTRAINT t_status_check CHECK (status IN ('new', 'late'))",
    "ALTER TABLE t DROP CONSTRAINT t_status_check, ADD CONSTRAINT t_status_check CHECK (status IN ('new'))",
    "ALTER TABLE t DROP CONSTRAINT t_status_check, ADD CONSTRAINT t_status_check CHECK (status NOT IN ('old', 'pa''id'))",
    "ALTER TABLE t DROP CONSTRAINT t_status_check, ADD CONSTRAINT t_status_check CHECK (status IN ('pa''id', 'new'))",
    "DROP INDEX picked; CREATE INDEX picked ON t (id) WHERE status IN ('new', 'x') OR id > 1 AND a > 2",
    "DROP INDEX picked; CREATE INDEX picked ON t (id) WHERE status IN ('new', 'x') AND (id > 1 OR a > 2)",
    "DROP INDEX picked; CREATE INDEX picked ON t (id) WHERE status IN ('new', 'x') AND a > 2 AND id > 1",
    "CREATE OR REPLACE VIEW v AS SELECT id FROM t WHERE status IN ('new', 'y') AND (a = 1 OR a = 2 OR a = 4)",
    "CREATE OR REPLACE VIEW v AS SELECT id FROM t WHERE (status IN ('new', 'y') AND a = 1) OR a = 2 OR a = 3",
    "ALTER POLICY mine ON t USING (status IN ('new', 'paid', 'x'))",
    "ALTER DOMAIN code DROP CONSTRAINT code_check; ALTER DOMAIN code ADD CONSTRAINT code_check CHECK (VALUE IN ('a', 'b', 'd'))",
]


@pytest.mark.parametrize("change", CHANGES)
def test_another_list_or_condition_is_a_difference(
    database: Database, tmp_path: Path, change: str
) -> None:
    source, target, seed = database(18), database(18), tmp_path / "seed"
    execute(source, LISTS)
    create_snapshot(CreateOptions(source, seed))
    restore_snapshot(RestoreOptions(target, seed, confirm=True))
    for url in (source, target):
        execute(url, change)
        with pytest.raises(SchemaDiffers):
            restore_snapshot(RestoreOptions(url, seed, confirm=True, backup=NONE))
        assert verify_snapshot(seed, url).differences


@pytest.mark.parametrize(
    "change",
    [
        "ALTER TABLE c DROP CONSTRAINT c_pid_fkey, ADD CONSTRAINT c_pid_fkey FOREIGN KEY (x) REFERENCES p",
        "ALTER TABLE c DROP CONSTRAINT c_y_x_fkey,"
        " ADD CONSTRAINT c_y_x_fkey FOREIGN KEY (x, y) REFERENCES p (b, a) ON DELETE CASCADE",
    ],
)
def test_another_column_of_a_key_is_a_difference(
    database: Database, tmp_path: Path, change: str
) -> None:
    source, seed = database(18), tmp_path / "seed"
    execute(source, DROPPED_COLUMN)
    create_snapshot(CreateOptions(source, seed))
    execute(source, "DELETE FROM c", change)
    with pytest.raises(SchemaDiffers):
        restore_snapshot(RestoreOptions(source, seed, confirm=True, backup=NONE))


def test_a_restored_database_is_equal_to_its_source(database: Database, tmp_path: Path) -> None:
    source, target, seed = database(18), database(18), tmp_path / "seed"
    execute(source, DROPPED_COLUMN)
    create_snapshot(CreateOptions(source, seed))
    restore_snapshot(RestoreOptions(target, seed, confirm=True))
    assert differences(source, target) == []


def test_only_texts_that_mean_the_same_are_joined() -> None:
    """Random conditions, as the server prints them: what has the same text is true of the same."""
    chosen = random.Random(7)

    def condition(depth: int) -> str:
        if depth == 0 or chosen.random() < 0.2:
            return f"({chosen.choice('abc')} = 1)"
        word = chosen.choice(["AND", "OR", "NOT"])
        if word == "NOT":
            return f"(NOT {condition(depth - 1)})"
        sides = [condition(depth - 1) for _ in range(chosen.choice([2, 2, 3]))]
        return "(" + f" {word} ".join(sides) + ")"

    meanings: dict[str, tuple[bool, ...]] = {}
    for _ in range(20_000):
        text = condition(3)
        python = text.lower().replace(" = 1", "")
        meaning = tuple(
            bool(eval(python, {"a": bits & 1, "b": bits & 2, "c": bits & 4})) for bits in range(8)
        )
        assert meanings.setdefault(settled(text), meaning) == meaning


@pytest.mark.parametrize(
    "text",
    [
        "CHECK ((x = '((a AND b) AND c)'::text))",
        "SELECT '(ARRAY[1])::text[]'::text, \"((a AND b) AND c)\"",
        "AS $$ ((a AND b) AND c) ((( $$",
        "((a AND b) OR c)",
        "(a AND (b AND c))",
        "((x BETWEEN 1 AND 2) AND c)",
        "AND)] ([OR",
        "(" * 5000 + "a AND b" + ")" * 5000,
    ],
    ids=range(8),
)
def test_other_texts_stay_as_they_are(text: str) -> None:
    assert settled(text) == text


def test_an_extension_that_the_snapshot_does_not_know_is_not_dropped(
    database: Callable[..., str], tmp_path: Path
) -> None:
    url = database(PG_CONTRIB)
    execute(url, "CREATE SCHEMA a; CREATE TABLE a.t (id int); CREATE TABLE u (id int)")
    create_snapshot(CreateOptions(url, tmp_path / "s", selection=Selection(schemas=("a",))))
    execute(url, "CREATE EXTENSION hstore SCHEMA a")
    options = RestoreOptions(
        url, tmp_path / "s", confirm=True, plan=PlanOptions(replace_schema=True)
    )
    with pytest.raises(DatabaseFailed) as raised:
        restore_snapshot(options)
    assert "extension hstore" in str(raised.value.details)
    with psycopg.connect(url) as connection:
        found = connection.execute("SELECT extname FROM pg_extension WHERE extname = 'hstore'")
        assert found.fetchall() == [("hstore",)]
