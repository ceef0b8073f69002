"""python app/scripts/seed_medium.py: the medium data."""

from seed_manager import seed

seed("--profile", "medium")
