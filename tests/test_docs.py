"""What the documentation says exists."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest
from databases import build
from equality import differences

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]


GROUPS = ("seed", "test-databases", "git", "subset", "mask")


def help_of(*words: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", "from snapshot.cli import main; main()", *words, "--help"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    return done.stdout


def commands_of(text: str) -> set[str]:
    commands = set(re.findall(r"^  ([\w-]+)  ", text.split("Commands:\n")[1], re.M))
    assert len(commands) > 9
    return commands


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\((?!https?://)([^)#]+)\)", page.read_text()):
        assert (page.parent / target).exists(), target


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_scripts_exist(page: Path) -> None:
    for script in re.findall(r"\./((?:scripts/)?\w+\.sh)", page.read_text()):
        assert (ROOT / script).stat().st_mode & 0o111, script


def test_every_command_and_option_that_is_named_exists() -> None:
    commands = commands_of(help_of())
    text = "\n".join(page.read_text() for page in PAGES)
    named = set(
        re.findall(
            r"snapshot (create|restore|verify|show|order|status|clear|[a-z-]+[a-z])(?: -| ?\[|$)",
            text,
            re.M,
        )
    )
    assert named <= commands
    for line in re.findall(r"^snapshot ([\w-]+ .*)$", text, re.M):
        words = [w for w in line.split("#")[0].split() if not w.startswith("-")]
        if words[0] == "seed" and words[2:] and words[2].endswith(".py"):
            continue  # its parameters are its own; test_seed_cli runs these
        named = [w for w in words[:3] if w.islower() and words[0] in GROUPS] or words[:1]
        shown = help_of(*named)
        for option in re.findall(r"(?<!\S)\[?(--?[a-zA-Z][\w-]*)", line.split("#")[0]):
            assert option in shown or option == "--PARAMETER", line


def test_every_command_is_documented() -> None:
    documented = (ROOT / "docs" / "commands.md").read_text()
    for command in commands_of(help_of()):
        assert command in documented


def test_the_face_of_the_library() -> None:
    import snapshot

    for name in snapshot.__all__:
        assert getattr(snapshot, name) is not None
    with pytest.raises(AttributeError):
        _ = snapshot.nonsense


def test_the_committed_snapshot_is_whole() -> None:
    from snapshot import verify_snapshot

    report = verify_snapshot(ROOT / "seed_data")
    assert report.passed
    assert report.manifest.rows == 409


def blocks(page: str, language: str = "python") -> list[str]:
    text = (ROOT / "docs" / page).read_text()
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.M | re.S)


def test_the_library_example_runs(database: Callable[..., str], tmp_path: Path) -> None:
    source, target = database(), database()
    build(source, "cuebe")
    code = blocks("library.md")[0]
    code = code.replace("postgresql://localhost/app_test", target)
    code = code.replace("postgresql://localhost/app", source)
    code = code.replace('Path("seed_data")', f'Path("{tmp_path / "seed_data"}")')
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "405 rows\n"
    assert differences(source, target) == []


def test_the_pytest_example_runs(tmp_path: Path) -> None:
    (tmp_path / "test_example.py").write_text(blocks("testing.md")[0])
    (tmp_path / "seed_data").symlink_to(ROOT / "seed_data")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert "2 passed" in done.stdout


def test_the_recipes_run(database: Callable[..., str], tmp_path: Path) -> None:
    """The README's, but for the one that needs Docker."""
    url = database()
    build(url, "cuebe")
    readme = (ROOT / "README.md").read_text()
    lines = re.findall(r"^snapshot ((?:create|restore) .*?)(?: +#.*)?$", readme, re.M)
    assert len(lines) >= 5
    for line in lines:
        words = [w.strip("'") for w in line.split() if w != "-d" and "://" not in w]
        done = subprocess.run(
            [sys.executable, "-c", "from snapshot.cli import main; main()", *words, "-d", url],
            cwd=tmp_path, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
        )  # fmt: skip
        if "tmp_*" in line or "audit_log" in line:
            assert "no table matches audit_log" in done.stderr  # the demo has none
        elif "--mask" in line:
            assert "masking.toml cannot be read" in done.stderr  # test_docs_masking makes one
        elif "orders" in line:
            assert "no table matches orders" in done.stderr
        elif words[0] == "restore" and "--confirm" not in words:
            assert done.returncode == 3
        else:
            assert done.returncode == 0, (line, done.stderr)


def test_the_action_restores_what_it_is_allowed_to(
    database: Callable[..., str], tmp_path: Path
) -> None:
    """Its last step, in a shell, with this installation in place of the one that it makes."""
    programs = tmp_path / "snapshot" / "bin"
    programs.mkdir(parents=True)
    line = f'exec "{sys.executable}" -c "from snapshot.cli import main; main()" "$@"'
    for name, content in (("snapshot", line), ("pip", "exit 0")):
        (programs / name).write_text(f"#!/bin/sh\n{content}\n")
        (programs / name).chmod(0o755)
    url, script = database(), (ROOT / "action.yml").read_text().split("      run: |\n")[1]
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"COMMENT ON DATABASE {connection.info.dbname} IS 'environment: prod'")
        allowed = f"localhost/{connection.info.dbname}"
    for allow, code in (("", 3), (allowed, 0)):
        done = subprocess.run(
            ["bash", "-e", "-c", textwrap.dedent(script)],
            env={
                **os.environ, "RUNNER_TEMP": str(tmp_path), "PYTHON": "true", "SOURCE": str(ROOT),
                "DIRECTORY": str(ROOT / "seed_data"), "DATABASE_URL": url, "ALLOW": allow,
            },
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == code, done.stderr
    with psycopg.connect(url) as connection:
        assert connection.execute("SELECT count(*) FROM script_shares").fetchone() == (40,)
