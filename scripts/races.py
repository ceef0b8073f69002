"""Pairs of commands on one database at the same moment, many times; prints what came of them.

    scripts/races.py --rounds 500              # all pairs in turn
    scripts/races.py --rounds 50 --pair swap,rollback --seed 7
    scripts/races.py --round 123 --seed 7      # one round again, with all it said

The exit code is 1 if a round left what no order of the commands gives.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "tests"))

import race_model  # noqa: E402
import servers  # noqa: E402
from arena import Arena  # noqa: E402

OUTCOMES = ("both", "one", "none", "killed", "FAULT")


def main() -> None:
    """Play the rounds, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=len(race_model.PAIRS))
    parser.add_argument("--round", type=int, help="only this one")
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--pair", help="one pair only: swap,rollback")
    parser.add_argument("--version", type=int, default=18, help="of PostgreSQL")
    options = parser.parse_args()
    pair = tuple(options.pair.split(",")) if options.pair else None
    if pair and not set(pair) <= set(race_model.OPERATIONS):
        parser.error(f"a pair is two of: {', '.join(race_model.OPERATIONS)}")
    numbers = range(options.rounds) if options.round is None else [options.round]
    print(f"seed {options.seed}, PostgreSQL {options.version}", flush=True)
    table: dict[tuple[str, str], Counter[str]] = {}
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="races-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        with servers.running(options.version, folder / "server") as url:
            arena = Arena(url, folder)
            arena.prepare()
            for number in numbers:
                played = arena.round(number, options.seed, pair)
                table.setdefault(played.pair, Counter())[played.outcome] += 1
                if played.faults or options.round is not None:
                    print(played, flush=True)
    print_table(table)
    print(f"{(time.monotonic() - began) / len(numbers):.1f} s a round")
    sys.exit(any(row["FAULT"] for row in table.values()))


def print_table(table: dict[tuple[str, str], Counter[str]]) -> None:
    """A line for each pair: how many rounds ended how."""
    print(f"{'pair':32}" + "".join(f"{outcome:>8}" for outcome in OUTCOMES))
    for pair in sorted(table, key=race_model.PAIRS.index):
        row = table[pair]
        print(f"{' × '.join(pair):32}" + "".join(f"{row[o] or '·':>8}" for o in OUTCOMES))
    total = sum(table.values(), Counter[str]())
    print(f"{'all':32}" + "".join(f"{total[o]:>8}" for o in OUTCOMES))


if __name__ == "__main__":
    main()
