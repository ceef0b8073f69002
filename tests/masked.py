"""Masked snapshots of small databases: made, restored, asked."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from snapshot.create import CreateOptions, CreateReport, create_snapshot
from snapshot.errors import Refused
from snapshot.planning.restore_plan import PlanOptions
from snapshot.restore import RestoreOptions, restore_snapshot
from snapshot.safety.backups import BackupOptions

Rows = list[tuple[Any, ...]]

KEY = "b3BlbiBzZXNhbWUsIG9wZW4gc2VzYW1lLCBvcGVuIQ=="
OTHER_KEY = "YW5vdGhlciBrZXkgdGhhdCBub2JvZHkgZ3Vlc3NlcyE="
HEAD = 'version = 1\nkey = "env:SNAPSHOT_MASK_KEY"\n'
_numbers = count(1)


@contextmanager
def new_database(server: str, schema: str = "", options: str = "") -> Iterator[str]:
    """A database for as long as the block lasts; its URL."""
    name = f"masked_{os.getpid()}_{next(_numbers)}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(sql.SQL(f"CREATE DATABASE {name} {options}"))
    url = server.replace("/postgres?", f"/{name}?")
    try:
        if schema:
            run(url, schema)
        yield url
    finally:
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(sql.SQL(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"))


def run(url: str, statements: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(statements)


def ask(url: str, query: str, *values: object) -> Rows:
    with psycopg.connect(url, autocommit=True) as connection:
        return connection.execute(query, values or None).fetchall()


def value(url: str, query: str, *values: object) -> Any:
    ((found,),) = ask(url, query, *values)
    return found


def policy(folder: Path, rules: str, name: str = "masking.toml") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / name
    file.write_text(rules if rules.startswith("version") else HEAD + rules)
    return file


def create(
    url: str, folder: Path, rules: str, formats: Sequence[str] = ("sql",), **options: Any
) -> CreateReport:
    """A masked snapshot in folder/seed."""
    file = policy(folder, rules)
    made = CreateOptions(url, folder / "seed", formats=formats, mask=str(file), **options)
    try:
        return create_snapshot(made)
    except Refused as error:
        error.add_note("\n".join(error.details))
        raise


def restore(folder: Path, target: str, source: str | None = None) -> str:
    """Into a database; returns its URL."""
    options = RestoreOptions(
        target,
        folder / "seed",
        confirm=True,
        plan=PlanOptions(source_format=source),
        backup=BackupOptions(keep=False),
        require_masked=True,
    )
    restore_snapshot(options)
    return target


def masked(
    database: Callable[..., str],
    folder: Path,
    schema: str,
    rules: str,
    formats: Sequence[str] = ("sql",),
    version: int = 18,
) -> tuple[str, str]:
    """A database and its masked copy, through every format: their URLs."""
    url = database(version)
    run(url, schema)
    create(url, folder, rules, formats)
    copy = ""
    for form in formats:
        copy = restore(folder, database(version), form)
    return url, copy


def refused(url: str, folder: Path, rules: str, **options: Any) -> str:
    """What is said when a masked snapshot is refused; nothing is written."""
    try:
        create(url, folder, rules, **options)
    except Refused as error:
        assert not (folder / "seed").exists() or not any((folder / "seed").iterdir())
        return "\n".join([error.message, error.hint or "", *error.details])
    raise AssertionError("it was not refused")
