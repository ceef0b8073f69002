"""The mark of a masked snapshot: written, read, demanded, kept honest; production is not copied."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from shop import Shop

from snapshot.create import CreateOptions, create_snapshot
from snapshot.errors import NotReady, Refused, SnapshotDamaged, UsageError
from snapshot.merge import MergeOptions, merge_snapshots
from snapshot.planning.restore_plan import PlanOptions
from snapshot.restore import RestoreOptions, plan_restore, restore_snapshot
from snapshot.safety.backups import BackupOptions
from snapshot.safety.demands import demand_masked
from snapshot.safety.guard import Guard, mark
from snapshot.store.manifest import FORMATS, Manifest, dump_manifest, load_manifest
from snapshot.store.masked import Masked, Scan
from snapshot.swap import SwapOptions, plan_swap, swap_snapshot, warm_clone
from snapshot.testing import restored_postgres, restored_template
from snapshot.upgrade import UpgradeOptions, upgrade_snapshot
from snapshot.verify import verify_snapshot

Database = Callable[..., str]
COMMAND = [sys.executable, "-m", "snapshot"]
POLICY = """
version = 1
key = "env:SNAPSHOT_MASK_KEY"
[columns."public.person"]
id = "keep"
name = "null"
"""
SCAN = Scan(originals=1200, substrings=True, hits=0, allowed=2, shapes=0)
MARK = Masked(1, "a" * 64, "b" * 32, {"name": 1, "email": 2}, SCAN, proved=True)
SCHEMA = (
    "CREATE TABLE person (id int PRIMARY KEY, name text);"
    "INSERT INTO person VALUES (1, 'one'), (2, 'two')"
)
NONE = BackupOptions(keep=False)


def execute(url: str, statement: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(statement)


def marked(directory: Path, masked: Masked | None, **changes: object) -> Path:
    """Give a snapshot's manifest another mark; the seal is right."""
    manifest = replace(load_manifest(directory), masked=masked, **changes)  # type: ignore[arg-type]
    (directory / "manifest.json").write_bytes(dump_manifest(manifest))
    return directory


def snapshot(
    *words: str, cwd: Path | None = None, **environment: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *words], capture_output=True, text=True, check=False, cwd=cwd,
        env={**os.environ, **environment},
    )  # fmt: skip


@pytest.fixture
def source(database: Database) -> str:
    url = database()
    execute(url, SCHEMA)
    return url


@pytest.fixture
def seed(source: str, tmp_path: Path) -> Path:
    """An unmasked snapshot."""
    create_snapshot(CreateOptions(source, tmp_path / "seed", formats=FORMATS))
    return tmp_path / "seed"


# --- the mark


@pytest.mark.parametrize(
    "masked",
    [
        MARK,
        replace(MARK, scan=None, proved=False),
        replace(MARK, subset="c" * 64, edited=True, columns={}),
        replace(MARK, scan=replace(SCAN, hits=7, shapes=3, substrings=False)),
        None,
    ],
)
def test_what_is_written_is_read(seed: Path, masked: Masked | None) -> None:
    marked(seed, masked, subset="d" * 64)
    manifest = load_manifest(seed)
    assert manifest.masked == masked
    assert manifest.subset == "d" * 64
    document = json.loads((seed / "manifest.json").read_text())
    assert document["format"] == 2
    assert ("masked" in document) == (masked is not None)
    marked(seed, masked, subset=None)
    assert "subset" not in json.loads((seed / "manifest.json").read_text())


def test_the_order_of_the_columns_does_not_matter(seed: Path) -> None:
    first = marked(seed, MARK).joinpath("manifest.json").read_bytes()
    other = replace(MARK, columns=dict(reversed(MARK.columns.items())))
    assert marked(seed, other).joinpath("manifest.json").read_bytes() == first


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"proved": true', '"proved": false'),
        ('"hits":0', '"hits":1'),
        ('"policy": "a', '"policy": "0'),
        ('"email":2', '"email":3'),
    ],
)
def test_a_mark_that_was_changed_by_hand_breaks_the_seal(seed: Path, old: str, new: str) -> None:
    file = marked(seed, MARK) / "manifest.json"
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new))
    with pytest.raises(SnapshotDamaged) as raised:
        verify_snapshot(seed, require_masked=True)
    assert raised.value.exit_code == 4


