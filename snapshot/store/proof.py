"""What this machine remembers of the rows that a restore brought, so that they are known again.

It is a claim about one history: docs/incremental.md says when it holds, and how that is shown.
"""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import orjson

from snapshot.catalog import Name
from snapshot.store.fields import Fields, typed, whole_number
from snapshot.store.folders import private_folder, state_folder
from snapshot.store.manifest import TableEntry

_FORMAT = 1


class Nonce(NamedTuple):
    """Transactions that did nothing, and which of them committed: chosen at random."""

    transactions: tuple[int, ...]  # 64-bit transaction IDs
    committed: tuple[bool, ...]


class BroughtTable(NamedTuple):
    """The rows of a table, as they lay when the restore committed."""

    content: str  # what they are: see content_of()
    relation: str  # digest of relation, files, columns and types
    rows: int
    writers: tuple[int, ...]  # 64-bit IDs of the transactions that wrote them


@dataclass(frozen=True)
class Proof:
    """What a restore left: where, by whom each table's rows were written, and the nonce after it.

    `database` is the OID, `server` what the meaning of the same bytes depends on.
    """

    database: int
    server: str
    nonce: Nonce
    tables: Mapping[Name, BroughtTable]
    at: str = ""


def content_of(entry: TableEntry, sealed: str, encoding: str) -> str:
    """What stands for a table's rows: their checksum, else the snapshot that they are of.

    `sealed` is the digest of the snapshot's manifest, `encoding` that of its source.
    """
    columns = [[column.name, column.type] for column in entry.columns]
    what = [encoding, entry.rows, columns]
    what += [entry.checksum] if entry.checksum else [sealed, *entry.name]
    return hashlib.sha256(orjson.dumps(what)).hexdigest()


def remember_proof(fingerprint: str, proof: Proof) -> None:
    """Record what a restore left. A home that cannot be written is no failure."""
    now = replace(proof, at=datetime.now(UTC).isoformat(timespec="seconds"))
    record = {
        "format": _FORMAT,
        "at": now.at,
        "database": proof.database,
        "server": proof.server,
        "nonce": [
            [number, flag]
            for number, flag in zip(proof.nonce.transactions, proof.nonce.committed, strict=True)
        ],
        "tables": [[*name, *table] for name, table in proof.tables.items()],
    }
    path = _path(fingerprint)
    with contextlib.suppress(OSError, orjson.JSONEncodeError):
        private_folder(path.parent)
        half = path.with_suffix(".half")
        half.write_bytes(orjson.dumps(record))
        half.replace(path)


def last_proof(fingerprint: str) -> Proof | None:
    """What the last restore of a database left, as far as this machine knows."""
    try:
        record = Fields(typed(dict, orjson.loads(_path(fingerprint).read_bytes())))
        if record.whole("format") != _FORMAT:
            return None
        nonce = [typed(list, item) for item in typed(list, record["nonce"])]
        return Proof(
            record.whole("database"),
            record.text("server"),
            Nonce(
                tuple(whole_number(number) for number, _ in nonce),
                tuple(typed(bool, flag) for _, flag in nonce),
            ),
            dict(_table(typed(list, item)) for item in typed(list, record["tables"])),
            record.text("at"),
        )
    except (OSError, KeyError, TypeError, ValueError):
        return None


def _table(item: list[object]) -> tuple[Name, BroughtTable]:
    schema, name, content, relation, rows, writers = item
    return Name(typed(str, schema), typed(str, name)), BroughtTable(
        typed(str, content),
        typed(str, relation),
        whole_number(rows),
        tuple(whole_number(number) for number in typed(list, writers)),
    )


def _path(fingerprint: str) -> Path:
    name = hashlib.sha256(fingerprint.encode()).hexdigest()[:16]
    return state_folder() / "restored" / f"{name}.rows"
