"""Merge: three snapshots become one, row by row, and nothing that the server would refuse."""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

import psycopg
import pytest
from shop import Shop

from snapshot.catalog import Name
from snapshot.changes.keys import key_reader
from snapshot.changes.merging import Shape, SideName, TableMerge
from snapshot.changes.settling import chosen
from snapshot.errors import SnapshotDamaged, SnapshotError, UsageError
from snapshot.merge import MergeOptions, MergeReport, merge_snapshots
from snapshot.restore import RestoreOptions, restore_snapshot
from snapshot.store.manifest import load_manifest
from snapshot.store.reader import open_snapshot
from snapshot.swap import SwapOptions, swap_snapshot, warm_clone
from snapshot.testing.clones import restored_template
from snapshot.verify import verify_snapshot

COLUMNS = ("id", "a", "b", "c")
TABLE = Name("public", "t")
Rows = dict[int, tuple[str, ...]]


# --- a model by hand: what a reader of the rules would write


def model(base: Rows, ours: Rows, theirs: Rows) -> tuple[Rows, set[tuple[int, str | None]]]:
    """The rows of the result, and the conflicts by key and column."""
    result: Rows = {}
    conflicts: set[tuple[int, str | None]] = set()
    for key in sorted({*base, *ours, *theirs}):
        b, o, t = base.get(key), ours.get(key), theirs.get(key)
        if o == t or t == b:
            kept = o
        elif o == b:
            kept = t
        elif b is None or o is None or t is None:
            kept = o
            conflicts.add((key, None))
        else:
            values = []
            for column, x, y, z in zip(COLUMNS[1:], b, o, t, strict=True):
                if y != z and x not in (y, z):
                    conflicts.add((key, column))
                values.append(z if y == x else y)
            kept = tuple(values)
        if kept is not None:
            result[key] = kept
    return result, conflicts


def edited(rows: Rows, chance: random.Random) -> Rows:
    """Some rows added, some deleted, some changed."""
    new = dict(rows)
    for key in list(new):
        what = chance.random()
        if what < 0.2:
            del new[key]
        elif what < 0.6:
            values = list(new[key])
            values[chance.randrange(3)] = chance.choice("xyz")
            new[key] = tuple(values)
    for key in chance.sample(range(40), 4):
        new.setdefault(key, tuple(chance.choices("pq", k=3)))
    return new


def lines(rows: Rows) -> list[bytes]:
    return ["\t".join([str(key), *rows[key]]).encode() for key in sorted(rows)]


def merged(base: Rows, ours: Rows, theirs: Rows) -> tuple[Rows, TableMerge]:
    shape = Shape(TABLE, COLUMNS, (), ("id",), COLUMNS, COLUMNS, COLUMNS)
    merge = TableMerge(shape)
    streams = (lines(base), lines(ours), lines(theirs))
    found = [row.line for row in merge.rows(streams, [key_reader([0], ["integer"])] * 3)]
    assert len(set(found)) == len(found)
    rows = [line.decode().split("\t") for line in found]
    return {int(key): tuple(values) for key, *values in rows}, merge


def conflicts_of(merge: TableMerge) -> set[tuple[int, str | None]]:
    return {(int(dict(c.key)["id"] or ""), c.column) for c in merge.conflicts}


@pytest.mark.parametrize("seed", range(300))
def test_random_edits_merge_as_the_rules_say(seed: int) -> None:
    chance = random.Random(seed)
    base = {key: tuple(chance.choices("abc", k=3)) for key in chance.sample(range(40), 20)}
    ours, theirs = edited(base, chance), edited(base, chance)
    rows, merge = merged(base, ours, theirs)
    expected, conflicts = model(base, ours, theirs)
    assert rows == expected
    assert conflicts_of(merge) == conflicts
    for conflict in merge.conflicts:
        key = int(dict(conflict.key)["id"] or "")
        sides = [
            side.get(key) and dict(zip(COLUMNS, (str(key), *side[key]), strict=True))
            for side in (base, ours, theirs)
        ]
        if conflict.column:
            sides = [side and side[conflict.column] for side in sides]
        assert [conflict.base, conflict.ours, conflict.theirs] == sides
    back, mirrored = merged(base, theirs, ours)
    assert conflicts_of(mirrored) == conflicts
    settled = {key for key, _ in conflicts}
    assert {k: v for k, v in back.items() if k not in settled} == {
        k: v for k, v in rows.items() if k not in settled
    }
    assert merged(base, ours, ours)[0] == ours
    assert merged(base, base, theirs)[0] == theirs
    assert merged(base, ours, base)[0] == ours


