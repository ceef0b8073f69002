"""The databases of PostgreSQL's own test of pg_dump, against `pg_dump | psql` of the same."""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pg_dump_statements
import psycopg
import pytest
import servers as postgres_servers
from conftest import missing
from databases import disturb
from equality import PROGRAMS, differences, run_psql

from snapshot.create import CreateOptions, create_snapshot
from snapshot.planning.restore_plan import PlanOptions
from snapshot.restore import RestoreOptions, restore_snapshot
from snapshot.safety.backups import BackupOptions
from snapshot.store.manifest import FORMATS
from snapshot.swap import SwapOptions, swap_snapshot
from snapshot.verify import verify_snapshot

VERSIONS = (15, 18)
NONE = BackupOptions(keep=False)
MARK = "statement "
LOADED = {15: 140, 18: 150}  # at least: some need lz4, or roles and databases of their own
COUNTS_THE_CATALOG = "dump_test.regress_pg_dump_matview_am_1"


class Suite:
    """A server of its own, for roles and databases that the statements make, and what is on it."""

    def __init__(self, version: int, folder: Path, admin: str) -> None:
        self.version, self.folder, self.admin = version, folder, admin
        self.made = 0
        self.by_database: dict[str, list[str]] = {}
        for statement in pg_dump_statements.statements(version):
            self.by_database.setdefault(statement.database, []).append(statement.text)
        self.statements = self.by_database.pop(pg_dump_statements.DATABASE)
        source = self.empty()
        self.failed = self.load(source, self.statements)
        with psycopg.connect(source, autocommit=True) as connection:
            connection.execute(f"DROP MATERIALIZED VIEW IF EXISTS {COUNTS_THE_CATALOG}")
        self.reference, self.directory = self.taken(source, "s")

    def empty(self) -> str:
        self.made += 1
        with psycopg.connect(self.admin, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE suite_{self.made}")
        return self.admin.replace("/postgres?", f"/suite_{self.made}?")

    def load(self, source: str, statements: list[str]) -> dict[int, str]:
        """Run each on its own; returns what psql says of those that failed, by number."""
        script = self.folder / "create.sql"
        text = "".join(f"\\warn {MARK}{n}\n{s}\n" for n, s in enumerate(statements))
        script.write_text(text)
        done = subprocess.run(
            [PROGRAMS / "psql", "-X", "-q", "-d", source, "-f", script],
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        parts = re.split(rf"^{MARK}(\d+)\n", done.stderr, flags=re.M)[1:]
        said = dict(zip(map(int, parts[::2]), parts[1::2], strict=True))
        assert len(said) == len(statements), "psql stopped"
        return {n: message for n, message in said.items() if "ERROR:" in message}

    def taken(self, source: str, name: str) -> tuple[str, Path]:
        """A copy made by pg_dump and psql, and a snapshot."""
        copy = self.empty()
        dump(source, copy)
        create_snapshot(CreateOptions(source, self.folder / name, formats=FORMATS))
        return copy, self.folder / name

    def restored(self, source_format: str | None = None) -> str:
        target = self.empty()
        restore(target, self.directory, source_format=source_format)
        return target


def restore(target: str, directory: Path, **plan: object) -> None:
    options = PlanOptions(**plan)  # type: ignore[arg-type]
    restore_snapshot(RestoreOptions(target, directory, confirm=True, plan=options, backup=NONE))


def dump(source: str, target: str) -> None:
    """What PostgreSQL's own programs make of a database, less what a snapshot does not take."""
    left_out = ["--no-publications", "--no-subscriptions", "--no-owner", "--no-privileges"]
    made = subprocess.run(
        [PROGRAMS / "pg_dump", *left_out, "-d", source], capture_output=True, check=True
    )
    text = made.stdout.replace(b"\nSET transaction_timeout = 0;\n", b"\n")  # not known to all
    done = subprocess.run(
        [PROGRAMS / "psql", "-X", "-q", "-d", target],
        input=text, capture_output=True, check=True,
    )  # fmt: skip
    assert b"ERROR:" not in done.stderr, done.stderr.decode()


@pytest.fixture(
    scope="module",
    params=[pytest.param(v, marks=pytest.mark.xdist_group(f"pg_dump {v}")) for v in VERSIONS],
)
def suite(request: pytest.FixtureRequest) -> Iterator[Suite]:
    version = request.param
    needed = "SNAPSHOT_REQUIRE_SERVERS"
    if postgres_servers.programs(version) is None:
        missing(needed, f"no PostgreSQL {version} is installed")
    try:
        pg_dump_statements.statements(version)
    except pg_dump_statements.Unavailable as error:
        missing(needed, str(error))
    with (
        tempfile.TemporaryDirectory(prefix="suite-", dir=postgres_servers.fast_folder()) as name,
        postgres_servers.running(version, Path(name)) as admin,
    ):
        yield Suite(version, Path(name), admin)


def into_empty(source_format: str) -> Callable[[Suite], str]:
    return lambda suite: suite.restored(source_format)


def over_the_same(suite: Suite) -> str:
    target = suite.restored()
    restore(target, suite.directory)
    return target


def over_others(suite: Suite) -> str:
    target = suite.restored()
    disturb(target)
    restore(target, suite.directory)
    return target


def over_a_copy(suite: Suite) -> str:
    target = suite.empty()
    dump(suite.reference, target)
    restore(target, suite.directory)
    return target


def replace_schema(suite: Suite) -> str:
    target = suite.restored()
    restore(target, suite.directory, replace_schema=True)
    return target


def swap(suite: Suite) -> str:
    target = suite.restored()
    swap_snapshot(
        SwapOptions(target, suite.directory, confirm=True, keep_previous=False, backup=NONE)
    )
    return target


def psql(suite: Suite) -> str:
    target = suite.empty()
    run_psql(target, suite.directory / "seed.sql")
    run_psql(target, suite.directory / "advanced_seed.sql")
    return target


WAYS = {
    **{f"into empty from {name}": into_empty(name) for name in FORMATS},
    "over the same rows": over_the_same,
    "over other rows": over_others,
    "over what pg_dump made": over_a_copy,
    "--replace-schema": replace_schema,
    "swap": swap,
    "psql": psql,
}


def test_most_statements_load(suite: Suite) -> None:
    loaded = len(suite.statements) - len(suite.failed)
    sys.stdout.write(f"PostgreSQL {suite.version}: {loaded} of {len(suite.statements)} loaded\n")
    sys.stdout.write("".join(suite.failed.values()))
    assert loaded >= LOADED[suite.version], suite.failed


@pytest.mark.parametrize("way", WAYS)
def test_equal_to_pg_dump(suite: Suite, way: str) -> None:
    target = WAYS[way](suite)
    assert differences(suite.reference, target) == []
    assert verify_snapshot(suite.directory, target).differences == ()


@pytest.mark.parametrize("name", ["regress_pg_dump_test", "regress_public_owner"])
def test_other_databases(suite: Suite, name: str) -> None:
    """Without a schema public, and with one that has another owner and no comment."""
    source = suite.empty()
    assert suite.load(source, suite.by_database[name]) == {}
    reference, directory = suite.taken(source, name)
    target = suite.empty()
    for replace in (False, False, True):
        restore(target, directory, replace_schema=replace)
        assert differences(reference, target) == []
        assert verify_snapshot(directory, target).differences == ()
    swap_snapshot(SwapOptions(target, directory, confirm=True, keep_previous=False, backup=NONE))
    assert differences(reference, target) == []
