"""python scripts/seed_local.py [--reset | --validate | --cleanup] [--quiet]."""

from seed_manager import environment

environment("local")
