"""Damage and bad rows: a clear refusal, and a database that is as it was."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest
from databases import build, disturb
from equality import content, differences, run_psql
from psycopg import sql
from spoil import reseal

from snapshot.create import CreateOptions, create_snapshot
from snapshot.errors import (
    ConnectionFailed,
    ContentDiffers,
    DatabaseFailed,
    ForeignKeysViolated,
    NotConfirmed,
    Refused,
    SchemaDiffers,
    SnapshotDamaged,
    SnapshotError,
    UsageError,
)
from snapshot.planning.restore_plan import PlanOptions, RestoreMode
from snapshot.planning.selection import Selection
from snapshot.restore import RestoreOptions, restore_snapshot
from snapshot.safety.backups import BackupOptions
from snapshot.store.manifest import FORMATS, load_manifest

Database = Callable[..., str]
NONE = BackupOptions(keep=False)


def restore(url: str, directory: Path, confirm: bool = True, **plan: object) -> None:
    options = RestoreOptions(url, directory, confirm=confirm, plan=PlanOptions(**plan), backup=NONE)  # type: ignore[arg-type]
    restore_snapshot(options)


@pytest.fixture
def cuebe(database: Database, tmp_path: Path) -> tuple[str, Path]:
    """The demo database and its snapshot in all formats."""
    url = database()
    build(url, "cuebe")
    directory = tmp_path / "seed_data"
    create_snapshot(CreateOptions(url, directory, formats=FORMATS))
    return url, directory


DAMAGE = {
    "a flipped byte in data.sql": lambda d: flip(d / "data.sql"),
    "a flipped byte in schema.sql": lambda d: flip(d / "schema.sql"),
    "a flipped byte in a file that is not read": lambda d: flip(d / "advanced_seed.sql"),
    "a flipped byte in seed_data.json": lambda d: flip(d / "seed_data.json"),
    "a flipped byte in the archive": lambda d: flip(next((d / "archive").iterdir())),
    "a missing file": lambda d: (d / "data.sql").unlink(),
    "a missing manifest": lambda d: (d / "manifest.json").unlink(),
    "a truncated file": lambda d: os.truncate(d / "data.sql", 1000),
    "an empty manifest": lambda d: (d / "manifest.json").write_bytes(b""),
    "a manifest that is a list": lambda d: (d / "manifest.json").write_bytes(b"[]"),
    "a manifest without tables": lambda d: (d / "manifest.json").write_bytes(b'{"format": 1}'),
    "an extra file": lambda d: (d / "extra.sql").write_text("DROP TABLE x"),
    "swapped files": lambda d: swap(d / "data.sql", d / "advanced_seed.sql"),
    "a link": lambda d: link(d / "data.sql"),
    "a path out of the directory": lambda d: edit(d / "manifest.json", "data.sql", "../data.sql"),
    "lies about rows of a table": lambda d: edit(d / "manifest.json", '"rows":24', '"rows":"x"'),
}


def flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def swap(one: Path, other: Path) -> None:
    first, second = one.read_bytes(), other.read_bytes()
    one.write_bytes(second)
    other.write_bytes(first)


def link(path: Path) -> None:
    shutil.move(path, path.parent.parent / path.name)
    path.symlink_to(path.parent.parent / path.name)


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


@pytest.mark.parametrize("damage", DAMAGE)
def test_damage_is_found_before_the_database_is_touched(
    damage: str, cuebe: tuple[str, Path]
) -> None:
    url, directory = cuebe
    before = content(url)
    DAMAGE[damage](directory)
    with pytest.raises(SnapshotDamaged) as caught:
        restore(url, directory)
    assert caught.value.exit_code == 4
    assert caught.value.hint
    assert content(url) == before


def test_every_byte_is_covered(cuebe: tuple[str, Path], tmp_path: Path) -> None:
    _, directory = cuebe
    from snapshot.store.reader import open_snapshot

    for path in sorted(p for p in directory.rglob("*") if p.is_file() and p.name[0] != "."):
        data = path.read_bytes()
        for position in range(0, len(data), max(1, len(data) // 7)):
            changed = bytearray(data)
            changed[position] ^= 0x20
            path.write_bytes(changed)
            with pytest.raises(SnapshotDamaged):
                open_snapshot(directory)
        path.write_bytes(data)
    assert open_snapshot(directory).manifest.rows == 405


def test_a_newer_format_is_not_guessed_at(cuebe: tuple[str, Path]) -> None:
    url, directory = cuebe
    path = directory / "manifest.json"
    edit(path, '"format": 2', '"format": 99')
    body, end, _ = path.read_bytes().rpartition(b',\n  "sha256": "')
    seal = hashlib.sha256(body).hexdigest().encode()
    path.write_bytes(body + end + seal + b'"\n}\n')
    with pytest.raises(UsageError, match="format 99"):
        restore(url, directory)


def test_no_snapshot_there(database: Database, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no snapshot"):
        restore(database(), tmp_path / "nothing")


def break_keys(directory: Path, source_format: str) -> None:
    """Leave rows whose keys point nowhere: to the own table, and to others."""
    import orjson

    if source_format == "json":
        path = directory / "seed_data.json"
        lines = path.read_bytes().split(b"\n")
        for number, line in enumerate(lines):
            if line.startswith(b'{"user_id":7,'):
                row = orjson.loads(line.rstrip(b","))
                lines[number] = orjson.dumps(row | {"created_by": 777}) + b","
            if line.startswith(b'{"venue_id":3,'):
                row = orjson.loads(line.rstrip(b","))
                lines[number] = orjson.dumps(row | {"contact_user_id": 888}) + b","
        path.write_bytes(b"\n".join(lines))
    else:
        path = directory / "data.sql"
        text = path.read_text()
        before, _, rest = text.partition('COPY "public"."userTable"')
        header, _, rows = rest.partition("\n")
        names = header[header.index("(") + 1 : header.index(")")].replace('"', "").split(", ")
        lines = rows.split("\n")
        for number, line in enumerate(lines):
            fields = line.split("\t")
            if fields[0] in ("7", "8") and len(fields) == len(names):
                fields[names.index("created_by")] = "777"
                lines[number] = "\t".join(fields)
        path.write_text(before + 'COPY "public"."userTable"' + header + "\n" + "\n".join(lines))
    reseal(directory)


@pytest.mark.parametrize("many_rows", [1, 20_000])
@pytest.mark.parametrize("source_format", ["sql", "json"])
@pytest.mark.parametrize("mode", [RestoreMode.CREATE, RestoreMode.REPLACE_ROWS])
def test_violated_foreign_keys_are_all_listed(
    source_format: str,
    mode: RestoreMode,
    many_rows: int,
    cuebe: tuple[str, Path],
    database: Database,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("snapshot.planning.restore_plan.MANY_ROWS", many_rows)
    url, directory = cuebe
    target = url if mode is RestoreMode.REPLACE_ROWS else database()
    break_keys(directory, source_format)
    before = content(target)
    with pytest.raises(ForeignKeysViolated) as caught:
        restore(target, directory, source_format=source_format)
    details = "\n".join(caught.value.details)
    assert '"userTable"."userTable_created_by_fkey"' in details
    assert "(777)" in details
    if source_format == "json":
        assert '"venuesTable"."venuesTable_contact_user_id_fkey"' in details
        assert len(caught.value.details) == 2
    assert caught.value.exit_code == 1
    assert content(target) == before


def test_a_row_too_few_is_noticed(cuebe: tuple[str, Path]) -> None:
    url, directory = cuebe
    path = directory / "seed_data.json"
    lines = path.read_bytes().split(b"\n")
    last = next(n for n, line in enumerate(lines) if line.startswith(b'{"share_id":'))
    del lines[last]
    path.write_bytes(b"\n".join(lines))
    reseal(directory)
    before = content(url)
    with pytest.raises(ContentDiffers, match="script_shares received 39 rows"):
        restore(url, directory, source_format="json")
    assert content(url) == before


def test_changed_content_is_noticed_before_commit(cuebe: tuple[str, Path]) -> None:
    url, directory = cuebe
    edit(directory / "data.sql", "Rosalind Achterberg", "Rosalind Achterbirg")
    reseal(directory, keep_checksums=True)
    disturb(url)
    before = content(url)
    with pytest.raises(ContentDiffers) as caught:
        restore(url, directory, source_format="sql")
    assert "userTable" in caught.value.details[0]
    assert content(url) == before
    options = RestoreOptions(
        url,
        directory,
        confirm=True,
        plan=PlanOptions(source_format="sql"),
        verify=False,
        backup=NONE,
    )
    restore_snapshot(options)
    assert content(url) != before


BAD_JSON = {
    "a column too few": (b'"username":"rosalind",', b"", "lacks username"),
    "an unknown column": (b'"username":"rosalind"', b'"username":"rosalind","x":1', "has x"),
    "not JSON": (b'{"user_id":1,', b'{"user_id":1', "is not JSON"),
    "not an object": (b'{"user_id":1,', b'["user_id",1,', "row 1"),
    "NUL": (b'"rosalind"', b'"ros\\u0000alind"', "NUL"),
}


@pytest.mark.parametrize("kind", BAD_JSON)
def test_bad_json_names_the_row(kind: str, cuebe: tuple[str, Path]) -> None:
    url, directory = cuebe
    old, new, message = BAD_JSON[kind]
    path = directory / "seed_data.json"
    data = path.read_bytes()
    assert old in data
    path.write_bytes(data.replace(old, new, 1))
    reseal(directory)
    before = content(url)
    with pytest.raises(SnapshotDamaged, match=message):
        restore(url, directory, source_format="json")
    assert content(url) == before


def test_a_value_of_the_wrong_type(cuebe: tuple[str, Path]) -> None:
    url, directory = cuebe
    edit(directory / "seed_data.json", '"is_active":true', '"is_active":"perhaps"')
    reseal(directory)
    before = content(url)
    with pytest.raises(DatabaseFailed, match="perhaps"):
        restore(url, directory, source_format="json")
    assert content(url) == before


def test_another_schema_is_refused_with_its_differences(cuebe: tuple[str, Path]) -> None:
    url, directory = cuebe
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute('ALTER TABLE "showsTable" ADD extra int')
        connection.execute("DROP VIEW cue_sheet")
        connection.execute("CREATE TABLE another (id int)")
    before = content(url)
    with pytest.raises(SchemaDiffers) as caught:
        restore(url, directory)
    details = "\n".join(caught.value.details)
    assert "missing in the target: view cue_sheet" in details
    assert "only in the target: table another" in details
    assert 'only in the target: column extra of table "showsTable"' in details
    assert caught.value.exit_code == 3
    assert content(url) == before
    restore(url, directory, data_only=True)
    assert content(url) == before


def test_objects_in_the_way_are_listed(cuebe: tuple[str, Path], database: Database) -> None:
    _, directory = cuebe
    target = database()
    with psycopg.connect(target, autocommit=True) as connection:
        connection.execute("CREATE TYPE user_role AS ENUM ('x')")
    with pytest.raises(SchemaDiffers):
        restore(target, directory)
    restore(target, directory, replace_schema=True)
    assert differences(cuebe[0], target) == []


def test_data_only_needs_the_columns(cuebe: tuple[str, Path]) -> None:
    url, directory = cuebe
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute('ALTER TABLE "venuesTable" DROP capacity')
    before = content(url)
    with pytest.raises(SchemaDiffers) as caught:
        restore(url, directory, data_only=True)
    assert caught.value.details == ('missing in the target: column "venuesTable".capacity',)
    assert content(url) == before


def test_replacing_a_schema_takes_nothing_else_with_it(cuebe: tuple[str, Path]) -> None:
    url, directory = cuebe
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE SCHEMA other")
        connection.execute('CREATE VIEW other.v AS SELECT title FROM public."showsTable"')
    with pytest.raises(DatabaseFailed) as caught:
        restore(url, directory, replace_schema=True)
    assert caught.value.details == ("would be dropped: view other.v",)
    with psycopg.connect(url) as connection:
        assert len(connection.execute("SELECT * FROM other.v").fetchall()) == 8


def test_keys_from_tables_outside_are_kept(database: Database, tmp_path: Path) -> None:
    url = database()
    build(url, "cuebe")
    directory = tmp_path / "s"
    create_snapshot(
        CreateOptions(url, directory, selection=Selection(exclude_tables=("script_shares",)))
    )
    before = content(url)
    restore(url, directory)
    assert content(url) == before


def test_nothing_happens_unless_confirmed(cuebe: tuple[str, Path]) -> None:
    url, directory = cuebe
    disturb(url)
    before = content(url)
    with pytest.raises(NotConfirmed) as caught:
        restore(url, directory, confirm=False)
    assert caught.value.exit_code == 3
    assert content(url) == before
    options = RestoreOptions(url, directory)
    seen = []
    with pytest.raises(NotConfirmed):
        restore_snapshot(options, approve=lambda plan: seen.append(plan) or False)
    assert sum(seen[0].deleted.values()) == 0
    assert content(url) == before


def test_two_restores_at_once_do_not_mix(cuebe: tuple[str, Path], tmp_path: Path) -> None:
    url, directory = cuebe
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("DELETE FROM script_shares")
    other = tmp_path / "other"
    create_snapshot(CreateOptions(url, other))
    states = []
    for one in (directory, other):
        restore(url, one)
        states.append(content(url))
    failures: list[SnapshotError] = []

    def run(one: Path) -> None:
        try:
            restore(url, one)
        except SnapshotError as error:
            failures.append(error)

    threads = [threading.Thread(target=run, args=[one]) for one in (directory, other) * 3]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert content(url) in states


def test_a_locked_table_is_waited_for_and_named(cuebe: tuple[str, Path], monkeypatch) -> None:
    url, directory = cuebe
    monkeypatch.setattr("snapshot.postgres.connection.LOCK_TIMEOUT", "200ms")
    before = content(url)
    with psycopg.connect(url) as app:
        app.execute('LOCK TABLE "showsTable" IN ROW EXCLUSIVE MODE')  # as one who writes
        with pytest.raises(DatabaseFailed, match="lock") as caught:
            restore(url, directory)
    assert "stop the application" in caught.value.hint
    assert content(url) == before


def test_a_killed_backend_leaves_the_old_state(cuebe: tuple[str, Path]) -> None:
    url, directory = cuebe
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("DELETE FROM script_shares")
    before = content(url)
    with psycopg.connect(url, autocommit=True) as killer, psycopg.connect(url) as app:
        app.execute("SELECT FROM script_shares")  # the restore waits for this lock
        failures: list[SnapshotError] = []

        def run() -> None:
            try:
                restore(url, directory)
            except SnapshotError as error:
                failures.append(error)

        thread = threading.Thread(target=run)
        thread.start()
        deadline = time.monotonic() + 30
        while (
            time.monotonic() < deadline
            and not killer.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname ="
                " current_database() AND application_name = 'snapshot' AND wait_event_type = 'Lock'"
            ).fetchall()
        ):
            time.sleep(0.01)
        thread.join()
    assert isinstance(failures[0], ConnectionFailed)
    assert content(url) == before
    restore(url, directory)


def test_the_owner_needs_no_superuser(
    cuebe: tuple[str, Path], database: Database, servers: Callable[[int], str]
) -> None:
    url, directory = cuebe
    target = database()
    role = f"owner_{os.getpid()}"
    name = psycopg.conninfo.conninfo_to_dict(target)["dbname"]
    with psycopg.connect(servers(18), autocommit=True) as admin:
        admin.execute(sql.SQL("CREATE ROLE {} LOGIN").format(sql.Identifier(role)))
        admin.execute(sql.SQL(f"ALTER DATABASE {name} OWNER TO {role}"))
    try:
        owned = target.replace("postgres:@", f"{role}@")
        for _ in range(2):
            for source_format in FORMATS:
                restore(owned, directory, source_format=source_format)
                assert differences(url, target) == []
        restore(owned, directory, replace_schema=True)
        assert differences(url, target) == []
        again = directory.parent / "again"
        create_snapshot(CreateOptions(owned, again, formats=FORMATS))
        assert (again / "data.sql").read_bytes() == (directory / "data.sql").read_bytes()
    finally:
        with psycopg.connect(servers(18), autocommit=True) as admin:
            admin.execute(sql.SQL(f"DROP DATABASE {name} WITH (FORCE)"))
            admin.execute(sql.SQL(f"DROP ROLE {role}"))


def test_rows_hidden_by_a_policy_are_not_left_out_silently(
    database: Database, tmp_path: Path, servers: Callable[[int], str]
) -> None:
    url = database()
    build(url, "row security")
    role = f"reader_{os.getpid()}"
    with psycopg.connect(url, autocommit=True) as admin:
        admin.execute(sql.SQL(f"CREATE ROLE {role} LOGIN"))
        admin.execute(sql.SQL(f"GRANT ALL ON r TO {role}"))
    try:
        with pytest.raises(DatabaseFailed, match="row-level security"):
            create_snapshot(CreateOptions(url.replace("postgres:@", f"{role}@"), tmp_path / "s"))
        assert not (tmp_path / "s").exists()
    finally:
        with psycopg.connect(url, autocommit=True) as admin:
            admin.execute(sql.SQL(f"DROP OWNED BY {role}"))
            admin.execute(sql.SQL(f"DROP ROLE {role}"))


def test_a_failed_create_leaves_the_old_snapshot(cuebe: tuple[str, Path]) -> None:
    url, directory = cuebe
    files = {p: p.read_bytes() for p in directory.rglob("*") if p.is_file()}
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE FUNCTION boom() RETURNS int LANGUAGE sql AS 'SELECT 1/0'")
        connection.execute("CREATE TABLE zz (id int)")
        connection.execute("INSERT INTO zz VALUES (1)")
        connection.execute("CREATE ROLE nobody_here")
        connection.execute("ALTER TABLE zz ENABLE ROW LEVEL SECURITY")
    with pytest.raises(SnapshotError):
        create_snapshot(CreateOptions(url + "&options=-crole%3Dnobody_here", directory))
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("DROP ROLE nobody_here")
    assert {p: p.read_bytes() for p in directory.rglob("*") if p.is_file()} == files
    assert [p.name for p in directory.parent.iterdir() if "incoming" in p.name] == []


def test_a_directory_of_something_else_is_left_alone(database: Database, tmp_path: Path) -> None:
    url = database()
    directory = tmp_path / "documents"
    directory.mkdir()
    (directory / "thesis.txt").write_text("years of work")
    with pytest.raises(Refused, match=r"thesis\.txt"):
        create_snapshot(CreateOptions(url, directory))
    assert (directory / "thesis.txt").read_text() == "years of work"


def test_hidden_files_survive(cuebe: tuple[str, Path]) -> None:
    url, directory = cuebe
    (directory / ".gitattributes").write_text("* -text")
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("DELETE FROM script_shares")
    assert create_snapshot(CreateOptions(url, directory, formats=FORMATS)).changed
    assert (directory / ".gitattributes").read_text() == "* -text"
    restore(url, directory)


@pytest.mark.parametrize(
    ("url", "error"),
    [
        ("postgresql://nobody:secret@127.0.0.1:1/x", ConnectionFailed),
        ("mysql://x:secret@y/z", UsageError),
        ("postgresql://user:sec%ret@host/x", UsageError),
        ("host=localhost secret", UsageError),
    ],
)
def test_no_message_holds_a_password(url: str, error: type[SnapshotError], tmp_path: Path) -> None:
    with pytest.raises(error) as caught:
        create_snapshot(CreateOptions(url, tmp_path / "s"))
    shown = f"{caught.value.message} {caught.value.hint} {caught.value.details}"
    assert "secret" not in shown
    assert "sec%ret" not in shown


def test_a_killed_create_leaves_nothing_for_long(cuebe: tuple[str, Path]) -> None:
    url, directory = cuebe
    before = {p.name: p.read_bytes() for p in directory.iterdir() if p.is_file()}
    code = (
        "import os, snapshot.create as c, sys; from pathlib import Path;"
        "c.read_sequences = lambda *a: os.kill(os.getpid(), 9);"
        "c.create_snapshot(c.CreateOptions(sys.argv[1], Path(sys.argv[2])))"
    )
    done = subprocess.run([sys.executable, "-c", code, url, str(directory)], check=False)
    assert done.returncode == -9
    assert len(list(directory.glob(".snapshot-incoming-*"))) == 1
    assert {p.name: p.read_bytes() for p in directory.iterdir() if p.is_file()} == before
    assert create_snapshot(CreateOptions(url, directory, formats=FORMATS)).changed is False
    assert [path.name for path in directory.glob(".*")] == [".gitattributes"]


def test_two_creates_at_once(cuebe: tuple[str, Path]) -> None:
    url, directory = cuebe
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("DELETE FROM script_shares")
    failures: list[BaseException] = []

    def run(formats: tuple[str, ...]) -> None:
        try:
            create_snapshot(CreateOptions(url, directory, formats=formats))
        except SnapshotError as error:
            failures.append(error)

    threads = [threading.Thread(target=run, args=[f]) for f in (("sql",), ("json",)) * 3]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert load_manifest(directory).rows == 365
    restore(url, directory)
    assert [path.name for path in directory.glob(".*")] == [".gitattributes"]


def test_the_psql_script_notices_lost_rows(cuebe: tuple[str, Path]) -> None:
    url, directory = cuebe
    path = directory / "advanced_seed.sql"
    lines = path.read_text().split("\n")
    del lines[next(n for n, line in enumerate(lines) if line.startswith("COPY")) + 5]
    path.write_text("\n".join(lines))
    before = content(url)
    with pytest.raises(AssertionError, match=r"has not received|foreign key"):
        run_psql(url, path)
    assert content(url) == before


def test_encodings(database: Database, tmp_path: Path) -> None:
    other = "ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0"
    latin, latin_too, utf8 = database(18, other), database(18, other), database()
    with psycopg.connect(latin, autocommit=True) as connection:
        connection.execute("CREATE TABLE t (id int PRIMARY KEY, v text)")
        connection.execute("INSERT INTO t VALUES (1, 'é'), (2, 'plain')")
    create_snapshot(CreateOptions(latin, tmp_path / "latin", formats=FORMATS))
    for source_format in FORMATS:
        for target in (latin_too, utf8):
            restore(target, tmp_path / "latin", source_format=source_format)
            with psycopg.connect(target) as connection:
                assert connection.execute("SELECT v FROM t ORDER BY id").fetchall() == [
                    ("é",),
                    ("plain",),
                ]
    create_snapshot(CreateOptions(utf8, tmp_path / "utf8"))
    with pytest.raises(Refused, match="the target's encoding is LATIN1, the snapshot's UTF8"):
        restore(latin_too, tmp_path / "utf8")


@pytest.mark.parametrize("damage", ["a truncated file", "an empty manifest", "a missing file"])
def test_a_damaged_snapshot_can_be_made_again(damage: str, cuebe: tuple[str, Path]) -> None:
    url, directory = cuebe
    DAMAGE[damage](directory)
    assert create_snapshot(CreateOptions(url, directory, formats=FORMATS)).changed
    restore(url, directory)


def test_files_beside_a_snapshot_are_not_deleted(cuebe: tuple[str, Path]) -> None:
    url, directory = cuebe
    (directory / "notes.txt").write_text("mine")
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("DELETE FROM script_shares")
    with pytest.raises(Refused, match=r"notes\.txt"):
        create_snapshot(CreateOptions(url, directory, formats=FORMATS))
    assert (directory / "notes.txt").read_text() == "mine"
