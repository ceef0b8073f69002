"""Masks that are functions of the user's own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any

import pyarrow as pa

from snapshot.errors import Refused, UsageError
from snapshot.masking.making import ANY, Key, Maker
from snapshot.masking.model import Mask, Search, Target

_SAMPLE = 100


class Own:
    """A function from an Arrow column to one of the same length."""

    bits: float | None = None
    search = Search.SUBSTRING

    def __init__(
        self,
        name: str,
        function: Callable[[pa.StringArray], Any],
        unique: bool,
        deterministic: bool,
    ) -> None:
        self._name, self._function, self._deterministic = name, function, deterministic
        self.injective = unique
        self._checked = not deterministic

    def __call__(self, values: pa.StringArray, row: Mapping[str, pa.StringArray]) -> pa.StringArray:
        """What the function returns; NULL stays NULL.

        Raises Refused if it fails, returns something else, or something else each time.
        """
        result = self._called(values)
        if not self._checked and len(values):
            sample = values.slice(0, _SAMPLE)
            first, again = self._called(sample), self._called(sample)
            if not (first.equals(again) and first.equals(result.slice(0, _SAMPLE))):
                raise Refused(
                    f"the mask {self._name} returns different values for the same column",
                    hint="its result may depend on nothing but the value; or declare "
                    "deterministic = false",
                )
            self._checked = True
        return result

    def _called(self, values: pa.StringArray) -> pa.StringArray:
        try:
            result = self._function(values)
        except Exception as error:  # noqa: BLE001  # its text may hold a value
            raise Refused(
                f"the mask {self._name} failed with {type(error).__name__}",
                hint="run it on a column of your own; the message is not shown, for it may hold "
                "data",
            ) from None
        if isinstance(result, pa.ChunkedArray):
            result = result.combine_chunks()
        if not isinstance(result, pa.StringArray):
            raise Refused(
                f"the mask {self._name} returned {type(result).__name__} and no Arrow column of "
                "strings",
                hint="return pyarrow.array(…, pyarrow.string())",
            )
        if len(result) != len(values):
            raise Refused(
                f"the mask {self._name} returned {len(result)} values for {len(values)}",
                hint="return one value for each, also for NULL",
            )
        return pa.compute.if_else(values.is_valid(), result, None) if values.null_count else result


def _own(target: Target, options: Mapping[str, Any], key: Key) -> Mask:
    name = options.get("function", "")
    module, _, attribute = name.partition(":")
    if not module or not attribute:
        raise UsageError(
            f"own of {target.table}.{target.column} names no function",
            hint='{ mask = "own", function = "module:function" }',
        )
    try:
        function = getattr(import_module(module), attribute)
    except (ImportError, AttributeError) as error:
        raise UsageError(
            f"the mask {name} cannot be imported: {type(error).__name__}",
            hint="module:function, on the path of Python",
        ) from error
    if not callable(function):
        raise UsageError(f"the mask {name} is no function", hint="module:function")
    unique, deterministic = options.get("unique", False), options.get("deterministic", True)
    return Own(name, function, unique, deterministic)


MAKERS = {
    "own": Maker(_own, ANY, {"function": str, "unique": bool, "deterministic": bool}),
}
