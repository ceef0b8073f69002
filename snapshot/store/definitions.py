"""schema.json: every object of the schema by itself, as pg_dump writes it."""

from __future__ import annotations

from typing import Any

import orjson

from snapshot.catalog import Definition, Definitions, SchemaObject
from snapshot.errors import SnapshotDamaged
from snapshot.store.fields import Fields, typed

FORMAT = "snapshot-schema/1"


def dump_definitions(definitions: Definitions) -> bytes:
    """The objects as JSON, made for `git diff`: one a line."""
    lines = (orjson.dumps(_document(o, d)) for o, d in definitions.items())
    head = b'{"format":' + orjson.dumps(FORMAT) + b',"objects":['
    return head + b",".join(b"\n" + line for line in lines) + b"\n]}\n"


def parse_definitions(content: bytes, path: str) -> dict[SchemaObject, Definition]:
    """The objects in a file's bytes; SnapshotDamaged if that is not what they are."""
    try:
        document = Fields(typed(dict, orjson.loads(content)))
        if document.text("format") != FORMAT:
            raise ValueError(f"its format is {document.text('format')}")
        found: dict[SchemaObject, Definition] = {}
        for fields in document.each("objects"):
            key, definition = _definition(fields)
            if key in found or (definition.parent and definition.parent not in found):
                raise ValueError(f"{key.kind} {key.name} comes twice, or before what it is of")
            found[key] = definition
        return found
    except (KeyError, TypeError, ValueError) as error:
        raise SnapshotDamaged(
            f"{path} does not hold a schema: {error}",
            hint="bring it back from version control, or make the snapshot again",
        ) from error


def _document(o: SchemaObject, definition: Definition) -> dict[str, Any]:
    document: dict[str, Any] = {**o._asdict(), "definition": definition.text}
    if definition.parent:
        document["of"] = list(definition.parent)
    if definition.access_method:
        document["access_method"] = definition.access_method
    if definition.owner:
        document["owner"] = definition.owner
    return document


def _definition(fields: Fields) -> tuple[SchemaObject, Definition]:
    key = SchemaObject(fields.text("kind"), fields.text("schema"), fields.text("name"))
    of = SchemaObject(*fields.texts("of")) if "of" in fields else None
    optional = (fields.text(n) if n in fields else "" for n in ("access_method", "owner"))
    return key, Definition(fields.text("definition"), of, *optional)
