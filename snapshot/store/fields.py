"""Values of JSON that must have the type that is asked for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeVar

from snapshot.catalog import Name

Value = TypeVar("Value")

_KINDS: dict[type[object], str] = {
    str: "a text", int: "a whole number", bool: "true or false", list: "a list",
    dict: "an object", float: "a fraction", type(None): "null",
}  # fmt: skip


class Fields(dict[str, Any]):
    """An object of JSON, whose fields must have the type that is asked for."""

    def text(self, key: str) -> str:
        """A text."""
        return typed(str, self[key])

    def whole(self, key: str) -> int:
        """A whole number of 64 bits."""
        return whole_number(self[key])

    def flag(self, key: str, default: bool | None = None) -> bool:
        """True or false; `default` if there is no such field."""
        return typed(bool, self[key] if default is None else self.get(key, default))

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of texts."""
        return tuple(typed(str, item) for item in typed(list, self[key]))

    def map(self, key: str) -> Fields:
        """An object in this one."""
        return Fields(typed(dict, self[key]))

    def each(self, key: str) -> Iterator[Fields]:
        """A list of objects."""
        return (Fields(typed(dict, item)) for item in typed(list, self[key]))

    def name(self) -> Name:
        """The name of an object of the schema."""
        return Name(self.text("schema"), self.text("name"))


def typed(kind: type[Value], value: Any) -> Value:
    """The value; TypeError if it is of another type."""
    if type(value) is not kind:
        raise TypeError(f"{_KINDS[type(value)]} stands where {_KINDS[kind]} belongs")
    return value


def whole_number(value: Any) -> int:
    """The value; TypeError or ValueError if it is no whole number of 64 bits."""
    number = typed(int, value)
    if not -(2**63) <= number < 2**63:
        raise ValueError(f"{number} is no number of 64 bits")
    return number
