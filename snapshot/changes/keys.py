"""How the rows of two sides are told apart: keys, and the order that the server gives them.

Rows are lines of COPY text. Their keys are compared after unescaping: escaped text has another
order as soon as a key holds a tab or a backslash.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from snapshot.catalog import Name
from snapshot.errors import SnapshotDamaged

Line = bytes  # a row of COPY text, without its newline
KeyOf = Callable[[Line], Any]

_NULL = rb"\N"
_ESCAPE = re.compile(rb"\\(.)", re.DOTALL)
_MEANT = {b"b": b"\b", b"f": b"\f", b"n": b"\n", b"r": b"\r", b"t": b"\t", b"v": b"\v"}
_LENGTH = re.compile(r"\([^)]*\)")
# Encodings whose bytes, in the order of COLLATE "C", have the order of their UTF-8.
_IN_CODE_POINT_ORDER = ("UTF8", "SQL_ASCII", "LATIN1")


def unescaped(field: bytes) -> bytes:
    """What a field of COPY text means; it must not be NULL."""
    if b"\\" not in field:
        return field
    return _ESCAPE.sub(lambda found: _MEANT.get(found[1], found[1]), field)


def values_of(line: Line, columns: int) -> tuple[str | None, ...]:
    """The values of a row of so many columns, as the server writes them.

    Bytes of a SQL_ASCII database that are no UTF-8 become surrogates.
    """
    if not columns:
        return ()
    return tuple(
        None if field == _NULL else unescaped(field).decode("utf-8", "surrogateescape")
        for field in line.split(b"\t")
    )


class KeyType(NamedTuple):
    """How values of a type compare. `sorted` says that the server sorts them so, too."""

    of: Callable[[bytes], Any]
    sorted: bool = True


def _number(field: bytes) -> tuple[bool, Decimal]:
    number = Decimal(field.decode())
    return (True, Decimal(0)) if number.is_nan() else (False, number)  # NaN is the largest


def _float(field: bytes) -> tuple[bool, float]:
    number = float(field)
    return (True, 0.0) if number != number else (False, number)


def _moment(field: bytes) -> tuple[int, int, bytes]:
    """A date or a timestamp in ISO style: years have four digits or more, and `BC` runs back."""
    if field in (b"infinity", b"-infinity"):
        return (1 if field == b"infinity" else -1), 0, b""
    year, _, rest = field.partition(b"-")
    return 0, (1 - int(year) if rest.endswith(b" BC") else int(year)), rest


def _folded(field: bytes) -> bytes:
    return unescaped(field).lower()  # of ASCII: which other letters fold, the locale decides


_BYTES = KeyType(unescaped)
_TYPES: dict[str, KeyType] = {
    **dict.fromkeys(("smallint", "integer", "bigint", "oid"), KeyType(int)),
    **dict.fromkeys(("text", "character varying", "name", "uuid", "bytea", "boolean"), _BYTES),
    # blanks at the end do not count (documentation: 8.3)
    "character": KeyType(lambda field: unescaped(field).rstrip(b" ")),
    "numeric": KeyType(_number),
    **dict.fromkeys(("real", "double precision"), KeyType(_float)),
    **dict.fromkeys(
        ("date", "timestamp without time zone", "timestamp with time zone"), KeyType(_moment)
    ),
    "citext": KeyType(_folded, sorted=False),
}
_UNKNOWN = KeyType(unescaped, sorted=False)


def key_type(type_: str) -> KeyType:
    """How values of a column of this type compare; of others than the common ones as bytes.

    The server's own types come without a schema; citext lies where its extension was installed.
    """
    plain = _LENGTH.sub("", type_)
    return _TYPES.get("citext" if plain.endswith(".citext") else plain, _UNKNOWN)


def sorted_alike(types: Sequence[str], encoding: str) -> bool:
    """Whether ORDER BY on a server gives the order of the keys here."""
    texts = any(key_type(t) in (_BYTES, _TYPES["character"]) for t in types)
    return all(key_type(t).sorted for t in types) and (
        not texts or encoding in _IN_CODE_POINT_ORDER
    )


def key_reader(positions: Sequence[int], types: Sequence[str]) -> KeyOf:
    """A function from a line to its key; the whole line, if there are no key columns."""
    if not positions:
        return _whole
    readers = [key_type(t).of for t in types]
    if len(positions) == 1:
        position, of = positions[0], readers[0]
        if position == 0:
            return lambda line: of(line.partition(b"\t")[0])
        return lambda line: of(line.split(b"\t", position + 1)[position])
    most = max(positions) + 1
    pairs = list(zip(positions, readers, strict=True))

    def key(line: Line) -> tuple[Any, ...]:
        fields = line.split(b"\t", most)
        return tuple(of(fields[position]) for position, of in pairs)

    return key


def checked(key: KeyOf, table: Name) -> KeyOf:
    """The same; SnapshotDamaged for a value that is none of its type: somebody edited the row."""

    def safe(line: Line) -> Any:
        try:
            return key(line)
        except (ValueError, ArithmeticError) as error:
            raise SnapshotDamaged(
                f"data.sql: the key of a row of {table} is no value of its type",
                hint="fix the line, or bring the file back from version control",
            ) from error

    return safe


def _whole(line: Line) -> Line:
    return line
