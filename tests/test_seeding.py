"""The seeding engine: gaps, determinism, uniqueness, failures, the ledger, validators, mistakes."""

from __future__ import annotations

import itertools
import os
import random
import re
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from test_examples import EXAMPLES, NOW, seeded

from snapshot.errors import (
    BlueprintError,
    NeedNotMet,
    Refused,
    SnapshotError,
    UsageError,
    ValidationFailed,
)
from snapshot.safety.backups import BackupOptions
from snapshot.seeding import Blueprint, between, chance, parameter, up_to
from snapshot.seeding.audit import audit_database, validate_database
from snapshot.seeding.cached import seed_cached
from snapshot.seeding.cleaning import CleanOptions, clean_database
from snapshot.seeding.loading import load_blueprint
from snapshot.seeding.options import SeedOptions, SeedReport
from snapshot.seeding.run import seed_database
from snapshot.shapes import findings

Database = Callable[..., str]
NO_BACKUP = BackupOptions(keep=False)

# Content by natural key: what must be the same on every server, whatever the serial numbers.
CONTENT = {
    "pilates": [
        "SELECT email, name, phone, role, created_at FROM users ORDER BY 1",
        "SELECT name, credits, price FROM packages ORDER BY 1",
        "SELECT t.name, i.starts_at, u.email FROM class_instances i JOIN class_templates t ON t.id = template_id JOIN users u ON u.id = i.instructor_id ORDER BY 1, 2",
        "SELECT u.email, p.name, s.status, s.purchased_at, s.credits_remaining FROM user_packages s JOIN users u ON u.id = user_id JOIN packages p ON p.id = package_id ORDER BY 1, 2, 3, 4, 5",
        "SELECT u.email, t.name, i.starts_at, b.status, b.booked_at, p.purchased_at FROM bookings b JOIN users u ON u.id = b.user_id JOIN class_instances i ON i.id = b.class_id JOIN class_templates t ON t.id = i.template_id LEFT JOIN user_packages p ON p.id = user_package_id ORDER BY 1, 2, 3",
        "SELECT u.email, t.name, i.starts_at, w.position FROM waitlist_entries w JOIN users u ON u.id = w.user_id JOIN class_instances i ON i.id = w.class_id JOIN class_templates t ON t.id = i.template_id ORDER BY 1, 2, 3",
        "SELECT u.email, p.amount, p.method, p.status, p.external_transaction_id, p.created_at FROM payments p JOIN users u ON u.id = p.user_id ORDER BY 1, 6, 2, 3, 4",
        "SELECT a.email, b.email, f.status, f.created_at FROM friendships f JOIN users a ON a.id = requester_id JOIN users b ON b.id = addressee_id ORDER BY 1, 2",
        "SELECT u.email, token_hash, issued_at FROM refresh_tokens JOIN users u ON u.id = user_id ORDER BY 2",
        "SELECT u.email, action, entity, a.created_at FROM audit_logs a JOIN users u ON u.id = user_id ORDER BY 1, 4, 2, 3",
    ],
    "chat": [
        "SELECT auth0_id, email, name, bio, created_at FROM users ORDER BY 1",
        "SELECT c.name, u.email, is_dm, is_private, join_code, c.created_at FROM channels c JOIN users u ON u.id = owner_id ORDER BY 1, 2, 6",
        "SELECT c.name, c.created_at, u.email FROM user_channel JOIN users u ON u.id = user_id JOIN channels c ON c.id = channel_id ORDER BY 1, 2, 3",
        "SELECT c.name, u.email, m.content, m.created_at, p.content FROM messages m JOIN channels c ON c.id = m.channel_id JOIN users u ON u.id = m.user_id LEFT JOIN messages p ON p.id = m.parent_id ORDER BY 1, 4, 2, 3",
        "SELECT m.content, m.created_at, u.email, emoji, r.created_at FROM message_reactions r JOIN messages m ON m.id = message_id JOIN users u ON u.id = r.user_id JOIN reactions e ON e.id = reaction_id ORDER BY 1, 2, 3",
    ],
    "mentara": [
        "SELECT email, first_name, role FROM users ORDER BY 1",
        "SELECT u.email, c.slug, m.joined_at FROM memberships m JOIN users u ON u.id = user_id JOIN communities c ON c.id = community_id ORDER BY 1, 2",
        "SELECT c.slug, u.email, p.title, p.content, p.created_at FROM posts p JOIN users u ON u.id = author_id JOIN communities c ON c.id = community_id ORDER BY 5, 1, 2, 3",
        "SELECT u.email, p.title, c.content, c.created_at FROM comments c JOIN posts p ON p.id = post_id JOIN users u ON u.id = c.author_id ORDER BY 4, 1, 2, 3",
        "SELECT a.email, b.email, m.kind, m.status, m.starts_at FROM meetings m JOIN users a ON a.id = client_id JOIN users b ON b.id = therapist_id ORDER BY 1, 2, 5, 3, 4",
        "SELECT u.email, m.content, m.sent_at FROM messages m JOIN users u ON u.id = sender_id ORDER BY 3, 1, 2",
        "SELECT u.email, r.rating, r.text FROM reviews r JOIN users u ON u.id = client_id ORDER BY 1, 2, 3",
        "SELECT u.email, p.amount, p.status, p.paid_at FROM payments p JOIN payment_methods m ON m.id = payment_method_id JOIN users u ON u.id = m.client_id ORDER BY 1, 2, 3, 4",
    ],
    "pms": [
        "SELECT tenant_id, name, email, phone FROM practice_profiles ORDER BY 1, 3",
        "SELECT tenant_id, email, first_name, date_of_birth FROM clients ORDER BY 1, 2",
        "SELECT a.tenant_id, c.email, p.email, l.name, a.starts_at, a.status FROM appointments a JOIN clients c ON c.id = client_id JOIN providers p ON p.id = provider_id JOIN locations l ON l.id = location_id ORDER BY 1, 2, 3, 4, 5",
        "SELECT n.tenant_id, p.email, a.starts_at, n.kind, n.content FROM notes n JOIN providers p ON p.id = n.provider_id JOIN appointments a ON a.id = appointment_id ORDER BY 1, 2, 3, 4, 5",
        "SELECT e.tenant_id, c.email, kind, amount, booked_on FROM ledger_entries e JOIN clients c ON c.id = client_id ORDER BY 1, 2, 4, 3, 5",
        "SELECT tenant_id, token_hash FROM auth_tokens ORDER BY 2",
        "SELECT tenant_id, fhir_resource_id, internal_type FROM fhir_mappings ORDER BY 2",
    ],
    "cuebe": [
        'SELECT u.username, u.full_name, u.email, u.role, u.bio, u.created_at, m.username FROM "userTable" u JOIN "userTable" m ON m.user_id = u.created_by ORDER BY 1',
        'SELECT title, name, status, opens_on, closes_on, s.created_at FROM "showsTable" s JOIN "venuesTable" v USING (venue_id) ORDER BY 1',
        'SELECT h.title, s.revision, e."position", e.type, e.cue_label, e.title, e.note, e.payload, p."position" FROM "scriptElementsTable" e JOIN "scriptsTable" s USING (script_id) JOIN "showsTable" h USING (show_id) LEFT JOIN "scriptElementsTable" p ON p.element_id = e.parent_element_id ORDER BY 1, 2, 3',
        'SELECT h.title, d.code, u.username, a.duty, a.fee, a.is_lead FROM "crewAssignmentsTable" a JOIN "showsTable" h USING (show_id) JOIN "departmentsTable" d USING (department_id) JOIN "userTable" u USING (user_id) ORDER BY 1, 2, 3',
        'SELECT h.title, s.revision, x.link_slug, u.username, x.permission, x.created_at, x.message FROM script_shares x JOIN "scriptsTable" s USING (script_id) JOIN "showsTable" h USING (show_id) LEFT JOIN "userTable" u ON u.user_id = shared_with_user_id ORDER BY 1, 2, 3, 4',
    ],
}  # fmt: skip
CASES = [
    ("pilates", "light"),
    ("pilates", "medium"),
    ("pilates", "heavy"),
    ("chat", "small"),
    ("mentara", None),
    ("pms", "local"),
    ("pms", "staging"),
    ("cuebe", None),
]


