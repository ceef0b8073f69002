"""What a manifest says of masking: by which policy, under which key, and what was checked."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from snapshot.store.fields import Fields

_SHA256 = re.compile(r"[0-9a-f]{64}")
_SHOWN = 12  # digits of a hash
_FINGERPRINT = re.compile(r"[0-9a-f]{8,64}")


@dataclass(frozen=True)
class Scan:
    """What the leak scan found in the files before they were sealed."""

    originals: int  # values that were searched for
    substrings: bool  # anywhere in the text; False: as whole values only
    hits: int  # originals that were found and not allowed
    allowed: int  # findings that the policy allows
    shapes: int  # texts that look like somebody's address or number


@dataclass(frozen=True)
class Masked:
    """The mark of a masked snapshot. It holds no value of the data, and no secret.

    `version` is that of the masks' outputs, `policy` the SHA-256 of the policy's meaning, `key` the
    key's fingerprint. `columns` are numbers of columns by mask. `scan` is None if there was none.
    `proved`: the snapshot was restored into a scratch database before it was sealed. `subset` is
    the SHA-256 of the rules that chose the rows. `edited`: rows were edited by hand afterwards.
    """

    version: int
    policy: str
    key: str
    columns: Mapping[str, int]
    scan: Scan | None
    proved: bool = False
    subset: str | None = None
    edited: bool = False


def masked_document(masked: Masked) -> dict[str, Any]:
    """The mark as plain dictionaries."""
    return asdict(replace(masked, columns=dict(sorted(masked.columns.items()))))


def read_masked(document: Fields) -> Masked:
    """What masked_document() wrote. Raises KeyError, TypeError or ValueError."""
    counted = document.map("columns")
    masked = Masked(
        version=document.whole("version"),
        policy=sha256_text(document.text("policy")),
        key=_fingerprint(document.text("key")),
        columns={mask: counted.whole(mask) for mask in counted},
        scan=None if document["scan"] is None else _scan(document.map("scan")),
        proved=document.flag("proved"),
        subset=None if document["subset"] is None else sha256_text(document.text("subset")),
        edited=document.flag("edited"),
    )
    if min([masked.version, *masked.columns.values()]) < 0:
        raise ValueError("a number is below zero")
    return masked


def masked_text(masked: Masked) -> str:
    """The mark as a line to read: policy, key, columns, and what was checked."""
    counts = ", ".join(f"{mask} {number:,}" for mask, number in sorted(masked.columns.items()))
    parts = [
        f"policy {masked.policy[:_SHOWN]}",
        f"key {masked.key[:_SHOWN]}",
        f"columns: {counts or 'none'}",
        _scan_text(masked.scan),
        "restored to prove it" if masked.proved else "not proved",
        *([f"subset {masked.subset[:_SHOWN]}"] if masked.subset else []),
        *(["rows edited by hand"] if masked.edited else []),
    ]
    return " · ".join(parts)


def _scan_text(scan: Scan | None) -> str:
    if scan is None:
        return "not scanned"
    where = "" if scan.substrings else ", as whole values only"
    found = [
        f"{number:,} {what}"
        for number, what in (
            (scan.hits, "found"),
            (scan.shapes, "that only look real"),
            (scan.allowed, "allowed"),
        )
        if number
    ]
    return f"scanned for {scan.originals:,} originals{where}: {', '.join(found) or 'none found'}"


def sha256_text(text: str) -> str:
    """The text; ValueError if it is no SHA-256 as hexadecimal digits."""
    if not _SHA256.fullmatch(text):
        raise ValueError(f"{text!r} is no SHA-256")
    return text


def edited_by_hand(masked: Masked | None) -> Masked | None:
    """The mark after somebody edited rows."""
    return replace(masked, edited=True) if masked else None


def of_both(ours: Masked | None, theirs: Masked | None) -> Masked | None:
    """The mark of rows of two snapshots; None if one is not masked, or not in the same way."""
    if ours is None or theirs is None:
        return None
    if (ours.version, ours.policy, ours.key) != (theirs.version, theirs.policy, theirs.key):
        return None
    return replace(
        ours,
        scan=_of_both(ours.scan, theirs.scan),
        proved=ours.proved and theirs.proved,
        subset=ours.subset if ours.subset == theirs.subset else None,
        edited=ours.edited or theirs.edited,
    )


def _of_both(ours: Scan | None, theirs: Scan | None) -> Scan | None:
    """The weaker of each: what was found in one of them may be in the result."""
    if ours is None or theirs is None:
        return None
    return Scan(
        min(ours.originals, theirs.originals),
        ours.substrings and theirs.substrings,
        max(ours.hits, theirs.hits),
        max(ours.allowed, theirs.allowed),
        max(ours.shapes, theirs.shapes),
    )


def _fingerprint(text: str) -> str:
    if not _FINGERPRINT.fullmatch(text):
        raise ValueError("the key's fingerprint is none")
    return text


def _scan(document: Fields) -> Scan:
    numbers = [document.whole(name) for name in ("originals", "hits", "allowed", "shapes")]
    if min(numbers) < 0:
        raise ValueError("a number is below zero")
    originals, hits, allowed, shapes = numbers
    return Scan(originals, document.flag("substrings"), hits, allowed, shapes)
