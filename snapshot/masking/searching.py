"""The leak scan of a create: every file and the manifest, before it is sealed."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from snapshot.catalog import Name
from snapshot.errors import Refused
from snapshot.masking.originals import Originals
from snapshot.masking.scan import Hit, ScanResult, scan_bytes, scan_files
from snapshot.store.location import Directory, location_of
from snapshot.store.manifest import FILE_NAME, Manifest, dump_manifest
from snapshot.store.masked import Scan
from snapshot.store.writer import NewSnapshot

_SHOWN = 20

Masked = Collection[tuple[Name | None, str | None]]


def scan_snapshot(
    target: NewSnapshot, manifest: Manifest, originals: Originals, masked: Masked
) -> tuple[Scan, list[str]]:
    """Search the files of a new snapshot; returns what the manifest says of it, and notes.

    In `masked` columns nothing counts as somebody's for its shape alone: masks make such shapes.
    Raises Refused if an original is in one of the files.
    """
    result = search_snapshot(target.files, manifest, originals, masked)
    if result.found or result.found_shapes:
        lines = hit_lines((*result.hits, *result.shape_hits))
        more = [f"and {len(lines) - _SHOWN:,} more places"] if len(lines) > _SHOWN else []
        raise Refused(
            _summary(result),
            hint="mask these columns, drop comments, or allow a literal by name below [schema]",
            details=[*lines[:_SHOWN], *more],
        )
    mark = Scan(result.originals, substrings=True, hits=0, allowed=result.allowed, shapes=0)
    return mark, scan_notes(result, originals)


def scan_notes(result: ScanResult, originals: Originals) -> list[str]:
    """How many originals nobody searched for, and which lines of `allow` were not needed."""
    notes = []
    if passed_over := ", ".join(f"{n:,} {why}" for why, n in result.not_searched.items()):
        notes.append(f"the scan did not search for every original: {passed_over}")
    for place in result.unused(originals):
        notes.append(f"allow: literal {place + 1} below [schema] was not found: remove it")
    return notes


def search_snapshot(
    place: Directory, manifest: Manifest, originals: Originals, masked: Masked
) -> ScanResult:
    """Search the files that a manifest names, and the manifest itself."""
    needles = originals.needles()
    result = scan_files(location_of(place), manifest.files, needles, manifest.tables, masked)
    return result + scan_bytes(FILE_NAME, dump_manifest(manifest), needles)


def _summary(result: ScanResult) -> str:
    parts = []
    if result.found:
        parts.append(f"{_places(result.found)} with an original")
    if result.found_shapes:
        parts.append(f"{_places(result.found_shapes)} with what looks like somebody's")
    return f"in the masked files are {' and '.join(parts)}; nothing was kept"


def _places(number: int) -> str:
    return "1 place" if number == 1 else f"{number:,} places"


def hit_lines(hits: Iterable[Hit]) -> list[str]:
    """A line for each place in which something was found: a column, or a file; not the values."""
    places: dict[tuple[str, str], list[Hit]] = {}
    for hit in hits:
        column = f"{hit.table}.{hit.column}" if hit.column else str(hit.table or "")
        what = f"a value of {hit.source}" if hit.source else hit.kind
        places.setdefault((column or hit.file, what), []).append(hit)
    return [_line(place, what, found) for (place, what), found in places.items()]


def _line(place: str, what: str, hits: list[Hit]) -> str:
    first = hits[0]
    file = "" if first.file == place else f"{first.file}, "
    more = f", and {len(hits) - 1:,} more" if len(hits) > 1 else ""
    return f"{place}: {what} ({file}line {first.line:,}, byte {first.offset:,}{more})"
