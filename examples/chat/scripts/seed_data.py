"""python scripts/seed_data.py --users 20 --channels 10."""

import sys
from pathlib import Path

from snapshot.cli import main

sys.argv[1:] = ["seed", "run", str(Path(__file__).parents[1] / "blueprint.py"), *sys.argv[1:]]
main()
