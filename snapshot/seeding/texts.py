"""Pools of texts in plain files: sections of lines, with slots that other sections fill."""

from __future__ import annotations

import random
from collections.abc import Mapping
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from string import Formatter

from snapshot.errors import BlueprintError

# a line as parts: words, and the name of the slot that follows them
_Line = tuple[tuple[str, str | None], ...]


class Texts:
    """The sections of a file. `[name]` begins one, each further line is one of its texts.

    `{slot}` in a line stands for a value that the drawer gives, else for a line of the section of
    that name. Empty lines and those that begin with "# " are left out; {{ and }} are braces.
    """

    def __init__(self, file: Path) -> None:
        """Raises BlueprintError, with the line, for a file that is not of that form."""
        self.file = file
        self._sections: dict[str, list[_Line]] = {}
        try:
            lines = file.read_text("utf-8").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            raise BlueprintError(
                f"{file}: the texts cannot be read: {error}", hint="give a UTF-8 file beside it"
            ) from error
        section: list[_Line] | None = None
        for number, line in enumerate(map(str.strip, lines), 1):
            if not line or line.startswith("# "):
                continue
            if line[0] == "[" and line[-1] == "]":
                section = self._sections.setdefault(line[1:-1], [])
            elif section is None:
                raise self._mistake(number, "a text before the first section", "begin with [name]")
            else:
                section.append(self._parsed(number, line))
        self._check()

    def draw(self, stream: random.Random, section: str, values: Mapping[str, object]) -> str:
        """A text of a section. Raises BlueprintError for a section or slot that there is not."""
        lines = self._sections.get(section)
        if not lines:
            known = ", ".join(self._sections)
            raise BlueprintError(
                f"{self.file.name} has no text for {section}", hint=f"its sections: {known}"
            )
        text = ""
        for words, slot in lines[int(stream.random() * len(lines))]:
            text += words
            if slot is not None:
                given = values.get(slot)
                text += self.draw(stream, slot, values) if given is None else str(given)
        return text

    def _parsed(self, number: int, line: str) -> _Line:
        try:
            parts = [(words, slot) for words, slot, _, _ in Formatter().parse(line)]
        except ValueError as error:
            raise self._mistake(number, str(error), "write {{ for a brace") from error
        if any(slot == "" for _, slot in parts):
            raise self._mistake(number, "a slot without a name", "write {{}} for braces")
        return tuple(parts)

    def _check(self) -> None:
        """Raise BlueprintError for sections that contain themselves."""
        slots = {
            name: {slot for line in lines for _, slot in line if slot in self._sections}
            for name, lines in self._sections.items()
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
