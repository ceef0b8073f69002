"""Draws docs/restore.svg and docs/seed.svg: real runs on the embedded PostgreSQL."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.text import Text

ROOT = Path(__file__).parent.parent
SNAPSHOT = Path(sys.executable).with_name("snapshot")


PICTURES = {
    "restore": ["./restore_advanced_seed.sh", "snapshot order"],
    "seed": [
        "snapshot seed reset mentara --confirm --no-backup",
        "snapshot seed run mentara",
        "snapshot validate mentara",
    ],
}


def main() -> None:
    """Run the commands, and draw what they print."""
    os.chdir(ROOT)
    for name in sys.argv[1:] or PICTURES:
        draw(name, PICTURES[name])


def draw(name: str, commands: list[str]) -> None:
    """One picture; seeding has a database of its own."""
    environment = dict(os.environ, FORCE_COLOR="1", COLUMNS="92")
    folder = ROOT
    if name != "restore":
        folder = Path(tempfile.mkdtemp()) / "app"
        folder.mkdir()
    console = Console(record=True, width=92, file=open(os.devnull, "w"))  # noqa: SIM115
    for command in commands:
        console.print(Text(f"$ {command}", style="bold"))
        words = [str(SNAPSHOT) if word == "snapshot" else word for word in command.split()]
        done = subprocess.run(
            words, env=environment, cwd=folder, capture_output=True, text=True, check=True
        )
        lines = (line for line in (done.stderr + done.stdout).splitlines() if line.strip())
        console.print(Text.from_ansi("\n".join(lines)))
        console.print()
    drawn = console.export_svg(title="snapshot", unique_id=name)
    drawn = re.sub(r"@font-face \{.*?\}\s*", "", drawn, flags=re.S)  # nothing is fetched to see it
    (ROOT / "docs" / f"{name}.svg").write_text(drawn)


if __name__ == "__main__":
    main()
