"""Values for CHECKs of unknown form: likely ones are tried on the server until some are taken."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from snapshot.postgres.connection import Connection
from snapshot.postgres.drafting import castable, satisfying
from snapshot.seeding.drafts.facts import Check, Facts, Type
from snapshot.seeding.tables import SeedTable

_FOUND = 8  # combinations that are kept
_LOOKED_AT = 2000  # combinations that meet the CHECKs
_MOST = 4  # columns that are tried together
_PER_COLUMN = {1: 200, 2: 60, 3: 24, 4: 12}
_QUOTED = re.compile(r"'((?:[^']|'')*)'|(?<![\w'.])(\d+(?:\.\d+)?)(?![\w'])")

_NUMBERS = (
    "1",
    "2",
    "3",
    "0",
    "5",
    "10",
    "12",
    "20",
    "42",
    "50",
    "99",
    "100",
    "500",
    "1000",
    "-1",
    "0.5",
)
_TEXTS = (
    "abc", "a", "ABC", "abc-def", "abc_def", "Abc", "A1", "abc123", "ABC123", "someone@example.com",
    "https://example.com/a", "http://example.com", "/a/b", "12345", "1234", "123456",
    "+12025550123", "2025550123", "202-555-0123", "(202) 555-0123", "#a0b1c2", "AB-1234",
    "AB1234", "abc.def",
    "en", "EN", "en_US", "en-US", "EUR", "UTC", "2024-01-31", "12:30", "192.0.2.1", "1.2.3",
    "00000000-0000-4000-8000-000000000000", "0" * 32, "a" * 40, "a" * 64, "a b", "Abc Def", "1", "",
)  # fmt: skip
_BY_NAME = {
    "bool": ("true", "false"),
    "date": ("2024-01-15", "2024-06-30", "2024-07-01", "2024-02-29", "2099-12-31", "1990-05-05"),
    "interval": ("1 hour", "1 day", "30 days", "1 mon", "1 year", "0"),
    "time": ("09:00", "12:00", "17:30", "00:00"),
    "json": ("{}", "[]", '{"a": 1}', '"a"', "1", "[1]"),
    "bytea": ("\\x00", "\\x", "\\x0102"),
    "inet": ("192.0.2.1", "192.0.2.0/24", "2001:db8::1"),
    "uuid": ("00000000-0000-4000-8000-000000000000", "00000000-0000-4000-8000-000000000001"),
}  # fmt: skip
_TIMES = tuple(f"{day} {hour}" for day in _BY_NAME["date"] for hour in ("09:00", "12:30", "00:00"))


def tried_values(
    connection: Connection,
    facts: Facts,
    table: SeedTable,
    checks: Sequence[Check],
    names: Sequence[str],
) -> list[tuple[str | None, ...]]:
    """Combinations of values of these columns that meet all CHECKs on them; none if none is found.

    `checks` are the table's. Those that concern other columns too are not tried.
    """
    columns = [table.columns[name] for name in names]
    if not 1 <= len(columns) <= _MOST:
        return []
    about = [c for c in checks if set(c.columns) <= set(names)]
    most = _PER_COLUMN[len(columns)]
    candidates: list[list[str | None]] = []
    for column in columns:
        resolved = facts.of(table.name, column.name)
        texts = list(dict.fromkeys(_likely(resolved.type, facts, about)))
        taken = castable(connection, column.type, texts)[:most]
        candidates.append([*taken] if column.not_null else [*taken, None])
    if not all(candidates):
        return []
    conditions = [check.text for check in about if not check.of_domain]
    pairs = [(column.name, column.type) for column in columns]
    if not conditions:
        return (
            [(text,) for text in candidates[0][:_FOUND] if text is not None]
            if len(columns) == 1
            else []
        )
    found = satisfying(connection, pairs, candidates, conditions, _LOOKED_AT)
    return _various(found)


def _various(found: Sequence[tuple[str | None, ...]]) -> list[tuple[str | None, ...]]:
    """Some of the combinations, so that all values occur of the column that has fewest."""
    if not found:
        return []
    values = [set(column) for column in zip(*found, strict=True)]
    few = min(
        (place for place in range(len(values))),
        key=lambda place: (len(values[place]) == 1, len(values[place])),
    )
    groups: dict[str | None, list[tuple[str | None, ...]]] = {}
    for row in found:
        groups.setdefault(row[few], []).append(row)
    kept: list[tuple[str | None, ...]] = []
    while groups and len(kept) < _FOUND:
        for value in list(groups):
            kept.append(groups[value].pop(0))
            if not groups[value]:
                del groups[value]
    return kept[:_FOUND]


def _likely(  # noqa: C901  # a list of cases
    type_: Type, facts: Facts, checks: Sequence[Check]
) -> Iterator[str]:
    """Values that a CHECK may want: what it names, numbers beside those, and common forms."""
    numbers: list[str] = []
    for check in checks:
        for text, number in _QUOTED.findall(check.text):
            named = text.replace("''", "'")
            if named:
                yield named
                yield re.sub(r"[%^$]", "", named)
            if number or re.fullmatch(r"-?\d+(\.\d+)?", named):
                numbers.append(number or named)
    for number in numbers:
        yield number
        if "." not in number and len(number) < 9:
            yield str(int(number) + 1)
            yield str(int(number) - 1)
            if type_.category == "S" and 0 < int(number) <= 200:
                yield from (letter * int(number) for letter in "a1A")
            if type_.name == "bytea" and 0 < int(number) <= 200:
                yield "\\x" + "00" * int(number)
    yield from type_.labels
    if type_.element:
        inner = list(_likely(facts.types[type_.element], facts, ()))[:6]
        yield from ("{}", *(f"{{{v}}}" for v in inner), "{" + ",".join(inner[:2]) + "}")
    elif type_.kind in "rm":
        yield from ("[1,5)", "[2024-01-01,2024-02-01)", "(,)", "[5,9]")
    elif type_.category == "N":
        yield from _NUMBERS
    elif type_.category == "S":
        yield from _TEXTS
    elif type_.name in ("timestamp", "timestamptz"):
        yield from _TIMES
    else:
        yield from _BY_NAME.get(
            type_.name.removesuffix("b") if type_.name == "jsonb" else type_.name, ()
        )
