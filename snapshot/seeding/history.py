"""Rows and seconds of the last runs on this machine, for `seed list`."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, NamedTuple

import orjson

from snapshot.store.folders import state_folder

if TYPE_CHECKING:
    from snapshot.seeding.options import SeedReport


class LastTime(NamedTuple):
    """The last full run of a profile."""

    rows: int
    seconds: float


def remember_time(report: SeedReport) -> None:
    """Record how long a run into an empty database took. A failure to write it is ignored."""
    if report.found or not report.rows:
        return
    times = {key: [t.rows, t.seconds] for key, t in last_times().items()}
    times[f"{report.blueprint}/{report.profile or ''}"] = [report.rows, round(report.seconds, 3)]
    path = state_folder() / "seeded.json"
    with contextlib.suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(orjson.dumps(times))


def last_times() -> dict[str, LastTime]:
    """The last full runs, by blueprint/profile."""
    try:
        found = orjson.loads((state_folder() / "seeded.json").read_bytes())
        return {key: LastTime(int(rows), float(s)) for key, (rows, s) in found.items()}
    except (OSError, ValueError, AttributeError, TypeError):
        return {}