@pytest.mark.parametrize(
    "change",
    [
        {"policy": "not a hash"},
        {"key": ""},
        {"key": "SECRET KEY"},
        {"version": -1},
        {"columns": {"email": -1}},
        {"columns": {"email": "2"}},
        {"subset": "short"},
        {"scan": replace(SCAN, originals=-1)},
        {"proved": 1},
    ],
    ids=str,
)
def test_a_mark_that_makes_no_sense_is_damage(seed: Path, change: dict[str, object]) -> None:
    marked(seed, replace(MARK, **change))  # type: ignore[arg-type]
    with pytest.raises(SnapshotDamaged):
        load_manifest(seed)


def test_a_reader_does_not_mind_what_it_does_not_know(seed: Path) -> None:
    from snapshot.store.manifest import manifest_document, parse_manifest
    from snapshot.store.sealing import sealed_text

    manifest = load_manifest(seed)
    later = {**manifest_document(manifest), "of_a_later_version": {"anything": [1]}}
    assert parse_manifest(sealed_text(later), "manifest.json") == manifest


def test_a_database_without_a_name(seed: Path, database: Database) -> None:
    manifest = load_manifest(seed)
    nameless = replace(manifest.source, database="", fingerprint="0123456789abcdef")
    marked(seed, MARK, source=nameless)
    shown = snapshot("show", str(seed))
    assert "seed: a database that is not named on PostgreSQL 18" in shown.stdout
    other = database()
    execute(other, "CREATE TABLE a (); CREATE TABLE b (); CREATE TABLE c ()")
    with pytest.raises(NotReady) as raised:
        restore_snapshot(RestoreOptions(other, seed, confirm=True))
    assert "a database that is not named" in " ".join([str(raised.value), *raised.value.details])
    page = seed.parent / "report.html"
    assert snapshot("report", str(seed), "-o", str(page)).returncode == 0
    assert "a database that is not named" in page.read_text()


# --- demanded


def manifest_with(seed: Path, masked: Masked | None) -> Manifest:
    return replace(load_manifest(seed), masked=masked)


@pytest.mark.parametrize(
    ("masked", "policy", "said"),
    [
        (None, None, "is not masked"),
        (replace(MARK, scan=None), None, "was not scanned"),
        (replace(MARK, scan=replace(SCAN, hits=1)), None, "found originals: 1"),
        (replace(MARK, edited=True), None, "edited by hand"),
        (MARK, "c" * 64, "by another policy: aaaaaaaaaaaa, not cccccccccccc"),
    ],
)
def test_what_is_refused(seed: Path, masked: Masked | None, policy: str | None, said: str) -> None:
    with pytest.raises(Refused, match=said) as raised:
        demand_masked(manifest_with(seed, masked), policy)
    assert raised.value.hint
    assert raised.value.exit_code == 3


def test_what_is_accepted(seed: Path) -> None:
    demand_masked(manifest_with(seed, MARK))
    demand_masked(manifest_with(seed, MARK), "a" * 64)


def demand(how: str, seed: Path, url: str, **fields: object) -> object:
    """Use a snapshot that must be masked."""
    local = Guard(allowed=("*",))
    ways: dict[str, Callable[[], object]] = {
        "verify": lambda: verify_snapshot(seed, url, **fields),  # type: ignore[arg-type]
        "restore": lambda: restore_snapshot(
            RestoreOptions(url, seed, confirm=True, backup=NONE, **fields)  # type: ignore[arg-type]
        ),
        "plan": lambda: plan_restore(RestoreOptions(url, seed, **fields)),  # type: ignore[arg-type]
        "swap": lambda: swap_snapshot(SwapOptions(url, seed, confirm=True, **fields)),  # type: ignore[arg-type]
        "swap plan": lambda: plan_swap(SwapOptions(url, seed, **fields)),  # type: ignore[arg-type]
        "warm": lambda: warm_clone(SwapOptions(url, seed, **fields)),  # type: ignore[arg-type]
        "upgrade": lambda: upgrade_snapshot(
            UpgradeOptions(url, seed, "true", guard=local, **fields)  # type: ignore[arg-type]
        ),
        "template": lambda: restored_template(url, seed, **fields),  # type: ignore[arg-type]
        "container": lambda: restored_postgres(seed, **fields).__enter__(),  # type: ignore[arg-type]
    }
    return ways[how]()


WAYS = (
    "verify", "restore", "plan", "swap", "swap plan", "warm", "upgrade", "template", "container",
)  # fmt: skip


