"""Bad input, as a table: one clear line, a remedy, the documented exit code, nothing changed."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import orjson
import psycopg
import pytest
import servers as postgres_servers
from databases import build
from equality import content
from psycopg import sql
from spoil import reseal

from snapshot.change import ChangeOptions
from snapshot.cli import main
from snapshot.create import CreateOptions, create_snapshot
from snapshot.exporters import archive as archive_module
from snapshot.store.layout import archive_files
from snapshot.store.manifest import (
    FORMATS,
    load_manifest,
    manifest_document,
)
from snapshot.swap import SwapOptions, roll_back, swap_snapshot

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

Database = Callable[..., str]


class Case(NamedTuple):
    code: int
    message: str  # a regular expression, looked for in what the user sees
    arrange: Callable[[Path], object]
    options: tuple[str, ...] = ()


# --- ways to spoil a snapshot


def seal(directory: Path, document: dict[str, Any]) -> None:
    """Write a manifest with any content, and the right checksum at its end."""
    lines = [
        f"  {orjson.dumps(k).decode()}: {orjson.dumps(v).decode()}" for k, v in document.items()
    ]
    body = ("{\n" + ",\n".join(lines)).encode()
    digest = hashlib.sha256(body).hexdigest().encode()
    (directory / "manifest.json").write_bytes(body + b',\n  "sha256": "' + digest + b'"\n}\n')


def lie(**changes: Any) -> Callable[[Path], None]:
    """A manifest that says something else, and is sealed as if that were true."""

    def arrange(directory: Path) -> None:
        seal(directory, {**manifest_document(load_manifest(directory)), **changes})

    return arrange


def lie_about(table: str, **changes: Any) -> Callable[[Path], None]:
    def arrange(directory: Path) -> None:
        document = manifest_document(load_manifest(directory))
        entry = next(t for t in document["tables"] if t["name"] == table)
        entry.update(changes)
        seal(directory, document)

    return arrange


def write(name: str, data: bytes) -> Callable[[Path], None]:
    return lambda directory: (directory / name).write_bytes(data) and None


def change(name: str, old: str, new: str) -> Callable[[Path], None]:
    """Edit a file and make the manifest agree with it."""

    def arrange(directory: Path) -> None:
        path = directory / name
        text = path.read_text()
        assert old in text, old
        path.write_text(text.replace(old, new, 1))
        reseal(directory)

    return arrange


def change_bytes(name: str, old: bytes, new: bytes) -> Callable[[Path], None]:
    def arrange(directory: Path) -> None:
        path = directory / name
        data = path.read_bytes()
        assert old in data, old
        path.write_bytes(data.replace(old, new, 1))
        reseal(directory)

    return arrange


def miscounted(name: str, rows: int) -> Callable[[Path], None]:
    """Another number of rows, in the table's entry and in that of its chunk alike."""

    def arrange(directory: Path) -> None:
        (entry,) = (e for e in load_manifest(directory).tables if e.name.name == name)
        chunks = [[rows, entry.chunks[0].size]]
        lie_about(name, rows=rows, archive={"binary": entry.binary, "chunks": chunks})(directory)

    return arrange


def archive(data: Callable[[bytes], bytes]) -> Callable[[Path], None]:
    """Another content for the archive of one table, compressed properly."""

    def arrange(directory: Path) -> None:
        (name,) = archive_files(next(
            e for e in load_manifest(directory).tables if e.name.name == "script_shares"
        ))  # fmt: skip
        path = directory / name
        path.write_bytes(zstd.compress(data(zstd.decompress(path.read_bytes()))))
        reseal(directory)

    return arrange


def raw_archive(data: bytes) -> Callable[[Path], None]:
    def arrange(directory: Path) -> None:
        (path,) = (directory / "archive").glob("*.script_shares.*")
        path.write_bytes(data)
        reseal(directory)

    return arrange


def move(old: str, new: str) -> Callable[[Path], None]:
    return lambda directory: (directory / old).rename(directory / new) and None


def swap(directory: Path) -> None:
    one, other = directory / "data.sql", directory / "seed.sql"
    first, second = one.read_bytes(), other.read_bytes()
    one.write_bytes(second)
    other.write_bytes(first)


