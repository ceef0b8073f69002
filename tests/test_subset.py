"""Subsets: the rows that hold together, and no others."""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import psycopg
import pytest
import servers
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg import sql

from snapshot.catalog import Catalog, Name
from snapshot.errors import Refused, UsageError
from snapshot.postgres.connection import Connection, connected, consistent_read
from snapshot.postgres.copying import copy_in, copy_out, select_text
from snapshot.postgres.introspect import lock_tables, read_catalog
from snapshot.progress import NO_PROGRESS
from snapshot.subset.choosing import Choosing, Chosen, choosing_rows
from snapshot.subset.model import Link, Root, SubsetRules
from snapshot.subset.report import Step, why

EXAMPLES = int(os.environ.get("SNAPSHOT_SUBSET_EXAMPLES", "25"))
Row = tuple[str, ...]


def n(name: str) -> Name:
    return Name("public", name)


@contextmanager
def choosing(
    url: str, rules: SubsetRules, links: tuple[Link, ...] = (), none: tuple[Name, ...] = ()
) -> Iterator[tuple[Connection, Catalog, Choosing]]:
    with connected(url) as connection, consistent_read(connection):
        catalog = read_catalog(connection)
        lock_tables(connection, catalog.tables)
        with choosing_rows(connection, catalog, rules, links, none, NO_PROGRESS) as found:
            yield connection, catalog, found


def read_chosen(connection: Connection, catalog: Catalog, chosen: Chosen) -> dict[str, bytes]:
    """The COPY text of the chosen rows; rows as the report counts them."""
    texts = {}
    for table in catalog.tables:
        statement = select_text(table, chosen.source(table.name))
        blocks = list(copy_out(connection, statement))
        assert sum(block.rows for block in blocks) == chosen.rows(table.name), table.name
        parts = chosen.parts(table.name)
        if parts is not None:
            read = [b for part in parts for b in copy_out(connection, select_text(table, part))]
            assert sum(block.rows for block in read) == chosen.rows(table.name)
        texts[table.name.name] = b"".join(block.data for block in blocks)
    return texts


def subset(
    url: str, rules: SubsetRules, links: tuple[Link, ...] = (), none: tuple[Name, ...] = ()
) -> dict[str, set[Row]]:
    """The chosen rows of each table, as text."""
    with choosing(url, rules, links, none) as (connection, catalog, found):
        texts = read_chosen(connection, catalog, found.chosen)
    return {
        name: {tuple(line.split("\t")) for line in text.decode().splitlines()}
        for name, text in texts.items()
    }


def keys(rows: Mapping[str, set[Row]], table: str) -> set[int]:
    """The first column of the chosen rows."""
    return {int(row[0]) for row in rows[table]}


def restore(texts: Mapping[str, bytes], catalog: Catalog, target: str) -> None:
    """Load rows into a database that has the schema, then let it check every foreign key."""
    with psycopg.connect(target) as connection:
        for key in catalog.foreign_keys:
            connection.execute(
                sql.SQL("ALTER TABLE {} DROP CONSTRAINT {}").format(
                    sql.Identifier(*key.table), sql.Identifier(key.name)
                )
            )
        for table in catalog.tables:
            columns = sql.SQL(", ").join(sql.Identifier(c.name) for c in table.stored)
            copy_in(
                connection,
                sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(*table.name), columns),
                [texts[table.name.name]],
            )
        for key in catalog.foreign_keys:
            connection.execute(
                sql.SQL("ALTER TABLE {} ADD CONSTRAINT {} {}").format(
                    sql.Identifier(*key.table),
                    sql.Identifier(key.name),
                    sql.SQL(key.definition.replace(" NOT VALID", "")),
                )
            )


# --- random databases, against the least fixed point as a program without a database finds it

Key = tuple[int, ...]


class Schema:
    """Tables t0, t1, … with keys of one or two columns, and references r0, r1, … between them."""

    def __init__(self, rnd: random.Random) -> None:
        self.widths = [rnd.choice([1, 1, 2]) for _ in range(rnd.randint(1, 4))]
        tables = range(len(self.widths))
        self.references = [
            (rnd.choice(tables), rnd.choice(tables), rnd.random() < 0.4, rnd.random() < 0.5)
            for _ in range(rnd.randint(1, 6))
        ]  # child, parent, NOT NULL, MATCH FULL
        counts = [rnd.randint(1, 12) for _ in tables]
        self.keys: list[list[Key]] = [
            [(i, *[i % 3] * (width - 1)) for i in range(count)]
            for width, count in zip(self.widths, counts, strict=True)
        ]
        self.targets: dict[tuple[int, Key, int], Key | None] = {}
        for r, (child, parent, required, _) in enumerate(self.references):
            for key in self.keys[child]:
                empty = not required and rnd.random() < 0.3
                self.targets[child, key, r] = None if empty else rnd.choice(self.keys[parent])

    def columns(self, r: int) -> tuple[str, ...]:
        return tuple(f"r{r}_{i}" for i in range(self.widths[self.references[r][1]]))

    def statements(self) -> str:
        lines = []
        for t, width in enumerate(self.widths):
            own = [r for r, reference in enumerate(self.references) if reference[0] == t]
            names = [f"k{i}" for i in range(width)]
            columns = [f"{name} int" for name in names] + [
                f"{column} int{' NOT NULL' * self.references[r][2]}"
                for r in own
                for column in self.columns(r)
            ]
            lines.append(
                f"CREATE TABLE t{t} ({', '.join(columns)}, PRIMARY KEY ({', '.join(names)}))"
            )
        for r, (child, parent, _, full) in enumerate(self.references):
            lines.append(
                f"ALTER TABLE t{child} ADD CONSTRAINT r{r} FOREIGN KEY"
                f" ({', '.join(self.columns(r))}) REFERENCES t{parent}{' MATCH FULL' * full}"
                " DEFERRABLE INITIALLY DEFERRED"
            )
        return ";".join(lines)

    def inserts(self) -> str:
        lines = []
        for t, keys_of in enumerate(self.keys):
            for key in keys_of:
                values: list[int | None] = list(key)
                for r, (child, parent, *_) in enumerate(self.references):
                    if child == t:
                        target = self.targets[t, key, r]
                        values += target or [None] * self.widths[parent]
                row = ", ".join("NULL" if v is None else str(v) for v in values)
                lines.append(f"INSERT INTO t{t} VALUES ({row})")
        return ";".join(lines)


