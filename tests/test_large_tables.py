"""What is done to large tables: cut into chunks, read side by side, their indexes set aside."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import psycopg
import pytest
from databases import SCHEMAS, build, disturb
from equality import content, differences
from psycopg import sql

from snapshot import create
from snapshot.create import CreateOptions, create_snapshot
from snapshot.errors import DatabaseFailed, SnapshotError, UsageError
from snapshot.exporters import archive, sums
from snapshot.planning import restore_plan as plan
from snapshot.planning.restore_plan import PlanOptions
from snapshot.postgres.connection import Connection
from snapshot.restore import RestoreOptions, plan_restore, restore_snapshot
from snapshot.safety.backups import BackupOptions
from snapshot.store.manifest import load_manifest

NONE = BackupOptions(keep=False)
Database = Callable[..., str]

INDEXED = """
    CREATE TABLE parents (id int CONSTRAINT "the key" PRIMARY KEY, code text NOT NULL, name text,
        CONSTRAINT name_once UNIQUE (name) DEFERRABLE INITIALLY DEFERRED, UNIQUE (code));
    CREATE TABLE children (id int, parent int REFERENCES parents ON DELETE CASCADE, code text NOT NULL
        REFERENCES parents (code), r int4range, v text, EXCLUDE USING gist (r WITH &&));
    CREATE UNIQUE INDEX "odd "" name" ON children (id) INCLUDE (v) WHERE id > 0;
    CREATE INDEX lower ON children (lower(v) text_pattern_ops DESC NULLS LAST) WITH (fillfactor = 70);
    CREATE UNIQUE INDEX identity ON parents (code, id);
    ALTER TABLE parents REPLICA IDENTITY USING INDEX identity;
    ALTER TABLE parents CLUSTER ON "the key";
    CREATE INDEX statistics ON parents ((length(name)));
    ALTER INDEX statistics ALTER COLUMN 1 SET STATISTICS 700;
    COMMENT ON INDEX lower IS 'an index'; COMMENT ON CONSTRAINT "the key" ON parents IS 'a key';
    COMMENT ON INDEX "the key" IS 'its index';
    CREATE VIEW grouped AS SELECT id, name FROM parents GROUP BY id;
    ALTER TABLE children ADD CONSTRAINT unchecked FOREIGN KEY (id) REFERENCES parents NOT VALID;
    INSERT INTO parents SELECT g, 'c' || g, 'n' || g FROM generate_series(1, 300) g;
    SET CONSTRAINTS ALL IMMEDIATE;
    INSERT INTO children SELECT g, g, 'c' || g, int4range(g, g + 1), 'V' || g
        FROM generate_series(1, 300) g;
"""


@pytest.mark.parametrize("version", [13, 15, 18])
def test_indexes_are_set_aside_and_come_back_as_they_were(
    version: int, database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source, target = database(version), database(version)
    for url in (source, target):
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(sql.SQL(INDEXED))
    create_snapshot(CreateOptions(source, tmp_path / "s"))
    disturb(target)
    monkeypatch.setattr(plan, "MANY_ROWS", 300)
    options = RestoreOptions(target, tmp_path / "s", confirm=True, backup=NONE)
    steps = {s.title: len(s.statements) for s in plan_restore(options)[0].script.all_steps()}
    # not the key that a view leans on, the deferrable one, nor the one with a statistics target
    assert steps["Drop the indexes of large tables"] == 5
    restore_snapshot(options)
    assert differences(source, target) == []


@pytest.mark.parametrize("name", ["cuebe", *SCHEMAS])
@pytest.mark.parametrize("version", [13, 18])
def test_every_database_as_if_it_were_large(
    name: str, version: int, database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All foreign keys and indexes set aside, every table in several chunks read by others."""
    monkeypatch.setattr(plan, "MANY_ROWS", 0)
    monkeypatch.setattr(archive, "SMALL", 0)
    monkeypatch.setattr(archive, "CHUNK", 3000)
    source, target = database(version), database(version)
    build(source, name)
    create_snapshot(CreateOptions(source, tmp_path / "s", formats=("archive",)))
    restore_snapshot(RestoreOptions(target, tmp_path / "s", confirm=True, backup=NONE))
    assert differences(source, target) == []
    disturb(target)
    restore_snapshot(RestoreOptions(target, tmp_path / "s", confirm=True, backup=NONE))
    assert differences(source, target) == []


