"""python app/scripts/seed_data.py: the data of the first seeding script."""

from seed_manager import seed

seed("--profile", "original")
