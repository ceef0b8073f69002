"""A database that is built beside another takes its place: swap, rollback, warm."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest
from databases import LATER, SCHEMAS, build, disturb
from equality import content, differences
from psycopg import sql

from snapshot.change import ChangeOptions
from snapshot.create import CreateOptions, create_snapshot
from snapshot.errors import ContentDiffers, NotConfirmed, NotReady, TargetProtected, UsageError
from snapshot.planning.selection import Selection
from snapshot.restorers import parallel
from snapshot.safety.guard import Guard
from snapshot.store.manifest import FILE_NAME
from snapshot.swap import (
    SwapOptions,
    drop_clones,
    list_clones,
    plan_swap,
    roll_back,
    swap_snapshot,
    warm_clone,
)

Database = Callable[..., str]
COMMAND = [sys.executable, "-m", "snapshot"]

EVERYWHERE = [
    *((name, version) for name in ("cuebe", *SCHEMAS) for version in (13, 18)),
    *((name, 18) for name, (first, _) in LATER.items() if first <= 18),
]


def name_of(url: str) -> str:
    return str(psycopg.conninfo.conninfo_to_dict(url)["dbname"])


def named(url: str, suffix: str) -> str:
    """The URL of the database beside this one."""
    name = name_of(url)
    return url.replace(f"/{name}?", f"/{name}__{suffix}?")


def beside(url: str) -> list[str]:
    """What lies beside a database: the ends of the names."""
    name = name_of(url)
    with psycopg.connect(url.replace(f"/{name}?", "/postgres?")) as connection:
        found = connection.execute(
            "SELECT datname FROM pg_database WHERE starts_with(datname, %s) ORDER BY 1",
            [f"{name}__"],
        ).fetchall()
    return [datname.removeprefix(f"{name}__") for (datname,) in found]


def incoming(url: str) -> list[str]:
    """Databases that are being built beside this one, or were left."""
    return [f"{name_of(url)}__{end}" for end in beside(url) if end.startswith("incoming_")]


def filled(url: str, rows: int = 1000, value: str = "kept") -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(
            sql.SQL(
                "CREATE TABLE t (id int PRIMARY KEY, v text NOT NULL, up int REFERENCES t);"
                "CREATE INDEX ON t (v); CREATE INDEX ON t (up);"
                "INSERT INTO t SELECT g, {}, g / 2 FROM generate_series(1, {}) g WHERE g / 2 > 0"
                " UNION ALL SELECT 1, {}, NULL"
            ).format(sql.Literal(value), rows, sql.Literal(value))
        )


@pytest.mark.parametrize(("name", "version"), EVERYWHERE)
@pytest.mark.parametrize("formats", [("archive",), ("sql",)])
def test_every_database(name: str, version: int, formats: tuple[str, ...], database: Database,
                        tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip
    monkeypatch.setattr(parallel, "MANY_ROWS", 1)
    source, target = database(version), database(version)
    build(source, name)
    build(target, name)
    disturb(target)
    before = content(target)
    create_snapshot(CreateOptions(source, tmp_path / "s", formats=formats))
    report = swap_snapshot(SwapOptions(target, tmp_path / "s", confirm=True))
    assert differences(source, target) == []
    assert beside(target) == ["previous"]
    assert content(named(target, "previous")) == before
    assert report.previous == f"{name_of(target)}__previous"
    roll_back(ChangeOptions(target, confirm=True))
    assert content(target) == before
    roll_back(ChangeOptions(target, confirm=True))
    assert differences(source, target) == []


@pytest.mark.parametrize("version", [13, 15, 18])
def test_what_the_database_is_stays(version: int, database: Database, tmp_path: Path) -> None:
    source, target = database(version), database(version)
    filled(source)
    create_snapshot(CreateOptions(source, tmp_path / "s", formats=("archive",)))
    name = name_of(target)
    role = f"owner_{os.getpid()}"
    with psycopg.connect(target, autocommit=True) as connection:
        connection.execute(
            sql.SQL(f"""
            CREATE ROLE {role}; ALTER DATABASE {name} OWNER TO {role};
            ALTER DATABASE {name} SET search_path TO "$user", "odd, name", public;
            ALTER DATABASE {name} SET work_mem = '5MB'; ALTER DATABASE {name} SET my.own = 'a''b';
            ALTER ROLE {role} IN DATABASE {name} SET statement_timeout = '3s';
            ALTER DATABASE {name} CONNECTION LIMIT 17; REVOKE ALL ON DATABASE {name} FROM PUBLIC;
            GRANT CONNECT ON DATABASE {name} TO {role} WITH GRANT OPTION;
            GRANT TEMPORARY ON DATABASE {name} TO PUBLIC;
            COMMENT ON DATABASE {name} IS 'ours
