"""Restores of a part, into a database that does not exist yet, and beside sessions with locks."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict
from typer.testing import CliRunner

from snapshot.cli import app
from snapshot.create import CreateOptions, create_snapshot
from snapshot.errors import DatabaseFailed, ForeignKeysViolated, NotConfirmed, Refused, UsageError
from snapshot.planning.restore_plan import PlanOptions
from snapshot.planning.selection import Selection
from snapshot.postgres.databases import url_of
from snapshot.postgres.urls import libpq_conninfo
from snapshot.restore import RestoreOptions, plan_restore, restore_snapshot
from snapshot.safety.backups import BackupOptions
from snapshot.safety.guard import Guard
from snapshot.status import database_status
from snapshot.verify import verify_snapshot

Database = Callable[..., str]
SCHEMA = """
    CREATE TABLE org (id serial PRIMARY KEY, name text);
    CREATE TABLE person (id serial PRIMARY KEY, org int REFERENCES org, name text);
    CREATE TABLE log (id serial PRIMARY KEY, what text);
    CREATE SCHEMA audit; CREATE TABLE audit.entry (id int PRIMARY KEY);
    INSERT INTO org (name) VALUES ('one'), ('two');
    INSERT INTO person (org, name) VALUES (1, 'Ada'), (2, 'Bo');
    INSERT INTO log (what) VALUES ('from the snapshot');
    INSERT INTO audit.entry VALUES (1);
"""
LATER = """
    UPDATE org SET name = 'changed'; UPDATE person SET name = 'changed';
    INSERT INTO log (what) VALUES ('later'); INSERT INTO audit.entry VALUES (2);
"""


def execute(url: str, statement: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(statement)  # type: ignore[arg-type]


def column(url: str, query: str) -> list[object]:
    with psycopg.connect(url) as connection:
        return [value for (value,) in connection.execute(query)]  # type: ignore[arg-type]


def restore(url: str, directory: Path, **more: object) -> None:
    options = RestoreOptions(
        url,
        directory,
        confirm=True,
        backup=BackupOptions(keep=False),
        **more,  # type: ignore[arg-type]
    )
    restore_snapshot(options)


def only(**selection: tuple[str, ...]) -> PlanOptions:
    return PlanOptions(selection=Selection(**selection))


@pytest.fixture
def made(database: Database, tmp_path: Path) -> tuple[str, Path]:
    """A database that was changed after its snapshot was made."""
    url = database(15)
    execute(url, SCHEMA)
    create_snapshot(CreateOptions(url, tmp_path / "seed", formats=("sql", "json", "archive")))
    execute(url, LATER)
    return url, tmp_path / "seed"


# --- a part


@pytest.mark.parametrize("source_format", ["sql", "json", "archive"])
def test_only_these_tables_get_the_snapshots_rows(
    made: tuple[str, Path], source_format: str
) -> None:
    url, directory = made
    chosen = PlanOptions(source_format=source_format, selection=Selection(tables=("org", "per*")))
    plan, _ = plan_restore(RestoreOptions(url, directory, plan=chosen))
    assert [line.split(",")[0] for line in plan.kept] == ["table audit.entry", "table log"]
    assert {str(name) for name in plan.deleted} == {"org", "person"}
    restore(url, directory, plan=chosen)
    assert column(url, "SELECT name FROM org ORDER BY id") == ["one", "two"]
    assert column(url, "SELECT name FROM person ORDER BY id") == ["Ada", "Bo"]
    assert column(url, "SELECT what FROM log ORDER BY id") == ["from the snapshot", "later"]
    assert column(url, "INSERT INTO log (what) VALUES ('x') RETURNING id") == [3]
    # the whole database is not what this snapshot says, and no record claims it
    assert database_status(url).restored is None
    restore(url, directory)
    assert verify_snapshot(directory, url).differences == ()


def test_what_is_left_out_keeps_its_rows(made: tuple[str, Path]) -> None:
    url, directory = made
    restore(url, directory, plan=only(exclude_tables=("log",), exclude_schemas=("audit",)))
    assert column(url, "SELECT what FROM log ORDER BY id") == ["from the snapshot", "later"]
    assert column(url, "SELECT id FROM audit.entry ORDER BY id") == [1, 2]
    assert column(url, "SELECT name FROM person ORDER BY id") == ["Ada", "Bo"]
    restore(url, directory, plan=only(schemas=("audit",)))
    assert column(url, "SELECT id FROM audit.entry ORDER BY id") == [1]
    assert column(url, "SELECT count(*) FROM log") == [2]


def test_foreign_keys_between_a_part_and_the_rest_are_checked(made: tuple[str, Path]) -> None:
    url, directory = made
    execute(url, "INSERT INTO org VALUES (3, 'new'); INSERT INTO person VALUES (3, 3, 'of new')")
    with pytest.raises(ForeignKeysViolated) as violated:
        restore(url, directory, plan=only(tables=("org",)))
    assert "person" in violated.value.details[0]
    assert "restore the tables on the other side of these keys too" in violated.value.hint
    execute(url, "DELETE FROM person; DELETE FROM org")
    with pytest.raises(ForeignKeysViolated):
        restore(url, directory, plan=only(tables=("person",)))
    assert column(url, "SELECT count(*) FROM org") == [0]


SHARED = """
    CREATE SEQUENCE keys; CREATE SEQUENCE down INCREMENT -1;
    CREATE TABLE one (id int PRIMARY KEY DEFAULT nextval('keys'), below int DEFAULT nextval('down'));
    CREATE TABLE two (id int PRIMARY KEY DEFAULT nextval('keys'), below int DEFAULT nextval('down'));
    INSERT INTO one DEFAULT VALUES; INSERT INTO one DEFAULT VALUES; INSERT INTO two DEFAULT VALUES;
