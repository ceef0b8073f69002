"""Where this machine's records lie: safety snapshots, journals, and what was restored."""

from __future__ import annotations

from pathlib import Path

import platformdirs


def state_folder() -> Path:
    """Where this machine's records lie."""
    return platformdirs.user_state_path("snapshot")


def private_folder(folder: Path) -> None:
    """Make a folder under the state folder that nobody else can read or write, with any umask.

    Raises OSError.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    for path in (state_folder(), folder):
        if path.stat().st_mode & 0o077:
            path.chmod(0o700)
