"""python scripts/seed_reactions.py: the reactions the application offers, once."""

import sys

from snapshot.cli.settings import find_target
from snapshot.postgres.connection import connected, role_search_path

url = find_target(sys.argv[1] if sys.argv[1:] else None).url
with connected(url) as connection, connection.transaction(), role_search_path(connection):
    connection.execute(
        "INSERT INTO public.reactions (emoji) VALUES ('👍'), ('🎉'), ('😂'), ('❤')"
        " ON CONFLICT DO NOTHING"
    )
