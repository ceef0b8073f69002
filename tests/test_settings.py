"""What pyproject.toml and the environment say."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from snapshot.cli.settings import (
    Target,
    backup_options,
    container_options,
    database_name,
    find_target,
    guard_for,
    shown_url,
)
from snapshot.containers.compose import postgres_service
from snapshot.errors import UsageError
from snapshot.planning.applications import ContainerOptions
from snapshot.postgres.urls import address_of, at_address
from snapshot.safety.backups import BackupOptions
from snapshot.safety.guard import Guard
from snapshot.store.location import directory_of


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("COMPOSE_PROJECT_NAME", raising=False)
    return tmp_path


def test_nothing_named(folder: Path) -> None:
    assert not container_options(None, None, None, False).named


def test_the_command_line_goes_first(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COMPOSE_PROJECT_NAME", "from-environment")
    chosen = container_options("p", ["a", "b"], None, False)
    assert chosen == ContainerOptions(
        project="p", services=("a", "b"), containers=(), leave_alone=False
    )
    assert container_options(None, None, None, True).leave_alone


def test_the_environments_project_is_only_a_default(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / ".env").write_text("COMPOSE_PROJECT_NAME=from-file\n")
    assert container_options(None, None, None, False).project == "from-file"
    monkeypatch.setenv("COMPOSE_PROJECT_NAME", "from-environment")
    found = container_options(None, None, None, False)
    assert found.project == "from-environment"
    assert not found.named


def test_pyproject(folder: Path) -> None:
    path = folder / "pyproject.toml"
    path.write_text('[tool.snapshot.containers]\nproject = "p"\nservices = ["web"]\n')
    found = container_options(None, None, None, False)
    assert (found.project, found.services, found.named) == ("p", ("web",), True)
    path.write_text("[tool.snapshot.containers]\nleave-alone = true\n")
    assert container_options(None, None, None, False).leave_alone
    path.write_text('[tool.snapshot.containers]\nservice = "web"\n')
    with pytest.raises(UsageError, match="unknown key: service") as caught:
        container_options(None, None, None, False)
    assert caught.value.message.startswith("[tool.snapshot.containers] in pyproject.toml")
    assert caught.value.hint == "did you mean services?"


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("postgres://u:p@h:5/d", "postgresql://u@h:5/d"),
        ("postgresql+psycopg://u:p@h/d?sslmode=require", "postgresql://u@h/d?sslmode=require"),
        ("host=/tmp/x dbname='a b' password=p", "postgresql:///a%20b?host=/tmp/x"),
        ("postgresql://h/d?password=p&sslpassword=q", "postgresql://h/d"),
        ("postgresql://h/d?oauth_client_secret=p&passfile=/q", "postgresql://h/d"),
        ("host=a,b port=1,2 user=u password=p", "postgresql://u@/?host=a,b&port=1,2"),
    ],
)
def test_urls_are_shown_without_secrets(url: str, shown: str) -> None:
    assert shown_url(url) == shown


NEAR = Target("postgresql://localhost/products", "-d")
EMBEDDED = Target("postgresql:///products", "the embedded server", True)


def test_protected_and_allowed(folder: Path) -> None:
    assert guard_for(None, NEAR) == Guard()
    assert guard_for("h/d", EMBEDDED) == Guard(protected=(), allow="h/d")
    (folder / "pyproject.toml").write_text(
        '[tool.snapshot]\nprotected = ["x*"]\nallowed = ["ci/app"]\nbackup-megabytes = 7\n'
    )
    for target in (NEAR, EMBEDDED):
        assert guard_for(None, target) == Guard(protected=("x*",), allowed=("ci/app",))
    assert backup_options(False) == BackupOptions(keep=True, megabytes=7)
    assert backup_options(True) == BackupOptions(keep=False, megabytes=7)


@pytest.mark.parametrize(
    ("line", "hint"),
    [
        ('protected = "x"', "a list of texts"), ("allowed = [1]", "a list of texts"),
        ("allowed = true", "a list of texts"), ("backup-megabytes = 0", "a whole number"),
        ('backup-megabytes = "2 GB"', "a whole number"), ("backup-megabytes = true", "a whole number"),
        ("backup-megabytes = 1.5", "a whole number"), ("database-url = 1", "a text"),
        ("database-url = []", "a text"), ("containers = 1", "a table"),
        ('containers.services = "web"', "a list of texts"), ("containers.project = 1", "a text"),
        ('containers.leave-alone = "no"', "true or false"),
        ('protcted = ["x"]', "did you mean protected?"), ('databse-url = "x"', "database-url?"),
        ("backup_megabytes = 1", "backup-megabytes?"), ("colour = 1", "known are database-url"),
        ("containers.leave_alone = true", "leave-alone?"),
        ('containers.x = ""', "known are project"),
    ],
)  # fmt: skip
def test_settings_that_are_not_understood(line: str, hint: str, folder: Path) -> None:
    (folder / "pyproject.toml").write_text(f"[tool.snapshot]\n{line}\n")
    readers: list[Callable[[], object]] = [
        lambda: backup_options(False),
        lambda: guard_for(None, NEAR),
        lambda: container_options(None, None, None, True),
        lambda: find_target(None),
    ]
    for reader in readers:
        with pytest.raises(UsageError, match=r"\[tool\.snapshot") as caught:
            reader()
        assert hint in caught.value.hint
        assert line.split(" =")[0].split(".")[-1] in caught.value.message


def test_an_address_that_is_not_understood_names_its_place(folder: Path) -> None:
    (folder / ".env").write_text("DATABASE_URL=postgresql://h/d?colour=p4ss\n")
    with pytest.raises(UsageError, match=r"\(from \.env\)") as caught:
        find_target(None)
    assert "p4ss" not in caught.value.message


def test_an_address_of_another_type_is_not_repeated(folder: Path) -> None:
    (folder / "pyproject.toml").write_text('[tool.snapshot]\ndatabase-url = ["u:p4ss@h/d"]\n')
    with pytest.raises(UsageError, match="database-url in") as caught:
        find_target(None)
    assert "p4ss" not in caught.value.message


@pytest.mark.parametrize("line", ['DATABASE_URL="dbname=p4ss', "POSTGRES_DB='p4ss"])
def test_a_setting_that_cannot_be_read_does_not_lead_elsewhere(folder: Path, line: str) -> None:
    (folder / ".env").write_text(f"A=1\n{line}\n")
    with pytest.raises(UsageError, match=r"\.env cannot be understood at line 2") as caught:
        find_target(None)
    assert "p4ss" not in caught.value.message


def test_a_file_that_is_no_toml_is_named(folder: Path) -> None:
    (folder / "pyproject.toml").write_text("[tool.snapshot\n")
    with pytest.raises(UsageError, match=r"pyproject\.toml cannot be read"):
        guard_for(None, NEAR)
    (folder / "pyproject.toml").write_text("[tool]\nsnapshot = 1\n")
    with pytest.raises(UsageError, match="is 1"):
        guard_for(None, NEAR)


@pytest.mark.parametrize("bound", ["repository", "worktree", "home"])
def test_a_subfolder_has_the_projects_settings(
    bound: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = folder / "project"
    below = project / "apps" / "web"
    below.mkdir(parents=True)
    if bound == "repository":
        (project / ".git").mkdir()
    elif bound == "worktree":
        (project / ".git").write_text("gitdir: elsewhere\n")
    else:
        monkeypatch.setenv("HOME", str(folder))
    (project / "pyproject.toml").write_text(
        '[tool.snapshot]\nprotected = ["x*"]\ndatabase-url = "dbname=a"\nbackup-megabytes = 7\n'
        '[tool.snapshot.containers]\nproject = "p"\n'
    )
    (below.parent / "pyproject.toml").write_text("[project]\nname = 'another tool’s'\n")
    # beyond the bound, and never read
    (folder / "pyproject.toml").write_text("[tool.snapshot]\ncolour = 1\n")
    (folder / ".env").write_text("DATABASE_URL=dbname=wrong\n")
    monkeypatch.chdir(below)
    assert guard_for(None, NEAR).protected == ("x*",)
    assert backup_options(False).megabytes == 7
    assert container_options(None, None, None, False).project == "p"
    origin = "[tool.snapshot] in ../../pyproject.toml"
    assert find_target(None) == Target("dbname=a", origin)
    (project / ".env").write_text("DATABASE_URL=dbname=b\n")
    (below / ".env").write_text("COLOUR=red\n")
    assert find_target(None) == Target("dbname=b", "../../.env")
    (below / ".env").write_text("DATABASE_URL=dbname=c\n")
    assert find_target(None) == Target("dbname=c", ".env")
    (below / "pyproject.toml").write_text("[tool.snapshot]\nbackup-megabytes = 8\n")
    assert backup_options(False).megabytes == 8
    assert guard_for(None, NEAR).protected == Guard().protected  # one file counts, not a mixture


def test_outside_of_a_repository_only_the_current_folder_counts(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "pyproject.toml").write_text('[tool.snapshot]\nprotected = ["x*"]\n')
    (folder / ".env").write_text("COMPOSE_PROJECT_NAME=wrong\n")
    below = folder / "sub"
    below.mkdir()
    monkeypatch.chdir(below)
    assert guard_for(None, NEAR) == Guard()
    assert container_options(None, None, None, False).project is None
    monkeypatch.setenv("HOME", str(below))  # nor what lies above the home folder
    assert guard_for(None, NEAR) == Guard()
    monkeypatch.chdir(folder)
    assert guard_for(None, NEAR).protected == ("x*",)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder to somebody else")
def test_another_users_repository_does_not_count(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    below = folder / "sub"
    below.mkdir()
    (folder / ".git").mkdir()
    (folder / "pyproject.toml").write_text('[tool.snapshot]\nallowed = ["*"]\n')
    monkeypatch.chdir(below)
    assert guard_for(None, NEAR).allowed == ("*",)
    os.chown(folder / ".git", 12345, -1)
    assert guard_for(None, NEAR).allowed == ()


@pytest.mark.parametrize(
    ("place", "shown"),
    [
        ("s3://KEY:SECRET@bucket/x", "s3://bucket/x"),
        ("az://c/x?sig=SECRET", "az://c/x"),
        ("gs://a:b@c/x@y", "gs://c/x@y"),
    ],
)
def test_places_are_shown_without_secrets(place: str, shown: str) -> None:
    assert str(directory_of(place)) == shown
    assert str(directory_of(place) / "manifest.json").startswith(shown)


COMPOSE = """
services:
  web:
    image: ghcr.io/shop/web
    # image: postgres:16
    ports: ["8000:8000"]
    environment:
      DB_PORT: 5432
  worker:
    image: ghcr.io/shop/web
    environment: ["DB_PORT=5432", "DATABASE_URL=postgresql://db:5432/app"]
    command: wait-for db:5432 -- work
  cache: {image: redis}
  rest:
    image: postgrest/postgrest
  %s
