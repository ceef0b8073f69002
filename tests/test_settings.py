"""What pyproject.toml and the environment say."""

from __future__ import annotations

from pathlib import Path

import pytest

from snapshot.cli.settings import (
    Target,
    backup_options,
    container_options,
    guard_for,
    shown_url,
)
from snapshot.errors import UsageError
from snapshot.planning.applications import ContainerOptions
from snapshot.safety.backups import BackupOptions
from snapshot.safety.guard import Guard


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
    assert chosen == ContainerOptions("p", ("a", "b"), (), False)
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
    with pytest.raises(UsageError, match="not understood"):
        container_options(None, None, None, False)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("postgres://u:p@h:5/d", "postgresql://u@h:5/d"),
        ("postgresql+psycopg://u:p@h/d?sslmode=require", "postgresql://u@h/d?sslmode=require"),
        ("host=/tmp/x dbname='a b' password=p", "postgresql:///a%20b?host=/tmp/x"),
        ("postgresql://h/d?password=p&sslpassword=q", "postgresql://h/d"),
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
        assert guard_for(None, target) == Guard(("x*",), ("ci/app",))
    assert backup_options(False) == BackupOptions(True, 7)
    assert backup_options(True) == BackupOptions(False, 7)


@pytest.mark.parametrize(
    "line", ['protected = "x"', "allowed = [1]", "allowed = true", "backup-megabytes = 0",
             'backup-megabytes = "2 GB"', "backup-megabytes = true"],
)  # fmt: skip
def test_settings_that_are_not_understood(line: str, folder: Path) -> None:
    (folder / "pyproject.toml").write_text(f"[tool.snapshot]\n{line}\n")
    with pytest.raises(UsageError, match=line.split()[0]):
        _ = backup_options(False) if line.startswith("backup") else guard_for(None, NEAR)
