"""A snapshot in a folder: what was checked is what is loaded, what stood there is kept."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import resource
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import psycopg
import pytest
from databases import build, disturb
from equality import content, differences

from snapshot.create import CreateOptions, create_snapshot
from snapshot.errors import Refused, SnapshotDamaged, SnapshotError
from snapshot.planning.restore_plan import PlanOptions, RestorePlan
from snapshot.planning.selection import Selection
from snapshot.progress import NO_PROGRESS
from snapshot.restore import RestoreOptions, restore_snapshot
from snapshot.restorers.parallel import fill
from snapshot.safety.backups import BackupOptions
from snapshot.status import database_status
from snapshot.store import in_place
from snapshot.store.manifest import FORMATS, load_manifest, manifest_document
from snapshot.store.reader import open_snapshot
from snapshot.verify import verify_snapshot

NONE = BackupOptions(keep=False)
Database = Callable[..., str]


@pytest.fixture
def cuebe(database: Database, tmp_path: Path) -> tuple[str, Path]:
    """A database, and a snapshot of it in all formats."""
    url = database()
    build(url, "cuebe")
    create_snapshot(CreateOptions(url, tmp_path / "s", formats=FORMATS))
    return url, tmp_path / "s"


def restore(url: str, directory: Path) -> None:
    restore_snapshot(RestoreOptions(url, directory, confirm=True, backup=NONE))


def everything(folder: Path) -> dict[str, object]:
    """All that is in a folder: what it is, its mode, its content."""
    found: dict[str, object] = {}
    for path in sorted(folder.rglob("*")):
        status = path.lstat()
        inside = os.readlink(path) if path.is_symlink() else None
        if path.is_file() and not path.is_symlink():
            inside = path.read_bytes().hex()
        found[str(path.relative_to(folder))] = (status.st_mode, status.st_ino, inside)
    return found


# --- what stood there is kept


def others(directory: Path) -> dict[str, object]:
    """Leave what users have beside a snapshot's files, and say what it is."""
    (directory / ".git" / "objects").mkdir(parents=True)
    (directory / ".git" / "config").write_text("[core]")
    (directory / ".gitattributes").write_text("* -text")
    (directory / ".dangling").symlink_to("nowhere")
    (directory / ".linked").symlink_to("/usr")
    os.mkfifo(directory / ".pipe")
    (directory / "empty").mkdir()
    return {name: it for name, it in everything(directory).items() if name.startswith((".", "emp"))}


def test_hidden_entries_and_empty_folders_are_kept(cuebe: tuple[str, Path]) -> None:
    url, directory = cuebe
    kept = others(directory)
    assert len(kept) == 8
    disturb(url)
    assert create_snapshot(CreateOptions(url, directory, formats=FORMATS)).changed
    assert {name: everything(directory).get(name) for name in kept} == kept
    assert verify_snapshot(directory, url).passed


def test_a_create_that_fails_leaves_everything_as_it_was(cuebe: tuple[str, Path]) -> None:
    url, directory = cuebe
    others(directory)
    before = everything(directory)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE ROLE stranger LOGIN")
    try:
        with pytest.raises(SnapshotError):
            create_snapshot(CreateOptions(url + "&options=-crole%3Dstranger", directory))
    finally:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("DROP ROLE stranger")
    assert everything(directory) == before


def test_a_first_create_that_fails_leaves_no_folders(database: Database, tmp_path: Path) -> None:
    selection = Selection(tables=("nothing",))
    with pytest.raises(SnapshotError):
        create_snapshot(CreateOptions(database(), tmp_path / "a" / "b" / "c", selection=selection))
    assert list(tmp_path.iterdir()) == []


def test_a_link_to_a_file_of_others_is_not_deleted(cuebe: tuple[str, Path]) -> None:
    url, directory = cuebe
    (directory / "photos").symlink_to("/usr")
    disturb(url)
    with pytest.raises(Refused, match="photos"):
        create_snapshot(CreateOptions(url, directory, formats=FORMATS))
    assert os.readlink(directory / "photos") == "/usr"