volumes:
  postgres: {}
"""


@pytest.mark.parametrize(
    "service",
    [
        "store:\n    image: postgres",
        "store:\n    build: .\n    image: 'docker.io/library/postgres:16-alpine'",
        "store: {image: postgis/postgis:16-3.4}",
        "store:\n    image: registry:5000/timescale/timescaledb-ha@sha256:00",
        "store:\n    image: pgvector/pgvector:pg16",
        "store:\n    build: db\n    ports:\n      - 127.0.0.1:${PORT}:5432",
        'store:\n    build: db\n    expose: ["5432"]',
    ],
)
def test_where_compose_has_postgresql_the_embedded_server_must_be_named(
    service: str, folder: Path
) -> None:
    file = folder / "docker-compose.yaml"
    file.write_text(COMPOSE % service)
    with pytest.raises(UsageError) as caught:
        find_target(None)
    assert caught.value.message.endswith("docker-compose.yaml has a PostgreSQL service: store")
    assert "docker compose up -d store" in caught.value.hint
    (folder / "pyproject.toml").write_text('[tool.snapshot]\ndatabase-url = "dbname=a"\n')
    assert find_target(None).url == "dbname=a"


def test_other_compose_files_do_not_matter(folder: Path) -> None:
    (folder / "compose.yml").write_text(COMPOSE % "")
    assert postgres_service([folder]) is None


def test_the_embedded_server_by_its_name(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "compose.yml").write_text(COMPOSE % "db: {image: postgres}")
    monkeypatch.setattr(
        "snapshot.postgres.embedded.running_database", lambda name: f"dbname={name}"
    )
    name = database_name(folder)
    assert find_target("embedded") == Target(f"dbname={name}", "-d", True)
    monkeypatch.setenv("DATABASE_URL", "embedded")
    assert find_target(None) == Target(f"dbname={name}", "DATABASE_URL", True)


def test_the_address_of_a_url(monkeypatch: pytest.MonkeyPatch) -> None:
    assert address_of("postgresql+psycopg://u:p@db:5433/app") == ("db", 5433)
    assert address_of("host=db dbname=app") == ("db", 5432)
    for url in ("host=a,b", "host=/tmp", "host=db hostaddr=127.0.0.1", "dbname=app"):
        assert address_of(url)[0] == ""
    monkeypatch.setenv("PGHOST", "db")
    assert address_of("") == ("db", 5432)
    assert at_address("postgresql://u:p%40@db/app?sslmode=disable", "127.0.0.1", 7) == (
        "postgresql://u:p%40@127.0.0.1:7/app?sslmode=disable"
    )
