"""pytest-django: the test database is a clone of the snapshot, not what migrations make.

In conftest.py: `from snapshot.testing.django import django_db_modify_db_settings`. pytest-django
does the rest: it asks Django for its test databases, and Django asks what is put in here.
"""

from __future__ import annotations

from typing import Any

import pytest

from snapshot.errors import UsageError
from snapshot.postgres.clones import clone_database, clone_name, drop_database
from snapshot.postgres.urls import parameters_of
from snapshot.testing.plugin import SnapshotDatabase, short_failures

_SHOWN = 5  # migrations that are named
_SETTINGS = {
    "NAME": "dbname",
    "USER": "user",
    "PASSWORD": "password",
    "HOST": "host",
    "PORT": "port",
}


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    django_db_modify_db_settings_parallel_suffix: None,
    django_db_use_migrations: bool,
    snapshot_database: SnapshotDatabase,
    snapshot_run: int,
) -> None:
    """Django's test database `default` is a clone of the snapshot, which this process alone has.

    When Django flushes it, after a test with `transaction=True`, it becomes a new clone.
    """
    from django.db import connection

    name = clone_name(snapshot_run, 0)
    before = dict(connection.settings_dict)
    usual_flush = connection.ops.execute_sql_flush

    def create(*_: object, **__: object) -> str:
        _close(connection)
        with short_failures():
            url = clone_database(*snapshot_database, name)
        found = parameters_of(url)
        for setting, parameter in _SETTINGS.items():  # changed in place: threads share them
            connection.settings_dict[setting] = found.get(parameter, "")
        with short_failures():
            if django_db_use_migrations:
                _refuse_older_snapshot(connection)
        return name

    def flush(statements: list[str]) -> None:
        if connection.in_atomic_block:  # a test's own flush, which is rolled back
            usual_flush(statements)
            return
        _close(connection)
        with short_failures():
            drop_database(snapshot_database.server, name)
            clone_database(*snapshot_database, name)

    def destroy(*_: object, **__: object) -> None:
        _close(connection)
        with short_failures():
            drop_database(snapshot_database.server, name)
        connection.settings_dict.update(before)

    connection.creation.create_test_db = create
    connection.creation.destroy_test_db = destroy
    connection.ops.execute_sql_flush = flush


def _close(connection: Any) -> None:
    connection.close()
    if hasattr(connection, "close_pool"):  # since Django 5.1
        connection.close_pool()


def _refuse_older_snapshot(connection: Any) -> None:
    """Fail in one line, instead of in every test that uses a new column."""
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if missing:
        names = [f"{migration.app_label}.{migration.name}" for migration, _ in missing]
        more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
        raise UsageError(
            f"the snapshot is older than the migrations: {', '.join(names[:_SHOWN])}{more}",
            hint="restore it, run manage.py migrate, and make it again with: snapshot create",
        )