def random_rules(schema: Schema, rnd: random.Random) -> SubsetRules:
    tables = range(len(schema.widths))
    edges = {
        r: (n(f"t{child}"), schema.columns(r)) for r, (child, *_) in enumerate(schema.references)
    }
    roots = [
        Root(n(f"t{rnd.choice(tables)}"), where=f"k0 % {rnd.randint(2, 5)} = 1", allow_empty=True)
        for _ in range(rnd.randint(1, 2))
    ]
    optional = [r for r, reference in enumerate(schema.references) if not reference[2]]
    return SubsetRules(
        tuple(roots),
        whole=tuple(n(f"t{t}") for t in tables if rnd.random() < 0.15),
        children={edge: rnd.choice([None, 1, 2]) for edge in edges.values() if rnd.random() < 0.5},
        cut=tuple(edges[r] for r in optional if rnd.random() < 0.3),
        follow=rnd.random() < 0.2,
    )


def fixed_point(
    schema: Schema, rules: SubsetRules, choice: Mapping[tuple[int, Key], int]
) -> tuple[set[tuple[int, Key]], set[tuple[int, Key, int]]]:
    """The chosen rows, and the references of chosen rows that are NULL, by the definition alone."""
    number = {n(f"t{t}"): t for t in range(len(schema.widths))}
    edges = {
        (n(f"t{child}"), schema.columns(r)): r for r, (child, *_) in enumerate(schema.references)
    }
    cut = {edges[edge] for edge in rules.cut}
    whole = {number[name] for name in rules.whole}
    have = {(t, key) for t in whole for key in schema.keys[t]}
    spread: set[tuple[int, Key]] = set()
    for root in rules.roots:
        _, _, modulus, _, rest = (root.where or "").split()
        t = number[root.table]
        spread |= {(t, key) for key in schema.keys[t] if key[0] % int(modulus) == int(rest)}
    while True:
        before = len(have), len(spread)
        have |= spread
        for (child, key, r), target in schema.targets.items():
            if (child, key) in have and target is not None and r not in cut:
                parent = (schema.references[r][1], target)
                have.add(parent)
                if rules.follow and parent[0] not in whole:
                    spread.add(parent)
        for edge, limit in rules.children.items():
            r = edges[edge]
            for parent in [row for row in spread if row[0] == schema.references[r][1]]:
                children = [
                    (child, key)
                    for (child, key, other), target in schema.targets.items()
                    if other == r and target == parent[1]
                ]
                spread |= set(sorted(children, key=lambda row: choice[row])[:limit])
        if (len(have), len(spread)) == before:
            break
    nulled = {
        (child, key, r)
        for (child, key, r), target in schema.targets.items()
        if r in cut and (child, key) in have and target is not None
        and (schema.references[r][1], target) not in have
    }  # fmt: skip
    return have, nulled


def choices(url: str, schema: Schema) -> dict[tuple[int, Key], int]:
    """The hash by which children are chosen, of every row."""
    found: dict[tuple[int, Key], int] = {}
    with psycopg.connect(url) as connection:
        for t, width in enumerate(schema.widths):
            names = sql.SQL(", ").join(sql.Identifier(f"k{i}") for i in range(width))
            for *key, hashed in connection.execute(
                sql.SQL(
                    'SELECT {0}, hashtextextended((ROW({0})::text) COLLATE "C", 4027) FROM {1}'
                ).format(names, sql.Identifier(f"t{t}"))
            ):
                found[t, tuple(key)] = hashed
    return found


def test_random_databases(database: Callable[..., str]) -> None:
    """Rows 129 and 130: the least fixed point, and a server takes it with every foreign key."""
    source, target = database(), database()

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        suppress_health_check=[HealthCheck.too_slow],
    )
    @given(st.randoms(use_true_random=False))
    def check(rnd: random.Random) -> None:
        schema = Schema(rnd)
        rules = random_rules(schema, rnd)
        for url, rows in ((source, schema.inserts()), (target, "")):
            with psycopg.connect(url, autocommit=True) as connection:
                connection.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
                connection.execute(f"BEGIN; {schema.statements()}; {rows}; COMMIT")  # type: ignore[arg-type]
        have, nulled = fixed_point(schema, rules, choices(source, schema))
        with choosing(source, rules) as (connection, catalog, found):
            texts = read_chosen(connection, catalog, found.chosen)
        for t, width in enumerate(schema.widths):
            lines = [line.split("\t") for line in texts[f"t{t}"].decode().splitlines()]
            rows_of = {tuple(map(int, line[:width])): line[width:] for line in lines}
            assert set(rows_of) == {key for table, key in have if table == t}
            own = [r for r, reference in enumerate(schema.references) if reference[0] == t]
            for key, values in rows_of.items():
                expected: list[str] = []
                for r in own:
                    reference = schema.targets[t, key, r]
                    if reference is None or (t, key, r) in nulled:
                        expected += [r"\N"] * len(schema.columns(r))
                    else:
                        expected += map(str, reference)
                assert values == expected
        restore(texts, catalog, target)

    check()


