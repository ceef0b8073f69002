"""What becomes of every column of every table: the policy, settled for one database."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from typing import NamedTuple

from snapshot.catalog import Catalog, Name, Table
from snapshot.errors import Refused, SnapshotError, UsageError
from snapshot.masking.classes import Classes, ColumnName, column_text, read_classes
from snapshot.masking.making import INTEGERS, INTEGERS_BY_WIDTH, TEXT, Key, make_mask
from snapshot.masking.masks.structures import ArrayMask
from snapshot.masking.model import Mask, Rule, Target
from snapshot.masking.policy import Except, Policy
from snapshot.masking.proposal import lines_for
from snapshot.postgres.masking_facts import ColumnFacts, TableFacts, Unique
from snapshot.store.manifest import LARGE_OBJECTS

KEEP = "keep"
UNSURE = "?"
RECOMPUTE = "recompute"
# masks whose results depend on the class of the column: its numbers mean nothing elsewhere
_ROOTED = ("integer", "digits", "code")
_WHOLE = ("array", "constant", "null", "own", RECOMPUTE)  # they take whole arrays


class Problem(NamedTuple):
    """What is wrong with a policy. `paste`: the text is a line for the policy that is missing."""

    text: str
    line: int | None = None
    paste: bool = False

    def __str__(self) -> str:
        return f"line {self.line}: {self.text}" if self.line else self.text


@dataclass(frozen=True)
class Step:
    """What becomes of a column: its mask is made in the process that uses it."""

    column: str
    rule: Rule
    target: Target
    array: bool = False
    joined: str = ""  # the root of a class of several columns: equal values stay equal in them
    _made: dict[Key, Mask] = field(default_factory=dict, init=False, repr=False, compare=False)

    def mask(self, key: Key) -> Mask:
        """The mask, made once. Raises Refused where it does not fit the column."""
        if key not in self._made:
            mask = make_mask(self.rule, self.target, key)
            if self.array and self.rule.mask not in _WHOLE:
                mask = ArrayMask(mask, self.target)
            self._made[key] = mask
        return self._made[key]


@dataclass(frozen=True)
class TablePlan:
    """The masked columns of a table. `uniques` are the indexes that read one of them."""

    table: Table
    steps: tuple[Step, ...]
    uniques: tuple[Unique, ...] = ()
    exceptions: tuple[Except, ...] = ()
    resorted: bool = False  # its key is masked: the order of its rows would tell the originals'


@dataclass(frozen=True)
class MaskPlan:
    """The plan of a database."""

    tables: Mapping[Name, TablePlan]  # those with a masked column
    without_rows: frozenset[Name]
    classes: Classes
    rules: Mapping[ColumnName, Rule]  # of every stored column, keep too
    subset: bool = False  # whose closure knows what to do with keys to rows that do not come

    @property
    def counts(self) -> dict[str, int]:
        """How many columns each mask has."""
        found: dict[str, int] = {}
        for rule in self.rules.values():
            found[rule.mask] = found.get(rule.mask, 0) + 1
        return dict(sorted(found.items()))


def mask_plan(
    policy: Policy, catalog: Catalog, facts: Mapping[Name, TableFacts]
) -> tuple[MaskPlan, list[Problem]]:
    """Settle a policy for a database: the plan, and everything in which the policy is wrong.

    Columns without a rule, rules that match nothing, rules that contradict a foreign key. With
    problems the plan is of what could be settled.
    """
    parents = [
        (name, parent)
        for name, found in facts.items()
        for parent in found.parents
        if name in catalog.by_name and parent in catalog.by_name
    ]
    classes = read_classes(catalog, policy.links, parents)
    without_rows = rows_left_out(policy, catalog)
    problems = [*_unmatched(policy, catalog), *_large_objects(policy, catalog)]
    rules, found = _rules(policy, catalog, classes, without_rows)
    problems += found
    plan = MaskPlan({}, without_rows, classes, rules, policy.subset is not None)
    tables = {}
    for table in catalog.tables:
        if table.name in without_rows:
            continue
        steps: list[Step] = []
        for column in table.stored:
            try:
                steps += _steps(policy, table, plan, facts, column.name)
            except SnapshotError as error:
                problems.append(Problem(f"{error.message}; {error.hint}"))
        if steps:
            tables[table.name] = _table_plan(policy, table, tuple(steps), facts[table.name])
    return replace(plan, tables=tables), problems


def rows_left_out(policy: Policy, catalog: Catalog) -> frozenset[Name]:
    """The tables whose rows do not come."""
    return frozenset(
        table.name
        for table in catalog.tables
        if any(_matches(table.name, pattern) for pattern in policy.rows)
    )


def _matches(name: Name, pattern: str) -> bool:
    candidates = (str(name), f"{name.schema}.{name.name}", name.name)
    return any(
        fnmatchcase(candidate, pattern)
        for candidate in candidates[: 3 if "." not in pattern else 2]
    )


def _unmatched(policy: Policy, catalog: Catalog) -> Iterator[Problem]:
    """Rules that match nothing: a misspelt name must not mean "copied"."""
    columns = {name: {c.name for c in table.columns} for name, table in catalog.by_name.items()}
    for table, rules in policy.columns.items():
        if table not in columns:
            yield Problem(f"there is no table {table}", _line(policy, "columns", table))
        else:
            yield from _unmatched_columns(catalog.by_name[table], rules)
    for pattern in policy.rows:
        if not any(_matches(name, pattern) for name in columns):
            yield Problem(f"no table matches {pattern}", policy.lines.get(("rows", pattern)))
    for line, table, column in _mentioned(policy):
        if column not in columns.get(table, ()):
            yield Problem(f"there is no column {table}.{column}", line)


def _unmatched_columns(table: Table, rules: Mapping[str, Rule]) -> Iterator[Problem]:
    columns = {column.name: column for column in table.columns}
    for name, rule in rules.items():
        if name not in columns:
            yield Problem(f"{table.name} has no column {name}", rule.line)
        elif columns[name].generated and rule.mask != KEEP:
            text = f"{table.name}.{name} is computed from other columns: mask those"
            yield Problem(text, rule.line)


def _mentioned(policy: Policy) -> Iterator[tuple[int | None, Name, str]]:
    """Columns that stand in other sections than [columns], and where."""
    for table, column in policy.json:
        yield _line(policy, "json", table, column), table, column
    for entry in policy.exceptions:
        for column in (entry.column, *entry.leave):
            yield policy.lines.get(("except",)), entry.table, column
    for link in policy.links:
        for column in link.columns if not link.expression else ():
            yield policy.lines.get(("links",)), link.table, column
        for column in link.referenced_columns:
            yield policy.lines.get(("links",)), link.referenced, column


def _line(policy: Policy, section: str, table: Name, *column: str) -> int | None:
    for text in (str(table), f"{table.schema}.{table.name}"):
        if (section, text, *column) in policy.lines:
            return policy.lines[section, text, *column]
    return None


def _large_objects(policy: Policy, catalog: Catalog) -> Iterator[Problem]:
    if catalog.large_objects and policy.schema.large_objects is None:
        yield Problem(
            f"{catalog.large_objects} large objects need a line below [schema]: "
            'large_objects = "none", "blank" or "keep"'
        )


def _rules(
    policy: Policy, catalog: Catalog, classes: Classes, without_rows: frozenset[Name]
) -> tuple[dict[ColumnName, Rule], list[Problem]]:
    """The rule of every stored column, and what is wrong. A class has the rule of its root."""
    rules: dict[ColumnName, Rule] = {}
    problems: list[Problem] = []
    computed = {(t.name, c.name) for t in catalog.tables for c in t.columns if c.generated}
    for table in catalog.tables:
        if table.name in without_rows or table.name == LARGE_OBJECTS:
            continue
        missing = []
        for column in table.stored:
            here = (table.name, column.name)
            own = policy.columns.get(table.name, {}).get(column.name)
            root = classes.root(here)
            of_root = policy.columns.get(root[0], {}).get(root[1])
            rule = own or of_root
            if rule is None:
                missing.append(column.name)
            elif wrong := _wrong(
                here, own, root, of_root, root[0] in without_rows or root in computed
            ):
                problems.append(wrong)
            else:
                rules[here] = rule
        if missing:
            section = f'[columns."{table.name.schema}.{table.name.name}"] needs:'
            problems.append(Problem(section, _line(policy, "columns", table.name)))
            problems += [Problem(line, paste=True) for line in lines_for(table, missing)]
    return rules, problems


def _wrong(
    here: ColumnName, own: Rule | None, root: ColumnName, of_root: Rule | None, no_root: bool
) -> Problem | None:
    """What is wrong with the rule of a column, beside the rule of its class's root."""
    rule = own or of_root
    assert rule is not None
    if rule.mask == UNSURE:
        return Problem(f"{column_text(here)} is not decided", rule.line)
    if own is None or root == here:
        return None
    refers = f"{column_text(here)} refers to {column_text(root)}"
    if of_root is not None and not _alike(own, of_root):
        return Problem(f"{refers}, and its rule differs from that in line {of_root.line}", own.line)
    if of_root is None and not no_root and own.mask != KEEP:
        return Problem(f"{refers}: the rule belongs there", own.line)
    return None


