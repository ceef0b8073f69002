"""Tables that sums of hashes show to be equal, or to differ in few places."""

from __future__ import annotations

from snapshot.changes.databases import DatabaseSide
from snapshot.changes.model import ComparedTable
from snapshot.changes.narrowing import (
    Cut,
    Differing,
    cut_by_hashes,
    cut_by_ranges,
    differing_parts,
)
from snapshot.changes.sources import Side, SnapshotSide
from snapshot.postgres.row_sums import Extent
from snapshot.store.ranges import RangeSums


def same_checksum(a: Side, b: Side, table: ComparedTable) -> bool:
    """Whether both have as many rows and the same sum of their hashes."""
    encoding, columns = _encoding(a, b), _all_columns(a, b, table)
    if encoding is None or columns is None:
        return False
    cheap, dear = (a, b) if isinstance(a, SnapshotSide) else (b, a)
    known = cheap.checksum(table.name, columns, encoding)
    return known is not None and known == dear.checksum(table.name, columns, encoding)


def narrowed(a: Side, b: Side, table: ComparedTable) -> Differing | None:
    """The parts of a large table in which rows differ; None if it must be read whole."""
    encoding, columns = _encoding(a, b), _all_columns(a, b, table)
    if encoding is None or columns is None or not table.key:
        return None
    cut = _cut(a, b, table)
    if cut is None:
        return None
    here, there = (side.summed(table.name, columns, encoding) for side in (a, b))
    return differing_parts(cut, here, there)


def _encoding(a: Side, b: Side) -> str | None:
    """Of what rows are hashed as; None if one side's sums mean nothing on the other."""
    if a.encoding == b.encoding:
        return a.encoding
    return None if isinstance(a, SnapshotSide) or isinstance(b, SnapshotSide) else ""  # UTF-8


def _all_columns(a: Side, b: Side, table: ComparedTable) -> list[str] | None:
    """All columns, over which a manifest has its sums; None if the sides do not agree on them."""
    here, there = ([c.name for c in side.tables[table.name].columns] for side in (a, b))
    return here if here == there else None


def _cut(a: Side, b: Side, table: ComparedTable) -> Cut | None:
    snapshots = [side for side in (a, b) if isinstance(side, SnapshotSide)]
    databases = [side for side in (a, b) if isinstance(side, DatabaseSide)]
    recorded = [side.files.ranges.get(table.name) for side in snapshots]
    if not all(recorded) or (not snapshots and not all(s.is_large(table.name) for s in databases)):
        return None
    found = [side.extent(table.name, table.key) for side in databases]
    if not all(found):
        return None if snapshots or a.encoding != b.encoding else cut_by_hashes(table.key)
    known = [_extent(sums) for sums in recorded if sums]
    extents = [*known, *(extent for extent in found if extent)]
    least, most = min(e.least for e in extents), max(e.most for e in extents)
    bits = max(e.bits for e in known or extents)  # of a snapshot, they are what they are
    return cut_by_ranges(table.key[0], bits, least, most)


def _extent(sums: RangeSums) -> Extent:
    ends = min(sums.sums) << sums.bits, ((max(sums.sums) + 1) << sums.bits) - 1
    return Extent(*ends, sums.bits)
