"""A blueprint's parameters as options of the commands that take a blueprint."""

from __future__ import annotations

import dataclasses
import inspect
import os
from collections.abc import Callable, Collection, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

if TYPE_CHECKING:
    from snapshot.seeding.blueprint import Blueprint


def switched_on(variable: str) -> int:
    """How strongly a variable switches something on: 0 if not at all, 1 for true, yes or on.

    Raises UsageError for another word.
    """
    from snapshot.errors import UsageError

    value = os.environ.get(variable, "").strip().lower()
    if value.isdecimal():
        return int(value)
    if value in ("", "false", "f", "no", "n", "off"):
        return 0
    if value in ("true", "t", "yes", "y", "on"):
        return 1
    raise UsageError(f"{variable} is neither true nor false", hint=f"say {variable}=true, or unset")


class Verbs(TyperGroup):
    """The commands of `seed`. Those that take a blueprint also take its parameters."""

    def resolve_command(self, ctx: Any, args: list[str]) -> tuple[Any, Any, list[str]]:
        """Find the command, and add the parameters of the blueprint that is named."""
        name, command, rest = super().resolve_command(ctx, args)
        extend: Callable[..., Any] | None = getattr(command and command.callback, "extended", None)
        reference = _blueprint_in(rest, command.params) if extend and command else None
        if reference is not None and extend is not None:
            command = extend(name, reference)
        return name, command, rest


def takes_parameters(command: Callable[..., None]) -> Callable[..., None]:
    """Mark a command whose keyword `parameters` receives the values of a blueprint's parameters.

    The command gets a blueprint that is named as it was loaded, so that it is loaded only once.
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
    """The command with the blueprint's parameters as options, collected in `parameters`."""
    fields = dataclasses.fields(blueprint.parameters) if blueprint else ()

    def parametrised(**options: Any) -> None:
        given = {f.name: options.pop(f"with_{f.name}") for f in fields}
        parameters = {
            name: _split(value) if isinstance(value, list) else value
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


def _split(values: Sequence[str]) -> tuple[str, ...]:
    """The names of a list that may be given as --names a,b and as --names a --names b."""
    return tuple(name.strip() for value in values for name in value.split(",") if name.strip())


def _option(field: dataclasses.Field[Any]) -> inspect.Parameter:
    from snapshot.seeding.parameters import bounds

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
    """The first word that is neither an option nor an option's value.

    A blueprint's own parameters are not known yet. Each is taken for an option with a value; if no
    other word is left, the first such value is the blueprint.
    """
    flags = {"-h", "--help"}
    for param in params:
        if getattr(param, "is_flag", False) or getattr(param, "count", False):
            flags |= {*param.opts, *param.secondary_opts}
    known = {name for param in params for name in param.opts}
    perhaps = None
    words = iter(args)
    for word in words:
        if word == "--":
            return next(words, perhaps)
        if not word.startswith("-") or word == "-":
            return word
        if _takes_next_word(word, flags):
            value = next(words, None)
            if word not in known and word.startswith("--"):
                perhaps = perhaps or value
    return perhaps


def _takes_next_word(word: str, flags: Collection[str]) -> bool:
    """Whether an option's value is the next word: not after --x=value, -j2 or -vy."""
    if word.startswith("--"):
        return "=" not in word and word not in flags and not word.startswith("--no-")
    for place, letter in enumerate(word[1:], 2):
        if f"-{letter}" not in flags:
            return place == len(word)
    return False
