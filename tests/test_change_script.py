"""`diff --sql`: a script that takes one database's rows to another's, or changes nothing."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from change_pairs import apply, compared, execute, facts_of, pairs, script_between
from equality import content, differences, flags
from hypothesis import HealthCheck, Phase, given, settings

from snapshot.changes.applying import script_of
from snapshot.changes.script import plan_changes
from snapshot.diff import DatabaseAt, compare_states
from snapshot.errors import SnapshotError

VERSION = int(os.environ.get("SNAPSHOT_SCRIPT_VERSION", "18"))  # of the server
EXAMPLES = int(os.environ.get("SNAPSHOT_SCRIPT_EXAMPLES", "12"))  # random pairs; 1500 for a release
EMPTY = """
    DROP SCHEMA public CASCADE; DROP SCHEMA IF EXISTS "We ird" CASCADE; CREATE SCHEMA public;
"""
TRICKS: Counter[str] = Counter()


@pytest.fixture(scope="module")
def shared_pair(servers: Callable[[int], str]) -> Iterator[tuple[str, str]]:
    server = servers(VERSION)
    names = [f"script_{side}_{os.getpid()}" for side in "ab"]
    for name in names:
        execute(server, f"CREATE DATABASE {name}")
    a, b = (server.replace("/postgres?", f"/{name}?") for name in names)
    yield a, b
    for name in names:
        execute(server, f"DROP DATABASE {name} WITH (FORCE)")
    if report := os.environ.get("SNAPSHOT_SCRIPT_REPORT"):
        Path(report).write_text("\n".join(f"{n} {kind}" for kind, n in TRICKS.most_common()))


@pytest.fixture
def pair(shared_pair: tuple[str, str]) -> tuple[str, str]:
    """Two empty databases."""
    for url in shared_pair:
        execute(url, EMPTY)
    return shared_pair


def made(pair: tuple[str, str], schema: str, before: str, after: str) -> str:
    """Two states of one schema, the script between them applied and judged; returns the script."""
    a, b = pair
    for url, rows in ((a, before), (b, after)):
        execute(url, schema, rows)
    script = script_between(a, b)
    settled(a, b, script)
    return script


def settled(a: str, b: str, script: str) -> None:
    assert apply(a, script) == ""
    assert differences(a, b) == []
    assert_no_alter_among_the_rows(script)
    if "-- The rows." in script:
        assert apply(a, script) != "", "applied twice"
        assert content(a) == content(b)


def assert_no_alter_among_the_rows(script: str) -> None:
    rows = script.partition("SET CONSTRAINTS ALL DEFERRED;")[2].partition("SET CONSTRAINTS")[0]
    assert not re.search(r"^(ALTER|DROP|CREATE|COMMENT)", rows, flags=re.M)


def only_dml(script: str) -> bool:
    return "ownership" not in script.splitlines()[1]


# --- random pairs


@settings(
    max_examples=EXAMPLES,
    deadline=None,
    database=None,
    derandomize=EXAMPLES < 100,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
@given(drawn=pairs())
def test_any_pair(drawn: tuple[str, list[str]], shared_pair: tuple[str, str]) -> None:
    schema, rows = drawn
    a, b = shared_pair
    for url, text in zip(shared_pair, rows, strict=True):
        execute(url, EMPTY + schema + ";" + text)
    before, facts = flags(a), facts_of(a)
    found, _ = compared(a, b, facts)
    plan = plan_changes(found, facts)
    kinds = {trick.kind for trick in plan.tricks}
    TRICKS.update({"pairs": 1, **dict.fromkeys(kinds or {"no trick"}, 1)})
    with compare_states(DatabaseAt(a), DatabaseAt(b)) as comparison:
        seen = {table.name: Counter(changes) for table, changes in comparison.tables()}
        assert seen == {table.name: Counter(changes) for table, changes in found if changes}
        script = "".join(script_of(comparison).pieces)
    assert apply(a, script) == "", f"{schema}\n{rows}\n{script}"
    assert content(a) == content(b), f"{schema}\n{rows}\n{script}"
    assert flags(a) == before == flags(b), f"{schema}\n{script}"
    assert_no_alter_among_the_rows(script)
    if found:
        assert apply(a, script) != "", "applied twice"
        assert content(a) == content(b)


# --- what order cannot do, and the trick


ITEMS = "CREATE TABLE item (id int PRIMARY KEY, code text, rank int, at date, {});"
SWAP = {
    "a unique constraint": ("UNIQUE (code)", "drop"),
    "deferrable": ("UNIQUE (code) DEFERRABLE", ""),
    "initially deferred": ("UNIQUE (code) DEFERRABLE INITIALLY DEFERRED", ""),
    "composite": ("UNIQUE (code, at)", "drop"),
    "included columns": ('CONSTRAINT "o\'dd" UNIQUE (code) INCLUDE (rank)', "drop"),
    "no two nulls": ("UNIQUE NULLS NOT DISTINCT (code, rank)", "drop"),
    "exclusion": ("EXCLUDE (code WITH =)", "drop"),
    "exclusion, deferrable": ("EXCLUDE (code WITH =) DEFERRABLE", ""),
}


@pytest.mark.parametrize("case", SWAP)
@pytest.mark.parametrize("ring", [2, 3])
def test_values_change_places(case: str, ring: int, pair: tuple[str, str]) -> None:
    constraint, trick = SWAP[case]
    if "NULLS NOT DISTINCT" in constraint and VERSION < 15:
        pytest.skip("it is new in PostgreSQL 15")
    schema = ITEMS.format(constraint)
    rows = "INSERT INTO item SELECT g, 'c' || {}, NULL, '2024-02-29' FROM generate_series(1, 5) g"
    turned = f"CASE WHEN g <= {ring} THEN 1 + g % {ring} ELSE g END"
    script = made(pair, schema, rows.format("g"), rows.format(f"({turned})"))
    assert ("DROP CONSTRAINT" in script) == bool(trick)
    assert only_dml(script) == (not trick)


INDEXES = {
    "plain": ("CREATE UNIQUE INDEX found ON item (code DESC NULLS LAST)", True),
    "partial": ("CREATE UNIQUE INDEX found ON item (code) WHERE at IS NULL", True),
    "partial, of others": ("CREATE UNIQUE INDEX found ON item (code) WHERE at IS NOT NULL", False),
    "expression": ("CREATE UNIQUE INDEX found ON item (lower(code))", True),
    "predicate not understood": ("CREATE UNIQUE INDEX found ON item (code) WHERE id < 9", True),
}


@pytest.mark.parametrize("case", INDEXES)
def test_values_of_an_index_change_places(case: str, pair: tuple[str, str]) -> None:
    index, dropped = INDEXES[case]
    schema = ITEMS.format("CHECK (true)") + index + "; COMMENT ON INDEX found IS 'kept';"
    rows = "INSERT INTO item VALUES (1, {}), (2, {}), (3, 'c')"
    script = made(pair, schema, rows.format("'a'", "'b'"), rows.format("'b'", "'a'"))
    assert ("DROP INDEX" in script) == dropped
    assert only_dml(script) != dropped


def test_the_one_that_is_chosen_changes_without_a_trick(pair: tuple[str, str]) -> None:
    schema = (
        "CREATE TABLE address (id int PRIMARY KEY, person int, is_default bool, state text);"
        "CREATE UNIQUE INDEX ON address (person) WHERE is_default;"
        "CREATE UNIQUE INDEX ON address (person) WHERE state = 'sent';"
    )
    rows = "INSERT INTO address VALUES (1, 7, {}), (2, 7, {})"
    script = made(
        pair,
        schema,
        rows.format("true, 'sent'", "false, 'new'"),
        rows.format("false, 'new'", "true, 'sent'"),
    )
    assert only_dml(script)


@pytest.mark.parametrize("actions", ["ON DELETE CASCADE ON UPDATE CASCADE", "", "DEFERRABLE"])
def test_a_swap_of_values_that_a_foreign_key_needs(actions: str, pair: tuple[str, str]) -> None:
    schema = (
        "CREATE TABLE parent (id int PRIMARY KEY, code text CONSTRAINT by_code UNIQUE);"
        "CREATE TABLE child (id int PRIMARY KEY, code text CONSTRAINT to_code REFERENCES parent (code)"
        f" {actions});"
        "COMMENT ON CONSTRAINT to_code ON child IS 'kept'; COMMENT ON CONSTRAINT by_code ON parent IS 'x';"
    )
    children = "; INSERT INTO child VALUES (1, 'a'), (2, 'a'), (3, 'b')"
    parents = "INSERT INTO parent VALUES (1, '{}'), (2, '{}')"
    script = made(
        pair, schema, parents.format("a", "b") + children, parents.format("b", "a") + children
    )
    assert script.index('DROP CONSTRAINT "to_code"') < script.index('DROP CONSTRAINT "by_code"')
    assert script.index('ADD CONSTRAINT "by_code"') < script.index('ADD CONSTRAINT "to_code"')


def test_a_swap_beside_a_cascade_loses_no_child(pair: tuple[str, str]) -> None:
    schema = (
        "CREATE TABLE parent (id int PRIMARY KEY, code text UNIQUE);"
        "CREATE TABLE child (id int, parent int REFERENCES parent ON DELETE CASCADE ON UPDATE CASCADE);"
    )
    children = "; INSERT INTO child VALUES (1, 1), (2, 1), (2, 1), (3, 2)"
    parents = "INSERT INTO parent VALUES (1, '{}'), (2, '{}')"
    script = made(
        pair, schema, parents.format("a", "b") + children, parents.format("b", "a") + children
    )
    assert "foreign key" not in script


def test_a_value_that_moves_to_another_row_keeps_its_children(pair: tuple[str, str]) -> None:
    schema = (
        "CREATE TABLE parent (id int PRIMARY KEY, code text UNIQUE);"
        "CREATE TABLE child (id int PRIMARY KEY, code text REFERENCES parent (code) ON DELETE CASCADE);"
    )
    children = "; INSERT INTO child VALUES (1, 'a'), (2, 'a')"
    made(
        pair, schema, "INSERT INTO parent VALUES (1, 'a')" + children,
        "INSERT INTO parent VALUES (2, 'a')" + children,
    )  # fmt: skip


ON_DELETE = ["CASCADE", "SET NULL", "SET DEFAULT", "RESTRICT", "NO ACTION"]
TIMES = ["", "DEFERRABLE INITIALLY DEFERRED"]


@pytest.mark.parametrize("time", TIMES)
@pytest.mark.parametrize("action", ON_DELETE)
def test_a_child_is_pointed_elsewhere_before_its_parent_goes(
    action: str, time: str, pair: tuple[str, str]
) -> None:
    schema = (
        "CREATE TABLE parent (id int PRIMARY KEY, v text);"
        "CREATE TABLE child (id int PRIMARY KEY, v text, parent int DEFAULT 1 REFERENCES parent"
        f" ON DELETE {action} {time});"
    )
    script = made(
        pair,
        schema,
        "INSERT INTO parent VALUES (1), (2), (3); INSERT INTO child VALUES (1, 'x', 2), (2, 'y', 3), (3, 'z', NULL)",
        "INSERT INTO parent VALUES (1), (4); INSERT INTO child VALUES (1, 'x', 4), (2, 'y', NULL), (3, 'z', NULL)",
    )
    assert only_dml(script)


@pytest.mark.parametrize("action", ON_DELETE)
def test_a_new_parent_takes_the_unique_value_of_the_old(action: str, pair: tuple[str, str]) -> None:
    """Insert, re-point, delete is the order, and the unique value forbids it."""
    schema = (
        "CREATE TABLE parent (id int PRIMARY KEY, code text UNIQUE);"
        f"CREATE TABLE child (id int PRIMARY KEY, parent int REFERENCES parent ON DELETE {action});"
    )
    rows = "INSERT INTO parent VALUES ({n}, 'a'); INSERT INTO child VALUES (1, {n}), (2, {n})"
    script = made(pair, schema, rows.format(n=1), rows.format(n=2))
    assert "ALTER CONSTRAINT" in script
    assert "DROP" not in script


@pytest.mark.parametrize("action", ON_DELETE)
def test_a_tree_in_one_table(action: str, pair: tuple[str, str]) -> None:
    schema = (
        f"CREATE TABLE node (id int PRIMARY KEY, up int REFERENCES node ON DELETE {action}, n int)"
    )
    tree = "INSERT INTO node SELECT g, nullif(g / 2, 0), {} FROM generate_series({}) g"
    gone = tree.format(0, "1, 30") + ";INSERT INTO node VALUES (40, 5), (41, 40), (99, 99)"
    script = made(
        pair, schema, gone, gone + "; DELETE FROM node WHERE id IN (5, 10, 11, 20, 21, 22, 23, 40, 41, 99)"
        ";INSERT INTO node VALUES (50, 1), (51, 50), (52, 51), (53, 53); UPDATE node SET n = 1 WHERE id < 4",
    )  # fmt: skip
    assert only_dml(script)


def test_a_line_is_turned_round(pair: tuple[str, str]) -> None:
    schema = "CREATE TABLE node (id int PRIMARY KEY, up int REFERENCES node ON DELETE CASCADE)"
    made(
        pair, schema, "INSERT INTO node VALUES (1, NULL), (2, 1), (3, 2), (4, 3)",
        "INSERT INTO node VALUES (1, 2), (2, 3), (3, 4), (4, NULL)",
    )  # fmt: skip


@pytest.mark.parametrize("action", ON_DELETE)
@pytest.mark.parametrize("time", TIMES)
def test_rings_come_and_go(action: str, time: str, pair: tuple[str, str]) -> None:
    schema = (
        "CREATE TABLE a (id int PRIMARY KEY, b int); CREATE TABLE b (id int PRIMARY KEY, a int NOT NULL);"
        f"ALTER TABLE a ADD FOREIGN KEY (b) REFERENCES b ON DELETE {action} {time};"
        f"ALTER TABLE b ADD FOREIGN KEY (a) REFERENCES a ON DELETE {action} {time};"
    )
    rows = "INSERT INTO a VALUES ({n}), (9); INSERT INTO b VALUES ({n}, {n}), (9, 9); UPDATE a SET b = id"
    made(pair, schema, rows.format(n=1), rows.format(n=2))


@pytest.mark.parametrize("action", ["CASCADE", "NO ACTION"])
def test_long_lines_are_cut_into_statements(action: str, pair: tuple[str, str]) -> None:
    """Each row waits for another: unique values that move on by one, and a line of parents."""
    schema = (
        "CREATE TABLE place (id int PRIMARY KEY, rank int UNIQUE, expected text);"
        f"CREATE TABLE node (id int PRIMARY KEY, up int REFERENCES node ON DELETE {action});"
        "CREATE TABLE bag (v int); CREATE INDEX ON node (up);"
    )
    nodes = "INSERT INTO node SELECT g, nullif(g - 1, 0) FROM generate_series(1, 1200) g;"
    nodes += "INSERT INTO bag SELECT g % 1000 FROM generate_series(1, 11500) g;"
    places = "INSERT INTO place SELECT g, g + {}, 'x' FROM generate_series(1, 1200) g;"
    script = made(pair, schema, nodes + places.format(0), places.format(1))
    assert only_dml(script)
    assert script.count("UPDATE ONLY") < 10
    a, b = pair[1], pair[0]
    execute(b, "TRUNCATE place, node, bag", nodes)
    settled(a, b, script_between(a, b))


def test_what_does_not_help_is_not_altered(pair: tuple[str, str]) -> None:
    """The two rows change places in `code`; that one points at the other is beside the point."""
    schema = (
        "CREATE TABLE item (id int PRIMARY KEY, code text UNIQUE, tag text UNIQUE,"
        " ref text REFERENCES item (tag));"
    )
    rows = "INSERT INTO item VALUES (1, {}, NULL), (2, {})"
    script = made(
        pair,
        schema,
        rows.format("'a', 't'", "'b', 'u', NULL"),
        rows.format("'b', 'v'", "'a', 'u', 'v'"),
    )
    assert script.count("DROP CONSTRAINT") == 1
    assert "ALTER CONSTRAINT" not in script


def test_what_could_not_be_made_again_stops_it_before_any_text(pair: tuple[str, str]) -> None:
    schema = ITEMS.format("UNIQUE (code) WITH (fillfactor = 70)")
    rows = "INSERT INTO item VALUES (1, '{}'), (2, '{}')"
    for url, codes in zip(pair, ("ab", "ba"), strict=True):
        execute(url, schema, rows.format(*codes))
    with pytest.raises(SnapshotError, match="item_code_key cannot be dropped"):
        script_between(*pair)


def test_a_unique_index_of_one_partition(pair: tuple[str, str]) -> None:
    schema = (
        "CREATE TABLE p (id int PRIMARY KEY, code text) PARTITION BY RANGE (id);"
        "CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (10); CREATE TABLE p2 PARTITION OF p DEFAULT;"
        "CREATE UNIQUE INDEX ON p1 (code);"
    )
    rows = "INSERT INTO p VALUES (1, '{}'), (2, '{}'), (11, 'same'), (12, 'same')"
    made(pair, schema, rows.format("a", "b"), rows.format("b", "c"))


def test_a_swap_in_a_partitioned_table(pair: tuple[str, str]) -> None:
    schema = (
        "CREATE TABLE p (id int PRIMARY KEY, code text) PARTITION BY RANGE (id);"
        "CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (10); CREATE TABLE p2 PARTITION OF p DEFAULT;"
        "CREATE UNIQUE INDEX of_root ON p (code, id);"
        "CREATE TABLE q (id int, code text, UNIQUE (code, id), UNIQUE (id)) PARTITION BY RANGE (id);"
        "CREATE TABLE q1 PARTITION OF q DEFAULT;"
        "CREATE TABLE r (a int, b int, c int, UNIQUE (a, b)) PARTITION BY LIST (a);"
        "CREATE TABLE r1 PARTITION OF r DEFAULT; CREATE UNIQUE INDEX r_c ON r (c, a);"
        "ALTER TABLE r ALTER a SET NOT NULL, ALTER b SET NOT NULL;"
    )
    rows = "INSERT INTO r VALUES (1, 1, {}), (1, 2, {}), (1, 3, {})"
    script = made(pair, schema, rows.format(1, 2, 3), rows.format(3, 1, 2))
    assert "DROP INDEX" in script


# --- identities, triggers, rows without a key, what is kept


def test_identities_generated_columns_and_sequences(pair: tuple[str, str]) -> None:
    schema = (
        "CREATE TABLE always (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, n int, twice int GENERATED"
        " ALWAYS AS (n * 2) STORED);"
        "CREATE TABLE beside (k text PRIMARY KEY, number int GENERATED ALWAYS AS IDENTITY);"
        "CREATE TABLE default_ (id int GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY, n int);"
        "CREATE TABLE serial_ (id serial PRIMARY KEY, n int); CREATE SEQUENCE alone;"
    )
    fill = "".join(
        f"INSERT INTO {t} (n) VALUES (1), (2);" for t in ("always", "default_", "serial_")
    )
    fill += "INSERT INTO beside VALUES ('a'), ('b'); SELECT nextval('alone');"
    script = made(
        pair, schema, fill,
        fill + "UPDATE always SET n = 5 WHERE id = 1; INSERT INTO always (n) VALUES (7);"
        "INSERT INTO default_ (n) VALUES (3); DELETE FROM serial_; INSERT INTO serial_ (n) VALUES (1);"
        "INSERT INTO beside OVERRIDING SYSTEM VALUE VALUES ('c', 70);"
        "ALTER TABLE beside ALTER number SET GENERATED BY DEFAULT; UPDATE beside SET number = 60"
        " WHERE k = 'a'; ALTER TABLE beside ALTER number SET GENERATED ALWAYS;"
        "SELECT setval('alone', 50, false)",
    )  # fmt: skip
    assert "SET GENERATED BY DEFAULT" in script


def test_only_sequences_differ(pair: tuple[str, str]) -> None:
    script = made(pair, "CREATE SEQUENCE s INCREMENT -1", "SELECT 1", "SELECT nextval('s')")
    assert "setval" in script
    assert "LOCK" not in script


def test_no_trigger_and_no_rule_of_users_acts(pair: tuple[str, str]) -> None:
    schema = """
        CREATE TABLE t (id int PRIMARY KEY, v text, updated_at timestamptz DEFAULT '2020-01-01');
        CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS
            $f$ BEGIN NEW.updated_at := now(); RETURN NEW; END $f$;
        CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $f$ BEGIN RAISE 'no'; END $f$;
        CREATE TRIGGER touched BEFORE INSERT OR UPDATE ON t FOR EACH ROW EXECUTE FUNCTION touch();
        CREATE TRIGGER always BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION touch();
        CREATE TRIGGER off BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION refuse();
        CREATE TRIGGER replica BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION refuse();
        CREATE CONSTRAINT TRIGGER late AFTER INSERT ON t DEFERRABLE INITIALLY DEFERRED
            FOR EACH ROW EXECUTE FUNCTION refuse();
        ALTER TABLE t ENABLE ALWAYS TRIGGER always; ALTER TABLE t DISABLE TRIGGER off;
        ALTER TABLE t ENABLE REPLICA TRIGGER replica;
        CREATE RULE never AS ON DELETE TO t DO INSTEAD NOTHING;
        CREATE TABLE p (id int, v text, PRIMARY KEY (id)) PARTITION BY RANGE (id);
        CREATE TABLE p1 PARTITION OF p DEFAULT;
        CREATE TRIGGER refused BEFORE UPDATE ON p FOR EACH ROW EXECUTE FUNCTION refuse();
    """
    rows = "SET session_replication_role = replica; ALTER TABLE t DISABLE TRIGGER replica;"
    rows += "INSERT INTO t VALUES {}; INSERT INTO p VALUES (1, '{}');"
    rows += "ALTER TABLE t ENABLE REPLICA TRIGGER replica; UPDATE t SET updated_at = '2020-01-01';"
    rows = rows.replace("UPDATE t SET updated_at = '2020-01-01';", "")
    script = made(
        pair, schema.replace("ALTER TABLE t ENABLE ALWAYS TRIGGER always;", ""),
        rows.format("(1, 'a'), (2, 'b')", "a"), rows.format("(1, 'c'), (3, 'd')", "b"),
    )  # fmt: skip
    assert "ownership of p, t" in script


def test_rows_without_a_key_go_by_number(pair: tuple[str, str]) -> None:
    schema = (
        "CREATE TABLE bag (a int, b text, j json, p point, x xml, n numeric);"
        "CREATE TABLE parted (a int, b text) PARTITION BY LIST (a);"
        "CREATE TABLE parted_1 PARTITION OF parted FOR VALUES IN (1);"
        "CREATE TABLE parted_2 PARTITION OF parted DEFAULT; CREATE TABLE empty ();"
    ).replace(" x xml,", "")
    bag = (
        "INSERT INTO bag SELECT 1, NULL, '{{\"a\":  1}}', '(1,2)', 1.0 FROM generate_series(1, {});"
    )
    bag += "INSERT INTO bag SELECT 1, '', NULL, NULL, 1.00 FROM generate_series(1, {});"
    bag += "INSERT INTO parted SELECT n % 3, 'same' FROM generate_series(1, {}) n;"
    bag += "INSERT INTO empty SELECT FROM generate_series(1, {})"
    script = made(pair, schema, bag.format(5, 2, 9, 2), bag.format(3, 4, 4, 5))
    assert only_dml(script)
    pair = pair[1], pair[0]
    execute(pair[1], "TRUNCATE bag, parted, empty", bag.format(4, 0, 7, 1))
    settled(*pair, script_between(*pair))


def test_constraints_that_are_not_valid_stay_so(pair: tuple[str, str]) -> None:
    schema = (
        "CREATE TABLE p (id int PRIMARY KEY); CREATE TABLE c (id int PRIMARY KEY, p int, n int);"
    )
    later = (
        ";ALTER TABLE c ADD CONSTRAINT to_p FOREIGN KEY (p) REFERENCES p ON DELETE CASCADE NOT VALID;"
        "ALTER TABLE c ADD CONSTRAINT large CHECK (n > 5) NOT VALID; COMMENT ON CONSTRAINT to_p ON c IS 'x'"
    )
    made(
        pair, schema, "INSERT INTO p VALUES (1), (2); INSERT INTO c VALUES (1, 1, 9), (2, 77, 1)" + later,
        "INSERT INTO p VALUES (1), (3); INSERT INTO c VALUES (1, 3, 9), (2, 78, 2), (3, 99, 3)" + later,
    )  # fmt: skip


# --- a database that moved on


MOVED = {
    "the value": "UPDATE child SET v = 'other' WHERE id = 1",
    "the value is NULL": "UPDATE child SET v = NULL WHERE id = 1",
    "only its spelling": "UPDATE child SET n = 1.00 WHERE id = 4",
    "a row is gone": "DELETE FROM child WHERE id = 1",
    "a row that was to go has changed": "UPDATE child SET v = 'other' WHERE id = 2",
    "a row that was to come is there": "INSERT INTO child VALUES (3)",
    "a child of a parent that goes": "INSERT INTO child VALUES (9, 'v', 0, 2)",
    "a row without a key": "INSERT INTO bag VALUES (7)",
}


@pytest.mark.parametrize("case", MOVED)
def test_a_database_that_moved_on_is_refused(case: str, pair: tuple[str, str]) -> None:
    a, b = pair
    schema = (
        "CREATE TABLE parent (id int PRIMARY KEY);"
        "CREATE TABLE child (id int PRIMARY KEY, v text, n numeric, parent int REFERENCES parent"
        " ON DELETE CASCADE); CREATE TABLE bag (v int); INSERT INTO parent VALUES (1);"
    )
    execute(a, schema, "INSERT INTO parent VALUES (2); INSERT INTO bag VALUES (1), (1);"
        "INSERT INTO child VALUES (1, 'a', 0, 2), (2, 'b', 0, 2), (4, 'd', 1.0, NULL)")  # fmt: skip
    execute(
        b,
        schema,
        "INSERT INTO child VALUES (1, 'x', 0, 1), (3, 'c', 0, 1), (4, 'd', 2, NULL); INSERT INTO bag VALUES (1)",
    )
    script = script_between(a, b)
    execute(a, MOVED[case])
    before = content(a)
    assert apply(a, script) != ""
    assert content(a) == before


def test_a_role_without_ownership_applies_what_needs_only_dml(
    pair: tuple[str, str], servers: Callable[[int], str]
) -> None:
    a, b = pair
    role = f"dml_{os.getpid()}"
    schema = (
        "CREATE TABLE parent (id serial PRIMARY KEY, v text UNIQUE);"
        "CREATE TABLE child (id int PRIMARY KEY, parent int REFERENCES parent ON DELETE CASCADE);"
    )
    execute(
        a,
        schema,
        "INSERT INTO parent (v) VALUES ('a'), ('b'); INSERT INTO child VALUES (1, 1), (2, 2)",
    )
    execute(b, schema, "INSERT INTO parent (v) VALUES ('c'), ('a'), ('d'); DELETE FROM parent WHERE id = 1;"
        "INSERT INTO child VALUES (1, 2), (7, 3)")  # fmt: skip
    script = script_between(a, b)
    assert only_dml(script)
    execute(
        a, f"CREATE ROLE {role} LOGIN", f"GRANT USAGE ON SCHEMA public TO {role}",
        f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role}",
        f"GRANT USAGE, UPDATE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {role}",
    )  # fmt: skip
    try:
        assert apply(a.replace("postgres:@", f"{role}:@"), script) == ""
        assert differences(a, b) == []
    finally:
        execute(a, f"DROP OWNED BY {role}", f"DROP ROLE {role}")


# --- values and names


def test_values_and_names_of_every_kind(pair: tuple[str, str]) -> None:
    schema = """
        CREATE SCHEMA "We ird"; CREATE TYPE "We ird"."T y" AS ENUM ('a"b', 'c''d');
        CREATE TYPE pair AS (x int, j json); CREATE DOMAIN even AS int CHECK (VALUE % 2 = 0);
        CREATE TABLE "We ird"."ta""ble %s