def symlink(directory: Path) -> None:
    shutil.move(directory / "data.sql", directory.parent / "elsewhere.sql")
    (directory / "data.sql").symlink_to(directory.parent / "elsewhere.sql")


def a_folder(directory: Path) -> None:
    (directory / "data.sql").unlink()
    (directory / "data.sql").mkdir()


def traversal(name: str) -> Callable[[Path], None]:
    def arrange(directory: Path) -> None:
        document = manifest_document(load_manifest(directory))
        document["files"][name] = {"sha256": "0" * 64, "size": 1}
        seal(directory, document)

    return arrange


def without(key: str) -> Callable[[Path], None]:
    def arrange(directory: Path) -> None:
        document = manifest_document(load_manifest(directory))
        del document[key]
        seal(directory, document)

    return arrange


def nothing(directory: Path) -> None:
    pass


JSON, SQL, ARCHIVE = ("--from", "json"), ("--from", "sql"), ("--from", "archive")


def schema_json(content: bytes) -> Callable[[Path], object]:
    """The file with another content, and a manifest that agrees with it."""
    return lambda directory: (write("schema.json", content)(directory), reseal(directory))


CASES: dict[str, Case] = {
    # files
    "no directory": Case(2, "there is no snapshot in", lambda d: shutil.rmtree(d)),
    "an empty directory": Case(4, "no manifest.json", lambda d: (shutil.rmtree(d), d.mkdir())),
    "a file in place of the directory": Case(
        2, "there is no snapshot", lambda d: (shutil.rmtree(d), d.write_text("x"))
    ),
    "a missing file": Case(4, "data.sql: missing", lambda d: (d / "data.sql").unlink()),
    "a missing schema": Case(4, "schema.sql: missing", lambda d: (d / "schema.sql").unlink()),
    "a missing archive": Case(4, "missing", lambda d: shutil.rmtree(d / "archive")),
    "a truncated file": Case(4, "bytes, should be", lambda d: os.truncate(d / "data.sql", 100)),
    "an empty file": Case(4, "0 bytes, should be", lambda d: os.truncate(d / "seed_data.json", 0)),
    "an extra file": Case(4, "x.sql: not part of", write("x.sql", b"SELECT 1")),
    "an extra file in the archive": Case(4, "not part of", write("archive/x.copy.zst", b"x")),
    "swapped files": Case(4, "data.sql", swap),
    "a renamed file": Case(4, "data.sql: missing", move("data.sql", "rows.sql")),
    "a link": Case(4, "data.sql: is a link", symlink),
    "a folder in place of a file": Case(4, "data.sql: ", a_folder),
    "an edited file": Case(4, "data.sql: ", lambda d: write("data.sql", b"-- mine")(d)),
    # the manifest
    "no manifest": Case(4, "no manifest.json", lambda d: (d / "manifest.json").unlink()),
    "an empty manifest": Case(4, "is not a manifest", write("manifest.json", b"")),
    "no JSON": Case(4, "is not a manifest", write("manifest.json", b"{nonsense")),
    "binary": Case(4, "is not a manifest", write("manifest.json", bytes(range(256)))),
    "a list": Case(4, "is not a manifest", write("manifest.json", b"[]")),
    "a number": Case(4, "is not a manifest", write("manifest.json", b"1")),
    "deep nesting": Case(4, "is not a manifest", write("manifest.json", b"[" * 1_000_000)),
    "a seal that is wrong": Case(4, "checksum of the others", write("manifest.json", b'{"format":1}')),
    "huge": Case(4, "is larger than", write("manifest.json", b" " * 300_000_000)),
    "a future format": Case(2, "format 4; this version reads up to 3", lie(format=4)),
    "a format for conflicts without any": Case(4, "it lists no conflicts", lie(format=3)),
    "format 0": Case(4, "no format version", lie(format=0)),
    "format true": Case(4, "no format version", lie(format=True)),
    "format null": Case(4, "no format version", lie(format=None)),
    "no tables": Case(4, "is not a manifest", without("tables")),
    "no files": Case(4, "is not a manifest", without("files")),
    "no source": Case(4, "is not a manifest", without("source")),
    "tables that are a number": Case(4, "is not a manifest", lie(tables=1)),
    "tables that are texts": Case(4, "is not a manifest", lie(tables=["a"])),
    "tables that are null": Case(4, "is not a manifest", lie(tables=[None])),
    "a source too rich": Case(4, "is not a manifest", lie(source={"x": 1})),
    "an unknown format": Case(4, "is not a manifest", lie(formats=["xml"])),
    "no format at all": Case(4, "is not a manifest", lie(formats=[])),
    "post_data beyond the file": Case(4, "post_data lies behind its end", lie(post_data=10**9), ("--replace-schema", "--allow-other-source")),
    "post_data below zero": Case(4, "is not a manifest", lie(post_data=-5)),
    "a path upwards": Case(4, "leaves the directory|is not a manifest", traversal("../data.sql")),
    "an absolute path": Case(4, "leaves the directory|is not a manifest", traversal("/etc/passwd")),
    "a path through the archive": Case(4, "not a manifest", traversal("archive/../../x.copy.zst")),
    "a file of another kind": Case(4, "run.sh: missing", traversal("run.sh")),
    "rows below zero": Case(4, "is not a manifest", lie_about("script_shares", rows=-1)),
    "rows that are text": Case(4, "is not a manifest", lie_about("script_shares", rows="many")),
    "rows too few": Case(4, "more than the 39 rows", miscounted("script_shares", 39), SQL),
    "rows too many": Case(4, "received 40 rows", miscounted("script_shares", 41), SQL),
    "rows too few in the archive": Case(4, "received 40 rows", miscounted("script_shares", 39)),
    "rows too many in the archive": Case(4, "received 40 rows", miscounted("script_shares", 41)),
    "chunks that do not add up": Case(4, "not a manifest", lie_about("script_shares", rows=41)),
    "a wrong checksum": Case(
        4, "some have another content", lie_about("script_shares", checksum="0" * 16)
    ),
    "a table twice": Case(
        4, "twice",
        lambda d: seal(d, (m := manifest_document(load_manifest(d))) and {**m, "tables": [*m["tables"], m["tables"][0]]}),
    ),
    "a column too few": Case(4, "a table is missing", lie_about("script_shares", columns=[{"name": "share_id", "type": "uuid"}]), SQL,
    ),
    "a schema of nothing": Case(4, "does not hold a schema", schema_json(b"[]")),
    "a schema of another format": Case(4, "its format is", schema_json(b'{"format":"x","objects":[]}')),
    "a schema without texts": Case(4, "does not hold a schema",
        schema_json(b'{"format":"snapshot-schema/1","objects":[{"kind":"table"}]}')),
    "a schema of numbers": Case(4, "does not hold a schema",
        schema_json(b'{"format":"snapshot-schema/1","objects":[1]}')),
    "a parent of one word": Case(4, "does not hold a schema", schema_json(
        b'{"format":"snapshot-schema/1","objects":[{"kind":"table","schema":"a","name":"b",'
        b'"definition":"","of":["x"]}]}')),
    "another table in the schema": Case(3, "missing in the target: table nowhere", schema_json(
        b'{"format":"snapshot-schema/1","objects":[{"kind":"table","schema":"public",'
        b'"name":"nowhere","definition":"CREATE TABLE"},{"kind":"table","schema":"public",'
        b'"name":"script_shares","definition":"CREATE TABLE"}]}')),
    "brackets without an end": Case(3, "differs", schema_json(
        b'{"format":"snapshot-schema/1","objects":[{"kind":"table","schema":"public",'
        b'"name":"script_shares","definition":"CREATE TABLE x '
        + b"(" * 100_000 + b")" * 100_000 + b'"}]}')),
    "tables in the wrong order": Case(
        4, "a table is missing",
        lambda d: seal(d, (m := manifest_document(load_manifest(d))) and {**m, "tables": m["tables"][::-1]}),
        (*SQL, "--full"),
    ),
    # rows as SQL
    "a row with a field too few": Case(
        1, "missing data for column|invalid input", change("data.sql", "\tMacbeth\t", "\t"), SQL),
    "a row with a field too many": Case(
        1, "extra data|invalid input", change("data.sql", "\tMacbeth\t", "\tMac\tbeth\t"), SQL),
    "a value of another type": Case(
        1, "invalid input syntax", change("data.sql", "\n1\t", "\none\t"), SQL),
    "bytes that are no UTF-8": Case(
        1, "invalid byte sequence", change_bytes("data.sql", b"Macbeth", b"Mac\xff\xfe"), SQL),
    "NUL in SQL": Case(
        1, "0x00|invalid byte", change_bytes("data.sql", b"Macbeth", b"Mac\x00eth"), SQL),
    "rows that do not end": Case(
        4, "do not end|a table is missing|more than the",
        change("data.sql", "\n\\.\n", "\n"), SQL),
    "a key twice": Case(1, "duplicate key|violate", change("data.sql", "\n2\t", "\n1\t"), SQL),
    # rows as JSON
    "a JSON line that is cut": Case(4, "is not JSON", change("seed_data.json", '{"user_id":1,', '{"user_id":1'), JSON),
    "a JSON list": Case(4, "is not JSON|is not an object", change("seed_data.json", '{"user_id":1,', '["user_id",1,'), JSON),
    "a JSON number": Case(
        4, "is not an object", lambda d: replace_line(d, '{"user_id":1,', "17,"), JSON),
    "an empty JSON line": Case(
        4, "is not JSON", lambda d: replace_line(d, '{"user_id":1,', ""), JSON),
    "an unknown column": Case(4, "which is no column", change("seed_data.json", '{"user_id":1,', '{"user_id":1,"x":1,'), JSON),
    "a missing column": Case(4, "lacks user_id", change("seed_data.json", '{"user_id":1,', "{"), JSON),
    "NUL in JSON": Case(4, "NUL", change("seed_data.json", '"rosalind"', '"ros\\u0000lind"'), JSON),
    "a lone surrogate": Case(4, "is not JSON", change("seed_data.json", '"rosalind"', '"\\ud800"'), JSON),
    "a text for a number": Case(1, "invalid input syntax", change("seed_data.json", '{"user_id":1,', '{"user_id":"one",'), JSON),
    "an object for a number": Case(1, "invalid input syntax", change("seed_data.json", '{"user_id":1,', '{"user_id":{},'), JSON),
    "a number out of range": Case(1, "out of range", change("seed_data.json", '{"user_id":1,', '{"user_id":99999999999,'), JSON),
    "null where none may be": Case(1, "null value", change("seed_data.json", '{"user_id":1,', '{"user_id":null,'), JSON),
    "an unknown enum label": Case(1, "invalid input value for enum", change("seed_data.json", '"permission":"view"', '"permission":"rule"'), JSON),
    "JSON tables in another order": Case(4, "a table is missing", lambda d: json_tables_reversed(d), JSON),
    # the archive
    "an archive that is no zstd": Case(4, "script_shares", raw_archive(b"not zstd at all"), ARCHIVE),
    "an archive that is cut": Case(4, "script_shares", lambda d: cut_archive(d), ARCHIVE),
    "an archive with a row too many": Case(4, "more than the [0-9,]+ bytes", archive(lambda rows: rows + rows), ARCHIVE),
    "an archive that explodes": Case(4, "more than the [0-9,]+ bytes", archive(lambda rows: rows + b"\n" * 200_000_000), ARCHIVE),
    "an archive of something else": Case(1, "signature not recognized", archive(lambda rows: b"x\n" * 40), ARCHIVE),
    # the command line
    "a format that is not there": Case(2, "Invalid value", nothing, ("--from", "xml")),
    "options that exclude each other": Case(2, "exclude each other", nothing, ("--data-only", "--replace-schema")),
    "edits of rows, and another schema": Case(2, "accept-edits takes all rows", nothing, ("--data-only", "--accept-edits")),
    "no edits to accept": Case(4, "only edits of", nothing, ("--accept-edits",)),
    "an unknown option": Case(2, "No such option", nothing, ("--force",)),
    "nobody confirms": Case(3, "nobody confirmed", nothing, ("NO CONFIRM",)),
}  # fmt: skip


