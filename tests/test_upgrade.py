"""snapshot upgrade: migrations of real frameworks, and everything that can go wrong with a command."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from textwrap import dedent
from typing import Any

import psycopg
import pytest
from equality import PROGRAMS, content, differences
from test_cli import run

from snapshot import (
    CreateOptions,
    RestoreOptions,
    Selection,
    UpgradeOptions,
    UpgradeReport,
    create_snapshot,
    restore_snapshot,
    upgrade_snapshot,
    verify_snapshot,
)
from snapshot.errors import CommandFailed, DatabaseFailed, Refused, TargetProtected
from snapshot.postgres.commands import environment
from snapshot.postgres.connection import connected
from snapshot.postgres.databases import url_of
from snapshot.postgres.locks import name_is_free
from snapshot.postgres.urls import scheme_of
from snapshot.safety.backups import BackupOptions
from snapshot.safety.guard import Guard
from snapshot.store.manifest import load_manifest

Database = Callable[..., str]

# the scratch databases of a server are counted

pytestmark = pytest.mark.xdist_group("upgrade")  # they look at all scratch databases of a server


def digests(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def scratch_databases(url: str) -> list[str]:
    """Those that nobody uses: another test may be upgrading on the same server."""
    with connected(url_of(url, "postgres")) as connection:  # locks of names are held there
        query = "SELECT datname FROM pg_database WHERE starts_with(datname, 'snapshot_scratch_')"
        names = [name for (name,) in connection.execute(query)]
        return [name for name in names if name_is_free(connection, name)]


def execute(url: str, statements: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(statements)


def restored(directory: Path, url: str) -> str:
    restore_snapshot(RestoreOptions(url, directory, confirm=True, backup=BackupOptions(keep=False)))
    return url


# --- real frameworks

ALEMBIC = {
    "alembic.ini": "[alembic]\nscript_location = migrations\n",
    "migrations/env.py": """
        import os
        from alembic import context
        from sqlalchemy import create_engine

        with create_engine(os.environ["DATABASE_URL"]).connect() as connection:
            context.configure(connection=connection)
            with context.begin_transaction():
                context.run_migrations()
    """,
    "migrations/versions/r1.py": """
        from alembic import op
        revision, down_revision = "r1", None

        def upgrade():
            op.execute("CREATE TYPE state AS ENUM ('new', 'done')")
            op.execute("CREATE TABLE org (id int PRIMARY KEY, name text NOT NULL, state state)")
            op.execute("INSERT INTO org VALUES (1, 'One', 'new'), (2, 'Two', 'done')")
    """,
    "migrations/versions/r2.py": """
        from alembic import op
        revision, down_revision = "r2", "r1"

        def upgrade():
            op.execute("ALTER TABLE org ADD slug text; UPDATE org SET slug = lower(name)")
            op.execute("ALTER TABLE org ALTER slug SET NOT NULL")
    """,
    "migrations/versions/r3.py": """
        from alembic import op
        revision, down_revision = "r3", "r2"

        def upgrade():
            op.execute("ALTER TABLE org RENAME TO team")
            op.execute("CREATE TABLE member (id int PRIMARY KEY, team int NOT NULL REFERENCES team)")
            op.execute("INSERT INTO member VALUES (1, 1), (2, 1), (3, 2)")
    """,
}
DJANGO = {
    "manage.py": """
        import os
        import sys
        from django.conf import settings
        from django.core.management import execute_from_command_line
        from psycopg.conninfo import conninfo_to_dict

        given = conninfo_to_dict(os.environ["DATABASE_URL"])
        settings.configure(
            INSTALLED_APPS=["django.contrib.contenttypes", "shop"],
            DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
            DATABASES={"default": {
                "ENGINE": "django.db.backends.postgresql", "NAME": given["dbname"],
                "HOST": given["host"], "USER": given["user"],
            }},
        )
        execute_from_command_line(sys.argv)
    """,
    "shop/__init__.py": "",
    "shop/models.py": """
        from django.db import models

        class Item(models.Model):
            name = models.TextField()
            sku = models.TextField(default="none")

        class Price(models.Model):
            item = models.ForeignKey(Item, models.CASCADE)
            cents = models.IntegerField(default=100)
    """,
    "shop/migrations/__init__.py": "",
    "shop/migrations/0001_initial.py": """
        from django.db import migrations, models

        class Migration(migrations.Migration):
            operations = [
                migrations.CreateModel("Item", [
                    ("id", models.BigAutoField(primary_key=True)), ("name", models.TextField()),
                ]),
                migrations.RunSQL("INSERT INTO shop_item (name) VALUES ('a'), ('b')"),
            ]
    """,
    "shop/migrations/0002_item_sku.py": """
        from django.db import migrations, models

        class Migration(migrations.Migration):
            dependencies = [("shop", "0001_initial")]
            operations = [migrations.AddField("item", "sku", models.TextField(default="none"))]
    """,
    "shop/migrations/0003_price.py": """
        from django.db import migrations, models

        def prices(apps, editor):
            for item in apps.get_model("shop", "Item").objects.order_by("id"):
                apps.get_model("shop", "Price").objects.create(item=item)

        class Migration(migrations.Migration):
            dependencies = [("shop", "0002_item_sku")]
            operations = [
                migrations.CreateModel("Price", [
                    ("id", models.BigAutoField(primary_key=True)),
                    ("cents", models.IntegerField(default=100)),
                    ("item", models.ForeignKey("shop.item", models.CASCADE)),
                ]),
                migrations.RunPython(prices),
            ]
    """,
}


def project(files: dict[str, str], folder: Path) -> Path:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(text))
    return folder


def migrated(url: str, command: str, folder: Path) -> None:
    subprocess.run(
        f"{sys.executable} {command}", shell=True, cwd=folder, check=True, capture_output=True,
        env={**os.environ, "DATABASE_URL": url},
    )  # fmt: skip


def as_sqlalchemy(url: str) -> str:
    return url.replace("postgresql://", "postgresql+psycopg://")


def test_alembic(database: Database, tmp_path: Path) -> None:
    pytest.importorskip("alembic")
    source, target = database(), database()
    url = as_sqlalchemy(source)
    directory = project(ALEMBIC, tmp_path) / "seed_data"
    migrated(url, "-m alembic upgrade r1", tmp_path)
    create_snapshot(CreateOptions(source, directory))
    before = content(source)
    pyproject = f'[tool.snapshot]\nmigrate = "{sys.executable} -m alembic upgrade head"\n'
    (tmp_path / "pyproject.toml").write_text(pyproject)
    first = digests(directory)

    done = run("upgrade", "--check", "-d", url, cwd=tmp_path)
    assert done.returncode == 4
    for line in (
        "seed_data is behind",
        "alembic: r1 → r3",
        "removed: table org",
        "added: table team",
        "org: 2 rows lost with the table",
    ):
        assert line in done.stderr
    assert digests(directory) == first

    done = run("upgrade", "-d", url, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "upgraded seed_data: 6 rows of 3 tables\n  · alembic: r1 → r3\n" in done.stdout
    third = digests(directory)
    assert third != first
    assert content(source) == before  # beside it, and not in it
    migrated(url, "-m alembic upgrade head", tmp_path)
    assert differences(restored(directory, target), source) == []

    done = run("upgrade", "-d", url, "--json", cwd=tmp_path)
    assert (done.returncode, digests(directory)) == (0, third)
    assert json.loads(done.stdout)["up_to_date"] is True
    assert json.loads(done.stdout)["revisions"] == [
        {"tool": "alembic", "before": "r3", "after": "r3"}
    ]
    assert scratch_databases(source) == []


def test_django(database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("django")
    source, target = database(), database()
    directory = project(DJANGO, tmp_path) / "seed_data"
    migrated(source, "manage.py migrate -v0 shop 0001", tmp_path)
    create_snapshot(CreateOptions(source, directory))
    monkeypatch.chdir(tmp_path)
    command = f"{sys.executable} manage.py migrate"
    options = UpgradeOptions(source, directory, command)

    assert "added: table shop_price" in upgrade_snapshot(replace(options, check=True)).differences
    printed: list[str] = []
    report = upgrade_snapshot(options, said=printed.append)
    assert "  Applying shop.0003_price... OK" in printed
    assert report.written
    assert [r.at.split(", ")[0] for r in report.before] == ["shop.0001_initial"]
    assert [r.at.split(", ")[0] for r in report.after] == ["shop.0003_price"]
    third = digests(directory)
    assert verify_snapshot(directory, restored(directory, target)).passed
    with psycopg.connect(target) as connection:
        rows = connection.execute(
            "SELECT name, sku, cents FROM shop_item JOIN shop_price ON item_id = shop_item.id"
        )
        assert sorted(rows) == [("a", "none", 100), ("b", "none", 100)]
    migrated(target, "manage.py migrate --check", tmp_path)

    again = upgrade_snapshot(options)
    assert (again.differences, again.written, digests(directory)) == ((), False, third)
    assert scratch_databases(source) == []


# --- a project with a few lines of SQL

SCHEMA = """
    CREATE TABLE alembic_version (version_num varchar(32) PRIMARY KEY);
    INSERT INTO alembic_version VALUES ('r1');
    CREATE TABLE org (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text NOT NULL);
    INSERT INTO org (name) VALUES ('One'), ('Two');
    CREATE TABLE audit (id int PRIMARY KEY, org int REFERENCES org);
    INSERT INTO audit VALUES (1, 1);
