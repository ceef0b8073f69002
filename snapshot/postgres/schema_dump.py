"""The schema, in pg_dump's words: never our own DDL writer."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from snapshot.errors import DatabaseFailed
from snapshot.postgres.programs import called_with, find_pg_dump

ARCHIVE = "schema"
ERRORS = "errors"


class SchemaText(NamedTuple):
    """DDL before the rows (types, tables) and after them (indexes, keys, triggers)."""

    pre_data: str
    post_data: str


class SchemaDump:
    """A pg_dump that runs at the same time, in the same exported snapshot."""

    def __init__(self, process: subprocess.Popen[bytes], folder: Path, pg_restore: Path) -> None:
        self._process = process
        self._archive = folder / ARCHIVE
        self._errors = folder / ERRORS
        self._pg_restore = pg_restore

    def result(
        self,
        with_privileges: bool,
        internal_options: Collection[str],
        with_publications: bool = False,
    ) -> SchemaText:
        """Wait for it and return its text, without the options that are the server's own.

        Raises DatabaseFailed with pg_dump's own words if it failed.
        """
        if self._process.wait():
            raise DatabaseFailed(
                "pg_dump could not read the schema: " + _reason(self._errors.read_bytes()),
                hint="connect as a role that may read every object, or leave schemas out with -N",
            )
        options = [] if with_privileges else ["--no-owner", "--no-privileges"]
        options += [] if with_publications else ["--no-publications"]
        return SchemaText(
            without_options(self._section("pre-data", options), internal_options),
            self._section("post-data", options),
        )

    def _section(self, section: str, options: Collection[str]) -> str:
        done = subprocess.run(  # noqa: S603
            [self._pg_restore, f"--section={section}", "--no-tablespaces", "--no-subscriptions",
             *options, "--file=-", self._archive],
            capture_output=True,
            check=False,
        )  # fmt: skip
        if done.returncode:
            raise DatabaseFailed("pg_restore could not write the schema: " + _reason(done.stderr))
        return _body(done.stdout.decode())


@contextmanager
def schema_dump(
    url: str, exported_snapshot: str, server_version: int, excluded_schemas: Iterable[str] = ()
) -> Iterator[SchemaDump]:
    """Start pg_dump on the exported snapshot; it is ended if the block is left early."""
    pg_dump = find_pg_dump(server_version)
    with (
        called_with(url) as (conninfo, environment),
        TemporaryDirectory(prefix="snapshot-") as folder,
    ):
        with Path(folder, ERRORS).open("wb") as errors:
            process = subprocess.Popen(  # noqa: S603
                [pg_dump, "--format=custom", "--compress=0", "--schema-only",
                 f"--file={Path(folder, ARCHIVE)}", f"--snapshot={exported_snapshot}",
                 f"--dbname={conninfo}",
                 *(f"--exclude-schema={_pattern(schema)}" for schema in excluded_schemas)],
                env=environment,
                stdout=subprocess.DEVNULL,
                stderr=errors,
            )  # fmt: skip
        try:
            yield SchemaDump(process, Path(folder), pg_dump.with_name("pg_restore"))
        finally:
            process.kill()
            process.wait()


def _body(text: str) -> str:
    """What stands between the session's preamble and the closing remark.

    The preamble sets what older servers do not know (transaction_timeout), and psql's \\restrict
    has a random key; the objects all follow the first "-- Name:" comment.
    """
    start = text.find("\n--\n-- Name: ")
    if start < 0:
        return ""
    end = text.rfind("\n--\n-- PostgreSQL database dump complete\n")
    return text[start:end].strip("\n") + "\n"


_NAME = r'(?:[^"\n]|"[^"]*")+'
_COLUMN_OPTION = re.compile(
    rf"^(ALTER (?:FOREIGN )?TABLE ONLY {_NAME} ALTER COLUMN {_NAME} SET \()([^,()]+)(\);\n|, )",
    re.M,
)


def without_options(text: str, options: Collection[str]) -> str:
    """The text less these column options, each as the catalog spells it (name=value)."""

    def shortened(match: re.Match[str]) -> str:
        head, option, tail = match.groups()
        if option not in options:
            return match[0]
        return head if tail == ", " else ""

    return _COLUMN_OPTION.sub(shortened, text) if options else text


def _pattern(schema: str) -> str:
    return '"' + schema.replace('"', '""') + '"'


def _reason(stderr: bytes) -> str:
    lines = [line for line in stderr.decode(errors="replace").splitlines() if line.strip()]
    wanted = [line for line in lines if "error:" in line] or lines
    return wanted[0].split("error: ", 1)[-1] if wanted else "it gave no reason"
