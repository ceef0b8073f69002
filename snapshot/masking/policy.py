"""The policy: a TOML file that says what becomes of every column."""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson

from snapshot.catalog import Name
from snapshot.errors import UsageError
from snapshot.masking.model import Rule
from snapshot.subset.model import Edge, Link, Root, SubsetRules

VERSION = 1  # of what the masks make: a file that names it gives the same values in later releases
_DOCS = "docs/masking.md describes the file"


@dataclass(frozen=True)
class Except:
    """Rows that keep some of their columns: those in which `column` is `value`."""

    table: Name
    column: str
    value: str
    leave: tuple[str, ...]


@dataclass(frozen=True)
class SchemaRules:
    """[schema]: what becomes of the structure's text."""

    comments: str = "keep"  # or drop
    allow: tuple[str, ...] = ()  # literals that were looked at, or "sha256:…" of them
    large_objects: str | None = None  # blank, none, keep; None: not said
    sequences: str = "keep"  # or from_rows


@dataclass(frozen=True)
class Audit:
    """[audit]: groups of rows that share kept columns, to be counted below k."""

    quasi: tuple[str, ...] = ()
    k: int = 5


@dataclass(frozen=True)
class Policy:
    """A policy as it was read. Rules of JSON are by column, then by path."""

    path: str
    key: str  # env:NAME, file:PATH or command:COMMAND
    version: int = 1
    locale: str = "en"
    columns: Mapping[Name, Mapping[str, Rule]] = field(default_factory=dict)
    json: Mapping[tuple[Name, str], Mapping[str, Rule]] = field(default_factory=dict)
    rows: Mapping[str, str] = field(default_factory=dict)  # table or pattern → none
    exceptions: tuple[Except, ...] = ()
    links: tuple[Link, ...] = ()
    schema: SchemaRules = SchemaRules()
    subset: SubsetRules | None = None
    audit: Audit = Audit()
    digest: str = ""  # SHA-256 of its meaning: not of comments, order, or where the key is
    lines: Mapping[tuple[str, ...], int] = field(default_factory=dict)  # of sections and keys

    def at(self, *path: str) -> str:
        """The file and the line of a section or key, to begin a message with."""
        line = self.lines.get(path)
        return f"{self.path}, line {line}" if line else self.path


def read_policy(path: str | Path) -> Policy:
    """Read and check a policy against itself.

    Raises UsageError with file and line. No other text of the file is in the message: a secret may
    stand in it by mistake.
    """
    try:
        text = Path(path).read_text(encoding="utf-8")
    except OSError as error:
        raise UsageError(
            f"{path} cannot be read: {error.strerror or error}",
            hint="write one with: snapshot mask init",
        ) from error
    except UnicodeDecodeError:
        raise UsageError(f"{path} is not UTF-8", hint="save it as UTF-8") from None
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"{path} is not TOML: {_where(error)}", hint=_DOCS) from None
    return _Reader(str(path), document, dict(_lines(text))).policy()


def policy_hash(path: str | Path) -> str:
    """SHA-256 of what a policy says. Raises what read_policy() raises."""
    return read_policy(path).digest


def parse_name(text: str, parts: int) -> tuple[str, ...]:
    """A qualified name of so many parts, quoted as in SQL where a part has a dot or a quote.

    Raises ValueError.
    """
    found = [
        quoted.replace('""', '"') if quoted else plain
        for quoted, plain in re.findall(r'"((?:[^"]|"")+)"|([^".]+)', text)
    ]
    again = re.compile(r'(?:"(?:[^"]|"")+"|[^".]+)(?:\.(?:"(?:[^"]|"")+"|[^".]+))*')
    found = ["public"] * (len(found) == parts - 1) + found
    if not again.fullmatch(text) or len(found) != parts:
        raise ValueError(f"{text} is not a name of {parts} parts such as public.users")
    return tuple(found)