# --- a shop with everything

SHOP = """
CREATE TABLE country (code text PRIMARY KEY, name text NOT NULL);
CREATE TABLE tenant (id int PRIMARY KEY, owner_id int, country text NOT NULL REFERENCES country);
CREATE TABLE person (id int PRIMARY KEY, tenant_id int NOT NULL REFERENCES tenant,
    boss_id int REFERENCES person, mentor_id int REFERENCES person, email text UNIQUE);
ALTER TABLE tenant ADD FOREIGN KEY (owner_id) REFERENCES person;
CREATE TABLE orders (tenant_id int, no int, person_id int NOT NULL REFERENCES person,
    PRIMARY KEY (tenant_id, no));
CREATE TABLE line (id int PRIMARY KEY, tenant_id int, order_no int,
    FOREIGN KEY (tenant_id, order_no) REFERENCES orders);
INSERT INTO country VALUES ('DE', 'Germany'), ('FR', 'France'), ('IT', 'Italy');
INSERT INTO tenant SELECT i, NULL, CASE i WHEN 1 THEN 'DE' ELSE 'FR' END
    FROM generate_series(1, 4) i;
INSERT INTO person SELECT i, 1 + i % 4, CASE WHEN i > 4 THEN i % 4 + 1 END, NULL,
    'p' || i || '@example.com' FROM generate_series(1, 400) i;
UPDATE tenant SET owner_id = id;
INSERT INTO orders SELECT 1 + i % 4, i, 1 + i % 400 FROM generate_series(0, 7999) i;
INSERT INTO line SELECT no, tenant_id, no FROM orders WHERE no % 4 = 0;
ANALYZE;
"""


def made(database: Callable[..., str], statements: str, version: int = 18) -> str:
    url = database(version)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(statements)  # type: ignore[arg-type]
    return url


def run(url: str, statements: str) -> list[Any]:
    with psycopg.connect(url, autocommit=True) as connection:
        cursor = connection.execute(statements)  # type: ignore[arg-type]
        return cursor.fetchall() if cursor.description else []


ORDERS = (n("orders"), ("person_id",))
LINES = (n("line"), ("tenant_id", "order_no"))


@pytest.mark.parametrize("version", [13, 18])
def test_a_role_that_may_only_select(database: Callable[..., str], version: int) -> None:
    """Row 134, on the oldest and the newest server; what is chosen is the same on both."""
    url = made(database, SHOP, version)
    role = f"reader{os.getpid()}_{version}"
    run(url, f"CREATE ROLE {role} LOGIN; GRANT SELECT ON ALL TABLES IN SCHEMA public TO {role}")
    try:
        rules = SubsetRules((Root(n("person"), percent=10),), children={ORDERS: 3, LINES: None})
        rows = subset(url.replace("postgres:@", f"{role}:@"), rules)
    finally:
        run(url, f"DROP OWNED BY {role}; DROP ROLE {role}")
    assert len(rows["orders"]) > 30
    assert len(rows["person"]) == 36
    assert keys(rows, "tenant") == {1, 2, 3, 4}


def test_percent_and_limit_go_by_key(database: Callable[..., str]) -> None:
    """Rows 135 and 136."""
    url = made(database, SHOP)
    by_percent = {
        percent: keys(subset(url, SubsetRules((Root(n("line"), percent=percent),))), "line")
        for percent in (1, 2, 10, 50, 100)
    }
    assert [len(some) for some in by_percent.values()][-1] == 2000
    assert 150 < len(by_percent[10]) < 250
    assert 900 < len(by_percent[50]) < 1100
    assert by_percent[1] < by_percent[2] < by_percent[10] < by_percent[50]
    rules = SubsetRules((Root(n("person"), limit=5),), children={ORDERS: 20})
    before = subset(url, rules)
    run(url, "INSERT INTO person SELECT i, 1, NULL, NULL, NULL FROM generate_series(500, 510) i;"
        "INSERT INTO orders SELECT 1, i, 500 FROM generate_series(9000, 9500) i")  # fmt: skip
    run(url, "VACUUM FULL orders")
    again = subset(url, replace(rules, roots=(*rules.roots, Root(n("person"), where="id = 500"))))
    per_person: dict[str, int] = {}
    for _, _, person in again["orders"]:
        per_person[person] = per_person.get(person, 0) + 1
    assert max(per_person.values()) == 20
    assert per_person["500"] == 20
    assert {row for row in again["orders"] if row[2] != "500"} == before["orders"]


def test_cycles(database: Callable[..., str]) -> None:
    """Row 131: two cycles that share a table, a cycle of three with a NULL, two self-references."""
    url = made(
        database,
        """CREATE TABLE a (id int PRIMARY KEY, b int, c int);
        CREATE TABLE b (id int PRIMARY KEY, a int REFERENCES a);
        CREATE TABLE c (id int PRIMARY KEY, d int);
        CREATE TABLE d (id int PRIMARY KEY, a int REFERENCES a);
        CREATE TABLE e (id int PRIMARY KEY, up int REFERENCES e, side int REFERENCES e);
        ALTER TABLE a ADD FOREIGN KEY (b) REFERENCES b, ADD FOREIGN KEY (c) REFERENCES c;
        ALTER TABLE c ADD FOREIGN KEY (d) REFERENCES d;
        INSERT INTO a VALUES (1, NULL, NULL), (2, NULL, NULL), (3, NULL, NULL), (9, NULL, NULL);
        INSERT INTO b VALUES (1, 2), (2, 1); INSERT INTO d VALUES (1, 3), (2, NULL);
        INSERT INTO c VALUES (1, 1), (2, 2), (3, NULL);
        UPDATE a SET b = 1, c = 1 WHERE id = 1; UPDATE a SET b = 2 WHERE id = 2;
        UPDATE a SET c = 2 WHERE id = 3;
        INSERT INTO e VALUES (1, NULL, NULL), (2, 1, NULL), (3, NULL, 1), (4, 2, 3), (5, 4, 5)""",
    )
    rows = subset(url, SubsetRules((Root(n("a"), where="id = 1"), Root(n("e"), where="id = 4"))))
    assert {name: keys(rows, name) for name in rows} == {
        "a": {1, 2, 3},
        "b": {1, 2},
        "c": {1, 2},
        "d": {1, 2},
        "e": {1, 2, 3, 4},
    }


