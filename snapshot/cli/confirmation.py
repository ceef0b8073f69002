"""What every command that changes a database takes from its user: permission, and the question."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from snapshot.cli import output
from snapshot.progress import NO_PROGRESS, Progress

if TYPE_CHECKING:
    from snapshot.change import Approve
    from snapshot.cli.settings import Target

Chosen = tuple[str | None, Sequence[str] | None, Sequence[str] | None, bool, bool]


def allowed(
    target: Target,
    *,
    confirm: bool = False,
    allow: str | None = None,
    no_backup: bool = False,
    containers: Chosen | None = None,
) -> dict[str, Any]:
    """The fields of ChangeOptions, from the options of a command and the settings.

    `containers` are project, services, containers, whether all are left alone, and whether services
    are stopped that do not use the database.
    """
    from snapshot.cli.settings import backup_options, container_options, guard_for

    fields: dict[str, Any] = {
        "confirm": confirm,
        "guard": guard_for(allow, target),
        "backup": backup_options(no_backup),
    }
    if containers is not None:
        fields["containers"] = container_options(*containers)
    return fields


def question(
    show: Callable[[Any], None], json: bool = False, progress: Progress = NO_PROGRESS
) -> Approve:
    """Show the plan, and take the name of the database for a yes. JSON asks nobody."""

    def approve(plan: Any) -> bool:
        if json:
            return False
        output.pause(progress)
        show(plan)
        name = plan.database
        return output.ask(f"Type the database's name ({name}) to go on:", name)

    return approve
