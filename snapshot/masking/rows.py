"""The rows of a table on their way from the server into the files: masked, counted, ordered."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from threading import Lock
from typing import NamedTuple, Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from snapshot.changes.lines import in_order, lines_of
from snapshot.errors import Refused
from snapshot.masking.columns import as_bytes, parse_rows, write_rows
from snapshot.masking.json_rows import json_rows
from snapshot.masking.making import INTEGERS, Key
from snapshot.masking.model import Mask, Search, watching
from snapshot.masking.plan import Step, TablePlan
from snapshot.masking.row_hash import hashes, row_hashes, sorted_once
from snapshot.masking.threads import in_threads
from snapshot.postgres.copying import Block
from snapshot.postgres.masking_facts import Unique

BLOCK = 2 << 20  # bytes of rows that are masked at once
_BETWEEN = "\x00"  # parts of a tuple; no text of PostgreSQL holds it
_NULL = "\x00N\x00"
_ODD = np.uint64(0x9E3779B97F4A7C15)


class Collector(Protocol):
    """Who wants the originals."""

    def add(self, source: str, values: pa.StringArray, search: Search) -> None:
        """Originals of a column."""

    def add_masked(self, values: pa.StringArray) -> None:
        """Values that may be written: results in the range of originals, and what is excepted."""


class Recompute(Protocol):
    """Who computes columns of a table again, from its masked rows."""

    def __call__(
        self, plan: TablePlan, row: Mapping[str, pa.StringArray]
    ) -> dict[str, pa.StringArray]:
        """These columns."""


class Different(NamedTuple):
    """Hashes of different values (uint64, sorted): of originals, results, and both together."""

    originals: np.ndarray
    results: np.ndarray
    pairs: np.ndarray

    @property
    def collapsed(self) -> int:
        """How many originals too many the results have."""
        return len(self.pairs) - len(self.results)

    @property
    def scattered(self) -> int:
        """How many results too many the originals have."""
        return len(self.pairs) - len(self.originals)


@dataclass
class Account:
    """What was counted of a table in one pass. Several threads write into it."""

    encoding: str  # of the database
    checksum: int | None = 0  # modulo 2^64; None: not wanted
    unchanged: dict[str, int] = field(default_factory=dict)  # values by column
    highest: dict[str, int] = field(default_factory=dict)  # of columns of integers
    columns: dict[str, list[Different]] = field(default_factory=dict)  # whose values are counted
    tuples: dict[str, list[Different]] = field(default_factory=dict)  # by unique index
    lock: Lock = field(default_factory=Lock)


class TableMasking:
    """The masks of a table, for one pass over its rows."""

    def __init__(
        self,
        plan: TablePlan,
        key: Key,
        left: Mapping[str, pa.Array],
        account: Account | None,
        originals: Collector | None,
        recompute: Recompute | None = None,
    ) -> None:
        self.reorders = plan.resorted
        self._recompute = recompute
        self.plan = plan
        self._columns = plan.table.stored
        self._names = [column.name for column in self._columns]
        self._masks: list[tuple[Step, Mask]] = [(step, step.mask(key)) for step in plan.steps]
        alone = {step.column for step, mask in self._masks if mask.injective}
        self._uniques = [unique for unique in plan.uniques if not _is_counted(unique, alone)]
        self._left = left  # values that stay, by column
        self._account = account
        self._originals = originals

    def copy_text(self, blocks: Iterable[bytes]) -> Iterator[Block]:
        """Masked rows of COPY text. Their order tells nothing of the originals'."""
        masked = in_threads(self._masked, whole_rows(blocks))
        if not self.plan.resorted:
            for data in masked:
                yield Block(data, data.count(b"\n"))
            return
        yield from _blocks(in_order(lines_of(masked), self._sort_key()))

    def in_place(self, rows: bytes) -> Iterator[Block]:
        """Whole rows, masked, in the order in which they came."""
        data = self._masked(rows)
        yield Block(data, data.count(b"\n"))

    def json(self, blocks: Iterable[bytes]) -> Iterator[Block]:
        """The same as JSON objects, each in a line of COPY text."""
        for block in self.copy_text(blocks):
            values = parse_rows(block.data, len(self._names))
            yield Block(write_rows([json_rows(self._columns, values)]), block.rows)

    def _sort_key(self) -> partial[tuple[bytes, ...] | bytes]:
        key = [name for name in self.plan.table.key if name in self._names]
        wanted = [self._names.index(name) for name in key]
        return partial(_fields, wanted)

    def _masked(self, rows: bytes) -> bytes:
        values = parse_rows(rows, len(self._names))
        row = dict(zip(self._names, values, strict=True))
        result = dict(row)
        for step, mask in self._masks:
            with self._watched(step):
                masked = mask(row[step.column], row)
            result[step.column] = self._except(step, row, masked)
            if self._account:
                self._count(step, mask, row[step.column], result[step.column])
        if self._recompute:
            result |= self._recompute(self.plan, result)
        columns = [result[name] for name in self._names]
        if self._account:
            self._count_rows(row, result, columns)
        return write_rows(columns)

    @contextmanager
    def _watched(self, step: Step) -> Iterator[None]:
        """Hand in what the masks of parts of the column's values are given."""
        if self._originals is None:
            yield
            return
        token = watching.set(partial(self._collect, step))
        try:
            yield
        finally:
            watching.reset(token)

    def _collect(
        self, step: Step, originals: pa.StringArray, results: pa.StringArray, search: Search
    ) -> None:
        assert self._originals
        self._originals.add(f"{self.plan.table.name}.{step.column}", originals, search)
        if search in (Search.FIELD, Search.SHARED):
            self._originals.add_masked(results)

    def _except(
        self, step: Step, row: Mapping[str, pa.StringArray], masked: pa.StringArray
    ) -> pa.StringArray:
        """The masked values, but for those of rows that stay as they are."""
        original = row[step.column]
        if step.column in self._left:
            return pc.if_else(pc.is_in(original, self._left[step.column]), original, masked)
        for entry in self.plan.exceptions:
            if step.column in entry.leave:
                stays = pc.fill_null(pc.equal(row[entry.column], entry.value), False)
                masked = pc.if_else(stays, original, masked)
        return masked

    def _count(
        self, step: Step, mask: Mask, original: pa.StringArray, masked: pa.StringArray
    ) -> None:
        assert self._account
        same = pc.and_(pc.equal(original, masked), pc.not_equal(original, ""))
        unchanged = pc.sum(same).as_py() or 0
        excepted = step.column in self._left or any(
            step.column in entry.leave for entry in self.plan.exceptions
        )
        with self._account.lock:
            if not excepted:
                before = self._account.unchanged.get(step.column, 0)
                self._account.unchanged[step.column] = before + unchanged
        if step.target.type in INTEGERS and not step.array and not step.target.in_text:
            highest = pc.max(pc.cast(masked, pa.int64())).as_py()
            if highest is not None:
                with self._account.lock:
                    before = self._account.highest.get(step.column, highest)
                    self._account.highest[step.column] = max(before, highest)
        if mask.injective or step.joined:
            folded = step.target.type == "citext"
            pair = [pc.utf8_lower(v) for v in (original, masked)] if folded else (original, masked)
            found = different(*pair)
            with self._account.lock:
                self._account.columns.setdefault(step.column, []).append(found)
        if self._originals:
            wanted = original
            if excepted:
                stays = pc.fill_null(same, False)
                self._originals.add_masked(original.filter(stays))
                wanted = original.filter(pc.invert(stays))
            self._collect(step, wanted, masked, mask.search)

    def _count_rows(
        self,
        row: Mapping[str, pa.StringArray],
        result: Mapping[str, pa.StringArray],
        columns: list[pa.StringArray],
    ) -> None:
        assert self._account
        for unique in self._uniques:
            found = different(_tuples(row, unique), _tuples(result, unique))
            with self._account.lock:
                self._account.tuples.setdefault(unique.name, []).append(found)
        if self._account.checksum is not None:
            total = int(np.sum(row_hashes(columns, self._account.encoding), dtype=np.uint64))
            with self._account.lock:
                self._account.checksum = (self._account.checksum + total) % 2**64


