"""Python expressions for the values of a column: from its limits, its rows, its name, its type."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal, InvalidOperation
from typing import Any, NamedTuple

from snapshot.postgres.drafting import Learnt
from snapshot.seeding.drafts.checks import Limits
from snapshot.seeding.drafts.facts import Facts, Resolved
from snapshot.seeding.drafts.guesses import is_rare, like, number_guess, text_guess
from snapshot.seeding.drafts.patterns import texts_of

GUESS = "a guess"


class Value(NamedTuple):
    """An expression, the lines that stand before the row, and why it is this one."""

    code: str
    note: str = ""
    lines: tuple[str, ...] = ()


@dataclass(frozen=True)
class Wanted:
    """What is known of a column whose values are wanted."""

    name: str
    resolved: Resolved
    limits: Limits
    title: str = "Row"  # what a row of the table is called
    people: bool = False  # the table's rows are people
    unique: bool = False
    counted: bool = False  # `number` counts the rule's rows
    learnt: Learnt | None = None


def literal(text: Any) -> str:
    """A text in Python's words: it may hold anything, and the draft is run."""
    return "None" if text is None else json.dumps(text, ensure_ascii=True)


def value_of(facts: Facts, wanted: Wanted) -> Value | None:
    """The best expression for a column. None if there is none for its type."""
    type_, limits = wanted.resolved.type, wanted.limits
    if limits.choices is not None:
        return _chosen(wanted, limits.choices, "its CHECK")
    if type_.kind == "e":
        return _chosen(wanted, list(type_.labels), "")
    if wanted.learnt and wanted.learnt.common and not wanted.unique:
        return Value(
            shares(type_.name, wanted.learnt.common), "shares as in the rows that are there"
        )
    if type_.element:
        return _array(facts, wanted)
    if type_.kind == "c":
        parts = [value_of(facts, _part(facts, wanted, *f)) for f in type_.fields]
        texts = ", ".join(p.code if p else "None" for p in parts)
        return Value(f"({texts},)", GUESS)
    if type_.kind in "rm":
        return _range(facts, wanted)
    return _scalar(wanted)


def shares(type_name: str, common: Mapping[str, int]) -> str:
    """An expression that draws values as often as they are in rows."""
    if len(common) == 1:
        return typed(type_name, next(iter(common)))
    parts = [f"{typed(type_name, value)}: {count}" for value, count in common.items()]
    return "r.share({" + ", ".join(parts) + "})"


def typed(type_name: str, text: str | None) -> str:
    """A value's text as Python: numbers, booleans and documents as such, the rest as text."""
    if text is None:
        return "None"
    if type_name in _INTEGERS and re.fullmatch(r"-?\d{1,18}", text):
        return text
    if type_name == "bool":
        return str(text in ("t", "true"))
    if type_name in ("json", "jsonb"):
        return repr(json.loads(text))
    return literal(text)


def _part(facts: Facts, wanted: Wanted, name: str, oid: int, modifier: int) -> Wanted:
    return Wanted(name, facts.resolved(oid, modifier), Limits(), wanted.title)


def _chosen(wanted: Wanted, choices: list[str], note: str) -> Value:
    name = wanted.resolved.type.name
    if wanted.learnt and wanted.learnt.common and set(wanted.learnt.common) <= set(choices):
        return Value(shares(name, wanted.learnt.common), "shares as in the rows that are there")
    if len(choices) == 1:
        return Value(typed(name, choices[0]), note)
    return Value(f"r.pick([{', '.join(typed(name, c) for c in choices)}])", note)


def _array(facts: Facts, wanted: Wanted) -> Value:
    type_, limits = wanted.resolved.type, wanted.limits
    element = facts.resolved(type_.element, wanted.resolved.modifier)
    inner = value_of(facts, Wanted(wanted.name, element, Limits(), wanted.title))
    least, most = limits.shortest, limits.longest
    if inner is None or inner.lines:
        return Value("[]", "an empty list: its element has no simple value")
    code = inner.code
    if element.type.name in ("json", "jsonb"):
        code = '"{}"'  # inside an array the server reads documents as text
    high = least + 2 if most is None else most
    count = str(least) if least == high else f"r.between({least}, {high})"
    return Value(f"[{code} for _ in range({count})]", GUESS)


