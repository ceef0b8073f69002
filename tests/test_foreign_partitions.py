"""Partitions on another server: their rows are neither saved nor changed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest
from conftest import PG_CONTRIB
from psycopg import sql

from snapshot.clear import ClearOptions, clear_database
from snapshot.create import CreateOptions, create_snapshot
from snapshot.planning.restore_plan import PlanOptions
from snapshot.restore import RestoreOptions, restore_snapshot
from snapshot.store.manifest import FORMATS
from snapshot.swap import SwapOptions, swap_snapshot
from snapshot.undo import UndoOptions, undo_restore
from snapshot.verify import verify_snapshot


def execute(url: str, text: str) -> list[tuple[object, ...]]:
    with psycopg.connect(url, autocommit=True) as connection:
        cursor = connection.execute(sql.SQL(text))
        return cursor.fetchall() if cursor.description else []


@pytest.fixture
def both(database: Callable[..., str]) -> tuple[str, str]:
    """A partitioned table with one partition here and one in another database."""
    here, there = database(PG_CONTRIB), database(PG_CONTRIB)
    execute(
        there, "CREATE TABLE r (id int, v text); INSERT INTO r VALUES (11, 'far'), (12, 'away')"
    )
    parts = psycopg.conninfo.conninfo_to_dict(there)
    execute(
        here,
        "CREATE EXTENSION postgres_fdw; CREATE SERVER s FOREIGN DATA WRAPPER postgres_fdw"
        f" OPTIONS (host '{parts['host']}', dbname '{parts['dbname']}');"
        "CREATE USER MAPPING FOR postgres SERVER s OPTIONS (user 'postgres');"
        "CREATE TABLE p (id int, v text) PARTITION BY RANGE (id);"
        "CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (10);"
        "CREATE FOREIGN TABLE p2 PARTITION OF p FOR VALUES FROM (10) TO (20) SERVER s"
        " OPTIONS (table_name 'r');"
        "INSERT INTO p VALUES (1, 'a'), (2, 'b')",
    )
    return here, there


@pytest.mark.parametrize("source_format", FORMATS)
def test_rows_on_another_server_stay_there(
    source_format: str, both: tuple[str, str], tmp_path: Path
) -> None:
    here, there = both
    report = create_snapshot(CreateOptions(here, tmp_path / "s", formats=(source_format,)))
    assert report.manifest.rows == 2
    execute(here, "DELETE FROM p1 WHERE id = 1; INSERT INTO p1 VALUES (3, 'newer')")
    rows = "SELECT id FROM p1 ORDER BY id"
    for work, left in (
        (lambda: restore_snapshot(RestoreOptions(here, tmp_path / "s", confirm=True)), [1, 2]),
        (lambda: undo_restore(UndoOptions(here, confirm=True)), [2, 3]),
        (lambda: clear_database(ClearOptions(here, confirm=True)), []),
        (
            lambda: restore_snapshot(
                RestoreOptions(
                    here, tmp_path / "s", confirm=True, plan=PlanOptions(replace_schema=True)
                )
            ),
            [1, 2],
        ),
        (lambda: swap_snapshot(SwapOptions(here, tmp_path / "s", confirm=True)), [1, 2]),
    ):
        work()
        assert [number for (number,) in execute(here, rows)] == left
        assert len(execute(there, "SELECT * FROM r")) == 2
    assert verify_snapshot(tmp_path / "s", here).passed