@pytest.mark.parametrize("how", WAYS)
def test_every_way_in_demands_it(how: str, seed: Path, source: str) -> None:
    execute(source, "UPDATE person SET name = 'mine' WHERE id = 1")
    with psycopg.connect(source) as connection:
        # other tests make databases on this server meanwhile
        names = "SELECT datname FROM pg_database WHERE starts_with(datname, current_database()) ORDER BY 1"
        before = connection.execute(names).fetchall()
    with pytest.raises(Refused, match=f"{seed}: the snapshot is not masked"):
        demand(how, seed, source, require_masked=True)
    with psycopg.connect(source) as connection:
        assert connection.execute("SELECT name FROM person WHERE id = 1").fetchone() == ("mine",)
        assert connection.execute(names).fetchall() == before


@pytest.mark.parametrize("how", ["verify", "restore", "swap", "warm"])
def test_a_masked_snapshot_may_be_used(how: str, seed: Path, source: str) -> None:
    demand(how, marked(seed, MARK), source, require_masked=True)


@pytest.mark.parametrize("how", ["verify", "restore", "swap", "template"])
def test_the_policy_must_be_the_one(how: str, seed: Path, source: str, tmp_path: Path) -> None:
    pytest.importorskip("pyarrow")
    from snapshot.masking.policy import policy_hash

    policy = tmp_path / "masking.toml"
    policy.write_text(POLICY)
    marked(seed, MARK)
    with pytest.raises(Refused, match="by another policy"):  # also if nothing else is required
        demand(how, seed, source, policy=str(policy))
    marked(seed, replace(MARK, policy=policy_hash(policy)))
    if how != "template":
        demand(how, seed, source, policy=str(policy))
    with pytest.raises(UsageError):
        demand(how, seed, source, policy=str(tmp_path / "missing.toml"))


# --- the command line, pyproject.toml, pytest, pre-commit


def test_verify_works_without_a_database(seed: Path) -> None:
    nowhere = {"DATABASE_URL": "postgresql://127.0.0.1:1/nothing"}
    done = snapshot("verify", "--require-masked", str(seed), **nowhere)
    assert done.returncode == 3
    assert "is not masked" in done.stderr
    marked(seed, MARK)
    done = snapshot("verify", "--require-masked", str(seed), **nowhere)
    assert done.returncode == 0, done.stderr
    assert (
        "masked: policy aaaaaaaaaaaa · key bbbbbbbbbbbb · columns: email 2, name 1 · "
        "scanned for 1,200 originals: 2 allowed · restored to prove it" in done.stdout
    )


def test_the_hook_of_pre_commit_is_that_command() -> None:
    root = Path(__file__).parent.parent
    hook = (root / ".pre-commit-hooks.yaml").read_text()
    assert "id: snapshot-require-masked" in hook
    assert "entry: snapshot verify --require-masked seed_data\n" in hook
    assert "language: python\n" in hook


def test_json_and_show_say_it(seed: Path, source: str) -> None:
    marked(seed, replace(MARK, subset="c" * 64), subset="c" * 64)
    for words in (("show", str(seed)), ("verify", str(seed))):
        found = json.loads(snapshot(*words, "--json").stdout)
        assert found["masked"]["policy"] == "a" * 64
        assert found["masked"]["key"] == "b" * 32
        assert found["masked"]["scan"]["originals"] == 1200
        assert found["masked"]["proved"] is True
        assert found["subset"] == "c" * 64
        assert "subset cccccccccccc" in snapshot(*words).stdout
    marked(seed, None, subset=None)
    assert "masked: no" in snapshot("show", str(seed)).stdout
    assert json.loads(snapshot("verify", str(seed), "--json").stdout)["masked"] is None


@pytest.mark.parametrize("words", [("restore", "--confirm"), ("restore", "--strategy", "swap"),
    ("warm",), ("verify",)])  # fmt: skip
@pytest.mark.parametrize("where", ["option", "pyproject"])
def test_the_commands_demand_it(
    words: tuple[str, ...], where: str, seed: Path, source: str, tmp_path: Path
) -> None:
    if where == "pyproject":
        (tmp_path / "pyproject.toml").write_text("[tool.snapshot]\nrequire-masked = true\n")
    option = ["--require-masked"] if where == "option" else []
    done = snapshot(*words, str(seed), "-d", source, *option, cwd=tmp_path)
    assert done.returncode == 3, done.stdout + done.stderr
    assert "the snapshot is not masked, and that is required" in done.stderr


