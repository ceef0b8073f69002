"""While rows are masked, no error of the server, of psql or of ours quotes a value."""

from __future__ import annotations

import re
import traceback
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql

from snapshot.create import CreateOptions, create_snapshot
from snapshot.errors import ConnectionFailed, DatabaseFailed, SnapshotError
from snapshot.exporters.executors import executor_of
from snapshot.postgres.connection import connected, consistent_read
from snapshot.postgres.copying import copy_in
from snapshot.postgres.introspect import read_catalog
from snapshot.postgres.messages import discreet, is_discreet, meaning_of
from snapshot.postgres.psql import copy_out_by_psql, shared_read
from snapshot.postgres.violations import find_violations
from snapshot.restore import RestoreOptions, restore_snapshot

Database = Callable[..., str]
SECRET = "zx9planted"
SCHEMA = f"""
    CREATE DOMAIN short AS text CONSTRAINT short_enough CHECK (length(VALUE) < 30);
    CREATE TABLE person (
        id int PRIMARY KEY, name text UNIQUE, age int CONSTRAINT grown CHECK (age > 17),
        email text NOT NULL DEFAULT 'x', boss text REFERENCES person (name), note short
    );
    CREATE TABLE word (text text);
    INSERT INTO word VALUES ('{SECRET}');
    INSERT INTO person VALUES (1, '{SECRET}', 18);
    CREATE FUNCTION shout() RETURNS int LANGUAGE plpgsql AS $$ BEGIN
        RAISE EXCEPTION '{SECRET} in a message' USING DETAIL = '{SECRET}', HINT = '{SECRET}',
            ERRCODE = 'ZX901';
    END $$;
"""


@pytest.fixture
def url(database: Database) -> str:
    made = database()
    with psycopg.connect(made, autocommit=True) as connection:
        connection.execute(SCHEMA)
    return made


def everything(error: BaseException) -> str:
    """All that can be read of an exception: texts, notes, and the exceptions behind it."""
    details = " ".join(getattr(error, "details", ()))
    chain = [error, *filter(None, (error.__cause__, error.__context__))]
    said = [repr(one) + str(one) for one in chain]
    return "\n".join([*said, details, *traceback.format_exception(error)])


def raised_by(work: Callable[[], object], kind: type[SnapshotError] = DatabaseFailed) -> Any:
    """The error that the work ends with."""
    with pytest.raises(kind) as raised:
        work()
    return raised.value


