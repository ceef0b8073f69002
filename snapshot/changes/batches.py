"""Changes as statements of which each must find exactly its rows, else the script fails.

A row is found by its key, and by what it held in the columns that change (where it goes: in all).
Rows of one batch are one statement: a list of values that the table is joined with.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import NamedTuple

from psycopg import sql

from snapshot.catalog import Column, ForeignKey, Name
from snapshot.changes.graph import DROPPED, Levels
from snapshot.changes.guards import MOVED_ON
from snapshot.changes.model import Values
from snapshot.changes.operations import ChangedTable, Group, Operation
from snapshot.planning.steps import identifier
from snapshot.postgres.script_facts import KeyActions, Operator, ScriptFacts

_ROWS = 500  # of a statement
_ROWS_ALIKE = 10_000  # where each statement reads the whole table
_SHORT, _SEVERAL = 3, 3  # this many batches of so few rows become a loop
_BYTES = 1 << 20  # of a block of statements

_EQUAL: Operator = ("pg_catalog", "=")
_COMMA = sql.SQL(", ")
_AND = sql.SQL("\n  AND ")
_PRESENT = sql.Identifier("present")  # the table's own row
_EXPECTED = sql.Identifier("expected")  # what the script says of it


class Batches:
    """Makes the text of statements for all tables."""

    def __init__(
        self, tables: Mapping[Name, ChangedTable], facts: ScriptFacts, levels: Levels
    ) -> None:
        self._writers = {
            name: _Writer(table, _operators(table, facts), _acting_keys(name, facts, levels))
            for name, table in tables.items()
        }

    def blocks(self, batches: Iterable[tuple[Group, list[Operation]]]) -> Iterator[str]:
        """Blocks of statements, each as large as is good for the server."""
        body: list[str] = []
        rows = size = 0
        for group, operations, in_turn in self._joined(batches):
            writer = self._writers[group[0]]
            most = writer.rows_of(group)
            for start in range(0, len(operations), most):
                chunk = operations[start : start + most]
                text = writer.statement(group, chunk, in_turn)
                if body and (rows + len(chunk) > _ROWS or size + len(text) > _BYTES):
                    yield _block(body)
                    body, rows, size = [], 0, 0
                body.append(text)
                rows, size = rows + len(chunk), size + len(text)
        if body:
            yield _block(body)

    def _joined(
        self, batches: Iterable[tuple[Group, list[Operation]]]
    ) -> Iterator[tuple[Group, list[Operation], bool]]:
        """Many short batches of one group, each waiting for the one before, are taken in turn."""
        for (group, short), found in groupby(batches, lambda b: (b[0], len(b[1]) <= _SHORT)):
            several = [operations for _, operations in found]
            if short and len(several) >= _SEVERAL and self._writers[group[0]].loops(group):
                yield group, [operation for batch in several for operation in batch], True
            else:
                yield from ((group, operations, False) for operations in several)


def _block(statements: Sequence[str]) -> str:
    """A DO block, in dollar quotes with a tag that no value can end."""
    body = "".join(statements)
    tag = "$change$"
    while tag in body:
        tag = tag[:-1] + "_$"
    # a column may have the name of a variable; psycopg.sql has made all of the body
    return (
        f"DO LANGUAGE plpgsql {tag}\n#variable_conflict use_column\n"
        f"DECLARE found_rows bigint; expected record;\nBEGIN\n{body}END\n{tag};\n"
    )


def _operators(table: ChangedTable, facts: ScriptFacts) -> dict[str, Operator]:
    """What tells that two values of a key's columns are equal, and can use its index."""
    key = set(table.compared.key)
    for unique in facts.unique_keys:
        if unique.root == table.compared.name and set(unique.columns) == key:
            return dict(zip(unique.columns, unique.operators, strict=False))
    return {}


def _acting_keys(
    name: Name, facts: ScriptFacts, levels: Levels
) -> list[tuple[ForeignKey, KeyActions]]:
    """Foreign keys that would change children of the table's rows: cascades and SET NULL."""
    return [
        (fk, facts.actions[fk.table, fk.name])
        for constraint, level in levels.items()
        if isinstance(fk := constraint.subject, ForeignKey)
        and fk.referenced_root == name
        and level < DROPPED
    ]


class _Parts(NamedTuple):
    """What a statement on listed rows is made of."""

    head: sql.Composed
    word: str  # that joins it with a list
    rows: sql.SQL
    names: sql.Composed
    condition: sql.Composed


def _joined_with(parts: _Parts, check: sql.Composed) -> sql.Composed:
    """One statement for all the rows."""
    join = sql.SQL("{}\n" + parts.word + " (VALUES\n  {}\n) AS {} ({})\nWHERE {}")
    return join.format(parts.head, parts.rows, _EXPECTED, parts.names, parts.condition) + check


def _taken_in_turn(parts: _Parts, check: sql.Composed) -> sql.Composed:
    """A statement for each row, in their order: each needs what the one before leaves."""
    return sql.SQL(
        "FOR expected IN SELECT * FROM (VALUES\n  {}\n) AS listed ({}) LOOP\n"
        "{}\nWHERE {}{}END LOOP;\n"
    ).format(parts.rows, parts.names, parts.head, parts.condition, check)