"""


@pytest.mark.parametrize("later", [0, 5])
def test_a_sequence_that_others_use_too_never_goes_back(
    later: int, database: Database, tmp_path: Path
) -> None:
    url = database(15)
    execute(url, SHARED)
    create_snapshot(CreateOptions(url, tmp_path / "seed"))
    execute(url, "TRUNCATE one; ALTER SEQUENCE keys RESTART; ALTER SEQUENCE down RESTART")
    for _ in range(later):
        execute(url, "INSERT INTO two (id) SELECT nextval('keys') + 10")
    restore(url, tmp_path / "seed", plan=only(tables=("one",)))
    assert column(url, "SELECT id FROM one ORDER BY id") == [1, 2]
    further = max(4, later + 1)
    assert column(url, "INSERT INTO one DEFAULT VALUES RETURNING id") == [further]
    assert column(url, "SELECT below FROM one ORDER BY below LIMIT 1") == [-further]
    create_snapshot(CreateOptions(url, tmp_path / "part", selection=Selection(tables=("one",))))
    other = database(15)
    restore(other, tmp_path / "part")
    assert column(other, "INSERT INTO one DEFAULT VALUES RETURNING id") == [further + 1]


def test_a_part_needs_a_schema_that_stays(made: tuple[str, Path], database: Database) -> None:
    url, directory = made
    part = Selection(tables=("org",))
    for target, plan in (
        (database(15), PlanOptions(selection=part)),
        (url, PlanOptions(replace_schema=True, selection=part)),
    ):
        with pytest.raises(UsageError, match="choose rows for a schema that stays"):
            restore(target, directory, plan=plan)
    with pytest.raises(UsageError, match="no table matches orgs"):
        restore(url, directory, plan=only(tables=("orgs",)))
    with pytest.raises(UsageError, match="accept-edits"):
        restore(url, directory, plan=only(tables=("org",)), accept_edits=True)


def test_a_part_by_the_command_line(made: tuple[str, Path]) -> None:
    url, directory = made
    words = ["restore", str(directory), "-d", url, "-T", "log", "-n", "public", "--confirm"]
    done = CliRunner().invoke(app, words)
    assert done.exit_code == 0, done.output
    assert column(url, "SELECT count(*) FROM log") == [2]
    assert column(url, "SELECT name FROM org ORDER BY id") == ["one", "two"]


# --- a database that does not exist yet


def beside(url: str) -> str:
    """The name of a database that is dropped with that of the URL."""
    return f"{conninfo_to_dict(url)['dbname']}__new"


def test_the_database_is_made_and_filled(made: tuple[str, Path]) -> None:
    url, directory = made
    name = beside(url)
    target = url_of(url, name)
    with pytest.raises(UsageError, match=f"there is no database {name} yet"):
        plan_restore(RestoreOptions(target, directory, create=True))
    restore(target, directory, create=True)
    assert verify_snapshot(directory, target).differences == ()
    restore(target, directory, create=True)  # it is there: as without the option
    owner = "SELECT pg_get_userbyid(datdba) = current_user FROM pg_database WHERE datname ="
    assert column(target, f"{owner} '{name}'") == [True]


def test_the_database_is_dropped_again_if_the_restore_fails(
    made: tuple[str, Path], tmp_path: Path
) -> None:
    url, directory = made
    name = beside(url)
    part = tmp_path / "part"  # its rows reference others, which it does not have
    create_snapshot(CreateOptions(url, part, selection=Selection(tables=("person",))))
    there = f"SELECT count(*) FROM pg_database WHERE datname = '{name}'"
    with pytest.raises(ForeignKeysViolated):
        restore(url_of(url, name), part, create=True)
    assert column(url, there) == [0]
    with pytest.raises(Refused, match="is protected"):
        restore(url_of(url, name), directory, create=True, guard=Guard(protected=(name,)))
    assert column(url, there) == [0]


def test_the_database_that_is_made_is_the_one_that_libpq_means(
    made: tuple[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    url, directory = made
    parameters = conninfo_to_dict(url)
    name = beside(url)
    monkeypatch.setenv("PGDATABASE", name)
    anonymous = f"postgresql://{parameters['user']}@/?host={parameters['host']}"
    restore(anonymous, directory, create=True)
    assert verify_snapshot(directory, url_of(url, name)).differences == ()
    with pytest.raises(UsageError, match="service file"):
        restore("service=shop", directory, create=True)


# --- sessions that hold locks


def test_a_view_that_is_refreshed_is_waited_for_like_a_table(
    made: tuple[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url, _ = made
    execute(url, "CREATE MATERIALIZED VIEW names AS SELECT name FROM org")
    create_snapshot(CreateOptions(url, tmp_path / "viewed"))
    monkeypatch.setattr("snapshot.postgres.connection.LOCK_TIMEOUT", "100ms")
    monkeypatch.setattr("snapshot.planning.script.LOCK_TIMEOUT", "100ms")
    with psycopg.connect(url, application_name="reader") as holder:
        holder.execute("SELECT count(*) FROM names")
        restore(url, tmp_path / "viewed", end_sessions=True)
        with pytest.raises(psycopg.OperationalError):
            holder.execute("SELECT 1")


def test_sessions_that_hold_locks_are_named_and_ended(
    made: tuple[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    url, directory = made
    monkeypatch.setattr("snapshot.postgres.connection.LOCK_TIMEOUT", "100ms")
    monkeypatch.setattr("snapshot.planning.script.LOCK_TIMEOUT", "100ms")
    with (
        psycopg.connect(url, application_name="uvicorn") as holder,
        psycopg.connect(url, application_name="elsewhere") as other,
    ):
        holder.execute("SELECT count(*) FROM org")
        other.execute("SELECT count(*) FROM log")
        with pytest.raises(DatabaseFailed) as failed:
            restore(url, directory)
        (line,) = [line for line in failed.value.details if "uvicorn" in line]
        assert line.startswith(f"pid {holder.info.backend_pid}: uvicorn as {holder.info.user} from")
        assert "idle in transaction, since 20" in line
        assert line.endswith("holds locks on org")
        assert "--end-sessions" in failed.value.hint
        part = only(tables=("org", "person"))
        findings = plan_restore(RestoreOptions(url, directory, plan=part, end_sessions=True))[1]
        told = [str(finding) for finding in findings if "will be ended" in finding.text]
        assert len(told) == 1
        assert f"pid {holder.info.backend_pid}" in told[0]
        words = ["restore", str(directory), "-d", url, "-t", "org", "-t", "person"]
        asked = CliRunner().invoke(app, [*words, "--end-sessions"])
        assert isinstance(asked.exception, NotConfirmed)
        shown = asked.output.replace("\n", " ")
        assert f"will be ended: pid {holder.info.backend_pid}: uvicorn" in shown
        restore(url, directory, plan=part, end_sessions=True)
        assert column(url, "SELECT name FROM org ORDER BY id") == ["one", "two"]
        assert other.execute("SELECT 1").fetchone() == (1,)  # it was in nobody's way
        with pytest.raises(psycopg.OperationalError):
            holder.execute("SELECT 1")


# --- URLs of other tools


@pytest.mark.parametrize(
    ("url", "meant"),
    [
        ("postgis://me@db/app", "postgresql://me@db/app"),
        ("postgresql://me@db/app?schema=public", "postgresql://me@db/app"),
        (
            "postgres://me@db/app?pgbouncer=true&connection_limit=1&sslmode=require",
            "postgres://me@db/app?sslmode=require",
        ),
        ("postgresql://me@db/app?ssl=true", "postgresql://me@db/app?ssl=true"),
    ],
)
def test_what_other_tools_add_for_themselves_is_left_out(url: str, meant: str) -> None:
    assert libpq_conninfo(url) == meant


@pytest.mark.parametrize(
    ("url", "message", "hint"),
    [
        ("jdbc:postgresql://db/app?user=me", "jdbc: is Java's", "leave jdbc: out"),
        ("postgresql://db/app?ssl=disable", "says ssl=", "write sslmode=disable"),
        ("postgresql://db/app?ssl=1", "says ssl=", "write sslmode=require"),
        ("postgresql+asyncpg://me@/app?host=db:5433", "host and port in one", "host=…&port=…"),
        ("postgresql://db/app?colour=red", "the parameter colour", "leave colour out"),
        ("postgresql://me:p?Hidden=1@db/app?colour=x", "the parameter colour", "leave colour out"),
        ("postgresql://db/app?password=a&Hidden", "cannot be understood", "percent-encode"),
        ("postgresql://db/app?password=a&Hidden=1", "cannot be understood", "percent-encode"),
    ],
)
def test_what_is_not_understood_is_named_with_the_way_to_write_it(
    url: str, message: str, hint: str
) -> None:
    with pytest.raises(UsageError, match=message) as refused:
        libpq_conninfo(url)
    assert hint in refused.value.hint
    assert "Hidden" not in refused.value.message + refused.value.hint