def counts(base: int, ours: int, theirs: int) -> tuple[int, int]:
    shape = Shape(TABLE, ("v",), (), (), ("v",), ("v",), ("v",))
    merge = TableMerge(shape)
    streams = ([b"x"] * base, [b"x"] * ours, [b"x"] * theirs)
    rows = list(merge.rows(streams, [key_reader([], [])] * 3))
    return len(rows), len(merge.conflicts)


def test_rows_without_a_key_are_counted() -> None:
    for base, ours, theirs in product(range(4), repeat=3):
        number, conflicts = counts(base, ours, theirs)
        if (ours < base and theirs > base) or (ours > base and theirs < base):
            assert conflicts == 1
        else:
            assert (number, conflicts) == (max(0, ours + theirs - base), 0)


@pytest.mark.parametrize(("side", "kept"), [("ours", "o"), ("theirs", "t")])
def test_a_conflict_is_settled_by_choice(side: SideName, kept: str) -> None:
    base, ours, theirs = {1: ("b", "b", "b")}, {1: ("o", "b", "b")}, {1: ("t", "b", "t")}
    shape = Shape(TABLE, COLUMNS, (), ("id",), COLUMNS, COLUMNS, COLUMNS)
    key = (("id", "1"),)
    streams = (lines(base), lines(ours), lines(theirs))
    by_column = TableMerge(shape, {(TABLE, key, "a"): side})
    [row] = by_column.rows(streams, [key_reader([0], ["integer"])] * 3)
    assert (row.line, by_column.conflicts) == (f"1\t{kept}\tb\tt".encode(), [])
    whole = TableMerge(shape, {(TABLE, key, None): side})
    [row] = whole.rows(streams, [key_reader([0], ["integer"])] * 3)
    assert (row.line, whole.conflicts) == (lines(ours if side == "ours" else theirs)[0], [])


# --- with a real server


@dataclass
class Merger:
    """Merges snapshots of the shop."""

    shop: Shop
    database: Callable[..., str]
    folder: Path
    url: str | None
    sides: tuple[Path, ...] = ()

    def merge(self, ours: str, theirs: str) -> MergeReport:
        """What two people made of the shop."""
        self.sides = tuple(self.shop.snapshot(edits) for edits in ("", ours, theirs))
        return self.again()

    def again(self, **options: Any) -> MergeReport:
        base, ours, theirs = self.sides
        result = self.folder / "result"
        return merge_snapshots(
            MergeOptions(
                base=base, ours=ours, theirs=theirs, directory=result, url=self.url, **options
            )
        )

    def take(self, report: MergeReport, side: SideName, label: str | None = None) -> MergeReport:
        return self.again(choices=chosen(report.conflicts, {}, side, label))

    def ask(self, query: str) -> list[Any]:
        """Of the result, restored."""
        url = self.database()
        restore_snapshot(RestoreOptions(url, self.folder / "result", confirm=True))
        with psycopg.connect(url) as connection:
            return connection.execute(query).fetchall()


@pytest.fixture
def merger(
    shop: Shop, database: Callable[..., str], servers: Callable[[int], str], tmp_path: Path
) -> Merger:
    return Merger(shop, database, tmp_path, servers(18))


def said(report: MergeReport) -> list[str]:
    return [str(conflict) for conflict in report.conflicts]


def test_both_sides_add_change_and_delete(merger: Merger) -> None:
    report = merger.merge(
        "UPDATE customer SET name = 'Ours' WHERE id = 1; DELETE FROM orders WHERE id = 2;"
        "INSERT INTO note VALUES ('a')",
        "UPDATE customer SET died = 1999 WHERE id = 1; DELETE FROM orders WHERE id = 3;"
        "INSERT INTO customer VALUES (20, 'x@example.org', 'New', 1, 2);"
        "INSERT INTO orders (customer, total) VALUES (20, 5); DELETE FROM note WHERE text = 'b';"
        "SELECT nextval('down'), nextval('down')",
    )
    assert said(report) == []
    assert verify_snapshot(merger.folder / "result").passed
    assert merger.ask("SELECT name, died FROM customer WHERE id IN (1, 20) ORDER BY id") == [
        ("Ours", 1999), ("New", 2)
    ]  # fmt: skip
    assert merger.ask("SELECT id, customer FROM orders ORDER BY id") == [
        (1, 1), (4, 4), (5, 5), (6, 6), (7, 20)
    ]  # fmt: skip
    assert merger.ask("SELECT text FROM note ORDER BY 1") == [("a",), ("a",), ("a",)]
    # of theirs: an id that its sequence never gave; and a sequence that goes down
    assert merger.ask("SELECT nextval('customer_id_seq'), nextval('down')") == [(21, -3)]
    assert {str(name): str(n) for name, n in report.came.items()} == {
        "customer": "+1 ~1", "orders": "+1 −1", "note": "−1"
    }  # fmt: skip
    first = {p.name: p.read_bytes() for p in (merger.folder / "result").iterdir() if p.is_file()}
    shutil.rmtree(merger.folder / "result")
    merger.again()
    assert first == {
        p.name: p.read_bytes() for p in (merger.folder / "result").iterdir() if p.is_file()
    }


