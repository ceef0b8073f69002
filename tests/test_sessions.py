"""A session of ours is exact whatever role, database or server say, and tells no secrets."""

from __future__ import annotations

import hashlib
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest
from databases import build
from equality import content, differences
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from snapshot.cli.settings import shown_url
from snapshot.create import CreateOptions, create_snapshot
from snapshot.errors import (
    ConnectionFailed,
    ContentDiffers,
    ForeignKeysViolated,
    SnapshotError,
    UsageError,
)
from snapshot.planning.ledger import CREATE_LEDGER
from snapshot.planning.restore_plan import PlanOptions
from snapshot.planning.selection import Selection
from snapshot.postgres.connection import (
    connect,
    connected,
    consistent_read,
    role_search_path,
    scalar,
    secret_parameters,
)
from snapshot.postgres.introspect import read_catalog
from snapshot.postgres.programs import called_with
from snapshot.postgres.urls import libpq_conninfo
from snapshot.postgres.violations import find_violations
from snapshot.restore import RestoreOptions, plan_restore, restore_snapshot
from snapshot.restorers import parallel
from snapshot.safety.backups import BackupOptions
from snapshot.store.layout import DATA_SQL
from snapshot.store.manifest import FILE_NAME, FORMATS, FileEntry, dump_manifest, load_manifest
from snapshot.swap import SwapOptions, swap_snapshot
from snapshot.verify import verify_snapshot

Database = Callable[..., str]
NONE = BackupOptions(keep=False)
PATH = "SELECT pg_catalog.current_setting('search_path')"
SECRET = "Hidden-7531"


def execute(url: str, *statements: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement)


# --- the search_path


@pytest.mark.parametrize("options", ["", "&options=-c%20search_path%3Dpg_temp,public"])
def test_the_path_is_empty_and_stays_so(database: Database, options: str) -> None:
    url = database(18)
    name = conninfo_to_dict(url)["dbname"]
    execute(url, f"ALTER DATABASE {name} SET search_path = public, pg_catalog")
    with connected(url + options) as connection:
        assert scalar(connection, PATH) == ""
        with connection.transaction(force_rollback=True), role_search_path(connection):
            expected = "pg_temp,public" if options else "public, pg_catalog"
            assert scalar(connection, PATH) == expected
        assert scalar(connection, PATH) == ""
        with (
            pytest.raises(psycopg.errors.DivisionByZero),
            connection.transaction(),
            role_search_path(connection),
        ):
            connection.execute("SELECT 1/0")
        assert scalar(connection, PATH) == ""
        with connection.transaction():
            with role_search_path(connection):
                pass
            assert scalar(connection, PATH) == ""


def test_authors_find_names_as_their_own_sessions_do(database: Database) -> None:
    url = database(18)
    execute(
        url,
        "CREATE SCHEMA app; CREATE TABLE app.t (id int)",
        f"ALTER DATABASE {conninfo_to_dict(url)['dbname']} SET search_path = app",
    )
    with connected(url) as connection, connection.transaction(), role_search_path(connection):
        assert scalar(connection, "SELECT count(*) FROM t") == 0


class Pooler:
    """Stands between client and server, and gives sessions a number of its own, as poolers do."""

    def __init__(self, server: Path) -> None:
        self._server = server
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            server = socket.socket(socket.AF_UNIX)
            server.connect(str(self._server))
            for one, other, change in ((client, server, False), (server, client, True)):
                pump = threading.Thread(target=self._pump, args=(one, other, change), daemon=True)
                pump.start()

    @staticmethod
    def _pump(one: socket.socket, other: socket.socket, change: bool) -> None:
        with one, other:
            Pooler._copy(one, other, change)

    @staticmethod
    def _copy(one: socket.socket, other: socket.socket, change: bool) -> None:
        while data := _received(one):
            if change and (place := data.find(b"K\0\0\0\x0c")) >= 0:  # BackendKeyData
                data = data[: place + 5] + b"\0\0\0\1" + data[place + 9 :]
                change = False
            other.sendall(data)


def _received(link: socket.socket) -> bytes:
    try:
        return link.recv(65536)
    except OSError:  # the other direction has ended
        return b""