"""
SECOND = """
    ALTER TABLE org ADD slug text;
    CREATE TABLE tag (id int PRIMARY KEY); INSERT INTO tag VALUES (1);
    UPDATE alembic_version SET version_num = 'r2';
"""
IF_FIRST = f"""
SELECT version_num = 'r1' AS first FROM alembic_version \\gset
\\if :first
{SECOND}
\\endif
"""
PSQL = f"{PROGRAMS / 'psql'} -X -q -v ON_ERROR_STOP=1"
MIGRATE = f"{PSQL} -f second.sql"


@pytest.fixture
def app(database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """URL of a database at the first revision; the current folder has what migrates it."""
    url = database()
    execute(url, SCHEMA)
    monkeypatch.chdir(project({"second.sql": IF_FIRST}, tmp_path))
    return url


def psql(*statements: str) -> str:
    return " ".join([PSQL, *(f'-c "{statement}"' for statement in statements)])


DIRECTORY = Path("seed_data")


def upgrade(url: str, command: str = MIGRATE, **more: Any) -> UpgradeReport:
    return upgrade_snapshot(UpgradeOptions(url, DIRECTORY, command, **more))


def test_formats_modes_and_options_stay(app: str, database: Database) -> None:
    execute(app, "CREATE PUBLICATION ours FOR TABLE org; GRANT SELECT ON org TO PUBLIC")
    create_snapshot(
        CreateOptions(
            app, DIRECTORY, formats=("sql", "json", "archive"),
            with_privileges=True, readable=True, with_publications=True,
        )
    )  # fmt: skip
    before = load_manifest(DIRECTORY)
    report = upgrade(app)
    after = load_manifest(DIRECTORY)
    assert after.formats == before.formats == ("sql", "json", "archive")
    assert (after.publications, after.complete) == (before.publications, True)
    assert after.source == before.source
    assert "GRANT SELECT ON TABLE public.org TO PUBLIC" in (DIRECTORY / "schema.sql").read_text()
    assert {oct(p.stat().st_mode & 0o777) for p in DIRECTORY.rglob("*") if p.is_file()} == {"0o644"}
    assert report.differences == (
        "added: column slug of table org",
        "added: table tag",
        "tag: 1 rows, in a new table",
    )
    execute(app, SECOND)
    assert differences(app, restored(DIRECTORY, database())) == []


@pytest.mark.parametrize("source_format", ["sql", "json", "archive"])
def test_each_format_alone(source_format: str, app: str) -> None:
    create_snapshot(CreateOptions(app, DIRECTORY, formats=(source_format,)))
    assert upgrade(app).written
    assert load_manifest(DIRECTORY).formats == (source_format,)
    rows = [
        path for path in DIRECTORY.rglob("*") if path.match("*data*.*") or path.suffix == ".zst"
    ]
    assert {path.stat().st_mode & 0o777 for path in rows if path.is_file()} == {0o600}
    execute(app, SECOND)
    assert verify_snapshot(DIRECTORY, app).passed


def test_check_passes_when_it_is_up_to_date(app: str) -> None:
    execute(app, SECOND)
    create_snapshot(CreateOptions(app, DIRECTORY))
    done = run("upgrade", "--check", "--run", MIGRATE, "-d", app)
    assert (done.returncode, done.stdout) == (0, "seed_data is up to date\n  · alembic: r2\n")


def test_a_part_of_a_database_stays_a_part(app: str, database: Database) -> None:
    execute(app, 'CREATE SCHEMA "odd *"; CREATE TABLE "odd *"."a""b[c" (i int)')
    part = Selection(exclude_tables=("audit",), exclude_schemas=("odd*",))
    create_snapshot(CreateOptions(app, DIRECTORY, selection=part))
    report = upgrade(app, f"{MIGRATE} && {psql('CREATE TABLE quite_new (i int)')}")
    manifest = load_manifest(DIRECTORY)
    assert sorted(entry.name.name for entry in manifest.tables) == [
        "alembic_version", "org", "quite_new", "tag",
    ]  # fmt: skip
    assert not manifest.complete
    assert (
        len([note for note in report.notes if "is new, and its rows are taken along" in note]) == 2
    )
    with psycopg.connect(restored(DIRECTORY, database())) as connection:
        assert connection.execute("SELECT count(*) FROM audit").fetchone() == (0,)
    assert upgrade(app).differences == ()


def test_a_part_without_the_revision_is_refused(app: str) -> None:
    create_snapshot(CreateOptions(app, DIRECTORY, selection=Selection(tables=("org",))))
    with pytest.raises(Refused, match="without the rows of alembic_version"):
        upgrade(app)
    assert scratch_databases(app) == []


def test_every_change_is_seen(app: str) -> None:
    create_snapshot(CreateOptions(app, DIRECTORY))
    before = digests(DIRECTORY)
    rows = psql(
        "UPDATE org SET name = 'x' WHERE id = 1",
        "DELETE FROM audit",
        "SELECT nextval('org_id_seq')",
        "UPDATE alembic_version SET version_num = 'r9'",
        "SELECT lo_create(7)",
    )
    assert upgrade(app, rows, check=True).differences == (
        "audit: 1 → 0 rows, 1 of them lost",
        "org: 2 rows, of which some have another content",
        "alembic_version: 1 rows, of which some have another content",
        "1 large objects, the snapshot has 0",
        "sequence org_id_seq stands at 3, the snapshot has 2",
    )
    schema = psql(
        "DELETE FROM audit", "ALTER TABLE org DROP name, ADD k int", "COMMENT ON TABLE org IS 'o'"
    )
    assert upgrade(app, schema, check=True).differences == (
        "removed: column name of table org",
        "added: column k of table org",
        "added: comment on table org",
        "audit: 1 → 0 rows, 1 of them lost",
    )
    comment = psql("COMMENT ON TABLE org IS 'ours'")
    assert upgrade(app, comment, check=True).differences == ("added: comment on table org",)
    assert digests(DIRECTORY) == before


def test_a_command_that_fails_leaves_the_snapshot_alone(app: str) -> None:
    create_snapshot(CreateOptions(app, DIRECTORY))
    before = digests(DIRECTORY)
    command = f"echo begun && {MIGRATE} && {psql('SELECT 1/0')} && echo not reached"
    done = run("upgrade", "--json", "--run", command, "-d", app)
    assert done.returncode == 1
    error = json.loads(done.stdout)["error"]
    assert error["message"] == f"{command} ended with exit code 1"
    assert error["details"][0] == "begun"
    assert error["details"][-1] == "ERROR:  division by zero"
    assert "begun\n" in done.stderr
    assert digests(DIRECTORY) == before
    assert scratch_databases(app) == []


@pytest.mark.parametrize(
    ("command", "why"),
    [
        ("true", "did not connect to the database that it was given"),
        (psql("DROP SCHEMA public CASCADE"), "left no rows, the snapshot has 3"),
        ("kill -9 $$", "ended by signal 9"),
    ],
)
def test_a_command_that_does_something_else(command: str, why: str, app: str) -> None:
    create_snapshot(CreateOptions(app, DIRECTORY))
    before = digests(DIRECTORY)
    with pytest.raises(CommandFailed, match=why):
        upgrade(app, command)
    assert digests(DIRECTORY) == before
    assert scratch_databases(app) == []


def test_a_snapshot_that_changed_meanwhile_is_not_overwritten(app: str) -> None:
    create_snapshot(CreateOptions(app, DIRECTORY))
    execute(app, "INSERT INTO org (name) VALUES ('Three')")

    def someone_else(line: str) -> None:
        create_snapshot(CreateOptions(app, DIRECTORY))

    with pytest.raises(Refused, match="holds another snapshot than when this command began"):
        upgrade_snapshot(
            UpgradeOptions(app, DIRECTORY, f"{MIGRATE} && echo now"), said=someone_else
        )
    assert verify_snapshot(DIRECTORY, app).passed


def test_a_protected_server_is_not_migrated_on(app: str, monkeypatch: pytest.MonkeyPatch) -> None:
    create_snapshot(CreateOptions(app, DIRECTORY))
    with pytest.raises(TargetProtected):
        upgrade(app, guard=Guard(protected=("t*",)))
    monkeypatch.setenv("APP_ENV", "production")
    with pytest.raises(TargetProtected, match="is protected"):
        upgrade(app)
    assert scratch_databases(app) == []


def test_two_at_a_time(app: str) -> None:
    """The second does not take the first one's database for a leftover."""
    create_snapshot(CreateOptions(app, DIRECTORY))
    shutil.copytree(DIRECTORY, "other")
    inner: list[UpgradeReport] = []

    def meanwhile(line: str) -> None:
        inner.append(upgrade_snapshot(UpgradeOptions(app, Path("other"), MIGRATE)))

    outer = upgrade_snapshot(
        UpgradeOptions(app, DIRECTORY, f"echo go && {MIGRATE}"), said=meanwhile
    )
    assert (outer.written, [report.written for report in inner]) == (True, [True])
    assert scratch_databases(app) == []


