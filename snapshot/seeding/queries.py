"""The SQL of seeding, but for that of the ledger.

A blueprint's own conditions (views, `where`, `counting`, checks) are SQL of its author and are put
in as they are. Everything else is an identifier or a literal.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from psycopg import sql

from snapshot.catalog import ForeignKey
from snapshot.seeding.binding import BoundRule
from snapshot.seeding.blueprint import Between, Blueprint, Chance, Check
from snapshot.seeding.tables import KeySource, SeedColumn, SeedTable, Tables
from snapshot.shapes import SUSPICIOUS

SEPARATOR = "\x1f"  # between the parts of a key as text
SHORT = sql.Identifier("pg_temp", "snapshot_short")  # the parents that are short

_NOTHING = sql.SQL("")
_EQUAL = sql.SQL("OPERATOR(pg_catalog.=)")
FIRST_OF_USERS = 16384  # oid (source: transam.h, FirstNormalObjectId)
_COMPARED_BY_SERVER = "ACER"  # arrays, composite types, enums, ranges: by pg_type.typcategory


# --- parts


def table_of(table: SeedTable) -> sql.Identifier:
    """A table's name, qualified."""
    return sql.Identifier(*table.name)


def identifiers(names: Iterable[str]) -> sql.Composed:
    """Names with commas between them."""
    return sql.SQL(", ").join(map(sql.Identifier, names))


def row_text(columns: Sequence[str], alias: str) -> sql.Composed:
    """Columns as one text: how the ledger names a row by its primary key."""
    parts = [
        sql.SQL("{}.{}::text").format(sql.Identifier(alias), sql.Identifier(c)) for c in columns
    ]
    if len(parts) == 1:
        return sql.Composed(parts)
    return sql.SQL("pg_catalog.concat_ws(E'\\x1f', {})").format(sql.SQL(", ").join(parts))


def equals(column: SeedColumn) -> sql.SQL:
    """The operator that compares values of the column with one another.

    These queries run with the role's search_path, in which others may have made an operator: for
    varchar, say, pg_catalog has none of its own, and one that fits exactly would be taken.
    """
    own = column.oid < FIRST_OF_USERS or column.category in _COMPARED_BY_SERVER
    return _EQUAL if own else sql.SQL("=")


def matching(
    pairs: Iterable[tuple[str, str]], child: str, parent: str, table: SeedTable | None
) -> sql.Composable:
    """child.column = parent.column, for all pairs. Parents are rows of the table, or names."""
    equal = [
        sql.SQL("{}.{} {} {}.{}").format(
            sql.Identifier(child),
            sql.Identifier(a),
            equals(table.columns[b]) if table else _EQUAL,
            sql.Identifier(parent),
            sql.Identifier(b),
        )
        for a, b in pairs
    ]
    return sql.SQL(" AND ").join(equal) if equal else sql.SQL("true")


def linked(fk: ForeignKey, referenced: SeedTable) -> sql.Composable:
    """The condition of a join of `c` with the row `p` that it references."""
    return matching(zip(fk.columns, fk.referenced_columns, strict=True), "c", "p", referenced)


def views(blueprint: Blueprint, tables: Tables) -> sql.Composed:
    """The blueprint's views, as a WITH clause."""
    parts = [
        sql.SQL("{} AS (SELECT * FROM {} WHERE {})").format(
            sql.Identifier(view.name),
            table_of(table),
            sql.SQL(view.where),  # the author's own
        )
        for view in blueprint.views.values()
        if (table := tables.find(view.table))
    ]
    with_ = sql.SQL("WITH {} ").format(sql.SQL(", ").join(parts))
    return with_ if parts else sql.Composed([])


# --- parents, their needs and their children


def is_drawn(need: Any) -> bool:
    """Whether chance decides the need, so that it depends on the parent's identity."""
    return isinstance(need, Chance | Between)


def identity(table: SeedTable, alias: str, lines: sql.Composable | None) -> tuple[Any, Any]:
    """What identifies a row on every server, and the join that it needs.

    That is its natural key; else its path in the ledger, whose `lines` of the table are given; else
    its key.
    """
    if table.natural_key:
        return row_text(table.natural_key, alias), _NOTHING
    if not table.key:
        return sql.SQL("({}.*)::text").format(sql.Identifier(alias)), _NOTHING
    key = row_text(table.key, alias)
    if lines is None:
        return key, _NOTHING
    join = sql.SQL(" LEFT JOIN {} path ON path.key = {}").format(lines, key)
    return sql.SQL("coalesce(path.path::text, {})").format(key), join