def test_the_folder_behind_a_link_is_replaced(cuebe: tuple[str, Path]) -> None:
    url, directory = cuebe
    link = directory.with_name("link")
    link.symlink_to("s")
    for _ in range(2):
        disturb(url)
        create_snapshot(CreateOptions(url, link, formats=FORMATS))
        assert link.is_symlink()
        assert verify_snapshot(directory, url).passed
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("DELETE FROM script_shares")
    dangling = directory.with_name("dangling")
    dangling.symlink_to("new")
    create_snapshot(CreateOptions(url, dangling, formats=FORMATS))
    assert verify_snapshot(directory.with_name("new"), url).passed


def test_the_folder_itself_stays(cuebe: tuple[str, Path]) -> None:
    """It may be a mount point, or lie where nothing can be made beside it."""
    url, directory = cuebe
    (directory).chmod(0o2750)
    before = directory.stat()
    disturb(url)
    create_snapshot(CreateOptions(url, directory, formats=("sql",)))
    after = directory.stat()
    assert (after.st_ino, after.st_mode) == (before.st_ino, before.st_mode)
    assert sorted(p.name for p in directory.parent.iterdir()) == ["s"]
    assert not (directory / "archive").exists()


def test_a_mount_point(database: Database, tmp_path: Path) -> None:
    """A volume of a container, say: it cannot be renamed."""
    url, directory = database(), tmp_path / "volume"
    build(url, "cuebe")
    directory.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "none", str(directory)], check=False)
    if mounted.returncode:
        pytest.skip("nothing may be mounted here")
    try:
        create_snapshot(CreateOptions(url, directory, formats=FORMATS))
        disturb(url)
        create_snapshot(CreateOptions(url, directory, formats=FORMATS))
        assert verify_snapshot(directory, url).passed
        assert os.path.ismount(directory)
        assert [p.name for p in directory.parent.iterdir() if "volume" in p.name] == ["volume"]
    finally:
        subprocess.run(["umount", str(directory)], check=True)


# --- what was checked is what is loaded


def flip(path: Path, position: int) -> None:
    data = bytearray(path.read_bytes())
    data[position] ^= 1
    path.write_bytes(data)


def append(path: Path, data: bytes) -> None:
    path.write_bytes(path.read_bytes() + data)


def line_of(path: Path, text: bytes) -> int:
    position = path.read_bytes().index(text)
    return position + len(text) - 1


SWAPPED: dict[str, tuple[str, Callable[[Path], object]]] = {
    "a row as SQL": ("sql", lambda d: flip(d / "data.sql", line_of(d / "data.sql", b"Macbeth"))),
    "a row as JSON": ("json", lambda d: flip(
        d / "seed_data.json", line_of(d / "seed_data.json", b"Macbeth"))),
    "the first line": ("sql", lambda d: flip(d / "data.sql", 4)),
    "the last line": ("sql", lambda d: flip(d / "data.sql", -2)),
    "behind the end": ("sql", lambda d: append(d / "data.sql", b"-- more\n")),
    "the end of the JSON": ("json", lambda d: flip(d / "seed_data.json", -2)),
    "a file that has gone": ("json", lambda d: (d / "seed_data.json").unlink()),
    "a file that is a FIFO": ("sql", lambda d: (
        (d / "data.sql").unlink(), os.mkfifo(d / "data.sql"))),
    "an archive of another table": ("archive", lambda d: shutil.copy(
        *sorted((d / "archive").iterdir())[:2])),
}  # fmt: skip


@pytest.mark.parametrize("verify", [True, False])
@pytest.mark.parametrize("what", SWAPPED)
def test_what_is_replaced_after_the_check_is_refused(
    what: str, verify: bool, cuebe: tuple[str, Path]
) -> None:
    url, directory = cuebe
    disturb(url)
    before = content(url)
    source_format, replace = SWAPPED[what]

    def approve(plan: RestorePlan) -> bool:
        replace(directory)
        return True

    options = RestoreOptions(
        url, directory, plan=PlanOptions(source_format=source_format), verify=verify, backup=NONE
    )
    with pytest.raises(SnapshotDamaged):
        restore_snapshot(options, approve)
    assert content(url) == before


