"""Names in a draft: every table and column has one that is Python, and no two are the same."""

from __future__ import annotations

import keyword
import re
import unicodedata
from dataclasses import dataclass, field

from snapshot.catalog import Name
from snapshot.seeding.drafts.values import literal
from snapshot.seeding.tables import SeedTable, Tables

# What the text of a draft uses itself.
_OURS = frozenset(
    (
        "r", "bp", "Size", "Blueprint", "parameter", "between", "chance", "up_to",
        "dataclass", "date", "datetime", "timedelta", "UTC", "Decimal", "count", "number",
        "somebody", "filled", "earlier", "row", "range", "str", "round", "sorted", "max",
        "print", "bytes", "rows", "x", "enumerate", "zip", "bool", "int", "len", "list",
    )
)  # fmt: skip


def is_name(text: str) -> bool:
    """Whether Python takes the text as a name, and leaves it as it is."""
    return (
        text.isidentifier()
        and not keyword.iskeyword(text)
        and not text.startswith("_")
        and unicodedata.normalize("NFKC", text) == text
    )


def identifier(text: str) -> str:
    """The nearest name of ASCII letters."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    word = re.sub(r"\W+", "_", plain, flags=re.ASCII).strip("_")
    if not word or word[0].isdigit():
        word = f"t_{word}".rstrip("_")
    return f"{word}_" if keyword.iskeyword(word) else word


def singular(word: str) -> str:
    """What one row of a table is called, in English."""
    if re.search(r"(?i)(ss|us|is|news|data)$", word) or not word.lower().endswith("s"):
        return word
    for ending, one in (("ies", "y"), ("sses", "ss"), ("ches", "ch"), ("xes", "x"), ("uses", "us")):
        if word.lower().endswith(ending) and len(word) > len(ending) + 1:
            return word[: -len(ending)] + one
    return word[:-1]


def spelled(table: Name, tables: Tables) -> str | None:
    """The text by which a blueprint finds the table. None if there is none."""
    qualified = f"{table.schema}.{table.name}"
    first = (table.name, qualified) if table.schema == "public" else (qualified, table.name)
    for text in first:
        found = tables.find(text)
        if found is not None and found.name == table:
            return text
    return None


def field_of(table: SeedTable, column: str, row: str) -> str:
    """An expression for a column of a row of the table."""
    if is_name(column):
        return f"{row}.{column}"
    return f"{row}[{list(table.columns).index(column)}]"


@dataclass
class Names:
    """The names that a draft gives to tables: arguments, rules, and views where they need one."""

    tables: Tables
    arguments: dict[Name, str] = field(default_factory=dict)
    views: dict[str, str] = field(default_factory=dict)  # name of a view: spelling of its table
    rules: set[str] = field(default_factory=set)

    def argument(self, table: Name) -> str | None:
        """By which a body reads the table's rows. None if a blueprint cannot name the table."""
        if table not in self.arguments:
            text = spelled(table, self.tables)
            if text is None:
                return None
            if is_name(text) and text not in _OURS:
                self.arguments[table] = text
            else:
                used = {name.name for name in self.tables.by_name} | set(self.views) | _OURS
                self.arguments[table] = _free(identifier(table.name), used)
                self.views[self.arguments[table]] = text
        return self.arguments[table]

    def rule(self, table: Name) -> str:
        """A name for a new rule of the table."""
        name = _free(f"{identifier(table.name)}_rows", self.rules)
        self.rules.add(name)
        return name


@dataclass
class Scope:
    """The variables of one body."""

    taken: set[str] = field(default_factory=lambda: set(_OURS))

    def variable(self, wish: str, otherwise: str = "value") -> str:
        """A name that is not used yet: the one wished for, else with a word behind it."""
        name = identifier(wish).lower()
        if name in self.taken or keyword.iskeyword(name):
            name = _free(f"{name}_{otherwise}", self.taken)
        self.taken.add(name)
        return name


def _free(wish: str, used: set[str]) -> str:
    """The name, or with a number behind it."""
    name, number = wish, 2
    while name in used:
        name, number = f"{wish}_{number}", number + 1
    return name


def view_line(name: str, table: str) -> str:
    """The line that gives a table a name that Python can hold."""
    return f'bp.view("{name}", {literal(table)}, "true")'
