"""Roles that are not superusers: owners on managed servers, and what they must not touch."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import psycopg
import pytest
from equality import content
from psycopg import sql

from snapshot.create import CreateOptions, create_snapshot
from snapshot.errors import DatabaseFailed
from snapshot.planning.restore_plan import PlanOptions
from snapshot.planning.selection import Selection
from snapshot.restore import RestoreOptions, restore_snapshot
from snapshot.safety.backups import BackupOptions
from snapshot.store.manifest import FORMATS
from snapshot.undo import UndoOptions, undo_restore

NONE = BackupOptions(keep=False)


class Managed(NamedTuple):
    admin: str  # URL of the superuser, whom the provider keeps
    owner: str  # URL of the role that the customer gets


@pytest.fixture(params=[13, 15, 18])
def managed(
    request: pytest.FixtureRequest, database: Callable[..., str], servers: Callable[[int], str]
) -> Iterator[Managed]:
    """Schemas auth and storage of the provider's, public of the customer's, who is no superuser."""
    admin = database(request.param)
    role = f"customer_{os.getpid()}"
    with psycopg.connect(admin, autocommit=True) as connection:
        connection.execute(
            sql.SQL(
                f"""
            CREATE ROLE {role} LOGIN CREATEDB CREATEROLE NOSUPERUSER;
            CREATE SCHEMA auth; CREATE SCHEMA storage;
            CREATE TABLE auth.users (id int PRIMARY KEY, email text);
            CREATE TABLE storage.objects (id int PRIMARY KEY, owner int REFERENCES auth.users);
            INSERT INTO auth.users VALUES (1, 'a@example.com'), (2, 'b@example.com');
            INSERT INTO storage.objects VALUES (1, 1);
            GRANT USAGE ON SCHEMA auth TO {role}; GRANT REFERENCES, SELECT ON auth.users TO {role};
            ALTER SCHEMA public OWNER TO {role};
            GRANT CREATE ON DATABASE {connection.info.dbname} TO {role};
            """
            )
        )
    owner = admin.replace("postgres:@", f"{role}@")
    with psycopg.connect(owner, autocommit=True) as connection:
        connection.execute(
            sql.SQL("""
            CREATE TABLE public.profiles (id int PRIMARY KEY REFERENCES auth.users, boss int REFERENCES profiles);
            CREATE TABLE public.posts (id serial PRIMARY KEY, by int NOT NULL REFERENCES profiles);
            ALTER TABLE profiles ENABLE ROW LEVEL SECURITY;
            CREATE POLICY own ON profiles USING (true) WITH CHECK (true);
            CREATE FUNCTION quiet() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
            CREATE TRIGGER vetoes BEFORE INSERT ON posts FOR EACH ROW EXECUTE FUNCTION quiet();
            ALTER TABLE posts DISABLE TRIGGER vetoes;
            INSERT INTO profiles VALUES (1, 2), (2, 1); INSERT INTO posts (by) VALUES (1), (2), (1);
            ALTER TABLE posts ENABLE TRIGGER vetoes;
            """)
        )
    yield Managed(admin, owner)
    with psycopg.connect(admin, autocommit=True) as connection:
        connection.execute(sql.SQL(f"DROP OWNED BY {role} CASCADE"))
        connection.execute("DROP SCHEMA IF EXISTS public CASCADE")
        connection.execute(sql.SQL(f"DROP OWNED BY {role} CASCADE"))
    with psycopg.connect(servers(request.param), autocommit=True) as connection:
        connection.execute(
            sql.SQL(
                f"DROP DATABASE {psycopg.conninfo.conninfo_to_dict(admin)['dbname']} WITH (FORCE)"
            )
        )
        connection.execute(sql.SQL(f"DROP ROLE {role}"))


def test_a_customer_of_a_managed_server(managed: Managed, tmp_path: Path) -> None:
    before = content(managed.admin)
    with pytest.raises(DatabaseFailed, match="permission denied"):
        create_snapshot(CreateOptions(managed.owner, tmp_path / "s"))
    assert not (tmp_path / "s").exists()
    options = CreateOptions(
        managed.owner,
        tmp_path / "s",
        formats=FORMATS,
        selection=Selection(exclude_schemas=("auth", "storage")),
    )
    create_snapshot(options)
    for source_format in FORMATS:
        with psycopg.connect(managed.owner, autocommit=True) as connection:
            connection.execute("DELETE FROM posts")
        plan = PlanOptions(source_format=source_format)
        restore_snapshot(
            RestoreOptions(managed.owner, tmp_path / "s", confirm=True, plan=plan, backup=NONE)
        )
        assert content(managed.admin) == before
    with_schema = PlanOptions(replace_schema=True)
    restore_snapshot(
        RestoreOptions(managed.owner, tmp_path / "s", confirm=True, plan=with_schema, backup=NONE)
    )
    assert content(managed.admin) == before
    with psycopg.connect(managed.owner, autocommit=True) as connection:
        connection.execute("UPDATE profiles SET boss = NULL")
    mine = content(managed.admin)
    for plan in (PlanOptions(), with_schema):
        assert restore_snapshot(
            RestoreOptions(managed.owner, tmp_path / "s", confirm=True, plan=plan)
        ).backup
        assert content(managed.admin) == before
        undo_restore(UndoOptions(managed.owner, confirm=True))
        assert content(managed.admin) == mine
    with psycopg.connect(managed.owner, autocommit=True) as connection:
        connection.execute("ALTER TABLE posts ADD extra int")
    mine = content(managed.admin)
    restore_snapshot(RestoreOptions(managed.owner, tmp_path / "s", confirm=True, plan=with_schema))
    assert content(managed.admin) == before
    undo_restore(UndoOptions(managed.owner, confirm=True))
    assert content(managed.admin) == mine


def test_a_sequence_that_may_not_be_read(managed: Managed, tmp_path: Path) -> None:
    """Not exported as if it had no value, which is what newer servers' views say then."""
    role = psycopg.conninfo.conninfo_to_dict(managed.owner)["user"]
    with psycopg.connect(managed.admin, autocommit=True) as connection:
        connection.execute("CREATE SEQUENCE public.theirs")
        connection.execute(
            sql.SQL("REVOKE ALL ON SEQUENCE public.theirs FROM {}").format(
                sql.Identifier(str(role))
            )
        )
    with pytest.raises(DatabaseFailed, match="permission denied for sequence theirs"):
        create_snapshot(
            CreateOptions(
                managed.owner,
                tmp_path / "s",
                selection=Selection(exclude_schemas=("auth", "storage")),
            )
        )
    assert not (tmp_path / "s").exists()
    with psycopg.connect(managed.admin, autocommit=True) as connection:
        connection.execute("DROP SEQUENCE public.theirs")