def test_a_poolers_sessions_are_left_as_they_are(database: Database, tmp_path: Path) -> None:
    url = database(16)
    parts = conninfo_to_dict(url)
    execute(url, "CREATE TABLE t (id int PRIMARY KEY)", "INSERT INTO t VALUES (1)",
            f"ALTER DATABASE {parts['dbname']} SET statement_timeout = '1min'")  # fmt: skip
    pooler = Pooler(Path(str(parts["host"]), ".s.PGSQL.5432"))
    through = f"postgresql://postgres@127.0.0.1:{pooler.port}/{parts['dbname']}?sslmode=disable"
    try:
        with connected(through) as connection:
            assert connection.info.backend_pid == 1
            assert scalar(connection, PATH) == '"$user", public'
            assert scalar(connection, "SHOW statement_timeout") == "1min"
            with consistent_read(connection):
                assert scalar(connection, PATH) == ""
                assert scalar(connection, "SHOW statement_timeout") == "0"
            assert scalar(connection, PATH) == '"$user", public'
        create_snapshot(CreateOptions(through, tmp_path, formats=FORMATS))
        restore_snapshot(RestoreOptions(through, tmp_path, confirm=True, backup=NONE))
    finally:
        pooler.close()
    assert content(url) == {"('public', 't')": [b"1\n"]}


# --- timeouts

IMPATIENT = {
    "statement_timeout": "60",
    "idle_session_timeout": "150",
    "idle_in_transaction_session_timeout": "150",
    "transaction_timeout": "150",
    "lock_timeout": "1",
    "default_transaction_isolation": "serializable",
    "default_transaction_deferrable": "on",
}


class Slow:
    """Progress that takes its time, while the sessions are idle."""

    def __init__(self) -> None:
        self._steps = 0

    def expect(self, rows: int) -> None:
        pass

    def step(self, title: str) -> None:
        time.sleep(0.25)

    def table(self, name: str) -> None:
        self._steps += 1
        if self._steps < 3:
            time.sleep(0.25)

    def advance(self, rows: int, size: int) -> None:
        pass


@pytest.mark.parametrize("version", [13, 18])
def test_timeouts_of_a_role_end_nothing(database: Database, tmp_path: Path, version: int) -> None:
    source, target, seed = database(version), database(version), tmp_path / "seed"
    build(source, "cuebe")
    role = f"impatient_{os.getpid()}"
    execute(source, f"CREATE ROLE {role} LOGIN SUPERUSER")
    try:
        with psycopg.connect(source, autocommit=True) as connection:
            known = {n for (n,) in connection.execute("SELECT name FROM pg_settings")}
            for name, value in IMPATIENT.items():
                if name in known:
                    connection.execute(sql.SQL(f"ALTER ROLE {role} SET {name} = '{value}'"))
        mine, other = (url.replace("postgres:@", f"{role}@") for url in (source, target))
        create_snapshot(CreateOptions(mine, seed, formats=FORMATS), Slow())
        restore_snapshot(RestoreOptions(other, seed, confirm=True), progress=Slow())
        restore_snapshot(RestoreOptions(other, seed, confirm=True), progress=Slow())
        assert verify_snapshot(seed, other, Slow()).passed
        swap_snapshot(SwapOptions(other, seed, confirm=True), progress=Slow())
        assert content(source) == content(target)
    finally:
        with psycopg.connect(source, autocommit=True) as connection:
            for url in (source, target):
                with psycopg.connect(url, autocommit=True) as there:
                    there.execute(sql.SQL(f"REASSIGN OWNED BY {role} TO postgres"))
                    there.execute(sql.SQL(f"DROP OWNED BY {role}"))
            previous = conninfo_to_dict(target)["dbname"] + "__previous"
            connection.execute(sql.SQL(f"DROP DATABASE IF EXISTS {previous} WITH (FORCE)"))
            connection.execute(sql.SQL(f"DROP ROLE {role}"))


# --- secrets

