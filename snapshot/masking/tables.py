"""The masks of all tables of one create, and what was counted of the masked rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

import pyarrow as pa

from snapshot.catalog import Name
from snapshot.masking.audit import AuditedMasking, Groups
from snapshot.masking.constraints import room
from snapshot.masking.model import Search
from snapshot.masking.originals import Originals
from snapshot.masking.plan import MaskPlan, TablePlan
from snapshot.masking.prf import MaskKey
from snapshot.masking.recompute import Recomputer, recomputed
from snapshot.masking.rows import (
    Account,
    Different,
    TableMasking,
    check_account,
    check_values,
    refuse_problems,
    together,
)
from snapshot.postgres.sequences import SequenceColumn
from snapshot.store.manifest import SequenceValue, TableEntry

# masks that leave some of a value as it is
_IN_PARTS = ("redact", "json", "xml", "composite", "hstore", "array", "own", "recompute")
_SEARCHED = (Search.SUBSTRING, Search.SHARED, Search.FIELD)


class Masks:
    """The masks of all tables, and what was counted of the masked rows."""

    def __init__(
        self,
        key: MaskKey,
        plan: MaskPlan,
        encoding: str,
        left: Mapping[Name, Mapping[str, pa.Array]],
        allow: Iterable[str],
        checksums: bool,
    ) -> None:
        self.key = key
        self.plan = plan
        self.originals = Originals(allow)
        self.searched = True  # somebody will look for the originals
        self._encoding = encoding
        self._left = left
        self._checksums = checksums
        self.groups: Mapping[Name, Groups] = {}  # of rows that are counted, see [audit]
        self.recompute: Recomputer | None = None
        self._accounts: dict[Name, Account] = {}

    @property
    def columns(self) -> set[tuple[Name | None, str | None]]:
        """The columns whose values are made by masks as a whole."""
        return {
            (name, step.column)
            for name, table in self.plan.tables.items()
            for step in table.steps
            if step.rule.mask not in _IN_PARTS
        }

    def rewriters(self, first: bool) -> dict[Name, TableMasking]:
        """The masks of a pass over the rows. What they find is counted in the first."""
        found = {}
        for name, plan in self.plan.tables.items():
            account = None
            if first:
                account = Account(self._encoding, 0 if self._checksums else None)
                self._accounts[name] = account
            found[name] = self._rewriter(plan, account)
        return found

    def _rewriter(self, plan: TablePlan, account: Account | None) -> TableMasking:
        """Of a pass that counts if there is an account."""
        name = plan.table.name
        groups = self.groups.get(name) if account else None
        kind = AuditedMasking if groups else TableMasking
        made = kind(
            plan,
            self.key,
            self._left.get(name, {}),
            account,
            self.originals if account and self.searched else None,
            self.recompute if recomputed(plan) else None,
        )
        if groups and isinstance(made, AuditedMasking):
            made.groups = groups
        return made

    def unchanged(self) -> list[str]:
        """Columns some of whose values came back as they were: by chance, in lists of names."""
        return [
            f"{name}.{step.column}: the mask left {number:,} values as they were"
            for name, account in self._accounts.items()
            for step in self.plan.tables[name].steps
            if (number := account.unchanged.get(step.column, 0))
            and step.mask(self.key).search in _SEARCHED
        ]

    def audit_notes(self, k: int) -> list[str]:
        """What [audit] counted in the masked rows."""
        return [note for groups in self.groups.values() if (note := groups.note(k))]

    def settled(self, entries: Iterable[TableEntry]) -> tuple[TableEntry, ...]:
        """See AppliedPolicy.settled()."""
        problems = self._wrong_values()
        settled = []
        for entry in entries:
            account = self._accounts.get(entry.name)
            if account:
                plan = self.plan.tables[entry.name]
                problems += check_account(plan, account, self._injective(plan))
                problems += self._without_room(plan, entry.rows)
                if account.checksum is not None:
                    entry = replace(entry, checksum=f"{account.checksum:016x}")
                entry = replace(entry, ordered=entry.ordered and not plan.resorted)
            settled.append(entry)
        refuse_problems(problems)
        return tuple(settled)

    def _without_room(self, plan: TablePlan, rows: int) -> list[str]:
        """Unique columns with more rows than their mask has room for: the estimate was too low."""
        return [
            f"{plan.table.name}.{step.column} is unique, and {step.rule.mask} has room for "
            f"{most:,} rows of {rows:,}"
            for step in plan.steps
            if step.target.unique
            and (bits := step.mask(self.key).bits) is not None
            and rows > (most := room(step.rule.mask, bits))
        ]

    def sequences(
        self, values: tuple[SequenceValue, ...], columns: Iterable[SequenceColumn]
    ) -> tuple[SequenceValue, ...]:
        """The sequences of masked columns, set to the largest masked value."""
        by_name = {value.name: value for value in values}
        for column in columns:
            account = self._accounts.get(column.table)
            reached = account.highest.get(column.column) if account else None
            value = by_name.get(column.sequence)
            if reached is None or value is None or not column.least <= reached <= column.most:
                continue
            if reached > value.last_value or not value.is_called:
                by_name[column.sequence] = replace(value, last_value=reached, is_called=True)
        return tuple(by_name[value.name] for value in values)

    def _wrong_values(self) -> list[str]:
        """What is wrong with the values of columns that have to stay different, or equal.

        Columns that keys join are looked at together: then rows find each other as before.
        """
        found: dict[str, list[Different]] = {}
        injective: dict[str, bool] = {}
        for name, account in self._accounts.items():
            for step in self.plan.tables[name].steps:
                portions = account.columns.get(step.column)
                if portions:
                    values = step.joined or f"{name}.{step.column}"
                    found.setdefault(values, []).extend(portions)
                    injective[values] = step.mask(self.key).injective
        return [
            problem
            for values, portions in found.items()
            for problem in check_values(values, together(portions), injective[values])
        ]

    def _injective(self, plan: TablePlan) -> list[str]:
        return [step.column for step in plan.steps if step.mask(self.key).injective]
