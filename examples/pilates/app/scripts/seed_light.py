"""python app/scripts/seed_light.py: the light data."""

from seed_manager import seed

seed("--profile", "light")