environment: staging';
        """)
        )
    facts = """
        SELECT pg_get_userbyid(datdba), datacl::text, datconnlimit, encoding, datcollate, datctype,
               shobj_description(oid, 'pg_database'),
               array(SELECT ROW(setrole::regrole, setconfig)::text FROM pg_db_role_setting
                     WHERE setdatabase = d.oid ORDER BY setrole)
        FROM pg_database d WHERE datname = current_database()
    """

    def read() -> object:
        with psycopg.connect(target) as connection:
            return connection.execute(facts).fetchone(), connection.execute(
                "SELECT current_setting('search_path'), current_setting('my.own')"
            ).fetchone()

    before = read()
    swap_snapshot(SwapOptions(target, tmp_path / "s", confirm=True))
    after = read()
    assert after == before
    with psycopg.connect(target, autocommit=True) as connection:
        connection.execute(sql.SQL(f"ALTER DATABASE {name}__previous OWNER TO postgres"))
        connection.execute(sql.SQL(f"ALTER DATABASE {name} OWNER TO postgres"))
        connection.execute(sql.SQL(f"REVOKE ALL ON DATABASE {name} FROM {role}"))
        connection.execute(sql.SQL(f"REVOKE ALL ON DATABASE {name}__previous FROM {role}"))
        for other in (name, f"{name}__previous"):
            connection.execute(sql.SQL(f"ALTER ROLE {role} IN DATABASE {other} RESET ALL"))
        connection.execute(sql.SQL(f"DROP ROLE {role}"))


def test_nothing_is_switched_if_the_build_fails(database: Database, tmp_path: Path) -> None:
    source, target = database(), database()
    filled(source)
    filled(target, 10, "old")
    create_snapshot(CreateOptions(source, tmp_path / "s", formats=("archive",)))
    before = content(target)
    manifest = tmp_path / "s" / FILE_NAME
    document = json.loads(manifest.read_bytes())
    (table,) = document["tables"]
    manifest.write_bytes(
        manifest.read_bytes().replace(table["checksum"].encode(), b"0" * len(table["checksum"]))
    )
    reseal_manifest(manifest)
    with pytest.raises(ContentDiffers):
        swap_snapshot(SwapOptions(target, tmp_path / "s", confirm=True))
    assert content(target) == before
    assert beside(target) == []


def reseal_manifest(path: Path) -> None:
    import hashlib

    body = path.read_bytes().rpartition(b',\n  "sha256": "')[0]
    path.write_bytes(
        body + b',\n  "sha256": "' + hashlib.sha256(body).hexdigest().encode() + b'"\n}\n'
    )


@pytest.fixture
def building(
    database: Database, tmp_path: Path
) -> Iterator[tuple[str, str, subprocess.Popen[str]]]:
    """Source, target, and a swap that is loading the rows; two seconds more, in COPY."""
    source, target = database(), database()
    filled(source)
    with psycopg.connect(source, autocommit=True) as connection:
        connection.execute("CREATE TABLE slow (id int CHECK (pg_sleep(2) IS NOT NULL))")
        connection.execute("INSERT INTO slow VALUES (1)")
    filled(target, 10, "old")
    create_snapshot(CreateOptions(source, tmp_path / "s", formats=("archive",)))
    words = ["restore", str(tmp_path / "s"), "-d", target, "--strategy", "swap", "--confirm"]
    with subprocess.Popen(
        [*COMMAND, *words], stderr=subprocess.PIPE, text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # nohup … & ignores it
    ) as process:  # fmt: skip
        while not incoming(target):
            assert process.poll() is None, process.communicate()[1]
            time.sleep(0.005)
        yield source, target, process


def test_an_interrupted_build_is_removed_by_the_next(
    building: tuple[str, str, subprocess.Popen[str]], tmp_path: Path
) -> None:
    source, target, process = building
    before = content(target)
    process.kill()
    process.communicate()
    assert content(target) == before
    [left] = incoming(target)
    findings = plan_swap(SwapOptions(target, tmp_path / "s")).findings
    assert any(left in f.text and "interrupted" in f.text for f in findings)
    swap_snapshot(SwapOptions(target, tmp_path / "s", confirm=True))
    assert differences(source, target) == []
    assert beside(target) == ["previous"]


@pytest.mark.parametrize("after", [0, 0.02, 0.05, 0.5])
def test_an_interrupt_leaves_nothing_beside(
    after: float, building: tuple[str, str, subprocess.Popen[str]]
) -> None:
    _, target, process = building
    before = content(target)
    time.sleep(after)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130, said
    assert "Traceback" not in said
    assert content(target) == before
    assert beside(target) == []


def test_refusals(database: Database, tmp_path: Path) -> None:
    source, target = database(), database()
    filled(source)
    filled(target, 10, "old")
    before = content(target)
    create_snapshot(CreateOptions(source, tmp_path / "s", formats=("archive",)))
    create_snapshot(
        CreateOptions(
            source, tmp_path / "part", formats=("archive",), selection=Selection(tables=("t",))
        )
    )
    with pytest.raises(NotConfirmed):
        swap_snapshot(SwapOptions(target, tmp_path / "s"))
    with pytest.raises(TargetProtected):
        swap_snapshot(
            SwapOptions(target, tmp_path / "s", confirm=True, guard=Guard(protected=("t*",)))
        )
    with pytest.raises(NotReady) as raised:
        swap_snapshot(SwapOptions(target, tmp_path / "part", confirm=True))
    assert "some schemas or tables only" in str(raised.value.details)
    with pytest.raises(UsageError, match="nothing has been swapped"):
        roll_back(ChangeOptions(target, confirm=True))
    role = f"plain_{os.getpid()}"
    name = name_of(target)
    with psycopg.connect(target, autocommit=True) as connection:
        connection.execute(sql.SQL(f"CREATE ROLE {role} LOGIN"))
        connection.execute(sql.SQL(f"ALTER DATABASE {name} OWNER TO {role}"))
        connection.execute(sql.SQL(f"GRANT ALL ON ALL TABLES IN SCHEMA public TO {role}"))
    with pytest.raises(NotReady) as raised:
        swap_snapshot(
            SwapOptions(target.replace("postgres:@", f"{role}@"), tmp_path / "s", confirm=True)
        )
    assert "CREATEDB" in str(raised.value.details)
    with psycopg.connect(target, autocommit=True) as connection:
        connection.execute(sql.SQL(f"ALTER ROLE {role} CREATEDB"))
    # an owner who may create databases needs nothing else
    swap_snapshot(
        SwapOptions(target.replace("postgres:@", f"{role}@"), tmp_path / "s", confirm=True)
    )
    assert content(target) != before
    with psycopg.connect(target, autocommit=True) as connection:
        connection.execute(sql.SQL(f"REASSIGN OWNED BY {role} TO postgres"))
        connection.execute(sql.SQL(f"DROP OWNED BY {role}"))
    with psycopg.connect(named(target, "previous"), autocommit=True) as connection:
        connection.execute(sql.SQL(f"DROP OWNED BY {role}"))
        connection.execute(sql.SQL(f"DROP ROLE {role}"))


def test_warm(database: Database, tmp_path: Path) -> None:
    source, target = database(), database()
    filled(source)
    filled(target, 10, "old")
    create_snapshot(CreateOptions(source, tmp_path / "s", formats=("archive",)))
    options = SwapOptions(target, tmp_path / "s", confirm=True, warm=True)
    clone = warm_clone(options)
    assert warm_clone(options) == clone  # it is there already
    assert [name for name, _ in list_clones(target)[1]] == [clone]
    (tmp_path / "s" / "archive").rename(tmp_path / "gone")  # only the clone is needed now
    report = swap_snapshot(options)
    assert report.cloned
    assert differences(source, target) == []
    assert list_clones(target)[1] == []
    (tmp_path / "gone").rename(tmp_path / "s" / "archive")
    assert not swap_snapshot(options).cloned  # none was ready: one was built
    warm_clone(options)
    with psycopg.connect(source, autocommit=True) as connection:
        connection.execute("UPDATE t SET v = 'newer'")
    create_snapshot(CreateOptions(source, tmp_path / "s", formats=("archive",)))
    assert plan_swap(options).clone is None  # that is another snapshot
    swap_snapshot(options)
    assert differences(source, target) == []
    assert drop_clones(ChangeOptions(target)) == [clone]
    assert beside(target) == ["previous"]


def test_the_command_line(database: Database, tmp_path: Path) -> None:
    source, target = database(), database()
    filled(source)
    filled(target, 10, "old")

    def run(*words: str) -> dict[str, object]:
        done = subprocess.run(
            [*COMMAND, *words, "-d", target, "--json"], capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return dict(json.loads(done.stdout))

    create_snapshot(CreateOptions(source, tmp_path / "s", formats=("archive",)))
    seed = str(tmp_path / "s")
    planned = run("restore", seed, "--strategy", "swap", "--plan")
    assert (planned["strategy"], planned["clone"]) == ("swap", None)
    assert run("restore", seed, "--strategy", "swap", "--confirm")["strategy"] == "swap"
    assert differences(source, target) == []
    assert "clone" in run("warm", seed)
    assert len(run("warm", "--list")["clones"]) == 1  # type: ignore[arg-type]
    assert run("restore", seed, "--strategy", "warm", "--confirm")["strategy"] == "warm"
    deadline = time.monotonic() + 30
    while not run("warm", "--list")["clones"]:  # the next one is made in the background
        assert time.monotonic() < deadline
    assert run("warm", "--drop")["dropped"]
    run("rollback", "--confirm")
    assert differences(source, target) == []
    done = subprocess.run(
        [*COMMAND, "restore", seed, "-d", target, "--strategy", "swap", "--data-only", "--confirm"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert "--strategy transaction" in done.stderr


def test_under_load_each_transaction_is_in_one_database(database: Database, tmp_path: Path) -> None:
    """20 clients write pairs of rows; what was confirmed is in the old or the new, never half."""
    source, target = database(), database()
    for url in (source, target):
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("CREATE TABLE pairs (client int, number int, half int)")
    create_snapshot(CreateOptions(source, tmp_path / "s", formats=("archive",)))
    stop = threading.Event()
    confirmed: list[set[int]] = [set() for _ in range(20)]

    def write(client: int) -> None:
        number = 0
        while not stop.is_set():
            with suppress(psycopg.OperationalError), psycopg.connect(target) as connection:
                while not stop.is_set():
                    number += 1
                    for half in (1, 2):
                        connection.execute(
                            "INSERT INTO pairs VALUES (%s, %s, %s)", [client, number, half]
                        )
                    connection.commit()
                    confirmed[client].add(number)

    threads = [threading.Thread(target=write, args=(client,)) for client in range(20)]
    for thread in threads:
        thread.start()
    time.sleep(0.5)
    swap_snapshot(SwapOptions(target, tmp_path / "s", confirm=True))
    time.sleep(0.5)
    stop.set()
    for thread in threads:
        thread.join()
    found: dict[str, set[tuple[int, int]]] = {}
    for url in (target, named(target, "previous")):
        with psycopg.connect(url) as connection:
            halves = connection.execute(
                "SELECT client, number, count(*) FROM pairs GROUP BY 1, 2"
            ).fetchall()
        assert {count for _, _, count in halves} == {2}
        found[url] = {(client, number) for client, number, _ in halves}
    new, old = found[target], found[named(target, "previous")]
    assert new
    assert old
    assert not new & old
    wanted = {(client, n) for client, numbers in enumerate(confirmed) for n in numbers}
    assert wanted <= new | old
