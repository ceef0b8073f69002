"""The values for which a partitioned table has a partition."""

from __future__ import annotations

from snapshot.seeding.drafts.checks import Limits, Understood
from snapshot.seeding.drafts.facts import Facts, bound_values
from snapshot.seeding.tables import SeedTable

_OPEN = ("MINVALUE", "MAXVALUE")


def limit_to_partitions(facts: Facts, table: SeedTable, understood: Understood) -> None:
    """Add the bounds of partitions to the limits of the columns that choose one.

    Of partitions within partitions one is filled. Without a partition nothing can be.
    """
    parts = [p for p in facts.partitions.get(table.name, ()) if "DEFAULT" not in p.values()]
    columns = {c for part in parts for c in part}
    if len(columns) > 1:
        parts = parts[:1]
    for column in columns:
        bounds = [part[column] for part in parts if column in part]
        _limit(understood.of(column), bounds)


def _limit(limits: Limits, bounds: list[str]) -> None:
    lists = [bound for bound in bounds if " IN (" in bound]
    if lists:
        values = (v for bound in lists for v in bound_values(bound))
        limits.choose([v for v in dict.fromkeys(values) if v != "NULL"])
        return
    spans = []
    for bound in bounds:
        low, _, high = bound.partition(" TO ")
        ends = [next(bound_values(end), "MINVALUE") for end in (low, high)]
        if ends[0] != ends[1] or ends[0] not in _OPEN:
            spans.append(ends)
    closed = [span for span in spans if not set(span) & set(_OPEN)]
    for low, high in _joined(closed)[:1] or spans[:1]:
        if low not in _OPEN:
            limits.at_least(low, strictly=False)
        if high not in _OPEN:
            limits.at_most(high, strictly=True)


def _joined(spans: list[list[str]]) -> list[tuple[str, str]]:
    """Spans without gaps between them, the one of most partitions first."""
    runs: list[list[list[str]]] = []
    for span in spans:
        run = next((run for run in runs if run[-1][1] == span[0]), None)
        if run is None:
            runs.append([span])
        else:
            run.append(span)
    return [(run[0][0], run[-1][1]) for run in sorted(runs, key=len, reverse=True)]
