"""Rules bound to a schema: links, identities and needs as SQL, and the order of rules."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from psycopg import sql

from snapshot.catalog import ForeignKey
from snapshot.seeding.blueprint import Between, Blueprint, Chance, Need, Rule, UpTo, stable_order
from snapshot.seeding.tables import Schema, SeedTable

SEPARATOR = "\x1f"  # between the parts of a key as text


@dataclass(frozen=True)
class BoundRule:
    """A rule, the tables it is about, and the columns that link child and parent."""

    rule: Rule
    table: SeedTable
    parent: SeedTable | None  # None: the whole table is one parent, or a list of names is
    names: tuple[str, ...] | None  # of the parents, where a parameter lists them
    link: tuple[tuple[str, str], ...]  # column of the child, column of the parent
    need: Any  # int, Chance, Between or a function
    total: int | None
    seed: str
    later: frozenset[str] = frozenset()  # keys of the rules that fill the same table after it

    @property
    def key(self) -> str:
        """What the rule is called in the ledger and in keys of randomness."""
        return f"{self.rule.table}/{self.rule.name}"

    @property
    def called(self) -> bool:
        """How many are needed is a Python function of the parent."""
        return callable(self.need)


def bind(blueprint: Blueprint, parameters: Any, seed: str, schema: Schema) -> list[BoundRule]:
    """Bind the rules that are switched on, in the order in which they are to run.

    Raises BlueprintError for whatever does not fit the schema, and for rules that wait for each
    other.
    """
    bound = [
        _bind(rule, blueprint, parameters, seed, schema)
        for rule in blueprint.rules
        if rule.when is None or _parameter(rule, parameters, rule.when)
    ]
    by_rule = {b.rule.name: b for b in bound}
    if len(by_rule) < len(bound):
        names = [b.rule.name for b in bound]
        twice = next(b.rule for b in bound if names.count(b.rule.name) > 1)
        raise twice.mistake("there are two rules of this name", "rename one of the functions")
    position = {rule.name: place for place, rule in enumerate(blueprint.rules)}

    def reads(rule: Rule, other: Rule) -> bool:
        """It needs rows of a table that the other fills (of its own, only what came before)."""
        filled, earlier = (
            _base(other.table, schema, blueprint),
            position[other.name] < position[rule.name],
        )
        if filled == _base(rule.table, schema, blueprint):
            return earlier
        wanted = {*rule.reads, *([rule.each] if rule.each else [])}
        return any(filled == _base(name, schema, blueprint) for name in wanted)

    def depends(rule: Rule, other: Rule) -> bool:
        """As above, or its rows must reference rows that the other makes."""
        if reads(rule, other):
            return True
        if position[other.name] > position[rule.name] and reads(other, rule):
            return False
        table, target = by_rule[rule.name].table, by_rule[other.name].table
        return table.name != target.name and any(
            fk.referenced_root == target.name
            and all(table.columns[column].not_null for column in fk.columns)
            and not _reference_back(target, table)
            for fk in table.foreign_keys
        )

    ordered = [by_rule[rule.name] for rule in stable_order([b.rule for b in bound], depends)]
    return [
        replace(b, later=frozenset(o.key for o in ordered[place:] if o.table is b.table))
        for place, b in enumerate(ordered, 1)
    ]


def _reference_back(table: SeedTable, to: SeedTable) -> bool:
    return any(fk.referenced_root == to.name for fk in table.foreign_keys)


def _base(name: str | None, schema: Schema, blueprint: Blueprint) -> Any:
    """The table behind a name, views included; None for what is no table."""
    if name is None:
        return None
    view = blueprint.views.get(name)
    table = schema.find(view.table if view else name)
    return table.name if table else None


def _bind(
    rule: Rule, blueprint: Blueprint, parameters: Any, seed: str, schema: Schema
) -> BoundRule:
    table = _find(rule, rule.table, schema)
    for name in rule.reads:
        _find(rule, _behind(name, blueprint), schema)
    for name in (*rule.kind, *(rule.on or ()), *(c for d in rule.distinct for c in d)):
        known_column(rule, table, name)
    names = None
    parent = None
    if rule.each is not None:
        listed = getattr(parameters, rule.each, None)
        if isinstance(listed, tuple | list):
            names = tuple(map(str, listed))
        else:
            parent = _find(rule, _behind(rule.each, blueprint), schema)
    link = _link(rule, table, parent, names, blueprint)
    need = rule.need.need if isinstance(rule.need, UpTo) else rule.need
    total = None if rule.total is None else int(_number(rule, parameters, rule.total))
    if rule.each is None and total is None:
        total = int(_number(rule, parameters, need)) if isinstance(need, int | str) else None
    return BoundRule(
        rule, table, parent, names, link, _resolved(rule, parameters, need), total, seed
    )


def _link(
    rule: Rule,
    table: SeedTable,
    parent: SeedTable | None,
    names: tuple[str, ...] | None,
    blueprint: Blueprint,
) -> tuple[tuple[str, str], ...]:
    if rule.each is None:
        return ()
    if names is not None:
        column = next(iter(rule.on), None) if rule.on else blueprint.tenant
        if column is None or column not in table.columns:
            raise rule.mistake(
                f"{table.name} has no column for the names in {rule.each}",
                'say which with on={"column": "value"}',
            )
        return ((column, "value"),)
    assert parent is not None
    if rule.on:
        for there in rule.on.values():
            known_column(rule, parent, there)
        return tuple(rule.on.items())
    candidates = _candidates(table, parent, blueprint)
    if len(candidates) != 1:
        found = " or ".join(
            "on={" + ", ".join(f'"{a}": "{b}"' for a, b in c) + "}" for c in candidates
        )
        raise rule.mistake(
            f"{len(candidates) or 'no'} foreign keys link {table.name} with {parent.name}",
            f"choose {found}" if found else 'say how with on={"child column": "parent column"}',
        )
    return candidates[0]


def _candidates(
    table: SeedTable, parent: SeedTable, blueprint: Blueprint
) -> list[tuple[tuple[str, str], ...]]:
    """Ways from child to parent: its own keys first, else keys of both to the same row."""
    direct = [
        tuple(zip(fk.columns, fk.referenced_columns, strict=True))
        for fk in table.foreign_keys
        if fk.referenced_root == parent.name
    ]
    direct += [
        tuple(zip(link.columns, link.referenced_columns, strict=True))
        for link in blueprint.links
        if link.table in _spellings(table) and link.referenced in _spellings(parent)
    ]
    if direct:
        return list(dict.fromkeys(direct))
    shared = [
        tuple(zip(ours.columns, theirs.columns, strict=True))
        for ours in table.foreign_keys
        for theirs in parent.foreign_keys
        if (ours.referenced_root, ours.referenced_columns)
        == (theirs.referenced_root, theirs.referenced_columns)
        and ours.columns != (blueprint.tenant,)
    ]
    return list(dict.fromkeys(shared))


def _spellings(table: SeedTable) -> tuple[str, ...]:
    return (table.name.name, f"{table.name.schema}.{table.name.name}")


def _behind(name: str, blueprint: Blueprint) -> str:
    view = blueprint.views.get(name)
    return view.table if view else name


def _find(rule: Rule, name: str, schema: Schema) -> SeedTable:
    table = schema.find(name)
    if table is None:
        near = difflib.get_close_matches(name, [key.name for key in schema.tables], 1)
        raise rule.mistake(
            f"there is no table or view {name}",
            f"did you mean {near[0]}?" if near else "create the schema first",
        )
    return table


def known_column(rule: Rule, table: SeedTable, name: str) -> None:
    """Raise BlueprintError if the table has no such column."""
    if name not in table.columns:
        near = difflib.get_close_matches(name, table.columns, 1)
        raise rule.mistake(
            f"{table.name} has no column {name}",
            f"did you mean {near[0]}?" if near else f"its columns: {', '.join(table.columns)}",
        )


def _parameter(rule: Rule, parameters: Any, name: str) -> Any:
    try:
        return getattr(parameters, name)
    except AttributeError:
        raise rule.mistake(
            f"there is no parameter {name}", "add it to the parameters class"
        ) from None


def _number(rule: Rule, parameters: Any, value: Any) -> Any:
    return _parameter(rule, parameters, value) if isinstance(value, str) else value


def _resolved(rule: Rule, parameters: Any, need: Need) -> Any:
    """The need with the names of parameters replaced by their values."""
    if isinstance(need, Chance):
        probability = _number(rule, parameters, need.probability)
        return Chance(probability, _resolved(rule, parameters, need.then))
    if isinstance(need, Between):
        return Between(_number(rule, parameters, need.low), _number(rule, parameters, need.high))
    if isinstance(need, UpTo):
        return _resolved(rule, parameters, need.need)
    return _number(rule, parameters, need)


# --- SQL


def identifiers(names: Sequence[str]) -> sql.Composed:
    """Names, quoted, with commas between."""
    return sql.SQL(", ").join(map(sql.Identifier, names))


def row_text(columns: Sequence[str], alias: str) -> sql.Composed:
    """Columns as one text, joined as text_of() makes them in Python."""
    parts = [
        sql.SQL("{}.{}::text").format(sql.Identifier(alias), sql.Identifier(c)) for c in columns
    ]
    if len(parts) == 1:
        return sql.Composed(parts)
    return sql.SQL("pg_catalog.concat_ws(E'\\x1f', {})").format(sql.SQL(", ").join(parts))


def needs_dice(need: Any) -> bool:
    """The need depends on who the parent is."""
    return isinstance(need, Chance | Between)


def need_sql(bound: BoundRule, identity: sql.Composable) -> sql.Composed:
    """How many rows a parent needs, as an expression."""
    numbers = iter(range(100))
    return _need_sql(bound.need, bound, identity, numbers)


def _need_sql(
    need: Any, bound: BoundRule, identity: sql.Composable, numbers: Iterator[int]
) -> sql.Composed:
    if isinstance(need, int):
        return sql.SQL("{}::bigint").format(sql.Literal(need))
    # the first 32 bits of an MD5, which is the same on every server and in every version
    draw = sql.SQL(
        "(('x' || pg_catalog.substr(pg_catalog.md5({} || {}), 1, 8))::bit(32)::bigint & 4294967295)"
        " / 4294967296.0::double precision"
    ).format(sql.Literal(f"{bound.seed}/{bound.key}/{next(numbers)}/"), identity)
    if isinstance(need, Chance):
        return sql.SQL("CASE WHEN {} < {} THEN {} ELSE 0 END").format(
            draw,
            sql.Literal(float(need.probability)),
            _need_sql(need.then, bound, identity, numbers),
        )
    assert isinstance(need, Between)
    return sql.SQL("({low} + pg_catalog.floor({draw} * {span})::bigint)").format(
        low=sql.Literal(int(need.low)),
        draw=draw,
        span=sql.Literal(int(need.high) - int(need.low) + 1),
    )


def views_sql(blueprint: Blueprint, schema: Schema) -> sql.Composable:
    """The blueprint's views, as a WITH clause before any query of its own conditions."""
    views = [
        sql.SQL("{} AS (SELECT * FROM {} WHERE {})").format(
            sql.Identifier(view.name),
            sql.Identifier(*table.name),
            sql.SQL(view.where),  # the author's own
        )
        for view in blueprint.views.values()
        if (table := schema.find(view.table))
    ]
    return sql.SQL("WITH {} ").format(sql.SQL(", ").join(views)) if views else sql.SQL("")