def test_links(database: Callable[..., str]) -> None:
    """Rows 132 and 133: polymorphic, to a unique column, from JSON; what dangles is counted."""
    url = made(
        database,
        """CREATE TABLE post (id int PRIMARY KEY); CREATE TABLE photo (id int PRIMARY KEY);
        CREATE TABLE comment (id int PRIMARY KEY, subject_id int, subject_type text);
        CREATE TABLE person (id int PRIMARY KEY, mail text UNIQUE);
        CREATE TABLE event (id int PRIMARY KEY, user_mail text, payload jsonb);
        INSERT INTO post VALUES (1), (2), (3); INSERT INTO photo VALUES (1), (2), (3);
        INSERT INTO comment VALUES (1, 1, 'post'), (2, 2, 'photo'), (3, 3, 'post'), (4, 9, 'post');
        INSERT INTO person VALUES (1, 'a'), (2, 'b'), (3, 'c');
        INSERT INTO event VALUES (1, 'b', '{"post": 2}'), (2, 'nobody', '{}')""",
    )
    subject = ("subject_id",)
    links = (
        Link(n("comment"), subject, n("post"), ("id",), where="comment.subject_type = 'post'"),
        Link(n("comment"), subject, n("photo"), ("id",), where="subject_type = 'photo' -- kind"),
        Link(n("event"), ("user_mail",), n("person"), ("mail",)),
        Link(n("event"), (), n("post"), ("id",), expression="(payload->>'post')::bigint"),
    )
    rules = SubsetRules((Root(n("comment"), where="id <> 3"), Root(n("event"))))
    rows = subset(url, rules, links)
    assert {name: keys(rows, name) for name in rows} == {
        "comment": {1, 2, 4},
        "post": {1, 2},
        "photo": {2},
        "person": {2},
        "event": {1, 2},
    }
    with choosing(url, rules, links) as (_, _, found):
        assert found.chosen.report.dangling == {
            "comment.subject_id → post": 1,
            "event.user_mail → person": 1,
        }
    down = SubsetRules(
        (Root(n("photo"), where="id = 2"), Root(n("post"), where="id = 3")),
        children={(n("comment"), subject): None},
    )
    assert keys(subset(url, down, links), "comment") == {2, 3}


def test_cut_is_null_exactly_where_the_row_is_not_chosen(database: Callable[..., str]) -> None:
    """Row 137."""
    url = made(database, SHOP)
    boss = (n("person"), ("boss_id",))
    rows = subset(url, SubsetRules((Root(n("person"), where="id IN (2, 8, 9)"),), cut=(boss,)))
    people = {int(row[0]): row[2] for row in rows["person"]}
    # 1 and 2 come as owners of tenants; 9 has the boss 2, 8 the boss 1
    assert people[8] == "1"
    assert people[9] == "2"
    lonely = subset(
        url,
        SubsetRules(
            (Root(n("person"), where="id IN (2, 8, 9)"),),
            cut=(boss, (n("tenant"), ("owner_id",))),
        ),
    )
    assert {int(row[0]): row[2] for row in lonely["person"]} == {2: r"\N", 8: r"\N", 9: "2"}
    owners = {row[0]: row[1] for row in lonely["tenant"]}
    assert owners == {"1": r"\N", "2": "2", "3": r"\N"}
    with pytest.raises(UsageError, match=r"person\.person_tenant_id_fkey cannot be cut"):
        subset(url, SubsetRules((Root(n("person")),), cut=((n("person"), ("tenant_id",)),)))


def test_cut_in_a_whole_table(database: Callable[..., str]) -> None:
    """All rows of a whole table come; those whose parent does not are written with NULL."""
    url = made(database, SHOP)
    rules = SubsetRules(
        (Root(n("country")),), whole=(n("tenant"),), cut=((n("tenant"), ("owner_id",)),)
    )
    assert {row[:2] for row in subset(url, rules)["tenant"]} == {
        (str(i), r"\N") for i in range(1, 5)
    }


def test_whole_and_none(database: Callable[..., str]) -> None:
    """Row 138."""
    url = made(database, SHOP)
    root = Root(n("person"), where="id = 8")
    rows = subset(url, SubsetRules((root,), whole=(n("country"),)))
    assert {row[0] for row in rows["country"]} == {"DE", "FR", "IT"}
    assert {row[0] for row in subset(url, SubsetRules((root,)))["country"]} == {"DE", "FR"}
    with pytest.raises(Refused, match=r"tenant\.tenant_country_fkey needs rows of country"):
        subset(url, SubsetRules((root,)), none=(n("country"),))
    with_nulls = subset(url, SubsetRules((Root(n("line"), where="id = 8"),)), none=(n("orders"),))
    assert with_nulls["line"] == {("8", r"\N", r"\N")}
    assert with_nulls["orders"] == set()
    with pytest.raises(UsageError, match="rows of person are asked for, and left out"):
        subset(url, SubsetRules((root,)), none=(n("person"),))


