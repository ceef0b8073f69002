"""What diff prints as text: a line a table, or the rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from snapshot.cli import output
from snapshot.cli.terminal import visible

if TYPE_CHECKING:
    from snapshot.changes.comparing import Comparison, SequenceChange
    from snapshot.changes.model import Change, ComparedTable, Counts
    from snapshot.planning.schema_comparison import Difference
    from snapshot.store.manifest import SequenceValue

STYLES = {"added": "green", "deleted": "red", "changed": "yellow"}
SIGNS = {"added": "+", "deleted": "−", "changed": "~"}
_BAR = 40  # characters of --stat
_BATCH = 500  # rows that are aligned with one another


class Shown(NamedTuple):
    """How rows are shown: how many of a table, and whether long values are cut."""

    limit: int | None
    full: bool


class Found(NamedTuple):
    """A table that was read to the end: what happened to its rows, and to which columns."""

    table: ComparedTable
    counts: Counts
    columns: tuple[str, ...]


def head_lines(comparison: Comparison) -> Iterator[str]:
    """What is compared, and everything that differs besides the rows."""
    a, b = comparison.a, comparison.b
    yield f"{a.name} → {b.name}"
    yield f"  {_moment(a.moment)} → {_moment(b.moment)} UTC"
    listed = {f"table {table.name}" for table in (*comparison.only_in_a, *comparison.only_in_b)}
    for difference in comparison.schema.found:
        if difference.what in listed:
            continue  # below, with its rows
        yield f"  {schema_line(difference, a.name, b.name)}"
    if comparison.schema.undecided and comparison.schema.found:
        yield "  (the servers' versions differ, and may write one definition in different words)"
    for before, after in comparison.revisions:
        yield f"  migrations ({before.tool}): {before.at or 'none'} → {after.at or 'none'}"
    for side, tables in ((a, comparison.only_in_a), (b, comparison.only_in_b)):
        for table in tables:
            rows = "" if table.rows is None else f", {output.counted(table.rows, 'row')}"
            yield f"  only in {side.name}: table {table.name}{rows}"
    yield from (f"  {sequence_line(change)}" for change in comparison.sequences)
    yield from (f"  {line}" for line in comparison.others)


def _moment(text: str) -> str:
    return text.removesuffix("+00:00").replace("T", " ")


def schema_line(difference: Difference, a: str, b: str) -> str:
    """A difference of the schemas, in words."""
    if difference.target is None:
        return f"only in {a}: {difference.what}"
    if difference.snapshot is None:
        return f"only in {b}: {difference.what}"
    return (
        f"{difference.what}: {difference.snapshot or 'nothing'} → {difference.target or 'nothing'}"
    )


def sequence_line(change: SequenceChange) -> str:
    """Where a sequence stood, and stands."""
    return f"sequence {change.name}: {_stands(change.before)} → {_stands(change.after)}"


def _stands(value: SequenceValue | None) -> str:
    if value is None:
        return "none"
    return f"{value.last_value}{'' if value.is_called else ' (not called)'}"


def read_to_end(table: ComparedTable, changes: Iterable[Change]) -> Found:
    """Count the changes, and note which columns have changed."""
    from snapshot.changes.model import Counts

    numbers = {"added": 0, "deleted": 0, "changed": 0}
    touched: set[int] = set()
    for change in changes:
        numbers[change.operation] += 1
        if change.before is not None and change.after is not None:
            pairs = enumerate(zip(change.before, change.after, strict=True))
            touched.update(position for position, (x, y) in pairs if x != y)
    columns = tuple(name for position, name in enumerate(table.columns) if position in touched)
    return Found(table, Counts(**numbers), columns)


def all_tables(comparison: Comparison) -> list[Found]:
    """Read all rows that differ."""
    return [read_to_end(table, changes) for table, changes in comparison.tables()]


def print_summary(comparison: Comparison, found: list[Found]) -> None:
    """Print a line for each table."""
    from snapshot.changes.model import title

    _print_head(comparison)
    if found:
        names = [visible(title(f.table.name)) for f in found]
        wide = max(map(_width, names))
        most = max(len(str(f.counts)) for f in found)
        for name, one in zip(names, found, strict=True):
            line = f"  {_padded(name, wide)}  {str(one.counts).ljust(most)}"
            output.say(_cut(f"{line}  {', '.join(one.columns)}".rstrip(), output.columns()))
    _print_end(comparison, found)
    if found:
        output.say("See the rows with --rows.")


def print_stat(comparison: Comparison, found: list[Found]) -> None:
    """Print a bar for each table, as git diff --stat does for files."""
    from snapshot.changes.model import title

    _print_head(comparison)
    names = [visible(title(f.table.name)) for f in found]
    wide = max(map(_width, names), default=0)
    most = max((sum(f.counts) for f in found), default=0)
    digits = len(f"{most:,}")
    room = max(10, min(_BAR, (output.columns() or 80) - wide - digits - 6))
    for name, one in zip(names, found, strict=True):
        parts = (
            sign * max(1, round(number * min(1.0, room / most)))
            for sign, number in zip("+−~", one.counts, strict=True)
            if number
        )
        output.say(f" {_padded(name, wide)} | {sum(one.counts):>{digits},} {''.join(parts)}")
    _print_end(comparison, found)


def print_rows(comparison: Comparison, shown: Shown) -> list[Found]:
    """Print the rows that differ, table by table."""
    _print_head(comparison)
    found = []
    for table, changes in comparison.tables():
        found.append(_print_rows_of(table, changes, shown))
    output.say()
    _print_end(comparison, found)
    return found


def _print_rows_of(table: ComparedTable, changes: Iterator[Change], shown: Shown) -> Found:
    """Print some hundred rows at a time, aligned; the others are counted."""
    from snapshot.changes.model import Counts, title

    output.say()
    output.say(visible(title(table.name)), style="bold")
    width = None if shown.full else output.columns()
    counts, columns, left = Counts(), tuple[str, ...](), shown.limit
    while batch := list(islice(changes, _BATCH if left is None else min(left, _BATCH))):
        some = read_to_end(table, batch)
        counts, columns = counts.plus(some.counts), columns or some.columns
        for line, style in row_lines(table, batch, width):
            output.say(_cut(line, width), style=style)
        left = None if left is None else left - len(batch)
    rest = read_to_end(table, changes).counts
    counts = counts.plus(rest)
    if more := sum(rest):
        output.say(f"  … {more:,} more (--limit {sum(counts)} or --json shows all)")
    output.say(f"  {counts}", style="bold")
    return Found(table, counts, columns)


def row_lines(
    table: ComparedTable, changes: list[Change], width: int | None = None
) -> Iterator[tuple[str, str]]:
    """The rows as lines, each with its style: the changed columns of a row, or all of it."""
    keys = [_key(table, change) for change in changes]
    wide = min(max(map(_width, keys), default=0), 40)
    touched = {n for c in changes for n, _, _ in changed_columns(table, c)}
    names = max((_width(visible(name)) for name in touched), default=0)
    for change, key in zip(changes, keys, strict=True):
        sign, style = SIGNS[change.operation], STYLES[change.operation]
        lead = f"  {sign} {_padded(key, wide)}"
        if change.operation != "changed":
            row = change.after or change.before or ()
            fields = zip(table.columns, row, strict=True)
            rest = (f"{visible(n)}={value_text(v)}" for n, v in fields if n not in table.key)
            yield f"{lead}  {', '.join(rest)}".rstrip(), style
            continue
        for name, before, after in changed_columns(table, change):
            column = _padded(visible(name), names)
            room = None if width is None else (width - _width(lead) - _width(column) - 7) // 2
            values = (_cut(value_text(value), room and max(room, 8)) for value in (before, after))
            yield f"{lead}  {column}  {' → '.join(values)}", style
            lead = " " * _width(lead)


def changed_columns(
    table: ComparedTable, change: Change
) -> list[tuple[str, str | None, str | None]]:
    """The columns that differ in a row of both sides, before and after."""
    if change.before is None or change.after is None:
        return []
    fields = zip(table.columns, change.before, change.after, strict=True)
    return [(name, before, after) for name, before, after in fields if before != after]


def value_text(value: str | None) -> str:
    """A value to read: NULL, '' and 'NULL' are told apart."""
    if value is None:
        return "NULL"
    shown = visible(value.removeprefix("\0"))  # which begins a long value that is abridged
    return f"'{shown}'" if value in ("", "NULL") or value != value.strip() else shown


def _key(table: ComparedTable, change: Change) -> str:
    row = change.after if change.after is not None else change.before
    assert row is not None
    by_name = dict(zip(table.columns, row, strict=True))
    return " ".join(f"{visible(name)} {value_text(by_name[name])}" for name in table.key)


def _print_head(comparison: Comparison) -> None:
    first, *rest = head_lines(comparison)
    width = output.columns()
    for line in [first] if width is None or _width(first) <= width else first.split(" → ", 1):
        output.say(line if first.startswith(line) else f"→ {line}", style="bold")
    for line in rest:
        output.say(_cut(line, width))


def _print_end(comparison: Comparison, found: list[Found]) -> None:
    for name in comparison.ignored:
        output.say(f"  · column {name} was ignored")
    for note in comparison.notes:
        output.say(f"  · {note}")
    output.say(conclusion(comparison, [f.counts for f in found]), style="bold")


def conclusion(comparison: Comparison, counts: list[Counts]) -> str:
    """The last line: how much differs."""
    from snapshot.store.manifest import LARGE_OBJECTS

    tables = sum(table.name != LARGE_OBJECTS for table in comparison.compared)
    if counts:
        totals = [sum(numbers) for numbers in zip(*counts, strict=True)]
        (first, word), *rest = [
            (n, word) for n, word in zip(totals, ("added", "deleted", "changed"), strict=True) if n
        ]
        rows = [f"{output.counted(first, 'row')} {word}", *(f"{n:,} {word}" for n, word in rest)]
        verb = "differs" if len(counts) == 1 else "differ"
        return f"{len(counts):,} of {output.counted(tables, 'table')} {verb}: {', '.join(rows)}."
    if not comparison.same_beside_rows:
        return f"The rows of {output.counted(tables, 'table')} are equal."
    how = "every row was read" if comparison.exact else "compared by checksum"
    return f"Equal: {output.counted(tables, 'table')}, {how}."


def _width(text: str) -> int:
    from rich.cells import cell_len

    return cell_len(text)


def _padded(text: str, wide: int) -> str:
    return text + " " * max(0, wide - _width(text))


def _cut(line: str, width: int | None) -> str:
    if width is None or _width(line) <= width:
        return line
    from rich.cells import set_cell_size

    return set_cell_size(line, width - 1).rstrip() + "…"
