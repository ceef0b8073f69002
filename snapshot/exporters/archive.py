"""archive/: the rows of each table in compressed files, several of a large table, made for speed.

Small tables are read over the connection that is there. Large ones are cut into ranges of pages,
and each range is a job that any `concurrent.futures` executor can run: it opens a session of its
own in the same exported snapshot.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Executor, Future, as_completed
from dataclasses import dataclass, replace
from typing import NamedTuple

from psycopg import sql

from snapshot.catalog import Name, Table
from snapshot.postgres.connection import Connection
from snapshot.postgres.copying import copy_out, select_pages
from snapshot.postgres.psql import SharedRead, copy_out_by_psql
from snapshot.postgres.unplanned import plain_copies
from snapshot.progress import Progress
from snapshot.store.layout import archive_file
from snapshot.store.manifest import LARGE_OBJECTS, Chunk, FileEntry, TableEntry
from snapshot.store.writer import NewSnapshot, Place, compressed

SMALL = 4 << 20  # bytes: a session of its own takes longer than reading so much
CHUNK = 256 << 20  # bytes in a file, before compression, as the table's pages and TOAST take them
TID_RANGE_SCANS = 140000  # before, a range of pages costs a scan of the whole table


@dataclass(frozen=True)
class Job:
    """Rows that are to go into one file."""

    table: Name
    file: str  # its name in the snapshot's directory
    statement: str  # the COPY … TO STDOUT that reads it
    size: float  # bytes in the database, about
    binary: bool


class Workers(NamedTuple):
    """Who reads the large chunks, and what they share."""

    executor: Executor
    read: SharedRead


class Archive(NamedTuple):
    """What was written: the tables' entries with their chunks, and the files by name."""

    tables: tuple[TableEntry, ...]
    files: dict[str, FileEntry]


def export_archive(
    source: Connection,
    workers: Workers | None,
    tables: Sequence[tuple[Table, TableEntry]],
    target: NewSnapshot,
    level: int,
    progress: Progress,
) -> Archive:
    """Write all rows: the largest chunks first, side by side, and the small ones meanwhile.

    Without workers, as where no other session can see the rows, all over the one connection.
    """
    jobs = {table.name: cut(table, source.info.server_version) for table, _ in tables}
    by_size = sorted((j for some in jobs.values() for j in some), key=lambda j: -j.size)
    shared = [job for job in by_size if workers and job.size >= SMALL]
    written: dict[Job, tuple[Chunk, FileEntry]] = {}
    large: dict[Future[tuple[Chunk, FileEntry]], Job] = {}
    try:
        for job in shared:
            assert workers
            arguments = (workers.read, job.statement, target.place(job.file, level))
            large[workers.executor.submit(write_chunk, *arguments)] = job
        for job in by_size[len(shared) :]:
            progress.table(str(job.table))
            written[job] = _write_small(source, job, target.place(job.file, level))
            progress.advance(*written[job][0])
        for future in as_completed(large):
            job = large[future]
            progress.table(str(job.table))
            written[job] = future.result()
            progress.advance(*written[job][0])
    except BaseException:
        for future in large:
            future.cancel()
        raise
    return Archive(
        tuple(
            _entry(entry, jobs[entry.name], [written[j][0] for j in jobs[entry.name]])
            for _, entry in tables
        ),
        {job.file: entry for job, (_, entry) in written.items()},
    )


def cut(table: Table, server_version: int) -> list[Job]:
    """What is to be read of a table, a file each; nothing if it is empty."""
    if table.empty:
        return []
    binary = table.stored != () and all(column.binary for column in table.stored)
    if table.foreign_code:
        copies = plain_copies(table, binary)
        return [
            Job(
                table.name,
                archive_file(table.name, i, binary),
                copy.as_string(None),
                table.size / len(copies),
                binary,
            )
            for i, copy in enumerate(copies)
        ]
    number = max(1, round(table.size / CHUNK))
    if server_version < TID_RANGE_SCANS or table.configuration or table.name == LARGE_OBJECTS:
        number = 1
    edges = [table.pages * i // number for i in range(number)]
    ends = [*edges[1:], None]  # the last one has no end: the table may have grown
    return [
        Job(
            table.name,
            archive_file(table.name, i, binary),
            select_pages(table, pages, binary).as_string(None),
            table.size / number,
            binary,
        )
        for i, pages in enumerate(zip(edges, ends, strict=True))
    ]


def write_chunk(read: SharedRead, statement: str, place: Place) -> tuple[Chunk, FileEntry]:
    """Write a chunk in a session of its own; returns what it holds, and the file's entry."""
    with compressed(place) as file:
        rows = copy_out_by_psql(read, statement, file.write)
    return Chunk(rows, file.size), file.entry()


def _write_small(source: Connection, job: Job, place: Place) -> tuple[Chunk, FileEntry]:
    rows = -1 if job.binary else 0  # what ends binary rows counts as one
    with compressed(place) as file:
        for block in copy_out(source, sql.SQL(job.statement)):
            rows += block.rows
            file.write(block.data)
    return Chunk(rows, file.size), file.entry()


def _entry(entry: TableEntry, jobs: Sequence[Job], written: Sequence[Chunk]) -> TableEntry:
    binary = any(job.binary for job in jobs)
    rows = sum(chunk.rows for chunk in written)
    return replace(entry, rows=rows, chunks=tuple(written), binary=binary)