def test_report(database: Callable[..., str]) -> None:
    """Row 139: every row has one first reason."""
    url = made(database, SHOP)
    rules = SubsetRules(
        (Root(n("person"), percent=5),),
        whole=(n("country"),),
        children={ORDERS: 3, LINES: None},
    )
    rows = subset(url, rules)
    with choosing(url, rules) as (_, _, found):
        report = found.chosen.report
    for table in report.tables:
        assert table.rows == len(rows[table.name.name]) == sum(table.reasons.values())
        assert table.rows <= table.of
    reasons = {reason for table in report.tables for reason in table.reasons}
    assert {"root", "whole", "down orders.orders_person_id_fkey"} <= reasons
    assert report.rows == sum(map(len, rows.values())) == report.to_dict()["rows"]
    assert report.keys[0][1] == max(number for _, number in report.keys)


def test_why(database: Callable[..., str]) -> None:
    """Row 140: a chain to a root for 100 rows, and each step is a true join."""
    url = made(database, SHOP)
    rules = SubsetRules(
        (Root(n("person"), percent=20),), children={ORDERS: 3, LINES: None, (n("person"), ("boss_id",)): 1}
    )  # fmt: skip
    rows = subset(url, rules)
    widths = {"country": 1, "tenant": 1, "person": 1, "orders": 2, "line": 1}
    everything = sorted((name, row[: widths[name]]) for name, some in rows.items() for row in some)
    asked = random.Random(1).sample(everything, 100)
    with choosing(url, rules) as (connection, catalog, found):
        for name, key in asked:
            steps = why(catalog, found.rows, found.chosen.closure, n(name), key)
            assert (steps[0].table, steps[0].key) == (n(name), key)
            assert steps[-1].reason.kind == "root"
            for step, cause in pairwise(steps):
                assert joins(connection, step, cause)
        outside = set(map(str, range(1, 401))) - {row[0] for row in rows["person"]}
        with pytest.raises(Refused, match="this row of person is not in the subset"):
            why(catalog, found.rows, found.chosen.closure, n("person"), [min(outside)])
        with pytest.raises(UsageError, match="person has no key of 2 columns"):
            why(catalog, found.rows, found.chosen.closure, n("person"), ["1", "2"])
        with pytest.raises(UsageError, match="person has no row with this key"):
            why(catalog, found.rows, found.chosen.closure, n("person"), ["999999"])


def joins(connection: Connection, step: Step, cause: Step) -> bool:
    """Whether the rows of two steps are joined by the key that the first one names."""
    reference = step.reason.reference
    assert reference is not None
    child, parent = (cause, step) if step.reason.kind == "up" else (step, cause)
    assert (child.table, parent.table) == (reference.table, reference.referenced)
    conditions = [
        *(sql.SQL("c.{} = p.{}").format(sql.Identifier(a), sql.Identifier(b))
          for a, b in zip(reference.columns, reference.referenced_columns, strict=True)),
        *(sql.SQL("c.{}::text = {}").format(sql.Identifier(a), v)
          for a, v in zip(child.columns, child.key, strict=True)),
        *(sql.SQL("p.{}::text = {}").format(sql.Identifier(a), v)
          for a, v in zip(parent.columns, parent.key, strict=True)),
    ]  # fmt: skip
    query = sql.SQL("SELECT count(*) FROM {} c, {} p WHERE {}").format(
        sql.Identifier(*child.table), sql.Identifier(*parent.table),
        sql.SQL(" AND ").join(conditions),
    )  # fmt: skip
    row = connection.execute(query).fetchone()
    return row == (1,)


def test_max_rows(database: Callable[..., str]) -> None:
    """Row 142: it stops, and names the keys that brought most."""
    url = made(database, SHOP)
    rules = SubsetRules((Root(n("person")),), children={ORDERS: None}, max_rows=5000)
    with pytest.raises(Refused, match="the subset takes more than 5,000 rows") as stopped:
        subset(url, rules)
    assert stopped.value.details[0] == "down orders.orders_person_id_fkey: 8,000 rows"
    assert len(subset(url, replace(rules, max_rows=8500))["orders"]) == 8000


TENANTS = """
CREATE TABLE tenants (id int PRIMARY KEY, name text);
CREATE TABLE person (id int PRIMARY KEY, tenant_id int NOT NULL REFERENCES tenants, secret text);
CREATE TABLE project (id int PRIMARY KEY, tenant_id int NOT NULL REFERENCES tenants,
    lead int REFERENCES person);
CREATE TABLE shared (id int PRIMARY KEY, tenant_id int);
INSERT INTO tenants VALUES (1, 'Demo'), (2, 'Other');
INSERT INTO person VALUES (1, 1, 'a'), (2, 1, 'b'), (3, 2, 'hidden');
INSERT INTO project VALUES (1, 1, 1), (2, 2, 3), (3, 1, NULL);
INSERT INTO shared VALUES (1, NULL);
"""
ONE_TENANT = SubsetRules(
    (Root(n("tenants"), where="name = 'Demo'"),),
    whole=(n("shared"),),
    children={(n("person"), ("tenant_id",)): None, (n("project"), ("tenant_id",)): None},
    tenant="tenant_id",
)


