"""python scripts/seed_reactions.py: the reactions the application offers, once."""

import sys

from snapshot.postgres.connection import connected
from snapshot.settings import find_target

with connected(find_target(sys.argv[1] if sys.argv[1:] else None).url) as connection:
    connection.execute(
        "INSERT INTO reactions (emoji) VALUES ('👍'), ('🎉'), ('😂'), ('❤') ON CONFLICT DO NOTHING"
    )