def _range(facts: Facts, wanted: Wanted) -> Value:
    """A range, or a multirange of one. A counted one overlaps no other of its rule."""
    type_ = wanted.resolved.type
    name = facts.types[type_.subtype].name
    variable = re.sub(r"\W", "_", wanted.name, flags=re.ASCII).strip("_") or "range"
    start = f"{variable}_start"
    if name in ("date", "timestamp", "timestamptz"):
        low = "r.now + timedelta(days=number)" if wanted.counted else "r.this_year()"
        step, form = "timedelta(hours=r.between(1, 12))", ":%F %T"
        if name == "date":
            step, form = "timedelta(days=1)", ":%F"
    elif name in ("int4", "int8", "numeric", "float8", "float4"):
        low, step, form = "10 * number" if wanted.counted else "r.between(1, 1000)", "5", ""
    else:
        return Value('"empty"', "TODO: a range of your own")
    text = f"[{{{start}{form}}},{{{start} + {step}{form}}})"
    text = "{{" + text + "}}" if type_.kind == "m" else text
    return Value(f'f"{text}"', GUESS, (f"{start} = {low}",))


# --- values that are one thing

_INTEGERS = {"int2": 2**15 - 1, "int4": 2**31 - 1, "int8": 2**63 - 1}
_TEXTS = {"text", "varchar", "bpchar", "citext", "name"}
_PRIMARY = re.compile(r"[\w.]+(\([^()]*\))?")  # what needs no parentheses before [:9]
_LENGTHS = {"r.phone()": 15, "r.code(8)": 8, "r.hex(32)": 32, "somebody.first_name": 20}
_MODIFIED = 4  # bytes of the header that a length in pg_attribute.atttypmod includes


def _scalar(wanted: Wanted) -> Value | None:
    name = wanted.resolved.type.name
    if name in _INTEGERS:
        return _integer(wanted, _INTEGERS[name])
    if name in ("numeric", "money"):
        return _numeric(wanted)
    if name in ("float4", "float8"):
        low, high = _bounds(wanted, Decimal(0), Decimal(100))
        return Value(f"round(r.between({float(min(low, high))}, {float(high)}), 3)", GUESS)
    if name in _TEXTS:
        return _text(wanted)
    if name in ("json", "jsonb"):
        documents = {"array": "[]", "string": '"text"', "number": "1", "boolean": "True"}
        return Value(documents.get(wanted.limits.kind, "{}"), "an empty document")
    if name == "bytea":
        size = max(wanted.limits.shortest, min(16, wanted.limits.longest or 16))
        return Value(f"bytes.fromhex(r.hex({2 * size}))", GUESS)
    if name in ("bit", "varbit"):
        size = max(wanted.resolved.modifier, 1)
        return Value(f'f"{{r.bits({size}):0{size}b}}"', GUESS)
    if name == "interval" and (wanted.limits.low or wanted.limits.high):
        return Value(literal(wanted.limits.high if not wanted.limits.below else wanted.limits.low))
    if name in ("vector", "halfvec"):
        size = max(wanted.resolved.modifier, 1)
        return Value(f"str([round(r.between(-1.0, 1.0), 4) for _ in range({size})])", GUESS)
    code = "r.chance(0.05)" if name == "bool" and is_rare(wanted.name) else _PLAIN.get(name)
    return Value(code, GUESS if "r." in code else "") if code else None