def test_a_conflict_names_table_key_column_and_three_values(merger: Merger) -> None:
    report = merger.merge(
        "UPDATE customer SET name = 'Ours' WHERE id = 7",
        "UPDATE customer SET name = 'Theirs', born = 1 WHERE id = 7",
    )
    assert said(report) == ["customer 7 name: base Customer 7, ours Ours, theirs Theirs"]
    result = merger.folder / "result"
    with pytest.raises(SnapshotDamaged, match="customer 7 name") as error:
        open_snapshot(result)
    assert error.value.exit_code == 4
    assert load_manifest(result).conflicts == report.conflicts
    assert b'"format": 3' in (result / "manifest.json").read_bytes()
    url = merger.database()
    for use in (
        lambda: restore_snapshot(RestoreOptions(url, result, confirm=True)),
        lambda: verify_snapshot(result),
        lambda: restored_template(url, result),
        lambda: warm_clone(SwapOptions(url, result)),
        lambda: swap_snapshot(SwapOptions(url, result, confirm=True)),
    ):
        with pytest.raises(SnapshotDamaged, match="customer 7 name"):
            use()
    assert merger.take(report, "theirs", "customer:7.name").conflicts == ()
    assert merger.ask("SELECT name, born FROM customer WHERE id = 7") == [("Theirs", 1)]
    assert b'"format": 2' in (result / "manifest.json").read_bytes()
    assert merger.take(report, "ours").conflicts == ()
    assert merger.ask("SELECT name, born FROM customer WHERE id = 7") == [("Ours", 1)]
    with pytest.raises(UsageError, match="no conflict is called customer:8"):
        merger.take(report, "ours", "customer:8")


def test_rows_of_one_id_and_of_one_email(merger: Merger) -> None:
    same = "INSERT INTO customer VALUES (25, 'same@example.org', 'Same', 1, 2);"
    report = merger.merge(
        same + "INSERT INTO customer VALUES (26, 'o@example.org', 'O', 1, 2),"
        "(30, 'e1', 'E', 1, 2), (31, 'e2', 'E', 1, 2), (32, 'e3', 'E', 1, 2)",
        same + "INSERT INTO customer VALUES (26, 't@example.org', 'T', 1, 2),"
        "(40, 'e1', 'E', 1, 2), (41, 'e2', 'E', 1, 2), (42, 'e3', 'E', 1, 2)",
    )
    unique = "breaks a unique key: customer_email_key"
    assert said(report) == [
        "customer 26: added on both sides",
        *(
            f"customer {n}, added by us: {unique} (customer {n + 10}, added by them)"
            for n in (30, 31, 32)
        ),
    ]
    report = merger.take(report, "theirs")
    assert said(report) == []
    assert merger.ask("SELECT id FROM customer WHERE id > 9 ORDER BY 1") == [
        (25,), (26,), (40,), (41,), (42,)
    ]  # fmt: skip


def test_a_parent_that_one_side_deleted(merger: Merger) -> None:
    report = merger.merge(
        "INSERT INTO orders (customer, total) VALUES (8, 1)", "DELETE FROM customer WHERE id = 8"
    )
    [conflict] = report.conflicts
    assert str(conflict) == (
        "orders 7, added by us: breaks a foreign key: orders_customer_fkey "
        "(customer 8, deleted by them)"
    )
    assert conflict.ours == {"id": "7", "customer": "8", "total": "1.00"}
    assert merger.take(report, "theirs").conflicts == ()
    assert merger.ask("SELECT max(id) FROM orders") == [(6,)]
    assert merger.take(report, "ours").conflicts == ()
    assert merger.ask("SELECT max(customer), (SELECT count(*) FROM customer) FROM orders") == [
        (8, 9)
    ]


