"""The page: facts into one HTML file that needs no network and runs no script but its own."""

from __future__ import annotations

import hashlib
import os
from base64 import b64encode
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

import orjson

from snapshot.catalog import Name
from snapshot.errors import SnapshotError, UsageError, how_to_install
from snapshot.report.facts import Facts
from snapshot.report.graph import ALL_UP_TO, Counts, Graph, changes_text, graph_of, schemas_of
from snapshot.report.layout import SWEEPS, WRAP
from snapshot.store import VERSION
from snapshot.store.manifest import FILE_NAME

_HERE = Path(__file__).parent
_HINT = "name another file with -o"


@dataclass(frozen=True)
class Written:
    """A report that was written."""

    path: Path
    size: int
    tables: int
    sampled: int  # rows of each table that it shows at most

    def to_dict(self) -> dict[str, Any]:
        """What --json prints: values that json.dumps takes."""
        return {
            "path": str(self.path),
            "size": self.size,
            "tables": self.tables,
            "rows_shown": self.sampled,
        }


@dataclass(frozen=True)
class Differences:
    """What a comparison with another state found."""

    compared_with: str
    counts: Counts  # rows added, deleted and changed by table
    others: Sequence[str] = ()  # of schema and sequences, a line each


def write_report(facts: Facts, path: Path, differences: Differences | None = None) -> Written:
    """Write the page into a file; only the user can read it if it shows rows.

    Raises UsageError if the file cannot stand there, or Jinja2 is not installed.
    """
    path = path.absolute()
    check_ready(path)
    content = make_page(facts, differences).encode("utf-8", "replace")
    try:
        _replace(path, content, private=facts.sampled > 0)
    except OSError as error:
        raise SnapshotError(f"{path} cannot be written: {error.strerror}", hint=_HINT) from error
    return Written(path, len(content), len(facts.tables), facts.sampled)


def _replace(path: Path, content: bytes, private: bool) -> None:
    """Write a new file beside it and let it take its place: whole or not at all."""
    with NamedTemporaryFile(dir=path.parent, prefix=".report-", delete=False) as file:
        try:
            file.write(content)
            file.flush()
            if not private:  # as any other new file
                os.umask(mask := os.umask(0o077))
                os.fchmod(file.fileno(), 0o666 & ~mask)
            Path(file.name).replace(path)
        except BaseException:
            with suppress(OSError):
                Path(file.name).unlink()
            raise


def make_page(
    facts: Facts, differences: Differences | None = None, made_at: datetime | None = None
) -> str:
    """The page as text. The same facts give the same text, but for the time."""
    template = _template()
    script, style = ((_HERE / name).read_text("utf-8") for name in ("page.js", "page.css"))
    counts = differences.counts if differences else None
    graph = graph_of(facts, counts)
    overview = graph if len(facts.tables) <= ALL_UP_TO else schemas_of(facts, graph)
    page: str = template.render(
        facts=facts,
        counts=counts,
        differences=differences,
        totals=[sum(c[i] for c in counts.values()) for i in range(3)] if counts else [0, 0, 0],
        unlisted=sorted(set(counts or ()) - set(facts.order.tables)),
        place={table.name: number for number, table in enumerate(facts.tables)},
        graph=graph,
        overview=overview,
        large=overview is not graph,
        all_up_to=ALL_UP_TO,
        incoming=_by_referenced(facts),
        outgoing=_by_root(facts),
        reasons={(d.foreign_key.table, d.foreign_key.name): d.reason for d in facts.order.deferred},
        data=_data(graph),
        script=script,
        style=style,
        policy=_policy(script, style),
        made_at=(made_at or datetime.now(UTC)).isoformat(timespec="seconds"),
        tool=f"snapshot {VERSION}",
    )
    return page


def check_ready(path: Path) -> None:
    """UsageError if Jinja2 is missing or the file cannot stand there: before anything is read."""
    try:
        import jinja2  # noqa: F401
    except ImportError as error:
        raise UsageError("Jinja2 is not installed", hint=how_to_install("report")) from error
    path = path.absolute()
    if (path.parent / FILE_NAME).exists():
        raise UsageError(f"{path.parent} is a snapshot, which holds no other files", hint=_HINT)
    if path.is_dir():
        raise UsageError(f"{path} is a folder", hint=_HINT)
    if not path.parent.is_dir():
        raise UsageError(f"there is no folder {path.parent}", hint="make it, or " + _HINT)


def _template() -> Any:
    from jinja2 import Environment, StrictUndefined
    from markupsafe import Markup, escape

    def whole(value: object) -> object:
        # a parser of HTML makes a newline of a carriage return that stands there as it is
        if isinstance(value, str) and "\r" in value:
            return Markup(str(escape(value)).replace("\r", "&#13;"))  # noqa: S704  # escaped
        return value

    environment = Environment(
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
        finalize=whole,
    )
    environment.filters |= {"size": size_text, "own": Markup, "changes": changes_text}
    return environment.from_string((_HERE / "page.html").read_text("utf-8"))


def _policy(script: str, style: str) -> str:
    """Nothing is loaded, and nothing runs but these two texts."""
    hashes = [b64encode(hashlib.sha256(t.encode()).digest()).decode() for t in (script, style)]
    return (
        f"default-src 'none'; script-src 'sha256-{hashes[0]}'; style-src 'sha256-{hashes[1]}'; "
        "base-uri 'none'; form-action 'none'"
    )


def _data(graph: Graph) -> str:
    """What the script draws from, as JSON that cannot end its element."""
    document = {
        "wrap": WRAP,
        "sweeps": SWEEPS,
        "qualified": graph.qualified,
        "tables": [
            {
                "schema": node.name.schema,
                "name": node.name.name,
                "width": node.width,
                "rows": node.rows,
                **({"marks": node.marks} if node.marks else {}),
                **({"changes": node.changes} if node.changes else {}),
            }
            for node in graph.nodes
        ],
        "links": [[*edge.link, edge.keys, edge.label] for edge in graph.edges],
    }
    text = orjson.dumps(document).decode("utf-8", "replace")
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text


def _by_root(facts: Facts) -> Mapping[Name, list[Any]]:
    return _grouped((fk.root, fk) for fk in facts.foreign_keys)


def _by_referenced(facts: Facts) -> Mapping[Name, list[Any]]:
    return _grouped((fk.referenced_root, fk) for fk in facts.foreign_keys)


def _grouped(pairs: Iterable[tuple[Name, Any]]) -> Mapping[Name, list[Any]]:
    found: dict[Name, list[Any]] = {}
    for name, item in pairs:
        found.setdefault(name, []).append(item)
    return found


def size_text(count: int | None) -> str:
    """A number of bytes as text to read."""
    if count is None:
        return "not known"
    value = float(count)
    for unit in ("B", "kB", "MB"):
        if value < 1000:
            return f"{value:.0f} {unit}" if unit == "B" or value >= 100 else f"{value:.1f} {unit}"
        value /= 1000
    return f"{value:,.1f} GB"
