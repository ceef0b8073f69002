"""CHECKs as the server prints them, turned into limits of columns.

This is no parser of SQL: casts are dropped, parentheses matched, and what is left is compared with
a few forms. Whatever has another form is left to trials on the server.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from snapshot.seeding.drafts.facts import Check


@dataclass
class Limits:
    """What the values of a column must keep. Texts are the server's own."""

    choices: list[str] | None = None
    low: str | None = None
    above: bool = False  # greater than `low`, not equal
    high: str | None = None
    below: bool = False
    shortest: int = 0  # characters, bytes or elements
    longest: int | None = None
    pattern: str | None = None
    case: str = ""  # lower or upper
    kind: str = ""  # of a JSON document
    because: list[str] = field(default_factory=list)  # CHECKs that it comes from

    def choose(self, values: Sequence[str]) -> None:
        """Only these values; of several lists those that are in each."""
        self.choices = [v for v in values if self.choices is None or v in self.choices]

    def at_least(self, value: str, strictly: bool) -> None:
        """The greater of two bounds, where both are numbers; else the last."""
        if self.low is None or _less(self.low, value):
            self.low, self.above = value, strictly

    def at_most(self, value: str, strictly: bool) -> None:
        """The less of two bounds, where both are numbers; else the last."""
        if self.high is None or _less(value, self.high):
            self.high, self.below = value, strictly

    def long(self, operator: str, size: int) -> None:
        """Bound the length."""
        if operator in (">", ">=", "="):
            self.shortest = max(self.shortest, size + (operator == ">"))
        if operator in ("<", "<=", "="):
            size -= operator == "<"
            self.longest = size if self.longest is None else min(size, self.longest)


class Counted(NamedTuple):
    """Of these columns so many are not null, or at least so many."""

    columns: tuple[str, ...]
    number: int
    exactly: bool


@dataclass
class Understood:
    """What the CHECKs of a table say, and those that say something else."""

    limits: dict[str, Limits] = field(default_factory=dict)
    orders: list[tuple[str, str, bool]] = field(default_factory=list)  # less, greater, strictly
    different: list[tuple[str, str]] = field(default_factory=list)
    counted: list[Counted] = field(default_factory=list)
    others: list[Check] = field(default_factory=list)

    def of(self, column: str) -> Limits:
        """The limits of a column."""
        return self.limits.setdefault(column, Limits())


def understand(checks: Sequence[Check], doubted: Collection[str] = ()) -> Understood:
    """Take from the CHECKs what has a known form; not from those whose names are `doubted`."""
    understood = Understood()
    for check in checks:
        before = len(understood.orders), len(understood.counted)
        limits: dict[str, Limits] = {}
        if check.name not in doubted and _take(_tree(check.text, check), check, understood, limits):
            for column, some in limits.items():
                _merge(understood.of(column), some)
                understood.of(column).because.append(check.text)
        else:
            del understood.orders[before[0] :], understood.counted[before[1] :]
            understood.others.append(check)
    return understood


# --- from text to a tree of items


class _Column(str):
    """The name of a column."""


class _Value(str):
    """A literal."""


_TOKEN = re.compile(
    r"""\s*(?:(?P<cast>::\s*(?:"[^"]+"|[\w$]+)(?:\.(?:"[^"]+"|[\w$]+))?
                (?:\ (?:varying|precision|with(?:out)?|time|zone|year|month|day|hour|minute|second
                       |to))*
                (?:\(\s*-?\d+\s*(?:,\s*-?\d+\s*)?\))?
                (?:\ with(?:out)?\ time\ zone)?(?:\[\])*)
      |(?P<text>E?'(?:[^']|'')*')
      |(?P<quoted>"(?:[^"]|"")+")
      |(?P<number>\d+(?:\.\d+)?)
      |(?P<word>[^\W\d][\w$.]*)
      |(?P<open>[(\[]) |(?P<close>[)\]])
      |(?P<other>,|[-+*/<>=~!@\#%^&|?:]+))""",
    re.X,
)
_WORDS = frozenset(
    ("AND", "OR", "NOT", "NULL", "IS", "ANY", "ALL", "ARRAY", "TRUE", "FALSE", "IN", "CASE", "WHEN")
)


