"""A blueprint's parameters as options of the commands that take a blueprint."""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

if TYPE_CHECKING:
    from snapshot.seeding.blueprint import Blueprint


class Verbs(TyperGroup):
    """The commands of `seed`; those that take a blueprint also take its parameters."""

    def resolve_command(self, ctx: Any, args: list[str]) -> tuple[Any, Any, list[str]]:
        """Find the command, and extend it by what the blueprint that is named asks for."""
        name, command, rest = super().resolve_command(ctx, args)
        extend: Callable[..., Any] | None = getattr(command and command.callback, "extended", None)
        reference = _blueprint_in(rest, command.params) if extend and command else None
        if reference is not None and extend is not None:
            command = extend(name, reference)
        return name, command, rest


def takes_parameters(command: Callable[..., None]) -> Callable[..., None]:
    """Mark a command whose keyword `parameters` is what is given for a blueprint's parameters.

    A blueprint that is named is handed to the command as it was loaded to know its parameters.
    """

    def extended(name: str, reference: str) -> Any:
        from snapshot.seeding.loading import load_blueprint

        app = typer.Typer(
            add_completion=False,
            rich_markup_mode=None,
            pretty_exceptions_enable=False,
            context_settings={"help_option_names": ["-h", "--help"]},
        )
        app.command(name)(_with_parameters(command, load_blueprint(reference)))
        return typer.main.get_command(app)

    plain = _with_parameters(command, None)
    plain.extended = extended  # type: ignore[attr-defined]
    return plain


def _with_parameters(
    command: Callable[..., None], blueprint: Blueprint | None
) -> Callable[..., None]:
    """The command with the blueprint's parameters as options, gathered in `parameters`."""
    fields = dataclasses.fields(blueprint.parameters) if blueprint else ()

    def parametrised(**options: Any) -> None:
        given = {f.name: options.pop(f"with_{f.name}") for f in fields}
        parameters = {
            name: tuple(value) if isinstance(value, list) else value
            for name, value in given.items()
            if value is not None and value != []
        }
        if blueprint:
            options["blueprint"] = blueprint
        command(**options, parameters=parameters)

    signature = inspect.signature(command, eval_str=True)
    own = [p for p in signature.parameters.values() if p.name != "parameters"]
    parametrised.__signature__ = signature.replace(  # type: ignore[attr-defined]
        parameters=[*own, *map(_option, fields)]
    )
    parametrised.__name__, parametrised.__doc__ = command.__name__, command.__doc__
    return parametrised


def _option(field: dataclasses.Field[Any]) -> inspect.Parameter:
    from snapshot.seeding.blueprint import bounds

    default: Any = field.default
    kind = type(default)
    flag = field.name.replace("_", "-")
    names = [f"--{flag}/--no-{flag}"] if kind is bool else [f"--{flag}"]
    shown = ", ".join(default) if kind is tuple else default
    least, most = bounds(field)
    if kind in (int, float) and most is not None:
        shown = f"{shown}, from {least:g} to {most:g}"
    options: dict[str, Any] = {
        "help": f"{field.metadata.get('help') or field.name}  [{shown}]".strip(),
        "envvar": f"SEED_{field.name.upper()}",
        "show_default": False,
        "show_envvar": False,
    }
    annotation: Any = list[str] if kind is tuple else kind
    return inspect.Parameter(
        f"with_{field.name}",
        inspect.Parameter.KEYWORD_ONLY,
        default=None,
        annotation=Annotated[annotation | None, typer.Option(*names, **options)],
    )


def _blueprint_in(args: Sequence[str], params: Sequence[Any]) -> str | None:
    """The first word that is neither an option nor the value of one."""
    flags = {name for p in params if getattr(p, "is_flag", False) for name in p.opts}
    flags |= {"-h", "--help"}
    waiting = False
    for word in args:
        if waiting:
            waiting = False
        elif word.startswith("-") and word != "-":
            whole = "=" in word or (word[1] != "-" and len(word) > 2)  # -vv, or -j2
            waiting = not (whole or word in flags or word.startswith("--no-") or word == "--")
        else:
            return word
    return None
