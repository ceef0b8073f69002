"""The protocol that every change of a database goes through."""

from __future__ import annotations

import logging
import os
import re
import shutil
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psycopg
import pytest
from conftest import ROOT
from equality import content
from psycopg import sql

from snapshot import swap as swap_module
from snapshot.change import ChangeOptions
from snapshot.clear import ClearOptions, clear_database
from snapshot.create import CreateOptions, create_snapshot
from snapshot.errors import (
    Interrupted,
    NotReady,
    Refused,
    SnapshotError,
    TargetProtected,
    UsageError,
)
from snapshot.planning.applications import Applications, Container
from snapshot.planning.restore_plan import PlanOptions
from snapshot.postgres.connection import describe, host_of
from snapshot.postgres.locks import CHANGE_LOCK, NAME_LOCK
from snapshot.progress import Progress
from snapshot.restore import RestoreOptions, restore_snapshot
from snapshot.safety import backups as backups_module
from snapshot.safety.backups import BackupOptions
from snapshot.safety.guard import Guard, mark
from snapshot.seeding.audit import count_tables
from snapshot.seeding.blueprint import Blueprint
from snapshot.seeding.cached import seed_cached
from snapshot.seeding.cleaning import CleanOptions, clean_database
from snapshot.seeding.loading import load_blueprint
from snapshot.seeding.run import SeedOptions, seed_database
from snapshot.store.folders import state_folder
from snapshot.store.history import last_restore
from snapshot.swap import SwapOptions, drop_clones, roll_back, swap_snapshot, warm_clone
from snapshot.undo import UndoOptions, backups_of, undo_restore

Database = Callable[..., str]
COMMAND = [sys.executable, "-m", "snapshot"]
NONE = BackupOptions(keep=False)


def name_of(url: str) -> str:
    return str(psycopg.conninfo.conninfo_to_dict(url)["dbname"])


def execute(url: str, text: str) -> list[tuple[object, ...]]:
    with psycopg.connect(url, autocommit=True) as connection:
        cursor = connection.execute(sql.SQL(text))
        return cursor.fetchall() if cursor.description else []


def on_server(url: str, text: str) -> list[tuple[object, ...]]:
    return execute(url.replace(f"/{name_of(url)}?", "/postgres?"), text)


def beside(url: str) -> list[str]:
    """Names of the databases that lie beside this one."""
    rows = on_server(url, f"SELECT datname FROM pg_database WHERE datname ~ '^{name_of(url)}__'")
    return sorted(str(name) for (name,) in rows)


@pytest.fixture
def books(database: Database, tmp_path: Path) -> tuple[str, Path]:
    """A database of two tables that holds other rows than the snapshot beside it."""
    url = database()
    execute(url, "CREATE TABLE books (id serial PRIMARY KEY, title text);"
                 "CREATE TABLE notes (book int REFERENCES books, note text);"
                 "INSERT INTO books (title) SELECT 'kept ' || g FROM generate_series(1, 20) g")  # fmt: skip
    create_snapshot(CreateOptions(url, tmp_path / "s", formats=("archive", "sql")))
    execute(url, "UPDATE books SET title = 'newer'; INSERT INTO notes VALUES (1, 'n')")
    return url, tmp_path / "s"


# --- every statement that changes a target runs while the change is announced

CHANGES = re.compile(
    r"^\s*(INSERT|UPDATE|DELETE|TRUNCATE|ALTER|DROP|CREATE|COMMENT|GRANT|REVOKE|REFRESH|REINDEX"
    r"|CLUSTER|VACUUM|DO|CALL|COPY\b.*\bFROM STDIN)\b"
    r"|\b(setval|nextval|lo_create|lo_put|lo_unlink|pg_terminate_backend)\(",
    re.I | re.S,
)


