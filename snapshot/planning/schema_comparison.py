"""Two schemas compared, object by object, as pg_dump writes them: so nothing is forgotten.

What is compared is what a dump and restore would make of each side (see planning/spelling.py), by
names and never by numbers. docs/fidelity.md lists what is left aside on purpose.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from enum import Enum
from typing import NamedTuple

from snapshot.catalog import LEDGER, Catalog, Definition, Definitions, Name, SchemaObject, quoted
from snapshot.planning.inheritance import inherited_first
from snapshot.planning.migrations import NEWER, remedy_by_age
from snapshot.planning.parts import MAIN, Part, changed_parts, parts_of, told_apart
from snapshot.planning.spelling import settled
from snapshot.store.manifest import Manifest

_WORDS = {
    "fk constraint": "foreign key",
    "check constraint": "constraint",
    "table attach": "partition",
    "index attach": "index of partition",
    "sequence owned by": "owner of sequence",
    "default": "default of column",
    "procedural language": "language",
    "acl": "privileges of",
    "row security": "row security of table",
}
_ON_TABLES = (
    "constraint", "check constraint", "fk constraint", "trigger", "rule", "policy", "default",
)  # fmt: skip
# pg_dump's name of these is SQL already
_SPELLED_OUT = (
    "function", "procedure", "aggregate", "operator", "operator class", "operator family", "cast",
    "transform", "default acl", "user mapping",
)  # fmt: skip
_SECRET = ("server", "foreign data wrapper")  # options may be passwords


class Weight(Enum):
    """What a difference means for a restore that keeps the target's schema."""

    REFUSED = 1  # another schema: the database would not do the same
    KEPT = 2  # comments and storage: they stay as they are
    SET_RIGHT = 3  # the restore makes it what the snapshot says


class Difference(NamedTuple):
    """What snapshot and target say differently. None: it is not there."""

    what: str
    snapshot: str | None
    target: str | None
    weight: Weight = Weight.REFUSED

    def __str__(self) -> str:
        if self.target is None:
            return f"missing in the target: {self.what}"
        if self.snapshot is None:
            return f"only in the target: {self.what}"
        here, there = (value or "nothing" for value in (self.snapshot, self.target))
        return f"differs: {self.what}: {here} in the snapshot, {there} in the target"


class Comparison(NamedTuple):
    """A target's schema beside a snapshot's."""

    clash: bool  # an object of the snapshot is there already, or one of its name
    differences: Sequence[Difference]
    target: Definitions
    undecided: bool = False  # the versions differ, and whether only the words do is not known

    @property
    def refused(self) -> list[Difference]:
        """Those that make it another schema."""
        return [d for d in self.differences if d.weight is Weight.REFUSED]

    @property
    def kept(self) -> list[Difference]:
        """Those that a restore leaves as they are."""
        return [d for d in self.differences if d.weight is Weight.KEPT]


def compare(
    snapshot: Definitions,
    target: Definitions,
    schemas: Collection[str],
    *,
    complete: bool,
    ignored: str | None = None,
    untouched: Collection[SchemaObject] = (),
) -> list[Difference]:
    """The differences of two schemas, in the order in which a restore makes the objects.

    Only these schemas are looked at, and what lies in none if the snapshot is of the whole
    database; nothing of the schema that is `ignored`. Of tables that are `untouched` by a restore
    nothing is set right.
    """
    looked_at = set(schemas) - {ignored}

    def shown(objects: Definitions) -> dict[SchemaObject, Definition]:
        return {
            o: d
            for o, d in objects.items()
            if (schema := _schema_of(o, d)) in looked_at or (schema == "" and complete)
        }

    ours, theirs = shown(snapshot), shown(target)
    found = [
        Difference(_described(o, ours), "", None, _weight(o, ours[o], untouched))
        for o in _only_in(ours, theirs)
    ]
    changed = {o for o in ours if o in theirs and ours[o] != theirs[o]}
    here, there = (_with_inherited_order(side, changed) for side in (ours, theirs))
    for o in ours:
        if o in changed:
            described = _described(o, ours)
            for difference in _differences(o, here[o], there[o]):
                weight = _softened(difference.weight, ours[o], untouched)
                of = described if not difference.what else f"{difference.what} of {described}"
                found.append(difference._replace(what=of, weight=weight))
    found += [
        Difference(_described(o, theirs), None, "", _weight(o, theirs[o], untouched))
        for o in _only_in(theirs, ours)
    ]
    return found


