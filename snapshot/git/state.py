"""A merge in a repository: the three snapshots, what was chosen, and the result.

It is kept in git's own folder, one for each snapshot's folder, until another merge takes its place.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

from snapshot.catalog import Name
from snapshot.changes.merging import Choices, SideName
from snapshot.configuration import read_configuration
from snapshot.git.trees import Repository, Trees
from snapshot.progress import NO_PROGRESS, Progress
from snapshot.store.location import Directory

if TYPE_CHECKING:
    from snapshot.merge import MergeReport
    from snapshot.postgres.urls import AnyUrl

_STATE = "state.json"
_RESULT = "result"


@dataclass(frozen=True)
class State:
    """What is being merged. `folder` is relative to the repository."""

    repository: Repository
    folder: str
    trees: Trees
    choices: Choices = field(default_factory=dict)
    renumber: Mapping[Name, SideName] = field(default_factory=dict)

    @property
    def place(self) -> Path:
        """Where it is kept."""
        name = hashlib.sha256(self.folder.encode(errors="surrogateescape")).hexdigest()[:16]
        return self.repository.private(name)

    @property
    def result(self) -> Path:
        """Where the driver keeps the merged snapshot."""
        return self.place / _RESULT

    def begin(self) -> None:
        """Keep this one, in the place of what is there of another merge."""
        shutil.rmtree(self.place, ignore_errors=True)
        self.place.mkdir(parents=True)
        self.save()

    def save(self) -> None:
        """Keep what was chosen."""
        document = {
            "folder": self.folder.encode(errors="surrogateescape").hex(),
            "trees": list(self.trees),
            "choices": [
                [*table, [list(pair) for pair in key], column, side]
                for (table, key, column), side in self.choices.items()
            ],
            "renumber": [[*table, side] for table, side in self.renumber.items()],
        }
        (self.place / _STATE).write_bytes(orjson.dumps(document))

    def merge(
        self,
        directory: Directory,
        url: AnyUrl | None = None,
        progress: Progress = NO_PROGRESS,
        readable: bool = True,
    ) -> MergeReport:
        """Merge the three, as the choices say."""
        # git starts the driver for each file, and only the first one needs all this
        from snapshot.merge import MergeOptions, merge_snapshots

        base, ours, theirs = (
            self.repository.tree(tree, f"{self.folder or '.'} ({name})")
            for tree, name in zip(self.trees, ("base", "ours", "theirs"), strict=True)
        )
        options = MergeOptions(
            base=base,
            ours=ours,
            theirs=theirs,
            directory=directory,
            url=url,
            choices=self.choices,
            renumber=self.renumber,
            readable=readable,
            require_masked=read_configuration().require_masked,
        )
        return merge_snapshots(options, progress)


def kept_states(repository: Repository) -> dict[str, State]:
    """The merges that are kept, by folder."""
    found = {}
    for file in repository.private("").glob(f"*/{_STATE}"):
        state = _read(repository, file)
        if state is not None:
            found[state.folder] = state
    return found


def _read(repository: Repository, file: Path) -> State | None:
    try:
        document: Mapping[str, Any] = orjson.loads(file.read_bytes())
        folder = bytes.fromhex(document["folder"]).decode(errors="surrogateescape")
        choices: Choices = {
            (Name(schema, table), tuple((n, v) for n, v in key), column): side
            for schema, table, key, column, side in document["choices"]
        }
        renumber = {Name(schema, table): side for schema, table, side in document["renumber"]}
        return State(repository, folder, Trees(*document["trees"]), choices, renumber)
    except (OSError, ValueError, KeyError, TypeError):  # half written: it is made anew
        return None
