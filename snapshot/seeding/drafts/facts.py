"""What is known of a database when a draft is made: types, checks, partitions, rows."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from snapshot.catalog import LEDGER, Catalog, Name
from snapshot.planning.script import tables_to_empty
from snapshot.postgres import drafting
from snapshot.postgres.connection import Connection
from snapshot.postgres.drafting import Learnt
from snapshot.seeding.personal_data import SENSITIVE
from snapshot.seeding.tables import SeedColumn, SeedTable, Tables
from snapshot.shapes import findings


@dataclass(frozen=True)
class Type:
    """A type of the server."""

    oid: int
    name: str  # int4, varchar, …
    sql: str  # as format_type() prints it
    kind: str  # pg_type.typtype: base, composite, domain, enum, range, multirange
    category: str
    element: int  # of an array
    base: int  # of a domain
    modifier: int  # of a domain's base type; -1 is none
    labels: tuple[str, ...]
    subtype: int  # of a range or multirange
    fields: tuple[tuple[str, int, int], ...]  # of a composite type: name, type, modifier
    checks: tuple[tuple[str, str], ...]  # of a domain: name, text


class Resolved(NamedTuple):
    """A type without its domains, and the checks of these."""

    type: Type
    modifier: int
    checks: tuple[tuple[str, str], ...]


class Check(NamedTuple):
    """A CHECK of a table or of a column's domain, as the server prints it."""

    name: str
    text: str
    columns: tuple[str, ...]
    of_domain: bool = False


@dataclass(frozen=True)
class Facts:
    """All that a draft is made of."""

    tables: Tables
    chosen: frozenset[Name]  # tables that get rules
    types: Mapping[int, Type]
    declared: Mapping[tuple[Name, str], tuple[int, int]]  # a column's type and modifier
    checks: Mapping[Name, tuple[Check, ...]]
    exclusions: Mapping[Name, tuple[frozenset[str], ...]]
    partitions: Mapping[Name, tuple[Mapping[str, str], ...]]  # bounds of each, by column
    learnt: Mapping[Name, tuple[int, Mapping[str, Learnt]]]

    def resolved(self, oid: int, modifier: int) -> Resolved:
        """The type behind domains over domains."""
        checks: tuple[tuple[str, str], ...] = ()
        type_ = self.types[oid]
        while type_.kind == "d":
            checks += type_.checks
            modifier = type_.modifier
            type_ = self.types[type_.base]
        return Resolved(type_, modifier, checks)

    def of(self, table: Name, column: str) -> Resolved:
        """The type of a column."""
        return self.resolved(*self.declared[table, column])

    def learnt_of(self, table: Name, column: str) -> Learnt | None:
        """What the rows say of a column, if there are rows."""
        return self.learnt[table][1].get(column) if table in self.learnt else None

    def rows(self, table: Name) -> int:
        """Rows of the sample; 0 if the table is empty."""
        return self.learnt[table][0] if table in self.learnt else 0


def read_facts(
    connection: Connection, catalog: Catalog, tables: Tables, names: Sequence[str]
) -> Facts:
    """Read the facts of the named tables, or of all but those of extensions and migration tools."""
    chosen = frozenset(tables.named(name).name for name in names) or frozenset(
        t.name
        for t in tables_to_empty(catalog)
        if t.name in tables.by_name and t.name not in LEDGER
    )
    types = {
        row["oid"]: Type(
            **{
                **row,
                "labels": tuple(row["labels"]),
                "fields": tuple(map(tuple, row["fields"])),
                "checks": tuple(map(tuple, row["checks"])),
            }
        )
        for row in drafting.read_types(connection)
    }
    rows = drafting.read_draft_tables(connection)
    by_name = {Name(row["schema"], row["name"]): row for row in rows}
    return Facts(
        tables,
        chosen,
        types,
        {
            (t, c): (oid, modifier)
            for t, row in by_name.items()
            for c, oid, modifier in row["columns"]
        },
        {
            t: tuple(Check(n, text, tuple(cs or ())) for n, text, cs in row["checks"])
            for t, row in by_name.items()
        },
        {t: tuple(map(frozenset, row["exclusions"])) for t, row in by_name.items()},
        _partitions(drafting.read_partitions(connection)),
        {t: _learnt(connection, table) for t, table in tables.by_name.items()},
    )


