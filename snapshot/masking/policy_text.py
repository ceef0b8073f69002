"""The text of a policy: TOML that is written by hand, and lines that are added to what is there.

An existing text keeps every character. tomllib then has to read exactly the old rules and the new.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from snapshot.catalog import Name, quoted
from snapshot.errors import UsageError

_BARE = re.compile(r"[A-Za-z0-9_-]+")
_HEADER = re.compile(r"\s*\[\[?[^\[\]].*\]\s*(#.*)?")
# not in a basic string or a comment (TOML 1.0: String, Comment)
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_SHORT = {"\b": r"\b", "\t": r"\t", "\n": r"\n", "\f": r"\f", "\r": r"\r"}

UNSURE = "?"

Path = tuple[str, ...]


class Line(NamedTuple):
    """A key with its value and a comment; or a comment alone, if there is no key."""

    key: str | None
    value: Any = None
    comment: str = ""

    def __str__(self) -> str:
        if self.key is None:
            return _comment(self.comment)
        rule = f"{key_text(self.key)} = {value_text(self.value)}"
        return f"{rule}  {_comment(self.comment)}" if self.comment else rule


class Section(NamedTuple):
    """A table of the file, by the keys that lead to it, and lines that belong into it."""

    path: Path
    lines: Sequence[Line]

    @property
    def header(self) -> str:
        """The line that begins it."""
        return f"[{'.'.join(map(key_text, self.path))}]"


def key_text(key: str) -> str:
    """A key, in quotes if it needs them."""
    return key if _BARE.fullmatch(key) else string_text(key)


def string_text(text: str) -> str:
    """A string: in single quotes where that saves escapes."""
    if '"' in text and "'" not in text and not _CONTROL.search(text):
        return f"'{text}'"
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + _CONTROL.sub(_escape, escaped) + '"'


def _escape(match: re.Match[str]) -> str:
    return _SHORT.get(match[0]) or f"\\u{ord(match[0]):04x}"


def value_text(value: Any) -> str:
    """A value of a rule: text, number, truth, or a table or list of them."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return string_text(value)
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, Mapping):
        inner = ", ".join(f"{key_text(key)} = {value_text(v)}" for key, v in value.items())
        return f"{{ {inner} }}"
    if isinstance(value, Sequence):
        return f"[{', '.join(map(value_text, value))}]"
    return str(value)  # a date or a time: as TOML writes it


def _comment(text: str) -> str:
    return f"# {_CONTROL.sub(' ', text)}"


def table_key(table: Name) -> str:
    """A table as a policy names it: with its schema, quoted where SQL needs it."""
    return ".".join(map(quoted, table))


def identifiers_in(key: str) -> tuple[str, ...]:
    """The parts of a name as a policy writes it: `public.users.email`, `"a.b"."C"`."""
    parts = re.findall(r'"((?:[^"]|"")*)"|([^".]+)', key)
    return tuple(plain or inner.replace('""', '"') for inner, plain in parts)


def table_name(key: str) -> Name:
    """The table that a policy names. Without a schema it is in public."""
    parts = identifiers_in(key)
    return Name(*parts[:2]) if len(parts) > 1 else Name("public", *parts or ("",))


def read_text(text: str) -> dict[str, Any]:
    """A policy's text as TOML has it. Raises UsageError, with the line, if it is none."""
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        place = re.search(r"line (\d+)|end of document", str(error))
        where = place[0] if place else "unknown line"
        raise UsageError(
            f"the policy is no TOML: {where}", hint="correct the line, and run the command again"
        ) from None  # the error's text may show a part of the line


def whole_text(sections: Iterable[Section]) -> str:
    """The text of a new policy."""
    blocks = []
    for section in sections:
        lines = [section.header, *map(str, section.lines)] if section.path else section.lines
        blocks.append("\n".join(map(str, lines)))
    return "\n\n".join(blocks) + "\n"


def add_sections(text: str, sections: Sequence[Section]) -> str:
    """The text with these lines: after the last line of their section, or in new ones at its end.

    Raises UsageError if the file writes a section in a form to which no line can be added.
    """
    missing = [section for section in sections if section.lines]
    if not missing:
        return text
    end = "\r\n" if "\r\n" in text else "\n"
    lines = text.split(end)
    places = _last_lines(lines)
    inserts: dict[int, list[str]] = {}
    new: list[Section] = []
    for section in missing:
        if section.path in places or not section.path:
            place = places.get(section.path, 0)
            inserts.setdefault(place, []).extend(map(str, section.lines))
        else:
            new.append(section)
    for place in sorted(inserts, reverse=True):
        lines[place:place] = inserts[place]
    added = end.join(lines)
    if new:
        added = added.rstrip(end) + (end * 2 if added.strip() else "")
        added += whole_text(new).replace("\n", end)
    _check(text, added, missing)
    return added


def _last_lines(lines: Sequence[str]) -> dict[Path, int]:
    """For each section the number of lines up to its last one that is no comment and not empty."""
    ends: dict[Path, int] = {}
    current: Path = ()
    for number, line in enumerate(lines, 1):
        if _HEADER.fullmatch(line):
            current = _path_of(line)
            ends[current] = number
        elif line.strip() and not line.lstrip().startswith("#"):
            ends[current] = number
    return ends


def _path_of(header: str) -> Path:
    try:
        inner: Any = tomllib.loads(header)
    except tomllib.TOMLDecodeError:
        return ("",)  # the line of an array or of a text: not a section
    path = []
    while inner:
        if isinstance(inner, list):
            return ("",)
        ((key, inner),) = inner.items()
        path.append(key)
    return tuple(path)


def _check(before: str, after: str, sections: Sequence[Section]) -> None:
    """The new text must mean the old one and the lines, and nothing else."""
    wanted = read_text(before)
    try:
        for section in sections:
            inner = wanted
            for key in section.path:
                inner = inner.setdefault(key, {})
            inner.update({line.key: line.value for line in section.lines if line.key is not None})
        right = tomllib.loads(after) == wanted
    except (tomllib.TOMLDecodeError, AttributeError):
        right = False
    if not right:
        raise UsageError(
            "no lines can be added to this policy",
            hint='write each table as a section of its own: [columns."public.users"]',
        )


def open_rules(text: str) -> list[str]:
    """The columns, and the paths in JSON, whose rule is `?`."""
    return [name for name, rule in _rules(read_text(text)) if rule == UNSURE]


def rule_count(text: str) -> int:
    """How many rules of columns and of paths in JSON there are."""
    return sum(1 for _ in _rules(read_text(text)))


def _rules(document: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for table, columns in document.get("columns", {}).items():
        for column, rule in columns.items():
            yield f"{table}.{quoted(column)}", rule
    for table, columns in document.get("json", {}).items():
        for column, paths in columns.items():
            for path, rule in paths.items():
                yield f"{table}.{quoted(column)}: {path}", rule
