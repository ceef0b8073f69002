"""The pytest plugin beside other plugins, and with the libraries that people use."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from snapshot import CreateOptions, create_snapshot

ROOT = Path(__file__).parent.parent


def needs(*packages: str) -> pytest.MarkDecorator:
    missing = [name for name in packages if find_spec(name) is None]
    return pytest.mark.skipif(bool(missing), reason=f"not installed: {', '.join(missing)}")


def run(folder: Path, *words: str, code: int = 0, **environment: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", *words], cwd=folder, env={**os.environ, **environment},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout


SETTINGS = """
[pytest]
snapshot_directory = {directory}
filterwarnings = error
{more}
"""
WITHOUT_ASYNCIO = "addopts = -p no:asyncio"

LIBRARIES = """
import asyncio
import asyncpg, pytest
from sqlalchemy import create_engine, text
from sqlalchemy.ext.asyncio import create_async_engine

COUNT = "SELECT count(*) FROM script_shares"

@pytest.mark.parametrize("number", range(2))
def test_session(snapshot_session, snapshot_engine, number):
    assert snapshot_session.execute(text(COUNT)).scalar() == 40
    snapshot_session.execute(text("DELETE FROM script_shares"))
    snapshot_session.commit()
    with snapshot_engine.connect() as connection:
        assert connection.execute(text(COUNT)).scalar() == 0

@pytest.mark.asyncio
@pytest.mark.parametrize("number", range(2))
async def test_async_session(snapshot_async_session, snapshot_async_engine, number):
    assert (await snapshot_async_session.execute(text(COUNT))).scalar() == 40
    await snapshot_async_session.execute(text("DELETE FROM script_shares"))
    await snapshot_async_session.commit()
    async with snapshot_async_engine.connect() as connection:
        assert (await connection.execute(text(COUNT))).scalar() == 0

def test_async_engine_in_a_loop_of_ones_own(snapshot_async_engine):
    async def count():
        async with snapshot_async_engine.connect() as connection:
            return (await connection.execute(text(COUNT))).scalar()
    assert asyncio.run(count()) == 40

@pytest.mark.asyncio
async def test_asyncpg(snapshot_db):
    connection = await asyncpg.connect(snapshot_db)
    assert await connection.fetchval(COUNT) == 40
    await connection.close()
    engine = create_async_engine(snapshot_db.replace("postgresql", "postgresql+asyncpg", 1))
    async with engine.connect() as connection:
        assert (await connection.execute(text(COUNT))).scalar() == 40
    await engine.dispose()

def test_pytest_snapshot(snapshot):
    snapshot.assert_match("text", "file.txt")
"""


@needs("asyncpg", "greenlet", "pytest_asyncio", "pytest_snapshot", "sqlalchemy")
def test_sqlalchemy_asyncpg_and_pytest_snapshot(tmp_path: Path) -> None:
    loop = "asyncio_default_fixture_loop_scope = function"
    settings = SETTINGS.format(directory=ROOT / "seed_data", more=loop)
    (tmp_path / "pytest.ini").write_text(settings)
    (tmp_path / "test_app.py").write_text(LIBRARIES)
    said = run(tmp_path, "pytest", "-q", "--snapshot-update", code=1)
    assert "7 passed, 1 error" in said  # pytest-snapshot fails a test whose file it has made
    assert (tmp_path / "snapshots/test_app/test_pytest_snapshot/file.txt").read_text() == "text"
    assert "7 passed" in run(tmp_path, "pytest", "-q")


def test_sqlalchemy_that_is_missing_is_one_line(tmp_path: Path) -> None:
    settings = SETTINGS.format(directory=ROOT / "seed_data", more=WITHOUT_ASYNCIO)
    (tmp_path / "pytest.ini").write_text(settings)
    (tmp_path / "test_app.py").write_text("def test_it(snapshot_session): pass\n")
    (tmp_path / "sqlalchemy.py").write_text("raise ImportError('not here')\n")
    said = run(tmp_path, "pytest", "-q", code=1, PYTHONPATH=f"{tmp_path}:{ROOT}")
    wanted = "SQLAlchemy cannot be used: not here (hint: pip install 'sqlalchemy[asyncio]')"
    assert wanted in said.splitlines()


DJANGO = {
    "settings.py": """
