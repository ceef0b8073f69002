"""The forms in which a value can stand in a file: other case, escaped, hexadecimal, base64."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import NamedTuple

import numpy as np

from snapshot.masking.windows import Array, classes, counted, wide_runs

_LEVELS = 3  # JSON in JSON in COPY text
_HEX_CHARACTERS = 12  # of six bytes
_BASE64_CHARACTERS = 8  # of six bytes
_NONE = 255

_HEX = np.full(256, _NONE, np.uint8)
_HEX[48:58] = np.arange(10)
_HEX[65:71] = _HEX[97:103] = np.arange(10, 16)
# RFC 4648: both alphabets
_BASE64 = np.full(256, _NONE, np.uint8)
_BASE64[65:91] = np.arange(26)
_BASE64[97:123] = np.arange(26, 52)
_BASE64[48:58] = np.arange(52, 62)
_BASE64[list(b"+-")] = 62
_BASE64[list(b"/_")] = 63
_HEX_TABLE, _BASE64_TABLE = _HEX.tobytes(), _BASE64.tobytes()


class Form(NamedTuple):
    """A text, folded, and where in the block its pieces come from."""

    text: bytes
    starts: Array  # where in the text each piece begins
    offsets: Array  # where in the block that is
    is_block: bool = False  # the text is that of the block, and nothing was decoded
    written: bytes = b""  # the same, not folded; only of what is no guess, as base64 is


def fold(data: bytes) -> bytes:
    """Without differences of case and of Unicode composition; what is no UTF-8 stays as it is.

    ß becomes ss, final sigma becomes sigma: Unicode's default caseless matching (3.13, D145). Of
    Turkish both letters i become i, since I and İ are the capitals of either, by locale.
    """
    if data.isascii():
        return data.lower()
    text = data.decode("utf-8", "surrogateescape").casefold()
    text = unicodedata.normalize("NFC", text).replace("ı", "i").replace("i\u0307", "i")
    return text.encode("utf-8", "surrogateescape")


def forms(block: bytes, ascii_only: bool) -> Iterator[Form]:
    """Everything that may be read out of a block. `ascii_only`: nothing else is looked for.

    Hexadecimal and base64 come with all their alignments, so that it does not matter where in an
    encoded text a value begins.
    """
    none = np.zeros(1, np.int64)
    block_form = Form(block, none, none)
    plain = block_form._replace(text=fold(block))
    yield plain._replace(is_block=True, written=block)
    yield from _folded(_undoubled(block_form))
    layer = block_form
    for level in range(_LEVELS):
        deeper = _changed_lines(layer, b"\\", _ESCAPE, unescape)
        if deeper is None:
            break
        layer = deeper
        yield from _folded([layer, *_undoubled(layer)])
        if level == 0:
            # encode() breaks lines, and they stand in COPY text and in JSON as \\n
            yield from _decoded(_without_breaks(layer), _BASE64_TABLE, ascii_only)
    yield from _decoded(_without_breaks(block_form), _BASE64_TABLE, ascii_only)
    for decoded in _raw_decoded(block_form, _HEX_TABLE, ascii_only):
        yield decoded._replace(text=fold(decoded.text))
        if inner := _changed_lines(decoded, b"\\", _ESCAPE, unescape):
            yield inner._replace(text=fold(inner.text))
        yield from _decoded(decoded, _BASE64_TABLE, ascii_only)


def _folded(layers: Iterable[Form]) -> Iterator[Form]:
    for layer in layers:
        yield layer._replace(text=fold(layer.text), written=layer.text)


def _decoded(form: Form, alphabet: bytes, ascii_only: bool) -> Iterator[Form]:
    for decoded in _raw_decoded(form, alphabet, ascii_only):
        yield decoded._replace(text=fold(decoded.text))


# --- escapes of COPY's text format and JSON, and doubled quotes of literals and composites. Each is
# undone by itself: a value may hold what looks like another.

_ESCAPE = re.compile(rb"\\(?!N[\t\n])")
_BETWEEN = b"\xfe"
_QUOTES = (b'"', b"'")
_UNICODE = re.compile(rb"\\u([0-9a-fA-F]{4})(?:\\u([dD][c-fC-F][0-9a-fA-F]{2}))?")
_OTHERS = (
    (b"\\n", b"\n"),
    (b"\\t", b"\t"),
    (b"\\r", b"\r"),
    (b"\\b", b"\b"),
    (b"\\f", b"\f"),
    (b"\\v", b"\v"),
    (b'\\"', b'"'),
    (b"\\/", b"/"),
    (b"\\'", b"'"),
)


def _undoubled(form: Form) -> Iterator[Form]:
    for quote in _QUOTES:
        pattern = re.compile(quote + quote)
        undo = partial(pattern.sub, quote)
        if layer := _changed_lines(form, quote + quote, pattern, undo):
            yield layer


def _changed_lines(
    form: Form, sign: bytes, pattern: re.Pattern[bytes], change: Callable[[bytes], bytes]
) -> Form | None:
    """The lines in which a pattern occurs, changed; None if there are none. It holds the sign."""
    text = form.text
    if sign not in text:  # much faster than the pattern
        return None
    lines: list[bytes] = []
    begins: list[int] = []
    place = 0
    while found := pattern.search(text, place):
        begin = text.rfind(b"\n", 0, found.start()) + 1
        end = text.find(b"\n", found.end())
        place = len(text) if end < 0 else end
        lines.append(text[begin:place])
        begins.append(begin)
    if not lines:
        return None
    # all at once, which is many times as fast; between them a byte that UTF-8 does not have
    changed = change(_BETWEEN.join(lines))
    starts = np.append(0, np.flatnonzero(np.frombuffer(changed, np.uint8) == _BETWEEN[0]) + 1)
    if len(starts) != len(lines):  # binary: where in the block that is cannot be told
        starts, begins = starts[:1], begins[:1]
    origins = _origins(form, np.array(begins))
    return Form(changed.replace(_BETWEEN, b"\n"), starts, origins)


def unescape(text: bytes) -> bytes:
    """One level of escapes undone."""
    text = text.replace(b"\\\\", b"\xff")  # a byte that UTF-8 does not have
    if b"\\u" in text:
        text = _UNICODE.sub(_character, text)
    for escaped, plain in _OTHERS:
        text = text.replace(escaped, plain)
    return text.replace(b"\xff", b"\\")


def _character(found: re.Match[bytes]) -> bytes:
    units = b"".join(int(part, 16).to_bytes(2, "big") for part in found.groups() if part)
    return units.decode("utf-16-be", "replace").encode()


def _without_breaks(form: Form) -> Form:
    """Without line feeds, which do not end what base64 encodes. Its pieces are the lines."""
    breaks = np.flatnonzero(np.frombuffer(form.text, np.uint8) == 10)
    lines = np.append(0, breaks + 1)
    starts = lines - np.arange(len(lines))
    return Form(form.text.replace(b"\n", b""), starts, _origins(form, lines))


def _origins(form: Form, places: Array) -> Array:
    """Where in the block these places of a form come from."""
    piece = np.searchsorted(form.starts, places, "right") - 1
    origins: Array = form.offsets[piece]
    if len(form.starts) == 1 and form.offsets[0] == 0:
        origins = places  # the block itself
    return origins


# --- hexadecimal and base64


def _raw_decoded(form: Form, alphabet: bytes, ascii_only: bool) -> Iterator[Form]:
    """All runs of an alphabet's characters, decoded from each character that may be the first."""
    values = classes(form.text, alphabet)
    is_hex = alphabet is _HEX_TABLE
    fewest = _HEX_CHARACTERS if is_hex else _BASE64_CHARACTERS
    begins, ends = wide_runs(values != _NONE, fewest)
    if len(begins) == 0:
        return
    shifts = 2 if is_hex else 4
    starts = (begins[:, None] + np.arange(shifts)).ravel()
    ends = np.repeat(ends, shifts)
    if ascii_only:
        plain, span = _hex_of_ascii(values) if is_hex else _base64_of_ascii(values)
        likely = _have_one(np.flatnonzero(plain), span, starts, ends, shifts)
        starts, ends = starts[likely], ends[likely]
    if len(starts):
        yield _joined(form, values, starts, ends, is_hex)


