"""Questions about a subset before anything is written: how many rows, and why."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager

from snapshot.catalog import Catalog, Name
from snapshot.postgres.connection import connected, consistent_read
from snapshot.postgres.introspect import lock_tables, read_catalog
from snapshot.postgres.urls import AnyUrl, url_text
from snapshot.progress import NO_PROGRESS, Progress
from snapshot.subset.choosing import Choosing, choosing_rows
from snapshot.subset.model import Link, SubsetRules
from snapshot.subset.report import Step, SubsetReport, why

Without = Callable[[Catalog], Iterable[Name]]  # tables of which no rows come


def _none(_: Catalog) -> Collection[Name]:
    return ()


def subset_plan(
    url: AnyUrl,
    rules: SubsetRules,
    links: Sequence[Link] = (),
    without: Without = _none,
    progress: Progress = NO_PROGRESS,
) -> SubsetReport:
    """The rows that a subset takes of each table, and why. Raises what choose_rows() raises."""
    with _chosen(url, rules, links, without, progress) as (_, choosing):
        return choosing.chosen.report


def subset_why(
    url: AnyUrl,
    row: tuple[Name, Sequence[str]],
    rules: SubsetRules,
    links: Sequence[Link] = (),
    without: Without = _none,
    progress: Progress = NO_PROGRESS,
) -> list[Step]:
    """From a row, a table and the values of its key, back to a root.

    Raises what choose_rows() raises, UsageError if there is no such row, and Refused if it was not
    chosen.
    """
    with _chosen(url, rules, links, without, progress) as (catalog, choosing):
        return why(catalog, choosing.rows, choosing.chosen.closure, *row)


@contextmanager
def _chosen(
    url: AnyUrl,
    rules: SubsetRules,
    links: Sequence[Link],
    without: Without,
    progress: Progress,
) -> Iterator[tuple[Catalog, Choosing]]:
    with connected(url_text(url)) as connection, consistent_read(connection):
        progress.step("Reading the catalog")
        catalog = read_catalog(connection)
        lock_tables(connection, catalog.tables)
        none = frozenset(without(catalog))
        with choosing_rows(connection, catalog, rules, links, none, progress) as choosing:
            yield catalog, choosing