def test_pytest_demands_it(seed: Path, source: str, tmp_path: Path) -> None:
    project = tmp_path / "project"
    project.mkdir()
    (project / "test_app.py").write_text("def test_it(snapshot_db):\n    assert snapshot_db\n")

    def run(*options: str, ini: str = "", tool: str = "") -> str:
        (project / "pytest.ini").write_text(f"[pytest]\nsnapshot_directory = {seed}\n{ini}")
        (project / "pyproject.toml").write_text(tool)
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider",
             f"--snapshot-server={source}", *options],
            cwd=project, capture_output=True, text=True, check=False,
        )  # fmt: skip
        return done.stdout

    required = "[tool.snapshot]\nrequire-masked = true\n"
    for said in (run(ini="snapshot_require_masked = true\n"), run(tool=required)):
        assert "is not masked, and that is required" in said
    marked(seed, MARK)
    assert "1 passed" in run("--snapshot-require-masked", tool=required)


def test_the_container_demands_what_the_project_says(
    seed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.snapshot]\nrequire-masked = true\n")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(Refused, match="is not masked"), restored_postgres(seed):
        pass


# --- edits, merges, upgrades


def test_rows_that_were_edited_are_marked(seed: Path, source: str) -> None:
    marked(seed, MARK)
    file = seed / "data.sql"
    file.write_text(file.read_text().replace("\tone\n", "\tone of us\n"))
    edits = RestoreOptions(source, seed, confirm=True, accept_edits=True)
    with pytest.raises(Refused, match="edited by hand"):
        restore_snapshot(replace(edits, require_masked=True))
    assert load_manifest(seed).masked == MARK
    restore_snapshot(edits)
    assert load_manifest(seed).masked == replace(MARK, edited=True)
    assert "rows edited by hand" in snapshot("show", str(seed)).stdout
    with pytest.raises(Refused, match="edited by hand"):
        restore_snapshot(RestoreOptions(source, seed, confirm=True, require_masked=True))


ONE = "UPDATE customer SET name = 'Ours' WHERE id = 1"
OTHER = "INSERT INTO note VALUES ('theirs')"


@pytest.mark.parametrize(
    ("ours", "theirs", "result"),
    [
        (MARK, MARK, MARK),
        (MARK, None, None),
        (None, MARK, None),
        (MARK, replace(MARK, policy="c" * 64), None),
        (MARK, replace(MARK, key="c" * 32), None),
        (MARK, replace(MARK, scan=None), replace(MARK, scan=None)),
        (
            replace(MARK, edited=True),
            replace(MARK, proved=False, scan=replace(SCAN, hits=3, substrings=False)),
            replace(MARK, edited=True, proved=False, scan=replace(SCAN, hits=3, substrings=False)),
        ),
    ],
)
def test_the_mark_of_a_merge(
    ours: Masked | None,
    theirs: Masked | None,
    result: Masked | None,
    shop: Shop,
    servers: Callable[[int], str],
    tmp_path: Path,
) -> None:
    from shutil import copytree

    sides = {}
    for name, edits, masked in (("base", "", None), ("ours", ONE, ours), ("theirs", OTHER, theirs)):
        sides[name] = copytree(shop.snapshot(edits), tmp_path / name)
        marked(sides[name], masked)
    options = MergeOptions(**sides, directory=tmp_path / "result", url=servers(18))
    try:
        demand_masked(replace(load_manifest(sides["ours"]), masked=result))
    except Refused:
        with pytest.raises(Refused):
            merge_snapshots(replace(options, require_masked=True))
        assert not (tmp_path / "result").exists()
    assert merge_snapshots(options).manifest.masked == result
    assert load_manifest(tmp_path / "result").masked == result


def test_an_upgrade_keeps_the_mark(seed: Path, database: Database) -> None:
    manifest = load_manifest(seed)
    marked(seed, MARK, subset="c" * 64, source=replace(manifest.source, database=""))
    python = (
        f'{sys.executable} -c "import os, psycopg; '
        "c = psycopg.connect(os.environ['DATABASE_URL'], autocommit=True); "
        "c.execute('ALTER TABLE person ADD COLUMN more int')\""
    )
    report = upgrade_snapshot(UpgradeOptions(database(), seed, python, guard=Guard(allowed=("*",))))
    assert report.written
    assert report.manifest.masked == MARK
    assert report.manifest.subset == "c" * 64
    assert report.manifest.source.database == ""


# --- production


