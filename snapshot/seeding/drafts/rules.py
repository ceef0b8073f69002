"""One rule of a draft: its parent, how many rows, and the body that makes them."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from snapshot.catalog import ForeignKey, Name
from snapshot.seeding.drafts.columns import Columns
from snapshot.seeding.drafts.names import field_of, is_name, singular, spelled
from snapshot.seeding.drafts.parents import Links, covered, required
from snapshot.seeding.drafts.parts import Making, RuleDraft, Workshop
from snapshot.seeding.drafts.values import Value, Wanted, literal, value_of
from snapshot.seeding.tables import SeedTable

MANY = 8  # times the rows of a table without parent: no rule adds more


def rule_maker(shop: Workshop, table: SeedTable, links: Links) -> RuleMaker:
    """What makes the rule of a table."""
    target = spelled(table.name, shop.facts.tables)
    rule = RuleDraft(table, shop.names.rule(table.name), target or str(table.name))
    if target is None:
        rule.left_out = "a blueprint has no way to write this table's name"
    maker = RuleMaker(shop, table, links, rule, shop.understood(table))
    read = (shop.names.argument(fk.referenced_root) for fk in links.picked if fk != links.parent)
    maker.scope.taken.update(name for name in read if name)
    return maker


class RuleMaker(Making):
    """Makes the rule of a table."""

    def make(self, origin: tuple[Name, ForeignKey] | None = None) -> RuleDraft:
        """The rule. `origin` is a table whose rows have reserved the keys of these."""
        if origin is not None:
            source, fk = origin
            self._child_of(source, dict(zip(fk.referenced_columns, fk.columns, strict=True)))
            self.rule.expected = self.shop.expected.get(source, 0)
            self.rule.notes.append(
                f"{source} and this table reference each other: its rows have reserved these keys"
            )
            for back in self.table.foreign_keys:
                if back.referenced_root == source and not set(back.columns) & self.known.keys():
                    self._refer_back(back)
        elif self.links.parent is not None and self.table.name not in self.shop.corrections.flat:
            self._child(self.links.parent)
        else:
            self._root()
        for fk in self.links.picked:
            if set(fk.columns) - self.known.keys():
                self._pick(fk)
        for fk in self.links.reserved:
            self._reserve(fk)
        self._leave_out()
        Columns(self).fill()
        for fk in self.links.own:
            self._own(fk)
        self._limited()
        self._loop()
        return self.rule

    # --- how many

    def _root(self) -> None:
        self.rule.total = "rows"
        self.rule.expected = max(self.shop.rows, self.shop.facts.rows(self.table.name))

    def _child_of(self, parent: Name, on: dict[str, str]) -> None:
        table = self.shop.facts.tables.by_name[parent]
        self.rule.each = spelled(parent, self.shop.facts.tables)
        variable = self.scope.variable(singular(self.shop.names.argument(parent) or "parent"))
        self.rule.arguments.append(variable)
        same = [fk for fk in self.table.foreign_keys if fk.referenced_root == parent]
        if [dict(zip(fk.columns, fk.referenced_columns, strict=True)) for fk in same] != [on]:
            self.rule.on = on
        self.known.update({c: field_of(table, there, variable) for c, there in on.items()})

    def _child(self, fk: ForeignKey) -> None:
        """Rows of each parent: as many as parents have today, else a few."""
        parent, rows = fk.referenced_root, self.shop.rows
        self._child_of(parent, dict(zip(fk.columns, fk.referenced_columns, strict=True)))
        parents = self.shop.expected.get(parent, rows)
        alone = any(covered(u, fk.columns) and not u.predicate for u in self.table.uniques)
        learnt = self.shop.counts(self.table, fk)
        low, high = (1, 1) if alone or 2 * parents > 4 * rows else (1, 3)
        if learnt is not None:
            low = 0 if learnt.childless * 10 > parents else learnt.low
            high = max(low, learnt.high)
            self.rule.notes.append(
                f"today {learnt.average:.3g} of each {singular(parent.name)} on average; nine of "
                f"ten have {learnt.high} or fewer, {learnt.childless} have none"
            )
        there = self.shop.facts.rows(self.table.name)
        self.rule.expected = max(parents * (low + high) // 2, there)
        short = parents * (high - low) // 4 if there else self.rule.expected  # about
        if max(short, self.rule.expected - there) > MANY * rows:
            self.rule.total = "rows"
            self.rule.expected = max(rows, there)
        elif high > 1:
            self.rule.need = f"between({low}, {high})" if low < high else str(low)
        if self.links.spread:
            self.rule.up_to = True

    def _refer_back(self, fk: ForeignKey) -> None:
        """In a cycle of two tables each row references the one that has reserved its key."""
        table = self.shop.facts.tables.by_name[fk.referenced_root]
        for column, there in zip(fk.columns, fk.referenced_columns, strict=True):
            self.known[column] = field_of(table, there, self.rule.arguments[0])
            self.rule.row[column] = Value(self.known[column])

    # --- references

    def _rows_of(self, fk: ForeignKey) -> str:
        """The argument with the rows that a key may reference; those that fit what is known."""
        name = self.shop.names.argument(fk.referenced_root) or "None"
        if name not in self.rule.arguments:
            self.rule.arguments.append(name)
            self.scope.taken.add(name)
        pairs = zip(fk.columns, fk.referenced_columns, strict=True)
        same = {there: self.known[c] for c, there in pairs if c in self.known}
        if not same:
            return name
        if all(map(is_name, same)):
            return f"{name}.of({', '.join(f'{k}={v}' for k, v in same.items())})"
        return f"{name}.of(**{{{', '.join(f'{literal(k)}: {v}' for k, v in same.items())}}})"

    def _pick(self, fk: ForeignKey) -> None:
        """One row for all columns of the key."""
        table = self.shop.facts.tables.by_name[fk.referenced_root]
        new = [c for c in fk.columns if c not in self.known]
        if len(new) < len(fk.columns) and fk.match_full:
            self.rule.up_to = True
        rows = self._rows_of(fk)
        stem = new[0].removesuffix("_id").removesuffix("Id") if len(new) == 1 else ""
        row = self.scope.variable(stem or singular(table.name.name), "row")
        optional = any(not self.table.columns[c].not_null for c in new)
        self._line_of(fk, row, rows, optional, new)
        pairs = dict(zip(fk.columns, fk.referenced_columns, strict=True))
        for column in new:
            code = field_of(table, pairs[column], row)
            self.known[column] = code
            null = optional and not self.table.columns[column].not_null
            self.rule.row[column] = Value(f"{code} if {row} else None" if null else code)

    def _line_of(
        self, fk: ForeignKey, row: str, rows: str, optional: bool, new: Sequence[str]
    ) -> None:
        twin = self._twin(fk)
        if twin is not None:
            there = fk.referenced_columns[0]
            table = self.shop.facts.tables.by_name[fk.referenced_root]
            other, operator = twin
            rows = f"[x for x in {rows} if {other} {operator} {field_of(table, there, 'x')}]"
        if fk in self.links.spread and self.rule.each:
            self.rule.spread.append((row, f"r.shuffled({rows})"))
        elif optional and self.exactly and set(new) <= set(self.exactly.columns):
            self.rule.lines.append(
                f"{row} = r.pick({rows}) if {literal(new[0])} in filled else None"
            )
        elif optional and any(set(new) <= set(c.columns) for c in self.understood.counted):
            self.rule.lines.append(f"{row} = r.pick({rows}) if {rows} else None")
        elif rows.isidentifier() and not optional:
            self.rule.lines.append(f"{row} = r.pick({rows})")
        elif rows.isidentifier():
            self.rule.lines.append(f"{row} = r.pick({rows}) if {rows} and r.chance(0.8) else None")
        else:
            some = self.scope.variable(f"{row}_choice")
            self.rule.lines.append(f"{some} = {rows}")
            if optional:
                self.rule.lines.append(
                    f"{row} = r.pick({some}) if {some} and r.chance(0.8) else None"
                )
            else:
                self.rule.up_to = True
                self.rule.lines += [f"if not {some}:", "    return", f"{row} = r.pick({some})"]

    def _twin(self, fk: ForeignKey) -> tuple[str, str] | None:
        """A known column that a CHECK compares with the key's, as a condition on the left."""
        for less, greater, strictly in self.understood.orders:
            if (fk.columns == (greater,)) and less in self.known:
                return self.known[less], "<" if strictly else "<="
            if (fk.columns == (less,)) and greater in self.known:
                return self.known[greater], ">" if strictly else ">="
        for one, other in self.understood.different:
            if fk.columns == (other,) and one in self.known:
                return self.known[one], "!="
            if fk.columns == (one,) and other in self.known:
                return self.known[other], "!="
        return None

    def _reserve(self, fk: ForeignKey) -> None:
        """Keys for rows that another rule makes, later, for these rows."""
        target = self.shop.facts.tables.by_name[fk.referenced_root]
        spelling = spelled(target.name, self.shop.facts.tables)
        sources = dict(target.key_sources)
        for column, there in zip(fk.columns, fk.referenced_columns, strict=True):
            if column in self.known:
                continue
            if sources.get(there) and spelling:
                code = f"r.reserve({literal(spelling)})"
            else:
                resolved = self.shop.facts.of(target.name, there)
                limits = self.shop.understood(target).of(there)
                value = value_of(
                    self.shop.facts,
                    Wanted(there, resolved, limits, unique=True, counted=not self.rule.each),
                )
                code = value.code if value else "None"
            self.known[column] = code
            self.rule.row[column] = Value(code, f"the key of a row that {target.name} gets later")
        self.shop.pending.setdefault(target.name, []).append((self.table.name, fk))

    def _leave_out(self) -> None:
        for fk in self.links.left_out:
            columns = ", ".join(fk.columns)
            why = "is filled later, and rows are never changed"
            if fk.referenced_root not in self.shop.facts.chosen:
                why = "has no rows and no rule here"
            elif fk.referenced_root in self.shop.corrections.left_out:
                why = "is left out"
            self.rule.notes.append(f"{columns} stays null: {fk.referenced_root} {why}")
            for column in fk.columns:
                if column not in self.known and not self.table.columns[column].not_null:
                    self.rule.row[column] = Value("None")
                    self.known[column] = "None"

    def _own(self, fk: ForeignKey) -> None:
        """A key to the table itself: an earlier row of the same rule, else the row itself."""
        pairs = [
            (column, there)
            for column, there in zip(fk.columns, fk.referenced_columns, strict=True)
            if column not in self.known and column != there
        ]
        if not pairs:
            return
        if required(self.table, fk) or (
            len(fk.columns) > 1 and self.table.columns[pairs[0][0]].not_null
        ):
            for column, there in pairs:
                self._itself(column, there)
            return
        for column, there in pairs:
            fits = len(fk.columns) == 1 and is_name(there) and column not in self._counted()
            if not fits or there in self.known:
                self.rule.row[column] = Value("None", "a reference to the table itself")
            else:
                self.rule.remembered = True
                self.rule.row[column] = Value(
                    f"r.pick(earlier).{there} if earlier and r.chance(0.7) else None"
                )

    def _counted(self) -> Collection[str]:
        return {c for counted in self.understood.counted for c in counted.columns}

    def _itself(self, column: str, there: str) -> None:
        note = "itself: the only row that certainly exists"
        known = self.rule.row.get(there)
        code = known.code if known else self.known.get(there)
        if code is None and there in self.table.made_keys:
            self.rule.row[column] = Value("r.key", note)
            return
        if code is None:
            return
        if known and not code.isidentifier():
            variable = self.scope.variable(there)
            self.rule.lines += [*known.lines, f"{variable} = {code}"]
            self.rule.row[there] = Value(variable, known.note)
            code = variable
        self.rule.row[column] = Value(code, note)

    # --- limits

    def _limited(self) -> None:
        """Say up_to where unique keys leave room for few rows only."""
        references = {c for fk in self.table.foreign_keys for c in fk.columns}
        few = references | {
            c.name
            for c in self.table.columns.values()
            if c.labels or c.type == "boolean" or self.understood.of(c.name).choices is not None
        }
        link = {*self.known} - self.rule.row.keys()
        for unique in self.table.uniques:
            if covered(unique, few - self.table.made_keys) and not covered(unique, link):
                self.rule.up_to = True
        if self.table.name in self.shop.corrections.up_to:
            self.rule.up_to = True

    def _loop(self) -> None:
        """How the body goes from row to row: counted, or over rows that each reference once."""
        texts = " ".join([*self.rule.lines, *(v.code for v in self.rule.row.values())])
        counted = "number" in texts
        if not self.rule.spread:
            self.rule.loop = "for number in count(1):" if counted else self.rule.loop
            return
        rows = ", ".join(row for row, _ in self.rule.spread)
        source = ", ".join(source for _, source in self.rule.spread)
        if len(self.rule.spread) > 1:
            rows, source = f"({rows})" if counted else rows, f"zip({source})"
        self.rule.loop = (
            f"for number, {rows} in enumerate({source}, 1):"
            if counted
            else f"for {rows} in {source}:"
        )
