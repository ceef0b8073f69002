"""The whole snapshots behind the files that git hands over.

A merge driver sees one file. What it belongs to is found by its content: the commits in which a
file of just this content came or went, and the folders that these hold.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path
from typing import NamedTuple

from snapshot.errors import SnapshotError
from snapshot.store.git_tree import GitTree, run_git
from snapshot.store.layout import ARCHIVE
from snapshot.store.manifest import FILE_NAME, load_manifest, manifest_document

_HEADS = "GITHEAD_"  # git merge names what it merges in variables of this name


class Trees(NamedTuple):
    """The numbers of three folders in git."""

    base: str
    ours: str
    theirs: str


@dataclass(frozen=True)
class Repository:
    """A work tree of git."""

    root: Path

    def git(self, *arguments: str) -> str:
        """What git prints, without the newline at its end."""
        return os.fsdecode(run_git(self.root, *arguments)).removesuffix("\n")

    def asked(self, *arguments: str) -> str | None:
        """The same; None if git says no."""
        try:
            return self.git(*arguments)
        except SnapshotError:
            return None

    def private(self, name: str) -> Path:
        """A place of our own in the folder that git keeps for this work tree."""
        return self.root / self.git("rev-parse", "--git-path", f"snapshot/{name}")

    def object_at(self, commit: str, path: str) -> str | None:
        """The number of a file or folder in a commit."""
        return self.asked("rev-parse", "--verify", "--quiet", f"{commit}:{path}")

    def tree(self, number: str, text: str) -> GitTree:
        """A folder, with what to call it."""
        return GitTree(self.root, number, text)

    def parents(self, commit: str) -> list[str]:
        """Of a commit."""
        return self.git("rev-list", "--parents", "-n1", commit).split()[1:]

    def blob_of(self, file: Path) -> str:
        """The number that a file's content has in git."""
        return self.git("hash-object", "--no-filters", "--", str(file.absolute()))


def repository_here() -> Repository:
    """That of the current folder. Raises SnapshotError if there is none."""
    return Repository(Path(os.fsdecode(run_git(Path.cwd(), "rev-parse", "--show-toplevel")[:-1])))


def folder_of(path: str) -> str:
    """The snapshot's folder, of one of its files."""
    folder = path.rpartition("/")[0]
    head, _, last = folder.rpartition("/")
    return head if last == ARCHIVE else folder


def snapshot_of(repository: Repository, manifest: str, folder: str) -> str | None:
    """The folder, in any commit, that has just this manifest; its seal names all files."""
    path = _in(folder, FILE_NAME)
    for commit in _commits_with(repository, manifest, path):
        if tree := repository.object_at(commit, folder):
            return tree
    return None


def three_trees(repository: Repository, path: str, blobs: Trees) -> Trees | None:
    """The three snapshots that are being merged, of one file's three contents.

    None if they are not found, or if it cannot be told which of several they are.
    """
    folder = folder_of(path)
    ours = _ours(repository, path, folder, blobs.ours)
    if ours is None:
        return None
    found = {
        (base, theirs)
        for one, other in _pairs(repository, path, blobs)
        if (base := repository.object_at(one, folder))
        and (theirs := repository.object_at(other, folder))
    }
    states = {tuple(_state(repository, tree) for tree in pair) for pair in found}
    if len(states) != 1:
        return None
    base, theirs = min(found)
    return Trees(base, ours, theirs)


def _ours(repository: Repository, path: str, folder: str, blob: str) -> str | None:
    """While git merges, HEAD is ours."""
    if repository.object_at("HEAD", path) != blob:
        return None
    return repository.object_at("HEAD", folder)


def _pairs(repository: Repository, path: str, blobs: Trees) -> Iterator[tuple[str, str]]:
    """The commits that may be base and theirs."""
    heads = [name.removeprefix(_HEADS) for name in os.environ if name.startswith(_HEADS)]
    heads = [head for head in heads if repository.object_at(head, path) == blobs.theirs]
    if heads:  # a merge
        for head in heads:
            bases = (repository.asked("merge-base", "--all", "HEAD", head) or "").split()
            if len(bases) == 1 and repository.object_at(bases[0], path) == blobs.base:
                yield bases[0], head
        return
    # a commit that is applied, or taken back: base and theirs are it and its parent
    befores = set(_commits_with(repository, blobs.base, path))
    afters = set(_commits_with(repository, blobs.theirs, path))
    parents = {commit: set(repository.parents(commit)) for commit in befores | afters}
    for base, theirs in product(befores, afters):
        if base in parents[theirs] or theirs in parents[base]:
            yield base, theirs


def _commits_with(repository: Repository, blob: str, path: str) -> Iterator[str]:
    """The commits at which a file has this content, where that began or ended.

    -m: what came by a merge, or lies in a stash, is in commits of several parents.
    """
    listed = repository.git(
        "log", "-m", "--all", "--reflog", "HEAD", f"--find-object={blob}", "--format=%H %P",
        "--", f":(top,literal){path}",
    )  # fmt: skip
    for commit in dict.fromkeys(listed.split()):
        if repository.object_at(commit, path) == blob:
            yield commit


def _state(repository: Repository, tree: str) -> str:
    """What a snapshot is of. When it was made does not count."""
    try:
        manifest = load_manifest(repository.tree(tree, "a commit"))
    except SnapshotError:
        return tree
    return repr(manifest_document(replace(manifest, created_at="")))


# --- what git does with the files that only one side changed


def files_in(repository: Repository, tree: str) -> dict[str, str]:
    """The files of a folder, and the numbers of their contents."""
    listed = run_git(repository.root, "ls-tree", "-r", "-z", tree)
    found = {}
    for line in listed.split(b"\0")[:-1]:
        facts, _, name = line.partition(b"\t")
        found[os.fsdecode(name)] = facts.split()[2].decode()
    return {name: blob for name, blob in found.items() if not name.startswith(".")}


def git_agrees(repository: Repository, trees: Trees, result: Path) -> bool:
    """Whether git, asking the driver for what both sides changed, gets just the result.

    A file that one side changed never reaches the driver.
    """
    base, ours, theirs = (files_in(repository, tree) for tree in trees)
    if not (base.keys() <= ours.keys() and base.keys() <= theirs.keys()):
        return False  # git may take a file that went for one that came
    merged = {
        str(path.relative_to(result)): repository.blob_of(path) for path in _plain_files(result)
    }
    for name in {*base, *ours, *theirs, *merged}:
        b, o, t = (side.get(name) for side in (base, ours, theirs))
        if o == t or t == b:
            taken = o
        elif o == b:
            taken = t
        else:
            taken = merged.get(name) if b and o and t else "a conflict"
        if taken != merged.get(name):
            return False
    return True


def _plain_files(folder: Path) -> Iterable[Path]:
    return (
        path
        for path in folder.rglob("*")
        if path.is_file() and not path.relative_to(folder).parts[0].startswith(".")
    )


def _in(folder: str, name: str) -> str:
    return f"{folder}/{name}" if folder else name
