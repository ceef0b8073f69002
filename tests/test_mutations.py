"""The comparison of schemas: every change is noticed and named, and nothing else is."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import psycopg
import pytest
from hypothesis import HealthCheck, Phase, given, note, settings
from hypothesis import strategies as st
from mutations import ASIDE, Mutation, base, batches, fixed_points, mentions, of_version

from snapshot.create import CreateOptions, create_snapshot
from snapshot.restore import RestoreOptions, restore_snapshot
from snapshot.safety.backups import BackupOptions
from snapshot.verify import verify_snapshot

Database = Callable[..., str]
Copy = Callable[[int], tuple[Path, str]]
TRIED = (13, 15, 18)
NONE = BackupOptions(keep=False)
# several changes share a copy of the database, as copying is slow; or each has one of its own
ALONE = bool(os.environ.get("SNAPSHOT_MUTATIONS_ALONE"))

_numbers = count(1)


def execute(url: str, *statements: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement)


@pytest.fixture(scope="module")
def bases(
    servers: Callable[[int], str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[int], tuple[Path, str, str]]]:
    """A snapshot of the base on a version, with the server's URL and the base's name."""
    made: dict[int, tuple[Path, str, str]] = {}

    def get(version: int) -> tuple[Path, str, str]:
        if version not in made:
            server, name = servers(version), f"t{os.getpid()}_base_{version}"
            execute(server, f"CREATE DATABASE {name}")
            directory = tmp_path_factory.mktemp(f"base{version}") / "seed"
            made[version] = directory, server, name
            url = server.replace("/postgres?", f"/{name}?")
            execute(url, base(version))
            create_snapshot(CreateOptions(url, directory))
        return made[version]

    yield get
    for _, server, name in made.values():
        execute(server, f"DROP DATABASE {name} WITH (FORCE)")


@contextmanager
def copied(place: tuple[Path, str, str]) -> Iterator[tuple[Path, str]]:
    """The snapshot, and a new copy of the database that it was made of."""
    directory, server, original = place
    name = f"{original}_{next(_numbers)}"
    execute(server, f"CREATE DATABASE {name} TEMPLATE {original}")
    try:
        yield directory, server.replace("/postgres?", f"/{name}?")
    finally:
        execute(server, f"DROP DATABASE {name} WITH (FORCE)")


def told_by(line: str, mutation: Mutation) -> bool:
    """Whether a message is about this change: its kind and its name occur."""
    kinds, names = mutation.kind.split("|"), mutation.name.split("|")
    kinds += ["foreign key"] if "constraint" in kinds else []
    return any(kind in line.lower() for kind in kinds) and names_one(line, names)


def names_one(line: str, names: list[str]) -> bool:
    return any(mentions(line, name) for name in names)


def allowed(mutation: Mutation) -> int:
    """How many messages: an object of another name is two, and its comment two more."""
    again = any(word in mutation.statements for word in ("RENAME", "SET SCHEMA", "DROP "))
    return max(mutation.lines, 4 if again else 0)


def complaints(batch: list[Mutation], lines: tuple[str, ...]) -> list[str]:
    """What is wrong with the messages about these changes."""
    wrong = [
        f"{'not named' if lines else 'not noticed'}: {m.kind} {m.name}: {m.statements}"
        for m in batch
        if not any(told_by(line, m) for line in lines)
    ]
    if len(lines) > sum(map(allowed, batch)):
        wrong.append(f"{len(lines)} messages about {len(batch)} changes")
    names = [name for m in batch for name in m.name.split("|")]
    stray = [line for line in lines if not names_one(line, names)]
    if len(stray) > sum(allowed(m) - 1 for m in batch):
        wrong += [f"about nothing that was changed: {line}" for line in stray]
    return wrong + [f"    message: {line}" for line in lines if wrong and len(batch) == 1]


@pytest.mark.parametrize(
    ("version", "number"),
    [(v, n) for v in TRIED for n in range(len(batches(of_version(v))))],
)
def test_every_change_is_noticed_and_named(
    bases: Callable[[int], tuple[Path, str, str]], version: int, number: int
) -> None:
    batch = batches(of_version(version))[number]
    wrong: list[str] = []
    for group in [[m] for m in batch] if ALONE else [batch]:
        with copied(bases(version)) as (directory, url):
            execute(url, *(mutation.statements for mutation in group))
            wrong += complaints(group, verify_snapshot(directory, url).differences)
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("version", TRIED)
def test_what_is_left_aside_is_no_difference(
    bases: Callable[[int], tuple[Path, str, str]], version: int
) -> None:
    found: dict[tuple[str, ...], tuple[str, ...]] = {}
    with copied(bases(version)) as (directory, url):
        assert verify_snapshot(directory, url).differences == ()
        for aside in ASIDE:
            if version < aside.since:
                continue
            execute(url, *aside.statements)
            try:
                differences = verify_snapshot(directory, url).differences
            finally:
                execute(url, *aside.undo)
            before = next(reversed(found.values()), ())  # what is not taken back is told again
            if differences != before:
                found[aside.statements] = differences
    assert found == {}


@pytest.mark.parametrize("version", TRIED)
@pytest.mark.parametrize("made", [fixed_points, lambda v: [base(v)]], ids=["odd", "base"])
def test_second_generations_are_equal(
    database: Database, tmp_path: Path, version: int, made: Callable[[int], list[str]]
) -> None:
    typed, restored = database(version), database(version)
    execute(typed, *made(version))
    create_snapshot(CreateOptions(typed, tmp_path / "first"))
    assert verify_snapshot(tmp_path / "first", typed).differences == ()
    restore_snapshot(RestoreOptions(restored, tmp_path / "first", confirm=True))
    assert verify_snapshot(tmp_path / "first", restored).differences == ()
    # over what is equal, typed or restored, it is no other schema
    for url in (restored, typed):
        restore_snapshot(
            RestoreOptions(url, tmp_path / "first", confirm=True, backup=NONE, full=True)
        )
        assert verify_snapshot(tmp_path / "first", url).differences == ()
    create_snapshot(CreateOptions(restored, tmp_path / "second"))
    for url in (restored, typed):
        assert verify_snapshot(tmp_path / "second", url).differences == ()


# Random schemas

LEAVES = [
    "s IN ('a', 'b')", "s NOT IN ('a', 'b', 'c')", "x IN ('a', 'b')", "x = s", "k IN ('x', 'y')",
    "s::text = ANY (ARRAY['a', 'b']::varchar[]::text[])", "s <> ALL (ARRAY['q']::varchar[])",
    "a BETWEEN 1 AND 5", "b NOT BETWEEN 1 AND 5", "n BETWEEN 1.5 AND a", "(a, b) IN ((1, 2), (3, 4))",
    "(a, b) = (1, 2)", "(a, b) < (3, 4)", "a IN (b, 7)", "a IN (1, 2, 3)", "a::numeric > n",
    "n::int = 3", "d > '2020-01-01'", "d BETWEEN '2020-01-01' AND '2021-01-01'", "x LIKE 'a%'",
    "f", "NOT f", "s IS NOT NULL", "a IS DISTINCT FROM b", "coalesce(s, x) > ''", "s || x <> ''",
]  # fmt: skip
COLUMNS = (
    "id int, s varchar(9), x text, k char(3), a int, b int, n numeric(8,2), d date, f bool, o int"
)
CONDITIONS = st.recursive(
    st.sampled_from(LEAVES),
    lambda inner: st.one_of(
        st.builds("({}) AND ({})".format, inner, inner),
        st.builds("{} AND {}".format, st.sampled_from(LEAVES), st.sampled_from(LEAVES)),
        st.builds("({}) OR ({})".format, inner, inner),
        st.builds("NOT ({})".format, inner),
        st.builds("(({}) AND f) AND ({})".format, inner, inner),
        st.builds("CASE WHEN {} THEN {} ELSE f END".format, inner, inner),
    ),
    max_leaves=6,
)
DEFAULTS = [
    ("s", "'x'"), ("s", "'x'::text"), ("x", "'q'::varchar"), ("a", "-1"), ("n", "1.5"), ("n", "2"),
    ("f", "('q'::varchar IN ('q', 'r'))"), ("f", "(2 BETWEEN 1 AND 3 AND true)"), ("d", "CURRENT_DATE"),
]  # fmt: skip
MADE = [
    "ALTER TABLE t ADD CONSTRAINT some_check CHECK ({})",
    "ALTER TABLE t ADD CONSTRAINT late_check CHECK ({}) NOT VALID",
    "CREATE INDEX some_index ON t (a, s DESC) WHERE {}",
    "CREATE INDEX computed ON t (({}), lower(x))",
    "CREATE VIEW some_view AS SELECT id, s, ({}) AS told FROM t",
    "CREATE VIEW chosen AS SELECT t.id FROM t JOIN o ON t.o = o.id WHERE {}",
    "CREATE MATERIALIZED VIEW kept AS SELECT id, count(*) FROM t WHERE {} GROUP BY id",
    "CREATE POLICY some_policy ON t USING ({})",
    "CREATE RULE some_rule AS ON DELETE TO o WHERE EXISTS (SELECT 1 FROM t WHERE {}) DO INSTEAD NOTHING",
    "ALTER TABLE t ADD CONSTRAINT some_exclusion EXCLUDE USING btree (a WITH =) WHERE ({})",
    "ALTER TABLE t ADD COLUMN computed_column bool GENERATED ALWAYS AS ({}) STORED",
]
UNDO = {
    "some_check": "ALTER TABLE t DROP CONSTRAINT some_check", "late_check": "ALTER TABLE t DROP CONSTRAINT late_check",
    "some_index": "DROP INDEX some_index", "computed": "DROP INDEX computed", "some_view": "DROP VIEW some_view",
    "chosen": "DROP VIEW chosen", "kept": "DROP MATERIALIZED VIEW kept", "some_policy": "DROP POLICY some_policy ON t",
    "some_rule": "DROP RULE some_rule ON o", "some_exclusion": "ALTER TABLE t DROP CONSTRAINT some_exclusion",
    "computed_column": "ALTER TABLE t DROP COLUMN computed_column",
}  # fmt: skip
OTHER_CHANGES = [
    ("ALTER TABLE t ALTER o TYPE bigint", "o"), ("ALTER TABLE t ALTER id SET NOT NULL", "id"),
    ("ALTER TABLE t ALTER o SET DEFAULT 9", "o"), ("ALTER TABLE t ADD COLUMN extra int", "extra"),
    ("ALTER TABLE t ADD CONSTRAINT more CHECK (a > 0)", "more"), ("CREATE INDEX more ON t (d)", "more"),
    ("CREATE VIEW more AS SELECT 1 AS one", "more"), ("CREATE TABLE more (id int)", "more"),
    ("ALTER TABLE t ADD CONSTRAINT more UNIQUE (o, n)", "more"), ("COMMENT ON TABLE o IS 'x'", "o"),
    ("ALTER TABLE t ADD CONSTRAINT more FOREIGN KEY (a) REFERENCES o", "more"),
    ("ALTER TABLE t ALTER n SET STATISTICS 7", "n"), ("ALTER TABLE t ENABLE ROW LEVEL SECURITY", "t"),
]  # fmt: skip


def _named(template: str) -> str:
    return next(name for name in sorted(UNDO, key=len, reverse=True) if f" {name} " in template)


@st.composite
def schemas(draw: st.DrawFn) -> tuple[list[str], list[tuple[str, str]]]:
    """The statements of a small schema, and changes of it with the name that each must name."""
    statements = ["CREATE TABLE o (id int PRIMARY KEY)", f"CREATE TABLE t (gone int, {COLUMNS})"]
    if draw(st.booleans()):
        statements.append("ALTER TABLE t DROP gone")
    if draw(st.booleans()):
        key = draw(st.sampled_from(["", "ON DELETE CASCADE", "NOT VALID", "DEFERRABLE"]))
        statements.append(
            f"ALTER TABLE t ADD CONSTRAINT some_key FOREIGN KEY (o) REFERENCES o {key}"
        )
    if draw(st.booleans()):
        statements.append("ALTER TABLE t ADD CONSTRAINT once UNIQUE (s, a, b)")
    changes = list(OTHER_CHANGES)
    for column, value in draw(
        st.lists(st.sampled_from(DEFAULTS), max_size=3, unique_by=lambda d: d[0])
    ):
        statements.append(f"ALTER TABLE t ALTER {column} SET DEFAULT {value}")
        changes.append((f"ALTER TABLE t ALTER {column} DROP DEFAULT", column))
    for template in draw(st.lists(st.sampled_from(MADE), min_size=2, max_size=6, unique=True)):
        condition = draw(CONDITIONS)
        statements.append(template.format(condition))
        name = _named(template)
        undo = UNDO[name]
        changes += [
            (undo, name),
            (f"{undo}; {template.format(f'NOT ({condition})')}", name),
            (f"{undo}; {template.format(f'({condition}) AND a <> 77')}", name),
            (f"{undo}; {template.format(condition + ' OR f')}", name),
        ]
    return statements, changes


@settings(
    max_examples=40,
    derandomize=True,
    deadline=None,
    phases=[Phase.generate],  # each example takes a second: none is looked for that is smaller
    suppress_health_check=list(HealthCheck),
)
@given(schema=schemas(), data=st.data())
def test_random_schemas(
    database: Database, tmp_path_factory: pytest.TempPathFactory, schema: tuple, data: st.DataObject
) -> None:
    """A random change is noticed; without one, what was restored is equal."""
    statements, changes = schema
    typed, restored = _two(database)
    for url in (typed, restored):
        execute(url, "DROP SCHEMA public CASCADE; CREATE SCHEMA public")
    execute(typed, *statements)
    seed = tmp_path_factory.mktemp("random") / "seed"
    create_snapshot(CreateOptions(typed, seed))
    if data.draw(st.integers(0, 3)):
        change, name = data.draw(st.sampled_from(changes))
        note(f"The change: {change}")
        execute(typed, change)
        differences = verify_snapshot(seed, typed).differences
        assert [line for line in differences if mentions(line, name)]
        assert len(differences) <= 3
    else:
        restore_snapshot(RestoreOptions(restored, seed, confirm=True))
        for url in (typed, restored):
            assert verify_snapshot(seed, url).differences == ()


_both: dict[int, tuple[str, str]] = {}


def _two(database: Database) -> tuple[str, str]:
    """The same two databases for all examples of a test."""
    if id(database) not in _both:
        _both[id(database)] = database(18), database(18)
    return _both[id(database)]