def parent_source(bound: BoundRule, blueprint: Blueprint) -> sql.Composed:
    """The parents a rule is for, as a subquery."""
    if bound.names is not None:
        return sql.SQL("(SELECT * FROM pg_catalog.unnest({}::text[]) AS names (value))").format(
            sql.Literal(list(bound.names))
        )
    if bound.parent is None:
        return sql.Composed([sql.SQL("(SELECT 1 AS one)")])
    each = bound.rule.each or ""
    source = sql.Identifier(each) if each in blueprint.views else sql.Identifier(*bound.parent.name)
    return sql.SQL("(SELECT * FROM {} WHERE {})").format(
        source, sql.SQL(bound.rule.where or "true")
    )


def children_source(bound: BoundRule, not_in: sql.Composable | None) -> sql.Composed:
    """How many children that count each parent has: their link columns and `n`.

    `not_in` finds the ledger's line of those that do not count.
    """
    conditions = [sql.SQL("({})").format(sql.SQL(bound.rule.counting or "true"))]
    conditions += [
        sql.SQL("{} IS NOT DISTINCT FROM {}").format(sql.Identifier(c), sql.Literal(v))
        for c, v in bound.rule.kind.items()
    ]
    if not_in is not None:
        conditions.append(sql.SQL("NOT EXISTS ({})").format(not_in))
    columns = [child for child, _ in bound.link]
    head = sql.SQL("{}, ").format(identifiers(columns)) if columns else sql.SQL("")
    tail = sql.SQL(" GROUP BY {}").format(identifiers(columns)) if columns else sql.SQL("")
    return sql.SQL("(SELECT {}pg_catalog.count(*) AS n FROM {} WHERE {}{})").format(
        head, sql.Identifier(*bound.table.name), sql.SQL(" AND ").join(conditions), tail
    )