class Witness(logging.Handler):
    """For each statement that can change something: whether the target's lock was held then."""

    def __init__(self, target: str) -> None:
        super().__init__()
        self._link = psycopg.connect(
            target.replace(f"/{name_of(target)}?", "/postgres?"), autocommit=True
        )
        self._name = name_of(target)
        self._busy = threading.Lock()
        self.seen = 0
        self.unannounced: list[str] = []

    def close(self) -> None:
        self._link.close()
        super().close()

    def emit(self, record: logging.LogRecord) -> None:
        text = record.getMessage()
        if not CHANGES.search(text):
            return
        with self._busy:
            self.seen += 1
            held = self._link.execute(
                "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND granted AND ("
                " (objsubid = 1 AND objid = %s AND database IN (SELECT oid FROM pg_database"
                "   WHERE starts_with(datname, %s)))"
                " OR (objsubid = 2 AND classid = %s"
                "     AND objid = (hashtext(%s)::bigint & 4294967295)::oid))",
                [CHANGE_LOCK, self._name, NAME_LOCK, self._name],
            ).fetchone()
        if not held or not held[0]:
            self.unannounced.append(text[:200])


@contextmanager
def witnessed(target: str) -> Iterator[Witness]:
    logger, witness = logging.getLogger("snapshot.statements"), Witness(target)
    logger.addHandler(witness)
    logger.setLevel(logging.DEBUG)
    try:
        yield witness
    finally:
        logger.removeHandler(witness)
        logger.setLevel(logging.NOTSET)
        witness.close()


def _blueprint() -> Blueprint:
    return load_blueprint("pms")


MUTATIONS: dict[str, Callable[[str, Path], object]] = {
    "restore": lambda u, s: restore_snapshot(RestoreOptions(u, s, confirm=True)),
    "replace schema": lambda u, s: restore_snapshot(
        RestoreOptions(u, s, confirm=True, plan=PlanOptions(replace_schema=True))
    ),
    "data only": lambda u, s: restore_snapshot(
        RestoreOptions(u, s, confirm=True, plan=PlanOptions(data_only=True))
    ),
    "swap": lambda u, s: swap_snapshot(SwapOptions(u, s, confirm=True)),
    "swap, nothing kept": lambda u, s: swap_snapshot(
        SwapOptions(u, s, confirm=True, keep_previous=False)
    ),
    "warm": lambda u, s: warm_clone(SwapOptions(u, s)),
    "drop clones": lambda u, s: (warm_clone(SwapOptions(u, s)), drop_clones(ChangeOptions(u))),
    "rollback": lambda u, s: (
        swap_snapshot(SwapOptions(u, s, confirm=True)),
        roll_back(ChangeOptions(u, confirm=True)),
    ),
    "undo": lambda u, s: (
        restore_snapshot(RestoreOptions(u, s, confirm=True)),
        undo_restore(UndoOptions(u, confirm=True)),
    ),
    "clear": lambda u, s: clear_database(ClearOptions(u, confirm=True)),
    "seed run": lambda u, s: _seeded(u),
    "seed reset": lambda u, s: (
        _seeded(u),
        seed_database(SeedOptions(u, _blueprint(), clear_first=True, confirm=True)),
    ),
    "seed clean": lambda u, s: (_seeded(u), clean_database(CleanOptions(u, confirm=True))),
    "seed cached": lambda u, s: (
        seed_cached(SeedOptions(_emptied(u), _blueprint())),
        seed_cached(SeedOptions(u, _blueprint(), clear_first=True, confirm=True)),
    ),
}


def _emptied(url: str) -> str:
    execute(
        url, "SET client_min_messages = error; DROP SCHEMA public CASCADE; CREATE SCHEMA public"
    )
    return url


def _seeded(url: str) -> None:
    seed_database(SeedOptions(_emptied(url), _blueprint()))