def test_one_tenant(database: Callable[..., str]) -> None:
    """Row 143."""
    url = made(database, TENANTS)
    rows = subset(url, ONE_TENANT)
    assert {name: keys(rows, name) for name in rows} == {
        "tenants": {1},
        "person": {1, 2},
        "project": {1, 3},
        "shared": {1},
    }
    run(url, "UPDATE project SET lead = 3 WHERE id = 3")
    with pytest.raises(Refused, match="more than one tenant") as refused:
        subset(url, ONE_TENANT)
    assert "project.project_lead_fkey brings rows of person" in str(refused.value)
    assert "hidden" not in str(refused.value)
    cut = replace(ONE_TENANT, cut=((n("project"), ("lead",)),))
    assert ("3", "1", r"\N") in subset(url, cut)["project"]
    run(url, "INSERT INTO shared VALUES (2, 2)")
    with pytest.raises(Refused, match="whole brings rows of shared"):
        subset(url, cut)


def test_partitions_inheritance_and_no_keys(database: Callable[..., str]) -> None:
    """Row 144."""
    url = made(
        database,
        """CREATE TABLE person (id int, region text, PRIMARY KEY (region, id))
            PARTITION BY LIST (region);
        CREATE TABLE person_a PARTITION OF person FOR VALUES IN ('a') PARTITION BY HASH (id);
        CREATE TABLE person_a0 PARTITION OF person_a FOR VALUES WITH (MODULUS 2, REMAINDER 0);
        CREATE TABLE person_a1 PARTITION OF person_a FOR VALUES WITH (MODULUS 2, REMAINDER 1);
        CREATE TABLE person_b (region text NOT NULL, id int NOT NULL);
        ALTER TABLE person ATTACH PARTITION person_b FOR VALUES IN ('b');
        CREATE TABLE visit (region text, person int, day date, boss int,
            FOREIGN KEY (region, person) REFERENCES person) PARTITION BY RANGE (day);
        CREATE TABLE visit_old PARTITION OF visit FOR VALUES FROM ('2020-01-01') TO ('2021-01-01');
        CREATE TABLE visit_new PARTITION OF visit DEFAULT;
        CREATE TABLE chief (id int PRIMARY KEY);
        ALTER TABLE visit_new ADD CONSTRAINT chief FOREIGN KEY (boss) REFERENCES chief;
        CREATE TABLE base (id int PRIMARY KEY, mail text); CREATE TABLE derived () INHERITS (base);
        CREATE UNIQUE INDEX ON base (lower(mail));
        CREATE TABLE note (base int REFERENCES base, text text);
        INSERT INTO person SELECT i, CASE WHEN i % 3 = 0 THEN 'b' ELSE 'a' END
            FROM generate_series(1, 60) i;
        INSERT INTO chief VALUES (1), (2);
        INSERT INTO visit SELECT region, id, '2020-06-01', 7 FROM person;
        INSERT INTO visit SELECT region, id, '2022-06-01', 1 FROM person;
        INSERT INTO base VALUES (1, 'A'), (2, 'B'); INSERT INTO derived VALUES (1, 'x'), (3, 'y');
        INSERT INTO note VALUES (1, 'same'), (1, 'same'), (2, 'other'), (NULL, 'none')""",
    )
    by_visit = subset(url, SubsetRules((Root(n("visit"), where="person IN (3, 4, 5)"),)))
    assert keys(by_visit, "person") == {3, 4, 5}
    assert keys(by_visit, "chief") == {1}
    assert len(by_visit["visit"]) == 6
    by_person = SubsetRules(
        (Root(n("person"), where="person.id <= 6"),),
        children={(n("visit"), ("region", "person")): 1},
    )
    assert len(subset(url, by_person)["visit"]) == 6
    with choosing(url, by_person) as (_, _, found):
        assert found.chosen.rows(n("visit")) == 6
    notes = SubsetRules((Root(n("base"), where="id = 1"),), children={(n("note"), ("base",)): None})
    rows = subset(url, notes)
    assert rows["base"] == {("1", "A")}
    assert rows["derived"] == set()
    with choosing(url, notes) as (_, _, found):
        assert found.chosen.rows(n("note")) == 2
    keyless = subset(url, SubsetRules((Root(n("note"), where="text = 'same'"),)))
    assert keys(keyless, "base") == {1}


def test_rows_stay_those_of_one_moment(database: Callable[..., str]) -> None:
    """Row 145: others write, delete and vacuum between choosing and reading."""
    url = made(database, SHOP)
    rules = SubsetRules((Root(n("person"), percent=10),), children={ORDERS: None})
    expected = subset(url, rules)
    with choosing(url, rules) as (connection, catalog, found):
        run(url, "DELETE FROM line; DELETE FROM orders; UPDATE person SET email = NULL;"
            "INSERT INTO orders SELECT 1, i, 1 FROM generate_series(1, 8000) i")  # fmt: skip
        run(url, "VACUUM orders")
        texts = read_chosen(connection, catalog, found.chosen)
    assert {tuple(x.split("\t")) for x in texts["orders"].decode().splitlines()} == expected[
        "orders"
    ]
    assert {tuple(x.split("\t")) for x in texts["person"].decode().splitlines()} == expected[
        "person"
    ]


def test_generated_columns_are_not_read(database: Callable[..., str]) -> None:
    """Row 147, as far as rows go."""
    url = made(
        database,
        "CREATE TABLE t (a int PRIMARY KEY, b int GENERATED ALWAYS AS (a * 2) STORED, c text);"
        "INSERT INTO t (a, c) VALUES (1, 'x'), (2, 'y')",
    )
    assert subset(url, SubsetRules((Root(n("t"), where="b = 4"),)))["t"] == {("2", "y")}


