"""pytest tests: logins, and rows from the factories."""

import sys
from pathlib import Path

import bcrypt
import psycopg
import pytest

sys.path.insert(0, str(Path(__file__).parent))  # factories.py stands beside this file
from factories import ClassFactory, UserFactory

BLUEPRINT = str(Path(__file__).parents[1] / "blueprint.py")

pytestmark = pytest.mark.seeded(BLUEPRINT, profile="light")


def test_everybody_can_log_in(snapshot_db):
    with psycopg.connect(snapshot_db) as connection:
        hashes = connection.execute(
            "SELECT role, password_hash FROM users ORDER BY role"
        ).fetchall()
    assert [role for role, _ in hashes] == ["ADMIN", "INSTRUCTOR", "STUDENT"]
    for _, password_hash in hashes:
        assert bcrypt.checkpw(b"pilates-demo", password_hash.encode())
        assert not bcrypt.checkpw(b"another", password_hash.encode())


def test_fifty_students(snapshot_db):
    students = UserFactory.create_batch(snapshot_db, 50, role="STUDENT")
    assert len({student["email"] for student in students}) == 50
    assert {student["role"] for student in students} == {"STUDENT"}


def test_a_schedule(snapshot_db):
    classes = ClassFactory.create_batch(snapshot_db, 12)
    assert len({(one["weekday"], one["starts_hour"]) for one in classes}) == 12
