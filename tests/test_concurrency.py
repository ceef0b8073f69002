"""Commands that run at the same moment, and are killed, leave what some order of them leaves.

SNAPSHOT_RACES_ROUNDS and SNAPSHOT_RACES_SEED say how many rounds and which; a message names both.
All pairs many times, with a table: scripts/races.py.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from arena import Arena, running_arena
from race_model import EMPTY, NEW, Content, State, allowed

ROUNDS = int(os.environ.get("SNAPSHOT_RACES_ROUNDS", "25"))
SEED = int(os.environ.get("SNAPSHOT_RACES_SEED", "1"))

pytestmark = pytest.mark.xdist_group("races")


@pytest.fixture(scope="module")
def arena() -> Iterator[Arena]:
    """A server of its own: every session and every lock on it is a round's."""
    with running_arena() as arena:
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
    failed = allowed(start, [("restore", "not done")])
    assert failed == {start, start._replace(safety=(old, kept))}
    killed = allowed(start, [("undo", "either")])
    assert {state.current for state in killed} == {old, kept}
    assert {state.safety for state in killed} == {(kept,), (old, kept)}