def _base64_of_ascii(values: Array) -> tuple[Array, int]:
    """Where two quanta in a row decode to ASCII, and how many characters these are.

    Eight bytes of ASCII hold two quanta however they are aligned; of random characters one place
    in 64 looks like them.
    """
    quantum = (values[:-3] < 32) & ((values[1:-2] & 8) == 0) & ((values[2:-1] & 2) == 0)
    quantum &= values[3:] != _NONE
    return quantum[:-4] & quantum[4:], 8


def _hex_of_ascii(values: Array) -> tuple[Array, int]:
    """Where six bytes of ASCII are in hexadecimal, and how many characters these are."""
    byte = (values[:-1] < 8) & (values[1:] != _NONE)
    plain = np.array(byte[:-10])
    for place in range(2, 11, 2):
        plain &= byte[place : len(byte) - 10 + place]
    return plain, 12


def _have_one(places: Array, span: int, starts: Array, ends: Array, unit: int) -> Array:
    """Whether a place of the same alignment as the start lies between start and end."""
    found = np.zeros(len(starts), bool)
    for phase in range(unit):
        mine = np.flatnonzero(starts % unit == phase)
        aligned = np.append(places[places % unit == phase], np.iinfo(np.int64).max - span)
        found[mine] = aligned[np.searchsorted(aligned, starts[mine])] + span <= ends[mine]
    return found


def _joined(form: Form, values: Array, starts: Array, ends: Array, is_hex: bool) -> Form:
    """The bytes that runs decode to, with zeros between them."""
    unit, size = (2, 1) if is_hex else (4, 3)
    quanta = np.maximum(0, -(-(ends - starts) // unit)) + 1  # the last one is the zeros
    first = np.repeat(starts, quanta) + unit * counted(quanta)
    last = np.repeat(ends, quanta)
    bits = np.zeros(len(first), np.uint32)
    for place in range(unit):
        inside = first + place < last
        value = np.where(inside, values[np.minimum(first + place, len(values) - 1)], 0)
        bits = bits << np.uint32(4 if is_hex else 6) | value.astype(np.uint32)
    decoded = np.empty((len(bits), size), np.uint8)
    for place in range(size):
        decoded[:, place] = bits >> np.uint32(8 * (size - 1 - place)) & np.uint32(255)
    begins = (np.cumsum(quanta) - quanta) * size
    return Form(decoded.tobytes(), begins, _origins(form, starts))