def test_production_is_not_written_without_a_word(source: str, tmp_path: Path) -> None:
    mark(source, "production")
    seed = tmp_path / "seed"
    with pytest.raises(Refused, match="environment: production") as raised:
        create_snapshot(CreateOptions(source, seed))
    assert "--unmasked" in raised.value.hint
    assert not seed.exists()
    done = snapshot("create", str(seed), "-d", source)
    assert done.returncode == 3
    assert not seed.exists()
    done = snapshot("create", str(seed), "-d", source, "--unmasked")
    assert done.returncode == 0, done.stderr
    assert load_manifest(seed).masked is None


def test_a_safety_snapshot_of_production_is_kept_all_the_same(source: str, seed: Path) -> None:
    mark(source, "production")
    execute(source, "UPDATE person SET name = 'mine'")
    with psycopg.connect(source) as connection:
        target = f"localhost/{connection.info.dbname}"
    report = restore_snapshot(RestoreOptions(source, seed, confirm=True, guard=Guard(allow=target)))
    assert report.backup
    assert load_manifest(report.backup).masked is None


@pytest.mark.parametrize(
    ("words", "setting", "policy"),
    [
        ((), "", None),
        (("--mask", "mine.toml"), "", "mine.toml"),
        ((), "rules/masking.toml", "rules/masking.toml"),
        (("--mask", "mine.toml"), "masking.toml", "mine.toml"),
        (("--unmasked",), "masking.toml", None),
    ],
)
def test_which_policy_create_masks_by(
    words: tuple[str, ...],
    setting: str,
    policy: str | None,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from snapshot.cli.settings import masking_policy

    if setting:
        (tmp_path / "pyproject.toml").write_text(f'[tool.snapshot]\nmask = "{setting}"\n')
    monkeypatch.chdir(tmp_path)
    found = masking_policy(words[1] if "--mask" in words else None, "--unmasked" in words)
    assert found == (policy if policy is None or words else str(tmp_path / policy))


@pytest.mark.parametrize(
    "words",
    [
        ("--mask", "masking.toml", "--unmasked"),
        ("--prove",),
        ("--ephemeral-key",),
        ("--new-key",),
        ("--no-scan",),
        ("--unmasked", "--prove"),
    ],
)
def test_options_of_create_that_contradict_each_other(
    words: tuple[str, ...], source: str, tmp_path: Path
) -> None:
    done = snapshot("create", str(tmp_path / "seed"), "-d", source, *words, cwd=tmp_path)
    assert done.returncode == 2, done.stderr
    assert not (tmp_path / "seed").exists()


# --- leaks of every snapshot

SECRET = "Zx9-planted-secret"
FOREIGN = sql.SQL(
    "CREATE FOREIGN DATA WRAPPER w; CREATE SERVER far FOREIGN DATA WRAPPER w OPTIONS (host 'h');"
    "CREATE USER MAPPING FOR public SERVER far OPTIONS (password {secret});"
    "CREATE USER MAPPING FOR CURRENT_USER SERVER far OPTIONS (username 'u', password {secret})"
).format(secret=sql.Literal(SECRET))


@pytest.mark.parametrize("version", [13, 18])
def test_options_of_user_mappings_are_nowhere(
    version: int, database: Database, tmp_path: Path
) -> None:
    source, seed = database(version), tmp_path / "seed"
    execute(source, SCHEMA)
    with psycopg.connect(source, autocommit=True) as connection:
        connection.execute(FOREIGN)
    report = create_snapshot(CreateOptions(source, seed, formats=FORMATS, with_privileges=True))
    assert any("options of the user mapping of public for server far" in n for n in report.notes)
    for path in seed.rglob("*"):
        assert path.is_dir() or SECRET.encode() not in path.read_bytes(), path
    text = (seed / "schema.sql").read_text()
    assert "CREATE USER MAPPING FOR public SERVER" in text
    target = database(version)
    for source_format in FORMATS:
        plan = PlanOptions(source_format=source_format, replace_schema=source_format != "sql")
        restore_snapshot(RestoreOptions(target, seed, confirm=True, plan=plan))
        query = "SELECT srvname, usename, umoptions FROM pg_user_mappings ORDER BY 1, 2"
        with psycopg.connect(target) as connection:
            role = connection.info.user
            expected = sorted([("far", "public", None), ("far", role, None)])
            assert connection.execute(query).fetchall() == expected
            server = connection.execute("SELECT srvoptions FROM pg_foreign_server").fetchall()
            assert server == [(["host=h"],)]
    assert verify_snapshot(seed, target).passed
    assert verify_snapshot(seed, source).passed


def test_backups_hold_no_options_of_user_mappings(source: str, seed: Path) -> None:
    with psycopg.connect(source, autocommit=True) as connection:
        connection.execute(FOREIGN)
    plan = PlanOptions(replace_schema=True)
    restore_snapshot(RestoreOptions(source, seed, confirm=True, plan=plan))
    state = Path(os.environ["XDG_STATE_HOME"])
    assert any(state.rglob("schema.sql"))
    for path in state.rglob("*"):
        assert path.is_dir() or SECRET.encode() not in path.read_bytes(), path


def test_names_of_user_mappings_are_quoted(database: Database, tmp_path: Path) -> None:
    source, target = database(), database()
    name = 'a "server" with\n-- Name: lines; Type: TABLE;'
    with psycopg.connect(source, autocommit=True) as connection:
        connection.execute("CREATE FOREIGN DATA WRAPPER w")
        for statement in (
            "CREATE SERVER {} FOREIGN DATA WRAPPER w",
            "CREATE USER MAPPING FOR public SERVER {}",
        ):
            connection.execute(sql.SQL(statement).format(sql.Identifier(name)))
    execute(source, SCHEMA)
    create_snapshot(CreateOptions(source, tmp_path / "seed"))
    restore_snapshot(RestoreOptions(target, tmp_path / "seed", confirm=True))
    with psycopg.connect(target) as connection:
        found = connection.execute("SELECT srvname, usename FROM pg_user_mappings").fetchall()
    assert found == [(name, "public")]


def test_a_snapshot_of_an_older_version_with_options_is_no_difference(
    source: str, tmp_path: Path
) -> None:
    """Its schema.json holds them: they are neither compared nor shown."""
    from spoil import reseal

    with psycopg.connect(source, autocommit=True) as connection:
        connection.execute(FOREIGN)
    seed = tmp_path / "seed"
    create_snapshot(CreateOptions(source, seed))
    file = seed / "schema.json"
    text = file.read_text()
    wanted = 'CREATE USER MAPPING FOR public SERVER \\"far\\";'
    assert wanted in text
    file.write_text(text.replace(wanted, wanted[:-1] + " OPTIONS (password 'old');"))
    reseal(seed, keep_checksums=True)
    assert verify_snapshot(seed, source).differences == ()


def test_no_pg_dump_writes_statistics_of_the_rows(servers: Callable[[int], str]) -> None:
    """ANALYZE keeps the most common values in clear; a dump of the schema has none of them."""
    from conftest import VERSIONS
    from servers import programs

    programs_here = {v: Path(found) for v in VERSIONS if (found := programs(v))}
    dumps = {v: f / "pg_dump" for v, f in programs_here.items() if (f / "pg_dump").exists()}
    assert dumps
    for number, server_version in enumerate(programs_here):
        server = servers(server_version)
        name = f"stats_{os.getpid()}_{number}"
        url = server.replace("/postgres?", f"/{name}?")
        execute(server, f"CREATE DATABASE {name}")
        try:
            _with_statistics(url)
            for version, pg_dump in dumps.items():
                if version >= server_version:
                    _refuse_values(pg_dump, url)
        finally:
            execute(server, f"DROP DATABASE {name} WITH (FORCE)")


def _with_statistics(url: str) -> None:
    execute(url, "CREATE TABLE person (name text, town text)")
    execute(
        url,
        f"INSERT INTO person SELECT '{SECRET}' || i % 3, '{SECRET}-town' || i % 3"
        " FROM generate_series(1, 3000) i",
    )
    execute(url, "CREATE STATISTICS both_ (mcv, dependencies) ON name, town FROM person")
    execute(url, "ANALYZE person")
    with psycopg.connect(url) as connection:
        query = "SELECT most_common_vals::text FROM pg_stats WHERE attname = 'name'"
        found = connection.execute(query).fetchone()
        assert found
        assert SECRET in found[0]


def _refuse_values(pg_dump: Path, url: str) -> None:
    for options in (["--schema-only"], ["--schema-only", "--format=custom", "--compress=0"]):
        done = subprocess.run(
            [pg_dump, *options, f"--dbname={url}"], capture_output=True, check=True
        )
        assert b"person" in done.stdout
        assert SECRET.encode() not in done.stdout, (pg_dump, options)


def test_a_snapshot_of_analyzed_rows_holds_none_in_its_schema(
    database: Database, tmp_path: Path
) -> None:
    url = database()
    _with_statistics(url)
    create_snapshot(CreateOptions(url, tmp_path / "seed"))
    for name in ("schema.sql", "schema.json", "manifest.json"):
        assert SECRET not in (tmp_path / "seed" / name).read_text()
