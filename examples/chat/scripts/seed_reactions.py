"""python scripts/seed_reactions.py: the reactions the application offers, once."""

import sys

from snapshot.cli.settings import find_target
from snapshot.postgres.connection import connected, role_search_path, scalar

url = find_target(sys.argv[1] if sys.argv[1:] else None).url
with connected(url) as connection, connection.transaction(), role_search_path(connection):
    if scalar(connection, "SELECT pg_catalog.to_regclass('public.reactions')") is None:
        sys.exit("there is no table reactions: alembic upgrade head makes it")
    connection.execute(
        "INSERT INTO public.reactions (emoji) VALUES ('👍'), ('🎉'), ('😂'), ('❤')"
        " ON CONFLICT DO NOTHING"
    )
