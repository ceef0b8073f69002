"""Writes a first blueprint from the tables of a database, for its author to edit."""

from __future__ import annotations

import json
import keyword
import re
from collections.abc import Collection, Sequence

from snapshot.catalog import LEDGER, ForeignKey, Name
from snapshot.planning.ordering import load_order
from snapshot.planning.script import tables_to_empty
from snapshot.postgres.connection import connected
from snapshot.postgres.introspect import read_catalog
from snapshot.seeding.preparing import reading
from snapshot.seeding.tables import SeedColumn, SeedTable, Tables, read_tables

# What a column's name says about its values. The first match counts.
_BY_NAME = (
    (r"e_?mail", "r.email()"),
    (r"phone|mobile|fax", "r.phone()"),
    (r"first_?name|given", "r.fake.first_name()"),
    (r"last_?name|surname|family", "r.fake.last_name()"),
    (r"user_?name|login|nick", "r.fake.user_name() + r.mark()"),
    (r"avatar|picture|image|photo", "r.avatar()"),
    (r"(^|_)url|website|link", 'f"https://example.com/{r.mark()}"'),
    (r"company|organi[sz]ation", "r.fake.company()"),
    (r"street|address", "r.fake.street_address()"),
    (r"city|town", "r.fake.city()"),
    (r"country", "r.fake.country()"),
    (r"zip|postal|postcode", "r.code(5, '0123456789')"),
    (r"title|subject|headline|caption", "r.fake.catch_phrase()"),
    (r"slug", 'r.fake.word() + "-" + r.mark()'),
    (r"code|token|hash|key|sku|reference", "r.code(10)"),
    (r"colou?r", "r.fake.hex_color()"),
    (r"^name$|_name$|label", "r.fake.name()"),
    (r"description|content|body|text|comment|note|bio|message", "r.paragraph()"),
)
_BY_TYPE = {
    "boolean": "r.chance(0.5)",
    "smallint": "r.between(1, 100)",
    "integer": "r.between(1, 1000)",
    "bigint": "r.between(1, 1000)",
    "real": "r.between(0.0, 100.0)",
    "double precision": "r.between(0.0, 100.0)",
    "date": "r.this_year().date()",
    "timestamp with time zone": "r.this_year()",
    "timestamp without time zone": "r.this_year().replace(tzinfo=None)",
    "time without time zone": "r.this_year().time()",
    "interval": "timedelta(minutes=r.between(5, 120))",
    "uuid": "r.uuid()",
    "json": "{}",
    "jsonb": "{}",
    "bytea": "bytes.fromhex(r.hex())",
    "inet": 'f"192.0.2.{r.between(1, 254)}"',
}


def write_starter(url: str, names: Sequence[str], rows: int, name: str) -> str:
    """The text of a blueprint that fills these tables (or all) with so many rows."""
    with connected(url) as connection, reading(connection):
        catalog = read_catalog(connection)
        tables = read_tables(connection, catalog.foreign_keys)
    chosen = {tables.named(t).name for t in names} or {
        t.name for t in tables_to_empty(catalog) if t.name not in LEDGER
    }
    order = load_order(chosen, catalog.foreign_keys).tables
    rules = [_rule(tables.by_name[table], chosen, tables, rows) for table in order]
    body = "\n".join(rules)
    imports = "from dataclasses import dataclass\n"
    if "timedelta(" in body:
        imports += "from datetime import timedelta\n"
    if "Decimal(" in body:
        imports += "from decimal import Decimal\n"
    parameters = "\n".join(f"    {_identifier(table)}: int = parameter({rows})" for table in order)
    return (
        f'"""Rows for {name}: a first draft from the schema, for you to edit."""\n\n'
        f"{imports}\nfrom snapshot.seeding import Blueprint, parameter\n\n\n"
        f"@dataclass(frozen=True)\nclass Size:\n{parameters or '    pass'}\n\n\n"
        f'bp = Blueprint("{name}", Size)\n\n{body}'
    )


def _rule(table: SeedTable, chosen: Collection[Name], tables: Tables, rows: int) -> str:
    name = _identifier(table.name)
    keys = {c: fk for fk in table.foreign_keys if len(fk.columns) == 1 for c in fk.columns}
    references = dict.fromkeys(
        fk.referenced_root.name
        for column, fk in keys.items()
        if fk.referenced_root != table.name and table.columns[column].not_null
    )
    unique = {c for u in table.uniques if u.columns and len(u.columns) == 1 for c in u.columns}
    lines = [
        f"            {_entry(column, keys.get(column.name), column.name in unique, table)},"
        for column in table.columns.values()
        if not _left_out(column, table, keys)
    ]
    arguments = ", ".join(["r", *(s for s in references if _is_name(s))])
    wanted = [s for s in references if tables.find(s) and tables.named(s).name not in chosen]
    note = (
        f"    # reads rows that are there: {', '.join(map(_literal, wanted))}\n" if wanted else ""
    )
    target = (
        f"{table.name.schema}.{table.name.name}"
        if table.name.schema != "public"
        else table.name.name
    )
    row = "\n".join(lines)
    return (
        f'\n@bp.fill({_literal(target)}, total="{name}")\ndef {name}_rows({arguments}):\n{note}'
        f"    while True:\n        yield {{\n{row}\n        }}\n"
    )


def _left_out(column: SeedColumn, table: SeedTable, keys: dict[str, ForeignKey]) -> bool:
    """Whether the server or a run fills the column, or it is an optional reference."""
    return (
        column.generated
        or column.name in table.made_keys
        or (column.name in keys and not column.not_null)
        or (column.default is not None and not column.not_null)
    )


def _entry(column: SeedColumn, fk: ForeignKey | None, unique: bool, table: SeedTable) -> str:
    return f"{_literal(column.name)}: {_value(column, fk, unique, table)}"


def _value(column: SeedColumn, fk: ForeignKey | None, unique: bool, table: SeedTable) -> str:
    if fk is not None:
        if fk.referenced_root == table.name:
            return "r.key"  # itself: the only row that certainly exists
        parent, key = fk.referenced_root.name, fk.referenced_columns[0]
        if not (_is_name(parent) and _is_name(key)):
            return "None"  # it takes a parameter of another name
        return f"r.pick({parent}).{key}"
    if column.labels:
        return f"r.pick({column.labels!r})"
    if column.type.startswith("numeric"):
        return "Decimal(r.between(100, 10_000)) / 100"
    if column.category == "A":
        return "[]"
    if column.category == "S":
        return _text(column, unique)
    return _BY_TYPE.get(column.type, "None")


def _text(column: SeedColumn, unique: bool) -> str:
    value = next((v for p, v in _BY_NAME if re.search(p, column.name, re.I)), "r.fake.word()")
    if unique and "r.mark()" not in value and "r.email" not in value:
        value = f'f"{{{value}}} {{r.mark()}}"'
    limit = column.length
    return f"({value})[:{limit}]" if limit else value


def _literal(text: str) -> str:
    """The text in Python's words: a name may hold anything, and the draft is run."""
    return json.dumps(text, ensure_ascii=False)


def _is_name(text: str) -> bool:
    return text.isidentifier() and not keyword.iskeyword(text)


def _identifier(name: Name) -> str:
    word = re.sub(r"\W", "_", name.name)
    return f"{word}_" if keyword.iskeyword(word) or word[:1].isdigit() else word
