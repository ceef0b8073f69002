"""Snapshots in git: real git, real branches, a real server that checks the result."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest
from equality import PROGRAMS
from shop import SHOP, Repository, Shop

from snapshot.errors import SnapshotDamaged
from snapshot.restore import RestoreOptions, restore_snapshot
from snapshot.verify import verify_snapshot

ROOT = Path(__file__).parent.parent
OURS = (
    "UPDATE customer SET name = 'Ours' WHERE id = 1; DELETE FROM orders WHERE id = 2;"
    "INSERT INTO orders (customer, total) VALUES (5, 5)"
)
THEIRS = (
    "UPDATE customer SET died = 1999 WHERE id = 1; DELETE FROM orders WHERE id = 3;"
    "INSERT INTO customer VALUES (20, 'x@example.org', 'New', 1, 2)"
)
BOTH = {
    "customers": 10,
    "first": ("Ours", 1999),
    "orders": [1, 4, 5, 6, 7],
}


@pytest.fixture
def repository(shop: Shop, tmp_path: Path) -> Repository:
    return Repository(tmp_path / "project", shop)


def content(database: Callable[..., str], folder: Path) -> dict[str, Any]:
    """What the snapshot holds, when it is restored."""
    url = database()
    assert verify_snapshot(folder).passed
    restore_snapshot(RestoreOptions(url, folder, confirm=True))
    with psycopg.connect(url) as connection:
        one = connection.execute("SELECT count(*) FROM customer").fetchone()
        first = connection.execute("SELECT name, died FROM customer WHERE id = 1").fetchone()
        orders = connection.execute("SELECT id FROM orders ORDER BY id").fetchall()
    assert one
    return {"customers": one[0], "first": first, "orders": [id_ for (id_,) in orders]}


def files(folder: Path) -> dict[str, bytes]:
    return {
        str(p.relative_to(folder)): p.read_bytes()
        for p in folder.rglob("*")
        if p.is_file() and not p.name.startswith(".")
    }


def two_branches(repository: Repository, ours: str = OURS, theirs: str = THEIRS) -> None:
    repository.begin()
    repository.branch("theirs", theirs)
    repository.branch("ours", ours)


def test_two_branches_add_change_and_delete_rows(
    repository: Repository, database: Callable[..., str], tmp_path: Path
) -> None:
    two_branches(repository)
    said = repository.git("merge", "--no-edit", "theirs")
    assert "merged 2 tables by rows: customer +1 ~1, orders −1; loaded and checked" in said
    assert content(database, repository.snapshot_folder) == BOTH
    assert repository.git("status", "--porcelain") == ""
    # the same without git, byte for byte
    repository.snapshot(
        "merge", "main:seed_data", "HEAD^1:seed_data", "HEAD^2:seed_data", "-o", str(tmp_path / "o")
    )
    assert files(tmp_path / "o") == files(repository.snapshot_folder)
    # and a merge after a merge
    repository.git("checkout", "-q", "theirs")
    repository.commit("theirs", "DELETE FROM orders WHERE id = 4")
    repository.git("checkout", "-q", "ours")
    repository.git("merge", "--no-edit", "theirs")
    assert content(database, repository.snapshot_folder) == {**BOTH, "orders": [1, 5, 6, 7]}
    # the manifest came in by a merge commit: main takes it from there
    repository.git("checkout", "-q", "-b", "third", "main")
    repository.edits["third"] = ()
    repository.commit("third", "UPDATE customer SET name = 'Third' WHERE id = 9")
    repository.git("merge", "--no-edit", "ours")
    assert content(database, repository.snapshot_folder)["orders"] == [1, 5, 6, 7]


WAYS: dict[str, list[list[str]]] = {
    "squash": [["merge", "--squash", "theirs"], ["commit", "-qm", "squashed"]],
    "no commit": [["merge", "--no-commit", "theirs"], ["commit", "-qm", "merged"]],
    "rebase": [["rebase", "-q", "theirs"]],
    "cherry-pick": [["cherry-pick", "theirs"]],
    "stash pop": [
        ["checkout", "-q", "theirs"],
        ["reset", "-q", "--soft", "main"],
        ["stash", "-q"],
        ["checkout", "-q", "ours"],
        ["stash", "pop"],
    ],
}


@pytest.mark.parametrize("way", WAYS)
def test_other_ways_to_merge(
    way: str, repository: Repository, database: Callable[..., str]
) -> None:
    two_branches(repository)
    for command in WAYS[way]:
        repository.git(*command)
    assert content(database, repository.snapshot_folder) == BOTH


def test_revert(repository: Repository, database: Callable[..., str]) -> None:
    repository.begin()
    repository.commit("main", THEIRS)
    repository.commit("main", OURS)
    repository.git("revert", "--no-edit", "HEAD~1")
    assert content(database, repository.snapshot_folder) == {
        "customers": 9, "first": ("Ours", 1980), "orders": [1, 3, 4, 5, 6, 7]
    }  # fmt: skip


@pytest.mark.parametrize(
    ("folder", "options"),
    [
        ("deep/er/seed_data", {}),
        ('it\'s $HOME "x" ünï', {}),
        ("-data", {}),
        ("seed_data", {"format": "sha256"}),
        ("seed_data", {"formats": ("sql", "archive")}),
    ],
)
def test_folders_formats_and_repositories(
    folder: str,
    options: dict[str, Any],
    shop: Shop,
    database: Callable[..., str],
    tmp_path: Path,
) -> None:
    repository = Repository(tmp_path / "project", shop, folder, **options)
    two_branches(repository)
    repository.git("merge", "--no-edit", "theirs")
    assert content(database, repository.snapshot_folder) == BOTH


def test_in_a_worktree(repository: Repository, database: Callable[..., str]) -> None:
    two_branches(repository)
    repository.git("worktree", "add", "-q", "../other", "-b", "there", "ours")
    other = repository.root.parent / "other"
    repository.git("merge", "--no-edit", "theirs", cwd=other)
    assert content(database, other / "seed_data") == BOTH


def test_a_conflict_cannot_be_used_until_it_is_settled(
    repository: Repository, database: Callable[..., str]
) -> None:
    two_branches(
        repository,
        OURS + "; UPDATE customer SET born = 1 WHERE id IN (7, 8)",
        THEIRS + "; UPDATE customer SET born = 2 WHERE id IN (7, 8)",
    )
    said = repository.git("merge", "--no-edit", "theirs", code=1)
    assert "2 conflicts in seed_data" in said
    assert "customer 7 born: base 1900, ours 1, theirs 2" in said
    repository.git("add", "-A")
    repository.git("commit", "-qm", "hidden")
    for words in (
        ["verify"],
        ["restore", "-d", database(), "--confirm"],
        ["restore", "-d", database(), "--confirm", "--strategy", "swap"],
        ["upgrade", "--run", "true"],
        ["diff", "main:seed_data", "seed_data"],
    ):
        said = repository.snapshot(*words, code=4)
        assert "customer 7 born: base 1900, ours 1, theirs 2" in said, words
    repository.snapshot("show")
    repository.git("reset", "-q", "--hard", "HEAD^")
    repository.git("merge", "--no-edit", "theirs", code=1)
    assert "1 conflict in" in repository.snapshot(
        "merge", "--take", "theirs", "customer:7.born", code=4
    )
    repository.snapshot("merge", "--continue", code=4)
    repository.snapshot("merge", "--take", "ours", "customer:8")
    assert "go on with git commit" in repository.snapshot("merge", "--continue")
    repository.git("commit", "-qm", "settled")
    assert repository.git("status", "--porcelain") == ""
    assert content(database, repository.snapshot_folder) == BOTH
    rows = repository.git("show", "HEAD:seed_data/data.sql")
    assert "Customer 7\t2\t" in rows
    assert "Customer 8\t1\t" in rows


def test_new_ids_in_a_repository(repository: Repository, database: Callable[..., str]) -> None:
    new = "INSERT INTO customer VALUES (25, '{0}', '{0}', 1, 2)"
    two_branches(repository, new.format("o"), new.format("t"))
    said = repository.git("merge", "--no-edit", "theirs", code=1)
    assert "customer 25: added on both sides" in said
    assert "--renumber ours|theirs TABLE" in said
    repository.snapshot("merge", "--renumber", "theirs", "customer")
    repository.git("commit", "-qm", "settled")
    assert "25\to\to\t1\t2\n26\tt\tt\t1\t2" in repository.git("show", "HEAD:seed_data/data.sql")
    assert content(database, repository.snapshot_folder)["customers"] == 11


def test_a_merge_that_is_aborted(repository: Repository) -> None:
    two_branches(
        repository,
        "UPDATE customer SET born = 1 WHERE id = 7",
        "UPDATE customer SET born = 2 WHERE id = 7",
    )
    before = files(repository.snapshot_folder)
    repository.git("merge", "theirs", code=1)
    repository.git("merge", "--abort")
    assert files(repository.snapshot_folder) == before
    assert repository.git("status", "--porcelain") == ""
    repository.snapshot("merge", code=2)


def test_without_the_driver_git_has_its_own_conflict(
    repository: Repository, database: Callable[..., str]
) -> None:
    two_branches(repository)
    repository.snapshot("git", "install", "--undo")
    repository.git("merge", "theirs", code=1)
    with pytest.raises(SnapshotDamaged):
        restore_snapshot(RestoreOptions(database(), repository.snapshot_folder, confirm=True))
    repository.git("add", "-A")
    repository.git("commit", "-qm", "hidden")
    with pytest.raises(SnapshotDamaged):
        restore_snapshot(RestoreOptions(database(), repository.snapshot_folder, confirm=True))
    repository.git("reset", "-q", "--hard", "HEAD^")
    repository.git("merge", "theirs", code=1)
    repository.snapshot("merge")  # it needs no driver
    repository.git("commit", "-qm", "merged")
    assert content(database, repository.snapshot_folder) == BOTH


def test_several_bases_end_as_a_conflict(
    repository: Repository, database: Callable[..., str]
) -> None:
    two_branches(repository)
    repository.git("branch", "crossed", "theirs")
    repository.git("merge", "-q", "--no-edit", "theirs")
    repository.git("checkout", "-q", "crossed")
    repository.git("merge", "-q", "--no-edit", "ours~1", code=None)
    repository.git("merge", "-q", "--no-edit", "ours^1", code=None)
    assert content(database, repository.snapshot_folder) == BOTH
    # both merged what the other had then; each goes on for itself
    merged = (OURS, THEIRS)
    repository.edits["crossed"] = repository.edits["ours"] = merged
    repository.commit("crossed", "UPDATE customer SET name = 'C' WHERE id = 3")
    repository.git("checkout", "-q", "ours")
    repository.commit("ours", "UPDATE customer SET name = 'O' WHERE id = 4")
    said = repository.git("merge", "--no-edit", "crossed", code=1)
    assert "run: snapshot merge" in said
    with pytest.raises(SnapshotDamaged):
        restore_snapshot(RestoreOptions(database(), repository.snapshot_folder, confirm=True))
    repository.snapshot("merge")
    repository.git("commit", "-qm", "merged")
    assert content(database, repository.snapshot_folder) == BOTH


def test_a_shallow_clone(repository: Repository, tmp_path: Path) -> None:
    two_branches(repository)
    repository.git(
        "clone", "-q", "--depth=1", "--no-single-branch", f"file://{repository.root}", "../shallow"
    )
    clone = Repository(tmp_path / "shallow", repository.shop)
    clone.git("config", "user.name", "Test")
    clone.git("config", "user.email", "test@example.org")
    clone.snapshot("git", "install")
    clone.git("merge", "--allow-unrelated-histories", "origin/theirs", code=1)
    said = clone.snapshot("merge", code=2)
    assert "no common base" in said


def test_an_octopus_is_exact_or_refused(
    repository: Repository, database: Callable[..., str]
) -> None:
    two_branches(repository)
    repository.branch("third", "DELETE FROM orders WHERE id = 6")
    repository.git("checkout", "-q", "ours")
    said = repository.git("merge", "--no-edit", "theirs", "third", code=None)
    merged = len(repository.git("rev-parse", "HEAD^@").split()) > 1
    if merged:
        kept = {**BOTH, "orders": [1, 4, 5, 7]}
        assert content(database, repository.snapshot_folder) == kept, said
    else:
        assert "octopus" in said


# --- what a diff shows


CHANGES = "UPDATE customer SET name = name || '!' WHERE id IN (2, 4, 6)"


def test_three_changed_rows_are_three_lines(repository: Repository) -> None:
    repository.begin()
    repository.create("main", CHANGES)
    numbers = [line.split("\t") for line in repository.git("diff", "--numstat").splitlines()]
    shown = {name: (out, into) for into, out, name in numbers}
    assert shown.pop("seed_data/manifest.json")[0].isdigit()
    assert {name: n for name, n in shown.items() if n != ("-", "-")} == {
        "seed_data/data.sql": ("3", "3")
    }
    repository.git("commit", "-qam", "changed")
    for words in (["diff", "HEAD^"], ["log", "-p", "-1"], ["show"]):
        lines = repository.git(*words, "--", "seed_data/data.sql").splitlines()
        added = [line for line in lines if line.startswith("+") and not line.startswith("+++")]
        removed = [line for line in lines if line.startswith("-") and not line.startswith("---")]
        assert len(added) == len(removed) == 3, words
        assert added[0] == (
            "+customer id=2 email=c2@example.org name=Customer 2! born=1900 died=1980"
        )


def test_an_edited_file_of_attributes_is_kept(
    repository: Repository, database: Callable[..., str]
) -> None:
    repository.begin()
    url = database()
    path = repository.snapshot_folder / ".gitattributes"
    path.write_text(path.read_text() + "*.sql linguist-language=SQL\n")
    edited = path.read_text()
    with psycopg.connect(url) as connection:
        connection.execute(SHOP + CHANGES)
    said = repository.snapshot("create", "-d", url)
    assert ".gitattributes was edited: it stays as it is" in said
    assert path.read_text() == edited


# --- the configuration


def test_install_and_undo(repository: Repository) -> None:
    repository.root.mkdir()
    repository.git("init", "-q")
    repository.git("config", "alias.x", "status")
    config = repository.root / ".git" / "config"
    before = config.read_bytes()
    said = repository.snapshot("git", "install")
    assert "merge.snapshot.driver = " in said
    assert " git merge-driver -- %O %A %B %P" in said
    installed = config.read_bytes()
    repository.snapshot("git", "install")
    assert config.read_bytes() == installed
    repository.snapshot("git", "install", "--undo")
    assert config.read_bytes() == before
    repository.git("config", "merge.snapshot.driver", "mine %A")
    own = config.read_bytes()
    assert "mine %A" in repository.snapshot("git", "install", code=3)
    repository.snapshot("git", "install", "--undo")
    assert config.read_bytes() == own


def test_outside_of_a_repository(tmp_path: Path, shop: Shop) -> None:
    here = Repository(tmp_path, shop)
    here.snapshot("git", "install", code=1)
    here.snapshot("merge", code=1)


# --- the documents


def test_the_session_of_two_branches(
    shop: Shop, database: Callable[..., str], tmp_path: Path
) -> None:
    """The commands of docs/merging.md, one after the other, in one project."""
    here = Repository(tmp_path / "project", shop)
    here.root.mkdir()
    here.git("init", "-q", "-b", "main")
    here.git("config", "user.name", "Test")
    here.git("config", "user.email", "test@example.org")
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "snapshot").write_text(
        f'#!/bin/sh\nexec "{sys.executable}" -m snapshot "$@"\n'
    )
    (tmp_path / "bin" / "snapshot").chmod(0o755)
    environment = {
        **os.environ,
        "DATABASE_URL": database(),
        "PATH": f"{tmp_path / 'bin'}:{PROGRAMS}:{os.environ['PATH']}",
    }
    text = (ROOT / "docs" / "merging.md").read_text()
    lines = [
        line
        for block in re.findall(r"^```console\n(.*?)^```", text, re.M | re.S)
        for line in block.splitlines()
    ]
    assert len(lines) > 30
    printed = ""
    for line in lines:
        if not line.startswith("$ "):
            assert line in printed, (line, printed)
            continue
        command, _, code = line[2:].partition("# ends with ")
        done = subprocess.run(
            ["bash", "-c", command], cwd=here.root, env=environment, text=True, check=False,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
        )  # fmt: skip
        printed = done.stdout
        assert done.returncode == int(code or 0), (line, printed)
        if command.startswith("psql") and "SELECT" in command:
            assert "Alien (1979) | 3.49" in printed
            assert "Casablanca" not in printed
            assert "Dune" in printed
    assert "2\tBrazil\t0.99" in (here.snapshot_folder / "data.sql").read_text()


def test_a_pointer_of_git_lfs_is_no_snapshot(repository: Repository, tmp_path: Path) -> None:
    two_branches(repository)
    pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n"
    (repository.snapshot_folder / "data.sql").write_text(pointer)
    repository.git("commit", "-qam", "a pointer")
    said = repository.snapshot(
        "merge", "main:seed_data", "ours:seed_data", "theirs:seed_data", "-o", str(tmp_path / "o"),
        code=4,
    )  # fmt: skip
    assert "git lfs pull" in said
    assert not (tmp_path / "o").exists()


def test_create_settles_a_conflict(repository: Repository, database: Callable[..., str]) -> None:
    two_branches(
        repository,
        "UPDATE customer SET born = 1 WHERE id = 7",
        "UPDATE customer SET born = 2 WHERE id = 7",
    )
    repository.git("merge", "theirs", code=1)
    url = database()
    with psycopg.connect(url) as connection:
        connection.execute(SHOP)
    repository.snapshot("create", "-d", url)
    assert verify_snapshot(repository.snapshot_folder).passed
