"""python scripts/seed_manager.py generate --count 50 | clean --confirm | reset --environment test | validate."""

import argparse
import sys
from pathlib import Path

BLUEPRINT = str(Path(__file__).parents[1] / "blueprint.py")


def snapshot(*words):
    from snapshot.cli import main

    sys.argv[1:] = words
    main()


def environment(name):
    """The flags of seed_local.py and seed_staging.py."""
    words = sys.argv[1:]
    rest = [word for word in words if word not in ("--reset", "--validate", "--cleanup")]
    if "--validate" in words:
        snapshot("validate", BLUEPRINT, "--profile", name, *(w for w in rest if w != "--quiet"))
    elif "--cleanup" in words:
        snapshot("seed", "clean", BLUEPRINT, "--confirm", *(w for w in rest if w != "--quiet"))
    elif "--reset" in words:
        snapshot("seed", "reset", BLUEPRINT, "--profile", name, "--confirm", *rest)
    else:
        snapshot("seed", "run", BLUEPRINT, "--profile", name, *rest)


def manage():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("verb", choices=("generate", "clean", "reset", "validate"))
    parser.add_argument("--count", type=int, default=25, help="patients; all else in proportion")
    parser.add_argument("--environment", choices=("local", "staging", "test"), default="local")
    asked, rest = parser.parse_known_args()
    if asked.verb == "generate":
        counts = {
            "clients": 1,
            "appointments": 2,
            "notes": 3,
            "ledger-entries": 4,
            "fhir-mappings": 3,
        }
        words = [
            word for n, times in counts.items() for word in (f"--{n}", str(asked.count * times))
        ]
        snapshot("seed", "run", BLUEPRINT, *words, *rest)
    elif asked.verb == "clean":
        snapshot("seed", "clean", BLUEPRINT, *rest)
    elif asked.verb == "reset":
        snapshot("seed", "reset", BLUEPRINT, "--profile", asked.environment, "--confirm", *rest)
    else:
        snapshot("validate", BLUEPRINT, *rest)


if __name__ == "__main__":
    manage()
