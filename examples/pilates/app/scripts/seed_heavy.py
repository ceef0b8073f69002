"""python app/scripts/seed_heavy.py: the heavy data."""

from seed_manager import seed

seed("--profile", "heavy")