def test_another_version_is_not_taken_by_the_way(app: str, database: Database) -> None:
    older = database(16)
    execute(older, SCHEMA)
    create_snapshot(CreateOptions(older, DIRECTORY))
    with pytest.raises(Refused, match="is of PostgreSQL 16, and would become one of 18"):
        upgrade(app)
    assert upgrade(app, psql("SELECT 1"), check=True).differences == ()


def test_what_the_server_lacks_is_named(app: str) -> None:
    execute(app, "CREATE ROLE gone_soon; ALTER TABLE org OWNER TO gone_soon")
    create_snapshot(CreateOptions(app, DIRECTORY, with_privileges=True))
    execute(app, "ALTER TABLE org OWNER TO postgres; DROP ROLE gone_soon")
    with pytest.raises(DatabaseFailed, match='role "gone_soon" does not exist') as caught:
        upgrade(app)
    assert "give a server that has" in caught.value.hint
    assert scratch_databases(app) == []


def test_the_settings_of_the_database_hold_there_too(app: str) -> None:
    with psycopg.connect(app, autocommit=True) as connection:
        name = connection.info.dbname
        connection.execute("CREATE SCHEMA tenant; CREATE TABLE tenant.room (id int)")
        connection.execute(f"ALTER DATABASE {name} SET search_path TO tenant, public")
    create_snapshot(CreateOptions(app, DIRECTORY))
    assert upgrade(app, psql("ALTER TABLE room ADD size int"), check=True).differences == (
        "added: column size of table tenant.room",
    )


