"""A blueprint's parameters: a dataclass whose fields have defaults, help texts and bounds."""

from __future__ import annotations

import dataclasses
import math
from dataclasses import field
from typing import Any

from snapshot.errors import BlueprintError, UsageError


def parameter(
    default: Any, help: str = "", *, least: float | None = None, most: float | None = None
) -> Any:
    """A field of a parameters class with a help text and bounds, as the command line shows them."""
    return field(default=default, metadata={"help": help, "least": least, "most": most})


def check_class(parameters: Any, place: str) -> None:
    """Raise BlueprintError unless this is a dataclass whose fields have simple defaults."""
    hint = "give fields of int, float, bool, str or tuple[str, ...], each with a default"
    if not (isinstance(parameters, type) and dataclasses.is_dataclass(parameters)):
        raise BlueprintError(f"{place}: the parameters are no dataclass", hint=hint)
    for field_ in dataclasses.fields(parameters):
        default = field_.default
        simple = type(default) in (int, float, bool, str) or (
            type(default) is tuple and all(type(item) is str for item in default)
        )
        if not simple:
            raise BlueprintError(f"{place}: the parameter {field_.name} cannot be used", hint=hint)


def checked_parameter(parameter: dataclasses.Field[Any], value: Any) -> Any:
    """A value for a parameter: a list becomes a tuple. Raises UsageError if it does not fit."""
    kind = type(parameter.default)
    if kind is tuple and isinstance(value, list):
        value = tuple(value)
    fits = type(value) is kind or (kind is float and type(value) is int)
    if not fits or (kind is tuple and not all(type(item) is str for item in value)):
        expected = "a list of texts" if kind is tuple else f"a value of type {kind.__name__}"
        raise UsageError(
            f"{parameter.name} is {value!r}", hint=f"{parameter.name} takes {expected}"
        )
    for text in value if kind is tuple else (value,):
        if isinstance(text, str):
            check_text(parameter.name, text)
    _check_bounds(parameter, value)
    return value


def check_text(name: str, text: str) -> None:
    """Raise UsageError if a text cannot be stored: a lone surrogate, or a NUL character."""
    if "\x00" in text or any("\ud800" <= letter <= "\udfff" for letter in text):
        raise UsageError(f"{name} is no valid text: {text!r}", hint="give Unicode text")


def _check_bounds(parameter: dataclasses.Field[Any], value: Any) -> None:
    least, most = bounds(parameter)
    if isinstance(value, bool | str | tuple):
        return
    below, above = least is not None and value < least, most is not None and value > most
    if below or above or not math.isfinite(value):
        limits = f"{least:g} to {most:g}" if most is not None else f"{least:g} or more"
        raise UsageError(f"{parameter.name} is {value}", hint=f"{parameter.name} takes {limits}")


def bounds(parameter: dataclasses.Field[Any]) -> tuple[float | None, float | None]:
    """The least and the greatest value of a numeric parameter."""
    least, most = parameter.metadata.get("least"), parameter.metadata.get("most")
    return (0 if least is None else least), most