def parents(
    bound: BoundRule,
    blueprint: Blueprint,
    lines: sql.Composable | None,
    later: Sequence[int],
    whole: bool,
) -> sql.Composed:
    """Each parent with `need` and `have`. If `whole`, also with its columns and its identity.

    `lines` are the ledger's of the parents' table; `later` the numbers of rules that fill the
    children's table after this one.
    """
    if bound.parent is not None:
        who, join = identity(bound.parent, "p", lines)
    else:
        who = sql.SQL("p.value" if bound.names is not None else "''")
        join = _NOTHING
    wanted = whole or is_drawn(bound.need) or (bound.total is not None and bound.link)
    own = sql.SQL('p.*, {} AS "~identity", ').format(who) if whole else _NOTHING
    return sql.SQL(
        'SELECT {own}{need} AS "~need", coalesce(h.n, 0) AS "~have" FROM {parents} p'
        " LEFT JOIN {children} h ON {matching}{join}"
    ).format(
        own=own,
        need=_need(bound, who),
        parents=_parent_source(bound, blueprint),
        children=_children_source(bound, later),
        matching=matching(bound.link, "h", "p", bound.parent),
        join=join if wanted else _NOTHING,
    )


def _need(bound: BoundRule, who: sql.Composable) -> sql.Composable:
    """How many rows a parent needs, as an expression."""
    if bound.total is not None:  # dealt evenly
        return sql.SQL(
            "({t}::bigint / pg_catalog.count(*) OVER () + (pg_catalog.row_number() OVER"
            ' (ORDER BY {i} COLLATE "C") <= {t}::bigint % pg_catalog.count(*) OVER ())::int)'
        ).format(t=sql.Literal(bound.total), i=who)
    if bound.called:
        return sql.SQL("0::bigint")  # Python says it
    return _drawn(bound.need, bound, who, iter(range(100)))


def _drawn(
    need: Any, bound: BoundRule, who: sql.Composable, numbers: Iterator[int]
) -> sql.Composed:
    if isinstance(need, int):
        return sql.SQL("{}::bigint").format(sql.Literal(need))
    # the first 32 bits of an MD5, which is the same on every server and in every version
    draw = sql.SQL(
        "(('x'::text || pg_catalog.substr(pg_catalog.md5({}::text || {}), 1, 8))::bit(32)::bigint"
        " & 4294967295)::double precision / 4294967296.0::double precision"
    ).format(sql.Literal(f"{bound.seed}/{bound.key}/{next(numbers)}/"), who)
    if isinstance(need, Chance):
        return sql.SQL("CASE WHEN {} < {}::double precision THEN {} ELSE 0 END").format(
            draw, sql.Literal(float(need.probability)), _drawn(need.then, bound, who, numbers)
        )
    assert isinstance(need, Between)
    if need.skewed:
        draw = sql.SQL("pg_catalog.power({}, 3)").format(draw)
    return sql.SQL(
        "({low}::bigint + pg_catalog.floor({draw} * {span}::double precision)::bigint)"
    ).format(
        low=sql.Literal(int(need.low)),
        draw=draw,
        span=sql.Literal(int(need.high) - int(need.low) + 1),
    )


def _parent_source(bound: BoundRule, blueprint: Blueprint) -> sql.Composed:
    if bound.names is not None:
        return sql.SQL("(SELECT * FROM pg_catalog.unnest({}::text[]) AS names (value))").format(
            sql.Literal(list(bound.names))
        )
    if bound.parent is None:
        return sql.Composed([sql.SQL("(SELECT 1 AS one)")])
    each = bound.rule.each or ""
    source = sql.Identifier(each) if each in blueprint.views else table_of(bound.parent)
    return sql.SQL("(SELECT * FROM {} WHERE {})").format(
        source, sql.SQL(bound.rule.where or "true")
    )


