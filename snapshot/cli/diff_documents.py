"""What diff prints for programs and for pull requests: JSON and Markdown."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import orjson

from snapshot.cli.diff_reports import (
    SIGNS,
    Found,
    changed_columns,
    conclusion,
    head_lines,
    read_to_end,
    value_text,
)
from snapshot.cli.terminal import visible

if TYPE_CHECKING:
    from snapshot.changes.comparing import Comparison
    from snapshot.changes.model import Change, ComparedTable, Counts
    from snapshot.store.manifest import SequenceValue

FORMAT = "snapshot-diff/1"
MARKDOWN_SIZE = 60_000  # characters: a comment on GitHub takes 65,536
_ROWS = 20  # of a table, in Markdown
_VALUE = 200  # characters of a value, in Markdown


def json_pieces(comparison: Comparison, values: bool) -> Iterator[str]:
    """The JSON document of diff, a row a line; without `values` only the counts of rows."""
    head = orjson.dumps(_head(comparison))
    yield head.decode()[:-1] + ',"tables":['
    between, differs = "\n", not comparison.same_beside_rows
    for table, changes in comparison.tables():
        differs = True
        counts = {"added": 0, "deleted": 0, "changed": 0}
        yield between + orjson.dumps(_table(table)).decode()[:-1] + (',"rows":[' if values else "")
        lead = "\n"
        for change in changes:
            counts[change.operation] += 1
            if values:
                yield lead + orjson.dumps(_row(table, change), default=str).decode()
                lead = ",\n"
        yield ("]," if values else ",") + orjson.dumps(counts).decode()[1:]
        between = ",\n"
    yield f'\n],"equal":{"false" if differs else "true"}}}\n'


def _head(comparison: Comparison) -> dict[str, Any]:
    a, b = comparison.a, comparison.b
    return {
        "format": FORMAT,
        "a": {"name": a.name, "at": a.moment},
        "b": {"name": b.name, "at": b.moment},
        "exact": comparison.exact,
        "schema": [
            {"what": d.what, "a": d.snapshot, "b": d.target} for d in comparison.schema.found
        ],
        "migrations": [
            {"tool": x.tool, **x.table._asdict(), "a": x.at, "b": y.at}
            for x, y in comparison.revisions
        ],
        "only_in_a": [{**t.name._asdict(), "rows": t.rows} for t in comparison.only_in_a],
        "only_in_b": [{**t.name._asdict(), "rows": t.rows} for t in comparison.only_in_b],
        "sequences": [
            {**c.name._asdict(), "a": _sequence(c.before), "b": _sequence(c.after)}
            for c in comparison.sequences
        ],
        "others": list(comparison.others),
        "ignored": list(comparison.ignored),
        "notes": list(comparison.notes),
        "compared": len(comparison.compared),
    }


def _sequence(value: SequenceValue | None) -> dict[str, Any] | None:
    if value is None:
        return None
    return {"last_value": value.last_value, "is_called": value.is_called}


def _table(table: ComparedTable) -> dict[str, Any]:
    return {**table.name._asdict(), "key": list(table.key), "columns": list(table.columns)}


def _row(table: ComparedTable, change: Change) -> dict[str, Any]:
    def named(row: tuple[str | None, ...]) -> dict[str, str | None]:
        pairs = zip(table.columns, row, strict=True)
        return {n: v if v is None else _unicode(v) for n, v in pairs}

    whole = named(change.after or change.before or ())
    document: dict[str, Any] = {"op": change.operation}
    if table.key:
        document["key"] = {name: whole[name] for name in table.key}
    if change.before is None or change.after is None:
        return document | {"after" if change.before is None else "before": whole}
    columns = changed_columns(table, change)
    return document | {
        "before": {n: v if v is None else _unicode(v) for n, v, _ in columns},
        "after": {n: v if v is None else _unicode(v) for n, _, v in columns},
    }


def _unicode(value: str) -> str:
    """The value without bytes that are no text, which a SQL_ASCII database may hold."""
    return value.removeprefix("\0").encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def markdown(comparison: Comparison, values: bool) -> tuple[str, list[Found]]:
    """A table of counts, and the rows of each table to be unfolded; and what was found."""
    from snapshot.changes.model import title

    found, details = [], []
    for table, changes in comparison.tables():
        first = _first(changes)
        head, rest = read_to_end(table, first), read_to_end(table, changes)
        counts = head.counts.plus(rest.counts)
        found.append(Found(table, counts, head.columns))
        if values:
            details.append(_details(table, first, counts))
    headline, *differences = head_lines(comparison)
    lines = [f"**{_escaped(headline)}**", "", *(f"* {_escaped(d.strip())}" for d in differences)]
    if found:
        lines += ["", "| table | added | deleted | changed | columns |", "|---|--:|--:|--:|---|"]
        lines += [
            f"| {_escaped(title(f.table.name))} | {f.counts.added:,} | {f.counts.deleted:,} "
            f"| {f.counts.changed:,} | {_escaped(', '.join(f.columns))} |"
            for f in found
        ]
    lines += ["", *(f"* {_escaped(note)}" for note in comparison.notes)]
    lines += ["", _escaped(conclusion(comparison, [f.counts for f in found]))]
    return _shortened("\n".join(lines), details), found


def _first(changes: Iterator[Change]) -> list[Change]:
    return [change for _, change in zip(range(_ROWS), changes, strict=False)]


def _shortened(text: str, details: list[str]) -> str:
    if len(text) > MARKDOWN_SIZE - 200:
        return text[: MARKDOWN_SIZE - 200].rpartition("\n")[0] + "\n\n… and more\n"
    left_out = 0
    for part in details:
        if len(text) + len(part) < MARKDOWN_SIZE - 200:
            text += part
        else:
            left_out += 1
    return text + (f"\n\nThe rows of {left_out} more tables are left out.\n" if left_out else "\n")


def _details(table: ComparedTable, changes: list[Change], counts: Counts) -> str:
    from snapshot.changes.model import title

    lines = [
        f"\n\n<details><summary>{_escaped(title(table.name))} {counts}</summary>\n",
        "| | row | column | before | after |",
        "|---|---|---|---|---|",
    ]
    for change in changes:
        whole = dict(zip(table.columns, change.after or change.before or (), strict=True))
        key = ", ".join(f"{name} {_short(whole[name])}" for name in table.key)
        sign = SIGNS[change.operation]
        if change.before is not None and change.after is not None:
            for name, before, after in changed_columns(table, change):
                cells = (key, name, _short(before), _short(after))
                lines.append(f"| {sign} | " + " | ".join(map(_escaped, cells)) + " |")
        else:
            row = ", ".join(f"{n}={_short(v)}" for n, v in whole.items() if n not in table.key)
            cells = (key, "", "" if change.before is None else row, row if change.after else "")
            lines.append(f"| {sign} | " + " | ".join(map(_escaped, cells)) + " |")
    if (left := sum(counts) - len(changes)) > 0:
        lines.append(f"\n… {left:,} more rows")
    return "\n".join(lines) + "\n\n</details>"


def _short(value: str | None) -> str:
    text = value_text(value)
    return text if len(text) <= _VALUE else text[: _VALUE - 1] + "…"


# Signs that mean something in GitHub's Markdown: cells, emphasis, links, mentions and numbers.
_SIGNS = str.maketrans({sign: f"&#{ord(sign)};" for sign in "\\`*_[]|~#@<>"})


def _escaped(text: str) -> str:
    """Text that Markdown shows as it is."""
    return visible(text).replace("&", "&amp;").translate(_SIGNS)
