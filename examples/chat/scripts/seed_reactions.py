"""python scripts/seed_reactions.py: the reactions the application offers, once."""

import sys

from snapshot.cli.settings import find_target
from snapshot.postgres.connection import connected

with connected(find_target(sys.argv[1] if sys.argv[1:] else None).url) as connection:
    connection.execute(
        "INSERT INTO public.reactions (emoji) VALUES ('👍'), ('🎉'), ('😂'), ('❤')"
        " ON CONFLICT DO NOTHING"
    )