def whole_rows(blocks: Iterable[bytes]) -> Iterator[bytes]:
    """Blocks of some BLOCK bytes that end where a row ends, of pieces of any size."""
    waiting: list[bytes] = []
    size = 0
    for block in blocks:
        waiting.append(block)
        size += len(block)
        if size < BLOCK or b"\n" not in block:
            continue
        data = b"".join(waiting)
        end = data.rindex(b"\n") + 1
        yield data[:end]
        waiting, size = [data[end:]], len(data) - end
    if rest := b"".join(waiting):
        yield rest


def together(found: Iterable[Different]) -> Different:
    """The different values of several portions."""
    return Different(*(sorted_once(np.concatenate(parts)) for parts in zip(*found, strict=True)))


def check_account(plan: TablePlan, account: Account, injective: Iterable[str]) -> list[str]:
    """What is wrong with the masked rows of a table; no value is named."""
    problems = []
    table = plan.table.name
    for name, portions in account.tuples.items():
        found = together(portions)
        if found.collapsed:
            problems.append(
                f"{table}: {name} has {len(found.originals):,} different values, and "
                f"{len(found.results):,} when masked"
            )
    for column in injective:
        if number := account.unchanged.get(column, 0):
            problems.append(f"{table}.{column}: the mask left {number:,} values as they were")
    return problems


