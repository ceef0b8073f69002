"""Pools of texts in plain files: sections of lines, with slots that other sections fill."""

from __future__ import annotations

import random
from collections.abc import Mapping
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from string import Formatter
from typing import NamedTuple

from snapshot.errors import BlueprintError

_ENOUGH = 1 << 24  # random bits that a choice needs, so that no text is likelier than others


class _Slot(NamedTuple):
    """A slot, and the lines that may fill it."""

    name: str
    lines: list[_Line]


_Line = str | tuple[str | _Slot, ...]  # its parts, last to first


class Texts:
    """The sections of a file. `[name]` begins one, each further line is one of its texts.

    `{slot}` in a line stands for a value that the drawer gives, else for a line of the section of
    that name. Empty lines and those that begin with "# " are left out; {{ and }} are braces.
    """

    def __init__(self, file: Path) -> None:
        """Raises BlueprintError, with the line, for a file that is not of that form."""
        self.file = file
        self._slots: dict[str, _Slot] = {}
        try:
            lines = file.read_text("utf-8").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            raise BlueprintError(
                f"{file}: the texts cannot be read: {error}", hint="give a UTF-8 file beside it"
            ) from error
        section: _Slot | None = None
        for number, line in enumerate(map(str.strip, lines), 1):
            if not line or line.startswith("# "):
                continue
            if line[0] == "[" and line[-1] == "]":
                section = self._slot(line[1:-1])
            elif section is None:
                raise self._mistake(number, "a text before the first section", "begin with [name]")
            else:
                section.lines.append(self._parsed(number, line))
        self._check()

    def draw(self, stream: random.Random, section: str, values: Mapping[str, object]) -> str:
        """A text of a section. Raises BlueprintError for a section or slot that there is not."""
        todo: list[str | _Slot] = [self._slots.get(section) or _Slot(section, [])]
        text = ""
        bits = 0
        while todo:
            part = todo.pop()
            if isinstance(part, str):
                text += part
                continue
            name, lines = part
            if (given := values.get(name)) is not None:
                text += str(given)
                continue
            if not lines:
                raise self._unknown(name)
            if bits < _ENOUGH:
                bits = int(stream.random() * 2**53)
            bits, chosen = divmod(bits, len(lines))
            line = lines[chosen]
            if isinstance(line, str):
                text += line
            else:
                todo.extend(line)
        return text

    def _slot(self, name: str) -> _Slot:
        return self._slots.setdefault(name, _Slot(name, []))

    def _parsed(self, number: int, line: str) -> _Line:
        parts: list[str | _Slot] = []
        try:
            for words, slot, _, _ in Formatter().parse(line):
                parts.append(words)
                if slot is not None:
                    parts.append(self._slot(slot))
        except ValueError as error:
            raise self._mistake(number, str(error), "write {{ for a brace") from error
        if "" in self._slots:
            raise self._mistake(number, "a slot without a name", "write {{}} for braces")
        if any(isinstance(part, _Slot) for part in parts):
            return tuple(part for part in reversed(parts) if part)
        return "".join(part for part in parts if isinstance(part, str))

    def _unknown(self, name: str) -> BlueprintError:
        known = ", ".join(name for name, slot in self._slots.items() if slot.lines)
        return BlueprintError(
            f"{self.file.name} has no text for {name}", hint=f"its sections: {known}"
        )

    def _check(self) -> None:
        """Raise BlueprintError for sections that contain themselves."""
        slots = {
            name: {part.name for line in slot.lines for part in line if isinstance(part, _Slot)}
            for name, slot in self._slots.items()
        }
        try:
            TopologicalSorter(slots).prepare()
        except CycleError as error:
            raise BlueprintError(
                f"{self.file}: a section contains itself: {' → '.join(error.args[1])}",
                hint="let no slot lead back",
            ) from error

    def _mistake(self, number: int, what: str, hint: str) -> BlueprintError:
        return BlueprintError(f"{self.file}:{number}: {what}", hint=hint)