STATEMENTS = {
    "a failing cast": ("SELECT text::int FROM public.word", "invalid_text_representation (22P02)"),
    "a date": ("SELECT text::date FROM public.word", "invalid_datetime_format (22007)"),
    "a duplicate key": (
        f"INSERT INTO public.person VALUES (2, '{SECRET}')",
        "unique_violation (23505) · table public.person · constraint person_name_key",
    ),
    "a violated key": (
        f"INSERT INTO public.person (id, boss) VALUES (2, '{SECRET}-nobody')",
        "foreign_key_violation (23503) · table public.person · constraint person_boss_fkey",
    ),
    "a check": (
        f"INSERT INTO public.person VALUES (2, '{SECRET}2', 3)",
        "check_violation (23514) · table public.person · constraint grown",
    ),
    "not null": (
        f"INSERT INTO public.person (id, name, email) VALUES (2, '{SECRET}2', NULL)",
        "not_null_violation (23502) · table public.person · column email",
    ),
    "invalid JSON": ("SELECT text::json FROM public.word", "invalid_text_representation (22P02)"),
    "a function": ("SELECT public.shout()", "an error with the code ZX901"),
    "a table that is not there": (
        f'SELECT FROM public."{SECRET}"', "undefined_table (42P01)",
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", STATEMENTS)
def test_errors_of_the_server(what: str, url: str) -> None:
    statement, said = STATEMENTS[what]

    def connected_in_discretion() -> None:
        with discreet(), connected(url) as connection:
            connection.execute(statement)

    def discretion_when_connected() -> None:
        with connected(url) as connection, discreet():
            connection.execute(statement)

    def loud() -> None:
        with connected(url) as connection:
            connection.execute(statement)

    for work in (connected_in_discretion, discretion_when_connected):
        error = raised_by(work)
        assert error.message.startswith(said)
        assert error.exit_code == 1
        assert error.hint
        assert SECRET not in everything(error)
    assert SECRET in everything(raised_by(loud))  # the values were there to be quoted


def test_a_copy_that_fails(url: str) -> None:
    rows = [f"7\t{SECRET}7\t18\n8\t{SECRET}8\tno-number-{SECRET}\n".encode()]
    statement = sql.SQL("COPY public.person (id, name, age) FROM stdin")

    def copy(manner: AbstractContextManager[None]) -> None:
        with connected(url) as connection, manner:
            copy_in(connection, statement, rows)

    error = raised_by(lambda: copy(discreet()))
    assert error.message == "invalid_text_representation (22P02)"
    assert SECRET not in everything(error)
    assert SECRET in everything(raised_by(lambda: copy(nullcontext())))


@pytest.mark.parametrize("where", ["here", "in a thread"])
def test_a_failing_psql(where: str, url: str) -> None:
    statement = "COPY (SELECT text::int FROM public.word) TO STDOUT"

    def copy(manner: AbstractContextManager[None]) -> None:
        with connected(url) as connection, consistent_read(connection) as exported, manner:
            read = shared_read(connection, url, exported)
            if where == "here":
                copy_out_by_psql(read, statement, len)
            with executor_of(None, 1) as threads:
                threads.submit(copy_out_by_psql, read, statement, len).result()

    error = raised_by(lambda: copy(discreet()))
    assert error.message == "the rows could not be read: invalid_text_representation (22P02)"
    assert error.exit_code == 1
    assert SECRET not in everything(error)
    assert SECRET in everything(raised_by(lambda: copy(nullcontext())))


def test_rows_that_psql_reads_are_the_same(url: str) -> None:
    read = []
    with connected(url) as connection, consistent_read(connection) as exported, discreet():
        shared = shared_read(connection, url, exported)
        assert copy_out_by_psql(shared, "COPY public.word TO STDOUT", read.append) == 1
    assert b"".join(read) == SECRET.encode() + b"\n"


def test_threads_are_discreet_too() -> None:
    for wanted in (True, False):
        if wanted:
            with discreet(), executor_of(None, 1) as threads:
                assert threads.submit(is_discreet).result()
        else:
            with executor_of(None, 1) as threads:
                assert not threads.submit(is_discreet).result()
    assert not is_discreet()


def test_keys_that_rows_break_are_not_listed(url: str) -> None:
    with connected(url) as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute(f"INSERT INTO public.person (id, boss) VALUES (3, '{SECRET}-gone')")
        keys = read_catalog(connection).foreign_keys
        [loud] = find_violations(connection, keys)
        assert SECRET in loud
        with discreet():
            [line] = find_violations(connection, keys)
        assert SECRET not in line
        assert line.startswith("person.person_boss_fkey: 1 row whose (boss) is not in person")


def test_a_restore_that_breaks_a_key(url: str, database: Database, tmp_path: Path) -> None:
    """Also where the server is asked again for all violations."""
    seed, target = tmp_path / "seed", database()
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute(f"INSERT INTO person (id, boss) VALUES (3, '{SECRET}-gone')")
    create_snapshot(CreateOptions(url, seed))
    with pytest.raises(SnapshotError) as raised:
        restore_snapshot(RestoreOptions(target, seed, confirm=True))
    assert SECRET in everything(raised.value)
    with pytest.raises(SnapshotError) as raised, discreet():
        restore_snapshot(RestoreOptions(target, seed, confirm=True))
    assert raised.value.message == "the rows violate 1 foreign key"
    assert raised.value.details
    assert SECRET not in everything(raised.value)


@pytest.mark.parametrize(
    "inner", [ValueError, KeyError, RuntimeError, UnicodeError, psycopg.DataError]
)
def test_exceptions_that_are_not_ours(inner: type[Exception]) -> None:
    error = raised_by(partial(fail_quietly, inner(SECRET)), SnapshotError)
    assert inner.__name__ in error.message
    assert SECRET not in everything(error)


def fail_quietly(error: Exception) -> None:
    with discreet():
        try:
            raise LookupError(SECRET)
        except LookupError as cause:
            raise error from cause


def test_the_place_of_a_bug_is_said() -> None:
    from snapshot.postgres.archive import read_entries

    with pytest.raises(SnapshotError) as raised, discreet():
        list(read_entries(None))  # type: ignore[arg-type]
    assert re.search(r"AttributeError in postgres/archive\.py:\d+", raised.value.message)


def test_what_stands_behind_an_error_of_ours_goes() -> None:
    error = raised_by(partial(fail_quietly, DatabaseFailed("said", "hint")))
    assert (error.message, error.hint) == ("said", "hint")
    assert SECRET not in everything(error)


def test_a_missing_file_and_ctrl_c_stay_what_they_are() -> None:
    with pytest.raises(FileNotFoundError), discreet():
        Path("/nowhere/at/all").read_bytes()
    with pytest.raises(KeyboardInterrupt), discreet():
        raise KeyboardInterrupt
    assert not is_discreet()


def test_a_session_that_is_ended(url: str) -> None:
    def work() -> None:
        with connected(url) as connection, connected(url) as other, discreet():
            other.execute("SELECT pg_terminate_backend(%s)", [connection.info.backend_pid])
            connection.execute(f"SELECT '{SECRET}'")

    error = raised_by(work, ConnectionFailed)
    assert SECRET not in everything(error)
    assert error.exit_code == 1


@pytest.mark.parametrize(
    ("sqlstate", "meaning"),
    [
        ("22P02", "invalid_text_representation (22P02)"),
        ("40001", "serialization_failure (40001)"),
        ("ZZ999", "an error with the code ZZ999"),
        (None, ""),
    ],
)
def test_what_a_state_means(sqlstate: str | None, meaning: str) -> None:
    assert meaning_of(sqlstate) == meaning


# Of seeding: its rows are made up. Of an author's SQL: only what is said of the SQL itself.
MAY_QUOTE = {
    "postgres/messages.py",
    "postgres/authors_sql.py",
    "postgres/recomputing.py",
    "seeding/writing.py",
    "seeding/run.py",
}


def test_one_module_reads_what_the_server_said() -> None:
    package = Path(__file__).parent.parent / "snapshot"
    quoting = re.compile(r"\.diag\.message_(primary|detail|hint)|diag\.context\.splitlines")
    found = {
        str(path.relative_to(package))
        for path in package.rglob("*.py")
        if quoting.search(path.read_text())
    }
    assert found == MAY_QUOTE
