"""What PostgreSQL's own test of pg_dump creates: src/bin/pg_dump/t/002_pg_dump.pl, read by perl.

    scripts/pg_dump_statements.py 15 18      # fetch the files, list their statements

The file is taken from Debian's source package by apt-get, with lists of its own, so that any user
can do it and nothing of the system changes. It is kept in a cache.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from dataclasses import dataclass
from pathlib import Path

from servers import CACHE

FILE = "src/bin/pg_dump/t/002_pg_dump.pl"
DATABASE = "postgres"  # where the file puts what names no database
RELEASES = {15: "bookworm", 17: "trixie", 18: "forky"}  # of Debian
KEYS = Path("/usr/share/keyrings/debian-archive-keyring.gpg")

# %tests is all that is wanted: modules are stubs, and the file ends where its server is made
PERL = r"""
    BEGIN {
        $INC{"$_.pm"} = 1 for qw(PostgreSQL/Test/Cluster PostgreSQL/Test/Utils Test/More);
        $ENV{with_icu} = 'no';
        sub PostgreSQL::Test::Utils::tempdir { '/nowhere' }
        sub check_pg_config { 0 }
    }
    local $/;
    open my $file, '<', $ARGV[0] or die "$ARGV[0]: $!";
    my $text = <$file>;
    $text =~ s/^use warnings.*//m;
    $text =~ s/^my \$node = .*//ms or die 'no server is made in it';
    our %found;
    eval "$text; %main::found = %tests; 1" or die $@;
    my @names = sort {
        ($found{$a}{create_order} // 1e9) <=> ($found{$b}{create_order} // 1e9) || $a cmp $b
    } grep { $found{$_}{create_sql} } keys %found;
    print "$_\0", $found{$_}{database} // '', "\0$found{$_}{create_sql}\0" for @names;
"""


class Unavailable(Exception):
    """The file cannot be had here, or not be read; says why."""


@dataclass(frozen=True)
class Statement:
    """What one of the tests creates: one or several commands."""

    name: str
    database: str
    text: str


def statements(version: int) -> list[Statement]:
    """In the order in which they are to be run."""
    try:
        done = subprocess.run(
            ["perl", "-e", PERL, fetch(version)], capture_output=True, text=True, check=False
        )
    except FileNotFoundError:
        raise Unavailable("perl is not installed") from None
    if done.returncode:
        raise Unavailable(f"perl: {done.stderr.strip()[:500]}")
    words = done.stdout.split("\0")[:-1]
    return [
        Statement(name, database or DATABASE, f"{text.strip().removesuffix(';')};")
        for name, database, text in zip(*[iter(words)] * 3, strict=True)
    ]


def fetch(version: int) -> Path:
    """The file of that version, else of the newest earlier one that can be had."""
    reasons = []
    for candidate in sorted((v for v in RELEASES if v <= version), reverse=True):
        kept = CACHE / f"002_pg_dump-{candidate}.pl"
        try:
            if not kept.exists():
                _download(candidate, kept)
            return kept
        except (OSError, subprocess.SubprocessError, tarfile.TarError, Unavailable) as error:
            reasons.append(f"{candidate}: {error}")
    raise Unavailable(f"no source package of PostgreSQL can be had: {'; '.join(reasons)}")


def _download(version: int, kept: Path) -> None:
    if not shutil.which("apt-get") or not KEYS.exists():
        raise Unavailable("this is not Debian")
    CACHE.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=CACHE) as name:
        folder = Path(name)
        for needed in ("state/lists/partial", "cache/archives/partial", "parts"):
            (folder / needed).mkdir(parents=True)
        (folder / "parts" / "source.list").write_text(
            f"deb-src [signed-by={KEYS}] http://deb.debian.org/debian {RELEASES[version]} main\n"
        )
        _apt(folder, "update")
        _apt(folder, "source", "--download-only", "--tar-only", f"postgresql-{version}")
        (archive,) = folder.glob("*.orig.tar.*")
        with tarfile.open(archive, "r|*") as file:
            member = next((m for m in file if m.name.endswith(FILE)), None)
            content = file.extractfile(member) if member else None
            if content is None:
                raise Unavailable(f"{archive.name} has no {FILE}")
            (folder / kept.name).write_bytes(content.read())
        (folder / kept.name).rename(kept)


def _apt(folder: Path, *words: str) -> None:
    options = {
        "Dir::State": folder / "state",
        "Dir::Cache": folder / "cache",
        "Dir::Etc::SourceList": os.devnull,
        "Dir::Etc::SourceParts": folder / "parts",
        "APT::Sandbox::User": "root",  # another could not write here
        "APT::Update::Error-Mode": "any",
        "Acquire::Languages": "none",
        "Acquire::Retries": 0,
        "Acquire::http::Timeout": 20,
    }
    pairs = [word for name, value in options.items() for word in ("-o", f"{name}={value}")]
    done = subprocess.run(
        ["apt-get", "-q", *pairs, *words],
        cwd=folder, capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip
    if done.returncode:
        raise Unavailable(" ".join(done.stderr.split())[-300:])


def main() -> None:
    """List the statements of some versions."""
    if not sys.argv[1:]:
        sys.exit(__doc__)
    for version in map(int, sys.argv[1:]):
        found = statements(version)
        print(f"{version}: {len(found)} statements, of {fetch(version)}")
        for statement in found:
            print(f"    {statement.database}: {statement.name}")


if __name__ == "__main__":
    main()