import os
SECRET_KEY = "x"
INSTALLED_APPS = ["django.contrib.contenttypes", "django.contrib.auth", "shop"]
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql", "NAME": os.environ["NAME"],
        "HOST": os.environ["HOST"], "USER": "postgres",
    },
    "other": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"},
}
DEFAULT_AUTO_FIELD = "django.db.models.AutoField"
ROOT_URLCONF = "urls"
STATIC_URL = "static/"
USE_TZ = True
""",
    "urls.py": """
from django.http import HttpResponse
from django.urls import path
from shop.models import Item
urlpatterns = [path("", lambda request: HttpResponse(str(Item.objects.count())))]
""",
    "shop/__init__.py": "",
    "shop/models.py": """
from django.db import models
class Item(models.Model):
    name = models.TextField()
""",
    "shop/migrations/__init__.py": "",
    "shop/migrations/0001_initial.py": """
from django.db import migrations, models
class Migration(migrations.Migration):
    operations = [migrations.CreateModel("Item", [
        ("id", models.AutoField(primary_key=True)), ("name", models.TextField())])]
""",
    "conftest.py": "from snapshot.testing.django import django_db_modify_db_settings\n",
    "test_shop.py": """
import urllib.request
import pytest
from django.test import TestCase, TransactionTestCase
from shop.models import Item

def names():
    return sorted(Item.objects.values_list("name", flat=True))

@pytest.mark.django_db
@pytest.mark.parametrize("number", range(3))
def test_rows_of_the_snapshot(number):
    assert names() == ["lamp", "table"]
    Item.objects.create(name="chair")

@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("number", range(3))
def test_transactions(number):
    assert names() == ["lamp", "table"]
    item = Item.objects.create(name="chair")
    assert number == 0 or item.id == 3  # the sequence is the snapshot's again
    Item.objects.filter(name="lamp").delete()

def test_live_server(live_server):
    for added in range(2):
        assert urllib.request.urlopen(live_server.url).read() == str(2 + added).encode()
        Item.objects.create(name="chair")

class UnitTest(TestCase):
    def test_it(self):
        assert names() == ["lamp", "table"]
        Item.objects.all().delete()

class Transactions(TransactionTestCase):
    def test_one(self):
        assert names() == ["lamp", "table"]
        Item.objects.all().delete()
    def test_two(self):
        self.test_one()

@pytest.mark.django_db(databases=["other"])
def test_other():
    assert Item.objects.using("other").count() == 0
""",
}


@needs("django", "pytest_django")
def test_django(database: Callable[..., str], tmp_path: Path) -> None:
    url = database()
    found = conninfo_to_dict(url)
    place = {"NAME": str(found["dbname"]), "HOST": str(found["host"])}
    project = tmp_path / "project"
    (project / "shop" / "migrations").mkdir(parents=True)
    for name, text in DJANGO.items():
        (project / name).write_text(text)
    settings = SETTINGS.format(directory=tmp_path / "seed", more=WITHOUT_ASYNCIO)
    (project / "pytest.ini").write_text(settings + "DJANGO_SETTINGS_MODULE = settings\n")
    place |= {"DJANGO_SETTINGS_MODULE": "settings", "PYTHONPATH": f"{project}:{ROOT}"}
    run(project, "django", "migrate", "-v0", **place)
    rows = "from shop.models import Item; [Item.objects.create(name=n) for n in ('lamp', 'table')]"
    run(project, "django", "shell", "-v0", "-c", rows, **place)
    create_snapshot(CreateOptions(url, tmp_path / "seed"))
    server = ("--snapshot-server", url)
    tests = ("pytest", "-q", "-p", "no:cacheprovider", *server)
    assert "11 passed" in run(project, *tests, **place)
    by_module = ("-n", "2", "--dist=loadscope")  # the numbers are those of one worker
    assert "11 passed" in run(project, *tests, *by_module, **place)
    with psycopg.connect(url) as connection:
        query = "SELECT datname FROM pg_database WHERE datname LIKE 'snapshot_test%'"
        assert connection.execute(query).fetchall() == []

    (project / "shop/migrations/0002_price.py").write_text(
        "from django.db import migrations, models\n"
        "class Migration(migrations.Migration):\n"
        "    dependencies = [('shop', '0001_initial')]\n"
        "    operations = [migrations.AddField('item', 'price', models.IntegerField(null=True))]\n"
    )
    said = run(project, *tests, "-k", "UnitTest", code=1, **place)
    assert "the snapshot is older than the migrations: shop.0002_price (hint: " in said
    assert "Traceback" not in said