def content(url: str, example: str) -> list[list[tuple[object, ...]]]:
    with psycopg.connect(url) as connection:
        return [connection.execute(query).fetchall() for query in CONTENT[example]]  # type: ignore[arg-type]


def rows(url: str, query: str) -> list[tuple[object, ...]]:
    with psycopg.connect(url) as connection:
        return connection.execute(query).fetchall()  # type: ignore[arg-type]


def count(url: str, table: str, where: str = "true") -> int:
    [(number,)] = rows(url, f"SELECT count(*) FROM {table} WHERE {where}")
    assert isinstance(number, int)
    return number


def run(url: str, example: str, profile: str | None = None, **options: object) -> SeedReport:
    blueprint = load_blueprint(str(EXAMPLES / example / "blueprint.py"))
    return seed_database(
        SeedOptions(url, blueprint, profile=profile, now=NOW, backup=NO_BACKUP, **options)
    )  # type: ignore[arg-type]


def everything(url: str) -> list[tuple[object, ...]]:
    """All rows of all tables, the ledger's too, and where the sequences stand."""
    with psycopg.connect(url) as connection:
        tables = connection.execute(
            "SELECT oid::regclass::text FROM pg_class WHERE relkind = 'r' AND relnamespace NOT IN (SELECT oid FROM pg_namespace WHERE nspname LIKE 'pg%' OR nspname = 'information_schema') ORDER BY 1"
        ).fetchall()
        found = [
            connection.execute(f"SELECT '{t}', t::text FROM {t} t ORDER BY 2").fetchall()
            for (t,) in tables
        ]  # type: ignore[arg-type]
        sequences = connection.execute(
            "SELECT schemaname, sequencename, last_value FROM pg_sequences ORDER BY 1, 2"
        ).fetchall()
    return [*itertools.chain.from_iterable(found), *sequences]


@pytest.mark.parametrize(("example", "profile"), CASES)
def test_a_second_run_adds_nothing(database: Database, example: str, profile: str | None) -> None:
    url = seeded(database, example, profile)
    before = everything(url)
    assert run(url, example).rows == 0
    assert everything(url) == before


def test_a_hundred_runs_change_nothing(database: Database) -> None:
    url = seeded(database, "mentara")
    before = everything(url)
    assert {run(url, "mentara").rows for _ in range(100)} == {0}
    assert everything(url) == before


DELETED = {
    "pilates": ["bookings", "waitlist_entries", "payments", "class_invitations", "refresh_tokens", "audit_logs"],
    "chat": ["message_reactions", "messages"],
    "mentara": ["message_read_receipts", "payments", "reviews", "meeting_notes", "comments", "posts", "notifications", "memberships", "users"],
    "pms": ["fhir_mappings", "ledger_entries", "notes", "auth_tokens"],
    "cuebe": ['"crewAssignmentsTable"', '"crewRelationshipsTable"', '"scriptElementsTable"', "script_shares"],
}  # fmt: skip