def matching(pairs: Sequence[tuple[str, str]], child: str, parent: str) -> sql.Composable:
    """child.column = parent.column for all of them."""
    if not pairs:
        return sql.SQL("true")
    return sql.SQL(" AND ").join(
        sql.SQL("{}.{} = {}.{}").format(
            sql.Identifier(child), sql.Identifier(a), sql.Identifier(parent), sql.Identifier(b)
        )
        for a, b in pairs
    )


def virtual_keys(blueprint: Blueprint, schema: Schema) -> list[ForeignKey]:
    """The foreign keys that the blueprint declares and the schema does not."""
    keys = []
    for link in blueprint.links:
        table, referenced = schema.named(link.table), schema.named(link.referenced)
        keys.append(
            ForeignKey(
                name="link " + ", ".join(link.columns),
                table=table.name,
                columns=link.columns,
                referenced=referenced.name,
                referenced_columns=link.referenced_columns,
                root=table.name,
                referenced_root=referenced.name,
            )
        )
    return keys


def text_of(value: Any) -> str:
    """A value as the server's cast to text writes it, for the types that keys are made of."""
    if type(value) is int or type(value) is str:
        return str(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if hasattr(value, "isoformat"):
        return _time_text(value)
    return str(value)


def _time_text(value: Any) -> str:
    offset = getattr(value, "utcoffset", lambda: None)()
    text = value.isoformat(*([" "] if hasattr(value, "hour") and hasattr(value, "year") else []))
    if offset is not None:
        text = (value.replace(tzinfo=None) - offset).isoformat(" ")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return str(text) + ("+00" if offset is not None else "")