def replace_line(directory: Path, start: str, new: str) -> None:
    path = directory / "seed_data.json"
    lines = [new if line.startswith(start) else line for line in path.read_text().split("\n")]
    path.write_text("\n".join(lines))
    reseal(directory)


def json_tables_reversed(directory: Path) -> None:
    path = directory / "seed_data.json"
    head, *tables, tail = re.split(r"\n(?=\{\"schema\"|\]\}\n$)", path.read_text())
    path.write_text("\n".join([head, *tables[::-1], tail]))
    reseal(directory)


def cut_archive(directory: Path) -> None:
    (path,) = (directory / "archive").glob("*.script_shares.*")
    path.write_bytes(path.read_bytes()[:-20])
    reseal(directory)


@pytest.fixture(scope="module")
def prepared(servers: Callable[[int], str], tmp_path_factory: pytest.TempPathFactory,
             ) -> Iterator[tuple[str, Path, dict[str, object]]]:  # fmt: skip
    """One database and one snapshot for the whole table: neither is ever changed."""
    name = f"bad_input_{os.getpid()}"
    with psycopg.connect(servers(18), autocommit=True) as admin:
        admin.execute(sql.SQL(f"CREATE DATABASE {name}"))
    url = servers(18).replace("/postgres?", f"/{name}?")
    build(url, "cuebe")
    directory = tmp_path_factory.mktemp("bad") / "s"
    create_snapshot(CreateOptions(url, directory, formats=FORMATS))
    yield url, directory, content(url)
    with psycopg.connect(servers(18), autocommit=True) as admin:
        admin.execute(sql.SQL(f"DROP DATABASE {name} WITH (FORCE)"))


