"""The schema, in pg_dump's words: never our own DDL writer."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

from psycopg import sql

from snapshot.catalog import Definition, Definitions, SchemaObject
from snapshot.errors import DatabaseFailed
from snapshot.planning.script import LOCK_TIMEOUT
from snapshot.planning.spelling import unquoted
from snapshot.postgres.archive import ArchiveEntry, read_entries
from snapshot.postgres.connection import Connection, pooled
from snapshot.postgres.introspect import read_internal_options, read_schemas
from snapshot.postgres.messages import is_discreet
from snapshot.postgres.programs import called_with, find_pg_dump
from snapshot.postgres.psql import SharedRead, shared_read
from snapshot.store.manifest import Manifest
from snapshot.store.temporary import temporary_folder

ARCHIVE = "schema"
ERRORS = "errors"
USER_MAPPING = "USER MAPPING"


class SchemaText(NamedTuple):
    """DDL before the rows (types, tables) and after them (indexes, keys, triggers)."""

    pre_data: str
    post_data: str
    definitions: Definitions  # every object by itself


# The text depends on these, and pg_dump leaves them to the settings of database and role.
SETTINGS = {
    "TimeZone": "UTC",
    "standard_conforming_strings": "on",
    "quote_all_identifiers": "off",
    "bytea_output": "hex",
    "xmlbinary": "base64",
    "lc_monetary": "C",
    "array_nulls": "on",
}
# What a snapshot leaves aside on purpose (docs/fidelity.md), and what is no object.
LEFT_ASIDE = frozenset((
    "ENCODING", "STDSTRINGS", "SEARCHPATH", "DATABASE", "DATABASE PROPERTIES", "SUBSCRIPTION",
    "SUBSCRIPTION TABLE", "SECURITY LABEL", "STATISTICS DATA", "BLOB", "BLOB METADATA", "BLOBS",
))  # fmt: skip
PRIVILEGES = frozenset(("ACL", "DEFAULT ACL"))
PUBLICATIONS = frozenset(("PUBLICATION", "PUBLICATION TABLE", "PUBLICATION TABLES IN SCHEMA"))
_TABLES = ("TABLE", "FOREIGN TABLE", "VIEW", "MATERIALIZED VIEW")
# the first object that these depend on is what they belong to
_OF_ANYTHING = ("COMMENT", "ACL", "SEQUENCE OWNED BY")
_OF_TABLES = (
    "CONSTRAINT", "CHECK CONSTRAINT", "FK CONSTRAINT", "INDEX", "TRIGGER", "RULE", "POLICY",
    "DEFAULT", "ROW SECURITY", "STATISTICS", "TABLE ATTACH",
)  # fmt: skip
# pg_dump's name of these is SQL, whose quotes depend on its version
_SQL_NAMES = ("FUNCTION", "PROCEDURE", "AGGREGATE", "CAST", "TRANSFORM", "COMMENT", "ACL")
# names that several objects may share, and what tells them apart
_TOLD_APART = {
    "OPERATOR": re.compile(r"^    ((?:LEFT|RIGHT)ARG = .+?),?$", re.M),
    "DEFAULT ACL": re.compile(r"(FOR ROLE \S+)"),
    "OPERATOR CLASS": re.compile(r"(USING \S+)"),
    "OPERATOR FAMILY": re.compile(r"(USING [^\s;]+)"),
}


class SchemaDump:
    """A pg_dump that runs at the same time, in the same exported snapshot."""

    def __init__(
        self,
        process: subprocess.Popen[bytes],
        folder: Path,
        pg_restore: Path,
        user_mappings: Mapping[str, str],
    ) -> None:
        self._process = process
        self._user_mappings = user_mappings
        self._archive = folder / ARCHIVE
        self._errors = folder / ERRORS
        self._pg_restore = pg_restore

    def result(
        self,
        with_privileges: bool,
        internal_options: Collection[str],
        with_publications: bool = False,
        with_comments: bool = True,
    ) -> SchemaText:
        """Wait for it and return its text.

        Without the options that are the server's own, and those of user mappings.

        Raises DatabaseFailed with pg_dump's own words if it failed.
        """
        found = self.definitions(
            with_privileges, internal_options, with_publications, with_comments
        )
        options = [] if with_privileges else ["--no-owner", "--no-privileges"]
        options += [] if with_publications else ["--no-publications"]
        options += [] if with_comments else ["--no-comments"]
        options += self._without_others()
        return SchemaText(
            definitions=found,
            pre_data=without_options(self._section("pre-data", options), internal_options)
            + self._mappings_text(),
            post_data=self._section("post-data", options),
        )

    def definitions(
        self,
        with_privileges: bool,
        internal_options: Collection[str],
        with_publications: bool = False,
        with_comments: bool = True,
    ) -> dict[SchemaObject, Definition]:
        """Wait for it and return every object by itself; raises as result() does."""
        entries = {entry.number: entry for entry in self._entries}
        aside = LEFT_ASIDE
        aside |= frozenset() if with_privileges else PRIVILEGES
        aside |= frozenset() if with_publications else PUBLICATIONS
        aside |= frozenset() if with_comments else {"COMMENT"}
        found: dict[SchemaObject, Definition] = {}
        objects: dict[int, SchemaObject] = {}
        for entry in self._entries:
            parent = _parent(entry, entries)
            if any(e and _left_aside(e, aside) for e in (entry, parent)):
                continue
            key = _object(entry)
            while key in found:
                key = key._replace(name=f"{key.name} (another)")
            objects[entry.number] = key
            found[key] = Definition(
                without_options(self._text(entry), internal_options),
                objects.get(parent.number) if parent else None,
                entry.access_method if entry.access_method != "heap" else "",
                entry.owner if with_privileges else "",
            )
        return found

    @cached_property
    def _entries(self) -> list[ArchiveEntry]:
        if self._process.wait():
            reason = _reason(self._errors.read_bytes())
            waited = "stop what alters the tables, or wait for it"
            rights = "connect as a role that may read every object, or leave schemas out with -N"
            raise DatabaseFailed(
                f"pg_dump could not read the schema: {_told(reason)}",
                hint=waited if "lock timeout" in reason else rights,
            )
        with self._archive.open("rb") as file:
            return list(read_entries(file))

    def _text(self, entry: ArchiveEntry) -> str:
        """What pg_dump wrote of an object; of a user mapping what may be told."""
        if entry.kind != USER_MAPPING:
            return entry.text
        if entry.name not in self._user_mappings:
            raise DatabaseFailed(
                f"{entry.name.lower()} is not in the catalog any more", hint="run the command again"
            )
        return self._user_mappings[entry.name]

    def _mappings_text(self) -> str:
        """The user mappings, in pg_dump's layout. No object depends on one."""
        return "".join(
            f"\n\n--\n-- Name: {' '.join(entry.name.split())}; Type: {USER_MAPPING}; Schema: -; "
            f"Owner: -\n--\n\n{self._text(entry)}"
            for entry in self._entries
            if entry.kind == USER_MAPPING
        )

    def _without_others(self) -> list[str]:
        """Options that leave out what another database does not understand, or nobody may see."""
        aside = {
            entry.number
            for entry in self._entries
            if _not_ours(entry) or entry.kind == USER_MAPPING
        }
        if not aside:
            return []
        wanted = self._archive.with_name("list")
        numbers = (f"{e.number};\n" for e in self._entries if e.number not in aside)
        wanted.write_text("".join(numbers))
        return [f"--use-list={wanted}"]

    def _section(self, section: str, options: Collection[str]) -> str:
        done = subprocess.run(  # noqa: S603
            [self._pg_restore, f"--section={section}", "--no-tablespaces", "--no-subscriptions",
             *options, "--file=-", self._archive],
            capture_output=True,
            check=False,
        )  # fmt: skip
        if done.returncode:
            reason = _told(_reason(done.stderr))
            raise DatabaseFailed(f"pg_restore could not write the schema: {reason}")
        return _body(done.stdout.decode())


