"""What the documentation says exists."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]


def help_of(*words: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", "from snapshot.cli import main; main()", *words, "--help"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    return done.stdout


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\((?!https?://)([^)#]+)\)", page.read_text()):
        assert (page.parent / target).exists(), target


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_scripts_exist(page: Path) -> None:
    for script in re.findall(r"\./((?:scripts/)?\w+\.sh)", page.read_text()):
        assert (ROOT / script).stat().st_mode & 0o111, script


def test_every_command_and_option_that_is_named_exists() -> None:
    commands = set(re.findall(r"^│ (\w+) ", help_of(), re.M))
    text = "\n".join(page.read_text() for page in PAGES)
    named = set(
        re.findall(
            r"snapshot (create|restore|verify|show|order|status|clear|[a-z]+) ?(?:-|\[|$)",
            text,
            re.M,
        )
    )
    assert named <= commands
    for line in re.findall(r"^snapshot (\w+ .*)$", text, re.M):
        command = line.split()[0]
        shown = help_of(command)
        for option in re.findall(r"(?<!\S)\[?(--?[a-zA-Z][\w-]*)", line.split("#")[0]):
            assert option in shown, line


def test_every_command_is_documented() -> None:
    documented = (ROOT / "docs" / "commands.md").read_text()
    for command in set(re.findall(r"^│ (\w+) ", help_of(), re.M)) - {"e"}:
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
    assert report.manifest.rows == 405
