"""python scripts/seed_manager.py generate --count 50 | clean --confirm | reset --environment test | validate."""

import argparse
import json
import subprocess
import sys
from pathlib import Path

BLUEPRINT = str(Path(__file__).parents[1] / "blueprint.py")


def snapshot(*words):
    from snapshot.cli import main

    sys.argv[1:] = words
    main()


def validate(*words):
    """What `snapshot validate` finds, in the application's own words."""
    command = [sys.executable, "-m", "snapshot", "validate", BLUEPRINT, "--json", *words]
    ran = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    found = json.loads(ran.stdout or "{}")
    if "validators" not in found:
        sys.exit(f"error: {found['error']['message']}" if "error" in found else ran.returncode)
    print("=== VALIDATION RESULTS ===")
    for validator in found["validators"]:
        title = validator["title"].replace("Personal Data", "Hipaa Compliance")
        print(f"{title}: {'✓ PASS' if validator['passed'] else '✗ FAIL'}")
        for line in validator["violations"]:
            print(f"  {line}")
    print("\n✅ All validations passed!" if found["passed"] else "\n❌ Some validations failed")
    sys.exit(ran.returncode)


def environment(name):
    """The flags of seed_local.py and seed_staging.py."""
    words = sys.argv[1:]
    rest = [word for word in words if word not in ("--reset", "--validate", "--cleanup")]
    if "--validate" in words:
        validate("--profile", name, *(w for w in rest if w != "--quiet"))
    elif "--cleanup" in words:  # all rows of all tables; snapshot undo brings them back
        snapshot("clear", "--confirm", *(w for w in rest if w != "--quiet"))
    elif "--reset" in words:
        snapshot("seed", "reset", BLUEPRINT, "--profile", name, "--confirm", *rest)
    else:
        snapshot("seed", "run", BLUEPRINT, "--profile", name, *rest)


def manage():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("verb", choices=("generate", "clean", "reset", "validate"))
    parser.add_argument("--count", type=int, default=25, help="patients; all else in proportion")
    parser.add_argument("--environment", choices=("local", "staging", "test"))
    asked, rest = parser.parse_known_args()
    if asked.verb == "generate":
        times = {
            "clients": 1,
            "appointments": 2,
            "notes": 3,
            "ledger-entries": 4,
            "fhir-mappings": 3,
        }
        counts = {name: asked.count * each for name, each in times.items()}
        counts["providers"] = max(5, asked.count // 4)
        words = [word for name, rows in counts.items() for word in (f"--{name}", str(rows))]
        snapshot("seed", "run", BLUEPRINT, "--profile", asked.environment or "local", *words, *rest)
    elif asked.verb == "clean":
        snapshot("clear", *rest)
    elif asked.verb == "reset":
        snapshot(
            "seed",
            "reset",
            BLUEPRINT,
            "--profile",
            asked.environment or "local",
            "--confirm",
            *rest,
        )
    else:
        words = ("--profile", asked.environment) if asked.environment else ()  # else the last run's
        validate(*words, *rest)


if __name__ == "__main__":
    manage()
