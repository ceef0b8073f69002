"""Documents of one layout give what a walk through each gives."""

from __future__ import annotations

import json
import random
from itertools import pairwise

import numpy as np
import pytest

from snapshot.masking.masks.json_layouts import scan_documents
from snapshot.masking.masks.json_paths import compiled
from snapshot.masking.masks.json_scan import Scanner
from snapshot.masking.model import Rule

RULES = {
    "mail": Rule("email"),
    "a.b": Rule("token"),
    "list[].x": Rule("digits"),
    "list[]": Rule("token"),
    "gone": Rule("drop"),
    "kept": Rule("keep"),
    "*": Rule("redact"),
}
TEXTS = ["", "x", 'q"uo"te', "back\\slash", "{[", "a: 1", "é ü", "\n", "::", ",", "]}", "-1", "0"]
BROKEN = [
    "", "{", '"', '{"a" : 1}', '{"a": 01}', '{"a": -}', '{"a": "\\x"}', '{"mail": "a\tb"}', "12",
    '"mail"', '{"a": tru}', '{"a": 1}x', '{"mail": "x"', "[1 2]", "{\"mail\":\n\"x\"}", "null",
    '{"a": 1-2}', '{"mail" "x"}', "\\", '[""""]', '{"mail": "\\u00zz"}', '{"mail": "\\u00e9"}',
]  # fmt: skip


def value(chance: random.Random, depth: int) -> object:
    kind = chance.randrange(8 if depth else 5)
    if kind < 2:
        return chance.choice(TEXTS)
    if kind == 2:
        return chance.choice([0, -1, 17, 1.5, -0.25, 1e300])
    if kind == 3:
        return chance.choice([True, False, None])
    if kind < 6:
        return [value(chance, depth - 1) for _ in range(chance.randrange(3))] if depth else "end"
    keys = chance.sample(["mail", "a", "b", "list", "x", "gone", "kept", "other", "é"], 3)
    return {key: value(chance, depth - 1) for key in keys}


def edits(documents: list[str], portions: int) -> list[object]:
    """What becomes of each document, read in so many portions."""
    found: list[object] = []
    for number in range(portions):
        raw = [document.encode() for document in documents[number::portions]]
        offsets = np.cumsum([0, *map(len, raw)])
        data = np.frombuffer(b"".join(raw), np.uint8)
        scanner = Scanner(data.tobytes(), compiled(RULES).root, compiled(RULES).unnamed)
        spans = scan_documents(scanner, data, offsets)
        for row, (begin, end) in enumerate(pairwise(offsets.tolist())):
            mine = (spans.starts >= begin) & (spans.starts < end)
            each = zip(
                (spans.starts[mine] - begin).tolist(),
                (spans.ends[mine] - begin).tolist(),
                spans.codes[mine].tolist(),
                strict=True,
            )
            found.append((raw[row], list(each), row in spans.unread))
    return sorted(found, key=repr)


@pytest.mark.parametrize("seed", range(40))
def test_documents_of_one_layout_are_read_as_one_by_one(seed: int) -> None:
    chance = random.Random(seed)
    forms = [value(random.Random(f"{seed} {n}"), 3) for n in range(6)]
    documents = [json.dumps(chance.choice(forms), ensure_ascii=False) for _ in range(60)]
    documents += [
        json.dumps({"mail": chance.choice(TEXTS), "a": {"b": chance.randrange(10**6)}, "gone": n},
                   ensure_ascii=chance.random() < 0.5)
        for n in range(60)
    ]  # fmt: skip
    documents += [chance.choice(BROKEN) for _ in range(60)]
    chance.shuffle(documents)
    assert edits(documents, 1) == edits(documents, len(documents))
