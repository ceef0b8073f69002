"""Draws docs/restore.svg: a real restore of seed_data/ into the embedded PostgreSQL."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from rich.console import Console
from rich.text import Text

ROOT = Path(__file__).parent.parent
SNAPSHOT = Path(sys.executable).with_name("snapshot")


def main() -> None:
    """Run the commands, and draw what they print."""
    os.chdir(ROOT)
    environment = dict(os.environ, FORCE_COLOR="1", COLUMNS="92")
    console = Console(record=True, width=92, file=open(os.devnull, "w"))  # noqa: SIM115
    for words in (["./restore_advanced_seed.sh"], [str(SNAPSHOT), "order"]):
        shown = " ".join(word.replace(str(SNAPSHOT), "snapshot") for word in words)
        console.print(Text(f"$ {shown}", style="bold"))
        done = subprocess.run(words, env=environment, capture_output=True, text=True, check=True)
        lines = (line for line in (done.stderr + done.stdout).splitlines() if line.strip())
        console.print(Text.from_ansi("\n".join(lines)))
        console.print()
    drawn = console.export_svg(title="snapshot", unique_id="restore")
    drawn = re.sub(r"@font-face \{.*?\}\s*", "", drawn, flags=re.S)  # nothing is fetched to see it
    (ROOT / "docs" / "restore.svg").write_text(drawn)


if __name__ == "__main__":
    main()