@pytest.mark.parametrize("number", range(3))
@pytest.mark.parametrize(
    ("example", "profile"),
    [
        ("pilates", "medium"),
        ("pilates", "heavy"),
        ("chat", "large"),
        ("mentara", None),
        ("pms", "staging"),
        ("cuebe", None),
    ],
)
def test_deleted_rows_come_back_as_they_were(
    database: Database, example: str, profile: str | None, number: int
) -> None:
    """A tenth of the rows, at random; rows that cannot go alone take their dependents along."""
    url = seeded(database, example, profile)
    before = content(url, example)
    dice = random.Random(number)
    with psycopg.connect(url) as connection:
        deleted = 0
        for table in DELETED[example]:
            keys = [k for (k,) in connection.execute(f"SELECT ctid::text FROM {table} ORDER BY 1")]  # type: ignore[arg-type]
            for key in dice.sample(keys, max(1, len(keys) // 10)):
                try:
                    with connection.transaction():
                        deleted += connection.execute(
                            f"DELETE FROM {table} WHERE ctid = %s::tid", [key]
                        ).rowcount  # type: ignore[arg-type]
                except psycopg.errors.ForeignKeyViolation:
                    continue
    assert deleted > 5
    assert content(url, example) != before
    assert run(url, example).rows >= deleted
    assert content(url, example) == before
    assert run(url, example).rows == 0


@pytest.mark.parametrize(
    ("example", "profile"),
    [
        ("pilates", "medium"),
        ("chat", "large"),
        ("mentara", None),
        ("pms", "local"),
        ("cuebe", None),
    ],
)
def test_content_is_the_same_on_every_server(
    database: Database, example: str, profile: str | None
) -> None:
    """Other serial numbers, another major version: equal content; another seed: other content."""
    there = database(13)
    blueprint = load_blueprint(str(EXAMPLES / example / "blueprint.py"))
    assert blueprint.schema is not None
    with psycopg.connect(there) as connection:
        connection.execute(blueprint.schema.read_text())  # type: ignore[arg-type]
        for (name,) in connection.execute(
            "SELECT oid::regclass::text FROM pg_class WHERE relkind = 'S'"
        ).fetchall():
            connection.execute(
                f"SELECT setval('{name}', {random.Random(name).randint(1000, 9000)})"
            )  # type: ignore[arg-type]
    run(there, example, profile)
    here = seeded(database, example, profile)
    assert content(there, example) == content(here, example)
    assert content(seeded(database, example, profile, "another"), example) != content(here, example)


SHOP = """
    CREATE TABLE customers (id serial PRIMARY KEY, email text NOT NULL UNIQUE, name text NOT NULL, vip boolean NOT NULL DEFAULT false);
    CREATE TABLE orders (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, customer_id int NOT NULL REFERENCES customers, number int NOT NULL, status text NOT NULL DEFAULT 'new', placed_at timestamptz NOT NULL, UNIQUE (customer_id, number));
    CREATE TABLE items (order_id bigint REFERENCES orders ON DELETE CASCADE, line int, sku text NOT NULL, deleted_at timestamptz, PRIMARY KEY (order_id, line));
    CREATE UNIQUE INDEX ON items (order_id, lower(sku)) WHERE deleted_at IS NULL;
    CREATE TABLE employees (id serial PRIMARY KEY, name text NOT NULL, manager_id int NOT NULL REFERENCES employees);
    CREATE TABLE teams (id serial PRIMARY KEY, name text NOT NULL, lead_id int NOT NULL);
    CREATE TABLE leads (id serial PRIMARY KEY, name text NOT NULL, team_id int NOT NULL REFERENCES teams);
    ALTER TABLE teams ADD FOREIGN KEY (lead_id) REFERENCES leads;
    CREATE TABLE "mixedCase" ("Id" uuid PRIMARY KEY DEFAULT gen_random_uuid(), "Label" varchar(10) NOT NULL);
"""  # fmt: skip


@dataclass(frozen=True)
class Shop:
    customers: int = parameter(4, "customers")
    orders: int = parameter(3, "orders a customer", most=50)
    vip: float = parameter(0.5, "share of important ones", most=1)
    history: bool = parameter(True, "old orders")


class Base(DeclarativeBase):
    pass


class Mixed(Base):
    __tablename__ = "mixedCase"
    id: Mapped[str] = mapped_column("Id", primary_key=True)


def shop() -> Blueprint:
    bp = Blueprint("shop", Shop)

    @bp.fill("customers", total="customers")
    def customers(r):  # type: ignore[no-untyped-def]
        while True:
            name = r.fake.name()
            yield dict(name=name, email=r.email(name), vip=r.share({True: 1, False: 1}))

    @bp.fill("orders", each="customers", need="orders")
    def orders(customer, r):  # type: ignore[no-untyped-def]
        for number in itertools.count(1):
            yield dict(number=number, placed_at=r.this_year())

    return bp


def seed(url: str, blueprint: Blueprint, **options: object) -> SeedReport:
    return seed_database(SeedOptions(url, blueprint, now=NOW, backup=NO_BACKUP, **options))  # type: ignore[arg-type]


@pytest.fixture
def shop_url(database: Database) -> str:
    url = database(18)
    with psycopg.connect(url) as connection:
        connection.execute(SHOP)
    return url


def test_rows_that_users_made_count(shop_url: str) -> None:
    with psycopg.connect(shop_url) as connection:
        connection.execute("INSERT INTO customers (email, name) VALUES ('own@example.com', 'Own')")
        connection.execute(
            "INSERT INTO orders (customer_id, number, placed_at) SELECT 1, n, now() FROM generate_series(7, 8) n"
        )
    own = rows(shop_url, "SELECT * FROM orders ORDER BY id")
    assert dict(seed(shop_url, shop()).added) == {"customers": 3, "orders": 10}
    assert rows(shop_url, "SELECT * FROM orders ORDER BY id")[:2] == own
    assert count(shop_url, "orders", "customer_id = 1") == 3


def test_a_lower_need_deletes_nothing(shop_url: str) -> None:
    seed(shop_url, shop(), parameters={"orders": 5})
    assert seed(shop_url, shop(), parameters={"orders": 2}).rows == 0
    assert count(shop_url, "orders") == 20
    assert seed(shop_url, shop(), parameters={"orders": 6}).added == {"orders": 4}


def test_what_was_not_given_comes_from_the_last_run(shop_url: str) -> None:
    seed(shop_url, shop(), parameters={"orders": 5}, seed="mine")
    with psycopg.connect(shop_url) as connection:
        connection.execute("DELETE FROM orders WHERE number = 5")
    before = rows(shop_url, "SELECT email FROM customers ORDER BY 1")
    report = seed_database(SeedOptions(shop_url, shop(), backup=NO_BACKUP))
    assert report.added == {"orders": 4}
    assert report.parameters["orders"] == 5
    assert rows(shop_url, "SELECT email FROM customers ORDER BY 1") == before


def test_sequences_never_lag(shop_url: str) -> None:
    seed(shop_url, shop())
    with psycopg.connect(shop_url) as connection:
        connection.execute("INSERT INTO customers (email, name) VALUES ('a@example.com', 'A')")
        connection.execute(
            "INSERT INTO orders (customer_id, number, placed_at) VALUES (1, 99, now())"
        )


def test_unique_expressions_and_deleted_rows_are_passed_over(shop_url: str) -> None:
    """lower(sku) must differ among rows that are not deleted; the key among all of them."""
    bp = shop()

    @bp.fill("items", each="orders", need=3, counting="deleted_at IS NULL")
    def items(order, r):  # type: ignore[no-untyped-def]
        for line, sku in enumerate(["A1", "a1", "B2", "b2", "A1", "C3", "D4"], 1):
            yield dict(line=line, sku=sku)

    shown = "SELECT DISTINCT a FROM (SELECT array_agg(sku ORDER BY line) FROM items WHERE deleted_at IS NULL GROUP BY order_id) t (a)"
    seed(shop_url, bp)
    assert rows(shop_url, shown) == [(["A1", "B2", "C3"],)]
    with psycopg.connect(shop_url) as connection:
        connection.execute("UPDATE items SET deleted_at = now() WHERE sku = 'B2'")
    assert seed(shop_url, bp).added == {"items": 12}
    assert rows(shop_url, shown) == [(["A1", "b2", "C3"],)]


def test_a_row_may_reference_itself_and_tables_each_other(shop_url: str) -> None:
    """All NOT NULL, none deferrable, and none is any more afterwards."""
    bp = Blueprint("cycles", Shop)

    @bp.fill("employees", total=7)
    def employees(r):  # type: ignore[no-untyped-def]
        head = yield dict(name="head", manager_id=r.key)
        while True:
            yield dict(name=r.fake.name(), manager_id=head.id)

    @bp.fill("leads", total=3)
    def leads(r):  # type: ignore[no-untyped-def]
        while True:
            yield dict(name=r.fake.name(), team_id=r.reserve("teams"))

    @bp.fill("teams", each="leads", on={"id": "team_id", "lead_id": "id"})
    def teams(lead, r):  # type: ignore[no-untyped-def]
        yield dict(name=f"{lead.name}'s")

    assert seed(shop_url, bp).added == {"employees": 7, "leads": 3, "teams": 3}
    assert rows(
        shop_url, "SELECT count(DISTINCT manager_id), bool_or(id = manager_id) FROM employees"
    ) == [(1, True)]
    assert rows(
        shop_url, "SELECT count(*) FROM teams t JOIN leads l ON l.id = lead_id AND l.team_id = t.id"
    ) == [(3,)]
    assert rows(
        shop_url, "SELECT DISTINCT condeferrable FROM pg_constraint WHERE contype = 'f'"
    ) == [(False,)]
    assert seed(shop_url, bp).rows == 0
    with psycopg.connect(shop_url) as connection:
        connection.execute("INSERT INTO teams (name, lead_id) VALUES ('next', 1)")


def test_a_hierarchy_is_handed_back_row_by_row(database: Database) -> None:
    url = database(16)
    with psycopg.connect(url) as connection:
        connection.execute(
            'CREATE TABLE "Node" (id serial PRIMARY KEY, kind text NOT NULL, parent_id int REFERENCES "Node", depth int NOT NULL DEFAULT 0)'
        )
    bp = Blueprint("tree", Shop)

    @bp.fill("Node", total=30)
    def nodes(r):  # type: ignore[no-untyped-def]
        while True:
            scene = yield dict(kind="scene")
            for _ in range(3):
                cue = yield dict(kind="cue", parent_id=scene.id, depth=1)
                yield dict(kind="note", parent_id=cue.id, depth=2)

    tree = 'SELECT n.kind, n.depth, p.kind, count(*) FROM "Node" n LEFT JOIN "Node" p ON p.id = n.parent_id GROUP BY 1, 2, 3 ORDER BY 2, 1'
    seed(url, bp)
    before = rows(url, tree)
    assert before == [("scene", 0, None, 5), ("cue", 1, "scene", 13), ("note", 2, "cue", 12)]
    with psycopg.connect(url) as connection:
        connection.execute("DELETE FROM \"Node\" WHERE kind = 'note'")
    assert seed(url, bp).rows == 12
    assert rows(url, tree) == before


def test_needs_of_all_kinds(shop_url: str) -> None:
    bp = shop()

    @bp.fill("items", each="orders", need=up_to(chance("vip", between(1, "orders"))))
    def items(order, r):  # type: ignore[no-untyped-def]
        for line in range(1, 3):
            yield dict(line=line, sku=r.code(6) + r.mark())

    seed(shop_url, bp, parameters={"customers": 200, "orders": 3})
    with_items = count(shop_url, "orders", "EXISTS (SELECT FROM items i WHERE i.order_id = id)")
    assert abs(with_items - 300) < 3.3 * (600 * 0.25) ** 0.5  # 99.9 % of what dice do
    assert rows(
        shop_url,
        "SELECT DISTINCT n FROM (SELECT count(*) AS n FROM items GROUP BY order_id) t ORDER BY 1",
    ) == [(1,), (2,)]
    assert seed(shop_url, bp).rows == 0


@pytest.mark.parametrize(
    ("weights", "number", "expected"),
    [
        ({"a": 70, "b": 20, "c": 10}, 20, {"a": 14, "b": 4, "c": 2}),
        ({"x": 1, "y": 1}, 7, {"x": 4, "y": 3}),
        ({"p": 0.3, "q": 0.7}, 50, {"p": 15, "q": 35}),
    ],
)
def test_shares_are_exact(
    database: Database, weights: dict[str, float], number: int, expected: dict[str, int]
) -> None:
    url = database(18)
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE things (id serial PRIMARY KEY, kind text NOT NULL)")
    bp = Blueprint("shares", Shop)

    @bp.fill("things", total=number)
    def things(r):  # type: ignore[no-untyped-def]
        while True:
            yield dict(kind=r.share(weights))

    seed(url, bp)
    assert dict(rows(url, "SELECT kind, count(*) FROM things GROUP BY 1")) == expected


def test_many_rows_set_the_foreign_keys_aside(shop_url: str) -> None:
    keys = "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE contype = 'f' AND connamespace = 'public'::regnamespace ORDER BY 1"
    before = rows(shop_url, keys)
    report = seed(shop_url, shop(), parameters={"customers": 1_500, "orders": 20})
    assert report.added == {"customers": 1_500, "orders": 30_000}
    assert rows(shop_url, keys) == before
    assert (
        count(
            shop_url, "orders o", "NOT EXISTS (SELECT FROM customers c WHERE c.id = o.customer_id)"
        )
        == 0
    )


def test_a_role_that_owns_no_table_can_seed(database: Database) -> None:
    url = database(18)
    role = f"seeder_{os.getpid()}"
    with psycopg.connect(url) as connection:
        connection.execute(SHOP)
        connection.execute(f"CREATE ROLE {role} LOGIN")  # type: ignore[arg-type]
        connection.execute(
            f"GRANT ALL ON ALL TABLES IN SCHEMA public TO {role}; GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO {role}; GRANT CREATE ON DATABASE {connection.info.dbname} TO {role}"
        )  # type: ignore[arg-type]
    try:
        theirs = url.replace("postgres@", f"{role}@").replace("postgres:@", f"{role}@")
        assert seed(theirs, shop(), parameters={"customers": 1_000, "orders": 25}).rows == 26_000
        assert seed(theirs, shop()).rows == 0
    finally:
        with psycopg.connect(url) as connection:
            connection.execute(f"DROP OWNED BY {role} CASCADE; DROP ROLE {role}")  # type: ignore[arg-type]


# --- failures


def test_a_need_that_cannot_be_met_says_how_many_are_possible(shop_url: str) -> None:
    bp = shop()

    @bp.fill("items", each="orders", need=5)
    def items(order, r):  # type: ignore[no-untyped-def]
        for line in range(1, 4):
            yield dict(line=line, sku=f"S{line}")

    before = everything(shop_url)
    with pytest.raises(
        NeedNotMet,
        match=r"test_seeding.py:\d+: rule items: orders \S+ needs 5 rows of items, only 3 are possible",
    ):
        seed(shop_url, bp)
    assert everything(shop_url)[: len(before)][:0] == []
    assert count(shop_url, "customers") == 0


SEEDER = """
    import sys
    sys.path.insert(0, {tests!r})
    from snapshot.seeding.loading import load_blueprint
    from snapshot.seeding.run import SeedOptions, seed_database, Watch
    from snapshot.seeding import run as engine
    import os, signal
    where, at, calls = {where!r}, 0, 0
    def die(*_):
        global calls
        calls += 1
        if calls == at:
            os.kill(os.getpid(), signal.SIGKILL)
    if where == "rule":
        inner = engine.write_missing
        def write_missing(*a):
            die()
            return inner(*a)
        engine.write_missing = write_missing
    else:
        import psycopg, time
        inner = psycopg.Copy.write
        def write(self, data):
            inner(self, data[: len(data) // 2])  # the server has half of it
            time.sleep(0.01)
            die()
            inner(self, data[len(data) // 2 :])
        psycopg.Copy.write = write
    bp = load_blueprint({blueprint!r})
    # a process for each kill; that they begin as copies of this one saves most of the time
    for line in sys.stdin:
        at = int(line)
        if (child := os.fork()) == 0:
            seed_database(SeedOptions({url!r}, bp, profile={profile!r}))
            os._exit(0)
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""


@pytest.mark.parametrize("where", ["rule", "copy"])
def test_a_seeding_that_is_killed_writes_nothing(database: Database, where: str) -> None:
    """At the beginning of every rule, and in the middle of every COPY."""
    url = database(18)
    blueprint = EXAMPLES / "pilates" / "blueprint.py"
    with psycopg.connect(url) as connection:
        connection.execute((EXAMPLES / "pilates" / "schema.sql").read_text())  # type: ignore[arg-type]
    before = rows(url, "SELECT oid::regclass::text FROM pg_class WHERE relkind = 'r' ORDER BY 1")
    script = SEEDER.format(
        tests=str(Path(__file__).parent),
        where=where,
        blueprint=str(blueprint),
        url=url,
        profile="medium",
    )
    with subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(script)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        bufsize=1,
    ) as seeder:
        assert seeder.stdin
        assert seeder.stdout
        for number in itertools.count(1):
            seeder.stdin.write(f"{number}\n")
            ended = int(seeder.stdout.readline())
            if ended == 0:
                break
            assert ended == -signal.SIGKILL
            tables = "SELECT oid::regclass::text FROM pg_class WHERE relkind = 'r' ORDER BY 1"
            assert rows(url, tables) == before
            assert count(url, "users") + count(url, "bookings") + count(url, "audit_logs") == 0
        seeder.stdin.close()
    assert number > (12 if where == "rule" else 20)
    assert count(url, "bookings") > 50


def test_two_seeders_at_once_make_what_one_does(shop_url: str) -> None:
    reports: list[SeedReport] = []
    threads = [
        threading.Thread(
            target=lambda: reports.append(seed(shop_url, shop(), parameters={"customers": 300}))
        )
        for _ in range(3)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(report.rows for report in reports) == [0, 0, 1_200]
    assert count(shop_url, "customers") == 300


def test_a_failed_clear_and_seed_leaves_what_was_there(shop_url: str) -> None:
    seed(shop_url, shop())
    before = everything(shop_url)
    bp = shop()

    @bp.fill("items", each="orders")
    def items(order, r):  # type: ignore[no-untyped-def]
        yield dict(line=1)

    with pytest.raises(BlueprintError, match="sku is NOT NULL"):
        seed(shop_url, bp, clear_first=True, confirm=True)
    assert [row for row in everything(shop_url) if row[0] != "public"] == [
        row for row in before if row[0] != "public"
    ]


def test_clear_first_brings_the_same_rows_back(shop_url: str) -> None:
    seed(shop_url, shop())
    with psycopg.connect(shop_url) as connection:
        connection.execute(
            "UPDATE customers SET name = 'changed'; INSERT INTO customers (email, name) VALUES ('x@example.com', 'X')"
        )
    first = seed_database(
        SeedOptions(shop_url, shop(), clear_first=True, confirm=True, backup=NO_BACKUP)
    )
    once = rows(shop_url, "SELECT * FROM customers ORDER BY 1")
    seed_database(SeedOptions(shop_url, shop(), clear_first=True, confirm=True, backup=NO_BACKUP))
    assert first.rows == 16
    assert rows(shop_url, "SELECT * FROM customers ORDER BY 1") == once
    assert once[0][0] == 1  # sequences start again


# --- mistakes in blueprints


def mistakes() -> dict[str, tuple[Callable[[Blueprint], None], str]]:  # noqa: C901  # a list
    def unknown_column(bp: Blueprint) -> None:
        @bp.fill("customers", total=1)
        def people(r):  # type: ignore[no-untyped-def]
            yield dict(nmae="x", email="x@example.com")

    def unknown_table(bp: Blueprint) -> None:
        @bp.fill("custmers", total=1)
        def people(r):  # type: ignore[no-untyped-def]
            yield {}

    def missing_not_null(bp: Blueprint) -> None:
        @bp.fill("customers", total=1)
        def people(r):  # type: ignore[no-untyped-def]
            yield dict(name="x")

    def too_few_unique(bp: Blueprint) -> None:
        @bp.fill("customers", total=3)
        def people(r):  # type: ignore[no-untyped-def]
            while True:
                yield dict(name="x", email=r.pick(("a@example.com", "b@example.com")))

    def rule_cycle(bp: Blueprint) -> None:
        @bp.fill("customers", total=1)
        def one(r, orders):  # type: ignore[no-untyped-def]
            yield {}

        @bp.fill("orders", each="customers")
        def two(customer, r, customers):  # type: ignore[no-untyped-def]
            yield {}

    def ambiguous_link(bp: Blueprint) -> None:
        @bp.fill("orders", each="items")
        def one(item, r):  # type: ignore[no-untyped-def]
            yield {}

    def impure_body(bp: Blueprint) -> None:
        @bp.fill("customers", total=1)
        def people(r):  # type: ignore[no-untyped-def]
            yield dict(name=str(time.time_ns()), email="x@example.com")

    def sensitive(bp: Blueprint) -> None:
        bp.sensitive = frozenset({"name"})

        @bp.fill("customers", total=1)
        def people(r):  # type: ignore[no-untyped-def]
            yield dict(name="x", email="x@example.com")

    def real_address(bp: Blueprint) -> None:
        @bp.fill("customers", total=1)
        def people(r):  # type: ignore[no-untyped-def]
            yield dict(name="x", email="someone@gmail.com")

    def failing_body(bp: Blueprint) -> None:
        @bp.fill("customers", total=1)
        def people(r, orders):  # type: ignore[no-untyped-def]
            yield dict(name=r.pick(orders).id)

    def wrong_arguments(bp: Blueprint) -> None:
        @bp.fill("customers", total=1)
        def people(rand):  # type: ignore[no-untyped-def]
            yield {}

    def no_generator(bp: Blueprint) -> None:
        @bp.fill("customers", total=1)
        def people(r):  # type: ignore[no-untyped-def]
            return [dict(name="x")]

    def no_row(bp: Blueprint) -> None:
        @bp.fill("customers", total=1)
        def people(r):  # type: ignore[no-untyped-def]
            yield ["x"]

    def unknown_parameter(bp: Blueprint) -> None:
        @bp.fill("customers", total="custs")
        def people(r):  # type: ignore[no-untyped-def]
            yield {}

    def wrong_type(bp: Blueprint) -> None:
        @bp.fill("customers", total=1)
        def people(r):  # type: ignore[no-untyped-def]
            yield dict(name="x", email="x@example.com", vip="perhaps")

    def two_of_a_name(bp: Blueprint) -> None:
        for _ in range(2):

            @bp.fill("customers", total=1)
            def people(r):  # type: ignore[no-untyped-def]
                yield {}

    return {
        "unknown column": (
            unknown_column,
            r"rule people: customers has no column nmae · did you mean name\?",
        ),
        "unknown table": (
            unknown_table,
            r"rule people: there is no table or view custmers · did you mean customers\?",
        ),
        "missing NOT NULL": (
            missing_not_null,
            r"rule people: customers.email is NOT NULL and has no default · yield a value for email",
        ),
        "too few unique values": (
            too_few_unique,
            r"rule people: people needs 3 rows of customers, only 2 are possible",
        ),
        "rule cycle": (rule_cycle, r"the rules wait for one another: one → two"),
        "ambiguous link": (
            ambiguous_link,
            r"rule one: no foreign keys link orders with items · say how with on=",
        ),
        "impure body": (
            impure_body,
            r"rule people: its body gives another name each time · draw from r only",
        ),
        "sensitive column": (
            sensitive,
            r"rule people: it fills the sensitive column customers.name",
        ),
        "real address": (
            real_address,
            r"rule people: customers.email would hold what looks like a real e-mail address",
        ),
        "failing body": (
            failing_body,
            r"rule people: its body failed: IndexError: there is nothing to pick from · fix it: line \d+",
        ),
        "wrong arguments": (
            wrong_arguments,
            r"rule people: its body takes \(rand\) · its first arguments must be \(r, …\)",
        ),
        "no generator": (no_generator, r"rule people: its body is no generator · yield rows"),
        "no row": (no_row, r"rule people: its body yields \['x'\] · yield a dict"),
        "unknown parameter": (unknown_parameter, r"rule people: there is no parameter custs"),
        "wrong type": (wrong_type, r"rule people: invalid input syntax for type boolean"),
        "two of a name": (two_of_a_name, r"rule people: there are two rules of this name"),
    }


@pytest.mark.parametrize("mistake", mistakes())
def test_a_mistake_in_a_blueprint_gets_one_line(shop_url: str, mistake: str) -> None:
    """File, rule and remedy; the database is unchanged."""
    make, message = mistakes()[mistake]

    def attempt() -> None:
        bp = Blueprint("mistaken", Shop)
        make(bp)
        seed(shop_url, bp)

    with pytest.raises(SnapshotError) as caught:
        attempt()
    text = f"{caught.value.message} · {caught.value.hint}"
    assert caught.value.message.startswith("test_seeding.py:")
    assert "\n" not in text
    assert re.search(message, text), text
    assert rows(
        shop_url, "SELECT to_regnamespace('snapshot') IS NULL, (SELECT count(*) FROM customers)"
    ) == [(True, 0)]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"vip": 1.5}, "vip is 1.5"),
        ({"customers": -1}, "customers is -1"),
        ({"orders": 51}, "orders is 51"),
        ({"nothing": 1}, "no parameter nothing"),
    ],
)
def test_parameters_have_bounds(shop_url: str, given: dict[str, object], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        seed(shop_url, shop(), parameters=given)


def test_a_class_of_sqlalchemy_stands_for_its_table(shop_url: str) -> None:
    bp = Blueprint("mapped", Shop)

    @bp.fill(Mixed, total=3)
    def mixed(r):  # type: ignore[no-untyped-def]
        while True:
            yield {"Label": r.code(5)}

    assert seed(shop_url, bp).added == {'"mixedCase"': 3}
    before = rows(shop_url, 'SELECT * FROM "mixedCase" ORDER BY 1')
    with psycopg.connect(shop_url) as connection:
        connection.execute('DELETE FROM "mixedCase"')
    seed(shop_url, bp)
    assert rows(shop_url, 'SELECT * FROM "mixedCase" ORDER BY 1') == before


# --- audit, ledger, clean


def test_an_audit_writes_nothing(database: Database) -> None:
    url = seeded(database, "mentara")
    with psycopg.connect(url) as connection:
        connection.execute(
            "DELETE FROM posts WHERE id IN (SELECT id FROM posts ORDER BY id LIMIT 7)"
        )
    before = everything(url)
    blueprint = load_blueprint(str(EXAMPLES / "mentara" / "blueprint.py"))
    report = audit_database(SeedOptions(url, blueprint))
    assert report.missing > 0
    assert any("client " in line and "posts" in line for line in report.short)
    assert everything(url) == before


def test_a_dry_run_says_what_would_be_added_and_uses_no_sequence(database: Database) -> None:
    url = database(18)
    blueprint = load_blueprint(str(EXAMPLES / "pilates" / "blueprint.py"))
    assert blueprint.schema is not None
    with psycopg.connect(url) as connection:
        connection.execute(blueprint.schema.read_text())  # type: ignore[arg-type]
    before = everything(url)
    would = seed_database(SeedOptions(url, blueprint, profile="medium", now=NOW, dry=True))
    assert everything(url) == before
    assert run(url, "pilates", "medium").added == would.added


def test_clean_deletes_exactly_what_was_seeded(database: Database) -> None:
    url = database(18)
    blueprint = load_blueprint(str(EXAMPLES / "chat" / "blueprint.py"))
    assert blueprint.schema is not None
    with psycopg.connect(url) as connection:
        connection.execute(blueprint.schema.read_text())  # type: ignore[arg-type]
        connection.execute(
            "INSERT INTO users (auth0_id, email, name, picture) VALUES ('own', 'own@example.com', 'Own', 'https://example.com/x')"
        )
    tables = ("users", "channels", "messages", "reactions", "message_reactions")
    before = [rows(url, f"SELECT * FROM {table} ORDER BY 1") for table in tables]
    report = run(url, "chat")
    with psycopg.connect(url) as connection:  # the user is in a channel that was seeded
        own = connection.execute(
            "SELECT count(*) FROM user_channel JOIN users u ON u.id = user_id WHERE auth0_id = 'own'"
        ).fetchone()
    assert own
    cleaned = clean_database(CleanOptions(url, "chat", confirm=True, backup=NO_BACKUP))
    assert sum(cleaned.deleted.values()) == report.rows
    assert [rows(url, f"SELECT * FROM {table} ORDER BY 1") for table in tables] == before


def test_clean_is_refused_where_others_rows_depend_on_it(shop_url: str) -> None:
    seed(shop_url, shop())
    with psycopg.connect(shop_url) as connection:
        connection.execute(
            "INSERT INTO orders (customer_id, number, placed_at) SELECT min(id), 99, now() FROM customers"
        )
    before = everything(shop_url)
    with pytest.raises(Refused) as caught:
        clean_database(CleanOptions(shop_url, confirm=True, backup=NO_BACKUP))
    assert (
        "orders.orders_customer_id_fkey: 1 row of orders stays and needs them"
        in caught.value.details[0]
    )
    assert everything(shop_url) == before


def test_only_some_tables_are_cleaned_and_filled_again(database: Database) -> None:
    url = seeded(database, "pms", "local")
    others = [content(url, "pms")[0], content(url, "pms")[1], content(url, "pms")[4]]
    clean_database(
        CleanOptions(url, "pms", only=("appointments", "notes"), confirm=True, backup=NO_BACKUP)
    )
    assert (count(url, "appointments"), count(url, "notes")) == (0, 0)
    run(url, "pms", parameters={"appointments": 20, "notes": 30})
    assert (count(url, "appointments"), count(url, "notes")) == (20, 30)
    assert [content(url, "pms")[0], content(url, "pms")[1], content(url, "pms")[4]] == others


def test_without_a_ledger_the_number_is_kept(shop_url: str) -> None:
    seed(shop_url, shop(), keep_ledger=False)
    assert rows(shop_url, "SELECT to_regnamespace('snapshot') IS NULL") == [(True,)]
    before = rows(shop_url, "SELECT customer_id, number, placed_at FROM orders ORDER BY 1, 2")
    with psycopg.connect(shop_url) as connection:
        connection.execute("DELETE FROM orders WHERE number = 2")
    assert seed(shop_url, shop(), keep_ledger=False).added == {"orders": 4}
    assert (
        rows(shop_url, "SELECT customer_id, number, placed_at FROM orders ORDER BY 1, 2") == before
    )


# --- validators


FAULTS = {
    "a reference to nowhere": ("Relationships", "ALTER TABLE notes DROP CONSTRAINT notes_appointment_id_fkey; UPDATE notes SET appointment_id = 99999 WHERE id = (SELECT min(id) FROM notes); ALTER TABLE notes ADD CONSTRAINT notes_appointment_id_fkey FOREIGN KEY (appointment_id) REFERENCES appointments NOT VALID", "notes.notes_appointment_id_fkey: 1 row whose"),
    "another tenant's provider": ("Tenant Isolation", "UPDATE auth_tokens SET provider_id = (SELECT min(id) FROM providers WHERE tenant_id <> auth_tokens.tenant_id) WHERE id = (SELECT min(id) FROM auth_tokens)", "auth_tokens.auth_tokens_provider_id_fkey: 1 rows of another tenant_id"),
    "a real address": ("Personal Data", "UPDATE clients SET email = 'jane.roe@gmail.com' WHERE id = (SELECT min(id) FROM clients)", "clients.email: 1 rows with what looks like a real e-mail address"),
    "a real number": ("Personal Data", "UPDATE clients SET phone = '212-867-5309' WHERE id = (SELECT min(id) FROM clients)", "clients.phone: 1 rows with what looks like a real phone number"),
    "a social security number in a document": ("Personal Data", """UPDATE clients SET preferences = '{"note": {"id": "536-22-1234"}}' WHERE id = (SELECT min(id) FROM clients)""", "clients.preferences: 1 rows with what looks like a real social security number"),
    "a card number in a text": ("Personal Data", "UPDATE notes SET content = 'paid with 4539 1488 0343 6467 today' WHERE id = (SELECT min(id) FROM notes)", "notes.content: 1 rows with what looks like a real card number"),
    "a note before its appointment": ("Data Consistency", "UPDATE notes SET created_at = '2000-01-01' WHERE id = (SELECT min(id) FROM notes)", "a note comes after its appointment"),
    "more paid than charged": ("Data Consistency", "UPDATE ledger_entries SET amount = -9999 WHERE id = (SELECT min(id) FROM ledger_entries WHERE kind = 'payment')", "nobody has paid more than was charged"),
    "a missing row": ("Data Consistency", "DELETE FROM auth_tokens WHERE id = (SELECT min(id) FROM auth_tokens)", "auth_tokens: 1 of 3 parents are short of 1 rows"),
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
def test_each_validator_catches_a_planted_fault(database: Database, fault: str) -> None:
    title, statement, line = FAULTS[fault]
    url = seeded(database, "pms", "local")
    blueprint = load_blueprint(str(EXAMPLES / "pms" / "blueprint.py"))
    options = SeedOptions(url, blueprint)
    assert [v.title for v in validate_database(options) if v.violations] == []
    with psycopg.connect(url) as connection:
        connection.execute(statement)  # type: ignore[arg-type]
    failed = {v.title: v.violations for v in validate_database(options) if v.violations}
    assert list(failed) == [title]
    assert line in failed[title][0]
    for secret in ("jane.roe", "5309", "536-22", "4539"):
        assert secret not in failed[title][0]


def test_checks_run_at_the_end_of_a_seeding(shop_url: str) -> None:
    bp = shop()
    bp.check("nobody is important", "SELECT id FROM customers WHERE vip")
    with pytest.raises(ValidationFailed) as caught:
        seed(shop_url, bp)
    assert "Data Consistency: nobody is important: " in caught.value.details[0]
    assert count(shop_url, "customers") == 0


def test_a_link_that_the_schema_does_not_declare(database: Database) -> None:
    url = database(18)
    with psycopg.connect(url) as connection:
        connection.execute(
            "CREATE TABLE authors (id serial PRIMARY KEY, name text NOT NULL UNIQUE); CREATE TABLE books (id serial PRIMARY KEY, author_ref int NOT NULL, title text NOT NULL)"
        )
    bp = Blueprint("weak", Shop)
    bp.link("books", "author_ref", "authors", "id")

    @bp.fill("authors", total=2)
    def authors(r):  # type: ignore[no-untyped-def]
        while True:
            yield dict(name=f"{r.fake.name()} {r.mark()}")

    @bp.fill("books", each="authors", need=2)
    def books(author, r):  # type: ignore[no-untyped-def]
        while True:
            yield dict(title=r.fake.catch_phrase())

    assert seed(url, bp).added == {"authors": 2, "books": 4}
    with psycopg.connect(url) as connection:
        connection.execute("DELETE FROM authors WHERE id = 1")
    failed = {
        v.title: v.violations for v in validate_database(SeedOptions(url, bp)) if v.violations
    }
    assert "books" in failed["Relationships"][0]


@pytest.mark.parametrize(
    "text",
    [
        "ann@corp.com",
        "call 212-867-5309",
        "+1 (415) 555-2671",
        "+442079460958",
        "536-22-1234",
        "4111 1111 1111 1111",
        "5500-0000-0000-0004",
    ],
)
def test_what_could_be_real_is_found(text: str) -> None:
    assert list(findings(text))


@pytest.mark.parametrize(
    "text",
    [
        "ann@example.com",
        "a@b.local",
        "x@sub.example.org",
        "+1-415-555-0142",
        "(415) 555-0100",
        "2026-11-20",
        "2026-11-20 10:00:00+00",
        "192.0.2.14",
        "550e8400-e29b-41d4-a716-446655440000",
        "pi_3N5kQ2eZvKYlo2C0",
        "1,234,567",
        "4111 1111 1111 1112",
        "order 12345",
        "v1.2.3-4",
        "07700 900123",
    ],
)
def test_what_is_made_up_is_passed(text: str) -> None:
    assert list(findings(text)) == []


# --- production, cache


def test_a_database_that_looks_like_production_is_refused(shop_url: str) -> None:
    with psycopg.connect(shop_url) as connection:
        connection.execute(
            f"COMMENT ON DATABASE {connection.info.dbname} IS 'environment: production'"
        )  # type: ignore[arg-type]
    for attempt in (
        lambda: seed(shop_url, shop()),
        lambda: seed(shop_url, shop(), dry=True),
        lambda: clean_database(CleanOptions(shop_url, confirm=True)),
        lambda: seed_cached(SeedOptions(shop_url, shop())),
    ):
        with pytest.raises(Refused) as caught:
            attempt()
        assert caught.value.exit_code == 3
    assert count(shop_url, "customers") == 0


def test_a_cached_state_is_restored_instead_of_made_again(database: Database) -> None:
    blueprint = load_blueprint(str(EXAMPLES / "chat" / "blueprint.py"))
    assert blueprint.schema is not None

    def fresh() -> str:
        url = database(18)
        with psycopg.connect(url) as connection:
            connection.execute(blueprint.schema.read_text())  # type: ignore[union-attr, arg-type]
        return url

    first, second = fresh(), fresh()
    made = seed_cached(SeedOptions(first, blueprint, profile="large", now=NOW))
    restored = seed_cached(SeedOptions(second, blueprint, profile="large", now=NOW))
    assert (made.from_cache, restored.from_cache) == (False, True)
    assert restored.added == made.added
    assert everything(first) == everything(second)
    assert seed_database(SeedOptions(second, blueprint)).rows == 0
    other = seed_cached(SeedOptions(fresh(), blueprint, profile="small", now=NOW))
    assert not other.from_cache


def test_the_ledger_travels_with_snapshots(database: Database, tmp_path: Path) -> None:
    """Into a database without one it comes along; a snapshot without one empties what is there."""
    from snapshot import CreateOptions, RestoreOptions, create_snapshot, restore_snapshot

    with psycopg.connect(plain := database(18)) as connection:
        connection.execute(SHOP)
        connection.execute("INSERT INTO customers (email, name) VALUES ('own@example.com', 'Own')")
    with psycopg.connect(filled := database(18)) as connection:
        connection.execute(SHOP)
    create_snapshot(CreateOptions(plain, tmp_path / "plain"))
    seed(filled, shop())
    create_snapshot(CreateOptions(filled, tmp_path / "filled"))
    for source in ("filled", "plain"):
        for target in (plain, filled):
            restore_snapshot(
                RestoreOptions(
                    target,
                    tmp_path / source,
                    confirm=True,
                    backup=NO_BACKUP,
                    allow_other_source=True,
                )
            )
            seeded_lines = count(target, "snapshot.seeded")
            assert seeded_lines == (16 if source == "filled" else 0)
            if source == "filled":
                assert seed(target, shop()).rows == 0


def test_a_schema_of_the_ledgers_name_is_left_alone(database: Database, tmp_path: Path) -> None:
    """It may be the application's own: only the three tables of the ledger are ours."""
    from snapshot import CreateOptions, RestoreOptions, create_snapshot, restore_snapshot

    own = "CREATE SCHEMA snapshot; CREATE TABLE snapshot.photos (id int PRIMARY KEY); INSERT INTO snapshot.photos VALUES (1), (2)"
    with psycopg.connect(plain := database(18)) as connection:
        connection.execute(SHOP)
    create_snapshot(CreateOptions(plain, tmp_path / "plain"))
    with psycopg.connect(target := database(18)) as connection:
        connection.execute(SHOP)
        connection.execute(own)
    assert seed(target, shop()).rows == 16
    assert seed(target, shop()).rows == 0
    restore_snapshot(
        RestoreOptions(
            target, tmp_path / "plain", confirm=True, backup=NO_BACKUP, allow_other_source=True
        )
    )
    assert (count(target, "snapshot.photos"), count(target, "snapshot.seeded")) == (2, 0)


# --- properties


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_any_rules_are_idempotent_and_refill(shop_url: str, data: st.DataObject) -> None:
    with psycopg.connect(shop_url, autocommit=True) as connection:
        connection.execute(
            "TRUNCATE customers, orders, items RESTART IDENTITY; DROP SCHEMA IF EXISTS snapshot CASCADE"
        )
    number = data.draw(st.integers(0, 6))
    need = data.draw(
        st.sampled_from([0, 1, 4, chance(0.5), between(0, 3), chance(0.5, between(1, 4))])
    )
    bp = Blueprint("any", Shop)

    @bp.fill("customers", total=number)
    def customers(r):  # type: ignore[no-untyped-def]
        while True:
            yield dict(name=r.fake.name(), email=f"{r.between(0, 12)}@example.com")  # they repeat

    @bp.fill("orders", each="customers", need=need)
    def orders(customer, r):  # type: ignore[no-untyped-def]
        while True:
            yield dict(number=r.between(0, 9), placed_at=r.this_year())  # these too

    shown = "SELECT email, c.name, number, placed_at FROM customers c LEFT JOIN orders o ON o.customer_id = c.id ORDER BY 1, 3"
    seed(shop_url, bp)
    before = rows(shop_url, shown)
    assert seed(shop_url, bp).rows == 0
    keys = [k for (k,) in rows(shop_url, "SELECT id FROM orders ORDER BY 1")]
    gone = data.draw(st.lists(st.sampled_from(keys), unique=True)) if keys else []
    with psycopg.connect(shop_url) as connection:
        connection.execute("DELETE FROM orders WHERE id = ANY (%s)", [gone])
        if data.draw(st.booleans()):
            connection.execute(
                "DELETE FROM customers c WHERE NOT EXISTS (SELECT FROM orders o WHERE o.customer_id = c.id)"
            )
    seed(shop_url, bp)
    assert rows(shop_url, shown) == before
    assert seed(shop_url, bp).rows == 0


WORKER = """
    import sys
    from datetime import datetime, UTC
    from snapshot.seeding import children
    from snapshot.seeding.loading import load_blueprint
    from snapshot.seeding.run import SeedOptions, seed_database
    children.WORTH_IT = 0
    children.BLOCK = 50
    bp = load_blueprint({blueprint!r})
    report = seed_database(SeedOptions({url!r}, bp, now=datetime(2026, 11, 20, tzinfo=UTC), jobs={jobs}))
    print(report.rows)
"""


@pytest.mark.parametrize("example", ["chat", "mentara", "pms"])
def test_one_process_and_four_make_the_same(database: Database, example: str) -> None:
    """With other hash seeds too; ids and sequences are the same as well."""
    made = []
    for jobs in (1, 4):
        url = database(18)
        blueprint = EXAMPLES / example / "blueprint.py"
        with psycopg.connect(url) as connection:
            connection.execute((EXAMPLES / example / "schema.sql").read_text())  # type: ignore[arg-type]
        script = WORKER.format(blueprint=str(blueprint), url=url, jobs=jobs)
        subprocess.run(
            [sys.executable, "-c", textwrap.dedent(script)],
            env={**os.environ, "PYTHONHASHSEED": str(jobs)}, check=True, timeout=60,
        )  # fmt: skip
        made.append((content(url, example), everything(url)))
    assert made[0] == made[1]


def test_a_mistake_in_a_worker_is_the_same_mistake(
    shop_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from snapshot.seeding import children

    monkeypatch.setattr(children, "WORTH_IT", 0)
    monkeypatch.setattr(children, "BLOCK", 1)
    bp = shop()

    @bp.fill("items", each="orders", need=2)
    def items(order, r):  # type: ignore[no-untyped-def]
        yield dict(line=1, sku="x")
        if order.number == 3:
            yield dict(line=2, sku=r.pick([]))
        yield dict(line=2, sku="y")

    with pytest.raises(BlueprintError, match="rule items: its body failed: IndexError"):
        seed(shop_url, bp, jobs=3)
    assert count(shop_url, "customers") == 0


def test_tables_of_all_kinds(database: Database) -> None:
    """Another schema, mixed case, partitions, text and composite keys, domains, arrays, triggers."""
    url = database(16)
    with psycopg.connect(url) as connection:
        connection.execute("""
            CREATE SCHEMA "Shop X";
            CREATE DOMAIN "Shop X".code AS varchar(12) CHECK (VALUE <> '');
            CREATE TYPE "Shop X"."Mood" AS ENUM ('good', 'So so');
            CREATE TABLE "Shop X"."Places" (code "Shop X".code PRIMARY KEY, "Mood" "Shop X"."Mood" NOT NULL, tags text[] NOT NULL DEFAULT '{}');
            CREATE TABLE "Shop X"."Visits" (
                place "Shop X".code NOT NULL REFERENCES "Shop X"."Places", day date NOT NULL, number smallint NOT NULL,
                double int GENERATED ALWAYS AS (number * 2) STORED, share numeric(5,2), took interval, at timestamp, PRIMARY KEY (place, day, number)
            ) PARTITION BY RANGE (day);
            CREATE TABLE "Shop X".v2026 PARTITION OF "Shop X"."Visits" FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
            CREATE TABLE "Shop X".other PARTITION OF "Shop X"."Visits" DEFAULT;
            CREATE TABLE "Shop X".visited (place text PRIMARY KEY, visits int NOT NULL);
            CREATE FUNCTION "Shop X".count_visit() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                INSERT INTO "Shop X".visited VALUES (NEW.place, 1) ON CONFLICT (place) DO UPDATE SET visits = visited.visits + 1; RETURN NULL; END $$;
            CREATE TRIGGER count_visit AFTER INSERT ON "Shop X"."Visits" FOR EACH ROW EXECUTE FUNCTION "Shop X".count_visit();
            CREATE TABLE "Shop X".notes (id serial PRIMARY KEY, place text NOT NULL, visits int NOT NULL);
        """)
    bp = Blueprint("kinds", Shop)

    @bp.fill("Shop X.Places", total=4)
    def places(r):  # type: ignore[no-untyped-def]
        while True:
            yield {
                "code": r.code(8),
                "Mood": r.pick(("good", "So so")),
                "tags": r.sample(["a", "b"], 1),
            }

    @bp.fill("Visits", each="Places", need=between(2, 5))
    def visits(place, r, visited):  # type: ignore[no-untyped-def]
        while True:
            yield dict(
                day=r.between(date(2025, 1, 1), date(2026, 12, 31)), number=r.between(1, 3),
                share=r.between(0, 99), took=r.now - r.this_year(), at=r.this_year().replace(tzinfo=None),
            )  # fmt: skip

    @bp.fill("notes", each="visited", on={"place": "place"})
    def notes(place, r, visited):  # type: ignore[no-untyped-def]
        yield dict(visits=place.visits)

    seed(url, bp)
    shown = 'SELECT * FROM "Shop X"."Visits" ORDER BY 1, 2, 3'
    before = rows(url, shown)
    assert 8 <= len(before) <= 20
    assert rows(url, 'SELECT count(*), sum(visits) FROM "Shop X".visited') == [(4, len(before))]
    assert rows(url, 'SELECT sum(visits) FROM "Shop X".notes') == [(len(before),)]
    assert seed(url, bp).rows == 0
    with psycopg.connect(url) as connection:
        connection.execute('DELETE FROM "Shop X"."Visits" WHERE number = 2')
    seed(url, bp)
    assert rows(url, shown) == before
    assert clean_database(CleanOptions(url, confirm=True, backup=NO_BACKUP)).deleted
    assert count(url, '"Shop X"."Visits"') + count(url, '"Shop X"."Places"') == 0


def test_a_provider_of_ones_own_draws_from_the_rows_randomness(shop_url: str) -> None:
    from faker.providers import BaseProvider

    bp = Blueprint("provided", Shop)

    @bp.provider
    class Custom(BaseProvider):
        def custom_value(self) -> str:
            return str(self.random_element(["value1", "value2", "value3"]))

    @bp.fill("customers", total=30)
    def customers(r):  # type: ignore[no-untyped-def]
        while True:
            yield dict(name=r.fake.custom_value(), email=r.email("someone"))

    shown = "SELECT name, email FROM customers ORDER BY 2"
    seed(shop_url, bp)
    before = rows(shop_url, shown)
    assert {name for name, _ in before} == {"value1", "value2", "value3"}
    with psycopg.connect(shop_url) as connection:
        connection.execute("DELETE FROM customers WHERE name = 'value2'")
    seed(shop_url, bp)
    assert rows(shop_url, shown) == before


def test_a_satisfied_run_costs_few_statements(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    url = seeded(database, "mentara")
    blueprint = load_blueprint(str(EXAMPLES / "mentara" / "blueprint.py"))
    with caplog.at_level("DEBUG", logger="snapshot.statements"):
        assert seed_database(SeedOptions(url, blueprint)).rows == 0
    asked = [record for record in caplog.records if '"~need"' in record.message]
    called = [rule for rule in blueprint.rules if callable(rule.need)]
    assert len(asked) == 1 + len(called)  # all needs that the server knows at once
    assert len(caplog.records) <= len(blueprint.rules) + 10


def test_a_satisfied_run_imports_no_faker(database: Database) -> None:
    url = seeded(database, "pms", "local")
    script = f"""
        import sys
        from snapshot.seeding.loading import load_blueprint
        from snapshot.seeding.run import SeedOptions, seed_database
        assert seed_database(SeedOptions({url!r}, load_blueprint("pms"))).rows == 0
        assert "faker" not in sys.modules
    """
    subprocess.run([sys.executable, "-c", textwrap.dedent(script)], check=True, timeout=60)