@pytest.mark.parametrize(
    ("where", "error", "message"),
    [
        ("id = 1 AND nme = 2", UsageError, 'column "nme" does not exist, at character 12'),
        ("id ==", UsageError, "at character 6"),
        ("true) OR (true", None, ""),
        (
            "true)) q; DELETE FROM line; SELECT ((true",
            UsageError,
            "cannot insert multiple commands",
        ),
        ("email::int = 1", Refused, r"InvalidTextRepresentation \(22P02\)"),
        ("id < 0", Refused, "a root of the subset finds no row in person"),
        ("id IN (WITH d AS (DELETE FROM line RETURNING id) SELECT id FROM d)", Refused, "WITH"),
        ("writes(id)", Refused, "cannot execute INSERT in a read-only transaction"),
        ("id % 100 = 0 -- every hundredth", None, ""),
    ],
)
def test_conditions(
    database: Callable[..., str], where: str, error: type[Exception] | None, message: str
) -> None:
    """Rows 148 and 149: the server's words and position, no values, and nothing is written."""
    url = made(
        database,
        SHOP + "CREATE FUNCTION writes(int) RETURNS boolean LANGUAGE plpgsql AS $$"
        "BEGIN INSERT INTO public.country VALUES ('XX', ''); RETURN true; END $$",
    )
    rules = SubsetRules((Root(n("person"), where=where),))
    if error is None:
        assert subset(url, rules)["person"]
    else:
        with pytest.raises(error, match=message) as refused:
            subset(url, rules)
        assert "@example.com" not in f"{refused.value} {refused.value.__cause__}"
    assert run(url, "SELECT count(*) FROM line") == [(2000,)]


@pytest.mark.parametrize(
    ("rules", "message"),
    [
        (SubsetRules((Root(n("nobody")),)), "there is no table nobody"),
        (SubsetRules((Root(n("person")),), whole=(n("nobody"),)), "there is no table nobody"),
        (SubsetRules(()), "the subset has no roots"),
        (SubsetRules((Root(n("person"), percent=0),)), "percent of the root person is 0"),
        (SubsetRules((Root(n("person"), limit=0),)), "limit of the root person is 0"),
        (SubsetRules((Root(n("person"), percent=1, limit=1),)), "both percent and limit"),
        (
            SubsetRules((Root(n("person")),), children={(n("person"), ("email",)): None}),
            "children names person.email, which is no foreign key and no link",
        ),
        (SubsetRules((Root(n("person")),), cut=((n("orders"), ("no",)),)), "cut names orders.no"),
    ],
)
def test_rules_that_do_not_fit(
    database: Callable[..., str], rules: SubsetRules, message: str
) -> None:
    with pytest.raises(UsageError, match=message):
        subset(made(database, SHOP), rules)


@pytest.mark.parametrize(
    ("link", "message"),
    [
        (Link(n("line"), ("idd",), n("person"), ("id",)), "line has no column idd"),
        (Link(n("line"), ("id",), n("person"), ("id", "email")), "another number of columns"),
        (Link(n("line"), (), n("person"), ("id",), expression="idd"), "idd.*at character 1"),
        (Link(n("line"), ("id",), n("person"), ("email",)), "operator does not exist"),
    ],
)
def test_links_that_do_not_fit(database: Callable[..., str], link: Link, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        subset(made(database, SHOP), SubsetRules((Root(n("person")),)), (link,))


def test_no_plan_of_a_table_with_foreign_code(database: Callable[..., str]) -> None:
    """Its rows cannot be chosen, but it can be taken whole."""
    url = made(
        database,
        "CREATE FUNCTION f(text) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT $1';"
        "CREATE TABLE t (a int PRIMARY KEY, b text); CREATE INDEX ON t (f(b));"
        "CREATE TABLE u (a int PRIMARY KEY, t int REFERENCES t);"
        "INSERT INTO t VALUES (1, 'x'); INSERT INTO u VALUES (1, 1)",
    )
    with pytest.raises(Refused, match="no rows of t can be chosen"):
        subset(url, SubsetRules((Root(n("u")),)))
    with choosing(url, SubsetRules((Root(n("u")),), whole=(n("t"),))) as (_, _, found):
        assert found.chosen.rows(n("t")) == 1
        assert found.chosen.source(n("t")) is None


def test_the_digest_is_that_of_the_rules(database: Callable[..., str]) -> None:
    """The order of lines means nothing; a rule does."""
    url = made(database, SHOP)
    rules = SubsetRules((Root(n("country")), Root(n("tenant"))), children={ORDERS: 1, LINES: None})
    same = SubsetRules(rules.roots[::-1], children={LINES: None, ORDERS: 1})
    digests = []
    for some in (rules, same, replace(rules, children={ORDERS: 2, LINES: None})):
        with choosing(url, some) as (_, _, found):
            digests.append(found.chosen.digest)
    assert digests[0] == digests[1] != digests[2]


POLICY = """
version = 1
key = "env:SNAPSHOT_MASK_KEY"
[rows]
"public.line" = "none"
[subset]
roots = [{ table = "public.person", where = "id = 8" }]
children = { "public.orders.person_id" = 2 }
"""


def command(*words: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "snapshot", "subset", *map(str, words)],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_commands(database: Callable[..., str], tmp_path: Path) -> None:
    """Plan and why, as text and as JSON; a value that is no key is not repeated."""
    url = made(database, SHOP)
    policy = tmp_path / "masking.toml"
    policy.write_text(POLICY)
    plan = command("plan", "-d", url, "--mask", policy)
    assert plan.returncode == 0, plan.stderr
    assert "the subset takes" in plan.stdout
    assert "down orders.orders_person_id_fkey: 2 rows" in plan.stdout
    document = json.loads(command("plan", "-d", url, "--policy", policy, "--json").stdout)
    rows = {table["name"]: table["rows"] for table in document["tables"]}
    assert rows["orders"] == 2
    assert rows["line"] == 0
    assert document["rows"] == sum(rows.values())
    done = command("why", "country", "DE", "-d", url, "--mask", policy)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0] == "country (code = DE): up tenant.tenant_country_fkey"
    assert lines[-1] == "person (id = 8): root"
    steps = json.loads(
        command("why", "public.country", "DE", "-d", url, "--mask", policy, "--json").stdout
    )["steps"]
    assert steps[-1] == {"table": "person", "key": {"id": "8"}, "reason": "root"}
    for words, code, message in (
        (("why", "person", "11"), 3, "this row of person is not in the subset"),
        (("why", "person", "secret"), 2, "the server refuses the key of person"),
    ):
        failed = command(*words, "-d", url, "--mask", policy)
        assert failed.returncode == code, failed.stderr
        assert message in failed.stderr
        assert "secret" not in failed.stderr
    policy.write_text(POLICY.partition("[subset]")[0])
    without = command("plan", "-d", url, "--mask", policy)
    assert without.returncode == 2
    assert "has no [subset]" in without.stderr