@contextmanager
def target_schema(
    connection: Connection, url: str, exported_snapshot: str, manifest: Manifest
) -> Iterator[SchemaDump]:
    """Let pg_dump read those schemas of a target that the snapshot has, while the block runs."""
    others = [s for s in read_schemas(connection) if s not in manifest.schemas]
    read = shared_read(connection, url, exported_snapshot)
    with schema_dump(connection, read, others) as dump:
        yield dump


def read_definitions(
    connection: Connection, url: str, exported_snapshot: str, manifest: Manifest, like: Definitions
) -> Definitions:
    """The target's objects in the snapshot's schemas, as definitions_like() gives them."""
    with target_schema(connection, url, exported_snapshot, manifest) as dump:
        return definitions_like(connection, dump, manifest, like)


def definitions_like(
    connection: Connection, dump: SchemaDump, manifest: Manifest, like: Definitions
) -> Definitions:
    """What pg_dump read: with owners and privileges, or publications, if the others have them."""
    return dump.definitions(
        any(definition.owner for definition in like.values()),
        read_internal_options(connection),
        bool(manifest.publications),
    )


def read_user_mappings(connection: Connection) -> dict[str, str]:
    """The user mappings without their options, by the name that pg_dump gives them.

    The view shows them to every role (documentation: 54.35, pg_user_mappings).
    """
    rows = connection.execute("SELECT usename, srvname FROM pg_catalog.pg_user_mappings")
    return {
        f"{USER_MAPPING} {user} SERVER {server}": sql.SQL("CREATE USER MAPPING FOR {} SERVER {};\n")
        # PUBLIC is no role, and the server knows it by this name, with or without quotes
        .format(
            sql.SQL("public") if user == "public" else sql.Identifier(user), sql.Identifier(server)
        )
        .as_string(None)
        for user, server in rows
    }


