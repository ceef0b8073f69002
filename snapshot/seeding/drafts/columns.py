"""The columns of a rule that are no references: values, times that agree, CHECKs of several."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from snapshot.seeding.drafts.guesses import about_people
from snapshot.seeding.drafts.names import identifier, singular
from snapshot.seeding.drafts.parents import covered
from snapshot.seeding.drafts.parts import Making
from snapshot.seeding.drafts.times import TYPES, Moment, values_of_moments
from snapshot.seeding.drafts.values import Value, Wanted, literal, typed, value_of
from snapshot.seeding.personal_data import SENSITIVE
from snapshot.seeding.tables import SeedColumn

_SHOWN = 160  # characters of a CHECK in a comment


class Columns:
    """Fills the columns of one rule."""

    def __init__(self, maker: Making) -> None:
        self.maker = maker
        self.shop, self.table, self.rule = maker.shop, maker.table, maker.rule
        self.understood = maker.understood
        self.unique = self._unique()
        own = {c for fk in maker.links.own for c in fk.columns} - maker.known.keys()
        own -= {c for fk in maker.links.own for c in fk.referenced_columns}
        self.columns = [
            c
            for c in self.table.columns.values()
            if c.name not in maker.known and c.name not in own and not self._by_server(c)
        ]
        self.people = about_people(self.table.name.name, list(self.table.columns))
        self.title = singular(identifier(self.table.name.name)).replace("_", " ").capitalize()

    def fill(self) -> None:
        """Give every column a value, or leave it to the server."""
        self._filled()
        met = self._tried()
        moments = self._moments(met)
        for moment in moments.values():  # each may need the one before
            self.rule.lines += moment.lines
        for column in self.columns:
            if column.name in met:
                continue
            value = moments.get(column.name) or self._value(column)
            if value is None:
                self._no_value(column)
            else:
                self._put(column, value)
        self._ordered()
        if any("somebody" in v.code for v in self.rule.row.values()) or any(
            "somebody" in line for line in self.rule.lines
        ):
            self.rule.lines.insert(0, "somebody = r.person()")

    def _by_server(self, column: SeedColumn) -> bool:
        """The server or a run gives its value, or nothing is known that would be better."""
        if column.generated or column.name in self.table.made_keys:
            return True
        key = (self.table.name, column.name)
        if key in self.shop.corrections.null:
            if column.not_null and column.default is None:
                self.rule.left_out = self.shop.corrections.null[key]
            else:
                self.rule.todo.append(
                    f"{column.name} is left out: {self.shop.corrections.null[key]}"
                )
            return True
        if column.name.lower() in SENSITIVE:
            if column.not_null and column.default is None:
                self.rule.left_out = (
                    f"{column.name} must not be null, and a run fills no column of that name"
                )
            else:
                self.rule.notes.append(f"{column.name} is left out: it would hold personal data")
            return True
        return column.default is not None and not self._better_than_default(column)

    def _better_than_default(self, column: SeedColumn) -> bool:
        type_ = self.shop.facts.of(self.table.name, column.name).type
        if column.sequence or column.made_up or column.default == "":
            return False
        learnt = self.shop.facts.learnt_of(self.table.name, column.name)
        choices = self.understood.of(column.name).choices or type_.kind == "e"
        return bool(
            choices
            or (learnt and learnt.common)
            or column.name in self.unique
            or (type_.name in TYPES and column.not_null)
            or any(column.name in c.columns for c in self.understood.others)
        )

    def _unique(self) -> dict[str, bool]:
        """Columns whose values make rows differ, and whether the place in the rule will do."""
        references = {c for fk in self.table.foreign_keys for c in fk.columns}
        link = self.maker.known.keys() if self.rule.each else set()
        found: dict[str, bool] = {}

        def add(column: str, counted: bool) -> None:
            found[column] = found.get(column, True) and counted

        for unique in self.table.uniques:
            if unique.columns is None:
                for name in self.table.columns:
                    if re.search(rf"\b{re.escape(name)}\b", " ".join(unique.expressions)):
                        add(name, not self.rule.each)
                continue
            own = [c for c in unique.columns if c not in references and c not in link]
            if own and not set(unique.columns) & self.table.made_keys:
                add(
                    max(own, key=self._variety), not self.rule.each or covered(unique, own) is False
                )
        for exclusion in self.shop.facts.exclusions.get(self.table.name, ()):
            for column in exclusion - references:
                add(column, True)
        return found

    def _variety(self, column: str) -> int:
        """How well values of the column can differ."""
        type_ = self.shop.facts.of(self.table.name, column).type
        if type_.kind in "rm":
            return 4
        if type_.name in ("text", "varchar", "citext", "uuid", "int4", "int8"):
            return 0 if self.understood.of(column).choices is not None else 3
        return 2 if type_.name in ("int2", "numeric", "bpchar", *TYPES) else 0

    def _value(self, column: SeedColumn) -> Value | None:
        name, facts = column.name, self.shop.facts
        plain = (self.table.name, name) in self.shop.corrections.plain
        wanted = Wanted(
            "value" if plain else name,
            facts.of(self.table.name, name),
            self.understood.of(name),
            self.title,
            self.people and not plain,
            unique=name in self.unique,
            counted=self.unique.get(name, not self.rule.each),
            learnt=facts.learnt_of(self.table.name, name),
        )
        value = value_of(facts, wanted)
        if value is None:
            return None
        nulls = wanted.learnt.nulls if wanted.learnt and not column.not_null else 0.0
        inside = any(name in c.columns for c in self.understood.counted)
        if nulls > 0.02 and not inside and not value.lines:
            code = "None" if nulls == 1 else f"{value.code} if r.chance({1 - nulls:.2g}) else None"
            return value._replace(code=code)
        return value

    def _no_value(self, column: SeedColumn) -> None:
        if column.not_null and column.default is None:
            self.rule.left_out = (
                f"{column.name} is a {column.type}, for which the draft has no value"
            )
        else:
            self.rule.todo.append(f"{column.name}: a value of type {column.type}")

    def _put(self, column: SeedColumn, value: Value) -> None:
        self.rule.lines += [line for line in value.lines if line not in self.rule.lines]
        code = value.code
        exactly = self.maker.exactly
        if exactly and column.name in exactly.columns:
            code = f"{code} if {literal(column.name)} in filled else None"
        self.rule.row[column.name] = Value(code, value.note)

    def _filled(self) -> None:
        """Which of the columns of a num_nonnulls() are filled."""
        exactly = self.maker.exactly
        if exactly is None:
            return
        null = {c for c, v in self.rule.row.items() if v.code == "None"}
        names = ", ".join(literal(c) for c in exactly.columns if c not in null)
        self.rule.lines.insert(0, f"filled = r.sample([{names}], {exactly.number})")

    def _moments(self, met: Collection[str]) -> dict[str, Value]:
        facts = self.shop.facts
        moments = []
        for column in self.columns:
            if column.name in met:
                continue
            type_ = facts.of(self.table.name, column.name).type
            limits = self.understood.of(column.name)
            if type_.name in TYPES and limits.choices is None:
                learnt = facts.learnt_of(self.table.name, column.name)
                moments.append(Moment(column.name, type_.name, limits, column.not_null, learnt))
        return values_of_moments(moments, self.understood.orders, self.maker.scope.variable)

    def _ordered(self) -> None:
        """Numbers that a CHECK wants to grow from column to column."""
        for less, greater, _ in self.understood.orders:
            one, other = self.rule.row.get(less), self.rule.row.get(greater)
            if not (one and other) or less in self.maker.known or greater in self.maker.known:
                continue
            type_ = self.shop.facts.of(self.table.name, greater).type
            if type_.name not in ("int2", "int4", "int8", "numeric", "float8"):
                continue
            variable = self.maker.scope.variable(less)
            self.rule.lines.append(f"{variable} = {one.code}")
            self.rule.row[less] = Value(variable, one.note)
            self.rule.row[greater] = Value(f"{variable} + r.between(1, 10)", "greater: its CHECK")

    # --- what no form tells

    def _tried(self) -> set[str]:
        """Fill the columns of CHECKs that have no known form with values that met them."""
        done: set[str] = set()
        mine = {c.name for c in self.columns}
        for check in self.understood.others:
            names = sorted((set(check.columns) & mine) - done)
            references = set(check.columns) - mine
            if not names:
                continue
            found = [] if references else self.shop.tried(self.table, names)
            text = " ".join(check.text.split())[:_SHOWN]
            if not found:
                self.rule.todo.append(f"see whether the rows meet CHECK {text}")
                continue
            done.update(names)
            self.rule.notes.append(f"tried on the server for CHECK {text}")
            self._combined(names, found)
        return done

    def _combined(self, names: Sequence[str], found: Sequence[tuple[str | None, ...]]) -> None:
        facts = self.shop.facts
        types = [facts.of(self.table.name, name).type for name in names]
        rows = [
            [_python(t.name, bool(t.element), value) for t, value in zip(types, row, strict=True)]
            for row in found
        ]
        note = "found by trying"
        if len(names) == 1:
            values = ", ".join(row[0] for row in rows)
            self.rule.row[names[0]] = Value(f"r.pick([{values}])", note)
            return
        variables = [self.maker.scope.variable(name) for name in names]
        listed = ", ".join(f"({', '.join(row)})" for row in rows)
        self.rule.lines.append(f"{', '.join(variables)} = r.pick([{listed}])")
        for name, variable in zip(names, variables, strict=True):
            self.rule.row[name] = Value(variable, note)


def _python(type_name: str, array: bool, text: str | None) -> str:
    return literal(text) if array else typed(type_name, text)
