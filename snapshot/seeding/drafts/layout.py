"""A draft as the text of a Python file."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Mapping, Sequence

from snapshot.seeding.drafts.names import view_line
from snapshot.seeding.drafts.parts import RuleDraft
from snapshot.seeding.drafts.values import literal

WIDTH = 98
_ABOUT = '''"""Rows for {name}: a first draft from the schema, for you to edit.

Every value that says "a guess" is one. Put the tables that matter first: how many rows does each
parent need, and what would one of your users see in them?
"""
'''


def text_of(
    name: str,
    rules: Sequence[RuleDraft],
    views: Mapping[str, str],
    remarks: Iterable[str],
    rows: int,
) -> str:
    """The blueprint's text."""
    bodies = "\n\n\n".join(_rule(rule) for rule in rules)
    remark = "".join(_comment(line, "") + "\n" for line in remarks)
    size = f'    rows: int = parameter({rows}, "rows of each table that has no parent")\n'
    view = "".join(view_line(*item) + "\n" for item in views.items())
    used = "\n".join(line for line in bodies.splitlines() if not line.lstrip().startswith("#"))
    return (
        _ABOUT.format(name=name)
        + f"\n{_imports(used)}\n\n"
        + f"@dataclass(frozen=True)\nclass Size:\n{size}\n\n"
        + f"bp = Blueprint({literal(name)}, Size)\n"
        + (f"\n# Names that Python can hold\n{view}" if view else "")
        + (f"\n{remark}" if remark else "")
        + (f"\n\n{bodies}\n" if bodies else "")
    )


def _imports(bodies: str) -> str:
    lines = []
    for module, names in (
        ("dataclasses", ["dataclass"]),
        ("datetime", ["UTC", "date", "datetime", "timedelta"]),
        ("decimal", ["Decimal"]),
        ("itertools", ["count"]),
    ):
        used = [n for n in names if n == "dataclass" or re.search(_USES[n], bodies)]
        if used:
            lines.append(f"from {module} import {', '.join(used)}")
    needs = [n for n in ("between", "up_to") if re.search(_USES[n], bodies)]
    ours = ", ".join(["Blueprint", *needs[:1], "parameter", *needs[1:]])
    if needs == ["up_to"]:
        ours = "Blueprint, parameter, up_to"
    return "\n".join(lines) + f"\n\nfrom snapshot.seeding import {ours}\n"


_USES = {
    "UTC": r"\bUTC\b(?!\")",
    "date": r"(?<![.\w])date\(",
    "datetime": r"(?<![.\w])datetime\(",
    "timedelta": r"\btimedelta\(",
    "Decimal": r"\bDecimal\(",
    "count": r"\bin count\(",
    "between": r"(?<!\.)\bbetween\(",
    "up_to": r"\bup_to\(",
}


def _rule(rule: RuleDraft) -> str:
    lines = [_comment(note, "") for note in rule.notes]
    lines += [_comment(f"TODO: {todo}", "") for todo in rule.todo if rule.left_out is None]
    lines += [f"@bp.fill({', '.join(_parts(rule))})"]
    lines += [f"def {rule.name}({', '.join(_arguments(rule))}):"]
    if rule.remembered:
        lines.append("    earlier = []")
    lines.append(f"    {rule.loop}")
    lines += [f"        {line}" for line in rule.lines]
    lines.append(f"        {'row = ' if rule.remembered else ''}yield {{{'' if rule.row else '}'}")
    lines += [_entry(c, v.code, v.note) for c, v in rule.row.items()]
    lines += ["        }"] * bool(rule.row)
    if rule.remembered:
        lines += ["        if row:", "            earlier.append(row)"]
    if rule.left_out is None:
        return "\n".join(lines)
    why = _comment(f"TODO: {rule.target} has no rule: {rule.left_out}", "")
    return why + "\n" + "\n".join(f"# {line}".rstrip() for line in lines)


def _parts(rule: RuleDraft) -> list[str]:
    parts = [literal(rule.target)]
    if rule.each is not None:
        parts.append(f"each={literal(rule.each)}")
    if rule.on is not None:
        pairs = ", ".join(f"{literal(a)}: {literal(b)}" for a, b in rule.on.items())
        parts.append(f"on={{{pairs}}}")
    if rule.up_to and rule.each is not None and rule.total is not None:
        parts += ["need=up_to(1)", f"total={literal(rule.total)}"]
    elif rule.up_to:
        need = rule.need or (literal(rule.total) if rule.total else "1")
        parts.append(f"need=up_to({need})")
    elif rule.total is not None:
        parts.append(f"total={literal(rule.total)}")
    elif rule.need is not None:
        parts.append(f"need={rule.need}")
    return parts


def _arguments(rule: RuleDraft) -> list[str]:
    own = 1 if rule.each is not None else 0
    return [*rule.arguments[:own], "r", *rule.arguments[own:]]


def _entry(column: str, code: str, note: str) -> str:
    line = f"            {literal(column)}: {code},"
    note = _printable(note)
    return f"{line}  # {note}" if note and len(line) + len(note) < WIDTH + 20 else line


def _comment(text: str, indent: str) -> str:
    """A comment of one or more lines. What a database names is in it, so nothing may end it."""
    lines = textwrap.wrap(_printable(text), WIDTH - len(indent) - 2) or [""]
    return "\n".join(f"{indent}# {line}" for line in lines)


def _printable(text: str) -> str:
    return "".join(c if c.isprintable() else "?" for c in text)