class _Writer:
    """The statements on one table."""

    def __init__(
        self,
        table: ChangedTable,
        operators: Mapping[str, Operator],
        keys: Sequence[tuple[ForeignKey, KeyActions]],
    ) -> None:
        self._table, self._operators, self._keys = table, operators, keys
        self._columns = {column.name: column for column in table.types}
        only = sql.SQL("{}" if table.table.partitioned else "ONLY {}")
        self._name = identifier(table.compared.name)
        self._rows = only.format(self._name)
        self._casts = {c.name: "::" + c.type for c in table.types}  # the server's words

    def rows_of(self, group: Group) -> int:
        """How many rows a statement should have."""
        return _ROWS if self._table.compared.key or group[1] == "insert" else _ROWS_ALIKE

    def loops(self, group: Group) -> bool:
        """Whether rows can be changed one after another."""
        return group[1] == "update" or (group[1] == "delete" and bool(self._table.compared.key))

    def statement(self, group: Group, operations: Sequence[Operation], in_turn: bool) -> str:
        """A statement for all of them, and the check that it found each row."""
        _, kind, columns = group
        changes = [operation.change for operation in operations]
        befores = [before for before, _ in changes if before is not None]
        check = self._check(kind, 1 if in_turn else len(operations))
        if kind == "insert":
            made = self._insert([after for _, after in changes if after is not None]) + check
        elif self.loops(group):
            parts = (
                self._update(columns, [(b, a) for b, a in changes if b and a])
                if kind == "update"
                else self._delete(befores)
            )
            made = _taken_in_turn(parts, check) if in_turn else _joined_with(parts, check)
        else:
            made = self._delete_alike(befores) + check
        return made.as_string(None)

    def _check(self, kind: str, rows: int) -> sql.Composed:
        did = {
            "insert": "inserted",
            "update": "found to be updated",
            "delete": "found to be deleted",
        }
        name = str(self._table.compared.name).replace("%", "%%")  # RAISE has a use for it
        text = f"{name}: % of {rows} rows were {did[kind]}"
        return sql.SQL(
            ";\nGET DIAGNOSTICS found_rows = ROW_COUNT;\nIF found_rows <> {} THEN\n"
            "  RAISE EXCEPTION {}, found_rows\n    USING HINT = {};\nEND IF;\n"
        ).format(
            sql.Literal(rows),
            sql.Literal(text),
            sql.Literal(MOVED_ON),
        )

    def _insert(self, rows: Sequence[Values]) -> sql.Composed:
        names = self._table.compared.columns
        if not names:
            # VALUES needs a column
            return sql.SQL("INSERT INTO {} SELECT FROM pg_catalog.generate_series(1, {})").format(
                self._name, sql.Literal(len(rows))
            )
        return sql.SQL("INSERT INTO {} ({}) OVERRIDING SYSTEM VALUE VALUES\n  {}").format(
            self._name,
            _COMMA.join(map(sql.Identifier, names)),
            _listed(self._literals(names, row) for row in rows),
        )

    def _update(self, columns: Sequence[str], rows: Sequence[tuple[Values, Values]]) -> _Parts:
        key = self._table.compared.key
        kinds = (("key", key), ("was", columns), ("new", columns))
        aliases = _numbered(kinds)
        old, new = aliases[len(key) : -len(columns)], aliases[-len(columns) :]
        before, after = self._taker(columns), self._taker(columns)
        keys = self._taker(key)
        found = self._key_found(aliases) + self._unchanged(columns, old)
        for fk, actions in self._keys:
            if actions.on_update not in "ar" and not set(fk.referenced_columns).isdisjoint(columns):
                found.append(self._no_children(fk, actions))
        assignments = _COMMA.join(
            sql.SQL("{} = {}.{}").format(sql.Identifier(name), _EXPECTED, alias)
            for name, alias in zip(columns, new, strict=True)
        )
        return _Parts(
            sql.SQL("UPDATE {} AS {} SET {}").format(self._rows, _PRESENT, assignments),
            "FROM",
            _listed([*keys(b), *before(b), *after(a)] for b, a in rows),
            _COMMA.join(aliases),
            _AND.join(found),
        )

    def _delete(self, rows: Sequence[Values]) -> _Parts:
        names, key = self._table.compared.columns, self._table.compared.key
        others = [name for name in names if name not in key]
        aliases = _numbered((("key", key), ("was", others)))
        keys, values = self._taker(key), self._taker(others)
        found = self._key_found(aliases) + self._unchanged(others, aliases[len(key) :])
        return _Parts(
            sql.SQL("DELETE FROM {} AS {}").format(self._rows, _PRESENT),
            "USING",
            _listed([*keys(row), *values(row)] for row in rows),
            _COMMA.join(aliases),
            _AND.join([*found, *self._no_children_at_all()]),
        )

    def _delete_alike(self, rows: Sequence[Values]) -> sql.Composed:
        """Rows without a key: as many of those that hold the same as are to go."""
        names = self._table.compared.columns
        whole = sql.SQL('ROW({})::pg_catalog.text COLLATE pg_catalog."C"')
        counts = Counter(rows)
        return sql.SQL(
            "DELETE FROM {rows} AS {present} USING (\n"
            "  SELECT one.tableoid AS part, one.ctid AS place, wanted.rows,\n"
            "         pg_catalog.row_number() OVER (PARTITION BY wanted.content) AS number\n"
            "  FROM {rows} AS one JOIN (VALUES\n  {values}\n  ) AS wanted (rows, content)\n"
            "    ON {content} = wanted.content\n"
            ") AS {expected}\n"
            "WHERE {present}.tableoid = {expected}.part AND {present}.ctid = {expected}.place"
            " AND {expected}.number <= {expected}.rows{children}"
        ).format(
            rows=self._rows,
            present=_PRESENT,
            expected=_EXPECTED,
            values=_listed(
                [
                    sql.Literal(count).as_string(None),
                    whole.format(sql.SQL(", ".join(self._literals(names, row)))).as_string(None),
                ]
                for row, count in counts.items()
            ),
            content=whole.format(
                _COMMA.join(sql.SQL("one.{}").format(sql.Identifier(n)) for n in names)
            ),
            children=sql.SQL("").join(_AND + condition for condition in self._no_children_at_all()),
        )

    # --- conditions

    def _key_found(self, aliases: Sequence[sql.Identifier]) -> list[sql.Composable]:
        return [
            sql.SQL("{}.{} {} {}.{}").format(
                _PRESENT,
                sql.Identifier(name),
                _operator(self._operators.get(name, _EQUAL)),
                _EXPECTED,
                alias,
            )
            for name, alias in zip(self._table.compared.key, aliases, strict=False)
        ]

    def _unchanged(
        self, columns: Sequence[str], aliases: Sequence[sql.Identifier]
    ) -> list[sql.Composable]:
        """Conditions that the columns hold what they held, to the letter."""
        found: list[sql.Composable] = []
        for name, alias in zip(columns, aliases, strict=True):
            form = _compared_as(self._columns[name])
            found.append(
                sql.SQL("{}.{}" + form + " IS NOT DISTINCT FROM {}.{}" + form).format(
                    _PRESENT, sql.Identifier(name), _EXPECTED, alias
                )
            )
        return found

    def _no_children_at_all(self) -> list[sql.Composable]:
        return [
            self._no_children(fk, actions)
            for fk, actions in self._keys
            if actions.on_delete not in "ar"
        ]

    def _no_children(self, fk: ForeignKey, actions: KeyActions) -> sql.Composable:
        """No row points here any more: one that was added since would be changed silently."""
        pairs = zip(fk.referenced_columns, fk.columns, actions.operators, strict=True)
        but = ""
        if fk.root == self._table.compared.name:  # a row may point at itself
            but = " AND (child.tableoid, child.ctid) <> (present.tableoid, present.ctid)"
        return sql.SQL("NOT EXISTS (SELECT FROM {} AS child WHERE {}" + but + ")").format(
            identifier(fk.table),
            sql.SQL(" AND ").join(
                sql.SQL("{}.{} {} child.{}").format(
                    _PRESENT, sql.Identifier(theirs), _operator(operator), sql.Identifier(ours)
                )
                for theirs, ours, operator in pairs
            ),
        )

    # --- values

    def _literals(self, names: Sequence[str], row: Values) -> list[str]:
        return self._taker(names)(row)

    def _taker(self, names: Sequence[str]) -> Callable[[Values], list[str]]:
        """Makes literals of a row's values of these columns, with a cast to the column's type."""
        chosen = [(self._table.position[name], self._casts[name]) for name in names]
        # a million times sql.Composed would take most of the time that a script takes
        return lambda row: [sql.Literal(row[at]).as_string(None) + cast for at, cast in chosen]


def _numbered(kinds: Iterable[tuple[str, Sequence[str]]]) -> list[sql.Identifier]:
    """Names for the columns of a list of values: the tables' own may be as long as names can be."""
    return [
        sql.Identifier(f"{kind}_{number}")
        for kind, names in kinds
        for number in range(1, len(names) + 1)
    ]


def _listed(rows: Iterable[Sequence[str]]) -> sql.SQL:
    """Rows of literals as a list."""
    return sql.SQL(",\n  ".join("(" + ", ".join(row) + ")" for row in rows))


def _compared_as(column: Column) -> str:
    """How a column's values are compared exactly, though the type has no `=`, or a lax one."""
    if column.json in ("native", "bigint") and not column.collatable:
        return ""
    return '::pg_catalog.text COLLATE pg_catalog."C"'


def _operator(operator: Operator) -> sql.Composable:
    schema, name = operator
    if schema == "pg_catalog":
        return sql.SQL(name)  # the catalog's word: it is made of signs
    return sql.SQL("OPERATOR({}.{})").format(sql.Identifier(schema), sql.SQL(name))
