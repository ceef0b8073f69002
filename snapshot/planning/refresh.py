"""Materialised views: refreshed when all rows are in, in an order that is found by trying."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from psycopg import sql

from snapshot.catalog import Name
from snapshot.planning.steps import Step, identifier

# One that reads another through a function fails as long as that one holds nothing (55000), and is
# tried again after the others, as long as one succeeds.
_ONE_AFTER_THE_OTHER = """
DECLARE
    waiting text[] := {};
    failed text[];
    materialized text;
    reason text;
BEGIN
    LOOP
        failed := '{{}}';
        FOREACH materialized IN ARRAY waiting LOOP
            BEGIN
                EXECUTE 'REFRESH MATERIALIZED VIEW ' || materialized;
            EXCEPTION WHEN object_not_in_prerequisite_state THEN
                failed := failed || materialized;
                reason := SQLERRM;
            END;
        END LOOP;
        EXIT WHEN failed = '{{}}';
        IF failed = waiting THEN
            RAISE 'these materialized views cannot be refreshed in any order: %: %',
                pg_catalog.array_to_string(failed, ', '), reason
                USING HINT = 'REFRESH the one that is named last in the database that the snapshot '
                    'is of, and make the snapshot again';
        END IF;
        waiting := failed;
    END LOOP;
END"""


def views_refreshed(views: Sequence[Name], filled: Sequence[Name] = ()) -> Iterator[Step]:
    """Refresh these views; those that are `filled` with rows of the past are emptied first."""
    if len(filled) > 1 or set(filled) - set(views):
        yield Step(
            "Empty the materialised views",
            "so that none is refreshed from what another one held",
            tuple(
                sql.SQL("REFRESH MATERIALIZED VIEW {} WITH NO DATA").format(identifier(view))
                for view in filled
            ),
        )
    if views:
        names = [identifier(view).as_string(None) for view in views]
        body = sql.SQL(_ONE_AFTER_THE_OTHER).format(sql.Literal(names)).as_string(None)
        yield Step(
            "Refresh the materialised views",
            "those that held rows, in the order they read each other",
            (sql.SQL("DO LANGUAGE plpgsql {}").format(sql.Literal(body)),)
            if len(views) > 1
            else (sql.SQL("REFRESH MATERIALIZED VIEW {}").format(identifier(views[0])),),
        )