def run(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, *words: str
) -> tuple[int, str]:
    """What a user gets: exit code, and all that is printed."""
    monkeypatch.setattr(sys, "argv", ["snapshot", *words])
    code = 0
    try:
        main()
    except SystemExit as stop:
        code = int(stop.code or 0)
    out, err = capsys.readouterr()
    return code, out + err


@pytest.mark.parametrize("name", CASES)
def test_bad_input(
    name: str,
    prepared: tuple[str, Path, dict[str, object]],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    url, original, before = prepared
    case = CASES[name]
    directory = tmp_path / "s"
    shutil.copytree(original, directory)
    case.arrange(directory)
    files = {p: p.read_bytes() for p in directory.rglob("*") if p.is_file()}
    confirm = () if case.options == ("NO CONFIRM",) else ("--confirm", *case.options)
    containers = () if "--project" in case.options else ("--no-containers",)
    words = ["restore", str(directory), "-d", url, "--no-backup", *containers, *confirm]
    code, shown = run(capsys, monkeypatch, *words)
    assert re.search(case.message, shown), shown
    assert code == case.code, shown
    assert "Traceback" not in shown
    assert "bug in snapshot" not in shown
    if "Usage:" not in shown:
        assert sum(line.startswith("error: ") for line in shown.splitlines()) == 1
        assert "hint: " in shown
    assert content(url) == before
    assert {p: p.read_bytes() for p in directory.rglob("*") if p.is_file()} == files


# --- servers that cannot be worked with


@pytest.fixture(scope="module")
def guarded(run_folder: Path) -> Iterator[tuple[str, Path]]:
    """A server on TCP that asks for passwords."""
    folder = run_folder / f"guarded-{os.getpid()}"
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    admin = postgres_servers.start(18, folder)
    with psycopg.connect(admin, autocommit=True) as connection:
        connection.execute("CREATE ROLE app LOGIN PASSWORD 'right-secret'")
        connection.execute("CREATE DATABASE app OWNER app")
        connection.execute("CREATE DATABASE closed OWNER app ALLOW_CONNECTIONS false")
        connection.execute("CREATE ROLE nologin NOLOGIN PASSWORD 'right-secret'")
        connection.execute("ALTER SYSTEM SET listen_addresses = '127.0.0.1'")
        connection.execute(sql.SQL("ALTER SYSTEM SET port = {}").format(port))
    (folder / "data" / "pg_hba.conf").write_text(
        "local all postgres trust\nhostssl app postgres 127.0.0.1/32 trust\n"
        "host all all 127.0.0.1/32 scram-sha-256\n"
    )
    postgres_servers.stop(18, folder, "fast")
    found = postgres_servers.programs(18)
    assert found
    postgres_servers.run(
        found / "pg_ctl", "-w", "-s", "-D", folder / "data", "-l", folder / "log",
        "-o", f"-k {folder}", "start",
    )  # fmt: skip
    yield f"127.0.0.1:{port}", folder
    postgres_servers.stop(18, folder)
    shutil.rmtree(folder, ignore_errors=True)


CONNECTIONS: dict[str, tuple[int, str, str]] = {
    "nobody listens": (1, "Connection refused", "postgresql://app:wrong-secret@127.0.0.1:1/app"),
    "an unknown host": (1, "cannot connect", "postgresql://app:wrong-secret@no.such.host.invalid/app"),
    "no socket": (1, "cannot connect", "postgresql:///app?host=/nowhere"),
    "a wrong password": (1, "password authentication failed", "postgresql://app:wrong-secret@{0}/app"),
    "no password": (1, "password", "postgresql://app@{0}/app"),
    "no such role": (1, "password authentication failed", "postgresql://nobody:wrong-secret@{0}/app"),
    "a role that may not log in": (1, "not permitted to log in", "postgresql://nologin:right-secret@{0}/app"),
    "no such database": (1, "does not exist", "postgresql://app:right-secret@{0}/nowhere"),
    "a closed database": (1, "not currently accepting", "postgresql://app:right-secret@{0}/closed"),
    "TLS required, and none there": (1, "SSL", "postgresql://app:right-secret@{0}/app?sslmode=require"),
    "TLS asked for by the server": (1, "pg_hba.conf|no encryption|password", "postgresql://postgres@{0}/app?sslmode=disable"),
    "an unknown parameter": (2, "has the parameter nonsense", "postgresql://app:wrong-secret@{0}/app?nonsense=1"),
    "a bad port": (1, "port", "postgresql://app:wrong-secret@127.0.0.1:99999/app"),
    "another scheme": (2, "is not a PostgreSQL URL", "mysql://app:wrong-secret@{0}/app"),
    "an empty URL": (2, "is empty", " "),
    "no URL": (2, "cannot be understood", "wrong-secret"),
}  # fmt: skip
HINTS = {
    "nobody listens": "no server runs there",
    "an unknown host": "check the host's name",
    "no socket": "no server runs there",
    "a wrong password": "check user and password",
    "no password": "check user and password",
    "a role that may not log in": "ALTER ROLE … LOGIN",
    "no such database": "restore --create",
    "a closed database": "ALLOW_CONNECTIONS",
    "TLS required, and none there": "check sslmode",
    "a bad port": "from 1 to 65535",
}


@pytest.mark.parametrize("command", ["create", "restore", "status"])
@pytest.mark.parametrize("name", CONNECTIONS)
def test_no_way_in(
    name: str,
    command: str,
    guarded: tuple[str, Path],
    prepared: tuple[str, Path, dict[str, object]],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    code, message, url = CONNECTIONS[name]
    words = {
        "create": ["create", str(tmp_path / "new")],
        "restore": ["restore", str(prepared[1]), "--confirm", "--no-containers"],
        "status": ["status"],
    }[command]
    found, shown = run(capsys, monkeypatch, *words, "-d", url.format(guarded[0]))
    assert re.search(message, shown), shown
    assert found == code
    assert "secret" not in shown
    assert "Traceback" not in shown
    assert "hint: " in shown
    assert HINTS.get(name, "") in shown.partition("hint: ")[2]
    assert not (tmp_path / "new").exists()


def test_a_server_that_is_starting(
    guarded: tuple[str, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """During crash recovery connections are refused with a reason of their own."""
    address, folder = guarded
    standby = folder / "data" / "standby.signal"
    found = postgres_servers.programs(18)
    assert found
    postgres_servers.stop(18, folder, "immediate")
    standby.touch()
    try:
        postgres_servers.run(
            found / "pg_ctl", "-s", "-W", "-D", folder / "data", "-l", folder / "log",
            "-o", f"-k {folder} -c hot_standby=off", "start",
        )  # fmt: skip
        deadline = 100
        shown = ""
        while deadline and "accepting connections" not in shown:
            deadline -= 1
            code, shown = run(
                capsys, monkeypatch, "status", "-d",
                f"postgresql://app:right-secret@{address}/app",
            )  # fmt: skip
            assert code == 1
        assert "not yet accepting connections" in shown or "not accepting connections" in shown
        assert "hint: " in shown
    finally:
        postgres_servers.stop(18, folder)
        standby.unlink()
        postgres_servers.run(
            found / "pg_ctl", "-w", "-s", "-D", folder / "data", "-l", folder / "log",
            "-o", f"-k {folder}", "start",
        )  # fmt: skip


# --- places that cannot be written


def test_a_full_disk(
    prepared: tuple[str, Path, dict[str, object]], tmp_path: Path,
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    url, original, _ = prepared
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1100k", "tmpfs", disk],
        check=False,
        capture_output=True,
    )
    if mounted.returncode:
        pytest.skip("only root may mount a small disk")
    try:
        shutil.copytree(original, disk / "s")
        before = {p: p.read_bytes() for p in disk.rglob("*") if p.is_file()}
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(
                "CREATE TABLE large AS SELECT repeat(md5(g::text), 50) FROM generate_series(1, 900) g"
            )
        try:
            words = ["create", str(disk / "s"), "-d", url]
            code, shown = run(capsys, monkeypatch, *words)
        finally:
            with psycopg.connect(url, autocommit=True) as connection:
                connection.execute("DROP TABLE large")
        assert code == 1
        assert "No space left on device" in shown
        assert "hint: " in shown
        assert {p: p.read_bytes() for p in disk.rglob("*") if p.is_file()} == before
    finally:
        subprocess.run(["umount", disk], check=True)


@pytest.mark.parametrize(
    ("place", "code", "message"),
    [
        ("file/inside", 1, "Not a directory|cannot write"),
        ("file", 3, "is not a directory"),
        ("full", 3, "holds files that are not part of a snapshot"),
        ("/proc/nowhere/s", 1, "cannot write"),
    ],
)
def test_places_that_cannot_be_written(
    place: str, code: int, message: str, prepared: tuple[str, Path, dict[str, object]],
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    (tmp_path / "file").write_text("mine")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "thesis.txt").write_text("mine")
    found, shown = run(capsys, monkeypatch, "create", str(tmp_path / place), "-d", prepared[0])
    assert (found, bool(re.search(message, shown))) == (code, True), shown
    assert (tmp_path / "file").read_text() == "mine"
    assert [p.name for p in (tmp_path / "full").iterdir()] == ["thesis.txt"]


def test_passwords_are_on_no_command_line(
    guarded: tuple[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Programs that write down how they were called, and then do their work."""
    found = postgres_servers.programs(18)
    assert found
    folder = tmp_path / "bin"
    folder.mkdir()
    for program in ("pg_dump", "pg_restore", "psql"):
        (folder / program).write_text(
            f'#!/bin/sh\necho "{program} $*" >> {tmp_path}/called\nexec {found / program} "$@"\n'
        )
        (folder / program).chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
    url = f"postgresql://app:right-secret@{guarded[0]}/app"
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS t (id int)")
        connection.execute("INSERT INTO t VALUES (1)")
    monkeypatch.setattr(archive_module, "SMALL", 0)
    create_snapshot(CreateOptions(url, tmp_path / "s", formats=FORMATS))
    with psycopg.connect(
        f"postgresql://postgres@/postgres?host={guarded[1]}&port={guarded[0].split(':')[1]}"
    ) as admin:
        admin.execute("ALTER ROLE app CREATEDB")
    swap_snapshot(SwapOptions(url, tmp_path / "s", confirm=True))
    roll_back(ChangeOptions(url, confirm=True))
    called = (tmp_path / "called").read_text()
    assert "pg_dump --format" in called
    assert "psql --no-psqlrc" in called
    assert "user=app" in called
    assert "secret" not in called
    for path in (tmp_path / "s").rglob("*"):
        assert not path.is_file() or b"secret" not in path.read_bytes()