UNDERSTOOD = {
    f"host=h user=u password={SECRET} dbname=x options='-c app.url=http://c'": SECRET,
    f"host=h user=u password=http://{SECRET} dbname=x": f"http://{SECRET}",
    f"host=h dbname=postgresql://x password='{SECRET} ://'": f"{SECRET} ://",
    f"postgresql://u:{SECRET}@h/x": SECRET,
    f"postgres://u:{SECRET}@h/x": SECRET,
    f"postgresql+asyncpg://u:{SECRET}@h:5433/x": SECRET,
    f"postgresql://u:a%40{SECRET}%2F@h/x": f"a@{SECRET}/",
    f"postgresql://h/x?user=me@there&password={SECRET}@": f"{SECRET}@",
    f"postgresql://u:?{SECRET}@h/x": f"?{SECRET}",
}
NOT_UNDERSTOOD = [
    f"postgresql://u:{SECRET}://@127.0.0.1/x",
    f"postgresql://u:p@{SECRET}@127.0.0.1/x",
    f"postgresql://u:{SECRET}@p@127.0.0.1/x",
    f"postgresql://u:p/{SECRET}@127.0.0.1/x",
    f"postgresql://u:{SECRET}/p@127.0.0.1/x",
    f"postgresql://u:12/{SECRET}@127.0.0.1/x",
    f"postgresql://u:p@{SECRET}/p@127.0.0.1/x",
    f"postgresql://u:p@1:{SECRET}@127.0.0.1/x",
    f"postgresql://u:p@1,{SECRET}@127.0.0.1/x",
    f"postgresql://u:p@a?{SECRET}@127.0.0.1/x",
    f"postgresql://u:%zz{SECRET}@127.0.0.1/x",
    f"mysql://u:{SECRET}@127.0.0.1/x",
    f"mysql+driver://u:{SECRET}@127.0.0.1/x",
    f"POSTGRESQL://u:{SECRET}@127.0.0.1/x",
    f"host=127.0.0.1 passwort={SECRET}",
    f"host=127.0.0.1 password='{SECRET}",
    f"{SECRET}://x y",
    SECRET,
]


@pytest.mark.parametrize("url", UNDERSTOOD)
def test_a_password_may_hold_anything(url: str) -> None:
    assert conninfo_to_dict(libpq_conninfo(url))["password"] == UNDERSTOOD[url]
    assert SECRET not in shown_url(url)


