"""UserFactory.create_batch(url, 50, role="STUDENT") and the like: rows of the blueprint, as tests want them."""

from pathlib import Path

import psycopg
from psycopg.rows import dict_row

from snapshot.safety.backups import BackupOptions
from snapshot.seeding.loading import load_blueprint
from snapshot.seeding.options import SeedOptions
from snapshot.seeding.run import seed_database

BLUEPRINT = str(Path(__file__).parents[1] / "blueprint.py")
PARAMETERS = {"ADMIN": "admins", "INSTRUCTOR": "instructors", "STUDENT": "students"}


def create_batch(url, query, *values, **parameters):
    """Seed what the parameters ask for, and return rows as dicts."""
    seed_database(
        SeedOptions(
            url, load_blueprint(BLUEPRINT), parameters=parameters, backup=BackupOptions(keep=False)
        )
    )
    with psycopg.connect(url, row_factory=dict_row) as connection:
        return connection.execute(query, values).fetchall()


class UserFactory:
    @staticmethod
    def create_batch(url, size, role="STUDENT"):
        query = "SELECT * FROM users WHERE role = %s::user_role ORDER BY id LIMIT %s"
        return create_batch(url, query, role, size, **{PARAMETERS[role]: size})


class ClassFactory:
    @staticmethod
    def create_batch(url, size):
        query = "SELECT * FROM class_templates ORDER BY id LIMIT %s"
        return create_batch(url, query, size, templates=size)
