"""`snapshot git install`: the merge driver and the diff driver in a repository's configuration."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path

from snapshot.errors import Refused
from snapshot.git.trees import Repository, repository_here
from snapshot.store.attributes import DRIVER

_OURS = (" git merge-driver -- %O %A %B %P", " git textconv")


def settings() -> dict[str, str]:
    """The values to write, by key."""
    program = _program()
    return {
        f"merge.{DRIVER}.name": "PostgreSQL snapshots, by rows",
        f"merge.{DRIVER}.driver": program.replace("%", "%%") + _OURS[0],
        # a base that git makes of two bases is never one of ours
        f"merge.{DRIVER}.recursive": "binary",
        f"diff.{DRIVER}.textconv": program + _OURS[1],
    }


def install() -> dict[str, str]:
    """Write them into the configuration of the current repository, and of no other.

    Raises Refused if one of the keys has a value that is not ours.
    """
    repository = repository_here()
    wanted = settings()
    there = {key: _value(repository, key) for key in wanted}
    if foreign := [key for key, value in there.items() if value and not _is_ours(value, wanted)]:
        raise Refused(
            f"{foreign[0]} is set to something else: {there[foreign[0]]}",
            hint=f"remove it: git config --local --unset {foreign[0]}",
        )
    for key, value in wanted.items():
        if there[key] != value:
            repository.git("config", "--local", key, value)
    return wanted


def undo() -> list[str]:
    """Take them away again; returns the keys that were there."""
    repository = repository_here()
    wanted = settings()
    found = [key for key in wanted if _is_ours(_value(repository, key) or "", wanted)]
    for key in found:
        repository.git("config", "--local", "--unset", key)
    return found


def _value(repository: Repository, key: str) -> str | None:
    return repository.asked("config", "--local", "--get", key)


def _is_ours(value: str, wanted: dict[str, str]) -> bool:
    return value in wanted.values() or value.endswith(_OURS)


def _program() -> str:
    """This installation's, by its whole path: git's clients may have another PATH."""
    script = Path(sys.executable).with_name("snapshot")
    if script.exists():
        return shlex.quote(str(script))
    return f"{shlex.quote(sys.executable)} -m snapshot"