# --- the environment of the command


def test_every_variable_names_the_scratch_database(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".env").write_text("SHADOW=postgres://elsewhere/x\nOTHER=mysql://elsewhere/x\n")
    monkeypatch.setenv("DIRECT_URL", "postgresql+psycopg://elsewhere/x")
    monkeypatch.setenv("SPRING_DATASOURCE_URL", "jdbc:postgresql://elsewhere/x")
    for name in ("PGSERVICE", "PGHOSTADDR"):
        monkeypatch.setenv(name, "elsewhere")
    for name in ("PGHOST", "PGDATABASE", "POSTGRES_HOST", "POSTGRES_DB", "DATABASE_URL"):
        monkeypatch.setenv(name, "elsewhere")
    parameters = {"host": "h", "port": "1", "user": "me", "password": "p@ss", "dbname": "d"}
    found = environment(parameters, "postgresql+asyncpg")
    assert found["DATABASE_URL"] == "postgresql+asyncpg://me:p%40ss@h:1/d"
    assert found["DIRECT_URL"] == "postgresql+psycopg://me:p%40ss@h:1/d"
    assert found["SHADOW"] == "postgres://me:p%40ss@h:1/d"
    assert found["SPRING_DATASOURCE_URL"] == "jdbc:postgresql://h:1/d?user=me&password=p%40ss"
    monkeypatch.setenv("DATABASE_URL", "postgresql://elsewhere/x?schema=shop&connect_timeout=3")
    prisma = environment(parameters, "postgresql")
    assert prisma["DATABASE_URL"] == "postgresql://me:p%40ss@h:1/d?schema=shop"
    assert "OTHER" not in found
    for url, scheme in (
        ("postgis://h/d", "postgis"),
        ("host=h", "postgresql"),
        (" postgres://h", "postgres"),
    ):
        assert environment(parameters, scheme_of(url))["DATABASE_URL"].startswith(f"{scheme}://me:")
    assert "elsewhere" not in found.values()
    for name in ("HOST", "PORT", "USER", "PASSWORD"):
        assert found[f"PG{name}"] == found[f"POSTGRES_{name}"] == parameters[name.lower()]
    assert found["PGDATABASE"] == found["POSTGRES_DB"] == "d"