TYPED = """
    CREATE TYPE mood AS ENUM ('sad', 'it''s ok'); CREATE TYPE pair AS (a int, b text);
    CREATE DOMAIN positive AS int CHECK (VALUE > 0);
    CREATE TABLE safe (b bool, i2 int2, i4 int4, i8 int8, f4 float4, f8 float8, n numeric, t text,
        v varchar(9), c char(9), bt bytea, d date, tm time, tz timetz, ts timestamp, tstz timestamptz,
        iv interval, u uuid, j json, jb jsonb, ip inet, ci cidr, m macaddr, bi bit(3), vb varbit,
        p point, r int4range, tr tstzrange, ia int[], ta text[], m2 mood, po positive, tsv tsvector);
    INSERT INTO safe VALUES (true, -1, 2147483647, -9223372036854775808, 'NaN', '-0', 'NaN', E'tab\\t\\\\',
        'ü', 'padded', '\\x00ff', 'infinity', '24:00', '12:00+05:30', '-infinity', '2020-01-01 00:00+00',
        '1 mon -3 days 00:00:00.000001', '00000000-0000-0000-0000-000000000001', '{"a": 1.0}',
        '{"b": 1e400}', '10.0.0.1/8', '10.0.0.0/8', '08:00:2b:01:02:03', '101', '1', '(1,2.5)',
        '[1,10)', '[2020-01-01,)', '{{1,NULL},{3,4}}', '{"a,b",NULL,""}', 'it''s ok', 5,
        '''quoted '' word'':1A fat:2'); INSERT INTO safe (b) VALUES (NULL);
    INSERT INTO safe (n, f8) SELECT g * 1e-20, random() FROM generate_series(1, 50) g;
    CREATE TABLE odd_composite (p pair); INSERT INTO odd_composite VALUES ((1, 'x')), (NULL);
    CREATE TABLE odd_enums (m mood[]); INSERT INTO odd_enums VALUES ('{sad}');
    CREATE SCHEMA elsewhere; CREATE TABLE elsewhere.there (); SET search_path = elsewhere, public;
    CREATE TABLE public.odd_reg (r regclass); INSERT INTO odd_reg VALUES ('there');
    CREATE TABLE odd_money (m money); INSERT INTO odd_money VALUES (12.34);
    CREATE TABLE parted (id int, v text) PARTITION BY RANGE (id);
    CREATE TABLE parted_1 PARTITION OF parted FOR VALUES FROM (0) TO (700);
    CREATE TABLE parted_2 (v text, id int); ALTER TABLE parted ATTACH PARTITION parted_2 DEFAULT;
    INSERT INTO parted SELECT g, repeat('x', 100) FROM generate_series(1, 2000) g;
"""


@pytest.mark.parametrize("version", [13, 15, 18])
def test_binary_where_it_means_the_same_everywhere(
    version: int, database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archive, "SMALL", 20_000)
    monkeypatch.setattr(archive, "CHUNK", 20_000)
    source = database(version)
    with psycopg.connect(source, autocommit=True) as connection:
        connection.execute(sql.SQL(TYPED))
    create_snapshot(CreateOptions(source, tmp_path / "s", formats=("archive", "sql")))
    tables = {e.name.name: e for e in load_manifest(tmp_path / "s").tables}
    assert {name for name, entry in tables.items() if entry.binary} == {"safe", "parted"}
    assert sum(chunk.rows for chunk in tables["parted"].chunks) == 2000
    assert len(tables["parted"].chunks) == (1 if version < 14 else 18)
    for target in [database(other) for other in (13, 15, 18) if other >= version]:
        restore_snapshot(RestoreOptions(target, tmp_path / "s", confirm=True, backup=NONE))
        assert content(source) == content(target)