def _where(error: tomllib.TOMLDecodeError) -> str:
    """What is wrong, and where, without what stands there."""
    found = re.search(r"\(at .*\)", str(error))
    reason = re.split(r"[:'\"(]", str(error))[0].strip()
    return f"{reason} {found[0] if found else ''}".strip()


def _lines(text: str) -> Iterator[tuple[tuple[str, ...], int]]:
    """Where sections and keys stand. What spans several lines is found by its first."""
    section: tuple[str, ...] = ()
    for number, line in enumerate(text.splitlines(), 1):
        found = re.match(
            r"\s*(?:\[\[?(.+?)\]\]?\s*(?:#.*)?$|((?:[^=#\"']|\"[^\"]*\"|'[^']*')+)=)", line
        )
        if not found:
            continue
        try:
            document = tomllib.loads(f"{found[1] or found[2]} = 0")
        except tomllib.TOMLDecodeError:
            continue
        path: list[str] = []
        while isinstance(document, dict):
            key, document = next(iter(document.items()))
            path.append(key)
        if found[1]:
            section = tuple(path)
            yield section, number
        else:
            yield (*section, *path), number


class _Reader:
    """The document's parts, each taken out and checked."""

    def __init__(
        self, path: str, document: dict[str, Any], lines: dict[tuple[str, ...], int]
    ) -> None:
        self._path = path
        self._document = document
        self._lines = lines

    def policy(self) -> Policy:
        top = self._document
        self._known(top, (), {"version", "key", "locale", "columns", "json", "rows", "except",
                              "links", "schema", "subset", "audit"})  # fmt: skip
        meaning = {name: value for name, value in top.items() if name != "key"}
        return Policy(
            path=self._path,
            key=self._key(),
            version=self._version(),
            locale=self._get(top, (), "locale", str, "en"),
            columns=self._columns(),
            json=self._json(),
            rows=self._rows(),
            exceptions=tuple(map(self._exception, self._get(top, (), "except", list, []))),
            links=tuple(self._links()),
            schema=self._schema(),
            subset=self._subset() if "subset" in top else None,
            audit=self._audit(),
            digest=hashlib.sha256(orjson.dumps(meaning, option=orjson.OPT_SORT_KEYS)).hexdigest(),
            lines=self._lines,
        )

    def _fail(self, problem: str, *path: str, hint: str = _DOCS) -> UsageError:
        line = next((n for end in range(len(path), 0, -1) if (n := self._lines.get(path[:end]))), 0)
        where = f"{self._path}, line {line}" if line else self._path
        return UsageError(f"{where}: {problem}", hint=hint)

    def _known(self, table: Mapping[str, Any], path: tuple[str, ...], known: set[str]) -> None:
        for name in table:
            if name not in known:
                raise self._fail(
                    f"nothing is called {name} here", *path, name,
                    hint=f"known are: {', '.join(sorted(known))}",
                )  # fmt: skip

    def _get(
        self, table: Mapping[str, Any], path: tuple[str, ...], name: str, kind: Any, default: Any
    ) -> Any:
        value = table.get(name, default)
        if value is not default and (
            not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool)
        ):
            raise self._fail(f"{name} has a value of the wrong type", *path, name)
        return value

    def _section(self, name: str) -> Mapping[str, Any]:
        found: Mapping[str, Any] = self._get(self._document, (), name, dict, {})
        return found

    def _key(self) -> str:
        key = self._get(self._document, (), "key", str, "env:SNAPSHOT_MASK_KEY")
        if not re.fullmatch(r"(env:[A-Za-z_][A-Za-z0-9_]*|file:.+|command:.+)", key):
            raise self._fail(
                "key must say where the key is, and not be the key", "key",
                hint='write key = "env:SNAPSHOT_MASK_KEY", "file:PATH" or "command:COMMAND"',
            )  # fmt: skip
        return str(key)

    def _version(self) -> int:
        version = self._get(self._document, (), "version", int, None)
        if version is None:
            raise self._fail("it has no version", hint="write as its first line: version = 1")
        if version > VERSION:
            raise self._fail(f"version {version} is newer", "version", hint="upgrade snapshot")
        if version != VERSION:
            raise self._fail(f"there is no version {version}", "version", hint="version = 1")
        return int(version)

    def _name(self, text: str, parts: int, *path: str) -> tuple[str, ...]:
        try:
            return parse_name(text, parts)
        except ValueError as error:
            raise self._fail(str(error), *path) from None

    def _table(self, text: Any, *path: str) -> Name:
        if not isinstance(text, str):
            raise self._fail("the name of a table is missing", *path)
        return Name(*self._name(text, 2, *path))

    def _edge(self, text: str, *path: str) -> Edge:
        """A key by its columns: public.orders.user_id, or public.orders.(a, b)."""
        table, dot, columns = text.rpartition(".(")
        if dot and columns.endswith(")"):
            names = [name.strip().strip('"') for name in columns[:-1].split(",")]
            return self._table(table, *path), tuple(names)
        schema, name, column = self._name(text, 3, *path)
        return Name(schema, name), (column,)

    def _rule(self, value: Any, *path: str) -> Rule:
        line = self._lines.get(path, 0)
        if isinstance(value, str):
            return Rule(value, {}, line)
        if isinstance(value, dict) and isinstance(value.get("mask"), str):
            options = {name: option for name, option in value.items() if name != "mask"}
            return Rule(value["mask"], options, line)
        raise self._fail("a rule is the name of a mask, or { mask = …, option = … }", *path)

    def _columns(self) -> dict[Name, dict[str, Rule]]:
        found: dict[Name, dict[str, Rule]] = {}
        for text, rules in self._section("columns").items():
            path = ("columns", text)
            if "*" in text:
                raise self._fail(
                    "rules of columns name one table", *path,
                    hint='only [rows] has patterns: "log_*" = "none"',
                )  # fmt: skip
            table = self._table(text, *path)
            if table in found or not isinstance(rules, dict):
                raise self._fail(f"the rules of {table} stand here and elsewhere", *path)
            found[table] = {c: self._rule(rule, *path, c) for c, rule in rules.items()}
        return found

    def _json(self) -> dict[tuple[Name, str], dict[str, Rule]]:
        found: dict[tuple[Name, str], dict[str, Rule]] = {}
        for text, columns in self._section("json").items():
            table = self._table(text, "json", text)
            if not isinstance(columns, dict):
                raise self._fail('write [json."schema.table".column]', "json", text)
            for column, rules in columns.items():
                path = ("json", text, column)
                if not isinstance(rules, dict):
                    raise self._fail('write [json."schema.table".column]', *path)
                found[table, column] = {p: self._rule(r, *path, p) for p, r in rules.items()}
        return found

    def _rows(self) -> dict[str, str]:
        rows = dict(self._section("rows"))
        for table, what in rows.items():
            if what != "none":
                raise self._fail('only "none" can be said of rows', "rows", table)
        return rows

    def _exception(self, entry: Any) -> Except:
        path = ("except",)
        if not isinstance(entry, dict):
            raise self._fail("write [[except]] and below it table, column, is, leave", *path)
        self._known(entry, path, {"table", "column", "is", "leave"})
        leave = self._get(entry, path, "leave", list, [])
        column, value = entry.get("column"), entry.get("is")
        if not isinstance(column, str) or not isinstance(value, str) or not leave:
            raise self._fail("an exception needs table, column, is and leave", *path)
        return Except(self._table(entry.get("table"), *path), column, value, tuple(leave))

    def _links(self) -> Iterator[Link]:
        for text, to in self._section("links").items():
            path = ("links", text)
            table, columns = self._edge(text, *path)
            for target in to if isinstance(to, list) else [to]:  # of several types, one each
                entry = {"to": target} if isinstance(target, str) else target
                if not isinstance(entry, dict) or not isinstance(entry.get("to"), str):
                    raise self._fail(
                        'a link is "schema.table.column", or { to = …, where = … }', *path
                    )
                yield self._link(table, columns, entry, *path)

    def _link(
        self, table: Name, columns: tuple[str, ...], entry: dict[str, Any], *path: str
    ) -> Link:
        self._known(entry, path, {"to", "where", "expression"})
        referenced, theirs = self._edge(entry["to"], *path)
        expression = self._get(entry, path, "expression", str, None)
        where = self._get(entry, path, "where", str, None)
        if len(columns) != len(theirs):
            raise self._fail("both ends of a link have the same number of columns", *path)
        return Link(table, columns, referenced, theirs, where, expression)

    def _schema(self) -> SchemaRules:
        section = self._section("schema")
        self._known(section, ("schema",), {"comments", "allow", "large_objects", "sequences"})
        allowed = {
            "comments": ("keep", "drop"),
            "large_objects": ("blank", "none", "keep"),
            "sequences": ("keep", "from_rows"),
        }
        for name, values in allowed.items():
            if section.get(name, values[0]) not in values:
                raise self._fail(f"{name} is one of {', '.join(values)}", "schema", name)
        allow = self._get(section, ("schema",), "allow", list, [])
        return SchemaRules(
            section.get("comments", "keep"),
            tuple(map(str, allow)),
            section.get("large_objects"),
            section.get("sequences", "keep"),
        )

    def _subset(self) -> SubsetRules:
        section, path = self._section("subset"), ("subset",)
        self._known(
            section, path, {"roots", "whole", "children", "cut", "follow", "tenant", "max_rows"}
        )
        roots = self._get(section, path, "roots", list, [])
        if not roots:
            raise self._fail("a subset needs roots", "subset", "roots")
        children = self._get(section, path, "children", dict, {})
        for text, most in children.items():
            if most != "all" and (not isinstance(most, int) or isinstance(most, bool) or most < 1):
                raise self._fail('children are "all" or a number', "subset", "children", text)
        return SubsetRules(
            roots=tuple(map(self._root, roots)),
            whole=tuple(
                self._table(t, *path, "whole") for t in self._get(section, path, "whole", list, [])
            ),
            children={
                self._edge(text, *path, "children", text): None if most == "all" else most
                for text, most in children.items()
            },
            cut=tuple(
                self._edge(str(t), *path, "cut") for t in self._get(section, path, "cut", list, [])
            ),
            follow=self._get(section, path, "follow", bool, False),
            tenant=self._get(section, path, "tenant", str, None),
            max_rows=self._get(section, path, "max_rows", int, None),
        )

    def _root(self, entry: Any) -> Root:
        path = ("subset", "roots")
        if not isinstance(entry, dict):
            raise self._fail('a root is { table = "…", where = "…" }', *path)
        self._known(entry, path, {"table", "where", "percent", "limit", "allow_empty"})
        percent = self._get(entry, path, "percent", (int, float), None)
        limit = self._get(entry, path, "limit", int, None)
        if (percent is not None and not 0 < percent <= 100) or (limit is not None and limit < 1):
            raise self._fail("percent is above 0 and at most 100, limit at least 1", *path)
        if percent is not None and limit is not None:
            raise self._fail("a root has percent or limit, not both", *path)
        return Root(
            self._table(entry.get("table"), *path),
            self._get(entry, path, "where", str, None),
            percent,
            limit,
            self._get(entry, path, "allow_empty", bool, False),
        )

    def _audit(self) -> Audit:
        section = self._section("audit")
        self._known(section, ("audit",), {"quasi", "k"})
        quasi = self._get(section, ("audit",), "quasi", list, [])
        return Audit(tuple(map(str, quasi)), self._get(section, ("audit",), "k", int, 5))