_PLAIN = {
    "bool": "r.chance(0.5)",
    "time": 'f"{r.between(8, 19):02}:{r.between(0, 59):02}"',
    "timetz": 'f"{r.between(8, 19):02}:{r.between(0, 59):02}+00"',
    "interval": "timedelta(minutes=r.between(5, 120))",
    "uuid": "r.uuid()",
    "inet": 'f"10.{r.between(0, 255)}.{r.between(0, 255)}.{r.between(1, 254)}"',
    "cidr": 'f"10.{r.between(0, 255)}.{r.between(0, 255)}.0/24"',
    "macaddr": 'f"02:00:{r.hex(2)}:{r.hex(2)}:{r.hex(2)}:{r.hex(2)}"',
    "macaddr8": 'f"02:00:{r.hex(2)}:{r.hex(2)}:{r.hex(2)}:{r.hex(2)}:00:01"',
    "xml": 'f"<note>{r.fake.word()}</note>"',
    "tsvector": "r.fake.word()",
    "tsquery": "r.fake.word()",
    "point": 'f"({r.between(-90, 90)},{r.between(-90, 90)})"',
    "line": 'f"{{1,-1,{r.between(0, 90)}}}"',
    "lseg": 'f"[(0,0),({r.between(1, 90)},{r.between(1, 90)})]"',
    "box": 'f"({r.between(1, 90)},{r.between(1, 90)}),(0,0)"',
    "path": 'f"[(0,0),({r.between(1, 90)},{r.between(1, 90)})]"',
    "polygon": 'f"((0,0),({r.between(1, 90)},0),(0,{r.between(1, 90)}))"',
    "circle": 'f"<({r.between(-90, 90)},{r.between(-90, 90)}),{r.between(1, 9)}>"',
    "oid": "r.between(100_000, 999_999)",
    "xid": "str(r.between(1_000, 9_999))",
    "xid8": "str(r.between(1_000, 9_999))",
    "cid": "str(r.between(1, 99))",
    "tid": 'f"({r.between(0, 99)},{r.between(1, 99)})"',
    "pg_lsn": 'f"0/{r.bits(24):X}"',
    "txid_snapshot": '"10:20:10,14,15"',
    "pg_snapshot": '"10:20:10,14,15"',
    "jsonpath": '"$.a"',
    "refcursor": "r.fake.word()",
    "char": "r.code(1)",
    "int2vector": '"1 2 3"',
    "oidvector": '"1 2 3"',
    "regclass": '"pg_catalog.pg_class"',
    "regtype": '"integer"',
    "regproc": '"pg_catalog.now"',
    "regprocedure": '"pg_catalog.now()"',
    "regoperator": '"pg_catalog.+(integer,integer)"',
    "regoper": '"pg_catalog.||/"',
    "regrole": '"pg_monitor"',
    "regnamespace": '"pg_catalog"',
    "regconfig": '"pg_catalog.english"',
    "regdictionary": '"pg_catalog.simple"',
    "hstore": '\'"note"=>"text"\'',
    "ltree": 'f"top.{r.mark()}"',
    "lquery": '"top.*"',
    "ltxtquery": '"top"',
    "cube": 'f"({r.between(1, 9)},{r.between(1, 9)})"',
    "seg": 'f"{r.between(1, 9)}"',
    "geometry": '"SRID=4326;POINT(8.5 47.4)"',
    "geography": '"SRID=4326;POINT(8.5 47.4)"',
}


def _integer(wanted: Wanted, most: int) -> Value:
    limits = wanted.limits
    bounded = limits.low is not None or limits.high is not None
    if wanted.unique and wanted.counted and not bounded:
        return Value("number")
    low, high = 1, 1000 if most > 1000 else 100
    if wanted.unique:
        high = min(most, 2**31 - 1)
    elif not bounded:
        low, high = number_guess(wanted.name) or (low, high)
    learnt = wanted.learnt
    if learnt and learnt.low and learnt.high and not wanted.unique and not bounded:
        return Value(f"r.between({learnt.low}, {learnt.high})", "from least to most of the rows")
    least, greatest = _bounds(wanted, Decimal(low), Decimal(high))
    bottom = int(least.to_integral_value(ROUND_CEILING))
    top = min(most, int(greatest.to_integral_value(ROUND_FLOOR)))
    bottom += limits.low is not None and limits.above and bottom == _number(limits.low)
    top -= limits.high is not None and limits.below and top == _number(limits.high)
    note = "its CHECK" if bounded else "" if wanted.unique else GUESS
    return Value(f"r.between({min(bottom, top)}, {top})", note)


