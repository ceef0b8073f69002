"""The names of a snapshot's files and the lines by which their parts are found."""

from __future__ import annotations

import re
from hashlib import sha256

import orjson

from snapshot.catalog import Name
from snapshot.store.manifest import FILE_NAME, TableEntry

SCHEMA_SQL = "schema.sql"
SCHEMA_JSON = "schema.json"
DATA_SQL = "data.sql"
SEED_SQL = "seed.sql"
ADVANCED_SEED_SQL = "advanced_seed.sql"
SEED_DATA_JSON = "seed_data.json"
RANGES_JSON = "ranges.json"
ARCHIVE = "archive"
FIXED_NAMES = (
    FILE_NAME,
    SCHEMA_SQL,
    SCHEMA_JSON,
    DATA_SQL,
    SEED_SQL,
    ADVANCED_SEED_SQL,
    SEED_DATA_JSON,
    RANGES_JSON,
)

COPY_END = b"\\.\n"
JSON_FORMAT = "snapshot/1"
JSON_ROWS_END = b"]}"


def json_header(entry: TableEntry) -> bytes:
    """The line that opens a table's rows in JSON, without its end."""
    head = orjson.dumps(
        {
            **entry.name._asdict(),
            "columns": [{"name": c.name, "type": c.type} for c in entry.columns],
        }
    )
    return head[:-1] + b',"rows":['


def archive_files(entry: TableEntry) -> list[str]:
    """The files with the rows of a table, in order: archive/schema.table.1.copy.zst, …"""
    return [archive_file(entry.name, number, entry.binary) for number in range(len(entry.chunks))]


def archive_file(table: Name, number: int, binary: bool) -> str:
    """archive/schema.table.1.copy.zst, or .binary.zst, where `number` is 0.

    Names that a file system might not keep apart get a suffix.
    """
    plain = ".".join(table)
    if not all(re.fullmatch(r"[a-z0-9_-]{1,63}", part) for part in table):
        readable = re.sub(r"[^A-Za-z0-9_.-]", "_", plain)[:100]
        plain = f"{readable}-{sha256(repr(tuple(table)).encode()).hexdigest()[:8]}"
    return f"{ARCHIVE}/{plain}.{number + 1}.{'binary' if binary else 'copy'}.zst"


def is_ours(name: str) -> bool:
    """Whether a file of this name, relative to the directory, is one that a snapshot may have."""
    return (
        name in FIXED_NAMES
        or re.fullmatch(rf"{ARCHIVE}/[^/]+\.(copy|binary)\.zst", name) is not None
    )