def _not_ours(entry: ArchiveEntry) -> bool:
    """What pg_dump writes although it is not the user's.

    The trigger of a foreign key that is switched off (see queries/disabled_keys.sql), whose name no
    other database has; the comment of an extension, which CREATE EXTENSION makes and only the
    extension's owner may.
    """
    return (entry.kind == "TRIGGER" and "RI_ConstraintTrigger_" in entry.name) or (
        entry.kind == "COMMENT" and entry.name.startswith("EXTENSION ")
    )


def _left_aside(entry: ArchiveEntry, aside: frozenset[str]) -> bool:
    return (
        entry.kind in aside
        or _not_ours(entry)
        or (entry.kind == "COMMENT" and entry.name.startswith("DATABASE "))
        # every database has it, and a dump says of it what depends on who made the database
        or (entry.kind, entry.name) in (("SCHEMA", "public"), ("COMMENT", "SCHEMA public"))
    )


def _object(entry: ArchiveEntry) -> SchemaObject:
    name = entry.name
    if entry.kind in _SQL_NAMES:
        name = unquoted(name)
    if apart := _TOLD_APART.get(entry.kind):
        name = " ".join([name, *dict.fromkeys(apart.findall(entry.text))])
    return SchemaObject(entry.kind.lower(), entry.schema, name)


def _parent(entry: ArchiveEntry, entries: Mapping[int, ArchiveEntry]) -> ArchiveEntry | None:
    others = [entries[number] for number in entry.depends_on if number in entries]
    if entry.kind in _OF_TABLES:
        tables = [other for other in others if other.kind in _TABLES]
        # the name of a trigger is "table trigger"; a foreign key depends on two tables
        named = [other for other in tables if entry.name.startswith(f"{other.name} ")]
        others = named or tables
    elif entry.kind not in _OF_ANYTHING:
        return None
    return others[0] if others else None


@contextmanager
def schema_dump(
    connection: Connection, read: SharedRead, excluded_schemas: Iterable[str] = ()
) -> Iterator[SchemaDump]:
    """Start pg_dump on the exported snapshot; it is ended if the block is left early.

    `connection` is in the transaction that exported it.
    """
    pg_dump = find_pg_dump(read.server_version)
    # a pooler passes no settings on to the server
    settings = {} if pooled(connection) else SETTINGS
    user_mappings = read_user_mappings(connection)
    with (
        called_with(read.url, settings) as (conninfo, environment),
        temporary_folder() as folder,
    ):
        with (folder / ERRORS).open("wb") as errors:
            process = subprocess.Popen(  # noqa: S603
                [pg_dump, "--format=custom", "--compress=0", "--schema-only",
                 f"--file={folder / ARCHIVE}", f"--snapshot={read.exported_snapshot}",
                 f"--lock-wait-timeout={LOCK_TIMEOUT}", f"--dbname={conninfo}",
                 *(f"--exclude-schema={_pattern(schema)}" for schema in excluded_schemas)],
                env=environment,
                stdout=subprocess.DEVNULL,
                stderr=errors,
            )  # fmt: skip
        try:
            pg_restore = pg_dump.with_name("pg_restore")
            yield SchemaDump(process, folder, pg_restore, user_mappings)
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


def _told(reason: str) -> str:
    """What may be told of a program's words: the server's, in them, may quote values."""
    return "its words are left out, as they may quote values" if is_discreet() else reason


def _reason(stderr: bytes) -> str:
    lines = [line for line in stderr.decode(errors="replace").splitlines() if line.strip()]
    wanted = [line for line in lines if "error:" in line] or lines
    return wanted[0].split("error: ", 1)[-1] if wanted else "it gave no reason"
