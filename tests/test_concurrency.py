"""Commands that run at the same moment, and are killed, leave what some order of them leaves.

SNAPSHOT_RACES_ROUNDS and SNAPSHOT_RACES_SEED say how many rounds and which; a message names both.
All pairs many times, with a table: scripts/races.py.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import servers as postgres_servers
from arena import Arena
from race_model import EMPTY, NEW, Content, State, allowed

ROUNDS = int(os.environ.get("SNAPSHOT_RACES_ROUNDS", "25"))
SEED = int(os.environ.get("SNAPSHOT_RACES_SEED", "1"))

pytestmark = pytest.mark.xdist_group("races")


@pytest.fixture(scope="module")
def arena() -> Iterator[Arena]:
    """A server of its own: every session and every lock on it is a round's."""
    if postgres_servers.programs(18) is None:
        pytest.skip("no PostgreSQL 18 is installed")
    with tempfile.TemporaryDirectory(prefix="snapshot-races-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        with postgres_servers.running(18, folder / "server") as url:
            arena = Arena(url, folder)
            arena.prepare()
            yield arena


@pytest.mark.parametrize("number", range(ROUNDS))
def test_some_order_of_the_commands_explains_what_is_there(number: int, arena: Arena) -> None:
    played = arena.round(number, SEED)
    assert not played.faults, f"\n{played}"


def test_the_model_knows_every_order() -> None:
    old, before, kept = Content("old"), Content("before"), Content("kept")
    start = State(old, before, (kept,), False, before)
    found = allowed(start, [("swap", "done"), ("clear", "done")])
    assert {(state.current, state.previous) for state in found} == {
        (EMPTY, old),  # the swap was first
        (NEW, EMPTY),
    }
    assert allowed(start, [("swap", "not done"), ("create", "not done")]) == {start}
    killed = allowed(start, [("undo", "either")])
    assert {state.current for state in killed} == {old, kept}
    assert {state.safety for state in killed} == {(kept,), (old, kept)}