def _children_source(bound: BoundRule, later: Sequence[int]) -> sql.Composed:
    """How many children that count each parent has: their link columns and `n`.

    Rows of later rules do not count. They were not there when this rule first ran, so a row that
    was deleted comes back by the rule that made it.
    """
    conditions = [sql.SQL("({})").format(sql.SQL(bound.rule.counting or "true"))]
    conditions += [
        sql.SQL("{} IS NULL").format(sql.Identifier(c))
        if v is None
        else sql.SQL("({} {} {}) IS TRUE").format(
            sql.Identifier(c), equals(bound.table.columns[c]), sql.Literal(v)
        )
        for c, v in bound.rule.kind.items()
    ]
    if later and bound.table.key:
        conditions.append(
            sql.SQL(
                "NOT EXISTS (SELECT FROM snapshot.seeded l"
                " WHERE l.rule = ANY ({}::int[]) AND l.key = {})"
            ).format(
                sql.Literal(list(later)), row_text(bound.table.key, bound.table.name.name)
            )
        )  # fmt: skip
    columns = [child for child, _ in bound.link]
    head = sql.SQL("{}, ").format(identifiers(columns)) if columns else _NOTHING
    tail = sql.SQL(" GROUP BY {}").format(identifiers(columns)) if columns else _NOTHING
    return sql.SQL("(SELECT {}pg_catalog.count(*) AS n FROM {} WHERE {}{})").format(
        head, table_of(bound.table), sql.SQL(" AND ").join(conditions), tail
    )


def gaps_of(rules: Sequence[sql.Composable]) -> sql.Composed:
    """For the parents of each rule: the rule's place, their number, those that are short, and the
    rows they have and need."""
    one = (
        'SELECT {place}, pg_catalog.count(*), pg_catalog.count(*) FILTER (WHERE "~have" < "~need"),'
        ' coalesce(pg_catalog.sum(least("~have", "~need")), 0)::bigint,'
        ' coalesce(pg_catalog.sum("~need"), 0)::bigint FROM ({parents}) q'
    )
    return sql.SQL(" UNION ALL ").join(
        sql.SQL(one).format(place=sql.Literal(place), parents=parents)
        for place, parents in enumerate(rules)
    )


def in_order(parents: sql.Composable, short_only: bool) -> sql.Composed:
    """Parents in the order of their identity, with their place in it."""
    return sql.SQL(
        'SELECT q.*, pg_catalog.row_number() OVER (ORDER BY "~identity" COLLATE "C") AS "~place"'
        " FROM ({}) q{}"
    ).format(parents, sql.SQL(' WHERE "~have" < "~need"' if short_only else ""))


def create_short(parents: sql.Composable) -> sql.Composed:
    """Keep the parents that are short in a temporary table."""
    return sql.SQL(
        "DROP TABLE IF EXISTS {}; CREATE TEMPORARY TABLE snapshot_short ON COMMIT DROP AS {}"
    ).format(SHORT, parents)


def rows_missing() -> sql.Composed:
    """How many rows the parents in that table lack."""
    return sql.SQL('SELECT coalesce(pg_catalog.sum("~need" - "~have"), 0)::bigint FROM {}').format(
        SHORT
    )


def short_parents() -> sql.Composed:
    """The parents in that table, in their order."""
    return sql.SQL('SELECT * FROM {} ORDER BY "~place"').format(SHORT)


def count_their_children(bound: BoundRule) -> sql.Composed:
    """How many children these parents have, with those that do not count."""
    # no EXISTS: the planner would expect to find a child soon, and try each pair
    return sql.SQL("SELECT pg_catalog.count(*) FROM {} s JOIN {} c ON {}").format(
        SHORT, table_of(bound.table), matching(bound.link, "c", "s", bound.parent)
    )


def their_children(bound: BoundRule, lines: sql.Composable | None) -> sql.Composed:
    """These children: their parent's place, their path in the ledger, and their columns."""
    path: sql.Composable = sql.SQL("NULL::bigint")
    join: sql.Composable = _NOTHING
    if bound.table.key and lines is not None:
        path = sql.SQL("l.path")
        join = sql.SQL(" LEFT JOIN {} l ON l.key = {}").format(
            lines, row_text(bound.table.key, "c")
        )
    return sql.SQL(
        'SELECT s."~place", {}, c.* FROM {} s JOIN {} c ON {}{} ORDER BY s."~place"'
    ).format(path, SHORT, table_of(bound.table), matching(bound.link, "c", "s", bound.parent), join)


def any_rows(table: SeedTable) -> sql.Composed:
    """Whether a table has rows."""
    return sql.SQL("SELECT EXISTS (SELECT FROM {})").format(table_of(table))


