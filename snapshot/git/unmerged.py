"""`snapshot merge` in a repository: what git left unmerged is merged, settled and staged."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from snapshot.catalog import Name
from snapshot.changes.merging import SideName
from snapshot.changes.settling import chosen
from snapshot.errors import SnapshotError, UsageError
from snapshot.git.state import State, kept_states
from snapshot.git.trees import Repository, Trees, repository_here, snapshot_of
from snapshot.merge import MergeReport
from snapshot.postgres.urls import AnyUrl
from snapshot.progress import NO_PROGRESS, Progress
from snapshot.store.git_tree import run_git
from snapshot.store.manifest import FILE_NAME, load_manifest


@dataclass(frozen=True)
class Take:
    """Which side counts, and for which conflicts; None: for all."""

    side: SideName
    label: str | None = None


def merge_unmerged(
    take: Take | None = None,
    url: AnyUrl | None = None,
    progress: Progress = NO_PROGRESS,
    renumber: Mapping[Name, SideName] = MappingProxyType({}),
) -> MergeReport:
    """Merge the snapshot that git left unmerged, into its folder; stage it if nothing is open.

    Raises UsageError if nothing is unmerged, or a choice fits no conflict.
    """
    repository = repository_here()
    state = _open_merge(repository)
    state = replace(state, renumber={**state.renumber, **renumber})
    place = repository.root / state.folder
    if take is not None:
        known = state.merge(place, url, progress).conflicts
        state = replace(state, choices=chosen(known, state.choices, take.side, take.label))
    report = state.merge(place, url, progress)
    state.save()
    if not report.conflicts:
        repository.git("add", "-A", "--", f":(top,literal){state.folder or '.'}")
    return report


def is_open() -> bool:
    """Whether a snapshot in the current repository is unmerged, or has conflicts."""
    repository = repository_here()
    return bool(_stages(repository)) or any(
        _has_conflicts(repository, folder) for folder in kept_states(repository)
    )


def _open_merge(repository: Repository) -> State:
    kept = kept_states(repository)
    stages = _stages(repository)
    for folder, manifests in stages.items():
        trees = _trees(repository, folder, manifests)
        state = kept.get(folder)
        if state is None or state.trees != trees:
            state = State(repository, folder, trees)
            state.begin()
        return state
    for folder, state in kept.items():
        if _has_conflicts(repository, folder):
            return state
    raise UsageError(
        "no snapshot is unmerged here",
        hint="without git: snapshot merge BASE OURS THEIRS -o DIRECTORY",
    )


def _has_conflicts(repository: Repository, folder: str) -> bool:
    try:
        return bool(load_manifest(repository.root / folder).conflicts)
    except SnapshotError:
        return False


def _stages(repository: Repository) -> dict[str, dict[int, str]]:
    """The unmerged manifests, by folder: their contents at the stages base, ours and theirs."""
    found: dict[str, dict[int, str]] = {}
    for line in run_git(repository.root, "ls-files", "-u", "-z").split(b"\0")[:-1]:
        facts, _, raw = line.partition(b"\t")
        _, blob, stage = facts.decode().split()
        path = raw.decode(errors="surrogateescape")
        folder, _, name = path.rpartition("/")
        if name == FILE_NAME:
            found.setdefault(folder, {})[int(stage)] = blob
    return found


def _trees(repository: Repository, folder: str, manifests: dict[int, str]) -> Trees:
    if set(manifests) != {1, 2, 3}:
        raise UsageError(
            f"{folder}: there is no common base: each side made a snapshot of its own",
            hint=f"take one: git checkout --ours {folder} (or --theirs), and git add it",
        )
    trees = [snapshot_of(repository, manifests[stage], folder) for stage in (1, 2, 3)]
    if None in trees:
        raise SnapshotError(
            f"{folder}: not all of the three snapshots are in this repository's history",
            hint="in a shallow clone: git fetch --unshallow",
        )
    return Trees(*(tree for tree in trees if tree))