@pytest.mark.parametrize("source_format", ["archive", "sql", "json"])
def test_another_snapshot_in_its_place_is_refused(
    source_format: str, cuebe: tuple[str, Path]
) -> None:
    url, directory = cuebe
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("""UPDATE "showsTable" SET title = upper(title)""")
    create_snapshot(CreateOptions(url, directory.with_name("other"), formats=FORMATS))
    before = content(url)

    def approve(plan: RestorePlan) -> bool:
        directory.rename(directory.with_name("old"))
        directory.with_name("other").rename(directory)
        return True

    plan = PlanOptions(source_format=source_format)
    options = RestoreOptions(url, directory, plan=plan, verify=False, backup=NONE)
    with pytest.raises(SnapshotDamaged, match=r"changed since it was checked|missing"):
        restore_snapshot(options, approve)
    assert content(url) == before


@pytest.mark.parametrize("many_rows", [1, 20_000])
@pytest.mark.parametrize("formats", [("archive",), ("sql",), ("json",)])
def test_side_by_side_too(
    formats: tuple[str, ...], many_rows: int, cuebe: tuple[str, Path], database: Database,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr("snapshot.restorers.parallel.MANY_ROWS", many_rows)
    url, directory = cuebe
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("""UPDATE "showsTable" SET title = upper(title)""")
    create_snapshot(CreateOptions(url, directory, formats=formats))
    source = open_snapshot(directory)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("""UPDATE "showsTable" SET title = lower(title)""")
    create_snapshot(CreateOptions(url, directory, formats=formats))
    with pytest.raises(SnapshotDamaged, match="changed since it was checked"):
        fill(database(), source, 2, False, NO_PROGRESS)


def test_what_is_remembered_is_what_was_read(cuebe: tuple[str, Path]) -> None:
    """The digest comes from the bytes that were parsed, not from a second look at the file."""
    url, directory = cuebe
    old = (directory / "manifest.json").read_bytes()

    def approve(plan: RestorePlan) -> bool:
        (directory / "manifest.json").write_bytes(b"{}")
        return True

    restore_snapshot(RestoreOptions(url, directory, backup=NONE), approve)
    restored = database_status(url).restored
    assert restored is not None
    assert restored.digest == hashlib.sha256(old).hexdigest()


# --- a snapshot that is kept is whole


@pytest.mark.parametrize("name", ["data.sql", "schema.sql", "archive"])
def test_a_flipped_byte_is_repaired(name: str, cuebe: tuple[str, Path]) -> None:
    url, directory = cuebe
    path = directory / name
    path = next(path.iterdir()) if path.is_dir() else path
    flip(path, 40)
    assert create_snapshot(CreateOptions(url, directory, formats=FORMATS)).changed
    assert verify_snapshot(directory, url).passed
    assert not create_snapshot(CreateOptions(url, directory, formats=FORMATS)).changed


def modes(directory: Path) -> set[int]:
    """The modes of the files with rows."""
    files = {path for path in directory.rglob("*") if path.is_file()}
    others = ("schema.sql", "schema.json", "manifest.json", ".gitattributes")
    rows = {path for path in files if path.name not in others}
    return {path.stat().st_mode & 0o777 for path in rows}


def test_a_snapshot_that_is_kept_gets_the_mode_that_is_asked_for(cuebe: tuple[str, Path]) -> None:
    url, directory = cuebe
    assert modes(directory) == {0o600}
    assert not create_snapshot(
        CreateOptions(url, directory, formats=FORMATS, readable=True)
    ).changed
    assert modes(directory) == {0o644}
    assert not create_snapshot(CreateOptions(url, directory, formats=FORMATS)).changed
    assert modes(directory) == {0o600}


@pytest.mark.parametrize("umask", [0, 0o077])
@pytest.mark.parametrize("readable", [True, False])
def test_modes_do_not_depend_on_the_umask(
    umask: int, readable: bool, database: Database, tmp_path: Path
) -> None:
    url = database()
    build(url, "cuebe")
    before = os.umask(umask)
    try:
        create_snapshot(
            CreateOptions(url, tmp_path / "a" / "s", formats=FORMATS, readable=readable)
        )
    finally:
        os.umask(before)
    assert modes(tmp_path / "a") == {0o644 if readable else 0o600}
    writable = [p for p in (tmp_path / "a").rglob("*") if p.stat().st_mode & 0o022]
    assert writable == []
    assert (tmp_path / "a").stat().st_mode & 0o022 == 0
    assert (tmp_path / "a" / "s").stat().st_mode & 0o777 == 0o755
    assert (tmp_path / "a" / "s" / "manifest.json").stat().st_mode & 0o777 == 0o644


# --- a create that is killed


@pytest.mark.parametrize("at", [0, 1, 5, 6, 12])
def test_a_create_killed_while_files_move(at: int, cuebe: tuple[str, Path]) -> None:
    """From the first move on it is the new snapshot, for whoever reads it; never half of one."""
    url, directory = cuebe
    kept = others(directory)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("DELETE FROM script_shares")
        connection.execute("REFRESH MATERIALIZED VIEW show_overview")
    expected = content(url)
    code = f"""
import os, pathlib, sys
import snapshot.create as c
from snapshot.store.manifest import FORMATS
moves = 0
def replace(self, target):
    global moves
    if moves == {at}:
        os.kill(os.getpid(), 9)
    moves += 1
    os.replace(self, target)
pathlib.Path.replace = replace
c.create_snapshot(c.CreateOptions(sys.argv[1], pathlib.Path(sys.argv[2]), formats=FORMATS))
"""
    done = subprocess.run([sys.executable, "-c", code, url, str(directory)], check=False)
    assert done.returncode == -9
    assert verify_snapshot(directory, url).passed
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("""UPDATE "showsTable" SET title = upper(title)""")
    restore(url, directory)
    assert content(url) == expected
    create_snapshot(CreateOptions(url, directory, formats=FORMATS))
    assert {p.name for p in directory.glob(".*")} == {n for n in kept if n.count("/") == 0} - {
        "empty"
    }
    assert verify_snapshot(directory, url).passed


# --- special files


def seal(directory: Path, document: dict[str, object]) -> None:
    """Write a manifest with any content, and the right checksum at its end."""
    body = json.dumps(document).removesuffix("}").encode()
    end = f',\n  "sha256": "{hashlib.sha256(body).hexdigest()}"\n}}\n'
    (directory / "manifest.json").write_bytes(body + end.encode())


def absurd(**changes: object) -> Callable[[Path], None]:
    return lambda directory: seal(
        directory, {**manifest_document(load_manifest(directory)), **changes}
    )


def absurd_table(**changes: object) -> Callable[[Path], None]:
    def arrange(directory: Path) -> None:
        document = manifest_document(load_manifest(directory))
        document["tables"][0] |= changes
        seal(directory, document)

    return arrange


def replaced(name: str, make: Callable[[Path], object]) -> Callable[[Path], None]:
    def arrange(directory: Path) -> None:
        path = directory / name
        shutil.rmtree(path) if path.is_dir() else path.unlink()
        make(path)

    return arrange


def a_socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as end:
        end.bind(str(path))


def elsewhere(directory: Path) -> None:
    shutil.move(directory / "archive", directory.with_name("elsewhere"))
    (directory / "archive").symlink_to("../elsewhere")


SPECIAL: dict[str, Callable[[Path], object]] = {
    "a manifest without end": replaced("manifest.json", lambda p: p.symlink_to("/dev/zero")),
    "a link to a manifest": lambda d: (
        (d / "manifest.json").rename(d.parent / "m"), (d / "manifest.json").symlink_to("../m")),
    "a FIFO for a manifest": replaced("manifest.json", os.mkfifo),
    "a folder for a manifest": replaced("manifest.json", Path.mkdir),
    "a socket for a manifest": replaced("manifest.json", a_socket),
    "a FIFO for rows": replaced("data.sql", os.mkfifo),
    "rows without end": replaced("data.sql", lambda p: p.symlink_to("/dev/zero")),
    "a FIFO for the schema": replaced("schema.sql", os.mkfifo),
    "an archive elsewhere": elsewhere,
    "a link in the archive": lambda d: (d / "archive" / "more").symlink_to("/usr"),
    "a FIFO more": lambda d: os.mkfifo(d / "pipe"),
    "a link to a folder more": lambda d: (d / "more").symlink_to("/usr"),
    "a chunk of 10^40": absurd_table(archive={"binary": True, "chunks": [[10**40, 1]]}),
    "a chunk of 2^63": absurd_table(archive={"binary": True, "chunks": [[0, 2**63]]}),
    "a chunk of text": absurd_table(archive={"binary": True, "chunks": [["1", "1"]]}),
    "a chunk of one": absurd_table(archive={"binary": True, "chunks": [[1]]}),
    "chunks that are text": absurd_table(archive={"binary": True, "chunks": "12"}),
    "an archive that is null": absurd_table(archive=None),
    "binary that is text": absurd_table(archive={"binary": "no", "chunks": []}),
    "rows of a fraction": absurd_table(rows=1.0),
    "rows of true": absurd_table(rows=True),
    "columns of text": absurd_table(columns="ab"),
    "a column without a type": absurd_table(columns=[{"name": "a", "type": None}]),
    "a configuration that is a list": absurd_table(configuration=["WHERE true"]),
    "a checksum that is a number": absurd_table(checksum=1),
    "a name that is a number": absurd_table(name=1),
    "schemas of text": absurd(schemas="public"),
    "formats of text": absurd(formats="sql"),
    "complete that is text": absurd(complete="false"),
    "extensions that are a list": absurd(extensions=[]),
    "an extension that is null": absurd(extensions={"citext": None}),
    "a relation of 10^40": absurd(relations=10**40),
    "large objects of a fraction": absurd(large_objects=0.5),
    "a sequence of text": absurd(sequences=[
        {"schema": "public", "name": "s", "last_value": "1", "is_called": True}]),
    "a sequence of 2^63": absurd(sequences=[
        {"schema": "public", "name": "s", "last_value": 2**63, "is_called": True}]),
    "a key of text": absurd(foreign_keys=["abc"]),
    "a server of text": absurd(source={
        "database": "d", "server_version": "18", "encoding": "UTF8", "fingerprint": ""}),
    "a file of null": absurd(files={"data.sql": None}),
    "a file with NUL in its name": absurd(files={"data.sql\0": {"sha256": "0", "size": 1}}),
    "a file without a name": absurd(files={"": {"sha256": "0", "size": 1}}),
    "a folder that is a number": absurd(folder=7),
    "a tool that is an object": absurd(tool={}),
}  # fmt: skip


@pytest.mark.parametrize("what", SPECIAL)
def test_only_plain_files_and_plain_values_are_read(what: str, cuebe: tuple[str, Path]) -> None:
    url, directory = cuebe
    before = content(url)
    SPECIAL[what](directory)
    done = subprocess.run(
        [sys.executable, "-m", "snapshot", "restore", str(directory), "-d", url, "--confirm"],
        capture_output=True, text=True, check=False, timeout=60,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (2 << 30, 2 << 30)),
    )  # fmt: skip
    assert done.returncode == 4, done.stderr
    assert "bug" not in done.stderr
    assert "hint" in done.stderr or "→" in done.stderr or len(done.stderr.splitlines()) > 1
    assert content(url) == before


