"""python scripts/cleanup_fake_data.py --confirm: removes what was seeded, and nothing else."""

import sys
from pathlib import Path

from snapshot.cli import main

sys.argv[1:] = ["seed", "clean", str(Path(__file__).parents[1] / "blueprint.py"), *sys.argv[1:]]
main()