@pytest.mark.parametrize("url", NOT_UNDERSTOOD)
def test_a_url_that_is_not_understood_is_not_repeated(url: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        libpq_conninfo(url)
    assert SECRET not in f"{caught.value} {caught.value.hint} {caught.value.details}"
    assert caught.value.__cause__ is None
    done = subprocess.run(
        [sys.executable, "-c", "from snapshot.cli import main; main()", "status", "-d", url],
        capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert SECRET not in done.stdout + done.stderr


@pytest.mark.parametrize(
    "parameters",
    [
        f"password={SECRET}",
        f"sslpassword={SECRET}",
        f"passfile=/tmp/{SECRET}",
        f"oauth_client_secret={SECRET} oauth_client_id=x oauth_issuer=https://example.com",
    ],
)
def test_no_secret_is_in_a_message(parameters: str) -> None:
    conninfo = f"host=127.0.0.1 port=1 user=u dbname=x {parameters}"
    with pytest.raises(ConnectionFailed) as caught:
        connect(conninfo)
    assert SECRET not in str(caught.value)
    assert SECRET not in shown_url(conninfo)


def test_no_secret_is_on_a_command_line() -> None:
    names = sorted(secret_parameters())
    assert {"password", "sslpassword", "oauth_client_secret", "passfile"} <= set(names)
    with called_with("host=h dbname=x " + " ".join(f"{name}={SECRET}" for name in names)) as called:
        line, environment = called
        assert SECRET not in line
        file = Path(environment["PGSERVICEFILE"])
        assert file.stat().st_mode & 0o077 == 0
        assert f"sslpassword={SECRET}\n" in file.read_text()
        assert "sslpassword" in psycopg.conninfo.conninfo_to_dict("sslpassword=x")
        assert environment["PGPASSWORD"] == SECRET
    assert not file.exists()


def test_programs_take_the_secrets_from_the_file(database: Database, tmp_path: Path) -> None:
    """pg_dump and psql connect with it; whatever processes run meanwhile, none shows a secret."""
    secret = f"Hidden-{tmp_path.name}"  # other tests may show theirs
    url = database(18)
    build(url, "cuebe")
    execute(
        url, "CREATE TABLE large AS SELECT g, repeat('x', 500) FROM generate_series(1, 20000) g"
    )
    seen: list[str] = []
    done = threading.Event()

    def watch() -> None:
        while not done.is_set():
            for process in Path("/proc").glob("[0-9]*/cmdline"):
                try:
                    seen.append(process.read_text(errors="replace"))
                except OSError:
                    continue

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        create_snapshot(
            CreateOptions(
                f"{url}&sslpassword={secret}&password={secret}", tmp_path, formats=("archive",)
            )
        )
    finally:
        done.set()
        watcher.join()
    assert any("pg_dump" in line and "service=" in line for line in seen)
    assert any("psql" in line and "service=" in line for line in seen)
    assert not [line for line in seen if secret in line]


def test_a_secret_beside_a_service_is_refused() -> None:
    with (
        pytest.raises(UsageError, match="beside a service") as caught,
        called_with(f"service=mine sslpassword={SECRET}"),
    ):
        pass
    assert SECRET not in str(caught.value)


# --- triggers on events


LOGGING = """
    CREATE TABLE ddl_log (n serial, tag text);
    CREATE TABLE t (id int PRIMARY KEY);
    CREATE FUNCTION quiet() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
    CREATE TRIGGER quiet BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION quiet();
    CREATE FUNCTION ev() RETURNS event_trigger LANGUAGE plpgsql AS
        $$ BEGIN INSERT INTO public.ddl_log (tag) VALUES (tg_tag); END $$;
    INSERT INTO t VALUES (1); INSERT INTO ddl_log (tag) VALUES ('mine');
    CREATE EVENT TRIGGER ev_log ON ddl_command_end EXECUTE FUNCTION ev()
"""


def rows(url: str) -> dict[str, object]:
    """All rows; a number that a sequence gave out is gone, whatever becomes of the transaction."""
    return {name: those for name, those in content(url).items() if "sequence" not in name}


def test_what_an_event_trigger_writes_is_not_passed_over(
    database: Database, tmp_path: Path
) -> None:
    """A superuser's restore switches it off; a plain owner cannot, and what it writes is found."""
    url, empty = database(18), database(18)
    seed = tmp_path / "seed"
    execute(url, LOGGING)
    create_snapshot(CreateOptions(url, seed))
    restore_snapshot(RestoreOptions(empty, seed, confirm=True))
    assert verify_snapshot(seed, empty).passed
    _, findings = plan_restore(RestoreOptions(url, seed))
    assert not any("ev_log" in str(finding) for finding in findings)
    restore_snapshot(RestoreOptions(url, seed, confirm=True, backup=NONE))
    assert verify_snapshot(seed, url).passed
    role = f"owner_{os.getpid()}"
    execute(url, f"CREATE ROLE {role} LOGIN; GRANT CREATE ON SCHEMA public TO {role}",
            *(f"ALTER TABLE {table} OWNER TO {role}" for table in ("t", "ddl_log")),
            f"GRANT pg_read_all_data TO {role}", "DELETE FROM ddl_log WHERE tag <> 'mine'")  # fmt: skip
    plain, before = url.replace("//postgres:", f"//{role}:"), rows(url)
    try:
        _, findings = plan_restore(RestoreOptions(plain, seed))
        assert any("ev_log" in str(finding) for finding in findings)
        with pytest.raises(ContentDiffers) as caught:
            restore_snapshot(RestoreOptions(plain, seed, confirm=True, backup=NONE))
        assert any("ddl_log" in line for line in caught.value.details)
        assert rows(url) == before
    finally:
        execute(url, "DROP EVENT TRIGGER ev_log", f"DROP OWNED BY {role} CASCADE; DROP ROLE {role}")


# --- violations, whatever else is restored and whatever the types


def change_rows(directory: Path, old: bytes, new: bytes) -> None:
    data = (directory / DATA_SQL).read_bytes()
    assert old in data
    data = data.replace(old, new)
    (directory / DATA_SQL).write_bytes(data)
    manifest = load_manifest(directory)
    entry = FileEntry(hashlib.sha256(data).hexdigest(), len(data))
    changed = replace(manifest, files={**manifest.files, DATA_SQL: entry})
    (directory / FILE_NAME).write_bytes(dump_manifest(changed))


def test_violations_are_named_where_the_ledger_comes_too(
    database: Database, tmp_path: Path
) -> None:
    source, target, seed = database(18), database(18), tmp_path / "seed"
    schema = "CREATE TABLE p (id int PRIMARY KEY); CREATE TABLE c (id int PRIMARY KEY, p int REFERENCES p)"
    for url in (source, target):
        execute(url, schema, "INSERT INTO p VALUES (1); INSERT INTO c VALUES (77, 1)")
    with psycopg.connect(source, autocommit=True) as connection:
        connection.execute(CREATE_LEDGER)
    create_snapshot(CreateOptions(source, seed, formats=("sql",)))
    change_rows(seed, b"\n77\t1\n", b"\n77\t5\n")
    before = content(target)
    with pytest.raises(ForeignKeysViolated) as caught:  # the manifest's sums are of other rows
        restore_snapshot(RestoreOptions(target, seed, confirm=True, backup=NONE, full=True))
    assert list(caught.value.details) == ["c.c_p_fkey: 1 row whose (p) is not in p: (5)"]
    assert content(target) == before


def test_keys_of_an_extensions_type_are_compared_as_it_compares(database: Database) -> None:
    url = database(15)
    execute(
        url,
        "CREATE EXTENSION citext; CREATE DOMAIN tag AS citext;"
        "CREATE TABLE p (id citext PRIMARY KEY, t tag UNIQUE, k int, v varchar UNIQUE, UNIQUE (k, t));"
        "CREATE TABLE c (p citext, t tag, k bigint, v text,"
        " CONSTRAINT a FOREIGN KEY (p) REFERENCES p NOT VALID,"
        " CONSTRAINT b FOREIGN KEY (k, t) REFERENCES p (k, t) NOT VALID,"
        " CONSTRAINT d FOREIGN KEY (v) REFERENCES p (v) NOT VALID);"
        "INSERT INTO p VALUES ('A', 'B', 1, 'x'); INSERT INTO c VALUES ('a', 'b', 1, 'x');"
        "SET session_replication_role = replica; INSERT INTO c VALUES ('z', 'b', 2, 'X')",
    )
    with connected(url) as connection:
        keys = [replace(fk, validated=True) for fk in read_catalog(connection).foreign_keys]
        lines = find_violations(connection, keys)
    assert lines == [
        "c.a: 1 row whose (p) is not in p: (z)",
        "c.b: 1 row whose (k, t) is not in p: (2, b)",
        "c.d: 1 row whose (v) is not in p: (X)",
    ]


def test_a_schema_is_replaced_where_views_and_enums_are_outside(
    database: Database, tmp_path: Path
) -> None:
    """The same definition has the same hash before and inside the transaction."""
    url = database(18)
    execute(
        url,
        "CREATE SCHEMA app; CREATE TABLE app.t (id int PRIMARY KEY); INSERT INTO app.t VALUES (1);"
        "CREATE TYPE mood AS ENUM ('a'); CREATE TABLE kept (m mood); CREATE VIEW v AS SELECT * FROM kept",
    )
    create_snapshot(CreateOptions(url, tmp_path, selection=Selection(schemas=("app",))))
    before = content(url)
    options = RestoreOptions(
        url, tmp_path, confirm=True, plan=PlanOptions(replace_schema=True), backup=NONE
    )
    restore_snapshot(options)
    assert content(url) == before


# --- several sessions


def test_a_failure_in_a_session_begins_nothing_more() -> None:
    begun: list[int] = []
    first = threading.Event()

    def job(number: int) -> None:
        begun.append(number)
        first.wait(30)

    with pytest.raises(SnapshotError), parallel._pool(1) as pool:  # noqa: PT012
        jobs = [pool.submit(job, number) for number in range(50)]
        while not begun:
            time.sleep(0.01)
        threading.Timer(0.2, first.set).start()
        raise SnapshotError("stopped")
    assert begun == [0]
    assert all(job.done() for job in jobs)


def test_a_swap_that_fails_early_is_over_early(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One table cannot be loaded: of the others that wait, none is."""
    monkeypatch.setattr(parallel, "MANY_ROWS", 1)
    source, target = database(18), database(18)
    execute(
        source,
        *(
            f"CREATE TABLE t{n:02} AS SELECT {n} AS a FROM generate_series(1, 10)"
            for n in range(30)
        ),
    )
    create_snapshot(CreateOptions(source, tmp_path, formats=("archive",)))
    loaded: list[str] = []
    original = parallel._load_table

    def spy(
        session: object, incoming: object, parts: object, entry: object, progress: object
    ) -> None:
        loaded.append(str(entry.name))  # type: ignore[attr-defined]
        if len(loaded) == 1:
            raise SnapshotError("stopped")
        original(session, incoming, parts, entry, progress)  # type: ignore[arg-type]

    monkeypatch.setattr(parallel, "_load_table", spy)
    with pytest.raises(SnapshotError, match="stopped"):
        swap_snapshot(SwapOptions(target, tmp_path, confirm=True, jobs=1))
    assert len(loaded) < 30
    assert differences(target, database(18)) == []