# These can be made again: an extension with IF NOT EXISTS, a comment or a privilege as it is.
_NO_CLASH = ("extension", "comment", "acl")
# these share one set of names in a schema (documentation: pg_class, relname; pg_type, typname)
_RELATIONS = ("table", "foreign table", "view", "materialized view", "sequence", "index",
              "type", "domain")  # fmt: skip


def clashing(snapshot: Definitions, target: Definitions) -> bool:
    """Whether the snapshot's objects cannot be made beside those of the target."""
    relations = {o[1:] for o in target if o.kind in _RELATIONS}
    return not snapshot or any(
        (o in target and o.kind not in _NO_CLASH) or (o.kind in _RELATIONS and o[1:] in relations)
        for o in snapshot
    )


def without_rows(objects: Definitions, loaded: Collection[Name]) -> set[SchemaObject]:
    """The tables whose rows are not in the snapshot; partitions go with their root."""
    partitions = {o[1:] for o in objects if o.kind == "table attach"}
    return {
        o
        for o in objects
        if o.kind == "table" and Name(*o[1:]) not in loaded and o[1:] not in partitions
    }


def extra_schemas(manifest: Manifest, catalog: Catalog) -> list[Difference]:
    """Schemas that a snapshot of the whole database does not know."""
    known = set(manifest.schemas)
    if LEDGER[0] in catalog.by_name:  # the ledger comes and goes with seeded rows
        known.add(LEDGER[0].schema)
    return [
        Difference(f"schema {quoted(schema)}", None, "", Weight.KEPT)
        for schema in catalog.schemas
        if manifest.complete and schema not in known
    ]


def configuration_differences(manifest: Manifest, catalog: Catalog) -> list[Difference]:
    """Where an extension says differently which rows of its tables are the user's."""
    return [
        Difference(
            f"which rows of {entry.name} are the user's",
            entry.configuration or "all",
            there.configuration or "all",
        )
        for entry in manifest.tables
        if (there := catalog.by_name.get(entry.name)) and there.configuration != entry.configuration
    ]


def remedy(comparison: Comparison, is_older: bool | None) -> str:
    """What to do about it: the snapshot is older, or newer, or simply another.

    Where the tools' revisions do not say it, what the target has and lacks may.
    """
    refused = comparison.refused
    if comparison.undecided:
        return (
            "the servers are of different versions, which may write one definition differently; "
            "a role that may create databases could tell; " + _EITHER
        )
    if is_older is False:
        return NEWER
    if all(d.snapshot is None for d in refused):
        return (
            "the target is newer: --data-only keeps its schema and replaces the rows; "
            "--replace-schema drops it and creates the snapshot's, then run the migrations"
        )
    if is_older or all(d.target is None for d in refused):
        return remedy_by_age(is_older)
    return _EITHER


_EITHER = (
    "--replace-schema drops the target's schema and creates the snapshot's; "
    "--data-only keeps it and replaces the rows"
)


def _schema_of(o: SchemaObject, definition: Definition) -> str:
    if o.schema:
        return o.schema
    if o.kind == "schema":
        return o.name
    parent = definition.parent
    return parent.name if parent is not None and parent.kind == "schema" else ""


def _only_in(here: Definitions, there: Definitions) -> Iterator[SchemaObject]:
    """The objects of one side only, without those inside another such object."""
    for o, definition in here.items():
        if o not in there:
            parent = definition.parent
            while parent is not None and parent in here and parent in there:
                parent = here[parent].parent
            if parent is None or parent not in here:
                yield o


