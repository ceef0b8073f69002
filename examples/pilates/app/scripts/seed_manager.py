"""python app/scripts/seed_manager.py list | status | clear | seed --type TYPE: one place for all."""

import argparse
import sys
from pathlib import Path

BLUEPRINT = str(Path(__file__).parents[2] / "blueprint.py")
TYPES = {
    "light": ("3 users, 2 packages, 1 class", "0.5 s"),
    "medium": ("8 users, 24 classes, every state of a package", "0.6 s"),
    "heavy": ("214 users, 320 classes, thousands of bookings", "1 s"),
    "custom": ("--scenario NAME, and any parameter: see seed --type custom --help", "0.6 s"),
    "original": ("what the first script made", "0.5 s"),
}


def snapshot(*words):
    from snapshot.cli import main

    sys.argv[1:] = words
    main()


def seed(*words, own=None):
    snapshot("seed", "run", BLUEPRINT, *words, *(sys.argv[1:] if own is None else own))


def manage():
    parser = argparse.ArgumentParser(description=__doc__, add_help=len(sys.argv) < 3)
    parser.add_argument("verb", choices=("list", "status", "clear", "seed"))
    parser.add_argument("--type", choices=TYPES, default="custom")
    parser.add_argument("--scenario", default="balanced")
    asked, rest = parser.parse_known_args()
    if asked.verb == "list":
        for name, (about, seconds) in TYPES.items():
            print(f"{name:9} {about:66} about {seconds}")
    elif asked.verb == "status":
        snapshot("seed", "status", *rest)
    elif asked.verb == "clear":
        snapshot("clear", *("--confirm" if word == "--yes" else word for word in rest))
    else:
        profile = asked.scenario if asked.type == "custom" else asked.type
        snapshot("seed", "run", BLUEPRINT, "--profile", profile, *rest)


if __name__ == "__main__":
    manage()