def check_values(name: str, found: Different, injective: bool) -> list[str]:
    """What is wrong with the values of a column, or of several that keys join."""
    if found.scattered:
        return [f"{name}: the mask made different values of equal ones"]
    if injective and found.collapsed:
        return [
            f"{name} has {len(found.originals):,} different values, and {len(found.results):,} "
            "when masked"
        ]
    return []


def refuse_problems(problems: list[str]) -> None:
    """Raise Refused if the masked rows are not what the policy promises."""
    if problems:
        raise Refused(
            "the masked rows are not what they have to be; nothing was kept",
            hint="choose masks with more room: a longer column, a form with more characters",
            details=problems,
        )


def _fields(wanted: list[int], line: bytes) -> tuple[bytes, ...] | bytes:
    if not wanted:
        return line
    fields = line.split(b"\t")
    return (*(fields[i] for i in wanted), line)


def _blocks(lines: Iterable[bytes]) -> Iterator[Block]:
    waiting: list[bytes] = []
    size = 0
    for line in lines:
        waiting.append(line)
        size += len(line) + 1
        if size >= BLOCK:
            yield Block(b"\n".join(waiting) + b"\n", len(waiting))
            waiting, size = [], 0
    if waiting:
        yield Block(b"\n".join(waiting) + b"\n", len(waiting))


def different(originals: pa.StringArray, results: pa.StringArray) -> Different:
    """The different values of a column before and after; where there was NULL none is counted."""
    there = originals.is_valid()
    old = hashes(*as_bytes(originals.filter(there)))
    new = hashes(*as_bytes(results.filter(there)))
    return Different(sorted_once(old), sorted_once(new), sorted_once(old * _ODD ^ new))


def _is_counted(unique: Unique, columns: Collection[str]) -> bool:
    """Whether a unique index compares nothing but one of these columns, as it is."""
    plain = not unique.expressions and not unique.folded and unique.nulls_distinct
    return plain and len(unique.columns) == 1 and unique.columns[0] in columns


def _tuples(row: Mapping[str, pa.StringArray], unique: Unique) -> pa.StringArray:
    """What a unique index compares, as one text a row; NULL if it compares none.

    Of expressions nobody here knows the values: all that they read counts, without capitals.
    """
    parts = []
    for name in unique.reads if unique.expressions else unique.columns:
        if name in row:
            fold = unique.expressions or name in unique.folded
            parts.append(pc.utf8_lower(row[name]) if fold else row[name])
    if unique.expressions or not unique.nulls_distinct:
        parts = [pc.fill_null(part, _NULL) for part in parts]
    return parts[0] if len(parts) == 1 else pc.binary_join_element_wise(*parts, _BETWEEN)