# --- rows that are there

# Values of such columns are never looked at: they may belong to somebody.
_PERSONAL = re.compile(
    r"name|mail|phone|mobile|fax|address|street|city|zip|post|ssn|social|tax|passport|birth|dob"
    r"|iban|card|account|password|secret|token|hash|key|salt|ip|login|user|url|lat|lon|note|comment"
    r"|body|text|message|bio|salary|income|diagnos|religio|ethnic",
    re.I,
)
# Of texts only those of columns that sort rows into a few kinds are repeated in a draft.
_KINDS = re.compile(
    r"status|state$|type$|kind|role|plan$|level|categor|priority|severity|currency|country|locale"
    r"|language|source|channel|method|mode$|gender|stage|phase|tier|unit$|colou?r|size$|visibility"
    r"|format|provider|platform|department|genre|rating",
    re.I,
)
_TEXTS = {25, 1042, 1043}  # text, bpchar, varchar
_COMPARED = "NDT"  # numbers, dates and times, intervals: what has a smallest and a greatest value


def is_personal(name: str) -> bool:
    """Whether the values of a column of this name may belong to a person."""
    return name.lower() in SENSITIVE or _PERSONAL.search(name) is not None


def _learnt(connection: Connection, table: SeedTable) -> tuple[int, Mapping[str, Learnt]]:
    looked_at = [c.name for c in table.columns.values() if _may_learn(c)]
    listed = [
        name
        for name in looked_at
        if not is_personal(name) and (table.columns[name].oid not in _TEXTS or _KINDS.search(name))
    ]
    references = {column for fk in table.foreign_keys for column in fk.columns}
    listed = [name for name in listed if name not in references and name not in table.key]
    number, learnt = drafting.learn(connection, table.name, looked_at, listed)
    for name, known in learnt.items():
        if any("@" in value or any(findings(value)) for value in known.common):
            learnt[name] = known._replace(low=None, high=None, common={})
    return number, learnt


def _may_learn(column: SeedColumn) -> bool:
    """Its values have an order and a text that mean the same everywhere."""
    return not column.generated and (column.oid in _LEARNT_TYPES or column.category == "E")


# int8, int2, int4, text, float4, float8, bpchar, varchar, date, timestamp, timestamptz, numeric
_LEARNT_TYPES = {20, 21, 23, 25, 700, 701, 1042, 1043, 1082, 1114, 1184, 1700}


# --- partitions


def _partitions(rows: Sequence[Mapping[str, Any]]) -> dict[Name, tuple[Mapping[str, str], ...]]:
    """The bounds that a row of each lowest partition must keep, by column."""
    bounds: dict[int, dict[str, str]] = {}
    found: dict[Name, list[Mapping[str, str]]] = {}
    for row in rows:
        own = dict(bounds.get(row["parent"], {}))
        columns = row["columns"] or []
        if row["strategy"] != "h" and columns and columns[0] is not None:
            own[columns[0]] = row["bound"]
        bounds[row["partition"]] = own
        if not row["divided"]:
            found.setdefault(Name(row["schema"], row["name"]), []).append(own)
    return {name: tuple(some) for name, some in found.items()}


_LITERAL = re.compile(r"'((?:[^']|'')*)'|(-?\d+(?:\.\d+)?)|\b(NULL|true|false|MINVALUE|MAXVALUE)\b")


def bound_values(bound: str) -> Iterator[str]:
    """The values that a partition's bound names: of a list, or from and to of each column."""
    for match in _LITERAL.finditer(bound):
        text, number, word = match.groups()
        yield text.replace("''", "'") if text is not None else number or word
