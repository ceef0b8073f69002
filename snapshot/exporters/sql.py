"""SQL for psql: schema.sql is structure, the other three hold the rows as COPY blocks."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from snapshot.catalog import Name
from snapshot.exporters.base import TEXT, Structure, write_tables
from snapshot.planning.script import (
    ADVISORY_LOCK,
    LOCK_TIMEOUT,
    Script,
    count_check,
    create_schema,
    replace_rows,
    unseen_by,
)
from snapshot.planning.steps import Rows, Step, copy_header
from snapshot.postgres.connection import Connection
from snapshot.postgres.copying import Block
from snapshot.postgres.schema_dump import SchemaText
from snapshot.progress import Progress
from snapshot.store.definitions import dump_definitions
from snapshot.store.layout import (
    ADVANCED_SEED_SQL,
    COPY_END,
    DATA_SQL,
    SCHEMA_JSON,
    SCHEMA_SQL,
    SEED_SQL,
)
from snapshot.store.manifest import FileEntry, TableEntry
from snapshot.store.new_files import HashedFile
from snapshot.store.states import states_in
from snapshot.store.writer import NewSnapshot

# Only what every server from 13 on knows, and only for this transaction. The text of values depends
# on the last three.
_PREAMBLE = """\
BEGIN;
SET LOCAL search_path = '';
SET LOCAL client_encoding = 'UTF8';
SET LOCAL standard_conforming_strings = on;
SET LOCAL check_function_bodies = off;
SET LOCAL client_min_messages = warning;
SET LOCAL row_security = off;
SET LOCAL xmloption = content;
SET LOCAL IntervalStyle = 'postgres';
SET LOCAL lc_monetary = 'C';
"""

_HEAD = """\
-- The structure, as pg_dump wrote it.
SELECT pg_catalog.set_config('search_path', '', false);
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SET check_function_bodies = off;

"""

_TITLES = {
    DATA_SQL: "Rows, for a database that has the schema and no rows.",
    SEED_SQL: "Schema and rows, for an empty database.",
    ADVANCED_SEED_SQL: "Rows, for a database that has the schema: all its rows are replaced,\n"
    "-- in one transaction, also where foreign keys form cycles.",
}


def write_schema(target: NewSnapshot, schema: SchemaText) -> tuple[dict[str, FileEntry], int]:
    """Write schema.sql and schema.json; returns both, and the byte of post-data."""
    before = _HEAD.encode() + schema.pre_data.encode()
    files = {
        SCHEMA_SQL: before + schema.post_data.encode(),
        SCHEMA_JSON: dump_definitions(schema.definitions),
    }
    return {name: write_file(target, name, text) for name, text in files.items()}, len(before)


def write_file(target: NewSnapshot, name: str, content: bytes) -> FileEntry:
    """Write a whole file."""
    file = target.new_file(name)
    file.write(content)
    return file.close()


class SqlExporter:
    """data.sql, seed.sql and advanced_seed.sql."""

    def __init__(self, target: NewSnapshot) -> None:
        self._target = target
        self._files: dict[str, HashedFile] = {}
        self._structure: Structure | None = None
        self.spans: dict[Name, tuple[int, int]] = {}  # bytes of data.sql that hold a table's rows

    def begin(self, structure: Structure) -> None:
        """Write the steps that precede the rows."""
        self._structure = structure
        large_objects = structure.catalog.large_objects > 0
        scripts = self._scripts(Rows(structure.entries, (), (), large_objects))
        for name, script in scripts.items():
            self._files[name] = file = self._target.new_file(name)
            file.write(
                f"-- {_TITLES[name]}\n-- Run with: psql -v ON_ERROR_STOP=1 -f {name}\n\n".encode()
            )
            file.write(_PREAMBLE.encode())
            if name == ADVANCED_SEED_SQL:
                file.write(
                    f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT}';\n"
                    f"SELECT pg_catalog.pg_advisory_xact_lock({ADVISORY_LOCK});\n".encode()
                )
            for step in script.before:
                file.write(_step_text(step))

    def write_rows(self, source: Connection, progress: Progress) -> tuple[TableEntry, ...]:
        """COPY text in the order of the key."""
        assert self._structure
        return write_tables(source, self._structure, TEXT, self._write_table, progress)

    def finish(self, rows: Rows) -> dict[str, FileEntry]:
        """Write the steps that follow the rows."""
        assert self._structure
        check = count_check(rows, self._structure.catalog)
        for name, script in self._scripts(rows).items():
            file = self._files[name]
            for step in (*script.loaded, check, *script.after):
                file.write(_step_text(step))
            file.write(b"\nCOMMIT;\n")
        return {name: file.close() for name, file in self._files.items()}

    def _write_table(self, entry: TableEntry, blocks: Iterable[Block]) -> None:
        """Write a COPY block into each of the three files."""
        header = b"\n" + copy_header(entry)
        for file in self._files.values():
            file.write(header)
        start = self._files[DATA_SQL].position
        for block in blocks:
            for file in self._files.values():
                file.write(block.data)
        self.spans[entry.name] = start, self._files[DATA_SQL].position
        for file in self._files.values():
            file.write(COPY_END)

    def _scripts(self, rows: Rows) -> dict[str, Script]:
        structure = self._structure
        assert structure is not None
        deferrals = structure.order.deferred
        event_triggers = structure.catalog.event_triggers
        comments = structure.catalog.large_object_comments
        rows = replace(
            rows,
            states=states_in(structure.catalog),
            large_object_comments=comments,
            schemas=structure.catalog.schemas,
        )
        return {
            DATA_SQL: unseen_by(
                event_triggers, replace_rows(rows, structure.catalog, deferrals, empty_first=False)
            ),
            SEED_SQL: create_schema(rows, structure.schema.pre_data, structure.schema.post_data),
            ADVANCED_SEED_SQL: unseen_by(
                event_triggers, replace_rows(rows, structure.catalog, deferrals)
            ),
        }


def _step_text(step: Step) -> bytes:
    lines = [f"\n-- {step.title}: {step.why}"]
    for statement in step.statements:
        text = statement.as_string(None).rstrip()
        lines.append(text if text.endswith(";") else text + ";")
    return "\n".join(lines).encode() + b"\n"
