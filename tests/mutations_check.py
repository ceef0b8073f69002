"""Do the changes change what `pg_dump -s` writes? Run with the versions to try: 13 15 18."""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from pathlib import Path

import psycopg

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent), str(HERE.parent / "scripts")]
import servers as postgres_servers  # noqa: E402
from equality import PROGRAMS, without_internal_options  # noqa: E402
from mutations import ASIDE, Mutation, base, batches, of_version  # noqa: E402


def dumped(url: str) -> str:
    done = subprocess.run(
        [PROGRAMS / "pg_dump", "-s", "--no-owner", "--no-privileges", "-d", url],
        check=True,
        capture_output=True,
        text=True,
    )
    text = re.sub(r"^\\(un)?restrict .*\n", "", done.stdout, flags=re.M)
    return without_internal_options(text)


def check(version: int, server: str) -> int:
    """Print what fails or changes nothing, and return how many do."""
    found = 0

    def tell(mutation: Mutation, message: str) -> None:
        nonlocal found
        found += 1
        print(f"{version}: {mutation.statements}\n    {message}")  # noqa: T201

    maintenance = psycopg.connect(server, autocommit=True)
    maintenance.execute("DROP DATABASE IF EXISTS checked WITH (FORCE)")
    maintenance.execute("DROP DATABASE IF EXISTS based WITH (FORCE)")
    maintenance.execute("CREATE DATABASE based")
    with psycopg.connect(server.replace("/postgres?", "/based?"), autocommit=True) as connection:
        connection.execute(base(version))
    url = server.replace("/postgres?", "/checked?")
    for batch in batches(of_version(version)):
        maintenance.execute("CREATE DATABASE checked TEMPLATE based")
        before = dumped(url)
        with psycopg.connect(url, autocommit=True) as connection:
            for mutation in batch:
                try:
                    connection.execute(mutation.statements)
                except psycopg.Error as error:
                    tell(mutation, str(error))
                    continue
                after = dumped(url)
                if before == after:
                    tell(mutation, "changes nothing")
                before = after
        maintenance.execute("DROP DATABASE checked WITH (FORCE)")
    for aside in ASIDE:
        if version >= aside.since:
            maintenance.execute("CREATE DATABASE checked TEMPLATE based")
            try:
                with psycopg.connect(url, autocommit=True) as connection:
                    for statement in (*aside.statements, *aside.undo):
                        connection.execute(statement)
            except psycopg.Error as error:
                tell(Mutation("; ".join(aside.statements), "", ""), str(error))
            maintenance.execute("DROP DATABASE checked WITH (FORCE)")
    print(f"{version}: {len(of_version(version))} changes, {found} to be looked at")  # noqa: T201
    return found


def main() -> None:
    found = 0
    for version in map(int, sys.argv[1:] or ["13", "15", "18"]):
        with (
            tempfile.TemporaryDirectory() as folder,
            postgres_servers.running(version, Path(folder)) as server,
        ):
            found += check(version, server)
    sys.exit(min(found, 1))


if __name__ == "__main__":
    main()