def _weight(o: SchemaObject, definition: Definition, untouched: Collection[SchemaObject]) -> Weight:
    if _only_state(o, definition):
        return _softened(Weight.SET_RIGHT, definition, untouched)
    return Weight.KEPT if o.kind == "comment" else Weight.REFUSED


def _softened(
    weight: Weight, definition: Definition, untouched: Collection[SchemaObject]
) -> Weight:
    aside = weight is Weight.SET_RIGHT and definition.parent in untouched
    return Weight.KEPT if aside else weight


def _only_state(o: SchemaObject, definition: Definition) -> bool:
    """A partition's trigger is made with that of its root; pg_dump says only its own state."""
    return o.kind == "trigger" and definition.text.lstrip().startswith("ALTER TABLE")


def _differences(o: SchemaObject, here: Definition, there: Definition) -> Iterator[Difference]:
    """The properties that differ; the object itself is not named yet."""
    if here.owner != there.owner:
        yield Difference("owner", here.owner, there.owner)
    if here.access_method != there.access_method:
        yield Difference("access method", here.access_method, there.access_method)
    ours, theirs = settled(here.text), settled(there.text)
    if ours == theirs or o.kind == "user mapping":  # which differ in options, and have them aside
        return
    if o.kind in _SECRET:
        yield Difference("options", "some (not shown)", "others")
        return
    changed = list(changed_parts(parts_of(o.kind, ours), parts_of(o.kind, theirs)))
    for part, one, other in changed or [(MAIN, *told_apart(ours, theirs))]:
        name = "" if _only_state(o, here) else part.name
        yield Difference(name, one, other, _part_weight(o, part, here))


def _part_weight(o: SchemaObject, part: Part, definition: Definition) -> Weight:
    if o.kind == "comment" or part.is_storage:
        return Weight.KEPT
    if part.is_state and o.kind == "event trigger":  # its owner may have to switch it off
        return Weight.KEPT
    if part.is_state and definition.parent and definition.parent.kind == "table":
        return Weight.SET_RIGHT
    return Weight.REFUSED


def _described(o: SchemaObject, objects: Definitions) -> str:
    """The object as text to read: `trigger tr on table a`."""
    parent = objects[o].parent
    if o.kind in ("comment", "acl"):
        return f"{_WORDS.get(o.kind, 'comment on')} {_tagged(o, objects)}"
    word = _WORDS.get(o.kind, o.kind)
    if o.kind in _SPELLED_OUT:
        schema = "" if o.schema in ("", "public") else f"{o.schema}."
        return f"{word} {schema}{o.name.removeprefix('CAST ')}"
    if parent is not None and o.kind in _ON_TABLES:
        own = str(Name("public", o.name.removeprefix(f"{parent.name} ")))
        word = f"state of {word}" if _only_state(o, objects[o]) else word
        between = "of" if o.kind == "default" else "on"
        return f"{word} {own} {between} {parent.kind} {Name(parent.schema, parent.name)}"
    return f"{word} {Name(o.schema or 'public', o.name)}"


def _tagged(o: SchemaObject, objects: Definitions) -> str:
    """What a comment or a privilege is on: pg_dump says `COLUMN a.b`, with the kind before."""
    parent = objects[o].parent
    head, _, name = o.name.partition(" ")
    schema = "" if o.schema in ("", "public") else f"{o.schema}."
    if head == "COLUMN" or (head == "CONSTRAINT" and parent and parent.kind not in _ON_TABLES):
        return f"{head.lower()} {schema}{name}"
    if parent and parent in objects:
        return _described(parent, objects)
    return o.name


def _with_inherited_order(side: Definitions, changed: Collection[SchemaObject]) -> Definitions:
    """The same; in tables that inherit, the parents' columns come first, as after a restore."""
    inheriting = [o for o in changed if o.kind == "table" and "\nINHERITS (" in side[o].text]
    if not inheriting:
        return side
    tables = {o: d.text for o, d in side.items() if o.kind == "table"}
    ordered = {o: side[o]._replace(text=inherited_first(o, tables)) for o in inheriting}
    return {**side, **ordered}
