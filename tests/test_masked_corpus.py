"""Odd databases through the path of masked columns, with nothing masked: the same bytes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conftest import PG_CONTRIB
from databases import LATER, SCHEMAS, build

from snapshot.catalog import Catalog
from snapshot.create import CreateOptions, create_snapshot
from snapshot.masking import session
from snapshot.masking.classes import read_classes
from snapshot.masking.plan import MaskPlan, TablePlan
from snapshot.masking.policy import Policy
from snapshot.postgres.connection import Connection
from snapshot.postgres.copying import large_objects_table
from snapshot.postgres.masking_facts import TableFacts, read_masking_facts

Database = Callable[..., str]
FILES = ("data.sql", "seed.sql", "advanced_seed.sql", "seed_data.json")
POLICY = """version = 1
key = "env:SNAPSHOT_MASK_KEY"
[schema]
large_objects = "keep"
"""


def all_columns(
    connection: Connection, catalog: Catalog, policy: Policy, key: object
) -> tuple[MaskPlan, dict[Any, TableFacts]]:
    """A plan in which every table goes through the masks, and no column has one."""
    tables = [*catalog.tables, *([large_objects_table()] if catalog.large_objects else [])]
    plans = {table.name: TablePlan(table, ()) for table in tables if table.stored}
    classes = read_classes(catalog, policy.links, {})
    return MaskPlan(plans, frozenset(), classes, {}), read_masking_facts(connection)


@pytest.mark.parametrize("name", [*SCHEMAS, *LATER, "extensions", "cuebe"])
def test_the_same_bytes_as_without_masks(
    name: str, database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rows 119 and 120: also the checksums, that the client makes and the server makes."""
    url = database(PG_CONTRIB if name == "extensions" else 18)
    build(url, name)
    plain = create_snapshot(CreateOptions(url, tmp_path / "plain"))
    monkeypatch.setenv("SNAPSHOT_MASK_KEY", "b3BlbiBzZXNhbWUsIG9wZW4gc2VzYW1lLCBvcGVuIQ==")
    monkeypatch.setattr(session, "plan_masking", all_columns)
    file = tmp_path / "masking.toml"
    file.write_text(POLICY)
    options = CreateOptions(url, tmp_path / "columns", mask=str(file), scan=False)
    columns = create_snapshot(options)
    for one in FILES:
        assert (tmp_path / "columns" / one).read_bytes() == (tmp_path / "plain" / one).read_bytes()
    assert columns.manifest.tables == plain.manifest.tables
    assert all(entry.checksum for entry in columns.manifest.tables)
