"""Which databases are written to, and what is kept of them."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest
from databases import build
from equality import content, differences, schema
from psycopg import sql

from snapshot.clear import ClearOptions, clear_database
from snapshot.create import CreateOptions, create_snapshot
from snapshot.errors import (
    DatabaseFailed,
    NotReady,
    Refused,
    SnapshotDamaged,
    SnapshotError,
    TargetProtected,
    UsageError,
)
from snapshot.planning.restore_plan import PlanOptions, RestoreMode
from snapshot.postgres.connection import connected
from snapshot.postgres.identity import read_identity
from snapshot.restore import RestoreOptions, plan_restore, restore_snapshot
from snapshot.safety.backups import BackupOptions, find_backups
from snapshot.safety.guard import Guard, TargetFacts, mark, objections
from snapshot.store.manifest import FORMATS, dump_manifest, load_manifest
from snapshot.undo import UndoOptions, undo_restore
from snapshot.verify import verify_snapshot

Database = Callable[..., str]
NEAR = TargetFacts("localhost", "app", True, None)


def database_name(url: str) -> str:
    return url.split("/")[3].split("?")[0]


@contextmanager
def a_role(url: str, servers: Callable[[int], str], options: str = "LOGIN") -> Iterator[str]:
    role = f"role_{os.getpid()}"
    with psycopg.connect(servers(18), autocommit=True) as admin:
        admin.execute(sql.SQL(f"CREATE ROLE {role} {options}"))
    try:
        yield role
    finally:
        for target in (url, servers(18)):
            with psycopg.connect(target, autocommit=True) as admin:
                admin.execute(sql.SQL(f"REASSIGN OWNED BY {role} TO postgres"))
                admin.execute(sql.SQL(f"DROP OWNED BY {role}"))
        with psycopg.connect(servers(18), autocommit=True) as admin:
            admin.execute(sql.SQL(f"DROP ROLE {role}"))


@pytest.fixture
def cuebe(database: Database, tmp_path: Path) -> tuple[str, Path]:
    url = database()
    build(url, "cuebe")
    create_snapshot(CreateOptions(url, tmp_path / "s", formats=FORMATS))
    return url, tmp_path / "s"


# --- the guard


@pytest.mark.parametrize(
    ("facts", "guard", "environ", "reasons"),
    [
        (NEAR, Guard(), {}, []),
        (replace(NEAR, environment="production"), Guard(), {}, ["environment: production"]),
        (replace(NEAR, environment="Prod"), Guard(allowed=("*",)), {}, ["environment: Prod"]),
        (replace(NEAR, environment="staging"), Guard(), {}, []),
        (NEAR, Guard(), {"APP_ENV": "production"}, ["APP_ENV=production"]),
        (NEAR, Guard(), {"NODE_ENV": "Production"}, ["NODE_ENV=Production"]),
        (NEAR, Guard(), {"ENVIRONMENT": "prod"}, ["ENVIRONMENT=prod"]),
        (NEAR, Guard(allowed=("*",)), {"APP_ENV": "live"}, ["APP_ENV=live"]),
        (NEAR, Guard(), {"APP_ENV": "development"}, []),
        (replace(NEAR, database="app_production"), Guard(), {}, ["*prod*"]),
        (replace(NEAR, host="db.PROD.example.com"), Guard(), {}, ["*prod*"]),
        (replace(NEAR, database="app_production"), Guard(protected=("x*",)), {}, []),
        (replace(NEAR, database="products"), Guard(allowed=("localhost/products",)), {}, []),
        (replace(NEAR, local=False, host="far"), Guard(), {}, ["far is not this machine"]),
        (replace(NEAR, local=False, host="far"), Guard(allowed=("far",)), {}, []),
        (replace(NEAR, local=False, host="far"), Guard(allowed=("far/other",)), {}, ["not this"]),
        (
            TargetFacts("prod", "app", False, "production"),
            Guard(),
            {"APP_ENV": "prod"},
            ["environment: production", "APP_ENV", "*prod*", "not this machine"],
        ),
        (
            TargetFacts("prod", "app", False, "production"),
            Guard(allow="prod/app"),
            {"APP_ENV": "prod"},
            [],
        ),
        (NEAR, Guard(allow="localhost/other"), {"APP_ENV": "prod"}, ["APP_ENV"]),
    ],
)
def test_objections(
    facts: TargetFacts, guard: Guard, environ: dict[str, str], reasons: list[str]
) -> None:
    found = objections(facts, guard, environ)
    assert len(found) == len(reasons)
    assert all(expected in reason for expected, reason in zip(reasons, found, strict=True))


def test_a_marked_database_is_not_written_to(cuebe: tuple[str, Path]) -> None:
    url, directory = cuebe
    name = database_name(url)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(sql.SQL(f"COMMENT ON DATABASE {name} IS 'ours'"))
    assert mark(url, None).environment is None
    assert mark(url, "staging").environment == "staging"
    assert mark(url, "production").environment == "production"
    with psycopg.connect(url) as connection:
        comment = connection.execute(
            "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = %s",
            [name],
        ).fetchone()
    assert comment == ("ours\n\nenvironment: production",) or comment == (
        "ours\nenvironment: production",
    )
    before = content(url)
    for attempt in (
        lambda: restore_snapshot(RestoreOptions(url, directory, confirm=True)),
        lambda: clear_database(ClearOptions(url, confirm=True)),
    ):
        with pytest.raises(TargetProtected) as caught:
            attempt()
        assert caught.value.exit_code == 3
        assert f"--allow localhost/{name}" in caught.value.hint
    assert content(url) == before
    assert any(
        f.blocking and f.subject == "target"
        for f in plan_restore(RestoreOptions(url, directory))[1]
    )
    guard = Guard(allow=f"localhost/{name}")
    restore_snapshot(RestoreOptions(url, directory, confirm=True, guard=guard))
    assert mark(url, None).environment == "production"


def test_the_mark_is_made_by_a_plain_owner_on_every_version(
    database: Database, servers: Callable[[int], str]
) -> None:
    for version in (13, 15, 18):
        assert mark(database(version), "production").environment == "production"


# --- undo


def test_undo_brings_back_rows(cuebe: tuple[str, Path]) -> None:
    url, directory = cuebe
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("UPDATE script_shares SET message = 'mine' WHERE link_slug IS NULL")
        connection.execute("DELETE FROM script_shares WHERE link_slug IS NOT NULL")
        connection.execute("REFRESH MATERIALIZED VIEW show_overview")
    mine = content(url)
    report = restore_snapshot(RestoreOptions(url, directory, confirm=True))
    assert report.backup is not None
    assert report.backup.parent.stat().st_mode & 0o077 == 0
    theirs = content(url)
    assert theirs != mine
    undo_restore(UndoOptions(url, confirm=True))
    assert content(url) == mine
    undo_restore(UndoOptions(url, confirm=True))
    assert content(url) == theirs


def test_undo_after_clear(cuebe: tuple[str, Path]) -> None:
    url, _ = cuebe
    before = content(url)
    assert clear_database(ClearOptions(url, confirm=True)).backup is not None
    assert content(url) != before
    undo_restore(UndoOptions(url, confirm=True))
    assert content(url) == before


def test_undo_brings_back_another_schema(cuebe: tuple[str, Path], database: Database) -> None:
    _, directory = cuebe
    url, twin = database(), database()
    script = """
        CREATE SCHEMA extra; CREATE TYPE public.user_role AS ENUM ('x');
        CREATE TABLE extra.t (id int PRIMARY KEY, r public.user_role);
        INSERT INTO extra.t VALUES (1, 'x');
        CREATE TABLE mine (id serial PRIMARY KEY); INSERT INTO mine DEFAULT VALUES;
        GRANT SELECT ON mine TO pg_monitor; COMMENT ON TABLE mine IS 'kept';
    """
    for target in (url, twin):
        with psycopg.connect(target, autocommit=True) as connection:
            connection.execute(sql.SQL(script))
    options = RestoreOptions(
        url, directory, confirm=True, plan=PlanOptions(replace_schema=True), allow_other_source=True
    )
    with pytest.raises(DatabaseFailed, match="outside the snapshot's schemas") as caught:
        restore_snapshot(options)
    assert caught.value.details == ("would be dropped: table column extra.t.r",)
    assert differences(twin, url) == []
    for target in (url, twin):
        with psycopg.connect(target, autocommit=True) as connection:
            connection.execute("ALTER TABLE extra.t DROP r")
    report = restore_snapshot(options)
    assert report.mode is RestoreMode.REPLACE_SCHEMA
    undo_restore(UndoOptions(url, confirm=True))
    assert differences(twin, url) == []
    with psycopg.connect(url) as connection:
        granted = connection.execute("SELECT has_table_privilege('pg_monitor', 'mine', 'SELECT')")
        assert granted.fetchone() == (True,)


def test_backups_are_limited(cuebe: tuple[str, Path]) -> None:
    url, directory = cuebe
    with pytest.raises(Refused, match="more than the 1 MB") as caught:
        restore_snapshot(
            RestoreOptions(
                url, directory, confirm=True, backup=BackupOptions(keep=True, megabytes=1)
            )
        )
    assert "--no-backup" in caught.value.hint
    names = []
    for _ in range(7):
        report = restore_snapshot(RestoreOptions(url, directory, confirm=True, full=True))
        assert report.backup is not None
        names.append(report.backup.name)
    with connected(url) as connection:
        kept = [backup.name for backup in find_backups(read_identity(connection))]
    assert kept == names[:-6:-1]
    undo_restore(UndoOptions(url, kept[2], confirm=True))
    with pytest.raises(UsageError, match="no safety snapshot 1999"):
        undo_restore(UndoOptions(url, "1999", confirm=True))


def test_nothing_is_deleted_without_a_backup(
    cuebe: tuple[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url, directory = cuebe
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "file"))
    before = content(url)
    with pytest.raises(SnapshotError, match="no safety snapshot could be kept") as caught:
        restore_snapshot(RestoreOptions(url, directory, confirm=True))
    assert "--no-backup" in caught.value.hint
    assert content(url) == before


def test_an_empty_database_needs_no_backup(cuebe: tuple[str, Path], database: Database) -> None:
    assert restore_snapshot(RestoreOptions(database(), cuebe[1], confirm=True)).backup is None


# --- pre-flight


def blocking(url: str, directory: Path, **plan: object) -> list[str]:
    options = RestoreOptions(url, directory, confirm=True, plan=PlanOptions(**plan))  # type: ignore[arg-type]
    found = [str(f) for f in plan_restore(options)[1] if f.blocking]
    before = content(url)
    with pytest.raises(NotReady) as caught:
        restore_snapshot(options)
    assert list(caught.value.details) == found
    assert caught.value.exit_code == 3
    assert content(url) == before
    return found


def test_tables_of_another_role(cuebe: tuple[str, Path], servers: Callable[[int], str]) -> None:
    url, directory = cuebe
    with a_role(url, servers) as role:
        with psycopg.connect(url, autocommit=True) as admin:
            admin.execute(sql.SQL(f"GRANT ALL ON ALL TABLES IN SCHEMA public TO {role}"))
            admin.execute(sql.SQL(f"GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO {role}"))
            admin.execute(sql.SQL(f"ALTER TABLE script_shares OWNER TO {role}"))
        theirs = url.replace("postgres:@", f"{role}@")
        found = blocking(theirs, directory)
        assert len(found) == 8
        assert '"userTable" belongs to another role → connect as its owner' in "\n".join(found)


def test_privileges_to_create(cuebe: tuple[str, Path], database: Database, tmp_path: Path,
                              servers: Callable[[int], str]) -> None:  # fmt: skip
    source, target = database(), database()
    with psycopg.connect(source, autocommit=True) as connection:
        connection.execute("CREATE SCHEMA app")
        connection.execute("CREATE TABLE app.t (id int)")
        connection.execute("CREATE TABLE public.t (id int)")
    create_snapshot(CreateOptions(source, tmp_path / "two"))
    with a_role(target, servers) as role:
        found = "\n".join(blocking(target.replace("postgres:@", f"{role}@"), tmp_path / "two"))
        assert "may not create schema app" in found
        assert "may not create objects in schema public" in found
        assert "GRANT CREATE ON DATABASE" in found


def edited_manifest(directory: Path, **changes: object) -> None:
    manifest = replace(load_manifest(directory), **changes)  # type: ignore[arg-type]
    (directory / "manifest.json").write_bytes(dump_manifest(manifest))


def test_missing_extensions(cuebe: tuple[str, Path], database: Database,
                            servers: Callable[[int], str]) -> None:  # fmt: skip
    _, directory = cuebe
    edited_manifest(directory, extensions={"no_such_thing": "1.0"})
    target = database()
    assert blocking(target, directory) == [
        "extensions: no_such_thing 1.0 is not installed on this server "
        "→ install it there (its package, or the provider's list of extensions)"
    ]


def test_too_few_locks(cuebe: tuple[str, Path], database: Database) -> None:
    _, directory = cuebe
    edited_manifest(directory, relations=1_000_000)
    (found,) = blocking(database(), directory)
    assert "1,000,000 locks in one transaction" in found
    assert "set max_locks_per_transaction = " in found


def test_a_full_disk(cuebe: tuple[str, Path], database: Database) -> None:
    _, directory = cuebe
    files = dict(load_manifest(directory).files)
    from snapshot.planning.preflight import examine
    from snapshot.planning.restore_plan import TargetState, build_plan
    from snapshot.postgres.facts import read_facts
    from snapshot.postgres.introspect import read_catalog
    from snapshot.store.reader import SnapshotFiles

    target = database()
    with connected(target) as connection:
        facts, catalog = read_facts(connection), read_catalog(connection)
    assert facts.free_bytes is None or facts.free_bytes > 0
    state = TargetState("x", "x", catalog, 0, {})
    plan = build_plan(
        SnapshotFiles(directory, load_manifest(directory)), state, PlanOptions(source_format="sql")
    )
    needed = files["data.sql"].size
    for free, stops in ((needed - 1, True), (needed, False), (None, False)):
        findings = examine(plan, replace(facts, free_bytes=free), False)
        assert [f.subject for f in findings if f.blocking] == (["disk"] if stops else [])
    standby = examine(plan, replace(facts, standby=True, subscriptions=("s",)), False)
    assert [f.subject for f in standby if f.blocking] == ["server", "replication"]


def test_a_read_only_database(cuebe: tuple[str, Path]) -> None:
    url, directory = cuebe
    found = blocking(url + "&options=-cdefault_transaction_read_only%3Don", directory)
    assert "default_transaction_read_only" in found[0]


def test_another_application(cuebe: tuple[str, Path], database: Database) -> None:
    _, directory = cuebe
    other = database()
    build(other, "self references")
    (found,) = blocking(other, directory, replace_schema=True)
    assert "another application: of the 1 tables here it knows 0" in found
    options = RestoreOptions(other, directory, confirm=True, plan=PlanOptions(replace_schema=True))
    restore_snapshot(replace(options, allow_other_source=True))
    assert len(content(other)) > 8


def test_a_newer_schema_and_an_older_server(database: Database, tmp_path: Path) -> None:
    newer, older = database(18), database(15)
    with psycopg.connect(newer, autocommit=True) as connection:
        connection.execute(
            "CREATE TABLE t (id int PRIMARY KEY, twice int GENERATED ALWAYS AS (id * 2))"
        )
        connection.execute("INSERT INTO t VALUES (1)")
    create_snapshot(CreateOptions(newer, tmp_path / "s"))
    (found,) = blocking(older, tmp_path / "s")
    assert "PostgreSQL 15 does not understand the schema" in found
    assert "table" in found
    assert " t: syntax error" in found
    with psycopg.connect(newer, autocommit=True) as connection:
        connection.execute("ALTER TABLE t DROP twice")
    create_snapshot(CreateOptions(newer, tmp_path / "s"))
    options = RestoreOptions(older, tmp_path / "s", confirm=True)
    notes = [str(f) for f in plan_restore(options)[1]]
    assert "version: PostgreSQL 15 understands the schema: it was tried" in notes
    assert restore_snapshot(options).mode is RestoreMode.CREATE
    assert schema(older) == schema(newer) or content(older) == content(newer)


# --- edits, digests, modes


def test_edited_json_becomes_the_truth(cuebe: tuple[str, Path], database: Database) -> None:
    url, directory = cuebe
    path = directory / "seed_data.json"
    text = path.read_text()
    assert "Rosalind Achterberg" in text
    path.write_text(text.replace("Rosalind Achterberg", "Rosalind Ångström"))
    with pytest.raises(SnapshotDamaged):
        restore_snapshot(RestoreOptions(url, directory, confirm=True))
    old = load_manifest(directory)
    restore_snapshot(RestoreOptions(url, directory, confirm=True, accept_edits=True))
    with psycopg.connect(url) as connection:
        found = connection.execute(
            """SELECT count(*) FROM "userTable" u WHERE u::text LIKE '%Rosalind Ångström%'"""
        )
        assert found.fetchone() == (1,)
    assert verify_snapshot(directory, url).passed
    assert "Rosalind Ångström" in (directory / "data.sql").read_text()
    assert "Rosalind Ångström" in (directory / "seed_data.json").read_text()
    assert load_manifest(directory).files["schema.json"] == old.files["schema.json"]
    other = database()
    for source_format in FORMATS:
        options = RestoreOptions(
            other, directory, confirm=True, plan=PlanOptions(source_format=source_format)
        )
        restore_snapshot(options)
        assert differences(url, other) == []


def test_an_edited_row_may_be_new(cuebe: tuple[str, Path]) -> None:
    url, directory = cuebe
    path = directory / "data.sql"
    lines = path.read_text().split("\n")
    first = next(
        n for n, line in enumerate(lines) if line.startswith('COPY "public"."script_shares"')
    )
    fields = lines[first + 1].split("\t")
    names = lines[first][lines[first].index("(") + 1 : lines[first].index(")")].split(", ")
    fields[names.index('"share_id"')] = "00000000-0000-0000-0000-000000004711"
    fields[names.index('"shared_with_user_id"')] = "\\N"
    fields[names.index('"link_slug"')] = "a-new-link"
    lines.insert(first + 2, "\t".join(fields))
    path.write_text("\n".join(lines))
    report = restore_snapshot(RestoreOptions(url, directory, confirm=True, accept_edits=True))
    assert report.manifest.rows == 406
    assert verify_snapshot(directory, url).passed
    with psycopg.connect(url) as connection:
        found = connection.execute(
            "SELECT count(*) FROM script_shares WHERE link_slug = 'a-new-link'"
        )
        assert found.fetchone() == (1,)


def test_refused_edits_change_nothing(cuebe: tuple[str, Path]) -> None:
    url, directory = cuebe
    path = directory / "seed_data.json"
    path.write_text(path.read_text().replace('"created_by":1', '"created_by":99999', 1))
    before = content(url)
    files = {p: p.read_bytes() for p in directory.rglob("*") if p.is_file()}
    with pytest.raises(Exception, match="violate"):
        restore_snapshot(RestoreOptions(url, directory, confirm=True, accept_edits=True))
    assert content(url) == before
    assert {p: p.read_bytes() for p in directory.rglob("*") if p.is_file()} == files
    assert [p.name for p in directory.parent.iterdir() if "incoming" in p.name] == []


def test_only_rows_may_be_edited(cuebe: tuple[str, Path]) -> None:
    url, directory = cuebe
    with pytest.raises(SnapshotDamaged, match="only edits of") as caught:
        restore_snapshot(RestoreOptions(url, directory, confirm=True, accept_edits=True))
    assert "without --accept-edits" in caught.value.hint
    for name in ("data.sql", "seed_data.json"):
        (directory / name).write_text(
            (directory / name).read_text().replace("rosalind", "rosalynd")
        )
    with pytest.raises(UsageError, match=r"both data\.sql and seed_data\.json"):
        restore_snapshot(RestoreOptions(url, directory, confirm=True, accept_edits=True))
    with (directory / "schema.sql").open("a") as file:
        file.write("\n-- edited")
    with pytest.raises(SnapshotDamaged) as caught:
        restore_snapshot(
            RestoreOptions(
                url,
                directory,
                confirm=True,
                plan=PlanOptions(source_format="sql"),
                accept_edits=True,
            )
        )
    assert any(line.startswith("schema.sql") for line in caught.value.details)


def test_the_expected_digest(cuebe: tuple[str, Path]) -> None:
    from snapshot.store.manifest import digest

    _, directory = cuebe
    right = digest(directory)
    assert verify_snapshot(directory, expected_digest=right.upper()).passed
    wrong = verify_snapshot(directory, expected_digest="0" * 64)
    assert wrong.damaged == (f"manifest.json: its SHA-256 is {right}, not the one expected",)


def test_rows_are_nobody_elses_to_read(cuebe: tuple[str, Path], tmp_path: Path) -> None:
    url, directory = cuebe

    def modes(folder: Path) -> dict[str, int]:
        return {
            str(p.relative_to(folder)): p.stat().st_mode & 0o777
            for p in folder.rglob("*")
            if p.is_file()
        }

    found = modes(directory)
    assert {name for name, mode in found.items() if mode != 0o600} == {
        ".gitattributes",
        "manifest.json",
        "schema.json",
        "schema.sql",
    }
    create_snapshot(CreateOptions(url, tmp_path / "open", formats=FORMATS, readable=True))
    assert set(modes(tmp_path / "open").values()) == {0o644}
