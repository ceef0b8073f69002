"""Seeds the five applications, edits other parents at random, and compares each row that stays.

    python scripts/other_parents.py --rounds 200

A row must not change when other parents come, go or change. Rules whose body also reads the
parents' table pick from what changed: they are counted, not compared.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

ROOT = Path(__file__).parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "scripts")]
import servers  # noqa: E402

from snapshot.postgres.connection import connected, exact_text, role_search_path  # noqa: E402
from snapshot.postgres.introspect import read_catalog  # noqa: E402
from snapshot.progress import NO_PROGRESS  # noqa: E402
from snapshot.safety.backups import BackupOptions  # noqa: E402
from snapshot.seeding.binding import BoundRule  # noqa: E402
from snapshot.seeding.children import (  # noqa: E402
    Children,
    ParentWithChildren,
    Tools,
    missing_children,
)
from snapshot.seeding.gaps import Parent, read_parents  # noqa: E402
from snapshot.seeding.keys import Keys  # noqa: E402
from snapshot.seeding.loading import load_blueprint  # noqa: E402
from snapshot.seeding.lookups import Lookups  # noqa: E402
from snapshot.seeding.options import SeedOptions  # noqa: E402
from snapshot.seeding.preparing import Run, prepare  # noqa: E402
from snapshot.seeding.run import seed_database  # noqa: E402
from snapshot.seeding.uniques import Uniques  # noqa: E402

APPLICATIONS = ("chat", "cuebe", "mentara", "pilates", "pms")
NOW = datetime(2026, 11, 1, 9, 30, tzinfo=UTC)


def ideal_rows(run: Run, bound: BoundRule, parent: Parent) -> list[Mapping[str, Any]]:
    """The rows that the rule would write for the parent if it had none, but for made-up keys."""
    context = run.context
    keys = Keys(context.connection, context.tables, dry=True)
    context.rand._keys = keys
    tools = Tools(context, Lookups(context), keys, None, lambda *_: None, frozenset(), NO_PROGRESS)
    alone = ParentWithChildren(parent._replace(have=0), Children())
    uniques = Uniques(context.connection, bound, empty=True)
    made = bound.table.made_keys
    rows = missing_children(tools, bound, alone, uniques, parent.need)
    return [{name: v for name, v in row.items() if name not in made} for row, _ in rows]


def edit_others(run: Run, bound: BoundRule, parent: Parent, dice: random.Random) -> None:
    """Delete some other parents, and change columns of some that stay."""
    table = bound.parent
    assert table is not None
    key = table.key
    name = sql.Identifier(*table.name)
    own = sql.SQL(" AND ").join(
        sql.SQL("{} = {}").format(sql.Identifier(c), sql.Literal(parent.row[table.places[c]]))
        for c in key
    )
    odds = sql.Literal(dice.random())
    run.context.connection.execute("SET LOCAL session_replication_role = replica")
    run.context.connection.execute(
        sql.SQL("DELETE FROM {} WHERE NOT ({}) AND random() < {}").format(name, own, odds)
    )
    texts = [
        c
        for c in table.columns.values()
        if c.type == "text" and c.name not in (*key, *table.natural_key)
    ]
    for column in texts:
        with suppress(psycopg.errors.CheckViolation), run.context.connection.transaction():
            run.context.connection.execute(
                sql.SQL(
                    "UPDATE {} SET {column} = reverse({column}) WHERE NOT ({}) AND random() < 0.5"
                ).format(name, own, column=sql.Identifier(column.name))
            )


def edit_other_tenants(run: Run, tenant: str, own: object, dice: random.Random) -> None:
    """Delete some rows of other tenants, in all tables."""
    run.context.connection.execute("SET LOCAL session_replication_role = replica")
    for table in run.context.tables.by_name.values():
        if tenant in table.columns:
            run.context.connection.execute(
                sql.SQL("DELETE FROM {} WHERE {} <> {} AND random() < {}").format(
                    sql.Identifier(*table.name),
                    sql.Identifier(tenant),
                    sql.Literal(own),
                    sql.Literal(dice.random()),
                )
            )


def compare(run: Run, dice: random.Random) -> tuple[int, list[str]]:
    """One round: rows compared, and what differs."""
    connection = run.context.connection
    tenant = run.context.blueprint.tenant
    behind = {name: view.table for name, view in run.context.blueprint.views.items()}
    fair = [
        bound
        for bound in run.rules
        if bound.rule.each
        and (
            tenant
            or (
                bound.parent is not None
                and bound.parent.key
                and bound.parent.name.name not in {behind.get(n, n) for n in bound.rule.reads}
            )
        )
    ]
    bound = dice.choice(fair)
    parents = [p for p in read_parents(run.context, bound, everyone=True) if p.need]
    if not parents:
        return 0, []
    parent = dice.choice(parents)
    before = ideal_rows(run, bound, parent)
    connection.execute("SAVEPOINT edit")
    if tenant:
        whose = parent.row if bound.names else getattr(parent.row, tenant)
        edit_other_tenants(run, tenant, whose, dice)
    else:
        edit_others(run, bound, parent, dice)
    after_parent = next(
        (p for p in read_parents(run.context, bound, everyone=True) if p.row == parent.row), None
    )
    faults = []
    where = f"{run.context.blueprint.name}: {bound.key}"
    dealt = bound.total is not None  # over all parents: the fewer, the more for each
    if after_parent is None and bound.rule.each in behind:
        pass  # what the view shows depends on other rows: it is no parent any more
    elif after_parent is None or (after_parent.need != parent.need and not dealt):
        faults.append(f"{where}: the need of {parent.identity} differs")
    else:
        after = ideal_rows(run, bound, after_parent)
        pairs = list(zip(before, after, strict=not dealt))
        if any(one != other for one, other in pairs):
            names = {n for one, other in pairs for n in one if one[n] != other.get(n)}
            faults.append(f"{where}: {sorted(names)} differ")
    connection.execute("ROLLBACK TO SAVEPOINT edit")
    return len(before), faults


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--version", type=int, default=18)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    dice = random.Random(options.seed)
    faults: list[str] = []
    with tempfile.TemporaryDirectory(prefix="other-parents-") as folder:
        Path(folder).chmod(0o755)
        with servers.running(options.version, Path(folder) / "server") as server:
            for name in APPLICATIONS:
                with psycopg.connect(server, autocommit=True) as connection:
                    connection.execute(f"CREATE DATABASE {name}")
                url = server.replace("/postgres?", f"/{name}?")
                blueprint = load_blueprint(str(ROOT / "examples" / name / "blueprint.py"))
                seeding = SeedOptions(url, blueprint, now=NOW, backup=BackupOptions(keep=False))
                seed_database(seeding)
                with connected(url) as connection, connection.transaction(force_rollback=True):
                    exact_text(connection)
                    run = prepare(connection, read_catalog(connection), replace(seeding, dry=True))
                    compared = 0
                    with role_search_path(connection):
                        for _ in range(options.rounds):
                            rows, found = compare(run, dice)
                            compared += rows
                            faults += found
                print(f"{name}: {options.rounds} rounds, {compared:,} rows compared", flush=True)
    print("\n".join(sorted(set(faults))) or "no row changed")
    sys.exit(bool(faults))


if __name__ == "__main__":
    main()
