"""All single changes of the base, and what else the comparison of schemas is tried on."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

import mutations_others
import mutations_tables
from mutations_base import BASE, SINCE, Mutation, base
from mutations_fixed import FIXED_POINTS, fixed_points

__all__ = [
    "ASIDE",
    "BASE",
    "FIXED_POINTS",
    "MUTATIONS",
    "SINCE",
    "Aside",
    "Mutation",
    "base",
    "fixed_points",
]

MUTATIONS: list[Mutation] = [*mutations_tables.MUTATIONS, *mutations_others.MUTATIONS]


class Aside(NamedTuple):
    """A change that is left aside on purpose, and how to take back what outlives the database."""

    statements: tuple[str, ...]
    undo: tuple[str, ...] = ()
    since: int = 13


_DATABASE = "DO $$ BEGIN EXECUTE format('{}', current_database()); END $$"

ASIDE = [
    Aside(("ALTER TABLE shop.customer OWNER TO pg_monitor",)),
    Aside(("ALTER FUNCTION shop.plus(int, int) OWNER TO pg_monitor",)),
    Aside(("ALTER SCHEMA shop OWNER TO pg_monitor",)),
    Aside(("ALTER VIEW shop.rich OWNER TO pg_monitor",)),
    Aside(("GRANT SELECT, INSERT ON shop.customer TO pg_monitor",)),
    Aside(("GRANT SELECT (email) ON shop.customer TO PUBLIC",)),
    Aside(("GRANT USAGE ON SCHEMA store TO PUBLIC",)),
    Aside(("REVOKE EXECUTE ON FUNCTION shop.many(int) FROM PUBLIC",)),
    Aside(("REVOKE CREATE ON SCHEMA public FROM PUBLIC",)),
    Aside(("GRANT USAGE ON SEQUENCE shop.counter TO PUBLIC",)),
    Aside(("GRANT USAGE ON TYPE shop.mood TO pg_monitor",)),
    Aside(("GRANT USAGE ON FOREIGN SERVER distant TO pg_monitor",)),
    Aside(("ALTER DEFAULT PRIVILEGES IN SCHEMA shop GRANT SELECT ON TABLES TO PUBLIC",)),
    Aside(("ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC",)),
    Aside(("CREATE PUBLICATION some_tables FOR TABLE shop.purchase",)),
    Aside(
        (
            "CREATE PUBLICATION all_tables FOR ALL TABLES",
            "COMMENT ON PUBLICATION all_tables IS 'all'",
        ),
    ),
    Aside(("CREATE PUBLICATION one_schema FOR TABLES IN SCHEMA shop",), since=15),
    Aside(
        (
            "CREATE SUBSCRIPTION mutations_from CONNECTION 'host=nowhere dbname=x' PUBLICATION p"
            " WITH (connect = false, slot_name = NONE)",
        ),
        ("DROP SUBSCRIPTION mutations_from",),
    ),
    Aside((_DATABASE.format("COMMENT ON DATABASE %I IS ''other''"),)),
    Aside((_DATABASE.format("ALTER DATABASE %I SET work_mem = ''7MB''"),)),
    Aside((_DATABASE.format("ALTER DATABASE %I CONNECTION LIMIT 99"),)),
    Aside((_DATABASE.format("GRANT CREATE ON DATABASE %I TO PUBLIC"),)),
    Aside((_DATABASE.format("ALTER ROLE postgres IN DATABASE %I SET work_mem = ''8MB''"),)),
    Aside(
        (
            "SET allow_in_place_tablespaces = on",
            "CREATE TABLESPACE mutations_elsewhere LOCATION ''",
            "ALTER TABLE store.extra SET TABLESPACE mutations_elsewhere",
            "ALTER INDEX shop.by_title SET TABLESPACE mutations_elsewhere",
        ),
        (
            "ALTER TABLE store.extra SET TABLESPACE pg_default",
            "ALTER INDEX shop.by_title SET TABLESPACE pg_default",
            "DROP TABLESPACE mutations_elsewhere",
        ),
        since=15,
    ),
]


def of_version(version: int) -> list[Mutation]:
    """The changes that a server of this version knows."""
    return [m for m in MUTATIONS if m.since <= version and (m.until or version) >= version]


def batches(mutations: Iterable[Mutation], most: int = 30) -> list[list[Mutation]]:
    """The changes in groups, of which no two have to do with one another.

    To copy a database takes longer than to compare it, so several changes share a copy. The name
    of one does not occur in the statements of another: a message can only be about one of them.
    """
    made: list[list[Mutation]] = []
    for mutation in mutations:
        for batch in made:
            if len(batch) < most and not any(_related(mutation, other) for other in batch):
                batch.append(mutation)
                break
        else:
            made.append([mutation])
    return made


def _related(one: Mutation, other: Mutation) -> bool:
    names = set(one.name.split("|")) & set(other.name.split("|"))
    return bool(names) or any(
        mentions(text.statements, name)
        for text, named in ((one, other), (other, one))
        for name in named.name.split("|")
    )


def mentions(text: str, word: str) -> bool:
    """Whether the word occurs in the text, as a whole word."""
    return re.search(rf"(?<!\w){re.escape(word)}(?!\w)", text, re.IGNORECASE) is not None