def test_a_hot_standby(run_folder: Path) -> None:
    """Row 134: a standby takes no temporary table, and chooses the same rows."""
    programs = servers.programs(18)
    if programs is None or not (programs / "pg_basebackup").exists():
        pytest.skip("no pg_basebackup")
    first, second = run_folder / f"p{os.getpid()}", run_folder / f"s{os.getpid()}"
    settings_ = (*servers.SETTINGS, "wal_level=replica", "max_wal_senders=2", "shared_buffers=16MB")
    rules = SubsetRules((Root(n("person"), percent=10),), children={ORDERS: 3, LINES: None})
    try:
        url = servers.start(18, first, settings_)
        run(url, SHOP)
        second.mkdir()
        if os.geteuid() == 0:
            shutil.chown(second, servers.OWNER)
        servers.run(programs / "pg_basebackup", "-h", first, "-U", "postgres", "-D",
                    second / "data", "-R", "-X", "stream", "-c", "fast")  # fmt: skip
        standby = servers.start(18, second, settings_)
        assert run(standby, "SELECT pg_is_in_recovery()") == [(True,)]
        assert subset(standby, rules) == subset(url, rules)
    finally:
        for folder in (second, first):
            servers.stop(18, folder)
            shutil.rmtree(folder, ignore_errors=True)


def test_unusual_keys(database: Callable[..., str]) -> None:
    """Periods, other collations, a key that is not valid, one that is not enforced."""
    url = made(
        database,
        """CREATE TABLE plan (id int4range, valid daterange,
            PRIMARY KEY (id, valid WITHOUT OVERLAPS));
        CREATE TABLE use (id int, plan int4range, during daterange,
            FOREIGN KEY (plan, PERIOD during) REFERENCES plan (id, PERIOD valid));
        INSERT INTO plan VALUES ('[1,2)', '[2020-01-01,2020-06-01)'),
            ('[1,2)', '[2020-06-01,2021-01-01)'), ('[1,2)', '[2021-01-01,2022-01-01)'),
            ('[2,3)', '[2020-01-01,2022-01-01)');
        INSERT INTO use VALUES (1, '[1,2)', '[2020-05-01,2020-07-01)');
        CREATE TABLE word (id text COLLATE "C" PRIMARY KEY);
        CREATE TABLE line (id int, word text COLLATE "POSIX" REFERENCES word);
        INSERT INTO word VALUES ('a'), ('b'); INSERT INTO line VALUES (1, 'b');
        CREATE TABLE old (id int, line int, word text);
        INSERT INTO old VALUES (1, 7, 'nothing'), (2, 8, 'a'), (3, 9, NULL);
        ALTER TABLE old ADD FOREIGN KEY (word) REFERENCES word NOT VALID;
        ALTER TABLE line ADD UNIQUE (id);
        ALTER TABLE old ADD FOREIGN KEY (line) REFERENCES line (id) NOT ENFORCED""",
    )
    rules = SubsetRules((Root(n("use")), Root(n("line")), Root(n("old"))))
    rows = subset(url, rules)
    assert len(rows["plan"]) == 2
    assert {row[0] for row in rows["word"]} == {"a", "b"}
    assert len(rows["old"]) == 3
    with choosing(url, rules) as (_, _, found):
        assert found.chosen.report.dangling == {"old.old_word_fkey": 1}


def test_a_key_of_which_every_column_is_null_together(database: Callable[..., str]) -> None:
    """MATCH FULL: a cut key is NULL in all of its columns; of another key a NULL is enough."""
    url = made(
        database,
        """CREATE TABLE p (a int, b int, PRIMARY KEY (a, b)); INSERT INTO p VALUES (1, 1), (2, 2);
        CREATE TABLE whole_key (id int, a int, b int, FOREIGN KEY (a, b) REFERENCES p MATCH FULL);
        CREATE TABLE part_key (id int, a int NOT NULL, b int, FOREIGN KEY (a, b) REFERENCES p);
        CREATE TABLE no_key (id int, a int NOT NULL, b int NOT NULL,
            FOREIGN KEY (a, b) REFERENCES p);
        INSERT INTO whole_key VALUES (1, 1, 1); INSERT INTO part_key VALUES (1, 2, 2)""",
    )
    roots = (Root(n("whole_key")), Root(n("part_key")), Root(n("no_key"), allow_empty=True))
    rows = subset(url, SubsetRules(roots), none=(n("p"),))
    assert rows["whole_key"] == {("1", r"\N", r"\N")}
    assert rows["part_key"] == {("1", "2", r"\N")}
    run(url, "INSERT INTO no_key VALUES (1, 1, 1)")
    with pytest.raises(Refused, match=r"no_key\.no_key_a_b_fkey needs rows of p"):
        subset(url, SubsetRules(roots), none=(n("p"),))