def test_a_check_over_two_columns(merger: Merger) -> None:
    report = merger.merge(
        "UPDATE customer SET born = 1975 WHERE id = 3",
        "UPDATE customer SET died = 1970 WHERE id = 3",
    )
    assert said(report) == [
        "customer 3, changed on both sides: breaks a check: customer_check, born < died"
    ]
    assert merger.take(report, "ours", "customer:3").conflicts == ()
    assert merger.ask("SELECT born, died FROM customer WHERE id = 3") == [(1975, 1980)]


def test_deleted_and_changed(merger: Merger) -> None:
    report = merger.merge(
        "DELETE FROM orders WHERE id = 1; UPDATE orders SET total = 0 WHERE id = 2;"
        "DELETE FROM orders WHERE id = 3; DELETE FROM note WHERE text = 'b'",
        "UPDATE orders SET total = 0 WHERE id = 1; DELETE FROM orders WHERE id = 2;"
        "DELETE FROM orders WHERE id = 3; INSERT INTO note VALUES ('b')",
    )
    assert sorted(said(report)) == [
        "note b: as many rows cannot be told: added on one side, deleted on the other",
        "orders 1: deleted by us, changed by them",
        "orders 2: changed by us, deleted by them",
    ]
    assert merger.take(report, "theirs").conflicts == ()
    assert merger.ask("SELECT id FROM orders ORDER BY 1") == [(1,), (4,), (5,), (6,)]
    assert merger.ask("SELECT count(*) FROM note WHERE text = 'b'") == [(2,)]


def test_a_column_that_one_side_added(merger: Merger) -> None:
    report = merger.merge(
        "INSERT INTO orders (customer, total) VALUES (9, 9);"
        "UPDATE orders SET total = 3 WHERE id = 1",
        "ALTER TABLE orders ADD status text DEFAULT 'open'; UPDATE orders SET status = 'paid'",
    )
    assert said(report) == []
    assert merger.ask("SELECT id, total::int, status FROM orders WHERE id IN (1, 7)") == [
        (1, 3, "paid"), (7, 9, "open")
    ]  # fmt: skip


def test_a_default_that_differs_each_time(merger: Merger) -> None:
    report = merger.merge(
        "INSERT INTO orders (customer, total) VALUES (9, 9)",
        "ALTER TABLE orders ADD at timestamptz DEFAULT now()",
    )
    assert said(report) == [
        "orders at: no value for a new column, whose default differs each time: 1 of its rows"
    ]
    assert merger.take(report, "theirs", "orders.at").conflicts == ()
    assert merger.ask("SELECT at IS NULL FROM orders WHERE id = 7") == [(False,)]


def test_both_sides_changed_the_schema(merger: Merger) -> None:
    both = "CREATE INDEX alike ON orders (total);"
    report = merger.merge(
        both + "ALTER TABLE orders ADD a int; UPDATE customer SET name = 'O' WHERE id = 1",
        both + "ALTER TABLE customer ADD b int; UPDATE customer SET name = 'T' WHERE id = 1",
    )
    assert {c.what for c in report.conflicts} == {
        "column a of table orders", "column b of table customer"
    }  # fmt: skip
    report = merger.take(report, "ours", "schema")
    assert said(report) == ["customer 1 name: base Customer 1, ours O, theirs T"]


def test_the_same_change_of_the_schema(merger: Merger) -> None:
    both = "ALTER TABLE orders ADD a int DEFAULT 5; CREATE TABLE t (id int PRIMARY KEY);"
    report = merger.merge(both + "INSERT INTO t VALUES (1)", both + "INSERT INTO t VALUES (2)")
    assert said(report) == []
    assert merger.ask("SELECT count(*) FROM t") == [(2,)]


def test_a_column_and_a_table_that_one_side_dropped(merger: Merger) -> None:
    report = merger.merge(
        "ALTER TABLE customer DROP born; DROP TABLE note;",
        "UPDATE customer SET born = 7 WHERE id = 2; INSERT INTO note VALUES ('new')",
    )
    assert said(report) == [
        "note: in a column or table that the other side dropped",
        "customer 2 born: in a column or table that the other side dropped",
    ]
    assert merger.take(report, "ours").conflicts == ()


