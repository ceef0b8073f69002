"""A document whose last line is the SHA-256 of what stands before it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

import orjson

_SEAL = b',\n  "sha256": "'


def sealed_text(document: Mapping[str, Any]) -> bytes:
    """The document as JSON, made for `git diff`: one fact a line; sealed."""
    lines = []
    for key, value in document.items():
        if isinstance(value, list) and value:
            items = b",\n".join(b"    " + orjson.dumps(item) for item in value)
            text = b"[\n" + items + b"\n  ]"
        elif isinstance(value, dict) and value:
            pairs = (b"    " + orjson.dumps(k) + b": " + orjson.dumps(v) for k, v in value.items())
            text = b"{\n" + b",\n".join(pairs) + b"\n  }"
        else:
            text = orjson.dumps(value)
        lines.append(b"  " + orjson.dumps(key) + b": " + text)
    body = b"{\n" + b",\n".join(lines)
    return body + _SEAL + hashlib.sha256(body).hexdigest().encode() + b'"\n}\n'


def is_sealed(content: bytes) -> bool:
    """Whether the last line is the SHA-256 of what stands before it."""
    body, _, seal = content.rpartition(_SEAL)
    return seal == hashlib.sha256(body).hexdigest().encode() + b'"\n}\n'