def _alike(one: Rule, other: Rule) -> bool:
    return (one.mask, dict(one.options)) == (other.mask, dict(other.options))


def _steps(
    policy: Policy, table: Table, plan: MaskPlan, facts: Mapping[Name, TableFacts], column: str
) -> Iterator[Step]:
    here = (table.name, column)
    rule = plan.rules.get(here)
    if rule is not None and rule.mask != KEEP:
        yield Step(
            column,
            _filled(policy, table, plan, rule, facts[table.name].columns[column]),
            _target(policy, plan, facts, here, rule),
            facts[table.name].columns[column].array,
            _joined(plan, here, rule),
        )


def _joined(plan: MaskPlan, here: ColumnName, rule: Rule) -> str:
    root = plan.classes.root(here)
    several = len(plan.classes.members.get(root, ())) > 1
    return column_text(root) if several and "by" not in rule.options else ""


def _filled(policy: Policy, table: Table, plan: MaskPlan, rule: Rule, facts: ColumnFacts) -> Rule:
    """The rule with what the rest of the policy, and the catalog, says of the column."""
    column = facts.name
    attributes = {"attributes": dict(facts.fields)}
    if rule.mask == "composite":
        return replace(rule, options={**rule.options, **attributes})
    each = rule.options.get("each")
    if rule.mask == "array" and isinstance(each, Mapping) and each.get("mask") == "composite":
        return replace(rule, options={**rule.options, "each": {**each, **attributes}})
    if rule.mask == "json":
        paths = policy.json.get((table.name, column))
        if paths is None:
            raise Refused(
                f"line {rule.line}: {table.name}.{column} has no rules of its JSON",
                hint=f'write a section [json."{table.name.schema}.{table.name.name}".{column}]',
            )
        return replace(rule, options={**rule.options, "paths": dict(paths)})
    if rule.mask == "redact" and "own" not in rule.options:
        texts = [
            other.name
            for other in table.stored
            if other.name != column
            and (found := plan.rules.get((table.name, other.name)))
            and found.mask in _NAMES_IN_TEXT
        ]
        return replace(rule, options={**rule.options, "own": texts})
    return rule


