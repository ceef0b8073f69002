"""Finds blueprints: a file, module:name, or one of the bundled examples."""

from __future__ import annotations

import importlib
import importlib.util
import sys
from collections.abc import Iterator
from importlib import resources
from pathlib import Path

from snapshot.errors import BlueprintError, UsageError
from snapshot.seeding.blueprint import Blueprint

PROJECT = "seeds"  # the folder of a project's own blueprints


def load_blueprint(reference: str) -> Blueprint:
    """The blueprint of a file, of module:name, or a bundled example.

    Raises UsageError if there is none, BlueprintError with file and line if it cannot be read.
    """
    path = _file(reference)
    if path is not None:
        return _from_file(path)
    module, colon, name = reference.partition(":")
    if not colon:
        known = ", ".join(bundled())
        raise UsageError(
            f"there is no blueprint {reference}",
            hint=f"give a file, module:name, or an example: {known}",
        )
    try:
        found = getattr(importlib.import_module(module), name)
    except (BlueprintError, KeyboardInterrupt):
        raise
    except BaseException as error:  # sys.exit() and the like too
        raise UsageError(
            f"{reference} cannot be imported: {type(error).__name__}: {error}",
            hint="check the name, and what the module does when it is imported",
        ) from error
    if not isinstance(found, Blueprint):
        raise UsageError(f"{reference} is no blueprint", hint="name a Blueprint(…)")
    return found


def bundled() -> dict[str, Path]:
    """The bundled examples, by name."""
    try:
        folder = Path(str(resources.files("snapshot.examples")))
    except ModuleNotFoundError:
        return {}
    return {path.parent.name: path for path in sorted(folder.glob("*/blueprint.py"))}


def project_blueprints(folder: Path) -> Iterator[Path]:
    """The blueprints in the project's own folder."""
    yield from sorted((folder / PROJECT).glob("*.py"))


def _file(reference: str) -> Path | None:
    path = Path(reference)
    if path.suffix == ".py" or path.is_file():
        if not path.is_file():
            raise UsageError(f"there is no file {reference}", hint="check the path")
        return path
    own = Path.cwd() / PROJECT / f"{reference}.py"
    return own if own.is_file() else bundled().get(reference)


def _from_file(path: Path) -> Blueprint:
    name = f"snapshot_blueprint_{path.resolve().parent.name}_{path.stem}"
    specification = importlib.util.spec_from_file_location(name, path)
    assert specification is not None and specification.loader is not None  # noqa: PT018
    module = importlib.util.module_from_spec(specification)
    sys.modules[name] = module  # dataclasses look their module up
    try:
        specification.loader.exec_module(module)
    except (BlueprintError, KeyboardInterrupt):
        raise
    except BaseException as error:  # sys.exit() and the like too
        said = " ".join(f"{type(error).__name__}: {error}".split())
        raise BlueprintError(f"{path}{_line(error, path)}: {said}", hint="fix the file") from error
    found = [value for value in vars(module).values() if isinstance(value, Blueprint)]
    if len(found) != 1:
        raise BlueprintError(
            f"{path} holds {len(found)} blueprints", hint="one file, one Blueprint(…)"
        )
    return found[0]


def _line(error: BaseException, path: Path) -> str:
    if isinstance(error, SyntaxError):
        return f":{error.lineno}"
    line = ""
    trace = error.__traceback__
    while trace is not None:
        if Path(trace.tb_frame.f_code.co_filename) == path:
            line = f":{trace.tb_lineno}"
        trace = trace.tb_next
    return line