def test_the_embedded_server_is_the_default(app: str, tmp_path: Path) -> None:
    """The database of the project is not touched, and its driver is the one of the URL."""
    create_snapshot(CreateOptions(app, DIRECTORY))
    before = content(app)
    command = f"echo $DATABASE_URL && {MIGRATE}"
    environment_ = {"DATABASE_URL": as_sqlalchemy(app)}
    done = run("upgrade", "--run", command, env=environment_, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "(from the embedded server)" in done.stderr
    assert "\npostgresql+psycopg://postgres@/snapshot_scratch_" in done.stderr
    assert content(app) == before
    assert (
        load_manifest(DIRECTORY).source.database == psycopg.conninfo.conninfo_to_dict(app)["dbname"]
    )


def test_without_a_command(app: str) -> None:
    done = run("upgrade", "-d", app)
    assert done.returncode == 2
    assert "--run" in done.stderr
    Path("pyproject.toml").write_text("[tool.snapshot]\nmigrate = ['alembic']\n")
    done = run("upgrade", "-d", app)
    assert done.returncode == 2
    assert "migrate in [tool.snapshot]" in done.stderr


# --- killed

KILLED = """
    import os, signal, sys
    from pathlib import Path
    from snapshot import UpgradeOptions, upgrade_snapshot

    url, moment, command, number = sys.argv[1:]

    class Killer:
        def expect(self, rows): pass
        def table(self, name): pass
        def advance(self, rows, size): pass
        def step(self, title):
            if title.startswith(moment):
                os.kill(os.getpid(), int(number))

    upgrade_snapshot(UpgradeOptions(url, Path("seed_data"), command), Killer())
"""


def test_killed_runs_are_cleaned_up_by_the_next(app: str) -> None:
    create_snapshot(CreateOptions(app, DIRECTORY))
    before = digests(DIRECTORY)
    for moment, number in (
        ("command", signal.SIGKILL),
        ("command", signal.SIGINT),
        ("Computing checksums", signal.SIGINT),
        ("Sealing", signal.SIGKILL),
    ):
        stopped = f"{MIGRATE} && kill -{number} $PPID && sleep 5"
        command = stopped if moment == "command" else MIGRATE
        done = subprocess.run(
            [sys.executable, "-c", dedent(KILLED), app, moment, command, str(int(number))],
            capture_output=True, check=False,
        )  # fmt: skip
        assert done.returncode == -number, done.stderr
        assert len(scratch_databases(app)) == (1 if number == signal.SIGKILL else 0)
        found = digests(DIRECTORY).items()
        visible = {name: d for name, d in found if not name.startswith(".snapshot")}
        assert visible == before
    assert upgrade(app).written
    assert scratch_databases(app) == []
    assert sorted(digests(DIRECTORY)) == sorted(before)