def _tree(text: str, check: Check) -> list[Any] | None:
    """Columns, literals, words and lists of these. None for what has another form."""
    stack: list[list[Any]] = [[]]
    place = 0
    text = text.strip()
    while place < len(text):
        found = _TOKEN.match(text, place)
        if found is None or found.end() == place:
            return None
        place = found.end()
        if found["open"]:
            stack.append([found["open"]])
        elif found["close"]:
            if len(stack) == 1:
                return None
            inner = stack.pop()
            stack[-1].append(_unwrapped(inner, stack[-1]))
        elif not found["cast"]:
            stack[-1].append(_item(found, check))
    return _negatives(stack[0]) if len(stack) == 1 else None


def _item(found: re.Match[str], check: Check) -> str:
    if found["text"]:
        return _Value(found["text"].lstrip("E")[1:-1].replace("''", "'"))
    if found["number"]:
        return _Value(found["number"])
    name = found["quoted"][1:-1].replace('""', '"') if found["quoted"] else found["word"]
    if name is None:
        return str(found["other"])
    if check.of_domain and name == "VALUE":
        return _Column(check.columns[0])
    if name in check.columns and (found["quoted"] or name.upper() not in _WORDS):
        return _Column(name)
    return _Value(name) if name in ("true", "false") else str(name)


def _unwrapped(inner: list[Any], before: list[Any]) -> Any:
    """What stands in parentheses, without them if it is one thing and no argument."""
    word = before[-1] if before and type(before[-1]) is str else ""
    called = re.fullmatch(r"[\w.$]+", word) and word not in ("AND", "OR", "NOT", "IS")
    inner = [inner[0], *_negatives(inner[1:])]
    return inner[1] if len(inner) == 2 and inner[0] == "(" and not called else inner


def _negatives(items: list[Any]) -> list[Any]:
    """A minus before a number belongs to it."""
    if len(items) == 2 and items[0] == "-" and isinstance(items[1], _Value):
        return [_Value(f"-{items[1]}")]
    return items


def _flat(items: Any) -> tuple[str, list[str]]:
    """The form of some items (`c` for a column, `v` for a value), and the columns and values."""
    if isinstance(items, _Column):
        return "c", [items]
    if isinstance(items, _Value):
        return "v", [items]
    if isinstance(items, str):
        return items, []
    forms, found = [], []
    for item in items:
        form, parts = _flat(item)
        forms.append(form)
        found += parts
    if items and items[0] in ("(", "["):
        forms.append({"(": ")", "[": "]"}[items[0]])
    return " ".join(forms), found


# --- from the tree to limits

_FLIPPED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "=": "="}
_LENGTH = r"(?:length|char_length|character_length|octet_length|cardinality)"
_TRIMMED = r"(?:c|b?trim \( c \)|TRIM \( BOTH FROM c \))"
_NOW = r"(?:CURRENT_DATE|CURRENT_TIMESTAMP|LOCALTIMESTAMP|now \( \)|statement_timestamp \( \))"


def _take(tree: Any, check: Check, understood: Understood, limits: dict[str, Limits]) -> bool:
    """Whether all of the tree has a known form; its limits are added."""
    if tree is None:
        return False
    while isinstance(tree, list) and len(tree) == 1:
        tree = tree[0]
    if isinstance(tree, list) and tree and tree[0] == "(":
        tree = tree[1:]
    if isinstance(tree, list) and "AND" in tree and "OR" not in tree:
        return all(_take(p, check, understood, limits) for p in _parts(tree, "AND"))
    if isinstance(tree, list) and "OR" in tree:
        return _either(_parts(tree, "OR"), check, understood, limits)
    form, found = _flat(tree)
    return _simple(form, found, understood, limits)


def _parts(tree: list[Any], word: str) -> list[list[Any]]:
    parts: list[list[Any]] = [[]]
    for item in tree:
        if type(item) is str and item == word:
            parts.append([])
        else:
            parts[-1].append(item)
    return parts


def _either(
    parts: list[list[Any]], check: Check, understood: Understood, limits: dict[str, Limits]
) -> bool:
    """Alternatives: values of one column, NULL beside something else, one of several not null."""
    flat = [_flat(_bare(part)) for part in parts]
    rest = [p for p, (form, _) in zip(parts, flat, strict=True) if form != "c IS NULL"]
    if len(rest) == 1 < len(parts):
        return _take(rest[0], check, understood, limits)
    columns = {found[0] for _, found in flat if found}
    one = [re.sub(r"[()] ?", "", form).strip() for form, _ in flat]
    if len(parts) == len(set(flat[0][1])) and all(
        sorted(form.split(" AND ")) == ["c IS NOT NULL", *["c IS NULL"] * (len(parts) - 1)]
        and set(found) == set(flat[0][1])
        for form, (_, found) in zip(one, flat, strict=True)
    ):
        understood.counted.append(Counted(tuple(flat[0][1]), 1, True))
        return True
    if all(form == "c = v" for form, _ in flat) and len(columns) == 1:
        limits.setdefault(columns.pop(), Limits()).choose([found[1] for _, found in flat])
        return True
    if all(form == "c IS NOT NULL" for form, _ in flat):
        understood.counted.append(Counted(tuple(found[0] for _, found in flat), 1, False))
        return True
    return False


