"""A folder as a git revision holds it: `HEAD~1:seed_data`. It can be read, and not written."""

from __future__ import annotations

import io
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, NoReturn, cast

from snapshot.errors import SnapshotDamaged, SnapshotError, UsageError

POINTER = b"version https://git-lfs.github.com/spec/"
_NAMED = 3  # revisions that hold a folder which another one lacks


@dataclass(frozen=True)
class GitTree:
    """A folder in a revision. `tree` is the number of its tree object, `text` what the user wrote.

    A submodule is no part of it.
    """

    repository: Path
    tree: str
    text: str

    def __str__(self) -> str:
        return self.text

    @property
    def path(self) -> None:
        """None: it is not in the file system."""

    def folder(self, name: str) -> GitTree:
        """What to call a file or a folder inside it."""
        return GitTree(self.repository, self.tree, f"{self.text}/{name}")

    def sizes(self) -> dict[str, int | None]:
        """Its visible files and their bytes; None for what is no plain file."""
        listed = run_git(self.repository, "ls-tree", "-r", "-z", "--long", self.tree)
        found: dict[str, int | None] = {}
        for line in listed.split(b"\0")[:-1]:
            facts, _, name = line.partition(b"\t")
            mode, _, _, size = facts.split()
            plain = mode.startswith(b"100")
            text = name.decode("utf-8", "surrogateescape")
            if not text.startswith("."):
                found[text] = int(size) if plain else None
        return found

    def open(self, name: str) -> BinaryIO:
        """A file; FileNotFoundError if there is none, SnapshotDamaged if git-lfs keeps it."""
        try:
            run_git(self.repository, "cat-file", "-e", f"{self.tree}:{name}")
        except SnapshotError:
            raise FileNotFoundError(f"{self}/{name}") from None
        blob = io.BufferedReader(_Blob(self.repository, f"{self.tree}:{name}"))
        try:
            refuse_pointer(blob.peek(len(POINTER)), f"{self}/{name}")
        except SnapshotDamaged:
            blob.close()
            raise
        return cast("BinaryIO", blob)

    def read(self, name: str, most: int) -> bytes:
        """What a file holds, up to `most` bytes; OverflowError if that is not all."""
        with self.open(name) as file:
            content = file.read(most + 1)
        if len(content) > most:
            raise OverflowError
        return content

    def create(self, name: str, mode: int) -> NoReturn:
        """Refuse: a revision stays what it is."""
        self._refuse()

    def delete(self, names: Iterable[str]) -> None:
        """Refuse: a revision stays what it is."""
        self._refuse()

    def _refuse(self) -> NoReturn:
        raise UsageError(
            f"{self} is a git revision: nothing is written there", hint="give a folder"
        )


def refuse_pointer(content: bytes, path: str) -> None:
    """Raise SnapshotDamaged if a file begins like a pointer of git-lfs."""
    if content.startswith(POINTER):
        raise SnapshotDamaged(
            f"{path} is a pointer of git-lfs: its content is elsewhere",
            hint="git lfs pull, and compare the folder: a revision holds the pointer only",
        )


def tree_at(text: str) -> GitTree | None:
    """What REVISION:FOLDER means here; None if it is something else, or no revision of that name.

    The folder is looked for from the current folder, and then from the repository's root. Raises
    UsageError if the revision has no such folder.
    """
    revision, colon, folder = text.partition(":")
    here = Path.cwd()
    if not colon or not revision or revision.startswith("-") or "\0" in text:
        return None
    try:
        run_git(here, "rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}")
        prefix = run_git(here, "rev-parse", "--show-prefix").decode().removesuffix("\n")
        root = Path(run_git(here, "rev-parse", "--show-toplevel").decode().removesuffix("\n"))
    except SnapshotError:
        return None
    folder = folder.rstrip("/") or "."
    for at in (f"{revision}:./{folder}", f"{revision}:{folder}"):
        try:
            found = run_git(here, "rev-parse", "--verify", "--quiet", at).decode().strip()
            run_git(here, "ls-tree", found)  # a file is no folder
        except SnapshotError:
            continue
        return GitTree(root, found, text)
    raise UsageError(f"{revision} has no folder {prefix}{folder}", hint=_where_it_is(here, folder))


def _where_it_is(here: Path, folder: str) -> str:
    try:
        commits = run_git(here, "log", "--all", "--format=%h", f"-{_NAMED}", "--", folder)
    except SnapshotError:
        commits = b""
    found = ", ".join(commits.decode().split())
    return f"commits that changed it: {found}" if found else "no commit has it"


def run_git(folder: Path, *arguments: str) -> bytes:
    """What git prints. Raises SnapshotError with its own words if it fails, or is not installed."""
    try:
        done = subprocess.run(  # noqa: S603
            ["git", "-C", str(folder), *arguments],  # noqa: S607
            capture_output=True,
            check=False,
        )
    except FileNotFoundError:
        raise SnapshotError("git is not installed", hint="install it") from None
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip().splitlines()
        raise SnapshotError(
            f"git {arguments[0]} failed: {said[0] if said else 'it gave no reason'}",
            hint="run it in the repository to see why",
        )
    return done.stdout


class _Blob(io.RawIOBase):
    """The content of a blob, as git writes it."""

    def __init__(self, repository: Path, blob: str) -> None:
        self._git = subprocess.Popen(  # noqa: S603
            ["git", "-C", str(repository), "cat-file", "blob", blob],  # noqa: S607
            stdout=subprocess.PIPE,
        )

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        assert self._git.stdout
        return self._git.stdout.readinto(buffer)  # type: ignore[attr-defined,no-any-return]

    def close(self) -> None:
        if not self.closed:
            assert self._git.stdout
            self._git.stdout.close()
            self._git.wait()
        super().close()