_NAMES_IN_TEXT = ("token",)  # what neither the vocabulary of names nor a pattern finds


def _target(
    policy: Policy,
    plan: MaskPlan,
    facts: Mapping[Name, TableFacts],
    here: ColumnName,
    rule: Rule,
) -> Target:
    """The column, with the type of its class's root: columns of one class get equal values."""
    root = plan.classes.root(here)
    members = plan.classes.members.get(root, (here,))
    all_facts = [facts[t].columns[c] for t, c in members if t in facts and c in facts[t].columns]
    own = facts[here[0]].columns[here[1]]
    leading = facts[root[0]].columns[root[1]] if root[0] in facts else own
    lengths = [f.length for f in all_facts if f.length is not None]
    meaning = rule.options.get("as", "")
    if not meaning and rule.mask in _ROOTED:
        meaning = column_text(root)
    meaning = meaning or rule.mask
    by = rule.options.get("by")
    if by is not None and (here[0], by) not in plan.rules:
        raise UsageError(
            f"line {rule.line}: {here[0]} has no column {by}",
            hint="`by` names a column of the same table",
        )
    integers = [t for t in INTEGERS_BY_WIDTH if t in {f.type for f in all_facts}]
    return Target(
        table=here[0],
        column=here[1],
        type=_type(own, leading, all_facts, integers),
        length=min(lengths, default=None),
        padded=own.length if own.type == "character" else None,
        scale=own.scale,
        precision=own.precision,
        labels=own.labels,
        unique=any(_is_unique(facts[t], c) for t, c in members if t in facts),
        meaning=str(meaning),
        subject=column_text(plan.classes.root((here[0], by))) if by else "",
        locale=policy.locale,
        in_text=own.type in TEXT and leading.type in INTEGERS,
        narrow=tuple(integers[:-1]),
    )


def _type(
    own: ColumnFacts, leading: ColumnFacts, members: list[ColumnFacts], integers: list[str]
) -> str:
    """The type as which a column is masked, so that equal values of its class stay equal."""
    if leading.type in INTEGERS:
        return integers[-1]  # a text that refers to them holds their digits
    if any(member.type == "citext" for member in members) and own.type in TEXT:
        return "citext"
    return own.type if own.type in TEXT or leading.kind != own.kind else leading.type


def _is_unique(facts: TableFacts, column: str) -> bool:
    return any(column in (*unique.columns, *unique.reads) for unique in facts.uniques)


def _table_plan(
    policy: Policy, table: Table, steps: tuple[Step, ...], facts: TableFacts
) -> TablePlan:
    masked = {step.column for step in steps}
    stored = {column.name for column in table.stored}
    order = table.key or stored
    computed = not stored.issuperset(order)  # of what, the catalog does not say
    return TablePlan(
        table,
        steps,
        tuple(u for u in facts.uniques if masked & {*u.columns, *u.reads}),
        tuple(e for e in policy.exceptions if e.table == table.name),
        resorted=computed or not masked.isdisjoint(order),
    )
