"""archive/: the rows of each table in compressed files, several of a large table, made for speed.

Small tables are read over the connection that is there. Large ones are cut into ranges of pages,
and each range is a job that any `concurrent.futures` executor can run: it opens a session of its
own in the same exported snapshot.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from concurrent.futures import Executor, Future, as_completed
from dataclasses import dataclass, replace
from typing import NamedTuple

from psycopg import sql

from snapshot.catalog import Name, Table
from snapshot.exporters.base import Rewriter, Structure, entry_of
from snapshot.exporters.executors import executor_of
from snapshot.planning.steps import Rows
from snapshot.postgres.connection import Connection
from snapshot.postgres.copying import Block, copy_out, select_pages, select_rows
from snapshot.postgres.psql import SharedRead, blocks_by_psql, copy_out_by_psql
from snapshot.postgres.unplanned import plain_copies
from snapshot.progress import Progress
from snapshot.store.layout import archive_file
from snapshot.store.manifest import LARGE_OBJECTS, Chunk, FileEntry, TableEntry
from snapshot.store.new_files import CompressedFile, Place, compressed
from snapshot.store.writer import NewSnapshot

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
    """How large chunks are read: in other sessions of the same read, by threads or a cluster."""

    read: SharedRead
    jobs: int
    scheduler: str | None = None


class ArchiveExporter:
    """archive/: without workers, as where no other session sees the rows, over one connection."""

    def __init__(self, target: NewSnapshot, level: int, workers: Workers | None) -> None:
        self._target = target
        self._level = level
        self._workers = workers
        self._structure: Structure | None = None
        self._written: dict[Job, tuple[Chunk, FileEntry]] = {}

    def begin(self, structure: Structure) -> None:
        """Files are opened as rows come."""
        self._structure = structure

    def write_rows(self, source: Connection, progress: Progress) -> tuple[TableEntry, ...]:
        """The largest chunks first, side by side, and the small ones meanwhile."""
        assert self._structure
        tables, version = self._structure.tables, source.info.server_version
        jobs = {table.name: cut(table, self._structure, version) for table in tables}
        by_size = sorted((j for some in jobs.values() for j in some), key=lambda j: -j.size)
        shared = [job for job in by_size if self._workers and job.size >= SMALL]
        own = by_size[len(shared) :]
        if self._workers:
            with executor_of(self._workers.scheduler, self._workers.jobs) as executor:
                large = self._submitted(executor, self._workers.read, shared)
                try:
                    self._write_here(source, own, progress)
                    self._collect(large, progress)
                except BaseException:
                    for future in large:
                        future.cancel()
                    raise
        else:
            self._write_here(source, own, progress)
        return tuple(self._entry(table, jobs[table.name]) for table in tables)

    def finish(self, rows: Rows) -> dict[str, FileEntry]:
        """Nothing follows the rows."""
        return {job.file: entry for job, (_, entry) in self._written.items()}

    def _submitted(self, executor: Executor, read: SharedRead, jobs: Sequence[Job]) -> _Running:
        return {
            executor.submit(
                write_chunk, read, job.statement, self._place(job), self._rewriter(job)
            ): job
            for job in jobs
        }

    def _write_here(self, source: Connection, jobs: Sequence[Job], progress: Progress) -> None:
        for job in jobs:
            progress.table(str(job.table))
            self._written[job] = _write_small(source, job, self._place(job), self._rewriter(job))
            progress.advance(*self._written[job][0])

    def _collect(self, running: _Running, progress: Progress) -> None:
        for future in as_completed(running):
            job = running[future]
            progress.table(str(job.table))
            self._written[job] = future.result()
            progress.advance(*self._written[job][0])

    def _rewriter(self, job: Job) -> Rewriter | None:
        assert self._structure
        return self._structure.rewriters.get(job.table)

    def _place(self, job: Job) -> Place:
        return self._target.place(job.file, self._level)

    def _entry(self, table: Table, jobs: Sequence[Job]) -> TableEntry:
        chunks = tuple(self._written[job][0] for job in jobs)
        return replace(
            entry_of(table),
            rows=sum(chunk.rows for chunk in chunks),
            chunks=chunks,
            binary=any(job.binary for job in jobs),
        )


_Running = dict[Future[tuple[Chunk, FileEntry]], Job]


def cut(table: Table, structure: Structure, server_version: int) -> list[Job]:
    """What is to be read of a table, a file each; nothing if it is empty."""
    if table.empty:
        return []
    rewriter, rows = structure.rewriters.get(table.name), structure.sources.get(table.name)
    binary = table.stored != () and all(column.binary for column in table.stored) and not rewriter
    if rows is not None:
        statement = select_rows(table, rows, binary).as_string(None)
        file = archive_file(table.name, 0, binary)
        return [Job(table.name, file, statement, table.size, binary)]
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
    if rewriter and rewriter.reorders:  # the order of files would tell what that within them hides
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


def write_chunk(
    read: SharedRead, statement: str, place: Place, rewriter: Rewriter | None = None
) -> tuple[Chunk, FileEntry]:
    """Write a chunk in a session of its own; returns what it holds, and the file's entry."""
    with compressed(place) as file:
        if rewriter:
            rows = _write_blocks(file, rewriter.copy_text(blocks_by_psql(read, statement)))
        else:
            rows = copy_out_by_psql(read, statement, file.write)
    return Chunk(rows, file.size), file.entry()


def _write_small(
    source: Connection, job: Job, place: Place, rewriter: Rewriter | None
) -> tuple[Chunk, FileEntry]:
    blocks = copy_out(source, sql.SQL(job.statement))
    if rewriter:
        blocks = rewriter.copy_text(block.data for block in blocks)
    with compressed(place) as file:
        rows = _write_blocks(file, blocks)
    # what ends binary rows counts as one
    return Chunk(rows - 1 if job.binary else rows, file.size), file.entry()


def _write_blocks(file: CompressedFile, blocks: Iterable[Block]) -> int:
    rows = 0
    for block in blocks:
        rows += block.rows
        file.write(block.data)
    return rows