def columns_of(table: SeedTable, columns: Sequence[str]) -> sql.Composed:
    """Some columns of all rows."""
    return sql.SQL("SELECT {} FROM {}").format(identifiers(columns), table_of(table))


def lookup(table: SeedTable, view: str | None, lines: sql.Composable | None) -> sql.Composed:
    """The rows of a table or view, in an order that is the same on every server."""
    who, join = identity(table, "p", lines)
    source = sql.Identifier(view) if view else table_of(table)
    return sql.SQL('SELECT p.* FROM {} p{} ORDER BY ({}) COLLATE "C"').format(source, join, who)


# --- keys


def key_values(source: KeySource, count: int) -> sql.Composed:
    """The next values of a sequence, or of a column's default."""
    value: sql.Composable = sql.SQL(source.default or "")  # the server's own text
    if source.sequence:
        value = sql.SQL("pg_catalog.nextval({})").format(sql.Literal(source.sequence))
    return sql.SQL("SELECT {} FROM pg_catalog.generate_series(1, {})").format(
        value, sql.Literal(count)
    )


def default_of(column: SeedColumn) -> sql.Composed:
    """The value of a column's default."""
    return sql.SQL("SELECT {}").format(sql.SQL(column.default or "NULL"))  # the server's own text


def next_value(sequence: str) -> sql.Composed:
    """What a sequence would give next, its increment, and its largest value."""
    return sql.SQL(
        "SELECT s.last_value OPERATOR(pg_catalog.+)"
        " CASE WHEN s.is_called THEN q.seqincrement ELSE 0::bigint END, q.seqincrement, q.seqmax"
        " FROM {} s, pg_catalog.pg_sequence q"
        " WHERE q.seqrelid OPERATOR(pg_catalog.=) {}::pg_catalog.regclass::pg_catalog.oid"
    ).format(sql.SQL(sequence), sql.Literal(sequence))  # quoted by the server


# --- validators


def other_tenants(fk: ForeignKey, table: SeedTable, other: SeedTable, tenant: str) -> sql.Composed:
    """Rows that reference a row of another tenant: their number, and one of their keys."""
    return sql.SQL(
        "SELECT pg_catalog.count(*), pg_catalog.min(({key})::text) FROM {table} c"
        " JOIN {other} p ON {on} WHERE NOT coalesce(c.{tenant} {equals} p.{tenant},"
        " c.{tenant} IS NULL AND p.{tenant} IS NULL)"
    ).format(
        key=_shown_key(table),
        table=table_of(table),
        other=table_of(other),
        on=linked(fk, other),
        equals=equals(other.columns[tenant]),
        tenant=sql.Identifier(tenant),
    )


def filled(table: SeedTable, column: SeedColumn) -> sql.Composed:
    """Rows with a value in a column: their number, and one of their keys."""
    return sql.SQL(
        "SELECT pg_catalog.count(*), pg_catalog.min(({key})::text) FROM {table} c"
        " WHERE c.{column} IS NOT NULL"
    ).format(key=_shown_key(table), table=table_of(table), column=sql.Identifier(column.name))


def suspicious_texts(table: SeedTable, columns: Sequence[SeedColumn]) -> sql.Composed:
    """The keys and texts of rows that may hold personal data."""
    texts = [sql.SQL("c.{}::text").format(sql.Identifier(c.name)) for c in columns]
    return sql.SQL("SELECT ({key})::text, {texts} FROM {table} c WHERE {suspicious}").format(
        key=_shown_key(table),
        texts=sql.SQL(", ").join(texts),
        table=table_of(table),
        suspicious=sql.SQL(" OR ").join(
            sql.SQL("{} ~ {}").format(text, sql.Literal(SUSPICIOUS)) for text in texts
        ),
    )


def check(check: Check) -> sql.Composed:
    """The query of a blueprint's check."""
    return sql.SQL("SELECT * FROM ({}) found").format(sql.SQL(check.query.strip().rstrip(";")))


def _shown_key(table: SeedTable) -> sql.Composable:
    """What names a row of `c` in a message: its key, or its place in the table."""
    if not table.key:
        return sql.SQL("c.ctid")
    parts = [sql.SQL("c.{}").format(sql.Identifier(name)) for name in table.key]
    if len(parts) == 1:
        return parts[0]
    return sql.SQL("ROW({})").format(sql.SQL(", ").join(parts))
