"""A policy that is proposed: a rule for every column and every JSON key, or `?` for a person.

Names, types and comments come from the catalog, the rest from samples. No value goes into the text.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from snapshot.catalog import Catalog, Column, Name, Table, quoted
from snapshot.masking.choices import (
    Proposal,
    Surroundings,
    choose,
    family_of,
)
from snapshot.masking.classes import ColumnName, read_classes
from snapshot.masking.json_paths import covers, names_in
from snapshot.masking.looks import Look, look_at
from snapshot.masking.policy_text import (
    UNSURE,
    Line,
    Section,
    add_sections,
    identifiers_in,
    read_text,
    table_key,
    table_name,
    whole_text,
)
from snapshot.masking.recognition import Evidence
from snapshot.masking.words import about_organisations, about_people, is_lookup, meaning_of
from snapshot.planning.migrations import bookkeeping
from snapshot.postgres.connection import Connection
from snapshot.postgres.introspect import read_catalog
from snapshot.postgres.samples import (
    ColumnFacts,
    TableFacts,
    read_column_facts,
    read_sample,
    sampled_columns,
)
from snapshot.subset.model import Link

KEY = "env:SNAPSHOT_MASK_KEY"
_HEAD = (
    "What becomes of every column; `snapshot mask init` proposed it. Read every line.",
    'A rule "?" is for you to decide: `snapshot create --mask` is refused until you have.',
)


def discover(connection: Connection, existing: str | None = None) -> str:
    """Sample a database in the transaction that is open, and propose a policy for it.

    `existing` is the text of a policy, to which only what is missing is added. Raises UsageError
    if it cannot be read, or cannot be added to.
    """
    if existing is not None:
        read_text(existing)  # before the database is read
    catalog = read_catalog(connection)
    facts = read_column_facts(connection)
    looks = {
        table.name: look_at(facts[table.name], read_sample(connection, table, columns))
        for table in catalog.tables
        if table.name in facts and (columns := sampled_columns(facts[table.name]))
    }
    return propose(catalog, facts, looks, existing)


def propose(
    catalog: Catalog,
    facts: Mapping[Name, TableFacts],
    looks: Mapping[Name, Look],
    existing: str | None = None,
) -> str:
    """The text of a policy. It is the existing text, if that already has a rule for everything."""
    document = read_text(existing) if existing is not None else {}
    given = _given(document)
    proposals = _propose_columns(catalog, facts, looks, given, _links(document))
    sections: list[Section] = []
    for table in catalog.tables:
        if table.name not in facts:
            continue
        columns = facts[table.name].columns
        rules = proposals[table.name]
        lines = list(_lines(columns.values(), rules, given.get(table.name, {})))
        sections.append(Section(("columns", table_key(table.name)), lines))
        look = looks.get(table.name, Look())
        for column, proposal in rules.items():
            if proposal.mask == "json":
                known = _given_json(document, table.name, column)
                paths = _json_lines(table, facts, column, look, known)
                sections.append(Section(("json", table_key(table.name), column), paths))
    return _text(catalog, document, sections, existing)


def _text(
    catalog: Catalog, document: Mapping[str, Any], sections: list[Section], existing: str | None
) -> str:
    top = [Line("version", 1), Line("key", KEY), Line("locale", "en")]
    if catalog.large_objects:
        sections.append(Section(("schema",), [Line("large_objects", "blank")]))
    if existing is None or not existing.strip():
        comments = [Line(None, comment=text) for text in _HEAD]
        return whole_text([Section((), [*comments, *top]), *filter(_has_lines, sections)])
    missing = [line for line in top[:2] if line.key not in document]
    if "large_objects" in document.get("schema", {}):
        sections = [section for section in sections if section.path != ("schema",)]
    spelled = {table_name(key): key for key in document.get("columns", {})}
    json_spelled = {table_name(key): key for key in document.get("json", {})}
    respelled = [
        section._replace(path=_as_written(section.path, spelled, json_spelled))
        for section in sections
    ]
    rules = [s._replace(lines=[x for x in s.lines if x.key is not None]) for s in respelled]
    return add_sections(existing, [Section((), missing), *rules])


def _has_lines(section: Section) -> bool:
    return bool(section.lines)


def _as_written(
    path: tuple[str, ...], columns: Mapping[Name, str], json: Mapping[Name, str]
) -> tuple[str, ...]:
    """The section with the table as the file names it already."""
    if len(path) == 1:
        return path
    spelled = columns if path[0] == "columns" else json
    return (path[0], spelled.get(table_name(path[1]), path[1]), *path[2:])


def _given(document: Mapping[str, Any]) -> dict[Name, Mapping[str, Any]]:
    """The rules of columns that a policy has."""
    columns = document.get("columns", {})
    return {table_name(key): rules for key, rules in columns.items() if isinstance(rules, Mapping)}


def _parents(facts: Mapping[Name, TableFacts]) -> set[tuple[Name, Name]]:
    """The tables that inherit, with those from which they do."""
    return {
        (table, parent)
        for table, found in facts.items()
        for column in found.columns.values()
        if (parent := column.inherited_from) is not None and parent in facts
    }


def _links(document: Mapping[str, Any]) -> Iterator[Link]:
    """The keys that a policy declares: from one column to another."""
    for source, target in document.get("links", {}).items():
        to = target.get("to") if isinstance(target, Mapping) else target
        ends = [identifiers_in(source), identifiers_in(to if isinstance(to, str) else "")]
        if all(len(end) == 3 for end in ends):
            (one, first, column), (other, second, referenced) = ends
            yield Link(Name(one, first), (column,), Name(other, second), (referenced,))


def _given_json(document: Mapping[str, Any], table: Name, column: str) -> Mapping[str, Any]:
    for key, columns in document.get("json", {}).items():
        if table_name(key) == table and isinstance(columns, Mapping):
            rules = columns.get(column, {})
            return rules if isinstance(rules, Mapping) else {}
    return {}


def _lines(
    columns: Iterable[ColumnFacts], rules: Mapping[str, Proposal], given: Mapping[str, Any]
) -> Iterable[Line]:
    for column in columns:
        if column.generated:
            yield Line(None, comment=f"{column.name}: generated, so it is computed at restore")
        elif column.name not in given:
            rule, confidence, reason = rules[column.name]
            yield Line(column.name, rule, f"{confidence}: {reason}")


# --- the rules of columns


def _propose_columns(
    catalog: Catalog,
    facts: Mapping[Name, TableFacts],
    looks: Mapping[Name, Look],
    given: Mapping[Name, Mapping[str, Any]],
    links: Iterable[Link],
) -> dict[Name, dict[str, Proposal]]:
    """A rule for every column that is stored: those that are given already, else a proposed one."""
    classes = read_classes(catalog, links, _parents(facts)).roots
    tools = bookkeeping(catalog.tables)
    people = {name for name, of_table in facts.items() if is_about_people(name, of_table.columns)}
    found: dict[Name, dict[str, Proposal]] = {}
    for table in catalog.tables:
        if table.name not in facts:
            continue
        own = found[table.name] = {}
        look = looks.get(table.name, Look())
        around = surroundings_of(table, catalog, people)
        for column in facts[table.name].columns.values():
            if column.generated:
                continue
            if table.name in tools:
                own[column.name] = Proposal("keep", "sure", "what a migration tool applied")
            else:
                evidence = look.evidence.get(column.name, Evidence())
                within = replace(around, key=column.name in table.key)
                own[column.name] = choose(column, evidence, within)
    for named, rules in given.items():
        for name, rule in rules.items():
            if name in found.get(named, {}):
                found[named][name] = Proposal(rule, "given", "the file says so")
    _join(found, classes, given)
    _keep_no_copies(found, facts, given, classes)
    return found


def _join(
    found: dict[Name, dict[str, Proposal]],
    classes: Mapping[ColumnName, ColumnName],
    given: Mapping[Name, Mapping[str, Any]],
) -> None:
    """One rule for each class: that of the referenced column, unless the file gives another."""
    rules: dict[ColumnName, Proposal] = {}
    for member, root in classes.items():
        if member[1] in given.get(member[0], {}) and (root not in rules or member == root):
            rules[root] = found[member[0]][member[1]]
    for (table, column), root in classes.items():
        rule = rules.get(root) or found.get(root[0], {}).get(root[1])
        if rule is None or column in given.get(table, {}) or column not in found.get(table, {}):
            continue
        if (table, column) != root:
            found[table][column] = Proposal(
                rule.rule, rule.confidence, f"as {table_key(root[0])}.{quoted(root[1])}"
            )
        elif rule.confidence == "given":
            found[table][column] = rule._replace(reason="as a column that references it")


def _keep_no_copies(
    found: dict[Name, dict[str, Proposal]],
    facts: Mapping[Name, TableFacts],
    given: Mapping[Name, Mapping[str, Any]],
    classes: Mapping[ColumnName, ColumnName],
) -> None:
    """Texts in arrays may repeat what other columns of their table say: not kept beside a mask."""
    for table, rules in found.items():
        if all(proposal.mask == "keep" for proposal in rules.values()):
            continue
        for name, proposal in rules.items():
            column = facts[table].columns[name]
            own = name not in given.get(table, {}) and (table, name) not in classes
            if own and proposal.mask == "keep" and column.array and family_of(column) == "text":
                rules[name] = Proposal(UNSURE, "unsure", "texts that may repeat masked columns")


def surroundings_of(table: Table, catalog: Catalog, people: Collection[Name]) -> Surroundings:
    """What a table says of all its columns; `people` are the tables whose rows are people."""
    return Surroundings(
        people=table.name in people,
        organisations=about_organisations(table.name.name),
        lookup=is_lookup(table.name.name),
        subject=_subject_of(table, catalog, people),
    )


def is_about_people(table: Name, columns: Iterable[str]) -> bool:
    """Whether a table's rows are people: by its name, or by columns that only people have."""
    meanings = {meaning_of(name) for name in columns}
    addressed = {"plain_name", "email"} <= meanings and not about_organisations(table.name)
    return about_people(table.name) or addressed or bool(meanings & {"first_name", "birth"})