def test_binary_rows_are_not_put_into_other_types(database: Database, tmp_path: Path) -> None:
    source, target = database(), database()
    for url, type_ in ((source, "timestamp"), (target, "timestamptz")):
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(sql.SQL(f"CREATE TABLE t (at {type_})"))
            connection.execute("INSERT INTO t VALUES ('2020-01-01 00:00')")
    create_snapshot(CreateOptions(source, tmp_path / "s", formats=("archive", "sql")))
    data_only = PlanOptions(data_only=True)
    options = RestoreOptions(
        target, tmp_path / "s", confirm=True, plan=data_only, verify=False, backup=NONE
    )
    with pytest.raises(UsageError, match="other types") as raised:
        restore_snapshot(options)
    assert raised.value.details == (
        "column t.at: timestamp without time zone in the snapshot, "
        "timestamp with time zone in the target",
    )
    from_sql = PlanOptions(data_only=True, source_format="sql")
    restore_snapshot(
        RestoreOptions(
            target, tmp_path / "s", confirm=True, plan=from_sql, verify=False, backup=NONE
        )
    )
    with psycopg.connect(target, options="-c TimeZone=UTC") as connection:
        assert connection.execute("SELECT at::text FROM t").fetchall() == [
            ("2020-01-01 00:00:00+00",)
        ]


