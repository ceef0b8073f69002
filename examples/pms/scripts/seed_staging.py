"""python scripts/seed_staging.py [--reset | --validate | --cleanup] [--quiet]."""

from seed_manager import environment

environment("staging")