drop table $change$" ("col %s" "We ird"."T y", "found_rows" text, "present" bytea, "expected" float8,
            "old 1" interval, ts timestamptz, c char(5), b bit(3), r int4range, arr text[], p pair,
            net inet, m money, e even, js jsonb, d date, v varchar(3), "name" name, q "char",
            PRIMARY KEY ("col %s", found_rows));
    """
    table = '"We ird"."ta""ble %s\ndrop table $change$"'
    row = (
        "({}, E'k\\t\\n\\\\\\r$change$:x :''y''\\\\.', '\\x00ff', {}, '1 mon -2 days 3:4:5.6',"
        " '0044-03-15 BC', 'ab', '101', '[1,5)', ARRAY['a', NULL, 'NULL', '{{,\"'], (1, '{{}}'),"
        " '10.0.0.0/8', 3.5, {}, '{{\"b\":1.0}}', 'infinity', '💥ä', 'n', 'q')"
    )
    rows = [
        f"INSERT INTO {table} VALUES " + row.format("'a\"b'", "'NaN'", "2"),
        f"INSERT INTO {table} VALUES " + row.format("'a\"b'", "'-0'", "4"),
        f"INSERT INTO {table} VALUES " + row.format("'c''d'", "0.1 + 0.2::float8", "NULL"),
    ]
    made(pair, schema, rows[0], f"{rows[1]};{rows[2]}")
    a, b = pair[1], pair[0]
    execute(b, f"TRUNCATE {table}")
    settled(a, b, script_between(a, b))