def test_a_server_of_each_version_and_other_formats(merger: Merger, shop: Shop) -> None:
    merger.sides = (
        shop.snapshot(version=13),
        shop.snapshot("UPDATE customer SET name = 'O' WHERE id = 1", version=15, formats=["sql"]),
        shop.snapshot(
            "UPDATE customer SET name = 'T' WHERE id = 2; ALTER TABLE note ADD at date",
            formats=["archive"],
        ),
    )
    report = merger.again()
    assert said(report) == []
    assert report.manifest.formats == ("sql",)
    assert merger.ask("SELECT name FROM customer WHERE id < 3 ORDER BY id") == [("O",), ("T",)]
    assert merger.ask("SELECT count(at) FROM note") == [(0,)]


def test_without_a_server_nothing_is_written(
    merger: Merger, monkeypatch: pytest.MonkeyPatch
) -> None:
    def none(name: str) -> str:
        raise SnapshotError("there is none", hint="install it")

    merger.merge("DELETE FROM note", "DELETE FROM orders")
    shutil.rmtree(merger.folder / "result")
    monkeypatch.setattr("snapshot.postgres.embedded.running_database", none)
    merger.url = None
    with pytest.raises(SnapshotError, match="checked by a server"):
        merger.again()
    assert not (merger.folder / "result").exists()


# --- new ids


FAMILY = """
    CREATE TABLE region (code text PRIMARY KEY);
    CREATE TABLE member (id serial PRIMARY KEY, name text, parent int REFERENCES member,
        UNIQUE (id, name));
    CREATE TABLE card (member int PRIMARY KEY REFERENCES member, pin text);
    CREATE TABLE entry (id int PRIMARY KEY, card int REFERENCES card, text text);
    CREATE TABLE pair (id int PRIMARY KEY, member int, name text,
        FOREIGN KEY (member, name) REFERENCES member (id, name));
    CREATE TABLE log (id int PRIMARY KEY, member int);
    INSERT INTO region VALUES ('a'); INSERT INTO member (name) VALUES ('root');
"""
NEW = """
    INSERT INTO member (name, parent) VALUES ('{0}2', 1), ('{0}3', 2);
    INSERT INTO card VALUES (3, '{0}'); INSERT INTO entry VALUES ({1}, 3, '{0}');
    INSERT INTO pair VALUES ({1}, 2, '{0}2'); INSERT INTO log VALUES ({1}, 3);
    INSERT INTO region VALUES ('{0}')
"""
MEMBER = Name("public", "member")


def test_new_ids_for_theirs(merger: Merger) -> None:
    sides = [FAMILY, FAMILY + NEW.format("o", 1), FAMILY + NEW.format("t", 2)]
    merger.sides = tuple(merger.shop.snapshot(edits) for edits in sides)
    assert {c.labels[1] for c in merger.again().conflicts} == {
        "member:2", "member:3", "card:3", "pair:2"
    }  # fmt: skip
    report = merger.again(renumber={MEMBER: "theirs"})
    assert said(report) == []
    assert report.notes == (
        "log.member may refer to member: it has no foreign key, and was not renumbered",
    )
    assert merger.ask("SELECT id, name, parent FROM member ORDER BY id") == [
        (1, "root", None), (2, "o2", 1), (3, "o3", 2), (4, "t2", 1), (5, "t3", 4)
    ]  # fmt: skip
    assert merger.ask("SELECT member, pin FROM card ORDER BY 1") == [(3, "o"), (5, "t")]
    assert merger.ask("SELECT id, card FROM entry ORDER BY 1") == [(1, 3), (2, 5)]
    assert merger.ask("SELECT id, member, name FROM pair ORDER BY 1") == [
        (1, 2, "o2"), (2, 4, "t2")
    ]  # fmt: skip
    assert merger.ask("SELECT nextval('member_id_seq')") == [(6,)]
    assert said(merger.again(renumber={MEMBER: "ours"})) == []
    assert merger.ask("SELECT id, name FROM member WHERE id > 3 ORDER BY id") == [
        (4, "o2"), (5, "o3")
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("table", "reason"), [("region", "not one whole number"), ("log", "no sequence gives its ids")]
)
def test_other_keys_are_not_renumbered(table: str, reason: str, merger: Merger) -> None:
    sides = [FAMILY, FAMILY + NEW.format("o", 1), FAMILY + NEW.format("t", 2)]
    merger.sides = tuple(merger.shop.snapshot(edits) for edits in sides)
    with pytest.raises(UsageError, match=reason):
        merger.again(renumber={Name("public", table): "theirs"})