def _subject_of(table: Table, catalog: Catalog, people: Collection[Name]) -> str | None:
    """The column that says which person a row is about: its key, or one that references people."""
    if table.name in people:
        return table.key[0] if len(table.key) == 1 else None
    for key in catalog.foreign_keys:
        if key.root == table.name and len(key.columns) == 1 and key.referenced_root in people:
            return key.columns[0]
    return None


# --- JSON


def _json_lines(
    table: Table,
    facts: Mapping[Name, TableFacts],
    column: str,
    look: Look,
    given: Mapping[str, Any],
) -> list[Line]:
    """A line for each path that has none, and one for all others."""
    places = look.places.get(column, {})
    people = is_about_people(table.name, facts[table.name].columns)
    lines = []
    for path, evidence in places.items():
        if any(covers(rule, path) for rule in given if rule != "*"):
            continue
        kinds = look.kinds.get((column, path), frozenset())
        rule, confidence, reason = _of_place(path, evidence, kinds, people)
        lines.append(Line(path, rule, f"{confidence}: {reason}"))
    if "*" not in given:
        lines.append(Line("*", "drop", "keys that did not occur"))
    return lines


def _of_place(path: str, evidence: Evidence, kinds: frozenset[str], people: bool) -> Proposal:
    """The rule of a place in JSON documents: as that of a column of texts or numbers."""
    names = names_in(path) or [""]
    if kinds <= {"boolean"}:
        return Proposal("keep", "sure", "true or false")
    if kinds <= {"empty", "null"} and meaning_of(names[-1]) is None:
        named = path[-1:] not in ("]", "}", "*")  # nothing else can be dropped
        return Proposal("drop" if named else "redact", "likely", "always empty")
    around = Surroundings(
        people=any(map(about_people, names[:-1])) or (people and len(names) == 1),
        organisations=any(map(about_organisations, names[:-1])),
    )
    kind = "numeric" if "number" in kinds and "string" not in kinds else "text"
    if kind == "numeric" and evidence.shares.get("whole", 0) >= 1:
        kind = "bigint"
    alone = meaning_of(names[-1]) not in (None, "plain_name")
    name = names[-1] if alone else "_".join(names[-2:])
    leaf = ColumnFacts(name if "key" not in kinds else "key", kind, not_null=True)
    return choose(leaf, evidence, around)


# --- lines to paste


def lines_for(table: Table, columns: Sequence[str]) -> list[str]:
    """The lines for columns that a policy does not name, in the table's order.

    From names and types alone: no value is read. Generated columns need no line.
    """
    about = is_about_people(table.name, [column.name for column in table.columns])
    around = Surroundings(
        people=about,
        organisations=about_organisations(table.name.name),
        lookup=is_lookup(table.name.name),
        subject=table.key[0] if about and len(table.key) == 1 else None,
    )
    lines = []
    for column in table.stored:
        if column.name in columns:
            within = replace(around, key=column.name in table.key)
            found = choose(_facts_of(column), Evidence(), within)
            text = f"{found.confidence}: {found.reason}"
            lines.append(str(Line(column.name, found.rule, text)))
    return lines


def _facts_of(column: Column) -> ColumnFacts:
    """What a snapshot's catalog knows of a column. A type of the user's own is not known."""
    base = column.base or column.type
    array = base.endswith("[]")
    return ColumnFacts(
        column.name, base.removesuffix("[]"), array=array, known=column.base is not None,
        extension_type=None if column.base else base.rpartition(".")[2],
        not_null=True, generated=column.generated,
    )  # fmt: skip
