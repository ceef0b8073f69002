"""Calls to the author's generators. Whatever they raise becomes an error that names the rule."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from typing import Any

from snapshot.errors import BlueprintError, SnapshotError
from snapshot.seeding.binding import BoundRule
from snapshot.seeding.gaps import Context, Parent
from snapshot.seeding.lookups import Lookups
from snapshot.seeding.randomness import Rand, digest, mix

_PROBED = 2  # rows of a rule's first parent that are asked for twice

Body = Generator[Any, Any, None]


class NewRowView:
    """A row that was just made, as `yield` hands it back: its columns are attributes."""

    __slots__ = ("_row",)

    def __init__(self, row: Mapping[str, Any]) -> None:
        self._row = row

    def __getattr__(self, name: str) -> Any:
        try:
            return self._row[name]
        except KeyError:
            raise AttributeError(f"the row just made has no {name} that is known yet") from None


def begin_parent(bound: BoundRule, parent: Parent, rand: Rand) -> int:
    """Let `rand` begin a parent. Returns the 64 bits from which the bits of its rows count."""
    base = digest(bound.seed, bound.key, parent.identity)
    rand.begin(bound.table, base if bound.rule.each else 0)
    return base


def start_body(bound: BoundRule, parent: Parent, rand: Rand, lookups: Lookups) -> Body:
    """Call the rule's function for a parent. Raises BlueprintError unless that is a generator."""
    rule = bound.rule
    read = [lookups.get(name, bound, parent.row) for name in rule.reads]
    lead = (parent.row,) if rule.each else ()
    try:
        body = rule.body(*lead, rand, *read)
    except (SnapshotError, KeyboardInterrupt):
        raise
    except BaseException as error:  # sys.exit() and the like too
        raise _failed(bound, error) from error
    if not isinstance(body, Generator):
        raise rule.mistake("its body is no generator", "yield rows: yield dict(column=value)")
    return body


def next_child(bound: BoundRule, body: Body, handed: Any) -> Mapping[str, Any] | None:
    """The next ideal child. None at the end. Raises BlueprintError for what a body raises."""
    try:
        values = body.send(handed)
    except StopIteration:
        return None
    except (SnapshotError, KeyboardInterrupt):
        raise
    except BaseException as error:  # sys.exit() and the like too
        raise _failed(bound, error) from error
    if type(values) is not dict and not isinstance(values, Mapping):
        raise bound.rule.mistake(f"its body yields {values!r}", "yield a dict: column → value")
    return values


def prove_repeatable(
    context: Context, bound: BoundRule, parent: Parent, lookups: Lookups, fixed: Mapping[str, Any]
) -> None:
    """Ask the body twice for a parent's first rows. Raises BlueprintError if they differ.

    `fixed` are the columns that the rule itself fills.
    """
    known = {**dict.fromkeys(bound.table.made_keys, 0), **fixed}
    first, second = (_first_rows(context, bound, parent, lookups, known) for _ in range(2))
    for one, other in zip(first, second, strict=False):
        differing = [name for name in one if one[name] != other.get(name)]
        if differing or one.keys() != other.keys():
            raise bound.rule.mistake(
                f"its body gives another {differing[0] if differing else 'row'} each time",
                "draw from r only, and look at no clock but r.now",
            )


def _first_rows(
    context: Context,
    bound: BoundRule,
    parent: Parent,
    lookups: Lookups,
    known: Mapping[str, Any],
) -> list[Mapping[str, Any]]:
    rand = context.draft
    base = begin_parent(bound, parent, rand)
    body = start_body(bound, parent, rand, lookups)
    rows: list[Mapping[str, Any]] = []
    handed: Any = None
    try:
        for ordinal in range(_PROBED):
            rand.rekey(mix(base + ordinal), ordinal)
            values = next_child(bound, body, handed)
            if values is None:
                break
            rows.append(dict(values))
            handed = NewRowView({**known, **values})
    finally:
        body.close()
    return rows


def _failed(bound: BoundRule, error: BaseException) -> BlueprintError:
    """Name the line of the author's at which a body failed."""
    line = bound.rule.place
    trace = error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == bound.rule.body.__code__.co_filename:
            line = f"line {trace.tb_lineno}"
        trace = trace.tb_next
    said = " ".join(str(error).split())
    return bound.rule.mistake(f"its body failed: {type(error).__name__}: {said}", f"fix it: {line}")