# --- folders that are shared


def create_as_a_command(url: str, directory: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "snapshot", "create", str(directory), "-d", url],
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip


@pytest.fixture
def held() -> Iterator[Callable[[Path], None]]:
    """Holds a lock on a file or folder, as any user who can open it may."""
    with ExitStack() as stack:

        def hold(path: Path) -> None:
            descriptor = os.open(path, os.O_RDONLY | os.O_CREAT if not path.exists() else 0)
            stack.callback(os.close, descriptor)
            fcntl.flock(descriptor, fcntl.LOCK_EX)

        yield hold


def test_locks_of_others_on_the_folders_do_not_matter(
    cuebe: tuple[str, Path], held: Callable[[Path], None]
) -> None:
    url, directory = cuebe
    held(directory.parent)
    held(directory)
    disturb(url)
    done = create_as_a_command(url, directory)
    assert done.returncode == 0, done.stderr
    assert verify_snapshot(directory, url).passed


def test_a_create_that_does_not_end_is_named(
    cuebe: tuple[str, Path], held: Callable[[Path], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    url, directory = cuebe
    monkeypatch.setattr(in_place, "_PATIENCE", 0.2)
    held(directory / in_place.LOCK)
    before = everything(directory)
    with pytest.raises(SnapshotError, match=r"another process holds .*snapshot-lock") as caught:
        create_snapshot(CreateOptions(url, directory, formats=FORMATS))
    assert caught.value.hint
    assert everything(directory) == before


def test_names_like_our_leftovers(cuebe: tuple[str, Path]) -> None:
    """A FIFO that stands where one would be: nothing waits for its other end."""
    url, directory = cuebe
    for place in (directory.parent / ".s.incoming-x", directory / f"{in_place.INCOMING}x"):
        os.mkfifo(place)
    theirs = directory.parent / ".s.replaced"
    theirs.mkdir()
    (theirs / "file").write_text("theirs")
    disturb(url)
    done = create_as_a_command(url, directory)
    assert done.returncode == 0, done.stderr
    assert (theirs / "file").read_text() == "theirs"
    assert verify_snapshot(directory, url).passed
    lock = directory / in_place.LOCK
    os.mkfifo(lock)
    done = create_as_a_command(url, directory)
    assert done.returncode == 1
    assert "is no plain file" in done.stderr
    assert "None" not in done.stderr


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_folders_of_other_users_are_left_alone(cuebe: tuple[str, Path]) -> None:
    url, directory = cuebe
    theirs = directory / f"{in_place.INCOMING}x"
    theirs.mkdir()
    (theirs / "file").write_text("theirs")
    os.chown(theirs, 12345, 12345)
    disturb(url)
    create_snapshot(CreateOptions(url, directory, formats=FORMATS))
    assert (theirs / "file").read_text() == "theirs"
    complete = directory / ".snapshot-complete"
    shutil.copytree(directory, complete, ignore=lambda *_: [theirs.name, complete.name])
    flip(complete / "data.sql", 40)
    os.chown(complete, 12345, 12345)
    assert verify_snapshot(directory, url).passed
    before = everything(directory)
    with pytest.raises(SnapshotError, match="belongs to another user"):
        create_snapshot(CreateOptions(url, directory, formats=FORMATS))
    assert everything(directory) == before


@pytest.mark.parametrize(
    "where", ["file/inside", "readonly/s", "loop/s", "x" * 300, "a/" + "x" * 300]
)
def test_places_that_cannot_be_written_say_why(
    where: str, database: Database, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("x")
    (tmp_path / "readonly").symlink_to("/proc")
    (tmp_path / "loop").symlink_to("loop")
    with pytest.raises(SnapshotError, match="cannot write") as caught:
        create_snapshot(CreateOptions(database(), tmp_path / where))
    assert "None" not in caught.value.message
    assert (tmp_path / "file").read_text() == "x"
    assert {path.name for path in tmp_path.iterdir()} == {"file", "readonly", "loop"}


# --- what the process has


def test_more_than_a_thousand_open_files(cuebe: tuple[str, Path]) -> None:
    url, directory = cuebe
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 4096), hard))
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("DELETE FROM script_shares WHERE permission = 'view'")
        connection.execute("REFRESH MATERIALIZED VIEW show_overview")
    files = [os.open("/dev/null", os.O_RDONLY) for _ in range(1100)]
    try:
        create_snapshot(CreateOptions(url, directory, formats=FORMATS))
    finally:
        for file in files:
            os.close(file)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert verify_snapshot(directory, url).passed


def test_a_pipe_that_stays_small(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The system may refuse to widen it: that is no reason to fail."""
    monkeypatch.setattr("snapshot.exporters.archive.SMALL", 0)
    real = fcntl.fcntl

    def refuse(descriptor: int, command: int, argument: int = 0) -> int:
        if command == fcntl.F_SETPIPE_SZ:
            raise PermissionError(1, "Operation not permitted")
        return real(descriptor, command, argument)

    monkeypatch.setattr(fcntl, "fcntl", refuse)
    url, target = database(), database()
    build(url, "cuebe")
    create_snapshot(CreateOptions(url, tmp_path / "s", formats=("archive",)))
    restore(target, tmp_path / "s")
    assert differences(url, target) == []


def test_the_store_can_be_imported_where_there_is_no_fcntl() -> None:
    code = (
        "import sys; sys.modules['fcntl'] = None;"
        "import snapshot.store.writer, snapshot.store.reader, snapshot.postgres.psql"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