@pytest.mark.parametrize("name", MUTATIONS)
def test_what_changes_a_database_runs_inside_the_protocol(
    name: str, books: tuple[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    url, directory = books
    if name.startswith("seed"):
        _emptied(url)
    with witnessed(url) as witness:
        MUTATIONS[name](url, directory)
    assert witness.seen > 0
    assert witness.unannounced == []


def test_a_new_command_that_changes_a_database_is_in_the_table() -> None:
    """Every function of the library that opens a change is exercised above."""
    package = ROOT / "snapshot"
    users = {
        str(path.relative_to(package))
        for path in package.rglob("*.py")
        if re.search(r"\bwith change\(", path.read_text())
    }
    assert users == {
        "restore.py",
        "swap.py",
        "clear.py",
        "seeding/run.py",
        "seeding/cleaning.py",
        "seeding/cached.py",
    }


# --- one at a time


class Held(Progress):  # type: ignore[misc]
    """Stops at a step until it is let go."""

    def __init__(self, title: str) -> None:
        self._title = title
        self.there, self.go = threading.Event(), threading.Event()

    def expect(self, rows: int) -> None: ...

    def step(self, title: str) -> None:
        if title == self._title:
            self.there.set()
            assert self.go.wait(60)

    def table(self, name: str) -> None: ...

    def advance(self, rows: int, size: int) -> None: ...


def test_a_second_swap_does_not_touch_what_the_first_builds(
    books: tuple[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    url, directory = books
    monkeypatch.setattr("snapshot.postgres.locks.LOCK_TIMEOUT", "300ms")
    first = Held("Switching")
    failures: list[BaseException] = []

    def work() -> None:
        try:
            swap_snapshot(SwapOptions(url, directory, confirm=True), progress=first)
        except BaseException as error:  # noqa: BLE001  # looked at below
            failures.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    assert first.there.wait(60)
    others: list[Callable[[], object]] = [
        lambda: swap_snapshot(SwapOptions(url, directory, confirm=True)),
        lambda: warm_clone(SwapOptions(url, directory)),
        lambda: restore_snapshot(RestoreOptions(url, directory, confirm=True)),
        lambda: clear_database(ClearOptions(url, confirm=True)),
    ]
    for other in others:
        with pytest.raises(Refused, match="another command is changing"):
            other()
    first.go.set()
    thread.join(60)
    assert failures == []
    assert execute(url, "SELECT count(*), min(title) FROM books") == [(20, "kept 1")]
    assert beside(url) == [f"{name_of(url)}__previous"]


def test_databases_that_only_bear_our_names_are_left_alone(books: tuple[str, Path]) -> None:
    url, directory = books
    name = name_of(url)
    theirs = [
        f"{name}__{end}"
        for end in ("incoming", "discarded", "exchanged", "incoming_1a2b3c4d", "discarded_1a2b3c4d")
    ]
    for other in theirs:
        on_server(url, f'CREATE DATABASE "{other}"')
    swap_snapshot(SwapOptions(url, directory, confirm=True))
    roll_back(ChangeOptions(url, confirm=True))
    swap_snapshot(SwapOptions(url, directory, confirm=True))
    assert beside(url) == sorted([*theirs, f"{name}__previous"])


def test_a_previous_database_that_is_somebody_elses_is_neither_dropped_nor_taken(
    books: tuple[str, Path],
) -> None:
    url, directory = books
    previous = f"{name_of(url)}__previous"
    on_server(url, f'CREATE DATABASE "{previous}"')
    before = content(url)
    for work in (
        lambda: swap_snapshot(SwapOptions(url, directory, confirm=True)),
        lambda: roll_back(ChangeOptions(url, confirm=True)),
    ):
        with pytest.raises(NotReady) as raised:
            work()
        assert "was not made by a swap" in str(raised.value.details)
    assert beside(url) == [previous]
    assert content(url) == before


def test_a_session_on_the_previous_database_does_not_cut_the_application(
    books: tuple[str, Path],
) -> None:
    """An agent that watches all databases is ended; where it may not be, nothing begins."""
    url, directory = books
    swap_snapshot(SwapOptions(url, directory, confirm=True))
    previous = url.replace(f"/{name_of(url)}?", f"/{name_of(url)}__previous?")
    with psycopg.connect(previous) as agent:
        swap_snapshot(SwapOptions(url, directory, confirm=True))
        with pytest.raises(psycopg.OperationalError):
            agent.execute("SELECT 1")
    role = f"change_owner_{os.getpid()}"
    on_server(url, f"CREATE ROLE {role} LOGIN CREATEDB")
    for database in (name_of(url), f"{name_of(url)}__previous"):
        on_server(url, f"ALTER DATABASE {database} OWNER TO {role}")
    execute(url, f"GRANT ALL ON ALL TABLES IN SCHEMA public TO {role};"
                 f"GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO {role}")  # fmt: skip
    with psycopg.connect(previous), psycopg.connect(url) as application:
        with pytest.raises(NotReady) as raised:
            swap_snapshot(
                SwapOptions(url.replace("postgres:@", f"{role}@"), directory, confirm=True)
            )
        assert "may not end" in str(raised.value.details)
        assert application.execute("SELECT 1").fetchone() == (1,)
    assert beside(url) == [f"{name_of(url)}__previous"]


def test_what_cannot_be_dropped_is_refused_before_and_does_no_harm_after(
    books: tuple[str, Path],
) -> None:
    url, directory = books
    options = SwapOptions(url, directory, confirm=True)
    swap_snapshot(options)
    previous, left = f"{name_of(url)}__previous", f"{name_of(url)}__discarded_00000000"
    execute(url.replace(f"/{name_of(url)}?", f"/{previous}?"),
            f"CREATE SUBSCRIPTION {name_of(url)} CONNECTION 'dbname=none' PUBLICATION p"
            " WITH (connect = false, slot_name = none)")  # fmt: skip
    with pytest.raises(NotReady) as raised:
        swap_snapshot(options)
    assert "is bound to" in str(raised.value.details)
    assert beside(url) == [previous]
    on_server(url, f"ALTER DATABASE {previous} RENAME TO {left}")
    execute(url, "UPDATE books SET title = 'newer'")
    swap_snapshot(options)
    assert execute(url, "SELECT count(*) FROM books WHERE title = 'newer'") == [(0,)]
    assert beside(url) == [left, previous]
    execute(url.replace(f"/{name_of(url)}?", f"/{left}?"), f"DROP SUBSCRIPTION {name_of(url)}")
    swap_snapshot(options)
    assert beside(url) == [previous]


def test_the_time_of_a_swap_is_not_that_of_its_question(books: tuple[str, Path]) -> None:
    url, directory = books

    def thinks(_: object) -> bool:
        time.sleep(3)
        return True

    began = time.monotonic()
    report = swap_snapshot(SwapOptions(url, directory), thinks)
    assert report.seconds <= time.monotonic() - began - 3


SETTINGS = [
    "default_transaction_read_only = on",
    "statement_timeout = 1",
    'search_path = "$user", public, "We ird"',
    "work_mem = '7MB'",
    "DateStyle = 'German'",
    "lock_timeout = '1ms'",
    "idle_in_transaction_session_timeout = '1ms'",
]


def test_settings_of_roles_in_the_database_are_carried_over(books: tuple[str, Path]) -> None:
    url, directory = books
    name, role = name_of(url), f"change_reader_{os.getpid()}"
    on_server(url, f"CREATE ROLE {role}")
    for setting in SETTINGS:
        on_server(url, f"ALTER ROLE {role} IN DATABASE {name} SET {setting}")
    on_server(url, f"ALTER DATABASE {name} IS_TEMPLATE true CONNECTION LIMIT 33")
    query = (
        "SELECT setconfig, datistemplate, datconnlimit FROM pg_db_role_setting s JOIN pg_database d"
        f" ON d.oid = setdatabase WHERE datname = '{name}'"
    )
    before = on_server(url, query)
    for _ in range(2):
        swap_snapshot(SwapOptions(url, directory, confirm=True))
        assert on_server(url, query) == before
    assert beside(url) == [f"{name}__previous"]
    on_server(url, f"ALTER DATABASE {name}__previous IS_TEMPLATE false")
    on_server(url, f"ALTER DATABASE {name} IS_TEMPLATE false")


def test_a_setting_that_the_owner_may_not_carry_over_is_named(books: tuple[str, Path]) -> None:
    url, directory = books
    role = f"change_plain_{os.getpid()}"
    on_server(url, f"CREATE ROLE {role} LOGIN CREATEDB")
    on_server(url, f"ALTER DATABASE {name_of(url)} OWNER TO {role}")
    on_server(url, f"ALTER ROLE postgres IN DATABASE {name_of(url)} SET work_mem = '8MB'")
    before = content(url)
    owner = url.replace("postgres:@", f"{role}@")
    with pytest.raises(SnapshotError, match="setting work_mem") as raised:
        swap_snapshot(SwapOptions(owner, directory, confirm=True))
    assert "superuser" in raised.value.hint
    assert content(url) == before
    assert beside(url) == []


def test_a_failure_after_the_build_leaves_nothing_beside(
    books: tuple[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    url, directory = books
    before = content(url)

    def fails(*_: object) -> float:
        raise SnapshotError("no")

    monkeypatch.setattr(swap_module, "_switch", fails)
    with pytest.raises(SnapshotError, match="no"):
        swap_snapshot(SwapOptions(url, directory, confirm=True))
    assert beside(url) == []
    assert content(url) == before


# --- the guard


@pytest.mark.parametrize(
    ("comment", "protected"),
    [
        ("environment: production", True),
        ("Environment: Production", True),
        ("environment: staging\nenvironment: production", True),
        ("note\n  environment = 'prod'\nmore", True),
        ("environment: produktion", True),
        ("environment: prd", True),
        ("environment: live", True),
        ("environment: production\r\nowner: me", True),
        ("environment: staging", False),
        ("our environment: production is elsewhere", False),
        ("environment: deliverable", False),
    ],
)
def test_the_comment_that_protects(comment: str, protected: bool, books: tuple[str, Path]) -> None:
    url, directory = books
    on_server(
        url, f"COMMENT ON DATABASE {name_of(url)} IS '{comment.replace(chr(39), chr(39) * 2)}'"
    )
    before = content(url)
    options = RestoreOptions(url, directory, confirm=True, backup=NONE)
    if not protected:
        restore_snapshot(options)
        return
    with pytest.raises(TargetProtected):
        restore_snapshot(options)
    assert content(url) == before


def test_mark_takes_one_word_and_says_whether_it_protects(books: tuple[str, Path]) -> None:
    url, _ = books
    assert not mark(url, "staging").marked_production
    assert mark(url, "production").marked_production
    assert mark(url, None).environment == "production"
    assert mark(url, "").environment is None
    for words in ("two words", "it's"):
        with pytest.raises(UsageError):
            mark(url, words)


@pytest.mark.parametrize("value", [" production", "PROD\r", "'live'", "prod-eu"])
def test_the_environment_that_protects(
    value: str, books: tuple[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    url, directory = books
    monkeypatch.setenv("APP_ENV", value)
    with pytest.raises(TargetProtected):
        restore_snapshot(RestoreOptions(url, directory, confirm=True))


def test_a_host_address_counts_and_not_the_folder_beside_it() -> None:
    """libpq connects to `hostaddr`, also if `host` looks like the folder of a socket."""

    class Info:
        host, hostaddr, port, dbname, user = "/nowhere", "192.0.2.7", 5432, "app", "me"

    class Elsewhere:
        info = Info()

    assert host_of(Elsewhere()) == "192.0.2.7"  # type: ignore[arg-type]
    assert describe(Elsewhere()) == "app on 192.0.2.7:5432 as me"  # type: ignore[arg-type]


def test_a_ledger_that_is_somebody_elses_view_is_not_read(books: tuple[str, Path]) -> None:
    url, _ = books
    _emptied(url)
    execute(
        url,
        "CREATE TABLE hits (n int); CREATE SCHEMA snapshot;"
        "CREATE FUNCTION snapshot.hit() RETURNS int LANGUAGE plpgsql AS"
        " 'BEGIN INSERT INTO public.hits VALUES (1); RETURN 1; END';"
        "CREATE VIEW snapshot.seeded AS SELECT snapshot.hit() AS rule, 1::bigint AS path, 'x' AS key;"
        "CREATE VIEW snapshot.seed_rule AS SELECT snapshot.hit() AS id, 'b' AS blueprint,"
        " 'r' AS rule, 'public' AS table_schema, 'hits' AS table_name",
    )
    for work in (
        lambda: count_tables(url),
        lambda: clean_database(CleanOptions(url, confirm=True)),
        lambda: seed_database(SeedOptions(url, _blueprint())),
    ):
        with pytest.raises(Refused, match="not a table of the ledger"):
            work()
    assert execute(url, "SELECT * FROM hits") == []


def test_a_mark_made_while_another_database_is_built_stops_the_swap(
    books: tuple[str, Path],
) -> None:
    url, directory = books
    before = content(url)

    class Marks(Held):
        def step(self, title: str) -> None:
            if title == "Switching":
                mark(url, "production")

    with pytest.raises(TargetProtected):
        swap_snapshot(SwapOptions(url, directory, confirm=True), progress=Marks(""))
    assert content(url) == before
    assert beside(url) == []


def test_the_mark_stays_with_the_name(books: tuple[str, Path]) -> None:
    url, directory = books
    name = name_of(url)
    allow = Guard(allow=f"localhost/{name}")
    swap_snapshot(SwapOptions(url, directory, confirm=True))
    mark(url, "production")
    roll_back(ChangeOptions(url, confirm=True, guard=allow))
    assert mark(url, None).marked_production
    with pytest.raises(TargetProtected):
        restore_snapshot(RestoreOptions(url, directory, confirm=True))
    swap_snapshot(SwapOptions(url, directory, confirm=True, guard=allow))
    assert mark(url, None).marked_production


@pytest.mark.parametrize("name", ["restore", "swap", "clear", "rollback", "seed clean", "seed run"])
def test_a_read_only_database_is_not_changed(name: str, books: tuple[str, Path]) -> None:
    url, directory = books
    if name == "rollback":
        swap_snapshot(SwapOptions(url, directory, confirm=True))
    if name == "seed clean":
        _seeded(url)
    on_server(url, f"ALTER DATABASE {name_of(url)} SET default_transaction_read_only = on")
    before = content(url)
    work: dict[str, Callable[[], object]] = {
        "restore": lambda: restore_snapshot(RestoreOptions(url, directory, confirm=True)),
        "swap": lambda: swap_snapshot(SwapOptions(url, directory, confirm=True)),
        "clear": lambda: clear_database(ClearOptions(url, confirm=True)),
        "rollback": lambda: roll_back(ChangeOptions(url, confirm=True)),
        "seed clean": lambda: clean_database(CleanOptions(url, confirm=True)),
        "seed run": lambda: seed_database(SeedOptions(url, _blueprint())),
    }
    with pytest.raises(NotReady) as raised:
        work[name]()
    assert "default_transaction_read_only" in str(raised.value.details)
    assert content(url) == before


def test_a_plan_that_changed_while_somebody_was_asked_is_not_carried_out(
    books: tuple[str, Path],
) -> None:
    url, directory = books

    def alters(_: object) -> bool:
        execute(url, "ALTER TABLE notes ADD COLUMN IF NOT EXISTS more text")
        return True

    before = content(url)
    with pytest.raises(SnapshotError):
        restore_snapshot(RestoreOptions(url, directory), alters)
    execute(url, "ALTER TABLE notes DROP COLUMN more")
    assert content(url) == before
    restore_snapshot(RestoreOptions(url, directory), lambda _: True)
    assert execute(url, "SELECT count(*) FROM notes") == [(0,)]


def test_another_snapshot_than_the_approved_one_is_not_installed(
    books: tuple[str, Path], database: Database, tmp_path: Path
) -> None:
    url, directory = books
    other = database()
    execute(other, "CREATE TABLE books (id int); INSERT INTO books VALUES (666)")
    before = content(url)

    def replaces(_: object) -> bool:
        create_snapshot(CreateOptions(other, directory, formats=("archive", "sql")))
        return True

    with pytest.raises(SnapshotError) as raised:
        swap_snapshot(SwapOptions(url, directory, allow_other_source=True), replaces)
    assert raised.value.exit_code in (3, 4)
    assert content(url) == before
    assert beside(url) == []


# --- one server


def test_all_sessions_of_a_command_go_to_one_server(
    servers: Callable[[int], str], database: Database, tmp_path: Path
) -> None:
    """A URL of two hosts: what is asked and what is changed are on the same one."""
    one, two = database(18), database(16)
    name = name_of(one)
    on_server(two, f"CREATE DATABASE {name}")
    hosts = [psycopg.conninfo.conninfo_to_dict(url)["host"] for url in (one, two)]
    both = (
        f"postgresql://postgres@/{name}?host={','.join(map(str, hosts))}&load_balance_hosts=random"
    )
    second = two.replace(f"/{name_of(two)}?", f"/{name}?")
    try:
        for url, title in ((one, "one"), (second, "two")):
            execute(url, "CREATE TABLE t (v text)")
            execute(url, f"INSERT INTO t VALUES ('{title}')")
        create_snapshot(CreateOptions(one, tmp_path / "s"))
        for _ in range(8):
            execute(one, "UPDATE t SET v = 'one'")
            execute(second, "UPDATE t SET v = 'two'")
            execute(one, "INSERT INTO t VALUES ('x')")
            execute(second, "INSERT INTO t VALUES ('x')")
            options = RestoreOptions(both, tmp_path / "s", confirm=True)
            report = restore_snapshot(options)
            changed, kept = (
                (one, second) if len(execute(one, "SELECT 1 FROM t")) == 1 else (second, one)
            )
            assert len(execute(kept, "SELECT 1 FROM t")) == 2
            assert report.backup is not None
            data = undo_restore(UndoOptions(changed, confirm=True))
            assert data.manifest.rows == 2
            title = "one" if changed == one else "two"
            assert sorted(execute(changed, "SELECT v FROM t")) == [(title,), ("x",)]
            execute(one, "DELETE FROM t WHERE v = 'x'")
            execute(second, "DELETE FROM t WHERE v = 'x'")
    finally:
        on_server(two, f"DROP DATABASE {name} WITH (FORCE)")


# --- safety snapshots


def test_the_newest_safety_snapshot_stays_whatever_the_clock_said(books: tuple[str, Path]) -> None:
    url, directory = books
    for number in range(6):
        execute(url, f"UPDATE books SET title = 'v{number}'")
        report = restore_snapshot(RestoreOptions(url, directory, confirm=True))
        assert report.backup is not None
        later = report.backup.with_name(f"2099010{number + 1}-000000-000000")
        report.backup.rename(later)
    execute(url, "UPDATE books SET title = 'precious'")
    report = restore_snapshot(RestoreOptions(url, directory, confirm=True))
    assert report.backup is not None
    assert report.backup.is_dir()
    undo_restore(UndoOptions(url, confirm=True))
    assert execute(url, "SELECT DISTINCT title FROM books") == [("precious",)]


def test_a_safety_snapshot_larger_than_all_that_is_kept_stays(books: tuple[str, Path]) -> None:
    url, _ = books
    size = execute(url, "SELECT pg_database_size(current_database())")[0][0]
    execute(url, "UPDATE books SET title = 'precious'")
    megabytes = int(str(size)) // 1_000_000 + 1
    report = clear_database(
        ClearOptions(url, confirm=True, backup=BackupOptions(keep=True, megabytes=megabytes))
    )
    assert report.backup is not None
    undo_restore(UndoOptions(url, confirm=True))
    assert execute(url, "SELECT DISTINCT title FROM books") == [("precious",)]


def test_a_change_that_fails_leaves_no_safety_snapshot(books: tuple[str, Path]) -> None:
    """The next undo brings back what was lost, not what was there all the time."""
    url, directory = books
    execute(url, "UPDATE books SET title = 'precious'")
    restore_snapshot(RestoreOptions(url, directory, confirm=True))
    execute(url, "UPDATE books SET title = 'x'")
    execute(url, "ALTER TABLE books ADD CHECK (title = 'x')")
    options = RestoreOptions(url, directory, confirm=True, plan=PlanOptions(data_only=True))
    with pytest.raises(SnapshotError, match="violates check constraint"):
        restore_snapshot(options)
    assert len(backups_of(url)[1]) == 1
    undo_restore(UndoOptions(url, confirm=True))
    assert execute(url, "SELECT DISTINCT title FROM books") == [("precious",)]


def test_undo_does_not_offer_another_servers_safety_snapshot(books: tuple[str, Path]) -> None:
    """A copied volume has the cluster's number and the database's name, and other rows."""
    url, directory = books
    restore_snapshot(RestoreOptions(url, directory, confirm=True))
    _, [kept] = backups_of(url)
    (kept.path / backups_module._ORIGIN).write_text("10.0.0.9:5432\n2001-01-01 00:00:00+00\n")
    before = content(url)
    with pytest.raises(UsageError) as raised:
        undo_restore(UndoOptions(url, confirm=True))
    assert kept.name in raised.value.hint
    assert content(url) == before
    undo_restore(UndoOptions(url, kept.name, confirm=True))
    assert execute(url, "SELECT DISTINCT title FROM books") == [("newer",)]


def test_nobody_else_can_write_where_safety_snapshots_lie(books: tuple[str, Path]) -> None:
    url, directory = books
    before = os.umask(0)
    try:
        restore_snapshot(RestoreOptions(url, directory, confirm=True))
    finally:
        os.umask(before)
    for folder in (state_folder(), state_folder() / "backups", state_folder() / "restored"):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700, folder


# --- what is said


def test_an_interrupt_says_whether_the_database_was_changed(books: tuple[str, Path]) -> None:
    url, directory = books

    class Stops(Held):
        def step(self, title: str) -> None:
            if title == self._title:
                raise KeyboardInterrupt

    with pytest.raises(Interrupted, match="was not changed") as raised:
        restore_snapshot(
            RestoreOptions(url, directory, confirm=True), progress=Stops("Comparing checksums")
        )
    assert raised.value.exit_code == 130
    assert execute(url, "SELECT DISTINCT title FROM books") == [("newer",)]


def test_an_interrupt_after_the_commit_says_so(
    books: tuple[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    url, directory = books

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("snapshot.change.remember_restore", interrupted)
    with pytest.raises(Interrupted, match="had been changed"):
        restore_snapshot(RestoreOptions(url, directory, confirm=True))
    assert execute(url, "SELECT count(*) FROM notes") == [(0,)]


def test_a_rollback_takes_the_record_of_the_last_restore_along(books: tuple[str, Path]) -> None:
    url, directory = books
    with psycopg.connect(url) as connection:
        system = connection.execute("SELECT system_identifier FROM pg_control_system()").fetchone()
    assert system is not None
    fingerprint = f"{system[0]}/{name_of(url)}"
    swap_snapshot(SwapOptions(url, directory, confirm=True))
    assert last_restore(fingerprint) is not None
    roll_back(ChangeOptions(url, confirm=True))
    assert last_restore(fingerprint) is None
    restore_snapshot(RestoreOptions(url, directory, confirm=True))
    before = last_restore(fingerprint)
    execute(url, "UPDATE books SET title = 'other'")
    create_snapshot(CreateOptions(url, directory.with_name("other")))
    swap_snapshot(SwapOptions(url, directory.with_name("other"), confirm=True))
    assert last_restore(fingerprint) != before
    roll_back(ChangeOptions(url, confirm=True))
    assert last_restore(fingerprint) == before


# --- the clone that is made in the background


def test_containers_that_were_not_shown_are_not_stopped(
    books: tuple[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """They are found by their sessions, which come and go while the question is open."""
    url, directory = books
    web, report = (Container(name, name, "", name, "", "") for name in ("web", "report"))
    found = iter([Applications((web,)), Applications((web, report))])
    stopped: list[tuple[Container, ...]] = []

    @contextmanager
    def noted(applications: Applications, progress: object) -> Iterator[None]:
        stopped.append(applications.stopped)
        yield

    monkeypatch.setattr("snapshot.restore.find_applications", lambda *_: next(found))
    monkeypatch.setattr("snapshot.change.applications_stopped", noted)
    restore_snapshot(RestoreOptions(url, directory), lambda plan: True)
    assert stopped == [(web,)]


@pytest.fixture
def guarded(books: tuple[str, Path]) -> str:
    """A URL with a password, for a role that may do everything."""
    url, _ = books
    role = f"change_clerk_{os.getpid()}"
    on_server(url, f"CREATE ROLE {role} SUPERUSER LOGIN PASSWORD 'OPEN-SESAME'")
    return url.replace("postgres:@", f"{role}:OPEN-SESAME@")


def test_the_background_clone_is_allowed_too_and_no_password_is_in_the_process_list(
    guarded: str, books: tuple[str, Path], tmp_path: Path
) -> None:
    _, directory = books
    seen: set[str] = set()
    done = threading.Event()

    def look() -> None:
        while not done.is_set():
            for path in Path("/proc").glob("[0-9]*/cmdline"):
                with suppress(OSError):
                    line = path.read_bytes().replace(b"\0", b" ").decode(errors="replace")
                    if "snapshot" in line or "pg_dump" in line or "psql" in line:
                        seen.add(line)
            time.sleep(0.01)

    thread = threading.Thread(target=look)
    thread.start()
    (tmp_path / "snapshot.py").write_text(f"open({str(tmp_path / 'hit')!r}, 'w').close()")
    try:
        subprocess.run(
            [shutil.which("snapshot", path=str(Path(sys.executable).parent)) or "snapshot",
             "restore", str(directory), "--strategy", "warm", "--confirm",
             "--allow", f"localhost/{name_of(guarded)}"],
            env={**os.environ, "DATABASE_URL": guarded, "APP_ENV": "production"},
            cwd=tmp_path, check=True,
            capture_output=True,
        )  # fmt: skip
        deadline = time.monotonic() + 30
        while not any("__warm_" in name for name in beside(guarded)):
            assert time.monotonic() < deadline, (state_folder() / "warm.log").read_text()
            time.sleep(0.1)
    finally:
        done.set()
        thread.join()
    assert any(" warm " in line for line in seen)
    assert not any("SESAME" in line for line in seen)
    assert not (tmp_path / "hit").exists()