def _numeric(wanted: Wanted) -> Value:
    modifier = wanted.resolved.modifier
    precision, scale = 9, 2
    if modifier >= 0:
        # source: numeric.c, make_numeric_typmod
        precision = ((modifier - 4) >> 16) & 0xFFFF
        scale = ((modifier - 4) & 0x7FF ^ 1024) - 1024
    learnt, limits = wanted.learnt, wanted.limits
    if modifier < 0 and learnt:
        scale = max(scale, *(_places(text) for text in (learnt.low, learnt.high)))
    unit = Decimal(1).scaleb(-scale)
    largest = (Decimal(10) ** precision - 1) * unit
    guess = number_guess(wanted.name) or (1, 100)
    note = "its CHECK" if limits.low or limits.high else GUESS
    low, high = Decimal(guess[0]), min(Decimal(guess[1]), largest)
    if learnt and learnt.low and learnt.high and not (limits.low or limits.high):
        low, high = _number(learnt.low) or low, _number(learnt.high) or high
        note = "from least to most of the rows"
    low, high = _bounds(wanted, low, high)
    high = min(high, largest)
    bottom = int((low / unit).to_integral_value(ROUND_CEILING))
    top = int((high / unit).to_integral_value(ROUND_FLOOR))
    bottom += limits.above and bottom * unit == low
    top -= limits.below and top * unit == high
    if wanted.unique and not (limits.low or limits.high):
        top = int(min(largest, Decimal(10**9)) / unit)
    bottom = min(bottom, top)
    if scale == 0:
        return Value(f"r.between({bottom}, {top})", note)
    if scale < 0:
        return Value(f"r.between({bottom}, {top}) * {10**-scale}", note)
    return Value(f"Decimal(r.between({bottom}, {top})) / {10**scale}", note)


def _number(text: str | None) -> Decimal | None:
    try:
        number = Decimal(text) if text is not None else None
    except InvalidOperation:
        return None
    return number if number is not None and number.is_finite() else None


def _places(text: str | None) -> int:
    """Digits behind the point."""
    return min(len((text or "").partition(".")[2]), 6)


def _bounds(wanted: Wanted, low: Decimal, high: Decimal) -> tuple[Decimal, Decimal]:
    """The guess, moved into what the CHECKs allow."""
    least, most = _number(wanted.limits.low), _number(wanted.limits.high)
    span = high - low
    if least is not None and most is not None:
        return least, most
    if least is not None:
        return least, max(high, least + span)
    if most is not None:
        return min(low, most - span if low > most else low), most
    return low, high


def _text(wanted: Wanted) -> Value:
    limits, name = wanted.limits, wanted.resolved.type.name
    size = wanted.resolved.modifier - _MODIFIED if wanted.resolved.modifier >= _MODIFIED else None
    size = 63 if name == "name" else size
    if limits.longest is not None:
        size = limits.longest if size is None else min(size, limits.longest)
    if limits.pattern is not None:
        code = like(limits.pattern, wanted.name) or texts_of(limits.pattern, limits.shortest)
        if code is not None:
            return Value(code, "as its CHECK's pattern")
    guess = text_guess(wanted.name, wanted.title, wanted.people, size, wanted.counted)
    code, note = guess
    if size is not None and (limits.shortest == size or size < 6):
        code = f"r.code({size})"
    elif wanted.unique and not re.search(r"mark\(\)|email|r\.code|uuid|hex|number", code):
        room = "" if size is None else f"[:{size - 7}]" if size > 13 else None
        short = f"({code}){room}" if room else code
        code = f'{short} + " " + r.mark()' if room is not None else f"r.code({size})"
    elif size is not None and size < _LENGTHS.get(code, 60):
        code = f"{code}[:{size}]" if _PRIMARY.fullmatch(code) else f"({code})[:{size}]"
    if limits.shortest > 2 and limits.shortest != size:
        code = f'({code}).ljust({limits.shortest}, "x")'
    if limits.case:
        code = f"({code}).{limits.case}()"
    return Value(code, note)