def _bare(part: Any) -> Any:
    while isinstance(part, list) and len(part) == 1:
        part = part[0]
    return part[1:] if isinstance(part, list) and part and part[0] == "(" else part


def _simple(  # noqa: C901  # a list of forms
    form: str, found: list[str], understood: Understood, limits: dict[str, Limits]
) -> bool:
    """A condition without AND and OR."""
    form = re.sub(r"pg_catalog\.", "", form)

    def of(column: str) -> Limits:
        return limits.setdefault(column, Limits())

    if (
        re.fullmatch(r"c = (ANY \( )?(\( )?ARRAY \[ v( , v)* \]( \))?( \))?", form)
        or form == "c = v"
    ):
        of(found[0]).choose(found[1:])
    elif form == "c = ANY ( v )" and re.fullmatch(r'\{[^"\\]+\}', found[1]):
        of(found[0]).choose(found[1][1:-1].split(","))
    elif match := re.fullmatch(r"c (<=?|>=?) v", form):
        _bound(of(found[0]), match[1], found[1])
    elif match := re.fullmatch(r"v (<=?|>=?) c", form):
        _bound(of(found[1]), _FLIPPED[match[1]], found[0])
    elif match := re.fullmatch(rf"c (<=?|>=?) {_NOW}", form):
        _bound(of(found[0]), match[1], "now")
    elif match := re.fullmatch(r"c (<=?|>=?) c", form):
        less, greater = found if match[1][0] == "<" else reversed(found)
        understood.orders.append((less, greater, "=" not in match[1]))
    elif form == "c <> c":
        understood.different.append((found[0], found[1]))
    elif match := re.fullmatch(rf"{_LENGTH} \( {_TRIMMED} \) (<=?|>=?|=|<>) v", form):
        if not found[1].isdigit():
            return False
        of(found[0]).long(match[1] if match[1] != "<>" else ">", int(found[1]))
    elif re.fullmatch(rf"{_TRIMMED} <> v", form):
        if found[1].strip() == "":
            of(found[0]).long(">=", 1)
    elif form == "array_length ( c , v ) >= v" or form == "array_length ( c , v ) > v":
        of(found[0]).long(form.split()[-2], int(found[2]))
    elif form in ("c ~ v", "c ~* v"):
        of(found[0]).pattern = found[1]
    elif match := re.fullmatch(r"(?:c = (lower|upper) \( c \)|(lower|upper) \( c \) = c)", form):
        of(found[0]).case = match[1] or match[2]
    elif form in ("jsonb_typeof ( c ) = v", "json_typeof ( c ) = v"):
        of(found[0]).kind = found[1]
    elif match := re.fullmatch(r"num_nonnulls \( c(?: , c)* \) (=|>=|>) v", form):
        number = int(found[-1]) + (match[1] == ">")
        understood.counted.append(Counted(tuple(found[:-1]), number, match[1] == "="))
    elif re.fullmatch(r"\(? ?c IS( NOT)? NULL ?\)? <> \(? ?c IS\1? NULL ?\)?", form):
        understood.counted.append(Counted(tuple(found), 1, True))
    else:
        return form in ("c IS NOT NULL", "NOT isempty ( c )")
    return True


def _bound(limits: Limits, operator: str, value: str) -> None:
    if operator[0] == ">":
        limits.at_least(value, operator == ">")
    else:
        limits.at_most(value, operator == "<")


def _less(one: str, other: str) -> bool:
    try:
        return float(one) < float(other)
    except ValueError:
        return one < other


def _merge(into: Limits, other: Limits) -> None:
    if other.choices is not None:
        into.choose(other.choices)
    if other.low is not None:
        into.at_least(other.low, other.above)
    if other.high is not None:
        into.at_most(other.high, other.below)
    into.shortest = max(into.shortest, other.shortest)
    if other.longest is not None:
        into.long("<=", other.longest)
    into.pattern = other.pattern or into.pattern
    into.case = other.case or into.case
    into.kind = other.kind or into.kind
