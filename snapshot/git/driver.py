"""The merge driver: git asks for one file, and gets its part of a merge of whole snapshots."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from snapshot.errors import SnapshotError
from snapshot.git.state import State, kept_states
from snapshot.git.trees import (
    Trees,
    folder_of,
    git_agrees,
    repository_here,
    three_trees,
)
from snapshot.store.conflicts import NOT_MERGED, Conflict
from snapshot.store.manifest import FILE_NAME, dump_manifest, load_manifest, parse_manifest

if TYPE_CHECKING:
    from snapshot.merge import MergeReport

BY_HAND = "run: snapshot merge"


@dataclass(frozen=True)
class Asked:
    """What git gives to a driver: files with three contents, and the name of the file."""

    base: Path
    ours: Path  # the result is written over it
    theirs: Path
    path: str


def drive(
    asked: Asked,
    merged: Callable[[MergeReport], None],
    said: Callable[[str], None],
) -> bool:
    """Write the merged content of one file; False if there is a conflict, and ours stays.

    `merged` gets the report of the merge when it is made, which is at the first file. Whatever goes
    wrong, the manifest says that there is a conflict, so that no command uses the folder.
    """
    try:
        state = _merged(asked, merged)
    except SnapshotError as error:
        _leave_open(asked)
        said(f"{asked.path}: {error}; then {BY_HAND}")
        return False
    name = asked.path[len(folder_of(asked.path)) :].lstrip("/")
    if state is None:
        said(f"{asked.path}: the snapshots that are merged are not found; {BY_HAND}")
    elif load_manifest(state.result).conflicts:
        if name == FILE_NAME:
            shutil.copyfile(state.result / name, asked.ours)
            return False
    elif not git_agrees(state.repository, state.trees, state.result):
        said(f"{asked.path}: git would put together another snapshot; {BY_HAND}")
    else:
        shutil.copyfile(state.result / name, asked.ours)
        return True
    _leave_open(asked)
    return False


def _merged(asked: Asked, merged: Callable[[MergeReport], None]) -> State | None:
    """The merge of which this file is a part; None if its snapshots are not found."""
    repository = repository_here()
    folder = folder_of(asked.path)
    blobs = Trees(*(repository.blob_of(f) for f in (asked.base, asked.ours, asked.theirs)))
    trees = three_trees(repository, asked.path, blobs)
    if trees is None:
        return None
    state = kept_states(repository).get(folder)
    if state is None or state.trees != trees or not (state.result / FILE_NAME).exists():
        state = State(repository, folder, trees)
        state.begin()
        merged(state.merge(state.result))
    return state


def _leave_open(asked: Asked) -> None:
    """If this file is the manifest, let it say that nothing was merged."""
    if asked.path.rpartition("/")[2] == FILE_NAME:
        manifest = parse_manifest(asked.ours.read_bytes(), asked.path)
        conflict = Conflict(NOT_MERGED, what=BY_HAND)
        asked.ours.write_bytes(dump_manifest(replace(manifest, conflicts=(conflict,))))
