"""What commands print about containers, as text and as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from snapshot.cli import output

if TYPE_CHECKING:
    from snapshot.planning.applications import Applications


def document(applications: Applications) -> dict[str, Any]:
    """What of a plan is about containers, for JSON."""
    return {
        "stopped": [c.name for c in applications.stopped],
        "left_alone": [list(pair) for pair in applications.left_alone],
        "notes": list(applications.notes),
        "connected": [c.name for c in applications.connected],
    }


def print_applications(applications: Applications) -> None:
    """Print which containers are stopped, and which are not, and why."""
    if applications.stopped:
        output.say("Containers that are stopped for the restore, then started again:")
        output.lines([str(container) for container in applications.stopped])
    if applications.left_alone:
        output.say("Containers that are left alone:")
        output.lines([f"{name}: {reason}" for name, reason in applications.left_alone])
    output.lines(applications.notes)


def print_cut_off(applications: Applications) -> None:
    """Print whose sessions are cut, of the containers that go on running."""
    if applications.connected:
        output.say("Containers that are not stopped, and lose their sessions:")
        output.lines([str(container) for container in applications.connected])


def print_ended(ended: Sequence[str]) -> None:
    """Print which containers run no more since their sessions were cut."""
    if ended:
        output.say("Containers that run no more since their sessions were cut:", style="yellow")
        output.lines(ended)
        output.say("hint: start them, or stop them during the restore: --service or --container")
