"""[tool.snapshot] of a pyproject.toml: what a project says once for all its commands and tests."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any, NamedTuple

from snapshot.errors import UsageError

_TEXT = "a text"
_LIST = 'a list of texts, as in ["a", "b"]'
_NUMBER = "a whole number above 0"
_SWITCH = "true or false"
_KEYS = {
    "database-url": _TEXT,
    "protected": _LIST,
    "allowed": _LIST,
    "backup-megabytes": _NUMBER,
    "containers": "a table",
    "migrate": _TEXT,
    "mask": _TEXT,
    "require-masked": _SWITCH,
}
_CONTAINER_KEYS = {
    "project": _TEXT,
    "services": _LIST,
    "containers": _LIST,
    "leave-alone": _SWITCH,
    "all-services": _SWITCH,
}


class Configuration(NamedTuple):
    """[tool.snapshot] of a pyproject.toml, and the project's folder."""

    folder: Path
    values: Mapping[str, Any]

    @property
    def origin(self) -> str:
        """What to call it: with its path as seen from the current folder."""
        return f"[tool.snapshot] in {os.path.relpath(self.folder / 'pyproject.toml')}"

    @property
    def mask(self) -> str | None:
        """The path of the policy that `create` masks by."""
        name = self.values.get("mask")
        return None if name is None else str(self.folder / name)

    @property
    def require_masked(self) -> bool:
        """Only masked snapshots may be used."""
        return bool(self.values.get("require-masked", False))


def read_configuration(start: Path | None = None) -> Configuration:
    """Read [tool.snapshot] from the nearest pyproject.toml that has it.

    It is looked for from the current folder, or `start`, upwards. Without one, the project's folder
    is that folder. Raises UsageError for unknown keys and
    values of another type: a misspelt `protected` would protect nothing.
    """
    for folder in project_folders(start):
        path = folder / "pyproject.toml"
        try:
            document = tomllib.loads(path.read_text("utf-8"))
        except (FileNotFoundError, NotADirectoryError):
            continue
        except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise UsageError(
                f"{os.path.relpath(path)} cannot be read: {error}", hint="fix the file"
            ) from error
        tool = document.get("tool", {})
        if isinstance(tool, dict) and "snapshot" in tool:
            found = Configuration(folder, tool["snapshot"])
            _check(found.values, _KEYS, found.origin)
            containers = found.values.get("containers", {})
            _check(containers, _CONTAINER_KEYS, found.origin.replace("]", ".containers]"))
            return found
    return Configuration(start or Path.cwd(), {})


def project_folders(start: Path | None = None) -> list[Path]:
    """The current folder, and those above it up to the repository's root, or below the home folder.

    Elsewhere only the current folder counts: in /tmp, what lies above it may be another user's.
    With `start` that folder counts as the current one.
    """
    here = (start or Path.cwd()).absolute()
    home = Path(os.path.expanduser("~")).resolve()
    upwards = [here, *here.parents]
    for number, folder in enumerate(upwards):
        git = folder / ".git"
        if git.exists() and git.stat().st_uid == here.stat().st_uid:
            return upwards[: number + 1]
        if folder == home:
            return upwards[: max(number, 1)]
    return [here]


def _check(values: object, known: Mapping[str, str], origin: str) -> None:
    """Refuse keys that are unknown, and values of another type."""
    if not isinstance(values, dict):
        raise UsageError(f"{origin} is {values!r}", hint="make it a table")
    for name, value in values.items():
        if name not in known:
            close = get_close_matches(name, known, 1)
            raise UsageError(
                f"{origin} has an unknown key: {name}",
                hint=f"did you mean {close[0]}?" if close else f"known are {', '.join(known)}",
            )
        if not _fits(value, known[name]):
            shown = "of another type" if name == "database-url" else repr(value)  # a password
            raise UsageError(f"{name} in {origin} is {shown}", hint=f"give {known[name]}")


def _fits(value: object, wanted: str) -> bool:
    if wanted == _LIST:
        return isinstance(value, list) and all(isinstance(item, str) for item in value)
    if wanted == _NUMBER:
        return type(value) is int and value > 0
    types: dict[str, type] = {_TEXT: str, _SWITCH: bool}
    return isinstance(value, types.get(wanted, dict))