def test_rows_written_meanwhile_are_in_no_chunk(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All sessions read the same exported snapshot, however late they begin."""
    monkeypatch.setattr(archive, "SMALL", 0)
    monkeypatch.setattr(archive, "CHUNK", 8192)
    source, target = database(), database()
    with psycopg.connect(source, autocommit=True) as connection:
        connection.execute("CREATE TABLE t (id int, v text)")
        connection.execute(
            "INSERT INTO t SELECT g, repeat('x', 50) FROM generate_series(1, 2000) g"
        )

    class Meddling:
        """Changes rows as soon as the first chunk is there."""

        done = False

        def expect(self, rows: int) -> None: ...

        def step(self, title: str) -> None: ...

        def table(self, name: str) -> None: ...

        def advance(self, rows: int, size: int) -> None:
            if not self.done:
                self.done = True
                with psycopg.connect(source, autocommit=True) as other:
                    other.execute("UPDATE t SET v = 'late'")
                    other.execute("INSERT INTO t SELECT g FROM generate_series(1, 5000) g")

    before = content(source)
    create_snapshot(CreateOptions(source, tmp_path / "s", formats=("archive",), jobs=1), Meddling())
    restore_snapshot(RestoreOptions(target, tmp_path / "s", confirm=True, backup=NONE))
    assert content(target) == before
    assert content(source) != before


def test_a_reader_that_is_ended_fails_the_whole(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archive, "SMALL", 0)
    source = database()
    with psycopg.connect(source, autocommit=True) as connection:
        connection.execute("CREATE TABLE t (id int)")
        connection.execute("INSERT INTO t SELECT generate_series(1, 1000)")
        connection.execute("CREATE VIEW never AS SELECT 1")
    real = archive.copy_out_by_psql

    def ended(read: object, statement: str, write: Callable[[bytes], None]) -> int:
        slow = f"{statement} ; SELECT pg_terminate_backend(pg_backend_pid())"
        return real(read, slow, write)  # type: ignore[arg-type]

    monkeypatch.setattr(archive, "copy_out_by_psql", ended)
    with pytest.raises(DatabaseFailed, match="could not be read"):
        create_snapshot(CreateOptions(source, tmp_path / "s", formats=("archive",)))
    assert list(tmp_path.iterdir()) == []


def test_without_psql_a_remedy(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import snapshot.postgres.psql as module

    monkeypatch.setattr(archive, "SMALL", 0)
    monkeypatch.setattr(module, "find_pg_dump", lambda _: tmp_path / "pg_dump")
    source = database()
    with psycopg.connect(source, autocommit=True) as connection:
        connection.execute("CREATE TABLE t AS SELECT 1 AS id")
    with pytest.raises(SnapshotError, match="no psql beside") as raised:
        create_snapshot(CreateOptions(source, tmp_path / "s", formats=("archive",)))
    assert "postgresql-client" in raised.value.hint


SUMMED = """
    CREATE TABLE words (id int PRIMARY KEY, word text);
    INSERT INTO words SELECT g, repeat(md5(g::text), 4) FROM generate_series(1, 40000) g;
    CREATE TABLE few (id int PRIMARY KEY); INSERT INTO few VALUES (7);
    ANALYZE;
"""


@pytest.fixture
def summed(database: Database, monkeypatch: pytest.MonkeyPatch) -> tuple[str, list[int]]:
    """A database that is worth another session, and the sessions that compute checksums."""
    url = database()
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(sql.SQL(SUMMED))
    sessions: list[int] = []
    real = sums.content_checksum

    def noted(connection: Connection, *arguments: Any) -> tuple[int, str]:
        sessions.append(connection.info.backend_pid)
        return real(connection, *arguments)

    monkeypatch.setattr(sums, "content_checksum", noted)
    return url, sessions


@pytest.mark.parametrize("formats", [("sql", "json"), ("archive",)])
def test_checksums_beside_the_rows_are_those_after_them(
    formats: tuple[str, ...],
    summed: tuple[str, list[int]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    url, sessions = summed
    beside = create_snapshot(CreateOptions(url, tmp_path / "beside", formats=formats)).manifest
    assert len(sessions) == 2
    monkeypatch.setattr(sums, "_WORTH_IT", 1 << 40)
    after = create_snapshot(CreateOptions(url, tmp_path / "after", formats=formats)).manifest
    assert beside.tables == after.tables
    assert beside.tables[0].checksum != beside.tables[1].checksum != None  # noqa: E711
    first, second = set(sessions[:2]), set(sessions[2:])
    assert len(first) == len(second) == 1
    assert first != second


def test_checksums_wait_for_nobody_who_waits_for_us(
    summed: tuple[str, list[int]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A session that waits for our lock would stand before the one that computes checksums."""
    url, sessions = summed
    expected = create_snapshot(CreateOptions(url, tmp_path / "s")).manifest.tables
    sessions.clear()
    with psycopg.connect(url) as waiting, ThreadPoolExecutor(1) as executor:
        running: list[Future[Any]] = []
        real = create.write_schema

        def and_then(*arguments: Any) -> Any:
            statement = "LOCK TABLE words IN ACCESS EXCLUSIVE MODE"
            running.append(executor.submit(waiting.execute, statement))
            with psycopg.connect(url, autocommit=True) as other:
                while other.execute(WAITING).fetchone() != (1,):
                    time.sleep(0.01)
            return real(*arguments)

        monkeypatch.setattr(create, "write_schema", and_then)
        found = create_snapshot(CreateOptions(url, tmp_path / "s")).manifest.tables
        running[0].result()
    assert found == expected
    assert len(set(sessions)) == 2  # the first gave up


WAITING = "SELECT count(*) FROM pg_locks WHERE NOT granted AND mode = 'AccessExclusiveLock'"


def test_an_interrupt_ends_the_checksums(
    summed: tuple[str, list[int]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url, _ = summed
    asleep: list[Connection] = []

    def slow(connection: Connection, *_: Any) -> tuple[int, str]:
        asleep.append(connection)
        connection.execute("SELECT pg_catalog.pg_sleep(60)")
        raise AssertionError("nobody ended it")

    def interrupted(*_: Any) -> Any:
        while not asleep:
            time.sleep(0.01)
        raise KeyboardInterrupt

    monkeypatch.setattr(sums, "content_checksum", slow)
    monkeypatch.setattr(create, "write_rows", interrupted)
    with pytest.raises(KeyboardInterrupt):
        create_snapshot(CreateOptions(url, tmp_path / "s"))
    assert asleep[0].closed
    assert list(tmp_path.iterdir()) == []
